"""Every SQL store keeps the evidence contract, by every driver."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

import pytest

from sopflow.evidence import StoreEvidence
from sopflow.testing import AsyncEvidenceContract, EvidenceContract

from .databases import NATIVE, STORED, Database


@pytest.mark.parametrize("database", [name for name in STORED if name != "sqlite"], indirect=True)
@pytest.mark.parametrize("name", EvidenceContract.every())
def test_the_store_keeps_the_evidence_contract(database: Database, name: str) -> None:
    stores: dict[int, Any] = {}

    def of(store: Any) -> StoreEvidence:
        evidence = StoreEvidence(store)
        stores[id(evidence)] = store
        return evidence

    contract = EvidenceContract(lambda: of(database.make()), lambda evidence: of(database.reopen(stores[id(evidence)])))
    try:
        assert contract.run(name) == (name,)
    finally:
        for store in stores.values():
            store.close()


class OfSessions:
    """The evidence in a store whose methods are awaited."""

    def __init__(self, store: Any) -> None:
        self.store = store

    async def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        async with self.store.session() as session:
            await session.put_evidence(tenant, case, digest, file, datetime.now(UTC))

    async def get(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None:
        async with self.store.session(read=True) as session:
            await session.get_evidence(tenant, case, digest, into)

    async def kept(self, tenant: str, case: str = "") -> Sequence[Any]:
        async with self.store.session(read=True) as session:
            found: Sequence[Any] = await session.kept_evidence(tenant, case)
            return found

    async def erase(self, tenant: str, case: str, digest: str, before: datetime | None = None) -> None:
        async with self.store.session() as session:
            await session.erase_evidence(tenant, case, digest, before)


@pytest.mark.parametrize("database", NATIVE, indirect=True)
@pytest.mark.parametrize("name", EvidenceContract.every())
def test_the_store_with_an_async_driver_keeps_the_evidence_contract(database: Database, name: str) -> None:
    async def main() -> tuple[str, ...]:
        made: list[OfSessions] = []

        async def make() -> OfSessions:
            made.append(OfSessions(await database.make_async()))
            return made[-1]

        async def reopen(evidence: OfSessions) -> OfSessions:
            made.append(OfSessions(await database.reopen_async(evidence.store)))
            return made[-1]

        try:
            return await AsyncEvidenceContract(make, reopen).run(name)
        finally:
            for each in made:
                await each.store.close()

    assert asyncio.run(main()) == (name,)
