"""Letters between two sides that each have a file: an order opens a case, an answer is a fact, and none counts twice."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import (
    Acknowledged,
    Actor,
    AsyncRunner,
    Authority,
    BadInput,
    Delivered,
    EffectGiven,
    InstrumentReceived,
    Notice,
    PointOfContact,
    Refused,
    Runner,
    StaticDirectory,
    StoreError,
)
from sopflow.notifiers._content import document, encoded
from sopflow.receivers import DeskPage, LetterReceiver, MailReceiver, Opening, Sender, Statement
from sopflow.receivers._http import Request
from sopflow.receivers.letters import read_letter
from sopflow.stores import open_store

from .test_desk import cases_in
from .test_webhook import KEY, NEW_KEY, signed
from .world import OFFICER, OTHER, Post, World, call, serve_asgi, serve_wsgi

EXAMPLE = Path(__file__).parents[2] / "examples" / "government_channel"
sys.path.insert(0, str(EXAMPLE))
try:
    import authority_side
    import platform_side
    from rules import PLATFORM_SIDE
finally:
    sys.path.remove(str(EXAMPLE))

KOMINFO = platform_side.KOMINFO
TELEGRAM = authority_side.PLATFORM
CLERK = Actor("clerk-1", {"platform"}, "telegram")
OURS = "kominfo.5f1c0de-m4.1"


def letter(row: Any, **changed: Any) -> bytes:
    """Return the body of the webhook by which a message of ours goes out."""
    return encoded({"type": "sopflow.message", "data": {**document(row), **changed}})


class Platform:
    """The platform with its own store, and the authority's world beside it."""

    def __init__(
        self, colour: str = "sync", read: Any = platform_side.read, rules: Any = PLATFORM_SIDE, senders: Any = None
    ) -> None:
        self.there = World()
        self.post = Post()
        contact = PointOfContact(id="channel", channels={"webhook": "https://authority.example/telegram"})
        options: dict[str, Any] = {
            "store": open_store("memory:"), "procedures": [rules], "acting_as": {"platform"},
            "directory": StaticDirectory([Authority(id="kominfo", contacts=[contact])]),
            "notifiers": {"webhook": self.post}, "clock": self.there.clock,
        }  # fmt: skip
        self.runner = Runner(**options)
        self.runner_async = AsyncRunner(**options) if colour == "async" else None
        self.receiver = LetterReceiver(
            self.runner_async or self.runner,
            senders
            or {
                "kominfo": Sender(actor=KOMINFO, keys=[KEY]),
                "reader": Sender(actor=Actor("reader", {"public"}, "x"), keys=KEY),
            },
            read,
        )
        self.port = 0

    @property
    def order(self) -> Any:
        return self.there.post.sent[0]

    def send(self, body: bytes, id: str = "", name: str = "kominfo", key: str = KEY) -> tuple[int, str]:
        given = signed(body, id or json.loads(body)["data"]["id"], self.there.clock(), key)
        status, _, text = call(self.port, "POST", f"/letters/{name}", body, given)
        return status, json.loads(text)["status"]

    def confirm(self) -> Any:
        """Confirm receipt at the desk, and let the confirmation go out; return what went."""
        case = self.runner.find()[0]
        self.runner.apply(case.id, Acknowledged(message=case.sent_as("order")[0].id, by=CLERK))
        self.runner.deliver()
        return self.post.sent[-1]


@pytest.fixture(params=["wsgi", "asgi"])
def platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    made = Platform("async" if request.param == "asgi" else "sync")
    server = serve_asgi(made.receiver.asgi) if request.param == "asgi" else serve_wsgi(made.receiver.wsgi)
    with server as made.port:
        yield made


def back(world: World, row: Any, **more: Any) -> Any:
    """Hand a letter of the platform to the authority; return the item."""
    receiver = LetterReceiver(world.runner, {}, authority_side.read)
    from sopflow.receivers._http import run

    actor = more.pop("actor", TELEGRAM)
    return run(receiver.accept(json.loads(letter(row, **more)), actor, letter(row), "x", "webhook"))[0]


