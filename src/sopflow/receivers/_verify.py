"""Standard Webhooks signatures, the half that verifies: v1 is HMAC-SHA256, v1a is Ed25519 (extra `crypto`).

Pure: headers, bytes, keys and the present instant in, the webhook's id out. Compared in constant time; whatever the
headers hold, the answer is one of the two errors below.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..errors import BadInput, MissingExtra

_ID = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,200}\Z")  # visible ASCII; a dot would make the signed bytes ambiguous
_SECONDS = re.compile(r"[0-9]{1,12}\Z")
_MOST = 16  # signatures looked at: a sender in rotation sends two


class Malformed(ValueError):
    """The headers are no webhook's."""


class Forged(ValueError):
    """No key of the sender's made this signature, or it is too old."""


def check_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Return keys as given: `whsec_…` (v1) and `whpk_…` (v1a, public), base64.

    Raises:
        BadInput: For none, or one that is none; the value is not shown.
        MissingExtra: For a public key without the extra `crypto`.
    """
    found = (keys,) if isinstance(keys, str) else tuple(keys)
    if not found:
        raise BadInput("keys", "()", "hand in at least one key: whsec_… or whpk_…")
    for key in found:
        kind, value = _key(key)
        if not (len(value) == 32 if kind == "v1a" else 16 <= len(value) <= 256):
            raise BadInput("keys", "(not shown)", "write whsec_ or whpk_ and the base64 of 24 to 64 (public: 32) bytes")
        if kind == "v1a":
            _ed25519(value)
    return found


def verify(
    headers: Mapping[str, str], body: bytes, keys: Iterable[str], now: datetime,
    tolerance: timedelta = timedelta(minutes=5),
) -> str:  # fmt: skip
    """Return the webhook's id when one of the keys signed exactly this.

    Args:
        headers: By lower-case name.
        body: The bytes as received.
        keys: See `check_keys`; several while they are rotated.
        now: The present instant.
        tolerance: How old or how far ahead the timestamp may be.

    Raises:
        Malformed: If a header is missing or is not what it should be.
        Forged: If no key fits, or the timestamp does not.
    """
    id, at, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not _ID.match(id) or not _SECONDS.match(at) or not given:
        raise Malformed("a webhook header is missing or malformed")
    signatures = []
    for part in given.split(" ", _MOST)[:_MOST]:
        version, comma, text = part.partition(",")
        if not comma or len(text) > 512:
            raise Malformed("webhook-signature is malformed")
        try:
            signatures.append((version, base64.b64decode(text.encode("ascii"), validate=True)))
        except (binascii.Error, UnicodeError):
            raise Malformed("webhook-signature is malformed") from None
    signed = f"{id}.{at}.".encode("ascii") + body
    fits = False
    for key in keys:
        kind, value = _key(key)
        mine = hmac.digest(value, signed, "sha256") if kind == "v1" else b""
        for version, signature in signatures:
            if version == kind:
                fits |= hmac.compare_digest(mine, signature) if mine else _fits(value, signature, signed)
    if not fits:
        raise Forged("its signature is not the sender's")
    if abs(int(at) - now.timestamp()) > tolerance.total_seconds():
        raise Forged("its timestamp is too far from the present")
    return id


def _key(key: str) -> tuple[str, bytes]:
    for prefix, kind in (("whsec_", "v1"), ("whpk_", "v1a")):
        if key.startswith(prefix):
            try:
                return kind, base64.b64decode(key.removeprefix(prefix), validate=True)
            except (binascii.Error, ValueError):
                break
    return "v1", b""


def _ed25519(value: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise MissingExtra("An Ed25519 key (whpk_…)", "crypto") from None
    return Ed25519PublicKey.from_public_bytes(value)


def _fits(value: bytes, signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        _ed25519(value).verify(signature, signed)
    except InvalidSignature:
        return False
    return True
