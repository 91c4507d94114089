"""What the store in a SQLite file promises beyond the contract: durability settings, whose file it is, full disks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine

from sopflow.errors import (
    BadInput,
    CaseConflict,
    ForeignDatabase,
    SchemaTooNew,
    StoreContended,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from sopflow.events import Rejected, Verified
from sopflow.journal import verify
from sopflow.stores import open_store
from sopflow.stores.memory import MemoryStore
from sopflow.stores.sql.schema import migrations, newest
from sopflow.testing import _sample as sample

TENANT = sample.TENANT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.db"


@pytest.fixture
def store(path: Path) -> Iterator[Any]:
    opened = open_store(f"sqlite:///{path}")
    yield opened
    opened.close()


def ask(path: Path, sql: str) -> Any:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(sql).fetchone()[0]


def test_a_file_of_the_first_schema_gets_the_directory_and_keeps_its_messages(path: Path) -> None:
    conn = sqlite3.connect(path)
    conn.executescript(migrations("sqlite")[0].text)
    conn.execute("INSERT INTO sopflow_schema VALUES (1, 'initial', '2025-01-01T00:00:00+00:00')")
    conn.execute("PRAGMA foreign_keys = OFF")
    row = (
        "t",
        "m1",
        "c",
        "queued",
        "2025-01-01T00:00:00.000000Z",
        "2025-01-01T00:00:00.000000Z",
        0,
        "a@b.example",
        "Old",
        "Text",
    )
    doc = '{"channel":"email","contact":"d","language":"en","template":"order","thread":"m1","recipient_role":"r","sender_role":"s"}'
    columns = "tenant, id, case_id, status, send_after, ready, attempts, address, subject, body, doc"
    conn.execute(f"INSERT INTO sopflow_outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, doc))
    conn.execute("PRAGMA application_id = 0x534F5046")
    conn.commit()
    conn.close()
    store = open_store(f"sqlite:///{path}")
    with store.session(read=True) as session:
        ((message, status),) = session.outbox("t", "c")
        assert session.registered("t") == (0, "") and list(session.organisations("t")) == []
    store.close()
    assert (status, message.subject, message.body, message.html, message.data) == ("queued", "Old", "Text", "", "")
    assert ask(path, "SELECT MAX(version) FROM sopflow_schema") == migrations("sqlite")[-1].number


def keep(store: Any, *steps: Any, conn: Any = None) -> None:
    for step in steps:
        with store.session(conn) as session:
            session.commit(step)


def contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        return list(conn.iterdump())


# --- durability ----------------------------------------------------------------------------------------------------


def test_the_file_is_write_ahead_logged_and_every_commit_reaches_the_disk(store: Any, path: Path) -> None:
    assert ask(path, "PRAGMA journal_mode") == "wal"
    with store.session() as session:
        assert session.conn.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert session.conn.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_synchronous_normal_is_a_choice(path: Path) -> None:
    store = open_store(f"sqlite:///{path}?synchronous=normal")
    with store.session() as session:
        assert session.conn.execute("PRAGMA synchronous").fetchone() == (1,)
    store.close()


def test_the_schema_version_is_recorded(store: Any, path: Path) -> None:
    assert ask(path, "SELECT MAX(version) FROM sopflow_schema") == newest("sqlite")
    assert ask(path, "PRAGMA application_id").to_bytes(4) == b"SOPF"


def test_eight_programs_may_create_one_file_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: open_store(f"sqlite:///{path}"), range(8)))
    keep(stores[0], sample.opened())
    with stores[7].session(read=True) as session:
        assert session.load(TENANT, "case-1") is not None
    for store in stores:
        store.close()


def test_a_reader_does_not_wait_for_a_writer(store: Any) -> None:
    keep(store, sample.opened())
    with store.session() as writing:
        writing.commit(sample.after(sample.opened(), Verified()))
        with store.session(read=True) as reading:
            assert reading.load(TENANT, "case-1").case.revision == 1


# --- whose file ----------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_refused_untouched(path: Path) -> None:
    path.write_bytes(b"Dear Sir or Madam, " * 100)
    before = path.read_bytes()
    with pytest.raises(ForeignDatabase, match="not a SQLite database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def foreign(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE invoice (id INTEGER)")
        conn.execute("INSERT INTO invoice VALUES (1)")
        conn.commit()
    return path.read_bytes()


def test_somebody_elses_database_is_refused_untouched(path: Path) -> None:
    before = foreign(path)
    with pytest.raises(ForeignDatabase, match=r"\?shared=1"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_database_marked_by_another_program_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA application_id = 1234")
    with pytest.raises(ForeignDatabase):
        open_store(f"sqlite:///{path}")


def test_a_shared_database_holds_the_hosts_tables_and_ours(path: Path) -> None:
    foreign(path)
    for _ in range(2):
        store = open_store(f"sqlite:///{path}?shared=1")
        store.close()
    assert ask(path, "SELECT COUNT(*) FROM invoice") == 1
    assert ask(path, "PRAGMA application_id") == 0
    store = open_store(f"sqlite:///{path}")  # it is ours as well by now
    keep(store, sample.opened())
    store.close()


def test_a_newer_schema_is_refused_untouched(path: Path) -> None:
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("INSERT INTO sopflow_schema (version, name, applied) VALUES (9999, 'from the future', '2030')")
        conn.commit()
    before = path.read_bytes()
    with pytest.raises(SchemaTooNew, match="9999"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


# --- what can go wrong with the disk -------------------------------------------------------------------------------


def fill(store: Any, free: int) -> None:
    """Leave room for `free` further pages only, as a full disk does."""
    with store.session() as session:
        pages = session.conn.execute("PRAGMA page_count").fetchone()[0]
        session.conn.execute(f"PRAGMA max_page_count = {pages + free}")


@pytest.mark.parametrize("free", [0, 1, 5, 100])
def test_a_full_disk_leaves_case_and_file_as_before(store: Any, path: Path, free: int) -> None:
    first = sample.opened()
    keep(store, first)
    before = contents(path)
    fill(store, free)
    big = sample.after(first, Rejected(reason="x" * 1_000_000))
    with pytest.raises(StoreFull, match="no space left"):
        keep(store, big)
    assert contents(path) == before
    with store.session() as session:
        case = session.load(TENANT, "case-1").case
        assert verify(TENANT, "case-1", session.journal(TENANT, "case-1"), case) == ()
        session.conn.execute("PRAGMA max_page_count = 1000000")
    keep(store, big)


def test_a_full_disk_that_the_caller_swallows_commits_nothing(store: Any, path: Path) -> None:
    first = sample.opened()
    keep(store, first)
    before = contents(path)
    fill(store, 1)
    with pytest.raises(StoreError, match="begin another"), store.session() as session:  # noqa: PT012
        with pytest.raises(StoreFull):
            session.commit(sample.after(first, Rejected(reason="x" * 1_000_000)))
        with pytest.raises(StoreError):
            session.commit(sample.opened("case-2"))
    assert contents(path) == before


def test_a_file_that_may_only_be_read_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The administrator may write anywhere, so the file is opened for reading instead of its mode being changed."""
    open_store(f"sqlite:///{path}").close()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda p, **kw: connect(f"file:{p}?mode=ro", uri=True, **kw))
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreFull, match="cannot be opened for writing"):
        keep(store, sample.opened())
    store.close()


