"""Rows of the transition tables that no other walk takes. Instants are in UTC unless a line says WIB (UTC+7)."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sopflow import (
    Acknowledged,
    CourtDecided,
    Delivered,
    EffectGiven,
    Issued,
    Order,
    OrderVoided,
    Procedure,
    Request,
    Retracted,
    catalogue,
)
from sopflow.catalogue.eu_tco import PreInformationSpared, ScrutinyDecided, ScrutinyRequested
from sopflow.catalogue.indonesia_pm5 import DataGiven, DataRequested, TakedownOrdered
from sopflow.rules import ANY_OPEN, STAY
from sopflow.testing import given
from sopflow.testing.scenario import Scenario

WIB = ZoneInfo("Asia/Jakarta")
RULES = [p for name in catalogue.names() for p in catalogue.versions(name)]
START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)  # a Monday
FORM = {
    "issuing_state": "DE", "addressee": "Hoster", "contact_point": "desk", "home_state": "IE", "reference": "2026-17",
    "urls": "https://host.example/v/1", "reasons": "it incites", "authority": "issuer", "authority_contact": "desk",
    "legal_basis": "Article 3", "redress": "court",
}  # fmt: skip


def executed() -> Scenario:
    """Return a removal order to a provider in another state that was carried out ten minutes after it came."""
    parties = {"platform": "hoster", "home_authority": "home", "user": "uploader", "authority": "issuer"}
    order = Order(contents=["https://host.example/v/1"], parties=parties, form=FORM)
    s = given(catalogue.find("eu.tco_2021_784"), at=START).opened(order, by="authority")
    s.when(PreInformationSpared(ground="addressed_before"), by="authority").when(Issued(), by="authority")
    s.when(lambda case: Acknowledged(message=case.sent_as("order")[-1].id), by="platform").after(minutes=10)
    return s.when(EffectGiven(outcomes={"c1": "removed"}), by="platform").then_state("executed")


def test_the_user_asks_for_scrutiny_too_and_without_an_infringement_the_order_stands() -> None:
    s = executed().after(hours=2).when(ScrutinyRequested(requester="user"), by="user")
    # Asked on Monday 4 May at 10:10; + 72 h = Thursday 7 May, 10:10.
    decide = s.case.deadline("decide_scrutiny")
    assert decide is not None and decide.due == datetime(2026, 5, 7, 10, 10, tzinfo=UTC)
    s.when(ScrutinyDecided(finding="no_infringement"), by="home_authority").then_state("executed")
    s.then_deadline("decide_scrutiny", "met").then_not_sent("void").then_proved()
    assert s.case.outcomes() == {"c1": "removed"}


def test_an_order_that_a_court_confirms_is_final_and_the_home_authority_is_told() -> None:
    s = executed().after(days=30).when(CourtDecided(restore=False), by="court").then_state("order_final")
    s.then_sent("finality", "home_authority").then_proved()


def test_the_times_of_receipt_and_of_the_measure_stand_in_the_journal() -> None:
    s = executed()
    when = {entry.doc["event"]["name"]: entry.doc["at"] for entry in s.runner.journal(s.case.id)}
    assert when["Acknowledged"].startswith("2026-05-04T08:00")
    assert when["EffectGiven"].startswith("2026-05-04T08:10")


def test_access_that_was_asked_for_and_given_leaves_its_trail_in_the_journal() -> None:
    at = datetime(2026, 6, 1, 9, 0, tzinfo=WIB)
    form = {"letter": "1", "legal_analysis": "a", "screenshot": "s", "url": "https://x.example/1"}
    request = Request(contents=["https://x.example/1"], form=form, parties={"platform": "platform-1"})
    s = given(catalogue.find("id.pm5_2020"), at=at).opened(request, by="agency")
    s.when(TakedownOrdered(), by="authority")
    s.when(lambda case: Delivered(message=case.sent_as("order")[-1].id), by="platform").after(hours=1)
    asked = DataRequested(authority="Law 1/2024", purpose="supervision", description="the account")
    s.when(asked, by="law_enforcement").after(hours=3).when(DataGiven(), by="platform")
    trail = {e.doc["event"]["name"]: (e.doc["by"]["roles"], e.doc["at"]) for e in s.runner.journal(s.case.id)}
    # 1 June, 09:00 WIB = 02:00 UTC; asked one hour later, given three hours after that.
    assert trail["DataRequested"] == (["law_enforcement"], "2026-06-01T03:00:00.000000Z")
    assert trail["DataGiven"] == (["platform"], "2026-06-01T06:00:00.000000Z")
    s.then_proved()


@pytest.mark.parametrize("rules", RULES, ids=lambda p: f"{p.id}-{p.version}")
def test_what_is_taken_back_in_part_is_taken_back_for_that_part_alone(rules: Procedure) -> None:
    """Rows are tried in order: before one by which the whole order or report goes, one takes what concerns a part."""
    open_states = [s.name for s in rules.states if not s.final]
    parts: dict[tuple[str, str], bool] = {}
    for row in rules.transitions:
        names = {g.name for g in row.guards}
        if row.on not in (OrderVoided, Retracted) or rules.id == "sop.agreement":  # whose content is one text
            continue
        for source in open_states if ANY_OPEN in row.source else row.source:
            key = (row.on.name, source)
            if "in_part" in names or row.target in (STAY, source):
                parts[key] = True
            elif "all_contents" not in names:
                assert parts.get(key), f"{row.key} from {source} to {row.target}"
