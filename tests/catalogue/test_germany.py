"""Section 3 of the Network Enforcement Act, as it was. Instants are in UTC; CET is UTC+1, CEST UTC+2."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sopflow import (
    Actor,
    Case,
    Closed,
    CounterNotice,
    Deadline,
    EffectGiven,
    Extended,
    InstrumentReceived,
    NotAllowed,
    Notice,
    Refused,
    Restored,
    Standing,
    UnknownProcedure,
    catalogue,
)
from sopflow.catalogue.germany import NETZDG_2017, BodyDecided, Classified, DecisionConfirmed, PeriodExceeded
from sopflow.testing import given

from .world import World

DESK = Actor("moderator-1", {"platform"}, "network")
REVIEWER = Actor("moderator-2", {"reviewer"}, "network")
COMPLAINANT = Actor("complainant-1", {"complainant"})
USER = Actor("user-1", {"user"})
BODY = Actor("body-1", {"self_regulation"}, "body")


def z(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(case: Case, name: str) -> Deadline:
    """Return a deadline that must be there."""
    deadline = case.deadline(name)
    assert deadline is not None, f"no {name} among {[d.id for d in case.deadlines]}"
    return deadline


def complained(at: datetime, n: int = 1) -> tuple[World, Case]:
    """Return a case for a complaint that the network received at `at`."""
    w = World(at, "platform", {"reporter": ["email"], "author": ["email"], "body": ["email"]})
    parties = {"complainant": "reporter", "user": "author", "self_regulation": "body"}
    urls = [f"https://network.example/p/{i}" for i in range(1, n + 1)]
    return w, w.runner.open("de.netzdg", Notice(contents=urls, parties=parties), by=COMPLAINANT)


def found(w: World, case: Case, finding: str, *ids: str) -> Case:
    """Return the case after the network's finding, as of the receipt of the complaint."""
    at = clock(case, "assess").started
    return w.runner.apply(case.id, Classified(finding=finding, contents=ids, by=DESK, at=at))


def removed(w: World, case: Case, *ids: str) -> Case:
    """Return the case after the removal of these items, or of the first, with its messages out."""
    w.runner.apply(case.id, EffectGiven(outcomes=dict.fromkeys(ids or ("c1",), "removed"), by=DESK))
    w.runner.deliver()
    return w.runner.case(case.id)


def test_each_day_has_its_version_until_the_repeal() -> None:
    assert catalogue.find("de.netzdg", on=date(2018, 1, 1)).version == "1"
    assert catalogue.find("de.netzdg", on=date(2021, 9, 30)).version == "1"
    assert catalogue.find("de.netzdg", on=date(2021, 10, 1)).version == "2"
    assert catalogue.find("de.netzdg", on=date(2024, 5, 13)).version == "2"
    for day in (date(2017, 9, 30), date(2024, 5, 14)):
        with pytest.raises(UnknownProcedure, match="2017-10-01 to 2021-09-30, 2021-10-01 to 2024-05-13"):
            catalogue.find("de.netzdg", on=day)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        # Saturday 25 March 2023, 12:00 CET + 24 h = Sunday 26 March, 13:00 CEST: that night had 23 hours less one.
        ("2023-03-25 11:00", "2023-03-26 11:00"),
        # Saturday 31 December 2022, 23:30 CET + 24 h = Sunday 1 January 2023, 23:30 CET.
        ("2022-12-31 22:30", "2023-01-01 22:30"),
        # Wednesday 28 February 2024, 18:00 CET + 24 h = Thursday 29 February, 18:00 CET.
        ("2024-02-28 17:00", "2024-02-29 17:00"),
    ],
)
def test_manifestly_unlawful_content_has_24_hours_from_the_receipt_of_the_complaint(at: str, due: str) -> None:
    w, case = complained(z(at))
    w.clock.advance(hours=5)  # found only then: the hours count from the receipt all the same
    case = found(w, case, "manifest")
    assert clock(case, "remove_manifest").due == z(due)
    w.run_until(z(due) + timedelta(hours=2))
    case = w.runner.case(case.id)
    assert case.state == "overdue"
    case = removed(w, case)
    assert (case.state, clock(case, "remove_manifest").lateness) == ("removed", timedelta(hours=2))


