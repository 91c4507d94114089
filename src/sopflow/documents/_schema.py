"""The JSON Schema (2020-12) of a document, for editors: made from the classes, their types and their docstrings.

It finds typing errors while somebody writes. Whether names exist, and whether the procedure is any good, only reading
and checking can say.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from ..case import Outcome
from ..events import SHARED
from ..forms import KINDS
from ..procedure import Procedure
from ..rules import FACULTIES, MARKS, PHASES, Absent, Basis, Form, FormField, Guard, Hook, Obligation, On, Quorum, State
from ..shape import NAME
from ..terms import Term
from ._shape import FORMAT, TERMS, hints, inner, is_record, item, required, short

_ONE_OF: Final[Mapping[tuple[type[Any], str], tuple[str, ...]]] = {
    (State, "phase"): PHASES,
    (Hook, "phase"): PHASES,
    (Absent, "faculty"): tuple(FACULTIES),
    (FormField, "kind"): tuple(KINDS),
    (Basis, "mark"): tuple(MARKS),
    (Obligation, "kind"): ("duty", "right", "reminder"),
    (Hook, "point"): ("before", "after", "exit", "enter"),
    (Quorum, "distinct"): ("actor", "organisation"),
    (Form, "enforce"): ("refuse", "assess"),
    (On, "outcomes"): tuple(str(o) for o in Outcome),
    (On, "where"): tuple(str(o) for o in Outcome),
}
_NAMED: Final = ("Role", "State", "Obligation", "Template")
_TEXT: Final = {"type": "string"}
_INTRO: Final = "A takedown procedure as a document of sopflow, in TOML or YAML 1.2."


def schema() -> dict[str, Any]:
    """Return the schema."""
    parts: dict[str, Any] = {}
    top = _record(Procedure, parts)
    names = {"type": "array", "items": _TEXT}
    own = {
        "format": {"const": FORMAT, "description": "The format of this document."},
        "uses": {"anyOf": [_TEXT, names], "description": "Ids of catalogue entries whose events, guards and hooks "
                 "may be named."},
        "bases": {"type": "object", "additionalProperties": _ref(Basis, parts),
                  "description": "Bases that several rules rest on, by a name that those write instead."},
    }  # fmt: skip
    top["properties"] = own | top["properties"]
    rest = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Procedure", "description": _INTRO}
    return rest | top | {"$defs": dict(sorted(parts.items()))}


def _ref(cls: Any, parts: dict[str, Any]) -> dict[str, Any]:
    name: str = getattr(cls, "__name__", cls)
    if name not in parts:
        parts[name] = {}  # a record may hold itself
        parts[name] = {"Guard": _guard, "Term": _term, "Event": _event}.get(name, lambda p: _record(cls, p))(parts)
    return {"$ref": f"#/$defs/{name}"}


def _record(cls: type[Any], parts: dict[str, Any]) -> dict[str, Any]:
    told = _told(cls)
    properties: dict[str, Any] = {}
    for name, hint in hints(cls).items():
        allowed = _type(hint, parts)
        if (cls, name) in _ONE_OF:
            one = {"enum": list(_ONE_OF[cls, name])}
            allowed = {"anyOf": [one, {"type": "array", "items": one}]} if item(inner(hint)) else one
        elif name == "name" and cls.__name__ in _NAMED:
            allowed = {"type": "string", "pattern": f"^{NAME.pattern.removesuffix(chr(92) + 'Z')}$"}
        if name in told:
            allowed = {**allowed, "description": told[name]}
        properties[name] = allowed
    if cls is Hook:
        properties["version"] = {"type": "integer", "description": "The version of its code that this was written for."}
    found: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required(cls):
        found["required"] = list(required(cls))
    if cls is Procedure:
        return found
    about = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    if cls is Basis:
        return {"anyOf": [_TEXT | {"description": "A name in [bases]."}, found], "description": about}
    if short(cls) and _stands_alone(cls):
        return {"anyOf": [properties[short(cls)], found], "description": about}
    return {"description": about} | found


def _stands_alone(cls: type[Any]) -> bool:
    """Return whether the one field that can stand for the whole may be written as a text."""
    hint = inner(hints(cls)[short(cls)])
    return hint is str or typing.get_origin(hint) in (type, frozenset)


def _type(hint: Any, parts: dict[str, Any]) -> dict[str, Any]:
    hint = inner(hint)
    origin, each = typing.get_origin(hint), item(hint)
    if each is not None:
        rest = typing.get_args(hint)[1:]
        one = _type(each, parts)
        if rest and rest[0] is not Ellipsis:
            return {"type": "array", "items": one, "minItems": len(rest) + 1, "maxItems": len(rest) + 1}
        return {"anyOf": [one, {"type": "array", "items": one}]}
    if hint in (Guard, Term):
        return _ref(hint, parts)
    if origin is type:
        return _ref("Event", parts)
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _TEXT}
    if is_record(hint):
        return _ref(hint, parts)
    return dict(
        {bool: {"type": "boolean"}, int: {"type": "integer"}, date: _TEXT | {"format": "date"}}.get(hint, _TEXT)
    )


def _guard(parts: dict[str, Any]) -> dict[str, Any]:
    table = {"type": "object", "required": ["name"], "additionalProperties": False,
             "properties": {"name": _TEXT, "version": {"type": "integer"}}}  # fmt: skip
    return {"anyOf": [_TEXT, table], "description": 'A condition by its registered name, e.g. "all_are(removed)".'}


def _event(parts: dict[str, Any]) -> dict[str, Any]:
    shared = {"enum": [e.name for e in SHARED], "description": "An event that procedures share."}
    own = {"type": "string", "pattern": "^[A-Z][A-Za-z0-9_]*$", "description": "A procedure's own event."}
    return {"anyOf": [shared, own], "description": "The name of an event."}


def _term(parts: dict[str, Any]) -> dict[str, Any]:
    kinds = []
    for kind, cls in TERMS.items():
        one = _record(cls, parts)
        one = one["anyOf"][-1] if "anyOf" in one else one
        for part in one["properties"].values():
            if part.get("type") == "integer":
                part["minimum"] = 0 if part is one["properties"].get("min") else 1
        by_kind = {"kind": {"const": kind}} | one["properties"]
        need = [*one.get("required", ()), *([] if kind in hints(cls) else ["kind"])]
        kinds.append({**one, "properties": by_kind, "required": need} if need else {**one, "properties": by_kind})
    return {"anyOf": kinds, "description": "How long, e.g. { hours = 24 }."}


def _told(cls: type[Any]) -> dict[str, str]:
    """Return what the docstring of a class says of its fields."""
    told: dict[str, str] = {}
    inside = False
    names: list[str] = []
    for line in inspect.cleandoc(cls.__doc__ or "").splitlines():
        if not line.startswith(" "):
            inside = line.strip() == "Attributes:"
        elif inside and (found := re.match(r"    ([a-z_, ]+): (.*)", line)):
            names = found[1].split(", ")
            told |= dict.fromkeys(names, found[2])
        elif inside:
            told |= {name: f"{told[name]} {line.strip()}" for name in names}
    return told
