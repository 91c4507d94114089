"""Whom a message reaches: closed offices, duty officers, quiet hours, contacts that fail, directories that change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopflow.canon import instant
from sopflow.case import SYSTEM, Case
from sopflow.compose import local
from sopflow.directory import PointOfContact, Provider, Rung, StaticDirectory, steps
from sopflow.errors import BadInput, NotAllowed, ProcedureError
from sopflow.events import (
    Acknowledged,
    AttemptFailed,
    ClarificationGiven,
    ClarificationRequested,
    ContactListed,
    Corrected,
    EffectGiven,
    Event,
    Extended,
    Held,
    IncidentResolved,
    Sent,
    Unsent,
    Withdrawn,
)
from sopflow.hours import Hours
from sopflow.procedure import Procedure
from sopflow.rules import ANY_OPEN, STAY, Hook, On, Transition, Yield
from sopflow.terms import BusinessDays
from tests.core import sample
from tests.core.sample import SAMPLE, START, Desk, hours

OFFICE = Hours("Mon-Fri 09:00-17:00")
DESK = Rung(contact="px-desk", channel="email", hours=OFFICE, zone="Asia/Kolkata")
NIGHT = Rung(contact="px-night", channel="phone", role="duty_officer")
NIGHT_MAIL = Rung(contact="px-night", channel="email", role="duty_officer")
LAW = Rung(contact="px-law", channel="letter", role="legal_representative")


def changed(**send: object) -> Procedure:
    """Return the sample with other terms of its order."""

    def other(row: Transition) -> Transition:
        sends = [attrs.evolve(s, **send) if s.template == "order" else s for s in row.sends]
        return attrs.evolve(row, sends=sends)

    return attrs.evolve(SAMPLE, transitions=[other(t) for t in SAMPLE.transitions])


def reached(desk: Desk) -> list[tuple[str, str]]:
    assert desk.case is not None
    return [(m.contact, m.channel) for m in desk.case.sent_as("order")]


def issued(*ladder: Rung, p: Procedure = SAMPLE, local: str = "", zone: str = "UTC") -> Desk:
    """Return a desk whose order goes out at a local time of the start's day; the start when left out."""
    desk = Desk(p)
    desk.ladders["platform-x"] = ladder
    if local:
        wanted = datetime.combine(START.date(), datetime.strptime(local, "%H:%M").time(), ZoneInfo(zone))
        shift = (wanted.astimezone(UTC) - hours(0.5)) % timedelta(days=1)
        desk.open(now=START + shift)
        desk.do(sample.Verified(by=sample.AUTHORITY), hours(0.2) + shift)
        order = sample.Issued(by=sample.AUTHORITY, due=hours(24 * 20))
        for signer in (sample.AGENCY_A, sample.AGENCY_B):
            desk.do(sample.Approved(proposal=desk.proposal(order), by=signer), hours(0.4) + shift)
        desk.do(order, hours(0.5) + shift)
        return desk
    return desk.issued(1)


def test_an_open_office_gets_the_message_itself() -> None:
    desk = issued(DESK, NIGHT, LAW, local="11:00", zone="Asia/Kolkata")
    assert reached(desk) == [("px-desk", "email")]
    assert desk.message("order").instead == ""


def test_out_of_hours_the_duty_officer_gets_it_and_the_journal_says_in_whose_place() -> None:
    desk = issued(DESK, NIGHT, LAW, local="18:00", zone="Asia/Kolkata")
    assert reached(desk) == [("px-night", "phone")]
    assert desk.message("order").instead == "px-desk/email"
    assert '"instead":"px-desk/email"' in desk.entries[-1].text
    assert not desk.verify()


def test_without_anybody_on_duty_the_closed_office_gets_it() -> None:
    asleep = attrs.evolve(NIGHT, hours=Hours("Sat 00:00-01:00"))
    assert reached(issued(DESK, asleep, local="18:00", zone="Asia/Kolkata")) == [("px-desk", "email")]


