"""The network between the two sides: an HTTPS gateway and an SMTP server that lose, delay, double and reorder.

What becomes of a message is decided by the seed, its id and how often it was seen, never by the order in which threads
run. Both servers are real; only the time that a delay takes is simulated.
"""

from __future__ import annotations

import heapq
import http.client
import itertools
import random
import socket
import ssl
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller


class Fate(NamedTuple):
    """What becomes of one transmission.

    Attributes:
        word: "lost", "answer lost", "delayed", "doubled" or "passed".
        after: When each copy arrives, counted from now.
        answered: The sender hears that it arrived.
    """

    word: str
    after: tuple[timedelta, ...]
    answered: bool


class Handed(NamedTuple):
    """One transmission that was handed to the network."""

    at: datetime
    kind: str
    to: str
    id: str
    fate: str


def fate(seed: int, kind: str, id: str, nth: int, loss: float) -> Fate:
    """Decide what becomes of the nth transmission of a message: a "webhook", which is answered, or a "mail"."""
    dice = random.Random(f"{seed}/{id}/{nth}")
    drawn, later = dice.random(), timedelta(minutes=dice.randint(40, 400))
    now = timedelta(0)
    if drawn < loss:
        return Fate("lost", (), False)
    rest = (drawn - loss) / (1 - loss)
    if rest < 0.15 and kind == "webhook":
        return Fate("answer lost", (now,), False)
    if rest < 0.40:
        return Fate("delayed", (later,), False)
    if rest < 0.65:
        return Fate("doubled", (now, later), True)
    return Fate("passed", (now,), True)


class Network:
    """Carries webhooks and mails.

    Args:
        seed: Decides everything.
        loss: Share of transmissions that are lost.
        folder: Where mailboxes are: a maildir for each domain.
        certificate: Of the gateway, with its key.
    """

    def __init__(self, seed: int, loss: float, folder: Path, certificate: tuple[Path, Path]) -> None:
        self.now = datetime(2017, 1, 1, tzinfo=UTC)
        self.ports: dict[str, int] = {}
        self.handed: list[Handed] = []
        self.overtaken = 0
        self._seed, self._loss, self._folder = seed, loss, folder
        self._seen: Counter[str] = Counter()
        self._order = itertools.count(1)
        self._waiting: list[tuple[datetime, int, str, Any]] = []
        self._last: Counter[str] = Counter()
        self._lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self._web = _Gateway(self, context)
        self._mail = Controller(_Mails(self), hostname="127.0.0.1", port=_free_port())
        for domain in ("authority.example", "platform.example"):
            for part in ("new", "cur", "tmp"):
                (folder / domain / part).mkdir(parents=True)

    def start(self) -> tuple[str, int]:
        """Start both servers; return the gateway's URL and the port of the SMTP server."""
        threading.Thread(target=self._web.serve_forever, args=(0.05,), daemon=True).start()
        self._mail.start()
        return f"https://localhost:{self._web.server_port}", self._mail.port

    def stop(self) -> None:
        """Stop both servers."""
        self._web.shutdown()
        self._web.server_close()
        self._mail.stop()

    def release(self) -> None:
        """Let arrive what was delayed until now."""
        while self._waiting and self._waiting[0][0] <= self.now:
            _, number, kind, what = heapq.heappop(self._waiting)
            self._arrive(number, kind, what)

    @property
    def empty(self) -> bool:
        """Nothing is under way."""
        return not self._waiting

    def carry(self, kind: str, to: str, id: str, what: Any) -> tuple[bool, tuple[int, bytes] | None]:
        """Take a transmission; return whether its sender hears of it, and the answer."""
        with self._lock:
            self._seen[id] += 1
            drawn = fate(self._seed, kind, id, self._seen[id], self._loss)
            self.handed.append(Handed(self.now, kind, to, id, drawn.word))
            number, answer = next(self._order), None
            for after in drawn.after:
                if after:
                    heapq.heappush(self._waiting, (self.now + after, number, kind, what))
                else:
                    answer = self._arrive(number, kind, what)
        return drawn.answered, answer

    def _arrive(self, number: int, kind: str, what: Any) -> tuple[int, bytes] | None:
        line = f"{kind} to {what[0]}"
        self.overtaken += number < self._last[line]
        self._last[line] = max(self._last[line], number)
        if kind == "webhook":
            return self._post(*what)
        self._drop(*what)
        return None

    def _post(self, side: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Hand a webhook to the side's own web server, unchanged."""
        line = http.client.HTTPConnection("127.0.0.1", self.ports[side], timeout=30)
        try:
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def _drop(self, domain: str, mail: bytes) -> None:
        """Put a mail into the domain's mailbox, as its own mail server does: with what that server has checked."""
        sender = str(message_from_bytes(mail)["From"]).rpartition("@")[2].strip("> ")
        checked = f"Authentication-Results: mx.channel.example; dmarc=pass header.from={sender}\r\n".encode()
        (self._folder / domain / "new" / f"{next(self._order):06}.mail").write_bytes(checked + mail)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        port: int = line.getsockname()[1]
        return port


class _Gateway(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, network: Network, context: ssl.SSLContext) -> None:
        self.network, self._context = network, context
        super().__init__(("127.0.0.1", 0), _Webhook)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer one request over TLS."""
        with self._context.wrap_socket(request, server_side=True) as tls:
            super().finish_request(tls, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a line that breaks: that is what this network does."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Webhook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Carry a webhook, and answer, or break the line."""
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {k: v for k, v in self.headers.items() if k.lower().startswith(("webhook-", "content-type"))}
        side = self.path.split("/")[1]
        network = self.server.network  # type: ignore[attr-defined]
        told, answer = network.carry("webhook", side, self.headers["webhook-id"], (side, self.path, headers, body))
        self.close_connection = True
        if told and answer is not None:
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

    def log_message(self, *_: Any) -> None:
        """Keep no log."""


class _Mails:
    def __init__(self, network: Network) -> None:
        self._network = network

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take every mail, and say so: whoever handed it over hears nothing of what becomes of it."""
        mail: bytes = envelope.content
        id = str(message_from_bytes(mail)["Message-ID"]).strip("<>").rpartition("@")[0]
        for address in envelope.rcpt_tos:
            domain = address.rpartition("@")[2]
            self._network.carry("mail", domain.partition(".")[0], id, (domain, mail))
        return "250 taken"
