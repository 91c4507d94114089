"""Removal notices under the Online Safety Act 2021. Instants are in UTC; Sydney has AEST, UTC+10, or AEDT, UTC+11."""

from __future__ import annotations

import json
from datetime import timedelta

import attrs
import pytest

from sopflow import (
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    Complaint,
    EffectGiven,
    Extended,
    ImpossibilityStated,
    InstrumentReceived,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Withdrawn,
)
from sopflow.catalogue._scripts.australia import REPORT
from sopflow.catalogue.australia import (
    OSA_REMOVAL_NOTICE,
    ComplainedToService,
    FormalWarningGiven,
    NonCompliancePublished,
    PenaltySought,
    RemovalNoticeGiven,
    ReviewDecided,
)
from sopflow.testing import given
from sopflow.testing.scenario import Scenario

from .world import due, z

START = "2026-05-04 02:00"
ONE = attrs.evolve(REPORT, contents=REPORT.contents[:1])
GONE = EffectGiven(outcomes={"c1": "removed"})


def complained(at: str = START) -> Scenario:
    """Return a case for a complaint that the Commissioner received at `at`."""
    return given(OSA_REMOVAL_NOTICE, at=z(at)).opened(ONE, by="complainant")


def noticed(section: str = "77", at: str = START) -> Scenario:
    """Return a case in which a notice was given at `at`."""
    desk = complained(at)
    if section in ("88", "89"):
        desk.when(ComplainedToService(), by="complainant", at=z(at) - timedelta(hours=48))
    return desk.when(RemovalNoticeGiven(section=section, reference=f"{section}-1"), by="authority")


@pytest.mark.parametrize(
    ("section", "at", "over"),
    [
        # Saturday 3 October 2026, 12:00 AEST. Summer time begins on Sunday: Sunday 4 October, 13:00 AEDT.
        ("77", "2026-10-03 02:00", "2026-10-04 02:00"),
        # Saturday 3 April 2027, 12:00 AEDT. Summer time ends on Sunday: Sunday 4 April, 11:00 AEST.
        ("78", "2027-04-03 01:00", "2027-04-04 01:00"),
        # Thursday 31 December 2026, 15:00 AEDT + 24 h = Friday 1 January 2027, 15:00 AEDT.
        ("88", "2026-12-31 04:00", "2027-01-01 04:00"),
        # Monday 28 February 2028, 10:00 AEDT + 24 h = Tuesday 29 February, 10:00 AEDT.
        ("89", "2028-02-27 23:00", "2028-02-28 23:00"),
        # Friday 24 December 2027, 17:00 AEDT, before Christmas on a Saturday: Saturday, 17:00 AEDT.
        ("77", "2027-12-24 06:00", "2027-12-25 06:00"),
        # Wednesday 30 June 2027, one minute to midnight AEST = Thursday 1 July, 23:59 AEST.
        ("77", "2027-06-30 13:59", "2027-07-01 13:59"),
    ],
)
def test_the_24_hours_run_from_the_notice_given_to_its_addressee(section: str, at: str, over: str) -> None:
    desk = noticed(section, at)
    name, other, who = ("remove", "remove_by_user", "platform")
    if section in ("78", "89"):
        name, other, who = other, name, "user"
    assert (due(desk, name), desk.case.deadline(other)) == (z(over), None)
    desk.then_sent("removal_notice" if who == "platform" else "end_user_notice", to=who).then_waiting_for(who)
    desk.after(hours=23, minutes=59).then_deadline(name, "running")
    desk.after(minutes=2).then_state("overdue").then_deadline(name, "expired")
    desk.when(GONE, by=who).then_state("complied").then_proved()


def test_nothing_runs_from_the_complaint_and_a_notice_needs_no_hurry() -> None:
    desk = complained().after(days=5).then_state("received")
    assert desk.case.deadline("remove") is None
    desk.when(RemovalNoticeGiven(section="77"), by="authority").then_state("given")
    # 4 May, 02:00 + 5 days + 24 h.
    assert due(desk, "remove") == z("2026-05-10 02:00")


