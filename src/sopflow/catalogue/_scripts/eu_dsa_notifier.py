"""Scripts of a notice under Article 16 of Regulation (EU) 2022/2065, as the notifier keeps its file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import Issued, Notice, Refused, Restored, Retracted
from ...script import Scene, acknowledged
from ..eu_dsa_notifier import ComplaintLodged, ComplaintRejected
from ._courses import courses, effect

_START = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)  # a Monday
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
NOTICE = Notice(
    contents=["https://platform.example/p/1", "https://platform.example/p/2"],
    parties={"notifier": "flagger-1", "platform": "platform-1"},
    form={
        "explanation": "it incites to violence against a group",
        "urls": "https://platform.example/p/1\nhttps://platform.example/p/2",
        "name": "Flagger One",
        "email": "desk@flagger.example",
        "good_faith": "yes",
        "trusted_flagger": "since 2025, by the Coordinator",
    },
)
_SENT = (
    Scene(at=_HOUR, event=Issued(reference="flagger-1/7"), by="notifier"),
    Scene(at=3 * _HOUR, event=acknowledged("notice"), by="platform"),
)
_REFUSED = Scene(at=_DAY, event=Refused(reason="satire"), by="platform")
_COMPLAINT = Scene(at=30 * _DAY, event=ComplaintLodged(reason="there is nothing satirical in it"), by="notifier")

_course = courses("eu.dsa_notice_action.notifier", _START, NOTICE, by="notifier")

DSA_NOTIFIER = (
    _course(
        "on_time",
        "Receipt is confirmed within hours, and both items are removed on the same day.",
        *_SENT,
        effect("removed", 8 * _HOUR, "c1", "c2"),
        state="acted_on",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={"decide": "met"},
        sent=("notice",),
    ),
    _course(
        "late",
        "Nobody confirms receipt: a reminder after a day, after two days nobody is left to try; the answer comes in the end.",
        Scene(at=_HOUR, event=Issued(reference="flagger-1/7"), by="notifier"),
        # 24 hours for the first mail and 24 for the one reminder: at 49 h nobody is left to try.
        Scene(at=50 * _HOUR),
        effect("removed", 97 * _HOUR, "c1", "c2"),
        state="acted_on",
        standings={"follow_up": "met"},
        sent=("notice",),
    ),
    _course(
        "partial",
        "One item is removed and the other is not; the complaint about it is rejected, with reasons.",
        *_SENT,
        effect("removed", 8 * _HOUR, "c1"),
        Scene(at=9 * _HOUR, event=Refused(contents=["c2"], reason="satire"), by="platform"),
        Scene(at=30 * _DAY, event=ComplaintLodged(contents=["c2"], reason="it is none"), by="notifier"),
        Scene(at=35 * _DAY, event=ComplaintRejected(contents=["c2"], reason="it is"), by="platform"),
        state="acted_on",
        outcomes={"c1": "removed", "c2": "refused"},
        standings={"complain": "met", "handle_complaint": "met"},
        sent=("notice", "complaint"),
    ),
    _course(
        "reversed",
        "Both are refused and removed after a complaint; then the notifier takes one of them back, and it is restored.",
        *_SENT,
        _REFUSED,
        _COMPLAINT,
        effect("removed", 33 * _DAY, "c1", "c2"),
        Scene(at=40 * _DAY, event=Retracted(contents=["c2"], reason="we had the wrong page"), by="notifier"),
        Scene(at=41 * _DAY, event=Restored(contents=["c2"]), by="platform"),
        state="acted_on",
        outcomes={"c1": "removed", "c2": "restored"},
        standings={"handle_complaint": "met", "restore": "met"},
        sent=("notice", "complaint", "retraction"),
    ),
)

SCRIPTS = {"eu.dsa_notice_action.notifier": DSA_NOTIFIER}
