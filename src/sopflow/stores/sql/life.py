"""The life of a schema: looked at, created, upgraded. Its sync half is generated."""

from __future__ import annotations

from ...errors import ForeignDatabase, SchemaTooOld, StoreContended, StoreError
from . import schema
from .connection import AsyncConnection, AsyncDriver
from .dialects import Dialect
from .schema import Standing


async def look(driver: AsyncDriver) -> Standing:
    """Return what the database holds; nothing of it is touched.

    Raises:
        ForeignDatabase: If what it holds is not ours.
        SchemaTooNew: If a newer sopflow has written it.
    """
    for patience in (3, 2, 1, 0):
        connection = await driver.begin(True)
        try:
            return await _found(connection, driver.dialect, driver.place, driver.shared)
        except StoreContended:  # somebody is making it at this moment
            if not patience:
                raise
        finally:
            await connection.end(False)
    raise AssertionError("unreachable: the last turn returns or raises")


async def prepare(driver: AsyncDriver, *, upgrade: bool = False) -> Standing:
    """Create the schema where there is none, and bring it up to date where that is wanted.

    Of several programs that do this at once, one does it.

    Args:
        driver: Begins the transactions.
        upgrade: Whether steps that are missing may be applied to a schema that exists, whatever the driver says.

    Returns:
        What was found before.

    Raises:
        SchemaTooOld: If steps are missing and `upgrade` is not set.
        ForeignDatabase, SchemaTooNew: As for `look`.
    """
    upgrade = upgrade or driver.upgrade
    before = await look(driver)
    await driver.ready()
    if not before.pending:
        return before
    _permitted(before, driver, upgrade)
    connection = await driver.begin(False)
    try:
        dialect = driver.dialect
        alone = schema.ALONE.get(dialect.database)
        if alone is not None and (await connection.rows(alone, {}))[0][0] == 0:
            raise StoreError(f"{driver.place}: another program is busy with its schema; try again")
        found = await _found(connection, dialect, driver.place, driver.shared)
        _permitted(found, driver, upgrade)
        if found.pending:
            if dialect.schema and not await connection.rows(schema.HAS_SCHEMA, {"schema": dialect.schema}):
                await connection.run(schema.create_schema(dialect), {})
            for statement in schema.plan(dialect, found.applied):
                await connection.run(statement, {})
            if dialect.database == "sqlite" and not found.applied and not driver.shared:
                await connection.run(f"PRAGMA application_id = {schema.APPLICATION_ID}", {})
        if dialect.database in schema.ALONE_NO_MORE:
            await connection.rows(schema.ALONE_NO_MORE[dialect.database], {})
    except BaseException:
        await connection.end(False)
        raise
    await connection.end(True)
    return before


def _permitted(found: Standing, driver: AsyncDriver, upgrade: bool) -> None:
    if found.pending and found.applied and not upgrade:
        missing = ", ".join(f"{step.number} ({step.name})" for step in found.pending)
        raise SchemaTooOld(
            f"{driver.place}: has schema {found.number} and lacks step {missing}; run: sopflow db upgrade URL, or have "
            "the text of: sopflow db sql applied, or add ?upgrade=1"
        )


async def _found(connection: AsyncConnection, dialect: Dialect, place: str, shared: bool) -> Standing:
    asked = {"schema": dialect.schema} if dialect.database == "postgresql" else {}
    tables = {str(name) for (name,) in await connection.rows(schema.TABLES[dialect.database], asked)}
    if f"{dialect.prefix}schema" not in tables:
        if dialect.database == "sqlite" and not shared:
            mark = await connection.rows("PRAGMA application_id", {})
            if tables or mark[0][0]:
                raise ForeignDatabase(
                    f"{place}: holds other tables and is not a sopflow database; name another file, or add ?shared=1 "
                    "to put our tables beside yours"
                )
        schema.refuse_foreign(dialect, tables, place)
        return schema.stands(dialect, (), place, tables)
    rows = await connection.rows("SELECT version, name, applied FROM sopflow_schema", {})
    digests: dict[int, str] = {}
    if schema.has_digests(dialect.database, {number for number, _, _ in rows}):
        found = await connection.rows("SELECT version, digest FROM sopflow_schema", {})
        digests = {number: digest or "" for number, digest in found}
    return schema.stands(dialect, [(n, name, when, digests.get(n, "")) for n, name, when in rows], place, tables)
