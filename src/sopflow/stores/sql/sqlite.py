"""SQLite, by the standard library's driver: WAL, every commit on disk, one writer at a time, foreign keys on."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, final

from ...errors import BadInput, ForeignDatabase, SchemaTooNew, StoreError, StoreFull
from .connection import Duplicate, Params
from .store import SqlStore

APPLICATION_ID = 0x534F5046  # "SOPF", in the file's header
_BUSY_SECONDS = 30.0


def sqlite_store(path: str, *, shared: bool = False, synchronous: str = "full") -> SqlStore:
    """Open or create a store in a SQLite file.

    Args:
        path: The file. It is set to write-ahead logging, which needs a local file system.
        shared: The file also holds the host's own tables; ours all begin with "sopflow_".
        synchronous: "full" (every commit survives a power failure) or "normal" (survives a crash of the program).

    Raises:
        ForeignDatabase: If the file is not SQLite, or holds somebody else's tables and `shared` is not set.
        SchemaTooNew: If a newer sopflow has written it.
        StoreFull: If the file cannot be written.
    """
    if synchronous not in ("full", "normal"):
        raise BadInput("synchronous", synchronous, 'use "full" or "normal"')
    if path == ":memory:":
        raise BadInput("path", path, "name a file; for a store in memory use MemoryStore")
    pool = _Pool(path, synchronous)
    try:
        conn = pool.take()
        try:
            _prepare(conn, path, shared)
        finally:
            pool.give(conn)
    except BaseException as error:
        pool.close()
        if isinstance(error, sqlite3.Error):
            raise _translated(error, path) from error
        raise
    return SqlStore(pool.begin, pool.close)


def migrations() -> Sequence[tuple[int, str, str]]:
    """Return number, name and SQL text of every schema step, in order."""
    folder = files("sopflow.stores.sql") / "migrations" / "sqlite"
    steps = [(f.name, f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".sql")]
    return [(int(name[:4]), name[5:-4], text) for name, text in sorted(steps)]


class _Pool:
    """Connections that are not in use. A connection serves one transaction at a time, on any thread."""

    def __init__(self, path: str, synchronous: str) -> None:
        self._path = path
        self._synchronous = synchronous
        self._free: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._path}: the store is closed; open a new one")
            if self._free:
                return self._free.pop()
        conn = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            conn.execute("PRAGMA foreign_keys = ON")
            conn.execute(f"PRAGMA synchronous = {self._synchronous.upper()}")
        except BaseException:
            conn.close()
            raise
        return conn

    def give(self, conn: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._free.append(conn)
                return
        conn.close()

    def begin(self, host: Any, read: bool) -> _Sqlite:
        if host is not None:
            if not isinstance(host, sqlite3.Connection):
                raise BadInput("conn", type(host).__name__, "hand in the host's sqlite3.Connection")
            if host.text_factory is not str:
                raise BadInput("conn.text_factory", host.text_factory, "hand in a connection whose texts are str")
        try:
            conn = self.take() if host is None else host
            try:
                if not conn.in_transaction:  # for a host too: else releasing the savepoint would commit for it
                    conn.execute("BEGIN" if read else "BEGIN IMMEDIATE")
                return _Sqlite(conn, self if host is None else None, self._path)
            except BaseException:
                if host is None:
                    self.give(conn)
                raise
        except sqlite3.Error as error:
            raise _translated(error, self._path) from error

    def close(self) -> None:
        """Close what is not in use now, and the others when they are given back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for conn in free:
            conn.close()