# --- an order comes in -------------------------------------------------------------------------------------------------


def test_an_order_opens_a_case_of_our_own_with_the_same_contents_and_its_bytes_as_proof(platform: Platform) -> None:
    body = letter(platform.order)
    assert platform.send(body) == (200, "applied")
    (case,) = platform.runner.find()
    assert (case.id, case.procedure, case.state) == (OURS, "px.government_channel", "arrived")
    assert platform.runner.personal(OURS)["content.c2"] == "https://t.me/secret_two"
    assert platform.runner.personal(OURS)["instrument.form.message"] == "5f1c0de-m4.1"
    assert case.parties == {"authority": ("kominfo",), "platform": ("telegram",)}
    (order,) = case.sent_as("order")
    assert order.status == "delivered"
    opened, arrived = platform.runner.journal(OURS)
    assert (opened.event, arrived.event, arrived.irregular) == ("Opened", "Delivered", ())
    assert opened.doc["evidence"] == arrived.doc["evidence"] and opened.doc["by"]["id"] == "kominfo-system"
    (item,) = platform.runner.inbox()
    assert item.raw == body and "secret_one" not in opened.text
    platform.runner.verify(OURS)


def test_what_waits_is_on_the_platforms_own_desk_with_the_reasons_given(platform: Platform) -> None:
    platform.send(letter(platform.order))
    desk = DeskPage(platform.runner, lambda given: CLERK, zone="Asia/Jakarta")
    listed = desk.respond(Request()).body.decode()
    assert cases_in(listed) == [OURS] and f'Confirm receipt<span class="more"> ({OURS}-m1.1)</span>' in listed
    assert "Due by" in listed and "2017-08-11 09:00 Asia/Jakarta" in listed
    assert listed.count("Confirm receipt<") == 2, "as what is asked, once, and on the button"
    shown = desk.respond(Request(query=f"message={OURS}-m1.1")).body.decode()
    assert "<dt>reasons</dt>" in shown and "unlawful" in shown


def test_the_same_letter_twice_and_a_reminder_of_it_are_one_case(platform: Platform) -> None:
    body = letter(platform.order)
    assert platform.send(body) == platform.send(body) == (200, "applied")
    assert len(platform.runner.journal(OURS)) == 2
    platform.there.clock.advance(hours=24)
    platform.there.runner.tick()
    platform.there.runner.deliver()
    reminder = platform.there.post.sent[-1]
    assert reminder.id != platform.order.id and reminder.thread == platform.order.thread
    assert platform.send(letter(reminder)) == (200, "applied")
    assert [case.id for case in platform.runner.find()] == [OURS]
    assert [e.event for e in platform.runner.journal(OURS)][-1] == "Delivered"


def test_a_reminder_that_overtakes_the_letter_opens_the_case_and_is_what_gets_confirmed(platform: Platform) -> None:
    platform.there.clock.advance(hours=24)
    platform.there.runner.tick()
    platform.there.runner.deliver()
    reminder = platform.there.post.sent[-1]
    platform.send(letter(reminder))
    platform.send(letter(platform.order))  # at last
    (case,) = platform.runner.find()
    assert case.id == OURS and platform.runner.personal(OURS)["instrument.form.message"] == reminder.id
    assert back(platform.there, platform.confirm()).status == "applied"
    entry = platform.there.runner.journal("5f1c0de")[-1]
    assert (entry.event, entry.doc["event"]["data"]["message"]) == ("Acknowledged", reminder.id)
    assert platform.there.case.state == "acknowledged"


