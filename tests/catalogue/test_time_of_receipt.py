"""Letters say when an order was received, which is not when somebody wrote that down."""

from __future__ import annotations

import json

import pytest

from sopflow import Corrected, EffectGiven
from sopflow.renderers import JinjaRenderer

from .test_eu_tco import DESK, OFFICER, order, z
from .world import World

RECEIVED = z("2026-03-02 08:05")


@pytest.fixture
def world() -> World:
    """Return a provider's world at 09:00, 55 minutes after an order was received."""
    parties = {"hoster": ["email"], "uploader": ["email"], "issuer": ["email"]}
    return World(z("2026-03-02 09:00"), "platform", parties, renderer=JinjaRenderer())


def test_the_receipt_and_the_report_name_the_instant_of_receipt(world: World) -> None:
    case = world.runner.open("eu.tco_2021_784.provider", order(), by=OFFICER, at=RECEIVED)
    world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=DESK))
    world.runner.deliver()
    for template in ("receipt", "feedback"):
        letter = world.post.last(template)
        assert "received at 2026-03-02 08:05 UTC" in letter.body and "09:00" not in letter.body.split("\n\n")[0]
        assert json.loads(letter.data)["opened"] == "2026-03-02T08:05:00.000000Z"


def test_a_corrected_instant_of_receipt_is_what_later_letters_name(world: World) -> None:
    case = world.runner.open("eu.tco_2021_784.provider", order(), by=OFFICER, at=RECEIVED)
    early = "2026-03-02T08:01+00:00"
    world.runner.apply(case.id, Corrected(seq=1, field="at", value=early, reason="the log of the server", by=DESK))
    world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=DESK))
    world.runner.deliver()
    assert "received at 2026-03-02 08:01 UTC" in world.post.last("feedback").body
    assert world.runner.case(case.id).instruments[0].at == z("2026-03-02 08:01")
    assert world.runner.verify(case.id).seq == world.runner.case(case.id).revision
