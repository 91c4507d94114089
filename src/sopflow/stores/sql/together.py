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

CAN = frozenset({"postgresql"})
MOST = 20  # the others come after them: the text of a step with hundreds would be planned for longer than they take
_SHARED = frozenset({"tenant", "case", "seq", "command", "opened"})  # mean the same in all statements of a step
_VALUES = re.compile(r"\bVALUES \(([^()]*)\)")
_PARAM = re.compile(r"(?<![:\w]):([a-z_]\w*)")


def together(writes: Sequence[Write], command: str | None) -> Write:
    """Return one statement, whose row says how many rows each of these has changed.

    Args:
        writes: A change of a case's row, its entry, and what is written only if both were.
        command: If it is used already, nothing is written.
    """
    text, names = _combined(tuple(text for text, _ in writes), command is not None)
    params: dict[str, Any] = {}
    for (_, given), named in zip(writes, names, strict=True):
        for name, key in named:
            params[key] = given[name]
    return text, params


@lru_cache(maxsize=500)
def _combined(texts: tuple[str, ...], commanded: bool) -> tuple[str, tuple[tuple[tuple[str, str], ...], ...]]:
    parts, names = [], []
    if commanded:
        parts.append(f"free AS (SELECT 1 WHERE NOT EXISTS ({sql.COMMAND}))")
    for n, text in enumerate(texts):
        found = dict.fromkeys(_PARAM.findall(text))
        named = tuple((name, name if name in _SHARED else f"{name}_{n}") for name in found)
        keys = dict(named)
        text = _PARAM.sub(lambda found, keys=keys: f":{keys[found[1]]}", text)  # type: ignore[misc]
        needs = (("free",) if commanded else ()) if n == 0 else (f"s{min(n, 2) - 1}",)
        parts.append(f"s{n} AS ({_only_with(text, *needs)} RETURNING 1)")
        names.append(named)
    counts = ", ".join(f"(SELECT COUNT(*) FROM s{n})" for n in range(len(texts)))
    return f"WITH {', '.join(parts)} SELECT {counts}", tuple(names)


def _only_with(text: str, other: str = "") -> str:
    """Return the text of a statement that does something only if another one has given a row."""
    if not other:
        return text
    text, changed = _VALUES.subn(rf"SELECT \1 FROM {other}", text)
    return text if changed else f"{text} AND EXISTS (SELECT 1 FROM {other})"
