"""Removal orders under Regulation (EU) 2021/784, walked step by step. Instants are in UTC; CET is UTC+1, CEST UTC+2."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from sopflow import (
    Acknowledged,
    Actor,
    BadInput,
    Case,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    CourtDecided,
    Deadline,
    Delivered,
    EffectGiven,
    Extended,
    Held,
    ImpossibilityStated,
    Issued,
    NotAllowed,
    Order,
    OrderVoided,
    Restored,
    Sent,
    Standing,
    Withdrawn,
    catalogue,
)
from sopflow.catalogue.eu_tco import (
    FeedbackGiven,
    NonDisclosureDecided,
    ObstacleCeased,
    OrderFinal,
    PreInformationSpared,
    PreInformed,
    ScrutinyDecided,
    ScrutinyRequested,
)
from sopflow.catalogue.eu_tco_provider import Purged

from .world import World

OFFICER = Actor("officer-1", {"authority"}, "issuing-authority")
DESK = Actor("desk-1", {"platform"}, "hoster")
HOME = Actor("home-1", {"home_authority"}, "home")
UPLOADER = Actor("user-1", {"user"})
PARTIES = {"platform": "hoster", "home_authority": "home", "user": "uploader", "authority": "issuer"}
FORM = {
    "issuing_state": "DE",
    "addressee": "Hoster",
    "contact_point": "contact point",
    "home_state": "IE",
    "reference": "2026-17",
    "urls": "https://host.example/v/1",
    "reasons": "it incites",
    "authority": "issuing authority",
    "authority_contact": "desk",
    "legal_basis": "Article 3",
    "redress": "administrative court",
}


def z(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def h(hours: float) -> timedelta:
    """Return hours."""
    return timedelta(hours=hours)


def world(start: datetime, side: str = "authority") -> World:
    """Return a world in which every party has one desk, and the provider two channels."""
    return World(
        start, side, {"hoster": ["email", "chat"], "home": ["email"], "uploader": ["email"], "issuer": ["email"]}
    )


def order(n: int = 1, *without: str, **form: str) -> Order:
    """Return an order against n items."""
    parties = {role: party for role, party in PARTIES.items() if role not in without}
    urls = [f"https://host.example/v/{i}" for i in range(1, n + 1)]
    return Order(contents=urls, parties=parties, form={**FORM, **form})


def issued(w: World, n: int = 1, *without: str, **form: str) -> Case:
    """Return a case in which the order goes out now, to a provider that has had one before."""
    home = {"home_state": "DE"} if "home_authority" in without else {}
    case = w.runner.open("eu.tco_2021_784", order(n, *without, **home), by=OFFICER)
    w.runner.apply(case.id, PreInformationSpared(ground="addressed_before", by=OFFICER))
    case = w.runner.apply(case.id, Issued(reference="2026-17", by=OFFICER))
    w.runner.deliver()
    return case


def received(w: World, at: datetime, n: int = 1, *without: str) -> Case:
    """Return a case whose order was received at `at`, ten minutes after it was issued."""
    case = issued(w, n, *without)
    w.clock.set(at)
    return w.runner.apply(case.id, Acknowledged(message=case.sent_as("order")[-1].id, by=DESK))


def removed(w: World, case: Case, *ids: str, at: datetime | None = None) -> Case:
    """Return the case after the removal of these items, or of the first."""
    return w.runner.apply(case.id, EffectGiven(outcomes=dict.fromkeys(ids or ("c1",), "removed"), by=DESK, at=at))


def clock(case: Case, name: str) -> Deadline:
    """Return a deadline that must be there."""
    deadline = case.deadline(name)
    assert deadline is not None, f"no {name} among {[d.id for d in case.deadlines]}"
    return deadline


# --- Annex I, and who may issue when ---------------------------------------------------------------------------------


def test_an_order_with_gaps_is_refused_with_every_field_and_its_annex() -> None:
    w = world(z("2026-05-04 08:00"))
    with pytest.raises(BadInput) as caught:
        w.runner.open("eu.tco_2021_784", order(1, reference="", home_state="Ireland", redress=""), by=OFFICER)
    told = str(caught.value)
    assert "reference (Reg. (EU) 2021/784 Annex I" in told
    assert "home_state" in told and "two capital letters" in told and "redress" in told
    assert not w.runner.find(), "nothing was opened"


def test_only_the_authority_opens_a_file_and_only_a_stated_ground_spares_the_information() -> None:
    w = world(z("2026-05-04 08:00"))
    with pytest.raises(NotAllowed, match="authority"):
        w.runner.open("eu.tco_2021_784", order(), by=DESK)
    case = w.runner.open("eu.tco_2021_784", order(), by=OFFICER)
    with pytest.raises(NotAllowed, match="'drafted'"):
        w.runner.apply(case.id, Issued(by=OFFICER))
    with pytest.raises(BadInput, match="addressed_before, emergency"):
        PreInformationSpared(ground="haste")


def test_a_first_order_waits_twelve_hours_after_the_information_over_the_new_year() -> None:
    w = world(z("2026-12-31 20:00"))
    case = w.runner.open("eu.tco_2021_784", order(), by=OFFICER)
    w.runner.apply(case.id, PreInformed(by=OFFICER))
    with pytest.raises(NotAllowed, match="pre_information has no clock"):
        w.runner.apply(case.id, Issued(by=OFFICER))  # it has not been sent yet
    w.runner.deliver()
    # Sent on 31 December at 20:00 (21:00 CET); 12 hours later it is 1 January, 08:00 (09:00 CET).
    assert clock(w.runner.case(case.id), "pre_information").not_before == z("2027-01-01 08:00")
    w.run_until(z("2027-01-01 07:59"))
    with pytest.raises(NotAllowed, match="pre_information opens at 2027-01-01 08:00"):
        w.runner.apply(case.id, Issued(by=OFFICER))
    w.run_until(z("2027-01-01 08:00"))
    case = w.runner.apply(case.id, Issued(by=OFFICER))
    assert case.state == "issued"
    w.runner.verify(case.id)


def test_an_emergency_after_the_information_breaks_no_waiting_time() -> None:
    w = world(z("2026-05-04 08:00"))
    case = w.runner.open("eu.tco_2021_784", order(), by=OFFICER)
    w.runner.apply(case.id, PreInformed(by=OFFICER))
    w.runner.deliver()
    w.clock.advance(hours=1)
    w.runner.apply(case.id, PreInformationSpared(ground="emergency", reason="a live stream", by=OFFICER))
    w.clock.advance(minutes=1)
    assert w.runner.apply(case.id, Issued(by=OFFICER)).state == "issued"
    assert "too_early" not in w.incidents()


def test_an_emergency_needs_no_waiting_time() -> None:
    w = world(z("2026-05-04 08:00"))
    case = w.runner.open("eu.tco_2021_784", order(), by=OFFICER)
    w.runner.apply(case.id, PreInformed(by=OFFICER))
    w.runner.apply(case.id, PreInformationSpared(ground="emergency", reason="attack under way", by=OFFICER))
    assert w.runner.apply(case.id, Issued(by=OFFICER)).state == "issued"


# --- the hour --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "due"),
    [
        # Sunday 29 March 2026: at 01:00 UTC the clock goes from 02:00 CET to 03:00 CEST. 01:30 CET + 1 h = 03:30 CEST.
        ("2026-03-29 00:30", "2026-03-29 01:30"),
        # Sunday 25 October 2026: at 01:00 UTC it goes from 03:00 CEST to 02:00 CET. 02:30 CEST + 1 h = 02:30 CET.
        ("2026-10-25 00:30", "2026-10-25 01:30"),
        # Thursday 31 December 2026, 23:30 CET + 1 h = Friday 1 January 2027, 00:30 CET.
        ("2026-12-31 22:30", "2026-12-31 23:30"),
        # Monday 28 February 2028, 23:45 UTC + 1 h = Tuesday 29 February, 00:45: a leap year.
        ("2028-02-28 23:45", "2028-02-29 00:45"),
        # Good Friday, 3 April 2026, 16:20 CEST: no weekend and no holiday stops hours.
        ("2026-04-03 14:20", "2026-04-03 15:20"),
    ],
)
def test_one_hour_runs_from_receipt_whatever_the_wall_clock_does(at: str, due: str) -> None:
    w = world(z(at) - timedelta(minutes=10))
    case = issued(w)
    assert case.deadline("removal") is None, "neither opening nor issuing starts it"
    w.clock.set(z(at))
    case = w.runner.apply(case.id, Acknowledged(message=case.sent_as("order")[-1].id, by=DESK))
    assert (case.state, clock(case, "removal").due) == ("received", z(due))
    w.clock.set(z(due) - timedelta(seconds=1))
    w.runner.tick()
    assert w.runner.case(case.id).state == "received"
    w.clock.set(z(due))
    w.runner.tick()
    assert w.runner.case(case.id).state == "overdue"


def test_the_earliest_proof_of_receipt_counts_even_if_it_is_learnt_later() -> None:
    w = world(z("2026-05-04 08:00"))
    case = received(w, z("2026-05-04 08:40"))
    assert clock(case, "removal").due == z("2026-05-04 09:40")
    message = case.sent_as("order")[-1].id
    case = w.runner.apply(case.id, Delivered(message=message, by=DESK, at=z("2026-05-04 08:05")))
    assert clock(case, "removal").due == z("2026-05-04 09:05"), "in the provider's system at 08:05"


def test_whoever_removes_has_received() -> None:
    w = world(z("2026-05-04 08:00"))
    case = issued(w)
    w.clock.advance(minutes=20)
    case = removed(w, case)
    assert (case.state, clock(case, "removal").standing) == ("executed", Standing.MET)
    assert case.sent_as("order")[-1].acknowledged == z("2026-05-04 08:20")


def test_a_removal_after_the_hour_stays_late_and_says_by_how_much() -> None:
    w = world(z("2026-05-04 08:00"))
    case = received(w, z("2026-05-04 08:10"))
    w.run_until(z("2026-05-04 09:30"))
    assert w.runner.case(case.id).state == "overdue"
    case = removed(w, case)
    removal = clock(case, "removal")
    assert (case.state, removal.standing, removal.lateness) == ("executed", Standing.EXPIRED, timedelta(minutes=20))
    assert clock(case, "follow_up").standing is Standing.MET


def test_a_removal_in_time_that_is_told_late_puts_the_breach_right() -> None:
    w = world(z("2026-05-04 08:00"))
    case = received(w, z("2026-05-04 08:10"))
    w.run_until(z("2026-05-04 12:00"))
    case = removed(w, case, at=z("2026-05-04 09:10"))  # at the very end of the hour
    assert (clock(case, "removal").standing, clock(case, "removal").learnt_late) == (Standing.MET, True)
    assert "breach_rebutted" in w.incidents()
    w.runner.verify(case.id)


def test_impossibility_stops_the_hour_and_it_runs_in_full_when_the_ground_has_ceased() -> None:
    w = world(z("2026-05-04 08:00"))
    case = received(w, z("2026-05-04 08:10"), 2)
    w.clock.advance(minutes=45)
    case = w.runner.apply(case.id, ImpossibilityStated(contents=["c2"], reason="storage is down", by=DESK))
    assert clock(case, "removal@c2").standing is Standing.PAUSED
    assert [d.contents for d in case.deadlines if d.id == "removal"] == [("c1",)]
    w.run_until(z("2026-05-05 03:00"))
    case = w.runner.apply(case.id, ObstacleCeased(contents=("c2",), by=DESK))
    assert clock(case, "removal@c2").due == z("2026-05-05 04:00"), "one hour from 03:00, not the 15 minutes left"
    assert case.outcomes() == {"c1": "pending", "c2": "pending"}
    with pytest.raises(BadInput, match="contents"):
        ObstacleCeased(contents=())


def test_a_clarification_restarts_the_hour_of_what_it_clarifies_and_of_nothing_else() -> None:
    w = world(z("2026-05-04 08:00"))
    case = received(w, z("2026-05-04 08:10"), 2)
    w.clock.advance(minutes=30)
    case = w.runner.apply(case.id, ClarificationRequested(contents=["c2"], reason="dead link", by=DESK))
    assert [x.what for x in case.waiting_for() if x.who == "authority"] == ["clarify"]
    w.clock.set(z("2026-05-04 09:00"))
    case = w.runner.apply(case.id, ClarificationGiven(contents=["c2"], reason="without the last letter", by=OFFICER))
    assert {d.contents: d.due for d in case.deadlines if d.obligation == "removal"} == {
        ("c1",): z("2026-05-04 09:10"),  # receipt + 1 h
        ("c2",): z("2026-05-04 10:00"),  # clarification + 1 h
    }
    w.runner.deliver()
    assert "without the last letter" in w.post.last("clarification").body


def test_ten_items_fare_each_on_its_own() -> None:
    w = world(z("2026-05-04 08:00"))
    case = received(w, z("2026-05-04 08:10"), 10)
    case = removed(w, case, *(f"c{i}" for i in range(1, 8)))
    assert case.state == "received"
    case = w.runner.apply(case.id, ClarificationRequested(contents=["c8", "c9"], by=DESK))
    case = w.runner.apply(case.id, ImpossibilityStated(contents=["c10"], by=DESK))
    w.run_until(z("2026-05-06 08:00"))
    case = w.runner.case(case.id)
    standings = {c: d.standing for d in case.deadlines if d.obligation == "removal" for c in d.contents}
    assert [standings[f"c{i}"] for i in range(1, 11)] == [Standing.MET] * 7 + [Standing.PAUSED] * 3
    assert case.state == "received"


# --- silence ---------------------------------------------------------------------------------------------------------


def test_silence_climbs_to_the_next_channel_and_ends_as_unreachable_from_where_it_can_still_go_on() -> None:
    w = world(z("2026-05-04 08:00"))
    case = issued(w)
    w.run_until(z("2026-05-04 09:05"))
    assert [m.channel for m in w.runner.case(case.id).sent_as("order")] == ["email", "chat"]
    w.run_until(z("2026-05-04 12:00"))
    case = w.runner.case(case.id)
    assert (case.state, case.deadline("removal")) == ("unreachable", None)
    assert "ladder_exhausted" in w.incidents()
    case = w.runner.apply(case.id, Acknowledged(message=case.sent_as("order")[-1].id, by=DESK))
    assert (case.state, clock(case, "removal").due) == ("received", z("2026-05-04 13:00"))


# --- feedback, information, preservation -----------------------------------------------------------------------------


def test_feedback_is_awaited_and_never_a_breach() -> None:
    w = world(z("2026-05-04 08:00"))
    case = removed(w, received(w, z("2026-05-04 08:10")))
    w.run_until(z("2026-05-08 08:00"), hours=12)
    case = w.runner.case(case.id)
    assert (clock(case, "feedback").standing, clock(case, "feedback").reminded) == (Standing.RUNNING, True)
    assert "deadline_missed" not in w.incidents()
    case = w.runner.apply(case.id, FeedbackGiven(by=DESK))
    assert (case.state, clock(case, "feedback").standing) == ("feedback_received", Standing.MET)
    assert w.runner.apply(case.id, Closed(by=OFFICER)).final


@pytest.mark.parametrize(
    ("at", "due"),
    [
        # Six months from 31 August 2026 are 28 February 2027, which has no 31st; its end is 24:00 CET = 23:00 UTC.
        ("2026-08-31 10:00", "2027-02-28 23:00"),
        # From 30 August 2027: 29 February 2028, a leap year.
        ("2027-08-30 10:00", "2028-02-29 23:00"),
        # From 1 March 2026, 00:30 CET, which is still February in UTC: the first of September, 24:00 CEST = 22:00 UTC.
        ("2026-02-28 23:30", "2026-09-01 22:00"),
    ],
)
def test_what_was_removed_is_preserved_for_six_calendar_months(at: str, due: str) -> None:
    w = world(z(at) - timedelta(minutes=10))
    case = removed(w, received(w, z(at)))
    assert clock(case, "preservation").due == z(due)
    w.run_until(z(due), hours=24)
    assert clock(w.runner.case(case.id), "preservation").standing is Standing.EXPIRED
    assert "deadline_missed" not in w.incidents(), "a time to keep that is over is no breach"


def test_preservation_can_be_prolonged() -> None:
    w = world(z("2026-08-31 09:50"))
    case = removed(w, received(w, z("2026-08-31 10:00")))
    later = z("2027-05-31 22:00")
    case = w.runner.apply(case.id, Extended(obligation="preservation", due=later, reason="trial", by=OFFICER))
    assert clock(case, "preservation").due == later
    with pytest.raises(BadInput, match="after the present limit"):
        w.runner.apply(case.id, Extended(obligation="preservation", due=later - h(1), reason="x", by=OFFICER))


def test_the_provider_is_expected_to_tell_the_user_who_then_has_48_hours() -> None:
    w = world(z("2026-05-04 08:00"))
    case = removed(w, received(w, z("2026-05-04 08:10")))
    (told,) = case.sent_as("user_information")
    assert (told.status, told.sender, told.to) == ("expected", "platform", "user")
    case = w.runner.apply(case.id, Sent(message=told.id, by=DESK, at=z("2026-05-04 08:10")))
    # Monday 08:10 + 48 h = Wednesday 08:10.
    assert clock(case, "ask_scrutiny_user").due == z("2026-05-06 08:10")


def test_a_non_disclosure_decision_defers_the_users_information_by_six_weeks_and_six_more() -> None:
    w = world(z("2026-02-16 09:00"))
    case = received(w, z("2026-02-16 09:10"))
    case = w.runner.apply(case.id, NonDisclosureDecided(reason="ongoing investigation", by=OFFICER))
    # 16 February + 42 days: 12 to the end of February, 30 in March: 30 March, 24:00 CEST = 22:00 UTC.
    assert clock(case, "non_disclosure").due == z("2026-03-30 22:00")
    case = removed(w, case)
    assert (case.state, case.sent_as("user_information")) == ("executed", ())
    # Six weeks more: 1 left in March, 30 in April, 11 in May: 11 May, 22:00 UTC.
    later = z("2026-05-11 22:00")
    w.runner.apply(case.id, Extended(obligation="non_disclosure", due=later, reason="still ongoing", by=OFFICER))
    w.run_until(later - h(1), hours=24)
    assert w.runner.case(case.id).sent_as("user_information") == ()
    w.run_until(later)
    (told,) = w.runner.case(case.id).sent_as("user_information")
    assert told.status == "expected"
    w.runner.verify(case.id)


def test_a_non_disclosure_lasts_at_most_twelve_weeks_and_the_file_as_long() -> None:
    w = world(z("2026-02-16 09:00"))
    case = received(w, z("2026-02-16 09:10"))
    w.runner.apply(case.id, NonDisclosureDecided(reason="ongoing investigation", by=OFFICER))
    case = removed(w, case)
    later = z("2026-05-11 22:00")  # 84 days, as in the test before
    too_late = Extended(obligation="non_disclosure", due=later + timedelta(seconds=1), reason="ongoing", by=OFFICER)
    with pytest.raises(NotAllowed, match="six weeks and six weeks more end at 2026-05-11 22:00"):
        w.runner.apply(case.id, too_late)
    with pytest.raises(NotAllowed, match="non_disclosure is still open"):
        w.runner.apply(case.id, Closed(by=OFFICER))
    w.run_until(z("2026-03-30 22:00"), hours=24)
    assert [m.status for m in w.runner.case(case.id).sent_as("user_information")] == ["expected"]
    assert w.runner.apply(case.id, Closed(by=OFFICER)).final


# --- scrutiny, courts, and the way back -----------------------------------------------------------------------------


def test_the_home_authority_has_72_hours_from_the_copy_through_easter() -> None:
    w = world(z("2026-04-03 14:50"))
    case = issued(w)
    w.clock.set(z("2026-04-03 15:00"))
    case = w.runner.apply(case.id, Acknowledged(message=case.sent_as("order_copy")[-1].id, by=HOME))
    # Good Friday 15:00 + 72 h = Easter Monday 15:00.
    assert clock(case, "own_motion").due == z("2026-04-06 15:00")
    w.run_until(z("2026-04-06 15:00"), hours=6)
    assert clock(w.runner.case(case.id), "own_motion").standing is Standing.EXPIRED
    assert "deadline_missed" not in w.incidents(), "it may, it need not"


def test_an_order_at_home_has_no_copy_and_no_scrutiny_of_its_own_motion() -> None:
    w = world(z("2026-05-04 08:00"))
    case = issued(w, 1, "home_authority", home_state="DE")
    assert (case.sent_as("order_copy"), case.deadline("own_motion")) == ((), None)


def test_an_order_across_a_border_goes_out_only_where_somebody_gets_the_copy() -> None:
    w = world(z("2026-05-04 08:00"))
    case = w.runner.open("eu.tco_2021_784", order(1, "home_authority"), by=OFFICER)
    w.runner.apply(case.id, PreInformationSpared(ground="addressed_before", by=OFFICER))
    with pytest.raises(NotAllowed, match="no home_authority is named"):
        w.runner.apply(case.id, Issued(by=OFFICER))


def test_the_provider_has_48_hours_from_receipt_over_a_leap_day() -> None:
    w = world(z("2028-02-28 11:50"))
    case = received(w, z("2028-02-28 12:00"))
    # Monday 28 February + 24 h = Tuesday 29, + 24 h = Wednesday 1 March.
    assert clock(case, "ask_scrutiny").due == z("2028-03-01 12:00")


def test_a_decision_on_request_is_due_in_72_hours_over_the_change_of_the_clock() -> None:
    w = world(z("2026-10-22 21:50"))
    case = received(w, z("2026-10-22 22:00"))
    w.clock.set(z("2026-10-23 22:00"))
    case = w.runner.apply(case.id, ScrutinyRequested(requester="platform", by=DESK))
    # Saturday 24 October, 00:00 CEST + 72 h = Monday 26 October, 23:00 CET: the night of Sunday has an hour more.
    assert clock(case, "decide_scrutiny").due == z("2026-10-26 22:00")
    assert (clock(case, "ask_scrutiny").standing, clock(case, "decide_scrutiny").owner) == (
        Standing.MET,
        "home_authority",
    )
    w.run_until(z("2026-10-26 22:00"), hours=12)
    assert clock(w.runner.case(case.id), "decide_scrutiny").standing is Standing.EXPIRED
    assert w.post.last("scrutiny_reminder").address == "home-0@example.org"
    w.clock.advance(hours=2)
    case = w.runner.apply(case.id, ScrutinyDecided(finding="infringement", by=HOME))
    assert (case.state, clock(case, "decide_scrutiny").lateness) == ("without_effect", h(2)), "late, and not ignored"


def test_an_infringement_voids_the_order_and_the_content_comes_back() -> None:
    w = world(z("2026-05-04 08:00"))
    case = removed(w, received(w, z("2026-05-04 08:10"), 2), "c1", "c2")
    with pytest.raises(NotAllowed, match="home_authority"):
        w.runner.apply(case.id, ScrutinyDecided(finding="infringement", by=OFFICER))
    w.clock.advance(hours=40)
    case = w.runner.apply(case.id, ScrutinyDecided(finding="infringement", by=HOME))
    assert (case.state, clock(case, "reinstate").owner) == ("voided", "platform")
    w.runner.deliver()
    assert w.post.last("void").address == "hoster-0@example.org"
    case = w.runner.apply(case.id, Restored(contents=["c1"], by=DESK))
    assert case.state == "voided", "one is not all"
    case = w.runner.apply(case.id, Restored(contents=["c2"], by=DESK))
    assert (case.state, set(case.outcomes().values())) == ("reinstated", {"restored"})
    w.runner.verify(case.id)


def test_an_order_voided_before_removal_leaves_nothing_to_reinstate() -> None:
    w = world(z("2026-05-04 08:00"))
    case = received(w, z("2026-05-04 08:10"))
    case = w.runner.apply(case.id, OrderVoided(reason="wrong URL", by=OFFICER))
    assert (case.state, case.deadline("reinstate")) == ("without_effect", None)
    assert clock(case, "removal").standing is Standing.CANCELLED
    w.runner.deliver()
    assert w.post.last("void")


def test_a_draft_that_is_withdrawn_goes_to_nobody() -> None:
    w = world(z("2026-05-04 08:00"))
    case = w.runner.open("eu.tco_2021_784", order(), by=OFFICER)
    case = w.runner.apply(case.id, Withdrawn(reason="another authority was faster", by=OFFICER))
    w.runner.deliver()
    assert (case.state, w.post.taken, case.waiting_for()) == ("withdrawn", [], ())


def test_a_final_order_is_told_to_the_home_authority() -> None:
    w = world(z("2026-05-04 08:00"))
    case = removed(w, received(w, z("2026-05-04 08:10")))
    case = w.runner.apply(case.id, OrderFinal(by=OFFICER))
    w.runner.deliver()
    assert w.post.last("finality").address == "home-0@example.org"
    later = z("2027-01-04 23:00")
    case = w.runner.apply(case.id, Extended(obligation="preservation", due=later, reason="a trial", by=OFFICER))
    assert (case.state, clock(case, "preservation").due) == ("order_final", later), "there is still something to do"
    assert w.runner.apply(case.id, Closed(by=OFFICER)).final


def test_an_order_that_is_final_before_it_is_carried_out_is_told_to_the_home_authority() -> None:
    for final in (OrderFinal(by=OFFICER), CourtDecided(restore=False, by=Actor("court-1", {"court"}))):
        w = world(z("2026-05-04 08:00"))
        case = received(w, z("2026-05-04 08:10"))
        w.run_until(z("2026-05-04 09:10"))
        assert w.runner.apply(case.id, final).state == "overdue"
        w.runner.deliver()
        assert w.post.last("finality").address == "home-0@example.org"


@pytest.mark.parametrize("side", ["authority", "platform"])
def test_what_is_up_again_while_the_order_stands_is_followed_up(side: str) -> None:
    w = world(z("2026-05-04 08:00"), side)
    start = z("2026-05-04 08:00")
    case = removed(w, received(w, start) if side == "authority" else provided(w, start))
    w.clock.advance(days=3)
    case = w.runner.apply(case.id, Restored(by=DESK))
    name = "follow_up" if side == "authority" else "remove_overdue"
    assert clock(case, name).standing is Standing.RUNNING
    assert clock(removed(w, case), name).standing is Standing.MET
    case = w.runner.apply(case.id, OrderVoided(by=OFFICER))
    assert clock(w.runner.apply(case.id, Restored(by=DESK)), name).standing is Standing.MET


def test_a_court_that_annuls_the_order_is_followed() -> None:
    w = world(z("2026-05-04 08:00"))
    case = removed(w, received(w, z("2026-05-04 08:10")))
    case = w.runner.apply(case.id, CourtDecided(restore=True, by=Actor("court-1", {"court"})))
    assert (case.state, clock(case, "reinstate").standing) == ("voided", Standing.RUNNING)


# --- the provider's file ---------------------------------------------------------------------------------------------


def provided(w: World, at: datetime, n: int = 1, **form: str) -> Case:
    """Return the provider's file of an order received at `at`."""
    w.clock.set(max(at, w.clock.now))
    return w.runner.open("eu.tco_2021_784.provider", order(n, **form), by=OFFICER, at=at)


