"""The SQL store: what is written where. Knows SQL text and no driver."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, final

import attrs

from ... import canon
from ...case import Case
from ...errors import BadInput, CaseConflict, CommandReused, StoreError
from ...journal import case_from_doc, case_to_doc, read
from ...ports import Inbound, Loaded, Query, Session
from ...step import Entry, Incident, Outgoing, Side, Step
from . import statements as sql
from .connection import Connection, Duplicate

_dump = canon.unsorted_text
_instant = canon.instant


@final
class SqlStore:
    """Cases in a SQL database.

    Args:
        begin: Opens a transaction: `begin(None, read)` an own one, `begin(conn, read)` a savepoint in the host's.
        close: Closes what is pooled.
    """

    capabilities = frozenset(
        {"inbox", "incidents", "personal", "heads", "migrations", "joins_transaction", "durable", "directory"}
    )
    blocking = True

    def __init__(self, begin: Callable[[Any, bool], Connection], close: Callable[[], None]) -> None:
        self._begin = begin
        self._close = close
        self._recent = _Recent()

    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Session]:
        """Begin a transaction; with `conn`, a savepoint in the host's open one."""
        connection = self._begin(conn, read)
        try:
            yield SqlSession(connection, self._recent)
        except BaseException:
            connection.end(False)
            raise
        connection.end(True)

    def close(self) -> None:
        """Close the pooled connections."""
        self._close()


class _Recent:
    """The cases read or written last, each with its row's text: nothing is believed that the row does not say."""

    def __init__(self, size: int = 512) -> None:
        self._size = size
        self._cases: dict[tuple[str, str], tuple[str, Case]] = {}

    def case(self, tenant: str, id: str, text: str) -> Case:
        known = self._cases.get((tenant, id))
        if known is not None and known[0] == text:
            return known[1]
        case = case_from_doc(json.loads(text))
        self.remember(text, case)
        return case

    def remember(self, text: str, case: Case) -> None:
        self._cases[case.tenant, case.id] = (text, case)
        if len(self._cases) > self._size:
            with suppress(StopIteration, KeyError, RuntimeError):  # another thread was here
                del self._cases[next(iter(self._cases))]


