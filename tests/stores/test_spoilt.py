"""What was spoilt in the database is named, whatever it is now, and keeps no other case from being worked."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from sopflow import (
    Acknowledged,
    Actor,
    Apply,
    Approved,
    BadInput,
    CaseNotFound,
    EffectGiven,
    Inbound,
    Issued,
    Notice,
    Runner,
    Tampered,
    Verified,
    catalogue,
    codec,
)
from sopflow.case_json import case_to_text
from sopflow.directories import StoreDirectory
from sopflow.directory import PointOfContact, Provider, StaticDirectory
from sopflow.errors import SopflowError
from sopflow.journal import replay
from sopflow.stores import open_store
from sopflow.testing import Clock

OFFICER = Actor("officer-1", {"authority"}, "ministry")
SIGNER = Actor("signer-1", {"competent_agency"}, "agency")
PLATFORM = Actor("desk", {"platform"}, "telegram")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CASES = ("a", "b", "c", "d", "e")


class Post:
    def send(self, message: Any) -> None:
        pass


class Desk:
    """A runner with five cases, whose orders are queued and whose receipt is awaited."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock = path, Clock(START)
        self.runner = self.opened()
        for id in CASES:
            notice = Notice(
                contents=["https://t.me/x"], parties={"platform": "telegram"}, form={"reasons": "x"}, matter="m"
            )
            self.runner.open("id.kominfo_telegram_2017", notice, by=OFFICER, case_id=id)
            self.runner.apply(id, Verified(by=OFFICER))
            self.runner.apply(id, Approved(proposal=self.runner.proposal(id, Issued()), by=SIGNER))
            self.runner.apply(id, Issued(by=OFFICER))
            self.clock.advance(minutes=1)

    def opened(self) -> Runner:
        desk = PointOfContact(id="desk", channels={"email": "desk@platform.example"})
        return Runner(
            store=open_store(f"sqlite:///{self.path}"),
            procedures=[catalogue.find("id.kominfo_telegram_2017"), catalogue.find("generic.network_block")],
            acting_as={"authority"},
            directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]),
            notifiers={"email": Post()},
            clock=self.clock,
        )

    def spoil(self, sql: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.path)) as db, db:
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                db.execute(f"DROP TRIGGER {name}")
            db.execute(sql, values)
        self.runner.close()
        self.runner = self.opened()

    def spoil_row(self, *ids: str, doc: Any = "garbage") -> None:
        for id in ids:
            self.spoil("UPDATE sopflow_case SET doc = ? WHERE id = ?", doc, id)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "cases.db")
    yield made
    made.runner.close()


def problems(ask: Callable[[str], Any], id: str = "c") -> str:
    with pytest.raises(Tampered) as found:
        ask(id)
    assert found.value.case == id
    return "; ".join(found.value.problems)


NO_ENTRY = "UPDATE sopflow_journal SET entry = ? WHERE case_id = 'c' AND seq = 3"


@pytest.mark.parametrize("text", ["garbage", "", "[]", "7", "null", '{"seq":3', "{}", b"\xff", "[" * 100_000])
def test_an_entry_that_is_none_any_more_is_named_with_all_else_that_is_wrong(desk: Desk, text: Any) -> None:
    desk.spoil(NO_ENTRY, text)
    desk.spoil("UPDATE sopflow_journal SET hash = 'x' WHERE case_id = 'c' AND seq = 1")
    desk.spoil("UPDATE sopflow_side SET doc = 'garbage' WHERE case_id = 'c' AND seq = 1")
    found = problems(desk.runner.verify)
    for words in (
        "entry 1: its content was changed",
        "entry 1: its personal values",
        "entry 3: is not a journal entry",
    ):
        assert words in found
    with suppress(Tampered):  # "{}" can be read, and is no entry
        assert [e.doc for e in desk.runner.journal("c")][2] == {}
    effect = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)
    assert "entry 1: its personal values" in problems(lambda case: desk.runner.apply(case, effect))
    assert desk.runner.apply("b", effect).revision == desk.runner.verify("b").seq == 5


def test_a_journal_that_cannot_be_read_says_which_entry_of_which_case(desk: Desk) -> None:
    desk.spoil(NO_ENTRY, "garbage")
    assert problems(desk.runner.journal).startswith("entry 3: is not a journal entry any more (JSONDecodeError")
    assert problems(desk.runner.evidence).startswith("entry 3")
    assert problems(desk.runner.reexamine).startswith("entry 3")


