"""What one decision takes in and yields. Values only.

`Facts` is everything outside the case that a decision may look at; the shell gathers it and the journal records what
was read. `Step` is everything one decision yields; a store commits all of it or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol, final

from attrs import Factory, field

from . import canon, locators
from .case import Case, Deadline
from .directory import Rung
from .errors import Tampered
from .events import Instrument
from .records import frozen
from .rules import Template
from .terms import Calendar


@final
@frozen(slots=False)
class Rendered:
    """A message's text, as it will be sent.

    Attributes:
        subject, body: As plain text.
        html: The same as HTML, or "".
        language: Of the text; "" for the template's own.
    """

    subject: str = field(repr=False)
    body: str = field(repr=False)
    html: str = field(default="", repr=False)
    language: str = ""


class Renderer(Protocol):
    """The port that turns a template and parameters into text. It must be pure."""

    def render(self, template: Template, params: Mapping[str, Any]) -> Rendered:
        """Return the text. Raise nothing for missing optional parameters.

        Args:
            template: Of the procedure.
            params: What texts may name: texts, and what is in `compose.letter` under "letter".
        """
        ...


@final
@frozen(kw_only=True, slots=False)
class Facts:
    """Everything outside the case that a decision may look at.

    Attributes:
        values: The host's facts by name, as its providers gave them: JSON values.
        contacts: Party to its ladder.
        acting_as: The roles whose messages we send.
        calendars: By name.
        personal: The case's personal values by path, for texts; may be empty.
        renderer: Turns templates into text.
        salt: Random bytes for this step's digests.
        key: Random bytes for the case, from its first side row: signs proposals.
        command: The caller's command id.
        max_skew: How far in the future an `at` may lie.
    """

    values: Mapping[str, Any] = Factory(dict)
    contacts: Mapping[str, tuple[Rung, ...]] = Factory(dict)
    acting_as: frozenset[str] = frozenset()
    calendars: Mapping[str, Calendar] = Factory(dict)
    personal: Mapping[str, Any] = field(default=Factory(dict), repr=False)
    renderer: Renderer | None = None
    salt: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    command: str | None = None
    max_skew: timedelta = timedelta(minutes=5)


@final
@frozen(kw_only=True, slots=False)
class Outgoing:
    """An outbox row: one message to one contact, or one durable side effect of the host ("do").

    Attributes:
        id: The message's id: the key that a receiver can use to recognise a repetition.
        tenant, case: Where it belongs.
        channel: Names the notifier, or "do:NAME".
        contact: The point of contact.
        address: Filled in from the directory when committed; personal.
        subject, body: The text, exactly as it will be sent; for "do" rows `body` is JSON.
        html: The same for programs that show HTML; "" where the renderer makes none.
        data: The machine-readable part: JSON text with the exact locators, see `compose.letter`.
        language: Of the text.
        template: The template's name.
        thread: The communication it belongs to.
        send_after: Not before this instant. Claims go by it, so that of a case in a lane is earlier by a head start.
        expires: After this instant trying is pointless.
        attempts: How often it was tried.
        recipient_role, sender_role: For people.
        leased: Until when it is nobody else's, once claimed; also the key to this claim, for each later claim of the
            same message ends later.
    """

    id: str
    tenant: str
    case: str
    channel: str
    contact: str = ""
    address: str = field(default="", repr=False)
    subject: str = field(default="", repr=False)
    body: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    data: str = field(default="", repr=False)
    language: str = "en"
    template: str = ""
    thread: str = ""
    send_after: datetime
    expires: datetime | None = None
    attempts: int = 0
    recipient_role: str = ""
    sender_role: str = ""
    leased: datetime | None = field(default=None, eq=False)


@final
@frozen(kw_only=True, slots=False)
class Receipt:
    """What a notifier brings back: proof of sending, and of delivery where the channel gives it at once.

    Attributes:
        reference: Under which id the channel knows the message: up to 200 characters are kept, as a personal value.
        proof: What the other side said.
        delivered: Whether the channel says that it arrived.
    """

    reference: str = ""
    proof: bytes = field(default=b"", repr=False)
    delivered: bool = False


@final
@frozen(kw_only=True, slots=False)
class Incident:
    """Something that a person must look at.

    Attributes:
        kind: "irregular_fact", "deadline_missed", "deadline_unknown", "date_estimated", "dated_before", "over_at_once",
            "too_early",
            "ladder_exhausted", "no_contact", "delivery_failed", "breach_rebutted", "unmatched", "rejected", "parked",
            "unknown_procedure", "failed", "clock_behind", "clock_skew",
            "do_failed", "content_unknown", "party_unknown", "taken_back", "successor_unknown",
            "ambiguous", "contact_bounced", "contact_unverified" or "directory_broken".
        detail: In words without personal data.
        status: "open" or "resolved"; "waiting" for what was resolved, and goes on once somebody is listed.
    """

    id: str
    tenant: str
    case: str = ""
    kind: str
    at: datetime
    detail: str
    status: str = "open"
    resolved_by: str = ""
    resolved_at: datetime | None = None
    note: str = field(default="", repr=False)


@final
@frozen(kw_only=True, slots=False)
class Open:
    """A case to be opened in the same commit for another addressee."""

    id: str
    procedure: str
    instrument: Instrument
    grounds: tuple[str, ...]


@final
@frozen(kw_only=True, slots=False)
class Milestone:
    """A milestone that the case which opened this one is to be told."""

    id: str
    parent: str
    milestone: str


@final
@frozen(kw_only=True, slots=False)
class Side:
    """A side row: the personal values of one entry with the salt of their digests. It can be erased."""

    seq: int
    salt: bytes = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)


@final
@frozen(slots=False)
class Entry:
    """One journal entry.

    Attributes:
        doc: The entry as JSON values.
        text: Its canonical JSON: the bytes that were hashed.
        hash: SHA-256 of `text`, which contains the hash before.
    """

    doc: Mapping[str, Any]
    text: str = field(repr=False)
    hash: str

    @classmethod
    def sealed(cls, text: str, /, **known: Any) -> Entry:
        """Return the entry of a text that was just written: its `doc` is read when somebody looks.

        Args:
            text: Canonical JSON.
            **known: What the properties below would find in it.
        """
        entry = object.__new__(cls)
        known["text"], known["hash"] = text, canon.digest(text)
        object.__setattr__(entry, "__dict__", known)
        return entry

    @classmethod
    def kept(cls, text: str, hash: str, case: str = "", place: int = 0) -> Entry:
        """Return the entry that a store has kept: its `doc` is read when somebody looks.

        Args:
            text: What was kept; where it is no entry any more, looking is `Tampered`.
            hash: What was kept with it.
            case: Whose it is, for that error.
            place: Its number, for that error.
        """
        entry = object.__new__(cls)
        object.__setattr__(entry, "__dict__", {"text": text, "hash": hash, "_place": (case, place)})
        return entry

    def __getattr__(self, name: str) -> Any:
        if name != "doc":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        try:
            doc = json.loads(self.text)
            if not isinstance(doc, dict):
                raise TypeError("no object")
        except (ValueError, TypeError, RecursionError) as error:
            raise self._broken(error) from error
        self.__dict__["doc"] = doc
        return doc

    def _broken(self, error: Exception) -> Tampered:
        case, place = self.__dict__.get("_place", ("", 0))
        what = f"entry {place or '?'}: is not a journal entry any more ({type(error).__name__}: {error})"
        return Tampered(case, [what])

    def _of(self, *path: str) -> Any:
        value: Any = self.doc
        try:
            for name in path:
                value = value[name]
        except (KeyError, TypeError) as error:
            raise self._broken(error) from error
        return value

    @cached_property
    def seq(self) -> int:
        """1, 2, 3, … within the case."""
        return int(self._of("seq"))

    @cached_property
    def event(self) -> str:
        """The event's stable name."""
        return str(self._of("event", "name"))

    @cached_property
    def by(self) -> str:
        """The id of the actor."""
        return str(self._of("by", "id"))

    @cached_property
    def command(self) -> str | None:
        """The caller's command id, if there was one."""
        command: str | None = self.doc.get("command")
        return command

    @cached_property
    def irregular(self) -> tuple[str, ...]:
        """Why no transition fitted; empty for a regular entry."""
        return tuple(self.doc.get("irregular", ()))


