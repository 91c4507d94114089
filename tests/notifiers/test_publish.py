"""Brokers: CloudEvents on a real RabbitMQ and a real NATS, with the clients that people use there."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import uuid
from collections.abc import Mapping
from typing import Any

import nats
import pika
import pytest
from nats.js.api import StreamConfig

from sopflow import BadInput, DeliveryError
from sopflow.notifiers import PublishNotifier
from sopflow.testing import AsyncNotifierContract, check_notifier

from .servers import outgoing

SOURCE = "https://ministry.example/sopflow"


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


rabbitmq = pytest.mark.skipif(not answers(5672), reason="no RabbitMQ answers on 127.0.0.1:5672")
nats_here = pytest.mark.skipif(not answers(4222), reason="no NATS answers on 127.0.0.1:4222")


def is_cloud_event(envelope: bytes) -> dict[str, Any]:
    """Check what CloudEvents 1.0 and its JSON format ask for, and return the envelope."""
    doc: dict[str, Any] = json.loads(envelope)
    assert doc["specversion"] == "1.0" and doc["type"] and doc["source"] == SOURCE and doc["id"]
    assert all(name.isalnum() and name.islower() for name in doc), "names of attributes: a-z and 0-9 only"
    assert doc["datacontenttype"] == "application/json" and isinstance(doc["data"], dict)
    return doc


def test_it_keeps_the_notifier_contract() -> None:
    check_notifier(lambda: PublishNotifier(lambda *_: None, SOURCE), outgoing(address="queue"))

    async def publish(address: str, envelope: bytes, headers: Mapping[str, str]) -> None:
        await asyncio.sleep(0)

    asyncio.run(AsyncNotifierContract(lambda: PublishNotifier(publish, SOURCE), outgoing(address="queue")).run())


def test_the_envelope_is_the_same_over_retries_and_is_the_proof() -> None:
    taken: list[tuple[str, bytes, Mapping[str, str]]] = []
    one = PublishNotifier(lambda *given: taken.append(given), SOURCE)
    for attempts in (0, 2):
        receipt = one.send(outgoing(address="orders", attempts=attempts))
    assert taken[0] == taken[1] and taken[0][0] == "orders"
    doc = is_cloud_event(taken[0][1])
    assert (doc["id"], doc["subject"], doc["data"]["text"]) == ("case-1-m3.1", "case-1", "Please act.\n")
    assert receipt.proof == taken[0][1]  # type: ignore[union-attr]
    assert taken[0][2] == {
        "content-type": "application/cloudevents+json; charset=utf-8", "message-id": "case-1-m3.1"
    }  # fmt: skip


@pytest.mark.parametrize("error", [RuntimeError("jane@px.example"), ConnectionError("px.example"), KeyError("x")])
def test_what_the_callable_raises_is_a_failure_that_may_pass(error: Exception) -> None:
    def publish(*_: Any) -> None:
        raise error

    async def later(*_: Any) -> None:
        raise error

    with pytest.raises(DeliveryError) as caught:
        PublishNotifier(publish, SOURCE).send(outgoing(address="q"))
    assert not caught.value.permanent and "px.example" not in str(caught.value)

    async def awaited() -> None:
        await PublishNotifier(later, SOURCE).send(outgoing(address="q"))  # type: ignore[misc]

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(awaited())
    assert not caught.value.permanent and "px.example" not in str(caught.value)


def test_a_failure_that_the_callable_calls_permanent_is() -> None:
    def publish(*_: Any) -> None:
        raise DeliveryError("no such queue", permanent=True)

    with pytest.raises(DeliveryError) as caught:
        PublishNotifier(publish, SOURCE).send(outgoing(address="q"))
    assert caught.value.permanent


@pytest.mark.parametrize("source", ["", "a b", "ü", "a\nb"])
def test_a_source_that_is_no_uri_is_said(source: str) -> None:
    with pytest.raises(BadInput, match="source"):
        PublishNotifier(lambda *_: None, source)


def _rabbit() -> Any:
    user, password = os.environ.get("SOPFLOW_RABBITMQ", "guest:guest").split(":")
    return pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", 5672, credentials=pika.PlainCredentials(user, password))
    )


@rabbitmq
def test_a_message_is_taken_by_rabbitmq_and_read_back() -> None:
    queue = f"sopflow-{uuid.uuid4().hex}"
    connection = _rabbit()
    channel = connection.channel()
    try:
        channel.queue_declare(queue, exclusive=True)
        channel.confirm_delivery()

        def publish(address: str, envelope: bytes, headers: Mapping[str, str]) -> None:
            properties = pika.BasicProperties(
                content_type=headers["content-type"], message_id=headers["message-id"], delivery_mode=2
            )
            channel.basic_publish("", address, envelope, properties, mandatory=True)

        one = PublishNotifier(publish, SOURCE)
        one.send(outgoing(address=queue, body="Blokir №5"))
        _, properties, body = channel.basic_get(queue, auto_ack=True)
        assert is_cloud_event(body)["data"]["text"] == "Blokir №5"
        assert properties.message_id == "case-1-m3.1" and properties.content_type.startswith(
            "application/cloudevents+json"
        )
        with pytest.raises(DeliveryError, match="UnroutableError") as caught:
            one.send(outgoing(address=f"{queue}-that-is-not-there"))
        assert not caught.value.permanent
    finally:
        connection.close()
    with pytest.raises(DeliveryError):
        one.send(outgoing(address=queue))


@nats_here
def test_a_message_is_taken_by_nats_once_however_often_it_is_sent() -> None:
    name = f"sopflow{uuid.uuid4().hex[:12]}"

    async def run() -> None:
        client = await nats.connect("nats://127.0.0.1:4222", max_reconnect_attempts=1)
        try:
            await with_client(client)
        finally:
            await client.close()

    async def with_client(client: Any) -> None:
        heard: asyncio.Queue[Any] = asyncio.Queue()
        await client.subscribe(f"{name}.orders", cb=heard.put)

        async def publish(address: str, envelope: bytes, headers: Mapping[str, str]) -> None:
            await client.publish(address, envelope, headers={"Nats-Msg-Id": headers["message-id"], **headers})
            await client.flush(timeout=5)

        await PublishNotifier(publish, SOURCE).send(outgoing(address=f"{name}.orders"))  # type: ignore[misc]
        message = await asyncio.wait_for(heard.get(), 5)
        assert is_cloud_event(message.data)["id"] == "case-1-m3.1"
        assert message.headers["content-type"].startswith("application/cloudevents+json")
        stream = client.jetstream()
        try:
            await stream.add_stream(StreamConfig(name=name, subjects=[f"{name}.stored"]))
        except Exception as error:
            pytest.skip(f"this NATS has no JetStream: {type(error).__name__}")

        async def store(address: str, envelope: bytes, headers: Mapping[str, str]) -> None:
            await stream.publish(address, envelope, headers={"Nats-Msg-Id": headers["message-id"]})

        try:
            for _ in range(3):
                await PublishNotifier(store, SOURCE).send(outgoing(address=f"{name}.stored"))  # type: ignore[misc]
            assert (await stream.stream_info(name)).state.messages == 1, "the message's id is the key"
        finally:
            await stream.delete_stream(name)

    asyncio.run(run())
