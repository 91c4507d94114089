"""Folding: what an event itself proves, in whatever state it is learnt.

The event's own facts are folded into the draft first (contents, receipts, approvals, clocks); only then are guards
asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from . import canon, clocks, forms, locators, shortcut
from .case import (
    DOWN,
    Approval,
    Child,
    Content,
    Deadline,
    Happening,
    InstrumentRecord,
    Message,
    Outcome,
    Standing,
)
from .errors import BadInput
from .events import (
    CHALLENGES,
    DEADLINE_FACTS,
    MESSAGE_FACTS,
    Acknowledged,
    Approved,
    AttemptFailed,
    CalendarChanged,
    Closed,
    ContactListed,
    Corrected,
    DeadlineBreached,
    DeadlineClosed,
    DeadlineOpened,
    DeadlineReminded,
    Delivered,
    EffectGiven,
    Escalated,
    Event,
    Extended,
    Held,
    IncidentResolved,
    Instrument,
    InstrumentReceived,
    LinkedCase,
    Migrated,
    Opened,
    Sent,
    Superseded,
    Unsent,
    Withdrawn,
    _OfDeadline,
    _OfMessage,
)
from .journal import KEYS, merge
from .ladder import ENDS, TIMES, Ladder
from .procedure import ALWAYS, Procedure
from .records import same, succeed
from .rules import Obligation

_INSTRUMENTS = (Opened, InstrumentReceived)
_APPROVAL = Approval(proposal="", actor="", roles=(), at=datetime.min, seq=0)  # noqa: DTZ901 - never used itself
_CONTENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
_PARTY_ID = re.compile(r"[^\s@]{1,200}\Z")
_TRIES = frozenset(e.name for e in (AttemptFailed, Sent, Delivered, Unsent))
SPOKEN = "@spoken"  # the happening by which an addressee would show that it has a message, had that been sent


def received(p: Procedure, event: Event) -> Instrument | None:
    """Return the instrument that the event brings into this case; one for a case to be opened is not received here."""
    instrument: Instrument | None = getattr(event, "instrument", None)
    if instrument is None or isinstance(event, _INSTRUMENTS):
        return instrument
    elsewhere = isinstance(event, Escalated) or any(t.opens and t.on is type(event) for t in p.transitions)
    return None if elsewhere else instrument


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
        if not _CONTENT_ID.match(id):
            raise BadInput("contents.id", id, "use up to 64 letters, digits, '.', '_' or '-': it is no personal data")
        if content.locator is None:
            raise BadInput(f"contents.{id}.locator", None, "name the URL, account, channel, domain or hash")
        taken.add(id)
        digest = canon.salted(salt, f"content.{id}", content.locator)
        contents.append(attrs.evolve(content, id=id, digest=digest, outcome=Outcome.PENDING, since=None))
    return attrs.evolve(instrument, contents=tuple(contents))


def recognised(
    event: InstrumentReceived, present: Sequence[Content], personal: Mapping[str, Any]
) -> InstrumentReceived:
    """Return the event with what its instrument names of the case's own contents as those, and the rest as new ones.

    A counter-notice names what was removed by its URL; a second content would be put back in the place of the first.
    URLs are compared as `locators.key` writes them. A challenge can only mean what was reported, so there it is enough
    that a URL is like that of one content and of no other.
    """
    written = {c.id: str(personal[path]) for c in present if (path := f"content.{c.id}") in personal}
    loosely = event.instrument.kind in CHALLENGES
    own: dict[str, list[Content]] = {}
    like: dict[str, list[Content]] = {}
    for content in present:
        if content.id in written:
            own.setdefault(locators.key(content.kind, written[content.id]), []).append(content)
            if loosely:
                like.setdefault(locators.alike(content.kind, written[content.id]), []).append(content)
    concerned, named, fresh = dict.fromkeys(event.contents), dict(event.named), []
    for content in event.instrument.contents:
        locator = content.locator or ""
        known: Sequence[Content] = own.get(locators.key(content.kind, locator), ()) if locator else ()
        if loosely and locator and not known:
            guess = like.get(locators.alike(content.kind, locator), ())
            known = guess if len(guess) == 1 else ()
        same = [c.id for c in known if content.id in ("", c.id) and not (content.party and c.party != content.party)]
        concerned |= dict.fromkeys(same)
        named |= {id: locator for id in same if written[id] != locator}
        fresh += [] if same else [content]
    if len(fresh) == len(event.instrument.contents):
        return event
    return attrs.evolve(
        event, instrument=attrs.evolve(event.instrument, contents=fresh), contents=tuple(concerned), named=named
    )


class Folding(Ladder):
    """A draft into which one event is folded."""

    __slots__ = ()

    def fold(self) -> None:
        """Fold the event's own facts in."""
        event = self.event
        if isinstance(event, _OfMessage):
            self._possible(_named(self, event))
        instrument = received(self.procedure, event)
        if self.before.revision and instrument is not None and instrument.contents and instrument.kind in CHALLENGES:
            self.incident(
                "content_unknown",
                f"the {instrument.kind} names what the case does not have: see which content it means",
            )
        concerns = event.concerns()
        if concerns is not None:
            concerns = self._known_contents(concerns)
        if instrument is not None:
            self._receive(instrument)
            if self.before.revision and instrument.contents:
                concerns = {**(concerns or {}), **dict.fromkeys((c.id for c in instrument.contents), "")}
        name, message = event.name, event.message if isinstance(event, _OfMessage) else ""
        ending = name in self.procedure.ending
        touches = (
            name in self.procedure.clocks_of
            or name in TIMES
            or name in ENDS
            or ending
            or isinstance(event, Extended)
            or self.of in event.voids
        )
        if touches or concerns or (not event.act and name not in ALWAYS):
            about = self.about(_named(self, event)) if isinstance(event, _OfMessage) else concerns
            self.happened(name, self.of, about, message)
        if concerns:
            self._outcomes(concerns)
            if type(event) is EffectGiven:
                self._wrongly_down(concerns)
        fold = _FOLDS.get(type(event))
        if fold is not None:
            fold(self, event)
        if ending:
            _taken_back(self, event)
        self._clocks(name, concerns)
        if not event.act:
            self._proves_receipt(event)
        self.reconsider()
        for silent in self.climb:
            self.next_rung(silent)

    def _possible(self, message: Message) -> None:
        """Count what is said of a message of ours as no earlier than what it was written about: nobody had it then.

        What was stated stands in the journal, and a person is told.
        """
        if message.sender not in self.facts.acting_as:
            return
        written = min([message.queued, *(h.at for h in self.section("happenings") if h.seq == message.seq)])
        if self.at < written:
            if written - self.at > self.facts.max_skew:
                said, then = canon.instant(self.at), canon.instant(written)
                what = f"{message.template}: {self.event.name} is dated {said}, before there was the message"
                self.incident("dated_before", f"{what}: it counts as of {then}")
            self.at = written

    def _receive(self, instrument: Instrument) -> None:
        form = self.procedure.form_of.get(instrument.kind)
        missing = form.missing(instrument.form) if form is not None else ()
        if form is not None and form.enforce == "refuse":
            wrong = [f"{f.name} ({f.basis.text}): {remedy}" for f, remedy in forms.problems(form, instrument.form)]
            if wrong:
                raise BadInput(f"{instrument.kind}.form", sorted(instrument.form), "; ".join(wrong))
        self.put(
            "instruments",
            InstrumentRecord(
                kind=instrument.kind, seq=self.seq, missing=missing, category=instrument.category, at=self.at
            ),
        )
        seq = self.seq if self.before.revision else 0
        self._put_contents({c.id: succeed(c, locator=None, since=self.at, seq=seq) for c in instrument.contents})
        for role, ids in instrument.parties.items():
            if role not in self.procedure.role_names:
                names = ", ".join(sorted(self.procedure.role_names))
                raise BadInput("parties", role, f"use the roles of {self.procedure.id}: {names}")
            for id in ids:
                if not _PARTY_ID.match(id):
                    raise BadInput(f"parties.{role}", id, "use a pseudonymous id without spaces or '@'")
            self._join(role, ids, instrument.kind)

    def _join(self, role: str, ids: tuple[str, ...], kind: str) -> None:
        """Enter who takes part. A later instrument takes nobody's place: another addressee is another case."""
        present, by = self.before.parties.get(role, ()), self.event.by
        more = tuple(id for id in ids if id not in present)
        if not present or (more and by is not None and self.procedure.acting in by.roles):
            self.parties[role] = (*present, *more)
        elif more:
            self.incident("party_unknown", f"the {kind} names another {role} than the case has: see whom it means")

    def _known_contents(self, concerns: Mapping[str, str]) -> dict[str, str]:
        ids = {c.id: None for c in self.section("contents")}
        if not concerns:
            outcome = getattr(self.event, "outcome", "")
            return dict.fromkeys(ids, outcome)
        unknown = [id for id in concerns if id not in ids]
        if unknown:
            raise BadInput(f"{self.event.name}.contents", unknown[0], f"name contents of this case: {', '.join(ids)}")
        return {id: str(outcome) for id, outcome in concerns.items()}

    def _wrongly_down(self, told: Mapping[str, str]) -> None:
        """Note what was taken down although its order was voided, or its report retracted, before."""
        wrong = self.before.taken_back(self.at).intersection(id for id, outcome in told.items() if outcome in DOWN)
        if wrong:
            self.incident("taken_back", f"{', '.join(sorted(wrong))}: taken down, though nothing asks for it any more")

    def _outcomes(self, ids: Container[str]) -> None:
        told = clocks.history(self.section("happenings"))
        fresh: dict[str, Content] = {}
        for content in self.section("contents"):
            last = told.get(content.id) if content.id in ids else None
            if last:
                h, outcome = last[-1]
                if (outcome, h.at) != (content.outcome, content.since):
                    fresh[content.id] = succeed(content, outcome=Outcome(outcome), since=h.at)
        self._put_contents(fresh)

    def _put_contents(self, fresh: dict[str, Content]) -> None:
        if fresh:  # at once: a case may have thousands
            present = self.section("contents")
            self._sections["contents"] = merge(present, fresh.values(), KEYS["contents"])
            self.changed.setdefault("contents", {}).update(fresh)

    def _clocks(self, event_name: str, concerns: Mapping[str, str] | None = None) -> None:
        if isinstance(self.event, Extended):
            self._extend(self.event)
        ways = shortcut.ways(self.procedure, event_name)
        happenings, calendars = self.section("happenings"), self.facts.calendars
        if ways and self._is_latest(event_name, happenings):
            for obligation, way in ways:
                found = way(happenings, self.section("deadlines"), calendars, self.strict)
                if found is None:
                    self.run_clocks((obligation,))
                else:
                    for deadline, verb in found:
                        self.put_deadline(deadline, (verb,))
        elif ways:
            self.run_clocks([obligation for obligation, _ in ways])
        if concerns:  # clocks that ask what had become of a content, and, where contents came only now, all
            further = self.changed.get("instruments")
            touched = self.procedure.obligations if further else self._looking()
            done = {obligation.name for obligation, _ in ways}
            self.run_clocks([o for o in touched if o.name not in done])

    def _looking(self) -> tuple[Obligation, ...]:
        """Return the obligations whose clock looks at what had become of a content by now."""
        p = self.procedure
        begun = {d.obligation for d in self.section("deadlines") if d.started >= self.at}
        return (*p.outcome_clocks, *(o for o in p.undoable_clocks if o.name in begun)) if begun else p.outcome_clocks

    def _is_latest(self, event_name: str, happenings: Sequence[Happening]) -> bool:
        """Return whether the event left one happening, about no message, and nothing is known that came after it."""
        if not happenings:
            return False
        last = happenings[-1]
        if last.seq != self.seq or last.event != event_name or last.message:
            return False
        for earlier in happenings:
            if earlier.at > last.at or (earlier.seq == self.seq and earlier is not last):
                return False
        return True

    def _extend(self, event: Extended) -> None:
        obligation = self.procedure.obligation_of.get(event.obligation)
        if obligation is None:
            names = ", ".join(self.procedure.obligation_of)
            raise BadInput("Extended.obligation", event.obligation, f"name an obligation: {names}")
        before = [d for d in self.section("deadlines") if d.obligation == event.obligation]
        self.run_clocks([obligation])
        after = {d.id: d for d in self.section("deadlines") if d.obligation == event.obligation}
        if before == list(after.values()):
            raise BadInput("Extended.obligation", event.obligation, "name one whose clock runs, and a new limit")
        if any(d.due and d.id in after and (after[d.id].due or d.due) < d.due for d in before):
            raise BadInput("Extended.due", event.due.isoformat(), "use an instant after the present limit")

    def run_clocks(
        self, touched: Sequence[Obligation], verb: str = "move", revised: datetime | None = None, spare: bool = False
    ) -> None:  # fmt: skip
        """Compute the deadlines of these obligations again; notice what they prove about earlier alarms."""
        for obligation in {o.name: o for o in touched}.values():
            happenings, present = self.section("happenings"), self.section("deadlines")
            found, problems = clocks.deadlines(
                obligation, self.section("contents"), happenings, present, self.facts.calendars, strict=self.strict,
                revised=revised, spare=spare,
            )  # fmt: skip
            verbs = [v for h in happenings if h.seq == self.seq for v in clocks.verbs(obligation, h)] or [verb]
            before = [d for d in present if d.obligation == obligation.name]
            was = {d.id: d for d in before}
            for deadline in found:
                if deadline.id not in was or not same(was[deadline.id], deadline):
                    self.put_deadline(deadline, verbs)
            if before:
                self._compare(before, found)
            for kind, problem in problems:
                self.incident(kind, f"{obligation.name}: {problem}")

    def _compare(self, before: Sequence[Deadline], found: Sequence[Deadline]) -> None:
        """Take out what never ran, and note which alarms were raised for nothing."""
        ids = {d.id for d in found}
        for old in before:
            if old.id not in ids:
                self.end_deadline(old.id)
            if old.standing is Standing.EXPIRED and old.expired is not None:
                stands = clocks.by_unit(found)
                now = [stands.get(key) for key in clocks.by_unit([old])]
                if any(d is None or d.standing is not Standing.EXPIRED for d in now):
                    self.rebutted.append(old)

    def reconsider(self) -> None:
        """Compute again what the passing of an instant had started: it may turn out that it did not pass so."""
        listening = self.procedure.passing_clocks
        if not listening or _PASSING_NAMES.isdisjoint([h.event for h in self.section("happenings")]):
            return
        for _ in listening:  # one may listen to another: a chain is no longer than this
            before = self.section("deadlines")
            self.run_clocks(listening)
            if self.section("deadlines") == before:
                return

    def go_on(self, party: str | None = None) -> bool:
        """Climb on where nobody was left to try and somebody is now; return whether there is such a message."""
        found = self.reachable(party)
        for message in found:
            if message.status == "queued" and not message.contact:  # there was nobody to be silent, and no letter
                self.happened(Unsent.name, message.template, self.about(message), message.id)
                self.settle(message.id)
                self._clocks(Unsent.name)
            self.climb.append(message)
        return bool(found)

    def _proves_receipt(self, event: Event) -> None:
        assert event.by is not None
        parties = {**self.before.parties, **self.parties}
        for message in self.section("messages"):
            send = self.procedure.send_of.get(message.template)
            if (
                send is not None and type(event) in send.proved_by and message.status not in ("expected", "superseded")
                and message.to in event.by.roles and message.queued <= self.at
                and (message.acknowledged is None or self.at < message.acknowledged)
                and (len(parties.get(message.to, ())) < 2 or message.party in (event.by.id, event.by.organisation))
            ):  # fmt: skip
                tried = self._tried(message)
                if tried is None or self.at < tried:  # nobody can confirm what has not been sent, as far as we know
                    self.happened(SPOKEN, message.template, message=message.id)
                    continue
                self.happened("Acknowledged", message.template, self.about(message), message.id)
                self.settle(message.id)
                self._clocks("Acknowledged")

    def settle(self, id: str) -> None:
        """Set a message's times and clocks. That it had been sent may be learnt after what proves its receipt."""
        told = [h for h in self.section("happenings") if h.event == SPOKEN and h.message == id]
        for message in [m for m in self.section("messages") if m.id == id] if told else ():
            tried = self._tried(message)
            told = [h for h in told if tried is not None and tried <= h.at]
            for proof in told:
                about = self.about(message)
                self.put("happenings", succeed(proof, event=Acknowledged.name, contents=about))
        super().settle(id)
        if told:
            self._clocks(Acknowledged.name)

    def _tried(self, message: Message) -> datetime | None:
        """Return since when its addressee may have a message; None while it is still to be sent, tried or not.

        Who sees no answer does not know whether it arrived.
        """
        tries = [h for h in self.section("happenings") if h.message == message.id and h.event in _TRIES]
        tries = [h for h in tries if message.contact or h.event != Unsent.name]  # nobody was listed
        return min(h.at for h in tries) if any(h.event != AttemptFailed.name for h in tries) else None


