"""One HTTPS request to somebody else's server, and no way around these rules:

https only; no redirects, proxies or cookies; only addresses of the public internet, unless the host allows others, and
the address that was looked at is the one that is connected to, whatever the name server says a moment later; a limit
for the time of the whole exchange, however slowly the other side drips, and for the bytes that are taken in; nothing of
it in a log, where headers of an answer could quote what was sent.

The work below is done by the transport of httpx2 (`httpcore2`), or that of an installed httpx (`httpcore`): one layer
lower than they are, since only there is the address seen that is connected to. Each request has a connection of its
own: nothing is shared between endpoints, and nothing needs to be closed.
"""

from __future__ import annotations

import logging
import re
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from time import monotonic, time
from types import ModuleType
from typing import Any, NamedTuple, final
from urllib.parse import urlsplit

from ..errors import BadInput, DeliveryError, MissingExtra

_URL = re.compile(r"https://[\x21-\x7e]{1,2000}", re.IGNORECASE)
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
# IANA's special-purpose registries; older versions of Python take parts of them for public.
_SPECIAL = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20", "5f00::/16")))
_ADDRESSES = 4  # of one name that are tried
_HEAD = 65536  # bytes of handshake and headers that are taken in, besides the body
_Network = IPv4Network | IPv6Network
_LOGGERS = ("connection", "http11", "http2", "proxy", "socks")  # of the transport: a filter is not for those below
_counting = threading.Lock()
_here = threading.local()


def _unless_sending(record: logging.LogRecord) -> bool:
    return not getattr(_here, "sending", False)


@contextmanager
def _unlogged(core: ModuleType) -> Iterator[None]:
    """Keep from the log what the transport says in this thread, which does the whole exchange; others may speak."""
    with _counting:
        for name in _LOGGERS:
            logging.getLogger(f"{core.__name__}.{name}").addFilter(_unless_sending)
    _here.sending = True
    try:
        yield
    finally:
        _here.sending = False


class Answer(NamedTuple):
    """What the other side answered.

    Attributes:
        status: 200, 404, …
        headers: By name in lower case; of several with one name, the last.
        body: Up to the limit.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Refused(DeliveryError):
    """An address that we do not connect to."""


@final
class Https:
    """Makes requests under one set of rules.

    Args:
        allow: Networks that may be reached although they are not public, e.g. ["10.1.0.0/16"].
        timeout: Seconds for the whole exchange, from the first connection on. Looking up a name is as slow as the
            system's resolver lets it be.
        limit: Bytes of an answer's body that are read; what is beyond is left.
        tls: Which certificates are trusted; the system's when left out.

    Raises:
        MissingExtra: Without the extra `http`.
        BadInput: For a network, a time or a limit that cannot be used.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        timeout: float = 10.0,
        limit: int = 65536,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._core = _core()
        self._allow = tuple(_network(text) for text in ((allow,) if isinstance(allow, str) else allow))
        if not 0 < timeout <= 300:
            raise BadInput("timeout", timeout, "use seconds, more than 0 and up to 300")
        if limit < 0:
            raise BadInput("limit", limit, "use a number of bytes")
        if tls is not None and (tls.verify_mode is not ssl.CERT_REQUIRED or not tls.check_hostname):
            raise BadInput("tls", tls.verify_mode.name, "verify certificates: trust your own authority instead")
        self._timeout, self._limit = float(timeout), limit
        self._tls = tls if tls is not None else ssl.create_default_context()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one request, and return the answer, whatever its status.

        Raises:
            DeliveryError: If there is no answer; permanent if the URL or where it leads to cannot be used.
        """
        scheme, host, port, target = split(url)
        guard = _backend(self._core)(self._allow, monotonic() + self._timeout, self._limit + _HEAD)
        where = self._core.URL(scheme=scheme, host=host, port=port, target=target)
        name = b"[%b]" % host if b":" in host else host
        shown = name if port in (None, 443) else b"%b:%d" % (name, port)
        fields = [(b"host", shown), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
        fields += [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        answer: Answer | None = None
        try:
            with (
                _unlogged(self._core),
                self._core.ConnectionPool(ssl_context=self._tls, network_backend=guard, retries=0) as pool,
                pool.stream("POST", where, headers=fields, content=body, extensions={"timeout": limits}) as response,
            ):
                head = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}
                answer = Answer(response.status, head, b"")
                for chunk in response.iter_stream():
                    answer = answer._replace(body=(answer.body + chunk)[: self._limit])
                    if len(answer.body) >= self._limit:
                        break
        except Refused:
            raise
        except Exception as error:
            if answer is None:  # else the status has been said, and a body that breaks off unsays nothing
                raise DeliveryError(_why(error)) from error
        return answer

    def __repr__(self) -> str:
        return f"Https(timeout={self._timeout}, limit={self._limit})"


def split(url: str) -> tuple[bytes, bytes, int | None, bytes]:
    """Return scheme, host, port and target of a URL that we would send to.

    Raises:
        DeliveryError: For any other; always permanent. It quotes nothing of the URL.
    """
    if not _URL.fullmatch(url):
        raise DeliveryError("the address is no https URL of visible ASCII characters", permanent=True)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise DeliveryError("the address is no URL", permanent=True) from None
    if not host or parts.username is not None or parts.password is not None or "%" in host or "\\" in parts.netloc:
        raise DeliveryError("the address is no https URL with a plain host name", permanent=True)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return b"https", host.encode("ascii"), port, target.encode("ascii")


def origin(url: str) -> str:
    """Return host and port of a URL, or the URL itself where it is none."""
    try:
        _, host, port, _ = split(url)
    except DeliveryError:
        return url
    return f"{host.decode()}:{port or 443}"


def judged(answer: Answer, who: str = "the endpoint") -> None:
    """Return if the other side has taken the message.

    Raises:
        DeliveryError: If not: permanent where the same request can never succeed; with `retry_after` where it says so.
    """
    status = answer.status
    if 200 <= status < 300:
        return
    if status in (429, 503):
        raise DeliveryError(f"{who} answers {status}", retry_after=retry_after(answer.headers))
    if status in (301, 308):
        raise DeliveryError(f"{who} answers {status}: it has moved, and redirects are not followed", permanent=True)
    answered = 400 <= status < 500 and status != 408  # another path of the same server may be well
    raise DeliveryError(f"{who} answers {status}", permanent=status in _NEVER, answered=answered)


# The request itself is wrong for this endpoint, or the endpoint is gone. 401 and 403 are not among them: a key that the
# other side has not taken in yet; nor 408, 409, 425, 429 and what is beyond 500: all of these pass.
_NEVER = frozenset((400, 404, 405, 406, 410, 411, 413, 414, 415, 421, 422, 431, 451, 501, 505))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110 section 10.2.3), up to a day; None where it says nothing."""
    text = headers.get("retry-after", "").strip()[:40]
    if text.isascii() and text.isdigit():
        return float(min(int(text), 86400))
    try:
        at = parsedate_to_datetime(text)
        seconds = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp() - time()  # asctime: it is UTC
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(seconds, 0.0), 86400.0)


