"""Legal time: how long an obligation runs, computed from the event that starts it.

A term is a value. It computes instants from a start and, for business days, from a calendar that is handed in, so
the result can be frozen with the deadline. How each kind counts is written at its class; where a law leaves room, the
docstring says that it is our reading.
"""

from __future__ import annotations

from calendar import monthrange
from contextlib import suppress
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from typing import Any, Protocol, final

from attrs import field

from .days import Calendar as Calendar
from .days import end_of_day as end_of_day
from .days import local_day as local_day
from .days import zone as zone
from .errors import BadInput
from .records import frozen


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


_YEARS = 200  # no term is longer: instants end with the year 9999, the data of calendars long before
_MOST = {"hours": 8784 * _YEARS, "remind_after": 8784 * _YEARS, "days": 366 * _YEARS, "max": 262 * _YEARS,
         "months": 12 * _YEARS}  # fmt: skip


def _positive(instance: Any, attribute: Any, value: int) -> None:
    field = f"{type(instance).__name__}.{attribute.name}"
    if type(value) is not int or value <= 0:
        raise BadInput(field, value, "use a whole number above zero")
    if value > _MOST[attribute.name]:
        raise BadInput(field, value, f"use at most {_MOST[attribute.name]}, which is {_YEARS} years")


def _zone(instance: Any, attribute: Any, value: str) -> None:
    zone(value)


def _name(instance: Any, attribute: Any, value: Any) -> None:
    needed = isinstance(instance, BusinessDays)
    if not isinstance(value, str) or (needed and not value.strip()):
        remedy = 'write the name of a calendar, e.g. "US-federal"' + ("" if needed else ", or leave it out")
        raise BadInput(f"{type(instance).__name__}.calendar", value, remedy)


def _needed(calendar: Calendar | None, name: str) -> Calendar:
    if calendar is None:
        raise BadInput("calendar", name, "hand the calendar to the runner: calendars={name: Calendar}")
    return calendar


def _ended(day: date, term: Days | Months, calendar: Calendar | None) -> Span:
    if term.calendar:
        day = _needed(calendar, term.calendar).on_or_after(day)
    return Span(due=end_of_day(day, term.zone))


def _of_days(kind: str, term: Days | Months, length: int) -> dict[str, Any]:
    doc = {"kind": kind, kind: length, "zone": term.zone}
    return doc | {"calendar": term.calendar} if term.calendar else doc


def _in_words(unit: str, term: Days | Months, length: int) -> str:
    rolls = f", or the next business day of {term.calendar}" if term.calendar else ""
    return f"{length} calendar {unit} ({term.zone}){rolls}"


class _Plain:
    @property
    def calendar(self) -> str:
        return ""


@final
@frozen(slots=False)
class Hours(_Plain):
    """Elapsed hours, through nights, weekends, holidays and changes of the clock.

    With `whole`, the hour in which the clock starts is not counted and the term ends with a full hour of UTC, as
    Regulation (EEC, Euratom) 1182/71, article 3, counts periods in hours (read in a secondary source, mark S). Without
    it every minute counts, which is the stricter reading.
    """

    hours: int = field(validator=_positive)
    whole: bool = False

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return `start` plus the hours."""
        if start.tzinfo is not UTC:
            start = start.astimezone(UTC)  # local times are added up by the wall clock
        if self.whole:
            start = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return Span(due=start + timedelta(hours=self.hours))

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        doc: dict[str, Any] = {"kind": "hours", "hours": self.hours}
        return doc | {"whole": True} if self.whole else doc

    def words(self) -> str:
        """Return the term in words."""
        return f"{self.hours} whole h" if self.whole else f"{self.hours} h"


@final
@frozen(slots=False)
class Days:
    """Calendar days: the local day of the start is day 0, the term ends at the end of the last day (our reading).

    With a `calendar`, a term whose last day is closed ends with the next business day, as Regulation (EEC, Euratom)
    1182/71, article 3(4), has it for periods that are not in hours (quoted in a secondary source, mark S).
    """

    days: int = field(validator=_positive)
    zone: str = field(default="UTC", validator=_zone)
    calendar: str = field(default="", validator=_name)

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the end of the local day that many days later."""
        return _ended(local_day(start, self.zone) + timedelta(days=self.days), self, calendar)

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return _of_days("days", self, self.days)

    def words(self) -> str:
        """Return the term in words."""
        return _in_words("days", self, self.days)


