"""What joining by a host's library shares, whichever it is: which database is behind it, and what its errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from ....errors import BadInput, SopflowError, StoreError
from ..connection import HOST, Duplicate, Params
from . import _postgresql, sqlite

_KNOWN: Mapping[str, str] = {"sqlite": "sqlite", "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}


def same(database: str, ours: str) -> None:
    """Raise `BadInput` unless the library's name for the host's database is that of the store's."""
    if _KNOWN.get(database) != ours:
        raise BadInput("conn", f"a connection to {database}", f"this store is in {ours}")


def undone() -> StoreError:
    """Return the error for using what has failed."""
    return StoreError(f"{HOST}: this transaction has failed and is undone; begin another")


def ended() -> StoreError:
    """Return the error for a participant that has ended the host's transaction."""
    return StoreError(f"{HOST}: this transaction was ended by somebody else; participants must not")


def failed() -> BadInput:
    """Return the error for a transaction that had failed before it was handed in."""
    return BadInput("conn", "in a failed transaction", "roll it back, and begin another")


def state(error: BaseException | None) -> str | None:
    """Return the SQLSTATE of a PostgreSQL driver's error; None where the server did not answer."""
    if isinstance(error, ValueError) or isinstance(getattr(error, "__cause__", None), ValueError):
        return "22000"  # what asyncpg cannot encode never reaches the server
    found = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return str(found) if found else None


def translated(error: BaseException | None, database: str, params: Params | None = None) -> SopflowError:
    """Return our error for the one of the driver behind the library. Its text, which may quote values, is not repeated.

    Args:
        error: The driver's; None where the library's own is all there is.
        database: Whose dialect.
        params: The values of the statement, to name the one that cannot be stored.
    """
    if isinstance(error, sqlite3.IntegrityError) and "UNIQUE" in str(error):
        return Duplicate(f"{HOST}: a row with this key is there already")
    if isinstance(error, sqlite3.Error):
        return sqlite.translated(error, HOST)
    kind = type(error).__name__
    if database == "postgresql" and error is not None:
        return _postgresql.translated(state(error), kind, HOST, params)
    return StoreError(f"{HOST}: {kind}; nothing of this step was written")
