"""Letters: what each carries, in whose language; and what a template cannot do."""

from __future__ import annotations

import importlib
import json
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopflow import (
    Actor,
    Approved,
    Authority,
    Issued,
    Notice,
    PointOfContact,
    Provider,
    Runner,
    StaticDirectory,
    Verified,
    canon,
    catalogue,
    compose,
)
from sopflow.compose import TextRenderer
from sopflow.errors import BadInput, MissingExtra
from sopflow.renderers import JinjaRenderer
from sopflow.rules import Template
from sopflow.step import Outgoing
from sopflow.stores import open_store

OFFICER, AGENCY = Actor("officer-1", {"authority"}, "kominfo"), Actor("agent-1", {"competent_agency"}, "bnpt")
URL = "https://t.me/some_channel/42?a=1&b=<2>".replace("<2>", "2")
NOW = datetime(2017, 8, 11, 2, 0, tzinfo=UTC)
PACKAGED = JinjaRenderer()
EVERY = [(p, t.name) for p in map(catalogue.find, catalogue.names()) for t in p.templates]


def sent(
    tmp: str = "memory:",
    *,
    languages: Any = ("id",),
    renderer: Any = PACKAGED,
    reasons: str = "See it",
    p: Any = None,
    reference: str = "B-120/2017",
) -> tuple[Runner, Outgoing]:
    """Return the order of a case of 2017, as it stands in the outbox."""
    p = p or catalogue.find("id.kominfo_telegram_2017")
    desk = PointOfContact(id="tg-desk", channels={"email": "a@tg.example"}, languages=languages, zone="Asia/Kolkata")
    ours = PointOfContact(id="kominfo-desk", channels={"email": "a@k.example"}, zone="Asia/Jakarta")
    runner = Runner(
        store=open_store(tmp), procedures=[p], acting_as={"authority"},
        directory=StaticDirectory([Provider(id="tg", contacts=[desk]), Authority(id="kominfo", contacts=[ours])]),
        renderer=renderer, clock=lambda: NOW,
    )  # fmt: skip
    notice = Notice(
        contents=[URL, "https://t.me/other"],
        parties={"platform": "tg", "authority": "kominfo"},
        form={"reasons": reasons},
    )
    runner.open(p.id, notice, by=OFFICER, case_id="case-1")
    runner.apply("case-1", Verified(by=OFFICER))
    order = Issued(reference=reference)
    runner.apply("case-1", Approved(proposal=runner.proposal("case-1", order), by=AGENCY))
    runner.apply("case-1", order, by=OFFICER)
    with runner.store.session(read=True) as session:
        rows = session.outbox("default", "case-1")
    return runner, rows[0][0]


class Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.data = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.data += data


def read(html: str) -> Text:
    parser = Text()
    parser.feed(html)
    parser.close()
    return parser


# --- what each carries ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize(("procedure", "name"), EVERY, ids=lambda v: getattr(v, "id", v))
def test_every_template_of_every_bundled_procedure_has_a_letter_in_both_languages(
    procedure: Any, name: str, language: str
) -> None:
    assert PACKAGED.has(procedure.id, name, language)


@pytest.mark.parametrize("language", ["en", "id"])
def test_whoever_is_told_of_a_correction_is_told_in_their_language(language: str) -> None:
    assert PACKAGED.has("any.procedure", compose.REBUTTAL.name, language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("id", ["Kanal Pemerintah", "Nomor rujukan", "Dasar hukum", "Cara mengonfirmasi", "Jika Anda tidak setuju", "meminta"]),
        ("en", ["Government Channel", "Reference", "Legal basis", "How to confirm", "If you do not agree", "ask for"]),
    ],
)  # fmt: skip
def test_a_letter_carries_all_that_its_addressee_needs(language: str, words: list[str]) -> None:
    _, row = sent(languages=(language,))
    shown = read(row.html).data
    for text in (row.body, shown):
        assert "B-120/2017" in text and row.id in text
        assert "hxxps://t[.]me/some_channel/42?a=1&b=2" in text and "hxxps://t[.]me/other" in text
        assert "t.me/" not in text, "nothing that opens by accident"
        assert "17 July 2017: a Government Channel" in text and "republika" in text, "article and source"
        assert "2017-08-12 07:30 Asia/Kolkata (UTC+05:30)" in text, "the addressee's time"
        assert "2017-08-12 09:00 Asia/Jakarta (UTC+07:00)" in text, "and the sender's"
        assert "no press account gives" not in text, "what was only inferred is not given as legal basis"
        for word in words[1:-1]:
            assert word in text
    assert words[0] in row.subject and row.language == language
    assert f'<html lang="{language}">' in row.html


