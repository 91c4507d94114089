"""The store: where it is, and how transactions begin and end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lmdb

from sopflow.errors import BadInput, ForeignDatabase, SchemaTooNew, StoreContended, StoreError, StoreFull

from .session import LmdbSession

LAYOUT = 1  # of keys and rows; a program that knows only an older one must not write


def open_lmdb(url: str) -> LmdbStore:
    """Return the store of "lmdb:///relative/folder" or "lmdb:////absolute/folder"."""
    folder = url.partition("///")[2]
    if not folder or "?" in folder:
        raise BadInput("store url", url, 'name a folder, without options: "lmdb:///cases"')
    return LmdbStore(folder)


class LmdbStore:
    """Cases in a folder.

    Args:
        folder: Made if it does not exist.
        gigabytes: How large the database may become.
        wait: Seconds to wait for another writer of this process.
    """

    capabilities = frozenset({"inbox", "incidents", "personal", "heads", "durable", "migrations"})
    blocking = True  # a commit waits for the disk

    def __init__(self, folder: str | Path, gigabytes: int = 16, wait: float = 30) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with _typed_errors():
            self._env = lmdb.open(str(folder), map_size=gigabytes << 30, max_readers=1024)
            self._env.reader_check()  # forget readers that died
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="lmdb")
        self._turn, self._wait = threading.Lock(), wait
        try:
            self._check_layout()
        except BaseException:
            self.close()
            raise

    def _check_layout(self) -> None:
        with self.session() as session:
            layout = session.rows.get("layout")
            if layout is None and self._env.stat()["entries"]:
                raise ForeignDatabase("the folder holds another program's LMDB database; name another folder")
            if layout is None:
                session.rows.put("layout", row=LAYOUT)
            elif layout > LAYOUT:
                raise SchemaTooNew(f"the folder has layout {layout}, this program knows {LAYOUT}; upgrade own-store")

    @contextmanager
    def session(self, conn: Any = None, *, read: bool = False) -> Iterator[Any]:
        """Begin a transaction: readers see the last commit and wait for nobody, writers take turns."""
        if conn is not None:
            raise BadInput("conn", type(conn).__name__, "LMDB has no transaction to join; leave conn out")
        with _typed_errors():
            if read:
                with self._env.begin() as txn:
                    yield LmdbSession(self._env, txn)
                return
            if not self._turn.acquire(timeout=self._wait):  # also when this very thread has a session open
                raise StoreContended(f"another session of this process has been writing for {self._wait} s")
            try:
                with self._writing() as session:
                    yield session
            finally:
                self._turn.release()

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        run = self._run
        session = run(lambda: LmdbSession(self._env, self._env.begin(write=True)))
        try:
            yield _OnWriter(session, run)
        except BaseException:
            run(session.rows.txn.abort)
            raise
        run(session.rows.txn.commit)

    def _run(self, call: Callable[..., Any], *args: Any) -> Any:
        return self._writer.submit(call, *args).result()

    def close(self) -> None:
        """Close the database."""
        self._writer.shutdown()
        self._env.close()


@contextmanager
def _typed_errors() -> Iterator[None]:
    try:
        yield
    except (lmdb.MapFullError, lmdb.DiskError) as error:
        raise StoreFull("the database is full: open it with more gigabytes, or make room on the disk") from error
    except lmdb.Error as error:
        raise StoreError(f"LMDB: {error}") from error


class _OnWriter:
    """A session whose calls run on the one thread that writes.

    LMDB's lock belongs to a thread, and an async program's calls come from several.
    """

    conn = None

    def __init__(self, session: LmdbSession, run: Callable[..., Any]) -> None:
        self._session, self._run = session, run
        self.rows = session.rows

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._session, name)
        return lambda *args: self._run(method, *args)

    @contextmanager
    def part(self) -> Iterator[None]:
        part = self._session.part()
        self._run(part.__enter__)
        try:
            yield
        except BaseException as error:
            self._run(part.__exit__, type(error), error, error.__traceback__)
            raise
        self._run(part.__exit__, None, None, None)
