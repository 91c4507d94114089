"""Scripts of an order under Article 9 of Regulation (EU) 2022/2065."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import Issued, Order, OrderVoided, Refused, Restored
from ...script import Scene, acknowledged
from ._courses import courses, effect

_START = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)  # a Monday
_HOUR = timedelta(hours=1)
ORDER = Order(
    contents=["https://platform.example/p/1", "https://platform.example/p/2"],
    parties={role: f"{role}-1" for role in ("authority", "platform", "user", "coordinator")},
    form={
        "legal_basis": "national law, section 1",
        "reasons": "it is an offence under section 2",
        "authority": "issuing court",
        "urls": "https://platform.example/p/1\nhttps://platform.example/p/2",
        "redress": "objection to the court within two weeks",
        "territory": "the issuing Member State",
        "language": "en",
    },
)
_ISSUED = (
    Scene(at=_HOUR, event=Issued(reference="court-1"), by="authority"),
    Scene(at=3 * _HOUR, event=acknowledged("order"), by="platform"),
)

_course = courses("eu.dsa_order", _START, ORDER, by="authority")

DSA_ORDER = (
    _course(
        "on_time",
        "Receipt is confirmed, effect is given and reported, and the Coordinator is told.",
        *_ISSUED,
        effect("disabled", 8 * _HOUR, "c1", "c2"),
        state="effect_given",
        outcomes={"c1": "disabled", "c2": "disabled"},
        standings={"report_effect": "met", "tell_coordinator": "met"},
        sent=("order", "effect_report"),
    ),
    _course(
        "late",
        "Nobody confirms receipt: the message climbs until nobody is left, and the answer comes after four days.",
        Scene(at=_HOUR, event=Issued(reference="court-1"), by="authority"),
        # 24 hours for the first mail and 24 for the one reminder: at 49 h nobody is left to try.
        Scene(at=50 * _HOUR),
        effect("disabled", 97 * _HOUR, "c1", "c2"),
        state="effect_given",
        outcomes={"c1": "disabled", "c2": "disabled"},
        standings={"follow_up": "met", "report_effect": "met"},
    ),
    _course(
        "partial",
        "Effect is given for one item and not for the other, with reasons.",
        *_ISSUED,
        effect("disabled", 8 * _HOUR, "c1"),
        Scene(at=9 * _HOUR, event=Refused(contents=["c2"], reason="outside the territorial scope"), by="platform"),
        state="effect_given",
        outcomes={"c1": "disabled", "c2": "refused"},
        sent=("effect_report",),
    ),
    _course(
        "reversed",
        "A court voids the order, and the content is restored.",
        *_ISSUED,
        effect("disabled", 8 * _HOUR, "c1", "c2"),
        Scene(at=200 * _HOUR, event=OrderVoided(reason="no legal basis"), by="court"),
        Scene(at=203 * _HOUR, event=Restored(), by="platform"),
        state="restored",
        outcomes={"c1": "restored", "c2": "restored"},
        standings={"restore": "met"},
        sent=("void",),
    ),
)

SCRIPTS = {"eu.dsa_order": DSA_ORDER}
