"""Makes `schema_1.db`, as the code of schema 1 wrote it. Kept to show what is in it; run with that code only.

python tests/data/make_schema_1.py tests/data/schema_1.db
"""

from __future__ import annotations

import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    Issued,
    Notice,
    PointOfContact,
    Procedure,
    Provider,
    Runner,
    StaticDirectory,
    Verified,
    catalogue,
)
from sopflow.ports import Inbound
from sopflow.stores import open_store

OFFICER = Actor("officer", {"authority"}, "ministry")
SIGNER = Actor("signer", {"competent_agency"}, "agency")
PLATFORM = Actor("agent", {"platform"}, "telegram")
RULES = "id.kominfo_telegram_2017"
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class Quiet:
    """A notifier that reaches the mailbox of the one who is told to be there."""

    def send(self, message: Any) -> None:
        """Take the message."""


def runner_on(path: str, clock: Any, *earlier: Procedure) -> Runner:
    """Return a runner on the file, with earlier versions of its procedures where they are needed."""
    desk = PointOfContact(id="desk", channels={"email": "desk@platform.example"})
    return Runner(
        store=open_store(f"sqlite:///{path}"),
        procedures=[*earlier, catalogue.find(RULES), catalogue.find("generic.network_block")],
        acting_as={"authority"},
        directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]),
        notifiers={"email": Quiet()},
        clock=clock,
    )


def notice(number: int) -> Notice:
    """Return a report of two channels."""
    contents = [f"https://t.me/reported_{number}_{n}" for n in range(2)]
    return Notice(contents=contents, parties={"platform": "telegram"}, form={"reasons": "naskah – 原稿 – нарушение"})


def issue(runner: Runner, id: str) -> None:
    """Bring a case to the order."""
    runner.apply(id, Verified(by=OFFICER))
    runner.apply(id, Approved(proposal=runner.proposal(id, Issued()), by=SIGNER))
    runner.apply(id, Issued(by=OFFICER), command_id=f"issue-{id}")


def main(path: str) -> None:
    """Make the file."""
    now = [START]
    runner = runner_on(path, lambda: now[0])
    for number in (1, 2, 3):
        runner.open(RULES, notice(number), by=OFFICER, case_id=f"case-{number}", command_id=f"open-{number}")
    issue(runner, "case-1")
    now[0] += timedelta(minutes=5)
    runner.deliver()  # case-1: sent, and its receipt is waited for
    order = runner.case("case-1").messages[0].id
    runner.apply("case-1", Acknowledged(message=order, by=PLATFORM))
    issue(runner, "case-2")  # case-2: its order is still to be sent
    runner.receive(Inbound(id="mail-1", sender="telegram", authenticated=False, case="case-1", raw=b"Dear \x00 Sir"))
    assert runner.incidents()
    runner.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    db.close()


if __name__ == "__main__":
    main(sys.argv[1])
