"""The schema: its numbered steps, and what may be found in a database. Text only; touches no database.

Each step is a file, `migrations/DATABASE/NNNN_name.sql`, written once and never edited after its release. Which were
applied is recorded in the table `sopflow_schema`: number, name, digest of the text, when.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import final

from attrs import frozen

from ...errors import BadInput, ForeignDatabase, SchemaTooNew
from .dialects import PREFIX, Dialect

APPLICATION_ID = 0x534F5046  # "SOPF", in the header of a SQLite file

# In a database's own words.
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": """SELECT CAST(c.relname AS text) FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v') AND n.nspname = COALESCE(NULLIF(CAST(:schema AS text), ''), current_schema())""",
    "mysql": "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
}
HAS_SCHEMA = "SELECT nspname = nspname FROM pg_catalog.pg_namespace WHERE nspname = :schema"
_NOW = {
    "mysql": "DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')",
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
    "postgresql": "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
}
_LOCK = "CONCAT('sopflow ', MD5(DATABASE()))"
ALONE = {  # so that of several creators one creates, and the others find it done
    "postgresql": "SELECT CAST(pg_advisory_xact_lock(5715164770) AS text)",
    "mysql": f"SELECT GET_LOCK({_LOCK}, 60)",  # 0 if somebody else had it all the time
}
ALONE_NO_MORE = {"mysql": f"SELECT RELEASE_LOCK({_LOCK})"}  # it outlives the transaction
# Their CREATE and ALTER commit by themselves. A step that was interrupted is done again from its beginning, for which
# the driver takes what is there already for done; and a first creation is recorded when it is whole.
_COMMITS_BY_ITSELF = {"mysql"}
_DIGEST_FROM = {"sqlite": 4}  # the step that brings the column; elsewhere it is there from the first


@final
@frozen
class Migration:
    """One step of the schema."""

    number: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@final
