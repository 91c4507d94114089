"""Clocks: what the happenings of a case make of an obligation.

A deadline's clock is a pure function of the happenings in the order in which they *happened*, so the order in which
they were learnt cannot matter. Nothing here reads a clock; `tick` reports the passing of an instant as an event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from .case import Content, Deadline, Happening, Message, Outcome, Standing
from .errors import BadInput
from .events import (
    CHALLENGES,
    MESSAGE_FACTS,
    ClarificationGiven,
    DeadlineBreached,
    DeadlineClosed,
    DeadlineOpened,
    DeadlineReminded,
)
from .records import succeed
from .rules import Obligation, On, Send
from .terms import Calendar, PerCase, Span, Term

STARTED = "@started"  # the happening by which a hook starts an obligation

_RANK = {"starts": 0, "restarts": 1, "pauses": 2, "resumes": 3, "moves": 4, "meets": 5, "cancels": 6, "repeats": 7}
_CHANGE = {"starts": "start", "restarts": "restart", "pauses": "pause", "resumes": "resume", "moves": "move",
           "meets": "meet", "cancels": "cancel"}  # fmt: skip
_RECEIPTS = frozenset(e.name for e in MESSAGE_FACTS)
_Told = Mapping[str, Sequence[tuple[Happening, str]]]
_Mark = tuple[datetime, str, Mapping[str, str] | None, datetime | None, Happening]
_ZERO = timedelta(0)
_END = datetime.max.replace(tzinfo=UTC)
_BLANK = Deadline(id="", obligation="", kind="duty", owner="", started=datetime.min)  # noqa: DTZ901 - never used itself


def verbs(obligation: Obligation, happening: Happening) -> tuple[str, ...]:
    """Return what this happening does to the clock of this obligation: "start", "pause", …"""
    return tuple(dict.fromkeys(_CHANGE[verb] for verb, _ in _rules(obligation, happening.event)))


ADDRESSED: Mapping[str, tuple[tuple[str, On | None], ...]] = {
    "Extended": (("moves", None),),
    STARTED: (("starts", None),),
}


def _rules(obligation: Obligation, event: str) -> tuple[tuple[str, On | None], ...]:
    """Return what an event does to the clock; without an `On` the event names the obligation itself."""
    return ADDRESSED.get(event) or obligation.touched_by.get(event, ())


def _marks(
    obligation: Obligation, happenings: Sequence[Happening], present: Sequence[Deadline], contents: Sequence[Content]
) -> list[_Mark]:
    """Return what touches the clock in the order in which it happened, whatever the order in which it was learnt."""
    touched_by = obligation.touched_by
    first: Mapping[tuple[str, str], Happening] | None = None
    told: _Told | None = None
    found: list[tuple[datetime, int, tuple[Any, ...], _Mark]] = []
    for h in happenings:
        rules = ADDRESSED.get(h.event) or touched_by.get(h.event)
        if rules is None:
            continue
        if h.message and h.event in _RECEIPTS:
            first = _receipts(happenings) if first is None else first
            if h is not first[h.event, h.message]:
                continue
        passed: list[Deadline] = []
        if h.event in _HOLDS:
            passed = [d for d in present if d.obligation == h.of and _HOLDS[h.event](d, h.at)]
            if not passed:
                continue  # that an instant passed was recorded, and turned out not to be so
        for verb, on in rules:
            concerned = h.contents
            if passed and all(d.contents for d in passed):  # it was the time of these contents
                concerned = {id: "" for d in passed for id in d.contents}
            if on is None:
                if h.of != obligation.name:
                    continue
            else:
                if on.of and on.of != h.of:
                    continue
                if on.outcomes:
                    concerned = {c: o for c, o in (concerned or {}).items() if o in on.outcomes}
                if on.where:
                    whose = concerned if concerned is not None else [c.id for c in contents]
                    told = history(happenings) if told is None else told
                    concerned = _having(on.where, h, whose, told, obligation)
                if (on.outcomes or on.where) and not concerned and (contents or "pending" not in on.where):
                    continue
                if verb == "starts" and h.of == obligation.name and h.event in _HOLDS:
                    verb = "repeats"  # it starts itself again, where its own time has passed
            # Of two acts at one instant the later recorded counts; between facts the order of recording says nothing.
            tie = (h.seq,) if verb == "moves" else (h.until is None, h.until or h.at)
            found.append((h.at, _RANK[verb], tie, (h.at, verb, concerned, h.until, h)))
    if len(found) > 1:
        found.sort(key=lambda f: f[:3])
    return [f[3] for f in found]


def _receipts(happenings: Iterable[Happening]) -> Mapping[tuple[str, str], Happening]:
    """Return the earliest of several proofs of one receipt, by event and message: it is the one that counts."""
    first: dict[tuple[str, str], Happening] = {}
    for h in happenings:
        if h.message and h.event in _RECEIPTS:
            key = h.event, h.message
            if key not in first or h.at < first[key].at:
                first[key] = h
    return first


_HOLDS: Mapping[str, Callable[[Deadline, datetime], bool]] = {
    DeadlineBreached.name: lambda d, at: d.standing is Standing.EXPIRED and d.expired == at,
    DeadlineClosed.name: lambda d, at: d.standing is Standing.EXPIRED and d.expired == at,
    DeadlineOpened.name: lambda d, at: d.opened and d.not_before == at,
    DeadlineReminded.name: lambda d, at: d.reminded and d.remind == at,
}


def history(happenings: Iterable[Happening]) -> _Told:
    """Return what was told of each content: the happenings that gave it an outcome, and which, in order.

    Never in the order in which they were learnt: of what happened at one instant, the later step of the natural course
    comes later, a question before its answer and a removal before what is put back.

    An answer changes nothing of what nobody has asked about.
    """
    told: dict[str, list[tuple[Happening, str]]] = {}
    for h in happenings:
        for id, outcome in (h.contents or {}).items():
            if outcome:
                told.setdefault(id, []).append((h, outcome))
    for id, found in told.items():
        if len(found) > 1:
            found.sort(key=course)
        elif found[0][0].event != ClarificationGiven.name:
            continue
        known: list[tuple[Happening, str]] = []
        for h, outcome in found:
            if h.event != ClarificationGiven.name or (known and known[-1][1] == Outcome.CLARIFYING):
                known.append((h, outcome))
        told[id] = known
    return told


_COURSE = {
    o: n for n, o in enumerate(("pending", "clarifying", "answered", "impossible", "not_found", "refused", "disabled",
                                "removed", "restored", ""))
}  # fmt: skip


def course(told: tuple[Happening, str]) -> tuple[Any, ...]:
    """Sort what was told of a content by when it happened, at one instant by the natural course: never by when learnt.

    A happening that gives it no outcome, such as the voiding of its order, comes last.
    """
    h, outcome = told
    return (h.at, _COURSE.get("answered" if h.event == ClarificationGiven.name else outcome, 0), h.event, h.of)


def _having(
    outcomes: Sequence[str], h: Happening, concerned: Iterable[str], told: _Told,
    obligation: Obligation,
) -> dict[str, str]:  # fmt: skip
    """Return those of the contents concerned by `h` that had one of these outcomes when it happened."""
    meets = {on.event.name for on in obligation.meets}
    found: dict[str, str] = {}
    for id in concerned:
        had = "pending"
        for earlier, outcome in told.get(id, ()):
            # at one and the same instant, what meets the obligation comes after what starts it
            if earlier.at < h.at or (earlier.at == h.at and earlier.event not in meets and earlier.event != h.event):
                had = outcome
        if id and had in outcomes:
            found[id] = had
    return found


def _later(at: datetime, by: timedelta) -> datetime:
    """Return an instant moved on, at most to the end of the calendar: "no limit" may be written as its last year."""
    try:
        return at + by
    except OverflowError:
        return _END


class _Run:
    """One run of one unit (a content, or the whole case)."""

    __slots__ = ("allowed", "calendar", "end", "ended_by", "given", "moved", "paused", "span", "spent", "start")

    def __init__(self, start: datetime, given: datetime | None, span: Span, calendar: str) -> None:
        self.start = start
        self.given = given
        self.span = span
        self.calendar = calendar
        self.moved: datetime | None = None
        self.allowed = _ZERO  # how long it had been paused when it was moved: the new limit takes account of that
        self.paused: datetime | None = None
        self.spent = _ZERO
        self.end: datetime | None = None
        self.ended_by = ""

    @property
    def due(self) -> datetime | None:
        if self.moved is not None:
            return _later(self.moved, max(self.spent - self.allowed, _ZERO))
        return _later(self.span.due, self.spent) if self.span.due is not None else None

    def over(self, at: datetime) -> bool:
        """Return whether its time was over at that instant: what comes then does not undo the delay."""
        due = self.due
        return self.paused is None and due is not None and at > due

    def passes(self, at: datetime) -> bool:
        """Return whether this is the instant at which its time passes, or at which it reminds."""
        remind = self.span.remind
        return self.paused is None and at in (self.due, _later(remind, self.spent) if remind is not None else None)

    def stop(self, at: datetime, verb: str) -> None:
        if self.paused is not None:
            self.spent += at - self.paused
            self.paused = None
        self.end, self.ended_by = at, verb

    def clock(self) -> tuple[Any, ...]:
        span = self.span
        return (self.start, self.given, span.not_before, span.due or span.remind, self.moved, self.allowed, self.paused,
                self.spent)  # fmt: skip

    @property
    def movable(self) -> bool:
        """Return whether another calendar may still move its instants: what ended in time stays as it was."""
        due = self.due
        return not self.ended_by or (due is not None and (self.end or due) > due) or self.ended_by == "lapses"


_RunFrom = Callable[[str, datetime, datetime | None], _Run]  # of which content ("" for the whole case), start, limit
_Groups = list[tuple[int, list[tuple[str, _Run]]]]


def _runs(
    marks: Sequence[_Mark], came: datetime | None, obligation: Obligation,
    run_from: _RunFrom, contested: bool = False, told: Sequence[tuple[Happening, str]] = (), unit: str = "",
) -> list[_Run]:  # fmt: skip
    """Return the runs of the clock that these marks touch; `told` is what became of its content, see `history`."""
    runs: list[_Run] = []
    waiting = False  # paused before the clock began: a deferred start
    before: list[tuple[datetime, str, Happening]] = []  # ended before the clock began
    cancelled = False  # what cancels an obligation cancels it for good: it does not repeat after that
    repeats, at_most = obligation.repeats, obligation.at_most
    for at, verb, contents, until, happening in marks:
        if came is not None and contents is None and (at < came or (contested and at == came)):
            if contested or verb in ("meets", "cancels"):
                continue  # what was not reported yet was not dealt with; what a challenge names was not reported at all
            at = came
        run = runs[-1] if runs and not runs[-1].ended_by else None
        if verb == "starts":
            if run is None and (not cancelled and not 0 < at_most <= len(runs) if repeats else not runs):
                run = run_from(unit, at, until)
                runs.append(run)
                early = _still(before, told, at) if before and not repeats else None
                if early is not None:
                    run.stop(early[0], "meets" if early[1] == "meets" else "void")
                elif waiting:
                    run.paused, waiting = at, False
        elif verb == "pauses":
            if run is None:
                waiting = True
            elif run.paused is None and not run.over(at):
                run.paused = at
        elif verb == "resumes":
            waiting = False
            if run is not None and run.paused is not None:
                run.spent += at - run.paused
                run.paused = None
        elif verb in ("restarts", "moves"):
            if run is None:
                continue
            if verb == "restarts" or run.over(at):
                fresh = run_from(unit, at, until or run.given)
                if run.over(at):
                    run.stop(at, "lapses")  # that run is over and stays so; this is another one
                    runs.append(fresh)
                else:
                    runs[-1] = fresh
                run = fresh
            if verb == "moves":
                run.moved = until
                run.allowed = run.spent + (at - run.paused if run.paused is not None else _ZERO)
        elif verb == "repeats":
            if run is not None and run.passes(at) and repeats and not 0 < at_most <= len(runs):
                run.stop(at, "lapses")
                runs.append(run_from(unit, at, None))
        else:  # meets, cancels
            cancelled = cancelled or verb == "cancels"
            if run is not None:
                run.stop(at, verb)
            elif not runs:
                before.append((at, verb, happening))
    return runs


def _still(
    before: Sequence[tuple[datetime, str, Happening]], told: Sequence[tuple[Happening, str]], start: datetime
) -> tuple[datetime, str, Happening] | None:
    """Return the first of what ended a clock before it began, unless what it did was undone by then."""
    ends = {id(h) for _, _, h in before}
    place = {id(h): n for n, (h, _) in enumerate(told)}
    undone = max((n for n, (h, _) in enumerate(told) if h.at <= start and id(h) not in ends), default=-1)
    for end in before:
        if place.get(id(end[2]), len(told)) > undone:
            return end
    return None


def deadlines(
    obligation: Obligation, contents: Sequence[Content], happenings: Sequence[Happening], present: Sequence[Deadline],
    calendars: Mapping[str, Calendar], *, strict: bool, revised: datetime | None = None, spare: bool = False,
) -> tuple[tuple[Deadline, ...], tuple[tuple[str, str], ...]]:  # fmt: skip
    """Return every deadline of `obligation` as the happenings make it, and problems found (kind of incident, detail).

    Args:
        obligation: The rule.
        contents: The contents of the case.
        happenings: All that happened in it.
        present: Its deadlines so far, whose frozen instants and recorded passings are kept.
        calendars: By name.
        strict: Raise where the instant of a clock that begins now cannot be computed. For facts it is False: the fact
            stands, the deadline has no instant, and the problem becomes an incident.
        revised: The calendar was changed at this instant: what had not passed by then is computed anew, not frozen.
        spare: Leave an instant as it was where the new one had passed when the calendar was changed: nobody could
            have kept it. That is a problem found.

    Raises:
        BadInput: If `strict`, where the term cannot be computed.
    """
    marks = _marks(obligation, happenings, present, contents)
    if not marks:
        return (), ()
    old = [d for d in present if d.obligation == obligation.name]
    frozen: dict[tuple[datetime, str | None], Deadline] = {(d.started, None): d for d in old}
    frozen |= {(d.started, unit): d for d in old for unit in d.contents or ("",)}
    problems: dict[tuple[str, str], None] = {}
    anew: set[tuple[datetime, str]] = set()
    spared: set[tuple[datetime, str]] = set()

    def run_from(unit: str, start: datetime, given: datetime | None) -> _Run:
        was = frozen.get((start, unit)) or frozen.get((start, None))
        if was is not None and (start, unit) in spared:
            span, calendar = _frozen(was), calendars[obligation.term.calendar].stamp
        elif was is not None and (start, unit) in anew:
            span, calendar = _anew(obligation, start, given, was, calendars, problems)
        else:
            span, calendar = span_of(obligation, start, given, was, calendars, problems, strict)
        return _Run(start, given, span, calendar)

    if not (obligation.per_content and contents) and len(contents) > 1:
        marks = _of_the_whole(marks, contents, happenings)

    def grouped() -> _Groups:
        if obligation.per_content and contents:
            return _by_content(obligation, marks, contents, happenings, old, run_from)
        return [(number, [("", run)]) for number, run in enumerate(_runs(marks, None, obligation, run_from))]

    groups = grouped()
    if revised is not None:
        runs = [(unit, run) for _, members in groups for unit, run in members]
        anew.update((r.start, unit) for unit, r in runs if r.movable and (r.due is None or r.due > revised))
        groups = grouped()
        for _, members in groups if spare else ():
            for unit, run in members:
                then = frozen.get((run.start, unit)) or frozen.get((run.start, None))
                if (run.start, unit) in anew and then is not None and _overtaken(then, run, revised):
                    spared.add((run.start, unit))
                    new, was_due = (at.isoformat(timespec="minutes") for at in (run.due, then.due) if at is not None)
                    why = f"it would have been due {new}, before the calendar was changed: it stays due {was_due}"
                    problems["over_at_once", why] = None
        groups = grouped() if spared else groups
    was = by_unit(old)
    found: list[Deadline] = []
    for number, members in groups:
        first = members[0][0]
        name = obligation.name + (f".{number + 1}" if number else "")
        earlier = {d.id: d for unit, _ in members for d in (was.get((name, unit)) or was.get((name, "")),) if d}
        id = name + (f"@{first}" if first and first != contents[0].id else "")
        found.append(_deadline(id, obligation, members, earlier.values()))
    return tuple(found), tuple(problems)


def _of_the_whole(marks: Sequence[_Mark], contents: Sequence[Content], happenings: Sequence[Happening]) -> list[_Mark]:
    """Return what touches the clock of the whole case: what is taken back for some contents goes on for the others."""
    covered: set[str] = set()
    came, found = _came(contents, happenings), []
    for mark in marks:
        at, verb, concerned, *_ = mark
        if verb == "cancels" and concerned is not None:
            covered.update(concerned)
            if any(c.id not in covered and came.get(c.id, at) <= at for c in contents):
                continue
        found.append(mark)
    return found


def _came(contents: Sequence[Content], happenings: Sequence[Happening]) -> dict[str, datetime]:
    """Return when those contents came that came with a further instrument."""
    if not any(c.seq for c in contents):
        return {}
    entries = {h.seq: h.at for h in happenings}
    return {c.id: entries[c.seq] for c in contents if c.seq in entries}


def _contested(contents: Sequence[Content], happenings: Sequence[Happening]) -> set[str]:
    """Return those of the contents that only a challenge has named."""
    challenges = {h.seq for h in happenings if h.of.removeprefix("incomplete_") in CHALLENGES}
    return {c.id for c in contents if c.seq and c.seq in challenges}


def _by_content(
    obligation: Obligation, marks: Sequence[_Mark], contents: Sequence[Content], happenings: Sequence[Happening],
    old: Sequence[Deadline], run_from: _RunFrom,
) -> _Groups:  # fmt: skip
    """Return the runs of every content, those with the same clock together, each group with the number of the run."""
    came = _came(contents, happenings)
    contested = _contested(contents, happenings) if came else ()
    of_all = [i for i, mark in enumerate(marks) if mark[2] is None]
    of_one: dict[str, list[int]] = {}
    for i, mark in enumerate(marks):
        for id in mark[2] or ():
            of_one.setdefault(id, []).append(i)
    told = history(happenings) if any(mark[1] == "meets" for mark in marks) and not obligation.repeats else {}
    rest: dict[tuple[str, ...], list[_Run]] = {}
    covered: dict[str, tuple[str, ...]] = {}
    if len(old) > 1:
        for deadline in old:
            for unit in deadline.contents:
                covered[unit] = (*covered.get(unit, ()), deadline.id)
    groups: dict[tuple[Any, ...], list[tuple[str, _Run]]] = {}
    for unit in (c.id for c in contents):
        if unit in of_one or unit in came:
            own = [marks[i] for i in sorted((*of_all, *of_one.get(unit, ())))]
            runs = _runs(own, came.get(unit), obligation, run_from, unit in contested, told.get(unit, ()), unit)
        else:  # nothing speaks of it alone, so it fares like all others that had the same deadlines
            alike = covered.get(unit, ())
            if alike not in rest:
                rest[alike] = _runs([marks[i] for i in of_all], None, obligation, run_from, unit=unit)
            runs = rest[alike]
        for number, run in enumerate(runs):
            groups.setdefault((number, *run.clock()), []).append((unit, run))
    return [(number, members) for (number, *_), members in groups.items()]


def by_unit(deadlines: Iterable[Deadline]) -> dict[tuple[str, str], Deadline]:
    """Return deadlines by obligation with the number of the run, and content ("" for the whole case)."""
    return {(name, unit): d for d in deadlines for name in (d.id.partition("@")[0],) for unit in d.contents or ("",)}


def _anew(
    obligation: Obligation, start: datetime, given: datetime | None, old: Deadline, calendars: Mapping[str, Calendar],
    problems: dict[tuple[str, str], None],
) -> tuple[Span, str]:  # fmt: skip
    """Return the span by the calendar as it is now; where it gives none, or the same, what was frozen stays."""
    was = _frozen(old)
    span, stamp = span_of(obligation, start, given, None, calendars, problems, strict=False)
    return (was, old.calendar) if span in (was, Span()) else (span, stamp)


def _overtaken(old: Deadline, new: _Run, revised: datetime) -> bool:
    """Return whether a clock that ran on when its calendar was changed would have been over by then."""
    if new.ended_by or new.paused is not None or new.due is None or old.due is None:
        return False
    return new.due <= revised < old.due


def _frozen(old: Deadline) -> Span:
    early = old.not_before - old.spent if old.not_before is not None else None
    return Span(early, old.by_term, old.remind - old.spent if old.remind is not None else None)


def span_of(
    obligation: Obligation, start: datetime, given: datetime | None, old: Deadline | None,
    calendars: Mapping[str, Calendar], problems: dict[tuple[str, str], None], strict: bool,
) -> tuple[Span, str]:  # fmt: skip
    """Return the instants of a clock that starts then, frozen ones as they were, and its calendar's stamp."""
    term: Term = obligation.term
    if old is not None and (old.by_term or old.remind or old.not_before) and not isinstance(term, PerCase):
        return _frozen(old), old.calendar
    calendar = calendars.get(term.calendar) if term.calendar else None
    try:
        span = term.span(start, calendar, given)
    except (BadInput, OverflowError) as error:
        if old is None:  # else it was said when the clock began
            if strict:
                raise _unknown(error, start) from None
            problems["deadline_unknown", str(_unknown(error, start))] = None
            return Span(), ""
        return _frozen(old), old.calendar
    if calendar is None:
        stamp = ""
    else:
        stamp, end = calendar.stamp, span.due or span.not_before
        doubtful = calendar.doubtful(start.date(), end.date()) if calendar.estimated and end is not None else ()
        if doubtful:
            days = ", ".join(d.isoformat() for d in doubtful)
            problems["date_estimated", f"{calendar.name}: {days} may still move; recompute when it is decreed"] = None
    if obligation.kind == "reminder":
        span = Span(span.not_before, None, span.remind or span.due)  # it reminds, nothing more
    return span, stamp


