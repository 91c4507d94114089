"""Scripts of Part 2 directions under the Online Criminal Harms Act 2023."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...events import Complaint, InstrumentReceived, Order, Refused, Restored
from ...script import Scene, acknowledged
from ..singapore import DirectionGiven, Part6OrderSought, ReconsiderationDecided
from ._courses import courses, effect

_START = datetime(2026, 5, 4, 9, 0, tzinfo=ZoneInfo("Asia/Singapore"))  # a Monday
_HOUR = timedelta(hours=1)
DRAFT = Order(
    contents=["https://service.example/p/1", "https://service.example/p/2"],
    parties={"authority": "officer-1", "platform": "service-1", "user": "user-1"},
    form={"direction": "disabling", "activity": "a scam", "identification": "two posts"},
)
APPLICATION = Complaint(
    form={"appellant": "given", "service_address": "given", "sought": "cancellation", "grounds": "no offence"}
)
_GIVEN = (
    # "By the time specified": noon of the next day, 27 hours after the start.
    Scene(at=_HOUR, event=DirectionGiven(due=_START + 27 * _HOUR, direction="disabling", reference="sg-1"), by="authority"),
    Scene(at=2 * _HOUR, event=acknowledged("direction"), by="platform"),
)  # fmt: skip
_course = courses("sg.ocha_direction", _START, DRAFT, by="authority")

OCHA_DIRECTION = (
    _course(
        "on_time", "Complied with an hour before the time specified.",
        *_GIVEN, effect("disabled", 26 * _HOUR, "c1", "c2"),
        state="complied", outcomes={"c1": "disabled", "c2": "disabled"}, standings={"comply": "met"}, sent=("direction",),
    ),
    _course(
        "late", "Not complied with by the time specified; an order under Part 6 is sought, and then it is.",
        *_GIVEN, Scene(at=28 * _HOUR),
        Scene(at=30 * _HOUR, event=Part6OrderSought(order="access_blocking", reference="case-2"), by="authority"),
        effect("disabled", 60 * _HOUR, "c1", "c2"),
        state="complied", outcomes={"c1": "disabled", "c2": "disabled"}, standings={"comply": "expired", "follow_up": "met"},
    ),
    _course(
        "partial", "One post is disabled, the other refused.",
        *_GIVEN, effect("disabled", 5 * _HOUR, "c1"),
        Scene(at=6 * _HOUR, event=Refused(contents=["c2"], reason="another service"), by="platform"),
        state="not_complied", outcomes={"c1": "disabled", "c2": "refused"},
    ),
    _course(
        "reversed", "Complied with, reconsidered on application, cancelled, and restored.",
        *_GIVEN, effect("disabled", 26 * _HOUR, "c1", "c2"),
        Scene(at=200 * _HOUR, event=InstrumentReceived(instrument=APPLICATION), by="platform"),
        Scene(at=300 * _HOUR, event=ReconsiderationDecided(finding="cancelled", reason="no offence"), by="reviewer"),
        Scene(at=301 * _HOUR, event=Restored(), by="platform"),
        state="restored", outcomes={"c1": "restored", "c2": "restored"},
        standings={"reconsideration": "met", "reconsider": "met", "restore": "met"}, sent=("decision_cancelled", "void"),
    ),
)  # fmt: skip

SCRIPTS = {"sg.ocha_direction": OCHA_DIRECTION}
