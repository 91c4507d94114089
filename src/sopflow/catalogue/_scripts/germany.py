"""Scripts of a complaint under section 3 of the Network Enforcement Act, as it stood from 2021."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import CounterNotice, InstrumentReceived, Notice, Refused, Restored
from ...script import Scene
from ..germany import Classified
from ._courses import courses, effect

# Saturday 31 December 2022, 23:30 CET, is 22:30 UTC. Manifestly unlawful: until Sunday 1 January 2023, 22:30 UTC (24 h).
# Other: the day of receipt is day 0, day 7 is Saturday 7 January: until 24:00 CET = 23:00 UTC.
_START = datetime(2022, 12, 31, 22, 30, tzinfo=UTC)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_COMPLAINT = Notice(
    contents=["https://network.example/p/1", "https://network.example/p/2"],
    parties={"complainant": "complainant-1", "user": "user-1"},
)


def _found(finding: str, told: timedelta, *ids: str) -> Scene:
    return Scene(at=timedelta(0), told=told, event=Classified(finding=finding, contents=ids), by="platform")


_course = courses("de.netzdg", _START, _COMPLAINT, by="complainant")

NETZDG = (
    _course(
        "on_time",
        "One item is manifestly unlawful and removed within 24 hours; the other within seven days, over the new year.",
        _found("manifest", 2 * _HOUR, "c1"),
        _found("other", 3 * _HOUR, "c2"),
        effect("removed", 23 * _HOUR, "c1"),
        effect("removed", 7 * _DAY, "c2"),
        state="removed",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={"assess": "met", "remove_manifest": "met", "remove_other": "met", "tell": "met"},
        sent=("decision",),
    ),
    _course(
        "late",
        "Manifestly unlawful content is removed after 25 hours.",
        _found("manifest", 2 * _HOUR),
        effect("removed", 25 * _HOUR, "c1", "c2"),
        state="removed",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={"remove_manifest": "expired", "decide_overdue": "met"},
    ),
    _course(
        "partial",
        "One item is unlawful and removed, the other is lawful and stays.",
        _found("other", 2 * _HOUR),
        effect("removed", 50 * _HOUR, "c1"),
        Scene(at=51 * _HOUR, event=Refused(contents=["c2"], reason="it is an opinion"), by="platform"),
        state="removed",
        outcomes={"c1": "removed", "c2": "refused"},
        standings={"remove_other": "met"},
        sent=("decision",),
    ),
    _course(
        "reversed",
        "The user makes a counter-statement, and somebody else in the network restores the content.",
        _found("manifest", 2 * _HOUR),
        effect("removed", 10 * _HOUR, "c1", "c2"),
        Scene(at=5 * _DAY, event=InstrumentReceived(instrument=CounterNotice()), by="user"),
        Scene(at=6 * _DAY, event=Restored(), by="reviewer"),
        state="restored",
        outcomes={"c1": "restored", "c2": "restored"},
        standings={"counter_statement": "met", "review": "met"},
        sent=("decision",),
    ),
)

SCRIPTS = {"de.netzdg": NETZDG}
