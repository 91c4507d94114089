"""How the parts of a procedure stand in a document: derived from their fields, so that a new one needs no code."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any

import attrs

from .. import terms
from ..procedure import Procedure
from ..rules import Guard, Hook

FORMAT = 1
CODE = ("test", "run", "reads", "version")  # fields of a guard or hook that belong to its registered code

TERMS: Mapping[str, type[Any]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower(): cls
    for cls in (
        terms.Hours, terms.Days, terms.Months, terms.BusinessDays, terms.SameDay, terms.PerCase,
        terms.WithoutUndueDelay, terms.Yearly, terms.Window,
    )
}  # fmt: skip


def hints(cls: Any) -> Mapping[str, Any]:
    """Return the type of each field that a document may give, by name, in the order of the class."""
    return _hints(cls)


@cache
def _hints(cls: Any) -> Mapping[str, Any]:
    found = typing.get_type_hints(cls)
    code = CODE if cls in (Guard, Hook) else ()
    return {f.name: found[f.name] for f in attrs.fields(cls) if f.init and f.name not in code}


def inner(hint: Any) -> Any:
    """Return a type without "or None"."""
    if typing.get_origin(hint) in (UnionType, typing.Union):
        rest = [a for a in typing.get_args(hint) if a is not NoneType]
        return rest[0] if len(rest) == 1 else hint
    return hint


def item(hint: Any) -> Any:
    """Return what a tuple or set holds, or None if it is neither."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) in (tuple, frozenset) else None


def is_record(hint: Any) -> bool:
    """Return whether this is one of the parts of a procedure."""
    return isinstance(hint, type) and attrs.has(hint)


def required(cls: Any) -> tuple[str, ...]:
    """Return the names of the fields that have no default."""
    return tuple(f.name for f in attrs.fields(cls) if f.default is attrs.NOTHING and f.name in hints(cls))


def short(cls: Any) -> str:
    """Return the field that can stand for the whole, as a text: the only one, or the only one that is required."""
    names = required(cls) or tuple(hints(cls))
    return names[0] if len(names) == 1 and cls is not Procedure else ""


def default(attribute: attrs.Attribute[Any]) -> Any:
    """Return what a field is when nothing is said, as the class itself would have it."""
    value = attribute.default
    if value is attrs.NOTHING:
        return value
    if isinstance(value, attrs.Factory):  # type: ignore[arg-type]
        value = value.factory()  # type: ignore[union-attr]
    converter: Any = attribute.converter
    return converter(value) if callable(converter) else value
