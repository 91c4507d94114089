"""17 USC 512 walked step by step. The window's arithmetic is written where it is asserted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from sopflow import (
    Actor,
    Case,
    Closed,
    CounterNotice,
    CourtActionNotified,
    CourtDecided,
    EffectGiven,
    Event,
    InstrumentReceived,
    NotAllowed,
    Notice,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Standing,
    Verified,
    Withdrawn,
    catalogue,
)
from sopflow.pages import page

from .world import World

LA = ZoneInfo("America/Los_Angeles")
RECEIVED = datetime(2022, 11, 14, 10, 0, tzinfo=LA)  # a Monday; Thanksgiving is Thursday 24 November
DESK = Actor("agent-desk", {"platform"}, "host")
OWNER = Actor("complainant-1", {"complainant"})
USER = Actor("subscriber-1", {"subscriber"})
ELEMENTS = ("signature", "work", "material", "contact", "good_faith", "accuracy_and_perjury")
COUNTER = ("signature", "material", "mistake_under_perjury", "contact_and_consent")


@pytest.fixture
def world() -> World:
    start = RECEIVED - timedelta(days=7)
    return World(start, "platform", {"owner": ["email"], "user": ["email"]})


def notice(*missing: str) -> Notice:
    form = {name: "given" for name in ELEMENTS if name not in missing}
    return Notice(
        contents=["https://github.com/a/b"], parties={"complainant": "owner", "subscriber": "user"}, form=form
    )


def counter(*missing: str) -> InstrumentReceived:
    form = {name: "given" for name in COUNTER if name not in missing}
    return InstrumentReceived(instrument=CounterNotice(form=form), by=USER)


def removed(world: World) -> Case:
    case = world.runner.open("us.dmca_512", notice(), by=OWNER)
    case = world.runner.apply(case.id, Verified(by=DESK))
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=DESK))
    world.runner.deliver()
    return case


def countered(world: World) -> Case:
    case = removed(world)
    world.clock.set(RECEIVED)
    return world.runner.apply(case.id, counter())


def test_a_complete_notice_is_removed_and_the_subscriber_is_told(world: World) -> None:
    case = world.runner.open("us.dmca_512", notice(), by=OWNER)
    assert (case.state, case.waiting_for()[0].who) == ("notice_received", "platform")
    case = world.runner.apply(case.id, Verified(by=DESK))
    removal = case.deadline("removal")
    assert removal is not None and removal.due is None and removal.remind is not None  # "expeditiously": no number
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=DESK))
    assert case.state == "removed"
    assert case.deadline("removal").standing is Standing.MET  # type: ignore[union-attr]
    assert case.deadline("tell_subscriber").standing is Standing.RUNNING  # type: ignore[union-attr]
    world.runner.deliver()
    case = world.runner.case(case.id)
    assert case.deadline("tell_subscriber").standing is Standing.MET  # type: ignore[union-attr]
    told = world.post.last("removal_notice")
    assert told.address == "user-0@example.org"
    assert "hxxps://github[.]com/a/b" in told.body
    world.runner.verify(case.id)


def test_an_incomplete_notice_opens_a_case_is_refused_with_what_it_lacks_and_is_answered(world: World) -> None:
    case = world.runner.open("us.dmca_512", notice("signature", "good_faith"), by=OWNER)
    assert case.instruments[0].missing == ("signature", "good_faith")
    with pytest.raises(NotAllowed, match="the notice lacks signature, good_faith"):
        world.runner.apply(case.id, Verified(by=DESK))
    case = world.runner.apply(case.id, Rejected(reason="it lacks: signature, good_faith", by=DESK))
    assert (case.state, case.final) == ("notice_refused", True)
    world.runner.deliver()
    answer = world.post.last("notice_refused")
    assert answer.address == "owner-0@example.org"
    assert "signature, good_faith" in answer.body


def two(world: World) -> Case:
    case = world.runner.open(
        "us.dmca_512", evolve(notice(), contents=["https://github.com/a/b", "https://github.com/a/c"]), by=OWNER
    )
    world.runner.apply(case.id, Verified(by=DESK))
    world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=DESK))
    world.runner.deliver()
    return world.runner.apply(case.id, EffectGiven(outcomes={"c2": "removed"}, by=DESK))


def test_a_counter_notice_that_names_one_url_is_about_that_one_and_so_are_the_letters(world: World) -> None:
    case = two(world)
    first = world.post.last("removal_notice").body
    assert "github[.]com/a/b" in first and "github[.]com/a/c" not in first, "told of what was removed, and of no more"
    world.runner.deliver()
    assert "github[.]com/a/b" not in world.post.last("removal_notice").body
    world.clock.set(RECEIVED)
    named = evolve(counter().instrument, contents=["https://GITHUB.com/a/c"])
    case = world.runner.apply(case.id, InstrumentReceived(instrument=named, by=USER), command_id="counter")
    assert [c.id for c in case.contents] == ["c1", "c2"]
    [window] = [d for d in case.deadlines if d.obligation == "put_back"]
    assert window.contents == ("c2",)
    world.runner.deliver()
    copy = world.post.last("counter_notice_copy").body
    assert "github[.]com/a/c" in copy and "github[.]com/a/b" not in copy, "only this one is to be put back"
    again = world.runner.apply(case.id, InstrumentReceived(instrument=named, by=USER), command_id="counter")
    assert again.revision == case.revision
    case = world.runner.apply(case.id, Restored(contents="c2", by=DESK))
    assert (case.state, case.outcomes()) == ("removed", {"c1": "removed", "c2": "restored"})
    world.runner.deliver()
    assert "github[.]com/a/b" not in world.post.last("restored_notice").body
    world.runner.verify(case.id)


def accepted(world: World) -> Case:
    case = world.runner.open(
        "us.dmca_512", evolve(notice(), contents=["https://github.com/a/b", "https://github.com/a/c"]), by=OWNER
    )
    return world.runner.apply(case.id, Verified(by=DESK))


@pytest.mark.parametrize("first", ["removed", "refused"])
@pytest.mark.parametrize(
    "refusal", [EffectGiven(outcomes={"c2": "refused"}, by=DESK), Refused(contents="c2", reason="fair use", by=DESK)]
)
def test_what_is_found_to_be_fair_use_is_refused_and_the_case_goes_on_with_the_rest(
    world: World, refusal: Event, first: str
) -> None:
    case = accepted(world)
    steps = [EffectGiven(outcomes={"c1": "removed"}, by=DESK), refusal]
    for event in steps if first == "removed" else reversed(steps):
        assert case.state == "accepted"
        case = world.runner.apply(case.id, event)
    assert (case.state, case.outcomes()) == ("removed", {"c1": "removed", "c2": "refused"})
    assert not [d for d in case.deadlines if d.obligation == "removal" and d.is_open]
    assert [m.template for m in case.messages] == [
        "removal_notice" if first == part else "refusal" for part in ("removed", "refused")
    ]
    world.runner.deliver()
    told = world.post.last("refusal")
    assert told.address == "owner-0@example.org" and "c2 [refused]" in told.body and "c1" not in told.body
    world.run_until(world.clock.now + timedelta(days=30), hours=24)
    case = world.runner.apply(case.id, Closed(by=DESK))
    assert (case.state, case.waiting_for(), world.incidents()) == ("closed", (), [])


def test_one_decision_that_removes_one_item_and_refuses_the_other_tells_both_sides(world: World) -> None:
    case = accepted(world)
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed", "c2": "refused"}, by=DESK))
    assert case.state == "removed"
    assert sorted((m.template, m.to) for m in case.messages) == [
        ("refusal", "complainant"), ("removal_notice", "subscriber"),
    ]  # fmt: skip


@pytest.mark.parametrize("rest", ["refused", "not_found"])
def test_where_nothing_is_down_and_the_rest_was_refused_the_notice_is_refused(world: World, rest: str) -> None:
    case = accepted(world)
    case = world.runner.apply(case.id, Refused(contents="c1", reason="fair use", by=DESK))
    assert [d.standing for d in case.deadlines if d.obligation == "removal"] == [Standing.RUNNING], (
        "c2 is still asked for"
    )
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c2": rest}, by=DESK))
    assert (case.state, case.final) == ("notice_refused", True)
    removal = case.deadline("removal")
    assert removal is not None
    assert removal.standing is (Standing.CANCELLED if rest == "refused" else Standing.MET)
    world.runner.deliver()
    assert world.runner.case(case.id).waiting_for() == ()
    assert f"c2 [{rest}]" in world.post.last("refusal").body


def test_what_was_retracted_does_not_keep_a_refused_case_open(world: World) -> None:
    case = accepted(world)
    case = world.runner.apply(case.id, Refused(contents="c1", reason="fair use", by=DESK))
    world.runner.deliver()
    case = world.runner.apply(case.id, Retracted(contents="c2", by=OWNER))
    assert (case.state, case.final, case.waiting_for()) == ("notice_refused", True, ())


@pytest.mark.parametrize("late", [False, True])
def test_what_was_refused_is_not_to_be_put_back(world: World, late: bool) -> None:
    case = accepted(world)
    refusal = Refused(contents="c2", reason="fair use", by=DESK)
    steps = [EffectGiven(outcomes={"c1": "removed"}, by=DESK), refusal, counter()]
    for event in [steps[0], steps[2], refusal] if late else steps:
        world.clock.advance(hours=1)
        case = world.runner.apply(case.id, event)
    assert case.state == "counter_notice_received"
    assert [d.contents for d in case.deadlines if d.obligation == "put_back" and d.is_open][-1][0] == "c1"
    case = world.runner.apply(case.id, Restored(contents="c1", by=DESK))
    world.runner.deliver()
    assert (case.state, world.runner.case(case.id).waiting_for()) == ("restored", ())


def test_a_notice_that_nobody_looks_at_is_asked_about(world: World) -> None:
    case = world.runner.open("us.dmca_512", notice(), by=OWNER)
    world.run_until(world.clock.now + timedelta(hours=30))
    case = world.runner.case(case.id)
    clock = case.deadline("examine")
    assert clock is not None and clock.reminded and clock.is_open
    case = world.runner.apply(case.id, Verified(by=DESK))
    assert not case.deadline("examine").is_open  # type: ignore[union-attr]


def test_a_restoration_ends_no_notice_that_nobody_has_looked_at(world: World) -> None:
    case = world.runner.open("us.dmca_512", notice(), by=OWNER)
    case = world.runner.apply(case.id, Restored(by=DESK))
    assert (case.state, case.final) == ("notice_received", False)


def test_what_was_restored_early_does_not_keep_the_rest_from_being_removed(world: World) -> None:
    case = world.runner.open(
        "us.dmca_512", evolve(notice(), contents=["https://github.com/a/b", "https://github.com/a/c"]), by=OWNER
    )
    for event in (
        Verified(by=DESK),
        EffectGiven(outcomes={"c1": "removed"}, by=DESK),
        Restored(contents="c1", by=DESK),
    ):
        case = world.runner.apply(case.id, event)
    assert case.state == "accepted"
    case = world.runner.apply(case.id, EffectGiven(outcomes={"c2": "removed"}, by=DESK))
    assert case.state == "removed"


def test_the_window_rests_on_the_statute_and_how_its_days_are_counted_is_an_open_question() -> None:
    dmca = catalogue.find("us.dmca_512")
    basis = dmca.obligation_of["put_back"].basis
    assert basis.text.startswith("17 USC 512(g)(2)(C): not less than 10, nor more than 14, business days")
    assert basis.mark == "V"
    asked = page(dmca).partition("## Open questions")[2].partition("\n## ")[0]
    assert (
        "how the business days are counted is not in the statute; federal holidays and Pacific time are our reading (`S93`, **I**)"
        in asked
    )


def test_the_window_opens_after_ten_business_days_and_closes_after_fourteen(world: World) -> None:
    case = countered(world)
    assert case.state == "counter_notice_received"
    window = case.deadline("put_back")
    assert window is not None
    # Day 0 is Mon 14 Nov. Days 1-4: Tue 15 - Fri 18; 5-7: Mon 21 - Wed 23; Thu 24 is Thanksgiving; 8: Fri 25;
    # 9, 10: Mon 28, Tue 29. Opens at the end of Tue 29, which is Wed 30, 00:00 PST = 08:00 UTC.
    assert window.not_before == datetime(2022, 11, 30, 8, 0, tzinfo=UTC)
    # 11-13: Wed 30, Thu 1, Fri 2 Dec; 14: Mon 5 Dec. Due at the end of Mon 5 = Tue 6, 00:00 PST.
    assert window.due == datetime(2022, 12, 6, 8, 0, tzinfo=UTC)
    assert window.calendar.startswith("US-federal holidays ")
    world.runner.deliver()
    assert world.post.last("counter_notice_copy").address == "owner-0@example.org"
    assert world.runner.case(case.id).deadline("forward_counter_notice").standing is Standing.MET  # type: ignore[union-attr]


def test_restored_inside_the_window_keeps_the_duty(world: World) -> None:
    case = countered(world)
    world.run_until(datetime(2022, 12, 1, 12, 0, tzinfo=LA))
    case = world.runner.case(case.id)
    assert case.deadline("put_back").opened is True  # type: ignore[union-attr]
    case = world.runner.apply(case.id, Restored(by=DESK))
    assert (case.state, case.contents[0].outcome) == ("restored", "restored")
    window = case.deadline("put_back")
    assert window is not None and window.standing is Standing.MET and not window.too_early
    assert world.incidents() == []


def test_a_suit_filed_on_day_nine_keeps_the_content_down(world: World) -> None:
    case = countered(world)
    world.run_until(datetime(2022, 11, 28, 15, 0, tzinfo=LA))  # business day 9
    case = world.runner.apply(case.id, CourtActionNotified(by=OWNER))
    assert case.state == "stays_down"
    assert case.deadline("put_back").standing is Standing.CANCELLED  # type: ignore[union-attr]
    world.run_until(datetime(2023, 1, 15, tzinfo=LA), hours=24)
    assert world.runner.case(case.id).state == "stays_down"
    assert "deadline_missed" not in world.incidents()
    case = world.runner.apply(case.id, CourtDecided(restore=False, by=Actor("court", {"court"})))
    assert (case.state, case.final) == ("upheld", True)


def test_a_suit_filed_on_day_nine_but_recorded_on_day_eleven_after_restoration_is_kept_and_raised(world: World) -> None:
    case = countered(world)
    world.run_until(datetime(2022, 11, 30, 9, 0, tzinfo=LA))  # business day 11
    case = world.runner.apply(case.id, Restored(by=DESK))
    assert case.deadline("put_back").standing is Standing.MET  # type: ignore[union-attr]
    filed = datetime(2022, 11, 28, 15, 0, tzinfo=LA)  # business day 9
    case = world.runner.apply(case.id, CourtActionNotified(at=filed, by=OWNER))
    assert case.state == "restored"  # final: recorded, and nothing pretended
    assert case.deadline("put_back").standing is Standing.CANCELLED  # type: ignore[union-attr]
    assert world.runner.journal(case.id)[-1].irregular
    assert world.incidents() == ["irregular_fact"]
    world.runner.verify(case.id)


def test_restoration_too_early_is_recorded_as_too_early(world: World) -> None:
    case = countered(world)
    world.clock.advance(days=3)
    case = world.runner.apply(case.id, Restored(by=DESK))
    window = case.deadline("put_back")
    assert case.state == "restored" and window is not None and window.too_early
    assert "too_early" in world.incidents()


def test_restoration_too_late_is_a_breach_and_its_lateness_is_kept(world: World) -> None:
    case = countered(world)
    world.run_until(datetime(2022, 12, 6, 1, 0, tzinfo=LA))
    assert world.runner.case(case.id).state == "put_back_overdue"
    world.clock.set(datetime(2022, 12, 7, 0, 0, tzinfo=LA))
    case = world.runner.apply(case.id, Restored(by=DESK))
    window = case.deadline("put_back")
    assert window is not None and window.standing is Standing.EXPIRED
    assert window.lateness == timedelta(days=1)
    assert case.state == "restored"


def test_what_was_not_put_back_in_time_is_owed_until_it_is_back(world: World) -> None:
    case = two(world)
    world.clock.set(RECEIVED)
    world.runner.apply(case.id, counter())
    world.run_until(datetime(2022, 12, 6, 1, 0, tzinfo=LA), hours=6)
    waiting = world.runner.case(case.id).waiting_for()
    assert [(w.who, w.what, w.contents) for w in waiting] == [("platform", "put_back_late", ("c1", "c2"))]
    case = world.runner.apply(case.id, Restored(contents="c1", by=DESK))
    assert case.state == "put_back_overdue", "c2 is still down"
    with pytest.raises(NotAllowed):
        world.runner.apply(case.id, Closed(by=DESK))
    world.runner.deliver()
    told = world.post.last("restored_notice").body
    assert "github[.]com/a/b" in told and "github[.]com/a/c" not in told
    world.clock.advance(days=20)
    assert [w.what for w in world.runner.case(case.id).waiting_for()] == ["put_back_late"]
    case = world.runner.apply(case.id, Restored(contents="c2", by=DESK))
    world.runner.deliver()
    assert (case.state, world.runner.case(case.id).waiting_for()) == ("restored", ())


def test_what_turns_out_to_have_been_put_back_in_time_is_owed_no_more(world: World) -> None:
    case = countered(world)
    world.run_until(datetime(2022, 12, 6, 1, 0, tzinfo=LA), hours=6)
    case = world.runner.apply(case.id, Restored(by=DESK, at=datetime(2022, 12, 2, 12, 0, tzinfo=LA)))
    world.runner.deliver()
    assert (case.state, world.runner.case(case.id).waiting_for()) == ("restored", ())


def test_an_incomplete_counter_notice_starts_no_clock_and_is_answered(world: World) -> None:
    case = removed(world)
    case = world.runner.apply(case.id, counter("signature"))
    assert case.state == "removed" and case.deadline("put_back") is None
    world.runner.deliver()
    assert "signature" in world.post.last("counter_notice_refused").body
    case = world.runner.apply(case.id, counter())
    assert case.state == "counter_notice_received" and case.deadline("put_back") is not None


def test_a_retraction_after_removal_is_followed_by_restoration(world: World) -> None:
    case = removed(world)
    case = world.runner.apply(case.id, Retracted(by=OWNER))
    assert case.state == "retracted"
    assert case.deadline("restore").standing is Standing.RUNNING  # type: ignore[union-attr]
    case = world.runner.apply(case.id, Restored(by=DESK))
    assert case.state == "restored"
    assert case.deadline("restore").standing is Standing.MET  # type: ignore[union-attr]


def test_a_retraction_before_removal_closes_the_case_and_asks_for_nothing(world: World) -> None:
    case = world.runner.open("us.dmca_512", notice(), by=OWNER)
    case = world.runner.apply(case.id, Retracted(by=OWNER))
    assert (case.state, case.deadline("restore"), case.waiting_for()) == ("retracted_unremoved", None, ())


def test_a_court_that_orders_restoration_is_followed(world: World) -> None:
    case = countered(world)
    case = world.runner.apply(case.id, CourtActionNotified(by=OWNER))
    case = world.runner.apply(case.id, CourtDecided(restore=True, by=Actor("court", {"court"})))
    assert case.state == "restoration_ordered"
    case = world.runner.apply(case.id, Restored(by=DESK))
    assert case.state == "restored"


@pytest.mark.parametrize(
    "last", [Refused(contents="c2", reason="fair use", by=DESK), EffectGiven(outcomes={"c2": "not_found"}, by=DESK)]
)
def test_after_a_judgment_the_last_decision_ends_the_case(world: World, last: Event) -> None:
    case = accepted(world)
    world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=DESK))
    world.runner.apply(case.id, CourtDecided(restore=True, by=Actor("court", {"court"})))
    case = world.runner.apply(case.id, Restored(contents="c1", by=DESK))
    assert case.state == "restoration_ordered", "nobody has decided on c2"
    case = world.runner.apply(case.id, last)
    world.runner.deliver()
    assert (case.state, world.runner.case(case.id).waiting_for()) == ("restored", ())


def test_a_file_is_closed_after_a_judgment_only_once_what_was_down_is_back(world: World) -> None:
    case = accepted(world)
    world.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=DESK))
    world.runner.apply(case.id, Refused(contents="c2", reason="fair use", by=DESK))
    case = world.runner.apply(case.id, CourtDecided(restore=True, by=Actor("court", {"court"})))
    with pytest.raises(NotAllowed, match="restore is still open"):
        world.runner.apply(case.id, Closed(by=DESK))


def test_our_side_may_withdraw_and_then_nothing_is_awaited(world: World) -> None:
    case = world.runner.open("us.dmca_512", notice(), by=OWNER)
    case = world.runner.apply(case.id, Verified(by=DESK))
    case = world.runner.apply(case.id, Withdrawn(reason="opened by mistake", by=DESK))
    assert (case.state, case.waiting_for()) == ("withdrawn", ())


@pytest.mark.parametrize(
    ("received", "opens", "closes"),
    [
        # Monday 16 November 2026. 1-4: 17-20; 5-7: 23-25; Thursday 26 is Thanksgiving; 8: 27; 9-13: 30 November to
        # 4 December; 14: Monday 7. Day 10 is Tuesday 1 December. Ends of days in PST: 08:00 UTC of the next.
        ("2026-11-16", "2026-12-02", "2026-12-08"),
        # Friday 18 December 2026. 1-4: 21-24; Friday 25 is Christmas; 5-8: 28-31; Friday 1 January 2027 is New Year;
        # 9-13: 4-8 January; 14: Monday 11. Day 10 is Tuesday 5 January.
        ("2026-12-18", "2027-01-06", "2027-01-12"),
        # Tuesday 15 February 2028. Monday 21 is Washington's Birthday.
        # 1-3: 16-18; 4-7: 22-25; 8-12: 28, 29 February, 1-3 March; 13, 14: 6, 7 March. Day 10 is Wednesday 1 March.
        ("2028-02-15", "2028-03-02", "2028-03-08"),
    ],
)
def test_the_window_leaves_out_holidays_over_thanksgiving_a_year_end_and_a_leap_day(
    received: str, opens: str, closes: str
) -> None:
    at = datetime.fromisoformat(received).replace(hour=10, tzinfo=LA)
    world = World(at - timedelta(days=7), "platform", {"owner": ["email"], "user": ["email"]})
    case = removed(world)
    world.clock.set(at)
    window = world.runner.apply(case.id, counter()).deadline("put_back")
    assert window is not None and window.due is not None and window.not_before is not None
    assert window.not_before == datetime.fromisoformat(opens).replace(hour=8, tzinfo=UTC)
    assert window.due == datetime.fromisoformat(closes).replace(hour=8, tzinfo=UTC)


def test_the_window_takes_the_change_of_the_clock_in_march() -> None:
    # Friday 5 March 2027, PST. 1-5: 8-12 March; 6-10: 15-19; 11-14: 22-25. Summer time begins on Sunday 14 March: the
    # ends of days 10 and 14 are midnight PDT = 07:00 UTC of Saturday 20 and Friday 26 March.
    at = datetime(2027, 3, 5, 10, 0, tzinfo=LA)
    world = World(at - timedelta(days=7), "platform", {"owner": ["email"], "user": ["email"]})
    case = removed(world)
    world.clock.set(at)
    window = world.runner.apply(case.id, counter()).deadline("put_back")
    assert window is not None
    assert window.not_before == datetime(2027, 3, 20, 7, 0, tzinfo=UTC)
    assert window.due == datetime(2027, 3, 26, 7, 0, tzinfo=UTC)
