"""Scripts of notice and action under Articles 16 and 17 of Regulation (EU) 2022/2065."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import Closed, Complaint, InstrumentReceived, Notice, Refused, Restored
from ...script import Scene
from .._eu_dsa import StatementSubmitted
from ._courses import courses, effect

# Monday 31 August 2026, 10:00 CEST.
_START = datetime(2026, 8, 31, 8, 0, tzinfo=UTC)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# User and notifier are told on 31 August. Six months later there is no 31st: until the end of 28 February 2027, 23:00 UTC.
_OVER = datetime(2027, 2, 28, 23, 0, tzinfo=UTC) - _START
NOTICE = Notice(
    contents=["https://platform.example/p/1", "https://platform.example/p/2"],
    parties={"notifier": "notifier-1", "user": "user-1"},
    form={
        "explanation": "it calls for violence against a group",
        "urls": "https://platform.example/p/1\nhttps://platform.example/p/2",
        "name": "A notifier",
        "email": "notifier@example.org",
        "good_faith": "yes",
    },
)
_COMPLAINT = InstrumentReceived(instrument=Complaint(form={"decision": "the removal", "grounds": "it is satire"}))

_WHY = "The item infringes a trade mark, as the notice shows; it was found and decided by people."
_course = courses("eu.dsa_notice_action", _START, NOTICE, by="notifier")

NOTICE_ACTION = (
    _course(
        "on_time",
        "Confirmed, decided, stated and answered; nobody complains in six months, and the file is closed.",
        effect("removed", 5 * _HOUR, "c1", "c2", reason=_WHY),
        Scene(at=6 * _HOUR, event=StatementSubmitted(puid="statement-1"), by="platform"),
        Scene(at=_OVER - _HOUR, event=Closed(), by="platform", refused="complain_user is still open"),
        Scene(at=_OVER + _HOUR, event=Closed(), by="platform"),
        state="closed",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={
            "confirm_receipt": "met",
            "decide": "met",
            "state_reasons": "met",
            "tell_notifier": "met",
            "submit_statement": "met",
            "complain_user": "expired",
        },
        sent=("receipt", "statement_of_reasons", "decision"),
    ),
    _course(
        "late",
        "Decided after ten days: no hour was set, so there is no breach, only a reminder.",
        effect("removed", 10 * _DAY, "c1", "c2", reason=_WHY),
        state="restricted",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={"decide": "met", "state_reasons": "met"},
    ),
    _course(
        "partial",
        "One item is restricted, for the other there is no action.",
        effect("removed", 5 * _HOUR, "c1", reason=_WHY),
        Scene(at=6 * _HOUR, event=Refused(contents=["c2"], reason="it is lawful"), by="platform"),
        state="restricted",
        outcomes={"c1": "removed", "c2": "refused"},
        standings={"tell_notifier": "met"},
        sent=("statement_of_reasons", "decision"),
    ),
    _course(
        "reversed",
        "The user complains within the six months, and the restriction is reversed.",
        effect("removed", 5 * _HOUR, "c1", "c2", reason=_WHY),
        Scene(at=30 * _DAY, event=_COMPLAINT, by="user"),
        Scene(at=33 * _DAY, event=Restored(), by="platform"),
        state="restored",
        outcomes={"c1": "restored", "c2": "restored"},
        standings={"handle_complaint": "met"},
        sent=("restored_notice",),
    ),
)

SCRIPTS = {"eu.dsa_notice_action": NOTICE_ACTION}
