"""Messages on their way up the ladder: held, withdrawn or confirmed meanwhile, corrected, with nobody left to try."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import attrs
import pytest

from sopflow import Actor, DeliveryError, Notice, Outgoing, PointOfContact, Provider, Runner, StaticDirectory
from sopflow.events import Acknowledged, Held, Withdrawn
from sopflow.rules import ANY_OPEN, STAY, State, Transition

from .test_delivery import OFFICER, RULES, START, B, Office, Post
from .test_workers import Clocked

STEPS = (
    Transition(on=Withdrawn, source=ANY_OPEN, target="done", by="authority", basis=B),
    Transition(on=Held, source=ANY_OPEN, target=STAY, by="authority", basis=B),
)
HOLDING = attrs.evolve(
    RULES, transitions=(*RULES.transitions, *STEPS),
    states=(*RULES.states, State(name="done", phase="closed", final=True, basis=B)),
)  # fmt: skip
PLATFORM = Actor("moderator", {"platform"}, "p0")
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'c.db'}"


class Interrupted(Post):
    """While the first message is handed over, somebody else records something; then it fails, or not."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error
        self.meanwhile: Callable[[], object] | None = None

    def send(self, message: Outgoing) -> None:
        if self.meanwhile is not None:
            call, self.meanwhile = self.meanwhile, None
            call()
            if self.error is not None:
                raise self.error
        super().send(message)


def held(runner: Runner, until: datetime, case: str = "c0000") -> None:
    runner.apply(case, Held(role="platform", until=until, reason="investigation", by=OFFICER))


@pytest.mark.parametrize("what", ["withdrawn", "confirmed", "held"])
def test_what_was_claimed_is_not_sent_once_it_is_not_to_be(url: str, what: str) -> None:
    post = Interrupted()
    office = Office(url, post=post, procedures=[HOLDING], hands=1)
    office.open(4)

    def meanwhile() -> None:
        for n in range(1, 4):
            if what == "withdrawn":
                office.runner.apply(f"c{n:04}", Withdrawn(reason="by mistake", by=OFFICER))
            elif what == "confirmed":
                told = Acknowledged(message=office.row(f"c{n:04}").id, by=PLATFORM)
                office.runner.apply(f"c{n:04}", told)
            else:
                held(office.runner, START + 9 * HOUR, f"c{n:04}")

    post.meanwhile = meanwhile
    done = office.runner.deliver()
    assert (done.sent, done.retried, done.failed, len(done.messages)) == (1, 3 * (what == "held"), 0, 4)
    assert post.taken == [office.row().id]
    office.clock.set(START + 9 * HOUR - timedelta(microseconds=1))
    assert office.runner.deliver().messages == ()
    office.clock.set(START + 9 * HOUR)
    assert office.runner.deliver().sent == 3 * (what == "held")
    assert {entry.event for entry in office.runner.journal("c0001")}.isdisjoint({"AttemptFailed", "Unsent"})
    for n in range(4):
        office.runner.verify(f"c{n:04}")
    office.runner.close()


@pytest.mark.parametrize("patience", [None, 7200.0])
def test_a_hold_that_comes_during_an_attempt_outlives_its_failure(url: str, patience: float | None) -> None:
    post = Interrupted(DeliveryError("451 try again later", retry_after=patience))
    office = Office(url, post=post, procedures=[HOLDING])
    office.open(1)
    post.meanwhile = lambda: held(office.runner, START + 90 * HOUR)
    assert office.runner.deliver().retried == 1
    entry = office.runner.journal("c0000")[-1]
    assert entry.event == "AttemptFailed"
    assert entry.doc["event"]["data"]["again"] == "2025-06-06T03:00:00.000000Z", "the journal says when it is tried"
    assert office.row().send_after == START + 90 * HOUR
    office.clock.set(START + 90 * HOUR - timedelta(microseconds=1))
    assert office.runner.deliver().messages == () and post.taken == []
    office.clock.set(START + 90 * HOUR)
    assert office.runner.deliver().sent == 1
    office.runner.verify("c0000")
    office.runner.close()


