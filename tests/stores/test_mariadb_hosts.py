"""MariaDB: what a host's connection may be like, and what it then sees."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import asyncmy  # type: ignore[import-untyped,unused-ignore]
import asyncmy.converters  # type: ignore[import-untyped,unused-ignore]
import pymysql  # type: ignore[import-untyped,unused-ignore]
import pytest
from asyncmy.constants import CLIENT

from sopflow import (
    Actor,
    Apply,
    Approved,
    AsyncRunner,
    BadInput,
    CommandReused,
    InstrumentReceived,
    Issued,
    Notice,
    PointOfContact,
    Provider,
    Runner,
    StaticDirectory,
    Verified,
    canon,
    catalogue,
)
from sopflow.errors import StoreContended, StoreError
from sopflow.ports import Inbound
from sopflow.stores import open_async_store, open_store
from sopflow.testing import _sample as sample

from .databases import MariaDB, mariadb_address
from .in_mariadb import TENANT, host, keep, run, table, there


@pytest.fixture
def store(mariadb_store: Any) -> Any:
    return mariadb_store


def test_a_host_in_autocommit_outside_a_transaction_is_refused_before_anything_is_written(store: Any) -> None:
    with host(autocommit=True) as conn:
        with pytest.raises(BadInput, match="in autocommit, outside a transaction"), store.session(conn) as session:
            session.commit(sample.opened())
        assert not there(store)
        conn.begin()
        with store.session(conn) as session:
            session.commit(sample.opened())
        assert not there(store)
        conn.commit()
    assert there(store)


def test_an_async_host_in_autocommit_outside_a_transaction_is_refused(mariadb: MariaDB) -> None:
    async def main() -> None:
        store = await open_async_store(mariadb.new_url().replace("mysql:", "mysql+asyncmy:"))
        conn = await asyncmy.connect(**mariadb_address(), autocommit=True)
        with pytest.raises(BadInput, match="in autocommit, outside a transaction"):
            async with store.session(conn):
                pass
        await conn.begin()
        async with store.session(conn) as session:
            await session.commit(sample.opened())
        await conn.rollback()
        await conn.ensure_closed()
        with pytest.raises(BadInput, match="closed"):
            async with store.session(conn):
                pass
        async with store.session(read=True) as session:
            assert await session.load(TENANT, "case-1") is None
        await store.close()

    asyncio.run(main())


def deadlocked(conn: Any, name: str) -> None:
    """Have the server undo this connection's transaction: it has written less than the other."""
    with host() as other:
        run(other, f"UPDATE {name} SET text = 'other' WHERE n > 1")
        run(conn, f"UPDATE {name} SET text = 'mine' WHERE n = 1")
        waiting = threading.Thread(target=lambda: run(other, f"UPDATE {name} SET text = 'other' WHERE n = 1"))
        waiting.start()
        try:
            with pytest.raises(pymysql.Error, match="1213"):
                run(conn, f"UPDATE {name} SET text = 'mine' WHERE n = 2")
        finally:
            waiting.join()
            other.rollback()


@pytest.fixture
def notes(store: Any, mariadb: MariaDB) -> Iterator[str]:
    name = table(mariadb, "note")
    with host(autocommit=True) as conn:
        run(conn, f"CREATE TABLE {name} (n INT PRIMARY KEY, text VARCHAR(20))")
        run(conn, f"INSERT INTO {name} VALUES (1, '')" + "".join(f", ({n}, '')" for n in range(2, 300)))
        yield name
        run(conn, f"DROP TABLE {name}")


def test_a_host_whose_transaction_the_server_has_undone_is_refused_before_anything_is_written(
    store: Any, notes: str
) -> None:
    """The driver goes on saying that there is one, until the next answer of the server's."""
    with host(autocommit=True) as conn:
        conn.begin()
        deadlocked(conn, notes)
        with pytest.raises(BadInput, match="outside a transaction"), store.session(conn) as session:
            session.commit(sample.opened())
    assert not there(store)


