"""Messages onto whatever broker the host has: a CloudEvents 1.0 envelope, handed to the host's own callable."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, final

from ..errors import BadInput, DeliveryError
from ..step import Outgoing, Receipt
from ._content import document, encoded
from .files import _token

Publish = Callable[[str, bytes, Mapping[str, str]], Any]
"""`(address, envelope, headers)`: put the envelope where the address says (a queue, a routing key, a subject), and
return when the broker has taken it. Either colour. Raise for everything else."""


@final
class PublishNotifier:
    """Hands each message to a callable, as a CloudEvents 1.0 envelope in JSON (structured mode).

        def publish(address: str, envelope: bytes, headers: Mapping[str, str]) -> None:
            channel.basic_publish("", address, envelope, BasicProperties(message_id=headers["message-id"]))

    The envelope's `id` is the message's and stays the same over retries, as does the header message-id, by which a
    broker or a consumer recognises a repetition.

    Args:
        publish: See `Publish`. If it is async, the notifier is for an `AsyncRunner`.
        source: Whose events these are: a URI, e.g. "https://ministry.example/sopflow".

    Raises:
        BadInput: Without a source.
    """

    def __init__(self, publish: Publish, source: str) -> None:
        if not source or not source.isascii() or not source.isprintable() or " " in source:
            raise BadInput("source", source, "name the sender by a URI, such as https://ministry.example/sopflow")
        self._publish = publish
        self._source = source

    def endpoint(self, message: Outgoing) -> str:
        """Return "": the broker is silent for all addresses."""
        return ""

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt]:
        """Publish the message; the receipt's proof is the envelope.

        Raises:
            DeliveryError: If the callable raises; trying again may help unless it raised a permanent one itself.
        """
        envelope = encoded(
            {
                "specversion": "1.0",
                "id": message.id,
                "source": self._source,
                "type": "sopflow.message",
                "subject": message.case,
                "datacontenttype": "application/json",
                "data": document(message),
            }
        )
        headers = {"content-type": "application/cloudevents+json; charset=utf-8", "message-id": _token(message.id)}
        receipt = Receipt(reference=headers["message-id"], proof=envelope)
        if not message.address:
            raise DeliveryError("the contact has no address to publish to", permanent=True)
        try:
            result = self._publish(message.address, envelope, headers)
        except DeliveryError:
            raise
        except Exception as error:
            raise DeliveryError(f"publishing raised {type(error).__name__}") from error
        return self._after(result, receipt) if inspect.isawaitable(result) else receipt

    async def _after(self, result: Awaitable[Any], receipt: Receipt) -> Receipt:
        try:
            await result
        except DeliveryError:
            raise
        except Exception as error:
            raise DeliveryError(f"publishing raised {type(error).__name__}") from error
        return receipt
