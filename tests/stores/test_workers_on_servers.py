"""Workers on real servers: the server's clock is `now`, and looking for work reads what is due, not what is stored."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sopflow import (
    Acknowledged,
    Actor,
    Apply,
    AsyncRunner,
    EffectGiven,
    Issued,
    NewCase,
    Notice,
    PointOfContact,
    Provider,
    Result,
    Runner,
    StaticDirectory,
    Step,
    StoreError,
    Verified,
    catalogue,
)
from sopflow.codec import event_to_doc
from sopflow.ports import Inbound
from sopflow.stores import open_store
from sopflow.stores.sql import statements as sql
from sopflow.stores.sql.dialects import Dialect
from sopflow.testing import _sample as sample

from .databases import DATABASES, Database, Postgres
from .hosts import maybe

AGENT = Actor("agent", {"platform"})
SERVERS = [name for name, kind in DATABASES.items() if kind.server]


class Post:
    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, message: Any) -> None:
        self.sent.append(message.id)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made = DATABASES[request.param](tmp_path)
    yield made
    made.clean()


@pytest.mark.parametrize("seconds", [-7, 7])
@pytest.mark.parametrize("database", SERVERS, indirect=True)
def test_a_worker_that_is_off_the_servers_clock_stops_and_says_so(database: Database, seconds: int) -> None:
    off, post = timedelta(0), Post()
    native = not database.blocking

    async def main() -> None:
        nonlocal off
        desk = PointOfContact(id="desk", channels={"email": "desk@platform.example"})
        runner: Any = (AsyncRunner if native else Runner)(
            store=await database.make_async() if native else database.make(), procedures=[sample.SAMPLE],
            acting_as="authority", directory=StaticDirectory([Provider(id="platform-a", contacts=[desk])]),
            notifiers={"email": post}, clock=lambda: datetime.now(UTC) + off,
        )  # fmt: skip
        notice = Notice(contents=["https://t.me/x"], parties={"platform": "platform-a"})
        await maybe(runner.open("contract.sample", notice, by=sample.AUTHORITY, case_id="case-1"))
        late = datetime.now(UTC) - timedelta(hours=49)  # so that the answer is overdue
        await maybe(runner.apply("case-1", Issued(reference="1", at=late, by=sample.AUTHORITY)))
        off = timedelta(seconds=seconds)
        for _ in range(2):
            tick, delivery = await maybe(runner.tick()), await maybe(runner.deliver())
            assert tick.skewed and delivery.skewed and (tick.steps, delivery.messages) == (0, ())
        (incident,) = await maybe(runner.incidents())
        assert incident.kind == "clock_skew" and ("ahead of" if seconds > 0 else "behind") in incident.detail
        assert post.sent == [] and (await maybe(runner.case("case-1"))).revision == 2
        off = timedelta(seconds=seconds / 7)
        assert (await maybe(runner.tick())).steps > 0 and (await maybe(runner.deliver())).sent > 0
        assert post.sent
        await maybe(runner.close())

    asyncio.run(main())


@pytest.mark.parametrize("database", [name for name in SERVERS if DATABASES[name].blocking], indirect=True)
def test_two_batches_that_lock_the_same_cases_crosswise_are_both_done(database: Database) -> None:
    both_hold_one = threading.Barrier(2)
    first = database.make()
    url = database.urls[id(first)]
    runners: list[Runner] = []
    attempts: list[int] = []

    def wait(n: int) -> Any:
        def participant(step: Any, conn: Any) -> None:
            if step.case.revision > 1 and not both_hold_one.broken and attempts.count(n) == 0:
                attempts.append(n)
                both_hold_one.wait(20)

        return participant

    for n, store in enumerate((first, open_store(url))):
        runners.append(Runner(store=store, procedures=[sample.SAMPLE], acting_as="authority", participants=[wait(n)]))
    for id_ in ("case-1", "case-2"):
        runners[0].open("contract.sample", Notice(parties={"platform": "p"}), by=sample.AUTHORITY, case_id=id_)

    def work(runner: Runner, order: Sequence[str]) -> Sequence[Result]:
        return runner.apply_many(Apply(id, Verified(by=sample.AUTHORITY)) for id in order)

    with ThreadPoolExecutor(2) as pool:
        done = [
            pool.submit(work, runners[0], ("case-1", "case-2")),
            pool.submit(work, runners[1], ("case-2", "case-1")),
        ]
        results = [result for future in done for result in future.result(60)]
    assert sorted(attempts) == [0, 1], "each held a case when it asked for the other's"
    assert [result.error for result in results] == [None] * 4
    assert [runners[0].verify(id).seq for id in ("case-1", "case-2")] == [3, 3]
    for runner in runners:
        runner.close()


def test_looking_for_work_among_twenty_thousand_that_wait_reads_none_of_them(postgres: Postgres) -> None:
    store: Any = postgres.make()
    with store.session() as session:
        for step in sample.ordered():
            session.commit(step)
    store.close()
    dialect = Dialect("postgresql", "pyformat", schema=postgres.schemas[-1])
    params = {"tenant": sample.TENANT, "now": "2026-01-01T00:00:00.000000Z", "limit": 100}
    with closing(psycopg.connect(postgres.base, autocommit=True)) as conn:
        conn.execute(f"SET search_path TO {postgres.schemas[-1]}")  # type: ignore[arg-type]
        conn.execute("""INSERT INTO sopflow_deadline (tenant, case_id, id, wake, due)
            SELECT tenant, case_id, id || n, '2027', '2027' FROM sopflow_deadline, generate_series(1, 10000) n""")
        conn.execute("""INSERT INTO sopflow_outbox
            (tenant, id, case_id, status, send_after, ready, attempts, address, subject, body, html, data, doc)
            SELECT tenant, id || n, case_id, status, '2027', '2027', 0, '', '', '', '', '', '{}'
            FROM sopflow_outbox, generate_series(1, 20000) n""")
        conn.execute("ANALYZE")
        for text, index in (
            (sql.DUE, "sopflow_deadline_wake"), (sql.DUE_TO_LEASE, "sopflow_deadline_wake"),
            (sql.CLAIMABLE, "sopflow_outbox_ready"), (sql.CLAIMABLE_TO_LEASE, "sopflow_outbox_ready"),
        ):  # fmt: skip
            asked: Any = f"EXPLAIN (ANALYZE, TIMING OFF) {dialect.texts[text]}"
            plan = "\n".join(row[0] for row in conn.execute(asked, params))
            assert index in plan and "Sort" not in plan and "Rows Removed" not in plan, plan


@pytest.mark.parametrize(
    "poison",
    [
        Inbound(id="j" * 295, sender="s" * 200, raw=b"x"),
        Inbound(id="i1", sender="agent", authenticated=True, event=Acknowledged(message="c" * 300 + "-m1.1", by=AGENT)),
        Inbound(id="i1", sender="agent", authenticated=True, event=Acknowledged(message="c\0-m1.1", by=AGENT)),
        Inbound(id="i1", sender="agent", authenticated=True, event=Acknowledged(message="c\0-m1.1", by=AGENT), case="case-1"),
    ],
    ids=["a long id", "a long message", "no id", "no id in a case"],
)  # fmt: skip
@pytest.mark.parametrize(
    "database", [n for n, kind in DATABASES.items() if kind.blocking and n != "memory"], indirect=True
)
def test_an_item_that_no_column_takes_keeps_no_other_waiting(database: Database, poison: Inbound) -> None:
    store = database.make()
    runner = Runner(
        store=store, procedures=[catalogue.find("id.kominfo_telegram_2017"), catalogue.find("generic.network_block")],
        acting_as="authority", max_drift=None,
    )  # fmt: skip
    with closing(store):
        notice = Notice(contents=["https://t.me/x"], parties={"platform": "px"}, form={"reasons": "r"})
        runner.open("id.kominfo_telegram_2017", notice, by=Actor("officer", {"authority"}, "m"), case_id="case-1")
        assert runner.receive(poison).status in ("rejected", "unmatched", "parked")
        done = Inbound(id="good", sender="agent", authenticated=True, case="case-1", received_at=datetime.now(UTC),
                       event=EffectGiven(outcomes={"c1": "removed"}, by=AGENT))  # fmt: skip
        with store.session() as session:  # a receiver died before it looked at it
            session.keep("default", done, event_to_doc(done.event))
        assert runner.tick().steps == 1
        assert runner.case("case-1").revision == 2


@pytest.mark.parametrize("bad", ["a\0b", "a\ud800b"], ids=["zero", "surrogate"])
@pytest.mark.parametrize("database", SERVERS, indirect=True)
def test_an_id_that_the_server_cannot_take_undoes_no_other_item_of_a_batch(database: Database, bad: str) -> None:
    native = not database.blocking

    async def main() -> None:
        runner: Any = (AsyncRunner if native else Runner)(
            store=await database.make_async() if native else database.make(), procedures=[sample.SAMPLE],
            acting_as="authority",
        )  # fmt: skip
        verified = Verified(by=sample.AUTHORITY)
        opened = await maybe(runner.open_many(
            NewCase("contract.sample", Notice(parties={"platform": "p"}), by=sample.AUTHORITY, case_id=id, command_id=id)
            for id in ("first", "last", bad)
        ))  # fmt: skip
        assert [r.error for r in opened[:2]] == [None] * 2
        done = await maybe(runner.apply_many(
            [Apply("first", verified), Apply("last", verified, command_id=bad), Apply(bad, verified, command_id="c")]
        ))  # fmt: skip
        assert done[0].error is None and (done[2].error is None) == (opened[2].error is None)  # MariaDB takes a zero
        assert (await maybe(runner.verify("first"))).seq == 2
        assert (await maybe(runner.verify("last"))).seq == 1 + (done[1].error is None)
        await maybe(runner.close())

    asyncio.run(main())


@pytest.mark.parametrize("database", SERVERS, indirect=True)
def test_what_comes_after_a_participants_rollback_in_a_batch_is_not_kept_by_itself(database: Database) -> None:
    native = not database.blocking

    def plain(step: Step, conn: Any) -> None:
        if step.case.id == "first" and step.case.revision > 1:
            conn.rollback()

    async def awaited(step: Step, conn: Any) -> None:
        if step.case.id == "first" and step.case.revision > 1:
            await (conn.execute("ROLLBACK") if hasattr(conn, "execute") else conn.rollback())

    async def main() -> None:
        runner: Any = (AsyncRunner if native else Runner)(
            store=await database.make_async() if native else database.make(), procedures=[sample.SAMPLE],
            acting_as="authority", participants=[awaited if native else plain],
        )  # fmt: skip
        for id in ("first", "last"):
            opened = runner.open("contract.sample", Notice(parties={"platform": "p"}), by=sample.AUTHORITY, case_id=id)
            await maybe(opened)
        items = [Apply(id, Verified(by=sample.AUTHORITY)) for id in ("first", "last")]
        with pytest.raises(StoreError):
            await maybe(runner.apply_many(items))
        assert [(await maybe(runner.case(id))).revision for id in ("first", "last")] == [1, 1]
        if not native:
            with closing(database.connect(runner.store)) as host:
                host.cursor().execute("SELECT 1")
                with pytest.raises(StoreError):
                    runner.apply_many(items, conn=host)
        await maybe(runner.close())

    asyncio.run(main())
