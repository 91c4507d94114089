"""Reports of the same content are linked, and each is answered; a matter is worked case by case."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from sopflow import (
    Actor,
    AsyncRunner,
    BadInput,
    Content,
    HookFailed,
    InstrumentReceived,
    Issued,
    NotAllowed,
    Notice,
    Result,
    Runner,
    Verified,
)
from sopflow.stores import open_store
from sopflow.stores.memory import MemoryStore
from sopflow.testing._sample import SAMPLE

OFFICER, FLAGGER = Actor("officer-1", {"authority"}), Actor("flagger-7", {"reporter"})
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROCEDURE = "contract.sample"


def runner_on(store: Any, **options: Any) -> Runner:
    minutes = count()
    given: dict[str, Any] = {"clock": lambda: START + next(minutes) * timedelta(minutes=1)}
    return Runner(store=store, procedures=[SAMPLE], acting_as="authority", **(given | options))


@pytest.fixture(params=["memory", "sqlite"])
def runner(request: Any, tmp_path: Path) -> Iterator[Runner]:
    ids = count(1)
    store = MemoryStore() if request.param == "memory" else open_store(f"sqlite:///{tmp_path}/cases.db")
    made = runner_on(store, new_id=lambda: f"case-{next(ids)}")
    yield made
    made.close()


def report(runner: Runner, *locators: str, by: Actor = FLAGGER, **given: Any) -> Any:
    conn, command = given.pop("conn", None), given.pop("command_id", None)
    notice = Notice(contents=list(locators), parties={"platform": "telegram", "reporter": by.id}, **given)
    return runner.open(PROCEDURE, notice, by=by, conn=conn, command_id=command)


def ids(cases: Any) -> list[str]:
    return [case.id for case in cases]


# --- linking -------------------------------------------------------------------------------------------------------


def test_a_second_report_of_the_same_content_is_linked_and_both_senders_are_answered(runner: Runner) -> None:
    first = report(runner, "https://t.me/Some_Channel", by=OFFICER)
    second = report(runner, "tg://resolve?domain=some_channel")
    other = report(runner, "https://t.me/other_channel")
    assert (first.matter, second.matter, other.matter) == (first.id, first.id, other.id)
    assert ids(runner.find(matter=first.matter)) == [first.id, second.id]
    for case in (first, second):
        for content in case.contents:
            assert content.locator is None, "the case shows none"
        runner.verify(case.id)
        assert runner.reexamine(case.id) == ()
    assert runner.personal(second.id)["content.c1"] == "tg://resolve?domain=some_channel", "evidence, as reported"
    done = runner.apply_to_matter(first.matter, Issued(reference="no. 1"), by=OFFICER)
    assert [o.case.messages[0].party for o in done.values() if o.case] == ["telegram", "telegram"]


def test_a_report_without_contents_is_a_matter_of_its_own(runner: Runner) -> None:
    assert [report(runner).matter for _ in range(2)] == ["case-1", "case-2"]


def test_a_report_on_contents_of_several_matters_joins_the_oldest(runner: Runner) -> None:
    one, two = report(runner, "https://t.me/channel_1"), report(runner, "https://t.me/channel_2")
    both = report(runner, "https://t.me/channel_3", "https://t.me/channel_2", "https://t.me/channel_1")
    assert both.matter == one.matter
    assert ids(runner.find(content="https://t.me/channel_2")) == [two.id, both.id], "found all the same"
    assert report(runner, "https://t.me/channel_2").matter == two.matter, "matters are not merged"
    assert report(runner, "https://t.me/channel_3").matter == one.matter, "what was new belongs to the one joined"


def test_a_matter_that_the_caller_names_is_taken_as_said(runner: Runner) -> None:
    report(runner, "https://t.me/channel_1")
    named = report(runner, "https://t.me/channel_1", "https://t.me/channel_2", matter="operation-5")
    assert named.matter == "operation-5"
    assert report(runner, "https://t.me/channel_1").matter == "case-1"
    assert report(runner, "https://t.me/channel_2").matter == "operation-5"


def test_contents_that_come_later_belong_to_the_matter_of_their_case(runner: Runner) -> None:
    first = report(runner, "https://t.me/channel_1")
    more = InstrumentReceived(instrument=Notice(contents=["https://t.me/channel_2"]), by=FLAGGER)
    runner.apply(first.id, more)
    assert report(runner, "https://t.me/channel_2").matter == first.matter
    assert ids(runner.find(content="https://t.me/channel_2")) == [first.id, "case-2"]


def test_a_refused_report_links_nothing(runner: Runner) -> None:
    with pytest.raises(NotAllowed):
        report(runner, "https://t.me/channel_1", by=Actor("passer-by", {"platform"}))
    assert report(runner, "https://t.me/channel_1").matter == "case-2", "not the case that never was"


def test_a_repeated_command_gives_the_first_case_with_its_matter(runner: Runner) -> None:
    report(runner, "https://t.me/channel_1")
    cases = [report(runner, "https://t.me/channel_1", command_id="mail-9") for _ in range(2)]
    assert cases[0] == cases[1]
    assert cases[0].matter == "case-1"
    assert runner.count(content="https://t.me/channel_1") == 2


def test_after_the_last_erasure_a_content_is_new_again(runner: Runner) -> None:
    first, second = report(runner, "https://t.me/channel_1"), report(runner, "https://t.me/channel_1")
    runner.erase(first.id)
    assert ids(runner.find(content="https://t.me/channel_1")) == [second.id]
    assert report(runner, "https://t.me/channel_1").matter == first.matter
    for id in (second.id, "case-3"):
        runner.erase(id)
    assert report(runner, "https://t.me/channel_1").matter == "case-4"


def test_linking_is_part_of_the_hosts_transaction(tmp_path: Path) -> None:
    path = f"{tmp_path}/host.db"
    runner = runner_on(open_store(f"sqlite:///{path}"))
    with closing(sqlite3.connect(path)) as host:
        host.execute("BEGIN")
        one = report(runner, "https://t.me/channel_1", conn=host)
        two = report(runner, "https://t.me/channel_1", conn=host)
        assert two.matter == one.matter, "it sees what the transaction has linked"
        with pytest.raises(NotAllowed):
            report(runner, "https://t.me/channel_2", by=Actor("passer-by", {"platform"}), conn=host)
        host.rollback()
        assert runner.count() == 0
        host.execute("BEGIN")
        three = report(runner, "https://t.me/channel_1", "https://t.me/channel_2", conn=host)
        host.commit()
    assert three.matter == three.id
    assert report(runner, "https://t.me/channel_2").matter == three.id
    runner.close()


# --- the race ------------------------------------------------------------------------------------------------------


def test_simultaneous_first_reports_by_threads_have_one_matter(runner: Runner) -> None:
    barrier, matters = threading.Barrier(8), []

    def work(n: int) -> None:
        barrier.wait()
        matters.append(report(runner, f"https://example.com/{n}", "https://t.me/channel_1").matter)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(matters) == 8
    assert len(set(matters)) == 1


def _process(path: str, n: int, ready: Any, answers: Any) -> None:
    runner = runner_on(open_store(f"sqlite:///{path}"), clock=lambda: datetime.now(UTC))
    ready.wait()
    for round in range(10):
        case = report(runner, f"https://example.com/{n}/{round}", f"https://t.me/channel_{round}")
        answers.put((round, case.matter))
    runner.close()


def test_simultaneous_first_reports_by_processes_have_one_matter(tmp_path: Path) -> None:
    path = f"{tmp_path}/cases.db"
    open_store(f"sqlite:///{path}").close()
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(4), context.Queue()
    processes = [context.Process(target=_process, args=(path, n, ready, answers)) for n in range(4)]
    for process in processes:
        process.start()
    given = [answers.get(timeout=60) for _ in range(40)]
    for process in processes:
        process.join()
    for round in range(10):
        assert len({matter for r, matter in given if r == round}) == 1
    runner = runner_on(open_store(f"sqlite:///{path}"))
    for round in range(10):
        assert runner.count(content=f"https://t.me/channel_{round}") == 4
    runner.close()


# --- finding -------------------------------------------------------------------------------------------------------


def test_cases_are_found_by_every_filter_and_counted_by_the_same(runner: Runner) -> None:
    first = report(runner, "https://t.me/channel_1", by=OFFICER)
    second = report(runner, "https://t.me/channel_1")
    runner.apply(second.id, Issued(reference="no. 1"), by=OFFICER)
    due = runner.case(second.id).deadline("answer")
    assert due is not None and due.due is not None
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({"content": "HTTPS://T.me/Channel_1"}, [first.id, second.id]),
        ({"content": Content(kind="channel", locator="t.me/channel_1"), "sender": "flagger-7"}, [second.id]),
        ({"content": "hxxps://t[.]me/channel_1", "state": "ordered"}, [second.id]),
        ({"content": None}, [first.id, second.id]),
        ({"provider": "telegram"}, [first.id, second.id]),
        ({"provider": "telegram", "role": "reporter"}, []),
        ({"party": "flagger-7", "role": "reporter"}, [second.id]),
        ({"due_before": due.due + timedelta(seconds=1)}, [second.id]),
        ({"due_before": due.due.astimezone(), "due_after": due.due - timedelta(seconds=1)}, []),
        ({"open_incident": True}, [second.id]),  # nobody is known who could be reached
        ({"open_incident": False, "matter": first.id}, [first.id]),
    ]
    for filters, wanted in expected:
        assert ids(runner.find(**filters)) == wanted, filters
        assert runner.count(**filters) == len(wanted), filters


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"colour": "red"}, "colour.*use the filters procedure, state"),
        ({"state": 7}, "state"),
        ({"final": "yes"}, "final"),
        ({"open_incident": 1}, "open_incident"),
        ({"role": "platform"}, "role.*name the party"),
        ({"party": "a", "provider": "b"}, "not both"),
        ({"limit": 0}, "limit"),
        ({"limit": True}, "limit"),
        ({"due_after": datetime(2026, 1, 1)}, "due_after.*time zone"),
        ({"due_before": "tomorrow"}, "due_before.*datetime"),
        ({"content": "two words"}, "content.*locator"),
        ({"content": 5}, "content.*locator"),
        ({"content": Content()}, "content.*locator"),
        ({"after": "case-9"}, "after.*last case"),
    ],
)
def test_a_filter_that_cannot_be_is_named(runner: Runner, filters: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=f"(?s){words}"):
        runner.find(**filters)


def test_a_locator_that_cannot_be_is_not_repeated_in_the_error(runner: Runner) -> None:
    with pytest.raises(BadInput) as raised:
        runner.find(content="https://secret name")
    assert "secret" not in str(raised.value)


# --- applying to a matter ------------------------------------------------------------------------------------------


def test_each_linked_case_has_its_own_outcome_and_one_that_fails_stops_no_other(runner: Runner) -> None:
    cases = [report(runner, "https://t.me/channel_1") for _ in range(4)]
    report(runner, "https://t.me/channel_2")
    runner.apply(cases[1].id, Issued(reference="no. 1"), by=OFFICER)  # it cannot be issued twice
    done = runner.apply_to_matter(cases[0].matter, Issued(reference="no. 2"), by=OFFICER)
    assert list(done) == ids(cases)
    assert [type(o.error) for o in done.values()] == [type(None), NotAllowed, type(None), type(None)]
    assert done[cases[1].id].case is None
    assert [runner.case(c.id).revision for c in cases] == [2, 2, 2, 2]
    assert done[cases[3].id] == Result(case=runner.case(cases[3].id))


def test_a_callable_makes_the_event_for_each_case(runner: Runner) -> None:
    cases = [report(runner, "https://t.me/channel_1") for _ in range(3)]

    def note(case: Any) -> Any:
        if case.id == cases[0].id:
            raise ValueError("not this one")
        return None if case.id == cases[1].id else Verified(note=f"for {case.id}")

    done = runner.apply_to_matter(cases[0].matter, note, by=OFFICER)
    assert list(done) == [cases[0].id, cases[2].id], "the second was left out"
    assert isinstance(done[cases[0].id].error, HookFailed)
    assert runner.personal(cases[2].id)["2:note"] == f"for {cases[2].id}"


def test_a_repeated_command_on_a_matter_changes_nothing(runner: Runner) -> None:
    for _ in range(3):
        matter = report(runner, "https://t.me/channel_1").matter
    done = [runner.apply_to_matter(matter, Verified(), by=OFFICER, command_id="verify-1") for _ in range(2)]
    assert done[0] == done[1]
    assert [c.revision for c in runner.find(matter=matter)] == [2, 2, 2]


def test_a_matter_of_many_pages_is_worked_whole(runner: Runner) -> None:
    for _ in range(205):
        matter = report(runner, "https://t.me/channel_1").matter
    done = runner.apply_to_matter(matter, Verified(), by=OFFICER)
    assert list(done) == [f"case-{n}" for n in range(1, 206)]
    assert all(o.error is None for o in done.values())


def test_an_unknown_matter_has_no_outcome(runner: Runner) -> None:
    assert runner.apply_to_matter("nothing", Verified(), by=OFFICER) == {}


def test_a_matter_is_worked_in_the_hosts_transaction(tmp_path: Path) -> None:
    path = f"{tmp_path}/host.db"
    runner = runner_on(open_store(f"sqlite:///{path}"))
    with closing(sqlite3.connect(path)) as host:
        host.execute("BEGIN")
        cases = [report(runner, "https://t.me/channel_1", conn=host) for _ in range(2)]
        done = runner.apply_to_matter(cases[0].matter, Verified(), by=OFFICER, conn=host)
        assert list(done) == ids(cases)
        host.rollback()
    assert runner.count() == 0
    runner.close()


def test_an_async_program_links_finds_and_works_matters_alike(tmp_path: Path) -> None:
    async def main() -> None:
        minutes = count()
        runner = AsyncRunner(
            store=open_store(f"sqlite:///{tmp_path}/cases.db"), procedures=[SAMPLE], acting_as="authority",
            clock=lambda: START + next(minutes) * timedelta(minutes=1),
        )  # fmt: skip
        notice = Notice(contents=["https://t.me/channel_1"])
        cases = await asyncio.gather(*(runner.open(PROCEDURE, notice, by=FLAGGER) for _ in range(6)))
        assert len({case.matter for case in cases}) == 1
        found = await runner.find(content="tg://resolve?domain=channel_1")
        assert sorted(ids(found)) == sorted(ids(cases))
        done = await runner.apply_to_matter(cases[0].matter, Verified(), by=OFFICER)
        assert list(done) == ids(found)
        assert await runner.count(content="https://t.me/channel_1") == 6
        assert await runner.index_contents() == 6
        await runner.close()

    asyncio.run(main())
