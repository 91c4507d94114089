"""The store contract: tenants, searches, incidents, the inbox. Its sync half is generated."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta, timezone
from typing import Any

import attrs

from ..errors import BadInput, CaseConflict
from ..events import IncidentResolved, InstrumentReceived, Notice, Rejected
from ..ports import AsyncStore, Inbound, Query
from ..step import Incident
from . import _sample as sample
from ._contract import check, differences
from ._sample import START, TENANT, UNICODE
from ._store_checks import FAR, AsyncChecks, Undo

HOUR = timedelta(hours=1)
ITEM = Inbound(id="item-1", sender="platform-a", authenticated=True, case="case-1", candidates=("case-1", "case-2"),
               received_at=START.replace(microsecond=999_999), raw=bytes(range(256)), digest="0c5f",
               detail=UNICODE)  # fmt: skip
DOC = {"name": "Acknowledged", "schema": 1, "fields": {"message": "case-1-m2.1", "note": UNICODE}}


def incident(id: str, at: int = 0, **given: Any) -> Incident:
    """Return an incident of the contract's tenant."""
    values: dict[str, Any] = {"kind": "failed", "detail": "seen", **given}
    return Incident(id=id, tenant=TENANT, at=START + at * HOUR, **values)


class AsyncDeskChecks(AsyncChecks):
    """Checks of `find`, `incidents`, `inbox` and procedures, and of what tenants see of each other."""

    async def found(self, store: AsyncStore, **filters: Any) -> list[str]:
        """Return the ids found."""
        async with store.session(read=True) as session:
            return [c.id for c in await session.find(TENANT, Query(**filters))]

    async def counted(self, store: AsyncStore, **filters: Any) -> int:
        """Return how many are counted."""
        async with store.session(read=True) as session:
            return int(await session.count(TENANT, Query(**filters)))

    @check("load")
    async def tenants_see_nothing_of_each_other(self) -> None:
        """No call shows, finds, gives out or changes what belongs to another tenant, the same ids included."""
        store = await self.fresh()
        empty = await self.everything(store, "case-1", tenant="other")
        first, second = sample.ordered(command="command-case-1")
        await self.keep(store, first, second, sample.irregular(second))
        if "inbox" in store.capabilities:
            async with store.session() as session:
                await session.keep(TENANT, ITEM, DOC)
        seen = await self.everything(store, "case-1", tenant="other")
        self.same(empty, seen, "shows a tenant what belongs to another")
        before = await self.everything(store, "case-1")
        async with store.session() as session:
            claimed = await session.claim("other", FAR, FAR, 10)
            await session.settle("other", "case-1-m2.1", "sent")
            await session.again("other", "case-1-m2.1", 3, FAR, "busy", FAR)
            await session.postpone("other", "case-1", "answer", FAR, FAR)
            if "personal" in store.capabilities:
                await session.erase("other", "case-1")
            if "incidents" in store.capabilities:
                self.that(await session.incident("other", "case-1/3.1") is None, "shows an incident of another tenant")
            if "inbox" in store.capabilities:
                await session.mark("other", attrs.evolve(ITEM, status="applied"))
        self.that(not claimed, "gives a tenant the messages of another to be sent")
        self.same(before, await self.everything(store, "case-1"), "lets a tenant change what belongs to another")
        other = sample.opened(tenant="other", at=START + HOUR)
        await self.keep(store, other)
        self.same(before, await self.everything(store, "case-1"), "mixes up equal ids of two tenants")
        self.that(await self.case(store, tenant="other") == other.case, "mixes up equal ids of two tenants")

    @check("load")
    async def instants_mean_the_same_in_every_time_zone(self) -> None:
        """An instant given with another offset than UTC is that instant: in leases, windows, items and incidents."""
        store = await self.fresh()
        zone = timezone(timedelta(hours=7))
        _, second = sample.ordered()
        await self.keep(store, *sample.ordered())
        wake, micro = second.case.deadlines[0].wake, timedelta(microseconds=1)
        assert wake is not None  # `answer` runs
        for now, expected in ((wake - micro, False), (wake, True)):
            async with store.session(read=True) as session:
                due = [id for _, id in await session.due(TENANT, now.astimezone(zone), None, 9)]
                query = Query(due_before=(now + micro).astimezone(zone), due_after=now.astimezone(zone))
                found = await session.count(TENANT, query)
            self.that(("answer" in due) is expected, f"gives {due} as due at {now} when asked with the offset +07:00")
            self.that(found == expected, f"finds {found} by a window of due instants with the offset +07:00")
        ready = second.outgoing[0].send_after
        for now, expected in ((ready - micro, False), (ready, True)):
            async with store.session() as session:
                claimed = await session.claim(TENANT, now.astimezone(zone), (now + HOUR).astimezone(zone), 9)
            self.that(
                bool(claimed) is expected, f"gives {len(claimed)} messages at {now}, asked with the offset +07:00"
            )
        if "inbox" in store.capabilities:
            items = [attrs.evolve(ITEM, id=f"item-{n}", received_at=START + n * HOUR) for n in (1, 2, 3)]
            items[1] = attrs.evolve(items[1], received_at=(START + 2 * HOUR).astimezone(zone))
            async with store.session() as session:
                for item in items:
                    await session.keep(TENANT, item, None)
                seen = [item for item, _ in await session.inbox(TENANT, "", (), 9)]
            self.that(seen == items, f"gives items that were received at {[str(i.received_at) for i in seen]}")
        if "incidents" in store.capabilities:
            at = [START + HOUR, (START + 2 * HOUR).astimezone(zone), START + 3 * HOUR]
            async with store.session() as session:
                for n, instant in enumerate(at):
                    await session.report(attrs.evolve(incident(f"i-{n}"), at=instant))
                kept = [i.at for i in await session.incidents(TENANT, "", "", 9)]
            self.that(kept == at, f"gives incidents of {[str(instant) for instant in kept]}")

    # --- find ----------------------------------------------------------------------------------------------------

    async def _filled(self, store: AsyncStore) -> None:
        """Commit eleven cases, of which several were opened at the same instant."""
        for n in range(10):
            first = sample.opened(
                f"case-{n}", at=START + (9 - n) // 3 * HOUR, platform=f"platform-{'ab'[n % 2]}",
                matter="matter-1" if n % 3 == 0 else "", parent="case-0" if n in (7, 8) else "",
            )  # fmt: skip
            await self.keep(store, first)
            if n % 4 == 1:
                await self.keep(store, sample.after(first, Rejected(reason="unfounded")))
        await self.keep(store, *sample.ordered("case-x", at=START + 9 * HOUR, platform="platform-c"))

    @check("find")
    async def each_filter_selects_and_all_must_fit(self) -> None:
        """find() and count() agree on procedure, state, phase, matter, party, parent and final, alone and together."""
        store = await self.fresh()
        await self._filled(store)
        expected: list[tuple[dict[str, Any], set[str]]] = [
            ({}, {f"case-{n}" for n in range(10)} | {"case-x"}),
            ({"procedure": "contract.sample"}, {f"case-{n}" for n in range(10)} | {"case-x"}),
            ({"procedure": "other"}, set()),
            ({"state": "ordered"}, {"case-x"}),
            ({"phase": "closed"}, {"case-1", "case-5", "case-9"}),
            ({"matter": "matter-1"}, {"case-0", "case-3", "case-6", "case-9"}),
            ({"party": "platform-b"}, {f"case-{n}" for n in (1, 3, 5, 7, 9)}),
            ({"party": "reporter-1"}, {f"case-{n}" for n in range(10)} | {"case-x"}),
            ({"parent": "case-0"}, {"case-7", "case-8"}),
            ({"final": True}, {"case-1", "case-5", "case-9"}),
            ({"final": False, "party": "platform-b"}, {"case-3", "case-7"}),
            ({"final": True, "matter": "matter-1", "phase": "closed", "party": "platform-b"}, {"case-9"}),
        ]
        for filters, ids in expected:
            seen = await self.found(store, **filters)
            self.that(
                set(seen) == ids and len(seen) == len(ids), f"finds {sorted(seen)} by {filters}, not {sorted(ids)}"
            )
            count = await self.counted(store, **filters)
            self.that(count == len(ids), f"counts {count} by {filters}, finds {len(ids)}")

    @check("find")
    async def a_replaced_party_is_no_longer_found(self) -> None:
        """find() looks at the parties that the case has now."""
        store = await self.fresh()
        first = sample.opened()
        moved = sample.after(first, InstrumentReceived(instrument=Notice(parties={"platform": "platform-z"})))
        parties = {"platform": ("platform-z",)}  # the step says whom the role has now
        moved = attrs.evolve(moved, parties=parties, case=attrs.evolve(moved.case, parties=parties))
        await self.keep(store, first, moved)
        self.that(await self.found(store, party="platform-z") == ["case-1"], "does not find a case by its new party")
        self.that(await self.found(store, party="platform-a") == [], "finds a case by a party that was replaced")

    @check("find")
    async def pages_have_no_gaps_and_no_repetitions(self) -> None:
        """Cases come in the order of opening, then id; page after page gives each once."""
        store = await self.fresh()
        await self._filled(store)
        async with store.session(read=True) as session:
            cases = list(await session.find(TENANT, Query(limit=100)))
        keys = [(c.opened, c.id) for c in cases]
        self.that(keys == sorted(keys), f"gives cases in the order {[c.id for c in cases]}")
        for filters in ({}, {"party": "platform-a"}):
            whole = await self.found(store, **filters)
            for size in (1, 2, 3):
                pages: list[str] = []
                while True:
                    page = await self.found(store, after=pages[-1] if pages else "", limit=size, **filters)
                    if not page:
                        break
                    self.that(len(page) <= size, f"gives {len(page)} cases on a page of {size}")
                    pages += page
                    self.that(len(pages) <= len(whole), f"repeats cases on pages of {size}: {pages}")
                self.that(pages == whole, f"gives on pages of {size} {pages}, and at once {whole}")
        try:
            await self.found(store, after="unknown")
        except BadInput:
            return
        self.that(False, "goes on after a case that it does not have, without a BadInput")

    # --- incidents -----------------------------------------------------------------------------------------------

    @check("incidents")
    async def an_incident_is_kept_once(self) -> None:
        """One with a present id changes nothing, not even a resolved one; it comes back as reported."""
        store = await self.fresh()
        first = incident("i-1", case="case-1", detail=UNICODE)
        async with store.session() as session:
            await session.report(first)
            await session.report(attrs.evolve(first, detail="again"))
        seen = await self.incidents(store)
        self.that(len(seen) == 1, f"keeps {len(seen)} incidents under one id")
        self.that(seen[0] == first, f"changed an incident: {differences(first, seen[0])}")
        done = attrs.evolve(first, status="resolved", resolved_by="officer-1", resolved_at=FAR, note=UNICODE)
        async with store.session() as session:
            await session.report(done)
            await session.report(first)
            kept = await session.incident(TENANT, "i-1")
            unknown = await session.incident(TENANT, "i-2")
        self.that(kept == done, f"does not keep what resolved an incident: {differences(done, kept)}")
        self.that(unknown is None, "gives an incident that nobody reported")

    async def incidents(self, store: AsyncStore, case: str = "", status: str = "", limit: int = 100) -> list[Incident]:
        """Return incidents."""
        async with store.session(read=True) as session:
            return list(await session.incidents(TENANT, case, status, limit))

    @check("incidents")
    async def incidents_are_found_oldest_first(self) -> None:
        """By case and status, in the order of their instants, no more than asked for."""
        store = await self.fresh()
        async with store.session() as session:
            for n in (3, 1, 2):
                await session.report(incident(f"i-{n}", n, case=f"case-{n % 2}"))
            await session.report(incident("i-4", 4, status="resolved", case="case-1"))
            await session.report(incident("i-5", 5, status="waiting", case="case-1"))
        asked: list[tuple[tuple[str, str, int], list[str]]] = [
            (("", "", 100), ["i-1", "i-2", "i-3", "i-4", "i-5"]),
            (("", "open", 100), ["i-1", "i-2", "i-3"]),
            (("case-1", "", 100), ["i-1", "i-3", "i-4", "i-5"]),
            (("case-1", "open", 100), ["i-1", "i-3"]),
            (("", "resolved", 100), ["i-4"]),
            (("", "waiting", 2**31 - 1), ["i-5"]),
            (("", "", 2), ["i-1", "i-2"]),
        ]
        for (case, status, limit), ids in asked:
            seen = [i.id for i in await self.incidents(store, case, status, limit)]
            self.that(seen == ids, f"asked for case {case!r}, status {status!r}, {limit} at most, gives {seen}")

    @check("incidents")
    async def a_step_brings_and_resolves_incidents(self) -> None:
        """The incidents of a step are there after its commit, and a step that resolves one closes it."""
        store = await self.fresh()
        first = sample.opened()
        second = sample.irregular(first)
        third = sample.after(second, IncidentResolved(incident="case-1/2.1", note=UNICODE))
        await self.keep(store, first, second)
        seen = await self.incidents(store, "case-1", "open")
        self.that(seen == list(second.incidents), f"gives {len(seen)} open incidents after a step with one")
        await self.keep(store, third)
        self.that(not await self.incidents(store, "case-1", "open"), "leaves an incident open that a step resolved")
        expected = attrs.evolve(
            second.incidents[0], status="resolved", resolved_by="officer-1", resolved_at=third.case.recorded,
            note=UNICODE,
        )  # fmt: skip
        kept = (await self.incidents(store, "case-1", "resolved"))[0]
        self.that(kept == expected, f"resolved an incident otherwise: {differences(expected, kept)}")
        if "personal" in store.capabilities:
            async with store.session() as session:
                await session.erase(TENANT, "case-1")
            kept = (await self.incidents(store, "case-1", "resolved"))[0]
            self.that(not kept.note, "keeps the note on an incident of an erased case")

    # --- inbox ---------------------------------------------------------------------------------------------------

    async def items(
        self, store: AsyncStore, case: str = "", statuses: tuple[str, ...] = (), limit: int = 100
    ) -> list[Any]:
        """Return inbound items with their documents."""
        async with store.session(read=True) as session:
            return list(await session.inbox(TENANT, case, statuses, limit))

    @check("inbox")
    async def an_item_is_kept_once_per_sender_and_id(self) -> None:
        """keep() says whether an item is new; a repetition changes nothing; bytes and document come back as given."""
        store = await self.fresh()
        async with store.session() as session:
            fresh = [
                await session.keep(TENANT, ITEM, DOC),
                await session.keep(TENANT, attrs.evolve(ITEM, raw=b"other", case="case-9"), None),
                await session.keep(TENANT, attrs.evolve(ITEM, sender="platform-b", received_at=FAR), None),
                await session.keep("other", ITEM, DOC),
            ]
        self.that(fresh == [True, False, True, True], f"answers {fresh} to a new item, its repetition, another "
                  "sender's and another tenant's of the same id")  # fmt: skip
        seen = await self.items(store)
        self.that(len(seen) == 2, f"holds {len(seen)} items where two were new")
        item, doc = seen[0]
        self.that(item == ITEM, f"changed an inbound item: {differences(ITEM, item)}")
        self.that(doc == DOC, "changed the document of an inbound item")
        async with store.session(read=True) as session:
            alone = await session.item(TENANT, ITEM.sender, ITEM.id)
        self.that(alone == ITEM, f"finds another item by its key: {differences(ITEM, alone)}")
        self.that(seen[1][1] is None, "made a document for an item that could not be read")

    @check("inbox")
    async def mark_sets_status_case_and_detail_only(self) -> None:
        """mark() changes status, case and detail of a kept item, leaves the rest, and creates nothing."""
        store = await self.fresh()
        async with store.session() as session:
            await session.keep(TENANT, ITEM, DOC)
            await session.mark(
                TENANT, Inbound(id="item-1", sender="platform-a", status="parked", case="case-2", detail="early")
            )
            await session.mark(TENANT, Inbound(id="item-2", sender="platform-a", status="applied"))
        seen = await self.items(store)
        self.that(len(seen) == 1, "made an item of a mark")
        expected = attrs.evolve(ITEM, status="parked", case="case-2", detail="early")
        self.that(seen[0][0] == expected, f"marks an item otherwise: {differences(expected, seen[0][0])}")
        self.that(seen[0][1] == DOC, "loses the document of an item when it is marked")

    @check("inbox")
    async def items_are_found_in_order_of_arrival(self) -> None:
        """By case and by several statuses, oldest first, no more than asked for."""
        store = await self.fresh()
        async with store.session() as session:
            for n, status in ((3, "new"), (1, "parked"), (2, "applied"), (4, "new")):
                item = attrs.evolve(
                    ITEM, id=f"item-{n}", sender=f"sender-{9 - n}", status=status, case=f"case-{n % 2}",
                    received_at=START + n * HOUR,
                )  # fmt: skip
                await session.keep(TENANT, item, DOC)
        asked: list[tuple[tuple[str, tuple[str, ...], int], list[str]]] = [
            (("", (), 100), ["item-1", "item-2", "item-3", "item-4"]),
            (("", ("new",), 100), ["item-3", "item-4"]),
            (("", ("parked", "new"), 100), ["item-1", "item-3", "item-4"]),
            (("case-1", ("parked", "new"), 100), ["item-1", "item-3"]),
            (("case-0", (), 100), ["item-2", "item-4"]),
            (("", ("new", "parked"), 2), ["item-1", "item-3"]),
        ]
        for (case, statuses, limit), ids in asked:
            seen = [i.id for i, _ in await self.items(store, case, statuses, limit)]
            self.that(seen == ids, f"asked for case {case!r}, statuses {statuses}, {limit} at most, gives {seen}")

    @check("inbox")
    async def load_says_whether_items_wait(self) -> None:
        """Loaded.parked is true while an item for the case is new or parked."""
        store = await self.fresh()
        await self.keep(store, sample.opened(), sample.opened("case-2"))
        states: list[bool] = []
        for status in ("new", "parked", "applied"):
            async with store.session() as session:
                await session.keep(TENANT, ITEM, DOC)
                await session.mark(TENANT, attrs.evolve(ITEM, status=status))
            async with store.session(read=True) as session:
                for id in ("case-1", "case-2"):
                    loaded = await session.load(TENANT, id)
                    states.append(loaded is not None and loaded.parked)
        expected = [True, False, True, False, False, False]
        self.that(states == expected, f"says {states} of whether items wait, instead of {expected}")
        if "personal" in store.capabilities:
            async with store.session() as session:
                await session.erase(TENANT, "case-1")
            item, doc = (await self.items(store))[0]
            self.that(not item.raw and doc is None, "keeps what came in for a case after it was erased")

    # --- procedures ----------------------------------------------------------------------------------------------

    @check("commit")
    async def a_procedure_document_is_kept_once(self) -> None:
        """A document is kept under its digest, unchanged by a second one; an unknown digest gives None."""
        store = await self.fresh()
        for text in (UNICODE * 1000, "other"):
            async with store.session() as session:
                await session.keep_procedure("digest-1", text)
        async with store.session(read=True) as session:
            kept = await session.procedure("digest-1")
            unknown = await session.procedure("digest-2")
        self.that(kept == UNICODE * 1000, "does not give back the procedure document that was kept first")
        self.that(unknown is None, "gives a procedure document that nobody kept")

    # --- the directory -------------------------------------------------------------------------------------------

    async def listed(self, store: AsyncStore, tenant: str = TENANT) -> dict[str, Any]:
        """Return all that a tenant has of the directory."""
        async with store.session(read=True) as session:
            return {
                "last change": tuple(await session.registered(tenant)),
                "organisations": [tuple(found) for found in await session.organisations(tenant)],
                "journal": [(e.text, e.hash) for e in await session.registrations(tenant)],
            }

    @check("directory")
    async def the_directory_is_what_its_journal_says(self) -> None:
        """Each change of the directory is one entry, in order; what is listed is what the last entries say."""
        store = await self.fresh()
        nothing = {"last change": (0, ""), "organisations": [], "journal": []}
        self.same(nothing, await self.listed(store), "has a directory before anything was listed")
        changes = sample.registrations()
        for entry, id, doc, salt in changes:
            async with store.session() as session:
                await session.register(TENANT, entry, id, doc, salt)
        async with store.session() as session:
            await session.register("other", *sample.registrations("other")[0])
        expected = {
            "last change": (3, changes[2][0].hash),
            "organisations": [changes[1][2:]],
            "journal": [(entry.text, entry.hash) for entry, *_ in changes],
        }
        self.same(expected, await self.listed(store), "does not keep the directory as its journal says")

    @check("directory")
    async def of_two_changes_of_the_directory_the_second_is_refused(self) -> None:
        """A change that does not follow the last one is a `CaseConflict`; of what is undone nothing stays."""
        store = await self.fresh()
        first, second, gone = sample.registrations()
        async with store.session() as session:
            await session.register(TENANT, *first)
        before = await self.listed(store)
        for wrong in (first, gone):
            try:
                async with store.session() as session:
                    await session.register(TENANT, *wrong)
            except CaseConflict:
                continue
            self.that(False, "takes a change of the directory that does not follow the last one")
        with suppress(Undo):
            async with store.session() as session:
                await session.register(TENANT, *second)
                raise Undo
        self.same(before, await self.listed(store), "keeps a change of the directory that was undone")

    @check("personal")
    async def every_part_of_a_message_is_kept_and_erased(self) -> None:
        """Text, HTML and data of a message come back exactly, and go with the case's personal values."""
        store = await self.fresh()
        opened, ordered = sample.ordered()
        parts: dict[str, Any] = {"subject": UNICODE, "body": UNICODE * 2, "html": f"<p>{UNICODE}</p>", "data": "{}"}
        told = attrs.evolve(ordered.outgoing[0], **parts)
        await self.keep(store, opened, attrs.evolve(ordered, outgoing=(told, *ordered.outgoing[1:])))
        async with store.session() as session:
            rows = {m.id: m for m, _ in await session.outbox(TENANT, "case-1")}
            self.that(rows[told.id] == told, "changes a part of a message")
            await session.erase(TENANT, "case-1")
        async with store.session(read=True) as session:
            left = [getattr(m, part) for m, _ in await session.outbox(TENANT, "case-1") for part in (*parts, "address")]
        self.that(not any(left), "keeps a part of a message after its case was erased")
