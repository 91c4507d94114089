# Generated from src/sopflow/stores/sql/pool.py by scripts/unasync.py. DO NOT CHANGE.
"""A bounded pool of connections, for every driver.

Our own, because six drivers need one and each brings another or none; it has no threads and no settings of its own.
A connection serves one transaction at a time. Whether it still lives is found by beginning one: `take(fresh=True)` is
for the driver whose first connection was dead.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Generic, TypeVar, final

from ... import _fanout
from ...errors import StoreError

_C = TypeVar("_C")
_inherited: list[Any] = []  # of the process that this one was forked from: closing them would end its sessions
_forks = [0]  # how often this process came out of another's: cheaper to look at than its number


def _forked() -> None:
    _forks[0] += 1


if hasattr(os, "register_at_fork"):  # where there are no forks, there is nothing to inherit
    os.register_at_fork(after_in_child=_forked)


@final
class Pool(Generic[_C]):
    """Connections that are not in use.

    Args:
        connect: Makes one.
        drop: Closes one, without raising.
        size: How many there may be; 0 for any number.
        wait: How many seconds to wait for one.
        place: Named in errors.
    """

    def __init__(
        self, connect: Callable[[], _C], drop: Callable[[_C], None], size: int, wait: float,
        place: str,
    ) -> None:  # fmt: skip
        self._connect = connect
        self._drop = drop
        self._size = size
        self._wait = wait
        self._place = place
        self._closed = False
        self._start()

    def _start(self) -> None:
        self._born = _forks[0]
        self._free: list[_C] = []
        self._room = _fanout.Room(self._size) if self._size else None

    def take(self, fresh: bool = False) -> _C:
        """Return a connection that nobody else has until it is given back.

        Args:
            fresh: Forget those that are free, and make a new one.

        Raises:
            StoreError: If the pool is closed, or none was given back in time.
        """
        if self._born != _forks[0]:
            _inherited.append(self._free)
            self._start()
        if self._room is not None and not self._room.enter(self._wait):
            raise StoreError(
                f"{self._place}: its {self._size} connections have been in use for {self._wait:g} s; end sessions "
                "sooner, or add ?pool= to the URL"
            )
        try:
            if self._closed:
                raise StoreError(f"{self._place}: the store is closed; open a new one")
            if fresh:
                self._empty()
            try:
                return self._free.pop()
            except IndexError:
                return self._connect()
        except BaseException:
            if self._room is not None:
                self._room.leave()
            raise

    def give(self, conn: _C, broken: bool = False) -> None:
        """Give a connection back; a broken one is closed."""
        try:
            if broken or self._closed:
                self._drop(conn)
            else:
                self._free.append(conn)
        finally:
            if self._room is not None:
                self._room.leave()

    def close(self) -> None:
        """Close what is not in use now, and the others when they are given back."""
        self._closed = True
        if self._born == _forks[0]:
            self._empty()

    def _empty(self) -> None:
        free, self._free = self._free, []
        for conn in free:
            self._drop(conn)