def test_the_providers_hour_starts_with_the_receipt_and_not_with_the_opening_of_the_file() -> None:
    w = world(z("2026-03-29 01:10"), "platform")
    case = provided(w, z("2026-03-29 00:30"))  # 01:30 CET; the file is opened 40 minutes later, at 03:10 CEST
    assert clock(case, "removal").due == z("2026-03-29 01:30")
    w.runner.deliver()
    assert w.post.last("receipt").address == "issuer-0@example.org"


def test_a_removal_is_reported_and_the_user_is_told() -> None:
    w = world(z("2026-05-04 08:00"), "platform")
    case = removed(w, provided(w, z("2026-05-04 08:00")))
    w.runner.deliver()
    case = w.runner.case(case.id)
    assert [clock(case, name).standing for name in ("removal", "feedback", "inform_user")] == [Standing.MET] * 3
    assert w.post.last("user_information").address == "uploader-0@example.org"
    assert clock(case, "ask_scrutiny_user").due == z("2026-05-06 08:00")  # Monday 08:00 + 48 h


def test_a_forbidden_disclosure_holds_the_users_message_back() -> None:
    w = world(z("2026-05-04 08:00"), "platform")
    case = provided(w, z("2026-05-04 08:00"))
    until = z("2026-06-15 22:00")  # six weeks
    w.runner.apply(case.id, Held(role="user", until=until, reason="Article 11(3)", by=DESK))
    case = removed(w, case)
    w.run_until(until - h(1), hours=24)
    assert [m.template for m in w.post.taken if m.template == "user_information"] == []
    assert w.post.last("feedback")
    w.run_until(until + h(1))
    assert w.post.last("user_information")


