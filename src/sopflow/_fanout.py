"""What the two shells do differently: waiting, threads and bounded concurrency. The only thing written twice.

The async half runs on asyncio and on trio; trio is used only where it is running already.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from functools import partial
from queue import SimpleQueue
from threading import Semaphore
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary, ref

from ._endpoints import Lanes
from .errors import BadInput
from .ports import AsyncStore, Store

_T = TypeVar("_T")
_R = TypeVar("_R")


def _in_trio() -> bool:
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())


# --- async ---------------------------------------------------------------------------------------------------------


async def in_thread(threads: Any, call: Callable[..., _R], *args: Any) -> _R:
    """Run a blocking call in one of these threads, and wait for its end even when cancelled.

    A database transaction must not go on in a thread while its session is being rolled back.

    Args:
        threads: An executor, or a limiter of trio's; None for the event loop's own.
        call: What to run.
        args: With what.
    """
    bound = partial(call, *args)
    if _in_trio():
        result: _R = await sys.modules["trio"].to_thread.run_sync(bound, limiter=threads)
        return result
    return await _to_its_end(asyncio.get_running_loop().run_in_executor(threads, bound))


async def _surely_in_thread(threads: Any, call: Callable[..., Any], *args: Any) -> None:
    """Run a blocking call in a thread even when cancelled before: trio would not so much as begin it."""
    if _in_trio():
        with sys.modules["trio"].CancelScope(shield=True):
            await in_thread(threads, call, *args)
    else:
        await in_thread(threads, call, *args)


async def _to_its_end(future: asyncio.Future[_R]) -> _R:
    cancelled: asyncio.CancelledError | None = None
    while True:
        try:
            done = await asyncio.shield(future)
            break
        except asyncio.CancelledError as error:
            if future.done():
                raise
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return done


async def resolve(call: Callable[..., Any], *args: Any) -> Any:
    """Call the host's callable of either colour, here: what may block is called by `outside`."""
    result = call(*args)
    return await result if inspect.isawaitable(result) else result


async def outside(call: Callable[..., Any], *args: Any) -> Any:
    """Call what does I/O outside the database: awaited if it is async, else in a thread of its own.

    The threads of the event loop are few: the database needs them, and what hangs here must not keep it waiting.
    """
    if inspect.iscoroutinefunction(call):
        return await call(*args)
    if _in_trio():
        trio = sys.modules["trio"]
        result = await trio.to_thread.run_sync(partial(call, *args), limiter=trio.CapacityLimiter(1))
    else:
        pool = ThreadPoolExecutor(1, thread_name_prefix="sopflow")
        try:
            result = await _to_its_end(asyncio.get_running_loop().run_in_executor(pool, partial(call, *args)))
        finally:
            pool.shutdown(wait=False)
    return await result if inspect.isawaitable(result) else result


async def gather_async(call: Callable[[_T], Awaitable[_R]], items: Sequence[_T], limit: int) -> list[_R]:
    """Await `call` for every item, at most `limit` at a time; results in the order of the items."""
    results: list[Any] = [None] * len(items)
    waiting = iter(list(enumerate(items)))
    failed: dict[int, Exception] = {}

    async def work() -> None:
        for position, item in waiting:
            try:
                results[position] = await call(item)
            except Exception as error:  # as in threads: what was begun comes to its end, and then it is raised
                failed[position] = error
            if failed:
                return

    hands = min(limit, len(items))
    if hands <= 1:
        await work()
    elif _in_trio():
        async with sys.modules["trio"].open_nursery() as nursery:
            for _ in range(hands):
                nursery.start_soon(work)
    else:
        async with asyncio.TaskGroup() as group:
            for _ in range(hands):
                group.create_task(work())
    if failed:
        raise failed[min(failed)]
    return results


class AsyncRoom:
    """So many places, and no more at a time. Belongs to the event loop in which it is first used."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._loop: Any = None

    async def enter(self, wait: float) -> bool:
        """Take a place; return False if none became free within `wait` seconds."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise BadInput(
                "store", "on trio", "hand AsyncRunner the store of open_store: this one needs asyncio"
            ) from None
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise BadInput("store", "of another event loop", "open a store in each event loop")
        try:
            async with asyncio.timeout(wait):
                return await self._places.acquire()
        except TimeoutError:
            return False

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()


