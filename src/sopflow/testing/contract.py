"""Contracts for stores, evidence stores and notifiers of your own, in both colours. They need no test framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from ..ports import EvidenceStore, Notifier, Store
from ..step import Outgoing
from . import _evidence_checks, _evidence_checks_sync, _notifier_checks, _notifier_checks_sync
from . import _store_checks_case as _case
from . import _store_checks_case_sync as _case_sync
from . import _store_checks_desk as _desk
from . import _store_checks_desk_sync as _desk_sync
from . import _store_checks_find as _find
from . import _store_checks_find_sync as _find_sync
from . import _store_checks_ground as _ground
from . import _store_checks_ground_sync as _ground_sync
from . import _store_checks_many as _many
from . import _store_checks_many_sync as _many_sync
from . import _store_checks_work as _work
from . import _store_checks_work_sync as _work_sync


@final
class StoreContract(
    _ground_sync.GroundChecks,
    _find_sync.FindChecks,
    _desk_sync.DeskChecks,
    _many_sync.ManyChecks,
    _work_sync.WorkChecks,
    _case_sync.CaseChecks,
):
    """What every store promises, as far as its capabilities go.

        contract = StoreContract(make=lambda: MyStore(new_folder()))
        contract.run()                        # everything, or raise ContractBroken
        for name, capability, run in contract.checks(): ...

    Args:
        make: Returns a fresh, empty store. The contract closes it.
        reopen: Takes a store that the contract has closed, and returns a new one on the same data; for the
            capabilities "durable" and "migrations".
        connect: Takes a store, and returns a connection of the host to the same database, with `commit()`,
            `rollback()` and `close()`; for the capability "joins_transaction".
    """


@final
class AsyncStoreContract(
    _ground.AsyncGroundChecks,
    _find.AsyncFindChecks,
    _desk.AsyncDeskChecks,
    _many.AsyncManyChecks,
    _work.AsyncWorkChecks,
    _case.AsyncCaseChecks,
):
    """`StoreContract` for an async store, or for a blocking one as an async program uses it.

    `checks()`, `left_out()`, `run()` and the callables of the checks are awaited; on asyncio or on trio.

    Args:
        make: As for `StoreContract`; may be async, and so may the others.
        reopen: As for `StoreContract`.
        connect: As for `StoreContract`.
    """


@final
class NotifierContract(_notifier_checks_sync.NotifierChecks):
    """What every notifier promises.

    Args:
        make: Returns a notifier whose other side works: a test server, a sandbox, a folder.
        message: A message that it can send; its address is one of the channel's. An e-mail when left out.
        unreachable: Returns a notifier whose other side does not answer; for the capability "failure".
    """


@final
class AsyncNotifierContract(_notifier_checks.AsyncNotifierChecks):
    """`NotifierContract` for a notifier of either colour, as an async program uses it: `await contract.run()`.

    Args:
        make: As for `NotifierContract`; may be async.
        message: As for `NotifierContract`.
        unreachable: As for `NotifierContract`.
    """


@final
class EvidenceContract(_evidence_checks_sync.EvidenceChecks):
    """What every evidence store promises.

    Args:
        make: Returns a fresh, empty evidence store.
        reopen: Takes such a store and returns a new one on the same data, as another process would; for the capability
            "durable".
    """


@final
class AsyncEvidenceContract(_evidence_checks.AsyncEvidenceChecks):
    """`EvidenceContract` for an evidence store of either colour, as an async program uses it: `await contract.run()`.

    Args:
        make: As for `EvidenceContract`; may be async.
        reopen: As for `EvidenceContract`; may be async.
    """


def check_store(
    make: Callable[[], Store],
    reopen: Callable[[Any], Store] | None = None,
    connect: Callable[[Any], Any] | None = None,
) -> tuple[str, ...]:
    """Run every check of `StoreContract` that the store's capabilities call for; return their names.

    Raises:
        ContractBroken: By the first promise that is not kept.
    """
    return StoreContract(make, reopen, connect).run()


def check_notifier(
    make: Callable[[], Notifier],
    message: Outgoing | None = None,
    unreachable: Callable[[], Notifier] | None = None,
) -> tuple[str, ...]:
    """Run every check of `NotifierContract`; return their names.

    Raises:
        ContractBroken: By the first promise that is not kept.
    """
    return NotifierContract(make, message, unreachable).run()


def check_evidence(
    make: Callable[[], EvidenceStore], reopen: Callable[[Any], EvidenceStore] | None = None
) -> tuple[str, ...]:
    """Run every check of `EvidenceContract`; return their names.

    Raises:
        ContractBroken: By the first promise that is not kept.
    """
    return EvidenceContract(make, reopen).run()
