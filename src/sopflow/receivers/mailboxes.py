"""Where mails wait: a maildir, or a folder on an IMAP server. Read in bounded pieces; nothing is ever deleted."""

from __future__ import annotations

import imaplib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, final

from ..errors import BadInput, StoreError

_OVERHEAD = 64 * 1024


@final
class MaildirFolder:
    """A maildir: mails in `new`, and those in `cur` that nobody has seen. What is done is in `cur`, marked as seen.

    Args:
        path: The maildir.

    Raises:
        BadInput: If it is none.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        if not all((self._path / name).is_dir() for name in ("new", "cur")):
            raise BadInput("path", str(path), "name a maildir: a folder with `new` and `cur` in it")

    def fetch(self, most: int, size: int) -> Sequence[tuple[str, bytes]]:
        """Return the oldest mails that are not done."""
        found: list[tuple[str, bytes]] = []
        try:
            names = [f"new/{entry.name}" for entry in os.scandir(self._path / "new")]
            names += [f"cur/{e.name}" for e in os.scandir(self._path / "cur") if "S" not in e.name.partition(":2,")[2]]
            for name in sorted(names, key=lambda n: n[4:]):
                if len(found) == most:
                    break
                path = self._path / name
                if name[4:5] == "." or path.is_symlink() or not path.is_file():
                    continue
                with suppress(FileNotFoundError), path.open("rb") as file:  # another worker may have been here
                    found.append((name, file.read(size)))
        except OSError as error:
            raise StoreError(f"the maildir cannot be read: {error.strerror}") from error
        return found

    def done(self, keys: Sequence[str]) -> None:
        """Mark mails as seen."""
        for key in keys:
            base, _, flags = key[4:].partition(":2,")
            target = self._path / "cur" / f"{base}:2,{''.join(sorted({*flags, 'S'}))}"
            try:
                with suppress(FileNotFoundError):
                    (self._path / key).rename(target)
            except OSError as error:
                raise StoreError(f"the maildir cannot be written: {error.strerror}") from error


@final
class ImapFolder:
    """A folder on an IMAP server. A mail that is not seen waits; what is done is marked as seen.

    Each look makes a connection of its own: one that idles loses its socket, and with it mails. What another program
    has marked as seen is not fetched: give the channel a mailbox of its own.

    Args:
        connect: Returns a logged-in connection, e.g. `imaplib.IMAP4_SSL(host, timeout=30)` after `login`.
        folder: Its name.
    """

    def __init__(self, connect: Callable[[], imaplib.IMAP4], folder: str = "INBOX") -> None:
        self._connect = connect
        self._folder = folder

    def fetch(self, most: int, size: int) -> Sequence[tuple[str, bytes]]:
        """Return the oldest mails that are not seen."""
        found: list[tuple[str, bytes]] = []
        with self._opened(size) as (imap, validity):
            uids = re.findall(rb"\d{1,10}", b" ".join(_lines(imap.uid("SEARCH", "UNSEEN"))))
            for uid in uids[:most]:
                answer = imap.uid("FETCH", uid.decode(), f"(BODY.PEEK[]<0.{size}>)")
                raw = next((part[1] for part in _answered(answer) if isinstance(part, tuple)), None)
                if raw is not None:
                    found.append((f"{validity}:{uid.decode()}", raw[:size]))
        return found

    def done(self, keys: Sequence[str]) -> None:
        """Mark mails as seen."""
        with self._opened(_OVERHEAD) as (imap, validity):
            uids = [uid for was, _, uid in (key.partition(":") for key in keys) if was == validity]
            for start in range(0, len(uids), 100):
                _answered(imap.uid("STORE", ",".join(uids[start : start + 100]), "+FLAGS.SILENT", r"(\Seen)"))

    @contextmanager
    def _opened(self, size: int) -> Iterator[tuple[imaplib.IMAP4, str]]:
        imap: imaplib.IMAP4 | None = None
        try:
            imap = self._connect()
            _bound(imap, size + _OVERHEAD)
            quoted = self._folder.replace("\\", r"\\").replace('"', r"\"")
            _answered(imap.select(f'"{quoted}"'))
            validity = b" ".join(_lines(imap.response("UIDVALIDITY"))).decode("ascii", "replace")
            yield imap, validity
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"the IMAP folder cannot be read: {type(error).__name__}") from error
        finally:
            if imap is not None:
                with suppress(imaplib.IMAP4.error, OSError):
                    imap.logout()
                with suppress(OSError):  # logging out closes the socket only if the server answers
                    imap.shutdown()


def _bound(imap: Any, most: int) -> None:
    """A server announces how much it is going to send: believe it only up to a limit."""
    read = imap.read

    def bounded(size: int) -> bytes:
        if size > most:
            raise imaplib.IMAP4.abort("the server sends more than was asked for")
        data: bytes = read(size)
        return data

    imap.read = bounded


def _answered(answer: Any) -> list[Any]:
    kind, data = answer
    if kind != "OK":
        raise StoreError("the IMAP server refuses")
    return list(data or ())


def _lines(answer: Any) -> list[bytes]:
    return [part for part in answer[1] or () if isinstance(part, bytes)]