@final
class _Sqlite:
    """One transaction of ours (`pool` given), or a savepoint in the host's or in ours."""

    def __init__(self, conn: sqlite3.Connection, pool: _Pool | None, path: str, depth: int = 0) -> None:
        self.raw = conn
        self._pool = pool
        self._path = path
        self._failed = False
        self._cursor = conn.cursor()
        self._cursor.row_factory = None
        self._depth = depth
        self._savepoint = f"sopflow_{depth}"
        if pool is None:
            self._cursor.execute(f"SAVEPOINT {self._savepoint}")

    def _inside(self) -> None:
        # After an error half a step may stand, and a full disk may have ended the transaction, so that what came now
        # would be committed by itself.
        if self._failed or not self.raw.in_transaction:
            raise StoreError(f"{Path(self._path).name}: this transaction has failed and is undone; begin another")

    def rows(self, sql: str, params: Params) -> Sequence[Sequence[Any]]:
        self._inside()
        try:
            return self._cursor.execute(sql, params).fetchall()
        except UnicodeEncodeError as error:
            raise BadInput("text", error.object, "remove the lone surrogate: it is not a Unicode character") from None
        except sqlite3.Error as error:
            self._failed = True
            raise _translated(error, self._path) from error

    def run(self, sql: str, params: Params) -> int:
        self._inside()
        try:
            return self._cursor.execute(sql, params).rowcount
        except UnicodeEncodeError as error:
            self._failed = True
            raise BadInput("text", error.object, "remove the lone surrogate: it is not a Unicode character") from None
        except sqlite3.IntegrityError as error:
            if "UNIQUE" in str(error):
                raise Duplicate from error
            self._failed = True
            raise _translated(error, self._path) from error
        except sqlite3.Error as error:
            self._failed = True
            raise _translated(error, self._path) from error

    def part(self) -> _Sqlite:
        self._inside()
        try:
            return _Sqlite(self.raw, None, self._path, self._depth + 1)
        except sqlite3.Error as error:
            self._failed = True
            raise _translated(error, self._path) from error

    def end(self, ok: bool) -> None:
        if ok and (self._failed or not self.raw.in_transaction):  # a part may have lost the whole
            self.end(False)
            self._inside()
        try:
            if self._pool is None:
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
                raise _translated(error, self._path) from error
        finally:
            if self._pool is not None:
                self._cursor.close()
                self._pool.give(self.raw)


def _prepare(conn: sqlite3.Connection, path: str, shared: bool) -> None:
    steps = migrations()
    conn.execute("BEGIN")  # one view of the file, whoever else is creating it
    try:
        version = _version(conn, path, shared, steps[-1][0])  # looked at before anything of the file is touched
    finally:
        conn.execute("ROLLBACK")
    conn.execute("PRAGMA journal_mode = WAL")
    if version == steps[-1][0]:
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        version = _version(conn, path, shared, steps[-1][0])
        for number, name, text in steps:
            if number > version:
                for statement in _statements(text):
                    conn.execute(statement)
                conn.execute(
                    "INSERT INTO sopflow_schema (version, name, applied) VALUES (?, ?, ?)",
                    (number, name, datetime.now(UTC).isoformat()),
                )
        if not version and not shared:
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def _version(conn: sqlite3.Connection, path: str, shared: bool, newest: int) -> int:
    tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "sopflow_schema" not in tables:
        if not shared and (tables or conn.execute("PRAGMA application_id").fetchone()[0]):
            raise ForeignDatabase(
                f"{path}: holds other tables and is not a sopflow database; name another file, or add ?shared=1 to put "
                "our tables beside yours"
            )
        return 0
    version = int(conn.execute("SELECT MAX(version) FROM sopflow_schema").fetchone()[0] or 0)
    if version > newest:
        raise SchemaTooNew(f"{path}: has schema {version}, this sopflow knows {newest}; upgrade sopflow")
    return version


def _statements(text: str) -> list[str]:
    found, statement = [], ""
    for line in text.splitlines():
        if line.startswith("--"):
            continue
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            found.append(statement.strip())
            statement = ""
    return [s for s in found if s]


def _translated(error: sqlite3.Error, path: str) -> StoreError:
    text, name = str(error), Path(path).name
    code = getattr(error, "sqlite_errorname", "") or ""
    if code == "SQLITE_FULL" or "full" in text:
        return StoreFull(f"{name}: no space left; free some and try again. Nothing of this step was written")
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")) or "readonly" in text or "unable to open" in text:
        return StoreFull(f"{name}: cannot be opened for writing; check the folder and its permissions")
    if code == "SQLITE_NOTADB" or "not a database" in text:
        return ForeignDatabase(f"{name}: is not a SQLite database; name another file")
    if code == "SQLITE_BUSY_SNAPSHOT":
        return StoreError(f"{name}: another has written since your transaction began; roll it back and begin it again")
    if code.startswith("SQLITE_BUSY") or "locked" in text:
        return StoreError(f"{name}: another program has held it for {_BUSY_SECONDS:.0f} s; try again")
    if "no such table" in text:
        return ForeignDatabase(f"{name}: lacks sopflow's tables; open it once with open_store(…?shared=1)")
    return StoreError(f"{name}: {text} ({code or type(error).__name__}); nothing of this step was written")
