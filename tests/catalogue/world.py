"""A small world for walking the catalogue's procedures: one runner, one clock, one post box."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sopflow import Outgoing, PointOfContact, Provider, Receipt, Runner, StaticDirectory, catalogue
from sopflow.stores import open_store
from sopflow.testing.clock import Clock
from sopflow.testing.scenario import Scenario


def z(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(desk: Scenario, name: str) -> datetime | None:
    """Return when a deadline that must be there falls due."""
    deadline = desk.case.deadline(name)
    assert deadline is not None, f"no {name} among {[d.id for d in desk.case.deadlines]}"
    return deadline.due


class Post:
    """Takes every message; refuses those for the contacts named in `unreachable`."""

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []

    def send(self, message: Outgoing) -> Receipt | None:
        self.taken.append(message)
        return None

    def last(self, template: str) -> Outgoing:
        return [m for m in self.taken if m.template == template][-1]


class World:
    """A runner over every procedure of the catalogue, and what surrounds it."""

    def __init__(self, start: datetime, acting_as: str, parties: dict[str, list[str]], **options: Any) -> None:
        self.clock = Clock(start)
        self.post = Post()
        organisations = [
            Provider(
                id=party,
                contacts=[
                    PointOfContact(id=f"{party}-{n}", channels={channel: f"{party}-{n}@example.org"}, rank=n)
                    for n, channel in enumerate(channels)
                ],
            )
            for party, channels in parties.items()
        ]
        ids = iter(f"case-{n}" for n in range(1, 1000))
        self.runner = Runner(
            store=open_store(options.pop("store", "memory:")),
            procedures=[catalogue.find(name) for name in catalogue.names()],
            acting_as=acting_as,
            directory=StaticDirectory(organisations),
            notifiers=dict.fromkeys(("email", "chat", "phone"), self.post),
            clock=self.clock,
            new_id=lambda: next(ids),
            **options,
        )

    def run_until(self, until: datetime, hours: int = 1) -> None:
        """Tick and deliver every few hours until an instant."""
        while self.clock.now < until:
            self.runner.tick()
            self.runner.deliver()
            self.clock.advance(hours=hours)
        self.clock.set(until)
        self.runner.tick()
        self.runner.deliver()

    def incidents(self) -> list[str]:
        return [i.kind for i in self.runner.incidents()]