def test_nobody_is_told_late_of_an_order_that_has_lost_its_effect() -> None:
    w = world(z("2026-05-04 08:00"), "platform")
    case = provided(w, z("2026-05-04 08:00"))
    until = z("2026-06-15 22:00")
    w.runner.apply(case.id, Held(role="user", until=until, reason="Article 11(3)", by=DESK))
    case = removed(w, case)
    w.runner.apply(case.id, OrderVoided(by=OFFICER))
    w.runner.apply(case.id, Restored(by=DESK))
    w.run_until(until + h(1), hours=24)
    assert [m.template for m in w.post.taken if m.template == "user_information"] == []


def test_an_order_with_gaps_reaches_the_provider_all_the_same_and_its_gaps_are_on_record() -> None:
    w = world(z("2026-05-04 08:00"), "platform")
    case = provided(w, z("2026-05-04 08:00"), reasons="", redress="")
    assert case.instruments[0].missing == ("reasons", "redress")
    case = w.runner.apply(case.id, ClarificationRequested(reason="no reasons are given", by=DESK))
    assert clock(case, "removal").standing is Standing.PAUSED
    w.runner.deliver()
    assert "no reasons are given" in w.post.last("inability").body
    w.clock.advance(hours=8)
    case = w.runner.apply(case.id, ClarificationGiven(by=OFFICER))
    assert clock(case, "removal").due == z("2026-05-04 17:00")  # 16:00 + 1 h


