"""Static analysis of a procedure: whether it is any good, before a case depends on it.

`check` reads a procedure and nothing else: it runs no guard, hook or term. It errs on the quiet side: a guard may be
true or false, a hook may start any clock, and what may happen on some path is taken to happen. So a finding is worth
reading; that there is none proves little. A finding that the author accepts is waived in the procedure itself, with
the reason.

Places, as a `Waiver` names them ("*" stands for every place of its code):

    state NAME                      obligation NAME                 send TEMPLATE
    fact NAME, fact NAME:OF         transition NAME from STATE      transition NAME:OF from STATE|STATE, or from *
    waiver CODE at PLACE
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, final

import attrs
from attrs import frozen

from .case import Outcome
from .errors import ProcedureError
from .events import (
    DEADLINE_FACTS,
    MESSAGE_FACTS,
    Acknowledged,
    Approved,
    DeadlineBreached,
    DeadlineClosed,
    DeadlineOpened,
    DeadlineReminded,
    Delivered,
    Event,
    Extended,
    IncidentResolved,
    LinkedCase,
    Opened,
    Sent,
    Superseded,
    Withdrawn,
)
from .procedure import ALWAYS, Procedure
from .rules import ANY_OPEN, STAY, Obligation, On, Send, Transition
from .terms import BusinessDays, Days, Hours, Months, PerCase, SameDay, Term, WithoutUndueDelay

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "deaf-state": "The other side can state a fact that a state has no transition for: there it is irregular.",
        "endless-obligation": "A duty that nothing can meet or cancel: it can only be breached.",
        "ladder-end": "Nobody decides what follows when a message stays unconfirmed by everybody on the ladder.",
        "never-fires": "A transition that can never fire.",
        "never-starts": "An obligation whose clock nothing can start.",
        "opens-refused": "A transition opens a case that none of its roles may open.",
        "opens-unknown": "A transition opens a case, or awaits a milestone, of which no procedure at hand knows.",
        "silent-breach": "A duty whose breach leads to no transition: only an incident is opened.",
        "trap": "A state from which no final state can be reached: a case in it never ends.",
        "unconfirmed-message": "A message whose receipt nobody awaits: it may have been read by no one.",
        "unreachable-state": "A state that no case can reach.",
        "unused-waiver": "A waiver that waives nothing.",
        "wait-without-clock": "A state that waits for somebody while no clock runs: silence is not noticed.",
    }
)
_NEED_KNOWN = ("opens-refused", "opens-unknown")  # asked only where other procedures are at hand


@final
@frozen(kw_only=True)
class Finding:
    """One fault of a procedure.

    Attributes:
        code: One of `CODES`.
        place: Where, in the words that a `Waiver` uses.
        sentence: What is wrong.
        remedy: What to do about it.
        waived: The author's reason to accept it, or "".
    """

    code: str
    place: str
    sentence: str
    remedy: str
    waived: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}; {self.remedy} [{self.code}]"


@final
@frozen(kw_only=True)
class Report:
    """All findings about one procedure.

    Attributes:
        procedure: The procedure's id.
        findings: Open and waived ones: by kind, and within a kind in the order of the procedure.
    """

    procedure: str
    findings: tuple[Finding, ...]

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that nobody has accepted."""
        return tuple(f for f in self.findings if not f.waived)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """The findings that the author accepts."""
        return tuple(f for f in self.findings if f.waived)

    @property
    def ok(self) -> bool:
        """Whether no finding is open."""
        return not self.open

    def raise_if_broken(self) -> None:
        """Raise if a finding is open.

        Raises:
            ProcedureError: With every open finding.
        """
        if self.open:
            raise ProcedureError(self.procedure, [str(f) for f in self.open])

    def __str__(self) -> str:
        lines = [f"procedure {self.procedure!r}: {len(self.open)} open, {len(self.waived)} waived"]
        lines += [f"  - {f}" for f in self.open]
        lines += [f"  - waived: {f}\n    because: {f.waived}" for f in self.waived]
        return "\n".join(lines)


