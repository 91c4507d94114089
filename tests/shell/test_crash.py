"""kill -9 at random moments: every acknowledged step is there, no half step is, every journal verifies."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .crash_worker import runner_on

WORKER = Path(__file__).with_name("crash_worker.py")
ROUNDS = int(os.environ.get("SOPFLOW_CRASH_ROUNDS", "4"))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_killed_at_random_moments_nothing_acknowledged_is_lost_and_nothing_is_half_done(tmp_path: Path) -> None:
    path = tmp_path / "crash.db"
    chance = random.Random(20170714)
    acknowledged: dict[tuple[str, int], str] = {}
    killed = 0
    for _ in range(ROUNDS):
        worker = subprocess.Popen(
            [sys.executable, str(WORKER), str(path), "2000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert worker.stdout is not None
        first = worker.stdout.readline()  # it is at work
        time.sleep(chance.uniform(0.0, 0.7))
        if worker.poll() is None:
            worker.send_signal(signal.SIGKILL)
            killed += 1
        rest, errors = worker.communicate()
        assert "Error" not in errors, errors
        lines = (first + rest).splitlines()
        if lines and len(lines[-1].split()) != 3:
            lines.pop()  # cut off while it was being printed
        for line in lines:
            case, revision, head = line.split()
            acknowledged[case, int(revision)] = head
        runner = runner_on(str(path))
        for n in range(5):
            case = runner.case(f"case-{n}")
            runner.verify(case.id)
            entries = runner.journal(case.id)
            for entry in entries:
                known = acknowledged.get((case.id, entry.seq))
                assert known in (None, entry.hash)
            assert all(seq <= len(entries) for (id, seq) in acknowledged if id == case.id)
        runner.close()
        with sqlite3.connect(path) as db:
            half = db.execute(
                "SELECT COUNT(*) FROM sopflow_case c WHERE revision <> (SELECT COUNT(*) FROM sopflow_journal j "
                "WHERE j.case_id = c.id) OR revision <> (SELECT COUNT(*) FROM sopflow_side s WHERE s.case_id = c.id)"
            ).fetchone()
            assert half == (0,)
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()
    assert killed > 0
    assert len(acknowledged) > 5
