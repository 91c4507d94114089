"""Scripts of the status of trusted flagger under the Digital Services Act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...accreditation import AccreditationAwarded, AccreditationRevoked, AccreditationSuspended, Assessed
from ...events import Application, InstrumentReceived
from ...script import Scene, Script
from ..eu_trusted_flagger import PoorNoticesReported, ReactionReceived, ReportPublished, RevocationAnnounced

_ID = "eu.dsa_trusted_flagger"
_DAY = timedelta(days=1)
_MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
_FORM = {
    "expertise": "ten years", "independence": "a charity", "diligence": "two people look at each report",
    "entity": "H", "scope": "csam",
}  # fmt: skip
_APPLICATION = Application(parties={"flagger": "hotline"}, form=_FORM)
_AWARDED = (
    Scene(at=3 * _DAY, event=Assessed(finding="meets the three conditions"), by="accreditor"),
    Scene(at=5 * _DAY, event=AccreditationAwarded(categories="csam"), by="accreditor"),
)
_HOTLINE = "flagger/hotline"


def _script(
    kind: str, title: str, scenes: tuple[Scene, ...], state: str, sent: tuple[str, ...],
    application: Application = _APPLICATION, **standings: str,
) -> Script:  # fmt: skip
    return Script(
        procedure=_ID, kind=kind, title=title, start=_MONDAY, instrument=application, by=_HOTLINE, scenes=scenes,
        state=state, sent=sent, standings=standings,
    )  # fmt: skip


SCRIPTS = {
    _ID: (
        _script(
            "on_time", "Awarded, and the report published within the year.",
            (*_AWARDED, Scene(at=300 * _DAY, event=ReportPublished(), by=_HOTLINE), Scene(at=400 * _DAY)),
            "accredited", ("accreditation_awarded",), report="running",
        ),
        # Awarded on 7 March 2026: twelve months end with 7 March 2027, the 371st day.
        _script(
            "late", "The report of the first year is missing, and is asked for.", (*_AWARDED, Scene(at=372 * _DAY)),
            "accredited", ("report_overdue",), report="running",
        ),
        _script(
            "partial", "An application without one of the three conditions is completed, and then awarded.",
            (
                Scene(at=2 * _DAY, event=InstrumentReceived(instrument=Application(form=_FORM)), by=_HOTLINE),
                *_AWARDED,
            ),
            "accredited", ("application_incomplete", "accreditation_awarded"),
            Application(parties={"flagger": "hotline"}, form={**_FORM, "independence": ""}), complete="met",
        ),
        _script(
            "reversed", "A platform tells of poor notices; the flagger is suspended, heard, and the status is revoked.",
            (
                *_AWARDED,
                Scene(at=90 * _DAY, event=PoorNoticesReported(explanation="40 of 50 were inaccurate"), by="platform"),
                Scene(at=95 * _DAY, event=AccreditationSuspended(reason="under investigation"), by="accreditor"),
                Scene(at=120 * _DAY, event=AccreditationRevoked(reason="inaccurate"), by="accreditor",
                      refused="no row for AccreditationRevoked"),
                Scene(at=121 * _DAY, by="accreditor",
                      event=RevocationAnnounced(reason="40 were inaccurate", due=_MONDAY + 140 * _DAY)),
                Scene(at=122 * _DAY, event=AccreditationRevoked(reason="inaccurate"), by="accreditor",
                      refused="the flagger can react until"),
                Scene(at=130 * _DAY, event=ReactionReceived(reaction="we disagree"), by=_HOTLINE),
                Scene(at=135 * _DAY, event=AccreditationRevoked(reason="inaccurate"), by="accreditor"),
            ),
            "revoked", ("suspension", "revocation_announced", "revocation"), react="met", look_into="met",
        ),
    ),
}  # fmt: skip
