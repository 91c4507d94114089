# Generated from src/sopflow/testing/_evidence_checks.py by scripts/unasync.py. DO NOT CHANGE.
"""The evidence store contract."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from .. import _fanout, canon
from ..errors import BadInput, EvidenceNotFound
from ._contract import Check, Contract, ContractBroken, check

_T, _CASE = "contract", "case-1"
_EVERY = bytes(range(256))
_MIB = 1 << 20
_SIZES = (0, 1, 255, _MIB - 1, _MIB, _MIB + 1, 3 * _MIB + 7)
_IDS = (
    "case-1", "Case-1", "case-1.", "a/b", "a_b", "../up", "..", "/etc/x", "C:x", "a\\b", "-rf", "=x", "%2e",
    "nul", "kasus-\u00e9", "kasus-e\u0301", "案件", "x" * 200, "x" * 199 + "y",
)  # fmt: skip
_PAST, _FUTURE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class _Broken(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() or size is None or size < 0:
            raise OSError(5, "Input/output error")
        return super().read(min(1000, size))


class EvidenceChecks(Contract):
    """Runs the checks of an evidence store.

    Args:
        make: Returns a fresh, empty evidence store.
        reopen: Takes such a store and returns a new one on the same data, as another process would; for the capability
            "durable".
    """

    whose = "the evidence store"

    def __init__(self, make: Callable[[], Any], reopen: Callable[[Any], Any] | None = None) -> None:
        self.make = make
        self.reopen = reopen

    def run(self, *names: str) -> tuple[str, ...]:
        """Run these checks, or all.

        Returns:
            The names of the checks that were run.

        Raises:
            ContractBroken: By the first promise that is not kept.
        """
        chosen = [c for c in self.checks() if not names or c.name in names]
        for each in chosen:
            each.run()
        return tuple(c.name for c in chosen)

    def checks(self) -> list[Check]:
        """Return the checks, each with a callable that runs it."""
        every = self.every()
        if self.reopen is None:
            every = {name: capability for name, capability in every.items() if capability != "durable"}
        return [Check(name, capability, self._runner(name, capability)) for name, capability in every.items()]

    def _runner(self, name: str, capability: str) -> Callable[[], Any]:
        def run() -> None:
            self._current = (name, capability)
            try:
                getattr(self, name)(_fanout.plain(self.make))
            except ContractBroken:
                raise
            except Exception as error:
                raise self.broken_by(error) from error

        return run

    # --- what checks are made of ---------------------------------------------------------------------------------

    def put(self, store: Any, data: bytes, case: str = _CASE, tenant: str = _T) -> str:
        """Put bytes and return their digest."""
        digest = canon.digest(data)
        _fanout.plain(store.put, tenant, case, digest, io.BytesIO(data))
        return digest

    def got(self, store: Any, digest: str, case: str = _CASE, tenant: str = _T) -> bytes | None:
        """Return what the store gives, or None where it says that it has nothing."""
        into = io.BytesIO()
        try:
            _fanout.plain(store.get, tenant, case, digest, into)
        except EvidenceNotFound:
            return None
        self.that(not into.closed, "closed the file that it was to write into")
        return into.getvalue()

    def names(self, store: Any, case: str = "", tenant: str = _T) -> list[tuple[str, str]]:
        """Return what is kept, without times."""
        return sorted((c, digest) for c, digest, _ in _fanout.plain(store.kept, tenant, case))

    # --- the promises --------------------------------------------------------------------------------------------

    @check("evidence")
    def bytes_come_back_as_they_were(self, store: Any) -> None:
        """Files of every size come back byte for byte."""
        for size in _SIZES:
            data = (_EVERY * (size // 256 + 1))[:size]
            seen = self.got(store, self.put(store, data))
            self.that(seen is not None, f"lost a file of {size} bytes")
            self.that(len(seen or b"") == size, f"gave {len(seen or b'')} bytes of a file of {size}")
            self.that(seen == data, f"changed the bytes of a file of {size} bytes")

    @check("evidence")
    def a_file_is_read_from_where_it_stands(self, store: Any) -> None:
        """What stands before the present position of a file is not part of it, and the file stays open."""
        file = io.BytesIO(b"not this" + _EVERY)
        file.seek(8)
        _fanout.plain(store.put, _T, _CASE, canon.digest(_EVERY), file)
        self.that(not file.closed, "closed the file that it was to read")
        self.that(self.got(store, canon.digest(_EVERY)) == _EVERY, "read the file from somewhere else")

    @check("evidence")
    def what_is_not_there_is_not_found(self, store: Any) -> None:
        """Bytes that nobody put raise EvidenceNotFound, and are never taken for an empty file."""
        absent = self.got(store, canon.digest(b"absent"))
        self.that(absent is None, "gives bytes that nobody has put, and raises no EvidenceNotFound")
        self.that(not self.names(store), "keeps something although nothing was put")

    @check("evidence")
    def each_tenant_has_only_its_own(self, store: Any) -> None:
        """Another tenant cannot read, list or erase, whatever it knows."""
        digest = self.put(store, _EVERY)
        self.that(self.got(store, digest, tenant="other") is None, "lets another tenant read")
        self.that(not self.names(store, tenant="other"), "shows another tenant what is kept")
        _fanout.plain(store.erase, "other", _CASE, digest)
        self.that(self.got(store, digest) == _EVERY, "lets another tenant erase")

    @check("evidence")
    def each_case_has_only_its_own(self, store: Any) -> None:
        """A case gives only what was put on it, however its id is written; no id leads anywhere else."""
        for case in _IDS:
            self.put(store, case.encode(), case)
        for case in _IDS:
            digest = canon.digest(case.encode())
            self.that(self.got(store, digest, case) == case.encode(), f"lost the bytes of case {case!r}")
            self.that(self.names(store, case) == [(case, digest)], f"mixes case {case!r} up with another")
        self.that(self.got(store, canon.digest(b"a/b")) is None, "lets one case read the bytes of another")
        self.that(len(self.names(store)) == len(_IDS), "does not list every case of a tenant")
        for tenant in _IDS:
            digest = self.put(store, b"of " + tenant.encode(), tenant=tenant)
            seen = self.names(store, tenant=tenant)
            self.that(seen == [(_CASE, digest)], f"mixes tenant {tenant!r} up with another")

    @check("evidence")
    def the_same_bytes_twice_are_kept_once(self, store: Any) -> None:
        """Putting again what is there changes nothing, and nothing of other files."""
        other = self.put(store, b"other")
        for _ in range(3):
            self.put(store, _EVERY)
        digest = canon.digest(_EVERY)
        wanted = sorted([(_CASE, digest), (_CASE, other)])
        self.that(self.names(store) == wanted, f"keeps {self.names(store)} instead of each file once")
        self.that(self.got(store, digest) == _EVERY, "changed bytes that were put again")
        self.that(self.got(store, other) == b"other", "overwrote another file")

    @check("evidence")
    def many_may_put_the_same_bytes_at_once(self, store: Any) -> None:
        """Workers that put the same bytes at the same time all succeed."""

        def put(n: int) -> None:
            self.put(store, _EVERY * 5000, f"case-{n % 3}")

        _fanout.gather_threads(put, range(12), 6)
        names = self.names(store)
        self.that(len(names) == 3, f"keeps {len(names)} instead of 3 after they were put at the same time")
        for case, digest in names:
            self.that(self.got(store, digest, case) == _EVERY * 5000, "broke bytes that two put at once")

    @check("evidence")
    def other_bytes_than_those_of_the_digest_are_refused(self, store: Any) -> None:
        """A file that changed while it was read is a BadInput; what was kept before is as it was."""
        digest = canon.digest(_EVERY)
        for before in (None, _EVERY):
            for data in (b"forged", b"", _EVERY[:-1]):
                with suppress(BadInput):
                    _fanout.plain(store.put, _T, f"case-{before is None}", digest, io.BytesIO(data))
                seen = self.got(store, digest, f"case-{before is None}")
                self.that(seen == before, "took bytes that are not those of the digest")
            self.put(store, _EVERY, "case-False")

    @check("evidence")
    def a_put_that_fails_keeps_nothing(self, store: Any) -> None:
        """Where a file cannot be read to its end, the error passes and nothing is found afterwards."""
        data = _EVERY * 40
        failed = False
        try:
            _fanout.plain(store.put, _T, _CASE, canon.digest(data), _Broken(data))
        except OSError:
            failed = True
        self.that(failed, "hides that a file could not be read")
        self.that(self.got(store, canon.digest(data)) is None, "keeps half a file")
        self.that(self.got(store, self.put(store, data)) == data, "cannot take a file that failed before")

    @check("evidence")
    def erasing_one_case_leaves_the_others_theirs(self, store: Any) -> None:
        """The same bytes on another case stay until that is erased too; erasing twice is harmless."""
        digest = self.put(store, _EVERY, "case-1")
        self.put(store, _EVERY, "case-2")
        for _ in range(2):
            _fanout.plain(store.erase, _T, "case-1", digest)
            self.that(self.got(store, digest, "case-1") is None, "still gives bytes that were erased")
            self.that(self.got(store, digest, "case-2") == _EVERY, "erased the bytes of another case")
        self.that(self.names(store) == [("case-2", digest)], "lists what was erased, or not what was not")
        _fanout.plain(store.erase, _T, "case-2", digest)
        self.that(not self.names(store), "still lists what was erased from every case")
        self.that(self.got(store, self.put(store, _EVERY)) == _EVERY, "cannot take what was erased before")

    @check("evidence")
    def what_was_put_since_is_not_swept(self, store: Any) -> None:
        """`kept` says when something was put; `erase` with `before` leaves what was put at that instant or later."""
        digest = self.put(store, _EVERY)
        ((_, _, first),) = _fanout.plain(store.kept, _T, _CASE)
        self.that(isinstance(first, datetime) and first.tzinfo is not None, "gives a time without a time zone")
        self.put(store, _EVERY)
        ((_, _, second),) = _fanout.plain(store.kept, _T, _CASE)
        self.that(second >= first, "says that what was put again was put earlier")
        for before in (_PAST, second):
            _fanout.plain(store.erase, _T, _CASE, digest, before)
            self.that(self.got(store, digest) == _EVERY, "erased what was put since")
        _fanout.plain(store.erase, _T, _CASE, digest, _FUTURE)
        self.that(self.got(store, digest) is None, "keeps what was put before the instant named")

    @check("durable")
    def everything_is_there_after_reopening(self, store: Any) -> None:
        """Another process finds all that was put, and nothing that was erased."""
        digests = [self.put(store, data, case) for data in (_EVERY, b"") for case in _IDS[:3]]
        gone = self.put(store, b"gone")
        _fanout.plain(store.erase, _T, _CASE, gone)
        before = self.names(store)
        assert self.reopen is not None  # else the check is left out
        store = _fanout.plain(self.reopen, store)
        self.that(len(before) == len(digests) and self.names(store) == before, "lost something by being reopened")
        self.that(self.got(store, digests[0]) == _EVERY, "changed bytes by being reopened")
        self.that(self.got(store, gone) is None, "brings back what was erased")
