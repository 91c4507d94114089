"""Indonesia: SAMAN, the compliance system for content moderation (Decree 522/2024). The Ministry's side.

Neither Decree 522/2024 nor Decree 172/2024 on fines was seen: what is here comes from what the Ministry said and from
the one case that became known, and each fact says so. Articles are those of Permenkominfo 5/2020, on which it rests.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, final

from attrs import frozen

from ..case import Case
from ..events import (
    Acknowledged,
    Act,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    Delivered,
    EffectGiven,
    Event,
    Fact,
    ImpossibilityStated,
    InstrumentReceived,
    Opened,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Superseded,
    Verified,
    Withdrawn,
    mandatory,
)
from ..events import DeadlineBreached as Breached
from ..guards import all_are, any_is, complete, happened, ladder_exhausted, open_clock, settled
from ..procedure import Procedure
from ..rules import (
    ANY_OPEN,
    STAY,
    Absent,
    Basis,
    Form,
    FormField,
    Guard,
    Obligation,
    On,
    Role,
    Send,
    State,
    Template,
    Transition,
    Waiver,
)
from ..terms import Hours, WithoutUndueDelay
from ._indonesia import (
    ENDED,
    GONE,
    NO_BLOCK_STANDS,
    NO_FINE_OPEN,
    FinePaid,
    NormalisationGranted,
    NormalisationRefused,
    ReasonsConsidered,
    ReasonsSubmitted,
    TakedownOrdered,
    Warned,
    sources,
    urgent_class,
)
from ._indonesia_rows import (
    BLOCKING,
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

_BATCH = Basis("findings of cyber patrol, agencies or law enforcement are verified as a batch", "S30", "S")
_DOCUMENT = Basis("the verification document follows PM 5/2020 Art 15-16", "S30", "S")
_NOTIFIED = Basis("the operator's contact officer (narahubung) is notified and has time to respond", "S30", "S")
_WINDOW = Basis("12 h to respond where it is urgent, 24 h where it is not", "S30", "S")
_CLARIFY = Basis("clarification where the operator says that a link is invalid or an image is wrong", "S30", "S")
_LADDER = Basis("takedown order, then ST1, ST2, ST3", "S34", "S")
_FOUR = Basis("1 x 4 h: child pornography, terrorism, illegal food, drugs and cosmetics", "S31", "S")
_DAY = Basis("1 x 24 h: online gambling, hoaxes and others", "S31", "S")
_SPACING = Basis(
    "how far the letters lie apart is not known; PM 5/2020 Art 15(11) gives each 24 h or 4 h", "BN1376", "I"
)
_ST2 = Basis("with ST2 the operator must file a letter committing it to pay the fine", "S34", "S")
_FINE = Basis("the fine stayed due although the content was removed two days after ST2", "S35", "S")
_ST3_FINE = Basis(
    "ST3 went out on 8 October 2025, after the content was removed: fines of ST2 and ST3 add up", "S35", "S"
)
_PAID = Basis("the fine was paid on 12 December 2025", "S39", "S")
_ST3 = Basis("after ST3 access can be cut", "S34", "S")
_SANGGAH = Basis("the operator may object to decision and sanction (Sanggah)", "S33", "S")
_PM5_20 = Basis("PM 5/2020 Art 20, on which the way back is taken to rest", "BN1376", "I")
_I = Basis("no account says so; follows from what is reported", "S30", "I")
_WAITING = Basis("no account gives a time; a day is our assumption", "S30", "I")

_URGENT = ("child_pornography", "terrorism", "illegal_goods")


@final
@frozen(kw_only=True)
class Notified(Act):
    """The operator's contact officer is notified of a batch, before anything is ordered (*pemberitahuan*).

    Attributes:
        urgent: The class that makes it urgent; "" for the ordinary time to respond.
    """

    name: ClassVar[str] = "Notified"

    urgent: str = ""

    def of(self) -> str:
        """Return "urgent" or "ordinary"."""
        return "urgent" if self.urgent else "ordinary"


@final
@frozen(kw_only=True)
class CommitmentFiled(Fact):
    """The operator has filed the letter that commits it to pay the fine (*surat komitmen*)."""

    reference: str = ""


@final
@frozen(kw_only=True)
class ObjectionUpheld(Act):
    """The objection (*sanggah*) is right: decision and sanction fall."""

    voids: ClassVar[tuple[str, ...]] = ("",)

    grounds: str = mandatory(personal=True)


@final
@frozen(kw_only=True)
class ObjectionDismissed(Act):
    """The objection (*sanggah*) is dismissed."""

    grounds: str = mandatory(personal=True)


_VOID = (OrderVoided, ObjectionUpheld)
_FALLEN = (*ENDED, ObjectionUpheld)
_LETTERS = (("overdue", "st1", "st1_letter"), ("st1", "st2", "st2_letter"), ("st2", "st3", "st3_letter"))
_ORDERED = ("ordered", "received", "unreachable", "overdue", "st1", "st2", "st3")
_TOLD = ("notified", "notification_received", "unanswered", "answered", "clarification")


def _objection_pending(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    pending = any(d.obligation == "decide_objection" and d.is_open for d in before.deadlines)
    return None if pending else "no objection is pending"


_OBJECTION = Guard("objection_pending", _objection_pending)


def _notify() -> list[Transition]:
    """Return the rows of the time to respond, before the batch enters SAMAN."""
    rows: list[Transition] = []
    for of, template, end in (("ordinary", "notification", ""), ("urgent", "urgent_notification", "_urgent")):
        rows.append(
            Transition(
                on=Notified,
                label="Operator notified (pemberitahuan)",
                of=of,
                source=("verified", "unanswered"),
                target="notified",
                by="authority",
                basis=_NOTIFIED,
                guards=(urgent_class("the 4 h class of SAMAN", *_URGENT),) if end else (),
                sends=Send(
                    template=template,
                    to="platform",
                    sender="authority",
                    ack_within=Hours(24),
                    reminders=1,
                    until=(OrderVoided, TakedownOrdered),
                    basis=_WAITING,
                    proved_by=(EffectGiven, Refused, ReasonsSubmitted, ClarificationRequested),
                ),
            )
        )
        rows += [
            Transition(on=event, of=template, source=("notified", "unanswered"), target="notification_received",
                       by={"platform", "authority", "system"}, basis=_NOTIFIED)
            for event in (Delivered, Acknowledged)
        ]  # fmt: skip
        rows.append(Transition(on=Breached, of=f"respond{end}", source=("notified", "notification_received"), target="unanswered",
                               by="system", basis=_WINDOW))  # fmt: skip
        rows.append(Transition(on=Breached, of=f"receipt:{template}", source="notified", target="unanswered", by="system",
                               guards=ladder_exhausted(template), basis=_WAITING))  # fmt: skip
    rows += [
        Transition(on=ClarificationRequested, label="Clarification asked for (klarifikasi)", source=("notified", "notification_received", "unanswered", "answered"),
                   target="clarification", by="platform", basis=_CLARIFY),
        Transition(on=ClarificationRequested, source=ANY_OPEN, target=STAY, by="platform", basis=_CLARIFY),
        Transition(on=ClarificationGiven, source="clarification", target="answered", by="authority", basis=_CLARIFY,
                   sends=Send(template="clarification", to="platform", sender="authority", ack_within=Hours(24), basis=_WAITING, until=OrderVoided,
                              proved_by=(EffectGiven, Refused, ReasonsSubmitted, ClarificationRequested))),
        Transition(on=ClarificationGiven, source=ANY_OPEN, target=STAY, by="authority", basis=_CLARIFY),
        Transition(on=Breached, of="receipt:clarification", source=ANY_OPEN, target=STAY, by="system", basis=_WAITING),
    ]  # fmt: skip
    for event in (Refused, ReasonsSubmitted, ImpossibilityStated):
        rows.append(
            Transition(
                on=event,
                source=("notified", "notification_received", "unanswered"),
                target="answered",
                by="platform",
                basis=_NOTIFIED,
            )
        )
        rows.append(Transition(on=event, source=ANY_OPEN, target=STAY, by="platform", basis=_I))
    return rows


def _response(end: str, hours: int, template: str) -> Obligation:
    return Obligation(
        name=f"respond{end}", owner="platform", term=Hours(hours), per_content=True, basis=_WINDOW,
        starts=(On(Delivered, template), On(Acknowledged, template)),
        meets=(EffectGiven, Refused, ReasonsSubmitted, ImpossibilityStated, ClarificationRequested),
        cancels=(*ENDED, TakedownOrdered), label=f"Respond to the notification within {hours} h",
    )  # fmt: skip


SAMAN = Procedure(
    id="id.saman",
    version="1",
    title="SAMAN: takedown order, three warning letters with a fine, then a block",
    jurisdiction="ID",
    acting="authority",
    valid_from=date(2025, 2, 1),
    as_of=date(2026, 11, 28),
    reconstructed=True,
    summary="A verified batch is notified to the operator, who may respond or ask for clarification. If it is silent the "
    "batch enters SAMAN: a takedown order, then ST1, ST2 with a fine to be committed to, ST3, and a block as a case of its "
    "own. The fine runs beside the content: taking down late does not make it fall. The operator may object (Sanggah).",
    roles=[
        Role(name="cyber_patrol", side="authority", basis=_BATCH, label="Patroli siber"),
        Role(name="agency", side="agency", basis=_BATCH, label="Instansi"),
        Role(name="law_enforcement", side="agency", basis=_BATCH, label="Aparat penegak hukum"),
        Role(name="authority", side="authority", basis=_BATCH, label="Komdigi"),
        Role(name="reviewer", side="reviewer", basis=_I, label="Whoever decides on an objection (not known)"),
        Role(name="platform", side="platform", basis=_NOTIFIED, label="PSE UGC (narahubung)"),
        Role(name="court", side="court", basis=_I),
    ],
    opened_by={"cyber_patrol", "agency", "law_enforcement", "authority"},
    opened_with="request",
    initial="finding",
    states=[
        State(name="finding", phase="intake", waits_for="authority", basis=_BATCH, label="Finding (temuan)"),
        State(name="rejected", phase="closed", final=True, basis=_I, label="Not followed (tidak diteruskan)"),
        State(name="verified", phase="assessment", waits_for="authority", basis=_DOCUMENT, label="Verified (terverifikasi)"),
        State(name="notified", phase="notice", waits_for="platform", basis=_NOTIFIED, label="Notified (pemberitahuan dikirim)"),
        State(name="notification_received", phase="notice", waits_for="platform", basis=_NOTIFIED, label="Notification received (pemberitahuan diterima)"),
        State(name="clarification", phase="assessment", waits_for="authority", basis=_CLARIFY, label="To be clarified (klarifikasi)"),
        State(name="answered", phase="assessment", waits_for="authority", basis=_NOTIFIED, label="The operator has answered (ditanggapi)"),
        State(name="unanswered", phase="escalation", waits_for="authority", basis=_WINDOW, label="No answer in time (tidak ditanggapi)"),
        State(name="ordered", phase="notice", waits_for="platform", basis=_LADDER, label="Takedown order (surat perintah takedown)"),
        State(name="received", phase="compliance", waits_for="platform", basis=_LADDER, label="Order received (perintah diterima)"),
        State(name="unreachable", phase="escalation", waits_for="authority", basis=_WAITING, label="No proof of receipt (tidak terhubungi)"),
        State(name="overdue", phase="escalation", waits_for="authority", basis=_LADDER, label="Not obeyed in time (lewat batas waktu)"),
        State(name="st1", phase="escalation", waits_for="platform", basis=_LADDER, label="ST1 (surat teguran 1)"),
        State(name="st2", phase="escalation", waits_for="platform", basis=_ST2, label="ST2, fined (surat teguran 2, denda)"),
        State(name="st3", phase="escalation", waits_for="authority", basis=_ST3, label="ST3 (surat teguran 3)"),
        State(name="complied_fine_due", phase="compliance", waits_for="platform", basis=_FINE, label="Taken down, fine still due (denda belum dibayar)"),
        State(name="complied", phase="compliance", basis=_LADDER, label="Taken down (dipatuhi)"),
        *block_states(_ST3, _PM5_20),
        *voided_states(_I),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Verified, label="Batch verified (verifikasi)", source="finding", target="verified", by="authority", guards=complete("request"), basis=_DOCUMENT),
        Transition(on=InstrumentReceived, of="request", source=ANY_OPEN, target=STAY, by={"agency", "law_enforcement", "authority"}, basis=_DOCUMENT),
        Transition(on=Rejected, source=("finding", "verified", "clarification", "answered"), target="rejected", by="authority", basis=_I),
        *_notify(),
        *orders(_LADDER, _WAITING, ("unanswered", "answered", "unreachable"), (), urgent_class("the 4 h class of SAMAN", *_URGENT), _VOID),
        *overdue(_LADDER, _SPACING, _LETTERS, _WAITING, fined="st2_letter", until=_VOID),
        Transition(on=EffectGiven, source=(*_ORDERED, *_TOLD), target="complied_fine_due", by={"platform", "authority"},
                   guards=(all_are(*GONE), open_clock("pay_fine")), basis=_FINE),
        Transition(on=EffectGiven, source=("finding", "verified", *_ORDERED, *_TOLD), target="complied", by={"platform", "authority"},
                   guards=all_are(*GONE), basis=_LADDER),
        Transition(on=EffectGiven, source=ANY_OPEN, target=STAY, by={"platform", "authority"}, basis=_LADDER),
        Transition(on=Warned, source="complied_fine_due", target=STAY, by="authority", basis=_ST3_FINE, label="ST3 for a fine that is not paid",
                   sends=Send(template="st3_fine_letter", to="platform", sender="authority", ack_within=Hours(24), reminders=1,
                              proved_by=(CommitmentFiled, FinePaid, ReasonsSubmitted), until=(*_VOID, FinePaid), basis=_WAITING)),
        Transition(on=Breached, of="receipt:st3_fine_letter", source=ANY_OPEN, target=STAY, by="system", basis=_WAITING),
        Transition(on=CommitmentFiled, label="Commitment to pay (surat komitmen)", source=ANY_OPEN, target=STAY, by="platform", basis=_ST2),
        Transition(on=FinePaid, label="Fine paid (denda dibayar)", source="complied_fine_due", target="complied", by={"platform", "authority"}, basis=_PAID),
        Transition(on=FinePaid, source=ANY_OPEN, target=STAY, by={"platform", "authority"}, basis=_PAID),
        Transition(on=ReasonsConsidered, source=(*_ORDERED, "complied_fine_due", "complied"), target=STAY, by="authority", basis=_I),
        Transition(on=InstrumentReceived, of="complaint", source=ANY_OPEN, target=STAY, by="platform", basis=_SANGGAH, label="Objection (sanggah)"),
        Transition(on=ObjectionDismissed, label="Objection dismissed (sanggah ditolak)", source=(*_ORDERED, "complied_fine_due", "complied", *BLOCKING), target=STAY,
                   by="reviewer", guards=_OBJECTION, basis=_SANGGAH,
                   sends=Send(template="objection_dismissed", to="platform", sender="authority", basis=_I)),
        *voiding(_SANGGAH, {"reviewer"}, ObjectionUpheld, (*_ORDERED, "complied_fine_due", "complied"), _OBJECTION, template="objection_upheld"),
        *block_rows(_ST3, _PM5_20, _PM5_20, frozenset({"platform", "agency"}), "st3", "complied_fine_due"),
        *voiding(_I, {"court", "authority"}, waiting=(*_ORDERED, *_TOLD),
                 ends=(("complied_fine_due", (open_clock("pay_fine"),)), ("complied", ()))),
        Transition(on=Restored, source="complied", target="answered", by="platform", basis=_I, label="It is up again, and nothing was ordered",
                   guards=(any_is("restored"), happened("TakedownOrdered", negate=True))),
        *restoring(_I, "objection_upheld"),
        Transition(on=Closed, source=("complied", "voided", "normalising"), target="closed", by="authority", guards=(NO_FINE_OPEN, NO_BLOCK_STANDS, settled("decide_objection")), basis=_I),
        *file_rows("authority", withdrawn=(NO_BLOCK_STANDS,)),
    ],
    obligations=[
        Obligation(name="verify", kind="reminder", owner="authority", term=WithoutUndueDelay(24), basis=_WAITING, starts=Opened,
                   meets=Verified, cancels=(*ENDED, Rejected, EffectGiven), label="Verify the batch"),
        Obligation(name="notify", kind="reminder", owner="authority", term=WithoutUndueDelay(24), basis=_WAITING, starts=Verified,
                   meets=Notified, cancels=(*ENDED, Rejected, EffectGiven), label="Notify the operator"),
        _response("", 24, "notification"),
        _response("_urgent", 12, "urgent_notification"),
        Obligation(name="clarify", kind="reminder", owner="authority", term=WithoutUndueDelay(24), repeats=True, per_content=True, basis=_WAITING,
                   starts=ClarificationRequested, meets=ClarificationGiven, cancels=(*ENDED, Rejected, Closed), label="Clarify"),
        Obligation(name="decide_order", kind="reminder", owner="authority", term=WithoutUndueDelay(24), repeats=True, basis=_WAITING,
                   starts=(On(Breached, "respond"), On(Breached, "respond_urgent"), Refused, ReasonsSubmitted, ImpossibilityStated, ClarificationGiven),
                   meets=(TakedownOrdered, ReasonsConsidered), cancels=(*_FALLEN, Rejected, Closed), label="Order, or let it be"),
        *periods(False, 24, "order", _DAY, _SPACING, _FALLEN),
        *periods(True, 4, "urgent_order", _FOUR, _SPACING, _FALLEN),
        letters_due(_SPACING, _FALLEN),
        follow_up(_WAITING, _FALLEN, TakedownOrdered),
        Obligation(name="file_commitment", kind="reminder", owner="platform", term=WithoutUndueDelay(24), basis=_ST2,
                   starts=(On(Delivered, "st2_letter"), On(Acknowledged, "st2_letter")), meets=(CommitmentFiled, FinePaid), cancels=_FALLEN,
                   label="Commit to pay the fine (surat komitmen)"),
        Obligation(name="pay_fine", owner="platform", term=WithoutUndueDelay(24 * 7), basis=_FINE,
                   starts=(On(Delivered, "st2_letter"), On(Acknowledged, "st2_letter")), meets=FinePaid, cancels=_FALLEN,
                   label="Pay the fine (denda), whatever becomes of the content"),
        Obligation(name="decide_objection", kind="reminder", owner="reviewer", term=WithoutUndueDelay(24 * 7), repeats=True, basis=_SANGGAH,
                   starts=On(InstrumentReceived, "complaint"), meets=(ObjectionUpheld, ObjectionDismissed), cancels=ENDED, label="Decide on the objection"),
        *normalisation(_PM5_20, _WAITING, _FALLEN),
        Obligation(name="restore", kind="reminder", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=_I,
                   starts=(On(OrderVoided, where=DOWN), On(ObjectionUpheld, where=DOWN)),
                   meets=Restored, cancels=(Withdrawn, Superseded), label="Restore"),
    ],
    hooks=[lifting(OrderVoided, "lift_the_block"), lifting(ObjectionUpheld, "lift_the_block_after_objection")],
    forms=[
        Form(
            instrument="request",
            fields=[
                FormField("letter", _DOCUMENT, "Official letter (surat resmi)"),
                FormField("legal_analysis", _DOCUMENT, "Legal basis and context (analisis hukum)"),
                FormField("url", _DOCUMENT, "Links (tautan)", kind="urls"),
                FormField("screenshot", _DOCUMENT, "Image (tangkapan layar)"),
                FormField("class", _FOUR, "Class (kategori)", required=False),
            ],
        ),
        Form(instrument="complaint", fields=[FormField("grounds", _SANGGAH, "What is wrong with decision or sanction")]),
        application_form("PM 5/2020 Art 20(2), taken to hold here", mark="I"),
    ],
    templates=[
        Template("notification", "Notification, case $case / Pemberitahuan",
                 "The following was verified as prohibited. Please respond within 24 hours:\n\n$contents\n\n$form\n\n$confirm\n"),
        Template("urgent_notification", "URGENT notification, case $case / Pemberitahuan mendesak",
                 "The following was verified as prohibited. Please respond within 12 hours:\n\n$contents\n\n$form\n\n$confirm\n"),
        Template("clarification", "Clarification in case $case / Klarifikasi", "You asked about:\n\n$concerned\n\n$reason\n\n$confirm\n"),
        Template("order", "Takedown order, case $case / Surat perintah takedown",
                 "Take down the following within 1 x 24 hours of receipt:\n\n$contents\n\n$form\n\n$confirm\n"),
        Template("urgent_order", "URGENT takedown order, case $case / Surat perintah takedown mendesak",
                 "Take down the following within 1 x 4 hours of receipt:\n\n$contents\n\n$form\n\n$confirm\n"),
        Template("st1_letter", "ST1, case $case / Surat teguran 1", LETTER_TEXT),
        Template("st2_letter", "ST2, case $case / Surat teguran 2",
                 LETTER_TEXT + "File the letter that commits you to pay the fine. / Ajukan surat komitmen pembayaran denda.\n"),
        Template("st3_letter", "ST3, case $case / Surat teguran 3", LETTER_TEXT + "Access can now be cut. / Akses dapat diputus.\n"),
        Template("st3_fine_letter", "ST3, fine not paid, case $case / Surat teguran 3, denda belum dibayar",
                 "The fine that was imposed has not been paid. It is due whatever has become of the following:\n\n$contents\n\n"
                 "$reference\n\nFine imposed by this letter / Denda: $fine\n\n$confirm\nPay it, or submit your reasons. / Mohon segera membayar denda.\n"
                 "Access can now be cut. / Akses dapat diputus.\n"),
        Template("objection_dismissed", "Your objection in case $case is dismissed / Sanggah ditolak",
                 "Your objection is dismissed: $reason\n\nDecision and sanction stand.\n\n$contents\n"),
        Template("objection_upheld", "Your objection in case $case is upheld / Sanggah diterima",
                 "Your objection is upheld: $reason\n\nDecision and sanction fall. Restore what of the following was taken down:\n\n"
                 "$contents\n\n$confirm\n"),
        Template("application_incomplete", "Application for normalisation, case $case", "It cannot be followed as it stands: $reason.\n"),
        *NORMALISATION_TEMPLATES,
        VOID_TEMPLATE,
    ],
    sources=[*sources("S30", "S31", "S32", "S33", "S34", "S35", "S39", "S41", "BN1376"), OURS],
    absent=[
        Absent("user_notice", Basis("no account of SAMAN says that the user is told", "S30", "S"),
               "What is known of SAMAN binds operator and Ministry; PM 5/2020 Art 10(4)(c) concerns reports made to the operator."),
    ],
    questions=[
        "The Director General spoke in November 2025 of 12 h to respond where it is urgent and 24 h where it is not (S30); other "
        "accounts say 4 h and 24 h (S31, S32). Here the first is the time to respond before SAMAN, the second the takedown "
        "deadline of the order. That they are two different times is our inference.",
        "The text of Decree 522/2024 was not seen: how far ST1, ST2 and ST3 lie apart, from when they run, who may withdraw.",
        "The text of Decree 172/2024 was not seen: amount of the fine, time to pay it, form of the letter of commitment.",
        "Who decides on an objection (Sanggah), within what time, and whether it suspends the letters is not known.",
        "Whether the time to respond starts anew after a clarification is not known; here the Ministry decides what follows.",
        "What follows when content is up again while the order stands is not known: here the Ministry is reminded.",
        "The full list of classes with 24 h was not seen; illegal goods stand for food, drugs and cosmetics.",
        "The day in February 2025 from which it ran is not known (1 February is assumed); it was a pilot until October 2025.",
        "The block is a case of generic.network_block, with three signatures as practised in 2017; SAMAN's own rule was not seen.",
    ],
    waivers=[
        Waiver("field-without-article", "form complaint, field grounds", "the text of Decree 522/2024 was not seen"),
        Waiver("own-appeal", "*", "PM 5/2020 Art 20(4): the Minister decides on normalisation; an objection is decided by the reviewer"),
        Waiver("unconfirmed-message", "*", "decisions on applications and objections only inform; orders and letters are tracked"),
        Waiver("unheard-answer", "fact CourtActionNotified", "what is known of SAMAN has an objection (Sanggah), and no action in court; that a court voids an order is heard"),
    ],
)  # fmt: skip

__all__ = [
    "SAMAN", "CommitmentFiled", "FinePaid", "NormalisationGranted", "NormalisationRefused", "Notified", "ObjectionDismissed",
    "ObjectionUpheld", "ReasonsConsidered", "ReasonsSubmitted", "TakedownOrdered", "Warned",
]  # fmt: skip
