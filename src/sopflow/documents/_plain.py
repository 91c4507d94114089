"""A procedure as plain values, in the order in which a person would read them; what has its default is left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import attrs

from ..errors import BadInput
from ..procedure import Procedure
from ..rules import Basis, Guard
from ..terms import Term
from ._shape import FORMAT, TERMS, default, hints, inner, is_record, item, short
from ._words import uses

_FIRST = ("sources", "roles", "states", "transitions", "obligations", "forms", "templates", "hooks")


class Line(dict[str, Any]):
    """A small table that stands on one line."""


def plain(procedure: Procedure) -> dict[str, Any]:
    """Return a procedure as plain values: single ones first, then the tables.

    Raises:
        BadInput: For a term of the host's own kind, which a document cannot hold.
    """
    named = _named(procedure)
    doc: dict[str, Any] = {"format": FORMAT}
    tables: dict[str, Any] = {}
    for name, value in _fields(procedure, named).items():
        many = is_record(item(inner(hints(Procedure)[name])))
        (tables if many else doc)[name] = value
    foreign = uses(procedure)
    if foreign:
        doc["uses"] = foreign
    doc |= {"sources": tables.pop("sources")} if "sources" in tables else {}
    if named:
        doc["bases"] = {name: Line(text=b.text, source=b.source, mark=b.mark) for b, name in named.items()}
    rest = [*(n for n in _FIRST if n in tables), *(n for n in tables if n not in _FIRST)]
    return doc | {name: [dict(row) if isinstance(row, Line) else row for row in tables[name]] for name in rest}


def _named(procedure: Procedure) -> dict[Basis, str]:
    """Return a name for each basis on which several rules rest, so that it is written, and changed, once."""
    counts = Counter(_bases(procedure))
    numbers: Counter[str] = Counter()
    named: dict[Basis, str] = {}
    for basis, count in counts.items():
        if count > 1:
            source = re.sub(r"[^A-Za-z0-9_-]", "-", basis.source)
            numbers[source] += 1
            named[basis] = f"{source}_{numbers[source]}"
    return named


def _bases(value: Any) -> Iterator[Basis]:
    if isinstance(value, Basis):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _bases(each)
    elif attrs.has(type(value)):
        for f in attrs.fields(type(value)):
            yield from _bases(getattr(value, f.name))


def _fields(value: Any, named: Mapping[Basis, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    known = hints(type(value))
    for f in attrs.fields(type(value)):
        mine = getattr(value, f.name)
        if f.name in known and mine != default(f):
            found[f.name] = _value(mine, named)
    return found


def _value(value: Any, named: Mapping[Basis, str]) -> Any:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, date):
        return value
    if isinstance(value, type):
        return getattr(value, "name", value.__name__)
    if isinstance(value, Guard):
        return value.name if value.version == 1 else Line(name=value.name, version=value.version)
    if hasattr(value, "span"):
        return _term(value, named)
    if isinstance(value, Basis) and value in named:
        return named[value]
    if isinstance(value, tuple | frozenset | list):
        many = sorted(value) if isinstance(value, frozenset) else value
        items = [_value(v, named) for v in many]
        if any(isinstance(v, dict) and not isinstance(v, Line) for v in items):  # all alike
            items = [dict(v) if isinstance(v, dict) else v for v in items]
        return items[0] if len(items) == 1 and isinstance(items[0], str) else items
    if isinstance(value, Mapping):
        return Line({str(k): _value(v, named) for k, v in value.items()})
    found = _fields(value, named)
    name = short(type(value))
    if name and set(found) <= {name} and isinstance(found.get(name, ""), str):
        return found.get(name, "")
    return found if "basis" in hints(type(value)) or any(map(_large, found.values())) else Line(found)


def _large(value: Any) -> bool:
    """Return whether a value is too much for a line: a text of several, or tables."""
    if isinstance(value, list):
        return any(isinstance(v, dict) for v in value)
    return isinstance(value, str) and "\n" in value


def _term(term: Term, named: Mapping[Basis, str]) -> Line:
    for kind, cls in TERMS.items():
        if type(term) is cls:
            values = {k: _dates(v) if k == "dates" else v for k, v in _fields(term, named).items()}
            return Line(values if kind in hints(cls) else {"kind": kind, **values})
    raise BadInput("term", type(term).__name__, f"a document holds terms of the kinds {', '.join(TERMS)}")


def _dates(value: Any) -> Any:
    return [list(v) for v in value] if isinstance(value, list) else value
