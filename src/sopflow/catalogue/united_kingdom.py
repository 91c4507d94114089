"""United Kingdom: Online Safety Act 2023 s. 10(3A) and 20A, reports of intimate images. Written from the provider's side.

The sections came with the Crime and Policing Act 2026. Search services have a duty of their own, which is not here.
"""

from __future__ import annotations

from datetime import date
from typing import final

from attrs import frozen

from ..events import Act, Closed, EffectGiven, InstrumentReceived, Restored, Superseded, Withdrawn
from ..guards import all_are, any_is, gives, no_open_clock, settled, was_open
from ..procedure import Procedure
from ..records import personal
from ..rules import (
    STAY,
    Absent,
    Basis,
    Form,
    FormField,
    Obligation,
    On,
    Role,
    Source,
    State,
    Template,
    Transition,
    Waiver,
)
from ..terms import WithoutUndueDelay
from . import _intimate as intimate
from ._intimate import CopiesSought
from ._shared import DOWN, NOT_DOWN, OURS, OnContents, closing_row, replied, stays


@final
@frozen(kw_only=True)
class DecisionUpheld(OnContents, Act):
    """After a complaint the decision stands."""

    reason: str = personal(default="")


_O = "Online Safety Act 2023 "
_20A = Basis(_O + "s. 20A: users and affected persons can easily make such a report (as in the Bill)", "Lords", "V")
_HOURS = Basis(
    _O + "s. 10(3A): as soon as reasonably practicable, and at most 48 hours after the report is received (as in the Bill)",
    "S110", "V",
)  # fmt: skip
_SAME = Basis(
    _O + "s. 10(3A)(b): and other content that the provider identifies as the same or substantially the same (as in the Bill)",
    "Lords", "V",
)  # fmt: skip
_3B = Basis(
    _O + "s. 10(3B): not where the provider considers that it is no intimate image content, or the reporter neither its "
    "subject nor acting for the subject (as in the Bill)",
    "Lords", "V",
)  # fmt: skip
_21 = Basis(
    _O + "s. 21: complaints of users and affected persons, and of users whose content was taken down", "OSA", "M"
)
_SILENT = Basis(_O + "s. 10 and 20A: not in them; our choice", "OSA", "I")


_REPLIED = replied("complaint_reply", "reporter", _SILENT)
_BACK, _ANSWER = intimate.back(_SILENT), intimate.tells("answer", "reporter", _SILENT)
_GONE = (_ANSWER, intimate.tells("removal_notice", "user", _SILENT))
_DESK = {"platform", "reviewer"}
_REVIEW = ("under_review", "reviewed")


def _element(name: str, paragraph: str, label: str, kind: str = "", source: str = "Lords") -> FormField:
    return FormField(name, Basis(f"{_O}s. 20A{paragraph} (as in the Bill)", source, "V"), label, kind=kind)


