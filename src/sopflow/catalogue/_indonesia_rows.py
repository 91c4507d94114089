"""Rows and clocks that Permenkominfo 5/2020 and SAMAN share: the ladder of warnings, the block and its way back."""

from __future__ import annotations

from typing import Any, Final

from ..case import Case
from ..events import (
    Acknowledged,
    Closed,
    Delivered,
    EffectGiven,
    Escalated,
    Event,
    InstrumentReceived,
    LinkedCase,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Superseded,
    Withdrawn,
)
from ..events import DeadlineBreached as Breached
from ..guards import IN_PART, all_are, any_is, ladder_exhausted, no_open_clock, open_clock, was_open
from ..rules import (
    ANY_OPEN,
    STAY,
    Basis,
    Form,
    FormField,
    Guard,
    Hook,
    Obligation,
    On,
    Opens,
    Send,
    State,
    Template,
    Transition,
    Yield,
)
from ..terms import Hours, WithoutUndueDelay
from ._indonesia import (
    ENDED,
    FINED,
    GONE,
    OFTEN_BLOCKED,
    REASONS_CONSIDERED,
    NormalisationGranted,
    NormalisationRefused,
    ReasonsSubmitted,
    TakedownOrdered,
    Warned,
    elapsed,
)
from ._shared import DOWN

# --- the ladder: order, then a warning for each elapsed period, at most three -----------------------------------------


def periods(
    urgent: bool, hours: int, order: str, due: Basis, warnings: Basis, ended: tuple[type[Event], ...] = ENDED
) -> tuple[Obligation, Obligation]:
    """Return the clock of an order, from its proven receipt, and the clock of the further periods after it."""
    end = "_urgent" if urgent else ""
    what = "urgent (mendesak)" if urgent else "ordinary"
    return (
        Obligation(
            name=f"takedown{end}", owner="platform", term=Hours(hours), per_content=True, basis=due,
            starts=(On(Delivered, order), On(Acknowledged, order)), meets=On(EffectGiven, outcomes=GONE), cancels=ended,
            label=f"Take down within {hours} h of receipt, {what} (pemutusan akses)",
        ),
        Obligation(
            name=f"further_period{end}", owner="platform", term=Hours(hours), per_content=True, repeats=True, at_most=2,
            basis=warnings, meets=On(EffectGiven, outcomes=GONE), cancels=(*ended, Escalated),
            starts=(On(Breached, f"takedown{end}", where=("pending", "refused", "impossible", "clarifying", "restored")),
                    On(Breached, f"further_period{end}")),
            label=f"Each further {hours} h: the next warning letter falls due, at most three (surat teguran)",
        ),
    )  # fmt: skip


def orders(
    basis: Basis, waiting: Basis, sources_: tuple[str, ...], guards: tuple[Guard, ...], urgent: Guard,
    until: tuple[type[Event], ...] = (OrderVoided,),
) -> list[Transition]:  # fmt: skip
    """Return the rows by which an order goes out, ordinary or urgent, and is received or not."""
    rows: list[Transition] = []
    for of, template, extra in (("ordinary", "order", ()), ("urgent", "urgent_order", (urgent,))):
        rows.append(
            Transition(
                on=TakedownOrdered,
                of=of,
                source=sources_,
                target="ordered",
                by="authority",
                label="Order to take down (perintah pemutusan akses)",
                guards=(*guards, *extra),
                basis=basis,
                sends=Send(
                    template=template,
                    to="platform",
                    sender="authority",
                    ack_within=Hours(24 if not extra else 4),
                    reminders=1,
                    until=until,
                    proved_by=(EffectGiven, Refused, ReasonsSubmitted),
                    basis=waiting,
                ),
            )
        )
    for template in ("order", "urgent_order"):
        for event in (Delivered, Acknowledged):
            rows.append(Transition(on=event, of=template, source=("ordered", "unreachable"), target="received",
                                   by={"platform", "authority", "system"}, basis=basis))  # fmt: skip
        rows.append(Transition(on=Breached, of=f"receipt:{template}", source="ordered", target="unreachable", by="system",
                               guards=ladder_exhausted(template), basis=waiting))  # fmt: skip
    return rows


