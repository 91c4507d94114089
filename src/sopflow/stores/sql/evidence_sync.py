# Generated from src/sopflow/stores/sql/evidence.py by scripts/unasync.py. DO NOT CHANGE.
"""The bytes of attached files in a SQL store, in chunks, so that a large file never is in memory. Knows no driver.
Its sync half is generated.

A row counts the cases that have an object. Whoever puts or erases its bytes writes to that row first, and so waits for
whoever did before, on every database: no bytes go that a case still has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from ... import canon
from ...errors import BadInput, EvidenceNotFound
from . import statements as sql
from .connection import Connection
from .rows import in_bytes, put_at

_CHUNK = 1 << 20  # well below what servers take in one packet


class EvidenceRows:
    """What a session with the capability "evidence" can do. See `sopflow.ports.EvidenceStore`."""

    _c: Connection

    def put_evidence(self, tenant: str, case: str, digest: str, file: BinaryIO, at: datetime) -> None:
        key = {"tenant": tenant, "digest": digest}
        mine = {**key, "case": case, "put": canon.instant(at)}
        self._c.run(sql.LOCK_OBJECT, key)
        if self._c.run(sql.KEEP_EVIDENCE, mine):
            self._c.run(sql.COUNT_OBJECT, {**key, "more": 1})
        else:
            self._c.run(sql.TOUCH_EVIDENCE, mine)
        if self._digest(self._chunks(key, sql.CHUNK_NOW)) == digest:
            return
        self._c.run(sql.DELETE_CHUNKS, key)
        seen, n = hashlib.sha256(), 0
        while data := file.read(_CHUNK):
            seen.update(data)
            self._c.run(sql.INSERT_CHUNK, {**key, "n": n, "data": data})
            n += 1
        if seen.hexdigest() != digest:
            raise BadInput("file", "(its bytes)", "they are not those of the digest: it changed while it was read")

    def get_evidence(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None:
        key = {"tenant": tenant, "digest": digest}
        if not self._c.rows(sql.EVIDENCE, {**key, "case": case}):
            raise EvidenceNotFound(case, digest)
        for data in self._chunks(key):
            into.write(data)

    def kept_evidence(self, tenant: str, case: str) -> Sequence[tuple[str, str, datetime]]:
        where, params = "tenant = :tenant", {"tenant": tenant}
        if case:
            where += " AND case_id = :case"
            params["case"] = case
        rows = self._c.rows(sql.KEPT_EVIDENCE.format(where=where), params)
        return [(id, digest, put_at(put)) for id, digest, put in rows]

    def erase_evidence(self, tenant: str, case: str, digest: str, before: datetime | None) -> None:
        key = {"tenant": tenant, "digest": digest}
        text, mine = sql.ERASE_EVIDENCE, {**key, "case": case}
        if before is not None:
            text, mine["before"] = sql.ERASE_OLD_EVIDENCE, canon.instant(before)
        self._c.run(sql.COUNT_OBJECT, {**key, "more": 0})
        if self._c.run(text, mine):
            self._c.run(sql.COUNT_OBJECT, {**key, "more": -1})
            if self._c.run(sql.DELETE_OBJECT, key):
                self._c.run(sql.DELETE_CHUNKS, key)

    def _chunks(self, key: dict[str, Any], text: str = sql.CHUNK) -> Iterator[bytes]:
        n = 0
        while rows := self._c.rows(text, {**key, "n": n}):
            yield in_bytes(rows[0][0])
            n += 1

    def _digest(self, chunks: Iterator[bytes]) -> str:
        seen = hashlib.sha256()
        for data in chunks:
            seen.update(data)
        return seen.hexdigest()
