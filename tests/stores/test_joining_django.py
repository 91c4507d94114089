"""Joining Django: what is its own. The story that all hosts share is told in test_joining."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sopflow import Apply, BadInput, CaseConflict, HookFailed, Runner, Verified, catalogue
from sopflow.stores.sql.connection import Duplicate
from sopflow.stores.sql.drivers import join_sync

from .databases import DATABASES
from .host_libraries import DjangoHost, django_db, django_postgres, django_sqlite
from .test_joining import OFFICER, RULES, notice

CONNECT = {"sqlite": django_sqlite, "postgresql": django_postgres}


class Place:
    """A store, and Django on the same database."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.database = DATABASES[name](folder)
        self.store = self.database.make()
        self.runner = self.new_runner()
        self.host: DjangoHost = CONNECT[name](self.database, self.database.urls[id(self.store)])
        self.host.leave(None)  # each test enters atomic() itself
        self.given = f"django:{self.host.alias}"
        self.table = f'"{self.database.schemas[-1]}".host_note' if name == "postgresql" else "host_note"
        self.run(f"CREATE TABLE {self.table} (text VARCHAR(20))")

    def new_runner(self, **options: Any) -> Runner:
        return Runner(store=self.store, procedures=[catalogue.find(RULES)], acting_as={"authority"}, **options)

    @property
    def conn(self) -> Any:
        return self.host.conn

    def atomic(self, **options: Any) -> Any:
        return self.host.db.transaction.atomic(using=self.host.alias, **options)

    def run(self, sql: str) -> None:
        with self.conn.cursor() as cursor:
            cursor.execute(sql)

    def open(self, conn: Any = None, id: str = "case-1", runner: Runner | None = None) -> Any:
        used = runner or self.runner
        return used.open(RULES, notice(), by=OFFICER, case_id=id, conn=self.given if conn is None else conn)

    def cases(self) -> list[str]:
        return sorted(case.id for case in self.runner.find())

    def notes(self) -> int:
        with self.conn.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {self.table}")
            return int(cursor.fetchone()[0])

    def end(self) -> None:
        self.run(f"DROP TABLE {self.table}")
        self.host.enter()
        self.host.close()
        self.runner.close()
        self.database.clean()


@pytest.fixture(params=CONNECT)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    made = Place(request.param, tmp_path)
    yield made
    made.end()


def test_objects_of_the_hosts_and_our_step_are_committed_or_undone_together(place: Place) -> None:
    note = model(place)
    for fails, there in ((True, 0), (False, 1)):
        try:
            with place.atomic():
                note.objects.using(place.host.alias).create(text="100%")
                place.open()
                place.runner.apply("case-1", Verified(by=OFFICER), conn=place.given)
                if fails:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            assert fails
        assert (len(place.cases()), place.notes()) == (there, there)


def test_the_proxy_of_the_default_connection_is_that_connection(place: Place) -> None:
    from django.utils.connection import ConnectionProxy

    with place.atomic():
        place.open(ConnectionProxy(place.host.db.connections, place.host.alias))
    assert place.cases() == ["case-1"]


def test_caught_errors_of_ours_do_not_mark_the_hosts_transaction_for_rollback(place: Place) -> None:
    with place.atomic():
        place.open()
        for _ in range(2):
            with pytest.raises(CaseConflict):
                place.open()
            assert not place.conn.needs_rollback
        results = place.runner.apply_many(
            [Apply("case-9", Verified(by=OFFICER)), Apply("case-1", Verified(by=OFFICER))], conn=place.given
        )
        assert [result.error is None for result in results] == [False, True]
        place.run(f"INSERT INTO {place.table} VALUES ('after')")
    assert (place.cases(), place.notes()) == (["case-1"], 1)


def test_callbacks_on_commit_run_for_steps_that_stand_and_for_no_others(place: Place) -> None:
    called: list[str] = []

    def participant(step: Any, conn: Any) -> None:
        assert conn is place.conn
        place.host.db.transaction.on_commit(lambda: called.append(step.case.id), using=conn.alias)
        if step.case.id == "case-1":
            raise ValueError("no")

    runner = place.new_runner(participants=[participant])
    with place.atomic():
        with pytest.raises(HookFailed):
            place.open(id="case-1", runner=runner)
        case = place.open(id="case-2", runner=runner)
        place.host.db.transaction.on_commit(lambda: runner.committed(case), using=place.host.alias)
        assert called == []
    assert called == place.cases() == ["case-2"]


def test_a_participant_that_breaks_a_block_of_its_own_undoes_its_step_alone(place: Place) -> None:
    def participant(step: Any, conn: Any) -> None:
        if step.case.id == "case-1":
            with pytest.raises(ZeroDivisionError), place.atomic(savepoint=False):
                raise ZeroDivisionError

    runner = place.new_runner(participants=[participant])
    with place.atomic():
        place.run(f"INSERT INTO {place.table} VALUES ('before')")
        with pytest.raises(OSError, match="has failed and is undone"):
            place.open(id="case-1", runner=runner)
        assert not place.conn.needs_rollback
        place.open(id="case-2", runner=runner)
    assert (place.cases(), place.notes()) == (["case-2"], 1)


