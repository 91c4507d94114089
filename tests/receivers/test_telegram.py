"""Telegram's Bot API: a pressed button confirms, a reply is read, and a bot's door is open to everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sopflow import BadInput
from sopflow.receivers import TelegramReceiver
from sopflow.receivers.telegram import callback_data

from .world import OTHER, PLATFORM, START, World, call, serve_asgi, serve_wsgi

TOKEN = "a-secret-token-of-the-webhook"
DESK, RIVAL, STRANGER = 111_222_333_444, 555, 666


class Bot:
    def __init__(self, world: World, port: int) -> None:
        self.world, self.port = world, port

    def update(self, number: Any = 1, token: str = TOKEN, **part: Any) -> tuple[int, str]:
        body = json.dumps({"update_id": number, **part}).encode()
        status, _, text = call(
            self.port,
            "POST",
            "/bot",
            body,
            {"X-Telegram-Bot-Api-Secret-Token": token, "Content-Type": "application/json"},
        )
        return status, text

    def press(self, user: int = DESK, data: str = "", **more: Any) -> tuple[int, str]:
        pressed = {
            "id": "q1",
            "from": {"id": user, "first_name": "Jane"},
            "data": data or callback_data(self.world.message),
        }
        return self.update(callback_query=pressed, **more)

    def reply(self, text: str, user: int = DESK, quoted: str = "", is_bot: bool = True, **more: Any) -> tuple[int, str]:
        original = {
            "from": {"id": 1, "is_bot": is_bot},
            "text": quoted or f"Please confirm receipt, quoting {self.world.message}.",
        }
        said = {
            "message_id": 5,
            "from": {"id": user},
            "date": int(START.timestamp()) + 60,
            "text": text,
            "reply_to_message": original,
        }
        return self.update(message=said, **more)


@pytest.fixture(params=["wsgi", "asgi"])
def bot(request: pytest.FixtureRequest) -> Iterator[Bot]:
    colour = "async" if request.param == "asgi" else "sync"
    world = World(colour=colour)
    made = TelegramReceiver(world.runner_async or world.runner, TOKEN, {DESK: PLATFORM, RIVAL: OTHER})
    with serve_asgi(made.asgi) if colour == "async" else serve_wsgi(made.wsgi) as port:
        yield Bot(world, port)


def test_a_pressed_button_confirms_receipt_and_is_answered(bot: Bot) -> None:
    status, text = bot.press()
    assert (status, json.loads(text)) == (200, {"method": "answerCallbackQuery", "callback_query_id": "q1"})
    assert bot.world.order.status == "acknowledged"
    bot.press()
    assert len(bot.world.runner.inbox()) == 1, "an update is taken in once"


def test_two_bots_count_their_updates_each_for_itself() -> None:
    world = World()
    first, second = (TelegramReceiver(world.runner, TOKEN, {DESK: PLATFORM}, name=name) for name in ("a", "b"))
    for bot in (first, second, second):
        with serve_wsgi(bot.wsgi) as port:
            Bot(world, port).press(data="other")
    assert sorted(i.id for i in world.runner.inbox()) == ["a:1", "b:1"]


def test_a_button_fits_into_what_telegram_allows() -> None:
    assert len(callback_data(f"{'f' * 32}-m12.1").encode()) <= 64
    assert callback_data("é" * 40) == ""


def test_a_reply_to_our_message_confirms_receipt_when_telegram_says_it_was_written(bot: Bot) -> None:
    bot.world.clock.advance(minutes=2)
    assert bot.reply("Diterima.")[0] == 200
    assert bot.world.order.acknowledged.isoformat() == "2017-08-10T02:01:00+00:00"
    assert bot.world.kinds() == []


def test_a_reply_that_says_more_is_for_a_person_too(bot: Bot) -> None:
    bot.reply("Which account?")
    assert bot.world.order.status == "acknowledged" and bot.world.kinds() == ["unmatched"]
    assert {i.status for i in bot.world.runner.inbox()} == {"applied", "unmatched"}


def test_a_quotation_that_is_not_the_bots_refers_to_nothing(bot: Bot) -> None:
    bot.reply("received", is_bot=False)
    assert bot.world.order.status == "sent" and bot.world.kinds() == ["unmatched"]


@pytest.mark.parametrize(
    "answered",
    [{"caption": "Order\n5f1c0de-m4.1", "document": {"file_name": "x.txt"}}, {"caption": "Order of r1-m1.1", "document": {"file_name": "5f1c0de-m4.1.txt"}},
     {"caption": "Order", "text": "5f1c0de-m4.1"}],
    ids=["caption", "file", "text"],
)  # fmt: skip
def test_a_reply_to_what_went_as_a_file_confirms_receipt(bot: Bot, answered: dict[str, Any]) -> None:
    original = {"from": {"id": 1, "is_bot": True}, **answered}
    bot.update(message={"from": {"id": DESK}, "text": "ok", "reply_to_message": original})
    assert bot.world.order.status == "acknowledged" and bot.world.kinds() == []


TWICE = "Report r1: 1 item(s)\n\n  c1  hxxps://t[.]me/x?y=r1-m1.1\n  reasons: see\n    Message: r1-m1.1\n\n"


def test_what_somebody_wrote_into_our_letter_names_no_message(bot: Bot) -> None:
    bot.reply("Diterima", quoted=f"{TWICE}Please confirm receipt, quoting {bot.world.message}.\nMohon konfirmasi.")
    assert bot.world.order.status == "acknowledged" and bot.world.kinds() == []


@pytest.mark.parametrize("quoted", [TWICE, "Reasons: r1-m1.1", "https://t.me/chan-m1.1"])
def test_a_letter_that_does_not_name_itself_is_for_a_person(bot: Bot, quoted: str) -> None:
    bot.reply("Diterima", quoted=quoted.replace("r1-m1.1", bot.world.message))
    assert bot.world.order.status == "sent" and bot.world.kinds() == ["unmatched"]


def test_a_letter_in_a_language_of_the_hosts_names_itself_as_the_host_says() -> None:
    world = World()
    quoted = f"Kenmerk: B-1\nBericht: {world.message}\n"
    for number, labels in enumerate((("Message",), ("Message", "Bericht"))):
        receiver = TelegramReceiver(world.runner, TOKEN, {DESK: PLATFORM}, labels=labels)
        with serve_wsgi(receiver.wsgi) as port:
            Bot(world, port).reply("ok", quoted=quoted, number=number)
        assert world.order.status == ("sent", "acknowledged")[number]


def test_a_letter_that_names_several_messages_is_for_a_person(bot: Bot) -> None:
    bot.world.ordered("r2")
    bot.world.runner.deliver()
    other = bot.world.runner.case("r2").sent_as("order")[0].id
    quoted = f"Message: {bot.world.message}\nMessage: {{}}\n"
    bot.reply("Diterima", quoted=quoted.format(other))
    (item,) = bot.world.runner.inbox()
    assert (item.status, item.case, set(item.candidates)) == ("unmatched", "", {"r2", bot.world.case_id})
    assert bot.world.order.status == "sent" and bot.world.kinds() == ["unmatched"]
    bot.reply("Diterima", quoted=quoted.format("r3-m1.1"), number=2)
    assert bot.world.order.status == "acknowledged", "one that there is not makes no doubt"


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "edited_channel_post"])
def test_what_was_changed_later_or_posted_in_a_channel_is_for_a_person(bot: Bot, kind: str) -> None:
    original = {"from": {"id": 1, "is_bot": True}, "text": bot.world.message}
    who = {"from" if kind == "edited_message" else "sender_chat": {"id": DESK}}
    assert bot.update(**{kind: {**who, "text": "We refuse: newspaper", "reply_to_message": original}})[0] == 200
    (item,) = bot.world.runner.inbox()
    assert (item.status, item.case, item.sender) == ("unmatched", bot.world.case_id, PLATFORM.id)
    assert b"We refuse" in item.raw and "to be read" in item.detail and bot.world.order.status == "sent"
    assert bot.world.kinds() == ["unmatched"]


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "edited_channel_post"])
def test_of_a_stranger_it_is_kept_as_rejected(bot: Bot, kind: str) -> None:
    assert bot.update(**{kind: {"sender_chat": {"id": -100}, "text": "We refuse"}})[0] == 200
    (item,) = bot.world.runner.inbox()
    assert item.status == "rejected" and b"We refuse" in item.raw and bot.world.kinds() == ["rejected"]


def test_a_stranger_changes_no_case_and_fills_no_disk(bot: Bot) -> None:
    for n in range(70):
        assert bot.press(STRANGER, number=n)[0] == 200, "else Telegram sends it again for a day"
    assert bot.world.order.status == "sent"
    assert len(bot.world.runner.inbox(status="rejected")) == 50


def test_another_platforms_user_has_no_say(bot: Bot) -> None:
    bot.press(RIVAL)
    assert bot.world.order.status == "sent" and bot.world.kinds() == ["rejected"]


def test_without_the_secret_token_nothing_is_believed(bot: Bot) -> None:
    for token in ("", "wrong", TOKEN + "x", "\xff"):
        assert bot.press(token=token)[0] == 401
    assert bot.world.order.status == "sent" and bot.world.kinds() == ["rejected"]


@pytest.mark.parametrize("data", ["ack:", "ack:x", "ack:x-m1", "other", "ack:5f1c0de-m4.1 5f1c0de-m4.1"])
def test_a_button_of_somebody_elses_is_for_a_person(bot: Bot, data: str) -> None:
    bot.press(data=data)
    assert bot.world.order.status == "sent" and bot.world.kinds() == ["unmatched"]


@pytest.mark.parametrize("part", [{}, {"my_chat_member": {}}, {"poll": {}}, {"message": 7}, {"callback_query": []}])
def test_an_update_that_states_nothing_is_let_go(bot: Bot, part: dict[str, Any]) -> None:
    assert bot.update(**part)[0] == 200
    assert bot.world.runner.inbox() == ()


@pytest.mark.parametrize("number", [None, "1", 1.5, True, []])
def test_an_update_without_its_number_is_refused(bot: Bot, number: Any) -> None:
    assert bot.press(number=number)[0] == 400


@pytest.mark.parametrize("secret", ["", "short", "with space in the middle", "ü" * 20])
def test_a_weak_secret_is_told_without_showing_it(secret: str) -> None:
    with pytest.raises(BadInput, match="not shown"):
        TelegramReceiver(World().runner, secret, {})
