"""What comes back by e-mail: replies, read receipts (RFC 8098), bounces (RFC 3464) and abuse reports (RFC 5965).

What each kind proves, and no more:

- A bounce of our own mail system is `Unsent`: the message did not arrive, and the ladder climbs.
- A read receipt is `Delivered`, not `Acknowledged`: a program sends it, perhaps on its own, when a mail is rendered (or
  deleted). That a person confirms receipt is another thing.
- An automatic reply is `Delivered`: the mail reached the addressee's system. A list or a ticket system may have passed
  on what a person wrote, so it is an item for a person as well, unless it has no text of its own.
- A person's reply that refers to the message is `Acknowledged`: our messages ask for exactly that. Unless it is a text
  that says so and nothing else, with no other part, it is an item for a person as well.
- An abuse report, a delay, whatever else: an item for a person.

A From address proves nothing: only what the host's predicates vouch for is authenticated; all else is kept as rejected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.message import Message as Mail
from email.utils import getaddresses
from typing import Any, Protocol, final

import attrs
from attrs import frozen

from .. import _fanout, _log, canon
from ..case import Actor, Evidence
from ..errors import BadInput
from ..events import Acknowledged, Delivered, Event, Unsent
from ..ports import Inbound
from . import _gate
from ._http import Work, run, run_async
from ._mail import LINES, alone, blocks_of, bytes_of, ids_in, parsed, parts_of, references, text_of, texts
from .letters import LetterReceiver, attached

Identify = Callable[[Mail], Actor | None]
"""Who wrote this mail, as far as the host's own mail system has authenticated it; None for anybody."""

POSTMASTER = Actor("mail-system", {"system"})
_SYSTEM = re.compile(r"(?<![\w.-])(?:mailer-daemon|postmaster)@", re.IGNORECASE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_READ = frozenset(("displayed", "deleted", "dispatched", "processed"))
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "list-id", "list-unsubscribe")


class Folder(Protocol):
    """Where mails wait: see `MaildirFolder` and `ImapFolder`."""

    def fetch(self, most: int, size: int) -> Sequence[tuple[str, bytes]]:
        """Return key and the first `size` bytes of the oldest `most` mails that are not done."""
        ...

    def done(self, keys: Sequence[str]) -> None:
        """Do not return these again."""
        ...


@final
@frozen(kw_only=True, slots=False)
class Collected:
    """What one look into a folder gave.

    Attributes:
        items: The inbox items, with their status.
        left: Mails that could not be taken in now; they stay in the folder.
    """

    items: tuple[Inbound, ...] = ()
    left: int = 0


@final
@frozen(kw_only=True, slots=False)
class _Seen:
    """What one mail says: the message it is about, and what it states or why a person must read it."""

    message: str = ""
    candidates: tuple[str, ...] = ()
    events: tuple[Event | None, ...] = (None,)
    why: str = "it is about no message that we know"
    report: bool = False


def nobody(mail: Mail) -> Actor | None:
    """Vouch for nobody: every mail is kept as rejected."""
    return None


def never(mail: Mail) -> bool:
    """Take no report for our own mail system's."""
    return False


