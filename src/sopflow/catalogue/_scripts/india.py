"""Scripts of rule 3(1)(d) of the IT Rules, 2021, in the version since 20 February 2026."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...events import Notice, Refused, Restored
from ...script import Scene, acknowledged
from ..india import Intimated, Reviewed
from ._courses import courses, effect

_START = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Kolkata"))  # a Monday
_HOUR = timedelta(hours=1)
REPORT = Notice(
    contents=["https://platform.example/p/1", "https://platform.example/p/2"],
    parties={"authority": "ministry", "platform": "intermediary-1", "user": "user-1", "secretary": "secretary-1"},
    form={
        "legal_basis": "section 79(3)(b) of the Act",
        "provision": "a section of a penal code",
        "nature": "incitement to violence",
        "urls": "https://platform.example/p/1 and /p/2",
    },
)
_RECEIVED = (
    Scene(at=_HOUR, event=Intimated(rank="joint_secretary", reference="in-1"), by="authorised_officer"),
    Scene(at=2 * _HOUR, event=acknowledged("order"), by="platform"),
)
_course = courses("in.it_rules_3_1_d", _START, REPORT, by="authority")

IT_RULES_2026 = (
    _course(
        "on_time", "Received at hour 2, removed at hour 4; the Secretary's review finds that it stands.",
        *_RECEIVED, effect("disabled", 4 * _HOUR, "c1", "c2"),
        # Intimated on 2 March: one month is 2 April, to its end in India.
        Scene(at=24 * 28 * _HOUR, event=Reviewed(finding="stands"), by="secretary"),
        state="complied", outcomes={"c1": "disabled", "c2": "disabled"}, standings={"remove": "met", "review": "met"},
    ),
    _course(
        "late", "Received at hour 2: the 3 hours are over at hour 5, and it is removed at hour 9.",
        *_RECEIVED, Scene(at=6 * _HOUR), effect("disabled", 9 * _HOUR, "c1", "c2"),
        state="complied", outcomes={"c1": "disabled", "c2": "disabled"}, standings={"remove": "expired", "follow_up": "met"},
    ),
    _course(
        "partial", "One item is removed, the other refused.",
        *_RECEIVED, effect("disabled", 3 * _HOUR, "c1"),
        Scene(at=4 * _HOUR, event=Refused(contents=["c2"], reason="news reporting"), by="platform"),
        state="not_complied", outcomes={"c1": "disabled", "c2": "refused"},
    ),
    _course(
        "reversed", "The Secretary's review finds that the intimation does not stand, and the content is restored.",
        *_RECEIVED, effect("disabled", 4 * _HOUR, "c1", "c2"),
        Scene(at=500 * _HOUR, event=Reviewed(finding="does_not_stand", reason="no provision fits"), by="secretary"),
        Scene(at=502 * _HOUR, event=Restored(), by="platform"),
        state="restored", outcomes={"c1": "restored", "c2": "restored"}, standings={"restore": "met", "review": "met"}, sent=("void",),
    ),
)  # fmt: skip

SCRIPTS = {"in.it_rules_3_1_d": IT_RULES_2026}