def test_the_machine_readable_part_is_exact() -> None:
    runner, row = sent()
    part = json.loads(row.data)
    assert [c["locator"] for c in part["contents"]] == [URL, "https://t.me/other"]
    assert part["instrument"] == {"kind": "notice", "form": {"reasons": "See it"}}
    assert part["confirm"] == {"message": row.id, "by": "2017-08-12T02:00:00.000000Z"}
    assert part["zones"] == ["Asia/Kolkata", "Asia/Jakarta"]
    assert part["redress"] == ["refuse", "impossible", "clarify"]
    assert [(d["obligation"], d["due"]) for d in part["duties"]] == [("same_day_takedown", "")]
    assert {b["mark"] for b in part["basis"]} == {"S", "I"}, "with the marks"
    assert part["procedure"]["digest"] == runner.case("case-1").digest
    assert row.html and json.loads(sent(renderer=None)[1].data) == part, "whatever makes the texts"


def test_what_is_stored_is_what_the_journal_proves_in_all_its_parts() -> None:
    runner, row = sent()
    entry = runner.journal("case-1")[-1]
    (message,) = entry.doc["effects"]["messages"]
    with runner.store.session(read=True) as session:
        salt = session.personal("default", "case-1")[entry.seq - 1].salt
    assert message["digest"] == compose.digest(row, salt)
    for part in ("subject", "body", "html", "data"):
        assert message["digest"] != compose.digest(attrs.evolve(row, **{part: getattr(row, part) + "x"}), salt)
    for secret in ("some_channel", "See it"):
        assert secret not in entry.text


def test_all_parts_survive_storage_and_go_when_the_case_is_erased(tmp_path: Path) -> None:
    runner, row = sent(f"sqlite:///{tmp_path}/cases.db")
    assert row == attrs.evolve(sent()[1], address=row.address)
    runner.erase("case-1", unsent=True)
    with runner.store.session(read=True) as session:
        ((left, _),) = session.outbox("default", "case-1")
    assert (left.subject, left.body, left.html, left.data, left.address) == ("", "", "", "", "")


def test_what_a_procedures_template_does_not_name_is_told_to_nobody() -> None:
    quiet = attrs.evolve(
        catalogue.find("id.kominfo_telegram_2017"), id="test.quiet",
        templates=[Template(t.name, t.subject, "$contents") for t in catalogue.find("id.kominfo_telegram_2017").templates],
    )  # fmt: skip
    runner, row = sent(p=quiet)
    assert json.loads(row.data)["instrument"] == {"kind": "notice", "form": {}}
    assert not [text for text in (row.subject, row.body, row.html, row.data) if "See it" in text]
    runner.verify("case-1")


def test_the_contacts_languages_decide_in_their_order() -> None:
    assert sent(languages=("fr", "id-ID", "en"))[1].language == "id"
    assert sent(languages=("fr",))[1].language == "en"


def test_a_template_that_nobody_wrote_a_letter_for_is_rendered_by_the_standard_library() -> None:
    own = Template("order", "Own $case", "Own text")
    params = {"case": "c", "procedure": "my.own", "languages": ("id",), "letter": {}}
    assert PACKAGED.render(own, params) == TextRenderer().render(own, params)


def test_the_stdlib_renderer_stays_the_default() -> None:
    _, row = sent(renderer=None)
    assert row.html == "" and "Mohon ditinjau" in row.body


# --- what somebody else wrote --------------------------------------------------------------------------------------


def test_what_a_reporter_wrote_is_shown_and_never_obeyed() -> None:
    bad = '<script>alert(1)</script> {{ 7 * 7 }} ${case} <a href="https://evil.example/x">x</a>\nPlease confirm by 1999\n\n--'
    _, row = sent(reasons=bad)
    parsed = read(row.html)
    assert "script" not in parsed.tags and "a" not in parsed.tags
    assert "{{ 7 * 7 }}" in parsed.data and "{{ 7 * 7 }}" in row.body and "49" not in row.body
    assert "https://evil" not in row.body + parsed.data and "hxxps://evil[.]example" in row.body
    assert "\nPlease confirm by 1999" not in row.body, "its lines cannot be taken for ours"
    assert json.loads(row.data)["instrument"]["form"]["reasons"] == bad


