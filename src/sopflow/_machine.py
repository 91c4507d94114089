"""The only importer of `transitions`: compiles a procedure to one shared Machine and fires it.

The Machine has no model. A decision fires an event on a throw-away cursor, so that a refusal or an exception leaves
nothing behind, and threads share nothing that changes. Our event, transition and state classes do what those of
`transitions` do, except that they do not log: a host that logs at DEBUG would otherwise read the content of cases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from transitions import Event as _BaseEvent
from transitions import EventData, Machine, MachineError
from transitions import State as _BaseState
from transitions import Transition as _BaseTransition

from . import canon
from .case import Approval, Case
from .errors import BadInput, HookFailed
from .events import Event
from .procedure import Procedure
from .rules import STAY, Hook, Quorum, Transition, Yield
from .step import Facts


class _State(_BaseState):
    def enter(self, event_data: EventData) -> None:
        for call in self.on_enter:
            call(event_data)  # type: ignore[operator]

    def exit(self, event_data: EventData) -> None:
        for call in self.on_exit:
            call(event_data)  # type: ignore[operator]


class _Transition(_BaseTransition):
    def execute(self, event_data: EventData) -> bool:
        for condition in self.conditions:
            if not condition.func(event_data):  # type: ignore[operator]
                return False
        for call in self.before:
            call(event_data)  # type: ignore[operator]
        if self.dest:
            self._change_state(event_data)
        for call in self.after:
            call(event_data)  # type: ignore[operator]
        return True

    def _change_state(self, event_data: EventData) -> None:
        states = event_data.machine.states
        states[self.source].exit(event_data)
        event_data.model.state = self.dest  # type: ignore[attr-defined]
        event_data.state = entered = states[self.dest]  # type: ignore[index]
        entered.enter(event_data)


class _Event(_BaseEvent):
    def _trigger(self, event_data: EventData) -> bool:
        event_data.state = self.machine.get_model_state(event_data.model)
        candidates = self.transitions.get(event_data.state.name)
        if candidates is None:
            raise MachineError(f"no row for {self.name} in state {event_data.state.name}")
        for transition in candidates:
            event_data.transition = transition
            if transition.execute(event_data):
                event_data.result = True
                break
        return bool(event_data.result)


class _Machine(Machine):
    state_cls = _State
    transition_cls = _Transition
    event_cls = _Event


class _Vetoed(Exception):
    """A hook refused; the cursor holds the reason."""


class Cursor:
    """The throw-away model of one decision: what rows may look at, and what they leave behind."""

    __slots__ = ("_fold", "_propose", "_view", "before", "event", "facts", "reasons", "row", "state", "yields")

    def __init__(
        self, before: Case, fold: Callable[[], Case], event: Event, facts: Facts, propose: Callable[[Case], str]
    ) -> None:
        self.state = before.state
        self.before = before
        self.event = event
        self.facts = facts
        self._fold = fold
        self._propose = propose
        self._view: Case | None = None
        self.reasons: list[str] = []
        self.row: Transition | None = None
        self.yields: list[Yield] = []

    @property
    def view(self) -> Case:
        """The case with the event's own facts folded in; made when somebody looks."""
        if self._view is None:
            self._view = self._fold()
        return self._view

    def proposal(self) -> str:
        """Return the digest that approvals of this event must sign."""
        return self._propose(self.view)


def _condition(row: Transition) -> Callable[[EventData], bool]:
    by, guards, quorum = row.by, row.guards, row.requires

    def permitted(event_data: EventData) -> bool:
        cursor: Cursor = event_data.model  # type: ignore[assignment]
        actor = cursor.event.by
        reasons: list[str] = []
        if actor is None or by.isdisjoint(actor.roles):
            have = ", ".join(sorted(actor.roles)) if actor else "none"
            reasons.append(f"needs one of the roles {', '.join(sorted(by))} (the actor has {have})")
        if quorum is not None:
            why = _quorum(quorum, cursor)
            if why:
                reasons.append(why)
        for guard in guards:
            try:
                why = guard.test(cursor.before, cursor.view, cursor.event, cursor.facts)
                if not (why is None or isinstance(why, str)):
                    raise TypeError("a guard returns None, or why not as text")
                canon.check(why, "reason")
            except Exception as error:
                raise HookFailed("guard", guard.name, error) from error
            if why is not None:
                reasons.append(why or f"guard {guard.name} refused without a reason")
        if reasons:
            cursor.reasons += reasons
            return False
        cursor.row = row
        return True

    return permitted


