"""The contract's own tiny procedure, and steps of it with fixed ids, times and salts.

It says nothing about any law. It has just enough rows to fill every table of a store: messages that are queued, held,
cancelled and sent, clocks that start, move, end and vanish, side rows, incidents, durable effects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from .. import canon, core, register
from ..case import SYSTEM, Actor, Case, Content
from ..compose import TextRenderer
from ..directory import PointOfContact, Provider, Rung
from ..events import (
    Acknowledged,
    Closed,
    Corrected,
    DeadlineBreached,
    EffectGiven,
    Event,
    Extended,
    Held,
    Issued,
    Notice,
    Opened,
    Rejected,
    Restored,
    Verified,
    Withdrawn,
)
from ..procedure import Procedure
from ..rules import (
    ANY_OPEN,
    STAY,
    Basis,
    Do,
    Hook,
    Obligation,
    On,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Yield,
)
from ..step import Entry, Facts, Incident, Step
from ..terms import Hours

TENANT = "contract"
START = datetime(2026, 3, 2, 8, 30, 0, 1, tzinfo=UTC)
AUTHORITY = Actor("officer-1", {"authority"})
PLATFORM = Actor("platform-desk", {"platform"})
REPORTER = Actor("reporter-1", {"reporter"})
UNICODE = "Ünïcødé e\u0301 \U0001f6a8\U00020bb7 \u202eבוא\u202c \u2028 line\r\nbreak\ttab ' \" \\ % :name ? {x} $y"

_OURS = Basis("made up for the contract", "sopflow", "I")


def _archive(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    return Yield(does=Do(name="archive", data={"case": view.id, "text": UNICODE}), data={"archived": True})


SAMPLE = Procedure(
    id="contract.sample",
    version="1",
    title="The contract's own procedure",
    acting="authority",
    roles=[
        Role(name="authority", basis=_OURS),
        Role(name="platform", basis=_OURS),
        Role(name="reporter", basis=_OURS),
    ],
    opened_by={"authority", "reporter"},
    initial="received",
    states=[
        State(name="received", phase="intake", waits_for="authority", basis=_OURS),
        State(name="ordered", phase="notice", waits_for="platform", basis=_OURS),
        State(name="complied", phase="compliance", basis=_OURS),
        State(name="refused", phase="closed", final=True, basis=_OURS),
        State(name="withdrawn", phase="closed", final=True, basis=_OURS),
        State(name="closed", phase="closed", final=True, basis=_OURS),
    ],
    transitions=[
        Transition(on=Verified, source=ANY_OPEN, target=STAY, by="authority", basis=_OURS),
        Transition(on=Issued, source="received", target="ordered", by="authority", basis=_OURS,
                   sends=Send(template="order", to="platform", sender="authority", ack_within=Hours(24))),
        Transition(on=Rejected, source="received", target="refused", by="authority", basis=_OURS,
                   sends=Send(template="answer", to="reporter", sender="authority")),
        Transition(on=Acknowledged, of="order", source=ANY_OPEN, target=STAY, by="platform", basis=_OURS),
        Transition(on=DeadlineBreached, of="receipt:order", source=ANY_OPEN, target=STAY, by="system", basis=_OURS),
        Transition(on=EffectGiven, source="ordered", target="complied", by="platform", basis=_OURS),
        Transition(on=Closed, source=("ordered", "complied"), target="closed", by="authority", basis=_OURS),
        Transition(on=Withdrawn, source=ANY_OPEN, target="withdrawn", by="authority", basis=_OURS),
        Transition(on=Held, source=ANY_OPEN, target=STAY, by="authority", basis=_OURS),
        Transition(on=Extended, source=ANY_OPEN, target=STAY, by="authority", basis=_OURS),
        Transition(on=Corrected, source=ANY_OPEN, target=STAY, by="authority", basis=_OURS),
    ],
    obligations=[
        Obligation(name="answer", owner="platform", term=Hours(48), basis=_OURS, starts=Issued, meets=EffectGiven,
                   cancels=(Withdrawn, Closed)),
        Obligation(name="retain", owner="platform", term=Hours(1000), basis=_OURS,
                   starts=On(EffectGiven, outcomes="removed"), cancels=Closed),
    ],
    templates=[
        Template("order", "Order $case " + UNICODE.replace("$", "$$"), "$contents\n" + UNICODE.replace("$", "$$")),
        Template("answer", "Answer $case", "$reason"),
    ],
    hooks=[Hook(name="archive", run=_archive, point="enter", state="closed")],
    sources=[Source("sopflow", "Part of the store contract, not of any law.")],
)  # fmt: skip

_RUNGS: Mapping[str, tuple[Rung, ...]] = {
    "reporter-1": (Rung(contact="reporter-1-mail", channel="email"),),
}


def _facts(case: str, seq: int, tenant: str, command: str | None, parties: Mapping[str, tuple[str, ...]]) -> Facts:
    contacts = dict(_RUNGS)
    for party in parties.get("platform", ()):
        contacts[party] = (Rung(contact=f"{party}-desk", channel="email"), Rung(contact=f"{party}-law", channel="fax"))
    return Facts(
        contacts=contacts, acting_as=frozenset({"authority"}), renderer=TextRenderer(), command=command,
        salt=hashlib.sha256(f"{tenant}/{case}/{seq}".encode()).digest()[:16],
    )  # fmt: skip


def _addressed(step: Step) -> Step:
    rows = tuple(attrs.evolve(m, address=f"{m.contact}@{m.channel}.example") for m in step.outgoing)
    return attrs.evolve(step, outgoing=rows)


def opened(
    case: str = "case-1",
    *,
    tenant: str = TENANT,
    at: datetime = START,
    command: str | None = None,
    platform: str = "platform-a",
    matter: str = "",
    parent: str = "",
    text: str = UNICODE,
    contents: Sequence[Content] | None = None,
    by: Actor = AUTHORITY,
    flagger: str = "",
    lane: int = 0,
) -> Step:
    """Return the step that opens a case of the sample, with two contents and a form."""
    two = [Content(locator=f"https://{platform}.example/1"), Content(kind="account", locator="@Ünï\U0001f6a8")]
    notice = Notice(
        contents=two if contents is None else contents,
        parties={"platform": platform, "reporter": "reporter-1"}, form={"statement": text}, matter=matter,
    )  # fmt: skip
    event = Opened(instrument=notice, by=by, at=at, parent=parent)
    facts = _facts(case, 1, tenant, command, notice.parties)
    return _addressed(core.open_case(SAMPLE, event, facts, at, tenant=tenant, id=case, flagger=flagger, lane=lane))


def after(
    before: Step, event: Event, *, by: Actor = AUTHORITY, now: datetime | None = None, command: str | None = None
) -> Step:
    """Return the step that an event yields for the case as the step before left it; a second later unless said."""
    case = before.case
    now = now or case.recorded + timedelta(seconds=1)
    facts = _facts(case.id, case.revision + 1, case.tenant, command, case.parties)
    return _addressed(core.decide(SAMPLE, case, attrs.evolve(event, by=by), facts, now))


def ordered(case: str = "case-1", **given: Any) -> tuple[Step, Step]:
    """Return two steps: the case is opened, and an order is queued whose receipt and fulfilment are awaited."""
    first = opened(case, **given)
    return first, after(first, Issued(reference="no. 1"))


def lapsed(before: Step, deadline: str) -> Step:
    """Return the step that records the passing of a deadline's next instant."""
    case = before.case
    found = next(d for d in case.deadlines if d.id == deadline or d.obligation == deadline)
    assert found.wake is not None  # only running deadlines are handed in
    facts = _facts(case.id, case.revision + 1, case.tenant, None, case.parties)
    step = core.lapse(SAMPLE, case, found, facts, found.wake)
    assert step is not None  # its wake instant is now
    return _addressed(step)


