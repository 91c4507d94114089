"""What the tests of MariaDB do to a store and beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from sopflow.testing import _sample as sample

from .databases import MariaDB, to_mariadb

TENANT = sample.TENANT


@contextmanager
def host(**options: Any) -> Iterator[Any]:
    with closing(to_mariadb(**options)) as conn:
        yield conn


def run(conn: Any, text: str) -> Any:
    with conn.cursor() as cursor:
        cursor.execute(text)
        return cursor.fetchall()


def table(mariadb: MariaDB, name: str) -> str:
    return f"{mariadb.prefixes[-1]}{name}"


def keep(store: Any, *cases: str) -> None:
    for case in cases:
        with store.session() as session:
            session.commit(sample.opened(case))


def there(store: Any, case: str = "case-1") -> bool:
    with store.session(read=True) as session:
        return session.load(TENANT, case) is not None


def kill(conn: Any) -> None:
    thread = conn.thread_id()
    with host(autocommit=True) as other:
        run(other, f"KILL CONNECTION {thread}")
