"""Legal time: how long an obligation runs, computed from the event that starts it.

A term is a value. It computes instants from a start and, for business days, from a calendar that is handed in, so
the result can be frozen with the deadline. How each kind counts is written at its class; where a law leaves room, the
docstring says that it is our reading.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Protocol, final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen

from .errors import BadInput


@final
@frozen(kw_only=True, slots=False)
class Calendar:
    """The days on which offices are closed.

    Attributes:
        name: The name a procedure uses, e.g. "US-federal".
        version: Where the data come from, e.g. "holidays 0.109".
        digest: SHA-256 of the data, frozen with every deadline computed from it.
        first, last: The first and last year with data.
        weekend: Weekday numbers, Monday is 0.
        holidays: The dates.
    """

    name: str
    version: str
    digest: str
    first: int
    last: int
    weekend: frozenset[int] = frozenset((5, 6))
    holidays: frozenset[date] = field(repr=False)

    def is_business_day(self, day: date) -> bool:
        """Return whether offices are open on `day`.

        Raises:
            BadInput: For a date outside the data: it is refused, not guessed.
        """
        if not self.first <= day.year <= self.last:
            raise BadInput(
                f"calendar {self.name}",
                day.isoformat(),
                f"hand in a calendar with data beyond {self.first}-{self.last}",
            )
        return day.weekday() not in self.weekend and day not in self.holidays

    @property
    def stamp(self) -> str:
        """Name, version and digest, as frozen with a deadline."""
        return f"{self.name} {self.version} {self.digest[:16]}"


@final
@frozen(slots=False)
class Span:
    """The instants a term gives: acting before `not_before` is early, after `due` late; `remind` is only a reminder."""

    not_before: datetime | None = None
    due: datetime | None = None
    remind: datetime | None = None


class Term(Protocol):
    """The length of an obligation."""

    @property
    def calendar(self) -> str:
        """The calendar's name, or ""."""
        ...

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the instants for a clock that starts at `start` (UTC); `given` is a limit set in the case itself."""
        ...

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values, for the procedure's document."""
        ...

    def words(self) -> str:
        """Return the term in a few words."""
        ...


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return the time zone.

    Raises:
        BadInput: If the name is unknown or this machine has no time-zone data.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(
            "zone", name, "use an IANA name such as Asia/Jakarta, and install tzdata where it is missing"
        ) from None


def end_of_day(day: date, zone_name: str) -> datetime:
    """Return the end of a local day, which is the next local midnight, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), zone(zone_name)).astimezone(UTC)


def local_day(at: datetime, zone_name: str) -> date:
    """Return the local day of an instant."""
    return at.astimezone(zone(zone_name)).date()


def _positive(instance: Any, attribute: Any, value: int) -> None:
    if type(value) is not int or value <= 0:
        raise BadInput(f"{type(instance).__name__}.{attribute.name}", value, "use a whole number above zero")


def _zone(instance: Any, attribute: Any, value: str) -> None:
    zone(value)


class _Plain:
    @property
    def calendar(self) -> str:
        return ""


@final
@frozen(slots=False)
class Hours(_Plain):
    """Elapsed hours on the wall clock, through nights, weekends and holidays."""

    hours: int = field(validator=_positive)

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return `start` plus the hours."""
        return Span(due=start + timedelta(hours=self.hours))

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "hours", "hours": self.hours}

    def words(self) -> str:
        """Return the term in words."""
        return f"{self.hours} h"


