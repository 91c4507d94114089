"""Messages to Telegram chats through the Bot API. Needs the extra `http`.

Telegram has no key against repetition: a message that is sent again after a crash is there twice.
"""

from __future__ import annotations

import json
import os
import re
import ssl
from collections.abc import Callable, Iterable, Mapping
from typing import Any, final

from ..errors import BadInput, DeliveryError
from ..step import Outgoing, Receipt
from ._content import encoded
from ._http import Answer, Https, retry_after, split
from .files import _token

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")
_CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_LONGEST = 4096  # of a text, in UTF-16 units: what is longer goes as a file, in one request
_CAPTION = 1024


@final
class TelegramNotifier:
    """Sends each message to the chat that is the contact's address: a number, or @name of a channel.

    Args:
        token: The bot's, as BotFather gives it.
        buttons: Returns label and callback data (up to 64 bytes) of the buttons below a message, e.g. to confirm
            receipt; none when left out. One without data is left out, too.
        api: Where the Bot API is; a server of one's own needs `allow`, too.
        allow: Networks that may be reached although they are not public.
        timeout: Seconds for the whole exchange.
        tls: Which certificates are trusted; the system's when left out.

    Raises:
        MissingExtra: Without the extra `http`.
        BadInput: For a token or an URL that cannot be used.
    """

    def __init__(
        self,
        token: str,
        *,
        buttons: Callable[[Outgoing], Mapping[str, str]] | None = None,
        api: str = "https://api.telegram.org",
        allow: Iterable[str] = (),
        timeout: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not _TOKEN.fullmatch(token):
            raise BadInput("token", "…", "use the bot's token as BotFather gives it: 123456:ABC…")
        try:
            split(api)
        except DeliveryError as error:
            raise BadInput("api", "…", "use an https URL, such as https://api.telegram.org") from error
        self._base = f"{api.rstrip('/')}/bot{token}"
        self._buttons = buttons
        self._https = Https(allow, timeout, 65536, tls)

    def endpoint(self, message: Outgoing) -> str:
        """Return "": the Bot API is silent, or asks for patience, for all chats."""
        return ""

    def send(self, message: Outgoing) -> Receipt:
        """Send the message; the receipt's reference is Telegram's message id, its proof the API's answer.

        Raises:
            DeliveryError: If it was not taken: permanent if the chat is gone, or its people have blocked the bot; with
                `retry_after` where the API says so.
        """
        if not _CHAT.fullmatch(message.address):
            raise DeliveryError("the address is no Telegram chat", permanent=True)
        fields: dict[str, Any] = {"chat_id": message.address}
        given = self._buttons(message) if self._buttons is not None else {}
        buttons = {label: data for label, data in given.items() if data}
        if any(len(data.encode()) > 64 for data in buttons.values()):
            raise DeliveryError("a button's callback data has more than 64 bytes", permanent=True)
        if buttons:
            rows = [[{"text": label, "callback_data": data}] for label, data in buttons.items()]
            fields["reply_markup"] = {"inline_keyboard": rows}
        text = "\n\n".join(part for part in (message.subject.strip(), message.body.strip()) if part) or "—"
        if _units(text) <= _LONGEST:
            fields |= {"text": text, "link_preview_options": {"is_disabled": True}}
            answer = self._post("sendMessage", "application/json", encoded(fields))
        else:
            caption = message.subject
            while _units(f"{caption}\n{message.id}") > _CAPTION:
                caption = caption[: len(caption) * 3 // 4]
            caption = f"{caption}\n{message.id}".strip()  # what is answered to it names the message
            kind, body = _with_file(fields | {"caption": caption}, f"{_token(message.id)}.txt", text)
            answer = self._post("sendDocument", kind, body)
        return Receipt(reference=_judged(answer), proof=answer.body)

    def _post(self, method: str, kind: str, body: bytes) -> Answer:
        return self._https.post(f"{self._base}/{method}", {"content-type": kind, "user-agent": "sopflow"}, body)

    def __repr__(self) -> str:
        return f"TelegramNotifier({self._https!r})"


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _with_file(fields: Mapping[str, Any], name: str, text: str) -> tuple[str, bytes]:
    """Return content type and body of a form with a file (RFC 7578)."""
    boundary = os.urandom(16).hex()
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (boundary.encode(), key.encode(), encoded(value) if not isinstance(value, str) else _utf8(value))
        for key, value in fields.items()
    ]
    parts.append(
        b'--%b\r\nContent-Disposition: form-data; name="document"; filename="%b"\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n%b\r\n--%b--\r\n"
        % (boundary.encode(), name.encode(), _utf8(text), boundary.encode())
    )
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)


def _utf8(text: str) -> bytes:
    encoded(text)  # says what is wrong with it
    return text.encode()


def _judged(answer: Answer) -> str:
    """Return the id of the message that was sent, or raise why it was not. Nothing of the answer is quoted."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    said = said if isinstance(said, dict) else {}
    if said.get("ok") is True and 200 <= answer.status < 300:
        result = said.get("result")
        number = result.get("message_id") if isinstance(result, dict) else None
        return str(number) if isinstance(number, int) else ""
    more = said.get("parameters")
    more = more if isinstance(more, dict) else {}
    reason = f"the Bot API answers {answer.status}"
    if answer.status == 429:
        wait = more.get("retry_after")
        if not isinstance(wait, int) or not 0 < wait < 86400:
            wait = retry_after(answer.headers) or 30.0
        raise DeliveryError(reason, retry_after=float(wait))
    if "migrate_to_chat_id" in more:
        raise DeliveryError(f"{reason}: the chat has moved to another number", permanent=True)
    raise DeliveryError(reason, permanent=answer.status in (400, 403))
