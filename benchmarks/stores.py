"""What the stores cost and how they scale, as ratios measured in one run. Judges nothing: it prints.

    python benchmarks/stores.py           ten minutes or more: it fills databases with a million cases
    python benchmarks/stores.py --quick   under a minute, with small databases

1. PostgreSQL: `runner.apply` against a raw psycopg loop that runs the same statements in one transaction.
2. `apply_many` of 500 on SQLite (synchronous=FULL) and PostgreSQL, per item, against a raw loop that runs the same
   statements in one transaction, plus `decide` alone, plus the codec alone: rows to a case, a step to rows.
3. A million open cases against ten thousand: `due` for 1,000, `claim` of 1,000, `find` by content key, `load`, and what a
   worker asks when there is nothing to do.
4. Worker processes on PostgreSQL with a notifier that takes 10 ms per message: two against one; and eight, of which
   never two hold one message at the same time.

PostgreSQL is the server that SOPFLOW_TEST_POSTGRES names (postgresql://postgres@127.0.0.1:5432/test); each run makes a
schema of its own and drops it. Without a server only SQLite is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from step import BLOCK, NOW, OFFICER, RULES, SIGNER, Recorder, best

from sopflow import (
    Apply,
    Approved,
    Case,
    Content,
    Facts,
    Issued,
    NewCase,
    Notice,
    PointOfContact,
    Provider,
    Receipt,
    Runner,
    StaticDirectory,
    Verified,
    decide,
)
from sopflow._line import merged
from sopflow.canon import instant, unsorted_text
from sopflow.case_json import case_from_doc, case_to_doc
from sopflow.compose import TextRenderer
from sopflow.directory import Rung
from sopflow.ports import Query
from sopflow.step import Outgoing
from sopflow.stores import open_store
from sopflow.stores.sql import statements as sql
from sopflow.stores.sql.rows import written

SERVER = os.environ.get("SOPFLOW_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
Statements = list[tuple[str, dict[str, Any]]]


def runner_on(url: str, **more: Any) -> Runner:
    """Return a runner that issues orders to one platform."""
    desk = PointOfContact(id="desk", channels={"email": "desk@platform.example"})
    return Runner(
        store=open_store(url),
        procedures=[RULES, BLOCK],
        acting_as={"authority"},
        directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]),
        **more,
    )


def to_be_issued(runner: Runner, number: int) -> list[str]:
    """Return ids of that many cases whose order may be issued."""
    about = Notice(
        contents=[f"https://t.me/reported_channel_{n}" for n in range(3)],
        parties={"platform": "telegram"},
        form={"reasons": "terrorist propaganda"},
    )
    opened = runner.open_many(NewCase(RULES.id, about, by=OFFICER) for _ in range(number))
    ids = [result.case.id for result in opened if result.case is not None]
    runner.apply_many(Apply(id, Verified(by=OFFICER)) for id in ids)
    signed = [Apply(id, Approved(proposal=runner.proposal(id, Issued()), by=SIGNER)) for id in ids]
    assert all(result.error is None for result in runner.apply_many(signed))
    assert len(ids) == number
    return ids


@contextmanager
def postgres() -> Iterator[str]:
    """Give the URL of a schema of our own on the server, and drop it afterwards."""
    schema = f"bench_{secrets.token_hex(5)}"
    try:
        yield f"{SERVER}{'&' if '?' in SERVER else '?'}schema={schema}"
    finally:
        with psycopg.connect(SERVER, autocommit=True) as conn:
            conn.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


class Raw:
    """The same transactions without the library: the statements of each step, run by hand."""

    def __init__(self, runner: Runner, url: str, ids: Sequence[str]) -> None:
        self.ids = ids
        dialect = runner.store._driver.dialect  # type: ignore[attr-defined]
        self.texts = dialect.texts
        self.items: list[tuple[str, Statements]] = []
        for id in ids:
            recorded: Statements = []
            Recorder(recorded).commit(runner.preview(id, Issued(by=OFFICER)))
            self.items.append((id, recorded))
        if url.startswith("sqlite"):
            self.conn: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            self.conn.execute("PRAGMA foreign_keys = ON")
            self.conn.execute("PRAGMA synchronous = FULL")
            self.begin = "BEGIN IMMEDIATE"
        else:
            self.conn = psycopg.connect(SERVER, autocommit=True)
            self.begin = "BEGIN"

    def one(self, cursor: Any, id: str, statements: Statements) -> None:
        """Run the statements of one step."""
        texts = self.texts
        cursor.execute(texts[sql.LOAD_TO_WRITE], {"tenant": "default", "id": id}).fetchall()
        cursor.execute(texts[sql.SIDES], {"tenant": "default", "case": id}).fetchall()
        for text, params in statements:
            if text == sql.INSERT_ENTRY:
                params["command"] = f"issue-{id}"
            if cursor.execute(texts[text], params).rowcount == 0:
                raise AssertionError("the revision check failed")

    def each(self, part: Sequence[tuple[str, Statements]]) -> float:
        """Do a transaction per item; return seconds."""
        cursor = self.conn.cursor()
        start = time.perf_counter()
        for id, statements in part:
            cursor.execute(self.begin)
            self.one(cursor, id, statements)
            cursor.execute("COMMIT")
        return time.perf_counter() - start

    def batch(self) -> float:
        """Do all items in one transaction; return seconds."""
        cursor = self.conn.cursor()
        start = time.perf_counter()
        cursor.execute(self.begin)
        for id, statements in self.items:
            self.one(cursor, id, statements)
        cursor.execute("COMMIT")
        return time.perf_counter() - start


# --- 1. apply on PostgreSQL ------------------------------------------------------------------------------------------


def measure_apply(cases: int, rounds: int) -> None:
    """Print the ratio of apply to the raw loop; both in turns of 100, so that a slow moment touches both.

    Shorter turns would measure something else: for the first twenty steps of a turn, what the loop needs is in no cache.
    """
    ours, raw = [], []
    with postgres() as url:
        runner = runner_on(url)
        for _ in range(rounds):
            mine, theirs = to_be_issued(runner, cases), to_be_issued(runner, cases)
            by_hand = Raw(runner, url, theirs)
            event = Issued(by=OFFICER)
            for start in range(0, cases, 100):
                part = mine[start : start + 100]
                began = time.perf_counter()
                for id in part:
                    runner.apply(id, event, command_id=f"issue-{id}")
                ours.append((time.perf_counter() - began) / len(part))
                raw.append(by_hand.each(by_hand.items[start : start + 100]) / len(part))
            by_hand.conn.close()
        runner.close()
    mine_us, raw_us = statistics.median(ours) * 1e6, statistics.median(raw) * 1e6
    print(f"apply on PostgreSQL: {mine_us:8.0f} us; raw psycopg loop {raw_us:8.0f} us; ratio {mine_us / raw_us:.2f}")


# --- 2. batches ------------------------------------------------------------------------------------------------------


def on_its_own(runner: Runner, id: str) -> tuple[Case, Facts]:
    """Return a case and what `decide` needs for it, so that deciding can be measured on the items of the batch."""
    with runner.store.session(read=True) as session:
        sides = session.personal("default", id)
    facts = Facts(
        contacts={"telegram": (Rung(contact="desk", channel="email"),)}, acting_as=frozenset({"authority"}),
        renderer=TextRenderer(), salt=b"s" * 16, key=sides[0].salt, command=f"issue-{id}", personal=merged(sides),
    )  # fmt: skip
    return runner.case(id), facts


def measure_batch(name: str, url: str, size: int, rounds: int) -> None:
    """Print what an item of a batch costs, and what it consists of."""
    runner = runner_on(url)
    ours, raw, decides, codecs = [], [], [], []
    event = Issued(by=OFFICER)
    for _ in range(rounds):
        mine, theirs = to_be_issued(runner, size), to_be_issued(runner, size)
        by_hand = Raw(runner, url, theirs)
        alone = [on_its_own(runner, id) for id in mine]
        began = time.perf_counter()
        steps = [decide(RULES, case, event, facts, datetime.now(UTC)) for case, facts in alone]
        decides.append((time.perf_counter() - began) / size * 1e6)
        read = [(unsorted_text(case_to_doc(case)), unsorted_text(dict(facts.personal))) for case, facts in alone]
        began = time.perf_counter()
        for step, (doc, personal) in zip(steps, read, strict=True):
            case_from_doc(json.loads(doc)), json.loads(personal)
            written(step, frozenset())
        codecs.append((time.perf_counter() - began) / size * 1e6)
        began = time.perf_counter()
        results = runner.apply_many(Apply(id, event, command_id=f"issue-{id}") for id in mine)
        ours.append((time.perf_counter() - began) / size * 1e6)
        assert all(result.error is None for result in results)
        raw.append(by_hand.batch() / size * 1e6)
        by_hand.conn.close()
    runner.close()
    mine_us, raw_us = statistics.median(ours), statistics.median(raw)
    decided, codec = statistics.median(decides), statistics.median(codecs)
    parts = raw_us + decided + codec
    print(
        f"apply_many of {size} on {name}: {mine_us:6.0f} us per item; raw loop {raw_us:5.0f} + decide {decided:4.0f} + "
        f"codec {codec:4.0f} = {parts:5.0f} us; ratio {mine_us / parts:.2f}"
    )


# --- 3. a million cases ----------------------------------------------------------------------------------------------

TEMPLATE = "case-template"
PAST, FUTURE = instant(NOW - timedelta(days=1)), instant(NOW + timedelta(days=365))
EMPTY = NOW - timedelta(days=2)  # when nothing was due yet
TABLES = ("case", "journal", "side", "party", "deadline", "content", "matter", "outbox")


def fill(url: str, cases: int) -> int:
    """Fill a store with open cases of one entry, one content, a clock and a queued message; return bytes per case.

    A thousand clocks have run out and a thousand messages are to be sent; all others are in the future. The first case
    is written by the library and copied by SQL: that it takes long to open a million cases is not the point.
    """
    runner = runner_on(url, clock=lambda: NOW, max_drift=None)
    notice = Notice(contents=[Content(locator="https://t.me/one")], parties={"platform": "telegram"})
    runner.open(RULES.id, notice, by=OFFICER, case_id=TEMPLATE)
    dialect = runner.store._driver.dialect  # type: ignore[attr-defined]
    lite = dialect.database == "sqlite"
    number = "printf('%07d', n.i)" if lite else "lpad(CAST(n.i AS text), 7, '0')"
    numbers = (
        f"(WITH RECURSIVE r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i + 1 < {cases}) SELECT i FROM r) n"
        if lite
        else f"generate_series(0, {cases - 1}) AS n(i)"
    )
    conn: Any
    if lite:
        conn = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        conn.execute("PRAGMA synchronous = OFF")
    else:
        conn = psycopg.connect(SERVER, autocommit=True)
    with runner.store.session() as session:  # a message that waits
        message = Outgoing(
            id=f"{TEMPLATE}-m9", tenant="default", case=TEMPLATE, channel="email", contact="desk", send_after=NOW,
            address="desk@platform.example", subject="An order", body="x" * 700,
        )  # fmt: skip
        from sopflow.stores.sql.rows import message_row

        session._c.run(sql.INSERT_MESSAGE, message_row(message, "default", TEMPLATE))  # type: ignore[attr-defined]
    conn.execute("BEGIN")
    for table in TABLES:
        source = dialect.named(f"SELECT * FROM sopflow_{table} LIMIT 0")
        columns = [row[0] for row in conn.execute(source).description]
        id = f"'case-' || {number}"
        early = f"CASE WHEN n.i < 1000 THEN '{PAST}' ELSE '{FUTURE}' END"
        values = []
        for column in columns:
            if column in ("id", "case_id", "matter", "doc", "entry", "state_key"):
                values.append(f"replace(t.{column}, '{TEMPLATE}', {id})")
            elif column == "digest":  # as long as a real one, and every case another
                values.append(f"({id}) || substr(t.digest, 13)")
            elif (table, column) == ("deadline", "wake"):
                values.append(f"CASE WHEN t.wake IS NULL THEN NULL ELSE {early} END")
            elif table == "outbox" and column in ("ready", "send_after"):
                values.append(early)
            else:
                values.append(f't."{column}"')
        quoted = ", ".join(f'"{column}"' for column in columns)
        only = {"case": f"t.id = '{TEMPLATE}'", "matter": f"t.matter = '{TEMPLATE}'"}.get(
            table, f"t.case_id = '{TEMPLATE}'"
        )
        conn.execute(
            dialect.named(
                f"INSERT INTO sopflow_{table} ({quoted}) SELECT {', '.join(values)} FROM {numbers}, sopflow_{table} t WHERE {only}"
            )
        )
    conn.execute("COMMIT")
    if lite:
        conn.execute("ANALYZE")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = Path(url.removeprefix("sqlite:///")).stat().st_size
    else:
        conn.execute("ANALYZE")
        sizes = [
            conn.execute("SELECT pg_total_relation_size(%s::regclass)", [dialect.named(f"sopflow_{table}")]).fetchone()[
                0
            ]
            for table in TABLES
        ]
        size = sum(sizes)
    conn.close()
    runner.close()
    return size // cases


class _Undo(Exception):
    """Ends a session without keeping anything."""


def asked(url: str, cases: int) -> dict[str, float]:
    """Return microseconds for each question."""
    store = open_store(url)
    until = NOW + timedelta(minutes=5)
    key = f"case-{cases // 2:07}"
    with store.session(read=True) as session:
        conn_digest = session.find("default", Query(matter=key))
        assert len(conn_digest) == 1
        rows = session._c.rows(  # type: ignore[attr-defined]
            "SELECT digest FROM sopflow_content WHERE tenant = :tenant AND case_id = :case",
            {"tenant": "default", "case": key},
        )
        digest = rows[0][0]

    def undone(call: Callable[[Any], Any], expected: int) -> Callable[[], None]:
        def run() -> None:
            with suppress(_Undo), store.session() as session:
                assert len(call(session)) == expected
                raise _Undo

        return run

    def read(call: Callable[[Any], Any], expected: bool = True) -> Callable[[], None]:
        def run() -> None:
            with store.session(read=True) as session:
                assert bool(call(session)) is expected

        return run

    times = {
        "due for 1,000": best(undone(lambda s: s.due("default", NOW, until, 1000), 1000), 1, 15),
        "claim of 1,000": best(undone(lambda s: s.claim("default", NOW, until, 1000), 1000), 1, 15),
        "find by content": best(read(lambda s: s.find("default", Query(content=(digest,)))), 50, 15),
        "load": best(read(lambda s: s.load("default", key)), 50, 15),
        "nothing to do": best(
            read(lambda s: [*s.due("default", EMPTY, None, 1), *s.claim("default", EMPTY, None, 1)], expected=False),
            50,
            15,
        ),
    }
    store.close()
    return times


def measure_many(name: str, urls: dict[int, str]) -> None:
    """Print what each question costs with few and with many open cases."""
    times: dict[int, dict[str, float]] = {}
    for cases, url in urls.items():
        began = time.perf_counter()
        size = fill(url, cases)
        print(
            f"{name}: {cases:9,} open cases, {size:,} bytes per case on disk (filled in {time.perf_counter() - began:.0f} s)"
        )
        times[cases] = asked(url, cases)
    few, many = urls
    for question, small in times[few].items():
        large = times[many][question]
        print(
            f"{name}: {question:16} {large:9.0f} us with {many:,}; {small:9.0f} us with {few:,}; ratio {large / small:.2f}"
        )


# --- 4. workers ------------------------------------------------------------------------------------------------------


class Slow:
    """A notifier that takes 10 ms, and notes when it held which message."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("a")

    def send(self, message: Outgoing) -> Receipt | None:
        """Hold the message for 10 ms."""
        began = time.monotonic_ns()
        time.sleep(0.01)
        self.file.write(f"{message.id} {began} {time.monotonic_ns()}\n")
        self.file.flush()
        return None


