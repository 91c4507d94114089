"""Our stores keep the contract that we ask of others, in both colours, on asyncio and on trio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from sopflow.stores.memory import MemoryStore
from sopflow.testing import AsyncStoreContract, StoreContract, check_store

from .databases import BLOCKING, NATIVE, STORED, Database, Sqlite

SQLITE_CANNOT = {"the_clock_runs": "the store does not claim 'clock'"}
MEMORY_CANNOT = StoreContract(MemoryStore).left_out()
CANNOT = {"memory": MEMORY_CANNOT, "sqlite": SQLITE_CANNOT, "aiosqlite": SQLITE_CANNOT}
PROMISES = [
    pytest.param(kind, name, id=f"{kind}-{name}") for name in StoreContract.every() for kind in BLOCKING
    if name not in CANNOT.get(kind, ())
]  # fmt: skip


@pytest.mark.parametrize(("database", "name"), PROMISES, indirect=["database"])
def test_the_store_keeps_its_promise(database: Database, name: str) -> None:
    assert StoreContract(**database.given()).run(name) == (name,)


def on_asyncio(main: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(main())  # type: ignore[arg-type]


@pytest.mark.parametrize("run", [on_asyncio, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize(("database", "name"), PROMISES, indirect=["database"])
def test_the_store_keeps_its_promise_to_async_programs(database: Database, name: str, run: Any) -> None:
    async def main() -> tuple[str, ...]:
        return await AsyncStoreContract(**database.given()).run(name)

    assert run(main) == (name,)


@pytest.mark.parametrize(
    ("database", "name"),
    [(kind, name) for name in StoreContract.every() for kind in NATIVE if name not in CANNOT.get(kind, ())],
    indirect=["database"],
)
def test_the_store_with_an_async_driver_keeps_its_promise(database: Database, name: str) -> None:
    async def main() -> tuple[str, ...]:
        return await AsyncStoreContract(**database.given_async()).run(name)

    assert on_asyncio(main) == (name,)


def test_both_colours_make_the_same_promises() -> None:
    assert StoreContract.every() == AsyncStoreContract.every()


def test_each_promise_is_stated_and_named_by_capability_not_by_product() -> None:
    for name, capability in StoreContract.every().items():
        promise = getattr(StoreContract, name).__doc__ or ""
        assert promise.endswith("."), name
        for product in ("sqlite", "sql", "memory", "postgres"):
            assert product not in f"{name} {capability} {promise}".lower(), name


@pytest.mark.parametrize("database", STORED, indirect=True)
def test_nothing_is_left_out_where_everything_is_handed_in(database: Database) -> None:
    own_clock = {} if database.server else SQLITE_CANNOT
    assert StoreContract(**database.given()).left_out() == own_clock


def test_what_is_left_out_says_why(tmp_path: Path) -> None:
    out = StoreContract(Sqlite(tmp_path).make).left_out()
    assert "reopen=" in out["everything_is_there_after_reopening"]
    assert "connect=" in out["the_hosts_rollback_leaves_nothing"]
    assert "does not claim 'durable'" in MEMORY_CANNOT["everything_is_there_after_reopening"]


def test_the_whole_contract_runs_with_one_call() -> None:
    assert len(check_store(MemoryStore)) == len(StoreContract.every()) - len(MEMORY_CANNOT)


def test_the_contract_closes_every_store_it_makes() -> None:
    open_now: set[int] = set()

    class Counted(MemoryStore):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            open_now.add(id(self))

        def close(self) -> None:
            open_now.discard(id(self))

    StoreContract(Counted).run()
    assert not open_now
