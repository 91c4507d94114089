"""Indonesia: the practice before there was a procedure, and the procedure agreed with Telegram in 2017.

The signed text of 2017 was not found: both procedures are reconstructed from press accounts and say so. Times are WIB
(Asia/Jakarta). Later regulations (PM 5/2020, SAMAN) are procedures of their own.
"""

from __future__ import annotations

from datetime import date
from typing import Any, final

from attrs import frozen

from ..case import Case
from ..events import (
    Acknowledged,
    Act,
    Approved,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    DeadlineBreached,
    EffectGiven,
    Escalated,
    Event,
    Fact,
    ImpossibilityStated,
    Issued,
    LinkedCase,
    Opened,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Superseded,
    Verified,
    Withdrawn,
)
from ..guards import IN_PART, all_are, any_is, ladder_exhausted, no_open_clock
from ..procedure import Procedure
from ..records import personal
from ..rules import (
    ANY_OPEN,
    STAY,
    Absent,
    Basis,
    Form,
    FormField,
    Hook,
    Obligation,
    On,
    Opens,
    Quorum,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Waiver,
    Yield,
)
from ..terms import Hours, SameDay, WithoutUndueDelay
from ._indonesia import BLOCK_ASKED_FOR, NO_BLOCK_STANDS, block_asked_for
from ._indonesia_rows import follow_up
from ._shared import CLOSED, DOWN, FILE_STATES, OURS, UP, closing_row, file_rows

_SIX_MAILS = Basis("six e-mails between 29 March 2016 and 11 July 2017, unanswered", "S6", "S")
_REQUEST = Basis("the ministry acts on a request, except for gambling and pornography", "S13", "S")
_AGENCIES = Basis("the ministry wrote to BNPT, BIN and Polri and obtained agreement before blocking", "S2", "S")
_BLOCK = Basis("11 domain names ordered blocked on 14 July 2017", "S17", "S")
_CHANNEL = Basis("17 July 2017: a Government Channel", "S3", "S")
_REPRESENTATIVE = Basis("17 July 2017: a representative in Indonesia", "S3", "S")
_CONTACT = Basis("10 August 2017: one contact person", "S9", "S")
_MODERATORS = Basis("16 July 2017: dedicated moderators with Indonesian language and culture", "S5", "S")
_SAME_DAY = Basis("10 August 2017: takedown on the day the complaint is processed, if it really is negative", "S9", "S")
_CLOCK = Basis("that a complaint is processed from the day on which its receipt is confirmed is inferred", "S9", "I")
_NORMALISED = Basis("10 August 2017: normalisation after an agreed procedure", "S10", "S")
_WILL_NORMALISE = Basis("if the conditions are met we must normalise", "S14", "S")
_I = Basis("no account says so; the steps that are reported imply it", "S9", "I")
_WAITING = Basis("no press account gives a waiting time; a day is our assumption", "S9", "I")

_SOURCES = [
    Source("S2", "antaranews.com/berita/640439 (15 July 2017)"),
    Source("S3", "rmol.id 2017/07/18/299469; tekno.republika.co.id ot8o0k284"),
    Source("S5", "techcrunch.com/2017/07/17/telegram-to-delete-terrorist-content-in-indonesia"),
    Source("S6", "viva.co.id/arsip/941763 (1 August 2017); viva.co.id 936414"),
    Source("S9", "republika.co.id 17/08/11/ouhfbz414"),
    Source("S10", "antaranews.com/berita/645932"),
    Source("S13", "cnnindonesia.com 20170718125033-185-228569"),
    Source("S14", "viva.co.id/digital/936414 (17 July 2017)"),
    Source("S17", "paluekspres.com/12958"),
    OURS,
]
_SETTLED = ("removed", "disabled", "not_found", "refused", "impossible")
_GONE = ("removed", "disabled", "not_found")


@final
@frozen(kw_only=True)
class MailRepeated(Act):
    """The same mail is sent once more."""


