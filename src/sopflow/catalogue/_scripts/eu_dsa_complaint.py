"""Scripts of a complaint and its settlement out of court under Articles 20 and 21 of Regulation (EU) 2022/2065."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import Complaint, Extended, InstrumentReceived, Restored
from ...script import Scene
from .._eu_dsa import DecisionUpheld
from ..eu_dsa_complaint import DecisionReversed, OdsDecided
from ._courses import courses

_START = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)  # Friday 2 January 2026, 10:00 CET
_DAY = timedelta(days=1)
# The body receives the dispute on 5 January. 90 days: 26 left in January, 28 in February, 31 in March, 5 in April: until
# the end of Sunday 5 April, 24:00 CEST = 22:00 UTC. 180 days: 90 more are 25 left in April, 31 in May, 30 in June, 4 in
# July: until the end of Saturday 4 July, 22:00 UTC.
_ODS = 3 * _DAY
_LAST = datetime(2026, 7, 4, 22, 0, tzinfo=UTC)
_COMPLAINT = Complaint(
    contents=["https://platform.example/p/1", "https://platform.example/p/2"],
    parties={"complainant": "complainant-1", "ods_body": "ods_body-1"},
    form={"decision": "the removal of two posts", "grounds": "they are satire"},
)
_DISPUTE = Scene(
    at=_ODS,
    event=InstrumentReceived(instrument=Complaint(form={"decision": "as before", "grounds": "as before"})),
    by="complainant",
)
_UPHELD = Scene(at=_DAY, event=DecisionUpheld(reason="they incite to hatred"), by="reviewer")


def _decided(after: timedelta) -> Scene:
    return Scene(at=after, event=OdsDecided(outcome="complainant"), by="ods_body")


_course = courses("eu.dsa_complaint", _START, _COMPLAINT, by="complainant")

DSA_COMPLAINT = (
    _course(
        "on_time",
        "The complaint is answered; a certified body, whose time it extends, decides within 180 days.",
        _UPHELD,
        _DISPUTE,
        Scene(
            at=80 * _DAY,
            event=Extended(obligation="ods_decision", due=_LAST + _DAY, reason="highly complex"),
            by="ods_body",
            refused="180 days in all end at 2026-07-04 22:00",
        ),
        Scene(
            at=80 * _DAY,
            event=Extended(obligation="ods_decision", due=_LAST, reason="highly complex"),
            by="ods_body",
        ),
        _decided(150 * _DAY),
        Scene(at=152 * _DAY, event=Restored(), by="platform"),
        state="implemented",
        outcomes={"c1": "restored", "c2": "restored"},
        standings={"decide": "met", "ods_decision": "met", "follow_ods": "met"},
        sent=("reasoned_reply",),
    ),
    _course(
        "late",
        "The certified body decides a day after its 90 days.",
        _UPHELD,
        _DISPUTE,
        _decided(_ODS + 91 * _DAY),
        state="ods_decided",
        standings={"ods_decision": "expired", "ods_overdue": "met", "follow_ods": "running"},
    ),
    _course(
        "partial",
        "The decision is reversed for one of two items.",
        Scene(at=_DAY, event=DecisionReversed(reason="one is satire"), by="reviewer"),
        Scene(at=2 * _DAY, event=Restored(contents=["c1"]), by="platform"),
        state="reversed",
        outcomes={"c1": "restored", "c2": "pending"},
        sent=("reversal_reply",),
    ),
    _course(
        "reversed",
        "The complaint is well founded, and the decision is reversed.",
        Scene(at=_DAY, event=DecisionReversed(reason="both are satire"), by="reviewer"),
        Scene(at=2 * _DAY, event=Restored(), by="platform"),
        state="implemented",
        outcomes={"c1": "restored", "c2": "restored"},
        standings={"reverse": "met", "reply": "met"},
        sent=("reversal_reply",),
    ),
)

SCRIPTS = {"eu.dsa_complaint": DSA_COMPLAINT}
