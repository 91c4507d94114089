"""Joining SQLAlchemy: what is its own. The story that all hosts share is told in test_joining.

The same tests run with the other version of SQLAlchemy in test_joining_versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import String, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker

from sopflow import (
    Apply,
    BadInput,
    CaseConflict,
    HookFailed,
    Runner,
    Verified,
    catalogue,
)
from sopflow.errors import ForeignDatabase, StoreUnreachable
from sopflow.stores.sql.connection import Duplicate
from sopflow.stores.sql.drivers import join_sync

from .databases import DATABASES
from .host_libraries import engine, host_table
from .test_joining import OFFICER, RULES, notice

BLOCKING = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mariadb": "mysql+pymysql"}


def tickets(table: str) -> Any:
    """Return a class of the host's for a table: its name, after that of its schema where it has one."""
    schema, _, name = table.replace('"', "").rpartition(".")

    class Base(DeclarativeBase):
        pass

    class Ticket(Base):
        __tablename__ = name
        __table_args__ = {"schema": schema or None}  # noqa: RUF012
        id: Mapped[int] = mapped_column(primary_key=True)
        case: Mapped[str] = mapped_column(String(20))

    return Ticket


@pytest.fixture(params=BLOCKING)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A store, and a host's engine beside it."""
    if request.param not in DATABASES:
        pytest.skip("mysql dialect")
    with placed(request.param, tmp_path) as made:
        yield made


class Place:
    def __init__(self, name: str, folder: Path) -> None:
        self.database = DATABASES[name](folder)
        self.store = self.database.make()
        self.runner = Runner(store=self.store, procedures=[catalogue.find(RULES)], acting_as={"authority"})
        self.url = self.database.urls[id(self.store)]
        self.driver = BLOCKING[name]
        self.name = name
        self.engine = self.new_engine()
        self.table = host_table(self.database)
        self.ticket = tickets(self.table)
        self.ticket.metadata.create_all(self.engine)

    def new_engine(self, **options: Any) -> Any:
        return engine(self.database, self.url, self.driver, **options)

    def open(self, conn: Any, id: str = "case-1") -> Any:
        return self.runner.open(RULES, notice(), by=OFFICER, case_id=id, conn=conn)

    def cases(self) -> list[str]:
        return sorted(case.id for case in self.runner.find())

    def tickets(self) -> int:
        with self.engine.connect() as conn:
            return int(conn.scalar(text(f"SELECT COUNT(*) FROM {self.table}")))


@contextmanager
def placed(name: str, folder: Path) -> Iterator[Place]:
    made = Place(name, folder)
    try:
        yield made
    finally:
        made.ticket.metadata.drop_all(made.engine)
        made.runner.close()
        made.database.clean()


# --- one transaction ---------------------------------------------------------------------------------------------------


def test_objects_of_the_hosts_and_our_step_are_committed_or_undone_together(place: Place) -> None:
    for how, there in (("rollback", 0), ("commit", 1)):
        with Session(place.engine) as session:
            session.add(place.ticket(id=1, case="case-1"))
            session.flush()
            case = place.open(session)
            session.get_one(place.ticket, 1).case = case.id
            assert (place.cases() if place.database.server else []) == []
            getattr(session, how)()
        assert len(place.cases()) == place.tickets() == there


def test_pending_objects_are_the_hosts_to_flush(place: Place) -> None:
    with Session(place.engine) as session:
        ticket = place.ticket(id=1, case="case-1")
        session.add(ticket)
        place.open(session)
        assert ticket in session.new
        session.commit()
    assert (place.cases(), place.tickets()) == (["case-1"], 1)


@pytest.mark.parametrize("kind", ["connection", "session"])
def test_our_step_alone_waits_for_the_hosts_commit(place: Place, kind: str) -> None:
    """pysqlite has begun no transaction yet: a savepoint outside of one would be committed when it is released."""
    with place.engine.connect() if kind == "connection" else Session(place.engine) as host:
        place.open(host, "case-1")
        assert host.in_transaction(), "SQLAlchemy does not know of it, and its commit would commit nothing"
        host.rollback()
        assert place.cases() == []
        place.open(host, "case-2")
        host.commit()
    assert place.cases() == ["case-2"]


