"""Scripts of a removal order under Regulation (EU) 2021/784, in the issuing authority's file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import ClarificationRequested, Issued, Order, Restored
from ...script import Scene, acknowledged
from .._eu_tco import FeedbackGiven, PreInformationSpared, ScrutinyDecided, ScrutinyRequested
from ._courses import courses, effect

FORM = {
    "issuing_state": "DE",
    "addressee": "Hosting provider",
    "contact_point": "contact point of the provider",
    "home_state": "IE",
    "reference": "order-1",
    "urls": "https://host.example/v/1\nhttps://host.example/v/2",
    "reasons": "it incites to terrorist offences",
    "incites": "yes",
    "authority": "issuing authority",
    "authority_contact": "desk of the issuing authority",
    "legal_basis": "Article 3 of Regulation (EU) 2021/784",
    "redress": "administrative court of the issuing State, within one month",
}
ORDER = Order(
    contents=["https://host.example/v/1", "https://host.example/v/2"],
    parties={role: f"{role}-1" for role in ("authority", "platform", "home_authority", "user")},
    form=FORM,
)
# The night in which summer time begins: Sunday 29 March 2026, 02:00 CET = 01:00 UTC. Here it is Saturday, 23:00 CET.
_NIGHT = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
_RECEIVED = timedelta(hours=2, minutes=30)  # 00:30 UTC = 01:30 CET
# One hour later it is 01:30 UTC = 03:30 CEST: the wall clock has gone on by two hours, the term by one.
_ISSUED = (
    Scene(
        at=timedelta(hours=1),
        event=PreInformationSpared(ground="addressed_before", reason="order of 3 February"),
        by="authority",
    ),
    Scene(at=timedelta(hours=2), event=Issued(reference="order-1"), by="authority"),
    Scene(at=timedelta(hours=2, minutes=20), event=acknowledged("order_copy"), by="home_authority"),
    Scene(at=_RECEIVED, event=acknowledged("order"), by="platform"),
)


_course = courses("eu.tco_2021_784", _NIGHT, ORDER, by="authority")
_BOTH = ("c1", "c2")
TCO = (
    _course(
        "on_time",
        "An order received in the night in which the clock is put forward is carried out within the hour.",
        *_ISSUED,
        effect("removed", _RECEIVED + timedelta(minutes=50), *_BOTH),
        Scene(at=_RECEIVED + timedelta(hours=2), event=FeedbackGiven(), by="platform"),
        state="feedback_received",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={"removal": "met", "feedback": "met", "preservation": "running"},
        sent=("order", "order_copy"),
    ),
    _course(
        "late",
        "The content is removed one minute after the hour.",
        # Due at 01:30 UTC; removed at 01:31 UTC, when the order had been overdue for a minute.
        *_ISSUED,
        effect("removed", _RECEIVED + timedelta(minutes=61), *_BOTH),
        state="executed",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={"removal": "expired", "follow_up": "met"},
    ),
    _course(
        "partial",
        "One item is removed; for the other the provider asks for clarification, and its clock stands still.",
        *_ISSUED,
        Scene(
            at=_RECEIVED + timedelta(minutes=30),
            event=ClarificationRequested(contents=["c2"], reason="there is nothing at this URL"),
            by="platform",
        ),
        effect("removed", _RECEIVED + timedelta(minutes=45), "c1"),
        Scene(at=_RECEIVED + timedelta(hours=5)),
        state="received",
        outcomes={"c1": "removed", "c2": "clarifying"},
        standings={"removal@c2": "paused", "clarify": "running"},
    ),
    _course(
        "reversed",
        "The home authority finds an infringement on the provider's request, and the content is reinstated.",
        # Received on Sunday at 00:30 UTC: scrutiny may be asked for until Tuesday, 00:30 UTC (48 h). Asked on Monday at
        # 00:30 UTC (24 h), it is decided on until Thursday, 00:30 UTC (72 h); it is decided after 70 h.
        *_ISSUED,
        effect("removed", _RECEIVED + timedelta(minutes=50), *_BOTH),
        Scene(at=_RECEIVED + timedelta(hours=24), event=ScrutinyRequested(requester="platform"), by="platform"),
        Scene(at=_RECEIVED + timedelta(hours=94), event=ScrutinyDecided(finding="infringement"), by="home_authority"),
        Scene(at=_RECEIVED + timedelta(hours=95), event=Restored(), by="platform"),
        state="reinstated",
        outcomes={"c1": "restored", "c2": "restored"},
        standings={"ask_scrutiny": "met", "decide_scrutiny": "met", "reinstate": "met", "removal": "met"},
        sent=("void",),
    ),
)

SCRIPTS = {"eu.tco_2021_784": TCO}
