"""Scripts of a referral."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import (
    Complaint,
    EffectGiven,
    ImpossibilityStated,
    InstrumentReceived,
    Issued,
    Referral,
    Refused,
    Restored,
)
from ...script import Scene, acknowledged
from ..referral import AppealDismissed, DeconflictionCleared, DeconflictionHeld, DeconflictionRequested
from . import courses

_H = timedelta(hours=1)
_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
_REFERRAL = Referral(
    contents=["https://video.example/1", "https://video.example/2"], form={"grounds": "terms, part 4", "unit": "unit-1"},
    parties={"platform": "platform-1", "partner": "police-2", "uploader": "user-1"},
)  # fmt: skip
_SENT = (Scene(at=_H, event=Issued(), by="authority"), Scene(at=2 * _H, event=acknowledged("referral"), by="platform"))
_REMOVED = Scene(at=5 * _H, event=EffectGiven(outcomes={"c1": "removed", "c2": "removed"}), by="platform")
_APPEAL = Scene(at=30 * _H, event=InstrumentReceived(instrument=Complaint(form={"grounds": "news"})), by="uploader")


_script = courses("generic.referral", _START, _REFERRAL, "authority")


REFERRAL = (
    _script(
        "on_time", "Receipt is confirmed, and both items are removed within hours; an appeal is dismissed.", *_SENT, _REMOVED, _APPEAL,
        Scene(at=50 * _H, event=AppealDismissed(grounds="no news"), by="platform_reviewer"),
        state="removed", outcomes={"c1": "removed", "c2": "removed"}, standings={"decide": "met", "decide_appeal": "met"}, sent=("referral",),
    ),
    _script(
        "late", "Nobody confirms: a reminder after a day, after two days nobody is left to try; an answer comes in the end.",
        # Sent at 10:00 on Monday; one contact with one reminder: silence until 10:00 on Wednesday (+49 h).
        Scene(at=_H, event=Issued(), by="authority"), Scene(at=100 * _H), Scene(at=120 * _H, event=acknowledged("referral"), by="platform"),
        Scene(at=130 * _H, event=EffectGiven(outcomes={"c1": "removed", "c2": "not_found"}), by="platform"),
        state="removed", standings={"decide": "met", "follow_up": "met"}, sent=("referral",),
    ),
    _script(
        "partial", "Another authority holds the referral first; then one item is removed, the other refused with a reason.",
        Scene(at=_H, event=DeconflictionRequested(), by="authority"),
        Scene(at=2 * _H, event=DeconflictionHeld(reference="op-1"), by="partner"),
        Scene(at=3 * _H, event=Issued(), by="authority", refused="no row for Issued"),
        Scene(at=200 * _H, event=DeconflictionCleared(reference="op-1"), by="partner"),
        Scene(at=201 * _H, event=Issued(), by="authority"),
        Scene(at=203 * _H, event=EffectGiven(outcomes={"c1": "removed"}), by="platform"),
        Scene(at=204 * _H, event=Refused(contents=["c2"], reason="a scholarly paper"), by="platform"),
        state="removed", outcomes={"c1": "removed", "c2": "refused"}, standings={"deconflict": "met", "decide": "met"}, sent=("deconfliction", "referral"),
    ),
    _script(
        "reversed", "The user appeals, and another person than who decided restores the content.", *_SENT,
        Scene(at=4 * _H, event=ImpossibilityStated(contents=["c2"], reason="no such page"), by="platform"),
        Scene(at=5 * _H, event=EffectGiven(outcomes={"c1": "removed"}), by="platform"), _APPEAL,
        Scene(at=40 * _H, event=Restored(contents=["c1"]), by="platform_reviewer"),
        state="restored", outcomes={"c1": "restored", "c2": "impossible"}, standings={"decide_appeal": "met"},
    ),
)  # fmt: skip

SCRIPTS = {"generic.referral": REFERRAL}