@frozen
class Standing:
    """What was found in a database.

    Attributes:
        applied: Number of each step that was applied, with its name, when, and its digest ("" where not recorded).
        pending: The steps that are missing.
        changed: Numbers of steps whose text was another when they were applied.
        missing: Tables that steps which were applied have made, and that are not there.
    """

    applied: Mapping[int, tuple[str, str, str]]
    pending: tuple[Migration, ...]
    changed: tuple[int, ...]
    missing: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The highest step that was applied; 0 for none."""
        return max(self.applied, default=0)


@cache
def migrations(database: str) -> tuple[Migration, ...]:
    """Return every step for a database, in order.

    Raises:
        BadInput: For a database that we have none for.
    """
    folder = files("sopflow.stores.sql") / "migrations"
    known = sorted(f.name for f in folder.iterdir() if f.is_dir())
    if database not in known:
        raise BadInput("dialect", database, f"use one of {', '.join(known)}")
    steps = [(f.name, f.read_text("utf-8")) for f in (folder / database).iterdir() if f.name.endswith(".sql")]
    return tuple(Migration(int(name[:4]), name[5:-4], text) for name, text in sorted(steps))


def newest(database: str) -> int:
    """Return the number of the last step."""
    return migrations(database)[-1].number


def statements(text: str) -> Iterator[str]:
    """Yield the statements of a step's text, without what ends them.

    A statement ends with a line that ends in ";", except inside `$$`, or BEGIN … END of a trigger.
    """
    statement = ""
    for line in text.splitlines():
        if line.startswith("--") or not (statement or line.strip()):
            continue
        statement += line + "\n"
        code = re.sub(r"\s+--.*", "", line).rstrip()
        inside = statement.count("$$") % 2 or (
            re.match(r"CREATE TRIGGER\b(?s:.*)\bBEGIN\b", statement) and not code.endswith("END;")
        )
        if code.endswith(";") and not inside:
            yield statement.strip().removesuffix(";")
            statement = ""
    if statement.strip():
        yield statement.strip()


def plan(dialect: Dialect, applied: Collection[int]) -> Iterator[str]:
    """Yield the statements that bring a database up to date and record that, as the portable text."""
    database = dialect.database
    recorded_from, unrecorded = _DIGEST_FROM.get(database, 0), []
    if database in _COMMITS_BY_ITSELF and not applied:
        recorded_from = newest(database)
    for step in migrations(database):
        if step.number in applied:
            continue
        yield from statements(step.text)
        unrecorded.append(step)
        if step.number >= recorded_from or recorded_from in applied:
            if database in _COMMITS_BY_ITSELF:  # all or none: a creation that died is no older schema
                yield _record(database, *unrecorded)
            else:
                yield from (_record(database, each) for each in unrecorded)
            unrecorded = []


def create_schema(dialect: Dialect) -> str:
    """Return the statement that makes the place where our tables stand."""
    return f'CREATE SCHEMA IF NOT EXISTS "{dialect.schema}"'


def script(database: str, after: int = 0, schema: str = "", prefix: str = PREFIX) -> str:
    """Return the SQL of all steps after number `after`, to be run by somebody else: a DBA, Alembic, Django.

    Args:
        database: "sqlite", "postgresql" or "mysql".
        after: The last step that is there already; 0 for an empty database.
        schema: Where the tables stand.
        prefix: What their names begin with.

    Raises:
        BadInput: For a database, number or name that cannot be used.
    """
    numbers = [m.number for m in migrations(database)]
    if after != 0 and after not in numbers:
        raise BadInput("from", after, f"use 0 or one of {', '.join(map(str, numbers))}")
    dialect = Dialect(database, schema=schema, prefix=prefix)
    found = list(plan(dialect, [n for n in numbers if n <= after]))
    if schema and not after:
        found.insert(0, create_schema(dialect))
    return "".join(f"{dialect.named(statement)};\n" for statement in found)


def stands(
    dialect: Dialect, rows: Collection[tuple[int, str, str, str]], place: str, tables: Collection[str]
) -> Standing:
    """Return how a database stands that has these tables, and whose table of steps has these rows.

    Raises:
        SchemaTooNew: If it has a step that we do not know.
    """
    steps = migrations(dialect.database)
    applied = {number: (name, when, digest) for number, name, when, digest in rows}
    if max(applied, default=0) > steps[-1].number:
        raise SchemaTooNew(
            f"{place}: has schema {max(applied)}, this sopflow knows {steps[-1].number}; upgrade sopflow"
        )
    return Standing(
        applied,
        tuple(step for step in steps if step.number not in applied),
        tuple(step.number for step in steps if applied.get(step.number, ("", "", ""))[2] not in ("", step.digest)),
        tuple(name for step in steps if step.number in applied for name in _made(dialect, step) if name not in tables),
    )


def has_digests(database: str, applied: Collection[int]) -> bool:
    """Return whether the table of steps has digests, where these steps were applied."""
    return _DIGEST_FROM.get(database, 0) in {0, *applied}


def refuse_foreign(dialect: Dialect, tables: Collection[str], place: str) -> None:
    """Refuse a database without a table of steps that has tables with our names.

    Raises:
        ForeignDatabase: Naming one.
    """
    ours = set(_made(dialect, migrations(dialect.database)[0]))
    if taken := sorted(ours & set(tables)):
        raise ForeignDatabase(
            f"{place}: has a table {taken[0]} that is not sopflow's; use another ?prefix= or ?schema="
        )


def _made(dialect: Dialect, step: Migration) -> Sequence[str]:
    return [dialect.prefix + name for name in re.findall(r"CREATE TABLE sopflow_(\w+)", step.text)]


def _record(database: str, *steps: Migration) -> str:
    rows = [f"({step.number}, '{step.name}', {_NOW[database]}, '{step.digest}')" for step in steps]
    return "INSERT INTO sopflow_schema (version, name, applied, digest)\nVALUES " + ", ".join(rows)
