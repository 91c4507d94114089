"""Clocks, walked through: each scenario is a story, each step asserted. Hours count from Monday, 09:00 in Jakarta."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import attrs
import pytest

from sopflow.case import SYSTEM, Deadline, Happening
from sopflow.clocks import history
from sopflow.core import decide
from sopflow.errors import BadInput, NotAllowed
from sopflow.events import (
    Acknowledged,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    Complaint,
    Corrected,
    CounterNotice,
    DeadlineBreached,
    Delivered,
    EffectGiven,
    Extended,
    Held,
    ImpossibilityStated,
    InstrumentReceived,
    Notice,
    Opened,
    Referral,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Sent,
    Unsent,
    Verified,
    Withdrawn,
)
from sopflow.rules import STAY, Obligation, On, Send, State, Transition
from sopflow.terms import Hours, PerCase

from . import sample
from .sample import AUTHORITY, PLATFORM, REPORTER, B, Desk, ReviewStarted, hours

H = timedelta(hours=1)


def stands(deadline: Deadline) -> tuple[str, bool]:
    """Return how a deadline stands, and whether that was learnt late."""
    return str(deadline.standing), deadline.learnt_late


def kinds(step: Any) -> list[str]:
    """Return the kinds of the step's incidents."""
    return [i.kind for i in step.incidents]


def clocks(desk: Desk, obligation: str) -> dict[str, Deadline]:
    """Return the deadlines of an obligation by id."""
    assert desk.case is not None
    return {d.id: d for d in desk.case.deadlines if d.obligation == obligation}


# --- contents that fare differently ------------------------------------------------------------------------------


def test_ten_urls_seven_removed_two_clarified_one_impossible() -> None:
    desk = Desk().acknowledged(10)
    assert list(clocks(desk, "handle")) == ["handle"]
    assert desk.deadline("handle").due == hours(49), "48 hours from the confirmation at hour 1"

    desk.do(EffectGiven(outcomes={f"c{n}": "removed" for n in range(1, 8)}, by=PLATFORM, at=hours(10)))
    assert stands(desk.deadline("handle")) == ("running", False), "three are left"

    desk.do(ClarificationRequested(contents=("c8", "c9"), by=PLATFORM, at=hours(12)))
    assert list(clocks(desk, "handle")) == ["handle", "handle@c8"]
    paused = desk.deadline("handle@c8")
    assert (paused.contents, str(paused.standing), paused.paused) == (("c8", "c9"), "paused", hours(12))
    assert paused.wake is None
    assert stands(desk.deadline("handle")) == ("running", False), "the tenth still runs"
    assert desk.case is not None
    assert desk.case.outcomes()["c8"] == "clarifying"

    desk.do(ImpossibilityStated(contents="c10", by=PLATFORM, at=hours(20)))
    assert desk.deadline("handle").contents == (*(f"c{n}" for n in range(1, 8)), "c10")
    assert stands(desk.deadline("handle")) == ("met", False)
    assert desk.deadline("handle").met == hours(20)

    assert not [s for s in desk.tick(hours(60)) if s.entry.doc["event"].get("of") == "handle"], "nothing is late"

    desk.do(ClarificationGiven(contents=("c8", "c9"), by=AUTHORITY, at=hours(61.5)))
    resumed = desk.deadline("handle@c8")
    assert resumed.spent == 49.5 * H
    assert resumed.due == hours(49 + 49.5), "moved by exactly the pause"
    assert str(resumed.standing) == "running"
    assert desk.deadline("handle").due == hours(49), "the others' is where it was"

    desk.do(EffectGiven(outcomes={"c8": "removed", "c9": "not_found"}, by=PLATFORM, at=hours(98.5)))
    assert stands(desk.deadline("handle@c8")) == ("met", False), "on the very last instant"
    assert desk.deadline("handle@c8").lateness == 0 * H
    assert not desk.verify()


def test_what_is_met_while_paused_is_met_in_time() -> None:
    desk = Desk().acknowledged(1)
    desk.do(ClarificationRequested(contents="c1", by=PLATFORM, at=hours(10)))
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(200)))
    clock = desk.deadline("handle")
    assert stands(clock) == ("met", False)
    assert clock.due == hours(49 + 190), "the clock stood still for 190 hours"
    assert clock.paused is None


def test_a_pause_after_the_time_is_over_does_not_undo_the_delay() -> None:
    desk = Desk().acknowledged(1)
    desk.tick(hours(50))
    assert stands(desk.deadline("handle")) == ("expired", False)
    step = desk.do(ClarificationRequested(contents="c1", by=PLATFORM, at=hours(60)))
    assert stands(desk.deadline("handle")) == ("expired", False)
    assert desk.deadline("handle").due == hours(49)
    assert "breach_rebutted" not in kinds(step)


