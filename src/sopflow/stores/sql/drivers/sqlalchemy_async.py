"""A host's SQLAlchemy, for async programs. Its sync half is generated.

All goes through its connection: SQLAlchemy begins a driver's transaction late, and commits only what it knows of.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any, cast, final

from sqlalchemy import exc

from ....errors import StoreUnreachable
from ..connection import AsyncConnection, Params, Rows
from ..dialects import Dialect
from . import _hosts
from ._sqlalchemy import (
    OPTIONS,
    PROBE,
    SENT,
    adapted,
    driver_of,
    encoding_of,
    is_session,
    refused,
    style,
    sync_of,
    translated,
)

_DEPTH = "sopflow_savepoints"


async def join(conn: Any, dialect: Dialect, read: bool) -> AsyncConnection:
    """Begin a savepoint in the transaction of a connection, or of a session's; begun where it is not open yet."""
    try:
        if is_session(conn):
            conn = await conn.connection()
        named = style(sync_of(conn), dialect.database)
        if not conn.in_transaction():
            await conn.begin()
        if dialect.database == "mysql":
            return AsyncSqlalchemyMysql(
                conn, await import_module(".mysql_async", __package__).join(driver_of(conn), dialect, read)
            )
        transaction = AsyncSqlalchemyTransaction(conn, dialect.styled(named))
        await transaction.begin("BEGIN" if read else "BEGIN IMMEDIATE")
        if dialect.database == "postgresql" and not await transaction.plain():
            await transaction.end(False)
            raise adapted()
    except exc.SQLAlchemyError as error:
        raise refused(error, dialect.database) from None
    return transaction


@final
class AsyncSqlalchemyTransaction:
    """A savepoint in a transaction of SQLAlchemy's. Participants get the connection, of a session too."""

    def __init__(self, conn: Any, dialect: Dialect) -> None:
        self.raw = conn
        self._dialect = dialect
        self._texts = dialect.texts
        self._numbered = dialect.style == "numeric_dollar"
        sync = sync_of(conn)
        self._info = sync.info
        self._host = sync.get_transaction()
        # SQLite may end a transaction by itself, and pysqlite may not have begun the one that SQLAlchemy tells of.
        self._sqlite = driver_of(conn) if dialect.database == "sqlite" else None
        self._encoding = encoding_of(conn) if dialect.database == "postgresql" else ""
        self._savepoint = ""
        self._failed = False

    async def begin(self, sqlite_begin: str) -> None:
        """Begin the savepoint."""
        if self._sqlite is not None and not self._sqlite.in_transaction:  # else releasing it would commit
            await self._do(sqlite_begin)
        depth = self._info.get(_DEPTH, 0) + 1  # few names, as drivers remember texts
        await self._do(f"SAVEPOINT sopflow_{depth}")
        self._info[_DEPTH] = depth
        self._savepoint = f"SAVEPOINT sopflow_{depth}"
        if self._encoding:
            await self._do("SET LOCAL client_encoding TO 'UTF8'")

    async def plain(self) -> bool:
        """Return whether values come back as they were sent."""
        try:
            ((*found, data),) = await self.rows(PROBE, SENT)
            return [*found, bytes(data)] == list(SENT.values())
        except StoreUnreachable:
            raise
        except Exception:  # of an adapter of the host's
            return False

    def _lost(self) -> bool:
        sync = sync_of(self.raw)
        if sync.closed or sync.get_transaction() is not self._host or not self._host.is_active:
            return True
        return self._sqlite is not None and not self._sqlite.in_transaction

    def _inside(self) -> None:
        if self._failed:
            raise _hosts.undone()
        if self._lost():  # what came now would begin another, and stay in it
            raise _hosts.ended()

    async def rows(self, sql: str, params: Params) -> Rows:
        return cast(Rows, (await self._run(sql, params)).fetchall())

    async def run(self, sql: str, params: Params) -> int:
        return int((await self._run(sql, params)).rowcount)

    async def end(self, ok: bool) -> None:
        try:
            if ok:
                self._inside()
                await self._do(f"RELEASE {self._savepoint}")
                if self._encoding:
                    await self._do(f"SET LOCAL client_encoding TO '{self._encoding}'")
            elif not self._lost():
                with suppress(exc.SQLAlchemyError):
                    await self._do(f"ROLLBACK TO {self._savepoint}")
                    await self._do(f"RELEASE {self._savepoint}")
        except BaseException as error:
            await self.end(False)  # what has failed is not kept by half
            raise translated(error, self._dialect.database) from None
        if self._savepoint:
            self._info[_DEPTH] -= 1
            self._savepoint = ""

    async def _run(self, sql: str, params: Params) -> Any:
        self._inside()
        values = tuple(self._dialect.values(sql, params)) if self._numbered else params
        try:
            return await self._do(self._texts[sql], values)
        except BaseException as error:
            self._failed = True
            raise translated(error, self._dialect.database, params) from None

    async def _do(self, text: str, values: Any = None) -> Any:
        return await self.raw.exec_driver_sql(text, values, execution_options=OPTIONS)


@final
class AsyncSqlalchemyMysql:
    """A savepoint on the driver's connection, whose commit is SQLAlchemy's: its driver needs no other beginning.

    What a server does to a transaction without a word, only the driver's answers tell.
    """

    def __init__(self, conn: Any, inner: AsyncConnection) -> None:
        self._conn = conn
        self._inner = inner
        self.rows = inner.rows
        self.run = inner.run
        self.end = inner.end

    @property
    def raw(self) -> Any:
        """SQLAlchemy's connection, for participants."""
        _ = self._inner.raw  # it is told that they had it
        return self._conn