async def stream_async(
    call: Callable[[_T], Awaitable[_R]],
    more: Callable[[int], Awaitable[Sequence[_T]]],
    lanes: Lanes[_T],
    hands: int,
    most: int,
) -> list[_R]:
    """Await `call` for every item that `more(n)` gives, n or fewer at a time, until it gives fewer than asked.

    Args:
        call: What is done with an item.
        more: Gives further items.
        lanes: Says which items must wait for each other.
        hands: How many are worked at the same time.
        most: How many are held at the same time, waiting or being worked.

    Returns:
        The results, in the order in which they came.

    Raises:
        Exception: The first that `call` or `more` raised, when all that was begun has come to its end.
    """
    results: list[_R] = []
    finished: deque[tuple[Hashable, _R | None, Exception | None]] = deque()
    trio: Any = sys.modules["trio"] if _in_trio() else None
    busy, ended = 0, most < 1
    wake: Any = None

    async def work(lane: Hashable, item: _T) -> None:
        try:
            finished.append((lane, await call(item), None))
        except Exception as error:  # raised in the group, it would cancel the others, and come out as a group of errors
            finished.append((lane, None, error))
        if wake is not None:
            wake.set()

    async def works(start: Callable[..., Any]) -> Exception | None:
        nonlocal busy, ended, wake
        while True:
            if not ended and not lanes.ready and lanes.held < most:
                asked = most - lanes.held
                try:
                    found = await more(asked)
                except Exception as error:
                    return error
                ended = len(found) < asked
                lanes.add(found)
            while busy < max(1, hands) and (taken := lanes.take()) is not None:
                busy += 1
                start(work, *taken)
            if not busy and not lanes.held and ended:
                return None
            wake = trio.Event() if trio is not None else asyncio.Event()
            if busy and not finished:
                await wake.wait()
            while finished:
                lane, result, failed = finished.popleft()
                if failed is not None:
                    return failed
                results.append(cast(_R, result))
                lanes.done(lane)
                busy -= 1

    crowd: Any = trio.open_nursery() if trio is not None else asyncio.TaskGroup()
    async with crowd as group:
        failed = await works(
            group.start_soon if trio is not None else lambda run, *args: group.create_task(run(*args))
        )  # fmt: skip
    if failed is not None:
        raise failed
    return results


class _AsyncSession:
    """A blocking session whose every call goes to a thread (or runs directly where nothing blocks)."""

    def __init__(self, session: Any, blocking: bool, threads: Any = None) -> None:
        self._session = session
        self._blocking = blocking
        self._threads = threads

    @property
    def conn(self) -> Any:
        return self._session.conn

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        if self._blocking:
            async with _in_threads(self._session.part(), self._threads):
                yield
        else:
            with self._session.part():
                yield

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._session, name)

        async def call(*args: Any) -> Any:
            return await in_thread(self._threads, method, *args) if self._blocking else method(*args)

        return call


_READERS = 8  # at once in one event loop: with the one who writes they need fewer connections than a pool has


class _Turns:
    """What the tasks of one event loop share of a blocking store: one of them writes, a few read, in threads of theirs.

    Who waits for a connection, or for the file, has no thread: those who have one need the threads to finish.
    """

    def __init__(self, loop: Any, trio: Any) -> None:
        self.loop = ref(loop)
        if trio is not None:
            self.writer, self.readers = trio.Lock(), trio.Semaphore(_READERS)
            self.threads: Any = trio.CapacityLimiter(_READERS + 1)
        else:
            self.writer, self.readers = asyncio.Lock(), asyncio.Semaphore(_READERS)
            self.threads = ThreadPoolExecutor(_READERS + 1, thread_name_prefix="sopflow")


class _Turn:
    """One session of a task's."""

    __slots__ = ("alone", "open", "turns")

    def __init__(self, turns: _Turns, alone: bool) -> None:
        self.turns = turns
        self.alone = alone
        self.open = True


_turns: WeakKeyDictionary[Any, _Turns] = WeakKeyDictionary()
_within: ContextVar[tuple[_Turn, ...]] = ContextVar("sopflow_sessions", default=())  # in which this task is


