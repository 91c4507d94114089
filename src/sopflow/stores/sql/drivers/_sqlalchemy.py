"""What both colours of joining SQLAlchemy share: what a connection must be, and what its errors mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import exc

from ....errors import BadInput, SopflowError
from ..connection import Params
from . import _hosts

# Values named as the driver behind the dialect takes them: SQLAlchemy hands them on as they are.
_STYLES: Mapping[str, str] = {
    "pysqlite": "named", "aiosqlite": "named",
    "psycopg": "pyformat", "psycopg_async": "pyformat", "psycopg2": "pyformat", "asyncpg": "numeric_dollar",
    "pymysql": "", "asyncmy": "",  # by our own drivers
}  # fmt: skip
# Whatever the host has set for its own statements: ours have values, and their rows are fetched at once.
OPTIONS: Mapping[str, Any] = {"stream_results": False, "yield_per": None, "no_parameters": False}


def sync_of(conn: Any) -> Any:
    """Return the connection inside an async one, or the connection itself."""
    return getattr(conn, "sync_connection", conn)


def driver_of(conn: Any) -> Any:
    """Return the driver's own connection."""
    return sync_of(conn).connection.driver_connection


def is_session(conn: Any) -> bool:
    """Return whether this is a session, or a registry of them, and no connection."""
    return hasattr(conn, "get_bind")


def style(conn: Any, database: str) -> str:
    """Return how values are named on a connection that can be joined.

    Args:
        conn: A `sqlalchemy.Connection`; None for an async one that was not started.
        database: Whose dialect the store has.

    Raises:
        BadInput: If it cannot: another database, closed, or without transactions.
    """
    if conn is None or conn.closed or conn.invalidated:
        raise BadInput("conn", "not started" if conn is None else "closed", "hand in one that is open")
    dialect = conn.dialect
    _hosts.same(dialect.name, database)
    if dialect.driver not in _STYLES:
        raise BadInput("conn", f"an engine on {dialect.driver}", f"use one of {', '.join(_STYLES)}")
    level = conn.get_execution_options().get("isolation_level") or getattr(dialect, "_on_connect_isolation_level", "")
    if level == "AUTOCOMMIT" or (database != "sqlite" and _commits_each(conn.connection.dbapi_connection)):
        raise BadInput("conn", "in AUTOCOMMIT", "hand in a connection with another isolation level")
    return _STYLES[dialect.driver]


# A host may have adapted its driver's connection: what comes back must be what was sent. (PostgreSQL's.)
SENT: Params = {"text": "Aж ", "empty": "", "four": 1, "eight": 2, "bytes": b"\0\xff"}
PROBE = """SELECT CAST(:text AS text), CAST(:empty AS text), CAST(:four AS int4), CAST(:eight AS int8),
    CAST(:bytes AS bytea)"""


def adapted() -> BadInput:
    """Return the error for a host whose driver makes something else of our values."""
    remedy = "hand in one without such adapters or codecs, and with UTF8 as its client encoding"
    return BadInput("conn", "with adapters of its own for text, integers or bytes", remedy)


def encoding_of(conn: Any) -> str:
    """Return the client encoding of a connection to PostgreSQL if it cannot carry every character, or ""."""
    ask = getattr(getattr(driver_of(conn), "info", None), "parameter_status", None)
    found = (ask("client_encoding") if ask is not None else "") or "UTF8"
    return "" if found == "UTF8" else str(found)


def _commits_each(driver: Any) -> bool:
    ask = getattr(driver, "get_autocommit", None)
    return bool(driver.autocommit if ask is None else ask())


def refused(error: exc.SQLAlchemyError, database: str) -> SopflowError:
    """Return our error for SQLAlchemy's answer to what was handed in."""
    if isinstance(error, exc.DBAPIError):
        if _hosts.state(error.orig) == "25P02":
            return _hosts.failed()
        return _hosts.translated(error.orig, database)
    if isinstance(error, exc.UnboundExecutionError):
        return BadInput("conn", "a session bound to no single database", "hand in session.connection(…) with its bind")
    if isinstance(error, exc.ResourceClosedError):
        return BadInput("conn", "closed", "hand in one that is open")
    if isinstance(error, exc.PendingRollbackError):
        return _hosts.failed()
    return BadInput("conn", "in no state to be used", "end its transaction, and begin another")


def translated(error: BaseException, database: str, params: Params | None = None) -> BaseException:
    """Return our error for one that a statement of ours has raised."""
    if isinstance(error, exc.DBAPIError):
        return _hosts.translated(error.orig, database, params)
    if isinstance(error, UnicodeEncodeError):
        return BadInput("text", "a lone surrogate", "remove it: it is not a Unicode character")
    return _hosts.ended() if isinstance(error, exc.SQLAlchemyError) else error
