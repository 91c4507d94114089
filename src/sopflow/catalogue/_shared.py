"""Rows that procedures share: what any side may do with its own file, and how a question is answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from attrs import field, frozen

from ..case import Case
from ..errors import BadInput
from ..events import (
    Acknowledged,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    Corrected,
    DeadlineBreached,
    Delivered,
    Event,
    Extended,
    Held,
    OrderVoided,
    Restored,
    Superseded,
    Withdrawn,
)
from ..guards import IN_PART, NOT_ITS_OWN, all_are, any_is, ladder_exhausted
from ..rules import ANY_OPEN, STAY, Basis, Guard, Send, Source, State, Template, Transition
from ..terms import Hours


def strings(value: str | Iterable[str]) -> tuple[str, ...]:
    """Convert the value of a field that holds several texts."""
    return (value,) if isinstance(value, str) else tuple(value)


@frozen(kw_only=True, slots=False)
class OnContents(Event):
    """What may be about some contents only.

    Attributes:
        contents: The contents concerned; empty for all.
    """

    contents: tuple[str, ...] = field(default=(), converter=strings)

    def concerns(self) -> Mapping[str, str] | None:
        """Return the contents."""
        return dict.fromkeys(self.contents, "") or None


OURS = Source("sopflow", "Part of every procedure of this library, not of the law.")
HOUSEKEEPING = Basis("how a file is kept", "sopflow", "I")


DOWN: Final = ("removed", "disabled")  # the outcomes of content that nobody can see any more
NOT_DOWN: Final = ("pending", "clarifying", "impossible", "refused", "not_found", "restored")
UNDONE: Final = ("pending", "clarifying", "impossible", "refused")  # of content that may still have to come down
UP: Final = (*UNDONE, "restored")  # of content that is up when its time has passed, put back or never down


def file_rows(role: str, *, withdrawn: tuple[Guard, ...] = ()) -> tuple[Transition, ...]:
    """Return the rows by which `role`, the side whose file it is, withdraws, supersedes, extends, holds and corrects.

    What has to be so before the file is withdrawn is given as `withdrawn`.
    """
    return (
        Transition(on=Withdrawn, source=ANY_OPEN, target="withdrawn", by=role, guards=withdrawn, basis=HOUSEKEEPING),
        Transition(on=Superseded, source=ANY_OPEN, target="superseded", by=role, basis=HOUSEKEEPING),
        Transition(on=Extended, source=ANY_OPEN, target=STAY, by=role, guards=NOT_ITS_OWN, basis=HOUSEKEEPING),
        Transition(on=Held, source=ANY_OPEN, target=STAY, by=role, basis=HOUSEKEEPING),
        Transition(on=Corrected, source=ANY_OPEN, target=STAY, by=role, basis=HOUSEKEEPING),
    )


def closing_row(role: str, *sources: str, guards: tuple[Guard, ...] = ()) -> Transition:
    """Return the row by which `role` closes a file in which nothing more is awaited."""
    return Transition(on=Closed, source=sources, target="closed", by=role, guards=guards, basis=HOUSEKEEPING)


def clarifying(
    by: str | set[str],
    ours: str,
    to: str,
    basis: Basis,
    waiting: Basis,
    *proofs: type[Event],
    optional: bool = False,
    until: Any = (),
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
        until: What makes the answer pointless.
    """
    answer = Send(
        template="clarification",
        to=to,
        sender=ours,
        ack_within=Hours(24),
        proved_by=proofs,
        optional=optional,
        until=until,
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
    "clarification",
    "Clarification, case $case",
    "You asked about the following:\n\n$concerned\n\n$reason\n\n$confirm\n",
)
FILE_STATES = (
    State(name="withdrawn", phase="closed", final=True, basis=HOUSEKEEPING, label="Withdrawn by our side"),
    State(name="superseded", phase="closed", final=True, basis=HOUSEKEEPING, label="Another case took its place"),
)
CLOSED = State(name="closed", phase="closed", final=True, basis=HOUSEKEEPING, label="File closed")


def stays(on: type[Event], by: str | set[str], basis: Basis, of: str = "", **more: Any) -> Transition:
    """Return the row that hears an event in every open state and changes none."""
    return Transition(on=on, of=of, source=ANY_OPEN, target=STAY, by=by, basis=basis, **more)


def overdue(of: str, basis: Basis, *sends: Send) -> Transition:
    """Return the row that hears, in every open state, that a duty or a confirmation is overdue, and warns somebody.

    The end of a ladder warns by itself, with an incident.
    """
    return stays(DeadlineBreached, "system", basis, of, sends=sends)


def voids(
    on: type[Event],
    by: str | set[str],
    basis: Basis,
    of: str = "",
    *,
    after: str | Iterable[str],
    before: str | Iterable[str] = (),
    tell: Send | Iterable[Send] = (),
    waiting: str | Iterable[str] = (),
) -> tuple[Transition, ...]:
    """Return the rows by which an order loses its effect: what is down is to come back.

    Args:
        on, by, basis, of: The event, and who may state it.
        after: The states in which the order was out, or `ANY_OPEN`; the addressee is told (`tell`).
        before: The states in which it was not.
        waiting: The states in which answers are awaited (see `answered`): where the rest is answered, the wait is over.

    Where it loses its effect for some contents only, the addressee is told for which, and the case goes on.
    """
    row = partial(Transition, on=on, of=of, by=by, basis=basis)
    part = (row(source=before, target=STAY, guards=IN_PART),) if before else ()
    if waiting:
        ends = partial(row, source=waiting, sends=tell)
        rest, refused = ("removed", "disabled", "not_found"), ("refused", "impossible")
        part = (
            ends(target="complied", guards=(IN_PART, all_are(*rest), any_is(*DOWN))),
            ends(target="not_complied", guards=(IN_PART, all_are(*rest, *refused), any_is(*refused), any_is(*DOWN))),
            ends(target="not_complied", guards=(IN_PART, all_are("not_found", *refused), any_is(*refused))),
            *part,
        )
    part = (*part, row(source=after, target=STAY, guards=IN_PART, sends=tell))
    return (
        *(part if on is OrderVoided else ()),  # of the events that are used here it alone names contents
        row(source=ANY_OPEN, target="voided", guards=any_is(*DOWN), sends=tell),
        *((row(source=before, target="without_effect"),) if before else ()),
        row(source=after, target="without_effect", sends=tell),
    )


