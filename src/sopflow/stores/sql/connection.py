"""What the SQL store asks of a database: an open transaction with three methods, and a driver that begins them.

In both colours. The texts handed in are the portable ones of `statements`; the connection renders them by its dialect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ...errors import StoreContended, StoreError
from .dialects import Dialect

HOST = "the host's database"  # the place of a transaction that is joined

Params = Mapping[str, Any]
Rows = Sequence[Sequence[Any]]


class Connection(Protocol):
    """One open transaction of ours, or a savepoint in the host's."""

    @property
    def raw(self) -> Any:
        """The driver's connection, for participants."""
        ...

    def rows(self, sql: str, params: Params) -> Rows:
        """Run a statement and return all its rows."""
        ...

    def run(self, sql: str, params: Params) -> int:
        """Run a statement and return how many rows it changed; raise `Duplicate` for a second row with one key."""
        ...

    def end(self, ok: bool) -> None:
        """Keep (commit, or release the savepoint) or undo everything since the beginning."""
        ...


class AsyncConnection(Protocol):
    """A `Connection` whose methods are awaited."""

    @property
    def raw(self) -> Any: ...
    async def rows(self, sql: str, params: Params) -> Rows: ...
    async def run(self, sql: str, params: Params) -> int: ...
    async def end(self, ok: bool) -> None: ...


class Driver(Protocol):
    """Begins transactions of our own, on pooled connections.

    Attributes:
        dialect: How its statements are written.
        place: What it is connected to, for error texts: no user, no password.
        shared: Whether others' tables may be there as well.
        upgrade: Whether steps that a schema lacks are applied when it is opened.
    """

    dialect: Dialect
    place: str
    shared: bool
    upgrade: bool

    def begin(self, read: bool) -> Connection:
        """Begin a transaction; one for reading sees one moment."""
        ...

    def ready(self) -> None:
        """Called when what the database holds was found to be ours, or nothing: settings that change it."""
        ...

    def close(self) -> None:
        """Close the pooled connections."""
        ...


class AsyncDriver(Protocol):
    """A `Driver` whose methods are awaited."""

    dialect: Dialect
    place: str
    shared: bool
    upgrade: bool

    async def begin(self, read: bool) -> AsyncConnection: ...
    async def ready(self) -> None: ...
    async def close(self) -> None: ...


class Duplicate(StoreError):
    """A row with this key is there already."""


class Waited(StoreContended):
    """Another transaction was in the way for too long: whoever has the transaction decides whether to wait again."""
