"""Random walks through a procedure, for property tests: the same seed gives the same walks."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from types import NoneType, UnionType
from typing import Any, final

import attrs
from attrs import frozen

from ..case import Actor, Case, Outcome
from ..codec import INSTRUMENTS
from ..directory import Directory
from ..errors import BadInput, DeliveryError, NotAllowed
from ..events import (
    DEADLINE_FACTS,
    MESSAGE_FACTS,
    Acknowledged,
    Approved,
    Corrected,
    Event,
    IncidentResolved,
    Instrument,
    InstrumentReceived,
    LinkedCase,
    Opened,
)
from ..procedure import Procedure
from ..rules import ANY_OPEN, FormField, Transition
from ..step import Outgoing, Receipt
from ..sync import Runner
from ._stage import START, Post, next_instant, pass_time, stage, work
from .clock import Clock

_NOT_OURS = (*MESSAGE_FACTS, *DEADLINE_FACTS, LinkedCase, IncidentResolved, Opened)  # messages, time and children do it
_SKIP: Any = object()
_FILLED: Mapping[str, str] = {  # a value of each kind of form field; any text will do for the others
    "url": "https://site.example/1", "urls": "https://site.example/1", "email": "desk@site.example", "number": "3",
    "date": "2026-03-02", "instant": "2026-03-02T09:00+00:00", "sha256": "0" * 64, "country": "ID", "language": "en",
    "yes": "yes",
}  # fmt: skip


@cache
def _hints(event: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(event)


Maker = Callable[[Random, Case, datetime], Event | None]


@final
@frozen(kw_only=True)
class Walk:
    """One walk, at its end.

    Attributes:
        number: Which walk of its seed; 0 is the first.
        runner: The runner, to ask anything of.
        case: The case as it stands.
        recorded: Names of the events recorded for it by the walk, first to last; clocks and messages add their own.
        refused: What was refused, each with its reasons.
        skipped: Names of events that the walk came to and could not make up: hand in `makers` for them.
    """

    number: int
    runner: Runner
    case: Case
    recorded: tuple[str, ...]
    refused: tuple[str, ...]
    skipped: tuple[str, ...]


def walks(
    procedure: Procedure,
    *,
    seed: int,
    length: int = 20,
    n: int = 100,
    acting_as: Iterable[str] | None = None,
    directory: Directory | None = None,
    others: Iterable[Procedure] = (),
    makers: Mapping[type[Event], Maker] | None = None,
    **options: Any,
) -> Iterator[Walk]:
    """Yield random walks: cases driven by random events of the procedure at random times, in and out of order.

        for walk in walks(procedure, seed=1, n=200):
            walk.runner.verify(walk.case.id)

    Events come mostly from rows of the present state, sometimes from any row; by actors with one of the row's roles;
    facts are sometimes learnt late. Time passes, clocks ring, messages are sent, fail, and are acknowledged.

    Args:
        procedure: The rulebook.
        seed: Chooses the walks.
        length: How many moves each has.
        n: How many walks.
        acting_as: The roles whose messages are ours; the procedure's own side when left out.
        directory: Whom to reach; when left out, each party has one desk.
        others: Further procedures, for cases that this one opens.
        makers: Event class to `(random, case, now) -> event or None`, for events whose fields a walk cannot guess.
        **options: Anything else that a `Runner` takes, e.g. `facts` or `calendars`.

    Raises:
        BadInput: If no case of the procedure can be opened with made-up instruments.
    """
    rules = (procedure, *others)
    for number in range(n):
        chance = Random(f"{seed}/{number}")  # noqa: S311 - it chooses test cases; nothing secret hangs on it
        yield _Walker(rules, chance, makers or {}, acting_as, directory, options).walk(number, length)


class _Walker:
    """One walk under way."""

    def __init__(
        self, rules: tuple[Procedure, ...], random: Random, makers: Mapping[type[Event], Maker],
        acting_as: Iterable[str] | None, directory: Directory | None, options: dict[str, Any],
    ) -> None:  # fmt: skip
        self.rules = rules[0]
        self.others = {p.id: p for p in rules}
        self.random = random
        self.makers = makers
        self.clock = Clock(START + timedelta(minutes=random.randrange(60 * 24 * 300)))
        self.runner = stage(rules, self.clock, Post(self._answer), acting_as, directory, options)
        self.refused: list[str] = []
        self.recorded: list[str] = []
        self.skipped: dict[str, None] = {}
        self.id = ""

    def walk(self, number: int, length: int) -> Walk:
        """Open a case and make the moves."""
        self.id = self._open()
        for _ in range(length):
            work(self.runner)
            chance = self.random.random()
            if chance < 0.25:
                self._pass_time()
            elif chance < 0.35 and self.case.messages:
                message = self.random.choice(self.case.messages)
                self._apply(Acknowledged(message=message.id, by=self._actor([message.to])))
            else:
                self._move(anywhere=chance > 0.93)
        work(self.runner)
        return Walk(
            number=number, runner=self.runner, case=self.case, recorded=tuple(self.recorded),
            refused=tuple(self.refused), skipped=tuple(self.skipped),
        )  # fmt: skip

    @property
    def case(self) -> Case:
        return self.runner.case(self.id)

    # --- moves ---------------------------------------------------------------------------------------------------

    def _open(self) -> str:
        error: BadInput | None = None
        for _ in range(10):
            try:
                case = self.runner.open(
                    self.rules.id, self._instrument(self.rules), by=self._actor(self.rules.opened_by), at=self._at()
                )
            except BadInput as refusal:
                error = refusal
                continue
            self.recorded.append("Opened")
            return case.id
        assert error is not None  # each attempt returned or failed
        raise error

    def _pass_time(self) -> None:
        until = next_instant(self.runner, self.clock.now) if self.random.random() < 0.7 else None
        pass_time(self.runner, self.clock, until or self.clock.now + timedelta(hours=self.random.randrange(1, 200)))

    def _move(self, *, anywhere: bool) -> None:
        case = self.case
        rows = [
            t for t in self.rules.transitions
            if t.on not in _NOT_OURS and t.by != {"system"} and (t.opens is None or t.opens.procedure in self.others)
            and (anywhere or case.state in t.source or (ANY_OPEN in t.source and not case.final))
        ]  # fmt: skip
        if not rows:
            self._pass_time()
            return
        row = self.random.choices(rows, [self._weight(row) for row in rows])[0]
        event = self._event(row, case)
        if event is None:
            self.skipped[row.on.name] = None
            return
        if row.requires is not None and self.random.random() < 0.7:
            for signer in range(row.requires.n):
                proposal = self.runner.proposal(self.id, event)
                self._apply(Approved(proposal=proposal, by=self._actor(row.requires.roles, signer)))
        self._apply(event)

    def _weight(self, row: Transition) -> int:
        ends = row.target in self.rules.state_of and self.rules.state_of[row.target].final
        return 1 if ends else 4 if ANY_OPEN in row.source else 12  # a walk that ends at once shows little

    def _apply(self, event: Event) -> None:
        try:
            self.runner.apply(self.id, event)
        except (NotAllowed, BadInput) as error:
            self.refused.append(str(error))
        else:
            self.recorded.append(event.name)

    def _answer(self, message: Outgoing) -> Receipt | None:
        chance = self.random.random()
        if chance < 0.1:
            raise DeliveryError("the other side does not answer", permanent=chance < 0.05)
        return Receipt(delivered=True, reference=message.id) if chance < 0.5 else None

    # --- made-up values ------------------------------------------------------------------------------------------

    def _at(self) -> datetime:
        late = self.random.randrange(60 * 48) if self.random.random() < 0.2 else 0
        return self.clock.now - timedelta(minutes=late)

    def _actor(self, roles: Iterable[str], which: int | None = None) -> Actor:
        role = self.random.choice(sorted(roles))
        number = self.random.randrange(3) if which is None else which
        return Actor(f"{role}-{number}", {role}, f"{role}-body-{number}")

    def _event(self, row: Transition, case: Case) -> Event | None:
        by, at = self._actor(row.by - {"system"}), None if row.on.act else self._at()
        maker = self.makers.get(row.on)
        if maker is not None:
            made = maker(self.random, case, self.clock.now)
            return None if made is None else attrs.evolve(made, by=made.by or by, at=made.at or at)
        values: dict[str, Any] = {"by": by, "at": at}
        if row.on is Corrected:
            seq = self.random.randrange(1, case.revision + 1)
            values |= {"seq": seq, "field": "at", "value": self._at().isoformat(), "reason": "misread"}
            return Corrected(**values)
        hints, needed = _hints(row.on), {"by", "at"}  # type: ignore[arg-type]
        for f in attrs.fields(row.on):
            if f.name in ("by", "at", "evidence"):
                continue
            required = f.default is attrs.NOTHING
            needed |= {f.name} if required else set()
            if required or self.random.random() < 0.7:
                if choices := f.metadata.get("choices"):
                    value = row.of or self.random.choice(choices)
                else:
                    value = self._value(f.name, hints[f.name], row, case)
                if value is not _SKIP:
                    values[f.name] = value
                elif required:
                    return None
        for names in (values.keys(), needed):  # a made-up value that does not fit is left out, if it may be
            with suppress(BadInput):
                return row.on(**{name: values[name] for name in names})
        return None

    def _value(self, name: str, hint: Any, row: Transition, case: Case) -> Any:
        random = self.random
        if typing.get_origin(hint) in (UnionType, typing.Union):
            hint = next(a for a in typing.get_args(hint) if a is not NoneType)
        origin = typing.get_origin(hint) or hint
        if name in ("obligation", "role"):
            things = self.rules.obligations if name == "obligation" else self.rules.roles
            known = [thing.name for thing in things]
            return row.of or (random.choice(known) if known else _SKIP)
        if name == "proposal":
            asked = [t for t in self.rules.transitions if t.requires is not None and t.on is not row.on]
            event = self._event(random.choice(asked), case) if asked else None
            return "0" * 64 if event is None else self.runner.proposal(self.id, event)
        if name == "contents" and origin is tuple:
            chosen = tuple(c.id for c in case.contents if random.random() < 0.6)
            return chosen or tuple(c.id for c in case.contents[:1])
        if name == "outcomes":
            ids = [c.id for c in case.contents if random.random() < 0.7] or [c.id for c in case.contents[:1]]
            return {id: random.choice(list(Outcome)) for id in ids} or _SKIP
        if isinstance(origin, type) and issubclass(origin, Instrument):
            rules = self.others[row.opens.procedure] if row.opens is not None else self.rules
            return self._instrument(rules, row.of)
        return self._plain(name, origin)

    def _plain(self, name: str, origin: Any) -> Any:
        random = self.random
        made: dict[Any, Callable[[], Any]] = {
            bool: lambda: random.random() < 0.5,
            int: lambda: random.randrange(1, 100),
            str: lambda: f"{name}-{random.randrange(100)}",  # also where it is to be an id
            date: lambda: (self.clock.now + timedelta(days=random.randrange(1, 500))).date(),
            datetime: lambda: self.clock.now + timedelta(hours=random.randrange(1, 500)),
            tuple: lambda: tuple(f"{name} {n}" for n in range(random.randrange(1, 3))),
            frozenset: lambda: frozenset({f"{name} 1"}),
        }
        return made[origin]() if origin in made else _SKIP

    def _instrument(self, rules: Procedure, of: str = "") -> Instrument:
        random = self.random
        later = {row.of for row in rules.transitions if row.on is InstrumentReceived}
        first = sorted(rules.opened_with)
        first = first or [f.instrument for f in rules.forms if f.instrument not in later] or ["notice"]
        kind = of.removeprefix("incomplete_") or random.choice(first)
        form = rules.form_of.get(kind)
        fields = {f.name: f for f in form.fields} if form is not None else {}
        names = list(fields)
        assess = form is not None and form.enforce == "assess"
        lacking = of.startswith("incomplete_") or (assess and random.random() < 0.2)
        if names and lacking:
            names.remove(random.choice(names))
        urls = [f"https://site.example/{random.randrange(10**6)}" for _ in range(random.randrange(1, 4))]
        return INSTRUMENTS.get(kind, INSTRUMENTS["notice"])(
            contents=() if of else urls, form={name: self._filled(fields[name]) for name in names},
            parties={} if of else {r.name: f"{r.name}-1" for r in rules.roles},
            due=self.clock.now + timedelta(hours=random.randrange(1, 500)),
        )  # fmt: skip

    def _filled(self, field: FormField) -> str:
        if field.choices:
            return self.random.choice(field.choices)
        return _FILLED.get(field.kind) or f"{field.name} {self.random.randrange(100)}"
