"""The table of what the law asks for names tests that exist, and tells of every kind and start that is tested."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_test_that_the_table_names_exists_and_none_of_the_kinds_is_left_out() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "coverage.md").read_text("utf-8")))
    there: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        there.update(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    assert named <= there, f"no such test: {', '.join(sorted(named - there))}"
    kinds = {name for name in there if re.match(r"test_(kind_\d+|start)_", name)}
    beside = {"test_kind_8_a_limit_of_runs_that_means_nothing_is_refused"}  # bad input, no row of the law
    assert kinds - beside <= named, f"put into docs/coverage.md: {', '.join(sorted(kinds - named))}"
    assert {int(n) for name in kinds for n in re.findall(r"_kind_(\d+)_", name)} == set(range(1, 14))