# --- what single events fold, beyond contents and clocks -----------------------------------------------------------


def _named(d: Folding, event: _OfMessage) -> Message:
    message = next((m for m in d.section("messages") if m.id == event.message), None)
    if message is None:
        known = ", ".join(m.id for m in d.section("messages")) or "none yet"
        raise BadInput(f"{event.name}.message", event.message, f"name a message of this case: {known}")
    found: Message = message
    return found


def _message(d: Folding, event: _OfMessage) -> None:
    message = _named(d, event)
    d.settle(event.message)
    settled = next(m for m in d.section("messages") if m.id == event.message)
    if message.status == "queued" and isinstance(event, Unsent | Acknowledged):
        d.cancelled.append(message.id)
    if settled.status == "unsent" and message.status != "unsent":
        d.climb.append(settled)


def _attempted(d: Folding, event: AttemptFailed) -> None:
    message = _named(d, event)
    if not any(h.message == message.id and h.event == event.name and h.at <= d.at for h in d.section("happenings")):
        d.happened(event.name, message.template, message=message.id)  # the first: the addressee may have it


def _deadline(d: Folding, event: _OfDeadline) -> None:
    deadline = next((x for x in d.section("deadlines") if x.id == event.deadline), None)
    if deadline is None:
        known = ", ".join(x.id for x in d.section("deadlines")) or "none"
        raise BadInput(f"{event.name}.deadline", event.deadline, f"name a deadline of this case: {known}")
    instant, done = _PASSINGS[type(event)](deadline)
    if instant is None or instant > d.now or done:
        d.untrue.append(f"{deadline.id}: no such instant has passed that is not on record already")
    elif isinstance(event, DeadlineOpened):
        d.put_deadline(succeed(deadline, opened=True), ["open"])
    elif isinstance(event, DeadlineReminded):
        d.put_deadline(succeed(deadline, reminded=True), ["remind"])
    else:
        expired = succeed(deadline, standing=Standing.EXPIRED, expired=deadline.due, expired_seq=d.seq)
        d.put_deadline(expired, ["breach" if isinstance(event, DeadlineBreached) else "close"])
        if deadline.message and deadline.obligation.startswith("receipt:"):
            d.climb.append(next(m for m in d.section("messages") if m.id == deadline.message))


