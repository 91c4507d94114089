"""Whatever bytes come: an answer, never an exception; never more read than the limit; and no case changed."""

from __future__ import annotations

import asyncio
import io
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sopflow.receivers import (
    ConfirmationPage,
    DeskPage,
    LetterReceiver,
    MailReceiver,
    Opening,
    Sender,
    TelegramReceiver,
    WebhookReceiver,
)
from sopflow.receivers.letters import Letter

from . import samples
from .test_telegram import DESK, TOKEN
from .test_webhook import KEY, signed
from .world import PLATFORM, PROCEDURE, World, links

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
TEXT = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.datetimes().map(lambda d: d.isoformat() + "+07:00"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10) | st.sampled_from(
        ["type", "data", "case", "message", "outcomes", "contents", "instrument", "kind", "locator", "timestamp", "schema",
         "from", "id", "text", "reply_to_message", "is_bot", "date", "reason", "restore", "parties", "form"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip
FIELDS = st.dictionaries(
    st.sampled_from(["answer", "nonce", "all", "c.c1", "c.c2", "c.c9", "reason", "lang", "x"]),
    st.text(max_size=40),
    max_size=6,
)


class Stream(io.BytesIO):
    """Counts what is read, and refuses an unbounded read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None and 0 <= size <= 300_000, "an unbounded read"
        data = super().read(min(size, 777))  # as a socket does
        self.taken += len(data)
        return data


@cache
def world() -> World:
    return World(colour="async")


def _opening(letter: Letter, actor: Any) -> Opening:
    return Opening(procedure=PROCEDURE, instrument=letter.instrument({"platform": "telegram"}))


@cache
def endpoints() -> dict[str, tuple[Any, Any]]:
    def make(runner: Any) -> dict[str, Any]:
        return {
            "page": ConfirmationPage(runner, links()),
            "webhook": WebhookReceiver(runner, {"telegram": Sender(actor=PLATFORM, keys=[KEY])}),
            "telegram": TelegramReceiver(runner, TOKEN, {DESK: PLATFORM}),
            "letters": LetterReceiver(runner, {"telegram": Sender(actor=PLATFORM, keys=[KEY])}, _opening),
            "desk": DeskPage(runner, lambda given: PLATFORM),
        }

    sync, aio = make(world().runner), make(world().runner_async)
    return {name: (sync[name], aio[name]) for name in sync}


def both(name: str, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> set[int]:
    """Send it to both callables; return the statuses."""
    sync, aio = endpoints()[name]
    environ = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items()}
    environ |= {k.upper().replace("-", "_"): v for k, v in headers.items() if k in ("content-type", "content-length")}
    stream = Stream(body)
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": stream}
    environ.setdefault("CONTENT_LENGTH", str(len(body)))
    seen: list[str] = []
    content = b"".join(sync.wsgi(environ, lambda status, headers: seen.append(status)))
    assert stream.taken <= sync.limit and len(content) < 300_000

    async def run() -> int:
        parts = [body[i : i + 999] for i in range(0, len(body), 999)] or [b""]
        sent: list[Any] = []

        async def receive() -> Any:
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: Any) -> None:
            sent.append(message)

        raw = [(k.encode("latin-1", "replace"), v.encode("latin-1", "replace")) for k, v in headers.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode("latin-1", "replace"),
            "headers": raw,
        }
        await aio.asgi(scope, receive, send)
        return int(sent[0]["status"])

    return {int(seen[0].split()[0]), asyncio.run(run())}


@pytest.fixture(autouse=True)
def nothing_changes() -> Any:
    before = world().case
    yield
    assert world().case == before


@FUZZ
@given(st.sampled_from(["page", "webhook", "telegram", "letters", "desk"]), TEXT, TEXT, TEXT, st.binary(max_size=3000),
       st.dictionaries(st.sampled_from(["content-type", "content-length", "webhook-id", "webhook-signature", "accept-language",
                                        "webhook-timestamp", "x-telegram-bot-api-secret-token", "x"]), TEXT, max_size=5))  # fmt: skip
def test_any_request_is_answered(
    name: str, method: str, path: str, query: str, body: bytes, headers: dict[str, str]
) -> None:
    statuses = both(name, method, path, query, headers, body) | both(name, "POST", path, query, headers, body)
    assert statuses <= {200, 400, 401, 403, 404, 405, 413, 415, 422}


@FUZZ
@given(FIELDS, st.binary(max_size=200), st.sampled_from(["confirm", "answer"]), TEXT)
def test_any_form_behind_a_genuine_but_expired_link_is_answered(
    fields: dict[str, str], junk: bytes, purpose: str, language: str
) -> None:
    from urllib.parse import urlencode

    clock = world().clock
    path, headers = (
        "/" + links().token(world().message, purpose),
        {"content-type": "application/x-www-form-urlencoded", "accept-language": language},
    )
    clock.advance(days=31)
    try:
        for body in (urlencode(fields).encode(), urlencode(fields).encode() + junk):
            assert both("page", "POST", path, language, headers, body) <= {410, 413, 422}
    finally:
        clock.advance(days=-31)


@FUZZ
@given(
    JSON
    | st.builds(
        lambda d, t: {"type": t, "data": d},
        JSON,
        st.sampled_from(["Refused", "EffectGiven", "Acknowledged", "InstrumentReceived", "CourtDecided"]),
    )
)
def test_any_signed_json_is_answered(doc: Any) -> None:
    body = json.dumps(doc).encode()
    assert both("webhook", "POST", "/telegram", "", signed(body), body) <= {202, 422, 200}


PARTS = st.dictionaries(
    st.sampled_from(["format", "queued", "instrument", "contents", "confirm", "reason", "reference"]), JSON, max_size=4
)
SAID = {
    "format": 1, "queued": "2017-08-10T02:00:00Z", "instrument": {"kind": "notice", "form": {}}, "reason": "",
    "reference": "x", "confirm": {"by": ""}, "contents": [],
}  # fmt: skip


@FUZZ
@given(JSON, PARTS, st.dictionaries(st.sampled_from(["id", "thread", "case", "from", "template"]), JSON, max_size=2))
def test_any_signed_letter_is_answered_and_opens_nothing_for_who_may_not(junk: Any, said: Any, outer: Any) -> None:
    ids = {"id": "x-m1.1", "thread": "x-m1.1", "case": "x", "template": "order", "from": "a", "to": "b"}
    for doc in (junk, {"type": "sopflow.message", "data": {**ids, **outer, "data": json.dumps({**SAID, **said})}}):
        body = json.dumps(doc).encode()
        assert both("letters", "POST", "/telegram", "", signed(body), body) <= {202, 422}
    assert world().runner.count() == 1


@FUZZ
@given(FIELDS, TEXT, TEXT)
def test_any_form_that_the_desk_has_not_shown_is_refused(fields: dict[str, str], token: str, query: str) -> None:
    from urllib.parse import urlencode

    body = urlencode({**fields, "message": world().message, "token": token}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert both("desk", "POST", "/", query, headers, body) == {403}


@FUZZ
@given(JSON, JSON, st.sampled_from(["message", "callback_query", "edited_message", "channel_post"]))
def test_any_update_with_the_secret_is_answered(first: Any, second: Any, kind: str) -> None:
    part = {
        "from": {"id": DESK},
        "id": first,
        "data": second,
        "text": second,
        "reply_to_message": first,
        "date": second,
    }
    for doc in (first, {"update_id": 1, kind: first}, {"update_id": second, kind: part}):
        body = json.dumps(doc).encode()
        assert both("telegram", "POST", "/bot", "", {"x-telegram-bot-api-secret-token": TOKEN}, body) <= {200, 400}


SAMPLES = [
    samples.reply("x-m1.1"),
    samples.bounce("x-m1.1"),
    samples.read_receipt("x-m1.1"),
    samples.abuse_report("x-m1.1"),
]


@FUZZ
@given(
    st.binary(max_size=2000)
    | st.tuples(
        st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=30)), max_size=8)
    ).map(lambda t: _spoil(*t))
)
def test_any_bytes_are_a_mail_for_a_person_at_worst(raw: bytes) -> None:
    receiver = MailReceiver(world().runner, identify=lambda mail: PLATFORM, ours=lambda mail: True)
    items = receiver.take(raw)
    assert items and all(i.status in ("unmatched", "rejected", "applied", "parked") for i in items)


def _spoil(raw: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for place, junk in changes:
        at = place % len(raw)
        raw = raw[:at] + junk + raw[at + len(junk) // 2 :]
    return raw


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0" * 5000, b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 3000,
     b"Content-Type: message/rfc822\n\n" * 3000, b"Subject: " + b"=?utf-8?b?" * 5000, b"Subject: =?x?q?=ff?=\nIn-Reply-To: " + b"<" * 9000,
     b"References: " + b"<a@b> " * 50_000, b"Content-Type: text/plain; charset=\xff\nIn-Reply-To: <x-m1.1@y>\n\n\xff",
     b"Content-Type: multipart/report; report-type*0*=x''%ff; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n\n\n--b--",
     b"In-Reply-To: <x-m1.1@y>\nContent-Transfer-Encoding: base64\n\n!!!"],
    ids=lambda raw: raw[:30].decode("latin-1"),
)  # fmt: skip
def test_nasty_mails_are_taken_in_and_quickly(raw: bytes) -> None:
    import time

    began = time.monotonic()
    receiver = MailReceiver(world().runner, identify=lambda mail: PLATFORM, ours=lambda mail: True)
    assert receiver.take(raw)
    assert time.monotonic() - began < 5


def test_a_body_that_never_ends_is_left_alone() -> None:
    sync, aio = endpoints()["webhook"]

    class Endless(Stream):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None and size >= 0
            self.taken += size
            return b"x" * size

    for header in (
        {"CONTENT_LENGTH": "999999999999999"},
        {"wsgi.input_terminated": True},
        {"CONTENT_LENGTH": "9" * 99},
    ):
        stream = Endless()
        seen: list[str] = []
        list(sync.wsgi({"REQUEST_METHOD": "POST", "wsgi.input": stream, **header}, lambda s, h: seen.append(s)))
        assert seen[0].startswith("413") and stream.taken <= sync.limit + 1
    pieces: list[int] = []

    async def receive() -> Any:
        pieces.append(1)
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    sent: list[Any] = []
    asyncio.run(aio.asgi({"type": "http", "method": "POST", "path": "/", "headers": []}, receive, send))
    assert sent[0]["status"] == 413 and len(pieces) <= aio.limit // 1000 + 1


def test_a_body_that_is_cut_off_is_refused_and_a_client_that_leaves_is_let_go() -> None:
    sync, aio = endpoints()["webhook"]
    seen: list[str] = []
    list(
        sync.wsgi(
            {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "10", "wsgi.input": Stream(b"abc")},
            lambda s, h: seen.append(s),
        )
    )
    assert seen[0].startswith("400")
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(aio.asgi({"type": "http", "method": "POST", "path": "/", "headers": []}, receive, send))
    assert sent == []


def test_lifespan_and_websockets_are_answered() -> None:
    _, aio = endpoints()["page"]
    sent: list[Any] = []
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(aio.asgi({"type": "lifespan"}, receive, send))
    asyncio.run(aio.asgi({"type": "websocket"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]