def test_a_duty_officer_is_no_rung_unless_there_is_nobody_else() -> None:
    assert steps((DESK, NIGHT, LAW)) == (DESK, LAW)
    assert steps((NIGHT,)) == (NIGHT,)
    assert reached(issued(NIGHT)) == [("px-night", "phone")]


def test_a_duty_officer_who_cannot_be_reached_costs_nobody_their_turn() -> None:
    desk = issued(DESK, NIGHT, NIGHT_MAIL, LAW, local="18:00", zone="Asia/Kolkata")
    assert desk.case is not None
    for reason in ("line dead", "mailbox full", "bounced", "no such street"):
        message = desk.case.sent_as("order")[-1]
        desk.do(Unsent(message=message.id, reason=reason, by=SYSTEM), desk.case.recorded + timedelta(minutes=1))
    assert reached(desk) == [
        ("px-night", "phone"), ("px-night", "email"), ("px-desk", "email"), ("px-law", "letter"),
    ]  # fmt: skip
    assert [i.kind for i in desk.steps[-1].incidents] == ["ladder_exhausted"]


@pytest.mark.parametrize("reminders", [0, 1])
def test_the_silence_of_duty_officers_uses_up_nobody_elses_turn(reminders: int) -> None:
    law = attrs.evolve(LAW, hours=OFFICE, zone="Asia/Kolkata")
    second = attrs.evolve(NIGHT, contact="px-second")
    desk = issued(DESK, NIGHT, second, law, p=changed(reminders=reminders), local="18:00", zone="Asia/Kolkata")
    for _ in range(9):
        assert desk.case is not None
        desk.tick(desk.case.recorded + timedelta(hours=24))
    assert reached(desk) == [
        ("px-night", "phone"), ("px-desk", "email"), ("px-second", "phone"), ("px-law", "letter"),
    ]  # fmt: skip
    assert desk.message("order", 3).exhausted and not desk.verify()


def silent(*ladder: Rung) -> Desk:
    """Return a desk whose order found nobody left to try, an hour after it went out."""
    desk = issued(*ladder)
    for n in range(len(ladder)):
        failed = Unsent(message=desk.message("order", n).id, reason="gone", by=SYSTEM)
        desk.do(failed, hours(1) + timedelta(minutes=n))
    assert desk.message("order", max(len(ladder) - 1, 0)).exhausted
    return desk


@pytest.mark.parametrize("listed", [(), (DESK,), (DESK, LAW)])
@pytest.mark.parametrize(
    "how", [ContactListed(party="platform-x", by=SYSTEM), IncidentResolved(incident="i", by=sample.AUTHORITY)]
)
def test_the_ladder_goes_on_where_it_ended_once_somebody_is_listed(
    listed: tuple[Rung, ...], how: ContactListed | IncidentResolved
) -> None:
    desk = silent(*listed)
    further = attrs.evolve(LAW, contact="px-new")
    desk.ladders["platform-x"] = (*listed, further)
    step = desk.do(how, hours(3))
    assert [m.contact for m in step.outgoing] == ["px-new"]
    assert reached(desk)[-1] == ("px-new", "letter")
    receipts = [desk.deadline(f"receipt:{m.id}") for m in desk.case.sent_as("order")]  # type: ignore[union-attr]
    assert receipts[-1].started == hours(3), "whoever is new has the full time"
    assert [str(d.standing) for d in receipts] == ["cancelled"] * (len(receipts) - 1) + ["running"]
    assert not desk.verify()


def test_nothing_goes_on_where_nobody_else_is_listed_or_nothing_is_awaited() -> None:
    again = ContactListed(party="platform-x", by=SYSTEM)
    desk = silent(DESK)
    with pytest.raises(BadInput, match="once it has a further contact"):
        desk.do(again)
    assert not desk.do(IncidentResolved(incident="i", by=sample.AUTHORITY)).outgoing, "a person has looked at it"
    desk.ladders["platform-x"] = (DESK, LAW)
    for actor in (sample.PLATFORM, sample.REPORTER):
        with pytest.raises(NotAllowed, match="only authority, system"):
            desk.do(attrs.evolve(again, by=actor))
    with pytest.raises(BadInput, match="platform-x"):
        desk.do(attrs.evolve(again, party="platform-y"))
    told = desk.copy()
    told.do(Acknowledged(message=desk.message("order").id, by=sample.PLATFORM))
    with pytest.raises(BadInput, match="ContactListed"):
        told.do(again)
    assert len(desk.do(again).outgoing) == 1
    with pytest.raises(BadInput, match="ContactListed"):
        desk.do(again)


