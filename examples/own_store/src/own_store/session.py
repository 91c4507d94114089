"""One transaction: the port, method by method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from heapq import merge
from itertools import islice, takewhile
from typing import Any

import attrs
import lmdb

from sopflow.canon import instant
from sopflow.case import Case, Standing
from sopflow.case_json import case_from_doc, case_to_doc
from sopflow.errors import BadInput, CaseConflict, CommandReused, StoreError
from sopflow.journal import read
from sopflow.ports import Inbound, Loaded, Query
from sopflow.step import Entry, Incident, Outgoing, Side, Step

from .rows import Rows, key, record, values


class LmdbSession:
    """One transaction. See `sopflow.ports.Session` for what each method promises."""

    conn = None

    def __init__(self, env: lmdb.Environment, txn: lmdb.Transaction) -> None:
        self._env = env
        self.rows = Rows(txn)

    @contextmanager
    def part(self) -> Iterator[None]:
        whole = self.rows
        self.rows = Rows(self._env.begin(write=True, parent=whole.txn))
        try:
            yield
        except BaseException:
            self.rows.txn.abort()
            raise
        else:
            self.rows.txn.commit()
        finally:
            self.rows = whole

    # --- cases ---------------------------------------------------------------------------------------------------

    def load(self, tenant: str, case: str, personal: bool = False) -> Loaded | None:
        doc = self.rows.get("case", tenant, case)
        if doc is None:
            return None
        parked = next(self.rows.listed("item", tenant, "waits for", case), None) is not None
        return Loaded(case=case_from_doc(doc), parked=parked)

    def commit(self, step: Step) -> None:
        case, tenant, entry = step.case, step.case.tenant, step.entry
        present = self.rows.get("case", tenant, case.id)
        found = 0 if present is None else present["revision"]
        if found != case.revision - 1:  # nobody else writes until we are done: what we see stays true
            raise CaseConflict(case.id, case.revision - 1, found)
        command = entry.command
        if command is not None:
            if self.command(tenant, command) is not None:
                raise CommandReused("command_id", command, "use a new command id for a new command")
            self.rows.put("command", tenant, command, row=[case.id, case.revision])
        contents, sender = self._kept_terms(tenant, case.id)
        keys = dict.fromkeys((*contents, *step.keys))
        terms = _terms(case, sender or entry.by) + [["content", digest] for digest in keys]
        self.rows.put("case", tenant, case.id, row=case_to_doc(case), at=instant(case.opened), lists=terms)
        number = f"{case.revision:09d}"
        if self.rows.get("entry", tenant, case.id, number) is not None:
            raise StoreError(f"case {case.id!r} already has entry {case.revision}: it was changed from outside")
        self.rows.put("entry", tenant, case.id, number, row=[entry.text, entry.hash])
        self.rows.put("side", tenant, case.id, number, row=[case.revision, step.side.salt.hex(), step.side.values])
        for deadline in step.deadlines:
            self._wake(tenant, case.id, deadline.id, deadline.wake)
        for ended in step.ended:
            self._wake(tenant, case.id, ended, None)
        for message in step.outgoing:
            self._put_message(values(message) | {"status": "queued"})
        for id in step.cancelled:
            self.settle(tenant, id, "cancelled")
        for id, until in step.held.items():
            row = self.rows.get("message", tenant, id)
            if row is not None and row["status"] == "queued":
                self._put_message(row | {"send_after": instant(until)})
        for incident in step.incidents:
            self.report(incident)
        for id, by, note in step.resolves:
            open_ = self.incident(tenant, id)
            if open_ is not None:
                done = attrs.evolve(open_, status="resolved", resolved_by=by, resolved_at=case.recorded, note=note)
                self.report(done)

    def _kept_terms(self, tenant: str, case: str) -> tuple[list[str], str]:
        """Return the content keys of a case and who handed it in, which its document does not hold."""
        _, _, lists = self.rows.whole("case", tenant, case)
        found = [value for name, value in lists if name == "sender"]
        return [value for name, value in lists if name == "content"], "".join(found)

    def journal(self, tenant: str, case: str) -> Sequence[Entry]:
        return [read(text, hash) for text, hash in self.rows.under("entry", tenant, case)]

    def personal(self, tenant: str, case: str) -> Sequence[Side]:
        rows = self.rows.under("side", tenant, case)
        return [Side(seq=seq, salt=bytes.fromhex(salt), values=doc) for seq, salt, doc in rows]

    def command(self, tenant: str, command: str) -> tuple[str, int] | None:
        found = self.rows.get("command", tenant, command)
        return None if found is None else (found[0], found[1])

    def erase(self, tenant: str, case: str) -> None:
        for side in self.personal(tenant, case):
            self.rows.drop("side", tenant, case, f"{side.seq:09d}")
        contents, _ = self._kept_terms(tenant, case)
        self._list_contents(tenant, case, [])
        for digest in contents:
            if next(self.rows.listed("case", tenant, "content", digest), None) is None:
                self.rows.drop("matter", tenant, digest)
        for _, ids in list(self.rows.listed("message", tenant, "case", case)):
            self._put_message(
                self.rows.get("message", tenant, *ids)
                | {"subject": "", "body": "", "html": "", "data": "", "address": ""}
            )
        for _, ids in list(self.rows.listed("incident", tenant, "case", case)):
            self._put_incident(self.rows.get("incident", tenant, *ids) | {"note": ""})
        for _, ids in list(self.rows.listed("item", tenant, "case", case)):
            row = self.rows.get("item", tenant, *ids)
            if row["status"] not in ("new", "parked"):
                self._put_item(tenant, row | {"raw": "", "doc": None})

    # --- contents, matters, queries ------------------------------------------------------------------------------

    def index(self, tenant: str, case: str, keys: Sequence[str]) -> None:
        contents, _ = self._kept_terms(tenant, case)
        self._list_contents(tenant, case, [*contents, *keys])

    def _list_contents(self, tenant: str, case: str, keys: Sequence[str]) -> None:
        doc, at, lists = self.rows.whole("case", tenant, case)
        if doc is not None:
            lists = [term for term in lists if term[0] != "content"]
            lists += [["content", digest] for digest in dict.fromkeys(keys)]
            self.rows.put("case", tenant, case, row=doc, at=at, lists=lists)

    def matter(self, tenant: str, keys: Sequence[str], proposed: str, at: datetime, named: bool = False) -> str:
        known = {digest: self.rows.get("matter", tenant, digest) for digest in keys}
        oldest = min((found for found in known.values() if found is not None), default=None)
        matter = proposed if named or oldest is None else str(oldest[1])
        for digest, found in known.items():
            if found is None:
                self.rows.put("matter", tenant, digest, row=[instant(at), matter])
        return matter

    def find(self, tenant: str, query: Query) -> Sequence[Case]:
        after = b""
        if query.after:
            last = self.rows.get("case", tenant, query.after)
            if last is None:
                raise BadInput("after", query.after, "hand in the id of the last case of the page before")
            after = key(last["opened"], query.after)
        if query.order == "urgency":  # which is in no list: look at all that match
            found = sorted(self._matching(tenant, query, b""), key=_place)
            start = _place(case_from_doc(last)) if query.after else ("", "")
            return [case for case in found if _place(case) > start][: query.limit]
        return list(islice(self._matching(tenant, query, after), query.limit))

    def count(self, tenant: str, query: Query) -> int:
        return sum(1 for _ in self._matching(tenant, query, b""))

    def _matching(self, tenant: str, query: Query, after: bytes) -> Iterator[Case]:
        """Read the shortest list that the query names (all cases, if it names none), and look at each case in it."""
        wanted = [[name, getattr(query, name)] for name in _NAMES if getattr(query, name)]
        if query.party:
            wanted.insert(0, [f"party as {query.role}" if query.role else "party", query.party])
        if query.final is not None:
            wanted.append(["final", str(query.final)])
        sources = [["content", digest] for digest in query.content] or wanted[:1] or [["", ""]]
        seen = b""
        for place, (id,) in merge(*(self.rows.listed("case", tenant, *source, after=after) for source in sources)):
            doc, _, lists = self.rows.whole("case", tenant, id)
            if place != seen and all(term in lists for term in wanted):
                case = case_from_doc(doc)
                if _is_due(case, query) and self._has_incident(case, query):
                    yield case
            seen = place

    def _has_incident(self, case: Case, query: Query) -> bool:
        if query.open_incident is None:
            return True
        found = next(self.rows.listed("incident", case.tenant, "open of", case.id), None)
        return (found is not None) is query.open_incident

    # --- deadlines -----------------------------------------------------------------------------------------------

    def _wake(self, tenant: str, case: str, deadline: str, wake: datetime | None) -> None:
        if wake is None:
            self.rows.drop("deadline", tenant, case, deadline)
        else:
            at = instant(wake)
            self.rows.put("deadline", tenant, case, deadline, row=at, at=at, lists=[["", ""]])

    def due(self, tenant: str, now: datetime, until: datetime | None, limit: int) -> Sequence[tuple[str, str]]:
        found = [(case, id) for _, (case, id) in islice(self._until(now, "deadline", tenant, ""), limit)]
        for case, id in found if until is not None else ():
            self._wake(tenant, case, id, until)  # a lease: it wakes again when that ends
        return found

    def _until(self, now: datetime, kind: str, tenant: str, name: str) -> Iterator[tuple[bytes, list[str]]]:
        end = key(instant(now)) + b"\xff"
        return takewhile(lambda found: found[0] < end, self.rows.listed(kind, tenant, name, ""))

    def postpone(self, tenant: str, case: str, deadline: str, until: datetime, leased: datetime) -> None:
        if self.rows.get("deadline", tenant, case, deadline) == instant(leased):
            self._wake(tenant, case, deadline, until)

    # --- messages ------------------------------------------------------------------------------------------------

    def _put_message(self, row: dict[str, Any]) -> None:
        lists = [["case", row["case"]]] + ([["queued", ""]] if row["status"] == "queued" else [])
        ready = max(row["send_after"], row["leased"] or "")
        self.rows.put("message", row["tenant"], row["id"], row=row, at=ready, lists=lists)

    def claim(self, tenant: str, now: datetime, until: datetime | None, limit: int) -> Sequence[Outgoing]:
        ids = [id for _, (id,) in islice(self._until(now, "message", tenant, "queued"), limit)]
        claimed = []
        for id in ids:
            row = self.rows.get("message", tenant, id) | {"leased": until and instant(until)}
            if until is not None:
                self._put_message(row)
            claimed.append(record(Outgoing, row))
        return claimed

    def settle(self, tenant: str, message: str, status: str, leased: datetime | None = None) -> bool:
        row = self._held(tenant, message, leased)
        if row is None:
            return False
        self._put_message(row | {"status": status, "leased": None})
        return True

    def again(self, tenant: str, message: str, attempts: int, at: datetime, why: str, leased: datetime) -> None:
        row = self._held(tenant, message, leased)
        if row is not None:
            after = max(instant(at), row["send_after"])  # a hold that came meanwhile stays
            self._put_message(row | {"attempts": attempts, "send_after": after, "why": why, "leased": None})

    def _held(self, tenant: str, message: str, leased: datetime | None) -> dict[str, Any] | None:
        """Return a queued message, if the lease is its own or none is asked for."""
        row: dict[str, Any] | None = self.rows.get("message", tenant, message)
        if row is None or row["status"] != "queued" or (leased is not None and row["leased"] != instant(leased)):
            return None
        return row

    def outbox(self, tenant: str, case: str) -> Sequence[tuple[Outgoing, str]]:
        rows = [self.rows.get("message", tenant, *ids) for _, ids in self.rows.listed("message", tenant, "case", case)]
        return [(record(Outgoing, row), row["status"]) for row in rows]

    # --- incidents -----------------------------------------------------------------------------------------------

    def report(self, incident: Incident) -> None:
        if incident.status == "resolved" or self.incident(incident.tenant, incident.id) is None:
            self._put_incident(values(incident))

    def _put_incident(self, row: dict[str, Any]) -> None:
        lists = [["", ""], ["status", row["status"]], ["case", row["case"]]]
        lists += [["open of", row["case"]]] if row["status"] == "open" else []
        self.rows.put("incident", row["tenant"], row["id"], row=row, at=row["at"], lists=lists)

    def incident(self, tenant: str, id: str) -> Incident | None:
        row = self.rows.get("incident", tenant, id)
        return None if row is None else record(Incident, row)

    def incidents(self, tenant: str, case: str, status: str, limit: int) -> Sequence[Incident]:
        source = ["case", case] if case else ["status", status] if status else ["", ""]
        rows = (self.rows.get("incident", tenant, *ids) for _, ids in self.rows.listed("incident", tenant, *source))
        return [record(Incident, row) for row in islice((r for r in rows if status in ("", r["status"])), limit)]

    # --- inbox ---------------------------------------------------------------------------------------------------

    def _put_item(self, tenant: str, row: dict[str, Any]) -> None:
        lists = [["", ""], ["status", row["status"]], ["case", row["case"]]]
        lists += [["waits for", row["case"]]] if row["status"] in ("new", "parked") else []
        at = row["received_at"] or ""
        self.rows.put("item", tenant, row["sender"], row["id"], row=row, at=at, lists=lists)

    def keep(self, tenant: str, item: Inbound, doc: Mapping[str, Any] | None) -> bool:
        if self.rows.get("item", tenant, item.sender, item.id) is not None:
            return False
        self._put_item(tenant, values(attrs.evolve(item, event=None)) | {"doc": doc})
        return True

    def mark(self, tenant: str, item: Inbound) -> None:
        row = self.rows.get("item", tenant, item.sender, item.id)
        if row is not None:
            self._put_item(tenant, row | {"status": item.status, "case": item.case, "detail": item.detail})

    def item(self, tenant: str, sender: str, id: str) -> Inbound:
        found: Inbound = record(Inbound, self.rows.get("item", tenant, sender, id))
        return found

    def inbox(
        self, tenant: str, case: str, statuses: Sequence[str], limit: int
    ) -> Sequence[tuple[Inbound, Mapping[str, Any] | None]]:
        sources = [["case", case]] if case else [["status", status] for status in statuses] or [["", ""]]
        found = merge(*(self.rows.listed("item", tenant, *source) for source in sources))
        rows = (self.rows.get("item", tenant, *ids) for _, ids in found)
        fitting = (row for row in rows if not statuses or row["status"] in statuses)
        return [(record(Inbound, row), row["doc"]) for row in islice(fitting, limit)]

    # --- procedures ----------------------------------------------------------------------------------------------

    def keep_procedure(self, digest: str, document: str) -> None:
        if self.procedure(digest) is None:
            self.rows.put("procedure", digest, row=document)

    def procedure(self, digest: str) -> str | None:
        found: str | None = self.rows.get("procedure", digest)
        return found


_NAMES = ("matter", "parent", "sender", "flagger", "state", "phase", "procedure")


def _place(case: Case) -> tuple[str, str]:
    return (case.urgency, case.id)


def _terms(case: Case, sender: str) -> list[list[str]]:
    """Return what a case is listed under, contents aside: a name and a value each."""
    terms = [["", ""], ["sender", sender], ["final", str(case.final)]]
    terms += [[name, getattr(case, name)] for name in _NAMES if name != "sender"]
    for role, parties in case.parties.items():
        terms += [[name, party] for party in parties for name in ("party", f"party as {role}")]
    return [list(term) for term in dict.fromkeys(map(tuple, terms))]


def _is_due(case: Case, query: Query) -> bool:
    if query.due_after is None and query.due_before is None:
        return True
    running = [d.due for d in case.deadlines if d.standing is Standing.RUNNING and d.due is not None]
    return any(
        (query.due_after is None or due >= query.due_after) and (query.due_before is None or due < query.due_before)
        for due in running
    )
