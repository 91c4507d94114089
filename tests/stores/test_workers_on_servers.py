"""Workers on real servers: the server's clock is `now`, and looking for work reads what is due, not what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sopflow import AsyncRunner, Issued, Notice, PointOfContact, Provider, Runner, StaticDirectory
from sopflow.stores.sql import statements as sql
from sopflow.stores.sql.dialects import Dialect
from sopflow.testing import _sample as sample

from .databases import DATABASES, Database, Postgres
from .hosts import maybe

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
