"""Hosts that work through a library: SQLAlchemy's connections and sessions in both colours, and Django's aliases."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from sopflow import AsyncRunner, Runner


def place(url: str, driver: str, base: str = "") -> str:
    """Return SQLAlchemy's URL of the place where a store's URL points."""
    return f"{driver}://" + (base or url).partition("?")[0].partition("://")[2]


def host_table(database: Any) -> str:
    """Return the name of a table of the host's, beside ours."""
    if hasattr(database, "prefixes"):
        return f"{database.prefixes[-1]}host_note"
    return f'"{database.schemas[-1]}".host_note' if database.server else "host_note"


def engine(database: Any, url: str, driver: str, **options: Any) -> Any:
    """Return an engine whose connections are closed when they are given back."""
    make = create_async_engine if driver in ASYNC else create_engine
    return make(place(url, driver, getattr(database, "base", "")), poolclass=NullPool, **options)


ASYNC = ("sqlite+aiosqlite", "postgresql+psycopg_async", "postgresql+asyncpg", "mysql+asyncmy")


def connection(driver: str) -> Callable[[Any, str], Any]:
    """Return what connects."""

    async def awaited(database: Any, url: str) -> Any:
        return await engine(database, url, driver).connect()

    return awaited if driver in ASYNC else lambda database, url: engine(database, url, driver).connect()


def session(driver: str) -> Callable[[Any, str], Any]:
    """Return what begins a session."""
    kind: Any = AsyncSession if driver in ASYNC else Session
    return lambda database, url: kind(engine(database, url, driver))


def run(conn: Any, sql: str) -> Any:
    """Run a statement on a connection or session, or on the store's own, which a participant is given."""
    if hasattr(conn, "execute"):
        return conn.execute(text(sql) if type(conn).__module__.startswith("sqlalchemy.") else sql)
    return run_by_cursor_async(conn, sql) if type(conn).__module__.startswith("asyncmy") else run_by_cursor(conn, sql)


def run_by_cursor(conn: Any, sql: str) -> None:
    """Run a statement on a connection that has cursors."""
    with conn.cursor() as cursor:
        cursor.execute(sql)


async def run_by_cursor_async(conn: Any, sql: str) -> None:
    """Run a statement on an async connection that has cursors."""
    async with conn.cursor() as cursor:
        await cursor.execute(sql)


def scalar(conn: Any, sql: str) -> Any:
    """Return the one value of a query, or what is to be awaited for it."""
    return conn.scalar(text(sql))


@frozen
class Kind:
    """What stands between a host's library and its database, and which of our tests' databases that is."""

    name: str
    driver: str
    database: str


KINDS = (
    Kind("on sqlite", "sqlite", "sqlite"),
    Kind("on psycopg", "postgresql+psycopg", "postgresql"),
    Kind("on pymysql", "mysql+pymysql", "mariadb"),
    Kind("on aiosqlite", "sqlite+aiosqlite", "aiosqlite"),
    Kind("on psycopg async", "postgresql+psycopg_async", "postgresql"),
    Kind("on asyncpg", "postgresql+asyncpg", "postgresql"),
    Kind("on asyncmy", "mysql+asyncmy", "asyncmy"),
)


def sqlalchemy_rows(host: Any) -> dict[str, Any]:
    """Return the rows of `hosts.HOSTS` for SQLAlchemy."""
    rows: dict[str, Any] = {}
    for kind in KINDS:
        native = kind.driver in ASYNC
        row = host(kind.database, native, AsyncRunner if native else Runner, connection(kind.driver), run, scalar)
        rows[f"SQLAlchemy {'AsyncConnection' if native else 'Connection'} {kind.name}"] = row
        rows[f"SQLAlchemy {'AsyncSession' if native else 'Session'} {kind.name}"] = evolve(
            row, connect=session(kind.driver)
        )
    for name in ("SQLAlchemy Session on sqlite", "SQLAlchemy Connection on psycopg"):
        rows[f"{name} in threads"] = evolve(rows[name], runner=AsyncRunner)
    return rows


class DjangoHost:
    """A host that is always inside `atomic()`, as others are in a transaction."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.alias = f"t_{os.urandom(6).hex()}"
        db = django_db()
        db.connections.settings.update(
            {self.alias: db.connections.configure_settings({"default": {}, self.alias: settings})[self.alias]}
        )
        self.db = db
        self.enter()

    def enter(self) -> None:
        self.atomic = self.db.transaction.atomic(using=self.alias)
        self.atomic.__enter__()

    @property
    def conn(self) -> Any:
        return self.db.connections[self.alias]

    def leave(self, error: type[Exception] | None) -> None:
        self.atomic.__exit__(error, None, None)

    def commit(self) -> None:
        self.leave(None)
        self.enter()

    def rollback(self) -> None:
        self.leave(ValueError)
        self.enter()

    def close(self) -> None:
        self.leave(ValueError)
        self.conn.close()
        del self.db.connections[self.alias]
        del self.db.connections.settings[self.alias]


def django_db() -> Any:
    """Return `django.db`, set up."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the story of test_joining is told by a coroutine
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(DATABASES={}, USE_TZ=True)
        django.setup()
    import django.db

    return django.db


def django_sqlite(database: Any, url: str) -> DjangoHost:
    """Return a host on a SQLite file."""
    return DjangoHost({"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///")})


def django_postgres(database: Any, url: str) -> DjangoHost:
    """Return a host on PostgreSQL."""
    from psycopg.conninfo import conninfo_to_dict

    found = conninfo_to_dict(database.base)
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    return DjangoHost(
        {"ENGINE": "django.db.backends.postgresql"} | {name: found.get(key) or "" for name, key in names.items()}
    )


def django_conn(host: Any) -> Any:
    """Return Django's connection of a host's, or of what a participant is given."""
    return host.conn if isinstance(host, DjangoHost) else host


def django_run(conn: Any, sql: str) -> Any:
    """Run a statement; in a participant, on Django's connection or on the store's own."""
    run(django_conn(conn), sql)


def django_scalar(conn: Any, sql: str) -> Any:
    """Return the one value of a query."""
    with django_conn(conn).cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def django_rows(host: Any) -> dict[str, Any]:
    """Return the rows of `hosts.HOSTS` for Django."""
    rows: dict[str, Any] = {}
    for name, database, connect in (("sqlite", "sqlite", django_sqlite), ("psycopg", "postgresql", django_postgres)):
        row = host(database, False, Runner, connect, django_run, django_scalar)
        rows[f"Django alias on {name}"] = evolve(row, hand=lambda host: f"django:{host.alias}")
        rows[f"Django connection on {name}"] = evolve(row, hand=django_conn)
    return rows


def rows(host: Any) -> dict[str, Any]:
    """Return all rows of libraries for `hosts.HOSTS`."""
    return sqlalchemy_rows(host) | django_rows(host)
