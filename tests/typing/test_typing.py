"""Programs that must type-check do, under mypy --strict and pyright, and lines that must not, do not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import sopflow

HERE = Path(__file__).parent
GOOD, BAD = HERE / "public_api.py", HERE / "must_fail.py"


def mypy(path: Path) -> set[int]:
    if find_spec("mypy") is None:
        pytest.skip("mypy is not installed; the extra dev has it")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", str(path)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parents[1])
    assert found.returncode in (0, 1), found.stdout + found.stderr
    return {int(n) for n in re.findall(rf"{path.name}:(\d+): error", found.stdout)}


def pyright(path: Path) -> set[int]:
    if find_spec("pyright") is None:
        pytest.skip("pyright is not installed; the extra dev has it")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(path)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parents[1])
    report = json.loads(found.stdout[found.stdout.index("{") :])
    return {d["range"]["start"]["line"] + 1 for d in report["generalDiagnostics"] if d["severity"] == "error"}


def marked(path: Path) -> set[int]:
    return {n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if line.endswith("# E")}


@pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
def test_a_program_that_uses_every_public_name_type_checks(checker: object) -> None:
    assert checker(GOOD) == set()  # type: ignore[operator]


@pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
def test_lines_that_should_fail_do(checker: object) -> None:
    assert checker(BAD) == marked(BAD)  # type: ignore[operator]


def test_the_program_really_uses_every_public_name() -> None:
    text = GOOD.read_text("utf-8")
    missing = [name for name in sopflow.__all__ if not re.search(rf"\b{name}\b", text)]
    assert missing == []
