"""A deadline in words: from which event it was computed, how, under which article, and what stopped or moved it.

For people, in English and Indonesian. It reads what a case holds and decides nothing; a fact of law is told only as the
procedure states it, with its source and evidence mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from . import canon, clocks
from ._phrases import PHRASES
from .case import Case, Deadline, Happening, Message
from .errors import BadInput
from .procedure import Procedure
from .rules import MARKS, Basis, Obligation
from .step import Entry
from .terms import Calendar, Term, zone


def explain(
    case: Case, deadline: Deadline | str, procedure: Procedure, lang: str = "en", *,
    calendars: Mapping[str, Calendar] | None = None, journal: Iterable[Entry] = (),
) -> str:  # fmt: skip
    """Return in words how a deadline was computed, one statement a line.

    Args:
        case: The case.
        deadline: One of its deadlines, or an obligation (its latest run), or an id that is no obligation's name.
        procedure: The rulebook of the case; with a journal, the version of it that computed the deadline.
        lang: "en" or "id".
        calendars: By name; with the one that was used, the days that did not count are named.
        journal: The entries of the case; with them, it is told which decree, correction or change to another version
            moved the deadline, and from when.

    Raises:
        BadInput: For another language, another rulebook, or a deadline that the case does not have.
    """
    journal = tuple(journal)
    if lang not in PHRASES:
        raise BadInput("lang", lang, f"use one of {', '.join(PHRASES)}")
    if procedure.digest not in {case.digest, *(entry.doc["procedure"] for entry in journal)}:
        raise BadInput("procedure", procedure.id, f"hand in the one that case {case.id} is under")
    found = case.deadline(deadline) if isinstance(deadline, str) else deadline
    if found is None or found not in case.deadlines:
        known = ", ".join(d.id for d in case.deadlines) or "none yet"
        raise BadInput("deadline", getattr(deadline, "id", deadline), f"name a deadline of this case: {known}")
    teller = _Teller(case, found, procedure, lang, calendars or {}, journal)
    return "\n".join(line for line in teller.lines() if line)


def computed_under(deadline: str, journal: Sequence[Entry]) -> str:
    """Return the digest of the version under which a deadline's instants were computed; "" if the journal has none.

    Args:
        deadline: Its id.
        journal: The entries of the case.
    """
    digest = ""
    before: Mapping[str, Any] = {}
    for entry in journal:
        effects = entry.doc["effects"]
        taken_over = effects.get("migrated")
        names = ("started", "by_term", "remind", "not_before") if taken_over else ("started", "by_term")
        for doc in effects.get("deadlines", ()):
            if doc["id"] == deadline:
                if not before or any(doc.get(name) != before.get(name) for name in names):
                    digest = taken_over["digest"] if taken_over else entry.doc["procedure"]
                before = doc
    return digest


_MOVED_BY = {"CalendarChanged": "decree", "Corrected": "corrected", "Migrated": "migrated"}


class _Teller:
    def __init__(
        self, case: Case, deadline: Deadline, p: Procedure, lang: str, calendars: Mapping[str, Calendar],
        journal: tuple[Entry, ...],
    ) -> None:  # fmt: skip
        self.case, self.deadline, self.p, self.lang = case, deadline, p, lang
        self.calendars, self.journal = calendars, journal
        self.message: Message | None = case.message(deadline.message) if deadline.message else None
        self.obligation = p.obligation_of.get(deadline.obligation)
        send = p.send_of.get(self.message.template) if self.message is not None else None
        term: Term | None = self.obligation.term if self.obligation is not None else None
        self.basis: Basis | None = self.obligation.basis if self.obligation is not None else None
        if send is not None:
            term = send.within if deadline.id.startswith("expected:") else send.ack_within
            self.basis = send.basis
        self.term = term
        doc = term.document() if term is not None else {}
        inner = doc.get("closes") or doc.get("opens") or doc
        self.zone = str(inner.get("zone", "UTC"))

    def say(self, key: str, **values: Any) -> str:
        return PHRASES[self.lang][key].format(**values)

    # --- values ------------------------------------------------------------------------------------------------------

    def day(self, day: date) -> str:
        words = PHRASES[self.lang]
        return (
            f"{words['weekdays'].split()[day.weekday()]} {day.day} {words['months'].split()[day.month - 1]} {day.year}"
        )

    def local(self, at: datetime) -> datetime:
        try:
            return at.astimezone(zone(self.zone))
        except OverflowError:  # the end of the calendar
            return at.astimezone(UTC)

    def instant(self, at: datetime) -> str:
        local = self.local(at)
        exact = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        if self.zone != "UTC" and (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
            before = self.day((local - timedelta(days=1)).date())
            return self.say("midnight", day=before, zone=local.tzname(), exact=exact)
        clock = f"{local:%H:%M}" + (f":{local:%S}" if local.second or local.microsecond else "")
        return self.say("instant", day=self.day(local.date()), clock=clock, zone=local.tzname(), exact=exact)

    def length(self, length: timedelta) -> str:
        minutes, seconds = divmod(int(length.total_seconds()), 60)
        counted = (("hours", minutes // 60), ("minutes", minutes % 60), ("seconds", seconds))
        return " ".join(self.say(key, n=n) for key, n in counted if n) or self.say("seconds", n=0)

    def event(self, name: str, of: str) -> str:
        label = PHRASES[self.lang].get(f"event.{name}", "")
        text = f"{name} ({label})" if label else name
        return f"{text}: {of}" if of else text

    def cause(self, h: Happening) -> str:
        """Return the event of a happening; where a hook started the clock, the event at which it was called."""
        if h.event != clocks.STARTED:
            return self.event(h.event, h.of)
        entry = next((e for e in self.journal if e.seq == h.seq), None)
        for own in self.case.happenings:
            if own.seq == h.seq and (own.event == entry.event if entry is not None else own.event != h.event):
                return self.event(own.event, own.of)
        return self.event(entry.event, "") if entry is not None else self.say("hook")

    # --- the lines ---------------------------------------------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        d = self.deadline
        label = self.obligation.label if self.obligation is not None else ""
        yield self.say(d.kind, what=f"{d.obligation} ({label})" if label else d.obligation, who=d.owner)
        if d.contents:
            yield self.say("contents", ids=", ".join(d.contents))
        yield from self.law()
        yield from self.history()
        if self.term is not None:
            yield self.say("term", how=self.counted(self.term.document()))
        yield from self.days()
        for _, line in self.moves():
            yield line
        yield from self.result()

    def law(self) -> Iterator[str]:
        if self.basis is None:
            yield self.say("no_basis")
            return
        source = next((s.text for s in self.p.sources if s.key == self.basis.source), self.basis.source)
        mark = PHRASES[self.lang].get(f"mark.{self.basis.mark}", MARKS[self.basis.mark])
        yield self.say("basis", text=self.basis.text, source=source, mark=self.basis.mark, meaning=mark)

    def history(self) -> Iterator[str]:
        d = self.deadline
        if self.message is not None or self.obligation is None:
            template = self.message.template if self.message is not None else ""
            yield self.say("queued", at=self.instant(d.started), what=template)
            return
        paused: datetime | None = None
        for h, verb, due in _story(self.obligation, self.case, d, self.calendars):
            told = {"event": self.cause(h), "seq": h.seq, "at": self.instant(h.at)}
            text = self.say(verb, **told)
            if verb == "pauses":
                paused = h.at
            elif verb in ("resumes", "restarts"):
                if paused is not None and verb == "resumes":
                    text += " " + self.say("stood", length=self.length(h.at - paused))
                paused = None
            due = self.then.get(h.seq, due)
            if verb in ("resumes", "moves", "restarts") and due is not None:
                text += " " + self.say("then_due", at=self.instant(due))
            yield text
        if d.spent:
            yield self.say("spent", length=self.length(d.spent))

    def counted(self, doc: Mapping[str, Any]) -> str:
        kind = doc["kind"]
        if kind == "window":
            text = self.say("opens", how=self.counted(doc["opens"]))
            return text + (self.say("closes", how=self.counted(doc["closes"])) if "closes" in doc else "")
        if kind == "hours" and doc.get("whole"):
            kind = "whole_hours"
        if kind == "business_days" and not doc["min"]:
            kind = "business_days_up_to"
        values = {k: v for k, v in doc.items() if k != "kind"}
        if kind == "yearly":
            months = PHRASES[self.lang]["months"].split()
            values["dates"] = ", ".join(f"{day} {months[month - 1]}" for month, day in doc["dates"])
        text = self.say(f"term.{kind}", **values)
        rolls = kind in ("days", "months") and doc.get("calendar")
        return text + (self.say("rolls", calendar=doc["calendar"]) if rolls else "")

    def days(self) -> Iterator[str]:
        d = self.deadline
        if not d.calendar:
            return
        yield self.say("calendar", stamp=d.calendar)
        calendar = self.calendars.get(self.term.calendar) if self.term is not None else None
        end = d.by_term or d.not_before
        if calendar is None or calendar.stamp != d.calendar or end is None:
            yield self.say("no_data")
            return
        first = self.local(d.started).date() + timedelta(days=1)
        last = self.local(end - timedelta(microseconds=1)).date()
        closed = list(calendar.closed(first, last))
        holidays = [day for day in closed if day in calendar.holidays]
        weekend = len(closed) - len(holidays)
        named = [f"{self.day(x)}" + (f" ({calendar.names[x]})" if x in calendar.names else "") for x in holidays]
        if weekend or named:
            yield self.say("closed", weekend=weekend, days="; ".join(named) or "-")
        doubtful = calendar.doubtful(d.started.date(), end.date())
        if doubtful:
            yield self.say("estimated", days="; ".join(self.day(x) for x in doubtful))

    def recorded(self) -> Iterator[tuple[Entry, datetime | None, datetime | None]]:
        """Yield the entries that changed the deadline, each with the limit before it and after it."""
        before: datetime | None = None
        for entry in self.journal:
            records = [r for r in entry.doc["effects"].get("deadlines", ()) if r["id"] == self.deadline.id]
            if records:
                due = canon.parse_instant(records[-1]["due"]) if records[-1].get("due") else before
                yield entry, before, due
                before = due

    @cached_property
    def then(self) -> Mapping[int, datetime]:
        """By entry, the limits as they were before something moved them that is no happening of the clock."""
        found: dict[int, datetime] = {}
        for entry, _, due in self.recorded():
            if due is not None and entry.event not in _MOVED_BY:
                found[entry.seq] = due
        last = max((seq for seq, _ in self.moves()), default=0)
        return {seq: due for seq, due in found.items() if seq < last}

    def moves(self) -> Iterator[tuple[int, str]]:
        for entry, before, due in self.recorded():
            key, data = _MOVED_BY.get(entry.event, ""), entry.doc["event"].get("data", {})
            if not key or before is None or due is None:
                continue
            named = {name: data.get(name, "?") for name in ("reference", "version")} | {"of": data.get("seq", "?")}
            if before != due:
                yield entry.seq, self.say(key, seq=entry.seq, was=self.instant(before), now=self.instant(due), **named)
            elif any(self._spared(note) for note in entry.doc["effects"].get("incidents", ())):
                yield entry.seq, self.say("spared", seq=entry.seq, was=self.instant(before), **named)

    def _spared(self, note: Mapping[str, Any]) -> bool:
        return note["kind"] == "over_at_once" and str(note["detail"]).startswith(f"{self.deadline.obligation}: ")

    def result(self) -> Iterator[str]:
        d = self.deadline
        if d.not_before is not None:
            yield self.say("not_before", at=self.instant(d.not_before))
        if d.due is not None:
            key = "closing" if d.kind == "right" else "due"
            yield self.say(key, at=self.instant(d.due))
        if d.remind is not None:
            yield self.say("remind", at=self.instant(d.remind))
        if d.due is None and d.remind is None and d.not_before is None:
            yield self.say("unknown")
        yield self.say(f"standing.{d.standing}")
        if d.met is not None:
            yield self.say("met", at=self.instant(d.met))
            if d.lateness is not None and d.lateness > timedelta(0):
                yield self.say("late", length=self.length(d.lateness))
        if d.learnt_late:
            yield self.say("learnt_late")


def _story(
    obligation: Obligation, case: Case, deadline: Deadline, calendars: Mapping[str, Calendar]
) -> list[tuple[Happening, str, datetime | None]]:
    """Return what changed the clock of a deadline, in the order in which it happened.

    Returns:
        The happening, what it did ("starts", "pauses", …), and the limit as it was from then on.
    """
    marks = clocks._marks(obligation, case.happenings, case.deadlines, case.contents)
    unit = deadline.contents[0] if deadline.contents else ""
    own = [d for d in case.deadlines if d.obligation == obligation.name and unit in (d.contents or ("",))]
    frozen = {d.started: d for d in own}
    content = case.content(unit)
    came = next((h.at for h in case.happenings if content and content.seq and h.seq == content.seq), None)
    number = int(deadline.id.partition("@")[0].partition(".")[2] or 1) - 1

    def run_from(unit: str, start: datetime, given: datetime | None) -> clocks._Run:
        span, stamp = clocks.span_of(obligation, start, given, frozen.get(start), calendars, {}, strict=False)
        return clocks._Run(start, given, span, stamp)

    contested = unit in clocks._contested(case.contents, case.happenings)
    if unit:
        marks = [mark for mark in marks if mark[2] is None or unit in mark[2]]
    elif len(case.contents) > 1:
        marks = clocks._of_the_whole(marks, case.contents, case.happenings)
    became = clocks.history(case.happenings).get(unit, ()) if unit else ()
    told: list[tuple[Happening, str, datetime | None]] = []
    before: Any = None
    for n, (_, verb, _, _, happening) in enumerate(marks, start=1):  # one more each time: what it changed is seen
        runs = clocks._runs(marks[:n], came, obligation, run_from, contested, became)
        now = (*runs[number].clock(), runs[number].end) if len(runs) > number else None
        if now is not None and now != before:
            told.append((happening, verb, runs[number].due))
        before = now
    return told
