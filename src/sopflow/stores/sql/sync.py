# Generated from src/sopflow/stores/sql/aio.py by scripts/unasync.py. DO NOT CHANGE.
"""The SQL store: what is written where. Knows text and no driver."""

from __future__ import annotations

from collections.abc import Iterator, Iterable, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import datetime
from typing import Any, final

import attrs

from ... import canon
from ...case import Case
from ...errors import BadInput, CaseConflict, SopflowError, StoreContended, StoreError
from ...journal import read
from ...ports import Inbound, Loaded, Query
from ...step import Entry, Incident, Outgoing, Side, Step
from . import statements as sql
from .connection import Connection, Driver, Waited
from .dialects import Dialect
from .drivers import join_sync
from .evidence_sync import EvidenceRows
from .rows import (
    BY_URGENCY,
    Recent,
    among,
    case_of,
    filters,
    inbound_of,
    inbound_row,
    incident_of,
    instant,
    marks,
    message_of,
    misplaced,
    numbered,
    organisation_of,
    reported,
    reused,
    sides_of,
    written,
)
from .together import AT_ONCE, GUARDS, MOST, together, unless_used

_CAPABILITIES = frozenset(
    {
        "inbox",
        "incidents",
        "personal",
        "heads",
        "migrations",
        "joins_transaction",
        "durable",
        "evidence",
        "directory",
        "lookups",
    }
)


@final
class SqlStore:
    """Cases in a SQL database.

    Args:
        driver: Begins transactions of our own, on pooled connections.
    """

    blocking = True

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._recent = Recent()
        self.capabilities = _CAPABILITIES | ({"clock"} if driver.dialect.database in sql.CLOCK else set())

    def session(self, conn: Any = None, *, read: bool = False) -> SqlTransaction:
        """Begin a transaction; with `conn`, a savepoint in the host's open one."""
        return SqlTransaction(self._driver, self._recent, conn, read)

    def close(self) -> None:
        """Close the pooled connections."""
        self._driver.close()


class SqlTransaction:
    """`with` begins a transaction, gives its session, and commits it if nothing is raised.

    By hand, because every step begins one, and `contextlib` would add to its cost.
    """

    __slots__ = ("_connection", "_driver", "_host", "_read", "_recent")
    _connection: Connection

    def __init__(self, driver: Driver, recent: Recent, host: Any, read: bool) -> None:
        self._driver = driver
        self._recent = recent
        self._host = host
        self._read = read

    def __enter__(self) -> SqlSession:
        driver, host, read = self._driver, self._host, self._read
        self._connection = (driver.begin(read) if host is None else join_sync(host, driver.dialect, read))
        if host is not None:
            try:
                self._meet(driver.dialect.database)
            except BaseException:
                self._connection.end(False)
                raise
        return SqlSession(self._connection, driver.dialect, self._recent, read, host is not None)

    def _meet(self, database: str) -> None:
        """Have a host told at once that it sees the past, and refuse one whose driver changes what we read."""
        if not self._read and database in sql.TOLD_ON_WRITING:
            self._connection.run(sql.WRITE_NOTHING, {})
        if database in sql.AS_IT_IS:
            rows: list[tuple[Any, ...]]
            try:
                rows = [tuple(row) for row in self._connection.rows(sql.AS_IT_IS[database], {})]
            except SopflowError:
                raise
            except Exception:  # of a converter of the host's
                rows = [("", 0)]
            if any(row[::2] != row[1::2] or not isinstance(row[2], str) for row in rows):
                remedy = (
                    "connect without detect_types and text_factory, or register no converter for TEXT, INTEGER, BLOB"
                )
                raise BadInput("conn", "that makes something else of texts, integers or bytes", remedy)

    def __exit__(self, kind: object, error: object, where: object) -> None:
        try:
            self._connection.end(kind is None)
        except StoreContended:
            if error is None or isinstance(error, Exception):
                raise


