"""Business-day calendars by name: from the well-kept `holidays` package (extra `calendar`), or a host's own.

The core never imports this: it gets `Calendar` values. A host hands in its own with `Runner(calendars=…)`, made with
`make` or, from one of these, with `amend`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import attrs

from . import canon
from .errors import BadInput, MissingExtra
from .terms import Calendar

_CODE = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?((?:\+[a-z_]+)*)\Z")
_NAMES: Mapping[str, tuple[str, str | None, tuple[str, ...]]] = {"US-federal": ("US", None, ("public",))}
_USE = 'use "US-federal", "EU-institutions", or codes of `holidays` such as "DE", "DE-BY" or "ID+government"'


@lru_cache(maxsize=64)
def load(name: str, first: int = 1995, last: int = 2035) -> Calendar:
    """Return the calendar of this name.

    Args:
        name: One of

            * "US-federal": the federal holidays of the United States (5 U.S.C. 6103), observed days included.
            * "EU-institutions": the institutions of the Union in Brussels. `EU_SOURCES` says what each year rests on.
            * An ISO 3166 country code, e.g. "DE": its public holidays, as `holidays` has them. A subdivision follows
              "-": "DE-BY". A further category of `holidays` follows "+": "ID+government" is Indonesia with collective
              leave (cuti bersama), which is decreed for one year at a time.
        first, last: The years to hold; fewer are held where there are fewer with data. A category besides the public
            holidays has data as far as it has days in every year.

    Raises:
        BadInput: For an unknown name, or years without data.
        MissingExtra: Without the `holidays` package.
    """
    if name == "EU-institutions":
        return _eu(name)
    found = _CODE.match(name)
    if name not in _NAMES and found is None:
        raise BadInput("calendar", name, f"{_USE}; or hand in Runner(calendars={{name: Calendar}})")
    try:
        import holidays
    except ImportError:
        raise MissingExtra(f"The calendar {name}", "calendar") from None
    country, part, categories = _NAMES.get(name) or _parts(found)

    def days(years: Iterable[int], of: tuple[str, ...] = categories) -> Any:
        options: dict[str, Any] = {"subdiv": part, "years": years, "categories": of}
        made = holidays.country_holidays(country, **options)
        if "en_US" in (made.supported_languages or ()):
            made = holidays.country_holidays(country, **options, language="en_US")
        return made

    try:
        all_days = days(range(first, last + 1))
        first, last = max(first, all_days.start_year), min(last, all_days.end_year)
        for category in categories:
            if category != "public":
                first, last = _years({d.year for d in days(range(first, last + 1), (category,))})
    except (NotImplementedError, ValueError):
        raise BadInput("calendar", name, _USE) from None
    if first > last:
        raise BadInput("calendar", name, "there are no data for these years: ask for others, or make() your own")
    kept = {day: label for day, label in all_days.items() if first <= day.year <= last}
    worked = {d for d in all_days.weekend_workdays if first <= d.year <= last}
    weekend: set[int] = all_days.weekend  # that of the last year; where it was another before, its days are named
    for n in range(date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal() + 1):
        day = date.fromordinal(n)
        if day in all_days:
            continue
        rests = day.weekday() in weekend and day not in worked
        if rests is all_days.is_working_day(day):
            if rests:
                worked.add(day)
            else:
                kept[day] = "Weekend"
    return make(
        name, f"holidays {version('holidays')}", kept, first=first, last=last, weekend=weekend, worked=worked,
        estimated=[d for d, label in kept.items() if "estimated" in label],
    )  # fmt: skip


def _parts(found: re.Match[str] | None) -> tuple[str, str | None, tuple[str, ...]]:
    assert found is not None
    return found[1], found[2], ("public", *(c for c in found[3].split("+") if c and c != "public"))


def _years(having: set[int]) -> tuple[int, int]:
    """Return the last unbroken run of years."""
    if not having:
        return 1, 0
    first = last = max(having)
    while first - 1 in having:
        first -= 1
    return first, last


def make(
    name: str, version: str, holidays: Mapping[date, str] | Iterable[date], *, first: int, last: int,
    weekend: Iterable[int] = (5, 6), worked: Iterable[date] = (), estimated: Iterable[date] = (),
) -> Calendar:  # fmt: skip
    """Return a calendar of one's own, with its digest.

    Args:
        name: The name that terms use; it may be that of a bundled one, whose place it takes in `Runner(calendars=…)`.
        version: Where the data come from.
        holidays: The dates, or the dates with their names.
        first, last: The first and last year for which the data are complete.
        weekend: Weekday numbers, Monday is 0.
        worked: Days of a weekend on which offices are open.
        estimated: Those of the holidays that no decree has fixed yet.

    Raises:
        BadInput: For dates outside those years, or days that can be no weekend.
    """
    names = dict(holidays) if isinstance(holidays, Mapping) else {}
    dates, worked, estimated = (
        _dates(f"calendar {name}: {field}", given)
        for field, given in (("holidays", holidays), ("worked", worked), ("estimated", estimated))
    )
    days = frozenset(weekend)
    if not name or not version or first > last:
        raise BadInput("calendar", name, f"give it a name, a version and years: {first}-{last} are none")
    if not days < frozenset(range(7)):
        raise BadInput(f"calendar {name}: weekend", sorted(days), "use weekday numbers, Monday is 0; not all seven")
    for day in sorted(dates | worked | estimated):
        if not first <= day.year <= last:
            raise BadInput(f"calendar {name}", day.isoformat(), f"use dates in {first}-{last}, the years with data")
    if not estimated <= dates:
        raise BadInput(f"calendar {name}: estimated", min(estimated - dates).isoformat(), "name it as a holiday, too")
    data: list[Any] = [d.isoformat() for d in sorted(dates)]
    if worked or estimated or days != {5, 6}:
        data = [data, [d.isoformat() for d in sorted(worked)], [d.isoformat() for d in sorted(estimated)], sorted(days)]
    return Calendar(
        name=name, version=version, digest=canon.digest(canon.text(data)), first=first, last=last, weekend=days,
        holidays=dates, worked=worked, estimated=estimated, names=names,
    )  # fmt: skip


def _dates(field: str, given: Iterable[Any]) -> frozenset[date]:
    found = frozenset(given)
    for day in found:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise BadInput(field, day, "use days: date(2026, 5, 6)")
    return found


def amend(
    calendar: Calendar, version: str, *, closed: Mapping[date, str] | Iterable[date] = (),
    worked: Iterable[date] = (), fixed: Iterable[date] = (), last: int | None = None,
) -> Calendar:  # fmt: skip
    """Return a calendar as a decree changes it: see `Runner.recompute`.

    Args:
        calendar: The present one.
        version: What changed it, e.g. the number of the decree; it is written after the present version.
        closed: Further holidays.
        worked: Days on which offices are open after all: holidays that are none, or days of a weekend.
        fixed: Estimated dates that are certain now.
        last: The last year with data, where the decree adds one.
    """
    open_days, certain = _dates("amend: worked", worked), _dates("amend: fixed", fixed)
    shut = _dates("amend: closed", closed)
    for day in sorted(open_days):
        if day not in calendar.holidays and day.weekday() not in calendar.weekend:
            raise BadInput("amend: worked", day.isoformat(), "name a holiday that is none now, or a day of a weekend")
    for day in sorted(certain - calendar.estimated):
        raise BadInput("amend: fixed", day.isoformat(), "name one of the calendar's estimated days")
    names = {**calendar.names, **(closed if isinstance(closed, Mapping) else {})}
    dates = (calendar.holidays | shut) - open_days
    made = make(
        calendar.name, f"{calendar.version}, {version}", dates, first=calendar.first, last=last or calendar.last,
        weekend=calendar.weekend, estimated=(calendar.estimated & dates) - certain,
        worked=(calendar.worked - shut) | {d for d in open_days if d.weekday() in calendar.weekend},
    )  # fmt: skip
    return attrs.evolve(made, names={day: label for day, label in names.items() if day in dates})


# --- the institutions of the European Union ------------------------------------------------------------------------

EU_SOURCES: Mapping[int, str] = {
    2023: "V: Commission decision of 25 May 2021, OJ C 201 I, 28.5.2021, p. 2 (staff in Brussels)",
    2024: "V to 20 May: Commission decision of 17 November 2022, OJ C 440, 21.11.2022, p. 15; I after that",
    2025: "S: an encyclopedia's list of the holidays of the institutions for 2025",
    2026: "I: by the pattern of the years before; the decision was not seen",
    2027: "I: by the pattern of the years before; the decision was not seen",
}
"""What each year of "EU-institutions" rests on, with its evidence mark. Days with mark I count as estimated."""

_EU_DAYS: Mapping[int, str] = {  # Brussels; month/day, a dash is a range; after "?" by the pattern of other years
    2023: "1/2 4/6 4/7 4/10 5/1 5/9 5/18 5/19 5/29 7/21 8/15 11/1 11/2 12/25-29",
    2024: "1/1 1/2 3/28 3/29 4/1 5/1 5/9 5/10 5/20 ? 7/21 8/15 11/1 11/2 12/24-31",
    2025: "1/1 1/2 4/17 4/18 4/21 5/1 5/9 5/29 5/30 6/9 7/21 8/15 11/1 11/2 12/24-31",
    2026: "? 1/1 1/2 4/2 4/3 4/6 5/1 5/9 5/14 5/15 5/25 7/21 8/15 11/1 11/2 12/24-31",
    2027: "? 1/1 1/2 3/25 3/26 3/29 5/1 5/6 5/7 5/9 5/17 7/21 8/15 11/1 11/2 12/24-31",
}


def _eu(name: str) -> Calendar:
    certain: set[date] = set()
    estimated: set[date] = set()
    for year, text in _EU_DAYS.items():
        known, _, pattern = text.partition("?")
        for days, into in ((known, certain), (pattern, estimated)):
            for word in days.split():
                month, _, day = word.partition("/")
                low, _, high = day.partition("-")
                begin = date(year, int(month), int(low))
                into.update(begin + timedelta(days=n) for n in range(int(high or low) - int(low) + 1))
    return make(
        name, "Official Journal, see EU_SOURCES", certain | estimated, first=min(_EU_DAYS), last=max(_EU_DAYS),
        estimated=estimated,
    )  # fmt: skip
