"""Folding: what an event itself proves, in whatever state it is learnt.

A `Draft` is a case under construction. The event's own facts are folded into it first (contents, receipts, approvals,
clocks); only then are guards asked. Every change is noted, because the journal carries the effects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from . import canon, clocks
from .case import Approval, Case, Child, Content, Deadline, Happening, InstrumentRecord, Message, Outcome, Standing
from .errors import BadInput
from .events import (
    DEADLINE_FACTS,
    MESSAGE_FACTS,
    Acknowledged,
    Approved,
    Corrected,
    DeadlineBreached,
    DeadlineOpened,
    DeadlineReminded,
    Event,
    Extended,
    Held,
    IncidentResolved,
    Instrument,
    LinkedCase,
    Superseded,
    Unsent,
    Withdrawn,
    _OfDeadline,
    _OfMessage,
)
from .journal import KEYS, to_doc
from .procedure import ALWAYS, Procedure
from .rules import Send
from .step import Facts, Incident

_TIMES = {"Sent": "sent", "Delivered": "delivered", "Acknowledged": "acknowledged"}


def number(instrument: Instrument, present: Sequence[Content], salt: bytes) -> Instrument:
    """Return the instrument with an id and a salted digest for each of its contents."""
    taken = {c.id for c in present}
    contents, n = [], len(present)
    for content in instrument.contents:
        id = content.id
        if not id:
            while not id or id in taken:
                n += 1
                id = f"c{n}"
        if id in taken:
            raise BadInput("contents.id", id, "give each content an id of its own, or none")
        if content.locator is None:
            raise BadInput(f"contents.{id}.locator", None, "name the URL, account, channel, domain or hash")
        taken.add(id)
        digest = canon.salted(salt, f"content.{id}", content.locator)
        contents.append(attrs.evolve(content, id=id, digest=digest))
    return attrs.evolve(instrument, contents=tuple(contents))


class Draft:
    """A case under construction, with a note of everything that changed."""

    __slots__ = (
        "_sections", "at", "before", "calendars", "cancelled", "changed", "changes", "climb", "data", "ended", "event",
        "facts", "held", "holds", "incidents", "now", "of", "parties", "procedure", "rebutted", "resolves", "seq",
        "strict",
    )  # fmt: skip

    def __init__(
        self, p: Procedure, before: Case, event: Event, of: str, at: datetime, now: datetime, facts: Facts
    ) -> None:
        self.procedure = p
        self.before = before
        self.event = event
        self.of = of
        self.at = at
        self.now = now
        self.facts = facts
        self.seq = before.revision + 1
        self.strict = event.act
        self._sections: dict[str, tuple[Any, ...]] = {}
        self.changed: dict[str, dict[Any, Any]] = {}
        self.changes: dict[str, set[str]] = {}  # deadline id to verbs
        self.parties: dict[str, tuple[str, ...]] = {}
        self.holds: dict[str, datetime] = {}
        self.data: dict[str, Any] = {}
        self.incidents: list[Incident] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []
        self.held: dict[str, datetime] = {}
        self.climb: list[Message] = []
        self.rebutted: list[Deadline] = []
        self.resolves: list[tuple[str, str, str]] = []

    # --- reading and changing ------------------------------------------------------------------------------------

    def section(self, name: str) -> tuple[Any, ...]:
        """Return a section of the case as it is by now."""
        found = self._sections.get(name)
        return getattr(self.before, name) if found is None else found

    def put(self, name: str, record: Any) -> None:
        """Add a record to a section, or put it in the place of the one with the same key."""
        key_of = KEYS[name]
        key, records = key_of(record), self.section(name)
        for i, present in enumerate(records):
            if key_of(present) == key:
                if present == record:
                    return
                self._sections[name] = (*records[:i], record, *records[i + 1 :])
                break
        else:
            self._sections[name] = (*records, record)
        self.changed.setdefault(name, {})[key] = record

    def put_deadline(self, deadline: Deadline, verbs: Sequence[str]) -> None:
        """Put a deadline, noting by which verbs it changed; notice what it proves about earlier alarms."""
        old = next((d for d in self.section("deadlines") if d.id == deadline.id), None)
        if old == deadline:
            return
        self.put("deadlines", deadline)
        self.changes.setdefault(deadline.id, set()).update(verbs or ("move",))
        lifted = old is not None and old.standing is Standing.EXPIRED and deadline.standing is not Standing.EXPIRED
        # a clock that begins anew, or is extended, after the alarm does not make the alarm wrong
        if lifted and old is not None and (isinstance(self.event, Corrected) or self.at <= (old.expired or self.now)):
            self.rebutted.append(deadline)
        if deadline.too_early and (old is None or not old.too_early):
            self.incident("too_early", f"{deadline.obligation}: met at {deadline.met}, before {deadline.not_before}")

    def incident(self, kind: str, detail: str) -> None:
        """Note something that a person must look at."""
        id = f"{self.before.id}/{self.seq}.{len(self.incidents) + 1}"
        self.incidents.append(
            Incident(id=id, tenant=self.before.tenant, case=self.before.id, kind=kind, at=self.now, detail=detail)
        )

    def case(self, **changes: Any) -> Case:
        """Return the case as it is by now."""
        if self.parties:
            changes["parties"] = {**self.before.parties, **self.parties}
        if self.holds:
            changes["holds"] = {**self.before.holds, **self.holds}
        if self.data:
            changes["data"] = {**self.before.data, **self.data}
        changes |= self._sections
        return attrs.evolve(self.before, **changes)

    def effects(self) -> dict[str, Any]:
        """Return everything that changed, as JSON values."""
        doc: dict[str, Any] = {}
        for name, records in self.changed.items():
            doc[name] = [to_doc(r) for r in records.values()]
        for record in doc.get("deadlines", ()):
            record["change"] = sorted(self.changes.get(record["id"], ()))
        if self.ended:
            doc["ended"] = self.ended
        if self.parties:
            doc["parties"] = {k: list(v) for k, v in self.parties.items()}
        if self.holds:
            doc["holds"] = {k: canon.instant(v) for k, v in self.holds.items()}
        if self.data:
            doc["data"] = self.data
        if self.incidents:
            doc["incidents"] = [{"id": i.id, "kind": i.kind, "detail": i.detail} for i in self.incidents]
        return doc

    # --- folding -------------------------------------------------------------------------------------------------

    def fold(self) -> None:
        """Fold the event's own facts in."""
        event = self.event
        instrument = getattr(event, "instrument", None)
        if instrument is not None and event.name != "Escalated":
            self._receive(instrument)
        concerns = event.concerns()
        if concerns is not None:
            concerns = self._known_contents(concerns)
        message = ""
        if isinstance(event, _OfMessage):
            message = event.message
        touches = event.name in self.procedure.clocks_of or isinstance(event, Extended) or event.name in _TIMES
        if touches or concerns or (not event.act and event.name not in ALWAYS):
            self.happened(event.name, self.of, concerns, message)
        if concerns:
            self._outcomes(concerns)
        fold = _FOLDS.get(type(event))
        if fold is not None:
            fold(self, event)
        self._clocks(event.name)
        if not event.act:
            self._proves_receipt(event)
        for silent in self.climb:
            self.next_rung(silent)

    def happened(self, name: str, of: str, contents: Mapping[str, str] | None = None, message: str = "") -> None:
        """Note a happening, on which clocks and outcomes depend."""
        instrument = getattr(self.event, "instrument", None)
        until = getattr(instrument, "due", None) or getattr(self.event, "due", None)
        self.put(
            "happenings",
            Happening(
                seq=self.seq, at=self.at, event=name, of=of, contents=contents or None, until=until, message=message
            ),
        )

    def _receive(self, instrument: Instrument) -> None:
        form = self.procedure.form_of.get(instrument.kind)
        missing = form.missing(instrument.form) if form is not None else ()
        if missing and form is not None and form.enforce == "refuse":
            articles = {f.name: f.basis.text for f in form.fields}
            raise BadInput(
                f"{instrument.kind}.form", sorted(instrument.form),
                "fill in " + ", ".join(f"{name} ({articles[name]})" for name in missing),
            )  # fmt: skip
        self.put("instruments", InstrumentRecord(kind=instrument.kind, seq=self.seq, missing=missing))
        for content in instrument.contents:
            self.put("contents", attrs.evolve(content, locator=None, since=self.at))
        self.parties.update(instrument.parties)

    def _known_contents(self, concerns: Mapping[str, str]) -> dict[str, str]:
        ids = [c.id for c in self.section("contents")]
        if not concerns:
            outcome = getattr(self.event, "outcome", "")
            return dict.fromkeys(ids, outcome)
        unknown = [id for id in concerns if id not in ids]
        if unknown:
            raise BadInput(f"{self.event.name}.contents", unknown[0], f"name contents of this case: {', '.join(ids)}")
        return {id: str(outcome) for id, outcome in concerns.items()}

    def _outcomes(self, ids: Mapping[str, str]) -> None:
        told: dict[str, Happening] = {}
        for h in sorted(self.section("happenings"), key=lambda h: (h.at, h.event)):
            for id, outcome in (h.contents or {}).items():
                if outcome and id in ids:
                    told[id] = h
        for content in self.section("contents"):
            if content.id in told:
                h = told[content.id]
                outcome = Outcome((h.contents or {})[content.id])
                self.put("contents", attrs.evolve(content, outcome=outcome, since=h.at))
            elif content.id in ids and content.outcome is not Outcome.PENDING:
                self.put("contents", attrs.evolve(content, outcome=Outcome.PENDING, since=self.before.opened))

    def _clocks(self, event_name: str) -> None:
        touched = self.procedure.clocks_of.get(event_name, ())
        if self.changed.get("contents"):
            touched = tuple(dict.fromkeys((*touched, *self.procedure.outcome_clocks)))
        if isinstance(self.event, Extended):
            extended = self.procedure.obligation_of.get(self.event.obligation)
            if extended is None:
                names = ", ".join(self.procedure.obligation_of)
                raise BadInput("Extended.obligation", self.event.obligation, f"name an obligation: {names}")
            touched = (*touched, extended)
        if touched:
            self.run_clocks(touched)

    def run_clocks(self, touched: Sequence[Any], verb: str = "") -> None:
        """Compute the deadlines of these obligations again."""
        case = self.case()
        latest = [h for h in case.happenings if h.seq == self.seq]
        for obligation in touched:
            found, problems = clocks.deadlines(obligation, case, self.facts.calendars, strict=self.strict)
            verbs = [v for h in latest for v in clocks.verbs(obligation, h)] or [verb or "move"]
            for deadline in found:
                self.put_deadline(deadline, verbs)
            gone = {d.id for d in case.deadlines if d.obligation == obligation.name} - {d.id for d in found}
            if gone:
                self.ended += sorted(gone)
                self._sections["deadlines"] = tuple(d for d in self.section("deadlines") if d.id not in gone)
            for problem in problems:
                self.incident("deadline_unknown", f"{obligation.name}: {problem}")

    # --- messages ------------------------------------------------------------------------------------------------

    def _proves_receipt(self, event: Event) -> None:
        assert event.by is not None
        for message in self.section("messages"):
            send = self.procedure.send_of.get(message.template)
            if (
                send is not None and type(event) in send.proved_by and message.status not in ("expected", "superseded")
                and message.to in event.by.roles and message.queued <= self.at
                and (message.acknowledged is None or self.at < message.acknowledged)
            ):  # fmt: skip
                self.happened("Acknowledged", message.template, None, message.id)
                self.settle(message.id)
                self._clocks("Acknowledged")

    def settle(self, id: str) -> None:
        """Set a message's times from its happenings, and its communication's clocks from them."""
        times: dict[str, datetime] = {}
        for h in self.section("happenings"):
            name = _TIMES.get(h.event)
            if name and h.message == id and (name not in times or h.at < times[name]):
                times[name] = h.at
        message = next(m for m in self.section("messages") if m.id == id)
        status = message.status
        if status != "expected" or times:
            reached = [n for n in ("sent", "delivered", "acknowledged") if n in times]
            if reached:
                status = reached[-1]
        self.put(
            "messages",
            attrs.evolve(message, status=status, **{"sent": None, "delivered": None, "acknowledged": None, **times}),
        )
        self.settle_thread(message.thread)

    def settle_thread(self, thread: str, cancelled: bool = False) -> None:
        """Compute the receipt clocks of a communication again; what is confirmed is not sent once more."""
        members = [m for m in self.section("messages") if m.thread == thread]
        confirmed = min((m.acknowledged for m in members if m.acknowledged is not None), default=None)
        for message in members:
            if message.status == "queued" and (confirmed is not None or cancelled):
                self.put("messages", attrs.evolve(message, status="superseded"))
                self.cancelled.append(message.id)
            deadline = next((d for d in self.section("deadlines") if d.message == message.id), None)
            if deadline is None:
                continue
            came = confirmed
            if deadline.id.startswith("expected:"):
                came = message.sent or message.delivered or message.acknowledged
            settled = clocks.receipt(deadline, came, cancelled, message.status != "unsent")
            verb = "meet" if came is not None else "cancel"
            self.put_deadline(settled, [verb])

    def queue(self, send: Send) -> None:
        """Queue (or expect) a message of a transition or hook, one for each party; the texts are made later."""
        parties = {**self.before.parties, **self.parties}.get(send.to, ())
        for party in parties or (() if send.optional else ("",)):
            self._queue(send, party)

    def _queue(self, send: Send, party: str) -> None:
        ours = send.sender in self.facts.acting_as
        rungs = self.facts.contacts.get(party, ())
        n = sum(m.seq == self.seq for m in self.section("messages")) + 1
        id = f"{self.before.id}-m{self.seq}.{n}"
        hold = {**self.before.holds, **self.holds}.get(send.to)
        message = Message(
            id=id, thread=id, template=send.template, sender=send.sender, to=send.to, party=party, seq=self.seq,
            contact=rungs[0].contact if ours and rungs else "", channel=rungs[0].channel if ours and rungs else "",
            status="queued" if ours else "expected", queued=self.now,
            send_after=hold if hold is not None and hold > self.now else None,
        )  # fmt: skip
        self.put("messages", message)
        deadline = clocks.await_message(message, send, self.facts.calendars)
        if deadline is not None:
            self.put_deadline(deadline, ["start"])
        if ours and not rungs:
            self.unreachable(
                message, "no_contact", f"nobody is listed for role {send.to} ({party or 'no party named'})"
            )

    def next_rung(self, silent: Message) -> Message | None:
        """Queue the next rung of the ladder after silence or failure, or note that the ladder is exhausted."""
        members = [m for m in self.section("messages") if m.thread == silent.thread]
        if any(m.acknowledged is not None or m.rung > silent.rung for m in members):
            return None
        send = self.procedure.send_of.get(silent.template)
        rungs = self.facts.contacts.get(silent.party, ())
        each = 1 + (send.reminders if send is not None else 0)
        rung = silent.rung + 1
        if silent.status == "unsent":
            rung = (silent.rung // each + 1) * each  # a contact that cannot be reached is not reminded
        if send is None or rung // each >= len(rungs):
            self.unreachable(
                silent, "ladder_exhausted", f"{silent.template}: nobody left to try after {silent.rung + 1} attempt(s)"
            )
            return None
        target = rungs[rung // each]
        message = attrs.evolve(
            silent, id=f"{self.before.id}-m{self.seq}.{sum(m.seq == self.seq for m in self.section('messages')) + 1}",
            rung=rung, contact=target.contact, channel=target.channel, status="queued", seq=self.seq, queued=self.now,
            sent=None, delivered=None, acknowledged=None, send_after=None, digest="", exhausted=False,
        )  # fmt: skip
        self.put("messages", message)
        deadline = clocks.await_message(message, send, self.facts.calendars)
        if deadline is not None:
            self.put_deadline(deadline, ["start"])
        return message

    def unreachable(self, message: Message, kind: str, detail: str) -> None:
        """Note that nobody is left to try for this message."""
        self.put("messages", attrs.evolve(message, exhausted=True))
        self.incident(kind, detail)


# --- what single events fold, beyond contents and clocks -----------------------------------------------------------


def _message(d: Draft, event: _OfMessage) -> None:
    message = next((m for m in d.section("messages") if m.id == event.message), None)
    if message is None:
        known = ", ".join(m.id for m in d.section("messages")) or "none yet"
        raise BadInput(f"{event.name}.message", event.message, f"name a message of this case: {known}")
    if isinstance(event, Unsent):
        if message.status == "queued":
            message = attrs.evolve(message, status="unsent")
            d.put("messages", message)
            d.cancelled.append(message.id)
            d.settle_thread(message.thread)
            d.climb.append(message)
    else:
        d.settle(event.message)
        if isinstance(event, Acknowledged) and message.status == "queued":
            d.cancelled.append(message.id)


def _deadline(d: Draft, event: _OfDeadline) -> None:
    deadline = next((x for x in d.section("deadlines") if x.id == event.deadline), None)
    if deadline is None:
        known = ", ".join(x.id for x in d.section("deadlines")) or "none"
        raise BadInput(f"{event.name}.deadline", event.deadline, f"name a deadline of this case: {known}")
    if isinstance(event, DeadlineOpened):
        d.put_deadline(attrs.evolve(deadline, opened=True), ["open"])
    elif isinstance(event, DeadlineReminded):
        d.put_deadline(attrs.evolve(deadline, reminded=True), ["remind"])
    else:
        standing = Standing.EXPIRED if deadline.standing is Standing.RUNNING else deadline.standing
        expired = attrs.evolve(deadline, standing=standing, expired=deadline.due, expired_seq=d.seq)
        d.put_deadline(expired, ["breach" if isinstance(event, DeadlineBreached) else "close"])
        if deadline.message and deadline.obligation.startswith("receipt:"):
            d.climb.append(next(m for m in d.section("messages") if m.id == deadline.message))


def _approved(d: Draft, event: Approved) -> None:
    by = event.by
    assert by is not None
    d.put(
        "approvals",
        Approval(
            proposal=event.proposal, actor=by.id, roles=tuple(sorted(by.roles)), organisation=by.organisation or by.id,
            at=d.at, seq=d.seq,
        ),
    )  # fmt: skip


def _held(d: Draft, event: Held) -> None:
    until = canon.utc(event.until, "Held.until")
    d.holds[event.role] = until
    for message in d.section("messages"):
        if message.to == event.role and message.status == "queued":
            d.put("messages", attrs.evolve(message, send_after=until))
            d.held[message.id] = until


def _taken_back(d: Draft, event: Event) -> None:
    for thread in dict.fromkeys(m.thread for m in d.section("messages")):
        d.settle_thread(thread, cancelled=True)


def _linked(d: Draft, event: LinkedCase) -> None:
    child = next((c for c in d.section("children") if c.id == event.case), None) or Child(
        id=event.case, procedure=event.procedure
    )
    milestones = tuple(dict.fromkeys((*child.milestones, event.milestone)))
    d.put("children", attrs.evolve(child, milestones=milestones))


def _corrected(d: Draft, event: Corrected) -> None:
    found = [h for h in d.section("happenings") if h.seq == event.seq]
    if not found:
        known = ", ".join(str(h.seq) for h in d.section("happenings")) or "none"
        raise BadInput("Corrected.seq", event.seq, f"name an entry on which a clock or outcome depends: {known}")
    name, _, id = event.field.partition(":")
    for h in found:
        if name == "at":
            try:
                at = canon.utc(datetime.fromisoformat(event.value), "Corrected.value")
            except ValueError:
                raise BadInput(
                    "Corrected.value", event.value, "write an instant with its time zone: 2017-07-14T11:00+07:00"
                ) from None
            if at > d.now:
                raise BadInput("Corrected.value", event.value, "use an instant that is not in the future")
            d.put("happenings", attrs.evolve(h, at=at))
        elif name == "outcome" and h.contents and id in h.contents:
            try:
                d.put("happenings", attrs.evolve(h, contents={**h.contents, id: Outcome(event.value)}))
            except ValueError:
                raise BadInput("Corrected.value", event.value, f"use one of {', '.join(Outcome)}") from None
        else:
            raise BadInput("Corrected.field", event.field, 'use "at", or "outcome:ID" with a content of that entry')
    for h in found:
        if h.contents:
            d._outcomes(h.contents)
        if h.message:
            d.settle(h.message)
        touched = list(d.procedure.clocks_of.get(h.event, ()))
        if h.event in ("Extended", clocks.STARTED):
            touched += [o for o in d.procedure.obligations if o.name == h.of]
        d.run_clocks(touched, "move")


def _resolved(d: Draft, event: IncidentResolved) -> None:
    d.resolves.append((event.incident, event.by.id if event.by else "", event.note))


_FOLDS: dict[type[Event], Callable[[Draft, Any], None]] = {
    **dict.fromkeys(MESSAGE_FACTS, _message),
    **dict.fromkeys(DEADLINE_FACTS, _deadline),
    Approved: _approved,
    Held: _held,
    Withdrawn: _taken_back,
    Superseded: _taken_back,
    LinkedCase: _linked,
    Corrected: _corrected,
    IncidentResolved: _resolved,
}
