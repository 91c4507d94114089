"""Batches: what `open_many` and `apply_many` take, and what they give back for each. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, final

import attrs
from attrs import field

from . import locators
from .case import Actor, Case
from .errors import BadInput
from .events import Event, Instrument
from .records import frozen

__all__ = ["Apply", "NewCase", "Result"]


@final
@frozen
class NewCase:
    """A case to be opened: the arguments of `Runner.open`.

    Attributes:
        procedure: The rulebook's id.
        instrument: The notice, order, referral or complaint.
        by: Who handed it in.
        at: When it came, with a time zone; now when left out.
        evidence: `Evidence`, or several.
        command_id: Makes a repetition harmless: it gives the recorded outcome.
        case_id: The new case's id; chosen by the runner when left out.
        grounds: Ids of cases on which this one rests.
    """

    procedure: str
    instrument: Instrument
    by: Actor = field(kw_only=True)
    at: datetime | None = field(default=None, kw_only=True)
    evidence: Any = field(default=None, kw_only=True)
    command_id: str | None = field(default=None, kw_only=True)
    case_id: str | None = field(default=None, kw_only=True)
    grounds: Sequence[str] = field(default=(), kw_only=True)


@final
@frozen
class Apply:
    """An event to be applied to a case: the arguments of `Runner.apply`.

    Attributes:
        case_id: The case.
        event: What happened; its `by` is who does or states it.
        by: Who, where the event does not say.
        expect: The revision that the caller has seen; another one is a `CaseConflict`.
        command_id: Makes a repetition harmless: it gives the recorded outcome.
    """

    case_id: str
    event: Event
    by: Actor | None = field(default=None, kw_only=True)
    expect: int | None = field(default=None, kw_only=True)
    command_id: str | None = field(default=None, kw_only=True)


@final
@frozen(kw_only=True)
class Result:
    """What became of one item of a batch: the case after it, or the error that it alone met.

    Attributes:
        case: The case, as `open` or `apply` would have returned it; None if it failed.
        error: What `open` or `apply` would have raised; nothing of this item was written. None if it succeeded.
    """

    case: Case | None = None
    error: Exception | None = None


def joined(cases: tuple[NewCase, ...]) -> tuple[NewCase, ...]:
    """Return cases that are to be opened together for the same contents, each with these contents.

    Raises:
        BadInput: For fewer than two, for other contents than the first one's, or for another matter.
    """
    if len(cases) < 2 or not all(isinstance(c, NewCase) for c in cases):
        raise BadInput("cases", len(cases), "hand in two or more NewCase values, one for each procedure")
    first = cases[0].instrument
    contents = _contents(first)
    if not contents:
        raise BadInput("cases[0].contents", (), "name the contents that the cases are about")
    found = [cases[0]]
    for n, case in enumerate(cases[1:], 1):
        instrument = case.instrument
        if instrument.matter not in ("", first.matter):
            raise BadInput(f"cases[{n}].matter", instrument.matter, "leave it out: the first one's is that of all")
        if not instrument.contents:
            instrument = attrs.evolve(instrument, contents=first.contents)
        elif _contents(instrument) != contents:
            raise BadInput(f"cases[{n}].contents", "…", "name the contents of the first, or none")
        found.append(attrs.evolve(case, instrument=instrument))
    return tuple(found)


def _contents(instrument: Instrument) -> set[str]:
    return {locators.digest(c.kind, c.locator or "") for c in instrument.contents}
