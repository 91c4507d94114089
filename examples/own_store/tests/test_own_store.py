"""The store keeps sopflow's contract, through the URL that its entry point brings."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from own_store import LmdbStore
from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    EffectGiven,
    Issued,
    Notice,
    Outgoing,
    PointOfContact,
    Provider,
    Runner,
    StaticDirectory,
    Verified,
    catalogue,
)
from sopflow.errors import BadInput, ForeignDatabase, SchemaTooNew, StoreContended, StoreError, StoreFull
from sopflow.ports import Inbound
from sopflow.stores import open_store
from sopflow.testing import AsyncStoreContract, StoreContract


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Callable[..., Any]]:
    """What the contract asks for: a way to make stores, and to open one again."""
    numbers, urls = itertools.count(), {}

    def opened(url: str) -> Any:
        store = open_store(url)
        urls[store] = url
        return store

    return {
        "make": lambda: opened(f"lmdb:///{tmp_path}/{next(numbers)}"),
        "reopen": lambda store: opened(urls[store]),
    }


@pytest.mark.parametrize("name", StoreContract.every())
def test_the_store_keeps_its_promise(given: Any, name: str) -> None:
    contract = StoreContract(**given)
    if name in contract.left_out():
        pytest.skip(contract.left_out()[name])
    assert contract.run(name) == (name,)


def test_what_is_not_promised_is_known(given: Any) -> None:
    out = {StoreContract.every()[name] for name in StoreContract(**given).left_out()}
    assert out == {"joins_transaction", "clock", "evidence", "directory", "lookups"}


def test_the_store_keeps_its_promises_to_async_programs(given: Any) -> None:
    assert len(asyncio.run(AsyncStoreContract(**given).run())) > 50


@pytest.mark.parametrize("url", ["lmdb:", "lmdb:///", "lmdb://host/cases", "lmdb:///cases?size=1"])
def test_a_url_that_cannot_be_used_says_what_to_write(url: str) -> None:
    with pytest.raises(BadInput, match="name a folder"):
        open_store(url)


def test_another_programs_folder_is_left_alone(tmp_path: Path) -> None:
    import lmdb

    with lmdb.open(str(tmp_path)) as env, env.begin(write=True) as txn:
        txn.put(b"theirs", b"1")
    with pytest.raises(ForeignDatabase):
        LmdbStore(tmp_path)


def test_a_folder_of_a_newer_layout_is_left_alone(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path)
    with store.session() as session:
        session.rows.put("layout", row=2)
    store.close()
    with pytest.raises(SchemaTooNew):
        LmdbStore(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LmdbStore]:
    made = LmdbStore(tmp_path, gigabytes=1, wait=0.1)
    yield made
    made.close()


def test_ids_of_any_length_and_any_character_are_told_apart(store: LmdbStore) -> None:
    ids = ["x", "x\0", "x\0\0y", "x" * 80, "x" * 81, "x" * 2000, "x" * 2000 + "y", "\U0001f6a8" * 500]
    items = [Inbound(id=id, sender=sender) for id, sender in itertools.product(ids, ids)]
    with store.session() as session:
        assert all(session.keep("tenant", item, None) for item in items)
    with store.session(read=True) as session:
        assert [session.item("tenant", item.sender, item.id) for item in items] == items
        assert len(session.inbox("tenant", "", (), 1000)) == len(items)


def test_a_second_writing_session_in_one_thread_does_not_wait_for_ever(store: LmdbStore) -> None:
    with store.session(), pytest.raises(StoreContended), store.session():
        pass
    with store.session() as session:
        session.keep_procedure("digest", "{}")


def test_a_full_database_says_so_and_keeps_nothing_of_the_session(store: LmdbStore) -> None:
    with pytest.raises(StoreFull, match="more gigabytes"), store.session() as session:
        for n in range(20):
            session.keep_procedure(f"digest-{n}", "x" * 60_000_000)
    with store.session(read=True) as session:
        assert session.procedure("digest-0") is None


KEEPER = """
import sys
from own_store import LmdbStore
from sopflow.ports import Inbound
store = LmdbStore(sys.argv[1])
for n in range(25):
    with store.session() as session:
        assert session.keep("tenant", Inbound(id=str(n), sender=sys.argv[2]), None)
store.close()
"""


def test_processes_take_turns_and_lose_nothing(tmp_path: Path) -> None:
    workers = [subprocess.Popen([sys.executable, "-c", KEEPER, str(tmp_path), f"sender-{n}"]) for n in range(4)]
    assert [worker.wait(60) for worker in workers] == [0] * 4
    store = LmdbStore(tmp_path)
    with store.session(read=True) as session:
        assert len(session.inbox("tenant", "", (), 1000)) == 100
    store.close()


def test_a_case_is_worked_to_its_end_and_proved(tmp_path: Path) -> None:
    officer, platform = Actor("officer-7", {"authority"}), Actor("moderator-1", {"platform"})
    desk = PointOfContact(id="desk", channels={"email": "desk@platform.example"})
    sent: list[str] = []

    class Post:
        def send(self, message: Outgoing) -> None:
            sent.append(message.id)

    def runner() -> Runner:
        return Runner(
            store=open_store(f"lmdb:///{tmp_path}/cases"),
            procedures=[catalogue.find("id.kominfo_telegram_2017"), catalogue.find("generic.network_block")],
            acting_as={"authority"},
            directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]),
            notifiers={"email": Post()},
        )

    first = runner()
    notice = Notice(contents=["https://t.me/example"], parties={"platform": "telegram"}, form={"reasons": "incitement"})
    case = first.open("id.kominfo_telegram_2017", notice, by=officer)
    first.apply(case.id, Verified(by=officer))
    signer = Actor("signer-2", {"competent_agency"})
    first.apply(case.id, Approved(proposal=first.proposal(case.id, Issued()), by=signer))
    case = first.apply(case.id, Issued(by=officer))
    first.close()
    second = runner()  # as after a restart
    assert second.deliver().sent == len(sent) == 1
    case = second.apply(case.id, Acknowledged(message=sent[0], by=platform))
    case = second.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=platform))
    assert second.find(content="https://telegram.me/example") == (case,)
    assert second.verify(case.id).seq == case.revision
    assert case.state == "taken_down"
    second.close()


WRITER = """
import os, signal, sys
from own_store import LmdbStore
with LmdbStore(sys.argv[1]).session() as session:
    session.keep_procedure("digest", "{}")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_writer_that_was_killed_leaves_nothing_and_bars_nobody(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", WRITER, str(tmp_path)], timeout=60)
    assert killed.returncode < 0
    store = LmdbStore(tmp_path)
    with store.session() as session:
        assert session.procedure("digest") is None
        session.keep_procedure("digest", "{}")
    store.close()


def test_a_folder_that_is_open_already_in_this_process_says_so(store: LmdbStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="already open in this process"):
        LmdbStore(tmp_path)
