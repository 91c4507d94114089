"""Finding in SQL: an index behind every filter, and an older schema that is filled in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sopflow import Actor, BadInput, Content, Notice, Runner
from sopflow.errors import StoreError
from sopflow.locators import digests
from sopflow.ports import Query
from sopflow.stores import open_store
from sopflow.stores.sql import statements as sql
from sopflow.stores.sql.dialects import Dialect
from sopflow.stores.sql.rows import filters as condition
from sopflow.stores.sql.sync import SqlSession
from sopflow.testing import _sample as sample

from .databases import Database

OLD = Path(__file__).parents[1] / "data" / "schema-1-contents.sql"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OFFICER, FLAGGER = Actor("officer-1", {"authority"}), Actor("flagger-7", {"reporter"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.db"


def runner_on(path: Path) -> Runner:
    store = open_store(f"sqlite:///{path}")
    return Runner(store=store, procedures=[sample.SAMPLE], acting_as="authority", clock=lambda: NOW + timedelta(days=9))


# --- the plans -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A database of 300 cases, of which one party has all."""
    path = tmp_path_factory.mktemp("many") / "cases.db"
    store = open_store(f"sqlite:///{path}?synchronous=normal")
    with store.session() as session:
        for n in range(300):
            for step in sample.ordered(f"case-{n}", at=NOW + timedelta(hours=n), matter=f"matter-{n % 100}"):
                session.commit(step)
    store.close()
    with closing(sqlite3.connect(path)) as conn:
        yield conn


