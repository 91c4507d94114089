"""Reports of intimate images by the person shown: what the laws of several countries share. No procedure stands here.

The platform's file. The hours run from the receipt of a valid report: of the first where it has every element, else of
the one that completes it. Who looks at it when plays no part.
"""

from __future__ import annotations

from typing import Any, Final, final

from attrs import frozen

from ..case import Case
from ..events import (
    Act,
    Closed,
    DeadlineBreached,
    EffectGiven,
    Event,
    Fact,
    InstrumentReceived,
    Opened,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Sent,
    Superseded,
    Withdrawn,
)
from ..guards import ALL_CONTENTS, IN_PART, all_are, any_is, complete, gives, settled
from ..rules import Basis, Guard, Hook, Obligation, On, Role, Send, State, Template, Transition, Yield
from ..terms import Hours, WithoutUndueDelay
from ._shared import CLOSED, DOWN, FILE_STATES, UP, closing_row, file_rows, overdue, stays

_SETTLED: Final = (*DOWN, "not_found", "refused")
_DECISIONS: Final = (On(EffectGiven, outcomes=_SETTLED), Refused)
_GONE: Final = (On(EffectGiven, outcomes=(*DOWN, "not_found")),)
_PENDING: Final = ("incomplete", "valid", "overdue")
_OVER: Final = (Rejected, Withdrawn, Superseded)
_REPORTERS: Final = {"reporter", "platform"}
CLOSING: Final = (settled("remove"), settled("copies"))  # no file is closed while its hours run


@final
@frozen(kw_only=True)
class CopiesSought(Act):
    """Copies of what was reported were looked for, and what was found is down.

    Attributes:
        found: How many there were.
    """

    found: int = 0