@final
@frozen(kw_only=True, slots=False)
class Step:
    """All that one decision yields, to be committed together or not at all.

    Attributes:
        case: The case after it.
        entry: Its journal entry.
        side: The personal values.
        outgoing: New outbox rows.
        cancelled: Ids of outbox rows that must not be sent any more.
        held: Outbox rows whose sending moves: id to instant.
        deadlines: The deadlines that changed.
        ended: Ids of deadlines that, as is known now, never ran.
        parties: Party ids by role, of the roles whose parties this step sets.
        incidents: New incidents.
        resolves: Incidents resolved, with who and the note.
        opens: Cases to open in the same commit.
        milestones: What the parent case is to be told.
    """

    case: Case
    entry: Entry
    side: Side
    outgoing: tuple[Outgoing, ...] = ()
    cancelled: tuple[str, ...] = ()
    held: Mapping[str, datetime] = Factory(dict)
    deadlines: tuple[Deadline, ...] = ()
    ended: tuple[str, ...] = ()
    parties: Mapping[str, tuple[str, ...]] = Factory(dict)
    incidents: tuple[Incident, ...] = ()
    resolves: tuple[tuple[str, str, str], ...] = ()
    opens: tuple[Open, ...] = ()
    milestones: tuple[Milestone, ...] = ()

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Digests of the content keys of the contents that this step adds to the case (see `locators.key`)."""
        side = self.side.values
        added = {path[8:]: text for path, text in side.items() if path.startswith("content.")} if side else None
        if not added:
            return ()
        return tuple(dict.fromkeys(locators.digest(c.kind, added[c.id]) for c in self.case.contents if c.id in added))
