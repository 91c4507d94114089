"""A case and its records as JSON: as values, and as canonical text.

What is empty is left out. Each class's way is worked out once, from its fields, and a record remembers its text: most
records of a case stand unchanged in the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import attrs

from . import canon
from .case import Approval, Case, Child, Content, Deadline, Happening, InstrumentRecord, Message, Outcome, Standing
from .records import Record

SECTIONS: Mapping[str, type[Any]] = {
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


# --- as JSON values ----------------------------------------------------------------------------------------------


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
    names = [f.name for f in attrs.fields(cls) if cls is not Case or f.name not in SECTIONS]
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
def _reading(cls: Any) -> tuple[dict[str, Any], int, Set[str], tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """Return what the fields have that need not be given, how many there are, which must be given, and what reads those
    of types.
    """
    fields = attrs.fields(cls)
    optional = {f.name: f.default for f in fields if f.default is not attrs.NOTHING}
    required = frozenset(f.name for f in fields if f.name not in optional)
    return (
        optional,
        len(fields),
        required,
        tuple((f.name, _WRITE[str(f.type)][1]) for f in fields if str(f.type) in _WRITE),
    )


def from_doc(cls: type[_R], doc: Mapping[str, Any]) -> _R:
    """Return the record that `to_doc` wrote.

    Raises:
        TypeError: If it wrote no such thing: a field is missing, or unknown.
        ValueError: For a value that is none of its field's.
    """
    optional, number, required, readers = _reading(cls)  # type: ignore[arg-type]
    whole = {**optional, **doc}
    for name, read in readers:
        if name in doc:
            whole[name] = read(doc[name])
    if len(whole) != number or not required <= doc.keys() or "locator" in doc:
        return cls(**{name: whole[name] for name in doc})  # which says what is wrong with it
    record = object.__new__(cls)
    _remember(record, "__dict__", whole)
    return record


def case_to_doc(case: Case) -> dict[str, Any]:
    """Return a case as JSON values."""
    doc = dict(to_doc(case))
    for name in SECTIONS:
        records = getattr(case, name)
        if records:
            doc[name] = [to_doc(r) for r in records]
    return doc


def case_from_doc(doc: Mapping[str, Any]) -> Case:
    """Return the case that `case_to_doc` wrote."""
    whole = dict(doc)
    for name, section in SECTIONS.items():
        if name in doc:
            whole[name] = tuple([from_doc(section, r) for r in doc[name]])
    for name, read in _reading(Case)[3]:
        if name in doc:
            whole[name] = read(doc[name])
    return Case(**whole)


# --- as canonical text -------------------------------------------------------------------------------------------

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
    kinds = {f.name: str(f.type) for f in attrs.fields(cls) if cls is not Case or f.name not in SECTIONS}
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
        f',"{name}":{canon.listed(map(to_text, records))}' for name in SECTIONS if (records := getattr(case, name))
    ]  # fmt: skip
    return f"{_written(case)[:-1]}{''.join(sections)}}}"