def overdue(
    basis: Basis, warnings: Basis, letters: tuple[tuple[str, str, str], ...], waiting: Basis, fined: str = "",
    until: tuple[type[Event], ...] = (OrderVoided,),
) -> list[Transition]:  # fmt: skip
    """Return the rows by which time passes and warning letters go out.

    Args:
        basis: Of the first breach.
        warnings: Of the letters.
        letters: For each letter: the state before it, the state after it, its template.
        waiting: Of the time to confirm receipt.
        fined: The template of the letter that always imposes a fine.
        until: What makes a letter pointless.
    """
    rows: list[Transition] = []
    for end in ("", "_urgent"):
        rows += [
            Transition(on=Breached, of=f"takedown{end}", source=("ordered", "received", "unreachable"), target="overdue",
                       by="system", basis=basis),
            Transition(on=Breached, of=f"further_period{end}", source=("overdue", *(s for _, s, _ in letters)), target=STAY,
                       by="system", basis=warnings),
        ]  # fmt: skip
    for n, (before, after, template) in enumerate(letters, 1):
        rows.append(
            Transition(
                on=Warned,
                label="Warning letter (surat teguran)",
                source=before,
                target=after,
                by="authority",
                guards=(elapsed(n), FINED) if template == fined else elapsed(n),
                basis=warnings,
                sends=Send(
                    template=template,
                    to="platform",
                    sender="authority",
                    ack_within=Hours(24),
                    reminders=1,
                    until=until,
                    proved_by=(EffectGiven, Refused, ReasonsSubmitted),
                    basis=waiting,
                ),
            )
        )
    for template in dict.fromkeys(t for *_, t in letters):
        rows.append(
            Transition(on=Breached, of=f"receipt:{template}", source=ANY_OPEN, target=STAY, by="system", basis=waiting)
        )
    return rows


def letters_due(basis: Basis, ended: tuple[type[Event], ...] = ENDED) -> Obligation:
    """Return the clock that reminds the authority of a letter that has fallen due, while there is what it is about."""
    return Obligation(
        name="warn", kind="reminder", owner="authority", term=WithoutUndueDelay(1), per_content=True, repeats=True, basis=basis,
        starts=tuple(On(Breached, n + end) for n in ("takedown", "further_period") for end in ("", "_urgent")),
        meets=Warned, cancels=(*ended, Escalated, Closed, On(EffectGiven, outcomes=GONE)),
        label="Send the warning letter that has fallen due (surat teguran)",
    )  # fmt: skip


def follow_up(basis: Basis, ended: tuple[type[Event], ...] = ENDED, *meets: type[Event]) -> Obligation:
    """Return the clock that reminds the authority of what is up again while its order stands."""
    return Obligation(
        name="follow_up", kind="reminder", owner="authority", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=basis,
        starts=Restored, meets=(On(EffectGiven, outcomes=GONE), Escalated, *meets),
        cancels=(*ended, Rejected, Closed, On(LinkedCase, "normalised")),
        label="It is up again while the order stands: decide what follows (konten muncul kembali)",
    )  # fmt: skip


LETTER_TEXT: Final = (
    "The following was ordered to be taken down and has not been taken down in time:\n\n$contents\n\n"
    "$reference\n\nFine imposed by this letter / Denda: $fine\n\n$confirm\nTake it down at once, or submit your reasons. / Mohon segera melakukan pemutusan akses.\n"
)


# --- the block, as a case of its own, and the way back ----------------------------------------------------------------


def block_states(basis: Basis, back: Basis) -> list[State]:
    """Return the states from the decision to block until access is normal again."""
    return [
        State(name="block_ordered", phase="escalation", waits_for="authority", basis=basis, label="Block being ordered (pemblokiran diperintahkan)"),
        State(name="blocked", phase="escalation", milestone=True, basis=basis, label="Blocked (akses diputus)"),
        State(name="normalisation_requested", phase="redress", waits_for="authority", basis=back, label="Normalisation applied for (permohonan normalisasi)"),
        State(name="normalising", phase="redress", waits_for="authority", basis=back, label="Being normalised (proses normalisasi)"),
        State(name="normalised", phase="closed", final=True, milestone=True, basis=back, label="Normalised (dinormalisasi)"),
    ]  # fmt: skip


BLOCKING: Final = ("block_ordered", "blocked", "normalisation_requested", "normalising")


