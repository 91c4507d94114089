"""Accreditation of trusted flaggers, of no one country: apply, assess, award, warn, suspend, reinstate, revoke.

No law is cited as its own: the shape is inferred (I) from the one law that has such a procedure in full, Article 22 of
Regulation (EU) 2022/2065, without what is particular to it. Numbers of days are this library's choice, and say so.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ..accreditation import (
    AccreditationAwarded,
    AccreditationGivenUp,
    AccreditationReinstated,
    AccreditationRevoked,
    AccreditationSuspended,
    Assessed,
    FlaggerWarned,
)
from ..case import Case
from ..events import (
    Acknowledged,
    Corrected,
    DeadlineBreached,
    DeadlineClosed,
    Event,
    Extended,
    Held,
    InstrumentReceived,
    Opened,
    Rejected,
    Superseded,
    Withdrawn,
)
from ..guards import NOT_ITS_OWN
from ..procedure import Procedure
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
    Source,
    State,
    Template,
    Transition,
    Waiver,
)
from ..terms import Hours, PerCase, WithoutUndueDelay
from ._shared import HOUSEKEEPING, OURS

_I = Basis("shape common to programmes that accredit flaggers", "regimes", "I")
_REASONS = Basis("whoever loses a status is told why", "regimes", "I")
_PACE = Basis("when we remind, or write to the next contact, is our choice: no source names a number", "sopflow", "I")
_BOTH = {"flagger", "accreditor"}
_GOES_ON = ("accredited", "suspended")
_PENDING = ("applied", "incomplete", "assessed")
_TAKEN_BACK = (Withdrawn, Superseded)


def _one_flagger(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    ids = view.parties.get("flagger", ())
    return None if len(ids) == 1 else f"the case names {len(ids)} parties as flagger: it must be the one that applies"


ONE_FLAGGER = Guard("one_flagger", _one_flagger)


def tells(template: str, basis: Basis = _REASONS) -> Send:
    """Return a message that informs the flagger of a decision, which has its effect whether it is read or not."""
    return Send(template=template, to="flagger", sender="accreditor", basis=basis)


def asks(template: str, basis: Basis = _REASONS) -> Send:
    """Return a message whose receipt by the flagger is awaited: it is to do something, or may."""
    return Send(template=template, to="flagger", sender="accreditor", ack_within=Hours(72), basis=basis)


def extended(name: str) -> Transition:
    """Return the row by which the accreditor gives more time for something."""
    return Transition(
        on=Extended, of=name, source=ANY_OPEN, target=STAY, by="accreditor", guards=NOT_ITS_OWN, basis=HOUSEKEEPING
    )


def heard_of(template: str) -> tuple[Transition, ...]:
    """Return the rows for the receipt of a message that `asks`, and for its silence, which changes no standing."""
    return (
        Transition(on=Acknowledged, of=template, source=ANY_OPEN, target=STAY, by=_BOTH, basis=_I),
        Transition(on=DeadlineBreached, of=f"receipt:{template}", source=ANY_OPEN, target=STAY, by="system", basis=_PACE),
    )  # fmt: skip


FLAGGER_ACCREDITATION = Procedure(
    id="generic.flagger_accreditation",
    version="1",
    title="Accreditation of trusted flaggers",
    acting="accreditor",
    as_of=date(2026, 11, 28),
    summary="An entity applies, is assessed, and is accredited for a scope, with a lane and for a period, or refused with "
    "reasons. An accreditation may be suspended and reinstated, is revoked with reasons, and lapses at the end of its "
    "period; a later award renews it. With a directory in the store each decision is entered there in the same commit.",
    roles=[
        Role(name="flagger", side="flagger", basis=_I, label="Entity that applies; then the flagger"),
        Role(name="accreditor", side="accreditor", basis=_I, label="Body that accredits"),
    ],
    opened_by=_BOTH,
    opened_with="application",
    initial="applied",
    states=[
        State(name="applied", phase="intake", waits_for="accreditor", basis=_I),
        State(name="incomplete", phase="intake", waits_for="flagger", basis=_I),
        State(name="assessed", phase="assessment", waits_for="accreditor", basis=_I),
        State(name="refused", phase="closed", final=True, basis=_I),
        State(name="accredited", phase="compliance", milestone=True, basis=_I),
        State(name="suspended", phase="escalation", waits_for="accreditor", milestone=True, basis=_I),
        State(name="revoked", phase="closed", final=True, milestone=True, basis=_I),
        State(name="lapsed", phase="closed", final=True, milestone=True, basis=_I),
        State(name="given_up", phase="closed", final=True, milestone=True, basis=_I),
        State(name="withdrawn", phase="closed", final=True, basis=HOUSEKEEPING, label="Application withdrawn"),
        State(name="superseded", phase="closed", final=True, basis=HOUSEKEEPING, label="Another case took its place"),
    ],
    transitions=[
        Transition(
            on=Opened, of="incomplete_application", source="applied", target="incomplete", by=_BOTH, basis=_I,
            sends=asks("application_incomplete", _I),
        ),
        Transition(on=InstrumentReceived, of="application", source="incomplete", target="applied", by=_BOTH, basis=_I),
        Transition(on=InstrumentReceived, of="application", source=ANY_OPEN, target=STAY, by=_BOTH, basis=_I),
        Transition(on=InstrumentReceived, of="incomplete_application", source=ANY_OPEN, target=STAY, by=_BOTH, basis=_I),
        *heard_of("application_incomplete"),
        Transition(on=Assessed, source=("applied", "assessed"), target="assessed", by="accreditor", basis=_I),
        Transition(
            on=Rejected, source=("applied", "incomplete", "assessed"), target="refused", by="accreditor", basis=_REASONS,
            sends=tells("application_refused"),
        ),
        Transition(
            on=AccreditationAwarded, source="assessed", target="accredited", by="accreditor", guards=ONE_FLAGGER, basis=_I,
            sends=tells("accreditation_awarded", _I),
        ),
        Transition(
            on=AccreditationAwarded, source="accredited", target=STAY, by="accreditor", guards=ONE_FLAGGER, basis=_I,
            label="Renewed, or given another scope", sends=tells("accreditation_awarded", _I),
        ),
        Transition(on=FlaggerWarned, source=_GOES_ON, target=STAY, by="accreditor", basis=_REASONS, sends=asks("warning")),
        *heard_of("warning"),
        Transition(
            on=AccreditationSuspended, source=_GOES_ON, target="suspended", by="accreditor", basis=_REASONS,
            sends=asks("suspension"),
        ),
        *heard_of("suspension"),
        Transition(
            on=AccreditationReinstated, source="suspended", target="accredited", by="accreditor", basis=_REASONS,
            sends=tells("reinstatement"),
        ),
        Transition(on=DeadlineClosed, of="suspension", source="suspended", target="accredited", by="system", basis=_I),
        Transition(
            on=AccreditationRevoked, source=_GOES_ON, target="revoked", by="accreditor", basis=_REASONS,
            sends=tells("revocation"),
        ),
        Transition(on=DeadlineClosed, of="accreditation", source=ANY_OPEN, target="lapsed", by="system", basis=_I),
        Transition(on=AccreditationGivenUp, source=ANY_OPEN, target="given_up", by=_BOTH, basis=_I),
        # What stands in a register ends there only as it came there, by a decision about the accreditation.
        Transition(on=Withdrawn, source=_PENDING, target="withdrawn", by=_BOTH, basis=HOUSEKEEPING),
        Transition(on=Superseded, source=_PENDING, target="superseded", by="accreditor", basis=HOUSEKEEPING),
        extended("complete"),
        extended("assess"),
        Transition(on=Held, source=ANY_OPEN, target=STAY, by="accreditor", basis=HOUSEKEEPING),
        Transition(on=Corrected, source=ANY_OPEN, target=STAY, by="accreditor", basis=HOUSEKEEPING),
    ],
    obligations=[
        Obligation(
            name="complete", kind="reminder", owner="flagger", term=WithoutUndueDelay(30 * 24), basis=_PACE,
            starts=On(Opened, "incomplete_application"), meets=On(InstrumentReceived, "application"),
            cancels=(Rejected, AccreditationGivenUp, *_TAKEN_BACK),
        ),
        Obligation(
            name="assess", kind="reminder", owner="accreditor", term=WithoutUndueDelay(14 * 24), basis=_PACE,
            starts=Opened, restarts=On(InstrumentReceived, "application"), meets=(AccreditationAwarded, Rejected),
            cancels=(AccreditationGivenUp, *_TAKEN_BACK),
        ),
        Obligation(
            name="accreditation", kind="right", owner="flagger", term=PerCase(), basis=_I, repeats=True,
            starts=On(AccreditationAwarded, "for_a_period"), restarts=On(AccreditationAwarded, "for_a_period"),
            meets=On(AccreditationAwarded, "open_ended"), cancels=(AccreditationRevoked, AccreditationGivenUp),
        ),
        Obligation(
            name="suspension", kind="right", owner="accreditor", term=PerCase(), basis=_I, repeats=True,
            starts=On(AccreditationSuspended, "for_a_period"), restarts=On(AccreditationSuspended, "for_a_period"),
            meets=(AccreditationReinstated, On(AccreditationSuspended, "open_ended")),
            cancels=(AccreditationRevoked, AccreditationGivenUp),
        ),
        Obligation(
            name="end_suspension", kind="reminder", owner="accreditor", term=WithoutUndueDelay(30 * 24), basis=_PACE,
            repeats=True, starts=AccreditationSuspended, meets=(AccreditationReinstated, On(DeadlineClosed, "suspension")),
            cancels=(AccreditationRevoked, AccreditationGivenUp),
        ),
    ],
    forms=[
        Form(
            instrument="application",
            fields=[
                FormField("expertise", _I, "What the entity knows about the content that it reports"),
                FormField("method", _I, "How it makes sure that its reports are right"),
                FormField("scope", _I, "For which kinds of content, and where, it applies"),
            ],
        ),
    ],
    templates=[
        Template(
            "application_incomplete", "Your application, case $case: something is missing",
            "Your application to be accredited as a trusted flagger cannot be assessed as it is. It needs: the expertise, "
            "the method by which reports are made, and the scope.\n\n$confirm\n",
        ),
        Template(
            "application_refused", "Your application, case $case: refused",
            "Your application to be accredited as a trusted flagger is refused.\n\nReasons: $reason\n\n"
            "You may apply again at any time.\n",
        ),
        Template(
            "accreditation_awarded", "Accreditation, case $case",
            "You are accredited as a trusted flagger. Scope and period are as in the register.\n",
        ),
        Template(
            "warning", "Warning, case $case",
            "You are warned. Your accreditation stands.\n\nReasons: $reason\n\n$confirm\n",
        ),
        Template(
            "suspension", "Suspension, case $case",
            "Your accreditation is suspended. Your reports are treated as those of anybody until it is reinstated.\n\n"
            "Reasons: $reason\n\n$confirm\n",
        ),
        Template(
            "reinstatement", "Reinstatement, case $case",
            "Your accreditation is reinstated.\n\nReasons: $reason\n",
        ),
        Template("revocation", "Revocation, case $case", "Your accreditation is revoked.\n\nReasons: $reason\n"),
    ],
    sources=[Source("regimes", "Comparison of the procedures of several countries, November 2026"), OURS],
    waivers=[
        *(
            Waiver("unconfirmed-message", f"send {template}", "it informs of a decision that has its effect unread")
            for template in ("application_refused", "accreditation_awarded", "reinstatement", "revocation")
        ),
        Waiver("field-without-article", "*", "the shape of several programmes, and the law of none"),
        Waiver("unheard-answer", "fact Refused", "nobody has to become or stay a flagger: an application is withdrawn, a status given up"),
        Waiver("unheard-answer", "fact CourtActionNotified", "how decisions of a programme are reviewed has no common shape"),
    ],
    questions=[
        "Only an application is withdrawn or superseded. An accreditation ends by being revoked or given up, or with its period: "
        "so the directory follows.",
        "The periods of an accreditation and of a suspension are set anew by another award or suspension, not extended: so the "
        "directory follows. More time can be given to complete an application and to assess it.",
    ],
    absent=[
        Absent("complaint", _I, "a review of these decisions by somebody else has no common shape; another application "
               "is another case"),
        Absent("impossibility", _I, "nobody is ordered to do anything"),
        Absent("clarification", _I, "an application that lacks something is assessed as incomplete, and sent again"),
        Absent("user_notice", _I, "nobody is affected but the flagger, who is a party and is told each decision"),
    ],
)  # fmt: skip

__all__ = ["FLAGGER_ACCREDITATION", "ONE_FLAGGER", "asks", "extended", "heard_of", "tells"]
