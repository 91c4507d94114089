"""Events made up as random walks make them, for cases that no runner keeps."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import SimpleNamespace

from sopflow import core
from sopflow.case import Case
from sopflow.procedure import Procedure
from sopflow.testing._stage import START
from sopflow.testing.walk import _Walker


class Maker(_Walker):
    """Makes up events as random walks do, for a case that is no runner's."""

    def __init__(self, procedure: Procedure, others: Mapping[str, Procedure], random: Random) -> None:
        self.rules = procedure
        self.others = dict(others)
        self.random = random
        self.makers = {}
        self.clock = SimpleNamespace(now=START)  # type: ignore[assignment]
        self.runner = SimpleNamespace(  # type: ignore[assignment]
            proposal=lambda case, event: core.proposal(procedure, self._case, event, b"key")
        )
        self.id = ""

    def turn(self, case: Case) -> None:
        """Make events for this case from now on."""
        self._case = case
        self.clock.now = case.recorded  # type: ignore[misc]
