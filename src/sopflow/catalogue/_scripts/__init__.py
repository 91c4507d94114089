"""The scripts of the bundled procedures: four courses that a case under each can take, one file a jurisdiction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...events import Instrument
from ...script import Scene, Script


def courses(
    procedure: str, start: datetime, instrument: Instrument, by: str, *first: Scene
) -> Callable[..., Script]:  # fmt: skip
    """Return what makes scripts that begin alike: call it with kind, title, the further scenes and how it ends."""

    def course(kind: str, title: str, *scenes: Scene, **ends: Any) -> Script:
        return Script(
            procedure=procedure, kind=kind, title=title, start=start, instrument=instrument, by=by,
            scenes=(*first, *scenes), **ends,
        )  # fmt: skip

    return course