def block_rows(
    basis: Basis, back: Basis, often: Basis, by_application: frozenset[str], *from_: str
) -> list[Transition]:
    """Return the rows by which a case escalates to a block, which is another case, and comes back from it."""
    after = ("blocked", "block_ordered")
    return [
        Transition(on=Escalated, source=from_, target="block_ordered", by="authority", guards=REASONS_CONSIDERED, basis=basis,
                   opens=Opens(procedure="generic.network_block"), label="The block is ordered (pemutusan akses oleh ISP)"),
        Transition(on=LinkedCase, of="blocked", source="block_ordered", target="blocked", by="system", basis=basis),
        Transition(on=LinkedCase, of="blocked", source=("blocked", "normalisation_requested", "normalising"), target=STAY, by="system", basis=basis),
        Transition(on=InstrumentReceived, of="application", label="Application for normalisation (permohonan normalisasi)", source=after, target="normalisation_requested", by=by_application, basis=back),
        Transition(on=InstrumentReceived, of="application", source=ANY_OPEN, target=STAY, by=by_application, basis=back),
        Transition(on=InstrumentReceived, of="incomplete_application", source=ANY_OPEN, target=STAY, by=by_application, basis=back,
                   sends=Send(template="application_incomplete", to="platform", sender="authority", optional=True, basis=back)),
        Transition(on=NormalisationGranted, label="Normalisation granted (normalisasi dikabulkan)", source="normalisation_requested", target="normalising", by="authority", basis=back,
                   sends=Send(template="normalisation_granted", to="platform", sender="authority", optional=True, basis=back)),
        Transition(on=NormalisationGranted, source="normalising", target=STAY, by="authority", guards=was_open("normalisation"), basis=back,
                   sends=Send(template="normalisation_granted", to="platform", sender="authority", optional=True, basis=back)),
        Transition(on=NormalisationRefused, label="Normalisation refused (normalisasi ditolak)", source="normalisation_requested", target="blocked", by="authority", guards=OFTEN_BLOCKED, basis=often,
                   sends=Send(template="normalisation_refused", to="platform", sender="authority", optional=True, basis=back)),
        Transition(on=Breached, of="normalisation", source="normalisation_requested", target=STAY, by="system", basis=back),
        Transition(on=LinkedCase, of="lifting", source=(*after, "normalisation_requested", "normalising"), target=STAY, by="system", basis=back),
        Transition(on=LinkedCase, of="normalised", source=(*after, "normalisation_requested"), target="normalised",
                   by="system", basis=back),
        Transition(on=LinkedCase, of="normalised", source="normalising", target="voided", by="system", guards=open_clock("restore"), basis=back),
        Transition(on=LinkedCase, of="normalised", source="normalising", target="normalised", by="system", guards=no_open_clock("restore"), basis=back),
    ]  # fmt: skip


