"""What a runner promises about files on a case: kept before they are named, proved, erased; and nothing is fetched."""

from __future__ import annotations

import asyncio
import errno
import io
import logging
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trio

from sopflow import (
    Actor,
    AsyncRunner,
    Attached,
    BadInput,
    CaseConflict,
    CaseNotFound,
    CommandReused,
    EffectGiven,
    Evidence,
    EvidenceNotFound,
    EvidenceTampered,
    NotAllowed,
    Rejected,
    Runner,
    StoreError,
    StoreFull,
    Tampered,
)
from sopflow.events import Opened
from sopflow.evidence import FileEvidence, StoreEvidence
from sopflow.rules import Obligation, Transition
from sopflow.stores import open_store
from sopflow.stores.memory import MemoryStore
from sopflow.stores.sql import schema
from sopflow.terms import Hours

from .evidence_worker import runner_on
from .test_runner import OFFICER, PLATFORM, START, B, Desk, Host, notice, procedure

WORKER = Path(__file__).with_name("evidence_worker.py")
LETTER = b"Dear Jane, take t.me/secret down.\n"
NAME = "Surat Jane – 案件 №5.pdf"
KINDS = ("files", "beside", "memory", "elsewhere")


def wired(kind: str, folder: Path, **more: Any) -> Desk:
    evidence: Any = None
    if kind == "files":
        evidence = FileEvidence(folder / "evidence")
    if kind == "elsewhere":
        evidence = StoreEvidence(open_store(f"sqlite:///{folder}/evidence.db"))
    return Desk("memory:" if kind == "memory" else f"sqlite:///{folder}/cases.db", **{"evidence": evidence, **more})


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    found = wired(request.param, tmp_path)
    found.open()
    yield found
    found.runner.close()


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Desk]:
    found = wired("files", tmp_path)
    found.open()
    yield found
    found.runner.close()


def read(runner: Runner, digest: str, case: str = "case-1") -> bytes:
    with runner.open_evidence(case, digest) as found:
        return found.read()


def stored(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / "evidence").rglob("*") if p.is_file())


# --- attaching -----------------------------------------------------------------------------------------------------


