"""One handler, two callables: what a receiver answers, as WSGI and as ASGI. Every read is bounded.

A handler is a generator. It yields what a runner's verb returned and is sent the value: at once under WSGI, awaited
under ASGI. So it is written once, and does no I/O of its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, MutableMapping
from typing import Any, ClassVar, TypeVar, final
from urllib.parse import parse_qsl

import attrs
from attrs import Factory, field, frozen

from .. import _log
from ..errors import BadInput

_R = TypeVar("_R")
Work = Generator[Any, Any, _R]
"""Yields the results of a runner's verbs (values or awaitables), is sent the values, returns its own."""

_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
_REASONS = {
    200: "OK", 202: "Accepted", 303: "See Other", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 410: "Gone", 413: "Content Too Large", 415: "Unsupported Media Type",
    422: "Unprocessable Content", 503: "Service Unavailable",
}  # fmt: skip


@final
@frozen(kw_only=True, slots=False)
class Request:
    """What a handler sees of a request.

    Attributes:
        method: "GET", "POST", …
        path: As the server gives it.
        query: The query string, undecoded.
        headers: By lower-case name; repeated ones are joined by ", ".
        body: At most the receiver's limit.
        given: The WSGI environ or the ASGI scope: where the host's login leaves who it is.
    """

    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str] = Factory(dict)
    body: bytes = b""
    given: Mapping[str, Any] = field(default=Factory(dict), repr=False)

    @property
    def last(self) -> str:
        """The last segment of the path, wherever the receiver is mounted."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@final
@frozen(kw_only=True, slots=False)
class Reply:
    """What a handler answers."""

    status: int = 200
    body: bytes = b""
    type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class Endpoint:
    """A receiver that speaks HTTP. Mount `wsgi` (with a `Runner`) or `asgi` (with an `AsyncRunner`).

    Args:
        runner: Whose inbox takes in what comes.
    """

    limit: ClassVar[int] = 64 * 1024
    methods: ClassVar[tuple[str, ...]] = ("POST",)

    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self._awaits = inspect.iscoroutinefunction(runner.receive)

    def answer(self, request: Request) -> Work[Reply]:
        """Answer a request whose size and method fit."""
        raise NotImplementedError

    def failed(self, request: Request, status: int) -> Reply:
        """Return the answer for what was not handled."""
        return Reply(status=status, body=f"{_REASONS.get(status, 'Error')}\n".encode())

    # --- WSGI ----------------------------------------------------------------------------------------------------

    def wsgi(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI application.

        Raises:
            BadInput: With an `AsyncRunner`: mount `asgi`.
        """
        if self._awaits:
            raise BadInput("runner", type(self._runner).__name__, "mount .asgi, or hand in a Runner")
        request = _from_environ(environ)
        body = self._read(environ, request)
        if isinstance(body, int):
            reply = self.failed(request, body)
        else:
            reply = self.respond(_with(request, body))
        status, headers, content = self._finished(request, reply)
        start_response(f"{status} {_REASONS.get(status, 'Error')}", headers)
        return [content]

    def respond(self, request: Request) -> Reply:
        """Answer with a `Runner`. Whatever goes wrong is an answer too."""
        if request.method not in self.methods:
            return self.failed(request, 405)
        try:
            return run(self.answer(request))
        except Exception as error:
            return self._broken(request, error)

    def _read(self, environ: Mapping[str, Any], request: Request) -> bytes | int:
        """Return the body, or the status that says why not."""
        stream = environ.get("wsgi.input")
        given = request.headers.get("content-length", "")
        try:
            if not given:
                if stream is None or not environ.get("wsgi.input_terminated"):
                    return b""
                body: bytes = stream.read(self.limit + 1)
                return body if len(body) <= self.limit else 413
            if not (given.isascii() and given.isdigit()):
                return 400
            if len(given) > 12 or int(given) > self.limit:
                return 413
            left, parts = int(given), []
            while left:
                part = stream.read(left) if stream is not None else b""
                if not part:
                    return 400  # less than was announced
                parts.append(part)
                left -= len(part)
            return b"".join(parts)
        except OSError:
            return 400

    # --- ASGI ----------------------------------------------------------------------------------------------------

    async def asgi(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """The ASGI application.

        Raises:
            BadInput: With a `Runner`, which would block the event loop: mount `wsgi`.
        """
        if not self._awaits:
            raise BadInput("runner", type(self._runner).__name__, "mount .wsgi, or hand in an AsyncRunner")
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        request = _from_scope(scope)
        parts: list[bytes] = []
        size, more, reply = 0, True, None
        while more and reply is None:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            part = message.get("body", b"")
            size, more = size + len(part), message.get("more_body", False)
            if size > self.limit:
                reply = self.failed(request, 413)
            parts.append(part)
        if reply is None:
            reply = await self._respond_async(_with(request, b"".join(parts)))
        status, headers, content = self._finished(request, reply)
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    async def _respond_async(self, request: Request) -> Reply:
        if request.method not in self.methods:
            return self.failed(request, 405)
        try:
            return await run_async(self.answer(request))
        except Exception as error:
            return self._broken(request, error)

    # --- both ----------------------------------------------------------------------------------------------------

    def _broken(self, request: Request, error: Exception) -> Reply:
        _log.warning("sopflow.receiver_failed", receiver=type(self).__name__, error=type(error).__name__)
        return self.failed(request, 503)  # whoever sends it tries again

    def _finished(self, request: Request, reply: Reply) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = [("Content-Type", reply.type), ("Content-Length", str(len(reply.body))), *_HEADERS, *reply.headers]
        if reply.status == 405:
            headers.append(("Allow", ", ".join(self.methods)))
        return reply.status, headers, b"" if request.method == "HEAD" else reply.body


def run(work: Work[_R]) -> _R:
    """Run a handler whose runner answers at once."""
    try:
        value = next(work)
        while True:
            value = work.send(value)
    except StopIteration as end:
        result: _R = end.value
        return result


async def run_async(work: Work[_R]) -> _R:
    """Run a handler whose runner is awaited."""
    try:
        step = next(work)
        while True:
            try:
                value = await step
            except Exception as error:
                step = work.throw(error)
            else:
                step = work.send(value)
    except StopIteration as end:
        result: _R = end.value
        return result


def query_of(request: Request) -> dict[str, str]:
    """Return the query's fields; of a repeated one the first."""
    return fields_of(request.query.encode("utf-8", "replace")) or {}


def fields_of(body: bytes, most: int = 2000) -> dict[str, str] | None:
    """Return a form's fields, of a repeated one the first; None for more than `most`."""
    text = body.decode("utf-8", "replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=most, errors="replace")
    except ValueError:
        return None
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _with(request: Request, body: bytes) -> Request:
    return attrs.evolve(request, body=body)


def _from_environ(environ: Mapping[str, Any]) -> Request:
    headers = {k[5:].replace("_", "-").lower(): str(v) for k, v in environ.items() if k.startswith("HTTP_")}
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.replace("_", "-").lower()] = str(environ[key])
    return Request(
        method=str(environ.get("REQUEST_METHOD", "GET")).upper(),
        path=str(environ.get("PATH_INFO", "") or "/"),
        query=str(environ.get("QUERY_STRING", "")),
        headers=headers,
        given=environ,
    )


def _from_scope(scope: Mapping[str, Any]) -> Request:
    headers: dict[str, str] = {}
    for raw, value in scope.get("headers", ()):
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return Request(
        method=str(scope.get("method", "GET")).upper(),
        path=str(scope.get("path", "/")),
        query=bytes(scope.get("query_string", b"")).decode("latin-1"),
        headers=headers,
        given=scope,
    )


async def _lifespan(receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
