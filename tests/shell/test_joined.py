"""Two regimes on one content: one call opens a case under each, in one matter, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import AsyncRunner, NewCase, Order, Runner, catalogue
from sopflow.case import Actor, Case, Content
from sopflow.errors import BadInput, CommandReused, NotAllowed, UnknownProcedure
from sopflow.events import EffectGiven, Notice
from sopflow.stores import open_store

KOMINFO, DMCA = catalogue.find("id.kominfo_telegram_2017"), catalogue.find("us.dmca_512")
URL = "https://t.me/x/1"
OFFICER = Actor("officer", {"authority", "platform"})


@pytest.fixture(params=["memory", "sqlite"])
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Runner]:
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'cases.db'}"
    found = Runner(store=open_store(url), procedures=[KOMINFO, DMCA], acting_as={"authority", "platform"})
    yield found
    found.close()


def first(**more: Any) -> NewCase:
    return NewCase(KOMINFO.id, Notice(contents=[URL], parties={"platform": "telegram"}), **{"by": OFFICER, **more})


def second(**more: Any) -> NewCase:
    return NewCase(DMCA.id, Notice(parties={"subscriber": "u1"}), **{"by": OFFICER, **more})


def test_both_cases_are_opened_in_one_matter_about_the_same_content(runner: Runner) -> None:
    a, b = runner.open_joined([first(), second()])
    assert (a.procedure, b.procedure) == (KOMINFO.id, DMCA.id)
    assert a.matter == b.matter
    assert runner.find(matter=a.matter) == (a, b)
    assert runner.personal(b.id)["content.c1"] == URL
    done = runner.apply_to_matter(a.matter, EffectGiven(outcomes={"c1": "removed"}), by=OFFICER)
    assert [r.case.outcomes()["c1"] if r.case else r.error for r in done.values()] == ["removed", "removed"]
    for case in (a, b):
        runner.verify(case.id)


def test_an_earlier_report_of_the_content_has_its_matter_joined_by_both(runner: Runner) -> None:
    earlier = runner.open(KOMINFO.id, Notice(contents=[URL]), by=OFFICER)
    assert {c.matter for c in runner.open_joined([first(), second()])} == {earlier.matter}


def test_each_case_may_name_the_contents_in_its_own_way(runner: Runner) -> None:
    own = Notice(contents=[Content(locator=URL, id="item-7", party="u1")], parties={"subscriber": "u1"})
    a, b = runner.open_joined([first(), second(by=OFFICER).__class__(DMCA.id, own, by=OFFICER)])
    assert ([c.id for c in a.contents], [c.id for c in b.contents]) == (["c1"], ["item-7"])


@pytest.mark.parametrize(
    ("items", "error"),
    [
        (lambda: [first()], BadInput),
        (lambda: [first(), NewCase(DMCA.id, Notice(contents=["https://t.me/other"]), by=OFFICER)], BadInput),
        (lambda: [second(), first()], BadInput),
        (lambda: [first(), NewCase(DMCA.id, Notice(matter="elsewhere"), by=OFFICER)], BadInput),
        (lambda: [first(), second(by=Actor("x", {"court"}))], NotAllowed),
        (lambda: [first(), NewCase("nothing.here", Notice(), by=OFFICER)], UnknownProcedure),
        (lambda: [first(case_id="same"), second(case_id="same")], Exception),
    ],
    ids=["one", "other_content", "no_content", "matter", "role", "unknown", "same_id"],
)
def test_if_one_cannot_be_opened_none_is(runner: Runner, items: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        runner.open_joined(items())
    assert runner.count() == 0


def test_a_repetition_gives_what_was_opened_then(runner: Runner) -> None:
    both = [first(command_id="a"), second(command_id="b")]
    cases = runner.open_joined(both)
    runner.apply(cases[0].id, EffectGiven(outcomes={"c1": "removed"}, by=OFFICER))
    assert runner.open_joined(both) == cases
    assert runner.count() == 2
    with pytest.raises(CommandReused):
        runner.open_joined([first(command_id="a"), attrs.evolve(second(command_id="b"), procedure=KOMINFO.id)])
    with pytest.raises((BadInput, CommandReused)):
        runner.open_joined([first(command_id="a"), second(command_id="new")])
    assert runner.count() == 2


def test_in_a_hosts_transaction_both_come_and_go_with_it(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "cases.db"
    runner = Runner(store=open_store(f"sqlite:///{path}"), procedures=[KOMINFO, DMCA], acting_as="authority")
    runner.count()
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("BEGIN")
    runner.open_joined([first(), second()], conn=conn)
    conn.execute("ROLLBACK")
    assert runner.count() == 0
    conn.execute("BEGIN")
    cases = runner.open_joined([first(), second()], conn=conn)
    conn.execute("COMMIT")
    runner.committed(*cases)
    assert runner.count() == 2
    conn.close()
    runner.close()


def test_the_async_runner_does_the_same() -> None:
    import asyncio

    async def both() -> tuple[Case, ...]:
        runner = AsyncRunner(store=open_store("memory:"), procedures=[KOMINFO, DMCA], acting_as="authority")
        return await runner.open_joined([first(), second()])

    a, b = asyncio.run(both())
    assert a.matter == b.matter
    assert isinstance(first().instrument, Notice)
    assert Order.kind == "order"
