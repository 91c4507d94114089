"""Scripts of SAMAN. The dates of the late one are those of the first case that became known."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...events import (
    ClarificationGiven,
    ClarificationRequested,
    Complaint,
    EffectGiven,
    InstrumentReceived,
    Refused,
    Request,
    Restored,
    Verified,
)
from ...script import Scene, delivered
from ..indonesia_saman import CommitmentFiled, FinePaid, Notified, ObjectionUpheld, TakedownOrdered, Warned
from . import courses

_H = timedelta(hours=1)
_DAY = timedelta(days=1)
_START = datetime(2025, 9, 12, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))  # a Friday
_URLS = ["https://social.example/1", "https://social.example/2"]
_BATCH = Request(
    contents=_URLS, parties={"platform": "platform-1"},
    form={"letter": "no. 1", "legal_analysis": "analysis", "screenshot": "image 1", "url": "\n".join(_URLS), "class": "pornography"},
)  # fmt: skip
_ALL = EffectGiven(outcomes={"c1": "removed", "c2": "removed"})
_OBJECTION = InstrumentReceived(instrument=Complaint(form={"grounds": "a museum's page"}))
_NOTIFIED = (
    Scene(at=_H, event=Verified(), by="authority"),
    Scene(at=2 * _H, event=Notified(), by="authority"),
    Scene(at=2 * _H, event=delivered("notification"), by="platform"),
)


_script = courses("id.saman", _START, _BATCH, "agency", *_NOTIFIED)


SAMAN = (
    _script(
        "on_time", "The operator takes down after the notification: nothing has to be ordered.",
        # Received at 11:00 on 12 September: the time to respond ends at 11:00 on 13 September.
        Scene(at=20 * _H, event=_ALL, by="platform"),
        state="complied", standings={"respond": "met"}, sent=("notification",),
    ),
    _script(
        "late", "Silence: order, ST1, ST2 with a fine; taken down two days after ST2, and the fine is due all the same.",
        # The time to respond ends at 11:00 on 13 September (+26 h); ordered at noon, received at once.
        Scene(at=25 * _H, event=TakedownOrdered(reference="TO"), by="authority", refused="no row for TakedownOrdered"),
        Scene(at=27 * _H, event=TakedownOrdered(reference="TO"), by="authority"),
        Scene(at=27 * _H, event=delivered("order"), by="platform"),
        # 24 h end at noon on 14 September (+51 h), the next at noon on 15 September (+75 h).
        Scene(at=52 * _H, event=Warned(reference="ST1"), by="authority"),
        Scene(at=8 * _DAY, event=Warned(reference="ST2", fine="IDR 1"), by="authority"),  # 20 September
        Scene(at=8 * _DAY, event=delivered("st2_letter"), by="platform"),
        Scene(at=10 * _DAY, event=_ALL, by="platform"),  # 22 September
        Scene(at=26 * _DAY, event=Warned(reference="ST3", fine="IDR 1"), by="authority"),  # 8 October
        Scene(at=27 * _DAY, event=CommitmentFiled(), by="platform"),
        Scene(at=91 * _DAY, event=FinePaid(), by="platform"),  # 12 December
        state="complied", standings={"respond": "expired", "takedown": "expired", "pay_fine": "met"},
        sent=("order", "st1_letter", "st2_letter", "st3_fine_letter"),
    ),
    _script(
        "partial", "One link is clarified and refused, the other is taken down under the order.",
        Scene(at=5 * _H, event=ClarificationRequested(contents=["c2"], reason="the link is invalid"), by="platform"),
        Scene(at=9 * _H, event=ClarificationGiven(contents=["c2"], reason="the right link"), by="authority"),
        Scene(at=10 * _H, event=Refused(contents=["c2"], reason="art"), by="platform"),
        Scene(at=11 * _H, event=TakedownOrdered(urgent="terrorism"), by="authority"),
        Scene(at=11 * _H, event=delivered("urgent_order"), by="platform"),
        # Received at 20:00: due at midnight (+15 h).
        Scene(at=14 * _H, event=EffectGiven(outcomes={"c1": "removed"}), by="platform"),
        Scene(at=16 * _H, event=Warned(reference="ST1"), by="authority"),
        state="st1", outcomes={"c1": "removed", "c2": "refused"},
        standings={"respond": "met", "takedown_urgent": "expired", "clarify": "met"},
    ),
    _script(
        "reversed", "The operator objects (Sanggah), is right, and restores what it had taken down.",
        Scene(at=27 * _H, event=TakedownOrdered(reference="TO"), by="authority"),
        Scene(at=27 * _H, event=delivered("order"), by="platform"),
        Scene(at=30 * _H, event=_ALL, by="platform"),
        Scene(at=31 * _H, event=ObjectionUpheld(grounds="no objection yet"), by="reviewer", refused="no objection is pending"),
        Scene(at=40 * _H, event=_OBJECTION, by="platform"),
        Scene(at=4 * _DAY, event=ObjectionUpheld(grounds="a museum's page"), by="reviewer"),
        Scene(at=5 * _DAY, event=Restored(), by="platform"),
        state="restored", outcomes={"c1": "restored", "c2": "restored"}, standings={"decide_objection": "met", "restore": "met"},
        sent=("objection_upheld",),
    ),
)  # fmt: skip

SCRIPTS = {"id.saman": SAMAN}
