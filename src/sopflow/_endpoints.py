"""What a runner remembers of endpoints while it runs: which are silent, and how many messages are on their way to each.

An endpoint is what can be silent on its own: a server, a bot, a chat. Nothing here is stored: what is forgotten costs a
try, and never a message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar, final

import attrs

from .errors import DeliveryError

_T = TypeVar("_T")
_MOST = 10_000  # endpoints remembered


@attrs.define
class _Trouble:
    failures: int = 0
    rest: timedelta = timedelta(0)
    until: datetime | None = None
    probing: bool = False


@final
class Breaker:
    """Lets an endpoint rest that fails again and again, and then lets one message find out whether it is back.

    Args:
        failures: How many in a row, without a success between them, before it rests.
        rest: The first rest; each that follows is twice as long.
        longest: No rest is longer.
    """

    def __init__(
        self,
        failures: int = 3,
        rest: timedelta = timedelta(seconds=30),
        longest: timedelta = timedelta(minutes=10),
    ) -> None:
        self._failures = failures
        self._rest = rest
        self._longest = longest
        self._troubles: dict[str, _Trouble] = {}
        self._lock = Lock()

    def resting(self, endpoint: str, now: datetime) -> datetime | None:
        """Return until when this endpoint rests, or None: go ahead, and `note` what came of it.

        The first who asks after a rest goes ahead alone.
        """
        if endpoint not in self._troubles:
            return None
        with self._lock:
            trouble = self._troubles.get(endpoint)
            if trouble is None or trouble.until is None:
                return None
            if now < trouble.until:
                return trouble.until
            trouble.probing = True
            trouble.until = now + trouble.rest
            return None

    def note(self, endpoint: str, now: datetime, error: Exception | None = None) -> None:
        """Note that a message was taken, or why not. A permanent failure says nothing about the endpoint."""
        if error is None or (isinstance(error, DeliveryError) and error.answered and not error.retry_after):
            if endpoint in self._troubles:
                with self._lock:
                    self._troubles.pop(endpoint, None)
            return
        if isinstance(error, DeliveryError) and error.permanent:
            return
        asked = error.retry_after if isinstance(error, DeliveryError) else None
        with self._lock:
            trouble = self._troubles.pop(endpoint, None) or _Trouble()
            while len(self._troubles) >= _MOST:
                del self._troubles[next(iter(self._troubles))]  # the one that has not failed for longest
            self._troubles[endpoint] = trouble
            trouble.failures += 1
            if asked:  # it speaks: it rests as long as it wishes, up to a day
                until = now + timedelta(seconds=min(asked, 86400))
                trouble.until = max(until, trouble.until or until)
                trouble.rest = trouble.rest or self._rest
            elif trouble.until is None:
                if trouble.failures >= self._failures:
                    trouble.rest = self._rest
                    trouble.until = now + trouble.rest
            elif trouble.probing:  # others that were still on their way when the rest began change nothing
                trouble.rest = min(trouble.rest * 2, self._longest)
                trouble.until = now + trouble.rest
            trouble.probing = False


@final
class Lanes(Generic[_T]):
    """Items that wait to be worked: in order, except that at most `width` of one lane are worked at the same time.

    Args:
        lane: Which lane an item belongs to; None for one that may always be worked.
        width: Of a lane.
    """

    def __init__(self, lane: Callable[[_T], Hashable], width: int) -> None:
        self._lane = lane
        self._width = max(1, width)
        self._ready: deque[tuple[Hashable, _T]] = deque()
        self._aside: dict[Hashable, deque[tuple[Hashable, _T]]] = {}
        self._busy: dict[Hashable, int] = {}
        self.held = 0
        """How many are waiting or being worked."""

    @property
    def ready(self) -> bool:
        """Whether any waits that is not known to wait for its lane."""
        return bool(self._ready)

    def add(self, items: Iterable[_T]) -> None:
        """Let items wait."""
        before = len(self._ready)
        self._ready.extend((self._lane(item), item) for item in items)
        self.held += len(self._ready) - before

    def take(self) -> tuple[Hashable, _T] | None:
        """Return the next item that may be worked, with its lane; None if there is none now."""
        while self._ready:
            lane, item = self._ready.popleft()
            if lane is None:
                return lane, item
            if self._busy.get(lane, 0) < self._width:
                self._busy[lane] = self._busy.get(lane, 0) + 1
                return lane, item
            self._aside.setdefault(lane, deque()).append((lane, item))
        return None

    def done(self, lane: Hashable) -> None:
        """Say that an item of this lane was worked: the next one of it may be."""
        self.held -= 1
        if lane is None:
            return
        self._busy[lane] -= 1
        if not self._busy[lane]:
            del self._busy[lane]
        waiting = self._aside.get(lane)
        if waiting:
            self._ready.appendleft(waiting.popleft())
            if not waiting:
                del self._aside[lane]
