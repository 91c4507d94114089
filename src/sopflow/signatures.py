"""Signatures of webhooks, as the Standard Webhooks specification has them: v1 (HMAC-SHA256) and v1a (Ed25519).

Both halves, and nothing else: no network, no clock. Several keys at a time, so that keys change without downtime: sign
with the old and the new one until every receiver knows the new one; accept both for as long as it takes.

    whsec_…  a shared secret, v1
    whsk_…   a private key, v1a: signs                      (v1a needs the extra `crypto`)
    whpk_…   a public key, v1a: verifies, and is no secret

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, final

from attrs import field

from . import canon
from .errors import BadInput, MissingExtra, NotAuthentic
from .records import frozen

_KINDS = {"whsec_": "v1", "whsk_": "v1a", "whpk_": "v1a"}
_ID = re.compile(r"[\x21-\x7e]{1,256}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_MOST_TEXT, _MOST_SIGNATURES = 8192, 32  # of the header: whoever sends more wants us to work


@final
@frozen
class Key:
    """One key; its text never shows.

    Attributes:
        scheme: "v1" or "v1a".
        kind: "whsec_", "whsk_" or "whpk_".
    """

    scheme: str
    kind: str
    _raw: bytes = field(repr=False)

    @classmethod
    def of(cls, text: Any) -> Key:
        """Read a key.

        Raises:
            BadInput: If it is none; the error does not quote it.
        """
        if isinstance(text, Key):
            return text
        kind = next((k for k in _KINDS if isinstance(text, str) and text.startswith(k)), None)
        if kind is None:
            raise BadInput("key", "…", "write whsec_, whsk_ or whpk_ and then the key in base64")
        try:
            encoded = text[len(kind) :].rstrip("=")
            raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise BadInput("key", f"{kind}…", "write the key in base64") from None
        if kind == "whsec_" and not 24 <= len(raw) <= 64:
            raise BadInput("key", f"{kind}… of {len(raw)} bytes", "use 24 to 64 random bytes, as new_secret() does")
        if (kind == "whpk_" and len(raw) != 32) or (kind == "whsk_" and len(raw) not in (32, 64)):
            raise BadInput("key", f"{kind}… of {len(raw)} bytes", "use an Ed25519 key, as new_pair() does")
        if len(raw) == 64 and kind == "whsk_":  # seed and public half, as some tools write them
            public, raw = raw[32:], raw[:32]
            if _public(raw) != public:
                raise BadInput("key", f"{kind}…", "its two halves are not one pair: use the key as it was made")
        return cls(_KINDS[kind], kind, raw)

    def sign(self, content: bytes) -> str:
        """Return the signature with its scheme."""
        if self.kind == "whpk_":
            raise BadInput("key", "whpk_…", "sign with the private key, whsk_…")
        if self.scheme == "v1":
            made = hmac.digest(self._raw, content, "sha256")
        else:
            made = _ed25519().Ed25519PrivateKey.from_private_bytes(self._raw).sign(content)
        return f"{self.scheme},{base64.b64encode(made).decode()}"

    def fits(self, content: bytes, signature: str) -> bool:
        """Tell whether a signature with its scheme is this key's over `content`; in constant time for a secret."""
        if self.kind == "whsec_":
            return hmac.compare_digest(self.sign(content).encode(), signature.encode(errors="replace"))
        scheme, _, encoded = signature.partition(",")
        if scheme != "v1a":
            return False
        try:
            made = base64.b64decode(encoded.encode("ascii"), validate=True)
        except (binascii.Error, ValueError):
            return False
        public = self._raw if self.kind == "whpk_" else _public(self._raw)
        public_key = _ed25519().Ed25519PublicKey.from_public_bytes(public)
        from cryptography.exceptions import InvalidSignature

        try:
            public_key.verify(made, content)
        except InvalidSignature:
            return False
        return True


@final
@frozen(kw_only=True)
class Signed:
    """A webhook whose signature holds.

    Attributes:
        id: The sender's id of the message: the same over retries; the key to recognise a repetition.
        at: When it was signed.
        key: Position of the key that fitted among those given.
    """

    id: str
    at: datetime
    key: int


