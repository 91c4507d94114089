"""Australia: Online Safety Act 2021, removal notices for intimate images and cyber-abuse of adults. The Commissioner's file.

Sections 77 and 88 address the provider of a service, 78 and 89 the end-user who posted: one addressee is one case.
Cyber-bullying of children and class 1 material have notices of their own and are no part of this.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, final

from attrs import frozen

from ..case import Case
from ..events import (
    Act,
    Closed,
    DeadlineBreached,
    DeadlineOpened,
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
    Sent,
    Superseded,
    Withdrawn,
)
from ..guards import all_are, any_is, happened, window_open
from ..procedure import Procedure
from ..records import personal
from ..rules import (
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
    Waiver,
)
from ..terms import Hours, Window, WithoutUndueDelay
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
    restored,
    stays,
    up_again,
    void_states,
    voids,
)


@final
@frozen(kw_only=True)
class ComplainedToService(Fact):
    """The person complained to the provider of the service; `at` is when. Sections 88 and 89 wait 48 hours from it."""


@final
@frozen(kw_only=True)
class RemovalNoticeGiven(Act):
    """The Commissioner gives a removal notice.

    Attributes:
        section: "77" or "88" to the provider, "78" or "89" to the end-user.
        reference: The notice's number.
    """

    section: str = choice("77", "78", "88", "89")
    reference: str = ""

    def of(self) -> str:
        """Return the section."""
        return self.section


@final
@frozen(kw_only=True)
class FormalWarningGiven(Act):
    """A formal warning goes to who did not comply: section 92."""

    reference: str = ""


@final
@frozen(kw_only=True)
class NonCompliancePublished(Act):
    """A statement that the provider did not comply is published: section 93."""

    reference: str = ""


@final
@frozen(kw_only=True)
class PenaltySought(Act):
    """A civil penalty is sought: section 91."""

    reference: str = ""


@final
@frozen(kw_only=True)
class ReviewDecided(Fact):
    """The Tribunal has decided: "affirmed" or "set_aside".

    Attributes:
        finding: What it found.
        reason: Why.
    """

    voids: ClassVar[tuple[str, ...]] = ("set_aside",)

    finding: str = choice("affirmed", "set_aside")
    reason: str = personal(default="")

    def of(self) -> str:
        """Return the finding."""
        return self.finding


_O = "Online Safety Act 2021 (Cth) "
_COMPLAINT = Basis(_O + "s. 77(1)(b), 88(1)(e): a complaint (s. 32, 36) or an objection notice (s. 33)", "S100", "V")
_ABUSE = Basis(
    _O + "s. 88(1)(c), (d): complained of to the provider, and not removed within 48 hours, or longer as allowed", "S100", "V"
)  # fmt: skip
_77 = Basis(_O + "s. 77(1): a written removal notice to the provider, intimate image", "S100", "V")
_78 = Basis(_O + "s. 78(1): a written removal notice to the end-user, intimate image", "S100", "V")
_88 = Basis(_O + "s. 88(1): a written removal notice to the provider, cyber-abuse of an adult", "S100", "V")
_89 = Basis(_O + "s. 89(1): a written removal notice to the end-user, cyber-abuse of an adult", "S100", "V")
_24 = Basis(
    _O + "s. 77(1)(f), 78(1)(g), 88(1)(g), 89(1)(h): within 24 hours after the notice was given, or longer as allowed",
    "S100", "V",
)  # fmt: skip
_2 = Basis(
    _O + "s. 77(2), 78(2), 88(2), 89(2): the material is identified so that the notice can be complied with",
    "S100",
    "V",
)
_3 = Basis(_O + "s. 77(3), 78(3), 88(3), 89(3): written notice of a refusal, to the complainant", "S100", "V")
_91 = Basis(_O + "s. 91: civil penalty for not complying with a notice under s. 88 or 89", "S100", "V")
_CAPABLE = Basis(_O + "s. 91: to comply to the extent that one is capable of it", "S100", "M")
_92 = Basis(_O + "s. 92: formal warning, of the Part on cyber-abuse of an adult", "S100", "V")
_92_I = Basis(_O + "s. 92: formal warning, taken to follow a notice about an intimate image, too", "S100", "I")
_93 = Basis(_O + "s. 93: service provider notifications", "S100", "V")
_220 = Basis(_O + "s. 220(2)-(5): review by the Administrative Review Tribunal", "s220", "V")
_I = Basis("not in the Act; follows from it", "S100", "I")
_CHOICE = Basis("the Act gives no waiting time here; it is our choice", "S100", "I")

_GIVEN = ("given", "given_to_user", "overdue", "warned", "penalty_sought")
_ADDRESSEES = {"platform", "user"}
_NOT_DONE = On(EffectGiven, outcomes=("refused", "impossible"))
_DONE = On(EffectGiven, outcomes=(*DOWN, "not_found"))  # a refusal is an answer, and no compliance
_SET_ASIDE = On(ReviewDecided, "set_aside")
_OVER = (OrderVoided, _SET_ASIDE, Withdrawn, Superseded)
_NOTICES = (("77", "platform", _77), ("78", "user", _78), ("88", "platform", _88), ("89", "user", _89))
_WAITED = window_open("service_complaint")
_OUTCOME = Send(template="outcome", to="complainant", sender="authority", optional=True, basis=_I)
_VOID = tuple(
    Send(template="void", to=role, sender="authority", ack_within=Hours(24), proved_by=(Restored,), optional=True, basis=_I)
    for role in ("platform", "user")
)  # fmt: skip


def _under(section: str) -> Guard:
    """The notice of this case was given under this section."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        given = any(h.event == RemovalNoticeGiven.name and h.of == section for h in view.happenings)
        return None if given else f"no notice under section {section} was given"

    return Guard(f"given_under({section})", test)


