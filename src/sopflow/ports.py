"""The ports: what a host may put in the place of ours. Contracts for them are in `sopflow.testing`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Any, BinaryIO, Protocol, final

from attrs import Factory, field, frozen

from .case import Case
from .directory import Directory
from .events import Event
from .records import Shown, personal
from .step import Entry, Incident, Outgoing, Receipt, Renderer, Side, Step

__all__ = [
    "AsyncSession", "AsyncStore", "Attachment", "Directory", "EvidenceStore", "FactProvider", "Inbound", "Loaded",
    "Notifier", "Observer", "Participant", "Query", "Renderer", "Session", "Store",
]  # fmt: skip


@final
@frozen(kw_only=True)
class Loaded:
    """A case as a store holds it, and whether inbound items wait for it."""

    case: Case
    parked: bool = False


@final
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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

    def keep_procedure(self, digest: str, document: str) -> None: ...
    def procedure(self, digest: str) -> str | None: ...

    # With the capability "evidence": what `EvidenceStore` promises, in this transaction.

    def put_evidence(self, tenant: str, case: str, digest: str, file: BinaryIO, at: datetime) -> None:
        """Keep the bytes of a file, put at `at`."""
        ...

    def get_evidence(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None: ...
    def kept_evidence(self, tenant: str, case: str) -> Sequence[tuple[str, str, datetime]]: ...
    def erase_evidence(self, tenant: str, case: str, digest: str, before: datetime | None) -> None: ...


class Store(Protocol):
    """Where cases live.

    Attributes:
        capabilities: E.g. {"inbox", "incidents", "personal", "heads", "migrations", "joins_transaction"}.
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


class EvidenceStore(Protocol):
    """Where the bytes of attached files are, addressed by tenant, case and digest. Either colour.

    The same bytes may be one object for a whole tenant, as long as each case has them until it is erased itself.
    """

    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> Awaitable[None] | None:
        """Read `file` from where it stands to its end, and keep its bytes before returning: nothing lost by a crash.

        Putting the same bytes again keeps them once, and mends what was damaged.

        Args:
            tenant, case: Whose they are. Any text without spaces: never a path.
            digest: SHA-256 of the bytes, 64 lower-case hexadecimal digits.
            file: A binary file.

        Raises:
            BadInput: If the bytes are not those of the digest; nothing is kept.
            StoreError: If they cannot be kept; nothing is.
        """
        ...

    def get(self, tenant: str, case: str, digest: str, into: BinaryIO) -> Awaitable[None] | None:
        """Write the bytes into an empty binary file. The runner checks their digest.

        Raises:
            EvidenceNotFound: If this case has no such bytes.
        """
        ...

    def kept(self, tenant: str, case: str) -> Any:
        """Return `(case, name, put last at)` of all that is kept for a case, or with "" for a tenant (or awaitable).

        A name is a digest; for the remains of a put that a crash cut off, it may be another.
        """
        ...

    def erase(self, tenant: str, case: str, digest: str, before: datetime | None = None) -> Awaitable[None] | None:
        """Remove the bytes of a case; do nothing if they are not there. Other cases keep theirs.

        Args:
            tenant, case: Whose they are.
            digest: The name, as `kept` gives it.
            before: Leave them alone if they were put at this instant or later.
        """
        ...


@final
@frozen(kw_only=True, repr=False)
class Attachment(Shown):
    """A file on a case.

    Attributes:
        digest: SHA-256 of its bytes.
        size: How many there are.
        media_type: E.g. "image/png"; "" where unknown.
        name, note: The file's name and what it is; personal, "" once the case was erased.
        by: Pseudonymous id of who attached it.
        at: When that happened.
        seq: The journal entry.
        erased: The personal values of the entry were erased, and the bytes with them.
    """

    digest: str
    size: int
    media_type: str = ""
    name: str = personal(default="")
    note: str = personal(default="")
    by: str
    at: datetime
    seq: int
    erased: bool = False


FactProvider = Callable[[Case, Event, Any], Any]
"""`(case, event, conn) -> JSON value`, or an awaitable of it: a value from the host's system for guards and hooks."""

Participant = Callable[[Step, Any], Any]
"""`(step, conn)`: the host's own rows in the same commit; raising rolls the step back. Either colour."""

Observer = Callable[[Step], Any]
"""After commit; may do I/O; its failure is logged and changes nothing. Either colour."""

Effect = Callable[[Mapping[str, Any], str], Any]
"""`(data, key)`: a durable side effect; `key` stays the same over retries. Either colour."""


@final
@frozen(kw_only=True)
class Tick:
    """What one `tick` did."""

    steps: int = 0
    failures: int = 0
    cases: tuple[str, ...] = ()


@final
@frozen(kw_only=True)
class Delivery:
    """What one `deliver` did."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    messages: tuple[str, ...] = Factory(tuple)
