"""The promises of the caseload example: every line is accounted for, nothing is guessed, every case can be proved."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

import caseload_screen
import work_a_caseload
from caseload_desk import Desk
from caseload_instruments import contents_of
from caseload_parties import CountingNotifier
from caseload_reports import Caseload, Malformed, load
from dmca_reading import Document, NoticeIndex, read
from sopflow import Case, DeliveryError, Outcome, Outgoing, Runner, Standing, catalogue
from sopflow.stores import open_store

pytestmark = pytest.mark.skipif(find_spec("holidays") is None, reason="business days need the extra `calendar`")

_ROOT = Path(__file__).parents[2]
_EXAMPLES = _ROOT / "examples"
_JSONL = _EXAMPLES / "data" / "small_caseload.jsonl"
_CSV = _EXAMPLES / "data" / "small_caseload.csv"
_SAMPLE = Path(os.environ.get("SOPFLOW_DMCA_SAMPLE") or _ROOT.parent / "shared" / "data" / "github-dmca-sample.jsonl")


class Worked:
    """A caseload that was worked, with what is asked of it."""

    def __init__(self, path: Path, notifier: Any = None, *, late: bool = False, url: str = "memory:") -> None:
        self.caseload: Caseload = load(path)
        self.notifier = CountingNotifier(notifier)
        self.store = open_store(url)
        self.desk = Desk(self.store, self.notifier, late=late)
        self.advanced = 0
        self.desk.work(self.caseload.reports, self._advance)
        self.cases: dict[str, Case] = {case.id: case for case in self.desk.cases()}

    def _advance(self) -> None:
        self.advanced += 1

    @property
    def account(self) -> work_a_caseload.Account:
        return work_a_caseload.account(self.desk, self.caseload)

    def states(self) -> Counter[str]:
        return Counter(case.state for case in self.cases.values())

    def standings(self, obligation: str) -> Counter[Standing]:
        return Counter(d.standing for c in self.cases.values() for d in c.deadlines if d.obligation == obligation)

    def incidents(self) -> Counter[str]:
        return Counter(incident.kind for incident in self.desk.runner.incidents())


@pytest.fixture(scope="module")
def small() -> Worked:
    return Worked(_JSONL)


@pytest.fixture(scope="module")
def late() -> Worked:
    return Worked(_JSONL, late=True)


@pytest.fixture(scope="module")
def sample() -> Worked:
    if not _SAMPLE.is_file():
        pytest.skip(f"no sample of documents at {_SAMPLE.name}: set SOPFLOW_DMCA_SAMPLE to its path")
    return Worked(_SAMPLE)


def _program(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(_EXAMPLES / "work_a_caseload.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        timeout=120,
        check=False,
    )


def _number(text: str, row: str) -> list[int]:
    """Return the numbers of a row of a printed table."""
    line = next(line for line in text.splitlines() if line.strip().startswith(row))
    return [int(n) for n in re.findall(r"(?<=\s)\d+", line[line.index(row) + len(row) :])]


def _write(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


_ROW = {"file": "a.md", "date": "2024-05-05", "kind": "notice", "urls": [], "text": "Please remove it."}


# --------------------------------------------------------------------------------------------------------------------
# Reading the file
# --------------------------------------------------------------------------------------------------------------------


def test_every_line_of_json_is_a_report_or_a_malformed_line_with_number_field_and_remedy() -> None:
    found = load(_JSONL)
    assert (found.lines, len(found.reports)) == (17, 15)
    assert [(bad.line, bad.field) for bad in found.malformed] == [(8, "line"), (17, "date")]
    assert found.malformed[0].remedy.startswith("give one JSON object per line")
    assert found.malformed[1].remedy == "give a non-empty text"


def test_every_row_of_csv_is_a_report_or_a_malformed_line_by_the_line_on_which_it_begins() -> None:
    found = load(_CSV)
    assert (found.lines, len(found.reports)) == (8, 6)
    assert found.malformed == (
        Malformed(line=32, field="kind", remedy="give one of notice, counter_notice, retraction"),
        Malformed(line=54, field="line", remedy="give 5 fields as the header does, not 3; quote a text with commas"),
    )
    first = found.reports[0]
    assert first.line == 2
    assert first.document.urls == (
        "https://github.com/example-owner/recipes",
        "https://github.com/example-fork/recipes",
    )
    assert '"ours", and' in found.reports[1].document.text


def test_the_same_reports_are_read_from_both_formats(tmp_path: Path) -> None:
    reports = load(_JSONL).reports
    path = tmp_path / "same.CSV"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["Text", " kind", "date", "urls", "file"])
        for document in (report.document for report in reports):
            writer.writerow([document.text, document.kind, document.date, " ".join(document.urls), document.file])
    assert [r.document for r in load(path).reports] == [r.document for r in reports]


@pytest.mark.parametrize(
    ("row", "field", "remedy"),
    [
        ("[1]", "line", "one JSON object per line"),
        ("[" * 100_000, "line", "JSON object per line"),
        ({**_ROW, "kind": "appeal"}, "kind", "one of notice"),
        ({**_ROW, "date": "1997-05-05"}, "date", "from 1998-10-28"),
        ({**_ROW, "date": "9999-12-31"}, "date", "to 2035-06-30"),
        ({**_ROW, "text": "half \ud800"}, "text", "UTF-8"),
        ({**_ROW, "urls": "https://github.com"}, "urls", "list of texts"),
        (_ROW, "file", "line 1 has this one already"),
    ],
)
def test_a_malformed_line_is_refused_with_its_remedy_and_the_others_are_worked(
    tmp_path: Path, row: object, field: str, remedy: str
) -> None:
    path = _write(tmp_path / "a.jsonl", _ROW, row, "", {**_ROW, "file": "b.md"})
    worked = Worked(path)
    assert [(bad.line, bad.field) for bad in worked.caseload.malformed] == [(2, field)]
    assert remedy in worked.caseload.malformed[0].remedy
    assert [report.line for report in worked.caseload.reports] == [1, 4]
    assert worked.account.adds_up
    assert (worked.account.lines, worked.account.refused, worked.account.malformed) == (3, 2, 1)


def test_a_line_in_another_encoding_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        json.dumps(_ROW).replace("remove", "löschen").encode("latin-1")
        + b"\n"
        + json.dumps({**_ROW, "text": "löschen\u2028bitte"}, ensure_ascii=False).encode()
        + b"\n"
    )
    found = load(path)
    assert [(bad.line, bad.field) for bad in found.malformed] == [(1, "text")]
    assert [report.line for report in found.reports] == [2]


def test_an_open_quotation_mark_says_which_rows_it_swallowed(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.csv",
        "file,date,kind,text",
        "a.md,2024-05-05,notice,Please",
        'b.md,2024-05-05,notice,"Please',
        "c",
    )
    found = load(path)
    assert (found.lines, len(found.reports)) == (2, 1)
    assert [(bad.line, bad.field) for bad in found.malformed] == [(3, "line")]
    assert "quotation marks" in found.malformed[0].remedy
    assert "lines 3 to 4" in found.malformed[0].remedy


def test_an_empty_file_is_an_empty_caseload(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv"):
        worked = Worked(_write(tmp_path / name))
        assert worked.account.adds_up
        assert worked.account.lines == 0


# --------------------------------------------------------------------------------------------------------------------
# The small caseload
# --------------------------------------------------------------------------------------------------------------------


def test_the_account_of_the_small_caseload_adds_up(small: Worked) -> None:
    assert small.account == work_a_caseload.Account(
        lines=17, accepted=7, refused=2, attached=4, unmatched=1, ambiguous=1, malformed=2, unworked=0
    )
    assert small.account.adds_up
    assert small.advanced == 15


def test_the_account_of_the_small_csv_adds_up() -> None:
    worked = Worked(_CSV)
    assert worked.account == work_a_caseload.Account(
        lines=8, accepted=2, refused=1, attached=2, unmatched=1, ambiguous=0, malformed=2, unworked=0
    )
    assert worked.account.adds_up
    assert worked.states() == {"notice_refused": 1, "restored": 2}


def test_a_lost_line_is_noticed(small: Worked) -> None:
    lost = Caseload(lines=18, reports=small.caseload.reports, malformed=small.caseload.malformed)
    assert not work_a_caseload.account(small.desk, lost).adds_up
    assert "NOT ALL ACCOUNTED FOR" in work_a_caseload.summary(work_a_caseload.account(small.desk, lost))


def test_a_program_whose_account_does_not_add_up_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Desk, "_take", lambda self, line, reading: None)
    assert work_a_caseload.main([str(_JSONL)]) == 1
    assert "NOT ALL ACCOUNTED FOR" in capsys.readouterr().out


def test_the_small_caseload_ends_in_the_states_that_follow_from_its_documents(small: Worked) -> None:
    assert {id: case.state for id, case in small.cases.items()} == {
        "dmca-0001": "restored",  # countered, and put back
        "dmca-0002": "restored",  # countered incompletely, then retracted
        "dmca-0004": "notice_refused",
        "dmca-0005": "notice_refused",
        "dmca-0006": "removed",
        "dmca-0007": "removed",  # retracted for one of two repositories
        "dmca-0009": "removed",
        "dmca-0010": "removed",
        "dmca-0016": "removed",  # reported only after its counter-notice
    }


def test_all_duties_of_the_small_caseload_are_kept(small: Worked) -> None:
    kept = {"removal": 7, "tell_subscriber": 7, "forward_counter_notice": 1, "put_back": 1, "restore": 2}
    for obligation, number in kept.items():
        assert small.standings(obligation) == {Standing.MET: number}, obligation


def test_what_is_put_back_is_put_back_within_the_window(small: Worked) -> None:
    deadline = small.cases["dmca-0001"].deadline("put_back")
    assert deadline is not None
    assert deadline.opened
    assert deadline.not_before is not None
    assert deadline.due is not None
    assert deadline.met is not None
    assert deadline.not_before <= deadline.met <= deadline.due


def test_a_platform_that_is_late_breaches_the_put_back_and_nothing_else(late: Worked) -> None:
    assert late.standings("put_back") == {Standing.EXPIRED: 1}
    assert late.standings("restore") == {Standing.MET: 2}
    deadline = late.cases["dmca-0001"].deadline("put_back")
    assert deadline is not None
    assert deadline.lateness is not None
    assert deadline.lateness.days >= 6  # six business days after the last of 14
    assert [e.event for e in late.desk.runner.journal("dmca-0001")].count("DeadlineBreached") == 1
    assert late.cases["dmca-0001"].state == "restored"
    assert late.account.adds_up


def test_an_answer_that_fits_two_cases_goes_to_neither_and_lists_both(small: Worked) -> None:
    (item,) = [item for item in small.desk.runner.inbox(status="unmatched") if item.candidates]
    assert item.id == "2024/03/2024-03-12-shared-lib-counternotice.md"
    assert item.candidates == ("dmca-0006", "dmca-0007")
    assert item.case == ""
    for id in item.candidates:
        assert [record.kind for record in small.cases[id].instruments] == ["notice"]
    (incident,) = [i for i in small.desk.runner.incidents() if i.kind == "ambiguous"]
    assert all(id in incident.detail for id in item.candidates)
    assert "line 11: ambiguous, it may answer dmca-0006 (line 6), dmca-0007 (line 7)" in work_a_caseload.for_a_person(
        small.desk
    )


def test_an_answer_that_fits_no_case_stays_in_the_inbox_even_when_its_notice_comes_later(small: Worked) -> None:
    (item,) = [item for item in small.desk.runner.inbox(status="unmatched") if not item.candidates]
    assert item.id == "2024/03/2024-03-15-never-reported-counternotice.md"
    assert "unmatched, on line 12" in work_a_caseload.for_a_person(small.desk)
    assert small.incidents() == {"ambiguous": 1, "unmatched": 1}


def test_a_retraction_for_one_of_two_repositories_restores_only_that_one(small: Worked) -> None:
    assert small.cases["dmca-0007"].outcomes() == {"c1": Outcome.REMOVED, "c2": Outcome.RESTORED}


def test_a_redacted_element_counts_as_present_and_is_printed_as_redacted(small: Worked) -> None:
    assert small.desk.readings[9].elements["work"] == "redacted"
    assert small.cases["dmca-0009"].instruments[0].missing == ()
    printed = work_a_caseload.elements(small.desk)
    assert _number(printed, "notice: work, 17 USC 512(c)(3)(A)(ii)") == [8, 1, 0]
    assert "complete: 7 of 9 notices, 3 of 4 counter-notices" in printed


class _Keeping:
    def __init__(self) -> None:
        self.messages: list[Outgoing] = []

    def send(self, message: Outgoing) -> None:
        self.messages.append(message)


def test_whoever_sends_something_incomplete_is_told_what_is_missing() -> None:
    keeping = _Keeping()
    Worked(_JSONL, keeping)
    refused = {m.case: m for m in keeping.messages if m.template == "notice_refused"}
    assert set(refused) == {"dmca-0004", "dmca-0005"}
    assert "signature (17 USC 512(c)(3)(A)(i)), contact (17 USC 512(c)(3)(A)(iv))" in refused["dmca-0004"].body
    assert refused["dmca-0004"].contact.startswith("complainant-")
    (counter,) = [m for m in keeping.messages if m.template == "counter_notice_refused"]
    assert "mistake_under_perjury" in counter.body
    assert all(message.address.endswith("@example.invalid") for message in keeping.messages)


def test_a_message_that_cannot_be_sent_at_once_is_tried_again() -> None:
    class Fails(_Keeping):
        def send(self, message: Outgoing) -> None:
            if message.attempts == 0:
                raise DeliveryError("the other side is busy")
            super().send(message)

    worked = Worked(_JSONL, Fails())
    assert worked.notifier.sent.total() == sum(len(case.messages) for case in worked.cases.values())
    assert worked.account.adds_up
    assert all(message.status == "sent" for case in worked.cases.values() for message in case.messages)


def test_every_journal_of_the_small_caseload_verifies(small: Worked) -> None:
    verified, entries, broken = small.desk.verify()
    assert (verified, broken) == (9, ())
    assert entries == sum(case.revision for case in small.cases.values())


def test_on_one_day_a_notice_comes_before_its_answer_wherever_they_stand(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in _JSONL.read_text(encoding="utf-8").split("\n") if "copied-tool" in line]
    assert [row["kind"] for row in rows] == ["notice", "counter_notice"]
    path = _write(tmp_path / "a.jsonl", *({**row, "date": "2024-01-10"} for row in reversed(rows)))
    worked = Worked(path)
    assert worked.account.attached == 1
    assert worked.states() == {"restored": 1}
    assert worked.standings("tell_subscriber") == {Standing.MET: 1}


@pytest.mark.parametrize(
    ("urls", "contents"),
    [
        (["https://original.example/a", "https://example-owner.github.io/x/,"], ["https://example-owner.github.io/x/"]),
        (["https://gist.github.com/example-owner/0123456789abcdef"], ["https://gist.github.com/example-owner/0123456789abcdef"]),
        (["https://github.com/example-owner/", "https://github.com/settings"], ["https://github.com/example-owner/"]),
        (["https://docs.github.com/a", "http://pages.example/x", "http://other.example"], ["http://pages.example/x"]),
        (["https://[broken", "nothing"], []),
        ([], []),
    ],
)  # fmt: skip
def test_a_notice_without_repositories_reports_what_it_names_on_the_host_or_else_its_first_address(
    urls: list[str], contents: list[str]
) -> None:
    document = Document.parse({**_ROW, "urls": urls})
    assert [content.locator for content in contents_of(read(document))] == contents


# --------------------------------------------------------------------------------------------------------------------
# The program
# --------------------------------------------------------------------------------------------------------------------


def test_the_program_prints_the_account_and_ends_well() -> None:
    done = _program(_JSONL)
    assert done.returncode == 0, done.stderr
    assert _number(done.stdout, "all lines: accounted for") == [17]
    assert _number(done.stdout, "All duties") == [18, 0, 0, 0]
    assert _number(done.stdout, "Removed; the subscriber may counter") == [5]
    assert "line 17: date: give a non-empty text" in done.stdout
    assert "  line 8: line: give one JSON object per line" in done.stdout
    assert "9 of 9 journals verified" in done.stdout


def test_the_program_reads_csv_and_shows_breaches_when_the_platform_is_late() -> None:
    done = _program(_CSV, "--late")
    assert done.returncode == 0, done.stderr
    assert _number(done.stdout, "Put back: not before 10, not after 14 business days") == [0, 1, 0, 0]
    assert _number(done.stdout, "all lines: accounted for") == [8]


def test_the_program_shows_one_plain_line_for_each_tenth_where_there_is_no_terminal() -> None:
    lines = _program(_JSONL).stderr.splitlines()
    assert len(lines) == 10
    assert lines[0] == "Working: 2 of 15 (10 %)"
    assert lines[-1] == "Working: 15 of 15 (100 %)"


def test_the_program_works_without_rich(tmp_path: Path) -> None:
    blocked = tmp_path / "rich"
    blocked.mkdir()
    (blocked / "__init__.py").write_text("raise ImportError('blocked')\n")
    done = _program(_JSONL, PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 10


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_with_rich_and_plain_lines_without(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    plain, bar = _Terminal(), _Terminal()
    with caseload_screen.progress(4, "Working", bar) as advance:
        for _ in range(4):
            advance()
    assert "100%" in bar.getvalue()
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with caseload_screen.progress(4, "Working", plain) as advance:
        for _ in range(4):
            advance()
    assert plain.getvalue().splitlines()[-1] == "Working: 4 of 4 (100 %)"


def test_a_database_verifies_when_it_is_opened_again_and_is_not_worked_twice(tmp_path: Path) -> None:
    db = tmp_path / "cases.db"
    done = _program(_JSONL, "--db", db)
    assert done.returncode == 0, done.stderr
    store = open_store(f"sqlite:///{db}")
    try:
        runner = Runner(store=store, procedures=[catalogue.find("us.dmca_512")], acting_as={"platform"})
        cases = runner.find(limit=100)
        assert len(cases) == 9
        assert sum(runner.verify(case.id).seq for case in cases) == sum(case.revision for case in cases)
        assert {item.status for item in runner.inbox()} == {"applied", "unmatched"}
    finally:
        store.close()
    again = _program(_JSONL, "--db", db)
    assert again.returncode == 2
    assert "name a new file" in again.stderr


def test_each_message_becomes_a_file(tmp_path: Path) -> None:
    out = tmp_path / "messages"
    done = _program(_JSONL, "--out", out)
    assert done.returncode == 0, done.stderr
    files = sorted(path.name for path in out.iterdir())
    assert all(name.endswith(".eml") for name in files)
    assert len(files) == sum(
        _number(done.stdout, row)[0]
        for row in ("notice_refused", "removal_notice", "counter_notice_copy", "counter_notice_refused",
                    "restored_notice", "retraction_notice")
    )  # fmt: skip


@pytest.mark.parametrize("name", ["no-such-file.jsonl", "."])
def test_a_file_that_cannot_be_read_ends_with_two_and_no_traceback(name: str) -> None:
    done = _program(name)
    assert done.returncode == 2
    assert done.stderr.startswith("work_a_caseload: ")
    assert "Traceback" not in done.stderr


def test_nothing_printed_holds_a_text_a_name_or_an_address(tmp_path: Path) -> None:
    done = _program(_JSONL)
    for shown in (done.stdout, done.stderr):
        assert "github" not in shown.lower()
        assert "http" not in shown.lower()
        assert "@" not in shown
        assert "Specimen" not in shown
        assert "exercises" not in shown


# --------------------------------------------------------------------------------------------------------------------
# The real sample
# --------------------------------------------------------------------------------------------------------------------


def test_all_255_real_documents_are_accounted_for(sample: Worked) -> None:
    kinds = Counter(reading.document.kind for reading in sample.desk.readings.values())
    assert kinds == {"notice": 155, "counter_notice": 85, "retraction": 15}
    assert sample.account == work_a_caseload.Account(
        lines=255, accepted=136, refused=19, attached=61 + 15, unmatched=24, ambiguous=0, malformed=0, unworked=0
    )
    assert sample.account.adds_up
    assert len(sample.cases) == 155


def test_the_numbers_of_the_real_sample_are_those_of_the_reading(sample: Worked) -> None:
    readings = list(sample.desk.readings.values())
    index = NoticeIndex.of(readings)
    notices = [reading for reading in readings if reading.document.kind == "notice"]
    answers = [reading for reading in readings if reading.document.kind != "notice"]
    fits = Counter(len(index.candidates(reading)) for reading in answers)
    assert sample.account.accepted == sum(not reading.missing for reading in notices)
    assert sample.account.refused == sum(bool(reading.missing) for reading in notices)
    assert (sample.account.unmatched, sample.account.attached) == (fits[0], fits[1])
    assert sample.account.ambiguous == sum(n for candidates, n in fits.items() if candidates > 1)
    for line, reading in sample.desk.readings.items():
        if reading.document.kind == "notice":
            assert sample.cases[f"dmca-{line:04d}"].instruments[0].missing == reading.missing


def test_every_journal_of_the_real_sample_verifies(sample: Worked) -> None:
    verified, entries, broken = sample.desk.verify()
    assert (verified, broken) == (155, ())
    assert entries == sum(case.revision for case in sample.cases.values())


def test_no_duty_of_the_real_sample_is_breached_and_nothing_is_restored_too_early(sample: Worked) -> None:
    standings = Counter(d.standing for case in sample.cases.values() for d in case.deadlines)
    assert standings[Standing.EXPIRED] == 0
    assert sample.standings("removal")[Standing.MET] == 136
    assert set(sample.incidents()) == {"unmatched", "irregular_fact"}
    assert sample.incidents()["unmatched"] == 24
    assert all(message.status == "sent" for case in sample.cases.values() for message in case.messages)


def test_only_what_an_answer_names_is_restored(sample: Worked) -> None:
    for case in sample.cases.values():
        if case.state == "restored":
            assert set(case.outcomes().values()) <= {Outcome.RESTORED, Outcome.PENDING}
        if len(case.instruments) == 1 and not any(h.event == "Retracted" for h in case.happenings):
            assert Outcome.RESTORED not in case.outcomes().values()