def _unknown(error: Exception, start: datetime) -> BadInput:
    if isinstance(error, BadInput):
        return error
    return BadInput("at", start.isoformat(), "use an instant from which dates can be computed")


def _deadline(
    id: str, obligation: Obligation, members: list[tuple[str, _Run]], earlier: Iterable[Deadline]
) -> Deadline:
    run = members[0][1]
    span, due = run.span, run.due
    not_before = _later(span.not_before, run.spent) if span.not_before is not None else None
    remind = _later(span.remind, run.spent) if span.remind is not None else None
    met = last = standing = None
    if all(r.ended_by for _, r in members):
        last = max(r.end for _, r in members if r.end is not None)
        ends = {r.ended_by for _, r in members}
        if "lapses" in ends:  # for these contents its time ran out, or came round: whatever became of the others
            standing = Standing.CANCELLED if due is None or last < due else Standing.EXPIRED
        elif "meets" in ends:
            met = max(r.end for _, r in members if r.ended_by == "meets" and r.end is not None)
            standing = Standing.MET
        else:
            standing = Standing.VOID if "void" in ends else Standing.CANCELLED
        if due is not None and last > due:
            standing = Standing.EXPIRED  # what ends a clock after its time does not undo the delay
    # What was recorded of an instant holds for that instant: where the clock moved, the new one gets its own entry.
    passed: Deadline | None = None
    late = opened = reminded = False
    for d in earlier:
        if d.expired is not None and d.expired == due:
            passed = passed or d
        late = late or d.expired is not None or d.learnt_late
        opened = opened or (d.opened and d.not_before == not_before)
        reminded = reminded or (d.reminded and d.remind == remind)
    if standing is None:
        if run.paused is not None:
            standing = Standing.PAUSED
        else:
            standing = Standing.EXPIRED if passed is not None else Standing.RUNNING
    return succeed(
        _BLANK,
        id=id,
        obligation=obligation.name,
        kind=obligation.kind,
        owner=obligation.owner,
        contents=tuple([unit for unit, _ in members if unit]),
        started=run.start,
        not_before=not_before,
        due=due,
        by_term=span.due,
        remind=remind,
        paused=run.paused,
        spent=run.spent,
        standing=standing,
        met=met,
        learnt_late=late and standing is Standing.MET,
        opened=opened and not _before(last, not_before),
        expired=passed.expired if passed is not None else None,
        expired_seq=passed.expired_seq if passed is not None else 0,
        reminded=reminded and not _before(last, remind),
        calendar=run.calendar,
    )


