"""Permenkominfo 19/2014, 5/2020 and SAMAN walked step by step; the arithmetic of each deadline is written beside it.

WIB is UTC+7 all the year: 24:00 WIB is 17:00 UTC.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sopflow import (
    Acknowledged,
    Actor,
    Application,
    BadInput,
    BusinessDays,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    Complaint,
    Content,
    Deadline,
    Delivered,
    EffectGiven,
    Escalated,
    Event,
    Evidence,
    Held,
    ImpossibilityStated,
    InstrumentReceived,
    Notice,
    Obligation,
    On,
    Order,
    OrderVoided,
    Outgoing,
    Procedure,
    Refused,
    Rejected,
    Request,
    Restored,
    Standing,
    Superseded,
    Verified,
    Withdrawn,
    catalogue,
)
from sopflow.catalogue import generic
from sopflow.catalogue.indonesia_pm5 import (
    DataGiven,
    DataRequested,
    FinePaid,
    NormalisationGranted,
    NormalisationRefused,
    ReasonsConsidered,
    ReasonsSubmitted,
    TakedownOrdered,
    Warned,
)
from sopflow.catalogue.indonesia_pm19 import (
    Delisted,
    FoundUrgent,
    Listed,
    NormalisationRejected,
    OwnerAsked,
    SiteSampled,
)
from sopflow.catalogue.indonesia_saman import CommitmentFiled, Notified, ObjectionDismissed, ObjectionUpheld
from sopflow.check import check, faculties
from sopflow.pages import page
from sopflow.renderers import JinjaRenderer
from sopflow.testing import given

WIB = ZoneInfo("Asia/Jakarta")
H = timedelta(hours=1)
PM5, PM19, SAMAN, BLOCK = (
    catalogue.find(name) for name in ("id.pm5_2020", "id.pm19_2014", "id.saman", "generic.network_block")
)
PLATFORM = Actor("contact-officer", {"platform"}, "platform-1")
SEEN = SiteSampled(image=Evidence.of(b"image").digest)
GONE = EffectGiven(outcomes={"c1": "removed"})


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def public(of: str = "gambling", *urls: str, **form: str) -> Notice:
    given_ = {"applicant": "a", "screenshot": "s", "url": "https://x.example/1", "reasons": "r", "class": of} | form
    return Notice(
        contents=urls or ("https://x.example/1",), form={k: v for k, v in given_.items() if v},
        parties={"platform": "platform-1", "reporter": "citizen-1", "uploader": "user-1"},
    )  # fmt: skip


def agency(*urls: str, **form: str) -> Request:
    given_ = {"letter": "1", "legal_analysis": "a", "screenshot": "s", "url": "https://x.example/1"} | form
    return Request(contents=urls or ("https://x.example/1",), form={k: v for k, v in given_.items() if v},
                   parties={"platform": "platform-1"})  # fmt: skip


def block() -> Order:
    domain = Content(kind="domain", locator="x.example", id="x.example.isp-1", party="isp-1")
    return Order(
        contents=[domain], parties={"isp": "isp-1"}, form=dict.fromkeys(("grounds", "legal_basis", "scope"), "g")
    )


def application(**left_out: str) -> InstrumentReceived:
    names = ("letter", "responsible_person", "identity_card", "proof_removed", "recommendation", "legitimacy")
    return InstrumentReceived(instrument=Application(form=dict.fromkeys(names, "x") | left_out))


class Walk:
    """A case and its clock: one line for each step."""

    def __init__(self, procedure: Procedure, at: datetime, instrument: Any, by: str, **options: Any) -> None:
        self.s = given(procedure, at=at, others=[BLOCK], **options).opened(instrument, by=by, at=at)

    def do(self, event: Event | Any, by: str | Actor, at: datetime | None = None, refused: str = "") -> Walk:
        self.s.when(event, by=by, at=at)
        if refused:
            self.s.then_refused(refused)
        return self

    def until(self, at: datetime) -> Walk:
        self.s.after(seconds=(at - self.s.clock.now).total_seconds())
        return self

    def received(self, template: str, at: datetime, proof: Any = Delivered) -> Walk:
        return self.do(lambda case: proof(message=case.sent_as(template)[-1].id), PLATFORM, at)

    def clock(self, name: str) -> Deadline:
        found = self.s.case.deadline(name)
        assert found is not None, name
        return found

    def open(self, *names: str) -> list[str]:
        """Return the ids of the open deadlines of these obligations."""
        return [d.id for d in self.s.case.deadlines if d.obligation in names and d.is_open]

    @property
    def state(self) -> str:
        return self.s.case.state


def ordered(at: datetime, *, urgent: str = "", instrument: Any = None, by: str = "agency") -> Walk:
    """Return a case whose order was received at `at`."""
    walk = Walk(PM5, at - H, instrument or agency(), by).do(TakedownOrdered(urgent=urgent), "authority", at)
    return walk.received("urgent_order" if urgent else "order", at)


# --- PM 5/2020: the times ------------------------------------------------------------------------------------------


def test_four_hours_run_over_midnight_and_the_end_of_the_year() -> None:
    # Received at 22:30 on 31 December 2026: + 4 h = 02:30 on 1 January 2027 WIB = 19:30 UTC on 31 December.
    walk = ordered(wib("2026-12-31T22:30"), urgent="child_pornography")
    assert walk.clock("takedown_urgent").due == utc("2026-12-31T19:30")
    assert walk.s.case.deadline("takedown") is None
    walk.until(wib("2027-01-01T02:29"))
    assert walk.state == "received"
    walk.until(wib("2027-01-01T02:30"))
    assert walk.state == "overdue"


def test_twenty_four_hours_do_not_stop_for_eid() -> None:
    # Received at 16:00 on Friday 20 March 2026, collective leave before Eid: due at 16:00 on Saturday, Eid itself.
    walk = ordered(wib("2026-03-20T16:00"))
    assert walk.clock("takedown").due == utc("2026-03-21T09:00")


def test_the_clock_starts_at_the_earliest_proof_of_receipt_and_not_when_it_was_sent_or_learnt() -> None:
    walk = Walk(PM5, wib("2026-06-01T08:00"), agency(), "agency")
    walk.do(TakedownOrdered(), "authority", wib("2026-06-01T09:00"))
    assert walk.s.case.deadline("takedown") is None, "sent, and nobody has received it"
    message = walk.s.message("order").id
    walk.do(Acknowledged(message=message), PLATFORM, wib("2026-06-01T12:00"))
    assert walk.clock("takedown").due == utc("2026-06-02T05:00")  # 12:00 WIB on the next day
    walk.until(wib("2026-06-01T18:00")).do(Delivered(message=message), PLATFORM, wib("2026-06-01T10:00"))
    assert walk.clock("takedown").due == utc("2026-06-02T03:00")  # learnt at 18:00, happened at 10:00


def test_a_warning_letter_falls_due_for_each_elapsed_day_and_at_most_three_over_a_leap_day() -> None:
    # Received at 10:00 on 28 February 2028: periods end at 10:00 on 29 February, 1 March and 2 March.
    walk = ordered(wib("2028-02-28T10:00"))
    ends = [wib("2028-02-29T10:00"), wib("2028-03-01T10:00"), wib("2028-03-02T10:00")]
    for n, end in enumerate(ends, 1):
        walk.until(end - timedelta(minutes=1))
        early = "no row for Warned" if n == 1 else f"{n - 1} period(s) have passed, and this letter needs {n}"
        walk.do(Warned(reference=f"W{n}"), "authority", refused=early)
        walk.until(end).do(Warned(reference=f"W{n}"), "authority")
        assert walk.state == f"warned_{n}"
    assert [d.due for d in walk.s.case.deadlines if d.obligation in ("takedown", "further_period")] == ends
    walk.until(wib("2028-03-20T10:00"))
    assert len([d for d in walk.s.case.deadlines if d.obligation == "further_period"]) == 2, "no fourth period"
    walk.do(Warned(reference="W4"), "authority", refused="no row for Warned")
    assert len(walk.s.case.sent_as("warning_letter")) >= 3


def test_an_urgent_warning_letter_falls_due_for_each_four_hours() -> None:
    # Received at 20:00: 00:00, 04:00 and 08:00.
    walk = ordered(wib("2026-09-01T20:00"), urgent="terrorism").until(wib("2026-09-02T08:00"))
    dues = [d.due for d in walk.s.case.deadlines if d.obligation in ("takedown_urgent", "further_period_urgent")]
    assert dues == [wib("2026-09-02T00:00"), wib("2026-09-02T04:00"), wib("2026-09-02T08:00")]
    for n in (1, 2, 3):
        walk.do(Warned(reference=f"W{n}"), "authority")
    assert walk.state == "warned_3"


def test_taking_down_between_two_letters_ends_the_periods_and_leaves_the_fine() -> None:
    walk = ordered(wib("2026-06-01T10:00")).until(wib("2026-06-02T11:00")).do(Warned(fine="IDR 1"), "authority")
    walk.do(GONE, PLATFORM, wib("2026-06-02T20:00")).until(wib("2026-06-05T10:00"))
    assert (walk.state, walk.clock("takedown").standing) == ("complied", Standing.EXPIRED)
    assert walk.clock("further_period").standing is Standing.MET
    walk.do(Closed(), "authority", refused="pay_fine is still open")
    walk.do(FinePaid(reference="F"), PLATFORM).do(Closed(), "authority")
    assert walk.state == "closed"


def test_a_letter_that_imposes_no_fine_leaves_none_due() -> None:
    walk = ordered(wib("2026-06-01T10:00")).until(wib("2026-06-02T11:00")).do(Warned(reference="W1"), "authority")
    assert walk.state == "warned_1" and walk.s.case.deadline("pay_fine") is None
    walk.do(GONE, PLATFORM).do(Escalated(instrument=block()), "authority", refused="pay_fine is not open")
    assert walk.do(Closed(), "authority").state == "closed"
    later = ordered(wib("2026-06-01T10:00")).until(wib("2026-06-03T11:00")).do(Warned(reference="W1"), "authority")
    later.do(Warned(reference="W2", fine="IDR 1"), "authority")
    assert (later.clock("pay_fine").standing, later.clock("warn").standing) == (Standing.RUNNING, Standing.MET)


def test_compliance_learnt_late_takes_the_breach_back() -> None:
    walk = ordered(wib("2026-06-01T10:00")).until(wib("2026-06-02T12:00"))
    assert walk.state == "overdue"
    walk.do(GONE, PLATFORM, wib("2026-06-02T09:00"))
    takedown = walk.clock("takedown")
    assert (takedown.standing, takedown.learnt_late) == (Standing.MET, True)
    assert walk.s.case.deadline("further_period") is None
    walk.s.then_incident("breach_rebutted").then_proved()


def test_no_warning_letter_is_due_for_what_was_taken_down_meanwhile() -> None:
    two = agency("https://x.example/1", "https://x.example/2")
    walk = ordered(wib("2026-06-01T10:00"), instrument=two).until(wib("2026-06-02T10:20")).do(GONE, PLATFORM)
    assert (walk.state, walk.open("warn")) == ("overdue", ["warn"]), "the other is still there"
    walk.do(EffectGiven(outcomes={"c2": "removed"}), PLATFORM).until(wib("2026-06-07T10:00"))
    assert (walk.state, walk.clock("warn").standing) == ("complied", Standing.CANCELLED)
    assert walk.s.case.waiting_for() == ()
    walk.do(Warned(reference="W1"), "authority", refused="no row for Warned")


def test_a_letter_that_is_due_for_one_content_is_not_met_by_taking_down_another() -> None:
    two = agency("https://x.example/1", "https://x.example/2")
    walk = ordered(wib("2026-06-01T10:00"), instrument=two).do(GONE, PLATFORM, wib("2026-06-01T12:00"))
    walk.until(wib("2026-06-02T11:00"))
    assert walk.open("warn") == ["warn@c2"]
    walk.do(Warned(), "authority")
    assert walk.open("warn") == [] and walk.state == "warned_1"


@pytest.mark.parametrize("letters", [0, 1, 2])
def test_with_the_block_no_letter_falls_due_any_more(letters: int) -> None:
    walk = ordered(wib("2026-06-01T10:00"))
    for n in range(letters):
        walk.until(wib("2026-06-02T11:00") + n * 24 * H).do(Warned(reference=f"W{n + 1}"), "authority")
    walk.until(wib("2026-06-02T11:00") + letters * 24 * H).do(Escalated(instrument=block()), "authority")
    walk.until(walk.s.clock.now + 100 * H)
    assert walk.open("warn", "further_period") == []
    walk.do(application(), PLATFORM).do(NormalisationGranted(), "authority")
    assert json.loads(walk.s.sent[-1].data)["duties"] == []


def test_normalisation_is_decided_within_twice_twenty_four_hours_whatever_day_it_is() -> None:
    walk = ordered(wib("2025-12-20T10:00")).until(wib("2025-12-21T11:00"))
    walk.do(Escalated(instrument=block()), "authority")
    # Received at 23:15 on Saturday 27 December: due at 23:15 on Monday 29 December WIB = 16:15 UTC.
    walk.do(application(), PLATFORM, wib("2025-12-27T23:15"))
    assert walk.state == "normalisation_requested"
    clock = walk.clock("normalisation")
    assert (clock.owner, clock.due) == ("authority", utc("2025-12-29T16:15"))
    walk.until(wib("2025-12-30T00:00"))
    assert (walk.state, walk.clock("normalisation").standing) == ("normalisation_requested", Standing.EXPIRED)


@pytest.mark.parametrize(
    ("submitted", "due"),
    [
        ("2026-12-24T15:00", "2026-12-29T17:00"),  # day 0 is Thursday 24, day 5 Tuesday 29: ends at 24:00 WIB
        ("2026-12-25T00:30", "2026-12-30T17:00"),  # 17:30 UTC on 24 December, and 25 December in Jakarta
        ("2028-02-26T09:00", "2028-03-02T17:00"),  # 27, 28, 29 February, 1, 2 March
    ],
)
def test_data_are_due_after_five_calendar_days_from_being_asked_for(submitted: str, due: str) -> None:
    at = wib(submitted)
    walk = ordered(at - 10 * H)
    request = DataRequested(authority="Law 1/2024", purpose="supervision", description="subscriber of the account")
    walk.do(request, "law_enforcement", at)
    assert walk.clock("give_data").due == utc(due)
    walk.do(DataGiven(), PLATFORM, at + 24 * H)
    assert walk.clock("give_data").standing is Standing.MET


@pytest.mark.parametrize(
    ("calendar", "due"),
    [
        # 18 March collective leave, 19 Nyepi, 20 collective leave, 21-22 Eid, 23-24 collective leave: days 25 and 26.
        ("ID+government", "2026-03-26T17:00"),
        # Without collective leave: 18 is day 1, 19 Nyepi, 20 is day 2.
        ("ID", "2026-03-20T17:00"),
    ],
)
def test_a_hosts_own_business_days_at_eid_count_with_or_without_collective_leave(calendar: str, due: str) -> None:
    present = PM5.obligation_of["normalisation"]
    internal = Obligation(
        name="normalisation_internal", owner="authority", kind="reminder", basis=present.basis, repeats=True,
        term=BusinessDays(max=2, calendar=calendar, zone="Asia/Jakarta"),
        starts=On(InstrumentReceived, "application"), meets=present.meets,
    )  # fmt: skip
    own = PM5.extend(id="xx.own", obligations=[internal])
    walk = Walk(own, wib("2026-03-10T09:00"), agency(), "agency")
    walk.do(application(), PLATFORM, wib("2026-03-17T10:00"))  # a Tuesday
    assert walk.clock("normalisation_internal").remind == utc(due)
    assert walk.clock("normalisation").due == utc("2026-03-19T03:00"), "the law's own 2 x 24 h run all the same"


# --- PM 5/2020: who may do what ------------------------------------------------------------------------------------


def test_the_public_goes_through_the_agency_except_for_pornography_and_gambling() -> None:
    walk = Walk(PM5, wib("2026-06-01T08:00"), public("unrest"), "public")
    assert (walk.state, walk.clock("forward").owner) == ("with_agency", "agency")
    walk.do(TakedownOrdered(), "authority", refused="no row for TakedownOrdered")
    walk.do(InstrumentReceived(instrument=agency("https://x.example/2")), "agency")
    assert (walk.state, walk.clock("forward").standing) == ("submitted", Standing.MET)
    assert Walk(PM5, wib("2026-06-01T08:00"), public("gambling"), "public").state == "submitted"


@pytest.mark.parametrize("left_out", ["applicant", "screenshot", "url", "reasons"])
def test_an_order_needs_an_application_with_every_field_of_article_15(left_out: str) -> None:
    walk = Walk(PM5, wib("2026-06-01T08:00"), public("gambling", **{left_out: ""}), "public")
    walk.do(TakedownOrdered(), "authority", refused=f"the notice lacks {left_out}")
    walk.do(InstrumentReceived(instrument=public("gambling", "https://x.example/9")), "public")
    assert walk.do(TakedownOrdered(), "authority").state == "ordered"


@pytest.mark.parametrize("left_out", ["letter", "legal_analysis", "screenshot", "url"])
def test_an_agency_attaches_what_article_16_asks_for(left_out: str) -> None:
    walk = Walk(PM5, wib("2026-06-01T08:00"), agency(**{left_out: ""}), "law_enforcement")
    walk.do(TakedownOrdered(), "authority", refused=f"the request lacks {left_out}")


def test_only_the_minister_orders_and_only_what_article_14_calls_urgent_is_urgent() -> None:
    walk = Walk(PM5, wib("2026-06-01T08:00"), agency(), "court")
    for by in ("agency", "court", "platform", "public"):
        walk.do(TakedownOrdered(), by, refused="needs one of the roles authority")
    walk.do(TakedownOrdered(urgent="gambling"), "authority", refused="'gambling' is not urgent under Art 14(3)")
    assert walk.do(TakedownOrdered(urgent="unrest"), "authority").state == "ordered"


def test_reasons_come_before_a_block_on_an_application_of_the_public_and_not_on_that_of_an_agency() -> None:
    for instrument, by, heard in ((public(), "public", True), (agency(), "agency", False)):
        walk = ordered(wib("2026-06-01T10:00"), instrument=instrument, by=by).until(wib("2026-06-02T11:00"))
        walk.do(ReasonsSubmitted(reason="satire"), PLATFORM)
        if heard:
            walk.do(Escalated(instrument=block()), "authority", refused="have not been considered")
            walk.do(ReasonsConsidered(finding="no"), "authority")
        assert walk.do(Escalated(instrument=block()), "authority").state == "block_ordered"


def test_reasons_are_considered_after_a_late_takedown_too_before_the_block_for_an_unpaid_fine() -> None:
    walk = ordered(wib("2026-06-01T10:00"), instrument=public(), by="public").until(wib("2026-06-02T11:00"))
    walk.do(Warned(fine="IDR 1"), "authority").do(ReasonsSubmitted(reason="satire"), PLATFORM).do(GONE, PLATFORM)
    walk.do(Escalated(instrument=block()), "authority", refused="have not been considered")
    walk.do(ReasonsConsidered(finding="no"), "authority")
    assert (walk.state, walk.clock("consider_reasons").standing) == ("complied", Standing.MET)
    assert walk.do(Escalated(instrument=block()), "authority").state == "block_ordered"


def test_a_refusal_or_an_impossibility_is_a_reason_that_has_to_be_considered() -> None:
    for event in (Refused(reason="not prohibited"), ImpossibilityStated(reason="end-to-end")):
        walk = ordered(wib("2026-06-01T10:00"), instrument=public(), by="public").do(event, PLATFORM)
        assert walk.clock("consider_reasons").standing is Standing.RUNNING
        assert walk.clock("takedown").standing is Standing.RUNNING, "an order binds all the same"
        walk.until(wib("2026-06-02T11:00")).do(
            Escalated(instrument=block()), "authority", refused="not been considered"
        )


def test_a_block_is_possible_only_after_the_order_was_not_obeyed_or_the_fine_not_paid() -> None:
    walk = ordered(wib("2026-06-01T10:00"))
    walk.do(Escalated(instrument=block()), "authority", refused="no row for Escalated")
    walk.until(wib("2026-06-02T11:00")).do(Warned(fine="IDR 1"), "authority").do(GONE, PLATFORM)
    assert walk.state == "complied"
    assert walk.do(Escalated(instrument=block()), "authority").state == "block_ordered"
    obedient = ordered(wib("2026-06-01T10:00")).do(GONE, PLATFORM)
    obedient.do(Escalated(instrument=block()), "authority", refused="pay_fine is not open")


def test_normalisation_is_refused_only_after_more_than_three_blocks_and_granted_otherwise() -> None:
    walk = (
        ordered(wib("2026-06-01T10:00")).until(wib("2026-06-02T11:00")).do(Escalated(instrument=block()), "authority")
    )
    walk.do(application(letter=""), PLATFORM)
    assert walk.state == "block_ordered", "an incomplete application starts no clock"
    assert walk.s.case.deadline("normalisation") is None
    walk.s.then_sent("application_incomplete")
    walk.do(application(), PLATFORM)
    walk.do(NormalisationRefused(grounds="again", times_blocked=3), "authority", refused="only after more than 3")
    walk.do(NormalisationRefused(grounds="again", times_blocked=4), "authority")
    assert walk.state == "blocked"
    walk.do(application(), PLATFORM).do(NormalisationGranted(), "authority")
    assert (walk.state, walk.clock("normalisation").standing) == ("normalising", Standing.MET)


OFFICER, ISP = Actor("officer", {"authority"}, "ministry"), Actor("isp-1", {"isp"}, "isp-1")


def block_applied(walk: Walk) -> Walk:
    """Let three bodies sign the block that the case has asked for, and let the provider apply it."""
    runner, child = walk.s.runner, walk.s.case.children[0].id
    act = generic.BlockOrdered(due=walk.s.clock.now + timedelta(days=300), by=OFFICER)
    for body in ("a", "b", "c"):
        signer = Actor(body, {"competent_agency"}, body)
        runner.apply(child, generic.Approved(proposal=runner.proposal(child, act), by=signer))
    runner.apply(child, act)
    runner.apply(child, EffectGiven(outcomes={"x.example.isp-1": "disabled"}, by=ISP))
    walk.s.after(minutes=1)
    return walk


def block_lifted(walk: Walk) -> Walk:
    """Lift the block, and see that access is normal again."""
    runner, child = walk.s.runner, walk.s.case.children[0].id
    runner.apply(child, generic.BlockLifted(grounds="granted", by=OFFICER))
    runner.apply(child, Restored(by=ISP))
    runner.apply(child, generic.NormalisationVerified(by=OFFICER))
    walk.s.after(minutes=1)
    return walk


def test_a_block_and_its_way_back_are_told_to_the_case_that_asked_for_it() -> None:
    walk = (
        ordered(wib("2026-06-01T10:00")).until(wib("2026-06-02T11:00")).do(Escalated(instrument=block()), "authority")
    )
    block_applied(walk)
    assert walk.state == "blocked"
    walk.do(application(), PLATFORM).do(NormalisationGranted(), "authority")
    block_lifted(walk)
    assert walk.state == "normalised" and walk.s.case.final
    walk.s.then_proved()


def awaited(walk: Walk) -> set[tuple[str, str]]:
    return {(w.who, w.what) for w in walk.s.case.waiting_for()}


def test_a_block_does_not_outlive_the_order_that_it_rests_on() -> None:
    for reached in (("block_ordered",), ("blocked",), ("normalisation_requested", application())):
        walk = ordered(wib("2026-06-01T10:00")).until(wib("2026-06-02T11:00"))
        walk.do(Escalated(instrument=block()), "authority")
        if reached[0] != "block_ordered":
            block_applied(walk)
        for event in reached[1:]:
            walk.do(event, PLATFORM)
        assert walk.state == reached[0]
        walk.do(OrderVoided(reason="no basis"), "court")
        assert (walk.state, walk.s.case.final) == ("normalising", False), "the block still stands"
        assert ("authority", "lift") in awaited(walk), "somebody is reminded to lift it"
        if reached[0] == "block_ordered":
            block_applied(walk)
            assert walk.state == "normalising", "that it was applied all the same is heard"
        for event in (Closed(), Withdrawn(reason="all is done")):
            walk.do(event, "authority", refused="stands: agree on the remedy and lift it first")
        block_lifted(walk)
        assert (walk.state, walk.open("lift")) == ("normalised", [])
    granted = ordered(wib("2026-06-01T10:00")).until(wib("2026-06-02T11:00"))
    block_applied(granted.do(Escalated(instrument=block()), "authority")).do(application(), PLATFORM)
    granted.do(NormalisationGranted(), "authority").do(OrderVoided(), "court")
    assert (granted.state, granted.open("lift")) == ("normalising", ["lift"])


def test_an_application_that_is_pending_when_the_order_falls_can_still_be_granted() -> None:
    walk = ordered(wib("2026-06-01T10:00")).until(wib("2026-06-02T11:00"))
    block_applied(walk.do(Escalated(instrument=block()), "authority")).do(application(), PLATFORM)
    walk.do(OrderVoided(), "court").do(NormalisationGranted(), "authority")
    assert (walk.state, walk.clock("normalisation").standing) == ("normalising", Standing.MET)
    walk.s.then_sent("normalisation_granted", "platform")
    walk.do(NormalisationGranted(), "authority", refused="normalisation is not open")


def test_a_block_that_was_never_applied_does_not_keep_a_file_open_whose_order_has_no_effect() -> None:
    walk = ordered(wib("2026-06-01T10:00")).until(wib("2026-06-02T11:00"))
    walk.do(Escalated(instrument=block()), "authority").do(OrderVoided(), "court")
    runner, child = walk.s.runner, walk.s.case.children[0].id
    runner.apply(child, Rejected(reason="the order has no effect", by=OFFICER))
    assert walk.do(Closed(), "authority").state == "closed"
    assert not walk.open("lift")


def test_what_was_taken_down_is_restored_also_where_the_block_is_lifted_first() -> None:
    walk = fined(wib("2025-09-18T10:00")).do(GONE, PLATFORM)
    walk.do(Warned(), "authority", wib("2025-10-08T10:00")).do(Escalated(instrument=block()), "authority")
    block_applied(walk).do(OBJECT, PLATFORM).do(ObjectionUpheld(grounds="a museum"), "reviewer")
    assert (walk.state, walk.clock("pay_fine").standing) == ("normalising", Standing.CANCELLED)
    assert {("authority", "lift"), ("platform", "restore")} <= awaited(walk)
    assert block_lifted(walk).state == "voided", "the content is still down"
    assert walk.do(Restored(), PLATFORM).state == "restored"


def test_what_is_up_again_while_the_order_stands_awaits_the_ministry() -> None:
    for walk in (
        ordered(wib("2026-06-01T10:00")).do(GONE, PLATFORM).until(wib("2026-06-04T10:00")),
        fined(wib("2025-09-18T10:00")).do(GONE, PLATFORM),
    ):
        walk.s.after(hours=1)
        walk.do(Restored(), PLATFORM)
        assert ("authority", "follow_up") in awaited(walk)
        walk.s.after(hours=1)
        walk.do(GONE, PLATFORM)
        assert not walk.open("follow_up")
        walk.s.after(hours=1)
        walk.do(Restored(), PLATFORM).do(OrderVoided(), "court")
        assert not walk.open("follow_up"), "nothing is to be taken down any more"
    voided = ordered(wib("2026-06-01T10:00")).do(GONE, PLATFORM).do(OrderVoided(), "court")
    voided.s.after(hours=1)
    assert voided.do(Restored(), PLATFORM).state == "restored"
    assert voided.s.case.deadline("follow_up") is None


def test_what_came_down_unasked_and_is_up_again_can_still_be_ordered_down() -> None:
    walk = Walk(PM5, wib("2026-06-01T08:00"), agency(), "agency").do(GONE, PLATFORM)
    assert walk.do(Restored(), PLATFORM).state == "submitted"
    assert walk.do(TakedownOrdered(), "authority").state == "ordered"
    told = notified(wib("2025-11-03T09:00")).do(GONE, PLATFORM)
    assert told.do(Restored(), PLATFORM).state == "answered"
    assert told.do(TakedownOrdered(), "authority").state == "ordered"


def test_an_operator_that_asks_for_verification_owes_word_to_the_user_and_to_whoever_reported() -> None:
    walk = Walk(PM5, wib("2026-06-01T08:00"), public(), "platform")
    owed = {(m.template, m.sender, m.to, m.status) for m in walk.s.case.messages}
    assert owed == {
        ("uploader_notice", "platform", "uploader", "expected"),
        ("answer", "platform", "reporter", "expected"),
    }
    walk.do(Rejected(reason="not prohibited"), "authority")
    walk.s.then_sent("outcome", "reporter")
    assert not Walk(PM5, wib("2026-06-01T08:00"), public(), "public").s.case.messages


def test_an_order_that_nobody_receives_starts_no_clock_and_can_be_sent_again() -> None:
    walk = Walk(PM5, wib("2026-06-01T08:00"), agency(), "agency").do(TakedownOrdered(), "authority")
    walk.until(wib("2026-06-04T09:00"))
    assert walk.state == "unreachable" and walk.s.case.deadline("takedown") is None
    walk.do(Escalated(instrument=block()), "authority", refused="no row for Escalated")
    walk.do(TakedownOrdered(reference="again"), "authority").received("order", wib("2026-06-04T12:00"))
    assert walk.clock("takedown").due == utc("2026-06-05T05:00")


def test_an_order_without_effect_is_undone_where_something_was_taken_down_and_else_only_lifted() -> None:
    walk = ordered(wib("2026-06-01T10:00")).do(GONE, PLATFORM).do(OrderVoided(reason="no basis"), "court")
    assert (walk.state, walk.clock("restore").standing) == ("voided", Standing.RUNNING)
    assert walk.do(Restored(), PLATFORM).state == "restored"
    untouched = ordered(wib("2026-06-01T10:00")).do(OrderVoided(reason="no basis"), "court")
    assert (untouched.state, untouched.clock("takedown").standing) == ("lifted", Standing.CANCELLED)


def test_an_application_can_be_taken_back_superseded_and_kept_from_the_reporter() -> None:
    walk = ordered(wib("2026-06-01T10:00"), instrument=public(), by="public")
    walk.do(Held(role="reporter", until=wib("2026-06-10T00:00"), reason="investigation"), "authority").do(
        GONE, PLATFORM
    )
    walk.s.then_not_sent("outcome").after(days=10).then_sent("outcome")
    assert ordered(wib("2026-06-01T10:00")).do(Withdrawn(reason="wrong link"), "authority").state == "withdrawn"
    assert ordered(wib("2026-06-01T10:00")).do(Superseded(case="other"), "authority").state == "superseded"


# --- PM 19/2014 ------------------------------------------------------------------------------------------------------


def report(of: str = "other", cls: type[Any] = Notice) -> Any:
    contents = generic.per_provider(["x.example"], ["isp-1", "isp-2"])
    parties = {"isp": ("isp-1", "isp-2"), "reporter": "citizen-1", "site_owner": "owner-1", "platform": "host-1"}
    form = {"site": "x.example", "class": of} | ({"letter": "1"} if cls is Request else {})
    return cls(contents=contents, parties=parties, form=form)


def test_twelve_hours_run_from_receipt_over_the_end_of_the_year() -> None:
    # Received at 20:00 on 31 December 2015: due at 08:00 on 1 January 2016 WIB = 01:00 UTC.
    walk = Walk(PM19, wib("2015-12-31T20:00"), report("child_pornography"), "public")
    assert walk.state == "received_urgent"
    assert walk.clock("list_urgent").due == utc("2016-01-01T01:00")
    assert walk.clock("handle").due == utc("2016-01-01T13:00")  # and 24 h: 20:00 WIB
    ordinary = Walk(PM19, wib("2015-12-31T20:00"), report(), "public")
    assert ordinary.state == "received" and ordinary.s.case.deadline("list_urgent") is None


def test_what_is_found_to_be_urgent_later_has_had_its_twelve_hours_since_receipt() -> None:
    walk = Walk(PM19, wib("2015-12-30T20:00"), report(), "public").until(wib("2015-12-31T02:00"))
    walk.do(FoundUrgent(), "authority", wib("2015-12-30T20:00"))
    assert (walk.state, walk.clock("list_urgent").due) == ("received_urgent", utc("2015-12-31T01:00"))


def test_an_agencys_report_at_eid_is_assessed_in_five_working_days_without_collective_leave() -> None:
    # Received on Wednesday 29 May 2019. Thursday 30 is Ascension; Friday 31 is day 1; Saturday 1 June is Pancasila Day,
    # 2 a Sunday; 3, 4 and 7 June are collective leave, 5 and 6 Eid; 8, 9 a weekend; 10, 11, 12, 13 are days 2 to 5.
    walk = Walk(PM19, wib("2019-05-29T11:00"), report(cls=Request), "agency")
    clock = walk.clock("assess")
    assert clock.due == utc("2019-06-13T17:00")
    assert clock.calendar.startswith("ID+government holidays ")
    assert walk.s.case.deadline("handle") is None, "24 h are for reports of the public"


def test_an_image_of_the_site_must_be_kept_before_it_is_listed() -> None:
    walk = Walk(PM19, wib("2016-06-01T09:00"), report(), "public")
    walk.do(Listed(), "authority", refused="no row for Listed")
    with pytest.raises(BadInput, match=r"SiteSampled\.image"):
        SiteSampled(image="")
    walk.do(SEEN, "public", refused="needs one of the roles authority")
    assert walk.do(SEEN, "authority").state == "verified"


def test_providers_apply_the_list_within_a_week_or_a_day() -> None:
    # Listed at 10:00 on Wednesday 1 June 2016: a week ends with 8 June (24:00 WIB), a day at 10:00 on 2 June.
    for urgent, name, due in ((False, "apply_routine", "2016-06-08T17:00"), (True, "apply_urgent", "2016-06-02T03:00")):
        walk = Walk(PM19, wib("2016-06-01T09:00"), report(), "public").do(SEEN, "authority")
        walk.do(Listed(urgent=urgent), "authority", wib("2016-06-01T10:00"))
        assert walk.clock(name).due == utc(due)
        walk.do(EffectGiven(outcomes={"x.example.isp-1": "disabled"}), Actor("isp-1", {"isp"}, "isp-1"))
        assert (walk.state, walk.clock(name).standing) == ("listed", Standing.RUNNING), "the other has not applied it"
        walk.do(EffectGiven(outcomes={"x.example.isp-2": "disabled"}), Actor("isp-2", {"isp"}, "isp-2"))
        assert (walk.state, walk.clock(name).standing) == ("blocked", Standing.MET)


def test_an_owner_has_twice_twenty_four_hours_before_the_name_is_listed() -> None:
    # Received at 09:00 on Wednesday 28 February 2018: due at 09:00 on Friday 2 March.
    walk = Walk(PM19, wib("2018-02-28T08:00"), report(), "public").do(SEEN, "authority")
    walk.do(OwnerAsked(), "authority", wib("2018-02-28T09:00")).received("owner_request", wib("2018-02-28T09:00"))
    assert walk.clock("answer").due == utc("2018-03-02T02:00")
    walk.do(Listed(), "authority", refused="no row for Listed")
    walk.until(wib("2018-03-02T09:00"))
    assert walk.state == "owner_silent"
    assert walk.do(Listed(), "authority").state == "listed"


BLOCKED_2014 = EffectGiven(outcomes=dict.fromkeys(("x.example.isp-1", "x.example.isp-2"), "disabled"))


def listed() -> Walk:
    return Walk(PM19, wib("2016-06-01T09:00"), report(), "public").do(SEEN, "authority").do(Listed(), "authority")


def test_an_application_is_decided_also_where_the_name_is_blocked_meanwhile() -> None:
    walk = listed().do(ASKED, "site_owner")
    walk.do(BLOCKED_2014, "authority")
    assert walk.state == "normalisation_requested"
    walk.do(NormalisationRejected(grounds="gambling"), "authority")
    assert (walk.state, walk.clock("decide_normalisation").standing) == ("blocked", Standing.MET)


def test_a_name_that_is_open_again_while_it_is_in_the_list_is_looked_at() -> None:
    walk = listed().do(BLOCKED_2014, "authority")
    assert walk.state == "blocked"
    walk.s.after(days=3)
    walk.do(Restored(contents="x.example.isp-1"), "authority")
    assert (walk.state, walk.open("follow_up")) == ("listed", ["follow_up"])
    walk.s.after(hours=1)
    walk.do(BLOCKED_2014, "authority")
    assert (walk.state, walk.open("follow_up")) == ("blocked", [])
    walk.do(Delisted(grounds="a shop"), "authority").do(Restored(contents="x.example.isp-1"), "authority")
    assert not walk.open("follow_up"), "it is to be open"


def test_an_application_for_normalisation_is_decided_within_a_day_and_may_be_rejected() -> None:
    walk = Walk(PM19, wib("2016-06-01T09:00"), report(), "public").do(SEEN, "authority").do(Listed(), "authority")
    apply = InstrumentReceived(instrument=Application(form={"grounds": "a library"}))
    walk.do(apply, "site_owner", wib("2016-06-05T22:00"))
    assert walk.clock("decide_normalisation").due == utc("2016-06-06T15:00")  # 22:00 WIB on the next day
    walk.do(NormalisationRejected(grounds="negative"), "authority").do(apply, "public")
    walk.do(Delisted(grounds="a library"), "authority").s.then_sent("list_removal", "isp")
    assert walk.state == "delisted"
    incomplete = InstrumentReceived(instrument=Application())
    again = Walk(PM19, wib("2016-06-01T09:00"), report(), "public").do(SEEN, "authority").do(Listed(), "authority")
    assert again.do(incomplete, "site_owner").state == "listed"


def test_the_revoked_rule_ends_where_the_next_begins() -> None:
    day = PM5.valid_from
    assert day is not None and PM19.valid_to == day - timedelta(days=1)
    assert catalogue.find("id.pm5_2020", on=day) == PM5
    with pytest.raises(LookupError, match="was in force"):
        catalogue.find("id.pm19_2014", on=day)
    with pytest.raises(LookupError, match="was in force"):
        catalogue.find("id.pm5_2020", on=PM19.valid_to)


# --- SAMAN -----------------------------------------------------------------------------------------------------------


def batch(*urls: str) -> Request:
    return agency(*urls, **{"class": "terrorism"})


def notified(at: datetime, urgent: str = "", urls: tuple[str, ...] = (), **options: Any) -> Walk:
    walk = (
        Walk(SAMAN, at - H, batch(*urls), "law_enforcement", **options)
        .do(Verified(), "authority")
        .do(Notified(urgent=urgent), "authority", at)
    )
    return walk.received("urgent_notification" if urgent else "notification", at)


def test_twelve_hours_to_respond_and_then_four_hours_to_take_down_are_two_times() -> None:
    # Notified at 20:00 on 31 October 2025: respond until 08:00 on 1 November. Ordered at 09:00: take down until 13:00.
    walk = notified(wib("2025-10-31T20:00"), "terrorism")
    assert walk.clock("respond_urgent").due == utc("2025-11-01T01:00")
    walk.do(TakedownOrdered(urgent="terrorism"), "authority", refused="no row for TakedownOrdered")
    walk.until(wib("2025-11-01T08:00"))
    assert walk.state == "unanswered"
    walk.do(TakedownOrdered(urgent="terrorism"), "authority", wib("2025-11-01T09:00")).received(
        "urgent_order", wib("2025-11-01T09:00")
    )
    assert walk.clock("takedown_urgent").due == utc("2025-11-01T06:00")
    assert any("12 h" in question and "4 h" in question for question in SAMAN.questions)


def test_the_ladder_climbs_from_the_order_over_st1_and_st2_to_st3_over_the_end_of_a_month() -> None:
    walk = notified(wib("2025-10-28T10:00")).until(wib("2025-10-29T10:00"))
    walk.do(TakedownOrdered(), "authority").received("order", wib("2025-10-29T10:00"))
    # Received at 10:00 on 29 October: 30 October, 31 October, 1 November.
    for n, day in enumerate(("2025-10-30T10:00", "2025-10-31T10:00", "2025-11-01T10:00"), 1):
        walk.until(wib(day) - timedelta(minutes=1)).do(Warned(), "authority", refused="Warned is not allowed")
        walk.until(wib(day)).do(Warned(reference=f"ST{n}", fine="IDR 1" if n > 1 else ""), "authority")
        assert walk.state == f"st{n}"
        walk.s.then_sent(f"st{n}_letter")
    assert walk.do(Escalated(instrument=block()), "authority").state == "block_ordered"


def fined(at: datetime, *urls: str, received: Any = Delivered, **options: Any) -> Walk:
    """Return a case whose ST2 was received two days after the order was."""
    walk = (
        notified(at - 24 * H, urls=urls, **options).until(at).do(TakedownOrdered(), "authority").received("order", at)
    )
    walk.until(at + 24 * H).do(Warned(), "authority").until(at + 48 * H).do(Warned(fine="IDR 1"), "authority")
    return walk.received("st2_letter", at + 48 * H, received)


def test_the_fine_of_st2_runs_beside_the_content_and_stays_due_when_that_is_gone() -> None:
    walk = fined(wib("2025-09-18T10:00"))
    assert {walk.clock(n).standing for n in ("pay_fine", "file_commitment")} == {Standing.RUNNING}
    walk.do(CommitmentFiled(), PLATFORM).do(GONE, PLATFORM)
    assert walk.state == "complied_fine_due"
    walk.do(Closed(), "authority", refused="no row for Closed")
    walk.do(Warned(reference="ST3", fine="IDR 2"), "authority").s.then_sent("st3_fine_letter")
    assert walk.do(FinePaid(), PLATFORM).state == "complied"
    assert walk.do(Closed(), "authority").state == "closed"


def test_a_letter_about_the_content_is_due_only_while_that_is_there_and_one_about_the_fine_may_still_go_out() -> None:
    walk = fined(wib("2025-09-18T10:00")).until(wib("2025-09-21T11:00"))
    assert walk.open("warn") == ["warn.3"], "the third period is over"
    walk.do(GONE, PLATFORM)
    assert (walk.state, walk.open("warn", "further_period")) == ("complied_fine_due", [])
    walk.do(Warned(reference="ST3", fine="IDR 2"), "authority")
    blocked = fined(wib("2025-09-18T10:00")).until(wib("2025-09-21T11:00")).do(Warned(), "authority")
    blocked.do(Escalated(instrument=block()), "authority")
    assert blocked.open("warn", "further_period") == []


def test_no_order_or_letter_is_repeated_once_the_objection_to_it_is_upheld() -> None:
    two = ("https://x.example/1", "https://x.example/2")
    for event, by in ((ObjectionUpheld(grounds="right"), "reviewer"), (OrderVoided(), "court")):
        walk = notified(wib("2025-09-17T10:00"), urls=two).until(wib("2025-09-18T10:00"))
        walk.do(TakedownOrdered(), "authority").received("order", wib("2025-09-18T10:00")).do(GONE, PLATFORM)
        walk.until(wib("2025-09-19T11:00")).do(Warned(), "authority").do(OBJECT, PLATFORM).do(event, by)
        assert len(walk.until(wib("2025-09-25T10:00")).s.case.sent_as("st1_letter")) == 1


def test_an_objection_that_is_upheld_ends_the_periods_and_the_letters_that_have_fallen_due() -> None:
    complaint = InstrumentReceived(instrument=Complaint(form={"grounds": "a museum"}))
    for event, by in ((ObjectionUpheld(grounds="right"), "reviewer"), (OrderVoided(), "court")):
        walk = notified(wib("2025-09-17T10:00"), urls=("https://x.example/1", "https://x.example/2"))
        walk.until(wib("2025-09-18T10:00")).do(TakedownOrdered(), "authority")
        walk.received("order", wib("2025-09-18T10:00")).do(GONE, PLATFORM).do(complaint, PLATFORM)
        walk.until(wib("2025-09-19T11:00"))
        assert walk.open("warn", "further_period") == ["further_period@c2", "warn@c2"]
        walk.do(event, by)
        assert (walk.state, walk.open("warn", "takedown", "further_period")) == ("voided", [])


def test_an_operator_that_acknowledges_st2_has_to_commit_to_the_fine() -> None:
    walk = fined(wib("2025-09-18T10:00"), received=Acknowledged)
    assert {walk.clock(n).standing for n in ("pay_fine", "file_commitment")} == {Standing.RUNNING}
    assert walk.do(CommitmentFiled(), PLATFORM).clock("file_commitment").standing is Standing.MET


def test_st3_for_a_fine_that_is_not_paid_asks_for_the_fine_and_not_for_a_takedown() -> None:
    for options in ({}, {"renderer": JinjaRenderer()}):
        walk = fined(wib("2025-09-18T10:00"), **options).do(GONE, PLATFORM)
        walk.do(Warned(reference="ST3", fine="IDR 2"), "authority", wib("2025-10-08T10:00"))
        letter = walk.s.sent[-1]
        assert letter.template == "st3_fine_letter"
        assert "fine" in letter.body and "has not been paid" in letter.body and "ake it down" not in letter.body
    walk.until(wib("2025-10-20T10:00"))
    assert len(walk.s.case.sent_as("st3_fine_letter")) == 2, "it is repeated when nobody confirms it"
    assert not any(entry.irregular for entry in walk.s.runner.journal(walk.s.case.id))
    paid = fined(wib("2025-09-18T10:00")).do(GONE, PLATFORM).do(Warned(), "authority").do(FinePaid(), "authority")
    assert len(paid.until(wib("2025-10-20T10:00")).s.case.sent_as("st3_fine_letter")) == 1, "and not once it is paid"


def test_a_refusal_is_considered_in_saman_whatever_has_become_of_the_content() -> None:
    walk = fined(wib("2025-09-18T10:00")).do(Refused(reason="art"), PLATFORM)
    walk.do(GONE, PLATFORM, wib("2025-09-20T12:00"))
    assert walk.state == "complied_fine_due" and walk.open("decide_order")
    assert walk.do(ReasonsConsidered(finding="no"), "authority").open("decide_order") == []
    upheld = fined(wib("2025-09-18T10:00")).do(Refused(reason="art"), PLATFORM).do(OBJECT, PLATFORM)
    assert upheld.do(ObjectionUpheld(grounds="art"), "reviewer").open("decide_order") == []


def test_st2_says_which_fine_it_imposes() -> None:
    walk = notified(wib("2025-09-17T10:00")).until(wib("2025-09-18T10:00")).do(TakedownOrdered(), "authority")
    walk.received("order", wib("2025-09-18T10:00")).until(wib("2025-09-20T11:00"))
    walk.do(Warned(reference="ST1"), "authority")
    walk.do(Warned(reference="ST2"), "authority", refused="this letter imposes a fine: say which")
    assert walk.do(Warned(reference="ST2", fine="IDR 1"), "authority").state == "st2"


def test_the_fine_stays_due_when_the_last_content_that_is_not_gone_is_taken_back() -> None:
    walk = fined(wib("2025-09-18T10:00"), "https://x.example/1", "https://x.example/2").do(GONE, PLATFORM)
    assert walk.state == "st2"
    assert walk.do(OrderVoided(contents="c2"), "court").state == "complied_fine_due"
    assert walk.do(FinePaid(), PLATFORM).state == "complied"


def test_an_objection_is_decided_by_another_and_lifts_decision_and_fine() -> None:
    complaint = InstrumentReceived(instrument=Complaint(form={"grounds": "a museum"}))
    walk = fined(wib("2025-09-18T10:00")).do(GONE, PLATFORM).do(complaint, PLATFORM)
    walk.do(ObjectionUpheld(grounds="right"), "authority", refused="needs one of the roles reviewer")
    dismissed = fined(wib("2025-09-18T10:00")).do(complaint, PLATFORM).do(ObjectionDismissed(grounds="no"), "reviewer")
    assert dismissed.state == "st2"
    dismissed.s.then_sent("objection_dismissed", "platform")
    dismissed.do(ObjectionUpheld(grounds="after all"), "reviewer", refused="no objection is pending")
    walk.do(ObjectionUpheld(grounds="right"), "reviewer")
    assert (walk.state, walk.clock("pay_fine").standing) == ("voided", Standing.CANCELLED)
    walk.s.then_sent("objection_upheld", "platform")
    assert walk.do(Restored(), PLATFORM).state == "restored"


def test_a_file_is_not_closed_while_an_objection_is_pending_and_nothing_is_awaited_in_a_closed_one() -> None:
    walk = fined(wib("2025-09-18T10:00")).do(Refused(reason="art"), PLATFORM).do(ClarificationRequested(), PLATFORM)
    walk.do(GONE, PLATFORM).do(FinePaid(), PLATFORM).do(OBJECT, PLATFORM)
    walk.do(Closed(), "authority", refused="decide_objection is still open")
    walk.do(ObjectionDismissed(grounds="no"), "reviewer").do(Closed(), "authority")
    assert (walk.state, awaited(walk)) == ("closed", set())
    refused = ordered(wib("2026-06-01T10:00")).do(Refused(reason="art"), PLATFORM).do(GONE, PLATFORM)
    assert ("authority", "consider_reasons") in awaited(refused)
    assert awaited(refused.do(Closed(), "authority")) == set()


def test_an_operator_may_ask_for_clarification_and_meets_its_time_to_respond_by_that() -> None:
    walk = notified(wib("2025-11-03T09:00")).do(ClarificationRequested(reason="the link is dead"), PLATFORM)
    assert (walk.state, walk.clock("respond").standing) == ("clarification", Standing.MET)
    walk.do(TakedownOrdered(), "authority", refused="no row for TakedownOrdered")
    walk.do(ClarificationGiven(reason="here"), "authority")
    assert walk.state == "answered"
    assert walk.do(TakedownOrdered(), "authority").state == "ordered"


def test_a_batch_is_verified_only_with_its_document_and_ordered_only_by_the_ministry() -> None:
    walk = Walk(SAMAN, wib("2025-11-03T09:00"), agency(legal_analysis=""), "cyber_patrol")
    walk.do(Verified(), "authority", refused="the request lacks legal_analysis")
    fine = Walk(SAMAN, wib("2025-11-03T09:00"), batch(), "agency")
    fine.do(Verified(), "agency", refused="needs one of the roles authority")
    fine.do(Notified(), "authority", refused="no row for Notified").do(Verified(), "authority")
    fine.do(Notified(urgent="gambling"), "authority", refused="'gambling' is not urgent")


# --- letters by which something is decided -----------------------------------------------------------------------------


def decided(by: str, *events: Any, **options: Any) -> Outgoing:
    """Return the letter by which this was decided, of a case of this procedure in which all is open."""
    officer = {"id.pm5_2020": "platform", "id.saman": "platform", "id.pm19_2014": "site_owner"}[by]
    if by == "id.pm19_2014":
        walk = Walk(PM19, wib("2016-06-01T09:00"), report(), "public", **options).do(SEEN, "authority")
        walk.do(Listed(), "authority")
    elif by == "id.saman":
        walk = fined(wib("2025-09-18T10:00"), **options).until(wib("2025-09-21T11:00")).do(Warned(), "authority")
    else:
        walk = Walk(PM5, wib("2025-09-18T09:00"), agency(), "agency", **options).do(TakedownOrdered(), "authority")
        walk.received("order", wib("2025-09-18T10:00")).until(wib("2025-09-19T11:00"))
    for event in events:
        role = "platform" if isinstance(event, InstrumentReceived) else "authority"
        role = "reviewer" if isinstance(event, ObjectionUpheld | ObjectionDismissed) else role
        walk.do(event, officer if role == "platform" else role)
    return next(m for m in reversed(walk.s.sent) if m.recipient_role == officer)


APPLY, OBJECT = application(), InstrumentReceived(instrument=Complaint(form={"grounds": "a museum"}))
BLOCKED = Escalated(instrument=block())
ASKED = InstrumentReceived(instrument=Application(form={"grounds": "a library"}))
DECISIONS = [
    ("id.pm5_2020", (BLOCKED, APPLY, NormalisationGranted()), "normalisation_granted", "granted", "dikabulkan"),
    ("id.pm5_2020", (BLOCKED, APPLY, NormalisationRefused(grounds="g", times_blocked=4)), "normalisation_refused", "refused", "ditolak"),
    ("id.saman", (BLOCKED, APPLY, NormalisationGranted()), "normalisation_granted", "granted", "dikabulkan"),
    ("id.saman", (BLOCKED, APPLY, NormalisationRefused(grounds="g", times_blocked=4)), "normalisation_refused", "refused", "ditolak"),
    ("id.saman", (OBJECT, ObjectionDismissed(grounds="g")), "objection_dismissed", "dismissed", "ditolak"),
    ("id.saman", (OBJECT, ObjectionUpheld(grounds="g")), "objection_upheld", "upheld", "diterima"),
    ("id.pm19_2014", (ASKED, Delisted(grounds="g")), "normalisation", "taken out of the list", "dikeluarkan dari daftar"),
    ("id.pm19_2014", (ASKED, NormalisationRejected(grounds="g")), "normalisation_refused", "refused", "ditolak"),
    ("id.pm19_2014", (InstrumentReceived(instrument=Application()),), "application_incomplete", "cannot be followed", "belum dapat ditindaklanjuti"),
]  # fmt: skip


@pytest.mark.parametrize(("by", "events", "template", "english", "indonesian"), DECISIONS)
def test_a_letter_of_decision_says_what_was_decided(
    by: str, events: tuple[Event, ...], template: str, english: str, indonesian: str
) -> None:
    for options in ({}, {"renderer": JinjaRenderer()}):
        letter = decided(by, *events, **options)
        assert (letter.template, english in letter.body) == (template, True)
    own = {t.name: t for t in catalogue.find(by).templates}[template]
    assert ("$reason" in own.body) == (not isinstance(events[-1], NormalisationGranted))
    texts = tomllib.loads((files("sopflow") / "templates" / "id.toml").read_text("utf-8"))
    assert indonesian in texts[by][template]["text"]


def test_only_a_refusal_of_normalisation_names_the_article_on_refusals() -> None:
    granted, refused = (json.loads(decided(by, *events).data) for by, events, *_ in DECISIONS[:2])
    assert not [b for b in granted["basis"] if b["text"].startswith("Art 20(5)")]
    assert [b for b in refused["basis"] if b["text"].startswith("Art 20(5)")]


# --- all of them -----------------------------------------------------------------------------------------------------

MINE = [catalogue.find(n) for n in catalogue.names() if n.split(".")[0] in ("id", "hotline", "sop")] + [
    catalogue.find("generic.referral"), BLOCK, catalogue.find("us.dmca_512")
]  # fmt: skip


@pytest.mark.parametrize("procedure", MINE, ids=lambda p: p.id)
def test_each_faculty_is_there_or_said_to_be_absent_with_its_reason(procedure: Procedure) -> None:
    said = {a.faculty for a in procedure.absent}
    assert {faculty for faculty, place in faculties(procedure).items() if not place} == said
    assert procedure.as_of is not None and procedure.questions
    assert check(procedure, [*MINE]).ok


def test_the_page_names_states_and_events_in_indonesian_as_well() -> None:
    for procedure, state, event in (
        (PM5, "surat teguran 1", "perintah pemutusan akses"), (SAMAN, "temuan", "surat komitmen"),
        (PM19, "laporan mendesak", "penempatan ke TRUST+Positif"),
    ):  # fmt: skip
        text = page(procedure, check(procedure, [*MINE])).replace("\\", "")
        assert f"({state})" in text and f"({event})" in text


def test_finding_a_procedure_of_one_country_loads_no_other_country() -> None:
    program = (
        "import sys; from sopflow import catalogue; catalogue.find('id.pm5_2020');"
        "print(sorted(m.rpartition('.')[2] for m in sys.modules if m.startswith('sopflow.catalogue.')))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['_indonesia', '_indonesia_rows', '_shared', 'indonesia_pm5']"
