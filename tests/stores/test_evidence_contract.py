"""Our evidence stores keep the contract that we ask of others, in both colours; broken ones are rejected by name."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import trio

from sopflow import BadInput
from sopflow.errors import EvidenceNotFound
from sopflow.evidence import FileEvidence, StoreEvidence
from sopflow.stores import open_store
from sopflow.testing import AsyncEvidenceContract, ContractBroken, EvidenceContract, check_evidence


def helpers(kind: str, folder: Path) -> dict[str, Any]:
    if kind == "memory":
        return {"make": lambda: StoreEvidence(open_store("memory:"))}
    made: list[tuple[Any, Path]] = []

    def opened(path: Path) -> Any:
        if kind != "sqlite":
            return FileEvidence(path)
        return StoreEvidence(open_store(f"sqlite:///{path}.db"))

    def make() -> Any:
        path = folder / f"evidence-{len(made)}"
        made.append((opened(path), path))
        return made[-1][0]

    return {"make": make, "reopen": lambda store: opened(next(p for s, p in made if s is store))}


PROMISES = [
    (kind, name) for name, capability in EvidenceContract.every().items()
    for kind in ("files", "sqlite", "memory", "no links") if kind != "memory" or capability != "durable"
]  # fmt: skip


@pytest.fixture
def links(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "no links":

        def refuse(*_: Any, **__: Any) -> None:
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr("os.link", refuse)


@pytest.mark.parametrize(("kind", "name"), PROMISES)
@pytest.mark.usefixtures("links")
def test_the_evidence_store_keeps_its_promise(kind: str, name: str, tmp_path: Path) -> None:
    assert EvidenceContract(**helpers(kind, tmp_path)).run(name) == (name,)


def on_asyncio(main: Callable[[], Any]) -> Any:
    return asyncio.run(main())


@pytest.mark.parametrize("run", [on_asyncio, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize("kind", ["files", "sqlite", "memory"])
def test_the_evidence_store_keeps_its_promises_to_async_programs(kind: str, run: Any, tmp_path: Path) -> None:
    async def main() -> Any:
        return await AsyncEvidenceContract(**helpers(kind, tmp_path)).run()

    assert len(run(main)) == len(EvidenceContract.every()) - (kind == "memory")


class Colour:
    """A sound evidence store whose methods are awaited."""

    def __init__(self) -> None:
        self.inner = Sound()

    async def put(self, *args: Any) -> None:
        self.inner.put(*args)

    async def get(self, *args: Any) -> None:
        self.inner.get(*args)

    async def kept(self, *args: Any) -> Any:
        return self.inner.kept(*args)

    async def erase(self, *args: Any) -> None:
        self.inner.erase(*args)


@pytest.mark.parametrize("run", [on_asyncio, trio.run], ids=["asyncio", "trio"])
def test_an_evidence_store_may_be_async(run: Any) -> None:
    async def main() -> Any:
        return await AsyncEvidenceContract(Colour).run()

    assert len(run(main)) == len(EvidenceContract.every()) - 1


def test_both_colours_make_the_same_promises() -> None:
    assert EvidenceContract.every() == AsyncEvidenceContract.every()
    for name in EvidenceContract.every():
        assert (getattr(EvidenceContract, name).__doc__ or "").endswith("."), name


def test_a_store_without_the_capability_is_refused() -> None:
    class Bare:
        capabilities = frozenset({"inbox"})

    with pytest.raises(BadInput, match="evidence"):
        StoreEvidence(Bare())  # type: ignore[arg-type]


# --- broken ones ---------------------------------------------------------------------------------------------------


class Sound:
    """A sound evidence store in a few lines; a subclass breaks one thing."""

    def __init__(self) -> None:
        self.all: dict[tuple[str, str, str], tuple[bytes, datetime]] = {}

    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        import hashlib

        data = file.read()
        if hashlib.sha256(data).hexdigest() != digest:
            raise BadInput("file", "(its bytes)", "hand in others")
        self.all[tenant, case, digest] = data, datetime.now(UTC)

    def get(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None:
        if (tenant, case, digest) not in self.all:
            raise EvidenceNotFound(case, digest)
        into.write(self.all[tenant, case, digest][0])

    def kept(self, tenant: str, case: str = "") -> Any:
        return [(c, d, at) for (t, c, d), (_, at) in self.all.items() if t == tenant and case in ("", c)]

    def erase(self, tenant: str, case: str, digest: str, before: datetime | None = None) -> None:
        found = self.all.get((tenant, case, digest))
        if found and (before is None or found[1] < before):
            del self.all[tenant, case, digest]


FAULTS: list[Any] = []


def rejected_by(check: str, words: str) -> Any:
    def note(store: type[Sound]) -> type[Sound]:
        FAULTS.append(pytest.param(store, check, words, id=store.__name__))
        return store

    return note


@rejected_by("bytes_come_back_as_they_were", "changed the bytes")
class ChangesBytes(Sound):
    def get(self, *args: Any) -> None:
        into, inner = args[-1], io.BytesIO()
        super().get(*args[:-1], inner)
        into.write(inner.getvalue().replace(b"\r\n", b"\n").replace(b"\xff", b"\xfe"))


@rejected_by("bytes_come_back_as_they_were", "bytes of a file of 1048577")
class Truncates(Sound):
    def get(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None:
        inner = io.BytesIO()
        super().get(tenant, case, digest, inner)
        into.write(inner.getvalue()[: 1 << 20])


@rejected_by("bytes_come_back_as_they_were", "lost a file of 0 bytes")
class ForgetsEmptyFiles(Sound):
    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        super().put(tenant, case, digest, file)
        if not self.all[tenant, case, digest][0]:
            del self.all[tenant, case, digest]


@rejected_by("a_file_is_read_from_where_it_stands", "raised BadInput")
class Rewinds(Sound):
    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        file.seek(0)
        super().put(tenant, case, digest, file)


@rejected_by("what_is_not_there_is_not_found", "raises no EvidenceNotFound")
class GivesNothingInsteadOfAnError(Sound):
    def get(self, *args: Any) -> None:
        try:
            super().get(*args)
        except EvidenceNotFound:
            return


@rejected_by("each_tenant_has_only_its_own", "lets another tenant read")
class OneTenant(Sound):
    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        super().put("all", case, digest, file)

    def get(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None:
        super().get("all", case, digest, into)

    def kept(self, tenant: str, case: str = "") -> Any:
        return super().kept("all", case) if tenant != "other" else []

    def erase(self, tenant: str, case: str, digest: str, before: datetime | None = None) -> None:
        super().erase("all", case, digest, before)


@rejected_by("each_tenant_has_only_its_own", "lets another tenant erase")
class ErasesForAnyTenant(Sound):
    def erase(self, tenant: str, case: str, digest: str, before: datetime | None = None) -> None:
        super().erase("contract", case, digest, before)


class Folding(Sound):
    """Writes ids as file names by a rule that makes one of two."""

    def fold(self, id: str) -> str:
        return id

    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        super().put(tenant, self.fold(case), digest, file)

    def get(self, tenant: str, case: str, digest: str, into: BinaryIO) -> None:
        super().get(tenant, self.fold(case), digest, into)

    def kept(self, tenant: str, case: str = "") -> Any:
        return [(case or c, d, at) for c, d, at in super().kept(tenant, self.fold(case))]


@rejected_by("each_case_has_only_its_own", "mixes case 'case-1' up with another")
class FoldsCase(Folding):
    def fold(self, id: str) -> str:
        return id.lower()


@rejected_by("each_case_has_only_its_own", "mixes case 'a/b' up with another")
class CutsFolders(Folding):
    def fold(self, id: str) -> str:
        return id.replace("/", "_")


@rejected_by("the_same_bytes_twice_are_kept_once", "instead of each file once")
class KeepsEveryCopy(Sound):
    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        if (tenant, case, digest) in self.all:
            self.all[tenant, case, digest + ".2"] = self.all[tenant, case, digest]
        super().put(tenant, case, digest, file)


@rejected_by("the_same_bytes_twice_are_kept_once", "instead of each file once")
class OverwritesTheOnlyFile(Sound):
    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        for key in [k for k in self.all if k[:2] == (tenant, case)]:
            del self.all[key]
        super().put(tenant, case, digest, file)


@rejected_by("other_bytes_than_those_of_the_digest_are_refused", "not those of the digest")
class BelievesTheDigest(Sound):
    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        self.all[tenant, case, digest] = file.read(), datetime.now(UTC)


@rejected_by("a_put_that_fails_keeps_nothing", "keeps half a file")
class WritesInPlace(Sound):
    def put(self, tenant: str, case: str, digest: str, file: BinaryIO) -> None:
        try:
            super().put(tenant, case, digest, file)
        except OSError:
            self.all[tenant, case, digest] = b"half", datetime.now(UTC)
            raise


@rejected_by("a_put_that_fails_keeps_nothing", "hides that a file could not be read")
class SwallowsErrors(Sound):
    def put(self, *args: Any) -> None:
        try:
            super().put(*args)
        except OSError:
            return


@rejected_by("erasing_one_case_leaves_the_others_theirs", "erased the bytes of another case")
class ErasesForEveryCase(Sound):
    def erase(self, tenant: str, case: str, digest: str, before: datetime | None = None) -> None:
        for key in [k for k in self.all if (k[0], k[2]) == (tenant, digest)]:
            super().erase(*key, before)


@rejected_by("erasing_one_case_leaves_the_others_theirs", "still gives bytes that were erased")
class ErasesNothing(Sound):
    def erase(self, *args: Any) -> None:
        return


@rejected_by("what_was_put_since_is_not_swept", "erased what was put since")
class IgnoresBefore(Sound):
    def erase(self, tenant: str, case: str, digest: str, before: datetime | None = None) -> None:
        super().erase(tenant, case, digest, None)


@rejected_by("what_was_put_since_is_not_swept", "without a time zone")
class LocalTimes(Sound):
    def kept(self, tenant: str, case: str = "") -> Any:
        return [(c, d, at.replace(tzinfo=None)) for c, d, at in super().kept(tenant, case)]


@pytest.mark.parametrize(("store", "check", "words"), FAULTS)
def test_a_broken_evidence_store_is_rejected_by_the_promise_that_it_breaks(store: Any, check: str, words: str) -> None:
    with pytest.raises(ContractBroken) as broken:
        EvidenceContract(store).run()
    assert (broken.value.check, words in str(broken.value)) == (check, True), str(broken.value)


def test_what_is_lost_by_being_reopened_is_rejected() -> None:
    with pytest.raises(ContractBroken, match="lost something by being reopened"):
        EvidenceContract(Sound, reopen=lambda _: Sound()).run()


def test_the_sound_one_is_not_rejected() -> None:
    assert check_evidence(Sound, reopen=lambda store: store) == tuple(EvidenceContract.every())