@final
@frozen(slots=False)
class Days(_Plain):
    """Calendar days: the local day of the start is day 0, the term ends at the end of the last day (our reading)."""

    days: int = field(validator=_positive)
    zone: str = field(default="UTC", validator=_zone)

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the end of the local day that many days later."""
        return Span(due=end_of_day(local_day(start, self.zone) + timedelta(days=self.days), self.zone))

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "days", "days": self.days, "zone": self.zone}

    def words(self) -> str:
        """Return the term in words."""
        return f"{self.days} calendar days ({self.zone})"


@final
@frozen(slots=False)
class Months(_Plain):
    """Calendar months, never 180 days: the term ends with the end of the local day that has the same number as the day
    of the start, or of the month's last day where it has no such day (Regulation (EEC, Euratom) 1182/71, article 3(2)).
    """

    months: int = field(validator=_positive)
    zone: str = field(default="UTC", validator=_zone)

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the end of the local day of the same number that many months later."""
        day = local_day(start, self.zone)
        years, month = divmod(day.month - 1 + self.months, 12)
        if day.year + years > MAXYEAR:
            raise BadInput("start", start.isoformat(), f"use one that ends before the year {MAXYEAR}")
        last = monthrange(day.year + years, month + 1)[1]
        return Span(due=end_of_day(date(day.year + years, month + 1, min(day.day, last)), self.zone))

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "months", "months": self.months, "zone": self.zone}

    def words(self) -> str:
        """Return the term in words."""
        return f"{self.months} calendar months ({self.zone})"


@final
@frozen(kw_only=True, slots=False)
class BusinessDays:
    """A window of business days: day 0 is the local day of receipt; opens at the end of day `min`, due at the end of
    day `max`. Statutes leave the counting open: this is our reading, and the calendar is data.
    """

    min: int = 0
    max: int = field(validator=_positive)
    calendar: str
    zone: str = field(validator=_zone)

    def __attrs_post_init__(self) -> None:
        if type(self.min) is not int or not 0 <= self.min <= self.max:
            raise BadInput("BusinessDays.min", self.min, f"use a number from 0 to max={self.max}")

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the window.

        Raises:
            BadInput: Without the calendar, or where its data end.
        """
        if calendar is None:
            raise BadInput("calendar", self.calendar, "hand the calendar to the runner: calendars={name: Calendar}")
        day, count, opens = local_day(start, self.zone), 0, None
        while count < self.max:
            if count == self.min and self.min and opens is None:
                opens = day
            day += timedelta(days=1)
            count += calendar.is_business_day(day)
        if self.min == self.max:
            opens = day
        return Span(
            not_before=end_of_day(opens, self.zone) if opens is not None else None,
            due=end_of_day(day, self.zone),
        )

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "business_days", "min": self.min, "max": self.max, "calendar": self.calendar, "zone": self.zone}

    def words(self) -> str:
        """Return the term in words."""
        low = f"{self.min}-" if self.min else "up to "
        return f"{low}{self.max} business days ({self.calendar})"


@final
@frozen(slots=False)
class SameDay(_Plain):
    """By the end of the local day on which the clock starts."""

    zone: str = field(validator=_zone)

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the end of the local day of `start`."""
        return Span(due=end_of_day(local_day(start, self.zone), self.zone))

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "same_day", "zone": self.zone}

    def words(self) -> str:
        """Return the term in words."""
        return f"the same day ({self.zone})"


@final
@frozen(slots=False)
class PerCase(_Plain):
    """The limit is set in the case: by the instrument or by the event that starts the clock."""

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the limit given.

        Raises:
            BadInput: If none was given, or it lies before the start.
        """
        if given is None:
            raise BadInput("due", None, "set `due` on the instrument or on the event that starts this clock")
        if given < start:
            raise BadInput("due", given.isoformat(), f"set a limit after the start, {start.isoformat()}")
        return Span(due=given)

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "per_case"}

    def words(self) -> str:
        """Return the term in words."""
        return "as set in the case"


@final
@frozen(slots=False)
class WithoutUndueDelay(_Plain):
    """No number: never a breach. `remind_after` hours is when we remind, which is our choice and not the law's."""

    remind_after: int = field(default=24, validator=_positive)
    wording: str = "without undue delay"

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return only a reminder."""
        return Span(remind=start + timedelta(hours=self.remind_after))

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "without_undue_delay", "remind_after": self.remind_after, "wording": self.wording}

    def words(self) -> str:
        """Return the term in words."""
        return f"{self.wording} (we remind after {self.remind_after} h)"