def _expiry(x: Deadline) -> tuple[datetime | None, bool]:
    return x.due, x.expired is not None or x.standing not in (Standing.RUNNING, Standing.EXPIRED)


_PASSING_NAMES = frozenset(e.name for e in DEADLINE_FACTS)
_PASSINGS: Mapping[type[Event], Callable[[Deadline], tuple[datetime | None, bool]]] = {
    DeadlineBreached: _expiry,
    DeadlineClosed: _expiry,
    DeadlineOpened: lambda x: (x.not_before, x.opened or x.standing is not Standing.RUNNING),
    DeadlineReminded: lambda x: (x.remind, x.reminded or x.standing is not Standing.RUNNING),
}


def _approved(d: Folding, event: Approved) -> None:
    by = event.by
    assert by is not None
    d.put(
        "approvals",
        succeed(
            _APPROVAL,
            proposal=event.proposal, actor=by.id, roles=tuple(sorted(by.roles)), organisation=by.organisation or "",
            at=d.at, seq=d.seq,
        ),
    )  # fmt: skip


def _held(d: Folding, event: Held) -> None:
    if event.role not in d.procedure.role_names:  # the hold would protect nobody
        names = ", ".join(sorted(d.procedure.role_names))
        raise BadInput("Held.role", event.role, f"use a role of {d.procedure.id}: {names}")
    until = canon.utc(event.until, "Held.until")
    d.holds[event.role] = until
    first = max(until, d.now)  # what was held cannot have left before it is known that the hold is over
    for message in d.section("messages"):
        if message.to == event.role and message.status == "queued":
            send = d.procedure.send_of.get(message.template)
            later = succeed(message, send_after=d.loud(first, send, d.rung_of(message)))
            d.put("messages", later)
            d.held[message.id] = later.send_after or first
            clock = next((x for x in d.section("deadlines") if x.message == message.id), None)
            if send is not None and clock is not None and clock.is_open:
                d._await(later, send, "move")  # nobody can confirm what has not been sent


