"""For tests of your own: contracts for stores, evidence stores and notifiers, a clock, and ways to walk a procedure.

None of it needs a test framework. A contract is a list of named checks, so that any framework can show them one by
one; a failed one raises `ContractBroken`, which says the capability, whose fault it is and what was seen.
"""

from __future__ import annotations

from ._contract import Check, ContractBroken
from .clock import Clock
from .contract import (
    AsyncEvidenceContract,
    AsyncNotifierContract,
    AsyncStoreContract,
    EvidenceContract,
    NotifierContract,
    StoreContract,
    check_evidence,
    check_notifier,
    check_store,
)
from .play import play
from .scenario import Scenario, given
from .walk import Walk, walks

__all__ = [
    "AsyncEvidenceContract",
    "AsyncNotifierContract",
    "AsyncStoreContract",
    "Check",
    "Clock",
    "ContractBroken",
    "EvidenceContract",
    "NotifierContract",
    "Scenario",
    "StoreContract",
    "Walk",
    "check_evidence",
    "check_notifier",
    "check_store",
    "given",
    "play",
    "walks",
]
