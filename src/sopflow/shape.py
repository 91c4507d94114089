"""Names and shape: every problem of a procedure that can be seen without asking what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from string import Template as _Text
from typing import TYPE_CHECKING, Any

import attrs

from . import forms
from .case import Outcome
from .errors import shorten
from .events import (
    DEADLINE_FACTS,
    MESSAGE_FACTS,
    Act,
    Corrected,
    Event,
    Fact,
    InstrumentReceived,
    Migrated,
    Opened,
)
from .hours import Hours
from .rules import (
    ANY_OPEN,
    FACULTIES,
    MARKS,
    PHASES,
    STAY,
    VERBS,
    Absent,
    Basis,
    Form,
    FormField,
    Guard,
    Hook,
    Obligation,
    On,
    Opens,
    Quorum,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Waiver,
)

if TYPE_CHECKING:
    from .procedure import Procedure

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
SAID = frozenset(("authority", "description", "due", "fine", "purpose"))  # what templates may name of an event
PLACEHOLDERS = frozenset(
    [
        "case",
        "procedure",
        "recipient_role",
        "contents",
        "concerned",
        "count",
        "done",
        "reason",
        "deadline",
        "term",
        "opened",
        "reference",
        "sender",
        "confirm",
        "confirm_by",
        "basis",
        "message",
        "form",
        *SAID,
    ]
)
_CLASSES: Mapping[str, Any] = {
    "roles": Role, "states": State, "transitions": Transition, "obligations": Obligation, "forms": Form,
    "templates": Template, "hooks": Hook, "sources": Source, "waivers": Waiver, "absent": Absent,
}  # fmt: skip
_TEXTS = ("str", "tuple[str, ...]", "frozenset[str]")
_EVENT: Any = "event"
_TERM: Any = "term"
_PARTS: Mapping[type, Mapping[str, Any]] = {
    Role: {"basis": Basis}, State: {"basis": Basis}, Absent: {"basis": Basis}, FormField: {"basis": Basis},
    Form: {"fields": FormField},
    Obligation: {"term": _TERM, "basis": Basis} | dict.fromkeys(VERBS, On),
    Send: {"basis": Basis, "ack_within": _TERM, "within": _TERM, "proved_by": _EVENT, "until": On, "quiet": Hours},
    Transition: {
        "on": _EVENT, "guards": Guard, "requires": Quorum, "sends": Send, "opens": Opens, "basis": Basis,
    },
    Hook: {"event": _EVENT, "may_send": Send},
}  # fmt: skip
_WRITE: Mapping[Any, str] = {
    Basis: "Basis(text, source, mark)",
    FormField: "FormField(name, basis)",
    Guard: "Guard(name, test), or one of sopflow.guards",
    Quorum: "Quorum(roles=…)",
    Opens: "Opens(procedure=…)",
    Send: "Send(template=…, to=…, sender=…)",
    Hours: "e.g. '21:00-07:00'",
}
_NEEDS_OF = (*MESSAGE_FACTS, *DEADLINE_FACTS, InstrumentReceived)


def key_of(item: Any) -> str:
    """Return what a rule is known by among its kind."""
    if isinstance(item, str):
        return item
    for name in ("name", "instrument", "key", "faculty"):
        if hasattr(item, name):
            return str(getattr(item, name))
    return f"{item.code} {item.place}" if isinstance(item, Waiver) else shorten(item)


def ons(obligation: Obligation) -> Iterable[On]:
    """Yield everything that touches the clock of an obligation."""
    for verb in VERBS:
        yield from getattr(obligation, verb)


def _strange(p: Procedure) -> Iterable[str]:
    """Yield what is not even of the right class, so that nothing else can be asked of it."""
    for name, kind in _CLASSES.items():
        for item in getattr(p, name):
            if not isinstance(item, kind):
                yield f"{name}: {shorten(item)} is no {kind.__name__}; write {kind.__name__}(…)"
            else:
                yield from (f"{_place(item)}: {what}" for what in _inside(item))
    for name in ("valid_from", "valid_to", "as_of"):
        day: Any = getattr(p, name)
        if day is not None and (not isinstance(day, date) or isinstance(day, datetime)):
            yield f"{name}: {day!r} is no day; write date(2026, 1, 31), or None where it is open"
    yield from (f"procedure: {what}" for what in _inside(p))


def _place(item: Any) -> str:
    if isinstance(item, Transition):
        on = getattr(item.on, "name", getattr(item.on, "__name__", item.on))
        key = on if isinstance(on, str) else shorten(on)
        return f"transition on {f'{key}:{item.of}' if item.of else key} from {'|'.join(map(str, item.source))}"
    return f"{type(item).__name__.lower()} {key_of(item)}"


def _inside(rule: Any) -> list[str]:
    """Return what in a rule is of another class than it must be."""
    kind: Any = type(rule)
    texts, parts = _fields(kind)
    found: list[str] = []
    part: Any
    for name in texts:
        value = getattr(rule, name)
        if not isinstance(value, str):
            for part in value if isinstance(value, tuple | frozenset) else (value,):
                if not isinstance(part, str):
                    found.append(f"{name}: {shorten(part)} is no text; write it in quotation marks")
    for name, wanted, optional in parts:
        value = getattr(rule, name)
        if value is None and optional:
            continue
        for part in value if isinstance(value, tuple) else (value,):
            found += [f"{name}: {what}" for what in _unlike(part, wanted, whole=kind is Hook)]
    return found


def _unlike(part: Any, wanted: Any, *, whole: bool) -> list[str]:
    """Return what is wrong with a part of a rule; `whole` where all acts, all facts or all events may be meant."""
    if wanted is On or wanted is _EVENT:
        value = part.event if wanted is On else part
        if not isinstance(value, type) or not issubclass(value, Event):
            name = value if isinstance(value, str) else type(value).__name__ if isinstance(value, Event) else ""
            write = name if name.isidentifier() else "the class of an event, e.g. Verified"
            return [f"{shorten(value)} is no event; write {write}"]
        if value in (Event, Act, Fact) and not whole:
            return [f"{value.__name__} is no event of its own; use a subclass of Act or Fact"]
        return []
    if wanted is _TERM:
        return [] if hasattr(part, "span") else [f"{shorten(part)} is no term; write e.g. Hours(24), see sopflow.terms"]
    if isinstance(part, wanted):
        return _inside(part)
    return [f"{shorten(part)} is no {wanted.__name__}; write {_WRITE[wanted]}"]


@cache
def _fields(kind: Any) -> tuple[tuple[str, ...], tuple[tuple[str, Any, bool], ...]]:
    """Return which fields of a rule hold text; and which hold parts, with their class and whether it may be None."""
    fields: dict[str, Any] = attrs.fields_dict(kind) if attrs.has(kind) else {}
    texts = tuple(name for name, f in fields.items() if f.type in _TEXTS)
    return texts, tuple((name, wanted, fields[name].default is None) for name, wanted in _PARTS.get(kind, {}).items())


def problems(p: Procedure) -> Iterable[str]:
    """Yield every unknown name and every wrong shape, each with its place and remedy."""
    strange = list(_strange(p))
    if strange:
        yield from strange
        return
    for name, value in (("id", p.id), ("version", p.version)):
        if not value.strip() or not value.isprintable():
            yield f"{name} {value!r}: write a text without control characters; cases name it for ever"
    if not p.opened_by:
        yield "opened_by: write which roles may open a case"
    states, roles = {s.name for s in p.states}, {r.name for r in p.roles} | {"system"}
    templates, sources = {t.name for t in p.templates}, {s.key for s in p.sources}
    obligations = {o.name for o in p.obligations}
    sends = [s for t in p.transitions for s in t.sends] + [s for h in p.hooks for s in h.may_send]
    receipts = {f"{kind}:{s.template}" for s in sends for kind in ("receipt", "expected")}

    def known(name: str, names: Iterable[str], what: str, place: str) -> Iterable[str]:
        if name not in names:
            yield f"{place}: {what} {name!r} is not defined; use one of {', '.join(sorted(names)) or '(none)'}"

    def based(basis: Basis | None, place: str) -> Iterable[str]:
        if basis is not None:
            yield from known(basis.source, sources, "source", place)
            yield from known(basis.mark, MARKS, "evidence mark", place)

    def sendable(given: Iterable[Send], place: str) -> Iterable[str]:
        for send in given:
            yield from known(send.template, templates, "template", place)
            yield from known(send.to, roles, "role", place)
            yield from known(send.sender, roles, "role", place)
            if send.quiet is not None and send.quiet.never_end():
                yield f"{place}: send {send.template}: its quiet hours leave no time to send; end them once a week"
            for on in send.until:
                if on.outcomes or on.where:
                    what = f"remove the outcomes of {on.event.name}"
                    yield f"{place}: send {send.template}: until takes events alone; {what}"
            yield from based(send.basis, place)

    collections: dict[str, tuple[Any, ...]] = {
        "role": p.roles,
        "state": p.states,
        "obligation": p.obligations,
        "template": p.templates,
    }
    collections |= {"hook": p.hooks, "source": p.sources, "form": p.forms, "absent": p.absent}
    for kind, items in collections.items():
        seen: set[str] = set()
        for item in items:
            key = key_of(item)
            if key in seen:
                yield f"{kind} {key!r} is defined twice; remove or rename one"
            seen.add(key)
            if kind in ("role", "state", "obligation", "template") and not NAME.match(key):
                yield f"{kind} {key!r}: write names in lower case letters, digits and underscores"
    for state in p.states:
        yield from known(state.phase, PHASES, "phase", f"state {state.name}")
        yield from based(state.basis, f"state {state.name}")
        if state.waits_for:
            yield from known(state.waits_for, roles, "role", f"state {state.name}")
    yield from known(p.initial, states, "state", "initial")
    yield from known(p.acting, roles, "role", "acting")
    for role in sorted(p.opened_by):
        yield from known(role, roles, "role", "opened_by")
    for role_ in p.roles:
        yield from based(role_.basis, f"role {role_.name}")
    if p.valid_from and p.valid_to and p.valid_to < p.valid_from:
        yield f"valid_to {p.valid_to} lies before valid_from {p.valid_from}; swap or correct them"
    for t in p.transitions:
        place = _place(t)
        if t.on is Opened and t.source != (p.initial,):
            yield f"{place}: a case is opened in its initial state; use source={p.initial!r}"
        if t.on.act and any(s.final for s in p.states if s.name in t.source):
            yield f"{place}: a final state takes facts and corrections, no acts; remove it from the sources"
        if t.on in _NEEDS_OF and not t.of:
            yield f"{place}: say of which template, obligation or instrument (of=…)"
        if t.on in DEADLINE_FACTS and t.of:
            yield from known(t.of, obligations | receipts, "obligation", place)
        if t.on in MESSAGE_FACTS and t.of:
            yield from known(t.of, templates, "template", place)
        for name in t.source:
            if name != ANY_OPEN:
                yield from known(name, states, "state", place)
        if t.target != STAY:
            yield from known(t.target, states, "state", place)
        if not t.by:
            yield f"{place}: say who may do it (by=…)"
        for name in sorted(t.by):
            yield from known(name, roles, "role", place)
        if t.requires is not None:
            for name in sorted(t.requires.roles):
                yield from known(name, roles, "role", place)
            if t.requires.n < 1 or t.requires.distinct not in ("actor", "organisation"):
                yield f"{place}: a quorum needs n of at least 1 and distinct='actor' or 'organisation'"
        if t.opens is not None and "instrument" not in attrs.fields_dict(t.on):
            yield f"{place}: an event that opens a case needs a field `instrument` (see Escalated)"
        if t.on is Migrated:
            yield f"{place}: every procedure takes this, from {p.acting}; remove the row"
        if t.on is Corrected and t.target != STAY:
            yield f"{place}: a correction changes no state; use target=STAY"
        yield from sendable(t.sends, place)
        for guard in t.guards:
            yield from _callable(guard.test, f"{place}: guard {guard.name!r}")
        yield from based(t.basis, place)
    for o in p.obligations:
        place = f"obligation {o.name}"
        if o.kind not in ("duty", "right", "reminder"):
            yield f"{place}: kind {o.kind!r}; use duty, right or reminder"
        yield from known(o.owner, roles, "role", place)
        yield from based(o.basis, place)
        if type(o.at_most) is not int or o.at_most < 0 or (o.at_most and not o.repeats):
            yield f"{place}: at_most={o.at_most}; use a whole number with repeats=True, or 0 for no limit"
        if not o.starts:
            yield f"{place}: say which event starts its clock (starts=…)"
        for on in ons(o):
            if on.event in DEADLINE_FACTS and on.of:
                yield from known(on.of, obligations | receipts, "obligation", f"{place}, on {on.event.name}")
            if on.event in MESSAGE_FACTS and on.of:
                yield from known(on.of, templates, "template", f"{place}, on {on.event.name}")
            for outcome in (*on.outcomes, *on.where):
                yield from known(outcome, list(Outcome), "outcome", f"{place}, on {on.event.name}")
    for h in p.hooks:
        place = f"hook {h.name}"
        yield from _callable(h.run, place)
        yield from sendable(h.may_send, place)
        if h.point not in ("before", "after", "exit", "enter"):
            yield f"{place}: point {h.point!r}; use before, after, exit or enter"
        if h.state:
            yield from known(h.state, states, "state", place)
        if h.phase:
            yield from known(h.phase, PHASES, "phase", place)
    for template_name in sorted({s.template for s in sends}):
        terms = {
            (s.sender, s.ack_within, s.reminders, s.proved_by, s.within, s.quiet, s.until)
            for s in sends
            if s.template == template_name
        }
        if len(terms) > 1:
            yield f"send {template_name}: rows give it different clocks or proofs; use one Send, or two templates"
    for form in p.forms:
        if form.enforce not in ("refuse", "assess"):
            yield f"form {form.instrument}: enforce {form.enforce!r}; use refuse or assess"
        for f in form.fields:
            place = f"form {form.instrument}, field {f.name}"
            yield from based(f.basis, place)
            yield from known(f.kind, forms.KINDS, "kind", place)
            if type(f.longest) is not int or f.longest < 0:
                yield f"{place}: longest={f.longest}; use a number of characters, or 0 for any"
        for name in sorted({f.name for f in form.fields if [g.name for g in form.fields].count(f.name) > 1}):
            yield f"form {form.instrument}: field {name!r} is defined twice; remove or rename one"
    for absent in p.absent:
        yield from known(absent.faculty, FACULTIES, "faculty", "absent")
        yield from based(absent.basis, f"absent {absent.faculty}")
        if not absent.reason:
            yield f"absent {absent.faculty}: say why (reason=…)"
    for template in p.templates:
        for text in (template.subject, template.body):
            for name in _Text(text).get_identifiers():
                yield from known(name, PLACEHOLDERS, "placeholder", f"template {template.name}")


def _callable(call: Any, place: str) -> Iterable[str]:
    if not callable(call) or getattr(call, "__name__", "") == "<lambda>":
        yield f"{place}: give a named function, not a lambda: its name stands in the procedure's document"
