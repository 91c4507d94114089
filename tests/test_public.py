"""The public face: what is promised is there, sorted, typed, documented, and cheap to import."""

from __future__ import annotations

import ast
import logging
import subprocess
import sys
from pathlib import Path

import pytest

import sopflow

EXTRAS = (
    "psycopg",
    "sqlite3",
    "rich",
    "holidays",
    "trio",
    "hypothesis",
    "pytest",
    "sqlalchemy",
    "httpx",
    "httpcore2",
    "httpcore",
    "apprise",
    "jinja2",
    "cryptography",
    "babel",
    "jinja2",
    "cryptography",
    "babel",
    "psycopg",
    "asyncpg",
    "aiosqlite",
    "pymysql",
    "asyncmy",
)


def test_all_names_are_sorted_and_importable() -> None:
    assert sopflow.__all__ == sorted(sopflow.__all__, key=lambda n: (not n.isupper(), n[0].islower(), n))
    for name in sopflow.__all__:
        assert getattr(sopflow, name) is not None
    assert set(sopflow.__all__) <= set(dir(sopflow))


def test_the_names_for_type_checkers_are_the_names_at_run_time() -> None:
    tree = ast.parse(Path(sopflow.__file__).read_text("utf-8"))
    block = next(n for n in tree.body if isinstance(n, ast.If))
    declared = {alias.asname for n in block.body if isinstance(n, ast.ImportFrom) for alias in n.names}
    assert declared == set(sopflow.__all__)


@pytest.mark.parametrize("module", ["sopflow", "sopflow.notifiers", "sopflow.receivers"])
def test_a_package_whose_names_are_loaded_when_used_lists_them(module: str) -> None:
    code = f"import {module} as it, sys; assert set(it.__all__) <= set(dir(it)), dir(it); assert dir(it) == sorted(dir(it))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = sopflow.Nonsense
    assert sopflow.__version__


@pytest.mark.parametrize("name", [n for n in sopflow.__all__ if n[0].isupper() and n not in ("ANY_OPEN", "STAY")])
def test_every_public_name_is_documented(name: str) -> None:
    assert (getattr(sopflow, name).__doc__ or "").strip(), name


def test_importing_the_package_imports_no_extra_and_touches_no_logging() -> None:
    code = (
        "import sys, logging; before = list(logging.root.handlers); import sopflow; from sopflow import Runner, Notice\n"
        f"bad = [m for m in {EXTRAS!r} if m in sys.modules]\n"
        "assert not bad, bad\n"
        "assert logging.root.handlers == before and logging.root.level == logging.WARNING\n"
        "import sopflow.catalogue; assert 'sopflow.catalogue.indonesia' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_library_is_silent_until_the_host_configures_logging() -> None:
    handlers = logging.getLogger("sopflow").handlers
    assert not handlers or all(isinstance(h, logging.NullHandler) for h in handlers)
