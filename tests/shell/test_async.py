"""The async shell on asyncio and on trio, with the memory and the SQLite store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trio

from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    AsyncRunner,
    BadInput,
    EffectGiven,
    Issued,
    Notice,
    Outgoing,
    PointOfContact,
    Provider,
    Receipt,
    Runner,
    StaticDirectory,
    Verified,
    catalogue,
)
from sopflow.stores import open_store
from sopflow.testing.clock import Clock

OFFICER = Actor("officer", {"authority"})
SIGNER = Actor("signer", {"competent_agency"}, "bnpt")
PLATFORM = Actor("moderator", {"platform"})
START = datetime(2017, 8, 14, 2, 0, tzinfo=UTC)


class AsyncNotifier:
    def __init__(self) -> None:
        self.taken: list[str] = []

    async def send(self, message: Outgoing) -> Receipt | None:
        self.taken.append(message.id)
        return Receipt(proof=b"250 ok", delivered=True)


class BlockingNotifier:
    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, message: Outgoing) -> Receipt | None:
        self.taken.append(message.id)
        return None


def run_asyncio(main: Callable[[], Awaitable[Any]]) -> None:
    asyncio.run(main())  # type: ignore[arg-type]


@pytest.mark.parametrize("run", [run_asyncio, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_a_case_from_report_to_takedown(run: Callable[..., None], store: str, tmp_path: Path) -> None:
    url = "memory:" if store == "memory" else f"sqlite:///{tmp_path}/a.db"
    notifier, phone = AsyncNotifier(), BlockingNotifier()
    clock = Clock(START)
    seen: list[str] = []

    async def provider_is_never_asked(*_: Any) -> None:
        raise AssertionError

    async def observer(step: Any) -> None:
        seen.append(step.entry.event)

    async def main() -> None:
        desk = PointOfContact(id="desk", channels={"email": "a@b.example", "phone": "1"})
        runner = AsyncRunner(
            store=open_store(url),
            procedures=[catalogue.find("id.kominfo_telegram_2017"), catalogue.find("generic.network_block")],
            acting_as={"authority"},
            directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]),
            notifiers={"email": notifier, "phone": phone},
            observers=[observer],
            facts={"unused": provider_is_never_asked},
            clock=clock,
        )
        notice = Notice(contents=["https://t.me/x"], parties={"platform": "telegram"}, form={"reasons": "r"})
        case = await runner.open("id.kominfo_telegram_2017", notice, by=OFFICER)
        await runner.apply(case.id, Verified(by=OFFICER))
        await runner.apply(case.id, Approved(proposal=await runner.proposal(case.id, Issued()), by=SIGNER))
        await runner.apply(case.id, Issued(by=OFFICER))
        assert (await runner.deliver()).sent == 1
        clock.advance(hours=72)
        tick = await runner.tick()
        assert tick.steps == 1
        await runner.deliver()
        clock.advance(hours=24)
        await runner.tick()
        await runner.deliver()
        case = await runner.case(case.id)
        assert len(notifier.taken) == 2 and len(phone.taken) == 1
        case = await runner.apply(case.id, Acknowledged(message=case.sent_as("order")[0].id, by=PLATFORM))
        case = await runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
        assert case.state == "taken_down"
        assert (await runner.verify(case.id)).seq == case.revision
        assert await runner.reexamine(case.id) == ()
        assert (await runner.find(phase="compliance"))[0].id == case.id
        await runner.close()

    run(main)
    assert seen[:2] == ["Opened", "Verified"] and "Delivered" in seen


@pytest.mark.parametrize("run", [run_asyncio, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_many_tasks_at_once_lose_nothing(run: Callable[..., None], store: str, tmp_path: Path) -> None:
    url = "memory:" if store == "memory" else f"sqlite:///{tmp_path}/a.db"

    async def main() -> None:
        runner = AsyncRunner(store=open_store(url), procedures=[catalogue.find("us.dmca_512")], acting_as="platform")
        agent = Actor("agent", {"platform"})
        notice = Notice(contents=["https://github.com/a/b"])
        case = await runner.open("us.dmca_512", notice, by=agent)

        async def fact(n: int) -> None:
            at = START + timedelta(minutes=n)
            await runner.apply(case.id, EffectGiven(outcomes={"c1": "disabled"}, at=at, by=agent))

        if run is trio.run:
            async with trio.open_nursery() as nursery:
                for n in range(20):
                    nursery.start_soon(fact, n)
        else:
            await asyncio.gather(*(fact(n) for n in range(20)))
        assert (await runner.verify(case.id)).seq == 21
        await runner.close()

    run(main)


def test_a_cancelled_call_leaves_a_whole_transaction_or_none(tmp_path: Path) -> None:
    async def main() -> None:
        runner = AsyncRunner(
            store=open_store(f"sqlite:///{tmp_path}/a.db"),
            procedures=[catalogue.find("us.dmca_512")],
            acting_as="platform",
        )
        agent = Actor("agent", {"platform"})
        case = await runner.open("us.dmca_512", Notice(contents=["https://github.com/a/b"]), by=agent)
        for n in range(40):
            event = EffectGiven(outcomes={"c1": "disabled"}, by=agent)
            task = asyncio.create_task(runner.apply(case.id, event))
            await asyncio.sleep(0.0002 * (n % 20))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await runner.verify(case.id)
        await runner.close()

    asyncio.run(main())


def test_the_sync_shell_refuses_an_async_callable_by_name() -> None:
    async def observer_participant(step: Any, conn: Any) -> None: ...

    runner = Runner(
        store=open_store("memory:"), procedures=[catalogue.find("us.dmca_512")], acting_as="platform",
        participants=[observer_participant],
    )  # fmt: skip
    with pytest.raises(Exception, match="async"):
        runner.open("us.dmca_512", Notice(contents=["https://github.com/a/b"]), by=Actor("agent", {"platform"}))
    assert runner.count() == 0
    with pytest.raises(BadInput, match="AsyncRunner"):
        Runner(store=_AsyncOnly(), procedures=[], acting_as="platform")


class _AsyncOnly:
    capabilities = frozenset[str]()

    async def close(self) -> None: ...
