"""Signed webhooks from another side's systems: what they state enters the inbox.

The body is the shape that the Standard Webhooks specification recommends, with the case beside it:

    {"type": "EffectGiven", "timestamp": "2017-08-10T14:00:00+07:00", "case": "…",
     "data": {"outcomes": {"c1": "removed"}}}

`type` is an event's stable name, `timestamp` says when it happened, `data` holds the event's fields. Who states it is
decided by the key that signed it, never by the body.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, ClassVar, final

import attrs
from attrs import field, frozen

from .. import _log, canon, codec
from ..case import Actor, Evidence
from ..errors import BadInput, MalformedLocator, NotAuthentic
from ..events import Event
from ..ports import Inbound
from ..signatures import Key, verify
from . import _gate
from ._http import Endpoint, Reply, Request, Work

_STATUS = {"applied": 200, "rejected": 422}
_OURS = frozenset(("by", "at", "evidence"))
_PARTS = frozenset(("body", "case", "data", "schema", *_OURS))  # of a body, as errors name them
_INDEX = re.compile(r"\[[0-9]+\]\Z")


def _keys(value: str | Iterable[str]) -> tuple[Key, ...]:
    found = tuple(Key.of(key) for key in ((value,) if isinstance(value, str) else value))
    if not found:
        raise BadInput("keys", "()", "hand in at least one key: what is not signed can be forged")
    return found


@final
@frozen(kw_only=True, slots=False)
class Sender:
    """Another side whose systems call us.

    Attributes:
        actor: Who states what its key signs; its organisation (else its id) must be a party of the case in one of
            its roles.
        keys: `whsec_…` and `whpk_…`; several while they are rotated.
        any_case: It may speak about every case: a court's registry, a gateway.
    """

    actor: Actor
    keys: tuple[Key, ...] = field(converter=_keys, repr=False)
    any_case: bool = False


@final
@frozen(kw_only=True, slots=False)
class Statement:
    """What a body states, as read.

    Attributes:
        event: The event; None where the body cannot be read.
        case: The case it names; "" where it names none, or only through its message.
    """

    event: Event | None = None
    case: str = ""


Reader = Callable[[Any, Mapping[str, type[Event]]], Statement]
"""`(body as JSON values, event classes by name) -> Statement`: for senders that write another shape."""


def read_event(doc: Any, events: Mapping[str, type[Event]]) -> Statement:
    """Return what the body of the documented shape states.

    Raises:
        BadInput: For another shape, an event that is not to be stated from outside, or a field that does not fit.
    """
    data = doc.get("data", {}) if isinstance(doc, dict) else None
    if not isinstance(data, dict) or not isinstance(doc.get("type"), str):
        raise BadInput("body", type(doc).__name__, "write an object with type, timestamp, case and data")
    taken = _OURS & set(data)
    if taken:
        raise BadInput(f"data.{min(taken)}", "", "leave it out: it is not the body that says so")
    stamp = {"at": doc["timestamp"]} if "timestamp" in doc else {}
    case = doc.get("case", "")
    if not isinstance(case, str) or len(case) > 200:
        raise BadInput("case", case, "write the case's id")
    event = codec.event_from_doc({"name": doc["type"], "schema": doc.get("schema", 1), "fields": data | stamp}, events)
    return Statement(event=event, case=case)


class SignedEndpoint(Endpoint):
    """Takes in what one of its senders has signed. The last segment of the path names the sender.

    Args:
        runner: Whose inbox takes in what comes; its clock says what is too old.
        senders: By the name in the path.
        tolerance: How old or how far ahead a timestamp may be.
        forged_per_hour: How many forged webhooks are kept.
    """

    limit: ClassVar[int] = 256 * 1024

    def __init__(
        self, runner: Any, senders: Mapping[str, Sender], *, tolerance: timedelta, forged_per_hour: int
    ) -> None:  # fmt: skip
        super().__init__(runner)
        self._senders = dict(senders)
        ids = [sender.actor.id for sender in self._senders.values()]
        self._several = {name for name, s in self._senders.items() if ids.count(s.actor.id) > 1}
        for name in self._several:
            if len(name) > 40:  # it stands in the ids of items
                raise BadInput("senders", name, "use a name of up to 40 characters, or an actor of its own")
        self._tolerance = tolerance
        self._nobodys = Key.of("whsec_" + base64.b64encode(os.urandom(32)).decode())
        self._budget = _gate.Budget(forged_per_hour, runner.clock)

    def answer(self, request: Request) -> Work[Reply]:
        """Verify, keep, and say what became of it."""
        now = canon.utc(self._runner.clock(), "clock()")
        sender = self._senders.get(request.last)
        try:
            keys = sender.keys if sender is not None else (self._nobodys,)
            signed = verify(request.headers, request.body, keys, now, tolerance=self._tolerance)
        except NotAuthentic as error:
            if error.malformed:
                return _said(400, "malformed")
            why = str(error) if sender is not None else "no sender of this name"
            item = self._budget.item("forged-webhook", request.body, why)
            _log.warning("sopflow.forged", receiver="webhook", kept=item is not None)
            if item is not None:
                yield self._runner.receive(item)
            return _said(401, "the signature cannot be verified")
        assert sender is not None  # nobody has the key that stands in
        id = f"{request.last}/{signed.id}" if request.last in self._several else signed.id
        done, readable = yield from self.taken(request.body, sender, id, now)
        if not readable:
            return _said(422, done.status, **self.wrong(request.body, done))
        return _said(_STATUS.get(done.status, 202), done.status)

    def wrong(self, body: bytes, done: Inbound) -> dict[str, str]:
        """Return what the sender is told of a body that cannot be read: words of ours, and nothing of the body."""
        return {"remedy": done.detail}

    def taken(self, body: bytes, sender: Sender, id: str, now: datetime) -> Work[tuple[Inbound, bool]]:
        """Take in what the sender has signed; return the item with what became of it, and whether it could be read."""
        raise NotImplementedError


@final
class WebhookReceiver(SignedEndpoint):
    """Takes in signed webhooks. The last segment of the path names the sender.

    A webhook is taken in once: a repetition gives the first one's status, and another body under a used id is taken in
    for itself (see `Runner.receive`). A forged or too old one is answered 401 and kept as rejected (at most
    `forged_per_hour`), what cannot be read is kept for a person.

    Args:
        runner: Whose inbox takes them in; its clock says what is too old.
        senders: By the name in the path.
        events: Facts of the procedures' own which may be stated, beside the shared ones.
        read: For another shape of body.
        tolerance: How old or how far ahead a timestamp may be.
        forged_per_hour: How many forged webhooks are kept.
    """

    def __init__(
        self,
        runner: Any,
        senders: Mapping[str, Sender],
        *,
        events: Iterable[type[Event]] = (),
        read: Reader = read_event,
        tolerance: timedelta = timedelta(minutes=5),
        forged_per_hour: int = 50,
    ) -> None:
        super().__init__(runner, senders, tolerance=tolerance, forged_per_hour=forged_per_hour)
        self._events = _gate.STATEABLE | {e.name: e for e in events}
        self._reader = read

    def taken(self, body: bytes, sender: Sender, id: str, now: datetime) -> Work[tuple[Inbound, bool]]:
        """Take in what the sender states."""
        item = yield from self._item(body, sender, id, now)
        done: Inbound = yield self._runner.receive(item)
        return done, item.event is not None

    def wrong(self, body: bytes, done: Inbound) -> dict[str, str]:
        """Return the remedy, and the field where its name is ours."""
        _, field, why = self._understood(body)
        return ({"field": field} if field else {}) | {"remedy": why or done.detail}

    def _understood(self, body: bytes) -> tuple[Statement, str, str]:
        """Return what a body states; if nothing, which field is wrong (as far as its name is ours), and why."""
        field = ""
        try:
            statement = self._reader(_gate.parse_json(body), self._events)
            named = statement.case or _gate.case_of(str(getattr(statement.event, "message", "")))
            if len(named) <= 200:
                return statement, "", ""
            field, why = "case", "it names a case by more than 200 characters"  # no store need keep such ids
        except MalformedLocator:
            why = "a locator in it is malformed"
        except BadInput as error:  # the field may be named by what was sent
            field, why = self._ours(error.field), error.remedy
        except Exception as error:  # whatever a reader makes of such bytes
            why = f"its body cannot be read ({type(error).__name__})"
        return Statement(), field, why

    def _ours(self, field: str) -> str:
        """Return the name of a field as its sender knows it, and of that the first parts, as far as they are ours."""
        parts = [_INDEX.sub("", part) for part in field.split(".")]
        cls = self._events.get(parts[0])
        if field == "event.name":
            return "type"
        if cls is not None and parts[1:] == ["at"]:
            return "timestamp"
        known = _PARTS if cls is None else {cls.name, "schema", *(f.name for f in attrs.fields(cls))}
        return ".".join(takewhile(known.__contains__, parts))

    def _item(self, body: bytes, sender: Sender, id: str, now: datetime) -> Work[Inbound]:
        actor = sender.actor
        statement, _, why = self._understood(body)
        event, case = statement.event, statement.case
        allowed = True
        if event is not None:
            event = attrs.evolve(event, by=actor, at=event.at or now, evidence=Evidence.of(body, "webhook"))
            message = str(getattr(event, "message", ""))
            case = case or _gate.case_of(message)
            if case and not sender.any_case:
                refusal = yield from _gate.why_not(self._runner, actor, case, message)
                allowed, why = not refusal, refusal
        return Inbound(id=id, sender=actor.id, authenticated=allowed, event=event, case=case, raw=body, detail=why)


def _said(status: int, what: str, **more: str) -> Reply:
    return Reply(status=status, type="application/json", body=json.dumps({"status": what, **more}).encode())
