"""The register: organisations as documents, and a journal of who changed what in the directory, and when.

The journal is append-only and hash-chained, like a case's. Names and addresses are personal: an entry holds their
salted digests, and the salt goes with the present document, so that what was replaced or removed cannot be guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from . import canon
from .case import Actor
from .directory import Authority, Flagger, Organisation, PointOfContact, Provider, Suspension, Warned
from .errors import BadInput
from .hours import Hours
from .step import Entry

KINDS: Mapping[str, type[Provider | Authority | Flagger]] = {
    "provider": Provider, "authority": Authority, "flagger": Flagger,
}  # fmt: skip
_PERSONAL = ("name", "channels", "reason")
_TABLES: Mapping[str, type[Any]] = {"contacts": PointOfContact, "warnings": Warned, "suspension": Suspension}
_TYPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "str": (lambda v: isinstance(v, str), "write a text"),
    "int": (lambda v: type(v) is int, "write a whole number"),
    "bool": (lambda v: isinstance(v, bool), "write true or false"),
    "date": (lambda v: type(v) is date, "write a day such as 2026-11-24"),
    "date | None": (lambda v: type(v) is date, "write a day such as 2026-11-24"),
    "Hours": (lambda v: isinstance(v, str), 'write hours such as "Mon-Fri 09:00-17:00"'),
    "tuple[str, ...]": (
        lambda v: isinstance(v, str) or (isinstance(v, list) and all(isinstance(i, str) for i in v)),
        'write a list of texts such as ["id", "en"]',
    ),
    "Mapping[str, str]": (
        lambda v: isinstance(v, Mapping) and bool(v) and all(isinstance(i, str) and i for i in v.values()),
        'name at least one channel and its address, e.g. channels = { email = "desk@platform.example" }',
    ),
    "tuple[PointOfContact, ...]": (
        lambda v: isinstance(v, list) and all(isinstance(i, Mapping) for i in v),
        "write a table for each contact",
    ),
    "tuple[Warned, ...]": (
        lambda v: isinstance(v, list) and all(isinstance(i, Mapping) for i in v),
        'write a table for each warning: on = 2026-11-24, reason = "…"',
    ),
    "Suspension | None": (
        lambda v: isinstance(v, Mapping), 'write a table: since = 2026-11-24, reason = "…"',
    ),
}  # fmt: skip


# --- documents -----------------------------------------------------------------------------------------------------


def to_doc(organisation: Organisation) -> dict[str, Any]:
    """Return an organisation as JSON values; what is empty is left out."""
    kind = next(name for name, cls in KINDS.items() if type(organisation) is cls)
    return {"kind": kind, **_fields(organisation)}


def _fields(value: Any) -> dict[str, Any]:
    doc: dict[str, Any] = {}
    for f in attrs.fields(type(value)):
        item = getattr(value, f.name)
        if f.name in _TABLES and item is not None:
            item = [_fields(each) for each in item] if isinstance(item, tuple) else _fields(item)
        elif isinstance(item, Hours):
            item = item.text
        elif isinstance(item, date):
            item = item.isoformat()
        elif isinstance(item, tuple):
            item = list(item)
        elif isinstance(item, Mapping):
            item = dict(item)
        if item not in (None, "", [], {}, 0, False):
            doc[f.name] = item
    return doc


def from_doc(doc: Mapping[str, Any], place: str = "", defaults: Mapping[str, Any] | None = None) -> Organisation:
    """Return the organisation that a document describes.

    Args:
        doc: Its values, with "kind"; days as dates or as ISO texts.
        place: Goes before the names of fields in errors.
        defaults: Values of contacts that do not say otherwise.

    Raises:
        BadInput: Naming the field. Names and addresses are not quoted.
    """
    kind = doc.get("kind")
    cls = KINDS.get(str(kind))
    if cls is None:
        raise BadInput(f"{place}kind", kind, f"use one of {', '.join(KINDS)}")
    values = _read(cls, {k: v for k, v in doc.items() if k != "kind"}, place)
    for name in _TABLES.keys() & values.keys():
        given = defaults or {} if name == "contacts" else {}
        table, value = _TABLES[name], values[name]
        if isinstance(value, list):
            heres = [f"{place}{name}[{n}]." for n in range(len(value))]
            values[name] = [_made(table, _read(table, {**given, **v}, h), h) for v, h in zip(value, heres, strict=True)]
        else:
            values[name] = _made(table, _read(table, value, f"{place}{name}."), f"{place}{name}.")
    found: Organisation = _made(cls, values, place)
    return found


def _read(cls: type[Any], doc: Mapping[str, Any], place: str) -> dict[str, Any]:
    known = {f.name: f for f in attrs.fields(cls)}
    values: dict[str, Any] = {}
    for name, value in doc.items():
        if name not in known:
            raise BadInput(f"{place}{name}", "(unknown)", f"use the fields {', '.join(known)}")
        kind = str(known[name].type)
        fits, remedy = _TYPES[kind]
        if kind in ("date", "date | None") and isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                raise BadInput(f"{place}{name}", value, remedy) from None
        if not fits(value):
            shown = type(value).__name__ if name in _PERSONAL or isinstance(value, Mapping | list) else value
            raise BadInput(f"{place}{name}", shown, remedy)
        values[name] = value
    for name, f in known.items():
        if f.default is attrs.NOTHING and name not in values:
            raise BadInput(f"{place}{name}", "(missing)", _TYPES[str(f.type)][1])
    return values


def _made(cls: type[Any], values: Mapping[str, Any], place: str) -> Any:
    try:
        return cls(**values)
    except BadInput as error:
        name = error.field.rpartition(".")[2].rpartition(" ")[2]
        inner = "suspension." if error.field.startswith("Suspension.") and cls is Flagger else ""
        shown = error.value if inner else values.get(name)
        raise BadInput(f"{place}{inner}{name}", shown, error.remedy) from None


def read(rows: Iterable[tuple[str, bytes]]) -> list[tuple[Organisation, bytes]]:
    """Return the organisations of a store's rows with their salts; without what is none, or has an id of another."""
    found: list[tuple[Organisation, bytes]] = []
    taken: set[tuple[str, str]] = set()
    for text, salt in rows:
        organisation = _stored(text)
        if organisation is None:
            continue
        names = [("", organisation.id), *(("contact", contact.id) for contact in organisation.contacts)]
        if taken.isdisjoint(names) and len(set(names)) == len(names):
            taken.update(names)
            found.append((organisation, salt))
    return found


