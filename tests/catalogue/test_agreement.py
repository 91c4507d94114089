"""How a procedure is agreed, walked step by step. What a runner refuses without it is in tests/shell/test_signed.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sopflow import (
    Actor,
    Approved,
    ClarificationGiven,
    ClarificationRequested,
    Issued,
    OrderVoided,
    Refused,
    Standing,
    Superseded,
    Withdrawn,
    catalogue,
)
from sopflow.catalogue.agreement import PutInForce, Reinstated, Reviewed, Terminated, proposed
from sopflow.testing import given
from sopflow.testing.scenario import Scenario

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AGREEMENT = catalogue.find("sop.agreement")
TEXT = catalogue.find("id.pm5_2020")
MINISTRY, OTHER = Actor("a", {"authority"}, "ministry"), Actor("b", {"authority"}, "ministry")
PLATFORM = Actor("p", {"platform"}, "platform-1")
FORCE = PutInForce(due=START + timedelta(days=365))


def draft() -> Scenario:
    s = given(AGREEMENT, at=START)
    return s.opened(proposed(TEXT, {"authority": "ministry", "platform": "platform-1"}), by=MINISTRY, at=START)


def signed(s: Scenario, act: object, *by: Actor) -> Scenario:
    for actor in by:
        s.when(Approved(proposal=s.runner.proposal(s.case.id, act), by=actor))  # type: ignore[arg-type]
    return s


def in_force() -> Scenario:
    return signed(draft().when(Issued(), by=MINISTRY), FORCE, MINISTRY, PLATFORM).when(FORCE, by=MINISTRY)


def test_what_is_signed_is_the_digest_of_the_text_and_the_other_side_is_told_it() -> None:
    s = draft().when(Issued(), by=MINISTRY)
    assert s.case.contents[0].kind == "hash"
    body = next(m.body for m in s.sent if m.template == "draft")
    assert f"sha256:{TEXT.digest}" in body and TEXT.title in body


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ((), "has 0; nobody has signed as authority, platform"),
        ((MINISTRY,), "has 1; nobody has signed as platform"),
        ((PLATFORM,), "has 1; nobody has signed as authority"),
        ((MINISTRY, OTHER), "has 1; nobody has signed as platform"),  # two officers of one body are one signature
    ],
)
def test_it_comes_into_force_only_by_a_signature_of_each_side(by: tuple[Actor, ...], reason: str) -> None:
    s = signed(draft().when(Issued(), by=MINISTRY), FORCE, *by)
    s.when(FORCE, by=MINISTRY).then_refused(reason).then_state("in_review")


def test_a_text_that_the_other_side_has_not_been_sent_cannot_come_into_force() -> None:
    signed(draft(), FORCE, MINISTRY, PLATFORM).when(FORCE, by=MINISTRY).then_refused("no row for PutInForce")


def test_a_review_needs_both_sides_and_moves_the_date() -> None:
    s = in_force()
    assert s.case.deadline("review").due == FORCE.due  # type: ignore[union-attr]
    kept = Reviewed(due=START + timedelta(days=800), finding="stays")
    s.after(days=100).when(kept, by=MINISTRY).then_refused("needs 2 approval(s)")
    signed(s, kept, MINISTRY, PLATFORM).when(kept, by=PLATFORM).then_state("in_force")
    assert s.case.deadline("review").due == kept.due  # type: ignore[union-attr]


def test_a_review_that_is_missed_is_said_and_the_text_stays_in_force() -> None:
    s = in_force().after(days=366).then_state("in_force").then_deadline("review", "expired")
    s.then_sent("review_due", "platform").then_sent("review_due", "authority")


def test_either_side_can_end_it_and_only_both_can_put_it_in_force_again() -> None:
    for side in (MINISTRY, PLATFORM):
        s = (
            in_force()
            .after(days=30)
            .when(Terminated(reason="r"), by=side)
            .then_state("terminated")
            .then_sent("ended", "platform")
        )
        assert s.case.deadline("review").standing is Standing.MET  # type: ignore[union-attr]
        again = Reinstated(due=START + timedelta(days=500))
        s.after(days=1).when(again, by=side).then_refused("needs 2 approval(s)")
        signed(s, again, MINISTRY, PLATFORM).when(again, by=side).then_state("in_force")
        assert s.case.deadline("review").due == again.due  # type: ignore[union-attr]


def test_the_other_side_may_ask_and_may_refuse_with_reasons() -> None:
    s = draft().when(Issued(), by=MINISTRY).when(ClarificationRequested(reason="which day?"), by=PLATFORM)
    s.when(ClarificationGiven(reason="the local one"), by=MINISTRY).then_sent("clarification", "platform")
    s.when(Refused(reason="four hours are too short"), by=PLATFORM).then_state("disputed").then_waiting_for("authority")
    s.when(Issued(reference="again"), by=MINISTRY).then_state("in_review")
    s.when(Withdrawn(reason="no way"), by=MINISTRY).then_state("withdrawn").then_proved()


def test_nobody_answers_and_that_is_noticed() -> None:
    # Two weeks: the desk is tried twice, seven days each.
    s = draft().when(Issued(), by=MINISTRY).after(days=13).then_state("in_review")
    s.after(days=1).then_state("silent").then_waiting_for("authority", "answer_refusal")


def test_a_court_can_void_it_and_another_text_can_take_its_place() -> None:
    in_force().when(OrderVoided(reason="no power"), by="court").then_state("terminated")
    in_force().when(Superseded(case="later"), by=MINISTRY).then_state("superseded")