@final
class MailReceiver:
    """Takes in mails.

    Args:
        runner: Whose inbox takes them in; a `Runner` for `take` and `collect`, an `AsyncRunner` for the other two.
        identify: Who wrote a mail; see `authentication_results`.
        ours: Whether our own mail system wrote this delivery report (e.g. it has no Return-Path but `<>` and was
            received from the local host): a forged bounce would make the ladder climb.
        interpret: `(mail, message id) -> event or None`: for hosts that read more out of a reply.
        letters: Takes in the mails that another side's runner wrote: those with its machine-readable part.
        size: How many bytes of a mail are read; the rest is cut off.
    """

    def __init__(
        self,
        runner: Any,
        *,
        identify: Identify = nobody,
        ours: Callable[[Mail], bool] = never,
        interpret: Callable[[Mail, str], Event | None] | None = None,
        letters: LetterReceiver | None = None,
        size: int = 1024 * 1024,
    ) -> None:
        self._runner = runner
        self._identify = identify
        self._ours = ours
        self._interpret = interpret
        self._letters = letters
        self._size = size

    def take(self, raw: bytes) -> tuple[Inbound, ...]:
        """Take in one mail: one item, or two where a reply confirms receipt and says more."""
        return run(self._take(raw[: self._size]))

    async def take_async(self, raw: bytes) -> tuple[Inbound, ...]:
        """Take in one mail with an `AsyncRunner`."""
        return await run_async(self._take(raw[: self._size]))

    def collect(self, folder: Folder, limit: int = 50) -> Collected:
        """Take in what waits in a folder. Call it every minute or so.

        A mail is marked as done after it was taken in; one that was taken in twice (because a worker died between) is
        recognised.

        Raises:
            StoreError: If the folder cannot be read or written.
        """
        items: list[Inbound] = []
        keys: list[str] = []
        mails = folder.fetch(limit, self._size)
        for key, raw in mails:
            try:
                items += self.take(raw)
            except Exception as error:
                _log.warning("sopflow.receiver_failed", receiver="mail", error=type(error).__name__)
            else:
                keys.append(key)
        if keys:
            folder.done(keys)
        return Collected(items=tuple(items), left=len(mails) - len(keys))

    async def collect_async(self, folder: Folder, limit: int = 50) -> Collected:
        """Take in what waits in a folder with an `AsyncRunner`; the folder is read in a thread."""
        items: list[Inbound] = []
        keys: list[str] = []
        mails = await _fanout.outside(folder.fetch, limit, self._size)
        for key, raw in mails:
            try:
                items += await self.take_async(raw)
            except Exception as error:
                _log.warning("sopflow.receiver_failed", receiver="mail", error=type(error).__name__)
            else:
                keys.append(key)
        if keys:
            await _fanout.outside(folder.done, keys)
        return Collected(items=tuple(items), left=len(mails) - len(keys))

    def _take(self, raw: bytes) -> Work[tuple[Inbound, ...]]:
        now = canon.utc(self._runner.clock(), "clock()")
        actor, key, letter, mail, subject = None, "", None, Mail(), ""
        with suppress(Exception):  # the parser's, on what is no mail
            mail = parsed(raw)
            subject = _subject(mail)
        written = yield from _gate.written(self._runner, subject)
        try:
            seen = _read(mail, written, whole=len(raw) < self._size and raw.count(b"\n") < LINES)
            if seen.report:
                actor = POSTMASTER if self._ours(mail) else None
            else:
                actor = self._identify(mail)
            if self._interpret is not None and actor is not None and seen.message:
                told = self._interpret(mail, seen.message)
                seen = attrs.evolve(seen, events=(told,)) if told is not None else seen
            key = text_of(mail, "message-id") if actor is not None else ""
            if self._letters is not None and actor is not None and not seen.report:
                letter = attached(mail)
        except Exception as error:  # whatever a predicate, or reading on, makes of such a mail
            seen = _Seen(why=f"it cannot be read as a mail ({type(error).__name__})")
        if letter is not None and self._letters is not None and actor is not None:
            taken = yield from self._letters.accept(letter, actor, raw, f"mail:{canon.digest(key or raw)}", "e-mail")
            return (taken[0],)
        case = _gate.case_of(seen.message)
        refused = "" if actor is not None else "nobody vouches for its sender"
        if actor is not None and case and actor is not POSTMASTER:
            refused = yield from _gate.why_not(self._runner, actor, case, seen.message)
        id = f"mail:{canon.digest(key if key else raw)}"
        said = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]  # not what each way here has written on top
        found: list[Inbound] = []
        for event in seen.events:
            item = Inbound(
                id=id if event is not None else f"{id}:text", sender=actor.id if actor else "unverified-mail",
                raw=raw if actor is not None else raw[: _gate.KEPT_BYTES],  # the rest is in the mailbox
                authenticated=not refused, case=case, candidates=seen.candidates, received_at=now,
                event=event if actor is None or event is None else _stated(event, actor, raw, now),
                detail=refused or (seen.why if event is None else ""),
                digest=canon.digest(b"\n".join((seen.message.encode(errors="replace"), said))),
            )  # fmt: skip
            try:
                done = yield self._runner.receive(item)
            except BadInput:  # it must not stay in front of all others for ever
                why = "what it says cannot be kept"
                bare = attrs.evolve(item, event=None, case="", candidates=(), detail=refused or why)
                done = yield self._runner.receive(bare)
            found.append(done)
        return tuple(found)


def _stated(event: Event, actor: Actor, raw: bytes, now: datetime) -> Event:
    return attrs.evolve(event, by=actor, at=event.at or now, evidence=Evidence.of(raw, "e-mail"))


def _subject(mail: Mail) -> str:
    """Return the subject where no header names a message of ours."""
    return "" if _about(_followed(mail))[0] else text_of(mail, "subject")[:2000]


def _followed(mail: Mail) -> list[str]:
    return [*texts(mail, "in-reply-to"), *reversed(references(mail))]


def _read(mail: Mail, written: Sequence[str], *, whole: bool) -> _Seen:
    parts = parts_of(mail)
    kind = str(mail.get_param("report-type") or "").lower() if mail.get_content_type() == "multipart/report" else ""
    types = {p.get_content_type() for p in parts}
    if "message/delivery-status" in types or kind == "delivery-status":
        return _bounce(mail, parts)
    if "message/disposition-notification" in types or kind == "disposition-notification":
        return _read_receipt(mail, parts)
    if "message/feedback-report" in types or kind == "feedback-report":
        message, candidates = _about(_original(mail, parts))
        return _Seen(message=message, candidates=candidates, why="an abuse report about our message")
    message, candidates = _about(_followed(mail), written)
    if not message:
        return _Seen(candidates=candidates, why="it refers to several messages") if candidates else _Seen()
    if _from_a_mail_system(mail):  # a bounce of old, in words: it arrived nowhere
        return _Seen(message=message, why="a delivery report to be read")
    text = alone(mail) if whole else None
    own = _gate.own_text(text) if text is not None else None  # None: there may be more in it than can be told here
    if _automatic(mail):
        told = own == "" and _submitted(mail) == "auto-replied"
        events = (Delivered(message=message),) if told else (Delivered(message=message), None)
        return _Seen(message=message, events=events, why="an automatic reply to be read")
    confirmed = (Acknowledged(message=message),)
    told = own is not None and _gate.only_confirms(own)
    return _Seen(message=message, events=confirmed if told else (*confirmed, None), why="a reply to be read")


