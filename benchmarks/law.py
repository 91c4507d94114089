"""What legal time costs, and that a business-day deadline takes under 50 microseconds after its calendar is loaded.

    python benchmarks/law.py

Judges one thing, the limit above, and fails where it is missed; the rest it prints.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sopflow import calendars
from sopflow.terms import BusinessDays, Days, Hours, Months, SameDay, Term, Yearly

LIMIT = 50.0
START = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
BRUSSELS, JAKARTA, NEW_YORK = "Europe/Brussels", "Asia/Jakarta", "America/New_York"


def cost(call: Callable[[datetime], object], rounds: int = 5, each: int = 400) -> float:
    """Return the microseconds of one call: the best of several rounds, over starts that differ by 17 hours."""
    best = float("inf")
    for _ in range(rounds):
        starts = [START + timedelta(hours=17 * n) for n in range(each)]
        begin = time.perf_counter()
        for start in starts:
            call(start)
        best = min(best, (time.perf_counter() - begin) / each * 1e6)
    return best


def of(term: Term) -> float:
    """Return the microseconds of computing this term."""
    calendar = calendars.load(term.calendar) if term.calendar else None
    return cost(lambda start: term.span(start, calendar, None))


def main() -> int:
    """Print the figures; return 1 where a business-day deadline is too slow."""
    print(f"Python {platform.python_version()}")
    for name in ("US-federal", "ID+government", "BE", "EU-institutions"):
        calendars.load.cache_clear()
        begin = time.perf_counter()
        calendars.load(name)
        print(f"load {name:<38}{(time.perf_counter() - begin) * 1e3:8.1f} ms, once (the first imports the package)")
    business: dict[str, Term] = {
        "10-14 business days, US-federal": BusinessDays(min=10, max=14, calendar="US-federal", zone=NEW_YORK),
        "3 business days, ID+government": BusinessDays(max=3, calendar="ID+government", zone=JAKARTA),
        "30 business days, BE": BusinessDays(max=30, calendar="BE", zone=BRUSSELS),
        "90 days, rolled, EU-institutions": Days(90, BRUSSELS, "EU-institutions"),
    }
    others: dict[str, Term] = {
        "1 h": Hours(1),
        "the same day, Jakarta": SameDay(JAKARTA),
        "6 months, Brussels": Months(6, BRUSSELS),
        "by the last of February": Yearly((2, 29), BRUSSELS),
    }
    slow = 0
    for name, term in business.items():
        spent = of(term)
        slow += spent >= LIMIT
        print(f"{name:<43}{spent:8.1f} us (under {LIMIT:.0f}: {'yes' if spent < LIMIT else 'NO'})")
    for name, term in others.items():
        print(f"{name:<43}{of(term):8.1f} us")
    calendar = calendars.load("ID+government")
    doubtful = cost(lambda start: calendar.doubtful(start.date(), start.date() + timedelta(days=14)))
    print(f"{'asking for estimated dates':<43}{doubtful:8.1f} us")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