def test_a_block_that_begins_and_ends_the_transaction_is_joined(place: Place) -> None:
    with place.engine.begin() as conn:
        place.open(conn, "case-1")
    with suppress(ZeroDivisionError), place.engine.begin() as conn:
        place.open(conn, "case-2")
        raise ZeroDivisionError
    with Session(place.engine) as session, session.begin():
        place.open(session, "case-3")
        with suppress(ZeroDivisionError), session.begin_nested():
            place.open(session, "case-4")
            raise ZeroDivisionError
        with session.begin_nested():
            place.open(session, "case-5")
    assert place.cases() == ["case-1", "case-3", "case-5"]


def test_sessions_of_factories_registries_and_subclasses_are_sessions(place: Place) -> None:
    class Mine(Session):
        pass

    registry = scoped_session(sessionmaker(place.engine))
    for number, session in enumerate((registry, Mine(place.engine), sessionmaker(place.engine, class_=Mine)())):
        place.open(session, f"case-{number}")
        session.commit()
        session.close()
    registry.remove()
    assert place.cases() == ["case-0", "case-1", "case-2"]


def test_sqlite_with_the_transactions_that_its_documentation_recommends(tmp_path: Path) -> None:
    """The recipe: the driver begins nothing, and an event of SQLAlchemy's sends BEGIN."""
    with placed("sqlite", tmp_path) as place:

        @event.listens_for(place.engine, "connect")
        def _(driver: Any, _: Any) -> None:
            driver.isolation_level = None

        @event.listens_for(place.engine, "begin")
        def _(conn: Any) -> None:
            conn.exec_driver_sql("BEGIN")

        for how, there in (("rollback", []), ("commit", ["case-1"])):
            with place.engine.connect() as conn:
                place.open(conn)
                with pytest.raises(CaseConflict):
                    place.open(conn)
                getattr(conn, how)()
            assert place.cases() == there


def test_batches_join_and_items_fail_alone(place: Place) -> None:
    with Session(place.engine) as session:
        place.open(session)
        results = place.runner.apply_many(
            [Apply("case-1", Verified(by=OFFICER)), Apply("case-9", Verified(by=OFFICER))], conn=session
        )
        session.commit()
    assert [result.error is None for result in results] == [True, False]
    assert place.runner.verify("case-1").seq == 2


# --- the host's things are left alone -------------------------------------------------------------------------------------


def test_nothing_runs_on_the_connection_but_savepoints_and_our_statements(place: Place) -> None:
    with place.engine.connect() as conn:
        conn.execute(text("SELECT 1"))
        level, options = conn.get_isolation_level(), dict(conn.get_execution_options())
        ran: list[str] = []
        event.listen(conn, "before_cursor_execute", lambda *args: ran.append(args[2]))
        ended: list[str] = []
        for name in ("commit", "rollback", "engine_connect"):
            event.listen(conn, name, lambda *args, name=name: ended.append(name))
        place.open(conn)
        asks = "SELECT CAST("  # whether the driver gives back what it is given
        own = [sql for sql in ran if "sopflow_" not in sql and not sql.startswith(asks)]
        assert own in ([], ["BEGIN IMMEDIATE"])
        assert ended == []
        assert (conn.get_isolation_level(), dict(conn.get_execution_options())) == (level, options)
        assert not conn.closed and conn.info.get("sopflow_savepoints", 0) == 0


def test_the_hosts_execution_options_do_not_change_our_statements(place: Place) -> None:
    with place.engine.connect().execution_options(stream_results=True, no_parameters=True, yield_per=1) as conn:
        place.open(conn)
        place.runner.apply("case-1", Verified(by=OFFICER), conn=conn)
        conn.commit()
    assert place.runner.verify("case-1").seq == 2