def test_a_file_is_attached_listed_proved_and_read_again(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(LETTER)
    at = START - timedelta(hours=1)
    done = desk.runner.attach("case-1", path, by=PLATFORM, note="what Jane wrote", at=at)
    assert (done.digest, done.size) == (Evidence.of(LETTER).digest, len(LETTER))
    assert (done.name, done.note, done.media_type) == (NAME, "what Jane wrote", "application/pdf")
    assert (done.by, done.at, done.seq) == ("moderator", at, 2)
    assert desk.runner.evidence("case-1") == (done,)
    assert read(desk.runner, done.digest) == LETTER
    assert desk.runner.verify("case-1", evidence=True).seq == 2
    assert desk.runner.reexamine("case-1") == ()
    assert "Jane" not in repr(done)


def test_the_journal_holds_the_digest_and_no_name_note_or_byte(desk: Desk) -> None:
    done = desk.runner.attach("case-1", LETTER, by=PLATFORM, name=NAME, note="what Jane wrote")
    text = desk.runner.journal("case-1")[-1].text
    assert done.digest in text and '"size":34' in text
    assert "Jane" not in text and "Surat" not in text and "secret" not in text


@pytest.mark.parametrize(
    "make",
    [
        lambda p: p, str, lambda p: p.read_bytes(), lambda p: bytearray(p.read_bytes()),
        lambda p: memoryview(p.read_bytes()), lambda p: io.BytesIO(p.read_bytes()), lambda p: p.open("rb"),
    ],
    ids=["path", "text path", "bytes", "bytearray", "memoryview", "in memory", "open file"],
)  # fmt: skip
def test_a_file_may_come_as_path_bytes_or_binary_file(files: Desk, tmp_path: Path, make: Callable[[Path], Any]) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(LETTER)
    file = make(path)
    done = files.runner.attach("case-1", file, by=PLATFORM)
    assert read(files.runner, done.digest) == LETTER
    assert done.name == ("letter.txt" if isinstance(file, str | Path | io.BufferedReader) else "")
    if hasattr(file, "close"):
        assert not file.closed, "the host's own file is left open"
        file.close()


def test_a_pipe_is_read_to_its_end_once(desk: Desk) -> None:
    out, into = os.pipe()
    with os.fdopen(out, "rb") as pipe, os.fdopen(into, "wb") as end:
        end.write(LETTER)
        end.close()
        assert read(desk.runner, desk.runner.attach("case-1", pipe, by=PLATFORM).digest) == LETTER


def test_an_open_file_is_read_from_where_it_stands(desk: Desk) -> None:
    file = io.BytesIO(b"header" + LETTER)
    file.seek(6)
    assert read(desk.runner, desk.runner.attach("case-1", file, by=PLATFORM).digest) == LETTER


def test_an_empty_file_is_a_file(desk: Desk) -> None:
    done = desk.runner.attach("case-1", b"", by=PLATFORM, name="empty.txt")
    assert (done.size, read(desk.runner, done.digest)) == (0, b"")
    desk.runner.verify("case-1", evidence=True)
    assert desk.runner.evidence("case-1")[0].size == 0


@pytest.mark.parametrize("name", ["Ünï–🚨.png", "‮gnp.exe", "a" * 300, "nul", "line\nbreak", " ", "a?b*c|d"])
def test_names_of_every_script_come_back_as_they_were(desk: Desk, name: str) -> None:
    desk.runner.attach("case-1", LETTER, by=PLATFORM, name=name)
    assert desk.runner.evidence("case-1")[0].name == name


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\windows\\passwd", "a/../passwd"])
def test_folders_are_cut_off_a_name(desk: Desk, name: str) -> None:
    assert desk.runner.attach("case-1", LETTER, by=PLATFORM, name=name).name == "passwd"
    assert desk.runner.attach("case-1", LETTER, by=PLATFORM, name="x/..").name == ""


def test_a_file_name_that_is_no_text_is_attached_all_the_same(files: Desk, tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png")
    try:
        Path(path).write_bytes(LETTER)
    except OSError:
        pytest.skip("this file system takes only text as names")
    done = files.runner.attach("case-1", path, by=PLATFORM)
    assert (done.name, done.media_type) == ("\N{REPLACEMENT CHARACTER}.png", "image/png")


def test_the_media_type_is_what_is_said_or_what_the_name_says(files: Desk) -> None:
    def of(name: str = "", said: str = "") -> str:
        return files.runner.attach("case-1", LETTER, by=PLATFORM, name=name, media_type=said).media_type

    assert (of("a.png"), of("a.tar.gz"), of("a.weird"), of()) == ("image/png", "application/gzip", "", "")
    assert of("a.png", "text/plain; charset=utf-8") == "text/plain; charset=utf-8"
    with pytest.raises(BadInput, match="media_type"):
        of("a.png", "picture")


def test_it_is_a_fact_in_every_state_final_ones_too_and_no_clock_heeds_it(desk: Desk) -> None:
    before = desk.runner.case("case-1")
    desk.runner.attach("case-1", LETTER, by=PLATFORM)
    case = desk.runner.case("case-1")
    assert (case.state, case.deadlines, case.happenings) == (before.state, before.deadlines, before.happenings)
    desk.runner.apply("case-1", Rejected(reason="no", by=OFFICER))
    assert desk.runner.case("case-1").final
    desk.runner.attach("case-1", b"later", by=PLATFORM)
    assert len(desk.runner.evidence("case-1")) == 2 and desk.kinds() == []


def test_only_who_has_a_role_in_the_procedure_may_attach_and_no_byte_of_others_is_kept(
    files: Desk, tmp_path: Path
) -> None:
    with pytest.raises(NotAllowed, match="may state this"):
        files.runner.attach("case-1", LETTER, by=Actor("someone", {"nobody"}))
    with pytest.raises(CaseNotFound):
        files.runner.attach("case-2", LETTER, by=PLATFORM)
    with pytest.raises(CaseNotFound):
        files.runner.evidence("case-2")
    assert stored(tmp_path) == []


def test_the_same_file_may_be_attached_by_many_at_once(desk: Desk) -> None:
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: desk.runner.attach("case-1", LETTER * 9000, by=PLATFORM), range(6)))
    assert sorted(d.seq for d in done) == [2, 3, 4, 5, 6, 7]
    assert read(desk.runner, done[0].digest) == LETTER * 9000
    desk.runner.verify("case-1", evidence=True)


def test_a_repetition_is_harmless_and_another_file_under_its_id_is_refused(desk: Desk) -> None:
    first = desk.runner.attach("case-1", LETTER, by=PLATFORM, name="a.txt", command_id="c1")
    assert desk.runner.attach("case-1", LETTER, by=PLATFORM, name="a.txt", command_id="c1") == first
    with pytest.raises(CommandReused):
        desk.runner.attach("case-1", LETTER[::-1], by=PLATFORM, name="a.txt", command_id="c1")
    assert len(desk.runner.evidence("case-1")) == 1
    with pytest.raises(CaseConflict):
        desk.runner.attach("case-1", LETTER, by=PLATFORM, expect=1)


def test_an_event_may_rest_on_an_attached_file(desk: Desk) -> None:
    done = desk.runner.attach("case-1", LETTER, by=PLATFORM)
    event = EffectGiven(outcomes={"c1": "removed"}, evidence=Evidence(digest=done.digest, kind="letter"), by=PLATFORM)
    desk.runner.apply("case-1", event)
    assert desk.runner.journal("case-1")[-1].doc["evidence"][0]["digest"] == done.digest


