"""Indonesia: Permenkominfo 5/2020 on private operators of electronic systems, Articles 9 to 27. The Minister's side.

Read in a transcription of its full text. Permenkominfo 10/2021 changes only Article 47 (registration), which is no part
of this procedure.
"""

from __future__ import annotations

from datetime import date
from typing import Any, final

from attrs import frozen

from ..case import Case
from ..events import (
    Act,
    Closed,
    EffectGiven,
    Escalated,
    Event,
    Fact,
    ImpossibilityStated,
    InstrumentReceived,
    Opened,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Sent,
    Superseded,
    Withdrawn,
    mandatory,
)
from ..events import DeadlineBreached as Breached
from ..guards import all_are, any_is, happened, open_clock
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
    Opens,
    Role,
    Send,
    State,
    Template,
    Transition,
    Waiver,
    Yield,
)
from ..terms import Days, Hours, WithoutUndueDelay
from ._indonesia import (
    COMPLETE,
    ENDED,
    GONE,
    NO_BLOCK_STANDS,
    NO_FINE_OPEN,
    REASONS_CONSIDERED,
    WIB,
    FinePaid,
    NormalisationGranted,
    NormalisationRefused,
    ReasonsConsidered,
    ReasonsSubmitted,
    TakedownOrdered,
    Warned,
    law,
    sources,
    urgent_class,
)
from ._indonesia_rows import (
    LETTER_TEXT,
    NORMALISATION_TEMPLATES,
    VOID_TEMPLATE,
    application_form,
    block_rows,
    block_states,
    follow_up,
    letters_due,
    lifting,
    normalisation,
    orders,
    overdue,
    periods,
    restoring,
    voided_states,
    voiding,
)
from ._shared import CLOSED, DOWN, FILE_STATES, OURS, file_rows

_10B = law("Art 10(4)(b)", "an operator may ask the Minister to verify a report")
_10C = law("Art 10(4)(c)", "the operator tells the user whose upload was reported")
_10A = law("Art 10(4)(a)", "the operator answers whoever reported")
_14 = law("Art 14(1)", "the public, ministries and agencies, law enforcement and courts may ask")
_15_1A = law("Art 15(1)(a), (3)", "the public applies to the competent agency, which applies to the Minister")
_15_1B = law("Art 15(1)(b)", "the public applies to the Minister where it is pornography or gambling")
_15_2 = law("Art 15(2)", "what an application of the public contains")
_15_5 = law("Art 15(4)-(5), 16(5)-(6)", "the Minister orders, by e-mail or another electronic system")
_15_6 = law("Art 15(6), 16(7)", "1 x 24 h after the order was received")
_15_7 = law("Art 15(7), (9), (12)", "a block after considering the reasons that the operator submitted")
_15_8 = law("Art 14(3), 15(8), 16(9)", "urgent: at once, at most 4 h after the warning was received")
_15_10 = law("Art 15(10), 16(11)", "operators of user-generated content are fined")
_15_11 = law("Art 15(11), 16(12)", "a warning letter for each 1 x 24 h or 1 x 4 h, at most 3")
_15_12 = law("Art 15(12), 16(13)", "a block where it is not taken down and/or the fine is not paid")
_16_4 = law("Art 16(1)-(4)", "what ministries, agencies, law enforcement and courts attach")
_18 = law("Art 18(1)-(2)", "internet access providers block what the Minister orders; only the Minister may order it")
_20 = law("Art 20(1)-(4)", "operator or agency applies for normalisation; the Minister acts within 2 x 24 h")
_20_5 = law("Art 20(5)", "the Minister may refuse where a system was blocked more than 3 times")
_27 = law("Art 26, 27, 36, 37", "data on request of a contact officer, within 5 calendar days of its being submitted")
_45 = law("Art 45", "an operator that gives no access is reported to the Minister and sanctioned")
_SILENT = law("Art 9 to 20", "say nothing of it")
_I = Basis("not in the regulation; follows from it", "BN1376", "I")
_WAITING = Basis(
    "the regulation gives no time; a day, or four hours where it is urgent, is our assumption", "BN1376", "I"
)

