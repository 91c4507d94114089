"""PostgreSQL, by asyncpg."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, cast, final
from urllib.parse import urlencode

import asyncpg

from ....errors import BadInput, StoreError, StoreUnreachable
from ...urls import Place, server_place
from ..connection import HOST, Params, Rows
from ..dialects import PREFIX, Dialect
from ..pool import AsyncPool
from ._postgresql import BEGIN_WRITE, Beginning, patience, translated

PASSED = frozenset(
    ("application_name", "gsslib", "host", "krbsrvname", "options", "passfile", "service", "sslcert", "sslcrl",
     "sslkey", "sslmode", "sslpassword", "sslrootcert", "ssl_max_protocol_version", "ssl_min_protocol_version",
     "target_session_attrs")
)  # fmt: skip
_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
_numbers = count(1)
# A host's codecs hold for all that is done on its connection: what comes back must be what was sent.
_VALUES = ("Aж ", "", 1, 2, b"\0\xff")
_PROBE = "SELECT $1::text, $2::text, $3::int4, $4::int8, $5::bytea"


def driver(url: str) -> AsyncpgDriver:
    """Return the driver of the database that a URL names."""
    return AsyncpgDriver(server_place(url, PASSED))


async def join(conn: Any, dialect: Dialect, read: bool) -> AsyncpgTransaction:
    """Begin a savepoint in the host's transaction: asyncpg begins none by itself."""
    if conn.is_closed():
        raise BadInput("conn", "closed", "hand in one that is open")
    if not conn.is_in_transaction():
        raise BadInput("conn", "outside a transaction", "begin one first: async with conn.transaction()")
    savepoint = f"sopflow_{next(_numbers)}"
    try:
        await conn.execute(f"SAVEPOINT {savepoint}")
    except asyncpg.InFailedSQLTransactionError:
        raise BadInput("conn", "in a failed transaction", "roll it back, and begin another") from None
    except _ERRORS as error:
        raise _ours(error, HOST) from None
    try:
        plain = tuple(await conn.fetchrow(_PROBE, *_VALUES)) == _VALUES
    except Exception as error:  # of a codec of the host's, or of the server's
        if conn.is_closed():
            raise _ours(error, HOST) from None
        plain = False
    if not plain:
        await conn.execute(f"ROLLBACK TO SAVEPOINT {savepoint}; RELEASE SAVEPOINT {savepoint}")
        remedy = "hand in one without such codecs, and with UTF8 as its client_encoding"
        raise BadInput("conn", "with codecs of its own for text, int4, int8 or bytea", remedy)
    return AsyncpgTransaction(conn, dialect.styled("numeric_dollar"), HOST, savepoint=savepoint)


@final
class AsyncpgDriver:
    """Transactions on a PostgreSQL server."""

    def __init__(self, place: Place) -> None:
        self.place = str(place)
        self.shared = True
        options = place.options
        self.upgrade = options.get("upgrade") == "1"
        self.dialect = Dialect(
            "postgresql", "numeric_dollar", schema=options.get("schema", ""), prefix=options.get("prefix", PREFIX)
        )
        wait = place.number("wait", 30)
        address: dict[str, Any] = {
            "dsn": f"postgresql://?{urlencode(place.passed)}", "host": place.host, "port": place.port,
            "user": place.user, "password": place.password, "database": place.name,
        }  # fmt: skip
        self._address = {name: value for name, value in address.items() if value not in ("", None)}
        pooler = options.get("prepare") == "0"  # what is set on its connection would be somebody else's next
        self._address |= {"timeout": wait, "statement_cache_size": 0 if pooler else 200}
        self._patience = "" if pooler else patience(wait, False)
        self._beginning = Beginning(f"{BEGIN_WRITE}; {patience(wait, True)}" if pooler else BEGIN_WRITE)
        self._pool: AsyncPool[Any] = AsyncPool(self._connect, _drop, place.number("pool", 10), wait, self.place)

    async def begin(self, read: bool) -> AsyncpgTransaction:
        for fresh in (False, True):
            conn = await self._pool.take(fresh)
            try:
                await conn.execute(self._beginning.text(conn, read))
                return AsyncpgTransaction(conn, self.dialect, self.place, self._pool)
            except BaseException as error:
                dead = conn.is_closed()  # while nobody used it, and so may the others be
                await self._pool.give(conn, broken=True)
                if not isinstance(error, _ERRORS):
                    raise
                if fresh or not dead:
                    raise _ours(error, self.place) from None
        raise AssertionError("unreachable: the second turn returns or raises")

    async def ready(self) -> None:
        """Nothing is to be set."""

    async def close(self) -> None:
        await self._pool.close()

    async def _connect(self) -> Any:
        try:
            conn = await asyncpg.connect(**cast(Any, self._address))
            if self._patience:
                await conn.execute(self._patience)
            return conn
        except (*_ERRORS, ValueError) as error:
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            secret = self._address.get("password")
            reason = reason.replace(secret, "…") if secret else reason
            raise StoreUnreachable(f"{self.place}: cannot be reached: {reason}") from None