def test_a_procedure_may_say_that_a_file_meets_a_duty() -> None:
    row = Transition(on=Attached, source="received", target="checked", by="platform", basis=B)
    duty = Obligation(name="proof", owner="platform", term=Hours(24), basis=B, starts=Opened, meets=Attached)
    rules = procedure(Host()).extend(id="test.desk", version="2", transitions=[row], obligations=[duty])
    desk = Desk("memory:", procedures=[rules])
    desk.open()
    desk.runner.attach("case-1", LETTER, by=PLATFORM)
    case = desk.runner.case("case-1")
    assert (case.state, case.deadline("proof").standing) == ("checked", "met")  # type: ignore[union-attr]
    desk.runner.attach("case-1", b"more", by=OFFICER)
    assert desk.kinds() == [], "where no row fits, it is recorded all the same"


def test_a_database_from_before_takes_files_once_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as past:
        before = [step for step in schema.migrations("sqlite") if step.name != "evidence"]  # today's code writes a case
        past.setattr(schema, "migrations", lambda database: before)
        with closing(sqlite3.connect(tmp_path / "cases.db")) as conn:
            conn.executescript("".join(step.text for step in before))
            rows = [(step.number, step.name, "2026-01-01") for step in before]
            conn.executemany("INSERT INTO sopflow_schema (version, name, applied) VALUES (?, ?, ?)", rows)
            conn.commit()
        desk = wired("beside", tmp_path)
        desk.open()
        desk.runner.close()
    desk = wired("beside", tmp_path)
    assert read(desk.runner, desk.runner.attach("case-1", LETTER, by=PLATFORM).digest) == LETTER
    desk.runner.verify("case-1", evidence=True)
    desk.runner.close()


