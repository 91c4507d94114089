"""The decision: pure, from here down. No I/O, no clock, no randomness, no colour.

    decide(procedure, case, event, facts, now) -> Step

Every change of a case goes through here. Acts are permitted or refused with every reason; facts are recorded. First
the event's own facts are folded in (`fold.py`), then the rows of the procedure are asked (`_machine.py`), then the
messages, cases and effects that follow are put together and sealed into a journal entry.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from . import canon, compose, migration
from ._machine import Cursor, fire, machine_of
from .case import SYSTEM, Actor, Case, Child, Deadline, Message, Standing
from .clocks import STARTED
from .errors import BadInput, HookFailed, NotAllowed
from .events import (
    DEADLINE_FACTS,
    STATELESS,
    Acknowledged,
    AttemptFailed,
    CalendarChanged,
    ContactListed,
    Corrected,
    DeadlineBreached,
    DeadlineClosed,
    DeadlineOpened,
    DeadlineReminded,
    Event,
    InstrumentReceived,
    LinkedCase,
    Migrated,
    Opened,
    OrderVoided,
    Retracted,
    Sent,
    Unsent,
    _OfDeadline,
    _OfMessage,
)
from .fold import Folding, number, received, recognised
from .journal import FORMAT, payload
from .procedure import ALWAYS, Procedure
from .records import succeed
from .rules import STAY, Basis, Transition, Yield
from .step import Entry, Facts, Milestone, Open, Outgoing, Side, Step

_RESERVED = (*STATELESS, Migrated)  # acts of which it is checked at once who may do them
_INSTRUMENTS = (Opened, InstrumentReceived)
_BY_US = (*DEADLINE_FACTS, LinkedCase)  # what the library itself finds out; nobody else may claim it without a row
_OURS = (AttemptFailed, CalendarChanged, ContactListed)  # and what our side finds out
_TAKING_BACK = (OrderVoided, Retracted)
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def open_case(
    p: Procedure, event: Opened, facts: Facts, now: datetime, *, tenant: str, id: str, matter: str = "",
    flagger: str = "", lane: int = 0,
) -> Step:  # fmt: skip
    """Return the step that opens a case.

    Args:
        p: The rulebook.
        event: The first instrument, with who handed it in.
        facts: See `Facts`.
        now: The moment of recording.
        tenant, id: The new case's key.
        matter: What the case is linked to; the instrument's own matter when left out, else the case is the first.
        flagger, lane: Who hands it in, if the directory lists them as a flagger, and the lane that this gives the case.

    Raises:
        NotAllowed: If the actor may not open a case.
        BadInput: For a value that cannot be used, or a kind of instrument that does not open a case.
    """
    kind = event.instrument.kind
    if p.opened_with and kind not in p.opened_with:
        kinds = " or ".join(sorted(p.opened_with))
        raise BadInput("instrument", kind, f"hand in one of the kind {kinds}, which is what opens a case of {p.id}")
    now = canon.utc(now, "now")
    state = p.state_of[p.initial]
    blank = Case(
        tenant=tenant, id=id, procedure=p.id, version=p.version, digest=p.digest, revision=0, state=state.name,
        phase=state.phase, final=state.final, since=now, waits_for=state.waits_for, opened=now, recorded=now,
        matter=matter or event.instrument.matter or id, parent=event.parent, grounds=event.grounds,
        flagger=flagger, lane=lane,
    )  # fmt: skip
    event = attrs.evolve(event, instrument=number(event.instrument, (), facts.salt))
    return decide(p, blank, event, facts, now)


def decide(p: Procedure, case: Case, event: Event, facts: Facts, now: datetime) -> Step:
    """Return all that the event yields for the case.

    Args:
        p: The rulebook of the case; for `Migrated` the version that takes it over.
        case: The case as loaded.
        event: What happened; `by` must be set.
        facts: Everything else the decision may look at.
        now: The moment of recording.

    Raises:
        NotAllowed: For an act that the procedure does not allow, or an actor who may not state this; the reasons of
            all candidate rows are in it.
        BadInput: For a value that cannot be used.
        HookFailed: If a guard or hook raised on an act.
    """
    at, now, behind = _times(case, event, facts, now)
    of, proposed = event.of(), event
    if isinstance(event, _OfMessage):
        message = case.message(event.message)
        of = message.template if message is not None else ""
    elif isinstance(event, _INSTRUMENTS):
        of = p.subject_of(event.instrument)
        if case.revision and isinstance(event, Opened):
            raise BadInput("event", event.name, "a case is opened once; use InstrumentReceived for what comes later")
    if isinstance(event, InstrumentReceived) and event.instrument.contents:
        event = recognised(event, case.contents, facts.personal)
    instrument = getattr(event, "instrument", None)
    here = instrument is None or received(p, event) is not None
    if instrument is not None and instrument.contents and not isinstance(event, Opened):
        fresh = number(instrument, case.contents if here else (), facts.salt)
        event = attrs.evolve(event, instrument=fresh)  # type: ignore[call-arg]
    _authorise(p, case, event)
    event = narrowed(p, case, event)
    data, side = payload(event, facts.salt)
    if not here:  # what goes into another case must not be taken for values of this one
        side = {f"opens.{k}" if k.startswith(("content.", "instrument.")) else k: v for k, v in side.items()}

    draft = Folding(p, case, event, of, at, now, facts)
    if behind:
        draft.incident("clock_behind", f"this machine's clock is {behind} behind the case's last entry")
    draft.fold()
    row, yields, irregular = _judge(p, draft, event, proposed, facts)
    if irregular:
        draft.incident("irregular_fact", f"{event.name}: " + "; ".join(irregular))
    return _finish(p, draft, row, yields, irregular, data, side)


def passing(deadline: Deadline) -> type[_OfDeadline]:
    """Return the event that the deadline's next instant is, when it has come."""
    wake = deadline.wake
    if not deadline.opened and wake == deadline.not_before and deadline.standing is Standing.RUNNING:
        return DeadlineOpened
    if wake == deadline.due and deadline.expired != deadline.due:
        return DeadlineBreached if deadline.kind == "duty" else DeadlineClosed
    return DeadlineReminded


