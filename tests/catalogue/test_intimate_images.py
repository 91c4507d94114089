"""Reports of intimate images: the TAKE IT DOWN Act and the Online Safety Act 2023. Instants are in UTC.

EST is UTC-5, EDT UTC-4, BST UTC+1. Hours are elapsed hours: no night, weekend, holiday or change of the clock stops them.
"""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from sopflow import (
    Actor,
    Closed,
    Complaint,
    EffectGiven,
    InstrumentReceived,
    Notice,
    Refused,
    Rejected,
    Restored,
    Retracted,
    UnknownProcedure,
    Withdrawn,
    catalogue,
)
from sopflow.catalogue._scripts.united_kingdom import REPORT
from sopflow.catalogue._scripts.us_take_it_down import REQUEST
from sopflow.catalogue.united_kingdom import DecisionUpheld
from sopflow.catalogue.us_take_it_down import CopiesSought
from sopflow.testing import given
from sopflow.testing.scenario import Scenario

from .world import due, z

FORMS = {"us.take_it_down": REQUEST, "uk.osa_intimate_image": REPORT}
BOTH = pytest.mark.parametrize("law", FORMS)
US, UK = FORMS
START = "2026-07-06 12:00"


def report(law: str, *missing: str, n: int = 1) -> Notice:
    """Return a report about `n` items that lacks these elements."""
    return Notice(
        contents=[f"https://platform.example/i/{i}" for i in range(1, n + 1)],
        parties={"reporter": "person", "user": "uploader", "platform": "platform"},
        form={name: value for name, value in FORMS[law].items() if name not in missing},
    )


def reported(law: str, at: str = START, *missing: str, n: int = 1) -> Scenario:
    """Return a case for a report that the platform received at `at`."""
    return given(catalogue.find(law), at=z(at)).opened(report(law, *missing, n=n), by="reporter")


def down(desk: Scenario, *ids: str) -> Scenario:
    """Return the case after the removal of these items, or of the first."""
    return desk.when(EffectGiven(outcomes=dict.fromkeys(ids or ("c1",), "removed")), by="platform")


@pytest.mark.parametrize(
    ("law", "at", "over"),
    [
        # Saturday 31 October 2026, 12:00 EDT. Summer time ends on Sunday: Monday 2 November, 11:00 EST, not 12:00.
        (US, "2026-10-31 16:00", "2026-11-02 16:00"),
        # Saturday 13 March 2027, 12:00 EST. Summer time begins on Sunday: Monday 15 March, 13:00 EDT.
        (US, "2027-03-13 17:00", "2027-03-15 17:00"),
        # Thursday 31 December 2026, 20:00 EST + 48 h = Saturday 2 January 2027, 20:00 EST.
        (US, "2027-01-01 01:00", "2027-01-03 01:00"),
        # Friday 3 July 2026, 18:00 EDT, before a holiday and a weekend: Sunday 5 July, 18:00 EDT.
        (US, "2026-07-03 22:00", "2026-07-05 22:00"),
        # Monday 28 February 2028, 09:00 EST: 29 February is in between; Wednesday 1 March, 09:00 EST.
        (US, "2028-02-28 14:00", "2028-03-01 14:00"),
        # Tuesday 30 June 2026, one minute to midnight EDT = Thursday 2 July, 23:59 EDT.
        (US, "2026-07-01 03:59", "2026-07-03 03:59"),
        # Saturday 24 October 2026, 12:00 BST. Summer time ends on Sunday: Monday 26 October, 11:00 GMT.
        (UK, "2026-10-24 11:00", "2026-10-26 11:00"),
        # Saturday 27 March 2027, 12:00 GMT. Summer time begins on Sunday: Monday 29 March, 13:00 BST.
        (UK, "2027-03-27 12:00", "2027-03-29 12:00"),
        # Wednesday 30 December 2026, 23:30 GMT + 48 h = Friday 1 January 2027, 23:30 GMT.
        (UK, "2026-12-30 23:30", "2027-01-01 23:30"),
        # Thursday 24 December 2026, 17:00 GMT: no holiday stops the hours; Saturday 26 December, 17:00 GMT.
        (UK, "2026-12-24 17:00", "2026-12-26 17:00"),
        # Monday 28 February 2028, midnight GMT: Wednesday 1 March, midnight, for 2028 is a leap year.
        (UK, "2028-02-28 00:00", "2028-03-01 00:00"),
        # Monday 29 June 2026, midnight BST, the first instant in force: Wednesday 1 July, midnight BST.
        (UK, "2026-06-28 23:00", "2026-06-30 23:00"),
    ],
)
def test_a_valid_report_is_followed_within_48_hours_of_its_receipt(law: str, at: str, over: str) -> None:
    desk = reported(law, at)
    assert (due(desk, "remove"), due(desk, "copies")) == (z(over), z(over))
    desk.after(hours=47, minutes=59).then_state("valid")
    desk.after(minutes=2).then_state("overdue")
    down(desk).then_state("removed").then_deadline("remove", "expired")
    late = desk.case.deadline("remove")
    assert late is not None and late.lateness == timedelta(minutes=1)
    desk.then_proved()