def extended(platform: Platform, **changed: Any) -> bytes:
    """Return the reminder that the authority sends after a further channel was reported to it."""
    more = Notice(contents=["https://t.me/secret_three"], parties={"platform": "telegram"}, form={"reasons": "more"})
    platform.there.runner.apply("5f1c0de", InstrumentReceived(instrument=more, by=OFFICER))
    platform.there.clock.advance(hours=24)
    platform.there.runner.tick()
    platform.there.runner.deliver()
    return letter(platform.there.post.sent[-1], **changed)


def test_what_a_later_letter_lists_beyond_the_first_comes_into_the_case(platform: Platform) -> None:
    platform.send(letter(platform.order))
    body = extended(platform)
    assert platform.send(body) == platform.send(body, id="again") == (200, "applied")
    case = platform.runner.case(OURS)
    assert [c.id for c in case.contents] == ["c1", "c2", "c3"] and case.state == "arrived"
    assert platform.runner.personal(OURS)["content.c3"] == "https://t.me/secret_three"
    assert [e.event for e in platform.runner.journal(OURS)] == [
        "Opened",
        "Delivered",
        "InstrumentReceived",
        "Delivered",
    ]
    assert platform.runner.journal(OURS)[2].doc["evidence"] == platform.runner.journal(OURS)[3].doc["evidence"]
    assert platform.runner.incidents() == () and "secret_three" not in platform.runner.journal(OURS)[2].text
    platform.confirm()
    platform.there.clock.advance(minutes=1)
    platform.runner.apply(OURS, EffectGiven(outcomes=dict.fromkeys(("c1", "c2", "c3"), "removed"), by=CLERK))
    platform.runner.deliver()
    assert back(platform.there, platform.post.sent[-1]).status == "applied"
    assert set(platform.there.case.outcomes().values()) == {"removed"} and len(platform.there.case.outcomes()) == 3


def test_what_comes_after_everything_was_answered_is_to_be_answered_too(platform: Platform) -> None:
    platform.send(letter(platform.order))
    platform.confirm()
    platform.there.clock.advance(minutes=1)
    platform.runner.apply(OURS, EffectGiven(outcomes={"c1": "removed", "c2": "removed"}, by=CLERK))
    assert platform.runner.case(OURS).state == "answered"
    platform.send(extended(platform))
    assert platform.runner.case(OURS).state == "confirmed"
    (deadline,) = [d for d in platform.runner.case(OURS).deadlines if "c3" in d.contents]
    assert deadline.obligation == "same_day" and deadline.is_open


@pytest.mark.parametrize(
    ("form", "contents", "why"),
    [({}, None, "1 of its contents"),
     (None, [{"id": "c2", "kind": "url", "locator": "https://t.me/other", "outcome": "pending"}], "an id of its own")],
    ids=["not taken", "other locator"],
)  # fmt: skip
def test_what_cannot_come_into_the_case_is_for_a_person(form: Any, contents: Any, why: str) -> None:
    refusing = attrs.evolve(
        PLATFORM_SIDE, transitions=[attrs.evolve(t, by={"platform"}) if t.on is InstrumentReceived else t
                                    for t in PLATFORM_SIDE.transitions]
    )  # fmt: skip
    platform = Platform(rules=PLATFORM_SIDE if form is None else refusing)
    with serve_wsgi(platform.receiver.wsgi) as platform.port:
        platform.send(letter(platform.order))
        body = extended(platform)
        if contents:
            doc = json.loads(body)
            said = json.loads(doc["data"]["data"])
            doc["data"]["data"] = json.dumps({**said, "contents": contents})
            body = json.dumps(doc).encode()
        assert platform.send(body) == platform.send(body, id="again") == (202, "unmatched")
    (incident,) = platform.runner.incidents()
    assert incident.case == OURS and why in incident.detail and "t.me" not in incident.detail
    (item,) = platform.runner.inbox(status="unmatched")
    assert item.raw == body
    assert [e.event for e in platform.runner.journal(OURS)] == ["Opened", "Delivered", "Delivered"]


