"""A bench for the oracles: cases and events of any procedure, and what sopflow's own engine made of each event.

Cases grow by `core.decide` alone, without a store. Where a walk hardly comes, a case that a walk has made is put into
the state wanted, and a clock, a message or the approvals that the event is about are given to it: what is compared is
which row is taken, and for that it is all the same how the case came there. For the same reason guards may be drawn
(`drawn`): their verdicts are then set instead of found. A procedure's digest covers the names of guards and not their
code, so that both have one control skeleton.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

import attrs
import pytest

from sopflow import catalogue, core
from sopflow._machine import Cursor, _quorum
from sopflow.calendars import load
from sopflow.case import SYSTEM, Actor, Approval, Case, Deadline, Message, Standing
from sopflow.compose import TextRenderer
from sopflow.errors import BadInput, NotAllowed, UnknownProcedure
from sopflow.events import (
    DEADLINE_FACTS,
    MESSAGE_FACTS,
    AttemptFailed,
    CalendarChanged,
    ContactListed,
    Corrected,
    DeadlineBreached,
    DeadlineClosed,
    DeadlineOpened,
    DeadlineReminded,
    Event,
    Extended,
    IncidentResolved,
    LinkedCase,
    Opened,
)
from sopflow.exports import _skeleton
from sopflow.exports._skeleton import Arc
from sopflow.procedure import Procedure
from sopflow.rules import Guard, Transition
from sopflow.script import Script
from sopflow.step import Facts, Step
from sopflow.terms import Calendar
from sopflow.testing._stage import START, Everybody

from .maker import Maker

PROCEDURES = [version for name in catalogue.names() for version in catalogue.versions(name)]
every_procedure = pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda p: f"{p.id} {p.version}")


def courses(procedure: Procedure) -> tuple[Script, ...]:
    """Return the procedure's scripts; those that were there before there were scripts may have none."""
    try:
        return catalogue.scenarios(procedure.id)
    except (UnknownProcedure, ModuleNotFoundError, KeyError):
        return ()


_ABOUT_MESSAGES = (*MESSAGE_FACTS, AttemptFailed)
_LIVES = 12  # events after which a walk begins anew: decisions on long lives take longer and show no other rows


@attrs.frozen
class Seen:
    """One event, and what sopflow made of it.

    Attributes:
        before: The case as it was.
        event: The event's name and what it concerns, with a full stop between.
        roles: Role to whether the actor has it.
        verdicts: Condition to whether it holds.
        row: The number of the row taken, 0 for none.
        state: The state after it.
        alone: The (row, condition) pairs at which one condition and nothing else refused.
    """

    before: Case
    event: str
    roles: Mapping[str, bool]
    verdicts: Mapping[str, bool]
    row: int
    state: str
    alone: tuple[tuple[int, str], ...]


