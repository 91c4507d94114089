"""A case under construction, with a note of everything that changed, because the journal carries the effects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from . import canon
from .case import Case, Deadline, Happening, Message
from .case_json import changed_to_text, to_text
from .events import (
    Event,
)
from .journal import KEYS
from .procedure import Procedure
from .records import ReadOnly, read_only, same, succeed
from .step import Facts, Incident

_HAPPENING = Happening(seq=0, at=datetime.min, event="")  # noqa: DTZ901 - its successors have an instant


class Draft:
    """A case under construction, with a note of everything that changed."""

    __slots__ = (
        "_sections", "at", "before", "cancelled", "changed", "changes", "climb", "data", "ended", "event", "facts",
        "held", "holds", "incidents", "now", "of", "parties", "procedure", "rebutted", "resolves", "seq", "stated",
        "strict", "untrue",
    )  # fmt: skip

    def __init__(
        self, p: Procedure, before: Case, event: Event, of: str, at: datetime, now: datetime, facts: Facts
    ) -> None:
        self.procedure = p
        self.before = before
        self.event = event
        self.of = of
        self.at = at
        self.stated = at  # as it stands in the journal: see `Folding._possible`
        self.now = now
        self.facts = facts
        self.seq = before.revision + 1
        self.strict = event.act
        self._sections: dict[str, tuple[Any, ...]] = {}
        self.changed: dict[str, dict[Any, Any]] = {}
        self.changes: dict[str, set[str]] = {}  # deadline id to verbs
        self.parties: dict[str, tuple[str, ...]] = {}
        self.holds: dict[str, datetime] = {}
        self.data: dict[str, Any] = {}
        self.incidents: list[Incident] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []
        self.held: dict[str, datetime] = {}
        self.climb: list[Message] = []
        self.rebutted: list[Deadline] = []  # as they stood when somebody was told that they had expired
        self.untrue: list[str] = []  # why the event cannot be what it says
        self.resolves: list[tuple[str, str, str]] = []

    # --- reading and changing ------------------------------------------------------------------------------------

    def section(self, name: str) -> tuple[Any, ...]:
        """Return a section of the case as it is by now."""
        found: tuple[Any, ...] | None = self._sections.get(name)
        return self.before.__dict__[name] if found is None else found

    def put(self, name: str, record: Any) -> None:
        """Add a record to a section, or put it in the place of the one with the same key."""
        key_of = KEYS[name]
        key, records = key_of(record), self.section(name)
        for i, present in enumerate(records):
            if key_of(present) == key:
                if present == record:
                    return
                self._sections[name] = (*records[:i], record, *records[i + 1 :])
                break
        else:
            self._sections[name] = (*records, record)
        self.changed.setdefault(name, {})[key] = record

    def put_deadline(self, deadline: Deadline, verbs: Sequence[str]) -> None:
        """Put a deadline, noting by which verbs it changed."""
        id, present, old = deadline.id, self.section("deadlines"), None
        for i, old in enumerate(present):
            if old.id == id:
                if same(old, deadline):
                    return
                self._sections["deadlines"] = (*present[:i], deadline, *present[i + 1 :])
                break
        else:
            old = None
            self._sections["deadlines"] = (*present, deadline)
        changed = self.changed.setdefault("deadlines", {})
        again = id in changed
        changed[id] = deadline
        if again:
            self.changes[id].update(verbs)
        else:
            self.changes[id] = set(verbs)
        if self.ended and id in self.ended:  # it is back, in its old place
            self.ended.remove(id)
            place = {d.id: i for i, d in enumerate(self.before.deadlines)}
            self._sections["deadlines"] = tuple(
                sorted(self.section("deadlines"), key=lambda d: place.get(d.id, len(place)))
            )
            again = True
        if again and self._deadline(self.before.deadlines, id) == deadline:  # and as it was
            del changed[id], self.changes[id]
        if deadline.met is not None and deadline.too_early and (old is None or not old.too_early):
            self.incident("too_early", f"{deadline.obligation}: met at {deadline.met}, before {deadline.not_before}")

    @staticmethod
    def _deadline(among: Sequence[Deadline], id: str) -> Deadline | None:
        for deadline in among:
            if deadline.id == id:
                return deadline
        return None

    def end_deadline(self, id: str) -> None:
        """Take out a deadline that, as is known now, never ran (or runs under another id)."""
        self._sections["deadlines"] = tuple(d for d in self.section("deadlines") if d.id != id)
        self.changed.get("deadlines", {}).pop(id, None)
        self.changes.pop(id, None)
        if any(d.id == id for d in self.before.deadlines):
            self.ended.append(id)

    def incident(self, kind: str, detail: str) -> None:
        """Note something that a person must look at."""
        id = f"{self.before.id}/{self.seq}.{len(self.incidents) + 1}"
        self.incidents.append(
            Incident(id=id, tenant=self.before.tenant, case=self.before.id, kind=kind, at=self.now, detail=detail)
        )

    def case(self, changes: dict[str, Any] | None = None) -> Case:
        """Return the case as it is by now, with these changes."""
        changes = {} if changes is None else changes
        if self.parties:
            changes["parties"] = ReadOnly({**self.before.parties, **self.parties})
        if self.holds:
            changes["holds"] = ReadOnly({**self.before.holds, **self.holds})
        if self.data:
            changes["data"] = read_only({**self.before.data, **self.data})
        return succeed(self.before, **changes, **self._sections)

    def effects(self) -> list[str]:
        """Return everything that changed, as members of a JSON object: see `canon.joined`."""
        text, members = canon.trusted_text, []
        texts: Iterable[str]
        for name, records in self.changed.items():
            if name == "deadlines":
                texts = map(changed_to_text, records.values(), map(self.changes.__getitem__, records))
            else:
                texts = map(to_text, records.values())
            if records:
                members.append(f'"{name}":[{",".join(texts)}]')
        if self.ended:
            members.append(f'"ended":{text(self.ended)}')
        if self.parties:
            members.append(f'"parties":{text(self.parties)}')
        if self.holds:
            members.append(f'"holds":{text({k: canon.instant(v) for k, v in self.holds.items()})}')
        if self.data:
            members.append(f'"data":{text(self.data)}')
        if self.incidents:
            noted = [{"id": i.id, "kind": i.kind, "detail": i.detail} for i in self.incidents]
            members.append(f'"incidents":{text(noted)}')
        return members

    def happened(self, name: str, of: str, contents: Mapping[str, str] | None = None, message: str = "") -> None:
        """Note a happening, on which clocks and outcomes depend."""
        instrument = getattr(self.event, "instrument", None)
        until = (instrument is not None and getattr(instrument, "due", None)) or getattr(self.event, "due", None)
        happening = succeed(
            _HAPPENING, seq=self.seq, at=self.at, event=name, of=of, contents=contents or None, message=message,
            until=canon.utc(until, f"{self.event.name}.due") if until is not None else None,
        )  # fmt: skip
        earlier = self.section("happenings")
        if earlier and earlier[-1].seq == self.seq:
            self.put("happenings", happening)
        else:  # the first of this entry
            self._sections["happenings"] = (*earlier, happening)
            self.changed.setdefault("happenings", {})[self.seq, name, of, message] = happening
