"""Given, when, then: tests of a procedure in its own words, in any test framework or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NoReturn, Self, final

import attrs

from .. import canon
from ..case import Actor, Case, Message
from ..directory import Directory
from ..errors import BadInput, NotAllowed
from ..events import Event, Instrument
from ..procedure import Procedure
from ..step import Outgoing
from ..sync import Runner
from ._stage import START, Post, pass_time, stage, work
from .clock import Clock

_GONE = ("sent", "delivered", "acknowledged")


def given(
    procedure: Procedure,
    *,
    acting_as: Iterable[str] | None = None,
    directory: Directory | None = None,
    at: datetime = START,
    others: Iterable[Procedure] = (),
    **options: Any,
) -> Scenario:
    """Return a scenario on a fresh memory store with a clock that stands still.

        given(procedure, acting_as={"authority"}).opened(notice, by="authority")
            .when(Issued(), by="authority").then_sent("order")
            .after(hours=25).then_state("no_response").then_waiting_for("authority")

    Args:
        procedure: The rulebook under test.
        acting_as: The roles whose messages are ours; the procedure's own side when left out.
        directory: Whom to reach; when left out, each party has one desk that takes every message.
        at: When the scenario begins, with a time zone.
        others: Further procedures, for cases that this one opens.
        **options: Anything else that a `Runner` takes, e.g. `facts` or `calendars`.
    """
    clock, post = Clock(at), Post()
    return Scenario(stage((procedure, *others), clock, post, acting_as, directory, options), procedure, clock, post)


@final
class Scenario:
    """One case under test; each verb returns the scenario again. Begin it with `given`.

    A refusal that the test does not ask about with `then_refused` fails at the next verb, or at the end of a `with`.

    Attributes:
        runner: The runner underneath, for anything that has no verb here.
        clock: Its clock.
    """

    def __init__(self, runner: Runner, procedure: Procedure, clock: Clock, post: Post) -> None:
        self.runner = runner
        self.clock = clock
        self._procedure = procedure
        self._post = post
        self._id = ""
        self._refused: NotAllowed | BadInput | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self._accept()

    # --- what is there -------------------------------------------------------------------------------------------

    @property
    def case(self) -> Case:
        """The case as it stands."""
        if not self._id:
            raise AssertionError("no case yet: begin with opened(instrument, by=…)")
        return self.runner.case(self._id)

    @property
    def sent(self) -> tuple[Outgoing, ...]:
        """Everything that was sent, by all cases, first to last."""
        return tuple(self._post.sent)

    def message(self, template: str) -> Message:
        """Return the latest message of a template."""
        found = self.case.sent_as(template)
        if not found:
            self._fail(f"expected a message {template!r}", self._messages())
        return found[-1]

    # --- given and when ------------------------------------------------------------------------------------------

    def opened(
        self, instrument: Instrument, *, by: Actor | str, at: datetime | None = None, evidence: Any = None
    ) -> Self:
        """Open the case. `by` is an actor, or the name of its role."""
        self._accept()
        self._come(at)
        try:
            case = self.runner.open(self._procedure.id, instrument, by=_actor(by), at=at, evidence=evidence)
        except (NotAllowed, BadInput) as error:
            self._refused = error
            return self
        self._id = case.id
        work(self.runner)
        return self

    def when(
        self, event: Event | Callable[[Case], Event], *, by: Actor | str | None = None, at: datetime | None = None
    ) -> Self:
        """Apply an event, then work clocks and messages.

        Args:
            event: What happens; or a callable that makes it from the case, where it needs a message's id.
            by: Who does or states it: an actor, or the name of its role.
            at: When it happened. The clock goes on to a later instant; an earlier one is learnt late.
        """
        self._accept()
        self._come(at)
        made = event if isinstance(event, Event) else event(self.case)
        if by is not None:
            made = attrs.evolve(made, by=_actor(by))
        if at is not None:
            made = attrs.evolve(made, at=at)
        try:
            self.runner.apply(self.case.id, made)
        except (NotAllowed, BadInput) as error:
            self._refused = error
            return self
        work(self.runner)
        return self

    def after(self, **by: float) -> Self:
        """Let time pass, given in the words of `timedelta`; clocks ring and messages go on the way."""
        self._accept()
        pass_time(self.runner, self.clock, self.clock.now + timedelta(**by))
        return self

    # --- then ----------------------------------------------------------------------------------------------------

    def then_state(self, state: str) -> Self:
        """The case is in this state."""
        self._accept()
        if self.case.state != state:
            self._fail(f"expected state {state!r}", f"state {self.case.state!r}")
        return self

    def then_refused(self, part: str = "") -> Self:
        """The last event was refused, and the reasons contain `part`."""
        error, self._refused = self._refused, None
        if error is None:
            self._fail(f"expected a refusal with {part!r}", f"it was recorded, state {self.case.state!r}")
        if part not in str(error):
            self._fail(f"expected a refusal with {part!r}", str(error))
        return self

    def then_waiting_for(self, role: str, what: str = "") -> Self:
        """Something is awaited from this role: an obligation, a message or its next move."""
        self._accept()
        waiting = self.case.waiting_for()
        if not any(w.who == role and what in ("", w.what) for w in waiting):
            seen = ", ".join(f"{w.who} ({w.what})" for w in waiting) or "nothing is awaited"
            self._fail(f"expected to wait for {role!r}{f' ({what})' if what else ''}", seen)
        return self

    def then_sent(self, template: str, to: str = "") -> Self:
        """A message of this template has gone out (to this role)."""
        self._accept()
        if not any(m.status in _GONE and to in ("", m.to) for m in self.case.sent_as(template)):
            self._fail(f"expected {template!r} to have been sent{f' to {to}' if to else ''}", self._messages())
        return self

    def then_not_sent(self, template: str) -> Self:
        """No message of this template has gone out."""
        self._accept()
        if any(m.status in _GONE for m in self.case.sent_as(template)):
            self._fail(f"expected no {template!r} to have been sent", self._messages())
        return self

    def then_outcome(self, outcome: str, content: str = "") -> Self:
        """This content, or every one, has this outcome."""
        self._accept()
        outcomes = self.case.outcomes()
        chosen = {id: o for id, o in outcomes.items() if content in ("", id)}
        if not chosen or any(o != outcome for o in chosen.values()):
            seen = ", ".join(f"{id} is {o}" for id, o in outcomes.items()) or "no contents"
            self._fail(f"expected {content or 'every content'} to be {outcome!r}", seen)
        return self

    def then_deadline(self, obligation: str, standing: str) -> Self:
        """The latest run of this obligation stands so: "running", "paused", "met", "expired", …"""
        self._accept()
        deadline = self.case.deadline(obligation)
        if deadline is None or deadline.standing != standing:
            seen = ", ".join(f"{d.id} is {d.standing}" for d in self.case.deadlines) or "no deadlines"
            self._fail(f"expected {obligation!r} to be {standing}", seen)
        return self

    def then_incident(self, kind: str) -> Self:
        """An open incident of this kind waits for a person."""
        self._accept()
        incidents = self.runner.incidents()
        if all(i.kind != kind for i in incidents):
            seen = ", ".join(f"{i.kind} ({i.detail})" for i in incidents) or "no open incidents"
            self._fail(f"expected an incident {kind!r}", seen)
        return self

    def then_proved(self) -> Self:
        """The journal verifies, and replayed it is the case."""
        self._accept()
        self.runner.verify(self.case.id)
        return self

    # --- the parts -----------------------------------------------------------------------------------------------

    def _come(self, at: datetime | None) -> None:
        if at is not None and canon.utc(at, "at") > self.clock.now:
            pass_time(self.runner, self.clock, canon.utc(at, "at"))

    def _accept(self) -> None:
        error, self._refused = self._refused, None
        if error is not None:
            raise AssertionError(
                f"expected the event to be recorded, or then_refused(…) to follow; seen: {error}"
            ) from error

    def _messages(self) -> str:
        return ", ".join(f"{m.template} to {m.to} ({m.status})" for m in self.case.messages) or "no messages"

    def _fail(self, expected: str, seen: str) -> NoReturn:
        story = ""
        if self._id:
            entries = self.runner.journal(self._id)
            story = "".join(f"\n  {e.seq}. {e.doc['now'][:19]} {e.event} -> {e.doc['target']}" for e in entries)
        raise AssertionError(f"{expected}; seen: {seen}" + (f"\nwhat happened:{story}" if story else ""))


def _actor(by: Actor | str) -> Actor:
    return Actor(f"{by}-1", {by}, f"{by}-1") if isinstance(by, str) else by