@pytest.mark.parametrize("section", ["88", "89"])
@pytest.mark.parametrize(
    ("complaint", "opens"),
    [
        # Friday 2 October 2026, 12:00 AEST + 48 h = Sunday 4 October, 13:00 AEDT: the night had 23 hours.
        ("2026-10-02 02:00", "2026-10-04 02:00"),
        # Wednesday 30 December 2026, 23:00 AEDT + 48 h = Friday 1 January 2027, 23:00 AEDT.
        ("2026-12-30 12:00", "2027-01-01 12:00"),
    ],
)
def test_cyber_abuse_waits_48_hours_from_the_complaint_to_the_service(section: str, complaint: str, opens: str) -> None:
    notice = RemovalNoticeGiven(section=section)
    desk = complained(complaint).when(ComplainedToService(), by="complainant")
    desk.after(hours=47, minutes=59).when(notice, by="authority").then_refused(f"opens at {z(opens)}")
    desk.after(minutes=1).when(notice, by="authority").then_proved()
    assert desk.case.state in ("given", "given_to_user")


def test_cyber_abuse_without_a_complaint_to_the_service_has_no_notice_and_an_intimate_image_needs_none() -> None:
    complained().when(RemovalNoticeGiven(section="88"), by="authority").then_refused("service_complaint has no clock")
    complained().when(RemovalNoticeGiven(section="77"), by="authority").then_state("given")


def test_a_complaint_to_the_service_that_is_learnt_later_counts_from_when_it_was_made() -> None:
    desk = complained().when(ComplainedToService(), by="platform", at=z("2026-05-02 02:00"))
    desk.when(RemovalNoticeGiven(section="88"), by="authority").then_state("given")


def test_what_is_removed_within_the_48_hours_needs_no_notice() -> None:
    desk = complained().when(ComplainedToService(), by="complainant").after(hours=20)
    desk.when(GONE, by="platform").then_state("complied").after(days=2)
    desk.when(RemovalNoticeGiven(section="88"), by="authority").then_refused("complied")


def test_the_commissioner_allows_a_longer_period_and_the_first_limit_is_kept() -> None:
    desk = noticed()
    later = z("2026-05-07 02:00")
    desk.when(Extended(obligation="remove", due=later, reason="asked for, complex"), by="platform").then_refused(
        "authority"
    )
    desk.when(Extended(obligation="remove", due=later, reason="asked for, complex"), by="authority")
    deadline = desk.case.deadline("remove")
    assert deadline is not None and (deadline.due, deadline.by_term) == (later, z("2026-05-05 02:00"))
    desk.after(hours=60).when(GONE, by="platform").then_deadline("remove", "met")


def test_only_the_commissioner_gives_a_notice() -> None:
    complained().when(RemovalNoticeGiven(section="77"), by="complainant").then_refused("authority")


def test_a_refusal_to_give_a_notice_goes_to_who_complained_in_writing() -> None:
    desk = complained().when(Rejected(reason="consent was given"), by="authority").then_state("refused")
    desk.then_sent("refusal", to="complainant")
    noticed().when(Rejected(reason="too late"), by="authority").then_refused("given")


def test_a_warning_a_publication_and_a_penalty_follow_only_non_compliance() -> None:
    for act in (FormalWarningGiven(), PenaltySought()):
        noticed().when(act, by="authority").then_refused("given")
    desk = noticed().after(hours=25).then_waiting_for("authority", "follow_up")
    desk.when(FormalWarningGiven(reference="92-1"), by="authority").then_sent("warning", to="platform")
    desk.when(NonCompliancePublished(), by="authority").then_state("warned")
    desk.when(PenaltySought(), by="authority").then_state("penalty_sought")
    desk.when(GONE, by="platform").then_state("complied")
    desk.when(NonCompliancePublished(), by="authority").then_refused("no content is")


def test_somebody_goes_on_looking_after_a_warning_and_a_penalty_while_it_is_still_there() -> None:
    desk = noticed().after(hours=25).when(FormalWarningGiven(), by="authority").after(days=10)
    desk.then_state("warned").then_waiting_for("authority", "follow_on")
    desk.when(PenaltySought(), by="authority").after(days=10).then_waiting_for("authority", "follow_on")
    desk.when(GONE, by="platform").then_state("complied").then_deadline("follow_on", "met")