def irregular(before: Step) -> Step:
    """Return a step with an incident: a fact for which the sample has no row."""
    return after(before, Restored(reason="seen again"), by=PLATFORM)


def story(first: Step) -> list[Step]:
    """Return the steps of a case that goes through everything the sample has."""
    steps = [after(first, Issued(reference="no. 1"))]
    message = steps[0].case.messages[0].id
    events: list[tuple[Event, Actor]] = [
        (Held(role="platform", until=START + timedelta(hours=5), reason=UNICODE), AUTHORITY),
        (Acknowledged(message=message, note=UNICODE), PLATFORM),
        (Restored(reason="seen again"), PLATFORM),
        (EffectGiven(outcomes={"c1": "removed", "c2": "not_found"}), PLATFORM),
        (Corrected(seq=6, field="outcome:c1", value="refused", reason=UNICODE), AUTHORITY),
        (Closed(reason=UNICODE), AUTHORITY),
    ]
    for event, by in events:
        steps.append(after(steps[-1], event, by=by))
    return steps


def resolved(found: Incident) -> Incident:
    """Return the incident as a person has resolved it."""
    return attrs.evolve(found, status="resolved", resolved_by=AUTHORITY.id, resolved_at=START)


def registrations(tenant: str = TENANT) -> list[tuple[Entry, str, str | None, bytes]]:
    """Return three changes of a directory: two organisations are listed, and the first one is removed."""
    found: list[tuple[Entry, str, str | None, bytes]] = []
    prev = ""
    for seq, (id, listed) in enumerate((("px", True), ("py", True), ("px", False)), 1):
        desk = PointOfContact(id=f"{id}-desk", channels={"email": UNICODE}, name=UNICODE)
        organisation, salt = Provider(id=id, name=UNICODE, contacts=[desk]), bytes([seq, 0, 255])
        before, after = (None, organisation) if listed else (organisation, None)
        entry = register.entry(before, after, by=SYSTEM, now=START, tenant=tenant, seq=seq, prev=prev, salt=salt)
        prev = entry.hash
        found.append((entry, id, canon.text(register.to_doc(organisation)) if listed else None, salt))
    return found