def test_a_case_whose_locators_were_erased_is_told_of_no_content_twice(platform: Platform) -> None:
    platform.send(letter(platform.order))
    platform.runner.erase(OURS)
    assert platform.send(letter(platform.order, id="5f1c0de-m9.1"), id="2") == (200, "applied")
    assert [e.event for e in platform.runner.journal(OURS)] == ["Opened", "Delivered", "Delivered"]


def test_two_organisations_whose_ids_and_threads_give_one_case_id_have_a_case_each() -> None:
    def read(found: Any, actor: Any) -> Any:
        parties = {"authority": actor.organisation, "platform": "telegram"}
        return Opening(procedure=PLATFORM_SIDE.id, instrument=found.instrument(parties, {"message": found.id}))

    def sender(name: str) -> Sender:
        return Sender(actor=Actor(f"{name}-system", {"authority"}, name), keys=[KEY])

    names = ("eu", "eu.europol")
    ordinary, other = (
        "eu.europol.2026-17-m4.1",
        {"eu": "eu%.europol.2026-17-m4.1", "eu.europol": "eu%2Eeuropol%.2026-17-m4.1"},
    )
    for order in (names, names[::-1]):
        platform = Platform(read=read, senders={name: sender(name) for name in names})
        platform.there.ordered("europol.2026-17")
        platform.there.ordered("2026-17")
        platform.there.runner.deliver()
        sent = {row.case: row for row in platform.there.post.sent}
        rows = {"eu": sent["europol.2026-17"], "eu.europol": sent["2026-17"]}
        with serve_wsgi(platform.receiver.wsgi) as platform.port:
            for name in (*order, *order):
                assert platform.send(letter(rows[name]), name=name) == (200, "applied")
        parties = {case.id: case.parties["authority"] for case in platform.runner.find()}
        assert parties == {ordinary: (order[0],), other[order[1]]: (order[1],)}
        assert platform.runner.incidents() == ()


def test_another_communication_is_another_case_and_never_lost_in_the_first(platform: Platform) -> None:
    platform.there.ordered("second")
    platform.there.runner.deliver()
    for row in platform.there.post.sent:
        platform.send(letter(row))
    assert {case.id for case in platform.runner.find()} == {OURS, "kominfo.second-m4.1"}


@pytest.mark.parametrize("name", ["KOM/2024/33", "2024:33", "KOM(33)", "BK\u00c4,1"])
def test_cases_of_any_name_talk_to_each_other_by_webhook_and_by_mail(platform: Platform, name: str) -> None:
    platform.there.ordered(name)
    platform.there.runner.deliver()
    order = platform.there.post.sent[-1]
    assert platform.send(letter(order), id="1") == (200, "applied")
    assert [case.id for case in platform.runner.find()] == [f"kominfo.{order.id}"]
    mails = MailReceiver(
        platform.there.runner, identify=lambda mail: TELEGRAM,
        letters=LetterReceiver(platform.there.runner, {}, authority_side.read),
    )  # fmt: skip
    (item,) = mails.take(mailed(platform.confirm()))
    assert (item.status, item.case) == ("applied", name)
    assert platform.there.runner.case(name).state == "acknowledged"


def test_nobody_gets_into_a_case_of_another_authority_by_choosing_his_ids(platform: Platform) -> None:
    platform.send(letter(platform.order))
    before = platform.runner.case(OURS)
    stranger = Actor("stranger", {"authority"}, "kom")  # "kom" + "." + thread is to be "kominfo.…"
    receiver = LetterReceiver(
        platform.runner, {}, lambda found, actor: attrs.evolve(platform_side.read(found, actor), case=OURS)
    )
    from sopflow.receivers._http import run

    doc = json.loads(letter(platform.order, id="5f1c0de-m9.1"))
    item, _ = run(receiver.accept(doc, stranger, b"x", "1", "webhook"))
    assert item.status == "rejected" and "no party" in item.detail
    assert platform.runner.case(OURS) == before