def _start_lifting(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    return Yield(starts="lift")


def lifting(event: type[Event], name: str) -> Hook:
    """Return the hook that reminds the authority of a block that rests on an order without effect."""
    return Hook(name=name, run=_start_lifting, point="enter", state="normalising", event=event)


def normalisation(basis: Basis, waiting: Basis, ended: tuple[type[Event], ...] = ENDED) -> list[Obligation]:
    """Return the clocks of a block and of its way back: 2 x 24 h bind the authority."""
    return [
        Obligation(name="block", kind="reminder", owner="authority", term=WithoutUndueDelay(24), basis=waiting, repeats=True,
                   starts=Escalated, meets=On(LinkedCase, "blocked"), cancels=(*ended, On(LinkedCase, "normalised")), label="See the block through"),
        Obligation(name="normalisation", owner="authority", term=Hours(48), repeats=True, basis=basis,
                   starts=On(InstrumentReceived, "application"), meets=(NormalisationGranted, NormalisationRefused, On(LinkedCase, "normalised")),
                   cancels=(Withdrawn, Superseded), label="Decide on normalisation within 2 x 24 h"),
        Obligation(name="lift", kind="reminder", owner="authority", term=WithoutUndueDelay(24), repeats=True, basis=waiting,
                   starts=NormalisationGranted, meets=On(LinkedCase, "normalised"), cancels=(Withdrawn, Superseded, Closed), label="See the block lifted"),
    ]  # fmt: skip


def application_form(basis: str, source: str = "BN1376", mark: str = "V") -> Form:
    """Return what an operator attaches to an application for normalisation."""
    fields = (
        ("letter", "a", "Written application (surat permohonan)"),
        ("responsible_person", "b", "Responsible person and contact number (penanggung jawab)"),
        ("identity_card", "c", "Scan of that person's identity card (kartu identitas)"),
        ("proof_removed", "d", "Image and URL that prove the content is gone (bukti)"),
        ("recommendation", "e", "Recommendation of ministry or law enforcement, or final judgment (rekomendasi)"),
        ("legitimacy", "f", "Further proof of being a legitimate operator (bukti lainnya)"),
    )
    return Form(
        instrument="application",
        fields=[FormField(n, Basis(f"{basis}, letter {a}", source, mark), text) for n, a, text in fields],
    )


# --- undoing an order ---------------------------------------------------------------------------------------------------


def voiding(
    basis: Basis, by: set[str], on: type[Event] = OrderVoided, source: str | tuple[str, ...] = ANY_OPEN,
    guard: Guard | None = None, waiting: tuple[str, ...] = (), ends: tuple[tuple[str, tuple[Guard, ...]], ...] = (("complied", ()),),
    template: str = "void",
) -> list[Transition]:  # fmt: skip
    """Return the rows by which an order is found to have no effect, and what was taken down comes back.

    Args:
        basis, by, on, source, guard: The event, who may state it, and where.
        waiting: The states in which takedowns are awaited: where all the rest is gone, that wait is over.
        ends: Where the case goes then, with conditions of their own, the first that holds.
        template: Of the letter that says so.
    """
    void = Send(
        template=template, to="platform", sender="authority", ack_within=Hours(24), proved_by=(Restored,), basis=basis
    )
    also = (guard,) if guard is not None else ()
    return [
        *[Transition(on=on, source=waiting, target=target, by=by, guards=(IN_PART, *rest, *more), basis=basis, sends=void)
          for target, more in ends if waiting for rest in ((all_are(*GONE), any_is(*DOWN)), (all_are("not_found"),))],
        *([Transition(on=on, source=source, target=STAY, by=by, guards=IN_PART, basis=basis, sends=void)] if on is OrderVoided else []),
        # A block rests on the order: without it access has to become normal again, before anything ends.
        Transition(on=on, source=BLOCKING, target="normalising", by=by, guards=also, basis=basis, sends=void),
        Transition(on=on, source=source, target="voided", by=by, guards=(*also, any_is(*DOWN)), basis=basis, sends=void),
        Transition(on=on, source=source, target="lifted", by=by, guards=also, basis=basis, sends=void),
    ]  # fmt: skip


def restoring(basis: Basis, *templates: str) -> list[Transition]:
    """Return the rows by which what was taken down under an order without effect is restored."""
    return [
        *(Transition(on=Breached, of=f"receipt:{t}", source=ANY_OPEN, target=STAY, by="system", basis=basis)
          for t in ("void", *templates)),
        Transition(on=Restored, source="voided", target="restored", by="platform", basis=basis,
                   guards=all_are("restored", "pending", "not_found", "refused", "impossible")),
        Transition(on=Restored, source=ANY_OPEN, target=STAY, by="platform", basis=basis),
    ]  # fmt: skip


def voided_states(basis: Basis) -> list[State]:
    """Return the states after an order was found to have no effect."""
    return [
        State(name="voided", phase="redress", waits_for="platform", basis=basis, label="Order without effect: to be restored (perintah dibatalkan)"),
        State(name="lifted", phase="closed", final=True, basis=basis, label="Order without effect, nothing was taken down"),
        State(name="restored", phase="closed", final=True, basis=basis, label="Restored (konten dipulihkan)"),
    ]  # fmt: skip


NORMALISATION_TEMPLATES: Final = (
    Template("normalisation_granted", "Normalisation granted, case $case / Normalisasi dikabulkan",
             "Your application for normalisation is granted: the block is to be lifted.\n\n$contents\n"),
    Template("normalisation_refused", "Normalisation refused, case $case / Normalisasi ditolak",
             "Your application for normalisation is refused: $reason\n\nThe block stays.\n\n$contents\n"),
)  # fmt: skip

VOID_TEMPLATE = Template("void", "Order in case $case has no effect / Perintah dibatalkan",
                         "The order in case $case has no effect any more as to the following. Restore what of it was taken down:\n\n$concerned\n\n$confirm\n")  # fmt: skip
