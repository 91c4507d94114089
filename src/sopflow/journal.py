"""The journal: one hash-chained entry per step, carrying the step's effects.

`core.decide` seals an entry, `replay` folds entries back into the case without calling a guard, hook, term, calendar or
template, and `verify` says which entry broke and how. Personal fields appear only as salted digests; their values are
in side rows that can be erased without breaking any of this.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

import attrs

from . import canon
from .case import Case, Content
from .case_json import SECTIONS, from_doc
from .errors import NotCanonical, Tampered
from .events import Event, Instrument
from .step import Entry, Side

FORMAT = 1
_HEADER = ("by", "at", "evidence")


# --- events as JSON values ---------------------------------------------------------------------------------------


@cache
def _fields(cls: Any) -> tuple[tuple[str, bool], ...]:
    return tuple((f.name, bool(f.metadata.get("personal"))) for f in attrs.fields(cls) if f.name not in _HEADER)


def payload(event: Event, salt: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the event's fields for the entry, and its personal values by path for the side row.

    In the entry a personal value is {"salted": digest}.

    Raises:
        NotCanonical: For a value that canonical JSON refuses.
    """
    side: dict[str, Any] = {}
    if not _fields(event.__class__):  # type: ignore[arg-type]
        return {}, side
    try:
        doc = _encode_fields(event, "", salt, side)
    except NotCanonical as error:  # of a personal value, which is not shown
        raise NotCanonical(f"{event.name}.{error.field}", "(personal)", error.remedy) from None
    if doc:
        canon.check(doc, event.name)
    return doc, side


def _encode_fields(value: Any, path: str, salt: bytes, side: dict[str, Any]) -> dict[str, Any]:
    doc: dict[str, Any] = {}
    for name, is_personal in _fields(type(value)):  # type: ignore[arg-type]
        item = getattr(value, name)
        if item is None or item == "" or item == () or item == {}:
            continue
        doc[name] = _encode(item, f"{path}{name}", salt, side, is_personal)
    return doc


def _encode(value: Any, path: str, salt: bytes, side: dict[str, Any], is_personal: bool) -> Any:
    if type(value) is str and not is_personal:
        return value
    if isinstance(value, Mapping):
        return {k: _encode(v, f"{path}.{k}", salt, side, is_personal) for k, v in value.items() if v not in (None, "")}
    if is_personal:
        plain = [str(v) for v in value] if isinstance(value, tuple) else value
        side[path] = plain
        return {"salted": canon.salted(salt, path, plain)}
    if isinstance(value, Content):
        if value.locator is not None:
            side[f"content.{value.id}"] = value.locator
        doc = {"id": value.id, "kind": value.kind, "digest": value.digest}
        return doc | {"party": value.party} if value.party else doc
    if isinstance(value, Enum):
        return str(value)
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, datetime):
        return canon.instant(canon.utc(value, path))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, frozenset, set)):
        items = sorted(value) if isinstance(value, (frozenset, set)) else value
        return [_encode(v, f"{path}.{i}", salt, side, False) for i, v in enumerate(items)]
    if attrs.has(type(value)):
        doc = _encode_fields(value, f"{path}.", salt, side)
        return {"kind": value.kind, **doc} if isinstance(value, Instrument) else doc
    return value  # `canon.check` names and refuses it


# --- entries -----------------------------------------------------------------------------------------------------


def read(text: str, hash: str, case: str = "", place: int = 0) -> Entry:
    """Return the entry that a store kept, whatever has become of its text; see `Entry.kept`."""
    return Entry.kept(text, hash, case, place)


