"""The nouns: frozen values with no behaviour beyond looking things up in themselves.

A case is succeeded, never changed. Nothing here decides, and nothing here holds personal data: exact locators, names
and free text live in side rows (see `journal.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, final

from attrs import field

from . import canon, locators
from .errors import BadInput
from .records import ReadOnly, Record, Shown, frozen, personal, read_only

_ACTOR = re.compile(r"[^\s@]{1,200}\Z")


def _roles(value: str | Iterable[str]) -> frozenset[str]:
    if not isinstance(value, str | Iterable):
        raise BadInput("actor.roles", value, 'name at least one, e.g. {"authority"}')
    return frozenset((value,)) if isinstance(value, str) else frozenset(value)


def _check_actor(_: object, attribute: Any, value: str) -> None:
    if not _ACTOR.match(str(value)):
        raise BadInput("actor.id", value, "use a pseudonymous id without spaces or '@': the journal keeps it for ever")


def _check_organisation(_: object, attribute: Any, value: str | None) -> None:
    if value and "@" in str(value):
        raise BadInput("actor.organisation", value, "name the body, and no address: the journal keeps it for ever")


@final
@frozen(slots=False)
class Actor:
    """Who does or states something.

    Attributes:
        id: A pseudonymous id: never a name or an e-mail address, because the journal cannot be edited.
        roles: What the host has authenticated this actor for, e.g. {"ministry"}.
        organisation: The body it acts for; quorums may ask for distinct ones.
    """

    id: str = field(validator=_check_actor)
    roles: frozenset[str] = field(converter=_roles)
    organisation: str | None = field(default=None, validator=_check_organisation)

    @cached_property
    def text(self) -> str:
        """The actor's canonical JSON, as the journal has it.

        Raises:
            NotCanonical: For a value that canonical JSON refuses.
        """
        doc: dict[str, Any] = {"id": self.id, "roles": sorted(self.roles)}
        if self.organisation:
            doc["organisation"] = self.organisation
        canon.check(doc, "by")
        return canon.trusted_text(doc)


SYSTEM = Actor("sopflow", {"system"})
_TAKEN_BACK = ("OrderVoided", "Retracted")
_NAMES_AGAIN = ("notice", "order", "referral", "request")


@final
@frozen(kw_only=True, slots=False)
class Evidence:
    """What proves an event: the digest of a document, never the document.

    Attributes:
        digest: SHA-256 of the bytes, 64 hexadecimal digits.
        kind: What it is, e.g. "receipt", "e-mail", "screenshot", "letter", "court decision".
        received_at: When we were told, if that was not now.
    """

    digest: str
    kind: str = "document"
    received_at: datetime | None = None

    @classmethod
    def of(cls, data: bytes | str, kind: str = "document", received_at: datetime | None = None) -> Evidence:
        """Return the evidence for `data`, which is hashed here and not kept."""
        return cls(digest=canon.digest(data), kind=kind, received_at=received_at)


class Outcome(StrEnum):
    """What has become of one reported item. Later facts win by when they happened, not by when we heard."""

    PENDING = "pending"
    REMOVED = "removed"
    DISABLED = "disabled"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    CLARIFYING = "clarifying"
    IMPOSSIBLE = "impossible"
    RESTORED = "restored"


DOWN = (Outcome.REMOVED, Outcome.DISABLED)


def _outcome(value: str) -> Outcome:
    try:
        return Outcome(value)
    except ValueError:
        raise BadInput("content.outcome", value, f"use one of {', '.join(Outcome)}") from None


@final
@frozen(kw_only=True, repr=False, slots=False)
class Content(Record):
    """One reported item.

    Hand in `kind` and `locator`; in a `Case` the locator is None (it is personal: see `Runner.personal`), its digest
    and the outcome are there instead.

    Attributes:
        id: "c1", "c2", … in the order reported, unless given.
        kind: "url", "account", "channel", "message", "domain" or "hash".
        locator: The exact locator, as reported.
        party: The party who is to act on it (an ISP, for a domain) or whose it is (a subscriber), where there are
            several; a message about it goes only to that one. Else "".
        digest: Salted digest of the locator.
        outcome: The present outcome.
        since: When that outcome came about.
        seq: The entry of the further instrument with which it came; 0 if it was there from the beginning.
    """

    locator: str | None = personal(default=None)
    kind: str = "url"
    id: str = ""
    party: str = ""
    digest: str = ""
    outcome: Outcome = field(default=Outcome.PENDING, converter=_outcome)
    since: datetime | None = None
    seq: int = 0

    def __attrs_post_init__(self) -> None:
        if self.locator is not None:
            locators.check(self.kind, self.locator)


@final
@frozen(kw_only=True, repr=False, slots=False)
class Happening(Record):
    """The part of an event on which clocks and outcomes depend: when it happened, to what.

    Attributes:
        seq: The journal entry that recorded it.
        at: When it happened.
        event: The event's stable name.
        of: The template, obligation or role it concerns, or "".
        contents: Content id to new outcome ("" for no new outcome); None where it concerns the whole case.
        until: A new limit that the event sets.
        message: The message it is about.
    """

    seq: int
    at: datetime
    event: str
    of: str = ""
    contents: Mapping[str, str] | None = None
    until: datetime | None = None
    message: str = ""


class Standing(StrEnum):
    """How one deadline stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    CANCELLED = "cancelled"
    VOID = "void"
    EXPIRED = "expired"