@pytest.mark.parametrize(
    ("at", "due"),
    [
        # Monday 3 April 2023 is day 0; day 7 is Easter Monday, 10 April: its end is 24:00 CEST = 22:00 UTC.
        ("2023-04-03 10:00", "2023-04-10 22:00"),
        # Monday 26 February 2024: 27, 28, 29 February, 1 to 4 March: Monday 4 March, 24:00 CET = 23:00 UTC.
        ("2024-02-26 10:00", "2024-03-04 23:00"),
        # Tuesday 27 December 2022, 23:30 UTC, is Wednesday 28, 00:30 CET: Wednesday 4 January 2023, 23:00 UTC.
        ("2022-12-27 23:30", "2023-01-04 23:00"),
        # Sunday 23 October 2022: Sunday 30 October, in whose night summer time ends: 24:00 CET = 23:00 UTC.
        ("2022-10-23 10:00", "2022-10-30 23:00"),
    ],
)
def test_other_unlawful_content_has_seven_days(at: str, due: str) -> None:
    w, case = complained(z(at))
    w.clock.advance(hours=30)
    case = found(w, case, "other")
    assert (case.deadline("remove_manifest"), clock(case, "remove_other").due) == (None, z(due))
    w.run_until(z(due), hours=6)
    assert w.runner.case(case.id).state == "overdue"


def test_a_finding_is_refused_with_the_right_instant_where_it_gives_another() -> None:
    w, case = complained(z("2023-01-10 10:00"))
    w.clock.advance(hours=5)
    with pytest.raises(NotAllowed, match=r"give at=2023-01-10T10:00:00\+00:00"):
        w.runner.apply(case.id, Classified(finding="manifest", by=DESK))
    assert w.runner.case(case.id).deadline("remove_manifest") is None


def test_each_content_has_the_time_of_its_kind() -> None:
    w, case = complained(z("2023-01-10 10:00"), 2)
    case = found(w, case, "manifest", "c1")
    case = found(w, case, "other", "c2")
    dues = {d.contents: d.due for d in case.deadlines if d.due}
    # 10 January 10:00 + 24 h; day 7 is 17 January, 24:00 CET, for whatever is unlawful.
    assert dues == {("c1",): z("2023-01-11 10:00"), ("c1", "c2"): z("2023-01-17 23:00")}


def test_who_never_classifies_is_late_after_seven_days() -> None:
    w, case = complained(z("2023-01-10 10:00"))
    w.run_until(z("2023-01-30 10:00"), hours=6)
    case = w.runner.case(case.id)
    # Day 7 is Tuesday 17 January, 24:00 CET = 23:00 UTC.
    assert (case.state, clock(case, "remove_other").due) == ("overdue", z("2023-01-17 23:00"))
    assert w.incidents() == ["deadline_missed"]
    case = removed(w, case)
    assert (case.state, clock(case, "remove_other").standing) == ("removed", Standing.EXPIRED)


def test_what_is_manifestly_unlawful_gets_no_longer_time() -> None:
    w, case = complained(z("2023-01-10 10:00"), 2)
    found(w, case, "manifest", "c1")
    found(w, case, "other", "c2")
    with pytest.raises(NotAllowed, match="manifestly unlawful"):
        w.runner.apply(case.id, PeriodExceeded(ground="facts", contents="c1", by=DESK))
    case = w.runner.apply(case.id, PeriodExceeded(ground="facts", contents="c2", by=DESK))
    assert [d.contents for d in case.deadlines if d.obligation == "decide_on_facts"] == [("c2",)]


