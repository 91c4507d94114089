"""The rulebook: immutable, checked for names and shape when built, identified by the digest of its document.

What a procedure *means* is decided elsewhere; whether it is any *good* is `check.py`'s question. Here a typo cannot
survive: every name must exist and every shape must fit, and all problems are reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from string import Template as _Text
from typing import Any, final

import attrs
from attrs import field, frozen

from . import canon
from .case import Outcome
from .errors import ProcedureError
from .events import (
    DEADLINE_FACTS,
    MESSAGE_FACTS,
    SHARED,
    Corrected,
    Event,
    IncidentResolved,
    Instrument,
    InstrumentReceived,
    LinkedCase,
    Opened,
)
from .rules import (
    ANY_OPEN,
    MARKS,
    PHASES,
    STAY,
    VERBS,
    Basis,
    Form,
    Guard,
    Hook,
    Obligation,
    On,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Waiver,
    _role_set,
)

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
PLACEHOLDERS = frozenset(
    [
        "case",
        "procedure",
        "recipient_role",
        "contents",
        "count",
        "reason",
        "deadline",
        "opened",
        "reference",
        "sender",
        "confirm",
        "form",
    ]
)
# Recorded wherever a procedure stands, without a row: what becomes of our messages, time, incidents and children.
_ALWAYS: tuple[type[Event], ...] = (*MESSAGE_FACTS, *DEADLINE_FACTS, LinkedCase, IncidentResolved, Opened)
ALWAYS: frozenset[str] = frozenset(e.name for e in _ALWAYS)
_NEEDS_OF = (*MESSAGE_FACTS, *DEADLINE_FACTS, InstrumentReceived)


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value)


@final
@frozen(kw_only=True, eq=False)
class Procedure:
    """An immutable rulebook, written from one side.

    Attributes:
        id: E.g. "us.dmca_512".
        version: The author's version of this text.
        title: For people.
        acting: The role from whose side it is written.
        valid_from, valid_to: When the rule was or is in force; None where open.
        reconstructed: The rule's text was not available: it was put together from accounts.
        roles, states, transitions, obligations, forms, templates, hooks, sources, waivers: The rules.
        initial: The state of a new case.
        opened_by: The roles that may open a case.

    Raises:
        ProcedureError: With every unknown name and every wrong shape.
    """

    id: str
    version: str
    title: str
    jurisdiction: str = ""
    acting: str
    valid_from: date | None = None
    valid_to: date | None = None
    reconstructed: bool = False
    summary: str = ""
    roles: tuple[Role, ...] = field(converter=_tuple)
    states: tuple[State, ...] = field(converter=_tuple)
    initial: str
    opened_by: frozenset[str] = field(converter=_role_set)
    transitions: tuple[Transition, ...] = field(converter=_tuple)
    obligations: tuple[Obligation, ...] = field(default=(), converter=_tuple)
    forms: tuple[Form, ...] = field(default=(), converter=_tuple)
    templates: tuple[Template, ...] = field(default=(), converter=_tuple)
    hooks: tuple[Hook, ...] = field(default=(), converter=_tuple)
    sources: tuple[Source, ...] = field(default=(), converter=_tuple)
    waivers: tuple[Waiver, ...] = field(default=(), converter=_tuple)

    def __attrs_post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise ProcedureError(self.id, problems)

    # --- tables made from the rules, each once -------------------------------------------------------------------

    @cached_property
    def state_of(self) -> Mapping[str, State]:
        """State by name."""
        return {s.name: s for s in self.states}

    @cached_property
    def obligation_of(self) -> Mapping[str, Obligation]:
        """Obligation by name."""
        return {o.name: o for o in self.obligations}

    @cached_property
    def template_of(self) -> Mapping[str, Template]:
        """Template by name."""
        return {t.name: t for t in self.templates}

    @cached_property
    def form_of(self) -> Mapping[str, Form]:
        """Form by kind of instrument."""
        return {f.instrument: f for f in self.forms}

    def subject_of(self, instrument: Instrument) -> str:
        """Return what an instrument is to this procedure: its kind, or "incomplete_KIND" where it lacks an element."""
        form = self.form_of.get(instrument.kind)
        return (
            f"incomplete_{instrument.kind}" if form is not None and form.missing(instrument.form) else instrument.kind
        )

    @cached_property
    def send_of(self) -> Mapping[str, Send]:
        """The first `Send` of each template, whose ladder and clock its messages follow."""
        sends: dict[str, Send] = {}
        for send in (s for t in self.transitions for s in t.sends):
            sends.setdefault(send.template, send)
        for send in (s for h in self.hooks for s in h.may_send):
            sends.setdefault(send.template, send)
        return sends

    @cached_property
    def events(self) -> Mapping[str, type[Event]]:
        """Event class by stable name: the shared ones and the procedure's own."""
        own: list[type[Event]] = [t.on for t in self.transitions]
        own += [on.event for o in self.obligations for on in _ons(o)]
        return {e.name: e for e in (*SHARED, *own)}

    @cached_property
    def clocks_of(self) -> Mapping[str, tuple[Obligation, ...]]:
        """The obligations whose clock an event of this name may touch."""
        table: dict[str, list[Obligation]] = {}
        for obligation in self.obligations:
            for name in {on.event.name for on in _ons(obligation)}:
                table.setdefault(name, []).append(obligation)
        return {name: tuple(found) for name, found in table.items()}

    @cached_property
    def outcome_clocks(self) -> tuple[Obligation, ...]:
        """The obligations whose clock looks at what had become of a content."""
        return tuple(o for o in self.obligations if any(on.where for on in _ons(o)))

    @cached_property
    def may_state(self) -> Mapping[str, frozenset[str]]:
        """The roles that may state a fact (or do an act) of this name; facts without a row: any role of ours."""
        table: dict[str, set[str]] = {}
        for transition in self.transitions:
            table.setdefault(transition.on.name, set()).update(transition.by)
        table["Opened"] = set(self.opened_by)
        return {name: frozenset(roles) for name, roles in table.items()}

    @cached_property
    def role_names(self) -> frozenset[str]:
        """The names of the roles, with the library's own."""
        return frozenset(r.name for r in self.roles) | {"system"}

    @cached_property
    def calendars(self) -> frozenset[str]:
        """The calendars its terms need."""
        return frozenset(o.term.calendar for o in self.obligations if o.term.calendar)

    @cached_property
    def reads_of(self) -> Mapping[str, frozenset[str]]:
        """The host's facts that guards and hooks need, by the event's name."""
        table: dict[str, set[str]] = {}
        for t in self.transitions:
            reads = {name for g in t.guards for name in g.reads}
            reads |= {name for h in self.hooks for name in h.reads if h.event is None or issubclass(t.on, h.event)}
            if reads:
                table.setdefault(t.on.name, set()).update(reads)
        return {name: frozenset(reads) for name, reads in table.items()}

    @cached_property
    def speaks(self) -> frozenset[str]:
        """Names of events after which a message may be due, so that the case's personal fields are needed."""
        if self.hooks:
            return frozenset(self.events)
        talking = {t.on.name for t in self.transitions if t.sends or t.requires or t.opens}
        return frozenset(talking | {"DeadlineBreached", "Unsent", "Approved", "Corrected"} | self._rebutting)

    @cached_property
    def _rebutting(self) -> frozenset[str]:
        if not any(t.on.name == "DeadlineBreached" and t.sends for t in self.transitions):
            return frozenset()
        return frozenset(self.clocks_of)

    # --- identity ------------------------------------------------------------------------------------------------

    @cached_property
    def document(self) -> dict[str, Any]:
        """The procedure as JSON values: names and versions of guards, hooks and templates included, never code."""
        return {"format": 1} | {
            f.name: _document(getattr(self, f.name)) for f in attrs.fields(Procedure) if not f.name.startswith("_")
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical document."""
        return canon.digest(canon.text(self.document))

    def extend(
        self,
        *,
        id: str,
        version: str = "1",
        title: str = "",
        replace: Mapping[str, Any] | None = None,
        **added: Iterable[Any],
    ) -> Procedure:
        """Return a new, checked procedure with further rules.

        Args:
            id: The new procedure's id.
            version: Its version.
            title: Its title; the present one when empty.
            replace: Single values to set, e.g. {"initial": "triage", "opened_by": {"desk"}}.
            **added: Further roles, states, transitions, obligations, forms, templates, hooks, sources or waivers. An
                added rule with the name of a present one takes its place. Added transitions are tried first, so that
                they can narrow a present one.
        """
        changes: dict[str, Any] = {"id": id, "version": version, "title": title or self.title, **(replace or {})}
        for name, new in added.items():
            if name not in _COLLECTIONS:
                raise ProcedureError(id, [f"extend({name}=…): use one of {', '.join(_COLLECTIONS)}"])
            fresh, present = tuple(new), getattr(self, name)
            if name == "transitions":
                changes[name] = (*fresh, *present)
                continue
            keys = {_key(item) for item in fresh}
            changes[name] = (*(item for item in present if _key(item) not in keys), *fresh)
        return attrs.evolve(self, **changes)

    def __repr__(self) -> str:
        return f"<Procedure {self.id} {self.version} {self.digest[:12]}>"


_COLLECTIONS = ("roles", "states", "transitions", "obligations", "forms", "templates", "hooks", "sources", "waivers")


def _key(item: Any) -> str:
    for name in ("name", "instrument", "key"):
        if hasattr(item, name):
            return str(getattr(item, name))
    return f"{item.code} {item.place}"


def _ons(obligation: Obligation) -> Iterable[On]:
    for verb in VERBS:
        yield from getattr(obligation, verb)


def _document(value: Any) -> Any:
    if isinstance(value, type):
        return {"event": getattr(value, "name", ""), "schema": getattr(value, "schema", 1)}
    if isinstance(value, Guard | Hook):
        keep = {k: _document(v) for k, v in attrs.asdict(value, recurse=False).items() if k not in ("test", "run")}
        return {k: v for k, v in keep.items() if v not in (None, "", ())}
    if hasattr(value, "span"):
        return value.document()
    if attrs.has(type(value)):
        items = {f.name: _document(getattr(value, f.name)) for f in attrs.fields(type(value))}
        return {k: v for k, v in items.items() if v not in (None, "", (), [], False)}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_document(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    return value


# --- names and shape ---------------------------------------------------------------------------------------------


def _problems(p: Procedure) -> Iterable[str]:
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
            yield from based(send.basis, place)

    collections: dict[str, tuple[Any, ...]] = {
        "role": p.roles,
        "state": p.states,
        "obligation": p.obligations,
        "template": p.templates,
    }
    collections |= {"hook": p.hooks, "source": p.sources, "form": p.forms}
    for kind, items in collections.items():
        seen: set[str] = set()
        for item in items:
            key = _key(item)
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
        place = f"transition on {t.key} from {'|'.join(t.source)}"
        if not hasattr(t.on, "name"):  # Event itself, or no event at all
            yield f"{place}: use a subclass of Act or Fact"
            continue
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
        if t.opens is not None and not hasattr(t.on, "instrument"):
            yield f"{place}: an event that opens a case needs a field `instrument` (see Escalated)"
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
        if not o.starts:
            yield f"{place}: say which event starts its clock (starts=…)"
        for on in _ons(o):
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
            (s.sender, s.ack_within, s.reminders, s.proved_by, s.within) for s in sends if s.template == template_name
        }
        if len(terms) > 1:
            yield f"send {template_name}: rows give it different clocks or proofs; use one Send, or two templates"
    for form in p.forms:
        if form.enforce not in ("refuse", "assess"):
            yield f"form {form.instrument}: enforce {form.enforce!r}; use refuse or assess"
        for f in form.fields:
            yield from based(f.basis, f"form {form.instrument}, field {f.name}")
    for template in p.templates:
        for text in (template.subject, template.body):
            for name in _Text(text).get_identifiers():
                yield from known(name, PLACEHOLDERS, "placeholder", f"template {template.name}")


def _callable(call: Any, place: str) -> Iterable[str]:
    if not callable(call) or getattr(call, "__name__", "") == "<lambda>":
        yield f"{place}: give a named function, not a lambda: its name stands in the procedure's document"