class SqlSession:
    """One transaction. See `sopflow.ports.Session`."""

    def __init__(self, connection: Connection, recent: _Recent | None = None) -> None:
        self._c = connection
        self._recent = _Recent() if recent is None else recent

    @property
    def conn(self) -> Any:
        return self._c.raw

    # --- cases ---------------------------------------------------------------------------------------------------

    def load(self, tenant: str, case: str) -> Loaded | None:
        rows = self._c.rows(sql.LOAD, {"tenant": tenant, "id": case})
        if not rows:
            return None
        doc, parked = rows[0]
        return Loaded(case=self._recent.case(tenant, case, doc), parked=bool(parked))

    def commit(self, step: Step) -> None:
        case, run, tenant, id = step.case, self._c.run, step.case.tenant, step.case.id
        entry, command = step.entry, step.entry.doc.get("command")
        doc = _dump(case_to_doc(case))
        self._recent.remember(doc, case)
        row = {
            "tenant": tenant, "id": id, "revision": case.revision, "before": case.revision - 1,
            "procedure": case.procedure,
            "state": case.state, "phase": case.phase, "final": int(case.final), "matter": case.matter,
            "parent": case.parent, "opened": _instant(case.opened), "head": case.head, "doc": doc,
        }  # fmt: skip
        effects = entry.doc["effects"]
        parties = [(role, party) for role, found in effects.get("parties", {}).items() for party in found]
        if command is not None and self.command(tenant, command) is not None:
            raise _reused(command)  # asked before anything is written, so that a caught error leaves nothing
        replaced = self._parties(tenant, id, effects["parties"]) if parties and case.revision > 1 else ()
        if case.revision == 1:
            try:
                run(sql.INSERT_CASE, row)
            except Duplicate:
                raise CaseConflict(id, 0, self._revision(tenant, id)) from None
        elif run(sql.UPDATE_CASE, row) != 1:
            raise CaseConflict(id, case.revision - 1, self._revision(tenant, id))
        key = {"tenant": tenant, "case": id, "seq": case.revision}
        try:
            run(sql.INSERT_ENTRY, {**key, "command": command, "hash": entry.hash, "entry": entry.text})
        except Duplicate:
            if command is not None:
                raise _reused(command) from None
            raise StoreError(
                f"case {id!r}: the journal already has entry {case.revision}, which the case row does not know; it was "
                "changed from outside. Verify the case"
            ) from None
        run(sql.INSERT_SIDE, {**key, "salt": step.side.salt, "doc": _dump(step.side.values)})
        for role, party in replaced:
            run(sql.DELETE_PARTY, {"tenant": tenant, "case": id, "role": role, "party": party})
        for role, party in parties:
            run(sql.INSERT_PARTY, {"tenant": tenant, "case": id, "role": role, "party": party})
        for deadline in step.deadlines:
            wake = deadline.wake
            run(sql.PUT_DEADLINE, {"tenant": tenant, "case": id, "id": deadline.id, "wake": wake and _instant(wake)})
        for ended in effects.get("ended", ()):
            run(sql.PUT_DEADLINE, {"tenant": tenant, "case": id, "id": ended, "wake": None})
        for message in step.outgoing:
            run(sql.INSERT_MESSAGE, {
                "tenant": tenant, "id": message.id, "case": id, "ready": _instant(message.send_after),
                "attempts": message.attempts, "address": message.address, "subject": message.subject,
                "body": message.body, "html": message.html, "data": message.data, "doc": _message_doc(message),
            })  # fmt: skip
        for message_id in step.cancelled:
            self.settle(tenant, message_id, "cancelled")
        for message_id, until in step.held.items():
            run(sql.HOLD_MESSAGE, {"tenant": tenant, "id": message_id, "ready": _instant(until)})
        for incident in step.incidents:
            self.report(incident)
        for incident_id, by, note in step.resolves:
            found = self.incident(tenant, incident_id)
            if found is not None:
                done = attrs.evolve(found, status="resolved", resolved_by=by, resolved_at=case.recorded, note=note)
                self.report(done)

    def _revision(self, tenant: str, id: str) -> int:
        rows = self._c.rows(sql.REVISION, {"tenant": tenant, "id": id})
        return int(rows[0][0]) if rows else 0

    def _parties(self, tenant: str, id: str, roles: Iterable[str]) -> Sequence[tuple[str, str]]:
        before = self.load(tenant, id)
        present = {} if before is None else before.case.parties
        return [(role, party) for role in roles for party in present.get(role, ())]

    def journal(self, tenant: str, case: str) -> Sequence[Entry]:
        return [read(text, hash) for text, hash in self._c.rows(sql.JOURNAL, {"tenant": tenant, "case": case})]

    def personal(self, tenant: str, case: str) -> Sequence[Side]:
        rows = self._c.rows(sql.SIDES, {"tenant": tenant, "case": case})
        return [Side(seq=seq, salt=salt, values=json.loads(doc)) for seq, salt, doc in rows]

    def erase(self, tenant: str, case: str) -> None:
        key = {"tenant": tenant, "case": case}
        self._c.run(sql.ERASE_SIDES, key)
        self._c.run(sql.ERASE_TEXTS, key)
        self._c.run(sql.ERASE_NOTES, key)
        self._c.run(sql.ERASE_ITEMS, {**key, "nothing": b""})

    def command(self, tenant: str, command: str) -> tuple[str, int] | None:
        rows = self._c.rows(sql.COMMAND, {"tenant": tenant, "command": command})
        return (rows[0][0], rows[0][1]) if rows else None

    def find(self, tenant: str, query: Query) -> Sequence[Case]:
        where, params = _where(tenant, query)
        if query.after:
            rows = self._c.rows(sql.OPENED, {"tenant": tenant, "id": query.after})
            if not rows:
                raise BadInput("after", query.after, "hand in the id of the last case of the page before")
            where += " AND (c.opened, c.id) > (:after_opened, :after_id)"
            params |= {"after_opened": rows[0][0], "after_id": query.after}
        found = self._c.rows(sql.FIND.format(where=where), params | {"limit": query.limit})
        return [case_from_doc(json.loads(doc)) for (doc,) in found]

    def count(self, tenant: str, query: Query) -> int:
        where, params = _where(tenant, query)
        return int(self._c.rows(sql.COUNT.format(where=where), params)[0][0])

    # --- time and messages ---------------------------------------------------------------------------------------

    def due(self, tenant: str, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        rows = self._c.rows(sql.DUE, {"tenant": tenant, "now": _instant(now), "limit": limit})
        return [(case, id) for case, id in rows]

    def postpone(self, tenant: str, case: str, deadline: str, until: datetime) -> None:
        self._c.run(sql.POSTPONE, {"tenant": tenant, "case": case, "id": deadline, "wake": _instant(until)})

    def claim(self, tenant: str, now: datetime, until: datetime, limit: int) -> Sequence[Outgoing]:
        rows = self._c.rows(sql.CLAIMABLE, {"tenant": tenant, "now": _instant(now), "limit": limit})
        for row in rows:
            self._c.run(sql.LEASE, {"tenant": tenant, "id": row[0], "until": _instant(until)})
        return [_message(*row[1:]) for row in rows]

    def settle(self, tenant: str, message: str, status: str) -> None:
        self._c.run(sql.SETTLE, {"tenant": tenant, "id": message, "status": status})

    def again(self, tenant: str, message: str, attempts: int, at: datetime, why: str) -> None:
        row = {"tenant": tenant, "id": message, "attempts": attempts, "ready": _instant(at), "why": why}
        self._c.run(sql.AGAIN, row)

    def outbox(self, tenant: str, case: str) -> Sequence[tuple[Outgoing, str]]:
        rows = self._c.rows(sql.OUTBOX, {"tenant": tenant, "case": case})
        return [(_message(*row[1:]), row[0]) for row in rows]

    # --- incidents, inbox, procedures ----------------------------------------------------------------------------

    def incidents(self, tenant: str, case: str, status: str, limit: int) -> Sequence[Incident]:
        where, params = "tenant = :tenant", {"tenant": tenant, "limit": limit}
        for column, value in (("case_id", case), ("status", status)):
            if value:
                where += f" AND {column} = :{column}"
                params[column] = value
        return [_incident(*row) for row in self._c.rows(sql.INCIDENTS.format(where=where), params)]

    def incident(self, tenant: str, id: str) -> Incident | None:
        rows = self._c.rows(sql.INCIDENT, {"tenant": tenant, "id": id})
        return _incident(*rows[0]) if rows else None

    def report(self, incident: Incident) -> None:
        doc = attrs.asdict(incident)
        for name in ("at", "resolved_at"):
            doc[name] = doc[name] and _instant(doc[name])
        note = doc.pop("note")
        row = {"tenant": incident.tenant, "id": incident.id, "case": incident.case, "status": incident.status,
               "at": _instant(incident.at), "doc": _dump(doc), "note": note}  # fmt: skip
        self._c.run(sql.RESOLVE_INCIDENT if incident.status == "resolved" else sql.INSERT_INCIDENT, row)

    def keep(self, tenant: str, item: Inbound, doc: Mapping[str, Any] | None) -> bool:
        fixed = {"authenticated": item.authenticated, "candidates": list(item.candidates)}
        received = "" if item.received_at is None else _instant(canon.utc(item.received_at, "received_at"))
        row = _marks(tenant, item) | {
            "received": received, "doc": _dump(fixed), "event": None if doc is None else _dump(doc), "raw": item.raw,
        }  # fmt: skip
        return self._c.run(sql.INSERT_INBOUND, row) == 1

    def mark(self, tenant: str, item: Inbound) -> None:
        self._c.run(sql.MARK_INBOUND, _marks(tenant, item))

    def item(self, tenant: str, sender: str, id: str) -> Inbound:
        where = "tenant = :tenant AND sender = :sender AND id = :id"
        params = {"tenant": tenant, "sender": sender, "id": id, "limit": 1}
        return _inbound(self._c.rows(sql.INBOX.format(where=where), params)[0])[0]

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
        return [_inbound(row) for row in self._c.rows(sql.INBOX.format(where=where), params)]

    def registered(self, tenant: str) -> tuple[int, str]:
        rows = self._c.rows(sql.REGISTERED, {"tenant": tenant})
        return (int(rows[0][0]), rows[0][1]) if rows else (0, "")

    def organisations(self, tenant: str) -> Sequence[tuple[str, bytes]]:
        return [(doc, bytes(salt)) for doc, salt in self._c.rows(sql.ORGANISATIONS, {"tenant": tenant})]

    def register(self, tenant: str, entry: Entry, organisation: str, doc: str | None, salt: bytes) -> None:
        last, _ = self.registered(tenant)
        if entry.seq != last + 1:
            raise CaseConflict("(directory)", entry.seq - 1, last)
        try:
            row = {"tenant": tenant, "seq": entry.seq, "hash": entry.hash, "entry": entry.text}
            self._c.run(sql.REGISTER, row)
        except Duplicate:
            raise CaseConflict("(directory)", entry.seq - 1, entry.seq) from None
        if doc is None:
            self._c.run(sql.DROP_ORGANISATION, {"tenant": tenant, "id": organisation})
        else:
            self._c.run(sql.PUT_ORGANISATION, {"tenant": tenant, "id": organisation, "salt": salt, "doc": doc})

    def registrations(self, tenant: str) -> Sequence[Entry]:
        return [read(text, hash) for text, hash in self._c.rows(sql.REGISTRATIONS, {"tenant": tenant})]

    def keep_procedure(self, digest: str, document: str) -> None:
        self._c.run(sql.KEEP_PROCEDURE, {"digest": digest, "document": document})

    def procedure(self, digest: str) -> str | None:
        rows = self._c.rows(sql.PROCEDURE, {"digest": digest})
        return str(rows[0][0]) if rows else None


def _where(tenant: str, query: Query) -> tuple[str, dict[str, Any]]:
    params: dict[str, Any] = {"tenant": tenant}
    where = "c.tenant = :tenant"
    for name in ("procedure", "state", "phase", "matter", "parent"):
        value = getattr(query, name)
        if value:
            where += f' AND c."{name}" = :{name}'
            params[name] = value
    if query.final is not None:
        where += " AND c.final = :final"
        params["final"] = int(query.final)
    if query.party:
        where += f" AND {sql.HAS_PARTY}"
        params["party"] = query.party
    return where, params


def _message_doc(message: Outgoing) -> str:
    doc = {"channel": message.channel, "contact": message.contact, "language": message.language,
           "template": message.template, "thread": message.thread, "recipient_role": message.recipient_role,
           "sender_role": message.sender_role}  # fmt: skip
    if message.expires is not None:
        doc["expires"] = _instant(message.expires)
    return _dump(doc)


def _message(
    tenant: str, id: str, case: str, send_after: str, attempts: int, address: str, subject: str, body: str, html: str,
    data: str, doc: str,
) -> Outgoing:  # fmt: skip
    fields = json.loads(doc)
    expires = fields.pop("expires", None)
    return Outgoing(
        id=id, tenant=tenant, case=case, attempts=attempts, address=address, subject=subject, body=body,
        html=html, data=data,
        send_after=canon.parse_instant(send_after),
        expires=expires and canon.parse_instant(expires), **fields,
    )  # fmt: skip


def _incident(text: str, note: str) -> Incident:
    doc = json.loads(text)
    for name in ("at", "resolved_at"):
        doc[name] = doc[name] and canon.parse_instant(doc[name])
    return Incident(**doc, note=note)


def _marks(tenant: str, item: Inbound) -> dict[str, Any]:
    return {"tenant": tenant, "sender": item.sender, "id": item.id, "case": item.case, "status": item.status,
            "detail": item.detail}  # fmt: skip


def _inbound(row: Sequence[Any]) -> tuple[Inbound, Mapping[str, Any] | None]:
    sender, id, case, status, detail, received, doc, event, raw = row
    fixed = json.loads(doc)
    item = Inbound(
        id=id, sender=sender, authenticated=fixed["authenticated"], candidates=tuple(fixed["candidates"]), case=case,
        status=status, detail=detail, received_at=canon.parse_instant(received) if received else None, raw=bytes(raw),
    )  # fmt: skip
    return item, None if event is None else json.loads(event)


def _reused(command: str) -> CommandReused:
    return CommandReused("command_id", command, "use a new command id for a new command")
