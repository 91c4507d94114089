"""Legal time on given days. The arithmetic of each scenario stands beside it; nothing here is computed by sopflow.

Where a scenario names a regime, the length is the one of the procedures' sources; a mark (V, S, M, I) in brackets says
how well it is known. How a term counts where the law is silent is this library's reading.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from sopflow import calendars
from sopflow.errors import BadInput
from sopflow.terms import (
    BusinessDays,
    Days,
    Hours,
    Months,
    PerCase,
    SameDay,
    Term,
    Window,
    WithoutUndueDelay,
    Yearly,
    end_of_day,
)

BRU, NY, LA = "Europe/Brussels", "America/New_York", "America/Los_Angeles"
WIB, WITA, WIT = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"
LONDON, SYDNEY, SG, IST, BERLIN = "Europe/London", "Australia/Sydney", "Asia/Singapore", "Asia/Kolkata", "Europe/Berlin"
DMCA = BusinessDays(min=10, max=14, calendar="US-federal", zone=NY)
LEAVE = "ID+government"


def z(text: str) -> datetime:
    """Return an instant in UTC: "2025-03-30 00:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(text: str, zone: str, fold: int = 0) -> datetime:
    """Return a local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def ends(day: str, offset: int) -> datetime:
    """Return the end of a local day where the zone is `offset` hours east of UTC at that midnight, by subtraction."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=24 - offset)


def days(n: int, calendar: str, zone: str, least: int = 0) -> BusinessDays:
    """Return a term of business days."""
    return BusinessDays(min=least, max=n, calendar=calendar, zone=zone)


