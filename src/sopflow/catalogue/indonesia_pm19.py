"""Indonesia: Permenkominfo 19/2014 on sites with negative content (TRUST+Positif). Revoked. The Director General's side.

There is no platform between the Ministry and the network: what is listed is blocked by the internet access providers.
So the case itself is the block, with an outcome for each name and each provider (`generic.per_provider` makes such
contents). Only some articles were read; the branch of agencies is recalled (M) and says so.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Final, final

from attrs import frozen

from ..case import Case
from ..events import (
    Acknowledged,
    Act,
    Closed,
    Delivered,
    EffectGiven,
    Event,
    InstrumentReceived,
    Opened,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Superseded,
    Withdrawn,
    mandatory,
)
from ..events import DeadlineBreached as Breached
from ..guards import IN_PART, all_are, ladder_exhausted
from ..procedure import Procedure
from ..rules import (
    ANY_OPEN,
    STAY,
    Absent,
    Basis,
    Form,
    FormField,
    Guard,
    Hook,
    Obligation,
    On,
    Role,
    Send,
    State,
    Template,
    Transition,
    Waiver,
    Yield,
)
from ..terms import BusinessDays, Days, Hours, WithoutUndueDelay
from ._indonesia import GONE, WIB, law, sources
from ._shared import CLOSED, FILE_STATES, OURS, closing_row, file_rows
from .generic import NormalisationVerified

_ASK = Basis(
    "the public, ministries and agencies, law enforcement and courts report to the Director General", "S21", "S"
)
_URGENT = Basis("urgent: privacy, child pornography, violence, SARA, others that cause wide unrest", "S20", "V")
_STORE = Basis("the report and an image of the site are kept in file and database; the site is visited", "S20", "V")
_HANDLE = Basis("Art 13: a report of the public is handled within 1 x 24 h", "S21", "S")
_LIST = Basis("a name is put into TRUST+Positif", "S20", "V")
_ASK_OWNER = Basis("what is no domain name: provider or owner is asked to block or delete it", "S21", "S")
_TWELVE = Basis("urgent: in the list within 1 x 12 h of receipt, and access providers are told", "S21", "S")
_WEEKLY = law("Art 9(2)(a)", "access providers update at least once a week", "S23")
_DAILY = law("Art 9(2)(b)", "access providers update at least every 24 h where it is urgent", "S23")
_APPLY = Basis("Art 10, 16: owner or public applies for normalisation; decided within 1 x 24 h of receipt", "S22", "S")
_REMOVE = Basis("not negative: taken out of the list, access providers are told", "S22", "S")
_TELL = Basis("the applicant is told electronically (end of the article not seen)", "S22", "M")
_MUST = Basis("if the conditions are met we must normalise", "S14", "S")
_FIVE = Basis("reports of agencies are assessed within 5 working days", "S21", "M")
_TWO_DAYS = Basis("the provider is warned by e-mail and has 2 x 24 h before a block", "tumblr-2018", "M")
_SILENT = Basis("the articles that were read say nothing of it", "S21", "I")
_I = Basis("not in what was read; follows from it", "S21", "I")
_WAITING = Basis("no time is known; a day is our assumption", "S21", "I")

URGENT: Final = ("privacy", "child_pornography", "violence", "sara", "unrest")
_BLOCKED: Final = (*GONE, "impossible")


@final
@frozen(kw_only=True)
class FoundUrgent(Act):
    """The report turns out to be urgent although it does not say so; `at` is when it was received."""


@final
@frozen(kw_only=True)
class SiteSampled(Act):
    """The site was visited and found negative, and an image of it is kept in file and database.

    Attributes:
        image: The image's digest; `Runner.attach` keeps its bytes with the case.
    """

    image: str = mandatory()


@final
@frozen(kw_only=True)
class Listed(Act):
    """The names are put into TRUST+Positif, and the internet access providers are told.

    Attributes:
        urgent: Whether they are in the list that is updated every 24 hours.
        reference: The number in the list.
    """

    urgent: bool = False
    reference: str = ""

    def of(self) -> str:
        """Return "urgent" or "routine"."""
        return "urgent" if self.urgent else "routine"


@final
@frozen(kw_only=True)
class OwnerAsked(Act):
    """Provider or owner is asked to block or delete what is no domain name (an account, a page)."""

    reference: str = ""


@final
@frozen(kw_only=True)
class Delisted(Act):
    """The names are taken out of TRUST+Positif (*normalisasi*)."""

    grounds: str = mandatory(personal=True)


@final
@frozen(kw_only=True)
class NormalisationRejected(Act):
    """The site is negative after all: it stays in the list."""

    name: ClassVar[str] = "NormalisationRejected"

    grounds: str = mandatory(personal=True)


def _urgent(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    given = event.instrument.form.get("class", "") if isinstance(event, Opened) else ""
    return None if given in URGENT else f"{given or 'no class'} is not urgent; urgent are {', '.join(URGENT)}"


def _start_twelve_hours(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    return Yield(starts="list_urgent")


_OPENERS = frozenset({"public", "agency", "law_enforcement", "court"})
_LISTED = ("listed", "blocked", "normalisation_requested")
_ENDED = (Rejected, Withdrawn, Superseded, OrderVoided)


def _inform(template: str, to: str, basis: Basis) -> Send:
    return Send(template=template, to=to, sender="authority", optional=True, basis=basis)


def _to_isps(template: str, basis: Basis, *proofs: type[Event]) -> Send:
    return Send(template=template, to="isp", sender="authority", ack_within=Hours(24), proved_by=proofs, basis=basis)


_REOPEN = (_to_isps("list_removal", _REMOVE, Restored), _inform("normalisation", "site_owner", _TELL))

PM19_2014 = Procedure(
    id="id.pm19_2014",
    version="1",
    title="Permenkominfo 19/2014: TRUST+Positif, the list of sites with negative content (revoked)",
    jurisdiction="ID",
    acting="authority",
    valid_from=date(2014, 7, 17),
    valid_to=date(2020, 11, 23),
    as_of=date(2026, 11, 28),
    reconstructed=True,
    summary="A report is kept in the original, the site is visited and an image kept; within 24 h, or 12 h where it is "
    "urgent, a name is put into the list that access providers apply. What is no name is asked to be deleted. Owner or "
    "public may apply for normalisation, which is decided within 24 h. Revoked by Art 48 of Permenkominfo 5/2020.",
    roles=[
        Role(name="public", side="reporter", basis=_ASK, label="Masyarakat"),
        Role(name="agency", side="reporter", basis=_ASK, label="Kementerian atau lembaga"),
        Role(name="law_enforcement", side="reporter", basis=_ASK, label="Lembaga penegak hukum"),
        Role(name="court", side="reporter", basis=_ASK, label="Lembaga peradilan"),
        Role(name="reporter", side="reporter", basis=_I, label="Pelapor: whoever reported, to be told"),
        Role(name="authority", side="authority", basis=_ASK, label="Direktur Jenderal"),
        Role(name="isp", side="isp", basis=_WEEKLY, label="Penyelenggara Jasa Akses Internet"),
        Role(name="platform", side="platform", basis=_ASK_OWNER, label="Penyedia layanan"),
        Role(name="site_owner", side="user", basis=_APPLY, label="Pengelola situs"),
    ],
    opened_by=_OPENERS,
    opened_with={"notice", "request"},
    initial="received",
    states=[
        State(name="received", phase="intake", waits_for="authority", basis=_HANDLE, label="Report received (laporan diterima)"),
        State(name="received_urgent", phase="intake", waits_for="authority", basis=_TWELVE, label="Urgent report (laporan mendesak)"),
        State(name="rejected", phase="closed", final=True, basis=_I, label="Not negative (bukan bermuatan negatif)"),
        State(name="verified", phase="assessment", waits_for="authority", basis=_STORE, label="Visited and sampled (ditinjau)"),
        State(name="owner_asked", phase="notice", waits_for="platform", basis=_ASK_OWNER, label="Owner asked (permintaan penghapusan)"),
        State(name="owner_silent", phase="escalation", waits_for="authority", basis=_TWO_DAYS, label="No answer (tidak ditanggapi)"),
        State(name="removed", phase="compliance", basis=_ASK_OWNER, label="Deleted (konten dihapus)"),
        State(name="listed", phase="notice", waits_for="isp", basis=_LIST, label="In the list (masuk TRUST+Positif)"),
        State(name="blocked", phase="compliance", basis=_WEEKLY, label="Blocked (diblokir)"),
        State(name="normalisation_requested", phase="redress", waits_for="authority", basis=_APPLY, label="Normalisation applied for (permohonan normalisasi)"),
        State(name="delisted", phase="redress", waits_for="isp", basis=_REMOVE, label="Out of the list (dihapus dari TRUST+Positif)"),
        State(name="normalised", phase="closed", final=True, basis=_REMOVE, label="Normalised (dinormalisasi)"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Opened, source="received", target="received_urgent", by=_OPENERS, guards=Guard("urgent_report", _urgent), basis=_URGENT),
        Transition(on=Opened, source="received", target=STAY, by=_OPENERS, basis=_ASK),
        Transition(on=FoundUrgent, source="received", target="received_urgent", by="authority", basis=_URGENT),
        Transition(on=SiteSampled, label="Visited and sampled (peninjauan)", source=("received", "received_urgent"), target="verified", by="authority", basis=_STORE),
        Transition(on=Rejected, source=("received", "received_urgent", "verified"), target="rejected", by="authority", basis=_I,
                   sends=_inform("outcome", "reporter", _I)),
        *(
            Transition(on=Listed, of=of, label="Into the list (penempatan ke TRUST+Positif)", source=("verified", "owner_silent"), target="listed", by="authority", basis=basis,
                       sends=_to_isps("list_update", basis, EffectGiven))
            for of, basis in (("routine", _LIST), ("urgent", _TWELVE))
        ),
        Transition(on=Acknowledged, of="list_update", source=ANY_OPEN, target=STAY, by={"isp", "authority"}, basis=_I),
        Transition(on=Breached, of="receipt:list_update", source=ANY_OPEN, target=STAY, by="system", basis=_WAITING),
        Transition(on=EffectGiven, source="listed", target="blocked", by={"isp", "authority"}, guards=all_are(*_BLOCKED), basis=_WEEKLY),
        Transition(on=EffectGiven, source=("owner_asked", "owner_silent", "verified"), target="removed", by={"platform", "authority"},
                   guards=all_are(*GONE), basis=_ASK_OWNER, sends=_inform("outcome", "reporter", _I)),
        Transition(on=EffectGiven, source=ANY_OPEN, target=STAY, by={"isp", "platform", "authority"}, basis=_I),
        *(Transition(on=Breached, of=f"apply_{of}", source=ANY_OPEN, target=STAY, by="system", basis=basis)
          for of, basis in (("routine", _WEEKLY), ("urgent", _DAILY))),
        *(Transition(on=Breached, of=of, source=("received", "received_urgent", "verified"), target=STAY, by="system", basis=basis)
          for of, basis in (("handle", _HANDLE), ("list_urgent", _TWELVE), ("assess", _FIVE))),
        Transition(on=OwnerAsked, label="Owner asked (permintaan pemblokiran atau penghapusan)", source="verified", target="owner_asked", by="authority", basis=_ASK_OWNER,
                   sends=Send(template="owner_request", to="platform", sender="authority", ack_within=Hours(24), reminders=1,
                              proved_by=(EffectGiven, Refused), until=OrderVoided, basis=_WAITING)),
        Transition(on=Refused, source="owner_asked", target="owner_silent", by="platform", basis=_I),
        Transition(on=Refused, source=ANY_OPEN, target=STAY, by="platform", basis=_I),
        Transition(on=Breached, of="answer", source="owner_asked", target="owner_silent", by="system", basis=_TWO_DAYS),
        Transition(on=Breached, of="receipt:owner_request", source="owner_asked", target="owner_silent", by="system",
                   guards=ladder_exhausted("owner_request"), basis=_WAITING),
        Transition(on=InstrumentReceived, of="application", label="Application (laporan normalisasi)", source=("listed", "blocked"), target="normalisation_requested",
                   by={"site_owner", "public"}, basis=_APPLY),
        Transition(on=InstrumentReceived, of="application", source=ANY_OPEN, target=STAY, by={"site_owner", "public"}, basis=_APPLY),
        Transition(on=InstrumentReceived, of="incomplete_application", source=ANY_OPEN, target=STAY, by={"site_owner", "public"}, basis=_I,
                   sends=_inform("application_incomplete", "site_owner", _TELL)),
        Transition(on=Breached, of="decide_normalisation", source="normalisation_requested", target=STAY, by="system", basis=_APPLY),
        Transition(on=Delisted, label="Out of the list (normalisasi)", source=_LISTED, target="delisted", by="authority", basis=_REMOVE,
                   sends=_REOPEN),
        Transition(on=OrderVoided, source=_LISTED, target=STAY, by={"court", "authority"}, guards=IN_PART, basis=_I,
                   sends=_REOPEN),
        Transition(on=OrderVoided, source=_LISTED, target="delisted", by={"court", "authority"}, basis=_I,
                   sends=_REOPEN),
        Transition(on=OrderVoided, source=ANY_OPEN, target=STAY, by={"court", "authority"}, basis=_I),
        Transition(on=NormalisationRejected, label="Stays in the list, and is blocked (normalisasi ditolak)", source="normalisation_requested", target="blocked",
                   by="authority", guards=all_are(*_BLOCKED), basis=_APPLY, sends=_inform("normalisation_refused", "site_owner", _TELL)),
        Transition(on=NormalisationRejected, label="Stays in the list (normalisasi ditolak)", source="normalisation_requested", target="listed", by="authority", basis=_APPLY,
                   sends=_inform("normalisation_refused", "site_owner", _TELL)),
        Transition(on=Breached, of="receipt:list_removal", source=ANY_OPEN, target=STAY, by="system", basis=_WAITING),
        Transition(on=Delivered, of="list_removal", source=ANY_OPEN, target=STAY, by={"isp", "authority", "system"}, basis=_I),
        # Open again at a provider, or there again, while the report stands.
        Transition(on=Restored, source="blocked", target=STAY, by={"isp", "platform", "authority"}, guards=all_are(*_BLOCKED), basis=_I),
        Transition(on=Restored, source="blocked", target="listed", by={"isp", "platform", "authority"}, basis=_I),
        Transition(on=Restored, source="removed", target="verified", by={"platform", "authority"}, basis=_I),
        Transition(on=Restored, source=ANY_OPEN, target=STAY, by={"isp", "platform", "authority"}, basis=_REMOVE),
        Transition(on=NormalisationVerified, source="delisted", target="normalised", by="authority",
                   guards=all_are("restored", "impossible", "pending", "not_found"), basis=_MUST),
        closing_row("authority", "removed"),
        *file_rows("authority"),
    ],
    obligations=[
        Obligation(name="handle", owner="authority", term=Hours(24), basis=_HANDLE, starts=(On(Opened, "notice"), On(Opened, "incomplete_notice")),
                   meets=(Listed, OwnerAsked), cancels=(*_ENDED, EffectGiven), label="Handle a report of the public within 1 x 24 h"),
        Obligation(name="assess", owner="authority", basis=_FIVE, term=BusinessDays(max=5, calendar="ID+government", zone=WIB),
                   starts=(On(Opened, "request"), On(Opened, "incomplete_request")), meets=SiteSampled, cancels=_ENDED,
                   label="Assess a report of an agency within 5 working days, collective leave not counted"),
        Obligation(name="list_urgent", owner="authority", term=Hours(12), basis=_TWELVE, starts=FoundUrgent,
                   meets=(Listed, OwnerAsked), cancels=(*_ENDED, EffectGiven), label="List what is urgent within 1 x 12 h"),
        Obligation(name="decide_listing", kind="reminder", owner="authority", term=WithoutUndueDelay(24), repeats=True, basis=_WAITING,
                   starts=(SiteSampled, Refused, On(Breached, "answer"), On(Breached, "receipt:owner_request")), meets=(Listed, OwnerAsked),
                   cancels=(*_ENDED, EffectGiven), label="List, or ask the owner"),
        Obligation(name="apply_routine", owner="isp", term=Days(7, WIB), per_content=True, basis=_WEEKLY, starts=On(Listed, "routine"),
                   meets=On(EffectGiven, outcomes="disabled"), cancels=(*_ENDED, Delisted), label="Apply the list within a week"),
        Obligation(name="apply_urgent", owner="isp", term=Hours(24), per_content=True, basis=_DAILY, starts=On(Listed, "urgent"),
                   meets=On(EffectGiven, outcomes="disabled"), cancels=(*_ENDED, Delisted), label="Apply the urgent list within 24 h"),
        Obligation(name="follow_up", kind="reminder", owner="authority", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=_WAITING,
                   starts=Restored, meets=(On(EffectGiven, outcomes=GONE), Listed, OwnerAsked), cancels=(*_ENDED, Delisted, Closed),
                   label="Open or there again: see what follows"),
        Obligation(name="answer", owner="platform", term=Hours(48), basis=_TWO_DAYS, meets=(EffectGiven, Refused), cancels=_ENDED,
                   starts=(On(Delivered, "owner_request"), On(Acknowledged, "owner_request")), label="Block or delete within 2 x 24 h"),
        Obligation(name="decide_normalisation", owner="authority", term=Hours(24), repeats=True, basis=_APPLY,
                   starts=On(InstrumentReceived, "application"), meets=(Delisted, NormalisationRejected), cancels=(Withdrawn, Superseded, OrderVoided),
                   label="Decide on normalisation within 1 x 24 h"),
        Obligation(name="lift_block", kind="reminder", owner="isp", term=WithoutUndueDelay(24), basis=_REMOVE,
                   starts=(On(Delisted, where="disabled"), On(OrderVoided, where="disabled")), per_content=True, meets=Restored,
                   cancels=(Withdrawn, Superseded), label="Open again"),
        Obligation(name="verify_open", kind="reminder", owner="authority", term=WithoutUndueDelay(48), basis=_MUST, starts=Delisted,
                   meets=NormalisationVerified, cancels=(Withdrawn, Superseded), label="See that every name is open again"),
    ],
    hooks=[Hook(name="start_twelve_hours", run=_start_twelve_hours, point="enter", state="received_urgent")],
    forms=[
        Form(
            instrument="notice",
            fields=[
                FormField("site", _ASK, "The site"),
                FormField("reasons", _I, "What is negative about it", required=False),
                FormField("class", _URGENT, "Class (kategori)", required=False, choices=(*URGENT, "other")),
            ],
        ),
        Form(
            instrument="request",
            fields=[
                FormField("letter", _I, "Official letter (surat resmi)"),
                FormField("site", _ASK, "The site"),
                FormField("class", _URGENT, "Class (kategori)", required=False, choices=(*URGENT, "other")),
            ],
        ),
        Form(instrument="application", fields=[FormField("grounds", _APPLY, "Why the site is not negative")]),
    ],
    templates=[
        Template("list_update", "TRUST+Positif: to be blocked, case $case",
                 "The following names are in the list TRUST+Positif. Update your filter:\n\n$contents\n\n$confirm\n"),
        Template("list_removal", "TRUST+Positif: to be opened, case $case",
                 "The following names are not in the list any more. Open them again:\n\n$concerned\n\n$confirm\n"),
        Template("owner_request", "Request to block or delete, case $case / Permintaan penghapusan",
                 "Please block or delete the following within 2 x 24 hours:\n\n$contents\n\n$form\n\n$confirm\n"),
        Template("outcome", "Your report $case / Laporan Anda", "This is what has become of your report:\n\n$contents\n\n$reason\n"),
        Template("normalisation", "Normalisation, case $case / Normalisasi",
                 "The following names were taken out of the list TRUST+Positif: $reason\n\n$concerned\n"),
        Template("normalisation_refused", "Normalisation refused, case $case / Normalisasi ditolak",
                 "Your application for normalisation is refused: $reason\n\nThe following names stay in the list TRUST+Positif:\n\n$contents\n"),
        Template("application_incomplete", "Application for normalisation, case $case",
                 "Your application for normalisation cannot be followed as it stands: $reason.\n"),
    ],
    sources=[*sources("S14", "S20", "S21", "S22", "S23", "BN1376", "tumblr-2018", "forum-2014"), OURS],
    absent=[
        Absent("clarification", _SILENT, "Whoever reports names a site; what cannot be found is rejected."),
        Absent("impossibility", _SILENT, "An access provider has to apply the list; what it cannot do is not provided for."),
        Absent("complaint", Basis("Art 10, 16 know the application for normalisation", "S22", "S"),
               "Owner or public apply for normalisation, which the same Director General decides; no other complaint is known."),
    ],
    questions=[
        "It was promulgated on 17 July 2014 (forum-2014, S); that it was in force from that day is assumed (M). Art 48 of "
        "Permenkominfo 5/2020 revoked it on 24 November 2020 (BN1376, V).",
        "The branch of ministries and agencies was not read: 5 working days and the warning of 2 x 24 h are recalled (M); the "
        "latter fits what was reported of Tumblr in 2018 (tumblr-2018, S).",
        "Within what time reports of law enforcement and courts were followed is not known; here they are treated as those of agencies.",
        "Which calendar counts the 5 working days, and whether collective leave (cuti bersama) counts, is not known.",
        "That one name has to be applied within a week, or 24 h where it is urgent, is inferred from how often lists are updated.",
        "Whether a refusal of normalisation has to give reasons, and whether the reporter is told, is not known.",
    ],
    waivers=[
        Waiver("field-without-article", "*", "only some articles were read: which of them asks for these fields is not known"),
        Waiver("unconfirmed-message", "*", "reporters and applicants are told, and do not have to confirm; lists and requests are tracked"),
        Waiver("unheard-answer", "fact CourtActionNotified", "no action in court is in the articles that were read; that a court voids a listing is heard (OrderVoided)"),
    ],
)  # fmt: skip

__all__ = [
    "PM19_2014",
    "URGENT",
    "Delisted",
    "FoundUrgent",
    "Listed",
    "NormalisationRejected",
    "NormalisationVerified",
    "OwnerAsked",
    "SiteSampled",
]
