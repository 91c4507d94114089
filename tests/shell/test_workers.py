"""Many workers on one store: the work is shared, done once while leases hold, and survives a worker's death."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from sopflow import AsyncRunner, BadInput, DeliveryError, Outgoing, Runner
from sopflow.ports import Delivery, Tick
from sopflow.stores import open_store
from sopflow.stores.sql import statements as sql

from . import delivery_worker
from .test_runner import OFFICER, START, Desk

WORKER = Path(delivery_worker.__file__)


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    found = Desk("memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/cases.db")
    yield found
    found.runner.close()


def beside(desk: Desk, **options: Any) -> Runner:
    """Return another worker on the same store."""
    return Runner(**{**desk.options, **options})


def events(desk: Desk, case: str = "case-1") -> list[str]:
    return [entry.event for entry in desk.runner.journal(case)]


# --- a lease that runs out -----------------------------------------------------------------------------------------


class Slow:
    """Takes longer than the lease; meanwhile another worker is at work. Then it succeeds or raises."""

    def __init__(self, desk: Desk, error: Exception | None, other: Runner) -> None:
        self.desk, self.error, self.other = desk, error, other
        self.taken: list[str] = []
        self.meanwhile: Delivery | None = None

    def send(self, message: Outgoing) -> None:
        self.taken.append(message.id)
        if self.meanwhile is None:
            self.desk.clock.advance(minutes=5)
            self.meanwhile = self.other.deliver()
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("permanent", [True, False])
def test_a_worker_that_was_too_slow_cannot_say_not_sent_of_what_another_has_sent(desk: Desk, permanent: bool) -> None:
    desk.ordered()
    slow = Slow(desk, DeliveryError("gone", permanent=permanent), beside(desk))
    late = beside(desk, notifiers={"email": slow}).deliver()
    assert slow.meanwhile is not None and slow.meanwhile.sent == 1
    assert (late.sent, late.failed, late.retried) == (1, 0, 1), "the durable effect came first"
    assert (events(desk).count("Sent"), events(desk).count("Unsent")) == (1, 0)
    desk.clock.advance(hours=2)
    assert desk.runner.deliver().messages == () and len(desk.post.taken) == 1
    assert "delivery_failed" not in desk.kinds()


def test_a_worker_that_was_too_slow_cannot_take_the_message_from_the_one_that_is_sending(desk: Desk) -> None:
    desk.ordered()
    order = next(m for m in desk.runner.case("case-1").messages if m.status == "queued")
    first = desk.runner.store
    with first.session() as session:
        stale = session.claim("default", desk.clock.now, desk.clock.now + timedelta(minutes=5), 10)
    desk.clock.advance(minutes=5)
    with first.session() as session:
        held = session.claim("default", desk.clock.now, desk.clock.now + timedelta(minutes=5), 10)
    assert {m.id for m in stale} == {m.id for m in held} and order.id in {m.id for m in held}
    late = beside(desk, notifiers={"email": Slow(desk, DeliveryError("x", permanent=True), desk.runner)})
    for row in stale:
        assert late._not_sent(row, DeliveryError("gone", permanent=True)) == "retried"
    assert events(desk).count("Unsent") == 0 and desk.runner.deliver().messages == ()
    for row in held:
        assert late._not_sent(row, DeliveryError("gone", permanent=True)) == "failed"
    assert events(desk).count("Unsent") == 1 and desk.kinds() == ["contact_bounced", "do_failed"]


def test_two_that_have_sent_one_message_record_it_once(desk: Desk) -> None:
    desk.ordered()
    slow = Slow(desk, None, beside(desk))
    beside(desk, notifiers={"email": slow}).deliver()
    assert slow.taken == [m.id for m in desk.post.taken], "under one id, which a receiver can recognise"
    assert events(desk).count("Sent") == 1 and desk.kinds() == []
    desk.runner.verify("case-1")


def test_what_a_slow_worker_has_sent_counts_though_another_holds_the_message(desk: Desk) -> None:
    desk.ordered()

    class Holding:
        held: tuple[str, ...] = ()

        def send(self, message: Outgoing) -> None:
            now = desk.clock.advance(minutes=5)
            with desk.runner.store.session() as session:
                self.held += tuple(m.id for m in session.claim("default", now, now + timedelta(hours=1), 10))

    post = Holding()
    assert beside(desk, notifiers={"email": post}).deliver().sent == 2
    assert len(post.held) == 1 and events(desk).count("Sent") == 1
    desk.clock.advance(hours=3)
    assert desk.runner.deliver().messages == ()


def test_nothing_is_sent_after_the_lease_has_run_out(desk: Desk) -> None:
    for id in ("a", "b", "c"):
        desk.ordered(id)
    post = Slow(desk, None, beside(desk, notifiers={}))
    post.other = beside(desk, notifiers={"email": desk.post}, lease=timedelta(hours=1))
    done = beside(desk, notifiers={"email": post}, effects={}).deliver()
    assert len(post.taken) == 1 and len(desk.post.taken) == 3
    assert Counter([*post.taken, *(m.id for m in desk.post.taken)]).most_common(2)[1][1] == 1
    assert len(done.messages) == 6 and done.retried >= 4


def test_a_lease_that_ends_at_once_is_refused(desk: Desk) -> None:
    with pytest.raises(BadInput, match="lease"):
        beside(desk, lease=timedelta(0))


# --- deadlines -----------------------------------------------------------------------------------------------------


def test_a_ticker_that_died_leaves_its_deadlines_to_another(desk: Desk) -> None:
    desk.open()
    desk.clock.advance(hours=49)
    with desk.runner.store.session() as session:  # what the dead worker did
        taken = session.due("default", desk.clock.now, desk.clock.now + timedelta(minutes=5), 100)
    assert len(taken) == 1
    assert desk.runner.tick() == Tick(), "while the lease runs it is nobody else's"
    desk.clock.advance(minutes=5)
    assert desk.runner.tick() == Tick(steps=1, cases=("case-1",))
    assert desk.runner.case("case-1").state == "overdue"
    assert desk.runner.tick() == Tick()


def test_a_deadline_that_was_taken_over_is_worked_once(desk: Desk) -> None:
    desk.open()
    desk.clock.advance(hours=49)
    other, seen = beside(desk), []

    def slow(step: Any, conn: Any) -> None:
        if not seen and step.entry.event == "DeadlineBreached":
            seen.append(step)
            raise RuntimeError("as if it had died")

    late = beside(desk, participants=[slow])
    now = desk.clock.now
    with late.store.session() as session:
        (each,) = session.due("default", now, now + timedelta(minutes=5), 100)
    desk.clock.advance(minutes=5)
    assert other.tick().steps == 1
    assert late._lapse(*each, now, now + timedelta(minutes=5)) == "", "there is nothing left to do"
    assert events(desk).count("DeadlineBreached") == 1


def test_a_worker_that_fails_too_late_postpones_nothing_that_another_holds(desk: Desk) -> None:
    desk.open("bad")
    now = desk.clock.advance(hours=49)
    with desk.runner.store.session() as session:
        (each,) = session.due("default", now, now + timedelta(minutes=5), 100)
    later = desk.clock.advance(minutes=5)
    with desk.runner.store.session() as session:
        assert session.due("default", later, later + timedelta(minutes=5), 100) == [each]
    desk.host.bad_cases = {"bad"}
    assert desk.runner._lapse(*each, now, now + timedelta(minutes=5)) == "failures"
    desk.host.bad_cases = set()
    desk.clock.advance(minutes=5)
    assert desk.runner.tick().steps == 1


def test_a_row_that_is_too_early_is_put_right_once(desk: Desk) -> None:
    desk.open()
    with desk.runner.store.session() as session:
        far = START + timedelta(days=30)
        (each,) = session.due("default", far, far + timedelta(days=1), 100)
        session.postpone("default", *each, START, far + timedelta(days=1))
    assert desk.runner.tick() == Tick()
    with desk.runner.store.session(read=True) as session:
        assert session.due("default", START + timedelta(hours=47), None, 100) == []
        assert session.due("default", START + timedelta(hours=48), None, 100) == [each]


def test_eight_threads_tick_and_deliver_on_one_file_and_nothing_is_done_twice(tmp_path: Path) -> None:
    desk = Desk(f"sqlite:///{tmp_path}/cases.db")
    for n in range(40):
        desk.ordered(f"case-{n}")
        desk.open(f"waiting-{n}")
    desk.clock.advance(hours=48)
    ticks: list[Tick] = []
    taken: list[str] = []

    def work() -> None:
        store = open_store(f"sqlite:///{tmp_path}/cases.db")
        runner = beside(desk, store=store)
        start.wait()
        while (done := runner.tick(3)).steps:
            ticks.append(done)
        while claimed := runner.deliver(3).messages:
            taken.extend(claimed)
        store.close()

    start = threading.Barrier(8)
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worked = [case for tick in ticks for case in tick.cases]
    assert sum(t.failures for t in ticks) == 0
    assert {f"waiting-{n}" for n in range(40)} <= set(worked)
    for n in range(40):
        assert events(desk, f"waiting-{n}").count("DeadlineBreached") == 1
        desk.runner.verify(f"case-{n}")
        desk.runner.verify(f"waiting-{n}")
    sent = Counter(m.id for m in desk.post.taken)
    assert set(sent.values()) == {1} and len(sent) >= 40
    assert set(Counter(taken).values()) == {1}
    desk.runner.close()


# --- processes -----------------------------------------------------------------------------------------------------


def start(path: Path, lines: Path, mode: str) -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.shell.delivery_worker", str(path), str(lines), mode],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=WORKER.parents[2],
    )  # fmt: skip
    assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    return worker


def go(worker: subprocess.Popen[str]) -> None:
    assert worker.stdin is not None
    worker.stdin.write("go\n")
    worker.stdin.flush()


def test_four_processes_send_each_message_once(tmp_path: Path) -> None:
    path, lines = tmp_path / "cases.db", tmp_path / "lines"
    runner = delivery_worker.runner_on(str(path), str(lines))
    for n in range(60):
        delivery_worker.order(runner, f"case-{n}")
    workers = [start(path, lines, "together") for _ in range(4)]
    for worker in workers:
        go(worker)
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
    sent = [line.split() for line in lines.read_text("utf-8").splitlines()]
    assert len(sent) == len({id for id, _ in sent}) == 60
    assert len({pid for _, pid in sent}) > 1, "the work was shared"
    for n in range(60):
        assert [e.event for e in runner.journal(f"case-{n}")].count("Sent") == 1
        runner.verify(f"case-{n}")
    runner.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_what_a_killed_worker_had_claimed_another_sends_under_the_same_id(tmp_path: Path) -> None:
    path, lines = tmp_path / "cases.db", tmp_path / "lines"
    runner = delivery_worker.runner_on(str(path), str(lines))
    delivery_worker.order(runner, "case-1")
    worker = start(path, lines, "hang")
    go(worker)
    assert worker.stdout is not None and worker.stdout.readline() == "sent\n"
    began = time.monotonic()
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    first = runner.deliver()
    if time.monotonic() - began < 1.5:
        assert first.messages == (), "while the lease runs it is nobody else's"
    while not (again := runner.deliver()).messages and time.monotonic() - began < 20:
        time.sleep(0.1)
    assert again.sent == 1
    sent = [line.split() for line in lines.read_text("utf-8").splitlines()]
    assert len(sent) == 2 and sent[0][0] == sent[1][0] and sent[0][1] != sent[1][1]
    assert [e.event for e in runner.journal("case-1")].count("Sent") == 1
    runner.verify("case-1")
    runner.close()


# --- what it costs -------------------------------------------------------------------------------------------------


def test_a_worker_with_nothing_to_do_only_reads(tmp_path: Path) -> None:
    desk = Desk(f"sqlite:///{tmp_path}/cases.db")
    desk.ordered()
    assert desk.runner.deliver().sent == 2
    writer = sqlite3.connect(tmp_path / "cases.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")  # whoever wants to write waits for 30 seconds, and fails
    began = time.monotonic()
    assert desk.runner.tick() == Tick() and desk.runner.deliver() == Delivery()
    assert time.monotonic() - began < 5
    writer.close()
    desk.runner.close()


@pytest.mark.parametrize(
    ("statement", "index"), [("DUE", "sopflow_deadline_wake"), ("CLAIMABLE", "sopflow_outbox_ready")]
)
def test_what_is_due_is_found_by_an_index_in_its_order(tmp_path: Path, statement: str, index: str) -> None:
    store = open_store(f"sqlite:///{tmp_path}/cases.db")
    params = {"tenant": "default", "now": "2026", "limit": 10}
    with store.session(read=True) as session:
        plan = session.conn.execute(f"EXPLAIN QUERY PLAN {getattr(sql, statement)}", params).fetchall()
    (step,) = [row[-1] for row in plan]  # a second step would be a sort
    assert index in step and "SEARCH" in step and "<" in step
    store.close()


@pytest.mark.parametrize("statement", ["MOVE_DEADLINE", "LEASE", "SETTLE", "SETTLE_LEASED", "AGAIN"])
def test_a_lease_is_taken_and_ended_by_primary_key(tmp_path: Path, statement: str) -> None:
    store = open_store(f"sqlite:///{tmp_path}/cases.db")
    names = ("tenant", "case", "id", "now", "until", "seen", "status", "leased", "attempts", "ready", "why")
    with store.session(read=True) as session:
        text = f"EXPLAIN QUERY PLAN {getattr(sql, statement)}".replace("{ids}", ":id")
        (step,) = [row[-1] for row in session.conn.execute(text, dict.fromkeys(names, "x")).fetchall()]
    assert "SEARCH" in step and "id=?" in step
    store.close()


# --- the store's clock ---------------------------------------------------------------------------------------------


class Clocked:
    """A store with a clock of its own, beside the worker's."""

    def __init__(self, inner: Any, clock: Any) -> None:
        self.inner, self.blocking = inner, inner.blocking
        self.capabilities = inner.capabilities | {"clock"}
        self.clock = clock
        self.off = timedelta(0)
        self.writing = 0

    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        self.writing += not read
        with self.inner.session(conn, read=read) as session:
            yield _Clocked(self, session)

    def close(self) -> None:
        self.inner.close()


