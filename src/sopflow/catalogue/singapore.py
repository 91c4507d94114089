"""Singapore: Online Criminal Harms Act 2023, Part 2 directions. Written from the designated officer's side.

An order under Part 6 (access blocking, app removal, service restriction) goes to another addressee: it is another case.
Clauses of the Bill are cited where only the Bill was read.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, final

from attrs import frozen

from ..events import (
    Act,
    Closed,
    DeadlineBreached,
    DeadlineClosed,
    Delivered,
    EffectGiven,
    Fact,
    ImpossibilityStated,
    InstrumentReceived,
    Opened,
    OrderVoided,
    Refused,
    Restored,
    Sent,
    Superseded,
    Withdrawn,
)
from ..guards import any_is, complete, settled
from ..procedure import Procedure
from ..records import personal
from ..rules import (
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
from ..terms import Days, Hours, PerCase, WithoutUndueDelay
from ._shared import (
    CLARIFICATION,
    CLOSED,
    DOWN,
    FILE_STATES,
    OURS,
    UP,
    answered,
    choice,
    clarifying,
    closing_row,
    file_rows,
    overdue,
    receipt,
    restored,
    stays,
    up_again,
    void_states,
    voids,
)

ZONE = "Asia/Singapore"
KINDS = ("stop_communication", "disabling", "account_restriction", "access_blocking", "app_removal")


@final
@frozen(kw_only=True)
class DirectionGiven(Act):
    """A Part 2 direction is given.

    Attributes:
        due: The time that the direction specifies.
        direction: Which one, of `KINDS`.
        reference: Its number.
    """

    due: datetime
    direction: str = choice(*KINDS)
    reference: str = ""


@final
@frozen(kw_only=True)
class ReconsiderationDecided(Act):
    """A designated officer has reconsidered: "affirmed", "cancelled" or "substituted".

    Attributes:
        finding: What was decided. A direction that takes the place of this one is a case of its own.
        reason: Why.
    """

    voids: ClassVar[tuple[str, ...]] = ("cancelled",)

    finding: str = choice("affirmed", "cancelled", "substituted")
    reason: str = personal(default="")

    def of(self) -> str:
        """Return the finding."""
        return self.finding


@final
@frozen(kw_only=True)
class AppealLodged(Fact):
    """An appeal to a Reviewing Tribunal was lodged, against a direction affirmed or substituted."""

    reference: str = personal(default="")


@final
@frozen(kw_only=True)
class TribunalDecided(Fact):
    """The Reviewing Tribunal has decided: "cancelled" or "dismissed".

    Attributes:
        finding: What it decided.
        ground: On which ground it cancelled, one of clause 42(1): "requirements" of section 6(1) not satisfied;
            "recipient" to whom no such direction may be given; "impracticable" to comply with; "" where it dismissed.
    """

    voids: ClassVar[tuple[str, ...]] = ("cancelled",)

    finding: str = choice("cancelled", "dismissed")
    ground: str = choice("", "requirements", "recipient", "impracticable", default="")

    def of(self) -> str:
        """Return the finding."""
        return self.finding


@final
@frozen(kw_only=True)
class Part6OrderSought(Act):
    """What was not complied with is put to an order under Part 6, to another addressee, in a case of its own.

    Attributes:
        order: Which order.
        reference: The other case.
    """

    order: str = choice("access_blocking", "app_removal", "service_restriction")
    reference: str = ""


_A = "Online Criminal Harms Act 2023 "
_DIRECTION = Basis(
    _A + "Part 2 (Bill cl. 8): a direction, to be complied with by the time specified in it", "S140", "V"
)
_6_7 = Basis(_A + "s. 6(1), 7: when, and to whom, a Part 2 direction may be given", "S140", "V")
_16 = Basis(_A + "s. 16(2)(b): reconsideration is applied for within 30 days after the direction is given", "S140", "V")
_16_3 = Basis(_A + "s. 16(3): an application does not affect the operation of the direction", "S140", "V")
_17 = Basis(_A + "s. 17(1): affirm, cancel or substitute within a reasonable time after receipt", "S140", "V")
_17_2 = Basis(_A + "s. 17(2): notice of the decision to the appellant and to the recipient", "S140", "V")
_18 = Basis(_A + "s. 18: appeal to a Reviewing Tribunal against a direction affirmed or substituted", "rules43", "V")
_43 = Basis(
    _A + "s. 43(1): within 30 days after notice of the decision, unless it is equitable otherwise", "page36", "V"
)
_42 = Basis(_A + "s. 41(3), 42(1): a Tribunal cancels only on limited grounds", "S140", "V")
_54 = Basis(_A + "s. 54(3)(a): a defence that it was not reasonably practicable to do more", "page49", "V")
_FINE = Basis(_A + "s. 50 to 54: not to comply with a requirement of a direction is an offence", "page49", "V")
_PART6 = Basis(
    _A + "Part 6: orders to providers of internet access, app distribution and online services", "page36", "V"
)
_I = Basis("Online Criminal Harms Act 2023: not read in it; follows from it", "S140", "I")
_CHOICE = Basis("the Act gives no waiting time here; it is our choice", "S140", "I")
_REG = "Online Criminal Harms (Reconsideration Application and Appeal Fee) Regulations 2024 reg. 3(1)"

_OUT = ("given", "received", "unanswered", "non_compliant", "part6_sought")
_DONE = ("complied", "not_complied")
_UNDER = (*_OUT, *_DONE)
_CANCELLED = (OrderVoided, On(ReconsiderationDecided, "cancelled"), On(TribunalDecided, "cancelled"))
_OVER = (*_CANCELLED, On(ReconsiderationDecided, "substituted"), Withdrawn, Superseded)
_APPEALABLE = ("decision_affirmed", "decision_substituted")
_RECIPIENTS = {"platform", "user"}
_ANYBODY = {"platform", "user", "authority", "tribunal"}
_ASKED = complete("complaint")


def _notice(finding: str) -> tuple[Send, ...]:
    """Return the notices of a decision on reconsideration, to the recipient and to who else is concerned."""
    return tuple(
        Send(template=f"decision_{finding}", to=role, sender="authority", optional=True, basis=_17_2)
        for role in ("platform", "user")
    )


_COMPLIED = On(EffectGiven, outcomes=(*DOWN, "not_found"))  # a refusal is an answer, and no compliance
_NOT_DONE = On(EffectGiven, outcomes=("refused", "impossible"))
_VOID = Send(template="void", to="platform", sender="authority", ack_within=Hours(24), proved_by=(Restored,), basis=_I)


OCHA_DIRECTION = Procedure(
    id="sg.ocha_direction",
    version="1",
    title="Online Criminal Harms Act: Part 2 direction",
    jurisdiction="SG",
    acting="authority",
    as_of=date(2026, 11, 28),
    summary="A designated officer gives a direction, which is complied with by the time that it specifies. Within 30 days "
    "after it was given reconsideration may be applied for, which does not suspend it; a designated officer affirms, cancels "
    "or substitutes it. Against that decision there is an appeal to a Reviewing Tribunal, on limited grounds. Who does not "
    "comply commits an offence, and an order under Part 6 to another addressee may follow.",
    roles=[
        Role(name="authority", side="authority", basis=_6_7, label="Designated officer who gives the direction"),
        Role(name="reviewer", side="authority", basis=_17, label="Designated officer who reconsiders it"),
        Role(name="platform", side="platform", basis=_6_7, label="Recipient: provider of a service, or who communicated"),
        Role(name="user", side="user", basis=_6_7, label="Who communicated it or holds the account, where another is the recipient"),
        Role(name="tribunal", side="court", basis=_42, label="Reviewing Tribunal"),
    ],
    opened_by={"authority"},
    opened_with="order",
    initial="drafted",
    states=[
        State(name="drafted", phase="assessment", waits_for="authority", basis=_6_7, label="Direction drafted"),
        State(name="given", phase="notice", waits_for="platform", basis=_DIRECTION, label="Direction given"),
        State(name="received", phase="compliance", waits_for="platform", basis=_DIRECTION, label="Receipt proved"),
        State(name="unanswered", phase="escalation", waits_for="authority", basis=_CHOICE, label="Nobody confirms receipt"),
        State(name="non_compliant", phase="escalation", waits_for="authority", basis=_FINE, label="Not complied with by the time specified"),
        State(name="part6_sought", phase="escalation", waits_for="platform", basis=_PART6, label="Order under Part 6 sought, in a case of its own"),
        State(name="complied", phase="compliance", basis=_DIRECTION, label="Complied with"),
        State(name="not_complied", phase="compliance", waits_for="authority", basis=_FINE, label="Answered, and not all done"),
        State(name="substituted", phase="closed", final=True, basis=_17, label="Another direction took its place"),
        *void_states(_17, _I),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=DirectionGiven, source="drafted", target="given", by="authority", basis=_DIRECTION,
                   sends=Send(template="direction", to="platform", sender="authority", ack_within=Hours(6), reminders=1, basis=_CHOICE, until=_OVER,
                              proved_by=(EffectGiven, Refused, ImpossibilityStated))),
        *receipt("direction", _DIRECTION, _CHOICE, out="given"),
        *(row for event, basis in ((EffectGiven, _DIRECTION), (Refused, _FINE), (ImpossibilityStated, _54))
          for row in answered(event, _RECIPIENTS, basis, waiting=_OUT)),
        Transition(on=DeadlineBreached, of="comply", source=("given", "received", "unanswered"), target="non_compliant", by="system", basis=_FINE),
        overdue("comply", _FINE),
        overdue("receipt:void", _CHOICE),
        Transition(on=Part6OrderSought, source=("non_compliant", "not_complied"), target="part6_sought", by="authority", basis=_PART6),
        *clarifying(_RECIPIENTS, "authority", "platform", _I, _CHOICE, EffectGiven, Refused, until=_OVER),
        stays(InstrumentReceived, {*_RECIPIENTS, "authority"}, _16, "complaint", label="Application for reconsideration"),
        stays(InstrumentReceived, {*_RECIPIENTS, "authority"}, _16, "incomplete_complaint", label="Application that lacks something",
              sends=Send(template="incomplete_application", to="platform", sender="authority", optional=True, basis=_16)),
        *(stays(DeadlineClosed, "system", basis, name) for name, basis in (("reconsideration", _16), ("appeal", _43))),
        Transition(on=ReconsiderationDecided, of="affirmed", source=_UNDER, target=STAY, by="reviewer", guards=_ASKED,
                   sends=_notice("affirmed"), basis=_17),
        Transition(on=ReconsiderationDecided, of="substituted", source=_UNDER, target="substituted", by="reviewer", guards=_ASKED,
                   sends=_notice("substituted"), basis=_17),
        Transition(on=ReconsiderationDecided, of="cancelled", source=_UNDER, target="voided", by="reviewer", sends=(*_notice("cancelled"), _VOID),
                   guards=(_ASKED, any_is(*DOWN)), basis=_17),
        Transition(on=ReconsiderationDecided, of="cancelled", source=_UNDER, target="without_effect", by="reviewer", guards=_ASKED,
                   sends=_notice("cancelled"), basis=_17),
        stays(AppealLodged, _ANYBODY, _18),
        stays(TribunalDecided, _ANYBODY, _42, "dismissed"),
        *voids(TribunalDecided, _ANYBODY, _42, "cancelled", before="drafted", after=_UNDER, tell=_VOID),
        *voids(OrderVoided, "authority", _I, before="drafted", after=_UNDER, tell=_VOID, waiting=_OUT),
        *up_again(_RECIPIENTS, _I),
        *restored(_RECIPIENTS, _I),
        closing_row("authority", "unanswered", "non_compliant", "part6_sought", *_DONE, guards=(settled("reconsider"),)),
        *file_rows("authority"),
    ],
    obligations=[
        Obligation(name="give", kind="reminder", owner="authority", term=WithoutUndueDelay(24), basis=_CHOICE, starts=Opened,
                   meets=DirectionGiven, cancels=_OVER, label="Give the direction, or withdraw the draft"),
        Obligation(name="comply", owner="platform", term=PerCase(), per_content=True, basis=_DIRECTION, starts=DirectionGiven,
                   meets=_COMPLIED, cancels=(*_OVER, Closed), label="Comply by the time specified in the direction"),
        # From the sending where no more is known, and from the delivery where that is proved: nobody is to lose a day.
        Obligation(name="reconsideration", kind="right", owner="platform", term=Days(30, ZONE), basis=_16, starts=On(Sent, "direction"),
                   restarts=On(Delivered, "direction"), meets=On(InstrumentReceived, "complaint"), cancels=_OVER,
                   label="Apply for reconsideration: it does not suspend the direction"),
        Obligation(name="reconsider", kind="reminder", owner="reviewer", repeats=True, basis=_17,
                   term=WithoutUndueDelay(24 * 7, "within a reasonable time"), starts=On(InstrumentReceived, "complaint"),
                   meets=ReconsiderationDecided, cancels=(*_OVER, Closed), label="Affirm, cancel or substitute"),
        Obligation(name="appeal", kind="right", owner="platform", term=Days(30, ZONE), basis=_43,
                   starts=tuple(On(Sent, decision) for decision in _APPEALABLE),
                   restarts=tuple(On(Delivered, decision) for decision in _APPEALABLE), meets=AppealLodged, cancels=_CANCELLED, label="Appeal to a Reviewing Tribunal"),
        Obligation(name="follow_up", kind="reminder", owner="authority", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=_CHOICE,
                   starts=(On(DeadlineBreached, "comply", where=UP), On(DeadlineBreached, "receipt:direction", where=UP), _NOT_DONE, Refused,
                           ImpossibilityStated, Restored),
                   meets=(Part6OrderSought, _COMPLIED), cancels=(*_OVER, Closed),
                   label="Decide what follows silence or non-compliance"),
        Obligation(name="comply_at_last", kind="reminder", owner="platform", term=WithoutUndueDelay(24 * 7), per_content=True, repeats=True, basis=_CHOICE,
                   starts=On(Part6OrderSought, where=UP), meets=_COMPLIED, cancels=(*_OVER, Closed),
                   label="Comply, while an order under Part 6 is sought"),
        Obligation(name="restore", kind="reminder", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=_I,
                   starts=(On(OrderVoided, where=DOWN), *(On(on, "cancelled", where=DOWN) for on in (ReconsiderationDecided, TribunalDecided))),
                   meets=Restored, cancels=(Withdrawn, Superseded), label="Restore what may be restored"),
    ],
    forms=[
        Form(
            instrument="order", enforce="refuse",
            fields=[
                FormField("direction", _DIRECTION, "Which direction", choices=KINDS),
                FormField("activity", _6_7, "Online activity, and the offence that it is suspected to further"),
                FormField("identification", _I, "What it is about, so that it can be complied with"),
            ],
        ),
        Form(
            instrument="complaint",
            fields=[
                FormField("appellant", Basis(_REG + "(c)(i)", "S141", "V"), "Identity, address and contact number of the appellant"),
                FormField("representative", Basis(_REG + "(c)(ii)", "S141", "V"), "The same of an authorised representative", required=False),
                FormField("service_address", Basis(_REG + "(c)(iii)", "S141", "V"), "Contact address for the service of documents"),
                FormField("sought", Basis(_REG + "(d)(i)", "S141", "V"), "What is sought", choices=("cancellation", "substitution")),
                FormField("grounds", Basis(_REG + "(d)(ii)", "S141", "V"), "Concise statement of the grounds"),
            ],
        ),
    ],
    templates=[
        Template("direction", "Direction under Part 2, case $case",
                 "You are directed as follows, by $due:\n\n$contents\n\n$form\n\n$reference\n\n$confirm\n"
                 "You may apply for reconsideration within 30 days; that does not suspend this direction.\n"),
        *(Template(f"decision_{finding}", "Decision on reconsideration, case $case",
                   f"The direction about the following was reconsidered, and {what}:\n\n$contents\n\n$reason\n\n"
                   "Who was directed may appeal to a Reviewing Tribunal within 30 days, on limited grounds.\n")
          for finding, what in (("affirmed", "it is affirmed"), ("substituted", "another direction takes its place"))),
        Template("decision_cancelled", "Decision on reconsideration, case $case",
                 "The direction about the following was reconsidered, and it is cancelled:\n\n$contents\n\n$reason\n"),
        Template("incomplete_application", "Your application in case $case", "Your application cannot be taken up as it stands: $reason.\n\nYou may send it again, complete.\n"),
        Template("void", "The direction in case $case was cancelled", "It has no effect any more as to the following:\n\n$concerned\n\n$confirm\n"),
        CLARIFICATION,
    ],
    sources=[
        Source("S140", "laws.sg bill-2023-17, clauses 8, 16, 17, 36, 42; wikisource, the Act as published"),
        Source("S141", "laws.sg, Online Criminal Harms (Reconsideration Application and Appeal Fee) Regulations 2024 reg. 3"),
        Source("page36", "wikisource, Online Criminal Harms Act 2023 (no. 24 of 2023), page 36"),
        Source("page49", "wikisource, Online Criminal Harms Act 2023 (no. 24 of 2023), page 49"),
        Source("rules43", "sso.agc.gov.sg, S 43/2024, Online Criminal Harms (Reviewing Tribunals) Rules 2024, rule 2"),
        OURS,
    ],
    questions=[
        "Sections 6 to 18 and 42 were read as clauses of the Bill, not as enacted.",
        "Since when Part 2 has been in force was not verified: the rules on Reviewing Tribunals are of 1 February 2024.",
        "Whether a direction is given when it is sent or when it arrives is not in what was read; 30 days run from the sending, "
        "and from the delivery where that is proved.",
        "Who may apply besides the recipient is prescribed elsewhere and was not read.",
        "That somebody else than the first officer reconsiders is our choice: the Act says a designated officer.",
        "A late application or appeal is recorded all the same; a Tribunal may hear a late one where that is equitable.",
        "Fines go up to 1 million dollars, and 100,000 for each further day, for some orders; prosecution is no part of this file.",
        "What follows when it is put back while the direction stands was not read: here it counts as not complied with.",
        "What a direction must contain was not read for Part 2; identification of what it is about is inferred.",
        "Directions under POFMA (correction, labels, gazetting) are another procedure, which is not in the catalogue.",
    ],
    waivers=[
        *(Waiver("unconfirmed-message", f"send decision_{finding}", "section 17(2) asks for notice of the decision, not that it is confirmed")
          for finding in ("affirmed", "cancelled", "substituted")),
        Waiver("unconfirmed-message", "send incomplete_application", "nothing asks an applicant to confirm what lacks"),
        Waiver("unheard-answer", "fact CourtActionNotified",
               "the Act has reconsideration and the Reviewing Tribunal (AppealLodged); an action in court is not in what was read"),
    ],
)  # fmt: skip

__all__ = [
    "KINDS", "OCHA_DIRECTION", "AppealLodged", "DirectionGiven", "Part6OrderSought", "ReconsiderationDecided",
    "TribunalDecided",
]  # fmt: skip