# --- an answer goes back -----------------------------------------------------------------------------------------------


def test_what_the_platform_does_at_its_desk_is_a_fact_of_the_authoritys_case(platform: Platform) -> None:
    platform.send(letter(platform.order))
    confirmation = platform.confirm()
    assert back(platform.there, confirmation).status == "applied"
    assert platform.there.order.status == "acknowledged"
    platform.there.clock.advance(minutes=1)
    platform.runner.apply(OURS, EffectGiven(outcomes={"c1": "removed"}, by=CLERK))
    platform.runner.apply(OURS, Refused(contents=("c2",), reason="It is satire.", by=CLERK))
    platform.runner.deliver()
    platform.there.clock.advance(hours=3)  # they were under way for so long
    for row in platform.post.sent[1:]:
        assert back(platform.there, row).status == "applied"
    assert platform.there.case.outcomes() == platform.runner.case(OURS).outcomes()
    assert platform.there.case.state == "taken_down"
    entry = platform.there.runner.journal("5f1c0de")[-1]
    assert entry.doc["at"] < entry.doc["now"], "what counts is when it happened"
    assert "It is satire." in str(platform.there.runner.personal("5f1c0de"))


def test_asked_once_more_the_platform_says_once_more_that_it_has_confirmed(platform: Platform) -> None:
    platform.send(letter(platform.order))
    platform.confirm()  # and it is lost
    platform.there.clock.advance(hours=24)
    platform.there.runner.tick()
    platform.there.runner.deliver()
    platform.send(letter(platform.there.post.sent[-1]))
    platform.runner.deliver()
    assert [row.template for row in platform.post.sent] == ["confirmation", "confirmation"]
    assert back(platform.there, platform.post.sent[-1]).status == "applied"
    assert platform.there.case.state == "acknowledged"


def test_nobody_answers_for_another_platform(platform: Platform) -> None:
    platform.send(letter(platform.order))
    before = platform.there.case
    item = back(platform.there, platform.confirm(), actor=OTHER)
    assert item.status == "rejected" and "no party" in item.detail
    assert platform.there.case == before


# --- what is not to be believed, or not to be read ---------------------------------------------------------------------


def test_a_forged_letter_opens_nothing(platform: Platform) -> None:
    body = letter(platform.order)
    assert platform.send(body, key=NEW_KEY)[0] == 401
    assert platform.send(body, name="nobody")[0] == 401
    assert platform.runner.find() == () and {i.status for i in platform.runner.inbox()} == {"rejected"}


def test_a_sender_who_may_not_open_a_case_opens_none_and_is_kept(platform: Platform) -> None:
    assert platform.send(letter(platform.order), name="reader") == (422, "rejected")
    assert platform.runner.find() == ()
    (incident,) = platform.runner.incidents()
    assert incident.kind == "rejected" and "authority" in incident.detail


def test_a_sender_whose_case_is_opened_without_it_is_told_that_it_was_taken() -> None:
    def another(letter: Any, actor: Any) -> Any:
        return Opening(
            procedure=PLATFORM_SIDE.id, instrument=letter.instrument({"authority": "x", "platform": "telegram"})
        )

    platform = Platform(read=another)
    with serve_wsgi(platform.receiver.wsgi) as platform.port:
        assert platform.send(letter(platform.order)) == (202, "unmatched")
    assert len(platform.runner.find()) == 1
    (incident,) = platform.runner.incidents()
    assert "no party of this case" in incident.detail


def test_a_letter_of_a_kind_that_we_do_not_know_is_for_a_person(platform: Platform) -> None:
    assert platform.send(letter(platform.order, template="newsletter")) == (202, "unmatched")
    (incident,) = platform.runner.incidents()
    assert "'newsletter' to be read" in incident.detail and platform.runner.find() == ()


