"""Slow, silent and full endpoints: they keep nobody else waiting, they are left to rest, and no message is lost on them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from sopflow import (
    Actor,
    AsyncRunner,
    DeliveryError,
    Notice,
    Outgoing,
    PointOfContact,
    Procedure,
    Provider,
    Runner,
    StaticDirectory,
)
from sopflow._endpoints import Breaker, Lanes
from sopflow.core import retry
from sopflow.events import Opened
from sopflow.ports import Delivery
from sopflow.rules import STAY, Basis, Role, Send, Source, State, Template, Transition
from sopflow.stores import open_store
from sopflow.terms import Hours
from sopflow.testing.clock import Clock

START = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
OFFICER = Actor("officer", {"authority"}, "ministry")
B = Basis("made up", "tests", "I")

RULES = Procedure(
    id="test.post", version="1", title="A post office", acting="authority",
    roles=[Role(name=n, basis=B) for n in ("authority", "platform")],
    opened_by="authority", initial="sent",
    states=[State(name="sent", phase="notice", basis=B)],
    transitions=[
        Transition(on=Opened, source="sent", target=STAY, by="authority", basis=B,
                   sends=Send(template="order", to="platform", sender="authority", ack_within=Hours(24))),
    ],
    templates=[Template("order", "Order $case", "Please act.")],
    sources=[Source("tests", "these tests")],
)  # fmt: skip


class Post:
    """Takes messages; an address may hang, or raise."""

    def __init__(self, nap: float = 0.0) -> None:
        self.taken: list[str] = []
        self.tried: Counter[str] = Counter()
        self.at_once: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.wrong: dict[str, Exception] = {}
        self.hangs: set[str] = set()
        self.nap = nap
        self.released = threading.Event()
        self.lock = threading.Lock()

    def send(self, message: Outgoing) -> None:
        with self.lock:
            self.tried[message.address] += 1
            for key in ("all", message.address):
                self.at_once[key] += 1
                self.most[key] = max(self.most[key], self.at_once[key])
        try:
            time.sleep(self.nap)
            if message.address in self.hangs:
                self.released.wait(10)
                raise DeliveryError("the endpoint does not answer in time")
            if message.address in self.wrong:
                raise self.wrong[message.address]
            with self.lock:
                self.taken.append(message.id)
        finally:
            with self.lock:
                self.at_once.subtract(("all", message.address))


class Office:
    def __init__(self, url: str, endpoints: int = 1, post: Any = None, **options: Any) -> None:
        self.post: Any = post or Post()
        self.clock = Clock(START)
        self.options: dict[str, Any] = {
            "store": open_store(url), "procedures": [RULES], "acting_as": "authority", "clock": self.clock,
            "directory": StaticDirectory(
                [Provider(id=f"p{n}", contacts=[PointOfContact(id=f"d{n}", channels={"web": f"a{n}"})]) for n in range(endpoints)]
            ),
            "notifiers": {"web": self.post}, **options,
        }  # fmt: skip
        self.runner = Runner(**self.options)
        self.endpoints = endpoints

    def open(self, count: int, start: int = 0) -> None:
        for n in range(start, start + count):
            instrument = Notice(contents=["https://t.me/x"], parties={"platform": f"p{n % self.endpoints}"})
            self.runner.open(RULES.id, instrument, by=OFFICER, case_id=f"c{n:04}")

    def rows(self, case: str = "c0000") -> list[tuple[Outgoing, str]]:
        with self.runner.store.session(read=True) as session:
            return list(session.outbox("default", case))

    def row(self, case: str = "c0000") -> Outgoing:
        return self.rows(case)[0][0]


def deliver(office: Office, colour: str, **more: Any) -> Delivery:
    """Deliver by a runner of this colour."""
    if colour == "sync":
        return office.runner.deliver(**more)
    runner = AsyncRunner(**office.options)

    async def main() -> Delivery:
        return await runner.deliver(**more)

    return asyncio.run(main()) if colour == "asyncio" else trio.run(main)


COLOURS = ["sync", "asyncio", "trio"]


@pytest.fixture(params=["memory", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'c.db'}"


@pytest.fixture
def office(url: str) -> Iterator[Office]:
    found = Office(url)
    yield found
    found.runner.close()


# --- one call of deliver -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_one_call_sends_everything_that_is_ready_a_few_at_a_time(url: str, colour: str, limit: int) -> None:
    office = Office(url, 5)
    office.open(23)
    done = deliver(office, colour, limit=limit)
    assert (done.sent, done.retried, done.failed) == (23, 0, 0)
    assert sorted(office.post.taken) == sorted(done.messages) and len(set(done.messages)) == 23


@pytest.mark.parametrize("colour", COLOURS)
def test_no_more_messages_are_claimed_than_asked_for(url: str, colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held, most = 0, 0
    post = Post(0.002)
    office = Office(url, 5, post)
    office.open(40)
    session_type: Any = None
    with office.runner.store.session(read=True) as session:
        session_type = type(session)
    claim, again = session_type.claim, post.send

    def counted(self: Any, tenant: str, now: Any, until: Any, limit: int) -> Any:
        nonlocal held, most
        rows = claim(self, tenant, now, until, limit)
        held += 0 if until is None else len(rows)  # without a lease it only looks
        most = max(most, held)
        return rows

    def sent(message: Outgoing) -> None:
        nonlocal held
        again(message)
        with post.lock:
            held -= 1

    monkeypatch.setattr(session_type, "claim", counted)
    post.send = sent  # type: ignore[method-assign]
    assert deliver(office, colour, limit=10).sent == 40
    assert most <= 10


def test_what_is_queued_meanwhile_is_left_to_the_next_call(office: Office) -> None:
    """Or a busy system would never come back from `deliver`, and its clocks would not be looked at."""
    send, more = office.post.send, iter(range(100, 120))

    def busy(message: Outgoing) -> None:
        send(message)
        office.clock.advance(seconds=1)
        office.open(1, next(more))

    office.post.send = busy
    office.runner = Runner(**{**office.options, "notifiers": {"web": office.post}, "hands": 1})
    office.open(3)
    assert office.runner.deliver(limit=2).sent == 3
    assert office.runner.deliver(limit=2).sent == 3


@pytest.mark.parametrize("colour", COLOURS)
def test_no_more_are_on_their_way_than_hands_nor_than_one_endpoint_may_have(url: str, colour: str) -> None:
    post = Post(0.05)
    office = Office(url, 3, post, hands=5, per_endpoint=2)
    office.open(30)
    assert deliver(office, colour).sent == 30
    assert post.most["all"] <= 5 and max(post.most[f"a{n}"] for n in range(3)) == 2


@pytest.mark.parametrize("colour", COLOURS)
def test_endpoints_that_hang_keep_nobody_waiting(url: str, colour: str) -> None:
    post = Post()
    office = Office(url, 10, post, hands=8, per_endpoint=2)
    post.hangs = {"a0", "a1", "a2"}
    office.open(100)
    result: list[Delivery] = []
    thread = threading.Thread(target=lambda: result.append(deliver(office, colour, limit=50)))
    thread.start()
    ends = time.monotonic() + 8
    while len(post.taken) < 70 and time.monotonic() < ends:
        time.sleep(0.01)
    assert len(post.taken) == 70, "all that could be sent was sent while the silent ones were still silent"
    assert post.at_once["all"] == 6
    post.released.set()
    thread.join(10)
    assert (result[0].sent, result[0].retried) == (70, 30)
    assert all(3 <= post.tried[f"a{n}"] <= 4 for n in range(3)), "after three failures they are left to rest"


@pytest.mark.parametrize("colour", ["asyncio", "trio"])
def test_hanging_notifiers_do_not_use_up_the_threads_of_the_event_loop(tmp_path: Path, colour: str) -> None:
    """The store needs them; asyncio has six on a machine of two cores, trio has forty."""
    post = Post()
    office = Office(f"sqlite:///{tmp_path / 'c.db'}", 50, post, hands=50)
    post.hangs = {f"a{n}" for n in range(49)}
    office.open(50)
    thread = threading.Thread(target=deliver, args=(office, colour))
    thread.start()
    ends = time.monotonic() + 8
    while not (len(post.taken) == 1 and office.rows("c0049")[0][1] == "sent") and time.monotonic() < ends:
        time.sleep(0.01)
    recorded = office.rows("c0049")[0][1]
    post.released.set()
    thread.join(10)
    assert recorded == "sent"


def test_a_notifier_says_which_addresses_are_one_endpoint(url: str) -> None:
    class Server(Post):
        def endpoint(self, message: Outgoing) -> str:
            return "the one server"

    post = Server(0.01)
    office = Office(url, 10, post, hands=8, per_endpoint=2)
    office.open(20)
    assert office.runner.deliver().sent == 20 and post.most["all"] == 2


def test_a_notifier_that_cannot_say_it_loses_nothing(url: str) -> None:
    class Broken(Post):
        def endpoint(self, message: Outgoing) -> str:
            raise RuntimeError("jane@px.example")

    office = Office(url, 3, Broken())
    office.open(6)
    assert office.runner.deliver().sent == 6


# --- rest ----------------------------------------------------------------------------------------------------------


def test_a_silent_endpoint_rests_and_its_messages_lose_no_attempt(url: str) -> None:
    office = Office(url, 1, hands=1)
    office.post.wrong = {"a0": DeliveryError("no answer")}
    office.open(6)
    assert office.runner.deliver().retried == 6
    assert office.post.tried["a0"] == 3
    assert [office.row(f"c000{n}").attempts for n in range(6)] == [1, 1, 1, 0, 0, 0]
    assert {office.row(f"c000{n}").send_after for n in (3, 4, 5)} == {START + timedelta(seconds=30)}


def test_after_the_rest_one_message_finds_out_and_then_all_go(url: str) -> None:
    office = Office(url, 1, hands=1)
    office.post.wrong = {"a0": DeliveryError("no answer")}
    office.open(6)
    office.runner.deliver()
    office.clock.advance(seconds=30)
    office.runner.deliver()
    assert office.post.tried["a0"] == 4, "one alone finds out"
    office.post.wrong = {}
    office.clock.advance(seconds=61)  # the second rest was twice as long
    assert office.runner.deliver().sent == 6
    assert [status for n in range(6) for _, status in office.rows(f"c000{n}")] == ["sent"] * 6


def test_another_endpoint_is_not_held_up_by_the_rest_of_one(url: str) -> None:
    office = Office(url, 2, hands=1)
    office.post.wrong = {"a0": DeliveryError("no answer")}
    office.open(12)
    done = office.runner.deliver()
    assert (done.sent, done.retried, office.post.tried["a0"]) == (6, 6, 3)


def test_rest_never_makes_a_message_late(url: str) -> None:
    """Each has a limit, after which silence climbs: what would rest beyond it is tried, and may climb at once."""
    office = Office(url, 1, hands=1)
    office.post.wrong = {"a0": DeliveryError("no answer")}
    office.open(4)
    office.runner.deliver()
    office.clock.set(START + timedelta(hours=24) - timedelta(seconds=10))
    office.runner._breaker.note("web:a0", office.clock.now, DeliveryError("no", retry_after=3600))
    office.runner.deliver()
    assert office.post.tried["a0"] == 3 + 4
    assert [m.status for n in range(4) for m in office.runner.case(f"c000{n}").messages] == ["unsent"] * 4
    assert {i.case for i in office.runner.incidents() if i.kind != "contact_bounced"} == {f"c000{n}" for n in range(4)}


def test_a_dead_endpoint_is_given_up_in_the_end_and_the_ladder_climbs(url: str) -> None:
    office = Office(url, 1, hands=1)
    office.post.wrong = {"a0": DeliveryError("no answer")}
    office.open(5)
    ends = START + timedelta(hours=26)
    while office.clock.now < ends:
        office.runner.deliver()
        office.runner.tick()
        office.clock.advance(seconds=97)
    assert {status for n in range(5) for _, status in office.rows(f"c000{n}")} <= {"unsent", "cancelled"}
    assert {i.case for i in office.runner.incidents() if i.kind != "contact_bounced"} == {f"c000{n}" for n in range(5)}
    assert office.post.tried["a0"] <= 5 * 12


def test_a_permanent_failure_says_nothing_about_the_endpoint(url: str) -> None:
    office = Office(url, 1, hands=1)
    office.post.wrong = {"a0": DeliveryError("gone", permanent=True)}
    office.open(6)
    assert office.runner.deliver().failed == 6 and office.post.tried["a0"] == 6


# --- patience ------------------------------------------------------------------------------------------------------


def test_an_endpoint_that_asks_for_patience_gets_it(url: str) -> None:
    office = Office(url, 1, hands=1)
    office.post.wrong = {"a0": DeliveryError("429", retry_after=600)}
    office.open(3)
    assert office.runner.deliver().retried == 3
    assert office.post.tried["a0"] == 1, "the others wait too, without having asked"
    assert START + timedelta(seconds=600) <= office.row().send_after <= START + timedelta(seconds=900)
    assert [office.row(f"c000{n}").attempts for n in range(3)] == [1, 0, 0]
    office.post.wrong = {}
    office.clock.advance(seconds=599)
    assert office.runner.deliver().messages == ()
    office.clock.advance(seconds=302)
    assert office.runner.deliver().sent == 3


def test_patience_beyond_the_messages_own_limit_climbs_at_once(url: str) -> None:
    office = Office(url, 1, hands=1)
    office.post.wrong = {"a0": DeliveryError("429", retry_after=86400)}
    office.open(1)
    assert office.runner.deliver().failed == 1
    assert office.runner.case("c0000").messages[0].status == "unsent"


ROW = Outgoing(id="m", tenant="t", case="c", channel="web", send_after=START)


@given(
    attempts=st.integers(0, 10), spread=st.floats(0, 1), after=st.floats(0, 10**12),
    lives=st.none() | st.integers(1, 10**6),
)  # fmt: skip
def test_a_retry_is_neither_too_early_nor_too_late(
    attempts: int, spread: float, after: float, lives: int | None
) -> None:
    expires = START + timedelta(seconds=lives) if lives is not None else None
    again = retry(attrs.evolve(ROW, attempts=attempts, expires=expires), START, spread, after)
    if again is None:
        assert expires is not None
        return
    assert START + timedelta(seconds=min(after, 86400)) <= again <= START + timedelta(days=1.5)
    assert again >= START + timedelta(seconds=30) and (expires is None or again <= expires)


# --- the two classes by themselves ---------------------------------------------------------------------------------


def test_a_breaker_opens_once_doubles_its_rest_and_forgets_on_success() -> None:
    breaker, silent = (
        Breaker(failures=2, rest=timedelta(seconds=10), longest=timedelta(seconds=25)),
        DeliveryError("no"),
    )

    def at(seconds: int) -> datetime:
        return START + timedelta(seconds=seconds)

    breaker.note("e", at(0), silent)
    assert breaker.resting("e", at(0)) is None
    for _ in range(3):  # two of them were still on their way when the rest began
        breaker.note("e", at(1), silent)
    assert breaker.resting("e", at(5)) == at(11) and breaker.resting("other", at(5)) is None
    assert breaker.resting("e", at(11)) is None and breaker.resting("e", at(12)) == at(21)
    breaker.note("e", at(13), silent)
    assert breaker.resting("e", at(14)) == at(33)
    assert breaker.resting("e", at(33)) is None
    breaker.note("e", at(34), silent)
    assert breaker.resting("e", at(35)) == at(59), "no rest is longer than the longest"
    assert breaker.resting("e", at(59)) is None
    breaker.note("e", at(60))
    assert breaker.resting("e", at(60)) is None
    breaker.note("e", at(61), silent)
    assert breaker.resting("e", at(61)) is None, "it starts from nothing again"


def test_recipients_who_are_not_taken_now_say_that_the_server_is_well() -> None:
    breaker, busy = Breaker(), DeliveryError("the recipient is greylisted", answered=True)
    for _ in range(20):
        breaker.note("e", START, busy)
    assert breaker.resting("e", START) is None
    breaker.note("e", START, DeliveryError("slow down", answered=True, retry_after=60))
    assert breaker.resting("e", START) == START + timedelta(seconds=60), "who asks for patience gets it"


def test_a_success_between_failures_starts_the_count_again() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.note("e", START, DeliveryError("no"))
        breaker.note("e", START, DeliveryError("no"))
        breaker.note("e", START)
    assert breaker.resting("e", START) is None


def test_a_probe_that_never_reports_is_followed_by_another() -> None:
    breaker = Breaker(failures=1, rest=timedelta(seconds=10))
    breaker.note("e", START, DeliveryError("no"))
    assert breaker.resting("e", START + timedelta(seconds=10)) is None
    assert breaker.resting("e", START + timedelta(seconds=20)) is None


def test_a_breaker_remembers_a_bounded_number_of_endpoints() -> None:
    breaker = Breaker(failures=1)
    for n in range(10_050):
        breaker.note(f"e{n}", START, DeliveryError("no"))
    assert len(breaker._troubles) == 10_000 and breaker.resting("e10049", START) is not None


@given(st.lists(st.integers(0, 4)), st.integers(1, 3), st.integers(1, 5), st.randoms())
def test_lanes_give_each_item_once_in_order_and_never_too_many(
    items: Sequence[int], width: int, hands: int, random: Any
) -> None:
    lanes: Lanes[tuple[int, int]] = Lanes(lambda item: item[0] or None, width)  # lane 0 is none
    lanes.add((lane, n) for n, lane in enumerate(items))
    assert lanes.held == len(items)
    busy: list[tuple[Any, tuple[int, int]]] = []
    seen: list[tuple[int, int]] = []
    while lanes.held:
        while len(busy) < hands and (taken := lanes.take()) is not None:
            busy.append(taken)
            seen.append(taken[1])
            counts = Counter(lane for lane, _ in busy if lane is not None)
            assert all(count <= width for count in counts.values())
        assert busy, "while anything waits, somebody is at work"
        lanes.done(busy.pop(random.randrange(len(busy)))[0])
    assert sorted(n for _, n in seen) == list(range(len(items)))
    for lane in set(items):
        order = [n for found, n in seen if found == lane]
        assert order == sorted(order)