# --- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["https://t.me/secret", "HTTP://px.example/secret", "ftp://px.example/secret", "file:///etc/secret", "data:,secret",
     Path("https://t.me/secret"), "www.secret.example/x", "tg://resolve?domain=secret", "s3://bucket/secret"],
)  # fmt: skip
def test_a_url_is_refused_because_nothing_is_ever_fetched(files: Desk, url: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing is ever fetched") as refused:
        files.runner.attach("case-1", url, by=PLATFORM)
    assert "secret" not in str(refused.value) and stored(tmp_path) == []


def test_what_cannot_be_read_as_a_file_is_refused_without_its_name(files: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "jane-pipe")
    (tmp_path / "jane.txt").write_text("x")

    async def read(size: int) -> bytes:
        return b""

    asynchronous = type("File", (), {"read": staticmethod(read)})()
    with (tmp_path / "jane.txt").open() as text:
        bad = [tmp_path / "jane-missing", str(tmp_path), tmp_path / "jane-pipe", "jane\0", "", text, io.StringIO("x"),
               None, 5, ["jane"], asynchronous, type("File", (), {"read": lambda self, n: "text"})()]  # fmt: skip
        for file in bad:
            with pytest.raises(BadInput, match="^file: ") as refused:
                files.runner.attach("case-1", file, by=PLATFORM)
            assert "jane" not in str(refused.value)
    assert files.runner.case("case-1").revision == 1


def test_a_file_that_is_too_large_is_refused_by_its_size(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * 1001)
    for file in (path, b"x" * 1001, io.BytesIO(b"x" * 1001)):
        with pytest.raises(BadInput, match="more than 1000 bytes.*max_size"):
            desk.runner.attach("case-1", file, by=PLATFORM, max_size=1000)
    assert desk.runner.attach("case-1", path, by=PLATFORM, max_size=1001).size == 1001


def test_an_endless_file_is_given_up_at_the_limit(files: Desk) -> None:
    with Path("/dev/zero").open("rb") as zero, pytest.raises(BadInput, match="more than"):
        files.runner.attach("case-1", zero, by=PLATFORM, max_size=5_000_000)


def test_names_that_the_journal_cannot_prove_are_refused_before_a_byte_is_kept(files: Desk, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="name"):
        files.runner.attach("case-1", LETTER, by=PLATFORM, name="x\ud800")
    with pytest.raises(BadInput):
        files.runner.attach("case-1", LETTER, by=PLATFORM, note="x\ud800")
    assert stored(tmp_path) == []


def test_a_store_that_keeps_no_files_says_what_to_hand_in(tmp_path: Path) -> None:
    store = MemoryStore()
    store.capabilities = store.capabilities - {"evidence"}
    desk = Desk("memory:", store=store)
    desk.open()
    with pytest.raises(BadInput, match="FileEvidence"):
        desk.runner.attach("case-1", LETTER, by=PLATFORM)
    with pytest.raises(BadInput, match="FileEvidence"):
        desk.runner.sweep()
    desk.runner.erase("case-1")


def test_a_digest_or_size_that_is_none_is_refused() -> None:
    for wrong in ({"digest": "x"}, {"digest": "A" * 64}, {"size": -1}, {"size": True}, {"size": "1"}):
        with pytest.raises(BadInput, match="^Attached"):
            Attached(**{"digest": "a" * 64, "size": 1, **wrong})


def test_a_blocking_runner_refuses_an_async_evidence_store() -> None:
    class Async:
        async def put(self, *_: Any) -> None: ...
        async def get(self, *_: Any) -> None: ...
        async def kept(self, *_: Any) -> Any: ...
        async def erase(self, *_: Any) -> None: ...

    with pytest.raises(BadInput, match="AsyncRunner"):
        Desk("memory:", evidence=Async())


# --- proof ---------------------------------------------------------------------------------------------------------


def damage(tmp_path: Path, digest: str, data: bytes | None) -> None:
    for path in stored(tmp_path):
        if path.name == digest:
            path.unlink() if data is None else path.write_bytes(data)
    for name in ("cases", "evidence"):
        if (tmp_path / f"{name}.db").exists():
            with closing(sqlite3.connect(tmp_path / f"{name}.db")) as db:
                db.execute("DELETE FROM sopflow_chunk") if data is None else db.execute(
                    "UPDATE sopflow_chunk SET data = ?", (data,)
                )
                db.commit()


@pytest.mark.parametrize("kind", ["files", "beside", "elsewhere"])
@pytest.mark.parametrize("data", [LETTER[:-1], LETTER[:-1] + b"!", LETTER + b"!", b"", None])
def test_changed_or_lost_bytes_are_never_given_out_and_are_named(kind: str, data: bytes | None, tmp_path: Path) -> None:
    desk = wired(kind, tmp_path)
    desk.open()
    done = desk.runner.attach("case-1", LETTER, by=PLATFORM)
    damage(tmp_path, done.digest, data)
    with pytest.raises((EvidenceTampered, EvidenceNotFound)):
        desk.runner.open_evidence("case-1", done.digest)
    with pytest.raises(
        EvidenceTampered, match=f"evidence of case 'case-1'.*entry 2: the bytes of {done.digest}"
    ) as found:
        desk.runner.verify("case-1", evidence=True)
    assert isinstance(found.value, Tampered)
    assert desk.runner.verify("case-1").seq == 2, "the journal itself is whole"
    desk.runner.attach("case-1", LETTER, by=PLATFORM)
    assert read(desk.runner, done.digest) == LETTER, "attaching the file again mends it"
    desk.runner.verify("case-1", evidence=True)
    desk.runner.close()


def test_a_case_gives_only_what_its_own_journal_names(desk: Desk) -> None:
    desk.open("case-2")
    done = desk.runner.attach("case-1", LETTER, by=PLATFORM)
    for digest in (done.digest, "0" * 64, "../" * 20, ""):
        with pytest.raises(EvidenceNotFound):
            desk.runner.open_evidence("case-2", digest)
    desk.runner.apply("case-2", Attached(digest=done.digest, size=done.size, by=PLATFORM))
    with pytest.raises(EvidenceNotFound):  # who knows a digest does not get at another case's bytes by naming it
        desk.runner.open_evidence("case-2", done.digest)
    with pytest.raises(EvidenceTampered, match="are gone"):
        desk.runner.verify("case-2", evidence=True)


# --- erasing -------------------------------------------------------------------------------------------------------


def test_erasing_a_case_takes_its_bytes_and_leaves_another_case_the_same_ones(desk: Desk) -> None:
    desk.open("case-2")
    done = desk.runner.attach("case-1", LETTER, by=PLATFORM, name=NAME)
    desk.runner.attach("case-2", LETTER, by=PLATFORM, name=NAME)
    desk.runner.erase("case-1")
    (left,) = desk.runner.evidence("case-1")
    assert (left.digest, left.size, left.name, left.erased) == (done.digest, done.size, "", True)
    with pytest.raises(EvidenceNotFound):
        desk.runner.open_evidence("case-1", done.digest)
    desk.runner.verify("case-1", evidence=True)
    assert read(desk.runner, done.digest, "case-2") == LETTER
    desk.runner.erase("case-2")
    desk.runner.erase("case-2")
    desk.runner.verify("case-2", evidence=True)
    with pytest.raises(EvidenceNotFound):
        desk.runner.open_evidence("case-2", done.digest)
    desk.runner.attach("case-1", LETTER, by=PLATFORM)
    assert read(desk.runner, done.digest) == LETTER, "an erased case takes files again"


@pytest.mark.parametrize("kind", ["files", "beside", "elsewhere"])
def test_no_byte_is_left_when_the_last_case_is_erased(kind: str, tmp_path: Path) -> None:
    desk = wired(kind, tmp_path)
    for case in ("case-1", "case-2"):
        desk.open(case)
        desk.runner.attach(case, LETTER, by=PLATFORM)
    for case in ("case-1", "case-2"):
        desk.runner.erase(case)
    assert stored(tmp_path) == []
    if kind != "files":
        with closing(sqlite3.connect(tmp_path / ("cases.db" if kind == "beside" else "evidence.db"))) as db:
            for table in ("object", "chunk", "evidence"):
                assert db.execute(f"SELECT COUNT(*) FROM sopflow_{table}").fetchone() == (0,), table
    desk.runner.close()


def test_another_tenants_bytes_are_out_of_reach(tmp_path: Path) -> None:
    one, other = wired("files", tmp_path, tenant="one"), wired("files", tmp_path, tenant="Other/../one")
    for desk in (one, other):
        desk.open()
        digest = desk.runner.attach("case-1", LETTER, by=PLATFORM).digest
    one.runner.erase("case-1")
    assert read(other.runner, digest) == LETTER
    for desk in (one, other):
        desk.runner.close()


def test_an_erasure_that_was_cut_short_is_made_up_for_by_a_sweep(files: Desk, tmp_path: Path) -> None:
    files.runner.attach("case-1", LETTER, by=PLATFORM)
    with files.runner.store.session() as session:
        session.erase("default", "case-1")
    files.clock.set(files.clock.now.replace(year=2200))
    assert [case for case, _ in files.runner.sweep(collect=True)] == ["case-1"]
    assert stored(tmp_path) == []


# --- in the host's transaction -------------------------------------------------------------------------------------


def test_bytes_beside_the_cases_are_in_the_hosts_transaction(tmp_path: Path) -> None:
    desk = wired("beside", tmp_path)
    desk.open()
    with closing(sqlite3.connect(tmp_path / "cases.db", isolation_level=None)) as host:
        host.execute("CREATE TABLE mine (x)")
        for end, n in (("ROLLBACK", 0), ("COMMIT", 1)):
            host.execute("BEGIN IMMEDIATE")
            host.execute("INSERT INTO mine VALUES (1)")
            done = desk.runner.attach("case-1", LETTER, by=PLATFORM, conn=host)
            with pytest.raises(NotAllowed):  # a caught error leaves the host's transaction as it was
                desk.runner.attach("case-1", b"other", by=Actor("x", {"nobody"}), conn=host)
            assert host.in_transaction
            host.execute(end)
            assert len(desk.runner.evidence("case-1")) == n
            assert host.execute("SELECT COUNT(*) FROM sopflow_chunk").fetchone() == (n,)
    assert read(desk.runner, done.digest) == LETTER
    desk.runner.close()


@pytest.mark.parametrize("kind", ["beside", "files"])
def test_a_file_attached_in_the_hosts_transaction_is_observed_once_after_its_commit(kind: str, tmp_path: Path) -> None:
    desk = wired(kind, tmp_path)
    desk.open()
    desk.host.steps.clear()
    with closing(sqlite3.connect(tmp_path / "cases.db", isolation_level=None)) as host:
        host.execute("BEGIN IMMEDIATE")
        done = desk.runner.attach("case-1", LETTER, by=PLATFORM, conn=host)
        other = desk.runner.attach("case-1", LETTER, by=PLATFORM, conn=host)
        with pytest.raises(BadInput, match="commit the transaction first"):
            desk.runner.committed(done)
        host.execute("COMMIT")
    assert desk.host.steps == []
    for _ in range(2):
        desk.runner.committed(done, other)
    assert [(s.entry.event, s.entry.seq) for s in desk.host.steps] == [("Attached", done.seq), ("Attached", other.seq)]
    with pytest.raises(BadInput, match="very case"):
        desk.runner.committed(desk.runner.evidence("case-1")[0])
    desk.runner.close()


def test_bytes_in_a_folder_whose_step_the_host_rolled_back_are_found_by_a_sweep(files: Desk, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "cases.db", isolation_level=None)) as host:
        host.execute("BEGIN IMMEDIATE")
        files.runner.open("test.desk", notice(), by=OFFICER, case_id="case-9", conn=host)
        done = files.runner.attach("case-9", LETTER, by=PLATFORM, conn=host)
        host.execute("ROLLBACK")
    files.clock.set(files.clock.now.replace(year=2200))
    assert files.runner.sweep() == (("case-9", done.digest),) and len(stored(tmp_path)) == 2, "found, and left"
    assert files.runner.sweep(collect=True) == (("case-9", done.digest),) and stored(tmp_path) == []