def work(url: str, path: str, hands: int) -> None:
    """Deliver until nothing is left: what a worker process runs."""
    runner = runner_on(url, notifiers={"email": Slow(Path(path))}, hands=hands)
    runner.count()  # connected
    print("ready", flush=True)
    sys.stdin.readline()
    while runner.deliver(limit=25).messages:
        pass
    runner.close()


def delivered(workers: int, messages: int, folder: Path, hands: int) -> tuple[float, int]:
    """Return messages per second, and how many were held by two at one time (or sent twice)."""
    with postgres() as url:
        runner = runner_on(url)
        ids = to_be_issued(runner, messages)
        assert all(result.error is None for result in runner.apply_many(Apply(id, Issued(by=OFFICER)) for id in ids))
        runner.close()
        paths = [folder / f"{secrets.token_hex(4)}.txt" for _ in range(workers)]
        command = [sys.executable, __file__, "--worker", url]
        running = [
            subprocess.Popen(
                [*command, str(path), str(hands)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for path in paths
        ]
        for worker in running:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        began = time.perf_counter()
        for worker in running:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in running:
            worker.wait()
        took = time.perf_counter() - began
    held: dict[str, list[tuple[int, int]]] = {}
    for path in paths:
        for line in path.read_text().splitlines():
            id, start, end = line.split()
            held.setdefault(id, []).append((int(start), int(end)))
    assert len(held) == messages, (len(held), messages)
    return messages / took, sum(len(times) > 1 for times in held.values())


def measure_workers(folder: Path, messages: int) -> None:
    """Print what two workers deliver against one, and whether eight ever hold one message at the same time."""
    for hands in (1, 8):
        one, _ = delivered(1, messages, folder, hands)
        two, _ = delivered(2, messages, folder, hands)
        print(
            f"workers on PostgreSQL, {hands} at a time each: one {one:5.0f} messages/s, two {two:5.0f}; ratio {two / one:.2f}"
        )
    _, twice = delivered(8, messages, folder, 8)
    print(f"eight workers, {messages} messages: {twice} were held by two of them")


def main() -> None:
    """Run all measurements."""
    if len(sys.argv) > 1 and sys.argv[1] == "--worker":
        work(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="small numbers, for a first look")
    parser.add_argument("--only", choices=["apply", "batch", "many", "workers"], help="one of the measurements")
    given = parser.parse_args()
    quick, only = given.quick, given.only
    few, many = (1_000, 5_000) if quick else (10_000, 1_000_000)
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
        server = True
    except psycopg.Error:
        server = False
        print("no PostgreSQL server answers (SOPFLOW_TEST_POSTGRES): only SQLite is measured")
    with tempfile.TemporaryDirectory(dir=os.environ.get("SOPFLOW_BENCH_DIR")) as name:
        folder = Path(name)
        if server and only in (None, "apply"):
            measure_apply(50 if quick else 400, 1 if quick else 3)
        if only in (None, "batch"):
            measure_batch("SQLite", f"sqlite:///{folder}/batch.db", 100 if quick else 500, 2 if quick else 5)
            if server:
                with postgres() as url:
                    measure_batch("PostgreSQL", url, 100 if quick else 500, 2 if quick else 5)
        if only in (None, "many"):
            measure_many("SQLite", {n: f"sqlite:///{folder}/many{n}.db" for n in (few, many)})
            if server:
                with postgres() as one, postgres() as other:
                    measure_many("PostgreSQL", {few: one, many: other})
        if server and only in (None, "workers"):
            measure_workers(folder, 100 if quick else 500)
    print(f"measured {datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