@final
@frozen(kw_only=True, repr=False, slots=False)
class Deadline(Record):
    """One run of an obligation in a case.

    Attributes:
        id: Unique within the case.
        obligation: The obligation's name, or "receipt:TEMPLATE" for the confirmation of a message.
        kind: "duty" (may be breached), "right" (closes) or "reminder" (reminds).
        owner: The role that owes it, or holds it.
        contents: The ids of the contents it covers; empty for the whole case.
        message: The message whose receipt it awaits.
        started: From when it runs.
        not_before: Before this instant, acting is too early.
        due: Last instant in time; None where no number exists. While paused, the instant that would hold if it
            resumed at once.
        by_term: `due` as the term alone gives it, before pauses and extensions; frozen once computed.
        remind: When to remind, where the law gives no number.
        paused: Since when it is paused.
        spent: How long it had been paused before.
        standing: How it stands.
        met: When it was met (or cancelled).
        learnt_late: It was called expired, and a later-learnt fact shows that it was met in time.
        opened: The window's opening has been recorded.
        expired: The due instant whose passing has been recorded.
        expired_seq: The journal entry that recorded the passing.
        reminded: The reminder has been recorded.
        calendar: Name, version and digest of the business-day calendar used.
    """

    id: str
    obligation: str
    kind: str
    owner: str
    contents: tuple[str, ...] = ()
    message: str = ""
    started: datetime
    not_before: datetime | None = None
    due: datetime | None = None
    by_term: datetime | None = None
    remind: datetime | None = None
    paused: datetime | None = None
    spent: timedelta = timedelta(0)
    standing: Standing = field(default=Standing.RUNNING, converter=Standing)
    met: datetime | None = None
    learnt_late: bool = False
    opened: bool = False
    expired: datetime | None = None
    expired_seq: int = 0
    reminded: bool = False
    calendar: str = ""

    @property
    def is_open(self) -> bool:
        """True while something is still awaited."""
        return self.standing is Standing.RUNNING or self.standing is Standing.PAUSED

    @property
    def lateness(self) -> timedelta | None:
        """How much later than due it was met; negative when early, None when not met or without a due instant."""
        return None if self.met is None or self.due is None else self.met - self.due

    @property
    def too_early(self) -> bool:
        """True if it was met before the window opened."""
        return self.met is not None and self.not_before is not None and self.met < self.not_before

    @property
    def wake(self) -> datetime | None:
        """When `tick` must next look at this deadline."""
        if self.standing is Standing.EXPIRED and self.expired is None:
            return self.due  # met too late before anybody looked: the passing still gets its own entry
        if self.standing is not Standing.RUNNING:
            return None
        first = None if self.opened else self.not_before
        if self.due is not None and self.expired != self.due and (first is None or self.due < first):
            first = self.due
        if self.remind is not None and not self.reminded and (first is None or self.remind < first):
            first = self.remind
        return first


