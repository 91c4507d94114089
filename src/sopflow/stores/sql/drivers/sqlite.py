"""SQLite, by the standard library's driver: WAL, every commit on disk, one writer at a time, foreign keys on."""

from __future__ import annotations

import sqlite3
from itertools import count
from pathlib import Path
from typing import final

from ....errors import BadInput, ForeignDatabase, StoreContended, StoreError, StoreFull, StoreUnreachable
from ...urls import Place, file_place
from ..connection import HOST, Duplicate, Params, Rows, Waited
from ..dialects import PREFIX, Dialect
from ..pool_sync import Pool

BUSY_SECONDS = 30.0
_numbers = count(1)


def driver(url: str) -> SqliteDriver:
    """Return the driver of the file that a URL names."""
    return SqliteDriver(file_place(url))


def join(conn: sqlite3.Connection, dialect: Dialect, read: bool) -> SqliteTransaction:
    """Begin a savepoint in the host's transaction, which is begun as its driver would where it is not open yet."""
    try:
        if not conn.in_transaction:  # else releasing the savepoint would commit for the host
            if conn.isolation_level is None and getattr(conn, "autocommit", -1) != False:  # noqa: E712 (-1 is legacy)
                raise BadInput("conn", "in autocommit, outside a transaction", 'execute "BEGIN" first, and end it')
            conn.execute("BEGIN" if read else "BEGIN IMMEDIATE")
        return SqliteTransaction(conn, dialect, HOST, savepoint=f"sopflow_{next(_numbers)}")
    except sqlite3.ProgrammingError as error:
        raise BadInput("conn", "closed, or of another thread", "hand in one that is open here") from error
    except sqlite3.Error as error:
        raise translated(error, HOST) from error