def test_nothing_is_deleted_while_it_is_to_be_preserved() -> None:
    w = world(z("2026-08-31 10:00"), "platform")
    case = removed(w, provided(w, z("2026-08-31 10:00")))
    w.run_until(z("2027-02-28 22:59"), hours=24)
    with pytest.raises(NotAllowed, match="preservation is still open"):
        w.runner.apply(case.id, Purged(by=DESK))
    w.run_until(z("2027-02-28 23:00"))
    assert w.runner.apply(case.id, Purged(by=DESK)).state == "purged"


def test_the_provider_asks_for_scrutiny_and_reinstates() -> None:
    w = world(z("2026-05-04 08:00"), "platform")
    case = removed(w, provided(w, z("2026-05-04 08:00")))
    w.clock.advance(hours=47)
    case = w.runner.apply(case.id, ScrutinyRequested(requester="platform", by=DESK))
    # Wednesday 6 May, 07:00 + 72 h = Saturday 9 May, 07:00.
    assert clock(case, "decide_scrutiny").due == z("2026-05-09 07:00")
    w.runner.deliver()
    assert w.post.last("scrutiny_request").address == "home-0@example.org"
    case = w.runner.apply(case.id, ScrutinyDecided(finding="infringement", by=HOME))
    assert w.runner.apply(case.id, Restored(by=DESK)).state == "reinstated"