def check(procedure: Procedure, known: Iterable[Procedure] = ()) -> Report:
    """Return everything that looks wrong with a procedure.

    Args:
        procedure: The rulebook.
        known: The procedures it may open cases under. Without any, it is not asked whether they exist.

    Returns:
        One report with all findings, those included that the procedure waives.
    """
    others = {other.id: other for other in known}
    paths = _Paths(procedure, {**others, procedure.id: procedure} if others else {})
    waivers, used, findings = procedure.waivers, set[int](), list[Finding]()
    for found in (finding for ask in _CHECKS for finding in ask(paths)):
        matching = [i for i, w in enumerate(waivers) if w.code == found.code and w.place in ("*", found.place)]
        used.update(matching)
        # An empty reason waives nothing: what is accepted without a word has not been read.
        reason = next((waivers[i].reason for i in matching if waivers[i].reason), "")
        findings.append(attrs.evolve(found, waived=reason))
    for i, waiver in enumerate(waivers):
        if i in used and waiver.reason:
            continue
        if i not in used and waiver.code in _NEED_KNOWN and not others:
            continue
        why = "gives no reason" if i in used else "matches no finding" if waiver.code in CODES else "names no known code"
        remedy = "say why it is accepted" if i in used else "remove it, or correct its code and place"
        findings.append(_finding("unused-waiver", f"waiver {waiver.code} at {waiver.place}", why, remedy))
    return Report(procedure=procedure.id, findings=tuple(findings))


# --- what can happen ----------------------------------------------------------------------------------------------


@final
@frozen(kw_only=True, eq=False)
class _Arc:
    """A transition from one of its sources; `late` where earlier rows always take the event from it."""

    rule: Transition
    source: str
    target: str
    late: bool


def _arcs(p: Procedure) -> Iterator[_Arc]:
    # The same expansion and order as `_machine.py`: the first permitted row wins.
    open_states = [s.name for s in p.states if not s.final]
    earlier: dict[str, list[Transition]] = {}
    for rule in p.transitions:
        for source in dict.fromkeys(s for name in rule.source for s in (open_states if name == ANY_OPEN else [name])):
            rows = earlier.setdefault(source, [])
            first = [r for r in rows if r.on.name == rule.on.name and r.of in ("", rule.of)]
            taken = {role for r in first if not r.guards and r.requires is None for role in r.by}
            yield _Arc(
                rule=rule, source=source, target=source if rule.target == STAY else rule.target, late=rule.by <= taken
            )
            rows.append(rule)


def _instants(kind: str, term: Term) -> frozenset[type[Event]]:
    """Return the events by which a clock of this kind and length can tell that time has passed."""
    passed = DeadlineBreached if kind == "duty" else DeadlineClosed
    if isinstance(term, WithoutUndueDelay):
        return frozenset({DeadlineReminded})
    if isinstance(term, BusinessDays):
        return frozenset({passed, DeadlineOpened} if term.min else {passed})
    if isinstance(term, Hours | Days | Months | SameDay | PerCase):
        return frozenset({passed})
    return frozenset({passed, DeadlineOpened, DeadlineReminded})  # a term of the author's own


