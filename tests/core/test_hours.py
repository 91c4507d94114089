"""Office hours: checked minute by minute, over clock changes, half-hour zones and midnights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopflow.errors import BadInput
from sopflow.hours import DAYS, Hours

ZONES = (
    "Asia/Jakarta", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
    "Pacific/Apia", "UTC", "America/St_Johns",
)  # fmt: skip
MINUTE = timedelta(minutes=1)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@st.composite
def hours(draw: st.DrawFn) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        days = draw(st.sampled_from(["", "Mon-Fri ", "Sun ", "Fri-Mon ", "Sat, Sun ", "Tue, Thu-Fri "]))
        begin, end = draw(st.integers(0, 47)), draw(st.integers(0, 48))
        parts.append(f"{days}{begin // 2:02}:{begin % 2 * 30:02}-{end // 2:02}:{end % 2 * 30:02}")
    return "; ".join(parts)


@lru_cache
def week_of(text: str) -> frozenset[int]:
    """Count another way: a set of the wall-clock minutes of a week."""
    week: set[int] = set()
    for part in text.split("; "):
        days, _, times = part.rpartition(" ")
        chosen = [DAYS.index(d) for d in DAYS]
        if days:
            chosen = []
            for piece in days.split(", "):
                first, _, last = piece.partition("-")
                n = DAYS.index(first)
                chosen.append(n)
                while last and DAYS[n % 7] != last:
                    n += 1
                    chosen.append(n % 7)
        begin, end = (int(t[:2]) * 60 + int(t[3:]) for t in times.split("-"))
        length = (end - begin) % 1440 or 1440
        for day in chosen:
            week |= {(day * 1440 + begin + n) % 10080 for n in range(length)}
    return frozenset(week)


def holds(text: str, instant: datetime, zone: str) -> bool:
    local = instant.astimezone(ZoneInfo(zone))
    return local.weekday() * 1440 + local.hour * 60 + local.minute in week_of(text)


# around the days on which clocks change in these zones, and the day that Apia never had
STARTS = st.one_of(
    st.datetimes(datetime(2026, 3, 5), datetime(2026, 4, 8)), st.datetimes(datetime(2026, 10, 1), datetime(2026, 11, 3)),
    st.datetimes(datetime(2011, 12, 27), datetime(2012, 1, 2)),
).map(lambda d: d.replace(minute=d.minute // 10 * 10, second=0, microsecond=0, tzinfo=UTC))  # fmt: skip


@given(hours(), STARTS, st.sampled_from(ZONES))
@settings(max_examples=100, deadline=None)
def test_hours_hold_exactly_in_the_minutes_that_the_wall_clock_shows(text: str, start: datetime, zone: str) -> None:
    found = Hours(text)
    for n in range(0, 3000, 17):
        instant = start + n * MINUTE
        assert found.hold(instant, zone) is holds(text, instant, zone)


@given(hours(), STARTS, st.sampled_from(ZONES))
@settings(max_examples=100, deadline=None)
def test_what_comes_next_is_the_first_instant_there_is(text: str, start: datetime, zone: str) -> None:
    found = Hours(text)
    for answer, wanted in ((found.next(start, zone), True), (found.end(start, zone), False)):
        expected = next(
            (t for n in range(0, 8 * 1440, 5) if holds(text, t := start + n * MINUTE, zone) is wanted), start
        )
        assert answer == expected


@pytest.mark.parametrize(
    ("text", "zone", "instant", "expected"),
    [
        # 09:00 in Kolkata is 03:30 UTC; a Sunday evening waits for Monday
        ("Mon-Fri 09:00-17:00", "Asia/Kolkata", "2026-11-22T20:00", "2026-11-23T03:30"),
        # the night from Friday to Saturday: 22:00 in Jakarta is 15:00 UTC
        ("Fri 22:00-06:00", "Asia/Jakarta", "2026-11-20T14:59", "2026-11-20T15:00"),
        # 02:30 did not exist in Berlin on 29 March 2026: the hours begin when the clocks were put forward, 01:00 UTC
        ("Sun 02:30-08:00", "Europe/Berlin", "2026-03-29T00:10", "2026-03-29T01:00"),
        # 02:00-03:00 came twice there on 25 October 2026: after the first 02:30 the hours begin again at 01:00 UTC
        ("Sun 01:00-02:30", "Europe/Berlin", "2026-10-25T00:30", "2026-10-25T01:00"),
    ],
)
def test_examples_worked_by_hand(text: str, zone: str, instant: str, expected: str) -> None:
    assert Hours(text).next(at(instant), zone) == at(expected)


def test_an_end_at_its_beginning_is_a_whole_day_and_nothing_written_is_always() -> None:
    assert Hours("Tue 00:00-00:00").spans == Hours("Tue 00:00-24:00").spans
    assert Hours("").hold(at("2026-01-01T03:00"), "UTC") and Hours("").next(at("2026-01-01T03:00"), "UTC")
    assert Hours("00:00-24:00").end(at("2026-01-01T03:00"), "UTC") == at("2026-01-01T03:00"), "it never ends"


@pytest.mark.parametrize("text", ["9-17", "Mo 09:00-17:00", "Mon-Fri", "Mon 09:00-25:00", "Mon 09:60-10:00", "x", ";"])
def test_other_texts_are_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(BadInput, match="Mon-Fri 08:30-17:00"):
        Hours(text)


def test_a_last_year_does_not_raise() -> None:
    assert Hours("Mon 09:00-10:00").next(datetime(9999, 12, 31, 23, tzinfo=UTC), "UTC").year == 9999
