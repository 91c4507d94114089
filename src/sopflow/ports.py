"""The ports: what a host may put in the place of ours. Contracts for them are in `sopflow.testing`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, final

from attrs import Factory, field, frozen

from .case import Case
from .directory import Directory
from .events import Event
from .step import Entry, Incident, Outgoing, Receipt, Renderer, Side, Step

__all__ = [
    "AsyncSession", "AsyncStore", "Directory", "FactProvider", "Inbound", "Loaded", "Notifier", "Observer",
    "Participant", "Query", "Renderer", "Session", "Store",
]  # fmt: skip


@final
@frozen(kw_only=True, slots=False)
class Loaded:
    """A case as a store holds it, and whether inbound items wait for it."""

    case: Case
    parked: bool = False


@final
@frozen(kw_only=True, slots=False)
class Query:
    """Which cases: every filter that is set must fit. Ordered by opening time, then id.

    Attributes:
        after: The id of the last case of the page before.
        limit: Page size.
    """

    procedure: str = ""
    state: str = ""
    phase: str = ""
    matter: str = ""
    party: str = ""
    parent: str = ""
    final: bool | None = None
    after: str = ""
    limit: int = 100


@final
@frozen(kw_only=True, slots=False)
class Inbound:
    """One inbound item, kept before anything is decided.

    Attributes:
        id: Unique per sender, so that a repetition is recognised; with the sender it is the key.
        sender: Pseudonymous id of who sent it.
        authenticated: Whether the receiver has verified that.
        received_at: When it reached us.
        event: What it states; None where that could not be read.
        case: The case it is for; "" where unknown.
        candidates: Cases it might be for, where more than one fits.
        raw: The bytes as received; their digest is what counts later.
        status: "new", "applied", "parked", "unmatched" or "rejected".
        detail: Why it stands so, without personal data.
    """

    id: str
    sender: str
    authenticated: bool = False
    received_at: datetime | None = None
    event: Event | None = None
    case: str = ""
    candidates: tuple[str, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    status: str = "new"
    detail: str = ""


class Session(Protocol):
    """One transaction of a store. Everything done in it is committed together, or nothing is.

    Tenant is part of every key.
    """

    @property
    def conn(self) -> Any:
        """What participants and fact providers get: the database connection, or None."""
        ...

    def load(self, tenant: str, case: str) -> Loaded | None: ...
    def commit(self, step: Step) -> None:
        """Write the step. Raise `CaseConflict` unless the stored revision is the one before it."""
        ...

    def journal(self, tenant: str, case: str) -> Sequence[Entry]: ...
    def personal(self, tenant: str, case: str) -> Sequence[Side]: ...
    def erase(self, tenant: str, case: str) -> None:
        """Remove the personal values of a case: side rows, texts and addresses of its messages, incident notes, and
        the raw bytes of inbound items that were worked."""
        ...

    def command(self, tenant: str, command: str) -> tuple[str, int] | None:
        """Return the case and entry that carry this command id."""
        ...

    def due(self, tenant: str, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Return case and deadline ids whose wake instant has come, earliest first; cost follows what is due."""
        ...

    def postpone(self, tenant: str, case: str, deadline: str, until: datetime) -> None:
        """Look at this deadline again at `until`: it could not be worked now."""
        ...

    def claim(self, tenant: str, now: datetime, until: datetime, limit: int) -> Sequence[Outgoing]:
        """Lease messages that are to be sent; nobody else gets them before `until`."""
        ...

    def settle(self, tenant: str, message: str, status: str) -> None:
        """Mark a claimed row as "sent", "unsent" or "done"; the first one counts."""
        ...

    def again(self, tenant: str, message: str, attempts: int, at: datetime, why: str) -> None:
        """Give a claimed row back, to be tried again at `at`."""
        ...

    def outbox(self, tenant: str, case: str) -> Sequence[tuple[Outgoing, str]]:
        """Return the rows of a case with their status."""
        ...

    def find(self, tenant: str, query: Query) -> Sequence[Case]: ...
    def count(self, tenant: str, query: Query) -> int: ...
    def incidents(self, tenant: str, case: str, status: str, limit: int) -> Sequence[Incident]: ...
    def incident(self, tenant: str, id: str) -> Incident | None: ...
    def report(self, incident: Incident) -> None:
        """Keep an incident; one with the same id is kept once."""
        ...

    def keep(self, tenant: str, item: Inbound, doc: Mapping[str, Any] | None) -> bool:
        """Keep an inbound item; return False if this sender's item of this id is there already."""
        ...

    def mark(self, tenant: str, item: Inbound) -> None:
        """Set status, case and detail of a kept item, and nothing else."""
        ...

    def item(self, tenant: str, sender: str, id: str) -> Inbound:
        """Return a kept item."""
        ...

    def inbox(
        self, tenant: str, case: str, statuses: Sequence[str], limit: int
    ) -> Sequence[tuple[Inbound, Mapping[str, Any] | None]]:
        """Return kept items with what they state, oldest first."""
        ...

    def registered(self, tenant: str) -> tuple[int, str]:
        """Return number and hash of the last change of the directory; 0 and "" before the first."""
        ...

    def organisations(self, tenant: str) -> Sequence[tuple[str, bytes]]:
        """Return the document of each organisation listed, with the salt of its digests, ordered by id."""
        ...

    def register(self, tenant: str, entry: Entry, organisation: str, doc: str | None, salt: bytes) -> None:
        """Append to the directory's journal, and put (or, for None, remove) the organisation with its salt.

        Raise `CaseConflict` unless the entry's number is the one after the last.
        """
        ...

    def registrations(self, tenant: str) -> Sequence[Entry]:
        """Return the directory's journal, first to last. It is append-only."""
        ...

    def keep_procedure(self, digest: str, document: str) -> None: ...
    def procedure(self, digest: str) -> str | None: ...


