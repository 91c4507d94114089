"""MariaDB: a schema is made and brought up to date, although each of its statements commits by itself."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sopflow import BadInput, cli
from sopflow.errors import ForeignDatabase, SchemaTooNew, SchemaTooOld, StoreError
from sopflow.stores import open_store
from sopflow.stores.sql import schema, tending
from sopflow.stores.sql.drivers.mysql_sync import PyMySQLTransaction

from .databases import MariaDB
from .in_mariadb import host, keep, run, there

OLD = Path(__file__).parents[1] / "data" / "schema_1.db"
STEPS = len(schema.migrations("mysql"))


@pytest.fixture
def place(mariadb: MariaDB) -> Iterator[str]:
    """Return the URL of a place where not even tables are."""
    yield mariadb.unused_url()
    mariadb.drop(*mariadb.prefixes)
    mariadb.prefixes.clear()


def prefix_of(url: str) -> str:
    return url.partition("prefix=")[2]


def shape(url: str) -> Any:
    """Return everything that the server says of our tables."""
    prefix = prefix_of(url)
    with host() as conn:
        tables = sorted(MariaDB.tables(prefix))
        said = [run(conn, f"SHOW CREATE TABLE {table}")[0][1] for table in tables]
        triggers = run(conn, f"SHOW TRIGGERS LIKE '{prefix}%'")
        steps = run(conn, f"SELECT version, name, digest FROM {prefix}schema ORDER BY version")
    return [text.replace(prefix, "") for text in said], sorted(row[0].replace(prefix, "") for row in triggers), steps


class Crash(BaseException):
    pass


def crashing(monkeypatch: pytest.MonkeyPatch, after: int) -> list[str]:
    """Have the program die after so many statements of a schema's; return what it has done by then."""
    done: list[str] = []
    works = PyMySQLTransaction.run

    def dies(self: Any, sql: str, params: Any) -> int:
        if len(done) == after:
            raise Crash
        result = works(self, sql, params)
        done.append(sql)
        return result

    monkeypatch.setattr(PyMySQLTransaction, "run", dies)
    return done