def _quorum(quorum: Quorum, cursor: Cursor) -> str | None:
    proposal = cursor.proposal()
    able = [a for a in cursor.view.approvals if a.proposal == proposal and not quorum.roles.isdisjoint(a.roles)]
    signed = [a for a in able if _sides(quorum, cursor.view, a)]
    bodies = quorum.distinct == "organisation" and quorum.n > 1  # one signature differs from no other
    counted = {a.actor: a.organisation for a in signed if a.organisation or not bodies}  # the last of each person
    count = len(set(counted.values()) if bodies else counted)
    absent = sorted(
        r for r in quorum.roles if quorum.each and not any(r in _sides(quorum, cursor.view, a) for a in signed)
    )
    if count >= quorum.n and not absent:
        return None
    void = len(cursor.view.approvals) - len(able)
    rest = f"; nobody has signed as {', '.join(absent)}" if absent else ""
    rest += f"; {void} approval(s) are void or by other roles, or sign something else" if void else ""
    foreign = sorted({a.actor for a in able} - {a.actor for a in signed})
    rest += f"; {', '.join(foreign)} signed for nobody who is a party in that role" if foreign else ""
    stray = sorted({a.actor for a in signed} - counted.keys())
    rest += f"; {', '.join(stray)} signed for no organisation" if stray else ""
    if bodies and count < len({a.organisation for a in signed if a.organisation}):
        rest += "; one person signs for one organisation only"
    whose = "actors" if quorum.distinct == "actor" else "organisations"
    return (
        f"needs {quorum.n} approval(s) of exactly this by {whose} with one of the roles "
        f"{', '.join(sorted(quorum.roles))}, has {count}{rest}"
    )


def _sides(quorum: Quorum, case: Case, a: Approval) -> frozenset[str]:
    """Return the roles of a quorum as which an approval counts.

    Where each side signs, whom the case names as a side must have signed for it, not somebody of the same role.
    """
    own = quorum.roles.intersection(a.roles)
    if not quorum.each:
        return own
    whose = a.organisation or a.actor
    return frozenset([r for r in own if whose in case.parties.get(r, (whose,))])


def _callback(p: Procedure, hook: Hook) -> Callable[[EventData], None]:
    def run(event_data: EventData) -> None:
        cursor: Cursor = event_data.model  # type: ignore[assignment]
        if hook.event is not None and not isinstance(cursor.event, hook.event):
            return
        try:
            result = hook.run(cursor.before, cursor.view, cursor.event, cursor.facts)
            if result is None:
                return
            _check(p, hook, result)
        except Exception as error:
            raise HookFailed("hook", hook.name, error) from error
        if result.veto:
            cursor.reasons.append(f"{result.veto} (hook {hook.name})")
            raise _Vetoed
        cursor.yields.append(result)

    return run


def _check(p: Procedure, hook: Hook, result: Yield) -> None:
    """Refuse what cannot be used while it can still be put down to the hook."""
    if not isinstance(result, Yield):
        raise TypeError(f"a hook returns None or a Yield, not {type(result).__name__}")
    for send in result.sends:
        if send not in hook.may_send:
            raise BadInput("Yield.sends", send.template, "declare the message with Hook(may_send=…)")
    for name in result.starts:
        if name not in p.obligation_of:
            raise BadInput("Yield.starts", name, f"name an obligation: {', '.join(p.obligation_of)}")
    canon.check([result.veto, result.data], "Yield")
    for do in result.does:
        canon.check([do.name, do.data], "Yield.does")


def _compile(p: Procedure) -> Machine:
    def callbacks(point: str, state: str = "", phase: str = "") -> list[Any]:
        return [
            _callback(p, h)
            for h in p.hooks
            if h.point == point and h.state in ("", state) and h.phase in ("", phase)
        ]  # fmt: skip

    machine = _Machine(
        model=None,
        states=[
            _State(
                s.name,
                on_enter=callbacks("enter", s.name, s.phase),
                on_exit=callbacks("exit", s.name, s.phase),
                final=s.final,
            )
            for s in p.states
        ],
        initial=p.initial,
        auto_transitions=False,
        send_event=True,
        queued=False,
    )
    keys = dict.fromkeys([t.key for t in p.transitions] + [t.on.name for t in p.transitions])
    for key in keys:
        name, _, of = key.partition(":")
        for row in p.transitions:
            if row.on.name != name or row.of not in ("", of):
                continue
            for source in p.sources_of(row):
                reached = p.state_of[source if row.target == STAY else row.target]
                machine.add_transition(
                    key,
                    source,
                    None if row.target == STAY else row.target,
                    conditions=[_condition(row)],
                    before=callbacks("before", reached.name, reached.phase),
                    after=callbacks("after", reached.name, reached.phase),
                )
    return machine


_machines: WeakKeyDictionary[Procedure, Machine] = WeakKeyDictionary()


def machine_of(procedure: Procedure) -> Machine:
    """Return the procedure's one shared Machine, compiled on first use."""
    machine = _machines.get(procedure)
    if machine is None:
        machine = _machines[procedure] = _compile(procedure)
    return machine


def fire(machine: Machine, name: str, of: str, cursor: Cursor) -> bool:
    """Fire an event on a cursor. On False, `cursor.reasons` says why; no exception of the engine leaves here.

    Raises:
        HookFailed: If a guard or hook raised.
    """
    event = machine.events.get(f"{name}:{of}") if of else None
    event = event or machine.events.get(name)
    if event is None or cursor.state not in event.transitions:
        where = sorted(event.transitions) if event is not None else []
        hint = f"it is possible in {', '.join(where)}" if where else "the procedure has no row for it"
        cursor.reasons.append(f"no row for {name}{f' of {of}' if of else ''} in state {cursor.state!r}; {hint}")
        return False
    try:
        return bool(event.trigger(cursor))
    except _Vetoed:
        cursor.row = None
        return False