def spoiled(row: Any, **changed: Any) -> bytes:
    """Return a letter whose machine-readable part was changed."""
    said = json.loads(row.data)
    return letter(row, data=json.dumps({**said, **changed}))


@pytest.mark.parametrize(
    "changed",
    [{"format": 2}, {"contents": [{"id": "c1"}]}, {"contents": None}, {"queued": "today"}, {"instrument": {}}, {"confirm": 1},
     {"contents": [{"id": "c1", "kind": "url", "locator": "javascript:alert(1)", "outcome": "pending"}]},
     {"contents": [{"id": "c1", "kind": "url", "locator": None, "outcome": "pending"}]},
     {"contents": [{"id": "c1", "kind": "url", "locator": "https://t.me/x", "outcome": "gone"}]},
     {"instrument": {"kind": "letter", "form": {}}}, {"instrument": {"kind": "notice", "form": []}}],
    ids=lambda c: str(c)[:60],
)  # fmt: skip
def test_a_letter_that_cannot_be_read_is_told_kept_for_a_person_and_opens_nothing(changed: dict[str, Any]) -> None:
    platform = Platform()
    with serve_wsgi(platform.receiver.wsgi) as platform.port:
        assert platform.send(spoiled(platform.order, **changed)) == (422, "unmatched")
        assert platform.runner.find() == () and len(platform.runner.incidents()) == 1
        assert platform.send(letter(platform.order), id="again") == (200, "applied"), (
            "the right one is taken all the same"
        )


@pytest.mark.parametrize("changed", [{"id": "x"}, {"thread": "other-m1.1"}, {"case": "other"}, {"data": ""}, {"to": 1}], ids=str)  # fmt: skip
def test_ids_that_do_not_belong_together_are_refused(changed: dict[str, Any]) -> None:
    doc = json.loads(letter(World().post.sent[0], **changed))
    with pytest.raises(BadInput):
        read_letter(doc)


def test_ids_with_an_address_in_them_stand_in_no_letter_of_ours() -> None:
    case = "https://phish.example/x"
    doc = json.loads(letter(World().post.sent[0], id=f"{case}-m4.1", thread=f"{case}-m4.1", case=case))
    with pytest.raises(BadInput, match="id of a message"):
        read_letter(doc)


def test_a_reader_that_fails_loses_nothing() -> None:
    def broken(letter: Any, actor: Any) -> Any:
        raise RuntimeError("https://t.me/secret_one")

    platform = Platform(read=broken)
    with serve_wsgi(platform.receiver.wsgi) as platform.port:
        assert platform.send(letter(platform.order)) == (422, "unmatched")
    (incident,) = platform.runner.incidents()
    assert "RuntimeError" in incident.detail and "secret" not in incident.detail


@pytest.mark.parametrize(
    ("meaning", "why"),
    [(lambda made: attrs.evolve(made, procedure="xx.unknown"), "unknown"),
     (lambda made: attrs.evolve(made, case="no id"), "without spaces"),
     (lambda made: attrs.evolve(made, instrument=attrs.evolve(made.instrument, parties={"judge": "x"})), "roles of")],
    ids=["procedure", "case", "party"],
)  # fmt: skip
def test_an_opening_that_cannot_be_is_kept_for_a_person(meaning: Any, why: str) -> None:
    platform = Platform(read=lambda letter, actor: meaning(platform_side.read(letter, actor)))
    with serve_wsgi(platform.receiver.wsgi) as platform.port:
        assert platform.send(letter(platform.order))[0] == 202
    (incident,) = platform.runner.incidents()
    assert why in incident.detail and platform.runner.find() == ()


def test_a_case_that_does_not_expect_the_letter_is_open_and_the_letter_is_kept() -> None:
    def read(letter: Any, actor: Any) -> Any:
        return platform_side.read(attrs.evolve(letter, template="order"), actor)

    platform = Platform(read=read)
    with serve_wsgi(platform.receiver.wsgi) as platform.port:
        assert platform.send(letter(platform.order, template="demand")) == (202, "unmatched")
    assert platform.runner.case(OURS).state == "arrived"
    assert "does not expect a letter 'demand'" in platform.runner.incidents()[0].detail


