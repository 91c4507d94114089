"""The rulebook: immutable, checked for names and shape when built, identified by the digest of its document.

What a procedure *means* is decided elsewhere; whether it is any *good* is `check.py`'s question. Here a typo cannot
survive: every name must exist and every shape must fit, and all problems are reported at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, final

import attrs
from attrs import field

from . import canon, shape, stricter
from .errors import BadInput, ProcedureError, UnknownProcedure
from .events import (
    DEADLINE_FACTS,
    MESSAGE_FACTS,
    SHARED,
    STATELESS,
    Attached,
    AttemptFailed,
    CalendarChanged,
    ContactListed,
    Event,
    IncidentResolved,
    Instrument,
    LinkedCase,
    Opened,
)
from .records import frozen
from .rules import (
    ANY_OPEN,
    Absent,
    Basis,
    Form,
    Guard,
    Hook,
    Obligation,
    Quorum,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Waiver,
    _all,
    _role_set,
)
from .shape import key_of, ons
from .terms import Term

# Recorded wherever a procedure stands, without a row: what becomes of messages, time, incidents, children and files.
_ALWAYS: tuple[type[Event], ...] = (
    *MESSAGE_FACTS, AttemptFailed, *DEADLINE_FACTS, LinkedCase, IncidentResolved, Opened, Attached, CalendarChanged,
    ContactListed,
)  # fmt: skip
ALWAYS: frozenset[str] = frozenset(e.name for e in _ALWAYS)


@final
@frozen(kw_only=True, eq=False, slots=False)
class Procedure:
    """An immutable rulebook, written from one side.

    Attributes:
        id: E.g. "us.dmca_512".
        version: The author's version of this text.
        title: For people.
        acting: The role from whose side it is written.
        valid_from, valid_to: When the rule was or is in force; None where open.
        reconstructed: The rule's text was not available: it was put together from accounts.
        as_of: The day on which its facts were last compared with their sources.
        roles, states, transitions, obligations, forms, templates, hooks, sources, waivers: The rules.
        absent: The faculties that it does not have (see `rules.FACULTIES`), each with article and reason.
        questions: What is open or unverified about it, as sentences.
        initial: The state of a new case.
        opened_by: The roles that may open a case.
        opened_with: The kinds of instrument that open one, e.g. {"order"}; any kind where it is empty.

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
    roles: tuple[Role, ...] = field(converter=_all)
    states: tuple[State, ...] = field(converter=_all)
    initial: str
    opened_by: frozenset[str] = field(converter=_role_set)
    opened_with: frozenset[str] = field(default=frozenset(), converter=_role_set)
    transitions: tuple[Transition, ...] = field(converter=_all)
    obligations: tuple[Obligation, ...] = field(default=(), converter=_all)
    forms: tuple[Form, ...] = field(default=(), converter=_all)
    templates: tuple[Template, ...] = field(default=(), converter=_all)
    hooks: tuple[Hook, ...] = field(default=(), converter=_all)
    sources: tuple[Source, ...] = field(default=(), converter=_all)
    waivers: tuple[Waiver, ...] = field(default=(), converter=_all)
    as_of: date | None = None
    absent: tuple[Absent, ...] = field(default=(), converter=_all)
    questions: tuple[str, ...] = field(default=(), converter=_all)

    def __attrs_post_init__(self) -> None:
        problems = list(shape.problems(self))
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
        own += [on.event for o in self.obligations for on in ons(o)]
        return {e.name: e for e in (*SHARED, *own)}

    @cached_property
    def clocks_of(self) -> Mapping[str, tuple[Obligation, ...]]:
        """The obligations whose clock an event of this name may touch."""
        table: dict[str, list[Obligation]] = {}
        for obligation in self.obligations:
            for name in {on.event.name for on in ons(obligation)}:
                table.setdefault(name, []).append(obligation)
        return {name: tuple(found) for name, found in table.items()}

    def stated_of(self, event: str, template: str) -> frozenset[str]:
        """Return the roles that rows let state this fact about a message of this template."""
        rows = (t.by for t in self.transitions if t.on.name == event and t.of in ("", template))
        return frozenset[str]().union(*rows)

    def sources_of(self, row: Transition) -> tuple[str, ...]:
        """Return the states from which a row of this procedure leads, each once; what touches no state is in all."""
        if row.on in STATELESS:
            return tuple(s.name for s in self.states)
        open_states = [s.name for s in self.states if not s.final]
        return tuple(dict.fromkeys(s for given in row.source for s in (open_states if given == ANY_OPEN else [given])))

    @cached_property
    def ending(self) -> frozenset[str]:
        """Names of events after which some message is pointless."""
        return frozenset(on.event.name for send in self.send_of.values() for on in send.until)

    @cached_property
    def passing_clocks(self) -> tuple[Obligation, ...]:
        """The obligations whose clock the passing of another deadline's instant may touch."""
        return tuple(o for e in DEADLINE_FACTS for o in self.clocks_of.get(e.name, ()))

    @cached_property
    def outcome_clocks(self) -> tuple[Obligation, ...]:
        """The obligations whose clock looks at what had become of a content."""
        return tuple(o for o in self.obligations if any(on.where for on in ons(o)))

    @cached_property
    def undoable_clocks(self) -> tuple[Obligation, ...]:
        """The obligations that something may have ended for a content before they began, unless it was undone by then.

        They look at what had become of the content, too, but only of what came before their start.
        """
        return tuple(
            o for o in self.obligations if o.per_content and o.meets and not o.repeats and o not in self.outcome_clocks
        )

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
        """The calendars its terms need, those of its messages included."""
        return frozenset(term.calendar for _, term in self.terms if term.calendar)

    @cached_property
    def terms(self) -> tuple[tuple[str, Term], ...]:
        """Every term, with the obligation or message whose it is: ("send order", Hours(24))."""
        sends = [(f"send {s.template}", t) for s in self.send_of.values() for t in (s.ack_within, s.within)]
        return (
            *((f"obligation {o.name}", o.term) for o in self.obligations),
            *((place, term) for place, term in sends if term is not None),
        )

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
        """Names of events after which a message may be due, so that the case's personal fields are needed.

        Besides these, whatever shows that a breach did not hold is followed by a message.
        """
        if self.hooks:
            return frozenset(self.events)
        talking = {t.on.name for t in self.transitions if t.sends or t.requires or t.opens}
        climbing = {"DeadlineBreached", "Unsent", ContactListed.name, IncidentResolved.name}
        return frozenset(talking | climbing | {"Approved", "Corrected"})

    # --- identity ------------------------------------------------------------------------------------------------

    @cached_property
    def document(self) -> dict[str, Any]:
        """The procedure as JSON values: names and versions of guards, hooks and templates included, never code.

        What came into the format later is left out where it is empty, so that earlier digests stay as they are.
        """
        items = {f.name: _document(getattr(self, f.name)) for f in attrs.fields(Procedure)}
        return {"format": 1} | {k: v for k, v in items.items() if k not in _LATER or v not in (None, [])}

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
            replace: Single values to set, e.g. {"initial": "triage", "opened_by": {"desk"}}; or a
                whole collection, to which the added rules come then.
            **added: Further roles, states, transitions, obligations, forms, templates, hooks, sources, waivers, absent
                faculties or questions. An added rule with the name of a present one takes its place. Added transitions
                are tried first, so that they can narrow a present one.
        """
        changes: dict[str, Any] = {"id": id, "version": version, "title": title or self.title, **(replace or {})}
        values = [f.name for f in attrs.fields(Procedure)]
        for name in changes:
            if name not in values:
                raise ProcedureError(id, [f"extend(replace={{{name!r}: …}}): use one of {', '.join(values)}"])
        for name, new in added.items():
            if name not in _COLLECTIONS:
                raise ProcedureError(id, [f"extend({name}=…): use one of {', '.join(_COLLECTIONS)}"])
            fresh, present = _all(new), changes.get(name, getattr(self, name))
            if name == "transitions":
                changes[name] = (*fresh, *present)
                continue
            keys = {key_of(item) for item in fresh}
            changes[name] = (*(item for item in present if key_of(item) not in keys), *fresh)
        return attrs.evolve(self, **changes)

    def restrict(
        self,
        *,
        basis: Basis,
        version: str,
        id: str = "",
        title: str = "",
        terms: Mapping[str, Term] | None = None,
        approvals: Mapping[str, Quorum] | None = None,
        by: Mapping[str, str | Iterable[str]] | None = None,
        guards: Mapping[str, Guard | Iterable[Guard]] | None = None,
        sources: Iterable[Source] = (),
    ) -> Procedure:
        """Return a new, checked procedure with an agency's stricter internal terms: it never allows what this does not.

        Args:
            basis: On what the stricter terms rest, e.g. an internal order; each shortened obligation cites it beside
                the law.
            version: The new procedure's version.
            id: Its id; the present one when empty.
            title: Its title; the present one when empty.
            terms: Obligation of our own side to a shorter term, e.g. {"verify": Hours(12)}. What is not surely shorter
                from whatever start is refused.
            approvals: Act, as "Issued" or "Extended:check", to the approvals that it needs from now on.
            by: Act to the roles that may still do it: fewer than now.
            guards: Act to further guards.
            sources: Further sources, such as that of `basis`.

        Raises:
            ProcedureError: Naming everything that is laxer than the present rule, or not there. Rights, duties of
                another side, and facts are not restricted.
        """
        name = id or self.id
        changes, problems = stricter.changes(self, basis, terms or {}, approvals or {}, by or {}, guards or {})
        if not (terms or approvals or by or guards):
            problems.append("restrict(): nothing is restricted; use terms=, approvals=, by= or guards=")
        if problems:
            raise ProcedureError(name, problems)
        present = {key_of(s): s for s in self.sources} | {key_of(s): s for s in sources}
        changes |= {"id": name, "version": version, "title": title or self.title, "sources": tuple(present.values())}
        return attrs.evolve(self, **changes)

    def __repr__(self) -> str:
        return f"<Procedure {self.id} {self.version} {self.digest[:12]}>"


def validity(versions: Iterable[Procedure]) -> tuple[str, ...]:
    """Return every gap and overlap in the time in force of the versions of one procedure, as sentences.

    Args:
        versions: All versions of one id, in any order.
    """
    spans = sorted(versions, key=lambda p: p.valid_from or date.min)
    found: list[str] = []
    last = spans[0] if spans else None
    for p in spans[1:]:
        assert last is not None
        until, since = last.valid_to or date.max, p.valid_from or date.min
        pair = f"versions {last.version} and {p.version} of {p.id}"
        if since <= until:
            end = min(until, p.valid_to or date.max)
            days = f"from {since if since > date.min else 'the beginning'}" + (
                f" to {end}" if end < date.max else " on"
            )
            found.append(f"{pair} are both in force {days}; end one on the day before the other begins")
        elif (since - until).days > 1:
            gap = f"from {until + timedelta(days=1)} to {since - timedelta(days=1)}"
            found.append(f"between {pair} nothing is in force {gap}; let one begin on the day after the other ends")
        last = p if (p.valid_to or date.max) >= until else last
    return tuple(found)


def in_force(versions: Sequence[Procedure], on: date) -> Procedure:
    """Return the version of a procedure that was in force on a day.

    Raises:
        BadInput: If `on` is no day.
        UnknownProcedure: If none was: before the first, after the last, or in a gap, which is named.
        ProcedureError: If several were.
    """
    day: Any = on
    if not isinstance(day, date) or isinstance(day, datetime):  # which day an instant is depends on the place
        raise BadInput("on", on, "use a datetime.date, e.g. date(2021, 9, 30)")
    found = [p for p in versions if (p.valid_from or date.min) <= on <= (p.valid_to or date.max)]
    if len(found) == 1:
        return found[0]
    faults = validity(versions)
    id = versions[0].id if versions else "(none)"
    if found:
        raise ProcedureError(id, faults)
    spans = ", ".join(f"{p.valid_from or '…'} to {p.valid_to or '…'}" for p in versions)
    raise UnknownProcedure(f"{id} on {on}", "; ".join([f"it was in force: {spans}", *faults]))


_OF_CODE = ("test", "run", "looks_up")  # a guard's name says already what it looks up
_LATER = frozenset({"as_of", "absent", "questions", "opened_with"})
_COLLECTIONS = ("roles", "states", "transitions", "obligations", "forms", "templates", "hooks", "sources", "waivers",
                "absent", "questions")  # fmt: skip


def _document(value: Any) -> Any:
    if isinstance(value, type):
        return {"event": getattr(value, "name", ""), "schema": getattr(value, "schema", 1)}
    if isinstance(value, Guard | Hook):
        keep = {k: _document(v) for k, v in attrs.asdict(value, recurse=False).items() if k not in _OF_CODE}
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
