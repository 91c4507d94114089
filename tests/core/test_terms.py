"""Legal time, each instant computed by hand; the arithmetic stands beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sopflow import canon
from sopflow.errors import BadInput
from sopflow.terms import (
    BusinessDays,
    Calendar,
    Days,
    Hours,
    Months,
    PerCase,
    SameDay,
    Span,
    Term,
    Window,
    WithoutUndueDelay,
    Yearly,
    end_of_day,
    zone,
)

LA = "America/Los_Angeles"
WIB = ZoneInfo("Asia/Jakarta")
WINDOW = BusinessDays(min=10, max=14, calendar="office", zone=LA)


def office(*holidays: date, first: int = 2024, last: int = 2026, weekend: tuple[int, ...] = (5, 6)) -> Calendar:
    """Return a calendar with these holidays."""
    return Calendar(name="office", version="by hand", digest="d" * 64, first=first, last=last,
                    weekend=frozenset(weekend), holidays=frozenset(holidays))  # fmt: skip


def utc(*parts: int) -> datetime:
    """Return an instant in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_hours_are_elapsed_time_through_a_change_of_clocks() -> None:
    # 9 March 2025, 02:00 PST does not exist in Los Angeles. From Saturday 20:00 PST (04:00Z) 24 h end at 04:00Z, which
    # the wall clock there calls Sunday 21:00 PDT.
    start = datetime(2025, 3, 8, 20, tzinfo=ZoneInfo(LA))
    due = Hours(24).span(start.astimezone(UTC), None, None).due
    assert due == utc(2025, 3, 10, 4)
    assert due.astimezone(ZoneInfo(LA)).hour == 21


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # Jakarta is UTC+7 all year. 23:59:59 WIB on the 14th is 16:59:59Z; the day ends at 17:00Z.
        (datetime(2017, 8, 14, 23, 59, 59, tzinfo=WIB), utc(2017, 8, 14, 17)),
        # One second later it is the 15th: the clock runs for all of that day, to 17:00Z on the 15th.
        (datetime(2017, 8, 15, 0, 0, 0, tzinfo=WIB), utc(2017, 8, 15, 17)),
        # 20:00Z on the 14th is 03:00 WIB on the 15th already.
        (utc(2017, 8, 14, 20), utc(2017, 8, 15, 17)),
    ],
)
def test_the_same_day_is_the_local_day_of_the_start(start: datetime, due: datetime) -> None:
    assert SameDay("Asia/Jakarta").span(start.astimezone(UTC), None, None) == Span(due=due)


def test_a_day_on_which_clocks_change_has_23_or_25_hours() -> None:
    # Los Angeles, 9 March 2025: midnight PST is 08:00Z, the next midnight is PDT, 07:00Z: 23 hours.
    assert SameDay(LA).span(utc(2025, 3, 9, 8), None, None).due == utc(2025, 3, 10, 7)
    # 2 November 2025: midnight PDT is 07:00Z, the next midnight is PST, 08:00Z: 25 hours.
    assert SameDay(LA).span(utc(2025, 11, 2, 7), None, None).due == utc(2025, 11, 3, 8)


def test_a_day_whose_midnight_does_not_exist_still_ends() -> None:
    # Beirut went from Saturday 24:00 (UTC+2) straight to Sunday 01:00 (UTC+3) on 27 March 2022: 22:00Z either way.
    assert end_of_day(date(2022, 3, 26), "Asia/Beirut") == utc(2022, 3, 26, 22)


def test_calendar_days_leave_the_first_day_out_and_end_with_the_last() -> None:
    # Day 0 is Monday 2 June in Jakarta; 10 days later is the 12th, whose end is 17:00Z.
    assert Days(10, "Asia/Jakarta").span(utc(2025, 6, 2, 2), None, None).due == utc(2025, 6, 12, 17)
    # 18:00Z on the 2nd is the 3rd in Jakarta, so it ends a day later.
    assert Days(10, "Asia/Jakarta").span(utc(2025, 6, 2, 18), None, None).due == utc(2025, 6, 13, 17)


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        # 15 January + 6 months: 15 July, ends at midnight CEST, 22:00Z. 180 days would have given the 14th.
        (utc(2025, 1, 15, 12), 6, utc(2025, 7, 15, 22)),
        # 31 August + 6 months: February 2026 has no 31st, so its last day; midnight CET is 23:00Z.
        (utc(2025, 8, 31, 12), 6, utc(2026, 2, 28, 23)),
        # 31 August 2023 + 6 months: 29 February 2024.
        (utc(2023, 8, 31, 12), 6, utc(2024, 2, 29, 23)),
        # December + 1 month is January of the next year.
        (utc(2025, 12, 31, 12), 1, utc(2026, 1, 31, 23)),
        # 30 November 23:30Z is 1 December in Brussels: + 12 months is 1 December again.
        (utc(2025, 11, 30, 23, 30), 12, utc(2026, 12, 1, 23)),
    ],
)
def test_months_are_calendar_months(start: datetime, months: int, due: datetime) -> None:
    assert Months(months, "Europe/Brussels").span(start, None, None) == Span(due=due)


