"""Apprise: one target a message, and what became of it; against a real HTTPS server that plays the service."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from sopflow import BadInput, DeliveryError, Outgoing
from sopflow.errors import MissingExtra
from sopflow.notifiers import AppriseNotifier
from sopflow.testing import NotifierContract, check_notifier

from .servers import Web, authority, closed_port, outgoing

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the services' modules, at their first use


@pytest.fixture(autouse=True)
def _trust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority()[0]))


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


def url(web: Web, more: str = "") -> str:
    return f"jsons://user:geheim@localhost:{web.port}/hook{more}"


def refused(address: str, by: AppriseNotifier | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        (by or AppriseNotifier()).send(outgoing(address=address))
    assert "geheim" not in str(caught.value) and "hook" not in str(caught.value)
    return caught.value


def test_it_keeps_the_notifier_contract(web: Web) -> None:
    def message(address: str) -> Outgoing:
        return outgoing(address=address)

    check_notifier(AppriseNotifier, message(url(web)))
    silent = message(f"jsons://localhost:{closed_port()}/hook")
    NotifierContract(AppriseNotifier, silent, lambda: AppriseNotifier(timeout=5)).run(
        "silence_of_the_other_side_is_a_delivery_error"
    )


def test_a_message_arrives_as_it_is(web: Web) -> None:
    receipt = AppriseNotifier().send(outgoing(address=url(web), body="Blokir {{ x }} \\n :smile: ünï №5"))
    (seen,) = web.seen
    doc = json.loads(seen.body)
    assert (doc["title"], doc["message"]) == ("Order", "Blokir {{ x }} \\n :smile: ünï №5")
    assert receipt.reference and "geheim" not in receipt.reference


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_service_that_says_no_has_not_taken_it(web: Web, status: int) -> None:
    web.answer = lambda seen: (status, {}, b"")
    assert not refused(url(web)).permanent


def test_no_redirect_is_followed(web: Web) -> None:
    web.answer = lambda seen: (307, {"Location": f"https://localhost:{web.port}/elsewhere"}, b"")
    refused(url(web))
    assert {seen.path for seen in web.seen} == {"/hook"}


def test_a_service_that_is_silent_is_left() -> None:
    server = Web()
    server.answer = lambda seen: None
    try:
        assert not refused(url(server, "?rto=1&cto=1"), AppriseNotifier(timeout=2)).permanent
    finally:
        server.close()


@pytest.mark.parametrize(
    "address",
    ["", "nothing", "desk@px.example", "unknown://geheim/hook", "jsons://", "://", "tgram://1:geheim/1/2",
     "mailtos://user:geheim@gmail.com?to=a@b.example,c@d.example"],
)  # fmt: skip
def test_an_address_names_one_target_or_nothing_is_sent(address: str) -> None:
    assert refused(address).permanent


def test_only_services_that_the_host_names_are_used(web: Web) -> None:
    one = AppriseNotifier({"ntfys"})
    assert refused(url(web), one).permanent and web.seen == []
    AppriseNotifier({"JSONS"}).send(outgoing(address=url(web)))
    assert len(web.seen) == 1


def test_the_endpoint_shows_no_secret(web: Web) -> None:
    assert AppriseNotifier().endpoint(outgoing(address=url(web))) == f"jsons://localhost:{web.port}"


def test_no_log_at_any_level_says_anything_of_url_and_text(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(1), caplog.at_level(1, "apprise"), caplog.at_level(1, "urllib3.connectionpool"):
        AppriseNotifier().send(outgoing(address=url(web)))
        web.answer = lambda seen: (500, {}, b"")
        refused(url(web))
        refused("slack://geheim/hook")
    assert web.seen
    for part in ("geheim", "hook", "Please act"):
        assert part not in caplog.text


@pytest.mark.parametrize("timeout", [0, -1, 1000])
def test_a_time_that_cannot_be_used_is_said(timeout: Any) -> None:
    with pytest.raises(BadInput, match="timeout"):
        AppriseNotifier(timeout=timeout)


def test_without_the_package_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(MissingExtra, match=r'pip install "sopflow\[apprise\]"'):
        AppriseNotifier()