def _start_removal(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    return Yield(starts=("remove", "copies"))


def hooks() -> list[Hook]:
    """Return the hook by which the hours run from the receipt of a report that is valid."""
    return [Hook(name="start_removal", run=_start_removal, point="enter", state="valid")]


def roles(report: Basis, told: Basis) -> list[Role]:
    """Return who takes part.

    Args:
        report: Of the report and of the platform's duty.
        told: Of what becomes known to the user whose upload it is.
    """
    return [
        Role(name="reporter", side="reporter", basis=report, label="Person shown, or who acts for that person"),
        Role(name="platform", side="platform", basis=report, label="Provider of the service"),
        Role(name="user", side="user", basis=told, label="User who published it"),
    ]


def states(report: Basis, hours: Basis, refused: Basis, inferred: Basis) -> list[State]:
    """Return the states: of a report, of the hours, of a report that the law does not follow, and of what follows."""
    return [
        State(name="received", phase="intake", waits_for="platform", basis=report, label="Report received"),
        State(name="incomplete", phase="intake", waits_for="platform", basis=report, label="An element is missing"),
        State(name="valid", phase="compliance", waits_for="platform", basis=hours, label="Valid: to be taken down"),
        State(name="overdue", phase="escalation", waits_for="platform", basis=hours, label="The hours are over"),
        State(name="removed", phase="compliance", basis=hours, label="Taken down"),
        State(name="not_removed", phase="compliance", basis=refused, label="Nothing taken down: refused or not there"),
        State(name="rejected", phase="closed", final=True, basis=refused, label="Report refused, with reasons"),
        State(name="retracted", phase="closed", final=True, basis=inferred, label="Report taken back"),
        State(name="restored", phase="closed", final=True, basis=inferred, label="Restored"),
        CLOSED,
        *FILE_STATES,
    ]  # fmt: skip


def tells(template: str, role: str, basis: Basis) -> Send:
    """Return the letter that is sent to `role`, where anybody in the case has it."""
    return Send(template=template, to=role, sender="platform", optional=True, basis=basis)


def back(basis: Basis) -> tuple[Send, ...]:
    """Return the letters about what was restored."""
    return tuple(tells("restored_notice", role, basis) for role in ("user", "reporter"))


def _decided(on: type[Fact], hours: Basis, answer: Send, told: Send) -> tuple[Transition, ...]:
    """Return the rows by which the last decision about a content ends the wait, and both sides are told."""
    done = all_are(*_SETTLED)
    return (
        Transition(on=on, source=(*_PENDING, "not_removed"), target="removed", by="platform", basis=hours,
                   guards=(done, any_is(*DOWN), gives(*DOWN)), sends=(answer, told)),
        Transition(on=on, source=_PENDING, target="removed", by="platform", guards=(done, any_is(*DOWN)), sends=answer, basis=hours),
        Transition(on=on, source=_PENDING, target="not_removed", by="platform", guards=done, sends=answer, basis=hours),
        *([stays(on, "platform", hours, guards=gives(*DOWN), sends=told)] if on is EffectGiven else []),
        stays(on, "platform", hours),
    )  # fmt: skip


def rows(
    report: Basis, hours: Basis, copies: Basis, refused: Basis, told: Basis, inferred: Basis, *closing: Guard
) -> list[Transition]:
    """Return the course of a report, from its receipt to its end, which `closing` guards, too; for the bases see `states`."""
    answer, user = tells("answer", "reporter", inferred), tells("removal_notice", "user", told)
    lacks = tells("incomplete_report", "reporter", inferred)
    return [
        Transition(on=Opened, source="received", target="valid", by=_REPORTERS, guards=complete("notice"), basis=report),
        Transition(on=Opened, source="received", target="incomplete", by=_REPORTERS, sends=lacks, basis=report),
        Transition(on=InstrumentReceived, of="notice", source="incomplete", target="valid", by=_REPORTERS, basis=report),
        stays(InstrumentReceived, _REPORTERS, report, "notice"),
        stays(InstrumentReceived, _REPORTERS, report, "incomplete_notice", sends=lacks),
        Transition(on=Rejected, source=_PENDING, target="rejected", by="platform", sends=answer, basis=refused),
        *_decided(EffectGiven, hours, answer, user),
        *_decided(Refused, hours, answer, user),
        stays(CopiesSought, "platform", copies),
        Transition(on=DeadlineBreached, of="remove", source="valid", target="overdue", by="system", basis=hours),
        overdue("remove", hours),
        overdue("copies", copies),
        Transition(on=Retracted, source=_PENDING, target="retracted", by=_REPORTERS, basis=inferred,
                   guards=(ALL_CONTENTS, all_are("pending", "not_found", "refused"))),
        Transition(on=Retracted, source=_PENDING, target="removed", by=_REPORTERS, sends=(answer, user), basis=inferred,
                   guards=(IN_PART, all_are(*_SETTLED), any_is(*DOWN))),  # the rest is decided
        Transition(on=Retracted, source=_PENDING, target="not_removed", by=_REPORTERS, sends=answer, basis=inferred,
                   guards=(IN_PART, all_are("not_found", "refused"))),
        stays(Retracted, _REPORTERS, inferred),
        Transition(on=Restored, source="removed", target="restored", by="platform", sends=back(inferred), basis=inferred,
                   guards=all_are("restored", "refused", "not_found")),
        stays(Restored, "platform", inferred, sends=back(inferred)),
        closing_row("platform", "removed", "not_removed", guards=(*CLOSING, *closing)),
        *file_rows("platform"),
    ]  # fmt: skip


def obligations(
    hours: Basis, length: int, copies: Basis, inferred: Basis, *, excused: bool
) -> list[Obligation]:  # fmt: skip
    """Return the clocks; `length` is the number of hours, of which `copies` has as many.

    Args:
        hours, length, copies, inferred: Of the takedown, how many, of looking for copies, and of what no text says.
        excused: Whether the law lets the platform keep what it considers to be no such content; else only what is gone
            is in time, whatever the platform says to it. To a report that it rejects as no valid one it owes nothing
            in either.
    """
    valid, met = On(InstrumentReceived, "notice"), _DECISIONS if excused else _GONE
    left = ("pending", "clarifying", "impossible", "restored") if excused else UP
    kept: tuple[Any, ...] = (Refused,) if excused else ()  # nothing to be copied, where the law lets it say so
    return [
        Obligation(name="examine", kind="reminder", owner="platform", term=WithoutUndueDelay(24), basis=inferred, starts=Opened,
                   meets=(valid, *_DECISIONS), cancels=(*_OVER, Retracted), label="Say what is missing, and examine"),
        Obligation(name="remove", owner="platform", term=Hours(length), per_content=True, basis=hours, starts=valid,
                   meets=met, cancels=(*_OVER, Retracted, Closed), label=f"Take down, at most {length} hours after receipt"),
        Obligation(name="copies", owner="platform", term=Hours(length), basis=copies, starts=valid, meets=CopiesSought,
                   cancels=(*_OVER, On(Retracted, where="pending"), *kept, Closed), label="Look for copies"),
        Obligation(name="remove_overdue", kind="reminder", owner="platform", term=WithoutUndueDelay(24), per_content=True, repeats=True,
                   basis=inferred, starts=On(DeadlineBreached, "remove", where=left), meets=met, cancels=(*_OVER, Retracted, Closed), label="Take down what is overdue"),
        Obligation(name="copies_overdue", kind="reminder", owner="platform", term=WithoutUndueDelay(24), repeats=True, basis=inferred,
                   starts=On(DeadlineBreached, "copies"), meets=CopiesSought, cancels=(Withdrawn, Superseded, Closed),
                   label="Look for copies, though late"),
        Obligation(name="tell_reporter", kind="reminder", owner="platform", term=WithoutUndueDelay(24), repeats=True, basis=inferred,
                   starts=_DECISIONS, meets=On(Sent, "answer"), cancels=(Withdrawn, Superseded, Closed), label="Tell who reported"),
        Obligation(name="restore", kind="reminder", owner="platform", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=inferred,
                   starts=On(Retracted, where=DOWN), meets=Restored, cancels=(Withdrawn, Superseded, Closed),
                   label="Decide whether to restore what is no longer reported"),
    ]  # fmt: skip


TEMPLATES: Final = (
    Template("incomplete_report", "Your report $case lacks something",
             "We have received your report about:\n\n$contents\n\nWe cannot act on it as it stands: $reason.\n\nSend it again, "
             "complete: the time in which we must act runs from then.\n"),
    Template("answer", "Your report $case", "This has become of what you reported:\n\n$contents\n\n$reason\n"),
    Template("removal_notice", "Your content was taken down, case $case",
             "After a report by the person shown, or for that person, the following was taken down:\n\n$concerned\n"),
    Template("restored_notice", "Content restored, case $case", "The following was restored:\n\n$concerned\n"),
)  # fmt: skip
__all__ = [
    "CLOSING",
    "DOWN",
    "TEMPLATES",
    "CopiesSought",
    "back",
    "hooks",
    "obligations",
    "roles",
    "rows",
    "states",
    "tells",
]
