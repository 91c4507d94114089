"""Time that passes when it is told to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import final

from .. import canon


@final
class Clock:
    """A clock that stands still until it is told otherwise: hand it to a runner as `clock=`.

    Args:
        start: The first instant, with a time zone.

    Raises:
        BadInput: For an instant without a time zone.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start
        self.set(start)

    def __call__(self) -> datetime:
        """Return the present instant."""
        return self._now

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self._now

    def advance(self, **by: float) -> datetime:
        """Go on by a `timedelta` given in its own words, e.g. `advance(hours=24)`; return the new instant."""
        return self.set(self._now + timedelta(**by))

    def set(self, now: datetime) -> datetime:
        """Go to an instant with a time zone; an earlier one plays a clock that was wrong. Return it."""
        self._now = canon.utc(now, "clock")
        return self._now
