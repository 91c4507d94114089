"""Directories that change, their journal, and contacts that somebody must look at."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import (
    Actor,
    AsyncRunner,
    AttemptFailed,
    Flagger,
    Issued,
    PointOfContact,
    Provider,
    Runner,
    StoreDirectory,
    Suspension,
    TomlDirectory,
    Verified,
)
from sopflow.directories import line_of, read
from sopflow.errors import BadInput, DeliveryError, Tampered
from sopflow.stores import open_store

from .test_runner import OFFICER, START, Desk, notice

CLERK = Actor("clerk-1", {"registrar"}, "ministry")
GOOD = """\
verify_days = 90

[[provider]]
id = "px"
name = "Platform X"

[[provider.contacts]]
id = "px-desk"
role = "trust_and_safety"
channels = { email = "jane@px.example", phone = "+1 555" }
languages = ["id", "en"]
zone = "Asia/Jakarta"
hours = "Mon-Fri 09:00-17:00"
verified = 2025-05-01

[[provider.contacts]]
id = "px-law"
role = "legal_representative"
rank = 9
channels = { letter = "1 Secret Street" }
verify_days = 0

[[flagger]]
id = "hotline"
trusted = true
categories = ["csam"]
since = 2025-01-01
"""


def platform(**changes: Any) -> Provider:
    desk = PointOfContact(**{"id": "px-desk", "channels": {"email": "jane@px.example"}, "name": "Jane Roe", **changes})
    return Provider(id="px", name="Platform X", contacts=[desk])


# --- the file ------------------------------------------------------------------------------------------------------


def test_a_file_says_the_same_as_values(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(GOOD)
    directory = TomlDirectory(path)
    assert [(r.contact, r.channel) for r in directory.ladder("px")] == [
        ("px-desk", "email"), ("px-desk", "phone"), ("px-law", "letter"),
    ]  # fmt: skip
    desk, law = directory.contact("px-desk"), directory.contact("px-law")
    assert desk is not None and law is not None
    assert (desk.verified, desk.verify_days, desk.hours.text) == (date(2025, 5, 1), 90, "Mon-Fri 09:00-17:00")
    assert law.verify_days == 0 and directory.address("px-law", "letter") == "1 Secret Street"
    flagger = directory.organisations[1]
    assert isinstance(flagger, Flagger) and flagger.since == date(2025, 1, 1)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('zone = "Asia/Jakarta"', 'zone = "Asia/Batavia_2"', "line 12: provider[0].contacts[0].zone: 'Asia/Batavia_2'"),
        ('hours = "Mon-Fri 09:00-17:00"', 'hours = "nine to five"', "line 13: provider[0].contacts[0].hours: 'nine to five'"),
        ("rank = 9", 'rank = "last"', "line 19: provider[0].contacts[1].rank: 'last' cannot be used; write a whole number"),
        ("verified = 2025-05-01", "verified = 2025", "line 14: provider[0].contacts[0].verified: 2025 cannot be used; write a day"),
        ("trusted = true", "trustd = true", "line 25: flagger[0].trustd: '(unknown)' cannot be used; use the fields"),
        ('id = "px-law"', 'id = "px-desk"', "line 17: contact.id: 'px-desk' cannot be used; give each point of contact"),
        ('id = "hotline"', "", "line 23: flagger[0].id: '(missing)' cannot be used"),
        ("[[flagger]]", "[[flager]]", "line 23: flager: '(unknown)' cannot be used; use verify_days, [[provider]]"),
        ("verify_days = 90", 'verify_days = "x"', "line 1: verify_days: 'x' cannot be used; write a number of days"),
        ('name = "Platform X"', "name = ", "line 5"),
    ],
)  # fmt: skip
def test_an_error_names_file_line_key_value_and_remedy(old: str, new: str, says: str) -> None:
    with pytest.raises(BadInput) as error:
        read("directory.toml", GOOD.replace(old, new, 1).encode())
    assert str(error.value).startswith("directory.toml, ")
    assert says in str(error.value)


@pytest.mark.parametrize("text", ["verify_days = " + "9" * 5000, "x = " + "[" * 100_000], ids=["digits", "brackets"])
def test_what_no_toml_parser_can_read_is_a_bad_file_and_nothing_worse(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"directory\.toml, line 1"):
        read("directory.toml", text.encode())
    path = tmp_path / "directory.toml"
    path.write_text(GOOD)
    directory = TomlDirectory(path, every=0)
    path.write_text(text)
    assert len(directory.ladder("px")) == 3 and directory.problem, "what was read before stays in force"


@pytest.mark.parametrize("channels", ["{ email = 5 }", '["jane@px.example"]', '"jane@px.example"', "{}"])
def test_an_error_quotes_no_address(channels: str) -> None:
    broken = GOOD.replace('{ email = "jane@px.example", phone = "+1 555" }', channels)
    with pytest.raises(BadInput, match="line 10.*channels.*name at least one channel") as error:
        read("directory.toml", broken.encode())
    assert "jane@" not in str(error.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadInput, match="UTF-8"):
        read("d.toml", b"\xff\xfe")
    with pytest.raises(BadInput, match="name a file that can be read"):
        TomlDirectory("/nowhere/d.toml")


def test_a_key_in_an_inline_table_is_found_at_the_table_around_it() -> None:
    text = '\n[[provider]]\nid = "p"\ncontacts = [{ id = "c", zone = "X" }]\n'
    assert line_of(text, "provider[0].contacts[0].zone") == 4


def change(path: Path, text: str) -> None:
    path.write_text(text)
    stamp = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(stamp, stamp))


def test_a_changed_file_is_read_again_and_a_broken_one_keeps_the_old_and_opens_an_incident(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(GOOD)
    desk = Desk("memory:", directory=TomlDirectory(path, every=0))
    directory = desk.options["directory"]
    change(path, GOOD.replace("px-law", "px-lawyer"))
    assert directory.ladder("px")[-1].contact == "px-lawyer"
    change(path, GOOD.replace("px-law", "px desk"))
    assert directory.ladder("px")[-1].contact == "px-lawyer", "the old one"
    for _ in range(3):
        desk.runner.tick()
    (incident,) = desk.runner.incidents()
    assert incident.kind == "directory_broken" and "line 17" in incident.detail
    path.unlink()
    assert directory.ladder("px")[-1].contact == "px-lawyer"
    change_to = GOOD.replace("px-law", "px-counsel")
    path.write_text(change_to)
    assert directory.ladder("px")[-1].contact == "px-counsel" and directory.problem == ""
    ordered = desk.ordered()
    assert ordered.sent_as("order")[0].contact == "px-desk"


def test_a_file_that_is_empty_while_it_is_being_written_takes_nobody_away(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(GOOD)
    desk = Desk("memory:", directory=TomlDirectory(path, every=0))
    for text in ("", "verify_days = 180\n"):
        change(path, text)
        assert desk.options["directory"].ladder("px")
    desk.runner.tick()
    (incident,) = desk.runner.incidents()
    assert incident.kind == "directory_broken" and "names no organisation any more" in incident.detail
    change(path, GOOD.replace("px-law", "px-lawyer"))
    assert desk.options["directory"].ladder("px")[-1].contact == "px-lawyer"


# --- the table in the store ----------------------------------------------------------------------------------------


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    url = "memory:" if request.param == "memory:" else f"sqlite:///{tmp_path}/cases.db"
    return Desk(url, directory=StoreDirectory())


def test_who_changed_what_and_when_is_journalled_without_names_and_addresses(desk: Desk) -> None:
    runner = desk.runner
    first = runner.register(platform(), by=CLERK, reference="letter-17")
    desk.clock.advance(hours=5)
    second = runner.register(platform(channels={"email": "john@px.example"}, zone="Asia/Jakarta"), by=CLERK)
    assert runner.register(platform(channels={"email": "john@px.example"}, zone="Asia/Jakarta"), by=CLERK) is None
    third = runner.unregister("px", by=OFFICER)
    assert runner.unregister("px", by=OFFICER) is None
    assert first is not None and second is not None and third is not None
    entries = runner.registrations()
    assert [(e.seq, e.event, e.doc["by"]["id"]) for e in entries] == [
        (1, "Registered", "clerk-1"), (2, "Registered", "clerk-1"), (3, "Unregistered", "officer"),
    ]  # fmt: skip
    assert entries[0].doc["reference"] == "letter-17"
    assert entries[1].doc["now"] == "2025-06-02T14:00:00.000000Z"
    assert [c["field"] for c in entries[1].doc["changes"]] == [
        "contacts/px-desk/channels/email", "contacts/px-desk/zone",
    ]  # fmt: skip
    assert entries[1].doc["changes"][1] == {"field": "contacts/px-desk/zone", "old": "UTC", "new": "Asia/Jakarta"}
    text = " ".join(e.text for e in entries)
    assert not [secret for secret in ("jane", "Jane", "john", "px.example", "Platform X") if secret in text]
    runner.verify_register()


def test_the_directory_in_the_store_is_used_by_every_runner_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/cases.db"
    one, other = Desk(url, directory=StoreDirectory()), Desk(url, directory=StoreDirectory())
    one.runner.register(platform(), by=CLERK)
    other.open("case-1")
    order = other.ordered("case-2").sent_as("order")[0]
    assert order.contact == "px-desk"
    one.runner.register(platform(id="px-new"), by=CLERK)
    assert other.ordered("case-3").sent_as("order")[0].contact == "px-new"
    other.runner.deliver()
    assert {m.address for m in other.post.taken} == {"jane@px.example"}


def test_a_runner_without_it_says_so(desk: Desk) -> None:
    with pytest.raises(BadInput, match=r"StoreDirectory\(\)"):
        Desk("memory:").runner.register(platform(), by=CLERK)


def test_what_does_not_fit_together_is_refused_and_nothing_is_written(desk: Desk) -> None:
    desk.runner.register(platform(), by=CLERK)
    with pytest.raises(BadInput, match="contact.id"):
        desk.runner.register(attrs.evolve(platform(), id="other"), by=CLERK)
    assert len(desk.runner.registrations()) == 1


def test_in_the_hosts_transaction_a_change_comes_and_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    desk = Desk(f"sqlite:///{path}", directory=StoreDirectory())
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        desk.runner.register(platform(), by=CLERK, conn=conn)
        conn.execute("ROLLBACK")
    assert not desk.runner.registrations()
    desk.runner.register(platform(id="px-second"), by=CLERK)
    assert desk.ordered().sent_as("order")[0].contact == "px-second", "what was rolled back is not remembered"


@pytest.mark.parametrize("kept", [False, True])
def test_an_address_in_a_hosts_open_transaction_is_the_hosts_alone_until_it_commits(tmp_path: Path, kept: bool) -> None:
    path, listed = tmp_path / "cases.db", StoreDirectory()
    desk = Desk(f"sqlite:///{path}?shared=1", directory=listed)
    desk.runner.register(platform(), by=CLERK)
    desk.open("case-1")
    moved = platform(channels={"email": "moved@px.example"})
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        desk.runner.register(moved, by=CLERK, conn=conn)
        case = desk.runner.open("test.desk", notice(), by=OFFICER, conn=conn)
        desk.runner.apply(case.id, Verified(by=OFFICER), conn=conn)
        case = desk.runner.apply(case.id, Issued(by=OFFICER), conn=conn)
        assert listed.address("px-desk", "email") == "jane@px.example", "whoever asks meanwhile"
        conn.execute("COMMIT" if kept else "ROLLBACK")
    if kept:
        desk.runner.committed(case)
        assert listed.address("px-desk", "email") == "moved@px.example"
    desk.runner.deliver()
    assert [m.address for m in desk.post.taken] == ["moved@px.example"] * kept, "the host's own step went by its own"
    assert listed.address("px-desk", "email") == ("moved@px.example" if kept else "jane@px.example")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE sopflow_register SET entry = '{}'", "DELETE FROM sopflow_register"],
)
def test_the_journal_of_the_directory_cannot_be_changed_and_tampering_is_found(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "cases.db"
    desk = Desk(f"sqlite:///{path}", directory=StoreDirectory())
    for n in range(3):
        desk.runner.register(platform(rank=n), by=CLERK)
    with closing(sqlite3.connect(path)) as conn:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            conn.execute(statement)
        conn.execute("DROP TRIGGER sopflow_register_no_update")
        conn.execute("DROP TRIGGER sopflow_register_no_delete")
        for change, says in (
            (
                "UPDATE sopflow_register SET entry = replace(entry, 'clerk-1', 'clerk-2') WHERE seq = 2",
                "entry 2: its content",
            ),
            ("DELETE FROM sopflow_register WHERE seq = 2", "dropped, swapped"),
            (
                "UPDATE sopflow_organisation SET doc = replace(doc, 'jane@', 'evil@')",
                "'px' is not as its last entry says",
            ),
            ("DELETE FROM sopflow_organisation", "'px' is missing"),
        ):
            conn.execute("SAVEPOINT s")
            conn.execute(change)
            conn.commit()
            with pytest.raises(Tampered, match=says):
                desk.runner.verify_register()


def test_async_runners_register_too() -> None:
    async def work() -> list[str]:
        runner = AsyncRunner(store=open_store("memory:"), procedures=[], acting_as={"a"}, directory=StoreDirectory())
        await runner.register(platform(), by=CLERK)
        await runner.tick()
        await runner.verify_register()
        return [e.event for e in await runner.registrations()]

    assert asyncio.run(work()) == ["Registered"]


# --- contacts that somebody must look at ---------------------------------------------------------------------------


def test_a_contact_that_nobody_verified_for_its_period_is_one_incident_a_period(desk: Desk) -> None:
    runner = desk.runner
    runner.register(platform(verified=START.date(), verify_days=30), by=CLERK)
    desk.clock.advance(days=30)
    runner.tick()
    assert not runner.incidents(), "good for thirty days"
    desk.clock.advance(days=1)
    for _ in range(3):
        runner.tick()
        Runner(**desk.options).tick()  # another worker
    (incident,) = runner.incidents()
    assert (incident.kind, incident.case) == ("contact_unverified", "")
    assert "px-desk of px since 2025-06-02" in incident.detail
    runner.resolve(incident, by=OFFICER)
    desk.clock.advance(days=10)
    runner.tick()
    assert not runner.incidents(), "once a period"
    desk.clock.advance(days=20)
    runner.tick()
    assert len(runner.incidents()) == 1, "the next period"
    runner.register(platform(verified=(START + timedelta(days=61)).date(), verify_days=30), by=CLERK)
    runner.resolve(runner.incidents()[0], by=OFFICER)
    runner.tick()
    assert not runner.incidents()


def test_one_that_was_never_verified_is_an_incident_and_one_without_a_period_is_none() -> None:
    assert PointOfContact(id="a", channels={"x": "y"}).unverified(date(2030, 1, 1)) == 0
    assert PointOfContact(id="a", channels={"x": "y"}, verify_days=1).unverified(date(2030, 1, 1)) == 1


def test_a_verification_on_a_day_that_is_still_to_come_is_none() -> None:
    def unverified(verified: date) -> int:
        contact = PointOfContact(id="a", channels={"x": "y"}, verify_days=30, verified=verified)
        return contact.unverified(date(2026, 11, 1))

    assert unverified(date(2206, 11, 1)) == 1, "a slip of the pen must not switch the alarm off"
    assert unverified(date(2026, 11, 2)) == 0, "where it is tomorrow already"


@pytest.mark.parametrize("days", [-5, 10**20, True])
def test_a_period_that_would_switch_the_alarm_off_is_refused(days: int) -> None:
    with pytest.raises(BadInput, match="contact a: verify_days"):
        PointOfContact(id="a", channels={"x": "y"}, verify_days=days)


def test_a_contact_that_bounced_in_many_cases_is_one_incident(desk: Desk) -> None:
    runner = desk.runner
    runner.register(platform(verified=START.date()), by=CLERK)
    desk.post.wrong["px-desk"] = DeliveryError("no such mailbox", permanent=True)
    for n in range(5):
        desk.ordered(f"case-{n}")
    runner.deliver()
    bounced = [i for i in runner.incidents() if i.kind == "contact_bounced"]
    assert [i.detail for i in bounced] == ["contact px-desk cannot be reached by email: no such mailbox"]


# --- attempts ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["memory:", "sqlite"])
def busy(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    return Desk("memory:" if request.param == "memory:" else f"sqlite:///{tmp_path}/cases.db")


def test_each_attempt_is_journalled_and_no_more_than_twelve(busy: Desk) -> None:
    busy.ordered()
    for contact in ("desk-0", "desk-1"):
        busy.post.wrong[contact] = DeliveryError("busy")
    for _ in range(60):
        busy.runner.deliver()
        busy.clock.advance(hours=1)
    entries = [e for e in busy.runner.journal("case-1") if e.event in ("AttemptFailed", "Unsent", "Sent")]
    order = [e for e in entries if e.doc["event"]["data"]["message"] == "case-1-m3.1"]
    assert [e.event for e in order] == ["AttemptFailed"] * 11 + ["Unsent"]
    assert [e.doc["event"]["data"].get("attempt") for e in order[:-1]] == list(range(1, 12))
    assert all(e.doc["event"]["data"]["reason"] == "busy" and not e.irregular for e in order[:-1])
    assert all(e.doc["event"]["data"]["again"] > e.doc["now"] for e in order[:-1])
    tried = [m.id for m in busy.post.taken]
    assert len(tried) == len(entries), "each attempt is one entry"
    busy.runner.verify("case-1")


def test_a_failed_attempt_that_cannot_be_recorded_is_tried_again_all_the_same(busy: Desk) -> None:
    busy.ordered()
    busy.post.wrong["desk-0"] = DeliveryError("busy")
    busy.host.bad_cases.add("case-1")  # a participant raises: nothing can be committed
    delivery = busy.runner.deliver()
    assert delivery.failed and "failed" in busy.kinds()
    busy.host.bad_cases.clear()
    busy.post.wrong.clear()
    busy.clock.advance(hours=2)
    assert busy.runner.deliver().sent
    case = busy.runner.case("case-1")
    assert case.sent_as("order")[0].status == "sent"


def test_an_attempt_wakes_no_clock_and_needs_no_row(busy: Desk) -> None:
    case = busy.ordered()
    event = AttemptFailed(
        message=case.sent_as("order")[0].id, attempt=1, reason="busy", by=Actor("sopflow", {"system"})
    )
    after = busy.runner.apply("case-1", event)
    assert after.deadlines == case.deadlines and after.messages == case.messages and after.state == case.state
    assert [h.event for h in after.happenings[len(case.happenings) :]] == ["AttemptFailed"], (
        "since when it may be there"
    )
    assert not busy.runner.incidents()


def quiet_desk(before: timedelta) -> Desk:
    """A desk with an order queued this long before the quiet hours of 2 June, 09:00 to 15:00, begin."""
    desk = Desk("memory:")
    (rules,) = desk.options["procedures"]
    rows = [attrs.evolve(t, sends=[attrs.evolve(s, quiet="09:00-15:00") for s in t.sends]) for t in rules.transitions]
    desk.runner = Runner(**{**desk.options, "procedures": [attrs.evolve(rules, transitions=rows)]})
    desk.clock.set(START - before)
    desk.ordered()
    return desk


def test_quiet_hours_keep_a_repetition_back_too() -> None:
    desk = quiet_desk(timedelta(seconds=20))
    desk.post.wrong["desk-0"] = DeliveryError("busy")
    desk.runner.deliver()  # the repetition is half a minute later, and would be in quiet hours
    entry = next(e for e in reversed(desk.runner.journal("case-1")) if e.event == "AttemptFailed")
    assert entry.doc["event"]["data"]["again"] == "2025-06-02T15:00:00.000000Z"


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
def test_what_is_queued_goes_to_the_address_that_the_directory_has_by_then(url: str, tmp_path: Path) -> None:
    desk = Desk(url if url == "memory:" else f"sqlite:///{tmp_path}/cases.db", directory=StoreDirectory())
    desk.runner.register(platform(), by=CLERK)
    desk.ordered()
    other = Runner(**{**desk.options, "directory": StoreDirectory()})
    other.register(platform(channels={"email": "right@px.example"}), by=CLERK)
    desk.runner.deliver()
    assert [m.address for m in desk.post.taken] == ["right@px.example"], "though another worker has put it right"


def test_a_contact_that_is_gone_gets_nothing_that_was_queued_for_it() -> None:
    desk = Desk("memory:", directory=StoreDirectory())
    desk.runner.register(platform(), by=CLERK)
    desk.ordered()
    desk.runner.unregister("px", by=CLERK)
    assert desk.runner.deliver().failed == 1 and not desk.post.taken
    assert [e.event for e in desk.runner.journal("case-1")][-1] == "Unsent"
    assert "ladder_exhausted" in [i.kind for i in desk.runner.incidents()]


def test_where_the_directory_cannot_be_asked_the_address_stays() -> None:
    desk = Desk("memory:")
    desk.ordered()

    class Failing:
        ladder, contact = desk.options["directory"].ladder, desk.options["directory"].contact

        def address(self, contact: str, channel: str) -> str:
            raise RuntimeError("no register today")

    runner = Runner(**{**desk.options, "directory": Failing()})
    runner.deliver()
    assert [m.address for m in desk.post.taken] == ["jane-0@px.example"]


def test_an_endpoint_that_rests_rests_over_the_quiet_hours() -> None:
    desk = quiet_desk(timedelta(seconds=20))
    desk.runner._breaker.resting = lambda endpoint, now: max(now, START + timedelta(seconds=10))  # type: ignore[attr-defined]
    assert desk.runner.deliver().retried == 1
    del desk.runner._breaker.resting  # type: ignore[attr-defined]
    desk.clock.set(START.replace(hour=14, minute=59))
    assert desk.runner.deliver().messages == () and not desk.post.taken
    desk.clock.set(START.replace(hour=15))
    assert desk.runner.deliver().sent == 1


def test_what_was_queued_before_the_quiet_hours_is_not_sent_in_them_by_a_late_worker() -> None:
    desk = quiet_desk(timedelta(minutes=1))
    desk.clock.advance(minutes=2)
    for minute in (2, 359):
        desk.clock.set(START + timedelta(minutes=minute))
        desk.runner.deliver()
        assert not desk.post.taken
    desk.clock.set(START.replace(hour=15))
    assert desk.runner.deliver().sent == 1 and desk.post.taken
    assert desk.runner.case("case-1").sent_as("order")[0].sent == START.replace(hour=15)


def test_a_directory_that_raises_stops_no_tick_and_hides_no_failure() -> None:
    desk = Desk("memory:")
    inner = desk.options["directory"]

    class Raises:
        ladder, address = inner.ladder, inner.address

        @property
        def organisations(self) -> Any:
            raise RuntimeError("jane@example.org")

        def contact(self, contact: str) -> Any:
            raise RuntimeError("jane@example.org")

    runner = Runner(**{**desk.options, "directory": Raises()})
    desk.runner = runner
    desk.ordered()
    desk.post.wrong["desk-0"] = DeliveryError("gone", permanent=True)
    desk.runner.deliver()
    runner.tick()
    assert runner.case("case-1").sent_as("order")[0].status == "unsent"
    assert {"contact_bounced", "failed"} <= set(desk.kinds())
    assert "jane" not in str(runner.incidents())


# --- flaggers ------------------------------------------------------------------------------------------------------


def test_a_flagger_answers_with_every_reason_why_it_is_not_trusted_for_something() -> None:
    hotline = Flagger(
        id="h",
        trusted=True,
        categories="csam",
        jurisdictions=("ID", "DE"),
        since=date(2025, 1, 1),
        until=date(2025, 12, 31),
    )
    day = date(2025, 6, 1)
    assert hotline.why_not(day, category="csam", jurisdiction="DE", providers=["anyone"]) == ()
    assert hotline.why_not(date(2026, 1, 1), category="terror") == (
        "flagger h was accredited until 2025-12-31", "category 'terror' is outside the scope of flagger h: csam",
    )  # fmt: skip
    assert hotline.why_not(day, category="") == (
        "no category is named, which is needed for the scope of flagger h: csam",
    )
    rests = attrs.evolve(hotline, suspension=Suspension(since=date(2025, 5, 1), reason="too often wrong"))
    assert rests.why_not(day) == ("flagger h is suspended since 2025-05-01",)
    assert rests.why_not(date(2025, 4, 30)) == ()
    assert Flagger(id="x").why_not(day) == ("flagger x is not accredited",)
