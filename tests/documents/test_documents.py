"""Procedures as documents: what is written is read back the same, and every fault is told with file, line and key."""

from __future__ import annotations

import inspect
import json
import re
import time
import tomllib
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from sopflow import canon, catalogue, documents, guards
from sopflow.case import Case
from sopflow.documents._plain import plain
from sopflow.documents._read import Raw, procedure
from sopflow.documents._words import given as _words
from sopflow.documents._words import shipped
from sopflow.errors import BadInput, DocumentError
from sopflow.events import Act, Event
from sopflow.procedure import Procedure
from sopflow.rules import Absent, Basis, FormField, Guard, Hook, Send, Transition, Yield
from sopflow.terms import BusinessDays, Days, Hours, Months, PerCase, SameDay, Window, WithoutUndueDelay, Yearly

from ..core import sample

DMCA = catalogue.find("us.dmca_512")
SMALL = """\
id = "test.small"
version = "1"
title = "Small"
acting = "ministry"
initial = "received"
opened_by = "ministry"
sources = [{ key = "law", text = "the law" }]

[bases]
law_1 = { text = "article 1", source = "law", mark = "V" }

[[roles]]
name = "ministry"
basis = "law_1"

[[states]]
name = "received"
phase = "intake"
basis = "law_1"

[[states]]
name = "done"
phase = "closed"
final = true
basis = "law_1"

[[transitions]]
on = "Verified"
source = "received"
target = "done"
by = "ministry"
basis = "law_1"

[[obligations]]
name = "verify"
owner = "ministry"
term = { hours = 24 }
starts = "Opened"
meets = "Verified"
basis = "law_1"
"""


@frozen(kw_only=True)
class Shelved(Act):
    """Put aside."""


def quota(n: str) -> Guard:
    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        return f"more than {n} today"

    return Guard(f"quota({n})", test, reads="quota.used", version=2)


def _tell(before: Case, view: Case, event: Event, facts: Any) -> Yield | None:
    return None


def loads(text: str, **more: Any) -> Procedure:
    return documents.loads(text, file="sop.toml", **more)


def faults(text: str, **more: Any) -> list[tuple[int, str]]:
    """The line and the key of each fault."""
    with pytest.raises(DocumentError) as error:
        loads(text, **more)
    assert all(p.startswith("sop.toml, line ") for p in error.value.problems)
    return list(error.value.places)


def changed(old: str, new: str) -> tuple[str, int]:
    """The small document with a change, and the line of the change."""
    at = SMALL.index(f"\n{old}") + 1 if f"\n{old}" in SMALL else SMALL.index(old)
    return SMALL[:at] + new + SMALL[at + len(old) :], SMALL[:at].count("\n") + 1


# --- the round trip ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", documents.FORMATS)
@pytest.mark.parametrize("name", catalogue.names())
def test_every_catalogue_entry_survives_the_round_trip_with_the_same_digest(name: str, format: str) -> None:
    for version in catalogue.versions(name):
        text = documents.dumps(version, format)
        again = documents.loads(text, format=format)
        assert again.digest == version.digest
        assert documents.dumps(again, format) == text


@pytest.mark.parametrize(
    "p", [p for n in catalogue.names() for p in catalogue.versions(n)], ids=lambda p: f"{p.id}-{p.version}"
)
def test_what_a_store_keeps_of_a_procedure_can_be_made_one_again(p: Procedure) -> None:
    again = documents.restore(canon.text(p.document))
    assert (again.digest, again.document) == (p.digest, p.document)


def test_a_kept_document_whose_code_has_changed_is_refused() -> None:
    kept = canon.text(catalogue.find("us.dmca_512").document)
    with pytest.raises(BadInput, match="it is another procedure"):
        documents.restore(kept.replace('"event":"Verified","schema":1', '"event":"Verified","schema":2'))
    guard = '{"name":"complete(notice)","reads":[],"version":%d}'
    with pytest.raises(DocumentError, match="version 2 was written for"):
        documents.restore(kept.replace(guard % 1, guard % 2))
    with pytest.raises(BadInput, match="the text that the store keeps"):
        documents.restore("no document")


