"""An async program on a blocking store of a server: nobody waits for those who wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from sopflow import Actor, AsyncRunner, Notice, Runner, catalogue
from sopflow.stores import open_store

from .databases import Database

RULES = catalogue.find("us.dmca_512")
AGENT = Actor("agent", {"platform"})
MANY = 60  # more than a pool and the threads of an event loop together


def on_asyncio(one: Callable[[], Awaitable[Any]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(20):
            await asyncio.gather(*(one() for _ in range(MANY)))

    asyncio.run(main())


def on_trio(one: Callable[[], Awaitable[Any]]) -> None:
    async def main() -> None:
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                for _ in range(MANY):
                    nursery.start_soon(one)

    trio.run(main)


@pytest.mark.parametrize("run", [on_asyncio, on_trio], ids=["asyncio", "trio"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mariadb"], indirect=True)
def test_many_who_read_at_once_are_all_answered(run: Callable[..., None], database: Database) -> None:
    store = open_store(database.new_url() + ("&wait=25&pool=3" if database.server else ""))
    given: dict[str, Any] = {"procedures": [RULES], "acting_as": "platform"}
    Runner(store=store, **given).open(RULES.id, Notice(contents=["https://github.com/a/b"]), by=AGENT, case_id="a")
    runner, seen = AsyncRunner(store=store, **given), list[str]()

    async def one() -> None:
        seen.append((await runner.case("a")).id)

    begun = time.monotonic()
    run(one)
    assert seen == ["a"] * MANY
    assert time.monotonic() - begun < 10
    store.close()