def test_a_pause_learnt_late_moves_the_due_instant_and_rebuts_the_alarm() -> None:
    desk = Desk().acknowledged(2)
    desk.tick(hours(50))
    alarm = desk.deadline("handle")
    assert alarm.expired == hours(49)
    step = desk.do(ClarificationRequested(contents="c1", by=PLATFORM, at=hours(40)), hours(60))
    assert kinds(step) == ["breach_rebutted"]
    assert str(desk.deadline("handle").standing) == "paused"
    assert stands(desk.deadline("handle@c2")) == ("expired", False), "for the other it holds"
    assert desk.deadline("handle@c2").expired_seq == alarm.expired_seq, "and is not said again"
    assert not [s for s in desk.tick(hours(70)) if s.entry.event == "DeadlineBreached" and "handle" in s.entry.text]
    desk.do(ClarificationGiven(contents="c1", by=AUTHORITY, at=hours(70)))
    assert desk.deadline("handle").due == hours(49 + 30)
    assert [s.entry.doc["event"]["of"] for s in desk.tick(hours(79))] == ["handle"], "the new instant has its own entry"
    assert desk.deadline("handle").expired == hours(79)


def test_contents_that_come_later_have_clocks_from_when_they_came() -> None:
    desk = Desk().acknowledged(1)
    desk.do(InstrumentReceived(instrument=Notice(contents=["https://t.me/more"]), by=REPORTER, at=hours(30)))
    assert desk.deadline("handle").due == hours(49)
    assert desk.deadline("handle@c2").started == hours(30)
    assert desk.deadline("handle@c2").due == hours(78)
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(31)))
    assert stands(desk.deadline("handle")) == ("met", False)
    assert str(desk.deadline("handle@c2").standing) == "running"


def test_a_deadline_with_one_content_met_and_one_given_up_too_late_is_late() -> None:
    desk = Desk().acknowledged(2)
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(5)))
    desk.do(Retracted(contents="c2", by=REPORTER, at=hours(60)))
    assert stands(desk.deadline("handle")) == ("expired", False)
    assert desk.deadline("handle").met == hours(5)


# --- what is learnt late -----------------------------------------------------------------------------------------


def test_an_earlier_proven_start_moves_the_clock() -> None:
    desk = Desk().acknowledged(1, at=hours(8))
    assert desk.deadline("handle").due == hours(56)
    desk.do(Acknowledged(message=desk.message("order").id, by=PLATFORM, at=hours(4)), hours(10))
    assert (desk.deadline("handle").started, desk.deadline("handle").due) == (hours(4), hours(52))
    desk.do(Acknowledged(message=desk.message("order").id, by=PLATFORM, at=hours(6)), hours(11))
    assert desk.deadline("handle").due == hours(52), "a later one changes nothing"


def test_a_fact_learnt_late_turns_a_breach_into_met_and_whoever_was_told_otherwise_is_told() -> None:
    desk = Desk().acknowledged(1)
    breach = next(s for s in desk.tick(hours(49)) if s.entry.doc["event"].get("of") == "handle")
    assert [m.template for m in breach.outgoing] == ["alarm"]
    assert desk.deadline("handle").expired_seq == breach.entry.seq
    assert str(desk.deadline("sanction").standing) == "running", "the alarm has started what follows a breach"

    step = desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(30)), hours(70))
    clock = desk.deadline("handle")
    assert stands(clock) == ("met", True)
    assert (clock.met, clock.lateness) == (hours(30), -19 * H)
    assert "breach_rebutted" in kinds(step)
    assert [(m.template, m.contact) for m in step.outgoing] == [("rebuttal", "reporter-box")]
    assert "correct" in step.outgoing[0].body
    assert step.entry.doc["effects"]["deadlines"][0]["change"] == ["meet"]
    assert desk.case is not None
    assert desk.case.deadline("sanction") is None, "what only the wrong alarm had started is gone"
    assert "sanction" in step.entry.doc["effects"]["ended"]
    assert breach.entry in desk.entries, "and what was known then is still on record"


def test_met_too_late_stays_late_whenever_it_is_learnt_and_lateness_is_never_clamped() -> None:
    for wait in (hours(49), hours(60)):  # the passing is recorded before, or only after the fact
        desk = Desk().acknowledged(1)
        if wait == hours(49):
            desk.tick(wait)
        desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(55.5)), hours(60))
        desk.tick(hours(61))
        clock = desk.deadline("handle")
        assert stands(clock) == ("expired", False)
        assert clock.lateness == 6.5 * H
        assert clock.expired == hours(49), "the passing has an entry of its own"


def test_what_proves_receipt_starts_the_clock_and_may_meet_it_at_once() -> None:
    desk = Desk().issued(2)
    desk.do(Sent(message=desk.message("order").id, by=SYSTEM, at=hours(0.5)))
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(0.6)))
    assert (desk.deadline("handle").started, str(desk.deadline("handle").standing)) == (hours(0.6), "running")
    desk.do(EffectGiven(outcomes={"c2": "removed"}, by=PLATFORM, at=hours(0.7)))
    assert (desk.deadline("handle").met, str(desk.deadline("handle").standing)) == (hours(0.7), "met")