@pytest.mark.parametrize("format", documents.FORMATS)
def test_a_procedure_with_the_hosts_own_words_survives_too(format: str) -> None:
    p = sample.SAMPLE
    own = {g.name: g for t in p.transitions for g in t.guards}
    text = documents.dumps(p, format)
    again = documents.loads(text, guards=own, hooks=p.hooks, events=p.events.values(), format=format)
    assert again.digest == p.digest


@pytest.mark.parametrize("format", documents.FORMATS)
def test_a_hosts_guard_maker_hook_and_event_are_found_by_their_names(format: str) -> None:
    basis = DMCA.states[0].basis
    hook = Hook(name="tell", run=_tell, point="enter", state="accepted", reads="desk.open", version=3)
    p = DMCA.extend(
        id="my.dmca",
        transitions=[
            Transition(on=Shelved, source="accepted", target="removed", by="platform", guards=quota("5"), basis=basis)
        ],
        hooks=[hook],
    )
    words: dict[str, Any] = {"guards": {"quota": quota}, "hooks": [hook], "events": [Shelved]}
    text = documents.dumps(p, format)
    assert documents.loads(text, **words, format=format).digest == p.digest
    for missing in words:
        with pytest.raises(DocumentError, match=f"hand in your own with {missing}="):
            documents.loads(text, **{k: v for k, v in words.items() if k != missing}, format=format)


