"""asyncpg: its own ways to fail, and to be joined."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped,unused-ignore]
import psycopg
import pytest

from sopflow import BadInput
from sopflow.errors import StoreContended, StoreError, StoreFull, StoreUnreachable
from sopflow.stores import open_async_store
from sopflow.testing import _sample as sample

from .databases import Asyncpg

TENANT = sample.TENANT


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Asyncpg]:
    made = Asyncpg(tmp_path)
    yield made
    made.clean()


def told(database: Asyncpg, work: Callable[[Any], Awaitable[None]], **options: str) -> None:
    async def main() -> None:
        store = await open_async_store(database.new_url() + "".join(f"&{k}={v}" for k, v in options.items()))
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(main())


def kill(database: Asyncpg, pid: int) -> None:
    with psycopg.connect(database.base, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])


async def loaded(store: Any, case: str = "case-1") -> bool:
    async with store.session(read=True) as session:
        return await session.load(TENANT, case) is not None


def test_a_connection_killed_inside_a_step_writes_nothing_and_the_next_one_works(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        async def step() -> None:
            async with store.session() as session:
                await session.commit(sample.opened())
                kill(database, session.conn.get_server_pid())
                await session.commit(sample.opened("case-2"))

        with pytest.raises(StoreUnreachable) as lost:
            await step()
        assert not lost.value.uncertain
        assert not await loaded(store)
        async with store.session() as session:
            await session.commit(sample.opened())
        assert await loaded(store)

    told(database, work)


def test_a_connection_killed_before_its_commit_says_that_nobody_knows(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        async def step() -> None:
            async with store.session() as session:
                await session.commit(sample.opened())
                kill(database, session.conn.get_server_pid())

        with pytest.raises(StoreUnreachable) as lost:
            await step()
        assert lost.value.uncertain
        assert not await loaded(store)

    told(database, work)


def test_connections_killed_while_nobody_used_them_are_not_noticed(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        async with store.session() as one, store.session() as two:
            pids = [one.conn.get_server_pid(), two.conn.get_server_pid()]
        for pid in pids:
            kill(database, pid)
        assert not await loaded(store)

    told(database, work)


def test_a_deadlock_is_told_as_contended(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        for case in ("case-1", "case-2"):
            async with store.session() as session:
                await session.commit(sample.opened(case))
        both = asyncio.Barrier(2)

        async def lock(first: str, second: str) -> str:
            try:
                async with store.session() as session:
                    await session.load(TENANT, first)
                    await both.wait()
                    await session.load(TENANT, second)
            except StoreContended:
                return "contended"
            return "done"

        assert sorted(await asyncio.gather(lock("case-1", "case-2"), lock("case-2", "case-1"))) == ["contended", "done"]

    told(database, work)


def test_a_case_held_for_too_long_and_a_server_that_may_only_be_read_are_named(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        async with store.session() as session:
            await session.commit(sample.opened())
        async with store.session() as session:
            await session.load(TENANT, "case-1")
            with pytest.raises(StoreError, match="held this case for too long"):
                async with store.session() as other:
                    await other.load(TENANT, "case-1")
        with pytest.raises(StoreFull, match="only be read"):
            async with store.session(read=True) as session:
                await session.commit(sample.opened("case-2"))

    told(database, work, wait="1")


@pytest.mark.parametrize(("text", "words"), [("a\0b", r"U\+0000"), ("a\ud800b", "lone surrogate")])
def test_a_text_that_cannot_be_stored_is_named_and_not_shown(text: str, words: str, database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        with pytest.raises(BadInput, match=words) as bad:
            async with store.session() as session:
                await session.keep_procedure("digest-1", text)
        assert "document" in str(bad.value)
        assert await loaded(store) is False

    told(database, work)


def test_a_transaction_ended_by_a_participant_is_never_taken_for_success(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        async def step() -> None:
            async with store.session() as session:
                await session.commit(sample.opened())
                await session.conn.execute("ROLLBACK")

        with pytest.raises(StoreError, match="ended by somebody else"):
            await step()
        assert not await loaded(store)

    told(database, work)


def test_a_cancelled_step_gives_its_connection_back(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        for _ in range(3):

            async def slow() -> None:
                async with store.session() as session:
                    await session.commit(sample.opened())
                    await session.conn.execute("SELECT pg_sleep(30)")

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(slow(), 0.1)
        assert not await loaded(store)

    told(database, work, pool="1", wait="5")


def test_a_host_without_a_transaction_or_in_a_failed_one_is_told_what_to_do(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        conn = await asyncpg.connect(database.base)
        try:
            with pytest.raises(BadInput, match=r"outside a transaction.*conn\.transaction\(\)"):
                async with store.session(conn):
                    pass
            transaction = conn.transaction()
            await transaction.start()
            with pytest.raises(asyncpg.UndefinedTableError):
                await conn.execute("SELECT * FROM no_such_table")
            with pytest.raises(BadInput, match="failed transaction"):
                async with store.session(conn):
                    pass
            await transaction.rollback()
        finally:
            await conn.close()
        with pytest.raises(BadInput, match="closed"):
            async with store.session(conn):
                pass

    told(database, work)


def test_a_connection_of_the_hosts_pool_is_joined_by_its_own_transaction_object(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        async with asyncpg.create_pool(database.base, min_size=1, max_size=1) as pool, pool.acquire() as conn:

            async def undone() -> None:
                async with conn.transaction(), store.session(conn) as session:
                    await session.commit(sample.opened("case-2"))
                    raise KeyError

            with pytest.raises(KeyError):
                await undone()
            async with conn.transaction(isolation="serializable"):
                async with store.session(conn) as session:
                    await session.commit(sample.opened())
                assert not await loaded(store)
        assert await loaded(store)
        assert not await loaded(store, "case-2")

    told(database, work)


def test_a_password_that_is_wrong_is_not_shown() -> None:
    async def main() -> None:
        with pytest.raises(StoreUnreachable, match="cannot be reached") as lost:
            await open_async_store("postgresql+asyncpg://u:s3cr3t@127.0.0.1:1/x?wait=2")
        assert "s3cr3t" not in str(lost.value)

    asyncio.run(main())


CODECS = {
    "text": {"encoder": str, "decoder": str.upper},
    "int4": {"encoder": str, "decoder": str},
    "int8": {"encoder": str, "decoder": str},
    "bytea": {"encoder": lambda value: f"\\x{bytes(value).hex()}", "decoder": str},
    "": {},  # a client encoding
}


@pytest.mark.parametrize("kind", CODECS)
def test_a_host_that_makes_something_else_of_our_values_is_refused_and_goes_on(kind: str, database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        conn = await asyncpg.connect(database.base)
        if kind:
            await conn.set_type_codec(kind, schema="pg_catalog", **CODECS[kind])
        else:
            await conn.execute("SET client_encoding TO 'latin1'")
        async with conn.transaction():
            with pytest.raises(BadInput, match=r"codecs.*client_encoding"):
                async with store.session(conn) as session:
                    await session.commit(sample.opened())
            assert await conn.execute("SELECT 1") == "SELECT 1"
        await conn.close()
        assert not await loaded(store)

    told(database, work)


def test_a_host_with_codecs_for_other_types_is_joined(database: Asyncpg) -> None:
    async def work(store: Any) -> None:
        conn = await asyncpg.connect(database.base)
        await conn.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=str)
        async with conn.transaction(), store.session(conn) as session:
            await session.commit(sample.opened())
        await conn.close()
        assert await loaded(store)

    told(database, work)
