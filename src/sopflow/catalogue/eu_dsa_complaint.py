"""European Union: Regulation (EU) 2022/2065, Articles 20 and 21, the internal complaint and the settlement out of court.

Written from the platform's side. The window of six months in which to complain runs in the file of the decision that is
complained of, see `eu_dsa_notice`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, final

from attrs import frozen

from ..case import Case
from ..events import (
    Act,
    Closed,
    CourtActionNotified,
    CourtDecided,
    DeadlineBreached,
    EffectGiven,
    Event,
    Extended,
    Fact,
    InstrumentReceived,
    Opened,
    Rejected,
    Restored,
    Retracted,
    Sent,
    Superseded,
    Withdrawn,
    mandatory,
)
from ..guards import ALL_CONTENTS, no_open_clock, was_open
from ..procedure import Procedure
from ..records import personal
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
from ..terms import Days, WithoutUndueDelay
from ._eu_dsa import (
    APPLIES,
    ART_20_1,
    ART_20_4,
    ART_20_5,
    ART_20_6,
    AS_OF,
    INFERRED,
    OUR_CHOICE,
    ZONE,
    DecisionUpheld,
    R,
    sources,
)
from ._shared import CLOSED, DOWN, FILE_STATES, choice, closing_row, file_rows, overdue, stays


@final
@frozen(kw_only=True)
class DecisionReversed(Act):
    """After a complaint the decision was wrong and is reversed, and the complainant is told why: Article 20(4) and (5)."""

    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True)
class OdsDecided(Fact):
    """The certified body has decided, for the "complainant" or for the "platform"; it does not bind: Article 21(2)."""

    outcome: str = choice("complainant", "platform")

    def of(self) -> str:
        """Return for whom."""
        return self.outcome


@final
@frozen(kw_only=True)
class ImplementationDeclined(Act):
    """The platform does not follow the certified body's decision, with reasons."""

    reason: str = personal(default="")


_20_3 = Basis(R + "Art 20(3): the system makes precise and substantiated complaints easy", "S76", "S")
_21_1 = Basis(
    R + "Art 21(1): any certified body may be chosen, with or without an internal complaint", "hannessnellman", "V"
)
_21_2 = Basis(
    R + "Art 21(2): engage in good faith; refuse where the same dispute is already resolved; not binding", "S76", "S"
)
_21_4 = Basis(
    R + "Art 21(4): within 90 calendar days of receipt, 90 more where highly complex, 180 at most", "S77", "V"
)
_COURT = Basis(R + "Art 21(1): without prejudice to going to court at any stage", "hannessnellman", "V")

_OVER = (Retracted, Withdrawn, Superseded)
_REVERSES = (Restored, On(EffectGiven, outcomes=DOWN))
_REPLY = Send(template="reasoned_reply", to="complainant", sender="platform", basis=ART_20_5)
_REPLY_REVERSED = Send(template="reversal_reply", to="complainant", sender="platform", basis=ART_20_5)
_BODY = {"complainant", "ods_body", "platform"}
_ANYBODY = {*_BODY, "court"}
_OPEN = ("received", "upheld")
_WITH_BODY = ("ods", "ods_refused", "ods_decided")


