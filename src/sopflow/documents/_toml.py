"""Writes plain values as TOML that reads like a list of rules. The standard library only reads TOML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from ._plain import Line

HEAD: Final = (
    '# Where a rule names its states, "*" is every state that is not final, and "=" is no change of state.',
    "# Marks say how far a source was verified: V in the text of the law, S in a secondary source, M recalled,",
    "# I inferred. What is left out has its usual value. Nothing here is legal advice.",
)
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_PLAIN = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f]*\Z")
_WIDE = 118


def dumps(doc: Mapping[str, Any]) -> str:
    """Return plain values as a TOML document."""
    return "\n".join([*HEAD, "", *_table(doc, ())]).rstrip("\n") + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    below = {k: v for k, v in table.items() if _stands_below(v)}
    for key, value in table.items():
        if key not in below:
            yield f"{_key(key)} = {_value(value, _WIDE - len(key) - 3)}"
    for key, value in below.items():
        place = (*path, _key(key))
        for part in value if isinstance(value, list) else [value]:
            yield ""
            yield f"[[{'.'.join(place)}]]" if isinstance(value, list) else f"[{place[-1]}]"
            yield from _table(part, place)


def _stands_below(value: Any) -> bool:
    """Return whether a value is a table, or a list of tables, with a header of its own."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(v, dict) and not isinstance(v, Line) for v in value)
    return isinstance(value, dict) and not isinstance(value, Line)


def _key(key: str) -> str:
    return key if _BARE.match(key) else _quoted(key)


def _value(value: Any, room: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        items = [_value(v, 0) for v in value]
        whole = f"[{', '.join(items)}]"
        if len(whole) <= room or room == 0:
            return whole
        return "[\n" + "".join(f"  {i},\n" for i in items) + "]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(k)} = {_value(v, 0)}' for k, v in value.items())} }}" if value else "{}"
    return str(value)


def _text(value: str) -> str:
    several = "\n" in value
    if several and "'''" not in value and not value.endswith("'") and _PLAIN.match(value):
        return f"'''\n{value}'''"
    return _quoted(value)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
