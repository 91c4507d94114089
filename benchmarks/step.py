"""What one step costs, as ratios measured in one run. Judges nothing: it prints, and says where the time goes.

    python benchmarks/step.py           about a minute
    python benchmarks/step.py --quick   a few seconds

1. `runner.apply` on SQLite with synchronous=FULL, against a raw `sqlite3` loop that does the same transaction on the
   same schema: select, update with revision check, inserts of journal, side, message and deadline rows of the same
   sizes, commit.
2. `decide` alone, hash included, against one bare trigger of the same shared machine of `transitions`: as we compile it,
   and with the engine's own classes in the place of ours, which are two to three times as quick; and against code
   that makes the same step of one act, and nothing else.
3. 100,000 open cases: memory, and `due()` for the due hundred against the same with 1,000 open cases.
4. One case of many contents: a step about one of them, late in the case, against the same in a case of few.
5. Import times against the core's dependencies.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import os
import pstats
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
from transitions import Machine

from sopflow import (
    Actor,
    Approved,
    Case,
    EffectGiven,
    Event,
    Facts,
    Issued,
    Notice,
    Opened,
    PointOfContact,
    Provider,
    Runner,
    StaticDirectory,
    Step,
    Verified,
    canon,
    catalogue,
    decide,
    open_case,
)
from sopflow._machine import Cursor, machine_of
from sopflow.case import Deadline, Happening, Standing
from sopflow.compose import TextRenderer
from sopflow.core import proposal
from sopflow.directory import Rung
from sopflow.ports import Store
from sopflow.records import succeed
from sopflow.step import Entry, Side
from sopflow.stores import open_store
from sopflow.stores.sql import statements as sql

OFFICER = Actor("officer", {"authority"}, "ministry")
SIGNER = Actor("signer", {"competent_agency"}, "agency")
RULES = catalogue.find("id.kominfo_telegram_2017")
BLOCK = catalogue.find("generic.network_block")
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def notice() -> Notice:
    """Return a report of three channels."""
    contents = [f"https://t.me/reported_channel_{n}" for n in range(3)]
    return Notice(contents=contents, parties={"platform": "telegram"}, form={"reasons": "terrorist propaganda"})


def best(call: Callable[[], object], number: int, repeats: int = 7) -> float:
    """Return microseconds per call, the best of several rounds."""
    rounds = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            call()
        rounds.append((time.perf_counter() - start) / number)
    return min(rounds) * 1e6


# --- 1. apply ------------------------------------------------------------------------------------------------------


class Prepared:
    """A runner on a file, with cases that an officer may issue: each issue queues a message and starts clocks."""

    def __init__(self, path: Path, cases: int) -> None:
        desk = PointOfContact(id="desk", channels={"email": "desk@platform.example"})
        self.steps: list[Step] = []
        self.runner = Runner(
            store=open_store(f"sqlite:///{path}"),
            procedures=[RULES, BLOCK],
            acting_as={"authority"},
            directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]),
        )
        self.ids = []
        for _ in range(cases):
            case = self.runner.open(RULES.id, notice(), by=OFFICER)
            self.runner.apply(case.id, Verified(by=OFFICER))
            self.runner.apply(case.id, Approved(proposal=self.runner.proposal(case.id, Issued()), by=SIGNER))
            self.ids.append(case.id)

    def apply_all(self) -> float:
        """Issue every order; return microseconds per apply."""
        event = Issued(by=OFFICER)
        start = time.perf_counter()
        for id in self.ids:
            self.runner.apply(id, event, command_id=f"issue-{id}")
        return (time.perf_counter() - start) / len(self.ids) * 1e6


class Raw:
    """The same transaction without the library: the rows that a step of the library writes, written by hand."""

    def __init__(self, path: Path, cases: int) -> None:
        self.prepared = Prepared(path, cases)
        self.rows = [self._rows(id) for id in self.prepared.ids]
        self.prepared.runner.close()
        self.conn = sqlite3.connect(path, isolation_level=None)
        self.conn.execute("PRAGMA foreign_keys = ON")
        self.conn.execute("PRAGMA synchronous = FULL")

    def _rows(self, id: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the statements of one step with their parameters, recorded from a step that is rolled back."""
        recorded: list[tuple[str, dict[str, Any]]] = []
        session = Recorder(recorded)
        step = self.prepared.runner.preview(id, Issued(by=OFFICER))
        session.commit(step)
        for text, params in recorded:
            if text == sql.INSERT_ENTRY:  # ours has one, and an index to put it into
                params["command"] = f"issue-{id}"
        return recorded

    def apply_all(self) -> float:
        """Do every transaction; return microseconds per transaction."""
        execute = self.conn.execute
        start = time.perf_counter()
        for id, statements in zip(self.prepared.ids, self.rows, strict=True):
            execute("BEGIN IMMEDIATE")
            execute(sql.LOAD, {"tenant": "default", "id": id}).fetchall()
            execute(sql.SIDES, {"tenant": "default", "case": id}).fetchall()
            for text, params in statements:
                if execute(text, params).rowcount == 0:
                    raise AssertionError("the revision check failed")
            execute("COMMIT")
        return (time.perf_counter() - start) / len(self.rows) * 1e6


