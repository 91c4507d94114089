"""What scenarios and walks share: a runner on a memory store, whose clock and whose messages are ours to command."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any, final

from ..directory import Directory, PointOfContact, Rung, StaticDirectory
from ..ports import Notifier
from ..procedure import Procedure
from ..step import Outgoing, Receipt
from ..stores.memory import MemoryStore
from ..sync import Runner
from .clock import Clock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
CHANNEL = "test"


@final
class Everybody:
    """A directory in which each party has one desk, and the desk has an address."""

    def ladder(self, party: str) -> tuple[Rung, ...]:
        """Return the party's one rung."""
        return (Rung(contact=f"{party}-desk", channel=CHANNEL),) if party else ()

    def address(self, contact: str, channel: str) -> str:
        """Return an address."""
        return f"{contact}@{channel}.example"

    def contact(self, contact: str) -> PointOfContact | None:
        """Return the desk."""
        return PointOfContact(id=contact, channels={CHANNEL: self.address(contact, CHANNEL)})


@final
class Post:
    """A notifier that keeps what it was given.

    Args:
        answer: Called for each message; returns the receipt, or raises.
    """

    def __init__(self, answer: Callable[[Outgoing], Receipt | None] | None = None) -> None:
        self.sent: list[Outgoing] = []
        self._answer = answer

    def send(self, message: Outgoing) -> Receipt | None:
        """Keep the message."""
        receipt = self._answer(message) if self._answer is not None else None
        self.sent.append(message)
        return receipt


def stage(
    procedures: Iterable[Procedure],
    clock: Clock,
    post: Notifier,
    acting_as: Iterable[str] | None,
    directory: Directory | None,
    options: dict[str, Any],
) -> Runner:
    """Return a runner whose ids, salts, time and messages repeat exactly."""
    rules = list(procedures)
    channels = {CHANNEL}
    if isinstance(directory, StaticDirectory):
        channels |= {c for o in directory.organisations for contact in o.contacts for c in contact.channels}
    ids, salts = count(1), count(1)
    given: dict[str, Any] = {
        "store": MemoryStore(),
        "acting_as": frozenset(rules[0:1] and {rules[0].acting}) if acting_as is None else acting_as,
        "directory": Everybody() if directory is None else directory,
        "notifiers": dict.fromkeys(channels, post),
        "new_id": lambda: f"case-{next(ids)}",
        "new_salt": lambda: hashlib.sha256(str(next(salts)).encode()).digest()[:16],
        "hands": 1,
    }
    return Runner(procedures=rules, clock=clock, **(given | options))


def work(runner: Runner) -> None:
    """Work all clocks that have come and send all messages that may go."""
    for _ in range(1000):  # a procedure whose every passing starts a clock that has passed would never end
        worked, delivered = runner.tick(), runner.deliver()
        if not worked.steps and not delivered.messages:
            return
    raise AssertionError("the clocks and messages of this procedure never come to rest at one instant")


def next_instant(runner: Runner, now: datetime) -> datetime | None:
    """Return the next instant after `now` at which a clock or a held message wakes, or None."""
    cases = runner.find(limit=1_000_000)
    wakes = [d.wake for c in cases for d in c.deadlines]
    wakes += [m.send_after for c in cases for m in c.messages if m.status == "queued"]
    return min((w for w in wakes if w is not None and w > now), default=None)


def pass_time(runner: Runner, clock: Clock, until: datetime) -> None:
    """Go to `until`, stopping at each instant on the way at which something wakes, as a worker would."""
    work(runner)
    while (instant := next_instant(runner, clock.now)) is not None and instant <= until:
        clock.set(instant)
        work(runner)
    if until > clock.now:
        clock.set(until)
        work(runner)
