"""What a host hands in as a file: a path, bytes or a binary file, made readable twice. Nothing is fetched."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
from inspect import iscoroutinefunction
from pathlib import Path
from typing import IO, Any, BinaryIO, cast, final

from . import canon
from .errors import BadInput, StoreError

CHUNK = 1 << 20
_URL = re.compile(r"\s*([a-z][a-z0-9+.-]+:/|(data|magnet|mailto|tg|urn):|www\.)", re.IGNORECASE)
_UNDECODED = re.compile("[\udc80-\udcff]+")  # bytes of a file name that are no text
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}(;[ -~]{1,200})?\Z")


@final
class Source:
    """One file, hashed: read it by `rewound()`, as often as needed. Large ones are never wholly in memory.

    Args:
        file: A path, bytes, or a binary file object, read from where it stands.
        name: The file's name; the path's or file object's own when empty. Folders are cut off.
        media_type: E.g. "image/png"; guessed from the name when empty.
        limit: The most bytes that are taken.

    Raises:
        BadInput: For a URL, a text file, a folder, a missing file, or one that is too large. Its name is not shown.
    """

    def __init__(self, file: Any, name: str, media_type: str, limit: int) -> None:
        self._stream, own = self._opened(file)
        try:
            self.name = _base_name(name or own)
            self.media_type = _media_type(media_type, self.name)
            self._start, self.size, self.digest = self._hashed(limit)
        except BaseException:
            self.close()
            raise

    def _opened(self, file: Any) -> tuple[BinaryIO, str]:
        self._ours = True
        if isinstance(file, bytes | bytearray | memoryview):
            return io.BytesIO(file), ""
        if isinstance(file, str | os.PathLike):
            return _open(file)
        if (
            not callable(getattr(file, "read", None))
            or isinstance(file, io.TextIOBase)
            or iscoroutinefunction(file.read)
        ):
            raise BadInput("file", type(file).__name__, "hand in a path, bytes, or a file opened in binary mode")
        self._ours = False
        own = getattr(file, "name", "")
        return file, own if isinstance(own, str) else ""

    def _hashed(self, limit: int) -> tuple[int, int, str]:
        """Read to the end, spooling what cannot be read twice; return where it starts, its size and its digest."""
        stream, copy = self._stream, cast(BinaryIO, None)
        seekable = getattr(stream, "seekable", None)
        if seekable is not None and seekable():
            start = stream.tell()
        else:
            start, copy = 0, spooled()
        size, digest = 0, hashlib.sha256()
        try:
            while chunk := stream.read(CHUNK):
                if not isinstance(chunk, bytes | bytearray | memoryview):
                    raise BadInput("file", type(self._stream).__name__, "open it in binary mode")
                size += len(chunk)
                if size > limit:
                    raise BadInput("file", f"more than {limit} bytes", "hand in a smaller one, or raise max_size")
                digest.update(chunk)
                if copy is not None:
                    copy.write(chunk)
        except BaseException as error:
            if copy is not None:
                copy.close()
            if isinstance(error, OSError):
                raise StoreError(f"the file could not be read to its end ({error.strerror}); try again") from error
            raise
        if copy is not None:
            self._stream, self._ours = copy, True
        return start, size, digest.hexdigest()

    def rewound(self) -> BinaryIO:
        """Return the file, standing where it starts."""
        self._stream.seek(self._start)
        return self._stream

    def close(self) -> None:
        """Close what was opened here, and leave a host's file object open."""
        if self._ours:
            self._stream.close()


def _open(file: str | os.PathLike[str]) -> tuple[BinaryIO, str]:
    if _URL.match(os.fsdecode(file)):
        raise BadInput("file", "(a URL)", "nothing is ever fetched: get it yourself, and hand in the bytes or the path")
    path = Path(os.fsdecode(file))
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # asked first: opening a pipe would wait
            raise BadInput("file", "(a path)", "it is no regular file: name one, or hand in an open binary file")
        return path.open("rb"), path.name
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        why = getattr(error, "strerror", None) or "no file can have this name"
        raise BadInput("file", "(a path)", f"it cannot be read ({why}): name a file that can") from None


def spooled() -> BinaryIO:
    """Return an empty file that goes to disk once it is large."""
    from tempfile import SpooledTemporaryFile  # it takes long to import

    return cast(BinaryIO, SpooledTemporaryFile(CHUNK))


def digest_of(stream: IO[bytes]) -> str:
    """Return the SHA-256 of what is left of a binary file."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _base_name(name: str) -> str:
    name = _UNDECODED.sub("\N{REPLACEMENT CHARACTER}", name)
    last = name.replace("\\", "/").rpartition("/")[2]
    canon.check(last, "name")
    return "" if last in (".", "..") else last


def _media_type(given: str, name: str) -> str:
    if not given:
        from mimetypes import MimeTypes

        guess, packed = MimeTypes().guess_type(f"file:{name}")  # by Python's own table: the same on every machine
        return (f"application/{packed}" if packed else guess) or ""
    if not _MEDIA_TYPE.match(given):
        raise BadInput("media_type", given, 'write it as type/subtype, e.g. "image/png"')
    return given