def _taken_back(d: Folding, event: Event) -> None:
    for thread in dict.fromkeys(m.thread for m in d.section("messages")):
        d.settle_thread(thread)


def _linked(d: Folding, event: LinkedCase) -> None:
    child = next((c for c in d.section("children") if c.id == event.case), None) or Child(
        id=event.case, procedure=event.procedure
    )
    milestones = tuple(dict.fromkeys((*child.milestones, event.milestone)))
    d.put("children", succeed(child, milestones=milestones))


def _corrected_instant(text: str, now: datetime) -> datetime:
    try:
        at = canon.utc(datetime.fromisoformat(text), "Corrected.value")
    except (ValueError, TypeError):
        raise BadInput("Corrected.value", text, "write an instant with its time zone: 2017-07-14T11:00+07:00") from None
    if at > now:
        raise BadInput("Corrected.value", text, "use an instant that is not in the future")
    return at


def _corrected(d: Folding, event: Corrected) -> None:
    happenings = d.section("happenings")
    own = {h.seq for h in happenings if h.event in _PASSING_NAMES}
    if event.seq in own:
        raise BadInput(
            "Corrected.seq", event.seq,
            "the library found out itself that this instant passed: correct the entry from which the instant follows",
        )  # fmt: skip
    found = [h for h in happenings if h.seq == event.seq]
    papers = [i for i in d.section("instruments") if i.seq == event.seq]
    if not found and not papers:
        seqs = sorted({r.seq for r in (*happenings, *d.section("instruments"))} - own)
        known = ", ".join(map(str, seqs)) or "none"
        raise BadInput("Corrected.seq", event.seq, f"name an entry on which a clock or outcome depends: {known}")
    name, _, id = event.field.partition(":")
    if name == "at":
        at = _corrected_instant(event.value, d.now)
        for paper in papers:
            d.put("instruments", succeed(paper, at=at))
        for h in found:
            d.put("happenings", succeed(h, at=at))
    else:  # a receipt that the entry proved has no outcome
        found = [h for h in found if name == "outcome" and h.contents and h.contents.get(id)]
        if not found:
            raise BadInput("Corrected.field", event.field, 'use "at", or "outcome:ID" with a content of that entry')
        for h in found:
            try:
                d.put("happenings", succeed(h, contents={**(h.contents or {}), id: str(Outcome(event.value))}))
            except ValueError:
                raise BadInput("Corrected.value", event.value, f"use one of {', '.join(Outcome)}") from None
    for h in found:
        if h.contents:
            d._outcomes(h.contents)
        if h.message:
            d.settle(h.message)
    d.run_clocks(d.procedure.obligations)  # a clock may look at far more than what touches it
    _taken_back(d, event)