def _given(section: str, to: str, basis: Basis) -> Transition:
    """Return the row by which a notice under this section is given to its addressee."""
    template, target = ("removal_notice", "given") if to == "platform" else ("end_user_notice", "given_to_user")
    return Transition(
        on=RemovalNoticeGiven, of=section, source="received", target=target, by="authority", basis=basis,
        guards=_WAITED if section in ("88", "89") else (),
        sends=Send(template=template, to=to, sender="authority", ack_within=Hours(24), reminders=1, basis=_CHOICE, until=_OVER,
                   proved_by=(EffectGiven, Refused, ImpossibilityStated)),
    )  # fmt: skip


OSA_REMOVAL_NOTICE = Procedure(
    id="au.osa_removal_notice",
    version="1",
    title="Online Safety Act: removal notice",
    jurisdiction="AU",
    acting="authority",
    as_of=date(2026, 11, 28),
    summary="After a complaint or an objection notice the eSafety Commissioner gives a written removal notice, or a written "
    "refusal to who complained. The material is to be removed within 24 hours after the notice was given, or a longer time "
    "that the Commissioner allows. For cyber-abuse of an adult a notice is possible only where the provider of the service "
    "was complained to and has not removed it within 48 hours. The Administrative Review Tribunal reviews it.",
    roles=[
        Role(name="complainant", side="reporter", basis=_COMPLAINT, label="Who complained, or gave an objection notice"),
        Role(name="authority", side="authority", basis=_77, label="eSafety Commissioner"),
        Role(name="platform", side="platform", basis=_77, label="Provider of the service"),
        Role(name="user", side="user", basis=_78, label="End-user who posted"),
        Role(name="tribunal", side="court", basis=_220, label="Administrative Review Tribunal"),
    ],
    opened_by={"complainant", "authority"},
    opened_with="notice",
    initial="received",
    states=[
        State(name="received", phase="assessment", waits_for="authority", basis=_COMPLAINT, label="Complaint or objection notice received"),
        State(name="refused", phase="closed", final=True, basis=_3, label="No notice is given: complainant told in writing"),
        State(name="given", phase="notice", waits_for="platform", basis=_24, label="Removal notice given: 24 hours"),
        State(name="given_to_user", phase="notice", waits_for="user", basis=_24, label="Removal notice given to the end-user: 24 hours"),
        State(name="overdue", phase="escalation", waits_for="authority", basis=_24, label="Not removed in time"),
        State(name="warned", phase="escalation", waits_for="authority", basis=_92, label="Formal warning given"),
        State(name="penalty_sought", phase="escalation", waits_for="authority", basis=_91, label="Civil penalty sought"),
        State(name="complied", phase="compliance", basis=_24, label="Removed, or not there"),
        State(name="not_complied", phase="compliance", waits_for="authority", basis=_24, label="Answered, and not all removed"),
        *void_states(_220, _I),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        stays(ComplainedToService, {"complainant", "authority", "platform"}, _ABUSE),
        stays(DeadlineOpened, "system", _ABUSE, "service_complaint"),
        *(_given(section, to, basis) for section, to, basis in _NOTICES),
        Transition(on=Rejected, source="received", target="refused", by="authority", basis=_3,
                   sends=Send(template="refusal", to="complainant", sender="authority", ack_within=Hours(24), optional=True, basis=_3)),
        # What comes down before a notice is given settles the matter without one.
        Transition(on=EffectGiven, source="received", target="complied", by=_ADDRESSEES, guards=all_are(*DOWN, "not_found"), basis=_I),
        *(row for event in (EffectGiven, Refused, ImpossibilityStated)
          for row in answered(event, _ADDRESSEES, _24, waiting=_GIVEN, sends=_OUTCOME)),
        *(Transition(on=DeadlineBreached, of=name, source=source, target="overdue", by="system", basis=_24)
          for name, source in (("remove", "given"), ("remove_by_user", "given_to_user"))),
        *(overdue(name, _24) for name in ("remove", "remove_by_user")),
        *(overdue(f"receipt:{name}", _CHOICE) for name in ("removal_notice", "end_user_notice", "refusal", "void")),
        *(Transition(on=FormalWarningGiven, source=("overdue", "not_complied"), target="warned", by="authority", basis=basis, guards=guard,
                     sends=Send(template="warning", to=to, sender="authority", optional=True, basis=basis))
          for to, guard, basis in (("platform", _under("88"), _92), ("user", _under("89"), _92),
                                   ("platform", _under("77"), _92_I), ("user", _under("78"), _92_I))),
        stays(NonCompliancePublished, "authority", _93, guards=any_is("pending", "refused", "impossible", "clarifying")),
        Transition(on=PenaltySought, source=("overdue", "not_complied", "warned"), target="penalty_sought", by="authority", basis=_91),
        *clarifying(_ADDRESSEES, "authority", "platform", _2, _CHOICE, EffectGiven, Refused, optional=True, until=_OVER),
        stays(InstrumentReceived, {"platform", "user", "complainant", "authority"}, _220, "complaint", label="Application for review"),
        stays(ReviewDecided, {"tribunal", "authority", "platform", "user"}, _220, "affirmed"),
        *voids(ReviewDecided, {"tribunal", "authority", "platform", "user"}, _220, "set_aside", before="received",
               after=(*_GIVEN, "complied", "not_complied"), tell=_VOID),
        *voids(OrderVoided, "authority", _I, before="received", after=(*_GIVEN, "complied", "not_complied"), tell=_VOID, waiting=_GIVEN),
        Transition(on=Restored, source="complied", target="received", by=_ADDRESSEES, guards=(any_is("restored"), happened("RemovalNoticeGiven", negate=True)),
                   basis=_I, label="It is up again, and no notice was given"),
        *up_again(_ADDRESSEES, _I),
        *restored(_ADDRESSEES, _I),
        closing_row("authority", "complied", "not_complied", "overdue", "warned", "penalty_sought", "voided"),
        *file_rows("authority"),
    ],
    obligations=[
        Obligation(name="service_complaint", kind="right", owner="authority", term=Window(opens=Hours(48)), basis=_ABUSE,
                   starts=ComplainedToService, label="Cyber-abuse: a notice is possible 48 hours after the complaint to the service"),
        Obligation(name="decide", kind="reminder", owner="authority", term=WithoutUndueDelay(72), basis=_CHOICE, starts=Opened,
                   meets=(RemovalNoticeGiven, Rejected), cancels=(*_OVER, EffectGiven), label="Give a notice, or refuse in writing"),
        *(Obligation(name=name, owner=who, term=Hours(24), per_content=True, basis=_24, starts=On(Sent, template), meets=_DONE,
                     cancels=(*_OVER, Closed), label=f"Removal by the {label}, 24 hours after the notice was given")
          for name, who, template, label in (("remove", "platform", "removal_notice", "provider"),
                                             ("remove_by_user", "user", "end_user_notice", "end-user"))),
        Obligation(name="follow_up", kind="reminder", owner="authority", term=WithoutUndueDelay(72), per_content=True, repeats=True, basis=_CHOICE,
                   starts=(On(DeadlineBreached, "remove", where=UP), On(DeadlineBreached, "remove_by_user", where=UP), Refused, ImpossibilityStated,
                           _NOT_DONE, Restored),
                   meets=(_DONE, FormalWarningGiven, PenaltySought), cancels=(*_OVER, Closed),
                   label="Decide what follows non-compliance"),
        # What was decided does not take the material down: somebody goes on looking at it.
        Obligation(name="follow_on", kind="reminder", owner="authority", term=WithoutUndueDelay(72), per_content=True, repeats=True, basis=_CHOICE,
                   starts=(On(FormalWarningGiven, where=UP), On(PenaltySought, where=UP)), meets=_DONE, cancels=(*_OVER, Closed),
                   label="See that it is removed after all, or decide what follows"),
        Obligation(name="restore", kind="reminder", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=_I,
                   starts=(On(OrderVoided, where=DOWN), On(ReviewDecided, "set_aside", where=DOWN)), meets=Restored,
                   cancels=(Withdrawn, Superseded, Closed), label="Restore what may be restored"),
    ],
    forms=[
        Form(
            instrument="notice",
            fields=[
                FormField("ground", _COMPLAINT, "Complaint or objection notice", choices=("section_32", "section_33", "section_36")),
                FormField("material", _2, "The material, so that a notice about it can be complied with"),
                FormField("complained_to_service", _ABUSE, "When the provider was complained to (cyber-abuse)", required=False, kind="instant"),
            ],
        ),
    ],
    templates=[
        Template("removal_notice", "Removal notice, case $case",
                 "You are required to take all reasonable steps to ensure the removal of the following within 24 hours after this notice "
                 "was given:\n\n$contents\n\n$reference\n\n$confirm\n"),
        Template("end_user_notice", "Removal notice to an end-user, case $case",
                 "You posted the following. You are required to take all reasonable steps to ensure its removal within 24 hours after "
                 "this notice was given:\n\n$contents\n\n$reference\n\n$confirm\n"),
        Template("refusal", "No removal notice is given, case $case",
                 "The Commissioner has decided not to give a removal notice about:\n\n$contents\n\n$reason\n\n$confirm\n"),
        Template("warning", "Formal warning, case $case", "You have not complied with a removal notice about:\n\n$contents\n\n$reference\n"),
        Template("outcome", "Your complaint $case", "This has become of what you complained about:\n\n$contents\n"),
        Template("void", "The removal notice in case $case has no effect", "It was set aside or revoked as to the following:\n\n$concerned\n\n$confirm\n"),
        CLARIFICATION,
    ],
    sources=[
        Source("S100", "worldlii and austlii, Online Safety Act 2021 s. 77, 78, 88, 89; parlinfo r6680 (s. 91 to 93)"),
        Source("s220", "worldlii, Online Safety Act 2021 s. 220"),
        Source("S101", "infrastructure.gov.au, current online safety legislation; lsc.sa.gov.au"),
        OURS,
    ],
    questions=[
        "Since when these sections have been in force was not verified; the Act is of 2021.",
        "Whether a notice is given when it leaves or when it arrives is not in the sections; here it is given when it is sent.",
        "A longer time for removal is a later limit (`Extended`). A longer waiting time than the 48 hours of s. 88(1)(d) is not "
        "computed: an officer who allows it waits by hand.",
        "To comply to the extent that one is capable of it is recalled; the sections on intimate images were not read on it.",
        "Section 220(2) names reviews of notices to providers; review of those to end-users (s. 78, 89) was not read, nor was the "
        "time for an application. An internal review scheme (s. 220A) is known from the Bill's amendments.",
        "Sections 91 to 93 are those on cyber-abuse; the same consequences are taken to follow a notice about an intimate image.",
        "What follows when material is put back while the notice stands is not in the sections read: here it counts as not complied with.",
        "Up to 500 penalty units; the amount is no part of this file.",
        "Whether revoked or set-aside material must be restored is not said; the reminder asks for a decision.",
    ],
    waivers=[
        Waiver("unconfirmed-message", "send outcome", "it only tells the complainant what is known"),
        Waiver("unconfirmed-message", "send warning", "section 92 asks nobody to confirm a formal warning"),
        Waiver("unheard-answer", "fact CourtActionNotified", "what was read of the Act knows review by the Tribunal (ReviewDecided), and no action of the addressee in court"),
    ],
)  # fmt: skip

__all__ = [
    "OSA_REMOVAL_NOTICE", "ComplainedToService", "FormalWarningGiven", "NonCompliancePublished", "PenaltySought",
    "RemovalNoticeGiven", "ReviewDecided",
]  # fmt: skip
