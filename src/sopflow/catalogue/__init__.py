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
from ..script import Script

if TYPE_CHECKING:
    from ..changes import Difference

# id -> module and the names of its versions there, oldest first
_ENTRIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "au.osa_removal_notice": ("australia", ("OSA_REMOVAL_NOTICE",)),
    "de.netzdg": ("germany", ("NETZDG_2017", "NETZDG_2021")),
    "eu.dsa_complaint": ("eu_dsa_complaint", ("DSA_COMPLAINT",)),
    "eu.dsa_notice_action": ("eu_dsa_notice", ("DSA_NOTICE_ACTION",)),
    "eu.dsa_notice_action.notifier": ("eu_dsa_notifier", ("DSA_NOTICE_ACTION_NOTIFIER",)),
    "eu.dsa_order": ("eu_dsa_order", ("DSA_ORDER",)),
    "eu.dsa_trusted_flagger": ("eu_trusted_flagger", ("DSA_TRUSTED_FLAGGER",)),
    "eu.tco_2021_784": ("eu_tco", ("TCO_2021_784",)),
    "eu.tco_2021_784.provider": ("eu_tco_provider", ("TCO_2021_784_PROVIDER",)),
    "generic.flagger_accreditation": ("flaggers", ("FLAGGER_ACCREDITATION",)),
    "generic.network_block": ("generic", ("NETWORK_BLOCK",)),
    "generic.referral": ("referral", ("REFERRAL",)),
    "hotline.inhope": ("inhope", ("INHOPE",)),
    "id.kominfo_telegram_2017": ("indonesia", ("KOMINFO_TELEGRAM_2017",)),
    "id.mail_practice_2016": ("indonesia", ("MAIL_PRACTICE_2016",)),
    "id.pm19_2014": ("indonesia_pm19", ("PM19_2014",)),
    "id.pm5_2020": ("indonesia_pm5", ("PM5_2020",)),
    "id.saman": ("indonesia_saman", ("SAMAN",)),
    "in.it_rules_3_1_d": ("india", ("IT_RULES_2025", "IT_RULES_2026")),
    "sg.ocha_direction": ("singapore", ("OCHA_DIRECTION",)),
    "sop.agreement": ("agreement", ("SOP_AGREEMENT",)),
    "uk.osa_intimate_image": ("united_kingdom", ("OSA_INTIMATE_IMAGE",)),
    "us.dmca_512": ("united_states", ("DMCA_512",)),
    "us.take_it_down": ("us_take_it_down", ("TAKE_IT_DOWN",)),
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
        BadInput: If `on` is no day.
        UnknownProcedure: For an unknown id, or a day on which no version was in force.
        ProcedureError: Where several versions were in force on that day: the catalogue is wrong.
    """
    found = versions(id)
    return found[-1] if on is None else in_force(found, on)


def diff(old: Procedure, new: Procedure) -> Difference:
    """Return what changed from one procedure to another, in words and as a picture; see `sopflow.changes`."""
    from ..changes import diff

    return diff(old, new)


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
