"""An authority and a platform, two processes with a store each, and a bad network between them.

    python examples/government_channel/run.py
    python examples/government_channel/run.py --seed 7 --cases 5 --loss 0.6

Orders go out by e-mail and signed webhooks, answers come back the same way; the network loses half of it, and delays,
doubles and reorders what it does not lose. Time is simulated, and chance comes from the seed: the same one prints the
same. Both journals are printed side by side, and both are verified.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import certificates
import screen
from clerk import Clerk
from network import Network
from screen import WIB

HERE = Path(__file__).resolve().parent
START = datetime(2017, 8, 24, 9, 0, tzinfo=WIB)  # a Thursday
STEP = timedelta(hours=1)
DAYS = 14
OFFICE = (9, 13, 17)  # when the clerk looks at the desk, on working days
SETTLED = ("taken_down", "rejected_not_negative")


class Process:
    """One side, in a process of its own.

    Args:
        program: Its file, beside this one.
        settings: Handed over on its standard input, not as arguments: there are keys in it.
    """

    def __init__(self, program: str, settings: dict[str, Any]) -> None:
        self._program = program
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._write(settings)
        self.port = 0

    def listen(self) -> int:
        """Wait until it serves; return its port."""
        self.port = int(self._read()["port"])
        return self.port

    def do(self, what: str, now: datetime, **more: Any) -> Any:
        """Have something done at a simulated instant; return the answer."""
        self._write({"do": what, "now": now.isoformat(), **more})
        return self._read()

    def _write(self, line: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self._program} has ended: {self._process.wait()}")
        return json.loads(answer)

    def stop(self) -> None:
        """Let it end, and wait until it has."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)


def simulate(
    network: Network, authority: Process, platform: Process, cases: int
) -> tuple[datetime, list[screen.Told], list[screen.Told]]:
    """Let time pass until every order is answered and nothing is under way; return when, and what both sides report."""
    clerk = Clerk(platform.port, refuses="r2-m")
    now, issued = START, 0

    def at(minute: int) -> datetime:
        """Let a minute of this step come, for everybody."""
        network.now = now + timedelta(minutes=minute)
        for side in (authority, platform):
            side.do("hear", network.now)
        return network.now

    while now < START + timedelta(days=DAYS):
        moment = at(0)
        network.release()
        if issued < cases and now >= START + issued * 2 * STEP:
            issued += 1
            authority.do("issue", moment, number=issued)
        ours = authority.do("work", moment)
        if now.weekday() < 5 and now.hour in OFFICE:
            platform.do("work", at(1))
            clerk.look()
        theirs = platform.do("work", at(2))
        done = all(state in SETTLED for state in ours["states"]) and not ours["waiting"] + theirs["waiting"]
        if issued == cases and done and network.empty:
            break
        now += STEP
    return now, authority.do("report", now), platform.do("report", now)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both sides, and print what their journals say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=5, help="decides what the network does")
    parser.add_argument("--cases", type=int, default=3, help="how many orders are issued")
    parser.add_argument("--loss", type=float, default=0.5, help="share of transmissions that are lost, below 1")
    parser.add_argument("--width", type=int, default=58, help="width of a column")
    options = parser.parse_args(arguments)
    if not 0 <= options.loss < 1 or options.cases < 1:
        parser.error("use a loss from 0 to below 1, and at least one case")

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        ca, certificate, key = certificates.make(folder)
        network = Network(options.seed, options.loss, folder, (certificate, key))
        web, smtp = network.start()
        dice = random.Random(f"{options.seed}/keys")  # of a simulation: real keys come from `signatures.new_secret()`
        keys = {side: "whsec_" + b64encode(dice.randbytes(32)).decode() for side in ("authority", "platform")}
        settings = {"folder": made, "seed": options.seed, "web": web, "smtp": smtp, "ca": str(ca), "keys": keys,
                    "patience": 12}  # fmt: skip
        running: list[Process] = []
        try:
            for side in ("authority", "platform"):
                running.append(Process(f"{side}_side.py", settings))
            for side, process in zip(("authority", "platform"), running, strict=True):
                network.ports[side] = process.listen()
            now, ours, theirs = simulate(network, running[0], running[1], options.cases)
        finally:
            for process in running:
                process.stop()
            network.stop()
    tell(network, ours, theirs, now, options.width)


def tell(
    network: Network, ours: list[screen.Told], theirs: list[screen.Told], now: datetime, width: int
) -> None:  # fmt: skip
    """Print both journals, what was lost, and the proofs."""
    print(f"The Government Channel over a bad network, {START:%d %B %Y} to {now:%d %B %Y} (WIB)\n")
    for told in ours:
        counterparts = [t for t in theirs if t["case"].startswith(f"kominfo.{told['case']}-m")]
        print(screen.side_by_side(told, counterparts, width), end="\n\n")
    print(screen.totals(network.handed, network.overtaken), end="\n\n")
    for told in ours:
        print(screen.rescued(told, network.handed))
    print()
    confirmed = sum(any(d["event"]["name"] == "Acknowledged" for d in told["entries"]) for told in ours)
    settled = sum(outcome != "pending" for told in ours for outcome in told["outcomes"].values())
    contents = sum(len(told["outcomes"]) for told in ours)
    twice = sum(screen.repeated(told) for told in (*ours, *theirs))
    same = sum(t["outcomes"] == told["outcomes"] for told in ours for t in theirs if f".{told['case']}-m" in t["case"])
    print(f"receipt confirmed: {confirmed} of {len(ours)} orders; answered: {settled} of {contents} contents")
    print(f"both sides agree on every outcome: {same} of {len(ours)} cases; letters recorded twice: {twice}")
    for name, side in (("authority", ours), ("platform", theirs)):
        for told in side:
            kinds = ", ".join(sorted(kind for kind, _ in told["incidents"])) or "none"
            print(f"{name:<9} {told['case']}: each step proved up to entry {told['proved']}, {told['head'][:12]}; "
                  f"incidents: {kinds}")  # fmt: skip


if __name__ == "__main__":
    main()