def test_met_before_it_began() -> None:
    desk = Desk()
    desk.open()
    desk.do(Restored(contents=(), by=PLATFORM, at=hours(1)))
    desk.do(InstrumentReceived(instrument=CounterNotice(), by=REPORTER, at=hours(5)))
    clock = desk.deadline("put_back")
    assert (str(clock.standing), clock.met, clock.started) == ("met", hours(1), hours(5))
    assert clock.too_early


def test_given_up_before_it_began_is_void() -> None:
    desk = Desk().issued(1)
    desk.do(Retracted(contents="c1", by=REPORTER, at=hours(0.7)))
    desk.do(Acknowledged(message=desk.message("order").id, by=PLATFORM, at=hours(3)))
    assert str(desk.deadline("handle").standing) == "void"


def test_what_is_taken_back_in_part_leaves_the_clock_of_the_whole_case_running() -> None:
    whole = Obligation(name="answer", owner="authority", term=Hours(24), basis=B, starts=Opened, cancels=Retracted)
    desk = Desk(sample.SAMPLE.extend(id="test.whole", obligations=[whole]))
    desk.open(sample.notice(3))
    desk.do(Retracted(contents="c1", by=REPORTER, at=hours(1)))
    assert stands(desk.deadline("answer")) == ("running", False), "c2 and c3 are still waited for"
    desk.do(Retracted(contents=("c2", "c3"), by=REPORTER, at=hours(2)))
    assert stands(desk.deadline("answer")) == ("cancelled", False)


def test_what_is_taken_back_in_part_may_be_learnt_in_any_order() -> None:
    whole = Obligation(name="answer", owner="authority", term=Hours(24), basis=B, starts=Opened, cancels=Retracted)
    further = Notice(contents=["https://site.example/further"])
    facts = [
        Retracted(contents="c1", by=REPORTER, at=hours(1)),
        InstrumentReceived(instrument=further, by=REPORTER, at=hours(1.5)),
        Retracted(contents="c2", by=REPORTER, at=hours(2)),
        Retracted(contents="c1", by=REPORTER, at=hours(3)),
    ]
    for order in permutations(facts):
        desk = Desk(sample.SAMPLE.extend(id="test.whole", obligations=[whole]))
        desk.open(sample.notice(2))
        for fact in order:
            desk.do(fact, hours(5))
        assert stands(desk.deadline("answer")) == ("running", False), "what came in between is still waited for"


def test_a_part_that_came_later_does_not_keep_the_clock_of_the_whole_case_running() -> None:
    whole = Obligation(name="answer", owner="authority", term=Hours(24), basis=B, starts=Opened, cancels=Retracted)
    desk = Desk(sample.SAMPLE.extend(id="test.whole", obligations=[whole]))
    desk.open(sample.notice(2))
    desk.do(Retracted(contents=("c1", "c2"), by=REPORTER, at=hours(1)))
    desk.do(InstrumentReceived(instrument=Notice(contents=["https://site.example/later"]), by=REPORTER, at=hours(2)))
    assert stands(desk.deadline("answer")) == ("cancelled", False)


@pytest.mark.parametrize(
    ("row", "incidents"), [({}, ["deadline_missed"]), ({"sends": (sample.ALARM,)}, []), ({"target": "unheard"}, [])]
)
def test_a_breach_that_a_row_only_records_is_an_incident(row: dict[str, Any], incidents: list[str]) -> None:
    owed = Obligation(name="answer", owner="authority", term=Hours(24), basis=B, starts=Opened, meets=Verified)
    states = [State(name="unheard", phase="escalation", basis=B)]
    breach = Transition(
        **{
            "on": DeadlineBreached,
            "of": "answer",
            "source": "received",
            "target": STAY,
            "by": "system",
            "basis": B,
            **row,
        }
    )
    desk = Desk(sample.SAMPLE.extend(id="test.breach", states=states, obligations=[owed], transitions=[breach]))
    desk.open()
    [step] = [s for s in desk.tick(hours(25)) if s.entry.event == "DeadlineBreached"]
    assert kinds(step) == incidents


def test_a_start_while_paused_is_deferred() -> None:
    desk = Desk().issued(1)
    order = desk.message("order").id
    desk.do(Sent(message=order, by=SYSTEM, at=hours(1)))
    desk.do(Acknowledged(message=order, by=PLATFORM, at=hours(5)))
    desk.do(ClarificationRequested(contents="c1", by=PLATFORM, at=hours(4)), hours(6))  # proves receipt at 4, too
    clock = desk.deadline("handle")
    assert (clock.started, str(clock.standing), clock.paused) == (hours(4), "paused", hours(4))
    desk.do(ClarificationGiven(contents="c1", by=AUTHORITY, at=hours(10)))
    assert desk.deadline("handle").due == hours(4 + 48 + 6)


