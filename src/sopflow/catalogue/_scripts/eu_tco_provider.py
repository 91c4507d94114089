"""Scripts of a removal order under Regulation (EU) 2021/784, in the provider's file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import ImpossibilityStated, Restored
from ...script import Scene
from .._eu_tco import ObstacleCeased, ScrutinyDecided
from ..eu_tco_provider import Purged
from ._courses import courses, effect
from .eu_tco import ORDER

# Received on Monday 31 August 2026 at 10:00 CEST. The hour ends at 11:00 CEST. What is removed on 31 August is preserved
# for six months: February 2027 has no 31st day, so until the end of 28 February, which is 23:00 UTC (CET).
_START = datetime(2026, 8, 31, 8, 0, tzinfo=UTC)
_OVER = datetime(2027, 2, 28, 23, 0, tzinfo=UTC) - _START
_MINUTE = timedelta(minutes=1)

_course = courses("eu.tco_2021_784.provider", _START, ORDER, by="authority")

PROVIDER = (
    _course(
        "on_time",
        "Removed within the hour, reported, preserved for six months, and deleted only then.",
        effect("removed", 40 * _MINUTE, "c1", "c2"),
        Scene(at=_OVER - _MINUTE, event=Purged(), by="platform", refused="preservation is still open"),
        Scene(at=_OVER + _MINUTE, event=Purged(), by="platform"),
        state="purged",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={"removal": "met", "feedback": "met", "inform_user": "met", "preservation": "expired"},
        sent=("receipt", "feedback", "user_information"),
    ),
    _course(
        "late",
        "Removed after the hour.",
        effect("removed", 75 * _MINUTE, "c1", "c2"),
        state="executed",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={"removal": "expired", "feedback": "met"},
    ),
    _course(
        "partial",
        "One item is removed; for the other a failure of the systems stops the clock, and the hour runs in full after it.",
        effect("removed", 20 * _MINUTE, "c1"),
        Scene(at=30 * _MINUTE, event=ImpossibilityStated(contents=["c2"], reason="storage is down"), by="platform"),
        # The ground ceases after 5 hours, at 15:00 CEST: due at 16:00 CEST, one hour later and not half an hour.
        Scene(at=timedelta(hours=5), event=ObstacleCeased(contents=("c2",)), by="platform"),
        Scene(at=timedelta(hours=5, minutes=59)),
        state="received",
        outcomes={"c1": "removed", "c2": "pending"},
        standings={"removal@c2": "running", "say_why_not": "met"},
        sent=("inability",),
    ),
    _course(
        "reversed",
        "The home authority voids the order of its own motion, and the content is reinstated at once.",
        effect("removed", 40 * _MINUTE, "c1", "c2"),
        Scene(at=timedelta(hours=50), event=ScrutinyDecided(finding="infringement"), by="home_authority"),
        Scene(at=timedelta(hours=50, minutes=30), event=Restored(), by="platform"),
        state="reinstated",
        outcomes={"c1": "restored", "c2": "restored"},
        standings={"reinstate": "met", "ask_scrutiny": "expired"},
    ),
)

SCRIPTS = {"eu.tco_2021_784.provider": PROVIDER}