def test_the_user_may_not_decide_and_the_provider_may_not_refuse() -> None:
    w = world(z("2026-05-04 08:00"), "platform")
    case = removed(w, provided(w, z("2026-05-04 08:00")))
    with pytest.raises(NotAllowed, match="only home_authority, platform"):
        w.runner.apply(case.id, ScrutinyDecided(finding="infringement", by=UPLOADER))
    for name in ("eu.tco_2021_784", "eu.tco_2021_784.provider"):
        assert {a.faculty for a in catalogue.find(name).absent} == {"refusal", "complaint"}


@pytest.mark.parametrize("id", ["eu.tco_2021_784", "eu.tco_2021_784.provider"])
def test_the_user_is_offered_scrutiny_only_of_an_order_across_a_border(id: str) -> None:
    told = " ".join(catalogue.find(id).template_of["user_information"].body.split())
    assert "where it comes from another Member State than that of our main establishment, ask for scrutiny" in told


@pytest.mark.parametrize(
    ("language", "words"), [("en", "from another Member State"), ("id", "dari negara anggota lain")]
)
def test_the_letters_offer_scrutiny_only_of_an_order_across_a_border(language: str, words: str) -> None:
    texts = tomllib.loads((files("sopflow") / "templates" / f"{language}.europe.toml").read_text("utf-8"))
    for id in ("eu.tco_2021_784", "eu.tco_2021_784.provider"):
        assert words in texts[id]["user_information"]["text"]
