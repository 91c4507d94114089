"""What waits for somebody: read from a case, sorted as a desk works it off. Pure; it fetches and shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import final

from attrs import frozen

from ..case import Actor, Case, Deadline, Message, Standing

OVERDUE, DATED, UNDATED = 0, 1, 2
_ARRIVED = ("sent", "delivered", "acknowledged", "unsent")


@final
@frozen(kw_only=True, slots=False)
class Reader:
    """Who sits at the desk.

    Attributes:
        actor: Whom the host has authenticated.
        ours: The roles of the side whose file it is.
    """

    actor: Actor
    ours: frozenset[str]

    @property
    def party(self) -> str:
        """The party of a case that it is."""
        return self.actor.organisation or self.actor.id

    @property
    def filters(self) -> list[Mapping[str, str]]:
        """The queries that find all its cases: every one of our own file, else those where it is a party."""
        if self.actor.roles & self.ours:
            return [{}]
        return [{"party": self.party, "role": role} for role in sorted(self.actor.roles)]

    def roles(self, case: Case, now: datetime) -> frozenset[str]:
        """Return its roles in a case; none of another party's, and none that must not be told anything yet."""
        held = {role for role, until in case.holds.items() if until > now}
        theirs = {role for role in self.actor.roles - held if self.party in case.parties.get(role, ())}
        return frozenset(theirs | (self.actor.roles & self.ours))

    def messages(self, case: Case, now: datetime) -> list[Message]:
        """Return the messages of a case that have reached it, first to last."""
        roles = self.roles(case, now)
        return [
            m for m in case.messages
            if m.to in roles and m.status in _ARRIVED and (m.to in self.ours or m.party in ("", self.party))
        ]  # fmt: skip


@final
@frozen(kw_only=True, slots=False)
class Row:
    """One case that waits.

    Attributes:
        case: The case.
        message: The message to be answered; None where none is.
        confirm: Its receipt is to be confirmed.
        asked: What else is asked, and whether its clock is stopped.
        due: The earliest limit; None where no instant is set.
        since: Since when it waits.
        rank: `OVERDUE`, `DATED` or `UNDATED`.
    """

    case: Case
    message: Message | None
    confirm: bool
    asked: tuple[tuple[str, bool], ...]
    due: datetime | None
    since: datetime
    rank: int

    @property
    def key(self) -> tuple[int, datetime, str]:
        """Overdue first, then by limit, then by how long it has waited."""
        return self.rank, (self.due or self.since).astimezone(UTC), self.case.id


def row(case: Case, reader: Reader, label: Callable[[Case, str], str], now: datetime) -> Row | None:
    """Return what of a case waits for the reader, or None.

    Args:
        case: An open case.
        reader: Who asks.
        label: `(case, obligation or state) -> its words`.
        now: The present instant.
    """
    roles, messages = reader.roles(case, now), reader.messages(case, now)
    if not messages and roles.isdisjoint(reader.ours):
        return None  # it has not been told of the case
    pending = _unconfirmed(case, reader, messages)
    asked: dict[tuple[str, datetime | None], Deadline] = {}
    for d in case.deadlines:
        if d.owner in roles and not d.message and owed(d):
            asked.setdefault((d.obligation, d.due), d)
    dues = [d.due for d in asked.values() if d.due is not None]
    dues += [d.due for m, d in pending if d is not None and d.due is not None]
    starts = [d.started for d in asked.values()] + [m.sent or m.queued for m, _ in pending]
    words = {d.obligation: (label(case, d.obligation), d.paused is not None) for d in asked.values()}
    if not words and not pending:
        if case.waits_for not in roles:
            return None
        words, starts = {case.state: (label(case, case.state), False)}, [case.since]
    due = min(dues, default=None)
    return Row(
        case=case, message=pending[0][0] if pending else messages[-1] if messages else None, confirm=bool(pending),
        asked=tuple(words.values()), due=due, since=min(starts),
        rank=UNDATED if due is None else OVERDUE if due < now else DATED,
    )  # fmt: skip


def owed(deadline: Deadline) -> bool:
    """Whether something is still to be done: a duty whose time has passed is owed all the same."""
    if deadline.kind == "right":
        return False
    late = deadline.standing is Standing.EXPIRED and deadline.met is None and deadline.kind == "duty"
    return deadline.is_open or late


def _unconfirmed(case: Case, reader: Reader, messages: list[Message]) -> list[tuple[Message, Deadline | None]]:
    """Return the latest message of each communication whose receipt is awaited, with its clock."""
    clocks = {d.message: d for d in case.deadlines if d.message and d.obligation.startswith("receipt:") and owed(d)}
    latest = {m.thread: m for m in messages}
    confirmed = {m.thread for m in case.messages if m.acknowledged is not None}
    awaited = {m.thread for m in case.messages if m.id in clocks}
    return [
        (m, clocks.get(m.id)) for thread, m in latest.items()
        if thread not in confirmed and (thread in awaited or m.to in reader.ours)
    ]  # fmt: skip
