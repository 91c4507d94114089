"""Joining other versions of the hosts' libraries than the one installed here: both lines of SQLAlchemy, Django's oldest."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SQLALCHEMY = "sqlalchemy>=2.0,<2.1" if not version("sqlalchemy").startswith("2.0.") else "sqlalchemy>=2.1,<2.2"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wanted", "tests"),
    [
        (
            SQLALCHEMY,
            [
                "test_joining.py",
                "test_joining_sqlalchemy.py",
                "test_joining_sqlalchemy_async.py",
                "-k",
                "SQLAlchemy or sqlalchemy",
            ],
        ),
        ("django>=4.2,<5", ["test_joining.py", "test_joining_django.py", "-k", "Django or django"]),
    ],
)
def test_the_other_version_is_joined_as_well(wanted: str, tests: list[str], tmp_path: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path), wanted]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{wanted} cannot be installed: {done.stderr.strip()[-200:]}")
    name = wanted.partition(">")[0]
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, str(tmp_path), "-q", "-p", "no:cacheprovider", *tests],
        cwd=ROOT / "tests" / "stores",
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert " passed" in ran.stdout


PROGRAM = """
import importlib, sys
import pytest
name, place, *arguments = sys.argv[1:]
assert importlib.import_module(name).__file__.startswith(place), "the other version is not the one that is tested"
sys.exit(pytest.main(arguments))
"""
