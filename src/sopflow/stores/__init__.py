"""Stores: where cases live. `open_store` picks one by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ..errors import BadInput

if TYPE_CHECKING:
    from ..ports import Store

__all__ = ["open_store"]

_SQLITE_OPTIONS = {"shared": ("0", "1"), "synchronous": ("full", "normal")}


def open_store(url: str) -> Store:
    """Return the store that a URL names; creates it where it does not exist.

    Args:
        url: "memory:", "sqlite:///relative.db", "sqlite:////absolute.db"; the path is taken as written, up to a "?".
            Options for SQLite: `?shared=1` puts our tables into a database that also holds the host's;
            `?synchronous=normal` trades the durability of the last commits at a power failure for speed.

    Raises:
        BadInput: For a URL of another kind.
        ForeignDatabase: For a file that is not ours.
        SchemaTooNew: For a database that a newer sopflow has written.
    """
    place, _, query = url.partition("?")
    if place == "memory:" and not query:
        from .memory import MemoryStore

        return MemoryStore()
    if place.startswith("sqlite://"):
        from .sql.sqlite import sqlite_store

        path = place.removeprefix("sqlite:///")
        if path in ("", place):
            raise BadInput("store url", url, 'name a file: "sqlite:///cases.db"; for no file use "memory:"')
        options = dict(parse_qsl(query, keep_blank_values=True))
        for name, value in options.items():
            if name not in _SQLITE_OPTIONS:
                raise BadInput("store url", url, f"remove the unknown option {name!r}")
            if value not in _SQLITE_OPTIONS[name]:
                raise BadInput("store url", url, f"write {name}={f' or {name}='.join(_SQLITE_OPTIONS[name])}")
        return sqlite_store(path, shared=options.get("shared") == "1", synchronous=options.get("synchronous", "full"))
    raise BadInput("store url", place, 'this version stores in "memory:" or "sqlite:///file.db"')
