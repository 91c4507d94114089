"""A host's SQLAlchemy, for async programs. Its sync half is generated.

All goes through its connection: SQLAlchemy begins a driver's transaction late, and commits only what it knows of.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast, final

from sqlalchemy import exc

from ..connection import Params, Rows
from ..dialects import Dialect
from . import _hosts, _mysql
from ._sqlalchemy import OPTIONS, is_session, refused, style, translated

_DEPTH = "sopflow_savepoints"


async def join(conn: Any, dialect: Dialect, read: bool) -> AsyncSqlalchemyTransaction:
    """Begin a savepoint in the transaction of a connection, or of a session's; begun where it is not open yet."""
    try:
        if is_session(conn):
            conn = await conn.connection()
        named = style(getattr(conn, "sync_connection", conn), dialect.database)
        if not conn.in_transaction():
            await conn.begin()
        transaction = AsyncSqlalchemyTransaction(conn, dialect.styled(named))
        await transaction.begin("BEGIN" if read else "BEGIN IMMEDIATE")
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
        sync = getattr(conn, "sync_connection", conn)
        self._info = sync.info
        self._host = sync.get_transaction()
        # SQLite may end a transaction by itself, and pysqlite may not have begun the one that SQLAlchemy tells of.
        self._sqlite = sync.connection.driver_connection if dialect.database == "sqlite" else None
        self._savepoint = ""
        self._failed = False

    async def begin(self, sqlite_begin: str) -> None:
        """Begin the savepoint."""
        if self._sqlite is not None and not self._sqlite.in_transaction:  # else releasing it would commit
            await self._do(sqlite_begin)
        if self._dialect.database == "mysql":
            _hosts.strict((await self._do("SELECT @@SESSION.sql_mode")).scalar())
        depth = self._info.get(_DEPTH, 0) + 1  # few names, as drivers remember texts
        await self._do(f"SAVEPOINT sopflow_{depth}")
        self._info[_DEPTH] = depth
        self._savepoint = f"SAVEPOINT sopflow_{depth}"

    def _lost(self) -> bool:
        sync = getattr(self.raw, "sync_connection", self.raw)
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
        done = await self._run(sql, params)
        return 0 if done is None else int(done.rowcount)

    async def end(self, ok: bool) -> None:
        try:
            if ok:
                self._inside()
                await self._do(f"RELEASE {self._savepoint}")
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
            if self._dialect.database == "mysql" and _mysql.is_there(getattr(error, "orig", None) or error, sql):
                return None  # an error undoes its statement there, and nothing else
            self._failed = True
            raise translated(error, self._dialect.database, params) from None

    async def _do(self, text: str, values: Any = None) -> Any:
        return await self.raw.exec_driver_sql(text, values, execution_options=OPTIONS)