@final
@frozen(kw_only=True, repr=False, slots=False)
class Message(Record):
    """One communication to one contact, as the case knows it; its text is in the outbox.

    Attributes:
        id: Unique; stays the same over retries, so that a receiver can recognise a repetition.
        thread: The id of the first message of the same communication; the ladder's rungs share it.
        rung: 0 for the first contact tried, then 1, 2, …
        template: The template's name.
        sender: The role that sends.
        to: The role that receives.
        party: The party that receives.
        contact: The point of contact; "" where none is known.
        channel: E.g. "email".
        status: "queued", "sent", "delivered", "acknowledged", "unsent", "superseded" or "expected" (the other side
            owes it).
        seq: The journal entry that caused it.
        queued, sent, delivered, acknowledged: Four facts with four times.
        send_after: Not to be sent before this instant.
        digest: Salted digest of the rendered text.
        exhausted: Silence on this message found no further contact to try.
        instead: "contact/channel" whose turn it was, where the duty officer of a closed office got it.
        reference: The number under which it goes out, where what caused it has one that is not personal.
        said: What its template names of what caused it, such as the fine that it imposes, where that is not personal.
    """

    id: str
    thread: str
    rung: int = 0
    template: str
    sender: str
    to: str
    party: str = ""
    contact: str = ""
    channel: str = ""
    status: str = "queued"
    seq: int
    queued: datetime
    sent: datetime | None = None
    delivered: datetime | None = None
    acknowledged: datetime | None = None
    send_after: datetime | None = None
    digest: str = ""
    exhausted: bool = False
    instead: str = ""
    reference: str = ""
    said: Mapping[str, str] | None = None


@final
@frozen(kw_only=True, repr=False, slots=False)
class Approval(Record):
    """One actor's signature on the digest of exactly what is proposed."""

    proposal: str
    actor: str
    roles: tuple[str, ...]
    organisation: str = ""
    at: datetime
    seq: int


@final
@frozen(kw_only=True, repr=False, slots=False)
class InstrumentRecord(Record):
    """An instrument that the case received: its kind, the entry, what it lacks, its category, and when it came."""

    kind: str
    seq: int
    missing: tuple[str, ...] = ()
    category: str = ""
    at: datetime | None = None


@final
@frozen(kw_only=True, repr=False, slots=False)
class Child(Record):
    """A case that this one opened for another addressee, and the milestones it has reported."""

    id: str
    procedure: str
    milestones: tuple[str, ...] = ()


@final
@frozen(kw_only=True, slots=False)
class Waiting:
    """One thing that is awaited: who owes what, since when, until when.

    Attributes:
        who: The role that owes it; "sopflow" for a message that is in the outbox until `Runner.deliver` sends it.
        what: The obligation, such as "same_day_takedown"; "receipt:TEMPLATE" for the confirmation of a message,
            "expected:TEMPLATE" for a message that the other side must send by an instant; "message:TEMPLATE" for one
            without such a clock that `who` is still to send; where nothing else is awaited, the state.
        since: From when.
        due: Until when; None where no instant is set.
        contents: For which contents; empty for the whole case.
        paused: The clock stands still, because this role waits for the other side.
    """

    who: str
    what: str
    since: datetime
    due: datetime | None = None
    contents: tuple[str, ...] = ()
    paused: bool = False


