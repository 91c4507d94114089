"""Exactly one wins: eight threads and four processes race one act on one case."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sopflow import Actor, CaseConflict, NotAllowed, Notice, Runner, Verified, catalogue
from sopflow.stores import open_store

OFFICER = Actor("officer", {"authority"})


def runner_on(store: Any) -> Runner:
    procedures = [catalogue.find("id.kominfo_telegram_2017"), catalogue.find("generic.network_block")]
    return Runner(store=store, procedures=procedures, acting_as="authority")


def opened(runner: Runner) -> str:
    notice = Notice(contents=["https://t.me/x"], form={"reasons": "r"})
    return runner.open("id.kominfo_telegram_2017", notice, by=OFFICER, case_id="raced").id


def attempt(runner: Runner, case_id: str, number: int, expect: int | None, command: str | None) -> str:
    try:
        case = runner.apply(case_id, Verified(note=f"by {number}", by=OFFICER), expect=expect, command_id=command)
    except CaseConflict:
        return "conflict"
    except NotAllowed as error:
        assert error.state == "verified_by_ministry"  # refused against the new state
        return "refused"
    return f"won at {case.revision}"


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
@pytest.mark.parametrize("expect", [None, 1])
def test_one_of_eight_threads_wins(tmp_path: Path, url: str, expect: int | None) -> None:
    runner = runner_on(open_store("memory:" if url == "memory:" else f"sqlite:///{tmp_path}/r.db"))
    case_id = opened(runner)
    start, results = threading.Barrier(8), Counter[str]()

    def work(number: int) -> None:
        start.wait()
        results[attempt(runner, case_id, number, expect, None)] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {"won at 2": 1, "conflict" if expect else "refused": 7}
    assert runner.verify(case_id).seq == 2
    runner.close()


def test_eight_threads_with_one_command_id_all_get_its_one_outcome(tmp_path: Path) -> None:
    runner = runner_on(open_store(f"sqlite:///{tmp_path}/r.db"))
    case_id = opened(runner)
    results = Counter[str]()

    def work() -> None:
        results[attempt(runner, case_id, 0, None, "the-command")] += 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {"won at 2": 8}
    assert len(runner.journal(case_id)) == 2
    runner.close()


def _process(path: str, number: int, ready: Any, answers: Any) -> None:
    runner = runner_on(open_store(f"sqlite:///{path}"))
    ready.wait()
    answers.put(attempt(runner, "raced", number, None, None))
    runner.close()


def test_one_of_four_processes_wins(tmp_path: Path) -> None:
    path = f"{tmp_path}/r.db"
    runner = runner_on(open_store(f"sqlite:///{path}"))
    opened(runner)
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(4), context.Queue()
    processes = [context.Process(target=_process, args=(path, n, ready, answers)) for n in range(4)]
    for process in processes:
        process.start()
    results = Counter(answers.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
    assert results == {"won at 2": 1, "refused": 3}
    assert runner.verify("raced").seq == 2
    runner.close()
