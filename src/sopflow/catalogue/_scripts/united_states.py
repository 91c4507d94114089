"""Scripts of the procedures of the United States."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...events import CounterNotice, EffectGiven, InstrumentReceived, Notice, Restored, Verified
from ...script import Scene, Script

_DAY = timedelta(days=1)
# A Monday. Day 0 of the counter notification; Thanksgiving is Thursday 24 November 2022.
_MONDAY = datetime(2022, 11, 14, 10, 0, tzinfo=ZoneInfo("America/Los_Angeles"))
_NOTICE = Notice(
    contents=["https://host.example/works/1", "https://host.example/works/2"],
    parties={"complainant": "rights-holder", "subscriber": "subscriber-1"},
    form=dict.fromkeys(
        ("signature", "work", "material", "contact", "good_faith", "accuracy_and_perjury"), "given"
    ),
)  # fmt: skip
_COUNTER = InstrumentReceived(
    instrument=CounterNotice(
        form=dict.fromkeys(("signature", "material", "mistake_under_perjury", "contact_and_consent"), "given")
    )
)
_REMOVED = (
    Scene(at=timedelta(hours=2), event=Verified(), by="platform"),
    Scene(at=timedelta(hours=3), event=EffectGiven(outcomes={"c1": "removed", "c2": "removed"}), by="platform"),
)

DMCA_512 = (
    Script(
        procedure="us.dmca_512",
        kind="on_time",
        title="Removed within hours; the subscriber is told and does not counter.",
        start=_MONDAY,
        instrument=_NOTICE,
        by="complainant",
        scenes=_REMOVED,
        state="removed",
        outcomes={"c1": "removed", "c2": "removed"},
        standings={"removal": "met", "tell_subscriber": "met"},
        sent=("removal_notice",),
    ),
    Script(
        procedure="us.dmca_512",
        kind="late",
        title="Put back only after the fourteenth business day following receipt of the counter notification.",
        start=_MONDAY - 7 * _DAY,
        instrument=_NOTICE,
        by="complainant",
        # Received on Monday 14 November. Days 1-4: 15-18; 5-7: 21-23; 24 is Thanksgiving; 8: 25; 9-13: 28 November to
        # 2 December; 14: Monday 5 December. The window closes at the end of that day.
        scenes=(*_REMOVED, Scene(at=7 * _DAY, event=_COUNTER, by="subscriber"),
                Scene(at=30 * _DAY, event=Restored(), by="platform")),
        state="restored",
        outcomes={"c1": "restored", "c2": "restored"},
        standings={"put_back": "expired"},
        sent=("counter_notice_copy", "restored_notice"),
    ),
    Script(
        procedure="us.dmca_512",
        kind="partial",
        title="One of two items is removed; the other is not found.",
        start=_MONDAY,
        instrument=_NOTICE,
        by="complainant",
        scenes=(Scene(at=timedelta(hours=2), event=Verified(), by="platform"),
                Scene(at=timedelta(hours=3), event=EffectGiven(outcomes={"c1": "removed"}), by="platform"),
                Scene(at=timedelta(hours=4), event=EffectGiven(outcomes={"c2": "not_found"}), by="platform")),
        state="removed",
        outcomes={"c1": "removed", "c2": "not_found"},
    ),
    Script(
        procedure="us.dmca_512",
        kind="reversed",
        title="The subscriber counters, no suit is notified, and the material is put back within the window.",
        start=_MONDAY - 7 * _DAY,
        instrument=_NOTICE,
        by="complainant",
        # The window opens at the end of day 10, Tuesday 29 November, and closes at the end of day 14, Monday 5 December.
        scenes=(*_REMOVED, Scene(at=7 * _DAY, event=_COUNTER, by="subscriber"),
                Scene(at=24 * _DAY, event=Restored(), by="platform")),
        state="restored",
        outcomes={"c1": "restored", "c2": "restored"},
        standings={"put_back": "met"},
        sent=("counter_notice_copy", "restored_notice"),
    ),
)  # fmt: skip

SCRIPTS = {"us.dmca_512": DMCA_512}
