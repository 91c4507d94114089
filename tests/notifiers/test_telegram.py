"""Telegram: the Bot API as a real HTTPS server on this machine plays it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest

from sopflow import BadInput, DeliveryError, Outgoing
from sopflow.notifiers import TelegramNotifier
from sopflow.receivers.telegram import callback_data
from sopflow.testing import NotifierContract, check_notifier

from .servers import LOCAL, Seen, Web, closed_port, outgoing, trusting

TOKEN = "123456:AAE-a_secret"


def said(result: Any = None, status: int = 200, **more: Any) -> tuple[int, dict[str, str], bytes]:
    doc = {"ok": status == 200, **({"result": result} if result is not None else {}), **more}
    return status, {"Content-Type": "application/json"}, json.dumps(doc).encode()


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    server.answer = lambda seen: said({"message_id": 42, "chat": {"id": -100123}})
    yield server
    server.close()


def notifier(web: Web, **more: Any) -> TelegramNotifier:
    base = {"token": TOKEN, "api": f"https://localhost:{web.port}", "allow": LOCAL, "tls": trusting(), "timeout": 5.0}
    return TelegramNotifier(**{**base, **more})


def to_chat(**more: Any) -> Outgoing:
    return outgoing(**{"address": "-100123", "channel": "telegram", **more})


def refused(by: TelegramNotifier, message: Outgoing | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        by.send(message or to_chat())
    for part in (TOKEN, "a_secret", "100123", "desk@px"):
        assert part not in str(caught.value)
    return caught.value


def test_it_keeps_the_notifier_contract(web: Web) -> None:
    check_notifier(lambda: notifier(web), to_chat())
    silent = f"https://localhost:{closed_port()}"
    NotifierContract(lambda: notifier(web), to_chat(), lambda: notifier(web, api=silent)).run(
        "silence_of_the_other_side_is_a_delivery_error"
    )


def test_a_message_arrives_with_its_buttons_and_no_preview(web: Web) -> None:
    receipt = notifier(web, buttons=lambda m: {"Confirm receipt": f"ack:{m.id}"}).send(to_chat())
    (seen,) = web.seen
    assert seen.path == f"/bot{TOKEN}/sendMessage"
    assert json.loads(seen.body) == {
        "chat_id": "-100123", "text": "Order\n\nPlease act.", "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [[{"text": "Confirm receipt", "callback_data": "ack:case-1-m3.1"}]]},
    }  # fmt: skip
    assert receipt.reference == "42" and b'"message_id": 42' in receipt.proof and not receipt.delivered


@pytest.mark.parametrize("body", ["x" * 5000, "\U0001f6a8" * 2100, "汉" * 4090])
def test_a_text_that_is_too_long_goes_whole_as_a_file_in_one_request(web: Web, body: str) -> None:
    notifier(web, buttons=lambda m: {"Ja": "y"}).send(to_chat(body=body, subject="Betreff " + "\U0001f6a8" * 2000))
    (seen,) = web.seen
    assert seen.path.endswith("/sendDocument")
    form = message_from_bytes(
        b"Content-Type: " + seen.headers["content-type"].encode() + b"\r\n\r\n" + seen.body, policy=policy.HTTP
    )
    parts = {p.get_param("name", header="content-disposition"): p for p in form.iter_parts()}  # type: ignore[attr-defined]
    assert set(parts) == {"chat_id", "caption", "reply_markup", "document"}
    assert parts["document"].get_payload(decode=True).decode().endswith(body)
    assert parts["document"].get_filename() == "case-1-m3.1.txt"
    caption = parts["caption"].get_payload(decode=True).decode()
    assert len(caption.encode("utf-16-le")) <= 2048 and caption.endswith("\ncase-1-m3.1"), "what is answered to it"


def test_a_text_that_just_fits_is_a_text(web: Web) -> None:
    notifier(web).send(to_chat(subject="", body="\U0001f6a8" * 2048))
    notifier(web).send(to_chat(subject="", body="\U0001f6a8" * 2049))
    assert [seen.path.rpartition("/")[2] for seen in web.seen] == ["sendMessage", "sendDocument"]


def test_the_bots_patience_is_obeyed(web: Web) -> None:
    web.answer = lambda seen: said(status=429, parameters={"retry_after": 35}, description="Too Many Requests")
    error = refused(notifier(web))
    assert error.retry_after == 35 and not error.permanent


@pytest.mark.parametrize(
    "parameters", [{}, {"retry_after": "x"}, {"retry_after": -1}, {"retry_after": 10**30}, [], None]
)
def test_a_429_that_says_nothing_of_use_still_means_patience(web: Web, parameters: Any) -> None:
    web.answer = lambda seen: said(status=429, parameters=parameters)
    assert refused(notifier(web)).retry_after == 30


@pytest.mark.parametrize(
    ("status", "more", "permanent"),
    [(400, {"description": "Bad Request: chat not found -100123"}, True), (403, {"description": "bot was blocked"}, True),
     (400, {"parameters": {"migrate_to_chat_id": -100999}}, True), (401, {}, False), (404, {}, False), (500, {}, False),
     (502, {}, False), (409, {}, False)],
)  # fmt: skip
def test_a_chat_that_is_gone_is_told_from_trouble(web: Web, status: int, more: dict[str, Any], permanent: bool) -> None:
    web.answer = lambda seen: said(status=status, **more)
    assert refused(notifier(web)).permanent is permanent


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b"null", b'{"ok": false}', b'{"ok": "true"}', b"[" * 60000, b"\xff\xfe", b'{"ok": 1}']
)
def test_an_answer_that_is_none_is_no_success(web: Web, body: bytes) -> None:
    web.answer = lambda seen: (200, {}, body)
    assert not refused(notifier(web)).permanent


@pytest.mark.parametrize("result", [None, [], {"message_id": "x"}, {"message_id": None}])
def test_a_yes_without_a_number_is_a_yes(web: Web, result: Any) -> None:
    web.answer = lambda seen: (200, {}, json.dumps({"ok": True, "result": result}).encode())
    assert notifier(web).send(to_chat()).reference == ""


@pytest.mark.parametrize("address", ["", "desk@px.example", "@a", "12 34", "1\n2", "-", "@" + "x" * 40, "+62811", "٣٣"])
def test_what_is_no_chat_reaches_nobody(web: Web, address: str) -> None:
    assert refused(notifier(web), to_chat(address=address)).permanent and web.seen == []


def test_a_button_without_data_is_left_out(web: Web) -> None:
    long = "x" * 60
    notifier(web, buttons=lambda m: {"Confirm receipt": callback_data(f"{long}-m3.1")}).send(to_chat())
    notifier(web, buttons=lambda m: {"Confirm receipt": "", "Other": "y"}).send(to_chat())
    first, second = (json.loads(seen.body) for seen in web.seen)
    assert "reply_markup" not in first
    assert second["reply_markup"]["inline_keyboard"] == [[{"text": "Other", "callback_data": "y"}]]


def test_a_button_that_telegram_would_refuse_is_said_at_once(web: Web) -> None:
    assert refused(notifier(web, buttons=lambda m: {"x": "ü" * 33}), to_chat()).permanent and web.seen == []


@pytest.mark.parametrize(
    "more",
    [{"token": ""}, {"token": "x"}, {"token": "1:a/../b"}, {"api": "http://localhost"}, {"api": "https://u:p@x"}],
)
def test_what_cannot_be_used_is_said_and_not_quoted(web: Web, more: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        notifier(web, **more)
    assert "u:p" not in str(caught.value) and "a/../b" not in str(caught.value)


def test_the_token_never_shows_and_stays_out_of_private_networks(web: Web) -> None:
    assert "a_secret" not in repr(notifier(web))
    error = refused(notifier(web, allow=()))
    assert error.permanent and web.connections == 0


def test_fields_of_a_form_are_only_what_they_are(web: Web) -> None:
    notifier(web).send(to_chat(subject='x"\r\n--', body="--\r\n" * 2000))
    seen: Seen = web.seen[0]
    boundary = seen.headers["content-type"].partition("boundary=")[2].encode()
    assert seen.body.count(b"--" + boundary) == 4
