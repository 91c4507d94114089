"""From plain values to a procedure: every fault is found and told with its line, its key and the remedy."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import attrs

from .. import canon
from ..errors import BadInput, DocumentError, NotCanonical, ProcedureError, UnknownProcedure, shorten
from ..events import Event
from ..procedure import Procedure
from ..rules import Basis, Guard, Hook
from ..shape import key_of
from ..terms import Term
from ._shape import FORMAT, TERMS, hints, inner, is_record, item, required, short
from ._words import Words

DEPTH: Final = 8
FAULTS: Final = 100
ROWS: Final = 2_000
VALUES: Final = 100_000
_NOTHING: Final = object()
_SINGLE: Final = {"roles": "role", "states": "state", "obligations": "obligation", "templates": "template",
                  "hooks": "hook", "sources": "source", "forms": "form"}  # fmt: skip


class Raw(NamedTuple):
    """A document as it was read.

    Attributes:
        file: Its name.
        values: Its plain values.
        line_of: The line of a place such as "transitions[3].sends[0].to", or of the nearest one around it.
    """

    file: str
    values: Mapping[str, Any]
    line_of: Callable[[str], int]


def procedure(raw: Raw, words: Callable[[tuple[str, ...]], Words]) -> Procedure:
    """Return the procedure that a document describes.

    Args:
        raw: The document.
        words: Returns the words at hand, those of these entries of the catalogue included.

    Raises:
        DocumentError: With every fault that could be found.
    """
    limits(raw)
    return _Reader(raw, words).read()


def limits(raw: Raw) -> None:
    """Refuse a document that is nested too deeply or has too many rows.

    Raises:
        DocumentError: Naming the first place.
    """
    todo: list[tuple[str, Any, int]] = [("", raw.values, 0)]
    for count in range(1, VALUES + 2):
        if not todo:
            return
        place, value, depth = todo.pop()
        if depth > DEPTH or count > VALUES:
            what = f"nest no more than {DEPTH} levels" if depth > DEPTH else f"write no more than {VALUES} values"
            raise DocumentError(raw.file, [(raw.line_of(place), place, f"this is too much; {what}")])
        if isinstance(value, Mapping):
            todo += [(f"{place}.{k}" if place else str(k), v, depth + 1) for k, v in value.items()]
        elif isinstance(value, list):
            if len(value) > ROWS:
                text = f"{len(value)} rows are too many; write no more than {ROWS}"
                raise DocumentError(raw.file, [(raw.line_of(place), place, text)])
            todo += [(f"{place}[{n}]", v, depth + 1) for n, v in enumerate(value)]
        elif isinstance(value, int | str):
            try:
                canon.check(value, place)
            except NotCanonical as error:  # else it would be found where the digest is asked for
                text = f"{error.value} cannot be used; {error.remedy}"
                raise DocumentError(raw.file, [(raw.line_of(place), place, text)]) from None


class _Reader:
    def __init__(self, raw: Raw, words: Callable[[tuple[str, ...]], Words]) -> None:
        self.raw = raw
        self.found: list[tuple[int, str, str]] = []
        self.bases: dict[str, Basis] = {}
        self._words_with = words
        self.words = Words()

    def read(self) -> Procedure:
        values = dict(self.raw.values)
        version = values.pop("format", FORMAT)
        if version != FORMAT or type(version) is not int:
            self.fault("format", f"{shorten(version)} is not known here; write format = {FORMAT}")
        self.words = self._known(values.pop("uses", ()))
        named = values.pop("bases", {})
        if not isinstance(named, Mapping):
            named = {}
            self.fault("bases", 'write a table: [bases], then one line NAME = { text = "…", source = "…", mark = "I" }')
        for name, value in named.items():
            if not isinstance(value, Mapping):
                self.fault(f"bases.{name}", 'write { text = "…", source = "…", mark = "I" }')
                continue
            basis: Any = self.record(Basis, value, f"bases.{name}")
            if basis is not _NOTHING:
                self.bases[name] = basis
        parts = self.fields(Procedure, values, "")
        if self.found:
            raise DocumentError(self.raw.file, sorted(self.found))
        try:
            return Procedure(**parts)
        except ProcedureError as error:
            found = [self.place(problem, parts) for problem in error.problems[:FAULTS]]
            once = {(line, key): (line, key, text) for line, key, text in reversed(found)}  # a basis has many rules
            raise DocumentError(self.raw.file, sorted(once.values())) from None

    def _known(self, uses: Any) -> Words:
        names = [uses] if isinstance(uses, str) else list(uses) if isinstance(uses, list | tuple) else [uses]
        found: list[str] = []
        for n, name in enumerate(names):
            try:
                self._words_with((str(name),))
                found.append(str(name))
            except UnknownProcedure as error:
                self.fault(f"uses[{n}]", str(error))
        return self._words_with(tuple(found))

    def fault(self, place: str, text: str) -> Any:
        self.found.append((self.raw.line_of(place), place, text))
        if len(self.found) >= FAULTS:  # to find the line and what may be meant takes time for each
            found = sorted(self.found)
            found.append((found[-1][0], "", "there may be more; mend these first"))
            raise DocumentError(self.raw.file, found)
        return _NOTHING

    # --- values -------------------------------------------------------------------------------------------------

    def value(self, hint: Any, value: Any, place: str) -> Any:
        """Return a value of this type, or _NOTHING if there is a fault in it."""
        hint = inner(hint)
        each = item(hint)
        if each is not None:
            return self.several(hint, each, value, place)
        if hint is Guard:
            return self.guard(value, place)
        if hint is Term:
            return self.term(value, place)
        if hint is Hook:
            return self.hook(value, place)
        if is_record(hint):
            return self.record(hint, value, place)
        if typing.get_origin(hint) is type:
            return self.event(value, place)
        if typing.get_origin(hint) is not None and issubclass(typing.get_origin(hint), Mapping):
            if isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values()):
                return dict(value)
            return self.wrong(value, place, "write a table of texts")
        if hint is date:
            return self.day(value, place)
        if hint in _PLAIN:
            fits, remedy = _PLAIN[hint]
            return value if fits(value) else self.wrong(value, place, remedy)
        return self.wrong(value, place, "leave it out: a document cannot hold this")

    def wrong(self, value: Any, place: str, remedy: str) -> Any:
        shown = "a table" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else shorten(value)
        return self.fault(place, f"{shown} cannot be used; {remedy}")

    def several(self, hint: Any, each: Any, value: Any, place: str) -> Any:
        rest = typing.get_args(hint)[1:]
        fixed = len(rest) + 1 if rest and rest[0] is not Ellipsis else 0
        if fixed and not (isinstance(value, list) and len(value) == fixed):
            return self.wrong(value, place, f"write a list of {fixed}")
        if not isinstance(value, list):
            return self.several(hint, each, [value], place)
        found = [self.value(each, v, f"{place}[{n}]") for n, v in enumerate(value)]
        return _NOTHING if any(v is _NOTHING for v in found) else typing.get_origin(hint)(found)

    def day(self, value: Any, place: str) -> Any:
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        fits = isinstance(value, date) and not isinstance(value, datetime)
        return value if fits else self.wrong(value, place, "write a day such as 2026-11-24")

    def event(self, value: Any, place: str) -> Any:
        cls: type[Event] | None = self.words.events.get(value) if isinstance(value, str) else None
        if cls is None:
            remedy = f"{_near(value, self.words.events)}; or hand in your own with events=[…]"
            return self.wrong(value, place, remedy)
        return cls

    def guard(self, value: Any, place: str) -> Any:
        name, version = value, None
        if isinstance(value, Mapping):
            name, version = value.get("name"), value.get("version")
            for key in value:
                if key not in ("name", "version"):
                    self.fault(f"{place}.{key}", "this is not known; use name and version")
        if not isinstance(name, str):
            return self.wrong(name, place, 'name a guard, e.g. "all_are(removed,disabled)"')
        try:
            guard = self.words.guard(name)
        except BadInput as error:
            return self.fault(place, f"{error.value} cannot be used; {error.remedy}")
        return self._same_version(guard, version, place)

    def hook(self, value: Any, place: str) -> Any:
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, Mapping):
            return self.wrong(value, place, "write a table with the name of a hook")
        version = value.get("version")
        parts = self.fields(Hook, {k: v for k, v in value.items() if k != "version"}, place)
        known = self.words.hooks.get(str(value.get("name")))
        if known is None:
            names = ", ".join(sorted(self.words.hooks)) or "(none)"
            remedy = f"use one of {names}; or hand in your own with hooks=[…]"
            return self.wrong(value.get("name"), f"{place}.name", remedy)
        if self._same_version(known, version, place) is _NOTHING or "name" not in parts:
            return _NOTHING
        return Hook(**parts, run=known.run, reads=known.reads, version=known.version)

    def _same_version(self, found: Any, version: Any, place: str) -> Any:
        if version is not None and version != found.version:
            text = f"version {shorten(version)} was written for, and this program has {found.version}"
            return self.fault(f"{place}.version", f"{text}; read what changed, then write {found.version}")
        return found

    def term(self, value: Any, place: str) -> Any:
        if not isinstance(value, Mapping):
            return self.wrong(value, place, "write e.g. { hours = 24 }")
        kinds = [k for k in value if k in TERMS and k != "kind"]
        kind = value.get("kind", kinds[0] if len(kinds) == 1 else None)
        if not isinstance(kind, str) or kind not in TERMS:
            remedy = f"write e.g. {{ hours = 24 }}, or kind = one of {', '.join(TERMS)}"
            return self.wrong(dict(value) if kind is None else kind, place, remedy)
        return self.made(TERMS[kind], {k: v for k, v in value.items() if k != "kind"}, place)

    def record(self, cls: type[Any], value: Any, place: str) -> Any:
        if isinstance(value, str):
            if cls is Basis:
                if value in self.bases:
                    return self.bases[value]
                remedy = f"{_near(value, self.bases)} of [bases], or write the basis out"
                return self.wrong(value, place, remedy)
            if short(cls):
                part = self.value(hints(cls)[short(cls)], value, place)
                return part if part is _NOTHING else self.new(cls, {short(cls): part}, place)
        if not isinstance(value, Mapping):
            return self.wrong(value, place, f"write a table with {', '.join(required(cls) or hints(cls))}")
        return self.made(cls, value, place)

    def made(self, cls: type[Any], value: Mapping[str, Any], place: str) -> Any:
        before = len(self.found)
        parts = self.fields(cls, value, place)
        return _NOTHING if len(self.found) > before else self.new(cls, parts, place)

    def new(self, cls: type[Any], parts: Mapping[str, Any], place: str) -> Any:
        try:
            return cls(**parts)
        except BadInput as error:
            name = error.field.rpartition(".")[2]
            where = f"{place}.{name}" if name in parts else place
            return self.fault(where, f"{error.value} cannot be used; {error.remedy}")

    def fields(self, cls: Any, value: Mapping[str, Any], place: str) -> dict[str, Any]:
        known, parts = hints(cls), {}
        for name, part in value.items():
            here = f"{place}.{name}" if place else str(name)
            if name not in known:
                self.fault(here, f"this key is not known; {_near(name, known)}")
                continue
            found = self.value(known[name], part, here)
            if found is not _NOTHING:
                parts[name] = found
        for name in required(cls):
            if name not in value:
                self.fault(f"{place}.{name}" if place else name, "this key is missing; add it")
        return parts

    # --- what the procedure itself refuses ----------------------------------------------------------------------

    def place(self, problem: str, parts: Mapping[str, Any]) -> tuple[int, str, str]:
        """Return line, key and text of a problem of names or shape, by the rule and the values that it names."""
        wrong = re.findall(r"'([^']*)'", problem)
        rules = list(_rules(problem, parts))
        for rule in rules:
            for key, leaf in _leaves(self.raw.values.get(rule[0]), rule):
                if leaf in wrong[:1]:
                    return (self.raw.line_of(key), key, problem)
        for name, basis in self.bases.items():
            for part in ("source", "mark"):
                if wrong[:1] == [getattr(basis, part)]:
                    key = f"bases.{name}.{part}"
                    return (self.raw.line_of(key), key, problem)
        key = _text(rules[0]) if rules else re.split(r"[ :]", problem)[0]
        return (self.raw.line_of(key), key, problem)


def where(raw: Raw, procedure: Procedure, place: str) -> int:
    """Return the line of a rule, by the place that a finding or an error names; 1 where nothing has it."""
    parts = {f.name: getattr(procedure, f.name) for f in attrs.fields(Procedure)}
    kind, _, rest = place.partition(" ")
    rows = procedure.transitions
    if kind == "fact":
        return next((raw.line_of(f"transitions[{n}]") for n, t in enumerate(rows) if t.key == rest), 1)
    if kind == "waiver":
        found = (n for n, w in enumerate(procedure.waivers) if f"{w.code} at {w.place}" == rest)
        return next((raw.line_of(f"waivers[{n}]") for n in found), 1)
    problem = f"transition on {rest}:" if kind == "transition" else f"{place}:"
    return next((raw.line_of(_text(rule)) for rule in _rules(problem, parts)), 1)


_Place = tuple[str, int | None]


def _text(rule: _Place) -> str:
    return rule[0] if rule[1] is None else f"{rule[0]}[{rule[1]}]"


def _rules(problem: str, parts: Mapping[str, Any]) -> Iterator[_Place]:
    """Yield the rules that a problem of `shape` speaks of, by the words that it begins with."""
    for n, t in enumerate(parts.get("transitions", ())):
        if problem.startswith(f"transition on {t.key} from {'|'.join(t.source)}:") or any(
            problem.startswith(f"send {s.template}:") for s in t.sends
        ):
            yield ("transitions", n)
    for name, single in _SINGLE.items():
        items = list(enumerate(parts.get(name, ())))
        for n, rule in reversed(items):  # of two with one name it is the second that is one too many
            key = key_of(rule)
            if re.match(rf"{single} '?{re.escape(key)}'?[:, ]", problem):
                yield (name, n)
    if re.split(r"[ :]", problem)[0] in parts:
        yield (re.split(r"[ :]", problem)[0], None)


def _leaves(values: Any, rule: _Place) -> Iterator[tuple[str, str]]:
    """Yield the texts below a rule with their keys."""
    name, n = rule
    many = values if isinstance(values, list) else [values]
    todo = [(name, values)] if n is None else [(f"{name}[{n}]", many[n])]
    while todo:
        key, value = todo.pop(0)
        if isinstance(value, Mapping):
            todo += [(f"{key}.{k}", v) for k, v in value.items()]
        elif isinstance(value, list):
            todo += [(f"{key}[{i}]", v) for i, v in enumerate(value)]
        else:
            yield key, str(value)


def _near(value: Any, names: Any) -> str:
    near = difflib.get_close_matches(str(value), list(names), 1)
    return f"did you mean {near[0]}" if near else f"use one of {', '.join(sorted(names)) or '(none)'}"


_PLAIN: Final[Mapping[Any, tuple[Callable[[Any], bool], str]]] = {
    str: (lambda v: isinstance(v, str), "write a text, in quotation marks"),
    bool: (lambda v: isinstance(v, bool), "write true or false"),
    int: (lambda v: type(v) is int, "write a whole number"),
}