@pytest.mark.parametrize("mine", [True, False])
def test_a_deadlock_that_a_participant_swallows_is_never_taken_for_success(mine: bool, store: Any, notes: str) -> None:
    """What we write after it would be committed by itself, or with what comes next."""

    def step(conn: Any) -> None:
        with store.session(conn) as session:
            session.load(TENANT, "case-1")
            deadlocked(session.conn, notes)
            session.commit(sample.opened("case-2"))

    with host() as conn:
        with pytest.raises(StoreError, match="was undone"):
            step(None if mine else conn)
        conn.commit()
    assert not there(store, "case-2")


def test_a_participant_that_commits_by_making_a_table_is_told(store: Any, mariadb: MariaDB) -> None:
    def step(conn: Any) -> None:
        with store.session(conn) as session:
            session.commit(sample.opened())
            run(session.conn, f"CREATE TABLE {table(mariadb, 'made')} (n INT)")
            run(session.conn, f"DROP TABLE {table(mariadb, 'made')}")

    with host() as conn, pytest.raises(StoreError, match="ended by somebody else"):
        step(conn)


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ({"cursorclass": pymysql.cursors.DictCursor}, ""),
        ({"client_flag": CLIENT.FOUND_ROWS}, ""),
        ({}, "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,STRICT_ALL_TABLES'"),
        ({}, "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
        ({}, "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED"),
    ],
)
def test_the_hosts_settings_change_nothing_of_ours_and_ours_nothing_of_its(
    options: dict[str, Any], settings: str, store: Any
) -> None:
    with host(**options) as conn:
        if settings:
            run(conn, settings)
        before = run(conn, "SELECT @@sql_mode, @@tx_isolation, @@innodb_lock_wait_timeout, @@autocommit")
        conn.commit()
        first = sample.opened(command='it\'s \\ a "command"')
        with store.session(conn) as session:
            session.commit(first)
            session.put_evidence(TENANT, "case-1", canon.digest(bytes(range(256))), BytesIO(bytes(range(256))), sample.START)  # fmt: skip
        with store.session(conn) as session:
            for step in sample.story(first):
                session.commit(step)
        with store.session(conn) as session:
            claimed = session.claim(TENANT, sample.START.replace(year=2100), sample.START.replace(year=2101), 10)
            assert claimed
            assert session.settle(TENANT, claimed[0].id, "sent", claimed[0].leased)
            assert not session.settle(TENANT, claimed[0].id, "sent", claimed[0].leased)
        conn.commit()
        assert run(conn, "SELECT @@sql_mode, @@tx_isolation, @@innodb_lock_wait_timeout, @@autocommit") == before
    with store.session(read=True) as session:
        assert session.command(TENANT, 'it\'s \\ a "command"') == ("case-1", 1)
        into = BytesIO()
        session.get_evidence(TENANT, "case-1", canon.digest(bytes(range(256))), into)
        assert into.getvalue() == bytes(range(256))


def test_a_host_that_cannot_send_every_character_is_refused(store: Any) -> None:
    with host() as conn:
        conn.set_character_set("latin1")
        with pytest.raises(BadInput, match="latin1.*utf8mb4"), store.session(conn):
            pass


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("SET NAMES latin1", "character set latin1.*SET NAMES utf8mb4"),
        ("SET NAMES utf8", "character set utf8.*SET NAMES utf8mb4"),  # an emoji would be too long
        ("SET character_set_results = latin1", "latin1"),
        ("SET sql_select_limit = 1", "sql_select_limit = DEFAULT"),
        ("SET sql_mode = 'EMPTY_STRING_IS_NULL'", "EMPTY_STRING_IS_NULL"),
    ],
)
def test_a_host_that_told_the_server_what_would_change_our_values_is_refused(said: str, why: str, store: Any) -> None:
    with host(init_command=said) as conn:
        with pytest.raises(BadInput, match=why), store.session(conn):
            pass
        run(conn, "SELECT 1")  # its transaction goes on
        run(conn, "SET NAMES utf8mb4, sql_select_limit = DEFAULT, sql_mode = DEFAULT")
        with store.session(conn) as session:
            session.commit(sample.opened())
        conn.commit()
    assert there(store)