class Recorder:
    """Notes the statements that the store's commit runs."""

    def __init__(self, recorded: list[tuple[str, dict[str, Any]]]) -> None:
        from sopflow.stores.sql.dialects import Dialect
        from sopflow.stores.sql.sync import SqlSession

        outer = self
        self.recorded = recorded

        class Connection:
            raw = None

            def rows(self, text: str, params: Any) -> list[Any]:
                return []

            def run(self, text: str, params: Any) -> int:
                outer.recorded.append((text, dict(params)))
                return 1

            def part(self) -> Connection:
                return self

            def end(self, ok: bool) -> None: ...

        self.session = SqlSession(Connection(), Dialect("sqlite"))

    def commit(self, step: Step) -> None:
        """Note what would be written."""
        self.session.commit(step)


def measure_apply(folder: Path, cases: int, rounds: int) -> None:
    """Print the ratio of apply to the raw loop."""
    ours, raw = [], []
    for n in range(rounds):
        prepared = Prepared(folder / f"ours{n}.db", cases)
        by_hand = Raw(folder / f"raw{n}.db", cases)
        for _ in range(1):  # interleaved, so that a slow moment of the disk touches both
            ours.append(prepared.apply_all())
            raw.append(by_hand.apply_all())
        prepared.runner.close()
        by_hand.conn.close()
    mine, theirs = statistics.median(ours), statistics.median(raw)
    print(f"apply on SQLite, synchronous=FULL: {mine:8.0f} us; raw loop {theirs:8.0f} us; ratio {mine / theirs:.2f}")
    print(
        f"  beyond the raw loop: {mine - theirs:.0f} us, which are 0.4 of a raw loop of {(mine - theirs) / 0.4:.0f} us"
    )


# --- 2. decide -----------------------------------------------------------------------------------------------------


def scenario() -> tuple[Facts, dict[str, tuple[Case, Event]]]:
    """Return facts, and cases with an act each that the rules allow."""
    facts = Facts(
        contacts={"telegram": (Rung(contact="desk", channel="email"),)}, acting_as=frozenset({"authority"}),
        renderer=TextRenderer(), salt=b"s" * 16, key=b"k" * 16, command="command-1",
    )  # fmt: skip
    opened = open_case(RULES, Opened(instrument=notice(), by=OFFICER), facts, NOW, tenant="t", id="case-1")
    facts = attrs.evolve(facts, personal=dict(opened.side.values))
    verified = decide(RULES, opened.case, Verified(by=OFFICER), facts, NOW).case
    signature = Approved(proposal=proposal(RULES, verified, Issued(), facts.key), by=SIGNER)
    signed = decide(RULES, verified, signature, facts, NOW).case
    return facts, {
        "Verified: two clocks": (opened.case, Verified(by=OFFICER)),
        "Approved: a signature, two clocks": (verified, signature),
        "Issued: quorum, message, two clocks": (signed, Issued(by=OFFICER)),
    }


