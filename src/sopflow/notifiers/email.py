"""Messages as e-mail over SMTP: text, HTML, and the exact machine-readable part as a JSON attachment."""

from __future__ import annotations

import html
import io
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from time import monotonic
from typing import Any, Literal, final

from ..errors import BadInput, DeliveryError
from ..step import Outgoing, Receipt
from ._content import document, encoded
from .files import _ADDRESS, _CONTROL, _token, as_email, message_id, written

_MOST = 1 << 20  # bytes of one server's replies to one message
_PORTS = {"starttls": 587, "tls": 465, "plain": 25}
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,255}")


@final
class EmailNotifier:
    """Hands each message to an SMTP server, for the contact's address.

    The Message-ID is made from the message's id and stays the same over retries; later messages of one communication
    refer to the first one (In-Reply-To, References). Each has text, HTML and an attachment `message.json`, which holds
    the exact locators. A server that took the message has not delivered it yet: the receipt proves sending only.

    Args:
        host: The SMTP server.
        sender: The From address: "desk@ministry.example" or "The Desk <desk@ministry.example>".
        port: 587 for STARTTLS, 465 for TLS, 25 for plain when left out.
        security: "starttls" (a server without it gets nothing), "tls", or "plain": for a relay on this machine only,
            and never with a login.
        login: User and password.
        reply_to: Where answers go, or a callable that returns it for a message.
        bounces_to: Where bounces go (the envelope's sender); the sender when left out.
        receipt_to: Ask for a read receipt to this address (RFC 8098); many programs ask their user, or never send one.
        domain: Right half of the Message-IDs; the sender's when left out.
        timeout: Seconds for one message, from the first connection on.
        tls: Which certificates are trusted; the system's when left out. They are verified always.

    Raises:
        BadInput: For a host, an address, a security or a time that cannot be used.
    """

    def __init__(
        self,
        host: str,
        sender: str,
        *,
        port: int = 0,
        security: Literal["starttls", "tls", "plain"] = "starttls",
        login: tuple[str, str] | None = None,
        reply_to: str | Callable[[Outgoing], str] = "",
        bounces_to: str = "",
        receipt_to: str = "",
        domain: str = "",
        timeout: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not _HOST.fullmatch(host):
            raise BadInput("host", _host(host), "name the SMTP server, such as smtp.ministry.example")
        if security not in _PORTS:
            raise BadInput("security", security, 'use "starttls", "tls" or "plain"')
        if security == "plain" and login is not None:
            raise BadInput("login", "…", 'a password never goes over an open line: use security="starttls" or "tls"')
        if not 0 < timeout <= 300:
            raise BadInput("timeout", timeout, "use seconds, more than 0 and up to 300")
        if tls is not None and (tls.verify_mode is not ssl.CERT_REQUIRED or not tls.check_hostname):
            raise BadInput("tls", tls.verify_mode.name, "verify certificates: trust your own authority instead")
        name, address = parseaddr("" if _CONTROL.search(sender) else sender)
        self._sender = str(Address(name, addr_spec=_plain("sender", address)))
        self._return = _plain("bounces_to", bounces_to) if bounces_to else address
        self._receipt_to = _plain("receipt_to", receipt_to) if receipt_to else ""
        self._reply_to = _plain("reply_to", reply_to) if isinstance(reply_to, str) and reply_to else reply_to
        self._domain = _plain("domain", f"x@{domain}")[2:] if domain else address.rpartition("@")[2]
        self._where = (host, port or _PORTS[security])
        self._security, self._login, self._timeout = security, login, float(timeout)
        self._tls = tls if tls is not None else ssl.create_default_context()

    def endpoint(self, message: Outgoing) -> str:
        """Return "": the SMTP server is silent for all addresses."""
        return ""

    def send(self, message: Outgoing) -> Receipt:
        """Hand the message over; the receipt's proof is the mail and the server's last word.

        Raises:
            DeliveryError: If the server did not take it: permanent if it refuses the recipient or the content for good
                (5xx), or the address is none.
        """
        if not _ADDRESS.match(message.address):
            raise DeliveryError("the address is no e-mail address", permanent=True)
        data = written(self.mail(message))
        smtp: _Smtp | None = None
        try:
            smtp = self._connected()
            answer = self._handed(smtp, message.address, data)
        except DeliveryError:
            raise
        except (OSError, smtplib.SMTPException, ValueError, UnicodeError) as error:
            raise DeliveryError(_why(error)) from error
        finally:
            if smtp is not None:
                with suppress(Exception):  # it has the message, or will not have it: nobody waits for the farewell
                    smtp.putcmd("quit")
                with suppress(Exception):
                    smtp.close()
        return Receipt(reference=_token(message.id), proof=data + b"\r\n" + answer)

    def mail(self, message: Outgoing) -> EmailMessage:
        """Return the mail as it will be sent."""
        part = encoded(document(message))  # first: it says what is wrong with the text
        mail = as_email(message, self._sender)
        del mail["Message-ID"], mail["In-Reply-To"]
        mail["Message-ID"] = message_id(message.id, self._domain)
        if message.thread and message.thread != message.id:
            mail["In-Reply-To"] = mail["References"] = message_id(message.thread, self._domain)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday notes do not answer it
        reply_to = self._reply_to(message) if callable(self._reply_to) else self._reply_to
        if reply_to:
            if not _ADDRESS.match(reply_to):
                raise DeliveryError("reply_to returned no e-mail address", permanent=True)
            mail["Reply-To"] = reply_to
        if self._receipt_to:
            mail["Disposition-Notification-To"] = self._receipt_to
        mail.add_alternative(getattr(message, "html", "") or _html(message), subtype="html")
        mail.add_attachment(part, maintype="application", subtype="json", filename="message.json")
        return mail

    def _connected(self) -> _Smtp:
        host, port = self._where
        smtp = _Smtp(self._timeout, self._tls if self._security == "tls" else None)
        try:
            smtp.open(host, port)
            if self._security == "starttls":
                smtp.starttls(context=self._tls)
            smtp.ehlo_or_helo_if_needed()
            if self._login is not None:
                smtp.login(*self._login)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _handed(self, smtp: _Smtp, recipient: str, data: bytes) -> bytes:
        size = [f"SIZE={len(data)}"] if smtp.has_extn("size") else []
        code, _ = smtp.mail(self._return, size)
        if code != 250:
            raise DeliveryError(f"the SMTP server refuses the sender: {code}")
        code, _ = smtp.rcpt(recipient)
        if code not in (250, 251):
            raise _refusal("recipient", code)
        try:
            code, answer = smtp.data(data)
        except smtplib.SMTPDataError as error:  # before it was shown the text
            code, answer = error.smtp_code, b""
        if code != 250:
            raise _refusal("message", code)
        return b"%d %b" % (code, answer[:1000])

    def __repr__(self) -> str:
        return f"EmailNotifier({self._where[0]!r}, {self._security!r})"


def _plain(field: str, address: str) -> str:
    if not _ADDRESS.match(address):
        raise BadInput(field, address, "use a plain address in ASCII, such as desk@ministry.example")
    return address


def _host(given: str) -> str:
    """Return a host as an error may quote it: a password may stand before it."""
    return f"…@{given.rpartition('@')[2]}" if "@" in given else given


def _refusal(what: str, code: int) -> DeliveryError:
    """Return what a refusal means: 4xx is about this mail (greylisting), except 421: RFC 5321, section 4.2.3."""
    reason, for_good = f"the SMTP server refuses the {what}: {code}", 500 <= code < 600
    return DeliveryError(reason, permanent=for_good, answered=400 <= code < 500 and code != 421)


def _html(message: Outgoing) -> str:
    """Return the text as HTML, where the message has no HTML of its own."""
    language = re.sub(r"[^A-Za-z0-9-]", "", message.language)
    title, text = html.escape(_CONTROL.sub(" ", message.subject)), html.escape(message.body)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f'<body><pre style="white-space: pre-wrap; font-family: inherit">{text}</pre></body></html>\n'
    )