def test_a_longer_time_is_agreed_with_law_enforcement() -> None:
    w, case = complained(z("2023-01-10 10:00"))
    case = found(w, case, "manifest")
    later = z("2023-01-13 10:00")
    case = w.runner.apply(
        case.id, Extended(obligation="remove_manifest", due=later, reason="agreed, investigation", by=DESK)
    )
    assert (clock(case, "remove_manifest").due, clock(case, "remove_manifest").by_term) == (
        later,
        z("2023-01-11 10:00"),
    )


def test_seven_days_do_not_hold_where_facts_are_in_question_if_that_is_said_in_time() -> None:
    w, case = complained(z("2023-01-10 10:00"))
    case = found(w, case, "other")
    case = w.runner.apply(case.id, PeriodExceeded(ground="facts", reason="true or not", by=DESK))
    assert clock(case, "remove_other").standing is Standing.CANCELLED
    assert clock(case, "decide_on_facts").standing is Standing.RUNNING
    w, case = complained(z("2023-01-10 10:00"))
    case = found(w, case, "other")
    w.run_until(z("2023-01-18 10:00"), hours=6)
    with pytest.raises(NotAllowed, match="no term of seven days is running"):
        w.runner.apply(case.id, PeriodExceeded(ground="facts", by=DESK))


def test_a_body_of_self_regulation_decides_and_the_network_follows() -> None:
    w, case = complained(z("2023-01-10 10:00"))
    case = found(w, case, "other")
    case = w.runner.apply(case.id, PeriodExceeded(ground="self_regulation", by=DESK))
    w.runner.deliver()
    assert (case.state, case.waiting_for()[0].who) == ("with_body", "self_regulation")
    assert w.post.last("referral").address == "body-0@example.org"
    case = w.runner.apply(case.id, BodyDecided(finding="unlawful", by=BODY))
    assert (case.state, clock(case, "decide_on_facts").standing) == ("assessed", Standing.RUNNING)
    assert removed(w, case).state == "removed"


def test_both_sides_are_told_of_a_removal_and_of_none() -> None:
    w, case = complained(z("2023-01-10 10:00"))
    case = removed(w, found(w, case, "manifest"))
    assert {m.address for m in w.post.taken} == {"reporter-0@example.org", "author-0@example.org"}
    assert clock(case, "tell").standing is Standing.MET
    w, case = complained(z("2023-01-10 10:00"))
    case = w.runner.apply(case.id, Refused(reason="an opinion", by=DESK))
    w.runner.deliver()
    assert (case.state, len(w.post.taken)) == ("kept", 2)
    assert w.runner.apply(case.id, Closed(by=DESK)).final


def test_both_sides_are_told_of_each_decision_when_it_is_made() -> None:
    w, case = complained(z("2023-01-10 10:00"), 2)
    case = removed(w, found(w, case, "manifest", "c1"), "c1")
    assert (case.state, [m.template for m in w.post.taken]) == ("assessed", ["decision"] * 2)
    assert clock(case, "tell").standing is Standing.MET
    assert "/p/1" in w.post.last("decision").body and "/p/2" not in w.post.last("decision").body
    w.clock.advance(days=5)
    w.runner.apply(case.id, Refused(contents="c2", reason="an opinion", by=DESK))
    w.runner.deliver()
    case = w.runner.case(case.id)
    assert (case.state, len(w.post.taken)) == ("removed", 4)
    assert "/p/2" in w.post.last("decision").body and "/p/1" not in w.post.last("decision").body
    # Two weeks for each from its own letter: 10 and 15 January + 14 days, 24:00 CET = 23:00 UTC.
    dues = {d.contents: d.due for d in case.deadlines if d.obligation == "counter_statement"}
    assert dues == {("c1",): z("2023-01-24 23:00"), ("c2",): z("2023-01-29 23:00")}


def test_removed_content_is_kept_as_evidence_for_ten_weeks() -> None:
    w, case = complained(z("2023-01-31 10:00"))
    case = removed(w, found(w, case, "manifest"))
    # 31 January + 70 days: 28 in February, 31 in March make 59; 11 April, 24:00 CEST = 22:00 UTC.
    assert clock(case, "evidence").due == z("2023-04-11 22:00")


