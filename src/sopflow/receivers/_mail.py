"""Parts and headers of a mail, read within bounds: whatever is in it, looking at it costs little. It judges nothing."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.policy import Compat32
from typing import final
from urllib.parse import unquote

_MOST_PARTS = 100  # parts of a mail that are looked at
LINES = 50_000  # of a mail that are looked at
_LONGEST = 20_000  # characters of a header that are looked at: what reads them needs time by the square of it
_TEXT = 100_000  # bytes of a text that may say nothing but that receipt is confirmed
_BRACKETED = re.compile(r"<([^<>\s@]{1,700})@[^<>\s@]{1,255}>")
_PLAIN = frozenset(("7bit", "8bit", "binary", "quoted-printable"))
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_NO_CHARSETS = frozenset(("idna", "punycode", "undefined"))  # codecs of Python's that no mail is written in


@final
class _Short(Compat32):
    """Reads of each header so much and no more."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_LONGEST]


def parsed(raw: bytes) -> Mail:
    """Return a mail: its first lines, and of each header the beginning."""
    lines = raw.split(b"\n", LINES)
    return message_from_bytes(raw if len(lines) <= LINES else b"\n".join(lines[:LINES]), policy=_Short())


def parts_of(mail: Mail) -> list[Mail]:
    """Return the mail and the parts in it, the first of them."""
    found: list[Mail] = []
    for part in mail.walk():
        found.append(part)
        if len(found) == _MOST_PARTS:
            break
    return found


def blocks_of(parts: Sequence[Mail], kind: str) -> list[Mail]:
    """Return the groups of fields of a report's part: the parser reads each as a mail of its own."""
    found: list[Mail] = []
    for part in parts:
        if part.get_content_type() == kind:
            inner = part.get_payload()
            if isinstance(inner, list):
                found += (block for block in inner if isinstance(block, Mail))
            else:
                found.append(parsed(bytes_of(part)))
    return found


def bytes_of(part: Mail) -> bytes:
    """Return what a part holds, decoded."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def alone(mail: Mail) -> str | None:
    """Return the plain text of a mail that holds nothing but it and perhaps the same as HTML; None for any other."""
    part = mail
    while part.get_content_maintype() == "multipart" and not part.defects:
        inner = [p for p in part.get_payload() if isinstance(p, Mail)] if part.is_multipart() else []
        kinds = [p.get_content_type() for p in inner]
        same = part.get_content_type() == "multipart/alternative" and kinds == ["text/plain", "text/html"]
        if len(inner) != 1 and not (same and not _named(inner[1])):
            return None
        part = inner[0]
    return body([part]) if not part.defects and not _named(part) and _whole(part) else None


def _whole(part: Mail) -> bool:
    """Whether all that a part says is seen when it is decoded: a decoder of base64 stops at the padding."""
    ways = [way.strip().lower() for way in texts(part, "content-transfer-encoding")] or ["7bit"]
    if ways == ["base64"]:
        return _BASE64.fullmatch("".join(str(part.get_payload()).split())) is not None
    return len(ways) == 1 and ways[0] in _PLAIN


def _named(part: Mail) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None


def body(parts: Sequence[Mail]) -> str | None:
    """Return the first plain text, or None where there is none, or too much of it."""
    for part in parts:
        if part.get_content_type() == "text/plain" and part.get_content_disposition() != "attachment":
            data = bytes_of(part)
            if len(data) > _TEXT:
                return None
            try:
                codec = codecs.lookup(str(part.get_content_charset() or "utf-8")).name
                return data.decode("utf-8" if codec in _NO_CHARSETS else codec, "replace")
            except (LookupError, ValueError):
                return data.decode("utf-8", "replace")
    return None


def references(mail: Mail) -> list[str]:
    """Return what the mail says it follows, the earliest first."""
    return [word for value in texts(mail, "references") for word in value.split()[:200]]


def ids_in(text: str) -> list[str]:
    """Return the left halves of the Message-IDs in a text, as `notifiers.files.message_id` was given them."""
    found = []
    for local in _BRACKETED.findall(text[:2000]):
        try:
            found.append(unquote(local, errors="strict"))
        except UnicodeDecodeError:  # somebody else's
            found.append(local)
    return found


def texts(mail: Mail, name: str) -> list[str]:
    """Return the values of a header as they stand there, the first twenty."""
    return [str(value) for value in mail.get_all(name, [])[:20]]


def text_of(mail: Mail, name: str) -> str:
    """Return the first value of a header, decoded."""
    value = next(iter(texts(mail, name)), "")
    try:
        return str(make_header(decode_header(value)))
    except Exception:  # a header that says it is encoded and is not
        return value