ROWS = [
    "garbage", "", "{}", "[]", "7", 7, b"\xff", '{"a":1}',
    ("$.since", None), ("$.opened", "x"), ("$.parties", 7), ("$.happenings[0].event", None), ("$.messages", "x"),
    ("$.messages[0]", "x"), ("$.id", "b"), ("$.tenant", "other"), ("$.deadlines[0].standing", "x"),
]  # fmt: skip


def changed(desk: Desk, change: Any) -> None:
    if not isinstance(change, tuple):
        desk.spoil_row("c", doc=change)
    elif change[1] is None:
        desk.spoil("UPDATE sopflow_case SET doc = json_remove(doc, ?) WHERE id = 'c'", change[0])
    else:
        desk.spoil("UPDATE sopflow_case SET doc = json_set(doc, ?, ?) WHERE id = 'c'", *change)


@pytest.mark.parametrize("change", ROWS, ids=str)
def test_a_case_that_cannot_be_read_is_named_by_whatever_wants_it(desk: Desk, change: Any) -> None:
    changed(desk, change)
    desk.spoil(NO_ENTRY, "garbage")
    found = problems(desk.runner.verify)
    assert "the case's row cannot be read" in found and "entry 3: is not a journal entry" in found
    effect = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)
    for ask in (
        desk.runner.case,
        lambda case: desk.runner.apply(case, effect),
        desk.runner.reexamine,
    ):
        assert "replay of its journal" in problems(ask)
    assert desk.runner.case("b").revision == 4


def test_what_its_journal_proves_mends_a_row(desk: Desk) -> None:
    desk.spoil_row("c")
    desk.spoil_row("c", doc=case_to_text(replay(desk.runner.journal("c"))))
    assert desk.runner.verify("c").seq == 4


def test_values_that_are_none_any_more_are_found(desk: Desk) -> None:
    desk.spoil("""UPDATE sopflow_side SET doc = '{"content.c1":1.5}' WHERE case_id = 'c' AND seq = 1""")
    assert "entry 1: its personal value content.c1 was changed" in problems(desk.runner.verify)
    desk.spoil("UPDATE sopflow_side SET doc = '[]' WHERE case_id = 'c' AND seq = 1")
    assert problems(desk.runner.personal) == "entry 1: its personal values cannot be read (TypeError)"


def test_random_changes_are_named_and_never_another_error(desk: Desk) -> None:
    rng, whole = random.Random(1), desk.runner.case("c")
    with closing(sqlite3.connect(desk.path)) as db:
        (row,) = db.execute("SELECT doc FROM sopflow_case WHERE id = 'c'").fetchone()
        (entry,) = db.execute("SELECT entry FROM sopflow_journal WHERE case_id = 'c' AND seq = 4").fetchone()
    tables = {
        row: "UPDATE sopflow_case SET doc = ? WHERE id = 'c'",
        entry: "UPDATE sopflow_journal SET entry = ? WHERE case_id = 'c' AND seq = 4",
    }
    for text, sql in tables.items():
        for _ in range(150):
            at = rng.randrange(len(text))
            spoilt = text[:at] + rng.choice(["", "x", '"', "{", "7", ","]) + text[at + 1 :]
            if spoilt == text:
                continue
            desk.spoil(sql, spoilt)
            try:
                desk.runner.verify("c")
            except Tampered:
                pass
            else:  # an instant can be written in more than one way
                assert text == row and desk.runner.case("c") == whole
            for ask in (desk.runner.case, desk.runner.journal, desk.runner.reexamine, desk.runner.evidence):
                with suppress(SopflowError):
                    ask("c")
        desk.spoil(sql, text)
    assert desk.runner.verify("c").seq == 4


# --- the others ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("doc", ["garbage", "{}", "[]"])
def test_ticks_go_on_and_the_spoilt_case_is_one_incident(desk: Desk, doc: str) -> None:
    desk.spoil_row("c", doc=doc)
    assert desk.runner.deliver().failed == 1
    for _ in range(9):
        desk.clock.advance(hours=23)
        desk.runner.tick()
        desk.runner.deliver()
    states = {id: desk.runner.case(id).state for id in CASES if id != "c"}
    assert set(states.values()) == {"no_response"}, states
    (told,) = desk.runner.incidents("c")
    assert told.kind == "failed" and "the case's row cannot be read" in told.detail