def test_an_async_host_that_told_the_server_another_character_set_is_refused(mariadb: MariaDB) -> None:
    async def main() -> None:
        store = await open_async_store(mariadb.new_url().replace("mysql:", "mysql+asyncmy:"))
        conn = await asyncmy.connect(**mariadb_address())
        await conn.query("SET NAMES latin1")
        with pytest.raises(BadInput, match="character set latin1"):
            async with store.session(conn):
                pass
        await conn.ensure_closed()
        await store.close()

    asyncio.run(main())


BYTES = {**pymysql.converters.conversions, 3: str, 8: str, 252: repr, 253: repr}


@pytest.mark.parametrize("options", [{"conv": BYTES}, {"use_unicode": False}])
def test_what_a_host_makes_of_values_does_not_matter(options: dict[str, Any], store: Any) -> None:
    runner = kominfo(store)
    with host(**options) as conn:
        before = run(conn, "SELECT 1, 'x', CAST('x' AS BINARY)")
        case = runner.open(KOMINFO, notice("https://t.me/пример"), by=OFFICER, conn=conn, command_id="o")
        for _ in "twice":
            found = runner.apply(case.id, Verified(by=OFFICER), conn=conn, command_id="v")
            assert found.revision == 2
        assert run(conn, "SELECT 1, 'x', CAST('x' AS BINARY)") == before, "and the host's own are as before"
        conn.commit()
    assert runner.verify(case.id).seq == 2
    assert runner.personal(case.id)["content.c1"] == "https://t.me/пример"


def test_what_an_async_host_makes_of_values_does_not_matter(mariadb: MariaDB) -> None:
    async def main() -> None:
        store = await open_async_store(mariadb.new_url().replace("mysql:", "mysql+asyncmy:"))
        runner = kominfo(store, AsyncRunner)
        conn = await asyncmy.connect(**mariadb_address(), conv={**asyncmy.converters.conversions, 3: str, 8: str})
        case = await runner.open(KOMINFO, notice("https://t.me/пример"), by=OFFICER, conn=conn, command_id="o")
        for _ in "twice":
            found = await runner.apply(case.id, Verified(by=OFFICER), conn=conn, command_id="v")
            assert found.revision == 2
        await conn.commit()
        await conn.ensure_closed()
        assert (await runner.verify(case.id)).seq == 2
        await store.close()

    asyncio.run(main())


# A host's transaction sees the moment of its first statement; what decides must see the present.


