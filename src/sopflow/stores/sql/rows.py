"""Rows and values: how cases, messages, incidents and inbound items stand in columns. Pure; no driver, no colour."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from ... import canon
from ...case import Case, Deadline, Message, Standing
from ...case_json import case_from_doc, case_to_text
from ...errors import CommandReused, Tampered
from ...ports import Inbound, Query
from ...step import Incident, Outgoing, Side, Step
from . import statements as sql
from .connection import Rows
from .together import Write

BY_URGENCY = "c.urgency, c.id"
dump = canon.unsorted_text
instant = canon.instant
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_PUT_OFF = timedelta(days=9)  # an endpoint that asks to be left alone for a day, and quiet hours until next week


class Recent:
    """The cases read or written last, each with its row's text: nothing is believed that the row does not say."""

    def __init__(self, size: int = 512) -> None:
        self._size = size
        self._cases: dict[tuple[str, str], tuple[str, Case]] = {}

    def case(self, tenant: str, id: str, text: str) -> Case:
        """Return the case of a row's text."""
        known = self._cases.get((tenant, id))
        if known is not None and known[0] == text:
            return known[1]
        case = case_of(tenant, id, text)
        self.remember(text, case)
        return case

    def remember(self, text: str, case: Case) -> None:
        """Keep a case with the text that says it."""
        self._cases.pop((case.tenant, case.id), None)  # so that it is the last to go
        self._cases[case.tenant, case.id] = (text, case)
        if len(self._cases) > self._size:
            with suppress(StopIteration, KeyError, RuntimeError):  # another thread was here
                del self._cases[next(iter(self._cases))]


def case_of(tenant: str, id: str, text: str) -> Case:
    """Return the case that a row's text says.

    Raises:
        Tampered: If it says none any more, or another.
    """
    try:
        case = case_from_doc(json.loads(text))
        if (case.tenant, case.id) != (tenant, id):
            raise ValueError(f"it says that it is case {case.id!r} of tenant {case.tenant!r}")
    except Exception as error:  # whoever can write there may have written anything
        why = f"{type(error).__name__}: {str(error)[:200]}"
        raise Tampered(
            id, [f"the case's row cannot be read ({why}); what it must be is sopflow.journal.replay of its journal"]
        ) from error
    return case


def filters(tenant: str, query: Query) -> tuple[str, str, str, dict[str, Any]]:
    """Return where to look, in which order, the condition, and its parameters."""
    params: dict[str, Any] = {"tenant": tenant}
    wanted, few, window = "", [], ""
    for name in ("procedure", "state", "phase", "matter", "parent", "sender", "flagger"):
        value = getattr(query, name)
        if value:
            wanted += f' AND c."{name}" = :{name}'
            params[name] = value
    if query.parent:
        wanted += " AND c.parent <> ''"  # as its index says
    if query.flagger:
        wanted += " AND c.flagger <> ''"
    if query.final is not None:
        wanted += f" AND c.final = {int(query.final)}"
    if query.content:
        digests = numbered(query.content)
        few.append(among(sql.OF_CONTENT, digests))
        params |= digests
    for name, sign in (("due_after", ">="), ("due_before", "<")):
        limit = getattr(query, name)
        if limit is not None:
            window += f" AND d.due {sign} :{name}"
            params[name] = instant(limit)
    if window:
        few.append(sql.OF_DUE.format(window=window))
    if query.open_incident:
        few.append(sql.OF_INCIDENT)
    elif query.open_incident is not None:
        wanted += f" AND {sql.NO_INCIDENT}"
    role = sql.OF_ROLE if query.role else ""
    if query.party:
        params |= {"party": query.party, "role": query.role} if role else {"party": query.party}
    if query.matter or query.parent or query.sender or query.flagger or not (few or query.party):
        tables, order, where = sql.CASES
    elif few:
        tables, order, where = sql.FEW_CASES
        tables = tables.format(few=few.pop(0))
    else:
        tables, order, where = sql.CASES_OF_PARTY
        where = where.format(role=role or sql.IN_FIRST_ROLE)
    if query.party and tables != sql.CASES_OF_PARTY[0]:
        wanted += f" AND {sql.HAS_PARTY.format(role=role)}"
    for ids in few:
        wanted += f" AND c.id IN (SELECT {ids})"
    if query.order == "urgency":
        order = BY_URGENCY
    return tables, order, where + wanted, params