def stock(machine: Machine) -> Machine:
    """Return the same machine as `transitions` builds it from the same states and rows."""
    built = Machine(
        model=None, states=list(machine.states), initial=machine.initial, auto_transitions=False, send_event=True
    )
    for event in machine.events.values():
        for rows in event.transitions.values():
            for row in rows:
                conditions = [condition.func for condition in row.conditions]
                built.add_transition(
                    event.name, row.source, row.dest, conditions=conditions, before=row.before, after=row.after
                )
    return built


def measure_decide(number: int) -> None:
    """Print the ratio of decide to a bare trigger, and where decide spends its time."""
    facts, acts = scenario()
    machines = {"": machine_of(RULES), "with the engine's own classes": stock(machine_of(RULES))}
    ratios: dict[str, list[float]] = {name: [] for name in machines}
    for name, (case, event) in acts.items():

        def ours(case: Case = case, event: Event = event) -> None:
            decide(RULES, case, event, facts, NOW)

        one = best(ours, number)
        for which, machine in machines.items():
            trigger = machine.events[event.name].trigger

            def bare(case: Case = case, event: Event = event, trigger: Any = trigger) -> None:
                trigger(Cursor(case, lambda: case, event, facts, lambda view: proposal(RULES, view, event, facts.key)))

            other = best(bare, number)
            ratios[which].append(one / other)
            print(
                f"decide, {name:36} {one:8.1f} us; bare trigger {other:6.1f} us; ratio {one / other:.2f} {which}".rstrip()
            )
    measure_floor(number)
    for which, found in ratios.items():
        print(f"decide, geometric mean of the ratios: {statistics.geometric_mean(found):.2f} {which}".rstrip())
    case, event = acts["Verified: two clocks"]
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(number):
        decide(RULES, case, event, facts, NOW)
    profile.disable()
    stats = pstats.Stats(profile)
    total = sum(row[2] for row in stats.stats.values())  # type: ignore[attr-defined]
    where: dict[str, float] = {}
    for (file, _line, _name), row in stats.stats.items():  # type: ignore[attr-defined]
        where[Path(file).stem if file != "~" else "built-in"] = (
            where.get(Path(file).stem if file != "~" else "built-in", 0) + row[2]
        )
    shares = sorted(where.items(), key=lambda item: -item[1])[:9]
    print("where decide spends its time:", ", ".join(f"{name} {share / total:.0%}" for name, share in shares))


