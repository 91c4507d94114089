"""What is learnt late or put right reaches every clock, and contents that fare differently do not hide each other."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sopflow import calendars
from sopflow.case import SYSTEM, Actor, Outcome
from sopflow.errors import BadInput
from sopflow.events import (
    Acknowledged,
    CalendarChanged,
    ClarificationGiven,
    ClarificationRequested,
    Corrected,
    CourtDecided,
    DeadlineBreached,
    EffectGiven,
    Fact,
    InstrumentReceived,
    Issued,
    Notice,
    Opened,
    OrderVoided,
    Refused,
    Restored,
    Retracted,
    Sent,
    Verified,
)
from sopflow.procedure import Procedure
from sopflow.rules import STAY, Hook, Obligation, On, Role, Send, Source, State, Template, Transition, Yield
from sopflow.terms import BusinessDays, Days, Hours, Term, Window

from .sample import AUTHORITY, CALENDAR, COURT, PLATFORM, REPORTER, B, Desk, hours, notice

GONE = On(EffectGiven, outcomes="removed")
ROLES = ("authority", "platform", "reporter", "counsel", "court")
PERIOD = Obligation(
    name="period", owner="platform", term=Hours(24), basis=B, per_content=True, repeats=True,
    starts=(Opened, On(DeadlineBreached, "period")), meets=GONE, cancels=OrderVoided,
)  # fmt: skip


def desk(*obligations: Obligation, urls: int = 2, hooks: Any = (), send: dict[str, Any] | None = None) -> Desk:
    """Return a case of a procedure with these clocks and one state, and an order to the platform if one is to go."""
    stay: Any = {"source": "open", "target": STAY, "basis": B}
    rows = [Transition(on=e, by="authority", **stay) for e in (Verified, Corrected)]
    order = Send(
        **{"template": "order", "to": "platform", "sender": "authority", "ack_within": Hours(24), **(send or {})}
    )
    rows += [Transition(on=Issued, by="authority", sends=order, **stay)]
    found = Desk(
        Procedure(
            id="test.late", version="1", title="Learnt late", acting="authority", initial="open", hooks=hooks,
            opened_by={"reporter"}, roles=[Role(name=n, basis=B) for n in ROLES],
            states=[State(name="open", phase="intake", waits_for="authority", basis=B)], transitions=rows,
            obligations=obligations, templates=[Template("order", "Order $case", "$contents")],
            sources=[Source("made_up", "These tests.")],
        )
    )  # fmt: skip
    found.open(notice(urls))
    return found


def shown(found: Desk, name: str) -> list[tuple[str, tuple[str, ...], str]]:
    """Return the runs of a clock: id, contents, standing."""
    assert found.case is not None
    return [(d.id, d.contents, str(d.standing)) for d in found.case.deadlines if d.obligation == name]


def correct(found: Desk, seq: int, now: float, **change: Any) -> None:
    found.do(Corrected(seq=seq, reason="a misprint", by=AUTHORITY, **change), hours(now))


# --- contents that fare differently ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        OrderVoided(contents="c2", by=COURT, at=hours(1)),
        EffectGiven(outcomes={"c2": "removed"}, by=PLATFORM, at=hours(1)),
        EffectGiven(outcomes={"c2": "removed"}, by=PLATFORM, at=hours(24)),
    ],
    ids=["voided", "met", "met at the last instant"],
)
def test_a_clock_that_comes_again_goes_on_for_what_is_left(other: Fact) -> None:
    found = desk(PERIOD)
    found.do(other, other.at)
    found.tick(hours(24))
    found.do(Refused(contents="c1", by=PLATFORM, at=hours(25)))  # what touches the clock in no way
    found.tick(hours(24 * 30))
    runs = shown(found, "period")
    assert len([s for s in found.steps if s.entry.event == "DeadlineBreached"]) == 30
    assert runs[0] == ("period", ("c1", "c2"), "expired")
    assert {contents for _, contents, _ in runs[1:]} == {("c1",)}, "c2 was dealt with"


_IDS = st.sets(st.sampled_from(("c1", "c2", "c3")), min_size=1).map(lambda s: tuple(sorted(s)))
_PERIODS = st.lists(
    st.tuples(st.integers(0, 8).map(lambda n: 12 * n), st.sampled_from(["removed", "refused", "voided"]), _IDS),
    max_size=5,
)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(_PERIODS)
def test_each_content_has_the_runs_that_it_would_have_alone(happened: list[tuple[int, str, tuple[str, ...]]]) -> None:
    def runs(only: str | None) -> dict[str, list[tuple[Any, Any]]]:
        found, runs = desk(PERIOD, urls=3), dict[str, list[tuple[Any, Any]]]()
        if only is not None:
            found = desk(PERIOD, urls=1)
        for at, what, ids in sorted(happened):
            some = tuple("c1" for id in ids if id == only) if only is not None else ids
            found.tick(hours(at) - timedelta(seconds=1))
            if some and what == "voided":
                found.do(OrderVoided(contents=some, by=COURT, at=hours(at)))
            elif some:
                found.do(EffectGiven(outcomes=dict.fromkeys(some, what), by=PLATFORM, at=hours(at)))
        found.tick(hours(120))
        assert found.case is not None
        for d in found.case.deadlines:
            for unit in d.contents:
                runs.setdefault(unit, []).append((d.started, d.due))
        return runs

    together = runs(None)
    for id in ("c1", "c2", "c3"):
        assert sorted(together.get(id, [])) == sorted(runs(id).get("c1", [])), id


@pytest.mark.parametrize("first", ["c1", "c2"])
@pytest.mark.parametrize("closed", [True, False], ids=["a holiday more", "a holiday less"])
@pytest.mark.parametrize("apart", [True, False], ids=["two deadlines", "one deadline"])
def test_a_decree_moves_what_runs_and_leaves_what_was_met(first: str, closed: bool, apart: bool) -> None:
    day, second = date(2025, 6, 4), "c2" if first == "c1" else "c1"
    usual = calendars.make("office", "1", [] if closed else [day], first=2025, last=2025)
    decree = calendars.amend(usual, "decree", **{"closed" if closed else "worked": [day]})
    remove = Obligation(
        name="remove", owner="platform", term=BusinessDays(max=3, calendar="office", zone="UTC"), basis=B,
        per_content=True, starts=Verified, meets=GONE, pauses=ClarificationRequested, resumes=ClarificationGiven,
    )  # fmt: skip
    found = desk(remove)
    found.calendars = {"office": usual}
    found.do(Verified(by=AUTHORITY, at=hours(1)))
    if apart:
        found.do(ClarificationRequested(contents=first, by=PLATFORM, at=hours(2)))
        found.do(ClarificationGiven(contents=first, by=AUTHORITY, at=hours(3)))
    was = {unit: d.due for d in (found.case.deadlines if found.case else ()) for unit in d.contents}
    found.do(EffectGiven(outcomes={first: "removed"}, by=PLATFORM, at=hours(24)))
    found.calendars = {"office": decree}
    found.do(CalendarChanged(calendar="office", reference="decree", by=SYSTEM, at=hours(25)))
    assert found.case is not None
    now = {unit: (d.due, str(d.standing)) for d in found.case.deadlines for unit in d.contents}
    assert now[first] == (was[first], "met")
    due, standing = now[second]
    assert standing == "running"
    assert due is not None
    assert was[second] is not None
    assert due - was[second] == timedelta(days=1 if closed else -1)
    found.do(EffectGiven(outcomes={second: "removed"}, by=PLATFORM, at=hours(26)))
    assert {s for _, _, s in shown(found, "remove")} == {"met"}


# --- whatever is learnt first ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("back", [2, 1], ids=["later", "at the same instant"])
def test_what_was_put_back_before_a_clock_began_is_not_met_in_any_order_of_learning(back: float) -> None:
    remove = Obligation(
        name="remove", owner="platform", term=Hours(24), basis=B, per_content=True, starts=CourtDecided, meets=GONE
    )
    facts = [
        EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(1)),
        Restored(contents="c1", by=PLATFORM, at=hours(back)),
        CourtDecided(restore=False, by=COURT, at=hours(3)),
    ]
    for order in permutations(facts):
        found = desk(remove, urls=1)
        for n, fact in enumerate(order):
            found.do(fact, hours(5 + n))
        found.tick(hours(100))
        assert shown(found, "remove") == [("remove", ("c1",), "expired")], [type(f).__name__ for f in order]


def test_what_turns_out_to_have_been_put_back_before_a_clock_began_is_not_met() -> None:
    remove = Obligation(
        name="remove", owner="platform", term=Hours(24), basis=B, per_content=True, starts=CourtDecided, meets=GONE
    )
    found = desk(remove, urls=1)
    found.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(1)))
    found.do(CourtDecided(restore=False, by=COURT, at=hours(3)))
    seq = found.do(Restored(contents="c1", by=PLATFORM, at=hours(4))).entry.seq
    assert shown(found, "remove")[0][2] == "met"
    correct(found, seq, 5, field="at", value=hours(2).isoformat())
    assert shown(found, "remove")[0][2] == "running"


_AT_ONCE = [
    (ClarificationRequested(contents="c1", by=PLATFORM), ClarificationGiven(contents="c1", by=AUTHORITY), "pending"),
    (ClarificationRequested(contents="c1", by=PLATFORM), EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM), "removed"),
    (EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM), Restored(contents="c1", by=PLATFORM), "restored"),
    (EffectGiven(outcomes={"c1": "disabled"}, by=PLATFORM), Refused(contents="c1", by=PLATFORM), "disabled"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "outcome"), _AT_ONCE, ids=[o for *_, o in _AT_ONCE])
def test_of_two_facts_at_one_instant_the_later_step_of_the_natural_course_counts(
    one: Fact, other: Fact, outcome: str
) -> None:
    handle = Obligation(
        name="handle", owner="platform", term=Hours(24), basis=B, per_content=True, starts=Opened, meets=GONE,
        pauses=ClarificationRequested, resumes=ClarificationGiven,
    )  # fmt: skip
    ends = []
    for order in ((one, other), (other, one)):
        found = desk(handle, urls=1)
        for fact in order:
            found.do(attrs.evolve(fact, at=hours(1)), hours(2))
        assert found.case is not None
        assert found.case.outcomes() == {"c1": Outcome(outcome)}
        ends.append(shown(found, "handle"))
    assert ends[0] == ends[1]


def test_what_was_voided_at_the_instant_of_its_order_is_taken_back() -> None:
    facts = [
        OrderVoided(contents="c1", by=COURT, at=hours(1)),
        InstrumentReceived(instrument=Notice(), contents="c1", by=REPORTER, at=hours(1)),
    ]
    for order in permutations(facts):
        found = desk(urls=1)
        for fact in order:
            found.do(fact, hours(2))
        assert found.case is not None
        assert found.case.taken_back() == {"c1"}


# --- instants that pass ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term",
    [BusinessDays(min=2, max=2, calendar="office", zone="UTC"), Window(opens=Days(2), closes=Days(2))],
    ids=["business days", "a window"],
)
def test_a_window_of_no_length_that_was_met_late_is_breached_once(term: Term) -> None:
    found = desk(Obligation(name="answer", owner="platform", term=term, basis=B, starts=Opened, meets=Verified))
    found.calendars = {"office": CALENDAR}
    found.do(Retracted(by=REPORTER, at=hours(1)))
    found.do(Verified(by=AUTHORITY, at=hours(24 * 20)))
    found.tick(hours(24 * 21))
    assert [s.entry.event for s in found.steps].count("DeadlineBreached") == 1
    assert found.deadline("answer").wake is None


# --- corrections ----------------------------------------------------------------------------------------------------


def test_a_corrected_time_of_a_report_reaches_the_clock_of_the_whole_case() -> None:
    found = desk(
        Obligation(name="answer", owner="platform", term=Hours(48), basis=B, starts=Opened, cancels=Retracted), urls=1
    )
    further = Notice(contents=["https://site.example/further"])
    seq = found.do(InstrumentReceived(instrument=further, by=REPORTER, at=hours(10)), hours(20)).entry.seq
    found.do(Retracted(contents="c1", by=REPORTER, at=hours(5)), hours(21))
    assert shown(found, "answer")[0][2] == "cancelled"
    correct(found, seq, 22, field="at", value=hours(2).isoformat())
    assert shown(found, "answer")[0][2] == "running", "c2 had been reported when c1 was retracted"


def test_an_outcome_can_be_corrected_where_its_entry_proved_a_receipt() -> None:
    found = desk(
        Obligation(name="remove", owner="platform", term=Hours(24), basis=B, per_content=True, starts=Issued, meets=GONE),
        urls=1, send={"proved_by": EffectGiven},
    )  # fmt: skip
    found.do(Issued(by=AUTHORITY, at=hours(1)))
    found.do(Sent(message=found.message("order").id, by=SYSTEM, at=hours(2)))
    seq = found.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(3))).entry.seq
    assert found.message("order").acknowledged == hours(3)
    correct(found, seq, 4, field="outcome:c1", value="not_found")
    assert found.case is not None
    assert found.case.outcomes() == {"c1": Outcome.NOT_FOUND}
    assert shown(found, "remove")[0][2] == "running"
    assert found.message("order").acknowledged == hours(3), "received it was, all the same"


def _look_again(before: Any, view: Any, event: Any, facts: Any) -> Yield:
    return Yield(starts="review")


def test_a_hook_that_starts_a_clock_on_a_correction_leaves_the_correction_in_the_journal() -> None:
    found = desk(
        Obligation(name="remove", owner="platform", term=Hours(24), basis=B, starts=Verified, meets=EffectGiven),
        Obligation(name="review", owner="authority", term=Hours(24), basis=B, starts=Issued),
        hooks=[Hook(name="look_again", run=_look_again, event=Corrected)],
    )
    seq = found.do(Verified(by=AUTHORITY, at=hours(2))).entry.seq
    correct(found, seq, 3, field="at", value=hours(1).isoformat())
    assert found.deadline("remove").started == hours(1)
    assert found.deadline("review").started == hours(3)
    assert found.verify() == ()


def test_a_corrected_time_reaches_the_receipt_of_what_it_made_pointless() -> None:
    def told(at: float, corrected: float | None, before: float) -> str:
        found = desk(send={"until": On(OrderVoided)}, urls=1)
        found.do(Issued(by=AUTHORITY, at=hours(1)))
        found.do(Sent(message=found.message("order").id, by=SYSTEM, at=hours(1)))
        found.tick(hours(before))
        seq = found.do(OrderVoided(by=COURT, at=hours(at)), hours(40)).entry.seq
        if corrected is not None:
            correct(found, seq, 41, field="at", value=hours(corrected).isoformat())
        found.tick(hours(60))
        return str(found.deadline(f"receipt:{found.message('order').id}").standing)

    for before in (2, 40):
        assert told(5, None, before) == told(39, 5, before) == "cancelled"
        assert told(39, None, before) == told(5, 39, before) == "expired"


def test_what_the_library_found_out_itself_is_not_corrected() -> None:
    found = desk(
        Obligation(name="remove", owner="platform", term=Hours(24), basis=B, starts=Opened, meets=EffectGiven),
        Obligation(
            name="decide",
            owner="authority",
            term=Hours(48),
            basis=B,
            starts=On(DeadlineBreached, "remove"),
            meets=Verified,
        ),
    )
    (step,) = [s for s in found.tick(hours(24)) if s.entry.event == "DeadlineBreached"]
    with pytest.raises(BadInput, match="found out itself") as caught:
        correct(found, step.entry.seq, 30, field="at", value=hours(3).isoformat())
    assert caught.value.field == "Corrected.seq"
    assert shown(found, "decide") == [("decide", (), "running")]
    correct(found, 1, 31, field="at", value=hours(-1).isoformat())
    found.tick(hours(32))
    assert found.deadline("decide").started == hours(23), "what it follows from can be, and the breach moves with it"


def test_a_receipt_is_still_correctable_by_its_own_entry() -> None:
    found = desk(
        Obligation(
            name="remove", owner="platform", term=Hours(24), basis=B, starts=On(Acknowledged, "order"), meets=GONE
        )
    )
    found.do(Issued(by=AUTHORITY, at=hours(1)))
    who = Actor("platform-bot", {"platform"}, "platform-x")
    seq = found.do(Acknowledged(message=found.message("order").id, by=who, at=hours(3))).entry.seq
    correct(found, seq, 4, field="at", value=hours(2).isoformat())
    assert found.deadline("remove").started == found.message("order").acknowledged == hours(2)