@BOTH
def test_each_law_has_its_first_day(law: str) -> None:
    first = {US: date(2026, 5, 19), UK: date(2026, 6, 29)}[law]
    assert catalogue.find(law, on=first).valid_from == first
    with pytest.raises(UnknownProcedure):
        catalogue.find(law, on=first - timedelta(days=1))


@pytest.mark.parametrize(("law", "name"), [(law, name) for law, form in FORMS.items() for name in form])
def test_each_element_is_needed_for_the_hours_to_run(law: str, name: str) -> None:
    desk = reported(law, START, name)
    desk.then_state("incomplete").then_sent("incomplete_report", to="reporter")
    assert desk.case.deadline("remove") is None
    assert name in desk.sent[-1].body


@BOTH
def test_an_incomplete_report_that_is_completed_has_48_hours_from_its_completion(law: str) -> None:
    desk = reported(law, START, "contact").after(hours=30)
    desk.when(InstrumentReceived(instrument=report(law, "contact")), by="reporter").then_state("incomplete")
    desk.after(hours=1).when(InstrumentReceived(instrument=Notice(form=FORMS[law])), by="reporter").then_state("valid")
    # 6 July, 12:00 + 31 h = 7 July, 19:00; + 48 h = 9 July, 19:00.
    assert due(desk, "remove") == z("2026-07-09 19:00")


@BOTH
def test_when_somebody_looks_at_it_plays_no_part(law: str) -> None:
    desk = reported(law).after(hours=40)
    down(desk)
    deadline = desk.case.deadline("remove")
    assert deadline is not None and deadline.started == z(START)


@BOTH
def test_a_report_received_at_night_and_recorded_in_the_morning_runs_from_the_night(law: str) -> None:
    desk = given(catalogue.find(law), at=z("2026-07-07 08:00"))
    case = desk.runner.open(law, report(law), by=Actor("person-1", {"reporter"}), at=z("2026-07-07 01:30"))
    deadline = case.deadline("remove")
    assert deadline is not None and deadline.due == z("2026-07-09 01:30")


@BOTH
def test_reporter_and_user_are_told_of_a_removal_and_only_the_reporter_of_none(law: str) -> None:
    down(reported(law)).then_sent("answer", to="reporter").then_sent("removal_notice", to="user")
    desk = reported(law).when(EffectGiven(outcomes={"c1": "not_found"}), by="platform").then_state("not_removed")
    desk.then_sent("answer", to="reporter").then_not_sent("removal_notice")


@BOTH
def test_the_user_is_not_told_who_reported(law: str) -> None:
    contact = "anna.smith@example.org"
    whole = attrs.evolve(report(law), form=FORMS[law] | {"contact": contact})
    desk = down(given(catalogue.find(law), at=z(START)).opened(whole, by="reporter"))
    told = [m for m in desk.sent if m.template == "removal_notice"]
    assert told and not any(contact in m.body for m in told)


@BOTH
def test_an_unfounded_report_is_refused_with_reasons_and_then_no_hours_run(law: str) -> None:
    desk = reported(law).when(Rejected(reason="not by the person shown"), by="platform").then_state("rejected")
    desk.then_sent("answer", to="reporter").then_deadline("remove", "cancelled").then_deadline("copies", "cancelled")
    desk.after(days=5).then_proved()
    assert not desk.runner.incidents()