def public(address: str, allow: Iterable[_Network] = ()) -> bool:
    """Tell whether a numeric address may be connected to: it is on the public internet, or in a network of `allow`.

    An IPv4 address within an IPv6 one (mapped, 6to4, Teredo, NAT64) counts as what it is.
    """
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if any(found.version == network.version and found in network for network in allow):
        return True
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return public(str(inner), allow)
        if found.is_site_local:  # the old private networks, fec0::/10
            return False
    if any(found.version == network.version and found in network for network in _SPECIAL):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved)


def _network(text: str) -> _Network:
    try:
        return ip_network(text)
    except ValueError:
        raise BadInput("allow", text, "name networks, such as 10.1.0.0/16, 127.0.0.1 or fd00::/8") from None


def _core() -> ModuleType:
    try:
        import httpcore2
    except ImportError:
        try:
            import httpcore
        except ImportError:
            raise MissingExtra("sending over HTTPS", "http") from None
        return httpcore
    return httpcore2


def _why(error: Exception) -> str:
    """Return why there is no answer, in our own words: others' texts may quote the URL."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "the endpoint's certificate does not verify"
        if isinstance(cause, ssl.SSLError):
            return "no TLS connection comes about with the endpoint"
        if isinstance(cause, socket.gaierror):
            return "the endpoint's name cannot be looked up"
        cause = cause.__cause__ or cause.__context__
    name = type(error).__name__
    return "the endpoint does not answer in time" if "Timeout" in name else f"the endpoint does not answer: {name}"


@cache
def _backend(core: ModuleType) -> Any:
    """Return the class of a network backend for one request. Made here, for its bases are an optional package's."""

    class Stream(core.NetworkStream):  # type: ignore[misc, name-defined]
        def __init__(self, stream: Any, guard: Any) -> None:
            self._stream = stream
            self._guard = guard

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            data: bytes = self._stream.read(max_bytes, timeout=self._guard.left())
            self._guard.most -= len(data)
            if self._guard.most < 0:
                raise core.ReadError("the answer is too long")
            return data

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            for start in range(0, len(buffer), 16384):
                self._stream.write(buffer[start : start + 16384], timeout=self._guard.left())

        def close(self) -> None:
            self._stream.close()

        def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: Any = None) -> Any:
            return Stream(self._stream.start_tls(ssl_context, server_hostname, self._guard.left()), self._guard)

        def get_extra_info(self, info: str) -> Any:
            return self._stream.get_extra_info(info)

    class Guard(core.NetworkBackend):  # type: ignore[misc, name-defined]
        def __init__(self, allow: tuple[_Network, ...], deadline: float, most: int) -> None:
            self._allow = allow
            self._deadline = deadline
            self.most = most

        def left(self) -> float:
            seconds = self._deadline - monotonic()
            if seconds <= 0:
                raise core.ReadTimeout("the time for the exchange is over")
            return seconds

        def connect_tcp(self, host: str, port: int, timeout: Any = None, *_: Any, **__: Any) -> Any:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = dict.fromkeys(str(info[4][0]) for info in found)
            fit = [address for address in addresses if public(address, self._allow)][:_ADDRESSES]
            if not fit:
                raise Refused("the endpoint's name leads into a network that is not public", permanent=True)
            for n, address in enumerate(fit[:-1]):
                with suppress(core.ConnectError, core.ConnectTimeout):
                    return self._to(address, port, len(fit) - n)
            return self._to(fit[-1], port, 1)

        def _to(self, address: str, port: int, shares: int) -> Any:
            """Connect, in this address's share of the time: what swallows packets leaves some to the others."""
            return Stream(core.SyncBackend().connect_tcp(address, port, timeout=self.left() / shares), self)

        def connect_unix_socket(self, *_: Any, **__: Any) -> Any:
            raise Refused("a local socket is no endpoint", permanent=True)

    return Guard