@final
class SqliteDriver:
    """Transactions on a SQLite file."""

    def __init__(self, place: Place) -> None:
        self.place = place.name
        self.upgrade = True  # it is our own file, or a part of the host's that nobody else upgrades
        self.shared = place.options.get("shared") == "1"
        self.dialect = Dialect("sqlite", prefix=place.options.get("prefix", PREFIX))
        self._synchronous = place.options.get("synchronous", "full").upper()
        self._pool: Pool[sqlite3.Connection] = Pool(self._connect, sqlite3.Connection.close, 0, 0, place.name)

    def begin(self, read: bool) -> SqliteTransaction:
        try:
            conn = self._pool.take()
            try:
                conn.execute("BEGIN" if read else "BEGIN IMMEDIATE")
                return SqliteTransaction(conn, self.dialect, self.place, self._pool)
            except BaseException:
                self._pool.give(conn)
                raise
        except sqlite3.Error as error:
            raise translated(error, self.place) from error

    def ready(self) -> None:
        try:
            conn = self._pool.take()
            try:
                conn.execute("PRAGMA journal_mode = WAL")
            finally:
                self._pool.give(conn)
        except sqlite3.Error as error:
            raise translated(error, self.place) from error

    def close(self) -> None:
        self._pool.close()

    def _connect(self) -> sqlite3.Connection:
        conn = sqlite3.connect(
            self.place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            prepare(conn, self._synchronous)
        except BaseException:
            conn.close()
            raise
        return conn


def prepare(conn: sqlite3.Connection, synchronous: str) -> None:
    """Set what each connection of ours has."""
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute(f"PRAGMA synchronous = {synchronous}")


@final
class SqliteTransaction:
    """One transaction of ours (`pool` given), or a savepoint in one that is open."""

    def __init__(
        self, conn: sqlite3.Connection, dialect: Dialect, place: str, pool: Pool[sqlite3.Connection] | None = None,
        savepoint: str = "",
    ) -> None:  # fmt: skip
        self.raw = conn
        self._texts = dialect.texts
        self._place = place
        self._pool = pool
        self._savepoint = savepoint
        self._failed = False
        self._cursor = conn.cursor()
        self._cursor.row_factory = None
        if savepoint:
            self._cursor.execute(f"SAVEPOINT {savepoint}")

    def _inside(self) -> None:
        # After an error half a step may stand, and a full disk may have ended the transaction, so that what came now
        # would be committed by itself.
        if self._failed:
            raise StoreError(f"{Path(self._place).name}: this transaction has failed and is undone; begin another")
        if not self.raw.in_transaction:
            raise StoreError(
                f"{Path(self._place).name}: this transaction is over: it has failed and is undone, or a participant "
                "has ended it, and what that committed stays; begin another"
            )

    def rows(self, sql: str, params: Params) -> Rows:
        self._inside()
        conn = self.raw
        factory = conn.text_factory
        if factory is not str:
            conn.text_factory = str
        try:
            return self._cursor.execute(self._texts[sql], params).fetchall()
        except UnicodeEncodeError:
            raise BadInput("text", "a lone surrogate", "remove it: it is not a Unicode character") from None
        except sqlite3.Error as error:
            self._failed = True
            raise translated(error, self._place) from error
        finally:
            if factory is not str:
                conn.text_factory = factory

    def run(self, sql: str, params: Params) -> int:
        self._inside()
        try:
            return self._cursor.execute(self._texts[sql], params).rowcount
        except UnicodeEncodeError:
            self._failed = True
            raise BadInput("text", "a lone surrogate", "remove it: it is not a Unicode character") from None
        except sqlite3.IntegrityError as error:
            self._failed = True
            if "UNIQUE" in str(error):
                raise Duplicate(f"{Path(self._place).name}: a row with this key is there already") from error
            raise translated(error, self._place) from error
        except sqlite3.Error as error:
            self._failed = True
            raise translated(error, self._place) from error

    def end(self, ok: bool) -> None:
        if ok and (self._failed or not self.raw.in_transaction):  # a part may have lost the whole
            self.end(False)
            self._inside()
        try:
            if self._savepoint:
                if not ok:
                    self._cursor.execute(f"ROLLBACK TO {self._savepoint}")
                self._cursor.execute(f"RELEASE {self._savepoint}")
            elif ok:
                try:
                    self._cursor.execute("COMMIT")
                except sqlite3.Error:
                    if self.raw.in_transaction:
                        self._cursor.execute("ROLLBACK")
                    raise
            elif self.raw.in_transaction:  # a full disk rolls back by itself
                self._cursor.execute("ROLLBACK")
        except sqlite3.Error as error:
            if ok:
                raise translated(error, self._place) from error
        finally:
            if self._pool is not None:
                self._cursor.close()
                self._pool.give(self.raw)


def translated(error: sqlite3.Error, place: str) -> StoreError:
    """Return our error for SQLite's."""
    text, name = str(error), Path(place).name
    code = getattr(error, "sqlite_errorname", "") or ""
    if code == "SQLITE_FULL" or "full" in text:
        return StoreFull(f"{name}: no space left; free some and try again. Nothing of this step was written")
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")) or "readonly" in text or "unable to open" in text:
        if Path(place).is_dir():
            return StoreUnreachable(f"{name}: is a folder; name a file")
        if not Path(place).parent.is_dir():
            return StoreUnreachable(f"{name}: its folder does not exist; create it")
        return StoreFull(f"{name}: cannot be opened for writing; check the folder and its permissions")
    if code == "SQLITE_NOTADB" or "not a database" in text:
        return ForeignDatabase(f"{name}: is not a SQLite database; name another file")
    if code == "SQLITE_BUSY_SNAPSHOT":
        return StoreContended(
            f"{name}: another has written since your transaction began; roll it back and begin it again"
        )
    if place == HOST and (code.startswith("SQLITE_BUSY") or "locked" in text):
        return Waited(f"{name}: another transaction has held it for too long; roll yours back and try again")
    if code.startswith("SQLITE_BUSY") or "locked" in text:
        return StoreError(f"{name}: another program has held it for {BUSY_SECONDS:.0f} s; try again")
    if "no such table" in text or "no such column" in text or "has no column" in text:
        return ForeignDatabase(f"{name}: lacks sopflow's tables; open it once with open_store(…?shared=1)")
    return StoreError(f"{name}: {text} ({code or type(error).__name__}); nothing of this step was written")