@BOTH
def test_only_the_platform_refuses_a_report_and_not_after_the_removal(law: str) -> None:
    reported(law).when(Rejected(reason="no"), by="user").then_refused("platform")
    down(reported(law)).when(Rejected(reason="no"), by="platform").then_refused("removed")


@BOTH
def test_a_refused_item_and_a_removed_one_are_one_case(law: str) -> None:
    desk = down(reported(law, n=2)).then_state("valid")
    desk.when(Refused(contents=["c2"], reason="it shows nobody"), by="platform").then_state("removed")
    assert desk.case.outcomes() == {"c1": "removed", "c2": "refused"}


@BOTH
def test_copies_are_looked_for_in_the_same_hours_and_that_is_recorded_for_itself(law: str) -> None:
    desk = down(reported(law)).then_deadline("remove", "met").then_deadline("copies", "running")
    desk.when(CopiesSought(found=3), by="platform").then_deadline("copies", "met")
    desk = down(reported(law)).after(hours=49).then_deadline("copies", "expired").then_state("removed")
    desk.then_waiting_for("platform", "copies_overdue").when(CopiesSought(), by="platform")
    desk.then_deadline("copies_overdue", "met")


@BOTH
def test_a_report_taken_back_before_the_removal_ends_the_case(law: str) -> None:
    desk = reported(law).when(Retracted(reason="a mistake"), by="reporter").then_state("retracted")
    desk.then_deadline("remove", "cancelled")
    assert desk.case.waiting_for() == ()


@BOTH
def test_a_report_taken_back_after_the_removal_asks_whether_to_restore(law: str) -> None:
    desk = down(reported(law)).when(Retracted(reason="a mistake"), by="reporter").then_state("removed")
    desk.then_deadline("restore", "running")
    desk.when(Restored(), by="platform").then_state("restored").then_sent("restored_notice", to="user").then_proved()


@BOTH
def test_our_side_may_withdraw_a_file_and_close_one(law: str) -> None:
    reported(law).when(Withdrawn(reason="opened twice"), by="platform").then_state("withdrawn")
    down(reported(law)).when(CopiesSought(), by="platform").when(Closed(), by="platform").then_state("closed")


@BOTH
def test_a_file_is_not_closed_while_its_hours_run(law: str) -> None:
    desk = down(reported(law)).after(hours=1).when(Closed(), by="platform").then_refused("copies is still open")
    desk.when(CopiesSought(), by="platform").when(Closed(), by="platform").then_state("closed")


@BOTH
def test_what_is_refused_ends_the_search_for_copies_of_nothing_else(law: str) -> None:
    desk = down(reported(law, n=2)).after(hours=1)
    desk.when(Refused(contents=["c2"], reason="it shows nobody"), by="platform").then_state("removed")
    desk.then_waiting_for("platform", "copies")
    desk.after(hours=48).then_deadline("copies", "expired")


@BOTH
def test_what_is_restored_in_part_is_told_to_both_sides(law: str) -> None:
    desk = down(reported(law, n=2), "c1", "c2").after(hours=1).when(Restored(contents=["c1"]), by="platform")
    desk.then_state("removed").then_sent("restored_notice", to="user").then_sent("restored_notice", to="reporter")
    assert "/i/1" in desk.sent[-1].body and "/i/2" not in desk.sent[-1].body


# --- what only one of them has -------------------------------------------------------------------------------------


def test_the_take_it_down_act_has_no_appeal_and_what_comes_all_the_same_is_recorded_and_raised() -> None:
    assert "complaint" in {a.faculty for a in catalogue.find(US).absent}
    desk = (
        down(reported(US))
        .when(InstrumentReceived(instrument=Complaint()), by="user")
        .then_refused("the actor has user")
    )
    desk.when(InstrumentReceived(instrument=Complaint()), by="platform").then_state("removed")
    desk.then_incident("irregular_fact").then_proved()


