# Generated from src/sopflow/stores/sql/drivers/mysql_async.py by scripts/unasync.py. DO NOT CHANGE.
"""MariaDB and MySQL, by PyMySQL."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import Any, final

import pymysql
from pymysql.constants import CLIENT
from pymysql.cursors import Cursor
from pymysql.err import MySQLError

from ....errors import BadInput, StoreError, StoreUnreachable
from ...urls import Place, server_place
from ..connection import HOST, Params, Rows
from ..dialects import PREFIX, Dialect
from ..pool_sync import Pool
from . import _mysql

_ERRORS = (MySQLError, OSError, EOFError)
_numbers = count(1)


def driver(url: str) -> PyMySQLDriver:
    """Return the driver of the database that a URL names."""
    return PyMySQLDriver(server_place(url, _mysql.PASSED))


def join(conn: Any, dialect: Dialect, read: bool) -> PyMySQLTransaction:
    """Begin a savepoint in the host's transaction, which begins by itself unless the host is in autocommit."""
    if not conn.open:
        raise BadInput("conn", "closed", "hand in one that is open")
    _mysql.checked(conn.character_set_name())
    transaction = PyMySQLTransaction(conn, dialect.styled("pyformat"), HOST, savepoint=f"sopflow_{next(_numbers)}")
    transaction.begin()
    return transaction


@final
class PyMySQLDriver:
    """Transactions on a MariaDB or MySQL server."""

    def __init__(self, place: Place) -> None:
        self.place = str(place)
        self.shared = True
        options = place.options
        self.upgrade = options.get("upgrade") == "1"
        self.dialect = Dialect("mysql", "pyformat", prefix=options.get("prefix", PREFIX))
        wait = place.number("wait", 30)
        self._address: dict[str, Any] = _mysql.address(place) | {
            "connect_timeout": wait,
            "client_flag": CLIENT.FOUND_ROWS,
        }
        self._settings = _mysql.settings(wait)
        self._pool: Pool[Any] = Pool(self._connect, _drop, place.number("pool", 10), wait, self.place)

    def begin(self, read: bool) -> PyMySQLTransaction:
        for fresh in (False, True):
            conn = self._pool.take(fresh)
            try:
                for text in _mysql.BEGIN_READ if read else _mysql.BEGIN_WRITE:
                    conn.query(text)
                return PyMySQLTransaction(conn, self.dialect, self.place, self._pool)
            except BaseException as error:
                self._pool.give(conn, broken=True)
                if not isinstance(error, _ERRORS):
                    raise
                if fresh or not _mysql.is_lost(error):  # else while nobody used it, as may the others
                    raise _mysql.translated(error, self.place) from None
        raise AssertionError("unreachable: the second turn returns or raises")

    def ready(self) -> None:
        """Nothing is to be set."""

    def close(self) -> None:
        self._pool.close()

    def _connect(self) -> Any:
        conn: Any = None
        try:
            conn = pymysql.connect(**self._address)
            for text in self._settings:
                conn.query(text)
        except BaseException as error:
            if conn is not None:
                _drop(conn)
            if not isinstance(error, _ERRORS):
                raise
            code = _mysql.code_of(error) or type(error).__name__
            why = "there is no such database" if code == 1049 else f"cannot be reached, or refused us ({code})"
            raise StoreUnreachable(f"{self.place}: {why}") from None
        return conn


class _Cursor(Cursor):  # type: ignore[misc,unused-ignore]
    """Logs no warnings of the server's: they quote values."""

    def _show_warnings(self, conn: Any) -> None:
        pass