def new_secret() -> str:
    """Return a new shared secret, whsec_…."""
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def new_pair() -> tuple[str, str]:
    """Return a new private and its public key, whsk_… and whpk_…. Needs the extra `crypto`."""
    seed = os.urandom(32)
    return (
        "whsk_" + base64.b64encode(seed).decode(),
        "whpk_" + base64.b64encode(_public(seed)).decode(),
    )


def sign(keys: Iterable[str | Key], id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers for a webhook.

    Args:
        keys: One signature is made with each, in this order.
        id: The message's id, the same over retries; up to 256 visible ASCII characters.
        at: The present instant, with a time zone.
        body: The very bytes that are sent.

    Raises:
        BadInput: For a key or an id that cannot be used, or no key at all.
        MissingExtra: For an Ed25519 key without the extra `crypto`.
    """
    if not _ID.fullmatch(id):
        raise BadInput("id", id, "use 1 to 256 visible ASCII characters")
    seconds = str(int(canon.utc(at, "at").timestamp()))
    content = b"%b.%b.%b" % (id.encode(), seconds.encode(), body)
    return {
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(key.sign(content) for key in _given(keys)),
    }


def verify(
    headers: Mapping[str, str],
    body: bytes,
    keys: Iterable[str | Key],
    now: datetime,
    *,
    tolerance: timedelta = timedelta(minutes=5),
) -> Signed:
    """Return who is named in the headers of a webhook, if one of the keys has signed it just now.

    Whoever can listen can send the same again within `tolerance`: the caller recognises it by the id.

    Args:
        headers: By name, in any case.
        body: The very bytes that were received.
        keys: Shared secrets, public or private keys: each that is valid at present.
        now: The present instant, with a time zone.
        tolerance: How old, and how far ahead, a signature may be.

    Raises:
        NotAuthentic: If a header is missing or cannot be read (`malformed`), or nothing fits.
        BadInput: For a key that cannot be used, or no key at all.
        MissingExtra: For an Ed25519 key without the extra `crypto`.
    """
    given = _given(keys)
    found: dict[str, str] = {}
    for name, value in headers.items():
        if (low := name.lower()) in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            if low in found:
                raise NotAuthentic(f"the header {low} is there twice", malformed=True)
            found[low] = value
    if len(found) < 3:
        raise NotAuthentic("a header is missing: webhook-id, webhook-timestamp and webhook-signature", malformed=True)
    id, seconds, signatures = (found[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    if not _ID.fullmatch(id) or not _SECONDS.fullmatch(seconds):
        raise NotAuthentic("webhook-id or webhook-timestamp cannot be read", malformed=True)
    if len(signatures) > _MOST_TEXT or len(each := signatures.split()) > _MOST_SIGNATURES:
        raise NotAuthentic("webhook-signature is too long", malformed=True)
    try:
        at = datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        raise NotAuthentic("webhook-timestamp is no instant", malformed=True) from None
    if not any(text.startswith(("v1,", "v1a,")) for text in each):
        raise NotAuthentic("webhook-signature holds none of scheme v1 or v1a", malformed=True)
    if abs(canon.utc(now, "now") - at) > tolerance:
        raise NotAuthentic("it was signed too long ago, or is not to be signed yet")
    content = b"%b.%b.%b" % (id.encode(), seconds.encode(), body)
    fitting = [n for n, key in enumerate(given) for text in each if key.fits(content, text)]  # tries all, always
    if not fitting:
        raise NotAuthentic("none of the keys has signed it")
    return Signed(id=id, at=at, key=fitting[0])


def _given(keys: Iterable[str | Key]) -> list[Key]:
    given = [Key.of(key) for key in ((keys,) if isinstance(keys, str | Key) else keys)]
    if not given:
        raise BadInput("keys", "[]", "hand in at least one key: what is not signed can be forged")
    return given


def _public(seed: bytes) -> bytes:
    made: bytes = _ed25519().Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return made


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise MissingExtra("signing with Ed25519 (v1a)", "crypto") from None
    return ed25519
