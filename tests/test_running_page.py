"""docs/running.md says what is so: its workers work until they are told to stop, and what it says to watch is seen."""

from __future__ import annotations

import importlib
import json
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sopflow import Actor, Approved, Issued, Notice, Runner, Verified
from sopflow.stores import open_store
from sopflow.stores.memory import MemoryStore

PAGE = (Path(__file__).parents[1] / "docs" / "running.md").read_text("utf-8")
FILES = dict(re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
OFFICER, SIGNER = Actor("officer", {"authority"}), Actor("signer", {"competent_agency"}, "agency")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write the page's files, and return a function that imports one."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module
    for name in FILES:
        sys.modules.pop(name.removesuffix(".py"), None)


def issue(runner: Runner) -> str:
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "telegram"}, form={"reasons": "r"})
    id = runner.open("id.kominfo_telegram_2017", notice, by=OFFICER).id
    runner.apply(id, Verified(by=OFFICER))
    runner.apply(id, Approved(proposal=runner.proposal(id, Issued()), by=SIGNER))
    runner.apply(id, Issued(by=OFFICER))
    return id


def test_every_program_of_the_page_is_one_of_its_files() -> None:
    assert PAGE.count("```python") == len(FILES) == 6


@pytest.mark.parametrize("name", ["worker.py", "async_worker.py"])
def test_a_worker_sends_what_is_queued_and_stops_when_told(name: str, files: Any, tmp_path: Path) -> None:
    pytest.importorskip("aiosqlite")
    with Runner(store=open_store("sqlite:///cases.db"), **files("channel").SETTINGS) as runner:
        id = issue(runner)
        worker = subprocess.Popen([sys.executable, "-W", "error", name], stderr=subprocess.PIPE, text=True)
        try:
            until = time.monotonic() + 60
            while runner.case(id).messages[0].sent is None and worker.poll() is None and time.monotonic() < until:
                time.sleep(0.1)
            worker.send_signal(signal.SIGTERM)
            _, said = worker.communicate(timeout=60)
        finally:
            worker.kill()
        assert worker.returncode == 0, said
        assert "Traceback" not in said and "Warning" not in said, said
        assert runner.case(id).messages[0].sent is not None
        assert len(list((tmp_path / "outgoing").glob("*.eml"))) == 1


def test_a_worker_says_that_the_store_is_away_and_goes_on(files: Any, caplog: pytest.LogCaptureFixture) -> None:
    worker = files("worker")

    class Away(MemoryStore):
        def session(self, conn: Any = None, *, read: bool = False) -> Any:
            worker.stop.set()
            raise worker.StoreError("the server does not answer")

    worker.work(Runner(store=Away(), **files("channel").SETTINGS), pause=0)
    assert "the store could not be used" in caplog.text


def test_a_line_of_the_log_has_its_values(files: Any, capsys: pytest.CaptureFixture[str]) -> None:
    import logging

    logger = logging.getLogger("sopflow")
    before, level = list(logger.handlers), logger.level
    try:
        files("logs").configure()
        id = issue(Runner(store=open_store("memory:"), **files("channel").SETTINGS))
    finally:
        logger.handlers[:] = before
        logger.setLevel(level)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["event"] == "sopflow.step" and lines[0]["case"] == id and lines[0]["happened"] == "Opened"
    assert lines[0]["level"] == "info"


def test_what_nobody_has_worked_is_seen_and_how_it_shows_afterwards(files: Any) -> None:
    """The rows of the table on missed deadlines: by state, by incident, by the ladder."""
    now = [datetime.now(UTC) - timedelta(days=30)]
    settings = files("channel").SETTINGS
    runner = Runner(store=open_store("memory:"), clock=lambda: now[0], **settings)
    id = issue(runner)
    watch, audit = files("watch").watch, files("audit").audit
    now[0] = datetime.now(UTC)
    assert watch(runner) == ["1 case(s) have a deadline that has passed and that nobody has worked: does a worker run?"]
    for _ in range(20):
        runner.tick()
        runner.deliver()
        now[0] += timedelta(days=1)
    now[0] = datetime.now(UTC)
    assert [c.id for c in runner.find(state="no_response")] == [id]
    (incident,) = runner.incidents()  # of the ladder: the breach itself moves the case
    assert watch(runner) == [f"incident ladder_exhausted, case {id}: {incident.detail}"]
    assert list(audit(runner)) == []