class SqlSession(EvidenceRows):
    """One transaction. See `sopflow.ports.Session`."""

    def __init__(
        self, connection: Connection, dialect: Dialect, recent: Recent | None = None, read: bool = False,
        joined: bool = False,
    ) -> None:  # fmt: skip
        self._c = connection
        self._dialect = dialect
        self._recent = Recent() if recent is None else recent
        self._load = sql.LOAD if read else sql.LOAD_TO_WRITE
        self._at_once = dialect.database in AT_ONCE and not read
        self._joined = joined
        self._past = joined and dialect.database in sql.SEES_THE_PAST

    @property
    def conn(self) -> Any:
        return self._c.raw

    @contextmanager
    def part(self) -> Iterator[None]:
        """Begin a part of this transaction: if it raises, what was done in it is undone, and nothing else."""
        whole, connection = self._c, join_sync(self._c.raw, self._dialect, False)
        self._c = connection
        try:
            yield
        except BaseException as error:
            self._c = whole
            try:
                connection.end(False)
            except StoreContended:
                if isinstance(error, Exception):
                    raise
            if isinstance(error, Waited) and not self._joined:  # ours has waited for long enough
                raise StoreError(str(error)) from None
            raise
        self._c = whole
        connection.end(True)

    # --- cases ---------------------------------------------------------------------------------------------------

    def load(self, tenant: str, case: str, personal: bool = False) -> Loaded | None:
        if personal and self._at_once:
            return self._load_all(tenant, case)
        rows = self._c.rows(self._load, {"tenant": tenant, "id": case})
        if not rows:
            return None
        doc, parked = rows[0]
        return Loaded(case=self._recent.case(tenant, case, doc), parked=bool(parked))

    def _load_all(self, tenant: str, id: str) -> Loaded | None:
        rows = self._c.rows(sql.LOAD_ALL_TO_WRITE, {"tenant": tenant, "id": id})
        if not rows:
            return None
        (_, _, doc, parked, at_once), *rest = rows
        case, sides = self._recent.case(tenant, id, doc), sides_of(id, [row[:3] for row in rest])
        # Where the case's row was waited for, its side rows are those of the moment before. (Others are erased.)
        whole = bool(at_once and sides) and sides[-1].seq == case.revision
        return Loaded(case=case, parked=bool(parked), personal=sides if whole else None)

    def commit(self, step: Step) -> None:
        case, tenant, id = step.case, step.case.tenant, step.case.id
        command = step.entry.command
        there = self._parties(tenant, id, step.parties, case.revision)
        writes = written(step, there)
        self._recent.remember(writes[0][1]["doc"], case)
        database, begun = self._dialect.database, 2
        if command is not None and database in GUARDS:  # so that a caught error leaves nothing
            writes[0] = unless_used(writes[0], command)
        elif command is not None and self._c.rows(sql.COMMAND, {"tenant": tenant, "command": command}):
            raise reused(command)
        if database in AT_ONCE:
            begun = MOST
            (changed,) = self._c.rows(*together(writes[:MOST]))
        else:
            changed = [self._c.run(*writes[0])]
            changed += [self._c.run(*writes[1])] if changed == [1] else []
        if changed[0] != 1:
            if command is not None and self.command(tenant, command) is not None:
                raise reused(command)
            raise CaseConflict(id, case.revision - 1, self._revision(tenant, id))
        if changed[1] != 1:
            if command is not None and self._c.rows(sql.COMMAND_NOW, {"tenant": tenant, "command": command}):
                raise reused(command)  # by another case, since it was asked
            raise StoreError(
                f"case {id!r}: the journal already has entry {case.revision}, which the case row does not know; it was "
                "changed from outside. Verify the case"
            )
        for text, row in writes[begun:]:
            self._c.run(text, row)
        for message_id in step.cancelled:
            self.settle(tenant, message_id, "cancelled")
        for message_id, until in step.held.items():
            self._c.run(sql.HOLD_MESSAGE, {"tenant": tenant, "id": message_id, "ready": instant(until)})
        for incident_id, by, note in step.resolves:
            rows = self._c.rows(sql.INCIDENT_NOW, {"tenant": tenant, "id": incident_id})
            if rows:
                found = incident_of(*rows[0])
                done = attrs.evolve(found, status="resolved", resolved_by=by, resolved_at=case.recorded, note=note)
                self.report(done)

    def _revision(self, tenant: str, id: str) -> int:
        rows = self._c.rows(sql.REVISION, {"tenant": tenant, "id": id})
        return int(rows[0][0]) if rows else 0

    def _parties(self, tenant: str, id: str, roles: Iterable[str], revision: int) -> Set[tuple[str, str]]:
        before = self.load(tenant, id) if roles and revision > 1 else None
        present = {} if before is None else before.case.parties
        return {(role, party) for role in roles for party in present.get(role, ())}

    def journal(self, tenant: str, case: str) -> Sequence[Entry]:
        rows = self._numbered(tenant, case, sql.JOURNAL, sql.JOURNAL_NOW)
        return [read(text, hash, case, place) for place, (text, hash) in enumerate(rows, 1)]

    def personal(self, tenant: str, case: str) -> Sequence[Side]:
        return sides_of(case, self._numbered(tenant, case, sql.SIDES, sql.SIDES_NOW))

    def _numbered(self, tenant: str, case: str, text: str, now: str) -> Sequence[Any]:
        """Return what a case has for each of its entries; of the present, whatever a host's transaction sees."""
        key = {"tenant": tenant, "case": case}
        if not self._past:
            return self._c.rows(text, key)
        found: list[Any] = []
        last = self._revision(tenant, case)
        for start in range(1, last + 1, 500):  # databases bound the number of parameters
            seqs = {f"n{n}": n for n in range(start, min(start + 500, last + 1))}
            found += self._c.rows(now.format(seqs=", ".join(f":{name}" for name in seqs)), {**key, **seqs})
        return found

    def erase(self, tenant: str, case: str) -> None:
        key = {"tenant": tenant, "case": case}
        self._c.run(sql.TOUCH_CASE, key)
        self._c.run(sql.ERASE_MATTERS, key)
        self._c.run(sql.ERASE_KEYS, key)
        self._c.run(sql.ERASE_SIDES, key)
        self._c.run(sql.ERASE_TEXTS, key)
        self._c.run(sql.ERASE_NOTES, key)
        self._c.run(sql.ERASE_ITEMS, {**key, "nothing": b""})

    def command(self, tenant: str, command: str) -> tuple[str, int] | None:
        key = {"tenant": tenant, "command": command}
        rows = self._c.rows(sql.COMMAND, key)
        if not rows and self._past:
            rows = self._c.rows(sql.COMMAND_NOW, key)
        return (rows[0][0], rows[0][1]) if rows else None

    # --- contents and queries ------------------------------------------------------------------------------------

    def index(self, tenant: str, case: str, keys: Sequence[str]) -> None:
        for digest in keys:
            self._c.run(sql.INSERT_KEY, {"tenant": tenant, "digest": digest, "case": case})

    def matter(self, tenant: str, keys: Sequence[str], proposed: str, at: datetime, named: bool = False) -> str:
        known = self._matters(tenant, keys)
        matter = min(known.values())[1] if known and not named else proposed
        row = {"tenant": tenant, "matter": matter, "since": instant(at)}
        new = sorted(set(keys) - set(known))  # in one order everywhere, so that two sessions never wait for each other
        won = [digest for digest in new if self._c.run(sql.LINK, {**row, "digest": digest}) == 1]
        if len(won) == len(new) or named:
            return matter
        known = self._matters(tenant, [digest for digest in keys if digest not in won], sql.MATTERS_NOW)
        if not known:
            raise StoreError("a matter of these contents is being opened by somebody else; begin the transaction again")
        row["matter"] = min(known.values())[1]  # another session was first
        for digest in won:
            self._c.run(sql.LINK_AGAIN, {**row, "digest": digest})
        return row["matter"]

    def _matters(self, tenant: str, keys: Sequence[str], text: str = sql.MATTERS) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for start in range(0, len(keys), 500):  # databases bound the number of parameters
            digests = numbered(keys[start : start + 500])
            rows = self._c.rows(among(text, digests), {"tenant": tenant, **digests})
            for digest, since, matter in rows:
                found[digest] = (since, matter)
        return found

    def find(self, tenant: str, query: Query) -> Sequence[Case]:
        tables, order, where, params = filters(tenant, query)
        if query.after:
            rows = self._c.rows(sql.PLACE, {"tenant": tenant, "id": query.after})
            if not rows:
                raise BadInput("after", query.after, "hand in the id of the last case of the page before")
            where += f" AND ({order}) > (:after_place, :after_id)"
            params |= {"after_place": rows[0][order == BY_URGENCY], "after_id": query.after}
        text = sql.FIND.format(tables=tables, where=where, order=order)
        found = self._c.rows(text, params | {"limit": query.limit})
        return [case_of(tenant, id, doc) for id, doc in found]

    def count(self, tenant: str, query: Query) -> int:
        tables, _, where, params = filters(tenant, query)
        rows = self._c.rows(sql.COUNT.format(tables=tables, where=where), params)
        return int(rows[0][0])

    # --- time and messages ---------------------------------------------------------------------------------------

    def clock(self) -> datetime:
        text = sql.CLOCK.get(self._dialect.database)
        if text is None:
            raise StoreError("this store has no clock of its own; see its capabilities")
        rows = self._c.rows(text, {})
        return canon.parse_instant(rows[0][0])

    def due(self, tenant: str, now: datetime, until: datetime | None, limit: int) -> Sequence[tuple[str, str]]:
        text = sql.DUE if until is None else sql.DUE_TO_LEASE
        rows = self._c.rows(text, {"tenant": tenant, "now": instant(now), "limit": limit})
        return [
            (case, id) for case, id, wake in rows if until is None or self._moved(tenant, case, id, wake, until)
        ]  # fmt: skip

    def _moved(self, tenant: str, case: str, deadline: str, seen: str, until: datetime) -> bool:
        row = {"tenant": tenant, "case": case, "id": deadline, "seen": seen, "until": instant(until)}
        return self._c.run(sql.MOVE_DEADLINE, row) == 1

    def postpone(self, tenant: str, case: str, deadline: str, until: datetime, leased: datetime) -> None:
        self._moved(tenant, case, deadline, instant(leased), until)

    def claim(self, tenant: str, now: datetime, until: datetime | None, limit: int) -> Sequence[Outgoing]:
        text = sql.CLAIMABLE if until is None else sql.CLAIMABLE_TO_LEASE
        rows = self._c.rows(text, {"tenant": tenant, "now": instant(now), "limit": limit})
        found = [message_of(*row) for row in rows]
        if until is None:
            return found
        for start in range(0, len(found), 500):  # databases bound the number of parameters
            ids = numbered([message.id for message in found[start : start + 500]])
            row = {"tenant": tenant, "now": instant(now), "until": instant(until), **ids}
            if self._c.run(sql.LEASE.format(ids=", ".join(f":{name}" for name in ids)), row) != len(ids):
                raise StoreError("messages were leased by somebody else meanwhile; nothing was claimed, try again")
        return [attrs.evolve(message, leased=until) for message in found]

    def settle(self, tenant: str, message: str, status: str, leased: datetime | None = None) -> bool:
        row = {"tenant": tenant, "id": message, "status": status}
        if leased is None:
            return self._c.run(sql.SETTLE, row) == 1
        return self._c.run(sql.SETTLE_LEASED, row | {"leased": instant(leased)}) == 1

    def again(self, tenant: str, message: str, attempts: int, at: datetime, why: str, leased: datetime) -> None:
        row = {"tenant": tenant, "id": message, "attempts": attempts, "ready": instant(at), "why": why}
        self._c.run(sql.AGAIN, row | {"leased": instant(leased)})

    def outbox(self, tenant: str, case: str) -> Sequence[tuple[Outgoing, str]]:
        rows = self._c.rows(sql.OUTBOX, {"tenant": tenant, "case": case})
        return [(message_of(*row[1:]), row[0]) for row in rows]

    def misplaced(self, case: Case, until: datetime) -> Sequence[str]:
        key = {"tenant": case.tenant, "case": case.id}
        return misplaced(
            case, until, self._c.rows(sql.COLUMNS, key), self._c.rows(sql.PARTIES, key),
            self._c.rows(sql.CLOCKS, key), self._c.rows(sql.QUEUE, key),
        )  # fmt: skip

    # --- incidents, inbox, procedures ----------------------------------------------------------------------------

    def incidents(self, tenant: str, case: str, status: str, limit: int) -> Sequence[Incident]:
        where, params = "tenant = :tenant", {"tenant": tenant, "limit": limit}
        for column, value in (("case_id", case), ("status", status)):
            if value:
                where += f" AND {column} = :{column}"
                params[column] = value
        return [incident_of(*row) for row in self._c.rows(sql.INCIDENTS.format(where=where), params)]

    def incident(self, tenant: str, id: str) -> Incident | None:
        rows = self._c.rows(sql.INCIDENT, {"tenant": tenant, "id": id})
        return incident_of(*rows[0]) if rows else None

    def report(self, incident: Incident) -> None:
        self._c.run(*reported(incident))

    def keep(self, tenant: str, item: Inbound, doc: Mapping[str, Any] | None) -> bool:
        return self._c.run(sql.INSERT_INBOUND, inbound_row(tenant, item, doc)) == 1

    def mark(self, tenant: str, item: Inbound) -> None:
        self._c.run(sql.MARK_INBOUND, marks(tenant, item))

    def item(self, tenant: str, sender: str, id: str) -> Inbound:
        rows = self._c.rows(sql.ITEM_NOW, {"tenant": tenant, "sender": sender, "id": id})
        return inbound_of(rows[0])[0]

    def inbox(
        self, tenant: str, case: str, statuses: Sequence[str], limit: int
    ) -> Sequence[tuple[Inbound, Mapping[str, Any] | None]]:
        where, params = "tenant = :tenant", {"tenant": tenant, "limit": limit}
        if case:
            where += " AND case_id = :case"
            params["case"] = case
        if statuses:
            wanted = {f"s{n}": status for n, status in enumerate(statuses)}
            where += f" AND status IN ({', '.join(f':{name}' for name in wanted)})"
            params |= wanted
        return [inbound_of(row) for row in self._c.rows(sql.INBOX.format(where=where), params)]

    def registered(self, tenant: str) -> tuple[int, str]:
        rows = self._c.rows(sql.REGISTERED, {"tenant": tenant})
        return (int(rows[0][0]), rows[0][1]) if rows else (0, "")

    def organisations(self, tenant: str) -> Sequence[tuple[str, bytes]]:
        return [organisation_of(row) for row in self._c.rows(sql.ORGANISATIONS, {"tenant": tenant})]

    def register(self, tenant: str, entry: Entry, organisation: str, doc: str | None, salt: bytes) -> None:
        last, _ = self.registered(tenant)
        if entry.seq != last + 1:
            raise CaseConflict("(directory)", entry.seq - 1, last)
        row = {"tenant": tenant, "seq": entry.seq, "hash": entry.hash, "entry": entry.text}
        if self._c.run(sql.REGISTER, row) != 1:
            raise CaseConflict("(directory)", entry.seq - 1, entry.seq)
        if doc is None:
            self._c.run(sql.DROP_ORGANISATION, {"tenant": tenant, "id": organisation})
        else:
            row = {"tenant": tenant, "id": organisation, "salt": salt, "doc": doc}
            self._c.run(sql.PUT_ORGANISATION, row)

    def registrations(self, tenant: str) -> Sequence[Entry]:
        rows = self._c.rows(sql.REGISTRATIONS, {"tenant": tenant})
        return [read(text, hash, "(directory)", place) for place, (text, hash) in enumerate(rows, 1)]

    def keep_procedure(self, digest: str, document: str) -> None:
        self._c.run(sql.KEEP_PROCEDURE, {"digest": digest, "document": document})

    def procedure(self, digest: str) -> str | None:
        rows = self._c.rows(sql.PROCEDURE, {"digest": digest})
        return str(rows[0][0]) if rows else None
