"""Procedures of no one country: a block at network level, with its way back.

No law is cited as its own: the shape is inferred (I) from the procedures of several countries that end in a block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import ClassVar, final

from attrs import frozen

from ..case import Content
from ..events import (
    Acknowledged,
    Act,
    Approved,
    DeadlineBreached,
    EffectGiven,
    ImpossibilityStated,
    Opened,
    Order,
    OrderVoided,
    Rejected,
    Restored,
    Superseded,
    Withdrawn,
    mandatory,
)
from ..guards import IN_PART, all_are, any_is, ladder_exhausted
from ..procedure import Procedure
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
from ._shared import FILE_STATES, OURS, file_rows

_I = Basis("shape common to procedures that end in a block", "regimes", "I")
_2017 = Basis("three bodies agreed before the block of July 2017", "S2", "S")
_BACK = Basis("a block has a way back (normalisation)", "S14", "S")
_ISP = Basis("providers apply a list to be fetched at least weekly, urgent entries every 24 h", "S23", "V")


@final
@frozen(kw_only=True)
class BlockOrdered(Act):
    """The block is ordered, with the date on which it must be looked at again."""

    due: datetime


@final
@frozen(kw_only=True)
class BlockReviewed(Act):
    """The block was looked at again and stays; the next review is due at `due`."""

    due: datetime
    finding: str = mandatory(personal=True)


@final
@frozen(kw_only=True)
class BlockLifted(Act):
    """The block is to be lifted everywhere."""

    grounds: str = mandatory(personal=True)


@final
@frozen(kw_only=True)
class NormalisationVerified(Act):
    """Our side has looked: every domain is reachable again at every provider."""

    name: ClassVar[str] = "NormalisationVerified"


def per_provider(domains: Iterable[str], isps: Iterable[str]) -> tuple[Content, ...]:
    """Return one content per domain and provider, so that each pair has an outcome of its own."""
    return tuple(
        Content(kind="domain", locator=domain, id=f"{domain}.{isp}", party=isp) for isp in isps for domain in domains
    )


def block_order(
    domains: Iterable[str], isps: Iterable[str], form: Mapping[str, str], parties: Mapping[str, str] | None = None
) -> Order:
    """Return the order that opens a case of `generic.network_block`.

    Args:
        domains: Domain names, exact.
        isps: Ids of the providers that are to block them.
        form: Its fields: see the procedure's form.
        parties: Further parties of the case, by role.
    """
    isps = tuple(isps)
    return Order(contents=per_provider(tuple(domains), isps), parties={**(parties or {}), "isp": isps}, form=form)


_STANDING = ("ordered", "blocked", "review_overdue", "not_applied")
_LIFT = Send(template="lift_order", to="isp", sender="authority", ack_within=Hours(24), proved_by=(Restored,), basis=_I)

NETWORK_BLOCK = Procedure(
    id="generic.network_block",
    version="1",
    title="Block at network level, with review and normalisation",
    acting="authority",
    as_of=date(2026, 11, 28),
    summary="Another addressee than the platform is another case: each provider answers for each domain. The block "
    "needs three bodies, carries a review date, and ends only when every pair of domain and provider is open again "
    "and somebody has looked.",
    roles=[
        Role(name="authority", side="authority", basis=_I),
        Role(name="competent_agency", side="authority", basis=_2017),
        Role(name="isp", side="isp", basis=_ISP),
        Role(name="platform", side="platform", basis=_I),
        Role(name="court", side="court", basis=_I),
    ],
    opened_by={"authority"},
    opened_with="order",
    initial="drafted",
    states=[
        State(name="drafted", phase="assessment", waits_for="competent_agency", basis=_2017),
        State(name="not_approved", phase="closed", final=True, basis=_I),
        State(name="ordered", phase="notice", waits_for="isp", basis=_ISP),
        State(name="blocked", phase="compliance", milestone=True, basis=_I),
        State(name="review_overdue", phase="escalation", waits_for="authority", basis=_I),
        State(name="not_applied", phase="escalation", waits_for="authority", basis=_I),
        State(name="lifting", phase="redress", waits_for="isp", milestone=True, basis=_BACK),
        State(name="normalised", phase="closed", final=True, milestone=True, basis=_BACK),
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Approved, source="drafted", target=STAY, by="competent_agency", basis=_2017),
        Transition(on=Rejected, source="drafted", target="not_approved", by={"authority", "competent_agency"}, basis=_I),
        Transition(
            on=BlockOrdered, source="drafted", target="ordered", by="authority", basis=_2017,
            requires=Quorum(roles="competent_agency", n=3),
            sends=Send(template="block_order", to="isp", sender="authority", ack_within=Hours(24),
                       proved_by=(EffectGiven, ImpossibilityStated), until=(BlockLifted, OrderVoided), basis=_I),
        ),
        Transition(on=Acknowledged, of="block_order", source="ordered", target=STAY, by={"isp", "authority"}, basis=_I),
        Transition(on=EffectGiven, source=("ordered", "not_applied"), target="blocked", by={"isp", "authority"},
                   guards=all_are("disabled", "impossible"), basis=_I),
        Transition(on=EffectGiven, source=ANY_OPEN, target=STAY, by={"isp", "authority"}, basis=_I),
        Transition(on=ImpossibilityStated, source=("ordered", "not_applied"), target="blocked", by={"isp", "authority"},
                   guards=(all_are("disabled", "impossible"), any_is("disabled")), basis=_I),
        Transition(on=ImpossibilityStated, source=ANY_OPEN, target=STAY, by={"isp", "authority"}, basis=_I),
        Transition(on=DeadlineBreached, of="receipt:block_order", source=("ordered",), target="not_applied", by="system",
                   guards=ladder_exhausted("block_order"), basis=_I),
        Transition(on=BlockReviewed, source=("blocked", "review_overdue"), target="blocked", by="authority",
                   guards=all_are("disabled", "impossible"), basis=_I),
        Transition(on=BlockReviewed, source=("blocked", "review_overdue"), target="ordered", by="authority", basis=_I),
        Transition(on=BlockReviewed, source=("ordered", "not_applied"), target=STAY, by="authority", basis=_I),
        Transition(on=DeadlineBreached, of="review", source=("blocked", "ordered"), target="review_overdue", by="system", basis=_I),
        Transition(
            on=BlockLifted, source=_STANDING, target="lifting",
            by="authority", basis=_BACK,
            sends=_LIFT,
        ),
        Transition(
            on=OrderVoided, source=_STANDING, target=STAY,
            by={"court", "authority"}, guards=IN_PART, basis=_I,
            sends=_LIFT,
        ),
        Transition(on=OrderVoided, source=("drafted",), target=STAY, by={"court", "authority"}, guards=IN_PART, basis=_I),
        Transition(
            on=OrderVoided, source=_STANDING, target="lifting",
            by={"court", "authority"}, basis=_I,
            sends=_LIFT,
        ),
        Transition(on=OrderVoided, source=("drafted",), target="not_approved", by={"court", "authority"}, basis=_I),
        Transition(on=OrderVoided, source=("lifting",), target=STAY, by={"court", "authority"}, basis=_I),
        Transition(on=DeadlineBreached, of="receipt:lift_order", source="lifting", target=STAY, by="system", basis=_I),
        Transition(on=Restored, source=ANY_OPEN, target=STAY, by={"isp", "authority"}, basis=_BACK),
        Transition(on=NormalisationVerified, source="lifting", target="normalised", by="authority",
                   guards=all_are("restored", "impossible", "pending"), basis=_BACK),
        *file_rows("authority"),
    ],
    obligations=[
        Obligation(
            name="approve", kind="reminder", owner="competent_agency", term=WithoutUndueDelay(24), basis=_I, starts=Opened,
            meets=BlockOrdered, cancels=(Rejected, OrderVoided, Withdrawn, Superseded),
        ),
        Obligation(
            name="decide_overdue_review", kind="reminder", owner="authority", term=WithoutUndueDelay(24), repeats=True, basis=_I,
            starts=On(DeadlineBreached, "review"), meets=(BlockReviewed, BlockLifted), cancels=(OrderVoided, Withdrawn, Superseded),
        ),
        Obligation(
            name="apply_block", kind="duty", owner="isp", term=WithoutUndueDelay(24), per_content=True, basis=_ISP,
            starts=BlockOrdered, meets=(On(EffectGiven, outcomes="disabled"), ImpossibilityStated),
            cancels=(BlockLifted, OrderVoided, Withdrawn, Superseded),
        ),
        Obligation(
            name="review", kind="duty", owner="authority", term=PerCase(), repeats=True, basis=_I,
            starts=BlockOrdered, restarts=BlockReviewed, meets=(BlockLifted,), cancels=(OrderVoided, Withdrawn, Superseded),
        ),
        Obligation(
            name="follow_up", kind="reminder", owner="authority", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=_I,
            starts=On(Restored, where="disabled"), meets=(On(EffectGiven, outcomes="disabled"), BlockReviewed),
            cancels=(BlockLifted, OrderVoided, Withdrawn, Superseded), label="Open again while the block stands",
        ),
        Obligation(
            name="lift_block", kind="duty", owner="isp", term=WithoutUndueDelay(24), per_content=True, basis=_BACK,
            starts=(BlockLifted, On(OrderVoided, where="disabled")), meets=(Restored, ImpossibilityStated), cancels=(Withdrawn, Superseded),
        ),
    ],
    forms=[
        Form(
            instrument="order", enforce="refuse",
            fields=[
                FormField("grounds", _I, "Why the block is necessary"),
                FormField("legal_basis", _I, "The provision it rests on"),
                FormField("scope", _I, "What is blocked, and what is not"),
            ],
        ),
    ],
    templates=[
        Template(
            "block_order", "Order to block, case $case",
            "You are ordered to block access to the following names at your network.\n\n$contents\n\n$form\n\n$confirm\n"
            "Report for each name when the block is in effect.\n",
        ),
        Template(
            "lift_order", "Order to lift a block, case $case",
            "The block in case $case is lifted for the following names. Restore access to each of them at once.\n\n$concerned\n\n"
            "$confirm\nReport for each name when access is restored.\n",
        ),
    ],
    sources=[
        Source("regimes", "Comparison of the procedures of several countries, November 2026"),
        Source("S2", "antaranews.com/berita/640439 (15 July 2017)"),
        Source("S14", "viva.co.id/digital/936414 (17 July 2017)"),
        Source("S23", "pasal.id, Permenkominfo 19/2014 Art 9"),
        OURS,
    ],
    absent=[
        Absent("clarification", _I, "The order names exact domain names; a provider that cannot act says so (impossibility)."),
        Absent("user_notice", _I, "Those whose access is blocked are not known by name; what a page at the network tells them is the law's own matter."),
        Absent("complaint", _I, "No body for complaints is common to the procedures compared; a court or the authority can void the order."),
    ],
    questions=[
        "That three bodies sign is the practice of July 2017, not the rule of any law; a procedure of one country extends this one.",
        "No time within which a provider has to block or to open again is common; the day here only reminds.",
    ],
    waivers=[
        Waiver("field-without-article", "*", "the shape of several countries' procedures, and the law of none"),
        Waiver("idle-role", "role platform", "whose names are blocked is a party of the case, and has no part in it"),
        Waiver("unheard-answer", "fact Refused", "no right of a network to refuse an order is common to the procedures compared: a refusal is looked at by a person"),
        Waiver("unheard-answer", "fact CourtActionNotified", "no action of a network in court is common to the procedures compared; that a court voids the order is (OrderVoided)"),
    ],
)  # fmt: skip

__all__ = [
    "NETWORK_BLOCK", "BlockLifted", "BlockOrdered", "BlockReviewed", "NormalisationVerified", "block_order",
    "per_provider",
]  # fmt: skip
