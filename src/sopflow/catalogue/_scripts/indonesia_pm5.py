"""Scripts of Permenkominfo 5/2020."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...case import Content
from ...events import Application as _Application
from ...events import EffectGiven, Escalated, InstrumentReceived, Notice, Order, OrderVoided, Request, Restored
from ...script import Scene, delivered
from ..indonesia_pm5 import FinePaid, NormalisationGranted, ReasonsConsidered, ReasonsSubmitted, TakedownOrdered, Warned
from . import courses

_H = timedelta(hours=1)
_START = datetime(2026, 8, 12, 20, 0, tzinfo=ZoneInfo("Asia/Jakarta"))  # a Wednesday evening
_URLS = ["https://video.example/1", "https://video.example/2"]
_PUBLIC = Notice(
    contents=_URLS, parties={"platform": "platform-1", "reporter": "citizen-1"},
    form={"applicant": "a citizen", "screenshot": "image 1", "url": "\n".join(_URLS), "reasons": "gambling", "class": "gambling"},
)  # fmt: skip
_AGENCY = Request(
    contents=_URLS, parties={"platform": "platform-1"},
    form={"letter": "no. 1", "legal_analysis": "analysis", "screenshot": "image 1", "url": "\n".join(_URLS)},
)  # fmt: skip
_ALL = EffectGiven(outcomes={"c1": "removed", "c2": "removed"})
BLOCK = Order(
    contents=[Content(kind="domain", locator="video.example", id="video.example.isp-1", party="isp-1")],
    parties={"isp": "isp-1"}, form={"grounds": "three letters", "legal_basis": "PM 5/2020 Art 15(12)", "scope": "the name"},
)  # fmt: skip
APPLICATION = InstrumentReceived(
    instrument=_Application(
        form=dict.fromkeys(
            ("letter", "responsible_person", "identity_card", "proof_removed", "recommendation", "legitimacy"), "given"
        )
    )
)


_public = courses("id.pm5_2020", _START, _PUBLIC, "public")
_agency = courses("id.pm5_2020", _START, _AGENCY, "agency")


PM5_2020 = (
    _agency(
        "on_time", "An urgent order received at 22:30 WIB is obeyed after midnight, within four hours.",
        Scene(at=2 * _H, event=TakedownOrdered(urgent="terrorism", reference="T-1"), by="authority"),
        # Received at 22:30 on 12 August: due at 02:30 on 13 August. Taken down at 02:00 (20:00 + 6 h).
        Scene(at=2.5 * _H, event=delivered("urgent_order"), by="platform"),
        Scene(at=6 * _H, event=_ALL, by="platform"),
        state="complied", standings={"takedown_urgent": "met", "examine": "met"}, sent=("urgent_order",),
    ),
    _public(
        "late", "Nothing is taken down: a letter for each elapsed 24 hours, at most three, then a block.",
        Scene(at=_H, event=TakedownOrdered(reference="T-2"), by="authority"),
        # Received at +1 h: 24 h pass at +25 h, the next at +49 h and +73 h.
        Scene(at=_H, event=delivered("order"), by="platform"),
        Scene(at=24 * _H, event=Warned(reference="W-1"), by="authority", refused="no row for Warned"),
        Scene(at=26 * _H, event=Warned(reference="W-1"), by="authority"),
        Scene(at=48 * _H, event=Warned(reference="W-2"), by="authority", refused="1 period(s) have passed"),
        Scene(at=50 * _H, event=Warned(reference="W-2"), by="authority"),
        Scene(at=74 * _H, event=Warned(reference="W-3", fine="IDR 1"), by="authority"),
        Scene(at=75 * _H, event=ReasonsSubmitted(reason="satire"), by="platform"),
        Scene(at=76 * _H, event=Escalated(instrument=BLOCK), by="authority", refused="have not been considered"),
        Scene(at=77 * _H, event=ReasonsConsidered(finding="no satire"), by="authority"),
        Scene(at=78 * _H, event=Escalated(instrument=BLOCK), by="authority"),
        state="block_ordered", standings={"takedown": "expired", "further_period": "expired", "pay_fine": "running"},
        sent=("order", "warning_letter"),
    ),
    _public(
        "partial", "One item is taken down in time, the other after the first letter; the fine is paid.",
        Scene(at=_H, event=TakedownOrdered(reference="T-3"), by="authority"),
        Scene(at=_H, event=delivered("order"), by="platform"),
        Scene(at=5 * _H, event=EffectGiven(outcomes={"c1": "removed"}), by="platform"),
        # 24 h after receipt at +1 h: +25 h, for c2 alone.
        Scene(at=26 * _H, event=Warned(reference="W-1", fine="IDR 1"), by="authority"),
        Scene(at=30 * _H, event=EffectGiven(outcomes={"c2": "disabled"}), by="platform"),
        Scene(at=40 * _H, event=FinePaid(reference="F-1"), by="platform"),
        state="complied", outcomes={"c1": "removed", "c2": "disabled"},
        standings={"takedown": "expired", "further_period@c2": "met", "pay_fine": "met"},
    ),
    _public(
        "reversed", "A court finds that the order has no effect, and what was taken down is restored.",
        Scene(at=_H, event=TakedownOrdered(reference="T-4"), by="authority"),
        Scene(at=_H, event=delivered("order"), by="platform"),
        Scene(at=2 * _H, event=_ALL, by="platform"),
        Scene(at=200 * _H, event=OrderVoided(reason="not prohibited"), by="court"),
        Scene(at=210 * _H, event=Restored(), by="platform"),
        state="restored", outcomes={"c1": "restored", "c2": "restored"}, standings={"restore": "met"}, sent=("void",),
    ),
    _public(
        "reversed", "After a block the operator applies for normalisation; the Minister decides within 2 x 24 hours.",
        Scene(at=_H, event=TakedownOrdered(reference="T-5"), by="authority"),
        Scene(at=_H, event=delivered("order"), by="platform"),
        Scene(at=26 * _H, event=Escalated(instrument=BLOCK), by="authority"),
        Scene(at=100 * _H, event=APPLICATION, by="platform"),
        # Received at +100 h: 2 x 24 h end at +148 h.
        Scene(at=147 * _H, event=NormalisationGranted(), by="authority"),
        state="normalising", standings={"normalisation": "met", "lift": "running"}, sent=("normalisation_granted",),
    ),
)  # fmt: skip

SCRIPTS = {"id.pm5_2020": PM5_2020}