@final
@frozen(kw_only=True, repr=False, slots=False)
class Case(Shown):
    """One matter between one sender and one addressee, at one revision.

    Attributes:
        tenant, id: The key.
        procedure, version, digest: The rulebook it is under, and that document's digest; see `Runner.migrate`.
        revision: Number of journal entries.
        state, phase, final: Where it stands.
        since: When it came into this state (recorded).
        waits_for: The role whose move the state awaits.
        opened, recorded: When it was opened, and when the last entry was recorded.
        matter: Links cases on the same content.
        parent: The case that opened this one.
        grounds: The cases on which this one rests.
        flagger: The directory's flagger who handed in the first instrument, or "".
        lane: Its place in queues, as that flagger's accreditation gave it when the case was opened: a higher one is
            worked first, 0 is the ordinary queue.
        parties: Role to party ids.
        instruments, contents, happenings, deadlines, messages, approvals, children: What it consists of.
        holds: Role to the instant until which it must not be told.
        data: What hooks keep, JSON values.
        head: The hash of the last journal entry.
    """

    tenant: str
    id: str
    procedure: str
    version: str
    digest: str
    revision: int
    state: str
    phase: str
    final: bool = False
    since: datetime
    waits_for: str = ""
    opened: datetime
    recorded: datetime
    matter: str = ""
    parent: str = ""
    grounds: tuple[str, ...] = ()
    flagger: str = ""
    lane: int = 0
    parties: Mapping[str, tuple[str, ...]] = field(factory=ReadOnly, converter=read_only)
    instruments: tuple[InstrumentRecord, ...] = ()
    contents: tuple[Content, ...] = ()
    happenings: tuple[Happening, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    messages: tuple[Message, ...] = ()
    approvals: tuple[Approval, ...] = ()
    children: tuple[Child, ...] = ()
    holds: Mapping[str, datetime] = field(factory=ReadOnly, converter=read_only)
    data: Mapping[str, Any] = field(factory=ReadOnly, converter=read_only)
    head: str = ""

    def content(self, id: str) -> Content | None:
        """Return the content with this id, or None."""
        return next((c for c in self.contents if c.id == id), None)

    def message(self, id: str) -> Message | None:
        """Return the message with this id, or None."""
        return next((m for m in self.messages if m.id == id), None)

    def sent_as(self, template: str) -> tuple[Message, ...]:
        """Return the messages made from this template, first to last."""
        return tuple(m for m in self.messages if m.template == template)

    def deadline(self, obligation: str) -> Deadline | None:
        """Return the latest run of this obligation (or the deadline with this id), or None.

        The first deadline of an obligation has its name as id: look for that one in `deadlines`.
        """
        return next((d for d in reversed(self.deadlines) if obligation in (d.obligation, d.id)), None)

    @property
    def category(self) -> str:
        """What kind of matter it is, as the first instrument says; "" where it does not."""
        return self.instruments[0].category if self.instruments else ""

    @property
    def urgency(self) -> str:
        """What sorts cases by which is to be worked first: text, the smallest first.

        That is the one in the highest lane, then the one whose earliest duty or reminder is due first (missed ones
        included, rights and paused clocks not), then those without any.
        """
        first: datetime | None = None
        for d in self.deadlines:
            at = d.due or d.remind
            if at is not None and (first is None or at < first) and d.kind != "right" and _presses(d):
                first = at
        return f"{99 - self.lane:02}{'~' if first is None else canon.instant(first)}"

    def taken_back(self, by: datetime | None = None) -> frozenset[str]:
        """Return the contents for which the order was voided or the report retracted, and which nobody has named again.

        Args:
            by: What happened at this instant or later does not count; None for all that is known.
        """
        found: set[str] = set()
        if any(h.event in _TAKEN_BACK for h in self.happenings):
            for h in sorted(self.happenings, key=lambda h: (h.at, h.event in _TAKEN_BACK)):
                if by is not None and h.at >= by:
                    break
                if h.event in _TAKEN_BACK:
                    found.update(h.contents or ())
                elif h.event == "InstrumentReceived" and h.of in _NAMES_AGAIN:
                    found.difference_update(h.contents or ())
        return frozenset(found)

    def concerning(self, party: str) -> tuple[Content, ...]:
        """Return the contents that concern a party: all but those of another party in the same role."""
        rivals: Sequence[str] = next((ids for ids in self.parties.values() if party in ids), ())
        others = frozenset(rivals) - {party}
        return tuple([c for c in self.contents if c.party not in others]) if others else self.contents

    def outcomes(self) -> dict[str, Outcome]:
        """Return content id to outcome."""
        return {c.id: c.outcome for c in self.contents}

    def waiting_for(self) -> tuple[Waiting, ...]:
        """Say who owes what since when: open deadlines, unconfirmed and expected messages, else the state's owner."""
        found = [
            Waiting(who=d.owner, what=d.obligation, since=d.paused or d.started, due=d.due, contents=d.contents,
                    paused=d.paused is not None)
            for d in self.deadlines
            if d.is_open and d.kind != "right"
        ]  # fmt: skip
        clocked = {d.message for d in self.deadlines if d.is_open}
        found += [
            Waiting(who=m.sender if m.status == "expected" else "sopflow", what=f"message:{m.template}", since=m.queued)
            for m in self.messages
            if m.status in ("queued", "expected") and m.id not in clocked
        ]
        if not found and self.waits_for and not self.final:
            found.append(Waiting(who=self.waits_for, what=self.state, since=self.since))
        return tuple(sorted(found, key=lambda w: (w.due is None, w.due or w.since, w.who, w.what)))


def _presses(deadline: Deadline) -> bool:
    missed = deadline.standing is Standing.EXPIRED and deadline.met is None
    return missed or deadline.standing is Standing.RUNNING
