"""Rows that procedures share: what any side may do with its own file, and how a question is answered."""

from __future__ import annotations

from ..events import (
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    Corrected,
    DeadlineBreached,
    Event,
    Extended,
    Held,
    Superseded,
    Withdrawn,
)
from ..rules import ANY_OPEN, STAY, Basis, Send, Source, State, Template, Transition
from ..terms import Hours

OURS = Source("sopflow", "Part of every procedure of this library, not of the law.")
HOUSEKEEPING = Basis("how a file is kept", "sopflow", "I")


def file_rows(role: str) -> tuple[Transition, ...]:
    """Return the rows by which `role`, the side whose file it is, withdraws, supersedes, extends, holds and corrects."""
    return (
        Transition(on=Withdrawn, source=ANY_OPEN, target="withdrawn", by=role, basis=HOUSEKEEPING),
        Transition(on=Superseded, source=ANY_OPEN, target="superseded", by=role, basis=HOUSEKEEPING),
        Transition(on=Extended, source=ANY_OPEN, target=STAY, by=role, basis=HOUSEKEEPING),
        Transition(on=Held, source=ANY_OPEN, target=STAY, by=role, basis=HOUSEKEEPING),
        Transition(on=Corrected, source=ANY_OPEN, target=STAY, by=role, basis=HOUSEKEEPING),
    )


def closing_row(role: str, *sources: str) -> Transition:
    """Return the row by which `role` closes a file in which nothing more is awaited."""
    return Transition(on=Closed, source=sources, target="closed", by=role, basis=HOUSEKEEPING)


def clarifying(
    by: str | set[str], ours: str, to: str, basis: Basis, waiting: Basis, *proofs: type[Event], optional: bool = False
) -> tuple[Transition, ...]:
    """Return the rows by which the other side asks for clarification, and ours gives it, in any open state.

    Args:
        by: The roles that may ask.
        ours: The role that answers.
        to: The role that the answer goes to.
        basis: Of asking and answering.
        waiting: Of the day within which receipt of the answer is to be confirmed.
        *proofs: What proves its receipt without confirming it.
        optional: Skipped where nobody in the case has the role `to`.
    """
    answer = Send(
        template="clarification",
        to=to,
        sender=ours,
        ack_within=Hours(24),
        proved_by=proofs,
        optional=optional,
        basis=waiting,
    )
    return (
        Transition(on=ClarificationRequested, source=ANY_OPEN, target=STAY, by=by, basis=basis),
        Transition(on=ClarificationGiven, source=ANY_OPEN, target=STAY, by=ours, basis=basis, sends=answer),
        Transition(
            on=DeadlineBreached, of="receipt:clarification", source=ANY_OPEN, target=STAY, by="system", basis=waiting
        ),
    )


CLARIFICATION = Template(
    "clarification", "Clarification, case $case", "You asked about the following:\n\n$contents\n\n$reason\n\n$confirm\n"
)
FILE_STATES = (
    State(name="withdrawn", phase="closed", final=True, basis=HOUSEKEEPING, label="Withdrawn by our side"),
    State(name="superseded", phase="closed", final=True, basis=HOUSEKEEPING, label="Another case took its place"),
)
CLOSED = State(name="closed", phase="closed", final=True, basis=HOUSEKEEPING, label="File closed")