@pytest.mark.parametrize("renderer", [PACKAGED, TextRenderer()], ids=["letter", "text"])
def test_what_a_reporter_wrote_makes_no_line_of_its_own_and_opens_nothing(renderer: Any) -> None:
    _, row = sent(
        languages=("en",), renderer=renderer, reasons="bad\rReference: FAKE\u2028Deadline: none tg://resolve?domain=x"
    )
    lines = row.body.splitlines()
    assert not [line for line in lines if line.startswith(("Reference: FAKE", "Deadline: none"))]
    assert [line for line in lines if line.startswith("    Reference: FAKE")] and "tg://" not in row.body + row.html


@pytest.mark.parametrize("renderer", [PACKAGED, TextRenderer()], ids=["letter", "text"])
def test_a_number_that_somebody_gave_makes_no_section_of_a_letter_and_opens_nothing(renderer: Any) -> None:
    bad = "5\n\nHow to confirm receipt\n  Or confirm on this page: https://phish.example/c/abc"
    own = Template("order", "Order $reference", "$reference")
    p = catalogue.find("id.kominfo_telegram_2017")
    p = attrs.evolve(p, templates=[own if t.name == "order" else t for t in p.templates])
    _, row = sent(languages=("en",), renderer=renderer, reference=bad, p=p)
    shown = row.subject + row.body + read(row.html).data
    assert "https://phish" not in shown and "hxxps://phish[.]example/c/abc" in row.body
    assert row.body.splitlines()[0].endswith(
        "5 How to confirm receipt Or confirm on this page: hxxps://phish[.]example/c/abc"
    )
    assert json.loads(row.data)["reference"] == bad, "the machine-readable part is exact"


@given(st.text(max_size=200).filter(lambda t: not any("\ud800" <= c <= "\udfff" for c in t)))
@settings(max_examples=50, deadline=None)
def test_any_text_keeps_subject_on_one_line_and_html_whole(text: str) -> None:
    _, row = sent(reasons=text or "x")
    assert "\n" not in row.subject and "\r" not in row.subject
    tags = read(row.html).tags
    assert tags == read(sent()[1].html).tags


# --- the host's own folder -----------------------------------------------------------------------------------------


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / name.replace("__", ".")).write_text(text)
    return tmp_path


def test_a_hosts_language_is_added_and_its_texts_take_the_place_of_ours(tmp_path: Path) -> None:
    own = folder(
        tmp_path,
        nl__toml='[words]\nreference = "Kenmerk"\n["id.kominfo_telegram_2017".order]\nsubject = "Bevel {{ reference }}"\ntext = "Graag."\n',
        id__toml='["id.kominfo_telegram_2017".order]\nsubject = "Baru {{ reference }}"\ntext = "Teks kami sendiri."\n',
    )
    renderer = JinjaRenderer(own)
    assert renderer.languages == ("en", "id", "nl")
    _, dutch = sent(languages=("nl",), renderer=renderer)
    assert dutch.subject == "Bevel B-120/2017" and "Kenmerk: B-120/2017" in dutch.body and "Legal basis" in dutch.body
    _, ours = sent(renderer=renderer)
    assert ours.subject == "Baru B-120/2017" and "Nomor rujukan" in ours.body
    assert sent(languages=("en",), renderer=renderer)[1].subject.startswith("[Government Channel]")


def test_a_language_may_have_several_files(tmp_path: Path) -> None:
    letter = '["my.own".order]\nsubject = "Bevel"\ntext = "Graag."\n'
    renderer = JinjaRenderer(folder(tmp_path, nl__toml='[words]\nreference = "Kenmerk"\n', nl__first__toml=letter))
    assert renderer.languages == ("en", "id", "nl")
    assert renderer.has("my.own", "order", "nl")
    with pytest.raises(BadInput, match=r"nl\.broken\.toml"):
        JinjaRenderer(folder(tmp_path, nl__broken__toml="[words"))


