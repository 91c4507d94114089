"""What one step leaves in a database: the same rows everywhere, all of them or none, on a server by one statement."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import CaseConflict, CommandReused, Content, Rejected, Verified
from sopflow.step import Incident, Step
from sopflow.stores.sql.together import MOST
from sopflow.testing import _sample as sample

from .databases import DATABASES, STORED, Database

COLUMNS = {
    "case": 'id, revision, "procedure", state, phase, final, matter, parent, sender, opened, head, doc',
    "journal": "case_id, seq, command, hash, entry", "side": "case_id, seq, doc", "content": "digest, case_id",
    "party": "case_id, role, party, opened", "deadline": "case_id, id, wake, due",
    "outbox": "id, case_id, status, send_after, leased, ready, attempts, address, subject, body, html, data, doc",
    "incident": "id, case_id, status, at, doc, note",
}  # fmt: skip


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    database: Database = DATABASES[request.param](tmp_path)
    made = database.make()
    yield made
    made.close()
    database.clean()


every_database = pytest.mark.parametrize("store", STORED, indirect=True)


def rows(store: Any) -> dict[str, list[Any]]:
    """Return every row of every table that steps write."""
    with store.session(read=True) as session:
        return {
            table: sorted(map(tuple, session._c.rows(f"SELECT {columns} FROM sopflow_{table}", {})), key=repr)
            for table, columns in COLUMNS.items()
        }


def keep(store: Any, *steps: Step) -> None:
    for step in steps:
        with store.session() as session:
            session.commit(step)


def large() -> list[Step]:
    """Return steps with more of everything than is put into one statement."""
    many = [Content(locator=f"https://platform-a.example/{n}") for n in range(3 * MOST)]
    first = sample.opened(contents=many, command="command-1")
    second = sample.ordered()[1]
    letters = tuple(attrs.evolve(second.outgoing[0], id=f"m-{n}", address=f"{n}@x.example") for n in range(MOST))
    found = [Incident(id=f"i-{n}", tenant=sample.TENANT, kind="failed", at=sample.START, case="case-1", detail="seen")
             for n in range(MOST)]  # fmt: skip
    third = attrs.evolve(sample.irregular(first), outgoing=letters, incidents=(*found, found[0]))
    return [first, third, sample.after(third, Verified(), command="command-3")]


@every_database
def test_every_step_leaves_the_rows_that_it_says(store: Any, tmp_path: Path) -> None:
    first = sample.opened("case-2", command="command-2")
    steps = [*large(), first, *sample.story(first)]
    keep(store, *steps)
    there = rows(store)
    assert [len(there[table]) for table in ("case", "journal", "side", "content", "party")] == [
        2, len(steps), len(steps), 3 * MOST + 2, 4,
    ]  # fmt: skip
    assert {row[0] for row in there["outbox"]} == {message.id for step in steps for message in step.outgoing}
    assert {row[0] for row in there["incident"]} == {incident.id for step in steps for incident in step.incidents}
    plain = DATABASES["sqlite"](tmp_path).make()
    keep(plain, *steps)
    assert there == rows(plain)
    plain.close()


@every_database
def test_a_refused_step_leaves_nothing_though_its_session_goes_on(store: Any) -> None:
    first, second = sample.ordered(command="command-1")
    keep(store, first, second)
    lost = sample.after(first, Rejected(reason="unfounded"))
    ahead = sample.after(sample.after(second, Verified()), Verified())
    with store.session() as session:
        for step in (
            lost,
            ahead,
            sample.opened(platform="platform-b"),
            sample.after(sample.opened("none"), Verified()),
        ):
            with pytest.raises(CaseConflict):
                session.commit(step)
        for step in (
            sample.opened("case-2", command="command-1"),
            sample.after(second, Verified(), command="command-1"),
        ):
            with pytest.raises(CommandReused):
                session.commit(step)
        session.commit(sample.after(second, Verified(note="sound")))
    there = rows(store)
    assert [(row[0], row[1]) for row in there["case"]] == [("case-1", 3)]
    assert [row[:2] for row in there["journal"]] == [row[:2] for row in there["side"]] == [
        ("case-1", 1), ("case-1", 2), ("case-1", 3),
    ]  # fmt: skip
    assert {row[2] for row in there["party"]} == {"platform-a", "reporter-1"}
    assert len(there["outbox"]) == len(second.outgoing)
    assert {row[1] for row in there["content"]} == {"case-1"}


class Counting:
    """A connection that counts what is asked of it."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        self.asked += name in ("rows", "run")
        return getattr(self.inner, name)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_server_is_asked_once_for_a_step(store: Any) -> None:
    first, second = sample.ordered(command="command-1")
    for step in (first, second):
        with store.session() as session:
            session._c = counting = Counting(session._c)
            session.commit(step)
            assert counting.asked == 1
            session._c = counting.inner