def lapse(p: Procedure, case: Case, deadline: Deadline, facts: Facts, now: datetime) -> Step | None:
    """Return the step for an instant of this deadline that has passed by `now`, or None if none has."""
    wake = deadline.wake
    if wake is None or wake > now:
        return None
    event = passing(deadline)(by=SYSTEM, at=wake, deadline=deadline.id, obligation=deadline.obligation)
    return decide(p, case, event, facts, now)


def current(row: Outgoing, case: Case) -> Outgoing:
    """Return a claimed message with the limit that it has now, and held as its addressee is now."""
    message = case.message(row.id)
    if message is None:
        return row
    after = [row.send_after, case.holds.get(message.to), message.send_after if message.status == "queued" else None]
    expires = next((d.due for d in case.deadlines if d.message == row.id), row.expires)
    return succeed(row, expires=expires, send_after=max([at for at in after if at is not None]))


def retry(row: Outgoing, now: datetime, spread: float, after: float = 0) -> datetime | None:
    """Return when a message that could not be sent is tried again, or None when it is to be given up.

    Delays double from 30 seconds to 1 hour, each stretched by up to half by `spread` (0 to 1, chosen by the caller), so
    that many messages do not come back at once; none is shorter than `after`, the seconds for which the endpoint asks
    to be left alone (up to a day). Nothing is tried after the message's own limit, or more than 12 times.
    """
    delay = timedelta(seconds=max(min(3600, 30 * 2 ** min(row.attempts, 10)), min(after, 86400)) * (1 + spread / 2))
    again = now + delay
    held = row.expires is not None and row.send_after >= row.expires  # it was to wait longer than it lives
    if row.attempts + 1 >= 12 or (row.expires is not None and again > row.expires and not held):
        return None
    return again


