"""One decision: what is refused and why, who signs, what hooks may do, and what never leaves the side rows."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import attrs
import pytest
import transitions

from sopflow import codec, core, journal, locators
from sopflow.case import SYSTEM, Actor, Case, Content, Evidence
from sopflow.core import decide, lapse, open_case, proposal, retry
from sopflow.errors import BadInput, HookFailed, NotAllowed, NotCanonical, ProcedureError
from sopflow.events import (
    SHARED,
    Acknowledged,
    Approved,
    Attached,
    AttemptFailed,
    CalendarChanged,
    ClarificationRequested,
    Closed,
    Complaint,
    ContactListed,
    Corrected,
    CourtActionNotified,
    CourtDecided,
    DeadlineBreached,
    DeadlineClosed,
    DeadlineOpened,
    DeadlineReminded,
    Delivered,
    EffectGiven,
    Escalated,
    Event,
    Extended,
    Held,
    ImpossibilityStated,
    IncidentResolved,
    InstrumentReceived,
    Issued,
    LinkedCase,
    Migrated,
    Notice,
    Opened,
    Order,
    OrderVoided,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Sent,
    Superseded,
    Unsent,
    Verified,
    Withdrawn,
)
from sopflow.permissions import answers
from sopflow.procedure import Procedure
from sopflow.rules import STAY, Do, Guard, Hook, Quorum, Send, Transition, Yield
from sopflow.step import Facts, Outgoing

from . import sample
from .sample import AGENCY_A, AGENCY_B, AUTHORITY, COURT, NOBODY, PLATFORM, REPORTER, SAMPLE, B, Desk, hours, notice

DOMAIN = Order(contents=[Content(kind="domain", locator="secret-domain.example")])


def refusal(desk: Desk, event: Event) -> tuple[str, ...]:
    """Return the reasons for which an act is refused; the case must be as before."""
    before = desk.case
    with pytest.raises(NotAllowed) as caught:
        desk.do(event)
    assert desk.case is before
    assert caught.value.event == event.name
    return caught.value.reasons


def changed(**rules: Any) -> Procedure:
    """Return the sample with further rules, tried first."""
    return SAMPLE.extend(id="test.changed", **rules)


# --- refusals ----------------------------------------------------------------------------------------------------


def test_a_refusal_lists_role_quorum_and_guards_of_every_candidate_without_short_circuit() -> None:
    asked: list[str] = []

    def never(name: str) -> Guard:
        def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
            asked.append(name)
            return f"{name} says no"

        return Guard(name, test)

    row = Transition(on=Verified, source="received", target=STAY, by="agency", guards=(never("g1"), never("g2")),
                     requires=Quorum(roles="agency", n=1), basis=B)  # fmt: skip
    desk = Desk(changed(transitions=[row]), values={"register.known": True})
    desk.open(notice(form={}))
    asked.clear()
    reasons = refusal(desk, Verified(by=AUTHORITY))
    assert reasons == (
        "needs one of the roles agency (the actor has authority)",
        "needs 1 approval(s) of exactly this by organisations with one of the roles agency, has 0",
        "g1 says no",
        "g2 says no",
        "the notice lacks reasons",
        "the register knows it already",
    )
    assert asked == ["g1", "g2"]


def test_the_candidates_are_tried_in_the_order_written_and_the_first_permitted_wins() -> None:
    rows = [
        Transition(on=Rejected, source="received", target="withdrawn", by="agency", basis=B),
        Transition(on=Rejected, source="received", target="superseded", by="authority", basis=B),
    ]
    desk = Desk(changed(transitions=rows))
    desk.open()
    assert desk.do(Rejected(reason="x", by=AUTHORITY)).case.state == "superseded"


def test_where_no_row_exists_the_refusal_says_where_one_does() -> None:
    desk = Desk().acknowledged()
    assert refusal(desk, Verified(by=AUTHORITY)) == (
        "no row for Verified in state 'complying'; it is possible in assessed, received",
    )
    bare = SAMPLE.extend(id="test.none")
    desk = Desk(attrs.evolve(bare, transitions=[t for t in bare.transitions if t.on is not Closed]))
    desk.open()
    assert "the procedure has no row for it" in refusal(desk, Closed(by=AUTHORITY))[0]


def test_a_guard_sees_the_event_s_own_facts_and_the_case_before_them() -> None:
    seen: list[tuple[dict[str, str], dict[str, str]]] = []

    def look(before: Case, view: Case, event: Event, facts: Facts) -> str | None:
        seen.append((dict(before.outcomes()), dict(view.outcomes())))
        return None

    row = Transition(
        on=EffectGiven, source="complying", target=STAY, by="platform", guards=Guard("look", look), basis=B
    )
    desk = Desk(changed(transitions=[row])).acknowledged(1)
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    assert seen[0] == ({"c1": "pending"}, {"c1": "removed"})


def test_an_act_needs_an_actor_and_a_case_is_opened_once_by_whom_may() -> None:
    desk = Desk()
    with pytest.raises(NotAllowed, match="only authority, reporter"):
        desk.open(by=NOBODY)
    desk.open()
    with pytest.raises(BadInput, match="say who"):
        desk.do(Verified())
    with pytest.raises(BadInput, match="opened once"):
        desk.do(Opened(instrument=notice(), by=REPORTER))


def test_our_own_form_must_be_complete_and_somebody_else_s_gaps_are_recorded() -> None:
    desk = Desk()
    with pytest.raises(BadInput, match=r"legal_basis \(made up for the tests\)"):
        desk.open(Order(contents=["https://t.me/x"]))
    step = desk.open(notice(form={"reasons": "  "}))
    assert step.case.instruments[0].missing == ("reasons",)


# --- signatures --------------------------------------------------------------------------------------------------


def assessed(**notice_fields: Any) -> Desk:
    """Return a desk with a case that waits for signatures."""
    desk = Desk()
    desk.open(notice(**notice_fields))
    desk.do(Verified(by=AUTHORITY))
    return desk


def test_signatures_count_by_distinct_organisation() -> None:
    desk = assessed()
    order = Issued(due=hours(99), by=AUTHORITY)
    colleague = attrs.evolve(AGENCY_A, id="signer-a2")
    for signer in (AGENCY_A, colleague, AGENCY_A):
        desk.do(Approved(proposal=desk.proposal(order), by=signer))
    assert "has 1" in refusal(desk, order)[0]
    desk.do(Approved(proposal=desk.proposal(order), by=AGENCY_B))
    assert desk.do(order).case.state == "ordered"


def test_a_signature_for_no_organisation_counts_for_none() -> None:
    desk = assessed()
    order = Issued(due=hours(99), by=AUTHORITY)
    freelance = [attrs.evolve(AGENCY_A, id=f"freelance-{n}", organisation=None) for n in (1, 2)]
    for signer in freelance:
        desk.do(Approved(proposal=desk.proposal(order), by=signer))
    assert "has 0; freelance-1, freelance-2 signed for no organisation" in refusal(desk, order)[0]
    for signer in (AGENCY_A, AGENCY_B):
        desk.do(Approved(proposal=desk.proposal(order), by=signer))
    assert desk.do(order).case.state == "ordered"


def test_one_person_signs_for_one_organisation_the_last_that_they_named() -> None:
    desk = assessed()
    order = Issued(due=hours(99), by=AUTHORITY)
    for body in ("agency-a", "agency-b", "agency-c"):
        desk.do(Approved(proposal=desk.proposal(order), by=attrs.evolve(AGENCY_A, organisation=body)))
    assert "has 1; one person signs for one organisation only" in refusal(desk, order)[0]
    desk.do(Approved(proposal=desk.proposal(order), by=attrs.evolve(AGENCY_B, organisation="agency-c")))
    assert "has 1" in refusal(desk, order)[0]
    desk.do(Approved(proposal=desk.proposal(order), by=AGENCY_B))
    assert desk.do(order).case.state == "ordered"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (ClarificationRequested(by=PLATFORM, reason="a\ud800b"), "ClarificationRequested.reason"),
        (InstrumentReceived(instrument=Complaint(form={"why": "a\ud800b"}), by=REPORTER), "InstrumentReceived.instrument.form.why"),
    ],
)  # fmt: skip
def test_a_personal_field_that_cannot_be_written_is_named_and_not_shown(event: Event, field: str) -> None:
    desk = Desk().acknowledged()
    with pytest.raises(NotCanonical, match="lone surrogate") as caught:
        desk.do(event)
    assert caught.value.field == field
    assert "ud800" not in str(caught.value)


def test_a_signature_covers_exactly_this_act() -> None:
    desk = assessed()
    order = Issued(due=hours(99), by=AUTHORITY)
    for signer in (AGENCY_A, AGENCY_B):
        desk.do(Approved(proposal=desk.proposal(order), by=signer))
    assert "2 approval(s) are void" in refusal(desk, attrs.evolve(order, due=hours(100)))[0]
    assert desk.do(order).case.state == "ordered"


def test_signatures_are_void_when_the_contents_change() -> None:
    desk = assessed()
    order = Issued(due=hours(99), by=AUTHORITY)
    for signer in (AGENCY_A, AGENCY_B):
        desk.do(Approved(proposal=desk.proposal(order), by=signer))
    more = Notice(contents=["https://t.me/one-more"], form={"reasons": "x"})
    desk.do(InstrumentReceived(instrument=more, by=REPORTER))
    assert "has 0; 2 approval(s) are void" in refusal(desk, order)[0]


def test_a_signature_on_a_case_to_be_opened_covers_its_locators() -> None:
    desk = Desk().acknowledged()
    desk.tick(hours(60))
    escalation = Escalated(instrument=DOMAIN, by=AUTHORITY)
    other = Escalated(instrument=Order(contents=[Content(kind="domain", locator="other.example")]), by=AUTHORITY)
    assert desk.proposal(escalation) != desk.proposal(other)
    desk.do(Approved(proposal=desk.proposal(escalation), by=AGENCY_A))
    assert "void" in refusal(desk, other)[0]
    step = desk.do(escalation)
    assert step.case.state == "blocking"
    assert [(o.procedure, o.grounds) for o in step.opens] == [("test.child", ("case-1",))]
    assert step.case.contents == desk.steps[-2].case.contents, "the child's contents are not this case's"
    assert "content.c1" not in step.side.values
    assert step.side.values["opens.content.c1"] == "secret-domain.example"


def test_a_correction_needs_what_its_row_asks_for_in_final_states_too() -> None:
    row = Transition(on=Corrected, source="received", target=STAY, by="authority", basis=B,
                     requires=Quorum(roles="agency", n=1))  # fmt: skip
    rows = [row, *[t for t in SAMPLE.transitions if t.on is not Corrected]]
    desk = Desk(attrs.evolve(SAMPLE, id="test.two_eyes", transitions=rows))
    desk.open()
    desk.do(Rejected(reason="x", by=AUTHORITY))
    correction = Corrected(seq=1, field="at", value=hours(-5).isoformat(), reason="misread", by=AUTHORITY)
    assert "needs 1 approval(s)" in refusal(desk, correction)[0]
    with pytest.raises(NotAllowed, match="only authority"):
        desk.do(attrs.evolve(correction, by=PLATFORM))


# --- hooks -------------------------------------------------------------------------------------------------------


def recording(log: list[str], name: str, **more: Any) -> Hook:
    """Return a hook that writes down when it ran and in which states."""

    def run(before: Case, view: Case, event: Event, facts: Any) -> None:
        log.append(name)

    return Hook(name=name, run=run, **more)


def test_hooks_run_before_on_exit_on_enter_and_after_in_the_order_written() -> None:
    log: list[str] = []
    hooks = [
        recording(log, "after_1", point="after", event=Verified), recording(log, "enter_state", point="enter", state="assessed"),
        recording(log, "exit_phase", point="exit", phase="intake"), recording(log, "before", point="before", event=Verified),
        recording(log, "enter_any", point="enter"), recording(log, "after_2", point="after", phase="assessment"),
        recording(log, "elsewhere", point="enter", state="done"), recording(log, "other_event", point="before", event=Closed),
    ]  # fmt: skip
    desk = Desk(changed(hooks=hooks))
    desk.open()
    assert log == [], "opening stays in its state: no exit, no enter"
    desk.do(Verified(by=AUTHORITY))
    once = log[: len(log) // 2]  # the desk decides everything twice
    assert once == ["before", "exit_phase", "enter_state", "enter_any", "after_1", "after_2"]
    log.clear()
    desk.do(Verified(by=AGENCY_A))
    assert log[: len(log) // 2] == ["before", "after_1", "after_2"], "a row that stays leaves and enters nothing"


def test_hooks_add_messages_clocks_data_and_durable_effects() -> None:
    desk = Desk().issued(2)
    step = desk.steps[-1]
    assert desk.message("for_counsel").to == "counsel"
    assert desk.deadline("file_copy").due == hours(12.5)
    assert step.case.data == {"left": {"intake": [1, True, None]}, "ordered": True}, "as the journal gives it back"
    do = next(m for m in step.outgoing if m.channel == "do:archive")
    assert do.body == '{"case":"case-1","contents":2}'
    told = step.entry.doc["effects"]["does"][0]
    assert told["id"] == do.id
    assert "contents" not in str(told)


def test_a_veto_refuses_an_act_and_makes_a_fact_irregular() -> None:
    desk = Desk().acknowledged(1)
    assert refusal(desk, Closed(by=AUTHORITY)) == ("a duty still runs (hook something_left)",)

    def no(before: Case, view: Case, event: Event, facts: Any) -> Yield:
        return Yield(veto="not on my watch")

    strict = changed(hooks=[Hook(name="no", run=no, point="before", event=EffectGiven)])
    desk = Desk(strict).acknowledged(1)
    step = desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    assert step.entry.irregular == ("not on my watch (hook no)",)
    assert (step.case.state, step.case.outcomes()) == ("complying", {"c1": "removed"})


def broken(before: Case, view: Case, event: Event, facts: Any) -> Any:
    """Raise, with something in the text that must not get into the chain."""
    raise RuntimeError("no such person: Jane Roe, https://t.me/secret-channel-1/7")


def wrong_type(before: Case, view: Case, event: Event, facts: Any) -> Any:
    """Return what is neither None nor a Yield."""
    return {"veto": "no"}


def wrong_start(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    """Start a clock that does not exist."""
    return Yield(starts="nothing")


def wrong_data(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    """Keep what canonical JSON refuses."""
    return Yield(data={"share": 0.5})


def wrong_effect(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    """Ask for an effect with data that JSON cannot hold."""
    return Yield(does=Do(name="x", data={"when": hours(0)}))


def wrong_send(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    """Send what was not declared."""
    return Yield(sends=Send(template="ordre", to="platform", sender="authority"))


@pytest.mark.parametrize("run", [broken, wrong_type, wrong_start, wrong_data, wrong_effect, wrong_send])
@pytest.mark.parametrize("point", ["before", "exit", "enter", "after"])
def test_a_broken_hook_refuses_an_act_and_never_a_fact(run: Any, point: str) -> None:
    on_act = Desk(changed(hooks=[Hook(name="bad", run=run, point=point, event=Verified)]))
    on_act.open()
    before = on_act.case
    with pytest.raises(HookFailed, match="'bad'") as caught:
        on_act.do(Verified(by=AUTHORITY))
    assert caught.value.kind == "hook"
    assert on_act.case is before

    on_fact = Desk(changed(hooks=[Hook(name="bad", run=run, point=point, event=EffectGiven)])).acknowledged(1)
    step = on_fact.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    assert "hook 'bad' raised" in step.entry.irregular[0]
    assert {i.kind for i in step.incidents} == {"failed", "irregular_fact"}
    assert (step.case.state, step.case.outcomes()) == ("complying", {"c1": "removed"})
    assert "Roe" not in step.entry.text
    assert "Roe" not in str(step.incidents)


def says_yes(before: Case, view: Case, event: Event, facts: Any) -> Any:
    """Answer with a bare bool."""
    return True


@pytest.mark.parametrize("test", [broken, says_yes])
def test_a_broken_guard_refuses_an_act_and_never_a_fact(test: Any) -> None:
    def row(on: type[Event], source: str, by: str) -> Transition:
        return Transition(on=on, source=source, target=STAY, by=by, guards=Guard("bad", test), basis=B)

    desk = Desk(
        changed(transitions=[row(Verified, "received", "authority"), row(EffectGiven, "complying", "platform")])
    )
    desk.open()
    with pytest.raises(HookFailed, match="guard 'bad' raised"):
        desk.do(Verified(by=AUTHORITY))
    desk = Desk(changed(transitions=[row(EffectGiven, "complying", "platform")])).acknowledged(1)
    step = desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM))
    assert "guard 'bad' raised" in step.entry.irregular[0]
    assert "Roe" not in step.entry.text


def test_a_hook_is_named_code_so_a_lambda_is_refused() -> None:
    with pytest.raises(ProcedureError, match="not a lambda"):
        changed(hooks=[Hook(name="bad", run=lambda *_: None)])


class Raising:
    """A renderer that raises."""

    def render(self, template: Any, params: Any) -> Any:
        """Raise."""
        raise ValueError("Jane Roe")


def test_a_broken_renderer_refuses_an_act_and_for_a_fact_plain_text_is_sent() -> None:
    desk = Desk().acknowledged(1)
    due = desk.deadline("handle")
    assert desk.case is not None
    step = lapse(desk.p, desk.case, due, desk.facts(renderer=Raising()), hours(49))
    assert step is not None
    assert [m.template for m in step.outgoing] == ["alarm"]
    assert "case-1" in step.outgoing[0].subject
    assert "failed" in [i.kind for i in step.incidents]
    assert "Roe" not in step.entry.text
    desk = assessed()
    order = Issued(due=hours(99), by=AUTHORITY)
    for signer in (AGENCY_A, AGENCY_B):
        desk.do(Approved(proposal=desk.proposal(order), by=signer))
    with pytest.raises(HookFailed, match="renderer 'order'"):
        desk.do(order, renderer=Raising())


# --- times -------------------------------------------------------------------------------------------------------


def test_what_happened_lies_in_the_past_or_within_the_skew() -> None:
    desk = Desk()
    desk.open()
    desk.do(Unlisted_at(hours(0) + timedelta(minutes=5)), hours(0))
    for event in (Unlisted_at(hours(0) + timedelta(minutes=5, seconds=1)), Verified(by=AUTHORITY, at=hours(1))):
        with pytest.raises(BadInput, match="no more than 0:05:00 after now"):
            desk.do(event, hours(0))


def Unlisted_at(at: Any) -> sample.Unlisted:
    """Return a fact without a row."""
    return sample.Unlisted(by=COURT, at=at)


def test_an_instant_without_a_zone_is_refused_wherever_it_stands() -> None:
    naive = hours(0).replace(tzinfo=None)
    desk = Desk()
    with pytest.raises(BadInput, match=r"instrument\.due|Opened\.due"):
        desk.open(notice(due=naive))
    desk.open()
    cases: list[Event] = [
        Verified(by=AUTHORITY, at=naive),
        sample.ReviewStarted(by=PLATFORM, due=naive),
        Held(by=AUTHORITY, role="platform", until=naive, reason="x"),
        Extended(by=AUTHORITY, obligation="assess", due=naive, reason="x"),
        Unlisted_at(naive),
        sample.Unlisted(by=COURT, evidence=Evidence.of("x", received_at=naive)),
    ]
    for event in cases:
        with pytest.raises(BadInput, match="add the time zone"):
            desk.do(event, hours(0))
    with pytest.raises(BadInput, match="add the time zone"):
        desk.do(Verified(by=AUTHORITY), naive)


def test_now_never_decreases_in_a_case_and_a_clock_far_behind_is_an_incident() -> None:
    desk = Desk()
    desk.open(now=hours(10))
    near = desk.do(Verified(by=AUTHORITY), hours(10) - timedelta(minutes=4))
    assert near.case.recorded == hours(10)
    assert not near.incidents
    far = desk.do(Unlisted_at(hours(1)), hours(9))
    assert far.case.recorded == hours(10)
    assert [i.kind for i in far.incidents] == ["clock_behind", "irregular_fact"]
    assert "1:00:00" in far.incidents[0].detail


def test_the_three_times_and_the_evidence_are_in_the_entry() -> None:
    desk = Desk().acknowledged(1)
    proof = Evidence.of("signed", "letter", received_at=hours(20))
    step = desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=hours(10), evidence=proof), hours(30))
    assert step.entry.doc["at"] == "2025-06-02T12:00:00.000000Z"
    assert step.entry.doc["now"] == "2025-06-03T08:00:00.000000Z"
    assert step.entry.doc["evidence"] == [
        {"digest": proof.digest, "kind": "letter", "received_at": "2025-06-02T22:00:00.000000Z"}
    ]


@pytest.mark.parametrize("digest", ["", "abc", "G" * 64, "a" * 63, "Jane Roe"])
def test_evidence_is_a_digest_and_never_the_document(digest: str) -> None:
    desk = Desk()
    desk.open()
    with pytest.raises(BadInput, match="SHA-256"):
        desk.do(sample.Unlisted(by=COURT, evidence=Evidence(digest=digest)))


# --- personal data -----------------------------------------------------------------------------------------------

SECRETS = ("Jane", "Roe", "t.me", "secret", "oak street", "@example.org", "lawful, I think", "docket")


def test_nothing_personal_is_in_any_entry_of_a_walked_case() -> None:
    desk = Desk(id="case-7")
    desk.open(notice(2, form={"reasons": "Jane Roe", "address": "7 oak street"}, matter="m-1"))
    desk.do(Verified(by=AUTHORITY, note="called Jane Roe"))
    order = Issued(due=hours(99), by=AUTHORITY, reference="ref 12/2025")
    for signer in (AGENCY_A, AGENCY_B):
        desk.do(Approved(proposal=desk.proposal(order), by=signer))
    desk.do(order)
    desk.do(Acknowledged(message=desk.message("order").id, by=PLATFORM, note="signed Roe"))
    desk.do(Unsent(message=desk.message("for_counsel").id, by=SYSTEM, reason="mailbox full", note="jane@example.org"))
    desk.do(Refused(contents="c1", by=PLATFORM, reason="lawful, I think"))
    desk.do(CourtActionNotified(by=COURT, reference="docket 7"))
    desk.do(CourtDecided(by=COURT, restore=False, reference="docket 7"))
    desk.do(sample.ReviewStarted(by=PLATFORM, note="Jane Roe", due=hours(9)))
    desk.do(
        InstrumentReceived(
            by=REPORTER, instrument=sample.Notice(contents=["https://t.me/secret2"], form={"reasons": "Roe"})
        )
    )
    desk.do(Extended(by=AUTHORITY, obligation="handle", due=hours(300), reason="Jane Roe asked"))
    desk.do(Held(by=AUTHORITY, role="reporter", until=hours(90), reason="Jane Roe is a witness"))
    desk.tick(hours(400))
    desk.do(Approved(by=AGENCY_A, proposal=desk.proposal(Escalated(instrument=DOMAIN, reason="Roe"))))
    desk.do(Corrected(by=AUTHORITY, seq=1, field="at", value=hours(-1).isoformat(), reason="Jane Roe was right"))
    desk.do(IncidentResolved(by=AUTHORITY, incident="case-7/3.1", note="rang Jane Roe"))
    desk.do(Withdrawn(by=AUTHORITY, reason="Jane Roe"))
    for step in desk.steps:
        for secret in SECRETS:
            assert secret not in step.entry.text, (step.entry.event, secret)
            assert secret not in str(step.incidents)
    kept = {k for side in desk.sides for k in side.values}
    assert {"content.c1", "content.c3", "instrument.form.reasons", "note", "reason", "reference"} <= kept
    assert not desk.verify()


@pytest.mark.parametrize("id", ["jane@example.org", "Jane Roe", "", "x" * 201])
def test_an_actor_has_a_pseudonymous_id(id: str) -> None:
    with pytest.raises(BadInput, match="pseudonymous"):
        Actor(id, {"authority"})


@pytest.mark.parametrize("id", ["jane@example.org", "Jane Roe"])
def test_so_has_a_party_and_a_content_has_a_plain_id(id: str) -> None:
    with pytest.raises(BadInput, match="pseudonymous"):
        Desk().open(notice(parties={"reporter": id}))
    with pytest.raises(BadInput, match="no personal data"):
        Desk().open(Notice(contents=[Content(id=id, locator="https://t.me/x")]))


def test_nobody_hands_in_an_outcome_with_a_report() -> None:
    step = Desk().open(Notice(contents=[Content(locator="https://t.me/x", outcome="removed", since=hours(-9))]))
    assert step.case.outcomes() == {"c1": "pending"}
    assert step.case.contents[0].since == hours(0)


def test_contents_are_numbered_and_ids_are_unique() -> None:
    desk = Desk()
    given = [
        Content(id="c2", locator="https://t.me/a"),
        Content(locator="https://t.me/b"),
        Content(locator="https://t.me/c"),
    ]
    step = desk.open(Notice(contents=given))
    assert [c.id for c in step.case.contents] == ["c2", "c1", "c3"]
    assert all(c.locator is None and c.digest for c in step.case.contents)
    with pytest.raises(BadInput, match="id of its own"):
        desk.do(
            InstrumentReceived(instrument=Notice(contents=[Content(id="c2", locator="https://t.me/d")]), by=REPORTER)
        )
    with pytest.raises(BadInput, match="name contents of this case"):
        desk.do(Refused(contents="c9", by=PLATFORM))


def test_a_further_instrument_that_names_what_the_case_has_is_about_that_however_it_is_written() -> None:
    desk = Desk()
    desk.open(Notice(contents=["https://t.me/reported", "https://site.example/b", "https://t.me/c"]))
    again = ["https://SITE.example:443/b#", "https://telegram.me/Reported", "https://t.me/new"]
    step = desk.do(InstrumentReceived(instrument=Complaint(contents=again), by=REPORTER))
    assert [c.id for c in step.case.contents] == ["c1", "c2", "c3", "c4"]
    assert step.case.happenings[-1].contents == {"c1": "", "c2": "", "c4": ""}
    assert step.side.values == {"content.c4": again[2], "named.c1": again[1], "named.c2": again[0]}, "as it came in"
    assert step.keys == (locators.digest("url", "https://t.me/new"),)


# --- keys, commands, children ------------------------------------------------------------------------------------


def test_the_tenant_is_part_of_the_key_and_of_the_chain() -> None:
    desk = Desk()
    steps = [
        open_case(SAMPLE, Opened(instrument=notice(), by=REPORTER), desk.facts(), hours(0), tenant=tenant, id="case-1")
        for tenant in ("t1", "t2")
    ]
    assert [s.case.tenant for s in steps] == [s.entry.doc["tenant"] for s in steps] == ["t1", "t2"]
    assert steps[0].entry.hash != steps[1].entry.hash
    assert {m.tenant for s in steps for m in s.outgoing} <= {"t1", "t2"}
    assert {i.tenant for s in steps for i in s.incidents} <= {"t1", "t2"}


def test_a_milestone_is_told_to_the_case_that_opened_this_one() -> None:
    desk = Desk(sample.CHILD, id="case-1-c9")
    event = Opened(instrument=DOMAIN, by=AUTHORITY, parent="case-1", grounds=("case-1",))
    desk._keep(open_case(sample.CHILD, event, desk.facts(), hours(0), tenant="t1", id=desk.id))
    step = desk.do(Verified(by=AUTHORITY))
    assert [(m.parent, m.milestone) for m in step.milestones] == [("case-1", "blocked")]


def test_a_failed_message_is_tried_again_at_growing_intervals_and_not_for_ever() -> None:
    def row(attempts: int, expires: Any = None) -> Outgoing:
        return Outgoing(
            id="m", tenant="t", case="c", channel="email", send_after=hours(0), attempts=attempts, expires=expires
        )

    delays = [retry(row(n), hours(0), 0.0) for n in range(11)]
    seconds = [(d - hours(0)).total_seconds() for d in delays if d]
    assert seconds == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert retry(row(11), hours(0), 0.0) is None
    assert retry(row(0), hours(0), 1.0) == hours(0) + timedelta(seconds=45)
    assert retry(row(0, hours(0) + timedelta(seconds=29)), hours(0), 0.0) is None


# --- the engine stays quiet --------------------------------------------------------------------------------------


def test_the_engine_logs_nothing_of_ours_and_a_host_s_own_machine_still_logs(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        desk = Desk().acknowledged(1)
        desk.tick(hours(100))
        with pytest.raises(NotAllowed):
            desk.do(Verified(by=AUTHORITY))
    assert not [r for r in caplog.records if r.name.startswith("transitions")]
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        host = transitions.Machine(states=["a", "b"], initial="a", auto_transitions=False)
        host.add_transition("go", "a", "b")
        host.go()  # type: ignore[attr-defined]
    assert [r for r in caplog.records if r.name.startswith("transitions")]


# --- events there and back ---------------------------------------------------------------------------------------


def samples() -> list[Event]:
    """Return one event of every shared class, with every field set."""
    at, note = hours(5), "Jane Roe"
    instrument = Notice(contents=[Content(locator="https://t.me/x", party="isp-1")], parties={"platform": ("p1", "p2")},
                        form={"reasons": note}, matter="m", due=at)  # fmt: skip
    message: dict[str, Any] = {"message": "case-1-m5.1", "note": note}
    deadline: dict[str, Any] = {"deadline": "handle", "obligation": "handle"}
    some: dict[str, Any] = {"contents": ("c1", "c2"), "reason": note}
    return [
        Opened(instrument=instrument, grounds=("g1", "g2"), parent="p"), InstrumentReceived(instrument=DOMAIN),
        Sent(**message), AttemptFailed(**message, attempt=1, reason="busy", again=at), Unsent(**message, reason="full"), Delivered(**message), Acknowledged(**message),
        EffectGiven(outcomes={"c1": "removed"}), Refused(**some), ClarificationRequested(**some),
        sample.ClarificationGiven(**some), ImpossibilityStated(**some), Restored(**some), Retracted(**some), OrderVoided(**some),
        CourtActionNotified(reference=note), CourtDecided(restore=False, reference=note), CourtDecided(restore=True),
        LinkedCase(case="c", procedure="p", milestone="m"), DeadlineBreached(**deadline), DeadlineClosed(**deadline),
        DeadlineOpened(**deadline), DeadlineReminded(**deadline), Verified(note=note), Rejected(reason=note),
        Approved(proposal="a" * 64), Issued(reference="r", due=at), Escalated(instrument=instrument, reason=note),
        Withdrawn(reason=note), Superseded(case="c", reason=note), Closed(reason=note),
        Extended(obligation="handle", due=at, reason=note), Held(role="platform", until=at, reason=note),
        Corrected(seq=3, field="at", value="x", reason=note), IncidentResolved(incident="i", note=note),
        Attached(digest="a" * 64, size=0, media_type="image/png", file="Jane Roe.png", note=note),
        CalendarChanged(calendar="office", reference="decree 1"), ContactListed(party="platform-x"),
        Migrated(version="2", digest="a" * 64, state="received", recompute=("handle",), reason=note),
    ]  # fmt: skip


def test_there_is_a_sample_of_every_shared_event() -> None:
    assert {type(e) for e in samples()} == set(SHARED)


@pytest.mark.parametrize("event", samples(), ids=lambda e: e.name)
def test_every_event_comes_back_from_its_document_and_from_its_entry(event: Event) -> None:
    full = attrs.evolve(
        event, by=AUTHORITY, at=hours(6), evidence=Evidence.of("x", "letter", received_at=hours(7))
    )  # fmt: skip
    assert codec.event_from_doc(codec.event_to_doc(full), SAMPLE.events) == full

    instrument = getattr(full, "instrument", None)
    if instrument is not None:  # as `decide` numbers it
        numbered = core.number(instrument, (), b"salt")
        full = attrs.evolve(full, instrument=numbered)  # type: ignore[call-arg]
    data, side = journal.payload(full, b"salt")
    doc = {
        "event": {"name": full.name, "data": data},
        "by": {"id": AUTHORITY.id, "roles": sorted(AUTHORITY.roles), "organisation": AUTHORITY.organisation},
        "at": "2025-06-02T08:00:00.000000Z",
        "evidence": [core._evidence(e) for e in full.evidence],
    }
    back = codec.from_entry(doc, type(full), side)
    if instrument is not None:  # the digests are those of the case, not the reporter's
        back = attrs.evolve(back, instrument=core.number(back.instrument, (), b"salt"))  # type: ignore[attr-defined]
    assert back == full
    assert "Roe" not in str(doc)

    erased = codec.from_entry(doc, type(full), {})
    assert type(erased) is type(full)
    assert "Roe" not in str(erased)


@pytest.mark.parametrize(
    ("doc", "field"),
    [
        ({"name": "Nothing"}, "event.name"), ({"name": "Verified", "schema": 9}, "Verified.schema"),
        ({"name": "Verified", "fields": []}, "Verified.fields"), ({"name": "Verified", "fields": {"x": 1}}, "Verified.x"),
        ({"name": "Verified", "fields": {"note": 1}}, "Verified.note"), ({"name": "Sent", "fields": {}}, "Sent"),
        ({"name": "Corrected", "fields": {"seq": True}}, "Corrected.seq"),
        ({"name": "Issued", "fields": {"due": "tomorrow"}}, "Issued.due"),
        ({"name": "Issued", "fields": {"due": "2025-01-01T00:00"}}, "Issued.due"),
        ({"name": "EffectGiven", "fields": {"outcomes": ["c1"]}}, "EffectGiven.outcomes"),
        ({"name": "Opened", "fields": {"instrument": {"kind": "poem"}}}, "Opened.instrument.kind"),
    ],
)  # fmt: skip
def test_a_document_that_is_no_event_is_refused_with_the_field(doc: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        codec.event_from_doc(doc, SAMPLE.events)
    assert caught.value.field == field


# --- permissions -------------------------------------------------------------------------------------------------


def test_answers_agree_with_what_decide_does() -> None:
    for desk in (Desk(), assessed(), Desk().acknowledged(1)):
        if desk.case is None:
            desk.open()
        assert desk.case is not None
        for by in (AUTHORITY, AGENCY_A, PLATFORM, NOBODY):
            for cls in {t.on for t in SAMPLE.transitions} - {Opened}:
                for answer in answers(SAMPLE, desk.case, cls, by, desk.facts(), hours(20)):
                    assert answer.verdict in ("yes", "no", "depends")
                    assert bool(answer.reasons) is (answer.verdict == "no")
                    if answer.verdict == "yes":
                        decide(SAMPLE, desk.case, cls(by=by), desk.facts(), hours(20))
                    if answer.verdict == "no" and cls.act and not answer.of:
                        fields = [f for f in attrs.fields(cls) if f.default is attrs.NOTHING]
                        if not fields and cls not in (Withdrawn, Rejected):
                            with pytest.raises((NotAllowed, BadInput)):
                                decide(SAMPLE, desk.case, cls(by=by), desk.facts(), hours(20))


def test_a_correction_depends_on_its_fields_in_a_final_state_too() -> None:
    desk = Desk()
    desk.open()
    desk.do(Withdrawn(by=AUTHORITY, reason="x"))
    assert desk.case is not None
    (answer,) = answers(SAMPLE, desk.case, Corrected, AUTHORITY, desk.facts(), hours(1))
    assert (answer.verdict, answer.fields) == ("depends", ("seq", "field", "value", "reason"))
    (answer,) = answers(SAMPLE, desk.case, Withdrawn, AUTHORITY, desk.facts(), hours(1))
    assert answer.reasons == ("'withdrawn' is final",)


def test_a_proposal_is_signed_with_the_key_of_its_case() -> None:
    desk = assessed()
    assert desk.case is not None
    order = Issued(due=hours(9))
    assert proposal(SAMPLE, desk.case, order, b"one") != proposal(SAMPLE, desk.case, order, b"two")
    other = proposal(changed(), desk.case, order, b"one")
    assert other != proposal(SAMPLE, desk.case, order, b"one"), "and under its rulebook"
