"""The example of docs/exports.md runs, and writes what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "exports.md").read_text("utf-8")


def test_the_example_writes_three_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(code, "exports.md", "exec"), names)
    names["runner"].close()
    roots = {path.name: ElementTree.parse(path).getroot().tag.partition("}")[2] for path in tmp_path.iterdir()}
    assert roots == {"rules.scxml": "scxml", "rules.pnml": "pnml", "journals.xes": "log"}
    assert names["rules"].digest in (tmp_path / "rules.scxml").read_text("utf-8")
    label = re.search(r"`(Issued: [^`]+)`", TEXT)
    assert label is not None
    assert label[1].replace(">", "&gt;") in (tmp_path / "rules.pnml").read_text("utf-8")
    assert "Verified: received -&gt; verified_by_ministry" in (tmp_path / "journals.xes").read_text("utf-8")
