"""docs/backends.md says what is so: its programs run, its excerpts are code, its tables are complete."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from sopflow import errors
from sopflow.ports import Session
from sopflow.stores import urls
from sopflow.stores.sql.drivers import SCHEMES, psycopg_sync
from sopflow.stores.sql.drivers._mysql import PASSED
from sopflow.testing import StoreContract
from sopflow.testing._store_checks import OPTIONAL

from . import test_broken_databases, test_broken_finders, test_broken_races, test_broken_stores

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "backends.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+(?: excerpt)?)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)

BROKEN = {
    "lost update": "LostUpdate",
    "swallowed conflict": "SwallowedConflict",
    "messages dropped on a conflict": "DropsMessagesOnConflict",
    "revision checked before the lock is held": "RevisionCheckedTooEarly",
    "journal outside the transaction": "JournalOutsideTheTransaction",
    "partial batch: each item committed by itself": "PartialBatch",
    "a part that raises is kept": "PartNotUndone",
    "command ids forgotten": "ForgetsCommands",
    "command ids checked before the lock is held": "CommandCheckedTooEarly",
    "stale read": "StaleRead",
    "truncated time": "TruncatedMicroseconds",
    "offset ignored": "IgnoresTheOffset",
    "texts cut at 64 KiB": "SixtyFourKilobytes",
    "texts normalised": "NormalisedTexts",
    "ids compared without case and accents": "IdsWithoutCase",
    "reordered journal": "ReorderedJournal",
    "rewritten journal": "RewrittenJournal",
    "mutable journal": "SharedEntries",
    "journal erased with the personal values": "ErasesTheJournal",
    "lease never expires": "LeaseNeverEnds",
    "double claim": "DoubleClaim",
    "claim without a lock": "ClaimedWithoutALock",
    "deadlines without a lease": "DueWithoutLease",
    "a lease that ran out still counts": "StaleLeaseGivesBack",
    "a failed attempt ends the hold": "FailureEndsTheHold",
    "truth refused for want of a lease": "SentNeedsALease",
    "pages by position": "PagesByPosition",
    "two matters for one content": "LostRace",
    "one tenant sees another's": "TenantLeak",
    "side rows numbered anew": "NumbersSideRowsAgain",
    "commits for the host": "CommitsForTheHost",
    "rolls the host back": "RollsTheHostBack",
    "forgets when closed": "forgets",
    "says nothing of what nobody would find": "FindsNothingMisplaced",
}


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert rows is not None, heading
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[0].splitlines()[2:]]


def faults() -> dict[str, tuple[str, str]]:
    """Return the check and the words by which each broken store of the tests is rejected: those tests prove it."""
    found: dict[str, tuple[str, str]] = {}
    for module in (test_broken_stores, test_broken_finders, test_broken_races):
        found |= {str(each.id): each.values[1:] for each in module.FAULTS}
    for kind, check, words in [*test_broken_databases.FAULTS, *test_broken_databases.REOPENED]:
        found[kind.__name__] = (check, words)
    return found


def test_each_fault_of_the_page_is_a_broken_store_that_is_rejected_so() -> None:
    rows = {fault: (check.strip("`"), words) for fault, check, words in table("Faults, and the checks that name them")}
    assert rows == {fault: faults()[name] for fault, name in BROKEN.items()}


def test_every_promise_is_broken_by_some_store_of_the_tests() -> None:
    """A check that no store fails proves nothing."""
    assert set(StoreContract.every()) == {check for check, _ in faults().values()}


def test_the_programs_print_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    said = [text for kind, text in BLOCKS if kind == "text"]
    printed = []
    for kind, text in BLOCKS:
        if kind == "python":
            exec(compile(text, "docs/backends.md", "exec"), names)
            printed.append(capsys.readouterr().out)
    assert len(printed) == 3
    assert printed == said


def test_the_excerpts_are_the_examples_code() -> None:
    files = (ROOT / "examples" / "own_store").rglob("*.*")
    code = "\n".join(file.read_text("utf-8") for file in files if file.suffix in (".py", ".toml"))
    excerpts = [text for kind, text in BLOCKS if kind in ("python excerpt", "toml")]
    assert len(excerpts) == 4
    for text in excerpts:
        assert text in code or textwrap.indent(text, "    ") in code, text


def test_the_page_names_every_method_capability_error_and_database() -> None:
    methods = {name for row in table("The port, method by method") for name in re.findall(r"`(\w+)`", row[0])}
    assert methods == {name for name in vars(Session) if not name.startswith("_")}
    assert {row[0].strip("`") for row in table("Capabilities")} == OPTIONAL
    named = {name for row in table("Errors") for name in re.findall(r"`(\w+)`", row[0])}
    assert all(hasattr(errors, name) for name in named)
    assert {name for name in vars(errors) if name.startswith(("Store", "Schema"))} <= named
    opened = " ".join(row[1] for row in table("Our stores"))
    assert all(f"`{known.database}:" in opened for known in SCHEMES.values())


def test_the_page_names_every_opener_extra_and_option_of_a_url() -> None:
    opening, options = PAGE.split("\n### Opening one\n", 1)[1].split("\n### Options in the URL\n", 1)
    for scheme, known in SCHEMES.items():
        if scheme != "postgres":  # another spelling
            assert f"`{scheme}:" in opening, scheme
        assert not known.extra or f"`{known.extra}`" in opening
    options = options.split("\n## ", 1)[0]
    named = {
        name
        for line in options.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)=", line.split(" | ")[0])
    }
    own = {*urls._FILE_OPTIONS, *urls._SERVER_OPTIONS}
    assert own | PASSED <= named <= own | PASSED | psycopg_sync.PASSED
