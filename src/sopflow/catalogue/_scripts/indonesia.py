"""Scripts of what was done in Indonesia before there was a procedure, and of the procedure agreed in 2017."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...events import (
    ClarificationGiven,
    ClarificationRequested,
    EffectGiven,
    Escalated,
    ImpossibilityStated,
    Issued,
    Notice,
    OrderVoided,
    Refused,
    Restored,
    Verified,
)
from ...script import Scene, acknowledged, approved
from ..generic import block_order
from ..indonesia import MailRepeated, ReviewStarted
from . import courses

_WIB = ZoneInfo("Asia/Jakarta")
_H = timedelta(hours=1)
_DAY = timedelta(days=1)
_NOTICE = Notice(
    contents=["https://t.me/channel_1", "https://t.me/channel_2"], form={"reasons": "incitement"},
    parties={"platform": "telegram", "reporter": "citizen-1"},
)  # fmt: skip
_BLOCK = block_order(["t.me"], ["isp-1"], {"grounds": "silence", "legal_basis": "PM 19/2014", "scope": "the name"})
_BOTH = EffectGiven(outcomes={"c1": "removed", "c2": "removed"})

# --- 2016: no clock anywhere -------------------------------------------------------------------------------------------


_mails = courses(
    "id.mail_practice_2016",
    datetime(2016, 3, 29, 9, 0, tzinfo=_WIB),
    Notice(contents=_NOTICE.contents, parties={"platform": "telegram"}),
    "authority",
    Scene(at=_H, event=Issued(), by="authority"),
)


MAIL_PRACTICE_2016 = (
    _mails("on_time", "One mail, and the channels are taken down; no time was set, so none could be missed.",
           Scene(at=36 * _H, event=_BOTH, by="platform"),
           state="taken_down", outcomes={"c1": "removed", "c2": "removed"}, sent=("mail",)),
    _mails("late", "Six mails in sixteen months; nothing notices the silence, and the whole service is blocked.",
           *(Scene(at=n * 94 * _DAY, event=MailRepeated(), by="authority") for n in range(1, 6)),
           # 29 March 2016 + 472 days = 14 July 2017: 365 days to 29 March 2017, and 107 more (2 + 30 + 31 + 30 + 14).
           Scene(at=472 * _DAY, event=Escalated(instrument=_BLOCK), by="authority"),
           state="blocked", outcomes={"c1": "pending", "c2": "pending"}, sent=("mail",)),
    _mails("partial", "One channel is taken down, and nobody hears of the other.",
           Scene(at=36 * _H, event=EffectGiven(outcomes={"c1": "removed"}), by="platform"), Scene(at=100 * _DAY),
           state="mailed", outcomes={"c1": "removed", "c2": "pending"}),
    _mails("reversed", "A channel is opened again: the practice provides for nothing of the kind, and it is recorded all the same.",
           Scene(at=36 * _H, event=_BOTH, by="platform"), Scene(at=90 * _H, event=Restored(contents=["c2"]), by="platform"),
           state="taken_down", outcomes={"c1": "removed", "c2": "restored"}),
)  # fmt: skip

# --- 2017: what was agreed -----------------------------------------------------------------------------------------------

_MONDAY = datetime(2017, 8, 14, 9, 0, tzinfo=_WIB)
_ISSUED = (
    Scene(at=_H, event=Verified(), by="authority"),
    Scene(at=2 * _H, event=Issued(), by="authority", refused="in state 'verified_by_ministry'"),
    Scene(at=3 * _H, event=approved(Issued()), by="competent_agency/bnpt"),
    Scene(at=4 * _H, event=Issued(), by="authority"),
)
# Received at 14:00 WIB: due at the end of 14 August, which is midnight in Jakarta (+15 h).
_RECEIVED = Scene(at=5 * _H, event=acknowledged("order"), by="platform")


_agreed = courses("id.kominfo_telegram_2017", _MONDAY, _NOTICE, "public", *_ISSUED)


KOMINFO_TELEGRAM_2017 = (
    _agreed("on_time", "Receipt is confirmed, moderators look, and both channels are closed on the same day.",
            _RECEIVED, Scene(at=6 * _H, event=ReviewStarted(), by="platform"), Scene(at=14 * _H, event=_BOTH, by="platform"),
            state="taken_down", outcomes={"c1": "removed", "c2": "removed"},
            standings={"verify": "met", "cosign": "met", "issue": "met", "same_day_takedown": "met"}, sent=("order", "outcome")),
    _agreed("late", "Nobody confirms: a reminder after a day, after two nobody is left to try, and a block is drafted.",
            # Sent at 13:00 on Monday; one desk with one reminder: silence until 13:00 on Wednesday (+52 h).
            Scene(at=51 * _H, event=Escalated(instrument=_BLOCK), by="authority", refused="no row for Escalated"),
            Scene(at=60 * _H, event=Escalated(instrument=_BLOCK), by="authority"),
            state="escalated_isp_block", standings={"receipt:order": "expired", "decide_escalation": "met"}, sent=("order",)),
    _agreed("late", "The channels are closed only on the next morning.",
            _RECEIVED, Scene(at=16 * _H), Scene(at=24 * _H, event=_BOTH, by="platform"),
            state="taken_down", standings={"same_day_takedown": "expired"}),
    _agreed("partial", "One channel is closed; the other is clarified, and refused because it is satire.",
            _RECEIVED, Scene(at=6 * _H, event=EffectGiven(outcomes={"c1": "removed"}), by="platform"),
            Scene(at=7 * _H, event=ClarificationRequested(contents=["c2"], reason="dead link"), by="platform"),
            # The clock of c2 stands still for 20 hours: due at 20:00 on 15 August (+15 h + 20 h).
            Scene(at=27 * _H, event=ClarificationGiven(contents=["c2"], reason="new link"), by="authority"),
            Scene(at=34 * _H, event=Refused(contents=["c2"], reason="satire"), by="platform"),
            state="taken_down", outcomes={"c1": "removed", "c2": "refused"}, standings={"same_day_takedown@c2": "met", "clarify": "met"}),
    _agreed("reversed", "A court finds that the order has no effect; the channel is opened again.",
            _RECEIVED, Scene(at=6 * _H, event=EffectGiven(outcomes={"c1": "removed"}), by="platform"),
            Scene(at=7 * _H, event=ImpossibilityStated(contents=["c2"], reason="no such channel"), by="platform"),
            Scene(at=72 * _H, event=OrderVoided(reason="no basis"), by="court"),
            Scene(at=80 * _H, event=Restored(contents=["c1"]), by="platform"),
            state="restored", outcomes={"c1": "restored", "c2": "impossible"}, standings={"reinstate": "met"}, sent=("void",)),
)  # fmt: skip

SCRIPTS = {"id.kominfo_telegram_2017": KOMINFO_TELEGRAM_2017, "id.mail_practice_2016": MAIL_PRACTICE_2016}
