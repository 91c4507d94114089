"""Legal time for a runner: what a changed calendar moves, and a deadline in words. Its sync half is generated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from . import core
from ._inbox import AsyncInbox
from .canon import utc
from .case import SYSTEM, Actor, Case, Deadline
from .errors import BadInput, UnknownProcedure
from .events import CalendarChanged
from .explanation import computed_under, explain
from .ports import Query
from .step import Step
from .terms import Calendar


class AsyncLaw(AsyncInbox):
    """Legal time of an `AsyncRunner`."""

    async def recompute(
        self, calendar: Calendar | str, *, reference: str, by: Actor = SYSTEM, at: datetime | None = None,
        dry: bool = False,
    ) -> tuple[Step, ...]:  # fmt: skip
        """Compute again the deadlines of a calendar that a decree changed.

        What had not passed when the decree was made moves, each case in a journalled step of its own
        (`CalendarChanged`) that says why; a breach that turns out to be none is put right, and who was told is told.
        A deadline that ran when the decree was made is never over before it: where it would be, it keeps its instant,
        and an incident ("over_at_once") says so. It says, too, what moves to an instant that has passed since then.
        Where nothing moves, nothing is written. It looks at every case under the procedures that use the calendar, so
        run it when a calendar changes, not every day. A case that fails becomes an incident and stops no other.

        Args:
            calendar: The new data, used from now on (hand them to the other runners, too); or the name of one that this
                runner was made with.
            reference: The decree, without personal data: the journal keeps it.
            by: Who says so.
            at: When the decree was made; now when left out. What had passed by then stays.
            dry: Only return the steps that would be taken.

        Returns:
            The steps, each with the deadlines that it moves. (Where a case changed in between, what was journalled may
            differ: it was decided again on the case as it then was.)

        Raises:
            BadInput: For a calendar that this runner does not have, or no reference.
        """
        name = calendar if isinstance(calendar, str) else calendar.name
        known = self._calendars if isinstance(calendar, str) else {**self._calendars, name: calendar}
        if name not in known:
            raise BadInput("calendar", name, f"use one of {', '.join(sorted(known)) or 'none'}, or hand in a Calendar")
        made = utc(at, "at") if at is not None else self._now()
        if made > self._now() + self._max_skew:
            raise BadInput("at", made.isoformat(), "use the instant at which the decree was made: not one to come")
        event = CalendarChanged(calendar=name, reference=reference, by=by, at=made)
        if not dry:
            self._calendars = known
        steps: list[Step] = []
        for rules in {p.id: p for p in self._procedures.values() if name in p.calendars}:
            query = Query(procedure=rules)
            while True:
                async with self.store.session(read=True) as session:
                    page, spoilt = await self._page(session, query)
                for broken in () if dry else spoilt:
                    await self._failed(broken.case, f"recompute:{name}", broken)
                for case in page:
                    step = await self._revise(case, event, known, dry)
                    if step is not None:
                        steps.append(step)
                if len(page) < query.limit:
                    break
                query = attrs.evolve(query, after=page[-1].id)
        return tuple(steps)

    async def _revise(
        self, case: Case, event: CalendarChanged, known: Mapping[str, Calendar], dry: bool
    ) -> Step | None:  # fmt: skip
        try:
            rules = self._rules_of(case)
            uses = {o.name for o in rules.obligations if o.term.calendar == event.calendar}
            stamp = known[event.calendar].stamp
            if not any(d.obligation in uses and d.calendar != stamp for d in case.deadlines):
                return None
            async with self.store.session(read=True) as session:
                facts = await self._gather(session, rules, case, event, None)
            step = core.decide(rules, case, event, attrs.evolve(facts, calendars=known), self.clock())
            if not step.deadlines:
                return None
            if not dry:
                await self._apply(case.id, event, None, None, None)
            return step
        except Exception as error:
            if not dry:
                await self._failed(case.id, f"recompute:{event.calendar}", error)
            return None

    async def explain(self, case_id: str, deadline: Deadline | str, *, lang: str = "en") -> str:
        """Return in words how a deadline was computed, under which article, and what stopped or moved it.

        Args:
            case_id: The case.
            deadline: One of the case's deadlines, or an obligation (its latest run), or an id. The first deadline of an
                obligation has its name as id, so where there may be several, hand in the deadline.
            lang: "en" or "id".

        Raises:
            CaseNotFound, UnknownProcedure, BadInput: See `sopflow.explain`.
        """
        async with self.store.session(read=True) as session:
            case, rules = await self._load(session, case_id)
            journal = tuple(await session.journal(self.tenant, case_id))
        id = deadline if isinstance(deadline, str) else deadline.id
        same = (d for d in case.deadlines if d.id == id)  # the case may have moved on since it was looked at
        found = case.deadline(id) if isinstance(deadline, str) else next(same, None)
        digest = computed_under(found.id, journal) if found is not None else ""
        if digest not in ("", rules.digest):  # what was computed before a migration is told by the rules of then
            earlier = self._procedures.get(digest)
            if earlier is None:
                raise UnknownProcedure(
                    f"{case.procedure} ({digest[:12]})", f"{id} was computed under it: hand it to the runner"
                )
            rules = earlier
        return explain(case, found or id, rules, lang, calendars=self._calendars, journal=journal)
