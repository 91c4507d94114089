"""Our stores keep the contract that we ask of others, in both colours, on asyncio and on trio."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from sopflow.stores import open_store
from sopflow.stores.memory import MemoryStore
from sopflow.testing import AsyncStoreContract, StoreContract, check_store


class SqliteFiles:
    """Makes, reopens and connects to SQLite stores in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: dict[int, Path] = {}

    def make(self) -> Any:
        return self._open(self.folder / f"cases-{len(self.paths)}.db")

    def reopen(self, store: Any) -> Any:
        return self._open(self.paths[id(store)])

    def connect(self, store: Any) -> Any:
        return sqlite3.connect(self.paths[id(store)], check_same_thread=False)

    def _open(self, path: Path) -> Any:
        store = open_store(f"sqlite:///{path}")
        self.paths[id(store)] = path
        self._alive = [*getattr(self, "_alive", ()), store]  # so that no two have one id()
        return store


def helpers(kind: str, folder: Path) -> dict[str, Any]:
    if kind == "memory":
        return {"make": MemoryStore}
    files = SqliteFiles(folder)
    return {"make": files.make, "reopen": files.reopen, "connect": files.connect}


SQLITE_CANNOT = {"the_clock_runs": "the store does not claim 'clock'"}
MEMORY_CANNOT = StoreContract(MemoryStore).left_out()
PROMISES = [
    (kind, name) for name in StoreContract.every() for kind in ("memory", "sqlite")
    if name not in (MEMORY_CANNOT if kind == "memory" else SQLITE_CANNOT)
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), PROMISES)
def test_the_store_keeps_its_promise(kind: str, name: str, tmp_path: Path) -> None:
    assert StoreContract(**helpers(kind, tmp_path)).run(name) == (name,)


def on_asyncio(main: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(main())  # type: ignore[arg-type]


@pytest.mark.parametrize("run", [on_asyncio, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize(("kind", "name"), PROMISES)
def test_the_store_keeps_its_promise_to_async_programs(kind: str, name: str, run: Any, tmp_path: Path) -> None:
    async def main() -> tuple[str, ...]:
        return await AsyncStoreContract(**helpers(kind, tmp_path)).run(name)

    assert run(main) == (name,)


def test_both_colours_make_the_same_promises() -> None:
    assert StoreContract.every() == AsyncStoreContract.every()


def test_each_promise_is_stated_and_named_by_capability_not_by_product() -> None:
    for name, capability in StoreContract.every().items():
        promise = getattr(StoreContract, name).__doc__ or ""
        assert promise.endswith("."), name
        for product in ("sqlite", "sql", "memory", "postgres"):
            assert product not in f"{name} {capability} {promise}".lower(), name


def test_nothing_is_left_out_where_everything_is_handed_in(tmp_path: Path) -> None:
    assert StoreContract(**helpers("sqlite", tmp_path)).left_out() == SQLITE_CANNOT


def test_what_is_left_out_says_why(tmp_path: Path) -> None:
    out = StoreContract(helpers("sqlite", tmp_path)["make"]).left_out()
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
