"""Cases in this process's memory: for tests, simulations and trying things out. Gone when the process ends."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO, final

import attrs

from .. import canon
from ..case import Case, Standing
from ..errors import BadInput, CaseConflict, CommandReused, EvidenceNotFound, StoreError
from ..journal import read as read_entry
from ..ports import Inbound, Loaded, Query, Session
from ..step import Entry, Incident, Outgoing, Side, Step

_Key = tuple[str, str]


@attrs.define
class _Row:
    message: Outgoing
    status: str = "queued"
    leased: datetime | None = None


@final
class MemoryStore:
    """A store in memory. One transaction at a time; a failed one leaves nothing behind."""

    capabilities = frozenset({"inbox", "incidents", "personal", "heads", "evidence", "directory"})
    blocking = False

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._writing = False
        self.cases: dict[_Key, Case] = {}
        self.entries: dict[_Key, tuple[Entry, ...]] = {}
        self.sides: dict[_Key, tuple[Side, ...]] = {}
        self.commands: dict[_Key, tuple[str, int]] = {}
        self.wakes: dict[tuple[str, str, str], datetime] = {}
        self.heap: list[tuple[datetime, str, str, str]] = []
        self.rows: dict[_Key, _Row] = {}
        self.queued: dict[_Key, None] = {}
        self.open_incidents: dict[_Key, Incident] = {}
        self.items: dict[tuple[str, str, str], tuple[Inbound, Mapping[str, Any] | None]] = {}
        self.waiting: dict[tuple[str, str, str], None] = {}  # the keys of those that are still to be looked at
        self.procedures: dict[str, str] = {}
        self.contents: dict[_Key, tuple[str, ...]] = {}
        self.matters: dict[_Key, tuple[datetime, str]] = {}
        self.evidence: dict[tuple[str, str, str], tuple[bytes, datetime]] = {}
        self.listed: dict[_Key, tuple[str, bytes]] = {}
        self.register: dict[str, tuple[Entry, ...]] = {}

    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Session]:
        """Begin a transaction; other threads wait."""
        if conn is not None:
            raise BadInput("conn", conn, "a memory store has no transaction to join; leave conn out")
        with self._lock:
            if self._writing and not read:  # only this thread can be here: waiting would be for ever
                raise StoreError("a session that writes is open in this thread already; end it before another begins")
            outer, self._writing = self._writing, self._writing or not read
            session = _MemorySession(self)
            try:
                yield session
            except BaseException:
                session.undo()
                raise
            finally:
                self._writing = outer

    def close(self) -> None:
        """Nothing to close."""


_WAITING = frozenset({"new", "parked"})


class _MemorySession:
    conn = None

    def __init__(self, store: MemoryStore) -> None:
        self._s = store
        self._undo: list[Callable[[], object]] = []
        self._woken: set[tuple[str, str, str]] = set()

    def undo(self, since: int = 0) -> None:
        for step in reversed(self._undo[since:]):
            step()
        del self._undo[since:]
        for key in self._woken:  # `due` may have dropped from the heap what now counts again
            if key in self._s.wakes:
                heapq.heappush(self._s.heap, (self._s.wakes[key], *key))

    @contextmanager
    def part(self) -> Iterator[None]:
        since = len(self._undo)
        try:
            yield
        except BaseException:
            self.undo(since)
            raise

    def _set(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        if key in table:
            old = table[key]
            self._undo.append(lambda: table.__setitem__(key, old))
        else:
            self._undo.append(lambda: table.pop(key, None))
        table[key] = value

    def _drop(self, table: dict[Any, Any], key: Any) -> None:
        if key in table:
            old = table.pop(key)
            self._undo.append(lambda: table.__setitem__(key, old))

    def load(self, tenant: str, case: str, personal: bool = False) -> Loaded | None:
        found = self._s.cases.get((tenant, case))
        if found is None:
            return None
        parked = any(key[0] == tenant and self._s.items[key][0].case == case for key in self._s.waiting)
        return Loaded(case=found, parked=parked)

    def commit(self, step: Step) -> None:
        case, s = step.case, self._s
        key = (case.tenant, case.id)
        present = s.cases.get(key)
        found = present.revision if present is not None else 0
        if found != case.revision - 1:
            raise CaseConflict(case.id, case.revision - 1, found)
        command = step.entry.command
        if command is not None:
            if (case.tenant, command) in s.commands:
                raise CommandReused("command_id", command, "use a new command id for a new command")
            self._set(s.commands, (case.tenant, command), (case.id, case.revision))
        self._set(s.cases, key, case)
        self._set(s.entries, key, (*s.entries.get(key, ()), step.entry))
        self._set(s.sides, key, (*s.sides.get(key, ()), step.side))
        for deadline in step.deadlines:
            self._wake(case, deadline.id, deadline.wake)
        for id in step.ended:
            self._wake(case, id, None)
        self.index(case.tenant, case.id, step.keys)
        for message in step.outgoing:
            self._set(s.rows, (case.tenant, message.id), _Row(message))
            self._set(s.queued, (case.tenant, message.id), None)
        for id in step.cancelled:
            self.settle(case.tenant, id, "cancelled")
        for id, until in step.held.items():
            row = s.rows.get((case.tenant, id))
            if row is not None and row.status == "queued":
                self._set(
                    s.rows, (case.tenant, id), attrs.evolve(row, message=attrs.evolve(row.message, send_after=until))
                )
        for incident in step.incidents:
            self.report(incident)
        for id, by, note in step.resolves:
            incident_ = s.open_incidents.get((case.tenant, id))
            if incident_ is not None:
                done = attrs.evolve(incident_, status="resolved", resolved_by=by, resolved_at=case.recorded, note=note)
                self._set(s.open_incidents, (case.tenant, id), done)

    def _wake(self, case: Case, deadline: str, wake: datetime | None) -> None:
        key = (case.tenant, case.id, deadline)
        if wake is None:
            self._woken.add(key)
            self._drop(self._s.wakes, key)
        else:
            self._move(key, wake)

    def journal(self, tenant: str, case: str) -> Sequence[Entry]:
        return [read_entry(e.text, e.hash) for e in self._s.entries.get((tenant, case), ())]

    def personal(self, tenant: str, case: str) -> Sequence[Side]:
        return self._s.sides.get((tenant, case), ())

    def index(self, tenant: str, case: str, keys: Sequence[str]) -> None:
        for digest in keys:
            present = self._s.contents.get((tenant, digest), ())
            if case not in present:
                self._set(self._s.contents, (tenant, digest), (*present, case))

    def matter(self, tenant: str, keys: Sequence[str], proposed: str, at: datetime, named: bool = False) -> str:
        known = [self._s.matters[tenant, digest] for digest in keys if (tenant, digest) in self._s.matters]
        matter = min(known)[1] if known and not named else proposed
        for digest in keys:
            if (tenant, digest) not in self._s.matters:
                self._set(self._s.matters, (tenant, digest), (at, matter))
        return matter

    def erase(self, tenant: str, case: str) -> None:
        self._drop(self._s.sides, (tenant, case))
        for content, cases in list(self._s.contents.items()):
            if content[0] == tenant and case in cases:
                self._set(self._s.contents, content, tuple(id for id in cases if id != case))
                if not self._s.contents[content]:
                    self._drop(self._s.contents, content)
                    self._drop(self._s.matters, content)
        for key, row in list(self._s.rows.items()):
            if key[0] == tenant and row.message.case == case:
                blank = attrs.evolve(row.message, subject="", body="", html="", data="", address="")
                self._set(self._s.rows, key, attrs.evolve(row, message=blank))
        for id, incident in list(self._s.open_incidents.items()):
            if id[0] == tenant and incident.case == case and incident.note:
                self._set(self._s.open_incidents, id, attrs.evolve(incident, note=""))
        for item_key, (item, _) in list(self._s.items.items()):
            if item_key[0] == tenant and item.case == case and item.status not in ("new", "parked"):
                self._set(self._s.items, item_key, (attrs.evolve(item, raw=b""), None))

    def command(self, tenant: str, command: str) -> tuple[str, int] | None:
        return self._s.commands.get((tenant, command))

    def clock(self) -> datetime:
        raise StoreError("a memory store has no clock of its own; see its capabilities")

    def misplaced(self, case: Case, until: datetime) -> Sequence[str]:
        raise StoreError("nobody but this program can change a memory store; see its capabilities")

    def due(self, tenant: str, now: datetime, until: datetime | None, limit: int) -> Sequence[tuple[str, str]]:
        heap = self._s.heap
        found: list[tuple[str, str]] = []
        back: dict[tuple[datetime, str, str, str], None] = {}
        while heap and heap[0][0] <= now and len(found) < limit:
            item = heapq.heappop(heap)
            wake, owner, case, deadline = item
            if self._s.wakes.get((owner, case, deadline)) != wake:
                continue
            if item not in back:
                back[item] = None
                if owner == tenant:
                    found.append((case, deadline))
        for item in back:
            heapq.heappush(heap, item)
        if until is not None:
            for case, deadline in found:
                self._move((tenant, case, deadline), until)
        return found

    def _move(self, key: tuple[str, str, str], wake: datetime) -> None:
        self._woken.add(key)
        self._set(self._s.wakes, key, wake)
        heapq.heappush(self._s.heap, (wake, *key))

    def postpone(self, tenant: str, case: str, deadline: str, until: datetime, leased: datetime) -> None:
        key = (tenant, case, deadline)
        if self._s.wakes.get(key) == leased:
            self._move(key, until)

    def claim(self, tenant: str, now: datetime, until: datetime | None, limit: int) -> Sequence[Outgoing]:
        ready = []
        for key in self._s.queued:
            row = self._s.rows[key]
            if key[0] == tenant and row.message.send_after <= now and (row.leased is None or row.leased <= now):
                ready.append((row.message.send_after, key))
        claimed = []
        for _, key in sorted(ready)[:limit]:
            row = self._s.rows[key]
            if until is not None:
                self._set(self._s.rows, key, attrs.evolve(row, leased=until))
            claimed.append(attrs.evolve(row.message, leased=until))
        return claimed

    def settle(self, tenant: str, message: str, status: str, leased: datetime | None = None) -> bool:
        row = self._s.rows.get((tenant, message))
        if row is None or row.status != "queued" or leased not in (None, row.leased):
            return False
        self._set(self._s.rows, (tenant, message), attrs.evolve(row, status=status, leased=None))
        self._drop(self._s.queued, (tenant, message))
        return True

    def again(self, tenant: str, message: str, attempts: int, at: datetime, why: str, leased: datetime) -> None:
        row = self._s.rows.get((tenant, message))
        if row is not None and row.status == "queued" and row.leased == leased:
            fresh = attrs.evolve(row.message, attempts=attempts, send_after=max(at, row.message.send_after))
            self._set(self._s.rows, (tenant, message), attrs.evolve(row, message=fresh, leased=None))

    def outbox(self, tenant: str, case: str) -> Sequence[tuple[Outgoing, str]]:
        return [(r.message, r.status) for (t, _), r in self._s.rows.items() if t == tenant and r.message.case == case]

    def _fits(self, tenant: str, q: Query) -> list[Case]:
        names = ("procedure", "state", "phase", "matter", "parent", "flagger")
        wanted = {name: getattr(q, name) for name in names if getattr(q, name)}
        waiting = {i.case for (t, _), i in self._s.open_incidents.items() if t == tenant and i.status == "open"}
        with_content = {id for digest in q.content for id in self._s.contents.get((tenant, digest), ())}
        found = [
            c
            for (t, _), c in self._s.cases.items()
            if t == tenant
            and all(getattr(c, name) == value for name, value in wanted.items())
            and (q.final is None or c.final is q.final)
            and (not q.party or any(q.party in ids for role, ids in c.parties.items() if q.role in ("", role)))
            and (not q.sender or self._s.entries[t, c.id][0].doc["by"]["id"] == q.sender)
            and (not q.content or c.id in with_content)
            and (q.open_incident is None or (c.id in waiting) is q.open_incident)
            and ((q.due_after is None and q.due_before is None) or _is_due(c, q))
        ]
        return sorted(found, key=lambda c: _place(c, q))

    def find(self, tenant: str, query: Query) -> Sequence[Case]:
        found = self._fits(tenant, query)
        if query.after:
            last = self._s.cases.get((tenant, query.after))
            if last is None:
                raise BadInput("after", query.after, "hand in the id of the last case of the page before")
            found = [c for c in found if _place(c, query) > _place(last, query)]
        return found[: query.limit]

    def count(self, tenant: str, query: Query) -> int:
        return len(self._fits(tenant, query))

    def incidents(self, tenant: str, case: str, status: str, limit: int) -> Sequence[Incident]:
        found = [
            i
            for (t, _), i in self._s.open_incidents.items()
            if t == tenant and case in ("", i.case) and status in ("", i.status)
        ]
        return sorted(found, key=lambda i: (i.at, i.id))[:limit]

    def incident(self, tenant: str, id: str) -> Incident | None:
        return self._s.open_incidents.get((tenant, id))

    def report(self, incident: Incident) -> None:
        key = (incident.tenant, incident.id)
        present = self._s.open_incidents.get(key)
        if present is None or incident.status == "resolved":
            self._set(self._s.open_incidents, key, incident)

    def keep(self, tenant: str, item: Inbound, doc: Mapping[str, Any] | None) -> bool:
        key = (tenant, item.sender, item.id)
        if key in self._s.items:
            return False
        self._set(self._s.items, key, (attrs.evolve(item, event=None), doc))
        self._note(key, item)
        return True

    def _note(self, key: tuple[str, str, str], item: Inbound) -> None:
        if item.status in _WAITING:
            self._set(self._s.waiting, key, None)
        else:
            self._drop(self._s.waiting, key)

    def mark(self, tenant: str, item: Inbound) -> None:
        key = (tenant, item.sender, item.id)
        if key not in self._s.items:
            return
        kept, doc = self._s.items[key]
        marked = attrs.evolve(kept, status=item.status, case=item.case, detail=item.detail)
        self._set(self._s.items, key, (marked, doc))
        self._note(key, marked)

    def item(self, tenant: str, sender: str, id: str) -> Inbound:
        return self._s.items[(tenant, sender, id)][0]

    def inbox(
        self, tenant: str, case: str, statuses: Sequence[str], limit: int
    ) -> Sequence[tuple[Inbound, Mapping[str, Any] | None]]:
        among = self._s.waiting if statuses and set(statuses) <= _WAITING else self._s.items
        found = [
            (i, d)
            for key in among
            if key[0] == tenant
            for i, d in (self._s.items[key],)
            if case in ("", i.case) and (not statuses or i.status in statuses)
        ]
        start = datetime.min.replace(tzinfo=UTC)
        return sorted(found, key=lambda f: (f[0].received_at or start, f[0].sender, f[0].id))[:limit]

    def registered(self, tenant: str) -> tuple[int, str]:
        entries = self._s.register.get(tenant, ())
        return (len(entries), entries[-1].hash) if entries else (0, "")

    def organisations(self, tenant: str) -> Sequence[tuple[str, bytes]]:
        return [found for (t, _), found in sorted(self._s.listed.items()) if t == tenant]

    def register(self, tenant: str, entry: Entry, organisation: str, doc: str | None, salt: bytes) -> None:
        entries = self._s.register.get(tenant, ())
        if entry.seq != len(entries) + 1:
            raise CaseConflict("(directory)", entry.seq - 1, len(entries))
        self._set(self._s.register, tenant, (*entries, entry))
        if doc is None:
            self._drop(self._s.listed, (tenant, organisation))
        else:
            self._set(self._s.listed, (tenant, organisation), (doc, salt))

    def registrations(self, tenant: str) -> Sequence[Entry]:
        return [read_entry(e.text, e.hash) for e in self._s.register.get(tenant, ())]

    def keep_procedure(self, digest: str, document: str) -> None:
        if digest not in self._s.procedures:
            self._set(self._s.procedures, digest, document)

    def procedure(self, digest: str) -> str | None:
        return self._s.procedures.get(digest)

    def put_evidence(self, tenant: str, case: str, digest: str, file: BinaryIO, at: datetime) -> None:
        data = file.read()
        if canon.digest(data) != digest:
            raise BadInput("file", "(its bytes)", "they are not those of the digest: it changed while it was read")
        self._set(self._s.evidence, (tenant, case, digest), (data, at))

    def get_evidence(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None:
        if (tenant, case, digest) not in self._s.evidence:
            raise EvidenceNotFound(case, digest)
        into.write(self._s.evidence[tenant, case, digest][0])

    def kept_evidence(self, tenant: str, case: str) -> Sequence[tuple[str, str, datetime]]:
        found = self._s.evidence.items()
        return sorted((c, digest, at) for (t, c, digest), (_, at) in found if t == tenant and case in ("", c))

    def erase_evidence(self, tenant: str, case: str, digest: str, before: datetime | None) -> None:
        found = self._s.evidence.get((tenant, case, digest))
        if found is not None and (before is None or found[1] < before):
            self._drop(self._s.evidence, (tenant, case, digest))


def _place(case: Case, q: Query) -> tuple[Any, str]:
    return (case.urgency if q.order == "urgency" else case.opened, case.id)


def _is_due(case: Case, q: Query) -> bool:
    running = [d.due for d in case.deadlines if d.standing is Standing.RUNNING and d.due is not None]
    return any(
        (q.due_after is None or due >= q.due_after) and (q.due_before is None or due < q.due_before) for due in running
    )