def _before(end: datetime | None, instant: datetime | None) -> bool:
    return end is not None and instant is not None and end < instant


# --- messages ----------------------------------------------------------------------------------------------------


def await_message(message: Message, send: Send, calendars: Mapping[str, Calendar]) -> Deadline | None:
    """Return the clock of a message: for its receipt, or, where the other side owes it, for its coming.

    Raises:
        BadInput: Where the term cannot be computed.
    """
    ours = message.status != "expected"
    term = send.ack_within if ours else send.within
    if term is None:
        return None
    start = message.send_after or message.queued
    try:
        span = term.span(start, calendars.get(term.calendar) if term.calendar else None, None)
    except OverflowError:  # held for ever
        span = Span(due=_END)
    return succeed(
        _BLANK,
        id=f"{'receipt' if ours else 'expected'}:{message.id}",
        obligation=f"{'receipt' if ours else 'expected'}:{message.template}",
        owner=message.to if ours else message.sender,
        message=message.id,
        started=start,
        due=span.due,
        by_term=span.due,
        remind=span.remind,
    )


def receipt(deadline: Deadline, confirmed: datetime | None, stopped: datetime | None) -> Deadline:
    """Return the clock of a message as it stands by what is known of the communication.

    Args:
        deadline: As it stands.
        confirmed: The earliest proven confirmation of any message of the same communication.
        stopped: From when on nothing is awaited: it cannot be sent, or our side took it back.
    """
    standing, met, due = Standing.RUNNING, None, deadline.due

    def timely(at: datetime | None) -> bool:
        return at is not None and (due is None or at <= due)

    if confirmed is not None and confirmed < deadline.started:
        standing = Standing.VOID  # confirmed before this contact was tried: the climb was needless
    elif timely(confirmed):
        standing, met = Standing.MET, confirmed
    elif timely(stopped):
        standing = Standing.CANCELLED
    elif confirmed is not None or stopped is not None:
        standing, met = Standing.EXPIRED, confirmed
    elif deadline.expired is not None:
        standing = Standing.EXPIRED
    return succeed(
        deadline, standing=standing, met=met, learnt_late=standing is Standing.MET and deadline.expired is not None
    )
