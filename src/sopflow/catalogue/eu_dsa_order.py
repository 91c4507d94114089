"""European Union: Regulation (EU) 2022/2065, Article 9, orders to act against illegal content. The authority's file.

The order itself rests on other law, Union or national, which also sets its time limit. Orders to provide information
(Article 10) take nothing down and are no part of this.
"""

from __future__ import annotations

from ..events import (
    Acknowledged,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    CourtActionNotified,
    CourtDecided,
    DeadlineBreached,
    Delivered,
    EffectGiven,
    Fact,
    ImpossibilityStated,
    Issued,
    Opened,
    OrderVoided,
    Refused,
    Restored,
    Sent,
    Superseded,
    Withdrawn,
)
from ..guards import IN_PART, all_are, any_is, gives, ladder_exhausted
from ..procedure import Procedure
from ..rules import (
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
from ..terms import Hours, WithoutUndueDelay
from ._eu_dsa import APPLIES, AS_OF, INFERRED, OUR_CHOICE, R, sources
from ._shared import CLOSED, DOWN, FILE_STATES, UP, closing_row, file_rows, overdue, stays, voids

_9_1 = Basis(R + "Art 9(1): tell the authority without undue delay if and when effect was given", "S70", "V")
_9_2 = Basis(R + "Art 9(2)(a): what an order contains", "S70", "V")
_9_2C = Basis(
    R + "Art 9(2)(c): sent to the electronic point of contact, in a declared language or with a translation", "S70", "V"
)
_9_3 = Basis(R + "Art 9: the authority sends order and effect to its Digital Services Coordinator", "S71", "V")
_9_5 = Basis(R + "Art 9(5): the user is told, at the latest when effect is given, with reasons and redress", "OJ", "M")
_15 = Basis(R + "Art 15(1)(a): the median time to confirm receipt of an order is published", "S81", "V")
_REDRESS = Basis(R + "Art 9(2)(a)(v): the order says what redress provider and user have", "S70", "V")

_OPEN = ("issued", "received", "unanswered")
_ANSWERED = ("effect_given", "no_effect")
_SETTLED = (*DOWN, "not_found", "refused", "impossible")
_OFF = (OrderVoided, On(CourtDecided, "restore"), Withdrawn, Superseded)
_ANSWERS = (EffectGiven, Refused, ImpossibilityStated)
_PARTY = {"platform", "user", "authority", "court"}
_FORWARD = Send(template="effect_report", to="coordinator", sender="authority", basis=_9_3)
_TELLS = Send(
    template="user_information", to="user", sender="platform", within=WithoutUndueDelay(24), optional=True, basis=_9_5
)
_VOID = Send(
    template="void", to="platform", sender="authority", ack_within=Hours(24), proved_by=(Restored,), basis=OUR_CHOICE
)


def _answered(on: type[Fact]) -> tuple[Transition, ...]:
    """Return the rows by which the provider's last answer about a content ends the wait."""
    done, sources = all_are(*_SETTLED), (*_OPEN, "no_effect")
    return (
        Transition(on=on, source=sources, target="effect_given", by="platform", guards=(done, any_is(*DOWN)),
                   sends=(_FORWARD, _TELLS), basis=_9_1),
        Transition(on=on, source=_OPEN, target="no_effect", by="platform", guards=done, sends=_FORWARD, basis=_9_1),
    )  # fmt: skip


DSA_ORDER = Procedure(
    id="eu.dsa_order",
    version="1",
    title="Order to act against illegal content",
    jurisdiction="EU",
    acting="authority",
    valid_from=APPLIES,
    as_of=AS_OF,
    summary="An order with the elements of Article 9(2) goes to the provider's electronic point of contact. The provider "
    "says without undue delay if and when it gave effect to it, content by content; the authority passes order and effect "
    "on to its Digital Services Coordinator. The Regulation sets no number of hours.",
    roles=[
        Role(name="authority", side="authority", basis=_9_2, label="Judicial or administrative authority"),
        Role(name="platform", side="platform", basis=_9_2C, label="Provider, by its electronic point of contact"),
        Role(name="user", side="user", basis=_9_5, label="Recipient of the service whose content it is"),
        Role(name="coordinator", side="coordinator", basis=_9_3, label="Digital Services Coordinator"),
        Role(name="court", side="court", basis=_REDRESS),
    ],
    opened_by={"authority"},
    opened_with="order",
    initial="drafted",
    states=[
        State(name="drafted", phase="assessment", waits_for="authority", basis=_9_2, label="Order drafted"),
        State(name="issued", phase="notice", waits_for="platform", basis=_9_2C, label="Order issued"),
        State(name="received", phase="compliance", waits_for="platform", basis=_15, label="Receipt confirmed"),
        State(name="unanswered", phase="escalation", waits_for="authority", basis=OUR_CHOICE, label="Nobody confirms receipt"),
        State(name="effect_given", phase="compliance", basis=_9_1, label="Effect given"),
        State(name="no_effect", phase="compliance", waits_for="authority", basis=_9_1, label="No effect given"),
        State(name="voided", phase="redress", waits_for="platform", basis=INFERRED, label="Order voided: to be restored"),
        State(name="restored", phase="closed", final=True, basis=INFERRED, label="Restored"),
        State(name="without_effect", phase="closed", final=True, basis=INFERRED, label="Order voided, nothing was removed"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Issued, source="drafted", target="issued", by="authority", basis=_9_2C,
                   sends=Send(template="order", to="platform", sender="authority", ack_within=Hours(24), reminders=1, until=_OFF, basis=OUR_CHOICE,
                              proved_by=(*_ANSWERS, ClarificationRequested))),
        *(Transition(on=event, of="order", source=("issued", "unanswered"), target="received", by={"platform", "authority", "system"}, basis=_15)
          for event in (Delivered, Acknowledged)),
        *_answered(EffectGiven),
        stays(EffectGiven, "platform", _9_1, guards=(gives(*DOWN), all_are(*_SETTLED)), sends=(_FORWARD, _TELLS)),
        stays(EffectGiven, "platform", _9_1, guards=gives(*DOWN), sends=_TELLS),
        stays(EffectGiven, "platform", _9_1),
        *(row for event in (Refused, ImpossibilityStated) for row in (*_answered(event), stays(event, "platform", _9_1))),
        stays(ClarificationRequested, "platform", INFERRED),
        stays(ClarificationGiven, "authority", INFERRED,
              sends=Send(template="clarification", to="platform", sender="authority", ack_within=Hours(24), proved_by=_ANSWERS, until=_OFF,
                         basis=OUR_CHOICE)),
        Transition(on=DeadlineBreached, of="receipt:order", source="issued", target="unanswered", by="system",
                   guards=ladder_exhausted("order"), basis=OUR_CHOICE),
        *(overdue(f"receipt:{name}", OUR_CHOICE) for name in ("clarification", "void")),
        stays(CourtActionNotified, _PARTY, _REDRESS),
        *voids(CourtDecided, _PARTY, _REDRESS, "restore", before="drafted", after=(*_OPEN, *_ANSWERED), tell=_VOID),
        stays(CourtDecided, _PARTY, _REDRESS, "uphold"),
        *(Transition(on=OrderVoided, source=_OPEN, target=target, by={"authority", "court"}, basis=INFERRED, sends=(_VOID, _FORWARD),
                     guards=(IN_PART, *guards))  # the rest is answered
          for target, guards in (("effect_given", (all_are(*_SETTLED), any_is(*DOWN))),
                                 ("no_effect", (all_are("not_found", "refused", "impossible"),)))),
        *voids(OrderVoided, {"authority", "court"}, INFERRED, before="drafted", after=(*_OPEN, *_ANSWERED), tell=_VOID),
        Transition(on=Restored, source="voided", target="restored", by="platform", basis=INFERRED,
                   guards=all_are("restored", "pending", "clarifying", "refused", "not_found", "impossible")),
        stays(Restored, "platform", INFERRED),
        closing_row("authority", "unanswered", *_ANSWERED),
        *file_rows("authority"),
    ],
    obligations=[
        Obligation(name="issue", kind="reminder", owner="authority", term=WithoutUndueDelay(24), basis=OUR_CHOICE, starts=Opened,
                   meets=Issued, cancels=_OFF, label="Issue, or withdraw the draft"),
        Obligation(name="report_effect", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=_9_1,
                   starts=(On(Delivered, "order"), On(Acknowledged, "order")), pauses=ClarificationRequested,
                   restarts=On(ClarificationGiven, where="clarifying"),
                   meets=_ANSWERS, cancels=_OFF, label="Say if and when effect was given"),
        Obligation(name="clarify", kind="reminder", owner="authority", term=WithoutUndueDelay(24), repeats=True, per_content=True, basis=OUR_CHOICE,
                   starts=ClarificationRequested, meets=ClarificationGiven, cancels=_OFF, label="Clarify"),
        Obligation(name="follow_up", kind="reminder", owner="authority", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=OUR_CHOICE,
                   starts=(On(DeadlineBreached, "receipt:order", where=UP), Refused, ImpossibilityStated, Restored),
                   meets=EffectGiven, cancels=(*_OFF, Closed), label="Decide what follows silence, refusal, or content that is up again"),
        Obligation(name="tell_coordinator", owner="authority", term=WithoutUndueDelay(24), repeats=True, basis=_9_3, starts=_ANSWERS,
                   meets=On(Sent, "effect_report"), cancels=(Withdrawn, Superseded, Closed), label="Send order and effect to the Coordinator"),
        Obligation(name="restore", owner="platform", term=WithoutUndueDelay(24), per_content=True, basis=INFERRED,
                   starts=(On(OrderVoided, where=DOWN), On(CourtDecided, "restore", where=DOWN)), meets=Restored,
                   cancels=(Withdrawn, Superseded), label="Restore"),
    ],
    forms=[
        Form(
            instrument="order", enforce="refuse",
            fields=[
                FormField("legal_basis", Basis(R + "Art 9(2)(a)(i)", "S70", "V"), "Legal basis, Union or national"),
                FormField("reasons", Basis(R + "Art 9(2)(a)(ii)", "S70", "V"), "Why it is illegal, by specific provision"),
                FormField("authority", Basis(R + "Art 9(2)(a)(iii)", "S70", "V"), "Issuing authority"),
                FormField("urls", Basis(R + "Art 9(2)(a)(iv)", "S70", "V"), "Exact URLs", kind="urls"),
                FormField("further_information", Basis(R + "Art 9(2)(a)(iv)", "S70", "V"), "Further information to find it", required=False),
                FormField("redress", _REDRESS, "Redress for provider and user"),
                FormField("report_to", Basis(R + "Art 9(2)(a)(vi)", "S70", "V"), "Authority to be told of the effect, if another", required=False),
                FormField("territory", Basis(R + "Art 9(2)(b)", "S70", "V"), "Territorial scope, limited to what is strictly necessary"),
                FormField("language", _9_2C, "Language of the order, or of the translation of its key elements", kind="language"),
            ],
        ),
    ],
    templates=[
        Template("order", "Order to act against illegal content, case $case",
                 "You are ordered to act against the following:\n\n$contents\n\n$form\n\n$confirm\nSay without undue delay, for each, "
                 "if and when effect was given.\n"),
        Template("effect_report", "Order and effect, case $case", "This order was issued, and this is its effect:\n\n$contents\n\n$form\n"),
        Template("user_information", "Order against your content, case $case", "Effect was given to an order:\n\n$concerned\n"),
        Template("clarification", "Clarification of the order in case $case", "$concerned\n\n$reason\n\n$confirm\n"),
        Template("void", "The order in case $case has no effect", "The order was voided as to the following. Restore what of it was removed:\n\n$concerned\n\n$confirm\n"),
    ],
    sources=sources("S70", "S71", "S81"),
    absent=[
        Absent("complaint", _REDRESS, "an order is challenged before the issuing authority or a court, not by complaint to the provider"),
    ],
    questions=[
        "The time in which to act is that of the law under which the order is issued; the Regulation only sets that its effect "
        "is reported without undue delay. An authority with a number of hours extends this procedure by a duty.",
        "Art 9(5), by which the provider tells the user, is recalled and was not compared with the Official Journal.",
        "Article 17 (statement of reasons) does not apply to these orders, as one source reads it.",
    ],
    waivers=[
        Waiver("unconfirmed-message", "send effect_report", "Article 9 asks to tell the Coordinator, not that it confirms"),
    ],
)  # fmt: skip
