"""The tools for users' own tests: clock, notifier contract, scenarios, walks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, final

import attrs
import pytest
import trio
from attrs import frozen

import sopflow.testing
from sopflow import catalogue
from sopflow.case import Actor
from sopflow.errors import BadInput, DeliveryError
from sopflow.events import Acknowledged, Act, EffectGiven, Issued, Notice, Rejected, Verified, Withdrawn
from sopflow.rules import STAY, Transition
from sopflow.step import Receipt
from sopflow.testing import (
    AsyncNotifierContract,
    Clock,
    ContractBroken,
    NotifierContract,
    check_notifier,
    given,
    walks,
)
from sopflow.testing._sample import SAMPLE

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


# --- the package ---------------------------------------------------------------------------------------------------


def test_all_public_names_are_there_and_sorted() -> None:
    names = sopflow.testing.__all__
    assert names == sorted(names)
    assert all(getattr(sopflow.testing, name).__doc__ for name in names)


def test_no_test_framework_is_imported() -> None:
    code = "import sys, sopflow.testing; print(sorted({'pytest', 'unittest', 'hypothesis', 'trio'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# --- the clock -----------------------------------------------------------------------------------------------------


def test_the_clock_stands_still_until_told_otherwise() -> None:
    clock = Clock(START)
    assert clock() == clock.now == START
    assert clock.advance(hours=1, minutes=30) == START + timedelta(hours=1.5) == clock()
    assert clock.set(START) == clock.now


def test_the_clock_speaks_utc_whatever_zone_it_is_set_in() -> None:
    clock = Clock(datetime(2017, 7, 14, 11, tzinfo=timezone(timedelta(hours=7))))
    assert clock.now.isoformat() == "2017-07-14T04:00:00+00:00"


def test_a_clock_without_a_time_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="add the time zone"):
        Clock(datetime(2026, 3, 2))
    with pytest.raises(BadInput, match="add the time zone"):
        Clock(START).set(datetime(2026, 3, 2))


# --- notifiers -----------------------------------------------------------------------------------------------------


class Good:
    def send(self, message: Any) -> Receipt | None:
        if "@" not in message.address or "\n" in message.address + message.subject:
            raise DeliveryError("the address or subject cannot be used", permanent=True)
        return Receipt(reference="250 OK", proof=b"250 OK")


class GoodAsync:
    async def send(self, message: Any) -> Receipt | None:
        return Good().send(message)


class Down:
    def send(self, message: Any) -> None:
        raise DeliveryError("connection refused")


class Changes(Good):
    def send(self, message: Any) -> Receipt | None:
        object.__setattr__(message, "attempts", message.attempts + 1)
        return super().send(message)


class ReturnsTrue(Good):
    def send(self, message: Any) -> Any:
        return True


class TextProof(Good):
    def send(self, message: Any) -> Any:
        return attrs.evolve(super().send(message) or Receipt(), proof="250 OK")


class OnlyOnce(Good):
    def __init__(self) -> None:
        self.seen: set[str] = set()

    def send(self, message: Any) -> Receipt | None:
        if message.id in self.seen:
            raise DeliveryError("sent already")
        self.seen.add(message.id)
        return super().send(message)


class Ascii(Good):
    def send(self, message: Any) -> Receipt | None:
        (message.subject + message.body).encode("ascii")
        return super().send(message)


class LeaksSocketErrors(Good):
    def send(self, message: Any) -> Receipt | None:
        if "@" not in message.address:
            raise ConnectionError("no route")
        return super().send(message)


class TellsTheAddress(Good):
    def send(self, message: Any) -> Receipt | None:
        if "@" not in message.address:
            raise DeliveryError(f"cannot send to {message.address}")
        return super().send(message)


class Silent(Good):
    def send(self, message: Any) -> None:
        return None


class GivesUp:
    def send(self, message: Any) -> None:
        raise DeliveryError("connection refused", permanent=True)


def test_a_good_notifier_is_accepted_in_both_colours() -> None:
    assert len(check_notifier(Good)) == 5
    assert len(check_notifier(Good, unreachable=Down)) == 6
    for make in (Good, GoodAsync):
        for run in (asyncio.run, lambda main: trio.run(lambda: main)):
            assert len(run(AsyncNotifierContract(make, unreachable=Down).run())) == 6  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("make", "unreachable", "check", "words"),
    [
        (Changes, None, "send_leaves_the_message_as_it_is", "changed the message"),
        (ReturnsTrue, None, "send_returns_a_receipt_or_none", "returned True"),
        (TextProof, None, "send_returns_a_receipt_or_none", "where bytes is due"),
        (OnlyOnce, None, "a_second_send_of_one_message_is_harmless", "sent already"),
        (Ascii, None, "texts_of_every_script_are_sent", "UnicodeEncodeError"),
        (LeaksSocketErrors, None, "failures_are_delivery_errors", "ConnectionError instead of a DeliveryError"),
        (TellsTheAddress, None, "failures_are_delivery_errors", "address into a reason"),
        (Good, Silent, "silence_of_the_other_side_is_a_delivery_error", "would count as sent"),
        (Good, GivesUp, "silence_of_the_other_side_is_a_delivery_error", "for good"),
        (GoodAsync, None, "send_returns_a_receipt_or_none", "AsyncRunner"),
    ],
)
def test_a_broken_notifier_is_rejected_with_the_fault_named(
    make: Any, unreachable: Any, check: str, words: str
) -> None:
    contract = NotifierContract(make, unreachable=unreachable)
    with pytest.raises(ContractBroken) as broken:
        contract.run(check)
    assert broken.value.sentence.startswith("the notifier ")
    assert words in str(broken.value)
    with pytest.raises(ContractBroken):
        contract.run()


# --- scenarios -----------------------------------------------------------------------------------------------------

NOTICE = Notice(contents=["https://site.example/1"], parties={"platform": "platform-a", "reporter": "reporter-1"})


def opened(**options: Any) -> Any:
    return given(SAMPLE, **options).opened(NOTICE, by="authority")


def test_a_scenario_tells_a_case_from_first_to_last() -> None:
    scenario = (
        opened()
        .then_state("received")
        .then_waiting_for("authority")
        .when(Issued(), by="authority")
        .then_state("ordered")
        .then_sent("order")
        .then_sent("order", to="platform")
        .then_not_sent("answer")
        .then_waiting_for("platform", "answer")
        .when(lambda case: Acknowledged(message=case.messages[-1].id), by="platform")
        .then_deadline("answer", "running")
        .after(hours=1)
        .when(EffectGiven(outcomes={"c1": "removed"}), by=Actor("desk-1", {"platform"}))
        .then_outcome("removed")
        .then_outcome("removed", "c1")
        .then_deadline("answer", "met")
        .then_proved()
    )
    assert scenario.case.final is False
    assert [m.template for m in scenario.sent] == ["order"]
    assert scenario.message("order").status == "acknowledged"


def test_time_that_passes_rings_every_clock_on_its_way_at_its_instant() -> None:
    scenario = opened().when(Issued(), by="authority").after(hours=100)
    passings = [e for e in scenario.runner.journal("case-1") if e.event.startswith("Deadline")]
    assert [e.doc["at"] for e in passings] == [e.doc["now"] for e in passings]
    assert [e.doc["now"][:16] for e in passings] == ["2026-03-03T09:00", "2026-03-04T09:00"]
    assert scenario.clock.now == START + timedelta(hours=100)
    scenario.then_deadline("answer", "expired").then_incident("deadline_missed").then_incident("ladder_exhausted")


def test_an_event_of_later_moves_the_clock_and_one_of_earlier_does_not() -> None:
    scenario = opened().when(Issued(), by="authority", at=START + timedelta(hours=2))
    assert scenario.clock.now == START + timedelta(hours=2)
    early = START + timedelta(hours=1)
    scenario.when(EffectGiven(outcomes={"c1": "removed"}), by="platform", at=early).then_state("complied")
    assert scenario.clock.now == START + timedelta(hours=2)
    assert scenario.case.contents[0].since == early


def test_a_refusal_is_asked_for_by_a_part_of_its_reasons() -> None:
    scenario = opened().when(Issued(), by="platform").then_refused("needs one of the roles authority")
    scenario.when(lambda _: Rejected(reason="unfounded"), by="authority").then_state("refused")
    with pytest.raises(AssertionError, match=r"expected a refusal with 'quorum'; seen: .*final"):
        scenario.when(Verified(), by="authority").then_refused("quorum")


def test_a_refusal_that_nobody_asked_about_fails() -> None:
    with pytest.raises(AssertionError, match="then_refused"):
        opened().when(Issued(), by="platform").then_state("received")
    with pytest.raises(AssertionError, match="then_refused"), opened() as scenario:
        scenario.when(Issued(), by="platform")


def test_an_opening_may_be_refused() -> None:
    given(SAMPLE).opened(NOTICE, by="platform").then_refused("only authority, reporter may state this")


@pytest.mark.parametrize(
    ("fails", "words"),
    [
        (lambda s: s.then_state("closed"), "expected state 'closed'; seen: state 'ordered'"),
        (lambda s: s.then_refused("x"), "expected a refusal with 'x'; seen: it was recorded, state 'ordered'"),
        (lambda s: s.then_waiting_for("court"), "expected to wait for 'court'; seen: platform"),
        (lambda s: s.then_sent("answer"), "expected 'answer' to have been sent; seen: order to platform (sent)"),
        (lambda s: s.then_not_sent("order"), "expected no 'order' to have been sent; seen: order"),
        (lambda s: s.then_outcome("removed"), "expected every content to be 'removed'; seen: c1 is pending"),
        (lambda s: s.then_deadline("answer", "met"), "expected 'answer' to be met; seen: "),
        (lambda s: s.then_incident("failed"), "expected an incident 'failed'; seen: no open incidents"),
        (lambda s: s.message("answer"), "expected a message 'answer'; seen: order"),
    ],
)
def test_a_failed_expectation_says_what_was_expected_and_seen(fails: Any, words: str) -> None:
    with pytest.raises(AssertionError) as failed:
        fails(opened().when(Issued(), by="authority"))
    assert words in str(failed.value)
    assert "2. 2026-03-02T09:00:00 Issued -> ordered" in str(failed.value)


def test_a_case_must_be_opened_first() -> None:
    with pytest.raises(AssertionError, match="begin with opened"):
        given(SAMPLE).then_state("received")


def test_messages_of_the_other_side_are_expected_not_sent() -> None:
    scenario = opened(acting_as={"platform"}).when(Issued(), by="authority").then_not_sent("order")
    assert scenario.message("order").status == "expected"
    assert scenario.sent == ()


# --- walks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", catalogue.names())
def test_walks_drive_every_procedure_of_the_catalogue_and_each_can_be_proved(name: str) -> None:
    rules = catalogue.find(name)
    others = [catalogue.find("generic.network_block")] if name != "generic.network_block" else []
    recorded: set[str] = set()
    for walk in walks(rules, seed=1, length=25, n=25, others=others):
        walk.runner.verify(walk.case.id)
        assert [i.detail for i in walk.runner.incidents() if i.kind == "failed"] == []
        recorded.update(walk.recorded)
        assert set(walk.skipped) <= (set() if rules.obligations else {"Extended"})
    assert len(recorded) >= 8


def test_the_same_seed_gives_the_same_walks() -> None:
    def story(seed: int) -> list[Any]:
        return [(w.number, w.case, w.recorded, w.refused) for w in walks(SAMPLE, seed=seed, n=5)]

    assert story(1) == story(1)
    assert story(1) != story(2)


@final
@frozen(kw_only=True)
class Weighed(Act):
    """An act whose field no walk can guess."""

    scale: complex


def test_an_event_that_cannot_be_made_up_is_named_and_may_be_handed_in() -> None:
    rules = SAMPLE.extend(
        id="contract.weighed",
        transitions=[
            Transition(on=Weighed, source="received", target=STAY, by="authority", basis=SAMPLE.transitions[0].basis)
        ],
    )
    found = list(walks(rules, seed=1, n=10))
    assert {name for walk in found for name in walk.skipped} == {"Weighed"}

    found = list(walks(rules, seed=1, n=10, makers={Weighed: lambda random, case, now: None}))
    assert {name for walk in found for name in walk.skipped} == {"Weighed"}

    made = {Withdrawn: lambda random, case, now: Withdrawn(reason=f"at {case.state}")}
    found = list(walks(SAMPLE, seed=1, n=10, makers=made))
    assert any("Withdrawn" in walk.recorded for walk in found)