# name, term, start, not before, due
DATED: list[tuple[str, Term, datetime, datetime | None, datetime]] = [
    # --- EU, terrorist content: 1 h from receipt, 3(3) [V]; 72 h and 48 h, Article 4 [V part, S] ---
    # 30 March 2025: 02:00 CET becomes 03:00 CEST. 01:30 CET = 00:30Z; + 1 h = 01:30Z, which the wall calls 03:30.
    ("tco 1 h over the lost hour", Hours(1), at("2025-03-30 01:30", BRU), None, z("2025-03-30 01:30")),
    # 26 October 2025: 03:00 CEST becomes 02:00 CET. The first 02:30 is CEST = 00:30Z; + 1 h = 01:30Z = 02:30 CET.
    ("tco 1 h over the hour that comes twice", Hours(1), at("2025-10-26 02:30", BRU), None, z("2025-10-26 01:30")),
    # The second 02:30 is CET = 01:30Z; + 1 h = 02:30Z = 03:30 CET.
    ("tco 1 h from the second half past two", Hours(1), at("2025-10-26 02:30", BRU, 1), None, z("2025-10-26 02:30")),
    # 23:30 CET = 22:30Z; + 1 h = 23:30Z, 00:30 in the new year.
    ("tco 1 h over the year end", Hours(1), at("2025-12-31 23:30", BRU), None, z("2025-12-31 23:30")),
    # In whole hours: the hour 10-11 is not counted, 11-12 is.
    ("1 whole hour from 10:20", Hours(1, whole=True), z("2025-06-02 10:20"), None, z("2025-06-02 12:00")),
    # At 10:00 sharp the hour that has begun is the one in which it happens: not counted either.
    ("1 whole hour from 10:00", Hours(1, whole=True), z("2025-06-02 10:00"), None, z("2025-06-02 12:00")),
    # Friday 24 October, 18:00 CEST = 16:00Z; + 3 x 24 h = Monday 16:00Z = 17:00 CET.
    ("tco 72 h over the end of summer time", Hours(72), at("2025-10-24 18:00", BRU), None, z("2025-10-27 16:00")),
    # 28 March, 20:00 CET = 19:00Z; + 48 h = 30 March 19:00Z = 21:00 CEST.
    ("tco 48 h over the start of summer time", Hours(48), at("2025-03-28 20:00", BRU), None, z("2025-03-30 19:00")),
    # 12 h before issuing, 3(2) [V part]: told at 20:00Z, not before 08:00Z; no end.
    ("tco 12 h before a first order", Window(opens=Hours(12)), z("2025-05-01 20:00"), z("2025-05-02 08:00"), None),  # type: ignore[list-item]
    # --- six months, Article 6 [V] ---
    # August has a 31st, February 2026 has not: its last day, the 28th. CET is UTC+1.
    ("6 months from 31 August", Months(6, BRU), at("2025-08-31 15:00", BRU), None, ends("2026-02-28", 1)),
    # 2024 is a leap year: 29 February.
    ("6 months from 31 August to a leap year", Months(6, BRU), at("2023-08-31 15:00", BRU), None, ends("2024-02-29", 1)),
    ("6 months from 30 August", Months(6, BRU), at("2025-08-30 15:00", BRU), None, ends("2026-02-28", 1)),
    ("6 months from 28 August", Months(6, BRU), at("2025-08-28 15:00", BRU), None, ends("2026-02-28", 1)),
    # A day that exists in both: 29 February to 29 August, CEST is UTC+2.
    ("6 months from 29 February", Months(6, BRU), at("2024-02-29 15:00", BRU), None, ends("2024-08-29", 2)),
    ("12 months from 29 February", Months(12, BRU), at("2024-02-29 15:00", BRU), None, ends("2025-02-28", 1)),
    ("1 month from 31 January", Months(1, BRU), at("2025-01-31 08:00", BRU), None, ends("2025-02-28", 1)),
    ("1 month from 31 March", Months(1, BRU), at("2025-03-31 08:00", BRU), None, ends("2025-04-30", 2)),
    # 31 August 22:30Z is 1 September 00:30 in Brussels already: to 1 March.
    ("6 months by the local day", Months(6, BRU), z("2025-08-31 22:30"), None, ends("2026-03-01", 1)),
    # 28 February 2026 is a Saturday: the next business day in Belgium is Monday 2 March. 1182/71, 3(4) [S].
    ("6 months to a Saturday", Months(6, BRU, "BE"), at("2025-08-28 15:00", BRU), None, ends("2026-03-02", 1)),
    # 1 May 2025 is a Thursday and a holiday in Belgium: Friday 2 May.
    ("6 months to a holiday", Months(6, BRU, "BE"), at("2024-11-01 12:00", BRU), None, ends("2025-05-02", 2)),
    # 3 months from an exposure decision, Article 5 [S]: 30 November to 28 February (2026 has no 30th).
    ("3 months from 30 November", Months(3, BRU), at("2025-11-30 12:00", BRU), None, ends("2026-02-28", 1)),
    # 6 weeks without disclosure, 11(3) [M]: 42 days. 1 December + 30 = 31 December, + 12 = 12 January.
    ("6 weeks of not telling", Days(42, BRU), at("2025-12-01 09:00", BRU), None, ends("2026-01-12", 1)),
    # --- EU, DSA: 90 and 90 calendar days, Article 21 [V]; six months, Article 20 [V] ---
    # 2 January + 29 = 31 January, + 28 = 28 February (57), + 31 = 31 March (88), + 2 = 2 April (90).
    ("dsa 90 days", Days(90, BRU), at("2025-01-02 10:00", BRU), None, ends("2025-04-02", 2)),
    # From 2 April: + 28 = 30 April, + 31 = 31 May (59), + 30 = 30 June (89), + 1 = 1 July (90).
    ("dsa 90 + 90 days", Days(180, BRU), at("2025-01-02 10:00", BRU), None, ends("2025-07-01", 2)),
    # 29 + 29 (a leap year) + 31 = 89 on 31 March, the 90th is 1 April 2024.
    ("dsa 90 days over 29 February", Days(90, BRU), at("2024-01-02 10:00", BRU), None, ends("2024-04-01", 2)),
    # 1 April 2024 is Easter Monday: with the institutions' calendar, Tuesday 2 April.
    ("dsa 90 days to Easter Monday", Days(90, BRU, "EU-institutions"), at("2024-01-02 10:00", BRU), None,
     ends("2024-04-02", 2)),
    # 15 March to 15 September; 180 x 24 h would end on 11 September.
    ("dsa six months are not 180 days", Months(6, BRU), at("2025-03-15 10:00", BRU), None, ends("2025-09-15", 2)),
    ("dsa six months from 31 March", Months(6, BRU), at("2025-03-31 10:00", BRU), None, ends("2025-09-30", 2)),
    # --- EU: dates of the year. Reports within 2 months of the period's end [S]; before 1 March [M] ---
    ("report on 2026", Yearly((2, 29), BRU), at("2027-01-01 00:00", BRU), None, ends("2027-02-28", 1)),
    ("report on 2027, in a leap year", Yearly((2, 29), BRU), at("2028-01-01 00:00", BRU), None, ends("2028-02-29", 1)),
    ("after the day itself, the next year's", Yearly((2, 29), BRU), at("2027-02-28 12:00", BRU), None,
     ends("2028-02-29", 1)),
    # Half-years: from 1 July, 30 August comes before the end of February.
    ("half-yearly report", Yearly(((2, 29), (8, 30)), BRU), at("2026-07-01 00:00", BRU), None, ends("2026-08-30", 2)),
    # --- Indonesia. WIB is UTC+7, WITA +8, WIT +9, all year ---
    # PM 5/2020, 15(8): urgent 4 h [V, transcription]. 22:30 WIB = 15:30Z; + 4 h = 19:30Z = 02:30 WIB of the 15th.
    ("pm5 urgent 4 h over midnight", Hours(4), at("2025-08-14 22:30", WIB), None, z("2025-08-14 19:30")),
    # 23:00 WIB = 16:00Z; + 4 h = 20:00Z = 03:00 WIB on 1 January.
    ("pm5 urgent 4 h over the year end", Hours(4), at("2025-12-31 23:00", WIB), None, z("2025-12-31 20:00")),
    # 15(6): 24 h run through Eid. 09:00 WITA = 01:00Z of 20 March; 01:00Z of 21 March, which is Eid.
    ("pm5 24 h at Eid", Hours(24), at("2026-03-20 09:00", WITA), None, z("2026-03-21 01:00")),
    # Article 20: 2 x 24 h. Friday 16:00 WIB = 09:00Z, Sunday 09:00Z.
    ("pm5 normalisation 2x24 h", Hours(48), at("2025-08-15 16:00", WIB), None, z("2025-08-17 09:00")),
    # PM 19/2014: urgent 1x12 h [V/S]. 20:00 WIB = 13:00Z; 01:00Z = 08:00 WIB.
    ("pm19 1x12 h over night", Hours(12), at("2015-03-01 20:00", WIB), None, z("2015-03-02 01:00")),
    # Articles 27, 31, 37, 41: 5 calendar days. 27 December + 5 = 1 January.
    ("pm5 5 days from one minute to midnight", Days(5, WIB), at("2025-12-27 23:59", WIB), None, ends("2026-01-01", 7)),
    ("pm5 5 days from one minute past midnight", Days(5, WIB), at("2025-12-28 00:01", WIB), None,
     ends("2026-01-02", 7)),
    # 2017 [S]: the same day. 16:59Z is 23:59 WIB, the day ends at 17:00Z.
    ("same day in Jakarta", SameDay(WIB), z("2017-08-14 16:59"), None, z("2017-08-14 17:00")),
    # 17:00Z sharp is 00:00 of the 15th, whose end is 24 h later.
    ("same day from midnight sharp", SameDay(WIB), z("2017-08-14 17:00"), None, z("2017-08-15 17:00")),
    # 14:59Z is 23:59 in Jayapura: one minute is left; in Jakarta it is 21:59.
    ("same day in Jayapura", SameDay(WIT), z("2025-08-14 14:59"), None, z("2025-08-14 15:00")),
    # Eid 2026 with joint leave. Tuesday 17 March is day 0; off: 18 (joint), 19 (Nyepi), 20 (joint), 21 and 22 (Eid, a
    # weekend), 23 and 24 (joint). Wednesday 25 is 1, 26 is 2, Friday 27 is 3.
    ("3 business days over Eid, joint leave counted off", days(3, LEAVE, WIB), at("2026-03-17 10:00", WIB), None,
     ends("2026-03-27", 7)),
    # Without joint leave: Wednesday 18 is 1, 19 off, Friday 20 is 2, weekend, Monday 23 is 3: four days earlier.
    ("3 business days over Eid, public holidays alone", days(3, "ID", WIB), at("2026-03-17 10:00", WIB), None,
     ends("2026-03-23", 7)),
    # 5 working days for a report of an agency [M]: 25, 26, 27, Monday 30, Tuesday 31.
    ("5 business days over Eid", days(5, LEAVE, WIB), at("2026-03-17 10:00", WIB), None, ends("2026-03-31", 7)),
    # Eid 2025. Thursday 27 March is day 0; off: 28 (joint), 29-30 weekend, 31 and 1 April (Eid), 2, 3, 4 (joint),
    # 5-6 weekend, 7 (joint). Tuesday 8 April is 1, 9 is 2, Thursday 10 is 3.
    ("3 business days over Eid 2025", days(3, LEAVE, WIB), at("2025-03-27 10:00", WIB), None, ends("2025-04-10", 7)),
    # Christmas 2026: Thursday 24 (joint), Friday 25, weekend: Monday 28.
    ("1 business day over Christmas", days(1, LEAVE, WIB), at("2026-12-23 10:00", WIB), None, ends("2026-12-28", 7)),
    # --- United States. DMCA, 512(g)(2)(C): 10 to 14 business days [V]; which days those are is not defined [M] ---
    # Friday 14 November 2025 is day 0. 17-21 = 1-5, 24-26 = 6-8, 27 Thanksgiving, 28 = 9, 1-5 December = 10-14.
    # New York is UTC-5.
    ("dmca over Thanksgiving", DMCA, at("2025-11-14 10:00", NY), ends("2025-12-01", -5), ends("2025-12-05", -5)),
    # On Saturday or Sunday it is the same, as the next day that counts is Monday.
    ("dmca received on a Sunday", DMCA, at("2025-11-16 23:00", NY), ends("2025-12-01", -5), ends("2025-12-05", -5)),
    # 04:30Z on the 15th is 23:30 on Friday 14 in New York.
    ("dmca by the local day", DMCA, z("2025-11-15 04:30"), ends("2025-12-01", -5), ends("2025-12-05", -5)),
    # Thursday 15 December 2022 is day 0. 16 = 1, 19-23 = 2-6, Monday 26 off (Christmas observed), 27-30 = 7-10,
    # Monday 2 January off (New Year observed), 3-6 January = 11-14.
    ("dmca over the year end", DMCA, at("2022-12-15 10:00", NY), ends("2022-12-30", -5), ends("2023-01-06", -5)),
    # Monday 16 December 2024. 17-20 = 1-4, 23 and 24 = 5 and 6, 25 off, 26 and 27 = 7 and 8, 30 and 31 = 9 and 10,
    # 1 January off, 2 and 3 = 11 and 12, 6 and 7 = 13 and 14.
    ("dmca over a year end in mid-week", DMCA, at("2024-12-16 10:00", NY), ends("2024-12-31", -5),
     ends("2025-01-07", -5)),
    # 3 March 2025: 4-7 = 1-4, 10-14 = 5-9, 17 = 10, 18-21 = 11-14. From 9 March it is UTC-4.
    ("dmca over the start of summer time", DMCA, at("2025-03-03 10:00", NY), ends("2025-03-17", -4),
     ends("2025-03-21", -4)),
    # 4 July 2026 is a Saturday, observed on Friday 3. 30 June = 1, 1 and 2 July = 2 and 3, 6-10 = 4-8, 13 and 14 = 9
    # and 10, 15-17 = 11-13, Monday 20 = 14.
    ("dmca over an observed holiday", DMCA, at("2026-06-29 10:00", NY), ends("2026-07-14", -4), ends("2026-07-20", -4)),
    # Thursday 12 June 2025: 13 = 1, 16-18 = 2-4, 19 off (Juneteenth), 20 = 5, 23-27 = 6-10, 30 = 11, 1-3 July = 12-14.
    ("dmca over Juneteenth", DMCA, at("2025-06-12 10:00", NY), ends("2025-06-27", -4), ends("2025-07-03", -4)),
    # In Los Angeles the same Friday ends three hours later: UTC-8.
    ("dmca in Los Angeles", days(14, "US-federal", LA, 10), at("2025-11-14 23:30", LA), ends("2025-12-01", -8),
     ends("2025-12-05", -8)),
    # TAKE IT DOWN: 48 h [S], over the weekend of Memorial Day. Saturday 12:00 EDT = 16:00Z; Monday 16:00Z.
    ("tida 48 h over a long weekend", Hours(48), at("2026-05-23 12:00", NY), None, z("2026-05-25 16:00")),
    # --- others ---
    # UK, 48 h [V, bill stage]: 28 March, 10:00 GMT; 48 h later the wall says 11:00 BST.
    ("uk 48 h over the start of summer time", Hours(48), at("2026-03-28 10:00", LONDON), None, z("2026-03-30 10:00")),
    # AU, s77, 24 h [V]: 20:00 AEDT (UTC+11) = 09:00Z; the next day 09:00Z is 19:00 AEST.
    ("au 24 h over the end of summer time", Hours(24), at("2026-04-04 20:00", SYDNEY), None, z("2026-04-05 09:00")),
    # AU, s88: 48 h since the complaint to the service [V]; 3 October, 10:00 AEST = 00:00Z, 5 October 00:00Z = 11:00 AEDT.
    ("au 48 h before an order", Window(opens=Hours(48)), at("2026-10-03 10:00", SYDNEY), z("2026-10-05 00:00"), None),  # type: ignore[list-item]
    # SG, reconsideration within 30 days [V]: 31 January + 28 = 28 February, + 2 = 2 March. UTC+8.
    ("sg 30 days", Days(30, SG), at("2025-01-31 10:00", SG), None, ends("2025-03-02", 8)),
    ("sg 30 days over 29 February", Days(30, SG), at("2024-01-31 10:00", SG), None, ends("2024-03-01", 8)),
    # IN, 3 h since 20 February 2026 [S]: 23:00 IST (UTC+5:30) = 17:30Z; 20:30Z = 02:00 IST.
    ("in 3 h over midnight", Hours(3), at("2026-03-01 23:00", IST), None, z("2026-03-01 20:30")),
    # IN, grievances 7 days [S]: 24 February + 4 = 28 February, + 3 = 3 March; 24:00 IST = 18:30Z.
    ("in 7 days", Days(7, IST), at("2026-02-24 12:00", IST), None, z("2026-03-03 18:30")),
    # DE, NetzDG (historic): 24 h [V] from 25 March 2023, 12:00 CET = 11:00Z; 13:00 CEST the next day.
    ("netzdg 24 h over the start of summer time", Hours(24), at("2023-03-25 12:00", BERLIN), None, z("2023-03-26 11:00")),
    ("netzdg 7 days", Days(7, BERLIN), at("2023-03-24 12:00", BERLIN), None, ends("2023-03-31", 2)),
    # DE calendar: 2 October 2025 is day 0, Friday 3 is a holiday: Monday 6.
    ("1 business day in Germany", days(1, "DE", BERLIN), at("2025-10-02 12:00", BERLIN), None, ends("2025-10-06", 2)),
    # Corpus Christi, Thursday 19 June 2025, is a holiday in Bavaria and not in Berlin.
    ("1 business day in Bavaria", days(1, "DE-BY", BERLIN), at("2025-06-18 12:00", BERLIN), None, ends("2025-06-20", 2)),
    ("1 business day in Berlin", days(1, "DE-BE", BERLIN), at("2025-06-18 12:00", BERLIN), None, ends("2025-06-19", 2)),
    # Hungary worked on Saturday 7 December 2024, in place of 24 December.
    ("a Saturday that is worked", days(1, "HU", "Europe/Budapest"), at("2024-12-06 12:00", "Europe/Budapest"), None,
     ends("2024-12-07", 1)),
    # In Saudi Arabia the weekend is Friday and Saturday: after Thursday comes Sunday 14 December 2025.
    ("a weekend of Friday and Saturday", days(1, "SA", "Asia/Riyadh"), at("2025-12-11 12:00", "Asia/Riyadh"), None,
     ends("2025-12-14", 3)),
    # Institutions of the EU: Wednesday 17 May 2023; 18 Ascension, 19 the day after [V]; weekend; Monday 22.
    ("1 business day of the institutions", days(1, "EU-institutions", BRU), at("2023-05-17 12:00", BRU), None,
     ends("2023-05-22", 2)),
    # Samoa had no 30 December 2011: it went from UTC-10 to UTC+14. The day after the 29th is over as it begins.
    ("a day that does not exist", Days(1, "Pacific/Apia"), z("2011-12-29 20:00"), None, z("2011-12-30 10:00")),
    # Egypt, 25 April 2025: 00:00 becomes 01:00. The 24th (UTC+2) ends at 22:00Z all the same.
    ("a midnight that does not exist", SameDay("Africa/Cairo"), z("2025-04-24 12:00"), None, z("2025-04-24 22:00")),
    # Paraguay, 24 March 2024: 00:00 (UTC-3) becomes 23:00 (UTC-4) of the 23rd, which ends at 04:00Z, 25 hours long.
    ("a day of 25 hours", SameDay("America/Asuncion"), z("2024-03-23 12:00"), None, z("2024-03-24 04:00")),
    # Not before 2 h and not after 1 day: 10:00Z + 2 h; the end of 3 June in UTC.
    ("a window of two terms", Window(opens=Hours(2), closes=Days(1)), z("2025-06-02 10:00"), z("2025-06-02 12:00"),
     z("2025-06-04 00:00")),
]  # fmt: skip


