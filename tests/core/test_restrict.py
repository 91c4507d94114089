"""An agency's stricter terms: what is surely stricter is taken, everything else is refused and named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopflow import catalogue
from sopflow.case import Case
from sopflow.check import check
from sopflow.days import Calendar
from sopflow.errors import BadInput, ProcedureError, UnknownProcedure
from sopflow.events import Event
from sopflow.procedure import Procedure, in_force, validity
from sopflow.rules import Basis, Guard, Quorum, Source
from sopflow.stricter import shorter
from sopflow.terms import (
    BusinessDays,
    Days,
    Hours,
    Months,
    PerCase,
    SameDay,
    Term,
    Window,
    WithoutUndueDelay,
    Yearly,
)

KOMINFO = catalogue.find("id.kominfo_telegram_2017")
ORDER = {"basis": Basis("internal order, section 2", "order", "V"), "sources": [Source("order", "An internal order")]}
CALENDAR = Calendar(
    name="X", version="1", digest="0" * 64, first=2020, last=2030, holidays=frozenset({date(2025, 1, 1)})
)


def in_office(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    return None


OFFICE = Guard("in_office", in_office)


def restrict(**more: Any) -> Procedure:
    return KOMINFO.restrict(version="1.ours", **{**ORDER, **more})


def refused(**more: Any) -> str:
    with pytest.raises(ProcedureError) as error:
        restrict(**more)
    return "\n".join(error.value.problems)


def test_a_shorter_term_of_our_own_takes_the_place_of_the_present_one_and_says_on_what_it_rests() -> None:
    p = restrict(id="my.kominfo", terms={"verify": Hours(12), "issue": WithoutUndueDelay(6)})
    assert (p.id, p.version, p.title) == ("my.kominfo", "1.ours", KOMINFO.title)
    verify = p.obligation_of["verify"]
    assert verify.term == Hours(12)
    assert verify.basis.source == "order"
    assert KOMINFO.obligation_of["verify"].basis.text in verify.basis.text, "the law is still said"
    assert (
        attrs.evolve(verify, term=KOMINFO.obligation_of["verify"].term, basis=KOMINFO.obligation_of["verify"].basis)
        == KOMINFO.obligation_of["verify"]
    )
    assert p.obligation_of["cosign"] == KOMINFO.obligation_of["cosign"]
    assert p.digest != KOMINFO.digest
    assert KOMINFO.obligation_of["verify"].term != Hours(12)


def test_more_approvals_fewer_roles_and_further_guards_hold_for_every_row_of_the_act() -> None:
    p = restrict(approvals={"Issued": Quorum(roles="competent_agency", n=2)}, by={"Rejected": "authority"},
                 guards={"Rejected": OFFICE, "Withdrawn": [OFFICE]})  # fmt: skip
    for t in p.transitions:
        if t.on.name == "Issued":
            assert t.requires == Quorum(roles="competent_agency", n=2)
        if t.on.name in ("Rejected", "Withdrawn"):
            assert OFFICE in t.guards
        if t.on.name == "EffectGiven":
            assert OFFICE not in t.guards
    block = catalogue.find("generic.network_block").restrict(version="2", by={"Rejected": "competent_agency"}, **ORDER)
    assert [t.by for t in block.transitions if t.on.name == "Rejected"] == [{"competent_agency"}]
    assert check(p).ok is check(KOMINFO).ok


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"terms": {"verify": WithoutUndueDelay(48)}}, "not surely shorter"),
        ({"terms": {"verify": PerCase()}}, "not surely shorter"),
        ({"terms": {"same_day_takedown": Hours(1)}}, "binds platform"),
        ({"terms": {"verfy": Hours(1)}}, "'verfy' is not defined"),
        ({"approvals": {"Issued": Quorum(roles="competent_agency", n=1, distinct="actor")}}, "persons instead of"),
        ({"approvals": {"Issued": Quorum(roles=["competent_agency", "agency"], n=2)}}, "also from agency is laxer"),
        ({"approvals": {"Rejected": Quorum(roles="court")}}, "no row takes an approval from 'court'"),
        ({"by": {"Rejected": ["authority", "agency"]}}, "agency is laxer"),
        ({"by": {"Rejected": []}}, "nobody"),
        ({"by": {"EffectGiven": "platform"}}, "EffectGiven is a fact"),
        ({"guards": {"Acknowledged:order": OFFICE}}, "is a fact"),
        ({"guards": {"Isued": OFFICE}}, "no act 'Isued'"),
        ({}, "nothing is restricted"),
        ({"terms": {"verify": Hours(1)}, "sources": []}, "source 'order' is not defined"),
    ],
)  # fmt: skip
def test_what_is_laxer_or_not_there_is_refused_and_named(more: dict[str, Any], told: str) -> None:
    assert told in refused(**more)


@pytest.mark.parametrize(
    ("quorum", "told"),
    [
        (Quorum(roles={"authority", "platform"}, n=2), "not from each of the roles is laxer"),
        (Quorum(roles={"authority"}, n=2, each=True), "without platform is laxer"),
    ],
)
def test_where_both_sides_sign_no_side_is_left_out(quorum: Quorum, told: str) -> None:
    agreement = catalogue.find("sop.agreement")
    with pytest.raises(ProcedureError, match=told):
        agreement.restrict(version="2", approvals={"PutInForce": quorum}, **ORDER)
    three = Quorum(roles={"authority", "platform"}, n=3, each=True)
    assert agreement.restrict(version="2", approvals={"PutInForce": three}, **ORDER).version == "2"


def test_what_is_forbidden_for_one_obligation_is_not_allowed_by_the_row_for_all_of_them() -> None:
    netzdg = catalogue.find("de.netzdg")
    with pytest.raises(ProcedureError, match="the row on Extended from .* would still allow it; restrict Extended"):
        netzdg.restrict(version="2", guards={"Extended:remove_manifest": OFFICE}, **ORDER)
    p = netzdg.restrict(version="2", guards={"Extended:remove_manifest": OFFICE, "Extended": OFFICE}, **ORDER)
    assert all(OFFICE in t.guards for t in p.transitions if t.on.name == "Extended")


def test_what_is_no_term_quorum_or_guard_is_named() -> None:
    laxer: dict[str, Any] = {"terms": {"verify": "2h"}, "approvals": {"Issued": 2}, "guards": {"Rejected": "x"}}
    text = refused(**laxer)
    assert "'2h' is no term" in text and "2 is no Quorum" in text and "'x' is no Guard" in text


def test_everything_that_is_laxer_is_told_at_once() -> None:
    text = refused(terms={"verify": PerCase(), "same_day_takedown": Hours(1)}, by={"Rejected": "agency"})
    assert len(text.splitlines()) == 3


def test_a_right_is_not_shortened() -> None:
    right = attrs.evolve(KOMINFO.obligations[0], kind="right")
    p = attrs.evolve(KOMINFO, obligations=(right, *KOMINFO.obligations[1:]))
    with pytest.raises(ProcedureError, match="is a right"):
        p.restrict(version="2", terms={"verify": Hours(1)}, **ORDER)


TERMS: tuple[Term, ...] = (
    Hours(1), Hours(1, whole=True), Hours(20), Hours(21), Hours(24), Hours(24, whole=True), Hours(72), Hours(1000),
    Days(1), Days(3), Days(3, "Asia/Jakarta"), Days(3, "UTC", "X"), Days(4, "UTC", "X"), Days(30, "America/New_York"),
    Months(1), Months(6), Months(6, "UTC", "X"), SameDay("Asia/Jakarta"), SameDay("UTC"),
    BusinessDays(max=3, calendar="X", zone="UTC"), BusinessDays(max=5, calendar="X", zone="UTC"),
    BusinessDays(min=2, max=5, calendar="X", zone="UTC"), Yearly((1, 1)), Yearly(((1, 1), (7, 1))),
    Window(opens=Hours(1), closes=Days(3)), Window(opens=Hours(1), closes=Days(2)), Window(opens=Hours(1)),
)  # fmt: skip


SHORTER = [(new, old) for new in TERMS for old in TERMS if shorter(new, old)]


@given(st.sampled_from(SHORTER), st.datetimes(datetime(2023, 1, 1), datetime(2026, 12, 1)))
@settings(max_examples=300, deadline=None)
def test_a_term_that_counts_as_shorter_never_ends_later_from_any_start(
    pair: tuple[Term, Term], start: datetime
) -> None:
    new, old = pair
    at = start.replace(tzinfo=UTC)
    ends = [term.span(at, CALENDAR, None) for term in (new, old)]
    assert ends[0].due is not None
    assert ends[1].due is None or ends[0].due <= ends[1].due
    assert ends[0].not_before == ends[1].not_before


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (Hours(12), Hours(24)), (Hours(24), Hours(24, whole=True)), (Hours(20), Days(1)), (Days(2), Days(3)),
        (Days(3), Days(3, "UTC", "X")), (Months(1), Months(6)), (Days(20), Months(1)), (Hours(20), SameDay("UTC")),
        (Hours(24), WithoutUndueDelay(24)), (WithoutUndueDelay(3), WithoutUndueDelay(24)), (Days(1), WithoutUndueDelay()),
        (BusinessDays(max=3, calendar="X", zone="UTC"), BusinessDays(max=5, calendar="X", zone="UTC")),
        (Hours(48), BusinessDays(max=3, calendar="X", zone="UTC")),
        (Window(opens=Hours(1), closes=Days(2)), Window(opens=Hours(1))),
    ],
)  # fmt: skip
def test_what_a_person_would_call_shorter_is(new: Term, old: Term) -> None:
    assert shorter(new, old) is not isinstance(old, SameDay)  # the day may be nearly over
    assert not shorter(old, new)


@pytest.mark.parametrize("make", [Hours, Days, Months, WithoutUndueDelay])
@pytest.mark.parametrize("length", [0, -1, 1.5, True])
def test_a_term_without_a_length_is_refused_with_field_and_remedy(make: Any, length: Any) -> None:
    with pytest.raises(BadInput, match="above zero"):
        make(length)


# --- versions in time ----------------------------------------------------------------------------------------------


def version(number: int, since: date | None, until: date | None) -> Procedure:
    return attrs.evolve(KOMINFO, version=str(number), valid_from=since, valid_to=until)


D = [date(2020, 1, 1) + timedelta(days=n) for n in range(40)]


def test_a_changed_law_is_a_new_version_and_each_day_has_its_own() -> None:
    versions = [version(1, None, D[9]), version(2, D[10], D[19]), version(3, D[20], None)]
    assert validity(versions) == ()
    assert [in_force(versions, d).version for d in (D[0], D[9], D[10], D[19], D[20], D[39])] == list("112233")


def test_a_gap_is_named_and_a_day_in_it_is_refused() -> None:
    versions = [version(1, D[0], D[9]), version(2, D[12], None)]
    (fault,) = validity(versions)
    assert "nothing is in force from 2020-01-11 to 2020-01-12" in fault
    with pytest.raises(UnknownProcedure, match="nothing is in force from 2020-01-11"):
        in_force(versions, D[10])
    with pytest.raises(UnknownProcedure, match="it was in force"):
        in_force(versions, date(2019, 1, 1))
    assert in_force(versions, D[12]).version == "2"


@pytest.mark.parametrize("until", [D[10], None, D[30]])
def test_an_overlap_is_named_and_a_day_in_it_is_refused(until: date | None) -> None:
    versions = [version(1, D[0], until), version(2, D[10], D[20])]
    assert "are both in force from 2020-01-11" in validity(versions)[0]
    with pytest.raises(ProcedureError, match="end one on the day before"):
        in_force(versions, D[10])
    assert in_force(versions, D[5]).version == "1"


def test_the_versions_of_every_catalogue_entry_follow_one_another() -> None:
    for name in catalogue.names():
        assert validity(catalogue.versions(name)) == (), name


def test_the_catalogue_asks_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    assert catalogue.find("id.kominfo_telegram_2017", on=date(2018, 1, 1)) is KOMINFO
    with pytest.raises(UnknownProcedure):
        catalogue.find("id.kominfo_telegram_2017", on=date(2016, 1, 1))
    monkeypatch.setattr(catalogue, "versions", lambda _: (version(1, None, None), version(2, D[0], None)))
    with pytest.raises(ProcedureError):
        catalogue.find("id.kominfo_telegram_2017", on=D[1])
