"""One portable text becomes what each driver wants; values never enter it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sopflow import BadInput
from sopflow.stores.sql import statements
from sopflow.stores.sql.dialects import Dialect

EVERY = {name: text for name, text in vars(statements).items() if name.isupper() and isinstance(text, str)}


def test_sqlite_gets_the_portable_text_without_locks() -> None:
    dialect = Dialect("sqlite")
    assert dialect.texts["SELECT 1 FROM sopflow_case WHERE id = :id FOR UPDATE SKIP LOCKED"] == (
        "SELECT 1 FROM sopflow_case WHERE id = :id"
    )
    assert dialect.texts[statements.LOAD_TO_WRITE] == statements.LOAD == dialect.texts[statements.LOAD]


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("named", "SELECT '100%', a FROM sopflow_case WHERE x = :x AND t = '12:30' AND y = :yy OR x < :x"),
        ("pyformat", "SELECT '100%%', a FROM sopflow_case WHERE x = %(x)s AND t = '12:30' AND y = %(yy)s OR x < %(x)s"),
        ("numeric_dollar", "SELECT '100%', a FROM sopflow_case WHERE x = $1 AND t = '12:30' AND y = $2 OR x < $1"),
    ],
)
def test_values_are_named_as_the_driver_names_them(style: str, text: str) -> None:
    portable = "SELECT '100%', a FROM sopflow_case WHERE x = :x AND t = '12:30' AND y = :yy OR x < :x"
    dialect = Dialect("postgresql", style)
    assert dialect.texts[portable] == text
    assert dialect.values(portable, {"yy": 2, "x": 1, "unused": 3}) == [1, 2]


def test_a_text_is_made_once_and_not_too_many_are_kept() -> None:
    dialect = Dialect("postgresql", "pyformat", schema="s")
    assert dialect.texts[statements.DUE] is dialect.texts[statements.DUE]
    for number in range(3000):
        assert dialect.texts[f"SELECT {number} FROM sopflow_case"] == f'SELECT {number} FROM "s".sopflow_case'
        assert dialect.values(f"SELECT {number}, :a", {"a": 1}) == [1]
    assert len(dialect.texts) <= 1000


def test_another_style_of_the_same_place_is_made_once() -> None:
    dialect = Dialect("postgresql", "pyformat", schema="s", prefix="p_")
    other = dialect.styled("numeric_dollar")
    assert other is dialect.styled("numeric_dollar") and dialect.styled("pyformat") is dialect
    assert other.texts["SELECT 1 FROM sopflow_case WHERE id = :id"] == 'SELECT 1 FROM "s".p_case WHERE id = $1'


@pytest.mark.parametrize("name", EVERY)
def test_no_statement_names_a_table_without_schema_and_prefix(name: str) -> None:
    text = Dialect("postgresql", "pyformat", schema="sc", prefix="px_").texts[EVERY[name]]
    assert "sopflow" not in text and ":" not in text.replace("::", "")
    assert '"sc".px_' in text or "{" in text or "p." in text or name.startswith("_")


def test_indexes_and_triggers_stand_in_their_tables_schema() -> None:
    place = Dialect("postgresql", schema="sc", prefix="px_").named
    assert (
        place("CREATE UNIQUE INDEX sopflow_i ON sopflow_case (id)") == 'CREATE UNIQUE INDEX px_i ON "sc".px_case (id)'
    )
    assert place("CREATE TRIGGER sopflow_t BEFORE UPDATE ON sopflow_case EXECUTE FUNCTION sopflow_f()") == (
        'CREATE TRIGGER px_t BEFORE UPDATE ON "sc".px_case EXECUTE FUNCTION "sc".px_f()'
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda bad: Dialect("postgresql", schema=bad),
        lambda bad: Dialect("postgresql", prefix=bad or "-"),
        lambda bad: Dialect("sqlite", prefix=bad or "-"),
    ],
)
@pytest.mark.parametrize("bad", ['a"b', "a.b", "a b", "A", "1a", "ä", "a;", "a\n", "x" * 64])
def test_a_name_that_is_no_plain_name_never_enters_a_text(make: Callable[[str], Any], bad: str) -> None:
    with pytest.raises(BadInput, match="a-z, 0-9 and _"):
        make(bad)
