"""The ports: what a host may put in the place of ours. Contracts for them are in `sopflow.testing`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Any, BinaryIO, Protocol, final

from attrs import Factory, field

from .case import Case
from .directory import Directory
from .events import Event
from .records import Shown, frozen, personal
from .step import Entry, Incident, Outgoing, Receipt, Renderer, Side, Step

__all__ = [
    "AsyncSession", "AsyncStore", "Attachment", "Directory", "EvidenceStore", "FactProvider", "Inbound", "Loaded",
    "Notifier", "Observer", "Participant", "Query", "Renderer", "Session", "Store",
]  # fmt: skip


@final
@frozen(kw_only=True, slots=False)
class Loaded:
    """A case as a store holds it.

    Attributes:
        parked: Whether inbound items wait for it.
        personal: Its side rows, where they were asked for and came with it; None says that they are to be asked for.
    """

    case: Case
    parked: bool = False
    personal: Sequence[Side] | None = None


@final
@frozen(kw_only=True, slots=False)
class Query:
    """Which cases: every filter that is set must fit.

    Attributes:
        procedure, state, phase, final: How the case stands.
        matter: What links it.
        party: Somebody who has a role in the case now: a provider, a reporter, a court.
        role: The role that `party` must have; any when left out.
        sender: Who handed in the first instrument: the id of the actor.
        flagger: The directory's flagger who handed it in: `Case.flagger`.
        parent: The case that opened it.
        content: Digests of content keys (see `locators.digests`); the case has a content with one of them.
        due_after, due_before: A deadline of the case, of any kind, whose clock runs, is due in this window: at or
            after the one, before the other. What is paused or was missed, and reminders on the way, do not count.
        open_incident: Whether an incident of the case is open.
        order: "opened": by opening time, then id, which never change. "urgency": by `Case.urgency`, then id; that
            changes, so a case whose clock moves between two pages may come twice, or not until the first is read again.
        after: The id of the last case of the page before.
        limit: Page size.
    """

    procedure: str = ""
    state: str = ""
    phase: str = ""
    matter: str = ""
    party: str = ""
    role: str = ""
    sender: str = ""
    flagger: str = ""
    parent: str = ""
    content: tuple[str, ...] = ()
    due_after: datetime | None = None
    due_before: datetime | None = None
    open_incident: bool | None = None
    final: bool | None = None
    order: str = "opened"
    after: str = ""
    limit: int = 100


@final
@frozen(kw_only=True, slots=False)
class Inbound:
    """One inbound item, kept before anything is decided.

    Attributes:
        id: The sender's own, so that a repetition is recognised; with the sender it is the key.
        sender: Pseudonymous id of who sent it.
        authenticated: Whether the receiver has verified that.
        received_at: When it reached us.
        event: What it states; None where that could not be read.
        case: The case it is for; "" where unknown.
        candidates: Cases it might be for, where more than one fits.
        raw: The bytes as received; their digest is what counts later.
        digest: Of what it says: the same again under the same id is a repetition, anything else is an item of its own.
            Computed from event, case and raw when left empty; a receiver sets it where the same comes in other bytes.
        status: "new", "applied", "parked", "unmatched" or "rejected".
        detail: Why it stands so, without personal data; a receiver may say why it did not authenticate or read it.
    """

    id: str
    sender: str
    authenticated: bool = False
    received_at: datetime | None = None
    event: Event | None = None
    case: str = ""
    candidates: tuple[str, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    digest: str = ""
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

    def load(self, tenant: str, case: str, personal: bool = False) -> Loaded | None:
        """Return a case, or None; with `personal` its side rows too, if that is cheaper than to be asked for them."""
        ...

    def commit(self, step: Step) -> None:
        """Write the step with its content keys. Raise `CaseConflict` unless the stored revision is the one before."""
        ...

    def matter(self, tenant: str, keys: Sequence[str], proposed: str, at: datetime, named: bool = False) -> str:
        """Return the matter to which contents with these keys belong; keys that belong to none belong to it from now.

        That is the oldest of their matters (by `at` of the first call, then by name), else `proposed`; with `named`
        it is `proposed` in any case. A key belongs to one matter for good (until it is erased): of two sessions that
        ask for a new key at once, one waits for the other and gets its matter.
        """
        ...

    def index(self, tenant: str, case: str, keys: Sequence[str]) -> None:
        """Keep content keys for a case that was committed without them; keys that are kept already change nothing."""
        ...

    def journal(self, tenant: str, case: str) -> Sequence[Entry]: ...
    def personal(self, tenant: str, case: str) -> Sequence[Side]: ...
    def erase(self, tenant: str, case: str) -> None:
        """Remove the personal values of a case: side rows, content keys, texts and addresses of its messages,
        incident notes, and the raw bytes of inbound items that were worked. A key that no other case has belongs to no
        matter any more."""
        ...

    def command(self, tenant: str, command: str) -> tuple[str, int] | None:
        """Return the case and entry that carry this command id."""
        ...

    def clock(self) -> datetime:
        """Return the store's own present instant, not that of the transaction's beginning. Capability "clock"."""
        ...

    def part(self) -> AbstractContextManager[None]:
        """Begin a part of the transaction: if what is inside raises, all that was done inside is undone, alone.

        Where that cannot be done, the session as a whole fails at its end.
        """
        ...

    def due(self, tenant: str, now: datetime, until: datetime | None, limit: int) -> Sequence[tuple[str, str]]:
        """Lease deadlines whose wake instant has come, earliest first; nobody else gets them before `until`.

        The lease ends when a step brings the deadline, or at `until`. Cost follows what is due.

        Args:
            tenant: Whose.
            now: The present instant.
            until: The lease's end, after `now`; None to look only, and write nothing.
            limit: How many at most.

        Returns:
            Ids of case and deadline.
        """
        ...

    def postpone(self, tenant: str, case: str, deadline: str, until: datetime, leased: datetime) -> None:
        """Look at this deadline again at `until`: it could not be worked now.

        It counts only while the caller holds the lease that ends at `leased`.
        """
        ...

    def claim(self, tenant: str, now: datetime, until: datetime | None, limit: int) -> Sequence[Outgoing]:
        """Lease messages that are to be sent, earliest first; nobody else gets them before `until`.

        Args:
            tenant: Whose.
            now: The present instant.
            until: The lease's end, after `now`, which the messages carry as `leased`; None to look only.
            limit: How many at most.
        """
        ...

    def settle(self, tenant: str, message: str, status: str, leased: datetime | None = None) -> bool:
        """Mark a queued row as "sent", "done", "unsent", "failed", "erased" or "cancelled"; the first one counts.

        With `leased`, it counts only while that lease is the row's. Without, it counts whoever says so: what truly
        happened is not undone by a lease that ran out.

        Returns:
            Whether it counted.
        """
        ...

    def again(self, tenant: str, message: str, attempts: int, at: datetime, why: str, leased: datetime) -> None:
        """Give a claimed row back, to be tried again at `at`, or later, when a hold ends that came meanwhile.

        It counts only while the lease is the row's.
        """
        ...

    def outbox(self, tenant: str, case: str) -> Sequence[tuple[Outgoing, str]]:
        """Return the rows of a case with their status."""
        ...

    def misplaced(self, case: Case, until: datetime) -> Sequence[str]:
        """Say, one sentence per finding, where what cases are found by is not as the case says. Capability "lookups".

        That is what is kept beside the case for `find`, `due` and `claim`: its columns, who takes part, when each clock
        is looked at, and what is still to be sent. A clock that is leased, or was put off, is looked at by `until`.
        """
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
        capabilities: E.g. {"inbox", "incidents", "personal", "heads", "migrations", "joins_transaction", "clock",
            "evidence", "directory", "lookups"}.
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
    def part(self) -> AbstractAsyncContextManager[None]: ...
    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]: ...


class AsyncStore(Protocol):
    """A `Store` for async programs."""

    capabilities: frozenset[str]

    def session(self, conn: Any = None, *, read: bool = False) -> AbstractAsyncContextManager[AsyncSession]: ...
    async def close(self) -> None: ...


class Notifier(Protocol):
    """A way to reach people or systems. Either colour.

    It may also have a method `endpoint(message) -> str`, which names what can be silent on its own, such as a server:
    a few messages at a time are handed to each, and one that fails again and again rests. Without it, that is the
    message's address.
    """

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt | None] | None:
        """Send one message.

        Returns:
            A receipt, or None where the channel gives none.

        Raises:
            DeliveryError: With `permanent=True` when trying this contact again is pointless; with `retry_after` where
                the other side says when to come again.
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


