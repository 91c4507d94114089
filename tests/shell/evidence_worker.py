"""Attaches files to a case until it is killed; or attaches one large file and says how much memory that took."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from sopflow import Actor, Notice, Runner, StaticDirectory, catalogue
from sopflow.evidence import FileEvidence
from sopflow.stores import open_store

PLATFORM = Actor("agent", {"platform"})


class Deadly:
    """A folder of evidence that kills the process at a point of the n-th put."""

    def __init__(self, inner: Any, point: str, n: int) -> None:
        self.inner, self.point, self.left = inner, point, n

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        self.left -= 1
        if self.point == "within" and not self.left:
            file = DeadlyFile(file)  # type: ignore[assignment]
        self.inner.put(tenant, case, digest, file)
        if self.point == "after" and not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


class DeadlyFile:
    def __init__(self, inner: BinaryIO) -> None:
        self.inner = inner

    def read(self, size: int) -> bytes:
        chunk = self.inner.read(size)
        if not chunk:
            os.kill(os.getpid(), signal.SIGKILL)
        return chunk


def runner_on(folder: Path, kind: str, point: str = "", n: int = 0) -> Runner:
    """Return a runner whose evidence is in a folder ("files") or beside the cases ("beside")."""
    evidence: Any = FileEvidence(folder / "evidence") if kind == "files" else None
    return Runner(
        store=open_store(f"sqlite:///{folder / 'cases.db'}"),
        procedures=[catalogue.find("us.dmca_512")],
        acting_as="platform",
        directory=StaticDirectory(()),
        evidence=Deadly(evidence, point, n) if point else evidence,
    )


def ready(runner: Runner) -> None:
    """Open the case, if it is not there."""
    if not runner.count():
        notice = Notice(contents=["https://a.example/1"], parties={"complainant": "o", "subscriber": "u"})
        runner.open("us.dmca_512", notice, by=PLATFORM, case_id="case-1")


def high_water() -> int:
    """Return the most memory that this process had, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


def main(folder: str, kind: str, what: str) -> None:
    """Attach one large file, or small ones without end (killed at a point: "after:3")."""
    point, _, n = what.partition(":")
    runner = runner_on(Path(folder), kind, point if n else "", int(n or 0))
    ready(runner)
    if what == "large":
        before = high_water()
        attached = runner.attach("case-1", Path(folder) / "large.bin", by=PLATFORM)
        runner.open_evidence("case-1", attached.digest).close()
        runner.verify("case-1", evidence=True)
        print(attached.size, high_water() - before)
        return
    for i in range(1000):
        attached = runner.attach("case-1", os.urandom(1000 + 977 * (i % 9)), by=PLATFORM, name=f"{i}.bin")
        sys.stdout.write(f"{attached.digest}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
