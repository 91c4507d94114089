"""What a letter says to whoever gets it: the same to the next contact as to the first, what was decided, on what it rests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sopflow import (
    ClarificationGiven,
    ClarificationRequested,
    EffectGiven,
    Event,
    Notice,
    Order,
    Outgoing,
    Refused,
    Request,
    Unsent,
    Verified,
    catalogue,
)
from sopflow.case import SYSTEM
from sopflow.catalogue._scripts.india import REPORT
from sopflow.catalogue.australia import RemovalNoticeGiven
from sopflow.catalogue.eu_dsa_notice import DecisionUpheld
from sopflow.catalogue.india import Intimated
from sopflow.catalogue.indonesia_pm5 import DataRequested, TakedownOrdered, Warned
from sopflow.catalogue.indonesia_saman import Notified
from sopflow.catalogue.singapore import KINDS, DirectionGiven
from sopflow.catalogue.united_kingdom import DecisionUpheld as Upheld
from sopflow.renderers import JinjaRenderer
from sopflow.testing import given

from .test_parts import Walk, dmca, removed, tco
from .test_pieces import about, complaint, confirmed, contested, dsa_notice, images, later, provider, saman, taken_down
from .test_undone import australia, india, singapore
from .world import z


def letters(walk: Walk, template: str) -> list[Outgoing]:
    return [m for m in walk.world.post.taken if m.template == template]


def data(message: Outgoing) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message.data)
    return found


# --- again, and to the next -------------------------------------------------------------------------------------------


def test_the_next_contact_is_told_the_same_reason() -> None:
    walk = confirmed(tco(), "order")
    walk.do(ClarificationRequested(contents="c1", reason="which one?"), "platform")
    walk.do(ClarificationGiven(contents="c1", reason="the one of 2 March"), "authority")
    later(walk, hours=60)
    first, *others = letters(walk, "clarification")
    assert {m.contact for m in others} - {first.contact}, "silence climbs"
    assert all("the one of 2 March" in m.body and data(m)["reason"] == data(first)["reason"] for m in [first, *others])


def test_a_reminder_goes_out_under_the_same_number_and_on_the_same_basis() -> None:
    walk = Walk("au.osa_removal_notice", Notice, "authority", {"platform": "hoster"})
    walk.do(RemovalNoticeGiven(section="77", reference="77-1"), "authority")
    later(walk, hours=60)
    sent = letters(walk, "removal_notice")
    assert len(sent) > 2
    assert {data(m)["reference"] for m in sent} == {"77-1"}
    assert {json.dumps(data(m)["basis"]) for m in sent} == {json.dumps(data(sent[0])["basis"])}


def test_a_copy_of_a_counter_notice_stays_one_when_it_goes_to_the_next_contact() -> None:
    walk = taken_down(dmca())
    walk.do(contested("c2"), "subscriber")
    first = walk.case.sent_as("counter_notice_copy")[-1]
    walk.world.runner.apply(walk.case.id, Unsent(message=first.id, reason="mailbox full"), by=SYSTEM)
    walk.world.runner.deliver()
    one, other = letters(walk, "counter_notice_copy")
    assert data(one)["instrument"] == data(other)["instrument"]
    assert data(one)["instrument"]["kind"] == "counter_notice"
    assert data(one)["contents"] == data(other)["contents"]


def test_what_later_entries_say_does_not_take_the_place_of_what_earlier_ones_said() -> None:
    walk = confirmed(tco(), "order")
    walk.do(ClarificationRequested(contents="c1", reason="which one?"), "platform")
    asked = walk.case.revision
    walk.do(ClarificationRequested(contents="c2", reason="and this?"), "platform")
    known = walk.world.runner.personal(walk.case.id)
    assert (known[f"{asked}:reason"], known[f"{walk.case.revision}:reason"]) == ("which one?", "and this?")


# --- what makes it effective -------------------------------------------------------------------------------------------


def warned(name: str, order: str, *fines: str) -> Walk:
    walk = Walk(name, Request, "authority", {"platform": "hoster"}, "agency")
    if name == "id.saman":
        walk.do(Verified(), "authority")
        walk.do(Notified(), "authority")
        later(confirmed(walk, "notification"), hours=25)
    walk.do(TakedownOrdered(), "authority")
    confirmed(walk, order)
    for fine in fines:
        later(walk, hours=25)
        walk.do(Warned(reference="T-1", fine=fine), "authority")
    return walk


def written(begin: Callable[[], Walk], renderer: Any) -> Walk:
    """Return a walk whose letters from now on are written by this renderer; None for the default one."""
    walk = begin()
    if renderer is not None:
        walk.world.runner._renderer = renderer
    return walk


BOTH = pytest.mark.parametrize("renderer", [None, JinjaRenderer()], ids=["plain", "jinja"])


@BOTH
def test_a_warning_letter_states_the_fine_to_each_contact_and_none_where_it_imposes_none(renderer: Any) -> None:
    for name, template, before in (("id.pm5_2020", "warning_letter", ()), ("id.saman", "st2_letter", ("",))):
        walk = later(written(lambda name=name, before=before: warned(name, "order", *before), renderer), hours=25)
        walk.do(Warned(reference="T-2", fine="IDR 78125000"), "authority")
        later(walk, hours=60)
        sent = letters(walk, template)
        assert len({m.contact for m in sent}) > 1, "silence climbs"
        assert all("IDR 78125000" in m.body and data(m)["said"] == {"fine": "IDR 78125000"} for m in sent)
    unfined = written(lambda: later(warned("id.pm5_2020", "order"), hours=25), renderer)
    unfined.do(Warned(reference="T-1"), "authority")
    [letter] = letters(unfined, "warning_letter")
    assert data(letter)["said"] == {"fine": ""}
    assert "Denda: -" in letter.body if renderer is None else "fine" not in letter.body.lower()


@BOTH
def test_a_request_for_data_says_which_data_for_what_and_for_whom_to_each_contact(renderer: Any) -> None:
    walk = written(lambda: warned("id.pm5_2020", "order"), renderer)
    asked = DataRequested(authority="Polri", purpose="investigation 7", description="the subscriber of c1")
    walk.do(asked, "authority")
    later(walk, hours=60)
    sent = letters(walk, "data_request")
    assert len({m.contact for m in sent}) > 1
    assert all(text in m.body for m in sent for text in ("Polri", "investigation 7", "the subscriber of c1"))
    assert "investigation" not in str([m.said for m in walk.case.messages]), (
        "what is personal is in the side rows alone"
    )


@BOTH
def test_a_direction_states_the_time_that_it_sets_also_when_that_has_passed(renderer: Any) -> None:
    walk = written(lambda: Walk("sg.ocha_direction", Order, "authority", {"platform": "hoster"}), renderer)
    walk.do(DirectionGiven(due=z("2026-03-02 11:30"), direction=KINDS[0]), "authority")
    later(walk, hours=30)
    sent = letters(walk, "direction")
    assert len(sent) > 2
    assert all("by 2026-03-02 11:30 UTC" in m.body for m in sent)


@BOTH
@pytest.mark.parametrize(("day", "hours"), [("2026-01-05", "36 h"), ("2026-03-02", "3 h")])
def test_an_intimation_says_how_many_hours_there_are(day: str, hours: str, renderer: Any) -> None:
    rules = catalogue.find("in.it_rules_3_1_d", on=z(f"{day} 09:00").date())
    options = {} if renderer is None else {"renderer": renderer}
    with given(rules, at=z(f"{day} 09:00"), **options).opened(REPORT, by="authority") as desk:
        desk.when(Intimated(rank="dig"), by="authorised_officer")
        assert f"within {hours} of receipt" in desk.sent[-1].body


# --- on what it rests, and what may be answered ------------------------------------------------------------------------


def test_a_notice_cites_the_section_under_which_it_is_given() -> None:
    walk = australia()
    basis = " ".join(b["text"] for b in data(letters(walk, "removal_notice")[0])["basis"])
    assert "s. 77(1)" in basis
    assert "s. 88" not in basis


@pytest.mark.parametrize(
    ("begin", "template", "refusable"),
    [(australia, "removal_notice", False), (singapore, "direction", False), (india, "order", False), (saman, "notification", True)],
    ids=["au", "sg", "in", "saman"],
)  # fmt: skip
def test_nobody_is_invited_to_refuse_what_is_to_be_done(
    begin: Callable[[], Walk], template: str, refusable: bool
) -> None:
    walk = begin()
    assert ("refuse" in data(letters(walk, template)[0])["redress"]) is refusable
    walk.do(Refused(reason="it is satire"), "platform")
    assert set(walk.case.outcomes().values()) == {"refused"}, "what is said is recorded all the same"


# --- what was done, and when --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("renderer", [None, JinjaRenderer()], ids=["plain", "jinja"])
def test_the_authority_is_told_what_was_done_and_when(renderer: Any) -> None:
    walk = provider()
    if renderer is not None:
        walk.world.runner._renderer = renderer
    walk.do(removed("c1"), "platform")
    at = walk.world.clock.now
    [told] = letters(walk, "feedback")
    assert f"{at:%Y-%m-%d %H:%M}" in told.body
    assert "received at 2026-03-02 09:00" in told.body
    assert [c["since"] for c in data(told)["contents"]] == [f"{at:%Y-%m-%dT%H:%M:%S}.000000Z", "", ""]


def test_a_user_is_not_told_of_a_removal_where_nothing_was_found() -> None:
    walk = provider()
    walk.do(EffectGiven(outcomes=dict.fromkeys(("c1", "c2", "c3"), "not_found")), "platform")
    assert walk.case.state == "executed"
    assert letters(walk, "feedback")
    assert not letters(walk, "user_information")
    assert not about(walk, "ask_scrutiny_user")


# --- complaints ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "upheld", "reporter"),
    [(dsa_notice, DecisionUpheld, "notifier"), (images, Upheld, "reporter")],
    ids=["dsa", "uk"],
)
def test_who_complained_is_told_that_the_decision_stands_and_why(
    begin: Callable[[], Walk], upheld: Callable[..., Event], reporter: str
) -> None:
    walk = begin()
    walk.do(EffectGiven(outcomes={"c1": "removed", "c2": "refused", "c3": "removed"}), "platform")
    walk.do(complaint("c1"), "user")
    walk.do(complaint("c2"), reporter)
    walk.do(upheld(contents="c1", reason="it is no satire"), "reviewer")
    [told] = letters(walk, "complaint_reply")
    assert (told.recipient_role, [c["id"] for c in data(told)["contents"]]) == ("user", ["c1"])
    assert "it is no satire" in told.body
    walk.do(upheld(contents="c2", reason="it is lawful"), "reviewer")
    assert [m.recipient_role for m in letters(walk, "complaint_reply")] == ["user", reporter]
    walk.do(complaint("c1", "c2"), "platform")
    walk.do(upheld(reason="still"), "reviewer")
    assert [m.recipient_role for m in letters(walk, "complaint_reply")][2:] == ["user", reporter]
    assert not about(walk, "tell_complainant")
