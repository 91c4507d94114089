"""What the store on PostgreSQL promises beyond the contract: whose connection it is, and what may go wrong there."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row, namedtuple_row
from psycopg.types.string import StrDumper

from sopflow import (
    Acknowledged,
    Actor,
    Apply,
    Approved,
    AsyncRunner,
    BadInput,
    CaseConflict,
    EffectGiven,
    ForeignDatabase,
    HookFailed,
    Issued,
    NotAllowed,
    Notice,
    PointOfContact,
    Provider,
    Runner,
    StaticDirectory,
    StoreContended,
    StoreDirectory,
    StoreError,
    StoreFull,
    StoreUnreachable,
    Verified,
    catalogue,
)
from sopflow.compose import TextRenderer
from sopflow.ports import Inbound
from sopflow.rules import STAY, Basis, Guard, Source, Transition
from sopflow.stores import open_async_store, open_store
from sopflow.stores.sql.connection import Waited
from sopflow.stores.sql.drivers._postgresql import translated
from sopflow.testing import _sample as sample

from .databases import Postgres
from .host_libraries import engine

TENANT = sample.TENANT
OFFICER = Actor("officer", {"authority"}, "ministry")
SIGNER = Actor("signer", {"competent_agency"}, "agency")
PLATFORM = Actor("agent", {"platform"})
RULES = "id.kominfo_telegram_2017"


@pytest.fixture
def store(postgres: Postgres) -> Iterator[Any]:
    opened = postgres.make()
    yield opened
    opened.close()


@pytest.fixture
def host(postgres: Postgres, store: Any) -> Iterator[psycopg.Connection[Any]]:
    with closing(postgres.connect(store)) as conn:
        yield conn


def keep(store: Any, *steps: Any, conn: Any = None) -> None:
    for step in steps:
        with store.session(conn) as session:
            session.commit(step)


def revision(store: Any, id: str = "case-1") -> int:
    with store.session(read=True) as session:
        found = session.load(TENANT, id)
    return 0 if found is None else found.case.revision


def runner_on(store: Any, **options: Any) -> Runner:
    desk = PointOfContact(id="desk", channels={"email": "desk@platform.example"})
    return Runner(
        store=store, procedures=[catalogue.find(RULES), catalogue.find("generic.network_block")],
        acting_as="authority", directory=StaticDirectory([Provider(id="px", contacts=[desk])]), **options,
    )  # fmt: skip


def opened(runner: Any, id: str = "case-1", **kwargs: Any) -> Any:
    return runner.open(
        RULES,
        Notice(contents=["https://t.me/x"], parties={"platform": "px"}, form={"reasons": "r"}),
        by=OFFICER,
        case_id=id,
        **kwargs,
    )


def kill(postgres: Postgres, pid: int) -> None:
    """End a connection as an administrator does, and wait until it is gone."""
    with closing(psycopg.connect(postgres.base, autocommit=True)) as conn:
        conn.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE {}.sopflow_journal SET entry = '{{}}'",
        "DELETE FROM {}.sopflow_journal WHERE seq = 2",
        "TRUNCATE {}.sopflow_journal",
    ],
)
def test_the_journal_refuses_to_be_changed(
    postgres: Postgres, store: Any, host: psycopg.Connection[Any], sql: str
) -> None:
    keep(store, *sample.ordered())
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
        host.execute(sql.format(postgres.schemas[-1]))


def test_work_is_found_by_an_index(postgres: Postgres, store: Any) -> None:
    """What workers ask every few seconds costs what is due, not what is stored."""
    from sopflow.stores.sql import statements
    from sopflow.stores.sql.dialects import Dialect

    dialect = Dialect("postgresql", "pyformat", schema=postgres.schemas[-1])
    where = {"where": "tenant = :tenant AND status IN (:s0)"}
    asked = [statements.DUE, statements.CLAIMABLE, statements.LOAD, statements.INBOX.format(**where)]
    params = {"tenant": "t", "now": "", "limit": 1, "id": "i", "s0": "new"}
    with closing(psycopg.connect(postgres.base)) as conn:
        conn.execute("SET enable_seqscan = off")  # the tables are empty: ask what could be used
        for sql in asked:
            plan = [row[0] for row in conn.execute(f"EXPLAIN {dialect.texts[sql]}", params)]  # type: ignore[arg-type]
            assert not any("Seq Scan" in line for line in plan), (sql, plan)


def test_a_text_that_cannot_be_stored_is_named_with_the_remedy(store: Any) -> None:
    with pytest.raises(BadInput) as caught, store.session() as session:
        session.keep(TENANT, Inbound(id="item", sender="a\0b"), None)
    assert caught.value.field == "sender" and "U+0000" in str(caught.value)
    with pytest.raises(BadInput, match="lone surrogate"), store.session() as session:
        session.keep(TENANT, Inbound(id="item", sender="a\ud800b"), None)
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9000))
    with pytest.raises(BadInput, match="at most 2600 bytes"), store.session() as session:
        session.keep(TENANT, Inbound(id=noise, sender="a"), None)
    keep(store, sample.opened())


def test_a_reading_session_sees_one_moment(store: Any) -> None:
    """A case and its journal are read by two statements, and must fit each other."""
    first, second = sample.ordered()
    keep(store, first)
    with store.session(read=True) as reading:
        assert reading.load(TENANT, "case-1").case.revision == 1
        keep(store, second)
        assert len(reading.journal(TENANT, "case-1")) == 1
    assert revision(store) == 2


def test_a_reading_session_writes_nothing(store: Any) -> None:
    with pytest.raises(StoreFull, match="may only be read"), store.session(read=True) as session:
        session.keep_procedure("d", "{}")


def test_a_part_that_raises_is_undone_alone_though_the_server_refused_it(store: Any) -> None:
    with store.session() as session:
        session.commit(sample.opened())
        with pytest.raises(StoreError), session.part():  # noqa: PT012
            session.commit(sample.opened("case-2"))
            session._c.run("INSERT INTO sopflow_nowhere VALUES (1)", {})
        with session.part():
            session.commit(sample.opened("case-3"))
    assert [revision(store, id) for id in ("case-1", "case-2", "case-3")] == [1, 0, 1]


# --- many at once --------------------------------------------------------------------------------------------------


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls in threads of their own, all at once; return what each returned or raised."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def work(number: int) -> None:
        start.wait()
        try:
            results[number] = calls[number]()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_facts_of_one_case_wait_for_each_other_and_none_is_refused(store: Any) -> None:
    runner = runner_on(store)
    opened(runner)
    facts = [EffectGiven(outcomes={"c1": o}, by=PLATFORM) for o in ("removed", "disabled", "restored", "removed")] * 4
    results = together(*[lambda f=f: runner.apply("case-1", f) for f in facts])
    assert not [r for r in results if isinstance(r, Exception)]
    assert runner.verify("case-1").seq == 17


def test_one_command_id_used_at_once_has_one_outcome(store: Any) -> None:
    runner = runner_on(store)
    notice = Notice(contents=["https://t.me/x"], form={"reasons": "r"})
    cases = together(*[lambda: runner.open(RULES, notice, by=OFFICER, command_id="same") for _ in range(8)])
    assert len({case.id for case in cases}) == 1
    assert runner.count() == 1


def test_one_id_opened_at_once_is_opened_once(store: Any) -> None:
    results = together(*[lambda: keep(store, sample.opened()) for _ in range(8)])
    assert sorted(type(r).__name__ for r in results) == ["CaseConflict"] * 7 + ["NoneType"]


def ordered(runner: Runner, id: str) -> Runner:
    """Bring a case to the point where its order may be issued."""
    opened(runner, id)
    runner.apply(id, Verified(by=OFFICER))
    runner.apply(id, Approved(proposal=runner.proposal(id, Issued()), by=SIGNER))
    return runner


def test_what_came_too_early_is_not_overlooked_by_a_step_that_is_under_way(store: Any) -> None:
    """A receipt is looked at, and found to be of an unknown message, while the step that makes the message goes on."""
    quiet = ordered(runner_on(store), "case-1")
    message = ordered(quiet, "case-2").apply("case-2", Issued(by=OFFICER)).messages[0].id.replace("case-2", "case-1")
    receipt = Inbound(
        id="i", sender="px", authenticated=True, case="case-1", event=Acknowledged(message=message, by=PLATFORM)
    )
    at_work = threading.Event()

    def slow(step: Any, conn: Any) -> None:
        at_work.set()
        threading.Event().wait(0.5)  # long enough for the receipt to be read against the old case

    def receive() -> Any:
        at_work.wait(5)
        return quiet.receive(receipt)

    stepping = runner_on(store, participants=[slow])
    results = together(lambda: stepping.apply("case-1", Issued(by=OFFICER)), receive)
    assert not [r for r in results if isinstance(r, Exception)]
    assert [item.status for item in quiet.inbox("case-1")] == ["applied"]
    assert quiet.case("case-1").messages[0].acknowledged is not None


# --- the server goes away ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_a_step_that_waited_for_an_erasure_quotes_nothing_of_what_was_erased(
    driver: str, postgres: Postgres, store: Any
) -> None:
    with store.session() as session:
        session.commit(sample.opened())
    held, erase = threading.Event(), threading.Event()

    def erasing() -> None:
        with store.session() as session:
            session.load(TENANT, "case-1")
            session.erase(TENANT, "case-1")
            held.set()
            erase.wait(10)

    async def waiting() -> Any:
        scheme = "postgresql+asyncpg:" if driver == "asyncpg" else "postgresql:"
        other = await open_async_store(postgres.urls[id(store)].replace("postgresql:", scheme))
        async with other.session() as session:
            asyncio.get_running_loop().call_later(0.3, erase.set)
            loaded = await session.load(TENANT, "case-1", True)
            there = loaded.personal, await session.personal(TENANT, "case-1")
        async with other.session() as session:
            again = await session.load(TENANT, "case-1", True)
        await other.close()
        return *there, again.personal

    thread = threading.Thread(target=erasing)
    thread.start()
    assert held.wait(10)
    assert asyncio.run(waiting()) == (None, [], None)
    thread.join()


def test_side_rows_come_with_the_case_where_nothing_was_waited_for(store: Any) -> None:
    first = sample.opened()
    keep(store, first)
    with store.session() as session:
        assert session.load(TENANT, "case-1", True).personal == [first.side]
        session.commit(sample.story(first)[0])
        loaded = session.load(TENANT, "case-1", True)  # in the transaction that has written it, too
        assert [side.seq for side in loaded.personal] == [1, 2]


def test_connections_ended_while_nobody_used_them_are_replaced_unnoticed(postgres: Postgres, store: Any) -> None:
    keep(store, sample.opened())
    with store.session(read=True) as one, store.session(read=True) as other:
        pids = [s.conn.info.backend_pid for s in (one, other)]
    for pid in pids:
        kill(postgres, pid)
    assert revision(store) == 1
    keep(store, sample.after(sample.opened(), Verified()))


@pytest.mark.parametrize("late", [False, True], ids=["in a step", "before its commit"])
def test_a_connection_ended_within_a_step_leaves_nothing_of_it(postgres: Postgres, store: Any, late: bool) -> None:
    struck: list[int] = []

    def strike(*args: Any) -> None:
        conn = args[-1]
        if not struck:
            struck.append(conn.info.backend_pid)
            kill(postgres, struck[0])
        if not late:
            conn.execute("SELECT 1")

    quiet = runner_on(store)
    opened(quiet)
    runner = runner_on(store, participants=[strike])
    with pytest.raises(StoreUnreachable if late else HookFailed) as caught:
        runner.apply("case-1", Verified(by=OFFICER), command_id="verify")
    assert getattr(caught.value, "uncertain", late) is late
    assert quiet.case("case-1").revision == 1
    assert quiet.verify("case-1").seq == 1
    assert runner.apply("case-1", Verified(by=OFFICER), command_id="verify").revision == 2
    assert runner.apply("case-1", Verified(by=OFFICER), command_id="verify").revision == 2


def test_a_connection_ended_in_mid_commit_is_called_uncertain_and_nothing_is_half_done(
    postgres: Postgres, store: Any, host: psycopg.Connection[Any]
) -> None:
    """The commit itself is slow, by a trigger that runs at its end, and is struck while it runs."""
    runner = runner_on(store)
    opened(runner)
    schema = postgres.schemas[-1]
    host.execute(
        f"CREATE FUNCTION {schema}.slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(5); RETURN NULL; END $$"
    )
    host.execute(
        f"CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON {schema}.sopflow_case DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW EXECUTE FUNCTION {schema}.slow()"
    )
    host.commit()

    def strike() -> None:
        for _ in range(200):
            found = host.execute(
                "SELECT pid FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'PgSleep'"
            ).fetchone()
            host.rollback()
            if found:
                kill(postgres, found[0])
                return
            threading.Event().wait(0.02)

    result, _ = together(lambda: runner.apply("case-1", Verified(by=OFFICER)), strike)
    assert isinstance(result, StoreUnreachable) and result.uncertain
    host.execute(f"DROP TRIGGER slow ON {schema}.sopflow_case")
    host.commit()
    assert runner.verify("case-1").seq == 1
    assert runner.apply("case-1", Verified(by=OFFICER)).revision == 2


class Wire:
    """Stands between the store and the server, and can be cut."""

    def __init__(self, host: str, to: int, port: int = 0) -> None:
        self.host, self.to = host, to
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                if self.host.startswith("/"):
                    far = socket.socket(socket.AF_UNIX)
                    far.connect(f"{self.host}/.s.PGSQL.{self.to}")
                else:
                    far = socket.create_connection((self.host, self.to))
                self.open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self.pass_on, args=(one, other), daemon=True).start()

    def pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)

    def cut(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in self.open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def test_a_server_that_is_gone_is_said_to_be_and_used_again_when_it_is_back(postgres: Postgres) -> None:
    info = psycopg.conninfo.conninfo_to_dict(postgres.base)
    wire = Wire(str(info["host"]), int(info.get("port") or 5432))
    url = f"postgresql://{info['user']}:s3cret@127.0.0.1:{wire.port}/{info['dbname']}?schema=t_wire&wait=2"
    postgres.schemas.append("t_wire")
    store: Any = open_store(url)
    keep(store, sample.opened())
    with pytest.raises(StoreUnreachable) as caught, store.session() as session:  # noqa: PT012
        session.commit(sample.after(sample.opened(), Verified()))
        wire.cut()
    assert caught.value.uncertain
    for _ in range(2):
        with pytest.raises(StoreUnreachable, match=r"cannot be reached: .*refused") as caught:
            keep(store, sample.opened("case-2"))
        assert "s3cret" not in str(caught.value) and not caught.value.uncertain
    back = Wire(wire.host, wire.to, wire.port)
    keep(store, sample.opened("case-2"))
    assert revision(store) == 1
    store.close()
    back.cut()


def test_a_server_that_is_not_there_is_said_not_to_be_without_a_secret() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    url = f"postgresql://me:s3cr%40t@127.0.0.1:{port}/cases?wait=2"
    with pytest.raises(StoreUnreachable, match=f"127.0.0.1:{port}/cases: cannot be reached") as caught:
        open_store(url)
    assert "s3cr" not in str(caught.value) and caught.value.__cause__ is None
    with pytest.raises(StoreUnreachable, match="cannot be reached"):
        asyncio.run(open_async_store(url))


def test_a_pool_that_is_used_up_says_what_to_do(postgres: Postgres) -> None:
    store: Any = open_store(f"{postgres.unused_url()}&pool=1&wait=1")
    used_up = pytest.raises(StoreError, match=r"its 1 connections have been in use for 1 s; .*\?pool=")
    with store.session(read=True), used_up:
        revision(store)
    assert revision(store) == 0
    store.close()
    with pytest.raises(StoreError, match="closed; open a new one"):
        revision(store)


def _in_child(store: Any, done: Any) -> None:
    keep(store, sample.opened("case-2"))
    done.put(revision(store, "case-2"))


def test_a_store_opened_before_a_fork_serves_parent_and_child(store: Any) -> None:
    keep(store, sample.opened())
    fork = multiprocessing.get_context("fork")
    done = fork.Queue()
    child = fork.Process(target=_in_child, args=(store, done))
    child.start()
    assert done.get(timeout=20) == 1
    child.join()
    assert child.exitcode == 0
    assert revision(store) == revision(store, "case-2") == 1


# --- others' transactions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prepare", ["0", "1"])
def test_a_host_that_forgets_to_commit_is_named_as_the_reason_and_nothing_hangs(
    postgres: Postgres, prepare: str
) -> None:
    store: Any = open_store(f"{postgres.unused_url()}&wait=1&prepare={prepare}")
    runner = runner_on(store)
    opened(runner)
    with closing(postgres.host()) as host:
        runner.apply("case-1", Verified(by=OFFICER), conn=host)
        with pytest.raises(StoreError, match="was it ever ended"):
            runner.apply("case-1", Verified(by=OFFICER))
        assert runner.case("case-1").revision == 1
        opened(runner, "case-2")  # others are not held up
    assert runner.apply("case-1", Verified(by=OFFICER)).revision == 2
    runner.close()


def test_side_rows_of_the_moment_before_are_never_given_with_a_case_that_was_waited_for(
    postgres: Postgres, store: Any
) -> None:
    first = sample.opened("case-1")
    keep(store, first)
    seen: list[Any] = []

    def waits() -> None:
        with store.session() as session:
            seen.append(session.load(TENANT, "case-1", True))
            seen.append(session.personal(TENANT, "case-1"))

    with store.session() as session:
        session.load(TENANT, "case-1")
        waiting = threading.Thread(target=waits)
        waiting.start()
        ours = f"%{store._driver.dialect.schema}%"
        before_the_row = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
        with closing(psycopg.connect(postgres.base, autocommit=True)) as conn:
            while conn.execute(before_the_row, [ours]).fetchone() == (0,):
                assert waiting.is_alive()
        session.commit(sample.after(first, Verified()))
    waiting.join(10)
    loaded, sides = seen
    assert (loaded.case.revision, loaded.personal, [s.seq for s in sides]) == (2, None, [1, 2])
    with store.session() as session:
        assert session.load(TENANT, "case-1", True).personal == sides


def test_a_deadlock_ends_with_one_that_may_try_again_and_nothing_half_done(store: Any) -> None:
    first = {id: sample.opened(id) for id in ("case-1", "case-2")}
    keep(store, *first.values())
    both_hold_one = threading.Barrier(2)

    def crossing(here: str, there: str) -> None:
        with store.session() as session:
            session.load(TENANT, here)
            both_hold_one.wait(5)
            session.load(TENANT, there)
            session.commit(sample.after(first[here], Verified()))
            session.commit(sample.after(first[there], Verified()))

    results = together(lambda: crossing("case-1", "case-2"), lambda: crossing("case-2", "case-1"))
    assert sorted(type(r).__name__ for r in results) == ["NoneType", "StoreContended"]
    lost = next(r for r in results if r is not None)
    assert "deadlock" in str(lost)
    assert [revision(store, id) for id in first] == [2, 2]


class Contended:
    """A store whose first sessions for writing fail as one that lost to another transaction."""

    blocking = True

    def __init__(self, store: Any, times: int) -> None:
        self.store, self.times = store, times
        self.capabilities = store.capabilities

    def session(self, conn: Any = None, *, read: bool = False) -> Any:
        if not read and self.times:
            self.times -= 1
            raise StoreContended("another was in the way")
        return self.store.session(conn, read=read)

    def close(self) -> None:
        self.store.close()


def test_what_lost_to_another_transaction_is_decided_again_a_bounded_number_of_times(store: Any) -> None:
    opened(runner_on(Contended(store, 4)))
    assert runner_on(Contended(store, 4)).apply("case-1", Verified(by=OFFICER), expect=1).revision == 2
    with pytest.raises(StoreContended):
        opened(runner_on(Contended(store, 5)), "case-2")
    with pytest.raises(StoreContended):
        runner_on(Contended(store, 5)).apply("case-1", EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    assert runner_on(store).verify("case-1").seq == 2


def test_a_host_with_an_outdated_view_is_told_at_once_and_may_begin_again(
    store: Any, host: psycopg.Connection[Any]
) -> None:
    runner = runner_on(store)
    opened(runner)
    host.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    host.execute("SELECT 1")
    host.execute("SELECT COUNT(*) FROM pg_class")  # now it has its view
    runner.apply("case-1", Verified(by=OFFICER))
    fact = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)
    with pytest.raises(StoreContended, match="outdated"):
        runner.apply("case-1", fact, conn=host)
    assert host.execute("SHOW transaction_isolation").fetchone() == ("repeatable read",)
    host.rollback()
    runner.apply("case-1", fact, conn=host)
    host.commit()
    assert runner.verify("case-1").seq == 3


def test_a_host_that_waits_for_no_longer_is_told_so_whatever_it_called(
    postgres: Postgres, store: Any, host: psycopg.Connection[Any]
) -> None:
    runner = runner_on(store)
    matter = opened(runner).matter
    fact = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)
    with closing(postgres.connect(store)) as other:
        other.execute("SET lock_timeout = '50ms'")
        other.commit()
        runner.apply("case-1", Verified(by=OFFICER), conn=host)
        for verb, given in (
            ("apply", ("case-1", fact)), ("apply_many", ([Apply("case-1", fact)],)), ("apply_to_matter", (matter, fact)),
        ):  # fmt: skip
            with pytest.raises(StoreContended, match="was it ever ended"):
                getattr(runner, verb)(*given, conn=other)
            other.rollback()
        host.commit()
        runner.apply("case-1", fact, conn=other)
        other.commit()
    assert runner.verify("case-1").seq == 3


def test_a_part_of_a_transaction_of_ours_that_waited_for_too_long_does_not_have_it_wait_again(store: Any) -> None:
    with pytest.raises(StoreError) as told, store.session() as session, session.part():
        raise Waited("another transaction has held this case for too long")
    assert type(told.value) is StoreError


# --- the host's connection -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("factory", [dict_row, namedtuple_row])
@pytest.mark.parametrize("encoding", ["utf8", "latin1", "sql_ascii"])
@pytest.mark.parametrize("cursor", [psycopg.Cursor, psycopg.ClientCursor, psycopg.RawCursor])
def test_the_hosts_rows_texts_and_cursors_do_not_matter(
    postgres: Postgres, store: Any, factory: Any, encoding: str, cursor: Any
) -> None:
    class Upper(psycopg.adapt.Loader):
        def load(self, data: Any) -> str:
            return bytes(data).decode("latin1").upper()

    options: Any = {"row_factory": factory, "cursor_factory": cursor, "client_encoding": encoding}
    with closing(psycopg.connect(postgres.base, **options)) as host:
        host.adapters.register_loader("text", Upper)
        host.adapters.register_loader("int4", Upper)
        runner = runner_on(store)
        notice = Notice(contents=["https://t.me/x"], form={"reasons": "alasan – причина – 理由"})
        case = runner.open(RULES, notice, by=OFFICER, case_id="case-1", conn=host)
        assert runner.apply("case-1", Verified(by=OFFICER), conn=host).revision == 2
        shown = host.execute("SELECT current_setting('client_encoding') AS e").fetchone()
        assert next(iter(shown.values() if isinstance(shown, dict) else shown)).lower() in (
            encoding, encoding.upper().lower(),
        )  # fmt: skip
        host.commit()
        assert host.row_factory is factory and host.cursor_factory is cursor
    assert "alasan – причина – 理由" in str(runner.personal(case.id))
    assert runner.verify("case-1").seq == 2


def test_what_a_host_makes_of_values_on_their_way_to_the_server_does_not_matter(
    store: Any, host: psycopg.Connection[Any]
) -> None:
    class EmptyIsNull(StrDumper):  # as in psycopg's documentation
        def dump(self, obj: str) -> Any:
            return super().dump(obj) if obj.strip() else None

    class Loose(psycopg.adapt.Dumper):
        oid = 1700  # numeric

        def dump(self, obj: Any) -> bytes:
            return str(obj).encode()

    host.adapters.register_dumper(str, EmptyIsNull)
    host.adapters.register_dumper(int, Loose)
    host.adapters.register_dumper(bytes, Loose)
    runner = runner_on(store)
    opened(runner, conn=host, command_id="o")
    for _ in "twice":
        assert runner.apply("case-1", Verified(by=OFFICER), conn=host, command_id="v").revision == 2
    runner.attach("case-1", b"\0\xff" * 9, by=OFFICER, conn=host)
    assert host.execute("SELECT %s::text IS NULL", ("",)).fetchone() == (True,), "and the host's own are as before"
    host.commit()
    assert runner.verify("case-1", evidence=True).seq == 3


@pytest.mark.parametrize("kept", [True, False])
def test_a_host_of_sqlalchemy_with_another_client_encoding_loses_no_character_and_keeps_it(
    postgres: Postgres, store: Any, kept: bool
) -> None:
    def encoding(conn: Any) -> Any:
        return conn.exec_driver_sql("SHOW client_encoding").scalar()

    runner = runner_on(store)
    made = engine(postgres, postgres.urls[id(store)], "postgresql+psycopg", connect_args={"client_encoding": "latin1"})
    notice = Notice(contents=["https://t.me/пример"], parties={"platform": "px"}, form={"reasons": "原稿"})
    with made.connect() as conn:
        assert encoding(conn) == "LATIN1"
        runner.open(RULES, notice, by=OFFICER, case_id="case-1", conn=conn)
        if kept:
            runner.apply("case-1", Verified(by=OFFICER), conn=conn)
        else:
            with pytest.raises(NotAllowed):
                runner.apply("case-1", Issued(by=OFFICER), conn=conn)
        assert encoding(conn) == "LATIN1"
        conn.commit()
        assert encoding(conn) == "LATIN1"
    made.dispose()
    assert runner.verify("case-1").seq == 1 + kept
    assert runner.personal("case-1")["content.c1"] == "https://t.me/пример"


@pytest.mark.parametrize("how", ["dumper", "loader", "failing loader"])
def test_a_host_of_sqlalchemy_that_has_adapted_its_driver_for_our_values_is_refused_and_goes_on(
    postgres: Postgres, store: Any, how: str
) -> None:
    class EmptyIsNull(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj) if obj.strip() else None

    class Other(psycopg.adapt.Loader):
        def load(self, data: Any) -> str:
            if how == "failing loader":
                raise ValueError(data)
            return "X"

    made = engine(postgres, postgres.urls[id(store)], "postgresql+psycopg")
    with made.connect() as conn:
        adapters = conn.connection.driver_connection.adapters
        if how == "dumper":
            adapters.register_dumper(str, EmptyIsNull)
        else:
            adapters.register_loader("int8", Other)
        with pytest.raises(BadInput, match="adapters of its own"):
            keep(store, sample.opened(), conn=conn)
        assert conn.exec_driver_sql("SELECT 1 = 1").scalar() is True, "its transaction goes on"
        conn.commit()
    made.dispose()
    assert revision(store) == 0


def test_a_host_in_autocommit_must_begin_a_transaction_first(store: Any, host: psycopg.Connection[Any]) -> None:
    runner = runner_on(store)
    host.autocommit = True
    with pytest.raises(BadInput, match=r"autocommit, outside a transaction.*conn\.transaction"):
        opened(runner, conn=host)
    with host.transaction():
        opened(runner, conn=host)
    assert host.autocommit and runner.case("case-1").revision == 1


def test_a_host_whose_transaction_has_failed_must_roll_it_back_first(store: Any, host: psycopg.Connection[Any]) -> None:
    runner = runner_on(store)
    with pytest.raises(psycopg.Error):
        host.execute("SELECT * FROM no_such_table")
    with pytest.raises(BadInput, match="in a failed transaction.*roll it back"):
        opened(runner, conn=host)
    host.rollback()
    opened(runner, conn=host)
    host.commit()


def test_a_host_that_has_closed_its_connection_is_told_so(store: Any, host: psycopg.Connection[Any]) -> None:
    host.close()
    with pytest.raises(BadInput, match="closed"):
        opened(runner_on(store), conn=host)


def test_a_hosts_connection_that_was_ended_is_the_hosts_to_replace(
    postgres: Postgres, store: Any, host: psycopg.Connection[Any]
) -> None:
    runner = runner_on(store)
    opened(runner)
    runner.apply("case-1", Verified(by=OFFICER), conn=host)
    kill(postgres, host.info.backend_pid)
    with pytest.raises(StoreUnreachable, match="the host's database"):
        opened(runner, "case-2", conn=host)
    assert runner.verify("case-1").seq == 1
    assert runner.count() == 1


def test_a_participant_that_commits_for_us_is_told_not_to(store: Any) -> None:
    runner = runner_on(store, participants=[lambda step, conn: conn.execute("COMMIT")])
    with pytest.raises(StoreError, match="ended by somebody else"):
        opened(runner)


def test_a_connection_to_a_database_without_our_tables_is_refused(
    postgres: Postgres, host: psycopg.Connection[Any]
) -> None:
    store = postgres.make()
    postgres.drop(postgres.schemas[-1])
    with pytest.raises(ForeignDatabase, match="sopflow db create"):
        opened(runner_on(store), conn=host)
    store.close()


# --- async ---------------------------------------------------------------------------------------------------------


def test_a_cancelled_step_is_undone_and_its_connection_is_not_lost(postgres: Postgres) -> None:
    async def main() -> None:
        store: Any = await open_async_store(f"{postgres.unused_url()}&pool=1")
        runner = AsyncRunner(store=store, procedures=[catalogue.find(RULES)], acting_as="authority")
        notice = Notice(contents=["https://t.me/x"], form={"reasons": "r"})
        await runner.open(RULES, notice, by=OFFICER, case_id="case-1")
        host = await postgres.async_host()
        for _ in range(3):
            await runner.apply("case-1", EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM), conn=host)
            waiting = asyncio.create_task(runner.apply("case-1", Verified(by=OFFICER)))
            await asyncio.sleep(0.1)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await host.rollback()
            assert (await runner.case("case-1")).revision == 1
        assert (await runner.apply("case-1", Verified(by=OFFICER))).revision == 2
        await host.close()
        await runner.close()

    asyncio.run(main())


def test_the_async_driver_meets_the_same_faults_with_the_same_errors(postgres: Postgres) -> None:
    async def main() -> None:
        store: Any = await open_async_store(f"{postgres.unused_url()}&pool=2&wait=1")
        pids: list[int] = []

        async def look(id: str) -> int:
            async with store.session(read=True) as session:
                pids[:] = [session.conn.info.backend_pid]
                found = await session.load(TENANT, id)
            return 0 if found is None else found.case.revision

        async def write(*steps: Any, conn: Any = None, strike: bool = False) -> None:
            async with store.session(conn) as session:
                if strike:
                    kill(postgres, session.conn.info.backend_pid)
                for step in steps:
                    await session.commit(step)

        first = sample.opened()
        await write(first)
        await look("case-1")
        kill(postgres, pids[0])
        assert await look("case-1") == 1  # its connection was replaced unnoticed
        with pytest.raises(StoreUnreachable):
            await write(sample.after(first, Verified()), strike=True)
        with pytest.raises(StoreUnreachable) as caught:
            await write(strike=True)
        assert caught.value.uncertain
        with pytest.raises(BadInput, match="lone surrogate"):
            await look("case-\ud800")
        with pytest.raises(StoreError, match="begin another"):  # noqa: PT012 (an error that the caller swallows)
            async with store.session() as session:
                with suppress(ForeignDatabase):
                    await session._c.run("INSERT INTO sopflow_nowhere VALUES (1)", {})
                with suppress(StoreError):
                    await session.commit(sample.opened("case-2"))
        async with store.session(read=True), store.session(read=True):
            with pytest.raises(StoreError, match=r"its 2 connections have been in use"):
                await look("case-1")
        async with store.session() as session:
            await session.commit(sample.opened("case-3"))
            with suppress(CaseConflict):
                async with session.part():
                    await session.commit(sample.opened("case-4"))
                    await session.commit(first)
        assert [await look(f"case-{n}") for n in (1, 2, 3, 4)] == [1, 0, 1, 0]

        host = await postgres.async_host()
        await host.set_autocommit(True)
        with pytest.raises(BadInput, match="autocommit"):
            await write(sample.opened("case-5"), conn=host)
        await host.set_autocommit(False)
        with pytest.raises(psycopg.Error):
            await host.execute("SELECT * FROM no_such_table")
        with pytest.raises(BadInput, match="failed transaction"):
            await write(sample.opened("case-5"), conn=host)
        await host.rollback()
        await host.execute("SET client_encoding TO 'LATIN1'")
        await write(sample.opened("case-5"), conn=host)
        assert host.info.parameter_status("client_encoding") == "LATIN1"
        await host.commit()
        assert await look("case-5") == 1
        await host.close()
        with pytest.raises(BadInput, match="closed"):
            await write(sample.opened("case-6"), conn=host)
        await store.close()
        with pytest.raises(StoreError, match="the store is closed"):
            await look("case-1")

    asyncio.run(main())


def test_an_async_store_belongs_to_its_event_loop(postgres: Postgres) -> None:
    store: Any = None

    async def main() -> None:
        nonlocal store
        store = store or await open_async_store(postgres.unused_url())
        async with store.session(read=True) as session:
            await session.due(TENANT, sample.opened().case.recorded, None, 1)

    asyncio.run(main())
    with pytest.raises(BadInput, match="open a store in each event loop"):
        asyncio.run(main())
    asyncio.run(store.close())


def test_an_async_store_needs_asyncio(postgres: Postgres) -> None:
    import trio

    with pytest.raises(BadInput, match="open_store"):
        trio.run(open_async_store, postgres.unused_url())


# --- what the server says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("53100", StoreFull), ("25006", StoreFull), ("42501", StoreFull), ("40001", StoreContended),
        ("40P01", StoreContended), ("57P01", StoreUnreachable), ("08006", StoreUnreachable),
        ("53300", StoreUnreachable), (None, StoreUnreachable), ("42P01", ForeignDatabase), ("25P02", StoreError),
        ("XX000", StoreError),
    ],
)  # fmt: skip
def test_each_answer_of_the_server_has_its_error_which_quotes_no_value(state: str | None, kind: type) -> None:
    error = translated(state, "SomeError", "host/db", {"subject": "private"})
    assert type(error) is kind
    assert "host/db" in str(error) and "private" not in str(error)


def test_plans_made_while_the_tables_were_empty_are_not_kept(
    postgres: Postgres, store: Any, host: psycopg.Connection[Any]
) -> None:
    """The server's checks of foreign keys would go on reading an index that has all cases of the tenant in it."""
    if host.info.server_version < 150000:
        pytest.skip("reads what the server counts, which older ones do not tell at once: needs 15")
    schema = postgres.schemas[-1]
    host.autocommit = True
    for table in ("case", "journal", "side", "deadline", "outbox", "party", "content"):  # nobody is to analyse them
        host.execute(f"ALTER TABLE {schema}.sopflow_{table} SET (autovacuum_enabled = false)")  # type: ignore[call-overload]

    def read() -> int:
        """Count the reads of indexes that do not lead to a case by its key."""
        with store.session() as session:
            session.conn.execute("SELECT pg_stat_force_next_flush()")
        with store.session() as session:
            session.load(TENANT, "case-1")
        row = host.execute(
            "SELECT SUM(idx_scan) FROM pg_stat_user_indexes WHERE schemaname = %s AND relname = 'sopflow_case'"
            " AND indexrelname <> 'sopflow_case_pkey'",
            [schema],
        ).fetchone()
        assert row is not None
        return int(row[0])

    runner = runner_on(store)
    for n in range(300):  # more than the 256 transactions after which a connection plans anew
        opened(runner, f"case-{n}")
    before = read()
    for n in range(100):
        runner.apply(f"case-{n}", Verified(by=OFFICER))
    assert read() == before


