"""The connections that a host may hand in: a row each, with what our tests do to them in either colour."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import asyncpg  # type: ignore[import-untyped,unused-ignore]
from attrs import frozen

from sopflow import AsyncRunner, Runner

from . import host_libraries
from .databases import AsyncpgHost


async def maybe(value: Any) -> Any:
    """Return a value, awaited where it must be."""
    return await value if inspect.isawaitable(value) else value


def _itself(conn: Any) -> Any:
    return conn


@frozen
class Host:
    """One kind of connection.

    Attributes:
        database: The row of `databases.DATABASES`.
        native: Whether the store has the async driver.
        runner: The shell of its colour.
        connect: Takes the test's database and a URL; returns a connection that begins transactions by itself.
        execute: Runs a statement of the host's on the connection.
        scalar: Returns the one value of a query on the connection.
        hand: Takes the connection; returns what is handed in.
    """

    database: str
    native: bool
    runner: Any
    connect: Callable[[Any, str], Any]
    execute: Callable[[Any, str], Any]
    scalar: Callable[[Any, str], Any]
    hand: Callable[[Any], Any] = _itself

    async def store(self, database: Any) -> Any:
        """Return a store in a place of its own."""
        return await database.make_async() if self.native else database.make()


def _scalar(conn: Any, sql: str) -> Any:
    return next(iter(conn.execute(sql).fetchone()))


async def _scalar_async(conn: Any, sql: str) -> Any:
    row = await (await conn.execute(sql)).fetchone()
    assert row is not None
    return row[0]


def _by_cursor(conn: Any, sql: str) -> Any:
    with conn.cursor() as cursor:
        cursor.execute(sql)


def _of_cursor(conn: Any, sql: str) -> Any:
    with conn.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


async def _by_cursor_async(conn: Any, sql: str) -> Any:
    async with conn.cursor() as cursor:
        await cursor.execute(sql)


async def _of_cursor_async(conn: Any, sql: str) -> Any:
    async with conn.cursor() as cursor:
        await cursor.execute(sql)
        return (await cursor.fetchone())[0]


async def _fetched(conn: Any, sql: str) -> Any:
    return await conn.fetchval(sql)


def _blocking(database: Any, url: str) -> Any:
    return database.host(url)


async def _awaited(database: Any, url: str) -> Any:
    return await database.async_host(url)


async def _asyncpg(database: Any, url: str) -> Any:
    return await (await asyncpg.connect(database.base, connection_class=AsyncpgHost)).begin()


def _run(conn: Any, sql: str) -> Any:
    return conn.execute(sql)


HOSTS = {
    "sqlite3": Host("sqlite", False, Runner, _blocking, _run, _scalar),
    "sqlite3 in threads": Host("sqlite", False, AsyncRunner, _blocking, _run, _scalar),
    "aiosqlite": Host("aiosqlite", True, AsyncRunner, _awaited, _run, _scalar_async),
    "psycopg": Host("postgresql", False, Runner, _blocking, _run, _scalar),
    "psycopg in threads": Host("postgresql", False, AsyncRunner, _blocking, _run, _scalar),
    "psycopg async": Host("postgresql", True, AsyncRunner, _awaited, _run, _scalar_async),
    "pymysql": Host("mariadb", False, Runner, _blocking, _by_cursor, _of_cursor),
    "pymysql in threads": Host("mariadb", False, AsyncRunner, _blocking, _by_cursor, _of_cursor),
    "asyncmy": Host("asyncmy", True, AsyncRunner, _awaited, _by_cursor_async, _of_cursor_async),
    "asyncpg": Host("asyncpg", True, AsyncRunner, _awaited, _run, _fetched),
    "asyncpg beside psycopg": Host("postgresql", True, AsyncRunner, _asyncpg, _run, _fetched),
    **host_libraries.rows(Host),
}
