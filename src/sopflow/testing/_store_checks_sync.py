# Generated from src/sopflow/testing/_store_checks.py by scripts/unasync.py. DO NOT CHANGE.
"""The store contract: how its checks are run, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from .. import _fanout
from ..case import Case
from ..ports import Store, Query
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


class Checks(Contract):
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
        self._stores: list[tuple[Store, Any]] = []

    # --- running -------------------------------------------------------------------------------------------------

    def run(self, *names: str) -> tuple[str, ...]:
        """Run these checks, or all, as far as the store's capabilities call for them.

        Returns:
            The names of the checks that were run.

        Raises:
            ContractBroken: By the first promise that is not kept.
        """
        chosen = [c for c in self.checks() if not names or c.name in names]
        for each in chosen:
            each.run()
        return tuple(c.name for c in chosen)

    def checks(self) -> list[Check]:
        """Return the checks that the store's capabilities call for, each with a callable that runs it."""
        out = self.left_out()
        return [
            Check(name, capability, self._runner(name, capability))
            for name, capability in self.every().items()
            if name not in out
        ]

    def left_out(self) -> dict[str, str]:
        """Return the checks that are not run, with the reason: so that nobody takes them for passed."""
        store = self.fresh()
        capabilities = store.capabilities
        self._close()
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
        def run() -> None:
            self._current = (name, capability)
            try:
                getattr(self, name)()
            except ContractBroken:
                raise
            except Exception as error:
                raise self.broken_by(error) from error
            finally:
                self._close()

        return run

    def _close(self) -> None:
        while self._stores:
            store, _ = self._stores.pop()
            store.close()

    # --- what checks are made of ---------------------------------------------------------------------------------

    def fresh(self) -> Store:
        """Return a fresh store, which is closed when the check ends."""
        return self._known(_fanout.plain(self.make))

    def again(self, store: Store) -> Store:
        """Close a store and return a new one on the same data."""
        raw = next(r for s, r in self._stores if s is store)
        self._stores = [(s, r) for s, r in self._stores if s is not store]
        store.close()
        assert self.reopen is not None  # else the check is left out
        return self._known(_fanout.plain(self.reopen, raw))

    def host(self, store: Store) -> Any:
        """Return a connection of the host."""
        raw = next(r for s, r in self._stores if s is store)
        assert self.connect is not None  # else the check is left out
        return _fanout.plain(self.connect, raw)

    def _known(self, raw: Any) -> Store:
        store = _fanout.as_sync(raw)
        self._stores.append((store, raw))
        return store

    def keep(self, store: Store, *steps: Step) -> None:
        """Commit steps, each in a session of its own."""
        for step in steps:
            with store.session() as session:
                session.commit(step)

    def refusal(self, store: Store, step: Step, kind: type[_E]) -> _E | None:
        """Return the error by which the store refuses a step, or None."""
        try:
            self.keep(store, step)
        except kind as error:
            return error
        return None

    def case(self, store: Store, id: str = "case-1", tenant: str = TENANT) -> Case:
        """Return a case as another session sees it."""
        with store.session(read=True) as session:
            loaded = session.load(tenant, id)
        if loaded is None:
            raise ContractBroken(*self._current, f"the store does not give back case {id!r}, which was committed")
        case: Case = loaded.case
        return case

    def journal(self, store: Store, id: str = "case-1", tenant: str = TENANT) -> list[Entry]:
        """Return a journal as another session sees it."""
        with store.session(read=True) as session:
            return list(session.journal(tenant, id))

    def everything(self, store: Store, *cases: str, tenant: str = TENANT) -> dict[str, Any]:
        """Return all that can be seen, by what it is."""
        found: dict[str, Any] = {}
        with store.session(read=True) as session:
            for id in cases:
                found[f"case {id}"] = session.load(tenant, id)
                found[f"the journal of {id}"] = [(e.text, e.hash) for e in session.journal(tenant, id)]
                found[f"the outbox of {id}"] = sorted(session.outbox(tenant, id), key=lambda r: r[0].id)
                found[f"the command of {id}"] = session.command(tenant, f"command-{id}")
                if "personal" in store.capabilities:
                    found[f"the side rows of {id}"] = list(session.personal(tenant, id))
            found["the deadlines"] = list(session.due(tenant, FAR, None, 1000))
            found["the cases found"] = [c.id for c in session.find(tenant, Query(limit=1000))]
            found["the count"] = session.count(tenant, Query())
            if "incidents" in store.capabilities:
                found["the incidents"] = list(session.incidents(tenant, "", "", 1000))
            if "evidence" in store.capabilities:
                found["the evidence"] = list(session.kept_evidence(tenant, ""))
            if "inbox" in store.capabilities:
                found["the inbox"] = list(session.inbox(tenant, "", (), 1000))
        return found

    def same(self, before: dict[str, Any], now: dict[str, Any], sentence: str) -> None:
        """Raise `ContractBroken` naming what changed, if anything did."""
        changed = [name for name in before if before[name] != now[name]]
        self.that(not changed, f"{sentence}: {', '.join(changed)} changed")
