"""What every MariaDB and MySQL driver shares: what is sent, how a host is met, and what error codes mean to us."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ....errors import (
    BadInput,
    ForeignDatabase,
    SopflowError,
    StoreContended,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from ...urls import Place
from ..connection import Duplicate

PASSED = frozenset(("ssl_ca", "ssl_cert", "ssl_check_hostname", "ssl_key", "unix_socket"))
IN_TRANSACTION = 1  # of the server's status
NO_SAVEPOINT = 1305
ALL_ROWS = 2**32 - 1  # or more, by version and platform: no limit
_DECODERS: Mapping[int, Any] = dict.fromkeys((1, 2, 3, 8, 9), int)  # integers of each width; the rest are as they are
_THERE = {1050, 1060, 1061, 1359}  # table, column, index, trigger
_MAKES = ("CREATE", "ALTER")
NOT_STORED = {1265, 1366, 1406}  # cut off or replaced: an error for us, a warning for a host that is not strict
_LOST = {0, 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2013, 2055, 4031}
_REFUSED = {1040, 1044, 1045, 1129, 1130, 1203, 1226, 1698}
_FULL = {
    1021: "no space left", 1114: "no space left", 1290: "it may only be read", 1792: "it may only be read",
    1836: "it may only be read", 1142: "this user may not do that", 1143: "this user may not do that",
    1227: "this user may not do that", 1370: "this user may not do that",
    1419: "this user may not create triggers while the server writes a binary log: have the text of: sopflow db sql "
    "applied by one who may",
}  # fmt: skip
_CONTENDED = {
    1020: "a view that is outdated", 1205: "it has held this case for too long", 1213: "a deadlock",
    1412: "it has changed the tables",
}  # fmt: skip
_COLUMN = re.compile(r"for column .*?`?(\w+)[`']? at row")

# A step is decided on a case whose row it holds; what was asked by several statements for reading is of one moment.
BEGIN_READ = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
BEGIN_WRITE = ("START TRANSACTION",)


def settings(wait: int) -> tuple[str, ...]:
    """Return what a connection of ours is to be told first."""
    return (
        f"SET SESSION sql_mode = 'STRICT_ALL_TABLES', SESSION innodb_lock_wait_timeout = {wait}",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )


def address(place: Place) -> dict[str, Any]:
    """Return what a driver is to connect to.

    Raises:
        BadInput: If the URL names no database.
    """
    if not place.name:
        raise BadInput("store url", f"{place.scheme}://…", f"name a database: {place.scheme}://user@host:3306/database")
    for option, remedy in (
        ("schema", "name the database in the URL's path, and use prefix="),
        ("prepare", "remove it"),
    ):
        if option in place.options:
            raise BadInput(option, place.options[option], remedy)
    passed = place.passed
    tls = {name: passed[f"ssl_{name}"] for name in ("ca", "cert", "key") if f"ssl_{name}" in passed}
    found: dict[str, Any] = {
        "host": place.host, "port": place.port, "user": place.user, "database": place.name,
        "password": place.password and place.password.encode(), "unix_socket": passed.get("unix_socket"),
        "ssl": tls and tls | {"check_hostname": passed.get("ssl_check_hostname") != "0"},
    }  # fmt: skip
    return {name: value for name, value in found.items() if value} | {"charset": "utf8mb4", "autocommit": True}


def checked(charset: str) -> None:
    """Refuse a host's connection that cannot carry every character, as its driver says.

    Raises:
        BadInput: If so.
    """
    if charset != "utf8mb4":
        raise BadInput("conn", f"with the character set {charset}", "connect with charset='utf8mb4'")


# A host may have told the server something else than its driver knows of: by SET NAMES, say, or an init_command.
ASK = (
    "SELECT @@character_set_client, @@character_set_connection, @@character_set_results, @@sql_select_limit, @@sql_mode"
)


def heard(charsets: Sequence[Any], limit: Any, mode: str) -> None:
    """Refuse a host's connection on which the server would change our values, or leave rows out.

    Args:
        charsets: By which the server reads, compares and answers.
        limit: How many rows it gives.
        mode: Its SQL mode.

    Raises:
        BadInput: If so.
    """
    for charset in charsets:
        if charset != "utf8mb4":
            remedy = "say SET NAMES utf8mb4, and connect with charset='utf8mb4'"
            raise BadInput("conn", f"whose server was told the character set {charset}", remedy)
    if int(limit) < ALL_ROWS:
        raise BadInput("conn", f"with sql_select_limit = {limit}", "say SET sql_select_limit = DEFAULT")
    if "EMPTY_STRING_IS_NULL" in mode:
        raise BadInput("conn", "with the SQL mode EMPTY_STRING_IS_NULL", "take it out of sql_mode")


@contextmanager
def plainly(conn: Any) -> Iterator[None]:
    """Have the rows of our statements as they are, whatever a host's connection makes of its own."""
    names = ("decoders", "use_unicode") if hasattr(conn, "decoders") else ("_decoders", "_use_unicode")  # of asyncmy
    hosts = [getattr(conn, name) for name in names]
    for name, value in zip(names, (_DECODERS, True), strict=True):
        setattr(conn, name, value)
    try:
        yield
    finally:
        for name, value in zip(names, hosts, strict=True):
            setattr(conn, name, value)