_DIRECT = ("pornography", "child_pornography", "gambling")


@final
@frozen(kw_only=True)
class DataRequested(Act):
    """A contact officer (*narahubung*) asks the operator for electronic data: Art 26(2)."""

    authority: str = mandatory()
    purpose: str = mandatory(personal=True)
    description: str = mandatory(personal=True)


@final
@frozen(kw_only=True)
class DataGiven(Fact):
    """The operator has given the data that were asked for."""


def _through_agency(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    given = event.instrument.form.get("class", "") if isinstance(event, Opened) else ""
    return f"{given} goes to the Minister at once: Art 15(1)(b)" if given in _DIRECT else None


def _start_forwarding(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    return Yield(starts="forward")


_WITH_PLATFORM = ("ordered", "received", "unreachable", "overdue", "warned_1", "warned_2", "warned_3")
_LETTERS = (("overdue", "warned_1", "warning_letter"), ("warned_1", "warned_2", "warning_letter"),
            ("warned_2", "warned_3", "warning_letter"))  # fmt: skip
_OPENERS = frozenset({"public", "agency", "law_enforcement", "court", "platform"})
_BY_APPLICATION = frozenset({"platform", "agency", "authority"})


def _to_reporter(basis: Basis) -> Send:
    return Send(template="outcome", to="reporter", sender="authority", optional=True, basis=basis)


PM5_2020 = Procedure(
    id="id.pm5_2020",
    version="1",
    title="Permenkominfo 5/2020: taking down and blocking by order of the Minister",
    jurisdiction="ID",
    acting="authority",
    valid_from=date(2020, 11, 24),
    as_of=date(2026, 11, 28),
    summary="The public applies through the competent agency, or to the Minister where it is pornography or gambling; "
    "agencies, law enforcement and courts apply with letter and legal analysis. The Minister's order is to be obeyed within "
    "24 h of receipt, or 4 h where it is urgent. A warning letter follows each further period, at most three, then a block "
    "as a case of its own. The block has a way back, on which the Minister decides within 2 x 24 h.",
    roles=[
        Role(name="public", side="reporter", basis=_14, label="Masyarakat"),
        Role(name="reporter", side="reporter", basis=_14, label="Pemohon: whoever applied, to be told"),
        Role(name="agency", side="agency", basis=_14, label="Kementerian atau Lembaga"),
        Role(name="law_enforcement", side="agency", basis=_14, label="Aparat Penegak Hukum"),
        Role(name="court", side="court", basis=_14, label="Lembaga peradilan"),
        Role(name="authority", side="authority", basis=_15_5, label="Menteri"),
        Role(name="platform", side="platform", basis=_15_6, label="PSE Lingkup Privat (narahubung)"),
        Role(name="uploader", side="user", basis=_10C, label="Pengguna yang mengunggah"),
    ],
    opened_by=_OPENERS,
    opened_with={"notice", "request"},
    initial="submitted",
    states=[
        State(name="submitted", phase="intake", waits_for="authority", basis=_14, label="Application received (permohonan diterima)"),
        State(name="with_agency", phase="intake", waits_for="agency", basis=_15_1A, label="With the competent agency (instansi berwenang)"),
        State(name="rejected", phase="closed", final=True, basis=_I, label="Application not followed (permohonan ditolak)"),
        State(name="ordered", phase="notice", waits_for="platform", basis=_15_5, label="Ordered (perintah pemutusan akses)"),
        State(name="received", phase="compliance", waits_for="platform", basis=_15_6, label="Order received (perintah diterima)"),
        State(name="unreachable", phase="escalation", waits_for="authority", basis=_WAITING, label="No proof of receipt (tidak terhubungi)"),
        State(name="overdue", phase="escalation", waits_for="authority", basis=_15_11, label="Not obeyed in time (lewat batas waktu)"),
        State(name="warned_1", phase="escalation", waits_for="platform", basis=_15_11, label="First warning letter (surat teguran 1)"),
        State(name="warned_2", phase="escalation", waits_for="platform", basis=_15_11, label="Second warning letter (surat teguran 2)"),
        State(name="warned_3", phase="escalation", waits_for="authority", basis=_15_11, label="Third warning letter (surat teguran 3)"),
        State(name="complied", phase="compliance", basis=_15_6, label="Taken down (akses diputus oleh PSE)"),
        *block_states(_18, _20),
        *voided_states(_I),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Opened, source="submitted", target="with_agency", by="public", basis=_15_1A,
                   guards=Guard("through_agency", _through_agency), label="Neither pornography nor gambling: through the agency"),
        Transition(
            on=Opened, source="submitted", target=STAY, by="platform", basis=_10B, label="The operator asks for verification",
            sends=(Send(template="uploader_notice", to="uploader", sender="platform", within=WithoutUndueDelay(24), optional=True, basis=_10C),
                   Send(template="answer", to="reporter", sender="platform", within=WithoutUndueDelay(24), optional=True, basis=_10A)),
        ),
        Transition(on=Opened, source="submitted", target=STAY, by=_OPENERS - {"platform"}, basis=_15_1B),
        Transition(on=InstrumentReceived, of="request", source="with_agency", target="submitted", by={"agency", "law_enforcement", "court"},
                   basis=_15_1A, label="The agency applies to the Minister"),
        *(
            Transition(on=InstrumentReceived, of=of, source=ANY_OPEN, target=STAY, by=by, basis=_14)
            for of, by in (("request", {"agency", "law_enforcement", "court"}), ("incomplete_request", {"agency", "law_enforcement", "court"}),
                           ("notice", {"public"}), ("incomplete_notice", {"public"}))
        ),
        Transition(on=Rejected, label="Application refused (penolakan)", source=("submitted", "with_agency"), target="rejected", by={"authority", "agency"}, basis=_I,
                   sends=_to_reporter(_I)),
        *orders(_15_5, _WAITING, ("submitted", "unreachable"), (COMPLETE,),
                urgent_class("Art 14(3)", "terrorism", "child_pornography", "unrest")),
        *overdue(_15_7, _15_11, _LETTERS, _WAITING),
        Transition(on=EffectGiven, label="Taken down (pemutusan akses)", source=(*_WITH_PLATFORM, "submitted", "with_agency"), target="complied", by={"platform", "authority"},
                   guards=all_are(*GONE), basis=_15_6, sends=_to_reporter(_I)),
        Transition(on=EffectGiven, source=ANY_OPEN, target=STAY, by={"platform", "authority"}, basis=_15_6),
        *(
            Transition(on=event, source=ANY_OPEN, target=STAY, by="platform", basis=_15_7, label="The operator's reasons (alasan)")
            for event in (ReasonsSubmitted, Refused, ImpossibilityStated)
        ),
        Transition(on=ReasonsConsidered, label="Reasons considered (mempertimbangkan alasan)", source=(*_WITH_PLATFORM, "complied"), target=STAY, by="authority", basis=_15_7),
        Transition(on=FinePaid, label="Fine paid (denda dibayar)", source=ANY_OPEN, target=STAY, by={"platform", "authority"}, basis=_15_10),
        *block_rows(_15_7, _20, _20_5, _BY_APPLICATION, "overdue", "warned_1", "warned_2", "warned_3"),
        Transition(on=Escalated, source="complied", target="block_ordered", by="authority", basis=_15_12, label="Block: the fine is not paid",
                   guards=(open_clock("pay_fine"), REASONS_CONSIDERED), opens=Opens(procedure="generic.network_block")),
        Transition(on=DataRequested, label="Data asked for (permintaan data)", source=(*_WITH_PLATFORM, "complied"), target=STAY, by={"agency", "law_enforcement", "authority"}, basis=_27,
                   sends=Send(template="data_request", to="platform", sender="authority", ack_within=Hours(24), proved_by=(DataGiven,),
                              basis=_WAITING)),
        Transition(on=Breached, of="receipt:data_request", source=ANY_OPEN, target=STAY, by="system", basis=_WAITING),
        Transition(on=DataGiven, label="Data given (pemberian data)", source=ANY_OPEN, target=STAY, by="platform", basis=_27),
        Transition(on=Breached, of="give_data", source=ANY_OPEN, target=STAY, by="system", basis=_45),
        *voiding(_I, {"court", "authority"}, waiting=(*_WITH_PLATFORM, "submitted", "with_agency")),
        Transition(on=Restored, source="complied", target="submitted", by="platform", basis=_I, label="It is up again, and nothing was ordered",
                   guards=(any_is("restored"), happened("TakedownOrdered", negate=True))),
        *restoring(_I),
        Transition(on=Closed, source=("complied", "voided", "normalising"), target="closed", by="authority", guards=(NO_FINE_OPEN, NO_BLOCK_STANDS), basis=_I),
        *file_rows("authority", withdrawn=(NO_BLOCK_STANDS,)),
    ],
    obligations=[
        Obligation(name="forward", kind="reminder", owner="agency", term=WithoutUndueDelay(24), basis=_WAITING, starts=On(InstrumentReceived, "incomplete_request"),
                   meets=On(InstrumentReceived, "request"), cancels=(*ENDED, Rejected, EffectGiven), label="Apply to the Minister"),
        Obligation(name="examine", kind="reminder", owner="authority", term=WithoutUndueDelay(24), basis=_WAITING,
                   starts=(Opened, On(InstrumentReceived, "request")), meets=TakedownOrdered, cancels=(*ENDED, Rejected, EffectGiven), label="Examine the application"),
        *periods(False, 24, "order", _15_6, _15_11),
        *periods(True, 4, "urgent_order", _15_8, _15_11),
        letters_due(_15_11),
        follow_up(_WAITING, ENDED, TakedownOrdered),
        Obligation(name="consider_reasons", kind="reminder", owner="authority", term=WithoutUndueDelay(24), repeats=True, basis=_15_7,
                   starts=(ReasonsSubmitted, Refused, ImpossibilityStated), meets=ReasonsConsidered, cancels=(Withdrawn, Superseded, Closed),
                   label="Consider the operator's reasons before any block"),
        Obligation(name="pay_fine", owner="platform", term=WithoutUndueDelay(24 * 7), basis=_15_10, starts=On(Warned, "fined"), meets=FinePaid,
                   cancels=ENDED, label="Pay the fine (denda)"),
        Obligation(name="give_data", owner="platform", term=Days(5, WIB), repeats=True, basis=_27, starts=On(Sent, "data_request"),
                   meets=DataGiven, cancels=(Withdrawn, Superseded), label="Give the data within 5 calendar days"),
        *normalisation(_20, _WAITING),
        Obligation(name="restore", kind="reminder", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=_I,
                   starts=On(OrderVoided, where=DOWN), meets=Restored, cancels=(Withdrawn, Superseded), label="Restore"),
    ],
    hooks=[Hook(name="start_forwarding", run=_start_forwarding, point="enter", state="with_agency"),
           lifting(OrderVoided, "lift_the_block")],
    forms=[
        Form(
            instrument="notice",
            fields=[
                FormField("applicant", law("Art 15(2)(a)", "identity of the applicant"), "Identity (identitas pemohon)"),
                FormField("screenshot", law("Art 15(2)(b)", "image that shows it"), "Image (tangkapan layar)"),
                FormField("url", law("Art 15(2)(c)", "link that leads to exactly this"), "Exact URL (tautan)", kind="urls"),
                FormField("reasons", law("Art 15(2)(d)", "reasons"), "Reasons (alasan)"),
                FormField("class", _15_1B, "Class (klasifikasi): says who has to apply", required=False,
                          choices=("pornography", "gambling", "child_pornography", "terrorism", "unrest", "unlawful")),
            ],
        ),
        Form(
            instrument="request",
            fields=[
                FormField("letter", law("Art 16(4)(a)", "official letter, court order or judgment"), "Letter (surat resmi)"),
                FormField("legal_analysis", law("Art 16(4)(b)", "legal analysis"), "Legal analysis (analisis hukum)"),
                FormField("screenshot", law("Art 16(4)(c)", "image that shows it"), "Image (tangkapan layar)"),
                FormField("url", law("Art 16(4)(d)", "link that leads to exactly this"), "Exact URL (tautan)", kind="urls"),
            ],
        ),
        application_form("Art 20(2)"),
    ],
    templates=[
        Template("order", "Order to take down, case $case / Perintah pemutusan akses",
                 "You are ordered to take down the following within 1 x 24 hours of receipt of this order:\n\n$contents\n\n"
                 "$form\n\n$confirm\nMohon konfirmasi penerimaan.\n"),
        Template("urgent_order", "URGENT order to take down, case $case / Perintah mendesak",
                 "You are ordered to take down the following at once, at most 4 hours after receipt:\n\n$contents\n\n"
                 "$form\n\n$confirm\nMohon konfirmasi penerimaan.\n"),
        Template("warning_letter", "Warning letter, case $case / Surat teguran", LETTER_TEXT),
        Template("outcome", "Your application $case / Permohonan Anda",
                 "This is what has become of your application:\n\n$contents\n\n$reason\n"),
        Template("uploader_notice", "Your upload was reported, case $case",
                 "Somebody reported the following, which you uploaded:\n\n$contents\n"),
        Template("answer", "Your report, case $case", "We have received your report and asked for it to be verified:\n\n$contents\n"),
        Template("data_request", "Request for data, case $case / Permintaan data",
                 "Please give the following data within 5 calendar days.\n\nData / Data yang diminta: $description\n"
                 "Purpose / Tujuan: $purpose\nAsked for by / Diminta oleh: $authority\n\n$reference\n\n$confirm\n"),
        Template("application_incomplete", "Application for normalisation, case $case",
                 "Your application for normalisation cannot be followed as it stands: $reason.\n"),
        *NORMALISATION_TEMPLATES,
        VOID_TEMPLATE,
    ],
    sources=[*sources("BN1376", "PM10", "S26"), OURS],
    absent=[
        Absent("clarification", _SILENT, "The regulation knows no request for clarification; an operator submits reasons instead."),
        Absent("complaint", Basis("no form of appeal, for the user or the operator", "S26", "S"),
               "The regulation gives neither the uploader nor the operator an appeal; reasons under Art 15(7) come before a block."),
    ],
    questions=[
        "The urgent term runs from receipt of the warning (peringatan); no other warning comes before it, so the urgent order is "
        "taken to be that warning.",
        "Art 15(7), (9) and (12) ask for the operator's reasons to be considered before a block; Art 16(8), (10) and (13), on "
        "requests of agencies, law enforcement and courts, do not. The guard follows that difference.",
        "Whether an operator of user-generated content must have had three warning letters before a block is not said.",
        "That child pornography goes to the Minister at once, as pornography does, is our reading of Art 15(1)(b).",
        "Whether 1 x 24 h of the warning letters run from the breach or from receipt of the last letter is not said; they run "
        "from the breach here.",
        "Whether a warning letter still goes out once everything was taken down late is not said; here none does.",
        "What follows when content is up again while the order stands is not said: the Minister is reminded, and what is ordered "
        "anew is a case of its own. What follows for a block when its order is voided is not said either: here it is to be lifted.",
        "No time is set for the payment of the fine; its amount follows other regulations, and Decree 172/2024 was not seen.",
        "The block itself is a case of generic.network_block, which asks for three signatures as practised in 2017; Art 18(2) "
        "asks only for the Minister. An agency that follows the article alone extends that procedure.",
        "The transcription dates Permenkominfo 10/2021 to 21 May 2021, a secondary source to 10 November 2021; it changes Art 47 only.",
        "Whether the reporter is told by the Minister, and within what time, is not said; Art 10(4)(a) binds the operator.",
    ],
    waivers=[
        Waiver("unconfirmed-message", "*", "Art 10 and 20 ask nobody to confirm receipt of answers; the orders and letters are tracked"),
        Waiver("unheard-answer", "fact CourtActionNotified", "the regulation gives the operator no appeal (S26, S); that a court voids an order is heard (OrderVoided)"),
    ],
)  # fmt: skip

__all__ = [
    "PM5_2020", "DataGiven", "DataRequested", "FinePaid", "NormalisationGranted", "NormalisationRefused", "ReasonsConsidered",
    "ReasonsSubmitted", "TakedownOrdered", "Warned",
]  # fmt: skip
