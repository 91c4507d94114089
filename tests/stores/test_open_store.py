"""Which store a URL names, and what the store in memory promises beyond the contract."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sopflow.errors import BadInput, MissingExtra, StoreError
from sopflow.stores import open_async_store, open_store
from sopflow.stores.memory import MemoryStore
from sopflow.stores.sql import drivers
from sopflow.stores.sql.drivers import SCHEMES
from sopflow.testing import _sample as sample

TENANT = sample.TENANT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.db"


def keep(store: Any, *steps: Any) -> None:
    for step in steps:
        with store.session() as session:
            session.commit(step)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:///{}?pool=5", "unknown option 'pool'"),
        ("sqlite:///{}?shared", "write shared=0 or shared=1"),
        ("sqlite:///{}?shared=yes", "write shared=0 or shared=1"),
        ("sqlite:///{}?synchronous=off", "write synchronous=full or synchronous=normal"),
        ("sqlite:///", "name a file"),
        ("sqlite://cases.db", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("oracle://x", 'use "memory:"'),
        ("", 'use "memory:"'),
    ],
)
def test_a_url_that_cannot_be_used_says_what_to_write(url: str, words: str, path: Path) -> None:
    with pytest.raises(BadInput, match=words):
        open_store(url.format(path))
    assert not path.exists()


@pytest.mark.parametrize(
    ("scheme", "package", "extra"),
    [
        ("postgresql", "psycopg", "postgres"),
        ("postgresql+asyncpg", "asyncpg", "asyncpg"),
        ("sqlite+aiosqlite", "aiosqlite", "aiosqlite"),
        ("mysql", "pymysql", "mysql"),
        ("mariadb", "pymysql", "mysql"),
        ("mysql+asyncmy", "asyncmy", "asyncmy"),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    scheme: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = SCHEMES[scheme]
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"{drivers.__name__}.{known.blocking or known.awaited}", raising=False)
    url = f"{scheme}:///x"
    with pytest.raises(MissingExtra, match=rf"pip install .*sopflow\[{extra}\]"):
        _ = open_store(url) if known.blocking else asyncio.run(open_async_store(url))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a#b.db", "a b.db", "100%25.db", "fälle.db"])
def test_a_file_name_is_taken_as_written(name: str, tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/{name}").close()
    assert [p.name for p in tmp_path.iterdir()] == [name]


# --- the store in memory -------------------------------------------------------------------------------------------


def test_memory_is_a_store_by_url() -> None:
    assert isinstance(open_store("memory:"), MemoryStore)


def test_a_deadline_looked_at_inside_an_undone_session_is_still_due() -> None:
    store = MemoryStore()
    first, second = sample.ordered()
    keep(store, first, second)
    far = datetime(2100, 1, 1, tzinfo=UTC)
    try:
        with store.session() as session:
            leased = far + timedelta(hours=1)
            session.due(TENANT, far, leased, 10)
            session.postpone(TENANT, "case-1", "answer", far + timedelta(days=1), leased)
            assert ("case-1", "answer") not in session.due(TENANT, leased, None, 10)
            raise RuntimeError
    except RuntimeError:
        pass
    with store.session() as session:
        assert ("case-1", "answer") in session.due(TENANT, far, None, 10)


def test_a_second_writing_session_in_one_thread_is_refused_and_a_reading_one_is_not() -> None:
    """As in a database, where it would wait for itself; here it could take away what the other has committed."""
    store = MemoryStore()
    with store.session() as outer:
        outer.commit(sample.opened())
        with pytest.raises(StoreError, match="open in this thread already"), store.session():
            pass
        with store.session(read=True) as inner:
            assert inner.load(TENANT, "case-1") is not None
    keep(store, sample.opened("case-2"))
