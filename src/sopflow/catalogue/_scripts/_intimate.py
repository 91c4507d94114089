"""Scripts that reports of intimate images share; the hours are 48 in both laws."""

from __future__ import annotations

from datetime import datetime, timedelta

from ...events import InstrumentReceived, Notice, Refused, Restored, Retracted
from ...script import Scene, Script
from .._intimate import CopiesSought
from ._courses import courses, effect

_HOUR = timedelta(hours=1)


def scripts(procedure: str, start: datetime, form: dict[str, str]) -> tuple[Script, ...]:
    """Return the courses that a report can take; `form` is a complete one, whose last element is at first missing once."""
    report = Notice(
        contents=["https://platform.example/i/1", "https://platform.example/i/2"],
        parties={"reporter": "person-1", "platform": "platform-1", "user": "user-1"},
        form=form,
    )
    lacking = Notice(contents=report.contents, parties=report.parties, form=dict(list(form.items())[:-1]))
    whole, partly = (courses(procedure, start, first, by="reporter") for first in (report, lacking))
    both = {"c1": "removed", "c2": "removed"}
    sought = Scene(at=30 * _HOUR, event=CopiesSought(found=1), by="platform")
    return (
        whole(
            "on_time", "A valid report: everything is down after 29 hours, and so are the copies that were found.",
            effect("removed", 29 * _HOUR, "c1", "c2"), sought,
            state="removed", outcomes=both, standings={"remove": "met", "copies": "met"}, sent=("answer", "removal_notice"),
        ),
        partly(
            "late", "The report lacks an element until hour 20: 48 hours run from then, and are over at hour 68.",
            Scene(at=20 * _HOUR, event=InstrumentReceived(instrument=Notice(form=form)), by="reporter"),
            # 20 + 48 = 68: at hour 67 nothing is late, at hour 70 it is.
            Scene(at=69 * _HOUR), effect("removed", 70 * _HOUR, "c1", "c2"),
            state="removed", outcomes=both, standings={"remove": "expired"}, sent=("incomplete_report",),
        ),
        whole(
            "partial", "One item is removed; the other is refused, with reasons.",
            effect("removed", 5 * _HOUR, "c1"),
            Scene(at=6 * _HOUR, event=Refused(contents=["c2"], reason="it shows nobody"), by="platform"),
            state="removed", outcomes={"c1": "removed", "c2": "refused"}, sent=("answer",),
        ),
        whole(
            "reversed", "The report is taken back after the removal, and the content is restored.",
            effect("removed", 5 * _HOUR, "c1", "c2"), sought,
            Scene(at=50 * _HOUR, event=Retracted(reason="a mistake"), by="reporter"),
            Scene(at=52 * _HOUR, event=Restored(), by="platform"),
            state="restored", outcomes={"c1": "restored", "c2": "restored"}, standings={"restore": "met"},
            sent=("restored_notice",),
        ),
    )  # fmt: skip