@final
class PyMySQLTransaction:
    """One transaction of ours (`pool` given), or a savepoint in one that is open."""

    def __init__(
        self, conn: Any, dialect: Dialect, place: str, pool: Pool[Any] | None = None, *, savepoint: str = "",
    ) -> None:  # fmt: skip
        self._conn = conn
        self._texts = dialect.texts
        self._place = place
        self._pool = pool
        self._savepoint = savepoint
        self._failed = False
        self._lent = False
        self._used = False
        self._cursor = conn.cursor(_Cursor)  # the host's connection may make other ones, with other rows

    @property
    def raw(self) -> Any:
        """The driver's connection. Whoever has had it may have lost the transaction, without a word to us."""
        self._lent = True
        return self._conn

    def begin(self) -> None:
        """Begin the savepoint."""
        try:
            self._execute(self._cursor, _mysql.ASK)
            ((*charsets, limit, mode),) = self._cursor.fetchall()
            _mysql.heard(charsets, limit, mode)
            self._conn.query(f"SAVEPOINT {self._savepoint}")  # outside a transaction it is a yes without effect
        except _ERRORS as error:
            raise _mysql.translated(error, self._place) from None
        if self._conn.get_autocommit() and not self._in_transaction():
            raise BadInput("conn", "in autocommit, outside a transaction", "begin one first: conn.begin()")

    def _in_transaction(self) -> bool:
        return bool(self._conn.server_status & _mysql.IN_TRANSACTION)

    def rows(self, sql: str, params: Params) -> Rows:
        self._do(sql, params)
        found: Rows = self._cursor.fetchall()
        return found

    def run(self, sql: str, params: Params) -> int:
        changed: int = self._cursor.rowcount if self._do(sql, params) else 0
        return changed

    def _do(self, sql: str, params: Params) -> bool:
        """Return whether the statement was done; False if what it is to make is there already."""
        if self._failed:
            raise self._undone()
        if self._lent:
            self._probe()
        try:
            self._execute(self._cursor, self._texts[sql] % _mysql.literals(params, self._conn.escape))
            if self._cursor._result.warning_count:
                self._heed_warnings()
        except BaseException as error:
            if _mysql.is_there(error, sql):  # an error undoes its statement, and nothing else
                return False
            self._failed = True
            raise (_mysql.translated(error, self._place) if isinstance(error, _ERRORS) else error) from None
        self._used = True
        return True

    def _execute(self, cursor: Any, text: str) -> None:
        if not self._savepoint:
            cursor.execute(text)
            return
        with _mysql.plainly(self._conn):
            cursor.execute(text)

    def _heed_warnings(self) -> None:
        cursor = self._conn.cursor(_Cursor)
        self._execute(cursor, "SHOW WARNINGS")
        for _, code, text in cursor.fetchall():
            if code in _mysql.NOT_STORED:
                raise MySQLError(code, text)

    def _probe(self) -> None:
        self._conn.server_status &= ~_mysql.IN_TRANSACTION  # pymysql overlooks an answer without any status
        try:
            self._conn.query("DO 0")  # the error that has ended a transaction does not say so; this does
        except _ERRORS as error:
            self._failed = True
            raise _mysql.translated(error, self._place) from None
        self._lent = False
        if self._used and not self._in_transaction():
            self._failed = True
            raise StoreError(
                f"{self._place}: this transaction was undone, or ended by somebody else; participants must not"
            )

    def end(self, ok: bool) -> None:
        if ok:
            try:
                if self._failed:
                    raise self._undone()
                if self._lent:
                    self._probe()
            except BaseException:
                self.end(False)
                raise
        broken = True
        try:
            if self._savepoint:
                if not ok:
                    self._conn.query(f"ROLLBACK TO SAVEPOINT {self._savepoint}")
                self._conn.query(f"RELEASE SAVEPOINT {self._savepoint}")
            else:
                self._conn.query("COMMIT" if ok else "ROLLBACK")
            broken = False
        except _ERRORS as error:
            if self._savepoint and _mysql.code_of(error) == _mysql.NO_SAVEPOINT:
                raise _mysql.gone(self._place) from None  # else whoever goes on does so in another transaction
            if ok:
                raise _mysql.translated(error, self._place, committing=not self._savepoint) from None
        finally:
            if self._pool is not None:
                self._pool.give(self._conn, broken)

    def _undone(self) -> StoreError:
        return StoreError(f"{self._place}: this transaction has failed and is undone; begin another")


def _drop(conn: Any) -> None:
    with suppress(*_ERRORS):
        conn.close()
