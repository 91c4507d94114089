"""Every example of docs/joining.md runs, but for the names of the places: both rows stand, and observers run once."""

from __future__ import annotations

import ast
import asyncio
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, registry

from sopflow import AsyncRunner, Runner, catalogue
from sopflow.stores.sql.drivers import SCHEMES

from .databases import DATABASES
from .host_libraries import django_postgres, django_sqlite, engine, host_table
from .hosts import maybe
from .test_joining import OFFICER, RULES, notice

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "joining.md").read_text("utf-8")
EXAMPLES: dict[str, str] = dict(re.findall(r"^### ([^\n]+)\n\n```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
# heading: the databases that it is run on
RUN_ON = {
    "sqlite3": ["sqlite"], "aiosqlite": ["aiosqlite"],
    "psycopg": ["postgresql"], "psycopg, async": ["postgresql"], "asyncpg": ["asyncpg"],
    "PyMySQL": ["mariadb"], "asyncmy": ["asyncmy"],
    "Connection": ["sqlite", "postgresql", "mariadb"], "Session": ["sqlite", "postgresql", "mariadb"],
    "AsyncConnection": ["aiosqlite", "postgresql", "asyncpg", "asyncmy"],
    "AsyncSession": ["aiosqlite", "postgresql", "asyncpg", "asyncmy"],
    "Django": ["sqlite", "postgresql"],
}  # fmt: skip
BLOCKING = {"aiosqlite": "sqlite", "asyncpg": "postgresql", "asyncmy": "mariadb"}
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mariadb": "mysql+pymysql"}
AWAITED = {
    "aiosqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg_async", "asyncpg": "postgresql+asyncpg",
    "asyncmy": "mysql+asyncmy",
}  # fmt: skip


def test_every_example_is_run() -> None:
    assert set(EXAMPLES) == set(RUN_ON)
    assert PAGE.count("```python") == len(EXAMPLES) + 1


def test_the_whole_program_runs_twice_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("aiosqlite")
    (program,) = [
        text for text in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if "main()" in text
    ]
    for _ in range(2):
        command = [sys.executable, "-W", "error", "-c", program]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout, done.stderr) == (0, "received\n", "")
    with closing(sqlite3.connect(tmp_path / "app.db")) as conn:
        assert conn.execute("SELECT COUNT(*) FROM ticket").fetchone() == (2,)
        assert conn.execute("SELECT COUNT(*) FROM sopflow_case").fetchone() == (2,)


def test_the_store_that_the_page_names_takes_the_connection() -> None:
    """Of every kind of connection that is joined, the page says by which URL the store is opened."""
    rows = [line for line in PAGE.splitlines() if "open_store(" in line or "open_async_store(" in line]
    named = {(url, "await" in row) for row in rows for url in re.findall(r'"([a-z+]+):', row)}
    known = {(scheme, False) for scheme, each in SCHEMES.items() if each.blocking}
    known |= {(scheme, True) for scheme, each in SCHEMES.items() if each.awaited}
    assert named <= known
    assert {(SCHEMES[url].database, awaited) for url, awaited in named} == {
        (each.database, awaited) for each in SCHEMES.values() for awaited in (True, False)
    }


@pytest.mark.parametrize(("heading", "name"), [(heading, name) for heading, names in RUN_ON.items() for name in names])
def test_the_example_commits_both_and_observes_once(heading: str, name: str, tmp_path: Path) -> None:
    if name not in DATABASES:
        pytest.skip("mysql dialect" if name in ("mariadb", "asyncmy") else f"{name} driver")
    asyncio.run(example(heading, DATABASES[name](tmp_path), name))


async def example(heading: str, database: Any, name: str) -> None:
    code = EXAMPLES[heading]
    awaited = "await " in code
    store = await database.make_async() if awaited else database.make()
    url = database.urls[id(store)]
    seen: list[str] = []
    runner: Any = (AsyncRunner if awaited else Runner)(
        store=store, procedures=[catalogue.find(RULES)], acting_as={"authority"},
        observers=[lambda step: seen.append(step.case.id)],
    )  # fmt: skip
    table = host_table(database)
    plain = engine(database, url, DRIVERS[BLOCKING.get(name, name)])
    mapped = ticket(table)
    mapped.local_table.metadata.create_all(plain)
    names = {
        "runner": runner, "aio": runner, "rules": RULES, "report": notice(), "officer": OFFICER, "engine": plain,
        "Ticket": mapped.class_, "text": text, "Session": Session, "AsyncSession": AsyncSession,
    }  # fmt: skip
    code = code.replace("INTO ticket", "INTO " + table.replace('"', "")).replace("app.db", url.partition(":///")[2])
    django = None
    try:
        if heading == "Django":
            django = (django_sqlite if name == "sqlite" else django_postgres)(database, url)
            django.leave(None)
            names |= {"transaction": django.db.transaction, "Ticket": django_model(django.alias, table)}
            code = code.replace("atomic()", f"atomic(using={django.alias!r})").replace(
                "objects.", f"objects.using({django.alias!r})."
            )
            code = code.replace("django:default", f"django:{django.alias}").replace(
                "(case))", f"(case), using={django.alias!r})"
            )
        elif "Connection" in heading or "Session" in heading:
            names["async_engine"] = engine(database, url, AWAITED[name]) if awaited else None
        else:
            driver = heading.partition(",")[0].lower()
            names |= {driver: import_module(driver), "dsn": getattr(database, "base", "")}
            names["server"] = mariadb_server() if name in ("mariadb", "asyncmy") else {}
        compiled = compile(code, "docs/joining.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        await maybe(eval(compiled, names))
        assert seen == [case.id for case in await maybe(runner.find())] == [names["case"].id]
        with plain.connect() as conn:
            assert conn.scalar(text(f"SELECT COUNT(*) FROM {table}")) == 1
    finally:
        await closed(heading, names)
        if django is not None:
            django.enter()
            django.close()
        await maybe(runner.close())
        mapped.local_table.metadata.drop_all(plain)
        database.clean()


async def closed(heading: str, names: dict[str, Any]) -> None:
    """Close what an example leaves to whoever uses it on."""
    if heading in ("sqlite3", "PyMySQL", "asyncmy") and "conn" in names:
        await maybe(names["conn"].close())


def mariadb_server() -> dict[str, Any]:
    from . import databases

    return databases.mariadb_address()  # type: ignore[attr-defined,no-any-return,unused-ignore]


def ticket(table: str) -> Any:
    """Return the mapper of a class of the host's."""
    schema, _, name = table.replace('"', "").rpartition(".")

    class Ticket:
        def __init__(self, id: int) -> None:
            self.id = id

    columns = Table(name, MetaData(schema=schema or None), Column("id", Integer, primary_key=True, autoincrement=False))
    return registry(metadata=columns.metadata).map_imperatively(Ticket, columns)


def django_model(alias: str, table: str) -> Any:
    """Return Django's model of the same table."""
    from django.db import models

    class Ticket(models.Model):
        id = models.IntegerField(primary_key=True)

        class Meta:
            app_label = f"docs_{alias}"
            db_table = table.replace(".host_note", '."host_note"')

    return Ticket
