"""Hours of the week on a wall clock: when an office is open, when nobody is to be disturbed.

What counts is what the clock on the wall shows, in the zone that is handed in. Where a clock is put forward, what
begins in the hour that does not exist begins when that hour is over; where it is put back, an hour that comes twice
counts twice. Holidays are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import final

from .errors import BadInput
from .records import frozen
from .terms import zone

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = 24 * 60
_PART = re.compile(
    r"(?:(?P<days>[A-Za-z, -]+?) +)?(?P<times>\d\d:\d\d ?- ?\d\d:\d\d(?: ?, ?\d\d:\d\d ?- ?\d\d:\d\d)*)\Z"
)
_REMEDY = 'write hours such as "Mon-Fri 08:30-17:00; Sat 09:00-12:00", or "" for always'


@final
@frozen(slots=False)
class Hours:
    """Hours of the week, e.g. "Mon-Thu 08:00-12:00, 13:00-16:30; Fri 22:00-06:00"; "" means always.

    Parts are separated by ";". Without days a part holds for every day. An end at or before its beginning is on the
    next day: 22:00-06:00 is one night, 00:00-00:00 a whole day; 24:00 is the end of a day.

    Attributes:
        text: As written.

    Raises:
        BadInput: For another text.
    """

    text: str = ""

    def __attrs_post_init__(self) -> None:
        _ = self.spans  # reads the text, or refuses it

    @cached_property
    def spans(self) -> tuple[tuple[int, int, int], ...]:
        """Weekday (Monday is 0), first minute and end, in minutes from midnight; the end may be on the next day."""
        return tuple(sorted(_spans(self.text)))

    @property
    def always(self) -> bool:
        """Whether these are all hours, because none were written."""
        return not self.spans

    def never_end(self) -> bool:
        """Return whether these are all minutes of the week."""
        minutes = {(day * _DAY + n) % (7 * _DAY) for day, begin, end in self.spans for n in range(begin, end)}
        return self.always or len(minutes) == 7 * _DAY

    def hold(self, at: datetime, zone_name: str) -> bool:
        """Return whether these hours hold at an instant, by a wall clock of the zone."""
        if not self.spans:
            return True
        try:
            local = at.astimezone(zone(zone_name))
        except OverflowError:  # the end of the calendar
            local = at
        day, minute = local.weekday(), local.hour * 60 + local.minute
        return any(
            (d == day and begin <= minute < end) or ((d + 1) % 7 == day and minute < end - _DAY)
            for d, begin, end in self.spans
        )

    def next(self, at: datetime, zone_name: str) -> datetime:
        """Return the first instant from `at` on at which these hours hold, in UTC; `at` where they hold already."""
        return self._first(at, zone_name, True)

    def end(self, at: datetime, zone_name: str) -> datetime:
        """Return the first instant from `at` on at which these hours do not hold; `at` where they always hold."""
        return self._first(at, zone_name, False)

    def _first(self, at: datetime, zone_name: str, wanted: bool) -> datetime:
        at = at.astimezone(UTC)
        if self.hold(at, zone_name) is wanted:
            return at
        changes = (c for c in sorted(self._changes(at, zone_name)) if c > at)
        return next((c for c in changes if self.hold(c, zone_name) is wanted), at)

    def _changes(self, at: datetime, zone_name: str) -> Iterator[datetime]:
        """Yield the instants of the coming days at which something may begin or end, or clocks are changed."""
        place = zone(zone_name)
        try:
            today = (at.astimezone(place) - timedelta(days=2)).date()
            for n in range(12):
                day = today + timedelta(days=n)
                midnight = datetime.combine(day, time(), place)
                tomorrow = datetime.combine(day + timedelta(days=1), time(), place)
                if midnight.utcoffset() != tomorrow.utcoffset():
                    yield _changed(midnight.astimezone(UTC), tomorrow.astimezone(UTC), zone_name)
                for weekday, *minutes in self.spans:
                    if weekday == day.weekday():
                        for minute in minutes:
                            wall = datetime.combine(day, time()) + timedelta(minutes=minute)
                            for fold in (0, 1):
                                yield wall.replace(tzinfo=place, fold=fold).astimezone(UTC)
        except OverflowError:  # the end of the calendar
            return


def _changed(before: datetime, after: datetime, zone_name: str) -> datetime:
    """Return the instant between two at which the clocks of the zone are changed, by halves."""
    place = zone(zone_name)
    offset = before.astimezone(place).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, place).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _spans(text: str) -> Iterator[tuple[int, int, int]]:
    for part in text.split(";") if text.strip() else ():
        match = _PART.match(part.strip())
        if match is None:
            raise BadInput("hours", text, _REMEDY)
        for span in match["times"].split(","):
            begin, _, end = span.partition("-")
            first, last = _minutes(begin.strip(), text), _minutes(end.strip(), text)
            for day in _days(match["days"] or "Mon-Sun", text):
                yield day, first, last if last > first else last + _DAY


def _minutes(text: str, whole: str) -> int:
    hour, minute = int(text[:2]), int(text[3:])
    if minute > 59 or hour * 60 + minute > _DAY:
        raise BadInput("hours", whole, _REMEDY)
    return hour * 60 + minute


def _days(text: str, whole: str) -> Iterator[int]:
    for part in text.split(","):
        first, dash, last = (p.strip().capitalize() for p in part.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise BadInput("hours", whole, _REMEDY)
        begin = DAYS.index(first)
        length = (DAYS.index(last) - begin) % 7 if dash else 0
        for n in range(length + 1):
            yield (begin + n) % 7


ALWAYS = Hours()