def test_there_are_at_least_sixty_dated_scenarios() -> None:
    assert len({name for name, *_ in DATED}) == len(DATED) >= 60


@pytest.mark.parametrize(("term", "start", "opens", "due"), [s[1:] for s in DATED], ids=[s[0] for s in DATED])
def test_the_instant_is_the_one_computed_by_hand(
    term: Term, start: datetime, opens: datetime | None, due: datetime | None
) -> None:
    calendar = calendars.load(term.calendar) if term.calendar else None
    span = term.span(start, calendar, None)
    assert (span.not_before, span.due, span.remind) == (opens, due, None)


def test_a_rule_without_a_number_gives_only_a_reminder() -> None:
    span = WithoutUndueDelay(24).span(z("2025-06-02 10:00"), None, None)
    assert (span.not_before, span.due, span.remind) == (None, None, z("2025-06-03 10:00"))


def test_a_limit_set_in_the_case_is_the_limit() -> None:
    limit = z("2025-06-05 12:34")
    assert PerCase().span(z("2025-06-02 10:00"), None, limit).due == limit


# --- against an independent computation ------------------------------------------------------------------------------

ZONES = (BRU, NY, WIB, SYDNEY, IST, "Africa/Cairo", "America/Asuncion", "America/Havana", "Asia/Beirut", "Asia/Kathmandu",
         "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "America/St_Johns", "UTC")  # fmt: skip
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))
US_DAYS = holidays.country_holidays("US", years=range(1999, 2036))
ID_DAYS = holidays.country_holidays("ID", years=range(2002, 2028), categories=("public", "government"))


