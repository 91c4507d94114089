"""The connection protocol: the three things the SQL store asks of a database connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ...errors import StoreError

Params = Mapping[str, Any]


class Connection(Protocol):
    """One open transaction, ours or a savepoint in the host's."""

    @property
    def raw(self) -> Any:
        """The driver's connection, for participants."""
        ...

    def rows(self, sql: str, params: Params) -> Sequence[Sequence[Any]]:
        """Run a statement and return all its rows."""
        ...

    def run(self, sql: str, params: Params) -> int:
        """Run a statement and return how many rows it changed; raise `Duplicate` for a second row with one key."""
        ...

    def part(self) -> Connection:
        """Begin a savepoint, to be ended by its own `end`; an error inside it fails it alone."""
        ...

    def end(self, ok: bool) -> None:
        """Keep (commit, or release the savepoint) or undo everything since the beginning."""
        ...


class Duplicate(StoreError):
    """A row with this key is there already."""
