"""Regulation (EU) 2022/2065, Articles 16 and 20 from the notifier's side: from the notice to the answer to a complaint.

`eu.dsa_notice_action` is the provider's file of the same notice.
"""

from __future__ import annotations

from typing import final

from attrs import frozen

from ..events import (
    Acknowledged,
    Act,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    DeadlineBreached,
    DeadlineClosed,
    Delivered,
    EffectGiven,
    Fact,
    ImpossibilityStated,
    Issued,
    Opened,
    Refused,
    Restored,
    Retracted,
    Superseded,
    Withdrawn,
    mandatory,
)
from ..guards import IN_PART, SOMETHING_LEFT, all_are, any_is, ladder_exhausted, no_open_clock, open_clock
from ..procedure import Procedure
from ..records import personal
from ..rules import (
    ANY_OPEN,
    STAY,
    Absent,
    Basis,
    Form,
    FormField,
    Obligation,
    On,
    Role,
    Send,
    State,
    Template,
    Transition,
    Waiver,
)
from ..terms import Hours, Months, WithoutUndueDelay
from ._eu_dsa import (
    APPLIES,
    ART_16_1,
    ART_16_4,
    ART_16_5,
    ART_16_6,
    ART_20_1,
    ART_20_2,
    ART_20_4,
    ART_20_5,
    ART_22,
    AS_OF,
    INFERRED,
    NOTICE_FIELDS,
    OUR_CHOICE,
    ZONE,
    R,
    sources,
)
from ._shared import CLARIFICATION, CLOSED, DOWN, FILE_STATES, UP, OnContents, clarifying, closing_row, file_rows


@final
@frozen(kw_only=True)
class ComplaintLodged(OnContents, Act):
    """The notifier complains to the provider about its decision: Article 20(1).

    Attributes:
        reason: Why the decision is wrong.
    """

    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True)
class ComplaintRejected(OnContents, Fact):
    """The provider's decision stands; its reasoned answer: Article 20(5).

    Attributes:
        reason: As the provider gives it.
    """

    reason: str = personal(default="")


_SETTLED = (*DOWN, "not_found", "refused", "impossible")
_SENT = ("sent", "received", "unanswered")
_DECIDED = ("acted_on", "not_acted_on", "complained")
_OVER = (Retracted, Withdrawn, Superseded)
_ANSWERS = (EffectGiven, Refused, ImpossibilityStated)
_CONTESTABLE = (
    On(EffectGiven, outcomes=("not_found", "refused", "impossible")),
    Refused,
    ImpossibilityStated,
    Restored,
)
_COMPLAINT = Send(
    template="complaint",
    to="platform",
    sender="notifier",
    ack_within=Hours(24),
    reminders=1,
    until=Retracted,
    basis=OUR_CHOICE,
    proved_by=(*_ANSWERS, ComplaintRejected),
)
_RETRACTION = Send(
    template="retraction",
    to="platform",
    sender="notifier",
    ack_within=Hours(24),
    proved_by=(Restored,),
    basis=OUR_CHOICE,
)


def _decided(on: type[Fact]) -> tuple[Transition, ...]:
    """Return the rows by which the provider's last decision about a content is the answer to the notice."""
    done = all_are(*_SETTLED)
    return (
        Transition(on=on, source=(*_SENT, "not_acted_on", "complained"), target="acted_on", by="platform", basis=ART_16_5,
                   guards=(done, any_is(*DOWN), no_open_clock("handle_complaint"))),
        Transition(on=on, source=_SENT, target="complained", by="platform", guards=(done, open_clock("handle_complaint")), basis=ART_16_5),
        Transition(on=on, source=_SENT, target="not_acted_on", by="platform", guards=done, basis=ART_16_5),
        Transition(on=on, source=ANY_OPEN, target=STAY, by="platform", basis=ART_16_5),
    )  # fmt: skip


