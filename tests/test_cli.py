"""The command line says what the library knows, and fails a build when a procedure has faults."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
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


def test_the_procedures_are_listed_with_their_versions_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["procedures"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == sum(len(catalogue.versions(id)) for id in catalogue.names())
    titles = [p.title for id in catalogue.names() for p in catalogue.versions(id)]
    assert len({row.index(title) for row, title in zip(rows, titles, strict=True)}) == 1, "one column"
    assert [row.split()[:6] for row in rows if row.startswith("de.netzdg ")] == [
        ["de.netzdg", "1", "from", "2017-10-01", "to", "2021-09-30"],
        ["de.netzdg", "2", "from", "2021-10-01", "to", "2024-05-13"],
    ]


def test_the_checker_says_of_which_version_it_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "de.netzdg"]) == 0
    headings = [line for line in capsys.readouterr().out.splitlines() if line.startswith("procedure")]
    assert [h.partition(":")[0] for h in headings] == [
        "procedure 'de.netzdg' version 1", "procedure 'de.netzdg' version 2",
    ]  # fmt: skip


@pytest.mark.parametrize("command", [["diagram"], ["page"], ["document"], ["export", "scxml"]])
def test_a_version_is_chosen_by_a_day_and_else_named(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    old, new = (catalogue.find("de.netzdg", on) for on in (date(2021, 9, 30), date(2021, 10, 1)))
    shown = {}
    for day in ("2021-09-30", "2021-10-01"):
        assert main([*command, "de.netzdg", "--on", day]) == 0
        shown[day], err = capsys.readouterr()
        assert err == ""
    if command == ["document"]:
        assert [documents.loads(text).digest for text in shown.values()] == [old.digest, new.digest]
    assert shown["2021-09-30"] != shown["2021-10-01"]
    assert main([*command, "de.netzdg"]) == 0
    out, err = capsys.readouterr()
    assert out == shown["2021-10-01"]
    assert "version 2 of de.netzdg" in err and "version 1 (from 2017-10-01 to 2021-09-30)" in err and "--on" in err
    assert main([*command, "us.dmca_512"]) == 0
    assert capsys.readouterr().err == ""


def test_a_day_on_which_nothing_was_in_force_or_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagram", "de.netzdg", "--on", "2025-01-01"]) == 2
    assert "it was in force: 2017-10-01 to 2021-09-30" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["diagram", "de.netzdg", "--on", "yesterday"])
    assert ended.value.code == 2
    assert "write one such as 2021-09-30" in capsys.readouterr().err


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
    assert out.count("state limbo: no transition that can fire leads here") == 1, "each finding once"
    assert "open finding(s), 12 waived" in out and out.count("waived: ") == 12


def test_a_file_with_words_of_its_own_says_how_to_check_it_from_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = documents.dumps(catalogue.find("us.dmca_512"))
    for wrong in (text.replace('on = "Verified"', 'on = "LookedAt"', 1),
                  text.replace('guards = "', 'guards = "own_', 1)):  # fmt: skip
        file = tmp_path / "own.toml"
        file.write_text(wrong, "utf-8")
        assert wrong != text and main(["check", str(file)]) == 1
        out = capsys.readouterr().out
        assert "hand in your own" not in out
        assert f"{file}: with events, guards or hooks of your own check it from Python: " in out
        assert "from sopflow.check import check; print(check(P))" in out
    file.write_text(text.replace('target = "accepted"', 'target = "acceptd"'), "utf-8")
    assert main(["check", str(file)]) == 1
    assert "from Python" not in capsys.readouterr().out


def test_a_python_file_is_not_run_and_says_how_to_check_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "own.py"]) == 2
    err = capsys.readouterr().err
    assert "own.py" in err and "from sopflow.check import check; print(check(P))" in err


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


@pytest.mark.parametrize("term", ["days = 3, calendar", "kind = 'business_days', max = 40000, zone = 'UTC', calendar"])
def test_a_calendar_that_no_clock_can_be_counted_by_is_found_in_messages_too(
    term: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "DE" if "40000" in term else "Nowhere"
    text = documents.dumps(catalogue.find("generic.referral"))
    row = text.index("[[transitions.sends]]") if "[[transitions.sends]]" in text else -1
    assert row > 0
    start = text.index("ack_within = {", row)
    end = text.index("}", start)
    file = tmp_path / "sop.toml"
    broken = text.replace(text[start : end + 1], f"ack_within = {{ {term} = '{name}' }}")
    file.write_text(broken, "utf-8")
    assert main(["check", str(file)]) == 1
    out = capsys.readouterr().out
    assert re.search(rf"{re.escape(str(file))}:\d+: send \w+: calendar", out), out
