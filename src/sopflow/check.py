"""Static analysis of a procedure: whether it is any good, before a case depends on it.

`check` reads a procedure and runs nothing of it: no guard, no hook, no term. It errs on the quiet side: a guard may
hold or not, a hook may start any clock and send what it declares, and what may happen on some path is taken to
happen. So a finding is worth reading; that there is none proves little. A finding that the author accepts is waived in
the procedure itself, with the reason. Places are written as a `Waiver` names them ("*" is every place of its code):

    state NAME        fact NAME or NAME:OF            transition NAME or NAME:OF from STATE or STATE|STATE or *
    obligation NAME   send TEMPLATE                   waiver CODE at PLACE
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, final

import attrs

from . import events as ev
from .case import Outcome
from .errors import ProcedureError
from .procedure import ALWAYS, Procedure
from .records import frozen
from .rules import ANY_OPEN, STAY, Basis, Obligation, On, Send, State, Transition, Waiver
from .terms import BusinessDays, Days, Hours, Months, PerCase, SameDay, Term, Window, WithoutUndueDelay, Yearly

CODES: Final[Mapping[str, str]] = {
    "deaf-state": "A state has no transition for a fact that the other side can state: there it is irregular.",
    "endless-obligation": "Nothing can meet or cancel a duty: it can only be breached.",
    "ladder-end": "Nobody decides what follows when nobody on the ladder confirms a message.",
    "never-fires": "A transition can never fire.",
    "never-starts": "Nothing can start an obligation's clock.",
    "opens-unknown": "A transition opens a case, or awaits a milestone, that no procedure at hand provides for.",
    "silent-breach": "The breach of a duty leads to no transition: only an incident is opened.",
    "trap": "No final state can be reached from a state: a case in it never ends.",
    "unconfirmed-message": "Nobody awaits the receipt of a message: perhaps nobody reads it.",
    "unreachable-state": "No case can reach a state.",
    "unused-waiver": "A waiver waives nothing.",
    "wait-without-clock": "A state waits for somebody while no clock runs: nobody notices silence.",
}


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
        findings: Open and waived ones, by kind, and within a kind in the order of the procedure.
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
        """Do nothing if no finding is open.

        Raises:
            ProcedureError: With every open finding.
        """
        if self.open:
            raise ProcedureError(self.procedure, [str(f) for f in self.open])

    def __str__(self) -> str:
        lines = [f"procedure {self.procedure!r}: {len(self.open)} open finding(s), {len(self.waived)} waived"]
        lines += [f"  - {f}" for f in self.open]
        lines += [f"  - waived: {f.place}: {f.sentence} [{f.code}], because: {f.waived}" for f in self.waived]
        return "\n".join(lines)


def check(procedure: Procedure, known: Iterable[Procedure] = ()) -> Report:
    """Return everything that looks wrong with a procedure.

    Args:
        procedure: The rulebook.
        known: The procedures it may open cases under. Without any, it is not asked whether they fit.

    Returns:
        All findings, with those that the procedure waives. A waiver without a reason waives nothing.
    """
    others = {other.id: other for other in known}
    paths = _Paths(procedure, {**others, procedure.id: procedure} if others else {})
    found = [
        Finding(code=code, place=place, sentence=sentence, remedy=remedy)
        for code, (ask, remedy) in _CHECKS.items()
        for place, sentence in dict.fromkeys(ask(paths))
    ]
    for w in procedure.waivers:
        if (others or w.code != "opens-unknown") and not any(_accepts(w, f) for f in found):
            why = "it matches no finding" if w.code in CODES else f"{w.code!r} is no code of the checker"
            why = why if w.reason else "it gives no reason"
            place, remedy = f"waiver {w.code} at {w.place}", "mend or remove it"
            found.append(Finding(code="unused-waiver", place=place, sentence=why, remedy=remedy))
    reasons = [next((w.reason for w in procedure.waivers if _accepts(w, f)), "") for f in found]
    findings = tuple(attrs.evolve(f, waived=reason) for f, reason in zip(found, reasons, strict=True))
    return Report(procedure=procedure.id, findings=findings)


def _accepts(waiver: Waiver, finding: Finding) -> bool:
    return bool(waiver.reason) and waiver.code == finding.code and waiver.place in ("*", finding.place)


# --- what can happen ----------------------------------------------------------------------------------------------


class _Arc(NamedTuple):
    """A transition from one of its sources; `late` where earlier rows always take the event from it."""

    rule: Transition
    source: str
    target: str
    late: bool


def _arcs(p: Procedure) -> Iterator[_Arc]:
    # The same expansion and order as `_machine.py`: the first permitted row wins.
    every_state, open_states = [s.name for s in p.states], [s.name for s in p.states if not s.final]
    earlier: dict[str, list[Transition]] = {s.name: [] for s in p.states}
    for rule in p.transitions:
        sources = [s for name in rule.source for s in (open_states if name == ANY_OPEN else [name])]
        for source in dict.fromkeys(every_state if rule.on in (ev.Corrected, ev.IncidentResolved) else sources):
            sure = (r for r in earlier[source] if _covers(r, rule) and not r.guards and r.requires is None)
            late = rule.by <= {role for r in sure for role in r.by}
            yield _Arc(rule, source, source if rule.target == STAY else rule.target, late)
            earlier[source].append(rule)


def _covers(row: Transition, rule: Transition) -> bool:
    return row.on.name == rule.on.name and row.of in ("", rule.of)


def _touches(on: On, rule: Transition) -> bool:
    return on.event.name == rule.on.name and (not rule.of or on.of in ("", rule.of))


def _instants(kind: str, term: Term) -> frozenset[type[ev.Event]]:
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
class _Paths:
    """What can happen in a procedure: the least set of states, transitions and clocks that enable each other."""

    def __init__(self, p: Procedure, known: Mapping[str, Procedure]) -> None:
        self.p = p
        self.known = known
        self.arcs = tuple(_arcs(p))
        self.hooked = tuple(s for h in p.hooks for s in h.may_send)
        self.sends = tuple(dict.fromkeys((*(s for t in p.transitions for s in t.sends), *self.hooked)))
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
        ours = rule.on in ev.DEADLINE_FACTS or (rule.on is ev.LinkedCase and any(t.opens for t in self.p.transitions))
        if ours and "system" not in rule.by:
            return "the library itself states this event, as the role 'system', which it does not name in by=…"
        if rule.on is ev.Opened and rule.by.isdisjoint(self.p.opened_by):
            return "none of its roles may open a case"
        if rule.on in ev.DEADLINE_FACTS and not self.passes(rule.on, rule.of):
            return f"no clock of {rule.of} can come to this"
        if rule.on in ev.MESSAGE_FACTS and not self.sent(rule.of):
            return f"nothing sends {rule.of}"
        signers = rule.requires.roles if rule.requires is not None else frozenset()
        if signers and not any(a.rule.on is ev.Approved and a.rule.by & signers for a in self.live):
            return f"it needs approvals, and no transition takes one (Approved) from {' or '.join(sorted(signers))}"
        return ""

    def sent(self, template: str) -> bool:
        """Return whether a message (of this template) can be sent."""
        sends = (*self.hooked, *(s for a in self.live for s in a.rule.sends))
        return any(template in ("", s.template) for s in sends)

    def passes(self, event: type[ev.Event], of: str) -> bool:
        """Return whether the time of this obligation or message can pass in this way."""
        kind, _, template = of.partition(":")
        if template:
            own = [s.ack_within if kind == "receipt" else s.within for s in self.sends if s.template == template]
            return self.sent(template) and any(event in _instants("duty", term) for term in own if term is not None)
        if of not in self.started:
            return False
        o = self.p.obligation_of[of]
        # `Extended` gives a limit even to a clock that had none.
        extended = any(t.on is ev.Extended and t.of in ("", of) for t in self.p.transitions)
        return event in _instants(o.kind, o.term) | (_instants(o.kind, PerCase()) if extended else frozenset())

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
        return any(_touches(on, rule) for rule in ([a.rule for a in self.live] if event.act else self.p.transitions))

    def one_side(self, role: str, other: str) -> bool:
        """Return whether two roles are the same or on one side."""
        side = {r.name: r.side or r.name for r in self.p.roles}
        return side.get(role, role) == side.get(other, other)


def _running(paths: _Paths, o: Obligation, sent: Send | None = None) -> set[str]:
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
        return any(_touches(on, rule) for on in (*o.starts, *o.restarts))

    def ends(rule: Transition) -> bool:
        if rule.on in (ev.DeadlineBreached, ev.DeadlineClosed) and rule.of == o.name:
            # Silence climbs the ladder, where the next clock starts: only the ladder's end is the end.
            climbs = o.name.startswith("receipt:")
            return not climbs or any(g.name.startswith("ladder_exhausted(") for g in rule.guards)
        return any(on.event.name == rule.on.name and on.of in ("", rule.of) for on in surely)

    todo = [(paths.p.initial, "running" if any(on.event is ev.Opened for on in o.starts) else "")]
    seen = set(todo)
    while todo:
        state, status = todo.pop()
        ahead = {(state, "running")} if free and not status else set()
        for arc in (a for a in paths.live if a.source == state):
            ahead.add((arc.target, "ended" if status == "running" and ends(arc.rule) else status))
            if begins(arc.rule) and (status != "ended" or o.repeats or o.restarts):
                ahead.add((arc.target, "running"))
        todo += ahead - seen
        seen |= ahead
    return {state for state, status in seen if status == "running"}


def _awaited(send: Send) -> Iterator[Obligation]:
    """Return the clocks of a message as obligations: for its receipt, and for its coming from the other side."""
    met = [On(event, send.template) for event in (ev.Acknowledged, ev.Sent, ev.Delivered)]
    terms = (("receipt", send.to, send.ack_within, met[:1]), ("expected", send.sender, send.within, met))
    for kind, owner, term, meets in terms:
        if term is not None:
            yield Obligation(
                name=f"{kind}:{send.template}", owner=owner, term=term, basis=Basis("", "", ""), starts=(),
                meets=meets, cancels=(ev.Withdrawn, ev.Superseded, ev.Closed), repeats=True,
            )  # fmt: skip


# --- the checks ---------------------------------------------------------------------------------------------------

_Found = Iterator[tuple[str, str]]  # place and sentence


def _place(rule: Transition) -> str:
    return f"transition {rule.key} from {'|'.join(rule.source)}"


def _names(ons: Iterable[On]) -> str:
    return ", ".join(dict.fromkeys(f"{on.event.name}:{on.of}" if on.of else on.event.name for on in ons))


def _unreachable_state(paths: _Paths) -> _Found:
    for state in paths.p.states:
        if state.name not in paths.reached:
            yield f"state {state.name}", f"no transition that can fire leads here from {paths.p.initial}"


def _trap(paths: _Paths) -> _Found:
    steps = [(a.source, a.target) for a in paths.arcs if not a.late and not paths.lacks(a.rule)]
    ends = {s.name for s in paths.p.states if s.final}
    while more := {source for source, target in steps if target in ends} - ends:
        ends |= more
    for state in paths.p.states:
        if state.name not in ends:
            yield f"state {state.name}", "no way leads from here to a final state"


def _never_fires(paths: _Paths) -> _Found:
    live = {id(a.rule) for a in paths.live}
    for rule in paths.p.transitions:
        if id(rule) not in live:
            why = "no case reaches a state that it starts from"
            if any(a.rule is rule and a.source in paths.reached for a in paths.arcs):
                why = "an earlier transition without guards takes this event from each of its roles"
            yield _place(rule), paths.lacks(rule) or why


def _never_starts(paths: _Paths) -> _Found:
    for o in paths.p.obligations:
        if o.name not in paths.started:
            yield f"obligation {o.name}", f"nothing that starts its clock can happen: {_names(o.starts)}"


def _endless_obligation(paths: _Paths) -> _Found:
    for o in paths.p.obligations:
        ends = (*o.meets, *o.cancels)
        if o.kind == "duty" and not any(map(paths.occurs, ends)):
            yield f"obligation {o.name}", f"nothing that meets or cancels it can happen: {_names(ends) or 'none named'}"


def _silent_breach(paths: _Paths) -> _Found:
    answered = {t.of for t in paths.p.transitions if t.on is ev.DeadlineBreached}
    duties = [(f"obligation {o.name}", o) for o in paths.p.obligations if o.kind == "duty"]
    theirs = [s for s in paths.sends if not paths.one_side(s.sender, paths.p.acting)]
    duties += [(f"send {s.template}", o) for s in theirs for o in _awaited(s) if o.name.startswith("expected:")]
    for place, o in duties:
        if ev.DeadlineBreached in _instants("duty", o.term) and o.name not in answered:
            yield place, f"no transition follows DeadlineBreached of {o.name}: only an incident is opened"


def _ladder_end(paths: _Paths) -> _Found:
    answered = {(t.on, t.of) for t in paths.p.transitions}
    for name, send in paths.p.send_of.items():
        term = send.ack_within
        if term is not None and not any((event, f"receipt:{name}") in answered for event in _instants("duty", term)):
            yield f"send {name}", f"no transition follows when {send.to} stays silent (receipt:{name})"


def _unconfirmed_message(paths: _Paths) -> _Found:
    for s in paths.sends:
        expected = s.within is not None and not paths.one_side(s.sender, paths.p.acting)
        if s.ack_within is None and not s.proved_by and not expected:
            yield f"send {s.template}", f"nobody awaits that {s.to} confirms receipt"


def _deaf_state(paths: _Paths) -> _Found:
    others = {r.name for r in paths.p.roles if not paths.one_side(r.name, paths.p.acting)} - {"system"}
    theirs = [t for t in paths.p.transitions if not t.on.act and t.on.name not in ALWAYS and t.by & others]
    for key, rule in {t.key: t for t in theirs}.items():
        hear = {a.source for a in paths.arcs if a.rule in theirs and _covers(a.rule, rule)}
        deaf = [s.name for s in paths.p.states if not s.final and s.name in paths.reached - hear]
        if deaf:
            yield f"fact {key}", f"the other side may state it at any time, and it is irregular in {', '.join(deaf)}"


def _wait_without_clock(paths: _Paths) -> _Found:
    """A clock watches over a wait if the side that is waited for owes it, or the state answers its passing."""
    clocks = [(o, _running(paths, o)) for o in paths.p.obligations]
    clocks += [(o, _running(paths, o, s)) for s in paths.sends for o in _awaited(s)]
    answers = {(a.source, a.rule.of) for a in paths.live if a.rule.on in ev.DEADLINE_FACTS}

    def watches(o: Obligation, state: State) -> bool:
        return paths.one_side(o.owner, state.waits_for) or (state.name, o.name) in answers

    for state in paths.p.states:
        watched = any(state.name in states and watches(o, state) for o, states in clocks)
        if state.waits_for and not state.final and state.name in paths.reached and not watched:
            yield (
                f"state {state.name}",
                f"it waits for {state.waits_for}, and no clock that can be running here notices silence",
            )


def _opens_unknown(paths: _Paths) -> _Found:
    known = paths.known
    rules = paths.p.transitions if known else ()
    children = {t.opens.procedure for t in rules if t.opens is not None}
    milestones = {s.name for id in children & set(known) for s in known[id].states if s.milestone}
    for rule in rules:
        if rule.opens is not None:
            child = known.get(rule.opens.procedure)
            if child is None:
                yield _place(rule), f"no procedure at hand is called {rule.opens.procedure!r}"
            elif rule.by.isdisjoint(child.opened_by):
                yield _place(rule), f"only {', '.join(sorted(child.opened_by))} may open a case under {child.id!r}"
        elif rule.on is ev.LinkedCase and children and children <= set(known) and rule.of not in {"", *milestones}:
            yield _place(rule), f"no case that this procedure opens has the milestone {rule.of!r}"


_CHECKS: Final[Mapping[str, tuple[Callable[[_Paths], _Found], str]]] = {
    "unreachable-state": (_unreachable_state, "add or mend a transition to it, or remove it"),
    "trap": (_trap, "add a transition towards an end, or make it final"),
    "never-fires": (_never_fires, "mend what it needs, guard or move what comes before it, or remove it"),
    "never-starts": (_never_starts, "add a transition on such an event, or name one that can happen in starts=…"),
    "endless-obligation": (_endless_obligation, "name an event that can happen in meets=… or cancels=…"),
    "silent-breach": (_silent_breach, "add a transition on it, if only one that stays and warns somebody"),
    "ladder-end": (_ladder_end, "add one on DeadlineBreached of that receipt, guarded by ladder_exhausted(…)"),
    "unconfirmed-message": (_unconfirmed_message, "set ack_within=… or proved_by=…, or waive it where it only informs"),
    "deaf-state": (_deaf_state, "add a transition from there, with STAY where nothing follows from it"),
    "wait-without-clock": (_wait_without_clock, "on the way here start a duty or reminder, or send with ack_within=…"),
    "opens-unknown": (_opens_unknown, "correct the name or the roles, or hand in the procedure that is meant"),
}
