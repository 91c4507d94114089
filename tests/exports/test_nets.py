"""Process mining that is not ours: every procedure is a sound workflow net, journals fit it, and forged ones do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from sopflow import canon, catalogue, journal
from sopflow.case import Case
from sopflow.events import Corrected, EffectGiven, Verified, Withdrawn
from sopflow.exports import pnml, xes
from sopflow.procedure import Procedure
from sopflow.rules import State, Transition
from sopflow.step import Entry
from sopflow.testing import play, walks

from ..core.sample import AUTHORITY, PLATFORM, SAMPLE, B, Desk, Unlisted, hours
from .bench import courses, every_procedure

pytestmark = [
    pytest.mark.slow,
    # PNML has no final markings: we say to pm4py what it is
    pytest.mark.filterwarnings("ignore:the Petri net has been imported without a specified final marking:UserWarning"),
]


@pytest.fixture(scope="module")
def mining() -> Any:
    """Return what we use of pm4py, which takes seconds to import."""
    pytest.importorskip("pm4py")
    from pm4py.algo.analysis.woflan import algorithm as woflan
    from pm4py.algo.conformance.tokenreplay.variants import token_replay
    from pm4py.objects.log.importer.xes.variants import iterparse
    from pm4py.objects.log.obj import EventLog
    from pm4py.objects.petri_net.importer.variants import pnml as nets
    from pm4py.objects.petri_net.obj import Marking
    from pm4py.objects.petri_net.utils.petri_utils import remove_transition

    return SimpleNamespace(
        woflan=woflan, token_replay=token_replay, iterparse=iterparse, EventLog=EventLog, nets=nets, Marking=Marking,
        remove_transition=remove_transition,
    )  # fmt: skip


_REPLAY = {"show_progress_bar": False, "stop_immediately_unfit": True}  # whether it fits, not how well


class Net:
    """Our net in pm4py."""

    def __init__(self, mining: Any, procedure: Procedure) -> None:
        self.mining = mining
        text = pnml.dumps(procedure)
        self.net, self.start, _ = mining.nets.import_net_from_string(text, {"auto_guess_final_marking": False})
        self.places = {place.name: place for place in self.net.places}

    def marked(self, place: str) -> Any:
        """Return the marking with one token there."""
        return self.mining.Marking({self.places[place]: 1})

    def is_sound(self) -> bool:
        """Ask Woflan.

        It is asked about one transition of those that differ by nothing but their labels: what takes from the same place
        and gives to the same place can happen, and does no harm, just when the other does (Murata's fusion of parallel
        transitions). Woflan's time grows with the square of their number.
        """
        seen: set[tuple[str, str]] = set()
        for transition in sorted(self.net.transitions, key=lambda t: str(t.name)):
            (taken,), (given,) = transition.in_arcs, transition.out_arcs
            if (taken.source.name, given.target.name) in seen:
                self.mining.remove_transition(self.net, transition)
            seen.add((taken.source.name, given.target.name))
        options = {"return_asap_when_not_sound": True, "print_diagnostics": False, "return_diagnostics": False}
        return bool(self.mining.woflan.apply(self.net, self.start, self.marked("end"), parameters=options))

    def fits(self, entries: Sequence[Entry], case: Case) -> bool:
        """Replay a journal; it must end where the case stands, a finished one at the sink."""
        log = self.mining.iterparse.import_from_string(xes.dumps([entries]).encode(), {"show_progress_bar": False})
        end = self.marked("end" if case.final else f"state.{case.state}")
        (result,) = self.mining.token_replay.apply(
            self.mining.EventLog(log), self.net, self.start, end, parameters=_REPLAY
        )
        assert result["trace_is_fit"] is (result["trace_fitness"] == 1.0)
        return bool(result["trace_is_fit"])


@every_procedure
def test_every_procedure_is_a_sound_workflow_net(mining: Any, procedure: Procedure) -> None:
    assert Net(mining, procedure).is_sound()


def test_a_trap_and_a_state_that_nobody_reaches_are_not_sound(mining: Any) -> None:
    trap = State(name="trap", phase="escalation", basis=B)
    into = Transition(on=Verified, source="received", target="trap", by="authority", basis=B)
    assert Net(mining, SAMPLE).is_sound()
    lost = attrs.evolve(SAMPLE, states=(*SAMPLE.states, trap))
    assert not Net(mining, lost).is_sound()
    held = attrs.evolve(lost, transitions=(into, *(_without(t, "trap", lost) for t in SAMPLE.transitions)))
    assert not Net(mining, held).is_sound()


def _without(row: Transition, state: str, p: Procedure) -> Transition:
    """Return the row without a way out of this state."""
    if "*" not in row.source:
        return row
    return attrs.evolve(row, source=tuple(s.name for s in p.states if not s.final and s.name != state))


@every_procedure
def test_journals_fit_the_net_and_forged_ones_do_not(mining: Any, procedure: Procedure) -> None:
    net, forged = Net(mining, procedure), 0
    for case, entries in _journals(procedure):
        assert net.fits(entries, case)
        changing = [n for n, entry in enumerate(entries) if n and entry.doc["source"] != entry.doc["target"]]
        for n in changing[:3]:
            for forge in (_drop, _swap, _repeat, _rename, _divert):
                forgery = _sealed(forge([entry.doc for entry in entries], n, procedure))
                assert journal.verify("default", case.id, forgery, None) == _ORPHANED, "its chain is whole"
                assert not net.fits(forgery, case), f"{forge.__name__} {n} of {[e.event for e in entries]}"
                forged += 1
    assert forged >= 5, "something happens in these journals"


def _journals(procedure: Procedure) -> Iterator[tuple[Case, Sequence[Entry]]]:
    """Yield the courses that a procedure ships with, and walks."""
    others = [catalogue.find(name) for name in catalogue.names() if name != procedure.id]
    for course in courses(procedure) if procedure is catalogue.find(procedure.id) else ():
        scenario = play(course, procedure, others)
        yield scenario.case, scenario.runner.journal(scenario.case.id)
    for walk in walks(procedure, seed=5, n=8, length=14, others=others):
        yield walk.case, walk.runner.journal(walk.case.id)


# --- what a forger does who can compute hashes: each change is sealed anew, numbers and all ----------------------

_ORPHANED = ("the journal has entries but the case does not exist",)
_Docs = list[Any]


def _drop(docs: _Docs, n: int, p: Procedure) -> _Docs:
    return docs[:n] + docs[n + 1 :]


def _swap(docs: _Docs, n: int, p: Procedure) -> _Docs:
    other = n + 1 if n + 1 < len(docs) else n - 1
    if other == 0:  # what opens the case comes first
        return _drop(docs, n, p)
    first, second = sorted((n, other))
    return [*docs[:first], docs[second], docs[first], *docs[second + 1 :]]


def _repeat(docs: _Docs, n: int, p: Procedure) -> _Docs:
    return [*docs[: n + 1], docs[n], *docs[n + 1 :]]


def _rename(docs: _Docs, n: int, p: Procedure) -> _Docs:
    return [*docs[:n], {**docs[n], "event": {"name": "Forgiven", "schema": 1}}, *docs[n + 1 :]]


def _divert(docs: _Docs, n: int, p: Procedure) -> _Docs:
    """Lead the step to where no row of this event leads."""
    source, event = docs[n]["source"], docs[n]["event"]["name"]
    reached = {t.target for t in p.transitions if t.on.name == event} | {source}
    target = next(s.name for s in p.states if s.name not in reached)
    return [*docs[:n], {**docs[n], "target": target}, *docs[n + 1 :]]


def _sealed(docs: _Docs) -> list[Entry]:
    entries: list[Entry] = []
    now = ""
    for seq, doc in enumerate(docs, 1):
        now = max(now, doc["now"])
        prev = entries[-1].hash if entries else ""
        entries.append(Entry.sealed(canon.text({**doc, "seq": seq, "prev": prev, "now": now})))
    return entries


def test_facts_after_the_end_and_facts_without_a_row_fit_too(mining: Any) -> None:
    desk = Desk().issued()
    desk.do(Unlisted(by=PLATFORM, at=hours(2)))
    desk.do(Withdrawn(by=AUTHORITY, at=hours(3), reason="no longer needed"))
    desk.do(EffectGiven(by=PLATFORM, at=hours(4), outcomes={"c1": "removed"}))
    desk.do(Corrected(by=AUTHORITY, at=hours(5), seq=1, field="at", value=hours(-1).isoformat(), reason="misread"))
    assert [bool(e.irregular) for e in desk.entries[-4:]] == [True, False, True, False]
    assert Net(mining, SAMPLE).fits(desk.entries, desk.case)