def numbered(values: Sequence[str]) -> dict[str, Any]:
    """Return a parameter for each value."""
    return {f"k{n}": value for n, value in enumerate(values)}


def among(text: str, digests: Mapping[str, Any]) -> str:
    """Return the text with the names of these parameters in place."""
    return text.format(digests=", ".join(f":{name}" for name in digests))


def clock_row(case: Case, deadline: Deadline) -> dict[str, Any]:
    """Return when a deadline is looked at next, and when it is due while its clock runs."""
    wake, due = deadline.wake, deadline.due if deadline.standing is Standing.RUNNING else None
    return {"tenant": case.tenant, "case": case.id, "id": deadline.id, "wake": wake and instant(wake),
            "due": due and instant(due)}  # fmt: skip


def case_row(step: Step) -> dict[str, Any]:
    """Return the case's row, and the revision that it must have had."""
    case = step.case
    return columns(case) | {
        "tenant": case.tenant, "id": case.id, "before": case.revision - 1, "sender": step.entry.by,
        "doc": case_to_text(case),
    }  # fmt: skip


def columns(case: Case) -> dict[str, Any]:
    """Return what a case is found by in its own row, in the order of `statements.COLUMNS`."""
    return {
        "revision": case.revision, "procedure": case.procedure, "state": case.state, "phase": case.phase,
        "final": int(case.final), "matter": case.matter, "parent": case.parent, "flagger": case.flagger,
        "opened": instant(case.opened), "urgency": case.urgency, "head": case.head,
    }  # fmt: skip


def misplaced(case: Case, until: datetime, row: Rows, parties: Rows, clocks: Rows, queue: Rows) -> list[str]:
    """Return what is kept to find a case by and is not as it says: see `Session.misplaced`."""
    found = []
    for (name, expected), kept in zip(columns(case).items(), row[0] if row else (), strict=bool(row)):
        if kept != expected:
            found.append(f"its column {name} has {kept!r}, the case {expected!r}")
    listed = {(role, party) for role, party in parties}
    taking_part = {(role, party) for role, ids in case.parties.items() for party in ids}
    found += [f"{party} is not listed as its {role}" for role, party in sorted(taking_part - listed)]
    found += [f"{party} is listed as its {role}, and is not" for role, party in sorted(listed - taking_part)]
    looked_at = {id: (wake, due) for id, wake, due in clocks}
    for deadline in case.deadlines:
        expected = clock_row(case, deadline)
        wake, due = looked_at.pop(deadline.id, (None, None))
        if due != expected["due"]:
            found.append(f"the clock of {deadline.id} is listed as due at {due}, and is due at {expected['due']}")
        if wake != expected["wake"] and not (wake and (expected["wake"] or wake) <= wake <= instant(until)):
            found.append(f"the clock of {deadline.id} is looked at at {wake}, and is to be at {expected['wake']}")
    found += [
        f"the clock of {id} is looked at at {wake}, and does not run" for id, (wake, _) in looked_at.items() if wake
    ]
    rows = {id: (status, ready) for id, status, ready in queue}
    for message in case.messages:
        status, ready = rows.get(message.id, ("gone", None))
        waits = message.status == "queued" and message.contact and status != "erased"
        if waits and not (status == "queued" and ready):
            found.append(f"message {message.id} is to be sent, and is not in the outbox for that ({status})")
        elif waits and ready > latest(message, case, until):
            found.append(f"message {message.id} is to be sent, and nobody looks at it before {ready}")
    return found


def latest(message: Message, case: Case, until: datetime) -> str:
    """Return when a queued message is looked at, at the latest: it may be leased, held, or was put off."""
    held = [at for at in (message.send_after, case.holds.get(message.to)) if at is not None]
    return instant(max((until + _PUT_OFF, *held)))