def test_acting_before_a_window_opens_is_noted() -> None:
    desk = Desk().acknowledged(1)
    desk.do(InstrumentReceived(instrument=CounterNotice(), by=REPORTER, at=hours(2)))
    step = desk.do(Restored(contents="c1", by=PLATFORM, at=hours(48)))
    assert "too_early" in kinds(step)
    assert desk.deadline("put_back").too_early
    # Day 0 is Sunday 1 June in Los Angeles (04:00Z is 21:00 PDT). 2-6 = 1-5, 9-13 = 6-10, 16 17 18 = 11-13,
    # 19 is a holiday, 20 = 14: due when 20 June ends, which is 07:00Z on the 21st.
    assert desk.deadline("put_back").due == hours(0).replace(day=21, hour=7)


# --- restarts, extensions, corrections ---------------------------------------------------------------------------


def test_a_restart_begins_the_clock_anew() -> None:
    desk = Desk().acknowledged(1)
    step = desk.do(InstrumentReceived(instrument=Referral(), by=AUTHORITY, at=hours(20)))
    assert (desk.deadline("handle").started, desk.deadline("handle").due) == (hours(20), hours(68))
    assert step.entry.doc["effects"]["deadlines"][0]["change"] == ["restart"]


def test_a_restart_after_the_time_is_over_is_another_run_and_the_first_stays_late() -> None:
    desk = Desk().acknowledged(1)
    desk.tick(hours(50))
    step = desk.do(InstrumentReceived(instrument=Referral(), by=AUTHORITY, at=hours(60)))
    assert stands(desk.deadline("handle")) == ("expired", False)
    assert (str(desk.deadline("handle.2").standing), desk.deadline("handle.2").due) == ("running", hours(108))
    assert "breach_rebutted" not in kinds(step)
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(100)))
    assert stands(desk.deadline("handle.2")) == ("met", False)
    assert stands(desk.deadline("handle")) == ("expired", False)


def test_an_extension_sets_a_later_limit_and_a_later_pause_moves_that() -> None:
    desk = Desk().acknowledged(1)
    step = desk.do(Extended(obligation="handle", due=hours(80), reason="asked for", by=AUTHORITY, at=hours(5)))
    assert desk.deadline("handle").due == hours(80)
    assert step.entry.doc["effects"]["deadlines"][0]["change"] == ["move"]
    assert not [s for s in desk.tick(hours(60)) if s.entry.doc["event"].get("of") == "handle"]
    desk.do(ClarificationRequested(contents="c1", by=PLATFORM, at=hours(70)))
    desk.do(ClarificationGiven(contents="c1", by=AUTHORITY, at=hours(75)))
    assert desk.deadline("handle").due == hours(85)


def test_an_extension_of_a_paused_clock_takes_account_of_the_pause_so_far() -> None:
    desk = Desk().acknowledged(1)
    desk.do(ClarificationRequested(contents="c1", by=PLATFORM, at=hours(10)))
    desk.do(Extended(obligation="handle", due=hours(100), reason="asked for", by=AUTHORITY, at=hours(20)))
    assert desk.deadline("handle").due == hours(100)
    desk.do(ClarificationGiven(contents="c1", by=AUTHORITY, at=hours(25)))
    assert desk.deadline("handle").due == hours(105), "only the five hours after the extension count"


def test_an_extension_after_the_time_is_over_gives_another_run_and_rebuts_nothing() -> None:
    desk = Desk().acknowledged(1)
    desk.tick(hours(50))
    step = desk.do(Extended(obligation="handle", due=hours(90), reason="mercy", by=AUTHORITY, at=hours(60)))
    assert stands(desk.deadline("handle")) == ("expired", False)
    assert (str(desk.deadline("handle.2").standing), desk.deadline("handle.2").due) == ("running", hours(90))
    assert not step.outgoing
    assert "breach_rebutted" not in kinds(step)
    assert str(desk.deadline("sanction").standing) == "running", "the breach was a breach"


@pytest.mark.parametrize(
    ("obligation", "due", "match"),
    [
        ("handle", 30, "after the present limit"),
        ("put_back", 90, "whose clock runs"),
        ("nothing", 90, "name an obligation"),
    ],
)
def test_an_extension_that_extends_nothing_is_refused(obligation: str, due: int, match: str) -> None:
    desk = Desk().acknowledged(1)
    before = desk.case
    with pytest.raises(BadInput, match=match):
        desk.do(Extended(obligation=obligation, due=hours(due), reason="x", by=AUTHORITY, at=hours(5)))
    assert desk.case is before


def test_correcting_when_it_happened_computes_again_what_depends_on_it() -> None:
    desk = Desk().acknowledged(1)
    seq = desk.entries[-1].seq
    desk.tick(hours(50))
    step = desk.do(
        Corrected(seq=seq, field="at", value=hours(4).isoformat(), reason="misread", by=AUTHORITY), hours(51)
    )
    assert (desk.deadline("handle").started, desk.deadline("handle").due) == (hours(4), hours(52))
    assert "breach_rebutted" in kinds(step), "when the alarm was raised the time was not over"
    assert desk.message("order").acknowledged == hours(4), "and the receipt is right"
    assert [s.entry.doc["event"]["of"] for s in desk.tick(hours(52))] == ["handle"]


