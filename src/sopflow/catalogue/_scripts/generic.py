"""Scripts of a block at network level."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...events import EffectGiven, ImpossibilityStated, OrderVoided, Restored
from ...script import Scene, approved
from ..generic import BlockLifted, BlockOrdered, BlockReviewed, NormalisationVerified, block_order
from . import courses

_H = timedelta(hours=1)
_DAY = timedelta(days=1)
_START = datetime(2026, 1, 30, 9, 0, tzinfo=UTC)  # a Friday
_ORDER = block_order(
    ["bad.example"],
    ["isp-1", "isp-2"],
    {"grounds": "no answer", "legal_basis": "the law's article", "scope": "one name"},
)
_BLOCK = BlockOrdered(due=datetime(2026, 3, 1, 9, 0, tzinfo=UTC))  # 30 days later: 2026 has no 29 February
_ONE, _TWO = "bad.example.isp-1", "bad.example.isp-2"
_SIGNED = tuple(
    Scene(at=n * _H, event=approved(_BLOCK), by=f"competent_agency/body-{n}") for n in (1, 2, 3)
)  # fmt: skip
_ORDERED = (*_SIGNED, Scene(at=4 * _H, event=_BLOCK, by="authority"))


def _done(isp: int, at: timedelta) -> Scene:
    return Scene(at=at, event=EffectGiven(outcomes={f"bad.example.isp-{isp}": "disabled"}), by=f"isp/isp-{isp}")


_script = courses("generic.network_block", _START, _ORDER, "authority")


NETWORK_BLOCK = (
    _script(
        "on_time", "Three bodies sign, both providers block, and the block is looked at again before its date.",
        *_SIGNED[:2], Scene(at=3 * _H, event=_BLOCK, by="authority", refused="needs 3 approval(s)"), *_ORDERED[2:],
        _done(1, 10 * _H), _done(2, 20 * _H),
        # The review is due on 1 March, 09:00 UTC: 30 January + 30 days. Reviewed on 27 February (+28 days).
        Scene(at=28 * _DAY, event=BlockReviewed(due=datetime(2026, 4, 1, tzinfo=UTC), finding="stays"), by="authority"),
        state="blocked", outcomes={_ONE: "disabled", _TWO: "disabled"}, standings={"apply_block": "met", "review": "running"},
        sent=("block_order",),
    ),
    _script(
        "late", "One provider never answers, and the date of review passes unused.",
        *_ORDERED, _done(1, 10 * _H), Scene(at=31 * _DAY),
        state="not_applied", outcomes={_ONE: "disabled", _TWO: "pending"}, standings={"review": "expired"},
    ),
    _script(
        "partial", "One provider blocks, the other cannot.",
        *_ORDERED, _done(1, 10 * _H), Scene(at=11 * _H, event=ImpossibilityStated(contents=[_TWO]), by="isp/isp-2"),
        Scene(at=12 * _H, event=EffectGiven(outcomes={_ONE: "disabled"}), by="isp/isp-1"),
        state="blocked", outcomes={_ONE: "disabled", _TWO: "impossible"}, standings={"apply_block": "met"},
    ),
    _script(
        "reversed", "The block is lifted, every provider opens the name again, and somebody looks.",
        *_ORDERED, _done(1, 10 * _H), _done(2, 11 * _H),
        Scene(at=9 * _DAY, event=BlockLifted(grounds="agreed"), by="authority"),
        Scene(at=9 * _DAY + _H, event=NormalisationVerified(), by="authority", refused="is disabled"),
        Scene(at=9 * _DAY + 2 * _H, event=Restored(contents=[_ONE]), by="isp/isp-1"),
        Scene(at=9 * _DAY + 3 * _H, event=Restored(contents=[_TWO]), by="isp/isp-2"),
        Scene(at=10 * _DAY, event=NormalisationVerified(), by="authority"),
        state="normalised", outcomes={_ONE: "restored", _TWO: "restored"}, standings={"lift_block": "met", "review": "met"},
        sent=("lift_order",),
    ),
    _script(
        "reversed", "A court voids the order before anybody has blocked.",
        *_ORDERED, Scene(at=5 * _H, event=OrderVoided(reason="no basis"), by="court"),
        Scene(at=6 * _H, event=NormalisationVerified(), by="authority"),
        state="normalised", outcomes={_ONE: "pending"}, standings={"review": "cancelled", "apply_block": "cancelled"},
    ),
)  # fmt: skip

SCRIPTS = {"generic.network_block": NETWORK_BLOCK}