OSA_INTIMATE_IMAGE = Procedure(
    id="uk.osa_intimate_image",
    version="1",
    title="Online Safety Act: intimate image content reports",
    jurisdiction="GB",
    acting="platform",
    valid_from=date(2026, 6, 29),
    as_of=date(2026, 11, 28),
    summary="Whoever is shown in an intimate image, or somebody for that person, reports it. A report with its elements starts "
    "48 hours at its receipt, in which the content comes down, and with it what the provider identifies as the same or "
    "substantially the same. It does not come down where the provider considers that it is no such content, or that the "
    "reporter is not who may report. Who is affected may complain to the provider.",
    roles=[
        *intimate.roles(_20A, _21),
        Role(name="reviewer", side="platform", basis=_SILENT, label="Who did not take the first decision"),
    ],
    opened_by={"reporter", "platform"},
    opened_with="notice",
    initial="received",
    states=[
        *intimate.states(_20A, _HOURS, _3B, _SILENT),
        State(name="under_review", phase="redress", waits_for="platform", basis=_21, label="A complaint is being handled"),
        State(name="reviewed", phase="redress", basis=_21, label="The decision stands"),
    ],
    transitions=[
        Transition(on=InstrumentReceived, of="complaint", source=("removed", "not_removed", "reviewed"), target="under_review",
                   by={"user", "reporter", "platform"}, basis=_21),
        stays(InstrumentReceived, {"user", "reporter", "platform"}, _21, "complaint"),
        *(Transition(on=DecisionUpheld, source="under_review", target="reviewed", by="reviewer", basis=_21,
                     guards=(no_open_clock("handle_complaint"), *guards), sends=sends) for guards, sends in _REPLIED),
        *(stays(DecisionUpheld, "reviewer", _21, guards=(was_open("handle_complaint"), *guards), sends=sends) for guards, sends in _REPLIED),
        Transition(on=Restored, source="under_review", target="restored", by=_DESK, basis=_21, sends=_BACK,
                   guards=(all_are("restored", "refused", "not_found"), no_open_clock("handle_complaint"))),
        Transition(on=Restored, source="under_review", target="reviewed", by=_DESK, basis=_21, sends=_BACK,
                   guards=no_open_clock("handle_complaint")),
        Transition(on=Restored, source="under_review", target=STAY, by=_DESK, basis=_21, sends=_BACK),
        Transition(on=EffectGiven, source=_REVIEW, target="removed", by=_DESK, basis=_21, sends=_GONE,
                   guards=(all_are(*DOWN, "not_found", "refused"), any_is(*DOWN), gives(*DOWN), no_open_clock("handle_complaint"))),
        Transition(on=EffectGiven, source=_REVIEW, target=STAY, by=_DESK, basis=_21, guards=gives(*DOWN), sends=_GONE),
        Transition(on=EffectGiven, source=_REVIEW, target=STAY, by=_DESK, basis=_21, guards=gives("not_found", "refused"), sends=_ANSWER),
        *intimate.rows(_20A, _HOURS, _SAME, _3B, _SILENT, _SILENT, settled("handle_complaint")),
        closing_row("platform", "reviewed", guards=(*intimate.CLOSING, settled("handle_complaint"))),
    ],
    obligations=[
        *intimate.obligations(_HOURS, 48, _SAME, _SILENT, excused=True),
        Obligation(name="handle_complaint", kind="reminder", owner="platform", term=WithoutUndueDelay(72), per_content=True, repeats=True,
                   basis=_21,
                   starts=On(InstrumentReceived, "complaint"), meets=(DecisionUpheld, Restored, On(EffectGiven, outcomes=DOWN, where=NOT_DOWN)),
                   cancels=(Withdrawn, Superseded, Closed), label="Handle the complaint"),
    ],
    hooks=intimate.hooks(),
    forms=[
        Form(
            instrument="notice",
            fields=[
                _element("declares_intimate", "(2)(a)", "Declares that it is intimate image content", "yes"),
                _element("declares_subject", "(2)(b)", "Declares that it is made by its subject, or for the subject", "yes"),
                _element("good_faith", "(2)(c)(i)", "Declares that it is made in good faith", "yes"),
                _element("true_as_known", "(2)(c)(ii)", "Declares that it is true to the best of knowledge and belief", "yes"),
                _element("information", "(2), paragraph not seen", "Enough information to identify the content", "", "S110"),
                _element("contact", "(2), paragraph not seen", "Contact details of whoever reports", "", "S110"),
            ],
        ),
    ],
    templates=[
        *intimate.TEMPLATES,
        Template("complaint_reply", "Your complaint, case $case", "The decision about the following stands:\n\n$concerned\n\n$reason\n"),
    ],
    sources=[
        Source("S110", "gov.uk, memoranda on the Crime and Policing Bill of 20 March 2026; mdfy.news"),
        Source("Lords", "Amendment 257A of the Commons, moved in the Lords on 16 April 2026 (parallelparliament.co.uk)"),
        Source("S74", "a legal research file of an operator, which dates the duty to 29 June 2026"),
        Source("acthub", "beta.acthub.uk: Crime and Policing Act 2026, chapter 20, enacted on 29 April 2026"),
        Source("OSA", "Online Safety Act 2023, as recalled"),
        OURS,
    ],
    absent=[
        Absent("clarification", _SILENT, "a report that lacks something is answered, and a complete one continues the case"),
        Absent("impossibility", _SILENT, "the duty is to have proportionate systems and processes; it knows no such statement"),
    ],
    questions=[
        "The sections were read as the Bill had them in March and April 2026 (V), not as enacted (29 April 2026: S).",
        "That the duty holds since 29 June 2026 is known from one operator's note (S).",
        "Whether the regulations on the requirements of a report have been made was not found.",
        "The duty is to operate proportionate systems and processes; one late removal is not said to be a breach by itself. "
        "The 48 hours are kept here for each content all the same.",
        "A report that lacks an element is no such report: that its 48 hours run from the receipt of a complete one is inferred.",
        "Complaints under section 21, and that somebody else reviews the decision, are recalled or inferred; no time is known.",
        "Ofcom enforces, with penalties of up to 10 % of worldwide revenue; enforcement is no part of this file.",
    ],
    waivers=[
        Waiver("unconfirmed-message", "*", "sections 10 and 20A ask nobody to confirm receipt of what the provider tells"),
    ],
)  # fmt: skip

__all__ = ["OSA_INTIMATE_IMAGE", "CopiesSought", "DecisionUpheld"]
