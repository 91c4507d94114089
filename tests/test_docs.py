"""The documentation says what the code says, and is complete."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import tomllib
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
WORDS = """
    Procedure, State, Event, Act, Fact, Transition, Guard, Hook, Participant, Observer, Case, Matter, Tenant, Content,
    Outcome, Instrument, Notice, Order, Referral, Complaint, CounterNotice, Sender, Party, Provider, Authority, Flagger,
    PointOfContact, Directory, Ladder, Rung, Approval, Quorum, Obligation, Term, Deadline, Standing, Step, Journal,
    Entry, Side row, Message, Thread, Outbox, Inbox, Incident, Store, Notifier, Receiver, Renderer, EvidenceStore,
    Runner, Milestone, Irregular fact, Rebutted breach, Waiting
"""
HOMES = [
    importlib.import_module(f"sopflow{name}")
    for name in ("", ".rules", ".step", ".ports", ".compose", ".terms", ".events", ".case", ".receivers", ".migration")
]


@pytest.fixture(scope="module")
def make_docs():
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def documents():
    return [path for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if path.exists()]


def blocks(text, language):
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def entries():
    return re.findall(r"^### (.+)$", GLOSSARY.read_text("utf-8"), re.MULTILINE)


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# --- the pages ---------------------------------------------------------------------------------------------------


def test_no_page_of_a_procedure_is_stale_missing_or_left_over(make_docs):
    assert make_docs.stale(make_docs.pages()) == []


def test_no_table_that_is_made_from_the_code_is_stale(make_docs, tmp_path, monkeypatch, capsys):
    texts = make_docs.tabled()
    assert [path.name for path in texts] == list(make_docs.WITH_TABLES)
    for path, text in texts.items():
        assert path.read_text("utf-8") == text, "run python scripts/make_docs.py"
    assert {name for text in texts.values() for name in re.findall("<!-- table: (.+) -->", text)} == set(
        make_docs.TABLES
    )
    (tmp_path / "docs").mkdir()
    for path, text in texts.items():
        (tmp_path / "docs" / path.name).write_text(text.replace("| `Issued` | act |", "| `Issued` | fact |"), "utf-8")
    (tmp_path / "README.md").write_text((ROOT / "README.md").read_text("utf-8"), "utf-8")
    monkeypatch.setattr(make_docs, "ROOT", tmp_path)
    monkeypatch.setattr(make_docs, "README", tmp_path / "README.md")
    assert make_docs.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/events.md is stale; run python scripts/make_docs.py\n"


def test_the_page_of_events_has_every_event_guard_and_code(make_docs):
    import sopflow
    from sopflow import check, events, guards

    text = (ROOT / "docs" / "events.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", text.split("\n## Events that procedures share\n")[1], re.MULTILINE)
    assert set(rows) >= {e.name for e in events.SHARED} | {"BlockOrdered", "AccreditationAwarded"}
    assert {e.__name__ for e in events.SHARED} <= set(sopflow.__all__), "the page says: import them from sopflow"
    text = (ROOT / "docs" / "procedure.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)) >= set(check.CODES)
    named = set(re.findall(r"`guards\.(\w+)", text))
    own = {n for n, v in vars(guards).items() if isinstance(v, sopflow.Guard) or inspect.isfunction(v)}
    assert named == {n for n in own if not n.startswith("_")}


def test_an_outcome_is_not_the_event_of_that_name():
    """What docs/events.md says of `Restored` and `EffectGiven`, and of how contents are named."""
    (program,) = blocks((ROOT / "docs" / "events.md").read_text("utf-8"), "python")
    before = program.split("# The content is available again")[0]
    names = {}
    exec(before, names)
    names["clock"].advance(days=16)
    again = names["EffectGiven"](outcomes={"c1": "restored"}, by=names["desk"])
    case = names["runner"].apply(names["case"].id, again)
    assert case.outcomes()["c1"] == "restored"
    assert case.deadline("put_back").standing == "running"
    by_url = 'CounterNotice(form=form, contents=["https://host.example/1"])'
    assert before.count('CounterNotice(form=form), contents=["c1"]') == 1
    exec(before.replace('CounterNotice(form=form), contents=["c1"]', by_url), names)
    assert names["case"].deadline("put_back").contents == ("c1",)
    assert len(names["case"].contents) == 2


def test_the_check_names_what_is_stale_and_writing_mends_it(make_docs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_docs, "FOLDER", tmp_path / "procedures")
    monkeypatch.setattr(make_docs, "pages", lambda: {"a.md": "new", "b.md": "same"})
    (tmp_path / "procedures").mkdir()
    for name, text in {"a.md": "old", "b.md": "same", "gone.md": "x"}.items():
        (tmp_path / "procedures" / name).write_text(text, "utf-8")
    assert make_docs.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert "a.md" in told
    assert "gone.md" in told
    assert "b.md" not in told
    assert make_docs.main([]) == 0
    assert make_docs.main(["--check"]) == 0
    assert {p.name: p.read_text("utf-8") for p in (tmp_path / "procedures").iterdir()} == make_docs.pages()


def test_an_unknown_argument_writes_nothing(make_docs, tmp_path, monkeypatch):
    monkeypatch.setattr(make_docs, "FOLDER", tmp_path / "procedures")
    assert make_docs.main(["--chekc"]) == 2
    assert not (tmp_path / "procedures").exists()


# --- what is written by hand -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_python_block_is_python(path):
    for block in blocks(path.read_text("utf-8"), "python"):
        compile(block, str(path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_or_heading_of_ours_leads_somewhere(path):
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"(?<!\\)\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, heading = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert heading in map(anchor, headings), target


@pytest.mark.parametrize("word", [" ".join(word.split()) for word in WORDS.split(",")])
def test_every_word_of_the_library_is_in_the_glossary(word):
    assert entries().count(word) == 1


def test_the_glossary_is_in_alphabetical_order():
    assert entries() == sorted(entries(), key=str.lower)


def test_every_entry_of_the_glossary_says_something():
    parts = re.split(r"^### .+$", GLOSSARY.read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert all(len(part.split()) >= 8 for part in parts)


def test_every_name_in_the_glossary_is_a_name_in_the_code():
    def has(owner, name):
        fields = {f.name for f in attrs.fields(owner)} if isinstance(owner, type) and attrs.has(owner) else set()
        return hasattr(owner, name) or name in fields

    text = GLOSSARY.read_text("utf-8")
    for name in sorted(set(re.findall(r"`([A-Z][a-z]\w*(?:\.\w+)?)`", text))):
        first, _, attribute = name.partition(".")
        owners = [getattr(home, first) for home in HOMES if hasattr(home, first)]
        assert owners, name
        assert not attribute or any(has(owner, attribute) for owner in owners), name
    for name in sorted(set(re.findall(r"`(sopflow\.[\w.]+)`", text))):
        module, _, attribute = name.rpartition(".")
        home = importlib.import_module(module)
        assert hasattr(home, attribute) or importlib.util.find_spec(name), name


def test_every_dependency_stands_on_its_page_with_a_reason():
    def names(requirements):
        for text in requirements:
            name, extras = re.match(r"([\w.-]+)(?:\[([\w,]+)\])?", text).groups()
            yield from extras.split(",") if name == "sopflow" else [name]

    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    rows = [line.strip("|").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = {
        row[0].strip(" `"): {re.match(r"[\w.-]+", word)[0] for word in re.findall("`([^`]+)`", row[1])} for row in rows
    }
    for extra, wanted in project["optional-dependencies"].items():
        assert listed[extra] == set(names(wanted)), extra
    core = page.split("\n## Core\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([\w.-]+)`", core, re.MULTILINE)) == set(names(project["dependencies"]))
    assert all(len(row[2]) > 10 for row in rows)