def test_a_user_who_may_only_read_is_told_so(postgres: Postgres, store: Any) -> None:
    with closing(psycopg.connect(postgres.base, autocommit=True)) as conn:
        role = f"reader_{os.getpid()}"
        schema = postgres.schemas[-1]
        conn.execute(f"CREATE ROLE {role}")
        try:
            conn.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
            conn.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}")
            joint = "&" if "?" in postgres.base else "?"
            reading: Any = open_store(f"{postgres.base}{joint}schema={schema}&options=-c%20role%3D{role}")
            assert revision(reading) == 0
            with pytest.raises(StoreFull, match="this user may not do that"):
                keep(reading, sample.opened())
            reading.close()
        finally:
            conn.execute(f"DROP OWNED BY {role}")
            conn.execute(f"DROP ROLE {role}")


def test_a_step_goes_by_the_directory_of_its_own_transaction_whatever_another_reads_meanwhile(
    postgres: Postgres, store: Any
) -> None:
    """A host lists another address, goes on in its transaction while a step is under way here, and rolls back."""
    meanwhile, sent = [], []

    class Slow(TextRenderer):
        def render(self, *args: Any, **more: Any) -> Any:
            for other in meanwhile[:1]:
                meanwhile.clear()
                thread = threading.Thread(target=other)
                thread.start()
                thread.join()
            return super().render(*args, **more)

    class Post:
        def send(self, message: Any) -> None:
            sent.append(message.address)

    def other() -> None:
        with closing(postgres.connect(store)) as conn:
            runner.register(Provider(id="px", contacts=[desk("moved@platform.example")]), by=OFFICER, conn=conn)
            opened(runner, "case-2", conn=conn)
            conn.rollback()

    def desk(address: str) -> PointOfContact:
        return PointOfContact(id="desk", channels={"email": address})

    runner = Runner(
        store=store, procedures=[catalogue.find(RULES), catalogue.find("generic.network_block")], renderer=Slow(),
        acting_as="authority", directory=StoreDirectory(), notifiers={"email": Post()}, max_drift=None,
    )  # fmt: skip
    runner.register(Provider(id="px", contacts=[desk("desk@platform.example")]), by=OFFICER)
    ordered(runner, "case-1")
    meanwhile.append(other)
    runner.apply("case-1", Issued(by=OFFICER))
    assert not meanwhile, "the other was there"
    runner.deliver()
    assert sent == ["desk@platform.example"]


def test_a_fact_is_recorded_though_the_hosts_register_cannot_be_asked(store: Any) -> None:
    def register(case: Any, event: Any, conn: Any) -> bool:
        return bool(conn.execute("SELECT known FROM a_register_that_is_not_there").fetchone())

    def known(before: Any, view: Any, event: Any, facts: Any) -> str | None:
        return None if facts.values.get("register") else "the register knows nothing"

    basis = Basis("the host's instruction", "instruction", "V")
    row = Transition(on=EffectGiven, source="received", target=STAY, by="platform", basis=basis,
                     guards=Guard("known", known, reads="register"))  # fmt: skip
    rules = catalogue.find(RULES).extend(
        id="xx.reads", title="t", sources=[Source("instruction", "the host's")], transitions=[row]
    )
    runner = Runner(
        store=store, procedures=[rules, catalogue.find("generic.network_block")], acting_as="authority",
        facts={"register": register}, max_drift=None,
    )  # fmt: skip
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "telegram"}, form={"reasons": "x"})
    case = runner.open("xx.reads", notice, by=OFFICER)
    assert runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)).revision == 2
    assert runner.verify(case.id).seq == 2