@pytest.mark.parametrize("seconds", [4, -4])
def test_a_hold_ends_by_the_stores_clock(url: str, seconds: int) -> None:
    office = Office(url, procedures=[HOLDING])
    store = Clocked(office.options["store"], office.clock)
    office.runner = Runner(**{**office.options, "store": store})
    office.open(1)
    held(office.runner, START + 9 * HOUR)
    store.off = timedelta(seconds=seconds)
    office.clock.set(START + 9 * HOUR - store.off - timedelta(microseconds=1))
    assert office.runner.deliver().messages == ()
    office.clock.advance(microseconds=1)
    done = office.runner.deliver()
    assert (done.sent, len(done.messages)) == (1, 1), "and not claimed again and again until ours agrees"
    office.runner.close()


def test_a_message_whose_clock_moved_with_a_hold_is_tried_until_that_clock_ends(url: str) -> None:
    office = Office(url, procedures=[HOLDING])
    office.post.wrong = {"a0": DeliveryError("busy")}
    office.open(1)
    held(office.runner, START + 23 * HOUR)
    office.clock.set(START + 23.9 * HOUR)  # until a minute ago it was to be confirmed by then
    for _ in range(8):
        assert office.runner.deliver().failed == 0
        office.clock.advance(minutes=40)
    office.post.wrong = {}
    office.clock.set(START + 46 * HOUR)
    assert office.runner.deliver().sent == 1
    assert office.runner.case("c0000").messages[0].status == "sent"
    office.runner.close()


def test_the_notifier_is_told_the_limit_that_a_message_has_now(url: str) -> None:
    seen: list[Outgoing] = []

    class Looks(Post):
        def send(self, message: Outgoing) -> None:
            seen.append(message)

    office = Office(url, post=Looks(), procedures=[HOLDING])
    office.open(1)
    held(office.runner, START + 23 * HOUR)
    office.clock.set(START + 23 * HOUR)
    office.runner.deliver()
    assert [m.expires for m in seen] == [START + 47 * HOUR]
    office.runner.close()


def desks(count: int) -> StaticDirectory:
    found = [PointOfContact(id=f"d{n}", rank=n, channels={"web": f"a{n}"}) for n in range(count)]
    return StaticDirectory([Provider(id="p0", contacts=found)])


@pytest.mark.parametrize("fact", ["in time", "taken back", "late"])
def test_who_is_told_that_silence_was_none_is_told_of_what(url: str, fact: str) -> None:
    seen: list[Outgoing] = []

    class Looks(Post):
        def send(self, message: Outgoing) -> None:
            seen.append(message)

    office = Office(url, post=Looks(), procedures=[HOLDING], directory=desks(2))
    office.open(1)
    office.runner.deliver()
    first = office.row().id
    office.clock.set(START + 25 * HOUR)
    office.runner.tick()
    office.runner.deliver()
    told = {
        "in time": Acknowledged(message=first, by=PLATFORM, at=START + HOUR),
        "taken back": Withdrawn(reason="by mistake", by=OFFICER, at=START + HOUR),
        "late": Acknowledged(message=first, by=PLATFORM),
    }[fact]
    office.runner.apply("c0000", told)
    office.runner.deliver()
    locators = [[c["locator"] for c in json.loads(m.data)["contents"]] for m in seen]
    rebuttals = 1 if fact != "late" else 0  # what came too late proves no alarm wrong
    assert [(m.template, m.contact) for m in seen[2:]] == [("rebuttal", "d1")] * rebuttals
    assert locators == [["https://t.me/x"]] * (2 + rebuttals)
    assert office.runner.reexamine("c0000") == ()
    office.runner.close()


