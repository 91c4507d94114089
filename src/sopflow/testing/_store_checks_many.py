"""The store contract: many workers, parts of a transaction, and the store's clock. Its sync half is generated."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from .. import _fanout
from ..errors import CaseConflict, CommandReused
from ..events import EffectGiven, Extended, Rejected, Verified
from ..ports import AsyncStore
from . import _sample as sample
from ._contract import check
from ._sample import PLATFORM, START, TENANT
from ._store_checks import FAR, AsyncChecks, Undo

MICRO = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
ORDER = "case-1-m2.1"
RECEIPT = ("case-1", f"receipt:{ORDER}")
LATE = START + 30 * HOUR  # the receipt is overdue, `answer` is not


class AsyncManyChecks(AsyncChecks):
    """Checks of leases between workers, of parts, and of the clock that many workers share."""

    async def lease_due(
        self, store: AsyncStore, now: datetime, until: datetime | None, limit: int = 100
    ) -> list[tuple[str, str]]:
        """Lease deadlines in a session of its own."""
        async with store.session() as session:
            return list(await session.due(TENANT, now, until, limit))

    async def lease_messages(self, store: AsyncStore, now: datetime, until: datetime | None) -> list[Any]:
        """Claim messages in a session of its own."""
        async with store.session() as session:
            return list(await session.claim(TENANT, now, until, 100))

    # --- deadlines -----------------------------------------------------------------------------------------------

    @check("due")
    async def a_due_deadline_is_nobody_elses_until_the_lease_ends(self) -> None:
        """A deadline goes to one worker, until the last instant of its lease; then another may take it over."""
        store = await self.fresh()
        await self.keep(store, *sample.ordered())
        one = await self.lease_due(store, LATE, LATE + HOUR)
        self.that(one == [RECEIPT], f"gives {one} as due, instead of {[RECEIPT]}")
        two = await self.lease_due(store, LATE, LATE + HOUR)
        self.that(not two, "gives a deadline to a second worker while the first holds it: it would be worked twice")
        two = await self.lease_due(store, LATE + HOUR - MICRO, FAR)
        self.that(not two, "ends a deadline's lease before its instant")
        two = await self.lease_due(store, LATE + HOUR, FAR)
        self.that(two == [RECEIPT], "never gives back a deadline whose lease has ended: its worker may have died")

    @check("due")
    async def a_step_ends_the_lease_of_the_deadlines_it_brings(self) -> None:
        """A deadline that a step moves is due at its new instant, whatever lease it had; one that it ends never is."""
        store = await self.fresh()
        first, second = sample.ordered()
        await self.keep(store, first, second)
        await self.lease_due(store, START + 60 * HOUR, FAR)
        extended = sample.after(second, Extended(obligation="answer", due=START + 90 * HOUR, reason="asked for"))
        await self.keep(store, extended)
        seen = [id for _, id in await self.lease_due(store, START + 90 * HOUR, FAR + HOUR)]
        self.that("answer" in seen, "keeps a deadline leased which a step has moved")
        await self.keep(store, sample.after(extended, EffectGiven(outcomes={"c1": "refused"}), by=PLATFORM))
        seen = [id for _, id in await self.lease_due(store, FAR + 2 * HOUR, None)]
        self.that("answer" not in seen, "gives a deadline when its lease has ended, though it was met")

    @check("due")
    async def a_lease_that_ran_out_postpones_nothing(self) -> None:
        """A worker that was too slow cannot take a deadline away from the one that has it now."""
        store = await self.fresh()
        await self.keep(store, *sample.ordered())
        one, two = LATE + HOUR, LATE + 2 * HOUR
        await self.lease_due(store, LATE, one)
        await self.lease_due(store, one, two)
        async with store.session() as session:
            await session.postpone(TENANT, *RECEIPT, LATE + 9 * HOUR, one)
        seen = await self.lease_due(store, two, None)
        self.that(seen == [RECEIPT], "lets a worker whose lease ran out postpone what another holds")
        async with store.session() as session:
            await session.postpone(TENANT, *RECEIPT, LATE + 9 * HOUR, two)
        seen = await self.lease_due(store, LATE + 9 * HOUR - MICRO, None)
        self.that(not seen, "does not postpone a deadline for the worker that holds it")

    @check("due")
    async def looking_for_what_is_due_leases_nothing(self) -> None:
        """Without an end of the lease, deadlines are only looked at, in a session that only reads."""
        store = await self.fresh()
        await self.keep(store, *sample.ordered())
        for _ in range(2):
            async with store.session(read=True) as session:
                seen = list(await session.due(TENANT, LATE, None, 100))
            self.that(seen == [RECEIPT], f"shows {seen} to one who looks for what is due, instead of {[RECEIPT]}")
        self.that(await self.lease_due(store, LATE, FAR) == [RECEIPT], "leased a deadline to one who only looked")

    @check("due")
    async def eight_workers_share_what_is_due(self) -> None:
        """Eight at once share the deadlines: each goes to one of them, and none is left out."""
        store = await self.fresh()
        for n in range(24):
            await self.keep(store, *sample.ordered(f"case-{n}"))

        async def work(_: int) -> list[tuple[str, str]]:
            found: list[tuple[str, str]] = []
            for _ in range(8):
                found += await self.lease_due(store, LATE, FAR, 3)
            return found

        given = [each for found in await _fanout.gather_async(work, range(8), 8) for each in found]
        twice = sorted({each for each in given if given.count(each) > 1})
        self.that(not twice, f"gave {len(twice)} of 24 deadlines to more than one of eight workers")
        self.that(len(given) == 24, f"gave {len(given)} of 24 deadlines to eight workers")

    # --- messages ------------------------------------------------------------------------------------------------

    async def _taken_over(self) -> tuple[AsyncStore, Sequence[datetime]]:
        """Return a store whose one message a second worker has taken over, and the ends of the two leases."""
        store = await self.fresh()
        await self.keep(store, *sample.ordered())
        ends = START + 2 * HOUR, START + 3 * HOUR
        for now, until in zip((START + HOUR, ends[0]), ends, strict=True):
            claimed = await self.lease_messages(store, now, until)
            leases = [m.leased for m in claimed]
            self.that(leases == [until], f"gives claimed messages with leased={leases}, not with the lease's end")
        return store, ends

    async def _status(self, store: AsyncStore) -> list[str]:
        async with store.session(read=True) as session:
            return [status for _, status in await session.outbox(TENANT, "case-1")]

    @check("claim")
    async def a_lease_that_ran_out_gives_nothing_back(self) -> None:
        """A worker that was too slow can neither give back nor give up the message that another holds now."""
        store, (one, two) = await self._taken_over()
        async with store.session() as session:
            await session.again(TENANT, ORDER, 7, START, "busy", one)
            counted = await session.settle(TENANT, ORDER, "unsent", one)
        self.that(counted is False, f"answers {counted!r} to a settle() with a lease that ran out, instead of False")
        self.that(
            await self._status(store) == ["queued"], "lets a worker whose lease ran out settle what another holds"
        )
        seen = await self.lease_messages(store, two - MICRO, None)
        self.that(not seen, "lets a worker whose lease ran out give back what another holds: it would be sent twice")
        async with store.session() as session:
            counted = await session.settle(TENANT, ORDER, "unsent", two)
        self.that(counted is True, f"answers {counted!r} to the settle() of the worker that holds it, instead of True")
        self.that(await self._status(store) == ["unsent"], "does not settle a message for the worker that holds it")

    @check("claim")
    async def what_was_really_sent_counts_whoever_says_so(self) -> None:
        """That a message was sent counts without a lease, and the first to say so wins."""
        store, (_, two) = await self._taken_over()
        async with store.session() as session:
            first = await session.settle(TENANT, ORDER, "sent")
            second = await session.settle(TENANT, ORDER, "unsent", two)
            await session.again(TENANT, ORDER, 1, START, "busy", two)
        self.that(
            first is True, f"answers {first!r} to settle('sent') by a worker whose lease ran out, instead of True"
        )
        self.that(second is False, f"answers {second!r} to a second settle(), instead of False")
        self.that(await self._status(store) == ["sent"], "forgets that a message was sent")
        self.that(not await self.lease_messages(store, FAR, None), "gives a message to be sent that was sent")

    @check("claim")
    async def looking_for_messages_leases_nothing(self) -> None:
        """Without an end of the lease, messages are only looked at, in a session that only reads."""
        store = await self.fresh()
        await self.keep(store, *sample.ordered())
        for _ in range(2):
            async with store.session(read=True) as session:
                seen = [m.id for m in await session.claim(TENANT, LATE, None, 100)]
            self.that(seen == [ORDER], f"shows {seen} to one who looks for messages, instead of {[ORDER]}")
        self.that(len(await self.lease_messages(store, LATE, FAR)) == 1, "leased a message to one who only looked")

    # --- parts ---------------------------------------------------------------------------------------------------

    async def _in_parts(self, store: AsyncStore, session: Any) -> None:
        """Open case-2; in parts, two that fail and one that holds, do further work; then open case-5."""
        second = sample.opened("case-2", command="command-case-2")
        await session.commit(second)
        with suppress(Undo):
            async with session.part():
                await session.commit(sample.after(second, Verified()))
                await session.commit(sample.opened("case-3", command="command-case-3"))
                await session.due(TENANT, FAR, FAR + HOUR, 100)
                await session.claim(TENANT, FAR, FAR + HOUR, 100)
                raise Undo
        with suppress(CaseConflict, CommandReused):
            async with session.part():
                await session.commit(sample.opened("case-3", command="command-case-3"))
                await session.commit(sample.opened("case-4", command="command-case-2"))
        async with session.part():
            await session.commit(sample.ordered()[1])
        await session.commit(sample.opened("case-5"))

    async def _expect_parts(self, store: AsyncStore) -> None:
        async with store.session(read=True) as session:
            loaded = [await session.load(TENANT, f"case-{n}") for n in range(1, 6)]
            found = [0 if each is None else each.case.revision for each in loaded]
            commands = [await session.command(TENANT, f"command-case-{n}") for n in (2, 3)]
        self.that(found[1] > 0, "undoes with a part that raised what was done before it")
        self.that(found[1:4] == [1, 0, 0], "keeps what was done in a part that raised")
        self.that(found[0] == 2, f"is at revision {found[0]} where a part that held committed revision 2")
        self.that(found[4] == 1, "does not keep what was done after a part that raised")
        self.that(commands == [("case-2", 1), None], f"finds the commands of a kept and an undone case as {commands}")
        self.that(len(await self.journal(store, "case-2")) == 1, "keeps an entry of a part that raised")
        claimed = await self.lease_messages(store, LATE, FAR)
        self.that(len(claimed) == 1, f"gives {len(claimed)} messages to be sent, where a part that held queued one")

    @check("commit")
    async def a_part_that_raises_is_undone_alone(self) -> None:
        """Of a transaction with parts, those that raise leave nothing, and all the rest stays."""
        store = await self.fresh()
        await self.keep(store, sample.opened())
        async with store.session() as session:
            await self._in_parts(store, session)
        await self._expect_parts(store)

    @check("commit")
    async def parts_are_undone_with_the_whole(self) -> None:
        """What was done in a part is gone when the session is undone."""
        store = await self.fresh()
        await self.keep(store, *sample.ordered("case-9"), sample.opened())
        before = await self.everything(store, "case-1", "case-2", "case-9")
        with suppress(Undo):
            async with store.session() as session:
                await self._in_parts(store, session)
                raise Undo
        self.same(
            before, await self.everything(store, "case-1", "case-2", "case-9"), "keeps a part of an undone session"
        )

    @check("commit")
    async def a_lease_taken_in_an_undone_part_never_was(self) -> None:
        """What a part that raised had leased is there to be leased."""
        store = await self.fresh()
        await self.keep(store, *sample.ordered())
        async with store.session() as session:
            with suppress(Undo):
                async with session.part():
                    await session.due(TENANT, LATE, FAR, 100)
                    await session.claim(TENANT, LATE, FAR, 100)
                    raise Undo
            seen = list(await session.due(TENANT, LATE, None, 100))
            self.that(seen == [RECEIPT], f"gives {seen} as due after a part that leased it was undone")
        claimed = await self.lease_messages(store, LATE, FAR)
        self.that(len(claimed) == 1, "loses a message that was claimed in an undone part")

    @check("joins_transaction")
    async def parts_work_inside_the_hosts_transaction(self) -> None:
        """Parts of a session that joins the host's transaction are undone alone, and end with the host's."""
        store = await self.fresh()
        await self.keep(store, sample.opened())
        conn = await self.host(store)
        try:
            async with store.session(conn) as session:
                await session.commit(sample.after(sample.opened(), Rejected(reason="unfounded")))
            await _fanout.resolve(conn.rollback)
            async with store.session(conn) as session:
                await self._in_parts(store, session)
            await _fanout.resolve(conn.commit)
        finally:
            await _fanout.resolve(conn.close)
        await self._expect_parts(store)

    # --- the clock -----------------------------------------------------------------------------------------------

    @check("clock")
    async def the_clock_runs(self) -> None:
        """The store's clock gives instants with a time zone, goes on inside a transaction, and never back."""
        store = await self.fresh()
        async with store.session(read=True) as session:
            now = first = await session.clock()
            self.that(first.utcoffset() is not None, f"gives {first!r} as the present instant, which has no time zone")
            for _ in range(100_000):
                now = await session.clock()
                self.that(now >= first, f"gives {now} after {first}: its clock goes back")
                if now > first:
                    break
            self.that(now > first, "gives the instant at which a transaction began: its clock stands still inside")
        async with store.session() as session:
            later = await session.clock()
        self.that(later > first, f"gives {later} in a session after one that saw {now}")
