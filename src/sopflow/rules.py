"""The vocabulary of a procedure: states, transitions, obligations, messages, forms, guards and hooks as values.

These values only hold what an author wrote. `procedure.py` checks them together; `clocks.py`, `fold.py` and
`_machine.py` give them meaning.

The six clock verbs (starts, pauses, resumes, restarts, meets, cancels) stand on the obligation and name events, not
on the transition: a fact then has the same effect on a clock in whatever state it is learnt, which is what makes the
order of learning irrelevant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Final, final

from attrs import Factory, field

from .case import Case
from .events import DEADLINE_FACTS, Event
from .hours import Hours
from .records import frozen
from .terms import Term

PHASES: Final = ("intake", "assessment", "notice", "compliance", "escalation", "redress", "closed")
MARKS: Final = {
    "V": "read in the text of the law, the official form or a government page",
    "S": "read in a secondary source",
    "M": "recalled, not verified",
    "I": "inferred",
}
FACULTIES: Final = {
    "refusal": "the addressee may refuse, with reasons",
    "clarification": "the addressee may ask for clarification",
    "impossibility": "the addressee may say that it cannot be done",
    "withdrawal": "the sender may take it back",
    "user_notice": "whoever is affected is told",
    "complaint": "whoever is affected may complain",
    "reversal": "what was done can be undone",
}
VERBS: Final = ("starts", "pauses", "resumes", "restarts", "meets", "cancels")


@final
class _AnyOpen(str):
    """Every state that is not final."""


@final
class _Stay(str):
    """The state does not change."""


ANY_OPEN: Final = _AnyOpen("*")
STAY: Final = _Stay("=")


def _all(value: Any) -> tuple[Any, ...]:
    # What is no collection is kept as it is: the procedure names it among all that is wrong.
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)


def _names(value: str | Iterable[str]) -> tuple[str, ...]:
    return _all(value)


def _role_set(value: str | Iterable[str]) -> frozenset[str]:
    return frozenset(_names(value))


def _many(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple | set | frozenset) else (value,)


def _quiet(value: Hours | str | None) -> Hours | None:
    return (Hours(value) if value else None) if isinstance(value, str) else value


@final
@frozen(slots=False)
class Basis:
    """Where a fact of a procedure comes from.

    Attributes:
        text: The article, or what the source says.
        source: Key of a `Source` of the procedure.
        mark: "V" verified in the law's own text, "S" secondary source, "M" recalled, "I" inferred.
    """

    text: str
    source: str
    mark: str


@final
@frozen(slots=False)
class Source:
    """A source of facts. It may itself be a collection with a date."""

    key: str
    text: str


@final
@frozen(kw_only=True, slots=False)
class State:
    """A named situation of a case.

    Attributes:
        name: Plain identifier.
        phase: One of `PHASES`.
        basis: Source and evidence mark.
        final: The procedure's work is done; facts and corrections are still recorded.
        waits_for: The role whose move this state awaits.
        milestone: Tell the case that opened this one when this state is reached.
        label: For people, in the law's own language where there is one.
    """

    name: str
    phase: str
    basis: Basis
    final: bool = False
    waits_for: str = ""
    milestone: bool = False
    label: str = ""


@final
@frozen(slots=False)
class On:
    """An event that touches a clock.

    Attributes:
        event: The event's class.
        of: The template, obligation, role or milestone it must concern; "" for any.
        outcomes: Only contents that the event gives one of these outcomes; empty for all it concerns.
        where: Only contents that had one of these outcomes when the event happened; empty for all it concerns. A case
            without contents counts as one that is "pending".
    """

    event: type[Event]
    of: str = ""
    outcomes: tuple[str, ...] = field(default=(), converter=_names)
    where: tuple[str, ...] = field(default=(), converter=_names)


def _on(value: Any) -> tuple[On, ...]:
    return tuple(v if isinstance(v, On) else On(v) for v in _many(value))


@final
@frozen(kw_only=True, slots=False)
class Obligation:
    """A duty, a right or a reminder: who, how long, on what legal basis, and which events touch its clock.

    Attributes:
        name: Plain identifier, unique in the procedure.
        kind: "duty" (can be breached), "right" (closes) or "reminder" (reminds, nothing more).
        owner: The role that owes or holds it.
        term: How long.
        basis: Source and evidence mark.
        starts, pauses, resumes, restarts, meets, cancels: Event classes or `On` values. What cancels it for some
            contents cancels the clock of a whole case once all contents were concerned.
        per_content: Each content has a clock of its own; clocks that agree are shown as one deadline.
        repeats: A start after the end begins another run; else the earliest start counts and no other. A start by
            the passing of its own instant (`On(DeadlineBreached, "this")`) begins the next run there: a clock that
            comes again and again until it is met.
        at_most: How many runs there can be of one that repeats; 0 for as many as come.
        label: For people.
    """

    name: str
    kind: str = "duty"
    owner: str
    term: Term
    basis: Basis
    starts: tuple[On, ...] = field(converter=_on)
    pauses: tuple[On, ...] = field(default=(), converter=_on)
    resumes: tuple[On, ...] = field(default=(), converter=_on)
    restarts: tuple[On, ...] = field(default=(), converter=_on)
    meets: tuple[On, ...] = field(default=(), converter=_on)
    cancels: tuple[On, ...] = field(default=(), converter=_on)
    per_content: bool = False
    repeats: bool = False
    at_most: int = 0
    label: str = ""

    @cached_property
    def touched_by(self) -> Mapping[str, tuple[tuple[str, On], ...]]:
        """The verbs by which an event touches the clock, by the event's name."""
        table: dict[str, list[tuple[str, On]]] = {}
        for verb in VERBS:
            for on in getattr(self, verb):
                table.setdefault(on.event.name, []).append((verb, on))
        return {name: tuple(found) for name, found in table.items()}

    @cached_property
    def plain(self) -> bool:
        """True if its clock runs once, for the whole case, whatever becomes of contents and of other clocks."""
        touching = [on for verb in VERBS for on in getattr(self, verb)]
        looks = any(on.outcomes or on.where or on.event in DEADLINE_FACTS for on in touching)
        return not (self.per_content or self.repeats or looks)


