"""Markdown for pages: text in which nothing of an author becomes markup, and tables without empty columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .rules import Basis


def md(text: str) -> str:
    """Return text on one line, in which nothing is markup."""
    plain = re.sub(r"([\\`*|\[\]$~]|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))
    return plain.replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Return text as code, or "" for none."""
    plain = " ".join(text.split()).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`" if plain else ""


def codes(names: Iterable[str]) -> str:
    """Return names as code, with commas."""
    return ", ".join(map(code, names))


def cited(basis: Basis) -> str:
    """Return a basis with its source and its evidence mark."""
    return f"{md(basis.text)} ({code(basis.source)}, **{basis.mark}**)"


def table(head: str, rows: Iterable[Sequence[str]]) -> str:
    """Return a table without the columns that are empty in every row, or "" without rows."""
    names, cells = head.split("|"), [list(row) for row in rows]
    keep = [i for i in range(len(names)) if any(row[i] for row in cells)]
    lines = [[names[i] for i in keep], ["---"] * len(keep), *([row[i] for i in keep] for row in cells)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if cells else ""