@contextmanager
def outdated(store: Any) -> Iterator[Any]:
    """A host's connection that sees the database as it was before everything else in the test."""
    with host() as conn:
        run(conn, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        conn.commit()
        conn.begin()
        with store.session(conn) as session:
            assert session.incident(TENANT, "no-such-incident") is None
        yield conn


def test_a_matter_opened_since_the_hosts_view_is_found(store: Any) -> None:
    with outdated(store) as conn:
        with store.session() as session:
            assert session.matter(TENANT, ("key-1",), "first", sample.START) == "first"
        with store.session(conn) as session:
            assert session.matter(TENANT, ("key-1", "key-2"), "second", sample.START) == "first"
        conn.commit()


def test_a_command_used_since_the_hosts_view_is_told(store: Any) -> None:
    with outdated(store) as conn:
        with store.session() as session:
            session.commit(sample.opened("case-1", command="c-1"))
        with pytest.raises(CommandReused), store.session(conn) as session:
            session.commit(sample.opened("case-2", command="c-1"))


def test_an_item_received_since_the_hosts_view_is_given_back(store: Any) -> None:
    item = Inbound(id="item-1", sender="platform-a", raw=b"raw")
    with outdated(store) as conn:
        with store.session() as session:
            session.keep(TENANT, item, None)
        with store.session(conn) as session:
            assert not session.keep(TENANT, item, None)
            assert session.item(TENANT, "platform-a", "item-1").raw == b"raw"


def test_bytes_erased_since_the_hosts_view_are_put_again(store: Any) -> None:
    data = b"evidence" * 100
    key = (TENANT, "case-1", canon.digest(data))
    with store.session() as session:
        session.put_evidence(*key, BytesIO(data), sample.START)
    with outdated(store) as conn:
        with store.session() as session:
            session.erase_evidence(*key, None)
        with store.session(conn) as session:
            session.put_evidence(*key, BytesIO(data), sample.START)
        conn.commit()
    into = BytesIO()
    with store.session(read=True) as session:
        session.get_evidence(*key, into)
    assert into.getvalue() == data


def test_entries_and_personal_values_written_since_the_hosts_view_are_there(store: Any) -> None:
    with store.session() as session:
        first = sample.opened(command="c-1")
        session.commit(first)
    with outdated(store) as conn:
        with store.session() as session:
            for step in sample.story(first):
                session.commit(step)
            present = session.journal(TENANT, "case-1"), session.personal(TENANT, "case-1")
        assert len(present[0]) > 1
        for read in (False, True):
            with store.session(conn, read=read) as session:
                assert (session.journal(TENANT, "case-1"), session.personal(TENANT, "case-1")) == present
                assert session.command(TENANT, "c-1") == ("case-1", 1)
        keep(store, "case-0", "case-2")  # nobody else waits for the host's end
        with store.session() as session:
            session.erase(TENANT, "case-2")
        with store.session(conn) as session:
            assert session.personal(TENANT, "case-2") == []
            assert session.journal(TENANT, "case-3") == []
        conn.commit()


def test_an_order_in_a_hosts_transaction_names_what_was_reported_since_its_view(mariadb: MariaDB) -> None:
    store = open_store(mariadb.new_url() + "&wait=5")
    runner = kominfo(store)
    runner.open(KOMINFO, notice("https://t.me/first"), by=OFFICER, case_id="k")
    with outdated(store) as conn:
        runner.apply("k", InstrumentReceived(instrument=notice("https://t.me/second"), by=OFFICER))
        again = InstrumentReceived(instrument=notice("https://t.me/second"), by=OFFICER)
        assert len(runner.apply("k", again, conn=conn).contents) == 2
        conn.commit()
    with outdated(store) as conn:
        runner.apply("k", InstrumentReceived(instrument=notice("https://t.me/third"), by=OFFICER))
        runner.apply("k", Verified(by=OFFICER), command_id="verified")
        runner.apply("k", Approved(proposal=runner.proposal("k", Issued()), by=SIGNER))
        assert runner.apply("k", Verified(by=OFFICER), command_id="verified", conn=conn).state == "verified_by_ministry"
        issued = runner.apply("k", Issued(by=OFFICER), conn=conn)
        conn.commit()
    with store.session(read=True) as session:
        ((message, _),) = session.outbox("default", "k")
    assert all(f"hxxps://t[.]me/{name}" in message.body for name in ("first", "second", "third"))
    assert runner.verify("k").seq == issued.revision
    assert runner.reexamine("k") == ()
    store.close()


KOMINFO = "id.kominfo_telegram_2017"
OFFICER, SIGNER = Actor("officer", {"authority"}, "ministry"), Actor("signer", {"competent_agency"}, "agency")


def notice(locator: str) -> Notice:
    return Notice(contents=[locator], parties={"platform": "telegram"}, form={"reasons": "incitement"}, matter="M")


def kominfo(store: Any, cls: Any = Runner, **more: Any) -> Any:
    desk = PointOfContact(id="desk", channels={"email": "desk@telegram.example"})
    return cls(
        store=store, procedures=[catalogue.find(KOMINFO), catalogue.find("generic.network_block")],
        acting_as={"authority"}, directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]), **more,
    )  # fmt: skip


