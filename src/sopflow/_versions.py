"""Versions and regimes: cases that go on under another version, cases of one content. Its sync half is generated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from . import canon, core, migration
from ._inbox import AsyncInbox
from .batch import NewCase, Result, joined
from .case import Actor, Case
from .errors import (
    BadInput,
    CaseConflict,
    HookFailed,
    NotAllowed,
    SopflowError,
    StoreContended,
    StoreError,
    UnknownProcedure,
)
from .events import Migrated, Opened
from .migration import CasePlan, MigrationPlan
from .ports import AsyncSession, Query
from .procedure import Procedure
from .step import Step


class AsyncVersions(AsyncInbox):
    """Versions and regimes of an `AsyncRunner`."""

    async def document(self, digest: str) -> str:
        """Return the document of a procedure under which a case was opened, as the store keeps it.

        Args:
            digest: Its digest: `Case.digest`.

        Returns:
            The text that `documents.restore` makes a procedure of.

        Raises:
            UnknownProcedure: If no case was ever opened under it.
            StoreError: If what the store keeps is another text: it was changed from outside.
        """
        async with self.store.session(read=True) as session:
            text = await session.procedure(digest)
        if text is None:
            raise UnknownProcedure(digest[:12], "name the digest of a case of this store")
        if canon.digest(text) != digest:
            raise StoreError(f"the procedure {digest[:12]} was changed in the store: its text has another digest")
        return str(text)

    async def plan_migration(
        self,
        old: Procedure,
        new: Procedure,
        mapping: Mapping[str, str] | None = None,
        *,
        recompute: Iterable[str] = (),
    ) -> MigrationPlan:
        """Say for each open case of a procedure what a change to another version would do; nothing is changed.

        Args:
            old: The version from which cases are to be taken over.
            new: The version of the same procedure that is to take them over.
            mapping: State of the old version to state of the new one. A state that the new one has, too, and that is
                not final there, needs no entry.
            recompute: Obligations whose running clocks are to be computed anew by the new version's terms. All others
                keep the instants that they have.

        Returns:
            The plan; print it. It holds until the cases move on.

        Raises:
            BadInput: For versions of two procedures, or names that they do not have.
        """
        mapping, recompute = dict(mapping or {}), tuple(recompute)
        migration.agreed(old, new, mapping, recompute)
        missing = new.calendars - set(self._calendars)
        if missing:
            from .calendars import load

            self._calendars = {**self._calendars, **{name: load(name) for name in missing}}
        found: list[CasePlan] = []
        query = Query(procedure=old.id, final=False)
        while True:
            async with self.store.session(read=True) as session:
                page = tuple(await session.find(self.tenant, query))
                for case in page:
                    found.append(await self._planned(session, case, old, new, mapping, recompute))
            if len(page) < query.limit:
                break
            query = attrs.evolve(query, after=page[-1].id)
        return MigrationPlan(old=old, new=new, mapping=mapping, recompute=recompute, cases=tuple(found))

    async def _planned(
        self, session: AsyncSession, case: Case, old: Procedure, new: Procedure, mapping: Mapping[str, str],
        recompute: tuple[str, ...],
    ) -> CasePlan:  # fmt: skip
        if case.digest != old.digest:
            return CasePlan(
                case=case.id, revision=case.revision, verdict="untouched", source=case.state,
                reasons=(f"it is under version {case.version} ({case.digest[:12]})",),
            )  # fmt: skip
        target = migration.target_of(case, new, mapping)
        if target is None:
            return migration.planned(case, new, None, None)
        by = Actor("plan", {new.acting})
        event = Migrated(
            version=new.version, digest=new.digest, state=target, recompute=recompute, reason="plan", by=by
        )  # fmt: skip
        outcome: Step | BadInput | NotAllowed
        try:
            await self._signed(session, new, case.id, case)
            facts = await self._gather(session, new, case, event, None)
            outcome = core.decide(new, case, event, facts, self.clock())
        except (BadInput, NotAllowed) as refused:
            outcome = refused
        return migration.planned(case, new, outcome, target)

    async def migrate(self, plan: MigrationPlan, *, by: Actor, reason: str) -> tuple[Result, ...]:
        """Carry a plan out: each mappable case goes on under the new version, by a journalled step of its own.

        Args:
            plan: What `plan_migration` returned. A case that has moved on since then is refused with `CaseConflict`,
                and the others go on: plan again for it.
            by: Who does it; must have the role from whose side the procedure is written.
            reason: Why. It is personal, like all reasons: the journal holds its digest.

        Returns:
            What became of each mappable case, in the order of the plan.

        Raises:
            UnknownProcedure: If the runner was not given the new version; nothing was done.
        """
        new = plan.new
        if new.digest not in self._procedures:
            raise UnknownProcedure(f"{new.id} {new.version}", "hand that version to the runner (and to all others)")
        done: list[Result] = []
        for each in plan.of("mappable"):
            try:
                event = Migrated(
                    version=new.version, digest=new.digest, state=each.target, recompute=plan.recompute,
                    reason=reason, by=by,
                )  # fmt: skip
                case, parked = await self._apply(each.case, event, each.revision, None, None)
                if parked:
                    await self._retry_parked(each.case)
                done.append(Result(case=case))
            except SopflowError as error:
                done.append(Result(error=error))
        return tuple(done)

    async def open_joined(self, cases: Iterable[NewCase], *, conn: Any = None) -> tuple[Case, ...]:
        """Open a case under each of several procedures for the same contents, in one matter: all of them or none.

        Two regimes on one content are two cases, each with its own addressee, clocks and journal, and are linked by
        their matter: `find(matter=…)` and `apply_to_matter` work on all of them.

        Args:
            cases: What to open, two or more. An instrument without contents gets those of the first. The first one's
                matter is that of all.
            conn: The host's open transaction to join; see `apply`.

        Returns:
            The cases, in order. Where all were opened before by the same command ids, as they were recorded then.

        Raises:
            BadInput: For other contents, or a matter that differs.
            UnknownProcedure, NotAllowed, CommandReused, HookFailed, StoreError: As for `open`. Nothing was opened.
        """
        items = joined(tuple(cases))
        try:
            done = await self._open_all(items, conn)
        except (CaseConflict, NotAllowed, BadInput, HookFailed):
            known = await self._opened_before(items, conn)
            if len(known) < len(items):
                raise
            return tuple(known if conn is None else [self._for_host(case, ()) for case in known])
        if conn is not None:
            return tuple(self._for_host(steps[0].case, steps) for steps in done)
        for steps in done:
            await self._committed(steps)
        return tuple(steps[0].case for steps in done)

    async def _opened_before(self, items: tuple[NewCase, ...], conn: Any) -> list[Case]:
        """Return the cases that these commands have opened, up to the first that has not."""
        known: list[Case] = []
        for item in items:
            event = _opened(item, known[0].matter if known else "")
            case = await self._recorded(item.command_id, event, item.case_id, conn, item.procedure)
            if case is None:
                break
            known.append(case)
        return known

    async def _open_all(self, items: tuple[NewCase, ...], conn: Any) -> list[tuple[Step, ...]]:
        for attempt in range(self._attempts):
            try:
                async with self.store.session(conn) as session:
                    return await self._open_each(session, items)
            except StoreContended:
                if conn is not None or attempt + 1 == self._attempts:  # a host's transaction is the host's to repeat
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _open_each(self, session: AsyncSession, items: tuple[NewCase, ...]) -> list[tuple[Step, ...]]:
        done: list[tuple[Step, ...]] = []
        for item in items:
            rules, id = self._place(item.procedure, item.case_id)
            event = _opened(item, done[0][0].case.matter if done else "")
            step = await self._decide_open(session, rules, event, id, item.command_id)
            done.append(await self._commit(session, step, item.by, item.at))
        return done


def _opened(item: NewCase, matter: str) -> Opened:
    instrument = attrs.evolve(item.instrument, matter=matter) if matter else item.instrument
    return Opened(
        instrument=instrument, by=item.by, at=item.at, evidence=item.evidence, grounds=tuple(item.grounds)
    )  # fmt: skip