@final
@frozen(kw_only=True, slots=False)
class Send:
    """A message that a transition sends.

    Attributes:
        template: Name of a template of the procedure.
        to: The role it goes to.
        sender: The role that sends it. Where the runner does not act as it, the message is expected instead.
        ack_within: Until when receipt is to be confirmed, from queueing; silence climbs to the next contact.
        reminders: How often each contact and channel is tried again before the next.
        quiet: When the addressee is not to be disturbed, by the wall clock of the contact, e.g. "21:00-07:00": what
            falls into it is sent, and its clock starts, at the end of it.
        proved_by: Facts by the addressee that prove receipt of what had been sent, without confirming it.
        until: What makes it pointless: once this was said of all contents that concern the addressee, it is neither
            sent nor repeated. (Withdrawing, superseding and closing the file do that to every message.)
        within: For an expected message: until when the other side owes it.
        optional: Skipped where nobody in the case has the role: an anonymous reporter is not answered.
        basis: Source and evidence mark.
    """

    template: str
    to: str
    sender: str
    ack_within: Term | None = None
    reminders: int = 0
    proved_by: tuple[type[Event], ...] = field(default=(), converter=_many)
    within: Term | None = None
    optional: bool = False
    basis: Basis | None = None
    quiet: Hours | None = field(default=None, converter=_quiet)
    until: tuple[On, ...] = field(default=(), converter=_on)


@final
@frozen(kw_only=True, slots=False)
class Opens:
    """A case that a transition opens for another addressee; the event's `instrument` is its first report."""

    procedure: str


@final
@frozen(kw_only=True, slots=False)
class Quorum:
    """Approvals an act needs: `n` signatures on exactly this proposal by actors with one of `roles`.

    Attributes:
        distinct: "actor" counts persons, "organisation" counts bodies: where several are needed, whoever signs for none
            is not counted, and one person counts for one, the last that they signed for.
        each: Each of the roles must be among them, as where both sides sign. Where the case names a party for a role,
            only its own signature counts: the actor's organisation, or without one its id, is that party.
    """

    roles: frozenset[str] = field(converter=_role_set)
    n: int = 1
    distinct: str = "organisation"
    each: bool = False


@final
@frozen(slots=False)
class Guard:
    """A named pure predicate that answers with why not.

    Attributes:
        name: Stable name, part of the procedure's document.
        test: `(before, view, event, facts) -> None` when satisfied, else the reason as a sentence. `before` is the
            case as loaded, `view` the case with the event's own facts folded in.
        reads: Names of the host's facts it needs.
        version: Raise it when the meaning changes.
        looks_up: What it looks for by name, as pairs of kind ("obligation", "template", "event" or "instrument") and
            name: the checker says which of them the procedure does not have.
    """

    name: str
    test: Callable[[Case, Case, Event, Any], str | None]
    reads: tuple[str, ...] = field(default=(), converter=_names)
    version: int = 1
    looks_up: tuple[tuple[str, str], ...] = ()


@final
@frozen(kw_only=True, slots=False)
class Do:
    """A durable side effect: an outbox row handed to the host's callable of this name, retried, then an incident."""

    name: str
    data: Mapping[str, Any] = Factory(dict)


