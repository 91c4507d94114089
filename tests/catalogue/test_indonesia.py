"""The practice of 2016 and the procedure of 2017, walked step by step."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    BadInput,
    Case,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    EffectGiven,
    Escalated,
    Extended,
    Held,
    ImpossibilityStated,
    Issued,
    LinkedCase,
    NotAllowed,
    Notice,
    Order,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Standing,
    Superseded,
    Verified,
    Withdrawn,
    catalogue,
)
from sopflow.catalogue.generic import BlockLifted, BlockOrdered, BlockReviewed, NormalisationVerified, block_order
from sopflow.catalogue.indonesia import MailRepeated, RemediationAgreed, ReviewStarted
from sopflow.check import check
from sopflow.pages import page

from .world import World

WIB = ZoneInfo("Asia/Jakarta")
START = datetime(2017, 8, 14, 9, 0, tzinfo=WIB)  # a Monday
OFFICER = Actor("officer", {"authority"}, "kominfo")
SIGNERS = [Actor(f"{body}-1", {"competent_agency"}, body) for body in ("bnpt", "bin", "polri")]
MODERATOR = Actor("moderator", {"platform"}, "telegram")
FORM = {"grounds": "silence", "legal_basis": "PM 19/2014", "scope": "names listed"}


@pytest.fixture
def world() -> World:
    return World(
        START,
        "authority",
        {"telegram": ["email", "chat", "phone"], "reporter": ["email"], "isp-a": ["email"], "isp-b": ["email"]},
    )


def issued(world: World, n: int = 1) -> Case:
    urls = [f"https://t.me/channel_{i}" for i in range(1, n + 1)]
    notice = Notice(
        contents=urls, parties={"platform": "telegram", "reporter": "reporter"}, form={"reasons": "terrorism"}
    )
    case = world.runner.open("id.kominfo_telegram_2017", notice, by=Actor("citizen", {"public"}))
    case = world.runner.apply(case.id, Verified(by=OFFICER))
    proposal = world.runner.proposal(case.id, Issued())
    case = world.runner.apply(case.id, Approved(proposal=proposal, by=SIGNERS[0]))
    case = world.runner.apply(case.id, Issued(by=OFFICER))
    world.runner.deliver()
    return world.runner.case(case.id)


def order_id(case: Case, rung: int = 0) -> str:
    return next(m.id for m in case.sent_as("order") if m.rung == rung)


def test_an_order_needs_a_signature_on_exactly_this(world: World) -> None:
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "telegram"}, form={"reasons": "r"})
    case = world.runner.open("id.kominfo_telegram_2017", notice, by=OFFICER)
    case = world.runner.apply(case.id, Verified(by=OFFICER))
    other = world.runner.proposal(case.id, Issued(reference="another"))
    case = world.runner.apply(case.id, Approved(proposal=other, by=SIGNERS[0]))
    with pytest.raises(NotAllowed, match="needs 1 approval.*has 0"):
        world.runner.apply(case.id, Issued(by=OFFICER))
    case = world.runner.apply(case.id, Issued(reference="another", by=OFFICER))
    assert case.state == "sent_on_government_channel"


def test_the_takedown_is_due_at_the_end_of_the_local_day(world: World) -> None:
    case = issued(world)
    at = datetime(2017, 8, 14, 23, 30, tzinfo=WIB)
    world.clock.set(at)
    case = world.runner.apply(case.id, Acknowledged(message=order_id(case), by=MODERATOR))
    assert case.state == "acknowledged"
    assert case.deadline("same_day_takedown").due == datetime(2017, 8, 14, 17, 0, tzinfo=UTC)  # type: ignore[union-attr]  # 24:00 WIB
    case = world.runner.apply(case.id, ReviewStarted(by=MODERATOR))
    assert case.state == "under_review"
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR))
    assert case.state == "taken_down"
    world.runner.deliver()
    assert "[removed]" in world.post.last("outcome").body
    assert world.runner.apply(case.id, Closed(by=OFFICER)).final


def test_a_platform_may_refuse_with_reasons_and_the_reporter_is_told(world: World) -> None:
    case = issued(world)
    case = world.runner.apply(case.id, Refused(reason="satire", by=MODERATOR))
    assert (case.state, case.contents[0].outcome) == ("rejected_not_negative", "refused")
    assert case.messages[0].acknowledged is not None  # an answer proves receipt
    world.runner.deliver()
    assert "satire" in world.post.last("outcome").body


def test_a_report_that_is_not_verified_is_answered(world: World) -> None:
    notice = Notice(contents=["https://t.me/x"], parties={"reporter": "reporter"})
    case = world.runner.open("id.kominfo_telegram_2017", notice, by=Actor("citizen", {"public"}))
    case = world.runner.apply(case.id, Rejected(reason="not within the request", by=OFFICER))
    world.runner.deliver()
    assert case.final and "not within the request" in world.post.last("outcome").body


def test_silence_climbs_to_reminder_other_channel_and_representative_then_nobody(world: World) -> None:
    case = issued(world)
    world.run_until(START + timedelta(days=7), hours=6)
    case = world.runner.case(case.id)
    # three channels, each with one reminder, 24 h each: six messages, exhausted after six days
    assert [(m.rung, m.channel) for m in case.sent_as("order")] == [
        (0, "email"), (1, "email"), (2, "chat"), (3, "chat"), (4, "phone"), (5, "phone")
    ]  # fmt: skip
    assert case.state == "no_response"
    assert "ladder_exhausted" in world.incidents()
    assert case.deadline("decide_escalation").standing is Standing.RUNNING  # type: ignore[union-attr]


def test_a_late_confirmation_of_a_message_that_had_climbed_puts_everything_right(world: World) -> None:
    case = issued(world)
    first = order_id(case)
    world.run_until(START + timedelta(days=2, hours=1), hours=6)
    case = world.runner.case(case.id)
    assert [m.rung for m in case.sent_as("order")] == [0, 1, 2]
    alarm = next(d for d in case.deadlines if d.message == first)
    assert alarm.standing is Standing.EXPIRED
    # now the desk shows that it had confirmed after two hours: the confirmation was lost on the way
    confirmed = START + timedelta(hours=2)
    case = world.runner.apply(case.id, Acknowledged(message=first, at=confirmed, by=MODERATOR))
    receipts = {d.message: d for d in case.deadlines if d.message}
    assert receipts[first].standing is Standing.MET and receipts[first].learnt_late
    later = [receipts[order_id(case, rung)].standing for rung in (1, 2)]
    assert later == [Standing.VOID, Standing.VOID]
    assert case.state == "acknowledged"
    takedown = case.deadline("same_day_takedown")
    assert takedown is not None and takedown.started == confirmed.astimezone(UTC)
    assert "breach_rebutted" in world.incidents()
    corrections = [m for m in case.messages if m.template == "rebuttal"]
    assert {m.contact for m in corrections} == {"telegram-1"}  # whoever was told otherwise
    world.runner.tick()
    assert world.runner.case(case.id).state == "takedown_overdue"  # by then the day was over, and now it shows
    world.runner.verify(case.id)


def test_ten_urls_seven_removed_two_to_clarify_one_impossible(world: World) -> None:
    case = issued(world, 10)
    case = world.runner.apply(case.id, Acknowledged(message=order_id(case), by=MODERATOR))
    world.clock.advance(hours=1)
    case = world.runner.apply(case.id, EffectGiven(outcomes={f"c{n}": "removed" for n in range(1, 8)}, by=MODERATOR))
    assert case.state == "acknowledged"
    world.clock.advance(hours=1)
    case = world.runner.apply(case.id, ClarificationRequested(contents=["c8", "c9"], reason="dead link", by=MODERATOR))
    case = world.runner.apply(case.id, ImpossibilityStated(contents=["c10"], by=MODERATOR))
    groups = {d.contents: d for d in case.deadlines if d.obligation == "same_day_takedown"}
    assert groups[("c1", "c2", "c3", "c4", "c5", "c6", "c7", "c10")].standing is Standing.MET
    assert groups[("c8", "c9")].standing is Standing.PAUSED
    assert [(w.who, w.what) for w in case.waiting_for()][0] == ("platform", "same_day_takedown")
    world.clock.advance(hours=30)
    world.runner.tick()
    case = world.runner.apply(case.id, ClarificationGiven(contents=["c8", "c9"], reason="new link", by=OFFICER))
    resumed = next(d for d in case.deadlines if d.contents == ("c8", "c9"))
    # end of 14 August WIB, moved by the 30 hours that the clock stood still
    assert resumed.due == datetime(2017, 8, 14, 17, 0, tzinfo=UTC) + timedelta(hours=30)
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c8": "removed", "c9": "not_found"}, by=MODERATOR))
    assert case.state == "taken_down"
    assert [c.outcome for c in case.contents] == ["removed"] * 8 + ["not_found", "impossible"]
    assert not [i for i in world.incidents() if i != "clock_behind"]


def test_an_order_voided_after_removal_is_undone(world: World) -> None:
    case = issued(world)
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR))
    case = world.runner.apply(case.id, OrderVoided(reason="no basis", by=Actor("court", {"court"})))
    assert case.state == "voided"
    assert case.deadline("reinstate").standing is Standing.RUNNING  # type: ignore[union-attr]
    world.runner.deliver()
    assert "restore" in world.post.last("void").body
    case = world.runner.apply(case.id, Restored(by=MODERATOR))
    assert (case.state, case.contents[0].outcome) == ("restored", "restored")
    assert case.messages[-1].acknowledged is not None


def test_an_order_voided_in_part_is_undone_for_that_part_and_goes_on_for_the_rest(world: World) -> None:
    case = issued(world, 3)
    world.runner.apply(case.id, Acknowledged(message=order_id(case), by=MODERATOR))
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR))
    before, court = case.state, Actor("court", {"court"})
    case = world.runner.apply(case.id, OrderVoided(contents="c1", by=court))
    assert case.state == before, "two are still to be taken down"
    clock = case.deadline("same_day_takedown")
    assert clock is not None and clock.is_open
    world.run_until(world.clock.now + timedelta(hours=30))
    told = [m for m in world.post.taken if m.template == "void"]
    assert len(told) > 1, "it is repeated"
    for letter in told:
        assert "channel_1" in letter.body and "channel_2" not in letter.body
        assert [c["id"] for c in json.loads(letter.data)["contents"]] == ["c1"]
    case = world.runner.apply(case.id, OrderVoided(contents=("c2", "c3"), by=court))
    assert case.state == "voided", "by now it is voided for all of them"


def blocked(world: World) -> tuple[Case, Case]:
    case = issued(world)
    world.run_until(START + timedelta(days=7), hours=6)
    order = block_order(["t.me", "telegram.me"], ["isp-a", "isp-b"], FORM)
    case = world.runner.apply(case.id, Escalated(instrument=order, by=OFFICER))
    assert case.state == "escalated_isp_block"
    block = world.runner.case(case.children[0].id)
    assert (block.parent, block.grounds, block.matter != case.matter) == (case.id, (case.id,), True)
    return case, block


def test_a_block_is_a_case_of_its_own_with_three_approvals_and_a_review_date(world: World) -> None:
    case, block = blocked(world)
    act = BlockOrdered(due=world.clock.now + timedelta(days=30), by=OFFICER)
    for n, signer in enumerate(SIGNERS):
        with pytest.raises(NotAllowed, match=f"has {n}"):
            world.runner.apply(block.id, act)
        world.runner.apply(block.id, Approved(proposal=world.runner.proposal(block.id, act), by=signer))
    block = world.runner.apply(block.id, act)
    assert block.state == "ordered"
    assert {m.party for m in block.messages} == {"isp-a", "isp-b"}
    for isp in ("isp-a", "isp-b"):
        mine = {c.id: "disabled" for c in block.contents if c.party == isp}
        block = world.runner.apply(block.id, EffectGiven(outcomes=mine, by=Actor(isp, {"isp"}, isp)))
    assert block.state == "blocked"
    world.runner.tick()
    case = world.runner.case(case.id)
    assert case.children[0].milestones == ("blocked",)
    # the review date passes unused, and somebody is told; a review sets the next date
    world.run_until(START + timedelta(days=40), hours=24)
    block = world.runner.case(block.id)
    assert block.state == "review_overdue"
    block = world.runner.apply(
        block.id, BlockReviewed(due=world.clock.now + timedelta(days=30), finding="stays", by=OFFICER)
    )
    assert (block.state, block.deadline("review").standing) == ("blocked", Standing.RUNNING)  # type: ignore[union-attr]
    case = world.runner.apply(case.id, RemediationAgreed(points=("channel", "representative"), by=OFFICER))
    assert case.state == "remediation_agreed"
    block = world.runner.apply(block.id, BlockLifted(grounds="agreed", by=OFFICER))
    with pytest.raises(NotAllowed, match="is disabled"):
        world.runner.apply(block.id, NormalisationVerified(by=OFFICER))
    world.runner.apply(block.id, Restored(by=Actor("isp-a", {"isp"})))
    with pytest.raises(NotAllowed, match="isp-b is disabled"):
        world.runner.apply(block.id, NormalisationVerified(by=OFFICER))
    world.runner.apply(block.id, Restored(by=Actor("isp-b", {"isp"})))
    block = world.runner.apply(block.id, NormalisationVerified(by=OFFICER))
    assert block.state == "normalised"
    world.runner.tick()
    case = world.runner.case(case.id)
    assert (case.state, case.final) == ("normalised", True)
    for id in (case.id, block.id):
        world.runner.verify(id)


def applied(world: World, block: Case) -> None:
    act = BlockOrdered(due=world.clock.now + timedelta(days=300), by=OFFICER)
    for signer in SIGNERS:
        world.runner.apply(block.id, Approved(proposal=world.runner.proposal(block.id, act), by=signer))
    block = world.runner.apply(block.id, act)
    for isp in ("isp-a", "isp-b"):
        mine = {c.id: "disabled" for c in block.contents if c.party == isp}
        world.runner.apply(block.id, EffectGiven(outcomes=mine, by=Actor(isp, {"isp"}, isp)))
    world.runner.tick()


def lifted(world: World, block: Case) -> None:
    world.runner.apply(block.id, BlockLifted(grounds="agreed", by=OFFICER))
    for isp in ("isp-a", "isp-b"):
        world.runner.apply(block.id, Restored(by=Actor(isp, {"isp"}, isp)))
    world.runner.apply(block.id, NormalisationVerified(by=OFFICER))
    world.runner.tick()


def awaited(case: Case) -> set[tuple[str, str]]:
    return {(w.who, w.what) for w in case.waiting_for()}


@pytest.mark.parametrize("first", ["content", "block"])
def test_an_order_without_effect_ends_only_when_content_and_network_are_as_they_were(world: World, first: str) -> None:
    case, block = blocked(world)
    applied(world, block)
    world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR))
    case = world.runner.apply(case.id, OrderVoided(reason="no basis", by=Actor("court", {"court"})))
    assert {("authority", "normalise"), ("platform", "reinstate")} <= awaited(case)
    if first == "content":
        case = world.runner.apply(case.id, Restored(by=MODERATOR))
        assert (case.state, case.final) == ("voided", False), "the block still stands"
        with pytest.raises(NotAllowed, match="the block of case .* stands"):
            world.runner.apply(case.id, Closed(by=OFFICER))
        lifted(world, block)
        case = world.runner.case(case.id)
        assert case.state == "normalised"
    else:
        lifted(world, block)
        case = world.runner.case(case.id)
        assert (case.state, case.final) == ("voided", False), "the channel is still down"
        case = world.runner.apply(case.id, Restored(by=MODERATOR))
        assert case.state == "restored"
    assert not {w for w in awaited(case) if w[1] in ("normalise", "reinstate")}


def test_a_channel_that_is_open_again_while_the_order_stands_awaits_the_ministry(world: World) -> None:
    case = issued(world)
    world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR))
    world.run_until(world.clock.now + timedelta(days=3), hours=12)
    case = world.runner.apply(case.id, Restored(by=MODERATOR))
    assert ("authority", "follow_up") in awaited(case)
    world.clock.advance(hours=1)
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR))
    assert ("authority", "follow_up") not in awaited(case)


def test_a_name_that_is_open_again_while_the_block_stands_awaits_the_ministry(world: World) -> None:
    _, block = blocked(world)
    applied(world, block)
    world.clock.advance(days=1)
    [first, *_] = [c.id for c in block.contents]
    block = world.runner.apply(block.id, Restored(contents=[first], by=Actor("isp-a", {"isp"}, "isp-a")))
    assert [w.contents for w in block.waiting_for() if w.what == "follow_up"] == [(first,)]
    world.clock.advance(hours=1)
    lifted(world, block)
    assert "follow_up" not in {w.what for w in world.runner.case(block.id).waiting_for()}


def test_whoever_has_blocked_is_reminded_of_the_block_when_the_channels_are_down(world: World) -> None:
    case, block = blocked(world)
    applied(world, block)
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR))
    assert case.state == "taken_down"
    assert ("authority", "normalise") in awaited(case)
    lifted(world, block)
    case = world.runner.case(case.id)
    assert case.state == "normalised"
    assert ("authority", "normalise") not in awaited(case)


def test_a_file_is_not_withdrawn_while_its_block_stands_nor_over_while_one_is_asked_for(world: World) -> None:
    case, block = blocked(world)
    case = world.runner.apply(case.id, OrderVoided(reason="no basis", by=Actor("court", {"court"})))
    case = world.runner.apply(case.id, Restored(by=MODERATOR))
    assert (case.state, ("authority", "normalise") in awaited(case)) == ("voided", True), "it can still be ordered"
    applied(world, block)
    with pytest.raises(NotAllowed, match="the block of case .* stands"):
        world.runner.apply(case.id, Withdrawn(reason="all is done", by=OFFICER))
    lifted(world, block)
    assert world.runner.case(case.id).state == "normalised"


def test_a_file_whose_order_has_no_effect_can_be_closed_once_nothing_is_to_be_restored(world: World) -> None:
    case = issued(world)
    case = world.runner.apply(case.id, OrderVoided(reason="no basis", by=Actor("court", {"court"})))
    assert world.runner.apply(case.id, Closed(by=OFFICER)).state == "closed"
    down = issued(world)
    world.runner.apply(down.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR))
    world.runner.apply(down.id, OrderVoided(by=Actor("court", {"court"})))
    with pytest.raises(NotAllowed, match="reinstate is still open"):
        world.runner.apply(down.id, Closed(by=OFFICER))


def test_a_block_without_its_form_is_not_opened_and_nothing_is_half_done(world: World) -> None:
    case = issued(world)
    world.run_until(START + timedelta(days=7), hours=6)
    before, entries = world.runner.case(case.id), world.runner.journal(case.id)
    assert before.state == "no_response"
    with pytest.raises(BadInput, match="grounds"):
        world.runner.apply(case.id, Escalated(instrument=Order(contents=["https://t.me/z"]), by=OFFICER))
    assert world.runner.case(case.id) == before
    assert world.runner.journal(case.id) == entries
    assert world.runner.count(parent=case.id) == 0


def test_that_the_same_day_begins_with_the_confirmation_is_an_open_question() -> None:
    sop = catalogue.find("id.kominfo_telegram_2017")
    assert sop.obligation_of["same_day_takedown"].basis.mark == "S"
    asked = page(sop).partition("## Open questions")[2].partition("\n## ")[0]
    assert "the day on which its receipt is confirmed is inferred (`S9`, **I**): `Acknowledged of order`" in asked


def test_nothing_of_july_is_cited_to_an_article_of_august() -> None:
    text = page(catalogue.find("id.kominfo_telegram_2017"))
    cited = set(re.findall(r"17 July 2017: a representative in Indonesia[^|]*\(`(\w+)`", text))
    assert cited == {"S3"}


def test_every_procedure_can_extend_hold_supersede_and_withdraw(world: World) -> None:
    case = issued(world)
    case = world.runner.apply(case.id, Acknowledged(message=order_id(case), by=MODERATOR))
    later = world.clock.now + timedelta(days=2)
    case = world.runner.apply(
        case.id, Extended(obligation="same_day_takedown", due=later, reason="holiday", by=OFFICER)
    )
    assert case.deadline("same_day_takedown").due == later  # type: ignore[union-attr]
    until = world.clock.now + timedelta(days=10)
    case = world.runner.apply(case.id, Held(role="reporter", until=until, reason="investigation", by=OFFICER))
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR))
    world.runner.deliver()
    assert not [m for m in world.post.taken if m.template == "outcome"]  # held back
    world.clock.set(until)
    world.runner.deliver()
    assert world.post.last("outcome").recipient_role == "reporter"
    other = issued(world)
    other = world.runner.apply(other.id, Superseded(case=case.id, by=OFFICER))
    assert (other.state, other.waiting_for()) == ("superseded", ())
    third = issued(world)
    third = world.runner.apply(third.id, Withdrawn(reason="wrong channel", by=OFFICER))
    assert (third.state, third.waiting_for()) == ("withdrawn", ())


def test_the_practice_of_2016_notices_nothing(world: World) -> None:
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "telegram"})
    case = world.runner.open("id.mail_practice_2016", notice, by=OFFICER)
    case = world.runner.apply(case.id, Issued(by=OFFICER))
    for _ in range(5):
        world.run_until(world.clock.now + timedelta(days=90), hours=24 * 30)
        case = world.runner.apply(case.id, MailRepeated(by=OFFICER))
    world.run_until(world.clock.now + timedelta(days=90), hours=24 * 30)
    case = world.runner.case(case.id)
    assert case.state == "mailed" and len(case.sent_as("mail")) == 6
    assert case.deadlines == () and world.incidents() == []
    assert case.waiting_for()[0].due is None


def test_the_checker_says_what_was_wrong_with_the_practice() -> None:
    report = check(catalogue.find("id.mail_practice_2016"), known=[catalogue.find("generic.network_block")])
    assert report.ok
    waits = {f.place for f in report.waived if f.code == "wait-without-clock"}
    assert {"state received", "state mailed"} <= waits
    assert any(f.code == "unconfirmed-message" for f in report.waived)


@pytest.mark.parametrize("name", catalogue.names())
def test_every_bundled_procedure_passes_the_checker(name: str) -> None:
    report = check(catalogue.find(name), known=[catalogue.find(n) for n in catalogue.names()])
    assert report.ok, str(report)


@pytest.mark.parametrize("name", catalogue.names())
def test_every_fact_of_a_bundled_procedure_names_a_source_and_a_mark(name: str) -> None:
    procedure = catalogue.find(name)
    for rule in (*procedure.states, *procedure.transitions, *procedure.obligations, *procedure.roles):
        assert rule.basis.text and rule.basis.mark in "VSMI", rule
    for form in procedure.forms:
        assert all(field.basis.text for field in form.fields)
    for send in procedure.send_of.values():
        assert send.basis is not None, send.template


def test_linked_case_facts_come_only_from_the_case_that_was_opened(world: World) -> None:
    case, block = blocked(world)
    told = LinkedCase(case=block.id, procedure=block.procedure, milestone="normalised", by=OFFICER)
    with pytest.raises(NotAllowed, match="only system may state this"):
        world.runner.apply(case.id, told)
