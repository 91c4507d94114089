# Generated from src/sopflow/stores/sql/drivers/psycopg_async.py by scripts/unasync.py. DO NOT CHANGE.
"""PostgreSQL, by psycopg 3."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, cast, final

import psycopg
from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from psycopg.types.bool import BoolLoader
from psycopg.types.numeric import IntDumper, IntLoader
from psycopg.types.string import ByteaLoader, BytesBinaryDumper, StrDumperUnknown, TextLoader

from ....errors import BadInput, StoreError, StoreUnreachable
from ...urls import Place, server_place
from ..connection import HOST, Params, Rows
from ..dialects import PREFIX, Dialect
from ..pool_sync import Pool
from ._postgresql import BEGIN_WRITE, Beginning, patience, translated

PASSED = frozenset(
    ("application_name", "channel_binding", "connect_timeout", "gssencmode", "host", "keepalives", "keepalives_count",
     "keepalives_idle", "keepalives_interval", "krbsrvname", "options", "passfile", "port", "require_auth", "service",
     "sslcert", "sslcertmode", "sslcrl", "sslkey", "sslmode", "sslpassword", "sslrootcert", "target_session_attrs",
     "tcp_user_timeout")
)  # fmt: skip
_LOADERS: dict[str, Any] = {
    "text": TextLoader, "int2": IntLoader, "int4": IntLoader, "int8": IntLoader, "bool": BoolLoader,
    "bytea": ByteaLoader,
}  # fmt: skip
_DUMPERS: dict[type, Any] = {str: StrDumperUnknown, int: IntDumper, bytes: BytesBinaryDumper}
_numbers = count(1)


def driver(url: str) -> PsycopgDriver:
    """Return the driver of the database that a URL names."""
    return PsycopgDriver(server_place(url, PASSED))


def join(conn: Connection[Any], dialect: Dialect, read: bool) -> PsycopgTransaction:
    """Begin a savepoint in the host's transaction, which psycopg begins by itself unless the host is in autocommit."""
    if conn.closed:
        raise BadInput("conn", "closed", "hand in one that is open")
    status = conn.info.transaction_status
    if status == TransactionStatus.INERROR:
        raise BadInput("conn", "in a failed transaction", "roll it back, and begin another")
    if status == TransactionStatus.IDLE and conn.autocommit:
        raise BadInput("conn", "in autocommit, outside a transaction", "begin one first: conn.transaction()")
    transaction = PsycopgTransaction(conn, dialect.styled("pyformat"), HOST, savepoint=f"sopflow_{next(_numbers)}")
    transaction.begin()
    return transaction


@final
class PsycopgDriver:
    """Transactions on a PostgreSQL server."""

    def __init__(self, place: Place) -> None:
        self.place = str(place)
        self.shared = True
        self.upgrade = place.options.get("upgrade") == "1"
        options = place.options
        self.dialect = Dialect(
            "postgresql", "pyformat", schema=options.get("schema", ""), prefix=options.get("prefix", PREFIX)
        )
        self._address: dict[str, Any] = {
            "host": place.host, "port": place.port, "user": place.user, "password": place.password,
            "dbname": place.name,
        }  # fmt: skip
        self._address = {name: value for name, value in self._address.items() if value not in ("", None)}
        self._address |= {"connect_timeout": place.number("wait", 30)} | dict(place.passed)
        wait = place.number("wait", 30)
        pooler = (
            options.get("prepare") == "0"
        )  # what is set or prepared on its connection would be somebody else's next
        self._patience: Any = None if pooler else patience(wait, False)
        self._beginning = Beginning(f"{BEGIN_WRITE}; {patience(wait, True)}" if pooler else BEGIN_WRITE)
        self._address |= {"prepare_threshold": None} if pooler else {}
        size = place.number("pool", 10)
        self._pool: Pool[Connection[Any]] = Pool(self._connect, _drop, size, wait, self.place)

    def begin(self, read: bool) -> PsycopgTransaction:
        for fresh in (False, True):
            conn = self._pool.take(fresh)
            try:
                cursor = Cursor(conn, row_factory=tuple_row)
                cursor.execute(cast(Any, self._beginning.text(conn, read)), prepare=False)
                return PsycopgTransaction(conn, self.dialect, self.place, self._pool, cursor=cursor)
            except BaseException as error:
                dead = conn.closed  # while nobody used it, and so may the others be
                self._pool.give(conn, broken=True)
                if not isinstance(error, psycopg.Error):
                    raise
                if fresh or not dead:
                    raise translated(error.sqlstate, type(error).__name__, self.place) from None
        raise AssertionError("unreachable: the second turn returns or raises")

    def ready(self) -> None:
        """Nothing is to be set."""

    def close(self) -> None:
        self._pool.close()

    def _connect(self) -> Connection[Any]:
        conn: Connection[Any] | None = None
        try:
            conn = Connection.connect(autocommit=True, client_encoding="utf8", **cast(Any, self._address))
            if self._patience is not None:
                conn.execute(self._patience)
            return conn
        except psycopg.Error as error:
            if conn is not None:
                conn.close()
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            for secret in (self._address.get("password"), self._address.get("sslpassword")):
                reason = reason.replace(secret, "…") if secret else reason
            raise StoreUnreachable(f"{self.place}: cannot be reached: {reason}") from None