def proposal(p: Procedure, case: Case, event: Event, key: bytes) -> str:
    """Return the digest that approvals sign: exactly this act on these contents and parties under this rulebook."""
    instrument = getattr(event, "instrument", None)
    if instrument is not None:  # the signature covers its locators too
        event = attrs.evolve(event, instrument=number(instrument, (), key))  # type: ignore[call-arg]
    data, _ = payload(event, key)  # checks the values
    quote = canon.quote
    contents = ",".join([f"[{quote(c.id)},{quote(c.digest)},{quote(c.party)}]" for c in case.contents])
    text = (  # canonical: members in their order
        f'{{"case":{quote(case.id)},"contents":[{contents}],"data":{canon.trusted_text(data) if data else "{}"},'
        f'"event":{quote(event.name)},"parties":{canon.trusted_text(case.parties)},"procedure":{quote(p.digest)},'
        f'"schema":{event.schema}}}'
    )
    return hmac.digest(key, text.encode(), "sha256").hex()


# --- the parts of a decision ---------------------------------------------------------------------------------------


def _times(case: Case, event: Event, facts: Facts, now: datetime) -> tuple[datetime, datetime, timedelta | None]:
    now = canon.utc(now, "now")
    behind = None
    if now < case.recorded:  # recording order never runs backwards within a case
        behind = case.recorded - now if case.recorded - now > facts.max_skew else None
        now = case.recorded
    at = now if event.at is None else canon.utc(event.at, f"{event.name}.at")
    if at > now + facts.max_skew:
        raise BadInput(
            f"{event.name}.at",
            at.isoformat(),
            f"use an instant no more than {facts.max_skew} after now, {now.isoformat()}",
        )
    for evidence in event.evidence:
        if not _SHA256.match(str(evidence.digest)):
            raise BadInput("evidence.digest", evidence.digest, "use a SHA-256 in hexadecimal, see Evidence.of(data)")
    return at, now, behind


def _authorise(p: Procedure, case: Case, event: Event) -> None:
    by = event.by
    if not isinstance(by, Actor):
        raise BadInput(f"{event.name}.by", by, "say who does or states this: Actor(id, roles)")
    if event.act and not isinstance(event, _RESERVED):
        return  # the rows themselves say who may, with all their other reasons
    allowed = _allowed(p, case, event)
    if allowed.isdisjoint(by.roles):
        have, need = ", ".join(sorted(by.roles)) or "none", ", ".join(sorted(allowed)) or "(nobody)"
        verb = "do" if event.act else "state"
        raise NotAllowed(case.id, event.name, case.state, [f"only {need} may {verb} this (the actor has {have})"])


def _allowed(p: Procedure, case: Case, event: Event) -> frozenset[str]:
    """Return the roles that may state this, or do what no row is asked about."""
    rows = p.may_state.get(event.name)
    if isinstance(event, Migrated):
        return frozenset({p.acting})
    if isinstance(event, Corrected):
        return rows or frozenset()
    if isinstance(event, _BY_US):
        return (rows or frozenset()) | {"system"}
    if isinstance(event, _OURS):
        return frozenset({"system", p.acting})
    if isinstance(event, Sent | Unsent | Acknowledged) and (message := case.message(event.message)) is not None:
        whose = message.sender if isinstance(event, Sent | Unsent) else message.to
        return p.stated_of(event.name, message.template) | {"system", p.acting, whose}
    if isinstance(event, _TAKING_BACK) and rows is None:  # an addressee takes no report back
        return p.opened_by | {p.acting, "court"}
    if event.name in ALWAYS and not isinstance(event, Opened):
        return p.role_names
    return rows or p.role_names