def test_a_reminder_goes_to_whoever_is_there_by_then() -> None:
    desk = issued(DESK, NIGHT, LAW, local="18:00", zone="Asia/Kolkata")
    ladder = attrs.evolve(DESK, hours=Hours("18:00-18:30")), NIGHT, LAW
    desk.ladders["platform-x"] = ladder
    assert desk.case is not None
    desk.tick(desk.case.recorded + timedelta(hours=24))
    assert reached(desk)[:2] == [("px-night", "phone"), ("px-desk", "email")]


def test_a_contact_listed_while_the_ladder_is_climbed_is_not_left_out() -> None:
    desk = issued(DESK, LAW)
    desk.tick(hours(24.5))
    desk.ladders["platform-x"] = (LAW,)  # the desk is gone: nothing may be counted by position
    desk.tick(hours(48.5))
    desk.ladders["platform-x"] = (attrs.evolve(LAW, contact="px-new"), LAW)
    for day in range(3, 7):
        desk.tick(hours(24 * day + 0.5))
    names = [contact for contact, _ in reached(desk)]
    assert names == ["px-desk", "px-desk", "px-law", "px-new", "px-new", "px-law"]
    numbers = [m.rung for m in desk.case.sent_as("order")] if desk.case else []
    assert numbers == sorted(set(numbers)), "every attempt has a number of its own"


@given(st.lists(st.sampled_from(["silence", "fails"]), max_size=12), st.integers(0, 2), st.integers(0, 23))
@settings(max_examples=60, deadline=None)
def test_whatever_happens_every_contact_is_tried_before_the_ladder_is_exhausted(
    fates: list[str], reminders: int, hour: int
) -> None:
    ladder = (DESK, attrs.evolve(DESK, channel="fax"), NIGHT, NIGHT_MAIL, LAW)
    desk = issued(*ladder, p=changed(reminders=reminders), local=f"{hour:02}:00", zone="Asia/Kolkata")
    for n in range(40):
        assert desk.case is not None
        last = desk.case.sent_as("order")[-1]
        if last.exhausted:
            break
        if n < len(fates) and fates[n] == "fails":
            desk.do(Unsent(message=last.id, reason="no", by=SYSTEM), desk.case.recorded + timedelta(hours=1))
        else:
            desk.tick(desk.case.recorded + timedelta(hours=25))
    assert desk.case is not None
    messages = desk.case.sent_as("order")
    assert messages[-1].exhausted
    turns = {m.instead or f"{m.contact}/{m.channel}" for m in messages}
    assert turns == {"px-desk/email", "px-desk/fax", "px-law/letter"}
    for turn in turns:
        tried = [m for m in messages if turn == (m.instead or f"{m.contact}/{m.channel}")]
        assert sum(m.status != "unsent" for m in tried) <= 1 + max(reminders, any(m.instead for m in tried))
        assert any(not m.instead for m in tried), "the contact itself was tried, too"
    assert not desk.verify()


def gave_effect(at: float) -> EffectGiven:
    return EffectGiven(outcomes={"c1": "removed"}, by=sample.PLATFORM, at=hours(at))


@pytest.mark.parametrize("hold", [None, 240.0])
def test_nobody_confirms_what_has_not_been_sent(hold: float | None) -> None:
    desk = Desk().issued(2)
    order = desk.message("order").id
    if hold is not None:
        desk.do(Held(role="platform", until=hours(hold), reason="investigation", by=sample.AUTHORITY), hours(0.6))
    desk.do(gave_effect(5), hours(5))
    message = desk.message("order")
    assert (message.status, message.acknowledged) == ("queued", None)
    assert desk.case is not None
    assert all(d.obligation != "handle" for d in desk.case.deadlines), "a clock that runs from the confirmation"
    step = desk.do(Withdrawn(reason="mistake", by=sample.AUTHORITY), hours(6))
    assert order in step.cancelled
    assert desk.message("order").status == "superseded"
    assert not desk.verify()