DSA_NOTICE_ACTION_NOTIFIER = Procedure(
    id="eu.dsa_notice_action.notifier",
    version="1",
    title="Notice and action: the notifier's file",
    jurisdiction="EU",
    acting="notifier",
    valid_from=APPLIES,
    as_of=AS_OF,
    summary="A notice with what Article 16(2) asks for goes to the provider and is tracked until its receipt is confirmed. What "
    "the provider decides is recorded content by content. The notifier may complain about a decision for six months, and "
    "takes back a notice that was wrong. The law sets no number of hours for the provider: everything reminds.",
    roles=[
        Role(name="notifier", side="reporter", basis=ART_16_1, label="Notifier, a trusted flagger or anybody else"),
        Role(name="platform", side="platform", basis=ART_16_6, label="Hosting provider"),
    ],
    opened_by={"notifier"},
    opened_with="notice",
    initial="drafted",
    states=[
        State(name="drafted", phase="assessment", waits_for="notifier", basis=ART_16_1, label="Notice drafted"),
        State(name="sent", phase="notice", waits_for="platform", basis=ART_16_1, label="Notice sent"),
        State(name="received", phase="compliance", waits_for="platform", basis=ART_16_4, label="Receipt confirmed"),
        State(name="unanswered", phase="escalation", waits_for="notifier", basis=OUR_CHOICE, label="Nobody confirms receipt"),
        State(name="acted_on", phase="compliance", basis=ART_16_5, label="Removed or disabled"),
        State(name="not_acted_on", phase="redress", basis=ART_16_5, label="No action: open to a complaint"),
        State(name="complained", phase="redress", waits_for="platform", basis=ART_20_1, label="Complaint lodged"),
        State(name="retracted", phase="redress", waits_for="platform", basis=INFERRED, label="Notice taken back"),
        State(name="restored", phase="closed", final=True, basis=INFERRED, label="Restored"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Issued, source="drafted", target="sent", by="notifier", guards=SOMETHING_LEFT, basis=ART_16_1,
                   sends=Send(template="notice", to="platform", sender="notifier", ack_within=Hours(24), reminders=1, until=Retracted, basis=OUR_CHOICE,
                              proved_by=(*_ANSWERS, ClarificationRequested))),
        *(Transition(on=event, of="notice", source=("sent", "unanswered"), target="received", by={"platform", "notifier", "system"}, basis=ART_16_4)
          for event in (Delivered, Acknowledged)),
        Transition(on=DeadlineBreached, of="receipt:notice", source="sent", target="unanswered", by="system",
                   guards=ladder_exhausted("notice"), basis=OUR_CHOICE),
        *(row for event in _ANSWERS for row in _decided(event)),
        *clarifying("platform", "notifier", "platform", INFERRED, OUR_CHOICE, *_ANSWERS, until=Retracted),
        Transition(on=ComplaintLodged, source=_DECIDED, target="complained", by="notifier", sends=_COMPLAINT, basis=ART_20_1),
        Transition(on=ComplaintLodged, source=_SENT, target=STAY, by="notifier", sends=_COMPLAINT, basis=ART_20_1),
        Transition(on=DeadlineBreached, of="receipt:complaint", source=ANY_OPEN, target=STAY, by="system", basis=OUR_CHOICE),
        Transition(on=ComplaintRejected, source="complained", target="acted_on", by="platform", basis=ART_20_5,
                   guards=(no_open_clock("handle_complaint"), any_is(*DOWN))),
        Transition(on=ComplaintRejected, source="complained", target="not_acted_on", by="platform", basis=ART_20_5,
                   guards=no_open_clock("handle_complaint")),
        Transition(on=ComplaintRejected, source=ANY_OPEN, target=STAY, by="platform", basis=ART_20_5),
        Transition(on=DeadlineClosed, of="complain", source=ANY_OPEN, target=STAY, by="system", basis=ART_20_2),
        Transition(on=Retracted, source=(*_SENT, "complained"), target="acted_on", by="notifier", basis=INFERRED, sends=_RETRACTION,
                   guards=(IN_PART, all_are(*_SETTLED), any_is(*DOWN), no_open_clock("handle_complaint"))),
        Transition(on=Retracted, source=(*_SENT, *_DECIDED), target=STAY, by="notifier", guards=IN_PART, basis=INFERRED, sends=_RETRACTION),
        Transition(on=Retracted, source=(*_SENT, *_DECIDED), target="retracted", by="notifier", basis=INFERRED, sends=_RETRACTION),
        Transition(on=Retracted, source=ANY_OPEN, target=STAY, by="notifier", basis=INFERRED),
        Transition(on=DeadlineBreached, of="receipt:retraction", source=ANY_OPEN, target=STAY, by="system", basis=OUR_CHOICE),
        Transition(on=Restored, source="retracted", target="restored", by="platform", basis=INFERRED,
                   guards=all_are("restored", "refused", "impossible", "not_found", "pending", "clarifying")),
        Transition(on=Restored, source="acted_on", target="not_acted_on", by="platform", basis=ART_20_4,
                   guards=all_are("restored", "refused", "impossible", "not_found")),
        Transition(on=Restored, source=ANY_OPEN, target=STAY, by="platform", basis=ART_20_4),
        closing_row("notifier", "unanswered", "acted_on", "not_acted_on", "retracted"),
        *file_rows("notifier"),
    ],
    obligations=[
        Obligation(name="issue", kind="reminder", owner="notifier", term=WithoutUndueDelay(24), basis=OUR_CHOICE, starts=Opened,
                   meets=Issued, cancels=_OVER, label="Send, or withdraw the draft"),
        Obligation(name="decide", owner="platform", term=WithoutUndueDelay(72, "in a timely manner"), per_content=True, basis=ART_16_6,
                   starts=(On(Delivered, "notice"), On(Acknowledged, "notice")), meets=_ANSWERS, cancels=(*_OVER, Closed), label="Decide, and say so"),
        Obligation(name="clarify", kind="reminder", owner="notifier", term=WithoutUndueDelay(24), repeats=True, per_content=True, basis=OUR_CHOICE,
                   starts=ClarificationRequested, meets=ClarificationGiven, cancels=(*_OVER, Closed), label="Clarify"),
        Obligation(name="follow_up", kind="reminder", owner="notifier", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=OUR_CHOICE,
                   starts=On(DeadlineBreached, "receipt:notice", where=UP), meets=(On(Acknowledged, "notice"), *_ANSWERS),
                   cancels=(*_OVER, Closed), label="Find another way to the provider"),
        # The day on which the notifier was told is that of the fact; a later one would be the provider's to prove.
        Obligation(name="complain", kind="right", owner="notifier", term=Months(6, ZONE), per_content=True, repeats=True, basis=ART_20_2,
                   starts=_CONTESTABLE, meets=(ComplaintLodged, On(EffectGiven, outcomes=DOWN)), cancels=_OVER, label="Complain"),
        Obligation(name="handle_complaint", owner="platform", term=WithoutUndueDelay(72, "in a timely manner"), per_content=True, repeats=True,
                   basis=ART_20_4, starts=ComplaintLodged, meets=(ComplaintRejected, On(EffectGiven, outcomes=DOWN)),
                   cancels=(*_OVER, Closed), label="Handle the complaint"),
        Obligation(name="restore", kind="reminder", owner="platform", term=WithoutUndueDelay(72), per_content=True, basis=INFERRED,
                   starts=On(Retracted, where=DOWN), meets=Restored, cancels=(Withdrawn, Superseded, Closed), label="Decide whether to restore"),
    ],
    forms=[
        Form(
            instrument="notice", enforce="refuse",
            fields=(
                *NOTICE_FIELDS,
                FormField("trusted_flagger", ART_22, "Status as trusted flagger, and the Coordinator who awarded it", required=False),
            ),
        ),
    ],
    templates=[
        Template("notice", "Notice of illegal content under Article 16 of Regulation (EU) 2022/2065, case $case",
                 "We notify you of the following:\n\n$contents\n\n$form\n\n$confirm\nPlease tell us without undue delay what you decide about each.\n"),
        CLARIFICATION,
        Template("complaint", "Complaint about your decision, case $case",
                 "We complain about your decision on the following:\n\n$concerned\n\n$reason\n\n$confirm\n"),
        Template("retraction", "Notice taken back, case $case", "We take back our notice of the following:\n\n$concerned\n\n$reason\n\n$confirm\n"),
    ],
    sources=sources("S73", "S75", "S78"),
    absent=[
        Absent("user_notice", Basis(R + "Art 17: the provider tells the user", "OJ", "I"), "the notifier does not know who the user is"),
        Absent("complaint", ART_20_1, "the user complains to the provider; the notifier's own complaint is an act here, ComplaintLodged"),
    ],
    questions=[
        "Whether the six months run from the day of the decision or from that on which the notifier learnt of it is for the proof "
        "of the telling; here the instant that the fact states counts, the earlier and safer one.",
        "Article 16 gives the notifier one notice and the provider no right to a clarification; practice asks, and it is recorded.",
        "Settlement out of court (Article 21) from the complainant's side is not modelled; the provider's file of it is eu.dsa_complaint.",
        "The times of 24 and 72 hours are ours and only remind.",
    ],
    waivers=[
        Waiver("unheard-answer", "fact CourtActionNotified", "a notice orders nothing: the provider decides on it, and has nothing to sue over"),
    ],
)  # fmt: skip

__all__ = ["DSA_NOTICE_ACTION_NOTIFIER", "ComplaintLodged", "ComplaintRejected"]
