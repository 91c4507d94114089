"""India: rule 3(1)(d) of the IT Rules, 2021, removal on a court order or a reasoned intimation. The authority's file.

Two versions: 36 hours from 15 November 2025, when rank, reasons and monthly review came in, and 3 hours since 20
February 2026. Complaints of users (rule 3(2)), with times of their own, are no part of this.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, final

from attrs import frozen

from ..case import Case
from ..events import (
    Acknowledged,
    Act,
    ClarificationRequested,
    Closed,
    CourtActionNotified,
    CourtDecided,
    DeadlineBreached,
    Delivered,
    EffectGiven,
    Event,
    Opened,
    OrderVoided,
    Refused,
    Restored,
    Superseded,
    Withdrawn,
)
from ..guards import complete, settled
from ..procedure import Procedure
from ..records import personal
from ..rules import (
    Absent,
    Basis,
    Form,
    FormField,
    Guard,
    Obligation,
    On,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
)
from ..terms import Hours, Months, WithoutUndueDelay
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

ZONE = "Asia/Kolkata"


@final
@frozen(kw_only=True)
class Intimated(Act):
    """A reasoned intimation goes to the intermediary, signed by an officer of sufficient rank.

    Attributes:
        rank: "joint_secretary": a Joint Secretary or an officer of equal or higher rank; "dig": a police officer not below
            a Deputy Inspector General.
        reference: The intimation's number.
    """

    rank: str = choice("joint_secretary", "dig")
    reference: str = ""


@final
@frozen(kw_only=True)
class CourtOrderServed(Act):
    """A court's order goes to the intermediary: it needs no officer's intimation.

    Attributes:
        reference: The order's number.
    """

    reference: str = ""


@final
@frozen(kw_only=True)
class Reviewed(Act):
    """An officer not below a Secretary has reviewed the intimation: "stands" or "does_not_stand".

    Attributes:
        finding: What was found.
        reason: Why.
    """

    voids: ClassVar[tuple[str, ...]] = ("does_not_stand",)

    finding: str = choice("stands", "does_not_stand")
    reason: str = personal(default="")

    def of(self) -> str:
        """Return the finding."""
        return self.finding


_R = "IT Rules, 2021, rule 3(1)(d): "
_RULE = Basis(_R + "removal on a court order or a reasoned intimation", "S120", "S")
_RANK = Basis(_R + "by an officer not below Joint Secretary, or a police officer not below DIG", "S121", "S")
_REASONED = Basis(_R + "an intimation states legal basis, provision and nature of the unlawful act", "S121", "S")
_URL = Basis(_R + "the specific URL or identifier", "S121", "M")
_REVIEW = Basis(_R + "every intimation is subject to a monthly review by a Secretary", "S121", "S")
_36 = Basis(_R + "within 36 hours of receipt, until 19 February 2026", "S121", "S")
_3 = Basis(_R + "within 3 hours of receipt, since 20 February 2026", "S120", "S")
_HARBOUR = Basis(_R + "who does not remove loses the safe harbour of s. 79 of the IT Act, 2000", "S120", "S")
_I = Basis(_R + "not in it; follows from it", "S121", "I")
_CHOICE = Basis(_R + "it gives no waiting time here; it is our choice", "S121", "I")

_OUT = ("issued", "received", "unanswered", "overdue")
_DONE = ("complied", "not_complied")
_NOT_STANDING = On(Reviewed, "does_not_stand")
_OVER = (OrderVoided, _NOT_STANDING, On(CourtDecided, "restore"), Withdrawn, Superseded)
_NOT_DONE = On(EffectGiven, outcomes=("refused", "impossible"))
_GONE = On(EffectGiven, outcomes=(*DOWN, "not_found"))  # a refusal is an answer, and no compliance
_ANYBODY = {"authority", "platform", "user", "court"}
_STAFF = {"authority", "authorised_officer"}
_ORDER = Send(
    template="order", to="platform", sender="authority", ack_within=Hours(3), reminders=1, basis=_CHOICE, until=_OVER,
    proved_by=(EffectGiven, Refused, ClarificationRequested),
)  # fmt: skip
_VOID = Send(template="void", to="platform", sender="authority", ack_within=Hours(24), proved_by=(Restored,), basis=_I)


def _intimated(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    return None if view.deadline("review") else "only an intimation is reviewed, and none has gone out"


_WAS_INTIMATED = Guard("was_intimated", _intimated)


def _remove(hours: int, basis: Basis) -> Obligation:
    return Obligation(
        name="remove", owner="platform", term=Hours(hours), per_content=True, basis=basis,
        starts=(On(Delivered, "order"), On(Acknowledged, "order")),
        meets=_GONE, cancels=(*_OVER, Closed), label=f"Remove, or disable access, {hours} hours after receipt",
    )  # fmt: skip


IT_RULES_2025 = Procedure(
    id="in.it_rules_3_1_d",
    version="1",
    title="IT Rules, rule 3(1)(d): removal on a court order or a reasoned intimation",
    jurisdiction="IN",
    acting="authority",
    valid_from=date(2025, 11, 15),
    valid_to=date(2026, 2, 19),
    as_of=date(2026, 11, 28),
    summary="A court order, or a reasoned intimation by an officer not below Joint Secretary (of the police: not below Deputy "
    "Inspector General), goes to an intermediary, which removes or disables the content within 36 hours of receipt. A Secretary "
    "reviews every intimation each month.",
    roles=[
        Role(name="authority", side="authority", basis=_RULE, label="Appropriate government or its agency (desk)"),
        Role(name="authorised_officer", side="authority", basis=_RANK, label="Joint Secretary or above; DIG of police or above"),
        Role(name="secretary", side="authority", basis=_REVIEW, label="Officer not below Secretary, who reviews"),
        Role(name="platform", side="platform", basis=_RULE, label="Intermediary"),
        Role(name="user", side="user", basis=_I, label="User whose content it is"),
        Role(name="court", side="court", basis=_RULE),
    ],
    opened_by={"authority", "authorised_officer", "court"},
    opened_with={"notice", "order"},
    initial="drafted",
    states=[
        State(name="drafted", phase="assessment", waits_for="authority", basis=_REASONED, label="Intimation drafted, or court order received"),
        State(name="issued", phase="notice", waits_for="platform", basis=_RULE, label="Issued"),
        State(name="received", phase="compliance", waits_for="platform", basis=_RULE, label="Receipt proved: the hours run"),
        State(name="unanswered", phase="escalation", waits_for="authority", basis=_CHOICE, label="Nobody confirms receipt"),
        State(name="overdue", phase="escalation", waits_for="authority", basis=_HARBOUR, label="Not removed in time: safe harbour in question"),
        State(name="complied", phase="compliance", basis=_RULE, label="Removed, disabled, or not there"),
        State(name="not_complied", phase="compliance", waits_for="authority", basis=_HARBOUR, label="Answered, and not all removed"),
        *void_states(_I, _I),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Intimated, source="drafted", target="issued", by="authorised_officer", guards=complete("notice"), sends=_ORDER, basis=_RANK),
        Transition(on=CourtOrderServed, source="drafted", target="issued", by=_STAFF, guards=complete("order"), sends=_ORDER, basis=_RULE),
        *receipt("order", _RULE, _CHOICE),
        *answered(EffectGiven, "platform", _RULE, waiting=_OUT),
        *answered(Refused, "platform", _HARBOUR, waiting=_OUT),
        Transition(on=DeadlineBreached, of="remove", source="received", target="overdue", by="system", basis=_HARBOUR),
        overdue("remove", _HARBOUR),
        overdue("receipt:void", _CHOICE),
        overdue("review", _REVIEW),
        *clarifying("platform", "authority", "platform", _I, _CHOICE, EffectGiven, Refused, until=_OVER),
        stays(Reviewed, "secretary", _REVIEW, "stands", guards=_WAS_INTIMATED),
        *voids(Reviewed, "secretary", _REVIEW, "does_not_stand", after=(*_OUT, *_DONE), tell=_VOID),
        stays(CourtActionNotified, _ANYBODY, _I),
        stays(CourtDecided, _ANYBODY, _I, "uphold"),
        *voids(CourtDecided, _ANYBODY, _I, "restore", before="drafted", after=(*_OUT, *_DONE), tell=_VOID),
        *voids(OrderVoided, {"court", *_STAFF}, _I, before="drafted", after=(*_OUT, *_DONE), tell=_VOID, waiting=_OUT),
        *up_again("platform", _I),
        *restored("platform", _I),
        closing_row("authority", "unanswered", "overdue", *_DONE, guards=(settled("review"), settled("review_overdue"))),
        *file_rows("authority"),
    ],
    obligations=[
        Obligation(name="issue", kind="reminder", owner="authority", term=WithoutUndueDelay(24), basis=_CHOICE, starts=Opened,
                   meets=(Intimated, CourtOrderServed), cancels=_OVER, label="Issue, or withdraw the draft"),
        _remove(36, _36),
        Obligation(name="review", owner="secretary", term=Months(1, ZONE), basis=_REVIEW, starts=Intimated, meets=Reviewed,
                   cancels=(OrderVoided, On(CourtDecided, "restore"), Withdrawn, Superseded), label="Monthly review by a Secretary"),
        Obligation(name="review_overdue", kind="reminder", owner="secretary", term=WithoutUndueDelay(24 * 7), repeats=True, basis=_REVIEW,
                   starts=On(DeadlineBreached, "review"), meets=Reviewed, cancels=(*_OVER, Closed), label="Review, though late"),
        Obligation(name="follow_up", kind="reminder", owner="authority", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=_CHOICE,
                   starts=(On(DeadlineBreached, "remove", where=UP), On(DeadlineBreached, "receipt:order", where=UP), _NOT_DONE, Refused, Restored),
                   meets=_GONE, cancels=(*_OVER, Closed), label="Decide what follows silence or refusal"),
        Obligation(name="restore", kind="reminder", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=_I,
                   starts=(On(OrderVoided, where=DOWN), On(CourtDecided, "restore", where=DOWN),
                           On(Reviewed, "does_not_stand", where=DOWN)),
                   meets=Restored, cancels=(Withdrawn, Superseded), label="Restore"),
    ],
    forms=[
        Form(
            instrument="notice", enforce="refuse",
            fields=[
                FormField("legal_basis", _REASONED, "Legal basis"),
                FormField("provision", _REASONED, "Statutory provision"),
                FormField("nature", _REASONED, "Nature of the unlawful act"),
                FormField("urls", _URL, "Specific URL or other identifier"),
            ],
        ),
    ],
    templates=[
        Template("order", "Rule 3(1)(d), case $case: remove or disable access",
                 "You are called upon to remove the following, or to disable access to it, within $term "
                 "of receipt (rule 3(1)(d)):\n\n$contents\n\n$form\n\n$reference\n\n$confirm\n"),
        Template("void", "The intimation or order in case $case has no effect", "It has no effect any more as to the following. Restore what of it was removed:\n\n$concerned\n\n$reason\n\n$confirm\n"),
        CLARIFICATION,
    ],
    sources=[
        Source("S120", "mondaq.com/india 1746068 (checklist for the amendment rules of 2026)"),
        Source("S121", "deccanherald.com 3772636; nagpurtoday.in (23 October 2025, on the amendment rules of 2025)"),
        Source("S122", "livemint.com (28 October 2022)"),
        OURS,
    ],
    absent=[
        Absent("impossibility", _I, "what is not found is an outcome; no source knows a statement that removal is impossible"),
        Absent("user_notice", _I, "no source says that the user is told of a removal under this rule"),
        Absent("complaint", Basis("IT Rules, 2021, rule 3(2) and 3A: Grievance Officer and Grievance Appellate Committee", "S122", "S"),
               "a user complains to the intermediary's Grievance Officer and then to the Committee; neither is part of the authority's file"),
    ],
    questions=[
        "The gazette's wording of the amendments of 2025 and 2026 was not read.",
        "The rule before 15 November 2025, with 36 hours and without rank, reasons and review, is not in the catalogue.",
        "That the intimation names the specific URL is recalled.",
        "Monthly review is read as within one month of the intimation, by the local day in India. What follows when it finds that "
        "an intimation does not stand is inferred: it loses its effect, and what is down is to be restored.",
        "What follows when it is put back while the intimation or order stands is in no source: here it counts as not complied with.",
        "Whether a request for clarification stops the hours is in no source: here it does not.",
        "The rule on non-consensual intimate images (24 hours, since 20 February 2026 2 hours) and grievances (15 days, now 7; "
        "urgent ones 72 hours, now 36) are times of complaints to the intermediary: no part of this file.",
        "That what is removed is preserved for 180 days is recalled and not modelled.",
    ],
    waivers=[],
)  # fmt: skip

IT_RULES_2026 = IT_RULES_2025.extend(
    id="in.it_rules_3_1_d",
    version="2",
    replace={
        "valid_from": date(2026, 2, 20),
        "valid_to": None,
        "summary": IT_RULES_2025.summary.replace("within 36 hours", "within 3 hours"),
        "obligations": tuple(_remove(3, _3) if o.name == "remove" else o for o in IT_RULES_2025.obligations),
    },
)

__all__ = ["IT_RULES_2025", "IT_RULES_2026", "CourtOrderServed", "Intimated", "Reviewed"]