def test_correcting_an_outcome_opens_the_clock_again() -> None:
    desk = Desk().acknowledged(1)
    seq = desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(5))).entry.seq
    assert stands(desk.deadline("handle")) == ("met", False)
    desk.do(Corrected(seq=seq, field="outcome:c1", value="pending", reason="another channel", by=AUTHORITY), hours(6))
    assert str(desk.deadline("handle").standing) == "running"
    assert desk.case is not None
    assert desk.case.outcomes() == {"c1": "pending"}
    assert not clocks(desk, "preserve"), "what only the wrong outcome had started is gone"
    assert desk.entries[seq - 1].doc["event"]["data"] == {"outcomes": {"c1": "removed"}}, "nothing is edited"


def test_a_correction_that_makes_an_expired_deadline_disappear_rebuts_it() -> None:
    desk = Desk().acknowledged(1)
    seq = desk.do(Refused(contents="c1", by=PLATFORM, at=hours(5))).entry.seq
    assert str(desk.deadline("complain").standing) == "running"
    desk.tick(hours(24 * 30))
    assert stands(desk.deadline("complain")) == ("expired", False)
    step = desk.do(Corrected(seq=seq, field="at", value=hours(24 * 29).isoformat(), reason="misread", by=AUTHORITY))
    assert str(desk.deadline("complain").standing) == "running"
    assert "breach_rebutted" in kinds(step)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"seq": 99}, "name an entry"), ({"field": "by"}, 'use "at"'), ({"field": "outcome:c9"}, 'use "at"'),
        ({"value": "yesterday"}, "with its time zone"), ({"value": "2025-06-02T09:00"}, "time zone"),
        ({"value": "2099-01-01T00:00+00:00"}, "not in the future"), ({"field": "outcome:c1", "value": "gone"}, "use one of"),
    ],
)  # fmt: skip
def test_a_correction_of_nothing_is_refused(change: dict[str, Any], match: str) -> None:
    desk = Desk().acknowledged(1)
    seq = desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(5))).entry.seq
    right = Corrected(seq=seq, field="at", value=hours(4).isoformat(), reason="misread", by=AUTHORITY)
    with pytest.raises(BadInput, match=match):
        desk.do(attrs.evolve(right, **change), hours(6))


def test_a_right_closes_and_a_reminder_only_reminds() -> None:
    desk = Desk().acknowledged(1)
    desk.do(Refused(contents="c1", by=PLATFORM, at=hours(5)))
    closed = [s for s in desk.tick(hours(24 * 12)) if s.entry.event == "DeadlineClosed"]
    assert [s.entry.doc["event"]["of"] for s in closed] == ["complain"]
    assert not closed[0].incidents
    desk.do(InstrumentReceived(instrument=Complaint(), by=REPORTER, at=hours(24 * 13)))
    assert stands(desk.deadline("complain")) == ("expired", False), "too late"

    other = Desk()
    other.open()
    assert [s.entry.event for s in other.tick(hours(999))] == ["DeadlineReminded"], "once, and it is never a breach"
    assert str(other.deadline("assess").standing) == "running"


def test_an_obligation_that_repeats_has_a_run_for_each_start_after_an_end() -> None:
    desk = Desk().acknowledged(1)
    for n, (asked, given) in enumerate([(10, 12), (20, 25)], 1):
        desk.do(ClarificationRequested(contents="c1", by=PLATFORM, at=hours(asked)))
        desk.do(ClarificationRequested(contents="c1", by=PLATFORM, at=hours(asked + 1)))
        desk.do(ClarificationGiven(contents="c1", by=AUTHORITY, at=hours(given)))
        assert list(clocks(desk, "clarify")) == ["clarify", "clarify.2"][:n]
    assert [d.met for d in clocks(desk, "clarify").values()] == [hours(12), hours(25)]


# --- limits that cannot be computed ------------------------------------------------------------------------------


def test_a_fact_without_the_limit_it_should_set_stands_and_is_an_incident_once() -> None:
    desk = Desk()
    desk.open()
    step = desk.do(ReviewStarted(by=PLATFORM, at=hours(1)))
    assert "deadline_unknown" in kinds(step)
    assert (desk.deadline("agreed").due, str(desk.deadline("agreed").standing)) == (None, "running")
    step = desk.do(EffectGiven(outcomes={"c1": "refused"}, by=PLATFORM, at=hours(2)))
    assert "deadline_unknown" not in kinds(step), "said once"
    step = desk.do(Withdrawn(reason="x", by=AUTHORITY))  # an act touches the clock too, and is not refused for it
    assert "deadline_unknown" not in kinds(step)
    assert str(desk.deadline("agreed").standing) == "cancelled"