def test_a_sweep_leaves_what_is_named_and_what_is_young(files: Desk, tmp_path: Path) -> None:
    done = files.runner.attach("case-1", LETTER, by=PLATFORM)
    young = FileEvidence(tmp_path / "evidence")
    young.put("default", "case-1", Evidence.of(b"young").digest, io.BytesIO(b"young"))
    files.clock.set(files.clock.now.replace(year=2020))
    assert files.runner.sweep(collect=True) == (), "its step may be on its way"
    files.clock.set(files.clock.now.replace(year=2200))
    assert files.runner.sweep(collect=True) == (("case-1", Evidence.of(b"young").digest),)
    assert read(files.runner, done.digest) == LETTER
    with pytest.raises(BadInput, match="older_than"):
        files.runner.sweep(older_than=timedelta(days=-1))


# --- faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["files", "beside", "elsewhere"])
def test_a_put_that_fails_journals_nothing(kind: str, tmp_path: Path) -> None:
    desk = wired(kind, tmp_path)
    desk.open()

    class Torn(io.BytesIO):
        again = False

        def seek(self, *args: Any) -> int:
            self.again = True
            return super().seek(*args)

        def read(self, size: int | None = -1, /) -> bytes:
            if self.again and self.tell():
                raise OSError(errno.EIO, "Input/output error")
            return super().read(10)

    with pytest.raises(OSError, match="Input/output error"):
        desk.runner.attach("case-1", Torn(LETTER), by=PLATFORM)
    assert desk.runner.case("case-1").revision == 1 and stored(tmp_path) == []
    assert read(desk.runner, desk.runner.attach("case-1", LETTER, by=PLATFORM).digest) == LETTER
    desk.runner.close()


