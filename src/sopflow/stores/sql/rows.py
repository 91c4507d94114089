"""Rows and values: how cases, messages, incidents and inbound items stand in columns. Pure; no driver, no colour."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import attrs

from ... import canon
from ...case import Case
from ...errors import CommandReused
from ...journal import case_from_doc, case_to_doc
from ...ports import Inbound, Query
from ...step import Incident, Outgoing, Step
from . import statements as sql

dump = canon.unsorted_text
instant = canon.instant


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
        case = case_from_doc(json.loads(text))
        self.remember(text, case)
        return case

    def remember(self, text: str, case: Case) -> None:
        """Keep a case with the text that says it."""
        self._cases[case.tenant, case.id] = (text, case)
        if len(self._cases) > self._size:
            with suppress(StopIteration, KeyError, RuntimeError):  # another thread was here
                del self._cases[next(iter(self._cases))]


def filters(tenant: str, query: Query) -> tuple[str, dict[str, Any]]:
    """Return what stands after WHERE, and its values."""
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


def case_row(step: Step) -> dict[str, Any]:
    """Return the case's row, and the revision that it must have had."""
    case = step.case
    return {
        "tenant": case.tenant, "id": case.id, "revision": case.revision, "before": case.revision - 1,
        "procedure": case.procedure, "state": case.state, "phase": case.phase, "final": int(case.final),
        "matter": case.matter, "parent": case.parent, "opened": instant(case.opened), "head": case.head,
        "doc": dump(case_to_doc(case)),
    }  # fmt: skip


def message_row(message: Outgoing, tenant: str, case: str) -> dict[str, Any]:
    """Return the outbox's row of a new message."""
    return {
        "tenant": tenant, "id": message.id, "case": case, "ready": instant(message.send_after),
        "attempts": message.attempts, "address": message.address, "subject": message.subject, "body": message.body,
        "doc": message_to_doc(message),
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
    tenant: str, id: str, case: str, send_after: str, attempts: int, address: str, subject: str, body: str, doc: str
) -> Outgoing:
    """Return the message of a row."""
    fields = json.loads(doc)
    expires = fields.pop("expires", None)
    return Outgoing(
        id=id, tenant=tenant, case=case, attempts=attempts, address=address, subject=subject, body=body,
        send_after=canon.parse_instant(send_after),
        expires=expires and canon.parse_instant(expires), **fields,
    )  # fmt: skip


def incident_row(incident: Incident) -> dict[str, Any]:
    """Return the row of an incident; what a person noted stands apart, to be erased."""
    doc = attrs.asdict(incident)
    for name in ("at", "resolved_at"):
        doc[name] = doc[name] and instant(doc[name])
    note = doc.pop("note")
    return {"tenant": incident.tenant, "id": incident.id, "case": incident.case, "status": incident.status,
            "at": instant(incident.at), "doc": dump(doc), "note": note}  # fmt: skip


def incident_of(text: str, note: str) -> Incident:
    """Return the incident of a row."""
    doc = json.loads(text)
    for name in ("at", "resolved_at"):
        doc[name] = doc[name] and canon.parse_instant(doc[name])
    return Incident(**doc, note=note)


def inbound_row(tenant: str, item: Inbound, doc: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the inbox's row of a new item."""
    fixed = {"authenticated": item.authenticated, "candidates": list(item.candidates)}
    received = "" if item.received_at is None else instant(canon.utc(item.received_at, "received_at"))
    return marks(tenant, item) | {
        "received": received, "doc": dump(fixed), "event": None if doc is None else dump(doc), "raw": item.raw,
    }  # fmt: skip


def marks(tenant: str, item: Inbound) -> dict[str, Any]:
    """Return what of an inbound item may change, with its key."""
    return {"tenant": tenant, "sender": item.sender, "id": item.id, "case": item.case, "status": item.status,
            "detail": item.detail}  # fmt: skip


def inbound_of(row: Sequence[Any]) -> tuple[Inbound, Mapping[str, Any] | None]:
    """Return the item of a row, and what it states."""
    sender, id, case, status, detail, received, doc, event, raw = row
    fixed = json.loads(doc)
    item = Inbound(
        id=id, sender=sender, authenticated=fixed["authenticated"], candidates=tuple(fixed["candidates"]), case=case,
        status=status, detail=detail, received_at=canon.parse_instant(received) if received else None, raw=bytes(raw),
    )  # fmt: skip
    return item, None if event is None else json.loads(event)


def reused(command: str) -> CommandReused:
    """Return the error for a command id that is taken."""
    return CommandReused("command_id", command, "use a new command id for a new command")
