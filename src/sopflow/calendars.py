"""Business-day calendars by name, from the well-kept `holidays` package (extra `calendar`).

The core never imports this: it gets `Calendar` values. A host hands in its own with `Runner(calendars=…)`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version

from . import canon
from .errors import BadInput, MissingExtra
from .terms import Calendar

_NAMES = {"US-federal": ("US", None, ("public",))}


@lru_cache(maxsize=32)
def load(name: str, first: int = 1995, last: int = 2035) -> Calendar:
    """Return the calendar of this name.

    Args:
        name: "US-federal": the days that are federal holidays in the United States (5 U.S.C. 6103), observed days
            included, Saturdays and Sundays.
        first, last: The years to hold.

    Raises:
        BadInput: For an unknown name.
        MissingExtra: Without the `holidays` package.
    """
    if name not in _NAMES:
        raise BadInput(
            "calendar", name, f"use one of {', '.join(_NAMES)}, or hand in Runner(calendars={{name: Calendar}})"
        )
    try:
        import holidays
    except ImportError:
        raise MissingExtra(f"The calendar {name}", "calendar") from None
    country, subdivision, categories = _NAMES[name]
    days = holidays.country_holidays(country, subdiv=subdivision, years=range(first, last + 1), categories=categories)
    dates = frozenset(days)
    digest = canon.digest(canon.text([d.isoformat() for d in sorted(dates)]))
    return Calendar(
        name=name, version=f"holidays {version('holidays')}", digest=digest, first=first, last=last, holidays=dates
    )  # fmt: skip
