"""A procedure that uses every part of the vocabulary, and a desk that walks cases through it without any shell."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, final

import attrs
from attrs import frozen

from sopflow import canon, case_json, journal
from sopflow.case import Actor, Case, Deadline, Message
from sopflow.compose import TextRenderer
from sopflow.core import decide, lapse, open_case, proposal
from sopflow.directory import Rung
from sopflow.events import (
    Acknowledged,
    Act,
    Approved,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    Corrected,
    CourtActionNotified,
    CourtDecided,
    DeadlineBreached,
    DeadlineOpened,
    DeadlineReminded,
    EffectGiven,
    Escalated,
    Event,
    Extended,
    Fact,
    Held,
    ImpossibilityStated,
    Instrument,
    InstrumentReceived,
    Issued,
    LinkedCase,
    Notice,
    Opened,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Superseded,
    Verified,
    Withdrawn,
)
from sopflow.guards import all_are, any_is, complete, ladder_exhausted
from sopflow.procedure import Procedure
from sopflow.records import personal
from sopflow.rules import (
    ANY_OPEN,
    STAY,
    Basis,
    Do,
    Form,
    FormField,
    Guard,
    Hook,
    Obligation,
    On,
    Opens,
    Quorum,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Yield,
)
from sopflow.step import Entry, Facts, Side, Step
from sopflow.terms import BusinessDays, Calendar, Days, Hours, Months, PerCase, SameDay, WithoutUndueDelay

B = Basis("made up for the tests", "made_up", "I")
GONE = ("removed", "disabled", "not_found")
VERBS = {"start", "pause", "resume", "restart", "move", "meet", "cancel", "breach", "close", "open", "remind"}

# Monday 2 June 2025, 09:00 in Jakarta
START = datetime(2025, 6, 2, 2, 0, tzinfo=UTC)

AUTHORITY = Actor("officer-1", {"authority"}, "ministry")
AGENCY_A = Actor("signer-a", {"agency"}, "agency-a")
AGENCY_B = Actor("signer-b", {"agency"}, "agency-b")
REPORTER = Actor("reporter-1", {"reporter"})
PLATFORM = Actor("platform-bot", {"platform"}, "platform-x")
COURT = Actor("court-1", {"court"})
NOBODY = Actor("passer-by", {"visitor"})

HOLIDAYS = frozenset(
    [date(2024, 11, 28), date(2024, 12, 25), date(2025, 1, 1), date(2025, 6, 19), date(2025, 7, 4), date(2025, 11, 27)]
)
CALENDAR = Calendar(name="office", version="hand-made 1", digest="0" * 64, first=2024, last=2026, holidays=HOLIDAYS)


@final
@frozen(kw_only=True)
class OpinionGiven(Act):
    """Counsel has an opinion."""

    opinion: str = personal(default="")


@final
@frozen(kw_only=True)
class ReviewStarted(Fact):
    """The platform looks at it; with `due` it says until when."""

    due: datetime | None = None
    note: str = personal(default="")


@final
@frozen(kw_only=True)
class Unlisted(Fact):
    """A fact for which the procedure has no row at all."""


def _not_known(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    return "the register knows it already" if facts.values.get("register.known") else None


def _something_left(before: Case, view: Case, event: Event, facts: Any) -> Yield | None:
    return Yield(veto="a duty still runs") if any(d.is_open and d.kind == "duty" for d in before.deadlines) else None


def _left_intake(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    return Yield(data={"left": {"intake": (before.revision, True, None)}})


def _ordered(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    return Yield(starts="file_copy", data={"ordered": True})


def _tell_counsel(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    return Yield(sends=TO_COUNSEL, does=Do(name="archive", data={"case": before.id, "contents": len(view.contents)}))


ORDER = Send(template="order", to="platform", sender="authority", ack_within=Hours(24), reminders=1, basis=B,
             proved_by=(EffectGiven, Refused, ClarificationRequested, ReviewStarted))  # fmt: skip
REPORT = Send(template="report", to="authority", sender="platform", within=Hours(96))
TO_COUNSEL = Send(template="for_counsel", to="counsel", sender="authority", ack_within=Hours(48))
ALARM = Send(template="alarm", to="reporter", sender="authority")
CLEAR_UP = Send(template="clear_up", to="platform", sender="authority", ack_within=Hours(24))

_ENDED = (Withdrawn, Superseded, Closed)


def _row(on: type[Event], source: Any, target: str, by: Any, **more: Any) -> Transition:
    return Transition(on=on, source=source, target=target, by=by, basis=B, **more)


SAMPLE = Procedure(
    id="test.sample",
    version="1",
    title="Everything at once",
    acting="authority",
    roles=[Role(name=n, basis=B) for n in ("authority", "agency", "reporter", "platform", "counsel", "court")],
    opened_by={"reporter", "authority"},
    initial="received",
    states=[
        State(name="received", phase="intake", waits_for="authority", basis=B),
        State(name="assessed", phase="assessment", waits_for="agency", basis=B),
        State(name="ordered", phase="notice", waits_for="platform", basis=B),
        State(name="complying", phase="compliance", waits_for="platform", basis=B),
        State(name="overdue", phase="escalation", waits_for="authority", basis=B),
        State(name="unreachable", phase="escalation", waits_for="authority", basis=B),
        State(name="blocking", phase="escalation", basis=B),
        State(name="contested", phase="redress", basis=B),
        State(name="rejected", phase="closed", final=True, basis=B),
        State(name="withdrawn", phase="closed", final=True, basis=B),
        State(name="superseded", phase="closed", final=True, basis=B),
        State(name="done", phase="closed", final=True, milestone=True, basis=B),
    ],
    transitions=[
        _row(Opened, "received", STAY, {"reporter", "authority"}),
        _row(Verified, "received", "assessed", "authority",
             guards=(complete("notice"), Guard("not_known", _not_known, reads="register.known"))),
        _row(Verified, "assessed", STAY, "agency"),
        _row(Rejected, "received", "rejected", "authority"),
        _row(Approved, ANY_OPEN, STAY, "agency"),
        _row(Issued, "assessed", "ordered", "authority", requires=Quorum(roles="agency", n=2), sends=(ORDER, REPORT)),
        _row(Acknowledged, "ordered", "complying", {"platform", "authority"}, of="order"),
        _row(ReviewStarted, ("ordered", "complying"), "complying", "platform"),
        _row(EffectGiven, ("ordered", "complying", "overdue"), "done", "platform", guards=all_are(*GONE)),
        _row(EffectGiven, ANY_OPEN, STAY, "platform"),
        _row(Refused, ANY_OPEN, "contested", "platform", guards=all_are("refused")),
        _row(Refused, ANY_OPEN, STAY, "platform"),
        _row(ClarificationRequested, ANY_OPEN, STAY, "platform"),
        _row(ClarificationGiven, ANY_OPEN, STAY, "authority", sends=CLEAR_UP),
        _row(ImpossibilityStated, ANY_OPEN, STAY, "platform", guards=any_is("impossible")),
        _row(InstrumentReceived, ANY_OPEN, "contested", {"reporter", "platform", "authority"}, of="counter_notice"),
        _row(DeadlineBreached, "ordered", "unreachable", "system", of="receipt:order", guards=ladder_exhausted("order")),
        _row(DeadlineBreached, "ordered", STAY, "system", of="receipt:order", sends=ALARM),
        _row(DeadlineBreached, ANY_OPEN, "overdue", "system", of="handle", sends=ALARM),
        _row(Escalated, ("overdue", "unreachable"), "blocking", "authority", opens=Opens(procedure="test.child"),
             requires=Quorum(roles="agency", n=1)),
        _row(LinkedCase, "blocking", "done", "system", of="blocked"),
        _row(CourtActionNotified, ANY_OPEN, "contested", {"court", "platform", "authority"}),
        _row(Closed, ("complying", "overdue", "contested"), "done", "authority"),
        _row(OpinionGiven, "assessed", STAY, {"authority", "agency"}),
        _row(Withdrawn, ANY_OPEN, "withdrawn", "authority"),
        _row(Superseded, ANY_OPEN, "superseded", "authority"),
        _row(Extended, ANY_OPEN, STAY, "authority"),
        _row(Held, ANY_OPEN, STAY, "authority"),
        _row(Corrected, ANY_OPEN, STAY, "authority"),
    ],
    obligations=[
        Obligation(name="assess", kind="reminder", owner="authority", term=Hours(24), basis=B, starts=Opened,
                   meets=Verified, cancels=(*_ENDED, Rejected)),
        Obligation(name="handle", owner="platform", term=Hours(48), per_content=True, basis=B,
                   starts=On(Acknowledged, "order"), pauses=ClarificationRequested, resumes=ClarificationGiven,
                   restarts=On(InstrumentReceived, "referral"),
                   meets=(On(EffectGiven, outcomes=GONE), Refused, ImpossibilityStated), cancels=(Retracted, *_ENDED)),
        Obligation(name="agreed", owner="platform", term=PerCase(), basis=B, starts=(Issued, ReviewStarted),
                   meets=On(EffectGiven, outcomes=GONE), cancels=_ENDED),
        Obligation(name="complain", kind="right", owner="reporter", term=Days(10, "Asia/Jakarta"), basis=B,
                   starts=Refused, meets=On(InstrumentReceived, "complaint"), cancels=_ENDED),
        Obligation(name="put_back", owner="platform", basis=B, cancels=(CourtActionNotified, *_ENDED), meets=Restored,
                   term=BusinessDays(min=10, max=14, calendar="office", zone="America/Los_Angeles"),
                   starts=On(InstrumentReceived, "counter_notice")),
        Obligation(name="clarify", owner="authority", term=WithoutUndueDelay(24), repeats=True, basis=B,
                   starts=ClarificationRequested, meets=ClarificationGiven, cancels=_ENDED),
        Obligation(name="review", owner="platform", term=SameDay("Asia/Jakarta"), repeats=True, basis=B,
                   starts=ReviewStarted, meets=(EffectGiven, Refused), cancels=_ENDED),
        Obligation(name="sanction", owner="authority", term=Hours(72), basis=B,
                   starts=On(DeadlineBreached, "handle"), meets=Escalated, cancels=_ENDED),
        Obligation(name="look", owner="authority", term=Hours(12), basis=B,
                   starts=On(DeadlineReminded, "clarify"), meets=ClarificationGiven, cancels=_ENDED),
        Obligation(name="publish", owner="platform", term=Hours(24), basis=B,
                   starts=On(DeadlineOpened, "put_back"), meets=Restored, cancels=_ENDED),
        Obligation(name="reinstate", owner="platform", term=Hours(36), per_content=True, repeats=True, basis=B,
                   starts=(On(Retracted, where=GONE), On(OrderVoided, where=GONE), On(CourtDecided, "restore")),
                   meets=Restored, cancels=_ENDED),
        Obligation(name="preserve", kind="right", owner="authority", term=Months(6, "Asia/Jakarta"), basis=B,
                   starts=On(EffectGiven, outcomes=GONE), meets=Restored),
        Obligation(name="file_copy", owner="authority", term=Hours(12), basis=B, starts=OpinionGiven,
                   meets=On(EffectGiven), cancels=_ENDED),
    ],
    forms=[
        Form(instrument="notice", fields=[FormField("reasons", B)]),
        Form(instrument="order", fields=[FormField("legal_basis", B)], enforce="refuse"),
    ],
    templates=[
        Template("order", "Order $case", "Please act on:\n$contents\n$form\n$confirm\n"),
        Template("report", "Report $case", "This is what we did.\n"),
        Template("for_counsel", "Order in $case", "For your information:\n$contents\n"),
        Template("alarm", "Not in time: $case", "Nothing has been heard about:\n$contents\n"),
        Template("clear_up", "Clarification in $case", "$reason\n$contents\n$confirm\n"),
    ],
    hooks=[
        Hook(name="something_left", run=_something_left, point="before", event=Closed),
        Hook(name="left_intake", run=_left_intake, point="exit", phase="intake"),
        Hook(name="ordered", run=_ordered, point="enter", state="ordered"),
        Hook(name="tell_counsel", run=_tell_counsel, point="after", event=Issued, may_send=TO_COUNSEL),
    ],
    sources=[Source("made_up", "These tests.")],
)  # fmt: skip

CHILD = Procedure(
    id="test.child",
    version="1",
    title="A block at network level",
    acting="authority",
    roles=[Role(name=n, basis=B) for n in ("authority", "isp")],
    opened_by={"authority"},
    initial="drafted",
    states=[
        State(name="drafted", phase="escalation", waits_for="authority", basis=B),
        State(name="blocked", phase="closed", final=True, milestone=True, basis=B),
    ],
    transitions=[_row(Verified, "drafted", "blocked", "authority")],
    sources=[Source("made_up", "These tests.")],
)

LADDERS = {
    "platform-x": (
        Rung(contact="px-desk", channel="email"),
        Rung(contact="px-desk", channel="fax"),
        Rung(contact="px-representative", channel="email", role="legal_representative"),
    ),
    "reporter-1": (Rung(contact="reporter-box", channel="email"),),
    "counsel-1": (Rung(contact="counsel-box", channel="email"), Rung(contact="counsel-box", channel="fax")),
    "ministry": (Rung(contact="ministry-box", channel="email"),),
}
PARTIES = {"platform": "platform-x", "reporter": "reporter-1", "counsel": "counsel-1", "authority": "ministry"}


def notice(urls: int = 3, **more: Any) -> Notice:
    """Return a complete notice about this many URLs."""
    contents = [f"https://t.me/secret-channel-{n}/7" for n in range(1, urls + 1)]
    return Notice(**{"contents": contents, "parties": PARTIES, "form": {"reasons": "Jane Roe says so"}, **more})


def hours(n: float) -> datetime:
    """Return the instant this many hours after the start."""
    return START + timedelta(hours=n)


def salt(case: str, seq: int) -> bytes:
    """Return what the shell would draw at random."""
    return hashlib.sha256(f"{case}/{seq}".encode()).digest()


class Desk:
    """One case, its journal and its side rows: what a shell keeps, without storage. Every step is checked."""

    def __init__(
        self,
        procedure: Procedure = SAMPLE,
        *,
        calendars: dict[str, Calendar] | None = None,
        values: dict[str, Any] | None = None,
        acting_as: frozenset[str] = frozenset({"authority"}),
        id: str = "case-1",
    ) -> None:
        self.p = procedure
        self.calendars = {"office": CALENDAR} if calendars is None else calendars
        self.values = values or {}
        self.acting_as = acting_as
        self.id = id
        self.case: Case | None = None
        self.entries: list[Entry] = []
        self.sides: list[Side] = []
        self.steps: list[Step] = []
        self.ladders = dict(LADDERS)

    def copy(self) -> Desk:
        """Return a desk that goes on from here on its own."""
        other = Desk(self.p, calendars=self.calendars, values=self.values, acting_as=self.acting_as, id=self.id)
        other.case, other.entries, other.sides = self.case, list(self.entries), list(self.sides)
        other.steps, other.ladders = list(self.steps), dict(self.ladders)
        return other

    def facts(self, **changes: Any) -> Facts:
        """Return everything outside the case that the next decision may look at."""
        merged: dict[str, Any] = {}
        for side in self.sides:
            merged.update(side.values)
        fresh = salt(self.id, len(self.entries) + 1)
        return attrs.evolve(
            Facts(
                values=self.values,
                contacts=self.ladders,
                acting_as=self.acting_as,
                calendars=self.calendars,
                personal=merged,
                renderer=TextRenderer(),
                salt=fresh,
                key=self.sides[0].salt if self.sides else fresh,
            ),
            **changes,
        )

    def open(
        self, instrument: Instrument | None = None, *, by: Actor = REPORTER, at: datetime | None = None,
        now: datetime = START,
    ) -> Step:  # fmt: skip
        """Open the case."""
        event = Opened(instrument=instrument or notice(), by=by, at=at or now)
        return self._keep(open_case(self.p, event, self.facts(), now, tenant="t1", id=self.id))

    def do(self, event: Event, now: datetime | None = None, **facts: Any) -> Step:
        """Decide an event and keep the step; twice, because the same input gives the same step."""
        assert self.case is not None
        now = now or max(event.at or self.case.recorded, self.case.recorded)
        step = decide(self.p, self.case, event, self.facts(**facts), now)
        again = decide(self.p, self.case, event, self.facts(**facts), now)
        assert (step, step.entry.text) == (again, again.entry.text), "the same input gives the same step"
        return self._keep(step)

    def tick(self, now: datetime) -> list[Step]:
        """Record every instant that has passed, earliest first."""
        done: list[Step] = []
        while True:
            assert self.case is not None
            due = sorted((d.wake, d.id, d) for d in self.case.deadlines if d.wake is not None and d.wake <= now)
            if not due:
                return done
            step = lapse(self.p, self.case, due[0][2], self.facts(), now)
            assert step is not None
            assert not step.entry.irregular or "raised" in step.entry.irregular[0], step.entry.irregular
            done.append(self._keep(step))
            assert len(done) < 500, "the clocks run wild"

    def _keep(self, step: Step) -> Step:
        check_step(self.case, step)
        self.case = step.case
        self.entries.append(step.entry)
        self.sides.append(step.side)
        self.steps.append(step)
        return step

    # --- shorthand ---

    def proposal(self, event: Event) -> str:
        """Return what approvals of this event sign."""
        assert self.case is not None
        return proposal(self.p, self.case, event, self.sides[0].salt)

    def deadline(self, id: str) -> Deadline:
        """Return the deadline with this id."""
        assert self.case is not None
        return next(d for d in self.case.deadlines if d.id == id)

    def message(self, template: str, n: int = 0) -> Message:
        """Return the nth message of a template."""
        assert self.case is not None
        return self.case.sent_as(template)[n]

    def issued(self, urls: int = 3, due: datetime | None = None) -> Desk:
        """Bring the case to `ordered`, within the first hour."""
        self.open(notice(urls))
        self.do(Verified(by=AUTHORITY, at=hours(0.2)))
        order = Issued(by=AUTHORITY, due=due or hours(24 * 20))
        for n, signer in enumerate((AGENCY_A, AGENCY_B)):
            self.do(Approved(proposal=self.proposal(order), by=signer, at=hours(0.3 + n / 10)))
        self.do(attrs.evolve(order, at=hours(0.5)))
        return self

    def acknowledged(self, urls: int = 3, at: datetime | None = None) -> Desk:
        """Bring the case to `complying`: sent at once, confirmed at hour 1."""
        self.issued(urls)
        self.do(Acknowledged(message=self.message("order").id, by=PLATFORM, at=at or hours(1)))
        return self

    def verify(self) -> tuple[str, ...]:
        """Return what is wrong with the journal."""
        return journal.verify("t1", self.id, self.entries, self.case)


def check_step(before: Case | None, step: Step) -> None:
    """Check what is true of every step, whatever it is."""
    effects, seq = step.entry.doc["effects"], step.case.revision
    assert seq == (before.revision if before else 0) + 1, "the revision rises by one"
    assert step.entry.seq == seq
    assert step.case.head == step.entry.hash == canon.digest(step.entry.text)
    assert step.entry.text == canon.text(step.entry.doc)
    assert before is None or step.case.recorded >= before.recorded, "recording never runs backwards"
    was = {d.id: d for d in before.deadlines} if before else {}
    now = {d.id: d for d in step.case.deadlines}
    assert len(now) == len(step.case.deadlines), "each deadline has an id of its own"
    told = {d["id"]: set(d["change"]) for d in effects.get("deadlines", ())}
    changed = {id for id, d in now.items() if was.get(id) != d}
    assert changed == set(told), "the entry tells exactly the deadlines that changed"
    assert changed == {d.id for d in step.deadlines}, "and so does the step"
    for verbs in told.values():
        assert verbs, "a deadline changes through a verb"
        assert verbs <= VERBS, verbs
    assert set(effects.get("ended", ())) == set(was) - set(now), "what vanishes is said"
    covered: set[tuple[str, str]] = set()
    for deadline in now.values():
        if deadline.obligation.startswith(("receipt:", "expected:")):
            continue
        for unit in deadline.contents or ("",):
            run = (deadline.id.partition("@")[0], unit)
            assert run not in covered, f"{run} is counted twice"
            covered.add(run)
    for deadline in now.values():
        assert deadline.expired in (None, deadline.due), "a recorded passing is the passing of this due instant"
    read = journal.read(step.entry.text, step.entry.hash)
    replayed = journal.apply(before, read)
    assert replayed == step.case, "the entry alone gives the case"
    for name in ("doc", "seq", "event", "by", "command", "irregular"):
        assert getattr(read, name) == getattr(step.entry, name), f"what is known of the entry is in its text: {name}"
    assert list(step.ended) == effects.get("ended", [])
    assert {role: list(ids) for role, ids in step.parties.items()} == effects.get("parties", {})
    for name in journal.KEYS:
        for record in getattr(step.case, name):
            assert case_json.to_text(record) == canon.text(case_json.to_doc(record)), "one record, one text"
    assert json.loads(case_json.case_to_text(step.case)) == case_json.case_to_doc(step.case)
