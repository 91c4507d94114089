"""The SQL store: what is written where. Knows SQL text and no driver."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, final

import attrs

from ... import canon
from ...case import Case
from ...errors import BadInput, CaseConflict, CommandReused
from ...journal import case_from_doc, case_to_doc, read
from ...ports import Inbound, Loaded, Query, Session
from ...step import Entry, Incident, Outgoing, Side, Step
from . import statements as sql
from .connection import Connection, Duplicate

_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_instant = canon.instant


@final
class SqlStore:
    """Cases in a SQL database.

    Args:
        begin: Opens a transaction: `begin(None, read)` an own one, `begin(conn, read)` a savepoint in the host's.
        close: Closes what is pooled.
    """

    capabilities = frozenset({"inbox", "incidents", "personal", "heads", "migrations", "joins_transaction", "durable"})
    blocking = True

    def __init__(self, begin: Callable[[Any, bool], Connection], close: Callable[[], None]) -> None:
        self._begin = begin
        self._close = close

    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Session]:
        """Begin a transaction; with `conn`, a savepoint in the host's open one."""
        connection = self._begin(conn, read)
        try:
            yield SqlSession(connection)
        except BaseException:
            connection.end(False)
            raise
        connection.end(True)

    def close(self) -> None:
        """Close the pooled connections."""
        self._close()


