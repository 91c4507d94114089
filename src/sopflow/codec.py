"""Events to and from JSON values, by the types that their fields declare.

Used for what must survive outside the journal's chain: inbound items that wait, and events decided again. Values of
undeclared or unknown shape are refused with the field's name; nothing is imported from a string.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar

import attrs

from . import canon
from .case import Actor, Evidence
from .errors import BadInput
from .events import Application, Complaint, CounterNotice, Event, Instrument, Notice, Order, Referral, Request

_E = TypeVar("_E", bound=Event)
INSTRUMENTS: Mapping[str, type[Instrument]] = {
    c.kind: c for c in (Notice, Order, Referral, Complaint, CounterNotice, Request, Application)
}


def dump(value: Any) -> Any:
    """Return a value as JSON values, personal ones included."""
    if isinstance(value, Enum):
        return str(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, datetime):
        return canon.instant(canon.utc(value, "instant"))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {k: dump(v) for k, v in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [dump(v) for v in value]
    if attrs.has(type(value)):
        fields = {f.name: getattr(value, f.name) for f in attrs.fields(type(value))}
        doc = {k: dump(v) for k, v in fields.items() if v not in (None, "", (), {})}
        return {"kind": value.kind, **doc} if isinstance(value, Instrument) else doc
    raise BadInput("value", value, "use values that JSON can hold")


def event_to_doc(event: Event) -> dict[str, Any]:
    """Return an event with its name and schema."""
    return {"name": event.name, "schema": event.schema, "fields": dump(event)}


def event_from_doc(doc: Mapping[str, Any], classes: Mapping[str, type[Event]]) -> Event:
    """Return the event that `event_to_doc` wrote.

    Args:
        doc: Its JSON values.
        classes: Event class by stable name, e.g. a procedure's `events`.

    Raises:
        BadInput: For an unknown name, a newer schema, or a field that does not fit.
    """
    cls = classes.get(str(doc.get("name")))
    if cls is None:
        raise BadInput("event.name", doc.get("name"), f"use one of {', '.join(sorted(classes))}")
    if doc.get("schema", 1) != cls.schema:
        raise BadInput(f"{cls.name}.schema", doc.get("schema"), f"this program knows schema {cls.schema}")
    fields = doc.get("fields", {})
    if not isinstance(fields, Mapping):
        raise BadInput(f"{cls.name}.fields", fields, "use an object of field values")
    event: Event = _record(cls, fields, cls.name)
    return event


@cache
def _hints(cls: Any) -> Mapping[str, Any]:
    hints = typing.get_type_hints(cls)
    return {f.name: hints[f.name] for f in attrs.fields(cls) if f.init}


def _record(cls: type[Any], doc: Mapping[str, Any], place: str) -> Any:
    hints = _hints(cls)  # type: ignore[arg-type]
    doc = {k: v for k, v in doc.items() if k != "kind" or "kind" in hints}
    unknown = [k for k in doc if k not in hints]
    if unknown:
        raise BadInput(f"{place}.{unknown[0]}", doc[unknown[0]], f"use the fields {', '.join(hints)}")
    values = {k: _load(hints[k], v, f"{place}.{k}") for k, v in doc.items()}
    try:
        return cls(**values)
    except TypeError as error:
        raise BadInput(place, doc, f"fill in the fields of {cls.__name__}: {error}") from None


def _load(hint: Any, value: Any, place: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if origin is UnionType or origin is typing.Union:
        if value is None and NoneType in args:
            return None
        return _load(next(a for a in args if a is not NoneType), value, place)
    if origin in (tuple, frozenset) and isinstance(value, list):
        return origin(_load(args[0], v, f"{place}[{i}]") for i, v in enumerate(value))
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, Mapping):
        return {str(k): _load(args[1], v, f"{place}.{k}") for k, v in value.items()}
    if hint is datetime and isinstance(value, str):
        try:
            return canon.utc(datetime.fromisoformat(value), place)
        except ValueError:
            raise BadInput(place, value, "write an instant with its time zone: 2017-07-14T11:00:00+07:00") from None
    if hint is date and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise BadInput(place, value, "write a day: 2017-07-14") from None
    if isinstance(hint, type) and issubclass(hint, Enum) and isinstance(value, str):
        try:
            return hint(value)
        except ValueError:
            raise BadInput(place, value, f"use one of {', '.join(str(m) for m in hint)}") from None
    if hint is Instrument and isinstance(value, Mapping):
        kind = str(value.get("kind", ""))
        if kind not in INSTRUMENTS:
            raise BadInput(f"{place}.kind", kind, f"use one of {', '.join(INSTRUMENTS)}")
        return _record(INSTRUMENTS[kind], value, place)
    if isinstance(hint, type) and attrs.has(hint) and isinstance(value, Mapping):
        return _record(hint, value, place)
    if isinstance(hint, type) and isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    raise BadInput(place, value, f"use a value of type {getattr(hint, '__name__', hint)}")


def from_entry(doc: Mapping[str, Any], cls: type[_E], personal: Mapping[str, Any]) -> _E:
    """Return the event of a journal entry, with its personal values put back from that entry's side row.

    An erased value comes back as "(erased)".
    """
    personal = {k.removeprefix("opens."): v for k, v in personal.items()}
    data = _restore(doc["event"].get("data", {}), "", personal)
    event: _E = _record(cls, data, cls.name)
    by = doc["by"]
    return attrs.evolve(
        event,
        by=Actor(by["id"], by["roles"], by.get("organisation")),
        at=canon.parse_instant(doc["at"]),
        evidence=tuple(_record(Evidence, e, "evidence") for e in doc.get("evidence", ())),
    )


def _restore(value: Any, path: str, personal: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"salted"}:
            return personal.get(path, "(erased)")
        if path.rpartition(".")[0].endswith("contents") and "digest" in value:
            locator = personal.get(f"content.{value['id']}", "hash:" + value["digest"])
            kind = value["kind"] if f"content.{value['id']}" in personal else "hash"
            return {"id": value["id"], "kind": kind, "locator": locator, "party": value.get("party", "")}
        return {k: _restore(v, f"{path}.{k}" if path else k, personal) for k, v in value.items()}
    if isinstance(value, list):
        return [_restore(v, f"{path}.{i}", personal) for i, v in enumerate(value)]
    return value
