"""Real servers on this machine, each with a certificate of an authority that lives as long as the tests."""

from __future__ import annotations

import atexit
import datetime as dt
import ipaddress
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sopflow import Outgoing

LOCAL = ("127.0.0.0/8", "::1")
AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def outgoing(**more: Any) -> Outgoing:
    values: dict[str, Any] = {
        "id": "case-1-m3.1", "tenant": "t", "case": "case-1", "channel": "x", "contact": "desk",
        "address": "desk@px.example", "subject": "Order", "body": "Please act.\n", "thread": "case-1-m3.1",
        "send_after": AT, "recipient_role": "platform", "sender_role": "authority", "template": "order",
    }  # fmt: skip
    return Outgoing(**{**values, **more})


@cache
def authority() -> tuple[Path, Path, Path]:
    """Return files: our authority, and a certificate of it for localhost with its key."""
    folder = Path(mkdtemp(prefix="sopflow-tls-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Test authority", root_key, "Test authority", root_key, None)
    leaf = _certificate("localhost", key, "Test authority", root_key, ["localhost", "127.0.0.1", "::1"])
    pem = serialization.Encoding.PEM
    files = folder / "root.pem", folder / "leaf.pem", folder / "leaf.key"
    files[0].write_bytes(root.public_bytes(pem))
    files[1].write_bytes(leaf.public_bytes(pem))
    files[2].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files


def _certificate(name: str, key: Any, issuer: str, issuer_key: Any, names: list[str] | None) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        .add_extension(_usage(ca=names is None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([_san(n) for n in names]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(ca: bool) -> x509.KeyUsage:
    """Return what a key is for. Since Python 3.13 an authority that does not say is not trusted (RFC 5280, 4.2.1.3)."""
    rest = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **rest)


def _san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def trusting() -> ssl.SSLContext:
    """Return a client's context that trusts our authority, and nobody else."""
    return ssl.create_default_context(cafile=str(authority()[0]))


def serving() -> ssl.SSLContext:
    """Return a server's context."""
    _, certificate, key = authority()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Seen(NamedTuple):
    """A request as the server saw it."""

    path: str
    headers: dict[str, str]
    body: bytes


class Web:
    """An HTTPS server that answers as `answer` says.

    `answer(request)` returns status, headers and body, or None: then it says nothing and keeps the line open.
    """

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.answer: Callable[[Seen], tuple[int, dict[str, str], bytes] | None] = lambda seen: (200, {}, b"ok")
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", "0"))
                seen = Seen(self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length))
                outer.seen.append(seen)
                said = outer.answer(seen)
                if said is None:
                    outer.over.wait(30)
                    self.close_connection = True
                    return
                status, headers, body = said
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if not {"content-length", "transfer-encoding"} & {n.lower() for n in headers}:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, *_: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 200

            def finish_request(self, request: Any, client_address: Any) -> None:
                outer.connections += 1
                with serving().wrap_socket(request, server_side=True) as tls:
                    super().finish_request(tls, client_address)  # type: ignore[arg-type]

            def handle_error(self, *_: Any) -> None: ...

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"https://localhost:{self.port}/hook?a=1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def raw(talk: Callable[[socket.socket], None], *, tls: bool = True) -> Iterator[int]:
    """Run a server whose every connection is handed to `talk`; yield its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def one(connection: socket.socket) -> None:
        try:
            with serving().wrap_socket(connection, server_side=True) if tls else connection as line:
                talk(line)
        except OSError:
            pass

    def run() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        listening.close()


@contextmanager
def swallowing(port: int) -> Iterator[str]:
    """Have an address of this machine on which a port swallows packets, as behind a dead route; yield it."""
    address = "127.0.0.2"
    with ExitStack() as open_ones:
        listening = open_ones.enter_context(socket.socket())
        try:
            listening.bind((address, port))
        except OSError:
            pytest.skip("this machine has no second address")
        listening.listen(0)
        for _ in range(4):  # nobody accepts, and no more of them are kept waiting
            waiting = open_ones.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield address


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def read_all(line: socket.socket) -> bytes:
    """Read one request with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += line.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body
