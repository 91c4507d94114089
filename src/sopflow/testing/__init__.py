"""For tests of your own: contracts for stores and notifiers, a clock, and ways to walk a procedure.

None of it needs a test framework. A contract is a list of named checks, so that any framework can show them one by
one; a failed one raises `ContractBroken`, which says the capability, whose fault it is and what was seen.
"""

from __future__ import annotations

from ._contract import Check, ContractBroken
from .clock import Clock
from .contract import (
    AsyncNotifierContract,
    AsyncStoreContract,
    NotifierContract,
    StoreContract,
    check_notifier,
    check_store,
)
from .scenario import Scenario, given
from .walk import Walk, walks

__all__ = [
    "AsyncNotifierContract",
    "AsyncStoreContract",
    "Check",
    "Clock",
    "ContractBroken",
    "NotifierContract",
    "Scenario",
    "StoreContract",
    "Walk",
    "check_notifier",
    "check_store",
    "given",
    "walks",
]