class SqlSession:
    """One transaction. See `sopflow.ports.Session`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    @property
    def conn(self) -> Any:
        return self._c.raw

    # --- cases ---------------------------------------------------------------------------------------------------

    def load(self, tenant: str, case: str) -> Loaded | None:
        rows = self._c.rows(sql.LOAD, {"tenant": tenant, "id": case})
        if not rows:
            return None
        doc, parked = rows[0]
        return Loaded(case=case_from_doc(json.loads(doc)), parked=bool(parked))

    def commit(self, step: Step) -> None:
        case, run, tenant, id = step.case, self._c.run, step.case.tenant, step.case.id
        row = {
            "tenant": tenant, "id": id, "revision": case.revision, "before": case.revision - 1,
            "procedure": case.procedure,
            "state": case.state, "phase": case.phase, "final": int(case.final), "matter": case.matter,
            "parent": case.parent, "opened": _instant(case.opened), "head": case.head, "doc": _dump(case_to_doc(case)),
        }  # fmt: skip
        if case.revision == 1:
            try:
                run(sql.INSERT_CASE, row)
            except Duplicate:
                raise CaseConflict(id, 0, self._revision(tenant, id)) from None
        elif run(sql.UPDATE_CASE, row) != 1:
            raise CaseConflict(id, case.revision - 1, self._revision(tenant, id))
        key = {"tenant": tenant, "case": id, "seq": case.revision}
        entry, command = step.entry, step.entry.doc.get("command")
        try:
            run(sql.INSERT_ENTRY, {**key, "command": command, "hash": entry.hash, "entry": entry.text})
        except Duplicate:
            raise CommandReused("command_id", command, "use a new command id for a new command") from None
        run(sql.INSERT_SIDE, {**key, "salt": step.side.salt, "doc": _dump(step.side.values)})
        effects = entry.doc["effects"]
        for role, parties in effects.get("parties", {}).items():
            for party in parties:
                run(sql.INSERT_PARTY, {"tenant": tenant, "case": id, "role": role, "party": party})
        for deadline in step.deadlines:
            wake = deadline.wake
            run(sql.PUT_DEADLINE, {"tenant": tenant, "case": id, "id": deadline.id, "wake": wake and _instant(wake)})
        for ended in effects.get("ended", ()):
            run(sql.PUT_DEADLINE, {"tenant": tenant, "case": id, "id": ended, "wake": None})
        for message in step.outgoing:
            run(sql.INSERT_MESSAGE, {
                "tenant": tenant, "id": message.id, "case": id, "ready": _instant(message.send_after),
                "address": message.address, "subject": message.subject, "body": message.body,
                "doc": _message_doc(message),
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

    def journal(self, tenant: str, case: str) -> Sequence[Entry]:
        return [read(text, hash) for text, hash in self._c.rows(sql.JOURNAL, {"tenant": tenant, "case": case})]

    def personal(self, tenant: str, case: str) -> Sequence[Side]:
        rows = self._c.rows(sql.SIDES, {"tenant": tenant, "case": case})
        return [Side(seq=seq, salt=salt, values=json.loads(doc)) for seq, salt, doc in rows]

    def erase(self, tenant: str, case: str) -> None:
        self._c.run(sql.ERASE_SIDES, {"tenant": tenant, "case": case})
        self._c.run(sql.ERASE_TEXTS, {"tenant": tenant, "case": case})

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
        params = {"tenant": tenant, "case": case, "status": status, "limit": limit}
        return [_incident(doc) for (doc,) in self._c.rows(sql.INCIDENTS, params)]

    def incident(self, tenant: str, id: str) -> Incident | None:
        rows = self._c.rows(sql.INCIDENT, {"tenant": tenant, "id": id})
        return _incident(rows[0][0]) if rows else None

    def report(self, incident: Incident) -> None:
        doc = attrs.asdict(incident)
        for name in ("at", "resolved_at"):
            doc[name] = doc[name] and _instant(doc[name])
        row = {"tenant": incident.tenant, "id": incident.id, "case": incident.case, "status": incident.status,
               "at": _instant(incident.at), "doc": _dump(doc)}  # fmt: skip
        self._c.run(sql.RESOLVE_INCIDENT if incident.status == "resolved" else sql.INSERT_INCIDENT, row)

    def keep(self, tenant: str, item: Inbound, doc: Mapping[str, Any] | None) -> bool:
        row = _inbound_row(tenant, item) | {"event": None if doc is None else _dump(doc), "raw": item.raw}
        try:
            self._c.run(sql.INSERT_INBOUND, row)
        except Duplicate:
            return False
        return True

    def mark(self, tenant: str, item: Inbound) -> None:
        self._c.run(sql.MARK_INBOUND, _inbound_row(tenant, item))

    def inbox(
        self, tenant: str, case: str, statuses: Sequence[str], limit: int
    ) -> Sequence[tuple[Inbound, Mapping[str, Any] | None]]:
        wanted = "".join(f"|{s}|" for s in statuses)
        rows = self._c.rows(sql.INBOX, {"tenant": tenant, "case": case, "statuses": wanted, "limit": limit})
        return [(_inbound(doc, raw), None if event is None else json.loads(event)) for doc, event, raw in rows]

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
    tenant: str, id: str, case: str, ready: str | None, attempts: int, address: str, subject: str, body: str, doc: str
) -> Outgoing:
    fields = json.loads(doc)
    expires = fields.pop("expires", None)
    return Outgoing(
        id=id, tenant=tenant, case=case, attempts=attempts, address=address, subject=subject, body=body,
        send_after=canon.parse_instant(ready or "1970-01-01T00:00:00.000000Z"),
        expires=expires and canon.parse_instant(expires), **fields,
    )  # fmt: skip


def _incident(text: str) -> Incident:
    doc = json.loads(text)
    for name in ("at", "resolved_at"):
        doc[name] = doc[name] and canon.parse_instant(doc[name])
    return Incident(**doc)


def _inbound_row(tenant: str, item: Inbound) -> dict[str, Any]:
    doc = {"id": item.id, "sender": item.sender, "authenticated": item.authenticated, "case": item.case,
           "candidates": list(item.candidates), "status": item.status, "detail": item.detail,
           "received_at": item.received_at and _instant(canon.utc(item.received_at, "received_at"))}  # fmt: skip
    return {"tenant": tenant, "sender": item.sender, "id": item.id, "case": item.case, "status": item.status,
            "doc": _dump(doc)}  # fmt: skip


def _inbound(text: str, raw: bytes) -> Inbound:
    doc = json.loads(text)
    received = doc.pop("received_at")
    candidates = tuple(doc.pop("candidates"))
    return Inbound(**doc, candidates=candidates, received_at=received and canon.parse_instant(received), raw=raw)
