"""Telegram's Bot API: buttons that are pressed, and replies to our messages, as its webhook sends them.

A bot is open to everybody, so who presses counts: only the host's table of user ids makes an actor of somebody.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, final

import attrs

from .. import _log, canon
from ..case import Actor, Evidence
from ..errors import BadInput
from ..events import Acknowledged, Event
from ..ports import Inbound
from . import _gate
from ._http import Endpoint, Reply, Request, Work

_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}\Z")
_BUTTON = "ack:"
_PRESSED = "callback_query"
_KINDS: Mapping[str, str] = {  # of updates, with what a person is to read where it states nothing
    _PRESSED: "",
    "message": "",
    "edited_message": "a message that was changed later, to be read",
    "channel_post": "what was posted in a channel, to be read",
    "edited_channel_post": "what was posted in a channel and changed later, to be read",
}


def callback_data(message: str) -> str:
    """Return what the button under a message carries, or "" where the id is too long for it (64 bytes in all).

    `TelegramNotifier` leaves out a button without data: such a message is confirmed by a reply.
    """
    data = f"{_BUTTON}{message}"
    return data if len(data.encode()) <= 64 else ""


@final
class TelegramReceiver(Endpoint):
    """Takes in updates of the Bot API.

    A pressed button, and a reply to a message of ours that names itself, are `Acknowledged`; the text of a reply that
    says more is an item for a person. So is a reply to what names several messages, what somebody has changed later,
    and what is posted in a channel. An update is taken in once. What comes from somebody whom the host does not know is
    kept as rejected, at most `forged_per_hour`.

    Args:
        runner: Whose inbox takes them in.
        secret: The `secret_token` that was given to setWebhook: 16 to 256 of A-Z, a-z, 0-9, _ and -.
        actors: Who somebody is, by Telegram user id; for what is posted in a channel, by the channel's.
        name: Tells several bots apart: each counts its updates for itself.
        forged_per_hour: How many updates of strangers are kept.
        labels: What stands before ": " and the message's id in letters, in the languages that they are written in. Only
            such a line counts, or the one that `$confirm` makes: others may hold what somebody wrote.

    Raises:
        BadInput: For another secret (not shown).
    """

    limit: ClassVar[int] = 256 * 1024

    def __init__(
        self,
        runner: Any,
        secret: str,
        actors: Mapping[int, Actor],
        *,
        name: str = "telegram",
        forged_per_hour: int = 50,
        labels: Iterable[str] = ("Message", "Pesan"),
    ) -> None:
        super().__init__(runner)
        if not _SECRET.match(secret):
            raise BadInput("secret", "(not shown)", "use 16 to 256 of the characters A-Z, a-z, 0-9, _ and -")
        self._secret = secret.encode()
        self._actors = dict(actors)
        self._name = name
        before = ("Please confirm receipt, quoting", *(f"{label}:" for label in labels))
        self._line = re.compile(rf"(?:{'|'.join(map(re.escape, before))}) (\S{{1,220}}?)\.?\s*\Z")
        self._budget = _gate.Budget(forged_per_hour, runner.clock)

    def answer(self, request: Request) -> Work[Reply]:
        """Check the secret, keep, and answer the button."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            return (yield from self._stranger(request.body, "its secret token is wrong", 401))
        try:
            update = _gate.parse_json(request.body)
            number, kind = update["update_id"], next((k for k in _KINDS if isinstance(update.get(k), dict)), "")
            if isinstance(number, bool) or not isinstance(number, int):
                raise TypeError
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return self.failed(request, 400)
        if not kind:
            return Reply()  # nothing is stated: somebody joined, a poll changed
        part = update[kind]
        actor = self._actors.get(_id(part))
        if actor is None:
            return (yield from self._stranger(request.body, "nobody vouches for this user", 200))
        yield from self._keep(f"{self._name}:{number}", actor, part, kind, request.body)
        if kind == _PRESSED and isinstance(part.get("id"), str):
            body = {"method": "answerCallbackQuery", "callback_query_id": part["id"]}
            return Reply(type="application/json", body=json.dumps(body).encode())
        return Reply()

    def _stranger(self, raw: bytes, why: str, status: int) -> Work[Reply]:
        item = self._budget.item("forged-telegram", raw, why)
        _log.warning("sopflow.forged", receiver="telegram", kept=item is not None)
        if item is not None:
            yield self._runner.receive(item)
        return Reply(status=status)

    def _keep(self, id: str, actor: Actor, part: dict[str, Any], kind: str, raw: bytes) -> Work[None]:
        now, button = canon.utc(self._runner.clock(), "clock()"), kind == _PRESSED
        messages = _pressed(part) if button else (yield from self._named(_answered(part)))
        message, why = messages[0] if len(messages) == 1 else "", "it is about no message that we know"
        candidates: tuple[str, ...] = ()
        if len(messages) > 1:
            candidates = tuple(dict.fromkeys(map(_gate.case_of, messages)))
            why = "it refers to several messages"
        event: Event | None = None
        if message and not _KINDS[kind]:
            event = Acknowledged(message=message, by=actor, at=_at(part, now), evidence=Evidence.of(raw, "telegram"))
        case = _gate.case_of(message)
        refused = (yield from _gate.why_not(self._runner, actor, case, message)) if case else ""
        item = Inbound(
            id=id, sender=actor.id, authenticated=not refused, event=event, case=case, raw=raw,
            digest=canon.digest(raw), candidates=candidates,
            detail=refused or ("" if event else _KINDS[kind] or why),
        )  # fmt: skip
        yield self._runner.receive(item)
        text = part.get("text")
        told = isinstance(text, str) and _gate.only_confirms(_gate.own_text(text))
        if event is not None and not button and not told:
            why = refused or "a reply to be read"
            yield self._runner.receive(attrs.evolve(item, id=f"{id}:text", event=None, detail=why))

    def _named(self, answered: Mapping[str, Any]) -> Work[list[str]]:
        """Return the messages of ours that a text of the bot's says it is; of several those that there are."""
        text = answered.get("text")
        lines = text[:20_000].splitlines() if isinstance(text, str) else []
        said = [*_alone(answered, lines), *(found[1] for line in lines if (found := self._line.match(line)))]
        named = list(dict.fromkeys(id for id in said if _gate.is_message(id)))[:16]
        if len(named) < 2:
            return named
        there = []
        for id in named:
            if (yield from _gate.is_there(self._runner, id)):
                there.append(id)
        return there or named