@pytest.mark.parametrize("order", list(permutations(("sent", "early", "late"))), ids="-".join)
def test_what_was_done_after_it_was_sent_proves_receipt_whenever_each_is_learnt(order: tuple[str, ...]) -> None:
    desk = Desk().issued(2)
    message = desk.message("order").id
    told = {"sent": Sent(message=message, by=SYSTEM, at=hours(2)), "early": gave_effect(1), "late": gave_effect(3)}
    for n, name in enumerate(order):
        desk.do(told[name], hours(4 + n))
    assert (desk.message("order").sent, desk.message("order").acknowledged) == (hours(2), hours(3))
    assert (desk.deadline("handle").started, desk.deadline(f"receipt:{message}").met) == (hours(3), hours(3))
    assert not desk.verify()


@pytest.mark.parametrize("end", [Sent, Unsent])
def test_what_was_done_after_an_attempt_without_an_answer_proves_receipt_once_no_other_follows(
    end: type[Sent] | type[Unsent],
) -> None:
    desk = issued(DESK, LAW, p=changed(reminders=0))
    id = desk.message("order").id
    failed = AttemptFailed(message=id, attempt=1, reason="no answer", again=hours(4), by=SYSTEM)
    desk.do(failed, hours(1))
    step = desk.do(gave_effect(2), hours(2))
    assert desk.message("order").status == "queued" and not step.cancelled, "it may not have arrived: it goes out again"
    reason = {"reason": "no answer"} if end is Unsent else {}
    desk.do(end(message=id, by=SYSTEM, **reason), hours(4))
    assert desk.message("order").acknowledged == hours(2)
    assert reached(desk) == [("px-desk", "email")], "nobody else is needed"
    assert not desk.verify()


def test_what_was_done_before_the_first_attempt_proves_nothing_when_it_fails() -> None:
    desk = issued(DESK, LAW, p=changed(reminders=0))
    desk.do(gave_effect(2), hours(2))
    desk.do(Unsent(message=desk.message("order").id, reason="gone", by=SYSTEM), hours(4))
    assert (desk.message("order").status, desk.message("order").acknowledged) == ("unsent", None)
    empty = issued(p=changed(reminders=0))
    empty.ladders["platform-x"] = (LAW,)
    empty.do(ContactListed(party="platform-x", by=SYSTEM), hours(3))
    empty.do(gave_effect(4), hours(4))
    assert empty.message("order").acknowledged is None, "nobody was listed: it was handed to nobody"


def _begins(before: Case, view: Case, event: Event, facts: object) -> Yield:
    return Yield(starts="assess")


def test_what_a_hook_starts_then_takes_nothing_out_of_the_journal() -> None:
    sent = Transition(on=Sent, of="order", source=ANY_OPEN, target=STAY, by="system", basis=sample.B)
    p = attrs.evolve(
        SAMPLE, transitions=(*SAMPLE.transitions, sent), hooks=(*SAMPLE.hooks, Hook(name="b", run=_begins, event=Sent))
    )
    desk = Desk(p).issued(2)
    desk.do(gave_effect(3), hours(4))
    desk.do(Sent(message=desk.message("order").id, by=SYSTEM, at=hours(2)), hours(5))
    assert desk.message("order").acknowledged == hours(3)
    assert not desk.verify()


@pytest.mark.parametrize("early", [-24 * 365.0, 0.25])
def test_nobody_confirmed_a_message_before_there_was_one(early: float) -> None:
    desk = Desk().issued(2)
    message = desk.message("order")
    desk.tick(hours(30))
    assert str(desk.deadline(f"receipt:{message.id}").standing) == "expired"
    step = desk.do(Acknowledged(message=message.id, by=sample.PLATFORM, at=hours(early)), hours(31))
    assert desk.message("order").acknowledged == desk.deadline("handle").started == message.queued
    assert "dated_before" in [i.kind for i in step.incidents], "a person is told"
    assert step.entry.doc["at"] == instant(hours(early)), "what was stated is on record"
    assert str(desk.deadline(f"receipt:{message.id}").standing) == "met"
    assert not desk.verify()