def narrowed(p: Procedure, case: Case, event: Event) -> Event:
    """Return a fact as its actor can mean it: one of several parties of a role speaks about its own contents.

    Where it names none, its own are named. Whoever may state it in a role in which it is not one of several (the
    authority, a gateway that is no party) speaks about all.

    Raises:
        NotAllowed: If it names a content of another party of its role, or none and has none of its own.
    """
    concerns = None if event.act or getattr(event, "instrument", None) is not None else event.concerns()
    if concerns is None or event.by is None:
        return event
    party, rivals = event.by.organisation or event.by.id, set[str]()
    for role in event.by.roles & _allowed(p, case, event):
        ids = case.parties.get(role, ())
        if party not in ids or len(ids) == 1:
            return event
        rivals.update(ids)
    theirs = {c.id for c in case.contents if c.party in rivals - {party}}
    own = tuple([c.id for c in case.contents if c.id not in theirs])
    foreign = theirs.intersection(concerns) if concerns or own else theirs
    if foreign:
        reason = (
            f"{', '.join(sorted(foreign))}: another party answers for that; {party} states this of its own contents"
        )
        raise NotAllowed(case.id, event.name, case.state, [reason])
    named = concerns or not theirs or not hasattr(event, "contents")
    return event if named else attrs.evolve(event, contents=own)  # type: ignore[call-arg]


def _judge(
    p: Procedure, draft: Folding, event: Event, proposed: Event, facts: Facts
) -> tuple[Transition | None, list[Yield], tuple[str, ...]]:
    case = draft.before
    cursor = Cursor(case, draft.case, event, facts, lambda view: proposal(p, view, proposed, facts.key))
    if draft.untrue:
        return None, [], tuple(draft.untrue)
    if event.act and case.final and not isinstance(event, STATELESS):
        raise NotAllowed(case.id, event.name, case.state, [f"{case.state!r} is final: it takes facts and corrections"])
    if isinstance(event, Migrated):
        obstacles = migration.obstacles(p, draft)
        if obstacles:
            raise NotAllowed(case.id, event.name, case.state, obstacles)
        return None, [], ()
    try:
        if fire(machine_of(p), event.name, draft.of, cursor):
            row = cursor.row
            if type(event) is DeadlineBreached and row is not None and _unnoticed(row, cursor.yields):
                _missed(draft, event)
            return row, cursor.yields, ()
    except HookFailed as error:
        if event.act:
            raise
        # the exception's own text may quote the case: it has no place in the chain
        why = f"{error.kind} {error.name!r} raised {type(error.__cause__).__name__}"
        draft.incident("failed", why)
        return None, [], (why,)
    if event.name in ALWAYS and not (event.act and event.name in p.may_state):
        if isinstance(event, DeadlineBreached):
            _missed(draft, event)
        return None, [], ()
    reasons = tuple(dict.fromkeys(cursor.reasons))
    if event.act:
        raise NotAllowed(case.id, event.name, case.state, reasons)
    return None, [], reasons


def _missed(draft: Folding, event: DeadlineBreached) -> None:
    if not event.obligation.startswith("receipt:"):  # of those the ladder takes care
        draft.incident("deadline_missed", f"{event.obligation} was not known to be fulfilled in time")


def _unnoticed(row: Transition, yields: Sequence[Yield]) -> bool:
    """Return whether nobody learns of it: no message, no case, no hook. A change of state is seen by who looks."""
    return not (row.sends or row.opens or yields)