class _AsyncStore:
    """A blocking store for async programs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.capabilities = store.capabilities
        self._blocking = store.blocking

    @asynccontextmanager
    async def session(self, conn: Any = None, *, read: bool = False) -> AsyncIterator[_AsyncSession]:
        manager = self._store.session(conn, read=read)
        if self._blocking and conn is not None:
            async with _in_threads(manager, None) as inner:
                yield _AsyncSession(inner, True)
            return
        # A store that does not block has a lock that belongs to a thread, which tasks share: its readers wait, too.
        turns, alone = self._turns(), not (self._blocking and read)
        around = tuple(turn for turn in _within.get() if turn.open)
        mine = [turn for turn in around if turn.turns is turns]
        # Whoever is in a session already would wait for itself: the store says what it says in one thread.
        waits = not (any(turn.alone for turn in mine) if alone else mine)
        async with (turns.writer if alone else turns.readers) if waits else nullcontext():
            turn = _Turn(turns, alone)
            _within.set((*around, turn))
            try:
                if self._blocking:
                    async with _in_threads(manager, turns.threads) as inner:
                        yield _AsyncSession(inner, True, turns.threads)
                else:
                    with manager as inner:
                        yield _AsyncSession(inner, False)
            finally:
                turn.open = False
                _within.set(around)

    def _turns(self) -> _Turns:
        trio = sys.modules["trio"] if _in_trio() else None
        loop: Any = trio.lowlevel.current_trio_token() if trio is not None else asyncio.get_running_loop()
        found = _turns.get(self._store)
        if found is None or found.loop() is not loop:
            found = _turns[self._store] = _Turns(loop, trio)
        return found

    async def close(self) -> None:
        self._store.close()


@asynccontextmanager
async def _in_threads(manager: Any, threads: Any) -> AsyncIterator[Any]:
    """Enter and leave a blocking context manager in threads."""
    entered: list[Any] = []
    try:
        await in_thread(threads, lambda: entered.append(manager.__enter__()))
        yield entered[0]
    except BaseException as error:
        if not entered:
            raise
        await _surely_in_thread(threads, _leave, manager, type(error), error, error.__traceback__)
        raise
    await _surely_in_thread(threads, manager.__exit__, None, None, None)


def _leave(manager: Any, kind: Any, error: BaseException, trace: Any) -> None:
    try:
        manager.__exit__(kind, error, trace)
    except BaseException as raised:
        if raised is not error:
            raise


def as_async(store: Any, given: Iterable[Callable[..., Any]] = ()) -> AsyncStore:
    """Return `store` for an async shell, wrapped if it is a blocking one; what is `given` may have either colour."""
    if inspect.iscoroutinefunction(getattr(store, "close", None)):
        found: AsyncStore = store
        return found
    return _AsyncStore(store)


# --- sync ----------------------------------------------------------------------------------------------------------


def plain(call: Callable[..., Any], *args: Any) -> Any:
    """Call the host's callable, which must not be async."""
    result = call(*args)
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise BadInput(
            "callable", getattr(call, "__qualname__", call), "it is async: use AsyncRunner, or a plain function"
        )
    return result


def gather_threads(call: Callable[[_T], _R], items: Sequence[_T], limit: int) -> list[_R]:
    """Run `call` for every item in at most `limit` threads; results in the order of the items."""
    if limit <= 1 or len(items) <= 1:
        return [call(item) for item in items]
    with ThreadPoolExecutor(min(limit, len(items)), thread_name_prefix="sopflow") as pool:
        return list(pool.map(call, items))


class Room:
    """So many places, and no more at a time."""

    def __init__(self, places: int) -> None:
        self._places = Semaphore(places)

    def enter(self, wait: float) -> bool:
        """Take a place; return False if none became free within `wait` seconds."""
        return self._places.acquire(timeout=wait)

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()


def stream_threads(
    call: Callable[[_T], _R], more: Callable[[int], Sequence[_T]], lanes: Lanes[_T], hands: int, most: int
) -> list[_R]:
    """Run `call` in threads for every item that `more(n)` gives: the blocking half of `stream_async`."""
    results: list[_R] = []
    finished: SimpleQueue[tuple[Hashable, Future[_R]]] = SimpleQueue()
    busy, ended = 0, most < 1
    with ThreadPoolExecutor(max(1, hands), thread_name_prefix="sopflow") as pool:
        while True:
            if not ended and not lanes.ready and lanes.held < most:
                asked = most - lanes.held
                found = more(asked)
                ended = len(found) < asked
                lanes.add(found)
            while busy < max(1, hands) and (taken := lanes.take()) is not None:
                lane, item = taken
                if hands <= 1 or (ended and lanes.held == 1):  # nobody else has anything to do
                    results.append(call(item))
                    lanes.done(lane)
                    continue
                busy += 1
                future = pool.submit(call, item)
                future.add_done_callback(lambda done, lane=lane: finished.put((lane, done)))  # type: ignore[misc]
            if busy:
                lane, future = finished.get()
                results.append(future.result())
                lanes.done(lane)
                busy -= 1
            elif ended and not lanes.held:
                return results


def as_sync(store: Any, given: Iterable[Callable[..., Any]] = ()) -> Store:
    """Return `store`, which must be a blocking one, as must be the callables that are `given`."""
    if inspect.iscoroutinefunction(getattr(store, "close", None)):
        raise BadInput("store", type(store).__name__, "it is async: use AsyncRunner, or a blocking store")
    for call in given:
        if inspect.iscoroutinefunction(call):
            raise BadInput(
                "callable", getattr(call, "__qualname__", call), "it is async: use AsyncRunner, or a plain function"
            )
    found: Store = store
    return found