@given(INSTANTS, st.sampled_from(ZONES), st.integers(1, 400))
def test_days_end_with_the_local_day_in_every_zone(start: datetime, zone: str, n: int) -> None:
    due = Days(n, zone).span(start, None, None).due
    assert due is not None
    last = start.astimezone(ZoneInfo(zone)).date() + timedelta(days=n)

    def local(instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(zone)).date()

    assert local(due - timedelta(microseconds=1)) <= last, "not a moment too late"
    for minutes in (0, 1, 30, 59, 60, 61, 120, 180):
        assert local(due + timedelta(minutes=minutes)) > last, "not a moment too early"


@given(INSTANTS, st.sampled_from(ZONES), st.integers(1, 60))
def test_months_agree_with_dateutil(start: datetime, zone: str, n: int) -> None:
    due = Months(n, zone).span(start, None, None).due
    assert due == end_of_day(start.astimezone(ZoneInfo(zone)).date() + relativedelta(months=n), zone)


@given(INSTANTS, st.integers(1, 2000), st.sampled_from(ZONES))
def test_hours_are_elapsed_hours_in_every_zone(start: datetime, n: int, zone: str) -> None:
    due = Hours(n).span(start.astimezone(ZoneInfo(zone)), None, None).due
    assert due is not None
    assert round(due.timestamp() * 1e6) - round(start.timestamp() * 1e6) == n * 3_600_000_000
    whole = Hours(n, whole=True).span(start, None, None).due
    assert whole is not None
    assert timedelta(0) < whole - due <= timedelta(hours=1)
    assert (whole.minute, whole.second, whole.microsecond) == (0, 0, 0)


