"""The contract rejects broken stores, and says by which promise and what was seen."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from sopflow.errors import CaseConflict
from sopflow.ports import Loaded
from sopflow.step import Entry
from sopflow.stores.memory import MemoryStore
from sopflow.testing import ContractBroken, StoreContract, check_store

FAR = datetime(2100, 1, 1, tzinfo=UTC)


class Session:
    """A session of a sound store; a subclass breaks one thing."""

    def __init__(self, store: Store, inner: Any) -> None:
        self.store = store
        self.inner = inner
        self.tables: MemoryStore = store.inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Store:
    blocking = False

    def __init__(self, session: type[Session]) -> None:
        self.inner = MemoryStore()
        self.capabilities = self.inner.capabilities | ({"clock"} if hasattr(session, "clock") else set())
        self.faulty = session
        self.notes: dict[Any, Any] = {}

    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        with self.inner.session(conn, read=read) as session:
            yield self.faulty(self, session)

    def close(self) -> None:
        self.inner.close()


FAULTS: list[Any] = []


def rejected_by(check: str, words: str) -> Any:
    def note(session: type[Session]) -> type[Session]:
        FAULTS.append(pytest.param(session, check, words, id=session.__name__))
        return session

    return note


# --- writing -------------------------------------------------------------------------------------------------------


@rejected_by("the_second_of_two_writers_gets_a_conflict", "the first one's update is lost")
class LostUpdate(Session):
    def commit(self, step: Any) -> None:
        key = (step.case.tenant, step.case.id)
        present = self.tables.cases.get(key)
        if present is not None:
            self.tables.cases[key] = attrs.evolve(present, revision=step.case.revision - 1)
        self.inner.commit(step)


@rejected_by("the_second_of_two_writers_gets_a_conflict", "without a CaseConflict")
class SwallowedConflict(Session):
    def commit(self, step: Any) -> None:
        try:
            self.inner.commit(step)
        except CaseConflict:
            return


@rejected_by("the_second_of_two_writers_gets_a_conflict", "expected 0, found 0")
class ConflictWithoutRevisions(Session):
    def commit(self, step: Any) -> None:
        try:
            self.inner.commit(step)
        except CaseConflict as error:
            raise CaseConflict(error.case, 0, 0) from None


@rejected_by("nothing_of_an_undone_session_stays", "the journal of case-1")
class JournalOutsideTheTransaction(Session):
    def commit(self, step: Any) -> None:
        self.inner.commit(step)
        self.store.notes.setdefault((step.case.tenant, step.case.id), []).append(step.entry)

    def journal(self, tenant: str, case: str) -> Any:
        return list(self.store.notes.get((tenant, case), ()))


@rejected_by("nothing_of_an_undone_session_stays", "a procedure document")
class DocumentOutsideTheTransaction(Session):
    def keep_procedure(self, digest: str, document: str) -> None:
        self.store.inner.procedures.setdefault(digest, document)


@rejected_by("an_undone_claim_gives_the_messages_back", "loses a message")
class LeaseOutsideTheTransaction(Session):
    def claim(self, *args: Any) -> Any:
        rows = self.inner.claim(*args)
        self.inner._undo.clear()
        return rows


@rejected_by("a_claimed_message_is_what_was_committed", "gives [] to be sent")
class DroppedMessage(Session):
    def commit(self, step: Any) -> None:
        self.inner.commit(attrs.evolve(step, outgoing=()))


@rejected_by("a_cancelled_message_is_never_claimed", "gives a cancelled message to be sent")
class CancelsNothing(Session):
    def commit(self, step: Any) -> None:
        self.inner.commit(attrs.evolve(step, cancelled=()))


@rejected_by("a_held_message_moves", "a message that is on hold")
class HoldsNothing(Session):
    def commit(self, step: Any) -> None:
        self.inner.commit(attrs.evolve(step, held={}))


@rejected_by("a_step_brings_and_resolves_incidents", "0 open incidents after a step with one")
class ForgetsIncidents(Session):
    def commit(self, step: Any) -> None:
        self.inner.commit(attrs.evolve(step, incidents=()))


@rejected_by("a_deadline_that_ended_is_never_due", "whose passing was recorded")
class DeadlinesNeverEnd(Session):
    def commit(self, step: Any) -> None:
        running = tuple(d for d in step.deadlines if d.wake is not None)
        self.inner.commit(attrs.evolve(step, deadlines=running))


@rejected_by("command_ids_are_found_and_unique", "finds the commands")
class ForgetsCommands(Session):
    def commit(self, step: Any) -> None:
        doc = {k: v for k, v in step.entry.doc.items() if k != "command"}
        self.inner.commit(attrs.evolve(step, entry=Entry(doc, step.entry.text, step.entry.hash)))


# --- reading -------------------------------------------------------------------------------------------------------


@rejected_by("sessions_see_what_was_committed_before", "stale")
class StaleRead(Session):
    def load(self, tenant: str, case: str, personal: bool = False) -> Any:
        found = self.inner.load(tenant, case)
        if found is None or (self.inner._undo and found.case.revision > 1):
            return found  # right inside the transaction that wrote it
        return self.store.notes.setdefault((tenant, case), found)


@rejected_by("microseconds_survive", "for 2026-03-02T08:30:00.000001")
class TruncatedMicroseconds(Session):
    def load(self, tenant: str, case: str, personal: bool = False) -> Any:
        found = self.inner.load(tenant, case)
        if found is None:
            return None
        opened = found.case.opened
        coarse = opened.replace(microsecond=opened.microsecond // 1000 * 1000)
        return Loaded(case=attrs.evolve(found.case, opened=coarse), parked=found.parked)


@rejected_by("load_gives_exactly_what_was_committed", "grounds")
class ForgetsAField(Session):
    def load(self, tenant: str, case: str, personal: bool = False) -> Any:
        found = self.inner.load(tenant, case)
        return found and Loaded(case=attrs.evolve(found.case, grounds=("?",)), parked=found.parked)


@rejected_by("load_gives_exactly_what_was_committed", "other side rows than alone")
class OutdatedSideRows(Session):
    def load(self, tenant: str, case: str, personal: bool = False) -> Any:
        found = self.inner.load(tenant, case)
        return found and Loaded(case=found.case, personal=self.inner.personal(tenant, case)[:-1] if personal else None)


@rejected_by("tenants_see_nothing_of_each_other", "shows a tenant what belongs to another: the journal")
class TenantLeak(Session):
    def journal(self, tenant: str, case: str) -> Any:
        owner = next((t for t, id in self.tables.entries if id == case), tenant)
        return self.inner.journal(owner, case)


@rejected_by("tenants_see_nothing_of_each_other", "messages of another")
class ClaimsForEverybody(Session):
    def claim(self, tenant: str, *args: Any) -> Any:
        tenants = dict.fromkeys(t for t, _ in self.tables.queued)
        return [m for t in tenants for m in self.inner.claim(t, *args)]


@rejected_by("ids_differ_by_every_character", "takes case")
class IdsWithoutCase(Session):
    def commit(self, step: Any) -> None:
        self.inner.commit(step)
        self.store.notes.setdefault(unicodedata.normalize("NFC", step.case.id.strip().lower()), step.case)

    def load(self, tenant: str, case: str, personal: bool = False) -> Any:
        found = self.store.notes.get(unicodedata.normalize("NFC", case.strip().lower()))
        return found and Loaded(case=found)


@rejected_by("the_journal_comes_back_in_order_byte_for_byte", "in the order [1, 10, 11, 12, 2")
class ReorderedJournal(Session):
    def journal(self, tenant: str, case: str) -> Any:
        return sorted(self.inner.journal(tenant, case), key=lambda e: str(e.seq))


@rejected_by("the_journal_comes_back_in_order_byte_for_byte", "changed the text of entry 1")
class RewrittenJournal(Session):
    def journal(self, tenant: str, case: str) -> Any:
        return [Entry(e.doc, json.dumps(e.doc), e.hash) for e in self.inner.journal(tenant, case)]


@rejected_by("the_journal_cannot_be_changed", "hands out entries whose change changes the journal")
class SharedEntries(Session):
    def journal(self, tenant: str, case: str) -> Any:
        return self.tables.entries.get((tenant, case), ())


@rejected_by("the_journal_cannot_be_changed", "changed or dropped")
class ErasesTheJournal(Session):
    def erase(self, tenant: str, case: str) -> None:
        self.inner.erase(tenant, case)
        self.inner._set(self.tables.entries, (tenant, case), ())


@rejected_by("erasing_leaves_a_journal_that_verifies", "texts or addresses")
class ErasesSideRowsOnly(Session):
    def erase(self, tenant: str, case: str) -> None:
        self.inner._drop(self.tables.sides, (tenant, case))


@rejected_by("the_case_keeps_the_hash_of_its_last_entry", "hash of the last entry")
class NoHead(Session):
    def load(self, tenant: str, case: str, personal: bool = False) -> Any:
        found = self.inner.load(tenant, case)
        return found and Loaded(case=attrs.evolve(found.case, head=""), parked=found.parked)


# --- working -------------------------------------------------------------------------------------------------------


@rejected_by("a_claimed_message_is_nobody_elses_until_the_lease_ends", "never gives back")
class LeaseNeverEnds(Session):
    def claim(self, *args: Any) -> Any:
        given = self.store.notes.setdefault("given", set())
        fresh = [m for m in self.inner.claim(*args) if m.id not in given]
        given.update(m.id for m in fresh)
        return fresh


@rejected_by("a_claimed_message_is_nobody_elses_until_the_lease_ends", "to a second worker")
class DoubleClaim(Session):
    def claim(self, *args: Any) -> Any:
        for row in self.tables.rows.values():
            row.leased = None
        return self.inner.claim(*args)


@rejected_by("a_claimed_message_is_what_was_committed", "subject")
class NormalisedTexts(Session):
    def claim(self, *args: Any) -> Any:
        return [attrs.evolve(m, subject=unicodedata.normalize("NFC", m.subject)) for m in self.inner.claim(*args)]


@rejected_by("messages_come_when_they_are_due_earliest_first", "before its send_after")
class SendsAtOnce(Session):
    def claim(self, tenant: str, now: Any, until: Any, limit: int) -> Any:
        return self.inner.claim(tenant, now.replace(year=now.year + 10), until, limit)


@rejected_by("a_settled_message_stays_settled", "settled")
class SettlesNothing(Session):
    def settle(self, *args: Any) -> bool:
        return True


@rejected_by("a_message_given_back_comes_again", "attempts")
class ForgetsAttempts(Session):
    def again(self, tenant: str, message: str, attempts: int, *rest: Any) -> None:
        self.inner.again(tenant, message, 0, *rest)


@rejected_by("a_hold_outlives_the_attempt_that_it_came_in", "a message that is on hold")
class FailureEndsTheHold(Session):
    def again(self, tenant: str, message: str, attempts: int, at: Any, *rest: Any) -> None:
        row = self.tables.rows[tenant, message]
        free = attrs.evolve(row, message=attrs.evolve(row.message, send_after=at))
        self.inner._set(self.tables.rows, (tenant, message), free)
        self.inner.again(tenant, message, attempts, at, *rest)


@rejected_by("only_what_has_woken_is_due", "before their instant")
class EverythingIsDue(Session):
    def due(self, tenant: str, now: Any, until: Any, limit: int) -> Any:
        return self.inner.due(tenant, now.replace(year=now.year + 100), until, limit)


@rejected_by("the_earliest_is_due_first", "asked for two")
class NoLimit(Session):
    def due(self, tenant: str, now: Any, until: Any, limit: int) -> Any:
        return self.inner.due(tenant, now, until, 1000)


@rejected_by("a_postponed_deadline_waits", "was postponed")
class PostponesNothing(Session):
    def postpone(self, *args: Any) -> None:
        return


# --- many workers --------------------------------------------------------------------------------------------------


@rejected_by("a_due_deadline_is_nobody_elses_until_the_lease_ends", "to a second worker")
class DueWithoutLease(Session):
    def due(self, tenant: str, now: Any, until: Any, limit: int) -> Any:
        return self.inner.due(tenant, now, None, limit)


@rejected_by("a_due_deadline_is_nobody_elses_until_the_lease_ends", "never gives back a deadline")
class DueLeaseNeverEnds(Session):
    def due(self, tenant: str, now: Any, until: Any, limit: int) -> Any:
        given = self.store.notes.setdefault("due", set())
        fresh = [each for each in self.inner.due(tenant, now, until, limit) if each not in given]
        given.update(fresh if until else ())
        return fresh


@rejected_by("a_step_ends_the_lease_of_the_deadlines_it_brings", "which a step has moved")
class LeaseOutlivesTheStep(Session):
    def commit(self, step: Any) -> None:
        leased = {k: v for k, v in self.tables.wakes.items() if v.year == 2100}
        self.inner.commit(step)
        for key, until in leased.items():
            if key in self.tables.wakes:
                self.inner._move(key, until)


@rejected_by("a_lease_that_ran_out_postpones_nothing", "postpone what another holds")
class StalePostpone(Session):
    def postpone(self, tenant: str, case: str, deadline: str, until: Any, leased: Any) -> None:
        self.inner.postpone(tenant, case, deadline, until, self.tables.wakes.get((tenant, case, deadline)))


@rejected_by("looking_for_what_is_due_leases_nothing", "instead of [('case-1', 'receipt")
class LooksByLeasing(Session):
    def due(self, tenant: str, now: Any, until: Any, limit: int) -> Any:
        return self.inner.due(tenant, now, until or now.replace(year=2099), limit)


@rejected_by("a_lease_that_ran_out_gives_nothing_back", "not with the lease's end")
class LeaseWithoutKey(Session):
    def claim(self, *args: Any) -> Any:
        return [attrs.evolve(m, leased=None) for m in self.inner.claim(*args)]


@rejected_by("a_lease_that_ran_out_gives_nothing_back", "to a settle() with a lease that ran out")
class StaleLeaseSettles(Session):
    def settle(self, tenant: str, message: str, status: str, leased: Any = None) -> Any:
        return self.inner.settle(tenant, message, status)


@rejected_by("a_lease_that_ran_out_gives_nothing_back", "give back what another holds")
class StaleLeaseGivesBack(Session):
    def again(self, tenant: str, message: str, attempts: int, at: Any, why: str, leased: Any) -> None:
        self.inner.again(tenant, message, attempts, at, why, self.tables.rows[(tenant, message)].leased)


@rejected_by("what_was_really_sent_counts_whoever_says_so", "instead of True")
class SentNeedsALease(Session):
    def settle(self, tenant: str, message: str, status: str, leased: Any = None) -> Any:
        return leased is not None and self.inner.settle(tenant, message, status, leased)


@rejected_by("looking_for_messages_leases_nothing", "to one who looks for messages")
class ClaimsByLooking(Session):
    def claim(self, tenant: str, now: Any, until: Any, limit: int) -> Any:
        return self.inner.claim(tenant, now, until or now.replace(year=2099), limit)


@rejected_by("a_part_that_raises_is_undone_alone", "keeps what was done in a part that raised")
class PartNotUndone(Session):
    @contextmanager
    def part(self) -> Iterator[None]:
        yield


@rejected_by("a_part_that_raises_is_undone_alone", "what was done before it")
class PartUndoesAll(Session):
    @contextmanager
    def part(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.inner.undo()
            raise


@rejected_by("parts_are_undone_with_the_whole", "case case-1")
class PartCommits(Session):
    @contextmanager
    def part(self) -> Iterator[None]:
        with self.inner.part():
            yield
        self.inner._undo.clear()


@rejected_by("a_lease_taken_in_an_undone_part_never_was", "after a part that leased it")
class LeaseOutlivesThePart(Session):
    @contextmanager
    def part(self) -> Iterator[None]:
        try:
            with self.inner.part():
                yield
        except BaseException:
            for key in list(self.tables.wakes):
                self.inner._move(key, max(self.tables.wakes[key], FAR))
            raise


class Clocked(Session):
    def clock(self) -> datetime:
        return datetime.now(UTC)


@rejected_by("the_clock_runs", "no time zone")
class NaiveClock(Session):
    def clock(self) -> datetime:
        return datetime.now()


@rejected_by("the_clock_runs", "stands still inside")
class ClockOfTheTransaction(Session):
    def __init__(self, store: Store, inner: Any) -> None:
        super().__init__(store, inner)
        self.began = datetime.now(UTC)

    def clock(self) -> datetime:
        return self.began


@rejected_by("the_clock_runs", "goes back")
class ClockThatGoesBack(Session):
    def clock(self) -> datetime:
        calls = self.store.notes["calls"] = self.store.notes.get("calls", 0) + 1
        return FAR.replace(microsecond=1000 - calls)


# --- looking -------------------------------------------------------------------------------------------------------


@rejected_by("pages_have_no_gaps_and_no_repetitions", "on pages of")
class PagesThatSkip(Session):
    def find(self, tenant: str, query: Any) -> Any:
        found = self.inner.find(tenant, query)
        return found[1:] if query.after and len(found) > 1 else found


@rejected_by("each_filter_selects_and_all_must_fit", "counts")
class CountsPages(Session):
    def count(self, tenant: str, query: Any) -> int:
        return min(self.inner.count(tenant, query), 5)


@rejected_by("an_incident_is_kept_once", "changed an incident: detail: 'again'")
class LastIncidentWins(Session):
    def report(self, incident: Any) -> None:
        self.inner._set(self.tables.open_incidents, (incident.tenant, incident.id), incident)


@rejected_by("incidents_are_found_oldest_first", "status 'open', 100 at most, gives ['i-1', 'i-2', 'i-3', 'i-5']")
class KnowsTwoStatuses(Session):
    def incidents(self, tenant: str, case: str, status: str, limit: int) -> Any:
        found = self.inner.incidents(tenant, case, "", limit)
        resolved = status == "resolved"
        return [i for i in found if not status or (i.status == "resolved") is resolved][:limit]


@rejected_by("an_item_is_kept_once_per_sender_and_id", "answers [True, True")
class KeepsRepetitions(Session):
    def keep(self, *args: Any) -> bool:
        self.inner.keep(*args)
        return True


@rejected_by("mark_sets_status_case_and_detail_only", "authenticated")
class MarkReplaces(Session):
    def mark(self, tenant: str, item: Any) -> None:
        key = (tenant, item.sender, item.id)
        if key in self.tables.items:
            self.inner._set(self.tables.items, key, (item, self.tables.items[key][1]))


# --- the directory -------------------------------------------------------------------------------------------------


@rejected_by("of_two_changes_of_the_directory_the_second_is_refused", "does not follow the last one")
class TakesAnyChange(Session):
    def register(self, tenant: str, entry: Any, organisation: str, doc: Any, salt: bytes) -> None:
        entries = self.tables.register.get(tenant, ())
        self.inner._set(self.tables.register, tenant, (*entries, entry))


@rejected_by("the_directory_is_what_its_journal_says", "does not keep the directory as its journal says")
class NeverRemoves(Session):
    def register(self, tenant: str, entry: Any, organisation: str, doc: Any, salt: bytes) -> None:
        self.inner.register(tenant, entry, organisation, doc or "{}", salt)


@rejected_by("every_part_of_a_message_is_kept_and_erased", "keeps a part of a message after its case was erased")
class KeepsHtml(Session):
    def erase(self, tenant: str, case: str) -> None:
        kept = {key: row.message.html for key, row in self.tables.rows.items()}
        self.inner.erase(tenant, case)
        for key, row in self.tables.rows.items():
            row.message = attrs.evolve(row.message, html=kept[key])


# --- the tests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("session", "check", "words"), FAULTS)
def test_a_broken_store_is_rejected_with_the_fault_named(session: type[Session], check: str, words: str) -> None:
    with pytest.raises(ContractBroken) as broken:
        StoreContract(lambda: Store(session)).run(check)
    assert broken.value.check == check
    assert broken.value.capability == StoreContract.every()[check]
    assert broken.value.sentence.startswith("the store ")
    assert words in str(broken.value)
    with pytest.raises(ContractBroken):
        check_store(lambda: Store(session))


def test_the_same_store_without_a_fault_is_accepted() -> None:
    assert "the_clock_runs" not in check_store(lambda: Store(Session))
    assert "the_clock_runs" in check_store(lambda: Store(Clocked))


def test_an_unexpected_exception_is_the_stores_fault_too() -> None:
    class Crashes(Session):
        def due(self, *args: Any) -> Any:
            raise RuntimeError("lost the table")

    with pytest.raises(ContractBroken, match=r"the store raised RuntimeError: lost the table"):
        StoreContract(lambda: Store(Crashes)).run("only_what_has_woken_is_due")
