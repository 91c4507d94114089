"""Evidence stores: where the bytes of attached files are. A folder, or a store of ours that is not the cases' own.

A store with the capability "evidence" keeps them beside the cases, in the same transaction; it needs nothing from here.
What is fetched from anywhere, who may look, and for how long things are kept is the host's.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, final

from . import canon
from ._source import CHUNK, digest_of
from .errors import BadInput, EvidenceNotFound, StoreError, StoreFull
from .ports import Store

__all__ = ["FileEvidence", "StoreEvidence"]

_SAFE = re.compile(r"[a-z0-9][a-z0-9-]{0,99}\Z")  # on every file system, whatever it does with case
_NAME = re.compile(r"[0-9a-f]{64}(\.[0-9a-f]{16}\.part)?\Z")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS)


@final
class FileEvidence:
    """Bytes in a folder, on disk before they are journalled. One folder belongs to one database.

        folder/TENANT/objects/ab/cd/DIGEST      the bytes, once
        folder/TENANT/cases/ab/CASE/DIGEST      another name (a hard link) for them: the case has them

    Erasing a case takes its names; bytes without a name are gone. Where the file system has no hard links, each case
    has a copy. Folders and files are the owner's alone (0700, 0600).

    Args:
        folder: Created where it does not exist.

    Raises:
        StoreFull: By every method, for a folder that cannot be written, or a full disk.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)

    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        """Keep the bytes of a file; see `sopflow.ports.EvidenceStore`."""
        mine = self._case(tenant, case) / _checked(digest)
        shared = self._tenant(tenant) / "objects" / digest[:2] / digest[2:4] / digest
        with _as_store_errors():
            for folder in (mine.parent, shared.parent):
                self._make(folder)
            if mine.parent.name.startswith("="):
                self._name_case(mine.parent, case)
            part = mine.with_name(f"{digest}.{os.urandom(8).hex()}.part")
            try:
                _write(part, file, digest)
                if not _fresh(mine, digest) and not (_fresh(shared, digest) and _linked(shared, mine, mine.parent)):
                    os.replace(part, mine)
                    _linked(mine, shared, mine.parent)  # where that cannot be, each case has its own
                for folder in (shared.parent, mine.parent):
                    _sync(folder)
            finally:
                with suppress(FileNotFoundError):
                    part.unlink()

    def get(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None:
        """Write the bytes into a file; see `sopflow.ports.EvidenceStore`."""
        with _as_store_errors():
            try:
                with (self._case(tenant, case) / _checked(digest)).open("rb") as found:
                    while chunk := found.read(CHUNK):
                        into.write(chunk)
            except FileNotFoundError:
                raise EvidenceNotFound(case, digest) from None

    def kept(self, tenant: str, case: str = "") -> Sequence[tuple[str, str, datetime]]:
        """Return what is kept; see `sopflow.ports.EvidenceStore`."""
        cases = [self._case(tenant, case)] if case else (self._tenant(tenant) / "cases").glob("*/*")
        with _as_store_errors():
            return [found for folder in cases for found in _names(folder)]

    def erase(self, tenant: str, case: str, digest: str, before: datetime | None = None) -> None:
        """Remove the bytes of a case; see `sopflow.ports.EvidenceStore`."""
        mine = self._case(tenant, case) / _checked(digest)
        gone = mine.with_name(f"{digest[:64]}.{os.urandom(8).hex()}.part")
        with _as_store_errors():
            try:
                mine.rename(gone)
            except FileNotFoundError:
                pass
            else:
                # Asked only now: who puts the same bytes touches them before looking for the name that we took away.
                if before is not None and _put_at(gone) >= before:
                    gone.rename(mine)
                    return
                gone.unlink()
                _sync(mine.parent)
            shared = self._tenant(tenant) / "objects" / digest[:2] / digest[2:4] / digest[:64]
            with suppress(FileNotFoundError):
                if shared.stat().st_nlink == 1:  # whoever links it now keeps the bytes by that
                    shared.unlink()
                    _sync(shared.parent)

    def _tenant(self, tenant: str) -> Path:
        return self._folder / _token(tenant)

    def _case(self, tenant: str, case: str) -> Path:
        return self._tenant(tenant) / "cases" / canon.digest(case)[:2] / _token(case)

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make(folder.parent)
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            if not folder.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, "a file is in the place of a folder")
            _sync(folder.parent)

    def _name_case(self, folder: Path, case: str) -> None:
        """Say in a folder whose own name cannot whose it is."""
        if not (folder / "case").exists():
            part = folder / f"case.{os.urandom(8).hex()}"
            _written(part, lambda out: out.write(case.encode()))
            os.replace(part, folder / "case")


