"""What can happen in a procedure: which transitions can fire, which clocks can run, who is waited for.

Nothing of the procedure is run: no guard, no hook, no term. A guard may hold or not, a hook may start any clock and
send what it declares, and what may happen on some path is taken to happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, final

from . import events as ev
from .case import Outcome
from .procedure import ALWAYS, Procedure
from .rules import STAY, Basis, Obligation, On, Send, Transition
from .terms import BusinessDays, Days, Hours, Months, PerCase, SameDay, Term, Window, WithoutUndueDelay, Yearly


class Arc(NamedTuple):
    """A transition from one of its sources; `late` where earlier rows always take the event from it."""

    rule: Transition
    source: str
    target: str
    late: bool


def arcs_of(p: Procedure) -> Iterator[Arc]:
    # The same expansion and order as `_machine.py`: the first permitted row wins.
    earlier: dict[str, list[Transition]] = {s.name: [] for s in p.states}
    for rule in p.transitions:
        for source in p.sources_of(rule):
            late = rule.by <= {role for r in earlier[source] if covers(r, rule) and implied(r, rule) for role in r.by}
            yield Arc(rule, source, source if rule.target == STAY else rule.target, late)
            earlier[source].append(rule)


def covers(row: Transition, rule: Transition) -> bool:
    return row.on.name == rule.on.name and row.of in ("", rule.of)


def implied(row: Transition, rule: Transition) -> bool:
    """Return whether every condition of `row` but its roles holds whenever those of `rule` do."""
    wanted = {g.name for g in rule.guards}
    return {g.name for g in row.guards} <= wanted and row.requires in (None, rule.requires)


def touches(on: On, rule: Transition) -> bool:
    return on.event.name == rule.on.name and (not rule.of or on.of in ("", rule.of))


def instants(kind: str, term: Term) -> frozenset[type[ev.Event]]:
    """Return the events by which a clock of this kind and length tells that time has passed."""
    passed = ev.DeadlineBreached if kind == "duty" else ev.DeadlineClosed
    if isinstance(term, WithoutUndueDelay):
        return frozenset({ev.DeadlineReminded})
    if isinstance(term, Window) and term.closes is None:
        return frozenset({ev.DeadlineOpened})
    if isinstance(term, Hours | Days | Months | SameDay | PerCase | Yearly) or (
        isinstance(term, BusinessDays) and not term.min
    ):
        return frozenset({passed})
    return frozenset({passed, ev.DeadlineOpened, ev.DeadlineReminded})  # whatever else a term may give


@final
class Paths:
    """What can happen in a procedure: the least set of states, transitions and clocks that enable each other."""

    def __init__(self, p: Procedure, known: Mapping[str, Procedure], versions: Sequence[Procedure] = ()) -> None:
        self.p = p
        self.known = known
        self.versions = versions  # of the same procedure
        self.arcs = tuple(arcs_of(p))
        self.hooked = tuple(s for h in p.hooks for s in h.may_send)
        self.sends = tuple(dict.fromkeys((*(s for t in p.transitions for s in t.sends), *self.hooked)))
        self.live: list[Arc] = []
        self.reached = {p.initial}
        self.started: set[str] = set()
        before = (-1, -1)
        while before != (len(self.live), len(self.started)):
            before = (len(self.live), len(self.started))
            lacking = {id(t) for t in p.transitions if self.lacks(t)}
            able = [a for a in self.arcs if a.source in self.reached and not a.late]
            self.live = [a for a in able if id(a.rule) not in lacking]
            self.reached |= {a.target for a in self.live}
            self.started |= {o.name for o in p.obligations if p.hooks or any(map(self.occurs, o.starts))}
        self.leaving: dict[str, list[Arc]] = {}
        for arc in self.live:
            self.leaving.setdefault(arc.source, []).append(arc)

    @cached_property
    def rivals(self) -> tuple[tuple[Arc, Arc], ...]:
        """Every two transitions that one event may take from one state, the earlier first."""
        before: dict[tuple[str, str], list[Arc]] = {}
        found: list[tuple[Arc, Arc]] = []
        for arc in self.arcs:
            rivals = before.setdefault((arc.source, arc.rule.on.name), [])
            found += [(earlier, arc) for earlier in rivals if covers(earlier.rule, arc.rule)]
            rivals.append(arc)
        return tuple(found)

    def lacks(self, rule: Transition) -> str:
        """Return why a transition can fire from no state at all, or ""."""
        ours = rule.on in ev.DEADLINE_FACTS or (rule.on is ev.LinkedCase and any(t.opens for t in self.p.transitions))
        if ours and "system" not in rule.by:
            return "the library itself states this event, as the role 'system', which it does not name in by=…"
        if rule.on is ev.Opened and rule.by.isdisjoint(self.p.opened_by):
            return "none of its roles may open a case"
        if rule.on is ev.Opened and rule.of and not self.opens_with(rule.of):
            return f"no case is opened with {rule.of}: see opened_with"
        if rule.on in ev.DEADLINE_FACTS and not self.passes(rule.on, rule.of):
            return f"no clock of {rule.of} can come to this"
        if rule.on in ev.MESSAGE_FACTS and not self.sent(rule.of):
            return f"nothing sends {rule.of}"
        signers = rule.requires.roles if rule.requires is not None else frozenset()
        if signers and not any(a.rule.on is ev.Approved and a.rule.by & signers for a in self.live):
            return f"it needs approvals, and no transition takes one (Approved) from {' or '.join(sorted(signers))}"
        return ""

    def opens_with(self, subject: str) -> bool:
        """Return whether a case may be opened with what is this to the procedure."""
        kinds = self.p.opened_with
        return not kinds or subject in kinds or subject.removeprefix("incomplete_") in kinds

    def sent(self, template: str) -> bool:
        """Return whether a message (of this template) can be sent."""
        sends = (*self.hooked, *(s for a in self.live for s in a.rule.sends))
        return any(template in ("", s.template) for s in sends)

    def passes(self, event: type[ev.Event], of: str) -> bool:
        """Return whether the time of this obligation or message can pass in this way."""
        kind, _, template = of.partition(":")
        if template:
            own = [s.ack_within if kind == "receipt" else s.within for s in self.sends if s.template == template]
            return self.sent(template) and any(event in instants("duty", term) for term in own if term is not None)
        if of not in self.started:
            return False
        o = self.p.obligation_of[of]
        # `Extended` gives a limit even to a clock that had none.
        extended = any(t.on is ev.Extended and t.of in ("", of) for t in self.p.transitions)
        return event in instants(o.kind, o.term) | (instants(o.kind, PerCase()) if extended else frozenset())

    def occurs(self, on: On) -> bool:
        """Return whether an event that touches a clock can happen.

        A fact with a row anywhere can: it is recorded in every state. An act needs a transition that can fire.
        """
        event, of = on.event, on.of
        if any(names and not set(names) & set(Outcome) for names in (on.outcomes, on.where)):
            return False
        if event in ev.DEADLINE_FACTS:
            names = [*self.p.obligation_of, *(f"{k}:{s.template}" for s in self.sends for k in ("receipt", "expected"))]
            return any(self.passes(event, name) for name in ([of] if of else names))
        if event in ev.MESSAGE_FACTS:
            return self.sent(of)
        if event.name in ALWAYS:
            return True
        return any(touches(on, rule) for rule in ([a.rule for a in self.live] if event.act else self.p.transitions))

    def one_side(self, role: str, other: str) -> bool:
        """Return whether two roles are the same or on one side."""
        side = {r.name: r.side or r.name for r in self.p.roles}
        return side.get(role, role) == side.get(other, other)


def running(paths: Paths, o: Obligation, sent: Send | None = None) -> set[str]:
    """Return the states in which a clock may be running: on some path to them it was started and not surely ended.

    A pause is taken to end, a guard to hold or not, and a fact that needs no row (`ALWAYS`) to come at any time.
    """
    free = (paths.p.hooks and sent is None) or any(
        on.event.name in ALWAYS and on.event is not ev.Opened and paths.occurs(on) for on in o.starts
    )
    surely = [on for on in (*o.meets, *o.cancels) if not (o.per_content or on.outcomes or on.where)]
    hooks = [h for h in paths.p.hooks if sent in h.may_send]

    def begins(rule: Transition) -> bool:
        if sent is not None:
            return sent in rule.sends or any(h.event is None or issubclass(rule.on, h.event) for h in hooks)
        return any(touches(on, rule) for on in (*o.starts, *o.restarts))

    def ends(rule: Transition) -> bool:
        if rule.on in (ev.DeadlineBreached, ev.DeadlineClosed) and rule.of == o.name:
            # Silence climbs the ladder, where the next clock starts: only the ladder's end is the end.
            climbs = o.name.startswith("receipt:")
            return not climbs or any(g.name.startswith("ladder_exhausted(") for g in rule.guards)
        return any(on.event.name == rule.on.name and on.of in ("", rule.of) for on in surely)

    does = {id(rule): (begins(rule), ends(rule)) for rule in paths.p.transitions}
    todo = [(paths.p.initial, "running" if any(on.event is ev.Opened for on in o.starts) else "")]
    seen = set(todo)
    while todo:
        state, status = todo.pop()
        ahead = {(state, "running")} if free and not status else set()
        for arc in paths.leaving.get(state, ()):
            starts, stops = does[id(arc.rule)]
            ahead.add((arc.target, "ended" if status == "running" and stops else status))
            if starts and (status != "ended" or o.repeats or o.restarts):
                ahead.add((arc.target, "running"))
        todo += ahead - seen
        seen |= ahead
    return {state for state, status in seen if status == "running"}


def awaited(send: Send) -> Iterator[Obligation]:
    """Return the clocks of a message as obligations: for its receipt, and for its coming from the other side."""
    met = [On(event, send.template) for event in (ev.Acknowledged, ev.Sent, ev.Delivered)]
    terms = (("receipt", send.to, send.ack_within, met[:1]), ("expected", send.sender, send.within, met))
    for kind, owner, term, meets in terms:
        if term is not None:
            yield Obligation(
                name=f"{kind}:{send.template}", owner=owner, term=term, basis=Basis("", "", ""), starts=(),
                meets=meets, cancels=(ev.Withdrawn, ev.Superseded, ev.Closed), repeats=True,
            )  # fmt: skip
