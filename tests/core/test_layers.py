"""Imports point down: a module knows only what stands strictly below it, and the pure floors know nothing of the world."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import sopflow

ROOT = Path(sopflow.__file__).parent

# The floors, lowest first; a folder is one unit. This is the finest order that the imports allow without splitting
# what belongs together: nouns before verbs, verbs before rules, rules before what a decision is put together from
# (journal, procedure, clocks, texts, fold, engine), then the decision, then what looks at it, then ports and formats,
# then what does I/O, and the shells on top. A new module gets its place here; imports within a row are forbidden.
FLOORS = (
    ("errors",),
    ("canon", "days", "locators", "records"),
    ("_given", "terms"),
    ("case", "hours"),
    ("case_json", "directory"),
    ("events",),
    ("rules", "script"),
    ("forms",),
    ("shape", "step", "stricter"),
    ("accreditation", "guards", "journal", "procedure"),
    ("register",),
    ("clocks", "compose", "draft"),
    ("_machine", "_phrases", "ladder", "shortcut"),
    ("fold", "migration"),
    ("core",),
    ("_paths",),
    ("_flaws",),
    ("check", "explanation", "permissions"),
    # --- pure up to here ---
    ("_markdown", "diagram"),
    ("_plain", "changes"),
    ("pages",),
    (
        "_log",
        "_source",
        "batch",
        "_endpoints",
        "calendars",
        "catalogue",
        "codec",
        "exports",
        "ports",
        "signatures",
    ),
    ("_fanout", "directories", "reports"),
    ("documents", "evidence", "notifiers", "receivers", "renderers", "stores"),
    ("_registry", "_registry_sync"),
    ("_line", "_line_sync"),
    ("_desk", "_desk_sync"),
    ("_search", "_search_sync", "_work", "_work_sync"),
    ("_inbox", "_inbox_sync"),
    ("_batch", "_batch_sync"),
    ("_evidence", "_evidence_sync"),
    ("_law", "_law_sync"),
    ("_versions", "_versions_sync"),
    ("aio", "sync"),
    ("testing",),
    ("cli",),
    ("__main__",),
    ("__init__",),
)
PURE = frozenset(name for row in FLOORS[: FLOORS.index(("check", "explanation", "permissions")) + 1] for name in row)
FLOOR = {name: number for number, row in enumerate(FLOORS) for name in row}

# Imports that may point up: (from, to). Only for type checkers, or inside a function for an optional package.
EXEMPT: frozenset[tuple[str, str]] = frozenset({("shape", "procedure"), ("stricter", "procedure")})

IMPURE = frozenset(
    ("asyncio", "concurrent", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "socket",
     "sqlite3", "structlog", "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid")
)  # fmt: skip


def modules() -> list[Path]:
    """Return every module of the package."""
    return sorted(ROOT.rglob("*.py"))


def name_of(path: Path) -> tuple[str, ...]:
    """Return a module's dotted name below the package, in parts."""
    return path.relative_to(ROOT).with_suffix("").parts


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield what a module imports: ours as parts below the package, others as ("", name)."""
    package = name_of(path)[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [str(node.module)]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            if node.module:
                yield (*base, *node.module.split("."))
            else:
                for alias in node.names:
                    is_module = any((ROOT.joinpath(*base, alias.name + end)).exists() for end in ("", ".py"))
                    yield (*base, alias.name) if is_module else (*base, "__init__")
            continue
        else:
            continue
        for name in names:
            yield tuple(name.split(".")[1:] or ["__init__"]) if name.split(".")[0] == "sopflow" else ("", name)


def test_every_module_has_its_floor() -> None:
    new = {name_of(path)[0] for path in modules()} - set(FLOOR)
    assert not new, f"give {', '.join(sorted(new))} a place in FLOORS"
    assert len(FLOOR) == sum(map(len, FLOORS)), "each stands on one floor"


@pytest.mark.parametrize("path", modules(), ids=lambda p: ".".join(name_of(p)))
def test_imports_point_to_a_strictly_lower_floor(path: Path) -> None:
    here = name_of(path)[0]
    for target in imports(path):
        there = target[0]
        if there in ("", here) and (there == "" or len(name_of(path)) > 1 or len(target) > 1):
            continue
        if (here, there) not in EXEMPT:
            assert FLOOR[there] < FLOOR[here], f"{'.'.join(name_of(path))} imports {'.'.join(target)}"


def test_no_ring_of_imports_within_a_folder() -> None:
    graph: dict[str, set[str]] = {}
    for path in modules():
        name = name_of(path)
        if len(name) > 1:
            inner = [t for t in imports(path) if t[0] == name[0] and len(t) > 1]
            graph[".".join(name)] = {".".join(t) for t in inner} - {".".join(name)}
    for node in [n for n in graph if n.endswith(".__init__")]:
        del graph[node]  # a folder's face names its modules, and loads them late
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"{error.args[1]} import each other")


@pytest.mark.parametrize("name", sorted(PURE))
def test_the_pure_floors_have_no_clock_no_chance_no_io_and_no_colour(name: str) -> None:
    path = ROOT / f"{name}.py"
    for target in imports(path):
        if target[0] == "":
            used = {target[1], target[1].partition(".")[0]}
            assert not used & IMPURE, f"{name} imports {target[1]}"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), f"{name}, line {node.lineno}: asynchronous"
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("datetime", "date")
        ):
            assert node.attr not in ("now", "utcnow", "today"), f"{name}, line {node.lineno}: reads a clock"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "print", "input"), f"{name}, line {node.lineno}: I/O"


def test_only_one_module_knows_the_engine() -> None:
    users = {".".join(name_of(p)) for p in modules() for t in imports(p) if t[:2] == ("", "transitions")}
    assert users == {"_machine"}


def test_the_pure_floors_import_only_two_packages_from_outside() -> None:
    import sys

    used = {t[1].partition(".")[0] for p in modules() if name_of(p)[0] in PURE for t in imports(p) if t[0] == ""}
    assert used - set(sys.stdlib_module_names) == {"attr", "attrs", "transitions"} & used


def test_the_page_on_architecture_has_each_module_on_a_floor_in_this_order() -> None:
    page = Path(__file__).parents[2] / "docs" / "architecture.md"
    rows = [
        line.split("|")[2] for line in page.read_text().splitlines() if line.startswith("| ") and line.count("|") == 4
    ]
    places = {name.rstrip("/"): n for n, row in enumerate(rows) for name in re.findall(r"`([a-z_]+/?)`", row)}
    for number, row in enumerate(FLOORS):
        for name in row:
            known = places.get(name.removesuffix("_sync") if name != "sync" else "aio")
            assert known is not None, f"{name} is not on the page"
            lower = [places[other] for floor in FLOORS[:number] for other in floor if other in places]
            assert all(known <= other for other in lower if other is not None), f"{name} stands too low on the page"