@final
class StoreEvidence:
    """Bytes in a store of sopflow's with the capability "evidence": another than the cases' own, which needs no help.

    Args:
        store: E.g. `open_store("sqlite:///evidence.db")`.
        clock: Returns the present instant, with a time zone.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        if "evidence" not in store.capabilities:
            raise BadInput("store", type(store).__name__, 'use one with the capability "evidence"')
        self._store = store
        self._clock = clock

    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        """Keep the bytes of a file; see `sopflow.ports.EvidenceStore`."""
        with self._store.session() as session:
            session.put_evidence(tenant, case, _checked(digest), file, canon.utc(self._clock(), "clock()"))

    def get(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None:
        """Write the bytes into a file; see `sopflow.ports.EvidenceStore`."""
        with self._store.session(read=True) as session:
            session.get_evidence(tenant, case, digest, into)

    def kept(self, tenant: str, case: str = "") -> Sequence[tuple[str, str, datetime]]:
        """Return what is kept; see `sopflow.ports.EvidenceStore`."""
        with self._store.session(read=True) as session:
            return session.kept_evidence(tenant, case)

    def erase(self, tenant: str, case: str, digest: str, before: datetime | None = None) -> None:
        """Remove the bytes of a case; see `sopflow.ports.EvidenceStore`."""
        with self._store.session() as session:
            session.erase_evidence(tenant, case, digest, before)


def _checked(name: str) -> str:
    if not _NAME.match(name):
        raise BadInput("digest", name, "use a SHA-256 in hexadecimal")
    return name


def _token(id: str) -> str:
    """Return an id as a folder's name; two different ids never become one."""
    return id if _SAFE.match(id) else "=" + canon.digest(id)


def _write(path: Path, file: BinaryIO, digest: str) -> None:
    """Write a new file, and have it on disk; refuse other bytes than those of the digest."""
    seen = hashlib.sha256()

    def copy(out: BinaryIO) -> None:
        while chunk := file.read(CHUNK):
            seen.update(chunk)
            out.write(chunk)

    _written(path, copy)
    if seen.hexdigest() != digest:
        raise BadInput("file", "(its bytes)", "they are not those of the digest: it changed while it was read")


def _written(path: Path, write: Callable[[BinaryIO], object]) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb"
    ) as out:
        write(out)
        out.flush()
        os.fsync(out.fileno())


def _fresh(path: Path, digest: str) -> bool:
    """Mark a file as put now, if it is there and holds the bytes of the digest."""
    try:
        os.utime(path)
        with path.open("rb") as found:
            return digest_of(found) == digest
    except FileNotFoundError:
        return False


def _linked(file: Path, name: Path, by: Path) -> bool:
    """Give a file another name, by way of one in the folder `by`; return False where that cannot be."""
    part = by / f"{file.name}.{os.urandom(8).hex()}.part"
    try:
        os.link(file, part)
        os.replace(part, name)
    except OSError:
        return False
    finally:
        with suppress(FileNotFoundError):
            part.unlink()  # replacing does nothing where both are names of one file
    return True


def _put_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _names(folder: Path) -> Iterator[tuple[str, str, datetime]]:
    try:
        case = (folder / "case").read_text("utf-8") if folder.name.startswith("=") else folder.name
        found = sorted(path for path in folder.iterdir() if _NAME.match(path.name))
    except FileNotFoundError:
        return
    for path in found:
        with suppress(FileNotFoundError):
            yield case, path.name, _put_at(path)


def _sync(folder: Path) -> None:
    """Have a folder's names on disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _as_store_errors() -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        kind = StoreFull if error.errno in _FULL else StoreError
        raise kind(f"evidence: {error.strerror}; check the folder, its permissions and its space") from error
