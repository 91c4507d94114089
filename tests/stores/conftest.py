"""A database for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sopflow.stores import open_store

from .databases import DATABASES, Database, MariaDB, Postgres


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The database of this name: parametrize with `indirect=["database"]`."""
    made = DATABASES[request.param](tmp_path)
    yield made
    made.clean()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL server."""
    made = Postgres(tmp_path)
    yield made
    made.drop(*made.schemas)


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[MariaDB]:
    """A MariaDB server."""
    made = MariaDB(tmp_path)
    yield made
    made.clean()


@pytest.fixture
def mariadb_store(mariadb: MariaDB) -> Iterator[Any]:
    """A store of its own on a MariaDB server."""
    made = open_store(mariadb.new_url() + "&wait=2")
    yield made
    made.close()


@pytest.fixture(scope="session", autouse=True)
def nothing_stays_on_the_server() -> Iterator[None]:
    """Remove the schemas that tests have handed to each other."""
    yield
    Postgres.drop_emptied()
    MariaDB.drop_emptied()