@final
@frozen(kw_only=True, slots=False)
class Yield:
    """What a hook adds to a step.

    Attributes:
        sends: Further messages.
        starts: Names of obligations whose clock starts with this event.
        data: JSON values kept with the case.
        does: Durable side effects.
        veto: A reason to refuse the act (a fact becomes irregular instead).
    """

    sends: tuple[Send, ...] = field(default=(), converter=_many)
    starts: tuple[str, ...] = field(default=(), converter=_names)
    data: Mapping[str, Any] = Factory(dict)
    does: tuple[Do, ...] = field(default=(), converter=_many)
    veto: str = ""


@final
@frozen(kw_only=True, slots=False)
class Hook:
    """A named pure callable at a point of a transition.

    Attributes:
        name: Stable name, part of the procedure's document.
        run: `(before, view, event, facts) -> Yield or None`.
        point: "before" or "after" a transition, on "exit" or "enter" of a state.
        event: Only for transitions on this event.
        state, phase: Only for this state or phase: for "exit" the one left, else the one reached.
        may_send: Every message it may ask for, so that the procedure's document and checks know them.
        reads: Names of the host's facts it needs.
        version: Raise it when the meaning changes.
    """

    name: str
    run: Callable[[Case, Case, Event, Any], Yield | None]
    point: str = "after"
    event: type[Event] | None = None
    state: str = ""
    phase: str = ""
    may_send: tuple[Send, ...] = field(default=(), converter=_many)
    reads: tuple[str, ...] = field(default=(), converter=_names)
    version: int = 1


@final
@frozen(kw_only=True, slots=False)
class Transition:
    """One row of the table: on which event, from where, by whom, under which conditions, to where.

    Attributes:
        on: The event's class.
        of: The template, obligation, role, instrument kind or milestone it concerns; mandatory where the event
            always concerns one.
        source: One state, several, or `ANY_OPEN`.
        target: A state, or `STAY`.
        by: The roles that may do or state it.
        guards: All must be satisfied.
        requires: Approvals needed.
        sends: Messages.
        opens: A case for another addressee.
        basis: Source and evidence mark.
        label: For people.
    """

    on: type[Event]
    of: str = ""
    source: tuple[str, ...] = field(converter=_names)
    target: str
    by: frozenset[str] = field(converter=_role_set)
    guards: tuple[Guard, ...] = field(default=(), converter=_many)
    requires: Quorum | None = None
    sends: tuple[Send, ...] = field(default=(), converter=_many)
    opens: Opens | None = None
    basis: Basis
    label: str = ""

    @property
    def key(self) -> str:
        """The event's name, with what it concerns."""
        return f"{self.on.name}:{self.of}" if self.of else self.on.name


@final
@frozen(slots=False)
class FormField:
    """A field or element of an instrument, with its article.

    Attributes:
        name: Plain identifier.
        basis: The article that asks for it.
        label: For people.
        required: Whether it is mandatory.
        kind: What its value is, one of `forms.KINDS`: "" for any text, "url", "email", "date", "instant" and so on.
        choices: The values it may have; empty for any.
        longest: The most characters it may have; 0 for any number.
    """

    name: str
    basis: Basis
    label: str = ""
    required: bool = True
    kind: str = ""
    choices: tuple[str, ...] = field(default=(), converter=_names)
    longest: int = 0


@final
@frozen(kw_only=True, slots=False)
class Form:
    """What an instrument of this kind must contain.

    Attributes:
        instrument: The instrument's kind, e.g. "notice".
        fields: Its fields.
        enforce: "refuse": our own instrument with a missing or wrong field is not accepted. "assess": somebody else's
            is, the gaps are recorded, and the procedure says what follows.
    """

    instrument: str
    fields: tuple[FormField, ...] = field(converter=_many)
    enforce: str = "assess"

    def missing(self, form: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of the required fields that are absent or blank."""
        return tuple(f.name for f in self.fields if f.required and not str(form.get(f.name) or "").strip())


@final
@frozen(slots=False)
class Absent:
    """A faculty that the law of this procedure does not give, or that this procedure leaves to another.

    Attributes:
        faculty: One of `FACULTIES`.
        basis: The article (or its silence), with source and evidence mark.
        reason: Why it is absent, as a sentence.
    """

    faculty: str
    basis: Basis
    reason: str


@final
@frozen(slots=False)
class Template:
    """The text of a message. `$name` is replaced; the renderer's documentation lists the names."""

    name: str
    subject: str
    body: str
    language: str = "en"


@final
@frozen(kw_only=True, slots=False)
class Role:
    """Who takes part. `side` groups roles that belong together, e.g. "authority" or "platform"."""

    name: str
    basis: Basis
    side: str = ""
    label: str = ""


@final
@frozen(slots=False)
class Waiver:
    """A checker's finding that the author accepts, with the reason."""

    code: str
    place: str
    reason: str