def receipt(template: str, basis: Basis, waiting: Basis, *, out: str = "issued") -> tuple[Transition, ...]:
    """Return the rows by which the receipt of an order is proved, and by which silence is noticed.

    The case goes from `out`, where the order has gone out, to `received` or, once nobody is left to try, to `unanswered`.

    Args:
        template: The order's.
        basis: Of its receipt.
        waiting: Of the time within which receipt is to be confirmed.
        out: The state in which the order has gone out.
    """
    silence = partial(Transition, on=DeadlineBreached, of=f"receipt:{template}", by="system", basis=waiting)
    proved = partial(Transition, of=template, by={"platform", "authority", "system"}, target="received", basis=basis)
    return (
        *(proved(on=event, source=(out, "unanswered")) for event in (Delivered, Acknowledged)),
        silence(source=out, target="unanswered", guards=ladder_exhausted(template)),
        silence(source=ANY_OPEN, target=STAY),
    )


def answered(
    on: type[Event], by: str | set[str], basis: Basis, *, waiting: Iterable[str], sends: Send | Iterable[Send] = ()
) -> tuple[Transition, ...]:
    """Return the rows by which the addressee's last answer about a content ends the wait for it.

    The case is then `complied` (all is down, or not there) or `not_complied` (something was refused or is impossible).

    Args:
        on, by, basis: The answer, and who may state it.
        waiting: The states in which answers are awaited; an answer is heard in every other open state, too.
        sends: Who is told once everything is answered.
    """
    row = partial(Transition, on=on, source=(*waiting, "not_complied"), by=by, basis=basis, sends=sends)
    down = ("removed", "disabled", "not_found")
    return (
        row(target="complied", guards=all_are(*down)),
        row(target="not_complied", guards=(all_are(*down, "refused", "impossible"), any_is("refused", "impossible"))),
        stays(on, by, basis),
    )


def restored(by: str | set[str], basis: Basis) -> tuple[Transition, ...]:
    """Return the rows by which what was down under an order that has lost its effect is back: see `voids`."""
    back = all_are("restored", "pending", "clarifying", "refused", "not_found", "impossible")
    return (
        Transition(on=Restored, source="voided", target="restored", by=by, guards=back, basis=basis),
        stays(Restored, by, basis),
    )


def up_again(by: str | set[str], basis: Basis) -> tuple[Transition, ...]:
    """Return the rows by which content that is put back while the order stands makes the case one that is not complied with.

    They stand before those of `restored`.
    """
    row = partial(Transition, on=Restored, source="complied", by=by, basis=basis)
    return (row(target=STAY, guards=all_are(*DOWN, "not_found")), row(target="not_complied"))


def void_states(basis: Basis, inferred: Basis) -> tuple[State, ...]:
    """Return the states that `voids` and `restored` lead to: of an order that has lost its effect, and what follows."""
    return (
        State(name="voided", phase="redress", waits_for="platform", basis=basis, label="No effect any more: to be restored"),
        State(name="restored", phase="closed", final=True, basis=inferred, label="Restored"),
        State(name="without_effect", phase="closed", final=True, basis=basis, label="No effect any more, nothing was removed"),
    )  # fmt: skip


def _contests(*outcomes: str) -> Guard:
    """What was complained of, and is decided on now, has one of these outcomes."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        pending = [d for d in before.deadlines if d.obligation == "handle_complaint" and d.is_open]
        ids = set(event.concerns() or ()) or {id for d in pending for id in d.contents}
        found = any(c.outcome in outcomes for c in view.contents if c.id in ids)
        return None if found else f"no content that is complained of is {' or '.join(outcomes)}"

    return Guard(f"contests({','.join(outcomes)})", test)


def replied(template: str, reporter: str, basis: Basis) -> tuple[tuple[tuple[Guard, ...], tuple[Send, ...]], ...]:
    """Return conditions with who is told that a decision stands: whoever complained, which the case knows by its outcome.

    The user complains of what is down, who reported of what is not. The first condition that holds counts.
    """
    user, notifier = (
        Send(template=template, to=role, sender="platform", optional=True, basis=basis) for role in ("user", reporter)
    )
    down = _contests(*DOWN)
    return (((down, _contests(*NOT_DOWN)), (user, notifier)), ((down,), (user,)), ((), (notifier,)))


def choice(*values: str, **more: Any) -> Any:
    """Declare a field of an event that has one of these values; `more` is what else attrs is told, e.g. a default."""

    def check(instance: Any, attribute: Any, value: str) -> None:
        if value not in values:
            raise BadInput(f"{type(instance).__name__}.{attribute.name}", value, f"use one of {', '.join(values)}")

    return field(validator=check, metadata={"choices": values}, **more)
