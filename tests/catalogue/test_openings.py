"""Every procedure says with which kinds of instrument a case is opened, so that no form is got round by another kind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sopflow import Actor, BadInput, Procedure, catalogue
from sopflow.codec import INSTRUMENTS
from sopflow.core import open_case
from sopflow.events import Opened
from sopflow.step import Facts

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RULES = [p for name in catalogue.names() for p in catalogue.versions(name)]


@pytest.mark.parametrize("rules", RULES, ids=lambda p: f"{p.id}-{p.version}")
def test_a_case_is_opened_with_the_instruments_of_its_law_and_with_no_other(rules: Procedure) -> None:
    assert rules.opened_with
    assert rules.opened_with <= set(INSTRUMENTS)
    by = Actor("somebody", rules.opened_by, "office")
    for kind in set(INSTRUMENTS) - rules.opened_with:
        opening = Opened(instrument=INSTRUMENTS[kind](contents=["https://site.example/1"]), by=by)
        with pytest.raises(BadInput, match=rules.id) as refused:
            open_case(rules, opening, Facts(salt=b"salt"), NOW, tenant="default", id="case-1")
        assert refused.value.field == "instrument"
