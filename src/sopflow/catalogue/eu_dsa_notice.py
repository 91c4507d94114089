"""European Union: Regulation (EU) 2022/2065, Articles 16 and 17, notice and action. Written from the platform's side.

A complaint is answered here in short; its own course, with the settlement out of court, is `eu_dsa_complaint`.
"""

from __future__ import annotations

from typing import Any, final

from attrs import frozen

from ..case import Case
from ..events import (
    Acknowledged,
    Act,
    Closed,
    DeadlineClosed,
    Delivered,
    EffectGiven,
    Event,
    Fact,
    InstrumentReceived,
    Opened,
    Refused,
    Restored,
    Retracted,
    Sent,
    Superseded,
    Withdrawn,
    mandatory,
)
from ..guards import ALL_CONTENTS, IN_PART, all_are, any_is, gives, no_open_clock
from ..procedure import Procedure
from ..rules import (
    STAY,
    Absent,
    Basis,
    Form,
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
from ..terms import Months, WithoutUndueDelay
from ._eu_dsa import (
    APPLIES,
    ART_16_1,
    ART_16_4,
    ART_16_5,
    ART_16_6,
    ART_17,
    ART_20_1,
    ART_20_2,
    ART_20_4,
    ART_20_5,
    ART_20_6,
    ART_22,
    AS_OF,
    INFERRED,
    NOTICE_FIELDS,
    ZONE,
    DecisionUpheld,
    R,
    StatementExempt,
    StatementSubmitted,
    SuspicionReported,
    sources,
)
from ._shared import CLOSED, DOWN, FILE_STATES, NOT_DOWN, OnContents, file_rows, replied, stays

_18 = Basis(R + "Art 18: a threat to life or safety is reported to law enforcement promptly", "S74", "V")
_24_5 = Basis(R + "Art 24(5): the statement goes to the Commission's database", "S83", "V")
_19 = Basis(R + "Art 19: micro and small enterprises are exempt", "S74", "V")

_PENDING = ("submitted", "acknowledged", "priority")
_SETTLED = (*DOWN, "refused", "not_found")
_NOTIFIERS = {"notifier", "trusted_flagger", "platform"}
_OVER = (Retracted, Withdrawn, Superseded)
_RECEIPT = Send(template="receipt", to="notifier", sender="platform", optional=True, basis=ART_16_4)
_STATEMENT = Send(template="statement_of_reasons", to="user", sender="platform", optional=True, basis=ART_17)
_DECISION = Send(template="decision", to="notifier", sender="platform", optional=True, basis=ART_16_5)
_RESTORED = tuple(
    Send(template="restored_notice", to=role, sender="platform", optional=True, basis=INFERRED)
    for role in ("user", "notifier")
)


@final
@frozen(kw_only=True)
class ReasonsStated(OnContents, Act):
    """The reasons of a restriction, where they were not stated with it: Article 17 asks for them then.

    Attributes:
        reason: Facts, ground and how it was decided, as Article 17(3) has them, in the words in which the user is told.
    """

    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True)
class UserUnknown(OnContents, Act):
    """No contact of the user is known to the provider, so Article 17 asks for no statement of reasons to that user."""