def test_a_file_that_changes_while_it_is_attached_is_refused(desk: Desk) -> None:
    class Changing(io.BytesIO):
        times = 0

        def seek(self, *args: Any) -> int:
            self.times += 1
            self.getbuffer()[0] = self.times
            return super().seek(*args)

    with pytest.raises(BadInput, match="changed while it was read"):
        desk.runner.attach("case-1", Changing(LETTER), by=PLATFORM)
    assert desk.runner.case("case-1").revision == 1 and desk.runner.evidence("case-1") == ()


@contextmanager
def powerless(folder: Path) -> Iterator[None]:
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        folder.chmod(0)
        try:
            yield
        finally:
            folder.chmod(0o700)


def test_an_unreadable_folder_is_named_as_such_and_nothing_is_journalled(files: Desk, tmp_path: Path) -> None:
    evidence = FileEvidence(tmp_path / "evidence")
    done = files.runner.attach("case-1", LETTER, by=PLATFORM)
    with powerless(tmp_path / "evidence"):
        for call in (
            lambda: evidence.put("default", "case-1", done.digest, io.BytesIO(LETTER)),
            lambda: evidence.get("default", "case-1", done.digest, io.BytesIO()),
            lambda: evidence.erase("default", "case-1", done.digest),
            lambda: evidence.kept("default", "case-1"),
        ):
            with pytest.raises(StoreFull, match="Permission denied; check the folder") as refused:
                call()
            assert str(tmp_path) not in str(refused.value)
    assert read(files.runner, done.digest) == LETTER


def test_a_file_in_the_place_of_the_folder_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("I am no folder")
    desk = wired("files", tmp_path)
    desk.open()
    with pytest.raises(StoreError, match="file is in the place of a folder|Not a directory"):
        desk.runner.attach("case-1", LETTER, by=PLATFORM)
    assert desk.runner.case("case-1").revision == 1
    desk.runner.close()


