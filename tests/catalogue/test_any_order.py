"""Any permutation of a case's facts ends in the same standings and outcomes, in the procedures of the catalogue, too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    ClarificationGiven,
    ClarificationRequested,
    CounterNotice,
    CourtActionNotified,
    CourtDecided,
    EffectGiven,
    Event,
    ImpossibilityStated,
    InstrumentReceived,
    Issued,
    Notice,
    OrderVoided,
    Refused,
    Restored,
    Retracted,
    Verified,
)
from sopflow.catalogue.generic import BlockOrdered, block_order
from sopflow.catalogue.indonesia import ReviewStarted
from sopflow.events import Fact

from .test_dmca import COUNTER, ELEMENTS
from .world import World, z

START = z("2026-03-02 03:00")  # a Monday
FACTS_FROM, LEARNT = START + timedelta(hours=2), START + timedelta(days=50)
THREE = ("c1", "c2", "c3")
OFFICER, COURT = Actor("officer-1", {"authority"}, "ministry"), Actor("court-1", {"court"}, "court")
FactS = st.SearchStrategy[Fact]


def some(ids: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(ids), min_size=1).map(lambda s: tuple(sorted(s)))


def fact(cls: type[Fact], by: Actor, **fields: Any) -> FactS:
    """Return facts of a kind at any hour; whole hours, so that they fall together now and then."""
    made = {k: v if isinstance(v, st.SearchStrategy) else st.just(v) for k, v in fields.items()}
    at = st.integers(0, 600).map(lambda n: FACTS_FROM + timedelta(hours=n))
    return st.builds(cls, by=st.just(by), at=at, **made)


def effects(by: Actor, ids: tuple[str, ...], *outcomes: str) -> FactS:
    return fact(EffectGiven, by, outcomes=st.dictionaries(st.sampled_from(ids), st.sampled_from(outcomes), min_size=1))


def notice(parties: dict[str, str], *fields: str) -> Notice:
    contents = [f"https://site.example/{n}" for n in THREE]
    return Notice(contents=contents, parties=parties, form=dict.fromkeys(fields, "given"))


def telegram() -> tuple[World, str, FactS]:
    world = World(START, "authority", {"telegram": ["email"]})
    case = world.runner.open("id.kominfo_telegram_2017", notice({"platform": "telegram"}, "reasons"), by=OFFICER).id
    platform = Actor("moderator-1", {"platform"}, "telegram")
    world.runner.apply(case, Verified(by=OFFICER))
    world.runner.apply(
        case,
        Approved(proposal=world.runner.proposal(case, Issued()), by=Actor("desk-1", {"competent_agency"}, "agency")),
    )
    world.runner.apply(case, Issued(by=OFFICER))
    world.runner.deliver()
    ids = some(THREE)
    return world, case, st.one_of(
        fact(Acknowledged, platform, message=world.runner.case(case).sent_as("order")[0].id),
        fact(ReviewStarted, platform),
        fact(ClarificationRequested, platform, contents=ids),
        fact(ImpossibilityStated, platform, contents=ids),
        fact(Refused, platform, contents=ids),
        fact(OrderVoided, COURT, contents=ids),
        fact(Restored, platform, contents=ids),
        effects(platform, THREE, "removed", "disabled", "not_found", "refused"),
    )  # fmt: skip


def dmca() -> tuple[World, str, FactS]:
    world = World(START, "platform", {"owner": ["email"], "user": ["email"]})
    owner, user = Actor("complainant-1", {"complainant"}), Actor("subscriber-1", {"subscriber"})
    agent = Actor("agent-1", {"platform"}, "host")
    parties = {"complainant": "owner", "subscriber": "user"}
    case = world.runner.open("us.dmca_512", notice(parties, *ELEMENTS), by=owner).id
    world.runner.apply(case, Verified(by=agent))
    ids = some(THREE)
    counter = CounterNotice(form=dict.fromkeys(COUNTER, "given"))
    return world, case, st.one_of(
        fact(CourtActionNotified, owner),
        fact(CourtDecided, COURT, restore=st.booleans()),
        fact(Retracted, owner, contents=ids),
        fact(Restored, agent, contents=ids),
        fact(InstrumentReceived, user, instrument=counter, contents=ids),
        fact(Refused, agent, contents=ids),
        effects(agent, THREE, "removed", "disabled", "not_found", "refused"),
    )  # fmt: skip


def block() -> tuple[World, str, FactS]:
    providers = ("isp1", "isp2")
    world = World(START, "authority", {id: ["email"] for id in providers})
    grounds = {"grounds": "g", "legal_basis": "l", "scope": "s"}
    order = block_order(["one.example", "two.example"], providers, grounds)
    case = world.runner.open("generic.network_block", order, by=OFFICER).id
    ordered = BlockOrdered(due=START + timedelta(days=90))
    for body in ("agency-1", "agency-2", "agency-3"):
        signed = Approved(proposal=world.runner.proposal(case, ordered))
        world.runner.apply(case, attrs.evolve(signed, by=Actor(f"head-of-{body}", {"competent_agency"}, body)))
    world.runner.apply(case, attrs.evolve(ordered, by=OFFICER))
    world.runner.deliver()
    found = world.runner.case(case)
    facts: list[FactS] = [fact(OrderVoided, COURT, contents=some(tuple(c.id for c in found.contents)))]
    for message in found.sent_as("block_order"):
        by = Actor("engineer", {"isp"}, message.party)
        own = tuple(c.id for c in found.contents if c.party == message.party)
        facts += [
            fact(Acknowledged, by, message=message.id),
            fact(ImpossibilityStated, by, contents=some(own)),
            fact(Restored, by, contents=some(own)),
            effects(by, own, "disabled"),
        ]
    return world, case, st.one_of(facts)


def end(begin: Callable[[], tuple[World, str, FactS]], facts: list[Fact], ticks: list[bool]) -> tuple[Any, Any, Any]:
    """Learn facts in this order, answer what was asked, wait for long; return how the clocks and contents end."""
    world, id, _ = begin()
    world.clock.set(LEARNT)
    for one, tick in zip(facts, ticks, strict=True):
        if tick:
            world.runner.tick()
        world.runner.apply(id, one)
    for _ in range(6):
        world.clock.advance(days=30)
        world.runner.tick()
        world.runner.deliver()
    world.runner.verify(id)
    case = world.runner.case(id)
    names = ("standing", "started", "not_before", "due", "met", "contents")
    # What follows the end of a ladder begins when somebody looked, not when something happened.
    clocks = {
        d.id: [getattr(d, name) for name in names]
        for d in case.deadlines
        if not d.message and d.obligation != "decide_escalation"
    }
    owed = [w.what for w in case.waiting_for() if case.final and w.who == "platform" and not w.due]
    return clocks, [(c.id, c.outcome, c.since) for c in case.contents], owed


@pytest.mark.parametrize("begin", [telegram, dmca, block])
@settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_order_of_learning_ends_in_the_same_standings_and_outcomes(
    begin: Callable[[], tuple[World, str, FactS]], data: st.DataObject
) -> None:
    facts = data.draw(st.lists(begin()[2], min_size=2, max_size=6))
    ends = []
    for order in (facts, data.draw(st.permutations(facts))):
        ticks = data.draw(st.lists(st.booleans(), min_size=len(facts), max_size=len(facts)))
        ends.append(end(begin, order, ticks))
    assert ends[0][:2] == ends[1][:2]


def test_a_counter_notice_that_is_learnt_after_the_judgment_is_forwarded_in_any_order() -> None:
    counter = CounterNotice(form=dict.fromkeys(COUNTER, "given"))
    agent, user = Actor("agent-1", {"platform"}, "host"), Actor("subscriber-1", {"subscriber"})
    day = timedelta(days=1)
    facts: list[Fact] = [
        EffectGiven(outcomes=dict.fromkeys(THREE, "removed"), by=agent, at=START + day),
        CourtDecided(restore=False, by=COURT, at=START + 12.5 * day),
        InstrumentReceived(instrument=counter, contents="c1", by=user, at=START + 8 * day),
        EffectGiven(outcomes={"c2": "disabled"}, by=agent, at=START + 13 * day),
    ]
    ends = [end(dmca, order, [False] * 4) for order in (facts, facts[::-1], [facts[i] for i in (1, 3, 0, 2)])]
    assert ends[0] == ends[1] == ends[2]
    clocks, _, owed = ends[0]
    assert {str(standing) for standing, *_ in clocks.values()} <= {"met", "cancelled"}
    assert owed == [], "the letters went out, though the case was at its end"


def test_a_removal_that_is_learnt_after_the_refusal_and_the_return_is_told_to_the_subscriber() -> None:
    agent, day = Actor("agent-1", {"platform"}, "host"), timedelta(days=1)
    facts: list[Fact] = [
        EffectGiven(outcomes=dict.fromkeys(THREE, "removed"), by=agent, at=START + 2 * day),
        Refused(contents=("c1", "c2"), by=agent, at=START + 3 * day),
        Restored(contents=("c1", "c3"), by=agent, at=START + 4 * day),
    ]
    ends = [end(dmca, order, [False] * 3) for order in (facts, facts[::-1])]
    assert ends[0] == ends[1]
    assert ends[0][2] == []


def test_what_was_asked_and_answered_within_the_same_minute_waits_for_nobody() -> None:
    world, id, _ = telegram()
    platform, at = Actor("moderator-1", {"platform"}, "telegram"), world.clock.now
    events: list[Event] = [
        ClarificationRequested(contents="c1", reason="which post?", by=platform, at=at),
        ClarificationGiven(contents="c1", reason="the first", by=OFFICER, at=at),
    ]
    for event in events:
        world.runner.apply(id, event)
    case = world.runner.case(id)
    assert str(case.outcomes()["c1"]) == "pending"
    assert "clarify" not in [w.what for w in case.waiting_for()]
