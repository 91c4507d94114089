"""Scripts of the procedure by which procedures are agreed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...case import Content
from ...events import ClarificationGiven, ClarificationRequested, Issued, OrderVoided, Refused, Request, Superseded
from ...script import Scene, approved
from ..agreement import PutInForce, Reinstated, Reviewed, Terminated
from . import courses

_DAY = timedelta(days=1)
_START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # a Monday
_REVIEW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
_TEXT = Request(
    contents=[Content(kind="hash", locator="sha256:" + "ab" * 32)],
    parties={"authority": "ministry", "platform": "platform-1"},
    form={"procedure": "xx.sop", "version": "1", "title": "Procedure of the two sides", "language": "en"},
)
_IN_FORCE = PutInForce(due=_REVIEW)
_SIGNED = (
    Scene(at=_DAY, event=Issued(), by="authority"),
    Scene(at=2 * _DAY, event=approved(_IN_FORCE), by="authority/ministry"),
    Scene(at=3 * _DAY, event=_IN_FORCE, by="authority/ministry", refused="nobody has signed as platform"),
    Scene(at=6 * _DAY, event=approved(_IN_FORCE), by="platform/platform-1"),
    Scene(at=7 * _DAY, event=_IN_FORCE, by="authority/ministry"),
)
_KEPT = Reviewed(due=datetime(2028, 1, 11, 9, 0, tzinfo=UTC), finding="it works")
_AGAIN = Reinstated(due=datetime(2027, 6, 1, tzinfo=UTC))


_script = courses("sop.agreement", _START, _TEXT, "authority")


SOP_AGREEMENT = (
    _script(
        "on_time", "Both sides sign, and review the text before the date that they signed.", *_SIGNED,
        # Put in force on 12 January 2026, to be reviewed by 11 January 2027, 09:00 UTC; day 300 is 1 November 2026.
        Scene(at=300 * _DAY, event=approved(_KEPT), by="authority/ministry"),
        Scene(at=300 * _DAY, event=approved(_KEPT), by="platform/platform-1"),
        Scene(at=301 * _DAY, event=_KEPT, by="platform/platform-1"),
        state="in_force", standings={"propose": "met", "sign": "met", "review": "running"}, sent=("draft", "in_force"),
    ),
    _script(
        "late", "The date of review passes: the text stays in force, and both sides are told.", *_SIGNED,
        # 5 January 2026 + 372 days = 12 January 2027: one day after the review was due.
        Scene(at=372 * _DAY),
        state="in_force", standings={"review": "expired"}, sent=("review_due",),
    ),
    _script(
        "partial", "The other side asks, then refuses the text as it stands; another case takes its place.",
        Scene(at=_DAY, event=Issued(), by="authority"),
        Scene(at=2 * _DAY, event=approved(_IN_FORCE), by="authority/ministry"),
        Scene(at=3 * _DAY, event=ClarificationRequested(reason="which day?"), by="platform"),
        Scene(at=4 * _DAY, event=ClarificationGiven(reason="the local one"), by="authority"),
        Scene(at=5 * _DAY, event=Refused(reason="four hours are too short"), by="platform"),
        Scene(at=6 * _DAY, event=_IN_FORCE, by="authority", refused="nobody has signed as platform"),
        Scene(at=7 * _DAY, event=Superseded(case="case-2"), by="authority"),
        state="superseded", outcomes={"c1": "refused"}, standings={"sign": "met", "clarify": "met"},
    ),
    _script(
        "reversed", "One side ends the agreement; both put it in force again; a court ends it.", *_SIGNED,
        Scene(at=30 * _DAY, event=Terminated(reason="no answers at night"), by="authority"),
        Scene(at=40 * _DAY, event=_AGAIN, by="authority", refused="needs 2 approval(s)"),
        Scene(at=41 * _DAY, event=approved(_AGAIN), by="authority/ministry"),
        Scene(at=42 * _DAY, event=approved(_AGAIN), by="platform/platform-1"),
        Scene(at=43 * _DAY, event=_AGAIN, by="platform/platform-1"),
        Scene(at=60 * _DAY, event=OrderVoided(reason="no power to agree this"), by="court"),
        state="terminated", standings={"review": "met"}, sent=("ended", "in_force"),
    ),
)  # fmt: skip

SCRIPTS = {"sop.agreement": SOP_AGREEMENT}
