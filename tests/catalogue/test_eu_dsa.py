"""Notice and action, orders and complaints under Regulation (EU) 2022/2065. Instants are in UTC; CET is UTC+1, CEST UTC+2."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sopflow import (
    Acknowledged,
    Actor,
    BadInput,
    Case,
    Closed,
    Complaint,
    CourtDecided,
    Deadline,
    Delivered,
    EffectGiven,
    Extended,
    ImpossibilityStated,
    InstrumentReceived,
    Issued,
    NotAllowed,
    Notice,
    Order,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Sent,
    Standing,
    UnknownProcedure,
    catalogue,
)
from sopflow.catalogue.eu_dsa_complaint import DecisionReversed, DecisionUpheld, ImplementationDeclined, OdsDecided
from sopflow.catalogue.eu_dsa_notice import (
    ReasonsStated,
    StatementExempt,
    StatementSubmitted,
    SuspicionReported,
    UserUnknown,
)

from .world import World

DESK = Actor("moderator-1", {"platform"}, "platform")
WHY = "It sells counterfeits (trade mark law); found by a notice, decided by a person."
STAFF = Actor("moderator-2", {"reviewer"}, "platform")
ANYONE = Actor("notifier-1", {"notifier"})
FLAGGER = Actor("flagger-1", {"trusted_flagger"}, "flagger")
USER = Actor("user-1", {"user"})
OFFICER = Actor("officer-1", {"authority"}, "authority")
PROVIDER = Actor("desk-1", {"platform"}, "provider")
COMPLAINANT = Actor("user-1", {"complainant"})
BODY = Actor("case-handler-1", {"ods_body"}, "body")


def z(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(case: Case, name: str) -> Deadline:
    """Return a deadline that must be there."""
    deadline = case.deadline(name)
    assert deadline is not None, f"no {name} among {[d.id for d in case.deadlines]}"
    return deadline


def urls(n: int) -> list[str]:
    """Return the addresses of n posts."""
    return [f"https://platform.example/p/{i}" for i in range(1, n + 1)]


def removed(w: World, case: Case, *ids: str) -> Case:
    """Return the case after the restriction of these items, or of the first, with its messages out."""
    w.clock.advance(minutes=1)
    w.runner.apply(case.id, EffectGiven(outcomes=dict.fromkeys(ids or ("c1",), "removed"), reason=WHY, by=DESK))
    w.runner.deliver()
    return w.runner.case(case.id)


def test_the_regulation_applies_from_17_february_2024() -> None:
    for name in ("eu.dsa_notice_action", "eu.dsa_order", "eu.dsa_complaint"):
        assert catalogue.find(name, on=date(2024, 2, 17)).id == name
        with pytest.raises(UnknownProcedure, match="2024-02-17"):
            catalogue.find(name, on=date(2024, 2, 16))


# --- notice and action ------------------------------------------------------------------------------------------------


def platform(start: datetime) -> World:
    """Return a world seen from the platform."""
    return World(start, "platform", {"reporter": ["email"], "uploader": ["email"], "police": ["phone"]})


def noticed(w: World, n: int = 1, by: Actor = ANYONE, **form: str) -> Case:
    """Return a case for a notice about n items."""
    given = {"explanation": "a call to violence", "urls": "\n".join(urls(n)), "good_faith": "yes", **form}
    parties = {"notifier": "reporter", "user": "uploader", "law_enforcement": "police"}
    case = w.runner.open("eu.dsa_notice_action", Notice(contents=urls(n), parties=parties, form=given), by=by)
    w.runner.deliver()
    return w.runner.case(case.id)


def test_receipt_is_confirmed_and_the_time_of_it_is_a_fact() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = noticed(w)
    assert case.state == "acknowledged"
    assert clock(case, "confirm_receipt").met == z("2026-05-04 08:00")
    assert w.post.last("receipt").address == "reporter-0@example.org"


def test_a_decision_that_takes_weeks_is_reminded_of_and_is_no_breach() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = noticed(w)
    decide = clock(case, "decide")
    assert (decide.due, decide.remind) == (None, z("2026-05-05 08:00"))
    w.run_until(z("2026-06-01 08:00"), hours=24)
    assert clock(w.runner.case(case.id), "decide").reminded
    assert "deadline_missed" not in w.incidents()


def test_a_restriction_states_its_reasons_to_the_user_and_answers_the_notifier() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = removed(w, noticed(w))
    assert case.state == "restricted"
    assert [clock(case, n).standing for n in ("state_reasons", "tell_notifier", "decide")] == [Standing.MET] * 3
    assert w.post.last("statement_of_reasons").address == "uploader-0@example.org"
    assert w.post.last("decision").address == "reporter-0@example.org"
    assert "hxxps://platform[.]example/p/1" in w.post.last("statement_of_reasons").body
    assert WHY in w.post.last("statement_of_reasons").body


def test_a_restriction_without_reasons_is_none_that_was_stated() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = w.runner.apply(noticed(w).id, EffectGiven(outcomes={"c1": "removed"}, by=DESK))
    w.runner.deliver()
    case = w.runner.case(case.id)
    assert (case.state, case.sent_as("statement_of_reasons"), len(case.sent_as("decision"))) == ("restricted", (), 1)
    assert clock(case, "state_reasons").standing == Standing.RUNNING
    assert case.deadline("complain_user") is None, "whoever was not told cannot complain in time"
    with pytest.raises(NotAllowed, match="state_reasons"):
        w.runner.apply(case.id, Closed(by=DESK))
    w.clock.advance(hours=2)
    w.runner.tick()
    assert ("platform", "state_reasons") in {(wait.who, wait.what) for wait in w.runner.case(case.id).waiting_for()}
    w.runner.apply(case.id, ReasonsStated(contents="c1", reason=WHY, by=DESK))
    w.runner.deliver()
    case = w.runner.case(case.id)
    assert WHY in w.post.last("statement_of_reasons").body
    assert clock(case, "state_reasons").standing == Standing.MET
    assert clock(case, "complain_user").standing == Standing.RUNNING


def test_a_partial_decision_is_answered_once_all_is_decided() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = removed(w, noticed(w, 3), "c1")
    assert (case.state, len(case.sent_as("statement_of_reasons")), case.sent_as("decision")) == ("acknowledged", 1, ())
    w.runner.apply(case.id, Refused(contents=["c2", "c3"], reason="lawful", by=DESK))
    w.runner.deliver()
    case = w.runner.case(case.id)
    assert (case.state, len(case.sent_as("decision")), len(case.sent_as("statement_of_reasons"))) == (
        "restricted",
        1,
        1,
    )


def test_no_action_is_answered_too_and_the_user_hears_nothing() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = noticed(w)
    case = w.runner.apply(case.id, Refused(reason="it is lawful", by=DESK))
    w.runner.deliver()
    assert case.state == "no_action"
    assert "it is lawful" in w.post.last("decision").body
    assert w.runner.case(case.id).sent_as("statement_of_reasons") == ()


def test_a_trusted_flaggers_notice_waits_in_a_lane_of_its_own() -> None:
    w = platform(z("2026-05-04 08:00"))
    noticed(w)
    first = noticed(w, by=FLAGGER)
    assert [c.id for c in w.runner.find(state="priority")] == [first.id]
    assert removed(w, first).state == "restricted"


def test_an_anonymous_notice_is_decided_and_nobody_is_answered() -> None:
    w = platform(z("2026-05-04 08:00"))
    notice = Notice(contents=urls(1), form={"explanation": "abuse", "urls": urls(1)[0], "good_faith": "yes"})
    case = w.runner.open("eu.dsa_notice_action", notice, by=ANYONE)
    case = removed(w, case)
    assert (case.state, case.messages, w.incidents()) == ("restricted", (), [])
    assert case.instruments[0].missing == ()


def test_a_notice_with_gaps_is_kept_with_its_gaps() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = noticed(w, explanation="", good_faith="")
    assert case.instruments[0].missing == ("explanation", "good_faith")


def test_a_notice_can_be_taken_back_before_it_is_decided() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = w.runner.apply(noticed(w).id, Retracted(by=ANYONE))
    assert (case.state, clock(case, "decide").standing) == ("retracted", Standing.CANCELLED)


@pytest.mark.parametrize(
    ("told", "over"),
    [
        # 31 August 2026 + 6 months: February 2027 has no 31st, so the end of the 28th, 24:00 CET = 23:00 UTC.
        ("2026-08-31 08:00", "2027-02-28 23:00"),
        # 29 February 2028 + 6 months = 29 August 2028, 24:00 CEST = 22:00 UTC; 180 days would be two days less.
        ("2028-02-29 08:00", "2028-08-29 22:00"),
        # 31 July 2026, 23:30 CEST: the local day is still the 31st; January has one: 31 January 2027, 23:00 UTC, a Sunday.
        ("2026-07-31 21:30", "2027-01-31 23:00"),
        # 31 July 2026, 22:30 UTC, is 1 August, 00:30 CEST: until 1 February 2027.
        ("2026-07-31 22:30", "2027-02-01 23:00"),
    ],
)
def test_user_and_notifier_may_complain_for_six_calendar_months(told: str, over: str) -> None:
    w = platform(z(told))
    case = removed(w, noticed(w))
    assert clock(case, "complain_user").due == clock(case, "complain_notifier").due == z(over)
    with pytest.raises(NotAllowed, match="complain_notifier is still open"):
        w.runner.apply(case.id, Closed(by=DESK))
    w.run_until(z(over), hours=24)
    assert w.runner.apply(case.id, Closed(by=DESK)).state == "closed"
    assert "deadline_missed" not in w.incidents()


def test_the_window_counts_from_the_day_of_delivery_where_that_is_proved() -> None:
    w = platform(z("2026-06-30 21:30"))
    case = removed(w, noticed(w))
    # Sent on 30 June, 23:30 CEST: six months end with 30 December. Delivered on 1 July, 07:00 CEST: with 1 January.
    assert clock(case, "complain_user").due == z("2026-12-30 23:00")
    w.clock.set(z("2026-07-01 06:00"))
    statement = case.sent_as("statement_of_reasons")[-1].id
    case = w.runner.apply(case.id, Delivered(message=statement, by=DESK, at=z("2026-07-01 05:00")))
    assert clock(case, "complain_user").due == z("2027-01-01 23:00")
    assert clock(case, "complain_notifier").due == z("2026-12-30 23:00")


def test_a_complaint_is_answered_by_upholding_or_by_restoring() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = removed(w, noticed(w))
    complaint = InstrumentReceived(instrument=Complaint(), by=USER)
    w.clock.advance(days=1)
    case = w.runner.apply(case.id, complaint)
    assert clock(case, "handle_complaint").standing is Standing.RUNNING
    case = w.runner.apply(case.id, DecisionUpheld(reason="it incites", by=STAFF))
    assert (case.state, clock(case, "handle_complaint").standing) == ("restricted", Standing.MET)
    w.clock.advance(days=1)
    case = w.runner.apply(case.id, complaint)
    with pytest.raises(NotAllowed, match="reviewer"):
        w.runner.apply(case.id, DecisionUpheld(reason="it stands", by=DESK))
    case = w.runner.apply(case.id, Restored(by=STAFF))
    w.runner.deliver()
    assert case.state == "restored"
    assert {m.address for m in w.post.taken if m.template == "restored_notice"} == {
        "uploader-0@example.org",
        "reporter-0@example.org",
    }


def test_a_notifier_complains_of_no_action_and_the_content_is_restricted_after_all() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = w.runner.apply(noticed(w).id, Refused(reason="lawful", by=DESK))
    w.runner.deliver()
    case = w.runner.apply(case.id, InstrumentReceived(instrument=Complaint(), by=ANYONE))
    case = removed(w, case)
    assert (case.state, clock(case, "handle_complaint").standing) == ("restricted", Standing.MET)
    assert w.post.last("statement_of_reasons")


def test_the_statement_goes_to_the_database_or_says_why_not() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = removed(w, noticed(w))
    assert clock(case, "submit_statement").standing is Standing.RUNNING
    case = w.runner.apply(case.id, StatementSubmitted(puid="s-1", by=DESK))
    assert clock(case, "submit_statement").standing is Standing.MET
    small = removed(w, noticed(w))
    small = w.runner.apply(small.id, StatementExempt(by=DESK))
    assert clock(small, "submit_statement").standing is Standing.CANCELLED
    # ^[a-zA-Z0-9_-]{1,500}$ of the Commission's database (source S83).
    for puid in ("", "a/b c", "s-1\n", "x" * 501):
        with pytest.raises(BadInput, match="puid"):
            StatementSubmitted(puid=puid)
    assert StatementSubmitted(puid="x" * 500)


def test_a_notifier_complains_of_what_was_refused_although_the_rest_is_back() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = noticed(w, 2)
    w.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed", "c2": "refused"}, reason=WHY, by=DESK))
    w.runner.deliver()
    w.clock.advance(days=5)
    w.runner.apply(case.id, InstrumentReceived(instrument=Complaint(), contents=["c1"], by=USER))
    assert w.runner.apply(case.id, Restored(contents=["c1"], by=STAFF)).state == "no_action"
    with pytest.raises(NotAllowed, match="complain_notifier is still open"):
        w.runner.apply(case.id, Closed(by=DESK))
    w.runner.apply(case.id, InstrumentReceived(instrument=Complaint(), contents=["c2"], by=ANYONE))
    case = removed(w, case, "c2")
    assert case.state == "restricted"
    assert clock(case, "tell_notifier").standing is Standing.MET
    assert "c2" in w.post.last("statement_of_reasons").body
    assert len([m for m in w.post.taken if m.template == "decision"]) == 2
    assert [i.kind for i in w.runner.incidents()] == []


def test_a_file_ends_with_what_is_back_once_nobody_may_complain_of_the_rest() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = noticed(w, 2)
    w.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed", "c2": "refused"}, reason=WHY, by=DESK))
    w.runner.deliver()
    w.run_until(z("2026-11-05 00:00"), hours=24)
    assert w.runner.apply(case.id, Restored(contents=["c1"], by=STAFF)).state == "restored"


def test_a_later_decision_is_told_to_the_notifier_whatever_came_back_before() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = noticed(w, 3)
    outcomes = {"c1": "removed", "c2": "refused", "c3": "disabled"}
    w.runner.apply(case.id, EffectGiven(outcomes=outcomes, reason=WHY, by=DESK))
    w.runner.deliver()
    w.runner.apply(case.id, Restored(contents=["c1"], by=STAFF))
    w.clock.advance(days=1)
    case = removed(w, case, "c2")
    assert clock(case, "tell_notifier").standing is Standing.MET
    for id, state in (("c2", "restricted"), ("c3", "no_action")):
        w.clock.advance(days=1)
        w.runner.apply(case.id, Refused(contents=[id], reason="lawful after all", by=DESK))
        w.runner.deliver()
        case = w.runner.case(case.id)
        assert (case.state, clock(case, "tell_notifier").standing) == (state, Standing.MET)
    assert len([m for m in w.post.taken if m.template == "decision"]) == 4


def test_a_user_whom_nobody_can_reach_keeps_no_file_open() -> None:
    w = platform(z("2026-05-04 08:00"))
    notice = Notice(contents=urls(1), parties={"notifier": "reporter"}, form={"explanation": "x", "good_faith": "yes"})
    case = removed(w, w.runner.open("eu.dsa_notice_action", notice, by=ANYONE))
    w.run_until(z("2026-11-05 00:00"), hours=24)
    with pytest.raises(NotAllowed, match="state_reasons is still open"):
        w.runner.apply(case.id, Closed(by=DESK))
    case = w.runner.apply(case.id, UserUnknown(by=DESK))
    assert clock(case, "state_reasons").standing is Standing.CANCELLED
    assert w.runner.apply(case.id, Closed(by=DESK)).state == "closed"


def test_a_threat_to_life_is_reported_from_any_state() -> None:
    w = platform(z("2026-05-04 08:00"))
    case = noticed(w)
    w.runner.apply(case.id, SuspicionReported(by=DESK))
    w.runner.deliver()
    assert w.post.last("suspicion").address == "police-0@example.org"


# --- orders -------------------------------------------------------------------------------------------------------------

ORDER_FORM = {
    "legal_basis": "national law, section 1",
    "reasons": "an offence under section 2",
    "authority": "court",
    "urls": urls(1)[0],
    "redress": "objection within two weeks",
    "territory": "the issuing State",
    "language": "en",
}


def authority(start: datetime) -> World:
    """Return a world seen from the authority."""
    return World(start, "authority", {"provider": ["email"], "uploader": ["email"], "dsc": ["email"]})


def ordered(w: World, n: int = 1, **form: str) -> Case:
    """Return a case with an order against n items on its way."""
    parties = {"platform": "provider", "user": "uploader", "coordinator": "dsc"}
    order = Order(contents=urls(n), parties=parties, form={**ORDER_FORM, **form})
    case = w.runner.open("eu.dsa_order", order, by=OFFICER)
    case = w.runner.apply(case.id, Issued(reference="court-1", by=OFFICER))
    w.runner.deliver()
    return w.runner.case(case.id)


def test_an_order_without_its_elements_does_not_go_out() -> None:
    w = authority(z("2026-05-04 08:00"))
    with pytest.raises(BadInput) as caught:
        ordered(w, reasons="", language="English!", urls="not a URL")
    told = str(caught.value)
    assert all(part in told for part in ("reasons (Reg. (EU) 2022/2065 Art 9(2)(a)(ii)", "language", "urls"))
    assert not w.runner.find()


def test_receipt_and_effect_are_two_facts_and_the_coordinator_is_told_of_both() -> None:
    w = authority(z("2026-05-04 08:00"))
    case = ordered(w)
    w.clock.advance(hours=3)
    case = w.runner.apply(case.id, Acknowledged(message=case.sent_as("order")[-1].id, by=PROVIDER))
    assert (case.state, clock(case, "report_effect").due) == ("received", None)
    w.clock.advance(hours=5)
    case = w.runner.apply(case.id, EffectGiven(outcomes={"c1": "disabled"}, by=PROVIDER))
    assert (case.state, clock(case, "report_effect").met) == ("effect_given", z("2026-05-04 16:00"))
    w.runner.deliver()
    assert w.post.last("effect_report").address == "dsc-0@example.org"
    assert w.runner.case(case.id).sent_as("user_information")[0].status == "expected"


def test_a_provider_that_gives_no_effect_says_why_and_the_authority_decides_what_follows() -> None:
    w = authority(z("2026-05-04 08:00"))
    case = ordered(w, 2)
    case = w.runner.apply(case.id, Refused(contents=["c1"], reason="not in the territory", by=PROVIDER))
    assert case.state == "issued"
    case = w.runner.apply(case.id, ImpossibilityStated(contents=["c2"], reason="end-to-end", by=PROVIDER))
    assert (case.state, clock(case, "follow_up").owner) == ("no_effect", "authority")
    w.clock.advance(hours=1)
    case = w.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=PROVIDER))
    assert case.state == "effect_given"


def test_silence_ends_in_a_state_that_awaits_the_authority() -> None:
    w = authority(z("2026-05-04 08:00"))
    case = ordered(w)
    # 24 h, one reminder, 24 h more: Wednesday 6 May, 08:00.
    w.run_until(z("2026-05-06 07:00"))
    assert w.runner.case(case.id).state == "issued"
    w.run_until(z("2026-05-06 09:00"))
    case = w.runner.case(case.id)
    assert (case.state, case.waits_for) == ("unanswered", "authority")
    assert w.runner.apply(case.id, Closed(by=OFFICER)).state == "closed"


def test_what_is_up_again_while_the_order_stands_is_awaited() -> None:
    w = authority(z("2026-05-04 08:00"))
    case = w.runner.apply(ordered(w).id, EffectGiven(outcomes={"c1": "removed"}, by=PROVIDER))
    w.clock.advance(days=3)
    case = w.runner.apply(case.id, Restored(by=PROVIDER))
    assert ("authority", "follow_up") in [(x.who, x.what) for x in case.waiting_for()]


def test_a_voided_order_is_reversed() -> None:
    w = authority(z("2026-05-04 08:00"))
    case = ordered(w)
    case = w.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=PROVIDER))
    with pytest.raises(NotAllowed, match="only authority, court"):
        w.runner.apply(case.id, OrderVoided(by=PROVIDER))
    case = w.runner.apply(case.id, OrderVoided(reason="no basis", by=Actor("judge", {"court"})))
    assert case.state == "voided"
    assert w.runner.apply(case.id, Restored(by=PROVIDER)).state == "restored"


# --- complaint and settlement out of court -------------------------------------------------------------------------------


def complained(w: World, n: int = 1) -> Case:
    """Return a case for a complaint about decisions on n items."""
    complaint = Complaint(
        contents=urls(n),
        parties={"complainant": "uploader", "ods_body": "body"},
        form={"decision": "removal", "grounds": "satire"},
    )
    return w.runner.open("eu.dsa_complaint", complaint, by=COMPLAINANT)


def disputed(w: World, at: datetime) -> Case:
    """Return a case that the body received at `at`."""
    case = complained(w)
    w.runner.apply(case.id, DecisionUpheld(reason="it incites", by=STAFF))
    w.clock.set(at)
    return w.runner.apply(case.id, InstrumentReceived(instrument=Complaint(), by=COMPLAINANT))


def world_of_complaints(start: datetime) -> World:
    """Return a world seen from the platform, with a certified body."""
    return World(start, "platform", {"uploader": ["email"], "body": ["email"]})


def test_only_qualified_staff_decide_and_the_reply_names_the_redress() -> None:
    w = world_of_complaints(z("2026-05-04 08:00"))
    case = complained(w)
    with pytest.raises(NotAllowed, match="reviewer"):
        w.runner.apply(case.id, DecisionUpheld(reason="it stands", by=DESK))
    case = w.runner.apply(case.id, DecisionUpheld(reason="it incites", by=STAFF))
    w.runner.deliver()
    reply = w.post.last("reasoned_reply")
    assert (case.state, reply.address) == ("upheld", "uploader-0@example.org")
    assert "it incites" in reply.body and "certified body" in reply.body


def test_a_reversed_decision_is_carried_out_item_by_item() -> None:
    w = world_of_complaints(z("2026-05-04 08:00"))
    case = complained(w, 2)
    case = w.runner.apply(case.id, DecisionReversed(reason="satire", by=STAFF))
    case = w.runner.apply(case.id, Restored(contents=["c1"], by=DESK))
    assert case.state == "reversed"


@pytest.mark.parametrize(
    ("at", "ninety", "longest"),
    [
        # 2 January 2026: 29 days left in January, 28 in February, 31 in March make 88; 2 April, 22:00 UTC. 90 more: 28 left
        # in April, 31, 30 make 89; 1 July, 22:00 UTC.
        ("2026-01-02 09:00", "2026-04-02 22:00", "2026-07-01 22:00"),
        # 2 December 2027: 29 left, 31, 29 (a leap year) make 89; 1 March 2028, 23:00 UTC. 90 more: 30 left, 30 make 60;
        # 30 May 2028, 22:00 UTC.
        ("2027-12-02 09:00", "2028-03-01 23:00", "2028-05-30 22:00"),
        # 30 September 2026, 22:30 UTC, is 1 October, 00:30 CEST: 30 left, 30 make 60; 30 December, 23:00 UTC. 90 more: 1
        # left, 31, 28 make 60; 30 March 2027, 22:00 UTC.
        ("2026-09-30 22:30", "2026-12-30 23:00", "2027-03-30 22:00"),
    ],
)
def test_a_certified_body_has_ninety_days_and_ninety_more_and_not_a_second_beyond(
    at: str, ninety: str, longest: str
) -> None:
    w = world_of_complaints(z(at) - timedelta(days=2))
    case = disputed(w, z(at))
    assert (case.state, clock(case, "ods_decision").due) == ("ods", z(ninety))
    due, reason = z(longest), "highly complex"
    with pytest.raises(NotAllowed, match="180 days in all end at"):
        w.runner.apply(
            case.id, Extended(obligation="ods_decision", due=due + timedelta(seconds=1), reason=reason, by=BODY)
        )
    with pytest.raises(NotAllowed, match="ods_body"):
        w.runner.apply(case.id, Extended(obligation="ods_decision", due=due, reason=reason, by=DESK))
    case = w.runner.apply(case.id, Extended(obligation="ods_decision", due=due, reason=reason, by=BODY))
    assert (clock(case, "ods_decision").due, clock(case, "ods_decision").by_term) == (due, z(ninety))
    w.run_until(due, hours=24)
    assert clock(w.runner.case(case.id), "ods_decision").standing is Standing.EXPIRED
    assert w.post.last("ods_reminder").address == "body-0@example.org"


def test_a_body_may_be_chosen_without_waiting_for_the_internal_complaint() -> None:
    w = world_of_complaints(z("2026-05-04 08:00"))
    case = w.runner.apply(complained(w).id, InstrumentReceived(instrument=Complaint(), by=COMPLAINANT))
    assert case.state == "ods"


def test_a_decision_of_the_body_does_not_bind_and_what_became_of_it_is_recorded() -> None:
    w = world_of_complaints(z("2026-05-04 08:00"))
    case = disputed(w, z("2026-05-06 08:00"))
    case = w.runner.apply(case.id, OdsDecided(outcome="complainant", by=BODY))
    assert (case.state, clock(case, "follow_ods").owner) == ("ods_decided", "platform")
    case = w.runner.apply(case.id, ImplementationDeclined(reason="other facts", by=DESK))
    assert (case.state, clock(case, "follow_ods").standing) == ("not_implemented", Standing.MET)


def test_the_platform_may_refuse_a_dispute_that_is_already_resolved_and_only_that() -> None:
    w = world_of_complaints(z("2026-05-04 08:00"))
    case = complained(w)
    with pytest.raises(NotAllowed, match="possible in ods"):
        w.runner.apply(case.id, Rejected(reason="no", by=DESK))
    case = w.runner.apply(case.id, InstrumentReceived(instrument=Complaint(), by=COMPLAINANT))
    case = w.runner.apply(case.id, Rejected(reason="resolved by another body", by=DESK))
    assert (case.state, clock(case, "ods_decision").standing) == ("ods_refused", Standing.MET)


def test_a_second_dispute_has_ninety_days_of_its_own() -> None:
    w = world_of_complaints(z("2026-01-01 09:00"))
    case = disputed(w, z("2026-01-02 09:00"))
    w.runner.apply(case.id, Rejected(reason="resolved by another body", by=DESK))
    w.clock.advance(days=1)
    case = w.runner.apply(case.id, InstrumentReceived(instrument=Complaint(), by=COMPLAINANT))
    # 3 January: 28 days left in January, 28 in February, 31 in March make 87; 3 April, 24:00 CEST = 22:00 UTC.
    assert (case.state, clock(case, "ods_decision").due) == ("ods", z("2026-04-03 22:00"))
    w.run_until(z("2026-04-03 22:00"), hours=24)
    assert clock(w.runner.case(case.id), "ods_decision").standing is Standing.EXPIRED


def test_nobody_asks_the_body_for_a_decision_in_a_dispute_that_is_over() -> None:
    for over in (
        Rejected(reason="resolved by another body", by=DESK),
        DecisionReversed(reason="it was lawful", by=STAFF),
    ):
        w = world_of_complaints(z("2026-01-01 09:00"))
        case = disputed(w, z("2026-01-02 09:00"))
        w.run_until(z("2026-04-10 09:00"), hours=24)
        assert "ods_overdue" in {wait.what for wait in w.runner.case(case.id).waiting_for()}
        case = w.runner.apply(case.id, over)
        assert "ods_overdue" not in {wait.what for wait in case.waiting_for()}


def test_the_body_has_nothing_left_to_decide_once_the_content_is_restricted() -> None:
    w = world_of_complaints(z("2026-01-01 09:00"))
    case = disputed(w, z("2026-01-02 09:00"))
    case = w.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=DESK))
    assert (case.state, clock(case, "ods_decision").standing) == ("implemented", Standing.CANCELLED)


def test_the_complaint_is_answered_although_a_body_has_it() -> None:
    w = world_of_complaints(z("2026-05-04 08:00"))
    case = w.runner.apply(complained(w).id, InstrumentReceived(instrument=Complaint(), by=COMPLAINANT))
    case = w.runner.apply(case.id, DecisionUpheld(reason="it incites", by=STAFF))
    w.runner.deliver()
    assert (case.state, clock(case, "decide").standing) == ("ods", Standing.MET)
    assert "about the following stands" in w.post.last("reasoned_reply").body
    with pytest.raises(NotAllowed, match="decide"):  # it is answered once
        w.runner.apply(case.id, DecisionUpheld(reason="again", by=STAFF))

    other = w.runner.apply(complained(w).id, InstrumentReceived(instrument=Complaint(), by=COMPLAINANT))
    w.runner.apply(other.id, OdsDecided(outcome="platform", by=BODY))
    with pytest.raises(NotAllowed, match="decide is still open"):
        w.runner.apply(other.id, Closed(by=DESK))
    other = w.runner.apply(other.id, DecisionUpheld(reason="it incites", by=STAFF))
    assert w.runner.apply(other.id, Closed(by=DESK)).state == "closed"


def test_a_reversal_while_a_body_has_the_dispute_ends_it_and_says_so() -> None:
    w = world_of_complaints(z("2026-05-04 08:00"))
    case = w.runner.apply(complained(w).id, InstrumentReceived(instrument=Complaint(), by=COMPLAINANT))
    case = w.runner.apply(case.id, DecisionReversed(reason="satire", by=STAFF))
    w.runner.deliver()
    assert (case.state, clock(case, "ods_decision").standing) == ("reversed", Standing.CANCELLED)
    assert "about the following is reversed" in w.post.last("reversal_reply").body


def test_a_court_prevails_in_any_state() -> None:
    w = world_of_complaints(z("2026-05-04 08:00"))
    case = disputed(w, z("2026-05-06 08:00"))
    case = w.runner.apply(case.id, CourtDecided(restore=True, by=Actor("court-1", {"court"})))
    assert (case.state, clock(case, "reverse").owner) == ("reversed", "platform")
    assert w.runner.apply(case.id, Restored(by=DESK)).state == "implemented"


def test_a_message_that_is_told_of_as_sent_is_told_of_by_who_sends_it() -> None:
    w = authority(z("2026-05-04 08:00"))
    case = ordered(w)
    case = w.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=PROVIDER))
    expected = case.sent_as("user_information")[0]
    case = w.runner.apply(case.id, Sent(message=expected.id, by=PROVIDER))
    assert case.sent_as("user_information")[0].status == "sent"
