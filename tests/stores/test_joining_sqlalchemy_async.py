"""Joining SQLAlchemy's async connections and sessions: what is their own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker

from sopflow import AsyncRunner, BadInput, CaseConflict, Verified, catalogue
from sopflow.stores import open_async_store

from .host_libraries import engine
from .test_joining import OFFICER, RULES, notice
from .test_joining_sqlalchemy import Place, placed

AWAITED = ("postgresql+psycopg_async", "postgresql+asyncpg")


@pytest.mark.parametrize("driver", AWAITED)
def test_async_sessions_objects_and_our_step_are_committed_or_undone_together(driver: str, tmp_path: Path) -> None:
    async def main(place: Place) -> None:
        runner = await async_runner(place)
        own = engine(place.database, place.url, driver)
        for how, there in (("rollback", 0), ("commit", 1)):
            async with AsyncSession(own) as session:
                session.add(place.ticket(id=1, case="case-1"))
                await session.flush()
                await runner.open(RULES, notice(), by=OFFICER, case_id="case-1", conn=session)
                with pytest.raises(CaseConflict):
                    await runner.open(RULES, notice(), by=OFFICER, case_id="case-1", conn=session)
                await runner.apply("case-1", Verified(by=OFFICER), conn=session)
                await getattr(session, how)()
            assert len(place.cases()) == place.tickets() == there
        registry = async_scoped_session(async_sessionmaker(own), asyncio.current_task)
        await runner.open(RULES, notice(), by=OFFICER, case_id="case-2", conn=registry)
        await registry.commit()
        await registry.remove()
        assert place.cases() == ["case-1", "case-2"]
        await runner.close()

    with placed("postgresql", tmp_path) as place:
        asyncio.run(main(place))


@pytest.mark.parametrize("driver", AWAITED)
def test_async_connections_that_cannot_be_joined_are_refused(driver: str, tmp_path: Path) -> None:
    async def main(place: Place) -> None:
        runner = await async_runner(place)

        async def opened(conn: Any) -> None:
            await runner.open(RULES, notice(), by=OFFICER, case_id="case-1", conn=conn)

        own = engine(place.database, place.url, driver)
        with pytest.raises(BadInput, match="not started"):
            await opened(own.connect())
        async with own.connect() as conn:
            pass
        with pytest.raises(BadInput, match="closed"):
            await opened(conn)
        async with own.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
            with pytest.raises(BadInput, match="AUTOCOMMIT"):
                await opened(conn)
        async with own.connect() as conn:
            with pytest.raises(Exception, match="no_such_table"):
                await conn.execute(text("SELECT * FROM no_such_table"))
            with pytest.raises(BadInput, match="failed transaction"):
                await opened(conn)
            await conn.rollback()
            streaming = await conn.execution_options(stream_results=True)
            await opened(streaming)
            await conn.commit()
        with pytest.raises(BadInput, match="an async connection .* open_store"), place.engine.connect() as blocking:
            await opened(blocking)
        assert place.cases() == ["case-1"]
        await runner.close()

    with placed("postgresql", tmp_path) as place:
        asyncio.run(main(place))


@pytest.mark.parametrize("driver", AWAITED)
def test_a_step_that_is_cancelled_leaves_nothing(driver: str, tmp_path: Path) -> None:
    """SQLAlchemy gives up the connection of a statement that is cancelled, and the host's transaction with it."""

    async def main(place: Place) -> None:
        async def slow(step: Any, conn: Any) -> None:
            if step.case.id == "case-1":
                await conn.execute(text("SELECT pg_sleep(30)"))

        runner = await async_runner(place, participants=[slow])
        async with engine(place.database, place.url, driver).connect() as conn:
            await conn.execute(text(f"INSERT INTO {place.table} VALUES (1, 'x')"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await runner.open(RULES, notice(), by=OFFICER, case_id="case-1", conn=conn)
            with pytest.raises(BadInput, match="closed"):
                await runner.open(RULES, notice(), by=OFFICER, case_id="case-2", conn=conn)
            with pytest.raises(PendingRollbackError):
                await conn.commit()
        assert (place.cases(), place.tickets()) == ([], 0)
        await runner.close()

    with placed("postgresql", tmp_path) as place:
        asyncio.run(main(place))


async def async_runner(place: Place, **options: Any) -> AsyncRunner:
    """Return the runner of an async program on the place of a blocking one."""
    store = await open_async_store(place.url)
    return AsyncRunner(store=store, procedures=[catalogue.find(RULES)], acting_as={"authority"}, **options)
