"""A host's Django: a savepoint by its own `atomic()`, so that callbacks on commit and marks for rollback follow it.

Django is never imported here: a host that hands in a connection of it has done so.
"""

from __future__ import annotations

import sqlite3
import sys
from typing import Any, cast, final

from ....errors import BadInput, SopflowError
from ..connection import Params, Rows
from ..dialects import Dialect
from . import _hosts


def join(conn: Any, dialect: Dialect, read: bool) -> DjangoTransaction:
    """Begin a savepoint in the transaction of an alias ("django:default") or of a connection, inside `atomic()`."""
    db = sys.modules.get("django.db")
    if db is None:
        raise BadInput("conn", "a Django alias", "set up Django first: django.setup()")
    alias = conn.partition(":")[2] if isinstance(conn, str) else conn.alias
    if alias not in list(db.connections):
        raise BadInput("conn", f"django:{alias}", f"use one of {', '.join(f'django:{one}' for one in db.connections)}")
    mine = db.connections[alias]
    if not isinstance(conn, str) and conn != mine:
        raise BadInput("conn", "of another thread", "hand in this thread's: django.db.connections[alias]")
    _hosts.same(mine.vendor, dialect.database)
    if dialect.database == "mysql":
        raise BadInput("conn", f"django:{alias}, on {mine.vendor}", "hand in a PyMySQL connection")
    if mine.closed_in_transaction:
        raise BadInput("conn", "closed", "leave transaction.atomic(), and begin another")
    if not mine.in_atomic_block:
        raise BadInput("conn", f"django:{alias}, outside transaction.atomic()", "call this inside it, in its thread")
    if mine.needs_rollback:
        raise _hosts.failed()
    return DjangoTransaction(mine, dialect.styled("pyformat"), db)


@final
class DjangoTransaction:
    """A savepoint in a transaction of Django's. Participants get its connection."""

    def __init__(self, conn: Any, dialect: Dialect, db: Any) -> None:
        self.raw = conn
        self._texts = dialect.texts
        self._database = dialect.database
        self._error: type[Exception] = db.Error
        self._failed = False
        self._atomic = db.transaction.atomic(using=conn.alias)
        try:
            self._atomic.__enter__()
        except self._error as error:
            if _hosts.state(error.__cause__) == "25P02":
                raise _hosts.failed() from None
            raise self._translated(error) from None

    def rows(self, sql: str, params: Params) -> Rows:
        with self._do(sql, params) as cursor:
            return cast(Rows, cursor.fetchall())

    def run(self, sql: str, params: Params) -> int:
        with self._do(sql, params) as cursor:
            return int(cursor.rowcount)

    def end(self, ok: bool) -> None:
        failed = self._failed or self._lost()  # what has failed, Django would undo without a word
        try:
            self._atomic.__exit__(None if ok and not failed else SopflowError, None, None)
        except self._error as error:
            if ok:
                raise self._translated(error) from None
        if ok and failed:
            raise _hosts.undone()

    def _lost(self) -> bool:
        conn = self.raw
        if conn.closed_in_transaction or conn.needs_rollback:
            return True
        # SQLite may end a transaction by itself, and each statement would then be committed by itself.
        return isinstance(conn.connection, sqlite3.Connection) and not conn.connection.in_transaction

    def _do(self, sql: str, params: Params) -> Any:
        if self._failed or self._lost():
            raise _hosts.undone()
        try:
            cursor = self.raw.cursor()
            cursor.execute(self._texts[sql], params)
        except BaseException as error:
            self._failed = True
            raise self._translated(error, params) from None
        return cursor

    def _translated(self, error: BaseException, params: Params | None = None) -> BaseException:
        if isinstance(error, self._error):
            return _hosts.translated(error.__cause__, self._database, params)
        if isinstance(error, UnicodeEncodeError):
            return BadInput("text", "a lone surrogate", "remove it: it is not a Unicode character")
        return error
