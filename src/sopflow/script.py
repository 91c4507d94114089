"""A course that a case can take, written down as data: what happens when, and how it ends.

Every procedure of the catalogue ships four: on time, late, partial, reversed. `sopflow.testing.play` runs one through a
`Runner`. Nothing here runs anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, final

from attrs import Factory, field, frozen

from .case import Case
from .events import Acknowledged, Approved, Delivered, Event, Instrument

KINDS: Final = {
    "on_time": "every duty is met in time",
    "late": "a duty is met after its time, or never",
    "partial": "some contents are acted on, others are not",
    "reversed": "what was done is undone",
}

Cue = Callable[[Any, Case], Event]


def _scenes(value: Iterable[Scene]) -> tuple[Scene, ...]:
    return tuple(value)


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


@final
@frozen(kw_only=True, slots=False)
class Scene:
    """One thing that happens, or only a time that comes.

    Attributes:
        at: When it happens, after the script's start.
        event: The event, or a callable that makes it of the runner and the case where it needs an id that only they
            know (see `acknowledged`); None lets time pass, so that clocks ring.
        by: The role that does or states it, or "ROLE/NAME" where several with one role take part.
        told: When we are told of it, after the script's start; when left out, at once.
        refused: A part of the reasons for which it must be refused; "" where it must be accepted.
    """

    at: timedelta
    event: Event | Cue | None = None
    by: str = ""
    told: timedelta | None = None
    refused: str = ""


@final
@frozen(kw_only=True, slots=False)
class Script:
    """A course that a case under a procedure can take.

    Attributes:
        procedure: The procedure's id.
        kind: One of `KINDS`.
        title: What happens, as a sentence.
        start: When the case is opened, with a time zone.
        instrument: What opens it.
        by: The role that opens it.
        scenes: What happens then, in the order in which it is told.
        state: Where the case ends.
        outcomes: Content id to outcome at the end; contents that are not named are not looked at.
        standings: Deadline id (or obligation, for its latest run) to standing at the end.
        sent: Templates of which a message has gone out.
    """

    procedure: str
    kind: str
    title: str
    start: datetime
    instrument: Instrument
    by: str
    scenes: tuple[Scene, ...] = field(converter=_scenes)
    state: str
    outcomes: Mapping[str, str] = Factory(dict)
    standings: Mapping[str, str] = Factory(dict)
    sent: tuple[str, ...] = field(default=(), converter=_names)


def acknowledged(template: str) -> Cue:
    """The other side confirms receipt of the latest message of this template."""
    return lambda runner, case: Acknowledged(message=case.sent_as(template)[-1].id)


def delivered(template: str) -> Cue:
    """The latest message of this template reaches the other side."""
    return lambda runner, case: Delivered(message=case.sent_as(template)[-1].id)


def approved(act: Event) -> Cue:
    """Somebody signs exactly this act."""
    return lambda runner, case: Approved(proposal=runner.proposal(case.id, act))
