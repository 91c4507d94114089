"""The command line says what the library knows, and fails a build when a procedure has faults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import sopflow
from sopflow import catalogue, documents
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


def test_a_procedure_is_printed_as_a_document_and_its_file_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for format in ("toml", "yaml"):
        assert main(["document", "us.dmca_512", "--format", format]) == 0
        file = tmp_path / f"sop.{format}"
        file.write_text(capsys.readouterr().out, "utf-8")
        assert main(["check", str(file)]) == 0
        assert "0 open finding(s)" in capsys.readouterr().out


def test_the_faults_of_a_file_are_told_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sop.toml"
    text = documents.dumps(catalogue.find("us.dmca_512"))
    file.write_text(text.replace('target = "accepted"', 'target = "acceptd"'), "utf-8")
    assert main(["check", str(file)]) == 1
    line = text[: text.index('target = "accepted"')].count("\n") + 1
    assert f"{file}:{line}: transitions[0].target: transition on Verified" in capsys.readouterr().out


def test_the_open_findings_about_a_file_are_told_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sop.toml"
    text = documents.dumps(catalogue.find("us.dmca_512"))
    broken = text.replace('calendar = "US-federal"', 'calendar = "Atlantis"')
    broken += '\n[[states]]\nname = "limbo"\nphase = "redress"\nbasis = "S93_5"\n'
    file.write_text(broken, "utf-8")
    assert main(["check", str(file)]) == 1
    out = capsys.readouterr().out
    limbo = len(broken.splitlines()) - 3
    assert f"{file}:{limbo}: state limbo" in out
    header = broken[: broken.index('name = "put_back"')].count("\n")
    assert f"{file}:{header}: obligation put_back: calendar: 'Atlantis' cannot be used" in out


def test_a_file_that_is_not_there_is_an_input_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "nothing.toml")]) == 2
    assert "can be read" in capsys.readouterr().err


def test_who_has_seen_enough_gets_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sopflow", "page", "us.dmca_512"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as done:
        assert done.stdout is not None and done.stderr is not None
        done.stdout.close()
        assert done.stderr.read() == b""
    assert done.returncode == 1


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"sopflow {sopflow.__version__}\n"
