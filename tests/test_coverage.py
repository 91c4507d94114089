"""The page of what the law asks for names procedures, rules and tests that exist, and leaves no row without an answer."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

import sopflow
from sopflow import Procedure, catalogue

from .core.test_legal_time import DATED

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "coverage.md").read_text("utf-8")
# What regimes have, counted: so many kinds, starts, forgotten transitions, and rows of each transition table.
ROWS = {
    "Kinds of deadline": 13,
    "What starts a clock": 7,
    "Nine transitions that are easily forgotten": 9,
    "Transitions: Indonesia, Ministerial Regulation 5 of 2020": 10,
    "Transitions: European Union, terrorist content": 12,
    "Transitions: European Union, notice and action": 8,
    "Transitions: the others": 9,
    "Who must be told": 9,
    "What must be on record": 7,
}
REGIMES = {"Indonesia, PM5", "Indonesia, PM19", "EU TCO", "EU DSA", "US DMCA", "US TIDA", "AU", "SG", "INHOPE"}
MARKS = re.compile(r"\b[VSMI]\b|see|by regime")
DUE = {"due", "over", "opens", "until", "ninety", "longest"}


@frozen(kw_only=True)
class Claim:
    """What one row, or a part of it, says: these procedures have it, and these tests prove it."""

    section: str
    first: str
    procedures: tuple[str, ...]
    tests: tuple[str, ...]
    expressed: str
    evidence: str
    left_out: bool

    @property
    def place(self) -> str:
        """Return where it stands on the page."""
        return f"{self.section}: {self.first}"

    @property
    def there(self) -> list[Procedure]:
        """Return the procedures that the catalogue has."""
        return [catalogue.find(p) for p in self.procedures]


def rows(section: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a section's table by the names of its columns."""
    (text,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    table = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    for cells in table[2:]:
        assert len(cells) == len(table[0]), f"{section}: {cells[0]} has {len(cells)} columns"
        yield dict(zip(table[0], cells, strict=True))


def claims() -> Iterator[Claim]:
    """Yield every claim about procedures."""
    for section in ROWS:
        for row in rows(section):
            cell = row.get("procedure", row.get("in procedures", ""))
            for part in cell.split("; ") if "in procedures" in row else [cell]:
                yield Claim(
                    section=section, first=next(iter(row.values())), left_out="left out: " in part,
                    procedures=tuple(re.findall(r"`([a-z]+\.\w[\w.]*)`", part)),
                    tests=tuple(re.findall(r"`(test_\w+)`", part + row["test"] if "test" in row else part)),
                    expressed=row["expressed by"] if "test" in row else "", evidence=row.get("evidence", "see above"),
                )  # fmt: skip


CLAIMS = tuple(claims())
EACH = pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.place[:60])


def written() -> dict[str, str]:
    """Return the text of the file in which each test stands."""
    found: dict[str, str] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text("utf-8")
        found |= dict.fromkeys(re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE), text)
    return found


THERE = written()


def test_every_test_that_the_page_names_exists_and_none_of_the_kinds_is_left_out() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    missing = named - set(THERE)
    assert not missing, f"no such test: {', '.join(sorted(missing))}"
    kinds = {name for name in THERE if re.match(r"test_(kind_\d+|start)_", name)}
    beside = {"test_kind_8_a_limit_of_runs_that_means_nothing_is_refused"}  # bad input, no row of the law
    assert kinds - beside <= named, f"put into docs/coverage.md: {', '.join(sorted(kinds - named))}"
    assert {int(n) for name in kinds for n in re.findall(r"_kind_(\d+)_", name)} == set(range(1, 14))


@pytest.mark.parametrize("section", ROWS)
def test_no_row_of_the_law_is_missing(section: str) -> None:
    there = list(rows(section))
    if "#" in there[0]:
        assert {int(row["#"]) for row in there} == set(range(1, ROWS[section] + 1))
    assert len(there) >= ROWS[section]


@pytest.mark.parametrize(("section", "none"), [("Who must be told", set()), ("What must be on record", {"AU", "SG"})])
def test_each_regime_says_whom_it_wants_told_and_what_it_wants_kept(section: str, none: set[str]) -> None:
    said = {next(iter(row.values())).split(":")[0] for row in rows(section)} - {"PM5"}
    assert said == REGIMES - none


