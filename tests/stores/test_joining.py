"""Joining the host's transaction: a savepoint in it, never a commit, never a close, no change of its settings.

The same story for every kind of connection: `hosts.HOSTS` has a row for each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from sopflow import (
    Actor,
    Apply,
    Approved,
    BadInput,
    CaseConflict,
    CaseNotFound,
    HookFailed,
    Issued,
    NotAllowed,
    Notice,
    PointOfContact,
    Provider,
    StaticDirectory,
    Step,
    StoreContended,
    Verified,
    Withdrawn,
    catalogue,
)
from sopflow.stores.memory import MemoryStore
from sopflow.stores.sql.dialects import Dialect
from sopflow.stores.sql.drivers import join_sync

from .databases import DATABASES
from .host_libraries import DjangoHost
from .hosts import HOSTS, Host, maybe

OFFICER = Actor("officer", {"authority"}, "ministry")
SIGNER = Actor("signer", {"competent_agency"}, "agency")
RULES = "id.kominfo_telegram_2017"


@define
class Stage:
    """A host with its own table, and a runner on the same database."""

    kind: Host
    host: Any
    conn: Any
    runner: Any
    database: Any
    store: Any
    sent: list[str]
    seen: list[str]
    table: str = "host_note"

    async def run(self, verb: str, *args: Any, **kwargs: Any) -> Any:
        return await maybe(getattr(self.runner, verb)(*args, **kwargs))

    async def note(self, text: str) -> None:
        await maybe(self.kind.execute(self.host, f"INSERT INTO {self.table} VALUES ('{text}')"))

    async def end(self, how: str) -> None:
        await maybe(getattr(self.host, how)())

    async def notes(self) -> int:
        """Count the host's rows, as another connection sees them."""
        other = await maybe(self.kind.connect(self.database, self.database.urls[id(self.store)]))
        try:
            return int(await maybe(self.kind.scalar(other, f"SELECT COUNT(*) FROM {self.table}")))
        finally:
            await maybe(other.close())


class Post:
    def __init__(self, sent: list[str]) -> None:
        self.sent = sent

    def send(self, message: Any) -> None:
        self.sent.append(message.id)


@asynccontextmanager
async def staged(name: str, folder: Path, **options: Any) -> AsyncIterator[Stage]:
    kind = HOSTS[name]
    if kind.database not in DATABASES:
        pytest.skip("mysql dialect" if kind.database in ("mariadb", "asyncmy") else f"{kind.database} driver")
    database = DATABASES[kind.database](folder)
    store = await kind.store(database)
    host = await maybe(kind.connect(database, database.urls[id(store)]))
    sent: list[str] = []
    seen: list[str] = []
    desk = PointOfContact(id="desk", channels={"email": "desk@platform.example"})
    runner = kind.runner(
        store=store,
        procedures=[catalogue.find(RULES), catalogue.find("generic.network_block")],
        acting_as={"authority"},
        directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]),
        notifiers={"email": Post(sent)},
        observers=[lambda step: seen.append(step.case.id)],
        **options,
    )
    stage = Stage(kind, host, kind.hand(host), runner, database, store, sent, seen)
    stage.table = database.host_table()
    try:
        await maybe(kind.execute(host, f"CREATE TABLE {stage.table} (text VARCHAR(20))"))
        await stage.end("commit")
        yield stage
    finally:
        await maybe(host.close())
        await maybe(runner.close())
        if database.server:
            other = await maybe(kind.connect(database, database.urls[id(store)]))
            await maybe(kind.execute(other, f"DROP TABLE IF EXISTS {stage.table}"))
            await maybe(other.commit())
            await maybe(other.close())
        database.clean()


def notice() -> Notice:
    return Notice(contents=["https://t.me/x"], parties={"platform": "telegram"}, form={"reasons": "r"})


async def issue(stage: Stage, **kwargs: Any) -> None:
    """Open case-1 and bring it to its order, which queues a message."""
    await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-1", **kwargs)
    await stage.run("apply", "case-1", Verified(by=OFFICER), **kwargs)
    if kwargs:
        return
    proposal = await stage.run("proposal", "case-1", Issued())
    await stage.run("apply", "case-1", Approved(proposal=proposal, by=SIGNER))


every_host = pytest.mark.parametrize("name", HOSTS)


