"""docs/flaggers.md says what is so: its program runs and prints what the page says, its file can be read."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from sopflow import Flagger
from sopflow.directories import read

PAGE = (Path(__file__).parents[2] / "docs" / "flaggers.md").read_text("utf-8")
FOUND: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
BLOCKS = dict(reversed(FOUND))  # the first of each kind


def test_the_program_prints_what_the_page_says_and_leaves_a_proved_register(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(BLOCKS["python"], "flaggers.md", "exec"), names)
    assert capsys.readouterr().out == BLOCKS["text"]
    assert "runner.verify_register()" in BLOCKS["python"]


def test_an_event_of_ones_own_that_voids_an_order_is_written_as_the_page_says() -> None:
    names: dict[str, Any] = {}
    exec(compile([text for kind, text in FOUND if kind == "python"][1], "flaggers.md", "exec"), names)
    decided = names["OmbudsmanDecided"]
    assert [decided(finding=f).of() in decided.voids for f in ("due", "not_due")] == [False, True]


def test_the_file_can_be_read_and_the_answer_is_that_of_its_flagger() -> None:
    (found,) = read("d.toml", BLOCKS["toml"].encode()).organisations
    assert isinstance(found, Flagger)
    answer = json.loads(BLOCKS["json"])
    day = date.fromisoformat(answer["on"])
    assert list(found.outside(day, category="spam")) == answer["outside"]
    assert found.resting(day) == answer["resting"]
    assert found.resting(datetime.fromisoformat("2026-06-30T21:59+00:00")) and not found.resting(date(2026, 7, 1))
