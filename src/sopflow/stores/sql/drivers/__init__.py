"""Drivers: one small file each. This table knows them all, and imports each only when it is asked for.

A driver's file has `driver(url)`, which begins our own transactions, or `join(conn, dialect, read)`, which begins a
savepoint in a host's, or both. What a host hands in is recognised by the module and name of its type.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast, final

from attrs import frozen

from ....errors import BadInput, MissingExtra
from ..connection import AsyncConnection, AsyncDriver, Connection, Driver
from ..dialects import Dialect


@final
@frozen
class Scheme:
    """What a URL's scheme stands for.

    Attributes:
        database: Whose dialect and migrations.
        blocking: The file for blocking programs; "" for none.
        awaited: The file for async ones; "" for none.
        extra: What to install; "" for nothing.
    """

    database: str
    blocking: str = ""
    awaited: str = ""
    extra: str = ""


SCHEMES = {
    "sqlite": Scheme("sqlite", "sqlite"),
    "sqlite+aiosqlite": Scheme("sqlite", "", "aiosqlite", "aiosqlite"),
    "postgresql": Scheme("postgresql", "psycopg_sync", "psycopg_async", "postgres"),
    "postgres": Scheme("postgresql", "psycopg_sync", "psycopg_async", "postgres"),
    "postgresql+asyncpg": Scheme("postgresql", "", "asyncpg", "asyncpg"),
    "mysql": Scheme("mysql", "mysql_sync", "", "mysql"),
    "mariadb": Scheme("mysql", "mysql_sync", "", "mysql"),
    "mysql+asyncmy": Scheme("mysql", "", "mysql_async", "asyncmy"),
    "mariadb+asyncmy": Scheme("mysql", "", "mysql_async", "asyncmy"),
}

# (module, name) of a host's connection: the database (or "*": its file will see), and the file that joins it.
BLOCKING_HOSTS = {
    ("sqlite3", "Connection"): ("sqlite", "sqlite"),
    ("psycopg", "Connection"): ("postgresql", "psycopg_sync"),
    ("pymysql", "Connection"): ("mysql", "mysql_sync"),
    ("sqlalchemy", "Connection"): ("*", "sqlalchemy_sync"),
    ("sqlalchemy", "Session"): ("*", "sqlalchemy_sync"),
    ("sqlalchemy", "scoped_session"): ("*", "sqlalchemy_sync"),
    ("django", "alias"): ("*", "django"),
    ("django", "ConnectionProxy"): ("*", "django"),
    ("django", "BaseDatabaseWrapper"): ("*", "django"),
}
ASYNC_HOSTS = {
    ("aiosqlite", "Connection"): ("sqlite", "aiosqlite"),
    ("asyncmy", "Connection"): ("mysql", "mysql_async"),
    ("psycopg", "AsyncConnection"): ("postgresql", "psycopg_async"),
    ("asyncpg", "Connection"): ("postgresql", "asyncpg"),
    ("asyncpg", "PoolConnectionProxy"): ("postgresql", "asyncpg"),
    ("sqlalchemy", "AsyncConnection"): ("*", "sqlalchemy_async"),
    ("sqlalchemy", "AsyncSession"): ("*", "sqlalchemy_async"),
    ("sqlalchemy", "async_scoped_session"): ("*", "sqlalchemy_async"),
}


def driver_sync(scheme: Scheme, url: str) -> Driver:
    """Return the driver of a blocking store."""
    return cast(Driver, _load(scheme.blocking, scheme.extra).driver(url))


def driver_async(scheme: Scheme, url: str) -> AsyncDriver:
    """Return the driver of an async store."""
    return cast(AsyncDriver, _load(scheme.awaited, scheme.extra).driver(url))


def join_sync(conn: Any, dialect: Dialect, read: bool) -> Connection:
    """Begin a savepoint in a host's open transaction.

    Raises:
        BadInput: If this is no connection that we know, or not to such a database.
    """
    return cast(Connection, _joins(conn, dialect, BLOCKING_HOSTS, ASYNC_HOSTS).join(conn, dialect, read))


async def join_async(conn: Any, dialect: Dialect, read: bool) -> AsyncConnection:
    """Begin a savepoint in a host's open transaction; see `join_sync`."""
    return cast(AsyncConnection, await _joins(conn, dialect, ASYNC_HOSTS, BLOCKING_HOSTS).join(conn, dialect, read))


_Hosts = dict[tuple[str, str], tuple[str, str]]


def _joins(conn: Any, dialect: Dialect, hosts: _Hosts, others: _Hosts) -> Any:
    kind = type(conn)
    keys = [(base.__module__.partition(".")[0], base.__name__) for base in kind.__mro__]
    if isinstance(conn, str) and conn.startswith("django:"):
        keys = [("django", "alias")]
    for key in keys:
        if key in hosts:
            database, file = hosts[key]
            if database not in ("*", dialect.database):
                raise BadInput("conn", f"{kind.__module__}.{kind.__name__}", f"this store is in {dialect.database}")
            return _load(file, "")
        if key in others:
            database, file = others[key]
            remedy = f"this store is in {dialect.database}"
            if database in ("*", dialect.database):
                remedy = _other_colour(dialect, hosts is ASYNC_HOSTS, file)
            raise BadInput("conn", f"{kind.__module__}.{kind.__name__}", remedy)
    known = ", ".join(".".join(key) for key, (database, _) in hosts.items() if database in ("*", dialect.database))
    raise BadInput("conn", f"{kind.__module__}.{kind.__name__}", f"hand in the host's {known or 'nothing'}")


def _other_colour(dialect: Dialect, awaited: bool, file: str) -> str:
    """Say what would do: a connection of the store's colour, or the store of the connection's."""
    if awaited:
        return "hand an async connection to this store, or a Runner the store of open_store"
    schemes = [name for name, known in SCHEMES.items() if known.awaited and known.database == dialect.database]
    scheme = next((name for name in schemes if SCHEMES[name].awaited == file), schemes[0])
    url = f"{scheme}:///file.db" if dialect.database == "sqlite" else f"{scheme}://…"
    return f'hand a blocking connection to this store, or an AsyncRunner the store of open_async_store("{url}")'


def _load(file: str, extra: str) -> Any:
    try:
        return import_module(f".{file}", __name__)
    except ImportError as error:
        if not extra:
            raise
        raise MissingExtra("this store", extra) from error
