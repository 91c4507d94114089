"""An authority and a platform with a channel between them that loses, doubles, delays and reorders, on simulated time."""

from __future__ import annotations

import hashlib
import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from attrs import frozen

from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    Case,
    DeliveryError,
    EffectGiven,
    Event,
    Inbound,
    Issued,
    Notice,
    Outgoing,
    PointOfContact,
    Provider,
    Receipt,
    Runner,
    StaticDirectory,
    Verified,
    catalogue,
)
from sopflow.stores import open_store
from sopflow.testing.clock import Clock

START = datetime(2017, 8, 14, 2, 0, tzinfo=UTC)  # Monday, 09:00 in Jakarta
OFFICER = Actor("officer-7", {"authority"}, "ministry")
SIGNER = Actor("signer-2", {"competent_agency"}, "agency")
PLATFORM = Actor("moderator-1", {"platform"}, "telegram")
RULES = catalogue.find("id.kominfo_telegram_2017")
STEP = timedelta(hours=2)


@frozen(kw_only=True)
class Weather:
    """What the network does to each item on its way, in either direction.

    Attributes:
        loss: How likely an item is lost: a mail without anybody's noticing, a request so that its sender sees no answer.
        double: How likely one that arrives arrives twice.
        delay: The longest that it takes, in hours; each takes its own time, so that items overtake each other.
    """

    loss: float
    double: float = 0.2
    delay: float = 12.0


class World:
    """Both sides and the channel. The platform answers every copy that it gets, and acts once."""

    def __init__(self, seed: int, weather: Weather, cases: int) -> None:
        self.chance = random.Random(seed)
        self.weather = weather
        self.clock = Clock(START)
        self.on_the_way: list[tuple[datetime, int, Callable[[], None]]] = []
        self.number = count()
        self.copies: Counter[str] = Counter()  # of each message, how many reached the platform
        self.answers: defaultdict[str, list[Inbound]] = defaultdict(list)  # by case, what the platform sent
        self.heard: set[str] = set()  # ids of the answers that reached the authority
        self.acted: dict[str, datetime] = {}
        ids, salts = count(1), count(1)
        contacts = [
            PointOfContact(id="desk", channels={"webhook": "https://telegram.example/in", "email": "a@t.example"}),
            PointOfContact(id="safety", channels={"email": "b@t.example"}, rank=1),
            PointOfContact(id="office", channels={"email": "c@t.example", "fax": "1"}, rank=2),
            PointOfContact(id="representative", channels={"email": "d@t.example", "fax": "2"}, rank=3),
        ]
        self.runner = Runner(
            store=open_store("memory:"),
            procedures=[RULES, catalogue.find("generic.network_block")],
            acting_as={"authority"},
            directory=StaticDirectory([Provider(id="telegram", contacts=contacts)]),
            notifiers={"webhook": self, "email": self, "fax": self},
            clock=self.clock,
            new_id=lambda: f"case-{next(ids)}",
            new_salt=lambda: hashlib.sha256(f"{seed}/{next(salts)}".encode()).digest()[:16],
            hands=1,
        )
        for n in range(cases):
            self._order(n)

    def _order(self, n: int) -> None:
        runner = self.runner
        notice = Notice(
            contents=[f"https://t.me/c{n}_{i}" for i in (1, 2)], parties={"platform": "telegram"},
            form={"reasons": "incitement"},
        )  # fmt: skip
        case = runner.open(RULES.id, notice, by=OFFICER)
        runner.apply(case.id, Verified(by=OFFICER))
        runner.apply(case.id, Approved(proposal=runner.proposal(case.id, Issued()), by=SIGNER))
        runner.apply(case.id, Issued(by=OFFICER))

    # --- the channel ---------------------------------------------------------------------------------------------

    def send(self, message: Outgoing) -> Receipt | None:
        """Take a message of the authority: the notifier of every channel."""
        lost = self.chance.random() < self.weather.loss
        if not lost:
            self._carry(lambda: self._arrived(message))
        if message.channel == "webhook":
            if lost or self.chance.random() < self.weather.loss:  # the request, or the answer to it
                raise DeliveryError("no answer in time")
            return Receipt(delivered=True)
        return None

    def _carry(self, arrive: Callable[[], None]) -> None:
        for _ in range(1 + (self.chance.random() < self.weather.double)):
            at = self.clock.now + timedelta(hours=self.chance.random() * self.weather.delay)
            heapq.heappush(self.on_the_way, (at, next(self.number), arrive))

    # --- the platform --------------------------------------------------------------------------------------------

    def _arrived(self, message: Outgoing) -> None:
        self.copies[message.id] += 1
        if message.template != "order":
            return
        self._answer(message.case, Acknowledged(message=message.id, by=PLATFORM, at=self.clock.now))
        acted = self.acted.setdefault(message.case, self.clock.now)
        self._answer(message.case, EffectGiven(outcomes={"c1": "removed", "c2": "disabled"}, by=PLATFORM, at=acted))

    def _answer(self, case: str, event: Event) -> None:
        item = Inbound(
            id=f"answer-{next(self.number)}", sender="telegram-desk", authenticated=True, case=case, event=event,
            received_at=None, raw=b"signed",
        )  # fmt: skip
        self.answers[case].append(item)
        if self.chance.random() >= self.weather.loss:
            self._carry(lambda: self._heard(item))

    def _heard(self, item: Inbound) -> None:
        self.heard.add(item.id)
        self.runner.receive(item)

    # --- time ----------------------------------------------------------------------------------------------------

    def run(self, days: int) -> None:
        """Let time pass: what arrives is taken in, clocks are worked and messages sent."""
        end = self.clock.now + timedelta(days=days)
        self._work()
        while self.clock.now < end:
            until = self.clock.now + STEP
            while self.on_the_way and self.on_the_way[0][0] <= until:
                at, _, arrive = heapq.heappop(self.on_the_way)
                self.clock.set(max(at, self.clock.now))
                arrive()
            self.clock.set(until)
            self._work()

    def _work(self) -> None:
        self.runner.tick(limit=20_000)
        self.runner.deliver(limit=20_000)

    # --- what became of it ---------------------------------------------------------------------------------------

    def cases(self) -> tuple[Case, ...]:
        """Return all cases."""
        return self.runner.find(limit=1_000_000)

    def confirmed(self, case: Case) -> bool:
        """Return whether receipt of the order is confirmed, or proved by what the platform did."""
        order = [d for d in case.deadlines if d.obligation == "receipt:order"]
        return any(d.standing == "met" for d in order)

    def reached(self, case: Case) -> bool:
        """Return whether a copy of the order came to the platform and an answer to it came back."""
        return any(item.id in self.heard for item in self.answers[case.id])

    def heads(self) -> dict[str, str]:
        """Return the hash of each journal's last entry: equal only where every entry is."""
        return {case.id: case.head for case in self.cases()}


def story(world: World, case: Case) -> str:
    """Return a journal as lines, for a failed assertion."""
    entries: Any = world.runner.journal(case.id)
    return "\n".join(f"{e.seq}. {e.doc['now'][:16]} {e.event} -> {e.doc['target']} {e.irregular}" for e in entries)
