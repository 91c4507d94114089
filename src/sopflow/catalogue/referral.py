"""A referral: content is pointed out for the platform to judge by its own terms. Non-binding. The referring side's.

Modelled on the practice of internet referral units; what only follows from the shape is marked I.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, final

from attrs import frozen

from ..events import (
    Acknowledged,
    Act,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    EffectGiven,
    Fact,
    ImpossibilityStated,
    InstrumentReceived,
    Issued,
    Opened,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Superseded,
    Withdrawn,
    mandatory,
)
from ..events import DeadlineBreached as Breached
from ..guards import IN_PART, SOMETHING_LEFT, all_are, any_is, ladder_exhausted, no_open_clock
from ..procedure import Procedure
from ..rules import (
    ANY_OPEN,
    STAY,
    Basis,
    Form,
    FormField,
    Obligation,
    On,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Waiver,
)
from ..terms import Hours, WithoutUndueDelay
from ._shared import CLARIFICATION, CLOSED, DOWN, FILE_STATES, OURS, OnContents, clarifying, closing_row, file_rows

_VOLUNTARY = Basis("final removal is a voluntary activity of the platform", "S159", "S")
_CONFIRM = Basis("providers should confirm receipt", "S158", "S")
_REPORT = Basis("providers should report their decision, its time, or the reason for refusing", "S158", "S")
_DECONFLICT = Basis("deconfliction with Member States before a referral is sent", "S159", "S")
_URLS = Basis("at least 550 URLs were wrongly called terrorist: wrong links happen", "S164", "S")
_NOTICE = Basis("2018 principles: the user is told what was removed, under which clause, how it was found", "S151", "S")
_APPEAL = Basis("2018 principles: an appeal decided by another person, with the chance to add information", "S151", "S")
_I = Basis("no text says so; follows from what is reported of referrals", "S158", "I")
_WAITING = Basis("no text gives a time; a day, or three for the decision, is our assumption", "S158", "I")

_SETTLED = ("removed", "disabled", "not_found", "refused", "impossible")
_GONE = ("removed", "disabled", "not_found")
_SENT = ("sent", "receipt_confirmed", "unanswered")
_OUT = (*_SENT, "removed", "refused", "appealed")
_RETRACTION = Send(
    template="retraction", to="platform", sender="authority", ack_within=Hours(24), proved_by=(Restored,), basis=_I
)


@final
@frozen(kw_only=True)
class DeconflictionRequested(Act):
    """Other authorities are asked whether a removal would disturb their work."""


@final
@frozen(kw_only=True)
class DeconflictionHeld(Fact):
    """Another authority asks not to send this yet.

    Attributes:
        reference: Its own reference; no reasons, which may be confidential.
    """

    reference: str = ""


@final
@frozen(kw_only=True)
class DeconflictionCleared(Fact):
    """Another authority has nothing against sending this."""

    reference: str = ""


@final
@frozen(kw_only=True)
class AppealDismissed(OnContents, Fact):
    """Another person than who decided first has looked at it again: the removal stays.

    Attributes:
        grounds: Why.
    """

    name: ClassVar[str] = "AppealDismissed"

    grounds: str = mandatory(personal=True)


def _decided(event: type[Fact], *, gone: bool) -> list[Transition]:
    """Return the rows by which a decision of the platform on the contents is recorded."""
    rows = [
        Transition(on=event, source=_SENT, target="refused", by="platform", guards=all_are("refused", "impossible"), basis=_REPORT),
        Transition(on=event, source=ANY_OPEN, target=STAY, by="platform", basis=_REPORT),
    ]  # fmt: skip
    removed = Transition(
        on=event, source=(*_SENT, "drafted", "deconfliction", "held"), target="removed", by="platform", basis=_REPORT,
        guards=(all_are(*_SETTLED), any_is(*_GONE)),
        sends=Send(template="user_notice", to="uploader", sender="platform", within=WithoutUndueDelay(24), optional=True, basis=_NOTICE),
    )  # fmt: skip
    return [removed, *(rows if not gone else rows[1:])]


REFERRAL = Procedure(
    id="generic.referral",
    version="1",
    title="Referral of content for the platform's voluntary consideration",
    acting="authority",
    as_of=date(2026, 11, 28),
    summary="Nothing here binds the platform. Other authorities may hold a referral before it is sent. The platform "
    "confirms receipt, and reports what it did and when, or why it refuses. The user may appeal to another person than "
    "who decided, and the sender may take the referral back.",
    roles=[
        Role(name="authority", side="authority", basis=_VOLUNTARY, label="Internet referral unit"),
        Role(name="partner", side="partner", basis=_DECONFLICT, label="Another authority whose work it might disturb"),
        Role(name="platform", side="platform", basis=_VOLUNTARY),
        Role(name="platform_reviewer", side="platform_reviewer", basis=_APPEAL, label="Another person at the platform"),
        Role(name="uploader", side="user", basis=_NOTICE),
    ],
    opened_by={"authority"},
    opened_with="referral",
    initial="drafted",
    states=[
        State(name="drafted", phase="assessment", waits_for="authority", basis=_I),
        State(name="rejected", phase="closed", final=True, basis=_I, label="Not referred"),
        State(name="deconfliction", phase="assessment", waits_for="partner", basis=_DECONFLICT, label="Others are asked first"),
        State(name="held", phase="assessment", waits_for="partner", basis=_DECONFLICT, label="Held for another authority"),
        State(name="sent", phase="notice", waits_for="platform", basis=_CONFIRM),
        State(name="receipt_confirmed", phase="compliance", waits_for="platform", basis=_CONFIRM),
        State(name="unanswered", phase="escalation", waits_for="authority", basis=_WAITING, label="Nobody confirms receipt"),
        State(name="removed", phase="compliance", basis=_REPORT),
        State(name="refused", phase="compliance", basis=_REPORT, label="Refused with a reason: the matter ends here"),
        State(name="appealed", phase="redress", waits_for="platform_reviewer", basis=_APPEAL),
        State(name="retracted", phase="redress", waits_for="platform", basis=_URLS, label="Taken back by the sender"),
        State(name="restored", phase="closed", final=True, basis=_APPEAL),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Rejected, source=("drafted", "deconfliction", "held"), target="rejected", by="authority", basis=_I),
        Transition(on=DeconflictionRequested, source="drafted", target="deconfliction", by="authority", basis=_DECONFLICT,
                   sends=Send(template="deconfliction", to="partner", sender="authority", ack_within=Hours(24), basis=_WAITING,
                              proved_by=(DeconflictionHeld, DeconflictionCleared))),
        Transition(on=Breached, of="receipt:deconfliction", source=ANY_OPEN, target=STAY, by="system", basis=_WAITING),
        Transition(on=DeconflictionHeld, source=("drafted", "deconfliction"), target="held", by="partner", basis=_DECONFLICT),
        Transition(on=DeconflictionHeld, source=ANY_OPEN, target=STAY, by="partner", basis=_DECONFLICT),
        Transition(on=DeconflictionCleared, source=("deconfliction", "held"), target="drafted", by="partner", basis=_DECONFLICT),
        Transition(on=DeconflictionCleared, source=ANY_OPEN, target=STAY, by="partner", basis=_DECONFLICT),
        Transition(on=Issued, source="drafted", target="sent", by="authority", guards=SOMETHING_LEFT, basis=_VOLUNTARY,
                   sends=Send(template="referral", to="platform", sender="authority", ack_within=Hours(24), reminders=1, basis=_WAITING, until=Retracted,
                              proved_by=(EffectGiven, Refused, ClarificationRequested, ImpossibilityStated))),
        Transition(on=Acknowledged, of="referral", source=("sent", "unanswered"), target="receipt_confirmed",
                   by={"platform", "authority"}, basis=_CONFIRM),
        Transition(on=Breached, of="receipt:referral", source="sent", target="unanswered", by="system",
                   guards=ladder_exhausted("referral"), basis=_WAITING),
        *_decided(EffectGiven, gone=True),
        *_decided(Refused, gone=False),
        *_decided(ImpossibilityStated, gone=False),
        *clarifying("platform", "authority", "platform", _URLS, _WAITING, EffectGiven, Refused, ClarificationRequested, ImpossibilityStated,
                    until=Retracted),
        Transition(on=Retracted, source=_SENT, target="removed", by="authority", basis=_URLS, sends=_RETRACTION,
                   guards=(IN_PART, all_are(*_SETTLED), any_is(*_GONE))),  # the rest is done
        Transition(on=Retracted, source=_OUT, target=STAY, by="authority", guards=IN_PART, basis=_URLS, sends=_RETRACTION),
        Transition(on=Retracted, source=_OUT, target="retracted", by="authority", basis=_URLS, sends=_RETRACTION),
        Transition(on=Retracted, source=ANY_OPEN, target=STAY, by="authority", basis=_URLS),
        Transition(on=Breached, of="receipt:retraction", source=ANY_OPEN, target=STAY, by="system", basis=_WAITING),
        Transition(on=InstrumentReceived, of="complaint", source="removed", target="appealed", by={"uploader", "platform"}, basis=_APPEAL),
        Transition(on=InstrumentReceived, of="complaint", source=ANY_OPEN, target=STAY, by={"uploader", "platform"}, basis=_APPEAL),
        Transition(on=AppealDismissed, source="appealed", target="removed", by="platform_reviewer", basis=_APPEAL,
                   guards=no_open_clock("decide_appeal")),
        Transition(on=AppealDismissed, source=ANY_OPEN, target=STAY, by="platform_reviewer", basis=_APPEAL),
        Transition(on=Restored, source="retracted", target="restored", by={"platform", "platform_reviewer"}, basis=_APPEAL,
                   guards=all_are("restored", "refused", "impossible", "not_found", "pending", "clarifying")),
        Transition(on=Restored, source=ANY_OPEN, target="restored", by={"platform", "platform_reviewer"}, basis=_APPEAL,
                   guards=(all_are("restored", "refused", "impossible", "not_found"), no_open_clock("decide_appeal"))),
        Transition(on=Restored, source=ANY_OPEN, target=STAY, by={"platform", "platform_reviewer"}, basis=_APPEAL),
        closing_row("authority", "removed", "refused", "retracted", "unanswered"),
        *file_rows("authority"),
    ],
    obligations=[
        Obligation(name="refer", kind="reminder", owner="authority", term=WithoutUndueDelay(24), repeats=True, basis=_WAITING,
                   starts=(Opened, DeconflictionCleared), meets=(Issued, DeconflictionRequested), cancels=(Withdrawn, Superseded, Rejected),
                   label="Send, or ask others first"),
        Obligation(name="deconflict", kind="reminder", owner="partner", term=WithoutUndueDelay(72), repeats=True, basis=_WAITING,
                   starts=(DeconflictionRequested, DeconflictionHeld), meets=DeconflictionCleared, cancels=(Withdrawn, Superseded, Rejected),
                   label="Clear the referral, or keep it held"),
        Obligation(name="decide", kind="reminder", owner="platform", term=WithoutUndueDelay(72), per_content=True, basis=_WAITING,
                   starts=Issued, pauses=ClarificationRequested, resumes=ClarificationGiven,
                   meets=(On(EffectGiven, outcomes=_GONE), Refused, ImpossibilityStated), cancels=(Withdrawn, Superseded, Retracted, Closed),
                   label="Report the decision; it is the platform's own"),
        Obligation(name="clarify", kind="reminder", owner="authority", term=WithoutUndueDelay(24), repeats=True, per_content=True, basis=_WAITING,
                   starts=ClarificationRequested, meets=ClarificationGiven, cancels=(Withdrawn, Superseded, Retracted), label="Clarify"),
        Obligation(name="follow_up", kind="reminder", owner="authority", term=WithoutUndueDelay(72), basis=_WAITING,
                   starts=On(Breached, "receipt:referral"), meets=(On(Acknowledged, "referral"), EffectGiven, Refused), cancels=(Withdrawn, Superseded, Closed),
                   label="Find another way to the platform, or close"),
        Obligation(name="decide_appeal", kind="reminder", owner="platform_reviewer", term=WithoutUndueDelay(24 * 7), per_content=True, repeats=True,
                   basis=_APPEAL,
                   starts=On(InstrumentReceived, "complaint", where=DOWN), meets=(Restored, AppealDismissed), cancels=(Withdrawn, Superseded),
                   label="Decide the appeal"),
        Obligation(name="restore", kind="reminder", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=_I,
                   starts=On(Retracted, where=DOWN), meets=Restored,
                   cancels=(Withdrawn, Superseded, Closed), label="Restore, as the platform sees fit"),
    ],
    forms=[
        Form(
            instrument="referral", enforce="refuse",
            fields=[
                FormField("grounds", _I, "Which of the platform's terms it breaks, and how"),
                FormField("urls", _URLS, "Exact URLs", kind="urls", required=False),
                FormField("unit", _I, "The unit that refers, in its own name"),
            ],
        ),
        Form(instrument="complaint", fields=[FormField("grounds", _APPEAL, "Why the removal was wrong", required=False)]),
    ],
    templates=[
        Template("deconfliction", "Before a referral, case $case", "Would a removal of the following disturb your work?\n\n$contents\n\n$confirm\n"),
        Template("referral", "Referral, case $case: $count item(s)",
                 "The following is referred to you for your voluntary consideration against your own terms. This is no order.\n\n"
                 "$contents\n\n$form\n\n$confirm\nPlease confirm receipt, and tell us what you decided and when, or why you refuse.\n"),
        CLARIFICATION,
        Template("retraction", "Referral taken back, case $case", "We take back the referral of the following:\n\n$concerned\n\n$reason\n\n$confirm\n"),
        Template("user_notice", "Your content was removed, case $case", "The following was removed:\n\n$concerned\n\nYou may appeal.\n"),
    ],
    sources=[
        Source("S151", "gitlab.com/minds/engine/issues/88, on the Santa Clara Principles of 2018"),
        Source("S158", "wordscope.be (EU recommendation text on referrals)"),
        Source("S159", "europarl E-8-2017-001772-ASW"),
        Source("S164", "blog.archive.org/2019/04/10"),
        OURS,
    ],
    questions=[
        "No time to confirm receipt or to decide is known: one day and three days are ours, and only remind.",
        "Whether a referral may be made at all, and on what legal basis, is for the referring side's own law to say.",
        "The principles of 2018 are no template for regulation, as their authors say; notice and appeal are the platform's own choice.",
    ],
    waivers=[
        Waiver("field-without-article", "*", "practice of referral units: no law asks for these fields"),
        Waiver("unheard-answer", "fact CourtActionNotified", "a referral orders nothing: the platform decides by its own terms, and refuses where it does not agree"),
    ],
)  # fmt: skip

__all__ = ["REFERRAL", "AppealDismissed", "DeconflictionCleared", "DeconflictionHeld", "DeconflictionRequested"]