def _finish(
    p: Procedure, draft: Folding, row: Transition | None, yields: list[Yield], irregular: tuple[str, ...],
    data: dict[str, Any], side: dict[str, Any],
) -> Step:  # fmt: skip
    before, event, facts, now, seq = draft.before, draft.event, draft.facts, draft.now, draft.seq
    opens: list[Open] = []
    effects_of_host: list[Outgoing] = []
    if row is not None:
        for send in row.sends:
            draft.queue(send)
        if row.opens is not None:
            child = f"{before.id}-c{seq}"
            instrument: Any = getattr(event, "instrument", None)
            opens.append(Open(id=child, procedure=row.opens.procedure, instrument=instrument, grounds=(before.id,)))
            draft.put("children", Child(id=child, procedure=row.opens.procedure))
    for result in yields:
        for send in result.sends:
            draft.queue(send)
        for name in result.starts:
            draft.happened(STARTED, name)
            draft.run_clocks((p.obligation_of[name],))
        if result.data:  # as the journal will give it back
            draft.data.update(json.loads(canon.text(dict(result.data))))
        for do in result.does:
            effects_of_host.append(compose.effect(before, seq, len(effects_of_host) + 1, do, now))
    if draft.rebutted:
        _tell_rebutted(draft)

    target, migrated = before.state, isinstance(event, Migrated)
    if isinstance(event, Migrated):
        target = event.state
    elif row is not None and row.target != STAY:
        target = row.target
    state = p.state_of[target]
    moved = target != before.state
    changes: dict[str, Any] = {"revision": seq, "recorded": now, "state": target}
    if moved:
        changes["since"] = now
    if moved or migrated:
        changes["phase"], changes["final"], changes["waits_for"] = state.phase, state.final, state.waits_for
    if migrated:
        changes |= {"version": p.version, "digest": p.digest}

    outgoing: list[Outgoing] = []
    told = draft.changed.get("messages")
    new = [m for m in told.values() if m.seq == seq and m.status == "queued"] if told else ()
    if new:
        seen, personal = draft.case(changes), {**facts.personal, **side}
        for message in new:
            text = _render(p, draft, seen, message, personal, row.basis if row is not None else None)
            draft.put("messages", succeed(message, digest=compose.digest(text, facts.salt)))
            if message.contact:
                outgoing.append(text)

    effects = draft.effects()
    if migrated:
        effects.append(f'"migrated":{canon.trusted_text({"digest": p.digest, "version": p.version})}')
    if moved or migrated or seq == 1:
        effects.append(f'"phase":{canon.quote(state.phase)}')
        if state.final:
            effects.append('"final":true')
        if state.waits_for:
            effects.append(f'"waits_for":{canon.quote(state.waits_for)}')
    if seq == 1:
        effects.append(f'"case":{canon.trusted_text(_birth(before))}')
    if opens:
        found = [{"case": o.id, "procedure": o.procedure} for o in opens]
        effects.append(f'"opens":{canon.trusted_text(found)}')
    if effects_of_host:
        found = [
            {"id": d.id, "name": d.channel[3:], "digest": canon.salted(facts.salt, f"does.{d.id}", d.body)}
            for d in effects_of_host
        ]
        effects.append(f'"does":{canon.trusted_text(found)}')
    entry = _entry(draft, target, irregular, data, canon.joined(effects))
    changes["head"] = entry.hash
    changed = draft.changed.get("deadlines", {})
    milestone = moved and state.milestone and before.parent and not migrated
    return Step(
        case=draft.case(changes),
        entry=entry,
        side=Side(seq=seq, salt=facts.salt, values=side),
        outgoing=(*outgoing, *effects_of_host),
        cancelled=tuple(draft.cancelled),
        held=draft.held,
        deadlines=tuple(changed.values()),
        ended=tuple(draft.ended),
        parties=draft.parties,
        incidents=tuple(draft.incidents),
        resolves=tuple(draft.resolves),
        opens=tuple(opens),
        milestones=(Milestone(id=f"{before.id}/{seq}", parent=before.parent, milestone=target),) if milestone else (),
    )


def _render(
    p: Procedure, draft: Folding, seen: Case, message: Message, personal: dict[str, Any], basis: Basis | None
) -> Outgoing:
    try:
        return compose.outgoing(p, seen, draft.event, message, draft.facts, personal, basis)
    except Exception as error:
        if draft.event.act:
            raise HookFailed("renderer", message.template, error) from error
        draft.incident("failed", f"renderer raised {type(error).__name__} on {message.template!r}: plain text was used")
        plain = attrs.evolve(draft.facts, renderer=compose.TextRenderer())
        return compose.outgoing(p, seen, draft.event, message, plain, personal, basis)