def _calendar_changed(d: Folding, event: CalendarChanged) -> None:
    touched = [o for o in d.procedure.obligations if o.term.calendar == event.calendar]
    if not touched or event.calendar not in d.facts.calendars:
        names = ", ".join(sorted(d.procedure.calendars)) or "none"
        raise BadInput("CalendarChanged.calendar", event.calendar, f"name one that the runner has; it uses {names}")
    d.happened(event.name, event.calendar)
    before = {old.id: old.due for old in d.section("deadlines") if old.is_open}
    d.run_clocks(touched, revised=d.at, spare=True)
    for new in d.section("deadlines"):
        due, was = new.due, before.get(new.id)
        if new.standing is Standing.RUNNING and due is not None and was is not None and due <= d.now < was:
            instants = f"{was.isoformat(timespec='minutes')} to {due.isoformat(timespec='minutes')}"
            d.incident("over_at_once", f"{new.obligation}: moved from {instants}, which has passed")


def _contact_listed(d: Folding, event: ContactListed) -> None:
    if not d.go_on(event.party):
        stuck = sorted({m.party for m in d.section("messages") if m.exhausted})
        raise BadInput(
            "ContactListed.party", event.party,
            f"name a party that could not be reached ({', '.join(stuck) or 'none'}), once it has a further contact",
        )  # fmt: skip


