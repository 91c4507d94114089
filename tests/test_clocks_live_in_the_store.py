"""Legal clocks live in the store: no program of ours may hand one to a job queue, which loses or repeats them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = sorted(p for folder in ("src", "examples") for p in (ROOT / folder).rglob("*.py"))
# Celery's ETA and countdown, Procrastinate's schedule_at and schedule_in, APScheduler's jobs, DBOS's delays.
QUEUES = re.compile(r"\b(eta|countdown|schedule_at|schedule_in|delay_seconds)\s*=|\bapply_async\(|\badd_job\(")


def test_the_words_of_job_queues_are_recognised() -> None:
    for line in (
        "task.apply_async(x)",
        "breach.configure(schedule_at=due)",
        "send.s(eta=due)",
        "q.put(delay_seconds=9)",
    ):
        assert QUEUES.search(line)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_deadline_is_handed_to_a_job_queue(path: Path) -> None:
    assert not QUEUES.search(path.read_text("utf-8"))
