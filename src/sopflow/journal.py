"""The journal: one hash-chained entry per step, carrying the step's effects.

`seal` makes an entry, `replay` folds entries back into the case without calling a guard, hook, term, calendar or
template, and `verify` says which entry broke and how. Personal fields appear only as salted digests; their values are
in side rows that can be erased without breaking any of this.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import attrs

from . import canon
from .case import Approval, Case, Child, Content, Deadline, Happening, InstrumentRecord, Message, Outcome, Standing
from .events import Event, Instrument
from .records import Record
from .step import Entry

FORMAT = 1
_HEADER = ("by", "at", "evidence")
_SECTIONS: Mapping[str, type[Any]] = {
    "instruments": InstrumentRecord,
    "contents": Content,
    "happenings": Happening,
    "deadlines": Deadline,
    "messages": Message,
    "approvals": Approval,
    "children": Child,
}
_R = TypeVar("_R")
_remember = object.__setattr__


# --- records as JSON values --------------------------------------------------------------------------------------


def _micro(value: timedelta) -> int:
    return value // timedelta(microseconds=1)


def _instants(value: Mapping[str, datetime]) -> dict[str, str]:
    return {k: canon.instant(v) for k, v in value.items()}


def _lists(value: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {k: list(v) for k, v in value.items()}


def _plain(value: Any) -> Any:
    return value


_OUTCOMES: Mapping[str, Outcome] = {str(o): o for o in Outcome}
_STANDINGS: Mapping[str, Standing] = {str(s): s for s in Standing}
_WRITE: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "datetime": (canon.instant, canon.parse_instant),
    "datetime | None": (canon.instant, canon.parse_instant),
    "timedelta": (_micro, lambda v: timedelta(microseconds=v)),
    "tuple[str, ...]": (list, tuple),
    "Mapping[str, datetime]": (_instants, lambda v: {k: canon.parse_instant(t) for k, t in v.items()}),
    "Mapping[str, tuple[str, ...]]": (_lists, lambda v: {k: tuple(t) for k, t in v.items()}),
    "Outcome": (str, lambda v: _OUTCOMES.get(v) or Outcome(v)),
    "Standing": (str, lambda v: _STANDINGS.get(v) or Standing(v)),
}


@cache
def _plan(
    cls: Any,
) -> tuple[tuple[str, ...], tuple[Callable[[Any], Any] | None, ...], Callable[[Any], tuple[Any, ...]]]:
    names = [f.name for f in attrs.fields(cls) if cls is not Case or f.name not in _SECTIONS]
    types = {f.name: str(f.type) for f in attrs.fields(cls)}
    writers = tuple(_WRITE.get(types[name], (None, None))[0] for name in names)
    return tuple(names), writers, attrgetter(*names)


def to_doc(record: Any) -> dict[str, Any]:
    """Return a record as JSON values; what is empty is left out."""
    names, writers, values = _plan(type(record))  # type: ignore[arg-type]
    return {
        name: write(value) if write else value
        for name, write, value in zip(names, writers, values(record), strict=True)
        if value
    }


@cache
def _reading(cls: Any) -> tuple[dict[str, Any], int, tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """Return what the fields have that need not be given, how many there are, and what reads those of types."""
    fields = attrs.fields(cls)
    optional = {f.name: f.default for f in fields if f.default is not attrs.NOTHING}
    return optional, len(fields), tuple((f.name, _WRITE[str(f.type)][1]) for f in fields if str(f.type) in _WRITE)


def from_doc(cls: type[_R], doc: Mapping[str, Any]) -> _R:
    """Return the record that `to_doc` wrote.

    Raises:
        TypeError: If it wrote no such thing: a field is missing, or unknown.
        ValueError: For a value that is none of its field's.
    """
    optional, number, readers = _reading(cls)  # type: ignore[arg-type]
    whole = {**optional, **doc}
    for name, read in readers:
        if name in doc:
            whole[name] = read(doc[name])
    if len(whole) != number or "locator" in doc:
        return cls(**{name: whole[name] for name in doc})  # which says what is wrong with it
    record = object.__new__(cls)
    _remember(record, "__dict__", whole)
    return record


def case_to_doc(case: Case) -> dict[str, Any]:
    """Return a case as JSON values."""
    doc = dict(to_doc(case))
    for name in _SECTIONS:
        records = getattr(case, name)
        if records:
            doc[name] = [to_doc(r) for r in records]
    return doc


def case_from_doc(doc: Mapping[str, Any]) -> Case:
    """Return the case that `case_to_doc` wrote."""
    whole: dict[str, Any] = {"parties": {}, "holds": {}, "data": {}, **doc}
    for name, section in _SECTIONS.items():
        if name in doc:
            whole[name] = tuple([from_doc(section, r) for r in doc[name]])
    for name, read in _reading(Case)[2]:
        if name in doc:
            whole[name] = read(doc[name])
    return Case(**whole)


# --- records as canonical text -----------------------------------------------------------------------------------

# How a value `x` of a field's type is written; every other type as JSON has what `_WRITE` makes of it.
_TEXT: Mapping[str, str] = {
    "str": "{quote(x)}",
    "int": "{x}",
    "bool": "true",  # what is false is left out
    "datetime": '"{instant(x)}"',
    "datetime | None": '"{instant(x)}"',
    "Outcome": "{quote(x)}",
    "Standing": "{quote(x)}",
}


@cache
def _writer(cls: Any) -> Callable[[Mapping[str, Any]], tuple[str, str]]:
    """Return the function that writes a record of this class, compiled from its fields: each member in its order.

    It takes the record's values and returns its members, each with a comma after it: those that stand before "change",
    which a deadline has in an entry, and those that stand after it.
    """
    kinds = {f.name: str(f.type) for f in attrs.fields(cls) if cls is not Case or f.name not in _SECTIONS}
    scope: dict[str, Any] = {"quote": canon.quote, "instant": canon.instant, "text": canon.trusted_text}
    lines = ["def write(values):", " s = ''"]
    for name in sorted([*kinds, "change"]):
        if name == "change":
            lines += [" before = s", " s = ''"]
            continue
        scope[f"plain_{name}"] = _WRITE.get(kinds[name], (_plain, _plain))[0]
        how = _TEXT.get(kinds[name], f"{{text(plain_{name}(x))}}")
        lines += [f" x = values[{name!r}]", f" if x: s += f'\"{name}\":{how},'"]
    exec("\n".join([*lines, " return before, s"]), scope)  # noqa: S102 - names of our own fields, nothing else
    write: Callable[[Mapping[str, Any]], tuple[str, str]] = scope["write"]
    return write


def _written(record: Any) -> str:
    try:
        before, after = _writer(record.__class__)(record.__dict__)
        return f"{{{(before + after)[:-1]}}}"
    except TypeError:  # a value of another type than its field's stands there as JSON has it
        return canon.trusted_text(to_doc(record))


def to_text(record: Record) -> str:
    """Return the canonical text of what `to_doc` returns."""
    text: str | None = getattr(record, "_text", None)
    if text is None:
        text = _written(record)
        _remember(record, "_text", text)
    return text


def changed_to_text(deadline: Deadline, verbs: Set[str]) -> str:
    """Return a deadline's canonical text as an entry has it: with what changed it. The row's text is remembered."""
    change = '","'.join(sorted(verbs) if len(verbs) > 1 else verbs)  # plain words, without escapes
    try:
        before, after = _writer(Deadline)(deadline.__dict__)
    except TypeError:
        return canon.trusted_text({**to_doc(deadline), "change": sorted(verbs)})
    _remember(deadline, "_text", f"{{{before}{after[:-1]}}}")
    return f'{{{before}"change":["{change}"],{after[:-1]}}}'


def case_to_text(case: Case) -> str:
    """Return what `case_to_doc` returns as JSON text."""
    sections = [
        f',"{name}":{canon.listed(map(to_text, records))}' for name in _SECTIONS if (records := getattr(case, name))
    ]  # fmt: skip
    return f"{_written(case)[:-1]}{''.join(sections)}}}"


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
    doc = _encode_fields(event, "", salt, side)
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


def seal(doc: dict[str, Any]) -> Entry:
    """Return the entry of a document whose parts were checked when they came in."""
    text = canon.trusted_text(doc)
    return Entry(doc, text, canon.digest(text))


def read(text: str, hash: str) -> Entry:
    """Return the entry that a store kept."""
    return Entry(json.loads(text), text, hash)


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
    for name, section in _SECTIONS.items():
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


def replay(entries: Sequence[Entry]) -> Case:
    """Return the case that these entries, from the first on, make."""
    case: Case | None = None
    for entry in entries:
        case = apply(case, entry)
    if case is None:
        raise ValueError("an empty journal makes no case: hand in its entries from the first on")
    return case


def verify(tenant: str, id: str, entries: Sequence[Entry], case: Case | None) -> tuple[str, ...]:
    """Return what is wrong with a journal, one sentence per finding; empty when every step can be proved.

    Args:
        tenant: The tenant that the journal must be bound to.
        id: The case it must be bound to.
        entries: As the store holds them, in order.
        case: The case as the store holds it: its head hash finds a dropped last entry.
    """
    problems: list[str] = []
    kept: list[Entry] = []
    previous, recorded = "", ""
    for position, entry in enumerate(entries, 1):
        place = f"entry {position}"
        try:
            kept.append(read(entry.text, entry.hash))
            doc = kept[-1].doc
            seq, prev, now = doc["seq"], doc["prev"], str(doc["now"])
            bound = (doc["tenant"], doc["case"])
        except (ValueError, KeyError, TypeError) as error:
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
    if case is not None:
        if case.revision != len(entries):
            problems.append(f"the case is at revision {case.revision}, the journal has {len(entries)} entries")
        if case.head != previous:
            problems.append("the last entry is not the one that the case names as its head")
    elif entries:
        problems.append("the journal has entries but the case does not exist")
    if not problems and case is not None and entries:
        try:
            replayed = replay(kept)
        except Exception as error:  # a forger may seal anything: say so, whatever breaks on it
            return (f"the journal cannot be replayed ({type(error).__name__}: {error})",)
        if replayed != case:
            names = [f.name for f in attrs.fields(Case) if getattr(replayed, f.name) != getattr(case, f.name)]
            problems.append(f"the case differs from its journal in {', '.join(names)}")
    return tuple(problems)
