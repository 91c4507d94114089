"""Both sides in one program: two processes, a bad network, and journals that agree in the end."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("aiosmtpd", reason="the example needs aiosmtpd, from the extra examples")
pytest.importorskip("cryptography", reason="the example needs cryptography, from the extra examples")

FOLDER = Path(__file__).parents[2] / "examples" / "government_channel"


@cache
def run(*arguments: str) -> str:
    command = [sys.executable, "-W", "error", str(FOLDER / "run.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def test_every_order_is_confirmed_and_answered_although_half_of_the_traffic_is_lost() -> None:
    out = run()
    handed = re.search(
        r"(\d+) webhooks, (\d+) mails. Lost (\d+), answers lost (\d+), delayed (\d+), doubled (\d+)", out
    )
    assert handed is not None
    webhooks, mails, lost, unanswered, delayed, doubled = map(int, handed.groups())
    assert lost * 10 > (webhooks + mails) * 4 and min(unanswered, delayed, doubled) > 0
    assert int(re.search(r"(\d+) arrived after what was sent later", out)[1]) > 0  # type: ignore[index]
    assert "receipt confirmed: 3 of 3 orders; answered: 9 of 9 contents" in out
    assert "both sides agree on every outcome: 3 of 3 cases; letters recorded twice: 0" in out


def test_silence_is_noticed_and_climbs_until_somebody_answers() -> None:
    out = run()
    assert re.search(r"1\. desk by email: 1 lost; silence noticed", out)
    assert re.search(r"2\. desk by email: .*\n +3\. system by webhook", out)
    assert re.search(r"receipt of letter \d confirmed", out)


def test_both_journals_stand_side_by_side_and_each_is_proved() -> None:
    out = run()
    for case in ("r1", "r2", "r3"):
        assert re.search(rf"authority, case {case} +\| platform, case kominfo\.{case}-m4\.1", out)
    assert re.search(r"^ +\| \d\d:\d\d  clerk-1 confirms receipt of the order$", out, re.MULTILINE)
    assert re.search(r"^\d\d:\d\d  telegram-system confirms receipt of the order +\|$", out, re.MULTILINE)
    assert "clerk-1: c3 refused" in out and "telegram-system: c3 refused" in out
    assert len(re.findall(r"each step proved up to entry \d+, [0-9a-f]{12}", out)) == 6
    assert "t.me" not in out, "reported locators are personal: no journal has them"


def test_a_reminder_is_told_in_words() -> None:
    sys.path.insert(0, str(FOLDER))
    try:
        from screen import _sentence
    finally:
        sys.path.remove(str(FOLDER))
    doc = {"event": {"name": "DeadlineReminded", "of": "decide_escalation"}, "by": {"id": "sopflow"}}
    assert _sentence(doc, {"messages": {}}) == "a reminder: decide escalation is still open"
    assert not re.search(r"^(?:.*\| )?\d\d:\d\d  [A-Z][a-z]+[A-Z]", run(), re.MULTILINE), (
        "names of classes are no sentences"
    )


@pytest.mark.slow
def test_the_same_seed_prints_the_same_down_to_the_hashes() -> None:
    arguments = ("--seed", "2", "--cases", "1")
    first = run(*arguments)
    run.cache_clear()
    assert run(*arguments) == first


def test_the_platforms_procedure_has_no_open_finding() -> None:
    sys.path.insert(0, str(FOLDER))
    try:
        from rules import PLATFORM_SIDE
    finally:
        sys.path.remove(str(FOLDER))
    from sopflow.check import check

    assert "0 open finding(s)" in str(check(PLATFORM_SIDE))


def test_every_file_of_the_example_is_named_in_its_readme() -> None:
    named = (FOLDER / "README.md").read_text("utf-8")
    for path in FOLDER.glob("*.py"):
        assert f"`{path.name}`" in named, path.name
