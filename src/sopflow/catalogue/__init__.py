"""Procedures as literals, one file per jurisdiction, each fact with source and evidence mark.

Nothing here is legal advice. What was not verified says so in the data: see the marks of `sopflow.rules.MARKS`.
A jurisdiction is imported when one of its procedures is asked for, not before.
"""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import UnknownProcedure
from ..procedure import Procedure, in_force

if TYPE_CHECKING:
    from ..changes import Difference

# id -> module and the names of its versions there, oldest first
_ENTRIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "generic.network_block": ("generic", ("NETWORK_BLOCK",)),
    "id.kominfo_telegram_2017": ("indonesia", ("KOMINFO_TELEGRAM_2017",)),
    "id.mail_practice_2016": ("indonesia", ("MAIL_PRACTICE_2016",)),
    "us.dmca_512": ("united_states", ("DMCA_512",)),
}


def names() -> tuple[str, ...]:
    """Return the ids of all procedures, sorted."""
    return tuple(sorted(_ENTRIES))


def versions(id: str) -> tuple[Procedure, ...]:
    """Return every version of a procedure, oldest first.

    Raises:
        UnknownProcedure: For an unknown id.
    """
    if id not in _ENTRIES:
        raise UnknownProcedure(id, f"use one of {', '.join(names())}")
    module, found = _ENTRIES[id]
    loaded = import_module(f".{module}", __name__)
    return tuple(getattr(loaded, name) for name in found)


def find(id: str, on: date | None = None) -> Procedure:
    """Return a procedure.

    Args:
        id: E.g. "us.dmca_512".
        on: The version in force on that day; the newest when left out.

    Raises:
        UnknownProcedure: For an unknown id, or a day on which no version was in force.
        ProcedureError: Where several versions were in force on that day: the catalogue is wrong.
    """
    found = versions(id)
    return found[-1] if on is None else in_force(found, on)


def diff(old: Procedure, new: Procedure) -> Difference:
    """Return what changed from one procedure to another, in words and as a picture; see `sopflow.changes`."""
    from ..changes import diff

    return diff(old, new)
