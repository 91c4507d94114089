"""What every entry of the catalogue promises: it passes the checker, says what it lacks, and costs only itself."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from sopflow import Procedure, UnknownProcedure, catalogue
from sopflow.check import check, faculties
from sopflow.rules import FACULTIES

VERSIONS = [p for name in catalogue.names() for p in catalogue.versions(name)]
EACH = pytest.mark.parametrize("procedure", VERSIONS, ids=lambda p: f"{p.id}-{p.version}")


@EACH
def test_an_entry_passes_the_checker_and_gives_a_reason_for_each_waiver(procedure: Procedure) -> None:
    report = check(procedure, VERSIONS)
    assert [str(f) for f in report.open] == []
    assert all(len(w.reason) > 10 for w in procedure.waivers)


@EACH
def test_each_faculty_is_there_or_listed_as_absent_with_its_reason(procedure: Procedure) -> None:
    present = {name for name, place in faculties(procedure).items() if place}
    absent = {a.faculty for a in procedure.absent}
    assert present | absent == set(FACULTIES)


@EACH
def test_an_entry_says_as_of_when_its_facts_were_compared(procedure: Procedure) -> None:
    assert procedure.as_of is not None
    assert procedure.as_of >= date(2026, 11, 1)


def test_finding_one_procedure_imports_no_other_jurisdiction() -> None:
    program = (
        "import sys; from sopflow import catalogue; catalogue.find('us.dmca_512');"
        "print([m for m in sys.modules if m.startswith('sopflow.catalogue.') and 'united' not in m])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['sopflow.catalogue._shared']"


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("au.osa_removal_notice", ["_shared", "australia"]),
        ("in.it_rules_3_1_d", ["_shared", "india"]),
        ("sg.ocha_direction", ["_shared", "singapore"]),
        ("uk.osa_intimate_image", ["_intimate", "_shared", "united_kingdom"]),
        ("us.take_it_down", ["_intimate", "_shared", "us_take_it_down"]),
    ],
)
def test_a_law_brings_its_own_module_and_what_it_shares(name: str, needed: list[str]) -> None:
    program = (
        f"import sys; from sopflow import catalogue; catalogue.find({name!r});"
        "print(sorted(m.rpartition('.')[2] for m in sys.modules if m.startswith('sopflow.catalogue.')))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(needed)


def test_an_unknown_id_names_those_there_are() -> None:
    for ask in (catalogue.find, catalogue.versions, catalogue.scenarios):
        with pytest.raises(UnknownProcedure, match=r"us\.dmca_512"):
            ask("us.dmca")