@given(INSTANTS, st.integers(0, 20), st.integers(1, 40))
def test_business_days_agree_with_counting_on_fingers(start: datetime, least: int, more: int) -> None:
    span = days(least + more, "US-federal", NY, least).span(start, calendars.load("US-federal"), None)
    day = start.astimezone(ZoneInfo(NY)).date()
    open_days = [d for n in range(1, 140) if (d := day + timedelta(days=n)).weekday() < 5 and d not in US_DAYS]
    assert span.due == end_of_day(open_days[least + more - 1], NY)
    assert span.not_before == (end_of_day(open_days[least - 1], NY) if least else None)


@given(st.datetimes(datetime(2003, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC)), st.integers(1, 30))
def test_business_days_agree_with_the_package_that_keeps_the_days(start: datetime, n: int) -> None:
    span = days(n, LEAVE, WIB).span(start, calendars.load(LEAVE), None)
    found = ID_DAYS.get_nth_working_day(start.astimezone(ZoneInfo(WIB)).date(), n)
    assert span.due == end_of_day(found, WIB)


@given(INSTANTS, st.lists(st.tuples(st.integers(1, 12), st.integers(1, 28)), min_size=1, max_size=4, unique=True))
def test_a_yearly_date_is_the_next_one_and_never_today(start: datetime, dates: list[tuple[int, int]]) -> None:
    due = Yearly(dates, WIB).span(start, None, None).due  # type: ignore[arg-type]
    day = start.astimezone(ZoneInfo(WIB)).date() + timedelta(days=1)
    while (day.month, day.day) not in dates:
        day += timedelta(days=1)
    assert due == end_of_day(day, WIB)