class Store(Protocol):
    """Where cases live.

    Attributes:
        capabilities: E.g. {"inbox", "incidents", "personal", "heads", "migrations", "joins_transaction", "directory"}.
        blocking: Whether calls wait for I/O, so that an async shell must use a thread.
    """

    capabilities: frozenset[str]
    blocking: bool

    def session(self, conn: Any = None, *, read: bool = False) -> AbstractContextManager[Session]:
        """Begin a transaction; with `conn`, a savepoint in the host's open one: never a commit, never a close.

        Args:
            conn: The host's connection, for stores with the capability "joins_transaction".
            read: Nothing will be written, so writers need not wait.
        """
        ...

    def close(self) -> None: ...


class AsyncSession(Protocol):
    """A `Session` whose methods are awaited."""

    @property
    def conn(self) -> Any: ...
    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]: ...


class AsyncStore(Protocol):
    """A `Store` for async programs."""

    capabilities: frozenset[str]

    def session(self, conn: Any = None, *, read: bool = False) -> AbstractAsyncContextManager[AsyncSession]: ...
    async def close(self) -> None: ...


class Notifier(Protocol):
    """A way to reach people or systems. Either colour."""

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt | None] | None:
        """Send one message.

        Returns:
            A receipt, or None where the channel gives none.

        Raises:
            DeliveryError: With `permanent=True` when trying this contact again is pointless.
        """
        ...


FactProvider = Callable[[Case, Event, Any], Any]
"""`(case, event, conn) -> JSON value`, or an awaitable of it: a value from the host's system for guards and hooks."""

Participant = Callable[[Step, Any], Any]
"""`(step, conn)`: the host's own rows in the same commit; raising rolls the step back. Either colour."""

Observer = Callable[[Step], Any]
"""After commit; may do I/O; its failure is logged and changes nothing. Either colour."""

Effect = Callable[[Mapping[str, Any], str], Any]
"""`(data, key)`: a durable side effect; `key` stays the same over retries. Either colour."""


@final
@frozen(kw_only=True, slots=False)
class Tick:
    """What one `tick` did."""

    steps: int = 0
    failures: int = 0
    cases: tuple[str, ...] = ()


@final
@frozen(kw_only=True, slots=False)
class Delivery:
    """What one `deliver` did."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    messages: tuple[str, ...] = Factory(tuple)
