"""URLs of stores: what they name, and which options they may have. Never shows user or password."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import final
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import field, frozen

from ..errors import BadInput

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HARMLESS = re.compile(r"[\w./\\~-]*", re.ASCII)
_FILE_OPTIONS: Mapping[str, tuple[str, ...] | range | None] = {
    "shared": ("0", "1"),
    "synchronous": ("full", "normal"),
    "prefix": None,
}
_SERVER_OPTIONS: Mapping[str, tuple[str, ...] | range | None] = {
    "schema": None, "prefix": None, "upgrade": ("0", "1"), "prepare": ("0", "1"), "pool": range(1, 1001),
    "wait": range(1, 3601),
}  # fmt: skip


@final
@frozen(kw_only=True)
class Place:
    """Where a store is.

    Attributes:
        name: The file, or the database on the server.
        options: Ours.
        passed: What the driver is to be given as written.
    """

    scheme: str
    name: str
    host: str = ""
    port: int | None = None
    user: str = field(default="", repr=False)
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(factory=dict)
    passed: Mapping[str, str] = field(factory=dict, repr=False)

    def __str__(self) -> str:
        """Return what may be shown."""
        where = f"[{self.host}]" if ":" in self.host else self.host
        return f"{where or 'local'}{f':{self.port}' if self.port else ''}/{self.name}"

    def number(self, option: str, otherwise: int) -> int:
        """Return an option that is a number."""
        return int(self.options.get(option, otherwise))


def scheme_of(url: str) -> str:
    """Return the scheme of a URL in lower case; "" where it has none.

    Raises:
        BadInput: For what is no text.
    """
    if not isinstance(url, str):
        raise BadInput("store url", type(url).__name__, 'hand in a text, e.g. "sqlite:///cases.db"')
    found = _SCHEME.match(url)
    return found[1].lower() if found else ""


def shown(url: str) -> str:
    """Return what may be shown of a URL that names no store: its scheme, or without one a mere name as it was typed."""
    scheme = scheme_of(url)
    if scheme:
        return f"{scheme}:…"
    return url if _HARMLESS.fullmatch(url) else "(without a scheme)"


def file_place(url: str, pooled: bool = False) -> Place:
    """Return the file that a URL such as "sqlite:///cases.db" names; its path is taken as written, up to a "?".

    Args:
        url: The URL.
        pooled: Whether the number of connections may be said.

    Raises:
        BadInput: If it names none, or has an option that is not known.
    """
    place, _, query = url.partition("?")
    scheme, _, rest = place.partition(":")
    path = rest.removeprefix("///")
    if path in ("", rest):
        raise BadInput("store url", url, f'name a file: "{scheme}:///cases.db"; for no file use "memory:"')
    if path == ":memory:":
        raise BadInput("store url", url, 'name a file; for a store in memory use "memory:"')
    if not _sound(path, os.fsencode):
        raise BadInput("store url", f"{scheme}:…", "name a file by characters that a file's name can have")
    known = {**_FILE_OPTIONS, "pool": range(1, 1001)} if pooled else _FILE_OPTIONS
    return Place(scheme=scheme, name=path, options=_options(query, known, place))


def server_place(url: str, passed: frozenset[str] = frozenset()) -> Place:
    """Return the server and database that a URL such as "postgresql://user:password@host:5432/name" names.

    Args:
        url: The URL; every part of it is optional, and percent-encoded where it must be.
        passed: Options that the driver understands, too.

    Raises:
        BadInput: If it cannot be read, or has an option that is not known. User and password are not shown.
    """
    shown = f"{scheme_of(url)}://…"
    try:
        parts = urlsplit(url)
        port, host = parts.port, unquote(parts.hostname or "")
        query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise BadInput("store url", shown, "write scheme://user:password@host:port/database?option=value") from None
    if not all(_sound(part, str.encode) for part in (unquote(url), *query.values())):
        raise BadInput("store url", shown, "remove the character U+0000 and lone surrogates")
    if parts.fragment:
        raise BadInput("store url", shown, "write % as %25, # as %23 and ? as %3F in user and password")
    own = {name: value for name, value in query.items() if name not in passed}
    return Place(
        scheme=scheme_of(url), host=host, port=port, name=unquote(parts.path.removeprefix("/")),
        user=unquote(parts.username or ""), password=None if parts.password is None else unquote(parts.password),
        options=_checked(own, _SERVER_OPTIONS, shown),
        passed={name: value for name, value in query.items() if name in passed},
    )  # fmt: skip


def _sound(text: str, encode: Callable[[str], bytes]) -> bool:
    try:
        return b"\0" not in encode(text)
    except UnicodeEncodeError:
        return False


def _options(query: str, known: Mapping[str, tuple[str, ...] | range | None], shown: str) -> dict[str, str]:
    return _checked(dict(parse_qsl(query, keep_blank_values=True)), known, shown)


def _checked(
    options: dict[str, str], known: Mapping[str, tuple[str, ...] | range | None], shown: str
) -> dict[str, str]:
    for name, value in options.items():
        if name not in known:
            raise BadInput("store url", shown, f"remove the unknown option {name!r}")
        allowed = known[name]
        if isinstance(allowed, range):
            if not (value.isascii() and value.isdigit() and len(value) < 5 and int(value) in allowed):
                raise BadInput("store url", shown, f"write {name}={allowed.start} up to {name}={allowed.stop - 1}")
        elif allowed is not None and value not in allowed:
            raise BadInput("store url", shown, f"write {name}={f' or {name}='.join(allowed)}")
    return options