def test_a_counter_statement_is_possible_for_two_weeks_and_reviewed_by_somebody_else() -> None:
    w, case = complained(z("2023-12-20 10:00"))
    case = removed(w, found(w, case, "manifest"))
    # 20 December + 14 days = 3 January 2024, 24:00 CET = 23:00 UTC.
    assert clock(case, "counter_statement").due == z("2024-01-03 23:00")
    w.clock.advance(days=3)
    case = w.runner.apply(case.id, InstrumentReceived(instrument=CounterNotice(), by=USER))
    assert clock(case, "review").standing is Standing.RUNNING
    with pytest.raises(NotAllowed, match="reviewer"):
        w.runner.apply(case.id, DecisionConfirmed(by=DESK))
    case = w.runner.apply(case.id, Restored(by=REVIEWER))
    assert (case.state, clock(case, "review").standing) == ("restored", Standing.MET)


def test_a_decision_can_be_confirmed_on_review_and_the_file_closed() -> None:
    w, case = complained(z("2023-12-20 10:00"))
    case = removed(w, found(w, case, "manifest"))
    w.runner.apply(case.id, InstrumentReceived(instrument=CounterNotice(), by=USER))
    case = w.runner.apply(case.id, DecisionConfirmed(reason="manifest", by=REVIEWER))
    assert case.state == "reviewed"
    assert w.runner.apply(case.id, Closed(by=DESK)).state == "closed"


@pytest.mark.parametrize("first", ["removed", "refused"])
def test_a_decision_that_is_reversed_in_part_on_review_is_told_to_both_sides(first: str) -> None:
    w, case = complained(z("2023-12-20 10:00"), 2)
    w.runner.apply(case.id, EffectGiven(outcomes={"c1": first, "c2": "removed"}, by=DESK))
    w.clock.advance(days=1)
    w.runner.apply(case.id, InstrumentReceived(instrument=CounterNotice(), contents=["c1"], by=USER))
    w.runner.deliver()
    w.clock.advance(days=1)
    w.post.taken.clear()
    reversal = (
        EffectGiven(outcomes={"c1": "removed"}, by=REVIEWER)
        if first == "refused"
        else Restored(contents="c1", by=REVIEWER)
    )
    w.runner.apply(case.id, reversal)
    w.runner.deliver()
    case = w.runner.case(case.id)
    assert (case.state, w.incidents(), clock(case, "review").standing) == ("removed", [], Standing.MET)
    assert sorted(m.address for m in w.post.taken) == ["author-0@example.org", "reporter-0@example.org"]
    assert "/p/1" in w.post.last("decision").body and "/p/2" not in w.post.last("decision").body


def test_a_file_is_not_closed_while_a_counter_statement_is_to_be_reviewed() -> None:
    w, case = complained(z("2023-12-20 10:00"))
    case = removed(w, case)
    w.clock.advance(days=1)
    w.runner.apply(case.id, InstrumentReceived(instrument=CounterNotice(), by=USER))
    with pytest.raises(NotAllowed, match="review is still open"):
        w.runner.apply(case.id, Closed(by=DESK))


def test_before_section_3b_there_was_no_counter_statement() -> None:
    assert "complaint" in {a.faculty for a in NETZDG_2017.absent}
    assert "complaint" not in {a.faculty for a in catalogue.find("de.netzdg").absent}
    old = given(NETZDG_2017, at=z("2018-05-01 10:00")).opened(
        Notice(contents=["https://network.example/p/1"], parties={"complainant": "c", "user": "u"}), by="complainant"
    )
    old.when(EffectGiven(outcomes={"c1": "removed"}), by="platform")
    old.when(InstrumentReceived(instrument=CounterNotice()), by="user").then_state("removed")
    old.then_incident("irregular_fact").then_proved()
