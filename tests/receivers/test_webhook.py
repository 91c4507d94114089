"""Signed webhooks: what is signed enters the inbox once, what is forged changes no case and fills no disk."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook

from sopflow import (
    Actor,
    Approved,
    BadInput,
    ClarificationGiven,
    Closed,
    Content,
    EffectGiven,
    NotAllowed,
    Order,
    PointOfContact,
    Provider,
    Refused,
    Runner,
    StaticDirectory,
    catalogue,
)
from sopflow.catalogue.generic import BlockOrdered
from sopflow.catalogue.indonesia import ReviewStarted
from sopflow.errors import NotAuthentic
from sopflow.receivers import Sender, WebhookReceiver
from sopflow.signatures import Key, verify
from sopflow.stores import open_store

from .world import OFFICER, OTHER, PLATFORM, START, Post, World, call, serve_asgi, serve_wsgi

KEY = "whsec_" + base64.b64encode(b"k" * 24).decode()
NEW_KEY = "whsec_" + base64.b64encode(b"n" * 32).decode()
ISPS = ("isp-a", "isp-b")
ISP = Actor("isp-a-system", {"isp"}, "isp-a")


def signed(body: bytes, id: str = "msg_1", at: datetime = START, key: str = KEY) -> dict[str, str]:
    """Return the headers that the independent package makes."""
    signature = Webhook(key).sign(id, at.astimezone(UTC), body.decode())
    return {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def stated(world: World, type: str = "Acknowledged", **more: Any) -> bytes:
    doc = {"type": type, "timestamp": "2017-08-10T08:59:00+07:00", "data": {"message": world.message}, **more}
    return json.dumps(doc).encode()


class Hooks:
    def __init__(self, world: World, port: int) -> None:
        self.world, self.port = world, port

    def send(
        self, body: bytes, headers: dict[str, str] | None = None, name: str = "telegram", **how: Any
    ) -> tuple[int, str]:
        given = signed(body, **how) if headers is None else headers
        status, got, text = call(self.port, "POST", f"/hooks/{name}", body, given)
        assert got["cache-control"] == "no-store"
        return status, json.loads(text)["status"] if "json" in got["content-type"] else ""


@pytest.fixture(params=["wsgi", "asgi"])
def hooks(request: pytest.FixtureRequest) -> Iterator[Hooks]:
    colour = "async" if request.param == "asgi" else "sync"
    world = World(colour=colour)
    senders = {
        "telegram": Sender(actor=PLATFORM, keys=[KEY]),
        "other": Sender(actor=OTHER, keys=[NEW_KEY]),
        "gateway": Sender(actor=Actor("gateway", {"platform"}, "hub"), keys=NEW_KEY, any_case=True),
    }
    made = WebhookReceiver(world.runner_async or world.runner, senders, events=[ReviewStarted])
    with serve_asgi(made.asgi) if colour == "async" else serve_wsgi(made.wsgi) as port:
        yield Hooks(world, port)


# --- what is signed ------------------------------------------------------------------------------------------------


def test_a_signed_statement_is_applied_in_the_name_of_its_key_and_proved_by_its_bytes(hooks: Hooks) -> None:
    body = stated(hooks.world)
    assert hooks.send(body) == (200, "applied")
    entry = hooks.world.runner.journal(hooks.world.case_id)[-1]
    assert (entry.event, entry.doc["by"]["id"]) == ("Acknowledged", "telegram-desk")
    assert entry.doc["at"].startswith("2017-08-10T01:59")
    assert entry.doc["evidence"][0]["kind"] == "webhook"
    (item,) = hooks.world.runner.inbox()
    assert (item.id, item.sender, item.raw, item.authenticated) == ("msg_1", "telegram-desk", body, True)


def test_a_repetition_is_taken_in_once_even_when_it_comes_much_later_with_a_fresh_timestamp(hooks: Hooks) -> None:
    body = stated(hooks.world)
    assert [hooks.send(body)[1] for _ in range(3)] == ["applied"] * 3
    hooks.world.clock.advance(days=2)
    assert hooks.send(body, at=hooks.world.clock.now)[1] == "applied"
    assert len(hooks.world.runner.inbox()) == 1
    assert [e.event for e in hooks.world.runner.journal(hooks.world.case_id)].count("Acknowledged") == 1


def test_effects_refusals_and_the_procedures_own_facts_are_stated(hooks: Hooks) -> None:
    case = hooks.world.case_id
    assert hooks.send(stated(hooks.world, "ReviewStarted", case=case, data={}), id="a") == (200, "applied")
    effect = {"outcomes": {"c1": "removed"}}
    assert hooks.send(stated(hooks.world, "EffectGiven", case=case, data=effect), id="b") == (200, "applied")
    refusal = {"contents": ["c2"], "reason": "lawful"}
    assert hooks.send(stated(hooks.world, "Refused", case=case, data=refusal), id="c") == (200, "applied")
    assert hooks.world.case.outcomes() == {"c1": "removed", "c2": "refused"}


def test_a_backslash_of_somebodys_own_is_no_nul(hooks: Hooks) -> None:
    refusal = {"contents": ["c2"], "reason": r"write \u0000 here, or \\u0000"}
    assert hooks.send(stated(hooks.world, "Refused", case=hooks.world.case_id, data=refusal)) == (200, "applied")
    assert hooks.world.case.outcomes()["c2"] == "refused"


def test_what_comes_too_early_is_parked_and_applied_when_its_message_is_there(hooks: Hooks) -> None:
    runner, case = hooks.world.runner, hooks.world.case_id
    early = stated(hooks.world, data={"message": f"{case}-m7.1"})
    assert hooks.send(early, id="early") == (202, "parked")
    hooks.send(stated(hooks.world, "ClarificationRequested", case=case, data={"reason": "which?"}), id="ask")
    assert hooks.world.kinds() == []
    hooks.world.clock.advance(minutes=1)
    runner.apply(case, ClarificationGiven(by=OFFICER))
    assert runner.case(case).message(f"{case}-m7.1").template == "clarification"
    (item,) = [i for i in runner.inbox() if i.id == "early"]
    assert item.status == "applied"
    assert runner.case(case).message(f"{case}-m7.1").status == "acknowledged"


def test_what_waits_for_a_message_that_never_comes_is_told_to_a_person_after_a_day_and_still_waits() -> None:
    world = World()
    hooks = WebhookReceiver(world.runner, {"telegram": Sender(actor=PLATFORM, keys=[KEY])})
    with serve_wsgi(hooks.wsgi) as port:
        assert Hooks(world, port).send(stated(world, data={"message": "5f1c0de-m99.1"})) == (202, "parked")

    def told() -> list[Any]:
        return [i for i in world.runner.incidents() if i.kind == "parked"]

    for _ in range(12):
        world.runner.tick()
        assert told() == []
        world.clock.advance(hours=2)
    for _ in range(3):
        world.runner.tick()
        world.clock.advance(hours=12)
    (incident,) = told()
    assert (incident.case, incident.id) == ("5f1c0de", "inbox/telegram-desk/msg_1/parked")
    assert incident.detail == (
        "item msg_1 of telegram-desk waits for what has not come: message 5f1c0de-m99.1 is not known yet"
    )
    assert [i.id for i in world.runner.inbox(status="parked")] == ["msg_1"]
    world.runner.resolve(incident.id, by=OFFICER, note="a slip")
    world.clock.advance(hours=2)
    world.runner.tick()
    assert told() == [], "it was looked at"


def test_what_still_waits_when_its_case_ends_is_told_to_a_person_at_once() -> None:
    world = World()
    hooks = WebhookReceiver(world.runner, {"telegram": Sender(actor=PLATFORM, keys=[KEY])})
    with serve_wsgi(hooks.wsgi) as port:
        sender = Hooks(world, port)
        sender.send(stated(world, data={"message": "5f1c0de-m99.1"}))
        world.clock.advance(minutes=1)
        done = {"c1": "removed", "c2": "removed"}
        world.runner.apply(world.case_id, EffectGiven(by=PLATFORM, outcomes=done))
        assert world.kinds() == []
        world.runner.apply(world.case_id, Closed(by=OFFICER))
        assert world.case.final and world.kinds() == ["parked"]
        sender.send(stated(world, data={"message": "5f1c0de-m98.1"}), id="late")
    assert world.kinds() == ["parked", "parked"] and len(world.runner.inbox(status="parked")) == 2


def test_keys_are_rotated_without_downtime() -> None:
    world = World()
    both = WebhookReceiver(world.runner, {"telegram": Sender(actor=PLATFORM, keys=[NEW_KEY, KEY])})
    after = WebhookReceiver(world.runner, {"telegram": Sender(actor=PLATFORM, keys=[NEW_KEY])})
    body = stated(world)
    with serve_wsgi(both.wsgi) as port:
        assert Hooks(world, port).send(body, id="old") == (200, "applied")
        assert Hooks(world, port).send(body, id="new", key=NEW_KEY) == (200, "applied")
    with serve_wsgi(after.wsgi) as port:
        assert Hooks(world, port).send(body, id="late", key=KEY)[0] == 401


def test_ed25519_signatures_verify_and_others_do_not() -> None:
    private = Ed25519PrivateKey.generate()
    raw = private.public_key().public_bytes_raw()
    key = "whpk_" + base64.b64encode(raw).decode()
    Sender(actor=PLATFORM, keys=[key])
    body = b"{}"
    signature = base64.b64encode(private.sign(b"msg_1.1502330400." + body)).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1502330400",
        "webhook-signature": f"v1,AAAA v1a,{signature}",
    }
    now = datetime.fromtimestamp(1502330400, UTC)
    assert verify(headers, body, [Key.of(KEY), Key.of(key)], now).id == "msg_1"
    for wrong in (b"{ }", b""):
        with pytest.raises(NotAuthentic):
            verify(headers, wrong, [Key.of(key)], now)
    confused = base64.b64encode(hmac.digest(raw, b"msg_1.1502330400." + body, "sha256")).decode()
    with pytest.raises(NotAuthentic):  # the public key is no secret: it must never be taken for one
        verify({**headers, "webhook-signature": f"v1,{confused}"}, body, [Key.of(key)], now)


def test_another_body_under_an_id_that_was_used_is_worked_too_and_a_person_is_told(hooks: Hooks) -> None:
    runner, case = hooks.world.runner, hooks.world.case_id
    first = stated(hooks.world)
    other = stated(hooks.world, "Refused", case=case, data={"contents": ["c1"], "reason": "a newspaper"})
    assert hooks.send(first) == (200, "applied")
    for _ in range(2):
        assert hooks.send(other) == (200, "applied")
    assert hooks.send(first) == (200, "applied"), "a repetition is one all the same"
    kept, again = sorted(runner.inbox(), key=lambda i: i.id)
    assert (kept.id, kept.raw, again.raw, again.status) == ("msg_1", first, other, "applied")
    assert again.id.startswith("msg_1#") and hooks.world.kinds() == ["ambiguous"]
    events = [e.event for e in runner.journal(case)]
    assert (events.count("Refused"), runner.case(case).outcomes()["c1"]) == (1, "refused")


def test_senders_who_speak_as_one_actor_count_their_ids_each_for_himself() -> None:
    world = World()
    court = Actor(PLATFORM.id, {"court"}, "court-1")
    senders = {
        "eu": Sender(actor=PLATFORM, keys=[KEY]), "us": Sender(actor=PLATFORM, keys=[KEY]),
        "court": Sender(actor=court, keys=[NEW_KEY], any_case=True),
    }  # fmt: skip
    effects = [
        stated(world, "EffectGiven", case=world.case_id, data={"outcomes": {c: "removed"}}) for c in ("c1", "c2")
    ]
    voided = stated(world, "OrderVoided", case=world.case_id, data={"reason": "x"})
    with serve_wsgi(WebhookReceiver(world.runner, senders).wsgi) as port:
        hooks = Hooks(world, port)
        for _ in range(2):
            assert hooks.send(effects[0], name="eu") == (200, "applied")
            assert hooks.send(effects[1], name="us") == (200, "applied")
            assert hooks.send(voided, name="court", key=NEW_KEY) == (200, "applied")
    assert {i.id for i in world.runner.inbox()} == {"eu/msg_1", "us/msg_1", "court/msg_1"}
    events = [e.event for e in world.runner.journal(world.case_id)]
    assert (events.count("EffectGiven"), events.count("OrderVoided")) == (2, 1)
    with pytest.raises(BadInput, match="up to 40"):
        WebhookReceiver(world.runner, {"a": senders["eu"], "b" * 41: senders["us"]})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"type": "EffectGiven", "data": {"outcomes": {"c1": "Jane"}}}, ("EffectGiven.outcomes", "use one of pending")),
        ({"type": "EffectGiven", "data": {"Jane": {}}}, ("EffectGiven", "use the fields by, at, evidence, outcomes")),
        ({"type": "EffectGiven", "data": {"outcomes[Jane]": {}}}, ("EffectGiven", "use the fields")),
        ({"type": "Refused", "data": {"contents": ["c1", 7]}}, ("Refused.contents", "use a value of type str")),
        ({"type": "Refused", "schema": 7}, ("Refused.schema", "this program knows schema 1")),
        ({"type": "Jane"}, ("type", "use one of Acknowledged")),
        ({"type": "Refused", "timestamp": "Jane"}, ("timestamp", "write an instant")),
        ({"type": "Refused", "data": {"by": "Jane"}}, ("data.by", "leave it out")),
        ({"type": "Refused", "case": 7}, ("case", "write the case's id")),
        ({"type": "Refused", "case": "Jane" * 60}, ("case", "write the case's id")),
        (["Jane"], ("body", "write an object")),
    ],
)
def test_what_is_wrong_with_a_body_is_said_in_our_own_words(body: Any, said: tuple[str, str]) -> None:
    world = World()
    raw = json.dumps(body).encode()
    with serve_wsgi(WebhookReceiver(world.runner, {"telegram": Sender(actor=PLATFORM, keys=[KEY])}).wsgi) as port:
        for _ in range(2):
            status, _, text = call(port, "POST", "/telegram", raw, signed(raw))
            told = json.loads(text)
            assert (status, told["status"], told["field"]) == (422, "unmatched", said[0])
            assert told["remedy"].startswith(said[1]) and "Jane" not in text


# --- whose case it is ----------------------------------------------------------------------------------------------


def test_a_genuine_key_has_no_say_about_a_case_of_somebody_else(hooks: Hooks) -> None:
    before = hooks.world.case
    effect = stated(hooks.world, "EffectGiven", case=before.id, data={"outcomes": {"c1": "removed"}})
    assert hooks.send(effect, name="other", key=NEW_KEY, id="x") == (422, "rejected")
    assert hooks.send(stated(hooks.world), name="other", key=NEW_KEY, id="y") == (422, "rejected")
    assert hooks.world.case == before
    assert {i.detail for i in hooks.world.runner.inbox()} == {"its sender is no party of this case in that role"}
    assert hooks.world.kinds() == ["rejected", "rejected"]
    assert hooks.send(effect, name="gateway", key=NEW_KEY, id="z") == (200, "applied"), "unless it may speak of all"


@pytest.mark.parametrize(
    "name", ["Issued", "DeadlineBreached", "Unsent", "LinkedCase", "Opened", "IncidentResolved", "nope", "", 7]
)
def test_acts_and_what_the_library_itself_finds_out_cannot_be_stated_from_outside(hooks: Hooks, name: Any) -> None:
    before = hooks.world.case
    assert hooks.send(stated(hooks.world, name, case=before.id, data={})) == (422, "unmatched")
    assert hooks.world.case == before and hooks.world.kinds() == ["unmatched"]


@pytest.mark.parametrize("field", ["by", "at", "evidence"])
def test_the_body_does_not_say_who_states_it(hooks: Hooks, field: str) -> None:
    body = stated(hooks.world, data={"message": hooks.world.message, field: "officer"})
    assert hooks.send(body)[0] == 422
    assert hooks.world.order.status == "sent"


def test_a_case_that_does_not_exist_is_unmatched(hooks: Hooks) -> None:
    assert hooks.send(stated(hooks.world, "Refused", case="nobody", data={})) == (202, "unmatched")
    assert hooks.send(stated(hooks.world, "Refused", data={}), id="m2") == (202, "unmatched")
    assert hooks.world.kinds() == ["unmatched", "unmatched"]


@pytest.fixture
def block() -> Runner:
    """An order to two access providers, each with a content of its own."""
    desks = [Provider(id=i, contacts=[PointOfContact(id=f"{i}-d", channels={"email": "a@x.example"})]) for i in ISPS]
    runner = Runner(
        store=open_store("memory:"), procedures=[catalogue.find("generic.network_block")], acting_as="authority",
        directory=StaticDirectory(desks), notifiers={"email": Post()}, clock=lambda: START,
    )  # fmt: skip
    form = {"grounds": "g", "legal_basis": "l", "scope": "s"}
    order = Order(
        contents=[Content(kind="domain", locator="bad.example", party=isp) for isp in ISPS], parties={"isp": ISPS},
        form=form,
    )  # fmt: skip
    runner.open("generic.network_block", order, by=OFFICER, case_id="block")
    ordered = BlockOrdered(due=START + timedelta(days=30), by=OFFICER)
    for n in range(3):
        signer = Actor(f"s{n}", {"competent_agency"}, f"agency-{n}")
        runner.apply("block", Approved(proposal=runner.proposal("block", ordered), by=signer))
    runner.apply("block", ordered)
    return runner


@pytest.mark.parametrize(
    ("type", "data"),
    [("EffectGiven", {"outcomes": {"c1": "disabled", "c2": "disabled"}}), ("Refused", {"contents": ["c2"]})],
)
def test_one_party_does_not_settle_what_another_of_its_role_is_to_do(block: Runner, type: str, data: Any) -> None:
    hooks = WebhookReceiver(block, {"isp-a": Sender(actor=ISP, keys=[KEY])})
    body = json.dumps({"type": type, "case": "block", "data": data}).encode()
    with serve_wsgi(hooks.wsgi) as port:
        status, _, text = call(port, "POST", "/isp-a", body, signed(body))
    assert (status, json.loads(text)["status"]) == (422, "rejected")
    assert set(block.case("block").outcomes().values()) == {"pending"}
    (item,) = block.inbox()
    assert item.detail == "c2: another party answers for that; isp-a states this of its own contents"
    assert [i.kind for i in block.incidents()] == ["rejected"]


def test_what_names_no_content_is_about_the_actors_own_also_when_it_is_repeated(block: Runner) -> None:
    for _ in range(2):
        block.apply("block", Refused(by=ISP, reason="no such name"), command_id="once")
    assert block.case("block").outcomes() == {"c1": "refused", "c2": "pending"}
    assert [e.event for e in block.journal("block")].count("Refused") == 1
    with pytest.raises(NotAllowed, match="another party answers"):
        block.apply("block", Refused(by=Actor("isp-c-system", {"isp"}, "isp-b"), contents=["c1"]))
    block.apply("block", EffectGiven(by=Actor("gateway", {"isp"}, "hub"), outcomes={"c2": "disabled"}))
    assert block.case("block").outcomes()["c2"] == "disabled", "who is none of them speaks for all"


# --- what is forged ------------------------------------------------------------------------------------------------


def test_a_forged_statement_is_kept_and_changes_no_case_and_takes_nobodys_place(hooks: Hooks) -> None:
    before, body = hooks.world.case, stated(hooks.world)
    genuine = signed(body)
    forged = {**genuine, "webhook-signature": signed(body, key=NEW_KEY)["webhook-signature"]}
    assert hooks.send(body, forged)[0] == 401
    assert hooks.world.case == before and hooks.world.kinds() == ["rejected"]
    (item,) = hooks.world.runner.inbox()
    assert (item.sender, item.authenticated, item.raw) == ("forged-webhook", False, body)
    assert hooks.send(body, genuine) == (200, "applied"), "the forger had used its id"


def test_an_old_signature_is_no_signature(hooks: Hooks) -> None:
    body = stated(hooks.world)
    for at in (START - timedelta(minutes=6), START + timedelta(minutes=6)):
        assert hooks.send(body, at=at)[0] == 401
    assert hooks.send(body, at=START - timedelta(minutes=4))[0] == 200
    (item,) = hooks.world.runner.inbox(status="rejected")
    assert item.detail == "it was signed too long ago, or is not to be signed yet"


def test_forgeries_are_bounded_per_hour_and_each_is_cut(hooks: Hooks) -> None:
    headers = signed(b"x", key=NEW_KEY)
    for n in range(80):
        assert hooks.send(b"%d" % n + b"x" * 50_000, headers)[0] == 401
    items = hooks.world.runner.inbox()
    assert len(items) == 50 == len(hooks.world.runner.incidents())
    assert max(len(i.raw) for i in items) == 8192
    assert len({i.id for i in items}) == 50, "the id is the digest of all of it"


def test_an_unknown_sender_learns_no_more_than_a_forger(hooks: Hooks) -> None:
    body = stated(hooks.world)
    assert (
        hooks.send(body, name="nobody")
        == hooks.send(body, signed(body, key=NEW_KEY))
        == (401, "the signature cannot be verified")
    )


GARBAGE = ["", "v1", "garbage", "v1,", "v1,AAAAA", "v1,\xff", "v2,AAAA", "v1,AAAA," * 9, "v1 ,AAAA", "," * 99, " " * 50]


@pytest.mark.parametrize("value", GARBAGE)
@pytest.mark.parametrize("name", ["webhook-signature", "webhook-id", "webhook-timestamp"])
def test_garbage_in_a_header_is_the_senders_error_and_never_ours(hooks: Hooks, name: str, value: str) -> None:
    body = stated(hooks.world)
    status, _ = hooks.send(body, {**signed(body), name: value})
    assert status in (400, 401)
    assert hooks.world.order.status == "sent"


@pytest.mark.parametrize("stamp", ["-1", "1e9", "9" * 12, "9" * 40, "١٥٠٢٣٣٠٤٠٠", "1502330400.0", " 1502330400"])
def test_a_timestamp_that_is_none_is_refused(stamp: str) -> None:
    headers = {**signed(b"{}"), "webhook-timestamp": stamp}
    with pytest.raises(NotAuthentic):
        verify(headers, b"{}", [Key.of(KEY)], START)


def test_moving_the_border_between_what_is_signed_states_nothing(hooks: Hooks) -> None:
    """The signed bytes are id.timestamp.body: an id with a dot in it can be cut elsewhere."""
    body, stamp = stated(hooks.world), str(int(START.timestamp()))
    headers = signed(body, id=f"{hooks.world.message}.{stamp}")
    shifted = {**headers, "webhook-id": hooks.world.message, "webhook-timestamp": stamp}
    assert hooks.send(stamp.encode() + b"." + body, shifted) == (422, "unmatched")
    assert hooks.world.order.status == "sent"


# --- what cannot be read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"[]", b"null", b"{", b'{"type":1}', b"[" * 50_000, b'{"a":' * 5000 + b"1" + b"}" * 5000,
     b'{"type":"Refused","type":"Acknowledged"}', b'{"type":"Refused","data":{"reason":"\\ud800"}}',
     b'{"type":"Refused","data":{"reason":"\\u0000"}}', b'{"type":"Refused","x":NaN}', b'{"type":"Refused","x":' + b"9" * 5000 + b"}",
     b'{"type":"Acknowledged","timestamp":"0001-01-01T00:00:00+14:00","data":{"message":"x"}}',
     b'{"type":"Acknowledged","timestamp":"yesterday","data":{"message":"x"}}',
     b'{"type":"InstrumentReceived","data":{"instrument":{"kind":"notice","contents":[{"locator":"https://x:Jane/"}]}}}',
     b'{"type":"Acknowledged","data":{"message":"' + b"x" * 5000 + b'-m1.1"}}',
     b'{"type":"EffectGiven","data":{"outcomes":{"Jane Roe":"x"}}}', b'{"type":"Refused","data":{"Jane Roe":1}}'],
    ids=lambda b: b[:40].decode("latin-1"),
)  # fmt: skip
def test_a_signed_body_that_cannot_be_read_is_kept_for_a_person(hooks: Hooks, body: bytes) -> None:
    signed_bytes = b"msg_1.%d." % START.timestamp() + body
    signature = base64.b64encode(hmac.new(b"k" * 24, signed_bytes, hashlib.sha256).digest()).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": f"{START.timestamp():.0f}",
        "webhook-signature": f"v1,{signature}",
    }
    assert hooks.send(body, headers) == (422, "unmatched")
    (item,) = hooks.world.runner.inbox()
    assert item.raw == body and item.authenticated
    (incident,) = hooks.world.runner.incidents()
    assert incident.kind == "unmatched" and "Jane" not in incident.detail


def test_too_much_is_refused_unread(hooks: Hooks) -> None:
    assert call(hooks.port, "POST", "/hooks/telegram", b"x" * 300_000, signed(b"x"))[0] == 413
    assert call(hooks.port, "GET", "/hooks/telegram")[0] == 405
    assert hooks.world.runner.inbox() == ()


# --- construction --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys", [[], "whsec_", 7 * [None], "whsec_AAAA", "whpk_AAAA", "hunter2-" * 9, "whsec_" + "é" * 40]
)
def test_a_key_that_is_none_is_told_without_showing_it(keys: Any) -> None:
    with pytest.raises(BadInput) as caught:
        Sender(actor=PLATFORM, keys=keys)
    assert "key" in caught.value.field and not re.search("hunter2|AAAA|é", str(caught.value))


def test_keys_are_in_no_repr_and_bodies_in_no_log(hooks: Hooks, caplog: pytest.LogCaptureFixture) -> None:
    assert KEY not in repr(Sender(actor=PLATFORM, keys=[KEY]))
    with caplog.at_level(logging.DEBUG, "sopflow"):
        body = stated(hooks.world, "Refused", case=hooks.world.case_id, data={"reason": "Jane Roe"})
        hooks.send(body)
        hooks.send(body, signed(body, key=NEW_KEY))
    logged = " ".join(str(r.__dict__) for r in caplog.records)
    assert "sopflow.forged" in logged and "Jane" not in logged