FactProvider = Callable[[Case | None, Event, Any], Any]
"""`(case, event, conn) -> JSON value`, or an awaitable of it: a value from the host's system for guards and hooks.

The case is as it was before the event: None where the event opens it.
"""

Participant = Callable[[Step, Any], Any]
"""`(step, conn)`: the host's own rows in the same commit; raising rolls the step back. Either colour."""

Observer = Callable[[Step], Any]
"""After commit; may do I/O; its failure is logged and changes nothing. Either colour."""

Effect = Callable[[Mapping[str, Any], str], Any]
"""`(data, key)`: a durable side effect; `key` stays the same over retries. Either colour."""


@final
@frozen(kw_only=True, slots=False)
class Tick:
    """What one `tick` did.

    Attributes:
        steps: How many steps were committed.
        failures: How many deadlines could not be worked; each is an incident, and is tried again.
        cases: Whose deadlines passed.
        skewed: This worker's clock is off the store's: it stopped working until they agree.
    """

    steps: int = 0
    failures: int = 0
    cases: tuple[str, ...] = ()
    skewed: bool = False


@final
@frozen(kw_only=True, slots=False)
class Delivery:
    """What one `deliver` did.

    Attributes:
        sent: How many messages were sent, and durable effects done.
        retried: How many are to be tried again: by us, or by whoever took them over when our lease had run out.
        failed: How many cannot be sent, or could not be recorded.
        messages: The ids of all that were claimed; those that were withdrawn meanwhile are counted nowhere else.
        skewed: This worker's clock is off the store's: it did nothing, and does nothing until they agree.
    """

    sent: int = 0
    retried: int = 0
    failed: int = 0
    messages: tuple[str, ...] = Factory(tuple)
    skewed: bool = False