def test_a_participant_gets_the_connection_and_its_rows_go_with_the_step(place: Place) -> None:
    seen: list[Any] = []

    def participant(step: Any, conn: Any) -> None:
        seen.append(conn)
        conn.execute(text(f"INSERT INTO {place.table} VALUES ({len(seen)}, '{step.case.id}')"))
        if step.case.id == "case-2":
            raise ValueError("no")

    runner = Runner(
        store=place.store, procedures=[catalogue.find(RULES)], acting_as={"authority"}, participants=[participant]
    )
    with Session(place.engine) as session:
        runner.open(RULES, notice(), by=OFFICER, case_id="case-1", conn=session)
        with pytest.raises(HookFailed):
            runner.open(RULES, notice(), by=OFFICER, case_id="case-2", conn=session)
        assert seen == [session.connection()] * 2
        session.commit()
    assert (place.cases(), place.tickets()) == (["case-1"], 1)


@pytest.mark.parametrize("how", ["commit", "rollback", "close"])
def test_a_participant_that_ends_the_hosts_transaction_is_found_out(place: Place, how: str) -> None:
    def participant(step: Any, conn: Any) -> None:
        if step.case.id == "case-2":
            getattr(conn, how)()

    runner = Runner(
        store=place.store, procedures=[catalogue.find(RULES)], acting_as={"authority"}, participants=[participant]
    )
    with place.engine.connect() as conn:
        runner.open(RULES, notice(), by=OFFICER, case_id="case-1", conn=conn)
        with pytest.raises(OSError, match="ended by somebody else|lost"):
            runner.open(RULES, notice(), by=OFFICER, case_id="case-2", conn=conn)
        assert how == "close" or not conn.in_transaction(), "something of ours is in another transaction"
    assert place.cases() == (["case-1", "case-2"] if how == "commit" else [])


def test_a_second_row_with_one_key_is_told_from_other_errors(place: Place) -> None:
    with place.engine.connect() as conn:
        connection = join_sync(conn, place.store._driver.dialect, False)
        insert = "INSERT INTO sopflow_procedure (digest, document) VALUES (:digest, :document)"
        assert connection.run(insert, {"digest": "d", "document": "100% :x"}) == 1
        with pytest.raises(Duplicate, match="key is there already"):
            connection.run(insert, {"digest": "d", "document": "2"})
        with pytest.raises(OSError, match="has failed and is undone"):
            connection.rows("SELECT document FROM sopflow_procedure", {})
        connection.end(False)
        connection = join_sync(conn, place.store._driver.dialect, False)
        assert [tuple(row) for row in connection.rows("SELECT document FROM sopflow_procedure", {})] == []
        connection.end(True)


# --- what cannot be joined ------------------------------------------------------------------------------------------------


def test_autocommit_is_refused_however_it_was_chosen(place: Place) -> None:
    for own in (
        place.new_engine(isolation_level="AUTOCOMMIT"),
        place.engine.execution_options(isolation_level="AUTOCOMMIT"),
    ):
        with own.connect() as conn, pytest.raises(BadInput, match="conn: .*AUTOCOMMIT.* another isolation level"):
            place.open(conn)
        with Session(own) as session, pytest.raises(BadInput, match="AUTOCOMMIT"):
            place.open(session)
    with place.engine.connect() as conn:
        conn = conn.execution_options(isolation_level="AUTOCOMMIT")
        with pytest.raises(BadInput, match="AUTOCOMMIT"):
            place.open(conn)
    assert place.cases() == []


def test_another_isolation_level_is_joined(place: Place) -> None:
    with place.new_engine(isolation_level="SERIALIZABLE").connect() as conn:
        place.open(conn)
        assert conn.get_isolation_level() == "SERIALIZABLE"
        conn.commit()
    assert place.cases() == ["case-1"]


def test_a_closed_connection_is_refused(place: Place) -> None:
    conn = place.engine.connect()
    conn.close()
    with pytest.raises(BadInput, match="conn: 'closed'|conn: .*closed"):
        place.open(conn)
    with place.engine.connect() as conn:
        conn.invalidate()
        with pytest.raises(BadInput, match="closed"):
            place.open(conn)


