"""The contract rejects stores of a database that misuse the host's transaction, forget when they are closed, or see no fault."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest

from sopflow.stores import open_store
from sopflow.testing import ContractBroken, StoreContract


class OfDatabase:
    """A sound database store, for a subclass to break."""

    blocking = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.inner = open_store(f"sqlite:///{path}")
        self.capabilities = self.inner.capabilities

    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with self.inner.session(conn, read=read) as session:
            yield session

    def close(self) -> None:
        self.inner.close()


class CommitsForTheHost(OfDatabase):
    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with self.inner.session(conn, read=read) as session:
            yield session
        if conn is not None:
            conn.commit()


class ClosesTheHost(OfDatabase):
    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with self.inner.session(conn, read=read) as session:
            yield session
        if conn is not None:
            conn.close()


class RollsTheHostBack(OfDatabase):
    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        try:
            with self.inner.session(conn, read=read) as session:
                yield session
        except BaseException:
            if conn is not None:
                conn.rollback()
            raise


class IgnoresTheHost(OfDatabase):
    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with self.inner.session(None, read=read) as session:
            yield session


class UndoesItsSavepoint(OfDatabase):
    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with suppress(Undone), self.inner.session(conn, read=read) as session:
            yield session
            if conn is not None and not read:
                raise Undone


class Undone(Exception):
    pass


class NoPartsWithTheHost(OfDatabase):
    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with self.inner.session(conn, read=read) as session:
            if conn is not None:
                session.part = nullcontext
            yield session


class FindsNothingMisplaced(OfDatabase):
    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with self.inner.session(conn, read=read) as session:
            session.misplaced = lambda case, until: []
            yield session


class TakesLeasesForFaults(OfDatabase):
    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with self.inner.session(conn, read=read) as session:
            whole = session.misplaced
            session.misplaced = lambda case, until: whole(case, case.opened)
            yield session


FAULTS = [
    (CommitsForTheHost, "the_hosts_rollback_leaves_nothing", "it committed by itself"),
    (IgnoresTheHost, "the_hosts_rollback_leaves_nothing", "it committed by itself"),
    (ClosesTheHost, "the_hosts_connection_is_neither_ended_nor_closed", "closed database"),
    (RollsTheHostBack, "a_caught_error_leaves_the_hosts_transaction_usable", "lost the host's earlier work"),
    (UndoesItsSavepoint, "the_hosts_commit_keeps_everything", "shows revision 1"),
    (NoPartsWithTheHost, "parts_work_inside_the_hosts_transaction", "keeps what was done in a part that raised"),
    (FindsNothingMisplaced, "what_a_case_is_not_found_by_is_said", "does not name state"),
    (TakesLeasesForFaults, "what_a_case_is_found_by_is_as_it_says", "says while clocks are leased"),
]


@pytest.mark.parametrize(("kind", "check", "words"), FAULTS)
def test_a_store_of_a_database_with_a_fault_is_rejected(
    kind: type[OfDatabase], check: str, words: str, tmp_path: Path
) -> None:
    made: list[OfDatabase] = []

    def make() -> OfDatabase:
        made.append(kind(tmp_path / f"{len(made)}.db"))
        return made[-1]

    def connect(store: OfDatabase) -> sqlite3.Connection:
        return sqlite3.connect(store.path)

    with pytest.raises(ContractBroken) as broken:
        StoreContract(make, connect=connect).run(check)
    assert broken.value.check == check
    assert words in str(broken.value)


def forgets(store: OfDatabase, path: Path) -> Path:
    return path.with_suffix(".other")


def tidies_up(store: OfDatabase, path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sopflow_outbox SET status = 'queued', ready = send_after WHERE status <> 'queued'")
    return path


REOPENED = [
    (forgets, "everything_is_there_after_reopening", "lost or changed something while it was closed"),
    (tidies_up, "opening_again_migrates_nothing", "changed something by being opened again"),
]


@pytest.mark.parametrize(("fault", "check", "words"), REOPENED)
def test_a_store_that_is_another_after_reopening_is_rejected(
    fault: Any, check: str, words: str, tmp_path: Path
) -> None:
    made: list[OfDatabase] = []

    def make() -> OfDatabase:
        made.append(OfDatabase(tmp_path / f"{len(made)}.db"))
        return made[-1]

    def reopen(store: OfDatabase) -> OfDatabase:
        return OfDatabase(fault(store, store.path))

    with pytest.raises(ContractBroken) as broken:
        StoreContract(make, reopen=reopen).run(check)
    assert broken.value.check == check
    assert words in str(broken.value)
