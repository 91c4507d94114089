"""Article 16 of Regulation (EU) 2022/2065 in the notifier's file: the provider's silence, its decisions, and redress."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sopflow import (
    Acknowledged,
    Actor,
    BadInput,
    Closed,
    EffectGiven,
    Issued,
    NotAllowed,
    Notice,
    Refused,
    Restored,
    Retracted,
)
from sopflow.catalogue.eu_dsa_notifier import ComplaintLodged, ComplaintRejected

from .test_parts import URLS, Walk, removed
from .world import z

FORM = {"explanation": "incitement", "urls": URLS[0]}


def drafted() -> Walk:
    return Walk(
        "eu.dsa_notice_action.notifier", Notice, "notifier", {"notifier": "flagger", "platform": "hoster"}, "notifier"
    )


def sent() -> Walk:
    walk = drafted()
    walk.do(Issued(), "notifier")
    walk.do(Acknowledged(message=walk.case.sent_as("notice")[-1].id), "platform")
    return walk


def test_a_notice_with_gaps_does_not_go_out() -> None:
    runner, by = drafted().world.runner, Actor("desk", {"notifier"}, "flagger")
    with pytest.raises(BadInput, match=r"good_faith \(.*16\(2\)\(d\)"):
        runner.open("eu.dsa_notice_action.notifier", Notice(contents=URLS, form=FORM), by=by)


def test_a_notice_is_tracked_until_its_receipt_is_confirmed() -> None:
    walk = drafted()
    walk.do(Issued(), "notifier")
    assert walk.told("notice") == [{"c1": "pending", "c2": "pending", "c3": "pending"}]
    walk.world.run_until(walk.world.clock.now + timedelta(days=5), 6)
    case = walk.world.runner.case(walk.case.id)
    assert (case.state, walk.world.incidents()) == ("unanswered", ["ladder_exhausted"])
    assert len(walk.told("notice")) == 4, "each of two channels, and a reminder on each"
    assert [w.what for w in case.waiting_for()] == ["follow_up"]
    assert walk.do(removed("c1", "c2", "c3"), "platform").state == "acted_on", "an answer proves receipt"
    assert walk.do(Closed(), "notifier").final


def test_each_decision_may_be_complained_about_for_six_months() -> None:
    walk = sent()
    walk.do(removed("c1"), "platform")
    walk.do(Refused(contents="c2", reason="satire"), "platform")
    [window] = [d for d in walk.case.deadlines if d.obligation == "complain"]
    assert (window.contents, window.due) == (("c2",), z("2026-09-02 22:00"))
    walk.do(ComplaintLodged(contents="c2", reason="it is none"), "notifier")
    assert walk.told("complaint") == [{"c2": "refused"}]
    assert walk.do(Refused(contents="c3"), "platform").state == "complained", "all are decided, one complaint is open"
    case = walk.do(ComplaintRejected(contents="c2", reason="it is"), "platform")
    assert (case.state, case.deadline("handle_complaint").standing) == ("acted_on", "met")  # type: ignore[union-attr]
    assert [d.contents for d in case.deadlines if d.obligation == "complain" and d.is_open] == [("c3",)]


def test_a_complaint_that_helps_ends_with_the_removal() -> None:
    walk = sent()
    walk.do(Refused(), "platform")
    walk.do(ComplaintLodged(reason="look again"), "notifier")
    assert walk.do(removed("c1"), "platform").state == "complained"
    assert walk.do(removed("c2", "c3"), "platform").state == "acted_on"


def test_what_the_provider_restores_may_be_complained_about() -> None:
    walk = sent()
    walk.do(removed("c1", "c2", "c3"), "platform")
    assert walk.do(Restored(contents="c3"), "platform").state == "acted_on"
    assert [d.contents for d in walk.case.deadlines if d.obligation == "complain" and d.is_open] == [("c3",)]


def test_a_wrong_notice_is_taken_back() -> None:
    walk = sent()
    walk.do(removed("c1", "c2", "c3"), "platform")
    assert walk.do(Retracted(contents="c2", reason="the wrong page"), "notifier").state == "acted_on"
    assert walk.told("retraction") == [{"c2": "removed"}]
    assert walk.do(Retracted(), "notifier").state == "retracted"
    assert walk.do(Restored(), "platform").state == "restored"


def test_only_the_notifier_complains() -> None:
    walk = sent()
    walk.do(EffectGiven(outcomes={"c1": "not_found", "c2": "not_found", "c3": "not_found"}), "platform")
    with pytest.raises(NotAllowed, match="notifier"):
        walk.do(ComplaintLodged(reason="it is there"), "platform")
    with pytest.raises(BadInput, match="reason"):
        ComplaintLodged(reason="")