@final
class _Paths:
    """What can happen in a procedure: the least set of states, transitions and clocks that enable each other."""

    def __init__(self, p: Procedure, known: Mapping[str, Procedure]) -> None:
        self.p = p
        self.known = known
        self.arcs = tuple(_arcs(p))
        self.sends: tuple[Send, ...] = tuple(s for t in p.transitions for s in t.sends)
        self.live: list[_Arc] = []
        self.reached = {p.initial}
        self.started: set[str] = set()
        before = (-1, -1)
        while before != (len(self.live), len(self.started)):
            before = (len(self.live), len(self.started))
            self.live = [a for a in self.arcs if a.source in self.reached and not a.late and not self.lacks(a.rule)]
            self.reached |= {a.target for a in self.live}
            self.started |= {o.name for o in p.obligations if p.hooks or any(map(self.occurs, o.starts))}

    def lacks(self, rule: Transition) -> str:
        """Return why a transition can fire from no state at all, or ""."""
        by_system = rule.on in DEADLINE_FACTS or (rule.on is LinkedCase and any(t.opens for t in self.p.transitions))
        if by_system and "system" not in rule.by:
            return "the runner itself states this event, as 'system', which is not among its roles"
        if rule.on is Opened and rule.by.isdisjoint(self.p.opened_by):
            return "none of its roles may open a case"
        if rule.on in DEADLINE_FACTS and not self.passes(rule.on, rule.of):
            return f"no clock of {rule.of} can come to this"
        if rule.on in MESSAGE_FACTS and not self.sent(rule.of):
            return f"nothing sends {rule.of}"
        if rule.requires is not None:
            signers = rule.requires.roles
            if not any(a.rule.on is Approved and not signers.isdisjoint(a.rule.by) for a in self.live):
                return f"no transition takes the approvals (Approved) that it needs from {', '.join(sorted(signers))}"
        return ""

    def sent(self, template: str = "") -> bool:
        """Return whether a message (of this template) can be sent."""
        return bool(self.p.hooks) or any(template in ("", s.template) for a in self.live for s in a.rule.sends)

    def passes(self, event: type[Event], of: str) -> bool:
        """Return whether the time of this obligation or message can pass in this way."""
        kind, _, template = of.partition(":")
        if template:
            own = [s for s in self.sends if s.template == template]
            terms = [term for s in own if (term := s.ack_within if kind == "receipt" else s.within) is not None]
            return self.sent(template) and any(event in _instants("duty", term) for term in terms)
        if of not in self.started:
            return False
        obligation = self.p.obligation_of[of]
        moved = any(t.on is Extended and t.of in ("", of) for t in self.p.transitions)
        return event in _instants(obligation.kind, Hours(1) if moved else obligation.term) or event in _instants(
            obligation.kind, obligation.term
        )

    def occurs(self, on: On) -> bool:
        """Return whether an event that touches a clock can happen.

        A fact with a row anywhere can: it is recorded in every state. An act needs a transition that can fire.
        """
        event, of = on.event, on.of
        if on.outcomes and not any(outcome in tuple(Outcome) for outcome in on.outcomes):
            return False
        if event in DEADLINE_FACTS:
            clocks = [o.name for o in self.p.obligations]
            clocks += [f"{kind}:{s.template}" for s in self.sends for kind in ("receipt", "expected")]
            return any(self.passes(event, clock) for clock in ([of] if of else clocks))
        if event in MESSAGE_FACTS:
            return self.sent(of)
        if event in (Opened, LinkedCase, IncidentResolved):
            return True
        rules = [a.rule for a in self.live] if event.act else self.p.transitions
        return any(_may_touch(on, rule) for rule in rules)

    def ours(self, role: str, other: str = "") -> bool:
        """Return whether two roles (else: a role and the acting one) are on one side."""
        side = {r.name: r.side or r.name for r in self.p.roles}
        return side.get(role, role) == side.get(other or self.p.acting)


def _may_touch(on: On, rule: Transition) -> bool:
    return on.event.name == rule.on.name and (not rule.of or on.of in ("", rule.of))


def _must_touch(ons: Iterable[On], rule: Transition) -> bool:
    return any(on.event.name == rule.on.name and on.of in ("", rule.of) and not on.outcomes for on in ons)


# --- which clocks can be running in which state -------------------------------------------------------------------

_Test = Callable[[Transition], bool]
_IDLE, _RUNNING, _PAUSED, _ENDED = "idle", "running", "paused", "ended"