def test_months_that_end_beyond_all_calendars_are_refused() -> None:
    with pytest.raises(BadInput, match="9999"):
        Months(12).span(utc(9999, 6, 1), None, None)


def test_ten_to_fourteen_business_days_over_thanksgiving() -> None:
    # Counter-notice on Monday 17 November 2025, 10:00 PST. Day 0 is the 17th.
    # 18 19 20 21 = 1-4, 24 25 26 = 5-7, (27th Thanksgiving), 28 = 8, 1 2 December = 9 10, 3 4 5 8 = 11-14.
    # It opens when 2 December ends and is due when 8 December ends; midnight PST is 08:00Z.
    span = WINDOW.span(utc(2025, 11, 17, 18), office(date(2025, 11, 27)), None)
    assert span == Span(not_before=utc(2025, 12, 3, 8), due=utc(2025, 12, 9, 8))


def test_ten_to_fourteen_business_days_over_the_end_of_a_year() -> None:
    # Received on Saturday 20 December 2025, 09:00 PST: day 0 all the same. Holidays: 25 December, 1 January.
    # 22 23 24 = 1-3, (25th), 26 = 4, 29 30 31 = 5-7, (1 January), 2 = 8, 5 6 = 9 10, 7 8 9 12 = 11-14.
    span = WINDOW.span(utc(2025, 12, 20, 17), office(date(2025, 12, 25), date(2026, 1, 1)), None)
    assert span == Span(not_before=utc(2026, 1, 7, 8), due=utc(2026, 1, 13, 8))


def test_a_window_over_a_change_of_clocks_ends_at_local_midnight() -> None:
    # Monday 27 October 2025 (PDT); 28-31 = 1-4, 3-7 November = 5-9, 10 = 10, 11 12 13 14 = 11-14. Clocks went back on
    # 2 November, so both midnights are PST, 08:00Z.
    span = WINDOW.span(utc(2025, 10, 27, 18), office(), None)
    assert span == Span(not_before=utc(2025, 11, 11, 8), due=utc(2025, 11, 15, 8))


def test_a_window_may_open_and_close_on_one_day_or_have_no_opening() -> None:
    # Monday 2 June 2025, 10:00 PDT: five business days later is Monday the 9th; midnight PDT is 07:00Z on the 10th.
    both = BusinessDays(min=5, max=5, calendar="office", zone=LA).span(utc(2025, 6, 2, 17), office(), None)
    assert both == Span(not_before=utc(2025, 6, 10, 7), due=utc(2025, 6, 10, 7))
    none = BusinessDays(max=5, calendar="office", zone=LA).span(utc(2025, 6, 2, 17), office(), None)
    assert none == Span(due=utc(2025, 6, 10, 7))


def test_the_weekend_is_what_the_calendar_says() -> None:
    # Friday and Saturday off. Wednesday 4 June; Thursday = 1, Sunday 8 = 2, Monday 9 = 3.
    term = BusinessDays(max=3, calendar="office", zone="UTC")
    assert term.span(utc(2025, 6, 4, 9), office(weekend=(4, 5)), None).due == utc(2025, 6, 10)


def test_a_calendar_says_nothing_about_years_without_data() -> None:
    with pytest.raises(BadInput, match="data beyond 2024-2025") as caught:
        WINDOW.span(utc(2025, 12, 20, 17), office(last=2025), None)
    assert caught.value.field == "calendar office"
    assert "2026-01-01" in caught.value.value
    with pytest.raises(BadInput, match="hand the calendar to the runner"):
        WINDOW.span(utc(2025, 12, 20, 17), None, None)


def test_a_limit_set_in_the_case_must_be_there_and_lie_after_the_start() -> None:
    start = utc(2025, 6, 2)
    assert PerCase().span(start, None, start + timedelta(days=3)) == Span(due=start + timedelta(days=3))
    with pytest.raises(BadInput, match="set `due`"):
        PerCase().span(start, None, None)
    with pytest.raises(BadInput, match="after the start"):
        PerCase().span(start, None, start - timedelta(seconds=1))


def test_without_undue_delay_reminds_and_is_never_due() -> None:
    span = WithoutUndueDelay(6, "promptly").span(utc(2025, 6, 2), None, None)
    assert span == Span(remind=utc(2025, 6, 2, 6))


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3", None])
@pytest.mark.parametrize("cls", [Hours, Days, Months, WithoutUndueDelay])
def test_zero_negative_and_broken_lengths_are_refused(cls: Any, value: Any) -> None:
    with pytest.raises(BadInput, match="whole number above zero"):
        cls(value)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, -1), (-1, 3), (4, 3), (1.5, 3), (0, 2.5)])
def test_impossible_windows_are_refused(low: Any, high: Any) -> None:
    with pytest.raises(BadInput, match="use a"):
        BusinessDays(min=low, max=high, calendar="office", zone=LA)


