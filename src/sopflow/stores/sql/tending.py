"""What a person does with a schema: create, upgrade, check, by URL. The command line's `sopflow db`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...errors import BadInput, ForeignDatabase
from ..urls import scheme_of, shown
from . import life_sync
from .connection import Driver
from .drivers import SCHEMES, driver_sync
from .schema import Standing


def create(url: str) -> Standing:
    """Create the schema where there is none; return what was found before.

    Raises:
        SchemaTooOld: If there is one that lacks steps.
        StoreError, BadInput, MissingExtra: As for `open_store`.
    """
    return _tended(url, life_sync.prepare)


def upgrade(url: str) -> Standing:
    """Apply the steps that a schema lacks, all where there is none; return what was found before.

    Raises:
        StoreError, BadInput, MissingExtra: As for `open_store`.
    """
    return _tended(url, lambda driver: life_sync.prepare(driver, upgrade=True))


def check(url: str) -> Standing:
    """Return how a schema stands; nothing is touched.

    Raises:
        ForeignDatabase: If there is none.
        StoreError, BadInput, MissingExtra: As for `open_store`.
    """

    def look(driver: Driver) -> Standing:
        absent = driver.dialect.database == "sqlite" and not Path(driver.place).exists()  # looking would make the file
        found = None if absent else life_sync.look(driver)
        if found is None or not found.applied:
            raise ForeignDatabase(f"{driver.place}: has no schema yet; run: sopflow db create URL")
        return found

    return _tended(url, look)


def _tended(url: str, work: Callable[[Driver], Standing]) -> Standing:
    known = SCHEMES.get(scheme_of(url))
    if known is None or not known.blocking:
        usable = ", ".join(f"{name}:" for name, each in SCHEMES.items() if each.blocking)
        raise BadInput("store url", shown(url), f"use a URL that begins with one of {usable}")
    driver = driver_sync(known, url)
    try:
        return work(driver)
    finally:
        driver.close()