def _at_most_180_days(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    deadline, due = before.deadline("ods_decision"), getattr(event, "due", None)
    if deadline is None or not isinstance(due, datetime) or due.tzinfo is None:
        return "there is no settlement out of court to extend"
    last = Days(180, ZONE).span(deadline.started, None, None).due
    return f"180 days in all end at {last}" if last is not None and due > last else None


DSA_COMPLAINT = Procedure(
    id="eu.dsa_complaint",
    version="1",
    title="Internal complaint and settlement out of court",
    jurisdiction="EU",
    acting="platform",
    valid_from=APPLIES,
    as_of=AS_OF,
    summary="A user or a notifier complains of a decision; qualified staff uphold or reverse it and reply with reasons. The "
    "complainant may turn to a certified body at any time, which decides within 90 calendar days, or 180 where the dispute "
    "is highly complex. Its decision does not bind, so what became of it is recorded too.",
    roles=[
        Role(name="complainant", side="user", basis=ART_20_1, label="Recipient of the service, or notifier"),
        Role(name="platform", side="platform", basis=ART_20_1, label="Provider of the online platform"),
        Role(name="reviewer", side="platform", basis=ART_20_6, label="Qualified staff, other than who decided"),
        Role(name="ods_body", side="ods_body", basis=_21_1, label="Certified out-of-court dispute settlement body"),
        Role(name="court", side="court", basis=_COURT),
    ],
    opened_by={"complainant", "platform"},
    opened_with="complaint",
    initial="received",
    states=[
        State(name="received", phase="redress", waits_for="platform", basis=ART_20_1, label="Complaint received"),
        State(name="upheld", phase="redress", basis=ART_20_5, label="Decision upheld"),
        State(name="reversed", phase="redress", waits_for="platform", basis=ART_20_4, label="Decision to be reversed"),
        State(name="ods", phase="redress", waits_for="ods_body", basis=_21_1, label="With a certified body"),
        State(name="ods_refused", phase="redress", basis=_21_2, label="Settlement refused: already resolved"),
        State(name="ods_decided", phase="redress", waits_for="platform", basis=_21_4, label="Certified body has decided"),
        State(name="implemented", phase="closed", final=True, basis=ART_20_4, label="Reversed"),
        State(name="not_implemented", phase="closed", final=True, basis=_21_2, label="Decision of the body not followed"),
        State(name="retracted", phase="closed", final=True, basis=INFERRED, label="Complaint taken back"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=DecisionUpheld, source="received", target="upheld", by="reviewer", guards=ALL_CONTENTS, sends=_REPLY,
                   basis=ART_20_5),
        # Art 21(1): the body may be chosen with or without an internal complaint, so its decision does not answer that one.
        Transition(on=DecisionUpheld, source=(*_WITH_BODY, "upheld"), target=STAY, by="reviewer", guards=(ALL_CONTENTS, was_open("decide")),
                   sends=_REPLY, basis=ART_20_5),
        Transition(on=DecisionReversed, source=(*_OPEN, *_WITH_BODY), target="reversed", by="reviewer", sends=_REPLY_REVERSED, basis=ART_20_4),
        Transition(on=InstrumentReceived, of="complaint", source=(*_OPEN, "ods_refused"), target="ods", by=_BODY, basis=_21_1),
        stays(InstrumentReceived, _BODY, _21_1, "complaint"),
        Transition(on=Rejected, source="ods", target="ods_refused", by="platform", basis=_21_2,
                   sends=Send(template="ods_refusal", to="ods_body", sender="platform", optional=True, basis=_21_2)),
        Transition(on=Extended, of="ods_decision", source="ods", target=STAY, by="ods_body", basis=_21_4,
                   guards=Guard("at_most_180_days", _at_most_180_days)),
        Transition(on=OdsDecided, of="complainant", source=("ods", "upheld", "received"), target="ods_decided", by=_BODY, basis=_21_4),
        Transition(on=OdsDecided, of="platform", source="ods", target="upheld", by=_BODY, basis=_21_4),
        *(stays(OdsDecided, _BODY, _21_4, who) for who in ("complainant", "platform")),
        Transition(on=ImplementationDeclined, source="ods_decided", target="not_implemented", by="platform", basis=_21_2,
                   guards=no_open_clock("decide")),
        overdue("ods_decision", _21_4, Send(template="ods_reminder", to="ods_body", sender="platform", optional=True, basis=OUR_CHOICE)),
        *(Transition(on=event, source=("reversed", "ods_decided", "ods"), target="implemented", by="platform", guards=ALL_CONTENTS, basis=ART_20_4)
          for event in (Restored, EffectGiven)),
        *(stays(event, "platform", ART_20_4) for event in (Restored, EffectGiven)),
        Transition(on=Retracted, source=ANY_OPEN, target="retracted", by={"complainant", "platform"}, guards=ALL_CONTENTS, basis=INFERRED),
        stays(Retracted, {"complainant", "platform"}, INFERRED),
        stays(CourtActionNotified, _ANYBODY, _COURT),
        Transition(on=CourtDecided, of="restore", source=ANY_OPEN, target="reversed", by=_ANYBODY, basis=_COURT),
        stays(CourtDecided, _ANYBODY, _COURT, "uphold"),
        closing_row("platform", "upheld", "ods_refused", guards=(no_open_clock("decide"),)),
        *(row for row in file_rows("platform") if row.on is not Extended),  # the only term with a number is the body's
    ],
    obligations=[
        Obligation(name="decide", owner="platform", term=WithoutUndueDelay(72, "in a timely manner"), basis=ART_20_4, starts=Opened,
                   meets=(DecisionUpheld, DecisionReversed), cancels=(*_OVER, On(CourtDecided, "restore")), label="Handle the complaint"),
        Obligation(name="reply", owner="platform", term=WithoutUndueDelay(24), repeats=True, basis=ART_20_5, starts=(DecisionUpheld, DecisionReversed),
                   meets=(On(Sent, "reasoned_reply"), On(Sent, "reversal_reply")), cancels=(*_OVER, Closed), label="Reply with reasons and redress"),
        Obligation(name="reverse", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=ART_20_4,
                   starts=(DecisionReversed, On(CourtDecided, "restore")), meets=_REVERSES, cancels=_OVER, label="Reverse the decision"),
        Obligation(name="ods_decision", owner="ods_body", term=Days(90, ZONE), repeats=True, basis=_21_4, starts=On(InstrumentReceived, "complaint"),
                   # A refusal ends this dispute and not the right to another one, so it must not cancel what starts later.
                   meets=(OdsDecided, Rejected), cancels=(DecisionReversed, *_REVERSES, *_OVER), label="Decide the dispute"),
        Obligation(name="follow_ods", kind="reminder", owner="platform", term=WithoutUndueDelay(72), basis=OUR_CHOICE,
                   starts=On(OdsDecided, "complainant"), meets=(*_REVERSES, ImplementationDeclined), cancels=_OVER,
                   label="Follow the body's decision, or decline with reasons"),
        Obligation(name="ods_overdue", kind="reminder", owner="platform", term=WithoutUndueDelay(24), repeats=True, basis=OUR_CHOICE,
                   starts=On(DeadlineBreached, "ods_decision"), meets=(OdsDecided, Rejected), cancels=(DecisionReversed, *_REVERSES, *_OVER),
                   label="Ask the body for its decision"),
    ],
    forms=[
        Form(
            instrument="complaint",
            fields=[
                FormField("decision", _20_3, "The decision that is complained of", required=False),
                FormField("grounds", _20_3, "Why it is wrong", required=False),
            ],
        ),
    ],
    templates=[
        Template("reasoned_reply", "Decision on your complaint $case",
                 "Your complaint was examined. The decision about the following stands:\n\n$contents\n\n$reason\n\nYou may turn to a "
                 "certified body for settlement out of court, or go to court.\n"),
        Template("reversal_reply", "Decision on your complaint $case",
                 "Your complaint was examined. The decision about the following is reversed:\n\n$contents\n\n$reason\n\nYou may turn to a "
                 "certified body for settlement out of court, or go to court.\n"),
        Template("ods_reminder", "Decision overdue, case $case", "The time for a decision in this dispute is over.\n\n$contents\n"),
        Template("ods_refusal", "Dispute already resolved, case $case", "We do not engage, because: $reason\n\n$contents\n"),
    ],
    sources=sources("S75", "S76", "S77", "hannessnellman"),
    absent=[
        Absent("clarification", Basis(R + "Art 20 is silent", "S75", "I"), "a complaint that says too little is decided as it is"),
        Absent("impossibility", Basis(R + "Art 20 is silent", "S75", "I"), "a decision of the platform's own can always be reversed by it"),
    ],
    questions=[
        "Art 20(6), no solely automated decision, is recalled and was not compared with the Official Journal.",
        "Whether the 90 days are prolonged where the last is a holiday, as Regulation (EEC, Euratom) 1182/71 has it for terms "
        "in days, is not said in the Regulation; here they are not.",
        "Micro and small enterprises are exempt from Articles 20 and 21 (Article 19).",
    ],
    waivers=[
        Waiver("unconfirmed-message", "*", "Articles 20 and 21 ask nobody to confirm receipt of a reply"),
        Waiver("unheard-answer", "fact Refused", "a body that does not take the dispute does not decide: the 90 days pass, and the platform is reminded (ods_overdue)"),
    ],
)  # fmt: skip

__all__ = ["DSA_COMPLAINT", "DecisionReversed", "DecisionUpheld", "ImplementationDeclined", "OdsDecided"]
