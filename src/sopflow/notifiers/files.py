"""Messages as files: one RFC 5322 `.eml` each, readable in any mail program."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry, MessageIDHeader, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any, final
from urllib.parse import quote

from .. import canon
from ..errors import DeliveryError
from ..step import Outgoing, Receipt

_SAFE = re.compile(r"[^A-Za-z0-9._-]")
# The plain form of RFC 5322 section 3.4.1: atoms and dots in ASCII, and no encoded word (RFC 2047). Anything else is no
# e-mail address here.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"(?!.*=\?){_ATOM}(\.{_ATOM})*@{_ATOM}(\.{_ATOM})*\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LOCAL = 700  # of the 998 characters that a line may have, and a Message-ID must stand on one
_WORD = "=?"  # how an encoded word of RFC 2047 begins


@final
class _Exactly(UnstructuredHeader, BaseHeader):
    """A header whose text somebody wrote: what looks encoded in it is not decoded, which could make lines of it."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        super().parse(value.replace(_WORD, "= ?"), kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: Any) -> str:
        text = str(self)
        if _WORD not in text:
            return super().fold(policy=policy)
        value = Header(text, "utf-8", policy.max_line_length, self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {value}{policy.linesep}"


_NAMES = HeaderRegistry()
_NAMES.map_to_type("subject", _Exactly)
for _name in ("in-reply-to", "references"):  # a long id is not to be written as an encoded word
    _NAMES.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]  # a mix-in, as all of them are
_POLICY = SMTP.clone(header_factory=_NAMES)


def _token(id: str) -> str:
    """Return an id as it may stand in a header and a file name; two different ids never become one."""
    safe = _SAFE.sub("_", id)
    return safe if safe == id and 0 < len(id) <= 150 else f"{safe[:150]}-{canon.digest(id)[:16]}"


def message_id(id: str, domain: str) -> str:
    """Return the Message-ID of a message: what comes back names it, and is read as its id again.

    Signs that may not stand there are percent-encoded; an id without any stands as it is.
    """
    local = quote(id, safe="", errors="surrogatepass")
    return f"<{local if 0 < len(local) <= _LOCAL else _token(id)}@{domain}>"


def as_email(message: Outgoing, sender: str = "no-reply@sopflow.invalid") -> EmailMessage:
    """Return a message as an e-mail.

    The Message-ID is made from the message's own id, so that a repetition is recognised; later rungs of the same
    communication refer to the first one.

    Args:
        message: The outbox row.
        sender: The address it comes from.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = message_id(message.id, "sopflow.invalid")
    if message.thread and message.thread != message.id:
        mail["In-Reply-To"] = message_id(message.thread, "sopflow.invalid")
    mail["Date"] = format_datetime(_dated(message))
    mail["From"] = sender
    mail["To"] = message.address if _ADDRESS.match(message.address) else "undisclosed-recipients:;"
    mail["Subject"] = " ".join(_CONTROL.sub(" ", message.subject).split())
    mail["X-Sopflow-Case"] = _token(message.case)
    mail["X-Sopflow-Channel"] = _SAFE.sub("_", message.channel)
    mail.set_content(message.body)  # which drops every Content- header that is there already
    mail["Content-Language"] = _SAFE.sub("_", message.language)
    return mail


def written(mail: EmailMessage) -> bytes:
    """Return the bytes of a mail.

    Raises:
        DeliveryError: Permanent, if its headers would be others than those it was given.
    """
    try:
        data = mail.as_bytes()
    except (MessageError, ValueError) as error:
        raise DeliveryError("a header of it cannot be written", permanent=True) from error
    head = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [line.partition(b":")[0].decode("ascii", "replace") for line in head if line[:1] not in (b" ", b"\t")]
    if names != mail.keys() or any(b"\r" in line or b"\n" in line for line in head):
        raise DeliveryError("a text in a header of it would be more than that header", permanent=True)
    return data


def _dated(message: Outgoing) -> datetime:
    """Return since when it may be sent: the row of a case in a lane stands in the outbox as if it were older."""
    try:
        queued = canon.parse_instant(json.loads(message.data)["queued"])
    except (ValueError, KeyError, TypeError):  # a machine-readable part of the host's own, or none
        return message.send_after
    return max(message.send_after, queued)


@final
class FileNotifier:
    """Writes each message into a folder.

    Sending the same message again writes the same file again: nothing is doubled.

    Args:
        folder: Created where it does not exist.
        sender: The From address.
    """

    def __init__(self, folder: str | os.PathLike[str], sender: str = "no-reply@sopflow.invalid") -> None:
        self._folder = Path(folder)
        self._sender = sender

    def send(self, message: Outgoing) -> Receipt:
        """Write the file; the receipt's proof is its bytes.

        Raises:
            DeliveryError: If the file cannot be written, where trying again may help; permanent if the mail cannot be.
        """
        data = written(as_email(message, self._sender))
        path = self._folder / f"{_token(message.id)}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(path, data)
        except OSError as error:
            raise DeliveryError(f"cannot write into the folder: {error.strerror}") from error
        return Receipt(reference=path.name, proof=data)

    def _write(self, path: Path, data: bytes) -> None:
        """Write under a name of our own first: nobody reads half a message, whoever else writes the same one."""
        part = path.with_suffix(f".{os.urandom(8).hex()}.part")
        try:
            part.write_bytes(data)
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
