# Generated from src/sopflow/_work.py by scripts/unasync.py. DO NOT CHANGE.
"""What a worker calls again and again: clocks and messages.

No exception of one message, notifier, hook, participant or case stops the others: it becomes an incident.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import _fanout, _log, canon, compose, core
from ._desk_sync import Desk, held
from ._endpoints import Lanes
from .case import SYSTEM, Case, Evidence
from .directory import Directory
from .errors import (
    BadInput,
    CaseConflict,
    DeliveryError,
    HookFailed,
    SopflowError,
    StoreContended,
    Tampered,
    UnknownProcedure,
)
from .events import ContactListed, Delivered, Event, Sent, Unsent
from .ladder import unreached
from .ports import Session, Delivery, Query, Tick
from .records import succeed
from .step import Incident, Outgoing, Receipt

_POSTPONE = timedelta(hours=1)
_ALL = 2**31 - 1


class Work(Desk):
    """Clocks and messages of an `Runner`."""

    if TYPE_CHECKING:

        def _retry_parked(self, case_id: str) -> None: ...

    def _look(self, lease: str) -> tuple[datetime | None, bool]:
        """Return the instant to work at (None while the clocks disagree), and whether `due` or `claim` finds anything.

        A worker with nothing to do only reads.
        """
        with self.store.session(read=True) as session:
            now = before = after = self._now()
            if self._max_drift is not None and "clock" in self.store.capabilities:
                now, after = canon.utc(session.clock(), "store.clock()"), self._now()
            drift = max(before - now, now - after)  # waiting for the answer is none
            if self._max_drift is None or drift <= self._max_drift:
                found = getattr(session, lease)(self.tenant, now, None, 1)
                return now, bool(found)
        _log.warning("sopflow.clock_skew", seconds=drift.total_seconds())
        self._alarm(
            "clock_skew", "", "clock_skew", now,
            f"a worker's clock is {drift} {'behind' if now > after else 'ahead of'} the database's: set it right; it "
            "does nothing until then",
        )  # fmt: skip
        return None, False

    # --- clocks --------------------------------------------------------------------------------------------------

    def _lapse_due(self, limit: int) -> Tick:
        worked = {"steps": 0, "failures": 0, "": 0}
        cases: dict[str, None] = {}
        while True:
            now, waiting = self._look("due")
            due: Sequence[tuple[str, str]] = ()
            if now is not None and waiting:
                with self.store.session() as session:
                    due = session.due(self.tenant, now, now + self._lease, limit)
            if now is None or not due:
                return Tick(
                    steps=worked["steps"], failures=worked["failures"], cases=tuple(cases), skewed=now is None
                )  # fmt: skip
            for case_id, deadline_id in due:
                what = self._lapse(case_id, deadline_id, now, now + self._lease)
                worked[what] += 1
                if what == "steps":
                    cases[case_id] = None

    def _lapse(self, case_id: str, deadline_id: str, now: datetime, leased: datetime) -> str:
        """Work one deadline that is leased to us; return "steps", "failures", or "" if there was nothing to do."""
        contended: Exception = StoreContended("nothing was tried")
        try:
            for _ in range(self._attempts):
                try:
                    with self.store.session() as session:
                        loaded = self._loaded(session, case_id)
                        case, rules = loaded.case, self._rules_of(loaded.case)
                        deadline = next((d for d in case.deadlines if d.id == deadline_id), None)
                        wake = deadline.wake if deadline is not None else None
                        if deadline is None or wake is None or wake > now:  # somebody else was here
                            until = wake or now + _POSTPONE
                            session.postpone(self.tenant, case_id, deadline_id, until, leased)
                            return ""
                        facts = self._gather(session, rules, case, core.passing(deadline), None)
                        step = core.lapse(rules, case, deadline, facts, now)
                        assert step is not None  # `wake` has passed
                        steps = self._commit(session, step, SYSTEM, wake)
                except (CaseConflict, StoreContended) as error:
                    contended = error
                    continue
                self._committed(steps)
                if loaded.parked:
                    self._retry_parked(case_id)
                return "steps"
        except Exception as error:
            self._failed(case_id, deadline_id, error)
            with self.store.session() as session:
                session.postpone(self.tenant, case_id, deadline_id, now + _POSTPONE, leased)
        else:  # it is looked at again when the lease ends
            self._failed(case_id, deadline_id, contended)
        return "failures"

    def _go_on(self) -> int:
        """Go on with messages for which nobody was left to try, where the directory has somebody now: how many."""
        self._relisted, last, done = False, "", 0
        while True:
            with self.store.session(read=True) as session:
                page, spoilt = self._page(session, Query(open_incident=True, after=last))
            for broken in spoilt:
                self._failed(broken.case, "find", broken)
            if not page:
                break
            for case in page:
                done += self._go_on_with(case)
            last = page[-1].id
        with self.store.session(read=True) as session:
            waiting: Sequence[Incident] = session.incidents(self.tenant, "", "waiting", _ALL)
        for incident in waiting:
            try:
                with self.store.session(read=True) as session:
                    loaded = session.load(self.tenant, incident.case)
                waits = loaded is not None and not loaded.case.final and unreached(loaded.case)
            except Exception as error:  # its row was spoilt
                self._failed(incident.case, "messages", error)
                continue
            if loaded is not None and waits:
                done += self._go_on_with(loaded.case)
            else:
                self._resolved(incident)
        return done

    def _go_on_with(self, case: Case) -> int:
        done = 0
        try:
            waiting = sorted({m.party for m in case.messages if m.exhausted})
        except Exception as error:  # values that no case has
            self._failed(case.id, "messages", error)
            return 0
        for party in waiting:
            try:
                if self._directory.ladder(party):
                    self._apply(case.id, ContactListed(party=party, by=SYSTEM), None, None, None)
                    done += 1
            except BadInput:  # nobody whom we have not tried
                continue
            except Exception as error:
                self._failed(case.id, ContactListed.name, error)
        return done

    def _keep_waiting(self, incident: Incident) -> None:
        """Keep a handle to what nobody looks at any more once this is resolved, and is still to reach somebody."""
        detail = f"{incident.detail}; this goes on once somebody is listed"
        waiting = Incident(id=f"{incident.id}/waits", tenant=self.tenant, case=incident.case, kind=incident.kind,
                           at=self._now(), detail=detail, status="waiting")  # fmt: skip
        with self.store.session() as session:
            session.report(waiting)

    def _resolved(self, incident: Incident) -> None:
        done = succeed(incident, status="resolved", resolved_by=SYSTEM.id, resolved_at=self._now())
        with self.store.session() as session:
            session.report(done)

    def _failed(self, case_id: str, what: str, error: Exception) -> None:
        kind = "unknown_procedure" if isinstance(error, UnknownProcedure) else "failed"
        if isinstance(error, Tampered) and error.case == case_id:
            what = "tampered"  # one incident, whatever was tried
        _log.warning("sopflow.failed", case=case_id, what=what, error=type(error).__name__)
        self._alarm(f"{case_id}/{what}/{kind}", case_id, kind, self._now(), f"{what}: {told(error)}")

    def _alarm(self, key: str, case_id: str, kind: str, at: datetime, detail: str) -> None:
        """Report an incident, unless the same is open already; one that was resolved gets a successor."""
        id, again = key, 1
        with self.store.session(read=True) as session:
            while (found := session.incident(self.tenant, id)) is not None and found.status == "resolved":
                again += 1
                id = f"{key}/{again}"
        if found is not None:
            return
        incident = Incident(id=id, tenant=self.tenant, case=case_id, kind=kind, at=at, detail=_storable(detail))
        with self.store.session() as session:
            session.report(incident)

    # --- messages ------------------------------------------------------------------------------------------------

    def deliver(self, limit: int = 100) -> Delivery:
        """Send what is queued, several at a time, and record for each that it was sent or cannot be.

        A message is sent at least once: a worker that dies between sending and recording leaves it to another, which
        sends it again under the same id. What is queued while this runs is left to the next call. While this worker's
        clock is off the database's, nothing is done: see `Delivery.skewed`.

        A slow endpoint has a few hands at most, and one that fails again and again rests: its messages are given back,
        which is no attempt, unless they would be too late then.

        What was withdrawn, confirmed or held after it was claimed is not sent: each message's case is looked at before
        it is handed over. What is recorded in the instant between that look and the sending comes too late.

        Args:
            limit: How many messages are claimed, and in memory, at the same time.
        """
        now, waiting = self._look("claim")
        if now is None or not waiting:
            return Delivery(skewed=now is None)
        start, began = now, self._now()
        ids: list[str] = []

        def claim(most: int) -> Sequence[Outgoing]:
            until = start + (self._now() - began) + self._lease
            with self.store.session() as session:
                rows: Sequence[Outgoing] = session.claim(self.tenant, start, until, most)
            ids.extend(row.id for row in rows)
            return rows

        lanes = Lanes(self._endpoint, self._per_endpoint)
        results = _fanout.stream_threads(self._send, claim, lanes, self._hands, limit)
        return Delivery(
            sent=sum(r == "sent" for r in results),
            retried=sum(r == "retried" for r in results),
            failed=sum(r == "failed" for r in results),
            messages=tuple(ids),
        )

    def _endpoint(self, row: Outgoing) -> str | None:
        """Return what can be silent on its own: the notifier says, or else it is the address; None for an effect."""
        if row.channel.startswith("do:"):
            return None
        ask = getattr(self._notifiers.get(row.channel), "endpoint", None)
        try:
            return f"{row.channel}:{row.address if ask is None else ask(row)}"
        except Exception:  # `send` will say what is wrong with it
            return f"{row.channel}:{row.address}"

    def _send(self, row: Outgoing) -> str:
        if self._now() >= held(row):
            return "retried"  # by whoever takes it over
        try:
            if (endpoint := self._endpoint(row)) is None:
                return self._do(row)
            now = self._now()
            rests = self._breaker.resting(endpoint, now)
            notifier = self._notifiers.get(row.channel)
            with self.store.session(read=True) as session:  # what could not be recorded is not sent
                directory = self._seen(session)
                case, rules = self._load(session, row.case)
                salt = self._salt(session, case, row.id)
            claimed, row = row, _addressed(directory, core.current(row, case))
            later = row.send_after if row.send_after > claimed.send_after else now  # by our clock only what is new
            because = "on hold"
            if rests is not None and (row.expires is None or rests < row.expires):
                later, because = max(later, rests), "the endpoint rests"
            later = self._loud(row, rules, max(later, now), directory)  # it may have been queued, or claimed, long ago
            if later > now:
                with self.store.session() as session:
                    session.again(self.tenant, row.id, row.attempts, later, because, held(row))
                return "retried"
            if not self._wanted(case, row):
                return "dropped"
            message = case.message(row.id)
            if message is not None and notifier is not None and (wrong := compose.unproved(row, message, salt)):
                raise Tampered(row.case, [wrong])  # it goes out if that is put right; else silence climbs
            try:
                if notifier is None:
                    raise DeliveryError(f"this runner has no notifier for channel {row.channel!r}", permanent=True)
                if not row.address:
                    raise DeliveryError(f"contact {row.contact!r} has no address on {row.channel!r}", permanent=True)
                receipt = _fanout.plain(notifier.send, row)
                if receipt is not None and not isinstance(receipt, Receipt):  # it went out; what it says is no proof
                    why = BadInput(f"notifier {row.channel}", type(receipt).__name__, "return a Receipt, or None")
                    self._failed(row.case, f"notifier:{row.channel}", why)
                    receipt = None
            except Exception as error:
                self._breaker.note(endpoint, self._now(), error)
                return self._not_sent(row, error)
            self._breaker.note(endpoint, self._now())
            proof = (Evidence.of(receipt.proof, "receipt"),) if receipt is not None and receipt.proof else ()
            known_as = _known_as(receipt) if receipt is not None else ""
            self._record(row, Sent(message=row.id, by=SYSTEM, evidence=proof, channel_reference=known_as), "sent")
            if receipt is not None and receipt.delivered:
                self._record(row, Delivered(message=row.id, by=SYSTEM, evidence=proof), "sent")
            return "sent"
        except Exception as error:  # recording failed: the message is worked again, and ever less often
            self._failed(row.case, row.id, error)
            now, known = self._now(), not isinstance(error, UnknownProcedure)
            again = core.retry(row, now, 0) if known else None
            with self.store.session() as session:
                session.again(
                    self.tenant,
                    row.id,
                    row.attempts + known,
                    again or now + _POSTPONE,
                    type(error).__name__,
                    held(row),
                )
            return "failed"

    def _salt(self, session: Session, case: Case, id: str) -> bytes | None:
        """Return the salt of a message's digest; None where it is gone, or `verify` has to say what was spoilt."""
        message = case.message(id)
        try:
            sides = session.personal(self.tenant, case.id) if message is not None else ()
        except Tampered:
            return None
        return next((side.salt for side in sides if message is not None and side.seq == message.seq), None)

    def _wanted(self, case: Case, row: Outgoing) -> bool:
        """Return whether a message is still to be sent: what a step takes back, it takes out of the outbox, too."""
        message = case.message(row.id)
        if message is None or message.status in ("queued", "sent", "delivered"):
            return True
        with self.store.session(read=True) as session:
            rows = session.outbox(self.tenant, case.id)
        return any(kept.id == row.id and status == "queued" for kept, status in rows)

    def _do(self, row: Outgoing) -> str:
        name = row.channel[3:]
        try:
            call = self._effects.get(name)
            if call is None:
                raise DeliveryError(f"this runner has no effect {name!r}", permanent=True)
            _fanout.plain(call, json.loads(row.body), row.id)
        except Exception as error:
            return self._not_sent(row, error)
        with self.store.session() as session:
            session.settle(self.tenant, row.id, "done")
        return "sent"

    def _not_sent(self, row: Outgoing, error: Exception) -> str:
        reason, after = type(error).__name__, 0.0
        if isinstance(error, DeliveryError):  # whatever a notifier gave as one: it must not keep the failure unrecorded
            reason = _storable(str(error.reason)) or reason
            after = error.retry_after or 0.0
        if not row.channel.startswith("do:"):  # a hold that came meanwhile moved its limit
            with self.store.session(read=True) as session:
                row = core.current(row, (self._load(session, row.case))[0])
        now = self._now()
        again = core.retry(row, now, int(canon.digest(f"{row.id}/{row.attempts}")[:4], 16) / 0xFFFF, after)
        _log.warning("sopflow.undelivered", case=row.case, outgoing=row.id, attempts=row.attempts + 1)
        if again is not None and not (isinstance(error, DeliveryError) and error.permanent):
            if row.channel.startswith("do:"):
                with self.store.session() as session:
                    session.again(self.tenant, row.id, row.attempts + 1, again, reason, held(row))
            else:
                self._attempt_failed(row, again, reason)
            return "retried"
        if row.channel.startswith("do:"):
            with self.store.session() as session:
                if not session.settle(self.tenant, row.id, "failed", held(row)):
                    return "retried"
                session.report(
                    Incident(id=f"{row.id}/failed", tenant=self.tenant, case=row.case, kind="do_failed", at=now,
                             detail=f"{row.channel[3:]}: {reason}")
                )  # fmt: skip
            return "failed"
        try:
            self._record(row, Unsent(message=row.id, reason=reason, by=SYSTEM), "unsent")
        except _TakenOver:
            return "retried"
        return "failed"

    def _record(self, row: Outgoing, event: Event, status: str) -> None:
        """Record what became of a message: that it was sent, whoever says so; that it cannot be, if it is still ours.

        Raises:
            _TakenOver: If our lease ran out, and another worker has the message: nothing was written.
        """
        for attempt in range(self._attempts * 10):
            try:
                with self.store.session() as session:
                    loaded = self._loaded(session, row.case)
                    case, rules = loaded.case, self._rules_of(loaded.case)
                    message = case.message(row.id)
                    if message is not None and getattr(message, event.name.lower(), None) is not None:
                        session.settle(self.tenant, row.id, status)
                        return  # two have sent it under one id: the first one counts
                    facts = self._gather(session, rules, case, event, None)
                    step = core.decide(rules, case, event, facts, self.clock())
                    if status == "unsent":  # settled by its lease, not cancelled by its own step
                        step = succeed(step, cancelled=tuple(id for id in step.cancelled if id != row.id))
                    steps = self._commit(session, step, SYSTEM, None)
                    counted = session.settle(
                        self.tenant, row.id, status, held(row) if status == "unsent" else None
                    )
                    if status == "unsent" and not counted:
                        raise _TakenOver
            except (CaseConflict, StoreContended):
                if attempt + 1 == self._attempts * 10:
                    raise
                continue
            self._committed(steps)
            if loaded.parked:
                self._retry_parked(row.case)
            return


class _TakenOver(Exception):
    """The lease of a message ran out, and another worker took it over."""


def _addressed(directory: Directory, row: Outgoing) -> Outgoing:
    """Return a message with the address that its contact has now; the one it was queued with if nobody can say."""
    try:
        return succeed(row, address=directory.address(row.contact, row.channel))
    except Exception as error:  # the host's directory
        _log.warning("sopflow.directory_failed", error=type(error).__name__)
        return row


def _storable(text: str) -> str:
    """Return a text without lone surrogates: it may repeat what a spoilt row, or somebody's code, says."""
    return text.encode(errors="replace").decode()


def _known_as(receipt: Receipt) -> str:
    """Return a notifier's reference as every store can keep it: whatever it is, the message went out."""
    return _storable(str(receipt.reference)[:200]).replace("\0", "")


def told(error: Exception) -> str:
    """Return what may be kept about an error: a value, or what the host's code said, may quote the case."""
    if isinstance(error, BadInput):
        return f"{error.field}: {error.remedy}"
    if isinstance(error, HookFailed):
        return f"{error.kind} {error.name!r} raised {type(error.__cause__).__name__}"
    return str(error) if isinstance(error, SopflowError) else type(error).__name__