@EACH
def test_a_row_names_a_procedure_with_a_test_or_says_why_not(claim: Claim) -> None:
    assert MARKS.search(claim.evidence), f"{claim.place}: by which evidence?"
    if claim.left_out:
        return
    assert claim.procedures and claim.tests, f"{claim.place}: name a procedure and a test, or 'left out: ' and why"
    unknown = set(claim.procedures) - set(catalogue.names())
    assert not unknown, f"{claim.place}: not in the catalogue: {', '.join(sorted(unknown))}"


@EACH
def test_a_test_that_is_named_for_a_procedure_is_one_of_that_procedure(claim: Claim) -> None:
    for procedure in claim.there:
        module = f"sopflow.catalogue.{catalogue._ENTRIES[procedure.id][0]} import"
        about = [t for t in claim.tests if f'"{procedure.id}"' in THERE.get(t, "") or module in THERE.get(t, "")]
        assert about or claim.left_out, f"{claim.place}: no test in a file that uses {procedure.id}"


@EACH
def test_what_is_said_to_express_it_is_in_the_procedure(claim: Claim) -> None:
    if not claim.there:
        return
    moves = {(t.on.name, t.target) for p in claim.there for t in p.transitions}
    for event, state in re.findall(r"`(\w+)` → `(\w+)`", claim.expressed):
        assert (event, state) in moves, f"{claim.place}: no transition on {event} into {state}"
    known = {name for p in claim.there for name in names_of(p)}
    for name in re.findall(r"`([\w.]+)`", claim.expressed):
        assert name in known, f"{claim.place}: {name} is nothing in {', '.join(claim.procedures)}"


def names_of(procedure: Procedure) -> set[str]:
    """Return the names of everything that a procedure consists of."""
    fields = {f.name for form in procedure.forms for f in form.fields}
    names = [
        n.name for part in (procedure.states, procedure.obligations, procedure.roles, procedure.templates) for n in part
    ]
    return fields | {*names} | {t.on.name for t in procedure.transitions} | {f.instrument for f in procedure.forms}


def test_every_procedure_of_the_catalogue_is_on_the_page() -> None:
    assert set(catalogue.names()) == {p for c in CLAIMS for p in c.procedures}


def test_every_term_that_expresses_a_kind_or_a_start_is_public() -> None:
    cells = " ".join(row["expressed by"] for s in ("Kinds of deadline", "What starts a clock") for row in rows(s))
    for name in re.findall(r"`([A-Z]\w+)", cells):
        assert name in sopflow.__all__, name


# --- dated scenarios -------------------------------------------------------------------------------------------------


def dated(path: Path) -> set[tuple[str, str]]:
    """Return test and instant of each deadline that a test of procedures compares with a date written by hand."""
    found: set[tuple[str, str]] = set()
    for test in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test_"):
            continue
        for mark in test.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.parametrize":
                names = ast.literal_eval(mark.args[0])
                columns = [n for n, name in enumerate(names) if name in DUE] if isinstance(names, tuple) else []
                for case in mark.args[1].elts if columns and isinstance(mark.args[1], ast.List) else ():
                    assert isinstance(case, ast.Tuple)
                    found |= {(test.name, ast.unparse(case.elts[n])) for n in columns}
        for node in ast.walk(test):
            if isinstance(node, ast.Compare) and re.search(r"\b(due|not_before)\b", ast.unparse(node.left)):
                calls = [c for side in node.comparators for c in ast.walk(side) if isinstance(c, ast.Call)]
                dates = {ast.unparse(c) for c in calls if ast.unparse(c.func) in ("z", "utc", "wib", "datetime")}
                found |= {(test.name, date) for date in dates if re.search(r"\d{4}\D+\d", date)}
    return found


def test_there_are_as_many_deadlines_computed_by_hand_as_the_page_says() -> None:
    said = re.search(r"beside them: (\d+) in .*?at least (\d+) more", PAGE, re.DOTALL)
    assert said is not None
    walked = {(path.name, *one) for path in (ROOT / "tests" / "catalogue").glob("test_*.py") for one in dated(path)}
    assert int(said[1]) == len(DATED) >= 60
    assert len(walked) >= int(said[2]), f"only {len(walked)}"
