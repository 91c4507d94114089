"""Webhooks: signed, over a real TLS server, and kept away from where they must not go."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import attrs
import pytest
from standardwebhooks.webhooks import Webhook

from sopflow import BadInput, DeliveryError
from sopflow.errors import MissingExtra
from sopflow.notifiers import WebhookNotifier
from sopflow.notifiers._http import Https, public
from sopflow.signatures import new_pair, new_secret, verify
from sopflow.testing import NotifierContract, check_notifier

from .servers import LOCAL, Seen, Web, closed_port, outgoing, raw, read_all, swallowing, trusting

SECRET = new_secret()


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


def notifier(**more: Any) -> WebhookNotifier:
    return WebhookNotifier(**{"keys": [SECRET], "allow": LOCAL, "tls": trusting(), "timeout": 5.0, **more})


def refused(address: str, by: WebhookNotifier | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        (by or notifier()).send(outgoing(address=address))
    for part in ("px.example", "hook", "secret", "127.0.0"):
        assert part not in str(caught.value), "an error says nothing of the address"
    return caught.value


# --- what is sent --------------------------------------------------------------------------------------------------


def test_it_keeps_the_notifier_contract(web: Web) -> None:
    message = outgoing(address=web.url)
    silent = outgoing(address=f"https://127.0.0.1:{closed_port()}/")
    assert "texts_of_every_script_are_sent" in check_notifier(notifier, message)
    assert NotifierContract(notifier, silent, notifier).run("silence_of_the_other_side_is_a_delivery_error")


def test_a_message_arrives_signed_and_the_other_implementation_believes_it(web: Web) -> None:
    private, pub = new_pair()
    receipt = notifier(keys=[SECRET, private]).send(outgoing(address=web.url, body="Blokir: ünïcödé \U0001f6a8\n"))
    (seen,) = web.seen
    payload = Webhook(SECRET).verify(seen.body, seen.headers)
    assert payload["type"] == "sopflow.message" and payload["data"]["text"] == "Blokir: ünïcödé \U0001f6a8\n"
    assert {payload["data"][k] for k in ("id", "thread", "case")} == {"case-1-m3.1", "case-1"}
    assert verify(seen.headers, seen.body, [pub], datetime.now(UTC)).id == "case-1-m3.1"
    assert (seen.path, seen.headers["host"]) == ("/hook?a=1", f"localhost:{web.port}")
    assert receipt.delivered and receipt.proof == b"HTTP 200\r\n\r\nok"


def test_a_repetition_carries_the_same_id_and_the_same_body(web: Web) -> None:
    for attempts in (0, 3):
        notifier().send(outgoing(address=web.url, attempts=attempts, send_after=datetime.now(UTC)))
    first, again = web.seen
    assert (first.body, first.headers["webhook-id"]) == (again.body, again.headers["webhook-id"])


def test_the_machine_readable_part_is_exact(web: Web) -> None:
    @attrs.frozen
    class Row:
        data: Any

        def __getattr__(self, name: str) -> Any:
            return getattr(outgoing(address=web.url), name)

    exact = {"contents": [{"id": "c1", "locator": "https://t.example/a?b=1&c=%20#x"}]}
    notifier().send(Row(exact))  # type: ignore[arg-type]
    assert json.loads(web.seen[0].body)["data"]["data"] == exact


def test_each_contact_may_have_keys_of_its_own(web: Web) -> None:
    own = new_secret()
    one = notifier(keys={"desk": [own], "": SECRET})
    one.send(outgoing(address=web.url))
    one.send(outgoing(address=web.url, contact="another"))
    Webhook(own).verify(web.seen[0].body, web.seen[0].headers)
    Webhook(SECRET).verify(web.seen[1].body, web.seen[1].headers)
    assert refused(web.url, notifier(keys={"another": [own]})).permanent and len(web.seen) == 2


def test_no_secret_and_no_address_shows_in_a_repr() -> None:
    assert SECRET[6:20] not in repr(notifier()) and repr(notifier()).startswith("WebhookNotifier(")


@pytest.mark.parametrize(
    "more", [{"keys": []}, {"keys": ["x"]}, {"allow": ["everywhere"]}, {"timeout": 0}, {"limit": -1},
             {"keys": [new_pair()[1]]}, {"keys": {"desk": []}}],
)  # fmt: skip
def test_what_cannot_be_used_is_said_when_it_is_handed_in(more: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        notifier(**more)


def test_certificates_cannot_be_left_unverified() -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    with pytest.raises(BadInput, match="verify"):
        notifier(tls=context)
    context.verify_mode = ssl.CERT_NONE
    with pytest.raises(BadInput, match="verify"):
        notifier(tls=context)


# --- what the other side answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_is_taken_for_yes(web: Web, status: int) -> None:
    web.answer = lambda seen: (status, {}, b"")
    assert notifier().send(outgoing(address=web.url)).delivered


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (404, True), (410, True), (413, True), (422, True), (301, True), (308, True), (501, True),
     (401, False), (403, False), (408, False), (409, False), (425, False), (429, False), (302, False), (307, False),
     (500, False), (502, False), (503, False), (504, False)],
)  # fmt: skip
def test_who_is_gone_is_told_from_who_is_busy(web: Web, status: int, permanent: bool) -> None:
    web.answer = lambda seen: (status, {}, b"")
    error = refused(web.url)
    assert error.permanent is permanent
    busy = status in (408, 429) or status >= 500 or status < 400
    assert error.answered is not busy, "another path of the same server may be well"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(web: Web, status: int) -> None:
    web.answer = lambda seen: (status, {"Location": f"https://localhost:{web.port}/elsewhere"}, b"")
    refused(web.url)
    assert [seen.path for seen in web.seen] == ["/hook?a=1"]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120.0), ("0", 0.0), ("99999999999", 86400.0), ("-1", None), ("soon", None), ("٣", None), ("", None),
     ("1" * 5000, 86400.0)],
)  # fmt: skip
def test_the_endpoint_says_when_to_come_again(web: Web, status: int, said: str, seconds: float | None) -> None:
    web.answer = lambda seen: (status, {"Retry-After": said}, b"")
    assert refused(web.url).retry_after == seconds if said.isascii() else True


def test_the_endpoint_may_say_it_as_a_date(web: Web) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    web.answer = lambda seen: (503, {"Retry-After": at}, b"")
    assert 590 < (refused(web.url).retry_after or 0) <= 600


def test_a_date_without_a_zone_is_in_utc(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Jakarta")
    time.tzset()
    try:
        at = (datetime.now(UTC) + timedelta(minutes=10)).strftime("%a %b %d %H:%M:%S %Y")  # as asctime writes it
        web.answer = lambda seen: (503, {"Retry-After": at}, b"")
        assert 590 < (refused(web.url).retry_after or 0) <= 600
    finally:
        monkeypatch.undo()
        time.tzset()


# --- how much it is allowed to cost --------------------------------------------------------------------------------


def test_silence_ends_after_the_time_limit(web: Web) -> None:
    web.answer = lambda seen: None
    began = time.monotonic()
    error = refused(web.url, notifier(timeout=0.5))
    assert time.monotonic() - began < 2 and not error.permanent and "in time" in error.reason


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: "], ids=["from the start", "in the headers"])
def test_dripping_ends_after_the_time_limit_too(head: bytes) -> None:
    def drip(line: socket.socket) -> None:
        read_all(line)
        line.sendall(head)
        for _ in range(100):
            line.sendall(b"H" if not head else b"x")
            time.sleep(0.1)

    with raw(drip) as port:
        began = time.monotonic()
        refused(f"https://127.0.0.1:{port}/", notifier(timeout=0.6))
        assert time.monotonic() - began < 2


def test_a_handshake_that_never_ends_does() -> None:
    with raw(lambda line: time.sleep(10), tls=False) as port:
        began = time.monotonic()
        refused(f"https://127.0.0.1:{port}/", notifier(timeout=0.5))
        assert time.monotonic() - began < 2


def test_an_endless_answer_is_read_up_to_the_limit() -> None:
    sent = 0

    def flood(line: socket.socket) -> None:
        nonlocal sent
        read_all(line)
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n")
        while True:
            sent += line.send(b"x" * 65536)

    with raw(flood) as port:
        receipt = notifier(limit=1000).send(outgoing(address=f"https://127.0.0.1:{port}/"))
    assert len(receipt.proof) == 1000 + len(b"HTTP 200\r\n\r\n")
    time.sleep(0.1)
    assert sent < 20 * 2**20


def test_endless_headers_are_an_error() -> None:
    def flood(line: socket.socket) -> None:
        read_all(line)
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            line.sendall(b"a: " + b"x" * 60000 + b"\r\n")

    with raw(flood) as port:
        assert not refused(f"https://127.0.0.1:{port}/").permanent


def test_answers_that_are_never_the_last_one_are_an_error_long_before_the_time_limit() -> None:
    def flood(line: socket.socket) -> None:
        read_all(line)
        while True:
            line.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)

    with raw(flood) as port:
        began = time.monotonic()
        assert not refused(f"https://127.0.0.1:{port}/", notifier(timeout=60)).permanent
        assert time.monotonic() - began < 10


def test_a_body_that_breaks_off_does_not_unsay_the_status() -> None:
    def broken(line: socket.socket) -> None:
        read_all(line)
        line.sendall(b"HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\nhal")

    with raw(broken) as port:
        assert notifier().send(outgoing(address=f"https://127.0.0.1:{port}/")).delivered


@pytest.mark.parametrize(
    "noise", [b"", b"\x00", b"HTTP/1.1", b"HTTP/1.1 abc\r\n\r\n", b"\r\n" * 9, b"SSH-2.0\r\n",
              b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"],
)  # fmt: skip
def test_an_answer_that_is_none_is_a_failure_that_may_pass(noise: bytes) -> None:
    def talk(line: socket.socket) -> None:
        read_all(line)
        line.sendall(noise)

    with raw(talk) as port:
        assert not refused(f"https://127.0.0.1:{port}/").permanent


# --- where it must not go ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["http://localhost/", "HTTP://x", "ftp://px.example/", "https://", "https:///x", "https://u:secret@px.example/",
     "https://px.example:99999/", "https://px.example/a b", "https://px.example/\r\nX: y", "https://pxü.example/",
     "https://px.example\\@127.0.0.1/", "file:///etc/passwd", "https://[::1", "https://%31", "//px.example", "",
     "https://[fe80::1%25eth0]/", "https://" + "a" * 3000, "https://px.example:x/", "https://@px.example/"],
)  # fmt: skip
def test_only_plain_https_urls_are_addresses(address: str) -> None:
    assert refused(address).permanent


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "[::]",
     "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]",
     "100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "[ff02::1]", "[fec0::1]", "0x7f.1", "2130706433",
     "127.1", "[::7f00:1]", "192.0.0.192", "192.88.99.1", "[3fff::1]", "[5f00::1]"],
)  # fmt: skip
def test_nothing_that_is_not_public_is_connected_to(web: Web, host: str) -> None:
    error = refused(f"https://{host}:{web.port}/", notifier(allow=()))
    assert web.connections == 0
    assert error.permanent and "not public" in error.reason


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are(address: str) -> None:
    assert public(address)


def test_only_the_networks_that_the_host_allows_are_opened(web: Web) -> None:
    notifier(allow=["127.0.0.1"]).send(outgoing(address=f"https://127.0.0.1:{web.port}/"))
    refused(f"https://127.0.0.1:{web.port}/", notifier(allow=["127.0.0.2/32", "fd00::/8"]))
    assert len(web.seen) == 1


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that says something public first and something private a moment later gets nowhere."""
    real, asked = socket.getaddrinfo, []

    def rebinding(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host in ("rebind.example", b"rebind.example"):
            asked.append(host)
            address = "192.0.0.170" if len(asked) == 1 else "127.0.0.1"  # the first is nowhere
            return real("8.8.8.8" if len(asked) == 1 else address, port, *rest, **more)
        return real(host, port, *rest, **more)

    connected: list[Any] = []

    def connect(address: Any, *rest: Any, **more: Any) -> Any:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    error = refused(f"https://rebind.example:{web.port}/", notifier(allow=()))
    assert (asked, connected) == (["rebind.example"], ["8.8.8.8"]) and not error.permanent
    assert "not public" in refused(f"https://rebind.example:{web.port}/", notifier(allow=())).reason
    assert connected == ["8.8.8.8"] and web.connections == 0


def test_one_dead_address_of_several_leaves_time_for_the_others(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    with swallowing(web.port) as dead:

        def dual(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            named = host in ("localhost", b"localhost")
            found = [real(a, port, *rest, **more) for a in ((dead, "127.0.0.1") if named else (host,))]
            return [info for one in found for info in one]

        monkeypatch.setattr(socket, "getaddrinfo", dual)
        start = time.monotonic()
        assert notifier(timeout=2.0).send(outgoing(address=web.url)).delivered
        assert 0.9 < time.monotonic() - start < 2


def test_of_several_addresses_only_public_ones_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def many(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        kind = socket.AF_INET, socket.SOCK_STREAM, 6, ""
        return [(*kind, (a, port)) for a in ("10.0.0.1", "8.8.8.8", "127.0.0.1", "1.1.1.1")]

    connected: list[str] = []

    def connect(address: Any, *rest: Any, **more: Any) -> Any:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", many)
    monkeypatch.setattr(socket, "create_connection", connect)
    refused("https://many.example/", notifier(allow=()))
    assert connected == ["8.8.8.8", "1.1.1.1"]


def test_a_certificate_that_nobody_vouches_for_is_refused(web: Web) -> None:
    error = refused(web.url, notifier(tls=None))
    assert "certificate" in error.reason and not error.permanent and web.seen == []


def test_a_certificate_of_another_name_is_refused(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: real(str(host).replace("px.example", "127.0.0.1"), *rest, **more),
    )
    error = refused(f"https://px.example:{web.port}/")
    assert "certificate" in error.reason and web.seen == []


def test_a_name_that_nobody_knows_may_be_known_later() -> None:
    assert not refused("https://nobody.invalid/").permanent


def test_proxies_of_the_environment_are_not_used(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    assert notifier().send(outgoing(address=web.url)).delivered


def test_many_at_a_time_do_not_mix(web: Web) -> None:
    web.answer = lambda seen: (200, {}, json.loads(seen.body)["data"]["id"].encode())
    one = notifier()
    receipts: dict[int, Any] = {}

    def send(n: int) -> None:
        receipts[n] = one.send(outgoing(id=f"m{n}", address=web.url))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {n: r.proof.endswith(b"\nm%d" % n) for n, r in receipts.items()} == dict.fromkeys(range(30), True)


# --- logs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["httpcore2", "httpcore"])
def test_nothing_of_an_exchange_stands_in_a_log_and_others_may_speak_meanwhile(
    web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, package: str
) -> None:
    if package == "httpcore":
        monkeypatch.setitem(sys.modules, "httpcore2", None)
    said = logging.getLogger(f"{package}.http11")

    def answer(seen: Seen) -> Any:
        said.debug("another thread speaks")
        return 302, {"Location": "https://t.me/secret", "X-Ticket": "Jane"}, b"Jane"

    web.answer = answer
    with caplog.at_level(logging.DEBUG):
        refused(web.url)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: refused(web.url), range(8)))
        said.debug("afterwards, too")
    messages = [record.getMessage() for record in caplog.records]
    assert messages.count("another thread speaks") == 9 and messages[-1] == "afterwards, too"
    for part in ("secret", "Jane", "hook", "localhost", "127.0.0.1"):
        assert not any(part in message for message in messages)


# --- packages ------------------------------------------------------------------------------------------------------


def test_an_installed_httpx_serves_too(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpcore

    monkeypatch.setitem(sys.modules, "httpcore2", None)
    one = notifier()
    assert one._https._core is httpcore
    assert one.send(outgoing(address=web.url)).delivered
    assert "not public" in refused(web.url, notifier(allow=())).reason
    web.answer = lambda seen: None
    assert "in time" in refused(web.url, notifier(timeout=0.3)).reason


def test_without_either_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("httpcore2", "httpcore"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=r'pip install "sopflow\[http\]"'):
        notifier()


def test_endpoints_are_servers_not_paths() -> None:
    one = notifier()
    assert one.endpoint(outgoing(address="https://A.example/x")) == one.endpoint(
        outgoing(address="https://a.example:443")
    )
    assert one.endpoint(outgoing(address="https://a.example:444")) != one.endpoint(
        outgoing(address="https://a.example")
    )
    one.endpoint(outgoing(address="nonsense"))


def test_requests_are_plain(web: Web) -> None:
    Https(LOCAL, tls=trusting()).post(web.url, {"content-type": "text/plain"}, b"")
    seen: Seen = web.seen[0]
    assert set(seen.headers) == {"host", "content-length", "connection", "content-type"}


def test_an_ipv6_address_stands_in_brackets_where_the_host_is_named(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1" if host == "::1" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    Https(LOCAL, tls=trusting()).post(f"https://[::1]:{web.port}/", {}, b"")
    assert web.seen[0].headers["host"] == f"[::1]:{web.port}"
