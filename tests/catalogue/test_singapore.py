"""Part 2 directions under the Online Criminal Harms Act 2023. Instants are in UTC; Singapore has UTC+8 all the year."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from sopflow import (
    Acknowledged,
    Closed,
    Complaint,
    Delivered,
    EffectGiven,
    Extended,
    ImpossibilityStated,
    InstrumentReceived,
    OrderVoided,
    Refused,
    Restored,
    Withdrawn,
)
from sopflow.catalogue._scripts.singapore import APPLICATION, DRAFT
from sopflow.catalogue.singapore import (
    OCHA_DIRECTION,
    AppealLodged,
    DirectionGiven,
    Part6OrderSought,
    ReconsiderationDecided,
    TribunalDecided,
)
from sopflow.testing import given
from sopflow.testing.scenario import Scenario

from .world import due, z

START = "2026-05-04 01:00"  # 09:00 in Singapore
ONE = attrs.evolve(DRAFT, contents=DRAFT.contents[:1])
GONE = EffectGiven(outcomes={"c1": "disabled"})
APPLIED = InstrumentReceived(instrument=APPLICATION)


def drafted(at: str = START) -> Scenario:
    """Return a case for a direction that was drafted at `at`."""
    return given(OCHA_DIRECTION, at=z(at)).opened(ONE, by="authority")


def directed(at: str = START, by: str = "2026-05-05 04:00") -> Scenario:
    """Return a case in which a direction was given at `at`, to be complied with by `by`."""
    return drafted(at).when(DirectionGiven(due=z(by), direction="disabling"), by="authority")


def reconsidered(finding: str) -> Scenario:
    """Return a case that was complied with, and in which a direction was reconsidered with this finding."""
    desk = directed().when(GONE, by="platform").after(days=2).when(APPLIED, by="platform").after(days=5)
    return desk.when(ReconsiderationDecided(finding=finding, reason="as found"), by="reviewer")


@pytest.mark.parametrize(
    ("at", "by"),
    [
        # The time specified is taken as it is: minutes, a night, the end of a year, a leap day.
        (START, "2026-05-04 01:45"),
        ("2026-12-31 15:00", "2026-12-31 16:00"),
        ("2028-02-28 15:00", "2028-02-29 15:59"),
        ("2026-02-13 09:00", "2026-02-18 09:00"),
    ],
)
def test_a_direction_is_complied_with_by_the_time_that_it_specifies(at: str, by: str) -> None:
    desk = directed(at, by)
    assert due(desk, "comply") == z(by)
    desk.after(seconds=(z(by) - z(at)).total_seconds() - 60).then_deadline("comply", "running")
    desk.after(minutes=2).then_state("non_compliant").then_deadline("comply", "expired")
    desk.when(GONE, by="platform").then_state("complied").then_proved()


def test_a_direction_without_a_time_or_with_one_that_is_past_is_not_given() -> None:
    with pytest.raises(TypeError, match="due"):
        DirectionGiven(direction="disabling")  # type: ignore[call-arg]
    drafted().when(DirectionGiven(due=z("2026-05-03 01:00"), direction="disabling"), by="authority").then_refused(
        "after the start"
    )


def test_only_a_designated_officer_gives_one() -> None:
    drafted().when(DirectionGiven(due=z("2026-05-05 01:00"), direction="disabling"), by="reviewer").then_refused(
        "authority"
    )


@pytest.mark.parametrize("name", ["direction", "activity", "identification"])
def test_a_draft_says_which_direction_it_is_and_why(name: str) -> None:
    lacking = attrs.evolve(ONE, form={k: v for k, v in ONE.form.items() if k != name})
    given(OCHA_DIRECTION, at=z(START)).opened(lacking, by="authority").then_refused(name)


def test_what_is_put_back_while_the_direction_stands_awaits_the_officer_who_may_go_on_to_others() -> None:
    desk = directed().when(GONE, by="platform").after(days=3).when(Restored(), by="platform")
    desk.then_state("not_complied").then_waiting_for("authority", "follow_up")
    desk.when(Part6OrderSought(order="access_blocking"), by="authority").then_state("part6_sought")
    cancelled = reconsidered("cancelled").after(hours=1).when(Restored(), by="platform").then_state("restored")
    assert cancelled.case.deadline("follow_up") is None


def test_a_file_is_not_closed_while_an_application_for_reconsideration_is_pending() -> None:
    desk = directed().when(GONE, by="platform").after(days=1).when(APPLIED, by="platform")
    desk.when(Closed(), by="authority").then_refused("reconsider is still open")
    desk.when(ReconsiderationDecided(finding="affirmed"), by="reviewer").then_sent("decision_affirmed", to="platform")
    desk.when(Closed(), by="authority").then_state("closed")


def test_a_later_time_may_be_set() -> None:
    desk = directed().when(Extended(obligation="comply", due=z("2026-05-07 04:00"), reason="asked for"), by="authority")
    desk.after(days=2).when(GONE, by="platform").then_deadline("comply", "met")


@pytest.mark.parametrize(
    ("at", "until"),
    [
        # Monday 4 May 2026 is day 0; day 30 is Wednesday 3 June, 24:00 = 16:00 UTC.
        (START, "2026-06-03 16:00"),
        # Tuesday 15 December 2026 + 30 days = Thursday 14 January 2027.
        ("2026-12-15 01:00", "2027-01-14 16:00"),
        # Monday 31 January 2028 + 30 days: 29 days in February make 29 February day 29; 1 March.
        ("2028-01-31 01:00", "2028-03-01 16:00"),
        # Monday 4 May 2026, 17:00 UTC, is Tuesday 5 May, 01:00, in Singapore: day 30 is 4 June.
        ("2026-05-04 17:00", "2026-06-04 16:00"),
    ],
)
def test_reconsideration_is_applied_for_within_30_days_after_the_direction_is_given(at: str, until: str) -> None:
    desk = directed(at, "2028-06-01 00:00")
    assert due(desk, "reconsideration") == z(until)
    desk.after(seconds=(z(until) - z(at)).total_seconds() + 60).then_deadline("reconsideration", "expired")


def test_the_30_days_run_from_the_delivery_where_that_is_proved() -> None:
    desk = directed().after(days=1)
    desk.when(Delivered(message=desk.message("direction").id), by="platform").then_state("received")
    # Delivered on Tuesday 5 May, 09:00 in Singapore: day 30 is Thursday 4 June.
    assert due(desk, "reconsideration") == z("2026-06-04 16:00")


def test_an_application_does_not_suspend_the_direction() -> None:
    desk = directed().when(APPLIED, by="platform").then_deadline("comply", "running")
    desk.then_deadline("reconsideration", "met").after(days=2).then_state("non_compliant")


def test_an_application_that_lacks_its_grounds_is_answered_and_is_none() -> None:
    lacking = Complaint(form={k: v for k, v in APPLICATION.form.items() if k != "grounds"})
    desk = directed().when(InstrumentReceived(instrument=lacking), by="platform")
    desk.then_deadline("reconsideration", "running").then_sent("incomplete_application")
    assert "grounds" in desk.sent[-1].body


def test_nothing_is_reconsidered_without_an_application_or_by_who_gave_it() -> None:
    affirmed = ReconsiderationDecided(finding="affirmed")
    directed().when(affirmed, by="reviewer").then_refused("no complaint was received")
    directed().when(APPLIED, by="platform").when(affirmed, by="authority").then_refused("reviewer")


def test_an_affirmed_direction_goes_on_and_both_sides_have_notice() -> None:
    desk = reconsidered("affirmed").then_state("complied").then_deadline("reconsider", "met")
    desk.then_sent("decision_affirmed", to="platform").then_sent("decision_affirmed", to="user")
    # 4 May + 2 + 5 = Monday 11 May; day 30 is Wednesday 10 June, 24:00 = 16:00 UTC.
    assert due(desk, "appeal") == z("2026-06-10 16:00")


def test_a_substituted_direction_is_another_case() -> None:
    desk = reconsidered("substituted").then_state("substituted")
    assert desk.case.final
    desk.then_proved()


def test_a_cancelled_direction_is_undone() -> None:
    desk = reconsidered("cancelled").then_state("voided").then_sent("void", to="platform")
    desk.when(Restored(), by="platform").then_state("restored").then_proved()
    desk = directed().when(APPLIED, by="platform")
    desk.when(ReconsiderationDecided(finding="cancelled"), by="reviewer").then_state("without_effect")
    desk.then_deadline("comply", "cancelled")
    assert desk.case.deadline("restore") is None


def test_a_tribunal_cancels_on_one_of_three_grounds_or_dismisses() -> None:
    desk = reconsidered("affirmed").when(AppealLodged(), by="platform").then_deadline("appeal", "met")
    desk.when(TribunalDecided(finding="dismissed"), by="tribunal").then_state("complied")
    desk.when(TribunalDecided(finding="cancelled", ground="impracticable"), by="tribunal").then_state("voided")
    with pytest.raises(ValueError, match="impracticable"):
        TribunalDecided(finding="cancelled", ground="unfair")


def test_who_appeals_after_30_days_is_recorded_and_the_right_was_closed() -> None:
    desk = reconsidered("affirmed").after(days=31).then_deadline("appeal", "expired")
    desk.when(AppealLodged(), by="platform").then_state("complied").then_proved()


def test_an_order_under_part_6_is_sought_only_after_non_compliance() -> None:
    sought = Part6OrderSought(order="access_blocking")
    directed().when(sought, by="authority").then_refused("given")
    desk = directed().after(days=2).when(sought, by="authority").then_state("part6_sought")
    desk.when(GONE, by="platform").then_state("complied")


def test_refusal_and_impossibility_await_the_officer() -> None:
    for answer in (Refused(reason="no"), ImpossibilityStated(reason="not reasonably practicable")):
        directed().when(answer, by="platform").then_state("not_complied").then_waiting_for("authority", "follow_up")


def test_silence_is_noticed_before_the_time_is_over() -> None:
    # 6 hours for the first mail and 6 for its reminder; the time specified is 27 hours away.
    desk = directed().after(hours=13).then_state("unanswered").then_waiting_for("authority", "follow_up")
    desk.when(Acknowledged(message=desk.message("direction").id), by="platform").then_state("received")


def test_the_officer_cancels_withdraws_or_closes() -> None:
    directed().when(OrderVoided(), by="authority").then_state("without_effect")
    drafted().when(Withdrawn(reason="no offence"), by="authority").then_state("withdrawn").then_not_sent("direction")
    directed().when(GONE, by="platform").when(Closed(), by="authority").then_state("closed")


def test_what_was_late_is_not_clamped() -> None:
    desk = directed().after(days=3).when(GONE, by="platform")
    deadline = desk.case.deadline("comply")
    # Due on 5 May, 04:00; done on 7 May, 01:00: 45 hours.
    assert deadline is not None and deadline.lateness == timedelta(hours=45)