def _bounce(mail: Mail, parts: Sequence[Mail]) -> _Seen:
    message, candidates = _about(_original(mail, parts))
    blocks = blocks_of(parts, "message/delivery-status")
    actions = {a.split()[0].lower() for b in blocks for a in texts(b, "action") if a.split()}
    codes = [m[0] for b in blocks for s in texts(b, "status") if (m := _STATUS.match(s.strip()))]
    event: Event | None = None
    if message and "failed" in actions:
        code = next((c for c in codes if c[0] in "45"), "")
        event = Unsent(message=message, reason=f"bounced {code}".strip())
    elif message and actions and actions <= {"delivered"}:
        event = Delivered(message=message)
    return _Seen(
        message=message, candidates=candidates, events=(event,), report=True, why="a delivery report to be read"
    )


def _read_receipt(mail: Mail, parts: Sequence[Mail]) -> _Seen:
    blocks = blocks_of(parts, "message/disposition-notification")
    named = [value for b in blocks for value in texts(b, "original-message-id")]
    message, candidates = _about([*named, *_original(mail, parts)])
    kinds = {d.rpartition(";")[2].partition("/")[0].strip().lower() for b in blocks for d in texts(b, "disposition")}
    event = Delivered(message=message) if message and kinds & _READ else None
    return _Seen(message=message, candidates=candidates, events=(event,), why="a read receipt to be read")


def _original(mail: Mail, parts: Sequence[Mail]) -> list[str]:
    """Return the ids by which a report names the mail that it is about."""
    inner = [value for p in parts if p is not mail for value in texts(p, "message-id")]
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            inner += texts(parsed(bytes_of(part)), "message-id")
    return [*inner, *_followed(mail)]


def _about(named: Sequence[str], written: Sequence[str] = ()) -> tuple[str, tuple[str, ...]]:
    """Return the message of ours that the first fitting id names, and the cases where several might be meant.

    Args:
        named: Texts with Message-IDs.
        written: The messages that the subject names: they count where no Message-ID does.
    """
    for text in named:
        for id in ids_in(text):
            if _gate.is_message(id):
                return id, ()
    if len(written) == 1:
        return written[0], ()
    return "", tuple(dict.fromkeys(_gate.case_of(m) for m in written))


def _from_a_mail_system(mail: Mail) -> bool:
    return mail.get("x-failed-recipients") is not None or _SYSTEM.search(text_of(mail, "from")) is not None


def _submitted(mail: Mail) -> str:
    return text_of(mail, "auto-submitted").partition(";")[0].strip().lower()


def _automatic(mail: Mail) -> bool:
    """Whether a program wrote this reply, or passed it on: RFC 3834, and what programs did before it."""
    path = text_of(mail, "return-path").strip()
    return (
        _submitted(mail) not in ("", "no")
        or path == "<>"
        or text_of(mail, "precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply")
        or any(mail.get(name) is not None for name in _AUTOMATIC)
    )


def authentication_results(server: str, actors: Mapping[str, Actor]) -> Identify:
    """Return a predicate that believes the Authentication-Results (RFC 8601) which your own mail server wrote.

    Only the topmost such header counts, only with your server's name, only `dmarc=pass` for the From domain. Your
    server must remove headers of that name from outside.

    Args:
        server: Its authserv-id, e.g. "mx.ministry.example".
        actors: Who writes, by address ("desk@platform.example") or whole domain ("platform.example"), in lower case.
    """
    strip = re.compile(r'\((?:[^()\\]|\\.)*\)|"(?:[^"\\]|\\.)*"')

    def identify(mail: Mail) -> Actor | None:
        results, senders = texts(mail, "authentication-results"), texts(mail, "from")
        addresses = getaddresses(senders)
        if not results or len(senders) != 1 or len(addresses) != 1:
            return None
        address = addresses[0][1].lower()
        domain = address.rpartition("@")[2]
        parts = [part.split() for part in strip.sub(" ", results[0][:5000]).split(";")]
        if not domain or "@" not in address or not parts[0] or parts[0][0].lower() != server.lower():
            return None
        for part in parts[1:]:
            words = [word.lower() for word in part]
            if words[:1] == ["dmarc=pass"] and f"header.from={domain}" in words:
                return actors.get(address) or actors.get(domain)
        return None

    return identify
