"""European Union: Regulation (EU) 2021/784, a removal order as the hosting service provider keeps its file.

The case is opened by the receipt of the order at the contact point, with the time of that receipt. The issuing
authority's file, and the events that both share, are in `eu_tco`.
"""

from __future__ import annotations

from datetime import date
from typing import final

from attrs import frozen

from ..events import (
    Act,
    ClarificationGiven,
    ClarificationRequested,
    CourtActionNotified,
    CourtDecided,
    DeadlineBreached,
    DeadlineClosed,
    EffectGiven,
    ImpossibilityStated,
    Opened,
    OrderVoided,
    Restored,
    Sent,
    Superseded,
    Withdrawn,
)
from ..guards import IN_PART, all_are, any_is, gives, no_open_clock
from ..procedure import Procedure
from ..rules import ANY_OPEN, STAY, Obligation, On, Send, State, Template, Transition, Waiver
from ..terms import Hours, WithoutUndueDelay
from ._eu_tco import (
    ANNEX_WAIVERS,
    ANNEXES,
    ART_3_3,
    ART_3_5,
    ART_3_6,
    ART_3_7,
    ART_3_8,
    ART_3_9,
    ART_4_4,
    ART_4_4_ASK,
    ART_4_7,
    ART_6,
    ART_9,
    ART_11,
    COMPLAINT_ABSENT,
    DECISION,
    GONE,
    INFERRED,
    OBLIGATIONS,
    OFF,
    QUESTIONS,
    REFUSAL_ABSENT,
    ROLES,
    SOURCES,
    ObstacleCeased,
    OrderFinal,
    ScrutinyDecided,
    ScrutinyRequested,
    order_form,
)
from ._shared import DOWN, FILE_STATES, UP, file_rows, overdue, stays, voids


@final
@frozen(kw_only=True)
class Purged(Act):
    """The preserved content and data are deleted, which Article 6 allows once the preservation has ended."""


_STATED = {"platform", "authority", "home_authority", "user", "court"}
_ASKS = {"platform", "home_authority"}
_OPEN = ("received", "overdue")
_FEEDBACK = Send(template="feedback", to="authority", sender="platform", basis=ART_3_6)
_TELLS = (
    _FEEDBACK,
    Send(template="user_information", to="user", sender="platform", optional=True, basis=ART_11, until=OFF),
)
_INABILITY = Send(template="inability", to="authority", sender="platform", basis=ART_3_7)


