"""The short way to a clock gives what the long way gives, or says that it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sopflow import catalogue, clocks, shortcut
from sopflow.calendars import load
from sopflow.case import Deadline, Happening, Standing
from sopflow.errors import BadInput
from sopflow.events import Closed, Event, Issued, OrderVoided, Restored, Verified, Withdrawn
from sopflow.procedure import Procedure
from sopflow.rules import Obligation, On
from sopflow.terms import BusinessDays, Hours, PerCase, Window, WithoutUndueDelay
from sopflow.testing import walks

from .sample import CALENDAR, SAMPLE, B, hours

settings.register_profile("short", deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))
SHORT = settings.get_profile("short")

EVENTS: tuple[type[Event], ...] = (Verified, Issued, Withdrawn, Restored, OrderVoided)
TERMS = (
    Hours(48), WithoutUndueDelay(24), PerCase(), Window(opens=Hours(24), closes=Hours(96)),
    BusinessDays(min=1, max=3, calendar="office", zone="Asia/Jakarta"),
)  # fmt: skip


def touching(at_least: int = 0) -> st.SearchStrategy[tuple[On, ...]]:
    """Return what touches a clock by one verb."""
    one = st.builds(On, st.sampled_from(EVENTS), st.sampled_from(["", "", "order"]))
    return st.lists(one, min_size=at_least, max_size=2, unique_by=lambda on: on.event).map(tuple)


OBLIGATIONS = st.builds(
    Obligation, name=st.just("duty"), kind=st.sampled_from(["duty", "right", "reminder"]), owner=st.just("platform"),
    term=st.sampled_from(TERMS), basis=st.just(B), starts=touching(1), pauses=touching(),
    resumes=touching(), restarts=touching(), meets=touching(), cancels=touching(),
)  # fmt: skip
HAPPENED = st.tuples(
    st.sampled_from([*EVENTS, Closed]).map(lambda e: e.name), st.integers(0, 6).map(lambda day: 24 * day), st.sampled_from(["", "order"]),
    st.sampled_from([None, None, 48, 144]),
)  # fmt: skip


def short(obligation: Obligation, name: str) -> shortcut.Way | None:
    """Return the short way that is taken for this obligation on an event of this name."""
    return shortcut.way(obligation, name) if name in obligation.touched_by else None


@settings(SHORT)
@given(OBLIGATIONS, st.lists(HAPPENED, min_size=1, max_size=6), st.booleans(), st.booleans(), st.booleans())
def test_the_short_way_gives_what_the_long_way_gives(
    obligation: Obligation, happened: list[tuple[str, int, str, int | None]], known: bool, strict: bool, noticed: bool
) -> None:
    happenings: list[Happening] = []
    present: tuple[Deadline, ...] = ()
    for seq, (name, at, of, until) in enumerate(happened, 1):
        limit = hours(until) if until is not None else None
        happenings.append(Happening(seq=seq, at=hours(at), event=name, of=of, until=limit))
        calendars = {"office": CALENDAR} if known else {}
        way = short(obligation, name)
        try:
            found, problems = clocks.deadlines(obligation, (), happenings, present, calendars, strict=strict)
        except BadInput as error:
            if way is not None and _is_latest(happenings):
                assert refusal(way, happenings, present, calendars) in (None, str(error))
            happenings.pop()
            continue
        if way is not None and _is_latest(happenings):
            changes = way(happenings, present, calendars, strict)
            if changes is not None:
                assert problems == ()
                changed = {d.id: d for d, _ in changes}
                assert tuple([changed.pop(d.id, d) for d in present] + list(changed.values())) == found
                assert {verb for _, verb in changes} <= set(clocks.verbs(obligation, happenings[-1]))
        if noticed:  # as the passing of an instant leaves it
            present = tuple(attrs.evolve(d, opened=bool(d.not_before), reminded=bool(d.remind)) for d in found)
        else:
            present = found


def refusal(way: shortcut.Way, *known: Any) -> str | None:
    """Return what the short way raises, or None where it says that the long way is needed."""
    try:
        assert way(*known, True) is None
    except BadInput as error:
        return str(error)
    return None


def _is_latest(happenings: Sequence[Happening]) -> bool:
    return max(h.at for h in happenings) <= happenings[-1].at


def test_a_clock_that_begins_or_ends_goes_the_short_way() -> None:
    obligation = Obligation(
        name="duty", owner="platform", term=Hours(48), basis=B, starts=Issued, meets=Restored, cancels=Withdrawn
    )
    issued = Happening(seq=1, at=hours(1), event="Issued")
    ((begun, verb),) = shortcut.way(obligation, "Issued")([issued], (), {}, True) or ()
    assert (verb, begun.due) == ("start", hours(49))
    ends = {"Restored": ("meet", Standing.MET), "Withdrawn": ("cancel", Standing.CANCELLED)}
    for name, ending in ends.items():
        done = [issued, Happening(seq=2, at=hours(49), event=name)]
        ((ended, verb),) = shortcut.way(obligation, name)(done, (begun,), {}, True) or ()
        assert (verb, ended.standing) == ending
        late = [issued, Happening(seq=2, at=hours(50), event=name)]
        ((ended, verb),) = shortcut.way(obligation, name)(late, (begun,), {}, True) or ()
        assert ended.standing == Standing.EXPIRED, "what ends a clock after its time does not undo the delay"
        assert shortcut.way(obligation, name)(done, (), {}, True) == (), "what never began does not end"


def test_a_clock_that_looks_at_more_than_one_happening_goes_the_long_way() -> None:
    for name in ("handle", "clarify", "review", "sanction", "look", "reinstate", "preserve"):
        obligation = SAMPLE.obligation_of[name]
        assert not obligation.plain, name
        for event in obligation.touched_by:
            happening = Happening(seq=1, at=hours(1), event=event)
            assert shortcut.way(obligation, event)([happening], (), {}, True) is None, (name, event)


@pytest.mark.parametrize("id", ["id.kominfo_telegram_2017", "generic.network_block"])
def test_a_procedure_writes_the_same_journals_when_every_clock_goes_the_long_way(
    id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    def watched(p: Procedure, event: str) -> Any:
        def watch(obligation: Obligation, way: shortcut.Way) -> shortcut.Way:
            def run(*args: Any) -> Any:
                found = way(*args)
                if found:
                    taken.append(obligation.name)
                return found

            return run

        return tuple((o, watch(o, way)) for o, way in ways(p, event))

    def journals() -> list[list[str]]:
        calendars = {"US-federal": load("US-federal")}
        found = walks(catalogue.find(id), seed=11, n=8, length=15, others=others, calendars=calendars)
        return [[e.text for e in walk.runner.journal(walk.case.id)] for walk in found]

    others = [catalogue.find("generic.network_block")] if "network" not in id else []
    ways = shortcut.ways
    monkeypatch.setattr(shortcut, "ways", watched)
    usual = journals()
    assert taken, "the short way is taken"
    monkeypatch.setattr(
        shortcut, "ways", lambda p, event: tuple((o, lambda *_: None) for o in p.clocks_of.get(event, ()))
    )
    assert journals() == usual


@pytest.mark.parametrize("term", TERMS, ids=lambda term: type(term).__name__)
@pytest.mark.parametrize("name", ["Restored", "Withdrawn"])
def test_a_clock_ends_at_any_instant_as_the_long_way_has_it(term: Any, name: str) -> None:
    obligation = Obligation(
        name="duty", owner="platform", term=term, basis=B, starts=Issued, meets=Restored, cancels=Withdrawn
    )
    calendars = {"office": CALENDAR}
    issued = Happening(seq=1, at=hours(0), event="Issued", until=hours(72))
    (begun,), _ = clocks.deadlines(obligation, (), [issued], (), calendars, strict=True)
    noticed = attrs.evolve(begun, opened=bool(begun.not_before), reminded=bool(begun.remind))
    instants = {begun.due, begun.not_before, begun.remind, *(hours(n) for n in range(0, 200, 20))} - {None}
    for at in instants:
        happenings = [issued, Happening(seq=2, at=at, event=name)]
        for present in ((begun,), (noticed,)):
            found, _ = clocks.deadlines(obligation, (), happenings, present, calendars, strict=True)
            changes = shortcut.way(obligation, name)(happenings, present, calendars, True)
            assert changes is not None
            assert tuple(d for d, _ in changes) == found