def _id(part: Mapping[str, Any]) -> int:
    user = part.get("from") or part.get("sender_chat")
    found = user.get("id") if isinstance(user, dict) else None
    return found if isinstance(found, int) else 0


def _pressed(part: Mapping[str, Any]) -> list[str]:
    """Return the message of ours under which a button was pressed."""
    data = part.get("data")
    message = data.removeprefix(_BUTTON) if isinstance(data, str) and data.startswith(_BUTTON) else ""
    return [message] if _gate.is_message(message) else []


def _answered(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the bot's message that was answered; nothing where it is somebody else's."""
    answered = part.get("reply_to_message")
    answered = answered if isinstance(answered, dict) else {}
    author = answered.get("from")
    return answered if isinstance(author, dict) and author.get("is_bot") is True else {}


def _alone(answered: Mapping[str, Any], lines: list[str]) -> list[str]:
    """Return what may be an id with nothing beside it: what is too long for a text went as a file, with a caption."""
    file, caption = answered.get("document"), answered.get("caption")
    name = file.get("file_name") if isinstance(file, dict) else None
    found = [name.removesuffix(".txt")] if isinstance(name, str) else []
    if isinstance(caption, str):
        found += caption.splitlines()[-1:]  # above it is the subject
    return found + lines if len(lines) == 1 else found


def _at(part: Mapping[str, Any], now: datetime) -> datetime:
    """Return when it was written, by Telegram's clock; a webhook that was down gets it up to a day later."""
    seconds = part.get("date")
    if isinstance(seconds, int) and 0 < now.timestamp() - seconds < 3 * 86400:
        return datetime.fromtimestamp(seconds, UTC)
    return now
