"""How often a flagger was right: what became of the contents that it reported, as the journals prove it.

Each journal is replayed, and what counts is how a content stands now: a fact learnt late and a correction change the
count as if they had been known from the beginning. Nothing here judges; a number is no finding about anybody.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, final

import attrs
from attrs import Factory, field, frozen

from .. import canon, clocks
from ..case import Case, Content, Outcome
from ..events import SHARED, InstrumentReceived, Opened, Rejected
from ..journal import replay
from ..procedure import Procedure
from ..step import Entry

_UPHELD = (Outcome.REMOVED, Outcome.DISABLED)
_MOOT = (Outcome.NOT_FOUND, Outcome.IMPOSSIBLE)


@final
@frozen(kw_only=True, slots=False)
class Tally:
    """Contents, counted by what became of them.

    Attributes:
        upheld: Removed or disabled, and still so.
        refused: Not acted on, with reasons.
        reversed: Acted on, and then restored, refused after all, or found by a competent body not to have been due.
        pending: Not decided.
        moot: Gone before anybody decided, impossible to act on, or no longer asked for: says nothing about the report.
    """

    upheld: int = 0
    refused: int = 0
    reversed: int = 0
    pending: int = 0
    moot: int = 0

    @property
    def reported(self) -> int:
        """All contents."""
        return self.decided + self.pending + self.moot

    @property
    def decided(self) -> int:
        """Contents on which a decision stands: upheld, refused and reversed."""
        return self.upheld + self.refused + self.reversed

    @property
    def accuracy(self) -> float | None:
        """The share of the decided contents that was upheld, 0 to 1; None where none was decided."""
        return self.upheld / self.decided if self.decided else None

    def __add__(self, other: Tally) -> Tally:
        """Return the sum."""
        mine, theirs = attrs.asdict(self), attrs.asdict(other)
        return Tally(**{name: mine[name] + theirs[name] for name in mine})


@final
@frozen(kw_only=True, slots=False)
class Accuracy:
    """How often a flagger was right.

    Attributes:
        flagger: Whose reports.
        since, until: Of which time: handed in at or after the one, before the other; None where open.
        total: All contents.
        categories: The same by the category that the report names; "" where it names none.
    """

    flagger: str
    since: datetime | None = field(default=None)
    until: datetime | None = field(default=None)
    total: Tally = Tally()
    categories: Mapping[str, Tally] = Factory(dict)

    def __add__(self, other: Accuracy) -> Accuracy:
        """Return the sum of two counts of the same flagger and time."""
        names = sorted({*self.categories, *other.categories})
        sums = {n: self.categories.get(n, Tally()) + other.categories.get(n, Tally()) for n in names}
        return attrs.evolve(self, total=self.total + other.total, categories=sums)


def accuracy(
    journals: Iterable[Sequence[Entry]], flagger: str, *, since: datetime | None = None, until: datetime | None = None,
    procedures: Iterable[Procedure] = (),
) -> Accuracy:  # fmt: skip
    """Return how often a flagger was right.

    A content counts once for each case in which the flagger reported it, whoever else did.

    Args:
        journals: Of any cases, each from the first entry on; those of other senders count nothing.
        flagger: Its id in the directory, or the pseudonymous id of an actor.
        since: Only what was handed in at this instant or later, with a time zone.
        until: Only what was handed in before this instant.
        procedures: The rulebooks of the journals, as far as they are not those of the catalogue: which event of theirs
            voids an order is read there.

    Raises:
        BadInput: For an instant without a time zone.
    """
    since = canon.utc(since, "since") if since is not None else None
    until = canon.utc(until, "until") if until is not None else None
    found = Accuracy(flagger=flagger, since=since, until=until)
    own: dict[str, list[Procedure]] = {}
    for p in procedures:
        own.setdefault(p.id, []).append(p)
    for entries in journals:
        if entries:
            case = replay(entries)
            found += _of_case(entries, case, found, _voiding(case.procedure, own.get(case.procedure, ())))
    return found


def _voiding(id: str, rules: Sequence[Procedure]) -> frozenset[tuple[str, str]]:
    """Return the events, with what they concern, by which an order of a procedure loses its effect."""
    from .. import catalogue  # a program that asks for no accuracy need not load it

    if not rules and id in catalogue.names():
        rules = catalogue.versions(id)
    events = [*SHARED, *(event for p in rules for event in p.events.values())]
    return frozenset((event.name, of) for event in events for of in event.voids)


def _of_case(entries: Sequence[Entry], case: Case, asked: Accuracy, voiding: Container[tuple[str, str]]) -> Accuracy:
    stands = _rejected(entries, case)
    counts: dict[str, Tally] = {}
    for content in case.contents:
        entry = entries[max(content.seq, 1) - 1]
        at = _handed_in(case, entry)
        inside = (asked.since is None or at >= asked.since) and (asked.until is None or at < asked.until)
        if inside and asked.flagger in _senders(entry):
            category = next((i.category for i in case.instruments if i.seq == entry.seq), "") or case.category
            one = Tally(**{_became(case, content, stands, voiding): 1})
            counts[category] = counts.get(category, Tally()) + one
    total = sum(counts.values(), Tally())
    return Accuracy(flagger=asked.flagger, since=asked.since, until=asked.until, total=total, categories=counts)


def _senders(entry: Entry) -> tuple[str, ...]:
    """Return by which ids the sender of an instrument is known."""
    listed = entry.doc["effects"].get("case", {}).get("flagger", "")
    by: Mapping[str, Any] = entry.doc["by"]
    return (listed, by.get("organisation", ""), by["id"])


def _handed_in(case: Case, entry: Entry) -> datetime:
    """Return when an instrument was handed in, as is known now."""
    names = (Opened.name, InstrumentReceived.name)
    corrected = (h.at for h in case.happenings if h.seq == entry.seq and h.event in names)
    return next(corrected, None) or canon.parse_instant(entry.doc["at"])


def _rejected(entries: Sequence[Entry], case: Case) -> bool:
    """Return whether the case stands where our own side's refusal of the report brought it."""
    last = next((e for e in reversed(entries) if e.doc["target"] != e.doc["source"]), None)
    return last is not None and last.event == Rejected.name and last.doc["target"] == case.state


def _became(case: Case, content: Content, rejected: bool, voiding: Container[tuple[str, str]]) -> str:
    """Return how a content counts: by all that happened to it, in the order in which that happened."""
    found, acted = "pending", False
    told = [(h, (h.contents or {}).get(content.id, "")) for h in case.happenings]
    for h, outcome in sorted(told, key=clocks.course):
        concerned = h.contents is None or content.id in h.contents
        if outcome in _UPHELD:
            found, acted = "upheld", True
        elif outcome == Outcome.RESTORED:
            found = "reversed"
        elif outcome == Outcome.REFUSED:
            found = "reversed" if acted else "refused"
        elif outcome in _MOOT and not acted and found != "refused":
            found = "moot"
        elif outcome in (Outcome.PENDING, Outcome.CLARIFYING) and not acted:
            found = "pending"
        elif concerned and acted and (h.event, h.of) in voiding:
            found = "reversed"
    if found == "pending" and rejected:
        return "refused"
    return "moot" if found == "pending" and case.final else found
