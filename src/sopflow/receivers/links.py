"""Links that a message carries, so that its reader can answer with a browser: sealed, single-purpose, without a table.

A token is (message id, purpose) under deterministic authenticated encryption: HMAC-SHA256 over both gives the tag, and
HMAC-SHA256 in counter mode from that tag gives the key stream (the SIV composition of Rogaway and Shrimpton 2006, as in
RFC 5297, with HMAC as the pseudo-random function). Chosen over the two other ways:

- A random handle needs a table that is written before the message is rendered, and rendering is pure. Here the same
  message always gives the same token: a text rendered again is the same text.
- A signed but readable token would name the case in logs of proxies and mail gateways. Here it says nothing: the id is
  encrypted, and padded so that its length says nothing either.

A token holds no expiry: a message's age is in the journal, and `lifetime` counts from there. Nobody can alter it, and a
host can shorten it for links that are out already.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import final

from attrs import field, frozen

from ..errors import BadInput
from ..rules import Template
from ..step import Rendered, Renderer

PURPOSES = ("confirm", "answer")
_BLOCK = 48
_TAG = 16
_MOST = 600  # characters of a token that are looked at

_SENTENCE = {
    "en": "Please confirm receipt here: {url}",
    "id": "Mohon konfirmasi penerimaan di sini: {url}",
}


def _secrets(value: bytes | Iterable[bytes]) -> tuple[bytes, ...]:
    return (value,) if isinstance(value, bytes) else tuple(value)


def _strong(instance: object, attribute: object, value: tuple[object, ...]) -> None:
    if not value or not all(isinstance(secret, bytes) and len(secret) >= 32 for secret in value):
        raise BadInput("Links.secrets", "(not shown)", "hand in one or more secrets of at least 32 random bytes")


def _url(instance: object, attribute: object, value: str) -> None:
    if not value.startswith(("https://", "http://")) or any(c.isspace() for c in value):
        raise BadInput("Links.base", value, "write the URL at which the page is mounted: https://host/path")


@final
@frozen(kw_only=True, slots=False)
class Links:
    """Makes and reads the tokens of confirmation links.

    Attributes:
        base: The URL at which the page is mounted, e.g. "https://channel.example/c".
        secrets: At least 32 random bytes each. The first one seals; all of them open, so that a new one can be put in
            front without breaking the links that are out.
        tenant: The runner's: a token of one tenant is none of another's.
        lifetime: How long after its message was queued a link may be used.

    Raises:
        BadInput: For a missing or short secret (not shown), or a base that is no http(s) URL.
    """

    base: str = field(validator=_url)
    secrets: tuple[bytes, ...] = field(converter=_secrets, validator=_strong, repr=False)
    tenant: str = "default"
    lifetime: timedelta = timedelta(days=30)

    def url(self, message: str, purpose: str = "answer") -> str:
        """Return the link for a message."""
        return f"{self.base.rstrip('/')}/{self.token(message, purpose)}"

    def token(self, message: str, purpose: str = "answer") -> str:
        """Return the token of a message.

        Args:
            message: Its id.
            purpose: "confirm" lets its holder confirm receipt; "answer" all that the procedure lets the addressee
                state.

        Raises:
            BadInput: For an unknown purpose, or an id of more than 200 characters.
        """
        if purpose not in PURPOSES:
            raise BadInput("purpose", purpose, f"use one of {', '.join(PURPOSES)}")
        if not 0 < len(message) <= 200:
            raise BadInput("message", message, "hand in a message's id")
        text = f"{purpose}\n{message}".encode()
        plain = text + b"\0" * (-len(text) % _BLOCK)
        tag = self._tag(self.secrets[0], plain)
        return base64.urlsafe_b64encode(tag + _mask(self.secrets[0], tag, plain)).rstrip(b"=").decode()

    def open(self, token: str) -> tuple[str, str] | None:
        """Return message id and purpose of a token that one of the secrets sealed, or None."""
        if not 0 < len(token) <= _MOST:
            return None
        try:
            raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeError, ValueError):
            return None
        if len(raw) <= _TAG or (len(raw) - _TAG) % _BLOCK:
            return None
        tag, sealed = raw[:_TAG], raw[_TAG:]
        found = None
        for secret in self.secrets:  # all of them: how long it takes does not say which one fitted
            plain = _mask(secret, tag, sealed)
            if hmac.compare_digest(self._tag(secret, plain), tag):
                found = plain
        if found is None:
            return None
        purpose, _, message = found.rstrip(b"\0").decode().partition("\n")
        return message, purpose

    def _tag(self, secret: bytes, plain: bytes) -> bytes:
        tenant = self.tenant.encode()
        return hmac.digest(_key(secret, b"tag"), len(tenant).to_bytes(4, "big") + tenant + plain, "sha256")[:_TAG]


def _key(secret: bytes, use: bytes) -> bytes:
    return hmac.digest(secret, b"sopflow.links.1." + use, "sha256")


def _mask(secret: bytes, tag: bytes, text: bytes) -> bytes:
    key = _key(secret, b"stream")
    blocks = (hmac.digest(key, tag + n.to_bytes(4, "big"), "sha256") for n in range(-(-len(text) // 32)))
    stream = b"".join(blocks)[: len(text)]
    return (int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(text), "big")


@final
class LinkRenderer:
    """A renderer whose texts say where to confirm: hand it to the runner as `renderer=`.

    The parameter `confirm` of every message becomes a sentence with its link, and `confirm_url` is the link alone.

    Args:
        inner: The renderer that makes the texts, e.g. `TextRenderer()`.
        links: Makes the links.
        purpose: What they are for: see `Links.token`.
    """

    def __init__(self, inner: Renderer, links: Links, purpose: str = "answer") -> None:
        self._inner = inner
        self._links = links
        self._purpose = purpose

    def render(self, template: Template, params: Mapping[str, str]) -> Rendered:
        """Return the inner renderer's text."""
        message = params.get("message")
        if message:
            url = self._links.url(message, self._purpose)
            sentence = _SENTENCE.get(template.language, _SENTENCE["en"])
            said = f"{sentence.format(url=url)}\n{params.get('confirm', '')}".rstrip()
            params = {**params, "confirm_url": url, "confirm": said}
        return self._inner.render(template, params)