def test_an_act_that_should_set_a_limit_and_does_not_is_refused() -> None:
    desk = Desk()
    desk.open()
    desk.do(Verified(by=AUTHORITY))
    order = sample.Issued(by=AUTHORITY)
    for signer in (sample.AGENCY_A, sample.AGENCY_B):
        desk.do(sample.Approved(proposal=desk.proposal(order), by=signer))
    with pytest.raises(BadInput, match="set `due`"):
        desk.do(order)
    with pytest.raises(BadInput, match="time zone"):
        desk.do(attrs.evolve(order, due=hours(50).replace(tzinfo=None)))


def test_a_fact_beyond_the_calendar_s_data_stands_with_an_incident() -> None:
    desk = Desk(calendars={"office": attrs.evolve(sample.CALENDAR, last=2025, first=2025)})
    desk.open()
    late = hours(24 * 205)  # the end of December
    step = desk.do(InstrumentReceived(instrument=CounterNotice(), by=REPORTER, at=late))
    assert "deadline_unknown" in kinds(step)
    assert "2026-01-01" in next(i.detail for i in step.incidents)
    assert desk.deadline("put_back").due is None


def test_a_fact_at_the_edge_of_time_stands() -> None:
    desk = Desk().acknowledged(1)
    edge = hours(0).replace(year=1, month=1, day=1, hour=0)
    desk.do(InstrumentReceived(instrument=CounterNotice(), by=REPORTER, at=edge), hours(3))
    assert desk.deadline("put_back").due is None


def test_a_limit_in_another_zone_is_kept_as_the_instant_that_it_is() -> None:
    from zoneinfo import ZoneInfo

    wib = hours(24 * 20).astimezone(ZoneInfo("Asia/Jakarta"))
    desk = Desk().issued(1, due=wib)
    assert desk.deadline("agreed").due == wib
    assert desk.entries[-1].doc["event"]["data"]["due"] == "2025-06-22T02:00:00.000000Z"
    assert not desk.verify()


# --- messages and the ladder -------------------------------------------------------------------------------------


def test_silence_climbs_reminds_each_contact_and_ends_in_an_incident_and_the_guard_holds() -> None:
    desk = Desk().issued(1)
    tried = []
    for day in range(1, 7):
        steps = [s for s in desk.tick(hours(0.5 + 24 * day)) if s.entry.doc["event"].get("of") == "receipt:order"]
        assert len(steps) == 1, day
        tried += [(m.contact, m.channel) for m in steps[0].outgoing if m.template == "order"]
        last = steps[0]
    assert tried == [
        ("px-desk", "email"),
        ("px-desk", "fax"), ("px-desk", "fax"),
        ("px-representative", "email"), ("px-representative", "email"),
    ]  # fmt: skip
    assert kinds(last) == ["ladder_exhausted"]
    assert last.case.state == "unreachable", "the guard ladder_exhausted is satisfied"
    order = [m for m in last.case.messages if m.template == "order"]
    assert len({m.thread for m in order}) == 1
    assert [m.rung for m in order] == [0, 1, 2, 3, 4, 5]
    assert order[-1].exhausted
    assert not desk.verify()


def test_a_late_confirmation_of_the_first_message_calls_off_the_later_rungs() -> None:
    desk = Desk().issued(1)
    first = desk.message("order")
    desk.tick(hours(24.5))
    desk.do(Sent(message=desk.message("order", 1).id, by=SYSTEM, at=hours(25)))
    desk.tick(hours(49))
    second, third = desk.message("order", 1), desk.message("order", 2)
    assert (second.status, third.status) == ("sent", "queued")
    step = desk.do(Acknowledged(message=first.id, by=PLATFORM, at=hours(20)), hours(50))
    assert stands(desk.deadline(f"receipt:{first.id}")) == ("met", True)
    assert str(desk.deadline(f"receipt:{second.id}").standing) == "void", "it was needless"
    assert str(desk.deadline(f"receipt:{third.id}").standing) == "void"
    assert desk.message("order", 2).status == "superseded"
    assert third.id in step.cancelled
    assert desk.deadline("handle").due == hours(20 + 48)
    told = [(m.template, m.contact) for m in step.outgoing]
    assert told == [("rebuttal", "reporter-box")], "the reporter had an alarm; the next contact was only asked"
    assert not [s for s in desk.tick(hours(60)) if "receipt:order" in s.entry.text]


def test_a_confirmation_after_its_time_ends_the_climb_and_stays_late() -> None:
    desk = Desk().issued(1)
    desk.tick(hours(25))
    desk.do(Acknowledged(message=desk.message("order").id, by=PLATFORM, at=hours(30)))
    first, second = (desk.deadline(f"receipt:{desk.message('order', n).id}") for n in (0, 1))
    assert stands(first) == ("expired", False)
    assert first.lateness == 5.5 * H
    assert stands(second) == ("met", False)


