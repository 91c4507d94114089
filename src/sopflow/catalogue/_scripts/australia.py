"""Scripts of removal notices under the Online Safety Act 2021."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...events import Complaint, InstrumentReceived, Notice, Refused, Restored
from ...script import Scene
from ..australia import ComplainedToService, FormalWarningGiven, RemovalNoticeGiven, ReviewDecided
from ._courses import courses, effect

_START = datetime(2026, 5, 4, 9, 0, tzinfo=ZoneInfo("Australia/Sydney"))  # a Monday
_HOUR = timedelta(hours=1)
REPORT = Notice(
    contents=["https://service.example/p/1", "https://service.example/p/2"],
    parties={"complainant": "person-1", "authority": "commissioner", "platform": "service-1", "user": "user-1"},
    form={"ground": "section_32", "material": "two posts"},
)
_ABUSE = Notice(
    contents=REPORT.contents, parties=REPORT.parties, form={"ground": "section_36", "material": "two posts"}
)
_GIVEN = Scene(at=5 * _HOUR, event=RemovalNoticeGiven(section="77", reference="77-1"), by="authority")
_course = courses("au.osa_removal_notice", _START, REPORT, by="complainant")
_abuse = courses("au.osa_removal_notice", _START, _ABUSE, by="complainant")
_DOWN = {"c1": "removed", "c2": "removed"}

OSA_REMOVAL_NOTICE = (
    _abuse(
        "on_time", "Cyber-abuse: a notice 48 hours after the complaint to the service, and removal within 24 hours.",
        Scene(at=_HOUR, event=ComplainedToService(), by="complainant"),
        # 1 + 48 = 49: at hour 48 a notice is too early. Given at hour 50, it is to be complied with by hour 74.
        Scene(at=48 * _HOUR, event=RemovalNoticeGiven(section="88"), by="authority", refused="service_complaint opens at"),
        Scene(at=50 * _HOUR, event=RemovalNoticeGiven(section="88", reference="88-1"), by="authority"),
        effect("removed", 73 * _HOUR, "c1", "c2"),
        state="complied", outcomes=_DOWN, standings={"remove": "met"}, sent=("removal_notice", "outcome"),
    ),
    _course(
        "late", "Nothing is removed within 24 hours of the notice; a formal warning, and removal.",
        _GIVEN,
        # Given at hour 5: over at hour 29.
        Scene(at=30 * _HOUR),
        Scene(at=31 * _HOUR, event=FormalWarningGiven(reference="92-1"), by="authority"),
        effect("removed", 40 * _HOUR, "c1", "c2"),
        state="complied", outcomes=_DOWN, standings={"remove": "expired"}, sent=("warning",),
    ),
    _course(
        "partial", "One post is removed, the other refused.",
        _GIVEN, effect("removed", 9 * _HOUR, "c1"),
        Scene(at=10 * _HOUR, event=Refused(contents=["c2"], reason="an exempt provision"), by="platform"),
        state="not_complied", outcomes={"c1": "removed", "c2": "refused"}, standings={"follow_up": "running"},
    ),
    _course(
        "reversed", "The Tribunal sets the notice aside, and the posts are restored.",
        _GIVEN, effect("removed", 9 * _HOUR, "c1", "c2"),
        Scene(at=100 * _HOUR, event=InstrumentReceived(instrument=Complaint()), by="user"),
        Scene(at=900 * _HOUR, event=ReviewDecided(finding="set_aside", reason="consent was given"), by="tribunal"),
        Scene(at=905 * _HOUR, event=Restored(), by="platform"),
        state="restored", outcomes={"c1": "restored", "c2": "restored"}, standings={"restore": "met"}, sent=("void",),
    ),
)  # fmt: skip

SCRIPTS = {"au.osa_removal_notice": OSA_REMOVAL_NOTICE}
