"""SQLite, by aiosqlite: what `sqlite` does, done in the thread of an aiosqlite connection.

What is put into that thread is done in its order, even when whoever put it there was cancelled: so undoing comes after
what is to be undone.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, final

import aiosqlite

from ....errors import BadInput
from ...urls import Place, file_place
from ..connection import Params, Rows
from ..dialects import PREFIX, Dialect
from ..pool import AsyncPool
from . import sqlite

_R = TypeVar("_R")


def driver(url: str) -> AiosqliteDriver:
    """Return the driver of the file that a URL names."""
    return AiosqliteDriver(file_place(url, pooled=True))


async def join(conn: aiosqlite.Connection, dialect: Dialect, read: bool) -> AiosqliteTransaction:
    """Begin a savepoint in the host's transaction, as for a connection of `sqlite3`."""
    if conn._connection is None:
        raise BadInput("conn", "closed", "hand in one that is open")
    return AiosqliteTransaction(conn, await _in_thread(conn, sqlite.join, conn._conn, dialect, read))


@final
class AiosqliteDriver:
    """Transactions on a SQLite file."""

    def __init__(self, place: Place) -> None:
        self.place = place.name
        self.upgrade = True  # as in `sqlite`
        self.shared = place.options.get("shared") == "1"
        self.dialect = Dialect("sqlite", prefix=place.options.get("prefix", PREFIX))
        self._synchronous = place.options.get("synchronous", "full").upper()
        self._pool: AsyncPool[aiosqlite.Connection] = AsyncPool(
            self._connect, _drop, place.number("pool", 10), sqlite.BUSY_SECONDS, place.name
        )

    async def begin(self, read: bool) -> AiosqliteTransaction:
        conn = await self._pool.take()
        try:
            return AiosqliteTransaction(conn, await _in_thread(conn, self._begun, conn._conn, read), self._pool)
        except BaseException as error:
            await self._pool.give(conn, broken=True)  # it may have begun all the same
            if isinstance(error, sqlite3.Error):
                raise sqlite.translated(error, self.place) from error
            raise

    def _begun(self, raw: sqlite3.Connection, read: bool) -> sqlite.SqliteTransaction:
        raw.execute("BEGIN" if read else "BEGIN IMMEDIATE")
        return sqlite.SqliteTransaction(raw, self.dialect, self.place)

    async def ready(self) -> None:
        conn = await self._pool.take()
        try:
            await conn.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error as error:
            raise sqlite.translated(error, self.place) from error
        finally:
            await self._pool.give(conn)

    async def close(self) -> None:
        await self._pool.close()

    async def _connect(self) -> aiosqlite.Connection:
        conn = aiosqlite.connect(self.place, timeout=sqlite.BUSY_SECONDS, isolation_level=None, cached_statements=64)
        thread: Any = getattr(conn, "_thread", conn)  # before 0.22 it was one
        thread.daemon = True  # whoever forgets to close a store can end all the same
        opening = asyncio.ensure_future(conn)
        try:
            await asyncio.shield(opening)  # whoever is cancelled here closes what is opened meanwhile
            await _in_thread(conn, sqlite.prepare, conn._conn, self._synchronous)
        except BaseException as error:
            with suppress(sqlite3.Error):
                await opening
            await _drop(conn)
            if isinstance(error, sqlite3.Error):
                raise sqlite.translated(error, self.place) from error
            raise
        return conn


@final
class AiosqliteTransaction:
    """One transaction of ours (`pool` given), or a savepoint in one that is open."""

    def __init__(
        self, conn: aiosqlite.Connection, inner: sqlite.SqliteTransaction,
        pool: AsyncPool[aiosqlite.Connection] | None = None,
    ) -> None:  # fmt: skip
        self.raw = conn
        self._inner = inner
        self._pool = pool

    async def rows(self, sql: str, params: Params) -> Rows:
        return await _in_thread(self.raw, self._inner.rows, sql, params)

    async def run(self, sql: str, params: Params) -> int:
        return await _in_thread(self.raw, self._inner.run, sql, params)

    async def end(self, ok: bool) -> None:
        broken = True
        try:
            await _in_thread(self.raw, self._inner.end, ok)
            broken = False
        finally:
            if self._pool is not None:
                await self._pool.give(self.raw, broken)


async def _drop(conn: aiosqlite.Connection) -> None:
    await conn.close()


async def _in_thread(conn: Any, work: Callable[..., _R], *args: Any) -> _R:
    done: _R = await conn._execute(work, *args)  # its public methods pass through this, each with one call of `sqlite3`
    return done
