"""Finding cases, and what is linked: queries, matters, content keys. Its sync half is generated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from . import _log, canon, locators
from ._line import AsyncLine, merged
from .batch import Result
from .case import Actor, Case, Content
from .errors import BadInput, HookFailed, SopflowError, StoreContended, Tampered
from .events import Event
from .ports import AsyncSession, Query
from .rules import PHASES

_FILTERS = tuple(f.name for f in attrs.fields(Query))
_ORDERS = ("opened", "urgency")
_FEW = 12
_TEXTS = frozenset(f.name for f in attrs.fields(Query) if f.default == "")


class AsyncSearch(AsyncLine):
    """Queries and matters of an `AsyncRunner`."""

    if TYPE_CHECKING:

        async def apply(
            self,
            case_id: str,
            event: Event,
            *,
            by: Actor | None = None,
            command_id: str | None = None,
            conn: Any = None,
        ) -> Case: ...

        async def _failed(self, case_id: str, what: str, error: Exception) -> None: ...

    async def find(self, **filters: Any) -> tuple[Case, ...]:
        """Return cases, in the order of opening unless another is asked for; every filter that is given must fit.

        Args:
            **filters: Those of `sopflow.ports.Query`: procedure, state, phase, final, matter, party (or provider; with
                role), sender, flagger, parent, due_after, due_before, open_incident; `content`, a locator or a
                `Content`, finds what names the same content in another way, too. For the next page hand in the last
                case's id as `after`: a case that is there throughout comes exactly once, whatever is written meanwhile.
                `order="urgency"` is what a desk works by: the lane, then what is due first (see `Case.urgency`).

        A case whose row cannot be read any more hides no other: it is left out, and an incident says so (`failed`).

        Raises:
            BadInput: For an unknown filter, or a value that it cannot have, such as a phase that does not exist, or a
                state of none of the runner's procedures (unless `procedure` is one that the runner was not given).
        """
        query = self._asked(filters)
        async with self.store.session(read=True) as session:
            found, spoilt = await self._page(session, query)
        for broken in spoilt:
            try:
                await self._failed(broken.case, "find", broken)
            except Exception as error:  # a desk that cannot be told in the store still has its page
                _log.warning("sopflow.failed", case=broken.case, what="find", error=type(error).__name__)
        return tuple(found)

    async def count(self, **filters: Any) -> int:
        """Return how many cases fit the filters of `find`; pages do not count."""
        query = self._asked(filters)
        async with self.store.session(read=True) as session:
            return int(await session.count(self.tenant, query))

    def _asked(self, filters: Mapping[str, Any]) -> Query:
        query = _query(filters)
        if query.phase:
            _known("phase", query.phase, PHASES, "use a phase that there is")
        rules = self._procedures.values()
        lacks = query.procedure and query.procedure not in self._by_id
        if query.state and rules and not lacks:  # a procedure that is not here may have states of its own
            states = {s.name for p in rules for s in p.states}
            _known("state", query.state, states, "use a state of this runner's procedures")
        return query

    async def apply_to_matter(
        self,
        matter: str,
        event: Event | Callable[[Case], Event | None],
        *,
        by: Actor | None = None,
        command_id: str | None = None,
        conn: Any = None,
    ) -> dict[str, Result]:
        """Apply an event to each case of a matter, on its own: one that fails does not stop the others.

        Args:
            matter: The matter.
            event: What happened; or a callable that returns it for a case (content ids differ between cases), or None
                to leave that case out.
            by: Who, where the event does not say.
            command_id: Makes a repetition harmless; each case gets a command id of its own, ending in the case's id.
            conn: The host's open transaction to join.

        Returns:
            Case id to outcome, in the order of opening: the case after the event, or the error by which that case is
            as before.

        Raises:
            StoreContended: Where another was in the way of a host's transaction: it is the host's to begin again.
        """
        cases: list[Case] = []
        found: dict[str, Result] = {}
        async with self.store.session(conn, read=True) as session:
            while True:
                query = Query(matter=matter, after=cases[-1].id if cases else "")
                page, spoilt = await self._page(session, query)
                found |= {broken.case: Result(error=broken) for broken in spoilt}
                if not page:
                    break
                cases += page
        for case in cases:
            try:
                its = event if isinstance(event, Event) else _made(event, case)
                if its is None:
                    continue
                command = None if command_id is None else f"{command_id}/{case.id}"
                found[case.id] = Result(case=await self.apply(case.id, its, by=by, command_id=command, conn=conn))
            except StoreContended as error:
                if conn is not None:  # a host's transaction is the host's to repeat: it may be gone
                    raise
                found[case.id] = Result(error=error)
            except SopflowError as error:
                found[case.id] = Result(error=error)
        return found

    async def index_contents(self, *, after: str = "", batch: int = 500) -> int:
        """Keep the content keys of cases that were opened before stores kept them; harmless when repeated.

        The journal is not touched: such a case stays in its own matter, and later reports of its contents join that.
        One that cannot be read any more is passed over, and an incident says so (`failed`).

        Args:
            after: Begin after this case, in the order of opening.
            batch: Cases per transaction.

        Returns:
            How many cases with contents were looked at. An erased case has none left to be looked at.
        """
        limited(batch, "batch")
        done = 0
        while True:
            async with self.store.session() as session:
                page, spoilt = await self._page(session, Query(after=after, limit=batch))
                for case in page:
                    try:
                        done += await self._index(session, case)
                    except Tampered as error:
                        spoilt.append(error)
            for broken in spoilt:
                await self._failed(broken.case, "index", broken)
            if not page:
                return done
            after = page[-1].id

    async def _index(self, session: AsyncSession, case: Case) -> bool:
        known = merged(await session.personal(self.tenant, case.id)) if case.contents else {}
        exact = [(c.kind, known.get(f"content.{c.id}")) for c in case.contents]
        keys = list(dict.fromkeys(locators.digest(kind, text) for kind, text in exact if isinstance(text, str)))
        if keys:
            await session.index(self.tenant, case.id, keys)
            await session.matter(self.tenant, keys, case.matter, case.opened, True)
        return bool(keys)


def _made(make: Callable[[Case], Event | None], case: Case) -> Event | None:
    try:
        return make(case)
    except SopflowError:
        raise
    except Exception as error:
        raise HookFailed("factory", getattr(make, "__name__", "?"), error) from error


def limited(limit: object, field: str = "limit") -> int:
    """Return how many are asked for at most, if every database can count so far.

    Raises:
        BadInput: If not.
    """
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit < 2**63:
        raise BadInput(field, limit, "use 1 or more, below 2**63")
    return limit


def _query(filters: Mapping[str, Any]) -> Query:
    """Return the query that filters make.

    Raises:
        BadInput: For an unknown filter, or a value that it cannot have; a locator is not repeated in it.
    """
    given = dict(filters)
    if "provider" in given:
        if "party" in given:
            raise BadInput("provider", given["provider"], "use provider or party, not both: they mean the same")
        given["party"] = given.pop("provider")
    for name, value in given.items():
        if name not in _FILTERS:
            raise BadInput("find", name, f"use the filters {', '.join(_FILTERS)} or provider")
        if name in _TEXTS and not isinstance(value, str):
            raise BadInput(name, value, "use a text")
        if name in ("final", "open_incident") and not isinstance(value, bool | None):
            raise BadInput(name, value, "use True, False or None")
    if given.get("order", "opened") not in _ORDERS:
        raise BadInput("order", given["order"], f"use {' or '.join(_ORDERS)}")
    if given.get("role") and not given.get("party"):
        raise BadInput("role", given["role"], "name the party that has it, too: party=…, role=…")
    limited(given.get("limit", 1))
    for name in ("due_after", "due_before"):
        if given.get(name) is not None:
            given[name] = canon.utc(given[name], name)
    if given.get("content") is not None:
        given["content"] = _digests(given["content"])
    else:
        given.pop("content", None)
    return Query(**given)


def _known(field: str, value: str, names: Collection[str], remedy: str) -> None:
    """Refuse a name that is none of these, by which nothing would be found, with those that are like it."""
    if value not in names:
        import difflib  # nobody else here needs it

        near = difflib.get_close_matches(value, names, 3) or (sorted(names) if len(names) <= _FEW else ())
        raise BadInput(field, value, f"{remedy}: {' or '.join(near)}" if near else f"{remedy} (see Procedure.states)")


def _digests(content: object) -> tuple[str, ...]:
    if isinstance(content, Content) and content.locator is not None:
        return (locators.digest(content.kind, content.locator),)
    found = locators.digests(content) if isinstance(content, str) else ()
    if not found:
        raise BadInput("content", "…", "hand in a locator as it would be reported, or a Content with its locator")
    return found