@given(INSTANTS, st.sampled_from(["BE", "DE", "US-federal", "HU"]), st.integers(1, 200))
def test_a_term_that_rolls_ends_on_a_business_day_and_skips_none(start: datetime, name: str, n: int) -> None:
    calendar = calendars.load(name)
    plain, rolled = Days(n, BRU).span(start, None, None).due, Days(n, BRU, name).span(start, calendar, None).due
    assert plain is not None
    assert rolled is not None
    first = (plain - timedelta(minutes=1)).astimezone(ZoneInfo(BRU)).date()
    last = (rolled - timedelta(minutes=1)).astimezone(ZoneInfo(BRU)).date()
    assert calendar.is_business_day(last)
    assert not any(calendar.is_business_day(first + timedelta(days=i)) for i in range((last - first).days))


# --- what cannot be computed is refused, by name ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: Hours(0), "Hours.hours"),
        (lambda: Days(-1), "Days.days"),
        (lambda: Months(0), "Months.months"),
        (lambda: days(0, "BE", BRU), "BusinessDays.max"),
        (lambda: days(3, "BE", BRU, 4), "BusinessDays.min"),
        (lambda: Days(1, "Europe/Atlantis"), "zone"),
        (lambda: Yearly((2, 30)), "Yearly.dates"),
        (lambda: Yearly(()), "Yearly.dates"),
        (lambda: Yearly((13, 1)), "Yearly.dates"),
        (lambda: Window(opens=PerCase()), "Window.opens"),
        (lambda: Window(opens=None), "Window.opens"),  # type: ignore[arg-type]
        (lambda: Window(opens=Hours(1), closes=WithoutUndueDelay()), "Window.closes"),
        (lambda: Window(opens=days(1, "BE", BRU), closes=days(2, "DE", BRU)), "Window.closes"),
        (lambda: Window(opens=Hours(30), closes=Hours(2)).span(z("2025-01-01 00:00"), None, None), "Window.closes"),
        (lambda: Days(3, BRU, "BE").span(z("2025-01-01 00:00"), None, None), "calendar"),
        (lambda: days(3, "EU-institutions", BRU).span(z("2027-12-23 12:00"), calendars.load("EU-institutions"), None),
         "EU-institutions"),
        (lambda: days(3, LEAVE, WIB).span(z("2027-12-30 12:00"), calendars.load(LEAVE), None), "ID\\+government"),
        (lambda: Yearly((2, 1)).span(datetime(9999, 3, 1, tzinfo=UTC), None, None), "start"),
    ],
)  # fmt: skip
def test_a_wrong_term_is_refused_and_named(make: Any, names: str) -> None:
    with pytest.raises(BadInput, match=names):
        make()
