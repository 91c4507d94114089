"""European Union: the status of trusted flagger, Article 22 of Regulation (EU) 2022/2065, the Digital Services Act.

From the side of the Digital Services Coordinator that awards it. It extends the generic accreditation by what the
article adds: three conditions, a yearly report, what platforms tell of poor notices, and being heard before a revocation.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, final

from attrs import field, frozen

from ..accreditation import (
    AccreditationAwarded,
    AccreditationGivenUp,
    AccreditationReinstated,
    AccreditationRevoked,
    AccreditationSuspended,
    FlaggerWarned,
)
from ..case import Case, Standing
from ..events import Act, DeadlineBreached, DeadlineClosed, Event, Fact, mandatory
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
    Source,
    State,
    Template,
    Transition,
    Waiver,
)
from ..terms import Months, PerCase, WithoutUndueDelay
from .flaggers import FLAGGER_ACCREDITATION, ONE_FLAGGER, asks, extended, heard_of, tells

_AWARD = Basis(
    "DSA Article 22: awarded by the Digital Services Coordinator of the Member State of establishment", "S78", "V"
)
_ENTITY = Basis("DSA recital 61: only to entities, not to individuals", "S78", "V")
_REPORT = Basis(
    "DSA Article 22: a report at least once a year, public and sent to the awarding coordinator, that explains how the "
    "flagger stays independent, without personal data", "S78", "V",
)  # fmt: skip
_POOR = Basis(
    "DSA Article 22(6): a platform tells the awarding coordinator of a significant number of imprecise, inaccurate or "
    "inadequately substantiated notices, with explanations and documents", "S80", "S",
)  # fmt: skip
_SUSPEND = Basis(
    "DSA recital 62: the status may be suspended where the coordinator has opened an investigation based on legitimate "
    "reasons", "S78", "V",
)  # fmt: skip
_REVOKE = Basis("DSA Article 22: only the coordinator suspends or revokes the status", "S78", "V")
_HEARD = Basis(
    "DSA Article 22(7): before revoking, the entity can react to the findings and to the intention to revoke",
    "recalled",
    "M",
)
_PACE = Basis("when we remind, or write to the next contact, is our choice: no source names a number", "sopflow", "I")
_I = Basis("not in what was read of Article 22; follows from it", "S78", "I")
_BOTH = {"flagger", "accreditor"}


def _condition(name: str, text: str) -> FormField:
    return FormField(
        name, Basis(f"DSA Article 22, condition of the award: {text}", "cnam", "V"), text[0].upper() + text[1:]
    )


@final
@frozen(kw_only=True, repr=False, slots=False)
class PoorNoticesReported(Fact):
    """A platform says that many of the flagger's notices were imprecise, inaccurate or inadequately substantiated.

    Attributes:
        explanation: Which ones, and why; what proves it goes into `evidence`.
    """

    explanation: str = mandatory(personal=True)


@final
@frozen(kw_only=True, repr=False, slots=False)
class ReportPublished(Fact):
    """The flagger has published its yearly report, and sent it."""

    reference: str = personal(default="")


@final
@frozen(kw_only=True, repr=False, slots=False)
class RevocationAnnounced(Act):
    """The coordinator says what it has found, and that it means to revoke the status.

    Attributes:
        reason: The findings, in words.
        due: Until when the flagger can react.
    """

    reason: str = mandatory(personal=True)
    due: datetime = field()


@final
@frozen(kw_only=True, repr=False, slots=False)
class ReactionReceived(Fact):
    """The flagger has reacted to the findings and to the intention to revoke."""

    reaction: str = personal(default="")


def _heard(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    announced = [h for h in view.happenings if h.event == RevocationAnnounced.name]
    if not announced:
        return "the flagger was not told of the findings and of the intention to revoke"
    last = max(h.at for h in announced)
    reacted = any(h.event == ReactionReceived.name and h.at >= last for h in view.happenings)
    time = view.deadline("react")
    if reacted or (time is not None and time.standing is Standing.EXPIRED):
        return None
    return f"the flagger can react until {time.due if time is not None else 'a day that is not set'}, and has not yet"


HEARD = Guard("heard", _heard)
_GENERIC = FLAGGER_ACCREDITATION
# Restated below: nobody is revoked unheard, and a suspension or reinstatement may come after the announcement, too.
_RESTATED = (AccreditationSuspended, AccreditationReinstated, AccreditationRevoked)
_KEPT = tuple(
    t for t in _GENERIC.transitions
    if t.on not in _RESTATED and not (t.on is AccreditationAwarded and t.source == ("assessed",))
)  # fmt: skip


DSA_TRUSTED_FLAGGER = _GENERIC.extend(
    id="eu.dsa_trusted_flagger",
    title="Trusted flagger status under the Digital Services Act",
    replace={
        "jurisdiction": "EU",
        "valid_from": date(2024, 2, 17),
        "summary": "An entity established in a Member State applies to the Digital Services Coordinator there and shows "
        "expertise, independence from platforms, and diligence. The status is recognised by all platforms, which decide "
        "its notices with priority and without undue delay. The article sets no period: `until` is for coordinators that "
        "do. Poor notices may lead to an investigation, during which the status may be suspended; it is revoked after "
        "the flagger could react. Full application of the Act since 17 February 2024 (S88). Warnings are no part of the "
        "article.",
        "transitions": _KEPT,
    },
    roles=[
        Role(name="flagger", side="flagger", basis=_ENTITY, label="Entity that applies; then the trusted flagger"),
        Role(name="accreditor", side="accreditor", basis=_AWARD, label="Digital Services Coordinator of establishment"),
        Role(name="platform", side="platform", basis=_POOR, label="Provider of an online platform"),
    ],
    states=[
        State(name="accredited", phase="compliance", milestone=True, basis=_AWARD, label="Trusted flagger"),
        State(name="suspended", phase="escalation", waits_for="accreditor", milestone=True, basis=_SUSPEND,
              label="Suspended during an investigation"),
        State(name="revocation_announced", phase="escalation", waits_for="accreditor", basis=_HEARD,
              label="May react before the status is revoked"),
        State(name="revoked", phase="closed", final=True, milestone=True, basis=_REVOKE),
    ],
    transitions=[
        Transition(
            on=AccreditationAwarded, source="assessed", target="accredited", by="accreditor", guards=ONE_FLAGGER,
            basis=_AWARD, sends=tells("accreditation_awarded", _AWARD),
        ),
        Transition(on=PoorNoticesReported, source=ANY_OPEN, target=STAY, by={"platform", "accreditor"}, basis=_POOR),
        Transition(
            on=AccreditationSuspended, source=("accredited", "suspended", "revocation_announced"), target="suspended",
            by="accreditor", basis=_SUSPEND, sends=asks("suspension"),
        ),
        Transition(
            on=RevocationAnnounced, source=("accredited", "suspended"), target="revocation_announced", by="accreditor",
            basis=_HEARD, sends=asks("revocation_announced", _HEARD),
        ),
        *heard_of("revocation_announced"),
        Transition(on=ReactionReceived, source=ANY_OPEN, target=STAY, by=_BOTH, basis=_HEARD),
        Transition(
            on=AccreditationReinstated, source=("suspended", "revocation_announced"), target="accredited", by="accreditor",
            basis=_I, sends=tells("reinstatement"),
        ),
        Transition(
            on=AccreditationRevoked, source="revocation_announced", target="revoked", by="accreditor", guards=HEARD,
            basis=_REVOKE, sends=tells("revocation", _REVOKE),
        ),
        Transition(on=ReportPublished, source=ANY_OPEN, target=STAY, by=_BOTH, basis=_REPORT),
        Transition(
            on=DeadlineBreached, of="report", source=ANY_OPEN, target=STAY, by="system", basis=_I,
            sends=asks("report_overdue", _REPORT),
        ),
        *heard_of("report_overdue"),
        extended("report"),
        extended("react"),
    ],
    obligations=[
        Obligation(
            name="report", owner="flagger", term=Months(12), basis=_REPORT, repeats=True,
            starts=(AccreditationAwarded, On(DeadlineBreached, "report")), restarts=ReportPublished,
            cancels=(AccreditationRevoked, AccreditationGivenUp, On(DeadlineClosed, "accreditation")),
            label="Yearly report: by provider, kind of content and action taken (recital 62)",
        ),
        Obligation(
            name="look_into", kind="reminder", owner="accreditor", term=WithoutUndueDelay(14 * 24), basis=_PACE, repeats=True,
            starts=PoorNoticesReported, meets=(FlaggerWarned, AccreditationSuspended, RevocationAnnounced),
            cancels=(AccreditationRevoked, AccreditationGivenUp),
        ),
        Obligation(
            name="react", kind="right", owner="flagger", term=PerCase(), basis=_HEARD, repeats=True,
            starts=RevocationAnnounced, meets=(ReactionReceived, AccreditationReinstated), cancels=AccreditationGivenUp,
            label="React to the findings and to the intention to revoke",
        ),
        Obligation(
            name="decide_on_revocation", kind="reminder", owner="accreditor", term=WithoutUndueDelay(30 * 24), basis=_PACE,
            repeats=True, starts=RevocationAnnounced, meets=(AccreditationRevoked, AccreditationReinstated, AccreditationSuspended),
            cancels=AccreditationGivenUp,
        ),
    ],
    forms=[
        Form(
            instrument="application",
            fields=[
                _condition("expertise", "particular expertise and competence in detecting, identifying and notifying illegal content"),
                _condition("independence", "independence from any provider of online platforms"),
                _condition("diligence", "notices are submitted diligently, accurately and objectively"),
                FormField("entity", _ENTITY, "Name, address and e-mail address of the entity"),
                FormField("scope", Basis("an application says for which kinds of illegal content and where", "traficom", "V"),
                          "Kinds of illegal content, countries and languages"),
            ],
        ),
    ],
    templates=[
        Template(
            "application_incomplete", "Your application, case $case: something is missing",
            "Your application for the status of trusted flagger cannot be assessed as it is. It must show expertise, "
            "independence from providers of online platforms, and diligence, and name the entity and the scope.\n\n$confirm\n",
        ),
        Template(
            "revocation_announced", "Intention to revoke, case $case",
            "We mean to revoke your status as trusted flagger. You can react to these findings until the date set.\n\n"
            "Findings: $reason\n\nUntil: $deadline\n\n$confirm\n",
        ),
        Template(
            "report_overdue", "Yearly report, case $case",
            "Your yearly report has not reached us. Publish it and send it to us.\n\n$confirm\n",
        ),
    ],
    sources=[
        Source("S78", "streamlex.eu/articles/dsa-en-art-22; eu-digital-services-act.com Preamble_61_to_70"),
        Source("S80", "An operator's checklists on Articles 22 and 23 of the DSA, not independently confirmed"),
        Source("S88", "newzintel.com 2025/01/29 (answer E-002707/2024 to a question in the European Parliament)"),
        Source("cnam", "cnam.ie, Trusted flaggers: the three conditions as the Irish coordinator states them"),
        Source("traficom", "traficom.fi, Trusted flaggers: contents of an application to the Finnish coordinator"),
        Source("recalled", "Recalled, not checked against the Official Journal"),
    ],
    waivers=[
        Waiver("field-without-article", "*", "what coordinators ask for; the article names the three conditions only"),
    ],
    absent=[
        Absent("complaint", Basis("the review of a coordinator's decisions was not looked for", "recalled", "M"),
               "it is a matter of the coordinator's national law"),
    ],
    questions=[
        "That the flagger can react before it is revoked, and how long, is recalled and not checked (Article 22(7)).",
        "Article 22(6) was read in an operator's checklist only.",
        "Whether coordinators award the status for a period was not looked for.",
        "The article says nothing of more time: that the coordinator may give more for the report or for a reaction is inferred.",
    ],
)  # fmt: skip

__all__ = [
    "DSA_TRUSTED_FLAGGER", "PoorNoticesReported", "ReactionReceived", "ReportPublished", "RevocationAnnounced",
]  # fmt: skip