def _stored(text: str) -> Organisation | None:
    try:
        return from_doc(json.loads(text))
    except Exception:  # whoever can write there may have written anything
        return None


# --- the journal ---------------------------------------------------------------------------------------------------


def entry(
    before: Organisation | None, after: Organisation | None, *, by: Actor, now: datetime, tenant: str, seq: int,
    prev: str, salt: bytes, reference: str = "",
) -> Entry:  # fmt: skip
    """Return the journal entry of one change: an organisation listed, changed or removed.

    Args:
        before, after: The organisation; None where it was or is not listed.
        by: Who changes it.
        now: The moment of recording.
        tenant: Whose directory.
        seq, prev: The entry's number, and the hash of the one before it.
        salt: Random bytes for the digests, kept with the new document.
        reference: What it rests on, e.g. the number of a letter; no personal data.
    """
    organisation = after or before
    assert organisation is not None
    doc: dict[str, Any] = {
        "v": 1, "tenant": tenant, "seq": seq, "now": canon.instant(now), "by": {"id": by.id, "roles": sorted(by.roles)},
        "event": {"name": "Registered" if after is not None else "Unregistered"}, "organisation": organisation.id,
        "changes": list(_changes(before, after, salt)), "prev": prev,
    }  # fmt: skip
    if after is not None:
        doc["digest"] = digest(after, salt)
    if reference:
        doc["reference"] = reference
    canon.check(doc, "register")
    text = canon.text(doc)
    return Entry(doc, text, canon.digest(text))


def digest(organisation: Organisation, salt: bytes) -> str:
    """Return the salted digest of an organisation's whole document."""
    return canon.salted(salt, f"organisation.{organisation.id}", to_doc(organisation))


def _changes(before: Organisation | None, after: Organisation | None, salt: bytes) -> Iterator[dict[str, Any]]:
    was = dict(_flat(to_doc(before))) if before is not None else {}
    now = dict(_flat(to_doc(after))) if after is not None else {}
    for path in sorted(was.keys() | now.keys()):
        if was.get(path) == now.get(path):
            continue
        change: dict[str, Any] = {"field": path}
        if any(part in _PERSONAL for part in path.split("/")):
            if path in now:
                change["new"] = {"salted": canon.salted(salt, path, now[path])}
        else:
            change |= {name: side[path] for name, side in (("old", was), ("new", now)) if path in side}
        yield change


def _flat(doc: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in doc.items():
        if name == "contacts":
            for contact in value:
                yield from _flat(contact, f"contacts/{contact['id']}/")
        elif name == "warnings":
            for n, warning in enumerate(value):
                yield from _flat(warning, f"warnings/{n}/")
        elif isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}/")
        else:
            yield f"{path}{name}", value


def verify(tenant: str, entries: Sequence[Entry], present: Sequence[tuple[Organisation, bytes]]) -> tuple[str, ...]:
    """Return what is wrong with a register, one sentence per finding; empty when every change can be proved.

    Args:
        tenant: Whose it must be.
        entries: All of its journal, in order.
        present: The organisations as the store holds them, each with its salt.
    """
    problems: list[str] = []
    previous = ""
    last: dict[str, str] = {}
    for position, found in enumerate(entries, 1):
        try:
            doc = json.loads(found.text)
            if canon.digest(found.text) != found.hash:
                problems.append(f"entry {position}: its content was changed (the hash does not fit)")
            if (doc["tenant"], doc["seq"], doc["prev"]) != (tenant, position, previous):
                problems.append(f"entry {position}: an entry was dropped, swapped, repeated or belongs elsewhere")
            last[doc["organisation"]] = doc.get("digest", "")
        except (ValueError, KeyError, TypeError) as error:
            problems.append(f"entry {position}: is not an entry any more ({type(error).__name__})")
        previous = found.hash
    for organisation, salt in present:
        if last.pop(organisation.id, "") != digest(organisation, salt):
            problems.append(f"organisation {organisation.id!r} is not as its last entry says")
    problems += [f"organisation {id!r} is missing" for id, expected in last.items() if expected]
    return tuple(problems)
