"""A hotline of the INHOPE network: a report of child sexual abuse material is assessed, traced, passed on, checked.

The practice differs from country to country. Material itself never enters a case: only its location and digests.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, final

from attrs import field, frozen

from ..case import Case
from ..errors import BadInput
from ..events import (
    Acknowledged,
    Act,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    EffectGiven,
    Event,
    Fact,
    ImpossibilityStated,
    Issued,
    Opened,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Sent,
    Superseded,
    Withdrawn,
)
from ..events import DeadlineBreached as Breached
from ..guards import IN_PART, SOMETHING_LEFT, all_are, ladder_exhausted, no_open_clock
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
from ..terms import Hours, WithoutUndueDelay
from ._shared import (
    CLARIFICATION,
    CLOSED,
    DOWN,
    FILE_STATES,
    OURS,
    UP,
    OnContents,
    clarifying,
    closing_row,
    file_rows,
)

_ROLE = Basis(
    "analyst classifies, traces the host, tells police and host, or forwards to the hotline of the host's country",
    "S152",
    "V",
)
_DIFFERS = Basis("the procedure differs per country", "S152", "V")
_FOUR = Basis("four timestamps are measured: report received, police told, host told, removed", "S153", "V")
_FORM = Basis("the URL first; each field is kept as entered; anonymous reports are allowed", "S155", "S")
_BASELINE = Basis("national illegal, baseline, or not illegal", "S152", "V")
_I = Basis("no text says so; follows from the practice", "S153", "I")
_WAITING = Basis("no text gives a time; a day, or three for the removal, is our assumption", "S153", "I")
_SILENT = Basis("what was read says nothing of it", "S152", "I")

_GONE = ("removed", "disabled", "not_found")
_OVER = (Withdrawn, Superseded, Closed)
_CATEGORIES = ("baseline", "national")
_OUT = ("host_told", "host_silent", "forwarded", "partner_silent", "police_told")
_RETRACTION = Send(
    template="retraction", to="host", sender="hotline", ack_within=Hours(24), optional=True, proved_by=(Restored,), basis=_I
)  # fmt: skip


def _category(instance: Any, attribute: Any, value: str) -> None:
    if value not in _CATEGORIES:
        raise BadInput("Classified.category", value, f"use one of {', '.join(_CATEGORIES)}; what is legal is rejected")


@final
@frozen(kw_only=True)
class Classified(Act):
    """An analyst has found it illegal.

    Attributes:
        category: "baseline" (illegal everywhere in the network) or "national" (illegal here).
    """

    category: str = field(validator=_category, metadata={"choices": _CATEGORIES})


@final
@frozen(kw_only=True)
class HostTraced(Act):
    """Where it is hosted was found out.

    Attributes:
        country: Two capital letters (ISO 3166-1).
        here: Whether that is the hotline's own country.
    """

    country: str
    here: bool = False

    def of(self) -> str:
        """Return "here" or "elsewhere"."""
        return "here" if self.here else "elsewhere"


@final
@frozen(kw_only=True)
class PoliceAgreed(Fact):
    """The police have nothing against the host being told now."""

    name: ClassVar[str] = "PoliceAgreed"


@final
@frozen(kw_only=True)
class RemovalVerified(OnContents, Act):
    """The hotline has looked again: nothing is there any more."""


def _told(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    sent = any(m.sent is not None for m in view.sent_as("police_report"))
    return None if sent else "the police have not been told yet"


def _is_gone(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    concerned = event.concerns()
    there = [c.id for c in view.contents if c.outcome not in _GONE and (concerned is None or c.id in concerned)]
    return f"{', '.join(there)} is not said to be gone" if there else None


INHOPE = Procedure(
    id="hotline.inhope",
    version="1",
    title="Hotline of the INHOPE network: from report to verified removal",
    acting="hotline",
    as_of=date(2026, 11, 28),
    summary="A report, which may be anonymous, is classified and its host traced. In the hotline's own country the police "
    "are told, and then the host; else the report goes to the hotline of the host's country. Removal is checked by looking "
    "again. Four times are measured: received, police told, host told, removed.",
    roles=[
        Role(name="public", side="reporter", basis=_FORM),
        Role(name="reporter", side="reporter", basis=_FORM, label="Whoever reported, if not anonymous"),
        Role(name="hotline", side="hotline", basis=_ROLE),
        Role(name="police", side="police", basis=_ROLE),
        Role(name="host", side="host", basis=_ROLE, label="Internet service or hosting provider"),
        Role(name="partner_hotline", side="partner_hotline", basis=_ROLE, label="Hotline of the host's country"),
    ],
    opened_by={"public", "partner_hotline", "hotline"},
    opened_with="notice",
    initial="reported",
    states=[
        State(name="reported", phase="intake", waits_for="hotline", basis=_FORM),
        State(name="not_illegal", phase="closed", final=True, basis=_BASELINE),
        State(name="classified", phase="assessment", waits_for="hotline", basis=_BASELINE),
        State(name="traced_here", phase="assessment", waits_for="hotline", basis=_ROLE, label="Hosted in our own country"),
        State(name="traced_elsewhere", phase="assessment", waits_for="hotline", basis=_ROLE, label="Hosted in another country"),
        State(name="police_told", phase="notice", waits_for="hotline", basis=_ROLE),
        State(name="host_told", phase="notice", waits_for="host", basis=_ROLE),
        State(name="host_silent", phase="escalation", waits_for="hotline", basis=_WAITING),
        State(name="forwarded", phase="notice", waits_for="partner_hotline", basis=_ROLE, label="Forwarded through ICCAM"),
        State(name="partner_silent", phase="escalation", waits_for="hotline", basis=_WAITING),
        State(name="removed", phase="compliance", waits_for="hotline", basis=_FOUR, label="Said to be removed"),
        State(name="verified", phase="compliance", basis=_I, label="Seen to be removed"),
        State(name="taken_back", phase="redress", waits_for="host", basis=_I, label="Reported by mistake"),
        State(name="restored", phase="closed", final=True, basis=_I),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Classified, source="reported", target="classified", by="hotline", basis=_BASELINE),
        Transition(on=Rejected, source=("reported", "classified"), target="not_illegal", by="hotline", basis=_BASELINE,
                   sends=Send(template="answer", to="reporter", sender="hotline", optional=True, basis=_I)),
        Transition(on=HostTraced, of="here", source=("classified", "traced_elsewhere", "forwarded", "partner_silent"), target="traced_here",
                   by="hotline", basis=_ROLE,
                   sends=Send(template="police_report", to="police", sender="hotline", ack_within=Hours(24), reminders=1,
                              proved_by=(PoliceAgreed,), basis=_WAITING)),
        Transition(on=HostTraced, of="elsewhere", source=("classified", "traced_here", "host_told", "host_silent"), target="traced_elsewhere",
                   by="hotline", basis=_ROLE),
        Transition(on=Acknowledged, of="police_report", source="traced_here", target="police_told", by={"police", "hotline"}, basis=_ROLE),
        Transition(on=PoliceAgreed, source="traced_here", target="police_told", by="police", basis=_DIFFERS),
        Transition(on=PoliceAgreed, source=ANY_OPEN, target=STAY, by="police", basis=_DIFFERS),
        Transition(on=Breached, of="receipt:police_report", source=ANY_OPEN, target=STAY, by="system", basis=_WAITING),
        Transition(on=Issued, source=("traced_here", "police_told", "host_silent"), target="host_told", by="hotline", basis=_ROLE,
                   guards=(Guard("police_told", _told), SOMETHING_LEFT),
                   sends=Send(template="notice", to="host", sender="hotline", ack_within=Hours(24), reminders=1, basis=_WAITING, until=Retracted,
                              proved_by=(EffectGiven, Refused, ClarificationRequested, ImpossibilityStated))),
        Transition(on=Issued, source=("traced_elsewhere", "partner_silent"), target="forwarded", by="hotline", guards=SOMETHING_LEFT, basis=_ROLE,
                   sends=Send(template="forwarded_report", to="partner_hotline", sender="hotline", ack_within=Hours(24), reminders=1, basis=_WAITING, until=Retracted,
                              proved_by=(EffectGiven, Refused))),
        Transition(on=Acknowledged, of="notice", source=ANY_OPEN, target=STAY, by={"host", "hotline"}, basis=_I),
        Transition(on=Acknowledged, of="forwarded_report", source=ANY_OPEN, target=STAY, by={"partner_hotline", "hotline"}, basis=_I),
        Transition(on=Breached, of="receipt:notice", source="host_told", target="host_silent", by="system", guards=ladder_exhausted("notice"), basis=_WAITING),
        Transition(on=Breached, of="receipt:forwarded_report", source="forwarded", target="partner_silent", by="system",
                   guards=ladder_exhausted("forwarded_report"), basis=_WAITING),
        Transition(on=EffectGiven, source=(*_OUT, "traced_here", "traced_elsewhere", "classified"), target="removed",
                   by={"host", "partner_hotline", "hotline"}, guards=all_are(*_GONE), basis=_FOUR),
        Transition(on=EffectGiven, source=ANY_OPEN, target=STAY, by={"host", "partner_hotline", "hotline"}, basis=_FOUR),
        Transition(on=Refused, source="host_told", target="host_silent", by={"host"}, basis=_I),
        Transition(on=Refused, source="forwarded", target="partner_silent", by={"partner_hotline"}, basis=_I),
        Transition(on=Refused, source=ANY_OPEN, target=STAY, by={"host", "partner_hotline"}, basis=_I),
        Transition(on=ImpossibilityStated, source=ANY_OPEN, target=STAY, by="host", basis=_I),
        *clarifying({"host", "partner_hotline"}, "hotline", "host", _I, _WAITING, EffectGiven, Refused, ClarificationRequested,
                    optional=True, until=Retracted),
        Transition(on=RemovalVerified, source="removed", target="verified", by="hotline", basis=_I, guards=no_open_clock("look_again"),
                   sends=Send(template="answer", to="reporter", sender="hotline", optional=True, basis=_I)),
        Transition(on=RemovalVerified, source=ANY_OPEN, target=STAY, by="hotline", basis=_I, guards=Guard("is_gone", _is_gone)),
        Transition(on=Restored, source=("removed", "verified"), target="host_silent", by={"hotline", "host"}, basis=_I, label="It is there again"),
        Transition(on=Restored, source="taken_back", target="restored", by={"host", "hotline"}, guards=all_are("restored", "pending", "not_found", "refused"), basis=_I),
        Transition(on=Restored, source=ANY_OPEN, target=STAY, by={"host", "hotline"}, basis=_I),
        Transition(on=Retracted, source=(*_OUT, "removed", "verified"), target=STAY, by="hotline", guards=IN_PART, basis=_I, sends=_RETRACTION),
        Transition(on=Retracted, source=(*_OUT, "removed", "verified"), target="taken_back", by="hotline", basis=_I, sends=_RETRACTION),
        Transition(on=Retracted, source=ANY_OPEN, target=STAY, by="hotline", basis=_I),
        Transition(on=Breached, of="receipt:retraction", source=ANY_OPEN, target=STAY, by="system", basis=_WAITING),
        closing_row("hotline", "verified", "taken_back", "forwarded", "partner_silent", "host_silent"),
        *file_rows("hotline"),
    ],
    obligations=[
        Obligation(name="classify", kind="reminder", owner="hotline", term=WithoutUndueDelay(24), basis=_WAITING, starts=Opened,
                   meets=Classified, cancels=(Rejected, Withdrawn, Superseded), label="Classify the report"),
        Obligation(name="trace", kind="reminder", owner="hotline", term=WithoutUndueDelay(24), basis=_WAITING, starts=Classified,
                   meets=HostTraced, cancels=(Rejected, Withdrawn, Superseded, EffectGiven), label="Trace the host"),
        Obligation(name="pass_on", kind="reminder", owner="hotline", term=WithoutUndueDelay(24), repeats=True, basis=_WAITING, starts=HostTraced,
                   meets=Issued, cancels=(Withdrawn, Superseded), label="Tell the host, or the hotline of its country"),
        Obligation(name="remove", kind="reminder", owner="host", term=WithoutUndueDelay(72), per_content=True, basis=_WAITING,
                   starts=On(Sent, "notice", where=UP), pauses=ClarificationRequested, resumes=ClarificationGiven,
                   meets=On(EffectGiven, outcomes=_GONE), cancels=(Retracted, *_OVER), label="Remove"),
        Obligation(name="partner_removes", kind="reminder", owner="partner_hotline", term=WithoutUndueDelay(72), per_content=True, basis=_WAITING,
                   starts=On(Sent, "forwarded_report", where=UP), meets=On(EffectGiven, outcomes=_GONE), cancels=(Retracted, *_OVER),
                   label="Have it removed in the host's country"),
        Obligation(name="follow_up", kind="reminder", owner="hotline", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=_WAITING,
                   starts=(On(Breached, "receipt:notice", where=UP), On(Breached, "receipt:forwarded_report", where=UP), Refused, Restored),
                   meets=(Issued, HostTraced, On(EffectGiven, outcomes=_GONE)), cancels=(*_OVER, Retracted), label="Try again, or another way"),
        Obligation(name="look_again", kind="reminder", owner="hotline", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=_I,
                   starts=On(EffectGiven, outcomes=_GONE), meets=RemovalVerified, cancels=(*_OVER, Retracted), label="See that it is gone"),
        Obligation(name="clarify", kind="reminder", owner="hotline", term=WithoutUndueDelay(24), repeats=True, per_content=True, basis=_WAITING,
                   starts=ClarificationRequested, meets=ClarificationGiven, cancels=(*_OVER, Retracted), label="Clarify"),
        Obligation(name="put_back", kind="reminder", owner="host", term=WithoutUndueDelay(24), per_content=True, basis=_I,
                   starts=On(Retracted, where=DOWN), meets=Restored,
                   cancels=_OVER, label="Put back what was reported by mistake"),
    ],
    forms=[
        Form(
            instrument="notice",
            fields=[
                FormField("url", _FORM, "Where it is", kind="urls"),
                FormField("theme", _FORM, "What it is about", required=False),
                FormField("site_type", _FORM, "What kind of site it is", required=False),
                FormField("contact", _FORM, "How to reach the reporter; left out by who stays anonymous", required=False, kind="email"),
            ],
        ),
    ],
    templates=[
        Template("police_report", "Report of child sexual abuse material, case $case",
                 "The following was found to be illegal. What is not marked as removed, disabled or not found is hosted in our country:\n\n$contents\n\n$confirm\n"),
        Template("notice", "Notice and takedown, case $case", "The following is illegal. What is not marked as removed, disabled or not found is "
                 "hosted by you. Please remove it:\n\n$contents\n\n$confirm\n"),
        Template("forwarded_report", "Report for your country, case $case", "The following is illegal. What is not marked as removed, disabled or "
                 "not found is hosted in your country:\n\n$contents\n\n$confirm\n"),
        CLARIFICATION,
        Template("retraction", "Notice taken back, case $case", "We take back our notice about the following:\n\n$concerned\n\n$reason\n\n$confirm\n"),
        Template("answer", "Your report, case $case", "Thank you. We have dealt with your report. $reason\n"),
    ],
    sources=[
        Source("S152", "inhope.org/EN/articles/the-role-of-our-hotlines"),
        Source("S153", "inhope.org/EN/articles/what-is-notice-and-takedown"),
        Source("S155", "hotlinedevelopmentguide.org/guide/operations"),
        OURS,
    ],
    absent=[
        Absent("user_notice", _SILENT, "Whoever uploaded it is a suspect: the police decide what that person may know."),
        Absent("complaint", _SILENT, "No complaint against a hotline's notice was found; a mistake is taken back by the hotline."),
    ],
    questions=[
        "In which order police and host are told, and whether the police must agree first, differs per country; here the police are told first.",
        "No deadline was found: the times measured in the network (3 days, 7 days) are statistics.",
        "The message format of ICCAM is not public.",
        "Whether the reporter is told of the end differs per country.",
    ],
    waivers=[
        Waiver("field-without-article", "*", "practice of hotlines: no law asks for these fields"),
        Waiver("unconfirmed-message", "send answer", "a reporter is told, and does not have to confirm"),
        Waiver("unheard-answer", "fact CourtActionNotified", "a hotline orders nothing: a host that does not agree refuses, and no action in court against a notice was found"),
    ],
)  # fmt: skip

__all__ = ["INHOPE", "Classified", "HostTraced", "PoliceAgreed", "RemovalVerified"]