def test_a_store_that_is_down_takes_nothing_and_the_same_letter_works_later(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform()

    def failing(*args: Any, **more: Any) -> Any:
        raise StoreError("no")

    with serve_wsgi(platform.receiver.wsgi) as platform.port:
        for verb in ("open", "receive"):  # before the case is there, and after
            with monkeypatch.context() as broken:
                broken.setattr(platform.runner, verb, failing)
                body = letter(platform.order)
                given = signed(body, "1", platform.there.clock())
                assert call(platform.port, "POST", "/letters/kominfo", body, given)[0] == 503
        assert platform.send(letter(platform.order)) == (200, "applied")
    assert [e.event for e in platform.runner.journal(OURS)] == ["Opened", "Delivered"]


def test_two_workers_with_one_letter_open_one_case(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform()
    find = platform.runner.case
    with serve_wsgi(platform.receiver.wsgi) as platform.port:
        platform.send(letter(platform.order), id="first")
        calls: list[str] = []

        def late(id: str) -> Any:
            calls.append(id)
            if len(calls) == 1:  # the other worker was not done when this one looked
                from sopflow import CaseNotFound

                raise CaseNotFound("default", id)
            return find(id)

        monkeypatch.setattr(platform.runner, "case", late)
        reminder = letter(platform.order, id="5f1c0de-m9.1")
        assert platform.send(reminder) == (200, "applied")
    monkeypatch.undo()
    assert [e.event for e in platform.runner.journal(OURS)] == ["Opened", "Delivered", "Delivered"]


# --- by mail -----------------------------------------------------------------------------------------------------------


def mailed(row: Any) -> bytes:
    """Return the mail by which a message goes out."""
    from sopflow.notifiers import EmailNotifier

    mail: EmailMessage = EmailNotifier("smtp.authority.example", "channel@authority.example").mail(row)
    return mail.as_bytes()


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_mail_with_a_letter_is_the_same_as_its_webhook(colour: str) -> None:
    platform = Platform(colour)
    mails = MailReceiver(
        platform.runner_async or platform.runner, identify=lambda mail: KOMINFO, letters=platform.receiver
    )

    def take(raw: bytes) -> Any:
        return mails.take(raw) if colour == "sync" else asyncio.run(mails.take_async(raw))

    (item,) = take(mailed(platform.order))
    assert (item.status, item.id) == ("applied", "letter:5f1c0de-m4.1")
    assert platform.runner.journal(OURS)[0].doc["evidence"][0]["kind"] == "e-mail"
    (again,) = take(mailed(platform.order))
    assert again.status == "applied" and len(platform.runner.journal(OURS)) == 2
    server = serve_asgi(platform.receiver.asgi) if colour == "async" else serve_wsgi(platform.receiver.wsgi)
    with server as platform.port:
        assert platform.send(letter(platform.order)) == (200, "applied")
    assert len(platform.runner.journal(OURS)) == 2, "whichever way it comes, it counts once"


def test_a_mail_that_nobody_vouches_for_opens_nothing() -> None:
    platform = Platform()
    mails = MailReceiver(platform.runner, letters=platform.receiver)
    (item,) = mails.take(mailed(platform.order))
    assert (item.status, item.sender) == ("rejected", "unverified-mail") and platform.runner.find() == ()


def test_a_mail_without_a_letter_is_read_as_before() -> None:
    world = World()
    letters = LetterReceiver(world.runner, {}, authority_side.read)
    from . import samples

    mails = MailReceiver(world.runner, identify=lambda mail: TELEGRAM, letters=letters)
    items = mails.take(samples.reply(world.message))
    assert items[0].status == "applied" and isinstance(items[0].event, Acknowledged)


def answered(original: bytes, text: str, number: int, *, inside: bool) -> bytes:
    """Return a person's answer with our mail attached, or with the attachments of our mail kept."""
    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = "desk@platform.example", f"<{number}@platform.example>"
    ours = message_from_bytes(original, policy=policy.default)
    mail["In-Reply-To"] = ours["Message-ID"]
    mail.set_content(text)
    if inside:
        mail.add_attachment(ours)
    else:
        for part in ours.iter_attachments():  # type: ignore[attr-defined]
            mail.add_attachment(part.get_payload(decode=True), "application", "json", filename=part.get_filename())
    return mail.as_bytes()


@pytest.mark.parametrize("inside", [True, False], ids=["message/rfc822", "message.json"])
def test_an_answer_that_carries_our_mail_along_is_an_answer_and_each_is_kept(inside: bool) -> None:
    world = World()
    letters = LetterReceiver(world.runner, {}, authority_side.read)
    mails = MailReceiver(world.runner, identify=lambda mail: TELEGRAM, letters=letters)
    original = mailed(world.post.sent[0])
    for number, text in enumerate(("We confirm receipt.", "Which channel?", "WE REFUSE c1.")):
        items = mails.take(answered(original, text, number, inside=inside))
        assert isinstance(items[0].event, Acknowledged) and items[0].status == "applied"
        assert items[1].status == "unmatched" and text.encode() in items[1].raw
    assert world.order.status == "acknowledged" and len(world.runner.inbox(status="unmatched")) == 3


@pytest.mark.parametrize("named", ["<0100018@eu-west-1.amazonses.example>", ""])
def test_a_letter_is_one_under_whatever_message_id_a_mail_system_gives_it(named: str) -> None:
    platform = Platform()
    mails = MailReceiver(platform.runner, identify=lambda mail: KOMINFO, letters=platform.receiver)
    raw = mailed(platform.order).replace(b"<5f1c0de-m4.1@authority.example>", named.encode())
    (item,) = mails.take(raw)
    assert (item.status, item.id) == ("applied", "letter:5f1c0de-m4.1")


def test_a_letter_without_a_meaning_is_kept_under_the_id_of_what_brought_it() -> None:
    platform = Platform(read=lambda letter, actor: None)
    mails = MailReceiver(platform.runner, identify=lambda mail: KOMINFO, letters=platform.receiver)
    with serve_wsgi(platform.receiver.wsgi) as platform.port:
        for id in ("1", "1", "2"):
            assert platform.send(letter(platform.order), id=id) == (202, "unmatched")
    assert mails.take(mailed(platform.order))[0].status == "unmatched"
    assert len(platform.runner.inbox()) == 3 and not any(i.id.startswith("letter:") for i in platform.runner.inbox())


def test_a_statement_by_letter_is_for_the_case_that_it_names() -> None:
    world = World()

    def read(letter: Any, actor: Any) -> Any:
        return Statement(event=Delivered(message=world.message), case="")

    receiver = LetterReceiver(world.runner, {}, read)
    from sopflow.receivers._http import run

    item, readable = run(receiver.accept(json.loads(letter(world.post.sent[0])), TELEGRAM, b"x", "1", "webhook"))
    assert readable and (item.status, item.case) == ("applied", "5f1c0de")


def test_a_letter_carries_its_instrument_on_without_what_had_become_of_it() -> None:
    found = read_letter(json.loads(letter(World().post.sent[0])))
    assert found.confirm_by is not None and found.reference == "5f1c0de"
    made = found.instrument({"platform": "telegram"}, {"message": found.id})
    assert (made.kind, [c.id for c in made.contents]) == ("notice", ["c1", "c2"])
    assert made.form == {"reasons": "unlawful", "message": "5f1c0de-m4.1"}
    assert "secret" not in repr(found) and "unlawful" not in repr(found)
    assert isinstance(platform_side.read(found, KOMINFO), Opening)