def test_what_waits_for_a_worker_is_held_though_somebody_else_was_listed(url: str) -> None:
    office = Office(url, procedures=[HOLDING], directory=desks(1))
    office.open(1)
    office.clock.advance(hours=30)
    office.runner.tick()
    office.runner = Runner(**{**office.options, "directory": desks(2)})
    office.runner.tick()
    assert [m.contact for m in office.runner.case("c0000").messages] == ["d0", "d1"]
    held(office.runner, office.clock.now + 90 * HOUR)
    assert office.runner.deliver().messages == () and office.post.taken == []
    office.clock.advance(hours=90)
    assert office.runner.deliver().sent == 2
    office.runner.close()


def test_a_store_is_asked_before_a_confirmed_message_is_left_out(tmp_path: Path) -> None:
    """A row that is still in the outbox is sent, whatever became of its message: nobody has taken it out."""
    office = Office(f"sqlite:///{tmp_path / 'c.db'}", procedures=[HOLDING])
    office.open(1)
    office.runner.apply("c0000", Acknowledged(message=office.row().id, by=PLATFORM))
    with sqlite3.connect(tmp_path / "c.db") as other:
        other.execute("UPDATE sopflow_outbox SET status = 'queued', ready = send_after")
    other.close()
    assert office.runner.deliver().sent == 1
    office.runner.close()


@pytest.mark.parametrize("listed", [0, 1])
def test_what_nobody_was_left_for_goes_on_though_its_incident_was_resolved(url: str, listed: int) -> None:
    office = Office(url, procedures=[HOLDING], directory=desks(listed))
    office.open(2)
    office.runner.deliver()
    office.clock.advance(hours=30 * listed)
    office.runner.tick()
    kinds = {"no_contact"} if not listed else {"ladder_exhausted"}
    assert {i.kind for i in office.runner.incidents()} == kinds
    for incident in office.runner.incidents():
        office.runner.resolve(incident, by=OFFICER, note="have asked for another contact")
    assert office.runner.incidents() == (), "a person has settled it"
    waiting = office.runner.incidents(status="waiting")
    assert [i.case for i in waiting] == ["c0000", "c0001"]
    office.runner.apply("c0001", Withdrawn(reason="by mistake", by=OFFICER))
    office.clock.advance(days=1)
    office.runner.tick()
    assert [i.case for i in office.runner.incidents(status="waiting")] == ["c0000"], "the other is over"
    office.runner = Runner(**{**office.options, "directory": desks(listed + 1)})
    assert office.runner.tick().steps == 1
    assert [m.contact for m in office.runner.case("c0000").messages][-1] == f"d{listed}"
    assert office.runner.deliver().sent == 1
    office.clock.advance(hours=23)
    office.runner.tick()
    assert office.runner.incidents(status="waiting") == ()
    for case in ("c0000", "c0001"):
        office.runner.verify(case)
    office.runner.close()


def test_one_of_two_addressees_who_is_listed_takes_nothing_from_the_other(url: str) -> None:
    def listed(*parties: str) -> StaticDirectory:
        return StaticDirectory(
            [Provider(id=p, contacts=[PointOfContact(id=f"d-{p}", channels={"web": f"a-{p}"})]) for p in parties]
        )

    office = Office(url, procedures=[HOLDING], directory=listed())
    notice = Notice(contents=["https://t.me/x"], parties={"platform": ("p0", "p1")})
    office.runner.open(HOLDING.id, notice, by=OFFICER, case_id="c0000")
    for incident in office.runner.incidents():
        office.runner.resolve(incident, by=OFFICER, note="have asked")
    for parties in (("p1",), ("p1", "p0")):
        office.runner = Runner(**{**office.options, "directory": listed(*parties)})
        office.runner.tick()
        office.runner.deliver()
    assert office.post.taken == [m.id for m in office.runner.case("c0000").messages if m.contact]
    assert len(office.post.taken) == 2
    office.runner.close()