@final
@frozen(kw_only=True, eq=False)
class _Clock:
    """A clock as a path sees it: `free` starts without a transition, `again` starts after its end too."""

    name: str
    owner: str
    free: bool = False
    again: bool = True
    opened: bool = False
    begins: _Test
    ends: _Test
    pauses: _Test = lambda rule: False
    resumes: _Test = lambda rule: False

    def after(self, status: str, rule: Transition) -> set[str]:
        """Return what may have become of the clock after this transition."""
        if status in (_RUNNING, _PAUSED) and self.ends(rule):
            after = {_ENDED}
        elif status == _RUNNING and self.pauses(rule):
            after = {_PAUSED}
        else:
            after = {_RUNNING if status == _PAUSED and self.resumes(rule) else status}
        return after | {_RUNNING} if self.begins(rule) and (status != _ENDED or self.again) else after

    def runs_in(self, paths: _Paths) -> set[str]:
        """Return the states in which it may be running: on some path to them it was started and not surely ended."""
        todo = [(paths.p.initial, _RUNNING if self.opened else _IDLE)]
        seen = set(todo)
        while todo:
            state, status = todo.pop()
            ahead = {(a.target, s) for a in paths.live if a.source == state for s in self.after(status, a.rule)}
            if self.free and status == _IDLE:
                ahead.add((state, _RUNNING))
            todo += ahead - seen
            seen |= ahead
        return {state for state, status in seen if status == _RUNNING}


def _of_obligation(paths: _Paths, o: Obligation) -> _Clock:
    extends = [t for t in paths.p.transitions if t.on is Extended and t.of in ("", o.name)]
    restless = any(on.event.name in ALWAYS for on in o.resumes)  # may go on without a transition: never surely paused
    sure = not o.per_content

    def ends(rule: Transition) -> bool:
        passed = rule.on in (DeadlineBreached, DeadlineClosed) and rule.of == o.name
        return passed or (sure and _must_touch((*o.meets, *o.cancels), rule))

    return _Clock(
        name=o.name,
        owner=o.owner,
        free=bool(paths.p.hooks)
        or any(on.event.name in ALWAYS and on.event is not Opened and paths.occurs(on) for on in o.starts),
        again=o.repeats or bool(o.restarts) or bool(extends),
        opened=any(on.event is Opened for on in o.starts),
        begins=lambda rule: rule in extends or any(_may_touch(on, rule) for on in (*o.starts, *o.restarts)),
        ends=ends,
        pauses=lambda rule: sure and not restless and _must_touch(o.pauses, rule),
        resumes=lambda rule: any(_may_touch(on, rule) for on in o.resumes),
    )


def _of_message(template: str, kind: str, owner: str) -> _Clock:
    came: Sequence[type[Event]] = (Acknowledged,) if kind == "receipt" else (Sent, Delivered, Acknowledged)
    exhausted = f"ladder_exhausted({template})"

    def ends(rule: Transition) -> bool:
        # A breach of receipt climbs the ladder, where the next clock starts; only its end is the end.
        if rule.on is DeadlineBreached and rule.of == f"{kind}:{template}":
            return kind == "expected" or any(g.name == exhausted for g in rule.guards)
        return rule.on in (Withdrawn, Superseded) or (rule.on in came and rule.of == template)

    return _Clock(
        name=f"{kind}:{template}",
        owner=owner,
        begins=lambda rule: any(
            s.template == template and (s.ack_within if kind == "receipt" else s.within) for s in rule.sends
        ),
        ends=ends,
    )


# --- the checks ---------------------------------------------------------------------------------------------------


def _finding(code: str, place: str, sentence: str, remedy: str) -> Finding:
    return Finding(code=code, place=place, sentence=sentence, remedy=remedy)


def _place(rule: Transition) -> str:
    return f"transition {rule.key} from {'|'.join(rule.source)}"


def _names(ons: Iterable[On]) -> str:
    return ", ".join(dict.fromkeys(f"{on.event.name}:{on.of}" if on.of else on.event.name for on in ons))
