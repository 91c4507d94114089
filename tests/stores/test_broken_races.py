"""The contract rejects stores that are right as long as nobody else is at work, and those that lose what is rare."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import attrs
import pytest

from sopflow.errors import CaseConflict, CommandReused
from sopflow.ports import Loaded
from sopflow.testing import ContractBroken, StoreContract, check_store

from .test_broken_stores import Session, Store

FAULTS: list[Any] = []


class LooksBeforeItWaits(Store):
    """Sees revisions, commands, messages and deadlines as they were before its turn to write came."""

    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        tables = self.inner
        before = {
            "revisions": {key: case.revision for key, case in tables.cases.items()},
            "commands": dict(tables.commands),
            "rows": dict(tables.rows),
            "wakes": dict(tables.wakes),
        }
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.02)  # all eight have looked by then
        with self.inner.session(conn, read=read) as session:
            inner: Any = self.faulty(self, session)
            inner.before = before
            yield inner


def rejected_by(check: str, words: str, store: type[Store] = Store) -> Any:
    def note(session: type[Session]) -> type[Session]:
        FAULTS.append(pytest.param(lambda: store(session), check, words, id=session.__name__))
        return session

    return note


# --- races ---------------------------------------------------------------------------------------------------------


@rejected_by("one_of_eight_writers_wins", "of eight writers on one revision win", LooksBeforeItWaits)
class RevisionCheckedTooEarly(Session):
    before: dict[str, Any]

    def commit(self, step: Any) -> None:
        key = (step.case.tenant, step.case.id)
        seen = self.before["revisions"].get(key, 0)
        if seen != step.case.revision - 1:
            raise CaseConflict(step.case.id, step.case.revision - 1, seen)
        present = self.tables.cases.get(key)
        if present is not None:
            self.tables.cases[key] = attrs.evolve(present, revision=seen)
        self.inner.commit(step)


@rejected_by("one_of_eight_with_one_command_id_wins", "of eight who gave it at once", LooksBeforeItWaits)
class CommandCheckedTooEarly(Session):
    before: dict[str, Any]

    def commit(self, step: Any) -> None:
        command = step.entry.doc.get("command")
        if (step.case.tenant, command) in self.before["commands"]:
            raise CommandReused("command_id", command, "use a new one")
        self.tables.commands.pop((step.case.tenant, command), None)
        self.inner.commit(step)


@rejected_by("eight_workers_claim_each_message_once", "to more than one of eight workers", LooksBeforeItWaits)
class ClaimedWithoutALock(Session):
    before: dict[str, Any]

    def claim(self, tenant: str, *args: Any) -> Any:
        for key, row in self.before["rows"].items():
            if row.leased is None and self.tables.rows[key].status == "queued":
                self.inner._set(self.tables.rows, key, attrs.evolve(self.tables.rows[key], leased=None))
        return self.inner.claim(tenant, *args)


@rejected_by("eight_workers_share_what_is_due", "to more than one of eight workers", LooksBeforeItWaits)
class DueWithoutALock(Session):
    before: dict[str, Any]

    def due(self, tenant: str, *args: Any) -> Any:
        for key, wake in self.before["wakes"].items():
            self.inner._move(key, wake)
        return self.inner.due(tenant, *args)


# --- writing -------------------------------------------------------------------------------------------------------


@rejected_by("the_second_of_two_writers_gets_a_conflict", "the outbox of case-1 changed")
class DropsMessagesOnConflict(Session):
    """Undoes the loser's step by emptying the case's queue."""

    def commit(self, step: Any) -> None:
        try:
            self.inner.commit(step)
        except CaseConflict:
            for key, row in list(self.tables.rows.items()):
                if row.message.case == step.case.id:
                    self.tables.rows.pop(key)
                    self.tables.queued.pop(key, None)
            raise


@rejected_by("a_case_is_opened_once", "under an id that is taken")
class OpensTwice(Session):
    def commit(self, step: Any) -> None:
        if step.case.revision == 1:
            self.inner._drop(self.tables.cases, (step.case.tenant, step.case.id))
        self.inner.commit(step)


@rejected_by("a_step_that_skips_a_revision_is_refused", "took revision 3 on top of revision 1")
class TakesLaterRevisions(Session):
    def commit(self, step: Any) -> None:
        key = (step.case.tenant, step.case.id)
        present = self.tables.cases.get(key)
        if present is not None and present.revision < step.case.revision - 1:
            self.tables.cases[key] = attrs.evolve(present, revision=step.case.revision - 1)
        self.inner.commit(step)


@rejected_by("a_later_step_moves_a_deadline", "at the instant it had before")
class KeepsTheFirstInstant(Session):
    def commit(self, step: Any) -> None:
        case = step.case
        new = tuple(d for d in step.deadlines if (case.tenant, case.id, d.id) not in self.tables.wakes)
        self.inner.commit(attrs.evolve(step, deadlines=new))


@rejected_by("durable_effects_are_claimed_like_messages", "0 durable effects")
class ForgetsDurableEffects(Session):
    def commit(self, step: Any) -> None:
        messages = tuple(m for m in step.outgoing if not m.channel.startswith("do:"))
        self.inner.commit(attrs.evolve(step, outgoing=messages))


@rejected_by("parts_are_undone_with_the_whole", "keeps a part of an undone session")
class PartialBatch(Session):
    """Commits each item of a batch by itself."""

    def commit(self, step: Any) -> None:
        self.inner.commit(step)
        self.inner._undo.clear()


@rejected_by("bytes_and_step_are_kept_together_or_not_at_all", "keeps the bytes of a session that was undone")
class BytesOutsideTheTransaction(Session):
    def put_evidence(self, tenant: str, case: str, digest: str, file: Any, at: Any) -> None:
        self.tables.evidence[tenant, case, digest] = (file.read(), at)


@rejected_by("a_procedure_document_is_kept_once", "kept first")
class LastDocumentWins(Session):
    def keep_procedure(self, digest: str, document: str) -> None:
        self.inner._set(self.tables.procedures, digest, document)


# --- reading -------------------------------------------------------------------------------------------------------


@rejected_by("a_megabyte_comes_back_as_it_was", "a journal entry of a megabyte")
class SixtyFourKilobytes(Session):
    def journal(self, tenant: str, case: str) -> Any:
        found = self.inner.journal(tenant, case)
        return [attrs.evolve(e, text=e.text[: 1 << 16]) for e in found]


@rejected_by("instants_mean_the_same_in_every_time_zone", "asked with the offset +07:00")
class IgnoresTheOffset(Session):
    def claim(self, tenant: str, now: Any, *args: Any) -> Any:
        return self.inner.claim(tenant, now.replace(tzinfo=UTC), *args)


@rejected_by("what_follows_erasing_is_kept_in_its_place", "has side rows of the entries [1]")
class NumbersSideRowsAgain(Session):
    def personal(self, tenant: str, case: str) -> Any:
        return [attrs.evolve(side, seq=n) for n, side in enumerate(self.inner.personal(tenant, case), 1)]


@rejected_by("a_replaced_party_is_no_longer_found", "by a party that was replaced")
class PartiesOfThePast(Session):
    def find(self, tenant: str, query: Any) -> Any:
        found = self.inner.find(tenant, attrs.evolve(query, party=""))
        entries = self.tables.entries
        parties = {
            case.id: {
                party
                for entry in entries[tenant, case.id]
                for ids in entry.doc["effects"].get("parties", {}).values()
                for party in ids
            }
            for case in found
        }
        return [case for case in found if not query.party or query.party in parties[case.id]]


@rejected_by("incidents_are_found_oldest_first", "gives ['i-5'")
class NewestIncidentsFirst(Session):
    def incidents(self, *args: Any) -> Any:
        return self.inner.incidents(*args)[::-1]


@rejected_by("items_are_found_in_order_of_arrival", "gives ['item-4'")
class ItemsBySender(Session):
    def inbox(self, *args: Any) -> Any:
        return sorted(self.inner.inbox(*args), key=lambda found: found[0].sender)


@rejected_by("load_says_whether_items_wait", "of whether items wait")
class NothingEverWaits(Session):
    def load(self, tenant: str, case: str, personal: bool = False) -> Any:
        found = self.inner.load(tenant, case)
        return found and Loaded(case=found.case)


@pytest.mark.parametrize(("make", "check", "words"), FAULTS)
def test_a_store_that_fails_others_is_rejected_with_the_fault_named(make: Any, check: str, words: str) -> None:
    with pytest.raises(ContractBroken) as broken:
        StoreContract(make).run(check)
    assert broken.value.check == check
    assert broken.value.sentence.startswith("the store ")
    assert words in str(broken.value)
    with pytest.raises(ContractBroken):
        check_store(make)