@pytest.mark.parametrize(
    "term",
    [
        Hours(4), Hours(1, whole=True), Days(3, "Asia/Jakarta"), Days(7, "UTC", "US-federal"), Months(6),
        BusinessDays(max=3, calendar="ID", zone="Asia/Jakarta"),
        BusinessDays(min=10, max=14, calendar="US-federal", zone="America/Los_Angeles"),
        SameDay("Asia/Jakarta"), PerCase(), WithoutUndueDelay(), WithoutUndueDelay(3, 'so "fort"'),
        Yearly((2, 29)), Yearly(((1, 1), (7, 1)), "Europe/Brussels"), Window(opens=Hours(2)),
        Window(opens=Days(1), closes=Months(2)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("format", documents.FORMATS)
def test_every_kind_of_term_survives(term: Any, format: str) -> None:
    one = attrs.evolve(DMCA.obligations[0], term=term)
    p = attrs.evolve(DMCA, obligations=(one, *DMCA.obligations[1:]))
    assert documents.loads(documents.dumps(p, format), format=format).obligations[0].term == term


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=80, deadline=None)
def test_any_text_survives_as_it_is_written(text: str) -> None:
    p = attrs.evolve(loads(SMALL), summary=text)
    assert documents.loads(documents.dumps(p)).summary == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF, exclude_characters="\x7f\x85"), max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_printable_text_survives_in_yaml(text: str) -> None:
    p = attrs.evolve(loads(SMALL), summary=text, jurisdiction="NO")
    again = documents.loads(documents.dumps(p, "yaml"), format="yaml")
    assert (again.summary, again.jurisdiction) == (text, "NO")


def test_every_field_that_a_class_has_is_written_and_read() -> None:
    """A field that is added to a class needs no code here; this holds what is special about each type."""
    send = Send(template="removal_notice", to="subscriber", sender="platform", reminders=2, quiet="21:00-07:00")
    rows = tuple(attrs.evolve(t, sends=(send,)) if t.sends and t.sends[0].template == send.template else t
                 for t in DMCA.transitions)  # fmt: skip
    basis = DMCA.states[0].basis
    field = FormField("reply", basis, "How to be reached", False, kind="email", choices=("a", "b"), longest=80)
    p = attrs.evolve(
        DMCA, transitions=rows, opened_with={"notice", "referral"}, valid_from=date(1998, 10, 28), as_of=date(2025, 1, 1), reconstructed=True,
        forms=(attrs.evolve(DMCA.forms[0], fields=(*DMCA.forms[0].fields[:-1], field)), *DMCA.forms[1:]),
        absent=[Absent("complaint", basis, "The statute gives none.")], questions=["Who?", "Until \"when\"?"],
    )  # fmt: skip
    for format in documents.FORMATS:
        again = documents.loads(documents.dumps(p, format), format=format)
        assert again.digest == p.digest
        assert (again.absent, again.questions, again.forms[0].fields[-1]) == (p.absent, p.questions, field)
        assert again.opened_with == {"notice", "referral"}
    jsonschema.validate(values(documents.dumps(p)), SCHEMA, jsonschema.Draft202012Validator)


def test_the_document_reads_like_a_list_of_rules() -> None:
    text = documents.dumps(DMCA)
    lines = text.splitlines()
    assert lines[0].startswith("#")
    heads = [line for line in lines if line.startswith("[")]
    order = list(dict.fromkeys(h for h in heads if "." not in h))
    assert order[:5] == ["[bases]", "[[roles]]", "[[states]]", "[[transitions]]", "[[obligations]]"]
    assert f'summary = "{DMCA.summary}"' in lines, "a sentence stays on its line"
    assert "body = '''" in text
    assert "repeats = false" not in text, "what has its default is left out"
    assert 'guards = "complete(notice)"' in text
    article = "17 USC 512(c)(1)(C): expeditious removal or disabling"
    assert text.count(article) == 1, "what several rules rest on is written, and changed, once"


def test_changing_a_shared_basis_changes_every_rule_that_rests_on_it() -> None:
    text = documents.dumps(DMCA).replace("expeditious removal or disabling", "removal")
    again = documents.loads(text)
    assert {a.basis.text for t, a in zip(DMCA.transitions, again.transitions, strict=True)
            if t.basis.text.endswith("expeditious removal or disabling")} == {"17 USC 512(c)(1)(C): removal"}  # fmt: skip


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    for format, ending in (("toml", "toml"), ("yaml", "yaml"), ("yaml", "yml")):
        path = tmp_path / f"sop.{ending}"
        path.write_text(documents.dumps(DMCA, format), "utf-8")
        assert documents.load(path).digest == DMCA.digest
    with pytest.raises(BadInput, match=r"\.toml, \.yaml or \.yml"):
        documents.load(tmp_path / "sop.json")
    with pytest.raises(BadInput, match="can be read"):
        documents.load(tmp_path / "nothing.toml")
    with pytest.raises(BadInput, match="use one of toml, yaml"):
        documents.dumps(DMCA, "json")


def test_a_document_may_use_the_words_of_the_catalogue_by_id() -> None:
    kominfo = catalogue.find("id.kominfo_telegram_2017")
    p = kominfo.extend(id="my.kominfo")
    text = documents.dumps(p)
    assert 'uses = ["id.kominfo_telegram_2017"]' in text
    assert loads(text).digest == p.digest
    without = re.sub(r"uses = .*\n", "", text)
    places = faults(without)
    assert {key.rpartition(".")[2].partition("[")[0] for _, key in places} >= {"on", "name", "proved_by"}
    assert "did you mean id.kominfo_telegram_2017" not in text
    with pytest.raises(DocumentError, match=r"line \d+: uses\[0\]: procedure 'os.path' is not known here"):
        loads(text.replace('uses = ["id.kominfo_telegram_2017"]', 'uses = ["os.path"]'))


# --- guards and hooks by name --------------------------------------------------------------------------------------


def test_every_guard_that_ships_is_registered() -> None:
    samples: list[Guard] = []
    for name, value in vars(guards).items():
        if isinstance(value, Guard):
            samples.append(value)
        elif not name.startswith("_") and getattr(value, "__annotations__", {}).get("return") == "Guard":
            word = "removed" if name in ("all_are", "any_is", "gives") else "notice"
            samples.append(value(word) if inspect.signature(value).parameters else value())
    samples.append(guards.happened("Sent", negate=True))
    assert len(samples) >= 13
    for guard in samples:
        assert shipped().guard(guard.name).name == guard.name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("os.system(removed)", "use one of"),
        ("all_are(gone)", "all_are"),
        ("complete(a,b)", "complete"),
        ("all_are(removed, disabled)", r"write it as 'all_are\(removed,disabled\)'"),
        ("open_clock(x)", "hand in your own"),
        ("all_are", "write it as"),
        ("complete", "complete"),
        ("all_ar(removed)", r"did you mean all_are\(…\)"),
        ("__import__(os)", "use one of"),
    ],
)
def test_a_guard_that_is_not_registered_so_is_refused(name: str, told: str) -> None:
    text, line = changed('by = "ministry"', f'guards = "{name}"\nby = "ministry"')
    with pytest.raises(DocumentError, match=told) as error:
        loads(text)
    assert error.value.places == ((line, "transitions[0].guards[0]"),)


