"""Run a script of the catalogue, or one of your own, through a `Runner`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from ..case import Actor
from ..procedure import Procedure
from ..script import Scene, Script
from .scenario import Scenario, given


def play(script: Script, procedure: Procedure, others: Iterable[Procedure] = (), **options: Any) -> Scenario:
    """Play a script on a fresh memory store, and compare how it ends.

    Args:
        script: What happens.
        procedure: The rulebook that `script.procedure` names, or an extension of it.
        others: Further procedures, for cases that this one opens.
        **options: Anything else that `given` takes, e.g. `calendars`.

    Returns:
        The scenario at its end, for further questions; its journal verifies.

    Raises:
        AssertionError: Where something is refused, or ends otherwise than the script says; with what happened.
    """
    scenario = given(procedure, at=script.start, others=others, **options)
    scenario.opened(script.instrument, by=_actor(script.by), at=script.start)
    for scene in script.scenes:
        _play(scenario, script, scene)
    scenario.then_state(script.state)
    for content, outcome in script.outcomes.items():
        scenario.then_outcome(outcome, content)
    for deadline, standing in script.standings.items():
        scenario.then_deadline(deadline, standing)
    for template in script.sent:
        scenario.then_sent(template)
    return scenario.then_proved()


def _play(scenario: Scenario, script: Script, scene: Scene) -> None:
    told = script.start + (scene.at if scene.told is None else scene.told)
    if told > scenario.clock.now:
        scenario.after(seconds=(told - scenario.clock.now).total_seconds())
    if scene.event is None:
        return
    event = scene.event if not callable(scene.event) else scene.event(scenario.runner, scenario.case)
    event = attrs.evolve(event, by=_actor(scene.by), at=script.start + scene.at)
    scenario.when(event)
    if scene.refused:
        scenario.then_refused(scene.refused)


def _actor(by: str) -> Actor:
    role, _, name = by.partition("/")
    name = name or f"{role}-1"
    return Actor(name, {role}, name)
