"""Messages in a draft: queueing, receipts of a communication, and the ladder that silence climbs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from . import clocks
from .case import Case, Message, Standing
from .compose import about, names, said
from .directory import Rung, stand_in, steps
from .draft import Draft
from .errors import BadInput
from .events import Closed, Event, Superseded, Withdrawn
from .records import is_personal, succeed
from .rules import Send
from .shape import SAID

UNREACHED = ("no_contact", "ladder_exhausted")  # incidents
TIMES = {"Sent": "sent", "Unsent": "unsent", "Delivered": "delivered", "Acknowledged": "acknowledged"}
_BLANK = Message(id="", thread="", template="", sender="", to="", seq=0, queued=datetime.min)  # noqa: DTZ901
DROPS = (Withdrawn.name, Superseded.name)  # what has not been sent is not sent
ENDS = (*DROPS, Closed.name)  # nothing more is awaited from anybody


class Ladder(Draft):
    """A draft whose messages are tracked until receipt is confirmed."""

    __slots__ = ()

    def settle(self, id: str) -> None:
        """Set a message's times from its happenings, and its communication's clocks from them."""
        times = self._times(id)
        unsent = times.pop("unsent", None)
        message = next(m for m in self.section("messages") if m.id == id)
        status = message.status
        if unsent is not None and not {"delivered", "acknowledged"} & times.keys() and status != "expected":
            status = "unsent"
        else:
            status = next((n for n in ("acknowledged", "delivered", "sent") if n in times), status)
        self.put(
            "messages",
            succeed(message, status=status, **{"sent": None, "delivered": None, "acknowledged": None, **times}),
        )
        self.settle_thread(message.thread)

    def _times(self, id: str) -> dict[str, datetime]:
        times: dict[str, datetime] = {}
        for h in self.section("happenings"):
            name = TIMES.get(h.event)
            if name and h.message == id and (name not in times or h.at < times[name]):
                times[name] = h.at
        return times

    def taken_back(self, message: Message, by: Sequence[str] = ENDS) -> datetime | None:
        """Return since when nothing is awaited of this communication, by what came after its first message."""
        first = next(m.seq for m in self.section("messages") if m.id == message.thread)
        ends = [h.at for h in self.section("happenings") if h.event in by and h.seq > first]
        ends += self._pointless(message, first)
        return min(ends, default=None)

    def _pointless(self, message: Message, first: int) -> list[datetime]:
        """Return when what the procedure names had been said of all contents that concern the addressee."""
        send = self.procedure.send_of.get(message.template)
        if send is None or not send.until:
            return []
        left = {c.id for c in self.case().concerning(message.party)}
        for h in sorted(self.section("happenings"), key=lambda h: h.at):
            if h.seq > first and any(h.event == on.event.name and on.of in ("", h.of) for on in send.until):
                left = left.difference(h.contents) if h.contents is not None else set()
                if not left:
                    return [h.at]
        return []

    def settle_thread(self, thread: str) -> None:
        """Compute the clocks of a communication again; what is confirmed or taken back is not sent once more."""
        members = self._members(thread)
        confirmed = min((m.acknowledged for m in members if m.acknowledged is not None), default=None)
        ended = self.taken_back(members[0])
        dropped = ended is not None and self.taken_back(members[0], DROPS) is not None
        for message in members:
            if message.status == "queued" and (confirmed is not None or dropped):
                self.put("messages", succeed(message, status="superseded"))
                self.cancelled.append(message.id)
            deadline = next((d for d in self.section("deadlines") if d.message == message.id), None)
            if deadline is None:
                continue
            came, stopped = confirmed, ended
            if deadline.id.startswith("expected:"):
                came = message.sent or message.delivered or message.acknowledged
            elif message.status == "unsent":
                failed = self._times(message.id).get("unsent")
                stopped = min((t for t in (failed, ended) if t is not None), default=None)
            settled = clocks.receipt(deadline, came, stopped)
            verb = "meet" if came is not None else "cancel" if stopped is not None else "resume"
            self.put_deadline(settled, [verb])
            if deadline.standing is Standing.EXPIRED and deadline.expired and settled.standing is not Standing.EXPIRED:
                self.rebutted.append(deadline)

    def about(self, message: Message) -> dict[str, str] | None:
        """Return the contents that a letter lists, where it lists not all: its receipt says nothing of others."""
        if "concerned" not in names(self.procedure, message.template):
            return None
        return dict.fromkeys([c.id for c in about(self.case(), message)], "") or None

    def _members(self, thread: str) -> list[Message]:
        """Return the messages of a communication, first to last."""
        return [m for m in self.section("messages") if m.thread == thread]

    def queue(self, send: Send) -> None:
        """Queue (or expect) a message of a transition or hook, one for each party; the texts are made later."""
        parties = (self.parties if send.to in self.parties else self.before.parties).get(send.to, ())
        concerned = self.event.concerns()
        if concerned:
            whose = {c.party for c in self.section("contents") if c.id in concerned}
            parties = tuple(p for p in parties if p in whose) or parties  # whose contents it is about
        for party in parties or (() if send.optional else ("",)):
            self._queue(send, party)

    def _queue(self, send: Send, party: str) -> None:
        ours = send.sender in self.facts.acting_as
        everybody = self.facts.contacts.get(party, ())
        turn = steps(everybody)[0] if ours and everybody else None
        rung = turn and (stand_in(everybody, turn, self._when(send, turn)) or turn)
        id = self.new_message_id()
        message = succeed(
            _BLANK, id=id, thread=id, template=send.template, sender=send.sender, to=send.to, party=party, seq=self.seq,
            contact=rung.contact if rung else "", channel=rung.channel if rung else "",
            instead=_place(turn) if turn and turn is not rung else "", reference=_reference(self.event),
            said=self._said(send.template),
            status="queued" if ours else "expected", queued=self.now,
            send_after=self.loud(self.hold(send.to), send, rung),
        )  # fmt: skip
        self.put("messages", message)
        self._await(message, send, "start")
        if ours and not everybody:
            self.unreachable(
                message, "no_contact", f"nobody is listed for role {send.to} ({party or 'no party named'})"
            )

    def _said(self, template: str) -> dict[str, str] | None:
        """Return what a template names of the event, but for what is personal: that is in the side rows alone."""
        named = SAID & names(self.procedure, template)
        found = {n: said(self.event, n) for n in sorted(named) if not is_personal(type(self.event), n)} if named else {}
        return {name: value for name, value in found.items() if value} or None

    def new_message_id(self) -> str:
        """Return an id for a further message of this step."""
        return f"{self.before.id}-m{self.seq}.{sum(m.seq == self.seq for m in self.section('messages')) + 1}"

    def hold(self, role: str) -> datetime | None:
        """Return until when this role must not be told anything; None if it may be told now."""
        until = self.holds.get(role) or self.before.holds.get(role)
        return until if until is not None and until > self.now else None

    def _when(self, send: Send, rung: Rung) -> datetime:
        return self.loud(self.hold(send.to), send, rung) or self.now

    def loud(self, at: datetime | None, send: Send | None, rung: Rung | None) -> datetime | None:
        """Return from when on a message may be sent that may be sent at `at` (None: now): not in quiet hours."""
        if send is None or send.quiet is None or rung is None:
            return at
        moment = max(at, self.now) if at is not None else self.now
        return send.quiet.end(moment, rung.zone) if send.quiet.hold(moment, rung.zone) else at

    def rung_of(self, message: Message) -> Rung | None:
        """Return the rung that a message goes to, None where it is listed no more."""
        rungs = self.facts.contacts.get(message.party, ())
        return next((r for r in rungs if (r.contact, r.channel) == (message.contact, message.channel)), None)

    def _await(self, message: Message, send: Send, verb: str) -> None:
        try:
            deadline = clocks.await_message(message, send, self.facts.calendars)
        except BadInput as error:
            if self.strict and verb == "start":
                raise
            self.incident("deadline_unknown", f"{message.template}: {error}")
            for clock in self.section("deadlines") if verb == "move" else ():  # a hold is not refused for that
                if clock.message == message.id:
                    begins = message.send_after or message.queued
                    self.put_deadline(succeed(clock, started=begins, due=None, by_term=None, remind=None), [verb])
            return
        if deadline is not None:
            self.put_deadline(deadline, [verb])

    def next_rung(self, silent: Message) -> None:
        """Queue the next rung of the ladder after silence or failure, or note that the ladder is exhausted."""
        members = self._members(silent.thread)
        if self._ended(silent, members):
            return
        send = self.procedure.send_of.get(silent.template)
        found = self._next(silent, members, send) if send is not None else None
        if send is None or found is None:
            self.unreachable(
                silent, "ladder_exhausted", f"{silent.template}: nobody left to try after {silent.rung + 1} attempt(s)"
            )
            return
        rung, turn, target = found
        message = succeed(
            silent, id=self.new_message_id(), rung=rung, contact=target.contact, channel=target.channel,
            instead=_place(turn) if turn is not target else "",
            status="queued", seq=self.seq, queued=self.now, send_after=self.loud(self.hold(silent.to), send, target),
            sent=None, delivered=None, acknowledged=None, digest="", exhausted=False,
        )  # fmt: skip
        self.put("messages", message)
        self._await(message, send, "start")

    def reachable(self, party: str | None = None) -> list[Message]:
        """Return messages for which nobody was left to try, and somebody is now; of one party, if it is named."""
        found = []
        for message in self.section("messages"):
            send = self.procedure.send_of.get(message.template)
            if not message.exhausted or send is None or party not in (None, message.party):
                continue
            members = self._members(message.thread)
            if not self._ended(message, members) and self._next(message, members, send) is not None:
                found.append(message)
        return found

    def _ended(self, silent: Message, members: Sequence[Message]) -> bool:
        """Return whether silence on this message changes nothing: another was tried, or nothing is awaited."""
        return _answered(silent, members) or self.taken_back(silent) is not None

    def _next(self, silent: Message, members: Sequence[Message], send: Send) -> tuple[int, Rung, Rung] | None:
        """Return the number of the next attempt, whose turn it is, and whom it goes to; None where all were tried.

        What was tried is read from the messages, so that nobody is left out when the directory changes meanwhile. A
        duty officer's silence is not that of whoever he stands in for, who is written to next, open or not.
        """
        everybody = self.facts.contacts.get(silent.party, ())
        each = 1 + send.reminders
        dead = {(m.contact, m.channel) for m in members if m.status == "unsent"}
        for position, turn in enumerate(steps(everybody)):
            tries = [m for m in members if _turn(m) == _place(turn) and m.status != "unsent"]
            spared = (turn.contact, turn.channel) not in dead and all(m.instead for m in tries)  # got nothing itself
            if len(tries) >= each and not spared:
                continue
            stood_in = {(m.contact, m.channel) for m in members if m.instead and m.instead != _place(turn)}
            deputy = stand_in(everybody, turn, self._when(send, turn), dead | stood_in)
            target = turn if tries and spared else deputy or turn
            if (target.contact, target.channel) in dead:  # who cannot be reached is not reminded
                continue
            return max(position * each + len(tries), silent.rung + 1), turn, target
        return None

    def unreachable(self, message: Message, kind: str, detail: str) -> None:
        """Note that nobody is left to try for this message."""
        self.put("messages", succeed(message, exhausted=True))
        self.incident(kind, detail)


def unreached(case: Case) -> bool:
    """Return whether there is a message for which nobody was left to try, and that was not confirmed, nor went on."""
    return any(
        m.exhausted and not _answered(m, [o for o in case.messages if o.thread == m.thread]) for m in case.messages
    )


def _answered(silent: Message, members: Sequence[Message]) -> bool:
    return any(m.acknowledged is not None or m.rung > silent.rung for m in members)


def _reference(event: Event) -> str:
    """Return an event's own number, unless it is personal: then it is in the side rows alone."""
    number = getattr(event, "reference", "")
    return str(number) if number and not is_personal(type(event), "reference") else ""


def _place(rung: Rung) -> str:
    return f"{rung.contact}/{rung.channel}"


def _turn(message: Message) -> str:
    """Return whose turn a message was, whoever got it."""
    return message.instead or f"{message.contact}/{message.channel}"
