"""What every entry of the catalogue promises: it passes the checker, says what it lacks, and costs only itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sopflow import Procedure, UnknownProcedure, catalogue
from sopflow.check import check

VERSIONS = [p for name in catalogue.names() for p in catalogue.versions(name)]
EACH = pytest.mark.parametrize("procedure", VERSIONS, ids=lambda p: f"{p.id}-{p.version}")


@EACH
def test_an_entry_passes_the_checker_and_gives_a_reason_for_each_waiver(procedure: Procedure) -> None:
    report = check(procedure, VERSIONS)
    assert [str(f) for f in report.open] == []
    assert all(len(w.reason) > 10 for w in procedure.waivers)


def test_finding_one_procedure_imports_no_other_jurisdiction() -> None:
    program = (
        "import sys; from sopflow import catalogue; catalogue.find('us.dmca_512');"
        "print([m for m in sys.modules if m.startswith('sopflow.catalogue.') and 'united' not in m])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['sopflow.catalogue._shared']"


def test_an_unknown_id_names_those_there_are() -> None:
    for ask in (catalogue.find, catalogue.versions, catalogue.scenarios):
        with pytest.raises(UnknownProcedure, match=r"us\.dmca_512"):
            ask("us.dmca")
