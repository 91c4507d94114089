"""Delivers and ticks on a file until nothing is left; or hangs in the middle of a message, to be killed there."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta

from sopflow import Actor, Issued, Notice, Outgoing, PointOfContact, Provider, Receipt, Runner, StaticDirectory
from sopflow.stores import open_store
from sopflow.testing._sample import SAMPLE

OFFICER = Actor("officer", {"authority"})


class Lines:
    """Writes a line per message, each in one call, so that processes can share the file."""

    def __init__(self, path: str, mode: str = "") -> None:
        self.path = path
        self.mode = mode

    def send(self, message: Outgoing) -> Receipt | None:
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{message.id} {os.getpid()}\n".encode())
        os.close(file)
        if self.mode == "together":  # nobody is so quick that the others find nothing left
            until = time.monotonic() + 30
            while len({line.split()[1] for line in self.read()}) < 2 and time.monotonic() < until:
                time.sleep(0.01)
        if self.mode == "hang":
            sys.stdout.write("sent\n")
            sys.stdout.flush()
            time.sleep(600)
        return None

    def read(self) -> list[str]:
        with open(self.path, encoding="utf-8") as file:
            return file.read().splitlines()


def runner_on(path: str, lines: str, *, lease: float = 300, mode: str = "", hands: int = 2) -> Runner:
    """Return a runner on the file."""
    desk = PointOfContact(id="desk", channels={"email": "a@b.example"})
    return Runner(
        store=open_store(f"sqlite:///{path}"), procedures=[SAMPLE], acting_as="authority",
        directory=StaticDirectory([Provider(id="platform-a", contacts=[desk])]),
        notifiers={"email": Lines(lines, mode)}, lease=timedelta(seconds=lease), hands=hands,
    )  # fmt: skip


def order(runner: Runner, case: str) -> None:
    """Open a case and queue its order."""
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "platform-a"})
    runner.open("contract.sample", notice, by=OFFICER, case_id=case)
    runner.apply(case, Issued(reference="1", by=OFFICER))


def main(path: str, lines: str, mode: str) -> None:
    """Say that we are ready, wait for a line, and work until nothing is left."""
    runner = runner_on(path, lines, lease=2 if mode == "hang" else 300, mode=mode)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    while runner.deliver(5).messages:
        pass
    runner.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
