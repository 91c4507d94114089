"""What a runner must not do quietly: swallow an event, write to another addressee, prove what was changed, send for ever."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    BadInput,
    CalendarChanged,
    CommandReused,
    Complaint,
    CounterNotice,
    CourtDecided,
    EffectGiven,
    Event,
    Evidence,
    Held,
    InstrumentReceived,
    Issued,
    NotAllowed,
    Notice,
    Order,
    PointOfContact,
    Procedure,
    Provider,
    Retracted,
    Runner,
    Sent,
    StaticDirectory,
    StoreDirectory,
    Superseded,
    Verified,
    calendars,
    catalogue,
    explain,
)
from sopflow.case import Content
from sopflow.catalogue.generic import BlockOrdered, block_order
from sopflow.check import check
from sopflow.codec import event_to_doc
from sopflow.errors import StoreContended, Tampered
from sopflow.ports import Inbound
from sopflow.receivers._gate import STATEABLE
from sopflow.stores import open_store
from sopflow.testing import Clock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLATFORM, OFFICER = Actor("desk", {"platform"}, "platform"), Actor("officer", {"authority"}, "ministry")
SUBSCRIBER, COMPLAINANT = Actor("sub", {"subscriber"}), Actor("comp", {"complainant"})
COURT = Actor("court", {"court"})
COUNTER = CounterNotice(
    form=dict.fromkeys(("signature", "material", "mistake_under_perjury", "contact_and_consent"), "x")
)
SIX = dict.fromkeys(("signature", "work", "material", "contact", "good_faith", "accuracy_and_perjury"), "x")


class Post:
    def __init__(self) -> None:
        self.taken: list[Any] = []

    def send(self, message: Any) -> Any:
        self.taken.append(message)


def runner(
    acting: str, *procedures: str, post: Any = None, url: str = "memory:", **options: Any
) -> tuple[Runner, Clock]:
    clock = Clock(START)
    listed = [
        Provider(id=id, contacts=[PointOfContact(id=f"{id}-desk", channels={"email": f"desk@{id}.example"})])
        for id in ("telegram", "owner", "user", "isp1", "isp2", "other")
    ]
    made = Runner(
        store=open_store(url), procedures=[catalogue.find(name) for name in procedures], acting_as=acting, clock=clock,
        notifiers={"email": post or Post()}, max_drift=None, **{"directory": StaticDirectory(listed), **options},
    )  # fmt: skip
    return made, clock


def dmca(url: str = "memory:", post: Any = None) -> tuple[Runner, str]:
    made, _ = runner("platform", "us.dmca_512", url=url, post=post)
    notice = Notice(contents=["https://a.example/0"], parties={"complainant": "owner", "subscriber": "user"}, form=SIX)
    return made, made.open("us.dmca_512", notice, by=COMPLAINANT).id


def kominfo(post: Any = None) -> tuple[Runner, str, Clock]:
    made, clock = runner("authority", "id.kominfo_telegram_2017", "generic.network_block", post=post)
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "telegram"}, form={"reasons": "x"})
    id = made.open("id.kominfo_telegram_2017", notice, by=OFFICER).id
    made.apply(id, Verified(by=OFFICER))
    signer = Actor("signer", {"competent_agency"}, "agency")
    made.apply(id, Approved(proposal=made.proposal(id, Issued()), by=signer))
    made.apply(id, Issued(by=OFFICER))
    return made, id, clock


# --- command ids -------------------------------------------------------------------------------------------------------


def test_a_used_command_id_swallows_no_other_event_after_an_erasure() -> None:
    made, id = dmca()
    done = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)
    made.apply(id, done, command_id="m-17")
    made.deliver()
    made.erase(id)
    with pytest.raises(CommandReused, match="another payload"):
        made.apply(id, InstrumentReceived(instrument=COUNTER, contents="c1", by=SUBSCRIBER), command_id="m-17")
    assert made.apply(id, done, command_id="m-17").revision == 2, "the same again is the same"


def test_a_used_command_id_swallows_no_other_proof() -> None:
    made, id = dmca()
    done = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, evidence=[Evidence.of("a receipt")])
    made.apply(id, done, command_id="m-17")
    with pytest.raises(CommandReused):
        made.apply(id, attrs.evolve(done, evidence=[Evidence.of("another")]), command_id="m-17")


@pytest.mark.parametrize("command", ["", 17])
def test_a_command_id_is_a_text_of_ones_own(command: Any) -> None:
    made, id = dmca()
    with pytest.raises(BadInput, match="command_id"):
        made.apply(id, Verified(by=PLATFORM), command_id=command)
    assert made.case(id).revision == 1


# --- who takes part ------------------------------------------------------------------------------------------------------


def test_a_later_instrument_takes_nobodys_place() -> None:
    post = Post()
    made, id = dmca(post=post)
    made.apply(id, EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    other = attrs.evolve(COUNTER, parties={"complainant": "other"})
    made.apply(id, InstrumentReceived(instrument=other, contents="c1", by=SUBSCRIBER))
    made.deliver()
    assert [m.address for m in post.taken if m.template == "counter_notice_copy"] == ["desk@owner.example"]
    assert [i.kind for i in made.incidents(id)] == ["party_unknown"]


def test_our_side_may_enter_who_was_not_known() -> None:
    made, _ = runner("platform", "us.dmca_512")
    notice = Notice(contents=["https://a.example/0"], parties={"complainant": "owner"}, form=SIX)
    id = made.open("us.dmca_512", notice, by=COMPLAINANT).id
    for _ in range(2):
        known = attrs.evolve(COUNTER, parties={"subscriber": "user"})
        made.apply(id, InstrumentReceived(instrument=known, by=SUBSCRIBER))
    assert (made.case(id).parties["subscriber"], made.incidents(id)) == (("user",), ())
    further = attrs.evolve(COUNTER, parties={"subscriber": "other"})
    made.apply(id, InstrumentReceived(instrument=further, by=PLATFORM))
    assert made.case(id).parties["subscriber"] == ("user", "other")


def test_signatures_are_for_these_addressees() -> None:
    made, _ = runner("authority", "generic.network_block")
    id = made.open("generic.network_block", block_order(["bad.example"], ["isp1"], {
        "grounds": "g", "legal_basis": "l", "scope": "s"}), by=OFFICER).id  # fmt: skip
    event = BlockOrdered(due=START + timedelta(days=30), by=OFFICER)
    signed = made.proposal(id, event)
    for body in "xyz":
        made.apply(id, Approved(proposal=signed, by=Actor(f"a-{body}", {"competent_agency"}, body)))
    more = Order(parties={"isp": "isp2"}, form={"grounds": "g", "legal_basis": "l", "scope": "s"})
    made.apply(id, InstrumentReceived(instrument=more, by=OFFICER))
    assert made.proposal(id, event) != signed
    with pytest.raises(NotAllowed, match="void"):
        made.apply(id, event)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Retracted(reason="we retract your report"), "only .*authority.* may state this"),
        (CalendarChanged(calendar="ID", reference="decree"), "only authority, system may state this"),
    ],
)
def test_the_addressee_takes_no_report_back_and_moves_no_date(event: Event, why: str) -> None:
    made, id, _ = kominfo()
    with pytest.raises(NotAllowed, match=why):
        made.apply(id, attrs.evolve(event, by=PLATFORM))
    assert made.case(id).taken_back() == frozenset()


def test_only_our_side_says_that_our_message_went_out() -> None:
    made, id, _ = kominfo()
    message = made.case(id).sent_as("order")[0].id
    with pytest.raises(NotAllowed, match="Sent"):
        made.apply(id, Sent(message=message, by=PLATFORM))
    assert made.apply(id, Sent(message=message, by=OFFICER)).message(message).status == "sent"  # type: ignore[union-attr]


def test_a_receipt_is_confirmed_by_whoever_was_written_to() -> None:
    made, id, _ = kominfo()
    message = made.case(id).sent_as("order")[0].id
    with pytest.raises(NotAllowed, match="only authority, platform, system may state this"):
        made.apply(id, Acknowledged(message=message, by=Actor("isp", {"isp"}, "isp1")))
    assert made.apply(id, Acknowledged(message=message, by=PLATFORM)).state == "acknowledged"


def test_what_only_we_can_know_is_not_taken_from_outside() -> None:
    assert (
        not {"Attached", "AttemptFailed", "CalendarChanged", "ContactListed", "DeadlineBreached", "LinkedCase"}
        & STATEABLE.keys()
    )


# --- proofs ----------------------------------------------------------------------------------------------------------------


def test_a_reported_address_that_was_changed_in_the_database_is_found(tmp_path: Path) -> None:
    made, id = dmca(f"sqlite:///{tmp_path}/cases.db")
    assert made.verify(id).seq == 1
    db = sqlite3.connect(tmp_path / "cases.db")
    db.execute("UPDATE sopflow_side SET doc = replace(doc, 'a.example/0', 'other.example/9')")
    db.commit()
    with pytest.raises(Tampered, match=r"entry 1: its personal value content.c1 was changed"):
        made.verify(id)
    db.execute("DELETE FROM sopflow_side")
    db.commit()
    assert made.verify(id).seq == 1, "what was erased proves nothing, and breaks nothing"
    db.close()


def test_every_kind_of_personal_value_is_held_against_its_digest(tmp_path: Path) -> None:
    made, id, _ = kominfo()
    complaint = Complaint(form={"grounds": "it was satire"}, contents=["https://elsewhere.example/1"])
    made.apply(id, InstrumentReceived(instrument=complaint, by=PLATFORM))
    made.apply(id, Held(role="reporter", until=START + timedelta(days=9), reason="an investigation", by=OFFICER))
    assert made.verify(id).seq == made.case(id).revision


# --- values ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("CourtDecided.restore", lambda: CourtDecided(restore="false", by=COURT)),  # type: ignore[arg-type]
        ("Approved.proposal", lambda: Approved(proposal="not a digest", by=OFFICER)),
        ("evidence", lambda: Verified(evidence="receipt.pdf", by=OFFICER)),  # type: ignore[arg-type]
        ("evidence", lambda: Verified(evidence=["receipt.pdf"], by=OFFICER)),  # type: ignore[list-item]
        ("InstrumentReceived.instrument", lambda: InstrumentReceived(instrument=None)),  # type: ignore[arg-type]
        ("actor.roles", lambda: Actor("a", None)),  # type: ignore[arg-type]
        ("content.outcome", lambda: Content(locator="https://a.example", outcome="gone")),
        ("locator", lambda: Content(locator=1)),  # type: ignore[arg-type]
        ("calendar X: holidays", lambda: calendars.make("X", "1", ["2026-05-06"], first=2026, last=2026)),  # type: ignore[list-item]
        ("amend: worked", lambda: calendars.amend(_plain(), "decree", worked=[date(2026, 5, 6)])),
        ("amend: fixed", lambda: calendars.amend(_plain(), "decree", fixed=[date(2026, 5, 6)])),
        ("amend: closed", lambda: calendars.amend(_plain(), "decree", closed=[datetime(2026, 5, 6)])),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_meant_is_refused_by_name(field: str, make: Any) -> None:
    with pytest.raises(BadInput) as found:
        make()
    assert found.value.field == field


def _plain() -> Any:
    return calendars.make("X", "1", [date(2026, 1, 1)], first=2026, last=2026)


def test_a_hold_on_nobody_is_refused() -> None:
    made, id = dmca()
    with pytest.raises(BadInput, match="subscribr"):
        made.apply(id, Held(role="subscribr", until=START + timedelta(days=9), reason="x", by=PLATFORM))


def test_a_successor_that_nobody_knows_is_an_incident() -> None:
    made, id = dmca()
    made.apply(id, Superseded(case="no-such-case", by=PLATFORM))
    assert [i.kind for i in made.incidents(id)] == ["successor_unknown"]


def test_a_decree_to_come_is_refused_before_anything_is_done() -> None:
    made, _ = runner("authority", "id.pm19_2014", calendars={"ID+government": calendars.load("ID+government")})
    with pytest.raises(BadInput, match="decree was made"):
        made.recompute("ID+government", reference="decree", at=START + timedelta(days=1))
    with pytest.raises(BadInput, match="time zone"):
        made.recompute("ID+government", reference="decree", at=datetime(2026, 3, 1))
    assert made.incidents() == ()


# --- workers -----------------------------------------------------------------------------------------------------------------


class Talkative(Post):
    def send(self, message: Any) -> Any:
        super().send(message)
        return {"ok": True}


def test_a_notifier_that_answers_something_else_sends_once() -> None:
    post = Talkative()
    made, id, clock = kominfo(post)
    for _ in range(5):
        made.deliver()
        clock.advance(hours=1)
    assert len(post.taken) == 1
    assert [(i.kind, "return a Receipt, or None" in i.detail) for i in made.incidents(id)] == [("failed", True)]


def test_whoever_was_not_listed_yet_has_not_been_silent() -> None:
    made, clock = runner("authority", "id.kominfo_telegram_2017", "generic.network_block")
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "newcomer"}, form={"reasons": "x"})
    id = made.open("id.kominfo_telegram_2017", notice, by=OFFICER).id
    made.apply(id, Verified(by=OFFICER))
    made.apply(id, Approved(proposal=made.proposal(id, Issued()), by=Actor("s", {"competent_agency"}, "a")))
    made.apply(id, Issued(by=OFFICER))
    desk = PointOfContact(id="new-desk", channels={"email": "desk@new.example"})
    made._directory = StaticDirectory([Provider(id="newcomer", contacts=[desk])])
    clock.advance(hours=25)
    made.tick()
    made.deliver()
    case = made.case(id)
    assert (case.state, [m.contact for m in case.messages]) == ("sent_on_government_channel", ["", "new-desk"])


def stated(id: str, case: str, event: Event) -> Inbound:
    return Inbound(id=id, sender="agent", authenticated=True, case=case, event=event)


def test_a_worker_without_the_version_of_a_case_leaves_its_items_to_another(tmp_path: Path) -> None:
    made, id = dmca(f"sqlite:///{tmp_path}/cases.db")
    old, _ = runner("platform", "us.take_it_down", url=f"sqlite:///{tmp_path}/cases.db")
    item = stated("i1", id, EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    assert old.receive(item).status == "new"
    assert [i.kind for i in old.incidents(id)] == ["unknown_procedure"]
    assert made.tick().steps == 1
    assert (made.case(id).revision, made.inbox()[0].status) == (2, "applied")


def test_items_that_cannot_be_worked_keep_no_other_waiting(tmp_path: Path) -> None:
    made, id = dmca(f"sqlite:///{tmp_path}/cases.db")
    old, _ = runner("platform", "us.take_it_down", url=f"sqlite:///{tmp_path}/cases.db")
    notice = Notice(contents=["https://a.example/1"], parties={"user": "user", "reporter": "owner"})
    other = old.open("us.take_it_down", notice, by=Actor("r", {"reporter"})).id
    for n in range(7):
        assert old.receive(stated(f"i{n}", id, Retracted(reason="a mistake", by=COMPLAINANT))).status == "new"
    late = stated("late", other, Retracted(reason="a mistake", by=Actor("r", {"reporter"})))
    with old.store.session() as session:  # a receiver died before it looked at it
        session.keep(
            "default", attrs.evolve(late, received_at=old.clock() + timedelta(hours=1)), event_to_doc(late.event)
        )
    for _ in range(2):
        old.tick(limit=3)
    assert [i.status for i in old.inbox(other)] == ["applied"]
    assert {i.status for i in old.inbox(id)} == {"new"}
    assert made.tick().steps == 7


NEWCOMER = Provider(id="newcomer", contacts=[PointOfContact(id="new-desk", channels={"email": "desk@new.example"})])


def nobody_listed(**options: Any) -> tuple[Runner, str, Clock]:
    """Return a runner with an order to somebody who is not in the directory."""
    made, clock = runner("authority", "id.kominfo_telegram_2017", "generic.network_block", **options)
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "newcomer"}, form={"reasons": "x"})
    id = made.open("id.kominfo_telegram_2017", notice, by=OFFICER).id
    made.apply(id, Verified(by=OFFICER))
    made.apply(id, Approved(proposal=made.proposal(id, Issued()), by=Actor("s", {"competent_agency"}, "a")))
    made.apply(id, Issued(by=OFFICER))
    assert (made.tick().steps, made.deliver().sent) == (0, 0)
    assert [i.kind for i in made.incidents(id)] == ["no_contact"]
    return made, id, clock


def test_whoever_is_listed_later_is_written_to_with_the_next_tick() -> None:
    post = Post()
    made, id, clock = nobody_listed(directory=StoreDirectory(), post=post)
    clock.advance(minutes=10)
    made.register(NEWCOMER, by=OFFICER)
    assert made.tick().steps == 1
    assert made.deliver().sent == 1
    assert "https://t.me/x" in post.taken[0].body.replace("[", "").replace("]", "").replace("hxxps", "https")
    case = made.case(id)
    assert [(m.contact, m.status) for m in case.messages] == [("", "unsent"), ("new-desk", "sent")]
    assert [d.started for d in case.deadlines if d.is_open and d.message] == [clock()], "the time is the new contact's"
    for _ in range(3):
        clock.advance(minutes=10)
        made.tick()
    assert made.case(id).revision == case.revision, "once"
    assert made.verify(id).seq == case.revision


def test_who_resolves_that_nobody_was_listed_need_not_wait_for_a_tick() -> None:
    made, id, _ = nobody_listed(directory=StoreDirectory())
    made.register(NEWCOMER, by=OFFICER)
    made.resolve(made.incidents(id)[0], by=OFFICER, note="listed")
    assert [m.contact for m in made.case(id).messages] == ["", "new-desk"]
    assert made.incidents(id) == ()


def test_what_is_confirmed_meanwhile_is_not_sent_to_whoever_is_listed_later() -> None:
    made, id, _ = nobody_listed(directory=StoreDirectory())
    made.apply(id, Acknowledged(message=made.case(id).messages[0].id, by=Actor("p", {"platform"}, "newcomer")))
    made.register(NEWCOMER, by=OFFICER)
    made.tick()
    assert [m.contact for m in made.case(id).messages] == [""]


def test_a_tick_that_never_gets_its_turn_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    made, id, clock = kominfo()
    clock.advance(hours=30)

    def contended(*args: object) -> Any:
        raise StoreContended("deadlock")

    monkeypatch.setattr(made, "_commit", contended)
    assert made.tick().failures
    monkeypatch.undo()
    assert [i.kind for i in made.incidents(id)] == ["failed"]


def test_procedures_and_journals_may_be_handed_in_as_they_come() -> None:
    def procedures() -> Iterator[Procedure]:
        yield catalogue.find("us.dmca_512")

    with pytest.raises(BadInput, match="acting_as"):
        Runner(store=open_store("memory:"), procedures=procedures(), acting_as="plattform")
    made, id = dmca()
    made.apply(id, Verified(by=PLATFORM))
    rules = catalogue.find("us.dmca_512")
    told = explain(made.case(id), "removal", rules, journal=iter(made.journal(id)))
    assert told == explain(made.case(id), "removal", rules, journal=made.journal(id))


def test_what_is_allowed_is_asked_with_one_look_at_the_personal_values(monkeypatch: pytest.MonkeyPatch) -> None:
    made, id, _ = kominfo()
    looks: list[str] = []
    original = made.store.session

    def session(*args: Any, **options: Any) -> Any:
        entered = original(*args, **options)
        return _Counting(entered, looks)

    monkeypatch.setattr(made.store, "session", session)
    made.allowed(id, by=OFFICER)
    assert len(looks) == 1


class _Counting:
    def __init__(self, inner: Any, looks: list[str]) -> None:
        self.inner, self.looks = inner, looks

    def __enter__(self) -> Any:
        session = self.inner.__enter__()
        personal = session.personal

        def counted(tenant: str, case: str) -> Any:
            self.looks.append(case)
            return personal(tenant, case)

        session.personal = counted
        return session

    def __exit__(self, *error: Any) -> Any:
        return self.inner.__exit__(*error)


# --- the checker -------------------------------------------------------------------------------------------------------------


def test_a_message_that_nobody_can_confirm_is_found() -> None:
    rules = catalogue.find("id.kominfo_telegram_2017")
    mute = [attrs.evolve(t, body="$contents") if t.name == "order" else t for t in rules.templates]
    found = check(rules.extend(id="xx.mute", replace={"templates": tuple(mute)}), known=[_block()]).open
    assert [(f.code, f.place) for f in found] == [("unconfirmable-message", "send order")]


def _block() -> Procedure:
    return catalogue.find("generic.network_block")