@contextmanager
def small_files(limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_journals_nothing_and_leaves_no_half_file(files: Desk, tmp_path: Path) -> None:
    evidence = FileEvidence(tmp_path / "evidence")
    data = os.urandom(3 << 20)
    with small_files(1 << 20), pytest.raises(StoreFull, match="check the folder"):
        evidence.put("default", "case-1", Evidence.of(data).digest, io.BytesIO(data))
    assert stored(tmp_path) == []
    with small_files(2 << 20), pytest.raises(StoreFull):
        files.runner.attach("case-1", data, by=PLATFORM)
    assert files.runner.case("case-1").revision == 1 and stored(tmp_path) == []
    assert files.runner.attach("case-1", data, by=PLATFORM).size == 3 << 20


def test_a_really_full_disk_journals_nothing_and_leaves_no_half_file(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        desk = wired("beside", tmp_path, evidence=FileEvidence(disk / "evidence"))
        desk.open()
        data = os.urandom(3 << 20)
        with pytest.raises(StoreFull, match="No space left"):
            desk.runner.attach("case-1", data, by=PLATFORM)
        assert desk.runner.case("case-1").revision == 1
        assert [p for p in disk.rglob("*") if p.is_file()] == []
        assert read(desk.runner, desk.runner.attach("case-1", data[: 1 << 20], by=PLATFORM).digest) == data[: 1 << 20]
        desk.runner.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_of_evidence_is_the_owners_alone(files: Desk, tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        files.runner.attach("case-1", LETTER, by=PLATFORM)
    finally:
        os.umask(mask)
    every = [tmp_path / "evidence", *(tmp_path / "evidence").rglob("*")]
    assert {p.stat().st_mode & 0o777 for p in every} == {0o700, 0o600}


@pytest.mark.parametrize("id", ["../../up", "/etc/x", "..", "a\\b", "x" * 200, "-rf", "案件/../..", "CON"])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, id: str) -> None:
    desk = wired("files", tmp_path, tenant=id)
    desk.open(id)
    done = desk.runner.attach(id, LETTER, by=PLATFORM, name="../../../x")
    assert read(desk.runner, done.digest, id) == LETTER
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and (tmp_path / "evidence") not in p.parents]
    assert {p.name.partition(".")[0] for p in outside} == {"cases"}
    assert not (tmp_path.parent / "up").exists()
    evidence = FileEvidence(tmp_path / "evidence")
    for digest in ("../" * 8 + "etc/passwd", "x", "", "A" * 64, "a" * 64 + "\n"):
        for call in (evidence.get, evidence.put):
            with pytest.raises(BadInput, match="digest"):
                call(id, id, digest, io.BytesIO())
        with pytest.raises(BadInput, match="digest"):
            evidence.erase(id, id, digest)
    desk.runner.close()


def test_no_name_address_or_byte_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        done = desk.runner.attach("case-1", LETTER, by=PLATFORM, name=NAME, note="what Jane wrote")
        desk.runner.open_evidence("case-1", done.digest).close()
        desk.runner.sweep()
        desk.runner.erase("case-1")
    text = " ".join(r.getMessage() for r in caplog.records)
    assert "Jane" not in text and "secret" not in text


# --- killed --------------------------------------------------------------------------------------------------------


def killed(folder: Path, kind: str, what: str, after: float = 0.0) -> list[str]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.shell.evidence_worker", str(folder), kind, what], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=WORKER.parents[2],
    )  # fmt: skip
    assert worker.stdout is not None
    lines = []
    if after:
        lines.append(worker.stdout.readline())
        time.sleep(after)
        worker.send_signal(signal.SIGKILL)
    out, errors = worker.communicate(timeout=60)
    assert "Error" not in errors, errors
    assert worker.returncode == -signal.SIGKILL
    return [line.strip() for line in [*lines, *out.splitlines()] if len(line.strip()) == 64]


@pytest.mark.parametrize(("point", "orphans"), [("within:3", 1), ("after:3", 1)])
def test_killed_between_bytes_and_step_the_journal_names_only_what_is_there(
    point: str, orphans: int, tmp_path: Path
) -> None:
    told = killed(tmp_path, "files", point)
    runner = runner_on(tmp_path, "files")
    assert [a.digest for a in runner.evidence("case-1")] == told and len(told) == 2
    runner.verify("case-1", evidence=True)
    found = runner.sweep(older_than=timedelta(0), collect=True)
    assert len(found) == orphans and runner.sweep(older_than=timedelta(0)) == ()
    assert {p.name for p in stored(tmp_path)} == set(told)
    runner.verify("case-1", evidence=True)
    runner.close()


@pytest.mark.parametrize("kind", ["files", "beside"])
def test_killed_at_random_moments_no_digest_is_without_its_bytes(kind: str, tmp_path: Path) -> None:
    chance, told = random.Random(20170714), set[str]()
    for _ in range(int(os.environ.get("SOPFLOW_CRASH_ROUNDS", "4"))):
        told |= set(killed(tmp_path, kind, "endless", chance.uniform(0.01, 0.4)))
        runner = runner_on(tmp_path, kind)
        runner.verify("case-1", evidence=True)
        assert told <= {a.digest for a in runner.evidence("case-1")}
        runner.sweep(older_than=timedelta(0), collect=True)
        runner.verify("case-1", evidence=True)
        runner.close()
    assert len(told) > 10


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell how much memory was used")
@pytest.mark.parametrize("kind", ["files", "beside"])
def test_a_large_file_is_never_wholly_in_memory(kind: str, tmp_path: Path) -> None:
    block = os.urandom(1 << 20)
    with (tmp_path / "large.bin").open("wb") as out:
        for n in range(200):
            out.write(n.to_bytes(8) + block[8:])
    done = subprocess.run(
        [sys.executable, "-m", "tests.shell.evidence_worker", str(tmp_path), kind, "large"], capture_output=True,
        text=True, cwd=WORKER.parents[2], check=True,
    )  # fmt: skip
    size, grown = map(int, done.stdout.split())
    assert size == 200 << 20
    assert grown < 40, f"{grown} MiB more for a file of 200 MiB"


