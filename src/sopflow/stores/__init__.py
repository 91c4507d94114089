"""Stores: where cases live. `open_store` and `open_async_store` pick one by URL."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, cast

from ..errors import BadInput

if TYPE_CHECKING:
    from ..ports import AsyncStore, Store

__all__ = ["open_async_store", "open_store"]

ENTRY_POINTS = "sopflow.stores"  # name: a URL's scheme; object: takes the URL, and returns a store


def open_store(url: str) -> Store:
    """Return the store that a URL names; creates it where it does not exist.

    Args:
        url: "memory:"; "sqlite:///relative.db", "sqlite:////absolute.db", its path taken as written, up to a "?";
            "postgresql://user:password@host:5432/database"; "mysql://user:password@host:3306/database", or "mariadb:";
            or with a scheme that an installed package brings under the entry point "sopflow.stores".

    Options, after a "?":
        `prefix=`: what the names of our tables begin with; "sopflow_" when left out.
        SQLite: `shared=1` puts our tables into a file that also holds the host's; `synchronous=normal` trades the
        durability of the last commits at a power failure for speed. Steps that a file's schema lacks are applied.
        A server: `upgrade=1` applies steps that the schema lacks; `pool=`, how many connections at most (10); `wait=`,
        seconds to wait for a connection, or for a case that another transaction holds (30).
        PostgreSQL: `schema=`, where our tables stand; `prepare=0` for a pooler that hands out connections by the
        transaction; and the driver's own, such as `sslmode=`, `host=` or `application_name=`.
        MariaDB, MySQL: `ssl_ca=`, `ssl_cert=`, `ssl_key=`, `ssl_check_hostname=0`, `unix_socket=`.

    Raises:
        BadInput: For a URL that cannot be used. User and password are not shown.
        MissingExtra: Where a package must be installed.
        ForeignDatabase: For a file or schema that is not ours.
        SchemaTooNew: For one that a newer sopflow has written.
        SchemaTooOld: For one on a server that is to be upgraded first.
        StoreUnreachable, StoreFull: Where the server does not answer, or nothing may be written.
    """
    from . import urls

    scheme = urls.scheme_of(url)
    if url == "memory:":
        from .memory import MemoryStore

        return MemoryStore()
    from .sql.drivers import SCHEMES, driver_sync

    known = SCHEMES.get(scheme)
    if known is None:
        return _checked(_third_party(url)(url), url)
    if not known.blocking:
        raise BadInput("store url", f"{scheme}://…", "open it with open_async_store")
    from .sql.life_sync import prepare
    from .sql.sync import SqlStore

    driver = driver_sync(known, url)
    try:
        prepare(driver)
    except BaseException:
        driver.close()
        raise
    return SqlStore(driver)


async def open_async_store(url: str) -> AsyncStore:
    """Return the store that a URL names, with a driver that waits without threads; needs asyncio.

    Args:
        url: As for `open_store`, or with the driver in its scheme: "postgresql+asyncpg://…", "mysql+asyncmy://…",
            "sqlite+aiosqlite:///file.db" (its `pool=`: how many connections, each with a thread, at most; 10).

    Raises:
        BadInput: For a URL whose database has no such driver, too: `AsyncRunner` takes the store of `open_store`.
        StoreError, MissingExtra: As for `open_store`.
    """
    from . import urls
    from .sql.drivers import SCHEMES, driver_async

    scheme = urls.scheme_of(url)
    known = SCHEMES.get(scheme)
    if known is None and url != "memory:":
        store = _third_party(url)(url)
        found: AsyncStore = await store if inspect.isawaitable(store) else store
        return found
    if known is None or not known.awaited:
        raise BadInput(
            "store url", urls.shown(url), "hand AsyncRunner the store of open_store: it runs that in threads"
        )
    from .sql.aio import AsyncSqlStore
    from .sql.life import prepare

    driver = driver_async(known, url)
    try:
        await prepare(driver)
    except BaseException:
        await driver.close()
        raise
    opened: Any = AsyncSqlStore(driver)
    return cast("AsyncStore", opened)


def _third_party(url: str) -> Any:
    from importlib.metadata import entry_points

    from . import urls

    scheme = urls.scheme_of(url)
    for point in entry_points(group=ENTRY_POINTS, name=scheme) if scheme else ():
        return point.load()
    raise BadInput(
        "store url",
        urls.shown(url),
        'use "memory:", "sqlite:///file.db", "postgresql://user@host/database" or "mysql://…"',
    )


def _checked(store: Any, url: str) -> Store:
    if inspect.isawaitable(store) or inspect.iscoroutinefunction(getattr(store, "close", None)):
        if inspect.iscoroutine(store):
            store.close()
        raise BadInput("store url", f"{url.partition(':')[0]}:…", "it is async: open it with open_async_store")
    found: Store = store
    return found