def _entry(
    draft: Folding, target: str, irregular: tuple[str, ...], data: dict[str, Any], effects: str
) -> Entry:  # fmt: skip
    before, event, facts, by = draft.before, draft.event, draft.facts, draft.event.by
    assert by is not None
    text, quote, command = canon.trusted_text, canon.quote, facts.command
    who, said, proofs = by.text, "", ""
    if command is not None:
        check_command(command)
        said = f'"command":{quote(command)},'
    if event.evidence:
        proofs = f'"evidence":{text([_evidence(e) for e in event.evidence])},'
    read = f'"facts":{text(facts.values)},' if facts.values else ""
    why = f'"irregular":{text(irregular)},' if irregular else ""
    about = f'"data":{text(data)},' if data else ""
    of = f'"of":{text(draft.of)},' if draft.of else ""
    return Entry.sealed(  # members in their order
        f'{{"at":"{canon.instant(draft.stated)}","by":{who},"case":{quote(before.id)},{said}"effects":{effects},'
        f'"event":{{{about}"name":{quote(event.name)},{of}"schema":{event.schema}}},{proofs}{read}{why}'
        f'"now":"{canon.instant(draft.now)}","prev":{quote(before.head)},"procedure":{quote(before.digest)},'
        f'"seq":{draft.seq},"source":{quote(before.state)},"target":{quote(target)},"tenant":{quote(before.tenant)},"v":{FORMAT}}}',
        seq=draft.seq, event=event.name, by=by.id, command=command, irregular=irregular,
    )  # fmt: skip


def check_command(command: object) -> None:
    """Refuse what is no command id: an empty one would make one command of two."""
    if not isinstance(command, str) or not command:
        raise BadInput("command_id", command, "use an id of your own as text, one for each command, or None")
    if not command.isascii():
        canon.check(command, "command_id")


def _evidence(evidence: Any) -> dict[str, str]:
    doc = {"digest": evidence.digest, "kind": evidence.kind}
    canon.check(doc, "evidence")
    if evidence.received_at is not None:
        doc["received_at"] = canon.instant(canon.utc(evidence.received_at, "evidence.received_at"))
    return doc


def _birth(case: Case) -> dict[str, Any]:
    doc = {"procedure": case.procedure, "version": case.version, "matter": case.matter, "parent": case.parent,
           "grounds": list(case.grounds), "flagger": case.flagger, "lane": case.lane}  # fmt: skip
    return {k: v for k, v in doc.items() if v}


def _tell_rebutted(draft: Folding) -> None:
    """Say so to whoever was told otherwise: an alarm was raised, and it turns out that it was wrong."""
    reached: set[tuple[str, str]] = set()
    for deadline in {d.expired_seq: d for d in draft.rebutted}.values():
        message = draft.before.message(deadline.message)
        asked = (message.thread, message.contact) if message is not None else ()  # reminded, not told of a failure
        draft.incident("breach_rebutted", f"{deadline.obligation}: what entry {deadline.expired_seq} said did not hold")
        told: list[Message] = [
            m for m in draft.section("messages")
            if m.seq == deadline.expired_seq and m.status not in ("superseded", "expected", "unsent") and m.contact
            and (m.thread, m.contact) != asked
        ]  # fmt: skip
        for message in told:
            if (message.contact, message.channel) in reached:
                continue
            reached.add((message.contact, message.channel))
            id = draft.new_message_id()
            draft.put(
                "messages",
                Message(
                    id=id, thread=id, template=compose.REBUTTAL.name, sender=message.sender, to=message.to,
                    party=message.party, contact=message.contact, channel=message.channel, seq=draft.seq,
                    queued=draft.now, send_after=draft.hold(message.to),
                ),
            )  # fmt: skip
