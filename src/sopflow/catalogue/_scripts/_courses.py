"""What scripts share: the courses of one case that begin alike, and the removal of some of its contents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ...events import EffectGiven, Instrument
from ...script import Scene, Script


def courses(procedure: str, start: datetime, instrument: Instrument, by: str) -> Callable[..., Script]:
    """Return what makes scripts that begin alike, each of its kind, title, scenes, and how it ends."""

    def course(kind: str, title: str, *scenes: Scene, **ends: Any) -> Script:
        return Script(
            procedure=procedure,
            kind=kind,
            title=title,
            start=start,
            instrument=instrument,
            by=by,
            scenes=scenes,
            **ends,
        )

    return course


def effect(outcome: str, at: timedelta, *contents: str, reason: str = "") -> Scene:
    """Return the scene in which the platform gives these contents an outcome, for a reason."""
    return Scene(at=at, event=EffectGiven(outcomes=dict.fromkeys(contents, outcome), reason=reason), by="platform")
