"""`verify` names what a case would not be found by any more, though its journal is whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sopflow import Actor, Approved, Issued, LookupsTampered, Notice, Runner, StoreError, Tampered, Verified, catalogue
from sopflow.directory import PointOfContact, Provider, StaticDirectory
from sopflow.notifiers import FileNotifier
from sopflow.stores import open_store
from sopflow.testing import Clock

OFFICER = Actor("officer-1", {"authority"}, "ministry")
SIGNER = Actor("signer-1", {"competent_agency"}, "agency")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.db"


@pytest.fixture
def runner(path: Path) -> Iterator[Runner]:
    """A runner with one case, whose order is queued and whose receipt is awaited."""
    desk = PointOfContact(id="desk", channels={"email": "desk@platform.example"})
    made = Runner(
        store=open_store(f"sqlite:///{path}"),
        procedures=[catalogue.find("id.kominfo_telegram_2017"), catalogue.find("generic.network_block")],
        acting_as={"authority"},
        directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]),
        notifiers={"email": FileNotifier(path.parent / "outgoing")},
        clock=Clock(START),
    )
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "telegram"}, form={"reasons": "x"})
    made.open("id.kominfo_telegram_2017", notice, by=OFFICER, case_id="a")
    made.apply("a", Verified(by=OFFICER))
    made.apply("a", Approved(proposal=made.proposal("a", Issued()), by=SIGNER))
    made.apply("a", Issued(by=OFFICER), command_id="issue-a")
    yield made
    made.close()


CHANGES = [
    ("UPDATE sopflow_deadline SET wake = NULL WHERE id LIKE 'receipt%'", r"the clock of receipt:a-m4\.1 is looked at at None"),
    ("UPDATE sopflow_deadline SET wake = '2999-01-01T00:00:00.000000Z' WHERE wake IS NOT NULL", "looked at at 2999"),
    ("UPDATE sopflow_deadline SET due = NULL", r"the clock of receipt:a-m4\.1 is listed as due at None"),
    ("DELETE FROM sopflow_deadline", r"the clock of receipt:a-m4\.1 is listed as due at None"),
    ("INSERT INTO sopflow_deadline SELECT tenant, case_id, 'more', wake, due FROM sopflow_deadline WHERE wake > ''", "the clock of more is"),
    ("UPDATE sopflow_outbox SET ready = NULL", r"message a-m4\.1 is to be sent, and is not in the outbox"),
    ("UPDATE sopflow_outbox SET status = 'sent', ready = NULL", r"not in the outbox for that \(sent\)"),
    ("DELETE FROM sopflow_outbox", r"not in the outbox for that \(gone\)"),
    ("UPDATE sopflow_outbox SET ready = '2999-01-01T00:00:00.000000Z'", r"a-m4\.1 is to be sent, and nobody looks at it before 2999"),
    ("UPDATE sopflow_outbox SET ready = '2999-01-01T00:00:00.000000Z', send_after = ready", "nobody looks at it before 2999"),
    ("UPDATE sopflow_outbox SET status = 'erased', ready = NULL", r"a-m4\.1 is not sent as if the case had been erased"),
    ("UPDATE sopflow_case SET state = 'taken_down'", "its column state has 'taken_down', the case 'sent_on_government"),
    ("UPDATE sopflow_case SET final = 1", "its column final has 1"),
    ("UPDATE sopflow_case SET urgency = '~'", "its column urgency"),
    ("UPDATE sopflow_case SET matter = 'other'", "its column matter"),
    ("UPDATE sopflow_party SET party = 'other'", "other is listed as its platform, and is not"),
    ("DROP TRIGGER sopflow_journal_no_update; UPDATE sopflow_journal SET command = NULL", "entry 4 is not found by its command id"),
    ("DELETE FROM sopflow_party", "telegram is not listed as its platform"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_what_was_changed_in_the_database_is_named(runner: Runner, path: Path, change: str, words: str) -> None:
    assert runner.verify("a").seq == 4
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(change)
    with pytest.raises(LookupsTampered, match=words):
        runner.verify("a")


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize(
    "change", ["subject = 'x'", "body = 'You may ignore this.'", "html = '<p>x</p>'", "data = '{}'"]
)
def test_a_letter_that_was_changed_is_named_sent_or_not(runner: Runner, path: Path, change: str, sent: bool) -> None:
    if sent:
        assert runner.deliver().sent == 1
        runner.verify("a")
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute(f"UPDATE sopflow_outbox SET {change}").rowcount == 1
    with pytest.raises(Tampered, match=r"message a-m4\.1: its letter was changed"):
        runner.verify("a")


def test_a_letter_that_was_changed_is_not_sent_until_it_is_put_right_and_somebody_is_told(
    runner: Runner, path: Path
) -> None:
    out = path.parent / "outgoing"
    with closing(sqlite3.connect(path)) as db, db:
        ((body,),) = db.execute("SELECT body FROM sopflow_outbox").fetchall()
        db.execute("UPDATE sopflow_outbox SET body = 'You may ignore this.'")
    assert runner.deliver().failed == 1
    for _ in range(3):
        runner.clock.advance(hours=2)  # type: ignore[attr-defined]
        runner.deliver()
    assert not out.exists() or not list(out.iterdir())
    (incident,) = runner.incidents()
    assert incident.case == "a" and "its letter was changed" in incident.detail
    assert "ignore" not in incident.detail
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sopflow_outbox SET body = ?", (body,))
    runner.clock.advance(hours=2)  # type: ignore[attr-defined]
    assert runner.deliver().sent == 1
    assert runner.verify("a").seq == 5


def test_instead_of_a_letter_that_was_changed_the_next_contact_gets_one_of_its_own(runner: Runner, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sopflow_outbox SET body = 'You may ignore this.'")
    for _ in range(30):
        runner.clock.advance(hours=1)  # type: ignore[attr-defined]
        runner.tick()
        runner.deliver()
    texts = [file.read_text() for file in (path.parent / "outgoing").iterdir()]
    assert texts and not [text for text in texts if "You may ignore" in text]


def test_a_message_that_was_put_under_another_contact_is_named_and_not_sent(runner: Runner, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute('UPDATE sopflow_outbox SET doc = replace(doc, \'"contact":"desk"\', \'"contact":"other"\')')
    with pytest.raises(Tampered, match=r"message a-m4\.1: it is kept for other by email"):
        runner.verify("a")
    assert runner.deliver().failed == 1


def test_nothing_is_named_while_work_is_leased_or_put_off(runner: Runner) -> None:
    with runner.store.session() as session:
        session.claim("default", START, START + timedelta(minutes=5), 10)
    assert runner.verify("a").seq == 4
    later = START + 2 * DAY
    with runner.store.session() as session:
        assert session.due("default", later, later + timedelta(minutes=5), 10)
    runner.clock.set(later)  # type: ignore[attr-defined]
    assert runner.verify("a").seq == 4


def test_nothing_is_named_when_the_case_goes_on_or_is_erased(runner: Runner) -> None:
    assert runner.deliver().sent == 1
    runner.verify("a")
    for _ in range(6):
        runner.clock.advance(hours=25)  # type: ignore[attr-defined]
        runner.tick()
        runner.verify("a")
    runner.erase("a", unsent=True)
    assert runner.verify("a").seq > 5


def test_a_procedure_that_was_changed_in_the_database_is_not_handed_out(runner: Runner, path: Path) -> None:
    digest = runner.case("a").digest
    assert runner.document(digest)
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute("UPDATE sopflow_procedure SET document = replace(document, 'Kominfo', 'Nobody')").rowcount
    with pytest.raises(StoreError, match=f"the procedure {digest[:12]} was changed in the store"):
        runner.document(digest)
