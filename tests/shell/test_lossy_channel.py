"""Half of all traffic is lost, and no report is: what a channel that fails may do to a communication, and what not."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .lossy_channel import Weather, World, story

LADDER = 20  # days: seven rungs, each tried twice and given a day
ENDED = {"acknowledged", "delivered", "sent", "unsent", "superseded"}


def nothing_is_lost(world: World) -> tuple[int, int]:
    """Assert what must hold in any weather; return how many cases there are, and how many have their receipt confirmed."""
    runner, cases = world.runner, world.cases()
    told = {(i.case, i.kind) for i in runner.incidents(limit=1_000_000)}
    for case in cases:
        order = case.sent_as("order")
        assert {m.status for m in order} <= ENDED, story(world, case)  # nothing waits that nobody will look at
        assert not any(d.is_open for d in case.deadlines if d.obligation == "receipt:order"), story(world, case)
        if world.confirmed(case):
            assert world.reached(case), "confirmed out of nothing: " + story(world, case)
        else:
            assert "ladder_exhausted" in {kind for of, kind in told if of == case.id}, story(world, case)
            assert not world.reached(case), "an answer came back and was not believed: " + story(world, case)
            assert order[-1].exhausted or any(m.exhausted for m in order)
        outcomes = Counter(
            (content["id"], content["outcome"])
            for entry in runner.journal(case.id)
            for content in entry.doc["effects"].get("contents", ())
            if entry.event == "EffectGiven"
        )
        assert set(outcomes.values()) <= {1}, "an outcome was applied twice: " + story(world, case)
        commands = [e.doc["command"] for e in runner.journal(case.id) if "command" in e.doc]
        assert len(commands) == len(set(commands)), "an answer was applied twice: " + story(world, case)
    assert runner.deliver().messages == ()
    assert all(item.status == "applied" for item in runner.inbox(limit=1_000_000))
    return len(cases), sum(map(world.confirmed, cases))


def proved(world: World) -> None:
    for case in world.cases():
        world.runner.verify(case.id)


weathers = st.builds(
    Weather,
    loss=st.floats(min_value=0, max_value=0.5),
    double=st.floats(min_value=0, max_value=0.5),
    delay=st.floats(min_value=0, max_value=48),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(min_value=0, max_value=2**32), weather=weathers)
def test_in_any_weather_each_order_is_confirmed_or_somebody_is_told_that_it_is_not(seed: int, weather: Weather) -> None:
    world = World(seed, weather, cases=6)
    world.run(LADDER + 2)
    nothing_is_lost(world)
    proved(world)


def test_when_nothing_ever_arrives_every_case_is_an_incident() -> None:
    world = World(7, Weather(loss=1.0), cases=5)
    world.run(LADDER + 2)
    assert nothing_is_lost(world) == (5, 0)
    assert {case.state for case in world.cases()} == {"no_response"}


def test_in_good_weather_every_order_is_confirmed_by_the_first_contact() -> None:
    world = World(7, Weather(loss=0.0, double=0.0, delay=2.0), cases=5)
    world.run(3)
    assert nothing_is_lost(world) == (5, 5)
    assert {m.contact for case in world.cases() for m in case.sent_as("order")} == {"desk"}


def test_the_same_seed_gives_the_same_journals_and_another_seed_others() -> None:
    heads = []
    for seed in (3, 3, 4):
        world = World(seed, Weather(loss=0.4), cases=8)
        world.run(8)
        heads.append(world.heads())
    assert heads[0] == heads[1]
    assert set(heads[0].values()).isdisjoint(heads[2].values())


@pytest.mark.slow
def test_five_thousand_orders_at_half_of_all_traffic_lost() -> None:
    world = World(20170714, Weather(loss=0.5), cases=5000)
    world.run(LADDER + 2)
    cases, confirmed = nothing_is_lost(world)
    assert cases == 5000
    assert confirmed >= 0.99 * cases
    lost = sum(not world.copies[m.id] for case in world.cases() for m in case.sent_as("order") if m.sent)
    assert lost > 500  # the weather was as bad as it is said to have been
