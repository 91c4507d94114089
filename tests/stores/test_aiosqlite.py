"""aiosqlite: its own ways to fail, and to be joined."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
import trio

from sopflow import BadInput, ForeignDatabase
from sopflow.errors import StoreError
from sopflow.stores import open_async_store, open_store
from sopflow.testing import _sample as sample

TENANT = sample.TENANT


def told(path: Path, work: Callable[[Any], Awaitable[None]], options: str = "") -> None:
    async def main() -> None:
        store = await open_async_store(f"sqlite+aiosqlite:///{path}{options}")
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(main())


async def keep(store: Any, *cases: str) -> None:
    for case in cases:
        async with store.session() as session:
            await session.commit(sample.opened(case))


async def there(store: Any, case: str = "case-1") -> bool:
    async with store.session(read=True) as session:
        return await session.load(TENANT, case) is not None


def test_the_file_is_the_one_that_blocking_programs_write(tmp_path: Path) -> None:
    told(tmp_path / "cases.db", lambda store: keep(store, "case-1"))
    store = open_store(f"sqlite:///{tmp_path}/cases.db")
    with store.session() as session:
        assert session.load(TENANT, "case-1") is not None
        session.commit(sample.opened("case-2"))
    store.close()

    async def work(store: Any) -> None:
        assert await there(store, "case-2")

    told(tmp_path / "cases.db", work)


def test_a_cancelled_step_is_undone_and_nobody_waits_for_it(tmp_path: Path) -> None:
    async def work(store: Any) -> None:
        begun = asyncio.Event()

        async def slow() -> None:
            async with store.session() as session:
                await session.commit(sample.opened())
                begun.set()
                await session.conn.execute("SELECT COUNT(*) FROM (WITH RECURSIVE n(i) AS "
                                           "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n)")  # fmt: skip

        for _ in range(3):
            begun.clear()
            task = asyncio.create_task(slow())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        waiting = [asyncio.create_task(keep(store, f"case-{n}")) for n in range(2, 30)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert not await there(store)
        await keep(store, "case-1")
        assert await there(store)

    told(tmp_path / "cases.db", work, "?pool=3")


def test_a_host_in_autocommit_or_closed_is_told_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"

    async def work(store: Any) -> None:
        conn = await aiosqlite.connect(path, isolation_level=None)
        with pytest.raises(BadInput, match='in autocommit.*"BEGIN"'):
            async with store.session(conn):
                pass
        await conn.execute("BEGIN")
        async with store.session(conn) as session:
            await session.commit(sample.opened())
        await conn.execute("COMMIT")
        assert await there(store)
        await conn.close()
        with pytest.raises(BadInput, match="closed"):
            async with store.session(conn):
                pass

    told(path, work)


def test_the_hosts_own_rows_and_settings_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"

    async def work(store: Any) -> None:
        async with aiosqlite.connect(path) as conn:
            conn.row_factory = sqlite3.Row
            conn.text_factory = bytes
            await conn.execute("CREATE TABLE host_note (text TEXT)")
            await conn.execute("INSERT INTO host_note VALUES ('kept')")
            async with store.session(conn) as session:
                await session.commit(sample.opened())
                assert (await session.load(TENANT, "case-1")).case.id == "case-1"
            await conn.commit()
            rows = await conn.execute_fetchall("SELECT text FROM host_note")
            assert [row["text"] for row in rows] == [b"kept"]

    told(path, work, "?shared=1")


def test_a_connection_that_nobody_gives_back_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sopflow.stores.sql.drivers.sqlite.BUSY_SECONDS", 0.2)

    async def work(store: Any) -> None:
        await keep(store, "case-1")
        async with store.session(read=True):
            with pytest.raises(StoreError, match=r"its 1 connections have been in use.*\?pool="):
                async with store.session(read=True):
                    pass
        await keep(store, "case-2")

    told(tmp_path / "cases.db", work, "?pool=1")


def test_a_file_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("no database, but long enough to be read as the header of one" * 20)
    with pytest.raises(ForeignDatabase):
        told(path, lambda store: keep(store, "case-1"))
    assert path.read_text().startswith("no database")


def test_on_trio_it_says_which_store_to_take(tmp_path: Path) -> None:
    async def main() -> None:
        with pytest.raises(BadInput, match="hand AsyncRunner the store of open_store"):
            await open_async_store(f"sqlite+aiosqlite:///{tmp_path}/cases.db")

    trio.run(main)


def test_a_blocking_program_is_told_to_open_it_otherwise(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="open it with open_async_store"):
        open_store(f"sqlite+aiosqlite:///{tmp_path}/cases.db")


def test_a_program_that_forgets_to_close_its_store_ends_all_the_same(tmp_path: Path) -> None:
    program = f"""
import asyncio
from sopflow.stores import open_async_store
async def main():
    return await open_async_store("sqlite+aiosqlite:///{tmp_path}/cases.db")
kept = asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30, capture_output=True)
