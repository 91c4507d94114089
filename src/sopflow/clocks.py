"""Clocks: what the happenings of a case make of an obligation.

A deadline's clock is a pure function of the happenings in the order in which they *happened*, so the order in which
they were learnt cannot matter. Nothing here reads a clock; `tick` reports the passing of an instant as an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from .case import Case, Deadline, Happening, Message, Standing
from .errors import BadInput
from .rules import Obligation, On, Send
from .terms import Calendar, Span, Term

STARTED = "@started"  # the happening by which a hook starts an obligation

_RANK = {"starts": 0, "restarts": 1, "pauses": 2, "resumes": 3, "moves": 4, "meets": 5, "cancels": 6}
_CHANGE = {"starts": "start", "restarts": "restart", "pauses": "pause", "resumes": "resume", "moves": "move",
           "meets": "meet", "cancels": "cancel"}  # fmt: skip
_Mark = tuple[datetime, int, str, Mapping[str, str] | None, datetime | None]
_ZERO = timedelta(0)


def verbs(obligation: Obligation, happening: Happening) -> tuple[str, ...]:
    """Return what this happening does to the clock of this obligation: "start", "pause", …"""
    return tuple(dict.fromkeys(_CHANGE[verb] for verb, _ in _matches(obligation, happening, ())))


def _matches(
    obligation: Obligation, h: Happening, all_happenings: Sequence[Happening]
) -> Iterable[tuple[str, Mapping[str, str] | None]]:
    if h.event == "Extended" and h.of == obligation.name:
        yield "moves", None
    if h.event == STARTED and h.of == obligation.name:
        yield "starts", None
    for verb in ("starts", "restarts", "pauses", "resumes", "meets", "cancels"):
        on: On
        for on in getattr(obligation, verb):
            if on.event.name == h.event and on.of in ("", h.of):
                contents = h.contents
                if on.outcomes:
                    contents = {c: o for c, o in (contents or {}).items() if o in on.outcomes}
                    if not contents:
                        continue
                if on.where and all_happenings:
                    contents = _having(on.where, h, all_happenings)
                    if not contents:
                        continue
                yield verb, contents


def _having(outcomes: Sequence[str], h: Happening, happenings: Sequence[Happening]) -> dict[str, str]:
    """Return the contents of `h` that had one of these outcomes when it happened."""
    had: dict[str, str] = {}
    for earlier in sorted(happenings, key=lambda e: (e.at, e.event)):
        if earlier.at <= h.at:
            had.update({c: o for c, o in (earlier.contents or {}).items() if o})
    return {c: o for c, o in (h.contents or {}).items() if had.get(c) in outcomes}


class _Run:
    """One run of one unit (a content, or the whole case)."""

    __slots__ = ("end", "ended_by", "given", "moved", "paused", "spent", "start")

    def __init__(self, start: datetime, given: datetime | None) -> None:
        self.start = start
        self.given = given
        self.moved: datetime | None = None
        self.paused: datetime | None = None
        self.spent = _ZERO
        self.end: datetime | None = None
        self.ended_by = ""

    def clock(self) -> tuple[Any, ...]:
        return (self.start, self.given, self.moved, self.paused, self.spent)


def _runs(obligation: Obligation, marks: Sequence[_Mark], unit: str) -> list[_Run]:
    runs: list[_Run] = []
    waiting: datetime | None = None  # paused before the clock began: a deferred start
    before: tuple[datetime, str] | None = None  # ended before the clock began
    for at, _rank, verb, contents, until in marks:
        if unit and contents is not None and unit not in contents:
            continue
        run = runs[-1] if runs and not runs[-1].ended_by else None
        if verb == "starts":
            if run is None and (not runs or obligation.repeats):
                run = _Run(at, until)
                if waiting is not None:
                    run.paused = at
                if before is not None and not obligation.repeats:
                    run.end, run.ended_by = before[0], "meets" if before[1] == "meets" else "void"
                runs.append(run)
        elif verb == "pauses":
            if run is None:
                waiting = waiting or at
            elif run.paused is None:
                run.paused = at
        elif verb == "resumes":
            waiting = None
            if run is not None and run.paused is not None:
                run.spent += at - run.paused
                run.paused = None
        elif verb == "restarts":
            if run is not None:
                run.start, run.given, run.paused, run.spent, run.moved = at, until or run.given, None, _ZERO, None
        elif verb == "moves":
            if run is not None:
                run.moved = until
        elif run is not None:  # meets, cancels
            run.end, run.ended_by = at, verb
        elif not runs:
            before = before or (at, verb)
    return runs


def deadlines(
    obligation: Obligation, case: Case, calendars: Mapping[str, Calendar], *, strict: bool
) -> tuple[tuple[Deadline, ...], tuple[str, ...]]:
    """Return every deadline of `obligation` as the case's happenings make it, and problems found.

    Args:
        obligation: The rule.
        case: With its happenings, and the present deadlines whose frozen instants and recorded passings are kept.
        calendars: By name.
        strict: Raise where an instant cannot be computed. For facts it is False: the fact stands, the deadline has no
            instant, and the problem becomes an incident.

    Raises:
        BadInput: If `strict`, where the term cannot be computed.
    """
    marks: list[_Mark] = sorted(
        (
            (h.at, _RANK[verb], verb, contents, h.until)
            for h in case.happenings
            for verb, contents in _matches(obligation, h, case.happenings)
        ),
        key=lambda m: m[:2],
    )
    if not marks:
        return (), ()
    units = [c.id for c in case.contents] if obligation.per_content and case.contents else [""]
    groups: dict[tuple[Any, ...], list[tuple[str, _Run]]] = {}
    for unit in units:
        for number, run in enumerate(_runs(obligation, marks, unit)):
            groups.setdefault((number, *run.clock()), []).append((unit, run))
    old = {d.id: d for d in case.deadlines if d.obligation == obligation.name}
    frozen = {d.started: d for d in old.values()}
    found: list[Deadline] = []
    problems: list[str] = []
    for (number, *_), members in groups.items():
        run, first = members[0][1], members[0][0]
        id = (
            obligation.name
            + (f".{number + 1}" if number else "")
            + (f"@{first}" if first not in ("", units[0]) else "")
        )
        span, calendar = _span(obligation.term, run, frozen.get(run.start), calendars, problems, strict)
        found.append(_deadline(id, obligation, members, span, calendar, old.get(id)))
    return tuple(found), tuple(problems)


def _span(
    term: Term, run: _Run, old: Deadline | None, calendars: Mapping[str, Calendar], problems: list[str], strict: bool
) -> tuple[Span, str]:
    calendar = calendars.get(term.calendar) if term.calendar else None
    if old is not None and run.given is None and (old.by_term or old.remind):
        base = old.not_before - old.spent if old.not_before is not None else None
        return Span(base, old.by_term, old.remind and old.remind - old.spent), old.calendar
    try:
        return term.span(run.start, calendar, run.given), calendar.stamp if calendar else ""
    except BadInput as error:
        if strict:
            raise
        problems.append(str(error))
        return Span(), ""


def _deadline(
    id: str, obligation: Obligation, members: list[tuple[str, _Run]], span: Span, calendar: str, old: Deadline | None
) -> Deadline:
    run = members[0][1]
    due = run.moved or (span.due + run.spent if span.due else None)
    ends = [r.ended_by for _, r in members]
    met = standing = None
    if all(ends):
        last = max(r.end for _, r in members if r.end is not None)
        if "meets" in ends:
            met = max(r.end for _, r in members if r.ended_by == "meets" and r.end is not None)
            standing = Standing.MET
            last = met
        else:
            standing = Standing.VOID if "void" in ends else Standing.CANCELLED
        if due is not None and last > due:
            standing = Standing.EXPIRED  # what ends a clock after its time does not undo the delay
    expired = old.expired if old is not None and old.expired is not None else None
    if standing is None:
        if run.paused is not None:
            standing = Standing.PAUSED
        else:
            standing = Standing.EXPIRED if expired is not None and expired == due else Standing.RUNNING
    return Deadline(
        id=id,
        obligation=obligation.name,
        kind=obligation.kind,
        owner=obligation.owner,
        contents=tuple(unit for unit, _ in members if unit),
        started=run.start,
        not_before=span.not_before + run.spent if span.not_before else None,
        due=due,
        by_term=span.due,
        remind=span.remind + run.spent if span.remind else None,
        paused=run.paused if standing is Standing.PAUSED else None,
        spent=run.spent,
        standing=standing,
        met=met,
        learnt_late=standing is Standing.MET and expired is not None,
        opened=old.opened if old else False,
        expired=expired,
        expired_seq=old.expired_seq if old else 0,
        reminded=old.reminded if old else False,
        calendar=calendar,
    )


# --- messages ----------------------------------------------------------------------------------------------------


def await_message(message: Message, send: Send, calendars: Mapping[str, Calendar]) -> Deadline | None:
    """Return the clock of a message: for its receipt, or, where the other side owes it, for its coming."""
    ours = message.status != "expected"
    term = send.ack_within if ours else send.within
    if term is None:
        return None
    start = message.send_after or message.queued
    span = term.span(start, calendars.get(term.calendar) if term.calendar else None, None)
    return Deadline(
        id=f"{'receipt' if ours else 'expected'}:{message.id}",
        obligation=f"{'receipt' if ours else 'expected'}:{message.template}",
        kind="duty",
        owner=message.to if ours else message.sender,
        message=message.id,
        started=start,
        due=span.due,
        by_term=span.due,
        remind=span.remind,
    )


def receipt(deadline: Deadline, acknowledged: datetime | None, cancelled: bool, awaited: bool) -> Deadline:
    """Return the clock of a message when its communication was confirmed at `acknowledged`, or is not awaited any more.

    Args:
        deadline: As it stands.
        acknowledged: The earliest proven confirmation of any message of the same communication.
        cancelled: Our side took the message back.
        awaited: The message was handed to a notifier; one that cannot be sent awaits nothing.
    """
    standing, met = Standing.RUNNING, None
    if acknowledged is not None:
        if acknowledged < deadline.started:
            standing = Standing.VOID  # confirmed before this contact was tried: the climb was needless
        else:
            met = acknowledged
            standing = Standing.EXPIRED if deadline.due is not None and met > deadline.due else Standing.MET
    elif deadline.expired is not None and deadline.expired == deadline.due:
        standing = Standing.EXPIRED
    elif cancelled or not awaited:
        standing = Standing.CANCELLED
    return attrs.evolve(
        deadline, standing=standing, met=met, learnt_late=standing is Standing.MET and deadline.expired is not None
    )
