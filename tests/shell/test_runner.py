"""What the runner promises around a decision: repetition, clocks, messages, what comes back, proof, and silence in logs."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import (
    Acknowledged,
    Actor,
    BadInput,
    Case,
    CaseConflict,
    CommandReused,
    Content,
    DeliveryError,
    EffectGiven,
    Extended,
    Issued,
    NotAllowed,
    Notice,
    Outgoing,
    PointOfContact,
    Procedure,
    Provider,
    Receipt,
    Rejected,
    Runner,
    StaticDirectory,
    Tampered,
    UnknownProcedure,
    Verified,
)
from sopflow.events import DeadlineBreached, InstrumentReceived, Opened
from sopflow.journal import replay
from sopflow.ports import Inbound
from sopflow.rules import (
    ANY_OPEN,
    STAY,
    Basis,
    Do,
    Guard,
    Hook,
    Obligation,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Yield,
)
from sopflow.stores import open_store
from sopflow.terms import Hours
from sopflow.testing.clock import Clock

START = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
OFFICER = Actor("officer", {"authority"}, "ministry")
PLATFORM = Actor("moderator", {"platform"}, "px")
B = Basis("made up", "tests", "I")
SECRETS = ("jane", "t.me/secret", "px.example", "unlawful because")


class Post:
    """Takes every message; raises what `wrong` says for a contact."""

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []
        self.wrong: dict[str, Exception] = {}
        self.receipt: Receipt | None = None

    def send(self, message: Outgoing) -> Receipt | None:
        self.taken.append(message)
        if message.contact in self.wrong:
            raise self.wrong[message.contact]
        return self.receipt


class Host:
    def __init__(self) -> None:
        self.known = False
        self.bad_cases: set[str] = set()
        self.rows: list[str] = []
        self.effects: list[tuple[Any, str]] = []
        self.effect_error: Exception | None = None
        self.steps: list[Any] = []

    def not_known(self, before: Case, view: Case, event: Any, facts: Any) -> str | None:
        return "the register knows it" if self.known else None

    def archive(self, before: Case, view: Case, event: Any, facts: Any) -> Yield:
        return Yield(does=Do(name="archive", data={"case": before.id}))

    def participant(self, step: Any, conn: Any) -> None:
        if step.case.id in self.bad_cases:
            raise RuntimeError("jane@example.org is in the way")
        self.rows.append(step.case.id)

    def effect(self, data: Any, key: str) -> None:
        self.effects.append((data, key))
        if self.effect_error is not None:
            raise self.effect_error


def procedure(host: Host, version: str = "1") -> Procedure:
    def row(on: Any, source: Any, target: str, by: Any, **more: Any) -> Transition:
        return Transition(on=on, source=source, target=target, by=by, basis=B, **more)

    order = Send(template="order", to="platform", sender="authority", ack_within=Hours(24))
    report = Send(template="report", to="authority", sender="platform", within=Hours(72), ack_within=Hours(1))
    return Procedure(
        id="test.desk", version=version, title="A desk", acting="authority",
        roles=[Role(name=n, basis=B) for n in ("authority", "platform")],
        opened_by="authority", initial="received",
        states=[
            State(name="received", phase="intake", basis=B),
            State(name="checked", phase="assessment", basis=B),
            State(name="ordered", phase="notice", basis=B),
            State(name="overdue", phase="escalation", basis=B),
            State(name="done", phase="closed", final=True, basis=B),
        ],
        transitions=[
            row(Verified, "received", "checked", "authority", guards=Guard("not_known", host.not_known)),
            row(Issued, "checked", "ordered", "authority", sends=(order, report)),
            row(EffectGiven, ANY_OPEN, STAY, "platform"),
            row(Acknowledged, ANY_OPEN, STAY, {"platform", "authority"}, of="order"),
            row(InstrumentReceived, ANY_OPEN, STAY, "authority", of="notice"),
            row(Extended, ANY_OPEN, STAY, "authority"),
            row(DeadlineBreached, "received", "overdue", "system", of="check"),
            row(Rejected, ("received", "overdue"), "done", "authority"),
        ],
        obligations=[Obligation(name="check", owner="authority", term=Hours(48), basis=B, starts=Opened, meets=Verified)],
        templates=[Template("order", "Order $case", "$contents\n$form"), Template("report", "Report", "x")],
        hooks=[Hook(name="archive", run=host.archive, event=Issued)],
        sources=[Source("tests", "these tests")],
    )  # fmt: skip


class Desk:
    def __init__(self, url: str, **options: Any) -> None:
        self.host = Host()
        self.post = Post()
        self.clock = Clock(START)
        desks = [
            PointOfContact(id=f"desk-{n}", channels={"email": f"jane-{n}@px.example"}, rank=n, name="Jane Roe")
            for n in range(2)
        ]
        self.options: dict[str, Any] = {
            "store": open_store(url),
            "procedures": [procedure(self.host)],
            "acting_as": "authority",
            "directory": StaticDirectory([Provider(id="px", contacts=desks)]),
            "notifiers": {"email": self.post},
            "effects": {"archive": self.host.effect},
            "participants": [self.host.participant],
            "observers": [self.host.steps.append],
            "clock": self.clock,
            "hands": 1,
            **options,
        }
        self.runner = Runner(**self.options)

    def open(self, id: str = "case-1", **more: Any) -> Case:
        return self.runner.open("test.desk", notice(), by=OFFICER, case_id=id, **more)

    def ordered(self, id: str = "case-1") -> Case:
        self.open(id)
        self.runner.apply(id, Verified(by=OFFICER))
        return self.runner.apply(id, Issued(by=OFFICER))

    def kinds(self, case: str = "") -> list[str]:
        return sorted(i.kind for i in self.runner.incidents(case))


def notice(**more: Any) -> Notice:
    return Notice(**{
        "contents": ["https://t.me/secret"], "parties": {"platform": "px"},
        "form": {"reasons": "unlawful because Jane says so"}, **more,
    })  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.db"


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, path: Path) -> Iterator[Desk]:
    found = Desk("memory:" if request.param == "memory" else f"sqlite:///{path}")
    yield found
    found.runner.close()


@pytest.fixture
def filed(path: Path) -> Iterator[Desk]:
    found = Desk(f"sqlite:///{path}?shared=1")
    yield found
    found.runner.close()


# --- repetition ----------------------------------------------------------------------------------------------------


def test_a_repeated_opening_gives_the_case_as_it_was_then(desk: Desk) -> None:
    first = desk.runner.open("test.desk", notice(), by=OFFICER, command_id="o")
    desk.runner.apply(first.id, Verified(by=OFFICER))
    assert desk.runner.open("test.desk", notice(), by=OFFICER, command_id="o") == first
    assert (desk.runner.count(), desk.runner.case(first.id).revision) == (1, 2)


def test_a_repeated_command_gives_its_outcome_whatever_came_later(desk: Desk) -> None:
    desk.open()
    first = desk.runner.apply("case-1", Verified(by=OFFICER), command_id="v", expect=1)
    desk.runner.apply("case-1", Issued(by=OFFICER))
    assert desk.runner.apply("case-1", Verified(by=OFFICER), command_id="v") == first
    assert desk.runner.apply("case-1", Verified(by=OFFICER), command_id="v", expect=1) == first
    with pytest.raises(CaseConflict):
        desk.runner.apply("case-1", Verified(by=OFFICER), command_id="new", expect=1)
    with pytest.raises(CommandReused):
        desk.runner.apply("case-1", Issued(by=OFFICER), command_id="v", expect=1)
    assert desk.runner.case("case-1").revision == 3


def test_a_repeated_command_that_would_be_refused_by_now_gives_its_outcome(desk: Desk) -> None:
    desk.open()
    longer = Extended(obligation="check", due=START + timedelta(hours=90), reason="r", by=OFFICER)
    more = InstrumentReceived(instrument=Notice(contents=[Content(id="n1", locator="https://t.me/n")]), by=OFFICER)
    for command, event in (("x", longer), ("m", more)):
        first = desk.runner.apply("case-1", event, command_id=command)
        assert desk.runner.apply("case-1", event, command_id=command) == first
    assert desk.runner.case("case-1").revision == 3


def test_a_command_id_belongs_to_its_tenant(desk: Desk) -> None:
    desk.open(command_id="o")
    other = Runner(**{**desk.options, "tenant": "other"})
    assert other.open("test.desk", notice(), by=OFFICER, command_id="o").tenant == "other"


def test_a_preview_is_the_step_and_writes_nothing(desk: Desk) -> None:
    before = desk.open()
    step = desk.runner.preview("case-1", Verified(), by=OFFICER)
    assert (step.case.state, step.entry.seq) == ("checked", 2)
    assert desk.runner.case("case-1") == before and len(desk.runner.journal("case-1")) == 1
    assert desk.host.rows == ["case-1"]
    after = desk.runner.apply("case-1", Verified(by=OFFICER))
    assert attrs.evolve(after, head="") == attrs.evolve(step.case, head="")


# --- asking --------------------------------------------------------------------------------------------------------


def test_allowed_says_yes_no_with_reasons_or_what_it_depends_on(desk: Desk) -> None:
    desk.open()
    desk.host.known = True
    found = {a.event: a for a in desk.runner.allowed("case-1", by=OFFICER)}
    assert (found["Verified"].verdict, found["Verified"].reasons) == ("no", ("the register knows it",))
    assert found["Issued"].verdict == "no" and "checked" in found["Issued"].reasons[0]
    assert (found["Rejected"].verdict, found["Rejected"].fields) == ("depends", ("reason",))
    assert found["EffectGiven"].verdict == "no" and "platform" in found["EffectGiven"].reasons[0]
    desk.host.known = False
    assert {a.event: a for a in desk.runner.allowed("case-1", by=OFFICER)}["Verified"].verdict == "yes"
    assert {a.verdict for a in desk.runner.allowed("case-1", by=Actor("x", {"visitor"}))} == {"no"}
    desk.runner.apply("case-1", Rejected(reason="r", by=OFFICER))
    found = {a.event: a for a in desk.runner.allowed("case-1", by=OFFICER)}
    assert "final" in found["Verified"].reasons[0]


def test_allowed_asks_the_hosts_facts_with_a_whole_event(desk: Desk) -> None:
    asked: list[Any] = []

    def provider(case: Case, event: Any, conn: Any) -> bool:
        asked.append(event.by.id)
        return False

    guard = Guard("reads", lambda_free, reads="register.known")
    rules = procedure(desk.host).extend(
        id="test.reading",
        transitions=[Transition(on=Verified, source="overdue", target=STAY, by="authority", guards=guard, basis=B)],
    )
    runner = Runner(**{**desk.options, "procedures": [rules], "facts": {"register.known": provider}})
    case = runner.open("test.reading", notice(), by=OFFICER)
    assert {a.event: a.verdict for a in runner.allowed(case.id, by=OFFICER)}["Verified"] == "yes"
    assert set(asked) == {"officer"}


def lambda_free(before: Case, view: Case, event: Any, facts: Any) -> str | None:
    return "known" if facts.values["register.known"] else None


def test_cases_are_found_and_counted_page_by_page(desk: Desk) -> None:
    for n in range(7):
        desk.open(f"case-{n}")
        desk.clock.advance(minutes=n % 2)
    desk.runner.apply("case-3", Verified(by=OFFICER))
    assert (desk.runner.count(), desk.runner.count(state="checked"), desk.runner.count(party="px")) == (7, 1, 7)
    seen: list[str] = []
    while page := desk.runner.find(limit=3, after=seen[-1] if seen else ""):
        seen += [case.id for case in page]
    assert seen == [f"case-{n}" for n in range(7)]
    assert [c.id for c in desk.runner.find(phase="assessment")] == ["case-3"]
    assert desk.runner.find(party="nobody") == () and desk.runner.count(final=True) == 0


def test_an_incident_is_resolved_in_the_journal_and_once(desk: Desk) -> None:
    desk.open()
    desk.runner.apply("case-1", EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    desk.runner.apply("case-1", Rejected(reason="r", by=OFFICER))
    desk.runner.apply("case-1", EffectGiven(outcomes={"c1": "disabled"}, by=PLATFORM))  # final: irregular
    (incident,) = desk.runner.incidents("case-1")
    desk.runner.resolve(incident, by=OFFICER, note="Jane was told")
    entry = desk.runner.journal("case-1")[-1]
    assert entry.event == "IncidentResolved" and "Jane" not in entry.text
    assert desk.runner.incidents() == ()
    (done,) = desk.runner.incidents("case-1", status="")
    assert (done.status, done.resolved_by, done.note) == ("resolved", "officer", "Jane was told")
    desk.runner.verify("case-1")


# --- proof ---------------------------------------------------------------------------------------------------------


def test_reexamine_tells_what_a_changed_guard_would_decide(desk: Desk) -> None:
    desk.ordered()
    assert desk.runner.reexamine("case-1") == ()
    desk.host.known = True
    (difference,) = desk.runner.reexamine("case-1")
    assert "entry 2 (Verified)" in difference and "refused today" in difference and "register knows" in difference
    desk.runner.verify("case-1")


def test_erasing_takes_texts_and_addresses_and_leaves_the_proof(desk: Desk, path: Path) -> None:
    desk.ordered()
    desk.runner.deliver()
    before = desk.runner.case("case-1")
    desk.runner.erase("case-1")
    assert desk.runner.personal("case-1") == {}
    assert desk.runner.verify("case-1").hash == before.head
    assert replay(desk.runner.journal("case-1")) == desk.runner.case("case-1") == before
    with desk.runner.store.session(read=True) as session:
        rows = session.outbox("default", "case-1")
    assert rows and all((m.address, m.subject, m.body) == ("", "", "") for m, _ in rows)
    if path.exists():
        with closing(sqlite3.connect(path)) as conn:
            text = "\n".join(conn.iterdump()).lower()
    else:
        tables = vars(desk.runner.store).values()
        text = str([attrs.asdict(m) for m, _ in rows]).lower() + str([t for t in tables if isinstance(t, dict)]).lower()
    assert not [secret for secret in SECRETS if secret in text]


def test_a_row_changed_behind_our_back_is_found_and_named(filed: Desk, path: Path) -> None:
    filed.ordered()
    with closing(sqlite3.connect(path)) as conn:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            conn.execute("UPDATE sopflow_journal SET entry = '{}'")
        conn.execute("DROP TRIGGER sopflow_journal_no_update")
        conn.execute("UPDATE sopflow_journal SET entry = replace(entry, 'officer', 'nobody_') WHERE seq = 2")
        conn.commit()
    with pytest.raises(Tampered) as caught:
        filed.runner.verify("case-1")
    assert caught.value.case == "case-1" and len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith("entry 2:")


def test_a_dropped_last_entry_and_a_changed_case_row_are_found(filed: Desk, path: Path) -> None:
    filed.ordered()
    filed.open("case-2")
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("DROP TRIGGER sopflow_journal_no_delete")
        conn.execute("DELETE FROM sopflow_journal WHERE case_id = 'case-1' AND seq = 3")
        conn.execute("UPDATE sopflow_case SET doc = replace(doc, 'received', 'checked') WHERE id = 'case-2'")
        conn.commit()
    with pytest.raises(Tampered, match="revision 3, the journal has 2"):
        filed.runner.verify("case-1")
    with pytest.raises(Tampered, match="state"):
        filed.runner.verify("case-2")


# --- clocks --------------------------------------------------------------------------------------------------------


def test_a_case_of_a_version_that_we_lack_is_told_and_the_others_go_on(desk: Desk) -> None:
    desk.open("old")
    runner = Runner(**{**desk.options, "procedures": [procedure(desk.host, "2")]})
    runner.open("test.desk", notice(), by=OFFICER, case_id="young")
    with pytest.raises(UnknownProcedure, match="hand that version"):
        runner.apply("old", Verified(by=OFFICER))
    desk.clock.advance(hours=49)
    tick = runner.tick()
    assert (tick.steps, tick.failures, tick.cases) == (1, 1, ("young",))
    (incident,) = runner.incidents("old")
    assert incident.kind == "unknown_procedure"
    assert runner.tick().failures == 0, "it is looked at again later"
    runner.resolve(incident, by=OFFICER)
    desk.clock.advance(hours=2)
    assert runner.tick().failures == 1 and len(runner.incidents("old")) == 1
    assert desk.runner.tick().steps == 0
    desk.clock.advance(hours=2)
    assert desk.runner.tick().cases == ("old",), "whoever has the version makes up for it"


def test_a_case_that_fails_is_postponed_and_starves_nobody(desk: Desk) -> None:
    for n in range(5):
        desk.open(f"bad-{n}")
    desk.open("good")
    desk.host.bad_cases = {f"bad-{n}" for n in range(5)}
    desk.clock.advance(hours=49)
    tick = desk.runner.tick(limit=2)
    assert (tick.steps, tick.failures, tick.cases) == (1, 5, ("good",))
    assert sorted(desk.kinds()) == ["deadline_missed", *["failed"] * 5]
    assert "jane" not in str([i.detail for i in desk.runner.incidents()]), "details are without personal data"
    desk.host.bad_cases = set()
    assert desk.runner.tick().steps == 0
    desk.clock.advance(hours=1)
    assert desk.runner.tick().steps == 5
    assert {c.state for c in desk.runner.find()} == {"overdue"}


# --- messages ------------------------------------------------------------------------------------------------------


def test_a_failed_sending_is_tried_again_ever_less_often_under_one_id(desk: Desk) -> None:
    desk.ordered()
    desk.post.wrong = {"desk-0": DeliveryError("busy")}
    gaps: list[float] = []
    last = desk.clock.now
    for _ in range(60 * 4):
        if desk.runner.deliver().retried:
            gaps.append((desk.clock.now - last).total_seconds())
            last = desk.clock.now
        desk.clock.advance(minutes=1)
    assert gaps[1:] == sorted(gaps[1:]) and len(gaps) >= 6
    desk.post.wrong = {}
    desk.clock.advance(hours=2)
    assert desk.runner.deliver().sent == 1
    assert len({m.id for m in desk.post.taken}) == 1 and desk.post.taken[-1].attempts == len(gaps)
    assert desk.runner.case("case-1").messages[0].status == "sent"


@pytest.mark.parametrize("reason", ["gone", "", "\ud800", ValueError("x")])
def test_a_permanent_failure_climbs_at_once_whatever_the_notifier_says(desk: Desk, reason: Any) -> None:
    desk.ordered()
    desk.post.wrong = {"desk-0": DeliveryError(reason, permanent=True)}
    assert desk.runner.deliver().failed >= 1
    order = desk.runner.case("case-1").sent_as("order")
    assert [(m.contact, m.status) for m in order] == [("desk-0", "unsent"), ("desk-1", "queued")]
    assert desk.runner.deliver().sent == 1
    assert "failed" not in desk.kinds()


def test_any_other_exception_of_a_notifier_is_tried_again_and_its_text_is_kept_nowhere(desk: Desk, path: Path) -> None:
    desk.ordered()
    desk.post.wrong = {"desk-0": KeyError("jane@px.example")}
    assert desk.runner.deliver().retried == 1
    if path.exists():
        with closing(sqlite3.connect(path)) as conn:
            assert conn.execute("SELECT why FROM sopflow_outbox WHERE why <> ''").fetchall() == [("KeyError",)]


def test_a_worker_that_dies_between_sending_and_recording_leaves_the_message_to_another(desk: Desk) -> None:
    desk.ordered()
    with desk.runner.store.session() as session:  # what the dead worker did
        rows = session.claim("default", desk.clock.now, desk.clock.now + timedelta(minutes=5), 10)
    for row in rows:
        if row.channel == "email":
            desk.post.send(row)
    assert desk.runner.deliver().messages == (), "while the lease runs it is nobody else's"
    desk.clock.advance(minutes=5)
    assert desk.runner.deliver().sent == 2
    assert len(desk.post.taken) == 2 and len({m.id for m in desk.post.taken}) == 1
    assert [e.event for e in desk.runner.journal("case-1")].count("Sent") == 1


def test_one_bad_case_participant_or_notifier_never_stops_the_other_messages(desk: Desk) -> None:
    for id in ("bad", "good-1", "good-2"):
        desk.ordered(id)
    desk.host.bad_cases = {"bad"}
    sent = desk.runner.deliver()
    assert (sent.sent, sent.failed) == (5, 1)
    assert desk.kinds() == ["failed"] and desk.runner.incidents()[0].case == "bad"
    before = len(desk.post.taken)
    desk.clock.advance(seconds=20)
    desk.runner.deliver()
    assert len(desk.post.taken) == before
    desk.host.bad_cases = set()
    desk.clock.advance(hours=1)
    assert desk.runner.deliver().sent == 1
    assert {m.status for c in desk.runner.find() for m in c.sent_as("order")} == {"sent"}


def test_a_message_whose_sending_could_not_be_recorded_is_not_sent(desk: Desk) -> None:
    desk.ordered()
    desk.runner.deliver(limit=0)
    runner = Runner(**{**desk.options, "procedures": [procedure(desk.host, "2")]})
    assert runner.deliver().failed == 1
    assert desk.post.taken == [] and desk.kinds() == ["unknown_procedure"]
    desk.clock.advance(hours=1)
    assert desk.runner.deliver().sent == 1


def test_a_receipt_of_delivery_is_a_fact_of_its_own(desk: Desk) -> None:
    desk.ordered()
    desk.post.receipt = Receipt(reference="250", proof=b"250 ok", delivered=True)
    desk.runner.deliver()
    assert desk.runner.case("case-1").messages[0].status == "delivered"
    assert [e["kind"] for e in desk.runner.journal("case-1")[-1].doc["evidence"]] == ["receipt"]


@pytest.mark.parametrize(
    ("reference", "kept"),
    [("<m1@desk.example>", "<m1@desk.example>"), (4711, "4711"), ("a\0\ud800b", "a?b"), ("x" * 900, "x" * 200)],
)
def test_under_which_id_the_channel_knows_a_message_is_kept_and_can_be_proved(
    desk: Desk, reference: Any, kept: str
) -> None:
    desk.ordered()
    desk.post.receipt = Receipt(reference=reference)
    assert desk.runner.deliver().sent
    seq = next(e.seq for e in desk.runner.journal("case-1") if e.event == "Sent")
    assert desk.runner.personal("case-1")[f"{seq}:channel_reference"] == kept
    assert kept not in str([e.text for e in desk.runner.journal("case-1")])
    desk.runner.verify("case-1")


def test_an_effect_is_retried_under_one_key_and_then_an_incident(desk: Desk) -> None:
    desk.host.effect_error = RuntimeError("jane@px.example")
    desk.ordered()
    for _ in range(40):
        desk.runner.deliver()
        desk.clock.advance(hours=2)
    assert len(desk.host.effects) == 12 and len({key for _, key in desk.host.effects}) == 1
    assert desk.kinds("case-1").count("do_failed") == 1
    assert "jane" not in str([i.detail for i in desk.runner.incidents()])
    desk.runner.verify("case-1")


def test_an_effect_that_succeeds_is_not_repeated(desk: Desk) -> None:
    desk.ordered()
    for _ in range(3):
        desk.runner.deliver()
        desk.clock.advance(hours=2)
    assert [data for data, _ in desk.host.effects] == [{"case": "case-1"}]


def test_messages_of_roles_that_we_do_not_act_as_are_expected_with_their_clock(desk: Desk) -> None:
    case = desk.ordered()
    (report,) = case.sent_as("report")
    clock = next(d for d in case.deadlines if d.message == report.id)
    assert (report.status, clock.due) == ("expected", START + timedelta(hours=72))
    desk.runner.deliver()
    assert {m.template for m in desk.post.taken} == {"order"}
    desk.clock.advance(hours=73)
    desk.runner.tick()
    assert "deadline_missed" in desk.kinds()


# --- what comes back -----------------------------------------------------------------------------------------------


def item(id: str, event: Any, **more: Any) -> Inbound:
    return Inbound(**{"id": id, "sender": "px-hook", "authenticated": True, "event": event, "raw": b"{}", **more})


def test_what_is_not_authenticated_is_kept_rejected_and_changes_no_case(desk: Desk) -> None:
    before = desk.ordered()
    event = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)
    got = desk.runner.receive(item("1", event, case="case-1", authenticated=False))
    assert got.status == "rejected" and desk.runner.case("case-1") == before
    assert desk.kinds() == ["rejected"] and len(desk.runner.inbox(status="rejected")) == 1


@pytest.mark.parametrize(
    ("more", "kind"),
    [({}, "unmatched"), ({"case": "case-9"}, "unmatched"), ({"candidates": ("case-1", "case-2")}, "ambiguous"),
     ({"event": None, "case": "case-1"}, "unmatched")],
)  # fmt: skip
def test_what_fits_no_one_case_is_kept_for_a_person(desk: Desk, more: dict[str, Any], kind: str) -> None:
    desk.ordered("case-1")
    desk.ordered("case-2")
    got = desk.runner.receive(item("1", **{"event": EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM), **more}))
    assert got.status == "unmatched" and desk.kinds() == [kind]
    assert [i.raw for i in desk.runner.inbox()] == [b"{}"]
    if kind == "ambiguous":
        assert "case-1, case-2" in desk.runner.incidents()[0].detail


def test_an_answer_to_a_message_finds_its_case_by_itself(desk: Desk) -> None:
    case = desk.ordered()
    got = desk.runner.receive(item("1", Acknowledged(message=case.sent_as("order")[0].id, by=PLATFORM)))
    assert (got.status, got.case) == ("applied", "case-1")
    assert desk.runner.case("case-1").messages[0].status == "acknowledged"


def test_what_comes_too_early_waits_for_the_next_step(desk: Desk) -> None:
    desk.open()
    issue = desk.runner.receive(item("1", Issued(by=OFFICER), case="case-1"))
    early = desk.runner.receive(item("2", Acknowledged(message="case-1-m3.1", by=PLATFORM)))
    assert (issue.status, early.status) == ("parked", "parked")
    desk.runner.apply("case-1", Verified(by=OFFICER))  # makes room for the first, and that for the second
    assert [i.status for i in desk.runner.inbox()] == ["applied", "applied"]
    assert desk.runner.case("case-1").messages[0].status == "acknowledged"
    assert [e.event for e in desk.runner.journal("case-1")] == ["Opened", "Verified", "Issued", "Acknowledged"]


def test_what_waits_is_looked_at_after_a_clock_has_rung_too(desk: Desk) -> None:
    rules = procedure(desk.host)
    moved = [attrs.evolve(t, source=("overdue",)) if t.on is Rejected else t for t in rules.transitions]
    runner = Runner(**{**desk.options, "procedures": [attrs.evolve(rules, id="test.late", transitions=moved)]})
    runner.open("test.late", notice(), by=OFFICER, case_id="case-1")
    assert runner.receive(item("1", Rejected(reason="r", by=OFFICER), case="case-1")).status == "parked"
    desk.clock.advance(hours=49)
    runner.tick()
    assert runner.case("case-1").state == "done"


def test_hundreds_of_waiting_items_are_applied_once_each(desk: Desk) -> None:
    desk.open()
    for n in range(250):
        event = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)
        with desk.runner.store.session() as session:
            from sopflow import codec

            session.keep("default", item(str(n), None, case="case-1"), codec.event_to_doc(event))
    desk.runner.apply("case-1", Verified(by=OFFICER))
    assert {i.status for i in desk.runner.inbox()} == {"applied"}
    assert desk.runner.case("case-1").revision == 252 and desk.kinds() == []


def test_a_repetition_from_outside_is_harmless(desk: Desk) -> None:
    case = desk.ordered()
    event = Acknowledged(message=case.sent_as("order")[0].id, by=PLATFORM)
    first = desk.runner.receive(item("1", event))
    again = desk.runner.receive(item("1", event))
    assert first.status == again.status == "applied" and len(desk.runner.inbox()) == 1
    assert desk.runner.case("case-1").revision == case.revision + 1
    assert desk.runner.receive(item("1", event, sender="other")).status == "applied", "ids are the sender's own"


def test_what_cannot_be_read_is_kept_all_the_same(desk: Desk) -> None:
    desk.open()
    naive = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=datetime(2025, 1, 1))
    got = desk.runner.receive(item("1", naive, case="case-1"))
    assert got.status == "rejected" and "time zone" in got.detail and len(desk.runner.inbox()) == 1
    assert desk.kinds() == ["rejected"]


def test_nobody_outside_speaks_as_the_library(desk: Desk) -> None:
    desk.open()
    with pytest.raises(BadInput, match="another id"):
        desk.runner.receive(item("1", EffectGiven(outcomes={"c1": "removed"}), case="case-1", sender="sopflow"))
    assert desk.runner.inbox() == ()


def test_a_bad_item_does_not_stop_the_others(desk: Desk) -> None:
    desk.ordered("bad")
    desk.ordered("good")
    desk.host.bad_cases = {"bad"}
    event = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)
    assert desk.runner.receive(item("1", event, case="bad")).status == "new"
    assert desk.runner.receive(item("2", event, case="good")).status == "applied"
    assert desk.kinds() == ["failed"]
    desk.host.bad_cases = set()
    desk.runner.tick()
    assert {i.status for i in desk.runner.inbox()} == {"applied"}


# --- the host's transaction ----------------------------------------------------------------------------------------


@pytest.fixture
def host(filed: Desk, path: Path) -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("CREATE TABLE host (text)")
    yield conn
    conn.close()


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        return list(conn.iterdump())


def test_the_hosts_rollback_leaves_nothing_of_ours(filed: Desk, host: sqlite3.Connection, path: Path) -> None:
    filed.open()
    before = dump(path)
    host.execute("BEGIN IMMEDIATE")
    host.execute("INSERT INTO host VALUES ('mine')")
    filed.runner.open("test.desk", notice(), by=OFFICER, case_id="case-2", conn=host)
    filed.runner.apply("case-1", Verified(by=OFFICER), conn=host)
    assert host.in_transaction and filed.runner.count() == 1
    host.execute("ROLLBACK")
    assert dump(path) == before and len(filed.host.steps) == 1
    assert filed.runner.open("test.desk", notice(), by=OFFICER, case_id="case-2").revision == 1
    filed.runner.verify("case-2")


def test_the_hosts_commit_keeps_both_and_observers_wait_for_it(filed: Desk, host: sqlite3.Connection) -> None:
    steps: list[Any] = []
    runner = Runner(**{**filed.options, "participants": [lambda step, conn: steps.append(step)]})
    runner.open("test.desk", notice(), by=OFFICER, case_id="case-1")
    seen = len(filed.host.steps)
    runner.receive(item("1", Issued(by=OFFICER), case="case-1"))  # too early
    steps.clear()
    host.execute("BEGIN IMMEDIATE")
    runner.apply("case-1", Verified(by=OFFICER), conn=host)
    host.execute("INSERT INTO host VALUES ('mine')")
    assert host.in_transaction and len(filed.host.steps) == seen
    host.execute("COMMIT")
    assert runner.case("case-1").state == "checked" and len(filed.host.steps) == seen
    runner.committed(*steps)
    assert [s.entry.event for s in filed.host.steps[seen:]] == ["Verified", "Issued"]
    runner.verify("case-1")


@pytest.mark.parametrize("wrong", ["act", "value", "participant", "command"])
def test_a_caught_error_leaves_the_hosts_transaction_usable(
    filed: Desk, host: sqlite3.Connection, path: Path, wrong: str
) -> None:
    filed.open(command_id="o")
    filed.open("bad")
    filed.host.bad_cases = {"bad"}
    host.execute("BEGIN IMMEDIATE")
    host.execute("INSERT INTO host VALUES ('before')")
    calls: dict[str, Any] = {
        "act": lambda: filed.runner.apply("case-1", Issued(by=OFFICER), conn=host),
        "value": lambda: filed.runner.apply("case-1", EffectGiven(outcomes={"c9": "removed"}, by=PLATFORM), conn=host),
        "participant": lambda: filed.runner.apply("bad", Verified(by=OFFICER), conn=host),
        "command": lambda: filed.runner.apply("case-1", Verified(by=OFFICER), command_id="o", conn=host),
    }
    with pytest.raises(Exception) as caught:
        calls[wrong]()
    assert type(caught.value).__module__ == "sopflow.errors" and host.in_transaction
    host.execute("INSERT INTO host VALUES ('after')")
    filed.runner.apply("case-1", Verified(by=OFFICER), conn=host)
    host.execute("COMMIT")
    assert host.execute("SELECT text FROM host").fetchall() == [("before",), ("after",)]
    assert (filed.runner.case("case-1").revision, filed.runner.case("bad").revision) == (2, 1)
    for id in ("case-1", "bad"):
        filed.runner.verify(id)


def test_nothing_leaves_before_the_host_commits(filed: Desk, host: sqlite3.Connection) -> None:
    filed.open()
    filed.runner.apply("case-1", Verified(by=OFFICER))
    host.execute("BEGIN IMMEDIATE")
    filed.runner.apply("case-1", Issued(by=OFFICER), conn=host)
    with filed.runner.store.session(read=True) as session:
        assert session.outbox("default", "case-1") == []
    host.execute("COMMIT")
    assert filed.runner.deliver().sent == 2


# --- observers and logs --------------------------------------------------------------------------------------------


class Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.all: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.all.append(record)


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    root, handler = logging.getLogger(), Records()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.all
    root.removeHandler(handler)
    root.setLevel(level)


def test_an_observer_that_fails_is_logged_and_harmless(desk: Desk, records: list[logging.LogRecord]) -> None:
    def broken(step: Any) -> None:
        raise RuntimeError("jane@px.example")

    seen: list[Any] = []
    runner = Runner(**{**desk.options, "observers": [broken, seen.append]})
    case = runner.open("test.desk", notice(), by=OFFICER)
    assert runner.case(case.id) == case and len(seen) == 1
    (failed,) = [r for r in records if r.getMessage() == "sopflow.observer_failed"]
    assert (failed.observer, failed.error) == ("broken", "RuntimeError")  # type: ignore[attr-defined]


def test_no_log_record_holds_personal_data_and_none_is_the_engines(
    desk: Desk, records: list[logging.LogRecord]
) -> None:
    desk.host.effect_error = RuntimeError("jane@px.example")
    desk.post.wrong = {
        "desk-0": DeliveryError("no such mailbox", permanent=True),
        "desk-1": KeyError("jane@px.example"),
    }
    desk.ordered()
    desk.ordered("bad")
    for _ in range(3):
        desk.runner.deliver()
        desk.clock.advance(hours=30)
        desk.runner.tick()
    desk.host.bad_cases = {"bad"}
    desk.runner.receive(item("1", EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM), case="bad"))
    with pytest.raises(NotAllowed):
        desk.runner.apply("case-1", Rejected(reason="unlawful because", by=OFFICER))
    desk.runner.erase("case-1", unsent=True)
    names = {r.getMessage() for r in records if r.name.startswith("sopflow")}
    assert names == {"sopflow.step", "sopflow.undelivered", "sopflow.incident", "sopflow.failed", "sopflow.erased"}
    assert not [r for r in records if r.name.startswith("transitions")]
    for record in records:
        text = str(record.__dict__).lower()
        assert not [secret for secret in SECRETS if secret in text], text
    assert all(r.levelno >= logging.INFO for r in records if r.name.startswith("sopflow"))


def test_a_case_is_not_erased_under_messages_that_still_need_it_unless_told_so(desk: Desk) -> None:
    desk.ordered()
    with pytest.raises(BadInput, match="unsent=True"):
        desk.runner.erase("case-1")
    assert desk.runner.personal("case-1")
    desk.runner.erase("case-1", unsent=True)
    assert desk.runner.personal("case-1") == {}
    assert "delivery_failed" in {i.kind for i in desk.runner.incidents("case-1")}
    assert desk.runner.deliver().sent == 0
    desk.runner.verify("case-1")


def test_cases_are_found_by_their_provider_and_an_unknown_filter_is_named(desk: Desk) -> None:
    desk.ordered()
    party = next(iter(desk.runner.case("case-1").parties.values()))[0]
    assert [c.id for c in desk.runner.find(provider=party)] == ["case-1"]
    assert desk.runner.count(provider="nobody") == 0
    with pytest.raises(BadInput, match="use the filters"):
        desk.runner.find(colour="red")