def test_a_guard_or_hook_of_another_version_than_was_written_for_is_refused() -> None:
    text, line = changed('by = "ministry"', 'guards = { name = "quota(3)", version = 1 }\nby = "ministry"')
    with pytest.raises(DocumentError, match="version 1 was written for, and this program has 2") as error:
        loads(text, guards={"quota": quota})
    assert error.value.places[0][0] == line
    assert loads(text.replace("version = 1 }", "version = 2 }"), guards={"quota": quota}).transitions[0].guards


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("hours = 24", "hours = 0", "obligations[0].term.hours"),
        ("hours = 24", "hours = -4", "obligations[0].term.hours"),
        ("hours = 24", 'hours = "24"', "obligations[0].term.hours"),
        ("hours = 24", "hours = 24.5", "obligations[0].term.hours"),
        ("hours = 24", "weeks = 2", "obligations[0].term"),
        ("{ hours = 24 }", "{ kind = [], hours = 24 }", "obligations[0].term"),
        ("{ hours = 24 }", '{ kind = "hours", days = 24 }', "obligations[0].term.days"),
        ("{ hours = 24 }", '{ business_days = 3 }', "obligations[0].term"),
        ('title = "Small"', 'title = "Small"\nuses = 3', "uses[0]"),
        ("{ hours = 24 }", '{ days = 2, zone = "Mars/Olympus" }', "obligations[0].term.zone"),
        ('phase = "intake"', 'phase = "intak"', "states[0].phase"),
        ('target = "done"', 'target = "don"', "transitions[0].target"),
        ('source = "received"', 'source = "recieved"', "transitions[0].source"),
        ('on = "Verified"', 'on = "Verify"', "transitions[0].on"),
        ('by = "ministry"', 'buy = "ministry"', "transitions[0].buy"),
        ('by = "ministry"', "by = 3", "transitions[0].by[0]"),
        ('by = "ministry"', 'by = "minister"', "transitions[0].by"),
        ('mark = "V"', 'mark = "X"', "bases.law_1.mark"),
        ('source = "law"', 'source = "las"', "bases.law_1.source"),
        ('basis = "law_1"', 'basis = "law_2"', "roles[0].basis"),
        ("final = true", 'final = "yes"', "states[1].final"),
        ('initial = "received"', 'initial = "opened"', "initial"),
        ('title = "Small"', "title = 5", "title"),
        ('title = "Small"', 'title = "Small"\nvalid_from = "1 May"', "valid_from"),
        ('title = "Small"', 'title = "Small"\nvalid_from = 2017-01-01T00:00:00Z', "valid_from"),
        ('title = "Small"', 'title = "Small"\nformat = 2', "format"),
        ('title = "Small"', 'title = "Small"\ntile = "Small"', "tile"),
        ('name = "verify"', 'name = "Verify it"', "obligations[0].name"),
        ('owner = "ministry"', 'owner = "minister"', "obligations[0].owner"),
        ("{ hours = 24 }", '{ days = 2, zone = "Europe" }', "obligations[0].term.zone"),
        ("hours = 24", "hours = 99999999", "obligations[0].term.hours"),
        ("hours = 24", f"hours = {'9' * 60}", "obligations[0].term.hours"),
        ("{ hours = 24 }", '{ kind = "business_days", max = 3, calendar = "", zone = "UTC" }', "obligations[0].term.calendar"),
        ("{ hours = 24 }", '{ kind = "window", opens = { hours = 3 }, closes = { hours = 1 } }', "obligations[0].term.closes"),
        ('title = "Small"', 'title = "Small"\nformat = true', "format"),
        ('version = "1"', 'version = " "', "version"),
        ('version = "1"', 'version = "1\\u0000"', "version"),
        ('opened_by = "ministry"', "opened_by = []", "opened_by"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_line_key_and_remedy(old: str, new: str, key: str) -> None:
    text, line = changed(old, new)
    with pytest.raises(DocumentError) as error:
        loads(text)
    found = error.value.places
    assert any(k.startswith(key) for _, k in found), found
    lines = [n for n, k in found if k.startswith(key)]
    assert line + new.count("\n") in lines, (line, found)
    assert all(re.search(r"use |write |add it|did you mean", p) for p in error.value.problems)


def test_all_faults_are_told_at_once() -> None:
    text = SMALL.replace("hours = 24", "hours = 0").replace('phase = "intake"', "phase = 1").replace("buy", "by")
    text = text.replace('meets = "Verified"', 'meets = ["Verified", "Verifed"]').replace('title = "Small"\n', "")
    keys = [key for _, key in faults(text)]
    assert keys == ["title", "states[0].phase", "obligations[0].term.hours", "obligations[0].meets[1]"]


def test_the_fault_of_one_of_many_like_rows_is_told_at_that_row() -> None:
    row = SMALL[SMALL.index("[[transitions]]") : SMALL.index("[[obligations]]")]
    text = SMALL + "\n" + row + "\n" + row.replace('target = "done"', 'target = "gone"')
    ((line, key),) = faults(text)
    assert key == "transitions[2].target"
    assert text.splitlines()[line - 1] == 'target = "gone"'


def test_a_rule_written_twice_is_told_at_the_second() -> None:
    text = SMALL + '\n[[roles]]\nname = "ministry"\nbasis = "law_1"\n'
    ((line, key),) = faults(text)
    assert key == "roles[1].name"
    assert line == len(text.splitlines()) - 1


def test_a_line_in_a_long_text_is_not_taken_for_a_key() -> None:
    trap = "\n[[templates]]\nname = \"t\"\nsubject = \"s\"\nbody = '''\n[[states]]\nname = \"x\"\n'''\nlanguage = 3\n"
    text = SMALL + trap
    ((line, key),) = faults(text)
    assert (line, key) == (len(text.splitlines()), "templates[0].language")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('id = "x"\nid = "y"\n', 2),
        ("id = \n", 1),
        ('id = "x"\n[[states]\n', 2),
        ('id = "x"\ntitle = """\nnever ends', 3),
        ("\n\n]", 3),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int) -> None:
    ((found, _),) = faults(text)
    assert found == line


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 20_000 + "]" * 20_000,
        "a" + ".a" * 5_000 + " = 1",
        'id = "x"\nstates = [' + "{}," * 2_001 + "]",
        "roles = [" + ", ".join(["{ name = [" + "1," * 1_900 + "] }"] * 60) + "]",
        "# " + "x" * (1 << 20),
        "x = [[[[[[[[[[[[1]]]]]]]]]]]]",
    ],
    ids=["nested", "dotted", "rows", "values", "size", "deep"],
)
def test_a_document_beyond_the_limits_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="no more than|larger than|nested too deeply|this is not TOML"):
        loads(text)


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(DocumentError, match="not UTF-8") as error:
        documents.loads(b'id = "x"\ntitle = "\xff"\n')
    assert error.value.places == ((2, ""),)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_done_to_a_document_it_is_read_or_refused_with_places(data: Any) -> None:
    format = data.draw(st.sampled_from(documents.FORMATS))
    text = SMALL if format == "toml" else documents.dumps(loads(SMALL), "yaml")
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 12))
        text = (
            text[:start]
            + data.draw(
                st.sampled_from(
                    ["", "[", "{", "\n", '"', "'", "=", ": ", "- ", "&a", "*a", "1", "!!x ", "x = 1\n", "}"]
                )
            )
            + text[end:]
        )
    try:
        documents.loads(text, format=format)
    except DocumentError as error:
        assert error.places
        assert all(1 <= line <= text.count("\n") + 2 for line, _ in error.places)


