"""Several statements as one, for a database that can: a step then costs one round trip instead of ten. Text only.

In one statement the parts see nothing of what the others write, so none may touch a row that another one touches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from . import statements as sql

Write = tuple[str, Mapping[str, Any]]

AT_ONCE = frozenset({"postgresql"})
GUARDS = frozenset(
    {"postgresql", "sqlite"}
)  # MariaDB would lock the gap between commands, in which others write theirs
MOST = 20  # the others come after them: the text of a step with hundreds would be planned for longer than they take
_SHARED = frozenset({"tenant", "case", "seq", "command", "opened"})  # mean the same in all statements of a step
_VALUES = re.compile(r"\bVALUES \(([^()]*)\)")
_PARAM = re.compile(r"(?<![:\w]):([a-z_]\w*)")


def unless_used(write: Write, command: str) -> Write:
    """Return the change of a case's row that changes nothing if the command id is used already."""
    text, params = write
    return _guarded(text), {**params, "command": command}


def together(writes: Sequence[Write]) -> Write:
    """Return one statement, whose row says how many rows the first two of these have changed.

    Args:
        writes: A change of a case's row, its entry, and what is written only if both were.
    """
    text, names = _combined(tuple(text for text, _ in writes))
    params: dict[str, Any] = {}
    for (_, given), named in zip(writes, names, strict=True):
        for name, key in named:
            params[key] = given[name]
    return text, params


@lru_cache(maxsize=8)
def _guarded(text: str) -> str:
    changed, inserts = _VALUES.subn(rf"SELECT \1 WHERE NOT EXISTS ({sql.COMMAND})", text)
    return changed if inserts else f"{text} AND NOT EXISTS ({sql.COMMAND})"


@lru_cache(maxsize=500)
def _combined(texts: tuple[str, ...]) -> tuple[str, tuple[tuple[tuple[str, str], ...], ...]]:
    parts, names = [], []
    for n, text in enumerate(texts):
        named = {name: name if name in _SHARED else f"{name}_{n}" for name in _PARAM.findall(text)}
        text = _PARAM.sub(lambda found, named=named: f":{named[found[1]]}", text)  # type: ignore[misc]
        if n:  # the entry only with the case's row, and all others only with the entry
            other = f"s{min(n, 2) - 1}"
            text, inserts = _VALUES.subn(rf"SELECT \1 FROM {other}", text)
            text += "" if inserts else f" AND EXISTS (SELECT 1 FROM {other})"
        parts.append(f"s{n} AS ({text}{' RETURNING 1' if n < 2 else ''})")
        names.append(tuple(named.items()))
    return f"WITH {', '.join(parts)} SELECT (SELECT COUNT(*) FROM s0), (SELECT COUNT(*) FROM s1)", tuple(names)
