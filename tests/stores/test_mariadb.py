"""MariaDB, by PyMySQL and asyncmy: its own ways to fail."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pymysql  # type: ignore[import-untyped,unused-ignore]
import pytest

from sopflow import Actor, BadInput, Notice, Runner, Verified, catalogue
from sopflow.errors import ForeignDatabase, StoreContended, StoreError, StoreFull, StoreUnreachable
from sopflow.ports import Inbound
from sopflow.stores import open_async_store, open_store
from sopflow.stores.sql.drivers import _mysql
from sopflow.testing import _sample as sample

from .databases import MariaDB, mariadb_address, mariadb_url
from .in_mariadb import TENANT, host, keep, kill, run, table, there


@pytest.fixture
def store(mariadb_store: Any) -> Any:
    return mariadb_store


def test_a_connection_killed_inside_a_step_writes_nothing_and_the_next_one_works(store: Any) -> None:
    def step() -> None:
        with store.session() as session:
            session.commit(sample.opened())
            kill(session.conn)
            session.commit(sample.opened("case-2"))

    with pytest.raises(StoreUnreachable) as lost:
        step()
    assert not lost.value.uncertain
    assert not there(store)
    keep(store, "case-1")
    assert there(store)


@pytest.mark.parametrize("lent", [True, False])
def test_a_connection_killed_before_its_commit_is_told_and_nothing_is_half_done(lent: bool, store: Any) -> None:
    def step() -> None:
        with store.session() as session:
            session.commit(sample.opened())
            kill(session.conn if lent else session._c._conn)

    with pytest.raises(StoreUnreachable) as lost:
        step()
    assert lost.value.uncertain is not lent  # after a participant we ask before we commit
    assert not there(store)


def test_connections_killed_while_nobody_used_them_are_not_noticed(store: Any) -> None:
    with store.session() as one, store.session() as two:
        conns = [one.conn, two.conn]
    for conn in conns:
        kill(conn)
    assert not there(store)
    keep(store, "case-1")


def test_a_deadlock_is_told_as_contended_and_a_runner_decides_again(store: Any) -> None:
    keep(store, "case-1", "case-2")
    both = threading.Barrier(2)
    seen: list[str] = []

    def lock(first: str, second: str) -> None:
        try:
            with store.session() as session:
                session.load(TENANT, first)
                session.settle(TENANT, "no-message", "sent")
                both.wait()
                session.load(TENANT, second)
        except StoreContended as error:
            seen.append(str(error))

    threads = [threading.Thread(target=lock, args=pair) for pair in (("case-1", "case-2"), ("case-2", "case-1"))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(seen) == 1 and "deadlock" in seen[0]

    officer = Actor("officer", {"authority"})
    runner = Runner(store=store, procedures=[catalogue.find("id.kominfo_telegram_2017")], acting_as="authority")
    runner.open("id.kominfo_telegram_2017", Notice(contents=["https://t.me/x"], form={"reasons": "r"}), by=officer, case_id="mine")  # fmt: skip
    breaks = [StoreContended("a deadlock")]
    first = store.session

    @contextmanager
    def session(conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with first(conn, read=read) as inner:
            yield inner
            if not read and breaks:
                raise breaks.pop()

    store.session = session
    assert runner.apply("mine", Verified(by=officer)).revision == 2
    assert not breaks


def test_a_case_held_for_too_long_is_told_and_the_whole_step_is_undone(mariadb: MariaDB) -> None:
    """The server undoes the statement that has waited, and keeps the rest of the transaction."""
    store = open_store(mariadb.new_url() + "&wait=1")
    keep(store, "case-1")

    def step() -> None:
        with store.session() as session:
            session.commit(sample.opened("case-2"))
            session.load(TENANT, "case-1")

    with store.session() as holder:
        holder.load(TENANT, "case-1")
        with pytest.raises(StoreContended, match="held this case for too long"):
            step()
    assert not there(store, "case-2")
    store.close()


def test_what_may_only_be_read_is_told(store: Any, mariadb: MariaDB) -> None:
    def step() -> None:
        with store.session(read=True) as session:
            session.commit(sample.opened())

    with pytest.raises(StoreFull, match="only be read"):
        step()


def test_a_user_who_may_not_write_is_told(store: Any, mariadb: MariaDB) -> None:
    user = f"u_{mariadb.prefixes[-1]}"[:30]
    with host(autocommit=True) as conn:
        try:
            run(conn, f"CREATE USER '{user}'@'%' IDENTIFIED BY 's3cr3t'")
            run(conn, f"GRANT SELECT ON *.* TO '{user}'@'%'")
        except pymysql.Error:
            pytest.skip("the server's user may not make users")
        try:
            place = mariadb._last.replace("root@", f"{user}:s3cr3t@")
            other = open_store(place)
            with pytest.raises(StoreFull, match="may not do that"):
                keep(other, "case-1")
            other.close()
            with pytest.raises(StoreUnreachable) as refused:
                open_store(place.replace("s3cr3t", "an0th3r"))
            assert "an0th3r" not in str(refused.value)
        finally:
            run(conn, f"DROP USER '{user}'@'%'")


class Gate:
    """A way to the server that can be shut."""

    def __init__(self) -> None:
        self.target = (mariadb_address()["host"], mariadb_address()["port"])
        self.open = True
        self.pairs: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                client.close()
                continue
            server = socket.create_connection(self.target)
            self.pairs += [client, server]
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(a, b), daemon=True).start()

    def _pump(self, a: socket.socket, b: socket.socket) -> None:
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        self._end(a, b)

    @staticmethod
    def _end(*sockets: socket.socket) -> None:
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def shut(self) -> None:
        self.open = False
        self._end(*self.pairs)
        self.pairs.clear()

    def close(self) -> None:
        self.shut()
        self._end(self.listener)


def test_a_server_that_goes_away_is_told_and_used_again_when_it_is_back(mariadb: MariaDB) -> None:
    url = mariadb.new_url()
    gate = Gate()
    address = mariadb_address()
    store = open_store(url.replace(f"{address['host']}:{address['port']}", f"127.0.0.1:{gate.port}"))
    keep(store, "case-1")

    def step() -> None:
        with store.session() as session:
            session.commit(sample.opened("case-2"))
            gate.shut()

    with pytest.raises(StoreUnreachable) as lost:
        step()
    assert lost.value.uncertain
    with pytest.raises(StoreUnreachable):
        there(store)
    gate.open = True
    assert there(store) and not there(store, "case-2")
    store.close()
    gate.close()


def test_a_server_that_is_not_there_is_named_without_user_and_password() -> None:
    with pytest.raises(StoreUnreachable, match=r"127.0.0.1:1/x: cannot be reached") as lost:
        open_store("mysql://s0mebody:s3cr3t@127.0.0.1:1/x?wait=2")
    assert "s3cr3t" not in str(lost.value) and "s0mebody" not in str(lost.value)


def test_a_database_that_is_not_there_is_named() -> None:
    url = mariadb_url().rpartition("/")[0]
    with pytest.raises(StoreUnreachable, match="/no_such_database: there is no such database"):
        open_store(f"{url}/no_such_database")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (pymysql.OperationalError(1114, "x"), StoreFull, "no space"),
        (pymysql.OperationalError(1021, "x"), StoreFull, "no space"),
        (pymysql.OperationalError(1290, "x"), StoreFull, "only be read"),
        (pymysql.OperationalError(2006, "x"), StoreUnreachable, "lost"),
        (pymysql.OperationalError(1927, "x"), StoreUnreachable, "lost"),
        (pymysql.InterfaceError(0, ""), StoreUnreachable, "lost"),
        (ConnectionResetError(104, "x"), StoreUnreachable, "lost"),
        (pymysql.OperationalError(1040, "x"), StoreUnreachable, "refused"),
        (pymysql.OperationalError(1020, "x"), StoreContended, "outdated"),
        (pymysql.OperationalError(1412, "x"), StoreContended, "changed the tables"),
        (pymysql.ProgrammingError(1146, "x"), ForeignDatabase, "sopflow db create"),
        (pymysql.OperationalError(1419, "x"), StoreFull, "triggers"),
        (pymysql.DataError(1406, "Data too long for column 'party' at row 1"), BadInput, "party"),
        (pymysql.OperationalError(1153, "x"), BadInput, "max_allowed_packet"),
        (pymysql.OperationalError(9999, "the secret value"), StoreError, "OperationalError.*9999"),
    ],
)
def test_each_error_of_the_servers_has_its_own_of_ours(error: Exception, kind: type, words: str) -> None:
    with pytest.raises(kind, match=words) as ours:
        raise _mysql.translated(error, "there")
    assert "secret" not in str(ours.value)


def test_a_lone_surrogate_is_named_and_every_other_character_is_kept(store: Any) -> None:
    with pytest.raises(BadInput, match="document.*lone surrogate"), store.session() as session:
        session.keep_procedure("digest-1", "a\ud800b")
    text = "\0 %s %(x)s \\' \" ' `; -- 案件 🚨 \U0010ffff"
    with store.session() as session:
        session.keep_procedure("digest-1", text)
    with store.session() as session:
        assert session.procedure("digest-1") == text


def test_a_text_that_is_too_long_to_be_looked_up_by_is_named_and_never_cut(store: Any) -> None:
    item = Inbound(id="x" * 301, sender="platform-a")
    with pytest.raises(BadInput, match="id.*too long"), store.session() as session:
        session.keep(TENANT, item, None)
    with host() as conn:
        run(conn, "SET SESSION sql_mode = ''")  # here the server would cut it, with a warning
        with pytest.raises(BadInput, match="id.*too long"), store.session(conn) as session:
            session.keep(TENANT, item, None)
        with store.session(conn) as session:
            assert session.keep(TENANT, Inbound(id="x" * 300, sender="platform-a"), None)
        conn.commit()
    with store.session(read=True) as session:
        assert [item.id for item, _ in session.inbox(TENANT, "", (), 10)] == ["x" * 300]


def test_ids_that_look_alike_are_not_the_same(store: Any) -> None:
    ids = ["a", "A", "á", "a ", "a\u0301", "ａ", "ss", "ß", ""]
    with store.session() as session:
        for id in ids:
            assert session.keep(TENANT, Inbound(id=id, sender="platform-a"), None), id
            assert not session.keep(TENANT, Inbound(id=id, sender="platform-a"), None), id
    with store.session(read=True) as session:
        assert {item.id for item, _ in session.inbox(TENANT, "", (), 100)} == set(ids)


def test_the_journal_cannot_be_changed_by_anybody_who_does_not_mean_it(store: Any, mariadb: MariaDB) -> None:
    keep(store, "case-1")
    journal = table(mariadb, "journal")
    with host(autocommit=True) as conn:
        for text in (f"UPDATE {journal} SET hash = 'x'", f"DELETE FROM {journal}"):
            with pytest.raises(pymysql.Error, match="append-only"):
                run(conn, text)
        with pytest.raises(pymysql.Error, match="foreign key"):
            run(conn, f"TRUNCATE TABLE {journal}")


def test_the_connection_of_an_async_store_killed_or_cancelled_is_replaced(mariadb: MariaDB) -> None:
    async def work(store: Any) -> None:
        async def step(harm: Callable[[Any], Awaitable[None]]) -> None:
            async with store.session() as session:
                await session.commit(sample.opened())
                await harm(session.conn)
                await session.commit(sample.opened("case-2"))

        async def killed(conn: Any) -> None:
            kill(conn)

        async def slow(conn: Any) -> None:
            async with conn.cursor() as cursor:
                await cursor.execute("SELECT SLEEP(30)")

        with pytest.raises(StoreUnreachable):
            await step(killed)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(step(slow), 0.1)
        async with store.session() as session:
            assert await session.load(TENANT, "case-1") is None
            await session.commit(sample.opened())

    async def main() -> None:
        url = mariadb.new_url().replace("mysql:", "mysql+asyncmy:")
        store = await open_async_store(url + "&pool=1&wait=5")
        await work(store)
        await store.close()

    asyncio.run(main())