def test_nested_blocks_of_the_hosts_keep_their_meaning(place: Place) -> None:
    with place.atomic():
        with pytest.raises(ZeroDivisionError), place.atomic():
            fail_after(lambda: place.open(id="case-1"))
        with place.atomic():
            place.open(id="case-2")
    assert place.cases() == ["case-2"]


def fail_after(work: Any) -> None:
    work()
    raise ZeroDivisionError


def test_a_second_row_with_one_key_is_told_from_other_errors(place: Place) -> None:
    with place.atomic():
        connection = join_sync(place.given, place.store._driver.dialect, False)
        insert = "INSERT INTO sopflow_procedure (digest, document) VALUES (:digest, :document)"
        assert connection.run(insert, {"digest": "d", "document": "100% :x"}) == 1
        with pytest.raises(Duplicate, match="key is there already"):
            connection.run(insert, {"digest": "d", "document": "2"})
        with pytest.raises(OSError, match="has failed and is undone"):
            connection.rows("SELECT document FROM sopflow_procedure", {})
        connection.end(False)
        connection = join_sync(place.given, place.store._driver.dialect, False)
        assert [tuple(row) for row in connection.rows("SELECT document FROM sopflow_procedure", {})] == []
        connection.end(True)


def test_outside_atomic_is_refused(place: Place) -> None:
    for given in (place.given, place.conn):
        with pytest.raises(BadInput, match=r"conn: .*outside transaction\.atomic\(\).* call this inside it"):
            place.open(given)
    place.conn.set_autocommit(False)
    with pytest.raises(BadInput, match="outside transaction.atomic"):
        place.open()
    place.conn.set_autocommit(True)
    assert place.cases() == []


def test_a_transaction_marked_for_rollback_is_refused(place: Place) -> None:
    with place.atomic():
        place.conn.set_rollback(True)
        with pytest.raises(BadInput, match="conn: .*failed transaction.* roll it back"):
            place.open()
        assert place.conn.needs_rollback
    with place.atomic():
        place.open()
    assert place.cases() == ["case-1"]


def test_a_transaction_that_the_server_has_failed_is_refused(tmp_path: Path) -> None:
    place = Place("postgresql", tmp_path)
    with suppress(django_db().Error), place.atomic():
        with pytest.raises(django_db().Error):
            place.run("SELECT * FROM no_such_table")
        with pytest.raises(BadInput, match="failed transaction"):
            place.open()
    assert place.cases() == []
    place.end()


def test_a_closed_connection_is_refused(place: Place) -> None:
    with place.atomic():
        place.conn.close()
        with pytest.raises(BadInput, match="conn: .*closed"):
            place.open()
    assert place.cases() == []


def test_another_threads_connection_is_refused(place: Place) -> None:
    found: list[str] = []

    def work(given: Any) -> None:
        try:
            place.open(given)
        except BadInput as error:
            found.append(str(error))

    with place.atomic():
        for given in (place.given, place.conn):
            thread = threading.Thread(target=work, args=[given])
            thread.start()
            thread.join()
    assert len(found) == 2 and "in its thread" in found[0] and "of another thread" in found[1]
    assert place.cases() == []


def test_unknown_aliases_and_other_texts_are_refused_and_not_repeated(place: Place) -> None:
    with pytest.raises(BadInput, match=rf"conn: 'django:nowhere'.* use one of .*{place.given}"):
        place.open("django:nowhere")
    with pytest.raises(BadInput, match="conn: 'builtins.str'") as caught:
        place.open("postgresql://user:secret@host/db")
    assert "secret" not in str(caught.value)


def test_another_database_is_refused(tmp_path: Path) -> None:
    ours, other = Place("sqlite", tmp_path), Place("postgresql", tmp_path)
    for place, theirs in ((ours, other), (other, ours)):
        with theirs.atomic(), pytest.raises(BadInput, match=f"to {theirs.name}.* in {place.name}"):
            place.open(theirs.given)
    ours.end()
    other.end()


def test_sqlite_that_has_ended_the_transaction_gets_no_more_of_ours(tmp_path: Path) -> None:
    """As after a full disk: each statement would now be committed by itself."""

    def participant(step: Any, conn: Any) -> None:
        assert isinstance(conn.connection, sqlite3.Connection)
        conn.connection.execute("ROLLBACK")

    place = Place("sqlite", tmp_path)
    runner = place.new_runner(participants=[participant])
    with place.atomic():
        with pytest.raises(OSError, match="has failed and is undone"):
            place.open(runner=runner)
        assert place.conn.needs_rollback, "the host would take its rows for committed"
    assert place.cases() == []
    place.end()


def model(place: Place) -> Any:
    """Return a model of the host's for its table."""
    from django.db import models

    class Note(models.Model):
        text = models.CharField(max_length=20, primary_key=True)

        class Meta:
            app_label = f"host_{place.host.alias}"
            db_table = place.table.replace(".host_note", '."host_note"')

    return Note
