"""Messages to programs: HTTPS POST, signed by the Standard Webhooks specification. Needs the extra `http`."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import cast, final

from .. import signatures
from ..errors import DeliveryError
from ..signatures import Key
from ..step import Outgoing, Receipt
from ._content import document, encoded
from ._http import Answer, Https, judged, origin
from .files import _token

Keys = Iterable[str | Key]


@final
class WebhookNotifier:
    """Posts each message to the contact's address, an https URL.

    The body is `{"type": "sopflow.message", "data": {…}}`; `data` holds the message with its exact machine-readable
    part. The body and the header webhook-id, which is the message's id, stay the same over retries: the receiver can
    recognise a repetition; `sopflow.signatures.verify` is the receiving half. An answer of 2xx is taken as proof of
    delivery to the addressee's system, which is not yet its confirmation.

    Args:
        keys: What to sign with, whsec_… or whsk_…; several while keys are being changed. By contact id where they
            differ: {"desk-1": ["whsec_…"], "": […the others' …]}.
        allow: Networks that may be reached although they are not public, e.g. ["10.1.0.0/16"].
        timeout: Seconds for the whole exchange.
        limit: Bytes of the answer that are kept as proof.
        tls: Which certificates are trusted; the system's when left out.
        clock: Returns the present instant, with a time zone: for the signature.

    Raises:
        MissingExtra: Without the extra `http`; for whsk_ keys without the extra `crypto`.
        BadInput: For a key, a network, a time or a limit that cannot be used.
    """

    def __init__(
        self,
        keys: Keys | Mapping[str, Keys],
        *,
        allow: Iterable[str] = (),
        timeout: float = 10.0,
        limit: int = 65536,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        given = cast("Mapping[str, Keys]", keys if isinstance(keys, Mapping) else {"": keys})
        self._keys = {contact: _usable(contact, each) for contact, each in given.items()}
        self._https = Https(allow, timeout, limit, tls)
        self._clock = clock

    def endpoint(self, message: Outgoing) -> str:
        """Return the server that a message goes to: what can be silent on its own."""
        return origin(message.address)

    def send(self, message: Outgoing) -> Receipt:
        """Post the message; the receipt's proof is the answer.

        Raises:
            DeliveryError: If it was not taken. Permanent if the endpoint is gone, has moved, or can never take it, or
                if its address cannot be used; with `retry_after` where the endpoint asks for patience.
        """
        body = encoded({"type": "sopflow.message", "data": document(message)})
        keys = self._keys.get(message.contact) or self._keys.get("")
        if keys is None:
            raise DeliveryError(f"there is no key to sign with for contact {message.contact!r}", permanent=True)
        headers = signatures.sign(keys, _token(message.id), self._clock(), body)
        headers |= {"content-type": "application/json", "user-agent": "sopflow"}
        answer = self._https.post(message.address, headers, body)
        judged(answer)
        return Receipt(reference=str(answer.status), proof=_proof(answer), delivered=True)

    def __repr__(self) -> str:
        return f"WebhookNotifier({self._https!r})"


def _usable(contact: str, keys: Keys) -> tuple[Key, ...]:
    made = tuple(Key.of(key) for key in ((keys,) if isinstance(keys, str | Key) else keys))
    signatures.sign(made, "probe", datetime(2026, 1, 1, tzinfo=UTC), b"")  # now, not at the first message
    return made


def _proof(answer: Answer) -> bytes:
    return b"HTTP %d\r\n\r\n%b" % (answer.status, answer.body)
