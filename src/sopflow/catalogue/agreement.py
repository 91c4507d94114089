"""How a procedure itself is agreed: drafted, reviewed, signed by each side, put in force, reviewed again, ended.

The content of such a case is the digest of the procedure's document, so that what is signed is exactly what runs. A
changed text is another case, whose coming into force supersedes this one. `Runner(require_signed=True)` opens nothing
under a text that no case in the state in_force carries.

No law is cited as its own: that such a text was agreed in 2017 is known from the press; the steps are inferred (I).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import final

from attrs import frozen

from ..case import Content
from ..events import (
    Acknowledged,
    Act,
    Approved,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    DeadlineBreached,
    Issued,
    Opened,
    OrderVoided,
    Refused,
    Request,
    Superseded,
    Withdrawn,
    mandatory,
)
from ..guards import ladder_exhausted
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
    Quorum,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Waiver,
)
from ..terms import Hours, PerCase, WithoutUndueDelay
from ._shared import CLARIFICATION, CLOSED, FILE_STATES, OURS, clarifying, closing_row, file_rows

_2017 = Basis("10 August 2017: an SOP was agreed between the ministry and Telegram", "S9", "S")
_GOVERNANCE = Basis("17 July 2017: continuous improvement of filtering governance", "S1", "S")
_I = Basis("no account says how the text was signed; what any agreement between two bodies needs", "S9", "I")
_WAITING = Basis("no account gives a time; a day or a week is our assumption", "S9", "I")

_BOTH = Quorum(roles={"authority", "platform"}, n=2, each=True)
_SIDES = {"authority", "platform"}


@final
@frozen(kw_only=True)
class PutInForce(Act):
    """The text is in force from now on, and both sides look at it again by `due`: that, too, is signed."""

    due: datetime


@final
@frozen(kw_only=True)
class Reviewed(Act):
    """Both sides have looked at the text in force and keep it; the next review is due at `due`."""

    due: datetime
    finding: str = mandatory(personal=True)


@final
@frozen(kw_only=True)
class Terminated(Act):
    """One side ends the agreement: nothing more is opened under it. Open cases go on under the text they began with."""

    reason: str = personal(default="")


@final
@frozen(kw_only=True)
class Reinstated(Act):
    """Both sides put the terminated text in force again."""

    due: datetime


def proposed(
    procedure: Procedure, parties: Mapping[str, str], *, language: str = "en", place: str = "", note: str = ""
) -> Request:
    """Return the request by which one side proposes a procedure: it opens a case of `sop.agreement`.

    Args:
        procedure: The rulebook; what is signed is the digest of its document.
        parties: Who is on each side, by role: {"authority": …, "platform": …}.
        language: The language of the text that people read, a code such as "id".
        place: Where that text is kept; a name or number, not an address.
        note: What the other side should know.
    """
    form = {"procedure": procedure.id, "version": procedure.version, "title": procedure.title, "language": language}
    more = {"place": place, "note": note}
    return Request(
        contents=[Content(kind="hash", locator=f"sha256:{procedure.digest}")],
        parties=parties,
        form=form | {name: text for name, text in more.items() if text},
    )


def _tell(template: str, *to: str) -> tuple[Send, ...]:
    return tuple(Send(template=template, to=role, sender="authority", optional=True, basis=_I) for role in to)


SOP_AGREEMENT = Procedure(
    id="sop.agreement",
    version="1",
    title="Agreeing a standard operating procedure",
    acting="authority",
    as_of=date(2026, 11, 28),
    summary="One side proposes the digest of a procedure's document. The other reads it, asks, refuses with reasons or "
    "signs. It comes into force by signatures of two organisations, one from each side, on the same text with the same "
    "date of review. Either side can end it, and both can put it in force again. Another text is another case.",
    roles=[
        Role(name="authority", side="authority", basis=_2017),
        Role(name="platform", side="platform", basis=_2017),
        Role(name="court", side="court", basis=_I),
    ],
    opened_by=_SIDES,
    opened_with="request",
    initial="drafted",
    states=[
        State(name="drafted", phase="intake", waits_for="authority", basis=_I, label="Drafted (rancangan)"),
        State(name="in_review", phase="assessment", waits_for="platform", basis=_I, label="Read by the other side (ditelaah)"),
        State(name="disputed", phase="redress", waits_for="authority", basis=_I, label="Refused as it stands (ditolak)"),
        State(name="silent", phase="escalation", waits_for="authority", basis=_I, label="No answer (tidak ada jawaban)"),
        State(name="in_force", phase="compliance", milestone=True, basis=_2017, label="In force (berlaku)"),
        State(name="terminated", phase="redress", milestone=True, basis=_I, label="Ended (diakhiri)"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(
            on=Issued, source=("drafted", "disputed", "silent"), target="in_review", by="authority", basis=_I,
            sends=Send(template="draft", to="platform", sender="authority", ack_within=Hours(24 * 7), reminders=1,
                       proved_by=(Approved, Refused, ClarificationRequested), basis=_WAITING),
        ),
        Transition(on=Acknowledged, of="draft", source=ANY_OPEN, target=STAY, by=_SIDES, basis=_I),
        Transition(on=DeadlineBreached, of="receipt:draft", source="in_review", target="silent", by="system",
                   guards=ladder_exhausted("draft"), basis=_I),
        *clarifying("platform", "authority", "platform", _I, _WAITING, Approved, Refused, ClarificationRequested),
        Transition(on=Refused, source=("in_review", "silent"), target="disputed", by="platform", basis=_I),
        Transition(on=Refused, source=ANY_OPEN, target=STAY, by="platform", basis=_I),
        Transition(on=Approved, source=("drafted", "in_review", "disputed", "silent", "in_force", "terminated"), target=STAY,
                   by=_SIDES, basis=_I, label="One side signs"),
        Transition(on=PutInForce, source=("in_review", "disputed", "silent"), target="in_force", by=_SIDES, requires=_BOTH,
                   sends=_tell("in_force", "platform", "authority"), basis=_2017),
        Transition(on=Reviewed, source="in_force", target=STAY, by=_SIDES, requires=_BOTH, basis=_GOVERNANCE),
        Transition(on=DeadlineBreached, of="review", source="in_force", target=STAY, by="system",
                   sends=_tell("review_due", "platform", "authority"), basis=_GOVERNANCE),
        Transition(on=Terminated, source="in_force", target="terminated", by=_SIDES,
                   sends=_tell("ended", "platform", "authority"), basis=_I),
        Transition(on=OrderVoided, source="in_force", target="terminated", by={"court", "authority"},
                   sends=_tell("ended", "platform", "authority"), basis=_I),
        Transition(on=OrderVoided, source=ANY_OPEN, target=STAY, by={"court", "authority"}, basis=_I),
        Transition(on=Reinstated, source="terminated", target="in_force", by=_SIDES, requires=_BOTH,
                   sends=_tell("in_force", "platform", "authority"), basis=_I),
        closing_row("authority", "terminated"),
        *file_rows("authority"),
    ],
    obligations=[
        Obligation(name="propose", kind="reminder", owner="authority", term=WithoutUndueDelay(24 * 7), basis=_WAITING,
                   starts=Opened, meets=Issued, cancels=(Withdrawn, Superseded), label="Send the draft to the other side"),
        Obligation(name="sign", kind="reminder", owner="platform", term=WithoutUndueDelay(24 * 14), repeats=True, basis=_WAITING,
                   starts=Issued, meets=(PutInForce, Refused), cancels=(Withdrawn, Superseded), label="Sign or refuse"),
        Obligation(name="answer_refusal", kind="reminder", owner="authority", term=WithoutUndueDelay(24 * 7), repeats=True,
                   basis=_WAITING, starts=(Refused, On(DeadlineBreached, "receipt:draft")), meets=(Issued, PutInForce),
                   cancels=(Withdrawn, Superseded), label="Send again, or take it back"),
        Obligation(name="clarify", kind="reminder", owner="authority", term=WithoutUndueDelay(24 * 7), repeats=True, basis=_WAITING,
                   starts=ClarificationRequested, meets=ClarificationGiven, cancels=(Withdrawn, Superseded), label="Answer"),
        Obligation(name="review", owner="authority", term=PerCase(), repeats=True, basis=_GOVERNANCE,
                   starts=(PutInForce, Reinstated), restarts=Reviewed, cancels=(Withdrawn, Superseded, Closed),
                   meets=(Terminated, OrderVoided), label="Review the text by the date that was signed"),
    ],
    forms=[
        Form(
            instrument="request", enforce="refuse",
            fields=[
                FormField("procedure", _I, "The procedure's id", longest=200),
                FormField("version", _I, "Its version", longest=100),
                FormField("title", _I, "Its title", longest=500),
                FormField("language", _I, "The language of the text that people read", kind="language"),
                FormField("place", _I, "Where that text is kept", required=False, longest=500),
                FormField("note", _I, "What the other side should know", required=False),
            ],
        ),
    ],
    templates=[
        Template(
            "draft", "Proposed procedure, case $case",
            "The following standard operating procedure is proposed to you. Its digest is what you would sign:\n\n"
            "$contents\n\n$form\n\n$confirm\nPlease sign it, refuse it with reasons, or ask.\n",
        ),
        CLARIFICATION,
        Template("in_force", "Procedure in force, case $case",
                 "Both sides have signed the following text. It is in force:\n\n$contents\n\n$form\n"),
        Template("review_due", "Procedure to be reviewed, case $case",
                 "The date by which the following text was to be reviewed has passed. It stays in force:\n\n$contents\n"),
        Template("ended", "Procedure ended, case $case",
                 "The following text is not in force any more. Open cases go on under it; none is opened:\n\n$contents\n\n$reason\n"),
    ],
    sources=[
        Source("S1", "viva.co.id/arsip/936407 (17 July 2017)"),
        Source("S9", "republika.co.id 17/08/11/ouhfbz414"),
        OURS,
    ],
    absent=[
        Absent("impossibility", _I, "A text can be refused or ended; nothing has to be carried out by this procedure itself."),
        Absent("user_notice", _I, "No content of a user is at issue: what is agreed is the text of a procedure."),
        Absent("complaint", _I, "Nobody but the two sides is bound by the text; a side that objects refuses or ends it."),
    ],
    questions=[
        "The signed text of 2017 was not found: how its two sides signed it is not known.",
        "Whether the public is told of the text in force, or consulted before, is left to the two sides.",
    ],
    waivers=[
        Waiver("field-without-article", "*", "an agreement between two bodies: no law asks for these fields"),
        Waiver("unconfirmed-message", "*", "what is told here was decided by both sides; the draft itself is tracked"),
        Waiver("unheard-answer", "fact CourtActionNotified", "a side that objects refuses the text or ends it; that a court voids it is heard (OrderVoided)"),
    ],
)  # fmt: skip

__all__ = ["SOP_AGREEMENT", "PutInForce", "Reinstated", "Reviewed", "Terminated", "proposed"]
