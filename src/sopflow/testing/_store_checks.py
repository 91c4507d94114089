"""The store contract: how its checks are run, and what they are made of. Its sync half is generated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from .. import _fanout
from ..case import Case
from ..ports import AsyncStore, Query
from ..step import Entry, Step
from ._contract import Check, Contract, ContractBroken
from ._sample import TENANT

FAR = datetime(2100, 1, 1, tzinfo=UTC)
OPTIONAL = frozenset(
    {"personal", "heads", "inbox", "incidents", "durable", "migrations", "joins_transaction", "clock", "evidence",
     "directory", "lookups"}
)  # fmt: skip
_E = TypeVar("_E", bound=Exception)


class Undo(Exception):
    """Raised inside a session by a check, so that the session is undone."""


class AsyncChecks(Contract):
    """Runs the checks that a store's capabilities call for.

    Args:
        make: Returns a fresh, empty store. The contract closes it.
        reopen: Takes a store that the contract has closed, and returns a new one on the same data; for the
            capabilities "durable" and "migrations".
        connect: Takes a store, and returns a connection of the host to the same database, with `commit()`,
            `rollback()` and `close()`; for the capability "joins_transaction".
    """

    def __init__(
        self,
        make: Callable[[], Any],
        reopen: Callable[[Any], Any] | None = None,
        connect: Callable[[Any], Any] | None = None,
    ) -> None:
        self.make = make
        self.reopen = reopen
        self.connect = connect
        self._stores: list[tuple[AsyncStore, Any]] = []

    # --- running -------------------------------------------------------------------------------------------------

    async def run(self, *names: str) -> tuple[str, ...]:
        """Run these checks, or all, as far as the store's capabilities call for them.

        Returns:
            The names of the checks that were run.

        Raises:
            ContractBroken: By the first promise that is not kept.
        """
        chosen = [c for c in await self.checks() if not names or c.name in names]
        for each in chosen:
            await each.run()
        return tuple(c.name for c in chosen)

    async def checks(self) -> list[Check]:
        """Return the checks that the store's capabilities call for, each with a callable that runs it."""
        out = await self.left_out()
        return [
            Check(name, capability, self._runner(name, capability))
            for name, capability in self.every().items()
            if name not in out
        ]

    async def left_out(self) -> dict[str, str]:
        """Return the checks that are not run, with the reason: so that nobody takes them for passed."""
        store = await self.fresh()
        capabilities = store.capabilities
        await self._close()
        given = {"durable": self.reopen, "migrations": self.reopen, "joins_transaction": self.connect}
        out: dict[str, str] = {}
        for name, capability in self.every().items():
            if capability in OPTIONAL and capability not in capabilities:
                out[name] = f"the store does not claim {capability!r}"
            elif capability in given and given[capability] is None:
                wanted = "connect" if capability == "joins_transaction" else "reopen"
                out[name] = f"the store claims {capability!r}, but the contract was not given {wanted}="
        return out

    def _runner(self, name: str, capability: str) -> Callable[[], Any]:
        async def run() -> None:
            self._current = (name, capability)
            try:
                await getattr(self, name)()
            except ContractBroken:
                raise
            except Exception as error:
                raise self.broken_by(error) from error
            finally:
                await self._close()

        return run

    async def _close(self) -> None:
        while self._stores:
            store, _ = self._stores.pop()
            await store.close()

    # --- what checks are made of ---------------------------------------------------------------------------------

    async def fresh(self) -> AsyncStore:
        """Return a fresh store, which is closed when the check ends."""
        return self._known(await _fanout.resolve(self.make))

    async def again(self, store: AsyncStore) -> AsyncStore:
        """Close a store and return a new one on the same data."""
        raw = next(r for s, r in self._stores if s is store)
        self._stores = [(s, r) for s, r in self._stores if s is not store]
        await store.close()
        assert self.reopen is not None  # else the check is left out
        return self._known(await _fanout.resolve(self.reopen, raw))

    async def host(self, store: AsyncStore) -> Any:
        """Return a connection of the host."""
        raw = next(r for s, r in self._stores if s is store)
        assert self.connect is not None  # else the check is left out
        return await _fanout.resolve(self.connect, raw)

    def _known(self, raw: Any) -> AsyncStore:
        store = _fanout.as_async(raw)
        self._stores.append((store, raw))
        return store

    async def keep(self, store: AsyncStore, *steps: Step) -> None:
        """Commit steps, each in a session of its own."""
        for step in steps:
            async with store.session() as session:
                await session.commit(step)

    async def refusal(self, store: AsyncStore, step: Step, kind: type[_E]) -> _E | None:
        """Return the error by which the store refuses a step, or None."""
        try:
            await self.keep(store, step)
        except kind as error:
            return error
        return None

    async def case(self, store: AsyncStore, id: str = "case-1", tenant: str = TENANT) -> Case:
        """Return a case as another session sees it."""
        async with store.session(read=True) as session:
            loaded = await session.load(tenant, id)
        if loaded is None:
            raise ContractBroken(*self._current, f"the store does not give back case {id!r}, which was committed")
        case: Case = loaded.case
        return case

    async def journal(self, store: AsyncStore, id: str = "case-1", tenant: str = TENANT) -> list[Entry]:
        """Return a journal as another session sees it."""
        async with store.session(read=True) as session:
            return list(await session.journal(tenant, id))

    async def everything(self, store: AsyncStore, *cases: str, tenant: str = TENANT) -> dict[str, Any]:
        """Return all that can be seen, by what it is."""
        found: dict[str, Any] = {}
        async with store.session(read=True) as session:
            for id in cases:
                found[f"case {id}"] = await session.load(tenant, id)
                found[f"the journal of {id}"] = [(e.text, e.hash) for e in await session.journal(tenant, id)]
                found[f"the outbox of {id}"] = sorted(await session.outbox(tenant, id), key=lambda r: r[0].id)
                found[f"the command of {id}"] = await session.command(tenant, f"command-{id}")
                if "personal" in store.capabilities:
                    found[f"the side rows of {id}"] = list(await session.personal(tenant, id))
            found["the deadlines"] = list(await session.due(tenant, FAR, None, 1000))
            found["the cases found"] = [c.id for c in await session.find(tenant, Query(limit=1000))]
            found["the count"] = await session.count(tenant, Query())
            if "incidents" in store.capabilities:
                found["the incidents"] = list(await session.incidents(tenant, "", "", 1000))
            if "evidence" in store.capabilities:
                found["the evidence"] = list(await session.kept_evidence(tenant, ""))
            if "inbox" in store.capabilities:
                found["the inbox"] = list(await session.inbox(tenant, "", (), 1000))
        return found

    def same(self, before: dict[str, Any], now: dict[str, Any], sentence: str) -> None:
        """Raise `ContractBroken` naming what changed, if anything did."""
        changed = [name for name in before if before[name] != now[name]]
        self.that(not changed, f"{sentence}: {', '.join(changed)} changed")