@every_host
def test_the_hosts_rollback_leaves_nothing_of_ours(name: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with staged(name, tmp_path) as stage:
            await stage.note("before")
            await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-1", conn=stage.conn, command_id="c1")
            await stage.run("apply", "case-1", Verified(by=OFFICER), conn=stage.conn)
            await stage.note("after")
            await stage.end("rollback")
            assert await stage.notes() == 0
            with pytest.raises(CaseNotFound):
                await stage.run("case", "case-1")
            assert stage.seen == []
            # nothing is remembered either: neither the command, nor that the rulebook was kept
            await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-1", command_id="c1")
            assert (await stage.run("verify", "case-1")).seq == 1

    asyncio.run(main())


@every_host
def test_the_hosts_commit_keeps_its_rows_and_ours(name: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with staged(name, tmp_path) as stage:
            await stage.note("before")
            await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-1", conn=stage.conn)
            case = await stage.run("apply", "case-1", Verified(by=OFFICER), conn=stage.conn, expect=1)
            await stage.note("after")
            assert await stage.notes() == 0, "it was committed by us"
            await stage.end("commit")
            assert await stage.notes() == 2
            assert (await stage.run("case", "case-1")).head == case.head
            assert (await stage.run("verify", "case-1")).seq == 2

    asyncio.run(main())


@every_host
def test_messages_leave_only_after_the_host_has_committed(name: str, tmp_path: Path) -> None:
    steps: list[Step] = []

    async def main() -> None:
        async with staged(name, tmp_path, participants=[lambda step, conn: steps.append(step)]) as stage:
            await issue(stage)
            stage.seen.clear()
            for how in ("rollback", "commit"):
                await stage.run("apply", "case-1", Issued(by=OFFICER), conn=stage.conn)
                if stage.database.server:  # on a file, a worker waits for the host to end
                    assert (await stage.run("deliver")).sent == 0
                await stage.end(how)
                assert (await stage.run("deliver")).sent == (how == "commit")
                assert stage.seen == (["case-1"] if how == "commit" else [])  # of the delivery
            assert len(stage.sent) == 1
            await stage.run("committed", steps[-2])
            assert stage.seen == ["case-1", "case-1"]

    asyncio.run(main())


@every_host
def test_a_caught_error_of_ours_leaves_the_hosts_transaction_sound(name: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with staged(name, tmp_path) as stage:
            await issue(stage)
            await stage.note("before")
            with pytest.raises(CaseConflict):
                await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-1", conn=stage.conn)
            with pytest.raises(CaseConflict):
                await stage.run("apply", "case-1", Issued(by=OFFICER), expect=1, conn=stage.conn)
            with pytest.raises(NotAllowed):
                await stage.run("apply", "case-1", Verified(by=OFFICER), conn=stage.conn)
            with pytest.raises(CaseNotFound):
                await stage.run("apply", "case-9", Verified(by=OFFICER), conn=stage.conn)
            await stage.run("apply", "case-1", Issued(by=OFFICER), conn=stage.conn)
            await stage.note("after")
            await stage.end("commit")
            assert await stage.notes() == 2
            assert (await stage.run("verify", "case-1")).seq == 4

    asyncio.run(main())


@pytest.mark.parametrize("name", [name for name, kind in HOSTS.items() if kind.database in ("sqlite", "aiosqlite")])
def test_a_host_on_sqlite_that_has_read_is_told_to_begin_again_before_anything_is_decided_on_what_it_saw(
    name: str, tmp_path: Path
) -> None:
    async def outdated(stage: Stage) -> None:
        """Have the host read; then somebody else goes on."""
        if not isinstance(stage.host, DjangoHost):  # which begins its own
            await maybe(stage.kind.execute(stage.host, "BEGIN"))
        await maybe(stage.kind.scalar(stage.host, f"SELECT COUNT(*) FROM {stage.table}"))
        await stage.run("open", RULES, notice(), by=OFFICER)

    async def main() -> None:
        async with staged(name, tmp_path) as stage:
            case = await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-1")
            verified = Verified(by=OFFICER)
            for verb, given in (
                ("apply", ("case-1", verified)),
                ("apply_many", ([Apply("case-1", verified), Apply("case-9", verified)],)),
                ("apply_to_matter", (case.matter, verified)),
                ("open", (RULES, notice())),
            ):
                await outdated(stage)
                more = {"by": OFFICER} if verb == "open" else {}
                with pytest.raises(StoreContended, match="begin it again"):
                    await stage.run(verb, *given, conn=stage.conn, **more)
                await stage.end("rollback")
            await outdated(stage)
            await stage.run("apply", "case-1", verified)
            with pytest.raises(StoreContended):  # it is allowed now, and was not on what the host has seen
                await stage.run("apply", "case-1", Withdrawn(reason="r", by=OFFICER), expect=2, conn=stage.conn)
            await stage.end("rollback")
            await stage.run("apply", "case-1", Withdrawn(reason="r", by=OFFICER), expect=2, conn=stage.conn)
            await stage.note("mine")
            await stage.end("commit")
            assert (await stage.run("verify", "case-1")).seq == 3

    asyncio.run(main())


@every_host
def test_an_error_of_the_database_inside_ours_is_undone_alone(name: str, tmp_path: Path) -> None:
    """A participant breaks a statement: on a server that would end the host's transaction, were there no savepoint."""

    async def main() -> None:
        kind = HOSTS[name]
        breaks = [True]

        def plain(step: Step, conn: Any) -> None:
            if breaks[0]:
                kind.execute(conn, "INSERT INTO no_such_table VALUES (1)")

        async def awaited(step: Step, conn: Any) -> None:
            if breaks[0]:
                await kind.execute(conn, "INSERT INTO no_such_table VALUES (1)")

        async with staged(name, tmp_path, participants=[awaited if kind.native else plain]) as stage:
            await stage.note("before")
            with pytest.raises(HookFailed, match="no_such_table"):
                await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-1", conn=stage.conn)
            await stage.note("between")
            breaks[0] = False
            await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-2", conn=stage.conn)
            await stage.end("commit")
            assert await stage.notes() == 2
            assert [case.id for case in await stage.run("find")] == ["case-2"]

    asyncio.run(main())


@every_host
def test_an_error_that_a_participant_swallows_is_never_taken_for_success(name: str, tmp_path: Path) -> None:
    """On PostgreSQL the server undoes such a transaction without a word; SQLite goes on, and keeps everything."""

    async def main() -> None:
        kind = HOSTS[name]

        def plain(step: Step, conn: Any) -> None:
            with pytest.raises(Exception, match="no_such_table"):
                kind.execute(conn, "INSERT INTO no_such_table VALUES (1)")

        async def awaited(step: Step, conn: Any) -> None:
            with pytest.raises(Exception, match="no_such_table"):
                await kind.execute(conn, "INSERT INTO no_such_table VALUES (1)")

        async with staged(name, tmp_path, participants=[awaited if kind.native else plain]) as stage:
            for conn in (stage.conn, None):
                try:
                    await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-1", conn=conn)
                except OSError as error:
                    assert stage.database.server and "has failed" in str(error)
                    there = 0
                else:
                    there = 1
                await stage.end("rollback")
            assert len(await stage.run("find")) == there

    asyncio.run(main())


@every_host
def test_two_of_ours_may_be_open_in_one_transaction_of_the_hosts(name: str, tmp_path: Path) -> None:
    """A participant calls a runner again: the inner savepoint is its own."""

    async def main() -> None:
        again: list[Any] = []

        def plain(step: Step, conn: Any) -> None:
            if step.case.id == "case-1":
                with pytest.raises(CaseConflict):
                    again[0].open(RULES, notice(), by=OFFICER, case_id="case-1", conn=conn)
                again[0].open(RULES, notice(), by=OFFICER, case_id="case-2", conn=conn)

        async def awaited(step: Step, conn: Any) -> None:
            if step.case.id == "case-1":
                with pytest.raises(CaseConflict):
                    await again[0].open(RULES, notice(), by=OFFICER, case_id="case-1", conn=conn)
                await again[0].open(RULES, notice(), by=OFFICER, case_id="case-2", conn=conn)

        blocking = isinstance(HOSTS[name].runner, type) and HOSTS[name].runner.__name__ == "Runner"
        async with staged(name, tmp_path, participants=[plain if blocking else awaited]) as stage:
            again.append(stage.runner)
            for conn in (stage.conn, None):
                await stage.run("open", RULES, notice(), by=OFFICER, case_id="case-1", conn=conn)
                await stage.end("rollback")
            assert {case.id for case in await stage.run("find")} == {"case-1", "case-2"}

    asyncio.run(main())


@every_host
def test_another_colours_or_databases_connection_is_refused(name: str, tmp_path: Path) -> None:
    kind = HOSTS[name]
    product = DATABASES[kind.database].product
    of_the_colour = [h for h in HOSTS.values() if h.native == kind.native]
    of_the_product = [h for h in HOSTS.values() if DATABASES[h.database].product == product]
    others = [h for h in of_the_colour if h not in of_the_product][:1]
    others += [h for h in of_the_product if h not in of_the_colour][:1]

    async def main() -> None:
        async with staged(name, tmp_path) as stage:
            for other in others:
                database = DATABASES[other.database](tmp_path)
                conn = await maybe(other.connect(database, database.new_url()))
                try:
                    with pytest.raises(BadInput, match="conn:"):
                        await stage.run("open", RULES, notice(), by=OFFICER, conn=conn)
                finally:
                    await maybe(conn.close())
                    database.clean()
            with pytest.raises(BadInput, match=r"conn: .*object.* hand in the host's .*[Cc]onnection"):
                await stage.run("open", RULES, notice(), by=OFFICER, conn=object())

    asyncio.run(main())


@pytest.mark.parametrize(
    ("database", "module", "name", "remedy"),
    [
        ("sqlite", "aiosqlite", "Connection", 'the store of open_async_store("sqlite+aiosqlite:///file.db")'),
        ("sqlite", "sqlalchemy", "AsyncSession", 'the store of open_async_store("sqlite+aiosqlite:///file.db")'),
        ("sqlite", "asyncpg", "Connection", "this store is in sqlite"),
        ("postgresql", "psycopg", "AsyncConnection", 'the store of open_async_store("postgresql://…")'),
        ("postgresql", "asyncpg", "Connection", 'the store of open_async_store("postgresql+asyncpg://…")'),
        ("mysql", "asyncmy", "Connection", 'the store of open_async_store("mysql+asyncmy://…")'),
    ],
)
def test_an_async_connection_is_told_which_store_takes_it(database: str, module: str, name: str, remedy: str) -> None:
    kind: Any = type(name, (), {"__module__": module})
    with pytest.raises(BadInput) as refused:
        join_sync(kind(), Dialect(database, "pyformat"), read=False)
    assert str(refused.value).endswith(remedy)


def test_a_store_in_memory_joins_nothing() -> None:
    with pytest.raises(BadInput, match="conn"), MemoryStore().session(object()):
        pass
