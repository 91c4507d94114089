"""The platform's own procedure for what comes over the Government Channel: the agreement, written from its side.

The authority's side of it is `id.kominfo_telegram_2017` in the catalogue. Here the order is a message of the other
side: expected when the case opens, delivered when the letter is there, acknowledged when somebody at the desk says so.
"""

from __future__ import annotations

from datetime import date

from sopflow import (
    ANY_OPEN,
    STAY,
    Acknowledged,
    Basis,
    ClarificationRequested,
    Closed,
    Corrected,
    DeadlineBreached,
    Delivered,
    EffectGiven,
    Event,
    Hours,
    ImpossibilityStated,
    InstrumentReceived,
    Obligation,
    On,
    Opened,
    Procedure,
    Refused,
    Restored,
    Role,
    SameDay,
    Send,
    Source,
    State,
    Template,
    Transition,
    Waiver,
)
from sopflow.guards import all_are

_CHANNEL = Basis("17 July 2017: a Government Channel", "S3", "S")
_SAME_DAY = Basis("10 August 2017: takedown on the day the complaint is processed, if it really is negative", "S9", "S")
_I = Basis("no account says how the platform organises it; this is one way", "S9", "I")
_SETTLED = ("removed", "disabled", "not_found", "refused", "impossible", "restored")
_OPEN = ("arrived", "confirmed")
CONFIRMATION = Send(template="confirmation", to="authority", sender="platform", basis=_CHANNEL)


def _answers(event: type[Event], template: str) -> list[Transition]:
    """Return the rows by which a statement about contents goes to the authority, and ends the work with the last."""
    told = Send(template=template, to="authority", sender="platform", basis=_SAME_DAY)
    return [
        Transition(on=event, source=_OPEN, target="answered", by="platform", guards=all_are(*_SETTLED), sends=told,
                   basis=_SAME_DAY),
        Transition(on=event, source=ANY_OPEN, target=STAY, by="platform", sends=told, basis=_SAME_DAY),
    ]  # fmt: skip


PLATFORM_SIDE = Procedure(
    id="px.government_channel",
    version="1",
    title="Orders of the Government Channel, as the platform works them",
    jurisdiction="ID",
    acting="platform",
    valid_from=date(2017, 8, 10),
    reconstructed=True,
    roles=[
        Role(name="authority", side="authority", basis=_CHANNEL),
        Role(name="platform", side="platform", basis=_CHANNEL),
    ],
    opened_by={"authority"},
    initial="arrived",
    states=[
        State(name="arrived", phase="notice", waits_for="platform", basis=_CHANNEL, label="Order arrived"),
        State(name="confirmed", phase="compliance", waits_for="platform", basis=_CHANNEL, label="Receipt confirmed"),
        State(name="answered", phase="compliance", basis=_SAME_DAY, label="Answered for every content"),
        State(name="closed", phase="closed", final=True, basis=_I, label="File closed"),
    ],
    transitions=[
        Transition(on=Opened, source="arrived", target=STAY, by="authority", basis=_CHANNEL,
                   sends=Send(template="order", to="platform", sender="authority", basis=_CHANNEL)),
        Transition(on=Delivered, of="order", source="arrived", target=STAY, by="authority", basis=_CHANNEL),
        # Asked once more: what we said has not reached them, so it is said once more.
        Transition(on=Delivered, of="order", source=("confirmed", "answered"), target=STAY, by="authority",
                   sends=CONFIRMATION, basis=_CHANNEL),
        Transition(on=Acknowledged, of="order", source="arrived", target="confirmed", by="platform",
                   sends=CONFIRMATION, basis=_CHANNEL),
        *_answers(EffectGiven, "report"),
        *_answers(Refused, "refusal"),
        *_answers(ImpossibilityStated, "impossibility"),
        Transition(on=ClarificationRequested, source=ANY_OPEN, target=STAY, by="platform", basis=_I,
                   sends=Send(template="question", to="authority", sender="platform", basis=_I)),
        Transition(on=Restored, source=ANY_OPEN, target=STAY, by="platform", basis=_I,
                   sends=Send(template="restoration", to="authority", sender="platform", basis=_I)),
        # A reminder may list more than the first letter did.
        Transition(on=InstrumentReceived, of="notice", source="answered", target="confirmed", by="authority", basis=_I),
        Transition(on=InstrumentReceived, of="notice", source=ANY_OPEN, target=STAY, by="authority", basis=_I),
        Transition(on=DeadlineBreached, of="confirm", source="arrived", target=STAY, by="system", basis=_CHANNEL),
        Transition(on=DeadlineBreached, of="same_day", source="confirmed", target=STAY, by="system", basis=_SAME_DAY),
        Transition(on=Closed, source="answered", target="closed", by="platform", basis=_I),
        Transition(on=Corrected, source=ANY_OPEN, target=STAY, by="platform", basis=_I),
    ],
    obligations=[
        Obligation(name="confirm", owner="platform", term=Hours(24), starts=Opened, meets=On(Acknowledged, "order"),
                   cancels=Closed, basis=_CHANNEL, label="Confirm receipt"),
        Obligation(name="same_day", owner="platform", term=SameDay("Asia/Jakarta"), per_content=True,
                   starts=On(Acknowledged, "order"), meets=(EffectGiven, Refused, ImpossibilityStated), cancels=Closed,
                   basis=_SAME_DAY, label="Take down, or reject with reasons, the same day"),
    ],
    templates=[
        Template("order", "Order", "The authority's own letter.\n"),
        Template("confirmation", "Receipt confirmed: $case", "We confirm receipt of the following.\n\n$form\n"),
        Template("report", "What was done: $case", "This is what was done.\n\n$contents\n"),
        Template("refusal", "Refused, with reasons: $case", "We refuse this, or part of it.\n\n$contents\n\n$reason\n"),
        Template("impossibility", "Impossible: $case", "This is impossible for us.\n\n$contents\n\n$reason\n"),
        Template("question", "A question about $case", "We ask for clarification.\n\n$contents\n\n$reason\n"),
        Template("restoration", "Restored: $case", "The following is available again.\n\n$contents\n\n$reason\n"),
    ],
    sources=[
        Source("S3", "rmol.id 2017/07/18/299469; tekno.republika.co.id ot8o0k284"),
        Source("S9", "republika.co.id 17/08/11/ouhfbz414"),
    ],
    waivers=[
        Waiver("unconfirmed-message", "*", "the authority's own clocks notice what has not reached it"),
    ],
)  # fmt: skip