# A deadlock undoes the whole of a host's transaction: nothing of ours goes on in the one that begins by itself.

HOW = ["apply_to_matter", "apply_many", "swallowed"]


def given(runner: Any, how: str, conn: Any) -> Any:
    if how == "apply_to_matter":
        return runner.apply_to_matter("M", Verified(by=OFFICER), conn=conn)
    return runner.apply_many([Apply(id, Verified(by=OFFICER)) for id in ("a", "b", "c")], conn=conn)


@pytest.mark.parametrize("how", HOW)
def test_nothing_goes_on_after_a_deadlock_that_undid_the_hosts_transaction(how: str, store: Any, notes: str) -> None:
    def participant(step: Any, conn: Any) -> None:
        if step.case.id == "b" and step.case.revision == 2:
            try:
                deadlocked_by_participant(conn, notes)
            except pymysql.Error:
                if how != "swallowed":
                    raise

    plain, runner = kominfo(store), kominfo(store, participants=[participant])
    for id in ("a", "b", "c"):
        plain.open(KOMINFO, notice("https://t.me/x"), by=OFFICER, case_id=id)
    with host() as conn:
        run(conn, f"UPDATE {notes} SET text = 'mine' WHERE n = 1")
        with pytest.raises(StoreContended, match="was undone"):
            given(runner, how, conn)
        conn.commit()
    assert [runner.case(id).revision for id in ("a", "b", "c")] == [1, 1, 1]


@pytest.mark.parametrize("how", HOW)
def test_nothing_goes_on_after_a_deadlock_in_an_async_host_either(how: str, mariadb: MariaDB, notes: str) -> None:
    async def main() -> None:
        async def participant(step: Any, conn: Any) -> None:
            if step.case.id == "b" and step.case.revision == 2:
                try:
                    await async_deadlocked_by_participant(conn, notes)
                except asyncmy.errors.MySQLError:
                    if how != "swallowed":
                        raise

        store = await open_async_store(mariadb.new_url().replace("mysql:", "mysql+asyncmy:"))
        plain, runner = kominfo(store, AsyncRunner), kominfo(store, AsyncRunner, participants=[participant])
        for id in ("a", "b", "c"):
            await plain.open(KOMINFO, notice("https://t.me/x"), by=OFFICER, case_id=id)
        conn = await asyncmy.connect(**mariadb_address())
        await conn.query(f"UPDATE {notes} SET text = 'mine' WHERE n = 1")
        with pytest.raises(StoreContended, match="was undone"):
            await given(runner, how, conn)
        await conn.commit()
        await conn.ensure_closed()
        assert [(await runner.case(id)).revision for id in ("a", "b", "c")] == [1, 1, 1]
        await store.close()

    asyncio.run(main())


@contextmanager
def in_the_way(name: str) -> Iterator[None]:
    """Another who has written more, has the row 2, and wants the row 1."""
    with host() as other:
        run(other, f"UPDATE {name} SET text = 'other' WHERE n > 1")
        waiting = threading.Thread(target=lambda: run(other, f"UPDATE {name} SET text = 'other' WHERE n = 1"))
        waiting.start()
        try:
            yield
        finally:
            waiting.join()
            other.rollback()


def deadlocked_by_participant(conn: Any, name: str) -> None:
    with in_the_way(name):
        time.sleep(0.3)
        run(conn, f"UPDATE {name} SET text = 'mine' WHERE n = 2")


async def async_deadlocked_by_participant(conn: Any, name: str) -> None:
    with in_the_way(name):
        await asyncio.sleep(0.3)
        await conn.query(f"UPDATE {name} SET text = 'mine' WHERE n = 2")