@final
@frozen(kw_only=True)
class ReviewStarted(Fact):
    """The platform's moderators have begun to look at the report."""


@final
@frozen(kw_only=True)
class RemediationAgreed(Act):
    """Both sides have agreed what is to change before the block is lifted."""

    points: tuple[str, ...] = personal(converter=tuple)


MAIL_PRACTICE_2016 = Procedure(
    id="id.mail_practice_2016",
    version="1",
    title="What was done before there was a procedure (Indonesia, 2016-17)",
    jurisdiction="ID",
    acting="authority",
    valid_from=date(2016, 3, 29),
    valid_to=date(2017, 7, 14),
    as_of=date(2026, 11, 28),
    reconstructed=True,
    summary="A mail is sent, and nobody has to answer by any time. Nothing notices silence. After six mails the whole "
    "service is blocked. The checker's findings are the point: every wait is without a clock.",
    roles=[
        Role(name="public", side="reporter", basis=_REQUEST),
        Role(name="agency", side="reporter", basis=_REQUEST),
        Role(name="authority", side="authority", basis=_SIX_MAILS, label="Kominfo"),
        Role(name="platform", side="platform", basis=_SIX_MAILS, label="Telegram"),
    ],
    opened_by={"public", "agency", "authority"},
    opened_with="notice",
    initial="received",
    states=[
        State(name="received", phase="intake", waits_for="authority", basis=_REQUEST, label="Laporan diterima"),
        State(name="mailed", phase="notice", waits_for="platform", basis=_SIX_MAILS, label="Surel dikirim"),
        State(name="taken_down", phase="closed", final=True, basis=_I, label="Konten diturunkan"),
        State(name="blocked", phase="escalation", waits_for="authority", basis=_BLOCK, label="Diblokir"),
        State(name="normalised", phase="closed", final=True, basis=_NORMALISED, label="Dinormalisasi"),
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Issued, source="received", target="mailed", by="authority", basis=_SIX_MAILS,
                   sends=Send(template="mail", to="platform", sender="authority", basis=_SIX_MAILS)),
        Transition(on=MailRepeated, source="mailed", target=STAY, by="authority", basis=_SIX_MAILS,
                   sends=Send(template="mail", to="platform", sender="authority", basis=_SIX_MAILS)),
        Transition(on=EffectGiven, source=ANY_OPEN, target="taken_down", by={"platform", "authority"}, guards=all_are(*_GONE), basis=_I),
        Transition(on=EffectGiven, source=ANY_OPEN, target=STAY, by={"platform", "authority"}, basis=_I),
        Transition(on=Escalated, source="mailed", target="blocked", by="authority", basis=_BLOCK,
                   opens=Opens(procedure="generic.network_block")),
        Transition(on=LinkedCase, of="normalised", source="blocked", target="normalised", by="system", basis=_NORMALISED),
        *file_rows("authority"),
    ],
    templates=[
        Template("mail", "Request to remove content ($case)",
                 "We ask you to remove the following:\n\n$contents\n"),
    ],
    sources=_SOURCES,
    absent=[
        Absent("refusal", _SIX_MAILS, "Nobody answered, and nothing provided for an answer."),
        Absent("clarification", _SIX_MAILS, "Nothing provided for a question."),
        Absent("impossibility", _SIX_MAILS, "Nothing provided for an answer of any kind."),
        Absent("user_notice", _I, "No account says that anybody whose content was concerned was told."),
        Absent("complaint", _I, "No account knows of a way to complain."),
        Absent("reversal", _NORMALISED, "Content could not be put back; the block was lifted after an agreement found only then."),
    ],
    questions=[
        "How often the mails were repeated, and to which addresses they went, is not known; six are reported.",
        "Whether the block began at 11:00 or at 11:30 on 14 July 2017 is reported differently.",
        "What became of the single channels before August 2017 is not known; that they were taken down at some time is inferred.",
    ],
    waivers=[
        Waiver("wait-without-clock", "*", "so it was: no side had to do anything by any time"),
        Waiver("unconfirmed-message", "*", "so it was: six mails, and nobody noticed that nobody had read them"),
        Waiver("unheard-answer", "fact CourtActionNotified", "so it was: nothing provided for an answer of any kind"),
    ],
)  # fmt: skip


