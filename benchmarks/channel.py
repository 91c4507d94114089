"""What silent endpoints cost the others. Judges nothing: it prints ratios, measured in one run.

    python benchmarks/channel.py           some minutes: 10,000 messages to 200 endpoints, 4 of them silent
    python benchmarks/channel.py --quick   seconds

`deliver` sends signed webhooks over TLS to a server on this machine, each endpoint at an address of its own. A silent one
takes the message in and never answers; the notifier gives up after five seconds. Both shells, each with all endpoints
well and with the silent ones: messages per second until the last of those that can be delivered at all, and how much
memory `deliver` needs beyond what it had, with all of the queue in the store and only a lease of it in memory. In the
end `deliver` waits for its tries at the silent ones, which the time until it comes back shows.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import os
import shutil
import ssl
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sopflow import (
    Actor,
    AsyncRunner,
    Notice,
    PointOfContact,
    Procedure,
    Provider,
    Runner,
    StaticDirectory,
    Step,
)
from sopflow.events import Opened
from sopflow.notifiers import WebhookNotifier
from sopflow.ports import Delivery
from sopflow.rules import STAY, Basis, Role, Send, Source, State, Template, Transition
from sopflow.signatures import new_secret
from sopflow.stores import open_store
from sopflow.terms import Hours

ENDPOINTS, SILENT, LEASE, HANDS = 200, 4, 500, 32
OFFICER = Actor("officer", {"authority"}, "ministry")
BASIS = Basis("made up for the benchmark", "sopflow", "I")
RULES = Procedure(
    id="benchmark.post", version="1", title="A message for each case", acting="authority",
    roles=[Role(name=name, basis=BASIS) for name in ("authority", "platform")],
    opened_by="authority", initial="sent",
    states=[State(name="sent", phase="notice", basis=BASIS)],
    transitions=[
        Transition(on=Opened, source="sent", target=STAY, by="authority", basis=BASIS,
                   sends=Send(template="order", to="platform", sender="authority", ack_within=Hours(24))),
    ],
    templates=[Template("order", "Order $case", "Please act on:\n$contents\n")],
    sources=[Source("sopflow", "Part of the benchmark, not of any law.")],
)  # fmt: skip


def address(n: int) -> str:
    """Return the address of an endpoint on the loopback network."""
    return f"127.0.1.{n + 1}"


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for every endpoint, good for a day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "benchmark")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address(n))) for n in range(ENDPOINTS)]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def serve(files: tuple[Path, Path], silent: Any, port: Any) -> None:
    """Answer every request with 200, except to the first `silent` addresses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    quiet = {address(n) for n in range(SILENT)}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            await reader.readexactly(length)
            if silent.value and writer.get_extra_info("sockname")[0] in quiet:
                await reader.read()  # until the other side gives up
            else:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "0.0.0.0", 0, ssl=context, backlog=1000)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(run())


def directory(port: int) -> StaticDirectory:
    """Return one provider with one webhook for each endpoint."""
    return StaticDirectory(
        [
            Provider(
                id=f"p{n}",
                contacts=[PointOfContact(id=f"d{n}", channels={"webhook": f"https://{address(n)}:{port}/hook"})],
            )
            for n in range(ENDPOINTS)
        ]
    )


def fill(path: Path, messages: int, port: int) -> None:
    """Open a case for each message, which queues it."""
    runner = Runner(
        store=open_store(f"sqlite:///{path}"), procedures=[RULES], acting_as={"authority"}, directory=directory(port)
    )
    for n in range(messages):
        runner.open(
            RULES.id, Notice(contents=["https://t.me/reported"], parties={"platform": f"p{n % ENDPOINTS}"}), by=OFFICER
        )
    runner.close()


def resident() -> float:
    """Return this process's resident memory in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


class Watch:
    """Notes the most memory that was used while it ran."""

    def __init__(self) -> None:
        gc.collect()
        self.before = self.most = resident()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(0.1):
            self.most = max(self.most, resident())

    def grown(self) -> float:
        """Return by how many MB it grew."""
        self._over.set()
        self._thread.join()
        return self.most - self.before


def measure(path: Path, colour: str, port: int, cert: Path, secret: str) -> tuple[float, float, Delivery, float]:
    """Deliver a copy of the queue.

    Returns:
        Seconds until the last message was recorded as sent, and until `deliver` came back; what became of the queue;
        the growth of memory in MB.
    """
    last = 0.0

    def observe(step: Step) -> None:
        nonlocal last
        last = time.perf_counter()

    tls = ssl.create_default_context(cafile=str(cert))
    options: dict[str, Any] = {
        "store": open_store(f"sqlite:///{path}"),
        "procedures": [RULES],
        "acting_as": {"authority"},
        "directory": directory(port),
        "notifiers": {"webhook": WebhookNotifier([secret], allow=["127.0.0.0/8"], tls=tls, timeout=5.0)},
        "hands": HANDS,
        "observers": [observe],
    }
    watch = Watch()
    start = time.perf_counter()
    if colour == "sync":
        runner = Runner(**options)
        done = runner.deliver(limit=LEASE)
        runner.close()
    else:
        other = AsyncRunner(**options)

        async def main() -> Delivery:
            return await other.deliver(limit=LEASE)

        done = asyncio.run(main())
        options["store"].close()
    return last - start, time.perf_counter() - start, done, watch.grown()


def main() -> None:
    """Measure both shells, and print."""
    parser = argparse.ArgumentParser(description="What silent endpoints cost the others.")
    parser.add_argument(
        "--quick", action="store_true", help="fewer messages; a rest is then a larger part of the whole"
    )
    parser.add_argument("--messages", type=int, help="how many (10,000)")
    given = parser.parse_args()
    messages = given.messages or (1_000 if given.quick else 10_000)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; {messages:,} messages to {ENDPOINTS} endpoints, "
          f"{SILENT} silent, lease {LEASE}, hands {HANDS}, time-out 5 s")  # fmt: skip
    spawn = multiprocessing.get_context("spawn")
    silent, port = spawn.Value("i", 0), spawn.Value("i", 0)
    secret = new_secret()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        files = certificate(folder)
        server = spawn.Process(target=serve, args=(files, silent, port), daemon=True)
        server.start()
        try:
            while not port.value:
                time.sleep(0.01)
            fill(folder / "queue.db", messages, port.value)
            for colour in ("sync", "async"):
                rates = []
                for quiet in (0, 1):
                    silent.value = quiet
                    shutil.copy(folder / "queue.db", folder / "run.db")
                    seconds, whole, done, grown = measure(folder / "run.db", colour, port.value, files[0], secret)
                    (folder / "run.db").unlink()
                    rates.append(done.sent / seconds)
                    print(
                        f"{colour:5} {'with' if quiet else 'without'} silent ones: {done.sent:6,} sent, {done.retried:4,} put off, "
                        f"{done.failed} failed; the last one sent after {seconds:6.1f} s, {rates[-1]:6.0f} a second; "
                        f"deliver back after {whole:.1f} s; memory grows by {grown:.0f} MB"
                    )
                print(f"{colour:5} throughput with silent endpoints against without: ratio {rates[1] / rates[0]:.2f}")
        finally:
            server.terminate()
            server.join()


if __name__ == "__main__":
    main()
