"""Referrals and hotlines walked step by step: nothing binds, everything is tracked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sopflow import (
    BadInput,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    Complaint,
    EffectGiven,
    Held,
    InstrumentReceived,
    Issued,
    Notice,
    Referral,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Standing,
    Withdrawn,
    catalogue,
)
from sopflow.catalogue.inhope import Classified, HostTraced, PoliceAgreed, RemovalVerified
from sopflow.catalogue.referral import AppealDismissed, DeconflictionCleared, DeconflictionHeld, DeconflictionRequested
from sopflow.script import Cue, acknowledged
from sopflow.testing import given
from sopflow.testing.scenario import Scenario

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REFERRAL, INHOPE = catalogue.find("generic.referral"), catalogue.find("hotline.inhope")
BOTH = EffectGiven(outcomes={"c1": "removed", "c2": "removed"})


def referred(**form: str) -> Scenario:
    instrument = Referral(
        contents=["https://v.example/1", "https://v.example/2"], form={"grounds": "g", "unit": "u", **form},
        parties={"platform": "platform-1", "partner": "police-2", "uploader": "user-1"},
    )  # fmt: skip
    return given(REFERRAL, at=START).opened(instrument, by="authority", at=START)


def reported(**parties: str) -> Scenario:
    everybody = {"host": "host-1", "police": "police-1", "partner_hotline": "hotline-2"} | parties
    instrument = Notice(
        contents=["https://i.example/1", "https://i.example/2"], parties=everybody, form={"url": "https://i.example/1"}
    )
    return given(INHOPE, at=START).opened(instrument, by="public", at=START)


def cue(s: Scenario, make: Cue, by: str) -> Scenario:
    return s.when(make(s.runner, s.case), by=by)


def told(s: Scenario) -> Any:
    return [(w.who, w.what, w.due) for w in s.case.waiting_for()]


# --- a referral ----------------------------------------------------------------------------------------------------


def test_a_referral_never_breaches_anything_however_long_the_platform_takes() -> None:
    s = cue(referred().when(Issued(), by="authority"), acknowledged("referral"), "platform").after(days=60)
    decide = s.case.deadline("decide")
    assert decide is not None and decide.due is None and decide.standing is Standing.RUNNING
    assert s.case.state == "receipt_confirmed"
    assert [i.kind for i in s.runner.incidents()] == []


def test_another_authority_holds_a_referral_before_it_is_sent() -> None:
    s = referred().when(DeconflictionRequested(), by="authority").then_sent("deconfliction", "partner")
    s.when(DeconflictionHeld(reference="op"), by="partner").then_state("held").then_waiting_for("partner")
    s.when(Issued(), by="authority").then_refused("no row for Issued")
    s.when(DeconflictionCleared(), by="authority").then_refused("only partner may state this")
    s.when(DeconflictionCleared(), by="partner").then_state("drafted")
    s.when(Issued(), by="authority").then_state("sent").then_sent("referral", "platform")


def test_a_referral_without_grounds_and_unit_or_with_a_broken_link_is_not_opened() -> None:
    for form, part in (({"unit": ""}, "unit"), ({"grounds": " "}, "grounds"), ({"urls": "no link"}, "urls")):
        with pytest.raises(AssertionError, match="no case yet"):
            _ = referred(**form).then_refused(part).case


def test_a_refusal_with_a_reason_ends_the_matter_and_mixed_answers_are_kept_apart() -> None:
    s = referred().when(Issued(), by="authority").when(Refused(reason="satire"), by="platform")
    s.then_state("refused").when(Closed(), by="authority").then_state("closed")
    s = (
        referred()
        .when(Issued(), by="authority")
        .when(Refused(contents=["c1"], reason="satire"), by="platform")
        .then_state("sent")
    )
    s.when(EffectGiven(outcomes={"c2": "removed"}), by="platform").then_state("removed")
    assert s.case.outcomes() == {"c1": "refused", "c2": "removed"}
    assert {(m.template, m.status) for m in s.case.messages} >= {("user_notice", "expected")}


def test_an_appeal_is_decided_by_another_person_than_the_removal() -> None:
    s = referred().when(Issued(), by="authority").when(BOTH, by="platform")
    s.when(InstrumentReceived(instrument=Complaint()), by="uploader").then_state("appealed").then_waiting_for(
        "platform_reviewer"
    )
    s.when(AppealDismissed(grounds="no"), by="platform").then_refused("only platform_reviewer may state this")
    s.when(AppealDismissed(grounds="no"), by="platform_reviewer").then_state("removed").then_deadline(
        "decide_appeal", "met"
    )
    s.when(InstrumentReceived(instrument=Complaint()), by="uploader").when(
        Restored(), by="platform_reviewer"
    ).then_state("restored")


def test_a_wrong_link_is_clarified_or_the_referral_is_taken_back() -> None:
    s = referred().when(Issued(), by="authority").when(ClarificationRequested(contents=["c2"]), by="platform")
    assert {d.standing for d in s.case.deadlines if d.obligation == "decide"} == {Standing.RUNNING, Standing.PAUSED}
    s.when(ClarificationGiven(contents=["c2"], reason="r"), by="authority").then_sent("clarification", "platform")
    s.when(BOTH, by="platform").when(Retracted(reason="our mistake"), by="authority").then_state("retracted")
    s.then_sent("retraction", "platform").when(Restored(), by="platform").then_state("restored").then_proved()


def test_what_is_not_sent_yet_can_be_dropped_or_withdrawn() -> None:
    referred().when(Rejected(reason="lawful"), by="authority").then_state("rejected")
    referred().when(Withdrawn(reason="twice"), by="authority").then_state("withdrawn").then_not_sent("referral")


# --- a hotline -------------------------------------------------------------------------------------------------------


def test_the_host_is_told_only_after_the_police() -> None:
    s = reported().when(HostTraced(country="ID", here=True), by="hotline").then_refused("no row for HostTraced")
    s.when(Classified(category="baseline"), by="hotline").when(HostTraced(country="ID", here=True), by="hotline")
    s.then_state("traced_here").then_sent("police_report", "police").then_not_sent("notice")
    s.when(PoliceAgreed(), by="hotline").then_refused("only police may state this")
    s.when(PoliceAgreed(), by="police").then_state("police_told").when(Issued(), by="hotline").then_sent(
        "notice", "host"
    )


def test_four_times_are_measured() -> None:
    s = (
        reported()
        .when(Classified(category="national"), by="hotline")
        .when(HostTraced(country="ID", here=True), by="hotline")
    )
    s.after(hours=1)
    cue(s, acknowledged("police_report"), "police").after(hours=1).when(Issued(), by="hotline").after(hours=5)
    s.when(BOTH, by="host").then_state("removed")
    case = s.case
    times = (case.opened, case.sent_as("police_report")[0].sent, case.sent_as("notice")[0].sent, case.contents[0].since)
    assert times == tuple(START + timedelta(hours=n) for n in (0, 0, 2, 7))


def test_what_is_hosted_elsewhere_goes_to_the_hotline_there_and_comes_back_when_the_host_moves() -> None:
    s = reported().when(Classified(category="baseline"), by="hotline").when(HostTraced(country="NL"), by="hotline")
    s.then_not_sent("police_report").when(Issued(), by="hotline").then_sent("forwarded_report", "partner_hotline")
    s.then_not_sent("notice").when(Refused(reason="moved"), by="partner_hotline").then_state("partner_silent")
    s.when(HostTraced(country="ID", here=True), by="hotline").then_sent("police_report", "police")


def test_removal_is_believed_only_after_the_hotline_has_looked() -> None:
    s = (
        reported()
        .when(Classified(category="baseline"), by="hotline")
        .when(HostTraced(country="ID", here=True), by="hotline")
    )
    cue(s, acknowledged("police_report"), "police").when(Issued(), by="hotline").when(BOTH, by="host")
    s.when(Closed(), by="hotline").then_refused("no row for Closed").then_waiting_for("hotline", "look_again")
    s.when(RemovalVerified(), by="host").then_refused("needs one of the roles hotline")
    s.when(RemovalVerified(), by="hotline").then_state("verified").when(Closed(), by="hotline").then_state("closed")


def test_who_reports_may_stay_anonymous_and_is_then_not_answered() -> None:
    s = reported().when(Rejected(reason="legal"), by="hotline").then_state("not_illegal")
    assert s.sent == ()
    reported(reporter="citizen-1").when(Rejected(reason="legal"), by="hotline").then_sent("answer", "reporter")


def test_the_police_can_have_the_host_kept_in_the_dark() -> None:
    s = (
        reported()
        .when(Classified(category="baseline"), by="hotline")
        .when(HostTraced(country="ID", here=True), by="hotline")
    )
    until = START + timedelta(days=3)
    s.when(Held(role="host", until=until, reason="operation"), by="hotline")
    cue(s, acknowledged("police_report"), "police").when(Issued(), by="hotline").then_not_sent("notice")
    s.after(days=3).then_sent("notice", "host")


def test_a_mistake_is_taken_back_and_put_right() -> None:
    s = (
        reported()
        .when(Classified(category="baseline"), by="hotline")
        .when(HostTraced(country="ID", here=True), by="hotline")
    )
    cue(s, acknowledged("police_report"), "police").when(Issued(), by="hotline").when(BOTH, by="host")
    s.when(Retracted(reason="a health page"), by="hotline").then_state("taken_back").then_sent("retraction", "host")
    s.when(Restored(), by="host").then_state("restored").then_deadline("put_back", "met").then_proved()


def host_told() -> Scenario:
    s = (
        reported()
        .when(Classified(category="baseline"), by="hotline")
        .when(HostTraced(country="DE", here=True), by="hotline")
    )
    return cue(s, acknowledged("police_report"), "police").when(Issued(), by="hotline").after(hours=1)


def test_the_hotline_sees_that_one_item_is_gone_while_the_other_is_still_there() -> None:
    s = host_told().when(EffectGiven(outcomes={"c1": "removed"}), by="host").then_waiting_for("hotline", "look_again")
    s.when(RemovalVerified(contents=["c1"]), by="hotline").then_state("host_told").then_deadline("look_again", "met")
    s.when(RemovalVerified(), by="hotline").then_refused("c2 is not said to be gone")
    s.after(hours=1).when(EffectGiven(outcomes={"c2": "removed"}), by="host").then_state("removed")
    s.when(RemovalVerified(contents=["c2"]), by="hotline").then_state("verified").then_proved()


def test_nobody_is_awaited_in_a_closed_file() -> None:
    s = host_told().when(EffectGiven(outcomes={"c1": "removed"}), by="host").when(Refused(contents=["c2"]), by="host")
    assert {w[1] for w in told(s)} >= {"remove", "look_again", "follow_up"}
    s.when(Closed(), by="hotline").then_state("closed")
    assert told(s) == []


def test_what_the_other_hotline_reads_does_not_say_that_it_hosts_what_is_gone() -> None:
    s = host_told().when(EffectGiven(outcomes={"c1": "removed"}), by="host").when(Refused(contents=["c2"]), by="host")
    s.after(hours=1).when(HostTraced(country="FR"), by="hotline").when(Issued(), by="hotline").then_state("forwarded")
    letter = s.sent[-1].body
    assert "What is not marked as removed, disabled or not found is hosted in your country" in letter
    assert "c1 [removed]" in letter and "c2 [refused]" in letter
    assert [d.contents for d in s.case.deadlines if d.obligation == "partner_removes"] == [("c2",)]


def test_only_what_is_illegal_is_classified() -> None:
    with pytest.raises(BadInput, match=r"Classified\.category"):
        Classified(category="distasteful")