@final
@frozen(slots=False)
class Months:
    """Calendar months, never 180 days: the term ends with the end of the local day that has the same number as the day
    of the start, or of the month's last day where it has no such day (so, as recalled, Regulation (EEC, Euratom)
    1182/71, article 3(2): mark M). With a `calendar`, a term whose last day is closed ends with the next business day,
    as with `Days`.
    """

    months: int = field(validator=_positive)
    zone: str = field(default="UTC", validator=_zone)
    calendar: str = field(default="", validator=_name)

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the end of the local day of the same number that many months later."""
        day = local_day(start, self.zone)
        years, month = divmod(day.month - 1 + self.months, 12)
        if day.year + years > MAXYEAR:
            raise BadInput("start", start.isoformat(), f"use one that ends before the year {MAXYEAR}")
        return _ended(_day_in(day.year + years, month + 1, day.day), self, calendar)

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return _of_days("months", self, self.months)

    def words(self) -> str:
        """Return the term in words."""
        return _in_words("months", self, self.months)


def _day_in(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


@final
@frozen(kw_only=True, slots=False)
class BusinessDays:
    """A window of business days: day 0 is the local day of receipt; opens at the end of day `min`, due at the end of
    day `max`. Statutes leave the counting open: this is our reading, and the calendar is data.
    """

    min: int = 0
    max: int = field(validator=_positive)
    calendar: str = field(validator=_name)
    zone: str = field(validator=_zone)

    def __attrs_post_init__(self) -> None:
        if type(self.min) is not int or not 0 <= self.min <= self.max:
            raise BadInput("BusinessDays.min", self.min, f"use a number from 0 to max={self.max}")

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the window.

        Raises:
            BadInput: Without the calendar, or where its data end.
        """
        calendar = _needed(calendar, self.calendar)
        received = local_day(start, self.zone)
        opens = end_of_day(calendar.after(received, self.min), self.zone) if self.min else None
        return Span(not_before=opens, due=end_of_day(calendar.after(received, self.max), self.zone))

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "business_days", "min": self.min, "max": self.max, "calendar": self.calendar, "zone": self.zone}

    def words(self) -> str:
        """Return the term in words."""
        low = f"{self.min}-" if self.min else "up to "
        return f"{low}{self.max} business days ({self.calendar}, {self.zone})"


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
            BadInput: If none was given, or it does not lie after the start.
        """
        if given is None:
            raise BadInput("due", None, "set `due` on the instrument or on the event that starts this clock")
        if given <= start:
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
        start = start if start.tzinfo is UTC else start.astimezone(UTC)
        return Span(remind=start + timedelta(hours=self.remind_after))

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "without_undue_delay", "remind_after": self.remind_after, "wording": self.wording}

    def words(self) -> str:
        """Return the term in words."""
        return f"{self.wording} (we remind after {self.remind_after} h)"


def _dates(value: Any) -> tuple[tuple[int, int], ...]:
    pairs: list[tuple[Any, ...]] = [()]
    with suppress(TypeError):
        pairs = [tuple(pair) for pair in ((value,) if value and isinstance(value[0], int) else value)]
    if any(len(pair) != 2 or {type(n) for n in pair} != {int} for pair in pairs):
        raise BadInput("Yearly.dates", value, "use (month, day), e.g. (2, 29), or several such pairs")
    return tuple(sorted((m, d) for m, d in pairs))


def _real_dates(instance: Any, attribute: Any, value: tuple[tuple[int, int], ...]) -> None:
    for month, day in value:
        if not (1 <= month <= 12 and 1 <= day <= monthrange(2024, month)[1]):  # a leap year: 29 February exists
            raise BadInput("Yearly.dates", (month, day), "use (month, day) as on a calendar, e.g. (2, 29)")
    if not value:
        raise BadInput("Yearly.dates", value, "name at least one (month, day)")


@final
@frozen(slots=False)
class Yearly(_Plain):
    """By the end of the next of these days of the year, after the local day of the start.

    (2, 29) is the last day of February in every year: "before 1 March". A duty that comes again every year starts anew
    by the passing of another clock: see `Obligation.restarts`.
    """

    dates: tuple[tuple[int, int], ...] = field(converter=_dates, validator=_real_dates)
    zone: str = field(default="UTC", validator=_zone)

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the end of the first such day after the local day of `start`."""
        today = local_day(start, self.zone)
        if today.year >= MAXYEAR:
            raise BadInput("start", start.isoformat(), f"use one before the year {MAXYEAR}")
        days = (_day_in(year, m, d) for year in (today.year, today.year + 1) for m, d in self.dates)
        return Span(due=end_of_day(next(d for d in days if d > today), self.zone))

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        return {"kind": "yearly", "dates": [list(d) for d in self.dates], "zone": self.zone}

    def words(self) -> str:
        """Return the term in words."""
        days = " or ".join(f"{d:02}/{m:02}" for m, d in self.dates)
        return f"each year by {days} (day/month, {self.zone})"


