"""Letters: the messages that another side's runner sends by `WebhookNotifier` or `EmailNotifier`, read exactly.

This is how two sides with a file of their own talk: an order that comes in opens a case on the platform's side, under a
procedure written from that side; what the platform then sends back is a fact of the authority's case. The receiver
reads, the host's `read` says what a letter means, the inbox keeps it. It decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.message import Message as Mail
from typing import Any, final

import attrs
from attrs import field, frozen

from .. import canon, codec, locators
from ..case import Actor, Case, Content, Evidence
from ..errors import BadInput, CaseConflict, CaseNotFound, CommandReused, MalformedLocator, NotAllowed, UnknownProcedure
from ..events import Delivered, Event, Instrument, InstrumentReceived
from ..ports import Inbound
from . import _gate
from ._http import Work
from ._mail import body, bytes_of, ids_in, parts_of, text_of
from .webhook import Sender, SignedEndpoint, Statement

_MOST = 256 * 1024  # bytes of the part of a mail that holds the letter
_PART = ("application/json", "message.json")


@final
@frozen(kw_only=True, slots=False)
class Letter:
    """A message of another side, as its runner wrote it. All ids are that side's.

    Attributes:
        id: The message: what a confirmation of receipt names.
        thread: The first message of the same communication: a reminder, or the same over another channel, shares it.
        case: Its case.
        template: What kind of message it is, e.g. "order".
        sender, recipient: The roles.
        queued: When it was written.
        kind: The kind of the instrument that it carries, e.g. "order", "notice".
        contents: Exact locators with the sender's ids and outcomes.
        form: The instrument's fields, where the message has them.
        reason: The reason or question of the event that caused it.
        reference: The sender's reference.
        confirm_by: Until when it asks for confirmation of receipt; None where it does not.
        data: Everything that it says, as JSON values: see `sopflow.compose.letter`.
    """

    id: str
    thread: str
    case: str
    template: str
    sender: str
    recipient: str
    queued: datetime
    kind: str
    contents: tuple[Content, ...] = field(default=(), repr=False)
    form: Mapping[str, str] = field(factory=dict, repr=False)
    reason: str = field(default="", repr=False)
    reference: str = ""
    confirm_by: datetime | None = None
    data: Mapping[str, Any] = field(factory=dict, repr=False)

    def instrument(self, parties: Mapping[str, str], form: Mapping[str, str] | None = None) -> Instrument:
        """Return the instrument that it carries, for a case of ours: same kind, same contents, same content ids.

        Args:
            parties: Role to party, in our case.
            form: Further fields beside the letter's own.

        Raises:
            BadInput: For a kind that this library does not know.
        """
        cls = codec.INSTRUMENTS.get(self.kind)
        if cls is None:
            raise BadInput("instrument.kind", self.kind, f"use one of {', '.join(codec.INSTRUMENTS)}")
        fresh = tuple(Content(id=c.id, kind=c.kind, locator=c.locator) for c in self.contents)
        return cls(contents=fresh, parties=parties, form={**self.form, **(form or {})})


@final
@frozen(kw_only=True, slots=False)
class Opening:
    """A letter means a new case of ours. A further letter of the same communication finds that case.

    Contents that a further letter lists and the case has not come into it as an `InstrumentReceived`, or are kept for a
    person where the procedure takes none from this sender.

    Attributes:
        procedure: The rulebook, written from our side. Where it expects the letter (a row on `Opened` that sends its
            template in the other side's name), the letter is that message, and receipt of it can be confirmed.
        instrument: With what it opens; see `Letter.instrument`. The sender is one of its parties.
        case: The case's id. When left out: the sending organisation, ".", and the letter's thread; where another
            organisation has opened a case of that id, the first part with "." as "%2E", and "%" at its end.
    """

    procedure: str
    instrument: Instrument
    case: str = ""


Meaning = Opening | Statement | None
"""A new case; a fact for a case of ours; or None: for a person."""
Read = Callable[[Letter, Actor], Meaning]
"""`(letter, who sent it) -> Meaning`. It must be pure."""


def read_letter(doc: Any) -> Letter:
    """Return a letter.

    Args:
        doc: The body of a webhook of `WebhookNotifier`, or the JSON attachment of a mail of `EmailNotifier`.

    Raises:
        BadInput: For another shape.
    """
    if isinstance(doc, dict) and doc.get("type") == "sopflow.message":
        doc = doc.get("data")
    if not isinstance(doc, dict) or not isinstance(doc.get("data"), str):
        raise BadInput("letter", type(doc).__name__, "send a message of sopflow with its machine-readable part")
    try:
        said = _gate.parse_json(doc["data"].encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or said.get("format") != 1:
        raise BadInput("letter.format", "…", "send format 1")
    try:
        confirm = said["confirm"]["by"]
        letter = Letter(
            id=_id(doc, "id"), thread=_id(doc, "thread"), case=_text(doc, "case"), template=_text(doc, "template"),
            sender=_text(doc, "from"), recipient=_text(doc, "to"), queued=_instant(said["queued"]),
            kind=_text(said["instrument"], "kind"), contents=tuple(_content(c) for c in said["contents"]),
            form={str(k): str(v) for k, v in said["instrument"]["form"].items()}, reason=_text(said, "reason"),
            reference=_text(said, "reference"), confirm_by=_instant(confirm) if confirm else None, data=said,
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput("letter", type(error).__name__, "send all fields of format 1") from None
    if _gate.case_of(letter.thread) != letter.case or _gate.case_of(letter.id) != letter.case:
        raise BadInput("letter.id", letter.id, "send ids of one case")
    return letter


def attached(mail: Mail) -> Any:
    """Return the JSON values of a mail that is a letter: what its own attachment `message.json` says.

    None for any other, such as somebody's answer that carries ours along: a letter has its own id as its Message-ID,
    or, where a mail system on the way has written another, its own text and no more.
    """
    inner = mail.get_payload()
    for part in inner if isinstance(inner, list) and mail.get_content_maintype() == "multipart" else ():
        if isinstance(part, Mail) and (part.get_content_type(), part.get_filename()) == _PART:
            data = bytes_of(part)
            try:
                doc = _gate.parse_json(data) if len(data) <= _MOST else None
            except (ValueError, RecursionError):
                doc = None
            return doc if isinstance(doc, dict) and _is_itself(mail, doc) else None
    return None


def _is_itself(mail: Mail, doc: Mapping[str, Any]) -> bool:
    if doc.get("id") in ids_in(text_of(mail, "message-id")):
        return True
    own, text = body(parts_of(mail)), doc.get("text")
    return bool(own and isinstance(text, str) and own.split() == text.split())


@final
class LetterReceiver(SignedEndpoint):
    """Takes in letters: signed webhooks here, mails through `MailReceiver(letters=…)`.

    A letter is taken in once, whichever way and how often it comes. It opens a case, states a fact in one, or is kept
    for a person, as `read` says; in the last case by each way once. What cannot be read is answered 422 and kept for a
    person.

    Args:
        runner: Whose cases they are; its clock says what is too old.
        senders: By the name in the path. The actor's organisation stands in the ids of the cases that it opens.
        read: What a letter means here.
        tolerance: How old or how far ahead a webhook's timestamp may be.
        forged_per_hour: How many forged webhooks are kept.
    """

    def __init__(
        self,
        runner: Any,
        senders: Mapping[str, Sender],
        read: Read,
        *,
        tolerance: timedelta = timedelta(minutes=5),
        forged_per_hour: int = 50,
    ) -> None:
        super().__init__(runner, senders, tolerance=tolerance, forged_per_hour=forged_per_hour)
        self._meaning = read

    def taken(self, body: bytes, sender: Sender, id: str, now: datetime) -> Work[tuple[Inbound, bool]]:
        """Take in a webhook."""
        try:
            doc = _gate.parse_json(body)
        except Exception:  # `accept` says what is wrong with it
            doc = None
        return (yield from self.accept(doc, sender.actor, body, id, "webhook", any_case=sender.any_case))

    def accept(
        self, doc: Any, actor: Actor, raw: bytes, id: str, channel: str, *, any_case: bool = False
    ) -> Work[tuple[Inbound, bool]]:
        """Take in a letter that came by some channel from an authenticated actor.

        Args:
            doc: See `read_letter`.
            actor: Who sent it.
            raw: The bytes in which it came: the evidence.
            id: The item's, where it is no letter that means something here.
            channel: Names the kind of evidence.
            any_case: The actor may speak about every case.

        Returns:
            The item with what became of it (that for a person, where something is left to one), and whether it could be
            read.
        """
        now = canon.utc(self._runner.clock(), "clock()")
        evidence = Evidence.of(raw, channel)
        item = Inbound(id=id, sender=actor.id, authenticated=True, raw=raw, received_at=now)
        try:
            letter = read_letter(doc)
            meaning = self._meaning(letter, actor)
        except MalformedLocator:
            return (yield self._runner.receive(attrs.evolve(item, detail="a locator in it is malformed"))), False
        except BadInput as error:  # the remedy only: the field may be named by what was sent
            return (yield self._runner.receive(attrs.evolve(item, detail=error.remedy))), False
        except Exception as error:  # whatever `read` makes of such a letter
            why = f"it cannot be read ({type(error).__name__})"
            return (yield self._runner.receive(attrs.evolve(item, detail=why))), False
        said = [letter.thread, letter.template, letter.sender, letter.recipient, letter.data]
        digest = canon.digest(json.dumps(said, sort_keys=True))
        known = attrs.evolve(item, id=f"letter:{letter.id}", digest=digest)  # whichever way it came
        more = ""
        if isinstance(meaning, Opening):
            item, more = yield from self._opened(known, letter, meaning, actor, evidence, any_case)
        elif meaning is not None and meaning.event is not None:
            event = meaning.event
            event = attrs.evolve(event, by=actor, at=event.at or min(letter.queued, now), evidence=evidence)
            item = yield from self._stated(known, event, meaning.case, actor, any_case)
        else:
            item = attrs.evolve(item, detail=f"a letter of the kind {letter.template!r} to be read")
        done = yield self._runner.receive(item)
        if more:
            rest = attrs.evolve(item, id=f"{item.id}:contents", event=None, detail=more)
            done = yield self._runner.receive(rest)
        return done, True

    def _stated(self, item: Inbound, event: Event, case: str, actor: Actor, any_case: bool) -> Work[Inbound]:
        message = str(getattr(event, "message", ""))
        case = case or _gate.case_of(message)
        why = (yield from _gate.why_not(self._runner, actor, case, message)) if case and not any_case else ""
        return attrs.evolve(item, event=event, case=case, authenticated=not why, detail=why)

    def _opened(
        self, item: Inbound, letter: Letter, meaning: Opening, actor: Actor, evidence: Evidence, any_case: bool
    ) -> Work[tuple[Inbound, str]]:
        """Open the case, unless it is there; return the item that says that the letter has arrived in it.

        With it comes what of the letter is left for a person, or "". Opening comes first, and stating what came later;
        both can be repeated: whoever dies in between gets the letter again.
        """
        try:
            case = yield from self._case_for(letter, meaning, actor, evidence)
        except NotAllowed as error:
            return attrs.evolve(item, authenticated=False, detail="; ".join(error.reasons)), ""
        except (BadInput, UnknownProcedure) as error:
            why = error.remedy if isinstance(error, BadInput) else "its procedure is unknown"
            return attrs.evolve(item, detail=why), ""
        item = attrs.evolve(item, case=case.id)
        why = "" if any_case else (yield from _gate.why_not(self._runner, actor, case.id))
        if why:  # who has opened the case is heard, and a person looks: it may be named in another role
            heard = (yield from self._opener(case.id)) == (actor.organisation or actor.id)
            return attrs.evolve(item, authenticated=heard, detail=why), ""
        expected = [m for m in case.sent_as(letter.template) if m.to == letter.recipient and m.sender == letter.sender]
        more = yield from self._more(case, meaning.instrument, letter, actor, evidence)
        if not expected:
            return attrs.evolve(item, detail=f"its case does not expect a letter {letter.template!r}"), more
        return attrs.evolve(item, event=Delivered(message=expected[-1].id, by=actor, evidence=evidence)), more

    def _case_for(self, letter: Letter, meaning: Opening, actor: Actor, evidence: Evidence) -> Work[Case]:
        """Return the case of the letter's communication, opened now where there is none.

        An id that an organisation and its thread give together may be that of another organisation with another thread:
        that one's case is not this one's.
        """
        body = actor.organisation or actor.id
        own = f"{body.replace('%', '%25').replace('.', '%2E')}%.{letter.thread}"  # of nobody else
        for id in (meaning.case,) if meaning.case else (f"{body}.{letter.thread}", own):
            case = yield from self._found(id)
            if case is None:
                try:
                    case = yield self._runner.open(
                        meaning.procedure, meaning.instrument, by=actor, evidence=evidence, command_id=f"letter:{id}",
                        case_id=id,
                    )  # fmt: skip
                except (CaseConflict, CommandReused):  # another worker had the same letter, or its reminder
                    case = yield self._runner.case(id)
            found: Case = case
            if meaning.case or (yield from self._opener(id)) == body:
                return found
        raise BadInput("letter.thread", letter.thread, "name the case in `Opening`: its id is another sender's")

    def _found(self, id: str) -> Work[Case | None]:
        try:
            case: Case = yield self._runner.case(id)
        except CaseNotFound:
            return None
        return case

    def _opener(self, id: str) -> Work[str]:
        by = (yield self._runner.journal(id))[0].doc["by"]
        return str(by.get("organisation") or by["id"])

    def _more(self, case: Case, instrument: Instrument, letter: Letter, actor: Actor, evidence: Evidence) -> Work[str]:
        """State what a letter lists that its case has not; return why a person must do it, or ""."""
        written = yield self._runner.personal(case.id)
        fresh = tuple(c for c in instrument.contents if not _has(case, c, written))
        if not fresh:
            return ""
        event = InstrumentReceived(instrument=attrs.evolve(instrument, contents=fresh), by=actor, evidence=evidence)
        try:
            yield self._runner.apply(case.id, event, command_id=f"letter:{letter.id}:contents")
        except (NotAllowed, BadInput, UnknownProcedure, CommandReused) as error:
            why = "; ".join(error.reasons) if isinstance(error, NotAllowed) else getattr(error, "remedy", "")
            return f"{len(fresh)} of its contents are not in the case, or not as it has them: {why}".rstrip(": ")
        return ""


def _has(case: Case, content: Content, written: Mapping[str, Any]) -> bool:
    """Whether a case has a content: by its id and, while the case has that, its locator."""
    locator = content.locator or ""

    def same(c: Content) -> bool:
        known = written.get(f"content.{c.id}")
        if known is None:  # erased
            return bool(content.id)
        return locators.key(c.kind, str(known)) == locators.key(content.kind, locator)

    return any(same(c) for c in case.contents if content.id in ("", c.id))


def _text(doc: Mapping[str, Any], name: str) -> str:
    value = doc[name]
    if not isinstance(value, str):
        raise TypeError
    return value


def _id(doc: Mapping[str, Any], name: str) -> str:
    value = _text(doc, name)
    if not _gate.is_message(value) or "://" in value:  # it stands in letters of ours
        raise BadInput(f"letter.{name}", value[:40], "send the id of a message of sopflow")
    return value


def _instant(value: str) -> datetime:
    try:
        return canon.utc(datetime.fromisoformat(value), "letter")
    except ValueError:
        raise BadInput("letter", value[:40], "write instants with their time zone") from None


def _content(doc: Mapping[str, Any]) -> Content:
    if doc["locator"] is None:
        raise BadInput("letter.contents", None, "send the exact locators")
    return Content(id=_text(doc, "id"), kind=_text(doc, "kind"), locator=_text(doc, "locator"), outcome=doc["outcome"])
