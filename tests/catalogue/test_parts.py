"""Some contents of a case fare otherwise than the rest: what is taken back, clarified, restored or contested in part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import attrs
import pytest

from sopflow import (
    Actor,
    Case,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    CounterNotice,
    EffectGiven,
    Event,
    InstrumentReceived,
    Issued,
    Notice,
    Order,
    OrderVoided,
    Referral,
    Restored,
    Retracted,
    Verified,
    catalogue,
)
from sopflow.catalogue.eu_tco import PreInformationSpared

from .world import World, z

URLS = [f"https://site.example/{n}" for n in (1, 2, 3)]
LEFT = {"c1": "pending", "c3": "pending"}
FIELDS = {
    "country": "DE", "language": "de", "url": URLS[0], "urls": URLS[0], "yes": "yes", "email": "a@example.org",
}  # fmt: skip


class Walk:
    """One case of three contents, and the events that somebody states."""

    def __init__(
        self, name: str, kind: Any, acting: str, parties: dict[str, str], by: str = "", urls: Sequence[str] = URLS
    ) -> None:
        rules = catalogue.find(name)
        form = rules.form_of.get(kind.kind)
        fields = form.fields if form is not None else ()
        filled = {f.name: f.choices[0] if f.choices else FIELDS.get(f.kind, "given") for f in fields if f.required}
        self.world = World(z("2026-03-02 09:00"), acting, {party: ["email", "chat"] for party in parties.values()})
        instrument = kind(contents=urls, parties=parties, form=filled)
        self.case: Case = self.world.runner.open(name, instrument, by=Actor("opener", {by or acting}, "office"))

    def do(self, event: Event, by: str) -> Case:
        self.world.clock.advance(minutes=1)
        runner = self.world.runner
        runner.apply(self.case.id, attrs.evolve(event, by=Actor(f"{by}-1", {by}, f"{by}-office")))
        runner.deliver()
        runner.verify(self.case.id)
        self.case = runner.case(self.case.id)
        return self.case

    def told(self, template: str) -> list[dict[str, str]]:
        """Return the contents, with their outcomes, of every letter of a template, where text and data agree."""
        found = []
        for message in self.world.post.taken:
            if message.template == template:
                contents = {c["id"]: c["outcome"] for c in json.loads(message.data)["contents"]}
                assert all((f"  c{n}  " in message.body or f"  c{n} [" in message.body) is (f"c{n}" in contents)
                           for n in (1, 2, 3))  # fmt: skip
                found.append(contents)
        return found


def dsa_order() -> Walk:
    return Walk("eu.dsa_order", Order, "authority", {"platform": "hoster", "coordinator": "home", "user": "up"})


def dmca(urls: Sequence[str] = URLS) -> Walk:
    walk = Walk("us.dmca_512", Notice, "platform", {"complainant": "owner", "subscriber": "user"}, "complainant", urls)
    walk.do(Verified(), "platform")
    return walk


def tco() -> Walk:
    walk = Walk("eu.tco_2021_784", Order, "authority", {"platform": "hoster", "home_authority": "home", "user": "up"})
    walk.do(PreInformationSpared(ground="emergency"), "authority")
    walk.do(Issued(), "authority")
    return walk


def removed(*ids: str) -> EffectGiven:
    return EffectGiven(outcomes=dict.fromkeys(ids, "removed"), reason="it breaks the law")


def test_an_order_asks_for_nothing_that_was_voided_before_it_went_out() -> None:
    walk = dsa_order()
    walk.do(OrderVoided(contents="c2"), "court")
    walk.do(Issued(), "authority")
    assert walk.told("order") == [LEFT]
    assert walk.do(removed("c1", "c3"), "platform").state == "effect_given", "no more was asked for"
    assert walk.do(Closed(), "authority").final


def test_an_order_that_is_repeated_asks_for_nothing_that_was_voided_meanwhile() -> None:
    walk = dsa_order()
    walk.do(Issued(), "authority")
    walk.do(OrderVoided(contents="c2"), "court")
    walk.world.run_until(walk.world.clock.now + timedelta(hours=60), 6)
    first, *later = walk.told("order")
    assert (list(first), len(later) > 0) == (["c1", "c2", "c3"], True)
    assert all(each == LEFT for each in later)
    assert set(map(tuple, walk.told("void"))) == {("c2",)}


def test_what_is_taken_down_though_its_order_was_voided_is_an_incident() -> None:
    walk = tco()
    walk.do(OrderVoided(contents="c2"), "court")
    walk.do(removed("c1", "c2"), "platform")
    [incident] = walk.world.runner.incidents()
    assert (incident.kind, incident.detail.partition(":")[0]) == ("taken_back", "c2")


def test_what_was_taken_down_before_its_order_was_voided_is_none_though_it_is_learnt_later() -> None:
    walk = tco()
    before = walk.world.clock.now
    walk.world.clock.advance(minutes=5)
    walk.do(OrderVoided(contents="c2"), "court")
    walk.do(attrs.evolve(removed("c2"), at=before), "platform")
    assert walk.world.incidents() == []


def test_an_order_voided_in_part_is_executed_by_what_is_left() -> None:
    walk = tco()
    walk.do(OrderVoided(contents="c2"), "court")
    assert walk.do(removed("c1", "c3"), "platform").state == "executed"


def test_what_was_taken_back_while_it_was_down_is_still_to_come_back() -> None:
    walk = tco()
    walk.do(removed("c2"), "platform")
    walk.do(OrderVoided(contents="c2"), "court")
    case = walk.do(removed("c1", "c3"), "platform")
    assert case.state == "executed"
    [clock] = [d for d in case.deadlines if d.obligation == "reinstate" and d.is_open]
    assert clock.contents == ("c2",)


def test_a_referral_taken_back_in_part_goes_on_for_the_rest() -> None:
    walk = Walk("generic.referral", Referral, "authority", {"platform": "hoster", "partner": "home", "uploader": "up"})
    walk.do(Retracted(contents="c2"), "authority")
    walk.do(Issued(), "authority")
    assert walk.told("referral") == [LEFT]
    assert walk.do(removed("c1", "c3"), "platform").state == "removed"
    assert walk.do(Retracted(contents="c1"), "authority").state == "removed"
    assert walk.told("retraction") == [{"c1": "removed"}]
    assert walk.do(Retracted(contents="c3"), "authority").state == "retracted"


def test_a_notice_retracted_in_part_is_decided_for_the_rest_and_the_notifier_is_told() -> None:
    walk = Walk("eu.dsa_notice_action", Notice, "platform", {"notifier": "owner", "user": "up"}, "notifier")
    walk.do(Retracted(contents="c2"), "notifier")
    case = walk.do(EffectGiven(outcomes={"c1": "removed", "c3": "refused"}), "platform")
    assert case.state == "restricted"
    assert walk.told("decision") == [{"c1": "removed", "c3": "refused"}]


@pytest.mark.parametrize(
    ("name", "state"), [("us.dmca_512", "retracted_unremoved"), ("eu.dsa_notice_action", "retracted")]
)
def test_what_is_retracted_piece_by_piece_is_retracted(name: str, state: str) -> None:
    parties = (
        {"complainant": "owner", "subscriber": "user"} if name == "us.dmca_512" else {"notifier": "owner", "user": "up"}
    )
    walk = Walk(name, Notice, "platform", parties, by := next(iter(parties)))
    states = [walk.do(Retracted(contents=f"c{n}"), by).state for n in (1, 2, 3)]
    assert (states[0] == states[1] != states[2], states[2]) == (True, state)


def test_all_that_was_retracted_is_to_be_restored_not_only_the_first() -> None:
    walk = dmca()
    walk.do(removed("c1", "c2", "c3"), "platform")
    walk.do(Retracted(contents=("c1", "c2")), "complainant")
    case = walk.do(Restored(contents="c1"), "platform")
    [clock] = [d for d in case.deadlines if d.obligation == "restore"]
    assert clock.is_open, "c2 is still down"
    assert not walk.do(Restored(contents="c2"), "platform").deadline("restore").is_open  # type: ignore[union-attr]


def test_a_put_back_ends_no_case_in_which_something_is_still_to_be_removed() -> None:
    walk = dmca()
    walk.do(removed("c1"), "platform")
    counter = CounterNotice(contents=[URLS[0]], form=dict.fromkeys(
        ("signature", "material", "mistake_under_perjury", "contact_and_consent"), "given"))  # fmt: skip
    walk.do(InstrumentReceived(instrument=counter), "subscriber")
    walk.world.clock.advance(days=17)
    case = walk.do(Restored(contents="c1"), "platform")
    assert (case.state, case.final) == ("removed", False)
    assert walk.do(removed("c2", "c3"), "platform").outcomes() == {"c1": "restored", "c2": "removed", "c3": "removed"}
    assert walk.told("removal_notice")[-1] == {"c2": "removed", "c3": "removed"}


def test_nobody_is_told_of_a_removal_where_nothing_was_there() -> None:
    walk = dmca()
    assert walk.do(EffectGiven(outcomes=dict.fromkeys(("c1", "c2", "c3"), "not_found")), "platform").state == "removed"
    assert walk.told("removal_notice") == []


def test_a_counter_notice_about_something_else_is_an_incident() -> None:
    walk = dmca()
    walk.do(removed("c1", "c2", "c3"), "platform")
    for url, incidents in ((URLS[1], []), ("https://other.example/2", ["content_unknown"])):
        walk.do(InstrumentReceived(instrument=CounterNotice(contents=[url])), "subscriber")
        assert walk.world.incidents() == incidents
    assert [d.id for d in walk.case.deadlines if d.obligation == "removal" and d.is_open] == [], (
        "nobody has reported it"
    )


def test_what_only_a_counter_notice_names_is_not_owed_either_where_all_carries_one_date() -> None:
    walk = dmca()
    at = walk.world.clock.now
    walk.do(attrs.evolve(removed("c1", "c2", "c3"), at=at), "platform")
    counter = CounterNotice(contents=["https://other.example/2"])
    case = walk.do(InstrumentReceived(instrument=counter, at=at), "subscriber")
    assert [(d.contents, d.is_open) for d in case.deadlines if d.obligation == "removal"] == [
        (("c1", "c2", "c3"), False)
    ]


@pytest.mark.parametrize(
    "url", ["http://site.example/2", "https://www.site.example/2/", "HTTPS://Site.example/2#comments", URLS[1]]
)
def test_a_counter_notice_may_write_the_address_otherwise(url: str) -> None:
    walk = dmca()
    walk.do(removed("c1", "c2", "c3"), "platform")
    walk.do(InstrumentReceived(instrument=CounterNotice(contents=[url])), "subscriber")
    assert (list(walk.case.outcomes()), walk.world.incidents()) == (["c1", "c2", "c3"], [])
    assert [h.contents for h in walk.case.happenings if h.event == "InstrumentReceived"] == [{"c2": ""}]
    kept = walk.world.runner.personal(walk.case.id).get("named.c2", URLS[1])
    assert kept == url, "what came in is kept as it was written"
    assert url not in walk.world.runner.journal(walk.case.id)[-1].text


def test_an_address_that_could_be_two_of_them_is_a_question_to_a_person() -> None:
    urls = ["http://site.example/a", "https://site.example/a"]
    walk = dmca(urls)
    walk.do(removed("c1", "c2"), "platform")
    walk.do(InstrumentReceived(instrument=CounterNotice(contents=["https://www.site.example/a"])), "subscriber")
    assert walk.world.incidents() == ["content_unknown"]


def test_an_answer_to_a_question_changes_nothing_else() -> None:
    walk = tco()
    walk.do(removed("c2", "c3"), "platform")
    walk.do(ClarificationRequested(contents="c1"), "platform")
    case = walk.do(ClarificationGiven(reason="it is the second picture"), "authority")
    assert case.outcomes() == {"c1": "pending", "c2": "removed", "c3": "removed"}
    assert walk.do(removed("c1"), "platform").state == "executed"


def test_one_answer_does_not_answer_two_questions() -> None:
    walk = tco()
    walk.do(ClarificationRequested(contents="c1"), "platform")
    walk.do(ClarificationRequested(contents="c2"), "platform")
    case = walk.do(ClarificationGiven(contents="c1"), "authority")
    assert [d.contents for d in case.deadlines if d.obligation == "clarify" and d.is_open] == [("c2",)]