def test_a_hosts_layout_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = folder(
        tmp_path,
        letter__html__j2="<p>{% for item in items %}{{ loop.index }}:{{ item.address|upper }};{% endfor %}</p>",
    )
    _, row = sent(renderer=JinjaRenderer(own))
    assert row.html.startswith("<p>1:HXXPS://T[.]ME/SOME_CHANNEL/42?A=1&amp;B=2;2:")


def test_a_procedure_may_use_the_letters_of_another(tmp_path: Path) -> None:
    renderer = JinjaRenderer(folder(tmp_path, en__toml='["my.own"]\nlike = "id.kominfo_telegram_2017"\n'))
    assert renderer.has("my.own", "order", "en") and not PACKAGED.has("my.own", "order", "en")


# --- what a template cannot do -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}", "{{ message.__class__.__mro__ }}", "{{ message['__class__'] }}", "{{ message|attr('x') }}",
        "{{ range(10) }}", "{{ lipsum() }}", "{{ self._TemplateReference__context }}", "{{ self }}", "{{ cycler }}",
        "{{ message.upper() }}",
        "{% set a = message %}", "{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}", "{% macro a() %}{% endmacro %}",
        "{% for a in items %}{% for b in items %}x{% endfor %}{% endfor %}", "{% for a in 'abc' %}{% endfor %}",
        "{% for a in items recursive %}{% endfor %}", "{{ 'a' * 999999999 }}", "{{ 10 ** 10 }}", "{{ message ~ message }}",
        "{{ '%s' % message }}", "{{ message + message }}", "{{ message|safe }}", "{{ message|indent(99999999) }}",
        "{{ message|replace('a', message) }}", "{{ message|format }}", "{% with a = 1 %}{% endwith %}", "{{ nobody }}",
        "{{ words.nothing }}", "{% for a in items %}{{ a.secret }}{% endfor %}", "{{ [1, 2] }}", "{{ {'a': 1} }}", "{{ message[0:3] }}",
        "{% filter upper %}x{% endfilter %}", "{% call x() %}{% endcall %}", "{% autoescape false %}x{% endautoescape %}",
        "{{ message is mapping }}", "{% block a %}{% endblock %}", "{% if true %}", "{{ items.pop }}", "{{ joiner }}", "{{ namespace }}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "{{ -message }}", "{{ loop.index }}",
    ],
    ids=lambda s: s[:40],
)  # fmt: skip
def test_a_template_that_would_do_more_than_write_is_refused_when_read(tmp_path: Path, source: str) -> None:
    with pytest.raises(BadInput, match="letter.txt.j2"):
        JinjaRenderer(folder(tmp_path, letter__txt__j2=source))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("xx.toml", "[words", "xx.toml.*correct it"),
        ("xx.toml", "words = 5", "xx.toml: words"),
        ("xx.toml", "[any.order]\nsubject = 'x'", "xx.toml: any.order.*a subject and a text"),
        ("xx.toml", "[any.order]\nsubject = 'x'\ntext = '{{ y }}'", "xx.toml: any.order.text.*use the names"),
        ("xx.toml", "[any.order]\nsubject = 'x'\ntext = '{% if %}'", "xx.toml: any.order.text, line 1"),
        ("other.j2", "x", "letter.txt.j2 or letter.html.j2"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_remedy(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match=says):
        JinjaRenderer(tmp_path)
    with pytest.raises(BadInput, match="name a folder"):
        JinjaRenderer(tmp_path / "nothing")


def test_no_part_is_longer_than_the_limit() -> None:
    with pytest.raises(Exception, match="renderer 'order' raised BadInput"):
        sent(renderer=JinjaRenderer(limit=1000))


def test_ten_thousand_contents_take_time_in_proportion() -> None:
    params: dict[str, Any] = {"procedure": "id.kominfo_telegram_2017", "languages": ("id",)}
    part = json.loads(sent()[1].data)
    part["contents"] = [part["contents"][0]] * 10_000
    found = PACKAGED.render(Template("order", "", ""), {**params, "letter": part})
    assert found.body.count("hxxps://") == 10_000
    assert canon.text({"x": found.body})


def test_without_the_extra_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.delitem(sys.modules, "sopflow.renderers")
    with pytest.raises(MissingExtra, match=r'pip install "sopflow\[templates\]"'):
        importlib.import_module("sopflow.renderers")
