"""What is in a message, for programs: one JSON document that every channel carries, exact to the byte over retries."""

from __future__ import annotations

import json
from typing import Any

from .. import canon
from ..errors import DeliveryError
from ..step import Outgoing


def document(message: Outgoing) -> dict[str, Any]:
    """Return a message as JSON values. Nothing in it changes from one try to the next, and no address is in it.

    `data` is the machine-readable part where the message has one: the locators in it are exact, those in the text are
    defanged.
    """
    found: dict[str, Any] = {
        "id": message.id,
        "thread": message.thread or message.id,
        "case": message.case,
        "template": message.template,
        "language": message.language,
        "from": message.sender_role,
        "to": message.recipient_role,
        "subject": message.subject,
        "text": message.body,
        "confirm_by": canon.instant(message.expires) if message.expires is not None else None,
    }
    data = getattr(message, "data", None)
    if data:
        found["data"] = data
    return found


def encoded(value: object) -> bytes:
    """Return JSON as UTF-8.

    Raises:
        DeliveryError: If there is half a character in it, which no channel can carry.
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=dict).encode()
    except UnicodeEncodeError:
        raise DeliveryError("the text holds half a character (a lone surrogate)", permanent=True) from None