@pytest.mark.parametrize("ids", ["a", "c", "e", "ab", "ace", "bcde", "abcde"])
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_a_page_hides_no_case_behind_one_that_cannot_be_read(desk: Desk, ids: str, limit: int) -> None:
    desk.spoil_row(*ids)
    for order in ("opened", "urgency"):
        seen: list[str] = []
        while page := desk.runner.find(limit=limit, order=order, after=seen[-1] if seen else ""):
            assert len(page) <= limit
            seen += [case.id for case in page]
        assert seen == [id for id in CASES if id not in ids]
    assert [i.case for i in desk.runner.incidents()] == list(ids)
    assert desk.runner.count() == 5


def test_a_page_is_shown_also_where_nothing_can_be_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.spoil_row("c")

    def full(*_: Any) -> None:
        raise OSError("full")

    monkeypatch.setattr(type(desk.runner), "_alarm", full)
    assert len(desk.runner.find()) == 4


def test_a_matter_goes_on_and_says_which_case_did_not(desk: Desk) -> None:
    desk.spoil_row("a", "c")
    found = desk.runner.apply_to_matter("m", EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    assert sorted(found) == list(CASES)
    assert {id for id, result in found.items() if isinstance(result.error, Tampered)} == {"a", "c"}
    assert {r.case.outcomes()["c1"] for r in found.values() if r.case is not None} == {"removed"}


def test_a_failure_whose_words_no_store_can_keep_keeps_no_other_waiting(desk: Desk) -> None:
    change = "UPDATE sopflow_case SET doc = json_set(doc, '$.messages[0].id', json(?)) WHERE id = 'c'"
    desk.spoil(change, '"\\ud800"')
    assert (desk.runner.deliver().sent, desk.runner.deliver().failed) == (4, 0)
    (told,) = desk.runner.incidents("c")
    assert told.kind == "failed"


@pytest.mark.parametrize(
    "spoilt",
    [
        "UPDATE sopflow_journal SET entry = '{'",
        "UPDATE sopflow_journal SET entry = '{}'",
        "DELETE FROM sopflow_journal",
    ],
)
def test_a_repeated_command_on_a_spoilt_case_undoes_no_other_item_of_a_batch(desk: Desk, spoilt: str) -> None:
    effect = EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)
    desk.runner.apply("c", effect, command_id="c")
    desk.spoil(f"{spoilt} WHERE case_id = 'c' AND seq IN (1, 4)")
    items = [Apply("a", effect), Apply("c", Issued(by=OFFICER), command_id="c"), Apply("b", effect, command_id="b")]
    first, broken, last = desk.runner.apply_many(items)
    assert isinstance(broken.error, Tampered) and (first.error, last.error) == (None, None)
    assert [desk.runner.verify(id).seq for id in "ab"] == [5, 5]


NO_TEXT = ["doc = json_set(doc, '$.channel', 5)", "doc = json_set(doc, '$.channel', NULL)",
           "doc = json_set(doc, '$.contact', json('[]'))", "doc = json_set(doc, '$.template', 1)", "body = X'ff'",
           "doc = '{\"channel\":[\"email\"]}'"]  # fmt: skip


@pytest.mark.parametrize("change", NO_TEXT)
def test_a_message_with_something_else_in_the_place_of_a_text_keeps_no_other_waiting(desk: Desk, change: str) -> None:
    desk.spoil(f"UPDATE sopflow_outbox SET {change} WHERE case_id = 'c'")
    assert desk.runner.deliver().sent == 4
    assert desk.runner.case("c").sent_as("order")[0].status == "unsent"
    assert "ladder_exhausted" in [i.kind for i in desk.runner.incidents()]


def test_a_message_whose_attempts_are_no_number_any_more_is_tried_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.spoil("UPDATE sopflow_outbox SET attempts = 'x' WHERE case_id = 'c'")

    def refuse(*_: Any) -> None:
        raise OSError("busy")

    with monkeypatch.context() as patch:
        patch.setattr(Post, "send", refuse)
        assert desk.runner.deliver().retried == 5
    desk.clock.advance(hours=2)
    sent = desk.runner.deliver().sent
    desk.clock.advance(minutes=1)  # the first after a rest goes ahead alone, and another may have come meanwhile
    assert sent + desk.runner.deliver().sent == 5


