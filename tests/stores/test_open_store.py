"""Which store a URL names, and what the store in memory promises beyond the contract."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sopflow.errors import BadInput, MissingExtra, StoreError
from sopflow.stores import open_async_store, open_store
from sopflow.stores.memory import MemoryStore
from sopflow.stores.sql import drivers, tending
from sopflow.stores.sql.drivers import SCHEMES
from sopflow.stores.urls import server_place
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


# --- servers -------------------------------------------------------------------------------------------------------


SECRET = "postgresql://me:s3cr%2Ft@host/db"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"{SECRET}?colour=red", "unknown option 'colour'"),
        (f"{SECRET}?pool=0", "write pool=1 up to pool=1000"),
        (f"{SECRET}?pool=many", "write pool=1"),
        (f"{SECRET}?wait=-1", "write wait=1"),
        (f"{SECRET}?upgrade=yes", "write upgrade=0 or upgrade=1"),
        (f"{SECRET}?schema=A", "schema"),
        (f"{SECRET}?prefix=", "prefix"),
        (f"{SECRET}?schema", "write scheme://"),
        (f"{SECRET.replace('host', 'host:port')}", "write scheme://"),
        (f"{SECRET}#x", "write % as %25, # as %23"),
        ("postgresql://[::1", "write scheme://"),
    ],
)
@pytest.mark.parametrize("colour", ["blocking", "async"])
def test_a_servers_url_that_cannot_be_used_says_what_to_write_without_its_secret(
    url: str, words: str, colour: str
) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        open_store(url) if colour == "blocking" else asyncio.run(open_async_store(url))
    assert "s3cr" not in f"{caught.value!r} {caught.value}" and caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("foo", "'foo'"),
        ("data/cases.db", "'data/cases.db'"),
        ("oracle://mika:s3cr@host/db", "'oracle:…'"),
        ("//mika:s3cr@host/db", "'(without a scheme)'"),
        ("host=h password=s3cr", "'(without a scheme)'"),
    ],
)
def test_what_cannot_be_used_is_shown_as_it_was_typed_unless_it_may_hold_a_secret(url: str, said: str) -> None:
    for use in (open_store, lambda text: asyncio.run(open_async_store(text)), tending.check):
        with pytest.raises(BadInput) as caught:
            use(url)
        assert caught.value.value == said
    assert "begins with one of sqlite:, postgresql:" in caught.value.remedy


@pytest.mark.parametrize(
    "url",
    [None, 7, b"memory:", Path("cases.db"), "sqlite:///a\0b", "sqlite:///a\ud800b", "postgresql://h/a%00b",
     "postgresql://me:p\0w@h/a", "postgresql://h/a?sslmode=\ud800", "mysql://u\ud800@h/a"],
)  # fmt: skip
def test_what_is_no_text_and_what_no_name_can_hold_is_refused(url: Any) -> None:
    for use in (open_store, lambda text: asyncio.run(open_async_store(text)), tending.check):
        with pytest.raises(BadInput, match="store url"):
            use(url)


def test_a_url_is_taken_apart_as_written() -> None:
    place = server_place("postgresql://m%40e:p%3Aw@[::1]:99/d%20b?sslmode=require&pool=3", frozenset({"sslmode"}))
    assert (place.user, place.password, place.host, place.port, place.name) == ("m@e", "p:w", "::1", 99, "d b")
    assert (place.options, place.passed, str(place)) == ({"pool": "3"}, {"sslmode": "require"}, "[::1]:99/d b")
    assert "p:w" not in repr(place) and "m@e" not in repr(place)


def test_a_store_shows_no_secret() -> None:
    from sopflow.stores.sql.drivers.psycopg_sync import driver
    from sopflow.stores.sql.sync import SqlStore

    made = driver("postgresql://me:s3cret@host/db")
    for each in (made, SqlStore(made), made.dialect):
        assert "s3cret" not in repr(each)


def test_what_has_no_async_driver_is_given_to_the_async_runner_as_it_is(path: Path) -> None:
    for url in ("memory:", f"sqlite:///{path}"):
        with pytest.raises(BadInput, match="hand AsyncRunner the store of open_store"):
            asyncio.run(open_async_store(url))


def test_a_store_imports_only_the_driver_that_it_needs() -> None:
    code = (
        "import sys, sopflow.stores as s; s.open_store('memory:').close()\n"
        "assert not {'sqlite3', 'psycopg'} & set(sys.modules)\n"
        "import tempfile; s.open_store(f'sqlite:///{tempfile.mkdtemp()}/x.db').close()\n"
        "assert not {'psycopg', 'asyncpg', 'pymysql', 'sqlalchemy', 'django', 'importlib.metadata'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# --- other people's stores -----------------------------------------------------------------------------------------


class Point:
    """An installed package's entry point."""

    def __init__(self, make: Any) -> None:
        self.make = make

    def load(self) -> Any:
        return self.make


def installed(monkeypatch: pytest.MonkeyPatch, **points: Any) -> list[str]:
    asked: list[str] = []

    def entry_points(*, group: str, name: str) -> Any:
        assert group == "sopflow.stores"
        asked.append(name)
        return [Point(points[name])] if name in points else []

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    return asked


def test_another_packages_store_is_opened_by_its_scheme_and_asked_for_only_then(
    monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    given: list[str] = []

    def make(url: str) -> Any:
        given.append(url)
        return MemoryStore()

    async def make_async(url: str) -> Any:
        return make(url)

    asked = installed(monkeypatch, **{"own+x": make, "later": make_async})
    open_store("memory:").close()
    open_store(f"sqlite:///{path}").close()
    assert asked == []
    assert isinstance(open_store("own+x://somewhere?a=b"), MemoryStore)
    assert isinstance(asyncio.run(open_async_store("later://y")), MemoryStore)
    assert given == ["own+x://somewhere?a=b", "later://y"]
    with pytest.raises(BadInput, match="open it with open_async_store"):
        open_store("later://y")
    with pytest.raises(BadInput, match='use "memory:"'):
        open_store("nobodys://x")