ODD: tuple[Any, ...] = (
    0, -1, True, "", [], {}, "x", "*", "=", [[]], [{}], {"kind": []}, {"name": 3}, 2**70, 1.5, date(2025, 1, 1),
    datetime(2025, 1, 1), "Opened", "all_are(removed", "a'b", "end\n", ["a", 1], {"event": "Opened"},
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for k, v in below for p in places(v, (*path, k)))]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_stands_where_it_does_not_belong_is_refused_and_breaks_nothing(data: Any) -> None:
    doc = tomllib.loads(SMALL)
    path = data.draw(st.sampled_from(places(doc)[1:]))
    around = doc
    for key in path[:-1]:
        around = around[key]
    around[path[-1]] = data.draw(st.sampled_from(ODD))
    try:
        procedure(Raw("sop.toml", doc, lambda place: 1), lambda names: _words(names, None, (), ()))
    except DocumentError as error:
        assert error.problems


# --- YAML ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("id: &a x\nversion: *a\n", 1, "anchors"),
        ("id: x\nversion: &a '1'\ntitle: *a\n", 3, "aliases"),
        ("id: !!python/object:os.system x\n", 1, "tags"),
        ("id: x\nversion: !mine 1\n", 2, "tags"),
        ("id: x\nid: y\n", 2, "stands here already"),
        ("id: x\n<<: {version: a}\n", 2, "merge"),
        ("id: x\nversion: 1.5\n", 2, "quotation marks"),
        ("id: x\nversion:\n", 2, "nothing is written"),
        ("id: x\n---\nid: y\n", 2, "second document"),
        ("id: x\n? [a]\n: b\n", 2, "a key is a text"),
        ("%YAML 1.1\n---\nid: x\n", 2, "1.2"),
        ("id: x\n  bad: [\n", 2, "not YAML"),
        ("- a\n", 1, "no table"),
        ("", 1, "no table"),
    ],
)
def test_yaml_says_no_more_than_json_can(text: str, line: int, told: str) -> None:
    with pytest.raises(DocumentError, match=told) as error:
        documents.loads(text, format="yaml")
    assert (line, told) in [(n, told) for n, _ in error.value.places]