@pytest.mark.parametrize("make", [lambda z: SameDay(z), lambda z: Days(1, z), lambda z: Months(1, z)])
@pytest.mark.parametrize("name", ["Asia/Nowhere", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(make: Any, name: str) -> None:
    with pytest.raises(BadInput, match="IANA name"):
        make(name)


def test_terms_have_words_and_a_document_of_plain_values() -> None:
    terms: list[Term] = [Hours(2), Days(3, LA), Months(6), WINDOW, SameDay(LA), PerCase(), WithoutUndueDelay(5)]
    for term in terms:
        assert term.words()
        assert canon.text(term.document())
        assert term.calendar in ("", "office")
    assert zone(LA) is zone(LA)
    assert len({canon.text(t.document()) for t in terms}) == len(terms)


def test_terms_that_differ_differ_in_words() -> None:
    terms: list[Term] = [
        Hours(2), Hours(3), Hours(2, whole=True), SameDay("UTC"), SameDay(LA), PerCase(), WithoutUndueDelay(5),
        WithoutUndueDelay(6), WithoutUndueDelay(5, "promptly"), Yearly((2, 29)), Yearly((2, 28)), Yearly((2, 29), LA),
        *(kind(n, zone, calendar) for kind in (Days, Months) for n in (3, 4) for zone in ("UTC", LA)
          for calendar in ("", "office", "court")),
        *(BusinessDays(min=low, max=high, calendar=calendar, zone=zone) for low in (0, 2) for high in (5, 6)
          for calendar in ("office", "court") for zone in ("UTC", LA)),
    ]  # fmt: skip
    lengths = [t for t in terms if not isinstance(t, PerCase | WithoutUndueDelay)]
    terms += [Window(opens=Hours(1), closes=t) for t in lengths] + [Window(opens=t) for t in lengths]
    assert len({t.words() for t in terms}) == len({canon.text(t.document()) for t in terms}) == len(terms)


@pytest.mark.parametrize(
    "make",
    [lambda: Hours(10**9), lambda: Days(10**7), lambda: Months(10**6), lambda: WithoutUndueDelay(10**9),
     lambda: BusinessDays(max=90_000, calendar="X", zone="UTC")],
)  # fmt: skip
def test_a_length_that_no_calendar_holds_is_refused(make: Any) -> None:
    with pytest.raises(BadInput, match="use at most .* which is 200 years"):
        make()


@pytest.mark.parametrize("name", ["", " ", None, 5])
def test_business_days_need_the_name_of_a_calendar(name: Any) -> None:
    with pytest.raises(BadInput, match="name of a calendar"):
        BusinessDays(max=3, calendar=name, zone="UTC")


@pytest.mark.parametrize("dates", [5, "x", [["a", "b"]], [(1, 2, 3)], [1, 2, 3]])
def test_what_is_no_date_of_a_year_is_refused(dates: Any) -> None:
    with pytest.raises(BadInput, match=r"use \(month, day\)"):
        Yearly(dates)


@pytest.mark.parametrize("name", ["Europe", 5, None])
def test_a_folder_of_zones_or_no_text_is_no_zone(name: Any) -> None:
    with pytest.raises(BadInput, match="IANA name"):
        Days(1, name)


@pytest.mark.parametrize(
    ("opens", "closes"),
    [(Hours(3), Hours(1)), (Days(3), Hours(72)), (Months(1), Days(20)), (Days(2), Days(1, "Asia/Jakarta"))],
)
def test_a_window_that_closes_before_it_opens_is_refused(opens: Any, closes: Any) -> None:
    with pytest.raises(BadInput, match="use a term that ends after"):
        Window(opens=opens, closes=closes)


def test_a_window_may_close_when_it_opens() -> None:
    assert Window(opens=Hours(3), closes=Hours(3)).closes == Hours(3)
    assert Window(opens=Hours(24), closes=Days(1)).closes == Days(1)
    with pytest.raises(BadInput, match="use a term with a length"):
        Window(opens=5)  # type: ignore[arg-type]


def test_a_day_that_ends_twice_ends_the_second_time() -> None:
    # Until 2011 Newfoundland set its clocks back at 00:01: to 23:01 of the day that had just ended.
    start = datetime(2010, 11, 7, 3, 0, tzinfo=UTC)  # 23:30, the second time
    due = SameDay("America/St_Johns").span(start, None, None).due
    assert due == datetime(2010, 11, 7, 3, 30, tzinfo=UTC)
    havana = SameDay("America/Havana").span(datetime(2025, 11, 1, 20, 0, tzinfo=UTC), None, None).due
    assert havana == datetime(2025, 11, 2, 4, 0, tzinfo=UTC), "midnight comes twice: the day ended with the first one"


def test_a_limit_at_the_very_start_leaves_no_time() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    with pytest.raises(BadInput, match="after the start"):
        PerCase().span(start, None, start)
