"""What comes in under an id that was used: the same again is a repetition, and anything else is taken in for itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import Actor, EffectGiven, Notice, Runner, catalogue
from sopflow.ports import Inbound
from sopflow.stores import open_store
from sopflow.testing import Clock

from .test_promises import START

REPORTER, PLATFORM = Actor("r", {"reporter"}), Actor("desk", {"platform"}, "platform")


@pytest.fixture(params=["memory:", "sqlite:///{}/cases.db"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    """A runner with the cases a and b."""
    made = Runner(
        store=open_store(request.param.format(tmp_path)),
        procedures=[catalogue.find("us.take_it_down")],
        acting_as={"platform"},
        clock=Clock(START),
        max_drift=None,
    )
    for id in ("a", "b"):
        notice = Notice(contents=[f"https://{id}.example/1"], parties={"user": "u", "reporter": "r"})
        made.open("us.take_it_down", notice, by=REPORTER, case_id=id)
    return made


def item(case: str = "a", outcome: str = "removed", **more: Any) -> Inbound:
    event = EffectGiven(outcomes={"c1": outcome}, by=PLATFORM, at=more.pop("at", None))
    return Inbound(
        **{"id": "m1", "sender": "x", "authenticated": True, "case": case, "event": event, "raw": b"1", **more}
    )


def told(desk: Runner) -> list[str]:
    return [i.kind for i in desk.incidents() if i.id.startswith("inbox/")]


OTHERS = [
    (item("b"), item("b")),
    (item("b", raw=b"2"), item("b", raw=b"2")),
    (item(outcome="not_found"), item(outcome="not_found")),
    (item(raw=b"2"), item(raw=b"2")),
]


@pytest.mark.parametrize(("other", "again"), OTHERS, ids=["case", "case and bytes", "event", "bytes"])
def test_something_else_under_a_used_id_is_worked_and_a_person_is_told(desk: Runner, other: Any, again: Any) -> None:
    first = desk.receive(item())
    got = desk.receive(other)
    assert (got.status, got.case, got.raw) == ("applied", other.case, other.raw)
    assert got.id.startswith("m1#") and told(desk) == ["ambiguous"]
    assert desk.receive(again).id == got.id, "each of the two is recognised when it comes again"
    assert desk.receive(item()).id == first.id == "m1"
    assert len(desk.inbox()) == 2 and told(desk) == ["ambiguous"]
    assert sum(len(desk.journal(id)) for id in ("a", "b")) == 4


def test_what_nobody_vouches_for_stands_in_nobodys_way(desk: Runner) -> None:
    for _ in range(2):
        assert desk.receive(item(authenticated=False)).status == "rejected"
    for _ in range(2):
        assert desk.receive(item()).status == "applied"
    assert desk.case("a").outcomes() == {"c1": "removed"}
    assert len(desk.inbox()) == 2 and told(desk) == ["rejected"]


def test_what_nobody_vouches_for_is_kept_beside_what_was_applied(desk: Runner) -> None:
    assert desk.receive(item()).status == "applied"
    assert desk.receive(item(raw=b"forged", authenticated=False)).status == "rejected"
    assert [i.raw for i in desk.inbox(status="rejected")] == [b"forged"]
    assert len(desk.journal("a")) == 2 and told(desk) == ["rejected"]


def test_the_derived_id_of_another_can_be_taken_by_nobody(desk: Runner) -> None:
    desk.receive(item())
    derived = desk.receive(item("b")).id
    other = desk.receive(item("b", outcome="not_found", id=derived))
    assert other.status == "applied" and other.id not in ("m1", derived)
    assert len(desk.inbox()) == 3 and len(desk.journal("b")) == 3


def test_the_present_instant_makes_no_other_item_of_the_same_bytes(desk: Runner) -> None:
    """Receivers that are told no instant state the one at which they were called."""
    desk.receive(item(at=START))
    assert desk.receive(item(at=START + timedelta(seconds=1))).id == "m1"
    assert len(desk.journal("a")) == 2 and told(desk) == []


def test_without_bytes_another_instant_is_another_statement(desk: Runner) -> None:
    desk.receive(item(raw=b"", at=START - timedelta(hours=1)))
    assert desk.receive(item(raw=b"", at=START)).id != "m1"
    assert len(desk.journal("a")) == 3


def test_a_repetition_is_one_after_an_erasure_too_and_nothing_else_is(desk: Runner) -> None:
    desk.receive(item())
    desk.erase("a")
    assert [i.raw for i in desk.inbox()] == [b""]
    assert desk.receive(item()).id == "m1" and len(desk.journal("a")) == 2
    assert desk.receive(item("b")).status == "applied"
    assert desk.case("b").outcomes() == {"c1": "removed"}


def test_what_was_kept_before_there_were_digests_is_known_by_its_bytes(desk: Runner) -> None:
    with desk.store.session() as session:
        session.keep("default", item(received_at=START, status="rejected"), None)
    assert desk.receive(item()).status == "rejected"
    assert desk.receive(item(raw=b"2")).status == "applied"


def test_a_receiver_may_say_what_is_the_same(desk: Runner) -> None:
    desk.receive(item(digest="letter 1"))
    assert desk.receive(item(raw=b"by another way", digest="letter 1")).id == "m1"
    assert desk.receive(item(digest="letter 2")).id != "m1"


def test_an_id_of_any_length_finds_room(desk: Runner) -> None:
    long = "m" * 290
    desk.receive(item(id=long))
    assert desk.receive(item("b", id=long)).status == "applied"
    assert max(len(i.id) for i in desk.inbox()) == 290


def test_the_order_in_which_outcomes_are_told_makes_no_other_item(desk: Runner) -> None:
    def told_of(*ids: str) -> Inbound:
        outcomes = dict.fromkeys(ids, "removed")
        return attrs.evolve(item(), event=EffectGiven(outcomes=outcomes, by=PLATFORM))

    assert desk.receive(told_of("c1", "c2")).id == desk.receive(told_of("c2", "c1")).id
    assert len(desk.inbox()) == 1
