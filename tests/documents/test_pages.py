"""The programs of docs/documents.md and docs/versions.md run, in order, and do what the pages say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sopflow import check, documents
from sopflow.errors import DocumentError

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["documents.md", "versions.md"])
def test_the_programs_of_a_page_run_in_order(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    found = blocks(page, "python")
    assert len(found) >= 3
    for block in found:
        exec(compile(block, page, "exec"), names)
    out = capsys.readouterr().out
    if page == "documents.md":
        assert re.match(r"dmca\.toml, line \d+: obligations\[4\].term\.min: 20 cannot be used; ", out)
    else:
        assert "1 mappable" in out
        assert "deadline verify: " in out
        names["runner"].close()
        names["both"].close()


def test_the_document_on_the_page_is_read_and_passes_the_checker() -> None:
    (text,) = blocks("documents.md", "toml")
    procedure = documents.loads(text)
    assert procedure.obligation_of["answer"].term.words() == "3 calendar days (Asia/Jakarta)"
    assert str(check.check(procedure)) == "procedure 'example.report' version 1: 0 open finding(s), 0 waived"
    with pytest.raises(DocumentError) as error:
        documents.loads(text.replace("days = 3", "days = 0"))
    ((line, _),) = error.value.places
    assert "days = 3" in text.splitlines()[line - 1]
