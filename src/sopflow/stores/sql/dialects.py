"""Dialects: the one portable text of a statement, turned once into what a database and its driver want.

The portable text is the SQL that SQLite and PostgreSQL share: `:name` for values, tables named `sopflow_…`,
`ON CONFLICT …` for rows that may be there already, `FOR UPDATE [SKIP LOCKED]` at the end of what locks its rows, and
`FOR SHARE` at the end of what must see the present, even in a host's transaction that otherwise sees the past.
Values never enter a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, final

from ...errors import BadInput

PREFIX = "sopflow_"
_KEPT = 1000  # rendered texts; filters make new ones
_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_LONGEST = {"schema": 63, "prefix": 24}  # PostgreSQL cuts names off at 63 bytes, silently
_PARAM = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_OURS = re.compile(r"\b((?:INDEX|TRIGGER|CONSTRAINT) )?sopflow_(\w+)")  # those three stand in their table's schema

# What each database writes otherwise, in this order.
_WORDING: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "sqlite": ((re.compile(r"\s+FOR (?:SHARE|UPDATE|UPDATE SKIP LOCKED)\Z"), ""),),  # it has one writer at a time
    "postgresql": (
        (re.compile(r"\bFOR UPDATE\Z"), "FOR NO KEY UPDATE"),  # rows may go on referring to the case
        (re.compile(r"\s+FOR SHARE\Z"), ""),  # whoever reads an outdated view is told so by the server
    ),
    "mysql": (
        (re.compile('"'), "`"),  # whatever the SQL mode
        (re.compile(r"\s+ON CONFLICT DO NOTHING\Z"), ""),  # the driver knows error 1062; IGNORE would hide others
        (re.compile(r"\bON CONFLICT \([\w, ]+\) DO UPDATE SET\b"), "ON DUPLICATE KEY UPDATE"),
        (re.compile(r"\bexcluded\.(\w+)"), r"VALUES(\1)"),
        (re.compile(r"\bCROSS JOIN\b"), "STRAIGHT_JOIN"),
        (re.compile(r"\bFOR SHARE\Z"), "LOCK IN SHARE MODE"),
        # it finds no beginning in an index for a comparison of rows
        (re.compile(r"\(([\w.]+), ([\w.]+)\) > \((:\w+), (:\w+)\)"), r"(\1 >= \3 AND (\1 > \3 OR \2 > \4))"),
    ),
}
_QUOTES = {"sqlite": '"', "postgresql": '"', "mysql": "`"}
_STYLES: Mapping[str, Callable[[str, int], str]] = {
    "pyformat": lambda name, _: f"%({name})s",
    "numeric_dollar": lambda _, number: f"${number}",
}


class _Texts(dict[str, str]):
    """Rendered texts by their portable ones, each made when it is first asked for."""

    def __init__(self, render: Callable[[str], str]) -> None:
        self._render = render

    def __missing__(self, sql: str) -> str:
        if len(self) >= _KEPT:
            self.clear()
        text = self[sql] = self._render(sql)
        return text


@final
class Dialect:
    """How one database, through one driver, wants its statements.

    Args:
        database: "sqlite", "postgresql" or "mysql" (which is MariaDB, too).
        style: How values are named: "named" (`:id`), "pyformat" (`%(id)s`) or "numeric_dollar" (`$1`, see `values`).
        schema: Where our tables stand; "" for where the connection looks by itself.
        prefix: What the names of our tables begin with.

    Attributes:
        texts: Portable text to the one for the driver.

    Raises:
        BadInput: For a schema or prefix that is no plain name.
    """

    def __init__(self, database: str, style: str = "named", *, schema: str = "", prefix: str = PREFIX) -> None:
        for what, name in (("schema", schema), ("prefix", prefix)):
            if (name or what == "prefix") and not (_NAME.match(name) and len(name) <= _LONGEST[what]):
                raise BadInput(what, name, f"use up to {_LONGEST[what]} of a-z, 0-9 and _, not beginning with a digit")
        if schema and database != "postgresql":
            raise BadInput("schema", schema, "only PostgreSQL has them: use prefix=")
        self.database = database
        self.style = style
        self.schema = schema
        self.prefix = prefix
        self.texts: Mapping[str, str] = _Texts(self._render)
        self._order: dict[str, tuple[str, ...]] = {}
        self._styled: dict[str, Dialect] = {style: self}

    def styled(self, style: str) -> Dialect:
        """Return the same for another driver: its texts are kept as long as this dialect."""
        found = self._styled.get(style)
        if found is None:
            found = self._styled[style] = Dialect(self.database, style, schema=self.schema, prefix=self.prefix)
        return found

    def values(self, sql: str, params: Mapping[str, Any]) -> list[Any]:
        """Return the values of a numbered style in the order of their numbers."""
        order = self._order.get(sql)
        if order is None:
            order = self._order[sql] = tuple(dict.fromkeys(_PARAM.findall(self._worded(sql))))
            if len(self._order) > _KEPT:
                self._order.clear()
        return [params[name] for name in order]

    def named(self, sql: str) -> str:
        """Return the text with schema and prefix in place, and values named as they were."""
        return self._placed(self._worded(sql))

    def _worded(self, sql: str) -> str:
        for pattern, replacement in _WORDING[self.database]:
            sql = pattern.sub(replacement, sql)
        return sql

    def _placed(self, sql: str) -> str:
        quote = _QUOTES[self.database]
        where = f"{quote}{self.schema}{quote}." if self.schema else ""

        def place(found: re.Match[str]) -> str:
            kind, name = found.groups()
            return f"{kind or where}{self.prefix}{name}"

        return _OURS.sub(place, sql)

    def _render(self, sql: str) -> str:
        sql = self.named(sql)
        write = _STYLES.get(self.style)
        if write is None:
            return sql
        if self.style == "pyformat":
            sql = sql.replace("%", "%%")
        numbers: dict[str, int] = {}
        return _PARAM.sub(lambda found: write(found[1], numbers.setdefault(found[1], len(numbers) + 1)), sql)
