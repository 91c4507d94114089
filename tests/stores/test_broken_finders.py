"""The contract rejects stores that find wrongly, or link what is not to be linked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest

from sopflow.testing import ContractBroken, StoreContract, check_store

from .test_broken_stores import Session, Store

FAULTS: list[Any] = []


def rejected_by(check: str, words: str, store: type[Store] = Store) -> Any:
    def note(session: type[Session]) -> type[Session]:
        FAULTS.append(pytest.param(lambda: store(session), check, words, id=session.__name__))
        return session

    return note


def ignoring(check: str, words: str, **fields: Any) -> None:
    """Note a store that ignores filters."""

    class Ignores(Session):
        def find(self, tenant: str, query: Any) -> Any:
            return self.inner.find(tenant, attrs.evolve(query, **fields))

        def count(self, tenant: str, query: Any) -> int:
            return self.inner.count(tenant, attrs.evolve(query, **fields))

    FAULTS.append(pytest.param(lambda: Store(Ignores), check, words, id=f"ignores {'-'.join(fields)}"))


ignoring("cases_are_found_by_the_keys_of_their_contents", "content key(s), not", content=())
ignoring("cases_are_found_by_sender_and_by_the_role_of_a_party", "'sender': 'flagger-7'", sender="")
ignoring("cases_are_found_by_sender_and_by_the_role_of_a_party", "'role': 'platform'", role="")
ignoring("cases_are_found_by_flagger_and_by_urgency", "'flagger': 'hotline'", flagger="")
ignoring("cases_are_found_by_flagger_and_by_urgency", "'order': 'urgency'", order="opened")
ignoring("cases_are_found_by_when_a_running_clock_is_due", "with a clock due in a window", due_before=None)
ignoring("cases_are_found_by_when_a_running_clock_is_due", "with a clock due in a window", due_after=None)
ignoring("cases_are_found_by_open_incidents", "by open incidents, not", open_incident=None)


# --- matters -------------------------------------------------------------------------------------------------------


@rejected_by("a_content_belongs_to_one_matter", "to 'matter-2', not 'matter-1'")
class TwoMattersForOneKey(Session):
    def matter(self, tenant: str, keys: Any, proposed: str, *args: Any) -> str:
        self.inner.matter(tenant, keys, proposed, *args)
        return proposed


@rejected_by("a_content_belongs_to_one_matter", "to 'matter-3', not 'matter-1'")
class ANamedMatterTakesAll(Session):
    def matter(self, tenant: str, keys: Any, proposed: str, at: Any, named: bool = False) -> str:
        for key in keys if named else ():
            self.inner._set(self.tables.matters, (tenant, key), (at, proposed))
        return str(self.inner.matter(tenant, keys, proposed, at, named))


@rejected_by("a_content_belongs_to_one_matter", "another tenant's matter")
class MattersOfEverybody(Session):
    def matter(self, tenant: str, *args: Any) -> str:
        return str(self.inner.matter("everybody", *args))


@rejected_by("several_contents_join_the_oldest_of_their_matters", "joins 'younger'")
class JoinsTheFirstNamed(Session):
    def matter(self, tenant: str, keys: Any, *args: Any) -> str:
        found = [self.inner.matter(tenant, [key], *args) for key in keys]
        return str(found[0])


@rejected_by("several_contents_join_the_oldest_of_their_matters", "leaves the contents in the matters")
class MergesMatters(Session):
    def matter(self, tenant: str, keys: Any, proposed: str, at: Any, named: bool = False) -> str:
        found = str(self.inner.matter(tenant, keys, proposed, at, named))
        for key in () if named else keys:
            self.inner._set(self.tables.matters, (tenant, key), (at, found))
        return found


@rejected_by("a_link_of_an_undone_session_is_none", "was undone")
class LinksOutsideTheTransaction(Session):
    def matter(self, *args: Any) -> str:
        found = str(self.inner.matter(*args))
        self.inner._undo.clear()
        return found


class LooksBeforeItWaits(Store):
    """Sees the matters as they were before its turn to write came."""

    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        seen = dict(self.inner.matters)
        time.sleep(0.005)
        with self.inner.session(conn, read=read) as session:
            inner = self.faulty(self, session)
            inner.seen = seen  # type: ignore[attr-defined]
            yield inner


@rejected_by("eight_first_reports_at_once_have_one_matter", "simultaneous first reports", LooksBeforeItWaits)
class LostRace(Session):
    def matter(self, tenant: str, keys: Any, proposed: str, at: Any, named: bool = False) -> str:
        found = [self.seen[tenant, key] for key in keys if (tenant, key) in self.seen]  # type: ignore[attr-defined]
        for key in keys:
            self.inner._set(self.tables.matters, (tenant, key), (at, proposed))
        return min(found)[1] if found and not named else proposed


# --- keys ----------------------------------------------------------------------------------------------------------


@rejected_by("cases_are_found_by_the_keys_of_their_contents", "finds [] by 1 content key(s)")
class KeysOfTheFirstReportOnly(Session):
    def commit(self, step: Any) -> None:
        before = dict(self.tables.contents)
        self.inner.commit(step)
        if step.case.revision > 1:
            self.tables.contents = before


@rejected_by("contents_can_be_indexed_afterwards", "indexed afterwards")
class IndexesNothing(Session):
    def index(self, *args: Any) -> None:
        return


@rejected_by("erasing_leaves_no_key", "that was erased")
class EraseLeavesKeys(Session):
    def erase(self, tenant: str, case: str) -> None:
        contents, matters = dict(self.tables.contents), dict(self.tables.matters)
        self.inner.erase(tenant, case)
        self.tables.contents, self.tables.matters = contents, matters


@rejected_by("erasing_leaves_no_key", "still links")
class EraseLeavesMatters(Session):
    def erase(self, tenant: str, case: str) -> None:
        matters = dict(self.tables.matters)
        self.inner.erase(tenant, case)
        self.tables.matters = matters


@rejected_by("erasing_leaves_no_key", "forgets the matter")
class EraseForgetsMatters(Session):
    def erase(self, tenant: str, case: str) -> None:
        keys = [key for key, cases in self.tables.contents.items() if key[0] == tenant and case in cases]
        self.inner.erase(tenant, case)
        for key in keys:
            self.tables.matters.pop(key, None)


# --- pages ---------------------------------------------------------------------------------------------------------


@rejected_by("pages_keep_every_case_while_others_write", "repeats or skips")
class PagesByPosition(Session):
    def find(self, tenant: str, query: Any) -> Any:
        found = self.inner.find(tenant, attrs.evolve(query, after="", limit=1_000_000))
        at = self.store.notes.get(query.after, 0)
        page = found[at : at + query.limit]
        if page:
            self.store.notes[page[-1].id] = at + len(page)
        return page


@rejected_by("pages_keep_every_case_while_others_write", "repeats or skips")
class PagesByLastChange(Session):
    def find(self, tenant: str, query: Any) -> Any:
        found = self.inner.find(tenant, attrs.evolve(query, after="", limit=1_000_000))
        found = sorted(found, key=lambda c: (c.recorded, c.id))
        last = next((c for c in found if c.id == query.after), None)
        rest = [c for c in found if last is None or (c.recorded, c.id) > (last.recorded, last.id)]
        return rest[: query.limit]


@pytest.mark.parametrize(("make", "check", "words"), FAULTS)
def test_a_store_that_finds_wrongly_is_rejected_with_the_fault_named(make: Any, check: str, words: str) -> None:
    with pytest.raises(ContractBroken) as broken:
        StoreContract(make).run(check)
    assert broken.value.check == check
    assert broken.value.sentence.startswith("the store ")
    assert words in str(broken.value)
    with pytest.raises(ContractBroken):
        check_store(make)