@pytest.mark.parametrize("doc", ["garbage", "[]", "{}", '{"channel":"email","weight":3}'])
def test_a_message_that_cannot_be_read_keeps_no_other_waiting_and_is_not_lost(desk: Desk, doc: str) -> None:
    desk.spoil("UPDATE sopflow_outbox SET doc = ? WHERE case_id = 'c'", doc)
    assert desk.runner.deliver().sent == 4
    case = desk.runner.case("c")
    assert case.sent_as("order")[0].status == "unsent", "so the next contact is tried, or a person is asked"
    assert "ladder_exhausted" in [i.kind for i in desk.runner.incidents()]


@pytest.mark.parametrize("column", ["doc", "event"])
def test_an_item_that_cannot_be_read_keeps_no_other_waiting_and_is_not_lost(desk: Desk, column: str) -> None:
    desk.runner.deliver()
    for id in ("c", "d"):  # kept, and the worker died before it looked at them
        order = desk.runner.case(id).sent_as("order")[0].id
        item = Inbound(
            id=id, sender="tg", authenticated=True, event=Acknowledged(message=order, by=PLATFORM), raw=b"yes"
        )
        with desk.runner.store.session() as session:
            session.keep("default", item, codec.event_to_doc(item.event))
    desk.spoil(f"UPDATE sopflow_inbox SET {column} = 'garbage' WHERE id = 'c'")
    desk.runner.tick()
    assert [desk.runner.case(id).state for id in "cd"] == ["sent_on_government_channel", "acknowledged"]
    (kept,) = desk.runner.inbox(status="rejected")
    assert (kept.id, kept.raw) == ("c", b"yes")
    assert [i.kind for i in desk.runner.incidents()] == ["rejected"]


@pytest.mark.parametrize("raw", [3, "yes"])
def test_what_came_and_is_no_bytes_any_more_is_shown_as_it_is_and_vouched_for_by_nobody(desk: Desk, raw: Any) -> None:
    desk.runner.receive(Inbound(id="c", sender="tg", authenticated=True, case="c", raw=b"yes"))
    desk.spoil("UPDATE sopflow_inbox SET raw = ?", raw)
    (kept,) = desk.runner.inbox()
    assert (kept.raw, kept.authenticated) == (str(raw).encode(), False)


# --- files and erasing ---------------------------------------------------------------------------------------------------


def counted(desk: Desk, table: str, id: str = "c") -> int:
    with closing(sqlite3.connect(desk.path)) as db:
        return int(db.execute(f"SELECT COUNT(*) FROM sopflow_{table} WHERE case_id = ?", (id,)).fetchone()[0])


SPOILT = [
    "UPDATE sopflow_case SET doc = 'garbage' WHERE id = 'c'",
    "UPDATE sopflow_journal SET entry = '{' WHERE case_id = 'c' AND seq = 2",
    "UPDATE sopflow_journal SET entry = '{}' WHERE case_id = 'c' AND seq = 5",
    "UPDATE sopflow_side SET doc = '{' WHERE case_id = 'c' AND seq = 5",
    "UPDATE sopflow_evidence SET put = 'never' WHERE case_id = 'c'",
    "UPDATE sopflow_evidence SET put = '' WHERE case_id = 'c'",
]


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_spoilt_case_can_be_erased_with_all_its_values_and_bytes(desk: Desk, spoilt: str) -> None:
    for id in "ac":
        desk.runner.attach(id, f"of {id}".encode(), by=PLATFORM, name="letter.txt")
    desk.spoil(spoilt)
    desk.runner.erase("c", unsent=True)
    assert (counted(desk, "side"), counted(desk, "evidence"), counted(desk, "content")) == (0, 0, 0)
    assert (counted(desk, "side", "a"), counted(desk, "evidence", "a")) == (5, 1)
    with pytest.raises(CaseNotFound):
        desk.runner.erase("none")


@pytest.mark.parametrize("spoilt", [*SPOILT, "DELETE FROM sopflow_journal WHERE case_id = 'c' AND seq = 5"])
def test_a_sweep_goes_on_and_takes_nothing_that_a_spoilt_case_may_have_named(desk: Desk, spoilt: str) -> None:
    for id in "ac":
        desk.runner.attach(id, f"of {id}".encode(), by=PLATFORM)
    orphan = sha256(b"orphan").hexdigest()
    with desk.runner.store.session() as session:
        session.put_evidence("default", "a", orphan, BytesIO(b"orphan"), desk.clock())
    desk.clock.advance(days=2)
    desk.spoil(spoilt)
    assert desk.runner.sweep(collect=True) == (("a", orphan),)
    assert (counted(desk, "evidence"), counted(desk, "evidence", "a"), desk.runner.sweep()) == (1, 1, ())
    harmless = "sopflow_evidence" in spoilt or "sopflow_case" in spoilt  # the journal still names what it holds
    assert [(i.case, i.kind) for i in desk.runner.incidents()] == [("c", "failed")] * (not harmless)