@pytest.mark.parametrize("sent", [False, True])
def test_a_message_that_cannot_be_sent_climbs_at_once_without_reminders_bounced_or_not(sent: bool) -> None:
    desk = Desk().issued(1)
    first = desk.message("order")
    if sent:
        desk.do(Sent(message=first.id, by=SYSTEM, at=hours(1)))
    step = desk.do(Unsent(message=first.id, reason="mailbox full", by=SYSTEM, at=hours(2)))
    assert [(m.contact, m.channel) for m in step.outgoing] == [("px-desk", "fax")]
    assert desk.message("order").status == "unsent"
    assert str(desk.deadline(f"receipt:{first.id}").standing) == "cancelled"
    assert (first.id in step.cancelled) is not sent
    again = desk.do(Unsent(message=first.id, reason="mailbox full", by=SYSTEM, at=hours(2)))
    assert not again.outgoing, "told twice, it climbs once"


def test_every_contact_unreachable_is_an_incident() -> None:
    desk = Desk().issued(1)
    for n in range(3):
        step = desk.do(Unsent(message=desk.message("order", n).id, reason="gone", by=SYSTEM, at=hours(1 + n)))
    assert kinds(step) == ["ladder_exhausted"]


def test_without_a_contact_there_is_an_incident_and_the_clock_runs() -> None:
    desk = Desk()
    desk.ladders = {}
    desk.issued(1)
    assert "no_contact" in kinds(desk.steps[-1])
    assert desk.message("order").exhausted
    assert not desk.steps[-1].outgoing or all(m.channel.startswith("do:") for m in desk.steps[-1].outgoing)
    desk.tick(hours(25))
    assert desk.case is not None
    assert desk.case.state == "unreachable"


def test_a_fact_by_the_addressee_proves_receipt_without_confirming_it() -> None:
    desk = Desk().issued(1)
    desk.do(Sent(message=desk.message("order").id, by=SYSTEM, at=hours(1)))
    desk.do(ReviewStarted(by=PLATFORM, at=hours(3), due=hours(90)), hours(9))
    assert desk.message("order").acknowledged == hours(3)
    assert stands(desk.deadline(f"receipt:{desk.message('order').id}")) == ("met", False)
    assert desk.deadline("handle").started == hours(3)


def test_what_one_of_several_addressees_does_proves_nothing_of_the_others() -> None:
    desk = Desk()
    desk.ladders["platform-y"] = (sample.Rung(contact="py-desk", channel="email"),)
    parties = {**sample.PARTIES, "platform": ("platform-x", "platform-y")}
    desk.open(sample.notice(1, parties=parties))
    desk.do(Verified(by=AUTHORITY))
    order = sample.Issued(by=AUTHORITY, due=hours(200))
    for signer in (sample.AGENCY_A, sample.AGENCY_B):
        desk.do(sample.Approved(proposal=desk.proposal(order), by=signer))
    desk.do(order)
    assert [desk.message("order", n).party for n in (0, 1)] == ["platform-x", "platform-y"]
    for n in (0, 1):
        desk.do(Sent(message=desk.message("order", n).id, by=SYSTEM, at=hours(1)))
    desk.do(ReviewStarted(by=PLATFORM, at=hours(3), due=hours(90)))
    assert desk.message("order", 0).acknowledged == hours(3)
    assert desk.message("order", 1).acknowledged is None


def test_what_is_taken_back_is_neither_sent_nor_awaited_nor_revived() -> None:
    desk = Desk().issued(1)
    order = desk.message("order").id
    desk.do(Sent(message=order, by=SYSTEM, at=hours(1)))
    step = desk.do(Withdrawn(reason="mistake", by=AUTHORITY, at=hours(2)))
    assert str(desk.deadline(f"receipt:{order}").standing) == "cancelled"
    assert desk.message("for_counsel").status == "superseded"
    assert desk.message("for_counsel").id in step.cancelled
    desk.do(Delivered(message=order, by=PLATFORM, at=hours(3)))
    assert str(desk.deadline(f"receipt:{order}").standing) == "cancelled", "a later fact does not revive it"
    bounced = desk.do(Unsent(message=order, reason="gone", by=SYSTEM, at=hours(4)))
    assert not bounced.outgoing, "nobody else is tried"
    assert not [s for s in desk.tick(hours(99)) if "receipt" in s.entry.text]


def test_closing_a_file_awaits_nothing_more_and_still_sends_what_is_queued() -> None:
    desk = Desk().acknowledged(1)
    desk.do(EffectGiven(outcomes={"c1": "refused"}, by=PLATFORM, at=hours(2)))
    for d in [d for d in sample.SAMPLE.obligations if d.name in ("handle", "agreed", "file_copy")]:
        assert Closed in [on.event for on in d.cancels]
    quiet = attrs.evolve(
        sample.SAMPLE, id="test.quiet", hooks=[h for h in sample.SAMPLE.hooks if h.event is not Closed]
    )
    desk.p = quiet
    step = desk.do(Closed(by=AUTHORITY, at=hours(3)))
    assert step.case.state == "done"
    assert not [d for d in step.case.deadlines if d.is_open and d.kind == "duty"]
    assert not step.cancelled
    assert desk.message("for_counsel").status == "queued"


