# Generated from src/sopflow/_work.py by scripts/unasync.py. DO NOT CHANGE.
"""What a worker calls again and again: clocks and messages.

No exception of one message, notifier, hook, participant or case stops the others: it becomes an incident.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from . import _fanout, _log, canon, core
from ._desk_sync import Desk
from .case import SYSTEM, Evidence
from .errors import BadInput, CaseConflict, DeliveryError, HookFailed, SopflowError, UnknownProcedure
from .events import SHARED, Delivered, Event, Sent, Unsent
from .ports import Delivery, Tick
from .step import Incident, Outgoing

_POSTPONE = timedelta(hours=1)
_SHARED: Mapping[str, type[Event]] = {e.name: e for e in SHARED}


class Work(Desk):
    """Clocks and messages of an `Runner`."""

    if TYPE_CHECKING:

        def _retry_parked(self, case_id: str) -> None: ...

    # --- clocks --------------------------------------------------------------------------------------------------

    def _lapse_due(self, limit: int) -> Tick:
        steps, failures = 0, 0
        cases: dict[str, None] = {}
        while True:
            with self.store.session(read=True) as session:
                due = session.due(self.tenant, self._now(), limit)
            if not due:
                return Tick(steps=steps, failures=failures, cases=tuple(cases))
            for case_id, deadline_id in due:
                if self._lapse(case_id, deadline_id):
                    steps += 1
                    cases[case_id] = None
                else:
                    failures += 1

    def _lapse(self, case_id: str, deadline_id: str) -> bool:
        now = self._now()
        try:
            for _ in range(self._attempts):
                try:
                    with self.store.session() as session:
                        loaded = self._loaded(session, case_id)
                        case, rules = loaded.case, self._rules_of(loaded.case)
                        deadline = next((d for d in case.deadlines if d.id == deadline_id), None)
                        wake = deadline.wake if deadline is not None else None
                        if deadline is None or wake is None or wake > now:  # somebody else was here
                            session.postpone(self.tenant, case_id, deadline_id, wake or now + _POSTPONE)
                            return False
                        facts = self._gather(session, rules, case, core.passing(deadline), None)
                        step = core.lapse(rules, case, deadline, facts, now)
                        assert step is not None  # `wake` has passed
                        steps = self._commit(session, step, SYSTEM, wake)
                except CaseConflict:
                    continue
                self._committed(steps)
                if loaded.parked:
                    self._retry_parked(case_id)
                return True
        except Exception as error:
            self._failed(case_id, f"{deadline_id}", error)
            with self.store.session() as session:
                session.postpone(self.tenant, case_id, deadline_id, now + _POSTPONE)
        return False

    def _failed(self, case_id: str, what: str, error: Exception) -> None:
        kind = "unknown_procedure" if isinstance(error, UnknownProcedure) else "failed"
        _log.warning("sopflow.failed", case=case_id, what=what, error=type(error).__name__)
        id, again = f"{case_id}/{what}/{kind}", 1
        with self.store.session(read=True) as session:
            while (found := session.incident(self.tenant, id)) is not None and found.status == "resolved":
                again += 1
                id = f"{case_id}/{what}/{kind}/{again}"
        incident = Incident(
            id=id, tenant=self.tenant, case=case_id, kind=kind, at=self._now(),
            detail=f"{what}: {told(error)}",
        )  # fmt: skip
        with self.store.session() as session:
            session.report(incident)

    # --- messages ------------------------------------------------------------------------------------------------

    def deliver(self, limit: int = 100) -> Delivery:
        """Send what is queued, several at a time, and record for each that it was sent or cannot be.

        A message is sent at least once: a worker that dies between sending and recording leaves it to another, which
        sends it again under the same id.
        """
        now = self._now()
        with self.store.session() as session:
            rows = session.claim(self.tenant, now, now + self._lease, limit)
        results = _fanout.gather_threads(self._send, rows, self._hands)
        return Delivery(
            sent=sum(r == "sent" for r in results),
            retried=sum(r == "retried" for r in results),
            failed=sum(r == "failed" for r in results),
            messages=tuple(row.id for row in rows),
        )

    def _send(self, row: Outgoing) -> str:
        try:
            if row.channel.startswith("do:"):
                return self._do(row)
            notifier = self._notifiers.get(row.channel)
            with self.store.session(read=True) as session:  # what could not be recorded is not sent
                self._load(session, row.case)
            try:
                if notifier is None:
                    raise DeliveryError(f"this runner has no notifier for channel {row.channel!r}", permanent=True)
                if not row.address:
                    raise DeliveryError(f"contact {row.contact!r} has no address on {row.channel!r}", permanent=True)
                receipt = _fanout.plain(notifier.send, row)
            except Exception as error:
                return self._not_sent(row, error)
            proof = (Evidence.of(receipt.proof, "receipt"),) if receipt is not None and receipt.proof else ()
            self._record(row, Sent(message=row.id, by=SYSTEM, evidence=proof), "sent")
            if receipt is not None and receipt.delivered:
                self._record(row, Delivered(message=row.id, by=SYSTEM, evidence=proof), "sent")
            return "sent"
        except Exception as error:  # recording failed: the message is worked again, and ever less often
            self._failed(row.case, row.id, error)
            now, known = self._now(), not isinstance(error, UnknownProcedure)
            again = core.retry(row, now, 0) if known else None
            with self.store.session() as session:
                session.again(
                    self.tenant, row.id, row.attempts + known, again or now + _POSTPONE, type(error).__name__
                )
            return "failed"

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
        reason = type(error).__name__
        if isinstance(error, DeliveryError):  # whatever a notifier gave as one: it must not keep the failure unrecorded
            reason = str(error.reason).encode(errors="replace").decode() or reason
        now = self._now()
        again = core.retry(row, now, int(canon.digest(f"{row.id}/{row.attempts}")[:4], 16) / 0xFFFF)
        _log.warning("sopflow.undelivered", case=row.case, outgoing=row.id, attempts=row.attempts + 1)
        if again is not None and not (isinstance(error, DeliveryError) and error.permanent):
            if row.channel.startswith("do:"):
                with self.store.session() as session:
                    session.again(self.tenant, row.id, row.attempts + 1, again, reason)
            else:
                self._attempt_failed(row, again, reason)
            return "retried"
        if row.channel.startswith("do:"):
            with self.store.session() as session:
                session.settle(self.tenant, row.id, "failed")
                session.report(
                    Incident(id=f"{row.id}/failed", tenant=self.tenant, case=row.case, kind="do_failed", at=now,
                             detail=f"{row.channel[3:]}: {reason}")
                )  # fmt: skip
            return "failed"
        self._record(row, Unsent(message=row.id, reason=reason, by=SYSTEM), "unsent")
        return "failed"

    def _record(self, row: Outgoing, event: Event, status: str) -> None:
        for attempt in range(self._attempts * 10):
            try:
                with self.store.session() as session:
                    loaded = self._loaded(session, row.case)
                    case, rules = loaded.case, self._rules_of(loaded.case)
                    facts = self._gather(session, rules, case, event, None)
                    step = core.decide(rules, case, event, facts, self.clock())
                    steps = self._commit(session, step, SYSTEM, None)
                    session.settle(self.tenant, row.id, status)
            except CaseConflict:
                if attempt + 1 == self._attempts * 10:
                    raise
                continue
            self._committed(steps)
            if loaded.parked:
                self._retry_parked(row.case)
            return


def told(error: Exception) -> str:
    """Return what may be kept about an error: a value, or what the host's code said, may quote the case."""
    if isinstance(error, BadInput):
        return f"{error.field}: {error.remedy}"
    if isinstance(error, HookFailed):
        return f"{error.kind} {error.name!r} raised {type(error.__cause__).__name__}"
    return str(error) if isinstance(error, SopflowError) else type(error).__name__
