"""For all tests: since Python 3.13 a connection to SQLite that is dropped open warns, and here a warning is an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sopflow.stores.sql.pool_sync import Pool


@pytest.fixture(autouse=True)
def _stores_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what stores of a test still have open when it ends."""
    pools: list[Pool[Any]] = []
    make = Pool.__init__

    def noted(self: Pool[Any], *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        pools.append(self)

    monkeypatch.setattr(Pool, "__init__", noted)
    yield
    for pool in pools:
        pool.close()