def test_a_hold_moves_the_sending_and_the_clock_with_it_and_binds_later_rungs() -> None:
    desk = Desk().issued(1)
    order = desk.message("order").id
    until = hours(100)
    step = desk.do(Held(role="platform", until=until, reason="inquiry", by=AUTHORITY, at=hours(1)))
    assert step.held == {order: until}
    clock = desk.deadline(f"receipt:{order}")
    assert (clock.started, clock.due) == (until, hours(124)), "nobody can confirm what has not been sent"
    desk.do(Unsent(message=order, reason="gone", by=SYSTEM, at=hours(2)))
    assert desk.message("order", 1).send_after == until, "the next contact is of the same role"
    shorter = desk.do(Held(role="platform", until=hours(3), reason="over", by=AUTHORITY, at=hours(2.5)))
    assert shorter.held == {desk.message("order", 1).id: hours(3)}


def test_what_the_other_side_owes_has_its_own_clock() -> None:
    desk = Desk().issued(1)
    report = desk.message("report")
    assert (report.status, report.contact) == ("expected", "")
    clock = desk.deadline(f"expected:{report.id}")
    assert (clock.owner, clock.due) == ("platform", hours(96.5))
    desk.tick(hours(97))
    assert stands(desk.deadline(clock.id)) == ("expired", False)
    step = desk.do(Sent(message=report.id, by=PLATFORM, at=hours(90)), hours(98))
    assert stands(desk.deadline(clock.id)) == ("met", True)
    assert "breach_rebutted" in kinds(step)


def test_a_message_whose_limit_cannot_be_computed_is_sent_all_the_same() -> None:
    late = Send(template="alarm", to="reporter", sender="authority", ack_within=PerCase())
    rows = [
        attrs.evolve(t, sends=late) if sample.ALARM in t.sends else t for t in sample.SAMPLE.transitions
    ]  # fmt: skip
    desk = Desk(attrs.evolve(sample.SAMPLE, id="test.late", transitions=rows)).acknowledged(1)
    step = next(s for s in desk.tick(hours(50)) if s.entry.doc["event"].get("of") == "handle")
    assert [m.template for m in step.outgoing] == ["alarm"]
    assert "deadline_unknown" in kinds(step)


# --- clocks that ask what had become of a content ----------------------------------------------------------------


def test_a_clock_may_depend_on_what_a_content_was_at_that_time_even_if_that_is_learnt_later() -> None:
    desk = Desk().acknowledged(2)
    desk.do(Retracted(contents=("c1", "c2"), by=REPORTER, at=hours(30)))
    assert not clocks(desk, "reinstate"), "nothing was gone, so nothing is to be restored"
    desk.do(Restored(contents="c2", by=PLATFORM, at=hours(40)))
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(29)), hours(50))
    assert desk.deadline("reinstate").contents == ("c1",)
    assert desk.deadline("reinstate").due == hours(66)
    desk.do(EffectGiven(outcomes={"c2": "disabled"}, by=PLATFORM, at=hours(28)), hours(51))
    assert desk.case is not None
    assert desk.case.outcomes()["c2"] == "restored", "the later fact still wins"
    assert {d.contents: str(d.standing) for d in clocks(desk, "reinstate").values()} == {("c1", "c2"): "running"}


def test_two_facts_at_one_instant_have_one_result_whichever_is_recorded_first() -> None:
    facts = [EffectGiven(outcomes={"c1": o}, by=PLATFORM, at=hours(9)) for o in ("removed", "refused")]
    ends = []
    for order in (facts, facts[::-1]):
        desk = Desk().acknowledged(1)
        for fact in order:
            desk.do(fact)
        assert desk.case is not None
        ends.append(desk.case.outcomes())
    assert ends[0] == ends[1]


def test_a_clock_of_hours_is_as_long_as_written_whatever_the_day() -> None:
    obligation = Obligation(name="x", owner="platform", term=Hours(2), basis=B, starts=On(Opened), cancels=Rejected)
    desk = Desk(sample.SAMPLE.extend(id="test.more", obligations=[obligation]))
    desk.open(at=hours(-3))
    assert desk.deadline("x").due == hours(-1)
    assert [s.entry.event for s in desk.tick(hours(0))] == ["DeadlineBreached"], "already over when it is recorded"
    with pytest.raises(NotAllowed):
        decide(desk.p, desk.case, Verified(by=REPORTER), desk.facts(), hours(1))  # type: ignore[arg-type]


def test_an_answer_that_nobody_asked_for_is_no_news_of_a_content() -> None:
    def told(seq: int, event: str, outcome: str) -> Happening:
        return Happening(seq=seq, at=hours(seq), event=event, contents={"c1": outcome})

    removed, answer = told(1, "EffectGiven", "removed"), told(2, "ClarificationGiven", "pending")
    assert history([removed, answer]) == {"c1": [(removed, "removed")]}
    asked = told(1, "ClarificationRequested", "clarifying")
    assert history([asked, answer])["c1"][-1] == (answer, "pending")