TCO_2021_784_PROVIDER = Procedure(
    id="eu.tco_2021_784.provider",
    version="1",
    title="Removal order against terrorist content: the provider's file",
    jurisdiction="EU",
    acting="platform",
    valid_from=date(2022, 6, 7),
    as_of=date(2026, 11, 28),
    summary="The receipt of an order at the contact point opens the case and starts the hour. The provider removes and "
    "reports, or says why it cannot; tells the content provider, unless the authority has forbidden it (`Held`); may ask "
    "its home authority for scrutiny; preserves for six months and deletes only after that; and reinstates at once when "
    "the order loses its effect.",
    roles=ROLES,
    opened_by={"authority", "platform"},
    opened_with="order",
    initial="received",
    states=[
        State(name="received", phase="compliance", waits_for="platform", basis=ART_3_3, label="Order received: one hour"),
        State(name="overdue", phase="escalation", waits_for="platform", basis=ART_3_3, label="Not removed within the hour"),
        State(name="executed", phase="compliance", basis=ART_6, label="Removed or disabled, and preserved"),
        State(name="voided", phase="redress", waits_for="platform", basis=ART_4_7, label="Order without effect: to be reinstated"),
        State(name="reinstated", phase="closed", final=True, basis=ART_4_7, label="Reinstated"),
        State(name="without_effect", phase="closed", final=True, basis=ART_4_7, label="Order without effect, nothing was removed"),
        State(name="purged", phase="closed", final=True, basis=ART_6, label="Preservation over, data deleted"),
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Opened, source="received", target=STAY, by={"authority", "platform"}, basis=ART_3_5,
                   sends=Send(template="receipt", to="authority", sender="platform", basis=INFERRED)),
        Transition(on=EffectGiven, source=_OPEN, target="executed", by="platform", guards=(all_are(*GONE), gives(*DOWN)), sends=_TELLS, basis=ART_3_3),
        Transition(on=EffectGiven, source=_OPEN, target="executed", by="platform", guards=all_are(*GONE), sends=_FEEDBACK, basis=ART_3_3),
        stays(EffectGiven, "platform", ART_3_3, guards=gives(*DOWN), sends=_TELLS),
        stays(EffectGiven, "platform", ART_3_3),
        stays(ImpossibilityStated, "platform", ART_3_7, sends=_INABILITY),
        stays(ObstacleCeased, "platform", ART_3_7),
        stays(ClarificationRequested, "platform", ART_3_8, sends=_INABILITY),
        stays(ClarificationGiven, {"authority", "platform"}, ART_3_8),
        Transition(on=DeadlineBreached, of="removal", source="received", target="overdue", by="system", basis=ART_3_3),
        stays(ScrutinyRequested, _ASKS, ART_4_4_ASK, "platform",
              sends=Send(template="scrutiny_request", to="home_authority", sender="platform", optional=True, basis=ART_4_4_ASK)),
        stays(ScrutinyRequested, {"user", *_ASKS}, ART_4_4_ASK, "user"),
        *voids(ScrutinyDecided, _ASKS, DECISION, "infringement", after=ANY_OPEN),
        stays(ScrutinyDecided, _ASKS, ART_4_4, "no_infringement"),
        stays(ScrutinyDecided, _ASKS, INFERRED, "inadmissible"),
        overdue("decide_scrutiny", ART_4_4, Send(template="scrutiny_reminder", to="home_authority", sender="platform", optional=True, basis=INFERRED)),
        stays(CourtActionNotified, _STATED, ART_9),
        *voids(CourtDecided, _STATED, ART_9, "restore", after=ANY_OPEN),
        stays(CourtDecided, _STATED, ART_9, "uphold"),
        Transition(on=OrderVoided, source=_OPEN, target="executed", by={"authority", "court", "platform"}, basis=INFERRED,
                   guards=(IN_PART, all_are(*GONE), any_is(*DOWN))),  # the rest is done
        *voids(OrderVoided, {"authority", "court", "platform"}, INFERRED, after=ANY_OPEN),
        stays(OrderFinal, {"authority", "court", "platform"}, ART_3_9),
        Transition(on=Restored, source="voided", target="reinstated", by="platform", basis=ART_4_7,
                   guards=all_are("restored", "pending", "not_found", "impossible", "clarifying")),
        stays(Restored, "platform", ART_4_7),
        stays(DeadlineClosed, "system", ART_6, "preservation"),
        Transition(on=Purged, source="executed", target="purged", by="platform", guards=no_open_clock("preservation"), basis=ART_6),
        *file_rows("platform"),
    ],
    obligations=[
        Obligation(name="removal", owner="platform", term=Hours(1), per_content=True, basis=ART_3_3, starts=Opened,
                   pauses=(ImpossibilityStated, ClarificationRequested), restarts=(ObstacleCeased, On(ClarificationGiven, where="clarifying")),
                   meets=On(EffectGiven, outcomes=GONE), cancels=OFF, label="Remove or disable within one hour of receipt"),
        Obligation(name="remove_overdue", kind="reminder", owner="platform", term=WithoutUndueDelay(1), per_content=True, repeats=True,
                   basis=INFERRED, starts=(On(DeadlineBreached, "removal", where=UP), Restored), meets=On(EffectGiven, outcomes=GONE), cancels=OFF,
                   label="Remove what is overdue, or up again while the order stands"),
        Obligation(name="feedback", owner="platform", term=WithoutUndueDelay(24), repeats=True, basis=ART_3_6,
                   starts=On(EffectGiven, outcomes=GONE), meets=On(Sent, "feedback"), cancels=(Withdrawn, Superseded),
                   label="Tell the authority what was done and when (Annex II)"),
        Obligation(name="say_why_not", owner="platform", term=WithoutUndueDelay(1), repeats=True, basis=ART_3_7,
                   starts=(ImpossibilityStated, ClarificationRequested), meets=On(Sent, "inability"), cancels=(Withdrawn, Superseded),
                   label="Tell the authority why the order cannot be carried out (Annex III)"),
        Obligation(name="inform_user", owner="platform", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=ART_11, starts=On(EffectGiven, outcomes=DOWN),
                   meets=On(Sent, "user_information"), cancels=(*OFF, Purged), label="Inform the content provider"),
        Obligation(name="ask_scrutiny", kind="right", owner="platform", term=Hours(48), basis=ART_4_4_ASK, starts=Opened,
                   meets=On(ScrutinyRequested, "platform"), cancels=OFF, label="Ask for scrutiny"),
        Obligation(name="ask_scrutiny_user", kind="right", owner="user", term=Hours(48), per_content=True, basis=ART_4_4_ASK,
                   starts=On(Sent, "user_information"), restarts=On(Sent, "user_information"), meets=On(ScrutinyRequested, "user"),
                   cancels=OFF, label="Ask for scrutiny"),
        *OBLIGATIONS,
    ],
    forms=[order_form("assess"), *ANNEXES],
    templates=[
        Template("receipt", "Receipt of your removal order, case $case", "Your order was received at $opened.\n\n$contents\n"),
        Template("feedback", "Removal order carried out (Annex II), case $case", "Your order was received at $opened. This was done, and when:\n\n$done\n"),
        Template("inability", "Removal order that cannot be carried out (Annex III), case $case", "$reason\n\n$contents\n"),
        Template("scrutiny_reminder", "Scrutiny overdue, case $case",
                 "A decision on the request for scrutiny was due within 72 hours and is not known here.\n\n$contents\n"),
        Template("scrutiny_request", "Request for scrutiny under Article 4(4), case $case", "$contents\n\n$form\n"),
        Template("user_information", "Your content was removed, case $case",
                 "After a removal order under Regulation (EU) 2021/784 the following was removed:\n\n$concerned\n\nOn request "
                 "you are given the reasons or a copy of the order. You may challenge the order in court and, where it comes "
                 "from another Member State than that of our main establishment, ask for scrutiny within 48 hours.\n"),
    ],
    sources=SOURCES,
    absent=[REFUSAL_ABSENT, COMPLAINT_ABSENT],
    questions=[*QUESTIONS, "How the forms of Annexes II and III reach the authority is between the two; here they are messages."],
    waivers=[
        Waiver("unconfirmed-message", "*", "the Regulation asks nobody to confirm receipt of what the provider sends"),
        *ANNEX_WAIVERS,
    ],
)  # fmt: skip