def _with_reasons(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    return None if getattr(event, "reason", "") else "it states no reasons: see ReasonsStated"


_SAYS_WHY = Guard("says_why", _with_reasons)
_DONE = all_are(*_SETTLED, "restored")
_UP = all_are("restored", "refused", "not_found")


def _decided(
    on: type[Fact], *sources: str, by: str | set[str] = "platform", also: tuple[Guard, ...] = ()
) -> tuple[Transition, ...]:
    """Return the rows by which the last decision about a content ends the assessment."""
    done = (*also, _DONE)
    return (
        Transition(on=on, source=sources, target="restricted", by=by, guards=(*done, any_is(*DOWN)), sends=_DECISION, basis=ART_16_6),
        Transition(on=on, source=_PENDING, target="no_action", by=by, guards=done, sends=_DECISION, basis=ART_16_6),
    )  # fmt: skip


DSA_NOTICE_ACTION = Procedure(
    id="eu.dsa_notice_action",
    version="1",
    title="Notice and action",
    jurisdiction="EU",
    acting="platform",
    valid_from=APPLIES,
    as_of=AS_OF,
    summary="A notice is confirmed, decided and answered; the user whose content is restricted gets a statement of reasons "
    "at the latest when it is restricted. The law sets no number of hours: nothing here is a breach, everything reminds. "
    "User and notifier may complain for six months, and the file stays open as long.",
    roles=[
        Role(name="notifier", side="reporter", basis=ART_16_1, label="Notifier"),
        Role(name="trusted_flagger", side="reporter", basis=ART_22, label="Trusted flagger (party as notifier, too)"),
        Role(name="platform", side="platform", basis=ART_16_6, label="Hosting provider"),
        Role(name="reviewer", side="platform", basis=ART_20_6, label="Qualified staff who handle complaints"),
        Role(name="user", side="user", basis=ART_17, label="Recipient of the service whose content it is"),
        Role(name="law_enforcement", side="authority", basis=_18),
    ],
    opened_by={"notifier", "trusted_flagger", "platform"},
    opened_with="notice",
    initial="submitted",
    states=[
        State(name="submitted", phase="intake", waits_for="platform", basis=ART_16_1, label="Notice received"),
        State(name="priority", phase="assessment", waits_for="platform", basis=ART_22, label="Notice of a trusted flagger: decided first"),
        State(name="acknowledged", phase="assessment", waits_for="platform", basis=ART_16_4, label="Receipt confirmed"),
        State(name="restricted", phase="compliance", basis=ART_17, label="Restricted"),
        State(name="no_action", phase="compliance", basis=ART_16_5, label="No action"),
        State(name="retracted", phase="closed", final=True, basis=INFERRED, label="Notice taken back"),
        State(name="restored", phase="closed", final=True, basis=ART_20_4, label="Restriction reversed"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Opened, source="submitted", target="priority", by="trusted_flagger", sends=_RECEIPT, basis=ART_22),
        Transition(on=Opened, source="submitted", target=STAY, by={"notifier", "platform"}, sends=_RECEIPT, basis=ART_16_4),
        Transition(on=Sent, of="receipt", source="submitted", target="acknowledged", by={"platform", "system"}, basis=ART_16_4),
        Transition(on=EffectGiven, source=(*_PENDING, "no_action"), target="restricted", by="platform",
                   guards=(_DONE, any_is(*DOWN), gives(*DOWN), _SAYS_WHY), sends=(_STATEMENT, _DECISION), basis=ART_16_6),
        *_decided(EffectGiven, *_PENDING, "no_action"),
        stays(EffectGiven, "platform", ART_17, guards=(gives(*DOWN), _DONE, _SAYS_WHY), sends=(_STATEMENT, _DECISION)),
        stays(EffectGiven, "platform", ART_17, guards=(gives(*DOWN), _DONE), sends=_DECISION),
        stays(EffectGiven, "platform", ART_17, guards=(gives(*DOWN), _SAYS_WHY), sends=_STATEMENT),
        stays(EffectGiven, "platform", ART_16_6),
        *_decided(Refused, *_PENDING),
        Transition(on=Refused, source="restricted", target="no_action", by="platform", guards=_UP, sends=_DECISION, basis=ART_16_6),
        stays(Refused, "platform", ART_16_6, guards=_DONE, sends=_DECISION),  # a decision that was changed is told, too
        stays(Refused, "platform", ART_16_6),
        Transition(on=Retracted, source=_PENDING, target="retracted", by=_NOTIFIERS, guards=ALL_CONTENTS, basis=INFERRED),
        *_decided(Retracted, *_PENDING, by=_NOTIFIERS, also=(IN_PART,)),  # the rest is decided
        stays(Retracted, _NOTIFIERS, INFERRED),
        stays(ReasonsStated, "platform", ART_17, guards=any_is(*DOWN), sends=_STATEMENT),
        stays(StatementSubmitted, "platform", _24_5),
        stays(StatementExempt, "platform", _19),
        stays(UserUnknown, "platform", ART_17),
        stays(SuspicionReported, "platform", _18,
              sends=Send(template="suspicion", to="law_enforcement", sender="platform", basis=_18)),
        stays(InstrumentReceived, {"user", *_NOTIFIERS}, ART_20_1, "complaint"),
        *(Transition(on=DecisionUpheld, source=("restricted", "no_action"), target=STAY, by="reviewer", basis=ART_20_4, guards=guards, sends=sends)
          for guards, sends in replied("complaint_reply", "notifier", ART_20_5)),
        *(Transition(on=Restored, source="restricted", target="restored", by={"platform", "reviewer"}, sends=_RESTORED, basis=ART_20_4,
                     guards=(*over, no_open_clock("handle_complaint")))
          for over in ((all_are("restored"),), (_UP, no_open_clock("complain_notifier")))),
        # What was refused may be complained of for six months, so the file cannot end with what is back.
        Transition(on=Restored, source="restricted", target="no_action", by={"platform", "reviewer"}, sends=_RESTORED, basis=ART_20_1,
                   guards=(_UP, no_open_clock("handle_complaint"))),
        stays(Restored, {"platform", "reviewer"}, ART_20_4, sends=_RESTORED),
        *(stays(DeadlineClosed, "system", ART_20_2, f"complain_{who}") for who in ("user", "notifier")),
        Transition(on=Closed, source=("restricted", "no_action"), target="closed", by="platform", basis=ART_20_1,
                   guards=tuple(no_open_clock(name) for name in ("state_reasons", "complain_user", "complain_notifier", "handle_complaint"))),
        *file_rows("platform"),
    ],
    obligations=[
        Obligation(name="confirm_receipt", owner="platform", term=WithoutUndueDelay(24), basis=ART_16_4, starts=Opened,
                   meets=(On(Sent, "receipt"), On(Sent, "decision")), cancels=_OVER, label="Confirm receipt"),
        Obligation(name="decide", owner="platform", term=WithoutUndueDelay(24, "in a timely manner"), per_content=True, basis=ART_16_6,
                   starts=Opened, meets=(On(EffectGiven, outcomes=_SETTLED), Refused), cancels=_OVER, label="Decide"),
        Obligation(name="tell_notifier", owner="platform", term=WithoutUndueDelay(24), repeats=True, basis=ART_16_5,
                   starts=(EffectGiven, Refused), meets=On(Sent, "decision"), cancels=(*_OVER, Closed), label="Tell the notifier"),
        Obligation(name="state_reasons", owner="platform", per_content=True, repeats=True, basis=ART_17,
                   term=WithoutUndueDelay(1, "at the latest when the restriction is imposed"), starts=On(EffectGiven, outcomes=DOWN),
                   meets=On(Sent, "statement_of_reasons"), cancels=(UserUnknown, Withdrawn, Superseded), label="Statement of reasons to the user"),
        Obligation(name="submit_statement", owner="platform", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=_24_5, starts=On(EffectGiven, outcomes=DOWN),
                   meets=StatementSubmitted, cancels=(StatementExempt, Withdrawn, Superseded), label="Statement to the Commission's database"),
        # From the sending where no more is known, and from the delivery where that is proved: the user is not to lose a day.
        # Of several decisions the last that was told counts, so that the time for none is over too early.
        Obligation(name="complain_user", kind="right", owner="user", term=Months(6, ZONE), per_content=True, basis=ART_20_2,
                   starts=On(Sent, "statement_of_reasons"),
                   restarts=tuple(On(event, "statement_of_reasons") for event in (Sent, Delivered, Acknowledged)), label="Complain"),
        Obligation(name="complain_notifier", kind="right", owner="notifier", term=Months(6, ZONE), basis=ART_20_2,
                   starts=On(Sent, "decision"), restarts=tuple(On(event, "decision") for event in (Sent, Delivered, Acknowledged)), label="Complain"),
        Obligation(name="handle_complaint", owner="platform", term=WithoutUndueDelay(72, "in a timely manner"), per_content=True, repeats=True,
                   basis=ART_20_4,
                   starts=On(InstrumentReceived, "complaint"), meets=(DecisionUpheld, Restored, On(EffectGiven, outcomes=DOWN, where=NOT_DOWN)),
                   cancels=(Withdrawn, Superseded), label="Handle the complaint"),
        Obligation(name="tell_complainant", owner="platform", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=ART_20_5,
                   starts=DecisionUpheld, meets=On(Sent, "complaint_reply"), cancels=(Withdrawn, Superseded, Closed),
                   label="Tell the complainant the reasoned decision and the redress"),
        Obligation(name="restore", kind="reminder", owner="platform", term=WithoutUndueDelay(72), per_content=True, basis=INFERRED,
                   starts=On(Retracted, where=DOWN), meets=(Restored, DecisionUpheld), cancels=(Withdrawn, Superseded, Closed),
                   label="Decide whether to restore what nobody reports any more"),
    ],
    forms=[
        Form(
            instrument="notice",
            fields=NOTICE_FIELDS,
        ),
    ],
    templates=[
        Template("receipt", "Your notice $case was received", "We have received your notice about:\n\n$contents\n"),
        Template("decision", "Decision on your notice $case",
                 "This was decided:\n\n$contents\n\n$reason\n\nYou may complain to us for six months, turn to a certified body for "
                 "settlement out of court, or go to court.\n"),
        Template("statement_of_reasons", "Statement of reasons, case $case",
                 "Your content was restricted after a notice:\n\n$concerned\n\n$reason\n\nYou may complain to us for six months, turn to "
                 "a certified body for settlement out of court, or go to court.\n"),
        Template("complaint_reply", "Decision on your complaint, case $case",
                 "The decision about the following stands:\n\n$concerned\n\n$reason\n\nYou may turn to a certified body for settlement "
                 "out of court, or go to court.\n"),
        Template("restored_notice", "Restriction reversed, case $case", "The restriction of the following was reversed:\n\n$concerned\n"),
        Template("suspicion", "Suspicion of an offence that threatens life or safety, case $case", "$contents\n\n$reason\n"),
    ],
    sources=sources("S73", "S74", "S75", "S78", "S83"),
    absent=[
        Absent("clarification", Basis(R + "Art 16 is silent", "S73", "I"),
               "the law gives the notifier one notice; one that says too little gives no actual knowledge"),
        Absent("impossibility", Basis(R + "Art 16 is silent", "S73", "I"),
               "there is no duty to remove in this article that could be impossible to fulfil"),
    ],
    questions=[
        "Of the restrictions that the Commission's database knows (source S83, V) only the removal of content and the disabling "
        "of access to it are modelled. Other limits of visibility, and decisions about payments, the service and the account, are absent.",
        "Which day counts as that on which a user is informed is not said; here the proved delivery, else the sending.",
        "Whether six months are counted by the local day of the platform or of the user is not said; here it is Brussels.",
        "Name and e-mail address are mandatory except for offences of child sexual abuse; the form cannot know which it is, "
        "so it asks for neither as mandatory.",
        "The Art 17 elements of the statement are those of the Commission's database; they are no form of this procedure. That "
        "reasons are stated is kept; whether they have every element of Art 17(3) is for who writes them.",
    ],
    waivers=[
        Waiver("order-decides", "transition Restored from restricted",
               "the file ends only where nothing is left that may be complained of: the special case stands first"),
        Waiver("unconfirmed-message", "*", "Articles 16 to 18 ask nobody to confirm receipt of what the platform sends"),
    ],
)  # fmt: skip

__all__ = [
    "DSA_NOTICE_ACTION",
    "DecisionUpheld",
    "ReasonsStated",
    "StatementExempt",
    "StatementSubmitted",
    "SuspicionReported",
    "UserUnknown",
]