def test_a_clock_that_is_a_little_behind_ours_is_no_incident() -> None:
    desk = Desk().issued(2)
    message = desk.message("order")
    at = message.queued - timedelta(minutes=4)
    step = desk.do(Acknowledged(message=message.id, by=sample.PLATFORM, at=at), hours(1))
    assert (desk.message("order").acknowledged, step.incidents) == (message.queued, ())
    assert str(desk.deadline(f"receipt:{message.id}").standing) == "met"


@pytest.mark.parametrize("order", list(permutations(("early", "sent", "gave", "late"))), ids="-".join)
def test_an_impossible_date_counts_alike_whenever_it_is_learnt(order: tuple[str, ...]) -> None:
    desk = Desk().issued(2)
    message = desk.message("order")
    told = {
        "early": Acknowledged(message=message.id, by=sample.PLATFORM, at=hours(-5)), "gave": gave_effect(3),
        "sent": Sent(message=message.id, by=SYSTEM, at=hours(2)),
        "late": Acknowledged(message=message.id, by=sample.PLATFORM, at=hours(4)),
    }  # fmt: skip
    for n, name in enumerate(order):
        desk.do(told[name], hours(5 + n))
    assert desk.message("order").acknowledged == desk.deadline("handle").started == message.queued
    assert not desk.verify()


def test_an_order_that_is_entered_later_than_it_was_given_is_confirmed_when_it_was() -> None:
    desk = Desk().issued(2)
    order, entered = desk.message("order"), hours(50)
    desk.do(ClarificationRequested(contents=("c1",), by=sample.PLATFORM, at=hours(3)), entered)
    desk.do(ClarificationGiven(contents=("c1",), by=sample.AUTHORITY, at=hours(4)), entered)
    answer = desk.case.messages[-1]  # type: ignore[union-attr]
    assert answer.id != order.id and answer.queued == entered
    step = desk.do(Acknowledged(message=answer.id, by=sample.PLATFORM, at=hours(5)), entered)
    assert desk.case.message(answer.id).acknowledged == hours(5) and not step.incidents  # type: ignore[union-attr]


def test_a_corrected_fact_proves_receipt_if_it_came_after_the_message() -> None:
    desk = Desk().issued(2)
    desk.do(Sent(message=desk.message("order").id, by=SYSTEM, at=hours(2)))
    seq = desk.do(gave_effect(1), hours(4)).entry.seq
    assert desk.message("order").acknowledged is None
    right = Corrected(seq=seq, field="at", value=hours(3).isoformat(), reason="misread", by=sample.AUTHORITY)
    desk.do(right, hours(5))
    assert desk.message("order").acknowledged == hours(3)
    assert not desk.verify()


def test_a_message_that_still_waits_is_not_called_unsent_because_somebody_is_listed() -> None:
    desk = issued(DESK, p=changed(reminders=0))
    desk.tick(hours(30))
    first = desk.message("order")
    assert (first.status, first.exhausted) == ("queued", True)
    desk.ladders["platform-x"] = (DESK, LAW)
    desk.do(ContactListed(party="platform-x", by=SYSTEM), hours(31))
    assert reached(desk)[-1] == ("px-law", "letter")
    assert desk.message("order").status == "queued"
    step = desk.do(Held(role="platform", until=hours(90), reason="investigation", by=sample.AUTHORITY), hours(32))
    assert {first.id, desk.message("order", 1).id} <= step.held.keys()
    assert not desk.verify()


def test_a_hold_that_is_lifted_for_the_past_starts_no_clock_there() -> None:
    desk = issued(DESK, LAW)
    order = desk.message("order").id
    for until, now in ((240, 1), (3, 120)):
        desk.do(Held(role="platform", until=hours(until), reason="investigation", by=sample.AUTHORITY), hours(now))
    assert desk.steps[-1].held[order] == hours(120)
    clock = desk.deadline(f"receipt:{order}")
    assert (clock.started, clock.due) == (hours(120), hours(144))
    desk.tick(hours(143))
    assert reached(desk) == [("px-desk", "email")], "nobody else before the first message could leave"
    assert not desk.verify()


