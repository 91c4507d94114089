"""Standard Webhooks signatures, the half that verifies: v1 is HMAC-SHA256, v1a is Ed25519 (extra `crypto`).

It stands in for `sopflow.signatures` behind the same names: `Key.of`, `verify`, `Signed.id`, `NotAuthentic.malformed`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, final

from attrs import field, frozen

from ..errors import BadInput, MissingExtra

_ID = re.compile(r"[\x21-\x7e]{1,256}\Z")
_SECONDS = re.compile(r"[0-9]{1,12}\Z")
_KINDS = {"whsec_": "v1", "whpk_": "v1a"}


class NotAuthentic(Exception):
    """No key of the sender's made this signature just now; `malformed` where the headers are no webhook's."""

    def __init__(self, reason: str, *, malformed: bool = False) -> None:
        self.reason = reason
        self.malformed = malformed
        super().__init__(reason)


@final
@frozen(slots=False)
class Key:
    """One key; its text never shows."""

    scheme: str
    _raw: bytes = field(repr=False)

    @classmethod
    def of(cls, text: Any) -> Key:
        """Read a key: `whsec_…` (v1) or `whpk_…` (v1a, public).

        Raises:
            BadInput: If it is none; the error does not quote it.
            MissingExtra: For a public key without the extra `crypto`.
        """
        kind = next((k for k in _KINDS if isinstance(text, str) and text.startswith(k)), "")
        try:
            raw = base64.b64decode(text[len(kind) :], validate=True) if kind else b""
        except (binascii.Error, ValueError):
            raw = b""
        if not (len(raw) == 32 if kind == "whpk_" else 24 <= len(raw) <= 64):
            raise BadInput("key", "…", "write whsec_ or whpk_ and then the base64 of 24 to 64 (whpk_: 32) bytes")
        key = cls(_KINDS[kind], raw)
        if key.scheme == "v1a":
            key.fits(b"", b"")
        return key

    def fits(self, content: bytes, signature: bytes) -> bool:
        """Tell whether this key made the signature."""
        if self.scheme == "v1":
            return hmac.compare_digest(hmac.digest(self._raw, content, "sha256"), signature)
        try:
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        except ImportError:
            raise MissingExtra("an Ed25519 key (whpk_…)", "crypto") from None
        try:
            Ed25519PublicKey.from_public_bytes(self._raw).verify(signature, content)
        except InvalidSignature:
            return False
        return True


@final
@frozen(kw_only=True, slots=False)
class Signed:
    """A webhook whose signature holds: the sender's id of it."""

    id: str


def verify(
    headers: Mapping[str, str],
    body: bytes,
    keys: Iterable[Key],
    now: datetime,
    *,
    tolerance: timedelta = timedelta(minutes=5),
) -> Signed:
    """Return what the headers name, if one of the keys has signed it just now. Headers are by lower-case name.

    Raises:
        NotAuthentic: If a header is missing or cannot be read (`malformed`), or nothing fits.
    """
    id, seconds, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not _ID.match(id) or not _SECONDS.match(seconds) or not 0 < len(given) <= 8192:
        raise NotAuthentic("a header is missing or cannot be read", malformed=True)
    content = b"%b.%b.%b" % (id.encode(), seconds.encode(), body)
    signatures = []
    for part in given.split()[:32]:
        scheme, _, text = part.partition(",")
        try:
            signatures.append((scheme, base64.b64decode(text.encode("ascii"), validate=True)))
        except (binascii.Error, ValueError):
            continue
    if not signatures:
        raise NotAuthentic("webhook-signature cannot be read", malformed=True)
    if abs(int(seconds) - now.timestamp()) > tolerance.total_seconds():
        raise NotAuthentic("it was signed too long ago, or is not to be signed yet")
    fits = [key.fits(content, made) for key in keys for scheme, made in signatures if scheme == key.scheme]
    if not any(fits):
        raise NotAuthentic("none of the keys has signed it")
    return Signed(id=id)
