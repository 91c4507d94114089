"""Scripts of Permenkominfo 19/2014."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ...events import Application, EffectGiven, InstrumentReceived, Notice, Restored
from ...script import Scene
from ..generic import per_provider
from ..indonesia_pm19 import Delisted, Listed, NormalisationVerified, OwnerAsked, SiteSampled
from . import courses

_H = timedelta(hours=1)
_START = datetime(2016, 2, 28, 18, 0, tzinfo=ZoneInfo("Asia/Jakarta"))  # a Sunday; 29 February follows
_ISPS = ("isp-1", "isp-2")
_SITE = per_provider(["shop.example"], _ISPS)
_SEEN = SiteSampled(image="ab" * 32)
_APPLICATION = InstrumentReceived(instrument=Application(form={"grounds": "a library"}))


def _notice(of: str, contents: Any = _SITE) -> Notice:
    parties = {"isp": _ISPS, "reporter": "citizen-1", "site_owner": "owner-1", "platform": "host-1"}
    return Notice(contents=contents, parties=parties, form={"site": "shop.example", "class": of})


_urgent = courses("id.pm19_2014", _START, _notice("violence"), "public")
_site = courses("id.pm19_2014", _START, _notice("other"), "public")
_pages = courses(
    "id.pm19_2014", _START, _notice("other", ["https://host.example/a", "https://host.example/b"]), "public"
)


def _applied(isp: str, at: timedelta, outcome: str = "disabled") -> Scene:
    return Scene(at=at, event=EffectGiven(outcomes={f"shop.example.{isp}": outcome}), by=f"isp/{isp}")


PM19_2014 = (
    _urgent(
        "on_time", "An urgent report is listed within 12 hours, over midnight, and applied within 24.",
        Scene(at=_H, event=Listed(urgent=True), by="authority", refused="no row for Listed"),
        Scene(at=2 * _H, event=_SEEN, by="authority"),
        # Received at 18:00 on 28 February: 12 h end at 06:00 on 29 February. Listed at 05:00 (+11 h).
        Scene(at=11 * _H, event=Listed(urgent=True, reference="L-1"), by="authority"),
        _applied("isp-1", 20 * _H), _applied("isp-2", 30 * _H),
        state="blocked", standings={"list_urgent": "met", "handle": "met", "apply_urgent": "met"}, sent=("list_update",),
    ),
    _site(
        "late", "A report is listed after more than 24 hours, and a provider applies it after more than a week.",
        Scene(at=20 * _H, event=_SEEN, by="authority"),
        # Received at 18:00 on 28 February: 24 h end at 18:00 on 29 February. Listed at 20:00 (+26 h).
        Scene(at=26 * _H, event=Listed(reference="L-2"), by="authority"),
        # Listed on 29 February: seven days end with 7 March 2016 (29 + 7 = 36; 36 - 29 = 7).
        _applied("isp-1", 100 * _H), Scene(at=10 * 24 * _H), _applied("isp-2", 241 * _H),
        state="blocked", standings={"handle": "expired", "apply_routine": "expired"},
    ),
    _pages(
        "partial", "What is no domain name is asked to be deleted: one page is, the other is not found.",
        Scene(at=2 * _H, event=_SEEN, by="authority"),
        Scene(at=3 * _H, event=OwnerAsked(reference="R-1"), by="authority"),
        Scene(at=20 * _H, event=EffectGiven(outcomes={"c1": "removed"}), by="platform"),
        Scene(at=21 * _H, event=EffectGiven(outcomes={"c2": "not_found"}), by="platform"),
        state="removed", outcomes={"c1": "removed", "c2": "not_found"}, standings={"handle": "met"}, sent=("owner_request", "outcome"),
    ),
    _site(
        "reversed", "The owner applies for normalisation; the site is not negative, and every provider opens it again.",
        Scene(at=2 * _H, event=_SEEN, by="authority"),
        Scene(at=3 * _H, event=Listed(reference="L-3"), by="authority"),
        _applied("isp-1", 10 * _H), _applied("isp-2", 11 * _H),
        Scene(at=50 * _H, event=_APPLICATION, by="site_owner"),
        # Received at +50 h: decided until +74 h.
        Scene(at=70 * _H, event=Delisted(grounds="a library"), by="authority"),
        Scene(at=72 * _H, event=Restored(contents=["shop.example.isp-1"]), by="isp/isp-1"),
        Scene(at=73 * _H, event=NormalisationVerified(), by="authority", refused="is disabled"),
        Scene(at=80 * _H, event=Restored(contents=["shop.example.isp-2"]), by="isp/isp-2"),
        Scene(at=81 * _H, event=NormalisationVerified(), by="authority"),
        state="normalised", standings={"decide_normalisation": "met", "lift_block": "met", "verify_open": "met"},
        sent=("list_removal", "normalisation"),
    ),
)  # fmt: skip

SCRIPTS = {"id.pm19_2014": PM19_2014}