def test_a_bomb_of_aliases_is_never_expanded() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    with pytest.raises(DocumentError, match="aliases"):
        documents.loads("l0: &l0 x\n" + levels, format="yaml")


def test_words_that_older_yaml_takes_for_something_else_stay_words() -> None:
    text = documents.dumps(loads(SMALL), "yaml").replace("title: Small", "title: Small\njurisdiction: NO")
    assert documents.loads(text, format="yaml").jurisdiction == "NO"
    assert "on: Verified" in text


def test_a_fault_in_yaml_has_its_line_and_key() -> None:
    text = documents.dumps(loads(SMALL), "yaml").replace("hours: 24", "hours: 0").replace("phase: intake", "phase: x")
    with pytest.raises(DocumentError) as error:
        documents.loads(text, format="yaml")
    ((line, key),) = error.value.places
    assert key == "obligations[0].term.hours"
    assert "hours: 0" in text.splitlines()[line - 1]
    text = text.replace("hours: 0", "hours: 24")
    with pytest.raises(DocumentError) as error:
        documents.loads(text, format="yaml")
    ((line, key),) = error.value.places
    assert key == "states[0].phase"
    assert "phase: x" in text.splitlines()[line - 1]


# --- the schema ----------------------------------------------------------------------------------------------------

SCHEMA = documents.schema()


def values(text: str) -> Any:
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def test_the_schema_in_the_package_is_fresh() -> None:
    shipped = files("sopflow.documents").joinpath("procedure.schema.json").read_text("utf-8")
    assert json.loads(shipped) == SCHEMA, "run python scripts/make_schema.py"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", catalogue.names())
def test_every_catalogue_document_fits_the_schema(name: str) -> None:
    jsonschema.validate(values(documents.dumps(catalogue.find(name))), SCHEMA, jsonschema.Draft202012Validator)