def literals(params: Mapping[str, Any], escape: Callable[[str], str]) -> dict[str, str]:
    """Return the values as they stand in a statement, whatever the host's converters and SQL mode.

    Raises:
        BadInput: For a text that is not one of Unicode characters.
    """
    found = {}
    for name, value in params.items():
        if isinstance(value, str):
            if not value.isascii():
                _encodable(name, value)
            found[name] = escape(value)
        elif value is None:
            found[name] = "NULL"
        elif isinstance(value, bytes):
            found[name] = f"X'{value.hex()}'"
        else:
            found[name] = str(int(value))
    return found


def _encodable(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadInput(name, "a lone surrogate", "remove it: it is not a Unicode character") from None


def code_of(error: BaseException) -> int:
    """Return the number of an error; 0 where the driver gives none, and for a connection that is closed."""
    code = error.args[0] if error.args else 0
    return code if isinstance(code, int) else 0


def is_lost(error: BaseException) -> bool:
    """Return whether the connection is gone."""
    return isinstance(error, OSError | EOFError) or code_of(error) in _LOST


def is_there(error: BaseException, sql: str) -> bool:
    """Return whether an error only says that what a statement is to make is there already, and that is well.

    A step of the schema may have been interrupted between two of its statements, and is then done again.
    """
    code = code_of(error)
    return (code == 1062 and sql.endswith("DO NOTHING")) or (code in _THERE and sql.startswith(_MAKES))


def gone(place: str) -> StoreContended:
    """Return the error for a savepoint that went with its transaction: the server undoes a whole one in a deadlock."""
    return StoreContended(
        f"{place}: this transaction was undone by the server, as another was in the way, or ended by somebody else, "
        "which participants must not; roll it back and begin it again"
    )


def translated(error: BaseException, place: str, *, committing: bool = False) -> SopflowError:
    """Return our error for the server's, or the driver's.

    Its own text is not repeated: it quotes values.

    Args:
        error: The driver's.
        place: Where, for the text.
        committing: Whether it came in answer to a commit.
    """
    code, kind = code_of(error), type(error).__name__
    if is_lost(error):
        if committing:
            return StoreUnreachable(
                f"{place}: the connection was lost during the commit, which may stand or not; look at the case, or "
                "repeat with the same command id",
                uncertain=True,
            )
        return StoreUnreachable(f"{place}: the connection was lost ({code or kind}); nothing was written. Try again")
    if code in _REFUSED:
        return StoreUnreachable(f"{place}: the connection was refused ({code}); nothing was written")
    if code == 1062:
        return Duplicate(f"{place}: a row with this key is there already")
    if code in _CONTENDED:
        what = _CONTENDED[code]
        return StoreContended(f"{place}: another transaction was in the way ({what}); nothing was written. Try again")
    if code in _FULL:
        return StoreFull(f"{place}: {_FULL[code]}; nothing of this step was written")
    if code in (1049, 1054, 1146):
        return ForeignDatabase(f"{place}: lacks sopflow's tables; create them with: sopflow db create URL")
    if code == NO_SAVEPOINT:
        return StoreError(f"{place}: this transaction was undone, or ended by somebody else; participants must not")
    if code in NOT_STORED:
        column = _COLUMN.search(str(error.args[-1]))
        return BadInput(column[1] if column else "a text", "a text that is too long", "shorten it")
    if code == 1153:
        return BadInput("a text", "larger than the server's max_allowed_packet", "shorten it, or have that raised")
    return StoreError(f"{place}: {kind} ({code}); nothing of this step was written")
