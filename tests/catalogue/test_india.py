"""Rule 3(1)(d) of the IT Rules, 2021, in two versions. Instants are in UTC; India has UTC+5:30 all the year."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from sopflow import (
    Acknowledged,
    Actor,
    BadInput,
    ClarificationRequested,
    Closed,
    CourtDecided,
    Delivered,
    EffectGiven,
    Order,
    OrderVoided,
    Procedure,
    Refused,
    Restored,
    Runner,
    UnknownProcedure,
    Withdrawn,
    catalogue,
)
from sopflow.catalogue._scripts.india import REPORT
from sopflow.catalogue.india import IT_RULES_2025, IT_RULES_2026, CourtOrderServed, Intimated, Reviewed
from sopflow.stores import open_store
from sopflow.testing import given
from sopflow.testing.clock import Clock
from sopflow.testing.scenario import Scenario

from .world import due, z

START = "2026-03-02 04:30"  # 10:00 in India
ONE = attrs.evolve(REPORT, contents=REPORT.contents[:1])
GONE = EffectGiven(outcomes={"c1": "disabled"})
INTIMATED = Intimated(rank="joint_secretary", reference="in-1")


def intimated(at: str = START, rules: Procedure = IT_RULES_2026) -> Scenario:
    """Return a case in which an intimation went out at `at`."""
    desk = given(rules, at=z(at)).opened(ONE, by="authority")
    return desk.when(INTIMATED, by="authorised_officer")


def received(at: str = START, rules: Procedure = IT_RULES_2026) -> Scenario:
    """Return a case in which the intermediary confirmed receipt at `at`."""
    desk = intimated(at, rules)
    return desk.when(Acknowledged(message=desk.message("order").id), by="platform").then_state("received")


def test_each_day_has_its_version() -> None:
    def hours(day: date) -> str:
        found = catalogue.find("in.it_rules_3_1_d", on=day)
        return next(o.term.words() for o in found.obligations if o.name == "remove")

    assert hours(date(2025, 11, 15)) == hours(date(2026, 2, 19)) == "36 h"
    assert hours(date(2026, 2, 20)) == hours(date(2026, 11, 28)) == "3 h"
    with pytest.raises(UnknownProcedure):
        catalogue.find("in.it_rules_3_1_d", on=date(2025, 11, 14))


def test_the_two_versions_differ_in_the_hours_and_in_nothing_else() -> None:
    change = catalogue.diff(IT_RULES_2025, IT_RULES_2026)
    assert {c.key for c in change.changes if c.part != "procedure"} == {"remove"}


@pytest.mark.parametrize(
    ("rules", "at", "over"),
    [
        # Wednesday 31 December 2025, 20:00 IST + 36 h = Friday 2 January 2026, 08:00 IST.
        (IT_RULES_2025, "2025-12-31 14:30", "2026-01-02 02:30"),
        # Saturday 24 January 2026, 23:59 IST + 36 h = Monday 26 January, 11:59 IST, Republic Day.
        (IT_RULES_2025, "2026-01-24 18:29", "2026-01-26 06:29"),
        # The last day of 36 hours: Thursday 19 February 2026, 23:30 IST + 36 h = Saturday 21 February, 11:30 IST.
        (IT_RULES_2025, "2026-02-19 18:00", "2026-02-21 06:00"),
        # The first day of 3 hours: Friday 20 February 2026, 00:00 IST + 3 h = 03:00 IST.
        (IT_RULES_2026, "2026-02-19 18:30", "2026-02-19 21:30"),
        # Thursday 31 December 2026, 22:00 IST + 3 h = Friday 1 January 2027, 01:00 IST.
        (IT_RULES_2026, "2026-12-31 16:30", "2026-12-31 19:30"),
        # Monday 28 February 2028, 23:00 IST + 3 h = Tuesday 29 February, 02:00 IST.
        (IT_RULES_2026, "2028-02-28 17:30", "2028-02-28 20:30"),
        # Sunday 15 March 2026, 03:00 IST + 3 h = 06:00 IST: a Sunday night is no excuse.
        (IT_RULES_2026, "2026-03-14 21:30", "2026-03-15 00:30"),
    ],
)
def test_the_hours_run_from_receipt(rules: Procedure, at: str, over: str) -> None:
    desk = received(at, rules)
    assert due(desk, "remove") == z(over)
    desk.after(seconds=(z(over) - z(at)).total_seconds() - 60).then_state("received")
    desk.after(minutes=2).then_state("overdue").then_deadline("remove", "expired")
    desk.when(GONE, by="platform").then_state("complied").then_proved()


def test_a_case_under_the_old_hours_keeps_them_when_the_new_ones_come() -> None:
    store, clock = open_store("memory:"), Clock(z("2026-02-19 12:30"))
    old = Runner(store=store, procedures=[IT_RULES_2025], acting_as="authority", clock=clock)
    both = Runner(store=store, procedures=[IT_RULES_2025, IT_RULES_2026], acting_as="authority", clock=clock)
    officer, platform = Actor("o-1", {"authorised_officer"}), Actor("p-1", {"platform"})
    cases = []
    for runner in (old, both):
        case = runner.open(IT_RULES_2025.id, ONE, by=officer)
        case = both.apply(case.id, attrs.evolve(INTIMATED, by=officer))
        cases.append((case.version, case.id, case.sent_as("order")[-1].id))
        clock.set(z("2026-02-20 03:30"))
    # Both received on 20 February, 09:00 IST. + 36 h = 21 February, 21:00; + 3 h = 12:00.
    dues = []
    for _, id, order in cases:
        deadline = both.apply(id, Acknowledged(message=order, by=platform)).deadline("remove")
        assert deadline is not None
        dues.append(deadline.due)
    assert [version for version, _, _ in cases] == ["1", "2"]
    assert dues == [z("2026-02-21 15:30"), z("2026-02-20 06:30")]


def test_the_earliest_receipt_that_is_proved_counts() -> None:
    desk = received()
    assert due(desk, "remove") == z("2026-03-02 07:30")
    # The provider's log shows that it was delivered a quarter of an hour before it was confirmed.
    desk = intimated().after(minutes=30)
    desk.when(Acknowledged(message=desk.message("order").id), by="platform")
    desk.when(Delivered(message=desk.message("order").id), by="platform", at=z("2026-03-02 04:45"))
    assert due(desk, "remove") == z("2026-03-02 07:45")


def test_no_hours_run_before_receipt_and_silence_is_noticed() -> None:
    desk = intimated()
    assert desk.case.deadline("remove") is None
    # 3 hours for the first mail and 3 for its reminder.
    desk.after(hours=7).then_state("unanswered").then_waiting_for("authority", "follow_up")


def test_only_an_officer_of_rank_intimates_and_says_which() -> None:
    desk = given(IT_RULES_2026, at=z(START)).opened(ONE, by="authority")
    desk.when(INTIMATED, by="authority").then_refused("authorised_officer")
    with pytest.raises(BadInput, match="use one of joint_secretary, dig"):
        Intimated(rank="inspector")
    desk.when(Intimated(rank="dig"), by="authorised_officer").then_state("issued")


@pytest.mark.parametrize("name", ["legal_basis", "provision", "nature", "urls"])
def test_an_intimation_without_its_reasons_is_not_accepted(name: str) -> None:
    lacking = attrs.evolve(ONE, form={k: v for k, v in ONE.form.items() if k != name})
    given(IT_RULES_2026, at=z(START)).opened(lacking, by="authority").then_refused(name)


def test_a_court_order_needs_no_officer_of_rank_and_no_monthly_review() -> None:
    order = Order(contents=ONE.contents, parties=ONE.parties)
    desk = given(IT_RULES_2026, at=z(START)).opened(order, by="authority")
    desk.when(INTIMATED, by="authorised_officer").then_refused("no notice was received")
    desk.when(CourtOrderServed(reference="court-1"), by="authority").then_state("issued").then_sent("order")
    assert desk.case.deadline("review") is None
    desk.when(Reviewed(finding="stands"), by="secretary").then_refused("only an intimation is reviewed")
    desk = given(IT_RULES_2026, at=z(START)).opened(ONE, by="authority")
    desk.when(CourtOrderServed(), by="authority").then_refused("no order was received")


@pytest.mark.parametrize(
    ("at", "over"),
    [
        # Monday 2 March 2026: 2 April, 24:00 IST = 18:30 UTC.
        (START, "2026-04-02 18:30"),
        # Saturday 31 January 2026, 23:00 IST: February has no 31st; 28 February, 24:00 IST.
        ("2026-01-31 17:30", "2026-02-28 18:30"),
        # Monday 31 January 2028: 29 February, 24:00 IST, for 2028 is a leap year.
        ("2028-01-31 06:00", "2028-02-29 18:30"),
        # Wednesday 9 December 2026, 19:00 UTC, is Thursday 10 in India: 10 January 2027, 24:00 IST.
        ("2026-12-09 19:00", "2027-01-10 18:30"),
    ],
)
def test_a_secretary_reviews_every_intimation_within_a_month(at: str, over: str) -> None:
    desk = intimated(at)
    assert due(desk, "review") == z(over)
    desk.when(Reviewed(finding="stands"), by="authorised_officer").then_refused("secretary")
    desk.after(days=10).when(Reviewed(finding="stands"), by="secretary").then_deadline("review", "met")


def test_a_review_that_does_not_come_is_a_breach_of_the_authority_and_stays_awaited() -> None:
    desk = received().when(GONE, by="platform").after(days=40).then_deadline("review", "expired")
    desk.then_waiting_for("secretary", "review_overdue")
    desk.when(Reviewed(finding="stands"), by="secretary").then_deadline("review_overdue", "met")


def test_an_intimation_that_does_not_stand_loses_its_effect() -> None:
    verdict = Reviewed(finding="does_not_stand", reason="no provision fits")
    desk = received().when(GONE, by="platform").when(verdict, by="secretary").then_state("voided")
    desk.then_sent("void", to="platform").when(Restored(), by="platform").then_state("restored").then_proved()
    received().when(verdict, by="secretary").then_state("without_effect").then_deadline("remove", "cancelled")
    assert received().when(verdict, by="secretary").case.deadline("restore") is None


def test_a_court_lifts_it_as_well() -> None:
    desk = received().when(GONE, by="platform").when(CourtDecided(restore=True), by="court").then_state("voided")
    desk.then_deadline("restore", "running").then_deadline("review", "cancelled")
    received().when(OrderVoided(), by="court").then_state("without_effect")


def test_a_refusal_is_recorded_with_its_reasons_and_awaits_the_authority() -> None:
    desk = received().when(Refused(reason="news"), by="platform").then_state("not_complied")
    desk.then_waiting_for("authority", "follow_up").when(Closed(), by="authority").then_refused("review is still open")
    desk.when(Reviewed(finding="stands"), by="secretary").when(Closed(), by="authority").then_state("closed")


def test_a_file_stays_open_until_the_secretary_has_reviewed_be_it_late_and_a_court_order_needs_none() -> None:
    desk = received().when(GONE, by="platform").when(Closed(), by="authority").then_refused("review is still open")
    desk.after(days=40).when(Closed(), by="authority").then_refused("review_overdue is still open")
    desk.when(Reviewed(finding="does_not_stand"), by="secretary").then_state("voided")
    served = given(IT_RULES_2026, at=z(START)).opened(Order(contents=ONE.contents, parties=ONE.parties), by="court")
    served.when(CourtOrderServed(reference="7"), by="authority").when(GONE, by="platform")
    served.when(Closed(), by="authority").then_state("closed")


def test_what_is_put_back_while_the_intimation_stands_awaits_the_authority() -> None:
    desk = received().when(GONE, by="platform").after(days=3).when(Restored(), by="platform")
    desk.then_state("not_complied").then_waiting_for("authority", "follow_up")
    desk.after(hours=1).when(GONE, by="platform").then_state("complied").then_deadline("follow_up", "met")


def test_a_question_does_not_stop_the_hours() -> None:
    desk = received().when(ClarificationRequested(reason="which post?"), by="platform")
    assert due(desk, "remove") == z("2026-03-02 07:30")
    desk.after(hours=4).then_state("overdue")


def test_a_draft_is_withdrawn_before_anything_went_out() -> None:
    desk = given(IT_RULES_2026, at=z(START)).opened(ONE, by="authority")
    desk.when(Withdrawn(reason="not unlawful"), by="authority").then_state("withdrawn").then_not_sent("order")