def straight(case: Case, event: Event, facts: Facts, begun: Deadline, happened: Happening, trigger: Any) -> Step:
    """Return what `decide` returns for "Verified: two clocks", by code for that one act that asks and checks nothing."""
    now, seq, quote, instant, by = NOW, case.revision + 1, canon.quote, canon.instant, event.by
    assert by is not None
    trigger(Cursor(case, lambda: case, event, facts, lambda view: ""))
    at, (verify,), remind = instant(now), case.deadlines, now + timedelta(days=1)
    met = succeed(verify, standing=Standing.MET, met=now)
    new = succeed(begun, started=now, remind=remind)
    this = succeed(happened, seq=seq, at=now)
    ended = (
        f'"id":"verify","kind":"duty","met":"{at}","obligation":"verify","owner":"authority",'
        f'"remind":"{instant(verify.remind or now)}","standing":"met","started":"{instant(verify.started)}"}}'
    )
    runs = (
        f'"id":"cosign","kind":"duty","obligation":"cosign","owner":"competent_agency","remind":"{instant(remind)}",'
        f'"standing":"running","started":"{at}"}}'
    )
    entry = Entry.sealed(
        f'{{"at":"{at}","by":{by.text},"case":{quote(case.id)},"command":{quote(facts.command or "")},"effects":'
        f'{{"deadlines":[{{"change":["meet"],{ended},{{"change":["start"],{runs}],"happenings":[{{"at":"{at}",'
        f'"event":"Verified","seq":{seq}}}],"phase":"assessment","waits_for":"competent_agency"}},"event":{{"name":'
        f'"Verified","schema":1}},"now":"{at}","prev":{quote(case.head)},"procedure":{quote(case.digest)},"seq":{seq},'
        f'"source":{quote(case.state)},"target":"verified_by_ministry","tenant":{quote(case.tenant)},"v":1}}',
        seq=seq, event="Verified", by=by.id, command=facts.command, irregular=(),
    )  # fmt: skip
    after = succeed(
        case, revision=seq, recorded=now, since=now, state="verified_by_ministry", phase="assessment",
        waits_for="competent_agency", head=entry.hash, deadlines=(met, new), happenings=(*case.happenings, this),
    )  # fmt: skip
    return Step(
        case=after, entry=entry, side=Side(seq=seq, salt=facts.salt, values={}), outgoing=(), cancelled=(), held={},
        deadlines=(met, new), ended=(), parties={}, incidents=(), resolves=(), opens=(), milestones=(),
    )  # fmt: skip


def measure_floor(number: int) -> None:
    """Print what the same step costs at the least: straight-line code for one act, which writes the same entry."""
    facts, acts = scenario()
    case, event = acts["Verified: two clocks"]
    real = decide(RULES, case, event, facts, NOW)
    begun, happened = real.case.deadlines[-1], real.case.happenings[-1]
    trigger = machine_of(RULES).events[event.name].trigger

    def floor() -> Step:
        return straight(case, event, facts, begun, happened, trigger)

    assert (floor().entry.text, floor().case) == (real.entry.text, real.case)
    least, whole = best(floor, number), best(lambda: decide(RULES, case, event, facts, NOW), number)
    bare = best(lambda: trigger(Cursor(case, lambda: case, event, facts, lambda view: "")), number)
    print(
        f"straight-line code for the first of these, without any check: {least:.1f} us, {least / bare:.2f} bare triggers; "
        f"decide is {whole / least:.1f} times that"
    )


# --- 3. many open cases --------------------------------------------------------------------------------------------


