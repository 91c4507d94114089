"""Workers on a server are killed at random moments: nothing is lost, nothing half done, nothing done twice or stuck.

Kills follow the work, not the clock: one for each portion of the cases, and the last cases are given out after the last
kill, so that no machine is too fast or too slow for it. The short form runs everywhere; `SOPFLOW_CRASH_ROUNDS=100` kills
a hundred times while 5,000 cases are worked.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sopflow.stores import open_store

from ..stores.databases import require_postgres
from . import server_crash_worker
from .server_crash_worker import LEASE, STEPS, TABLES, runner_on

KILLS = int(os.environ.get("SOPFLOW_CRASH_ROUNDS", "8"))
CASES = KILLS * 50 if "SOPFLOW_CRASH_ROUNDS" in os.environ else 160
WORKERS = 8
STUCK = 120  # seconds without a step
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")


@pytest.fixture
def place() -> Iterator[tuple[str, str, psycopg.Connection[Any]]]:
    """A server, and a schema of this test's own in it."""
    server, schema = require_postgres(), f"t_{secrets.token_hex(6)}"
    open_store(f"{server}?schema={schema}").close()
    with closing(psycopg.connect(server, autocommit=True)) as conn:
        conn.execute(TABLES.format(schema=schema))
        yield server, schema, conn
        conn.execute(f"DROP SCHEMA {schema} CASCADE")


class Crew:
    """Eight workers; whoever is killed has a successor."""

    def __init__(self, conn: psycopg.Connection[Any], schema: str, *arguments: str) -> None:
        self.command = [sys.executable, "-m", server_crash_worker.__name__, *arguments]
        self.conn, self.schema = conn, schema
        self.at_work: list[subprocess.Popen[str]] = []
        self.errors: list[str] = []
        self.killed = 0

    def ask(self, text: str) -> list[Any]:
        return self.conn.execute(text.format(schema=self.schema)).fetchall()  # type: ignore[arg-type]

    def hire(self) -> None:
        self.at_work.append(subprocess.Popen(self.command, cwd=ROOT, stderr=subprocess.PIPE, text=True))

    def give_out(self, cases: int) -> None:
        """Let the workers have that many of the cases, and no more."""
        self.conn.execute(f"UPDATE {self.schema}.given_out SET cases = {min(cases, CASES)}")  # type: ignore[arg-type]

    def lose(self, kills: int, chance: random.Random) -> None:
        """Kill one each time when a part of the work is done; always two parts are left until the last is killed."""
        part = CASES / (kills + 2)
        steps, since = 0, time.monotonic()
        while self.killed < kills and self.at_work and time.monotonic() - since < STUCK:
            self.give_out(int((self.killed + 2) * part))
            enough = int((self.killed + chance.random()) * part * STEPS)
            while steps <= enough and self.at_work and time.monotonic() - since < STUCK:
                time.sleep(chance.uniform(0.01, 0.1))
                ((done,),) = self.ask("SELECT COUNT(*) FROM {schema}.sopflow_journal")
                if done > steps:
                    steps, since = done, time.monotonic()
                for worker in [w for w in self.at_work if w.poll() is not None]:
                    self.gone(worker)
            began = {pid for (pid,) in self.ask("SELECT pid FROM {schema}.at_work")}
            busy = [worker for worker in self.at_work if worker.pid in began]  # a kill before the work begins is none
            if busy:
                worker = chance.choice(busy)
                worker.kill()
                self.killed += 1
                self.gone(worker)
                self.hire()

    def gone(self, worker: subprocess.Popen[str]) -> None:
        _, errors = worker.communicate()
        if errors or worker.returncode not in (0, -signal.SIGKILL):
            self.errors.append(errors)
        self.at_work.remove(worker)

    def finish(self, within: float) -> None:
        end = time.monotonic() + within
        try:
            for worker in list(self.at_work):
                worker.wait(max(1, end - time.monotonic()))
                self.gone(worker)
        finally:
            for worker in self.at_work:
                worker.kill()
                worker.communicate()


