"""Stores: where cases live. `open_store` picks one by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from ..errors import BadInput

if TYPE_CHECKING:
    from ..ports import Store

__all__ = ["open_store"]


def open_store(url: str) -> Store:
    """Return the store that a URL names; creates it where it does not exist.

    Args:
        url: "memory:", "sqlite:///relative.db", "sqlite:////absolute.db". Options for SQLite: `?shared=1` puts our
            tables into a database that also holds the host's; `?synchronous=normal` trades the durability of the last
            commits at a power failure for speed.

    Raises:
        BadInput: For a URL of another kind.
        ForeignDatabase: For a file that is not ours.
        SchemaTooNew: For a database that a newer sopflow has written.
    """
    parts = urlsplit(url)
    if parts.scheme == "memory":
        from .memory import MemoryStore

        return MemoryStore()
    if parts.scheme == "sqlite":
        from .sql.sqlite import sqlite_store

        options = dict(parse_qsl(parts.query))
        unknown = set(options) - {"shared", "synchronous"}
        if unknown:
            raise BadInput("store url", url, f"remove the unknown option {sorted(unknown)[0]!r}")
        path = parts.path.removeprefix("/")
        if not path:
            raise BadInput("store url", url, 'name a file: "sqlite:///cases.db"; for no file use "memory:"')
        return sqlite_store(path, shared=options.get("shared") == "1", synchronous=options.get("synchronous", "full"))
    raise BadInput("store url", parts.scheme or url, 'this version stores in "memory:" or "sqlite:///file.db"')
