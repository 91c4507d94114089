"""The desk of a platform's agent: works DMCA documents as cases of the procedure `us.dmca_512`, on a simulated clock.

What the desk does, beyond what the procedure does by itself:

* It accepts a notice that has its six elements, and refuses another with what it lacks.
* It removes in the morning after acceptance, and restores in the morning after a retraction.
* After an effective counter-notice it puts back what that counter-notice names (not what else the notice named) as
  soon as the procedure says that the window is open; or, where asked to be `late`, after 20 business days.
* An answer that fits one case goes to that case. One that fits several, or none, is left to a person.

Ids in the records are pseudonymous: cases are named after the line of their notice, parties by digests.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Final

from attrs import frozen

from caseload_instruments import PROCEDURE, contents_named, contents_of, form_of, named
from caseload_parties import PseudonymousDirectory, pseudonym
from caseload_reports import Malformed, Report
from dmca_reading import COUNTER_NOTICE, NOTICE, RETRACTION, NoticeIndex, Reading, read
from sopflow import (
    Actor,
    BadInput,
    BusinessDays,
    Case,
    CounterNotice,
    Deadline,
    EffectGiven,
    Event,
    Evidence,
    Inbound,
    InstrumentReceived,
    Notice,
    Outcome,
    Rejected,
    Restored,
    Retracted,
    Runner,
    Step,
    Store,
    Tampered,
    Verified,
)
from sopflow.calendars import load as load_calendar
from sopflow.ports import Notifier
from sopflow.testing import Clock

AGENT: Final = Actor("dmca-desk", {"platform"}, "github")
PLATFORM: Final = "github"

_OFFICE_HOUR: Final = time(17, tzinfo=UTC)  # documents are dated by the day; 17:00 UTC is a morning in California
_MORNING_AFTER: Final = timedelta(hours=16)
_LATE: Final = BusinessDays(min=20, max=20, calendar="US-federal", zone="America/Los_Angeles")
_AFTERWARDS: Final = timedelta(days=30)
_DOWN: Final = (Outcome.REMOVED, Outcome.DISABLED)


@frozen(kw_only=True)
class Countered:
    """An effective counter-notice that waits for its put-back.

    Attributes:
        case: The case that it answers.
        line: Where it stands in the file.
        at: When it was received.
        contents: The contents of the case that it names.
    """

    case: str
    line: int
    at: datetime
    contents: tuple[str, ...]


class Desk:
    """Works documents through a runner, and remembers only what a person would write on a list.

    Args:
        store: Where the cases live; it must be empty.
        notifier: Sends, or only counts.
        late: Put back after 20 business days, when the law allows 14.

    Attributes:
        runner: The runner.
        readings: The documents as read, by line.
        lines: Case id to the line of its notice.
        malformed: Documents of which the procedure could make no case.
        nameless: Cases whose notice names no repository, with the number of contents that were found all the same.
        closed: Lines of answers that reached a case already closed: recorded as irregular, and nothing follows.
    """

    def __init__(self, store: Store, notifier: Notifier, *, late: bool = False) -> None:
        self.clock = Clock(datetime(1998, 10, 28, tzinfo=UTC))
        self.runner = Runner(
            store=store,
            procedures=[PROCEDURE],
            acting_as={"platform"},
            directory=PseudonymousDirectory(),
            notifiers={"email": notifier},
            observers=[self._watch],
            clock=self.clock,
            hands=1,
        )
        self.readings: dict[int, Reading] = {}
        self.lines: dict[str, int] = {}
        self.malformed: list[Malformed] = []
        self.nameless: dict[str, int] = {}
        self.closed: list[int] = []
        self._late = late
        self._calendar = load_calendar("US-federal")
        self._index = NoticeIndex.of(())
        self._case_of: dict[str, str] = {}
        self._countered: list[Countered] = []
        self._agenda: list[tuple[datetime, int, Callable[[], None] | None]] = []
        self._order = count()

    # --- time ----------------------------------------------------------------------------------------------------

    def work(self, reports: Sequence[Report], advance: Callable[[], None]) -> None:
        """Work all documents in the order of their dates, then let the clocks run on for 30 days.

        Only the day is known. Within it notices come first, because an answer cannot precede what it answers; apart
        from that the order of the file holds.

        Args:
            reports: The documents.
            advance: Called after each.
        """
        self.readings = {report.line: read(report.document) for report in reports}
        self._index = NoticeIndex.of(self.readings.values())
        for report in sorted(reports, key=lambda r: (r.document.date, r.document.kind != NOTICE, r.line)):
            self._run_to(datetime.combine(report.document.date, _OFFICE_HOUR))
            self._take(report.line, self.readings[report.line])
            self._deliver()
            advance()
        for _ in range(_AFTERWARDS.days):  # daily, so that messages which could not be sent are tried again
            self._run_to(self.clock.now + timedelta(days=1))

    def _run_to(self, until: datetime) -> None:
        """Let time pass, with a stop wherever something falls due or is to be done."""
        while self._agenda and self._agenda[0][0] <= until:
            at, _, action = heapq.heappop(self._agenda)
            self._stop(at)
            if action is not None:
                action()
            self._deliver()
        self._stop(until)
        self._deliver()

    def _stop(self, at: datetime) -> None:
        self.clock.set(max(at, self.clock.now))
        self.runner.tick()

    def _deliver(self) -> None:
        while self.runner.deliver().messages:
            pass

    def _plan(self, at: datetime, action: Callable[[], None] | None) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), action))

    def _watch(self, step: Step) -> None:
        """Observe every step: stop the clock where a deadline of it falls due; put back when the window opens."""
        for deadline in step.deadlines:
            if deadline.wake is not None:
                self._plan(deadline.wake, None)
            if deadline.obligation == "put_back" and step.entry.event == "DeadlineOpened":
                self._plan_put_back(step.case.id, deadline)

    # --- documents -----------------------------------------------------------------------------------------------

    def _take(self, line: int, reading: Reading) -> None:
        if reading.document.kind == NOTICE:
            self._open(line, reading)
        else:
            self._receive(line, reading)

    def _open(self, line: int, reading: Reading) -> None:
        document, runner = reading.document, self.runner
        complainant = pseudonym("complainant", document.file)
        accounts = dict.fromkeys(repository.split("/")[1] for repository in reading.repositories)
        try:
            notice = Notice(
                contents=contents_of(reading),
                parties={
                    "complainant": complainant,
                    "platform": PLATFORM,
                    "subscriber": [pseudonym("subscriber", account) for account in accounts]
                    or pseudonym("subscriber", document.file),
                },
                form=form_of(reading),
            )
            case = runner.open(
                PROCEDURE.id,
                notice,
                by=Actor(complainant, {"complainant"}),
                at=self.clock.now,
                evidence=Evidence.of(document.text),
                command_id=document.file,
                case_id=f"dmca-{line:04d}",
            )
        except BadInput as error:  # whatever the procedure cannot use is a malformed line, too
            self.malformed.append(Malformed(line=line, field=error.field, remedy=error.remedy))
            return
        self.lines[case.id] = line
        self._case_of[document.file] = case.id
        if not reading.repositories:
            self.nameless[case.id] = len(case.contents)
        missing = [named(NOTICE, element) for element in case.instruments[0].missing]
        if missing:
            runner.apply(case.id, Rejected(reason="it lacks " + ", ".join(missing), by=AGENT))
            return
        runner.apply(case.id, Verified(by=AGENT))
        if case.contents:
            self._plan(self.clock.now + _MORNING_AFTER, lambda: self._remove(case.id))

    def _receive(self, line: int, reading: Reading) -> None:
        document = reading.document
        notices = [n for n in self._index.candidates(reading) if n.document.file in self._case_of]
        fits = [self._case_of[notice.document.file] for notice in notices]
        one = fits[0] if len(fits) == 1 else ""
        contents = contents_named(notices[0], reading) if one else ()
        closed = bool(one) and self.runner.case(one).final
        if one and document.kind == COUNTER_NOTICE:
            self._remove(one)  # who answers has seen the removal, whenever we meant to do it
        event = self._event(reading, contents)
        item = self.runner.receive(
            Inbound(
                id=document.file,
                sender=event.by.id if event.by else "",
                authenticated=True,
                event=event,
                case=one,
                candidates=() if one else tuple(fits),
                raw=document.text.encode(),
            )
        )
        if item.status != "applied":
            return
        if closed:
            self.closed.append(line)
        elif document.kind == RETRACTION:
            self._plan(self.clock.now + _MORNING_AFTER, lambda: self._restore(one, contents))
        elif not reading.missing:
            self._countered.append(Countered(case=one, line=line, at=self.clock.now, contents=contents))

    def _event(self, reading: Reading, contents: tuple[str, ...]) -> Event:
        """Return what an answer states; `contents` are those of its case that a retraction names."""
        document, at = reading.document, self.clock.now
        role = "complainant" if document.kind == RETRACTION else "subscriber"
        by, evidence = Actor(pseudonym(role, document.file), {role}), Evidence.of(document.text)
        if document.kind == RETRACTION:
            return Retracted(contents=contents, by=by, at=at, evidence=evidence)
        counter = CounterNotice(form=form_of(reading))
        return InstrumentReceived(instrument=counter, contents=contents, by=by, at=at, evidence=evidence)

    # --- what the platform does -----------------------------------------------------------------------------------

    def _remove(self, case_id: str) -> None:
        case = self.runner.case(case_id)
        pending = [content.id for content in case.contents if content.outcome is Outcome.PENDING]
        if pending and not case.final:
            self.runner.apply(case_id, EffectGiven(outcomes=dict.fromkeys(pending, "removed"), by=AGENT))

    def _restore(self, case_id: str, contents: tuple[str, ...]) -> None:
        case = self.runner.case(case_id)
        down = tuple(c.id for c in case.contents if c.outcome in _DOWN and c.id in contents)
        if down and not case.final:
            self.runner.apply(case_id, Restored(contents=down, by=AGENT))

    def _plan_put_back(self, case_id: str, deadline: Deadline) -> None:
        day = self.clock.now.date()
        if self._late:
            due = _LATE.span(deadline.started, self._calendar, None).due
            assert due is not None
            day = due.date()
        self._plan(datetime.combine(day, _OFFICE_HOUR), lambda: self._put_back(case_id, deadline.started))

    def _put_back(self, case_id: str, started: datetime) -> None:
        for waiting in [w for w in self._countered if (w.case, w.at) == (case_id, started)]:
            self._restore(case_id, waiting.contents)

    # --- looking -------------------------------------------------------------------------------------------------

    def cases(self) -> Iterator[Case]:
        """Yield all cases."""
        after = ""
        while page := self.runner.find(after=after, limit=500):
            yield from page
            after = page[-1].id

    def without_clock(self) -> tuple[Countered, ...]:
        """Return the counter-notices whose material is still down: the procedure ran no clock for them."""
        still = []
        for waiting in self._countered:
            case = self.runner.case(waiting.case)
            if not case.final and any(c.outcome in _DOWN and c.id in waiting.contents for c in case.contents):
                still.append(waiting)
        return tuple(still)

    def verify(self) -> tuple[int, int, tuple[str, ...]]:
        """Prove every case; return how many journals verified, with how many entries, and which did not."""
        verified = entries = 0
        broken = []
        for case in self.cases():
            try:
                entries += self.runner.verify(case.id).seq
                verified += 1
            except Tampered:
                broken.append(case.id)
        return verified, entries, tuple(broken)