def test_bytes_that_nobody_names_and_that_do_not_say_when_they_were_put_are_swept(desk: Desk) -> None:
    orphan = sha256(b"orphan").hexdigest()
    with desk.runner.store.session() as session:
        session.put_evidence("default", "a", orphan, BytesIO(b"orphan"), desk.clock())
    desk.spoil("UPDATE sopflow_evidence SET put = 'never'")
    assert desk.runner.sweep(collect=True) == (("a", orphan),) and desk.runner.sweep() == ()


@pytest.mark.parametrize("data", ["text", 7, b"", b"other"])
def test_a_chunk_that_is_another_is_named_never_given_out_and_mended_by_attaching_again(desk: Desk, data: Any) -> None:
    done = desk.runner.attach("c", b"a letter", by=PLATFORM)
    desk.spoil("UPDATE sopflow_chunk SET data = ?", data)
    assert "the bytes of" in problems(lambda case: desk.runner.verify(case, evidence=True))
    assert "were changed" in problems(lambda case: desk.runner.open_evidence(case, done.digest))
    desk.runner.attach("c", b"a letter", by=PLATFORM)
    with desk.runner.open_evidence("c", done.digest) as found:
        assert found.read() == b"a letter"


@pytest.mark.parametrize("spoilt", [*SPOILT[:1], "UPDATE sopflow_side SET doc = '{' WHERE case_id = 'c'"])
def test_contents_are_indexed_but_for_those_that_cannot_be_read(desk: Desk, spoilt: str) -> None:
    desk.spoil("DELETE FROM sopflow_content")
    desk.spoil(spoilt)
    assert desk.runner.index_contents(batch=2) == 4
    assert [case.id for case in desk.runner.find(content="https://t.me/x")] == ["a", "b", "d", "e"]
    assert [(i.case, i.kind) for i in desk.runner.incidents()] == [("c", "failed")]


# --- the directory -------------------------------------------------------------------------------------------------------


class Stored(Desk):
    """The same with a directory in the store, which lists an organisation that takes part in no case, too."""

    def opened(self) -> Runner:
        runner = Runner(
            store=open_store(f"sqlite:///{self.path}"), acting_as={"authority"}, directory=StoreDirectory(),
            procedures=[catalogue.find("id.kominfo_telegram_2017"), catalogue.find("generic.network_block")],
            notifiers={"email": Post()}, clock=self.clock,
        )  # fmt: skip
        if not runner.registrations():
            for id in ("telegram", "other"):
                runner.register(listed(id), by=OFFICER)
        return runner


def listed(id: str) -> Provider:
    return Provider(id=id, contacts=[PointOfContact(id=f"desk-{id}", channels={"email": f"desk@{id}.example"})])


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    made = Stored(tmp_path / "cases.db")
    yield made
    made.runner.close()


BROKEN_ORGANISATIONS = [
    "doc = 'garbage'", "doc = '[]'", "doc = '{}'", "doc = 7", "doc = X'ff'", "doc = json_set(doc, '$.contacts', 5)",
    "doc = json_set(doc, '$.kind', 'x')", "doc = json_set(doc, '$.contacts[0].channels', json('{}'))",
    "doc = json_set(doc, '$.contacts[0].id', 'desk-telegram')", "doc = '{', salt = 7",
]  # fmt: skip


@pytest.mark.parametrize("change", BROKEN_ORGANISATIONS)
def test_an_organisation_that_cannot_be_read_stops_no_case_and_can_be_listed_anew(stored: Stored, change: str) -> None:
    if "desk-telegram" in change:  # whichever comes first is heeded
        stored.spoil("UPDATE sopflow_organisation SET id = 'z' WHERE id = 'other'")
    stored.spoil(f"UPDATE sopflow_organisation SET {change} WHERE id IN ('other', 'z')")
    runner = stored.runner
    assert (runner.deliver().sent, runner.deliver().sent) == (5, 0), "nothing is sent twice"
    assert runner.apply("a", EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)).state == "taken_down"
    stored.clock.advance(hours=25)
    assert (runner.tick().steps, runner.tick().failures) == (4, 0)
    (told,) = [i for i in runner.incidents() if i.kind == "directory_broken"]
    assert "1 of the directory's rows cannot be read" in told.detail
    named = problems(lambda _: runner.verify_register(), "(directory)")
    assert "1 of the directory's rows cannot be read; organisation 'other' is missing" in named
    with pytest.raises(BadInput, match="register it first"):
        runner.unregister("other", by=OFFICER)
    if "desk-telegram" in change:
        return
    assert runner.register(listed("other"), by=OFFICER) is not None
    runner.verify_register()
    assert runner.unregister("other", by=OFFICER) is not None and runner.unregister("other", by=OFFICER) is None