@pytest.mark.slow
def test_killed_workers_lose_nothing_do_nothing_twice_and_leave_no_lease(place: Any) -> None:
    server, schema, conn = place
    started, chance = time.monotonic(), random.Random(20170714)
    crew = Crew(conn, schema, server, schema, str(CASES), datetime.now(UTC).isoformat())
    for _ in range(WORKERS):
        crew.hire()
    try:
        crew.lose(KILLS, chance)
        left = CASES - done(conn, schema)
        crew.give_out(CASES)
    finally:
        crew.finish(within=60 + CASES / 5)
    assert crew.errors == []
    assert crew.killed == KILLS, f"no step in {STUCK} seconds"
    assert left, "there was nothing to do when the last was killed"

    runner = runner_on(server, schema, conn)
    deadline = time.monotonic() + LEASE.total_seconds() + 30
    taken_over = 0
    while queued(conn, schema) and time.monotonic() < deadline:  # what the last to be killed had leased
        taken_over += runner.tick().steps + runner.deliver().sent
        time.sleep(0.1)

    assert runner.count() == runner.count(final=True) == CASES
    for n in range(CASES):
        runner.verify(f"case-{n}")
        events = [entry.event for entry in runner.journal(f"case-{n}")]
        once = ["Opened", "Issued", "EffectGiven", "Closed"]
        assert [events.count(name) for name in once] == [1, 1, 1, 1], "a command was done twice, or not at all"
        assert events.count("DeadlineBreached") == n % 2, "a deadline passed unseen, or twice, or was made up"
    found = Counter((incident.kind, incident.case) for incident in runner.incidents(limit=2 * CASES))
    assert found == Counter({("deadline_missed", f"case-{n}"): 1 for n in range(1, CASES, 2)})
    runner.close()

    conn.execute(f"SET search_path TO {schema}")

    def ask(text: str) -> list[Any]:
        return conn.execute(text).fetchall()  # type: ignore[arg-type]

    assert queued(conn, schema) == 0
    assert ask("SELECT status, leased FROM sopflow_outbox WHERE leased IS NOT NULL OR ready IS NOT NULL") == []
    assert ask("SELECT * FROM sopflow_deadline WHERE wake IS NOT NULL") == [], "a deadline is leased, or left over"
    half = """SELECT c.id FROM sopflow_case c WHERE revision <> (SELECT COUNT(*) FROM sopflow_journal j
        WHERE j.case_id = c.id) OR revision <> (SELECT COUNT(*) FROM sopflow_side s WHERE s.case_id = c.id)"""
    assert ask(half) == []
    sent = {id for (id,) in ask("SELECT id FROM sopflow_outbox WHERE status IN ('sent', 'done')")}
    arrived = ask("SELECT id, COUNT(*), COUNT(DISTINCT digest) FROM arrived GROUP BY id")
    effects = ask("SELECT id FROM effect")
    statuses = dict(ask("SELECT status, COUNT(*) FROM sopflow_outbox GROUP BY status"))
    assert sent and sent <= {id for id, _, _ in arrived}, "a message is said to be sent that never arrived"
    assert all(variants == 1 for _, _, variants in arrived), "one id has carried two different messages"
    assert len(effects) == len({id for (id,) in effects}) == len(arrived), "an effect for each id that arrived, and one"
    again = sum(times - 1 for _, times, _ in arrived)
    print(
        f"{CASES} cases, {WORKERS} workers, {crew.killed} killed, {time.monotonic() - started:.0f} s: {len(sent)} sent "
        f"({again} arrived again), {taken_over} taken over at the end, outbox {statuses}"
    )


def done(conn: psycopg.Connection[Any], schema: str) -> int:
    """Return how many cases have ended."""
    (found,) = conn.execute(f"SELECT COUNT(*) FROM {schema}.sopflow_case WHERE final = 1").fetchall()[0]  # type: ignore[arg-type]
    return int(found)


def queued(conn: psycopg.Connection[Any], schema: str) -> int:
    """Return how many messages and deadlines wait, leased or not."""
    text = f"""SELECT (SELECT COUNT(*) FROM {schema}.sopflow_outbox WHERE status = 'queued')
        + (SELECT COUNT(*) FROM {schema}.sopflow_deadline WHERE wake IS NOT NULL)"""
    (found,) = conn.execute(text).fetchall()[0]  # type: ignore[arg-type]
    return int(found)