@final
class PsycopgTransaction:
    """One transaction of ours (`pool` given), or a savepoint in one that is open."""

    def __init__(
        self, conn: Connection[Any], dialect: Dialect, place: str,
        pool: Pool[Connection[Any]] | None = None, *, cursor: Cursor[Any] | None = None,
        savepoint: str = "",
    ) -> None:  # fmt: skip
        self.raw = conn
        self._texts: Mapping[str, Any] = dialect.texts
        self._place = place
        self._pool = pool
        self._savepoint = savepoint
        self._encoding = ""
        self._failed = False
        # Made by hand: the host's connection may make other cursors, with other rows and other texts.
        self._cursor = Cursor(conn, row_factory=tuple_row) if cursor is None else cursor

    def begin(self) -> None:
        """Begin the savepoint."""
        for name, loader in _LOADERS.items():
            self._cursor.adapters.register_loader(name, loader)
        for kind, dumper in _DUMPERS.items():
            self._cursor.adapters.register_dumper(kind, dumper)
        try:
            self._do(f"SAVEPOINT {self._savepoint}")
            encoding = self.raw.info.parameter_status("client_encoding") or "UTF8"
            if encoding != "UTF8":
                self._do("SET LOCAL client_encoding TO 'UTF8'")
                self._encoding = encoding
        except psycopg.Error as error:
            raise translated(error.sqlstate, type(error).__name__, self._place) from None

    def rows(self, sql: str, params: Params) -> Rows:
        self._inside()
        try:
            self._cursor.execute(self._texts[sql], params)
            return self._cursor.fetchall()
        except BaseException as error:
            raise self._why(error, params) from None

    def run(self, sql: str, params: Params) -> int:
        self._inside()
        try:
            self._cursor.execute(self._texts[sql], params)
        except BaseException as error:
            raise self._why(error, params) from None
        return self._cursor.rowcount

    def end(self, ok: bool) -> None:
        status = self.raw.info.transaction_status
        if ok and (self._failed or status != TransactionStatus.INTRANS):
            self.end(False)  # what has failed, the server would undo without a word
            raise self._ended() if status == TransactionStatus.IDLE else self._undone()
        broken = True
        try:
            if self._savepoint:
                if not ok:
                    self._do(f"ROLLBACK TO SAVEPOINT {self._savepoint}")
                self._do(f"RELEASE SAVEPOINT {self._savepoint}")
                if ok and self._encoding:
                    self._do(f"SET LOCAL client_encoding TO '{self._encoding}'")
            else:
                self._do("COMMIT" if ok else "ROLLBACK")
            broken = False
        except psycopg.Error as error:
            if ok:
                committing = not self._savepoint
                kind = type(error).__name__
                raise translated(error.sqlstate, kind, self._place, committing=committing) from None
        finally:
            if self._pool is not None:
                self._pool.give(self.raw, broken or self.raw.closed)

    def _do(self, text: Any) -> None:
        self._cursor.execute(text, prepare=False)

    def _inside(self) -> None:
        if self._failed:
            raise self._undone()
        if self.raw.pgconn.transaction_status == TransactionStatus.IDLE:  # what came now would be committed by itself
            raise self._ended()

    def _ended(self) -> StoreError:
        return StoreError(f"{self._place}: this transaction was ended by somebody else; participants must not")

    def _undone(self) -> StoreError:
        return StoreError(f"{self._place}: this transaction has failed and is undone; begin another")

    def _why(self, error: BaseException, params: Params) -> BaseException:
        self._failed = True
        if isinstance(error, UnicodeEncodeError):
            return BadInput("text", "a lone surrogate", "remove it: it is not a Unicode character")
        if isinstance(error, psycopg.Error):
            return translated(error.sqlstate, type(error).__name__, self._place, params)
        return error


def _drop(conn: Connection[Any]) -> None:
    conn.close()