NO_LIMIT = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)


def test_a_hold_stands_though_the_calendar_does_not_reach_its_end() -> None:
    desk = issued(DESK, LAW, p=changed(ack_within=BusinessDays(max=2, calendar="office", zone="UTC")))
    until = datetime(2027, 3, 1, tzinfo=UTC)
    step = desk.do(Held(role="platform", until=until, reason="investigation", by=sample.AUTHORITY), hours(2))
    (clock,) = [d for d in step.case.deadlines if d.obligation == "receipt:order"]
    assert (step.case.holds, clock.due, clock.is_open) == ({"platform": until}, None, True)
    assert [i.kind for i in step.incidents] == ["deadline_unknown"]
    assert desk.message("order").send_after == until
    assert not desk.verify()


def test_a_limit_at_the_end_of_the_calendar_refuses_no_fact_and_no_letter() -> None:
    east = attrs.evolve(LAW, contact="px-east", zone="Asia/Jakarta")
    desk = Desk(changed(reminders=0))
    desk.ladders["platform-x"] = (DESK, east)
    desk.issued(2)
    desk.do(Acknowledged(message=desk.message("order").id, by=sample.PLATFORM), hours(1))
    desk.do(Extended(obligation="handle", due=NO_LIMIT, reason="no limit", by=sample.AUTHORITY), hours(2))
    desk.do(ClarificationRequested(contents=("c1", "c2"), by=sample.PLATFORM), hours(3))
    desk.do(ClarificationGiven(contents=("c1", "c2"), by=sample.AUTHORITY), hours(5))
    assert desk.deadline("handle").due == datetime.max.replace(tzinfo=UTC), "two hours later than that there is nothing"
    desk.do(gave_effect(6), hours(6))
    assert "9999-12-31 23:59 UTC" in local(NO_LIMIT, "Asia/Jakarta")
    assert local(NO_LIMIT, "America/New_York") == "9999-12-31 18:59 America/New_York (UTC-05:00)"
    assert not desk.verify()


def test_the_ladder_climbs_to_whoever_is_east_of_a_limit_at_the_end_of_the_calendar() -> None:
    east = attrs.evolve(LAW, contact="px-east", zone="Asia/Jakarta")
    p = changed(reminders=0)
    texts = [attrs.evolve(t, body="Until $deadline.") if t.name == "order" else t for t in p.templates]
    desk = Desk(attrs.evolve(p, templates=texts))
    desk.ladders["platform-x"] = (attrs.evolve(DESK, zone="UTC"), east)
    desk.issued(1, due=NO_LIMIT)
    desk.tick(hours(30))
    assert reached(desk) == [("px-desk", "email"), ("px-east", "letter")]
    assert desk.steps[-1].outgoing[0].body == "Until 9999-12-31 23:59 UTC."


@pytest.mark.parametrize("quiet", [None, Hours("18:00-08:00")])
def test_a_hold_without_an_end_is_a_hold(quiet: Hours | None) -> None:
    night = attrs.evolve(DESK, zone="Asia/Jakarta", hours=OFFICE)
    desk = issued(night, NIGHT, p=changed(quiet=quiet))
    order = desk.message("order").id
    desk.do(Held(role="platform", until=NO_LIMIT, reason="investigation", by=sample.AUTHORITY), hours(1))
    assert desk.steps[-1].held[order] == NO_LIMIT
    assert desk.deadline(f"receipt:{order}").due == datetime.max.replace(tzinfo=UTC)
    desk.tick(hours(24 * 365))
    assert reached(desk) == [("px-desk", "email")], "nobody is silent who was told nothing"
    assert not desk.verify()


def test_in_quiet_hours_message_and_clock_wait_for_their_end() -> None:
    p = changed(quiet="21:00-07:00")
    desk = issued(LAW, p=p, local="22:30")
    message = desk.message("order")
    morning = datetime.combine(message.queued.date() + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=7)
    assert message.send_after == morning
    assert desk.deadline(f"receipt:{message.id}").started == morning
    assert desk.steps[-1].outgoing[0].send_after == morning
    assert issued(LAW, p=p, local="20:59").message("order").send_after is None


