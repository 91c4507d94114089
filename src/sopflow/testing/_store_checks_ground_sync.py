# Generated from src/sopflow/testing/_store_checks_ground.py by scripts/unasync.py. DO NOT CHANGE.
"""The store contract: durability, and the host's own transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from typing import Any

from .. import _fanout, canon
from ..errors import CaseConflict, EvidenceNotFound
from ..events import Rejected, Verified
from ..journal import verify
from ..ports import Store, Inbound
from . import _sample as sample
from ._contract import check
from ._sample import TENANT
from ._store_checks_sync import FAR, Checks, Undo

NEVER = FAR + timedelta(days=1)


class GroundChecks(Checks):
    """Checks of what remains after closing, and of work inside the host's transaction."""

    def _told(self, store: Store) -> None:
        first = sample.opened(command="command-case-1")
        self.keep(store, first, *sample.story(first), *sample.ordered("case-2"))
        with store.session() as session:
            session.claim(TENANT, FAR, NEVER, 1)
            session.keep_procedure("digest-1", "{}")
            if "inbox" in store.capabilities:
                session.keep(TENANT, Inbound(id="item-1", sender="platform-a", raw=b"\x00\xff"), None)
            if "evidence" in store.capabilities:
                session.put_evidence(TENANT, "case-1", canon.digest(b"\x00"), BytesIO(b"\x00"), sample.START)

    @check("durable")
    def everything_is_there_after_reopening(self) -> None:
        """What was committed before the store was closed is there when it is opened again."""
        store = self.fresh()
        self._told(store)
        before = self.everything(store, "case-1")
        store = self.again(store)
        self.same(before, self.everything(store, "case-1"), "lost or changed something while it was closed")
        problems = verify(TENANT, "case-1", self.journal(store), self.case(store))
        self.that(not problems, f"cannot prove a case after it was reopened: {'; '.join(problems)}")
        with store.session() as session:
            kept = session.procedure("digest-1")
            claimed = session.claim(TENANT, FAR, NEVER, 10)
        self.that(kept == "{}", "lost a procedure document while it was closed")
        self.that(len(claimed) == 1, f"gives {len(claimed)} messages after reopening, where one was not leased")

    @check("evidence")
    def bytes_and_step_are_kept_together_or_not_at_all(self) -> None:
        """The bytes of a file are in the transaction of the step that names them."""
        store = self.fresh()
        first, data = sample.opened(), b"\x00\xff" * 1000
        digest = canon.digest(data)
        for undone in (True, False):
            with suppress(Undo):
                with store.session() as session:
                    session.commit(first)
                    session.put_evidence(TENANT, "case-1", digest, BytesIO(data), sample.START)
                    if undone:
                        raise Undo
            into = BytesIO()
            with store.session(read=True) as session:
                kept = session.kept_evidence(TENANT, "case-1")
                with suppress(EvidenceNotFound):
                    session.get_evidence(TENANT, "case-1", digest, into)
            if undone:
                self.that(not kept and not into.getvalue(), "keeps the bytes of a session that was undone")
        self.that(list(kept) == [("case-1", digest, sample.START)], "does not list the bytes that were committed")
        self.that(into.getvalue() == data, "does not give back the bytes that were committed with a step")

    @check("migrations")
    def opening_again_migrates_nothing(self) -> None:
        """Opening an up-to-date store any number of times changes nothing in it."""
        store = self.fresh()
        self._told(store)
        before = self.everything(store, "case-1")
        for _ in range(3):
            store = self.again(store)
        self.same(before, self.everything(store, "case-1"), "changed something by being opened again")
        self.keep(store, sample.opened("case-3"))

    # --- the host's transaction ----------------------------------------------------------------------------------

    def _hosted(self, work: Callable[[Store, Any], Any]) -> Store:
        """Give `work` a store that holds case-1, and a connection of the host, which is closed afterwards."""
        store = self.fresh()
        self.keep(store, sample.opened())
        conn = self.host(store)
        try:
            work(store, conn)
        finally:
            _fanout.plain(conn.close)
        return store

    def _revision(self, store: Store) -> int:
        return (self.case(store)).revision

    @check("joins_transaction")
    def the_hosts_rollback_leaves_nothing(self) -> None:
        """What was committed into the host's transaction is unseen before, and gone after, the host's rollback."""

        def work(store: Store, conn: Any) -> None:
            before = self.everything(store, "case-1", "case-2")
            with store.session(conn) as session:
                session.commit(sample.after(sample.opened(), Verified()))
                session.commit(sample.opened("case-2"))
            now = self.everything(store, "case-1", "case-2")
            self.same(before, now, "shows others what the host has not committed: it committed by itself")
            _fanout.plain(conn.rollback)
            now = self.everything(store, "case-1", "case-2")
            self.same(before, now, "keeps what the host has rolled back")

        store = self._hosted(work)
        self.keep(store, sample.after(sample.opened(), Verified()))

    @check("joins_transaction")
    def the_hosts_commit_keeps_everything(self) -> None:
        """Several sessions in one host transaction see each other's work, and are kept together by its commit."""
        first = sample.opened()
        second = sample.after(first, Verified())

        def work(store: Store, conn: Any) -> None:
            with store.session(conn) as session:
                session.commit(second)
            with store.session(conn) as session:
                loaded = session.load(TENANT, "case-1")
                revision = 0 if loaded is None else loaded.case.revision
                self.that(revision == 2, f"shows revision {revision} to the host's transaction, which has made it 2")
                session.commit(sample.after(second, Verified()))
            _fanout.plain(conn.commit)

        store = self._hosted(work)
        revision = self._revision(store)
        self.that(revision == 3, f"is at revision {revision} after the host has committed revision 3")

    @check("joins_transaction")
    def a_caught_error_leaves_the_hosts_transaction_usable(self) -> None:
        """An error inside a session undoes that session only; the host goes on, and commits the rest."""
        first = sample.opened()
        second = sample.after(first, Verified())

        def work(store: Store, conn: Any) -> None:
            with store.session(conn) as session:
                session.commit(second)
            with suppress(Undo):
                with store.session(conn) as session:
                    session.commit(sample.opened("case-2"))
                    raise Undo
            with store.session(conn) as session:
                loaded = session.load(TENANT, "case-1")
            kept = loaded is not None and loaded.case.revision == 2
            self.that(kept, "lost the host's earlier work by an error that the host caught")
            with suppress(CaseConflict):
                with store.session(conn) as session:
                    session.commit(sample.opened("case-3"))
                    session.commit(sample.after(first, Rejected(reason="unfounded")))
            with store.session(conn) as session:
                session.commit(sample.opened("case-4"))
            _fanout.plain(conn.commit)

        store = self._hosted(work)
        with store.session(read=True) as session:
            opened = [id for id in ("case-2", "case-3", "case-4") if session.load(TENANT, id) is not None]
        self.that(self._revision(store) == 2, "lost what the host has committed, after an error that it caught")
        self.that(opened == ["case-4"], f"keeps {opened} of one undone, one refused and one later opening")

    @check("joins_transaction")
    def the_hosts_connection_is_neither_ended_nor_closed(self) -> None:
        """Reading and writing with the host's connection leave it open, for the host to end."""

        def work(store: Store, conn: Any) -> None:
            with store.session(conn, read=True) as session:
                session.load(TENANT, "case-1")
            _fanout.plain(conn.commit)
            with store.session(conn) as session:
                session.commit(sample.after(sample.opened(), Verified()))
            self.that(self._revision(store) == 1, "committed the host's transaction")
            _fanout.plain(conn.commit)
            self.that(self._revision(store) == 2, "lost what the host has committed")

        self._hosted(work)
