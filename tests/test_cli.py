"""The command line says what the library knows, and fails a build when a procedure has faults."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree

import pytest

from sopflow import catalogue
from sopflow.cli import main


def test_the_procedures_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["procedures"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in catalogue.names())


def test_the_checker_shows_waived_findings_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "id.mail_practice_2016"]) == 0
    out = capsys.readouterr().out
    assert "wait-without-clock" in out
    assert "waived" in out


def test_an_unknown_procedure_is_named_with_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagram", "xx.nothing"]) == 2
    assert "use one of" in capsys.readouterr().err


def test_picture_and_page_come_from_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagram", "us.dmca_512"]) == 0
    assert capsys.readouterr().out.startswith("stateDiagram-v2")
    assert main(["page", "us.dmca_512"]) == 0
    assert "17 USC 512" in capsys.readouterr().out


@pytest.mark.parametrize(("format", "element"), [("scxml", "<scxml "), ("pnml", "<pnml ")])
def test_the_control_skeleton_is_printed_for_other_tools(
    capsys: pytest.CaptureFixture[str], format: str, element: str
) -> None:
    assert main(["export", format, "us.dmca_512"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1].startswith(element)
    assert ElementTree.fromstring(out) is not None
    assert main(["export", format, "xx.nothing"]) == 2
    assert "use one of" in capsys.readouterr().err


def test_the_module_runs() -> None:
    done = subprocess.run([sys.executable, "-m", "sopflow", "check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