def test_quiet_hours_are_the_contacts_own() -> None:
    jakarta = attrs.evolve(LAW, zone="Asia/Jakarta")
    message = issued(jakarta, p=changed(quiet="21:00-07:00"), local="15:00").message("order")  # 22:00 in Jakarta
    assert message.send_after is not None
    assert message.send_after.astimezone(ZoneInfo("Asia/Jakarta")).hour == 7


def test_a_hold_that_ends_in_quiet_hours_is_prolonged_to_their_end() -> None:
    desk = issued(LAW, p=changed(quiet="21:00-07:00"))
    until = datetime.combine(START.date() + timedelta(days=2), datetime.min.time(), UTC) + timedelta(hours=23)
    step = desk.do(sample.Held(role="platform", until=until, reason="secret", by=sample.AUTHORITY))
    message = desk.message("order")
    assert message.send_after == until + timedelta(hours=8)
    assert step.held == {message.id: until + timedelta(hours=8)}


@pytest.mark.parametrize("quiet", ["00:00-24:00", "Mon-Thu 00:00-24:00; Fri-Sun 00:00-00:00"])
def test_quiet_hours_that_never_end_are_refused(quiet: str) -> None:
    with pytest.raises(ProcedureError, match="leave no time to send"):
        changed(quiet=quiet)


def test_what_ends_a_message_takes_events_alone() -> None:
    with pytest.raises(ProcedureError, match="until takes events alone; remove the outcomes of EffectGiven"):
        changed(until=On(EffectGiven, outcomes="removed"))


def test_a_failed_attempt_is_journalled_and_touches_nothing_else() -> None:
    desk = issued(LAW)
    before = desk.case
    event = AttemptFailed(message=desk.message("order").id, attempt=1, reason="busy", again=hours(1), by=SYSTEM)
    step = desk.do(event, hours(0.6))
    assert before is not None and desk.case is not None
    assert not step.entry.irregular and step.entry.doc["effects"].keys() == {"happenings"}, "since when it may be there"
    again = desk.do(attrs.evolve(event, attempt=2), hours(0.7))
    assert not again.entry.irregular and again.entry.doc["effects"] == {}
    for part in ("deadlines", "messages", "state"):
        assert getattr(desk.case, part) == getattr(before, part)
    data = {"message": event.message, "attempt": 1, "reason": "busy", "again": "2025-06-02T03:00:00.000000Z"}
    assert step.entry.doc["event"]["data"] == data
    desk.do(Sent(message=event.message, by=SYSTEM), hours(1))
    assert not desk.verify()
    with pytest.raises(BadInput, match="name a message of this case"):
        desk.do(attrs.evolve(event, message="case-1-m9.9"), hours(1.1))


def test_procedures_without_quiet_hours_keep_their_document() -> None:
    assert "quiet" not in str(SAMPLE.document)
    assert "21:00-07:00" in str(changed(quiet="21:00-07:00").document)


def test_a_directory_gives_its_rungs_hours_zone_and_languages() -> None:
    desk = PointOfContact(
        id="d", channels={"email": "a@b.example"}, hours="Mon 09:00-10:00", zone="Asia/Jakarta", languages=("id", "en")
    )
    (rung,) = StaticDirectory([Provider(id="p", contacts=[desk])]).ladder("p")
    assert (rung.hours.text, rung.zone, rung.languages) == ("Mon 09:00-10:00", "Asia/Jakarta", ("id", "en"))


@pytest.mark.parametrize(
    ("field", "value"),
    [("zone", "Mars/Base"), ("hours", "9 to 5"), ("languages", ("English",)), ("id", "jane@x.example")],
)
def test_a_contact_with_an_impossible_value_is_refused(field: str, value: object) -> None:
    with pytest.raises(BadInput):
        PointOfContact(**{"id": "d", "channels": {"email": "a@b.example"}, field: value})
