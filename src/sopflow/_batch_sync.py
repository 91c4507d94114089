# Generated from src/sopflow/_batch.py by scripts/unasync.py. DO NOT CHANGE.
"""Batches: many items in one transaction, each succeeding or failing on its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import attrs

from ._inbox_sync import Inbox
from .batch import Apply, NewCase, Result
from .errors import (
    BadInput,
    CaseConflict,
    CaseNotFound,
    HookFailed,
    NotAllowed,
    StoreContended,
    StoreError,
    UnknownProcedure,
)
from .events import Event, Opened
from .ports import Session
from .step import Step

_Item = NewCase | Apply
_Done = tuple[Result, tuple[Step, ...], bool]
_I = TypeVar("_I", NewCase, Apply)

# By these an item is refused before anything is written. A fact provider's failure, and a value that the database
# refuses even to look up (`BadInput`), may have spoilt the transaction.
_REFUSALS = (CaseConflict, CaseNotFound, NotAllowed, UnknownProcedure)


class _WrittenInPart(Exception):
    """An item failed after it had begun to write."""


class Batch(Inbox):
    """The batches of an `Runner`."""

    def open_many(self, items: Iterable[NewCase], *, conn: Any = None) -> tuple[Result, ...]:
        """Open cases in one transaction, each succeeding or failing on its own.

        Args:
            items: What to open, in this order.
            conn: The host's open transaction to join; see `apply`.

        Returns:
            What became of each, in order.

        Raises:
            BadInput: For an item that is no `NewCase`; nothing was done.
            StoreError: The transaction failed as a whole: nothing was written.
        """
        return self._batch(_all(items, NewCase, "open_many"), conn)

    def apply_many(self, items: Iterable[Apply], *, conn: Any = None) -> tuple[Result, ...]:
        """Apply events in one transaction, each succeeding or failing on its own.

        A case may occur several times: a later item finds what an earlier one has made of it.

        Args:
            items: What to apply, in this order.
            conn: The host's open transaction to join; see `apply`.

        Returns:
            What became of each, in order.

        Raises:
            BadInput: For an item that is no `Apply`; nothing was done.
            StoreError: The transaction failed as a whole: nothing was written.
        """
        return self._batch(_all(items, Apply, "apply_many"), conn)

    def _batch(self, items: Sequence[_Item], conn: Any) -> tuple[Result, ...]:
        if not items:
            return ()
        done = self._done(items, conn)
        if conn is not None:
            return tuple(
                result if result.case is None else Result(case=self._for_host(result.case, steps))
                for result, steps, _ in done
            )
        for _, steps, _ in done:
            self._committed(steps)
        for case_id in dict.fromkeys(result.case.id for result, _, parked in done if result.case and parked):
            self._retry_parked(case_id)
        return tuple(result for result, _, _ in done)

    def _done(self, items: Sequence[_Item], conn: Any) -> Sequence[_Done]:
        for attempt in range(self._attempts):
            try:
                try:  # nearly always all is well, or refused before anything is written
                    with self.store.session(conn) as session:
                        return [self._together(session, item) for item in items]
                except _WrittenInPart as first:  # and undone with all others
                    try:
                        with self.store.session(conn) as session:
                            return [self._alone(session, item) for item in items]
                    except BadInput:  # the host's transaction went with that item
                        if isinstance(first.__cause__, StoreError):
                            raise first.__cause__ from None
                        raise
            except StoreContended:
                if conn is not None or attempt + 1 == self._attempts:  # a host's transaction is the host's to repeat
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _together(self, session: Session, item: _Item) -> _Done:
        try:
            step, event, parked = self._decided(session, item)
        except _REFUSALS as error:
            if isinstance(item, NewCase) and item.instrument.contents:  # it may have claimed a matter for them
                raise _WrittenInPart from error
            return self._refused(session, item, error)
        except StoreContended:
            raise
        except Exception as error:
            raise _WrittenInPart from error
        try:
            steps = self._commit(session, step, event.by, event.at)
        except StoreContended:
            raise
        except Exception as error:
            raise _WrittenInPart from error
        return Result(case=step.case), steps, parked

    def _alone(self, session: Session, item: _Item) -> _Done:
        for attempt in range(self._attempts):
            try:
                with session.part():
                    step, event, parked = self._decided(session, item)
                    steps = self._commit(session, step, event.by, event.at)
            except StoreContended:  # the database has undone the whole transaction
                raise
            except Exception as error:
                expect = item.expect if isinstance(item, Apply) else 0
                if isinstance(error, CaseConflict) and expect is None and attempt + 1 < self._attempts:
                    continue
                return self._refused(session, item, error)
            return Result(case=step.case), steps, parked
        raise AssertionError("unreachable: the last attempt returns")

    def _decided(self, session: Session, item: _Item) -> tuple[Step, Event, bool]:
        event = _event(item)
        if isinstance(item, Apply):
            step, parked = self._decide_on(session, item.case_id, event, item.expect, item.command_id)
            return step, event, parked
        assert isinstance(event, Opened)  # of a NewCase
        rules, id = self._place(item.procedure, item.case_id)
        return self._decide_open(session, rules, event, id, item.command_id), event, False

    def _refused(self, session: Session, item: _Item, error: Exception) -> _Done:
        """Give the outcome that the item's command had, if this is a repetition; else the error."""
        if item.command_id is None or not isinstance(error, (CaseConflict, NotAllowed, BadInput, HookFailed)):
            return Result(error=error), (), False
        procedure = item.procedure if isinstance(item, NewCase) else ""
        try:
            with session.part():
                recorded = self._recorded_in(session, item.command_id, _event(item), item.case_id, procedure)
        except StoreContended:
            raise
        except Exception as other:  # what was recorded may have been spoilt, and is this item's alone
            return Result(error=other), (), False
        return (Result(error=error) if recorded is None else Result(case=recorded)), (), False


def _event(item: _Item) -> Event:
    if isinstance(item, Apply):
        return item.event if item.by is None else attrs.evolve(item.event, by=item.by)
    return Opened(
        instrument=item.instrument, by=item.by, at=item.at, evidence=item.evidence, grounds=tuple(item.grounds)
    )  # fmt: skip


def _all(items: Iterable[_I], kind: type[_I], field: str) -> Sequence[_I]:
    found = tuple(items)
    for number, item in enumerate(found):
        if not isinstance(item, kind):
            raise BadInput(f"{field}[{number}]", type(item).__name__, f"hand in items of type {kind.__name__}")
    return found