def test_a_creation_that_dies_after_any_statement_is_completed_by_the_next(
    mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = mariadb.unused_url()
    open_store(whole).close()
    wanted = shape(whole)
    count = sum(len(list(schema.statements(step.text))) for step in schema.migrations("mysql")) + 1
    try:
        for after in range(0, count, 3):
            url = mariadb.unused_url()
            with monkeypatch.context() as patch:
                crashing(patch, after)
                with pytest.raises(Crash):
                    open_store(url)
            store = open_store(url)  # as a program does that is started again: nobody has to mean it
            keep(store, "case-1")
            assert there(store)
            store.close()
            assert shape(url) == wanted, after
    finally:
        mariadb.drop(*mariadb.prefixes)
        mariadb.prefixes.clear()


def test_an_upgrade_that_dies_after_any_statement_loses_nothing_and_is_completed(
    mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = mariadb.unused_url()
    open_store(whole).close()
    wanted, contents = shape(whole), upgraded_sqlite()
    count = sum(len(list(schema.statements(step.text))) + 1 for step in schema.migrations("mysql")[1:])
    try:
        for after in range(0, count, 4):
            url = mariadb.unused_url()
            schema_1(url)
            with pytest.raises(SchemaTooOld, match="lacks step 2"):
                open_store(url)
            with monkeypatch.context() as patch:
                crashing(patch, after)
                with pytest.raises(Crash):
                    tending.upgrade(url)
            tending.upgrade(url)
            assert tending.check(url).pending == ()
            assert shape(url)[2] == wanted[2]
            assert derived(url) == contents
    finally:
        mariadb.drop(*mariadb.prefixes)
        mariadb.prefixes.clear()


DERIVED = (
    "SELECT id, sender, urgency FROM {}case ORDER BY id",
    "SELECT case_id, role, party, opened FROM {}party ORDER BY case_id, role, party",
    "SELECT case_id, id, wake, due FROM {}deadline ORDER BY case_id, id",
)


def derived(url: str) -> Any:
    with host() as conn:
        return [list(run(conn, text.format(prefix_of(url)))) for text in DERIVED]


def upgraded_sqlite() -> Any:
    """Return what the steps for SQLite make of the same contents."""
    with closing(sqlite3.connect(":memory:")) as conn:
        with closing(sqlite3.connect(OLD)) as old:
            conn.executescript("\n".join(old.iterdump()))
        for step in schema.migrations("sqlite")[1:]:
            conn.executescript(step.text)
        found = [conn.execute(text.format("sopflow_")).fetchall() for text in DERIVED]
        assert any(due for *_, due in found[2]) and all(sender for _, sender, _ in found[0])
        return found


def schema_1(url: str) -> None:
    """Make the first step only, with the contents of the file that its code has written."""
    prefix = prefix_of(url)
    first = schema.script("mysql", prefix=prefix)
    first = first[: first.index(f"CREATE TABLE {prefix}content")]
    (step, *_) = schema.migrations("mysql")
    with closing(sqlite3.connect(OLD)) as old, host() as conn:
        for text in re.split(r";\n", first):
            if text.strip():
                run(conn, text)
        for name in ("procedure", "case", "party", "journal", "side", "deadline", "outbox", "incident", "inbox"):
            cursor = old.execute(f"SELECT * FROM sopflow_{name}")
            columns = ", ".join(f"`{column}`" for column, *_ in cursor.description)
            with conn.cursor() as writing:
                for row in cursor:
                    marks = ", ".join(["%s"] * len(row))
                    writing.execute(f"INSERT INTO {prefix}{name} ({columns}) VALUES ({marks})", row)
        with conn.cursor() as writing:
            writing.execute(
                f"INSERT INTO {prefix}schema VALUES (%s, %s, %s, %s)",
                (1, step.name, "2026-01-01T00:00:00.000000Z", step.digest),
            )
        conn.commit()


def test_of_several_creators_at_once_one_creates_and_all_go_on(place: str) -> None:
    failures: list[BaseException] = []
    ready = threading.Barrier(6)

    def create(number: int) -> None:
        try:
            ready.wait()
            store = open_store(place)
            keep(store, f"case-{number}")
            store.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    store = open_store(place)
    assert all(there(store, f"case-{number}") for number in range(6))
    store.close()


def test_a_creator_that_is_busy_is_waited_for_and_then_named(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(schema.ALONE, "mysql", schema.ALONE["mysql"].replace("60", "1"))
    with host() as other:
        run(other, schema.ALONE["mysql"])
        with pytest.raises(StoreError, match="another program is busy with its schema"):
            open_store(place)
    open_store(place).close()


def test_the_lock_is_given_back_to_the_pool_with_its_connection(place: str) -> None:
    store = open_store(place)
    with host() as other:
        assert run(other, schema.ALONE["mysql"]) == ((1,),)
    store.close()


def test_the_printed_sql_makes_the_schema_that_we_make(
    place: str, mariadb: MariaDB, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["db", "sql", "--dialect", "mysql", "--prefix", prefix_of(place)]) == 0
    printed = capsys.readouterr().out
    with host() as conn:
        for text in re.split(r";\n", printed):
            if text.strip():
                run(conn, text)
        conn.commit()
    ours = mariadb.unused_url()
    open_store(ours).close()
    assert shape(place) == shape(ours)
    assert [standing.number for standing in (tending.check(place),)] == [STEPS]
    store = open_store(place)
    keep(store, "case-1")
    store.close()


def test_two_hosts_with_prefixes_of_their_own_share_a_database(mariadb: MariaDB, place: str) -> None:
    other = mariadb.unused_url()
    one, two = open_store(place), open_store(other)
    keep(one, "case-1")
    keep(two, "case-2")
    assert there(one) and not there(two) and there(two, "case-2")
    one.close()
    two.close()


def test_tables_that_are_not_ours_are_refused_and_left_alone(place: str) -> None:
    with host(autocommit=True) as conn:
        run(conn, f"CREATE TABLE {prefix_of(place)}case (mine INT)")
        with pytest.raises(ForeignDatabase, match="that is not sopflow's"):
            open_store(place)
        assert MariaDB.tables(prefix_of(place)) == [f"{prefix_of(place)}case"]


def test_a_newer_schema_is_refused_and_an_absent_one_is_named(place: str) -> None:
    with pytest.raises(ForeignDatabase, match="sopflow db create"):
        tending.check(place)
    assert tending.create(place).number == 0
    with host(autocommit=True) as conn:
        run(conn, f"INSERT INTO {prefix_of(place)}schema VALUES (99, 'future', 'x', 'x')")
    with pytest.raises(SchemaTooNew):
        open_store(place)


def test_an_index_serves_every_way_of_finding_and_leasing(place: str) -> None:
    """A page must not cost what the table holds."""
    store = open_store(place)
    prefix = prefix_of(place)
    with host() as conn:
        for text, index in (
            (f"SELECT id FROM {prefix}case c WHERE tenant = 't' AND (c.opened >= 'a' AND (c.opened > 'a' OR c.id > 'b'))"
             " ORDER BY c.opened, c.id LIMIT 10", "case_opened"),
            (f"SELECT id FROM {prefix}deadline WHERE tenant = 't' AND wake IS NOT NULL AND wake <= 'x' "
             "ORDER BY wake, case_id, id LIMIT 10 FOR UPDATE SKIP LOCKED", "deadline_wake"),
            (f"SELECT id FROM {prefix}outbox WHERE tenant = 't' AND ready IS NOT NULL AND ready <= 'x' "
             "ORDER BY ready, id LIMIT 10 FOR UPDATE SKIP LOCKED", "outbox_ready"),
        ):  # fmt: skip
            (row,) = run(conn, f"EXPLAIN {text}")
            assert index in str(row[5]) and "filesort" not in str(row), row
    store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://root@127.0.0.1", "name a database: mysql://"),
        ("mariadb://root@127.0.0.1/", "name a database: mariadb://"),
        ("mysql://root@127.0.0.1/test?schema=other", "database in the URL's path"),
        ("mysql://root@127.0.0.1/test?charset=latin1", "unknown option 'charset'"),
        ("mysql://root@127.0.0.1/test?prefix=A-b", "prefix"),
        ("mysql+asyncmy://root@127.0.0.1/test", "open it with open_async_store"),
    ],
)
def test_a_url_that_cannot_be_used_says_what_to_write(url: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as bad:
        open_store(url)
    assert "root" not in str(bad.value)
