"""What the README says is what happens."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
sys.path.insert(0, str(ROOT / "scripts"))


def test_the_example_runs_and_prints_what_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code.group(1), "README.md", "exec"), names)
    out = capsys.readouterr().out
    assert "no row for Issued in state 'received'" in out
    assert "('platform', 'same_day_takedown'" in out
    assert "taken_down 7" in out
    assert len(list((tmp_path / "outgoing").glob("*.eml"))) == 1


def test_the_example_is_about_thirty_lines() -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    assert len([line for line in code.group(1).splitlines() if line.strip()]) <= 40


def test_the_two_commands_are_found_by_the_build() -> None:
    from readme_commands import commands

    main, tests = commands(README)
    assert main.startswith("python3 -m venv .venv") and "examples/telegram_2017.py" in main
    assert tests.endswith("-m pytest")


def test_the_picture_is_drawn_from_the_rules() -> None:
    from make_docs import readme

    assert readme() == README, "run python scripts/make_docs.py"
    assert "stateDiagram-v2" in README


def test_every_file_that_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (ROOT / target).exists(), target
