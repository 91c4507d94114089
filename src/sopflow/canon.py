"""Canonical bytes: one value, one text, one digest.

The journal's hashes are SHA-256 over JSON that equals RFC 8785 (JSON Canonicalization Scheme) byte for byte. The
standard library's encoder does that only on a restricted set of values, so everything else is refused here rather
than changed: floats, integers beyond 2**53 - 1, keys that are not ASCII, lone surrogates. This module knows nothing
of cases.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from .errors import BadInput, NotCanonical

MAX_INT = 2**53 - 1  # RFC 8785 section 3.2.2.3: beyond this, IEEE 754 doubles lose integers


def _encoder(sort_keys: bool) -> Callable[[Any], str]:
    """Return an encoder that is made once: the standard one makes its C half anew at every call."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # a Python without the accelerator
        options: Any = {"sort_keys": sort_keys, "separators": (",", ":"), "default": dict}
        return json.JSONEncoder(ensure_ascii=False, check_circular=False, **options).encode
    quote: Any = json.encoder.encode_basestring
    # `dict` turns mappings other than dict into one
    encode = make(None, dict, quote, None, ":", ",", sort_keys, False, False)
    return lambda value: "".join(encode(value, 0))


_encode = _encoder(sort_keys=True)
unsorted_text = _encoder(sort_keys=False)  # for columns that nobody hashes
quote: Callable[[str], str] = json.encoder.encode_basestring


def joined(members: list[str]) -> str:
    """Return the canonical JSON text of an object from the texts of its members, which are sorted in place.

    Each is `"name":value`, the name a plain word: the quotation mark after it sorts before all that is in words, so
    that members stand in the order of their names.
    """
    members.sort()
    return "{" + ",".join(members) + "}"


def listed(texts: Iterable[str]) -> str:
    """Return the canonical JSON text of a list from the canonical texts of its items."""
    return "[" + ",".join(texts) + "]"


def check(value: object, field: str = "value") -> None:
    """Refuse what canonical JSON cannot hold exactly.

    Raises:
        NotCanonical: With the dotted path of the first offending value.
    """
    try:
        _check(value, field)
    except RecursionError:
        raise NotCanonical(field, type(value).__name__, "nest it less deeply, and never in itself") from None


def _check(value: object, field: str) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise NotCanonical(field, value, "remove the lone surrogate: it is not a Unicode character") from None
        return
    if isinstance(value, int):
        if not -MAX_INT <= value <= MAX_INT:
            raise NotCanonical(field, value, "use an integer within ±(2**53 - 1), or a string")
        return
    if isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            _check(item, f"{field}[{i}]")
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical(field, key, "use ASCII strings as keys")
            _check(item, f"{field}.{key}")
        return
    if isinstance(value, float):
        raise NotCanonical(field, value, "use an integer or a string: floats have no exact text")
    raise NotCanonical(field, value, "use None, bool, int, str, a list or a mapping of these")


def text(value: object) -> str:
    """Return the canonical JSON text of `value`, after checking it."""
    check(value)
    return _encode(value)


def trusted_text(value: object) -> str:
    """Return the canonical JSON text of a value that was checked when it came in, or was made here."""
    return _encode(value)


def digest(data: bytes | str) -> str:
    """Return the SHA-256 of `data` (text as UTF-8) as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def salted(salt: bytes, field: str, value: object) -> str:
    """Return a digest of a personal value that says nothing without the salt.

    Each field has a salt of its own, derived from `salt`, so that one field can be disclosed and proved without
    exposing its neighbours to guessing.
    """
    key = field_salt(salt, field)
    check(value, field)
    return hmac.digest(key, trusted_text(value).encode(), "sha256").hex()


def field_salt(salt: bytes, field: str) -> bytes:
    """Return the salt of one field: disclose this, never the salt of the whole step."""
    return hmac.digest(salt, field.encode(), "sha256")


def utc(value: datetime, field: str) -> datetime:
    """Return `value` in UTC.

    Raises:
        BadInput: If `value` is not a datetime, or has no time zone.
    """
    if not isinstance(value, datetime):
        raise BadInput(field, value, "use a datetime.datetime with a time zone")
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise BadInput(
            field, value.isoformat(), "add the time zone, e.g. datetime(..., tzinfo=ZoneInfo('Asia/Jakarta'))"
        )
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise BadInput(field, value.isoformat(), "use an instant within the years 1 to 9999 in UTC") from None


@lru_cache(maxsize=1024)
def instant(value: datetime) -> str:
    """Return an instant as text of fixed width, which sorts as it happened: 2017-07-14T04:00:00.000000Z."""
    if value.tzinfo is not UTC:
        value = utc(value, "instant")
    return value.isoformat(timespec="microseconds")[:26] + "Z"


@lru_cache(maxsize=1024)
def parse_instant(value: str) -> datetime:
    """Return the instant that `instant` wrote."""
    return datetime.fromisoformat(value)
