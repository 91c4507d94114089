# Generated from src/sopflow/stores/sql/drivers/sqlalchemy_async.py by scripts/unasync.py. DO NOT CHANGE.
"""A host's SQLAlchemy.

All goes through its connection: SQLAlchemy begins a driver's transaction late, and commits only what it knows of.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any, cast, final

from sqlalchemy import exc

from ....errors import StoreUnreachable
from ..connection import Connection, Params, Rows
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


def join(conn: Any, dialect: Dialect, read: bool) -> Connection:
    """Begin a savepoint in the transaction of a connection, or of a session's; begun where it is not open yet."""
    try:
        if is_session(conn):
            conn = conn.connection()
        named = style(sync_of(conn), dialect.database)
        if not conn.in_transaction():
            conn.begin()
        if dialect.database == "mysql":
            return SqlalchemyMysql(
                conn, import_module(".mysql_sync", __package__).join(driver_of(conn), dialect, read)
            )
        transaction = SqlalchemyTransaction(conn, dialect.styled(named))
        transaction.begin("BEGIN" if read else "BEGIN IMMEDIATE")
        if dialect.database == "postgresql" and not transaction.plain():
            transaction.end(False)
            raise adapted()
    except exc.SQLAlchemyError as error:
        raise refused(error, dialect.database) from None
    return transaction


@final
class SqlalchemyTransaction:
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

    def begin(self, sqlite_begin: str) -> None:
        """Begin the savepoint."""
        if self._sqlite is not None and not self._sqlite.in_transaction:  # else releasing it would commit
            self._do(sqlite_begin)
        depth = self._info.get(_DEPTH, 0) + 1  # few names, as drivers remember texts
        self._do(f"SAVEPOINT sopflow_{depth}")
        self._info[_DEPTH] = depth
        self._savepoint = f"SAVEPOINT sopflow_{depth}"
        if self._encoding:
            self._do("SET LOCAL client_encoding TO 'UTF8'")

    def plain(self) -> bool:
        """Return whether values come back as they were sent."""
        try:
            ((*found, data),) = self.rows(PROBE, SENT)
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

    def rows(self, sql: str, params: Params) -> Rows:
        return cast(Rows, (self._run(sql, params)).fetchall())

    def run(self, sql: str, params: Params) -> int:
        return int((self._run(sql, params)).rowcount)

    def end(self, ok: bool) -> None:
        try:
            if ok:
                self._inside()
                self._do(f"RELEASE {self._savepoint}")
                if self._encoding:
                    self._do(f"SET LOCAL client_encoding TO '{self._encoding}'")
            elif not self._lost():
                with suppress(exc.SQLAlchemyError):
                    self._do(f"ROLLBACK TO {self._savepoint}")
                    self._do(f"RELEASE {self._savepoint}")
        except BaseException as error:
            self.end(False)  # what has failed is not kept by half
            raise translated(error, self._dialect.database) from None
        if self._savepoint:
            self._info[_DEPTH] -= 1
            self._savepoint = ""

    def _run(self, sql: str, params: Params) -> Any:
        self._inside()
        values = tuple(self._dialect.values(sql, params)) if self._numbered else params
        try:
            return self._do(self._texts[sql], values)
        except BaseException as error:
            self._failed = True
            raise translated(error, self._dialect.database, params) from None

    def _do(self, text: str, values: Any = None) -> Any:
        return self.raw.exec_driver_sql(text, values, execution_options=OPTIONS)


@final
class SqlalchemyMysql:
    """A savepoint on the driver's connection, whose commit is SQLAlchemy's: its driver needs no other beginning.

    What a server does to a transaction without a word, only the driver's answers tell.
    """

    def __init__(self, conn: Any, inner: Connection) -> None:
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