def _decide_after_silence(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    return Yield(starts="decide_escalation")


def _lift_the_block(before: Case, view: Case, event: Event, facts: Any) -> Yield | None:
    return Yield(starts="normalise") if block_asked_for(before, view, event, facts) is None else None


def _settle(event: type[Fact], *sources: str) -> list[Transition]:
    """Return the rows by which a fact about contents ends the matter, ends it as refused, or leaves it open."""
    return [
        Transition(on=event, source=sources, target="taken_down", by="platform", basis=_SAME_DAY,
                   guards=(all_are(*_SETTLED), any_is(*_GONE)),
                   sends=Send(template="outcome", to="reporter", sender="authority", optional=True, basis=_I)),
        Transition(on=event, source=sources, target="rejected_not_negative", by="platform", basis=_SAME_DAY,
                   guards=all_are("refused", "impossible"),
                   sends=Send(template="outcome", to="reporter", sender="authority", optional=True, basis=_I)),
        Transition(on=event, source=ANY_OPEN, target=STAY, by="platform", basis=_I),
    ]  # fmt: skip


_BLOCKED = ("escalated_isp_block", "taken_down", "rejected_not_negative")
_WITH_PLATFORM = ("sent_on_government_channel", "acknowledged", "under_review", "no_response", "takedown_overdue")
_ENDED = (Withdrawn, Superseded, OrderVoided, Closed, Rejected)
_VOID = Send(template="void", to="platform", sender="authority", ack_within=Hours(24), basis=_I, proved_by=(Restored,))

KOMINFO_TELEGRAM_2017 = Procedure(
    id="id.kominfo_telegram_2017",
    version="1",
    title="Kominfo and Telegram: the procedure agreed in July and August 2017",
    jurisdiction="ID",
    acting="authority",
    valid_from=date(2017, 8, 10),
    as_of=date(2026, 11, 28),
    reconstructed=True,
    summary="A report is verified by the ministry, co-signed by a competent agency, sent on the Government Channel and "
    "tracked until receipt is confirmed; moderators decide on the same day. Silence climbs to reminders, other channels "
    "and the named representative; only then may a block be drafted, as a case of its own, with a way back.",
    roles=[
        Role(name="reporter", side="reporter", basis=_REQUEST, label="Pelapor: masyarakat atau instansi"),
        Role(name="public", side="reporter", basis=_REQUEST, label="Masyarakat"),
        Role(name="agency", side="reporter", basis=_REQUEST, label="Instansi"),
        Role(name="authority", side="authority", basis=_CHANNEL, label="Kominfo"),
        Role(name="competent_agency", side="authority", basis=_AGENCIES, label="Instansi berwenang (BNPT, BIN, Polri)"),
        Role(name="platform", side="platform", basis=_CONTACT, label="Telegram"),
        Role(name="court", side="court", basis=_I),
    ],
    opened_by={"public", "agency", "authority"},
    opened_with="notice",
    initial="received",
    states=[
        State(name="received", phase="intake", waits_for="authority", basis=_REQUEST, label="Laporan diterima"),
        State(name="rejected", phase="closed", final=True, basis=_REQUEST, label="Laporan tidak diteruskan"),
        State(name="verified_by_ministry", phase="assessment", waits_for="competent_agency", basis=_I, label="Diverifikasi Kominfo"),
        State(name="cosigned", phase="assessment", waits_for="authority", basis=_AGENCIES, label="Disetujui instansi berwenang"),
        State(name="sent_on_government_channel", phase="notice", waits_for="platform", basis=_CHANNEL, label="Dikirim lewat Kanal Pemerintah"),
        State(name="acknowledged", phase="compliance", waits_for="platform", basis=_CHANNEL, label="Penerimaan dikonfirmasi"),
        State(name="under_review", phase="compliance", waits_for="platform", basis=_MODERATORS, label="Ditinjau moderator"),
        State(name="taken_down", phase="compliance", basis=_SAME_DAY, label="Konten diturunkan"),
        State(name="rejected_not_negative", phase="redress", waits_for="authority", basis=_SAME_DAY, label="Ditolak: tidak negatif"),
        State(name="takedown_overdue", phase="escalation", waits_for="authority", basis=_SAME_DAY, label="Lewat batas hari yang sama"),
        State(name="no_response", phase="escalation", waits_for="authority", basis=_REPRESENTATIVE, label="Tidak ada jawaban"),
        State(name="escalated_isp_block", phase="escalation", waits_for="authority", basis=_BLOCK, label="Pemblokiran diajukan"),
        State(name="remediation_agreed", phase="redress", waits_for="authority", basis=_NORMALISED, label="Perbaikan disepakati"),
        State(name="normalised", phase="closed", final=True, basis=_NORMALISED, label="Dinormalisasi"),
        State(name="voided", phase="redress", waits_for="platform", basis=_I, label="Perintah dibatalkan"),
        State(name="restored", phase="closed", final=True, basis=_I, label="Konten dipulihkan"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Verified, source="received", target="verified_by_ministry", by="authority", basis=_REQUEST),
        Transition(on=Rejected, source=("received", "verified_by_ministry"), target="rejected", by="authority", basis=_REQUEST,
                   sends=Send(template="outcome", to="reporter", sender="authority", optional=True, basis=_I)),
        Transition(on=Approved, source="verified_by_ministry", target="cosigned", by="competent_agency", basis=_AGENCIES),
        Transition(on=Approved, source="cosigned", target=STAY, by="competent_agency", basis=_AGENCIES),
        Transition(
            on=Issued, source="cosigned", target="sent_on_government_channel", by="authority", basis=_CHANNEL,
            requires=Quorum(roles="competent_agency", n=1),
            sends=Send(template="order", to="platform", sender="authority", ack_within=Hours(24), reminders=1, basis=_WAITING, until=OrderVoided,
                       proved_by=(EffectGiven, Refused, ClarificationRequested, ImpossibilityStated, ReviewStarted)),
        ),
        Transition(on=Acknowledged, of="order", source=("sent_on_government_channel", "no_response"), target="acknowledged",
                   by={"platform", "authority"}, basis=_CLOCK),
        Transition(on=ReviewStarted, source=("sent_on_government_channel", "acknowledged", "no_response"), target="under_review",
                   by="platform", basis=_MODERATORS),
        Transition(on=ReviewStarted, source=ANY_OPEN, target=STAY, by="platform", basis=_MODERATORS),
        *_settle(EffectGiven, *_WITH_PLATFORM, "escalated_isp_block"),
        *_settle(Refused, *_WITH_PLATFORM),
        *_settle(ImpossibilityStated, *_WITH_PLATFORM),
        Transition(on=ClarificationRequested, source=ANY_OPEN, target=STAY, by="platform", basis=_I),
        Transition(on=ClarificationGiven, source=ANY_OPEN, target=STAY, by="authority", basis=_I,
                   sends=Send(template="clarification", to="platform", sender="authority", ack_within=Hours(24), basis=_WAITING, until=OrderVoided,
                              proved_by=(EffectGiven, Refused, ClarificationRequested, ImpossibilityStated))),
        Transition(on=DeadlineBreached, of="receipt:order", source="sent_on_government_channel", target="no_response",
                   by="system", guards=ladder_exhausted("order"), basis=_REPRESENTATIVE),
        Transition(on=DeadlineBreached, of="receipt:clarification", source=("acknowledged", "under_review"), target="no_response",
                   by="system", guards=ladder_exhausted("clarification"), basis=_REPRESENTATIVE),
        Transition(on=DeadlineBreached, of="same_day_takedown", source=("sent_on_government_channel", "acknowledged", "under_review", "no_response"),
                   target="takedown_overdue", by="system", basis=_SAME_DAY),
        Transition(on=Escalated, source=("no_response", "takedown_overdue"), target="escalated_isp_block", by="authority",
                   opens=Opens(procedure="generic.network_block"), basis=_BLOCK),
        # The channels may come down while the block stands, as they did in 2017.
        Transition(on=LinkedCase, of="blocked", source=_BLOCKED, target=STAY, by="system", basis=_BLOCK),
        Transition(on=RemediationAgreed, source="escalated_isp_block", target="remediation_agreed", by="authority", basis=_NORMALISED),
        Transition(on=RemediationAgreed, source=("taken_down", "rejected_not_negative"), target="remediation_agreed", by="authority",
                   guards=BLOCK_ASKED_FOR, basis=_NORMALISED),
        Transition(on=LinkedCase, of="lifting", source=(*_BLOCKED, "remediation_agreed"), target=STAY, by="system", basis=_WILL_NORMALISE),
        Transition(on=LinkedCase, of="normalised", source=(*_BLOCKED, "remediation_agreed"), target="normalised",
                   by="system", basis=_NORMALISED),
        # An order without effect leaves nothing standing: neither what was taken down nor the block.
        *(Transition(on=LinkedCase, of=of, source="voided", target=STAY, by="system", basis=_WILL_NORMALISE) for of in ("blocked", "lifting")),
        Transition(on=LinkedCase, of="normalised", source="voided", target="normalised", by="system", guards=no_open_clock("reinstate"), basis=_NORMALISED),
        Transition(on=LinkedCase, of="normalised", source="voided", target=STAY, by="system", basis=_NORMALISED),
        Transition(on=OrderVoided, source=_WITH_PLATFORM, target="taken_down", by={"court", "authority"}, basis=_I, sends=_VOID,
                   guards=(IN_PART, all_are(*_SETTLED), any_is(*_GONE))),  # the rest is done
        Transition(on=OrderVoided, source=ANY_OPEN, target=STAY, by={"court", "authority"}, guards=IN_PART, basis=_I,
                   sends=_VOID),
        Transition(on=OrderVoided, source=ANY_OPEN, target="voided", by={"court", "authority"}, basis=_I,
                   sends=_VOID),
        Transition(on=DeadlineBreached, of="receipt:void", source="voided", target=STAY, by="system", basis=_I),
        Transition(on=Restored, source="voided", target=STAY, by="platform", guards=BLOCK_ASKED_FOR, basis=_I),
        Transition(on=Restored, source="voided", target="restored", by="platform", guards=all_are("restored", "pending", "not_found", "refused", "impossible"), basis=_I),
        Transition(on=Restored, source=ANY_OPEN, target=STAY, by="platform", basis=_I),
        closing_row("authority", "taken_down", "rejected_not_negative", "voided", guards=(NO_BLOCK_STANDS, no_open_clock("reinstate"))),
        *file_rows("authority", withdrawn=(NO_BLOCK_STANDS,)),
    ],
    obligations=[
        Obligation(name="verify", owner="authority", term=WithoutUndueDelay(24), basis=_WAITING, starts=Opened,
                   meets=(Verified,), cancels=_ENDED, label="Verify the report"),
        Obligation(name="cosign", owner="competent_agency", term=WithoutUndueDelay(24), basis=_WAITING, starts=Verified,
                   meets=Approved, cancels=_ENDED, label="Co-sign or object"),
        Obligation(name="issue", owner="authority", term=WithoutUndueDelay(24), basis=_WAITING, starts=Approved,
                   meets=Issued, cancels=_ENDED, label="Send on the Government Channel"),
        Obligation(name="same_day_takedown", owner="platform", term=SameDay("Asia/Jakarta"), per_content=True, basis=_SAME_DAY,
                   starts=On(Acknowledged, "order"), pauses=ClarificationRequested, resumes=ClarificationGiven,
                   meets=(On(EffectGiven, outcomes=_SETTLED), Refused, ImpossibilityStated), cancels=_ENDED,
                   label="Take down, or reject with reasons, the same day"),
        Obligation(name="clarify", owner="authority", term=WithoutUndueDelay(24), repeats=True, per_content=True, basis=_WAITING,
                   starts=ClarificationRequested, meets=ClarificationGiven, cancels=_ENDED, label="Clarify"),
        Obligation(name="decide_escalation", owner="authority", term=WithoutUndueDelay(72), per_content=True, repeats=True, basis=_WAITING,
                   starts=On(DeadlineBreached, "same_day_takedown", where=UP),
                   meets=(Escalated, On(EffectGiven, outcomes=(*_GONE, "refused")), Refused), cancels=_ENDED, label="Decide what follows silence"),
        follow_up(_WAITING),
        Obligation(name="normalise", owner="authority", term=WithoutUndueDelay(24), basis=_WILL_NORMALISE, starts=RemediationAgreed,
                   meets=On(LinkedCase, "normalised"), cancels=(Withdrawn, Superseded, Closed), label="Lift the block"),
        Obligation(name="reinstate", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=_I,
                   starts=On(OrderVoided, where=DOWN), meets=Restored,
                   cancels=(Withdrawn, Superseded), label="Restore after the order was voided"),
    ],
    hooks=[Hook(name="decide_after_silence", run=_decide_after_silence, point="enter", state="no_response"),
           *(Hook(name=f"lift_the_block_{state}", run=_lift_the_block, point="enter", state=state)
             for state in ("taken_down", "rejected_not_negative", "voided"))],
    forms=[
        Form(instrument="notice", fields=[FormField("reasons", _REQUEST, "Why the content is unlawful")]),
    ],
    templates=[
        Template(
            "order", "[Government Channel] Report $case: $count item(s) / Laporan $case: $count butir",
            "Ministry of Communication and Informatics, Republic of Indonesia\n\n"
            "Please review the following and remove what is terrorist content. Mohon ditinjau dan diturunkan.\n\n$contents\n\n"
            "Reasons / Alasan:\n$form\n\n$confirm\nMohon konfirmasi penerimaan.\n"
            "Agreed: takedown on the same day (WIB), or rejection with reasons if it is not negative.\n",
        ),
        Template("clarification", "[Government Channel] Clarification in case $case",
                 "You asked for clarification of the following:\n\n$concerned\n\n$reason\n\n$confirm\n"),
        Template("void", "[Government Channel] Order in case $case has no effect",
                 "The order in case $case has no effect any more as to the following. Please restore what of it was taken down:\n\n$concerned\n\n$confirm\n"),
        Template("outcome", "Your report $case / Laporan Anda $case",
                 "This is what has become of your report:\n\n$contents\n\n$reason\n"),
    ],
    sources=_SOURCES,
    absent=[
        Absent("user_notice", _I, "No account of 2017 says that whoever ran a channel was told."),
        Absent("complaint", _I, "No account of 2017 knows of a complaint by whoever ran a channel; a court can void the order."),
    ],
    questions=[
        "The signed text of 2017 was not found: only press accounts are known.",
        "Whether the status of a trusted flagger was formally granted is not known.",
        "How long the procedure was followed, and when it gave way to Permenkominfo 5/2020, is not known.",
        "The account speaks of takedown on the day on which the complaint is processed (S9, S); that the clock starts with the "
        "confirmation of receipt, and with nothing else, is inferred (I).",
        "No account gives a time to confirm receipt, to clarify or to restore: a day is our assumption and only reminds or climbs.",
    ],
    waivers=[
        Waiver("unconfirmed-message", "send outcome", "a reporter is told, and does not have to confirm"),
        Waiver("field-without-article", "*", "the signed text was not found: there is no article to name"),
        Waiver("unheard-answer", "fact CourtActionNotified", "no account of 2017 knows of an action of the platform in court; that a court voids the order is heard (OrderVoided)"),
    ],
)  # fmt: skip