def _migrated(d: Folding, event: Migrated) -> None:
    """Look at all that happened by the version that takes over; what runs keeps its instants unless told otherwise."""
    p, before = d.procedure, d.before
    if (event.digest, event.version) != (p.digest, p.version) or p.id != before.procedure or p.digest == before.digest:
        raise BadInput(
            "Migrated.digest", event.digest[:12], f"name another version of {before.procedure}; see Runner.migrate"
        )
    state = p.state_of.get(event.state)
    if state is None or state.final:
        names = ", ".join(s.name for s in p.states if not s.final)
        raise BadInput("Migrated.state", event.state, f"use a state of version {p.version} that is not final: {names}")
    for name in event.recompute:
        if name not in p.obligation_of:
            raise BadInput("Migrated.recompute", name, f"name obligations: {', '.join(p.obligation_of)}")
    d.run_clocks([o for o in p.obligations if o.name not in event.recompute])
    d.run_clocks([p.obligation_of[name] for name in event.recompute], revised=d.at)


def _resolved(d: Folding, event: IncidentResolved) -> None:
    d.resolves.append((event.incident, event.by.id if event.by else "", event.note))
    d.go_on()  # who resolves that nobody could be reached may have listed somebody


_FOLDS: dict[type[Event], Callable[[Folding, Any], object]] = {
    **dict.fromkeys(MESSAGE_FACTS, _message),
    **dict.fromkeys(DEADLINE_FACTS, _deadline),
    AttemptFailed: _attempted,
    Approved: _approved,
    Held: _held,
    Withdrawn: _taken_back,
    Superseded: _taken_back,
    Closed: _taken_back,
    LinkedCase: _linked,
    Corrected: _corrected,
    CalendarChanged: _calendar_changed,
    ContactListed: _contact_listed,
    IncidentResolved: _resolved,
    Migrated: _migrated,
}
