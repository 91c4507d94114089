"""What holds of every case, whatever happens in it and in whatever order it is learnt."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sopflow import Runner, StaticDirectory, canon, case_json, journal
from sopflow.case import SYSTEM, Actor, Case, Content
from sopflow.directory import PointOfContact, Provider
from sopflow.errors import BadInput, NotAllowed
from sopflow.events import (
    Acknowledged,
    Approved,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    Complaint,
    Corrected,
    CounterNotice,
    CourtActionNotified,
    CourtDecided,
    DeadlineBreached,
    DeadlineClosed,
    DeadlineOpened,
    DeadlineReminded,
    Delivered,
    EffectGiven,
    Escalated,
    Event,
    Extended,
    Fact,
    Held,
    ImpossibilityStated,
    IncidentResolved,
    InstrumentReceived,
    Issued,
    LinkedCase,
    Notice,
    Order,
    OrderVoided,
    Referral,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Sent,
    Superseded,
    Unsent,
    Verified,
    Withdrawn,
)
from sopflow.notifiers import ConsoleNotifier
from sopflow.step import Entry
from sopflow.stores import open_store

from . import sample
from .sample import AGENCY_A, AGENCY_B, AUTHORITY, COURT, PLATFORM, REPORTER, Desk, ReviewStarted, Unlisted, hours

settings.register_profile("core", deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
CORE = settings.get_profile("core")

IDS = ("c1", "c2", "c3")
OUTCOMES = ("removed", "disabled", "refused", "not_found", "impossible", "restored", "pending")

# Whole hours as instants, so that facts often fall together, on a due instant, and out of order.
INSTANTS = st.integers(1, 14 * 24).map(hours)
SOME = st.sets(st.sampled_from(IDS), min_size=1).map(lambda s: tuple(sorted(s)))


def facts_about(order: str, report: str) -> st.SearchStrategy[Fact]:
    """Return facts about a case that has three contents, an order and an expected report."""

    def fact(cls: type[Fact], by: Actor, **fields: Any) -> st.SearchStrategy[Fact]:
        made: dict[str, Any] = {k: v if isinstance(v, st.SearchStrategy) else st.just(v) for k, v in fields.items()}
        return st.builds(cls, by=st.just(by), at=INSTANTS, **made)

    outcomes = st.dictionaries(st.sampled_from(IDS), st.sampled_from(OUTCOMES), min_size=1)
    return st.one_of(
        fact(EffectGiven, PLATFORM, outcomes=outcomes),
        fact(Refused, PLATFORM, contents=SOME),
        fact(ClarificationRequested, PLATFORM, contents=SOME),
        fact(ClarificationGiven, AUTHORITY, contents=SOME),
        fact(ImpossibilityStated, PLATFORM, contents=SOME),
        fact(Restored, PLATFORM, contents=SOME),
        fact(Retracted, REPORTER, contents=SOME),
        fact(OrderVoided, COURT, contents=SOME),
        fact(CourtActionNotified, COURT),
        fact(CourtDecided, COURT, restore=st.booleans()),
        fact(InstrumentReceived, REPORTER, instrument=CounterNotice()),
        fact(InstrumentReceived, REPORTER, instrument=Complaint()),
        fact(InstrumentReceived, AUTHORITY, instrument=Referral()),
        fact(ReviewStarted, PLATFORM, due=st.one_of(st.none(), st.integers(30, 500).map(hours))),
        fact(Unlisted, AUTHORITY),
        *[
            fact(cls, by, message=message, **more)
            for message in (order, report)
            for cls, by, more in (
                (Sent, SYSTEM, {}),
                (Delivered, PLATFORM, {}),
                (Acknowledged, PLATFORM if message == order else AUTHORITY, {}),
                (Unsent, SYSTEM, {"reason": "mailbox full"}),
            )
        ],
    )


BASE = Desk().issued()
ORDER, REPORT = BASE.message("order").id, BASE.message("report").id
FACTS = facts_about(ORDER, REPORT)
KNOWN = {m.id for m in BASE.case.messages} if BASE.case else set()


# An opening or a reminder is recorded only while the clock still runs, so what it starts depends on when it was noticed.
NOTICED = ("look", "publish")


def standings(case: Case) -> dict[str, Any]:
    """Return how every clock stands that does not belong to a message sent later."""
    keep = ("standing", "started", "not_before", "due", "remind", "paused", "spent", "met", "contents")
    return {
        d.id: {
            **{name: getattr(d, name) for name in keep},
            "expired": d.expired if d.standing == "expired" else None,
        }
        for d in case.deadlines
        if d.obligation not in NOTICED and (not d.message or d.message in KNOWN)
    }


def learn(facts: list[tuple[Fact, int, bool]]) -> Case:
    """Record facts in this order, each some hours after it happened, with ticks between; then wait for a long time."""
    desk, now = BASE.copy(), hours(1)
    for fact, later, tick in facts:
        assert fact.at is not None
        now = max(now, fact.at) + timedelta(hours=later)
        if tick:
            desk.tick(now)
        desk.do(fact, now)
    desk.tick(hours(24 * 400))
    assert desk.case is not None
    assert desk.verify() == ()
    return desk.case


@settings(CORE, max_examples=250)
@given(st.data())
def test_any_order_of_learning_ends_in_the_same_standings_and_outcomes(data: st.DataObject) -> None:
    facts = data.draw(st.lists(FACTS, min_size=2, max_size=8))
    orders = [facts, data.draw(st.permutations(facts))]
    ends = []
    for order in orders:
        delays = data.draw(st.lists(st.sampled_from([0, 0, 5, 40, 200]), min_size=len(facts), max_size=len(facts)))
        ticks = data.draw(st.lists(st.booleans(), min_size=len(facts), max_size=len(facts)))
        ends.append(learn(list(zip(order, delays, ticks, strict=True))))
    assert standings(ends[0]) == standings(ends[1])
    assert [(c.id, c.outcome, c.since) for c in ends[0].contents] == [
        (c.id, c.outcome, c.since) for c in ends[1].contents
    ]


@settings(CORE, max_examples=60)
@given(st.lists(FACTS, min_size=1, max_size=6), st.data())
def test_a_fact_recorded_twice_is_harmless(facts: list[Fact], data: st.DataObject) -> None:
    twice = data.draw(st.permutations([*facts, *facts]))
    once = learn([(f, 0, False) for f in facts])
    again = learn([(f, 0, False) for f in twice])
    assert standings(once) == standings(again)
    assert once.outcomes() == again.outcomes()


# --- any walk through the procedure ------------------------------------------------------------------------------


class Walk(RuleBasedStateMachine):
    """Acts, facts, clocks and corrections in any order; `Desk` and `check_step` check every step."""

    @initialize(urls=st.integers(1, 4), due=st.one_of(st.none(), st.just(hours(400))))
    def begin(self, urls: int, due: Any) -> None:
        self.desk = Desk()
        self.desk.open(sample.notice(urls, due=due))
        self.now = hours(0)

    @property
    def case(self) -> Case:
        assert self.desk.case is not None
        return self.desk.case

    def pick(self, data: st.DataObject) -> tuple[str, ...]:
        ids = [c.id for c in self.case.contents]
        return tuple(data.draw(st.lists(st.sampled_from(ids), unique=True, max_size=len(ids))))

    def attempt(self, event: Event) -> None:
        """Try an act: it is refused with reasons, or done."""
        before = self.case
        why: object = None
        try:
            self.desk.do(event, self.now)
        except NotAllowed as error:
            why = error.reasons
        except BadInput as error:
            why = error.remedy
        if why is None:
            stateless = isinstance(event, Corrected | IncidentResolved)
            assert not before.final or stateless, "a final state takes only facts and corrections"
        else:
            assert why, "a refusal says why"
            assert self.case is before

    @rule(n=st.sampled_from([0, 1, 13, 30, 100, 600]))
    def wait(self, n: int) -> None:
        self.now += timedelta(hours=n)

    @rule()
    def tick(self) -> None:
        self.desk.tick(self.now)

    @rule(by=st.sampled_from([AUTHORITY, AGENCY_A, PLATFORM]), data=st.data())
    def act(self, by: Actor, data: st.DataObject) -> None:
        obligations = [o.name for o in self.desk.p.obligations]
        event: Event = data.draw(
            st.sampled_from(
                [
                    Verified(by=by, note="seen by Jane Roe"),
                    Rejected(by=by, reason="not within our remit"),
                    Withdrawn(by=by, reason="mistake"),
                    Superseded(by=by, case="case-2"),
                    Closed(by=by),
                    Escalated(by=by, instrument=Order(contents=[Content(kind="domain", locator="t.me")])),
                    Issued(by=by, due=hours(24 * 30)),
                    Held(by=by, role="platform", until=self.now + timedelta(hours=50), reason="inquiry"),
                    Extended(
                        by=by, obligation=data.draw(st.sampled_from(obligations)), reason="asked for",
                        due=self.now + timedelta(hours=data.draw(st.integers(-50, 300))),
                    ),
                    sample.OpinionGiven(by=by, opinion="unlawful"),
                ]
            )
        )  # fmt: skip
        self.attempt(event)

    @precondition(lambda self: self.case.state == "assessed")
    @rule()
    def issue(self) -> None:
        order = Issued(due=self.now + timedelta(hours=300))
        for signer in (AGENCY_A, AGENCY_B):
            self.attempt(Approved(proposal=self.desk.proposal(order), by=signer))
        self.attempt(attrs.evolve(order, by=AUTHORITY))

    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        seq = data.draw(st.integers(1, self.case.revision))
        found = [h for h in self.case.happenings if h.seq == seq]
        ids = [c for h in found for c in h.contents or ()]
        if ids and data.draw(st.booleans()):
            field, value = f"outcome:{data.draw(st.sampled_from(ids))}", data.draw(st.sampled_from(OUTCOMES))
        else:
            field, value = "at", (self.now - timedelta(hours=data.draw(st.integers(0, 200)))).isoformat()
        self.attempt(Corrected(seq=seq, field=field, value=value, reason="a misprint", by=AUTHORITY))

    @rule(data=st.data(), back=st.sampled_from([0, 0, 1, 30, 300]), duplicate=st.booleans())
    def fact(self, data: st.DataObject, back: int, duplicate: bool) -> None:
        """No authenticated fact is ever refused, in any state, as long as what it names exists."""
        at = self.now - timedelta(hours=back)
        some, ids = self.pick(data), [c.id for c in self.case.contents]
        facts: list[Fact] = [
            EffectGiven(outcomes={c: data.draw(st.sampled_from(OUTCOMES)) for c in some or ids}, by=PLATFORM, at=at),
            Refused(contents=some, reason="lawful, says Jane Roe", by=PLATFORM, at=at),
            ClarificationRequested(contents=some, by=PLATFORM, at=at),
            ClarificationGiven(contents=some, by=AUTHORITY, at=at),
            ImpossibilityStated(contents=some, by=PLATFORM, at=at),
            Restored(contents=some, by=PLATFORM, at=at),
            Retracted(contents=some, by=REPORTER, at=at),
            OrderVoided(contents=some, by=COURT, at=at),
            CourtActionNotified(by=COURT, at=at),
            CourtDecided(restore=True, by=COURT, at=at),
            InstrumentReceived(instrument=CounterNotice(form={"why": "a mistake"}), by=REPORTER, at=at),
            InstrumentReceived(instrument=Referral(), by=AUTHORITY, at=at),
            InstrumentReceived(instrument=Notice(contents=["https://t.me/later/1"], due=at), by=REPORTER, at=at),
            ReviewStarted(by=PLATFORM, at=at),  # without `due`: the limit is unknown, the fact stands
            ReviewStarted(due=at - timedelta(hours=1), by=PLATFORM, at=at),
            Unlisted(by=COURT, at=at),
            LinkedCase(case="case-9", procedure="test.child", milestone="blocked", by=SYSTEM, at=at),
        ]
        for message in self.case.messages:
            facts += [
                Sent(message=message.id, by=SYSTEM, at=at),
                Delivered(message=message.id, by=PLATFORM, at=at),
                Acknowledged(message=message.id, by=Actor("addressee", {message.to}), at=at, note="signed J. Roe"),
                Unsent(message=message.id, reason="mailbox full", by=SYSTEM, at=at),
            ]
        for d in self.case.deadlines:
            facts += [
                cls(deadline=d.id, obligation=d.obligation, by=SYSTEM, at=at)
                for cls in (DeadlineBreached, DeadlineClosed, DeadlineOpened, DeadlineReminded)
            ]
        fact = data.draw(st.sampled_from(facts))
        self.desk.do(fact, self.now)
        if duplicate:
            self.desk.do(fact, self.now)

    @invariant()
    def nothing_personal_is_in_the_chain(self) -> None:
        if hasattr(self, "desk") and self.desk.entries:
            text = self.desk.entries[-1].text
            assert "Roe" not in text
            assert "t.me" not in text

    @invariant()
    def waiting_for_says_who(self) -> None:
        if hasattr(self, "desk") and self.desk.case is not None:
            assert all(w.who for w in self.desk.case.waiting_for())

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            assert self.desk.verify() == ()
            assert journal.replay(self.desk.entries) == self.desk.case
            stored = json.loads(json.dumps(case_json.case_to_doc(self.case)))
            assert case_json.case_from_doc(stored) == self.desk.case


Walk.TestCase.settings = settings(CORE, max_examples=60, stateful_step_count=30)
TestAnyWalk = Walk.TestCase


# --- irregular facts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["rejected", "withdrawn", "superseded", "done"])
def test_a_fact_without_a_row_is_recorded_as_irregular_with_an_incident_in_final_states_too(state: str) -> None:
    desk = Desk().acknowledged() if state == "done" else Desk()
    if state == "done":
        desk.do(EffectGiven(outcomes=dict.fromkeys(IDS, "removed"), by=PLATFORM, at=hours(3)))
    else:
        desk.open()
        ends = {"rejected": Rejected(by=AUTHORITY, reason="no"), "withdrawn": Withdrawn(by=AUTHORITY, reason="no"),
                "superseded": Superseded(by=AUTHORITY, case="case-2")}  # fmt: skip
        desk.do(ends[state])
    assert desk.case is not None
    assert desk.case.state == state
    step = desk.do(EffectGiven(outcomes={"c1": "disabled"}, by=PLATFORM, at=hours(30)))
    assert step.entry.irregular
    assert [i.kind for i in step.incidents] == ["irregular_fact"]
    assert step.case.outcomes()["c1"] == "disabled", "what it proves is recorded all the same"
    assert step.case.state == state
    with pytest.raises(NotAllowed):
        desk.do(Verified(by=AUTHORITY))


def test_only_a_role_that_may_state_a_fact_is_heard() -> None:
    desk = Desk().acknowledged()
    with pytest.raises(NotAllowed, match="may state this"):
        desk.do(EffectGiven(outcomes={"c1": "removed"}, by=REPORTER))
    with pytest.raises(NotAllowed, match="may state this"):
        desk.do(EffectGiven(outcomes={"c1": "removed"}, by=sample.NOBODY))


@pytest.mark.parametrize("cls", [DeadlineBreached, DeadlineClosed, DeadlineOpened, DeadlineReminded])
def test_nobody_but_the_library_says_that_time_has_passed(cls: type[Any]) -> None:
    desk = Desk().acknowledged()
    with pytest.raises(NotAllowed, match="only system"):
        desk.do(cls(deadline="handle", obligation="handle", by=PLATFORM))


def test_an_instant_that_has_not_passed_breaks_nothing_when_it_is_claimed() -> None:
    desk = Desk().acknowledged()
    step = desk.do(DeadlineBreached(deadline="handle", obligation="handle", by=SYSTEM), hours(5))
    assert "no such instant" in step.entry.irregular[0]
    assert desk.deadline("handle").standing == "running"
    assert step.case.state == "complying"
    assert step.case.deadline("sanction") is None


# --- the chain ---------------------------------------------------------------------------------------------------


def walked() -> Desk:
    """Return a case with twelve entries of many kinds."""
    desk = Desk().acknowledged()
    desk.do(ClarificationRequested(contents="c1", by=PLATFORM, at=hours(4)))
    desk.do(ClarificationGiven(contents="c1", by=AUTHORITY, at=hours(8)))
    desk.do(EffectGiven(outcomes={"c2": "removed"}, by=PLATFORM, at=hours(9)))
    desk.tick(hours(80))
    return desk


def _resealed(entry: Entry, **changes: Any) -> Entry:
    return Entry.sealed(canon.text({**entry.doc, **changes}))


@settings(CORE)
@given(st.data())
def test_whatever_is_done_to_a_journal_verify_finds_it_and_says_where(data: st.DataObject) -> None:
    desk = walked()
    entries, n = list(desk.entries), len(desk.entries)
    i = data.draw(st.integers(0, n - 1))
    how = data.draw(st.sampled_from(["change", "reseal", "drop", "swap", "repeat", "insert", "garble", "cut"]))
    if how == "change":  # the text, with the hash left as it was
        at = data.draw(st.integers(0, len(entries[i].text) - 1))
        text = entries[i].text[:at] + ("0" if entries[i].text[at] != "0" else "1") + entries[i].text[at + 1 :]
        entries[i] = attrs.evolve(entries[i], text=text)
    elif how == "reseal":  # changed, and sealed again: the next entry (or the case) does not fit
        entries[i] = _resealed(entries[i], target="done" if entries[i].doc["target"] != "done" else "overdue")
    elif how == "drop":
        del entries[i]
    elif how == "swap":
        j = data.draw(st.integers(0, n - 1).filter(lambda j: j != i))
        entries[i], entries[j] = entries[j], entries[i]
    elif how == "repeat":
        entries.insert(data.draw(st.integers(0, n)), entries[i])
    elif how == "insert":
        entries.insert(i, _resealed(entries[i], now=entries[i].doc["now"], at=canon.instant(hours(0))))
    elif how == "garble":
        text = data.draw(st.sampled_from(["[]", "", "{}", "null", '{"seq":1}', "7"]))
        entries[i] = Entry(entries[i].doc, text, canon.digest(text))
    else:
        entries = entries[:i]
    problems = journal.verify("t1", "case-1", entries, desk.case)
    assert problems, how
    broken = next((k for k, (a, b) in enumerate(zip(entries, desk.entries, strict=False)) if a.text != b.text), None)
    if broken is not None:
        told = {p.partition(":")[0] for p in problems}
        assert told & {f"entry {broken + 1}", f"entry {broken + 2}", "the last entry is not the one that the case "
                       "names as its head"}, (how, i, problems)  # fmt: skip


def test_a_dropped_last_entry_is_found_by_the_head_that_the_case_keeps() -> None:
    desk = walked()
    problems = journal.verify("t1", "case-1", desk.entries[:-1], desk.case)
    assert any("revision 1" in p for p in problems)
    assert any("head" in p for p in problems)


def test_a_journal_is_bound_to_its_tenant_and_case() -> None:
    desk = walked()
    assert "belongs to case" in journal.verify("t2", "case-1", desk.entries, desk.case)[0]
    assert "belongs to case" in journal.verify("t1", "case-2", desk.entries, desk.case)[0]


def test_a_forged_and_fully_resealed_journal_differs_from_the_head_of_the_case() -> None:
    desk = walked()
    forged: list[Entry] = []
    for entry in desk.entries:
        doc = dict(entry.doc)
        if entry.event == "EffectGiven":
            doc["at"] = canon.instant(hours(3))
        doc["prev"] = forged[-1].hash if forged else ""
        forged.append(Entry.sealed(canon.text(doc)))
    problems = journal.verify("t1", "case-1", forged, desk.case)
    assert problems == ("the last entry is not the one that the case names as its head",)


def test_a_sealed_entry_that_is_no_entry_is_reported_and_does_not_raise() -> None:
    desk = walked()
    assert desk.case is not None
    bad = Entry.sealed(canon.text({**desk.entries[-1].doc, "effects": {"deadlines": [{"id": 3}]}}))
    forged = attrs.evolve(desk.case, head=bad.hash)
    problems = journal.verify("t1", "case-1", [*desk.entries[:-1], bad], forged)
    assert len(problems) == 1
    assert "cannot be replayed" in problems[0]


def test_a_case_changed_in_the_store_differs_from_its_journal() -> None:
    desk = walked()
    assert desk.case is not None
    forged = attrs.evolve(desk.case, state="done")
    assert journal.verify("t1", "case-1", desk.entries, forged) == ("the case differs from its journal in state",)


# --- later code --------------------------------------------------------------------------------------------------


def test_replay_needs_neither_hooks_nor_calendars_nor_side_rows() -> None:
    desk = walked()
    desk.do(InstrumentReceived(instrument=CounterNotice(), by=REPORTER, at=hours(90)))
    stored = [journal.read(e.text, e.hash) for e in desk.entries]
    bare = attrs.evolve(sample.SAMPLE, id="test.bare", hooks=())
    assert journal.replay(stored) == desk.case
    # The same case goes on under other code: what was computed stays as it was computed.
    before = desk.deadline("put_back")
    closed = attrs.evolve(sample.CALENDAR, version="hand-made 2", weekend=frozenset(range(6)))
    other = Desk(bare, calendars={"office": closed})
    other.case, other.entries = desk.case, list(desk.entries)
    other.do(Restored(contents="c2", by=PLATFORM, at=hours(91)))
    after = other.deadline("put_back")
    assert (after.not_before, after.due, after.calendar) == (before.not_before, before.due, before.calendar)
    assert after.met == hours(91)
    assert journal.replay(other.entries) == other.case


def runner_at(now: list[Any], **more: Any) -> Runner:
    """Return a runner on a memory store whose clock is the last item of `now`."""
    directory = StaticDirectory(
        [
            Provider(
                id="platform-x",
                contacts=[
                    PointOfContact(id="px-desk", channels={"console": "desk@px.example"}),
                    PointOfContact(id="px-rep", rank=9, channels={"console": "rep@px.example"}),
                ],
            ),
            *[
                Provider(id=id, contacts=[PointOfContact(id=f"{id}-box", channels={"console": f"{id}@x.example"})])
                for id in ("reporter-1", "counsel-1", "ministry")
            ],
        ]
    )
    return Runner(
        store=open_store("memory:"),
        procedures=[sample.SAMPLE, sample.CHILD],
        acting_as={"authority"},
        directory=directory,
        notifiers={"console": ConsoleNotifier(io.StringIO())},
        facts={"register.known": lambda case, event, conn: False},
        effects={"archive": lambda data, key: None},
        calendars={"office": sample.CALENDAR},
        clock=lambda: now[-1],
        **more,
    )


def test_reexamining_with_the_same_code_reports_no_difference_and_erasing_breaks_no_proof() -> None:
    now = [hours(0)]
    runner = runner_at(now)

    def do(hour: float, event: Event, by: Actor) -> Case:
        now.append(hours(hour))
        return runner.apply("case-1", event, by=by)

    runner.open("test.sample", sample.notice(), by=REPORTER, case_id="case-1")
    do(1, Verified(note="seen"), AUTHORITY)
    order = Issued(due=hours(500))
    digest = runner.proposal("case-1", order)
    for signer in (AGENCY_A, AGENCY_B):
        do(2, Approved(proposal=digest), signer)
    case = do(3, order, AUTHORITY)
    assert case.state == "ordered"
    runner.deliver()
    now.append(hours(80))
    runner.tick()
    runner.deliver()
    do(81, ReviewStarted(at=hours(5), note="late news"), PLATFORM)
    do(82, EffectGiven(outcomes={"c1": "removed"}, at=hours(20)), PLATFORM)
    do(83, Corrected(seq=5, field="at", value=hours(2.5).isoformat(), reason="misprint"), AUTHORITY)
    do(84, InstrumentReceived(instrument=Notice(contents=["https://t.me/more"], form={"reasons": "x"})), REPORTER)
    now.append(hours(200))
    runner.tick()
    domain = Order(contents=[Content(kind="domain", locator="t.me")])
    escalation = Escalated(instrument=domain, reason="silence")
    do(201, Approved(proposal=runner.proposal("case-1", escalation)), AGENCY_A)
    case = do(202, escalation, AUTHORITY)
    assert case.state == "blocking"
    child = case.children[0].id
    assert runner.personal(child)["content.c1"] == "t.me"
    assert runner.personal("case-1")["content.c1"] == "https://t.me/secret-channel-1/7", "the child's are its own"
    now.append(hours(203))
    runner.apply(child, Verified(), by=AUTHORITY)
    runner.tick()
    assert runner.case("case-1").state == "done"
    runner.verify("case-1")
    assert runner.reexamine("case-1") == ()
    head = runner.case("case-1").head
    runner.erase("case-1", unsent=True)
    assert runner.personal("case-1") == {}
    assert runner.verify("case-1").hash == head == runner.case("case-1").head
