"""One order on its way to a platform, servers of both kinds, and nothing that is not the public face."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from sopflow import (
    Actor,
    Approved,
    AsyncRunner,
    Flagger,
    Issued,
    Notice,
    PointOfContact,
    Provider,
    Runner,
    StaticDirectory,
    Verified,
    catalogue,
)
from sopflow.compose import TextRenderer
from sopflow.receivers import LinkRenderer, Links
from sopflow.stores import open_store
from sopflow.testing.clock import Clock

START = datetime(2017, 8, 10, 2, 0, tzinfo=UTC)
SECRET = b"0123456789abcdef0123456789abcdef"
OFFICER = Actor("officer-1", {"authority"}, "kominfo")
AGENCY = Actor("agency-1", {"competent_agency"}, "bnpt")
PLATFORM = Actor("telegram-desk", {"platform"}, "telegram")
OTHER = Actor("other-desk", {"platform"}, "other")
PROCEDURE = "id.kominfo_telegram_2017"
LOCATORS = ["https://t.me/secret_one", "https://t.me/secret_two"]


class Post:
    """Takes every message."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)


def links(**more: Any) -> Links:
    return Links(**{"base": "https://channel.example/c", "secrets": SECRET, **more})


def options(url: str, clock: Clock, post: Post) -> dict[str, Any]:
    desk = PointOfContact(id="telegram-desk", channels={"email": "desk@platform.example"}, languages=("en",))
    chief = PointOfContact(id="telegram-rep", channels={"email": "rep@platform.example"}, rank=1)
    reporter = PointOfContact(id="reporter-1", channels={"email": "reporter@example.org"})
    return {
        "store": open_store(url),
        "procedures": [catalogue.find(PROCEDURE)],
        "acting_as": "authority",
        "directory": StaticDirectory(
            [Provider(id="telegram", contacts=[desk, chief]), Flagger(id="r1", contacts=[reporter])]
        ),
        "notifiers": {"email": post},
        "renderer": LinkRenderer(TextRenderer(), links()),
        "clock": clock,
    }


class World:
    """A case with an order that was sent, and its message."""

    def __init__(self, url: str = "memory:", case: str = "5f1c0de", colour: str = "sync") -> None:
        self.clock = Clock(START)
        self.post = Post()
        self.options = options(url, self.clock, self.post)
        self.runner = Runner(**self.options)
        self.case_id = case
        self.ordered(case)
        self.runner.deliver()
        self.message = self.runner.case(case).sent_as("order")[0].id
        self.runner_async = AsyncRunner(**self.options) if colour == "async" else None

    def ordered(self, case: str, platform: str = "telegram") -> None:
        parties = {"platform": platform, "reporter": "r1"}
        notice = Notice(contents=LOCATORS, parties=parties, form={"reasons": "unlawful"})
        self.runner.open(PROCEDURE, notice, by=OFFICER, case_id=case)
        self.runner.apply(case, Verified(by=OFFICER))
        self.runner.apply(case, Approved(by=AGENCY, proposal=self.runner.proposal(case, Issued(by=OFFICER))))
        self.runner.apply(case, Issued(by=OFFICER))

    @property
    def case(self) -> Any:
        return self.runner.case(self.case_id)

    @property
    def order(self) -> Any:
        return self.case.message(self.message)

    def kinds(self) -> list[str]:
        return sorted(i.kind for i in self.runner.incidents())


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serve_wsgi(app: Any) -> Iterator[int]:
    """Serve a WSGI application over HTTP, with the standard library's server and its validator's eyes."""
    from wsgiref.validate import validator

    server = make_server("127.0.0.1", 0, validator(app), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serve_asgi(app: Any) -> Iterator[int]:
    """Serve an ASGI application over HTTP/1.1 with a driver of a few lines: bodies come in pieces of 1000 bytes."""
    loop, ready, port = asyncio.new_event_loop(), threading.Event(), [0]

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        pairs = [line.partition(":") for line in head[1:] if line]
        headers = [(name.strip().lower().encode(), value.strip().encode("latin-1")) for name, _, value in pairs]
        left = int(dict(headers).get(b"content-length", b"0"))
        path, _, query = target.partition("?")

        async def receive() -> dict[str, Any]:
            nonlocal left
            part = await reader.readexactly(min(left, 1000))
            left -= len(part)
            return {"type": "http.request", "body": part, "more_body": left > 0}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                lines = [f"HTTP/1.1 {message['status']} X".encode()]
                lines += [name + b": " + value for name, value in message["headers"]]
                writer.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
            else:
                writer.write(message["body"])

        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
        await app(scope, receive, send)
        await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port[0] = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await stop.wait()

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def call(
    port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], str]:
    """Make one request; return status, headers by lower-case name, and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()