def test_a_document_with_every_part_fits_the_schema() -> None:
    jsonschema.validate(values(documents.dumps(sample.SAMPLE)), SCHEMA, jsonschema.Draft202012Validator)
    jsonschema.validate(values(SMALL), SCHEMA, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('phase = "intake"', 'phase = "intak"'),
        ('mark = "V"', 'mark = "X"'),
        ("hours = 24", "hours = 0"),
        ("hours = 24", "hour = 24"),
        ('by = "ministry"', 'buy = "ministry"'),
        ('title = "Small"', "title = 5"),
        ("final = true", 'final = "yes"'),
        ('name = "done"', 'name = "Done!"'),
        ('initial = "received"', ""),
        ('on = "Verified"', 'on = "verified"'),
        ('title = "Small"', 'titel = "Small"'),
    ],
)
def test_a_typing_error_does_not_fit_the_schema(old: str, new: str) -> None:
    text, _ = changed(old, new)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values(text), SCHEMA, jsonschema.Draft202012Validator)


def test_every_field_of_every_part_is_in_the_schema_and_nearly_all_are_explained() -> None:
    for cls in (Procedure, Transition, Send, Basis):
        part = SCHEMA if cls is Procedure else SCHEMA["$defs"][cls.__name__]
        part = part if "properties" in part else part["anyOf"][-1]
        assert {f.name for f in attrs.fields(cls)} <= set(part["properties"])
    assert "description" in SCHEMA["$defs"]["Obligation"]["properties"]["repeats"]


def test_plain_values_hold_no_code() -> None:
    text = json.dumps(plain(sample.SAMPLE), default=str)
    assert "<function" not in text
    assert "lambda" not in text


def test_a_byte_order_mark_is_no_fault() -> None:
    text = documents.dumps(DMCA)
    assert (
        documents.loads(b"\xef\xbb\xbf" + text.encode()).digest
        == documents.loads("\ufeff" + text).digest
        == DMCA.digest
    )


@pytest.mark.parametrize(
    "key",
    ["a" + ".a" * 50_000, "[" + "a." * 9 + "a]\nx", "x = { \"a\"" + " . 'b'" * 9 + " = 1 }\ny", "a" + ".a" * 50_000 + " = '''\n'''\nx"],
    ids=["key", "table", "quoted", "before a text"],
)  # fmt: skip
def test_a_key_of_very_many_parts_is_refused_before_it_is_read(key: str) -> None:
    start = time.process_time()
    with pytest.raises(DocumentError, match="too many parts; nest no more than 8 levels") as error:
        loads(SMALL + "\n" + key + " = 1\n")
    assert error.value.places == ((SMALL.count("\n") + 2, ""),)
    assert time.process_time() - start < 5


def test_what_only_looks_like_a_key_of_many_parts_is_read() -> None:
    words = "a.b.c.d.e.f.g.h.i.j.k"
    summary = f"summary = '''\n{words} = 1\n'''"
    text = SMALL.replace('title = "Small"', f'# {words} don\'t = 1\ntitle = "{words}"\n{summary}')
    assert loads(text).title == words


def test_a_number_of_thousands_of_digits_is_refused_with_its_line() -> None:
    text, line = changed("hours = 24", "hours = " + "9" * 6000)
    with pytest.raises(DocumentError, match="this number is too long") as error:
        loads(text)
    assert error.value.places == ((line, ""),)


def test_after_a_hundred_faults_no_more_are_looked_for() -> None:
    rows = "".join(f'\n[[roles]]\nname = "r{n}"\nbasiss = "law_1"\n' for n in range(300))
    with pytest.raises(DocumentError, match="there may be more; mend these first") as error:
        loads(SMALL + rows)
    assert len(error.value.problems) == 101


def test_a_text_that_is_no_unicode_is_refused_in_yaml_and_not_only_by_the_digest() -> None:
    text = documents.dumps(attrs.evolve(DMCA, summary=""), "yaml") + '\nsummary: "\\ud800"\n'
    with pytest.raises(DocumentError, match="lone surrogate") as error:
        documents.loads(text, format="yaml")
    assert error.value.places == ((text.count("\n"), "summary"),)


def test_what_is_no_text_is_no_document() -> None:
    with pytest.raises(BadInput, match="hand in the text of a document"):
        documents.loads(None)  # type: ignore[arg-type]
