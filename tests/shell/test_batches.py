"""Batches, and the host's own transaction: each item on its own, all in one commit, observed when it is there."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import trio

from sopflow import (
    Apply,
    AsyncRunner,
    BadInput,
    CaseConflict,
    CaseNotFound,
    CommandReused,
    EffectGiven,
    HookFailed,
    Issued,
    NewCase,
    NotAllowed,
    Rejected,
    Result,
    Runner,
    StoreError,
    StoreFull,
    UnknownProcedure,
    Verified,
)

from .test_runner import OFFICER, PLATFORM, Desk, item, notice

VERIFIED = Verified(by=OFFICER)


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    found = Desk("memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/cases.db")
    yield found
    found.runner.close()


@pytest.fixture
def filed(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(f"sqlite:///{tmp_path}/cases.db?shared=1")
    yield found
    found.runner.close()


@pytest.fixture
def host(filed: Desk, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(tmp_path / "cases.db", isolation_level=None)
    yield conn
    conn.close()


def new(id: str, **more: Any) -> NewCase:
    return NewCase("test.desk", notice(), **{"by": OFFICER, "case_id": id, **more})


def kinds(results: tuple[Result, ...]) -> list[Any]:
    for result in results:
        assert (result.case is None) is (result.error is not None)
    return [r.case.revision if r.case is not None else type(r.error) for r in results]


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        return list(conn.iterdump())


# --- each on its own -----------------------------------------------------------------------------------------------


def test_every_opening_succeeds_or_fails_on_its_own_and_the_outcomes_come_in_order(desk: Desk) -> None:
    desk.open("taken")
    wrong = NewCase("no.such", notice(), by=OFFICER)
    results = desk.runner.open_many(
        [new("a"), wrong, new("b", by=PLATFORM), new("taken"), new("c d"), new("e"), NewCase("test.desk", notice(), by=OFFICER)]
    )  # fmt: skip
    assert kinds(results) == [1, UnknownProcedure, NotAllowed, CaseConflict, BadInput, 1, 1]
    assert desk.runner.count() == 4
    for result in results:
        if result.case is not None:
            assert desk.runner.case(result.case.id) == result.case
            desk.runner.verify(result.case.id)


def test_every_event_succeeds_or_fails_on_its_own_and_the_outcomes_come_in_order(desk: Desk) -> None:
    for id in "abc":
        desk.open(id)
    results = desk.runner.apply_many([
        Apply("a", Verified(), by=OFFICER),
        Apply("b", Issued(by=OFFICER)),
        Apply("nowhere", VERIFIED),
        Apply("b", EffectGiven(outcomes={"c9": "removed"}, by=PLATFORM)),
        Apply("c", VERIFIED, expect=7),
        Apply("c", VERIFIED, expect=1),
    ])  # fmt: skip
    assert kinds(results) == [2, NotAllowed, CaseNotFound, BadInput, CaseConflict, 2]
    assert [desk.runner.case(id).revision for id in "abc"] == [2, 1, 2]


def test_a_later_item_finds_what_an_earlier_one_has_made_of_the_same_case(desk: Desk) -> None:
    desk.open("a")
    results = desk.runner.apply_many([
        Apply("a", Issued(by=OFFICER)),
        Apply("a", VERIFIED, expect=1),
        Apply("a", Issued(by=OFFICER), expect=2),
        Apply("a", Rejected(reason="r", by=OFFICER)),
    ])  # fmt: skip
    assert kinds(results) == [NotAllowed, 2, 3, NotAllowed]
    assert desk.runner.case("a").state == "ordered" and desk.runner.verify("a").seq == 3
    assert desk.runner.deliver().sent == 2


def test_an_item_that_fails_after_it_has_written_leaves_nothing_and_the_others_stay(desk: Desk) -> None:
    for id in ("a", "bad", "b"):
        desk.open(id)
    desk.host.bad_cases = {"bad"}
    seen = len(desk.host.steps)
    results = desk.runner.apply_many([Apply(id, VERIFIED, command_id=id) for id in ("a", "bad", "a", "b")])
    assert kinds(results)[:2] == [2, HookFailed] and kinds(results)[3] == 2
    assert isinstance(results[2].error, CommandReused) or results[2].case == results[0].case
    assert [desk.runner.case(id).revision for id in ("a", "bad", "b")] == [2, 1, 2]
    assert [s.case.id for s in desk.host.steps[seen:]] == ["a", "b"]
    for id in ("a", "bad", "b"):
        desk.runner.verify(id)
    desk.host.bad_cases = set()
    assert desk.runner.apply("bad", VERIFIED, command_id="bad").revision == 2


def test_what_a_participant_wrote_for_a_failed_item_is_gone_too(filed: Desk, host: sqlite3.Connection) -> None:
    host.execute("CREATE TABLE host (id)")

    def participant(step: Any, conn: sqlite3.Connection) -> None:
        conn.execute("INSERT INTO host VALUES (?)", (step.case.id,))
        if step.case.id == "bad":
            raise RuntimeError

    runner = Runner(**{**filed.options, "participants": [participant]})
    assert kinds(runner.open_many([new("a"), new("bad"), new("b")])) == [1, HookFailed, 1]
    assert host.execute("SELECT id FROM host").fetchall() == [("a",), ("b",)]


def test_a_spoilt_statement_of_a_participant_or_provider_spoils_its_own_item_only(filed: Desk) -> None:
    def participant(step: Any, conn: sqlite3.Connection) -> None:
        if step.case.id == "bad":
            conn.execute("INSERT INTO sopflow_case (id) VALUES (NULL)")

    runner = Runner(**{**filed.options, "participants": [participant]})
    assert kinds(runner.open_many([new("a"), new("bad"), new("b")])) == [1, HookFailed, 1]
    assert runner.count() == 2


# --- what is taken -------------------------------------------------------------------------------------------------


def test_any_iterable_is_taken_and_an_empty_one_touches_nothing(desk: Desk) -> None:
    assert kinds(desk.runner.open_many(new(id) for id in "ab")) == [1, 1]
    desk.runner.store.session = None  # type: ignore[assignment]
    assert desk.runner.open_many([]) == () and desk.runner.apply_many(iter(())) == ()


@pytest.mark.parametrize("wrong", ["a", None, ("a", VERIFIED)])
def test_an_item_of_another_kind_is_refused_before_anything_is_done(desk: Desk, wrong: Any) -> None:
    with pytest.raises(BadInput, match=r"open_many\[1\].*items of type NewCase"):
        desk.runner.open_many([new("a"), wrong])
    with pytest.raises(BadInput, match=r"apply_many\[0\].*items of type Apply"):
        desk.runner.apply_many([wrong])
    assert desk.runner.count() == 0


# --- repetition ----------------------------------------------------------------------------------------------------


def test_a_repeated_batch_gives_the_recorded_outcomes_and_does_nothing_twice(desk: Desk) -> None:
    opening = [new(id, command_id=f"o-{id}") for id in "abc"]
    first = desk.runner.open_many(opening)
    applying = [Apply("a", VERIFIED, command_id="v"), Apply("b", EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM),
                command_id="e")]  # fmt: skip
    second = desk.runner.apply_many(applying)
    seen = len(desk.host.steps)
    assert desk.runner.open_many([*opening, new("d")])[:3] == first
    assert desk.runner.apply_many([*applying, Apply("d", VERIFIED)])[:2] == second
    assert [desk.runner.case(id).revision for id in "abcd"] == [2, 2, 1, 2]
    assert [s.case.id for s in desk.host.steps[seen:]] == ["d", "d"]


def test_one_command_twice_in_a_batch_is_one_command_and_another_payload_is_an_error(desk: Desk) -> None:
    desk.open("a")
    results = desk.runner.apply_many([
        Apply("a", VERIFIED, command_id="v"),
        Apply("a", VERIFIED, command_id="v"),
        Apply("a", Verified(note="other", by=OFFICER), command_id="v"),
        Apply("a", Issued(by=OFFICER), command_id="v"),
        Apply("a", Issued(by=OFFICER), command_id="i"),
    ])  # fmt: skip
    assert kinds(results) == [2, 2, CommandReused, CommandReused, 3]


# --- one transaction -----------------------------------------------------------------------------------------------


def test_others_see_the_whole_batch_or_nothing(filed: Desk, tmp_path: Path) -> None:
    seen: list[int] = []
    reader = Runner(**{**filed.options, "participants": []})
    runner = Runner(**{**filed.options, "participants": [lambda step, conn: seen.append(reader.count())]})
    runner.open_many([new(id) for id in "abc"])
    assert seen == [0, 0, 0] and reader.count() == 3


def test_a_batch_that_is_broken_off_leaves_nothing_and_is_not_observed(desk: Desk) -> None:
    def stop(step: Any, conn: Any) -> None:
        if step.case.id == "c":
            raise KeyboardInterrupt

    runner = Runner(**{**desk.options, "participants": [stop]})
    with pytest.raises(KeyboardInterrupt):
        runner.open_many([new(id) for id in "abc"])
    assert runner.count() == 0 and desk.host.steps == []
    assert kinds(desk.runner.open_many([new(id) for id in "abc"])) == [1, 1, 1]


@pytest.mark.parametrize("pages", range(0, 40, 3))
def test_on_a_full_disk_what_a_batch_says_is_what_is_there(filed: Desk, tmp_path: Path, pages: int) -> None:
    filed.open("first")
    with filed.runner.store.session() as session:
        used = session.conn.execute("PRAGMA page_count").fetchone()[0]
        session.conn.execute(f"PRAGMA max_page_count = {used + pages}")
    try:
        results = filed.runner.open_many([new(f"case-{n}") for n in range(8)])
    except StoreError as error:
        assert isinstance(error, StoreFull) or "is undone" in str(error)
        results = ()
    kept = {result.case.id for result in results if result.case is not None}
    assert {case.id for case in filed.runner.find()} == kept | {"first"}
    assert all(isinstance(result.error, StoreFull) for result in results if result.case is None)
    for id in kept:
        filed.runner.verify(id)


def test_a_parked_item_is_tried_again_after_the_batch(desk: Desk) -> None:
    desk.open("a")
    desk.runner.receive(item("1", Issued(by=OFFICER), case="a"))
    assert kinds(desk.runner.apply_many([Apply("a", VERIFIED)])) == [2]
    assert desk.runner.case("a").state == "ordered"


# --- the host's transaction ----------------------------------------------------------------------------------------


def test_the_hosts_rollback_leaves_nothing_of_a_batch(filed: Desk, host: sqlite3.Connection, tmp_path: Path) -> None:
    filed.open("a")
    filed.host.bad_cases = {"bad"}
    before, seen = dump(tmp_path / "cases.db"), len(filed.host.steps)
    host.execute("BEGIN IMMEDIATE")
    assert kinds(filed.runner.open_many([new("b"), new("bad"), new("c")], conn=host)) == [1, HookFailed, 1]
    assert kinds(filed.runner.apply_many([Apply("a", VERIFIED), Apply("b", VERIFIED)], conn=host)) == [2, 2]
    assert host.in_transaction and filed.runner.count() == 1
    host.execute("ROLLBACK")
    assert dump(tmp_path / "cases.db") == before and len(filed.host.steps) == seen


def test_the_hosts_commit_keeps_a_batch_and_its_cases_are_handed_to_committed(
    filed: Desk, host: sqlite3.Connection
) -> None:
    filed.open("a")
    filed.runner.receive(item("1", Issued(by=OFFICER), case="a"))
    seen = len(filed.host.steps)
    host.execute("BEGIN IMMEDIATE")
    results = filed.runner.apply_many([Apply("nowhere", VERIFIED), Apply("a", VERIFIED)], conn=host)
    one = filed.runner.open("test.desk", notice(), by=OFFICER, case_id="b", conn=host)
    two = filed.runner.apply("b", VERIFIED, conn=host)
    host.execute("COMMIT")
    assert len(filed.host.steps) == seen
    filed.runner.committed(*(r.case for r in results if r.case is not None), one, two)
    observed = [(s.case.id, s.entry.event) for s in filed.host.steps[seen:]]
    assert observed == [("a", "Verified"), ("b", "Opened"), ("b", "Verified"), ("a", "Issued")]
    filed.runner.committed(one, two)
    assert len(filed.host.steps) == seen + 4, "a case is observed once"


def test_what_the_host_has_not_committed_is_not_observed(filed: Desk, host: sqlite3.Connection) -> None:
    filed.open("a")
    seen = len(filed.host.steps)
    host.execute("BEGIN IMMEDIATE")
    case = filed.runner.apply("a", VERIFIED, conn=host)
    with pytest.raises(BadInput, match="commit the transaction first"):
        filed.runner.committed(case)
    host.execute("ROLLBACK")
    filed.clock.advance(seconds=1)
    filed.runner.apply("a", VERIFIED)  # another step takes its place
    with pytest.raises(BadInput, match="commit the transaction first"):
        filed.runner.committed(case)
    assert len(filed.host.steps) == seen + 1


def test_a_case_from_elsewhere_cannot_be_observed(filed: Desk) -> None:
    filed.open("a")
    with pytest.raises(BadInput, match="the very case"):
        filed.runner.committed(filed.runner.case("a"))


def test_nothing_is_kept_of_what_the_host_has_dropped(filed: Desk, host: sqlite3.Connection) -> None:
    filed.open("a")
    host.execute("BEGIN IMMEDIATE")
    case = filed.runner.apply("a", VERIFIED, conn=host)
    assert len(filed.runner._joined) == 1
    host.execute("ROLLBACK")
    del case
    gc.collect()
    assert filed.runner._joined == {}


def test_a_repeated_command_has_nothing_new_to_observe(filed: Desk, host: sqlite3.Connection) -> None:
    filed.open("a")
    first = filed.runner.apply("a", VERIFIED, command_id="v")
    seen = len(filed.host.steps)
    host.execute("BEGIN IMMEDIATE")
    again = filed.runner.apply("a", VERIFIED, command_id="v", conn=host)
    host.execute("COMMIT")
    filed.runner.committed(again)
    assert again == first and len(filed.host.steps) == seen


# --- async ---------------------------------------------------------------------------------------------------------


def on_asyncio(main: Callable[[], Any]) -> None:
    asyncio.run(main())


@pytest.mark.parametrize("run", [on_asyncio, trio.run], ids=["asyncio", "trio"])
def test_async_batches_do_the_same(desk: Desk, run: Any) -> None:
    desk.host.bad_cases = {"bad"}
    runner = AsyncRunner(**desk.options)

    async def main() -> None:
        assert kinds(await runner.open_many([new("a"), new("bad"), new("b")])) == [1, HookFailed, 1]
        results = await runner.apply_many([Apply("a", VERIFIED), Apply("a", VERIFIED), Apply("b", VERIFIED)])
        assert kinds(results) == [2, NotAllowed, 2]

    run(main)
    assert [s.case.id for s in desk.host.steps] == ["a", "b", "a", "b"]
