"""Works cases on a server with others, whatever happens to them: opens, applies, ticks, delivers. Made to be killed."""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import psycopg

from sopflow import (
    Actor,
    CaseNotFound,
    Closed,
    EffectGiven,
    Issued,
    NotAllowed,
    Notice,
    Outgoing,
    PointOfContact,
    Provider,
    Runner,
    StaticDirectory,
    StoreContended,
)
from sopflow.stores import open_store
from sopflow.testing._sample import SAMPLE

LEASE = timedelta(seconds=4)
OFFICER, PLATFORM = Actor("officer", {"authority"}), Actor("moderator", {"platform"})

STEPS = 4  # of every case, at least

TABLES = """
CREATE TABLE {schema}.arrived (id TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE {schema}.effect (id TEXT PRIMARY KEY);
CREATE TABLE {schema}.at_work (pid INTEGER NOT NULL);
CREATE TABLE {schema}.given_out (cases INTEGER NOT NULL);
INSERT INTO {schema}.given_out VALUES (0);
"""


class Receiver:
    """The other side: notes whatever arrives, and acts on each message id once."""

    def __init__(self, conn: psycopg.Connection[Any], schema: str) -> None:
        self.conn = conn
        self.schema = schema

    def send(self, message: Outgoing) -> None:
        self.take(message.id, f"{message.address} {message.subject} {message.body}")

    def archive(self, data: Any, key: str) -> None:
        self.take(key, str(sorted(data.items())))

    def take(self, id: str, what: str) -> None:
        digest = hashlib.sha256(what.encode()).hexdigest()
        self.conn.execute(f"INSERT INTO {self.schema}.arrived VALUES (%s, %s)", [id, digest])
        self.conn.execute(f"INSERT INTO {self.schema}.effect VALUES (%s) ON CONFLICT DO NOTHING", [id])


def runner_on(server: str, schema: str, conn: psycopg.Connection[Any]) -> Runner:
    """Return a runner whose messages and durable effects go to the receiver, on a connection of its own."""
    receiver = Receiver(conn, schema)
    contacts = [PointOfContact(id=id, channels={"email": f"{id}@platform.example"}) for id in ("desk", "law")]
    return Runner(
        store=open_store(f"{server}?schema={schema}"), procedures=[SAMPLE], acting_as="authority",
        directory=StaticDirectory([Provider(id="platform-a", contacts=contacts)]), lease=LEASE, hands=1,
        notifiers={"email": receiver}, effects={"archive": receiver.archive},
    )  # fmt: skip


def advance(runner: Runner, n: int, began: datetime) -> bool:
    """Do the next step of a case, under a command id that others may use for it at the same moment; say if it ended."""
    id = f"case-{n}"
    try:
        case = runner.case(id)
    except CaseNotFound:
        notice = Notice(contents=[f"https://t.me/channel_{n}"], parties={"platform": "platform-a"})
        runner.open("contract.sample", notice, by=OFFICER, case_id=id, command_id=f"open-{n}")
        return False
    if case.state == "received":
        late = timedelta(hours=n % 2 * 49)  # of every second case the answer is overdue: a tick must find that out
        runner.apply(id, Issued(reference="1", at=began - late, by=OFFICER), command_id=f"issue-{n}")
    elif case.state == "ordered":
        if not any(d.wake is not None and d.wake < case.recorded for d in case.deadlines):  # else a tick comes first
            runner.apply(id, EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM), command_id=f"effect-{n}")
    elif case.state == "complied":
        runner.apply(id, Closed(reason="done", by=OFFICER), command_id=f"close-{n}")
    return case.final


def main(server: str, schema: str, cases: str, began: str) -> None:
    """Work until every case has been given out and has ended, and nothing is due or to be sent."""
    conn = psycopg.connect(server, autocommit=True)
    runner, instant, chance = runner_on(server, schema, conn), datetime.fromisoformat(began), random.Random()
    conn.execute(f"INSERT INTO {schema}.at_work VALUES ({os.getpid()})")
    known, left = 0, list[int]()
    while True:
        if known < int(cases):
            ((given,),) = conn.execute(f"SELECT cases FROM {schema}.given_out").fetchall()
            left += range(known, given)
            known = given
        for n in chance.sample(left, min(20, len(left))):
            with suppress(NotAllowed, StoreContended):  # another did that step meanwhile; or stood in the way
                if advance(runner, n, instant):
                    left.remove(n)
        worked, delivered = runner.tick(20), runner.deliver(20)
        if known == int(cases) and not left and not worked.cases and not delivered.messages:
            break
        if not left:
            time.sleep(0.1)
    runner.close()
    conn.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
