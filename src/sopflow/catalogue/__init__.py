"""Procedures as literals, one file per jurisdiction, each fact with source and evidence mark.

Nothing here is legal advice. What was not verified says so in the data: see the marks of `sopflow.rules.MARKS`.
A jurisdiction is imported when one of its procedures is asked for, not before.
"""

from __future__ import annotations

from datetime import date
from importlib import import_module

from ..errors import UnknownProcedure
from ..procedure import Procedure
from ..script import Script

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


def find(id: str, on: date | None = None) -> Procedure:
    """Return a procedure.

    Args:
        id: E.g. "us.dmca_512".
        on: The version in force on that day; the newest when left out.

    Raises:
        UnknownProcedure: For an unknown id, or a day on which no version was in force.
    """
    procedures = versions(id)
    if on is None:
        return procedures[-1]
    for procedure in reversed(procedures):
        after = procedure.valid_from is None or procedure.valid_from <= on
        if after and (procedure.valid_to is None or on <= procedure.valid_to):
            return procedure
    spans = ", ".join(f"{p.valid_from or '…'} to {p.valid_to or '…'}" for p in procedures)
    raise UnknownProcedure(f"{id} on {on}", f"it was in force: {spans}")


def versions(id: str) -> tuple[Procedure, ...]:
    """Return all versions of a procedure, the oldest first.

    Args:
        id: E.g. "us.dmca_512".

    Raises:
        UnknownProcedure: For an unknown id.
    """
    module, literals = _entry(id)
    loaded = import_module(f".{module}", __name__)
    return tuple(getattr(loaded, name) for name in literals)


def scenarios(id: str) -> tuple[Script, ...]:
    """Return the courses that a case can take, as scripts that `sopflow.testing.play` runs through a `Runner`.

    Args:
        id: E.g. "us.dmca_512".

    Returns:
        At least one of each kind: on time, late, partial, reversed.

    Raises:
        UnknownProcedure: For an unknown id.
    """
    module, _ = _entry(id)
    loaded = import_module(f"._scripts.{module}", __name__)
    found: tuple[Script, ...] = loaded.SCRIPTS[id]
    return found


def _entry(id: str) -> tuple[str, tuple[str, ...]]:
    if id not in _ENTRIES:
        raise UnknownProcedure(id, f"use one of {', '.join(names())}")
    return _ENTRIES[id]