class _Clocked:
    def __init__(self, store: Clocked, inner: Any) -> None:
        self.store, self.inner = store, inner

    def clock(self) -> datetime:
        now: datetime = self.store.clock() + self.store.off
        return now

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.fixture
def clocked(desk: Desk) -> Clocked:
    store = Clocked(desk.options["store"], desk.clock)
    desk.runner = beside(desk, store=store)
    return store


@pytest.mark.parametrize("seconds", [6, -6, 86400])
def test_a_worker_whose_clock_is_off_does_nothing_and_says_so_once(desk: Desk, clocked: Clocked, seconds: int) -> None:
    desk.ordered()
    desk.open("waiting")
    clocked.off = timedelta(seconds=seconds)
    desk.clock.advance(hours=49)
    for _ in range(3):
        assert desk.runner.tick() == Tick(skewed=True) and desk.runner.deliver() == Delivery(skewed=True)
    assert desk.post.taken == [] and desk.runner.case("waiting").state == "received"
    (incident,) = desk.runner.incidents()
    assert (incident.kind, incident.case) == ("clock_skew", "")
    assert ("behind" if seconds > 0 else "ahead of") in incident.detail
    before = clocked.writing
    assert desk.runner.tick().skewed and clocked.writing == before, "what was said is not said again"
    clocked.off = timedelta(0)
    assert desk.runner.tick().steps > 0 and desk.runner.deliver().sent > 0
    assert desk.runner.case("waiting").state == "overdue"