def test_a_refusal_under_the_take_it_down_act_stops_no_hours_and_closing_does_not_either() -> None:
    desk = reported(US).when(Refused(reason="no"), by="platform").then_state("not_removed").after(hours=1)
    desk.when(Closed(), by="platform").then_refused("remove is still open")
    desk.after(hours=48).then_deadline("remove", "expired").then_deadline("copies", "expired")
    desk.then_incident("deadline_missed").when(Closed(), by="platform").then_state("closed")
    # In Britain the provider may find that it is no such content: then nothing is owed.
    desk = reported(UK).when(Refused(reason="no"), by="platform").when(Closed(), by="platform").then_state("closed")
    desk.after(hours=50).then_deadline("copies", "cancelled")


def test_in_britain_a_complaint_is_handled_by_somebody_else_who_upholds_or_restores() -> None:
    desk = down(reported(UK)).after(hours=1)
    desk.when(InstrumentReceived(instrument=Complaint()), by="user").then_state("under_review")
    desk.then_deadline("handle_complaint", "running")
    desk.when(DecisionUpheld(), by="platform").then_refused("reviewer")
    desk.when(DecisionUpheld(reason="it is her"), by="reviewer").then_state("reviewed").after(hours=1)
    desk.when(InstrumentReceived(instrument=Complaint()), by="user").then_state("under_review")
    desk.when(Restored(reason="it is not her"), by="reviewer").then_state("restored").then_proved()


def test_in_britain_who_reported_may_complain_of_a_refusal_and_it_comes_down() -> None:
    desk = reported(UK).when(Refused(reason="not intimate"), by="platform").then_state("not_removed")
    desk.after(hours=1).when(InstrumentReceived(instrument=Complaint()), by="reporter").then_state("under_review")
    down(desk.after(hours=1)).then_state("removed").then_deadline("handle_complaint", "met").then_proved()


def told(desk: Scenario, since: int) -> set[tuple[str, str]]:
    """Return which letters went to whom after the first `since` of them."""
    return {(m.template, m.recipient_role) for m in desk.sent[since:]}


def test_in_britain_both_sides_are_told_of_a_complaint_that_succeeds() -> None:
    back = {("restored_notice", "user"), ("restored_notice", "reporter")}
    desk = down(reported(UK)).after(hours=1).when(InstrumentReceived(instrument=Complaint()), by="user").after(hours=1)
    n = len(desk.sent)
    desk.when(Restored(reason="it is not her"), by="reviewer").then_state("restored")
    assert told(desk, n) == back
    desk = reported(UK).when(Refused(reason="not intimate"), by="platform").after(hours=1)
    desk.when(InstrumentReceived(instrument=Complaint()), by="reporter").after(hours=1)
    n = len(desk.sent)
    desk.when(EffectGiven(outcomes={"c1": "removed"}), by="reviewer").then_state("removed")
    assert told(desk, n) == {("answer", "reporter"), ("removal_notice", "user")}
    desk.then_deadline("tell_reporter", "met")


def test_in_britain_a_complaint_that_succeeds_in_part_is_told_and_the_other_one_still_handled() -> None:
    desk = down(reported(UK, n=3), "c1", "c2")
    desk.when(Refused(contents=["c3"], reason="not intimate"), by="platform").after(hours=1)
    desk.when(InstrumentReceived(instrument=Complaint()), by="user").then_state("under_review").after(hours=1)
    n = len(desk.sent)
    desk.when(Restored(contents=["c1"], reason="it is not her"), by="reviewer").then_state("under_review")
    assert told(desk, n) == {("restored_notice", "user"), ("restored_notice", "reporter")}
    n = len(desk.sent)
    desk.when(EffectGiven(outcomes={"c3": "removed"}), by="reviewer").then_state("under_review")
    assert told(desk, n) == {("answer", "reporter"), ("removal_notice", "user")}
    assert not desk.runner.incidents()
    desk.when(DecisionUpheld(contents=["c2"]), by="reviewer").then_state("reviewed").then_proved()


def test_a_decision_is_upheld_only_where_somebody_complained() -> None:
    down(reported(UK)).when(DecisionUpheld(), by="reviewer").then_refused("removed")
