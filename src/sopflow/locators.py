"""Locators: where reported content is, written exactly, shown defanged, and never fetched by us."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .errors import MalformedLocator

KINDS = ("url", "account", "channel", "message", "domain", "hash")

_LABEL = re.compile(r"(?!-)[^\W_]([\w-]{0,61}[^\W_])?\Z|\A[^\W_]\Z")
_HASH = re.compile(r"[a-z0-9-]+:[0-9A-Za-z+/=_-]{8,}\Z")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\<>\"`{}|^]")


def check(kind: str, locator: str, field: str = "locator") -> str:
    """Return `locator` unchanged if it names something that a browser or client would open as written.

    The reporter's original text is evidence, so nothing is normalised. What different programs read differently
    (a backslash, a user name before the host, a host of bare digits, an escaped host) is refused.

    Args:
        kind: One of "url", "account", "channel", "message", "domain", "hash".
        locator: A URL, a domain name, an account or channel name, or "algorithm:digest".
        field: The name to put into the error.

    Raises:
        MalformedLocator: With the defanged text and the remedy.
    """
    if kind not in KINDS:
        raise MalformedLocator(field, kind, f"use one of the kinds {', '.join(KINDS)}")
    if not locator or len(locator) > 8192:
        raise MalformedLocator(field, locator[:40], "give a locator of 1 to 8192 characters")
    if _UNSAFE.search(locator):
        raise MalformedLocator(field, defang(locator), "remove white space, control characters, backslashes and quotes")
    if kind == "hash":
        if not _HASH.match(locator):
            raise MalformedLocator(field, locator, "write a hash as algorithm:digest, e.g. sha256:9f86d0…")
    elif kind == "domain":
        _check_host(locator, locator, field)
    elif kind == "url" or "://" in locator:
        _check_url(locator, field)
    return locator


def _check_url(locator: str, field: str) -> None:
    try:
        parts = urlsplit(locator)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise MalformedLocator(field, defang(locator), f"write a full URL ({error})") from None
    if parts.scheme not in ("http", "https", "tg", "ftp", "magnet"):
        raise MalformedLocator(field, defang(locator), "write a full URL that begins with https:// or http://")
    if parts.scheme in ("tg", "magnet"):
        return
    if "@" in parts.netloc:
        raise MalformedLocator(field, defang(locator), "remove the user name before the host")
    if not host:
        raise MalformedLocator(field, defang(locator), "name the host: https://host/path")
    _check_host(host, locator, field)


def _check_host(host: str, locator: str, field: str) -> None:
    if host.startswith("[") or ":" in host:  # an IPv6 literal; urlsplit checked its shape
        return
    labels = host.rstrip(".").split(".")
    if len(labels) == 4 and all(re.fullmatch("[0-9]{1,3}", label) and int(label) < 256 for label in labels):
        return
    if len(host) > 253 or len(labels) < 2 or not all(_LABEL.match(label) for label in labels):
        raise MalformedLocator(field, defang(locator), "write the host as a full domain name, e.g. t.me")
    if labels[-1].isdigit() or labels[-1].lower().startswith("0x"):
        raise MalformedLocator(field, defang(locator), "a host that ends in a number is read differently by programs")


def defang(locator: str) -> str:
    """Return `locator` in a form that nobody opens by accident: hxxps://t[.]me/name."""
    scheme, sep, rest = locator.partition("://")
    if not sep:
        return locator.replace(".", "[.]")
    host, slash, path = rest.partition("/")
    scheme = scheme.replace("tt", "xx", 1).replace("ftp", "fxp")
    return f"{scheme}{sep}{host.replace('.', '[.]')}{slash}{path}"


def refang(text: str) -> str:
    """Return the exact locator that `defang` was given."""
    scheme, sep, rest = text.partition("://")
    if not sep:
        return text.replace("[.]", ".")
    host, slash, path = rest.partition("/")
    scheme = scheme.replace("xx", "tt", 1).replace("fxp", "ftp")
    return f"{scheme}{sep}{host.replace('[.]', '.')}{slash}{path}"