def test_a_skew_that_lasts_after_its_incident_was_resolved_is_another_incident(desk: Desk, clocked: Clocked) -> None:
    clocked.off = timedelta(minutes=1)
    desk.runner.tick()
    (incident,) = desk.runner.incidents()
    desk.runner.resolve(incident, by=OFFICER, note="set")
    assert desk.runner.incidents() == ()
    desk.runner.tick()
    (again,) = desk.runner.incidents()
    assert (again.kind, again.id != incident.id) == ("clock_skew", True)


@pytest.mark.parametrize("seconds", [4, -4])
def test_within_the_limit_the_stores_clock_says_what_is_due(desk: Desk, clocked: Clocked, seconds: int) -> None:
    desk.open()
    clocked.off = timedelta(seconds=seconds)
    wake = START + timedelta(hours=48)
    desk.clock.set(wake - clocked.off - timedelta(microseconds=1))
    assert desk.runner.tick() == Tick()
    desk.clock.advance(microseconds=1)
    assert desk.runner.tick() == Tick(steps=1, cases=("case-1",)), "and not again and again until ours agrees"
    assert desk.runner.journal("case-1")[-1].doc["now"] == "2025-06-04T09:00:00.000000Z"


@pytest.mark.parametrize("seconds", [4, -4])
def test_within_the_limit_the_stores_clock_says_which_leases_have_ended(
    desk: Desk, clocked: Clocked, seconds: int
) -> None:
    desk.ordered()
    clocked.off = timedelta(seconds=seconds)
    desk.clock.advance(seconds=10)
    now = desk.clock.now
    with desk.runner.store.session() as session:
        assert len(session.claim("default", now, now + timedelta(minutes=1), 10)) == 2
    desk.clock.set(now + timedelta(minutes=1) - clocked.off - timedelta(microseconds=1))
    assert desk.runner.deliver() == Delivery()
    desk.clock.advance(microseconds=1)
    assert desk.runner.deliver().sent == 2