def _why(error: Exception) -> str:
    """Return what went wrong in our own words: a server's text may quote the address."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the SMTP server refuses the login: {error.smtp_code}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the SMTP server does not offer what was asked for: STARTTLS, or the login"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the SMTP server answers {error.smtp_code}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the SMTP server's certificate does not verify"
    if isinstance(error, TimeoutError):
        return "the SMTP server does not answer in time"
    return f"the SMTP server does not answer: {type(error).__name__}"


class _Smtp(smtplib.SMTP):
    """An SMTP client with a limit for the time and the bytes of the whole exchange, however slowly a server drips."""

    def __init__(self, timeout: float, tls: ssl.SSLContext | None) -> None:
        self._ends = monotonic() + timeout
        self._most = _MOST
        self._from_the_start = tls
        super().__init__(timeout=timeout)

    def open(self, host: str, port: int) -> None:
        self._host = host  # whose certificate `starttls` verifies
        code, message = self.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, message)

    def left(self) -> float:
        seconds = self._ends - monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = self._dialled(host, port)
        if self._from_the_start is None:
            return plain
        try:
            plain.settimeout(self.left())
            return self._from_the_start.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def _dialled(self, host: str, port: int) -> socket.socket:
        """Connect to the first address that answers, each in its share of the time."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure: OSError | None = None
        for n, (family, kind, protocol, _, where) in enumerate(found):
            try:
                plain = socket.socket(family, kind, protocol)
            except OSError as error:  # this machine knows no such network
                failure = error
                continue
            try:
                plain.settimeout(self.left() / (len(found) - n))
                plain.connect(where)
            except OSError as error:
                failure = error
                plain.close()
            else:
                return plain
        raise failure or OSError("the name has no address")

    def send(self, s: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.left())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self, self.sock))
        return super().getreply()


class _Replies(io.RawIOBase):
    def __init__(self, smtp: _Smtp, sock: socket.socket) -> None:
        self._smtp = smtp
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._smtp.left())
        count = self._sock.recv_into(buffer)
        self._smtp._most -= count
        if self._smtp._most < 0:
            raise OSError("too long a reply")
        return count
