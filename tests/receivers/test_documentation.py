"""The snippet of docs/receivers.md runs, and does what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import sopflow.receivers
from sopflow import Actor, Approved, Issued, Notice, Verified
from sopflow.receivers.letters import read_letter

from .test_letters import letter as body_of
from .test_page import FORM
from .test_webhook import signed
from .world import World, call, serve_wsgi

TEXT = (Path(__file__).parents[2] / "docs" / "receivers.md").read_text("utf-8")


def test_the_snippet_serves_the_page_and_the_webhooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    found = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(found[1], "receivers.md", "exec"), names)
    runner, officer = names["runner"], Actor("officer", {"authority"}, "kominfo")
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "telegram"})
    case = runner.open("id.kominfo_telegram_2017", notice, by=officer, case_id="5f1c0de").id
    runner.apply(case, Verified(by=officer))
    agency = Actor("agency", {"competent_agency"}, "bnpt")
    runner.apply(case, Approved(by=agency, proposal=runner.proposal(case, Issued(by=officer))))
    runner.apply(case, Issued(by=officer))
    runner.deliver()
    (mail,) = (tmp_path / "outgoing").iterdir()
    link = re.search(r"https://channel.example(/c/\S+)", mail.read_text("utf-8").replace("=\n", ""))
    assert link is not None
    body = re.search(r"```json\n(.*?)\n```", TEXT, re.DOTALL)
    assert body is not None
    with serve_wsgi(names["application"]) as port:
        assert "Confirm receipt" in call(port, "GET", link[1])[2]
        assert call(port, "POST", link[1], b"answer=confirm", FORM)[0] == 200
        raw = body[1].encode()
        headers = signed(raw, at=datetime.now(UTC), key=names["key"])
        assert call(port, "POST", "/hooks/telegram", raw, headers)[0] == 200
    assert runner.case(case).messages[0].acknowledged is not None
    assert runner.case(case).outcomes() == {"c1": "removed"}
    runner.close()


def test_the_other_snippets_make_a_desk_and_take_in_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for n, code in enumerate(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)):
        exec(compile(code, f"receivers.md, snippet {n + 1}", "exec"), names)
    from sopflow.receivers._http import Request

    assert names["desk"].respond(Request(given={"REMOTE_USER": "a"})).status == 200
    assert names["desk"].respond(Request()).status == 403
    letter = read_letter(json.loads(body_of(World().post.sent[0])))
    assert names["read"](letter, names["kominfo"]).instrument.form["message"] == "5f1c0de-m4.1"
    names["runner"].close()


def test_every_name_of_the_face_is_there_and_is_told_when_it_is_not() -> None:
    for name in sopflow.receivers.__all__:
        assert getattr(sopflow.receivers, name).__doc__, name
    with pytest.raises(AttributeError, match="Nope"):
        sopflow.receivers.Nope
