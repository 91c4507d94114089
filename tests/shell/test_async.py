"""The async shell on asyncio and on trio, with the memory and the SQLite store."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
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
    HookFailed,
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
from sopflow._endpoints import Lanes
from sopflow._fanout import gather_async, in_thread, stream_async
from sopflow.errors import StoreFull, StoreUnreachable
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


class Closing:
    """A store that counts how often it is closed."""

    def __init__(self, url: str) -> None:
        self._store = open_store(url)
        self.closed = 0
        self.capabilities, self.blocking = self._store.capabilities, self._store.blocking
        self.session = self._store.session

    def close(self) -> None:
        self.closed += 1
        self._store.close()


def test_a_runner_is_closed_at_the_end_of_its_block_whatever_happens_in_it(tmp_path: Path) -> None:
    store = Closing(f"sqlite:///{tmp_path}/a.db")
    rules = catalogue.find("id.kominfo_telegram_2017")
    with Runner(store=store, procedures=[rules], acting_as={"authority"}) as runner:
        assert runner.find() == ()
        assert store.closed == 0
    assert store.closed == 1
    with pytest.raises(LookupError, match="the block's own"), runner:
        raise LookupError("the block's own")
    assert store.closed == 2


@pytest.mark.parametrize("run", [run_asyncio, trio.run], ids=["asyncio", "trio"])
def test_an_async_runner_is_closed_at_the_end_of_its_block_whatever_happens_in_it(
    run: Callable[..., None], tmp_path: Path
) -> None:
    store = Closing(f"sqlite:///{tmp_path}/a.db")
    rules = catalogue.find("id.kominfo_telegram_2017")

    async def main() -> None:
        async with AsyncRunner(store=store, procedures=[rules], acting_as={"authority"}) as runner:
            assert await runner.find() == ()
            assert store.closed == 0
        assert store.closed == 1
        with pytest.raises(LookupError, match="the block's own"):
            async with runner:
                raise LookupError("the block's own")
        assert store.closed == 2

    run(main)


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


RULES = catalogue.find("us.dmca_512")
AGENT = Actor("agent", {"platform"})


def dmca(cls: Any, store: Any, **more: Any) -> Any:
    return cls(store=store, procedures=[RULES], acting_as="platform", **more)


def reported(runner: Any, case: str, **more: Any) -> Any:
    return runner.open(RULES.id, Notice(contents=[f"https://github.com/a/{case}"]), by=AGENT, case_id=case, **more)


def test_a_call_cancelled_on_trio_ends_its_transaction(tmp_path: Path) -> None:
    """At the instant at which all is written, and the transaction is to end."""
    path, scopes = tmp_path / "a.db", list[trio.CancelScope]()

    def client_goes_away(step: Any, conn: Any) -> None:
        for scope in scopes:
            scope.cancel()

    async def main() -> None:
        runner = dmca(AsyncRunner, open_store(f"sqlite:///{path}"), participants=[client_goes_away])
        with trio.CancelScope() as scope:
            scopes.append(scope)
            await reported(runner, "cancelled")
            await trio.lowlevel.checkpoint()
        scopes.clear()
        with closing(sqlite3.connect(path, timeout=0.1, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        await reported(runner, "next")
        assert {case.id for case in await runner.find()} == {"cancelled", "next"}
        await runner.close()

    trio.run(main)


@pytest.mark.parametrize("run", [run_asyncio, trio.run], ids=["asyncio", "trio"])
def test_what_fails_while_several_are_worked_is_raised_bare_when_all_have_ended(run: Callable[..., None]) -> None:
    done: list[int] = []

    async def work(n: int) -> int:
        await in_thread(None, time.sleep, 0.01 * n)
        if n == 2:
            raise StoreUnreachable("gone")
        done.append(n)
        return n

    async def four(n: int) -> list[int]:
        return [1, 2, 3, 4]

    async def none(n: int) -> list[int]:
        raise StoreFull("full")

    async def main() -> None:
        with pytest.raises(StoreUnreachable):
            await gather_async(work, [1, 2, 3, 4], 3)
        assert sorted(done) in ([1, 3], [1, 3, 4])
        done.clear()
        with pytest.raises(StoreUnreachable):
            await stream_async(work, four, Lanes(lambda n: n, 1), 4, 5)
        assert sorted(done) == [1, 3, 4]
        with pytest.raises(StoreFull):
            await stream_async(work, none, Lanes(lambda n: n, 1), 4, 4)

    run(main)


def nested(shell: str, url: str, how: str) -> str:
    """Say what became of a step whose participant uses the runner itself."""
    told: list[str] = []

    if shell == "sync":

        def participant(step: Any, conn: Any) -> None:
            if step.case.id == "second":
                runner.case("first") if how == "read" else reported(runner, "third")

        runner = dmca(Runner, open_store(url), participants=[participant])
        reported(runner, "first")
        try:
            told.append(f"revision {reported(runner, 'second').revision}")
        except HookFailed as error:
            told.append(repr(error.__cause__))
        told.append(str(sorted(case.id for case in runner.find())))
        runner.close()
        return " ".join(told)

    async def main() -> None:
        async def participant(step: Any, conn: Any) -> None:
            if step.case.id == "second":
                await (runner.case("first") if how == "read" else reported(runner, "third"))

        runner = dmca(AsyncRunner, open_store(url), participants=[participant])
        await reported(runner, "first")
        try:
            told.append(f"revision {(await reported(runner, 'second')).revision}")
        except HookFailed as error:
            told.append(repr(error.__cause__))
        told.append(str(sorted(case.id for case in await runner.find())))
        await runner.close()

    async def soon() -> None:
        async with asyncio.timeout(20):
            await main()

    async def soon_on_trio() -> None:
        with trio.fail_after(20):
            await main()

    asyncio.run(soon()) if shell == "asyncio" else trio.run(soon_on_trio)
    return " ".join(told)


@pytest.mark.parametrize("shell", ["asyncio", "trio"])
@pytest.mark.parametrize("how", ["read", "write"])
@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_a_participant_that_uses_the_runner_itself_is_answered_as_in_the_sync_half(
    shell: str, how: str, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sopflow.stores.sql.drivers.sqlite.BUSY_SECONDS", 0.2)
    answers = []
    for each in ("sync", shell):
        (tmp_path / each).mkdir()
        answers.append(nested(each, "memory:" if store == "memory" else f"sqlite:///{tmp_path}/{each}/a.db", how))
    assert answers[0] == answers[1]
    assert ("StoreError" in answers[1]) is (how == "write")


def test_a_task_that_outlives_the_session_in_which_it_began_takes_turns_like_others() -> None:
    later: list[asyncio.Task[Any]] = []

    async def main() -> None:
        go = asyncio.Event()

        async def after() -> None:
            await go.wait()
            await asyncio.gather(*(reported(runner, f"later-{n}") for n in range(5)))

        async def participant(step: Any, conn: Any) -> None:
            await asyncio.sleep(0)
            if step.case.id == "first":
                later.append(asyncio.create_task(after()))

        runner = dmca(AsyncRunner, open_store("memory:"), participants=[participant])
        await reported(runner, "first")
        go.set()
        await asyncio.gather(*later, *(reported(runner, f"other-{n}") for n in range(5)))
        assert await runner.count() == 11

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
