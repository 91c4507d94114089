"""Accreditation of flaggers: the acts of it, and what each makes of a flagger's entry in the directory. Pure.

Who may accredit, and on which conditions, is the procedure's business (see `sopflow.catalogue`); here is only what is
entered where. Reasons are free text: the journals keep their digests, the directory the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, final

import attrs
from attrs import field, frozen

from . import canon
from .case import Case
from .days import end_of_day
from .directory import Flagger, Organisation, Suspension, Warned, _lane
from .errors import BadInput
from .events import Act, Fact, mandatory
from .records import personal
from .step import Step
from .terms import zone

ROLE = "flagger"  # whose accreditation it is: the one party of the case in this role


def _strings(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _zone(instance: Any, attribute: Any, value: str) -> None:
    try:
        zone(value)
    except BadInput as error:
        raise BadInput(f"{type(instance).__name__}.zone", value, error.remedy) from None


def _day(instance: Any, attribute: Any, value: object) -> None:
    if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
        what = f"{type(instance).__name__}.{attribute.name}"
        raise BadInput(what, value, "use a day, date(2026, 12, 31): it is one of `zone`")


@final
@frozen(kw_only=True, repr=False, slots=False)
class Assessed(Act):
    """The application was examined against the conditions.

    Attributes:
        finding: What was found, in words.
    """

    finding: str = mandatory(personal=True)


@final
@frozen(kw_only=True, repr=False, slots=False)
class AccreditationAwarded(Act):
    """The entity is accredited. A later award takes the place of an earlier one: its scope, lane and period.

    Attributes:
        categories, jurisdictions, providers: For what; an empty one sets no limit.
        lane: Its place in queues: a higher one is worked first, 0 is the ordinary queue.
        since: The first day; the day of the award when left out.
        until: The last day; None where no end is set.
        zone: IANA time zone of these days.
    """

    categories: tuple[str, ...] = field(default=(), converter=_strings)
    jurisdictions: tuple[str, ...] = field(default=(), converter=_strings)
    providers: tuple[str, ...] = field(default=(), converter=_strings)
    lane: int = field(default=1, validator=_lane)
    since: date | None = field(default=None, validator=_day)
    until: date | None = field(default=None, validator=_day)
    zone: str = field(default="UTC", validator=_zone)

    @property
    def due(self) -> datetime | None:
        """The end of the last day."""
        return None if self.until is None else end_of_day(self.until, self.zone)

    def of(self) -> str:
        """Return "for_a_period" or "open_ended"."""
        return "open_ended" if self.until is None else "for_a_period"


@final
@frozen(kw_only=True, repr=False, slots=False)
class FlaggerWarned(Act):
    """The flagger is warned; its accreditation stands."""

    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True, repr=False, slots=False)
class AccreditationSuspended(Act):
    """The accreditation rests.

    Attributes:
        reason: Why, in words.
        until: The last day; None until it is reinstated or revoked.
        zone: IANA time zone of that day: the one of the award.
    """

    reason: str = mandatory(personal=True)
    until: date | None = field(default=None, validator=_day)
    zone: str = field(default="UTC", validator=_zone)

    @property
    def due(self) -> datetime | None:
        """The end of the last day."""
        return None if self.until is None else end_of_day(self.until, self.zone)

    def of(self) -> str:
        """Return "for_a_period" or "open_ended"."""
        return "open_ended" if self.until is None else "for_a_period"


@final
@frozen(kw_only=True, repr=False, slots=False)
class AccreditationReinstated(Act):
    """The accreditation does not rest any more."""

    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True, repr=False, slots=False)
class AccreditationRevoked(Act):
    """The accreditation is taken away."""

    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True, repr=False, slots=False)
class AccreditationGivenUp(Fact):
    """The flagger gives its accreditation up, or its application."""

    reason: str = personal(default="")


_ENTERED = (
    AccreditationAwarded, FlaggerWarned, AccreditationSuspended, AccreditationReinstated, AccreditationRevoked,
    AccreditationGivenUp,
)  # fmt: skip
_NAMES = frozenset(e.name for e in _ENTERED)


def concerns(step: Step) -> str:
    """Return the id of the flagger whose entry in the directory a step changes, or "".

    Raises:
        BadInput: If the case does not name exactly one: the act is refused.
    """
    if step.entry.event not in _NAMES or step.entry.irregular:
        return ""
    ids = step.case.parties.get(ROLE, ())
    if len(ids) != 1:
        if step.entry.event == AccreditationGivenUp.name:  # a fact, which is recorded whatever it says
            return ""
        raise BadInput(f"parties.{ROLE}", ", ".join(ids), "name the one organisation whose accreditation it is")
    return ids[0]


def held_by(case: Case) -> bool:
    """Return whether an accreditation was awarded in a case."""
    return any(h.event == AccreditationAwarded.name for h in case.happenings)


def after(step: Step, present: Organisation | None) -> Organisation | None:
    """Return what the directory is to hold of the flagger after a step that `concerns` one.

    A host whose directory is not in the store calls it in a participant.

    Args:
        step: What was decided; with its side row, where the reasons are.
        present: What the directory holds now; None where the flagger is not listed.

    Raises:
        BadInput: If that is no flagger, or not listed, so that there is nothing to warn, suspend or reinstate; if an
            award would end a suspension: the act is refused.
    """
    id, name, data = concerns(step), step.entry.event, step.entry.doc["event"].get("data", {})
    if name == AccreditationGivenUp.name and not (isinstance(present, Flagger) and held_by(step.case)):
        return present  # an application was given up: what another case awarded stands
    if present is not None and not isinstance(present, Flagger):
        raise BadInput("flagger", id, f"list it under another id: {id} is a {type(present).__name__.lower()}")
    if name == AccreditationAwarded.name:
        return _awarded(step, data, present or Flagger(id=id))
    if present is None:
        if name == AccreditationRevoked.name:
            return None
        raise BadInput("flagger", id, "list it in the directory first: there is no entry to change")
    day = present.day(canon.parse_instant(step.entry.doc["at"]))
    reason = str(step.side.values.get("reason", ""))
    if name == FlaggerWarned.name:
        return attrs.evolve(present, warnings=(*present.warnings, Warned(on=day, reason=reason)))
    if name == AccreditationSuspended.name:
        if "until" in data and data["zone"] != present.zone:
            raise BadInput("AccreditationSuspended.zone", data["zone"], f"use the flagger's own: {present.zone}")
        return attrs.evolve(present, suspension=Suspension(since=day, until=_read(data, "until"), reason=reason))
    if name == AccreditationReinstated.name:
        return attrs.evolve(present, suspension=None)
    return attrs.evolve(present, trusted=False, suspension=None)


def _awarded(step: Step, data: Any, present: Flagger) -> Flagger:
    if present.resting(canon.parse_instant(step.entry.doc["at"])):  # by another case, or by hand
        raise BadInput("flagger", present.id, "end its suspension first, where it was suspended: an award does not")
    zone_name = data.get("zone", "UTC")
    there = attrs.evolve(present, zone=zone_name)
    return attrs.evolve(
        there, trusted=True, suspension=None, lane=data.get("lane", 0), until=_read(data, "until"),
        since=_read(data, "since") or there.day(canon.parse_instant(step.entry.doc["at"])),
        categories=data.get("categories", ()), jurisdictions=data.get("jurisdictions", ()),
        providers=data.get("providers", ()),
    )  # fmt: skip


def _read(data: Any, name: str) -> date | None:
    return date.fromisoformat(data[name]) if name in data else None