def test_a_session_whose_flush_failed_is_refused_until_it_is_rolled_back(place: Place) -> None:
    with Session(place.engine) as session:
        session.add(place.ticket(id=1, case="a"))
        session.commit()
    with Session(place.engine) as session:
        session.add(place.ticket(id=1, case="b"))
        with pytest.raises(IntegrityError):
            session.flush()
        with pytest.raises(BadInput, match="conn: .*failed transaction.* roll it back"):
            place.open(session)
        session.rollback()
        place.open(session)
        session.commit()
    assert place.cases() == ["case-1"]


def test_a_nested_transaction_that_is_over_is_no_hindrance(place: Place) -> None:
    with place.engine.connect() as conn:
        outer = conn.begin()
        nested = conn.begin_nested()
        nested.rollback()
        place.open(conn, "case-1")  # it is over, and the outer one stands
        outer.rollback()
        with suppress(ZeroDivisionError), conn.begin():
            place.open(conn, "case-2")
            raise ZeroDivisionError
    assert place.cases() == []


def test_a_block_whose_transaction_is_over_is_refused(place: Place) -> None:
    with place.engine.begin() as conn:
        conn.rollback()
        with pytest.raises(BadInput, match="conn: "):
            place.open(conn)
    with Session(place.engine) as session, session.begin():
        session.rollback()
        with pytest.raises(BadInput, match="conn: "):
            place.open(session)
    assert place.cases() == []


def test_a_transaction_that_the_server_has_failed_is_refused(tmp_path: Path) -> None:
    with placed("postgresql", tmp_path) as place, place.engine.connect() as conn:
        with pytest.raises(Exception, match="no_such_table"):
            conn.execute(text("SELECT * FROM no_such_table"))
        with pytest.raises(BadInput, match="conn: .*failed transaction.* roll it back"):
            place.open(conn)
        conn.rollback()
        place.open(conn)
        conn.commit()
        assert place.cases() == ["case-1"]


def test_a_connection_killed_under_the_host_is_a_store_error(tmp_path: Path) -> None:
    with placed("postgresql", tmp_path) as place, place.engine.connect() as conn, place.engine.connect() as other:
        killed = conn.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text(f"SELECT pg_terminate_backend({killed})"))
        with pytest.raises(StoreUnreachable, match="lost"):
            place.open(conn)
        with pytest.raises(BadInput, match="closed"):
            place.open(conn)


def test_a_session_of_no_single_engine_and_an_engine_are_refused_with_a_remedy(place: Place) -> None:
    with Session() as session, pytest.raises(BadInput, match=r"conn: .*bound to no .*session\.connection"):
        place.open(session)
    with pytest.raises(BadInput, match=r"conn: .*Engine.* hand in the host's .*sqlalchemy\.Session"):
        place.open(place.engine)


def test_another_database_is_refused(tmp_path: Path) -> None:
    with placed("sqlite", tmp_path) as ours, placed("postgresql", tmp_path) as other:
        for place, theirs in ((ours, other), (other, ours)):
            with theirs.engine.connect() as conn, pytest.raises(BadInput, match=f"to {theirs.name}.* in {place.name}"):
                place.open(conn)


def test_a_host_without_our_tables_is_told_how_to_make_them(tmp_path: Path) -> None:
    other = engine(None, f"sqlite:///{tmp_path}/other.db", "sqlite")
    missing = pytest.raises(ForeignDatabase, match="lacks sopflow's tables")
    with placed("sqlite", tmp_path) as place, other.connect() as conn, missing:
        place.open(conn)


def test_what_cannot_be_stored_is_named_and_not_quoted(tmp_path: Path) -> None:
    with placed("postgresql", tmp_path) as place, place.engine.connect() as conn:
        with pytest.raises(BadInput, match=r"U\+0000") as caught:
            place.runner.open(RULES, notice(), by=OFFICER, command_id="secret\0", conn=conn)
        assert "secret" not in f"{caught.value}{caught.value.__cause__}"
        place.open(conn)
        conn.commit()
        assert place.cases() == ["case-1"]