def test_bytes_that_are_erased_while_others_put_them_are_not_lost(files: Desk, tmp_path: Path) -> None:
    evidence = FileEvidence(tmp_path / "evidence")
    digest = Evidence.of(LETTER).digest

    def churn(case: str) -> None:
        for _ in range(100):
            evidence.put("default", case, digest, io.BytesIO(LETTER))
            evidence.erase("default", case, digest)

    def steady(n: int) -> None:
        for i in range(100):
            evidence.put("default", f"steady-{n}-{i}", digest, io.BytesIO(LETTER))

    with ThreadPoolExecutor(4) as pool:
        for future in [
            *(pool.submit(churn, f"churn-{n}") for n in range(2)),
            *(pool.submit(steady, n) for n in range(2)),
        ]:
            future.result()
    for n in range(2):
        for i in range(100):
            into = io.BytesIO()
            evidence.get("default", f"steady-{n}-{i}", digest, into)
            assert into.getvalue() == LETTER
    assert len(evidence.kept("default")) == 200


def test_a_sweep_beside_a_put_takes_nothing_that_was_put_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = FileEvidence(tmp_path / "evidence")
    digest = Evidence.of(LETTER).digest
    evidence.put("default", "case-1", digest, io.BytesIO(LETTER))
    mine = next(p for p in stored(tmp_path) if "cases" in p.parts)
    os.utime(mine, (0, 0))
    ((_, _, at),) = evidence.kept("default")
    rename = Path.rename

    def late(path: Path, target: Any) -> Any:  # the same bytes are put after the sweep has looked, before it acts
        if path == mine:
            monkeypatch.setattr(Path, "rename", rename)
            evidence.put("default", "case-1", digest, io.BytesIO(LETTER))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", late)
    evidence.erase("default", "case-1", digest, at + timedelta(days=1))
    assert [d for _, d, _ in evidence.kept("default")] == [digest]


# --- async ---------------------------------------------------------------------------------------------------------


def on_asyncio(main: Callable[[], Any]) -> Any:
    return asyncio.run(main())


@pytest.mark.parametrize("run", [on_asyncio, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize("kind", [*KINDS, "async"])
def test_an_async_program_attaches_reads_verifies_sweeps_and_erases(kind: str, run: Any, tmp_path: Path) -> None:
    from tests.stores.test_evidence_contract import Colour

    options = Desk("memory:").options if kind == "async" else wired(kind, tmp_path).options
    if kind == "async":
        options["evidence"] = Colour()

    async def main() -> None:
        runner = AsyncRunner(**options)
        await runner.open("test.desk", notice(), by=OFFICER, case_id="case-1")
        done = await runner.attach("case-1", LETTER, by=PLATFORM, name=NAME)
        assert await runner.evidence("case-1") == (done,)
        with await runner.open_evidence("case-1", done.digest) as found:
            assert found.read() == LETTER
        await runner.verify("case-1", evidence=True)
        assert await runner.sweep() == ()
        await runner.erase("case-1")
        with pytest.raises(EvidenceNotFound):
            await runner.open_evidence("case-1", done.digest)
        await runner.verify("case-1", evidence=True)
        await runner.close()

    run(main)


class MeanwhileAttached:
    """An evidence store that is slow: something is attached after the values of a case were erased, before its bytes are."""

    def __init__(self, folder: Path, anew: bytes) -> None:
        self.inner = FileEvidence(folder)
        self.put, self.get = self.inner.put, self.inner.get
        self.anew = anew
        self.runner: Runner | None = None

    def _meanwhile(self) -> None:
        if self.runner is not None and self.runner.personal("case-1") == {}:
            runner, self.runner = self.runner, None
            runner.attach("case-1", self.anew, by=OFFICER, name="decision.pdf")

    def kept(self, tenant: str, case: str) -> Any:
        self._meanwhile()
        return self.inner.kept(tenant, case)

    def erase(self, tenant: str, case: str, digest: str, before: Any = None) -> None:
        if digest != Evidence.of(self.anew).digest:
            self._meanwhile()
        self.inner.erase(tenant, case, digest, before)


@pytest.mark.parametrize("anew", [b"a decision", LETTER], ids=["another", "the same"])
def test_what_is_attached_while_a_case_is_being_erased_stays(tmp_path: Path, anew: bytes) -> None:
    slow = MeanwhileAttached(tmp_path / "evidence", anew)
    desk = wired("files", tmp_path, evidence=slow)
    desk.open()
    desk.runner.attach("case-1", b"another letter", by=OFFICER, name="a.txt")
    desk.runner.attach("case-1", LETTER, by=OFFICER, name="letter.txt")
    slow.runner = desk.runner
    desk.runner.erase("case-1", unsent=True)
    assert slow.runner is None, "it was attached"
    assert [a.erased for a in desk.runner.evidence("case-1")] == [True, True, False]
    assert read(desk.runner, Evidence.of(anew).digest) == anew
    assert desk.runner.verify("case-1", evidence=True).seq == 4
    desk.runner.close()