_SAMPLES = tuple(datetime(2026, 1, day, hour, 1, tzinfo=UTC) for day in (1, 15) for hour in range(0, 24, 3))


@final
@frozen(kw_only=True, slots=False)
class Window:
    """Not before one term has run, and not after another: a waiting time before an act is possible, with or without
    an end. Business days have this built in.

    Attributes:
        opens: Before its end, acting is too early.
        closes: After its end, acting is too late; None for a window that stays open.
    """

    opens: Term
    closes: Term | None = None

    def __attrs_post_init__(self) -> None:
        for name, term in (("opens", self.opens), ("closes", self.closes)):
            given = term is not None or name == "opens"
            if isinstance(term, PerCase | WithoutUndueDelay | Window) or (given and not hasattr(term, "span")):
                raise BadInput(f"Window.{name}", term, "use a term with a length, such as Hours or Days")
        if self.closes is not None and self.closes.calendar and self.opens.calendar not in ("", self.closes.calendar):
            raise BadInput("Window.closes", self.closes.calendar, f"use one calendar, {self.opens.calendar}")
        if self.closes is not None and not self.calendar and all(map(self._shut, _SAMPLES)):
            raise BadInput("Window.closes", self.closes.words(), f"use a term that ends after {self.opens.words()}")

    def _shut(self, start: datetime) -> bool:
        assert self.closes is not None
        opens, closes = self.opens.span(start, None, None).due, self.closes.span(start, None, None).due
        return opens is not None and closes is not None and closes < opens

    @property
    def calendar(self) -> str:
        """The calendar's name, or ""."""
        return self.opens.calendar or (self.closes.calendar if self.closes is not None else "")

    def span(self, start: datetime, calendar: Calendar | None, given: datetime | None) -> Span:
        """Return the window.

        Raises:
            BadInput: If it would close before it opens.
        """
        opens = self.opens.span(start, calendar, given).due
        closes = self.closes.span(start, calendar, given).due if self.closes is not None else None
        if opens is not None and closes is not None and closes < opens:
            raise BadInput("Window.closes", closes.isoformat(), f"use a term that ends after {opens.isoformat()}")
        return Span(not_before=opens, due=closes)

    def document(self) -> dict[str, Any]:
        """Return the term as JSON values."""
        doc: dict[str, Any] = {"kind": "window", "opens": self.opens.document()}
        return doc | {"closes": self.closes.document()} if self.closes is not None else doc

    def words(self) -> str:
        """Return the term in words."""
        until = f", until {self.closes.words()}" if self.closes is not None else ""
        return f"not before {self.opens.words()}{until}"