def resident() -> float:
    """Return this process's resident memory in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def fill(path: Path, cases: int) -> Store:
    """Write open cases with a clock each, of which a hundred are due; by statements, since opening them is not the point."""
    store = open_store(f"sqlite:///{path}")
    facts = Facts(acting_as=frozenset({"authority"}), renderer=TextRenderer(), salt=b"s" * 16)
    recorded: list[tuple[str, dict[str, Any]]] = []
    step = open_case(RULES, Opened(instrument=notice(), by=OFFICER), facts, NOW, tenant="default", id="case")
    Recorder(recorded).commit(step)
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA synchronous = OFF")

    def rows() -> Iterable[int]:
        return range(cases)

    conn.execute("BEGIN")
    for text, params in recorded:
        key = "id" if text is sql.INSERT_CASE else "case"

        def each(params: dict[str, Any] = params, key: str = key) -> Iterable[dict[str, Any]]:
            for n in rows():
                row = {**params, key: f"case-{n:07}"}
                if row.get("wake"):
                    row["wake"] = (NOW if n < 100 else NOW + timedelta(days=30, seconds=n)).isoformat()[
                        :19
                    ] + ".000000Z"
                if "command" in row:
                    row["command"] = None
                yield row

        conn.executemany(text, each())
    conn.execute("COMMIT")
    conn.close()
    return store


def measure_many(folder: Path, few: int, many: int) -> None:
    """Print memory and the cost of `due` with few and many open cases."""
    times = {}
    for cases in (few, many):
        store = fill(folder / f"open{cases}.db", cases)
        gc.collect()
        before = resident()
        with store.session(read=True) as session:
            assert len(session.due("default", NOW + timedelta(days=1), None, 1000)) == 100
            times[cases] = best(lambda s=session: s.due("default", NOW + timedelta(days=1), None, 1000), 200)  # type: ignore[misc]
        grown = resident() - before
        size = (folder / f"open{cases}.db").stat().st_size / cases
        print(
            f"{cases:7,} open cases: due() for the due 100 {times[cases]:7.0f} us; memory grows by {grown:.1f} MB; {size:,.0f} bytes per case on disk"
        )
        store.close()
    print(f"due() with {many:,} against {few:,} open cases: ratio {times[many] / times[few]:.2f}")


# --- 4. many contents ----------------------------------------------------------------------------------------------


def measure_contents(few: int, many: int) -> None:
    """Print what the last tenth of a case's removals cost, one by one, of few and of many contents."""
    rules = catalogue.find("eu.dsa_notice_action")
    times = {}
    for contents in (few, many):
        instrument = Notice(
            contents=[f"https://site.example/{n}" for n in range(contents)], parties={"platform": "host"}
        )
        facts = Facts(acting_as=frozenset({"platform"}), renderer=TextRenderer(), salt=b"s" * 16, key=b"k" * 16)
        by = Actor("desk", {"platform"}, "host")
        step = open_case(rules, Opened(instrument=instrument, by=by), facts, NOW, tenant="t", id="case-1")
        last = contents - max(contents // 10, 2)
        for n in range(contents):
            if n == last:
                start = time.perf_counter()
            removed = EffectGiven(outcomes={f"c{n + 1}": "removed"}, by=by)
            step = decide(rules, step.case, removed, facts, NOW + timedelta(minutes=n))
        times[contents] = (time.perf_counter() - start) / (contents - last) * 1e3
        print(
            f"{contents:5,} contents, each removed by a step of its own: {times[contents]:6.2f} ms for one of the last"
        )
    print(
        f"a step with {many:,} against {few:,} contents: {times[many] / times[few]:.1f}, per content {few / many * times[many] / times[few]:.2f}"
    )


# --- 5. imports ----------------------------------------------------------------------------------------------------


DEPENDENCIES = "import transitions, attrs, structlog"


def import_ms(statement: str) -> float:
    """Return the milliseconds that a statement takes in a fresh interpreter, from byte code as an installation has it."""
    code = f"import time; t = time.perf_counter(); {statement}; print((time.perf_counter() - t) * 1000)"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return float(run.stdout)


def measure_imports(rounds: int) -> None:
    """Print import times as ratios to the core's dependencies."""
    statements = {
        "dependencies": DEPENDENCIES,
        "import sopflow": f"{DEPENDENCIES}; import sopflow",
        "from sopflow import Runner, Notice": f"{DEPENDENCIES}; from sopflow import Runner, Notice",
    }
    for statement in statements.values():
        import_ms(statement)  # writes the byte code
    times = {name: min(import_ms(statement) for _ in range(rounds)) for name, statement in statements.items()}
    base = times.pop("dependencies")
    for name, time_ms in times.items():
        print(f"{name:36} {time_ms:6.0f} ms; dependencies {base:6.0f} ms; ratio {time_ms / base:.2f}")


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description="What one step costs, as ratios measured in one run.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = parser.parse_args().quick
    print(f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        measure_apply(Path(name), 150 if quick else 500, 2 if quick else 5)
        measure_decide(300 if quick else 2000)
        measure_many(Path(name), 1_000, 20_000 if quick else 100_000)
    measure_contents(20, 200 if quick else 1000)
    measure_imports(5 if quick else 15)


if __name__ == "__main__":
    main()
