"""What is owed for each content is owed until it is done for that content, whatever was done for the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    ClarificationRequested,
    Complaint,
    CounterNotice,
    Event,
    InstrumentReceived,
    Issued,
    NotAllowed,
    Notice,
    Order,
    Referral,
    Refused,
    Request,
    Restored,
    Sent,
    Unsent,
    Verified,
)
from sopflow.case import SYSTEM
from sopflow.catalogue.eu_dsa_complaint import DecisionReversed
from sopflow.catalogue.eu_dsa_notice import DecisionUpheld, StatementExempt, StatementSubmitted
from sopflow.catalogue.eu_tco import FeedbackGiven
from sopflow.catalogue.germany import Classified, DecisionConfirmed
from sopflow.catalogue.indonesia_saman import Notified
from sopflow.catalogue.inhope import Classified as Analysed
from sopflow.catalogue.inhope import HostTraced, RemovalVerified
from sopflow.catalogue.referral import AppealDismissed
from sopflow.catalogue.united_kingdom import DecisionUpheld as Upheld

from .test_parts import Walk, dmca, removed, tco
from .world import z

ALL = ["c1", "c2", "c3"]


def owed(walk: Walk, obligation: str) -> bool:
    """Return whether a clock of this obligation runs."""
    return any(d.obligation == obligation and d.standing == "running" for d in walk.case.deadlines)


def about(walk: Walk, obligation: str) -> set[str]:
    """Return the contents of the clocks of this obligation that run; those that began together are shown together."""
    runs = [d for d in walk.case.deadlines if d.obligation == obligation and d.standing == "running"]
    return {id for d in runs for id in d.contents}


def confirmed(walk: Walk, template: str) -> Walk:
    """Let the platform confirm receipt."""
    walk.do(Acknowledged(message=walk.case.sent_as(template)[-1].id), "platform")
    return walk


def later(walk: Walk, **by: float) -> Walk:
    """Let time pass."""
    walk.world.run_until(walk.world.clock.now + timedelta(**by))
    walk.case = walk.world.runner.case(walk.case.id)
    return walk


def dsa_notice() -> Walk:
    return Walk("eu.dsa_notice_action", Notice, "platform", {"notifier": "reporter", "user": "uploader"}, "platform")


def kominfo() -> Walk:
    walk = Walk("id.kominfo_telegram_2017", Notice, "authority", {"platform": "telegram"})
    walk.do(Verified(), "authority")
    runner = walk.world.runner
    signer = Actor("signer", {"competent_agency"}, "agency")
    runner.apply(walk.case.id, Approved(proposal=runner.proposal(walk.case.id, Issued()), by=signer))
    walk.do(Issued(), "authority")
    return confirmed(walk, "order")


def saman() -> Walk:
    walk = Walk("id.saman", Request, "authority", {"platform": "hoster"})
    walk.do(Verified(), "authority")
    walk.do(Notified(), "authority")
    return confirmed(walk, "notification")


def images() -> Walk:
    return Walk("uk.osa_intimate_image", Notice, "platform", {"reporter": "reporter", "user": "up"}, "reporter")


def complaint(*ids: str) -> InstrumentReceived:
    return InstrumentReceived(instrument=Complaint(), contents=ids)


# --- what was not done in time is followed up for each -------------------------------------------------------------


def test_a_removal_order_is_followed_up_for_what_is_still_there() -> None:
    walk = later(confirmed(tco(), "order"), hours=2)
    assert walk.case.state == "overdue"
    for id, more in (("c1", True), ("c2", True), ("c3", False)):
        walk.do(removed(id), "platform")
        assert owed(walk, "follow_up") is more


def test_what_passed_is_the_time_of_some_contents_and_of_no_other() -> None:
    walk = confirmed(tco(), "order")
    walk.do(ClarificationRequested(contents="c3"), "platform")
    walk.do(removed("c1"), "platform")
    later(walk, hours=2)
    assert about(walk, "follow_up") == {"c2"}, "c1 is gone, and the clock of c3 stands"


def test_silence_about_one_channel_is_to_be_decided_on_though_another_came_down_late() -> None:
    walk = later(kominfo(), hours=30)
    walk.do(removed("c2"), "platform")
    assert owed(walk, "decide_escalation")
    walk.do(removed("c1", "c3"), "platform")
    assert not owed(walk, "decide_escalation")


def test_an_operator_that_answers_for_one_has_not_answered_for_the_others() -> None:
    walk = saman()
    walk.do(Refused(contents="c1", reason="satire"), "platform")
    assert owed(walk, "respond")
    later(walk, hours=30)
    assert "deadline_missed" in walk.world.incidents()


def test_a_report_of_images_is_overdue_for_what_nobody_has_looked_at() -> None:
    walk = images()
    later(walk, hours=49)
    walk.do(removed("c1"), "platform")
    walk.do(Refused(contents="c2"), "platform")
    assert owed(walk, "remove_overdue")
    walk.do(removed("c3"), "platform")
    assert not owed(walk, "remove_overdue")


# --- what follows a removal follows each ---------------------------------------------------------------------------


def test_a_statement_is_due_for_each_restriction() -> None:
    walk = dsa_notice()
    walk.do(removed("c1"), "platform")
    walk.do(StatementSubmitted(puid="2026-1"), "platform")
    assert not owed(walk, "submit_statement")
    later(walk, days=1)
    walk.do(removed("c2", "c3"), "platform")
    assert about(walk, "submit_statement") == {"c2", "c3"}
    walk.do(StatementSubmitted(puid="2026-2", contents="c3"), "platform")
    assert owed(walk, "submit_statement")
    walk.do(StatementExempt(contents="c2"), "platform")
    assert not owed(walk, "submit_statement")


def test_the_six_months_to_complain_run_for_each_decision_from_when_it_was_told() -> None:
    walk = dsa_notice()
    walk.do(removed("c1"), "platform")
    later(walk, days=60)
    walk.do(removed("c2"), "platform")
    first, second = sorted((d for d in walk.case.deadlines if d.obligation == "complain_user"), key=lambda d: d.started)
    assert (first.contents, second.contents) == (("c1",), ("c2",))
    assert first.due == z("2026-09-02 22:00"), "told on 2 March: six months end with 2 September in Brussels"
    assert second.due == z("2026-11-01 23:00"), "told on 1 May: they end with 1 November"


def provider() -> Walk:
    return Walk("eu.tco_2021_784.provider", Order, "platform", {"authority": "de", "user": "up"}, "authority")


def contested(id: str) -> Event:
    form = dict.fromkeys(("signature", "material", "mistake_under_perjury", "contact_and_consent"), "given")
    return InstrumentReceived(instrument=CounterNotice(form=form), contents=id)


@pytest.mark.parametrize(
    ("begin", "told", "by", "template", "duty"),
    [
        (dsa_notice, removed, "platform", "statement_of_reasons", "state_reasons"),
        (provider, removed, "platform", "user_information", "inform_user"),
        (dmca, removed, "platform", "removal_notice", "tell_subscriber"),
        (lambda: taken_down(dmca()), contested, "subscriber", "counter_notice_copy", "forward_counter_notice"),
    ],
    ids=["statement", "tco", "subscriber", "copy"],
)
def test_a_letter_about_one_content_tells_nobody_of_another(
    begin: Callable[[], Walk], told: Callable[[str], Event], by: str, template: str, duty: str
) -> None:
    walk, system = begin(), {"by": SYSTEM}
    runner, id = walk.world.runner, walk.case.id
    for content in ("c1", "c2"):
        runner.apply(id, told(content), by=Actor(f"{by}-1", {by}, f"{by}-office"))
        walk.world.clock.advance(minutes=1)
    walk.case = runner.case(id)
    assert about(walk, duty) == {"c1", "c2"}
    first, second = walk.case.sent_as(template)
    walk.case = runner.apply(id, Sent(message=first.id), **system)
    assert about(walk, duty) == {"c2"}
    walk.case = runner.apply(id, Unsent(message=second.id, reason="mailbox full"), **system)
    assert about(walk, duty) == {"c2"}, "it is owed as long as it was not told"
    again = walk.case.sent_as(template)[-1]
    walk.case = runner.apply(id, Sent(message=again.id), **system)
    assert not about(walk, duty)


def taken_down(walk: Walk) -> Walk:
    walk.do(removed("c1", "c2", "c3"), "platform")
    return walk


def test_each_removal_is_reported_to_the_authority() -> None:
    walk = confirmed(tco(), "order")
    walk.do(removed("c1"), "platform")
    walk.do(FeedbackGiven(), "platform")
    assert not owed(walk, "feedback")
    walk.do(removed("c2", "c3"), "platform")
    walk.do(FeedbackGiven(contents="c2"), "platform")
    assert owed(walk, "feedback")
    walk.do(FeedbackGiven(contents="c3"), "platform")
    assert not owed(walk, "feedback")


def test_a_hotline_looks_again_at_each() -> None:
    walk = Walk("hotline.inhope", Notice, "hotline", {"host": "hoster", "police": "police"}, "hotline")
    walk.do(Analysed(category="baseline"), "hotline")
    walk.do(HostTraced(country="NL", here=True), "hotline")
    walk.do(Issued(), "hotline")
    walk.do(removed("c1", "c2", "c3"), "host")
    assert walk.do(RemovalVerified(contents="c1"), "hotline").state == "removed"
    assert owed(walk, "look_again")
    assert walk.do(RemovalVerified(contents=("c2", "c3")), "hotline").state == "verified"
    assert not owed(walk, "look_again")


# --- each complaint is answered ------------------------------------------------------------------------------------


def test_upholding_one_decision_answers_no_complaint_about_another() -> None:
    walk = dsa_notice()
    walk.do(removed(*ALL), "platform")
    walk.do(complaint("c1"), "user")
    walk.do(complaint("c2"), "user")
    walk.do(DecisionUpheld(contents="c1", reason="it stands"), "reviewer")
    assert about(walk, "handle_complaint") == {"c2"}
    walk.do(Restored(contents="c2"), "reviewer")
    assert not owed(walk, "handle_complaint")


def test_a_review_ends_with_its_last_complaint() -> None:
    walk = images()
    walk.do(removed(*ALL), "platform")
    walk.do(complaint("c1", "c3"), "user")
    assert walk.do(Upheld(contents="c1"), "reviewer").state == "under_review"
    assert walk.do(Upheld(contents="c3"), "reviewer").state == "reviewed"


def test_an_appeal_that_is_dismissed_leaves_the_other_one() -> None:
    walk = Walk("generic.referral", Referral, "authority", {"platform": "hoster", "uploader": "user"})
    walk.do(Issued(), "authority")
    walk.do(removed(*ALL), "platform")
    walk.do(complaint("c1"), "uploader")
    walk.do(complaint("c2"), "uploader")
    assert walk.do(AppealDismissed(grounds="no news", contents="c2"), "platform_reviewer").state == "appealed"
    assert about(walk, "decide_appeal") == {"c1"}
    assert walk.do(AppealDismissed(grounds="no news"), "platform_reviewer").state == "removed"


def test_a_counter_statement_about_another_content_is_still_to_be_reviewed() -> None:
    walk = Walk("de.netzdg", Notice, "platform", {"complainant": "reporter", "user": "uploader"}, "complainant")
    walk.do(Classified(finding="manifest", at=walk.case.opened), "platform")
    walk.do(removed(*ALL), "platform")
    for id in ("c1", "c2"):
        walk.do(InstrumentReceived(instrument=CounterNotice(), contents=[id]), "user")
    assert walk.do(DecisionConfirmed(contents="c1"), "reviewer").state == "removed"
    assert about(walk, "review") == {"c2"}
    assert walk.do(DecisionConfirmed(contents="c2"), "reviewer").state == "reviewed"


def test_a_reversed_decision_is_carried_out_for_each() -> None:
    walk = Walk("eu.dsa_complaint", Complaint, "platform", {"complainant": "uploader"}, "complainant")
    with pytest.raises(NotAllowed, match="does not concern c2, c3"):
        walk.do(DecisionUpheld(contents="c1", reason="it stands"), "reviewer")
    walk.do(DecisionReversed(reason="it was lawful"), "reviewer")
    walk.do(Restored(contents="c1"), "platform")
    assert owed(walk, "reverse")
    walk.do(Restored(), "platform")
    assert not owed(walk, "reverse")
