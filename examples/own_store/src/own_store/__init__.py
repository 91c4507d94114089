"""sopflow's cases in LMDB: a folder, no server, many processes, one writer at a time.

`store.py` begins transactions, `session.py` is one (the port, method by method), and `rows.py` is all that they need of
the database. docs/backends.md of sopflow tells the same in words.
"""

from __future__ import annotations

from .store import LmdbStore, open_lmdb

__all__ = ["LmdbStore", "open_lmdb"]
