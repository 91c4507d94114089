"""Scripts of the accreditation of flaggers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ...accreditation import (
    AccreditationAwarded,
    AccreditationReinstated,
    AccreditationRevoked,
    AccreditationSuspended,
    Assessed,
    FlaggerWarned,
)
from ...events import Application
from ...script import Scene, Script

_ID = "generic.flagger_accreditation"
_DAY = timedelta(days=1)
_MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
_APPLICATION = Application(
    parties={"flagger": "hotline"},
    form={"expertise": "ten years", "method": "two people look at each report", "scope": "csam, terror"},
)
_AWARD = AccreditationAwarded(categories=("csam", "terror"), until=date(2027, 2, 28))
_AWARDED = (
    Scene(at=3 * _DAY, event=Assessed(finding="meets the conditions"), by="accreditor"),
    Scene(at=5 * _DAY, event=_AWARD, by="accreditor"),
)


def _script(
    kind: str, title: str, scenes: tuple[Scene, ...], state: str, sent: tuple[str, ...], **standings: str
) -> Script:
    return Script(
        procedure=_ID, kind=kind, title=title, start=_MONDAY, instrument=_APPLICATION, by="flagger/hotline", scenes=scenes,
        state=state, sent=sent, standings=standings,
    )  # fmt: skip


SCRIPTS = {
    _ID: (
        _script(
            "on_time", "Assessed and accredited within a week.", _AWARDED, "accredited", ("accreditation_awarded",),
            assess="met", accreditation="running",
        ),
        _script(
            "late", "Nobody renews the accreditation: it lapses with its last day.",
            (*_AWARDED, Scene(at=364 * _DAY)), "lapsed", ("accreditation_awarded",), accreditation="expired",
        ),
        _script(
            "partial", "Accredited for a part of what was applied for, then warned: the accreditation stands.",
            (
                _AWARDED[0],
                Scene(at=5 * _DAY, event=AccreditationAwarded(categories="csam"), by="accreditor"),
                Scene(at=50 * _DAY, event=FlaggerWarned(reason="reports outside the scope"), by="accreditor"),
            ),
            "accredited", ("warning",), assess="met",
        ),
        _script(
            "reversed", "Suspended, and reinstated when nothing was found.",
            (
                *_AWARDED,
                Scene(at=40 * _DAY, event=AccreditationSuspended(reason="under investigation"), by="accreditor"),
                Scene(at=60 * _DAY, event=AccreditationReinstated(reason="nothing was found"), by="accreditor"),
            ),
            "accredited", ("suspension", "reinstatement"), end_suspension="met",
        ),
        _script(
            "reversed", "Suspended, and revoked with reasons.",
            (
                *_AWARDED,
                Scene(at=40 * _DAY, event=AccreditationSuspended(reason="under investigation"), by="accreditor"),
                Scene(at=60 * _DAY, event=AccreditationRevoked(reason="invented reports"), by="accreditor"),
            ),
            "revoked", ("suspension", "revocation"), accreditation="cancelled", end_suspension="cancelled",
        ),
    ),
}  # fmt: skip