def sides_of(case: str, rows: Rows) -> list[Side]:
    """Return the personal fields of entries from their rows.

    Raises:
        Tampered: Naming those that cannot be read.
    """
    found, problems = [], []
    for seq, salt, doc in rows:
        try:
            values = {} if doc == "{}" else json.loads(doc)
            if not isinstance(values, dict):
                raise TypeError("no object")
            found.append(Side(seq=seq, salt=salt, values=values))
        except (ValueError, TypeError, RecursionError) as error:
            problems.append(f"entry {seq}: its personal values cannot be read ({type(error).__name__})")
    if problems:
        raise Tampered(case, problems)
    return found


def written(step: Step, there: Set[tuple[str, str]]) -> list[Write]:
    """Return what is written of a step: the case's row, its entry, and what stands on them; no row twice.

    Args:
        step: Of which messages that are cancelled or held, and incidents that are resolved, are left to the caller.
        there: Each role and party that the case has had in the roles that the step sets.
    """
    case, entry = step.case, step.entry
    key = {"tenant": case.tenant, "case": case.id}
    row, seq = case_row(step), {**key, "seq": case.revision}
    now = dict.fromkeys((role, party) for role, found in step.parties.items() for party in found)
    clocks = {deadline.id: clock_row(case, deadline) for deadline in step.deadlines}
    clocks |= {id: {**key, "id": id, "wake": None, "due": None} for id in step.ended}
    return [
        (sql.INSERT_CASE if case.revision == 1 else sql.UPDATE_CASE, row),
        (sql.INSERT_ENTRY, {**seq, "command": entry.command, "hash": entry.hash, "entry": entry.text}),
        (sql.INSERT_SIDE, {**seq, "salt": step.side.salt, "doc": dump(step.side.values)}),
        *((sql.DELETE_PARTY, {**key, "role": role, "party": party}) for role, party in sorted(there - set(now))),
        *((sql.INSERT_PARTY, {**key, "role": role, "party": party, "opened": row["opened"]}) for role, party in now
          if (role, party) not in there),
        *((sql.PUT_DEADLINE, clock) for clock in clocks.values()),
        *((sql.INSERT_KEY, {**key, "digest": digest}) for digest in step.keys),
        *((sql.INSERT_MESSAGE, message_row(message, case.tenant, case.id)) for message in step.outgoing),
        *(reported(incident) for incident in step.incidents),
    ]  # fmt: skip


def message_row(message: Outgoing, tenant: str, case: str) -> dict[str, Any]:
    """Return the outbox's row of a new message."""
    return {
        "tenant": tenant, "id": message.id, "case": case, "ready": instant(message.send_after),
        "attempts": message.attempts, "address": message.address, "subject": message.subject, "body": message.body,
        "html": message.html, "data": message.data, "doc": message_to_doc(message),
    }  # fmt: skip


def message_to_doc(message: Outgoing) -> str:
    """Return what of a message has no column."""
    doc = {"channel": message.channel, "contact": message.contact, "language": message.language,
           "template": message.template, "thread": message.thread, "recipient_role": message.recipient_role,
           "sender_role": message.sender_role}  # fmt: skip
    if message.expires is not None:
        doc["expires"] = instant(message.expires)
    return dump(doc)