def plan(conn: sqlite3.Connection, text: str, params: dict[str, Any]) -> str:
    return "; ".join(row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {text}", params))


CONTENT = digests("https://platform-a.example/1")
BY_ID = "c USING INDEX sopflow_pk (tenant=? AND id=?)"
OF_CONTENT = "k USING PRIMARY KEY (tenant=? AND digest=?)"
OF_PARTY = "p USING COVERING INDEX sopflow_party_opened (tenant=? AND party=? AND (opened,case_id)>(?,?))"
OF_INCIDENT = "i USING INDEX sopflow_incident_status (tenant=? AND status=?)"
FILTERS: list[tuple[dict[str, Any], tuple[str, ...], bool]] = [  # filters, the plan, whether pages come in its order
    ({"content": CONTENT}, (OF_CONTENT, BY_ID), False),
    ({"content": CONTENT, "state": "ordered", "final": False}, (OF_CONTENT, BY_ID), False),
    ({"content": CONTENT, "party": "platform-a"}, (OF_CONTENT, BY_ID), False),
    ({"matter": "m"}, ("c USING INDEX sopflow_case_matter (tenant=? AND matter=? AND (opened,id)>(?,?))",), True),
    ({"party": "platform-a"}, (OF_PARTY, BY_ID), True),
    ({"party": "platform-a", "role": "platform"}, (OF_PARTY, BY_ID), True),
    ({"party": "platform-a", "state": "ordered"}, (OF_PARTY, BY_ID), True),
    ({"due_after": NOW, "due_before": NOW}, ("d USING INDEX sopflow_deadline_due (tenant=? AND due>? AND due<?)", BY_ID), False),
    ({"due_before": NOW, "phase": "notice"}, ("d USING INDEX sopflow_deadline_due (tenant=? AND due<?)", BY_ID), False),
    ({"open_incident": True}, (OF_INCIDENT, BY_ID), False),
    ({"open_incident": False}, ("i USING INDEX sopflow_incident_case (tenant=? AND case_id=?)",), True),
    ({"sender": "a"}, ("c USING INDEX sopflow_case_sender (tenant=? AND sender=? AND (opened,id)>(?,?))",), True),
    ({"flagger": "a"}, ("c USING INDEX sopflow_case_flagger (tenant=? AND flagger=? AND (opened,id)>(?,?))",), True),
    ({"procedure": "p"}, ("c USING INDEX sopflow_case_procedure (tenant=? AND procedure=? AND (opened,id)>(?,?))",), True),
    ({"state": "ordered"}, ("c USING INDEX sopflow_case_state (tenant=? AND state=? AND (opened,id)>(?,?))",), True),
    ({"phase": "notice"}, ("c USING INDEX sopflow_case_phase (tenant=? AND phase=? AND (opened,id)>(?,?))",), True),
    ({"parent": "case-1"}, ("c USING INDEX sopflow_case_parent (tenant=? AND parent=? AND (opened,id)>(?,?))",), True),
    ({"final": False}, ("c USING INDEX sopflow_case_open (tenant=? AND (opened,id)>(?,?))",), True),
    ({}, ("c USING INDEX sopflow_case_opened (tenant=? AND (opened,id)>(?,?))",), True),
]  # fmt: skip


@pytest.mark.parametrize(("filters", "steps", "ordered"), FILTERS, ids=["-".join(f[0]) or "none" for f in FILTERS])
def test_an_index_stands_behind_every_filter(many: Any, filters: Any, steps: tuple[str, ...], ordered: bool) -> None:
    tables, order, where, params = condition(sample.TENANT, Query(**filters))
    where += f" AND ({order}) > (:opened, :id)"
    params |= {"opened": "2026-03-02T13:00:00.000000Z", "id": "case-1", "limit": 10}
    seen = plan(many, sql.FIND.format(tables=tables, where=where, order=order), params)
    seen = seen.replace("sqlite_autoindex_sopflow_case_1", "sopflow_pk").replace("USING COVERING INDEX", "USING INDEX")
    for step in steps:
        assert step.replace("USING COVERING INDEX", "USING INDEX") in seen, seen
    assert "SCAN" not in seen.replace("SCAN f", ""), seen
    assert ("USE TEMP B-TREE FOR ORDER BY" not in seen) is ordered, seen


def test_what_is_to_be_worked_first_is_read_in_the_order_of_its_index(many: Any) -> None:
    tables, order, where, params = condition(sample.TENANT, Query(order="urgency", final=False))
    where += f" AND ({order}) > (:place, :id)"
    params |= {"place": "992026-03-02T13:00:00.000000Z", "id": "case-1", "limit": 10}
    seen = plan(many, sql.FIND.format(tables=tables, where=where, order=order), params)
    assert "INDEX sopflow_case_urgency (tenant=? AND (urgency,id)>(?,?))" in seen, seen
    assert "TEMP B-TREE" not in seen, seen


def test_the_matter_of_a_key_is_one_lookup(many: sqlite3.Connection) -> None:
    text = sql.MATTERS.format(digests=":k0")
    assert "PRIMARY KEY (tenant=? AND digest=?)" in plan(many, text, {"tenant": "t", "k0": "d"})


def test_erasing_looks_only_at_what_the_case_has(many: sqlite3.Connection) -> None:
    for text in (sql.ERASE_MATTERS, sql.ERASE_KEYS):
        assert "SCAN" not in plan(many, text, {"tenant": "t", "case": "c"})


# --- a page of a party that has every case --------------------------------------------------------------------------


def test_a_party_with_two_roles_in_a_case_is_found_once_on_every_page(path: Path) -> None:
    runner = runner_on(path)
    for n in range(5):
        parties = {"platform": "both", "reporter": "both"}
        runner.open("contract.sample", Notice(parties=parties), by=OFFICER, case_id=f"case-{n}")
    assert runner.count(party="both") == 5
    pages: list[str] = []
    while page := runner.find(party="both", limit=2, after=pages[-1] if pages else ""):
        pages += [case.id for case in page]
    assert pages == [f"case-{n}" for n in range(5)]
    runner.close()


# --- cases of the first schema --------------------------------------------------------------------------------------


@pytest.fixture
def old(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(OLD.read_text("utf-8"))
    return path


def test_an_older_database_is_worked_by_urgency_as_soon_as_it_is_opened(old: Path) -> None:
    runner = runner_on(old)
    with closing(sqlite3.connect(old)) as conn:
        kept = dict(conn.execute("SELECT id, urgency FROM sopflow_case"))
    assert kept == {case.id: case.urgency for case in runner.find()}
    assert found(runner, order="urgency") == ["old-1", "old-4", "old-2", "old-3"]
    assert found(runner, order="urgency", after="old-4") == ["old-2", "old-3"]
    runner.close()


def found(runner: Runner, **filters: Any) -> list[str]:
    return [case.id for case in runner.find(**filters)]


def test_an_older_database_is_found_by_sender_party_and_clock_as_soon_as_it_is_opened(old: Path) -> None:
    runner = runner_on(old)
    assert found(runner, sender="flagger-7") == ["old-2", "old-3", "old-4"]
    assert found(runner, party="platform-a", limit=3, after="old-1") == ["old-2", "old-3", "old-4"]
    assert found(runner, matter="named") == ["old-4"]
    due = runner.case("old-1").deadline("answer")
    assert due is not None and due.due is not None
    assert found(runner, due_after=due.due, due_before=due.due + timedelta(seconds=1)) == ["old-1", "old-4"]
    assert found(runner, due_after=due.due + timedelta(hours=3, microseconds=1)) == []
    for id in ("old-1", "old-2", "old-3", "old-4"):
        runner.verify(id)
    runner.close()


def test_the_contents_of_an_older_database_are_indexed_by_one_call(old: Path) -> None:
    runner = runner_on(old)
    assert found(runner, content="https://t.me/channel_one") == []
    for _ in range(2):
        assert runner.index_contents(batch=3) == 3  # the fourth was erased
    assert found(runner, content="tg://resolve?domain=channel_one") == ["old-1", "old-2"]
    assert found(runner, content=Content(locator="https://EXAMPLE.com/b")) == ["old-4"]
    assert found(runner, content="https://example.com/erased") == []
    assert runner.index_contents(after="old-3") == 1
    runner.verify("old-1")
    runner.close()


def test_a_later_report_joins_the_matter_of_a_case_from_before(old: Path) -> None:
    runner = runner_on(old)
    runner.index_contents()
    new = runner.open("contract.sample", Notice(contents=["https://t.me/s/Channel_One"]), by=FLAGGER)
    assert new.matter == "old-1", "the oldest of the cases on this content"
    named = runner.open("contract.sample", Notice(contents=["https://example.com/b"]), by=FLAGGER)
    assert named.matter == "named"
    assert runner.reexamine(new.id) == ()
    runner.close()


def test_no_locator_and_no_key_text_is_in_the_file_but_in_the_side_rows(path: Path) -> None:
    runner = runner_on(path)
    case = runner.open("contract.sample", Notice(contents=["https://t.me/very_secret_name"]), by=FLAGGER)
    runner.erase(case.id)
    runner.close()
    with closing(sqlite3.connect(path)) as conn:
        dump = "\n".join(conn.iterdump())
        assert conn.execute("SELECT COUNT(*) FROM sopflow_content").fetchone() == (0,)
        assert conn.execute("SELECT COUNT(*) FROM sopflow_matter").fetchone() == (0,)
    assert "very_secret_name" not in dump
    assert digests("https://t.me/very_secret_name")[0] not in dump


# --- a database where two sessions write at once --------------------------------------------------------------------


class Overtaken:
    """A connection to a table of matters into which another session writes between our look and our insertion."""

    raw = None

    def __init__(self, table: dict[str, tuple[str, str]], others: dict[str, tuple[str, str]]) -> None:
        self.table, self.others = table, others

    def rows(self, text: str, params: Any) -> Any:
        found = [(k, *self.table[k]) for name, k in params.items() if name != "tenant" and k in self.table]
        self.table |= self.others
        return found

    def run(self, text: str, params: Any) -> int:
        if text == sql.LINK and params["digest"] in self.table:
            return 0
        since = params.get("since") or self.table[params["digest"]][0]
        self.table[params["digest"]] = (since, params["matter"])
        return 1


@pytest.mark.parametrize("theirs", ["2020-01-01", "2030-01-01"])
def test_whoever_is_overtaken_joins_the_other_with_all_its_contents(theirs: str) -> None:
    table: dict[str, tuple[str, str]] = {}
    session = SqlSession(Overtaken(table, {"k2": (theirs, "theirs")}), Dialect("sqlite"))  # type: ignore[arg-type]
    assert session.matter("t", ["k3", "k1", "k2"], "mine", NOW) == "theirs"
    assert {key: matter for key, (_, matter) in table.items()} == dict.fromkeys(("k1", "k2", "k3"), "theirs")


def test_whoever_is_overtaken_and_cannot_see_by_whom_begins_again() -> None:
    class Blind(Overtaken):
        def rows(self, text: str, params: Any) -> Any:
            super().rows(text, params)
            return []

    with pytest.raises(StoreError, match="begin the transaction again"):
        SqlSession(Blind({}, {"k1": ("2020", "theirs")}), Dialect("sqlite")).matter("t", ["k1"], "mine", NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("database", ["memory", "sqlite", "postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("limit", [-1, 0, 2**63, 10**19, True, "3"])
def test_a_number_of_rows_that_cannot_be_asked_for_is_refused_alike_by_every_store(
    database: Database, limit: Any
) -> None:
    runner = Runner(store=database.given()["make"](), procedures=[sample.SAMPLE], acting_as="authority")
    with pytest.raises(BadInput, match="use 1 or more, below 2\\*\\*63"):
        runner.find(limit=limit)
    with pytest.raises(BadInput, match="use 1 or more, below 2\\*\\*63"):
        runner.incidents(limit=limit)
    with pytest.raises(BadInput, match="use 1 or more, below 2\\*\\*63"):
        runner.index_contents(batch=limit)
    assert runner.find(limit=2**63 - 1) == runner.incidents(limit=2**63 - 1) == ()
    runner.close()
