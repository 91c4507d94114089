"""An interpreter that is not ours runs the exported state chart beside sopflow, and must agree on every event."""

from __future__ import annotations

from collections import Counter
from typing import Any
from xml.etree import ElementTree

import pytest

from sopflow import catalogue
from sopflow.events import Extended
from sopflow.exports import scxml
from sopflow.exports._skeleton import Arc
from sopflow.procedure import Procedure
from sopflow.rules import Transition

from ..core.sample import CALENDAR, CHILD, SAMPLE
from .bench import PROCEDURES, Bench, Seen, every_procedure

EVENTS = 30_000
TIMES = 50
SHARE = -(-EVENTS // len(PROCEDURES))


class Chart:
    """Our state chart in the interpreter of python-statemachine."""

    def __init__(self, procedure: Procedure, text: str) -> None:
        io = pytest.importorskip("statemachine.io")
        made = io.load(text, format="scxml", name="chart")
        made.catch_errors_as_events = False  # an expression that fails is our mistake, not a refusal
        self.machine = made()
        self._states = {s.name: [made.states_map[n] for n in ("Case", s.name)] for s in procedure.states}

    @property
    def state(self) -> str:
        """Where the chart stands."""
        (state,) = set(self.machine.configuration_values) - {"Case"}
        return str(state)

    def send(self, seen: Seen) -> tuple[int, str]:
        """Send the event to the chart, in the state that the case was in; return the row taken and the state."""
        if self.state != seen.before.state:
            self.machine.configuration = type(self.machine.configuration)(self._states[seen.before.state])
        self.machine.model.row = 0
        self.machine.send(seen.event, roles=dict(seen.roles), guards=dict(seen.verdicts))
        return self.machine.model.row, self.state


class Tally:
    """What has been compared."""

    def __init__(self, procedure: Procedure, text: str = "", **more: Any) -> None:
        self.procedure = procedure
        self.bench = Bench(procedure, 5, **more)
        self.chart = Chart(procedure, text or scxml.dumps(procedure))
        self.rows: Counter[int] = Counter()
        self.arcs: Counter[tuple[int, str]] = Counter()
        self.refusals: Counter[tuple[int, str]] = Counter()
        self.events = self.free = self.allowed = 0
        self.possible = [a for a in self.bench.arcs if not _idle(procedure, a.row)]

    def compare(self, seen: Seen | None, *, free: bool = False) -> None:
        """Compare one event: drawn freely, or drawn from what is allowed, or meant to be refused."""
        if seen is None:
            return
        row, state = self.chart.send(seen)
        assert (row, state) == (seen.row, seen.state), f"{self.procedure.id}: {seen.event} in {seen.before.state}"
        self.events += 1
        self.refusals.update(seen.alone)
        self.free += free
        if row:
            self.allowed += not free
            self.rows[row] += 1
            self.arcs[row, seen.before.state] += 1

    def seldom(self) -> dict[str, list[Any]]:
        """Return what was hit too seldom, by what it is."""
        rows = {a.number for a in self.possible}
        conditions = [(a.number, name) for a in self.possible for name in self.bench.asked[a.number]]
        return {
            "rows": sorted(n for n in rows if self.rows[n] < TIMES),
            "refusals": sorted({c for c in conditions if self.refusals[c] < TIMES}),
            "never from this state": [a for a in self.possible if not self.arcs[a.number, a.source]],
        }

    def least(self, arcs: list[Arc]) -> Arc:
        """Return the arc that was taken least."""
        return min(arcs, key=lambda a: (self.rows[a.number], self.arcs[a.number, a.source]))


def _idle(procedure: Procedure, row: Transition) -> bool:
    """Tell whether no event can come to this row: there is no limit to extend where there is no clock."""
    return row.on is Extended and not procedure.obligations


def run(procedure: Procedure, events: int, monkeypatch: pytest.MonkeyPatch, text: str = "", **more: Any) -> Tally:
    """Compare walks, every other event of which is drawn from all there are; then what rows and conditions still need."""
    tally = Tally(procedure, text, **more)
    bench, half = tally.bench, max(20, -(-events // 2))  # some cases are needed in any case
    bench.watch(monkeypatch)
    for _ in range(20 * events):
        if tally.free >= half:
            break
        tally.compare(bench.walk(), free=True)
        if here := bench.here():
            tally.compare(bench.walk(tally.least(here)))
    for _ in range(10 * TIMES):  # a try may make something up that is no event of the case
        for arc in tally.possible:
            if tally.rows[arc.number] < TIMES or not tally.arcs[arc.number, arc.source]:
                tally.compare(bench.aim(arc))
            for name in bench.asked[arc.number]:
                if tally.refusals[arc.number, name] < TIMES:
                    tally.compare(bench.aim(arc, refusing=name))
    for _ in range(20 * events):
        if tally.allowed >= half:
            break
        tally.compare(bench.aim(tally.least(tally.possible)))
    return tally


@pytest.mark.slow
@every_procedure
def test_an_independent_interpreter_agrees_on_every_event(
    procedure: Procedure, monkeypatch: pytest.MonkeyPatch
) -> None:
    tally = run(procedure, SHARE, monkeypatch)
    assert tally.seldom() == {"rows": [], "refusals": [], "never from this state": []}
    assert {a.number for a in tally.possible} == {
        n for n, row in enumerate(procedure.transitions, 1) if not _idle(procedure, row)
    }, "each row can be taken somewhere"
    assert tally.free >= SHARE / 2, "drawn from all events there are"
    assert tally.allowed >= SHARE / 2, "drawn from those that are allowed, and taken"


def test_the_interpreter_agrees_on_a_procedure_that_uses_every_part_of_the_vocabulary(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tally = run(SAMPLE, 0, monkeypatch, others=[CHILD], calendars=[CALENDAR])
    assert tally.seldom() == {"rows": [], "refusals": [], "never from this state": []}


SMALL = catalogue.find("generic.network_block")


def _other_target(chart: ElementTree.Element) -> None:
    _row(chart, 3).set("target", "blocked")


def _no_target(chart: ElementTree.Element) -> None:
    del _row(chart, 13).attrib["target"]


def _no_guard(chart: ElementTree.Element) -> None:
    row = _row(chart, 5)
    row.set("cond", row.attrib["cond"].rpartition(" && ")[0])


def _no_approval(chart: ElementTree.Element) -> None:
    row = _row(chart, 3)
    row.set("cond", row.attrib["cond"].partition(" && ")[0])


def _another_role(chart: ElementTree.Element) -> None:
    row = _row(chart, 3)
    row.set("cond", row.attrib["cond"].replace('["authority"]', '["isp"]'))


def _other_order(chart: ElementTree.Element) -> None:
    ordered = next(state for state in chart.iter(f"{W3C}state") if state.get("id") == "ordered")
    first, second = (row for row in ordered if row.get("event") == "EffectGiven")
    ordered.remove(second)
    ordered.insert(list(ordered).index(first), second)


def _any_subject(chart: ElementTree.Element) -> None:
    _row(chart, 8).set("event", "DeadlineBreached")


def _nothing_after_the_end(chart: ElementTree.Element) -> None:
    case = chart.find(f"{W3C}state")
    for row in case.findall(f"{W3C}transition"):
        case.remove(row)


W3C = "{http://www.w3.org/2005/07/scxml}"
FAULTS = [
    _other_target, _no_target, _no_guard, _no_approval, _another_role, _other_order, _any_subject, _nothing_after_the_end,
]  # fmt: skip


def _row(chart: ElementTree.Element, number: int) -> ElementTree.Element:
    """Return the chart's first transition for a row of the procedure."""
    rows = chart.iter(f"{W3C}transition")
    return next(row for row in rows if row.find(f"{W3C}assign").get("expr") == str(number))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__.strip("_"))
def test_a_chart_with_one_fault_is_found_out(fault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = ElementTree.fromstring(scxml.dumps(SMALL))
    fault(chart)
    with pytest.raises(AssertionError, match="generic.network_block: "):
        run(SMALL, 40, monkeypatch, ElementTree.tostring(chart, encoding="unicode"))
