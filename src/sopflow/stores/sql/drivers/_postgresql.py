"""What every PostgreSQL driver shares: how its transactions begin, and what its error codes mean to us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final
from weakref import WeakKeyDictionary

from ....errors import (
    BadInput,
    ForeignDatabase,
    SopflowError,
    StoreContended,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from ..connection import HOST, Duplicate, Waited

# A step is decided on a case whose row it holds; what was asked by several statements for reading is of one moment.
BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"
_REPLANNED = frozenset(2**n for n in range(4, 32))


@final
class Beginning:
    """The text that begins a connection's next transaction.

    A server plans once what a connection asks again and again, its checks of foreign keys among them, and keeps to that
    until the table is analysed, which may be never. A plan made while a table was empty may read an index from end to
    end, at more cost with every case. So a connection forgets its plans with its 16th transaction, its 32nd, its 64th,
    and so on.

    Args:
        write: What begins a transaction that writes.
    """

    def __init__(self, write: str) -> None:
        self._write = write
        self._begun: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    def text(self, conn: Any, read: bool) -> str:
        """Return it, and count the transaction."""
        begun = self._begun[conn] = self._begun.get(conn, 0) + 1
        text = BEGIN_READ if read else self._write
        return f"{text}; DISCARD PLANS" if begun in _REPLANNED else text


def patience(seconds: int, local: bool) -> str:
    """Return what sets how long others' rows are waited for: for a connection, or for a transaction."""
    return f"SET {'LOCAL ' if local else ''}lock_timeout = '{seconds}s'"


def translated(
    state: str | None, kind: str, place: str, params: Mapping[str, Any] | None = None, *, committing: bool = False
) -> SopflowError:
    """Return our error for PostgreSQL's.

    The server's own text is not repeated: it quotes values.

    Args:
        state: The SQLSTATE; None where the server did not answer.
        kind: The name of the driver's error.
        place: Where, for the text.
        params: The values of the statement, to name the one that cannot be stored.
        committing: Whether it came in answer to a commit.
    """
    if (state is None or state.startswith("22")) and (bad := _unstorable(params)) is not None:
        return bad
    code = state or ""
    if state is None or code.startswith("08") or code in ("57P01", "57P02", "57P03", "57P05", "53300"):
        if committing:
            return StoreUnreachable(
                f"{place}: the connection was lost during the commit, which may stand or not; look at the case, or "
                "repeat with the same command id",
                uncertain=True,
            )
        return StoreUnreachable(
            f"{place}: the connection was refused or lost ({code or kind}); nothing was written. Try again"
        )
    if code == "23505":
        return Duplicate(f"{place}: a row with this key is there already")
    if code in ("40P01", "40001"):
        what = "a deadlock" if code == "40P01" else "a view that is outdated"
        return StoreContended(f"{place}: another transaction was in the way ({what}); nothing was written. Try again")
    if code == "55P03":
        error = Waited if place == HOST else StoreError
        return error(f"{place}: another transaction has held this case for too long: was it ever ended? Try again")
    if code in ("53100", "25006", "42501"):
        why = {"53100": "no space left", "25006": "it may only be read", "42501": "this user may not do that"}[code]
        return StoreFull(f"{place}: {why}; nothing of this step was written")
    if code in ("42P01", "42703", "3F000"):
        return ForeignDatabase(f"{place}: lacks sopflow's tables; create them with: sopflow db create URL")
    if code == "25P02":
        return StoreError(f"{place}: this transaction has failed and is undone; begin another")
    if code == "54000":
        return BadInput("id", "a long text", "shorten it: what is looked up by has at most 2600 bytes")
    return StoreError(f"{place}: {kind} ({code}); nothing of this step was written")


def _unstorable(params: Mapping[str, Any] | None) -> BadInput | None:
    for name, value in (params or {}).items():
        if isinstance(value, str) and "\0" in value:
            return BadInput(name, "a text with the character U+0000", "remove it: PostgreSQL cannot store it")
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            return BadInput(name, "a lone surrogate", "remove it: it is not a Unicode character")
    return None