def test_a_missing_folder_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="folder does not exist; create it"):
        open_store(f"sqlite:///{tmp_path}/nowhere/cases.db")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="is a folder; name a file"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_file_that_a_full_disk_left_half_made_is_made_whole_with_the_next_opening(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not removed: another program may have opened it meanwhile, and would write into what is gone."""
    connect = sqlite3.connect

    def small(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        conn = connect(*args, **kwargs)
        conn.execute("PRAGMA max_page_count = 3")
        return conn

    with monkeypatch.context() as full:
        full.setattr(sqlite3, "connect", small)
        with pytest.raises(StoreFull, match="no space left"):
            open_store(f"sqlite:///{path}")
    assert path.exists()
    store = open_store(f"sqlite:///{path}")
    keep(store, sample.opened())
    store.close()


def test_a_closed_store_says_so(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    store.close()
    with pytest.raises(StoreError, match="closed; open a new one"), store.session():
        pass


def test_closing_lets_a_running_transaction_end(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    with store.session() as session:
        store.close()
        session.commit(sample.opened())
    assert ask(path, "SELECT COUNT(*) FROM sopflow_case") == 1


# --- what the database itself refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE sopflow_journal SET entry = '{}'",
        "UPDATE sopflow_journal SET hash = 'x' WHERE seq = 2",
        "DELETE FROM sopflow_journal WHERE seq = 2",
    ],
)
def test_the_journal_refuses_to_be_changed(store: Any, path: Path, sql: str) -> None:
    keep(store, *sample.ordered())
    with closing(sqlite3.connect(path)) as conn, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        conn.execute(sql)


def test_a_case_row_set_back_from_outside_is_noticed_on_commit(store: Any, path: Path) -> None:
    first, second = sample.ordered()
    keep(store, first, second)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("UPDATE sopflow_case SET revision = 1")
        conn.commit()
    with pytest.raises(StoreError, match="changed from outside"):
        keep(store, second)


def test_nothing_may_belong_to_a_case_that_does_not_exist(store: Any) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"), store.session() as session:
        session._c.run("INSERT INTO sopflow_side VALUES ('t', 'nobody', 1, x'', '{}')", {})


def test_work_is_found_by_an_index(store: Any) -> None:
    """What workers ask every few seconds costs what is due, not what is stored."""
    from sopflow.stores.sql import statements
    from sopflow.stores.sql.dialects import Dialect

    where = {"where": "tenant = :tenant AND status IN (:s0)"}
    asked = [statements.DUE, statements.CLAIMABLE, statements.LOAD, statements.INBOX.format(**where)]
    params = {"tenant": "t", "now": "", "limit": 1, "id": "i", "s0": "new"}
    with store.session() as session:
        for sql in asked:
            text = Dialect("sqlite").texts[sql]
            plan = [row[3] for row in session.conn.execute(f"EXPLAIN QUERY PLAN {text}", params)]
            assert not any(line.startswith("SCAN") for line in plan), (sql, plan)


# --- the host's connection -----------------------------------------------------------------------------------------


@pytest.fixture
def host(store: Any, path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=0.2)) as conn:
        conn.execute("CREATE TABLE host_note (text TEXT)")
        yield conn


@pytest.mark.parametrize("factory", [None, sqlite3.Row, lambda cursor, row: {"all": row}])
@pytest.mark.parametrize("level", ["", "IMMEDIATE", None])
def test_the_hosts_rows_and_ours_are_committed_or_undone_together(
    store: Any, host: sqlite3.Connection, factory: Any, level: Any
) -> None:
    host.row_factory = factory
    host.isolation_level = level
    for end, count in ((host.rollback, 0), (host.commit, 1)):
        if level is None:
            host.execute("BEGIN")
        host.execute("INSERT INTO host_note VALUES ('mine')")
        keep(store, *sample.ordered(), conn=host)
        with pytest.raises(CaseConflict):
            keep(store, sample.opened(), conn=host)
        host.execute("INSERT INTO host_note VALUES ('mine too')")
        end()
        assert host.row_factory is factory
        with store.session(read=True) as session:
            assert len(session.find(TENANT, _query())) == count
            assert session.conn.execute("SELECT COUNT(*) FROM host_note").fetchone()[0] == 2 * count


def _query() -> Any:
    from sopflow.ports import Query

    return Query()


def test_a_host_in_autocommit_must_begin_a_transaction_first(store: Any, host: sqlite3.Connection) -> None:
    host.isolation_level = None
    with pytest.raises(BadInput, match="in autocommit, outside a transaction"):
        keep(store, sample.opened(), conn=host)
    host.execute("BEGIN")
    keep(store, sample.opened(), conn=host)
    host.execute("COMMIT")
    with store.session(read=True) as session:
        assert session.load(TENANT, "case-1") is not None


def test_a_host_that_has_closed_its_connection_is_told_so(store: Any, host: sqlite3.Connection) -> None:
    host.close()
    with pytest.raises(BadInput, match="closed"):
        keep(store, sample.opened(), conn=host)


def test_a_part_that_raises_is_undone_alone(store: Any) -> None:
    with store.session() as session:
        session.commit(sample.opened())
        with pytest.raises(CaseConflict), session.part():  # noqa: PT012
            session.commit(sample.opened("case-2"))
            session.commit(sample.opened())
        with session.part():
            session.commit(sample.opened("case-3"))
        assert session.load(TENANT, "case-1") is not None
    with store.session(read=True) as session:
        found = [session.load(TENANT, id) is not None for id in ("case-1", "case-2", "case-3")]
    assert found == [True, False, True]


def test_what_the_host_begins_through_us_is_the_hosts_to_end(store: Any, host: sqlite3.Connection) -> None:
    assert not host.in_transaction
    keep(store, sample.opened(), conn=host)
    assert host.in_transaction
    host.rollback()
    keep(store, sample.opened())


def test_a_host_whose_view_is_outdated_is_told_to_begin_again(store: Any, host: sqlite3.Connection) -> None:
    host.execute("BEGIN")
    host.execute("SELECT COUNT(*) FROM sopflow_case").fetchone()
    keep(store, sample.opened("case-2"))
    with pytest.raises(StoreContended, match="another has written since your transaction began"):
        keep(store, sample.opened(), conn=host)
    host.rollback()
    keep(store, sample.opened(), conn=host)
    host.commit()


@pytest.mark.parametrize(
    ("kind", "convert"),
    [("TEXT", bytes.upper), ("TEXT", json.loads), ("INTEGER", lambda data: data.decode()), ("BLOB", lambda data: b"x")],
)
@pytest.mark.parametrize("library", ["sqlite3", "SQLAlchemy"])
def test_a_host_with_converters_for_our_values_is_refused(
    library: str, kind: str, convert: Any, store: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows would say that every case was tampered with."""
    keep(store, sample.opened())
    monkeypatch.setitem(sqlite3.converters, kind, convert)
    options = {"detect_types": sqlite3.PARSE_DECLTYPES}
    made = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args=options)
    with closing(sqlite3.connect(path, **options) if library == "sqlite3" else made.connect()) as conn:
        for read in (False, True):
            with pytest.raises(BadInput, match="detect_types"), store.session(conn, read=read):
                pass
        conn.rollback()
    with closing(sqlite3.connect(path)) as conn:  # it has none
        keep(store, sample.opened("case-2"), conn=conn)
        conn.commit()


def test_a_host_that_must_wait_for_a_writer_is_told_so(store: Any, host: sqlite3.Connection) -> None:
    with store.session(), pytest.raises(StoreContended, match="try again"):
        keep(store, sample.opened(), conn=host)
    keep(store, sample.opened(), conn=host)
    host.commit()


def test_a_connection_to_a_database_without_our_tables_is_refused(store: Any) -> None:
    elsewhere = sqlite3.connect(":memory:")
    with closing(elsewhere), pytest.raises(ForeignDatabase, match="lacks sopflow's tables"):
        keep(store, sample.opened(), conn=elsewhere)


def test_something_else_than_a_connection_is_refused(store: Any) -> None:
    with pytest.raises(BadInput, match="conn"), store.session(object()):
        pass
    with pytest.raises(BadInput, match="conn"), MemoryStore().session(object()):
        pass


def test_a_connection_that_returns_texts_as_bytes_is_as_good_as_another(store: Any, host: sqlite3.Connection) -> None:
    host.text_factory = bytes
    keep(store, *sample.ordered(), conn=host)
    with store.session(host) as session:
        assert session.load(TENANT, "case-1").case.revision == 2
        assert session.conn.execute("SELECT 'x'").fetchone() == (b"x",)
    host.rollback()