def merge(present: tuple[Any, ...], changed: Iterable[Any], key: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Return the records with the changed ones in their places, and new ones after them."""
    fresh = {key(r): r for r in changed}
    kept = [fresh.pop(key(r), r) for r in present]
    return (*kept, *fresh.values())


KEYS: Mapping[str, Callable[[Any], Any]] = {
    "instruments": lambda r: r.seq,
    "contents": lambda r: r.id,
    "happenings": lambda r: (r.seq, r.event, r.of, r.message),
    "deadlines": lambda r: r.id,
    "messages": lambda r: r.id,
    "approvals": lambda r: r.seq,
    "children": lambda r: r.id,
}


def apply(case: Case | None, entry: Entry) -> Case:
    """Return the case after an entry: its effects, folded in. Nothing else is consulted."""
    doc, effects = entry.doc, entry.doc["effects"]
    now = canon.parse_instant(doc["now"])
    if case is None:
        opened = effects["case"]
        case = Case(
            tenant=doc["tenant"], id=doc["case"], procedure=opened["procedure"], version=opened["version"],
            digest=doc["procedure"], revision=0, state="", phase="", since=now, opened=now, recorded=now,
            matter=opened.get("matter", ""), parent=opened.get("parent", ""), grounds=tuple(opened.get("grounds", ())),
            flagger=opened.get("flagger", ""), lane=opened.get("lane", 0),
        )  # fmt: skip
    changes: dict[str, Any] = {
        "revision": doc["seq"],
        "state": doc["target"],
        "since": now if doc["target"] != case.state else case.since,
        "recorded": now,
        "head": entry.hash,
    }
    if "phase" in effects:
        changes |= {
            "phase": effects["phase"],
            "final": effects.get("final", False),
            "waits_for": effects.get("waits_for", ""),
        }
    if "migrated" in effects:  # another version of the procedure from here on
        changes |= effects["migrated"]
    for name, section in SECTIONS.items():
        if name in effects:
            records = [from_doc(section, {k: v for k, v in r.items() if k != "change"}) for r in effects[name]]
            changes[name] = merge(getattr(case, name), records, KEYS[name])
    if "ended" in effects:  # deadlines that a correction showed never to have run
        changes["deadlines"] = tuple(
            d for d in changes.get("deadlines", case.deadlines) if d.id not in effects["ended"]
        )  # fmt: skip
    if "parties" in effects:
        changes["parties"] = {**case.parties, **{k: tuple(v) for k, v in effects["parties"].items()}}
    if "holds" in effects:
        changes["holds"] = {**case.holds, **{k: canon.parse_instant(v) for k, v in effects["holds"].items()}}
    if "data" in effects:
        changes["data"] = {**case.data, **effects["data"]}
    return attrs.evolve(case, **changes)


# What of a record never changes once it is there: by section of a case.
_LASTING: Mapping[str, tuple[str, ...]] = {
    "instruments": ("kind", "missing", "category"),
    "contents": ("kind", "digest", "party", "seq"),
    "deadlines": ("obligation", "kind", "owner", "message"),
    "messages": ("thread", "template", "sender", "to", "party", "contact", "channel", "instead", "rung", "reference",
                 "said", "seq", "queued", "digest"),
    "approvals": ("proposal", "actor", "roles", "organisation", "at"),
    "children": ("procedure",),
}  # fmt: skip


def _broken(before: Case, after: Case, entry: Entry) -> Iterator[str]:
    """Yield what an entry says of the case before it that the entries before it do not: it stands on a changed row."""
    place = f"entry {entry.doc['seq']}"
    if entry.doc["source"] != before.state:
        yield f"{place}: was decided in state {entry.doc['source']!r}, and the case was in {before.state!r}"
    if "migrated" in entry.doc["effects"]:  # by other rules a duty may be somebody else's
        return
    for name in _LASTING.keys() & entry.doc["effects"].keys():
        key = KEYS[name]
        was = {key(record): record for record in getattr(before, name)}
        for record in getattr(after, name):
            old = was.get(key(record))
            for field in _LASTING[name] if old is not None and old != record else ():
                if getattr(old, field) != getattr(record, field):
                    yield f"{place}: found the {field} of {key(record)} among its {name} changed"


def replay(entries: Sequence[Entry]) -> Case:
    """Return the case that these entries, from the first on, make.

    Raises:
        Tampered: If they make none.
    """
    return _replayed(entries)[0]


def _replayed(entries: Sequence[Entry]) -> tuple[Case, list[str]]:
    """Return the case, and which entries were decided on something else than the case of the entries before them."""
    case: Case | None = None
    problems: list[str] = []
    for place, entry in enumerate(entries, 1):
        try:
            before, case = case, apply(case, entry)
            if before is not None:
                problems += _broken(before, case, entry)
        except Tampered:
            raise
        except Exception as error:  # a forger may write anything: say so, whatever breaks on it
            why = f"entry {place}: the journal cannot be replayed ({type(error).__name__}: {error})"
            raise Tampered("" if case is None else case.id, [why]) from error
    if case is None:
        raise ValueError("an empty journal makes no case: hand in its entries from the first on")
    return case, problems


def disproved(entries: Sequence[Entry], sides: Iterable[Side]) -> tuple[str, ...]:
    """Return which personal values are not those whose salted digests the entries hold; empty if all are.

    Args:
        entries: Of a journal that is whole.
        sides: The side rows that are there; erased ones are no finding.
    """
    problems = []
    for side in sides:
        event = entries[side.seq - 1].doc["event"] if 0 < side.seq <= len(entries) else {}
        proved = dict(_salted(event.get("data", {}), ""))
        for path, value in side.values.items():
            own = path.removeprefix("opens.")
            try:
                same = proved.get(own) == canon.salted(side.salt, own, value)
            except (TypeError, ValueError):  # no value of ours, or no salt
                same = False
            if not same:
                problems.append(f"entry {side.seq}: its personal value {path} was changed (the digest does not fit)")
            proved.pop(own, None)
        problems += [f"entry {side.seq}: its personal value {path} is gone" for path in proved]
    return tuple(problems)


def _salted(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the salted digests in an event's data, with the paths of their values in the side row."""
    if isinstance(value, Mapping):
        if value.keys() == {"salted"}:
            yield path, value["salted"]
        elif value.keys() >= {"id", "kind", "digest"}:
            yield f"content.{value['id']}", value["digest"]
        for name, inner in value.items():
            yield from _salted(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _salted(inner, f"{path}.{n}")


def verify(tenant: str, id: str, entries: Sequence[Entry], case: Case | None) -> tuple[str, ...]:
    """Return what is wrong with a journal, one sentence per finding; empty when every step can be proved.

    Args:
        tenant: The tenant that the journal must be bound to.
        id: The case it must be bound to.
        entries: As the store holds them, in order.
        case: The case as the store holds it: its head hash finds a dropped last entry.
    """
    problems, kept = chained(tenant, id, entries)
    previous = entries[-1].hash if entries else ""
    if case is not None:
        if case.revision != len(entries):
            problems.append(f"the case is at revision {case.revision}, the journal has {len(entries)} entries")
        if case.head != previous:
            problems.append("the last entry is not the one that the case names as its head")
    elif entries:
        problems.append("the journal has entries but the case does not exist")
    if not problems and case is not None and entries:
        try:
            replayed, problems = _replayed(kept)
        except Tampered as error:
            return error.problems
        if replayed != case:
            names = [f.name for f in attrs.fields(Case) if getattr(replayed, f.name) != getattr(case, f.name)]
            problems.append(f"the case differs from its journal in {', '.join(names)}")
    return tuple(problems)


def chained(tenant: str, id: str, entries: Sequence[Entry]) -> tuple[list[str], list[Entry]]:
    """Return what is wrong with the entries of a journal by themselves, and those that can be read, read anew."""
    problems: list[str] = []
    kept: list[Entry] = []
    previous, recorded = "", ""
    for position, entry in enumerate(entries, 1):
        place = f"entry {position}"
        try:
            doc = json.loads(entry.text)
            seq, prev, now = doc["seq"], doc["prev"], str(doc["now"])
            bound = (doc["tenant"], doc["case"])
            kept.append(Entry(doc, entry.text, entry.hash))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            problems.append(f"{place}: is not a journal entry any more ({type(error).__name__}: {error})")
            previous = entry.hash
            continue
        if canon.digest(entry.text) != entry.hash:
            problems.append(f"{place}: its content was changed (the hash does not fit)")
        if bound != (tenant, id):
            problems.append(f"{place}: belongs to case {bound[1]!r} of tenant {bound[0]!r}")
        if seq != position:
            problems.append(f"{place}: carries number {seq}; an entry was dropped, swapped or repeated")
        if prev != previous:
            problems.append(f"{place}: does not follow the entry before it (previous hash differs)")
        if now < recorded:
            problems.append(f"{place}: was recorded before the entry before it")
        previous, recorded = entry.hash, now
    return problems, kept