def test_what_is_put_back_while_the_notice_stands_awaits_the_commissioner_who_may_warn() -> None:
    desk = noticed().when(GONE, by="platform").after(days=3).when(Restored(), by="platform")
    desk.then_state("not_complied").then_waiting_for("authority", "follow_up")
    desk.when(FormalWarningGiven(), by="authority").then_state("warned")
    settled = noticed().when(GONE, by="platform").when(ReviewDecided(finding="set_aside"), by="tribunal").after(hours=1)
    settled.when(Restored(), by="platform").then_state("restored")
    assert settled.case.deadline("follow_up") is None
    unasked = complained().when(GONE, by="platform").after(days=1).when(Restored(), by="platform")
    unasked.then_state("received").when(RemovalNoticeGiven(section="77"), by="authority").then_state("given")


def test_refusal_and_impossibility_are_answers_that_await_the_commissioner() -> None:
    for answer in (Refused(reason="exempt provision"), ImpossibilityStated(reason="the account is gone")):
        desk = noticed().when(answer, by="platform").then_state("not_complied")
        desk.then_waiting_for("authority", "follow_up").then_deadline("remove", "running")
        desk.after(hours=24).then_state("not_complied").then_deadline("remove", "expired").then_incident(
            "deadline_missed"
        )


@pytest.mark.parametrize(
    ("section", "to", "marks"), [("77", "platform", {"I"}), ("78", "user", {"I"}), ("88", "platform", {"V"})]
)
def test_a_formal_warning_goes_to_whom_the_notice_went_to(section: str, to: str, marks: set[str]) -> None:
    desk = noticed(section).after(hours=25).then_state("overdue")
    desk.when(FormalWarningGiven(reference="92-1"), by="authority").then_sent("warning", to=to)
    warned = [m for m in desk.sent if m.template == "warning"]
    assert [m.recipient_role for m in warned] == [to]
    assert {b["mark"] for b in json.loads(warned[0].data)["basis"]} == marks


def test_a_provider_asks_what_is_meant_and_the_24_hours_go_on() -> None:
    desk = noticed().when(ClarificationRequested(reason="which post?"), by="platform")
    desk.after(hours=2).when(ClarificationGiven(reason="the second one"), by="authority").then_sent("clarification")
    assert due(desk, "remove") == z("2026-05-05 02:00")


def test_the_tribunal_sets_a_notice_aside_and_what_was_removed_comes_back() -> None:
    desk = noticed().when(GONE, by="platform").after(days=3)
    desk.when(InstrumentReceived(instrument=Complaint()), by="user").then_state("complied")
    desk.after(days=60).when(ReviewDecided(finding="set_aside"), by="tribunal").then_state("voided")
    desk.then_sent("void", to="platform").then_deadline("restore", "running")
    desk.when(Restored(), by="platform").then_state("restored").then_proved()


def test_an_application_for_review_stops_no_clock_and_an_affirmed_notice_goes_on() -> None:
    desk = noticed().when(InstrumentReceived(instrument=Complaint()), by="platform").then_deadline("remove", "running")
    desk.when(ReviewDecided(finding="affirmed"), by="tribunal").after(hours=25).then_state("overdue")


def test_a_notice_that_is_revoked_before_anything_came_down_leaves_nothing_to_restore() -> None:
    desk = noticed().when(OrderVoided(reason="given in error"), by="authority").then_state("without_effect")
    desk.then_deadline("remove", "cancelled").then_sent("void", to="platform")
    assert desk.case.deadline("restore") is None


def test_the_commissioner_withdraws_or_closes_a_file() -> None:
    complained().when(Withdrawn(reason="a duplicate"), by="authority").then_state("withdrawn")
    noticed().when(Closed(), by="authority").then_refused("given")
    noticed().when(GONE, by="platform").when(Closed(), by="authority").then_state("closed")