def test_waiting_for_the_stores_answer_is_no_skew(desk: Desk, clocked: Clocked) -> None:
    def slow() -> datetime:
        desk.clock.advance(seconds=30)
        now: datetime = desk.clock.now
        desk.clock.advance(seconds=30)
        return now

    clocked.clock = slow
    assert not desk.runner.tick().skewed and not desk.runner.deliver().skewed


def test_the_limit_can_be_set_and_lifted(desk: Desk, clocked: Clocked) -> None:
    clocked.off = timedelta(minutes=10)
    assert not beside(desk, store=clocked, max_drift=timedelta(minutes=10)).tick().skewed
    assert beside(desk, store=clocked, max_drift=timedelta(minutes=9)).tick().skewed
    alone = beside(desk, store=clocked, max_drift=None)
    desk.open()
    desk.clock.set(START + timedelta(hours=48) - timedelta(minutes=5))
    assert alone.tick() == Tick(), "simulated time is the only time"
    desk.clock.advance(minutes=5)
    assert alone.tick().steps == 1


def test_a_store_without_a_clock_is_not_asked(desk: Desk) -> None:
    assert desk.runner.tick() == Tick() and desk.runner.deliver() == Delivery()


def test_async_workers_heed_the_stores_clock_too(desk: Desk, clocked: Clocked) -> None:
    desk.ordered()
    clocked.off = timedelta(seconds=6)
    runner = AsyncRunner(**{**desk.options, "store": clocked})

    async def main() -> None:
        assert (await runner.tick()).skewed and (await runner.deliver()).skewed
        clocked.off = timedelta(0)
        assert (await runner.deliver()).sent == 2

    asyncio.run(main())


# --- files of the first schema -------------------------------------------------------------------------------------


def test_a_file_of_the_first_schema_needs_no_change_for_leases(tmp_path: Path) -> None:
    """What a worker of the release before has leased is taken over when its lease ends, and no sooner."""
    folder = files("sopflow.stores.sql") / "migrations" / "sqlite"
    with closing(sqlite3.connect(tmp_path / "cases.db")) as old:
        old.executescript((folder / "0001_initial.sql").read_text("utf-8"))
        old.execute("INSERT INTO sopflow_schema VALUES (1, 'initial', '2025-01-01')")
        old.execute("PRAGMA application_id = 0x534F5046")
        old.commit()
    desk = Desk(f"sqlite:///{tmp_path}/cases.db")
    desk.ordered()
    with closing(sqlite3.connect(tmp_path / "cases.db")) as old:
        old.execute("UPDATE sopflow_outbox SET leased = '2025-06-02T09:04:00.000000Z'")
        old.execute("UPDATE sopflow_outbox SET ready = leased")
        old.commit()
    assert desk.runner.deliver() == Delivery()
    desk.clock.advance(minutes=4)
    assert desk.runner.deliver().sent == 2
    desk.runner.close()