def message_of(
    tenant: str, id: str, case: str, send_after: str, attempts: object, address: str, subject: str, body: str,
    html: str, data: str, doc: str,
) -> Outgoing:  # fmt: skip
    """Return the message of a row. One that was spoilt has the channel "(unreadable)", which reaches nobody."""
    try:
        fields = json.loads(doc)
        expires = fields.pop("expires", None)
        texts = (address, subject, body, html, data, fields["channel"], *fields.values())
        if not all(isinstance(value, str) for value in texts):
            raise TypeError("no text")
        tried = attempts if isinstance(attempts, int) else 0
        return Outgoing(
            id=id, tenant=tenant, case=case, attempts=tried, address=address, subject=subject, body=body,
            html=html, data=data, send_after=canon.parse_instant(send_after),
            expires=expires and canon.parse_instant(expires), **fields,
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Outgoing(id=id, tenant=tenant, case=case, channel="(unreadable)", send_after=_LONG_AGO)


def reported(incident: Incident) -> Write:
    """Return what is written of an incident: a new one changes nothing that is known, a resolved one does."""
    return sql.RESOLVE_INCIDENT if incident.status == "resolved" else sql.INSERT_INCIDENT, incident_row(incident)


def incident_row(incident: Incident) -> dict[str, Any]:
    """Return the row of an incident; what a person noted stands apart, to be erased."""
    doc = attrs.asdict(incident)
    for name in ("at", "resolved_at"):
        doc[name] = doc[name] and instant(doc[name])
    note = doc.pop("note")
    return {"tenant": incident.tenant, "id": incident.id, "case": incident.case, "status": incident.status,
            "at": instant(incident.at), "doc": dump(doc), "note": note}  # fmt: skip


def incident_of(tenant: str, id: str, case: str, status: str, at: str, text: str, note: str) -> Incident:
    """Return the incident of a row. Of one that was spoilt the columns are left, and it says so: it hides no other."""
    try:
        doc = json.loads(text)
        if (doc["tenant"], doc["id"], doc["case"], doc["status"]) != (tenant, id, case, status):
            raise ValueError("it is another's")
        for name in ("at", "resolved_at"):
            doc[name] = doc[name] and canon.parse_instant(doc[name])
        return Incident(**doc, note=note)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        try:
            since = canon.parse_instant(at)
        except (ValueError, TypeError):
            since = _LONG_AGO
        detail = "this incident's row was spoilt and cannot be read: look at the case and its journal"
        return Incident(
            id=id, tenant=tenant, case=case, kind="failed", at=since, detail=detail, status=status, note=note
        )  # fmt: skip


def inbound_row(tenant: str, item: Inbound, doc: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the inbox's row of a new item."""
    fixed = {"authenticated": item.authenticated, "candidates": list(item.candidates), "digest": item.digest}
    received = "" if item.received_at is None else instant(canon.utc(item.received_at, "received_at"))
    return marks(tenant, item) | {
        "received": received, "doc": dump(fixed), "event": None if doc is None else dump(doc), "raw": item.raw,
    }  # fmt: skip


def marks(tenant: str, item: Inbound) -> dict[str, Any]:
    """Return what of an inbound item may change, with its key."""
    return {"tenant": tenant, "sender": item.sender, "id": item.id, "case": item.case, "status": item.status,
            "detail": item.detail}  # fmt: skip


def inbound_of(row: Sequence[Any]) -> tuple[Inbound, Mapping[str, Any] | None]:
    """Return the item of a row, and what it states. One that was spoilt states nothing, and nobody vouches for it."""
    sender, id, case, status, detail, received, doc, event, raw = row
    try:
        fixed, stated = json.loads(doc), None if event is None else json.loads(event)
        item = Inbound(
            id=id, sender=sender, authenticated=fixed["authenticated"], candidates=tuple(fixed["candidates"]),
            case=case, status=status, detail=detail, raw=octets(raw), digest=fixed.get("digest", ""),
            received_at=canon.parse_instant(received) if received else None,
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        stated, raw = None, in_bytes(raw)
        item = Inbound(id=id, sender=sender, authenticated=False, case=case, status=status, detail=detail, raw=raw)
    return item, stated


def octets(value: Any) -> bytes:
    """Return the bytes of a column, whatever a driver calls them.

    Raises:
        TypeError: If it was spoilt, and holds a text or a number.
    """
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError("no bytes")
    return bytes(value)


def in_bytes(value: Any) -> bytes:
    """Return the bytes of a column; of a text or number to which it was spoilt, what it says."""
    return str(value).encode(errors="replace") if isinstance(value, str | int | float) else bytes(value)


def put_at(text: Any) -> datetime:
    """Return when bytes were put; where that cannot be read, long ago."""
    try:
        return canon.parse_instant(text)
    except (ValueError, TypeError, AttributeError):
        return _LONG_AGO


def organisation_of(row: Sequence[Any]) -> tuple[str, bytes]:
    """Return an organisation's document and its salt; one that was spoilt has none, and proves nothing."""
    doc, salt = row
    try:
        return doc, octets(salt)
    except TypeError:
        return doc, b""


def reused(command: str) -> CommandReused:
    """Return the error for a command id that is taken."""
    return CommandReused("command_id", command, "use a new command id for a new command")
