"""Days: which are business days, and where a local day begins and ends."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, final

from attrs import Factory, field, frozen

from .errors import BadInput

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


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
        worked: Days of a weekend on which offices are open all the same.
        estimated: Holidays whose date is not certain yet: no decree has fixed it, or it hangs on the moon.
        names: What a holiday is called, for explanations.
    """

    name: str
    version: str
    digest: str
    first: int
    last: int
    weekend: frozenset[int] = frozenset((5, 6))
    holidays: frozenset[date] = field(repr=False)
    worked: frozenset[date] = field(default=frozenset(), repr=False)
    estimated: frozenset[date] = field(default=frozenset(), repr=False)
    names: Mapping[date, str] = field(default=Factory(dict), repr=False, eq=False)

    def is_business_day(self, day: date) -> bool:
        """Return whether offices are open on `day`.

        Raises:
            BadInput: For a date outside the data: it is refused, not guessed.
        """
        if not self.first <= day.year <= self.last:
            raise BadInput(
                f"calendar {self.name}",
                day.isoformat(),
                f"hand in a calendar with data beyond {self.first}-{self.last}; for clocks that run, recompute() then",
            )
        return (day.weekday() not in self.weekend or day in self.worked) and day not in self.holidays

    def on_or_after(self, day: date) -> date:
        """Return `day` if offices are open, else the next day on which they are."""
        while not self.is_business_day(day):
            day += timedelta(days=1)
        return day

    @cached_property
    def _open(self) -> list[int]:
        days = range(date(self.first, 1, 1).toordinal(), date(self.last, 12, 31).toordinal() + 1)
        return [n for n in days if self.is_business_day(date.fromordinal(n))]

    def after(self, day: date, n: int) -> date:
        """Return the `n`th business day after `day`; `day` itself for 0.

        Raises:
            BadInput: Where the days on the way are not in the data.
        """
        if n == 0:
            return day
        self.is_business_day(day + timedelta(days=1))  # refuses what lies before the data, or after them
        place = bisect_right(self._open, day.toordinal()) + n - 1
        if place >= len(self._open):
            self.is_business_day(date(self.last + 1, 1, 1))
        return date.fromordinal(self._open[place])

    def closed(self, first: date, last: date) -> Iterator[date]:
        """Yield the closed days from `first` to `last`, both included."""
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            if not self.is_business_day(day):
                yield day

    def doubtful(self, first: date, last: date) -> tuple[date, ...]:
        """Return the estimated holidays which, fixed a day earlier or later, would lie between these days."""
        day = timedelta(days=1)
        return tuple(sorted(d for d in self.estimated if first - day <= d <= last + day))

    @property
    def stamp(self) -> str:
        """Name, version and digest, as frozen with a deadline."""
        return f"{self.name} {self.version} {self.digest[:16]}"


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return the time zone.

    Raises:
        BadInput: If the name is unknown or this machine has no time-zone data.
    """
    if not isinstance(name, str):
        raise BadInput("zone", name, "use an IANA name such as Asia/Jakarta")
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # it takes long to import

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones, such as Europe, is none
        raise BadInput(
            "zone", name, "use an IANA name such as Asia/Jakarta, and install tzdata where it is missing"
        ) from None


def end_of_day(day: date, zone_name: str) -> datetime:
    """Return the end of a local day, which is the next local midnight, in UTC.

    Where clocks are set back just after midnight, the end of the day comes twice: the later one counts.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), zone(zone_name))
    end, again = midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)
    return again if again > end and local_day(again - timedelta(microseconds=1), zone_name) == day else end


def local_day(at: datetime, zone_name: str) -> date:
    """Return the local day of an instant."""
    return at.astimezone(zone(zone_name)).date()
