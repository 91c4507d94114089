"""Scripts of a hotline of the INHOPE network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import EffectGiven, Issued, Notice, Restored, Retracted
from ...script import Scene, acknowledged
from ..inhope import Classified, HostTraced, RemovalVerified
from . import courses

_H = timedelta(hours=1)
_START = datetime(2026, 2, 27, 15, 0, tzinfo=UTC)  # a Friday; the month ends with Saturday, 28 February
_REPORT = Notice(
    contents=["https://images.example/1", "https://images.example/2"], form={"url": "https://images.example/1"},
    parties={"host": "host-1", "police": "police-1", "partner_hotline": "hotline-2", "reporter": "citizen-1"},
)  # fmt: skip
_TOLD = (
    Scene(at=_H, event=Classified(category="baseline"), by="hotline"),
    Scene(at=2 * _H, event=HostTraced(country="ID", here=True), by="hotline"),
    Scene(at=3 * _H, event=acknowledged("police_report"), by="police"),
    Scene(at=4 * _H, event=Issued(), by="hotline"),
)
_ABROAD = (
    Scene(at=_H, event=Classified(category="baseline"), by="hotline"),
    Scene(at=2 * _H, event=HostTraced(country="NL"), by="hotline"),
    Scene(at=3 * _H, event=Issued(), by="hotline"),
)


_script = courses("hotline.inhope", _START, _REPORT, "public")


INHOPE = (
    _script(
        "on_time", "Hosted in the same country: police and host are told, both items are removed, and the hotline looks again.", *_TOLD,
        Scene(at=10 * _H, event=EffectGiven(outcomes={"c1": "removed", "c2": "removed"}), by="host"),
        Scene(at=12 * _H, event=RemovalVerified(), by="hotline"),
        state="verified", standings={"classify": "met", "trace": "met", "remove": "met", "look_again": "met"},
        sent=("police_report", "notice", "answer"),
    ),
    _script(
        "late", "Hosted elsewhere: the other hotline stays silent for two days, and has it removed after five.", *_ABROAD,
        # Forwarded at 18:00 on Friday; one contact with one reminder: silent until 18:00 on Sunday (+51 h).
        Scene(at=60 * _H),
        Scene(at=120 * _H, event=EffectGiven(outcomes={"c1": "removed", "c2": "removed"}), by="partner_hotline"),
        state="removed", standings={"partner_removes": "met", "follow_up": "met", "look_again": "running"}, sent=("forwarded_report",),
    ),
    _script(
        "partial", "One item is removed; the other comes back after the hotline had looked, and is pursued again.", *_TOLD,
        Scene(at=10 * _H, event=EffectGiven(outcomes={"c1": "removed", "c2": "removed"}), by="host"),
        Scene(at=12 * _H, event=RemovalVerified(), by="hotline"),
        Scene(at=48 * _H, event=Restored(contents=["c2"], reason="seen again"), by="hotline"),
        state="host_silent", outcomes={"c1": "removed", "c2": "restored"}, standings={"follow_up": "running"},
    ),
    _script(
        "reversed", "The hotline was wrong: it takes its notice back, and the host puts the pages back.", *_TOLD,
        Scene(at=10 * _H, event=EffectGiven(outcomes={"c1": "removed", "c2": "not_found"}), by="host"),
        Scene(at=30 * _H, event=Retracted(reason="a health page"), by="hotline"),
        Scene(at=31 * _H, event=Restored(contents=["c1"]), by="host"),
        state="restored", outcomes={"c1": "restored", "c2": "not_found"}, standings={"put_back": "met"}, sent=("retraction",),
    ),
)  # fmt: skip

SCRIPTS = {"hotline.inhope": INHOPE}