@final
class AsyncpgTransaction:
    """One transaction of ours (`pool` given), or a savepoint in one that is open."""

    def __init__(
        self, conn: Any, dialect: Dialect, place: str, pool: AsyncPool[Any] | None = None, *, savepoint: str = "",
    ) -> None:  # fmt: skip
        self.raw = conn
        self._dialect = dialect
        self._texts: Mapping[str, str] = dialect.texts
        self._place = place
        self._pool = pool
        self._savepoint = savepoint
        self._failed = False

    async def rows(self, sql: str, params: Params) -> Rows:
        self._inside()
        try:
            return cast(Rows, await self.raw.fetch(self._texts[sql], *self._dialect.values(sql, params)))
        except BaseException as error:
            raise self._why(error, params) from None

    async def run(self, sql: str, params: Params) -> int:
        self._inside()
        try:
            tag = await self.raw.execute(self._texts[sql], *self._dialect.values(sql, params))
        except BaseException as error:
            raise self._why(error, params) from None
        return int(tag.rpartition(" ")[2]) if tag[-1].isdigit() else 0  # "INSERT 0 1", "UPDATE 1", "CREATE TABLE"

    async def end(self, ok: bool) -> None:
        if ok and (self._failed or not self.raw.is_in_transaction()):
            lost = not self._failed
            await self.end(False)  # what has failed, the server would undo without a word
            if lost:
                raise self._ended()
            raise self._undone()
        broken, done = True, "COMMIT"
        try:
            if self._savepoint:
                if not ok:
                    await self.raw.execute(f"ROLLBACK TO SAVEPOINT {self._savepoint}")
                await self.raw.execute(f"RELEASE SAVEPOINT {self._savepoint}")
            else:
                done = await self.raw.execute("COMMIT" if ok else "ROLLBACK")
            broken = False
        except asyncpg.InFailedSQLTransactionError:
            if ok:
                await self.end(False)
                raise self._undone() from None
        except _ERRORS as error:
            if ok:
                raise _ours(error, self._place, committing=not self._savepoint) from None
        finally:
            if self._pool is not None:
                await self._pool.give(self.raw, broken or self.raw.is_closed())
        if ok and done != "COMMIT":  # a participant has swallowed an error, and the server has undone everything
            raise self._undone()

    def _inside(self) -> None:
        if self._failed:
            raise self._undone()
        if not (self.raw.is_closed() or self.raw.is_in_transaction()):  # what came now would be committed by itself
            raise self._ended()

    def _ended(self) -> StoreError:
        return StoreError(f"{self._place}: this transaction was ended by somebody else; participants must not")

    def _undone(self) -> StoreError:
        return StoreError(f"{self._place}: this transaction has failed and is undone; begin another")

    def _why(self, error: BaseException, params: Params) -> BaseException:
        self._failed = True
        return _ours(error, self._place, params) if isinstance(error, _ERRORS) else error


def _ours(error: Exception, place: str, params: Params | None = None, *, committing: bool = False) -> Exception:
    # what asyncpg cannot encode never reaches the server
    state = "22000" if isinstance(error, ValueError) else getattr(error, "sqlstate", None)
    return translated(state, type(error).__name__, place, params, committing=committing)


async def _drop(conn: Any) -> None:
    try:
        await conn.close(timeout=5)
    except BaseException as error:
        conn.terminate()
        if not isinstance(error, Exception):
            raise
