"""The life of a schema: created once, upgraded when asked, recorded, printed for others, and never guessed."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from sopflow import (
    BadInput,
    Delivered,
    ForeignDatabase,
    SchemaTooNew,
    SchemaTooOld,
    StoreError,
    Verified,
    documents,
)
from sopflow.cli import main
from sopflow.stores import open_async_store, open_store
from sopflow.stores.sql import schema, tending
from sopflow.stores.sql.dialects import Dialect
from sopflow.testing import _sample as sample
from sopflow.testing.clock import Clock

from ..data.make_schema_1 import OFFICER, PLATFORM, runner_on
from .databases import Database, Postgres
from .test_postgresql import keep, revision

FIRST = Path(__file__).parents[1] / "data" / "schema_1.db"
DIALECTS = ["sqlite", "postgresql"]


def later(monkeypatch: pytest.MonkeyPatch, text: str = "CREATE TABLE sopflow_later (id INTEGER);\n") -> None:
    """Make this sopflow one that knows a further step."""
    known = {dialect: schema.migrations(dialect) for dialect in DIALECTS}
    monkeypatch.setattr(schema, "migrations", lambda d: (*known[d], schema.Migration(9000, "later", text)))


# --- old data ------------------------------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(FIRST, tmp_path / "cases.db"))


def test_a_file_of_the_first_schema_is_read_proved_and_worked_on(old: Path) -> None:
    clock = Clock(schema_1_end())
    runner = runner_on(str(old), clock)
    cases = runner.find()
    # the rules have changed since: the cases stay on those under which they were opened, which the store has
    kept = {case.digest: runner.document(case.digest) for case in cases}
    runner.close()
    runner = runner_on(str(old), clock, *map(documents.restore, kept.values()))
    assert [(c.id, c.revision, c.state) for c in cases] == [
        ("case-1", 6, "acknowledged"), ("case-2", 4, "sent_on_government_channel"), ("case-3", 1, "received")
    ]  # fmt: skip
    for case in cases:
        assert runner.verify(case.id).seq == case.revision
    assert runner.find(provider="telegram") == cases
    assert "原稿" in str(runner.personal("case-1"))
    # its commands are known, its incident and inbound item are there
    assert runner.apply("case-1", _issued(), command_id="issue-case-1").revision == 4
    assert [(i.kind, i.case) for i in runner.incidents()] == [("rejected", "case-1")]
    assert [(i.raw, i.status) for i in runner.inbox()] == [(b"Dear \x00 Sir", "rejected")]
    # and it goes on: the message that was waiting leaves, clocks run, acts and facts are taken
    assert runner.deliver().sent == 1
    order = runner.case("case-2").messages[0].id
    runner.apply("case-2", Delivered(message=order, by=PLATFORM))
    runner.apply("case-3", Verified(by=OFFICER))
    clock.advance(days=30)
    assert runner.tick().steps > 0
    for case in cases:
        assert runner.verify(case.id).seq > 0
    runner.close()
    runner_on(str(old), clock).close()


def schema_1_end() -> Any:
    from datetime import timedelta

    from ..data.make_schema_1 import START

    return START + timedelta(hours=1)


def _issued() -> Any:
    from sopflow import Issued

    return Issued(by=OFFICER)


def test_what_was_applied_is_recorded_with_its_digest_from_then_on(old: Path) -> None:
    before = tending.check(f"sqlite:///{old}")
    assert before.applied.keys() == {1} and before.pending and before.changed == ()
    open_store(f"sqlite:///{old}").close()
    now = tending.check(f"sqlite:///{old}")
    assert now.pending == () and now.applied[1] == before.applied[1]
    digests = {number: digest for number, (_, _, digest) in now.applied.items()}
    assert digests == {m.number: m.digest if m.number > 1 else "" for m in schema.migrations("sqlite")}


def test_the_first_schema_is_what_it_was_when_it_was_released() -> None:
    """It stands in users' files: it is never edited."""
    first = schema.migrations("sqlite")[0]
    assert (first.number, first.name) == (1, "initial")
    with closing(sqlite3.connect(FIRST)) as conn:
        made = {sql for (sql,) in conn.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    assert {s.strip() for s in schema.statements(first.text)} == made


# --- on every database ---------------------------------------------------------------------------------------------


# MariaDB, which commits every change of a schema at once, has a file of its own: test_mariadb_schema.py.
stored = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@stored
def test_eight_programs_may_create_one_schema_at_once(database: Database) -> None:
    url = database.unused_url() if isinstance(database, Postgres) else database.new_url()
    with ThreadPoolExecutor(8) as pool:
        stores: list[Any] = list(pool.map(lambda _: open_store(url), range(8)))
    keep(stores[0], sample.opened())
    assert revision(stores[7]) == 1
    for store in stores:
        store.close()
    steps = schema.migrations(tending_dialect(url))
    assert tending.check(url).applied.keys() == {m.number for m in steps}


def tending_dialect(url: str) -> str:
    return url.partition(":")[0]


@stored
def test_a_newer_schema_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    url = database.new_url()
    with monkeypatch.context() as patch:
        later(patch)
        open_store(url + "&upgrade=1" if database.server else url).close()
    with pytest.raises(SchemaTooNew, match="9000"):
        open_store(url)
    with pytest.raises(SchemaTooNew):
        tending.upgrade(url)
    if isinstance(database, Postgres):
        database.drop(database.schemas.pop())


@stored
def test_a_step_that_fails_leaves_the_schema_as_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store = database.make()
    keep(store, sample.opened())
    store.close()
    url = database.urls[id(store)]
    before = tending.check(url)
    with monkeypatch.context() as patch:
        later(patch, "CREATE TABLE sopflow_later (id INTEGER);\nINSERT INTO sopflow_nowhere VALUES (1);\n")
        with pytest.raises(StoreError):
            tending.upgrade(url)
    assert tending.check(url) == before
    with monkeypatch.context() as patch:
        later(patch)
        tending.upgrade(url)  # the table is not there yet
        assert tending.check(url).number == 9000
    if isinstance(database, Postgres):
        database.drop(database.schemas.pop())


@stored
def test_a_step_whose_text_was_changed_is_noticed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store = database.make()
    store.close()
    url = database.urls[id(store)]
    assert main(["db", "check", url]) == 0
    last = schema.migrations(tending_dialect(url))[-1]
    changed = (
        *schema.migrations(tending_dialect(url))[:-1],
        schema.Migration(last.number, last.name, last.text + "-- x"),
    )
    monkeypatch.setattr(schema, "migrations", lambda _: changed)
    assert tending.check(url).changed == (last.number,)
    assert main(["db", "check", url]) == 1


@stored
def test_two_hosts_with_prefixes_of_their_own_share_one_database(database: Database) -> None:
    url = database.new_url()
    joint = "&" if "?" in url else "?shared=1&"
    stores: list[Any] = [open_store(f"{url}{joint}prefix={prefix}_") for prefix in ("one", "two")]
    keep(stores[0], sample.opened(), sample.after(sample.opened(), Verified()))
    keep(stores[1], sample.opened())
    assert [revision(store) for store in stores] == [2, 1]
    with closing(database.host(url)) as host:
        for store in stores:
            keep(store, sample.opened("case-2"), conn=host)
        host.commit()
    assert [revision(store, "case-2") for store in stores] == [1, 1]
    for store in stores:
        store.close()
    if isinstance(database, Postgres):
        database.drop(database.schemas.pop())


# --- on a server ---------------------------------------------------------------------------------------------------


def test_nothing_is_upgraded_unasked_on_a_server(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres.unused_url()
    open_store(url).close()
    later(monkeypatch)
    with pytest.raises(SchemaTooOld, match=r"lacks step 9000 \(later\); run: sopflow db upgrade"):
        open_store(url)
    with pytest.raises(SchemaTooOld):
        tending.create(url)
    assert [m.number for m in tending.check(url).pending] == [9000]
    open_store(f"{url}&upgrade=1").close()
    assert tending.check(url).pending == ()
    open_store(url).close()


def test_an_async_store_is_created_and_upgraded_alike(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres.unused_url()

    async def opened(url: str) -> None:
        await (await open_async_store(url)).close()

    asyncio.run(opened(url))
    with monkeypatch.context() as patch:
        later(patch, "INSERT INTO sopflow_nowhere VALUES (1);\n")
        with pytest.raises(SchemaTooOld, match="sopflow db upgrade"):
            asyncio.run(opened(url))
        with pytest.raises(StoreError):
            asyncio.run(opened(f"{url}&upgrade=1"))
    with monkeypatch.context() as patch:
        later(patch)
        asyncio.run(opened(f"{url}&upgrade=1"))
        assert tending.check(url).pending == ()
    with pytest.raises(SchemaTooNew):
        asyncio.run(opened(url))
    with closing(psycopg.connect(postgres.base, autocommit=True)) as conn:
        conn.execute(f"DROP TABLE {postgres.schemas[-1]}.sopflow_schema")
    with pytest.raises(ForeignDatabase):
        asyncio.run(opened(url))


def test_a_schema_that_a_file_lacks_is_brought_by_opening_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/cases.db"
    open_store(url).close()
    later(monkeypatch)
    open_store(url).close()
    assert tending.check(url).number == 9000


def test_somebody_elses_tables_are_left_alone(postgres: Postgres) -> None:
    url = postgres.unused_url()
    name = postgres.schemas[-1]
    with closing(psycopg.connect(postgres.base, autocommit=True)) as conn:
        conn.execute(f"CREATE SCHEMA {name}")
        conn.execute(f"CREATE TABLE {name}.sopflow_case (mine INTEGER)")
        with pytest.raises(
            ForeignDatabase, match=r"has a table sopflow_case that is not sopflow's; use another \?prefix="
        ):
            open_store(url)
        conn.execute(f"CREATE TABLE {name}.sopflow_schema (mine INTEGER)")
        with pytest.raises(ForeignDatabase):
            open_store(url)
    store: Any = open_store(f"{url}&prefix=ours_")
    keep(store, sample.opened())
    store.close()


def test_a_schema_may_have_the_name_of_a_word_of_sql(postgres: Postgres) -> None:
    database = f"sopflow_{secrets.token_hex(6)}"  # of its own: the names are not
    with closing(psycopg.connect(postgres.base, autocommit=True)) as conn:
        conn.execute(f"CREATE DATABASE {database}")
        try:
            url = urlsplit(postgres.base)._replace(path=f"/{database}").geturl()
            for name in ("user", "select", "_x"):
                store: Any = open_store(f"{url}{'&' if '?' in url else '?'}schema={name}&prefix=in_")
                keep(store, sample.opened())
                assert revision(store) == 1
                store.close()
        finally:
            conn.execute(f"DROP DATABASE {database} WITH (FORCE)")


# --- printed -------------------------------------------------------------------------------------------------------


def test_printed_sql_makes_the_schema_that_we_would_make(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{postgres.unused_url()}&prefix=dba_"
    assert main(["db", "sql", "--schema", postgres.schemas[-1], "--prefix", "dba_"]) == 0
    with closing(psycopg.connect(postgres.base)) as conn:
        conn.execute(capsys.readouterr().out)  # type: ignore[arg-type]
        conn.commit()
    assert tending.check(url).pending == () == tending.check(url).changed
    store: Any = open_store(url)
    keep(store, sample.opened())
    store.close()

    path = tmp_path / "dba.db"
    shutil.copy(FIRST, path)
    assert main(["db", "sql", "--dialect", "sqlite", "--from", "1"]) == 0
    with closing(sqlite3.connect(path)) as file:
        file.executescript(capsys.readouterr().out)
    assert tending.check(f"sqlite:///{path}").pending == ()


def test_printed_sql_is_one_statement_after_the_other_for_tools_that_take_them_singly() -> None:
    for database in DIALECTS:
        found = list(schema.plan(Dialect(database), ()))
        text = schema.script(database)
        assert all(statement in text for statement in found)
        triggers = [s for s in found if s.startswith("CREATE TRIGGER")]
        assert len(triggers) == text.count("CREATE TRIGGER") == 4
        assert sum(s.startswith("INSERT INTO sopflow_schema") for s in found) == len(schema.migrations(database))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dialect", "oracle"], "use one of"),
        (["--from", "77"], "use 0 or one of"),
        (["--schema", 'x"; DROP TABLE users; --'], "schema"),
        (["--prefix", "Sop_"], "prefix"),
        (["--prefix", ""], "prefix"),
        (["--prefix", "p" * 25], "prefix"),
        (["--schema", "s" * 64], "schema"),
        (["--dialect", "sqlite", "--schema", "s"], "use prefix="),
    ],
)
def test_what_cannot_be_printed_is_said(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "sql", *words]) == 2
    shown = capsys.readouterr()
    assert said in shown.err and shown.out == ""


# --- the command line ----------------------------------------------------------------------------------------------


@stored
def test_a_table_that_is_not_there_is_named(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    store = database.make()
    store.close()
    url = database.urls[id(store)]
    with closing(database.host(url)) as host:
        host.cursor().execute(f"DROP TABLE {database.host_table().replace('host_note', 'sopflow_register')}")
        host.commit()
    assert tending.check(url).missing == ("sopflow_register",)
    assert main(["db", "check", url]) == 1
    said = capsys.readouterr().out
    assert "table sopflow_register is not there" in said and "up to date" not in said


@stored
def test_create_upgrade_and_check_say_what_they_did(
    database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.unused_url() if isinstance(database, Postgres) else database.new_url()
    assert main(["db", "check", url]) == 2
    assert "has no schema yet" in capsys.readouterr().err
    assert main(["db", "create", url]) == 0
    assert "initial              applied now" in capsys.readouterr().out
    assert main(["db", "create", url]) == 0
    assert capsys.readouterr().out == "up to date\n"
    later(monkeypatch)
    assert main(["db", "check", url]) == 1
    assert "9000 later                missing" in capsys.readouterr().out
    assert main(["db", "upgrade", url]) == 0
    assert "9000 later                applied now" in capsys.readouterr().out
    assert main(["db", "check", url]) == 0
    assert "9000 later                applied 2" in capsys.readouterr().out
    if isinstance(database, Postgres):
        database.drop(database.schemas.pop())


def test_checking_a_file_that_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    assert main(["db", "check", f"sqlite:///{tmp_path}/none.db"]) == 2
    assert not list(tmp_path.iterdir())


def test_only_databases_with_a_schema_can_be_tended() -> None:
    with pytest.raises(BadInput, match="begins with one of sqlite:, postgresql:"):
        tending.check("memory:")
