"""A decree changes a holiday: runners of both colours move what it moves, and say why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from sopflow import Actor, AsyncRunner, BadInput, Calendar, CaseNotFound, Notice, Runner, calendars
from sopflow.events import EffectGiven, Opened
from sopflow.stores import open_store
from sopflow.terms import BusinessDays, Hours, Window
from sopflow.testing.clock import Clock

from ..core.test_legal_clocks import A, P, clock, law, z

START = z("2026-03-17 03:00")  # Tuesday, 10:00 in Jakarta
WORK = BusinessDays(max=3, calendar="ID", zone="Asia/Jakarta")
LAW = law(clock("answer", WORK, Opened, meets=EffectGiven), clock("quick", Hours(4), Opened, meets=EffectGiven))
NYEPI, LEAVE = date(2026, 3, 19), [date(2026, 3, d) for d in (18, 20, 23, 24)]
OLD = calendars.make("ID", "1", [NYEPI], first=2026, last=2026)
NEW = calendars.amend(OLD, "joint decree 1", closed=LEAVE)
WAS, MOVED = z("2026-03-23 17:00"), z("2026-03-27 17:00")  # the arithmetic stands in tests/core/test_legal_clocks.py


class Desk:
    def __init__(self, url: str, calendar: Calendar = OLD, rules: Any = LAW, clock: Clock | None = None) -> None:
        self.clock = clock or Clock(START)
        self.url = url
        self.runner = Runner(store=open_store(url), procedures=[rules], acting_as={"authority"}, clock=self.clock,
                             calendars={"ID": calendar})  # fmt: skip

    def open(self, id: str) -> None:
        self.runner.open("test.law", Notice(contents=["https://example.org/1"]), by=A, case_id=id)

    def due(self, id: str) -> datetime | None:
        deadline = self.runner.case(id).deadline("answer")
        assert deadline is not None
        return deadline.due


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    found = Desk("memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'cases.db'}")
    yield found
    found.runner.close()


def test_open_deadlines_move_and_each_journal_says_why(desk: Desk) -> None:
    for n in range(3):
        desk.open(f"case-{n}")
    desk.runner.apply("case-1", EffectGiven(outcomes={"c1": "removed"}, by=P))
    assert desk.due("case-0") == WAS
    steps = desk.runner.recompute(NEW, reference="joint decree 1/2026")
    assert [s.case.id for s in steps] == ["case-0", "case-2"], "what was met does not move"
    assert (desk.due("case-0"), desk.due("case-1"), desk.due("case-2")) == (MOVED, WAS, MOVED)
    last = desk.runner.journal("case-0")[-1]
    assert last.event == "CalendarChanged"
    assert last.doc["event"]["data"]["reference"] == "joint decree 1/2026"
    assert [d["id"] for d in last.doc["effects"]["deadlines"]] == ["answer"]
    desk.runner.verify("case-0")
    desk.clock.set(z("2026-03-23 17:00"))
    desk.runner.tick()
    assert [i.kind for i in desk.runner.incidents()] == ["deadline_missed"] * 2, "of the four hours alone"


def test_a_second_time_moves_nothing_and_writes_nothing(desk: Desk) -> None:
    desk.open("case-0")
    desk.runner.recompute(NEW, reference="decree")
    revision = desk.runner.case("case-0").revision
    assert desk.runner.recompute(NEW, reference="decree") == ()
    assert desk.runner.recompute("ID", reference="decree") == ()
    assert desk.runner.case("case-0").revision == revision


def test_a_dry_run_shows_the_moves_and_changes_nothing(desk: Desk) -> None:
    desk.open("case-0")
    (step,) = desk.runner.recompute(NEW, reference="decree", dry=True)
    assert [d.due for d in step.deadlines] == [MOVED]
    assert desk.due("case-0") == WAS
    assert desk.runner.case("case-0").revision == 1
    desk.open("case-1")
    assert desk.due("case-1") == WAS, "the runner still counts as before"


def test_cases_opened_afterwards_use_the_new_days(desk: Desk) -> None:
    desk.runner.recompute(NEW, reference="decree")
    desk.open("case-0")
    assert desk.due("case-0") == MOVED


def test_a_runner_started_with_new_days_recomputes_by_name(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cases.db'}"
    first = Desk(url)
    first.open("case-0")
    first.runner.close()
    second = Desk(url, NEW)
    assert second.due("case-0") == WAS, "frozen with the deadline"
    assert len(second.runner.recompute("ID", reference="decree")) == 1
    assert second.due("case-0") == MOVED
    second.runner.close()


def test_a_page_of_cases_is_not_the_end(desk: Desk) -> None:
    for n in range(103):
        desk.open(f"case-{n:03}")
    assert len(desk.runner.recompute(NEW, reference="decree")) == 103


def test_a_case_that_fails_is_an_incident_and_stops_no_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cases.db'}"
    other = law(clock("answer", WORK, Opened), clock("slow", Window(opens=Hours(1)), Opened))
    before = Desk(url, rules=other)
    before.open("case-0")
    before.runner.close()
    desk = Desk(url)  # it does not have the rulebook of case-0
    desk.open("case-1")
    assert [s.case.id for s in desk.runner.recompute(NEW, reference="decree")] == ["case-1"]
    assert [(i.case, i.kind) for i in desk.runner.incidents()] == [("case-0", "unknown_procedure")]
    desk.runner.close()


def test_what_cannot_be_recomputed_is_refused_by_name(desk: Desk) -> None:
    with pytest.raises(BadInput, match="calendar"):
        desk.runner.recompute("Atlantis", reference="decree")
    with pytest.raises(BadInput, match="reference"):
        desk.runner.recompute("ID", reference="")


def test_who_is_not_of_the_procedure_moves_nothing(desk: Desk) -> None:
    desk.open("case-0")
    assert desk.runner.recompute(NEW, reference="decree", by=Actor("passer-by", {"visitor"})) == ()
    assert desk.due("case-0") == WAS
    assert [i.kind for i in desk.runner.incidents()] == ["failed"]


def test_the_runner_explains_with_the_decree_and_the_days(desk: Desk) -> None:
    desk.open("case-0")
    desk.runner.recompute(NEW, reference="joint decree 1/2026")
    text = desk.runner.explain("case-0", "answer")
    assert "joint decree 1/2026 (entry 2): from the end of Monday 23 March 2026" in text
    assert "holidays: Wednesday 18 March 2026; Thursday 19 March 2026" in text
    assert "Tenggat: akhir hari Jumat 27 Maret 2026" in desk.runner.explain("case-0", "answer", lang="id")
    with pytest.raises(CaseNotFound):
        desk.runner.explain("case-9", "answer")


def test_the_async_runner_does_the_same() -> None:
    async def main() -> None:
        runner = AsyncRunner(store=open_store("memory:"), procedures=[LAW], acting_as={"authority"}, clock=Clock(START),
                             calendars={"ID": OLD})  # fmt: skip
        await runner.open("test.law", Notice(contents=["https://example.org/1"]), by=A, case_id="case-0")
        (step,) = await runner.recompute(NEW, reference="decree")
        assert [d.due for d in step.deadlines] == [MOVED]
        case = await runner.case("case-0")
        assert case.head == step.case.head != ""
        assert "Friday 27 March 2026" in await runner.explain("case-0", "answer")
        await runner.close()

    asyncio.run(main())
