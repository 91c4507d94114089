"""What comes back: kept first, looked at then. Its sync half is generated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from . import _log, canon, codec
from ._line import require_id
from ._search import limited
from ._work import AsyncWork, told
from .case import SYSTEM
from .errors import BadInput, CaseNotFound, NotAllowed
from .events import Event, _OfMessage
from .ports import AsyncSession, Inbound, Tick
from .step import Incident

_PATIENCE = timedelta(days=1)  # so long an item may wait for what it is about before a person is told
_PARKED = 1000  # items that are looked at together


class AsyncInbox(AsyncWork):
    """The inbox of an `AsyncRunner`."""

    _looked_at_parked: datetime | None = None

    async def tick(self, limit: int = 500) -> Tick:
        """Work every instant that has passed, and every inbound item that has not been looked at.

        Call it every few seconds, from as many workers as you like: they share what is due, `limit` deadlines at a
        time. The cost follows what is due. While this worker's clock is off the database's, nothing is done: see
        `Tick.skewed`.
        """
        try:
            await self._look_after_contacts()
        except Exception as error:
            await self._failed("", "contacts", error)
        worked = await self._lapse_due(limit)
        if worked.skewed:
            return worked
        if self._relisted:
            worked = attrs.evolve(worked, steps=worked.steps + await self._go_on())
        await self._report_parked()
        done = await self._work_new(limit)
        for case_id in dict.fromkeys(item.case for item in done if item.status == "applied"):
            await self._retry_parked(case_id)
        return attrs.evolve(worked, steps=worked.steps + sum(item.status == "applied" for item in done))

    async def _work_new(self, limit: int) -> list[Inbound]:
        """Work the items that nobody has looked at, `limit` at a time; those that fail keep no other waiting."""
        done: dict[tuple[str, str], Inbound] = {}
        while True:
            left = sum(item.status == "new" for item in done.values())
            async with self.store.session(read=True) as session:
                waiting = await session.inbox(self.tenant, "", ("new",), left + limit)
            fresh = [(item, doc) for item, doc in waiting if (item.sender, item.id) not in done]
            if not fresh:
                return list(done.values())
            for item, doc in fresh:
                done[item.sender, item.id] = await self._work_item(item, doc)

    async def receive(self, item: Inbound) -> Inbound:
        """Take in one inbound item: it is kept first, and only then looked at.

        The same again (see `Inbound.digest`) under an id that this sender has used is a repetition. Anything else under
        such an id, or what is authenticated now and was not then, is an item of its own, under an id that begins with
        that one and goes on with "#"; where both are authenticated, an incident asks a person what holds.

        Returns:
            The item with its status: "applied"; "parked" (came too early, tried again after each step of its case; an
            incident once it has waited for a day, or its case has ended); "unmatched" or "rejected" (an incident; no
            case was changed). A repetition gives the first one's status.

        Raises:
            BadInput: For an item that cannot be kept: one that names the library itself as its sender.
        """
        if item.sender == SYSTEM.id:
            raise BadInput("sender", item.sender, "use another id: what comes from outside is not of the library's own")
        item = attrs.evolve(item, received_at=item.received_at or self._now(), status="new")
        wrong = ""
        try:
            doc = codec.event_to_doc(item.event) if item.event is not None else None
        except BadInput as error:  # it is kept all the same
            doc, wrong = None, told(error)
        item = attrs.evolve(item, digest=item.digest or _said(item, doc))
        async with self.store.session() as session:
            item, fresh = await self._keep(session, item, doc)
        if not fresh:
            return item
        done = await self._work_item(item, doc, wrong)
        if done.status == "applied":
            await self._retry_parked(done.case)
        return done

    async def _keep(
        self, session: AsyncSession, item: Inbound, doc: Mapping[str, Any] | None
    ) -> tuple[Inbound, bool]:  # fmt: skip
        """Keep an item, and return it with True; a repetition gives what is there. Nothing stands in another's way."""
        given, differs = item.id, False
        while not await session.keep(self.tenant, item, doc):
            there: Inbound = await session.item(self.tenant, item.sender, item.id)
            if _repeats(item, there):
                return there, False
            differs = differs or (item.authenticated and there.authenticated)
            which = canon.digest(json.dumps([item.id, item.authenticated, item.digest]))
            item = attrs.evolve(item, id=f"{given[:150]}#{which}")  # no longer than every store can keep
        if differs:
            await session.report(
                Incident(id=f"{_key(item)}/differs", tenant=self.tenant, kind="ambiguous", at=self._now(),
                         detail=f"item {item.id} of {item.sender}: its id was used for something else before; both "
                         "were taken in: see which of them holds")
            )  # fmt: skip
        return item, True

    async def inbox(self, case_id: str = "", *, status: str = "", limit: int = 1000) -> tuple[Inbound, ...]:
        """Return inbound items, by case and status where given."""
        require_id(case_id)
        limited(limit)
        async with self.store.session(read=True) as session:
            found = await session.inbox(self.tenant, case_id, (status,) if status else (), limit)
        return tuple(item for item, _ in found)

    async def _report_parked(self) -> None:
        """Once an hour, look at what has been parked: what it is about may never come."""
        now = self._now()
        if self._looked_at_parked is not None and timedelta(0) <= now - self._looked_at_parked < timedelta(hours=1):
            return
        try:
            async with self.store.session(read=True) as session:
                parked = await session.inbox(self.tenant, "", ("parked",), _PARKED)
            for item, _ in parked:
                if item.received_at is not None and now - item.received_at >= _PATIENCE:
                    await self._waits(item)
            self._looked_at_parked = now
        except Exception as error:
            await self._failed("", "parked", error)

    async def _waits(self, item: Inbound) -> None:
        """Open an incident for a parked item, once; it stays parked."""
        incident = Incident(
            id=f"{_key(item)}/parked", tenant=self.tenant, case=item.case, kind="parked",
            at=self._now(), detail=f"item {item.id} of {item.sender} waits for what has not come: {item.detail}",
        )  # fmt: skip
        async with self.store.session(read=True) as session:
            if await session.incident(self.tenant, incident.id) is not None:
                return
        async with self.store.session() as session:
            await session.report(incident)

    async def _retry_parked(self, case_id: str) -> None:
        try:
            applied = True
            while applied:  # each may be what another has waited for
                async with self.store.session(read=True) as session:
                    parked = await session.inbox(self.tenant, case_id, ("parked", "new"), _PARKED)
                done = [await self._work_item(item, doc) for item, doc in parked]
                applied = any(item.status == "applied" for item in done)
        except Exception as error:  # the step for which they waited stands
            _log.warning("sopflow.failed", case=case_id, what="inbox", error=type(error).__name__)

    async def _work_item(self, item: Inbound, doc: Mapping[str, Any] | None, wrong: str = "") -> Inbound:
        status, detail, kind = "rejected", "", "rejected"
        event: Event | None = None
        seen, over = 0, False
        try:
            if not item.authenticated:
                detail = item.detail or "its sender is not authenticated"
            elif wrong:
                detail = wrong
            elif doc is None:
                detail = item.detail or "nothing in it could be read as an event"
                status, kind = "unmatched", "unmatched"
            elif not item.case and len(item.candidates) != 1 and "message" not in doc["fields"]:
                status, kind = "unmatched", "ambiguous" if item.candidates else "unmatched"
                detail = f"fits {', '.join(item.candidates)}" if item.candidates else "no case fits"
            else:
                case_id = item.case or (
                    item.candidates[0] if item.candidates else str(doc["fields"]["message"]).rpartition("-m")[0]
                )
                if not _kept(case_id):
                    raise CaseNotFound(self.tenant, "(a text that is no id)")
                item = attrs.evolve(item, case=case_id)
                async with self.store.session(read=True) as session:
                    case, rules = await self._load(session, case_id)
                seen, over = case.revision, case.final
                event = codec.event_from_doc(doc, rules.events)
                if item.sender == "sopflow":
                    event = attrs.evolve(event, by=SYSTEM)
                if isinstance(event, _OfMessage) and case.message(event.message) is None:
                    named = event.message if _kept(event.message) else "(a text that is no id)"
                    status, detail = "parked", f"message {named} is not known yet"
                else:
                    await self._apply(case_id, event, None, f"inbox:{item.sender}:{item.id}", None)
                    status, detail = "applied", ""
        except CaseNotFound:
            status, detail, kind = "unmatched", "no such case", "unmatched"
        except NotAllowed as error:
            act = event is not None and event.act
            status, detail = "parked" if act else "rejected", "; ".join(error.reasons)
        except BadInput as error:
            detail = told(error)
        except Exception as error:  # another worker may have what this one lacks
            await self._failed(item.case, f"inbox:{item.id}", error)
            return item
        done = attrs.evolve(item, status=status, detail=detail)
        try:
            done = await self._mark(done, kind, seen)
        except Exception as error:  # it stays what it was, and keeps nothing else waiting
            await self._failed("", _key(item), error)
            return item
        if done.status == "parked" and over:
            await self._waits(done)
        return done if done.status != "new" else await self._work_item(item, doc, wrong)

    async def _mark(self, done: Inbound, kind: str, seen: int) -> Inbound:
        """Enter what became of an item: "new" again where a step that did not see it waiting has come between."""
        async with self.store.session() as session:
            if done.status == "parked" and (await self._loaded(session, done.case)).case.revision != seen:
                done = attrs.evolve(done, status="new", detail="")
            await session.mark(self.tenant, done)
            if done.status in ("unmatched", "rejected"):
                await session.report(
                    Incident(id=_key(done), tenant=self.tenant, case=done.case, kind=kind, at=self._now(),
                             detail=f"item {done.id} of {done.sender}: {done.detail}")
                )  # fmt: skip
        return done


def _said(item: Inbound, doc: Mapping[str, Any] | None) -> str:
    """Return the digest of what an item says.

    When it happened counts only where there are no bytes that say it: a receiver whom nobody tells takes the present
    instant.
    """
    skipped = {"at"} if item.raw else set()
    event = doc and {**doc, "fields": {k: v for k, v in doc["fields"].items() if k not in skipped}}
    return canon.digest(json.dumps([item.case, event], sort_keys=True).encode() + item.raw)


def _repeats(item: Inbound, there: Inbound) -> bool:
    """Return whether an item says what one under its id has said; of one without digest, what is left of it counts."""
    same = there.digest == item.digest if there.digest else there.raw in (b"", item.raw)
    return same and there.authenticated == item.authenticated


def _key(item: Inbound) -> str:
    """Return the beginning of the ids of an item's incidents: of a length that every store can keep."""
    key = f"inbox/{item.sender}/{item.id}"
    return key if len(key) <= 400 else f"inbox/{canon.digest(key)}"


def _kept(id: str) -> bool:
    """Return whether this may be the id of a case or message: what is none need not be asked for, nor repeated."""
    return len(id) <= 250 and id.isprintable()
