"""European Union: Regulation (EU) 2021/784, removal orders against terrorist content. The issuing authority's file.

The provider's file is `eu_tco_provider`. Specific measures and reports (Articles 5, 7, 8) are no part of a case.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from attrs import evolve

from ..case import Case
from ..events import (
    Acknowledged,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    CourtActionNotified,
    CourtDecided,
    DeadlineBreached,
    DeadlineClosed,
    Delivered,
    EffectGiven,
    Event,
    Extended,
    ImpossibilityStated,
    Issued,
    Opened,
    OrderVoided,
    Restored,
    Sent,
)
from ..guards import IN_PART, all_are, any_is, gives, ladder_exhausted, no_open_clock, window_open
from ..procedure import Procedure
from ..rules import (
    STAY,
    Basis,
    Guard,
    Hook,
    Obligation,
    On,
    Send,
    State,
    Template,
    Transition,
    Waiver,
    Yield,
)
from ..terms import Days, Hours, Window, WithoutUndueDelay
from ._eu_tco import (
    ANNEX_WAIVERS,
    ANNEXES,
    ART_3_2,
    ART_3_3,
    ART_3_4,
    ART_3_5,
    ART_3_6,
    ART_3_7,
    ART_3_8,
    ART_3_9,
    ART_4_1,
    ART_4_3,
    ART_4_4,
    ART_4_4_ASK,
    ART_4_7,
    ART_9,
    ART_11,
    ART_11_3,
    COMPLAINT_ABSENT,
    DECISION,
    EMERGENCY,
    GONE,
    INFERRED,
    OBLIGATIONS,
    OFF,
    QUESTIONS,
    REFUSAL_ABSENT,
    ROLES,
    SOURCES,
    ZONE,
    FeedbackGiven,
    NonDisclosureDecided,
    ObstacleCeased,
    OrderFinal,
    PreInformationSpared,
    PreInformed,
    ScrutinyDecided,
    ScrutinyRequested,
    order_form,
)
from ._shared import CLOSED, DOWN, FILE_STATES, NOT_DOWN, UP, closing_row, file_rows, overdue, stays, voids

_WAIT = Basis("the Regulation gives no waiting time here; it is our choice", "L172", "I")
_RECEIPT = (On(Delivered, "order"), On(Acknowledged, "order"))
_COPIED = (On(Delivered, "order_copy"), On(Acknowledged, "order_copy"))
_TOLD = (On(Sent, "user_information"), On(Delivered, "user_information"))
_PENDING = ("drafted", "pre_informed", "ready")
_OPEN = ("issued", "received", "overdue", "unreachable")
_DONE = ("executed", "feedback_received")
_ISSUED = (*_OPEN, *_DONE, "order_final")
_ELSEWHERE = (
    *_PENDING,
    "voided",
    "order_final",
)  # where it is heard that an order is final, and nobody is told (again)
_TELLS = Send(
    template="user_information", to="user", sender="platform", within=WithoutUndueDelay(24), optional=True, basis=ART_11
)
_ORDER = Send(template="order", to="platform", sender="authority", ack_within=Hours(1), basis=ART_3_5, until=OFF,
              proved_by=(EffectGiven, ImpossibilityStated, ClarificationRequested, FeedbackGiven))  # fmt: skip
_COPY = Send(template="order_copy", to="home_authority", sender="authority", ack_within=Hours(24), optional=True, basis=ART_4_1, until=OFF,
             proved_by=(ScrutinyDecided,))  # fmt: skip
_VOID = Send(
    template="void", to="platform", sender="authority", ack_within=Hours(1), proved_by=(Restored,), basis=INFERRED
)
_FINAL = Send(template="finality", to="home_authority", sender="authority", optional=True, basis=ART_3_9)
_PARTY = {"platform", "user", "authority", "court"}


def _at_most_twelve_weeks(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    deadline, due = before.deadline("non_disclosure"), getattr(event, "due", None)
    if event.of() != "non_disclosure" or deadline is None or not isinstance(due, datetime) or due.tzinfo is None:
        return None
    last = Days(84, ZONE).span(deadline.started, None, None).due
    return f"six weeks and six weeks more end at {last}" if last is not None and due > last else None


_AT_MOST_TWELVE_WEEKS = Guard("at_most_twelve_weeks", _at_most_twelve_weeks)


def _crosses_border(before: Case, view: Case, event: Event, facts: Any) -> Yield | None:
    form = event.instrument.form if isinstance(event, Opened) else {}
    across = form.get("issuing_state", "").strip() != form.get("home_state", "").strip()
    return Yield(data={"across_border": "yes"}) if across else None


def _home_authority_named(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    if view.data.get("across_border") != "yes" or view.parties.get("home_authority"):
        return None
    return "the order goes to another Member State, and no home_authority is named to which its copy goes: Article 4(1)"


_NAMED = Guard("home_authority_named", _home_authority_named)


TCO_2021_784 = Procedure(
    id="eu.tco_2021_784",
    version="1",
    title="Removal order against terrorist content: the issuing authority's file",
    jurisdiction="EU",
    acting="authority",
    valid_from=date(2022, 6, 7),
    as_of=date(2026, 11, 28),
    summary="An order goes to the provider's contact point and, across a border, in copy to the home authority. One hour "
    "runs from its receipt; impossibility and a request for clarification stop it, and it runs in full when they end. "
    "The home authority may void the order; then the content is reinstated.",
    roles=ROLES,
    opened_by={"authority"},
    opened_with="order",
    initial="drafted",
    states=[
        State(name="drafted", phase="assessment", waits_for="authority", basis=ART_3_4, label="Order drafted"),
        State(name="pre_informed", phase="notice", waits_for="authority", basis=ART_3_2, label="Provider told of procedures and deadlines"),
        State(name="ready", phase="assessment", waits_for="authority", basis=EMERGENCY, label="Ready to be issued"),
        State(name="issued", phase="notice", waits_for="platform", basis=ART_3_5, label="Order issued"),
        State(name="received", phase="compliance", waits_for="platform", basis=ART_3_3, label="Order received: one hour"),
        State(name="overdue", phase="escalation", waits_for="authority", basis=ART_3_3, label="Not removed within the hour"),
        State(name="unreachable", phase="escalation", waits_for="authority", basis=ART_3_5, label="Nobody confirms receipt"),
        State(name="executed", phase="compliance", waits_for="platform", basis=ART_3_6, label="Removed or disabled"),
        State(name="feedback_received", phase="compliance", basis=ART_3_6, label="Feedback received"),
        State(name="voided", phase="redress", waits_for="platform", basis=ART_4_7, label="Order without effect: to be reinstated"),
        State(name="reinstated", phase="closed", final=True, basis=ART_4_7, label="Reinstated"),
        State(name="without_effect", phase="closed", final=True, basis=ART_4_7, label="Order without effect, nothing was removed"),
        State(name="order_final", phase="compliance", basis=ART_3_9, label="Order final"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Opened, source="drafted", target=STAY, by="authority", basis=ART_4_1),
        Transition(on=PreInformed, source="drafted", target="pre_informed", by="authority", basis=ART_3_2,
                   sends=Send(template="pre_information", to="platform", sender="authority", ack_within=Hours(12), until=OFF, basis=ART_3_2)),
        Transition(on=PreInformationSpared, of="addressed_before", source="drafted", target="ready", by="authority", basis=ART_3_2),
        Transition(on=PreInformationSpared, of="emergency", source=("drafted", "pre_informed"), target="ready", by="authority", basis=EMERGENCY),
        Transition(on=Issued, source="ready", target="issued", by="authority", guards=_NAMED, sends=(_ORDER, _COPY), basis=ART_3_5),
        Transition(on=Issued, source="pre_informed", target="issued", by="authority", guards=(window_open("pre_information"), _NAMED),
                   sends=(_ORDER, _COPY), basis=ART_3_2),
        Transition(on=NonDisclosureDecided, source=(*_PENDING, *_OPEN), target=STAY, by="authority", basis=ART_11_3),
        *(Transition(on=event, of="order", source=("issued", "unreachable"), target="received", by={"platform", "authority", "system"}, basis=ART_3_3)
          for event in (Delivered, Acknowledged)),
        Transition(on=EffectGiven, source=_OPEN, target="executed", by="platform", basis=ART_3_3,
                   guards=(all_are(*GONE), gives(*DOWN), no_open_clock("non_disclosure")), sends=_TELLS),
        Transition(on=EffectGiven, source=_OPEN, target="executed", by="platform", guards=all_are(*GONE), basis=ART_3_3),
        stays(EffectGiven, "platform", ART_3_3, guards=(gives(*DOWN), no_open_clock("non_disclosure")), sends=_TELLS),
        stays(EffectGiven, "platform", ART_3_3),
        stays(DeadlineClosed, "system", ART_11_3, "non_disclosure", guards=any_is(*DOWN), sends=_TELLS),
        Transition(on=FeedbackGiven, source="executed", target="feedback_received", by="platform", guards=no_open_clock("feedback"),
                   basis=ART_3_6),
        stays(FeedbackGiven, "platform", ART_3_6),
        *(Transition(on=event, source=("issued", "unreachable"), target="received", by="platform", basis=basis)
          for event, basis in ((ImpossibilityStated, ART_3_7), (ClarificationRequested, ART_3_8))),  # who answers has received
        stays(ImpossibilityStated, "platform", ART_3_7),
        stays(ObstacleCeased, "platform", ART_3_7),
        stays(ClarificationRequested, "platform", ART_3_8),
        stays(ClarificationGiven, "authority", ART_3_8,
              sends=Send(template="clarification", to="platform", sender="authority", ack_within=Hours(1), until=OFF, basis=ART_3_8,
                         proved_by=(EffectGiven, ImpossibilityStated))),
        Transition(on=DeadlineBreached, of="removal", source=("issued", "received", "unreachable"), target="overdue", by="system", basis=ART_3_3),
        Transition(on=DeadlineBreached, of="receipt:order", source="issued", target="unreachable", by="system",
                   guards=ladder_exhausted("order"), basis=_WAIT),
        *(overdue(f"receipt:{name}", _WAIT) for name in ("pre_information", "order_copy", "clarification", "void")),
        stays(ScrutinyRequested, {"platform", "home_authority"}, ART_4_4_ASK, "platform"),
        stays(ScrutinyRequested, {"user", "home_authority"}, ART_4_4_ASK, "user"),
        *voids(ScrutinyDecided, "home_authority", DECISION, "infringement", before=_PENDING, after=_ISSUED, tell=_VOID),
        stays(ScrutinyDecided, "home_authority", ART_4_4, "no_infringement"),
        stays(ScrutinyDecided, "home_authority", INFERRED, "inadmissible"),
        overdue("decide_scrutiny", ART_4_4, Send(template="scrutiny_reminder", to="home_authority", sender="authority", optional=True, basis=_WAIT)),
        stays(CourtActionNotified, _PARTY, ART_9),
        *voids(CourtDecided, _PARTY, ART_9, "restore", before=_PENDING, after=_ISSUED, tell=_VOID),
        Transition(on=CourtDecided, of="uphold", source=_DONE, target="order_final", by=_PARTY, sends=_FINAL, basis=ART_3_9),
        Transition(on=CourtDecided, of="uphold", source=_OPEN, target=STAY, by=_PARTY, sends=_FINAL, basis=ART_3_9),  # and is not carried out
        Transition(on=CourtDecided, of="uphold", source=_ELSEWHERE, target=STAY, by=_PARTY, basis=ART_9),
        Transition(on=OrderVoided, source=_OPEN, target="executed", by={"authority", "court"}, basis=INFERRED, sends=_VOID,
                   guards=(IN_PART, all_are(*GONE), any_is(*DOWN))),  # the rest is done
        *voids(OrderVoided, {"authority", "court"}, INFERRED, before=_PENDING, after=_ISSUED, tell=_VOID),
        Transition(on=OrderFinal, source=_DONE, target="order_final", by={"authority", "court"}, sends=_FINAL, basis=ART_3_9),
        Transition(on=OrderFinal, source=_OPEN, target=STAY, by={"authority", "court"}, sends=_FINAL, basis=ART_3_9),
        Transition(on=OrderFinal, source=_ELSEWHERE, target=STAY, by={"authority", "court"}, basis=ART_3_9),
        Transition(on=Restored, source="voided", target="reinstated", by="platform", basis=ART_4_7,
                   guards=all_are("restored", "pending", "not_found", "impossible", "clarifying")),
        stays(Restored, "platform", ART_4_7),
        # The user is told when the non-disclosure ends (Art 11), so the file of what was removed does not close before.
        *(closing_row("authority", "overdue", "unreachable", *_DONE, "order_final", guards=(told,))
          for told in (no_open_clock("non_disclosure"), all_are(*NOT_DOWN))),
        *(evolve(row, guards=(*row.guards, _AT_MOST_TWELVE_WEEKS)) if row.on is Extended else row for row in file_rows("authority")),
    ],
    obligations=[
        Obligation(name="issue", kind="reminder", owner="authority", term=WithoutUndueDelay(24), basis=_WAIT, starts=Opened,
                   meets=Issued, cancels=OFF, label="Issue, or withdraw the draft"),
        Obligation(name="pre_information", kind="right", owner="authority", term=Window(opens=Hours(12)), basis=ART_3_2,
                   starts=On(Sent, "pre_information"), meets=Issued, cancels=(*OFF, PreInformationSpared), label="Not before 12 hours after the information"),
        Obligation(name="removal", owner="platform", term=Hours(1), per_content=True, basis=ART_3_3, starts=_RECEIPT,
                   pauses=(ImpossibilityStated, ClarificationRequested),
                   restarts=(ObstacleCeased, On(ClarificationGiven, where="clarifying")),
                   meets=On(EffectGiven, outcomes=GONE), cancels=OFF, label="Remove or disable within one hour of receipt"),
        Obligation(name="feedback", owner="platform", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=ART_3_6, starts=On(EffectGiven, outcomes=GONE),
                   meets=FeedbackGiven, cancels=(*OFF, Closed), label="Tell the authority what was done and when (Annex II)"),
        Obligation(name="clarify", kind="reminder", owner="authority", term=WithoutUndueDelay(1), repeats=True, per_content=True, basis=_WAIT,
                   starts=ClarificationRequested, meets=ClarificationGiven, cancels=OFF, label="Clarify"),
        Obligation(name="follow_up", kind="reminder", owner="authority", term=WithoutUndueDelay(4), per_content=True, repeats=True, basis=_WAIT,
                   starts=(On(DeadlineBreached, "removal", where=UP), On(DeadlineBreached, "receipt:order", where=UP), Restored),
                   meets=On(EffectGiven, outcomes=GONE), cancels=(*OFF, Closed), label="Follow up what was not done"),
        Obligation(name="non_disclosure", kind="right", owner="authority", term=Days(42, ZONE), basis=ART_11_3,
                   starts=NonDisclosureDecided, cancels=OFF, label="Time in which the content provider is not told"),
        Obligation(name="own_motion", kind="right", owner="home_authority", term=Hours(72), basis=ART_4_3, starts=_COPIED,
                   meets=ScrutinyDecided, cancels=OFF, label="Scrutiny of its own motion"),
        Obligation(name="ask_scrutiny", kind="right", owner="platform", term=Hours(48), basis=ART_4_4_ASK, starts=_RECEIPT,
                   meets=On(ScrutinyRequested, "platform"), cancels=OFF, label="Ask for scrutiny"),
        Obligation(name="ask_scrutiny_user", kind="right", owner="user", term=Hours(48), per_content=True, basis=ART_4_4_ASK, starts=_TOLD,
                   restarts=On(Sent, "user_information"), meets=On(ScrutinyRequested, "user"), cancels=OFF, label="Ask for scrutiny"),
        *OBLIGATIONS,
    ],
    hooks=[Hook(name="crosses_border", run=_crosses_border, event=Opened)],
    forms=[order_form("refuse"), *ANNEXES],
    templates=[
        Template("pre_information", "Regulation (EU) 2021/784: procedures and deadlines, case $case",
                 "No removal order was addressed to you before. Such an order is to be carried out within one hour of its "
                 "receipt; you confirm receipt, report the measure (Annex II) or why you cannot act (Annex III).\n\n$confirm\n"),
        Template("order", "Removal order under Regulation (EU) 2021/784, case $case",
                 "You are ordered to remove the following, or to disable access to it in all Member States, within one hour "
                 "of receipt.\n\n$contents\n\n$form\n\n$confirm\n"),
        Template("order_copy", "Copy of a removal order, case $case",
                 "This order was issued to a provider whose main establishment is in your State.\n\n$contents\n\n$form\n\n$confirm\n"),
        Template("clarification", "Clarification of the removal order in case $case", "$concerned\n\n$reason\n\n$confirm\n"),
        Template("void", "The removal order in case $case has no effect",
                 "The order has ceased to have effect as to the following. Reinstate at once what of it was removed:\n\n$concerned\n\n$confirm\n"),
        Template("scrutiny_reminder", "Scrutiny overdue, case $case",
                 "A decision on the request for scrutiny was due within 72 hours and is not known here.\n\n$contents\n"),
        Template("finality", "The removal order in case $case is final", "The order is final.\n\n$contents\n"),
        Template("user_information", "Content removed, case $case",
                 "The following was removed after a removal order:\n\n$concerned\n\nYou may challenge the order in court and, where it "
                 "comes from another Member State than that of our main establishment, ask for scrutiny within 48 hours.\n"),
    ],
    sources=SOURCES,
    absent=[REFUSAL_ABSENT, COMPLAINT_ABSENT],
    questions=[*QUESTIONS,
               "The hour restarts at the instant that the clarification has as its time (`at`): state that of its receipt."],
    waivers=[
        Waiver("unconfirmed-message", "send finality", "Art 3(9) asks to tell the home authority, not that it confirms"),
        Waiver("unconfirmed-message", "send scrutiny_reminder", "it only reminds of a term that runs already"),
        *ANNEX_WAIVERS,
    ],
)  # fmt: skip

__all__ = [
    "TCO_2021_784",
    "FeedbackGiven",
    "NonDisclosureDecided",
    "ObstacleCeased",
    "OrderFinal",
    "PreInformationSpared",
    "PreInformed",
    "ScrutinyDecided",
    "ScrutinyRequested",
]