class Bench:
    """Makes cases and events of one procedure, by chance and by intent."""

    def __init__(
        self, procedure: Procedure, seed: int, others: Iterable[Procedure] = (), calendars: Iterable[Calendar] = ()
    ) -> None:
        self.real = procedure
        self.others = {p.id: p for p in (procedure, *others, *map(catalogue.find, catalogue.names()))}
        self.random = Random(f"{procedure.id}/{seed}")
        self.arcs = list(_skeleton.arcs(procedure))
        self.leading: dict[tuple[str, str], list[Arc]] = {}  # by the state that they lead from and their event's name
        for arc in self.arcs:
            self.leading.setdefault((arc.source, arc.row.on.name), []).append(arc)
        self.asked = {n: _skeleton.conditions(row) for n, row in enumerate(procedure.transitions, 1)}
        self.conditions = {name for names in self.asked.values() for name in names}
        self.set: dict[str, bool] = {}
        self.drawn = attrs.evolve(procedure, transitions=[self._drawn(row) for row in procedure.transitions])
        assert self.drawn.digest == procedure.digest, "the same rulebook, as far as its document goes"
        self.cursors: list[Cursor] = []
        self.pool: dict[str, list[Case]] = {}
        self.running: dict[str, Case] = {}  # the last with a clock of this obligation
        self.case: Case | None = None  # the one that walks
        self._personal: dict[str, dict[str, Any]] = {}
        self._numbers = count(1)
        given = {calendar.name: calendar for calendar in calendars}
        self._calendars = {name: given.get(name) or load(name) for name in procedure.calendars}
        self._maker = Maker(procedure, self.others, self.random)
        self._courses = courses(procedure)
        scenes = [scene.event for course in self._courses for scene in course.scenes]
        self._examples = [event for event in scenes if isinstance(event, Event)]
        self._fire = core.fire

    def watch(self, monkeypatch: Any) -> None:
        """Keep what each decision showed to the rows."""

        def fire(machine: Any, name: str, of: str, cursor: Cursor) -> bool:
            self.cursors.append(cursor)
            return self._fire(machine, name, of, cursor)

        monkeypatch.setattr(core, "fire", fire)

    # --- walks: real guards, cases that grow ---------------------------------------------------------------------

    def walk(self, aim: Arc | None = None) -> Seen | None:
        """Let the present case meet one more event, and return what became of it; None where there is nothing to see.

        The event is one that `aim` asks for, else any one of the procedure by anybody.
        """
        if self.case is None or self.case.revision >= _LIVES:
            return self.open()
        case = self.case
        aim = aim or self.random.choice(self.arcs)
        roles = aim.row.by if aim.source == case.state else self.real.role_names
        event = self.event(aim.row, case, roles)
        return self.decide(self.real, case, event) if event is not None else None

    def open(self, p: Procedure | None = None, *, by: str = "", of: str = "") -> Seen | None:
        """Open a case."""
        self.case = None
        actor = self._actor(by or self.random.choice(sorted(self.real.opened_by)))
        instruments = [course.instrument for course in self._courses if not of]
        if not instruments or self.random.random() < 0.5:
            instruments = [self._maker._instrument(self.real, of)]
        event = Opened(instrument=self.random.choice(instruments), by=actor, at=START)
        return self.decide(p or self.real, None, event)

    def here(self) -> list[Arc]:
        """Return the arcs that lead from where the present case stands."""
        return [a for a in self.arcs if self.case is not None and a.source == self.case.state]

    # --- aiming: a case is put where the row begins, and verdicts are set ------------------------------------------

    def aim(self, arc: Arc, refusing: str = "") -> Seen | None:
        """Return what became of an event that is to take this row, or to be refused it by one condition alone."""
        row = arc.row
        wanted = self.asked[arc.number]
        rivals = self.leading[arc.source, row.on.name]
        earlier = [a.row for a in rivals if a.number < arc.number and a.row.of in ("", row.of)]
        self.set = {name: self.random.random() < 0.5 for name in sorted(self.conditions)} | dict.fromkeys(wanted, True)
        for other in earlier:  # it is to be refused by something that this row does not ask for
            for name in [g.name for g in other.guards if g.name not in wanted][:1]:
                self.set[name] = False
        self.set[refusing] = False
        in_the_way = [r.by for r in earlier if set(_skeleton.conditions(r)) <= set(wanted)]
        roles = row.by.difference(*in_the_way) or row.by
        if row.on is Opened:
            return self.open(self.drawn, by=self.random.choice(sorted(roles & self.real.opened_by or roles)), of=row.of)
        case = self._at(arc.source, row)
        if case is None:
            return None
        case = self._with_subject(case, row)
        event = self.event(row, case, roles)
        if event is None:
            return None
        if row.requires is not None and _skeleton.approvals(row.requires) != refusing:
            case = self._signed(case, row, event)
        return self.decide(self.drawn, case, event, keep=False)

    def _at(self, state: str, row: Transition) -> Case | None:
        shelves = [list(self.running.values())]
        if row.on is not Extended:
            here = self.pool.get(state)
            shelves = [here] if here and self.random.random() < 0.5 else [*shelves, *self.pool.values()]
        shelves = [shelf for shelf in shelves if shelf]
        tries = (self.random.choice(self.random.choice(shelves)) for _ in range(20 if shelves else 0))
        case = next((case for case in tries if self._suits(case, row)), None)
        if case is None:
            return None
        wanted = self.real.state_of[state]
        return attrs.evolve(case, state=state, phase=wanted.phase, final=wanted.final, waits_for=wanted.waits_for)

    def _suits(self, case: Case, row: Transition) -> bool:
        if row.on is ContactListed:
            return None  # it is recorded, if at all, wherever somebody could not be reached
        if row.on is Extended:
            return self._running(case, row) is not None
        return row.on is not Corrected or bool(case.happenings)

    def _running(self, case: Case, row: Transition) -> Deadline | None:
        """Return a running deadline that the row may extend."""
        known = {row.of} if row.of else set(self.real.obligation_of)
        running = (d for d in case.deadlines if d.standing is Standing.RUNNING and d.obligation in known)
        return next(running, None)

    def _with_subject(self, case: Case, row: Transition) -> Case:
        """Give the case the clock or message that the row is about, where it has none."""
        if row.on in _ABOUT_MESSAGES and not case.sent_as(row.of):
            id, send = f"m{next(self._numbers)}", self.real.send_of[row.of]
            message = Message(
                id=id, thread=id, template=row.of, sender=send.sender, to=send.to, seq=1, queued=case.opened,
                contact="desk", channel="test",
            )  # fmt: skip
            return attrs.evolve(case, messages=(*case.messages, message))
        if row.on in DEADLINE_FACTS and self._ringing(case, row) is None:
            kind = {DeadlineBreached: "duty", DeadlineClosed: "right"}.get(row.on, "reminder")
            past = case.recorded - timedelta(hours=1)
            name = {DeadlineOpened: "not_before", DeadlineReminded: "remind"}.get(row.on, "due")
            deadline = Deadline(
                id=f"d{next(self._numbers)}", obligation=row.of, kind=kind, owner=self.real.acting,
                started=case.opened - timedelta(days=9), **{name: past},
            )  # fmt: skip
            return attrs.evolve(case, deadlines=(*case.deadlines, deadline))
        return case

    def _signed(self, case: Case, row: Transition, event: Event) -> Case:
        assert row.requires is not None
        proposal, roles = core.proposal(self.real, case, event, b"key"), tuple(sorted(row.requires.roles))
        signatures = []
        for n in range(row.requires.n):
            whose = f"o{n}"
            if row.requires.each:  # each side for itself
                roles = (sorted(row.requires.roles)[n % len(row.requires.roles)],)
                whose = (*case.parties.get(roles[0], ()), whose)[0]
            signatures.append(
                Approval(proposal=proposal, actor=f"a{n}", roles=roles, organisation=whose, at=case.recorded, seq=1)
            )
        return attrs.evolve(case, approvals=(*case.approvals, *signatures))

    # --- events ----------------------------------------------------------------------------------------------------

    def event(self, row: Transition, case: Case, roles: frozenset[str]) -> Event | None:
        """Return an event that concerns what the row does, by an actor with one of the roles; None if there is none."""
        by = self._actor(self.random.choice(sorted(roles)))
        if row.on is Opened:
            return None  # a case is opened once
        if row.on in _ABOUT_MESSAGES:
            messages = case.sent_as(row.of) if row.of else case.messages
            return self._made(row, case, by, message=self.random.choice(messages).id) if messages else None
        if row.on in DEADLINE_FACTS:
            ringing = self._ringing(case, row)
            return ringing and row.on(by=by, deadline=ringing.id, obligation=ringing.obligation)
        if row.on is LinkedCase:
            child = case.children[-1].id if case.children else f"{case.id}-child"
            return LinkedCase(by=by, case=child, procedure=self.real.id, milestone=row.of or "reached")
        if row.on is IncidentResolved:
            return IncidentResolved(by=by, incident="i1")
        if row.on is CalendarChanged and self.real.calendars:
            return CalendarChanged(by=by, calendar=min(self.real.calendars), reference="decree 1")
        if row.on is Extended:
            running = self._running(case, row)
            later = running and (running.due or case.recorded) + timedelta(days=1)
            return running and Extended(by=by, obligation=running.obligation, due=later, reason="it takes longer")
        if row.on is Corrected:
            seq = self.random.choice([h.seq for h in case.happenings] or [1])
            value = (case.opened - timedelta(minutes=self.random.randrange(90))).isoformat()
            return Corrected(by=by, seq=seq, field="at", value=value, reason="misread")
        return self._made(row, case, by)

    def _made(self, row: Transition, case: Case, by: Actor, **fixed: Any) -> Event | None:
        """Return an event of the row's kind: one of the procedure's scripts, or one made up as walks do."""
        event: Event | None
        examples = [e for e in self._examples if type(e) is row.on and row.of in ("", self._of(case, e))]
        self._maker.turn(case)
        try:
            if not examples or self.random.random() < 0.5:
                event = self._maker._event(attrs.evolve(row, by=by.roles | {"somebody"}), case)
            else:
                event = self.random.choice(examples)
        except BadInput:  # a field that takes only certain values
            event = self.random.choice(examples) if examples else None
        return event and attrs.evolve(event, by=by, **fixed)

    def _ringing(self, case: Case, row: Transition) -> Deadline | None:
        """Return a deadline of the row's obligation whose next instant is of the row's kind."""
        for deadline in case.deadlines:
            if row.of in ("", deadline.obligation) and deadline.wake is not None and core.passing(deadline) is row.on:
                return deadline
        return None

    def _actor(self, role: str) -> Actor:
        number = self.random.randrange(3)
        return SYSTEM if role == "system" else Actor(f"{role}-{number}", {role}, f"{role}-body-{number}")

    # --- the decision ------------------------------------------------------------------------------------------------

    def decide(self, p: Procedure, case: Case | None, event: Event, *, keep: bool = True) -> Seen | None:
        """Decide an event; None where it is no event of the case at all, so that no row is asked."""
        self.cursors.clear()
        reads = p.reads_of.get(event.name, frozenset())
        facts = self._facts(case, event, {name: self.random.random() < 0.5 for name in sorted(reads)})
        now = START if case is None else case.recorded + timedelta(minutes=self.random.randrange(1, 600))
        if event.name in {e.name for e in DEADLINE_FACTS}:
            assert case is not None
            now = max([now, *(d.wake for d in case.deadlines if d.id == event.deadline and d.wake)])  # type: ignore[attr-defined]
        step: Step | None = None
        try:
            if case is None:
                step = core.open_case(p, event, facts, now, tenant="t", id=f"c{next(self._numbers)}")  # type: ignore[arg-type]
            else:
                step = core.decide(p, case, event, facts, now)
        except NotAllowed:
            pass
        except BadInput:
            return None
        cursor = self.cursors[-1] if self.cursors else None
        if step is not None:
            self._keep(step)
            self.case = step.case if keep else self.case
        if cursor is None and step is not None:  # a clock is said to have rung that has not: recorded, judged by no row
            return None
        if cursor is not None and any(r.endswith(f"(hook {h.name})") for r in cursor.reasons for h in p.hooks):
            return None  # a hook's veto is no part of the skeleton
        before = cursor.before if cursor is not None else case
        if before is None:  # nobody who may open a case
            return None
        of = self._of(before, event)
        verdicts = self._verdicts(p, event, cursor)
        row = 0 if cursor is None or cursor.row is None else 1 + next(
            n for n, known in enumerate(p.transitions) if known is cursor.row
        )  # fmt: skip
        return Seen(
            before=before, event=f"{event.name}.{of}" if of else event.name,
            roles={role: event.by is not None and role in event.by.roles for role in p.role_names},
            verdicts=verdicts, row=row, state=before.state if step is None else step.case.state,
            alone=tuple(self._alone(before, event, of, verdicts, row)) if cursor is not None else (),
        )  # fmt: skip

    def _facts(self, case: Case | None, event: Event, values: Mapping[str, Any]) -> Facts:
        parties = [id for ids in (case.parties.values() if case is not None else ()) for id in ids]
        parties += [id for ids in getattr(getattr(event, "instrument", None), "parties", {}).values() for id in ids]
        return Facts(
            values=values, contacts={id: Everybody().ladder(id) for id in parties}, renderer=TextRenderer(), key=b"key",
            acting_as=frozenset({self.real.acting}), calendars=self._calendars, salt=b"salt",
            personal=self._personal.get(case.id, {}) if case is not None else {},
        )  # fmt: skip

    def _keep(self, step: Step) -> None:
        """Keep the case, so that it can be put where one is wanted."""
        self._personal.setdefault(step.case.id, {}).update(step.side.values)
        if step.case.revision < _LIVES:
            cases = self.pool.setdefault(step.case.state, [])
            cases.append(step.case)
            if len(cases) > 8:
                del cases[self.random.randrange(8)]
            self.running |= {d.obligation: step.case for d in step.deadlines if d.standing is Standing.RUNNING}

    def _of(self, case: Case, event: Event) -> str:
        message = case.message(getattr(event, "message", ""))
        if isinstance(event, _ABOUT_MESSAGES):
            return message.template if message is not None else ""
        instrument = getattr(event, "instrument", None)
        if instrument is not None and event.name in ("Opened", "InstrumentReceived"):
            return self.real.subject_of(instrument)
        return event.of()

    def _verdicts(self, p: Procedure, event: Event, cursor: Cursor | None) -> dict[str, bool]:
        """Return whether each condition holds; those that no row is asked for are drawn, and must not matter."""
        found = {name: self.random.random() < 0.5 for name in sorted(self.conditions)}
        if cursor is None:
            return dict.fromkeys(found, True)  # refused before a row was asked: nothing must help
        judged: dict[str, bool] = {}
        for row in p.transitions:
            if row.on.name != event.name:
                continue
            seen = (cursor.before, cursor.view, cursor.event, cursor.facts)
            known = [(g.name, g.test(*seen) is None) for g in row.guards]
            if row.requires is not None:
                known.append((_skeleton.approvals(row.requires), _quorum(row.requires, cursor) is None))
            for name, holds in known:
                assert judged.setdefault(name, holds) is holds, f"{p.id}: two meanings of {name}"
        return found | judged

    def _alone(
        self, case: Case, event: Event, of: str, verdicts: Mapping[str, bool], taken: int
    ) -> Iterator[tuple[int, str]]:
        roles = event.by.roles if event.by is not None else frozenset()
        for arc in self.leading.get((case.state, event.name), ()):
            row = arc.row
            if row.of in ("", of) and (not taken or arc.number < taken) and not row.by.isdisjoint(roles):
                against = [name for name in self.asked[arc.number] if not verdicts[name]]
                if len(set(against)) == 1:
                    yield arc.number, against[0]

    def _drawn(self, row: Transition) -> Transition:
        def drawn(name: str) -> Any:
            def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
                return None if self.set.get(name, True) else "so it was drawn"

            return test

        return attrs.evolve(row, guards=[Guard(g.name, drawn(g.name), g.reads, g.version) for g in row.guards])