def test_a_salt_that_is_none_any_more_is_named(stored: Stored) -> None:
    stored.spoil("UPDATE sopflow_organisation SET salt = 7 WHERE id = 'other'")
    named = problems(lambda _: stored.runner.verify_register(), "(directory)")
    assert named == "organisation 'other' is not as its last entry says"


# --- incidents and personal values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("doc", ["garbage", "[]", "{}", "7", '{"id":"x"}', "[" * 100_000])
def test_an_incident_that_cannot_be_read_hides_no_other_and_can_be_resolved(desk: Desk, doc: str) -> None:
    late = Acknowledged(message="none", by=PLATFORM)
    for id in ("a", "c"):
        desk.runner.receive(Inbound(id=f"answer-{id}", sender="x", authenticated=False, case=id, event=late))
    before = {i.case: i for i in desk.runner.incidents()}
    desk.spoil("UPDATE sopflow_incident SET doc = ? WHERE case_id = 'c'", doc)
    after = {i.case: i for i in desk.runner.incidents()}
    assert after["a"] == before["a"] and after.keys() == before.keys()
    assert "cannot be read" in after["c"].detail and (after["c"].id, after["c"].at) == (before["c"].id, before["c"].at)
    desk.runner.tick()
    desk.runner.resolve(after["c"].id, by=OFFICER, note="looked at")
    assert [i.case for i in desk.runner.incidents()] == ["a"]


def test_a_personal_value_that_was_taken_out_is_found_and_an_erased_row_is_not(desk: Desk) -> None:
    kept = desk.runner.personal("c")
    desk.spoil("UPDATE sopflow_side SET doc = json_remove(doc, '$.\"content.c1\"') WHERE case_id = 'c' AND seq = 1")
    assert len(desk.runner.personal("c")) == len(kept) - 1
    assert problems(desk.runner.verify) == "entry 1: its personal value content.c1 is gone"
    desk.runner.erase("b", unsent=True)
    assert desk.runner.verify("b").seq == 4


# --- steps on a row that was changed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("$.state", "taken_down", "entry 5: was decided in state 'taken_down', and the case was in 'sent_on"),
        ("$.messages[0].digest", "0" * 64, "entry 5: found the digest of c-m4.1 among its messages changed"),
        ("$.messages[0].contact", "other", "entry 5: found the contact of c-m4.1 among its messages changed"),
        ("$.messages[0].party", "other", "entry 5: found the party of c-m4.1 among its messages changed"),
        ("$.contents[0].digest", "0" * 64, "entry 6: found the digest of c1 among its contents changed"),
    ],
)
def test_a_step_on_a_changed_row_does_not_make_the_change_true(desk: Desk, path: str, value: str, found: str) -> None:
    desk.spoil("UPDATE sopflow_case SET doc = json_set(doc, ?, ?) WHERE id = 'c'", path, value)
    assert "the case differs from its journal" in problems(desk.runner.verify)
    desk.runner.apply("c", Acknowledged(message="c-m4.1", by=PLATFORM))
    desk.runner.apply("c", EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    assert found in problems(desk.runner.verify)
    assert desk.runner.verify("b").seq == 4


DUTY = '"kind":"duty"'


def test_a_duty_that_was_made_a_right_is_found_after_the_step_that_met_it(desk: Desk) -> None:
    desk.spoil("UPDATE sopflow_case SET doc = replace(doc, ?, ?) WHERE id = 'c'", DUTY, DUTY.replace("duty", "right"))
    message = desk.runner.case("c").sent_as("order")[0].id
    desk.runner.deliver()
    desk.runner.apply("c", Acknowledged(message=message, by=PLATFORM))
    assert "found the kind of receipt:c-m4.1 among its deadlines changed" in problems(desk.runner.verify)
