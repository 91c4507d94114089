"""Rows that procedures share: what any side may do with its own file."""

from __future__ import annotations

from ..events import Closed, Corrected, Extended, Held, Superseded, Withdrawn
from ..rules import ANY_OPEN, STAY, Basis, Source, State, Transition

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


FILE_STATES = (
    State(name="withdrawn", phase="closed", final=True, basis=HOUSEKEEPING, label="Withdrawn by our side"),
    State(name="superseded", phase="closed", final=True, basis=HOUSEKEEPING, label="Another case took its place"),
)
CLOSED = State(name="closed", phase="closed", final=True, basis=HOUSEKEEPING, label="File closed")
