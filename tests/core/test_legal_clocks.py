"""The kinds of deadline that laws have, and the events that start their clocks, each walked through with a case.

Lengths and articles are those of the named regimes; the evidence marks stand in `docs/coverage.md`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, final

import pytest
from attrs import frozen

from sopflow import calendars
from sopflow.case import SYSTEM, Actor
from sopflow.check import check
from sopflow.errors import BadInput, NotAllowed, ProcedureError
from sopflow.events import (
    Acknowledged,
    CalendarChanged,
    ClarificationGiven,
    ClarificationRequested,
    Complaint,
    Corrected,
    DeadlineBreached,
    DeadlineClosed,
    DeadlineReminded,
    Delivered,
    EffectGiven,
    Extended,
    Fact,
    ImpossibilityStated,
    InstrumentReceived,
    Issued,
    Notice,
    Opened,
    Restored,
    Sent,
)
from sopflow.guards import window_open
from sopflow.procedure import Procedure
from sopflow.rules import STAY, Basis, Obligation, On, Role, Send, Source, State, Template, Transition
from sopflow.terms import BusinessDays, Days, Hours, Months, PerCase, SameDay, Term, Window, WithoutUndueDelay, Yearly

from .sample import Desk

B = Basis("see the procedure's sources", "regimes", "I")
ROLES = ("authority", "platform", "second", "system")
A = Actor("officer-1", {"authority"}, "ministry")
P = Actor("platform-bot", {"platform"}, "platform-x")
SECOND = Actor("scrutineer", {"second"}, "home-authority")
URL = "https://example.org/1"


@final
@frozen(kw_only=True)
class ObstacleCeased(Fact):
    """The ground that made it impossible is gone."""


@final
@frozen(kw_only=True)
class DecisionMade(Fact):
    """The authority decided, on the day that `at` says."""


@final
@frozen(kw_only=True)
class ReportPublished(Fact):
    """The yearly report is public."""


ORDER = Send(template="order", to="platform", sender="authority", basis=B)
FACTS = (Sent, Delivered, Acknowledged, EffectGiven, ClarificationRequested, ClarificationGiven, ImpossibilityStated,
         Restored, ObstacleCeased, DecisionMade, ReportPublished)  # fmt: skip


def law(*obligations: Obligation, guards: Any = ()) -> Procedure:
    """Return a procedure that records every fact in one state and has these clocks."""
    rows = [Transition(on=f, of="order" if f in (Sent, Delivered, Acknowledged) else "", source="open", target=STAY,
                       by=ROLES[:3] if f not in (Sent, Delivered) else ROLES, basis=B) for f in FACTS]  # fmt: skip
    rows += [
        Transition(on=Opened, source="open", target=STAY, by="authority", basis=B),
        Transition(on=InstrumentReceived, of="complaint", source="open", target=STAY, by="platform", basis=B),
        Transition(on=Issued, source="open", target=STAY, by="authority", sends=ORDER, guards=guards, basis=B),
        Transition(on=Extended, source="open", target=STAY, by=("authority", "second"), basis=B),
        Transition(on=Corrected, source="open", target=STAY, by="authority", basis=B),
    ]
    return Procedure(
        id="test.law", version="1", title="Kinds of time", acting="authority", initial="open", opened_by="authority",
        roles=[Role(name=n, basis=B) for n in ROLES[:3]], states=[State(name="open", phase="compliance", basis=B)],
        transitions=rows, obligations=obligations, sources=[Source("regimes", "the regimes named in each test")],
        templates=[Template("order", "Order $case", "$contents")],
    )  # fmt: skip


def clock(name: str, term: Term, starts: Any, **more: Any) -> Obligation:
    """Return an obligation."""
    return Obligation(name=name, owner=more.pop("owner", "platform"), term=term, starts=starts, basis=B, **more)


def z(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


T = z("2025-06-02 10:00")  # a Monday


def h(n: float) -> datetime:
    """Return the instant n hours after T."""
    return T + timedelta(hours=n)


def begun(*obligations: Obligation, at: datetime = T, due: datetime | None = None, **more: Any) -> Desk:
    """Return a case opened at `at`."""
    guards = more.pop("guards", ())
    desk = Desk(law(*obligations, guards=guards), **more)
    desk.open(Notice(contents=[URL], parties={"platform": "p1"}, due=due), by=A, at=at, now=at)
    return desk


def standings(desk: Desk, obligation: str) -> list[str]:
    """Return how the runs of an obligation stand, first to last."""
    assert desk.case is not None
    return [str(d.standing) for d in desk.case.deadlines if d.obligation == obligation]


def ordered(desk: Desk, at: datetime = T) -> str:
    """Issue the order and return its message."""
    desk.do(Issued(by=A, at=at))
    return desk.message("order").id


# --- 0.2: the thirteen kinds -----------------------------------------------------------------------------------------


def test_kind_1_fixed_hours_run_and_are_breached() -> None:
    desk = begun(clock("remove", Hours(1), Opened, meets=EffectGiven))
    assert desk.deadline("remove").due == h(1)
    assert [s.entry.event for s in desk.tick(h(1))] == ["DeadlineBreached"]


def test_kind_2_a_business_day_window_opens_and_closes() -> None:
    window = BusinessDays(min=10, max=14, calendar="US-federal", zone="America/New_York")
    at = z("2025-11-14 15:00")  # Friday; the arithmetic stands in test_legal_time: 1 and 5 December
    desk = begun(clock("put_back", window, Opened, meets=Restored), at=at,
                 calendars={"US-federal": calendars.load("US-federal")})  # fmt: skip
    assert [s.entry.event for s in desk.tick(z("2025-12-02 05:00"))] == ["DeadlineOpened"]
    assert [s.entry.event for s in desk.tick(z("2025-12-06 05:00"))] == ["DeadlineBreached"]
    assert desk.deadline("put_back").calendar.startswith("US-federal holidays ")


def test_kind_2_acting_before_the_window_opens_is_too_early() -> None:
    window = BusinessDays(min=10, max=14, calendar="US-federal", zone="America/New_York")
    desk = begun(clock("put_back", window, Opened, meets=Restored), at=z("2025-11-14 15:00"),
                 calendars={"US-federal": calendars.load("US-federal")})  # fmt: skip
    step = desk.do(Restored(by=P, at=z("2025-11-28 12:00")))
    assert desk.deadline("put_back").too_early
    assert [i.kind for i in step.incidents] == ["too_early"]


def test_kind_3_calendar_days_and_their_extension() -> None:
    # DSA 21: 90 days from 2 January are 2 April (29 + 28 + 31 + 2); 90 more are 1 July (28 + 31 + 30 + 1).
    desk = begun(clock("ods", Days(90, "Europe/Brussels"), Opened, owner="second"), at=z("2025-01-02 09:00"))
    assert desk.deadline("ods").due == z("2025-04-02 22:00")
    longer = Days(180, "Europe/Brussels").span(z("2025-01-02 09:00"), None, None).due
    assert longer == z("2025-07-01 22:00")
    desk.do(Extended(obligation="ods", due=longer, reason="highly complex", by=SECOND, at=z("2025-03-20 09:00")))
    assert desk.deadline("ods").due == longer
    assert desk.deadline("ods").by_term == z("2025-04-02 22:00"), "what the term alone gives stays on record"
    assert not desk.tick(z("2025-07-01 21:59"))


def test_kind_4_calendar_months_are_not_180_days() -> None:
    desk = begun(clock("preserve", Months(6, "Europe/Brussels"), EffectGiven))
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=P, at=z("2025-08-31 12:00")))
    assert desk.deadline("preserve").due == z("2026-02-28 23:00"), "February has no 31st; 24:00 CET = 23:00Z"


def test_kind_5_the_same_local_day() -> None:
    desk = begun(clock("same_day", SameDay("Asia/Jakarta"), Opened), at=z("2025-06-02 16:59"))
    assert desk.deadline("same_day").due == z("2025-06-02 17:00")


def test_kind_6_no_number_reminds_and_is_never_a_breach() -> None:
    desk = begun(clock("confirm", WithoutUndueDelay(24), Opened, meets=Acknowledged))
    assert [s.entry.event for s in desk.tick(h(24))] == ["DeadlineReminded"]
    assert not desk.tick(h(24 * 365))
    assert standings(desk, "confirm") == ["running"]


def test_kind_7_a_limit_set_in_the_case_and_a_longer_period_allowed() -> None:
    desk = begun(clock("direction", PerCase(), Opened), due=h(7.5))
    assert desk.deadline("direction").due == h(7.5)
    desk.do(Extended(obligation="direction", due=h(20), reason="the Commissioner allows it", by=A, at=h(1)))
    assert desk.deadline("direction").due == h(20)
    with pytest.raises(BadInput, match="due"):
        begun(clock("direction", PerCase(), Issued)).do(Issued(by=A, at=h(1)))


def dunning(**more: Any) -> Obligation:
    """Return a clock that comes again each 24 hours, at most three times."""
    starts = (Opened, On(DeadlineBreached, "warn"))
    return clock("warn", Hours(24), starts, meets=EffectGiven, repeats=True, **{"at_most": 3, **more})


def test_kind_8_a_warning_for_each_elapsed_day_and_at_most_three() -> None:
    desk = begun(dunning())
    steps = desk.tick(h(24 * 10))
    assert [(s.entry.event, s.entry.doc["at"]) for s in steps] == [
        ("DeadlineBreached", "2025-06-03T10:00:00.000000Z"),
        ("DeadlineBreached", "2025-06-04T10:00:00.000000Z"),
        ("DeadlineBreached", "2025-06-05T10:00:00.000000Z"),
    ]
    assert desk.case is not None
    assert [d.id for d in desk.case.deadlines] == ["warn", "warn.2", "warn.3"]
    assert standings(desk, "warn") == ["expired"] * 3
    assert not desk.verify()


def test_kind_8_compliance_stops_the_warnings() -> None:
    desk = begun(dunning())
    desk.tick(h(24))
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=P, at=h(30)))
    assert standings(desk, "warn") == ["expired", "met"]
    assert not desk.tick(h(24 * 10))


def test_kind_8_a_late_learnt_compliance_takes_the_later_warnings_back() -> None:
    desk = begun(dunning())
    desk.tick(h(50))
    assert standings(desk, "warn") == ["expired", "expired", "running"]
    step = desk.do(EffectGiven(outcomes={"c1": "removed"}, by=P, at=h(20)))
    assert standings(desk, "warn") == ["met"], "it was met on the first day: what followed never ran"
    assert {i.kind for i in step.incidents} == {"breach_rebutted"}
    assert not desk.tick(h(24 * 10))
    assert not desk.verify()


def test_kind_8_a_corrected_start_moves_every_warning() -> None:
    desk = begun(dunning())
    desk.tick(h(50))
    desk.do(Corrected(seq=1, field="at", value=h(-24).isoformat(), reason="it came a day earlier", by=A))
    assert standings(desk, "warn")[0] == "running"
    desk.tick(h(50))
    assert [d.due for d in desk.case.deadlines] == [h(0), h(24), h(48)]  # type: ignore[union-attr]
    assert standings(desk, "warn") == ["expired"] * 3
    assert not desk.verify()


def test_kind_8_a_pause_shifts_the_warnings_that_follow() -> None:
    desk = begun(dunning(pauses=ClarificationRequested, resumes=ClarificationGiven))
    desk.tick(h(24))
    desk.do(ClarificationRequested(by=P, at=h(30)))
    assert not desk.tick(h(100))
    desk.do(ClarificationGiven(by=A, at=h(100)))
    assert [s.entry.doc["at"] for s in desk.tick(h(400))] == [
        "2025-06-07T08:00:00.000000Z",
        "2025-06-08T08:00:00.000000Z",
    ]


def test_kind_8_reminders_come_again_too() -> None:
    starts = (Opened, On(DeadlineReminded, "nudge"))
    desk = begun(clock("nudge", WithoutUndueDelay(4), starts, kind="reminder", repeats=True, at_most=3))
    assert [s.entry.event for s in desk.tick(h(100))] == ["DeadlineReminded"] * 3
    assert "expired" not in standings(desk, "nudge"), "a reminder is never a breach"


def test_kind_8_a_limit_of_runs_that_means_nothing_is_refused() -> None:
    for wrong in (-1, 1.5, True):
        with pytest.raises(ProcedureError, match="at_most"):
            law(dunning(at_most=wrong))
    with pytest.raises(ProcedureError, match="at_most"):
        law(clock("once", Hours(1), Opened, at_most=2))


def test_kind_9_a_clock_deferred_from_the_start_runs_in_full_once_the_obstacle_is_gone() -> None:
    # TCO 3(7): the hour begins when the ground ceases, not with the receipt.
    hour = clock("remove", Hours(1), Opened, pauses=ImpossibilityStated, restarts=ObstacleCeased, meets=EffectGiven)
    desk = begun(hour)
    desk.do(ImpossibilityStated(by=P, at=h(0.5)))
    assert not desk.tick(h(30))
    desk.do(ObstacleCeased(by=P, at=h(30)))
    assert desk.deadline("remove").due == h(31), "a whole hour, not the half that was left"


def test_kind_9_a_suspended_clock_keeps_what_was_left() -> None:
    day = clock("handle", Hours(24), Opened, pauses=ClarificationRequested, resumes=ClarificationGiven)
    desk = begun(day)
    desk.do(ClarificationRequested(by=P, at=h(20)))
    desk.do(ClarificationGiven(by=A, at=h(50)))
    assert desk.deadline("handle").due == h(54), "four hours were left at hour 20"


def test_kind_10_a_deadline_binds_the_authority() -> None:
    desk = begun(clock("scrutinise", Hours(72), Opened, owner="second", meets=DecisionMade))
    desk.tick(h(72))
    assert (desk.deadline("scrutinise").owner, standings(desk, "scrutinise")) == ("second", ["expired"])


def test_kind_11_an_order_is_possible_only_after_the_waiting_time() -> None:
    # AU s88: 48 hours since the complaint to the service.
    wait = clock("waiting_time", Window(opens=Hours(48)), Opened, kind="right", owner="authority")
    desk = begun(wait, guards=window_open("waiting_time"))
    with pytest.raises(NotAllowed, match="opens at 2025-06-04"):
        desk.do(Issued(by=A, at=h(47)))
    assert [s.entry.event for s in desk.tick(h(48))] == ["DeadlineOpened"]
    desk.do(Issued(by=A, at=h(49)))
    assert not desk.tick(h(5000)), "it stays open"


def test_kind_11_the_waiting_time_is_frozen_with_the_case() -> None:
    calendar = calendars.make("office", "1", {}, first=2025, last=2025)
    wait = Window(opens=BusinessDays(max=2, calendar="office", zone="UTC"))
    desk = begun(clock("wait", wait, (Opened, DecisionMade)), calendars={"office": calendar})
    assert desk.deadline("wait").not_before == z("2025-06-05 00:00")
    desk.calendars = {"office": calendars.amend(calendar, "2", closed=[z("2025-06-03 00:00").date()])}
    desk.do(DecisionMade(by=A, at=h(1)))
    assert desk.deadline("wait").not_before == z("2025-06-05 00:00"), "only a recorded change of the calendar moves it"


def yearly() -> tuple[Obligation, Obligation]:
    """Return the year, which comes again and again, and the report that falls due after each."""
    year = clock("year", Yearly((12, 31), "Europe/Brussels"), (Opened, On(DeadlineClosed, "year")), kind="right",
                 repeats=True)  # fmt: skip
    over = On(DeadlineClosed, "year")
    report = clock("report", Yearly((2, 29), "Europe/Brussels"), over, restarts=over, meets=ReportPublished,
                   repeats=True)  # fmt: skip
    return year, report


def test_kind_12_a_report_falls_due_on_the_same_date_every_year() -> None:
    desk = begun(*yearly())
    desk.tick(z("2026-01-05 00:00"))
    assert desk.deadline("report").due == z("2026-02-28 23:00"), "the last day of February, CET"
    desk.do(ReportPublished(by=P, at=z("2026-02-10 12:00")))
    desk.tick(z("2027-01-05 00:00"))
    assert desk.deadline("report.2").due == z("2027-02-28 23:00"), "published early, it is not due again that year"
    desk.tick(z("2028-01-05 00:00"))
    assert standings(desk, "report") == ["met", "expired", "running"], "one that never came does not hide the next"
    assert desk.deadline("report.3").due == z("2028-02-29 23:00"), "2028 is a leap year"
    assert not desk.verify()


def test_kind_13_a_right_closes_and_is_never_breached() -> None:
    desk = begun(clock("ask_scrutiny", Hours(48), Opened, kind="right", meets=InstrumentReceived))
    assert [s.entry.event for s in desk.tick(h(48))] == ["DeadlineClosed"]
    assert not [i for s in desk.steps for i in s.incidents]


def test_the_checker_knows_what_each_kind_can_come_to() -> None:
    codes = {(f.code, f.place) for f in check(law(dunning(), *yearly())).findings}
    assert not {c for c, _ in codes} & {"never-starts", "never-fires"}


# --- 0.3: what starts a clock ----------------------------------------------------------------------------------------


def test_start_receipt_of_the_order_by_the_contact_point() -> None:
    desk = begun(clock("remove", Hours(1), On(Delivered, "order"), meets=EffectGiven))
    order = ordered(desk)
    assert not standings(desk, "remove"), "neither opening nor issuing starts it"
    desk.do(Delivered(message=order, by=SYSTEM, at=h(3)), now=h(5))
    assert desk.deadline("remove").due == h(4), "from the receipt, not from when we learnt of it"


def test_start_receipt_is_the_earliest_that_is_proved() -> None:
    desk = begun(clock("remove", Hours(1), On(Delivered, "order")))
    order = ordered(desk)
    desk.do(Delivered(message=order, by=SYSTEM, at=h(3)), now=h(5))
    desk.do(Delivered(message=order, by=SYSTEM, at=h(2)), now=h(6))
    assert desk.deadline("remove").due == h(3)


def test_start_receipt_of_a_warning() -> None:
    # PM 5/2020, 15(8): at most 4 hours after the warning is received.
    desk = begun(clock("urgent", Hours(4), On(Acknowledged, "order"), meets=EffectGiven))
    desk.do(Acknowledged(message=ordered(desk), by=P, at=z("2025-06-02 15:30")))
    assert desk.deadline("urgent").due == z("2025-06-02 19:30"), "22:30 WIB to 02:30 WIB"


def test_start_notice_given() -> None:
    # AU s77: 24 hours after the notice is given, whenever it is read.
    desk = begun(clock("remove", Hours(24), On(Sent, "order")))
    desk.do(Sent(message=ordered(desk), by=SYSTEM, at=h(2)))
    assert desk.deadline("remove").due == h(26)


def test_start_complaint_received_by_the_authority() -> None:
    desk = begun(clock("handle", Hours(24), Opened, owner="authority"))
    assert desk.deadline("handle").due == h(24), "PM 19/2014: 1x24 h"


def test_start_user_informed_of_the_decision() -> None:
    # DSA 20(2): at least six months from the day on which the user is informed.
    right = clock("complain", Months(6, "Europe/Brussels"), On(Delivered, "order"), kind="right",
                  meets=On(InstrumentReceived, "complaint"))  # fmt: skip
    desk = begun(right)
    desk.do(Delivered(message=ordered(desk), by=SYSTEM, at=z("2025-08-31 12:00")))
    assert desk.deadline("complain").due == z("2026-02-28 23:00")
    desk.do(InstrumentReceived(instrument=Complaint(), by=P, at=z("2026-02-28 22:59")))
    assert standings(desk, "complain") == ["met"]


def test_start_clarification_received() -> None:
    # TCO 3(8): the hour begins when the clarification arrives.
    hour = clock("remove", Hours(1), Opened, pauses=ClarificationRequested, restarts=ClarificationGiven)
    desk = begun(hour)
    desk.do(ClarificationRequested(by=P, at=h(0.75)))
    desk.do(ClarificationGiven(by=A, at=h(9)))
    assert desk.deadline("remove").due == h(10)


def test_start_date_of_a_decision() -> None:
    # TCO Article 5: three months from the decision of 30 November.
    desk = begun(clock("measures", Months(3, "Europe/Brussels"), DecisionMade))
    desk.do(DecisionMade(by=A, at=z("2025-11-30 10:00")), now=z("2025-12-15 10:00"))
    assert desk.deadline("measures").due == z("2026-02-28 23:00")


# --- calendars that change -------------------------------------------------------------------------------------------

JAKARTA = "Asia/Jakarta"
WORK = BusinessDays(max=3, calendar="ID", zone=JAKARTA)
EID = [datetime(2026, 3, d).date() for d in (18, 20, 23, 24)]


def office(*, more: Any = (), last: int = 2026, estimated: Any = ()) -> Any:
    """Return a calendar of Indonesia made by hand: Nyepi, and what more is decreed."""
    nyepi = datetime(2026, 3, 19).date()
    return calendars.make("ID", f"{len(more)}", [nyepi, *more], first=2026, last=last, estimated=estimated)


def at_eid(**more: Any) -> Desk:
    """Return a case with three business days from Tuesday 17 March 2026: to Monday 23 without joint leave."""
    start, calendar = z("2026-03-17 03:00"), more.pop("calendar", office())
    return begun(clock("answer", WORK, (Opened, DecisionMade), meets=EffectGiven, **more), at=start,
                 calendars={"ID": calendar})  # fmt: skip


def decree(at: str = "2026-03-17 04:00") -> CalendarChanged:
    """Return the fact that joint leave was decreed."""
    return CalendarChanged(calendar="ID", reference="joint decree 1/2026", by=SYSTEM, at=z(at))


def test_a_decree_moves_the_open_deadline_and_the_journal_says_why() -> None:
    desk = at_eid()
    old = desk.deadline("answer")
    assert old.due == z("2026-03-23 17:00"), "18, 20, 23 March; 19 is Nyepi; 24:00 WIB = 17:00Z"
    desk.calendars = {"ID": office(more=EID)}
    step = desk.do(decree())
    new = desk.deadline("answer")
    assert new.due == z("2026-03-27 17:00"), "25, 26, 27 March"
    assert (old.calendar, new.calendar) == (office().stamp, office(more=EID).stamp)
    assert step.entry.doc["event"]["data"] == {"calendar": "ID", "reference": "joint decree 1/2026"}
    assert not desk.tick(z("2026-03-27 16:59"))
    assert not desk.verify()


def test_a_changed_calendar_alone_moves_nothing() -> None:
    desk = at_eid()
    desk.calendars = {"ID": office(more=EID)}
    desk.do(DecisionMade(by=A, at=z("2026-03-18 03:00")))
    assert desk.deadline("answer").due == z("2026-03-23 17:00")


def test_what_had_passed_when_the_decree_was_made_stays() -> None:
    desk = at_eid()
    desk.tick(z("2026-03-23 17:00"))
    desk.calendars = {"ID": office(more=EID)}
    step = desk.do(decree("2026-03-23 18:00"))
    assert standings(desk, "answer") == ["expired"]
    assert not step.deadlines


def test_a_breach_under_the_old_calendar_is_put_right_where_the_decree_came_before_it() -> None:
    desk = at_eid()
    desk.tick(z("2026-03-23 17:00"))
    desk.calendars = {"ID": office(more=EID)}
    step = desk.do(decree(), now=z("2026-03-24 01:00"))
    assert standings(desk, "answer") == ["running"]
    assert [i.kind for i in step.incidents] == ["breach_rebutted"]
    assert [s.entry.doc["at"] for s in desk.tick(z("2026-04-01 00:00"))] == ["2026-03-27T17:00:00.000000Z"]


def test_a_decree_ends_no_running_deadline_before_it_was_made() -> None:
    desk = at_eid(calendar=office(more=EID))
    desk.tick(z("2026-03-24 03:00"))
    desk.calendars = {"ID": office()}  # the joint leave is taken back, when three days of it were over
    step = desk.do(decree("2026-03-24 03:00"), now=z("2026-03-24 03:00"))
    deadline = desk.deadline("answer")
    assert (deadline.due, deadline.calendar) == (z("2026-03-27 17:00"), office().stamp)
    (incident,) = step.incidents
    assert incident.kind == "over_at_once"
    assert "due 2026-03-23T17:00+00:00" in incident.detail and "stays due 2026-03-27T17:00" in incident.detail
    assert not desk.tick(z("2026-03-27 16:59"))
    assert not desk.do(decree("2026-03-27 16:59"), now=z("2026-03-27 16:59")).deadlines, "said once"
    assert not desk.verify()


def test_a_decree_that_is_learnt_after_the_deadline_it_shortened_moves_it_and_says_that_it_is_over() -> None:
    desk = at_eid(calendar=office(more=EID))
    desk.tick(z("2026-03-24 03:00"))
    desk.calendars = {"ID": office()}
    step = desk.do(decree(), now=z("2026-03-24 03:00"))
    assert desk.deadline("answer").due == z("2026-03-23 17:00"), "when it was decreed, that was still to come"
    (incident,) = step.incidents
    assert incident.kind == "over_at_once"
    assert "to 2026-03-23T17:00+00:00, which has passed" in incident.detail
    assert [s.entry.event for s in desk.tick(z("2026-03-24 03:01"))] == ["DeadlineBreached"]


def test_pauses_and_the_calendar_add_up() -> None:
    desk = at_eid(pauses=ClarificationRequested, resumes=ClarificationGiven)
    desk.do(ClarificationRequested(by=P, at=z("2026-03-17 05:00")))
    desk.do(ClarificationGiven(by=A, at=z("2026-03-17 07:00")))
    assert desk.deadline("answer").due == z("2026-03-23 19:00")
    desk.calendars = {"ID": office(more=EID)}
    desk.do(decree("2026-03-17 08:00"))
    assert desk.deadline("answer").due == z("2026-03-27 19:00"), "the two hours of the pause stay"


def test_a_calendar_that_ends_too_soon_takes_no_deadline_away() -> None:
    desk = at_eid()
    desk.calendars = {"ID": calendars.make("ID", "cut", [], first=2024, last=2025)}
    step = desk.do(decree())
    assert desk.deadline("answer").due == z("2026-03-23 17:00")
    assert [i.kind for i in step.incidents] == ["deadline_unknown"]


def test_a_deadline_past_the_data_is_an_incident_and_gets_its_instant_when_the_data_come() -> None:
    desk = at_eid(calendar=calendars.make("ID", "old", [], first=2024, last=2025))
    assert [i.kind for i in desk.steps[0].incidents] == ["deadline_unknown"]
    assert desk.deadline("answer").due is None
    desk.calendars = {"ID": office(more=EID)}
    desk.do(decree())
    assert desk.deadline("answer").due == z("2026-03-27 17:00")


def test_an_estimated_date_on_the_way_is_said_once() -> None:
    desk = at_eid(calendar=office(more=EID, estimated=EID[1:2]))
    (incident,) = desk.steps[0].incidents
    assert incident.kind == "date_estimated"
    assert "2026-03-20" in incident.detail
    step = desk.do(DecisionMade(by=A, at=z("2026-03-18 03:00")))
    assert not step.incidents


def test_an_estimated_date_that_could_move_into_the_term_is_said_too() -> None:
    # The term ends on the 23rd; Eid, estimated for the 24th, would change it if it came a day earlier.
    desk = at_eid(calendar=office(more=EID[3:], estimated=EID[3:]))
    assert [i.kind for i in desk.steps[0].incidents] == ["date_estimated"]
    desk = at_eid(calendar=office(more=[datetime(2026, 3, 26).date()], estimated=[datetime(2026, 3, 26).date()]))
    assert not desk.steps[0].incidents, "far enough away"


def test_a_change_of_a_calendar_that_nothing_uses_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="calendar"):
        at_eid().do(CalendarChanged(calendar="US-federal", reference="x", by=SYSTEM))
    with pytest.raises(BadInput, match="reference"):
        CalendarChanged(calendar="ID", reference="")
