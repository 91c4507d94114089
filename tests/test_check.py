"""What the checker promises: each fault is found at its place, a good procedure is left in peace."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest
from attrs import frozen

from sopflow import events as ev
from sopflow.check import _CHECKS, CODES, Finding, Report, check, faculties
from sopflow.errors import ProcedureError
from sopflow.guards import (
    all_are,
    any_is,
    complete,
    confirmed,
    happened,
    incomplete,
    ladder_exhausted,
    no_open_clock,
    open_clock,
    settled,
    was_open,
    window_open,
)
from sopflow.procedure import Procedure
from sopflow.rules import (
    ANY_OPEN,
    FACULTIES,
    STAY,
    Absent,
    Basis,
    Form,
    FormField,
    Guard,
    Hook,
    Obligation,
    On,
    Opens,
    Quorum,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Waiver,
)
from sopflow.terms import BusinessDays, Hours, PerCase, WithoutUndueDelay

B = Basis("made for this test", "test", "I")


@frozen(kw_only=True)
class Shelved(ev.Act):
    """Put aside."""


def row(on: type[ev.Event], source: Any, target: str, by: Any = "ministry", **more: Any) -> Transition:
    return Transition(on=on, source=source, target=target, by=by, basis=B, **more)


def state(name: str, **more: Any) -> State:
    return State(name=name, phase="closed" if more.get("final") else "assessment", basis=B, **more)


def owed(name: str, owner: str = "platform", term: Any = None, **more: Any) -> Obligation:
    return Obligation(name=name, owner=owner, term=term or WithoutUndueDelay(24), basis=B, **more)


ABSENT = {
    ev.ClarificationRequested: Absent("clarification", B, "nobody may"),
    ev.ImpossibilityStated: Absent("impossibility", B, "nobody may"),
}


def procedure(unheard: bool = False, **parts: Any) -> Procedure:
    """A procedure without a fault, in which `parts` are changed: received -> done.

    With `unheard`, nothing is said about answers other than doing what is asked.
    """
    sound: dict[str, Any] = {
        "id": "test.small",
        "version": "1",
        "title": "Small",
        "acting": "ministry",
        "roles": [
            Role(name="ministry", side="authority", basis=B),
            Role(name="agency", side="authority", basis=B),
            Role(name="platform", side="platform", basis=B),
            Role(name="moderators", side="platform", basis=B),
            Role(name="reporter", basis=B),
        ],
        "states": [state("received"), state("done", final=True)],
        "initial": "received",
        "opened_by": {"ministry"},
        "transitions": [row(ev.Verified, "received", "done")],
        "templates": [
            Template("order", "Order", "$contents $confirm"),
            Template("answer", "Answer", "$contents $confirm"),
        ],
        "sources": [Source("test", "this test")],
    }
    extra = {k.removeprefix("more_"): v for k, v in parts.items() if k.startswith("more_")}
    sound |= {k: v for k, v in parts.items() if not k.startswith("more_")}
    for name, items in extra.items():
        sound[name] = [*sound.get(name, ()), *items]
    if not unheard:
        heard = {t.on for t in sound["transitions"]}
        sound["absent"] = [*sound.get("absent", ()), *(lacks for on, lacks in ABSENT.items() if on not in heard)]
        noted = [on for on in (ev.Refused, ev.CourtActionNotified) if on not in heard]
        sound["transitions"] = [*sound["transitions"], *(row(on, ANY_OPEN, STAY) for on in noted)]
    made = Procedure(**sound)
    idle = {f.place for f in check(made).findings if f.code == "idle-role"} if "roles" not in parts else set()
    return attrs.evolve(made, roles=[r for r in made.roles if f"role {r.name}" not in idle])


def faults(p: Procedure, *known: Procedure) -> list[tuple[str, str]]:
    report = check(p, known)
    assert all(f.sentence and f.remedy for f in report.findings)
    assert all(f.code in CODES for f in report.findings)
    return [(f.code, f.place) for f in report.open]


ORDER = Send(template="order", to="platform", sender="ministry", ack_within=Hours(4), reminders=1)
GOOD = procedure(
    id="test.good",
    states=[
        state("received", waits_for="ministry"),
        state("sent", waits_for="platform"),
        state("overdue", waits_for="ministry"),
        state("unreachable", waits_for="ministry"),
        state("removed", final=True),
        state("withdrawn", final=True),
    ],
    transitions=[
        row(ev.Approved, "received", STAY, "agency"),
        row(ev.Issued, "received", "sent", sends=ORDER, requires=Quorum(roles="agency")),
        row(ev.EffectGiven, ANY_OPEN, "removed", "platform", guards=all_are("removed")),
        row(ev.EffectGiven, ANY_OPEN, STAY, "platform"),
        row(ev.Restored, ANY_OPEN, STAY, "platform"),
        row(ev.DeadlineBreached, "sent", "unreachable", "system", of="receipt:order", guards=ladder_exhausted("order")),
        row(ev.DeadlineBreached, "sent", "overdue", "system", of="removal"),
        row(ev.Withdrawn, ANY_OPEN, "withdrawn"),
    ],
    obligations=[
        owed("assess", "ministry", kind="reminder", starts=ev.Opened, meets=ev.Issued),
        owed("removal", "platform", Hours(24), starts=On(ev.Acknowledged, "order"), meets=ev.EffectGiven),
        owed(
            "decide",
            "ministry",
            kind="reminder",
            starts=(On(ev.DeadlineBreached, "removal"), On(ev.DeadlineBreached, "receipt:order")),
            meets=ev.EffectGiven,
            cancels=ev.Withdrawn,
        ),
    ],
)


# --- good procedures ----------------------------------------------------------------------------------------------


def test_a_good_procedure_has_no_findings() -> None:
    report = check(GOOD)
    assert report.findings == ()
    assert report.ok
    report.raise_if_broken()
    assert str(report) == "procedure 'test.good' version 1: 0 open finding(s), 0 waived"


def test_the_smallest_good_procedure_has_no_findings() -> None:
    assert faults(procedure()) == []


def test_the_same_procedure_always_gives_the_same_report() -> None:
    assert check(GOOD) == check(GOOD)
    assert str(check(BROKEN)) == str(check(BROKEN))


def test_every_code_is_explained_and_every_check_has_a_code() -> None:
    assert list(CODES) == sorted(CODES)
    assert set(CODES) == {*_CHECKS, "unused-waiver"}
    assert all(meaning.endswith(".") for meaning in CODES.values())


# --- states -------------------------------------------------------------------------------------------------------


def test_a_state_that_no_transition_leads_to_is_unreachable() -> None:
    assert faults(procedure(more_states=[state("lost", final=True)])) == [("unreachable-state", "state lost")]


def test_a_state_behind_a_transition_that_never_fires_is_unreachable_too() -> None:
    p = procedure(
        more_states=[state("reopened", final=True)],
        more_transitions=[row(ev.Opened, "received", "reopened", "reporter")],
    )
    assert faults(p) == [("unreachable-state", "state reopened"), ("never-fires", "transition Opened from received")]


def test_a_state_is_reached_by_facts_and_by_any_open_and_from_the_opening() -> None:
    p = procedure(
        states=[state("received"), state("examined"), state("done", final=True)],
        transitions=[
            row(ev.Opened, "received", "examined"),
            row(ev.OrderVoided, ANY_OPEN, "done", "reporter"),
        ],
    )
    assert faults(p) == []


def test_a_state_without_a_way_to_an_end_is_a_trap() -> None:
    p = procedure(more_states=[state("limbo")], more_transitions=[row(ev.Rejected, "received", "limbo")])
    assert faults(p) == [("trap", "state limbo")]


def test_states_that_only_lead_to_each_other_never_end_a_case() -> None:
    p = procedure(
        more_states=[state("here"), state("there")],
        more_transitions=[
            row(ev.Rejected, "received", "here"),
            row(Shelved, "here", "there"),
            row(Shelved, "there", "here"),
            row(ev.Verified, "there", STAY),
        ],
    )
    assert faults(p) == [("endless-case", "state here"), ("endless-case", "state there")]


def test_a_way_out_that_cannot_be_taken_is_no_way_out() -> None:
    p = procedure(
        more_states=[state("limbo")],
        more_transitions=[
            row(ev.Rejected, "received", "limbo"),
            row(ev.Acknowledged, "limbo", "done", "platform", of="order"),
        ],
    )
    assert faults(p) == [("trap", "state limbo"), ("never-fires", "transition Acknowledged:order from limbo")]


# --- transitions that never fire ----------------------------------------------------------------------------------


def test_a_transition_from_unreachable_states_never_fires() -> None:
    p = procedure(more_states=[state("lost")], more_transitions=[row(ev.Verified, "lost", "done")])
    assert faults(p) == [("unreachable-state", "state lost"), ("never-fires", "transition Verified from lost")]
    assert "no case reaches" in check(p).open[1].sentence


def test_a_transition_behind_an_unguarded_one_never_fires() -> None:
    p = procedure(more_transitions=[row(ev.Verified, "received", STAY)])
    assert faults(p) == [("never-fires", "transition Verified from received")]
    assert "earlier transition" in check(p).open[0].sentence


def test_a_transition_behind_an_unguarded_one_from_any_open_state_never_fires() -> None:
    p = procedure(
        transitions=[
            row(ev.Verified, ANY_OPEN, "done", {"ministry", "agency"}),
            row(ev.Verified, ("received",), STAY, "agency"),
        ]
    )
    assert faults(p) == [("never-fires", "transition Verified from received")]


def test_several_transitions_shadow_a_later_one_together() -> None:
    p = procedure(
        transitions=[
            row(ev.Verified, "received", "done", "ministry"),
            row(ev.Verified, "received", "done", "agency"),
            row(ev.Verified, "received", STAY, {"ministry", "agency"}),
        ]
    )
    assert faults(p) == [("never-fires", "transition Verified from received")]


def test_a_transition_of_one_kind_is_shadowed_by_one_of_any_kind() -> None:
    p = procedure(
        more_transitions=[
            row(ev.Held, "received", STAY),
            row(ev.Held, "received", "done", of="reporter"),
        ]
    )
    assert faults(p) == [("never-fires", "transition Held:reporter from received")]


@pytest.mark.parametrize(
    "first",
    [
        {"guards": all_are("removed")},
        {"requires": Quorum(roles="ministry")},
        {"by": "agency"},
        {"of": "reporter"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_transition_that_leaves_the_event_to_the_next_one_shadows_nothing(first: dict[str, Any]) -> None:
    p = procedure(
        more_states=[state("examined")],
        transitions=[
            row(ev.Approved, "received", STAY),
            row(Shelved, "received", "examined"),
            row(ev.Verified, "examined", "done"),
            attrs.evolve(row(ev.Held, "received", STAY), **first),
            row(ev.Held, ("received", "examined"), "done"),
        ],
    )
    assert faults(p) == []


def test_time_passes_as_system_so_a_transition_by_others_never_fires() -> None:
    rows = [attrs.evolve(t, by="ministry") if t.of == "removal" else t for t in GOOD.transitions]
    found = faults(attrs.evolve(GOOD, transitions=rows))
    assert ("never-fires", "transition DeadlineBreached:removal from sent") in found


@pytest.mark.parametrize(
    ("event", "term", "kind"),
    [
        (ev.DeadlineClosed, Hours(1), "duty"),
        (ev.DeadlineBreached, Hours(1), "right"),
        (ev.DeadlineOpened, Hours(1), "right"),
        (ev.DeadlineReminded, PerCase(), "right"),
        (ev.DeadlineBreached, WithoutUndueDelay(24), "duty"),
        (ev.DeadlineOpened, BusinessDays(max=3, calendar="x", zone="UTC"), "right"),
    ],
)
def test_a_transition_on_what_a_clock_cannot_come_to_never_fires(event: type[ev.Event], term: Any, kind: str) -> None:
    p = procedure(
        more_transitions=[
            row(event, "received", "done", "system", of="answer"),
            *(
                [row(ev.DeadlineBreached, "received", STAY, "system", of="answer")]
                if event is ev.DeadlineClosed
                else []
            ),
        ],
        obligations=[owed("answer", term=term, kind=kind, starts=ev.Opened, meets=ev.Verified)],
    )
    assert faults(p) == [("never-fires", f"transition {event.name}:answer from received")]


@pytest.mark.parametrize(
    ("event", "term", "kind"),
    [
        (ev.DeadlineBreached, Hours(1), "duty"),
        (ev.DeadlineClosed, PerCase(), "right"),
        (ev.DeadlineReminded, WithoutUndueDelay(24), "duty"),
        (ev.DeadlineOpened, BusinessDays(min=2, max=3, calendar="x", zone="UTC"), "right"),
    ],
)
def test_a_transition_on_what_a_clock_can_come_to_fires(event: type[ev.Event], term: Any, kind: str) -> None:
    p = procedure(
        more_transitions=[row(event, "received", "done", "system", of="answer")],
        obligations=[owed("answer", term=term, kind=kind, starts=ev.Opened, meets=ev.Verified)],
    )
    assert faults(p) == []


def test_an_extension_gives_a_limit_that_can_be_breached() -> None:
    p = procedure(
        more_transitions=[
            row(ev.Extended, "received", STAY, of="answer"),
            row(ev.DeadlineBreached, "received", "done", "system", of="answer"),
        ],
        obligations=[owed("answer", starts=ev.Opened, meets=ev.Verified)],
    )
    assert faults(p) == []


def test_a_transition_on_a_message_that_nothing_sends_never_fires() -> None:
    p = procedure(more_transitions=[row(ev.Acknowledged, "received", STAY, "platform", of="order")])
    assert faults(p) == [("never-fires", "transition Acknowledged:order from received")]


def test_a_transition_on_the_silence_of_a_message_that_nobody_clocks_never_fires() -> None:
    told = Send(template="order", to="platform", sender="ministry", proved_by=ev.EffectGiven)
    p = procedure(
        transitions=[
            row(ev.Verified, "received", "done", sends=told),
            row(ev.DeadlineBreached, "received", STAY, "system", of="receipt:order"),
        ]
    )
    assert faults(p) == [("never-fires", "transition DeadlineBreached:receipt:order from received")]


def test_a_correction_is_possible_in_every_state() -> None:
    p = procedure(
        more_states=[state("lost")],
        transitions=[
            row(ev.Verified, ANY_OPEN, "done"),
            row(ev.Corrected, "lost", STAY),
            row(ev.Corrected, "received", STAY),
        ],
    )
    assert faults(p) == [
        ("unreachable-state", "state lost"),
        ("duplicate-transition", "transition Corrected from received"),
    ]


def test_a_transition_that_needs_approvals_which_nobody_can_give_never_fires() -> None:
    p = procedure(more_transitions=[row(ev.Rejected, "received", "done", requires=Quorum(roles="agency"))])
    assert faults(p) == [("never-fires", "transition Rejected from received")]
    assert "agency" in check(p).open[0].sentence
    others = row(ev.Approved, "received", STAY, "ministry")
    assert faults(attrs.evolve(p, transitions=[*p.transitions, others])) == faults(p)
    signs = row(ev.Approved, "received", STAY, "agency")
    assert faults(attrs.evolve(p, transitions=[*p.transitions, signs])) == []


# --- obligations --------------------------------------------------------------------------------------------------


def test_an_obligation_that_nothing_starts_never_starts() -> None:
    p = procedure(obligations=[owed("answer", starts=(ev.Issued, On(ev.Sent, "order")), meets=ev.Verified)])
    assert faults(p) == [("never-starts", "obligation answer")]
    assert "Issued, Sent:order" in check(p).open[0].sentence


def test_an_act_starts_nothing_where_its_transition_never_fires() -> None:
    p = procedure(
        more_states=[state("lost")],
        more_transitions=[row(ev.Issued, "lost", "done")],
        obligations=[owed("answer", starts=ev.Issued, meets=ev.Verified)],
    )
    assert ("never-starts", "obligation answer") in faults(p)


def test_obligations_that_only_start_each_other_never_start() -> None:
    p = procedure(
        obligations=[
            owed("first", kind="right", term=Hours(1), starts=On(ev.DeadlineClosed, "second")),
            owed("second", kind="right", term=Hours(1), starts=On(ev.DeadlineClosed, "first")),
        ]
    )
    assert faults(p) == [("never-starts", "obligation first"), ("never-starts", "obligation second")]


def test_one_event_that_can_happen_is_enough_to_start_an_obligation() -> None:
    p = procedure(
        more_transitions=[row(ev.DeadlineClosed, "received", STAY, "system", of="objection")],
        obligations=[
            owed("objection", kind="right", term=Hours(1), starts=(ev.Opened, ev.Issued)),
            owed("reminder", starts=ev.Opened, meets=ev.Verified),
            owed("next", starts=ev.DeadlineClosed, meets=ev.Verified),
        ],
    )
    assert faults(p) == []


def test_an_obligation_is_started_by_a_fact_of_the_matching_kind_only() -> None:
    p = procedure(
        more_transitions=[row(ev.InstrumentReceived, "received", STAY, "reporter", of="complaint")],
        obligations=[
            owed("heard", starts=On(ev.InstrumentReceived, "complaint"), meets=ev.Verified),
            owed("unheard", starts=On(ev.InstrumentReceived, "counter_notice"), meets=ev.Verified),
        ],
    )
    assert faults(p) == [("never-starts", "obligation unheard")]


def _start(before: Any, view: Any, event: Any, facts: Any) -> None: ...


@pytest.mark.parametrize(
    ("event", "found"),
    [(None, []), (ev.Verified, []), (ev.Act, []), (ev.Event, []), (ev.Issued, ["hook start"]), (ev.Opened, ["hook start"]),
     (ev.Fact, ["hook start"])],
)  # fmt: skip
def test_a_hook_on_an_event_that_no_transition_is_on_never_runs(event: Any, found: list[str]) -> None:
    report = check(procedure(hooks=[Hook(name="start", run=_start, event=event)], unheard=True))
    assert [f.place for f in report.open if f.code == "never-fires"] == found
    assert all(f"there is none on {event.__name__}" in f.sentence for f in report.open)


def test_a_kind_of_instrument_that_does_not_exist_opens_no_case() -> None:
    assert faults(procedure(opened_with={"notice", "order"})) == []
    report = check(procedure(opened_with={"notice", "notcie"}))
    assert [(f.code, f.place) for f in report.open] == [("never-fires", "fact Opened:notcie")]
    assert "complaint, counter_notice" in report.open[0].sentence

    class Petition(ev.Instrument):
        """A kind of the host's own."""

    assert faults(procedure(opened_with=Petition.kind)) == []


@pytest.mark.parametrize(
    ("guard", "kind"),
    [
        (complete("notcie"), "instrument"),
        (incomplete("notcie"), "instrument"),
        (open_clock("anwser"), "obligation"),
        (no_open_clock("anwser"), "obligation"),
        (was_open("anwser"), "obligation"),
        (settled("anwser"), "obligation"),
        (window_open("anwser"), "obligation"),
        (happened("Verifeid"), "event"),
        (happened("Verifeid", negate=True), "event"),
        (confirmed("odrer"), "template"),
        (ladder_exhausted("answer"), "template"),  # there is one, and nothing sends it
    ],
)
def test_what_a_guard_looks_for_and_the_procedure_does_not_have_is_found(guard: Guard, kind: str) -> None:
    p = procedure(transitions=[row(ev.Verified, "received", "done", guards=guard), row(Shelved, "received", "done")])
    assert faults(p) == [("unknown-name", "transition Verified from received")]
    assert f"{guard.name} looks for the {kind} " in check(p).open[0].sentence


def test_what_a_guard_looks_for_and_the_procedure_has_is_no_fault() -> None:
    guards = (
        complete("notice"),
        no_open_clock("answer"),
        settled("receipt:order"),
        happened("Shelved"),
        confirmed("order"),
    )
    rows = (t if t.on is not ev.EffectGiven else attrs.evolve(t, guards=(*t.guards, *guards)) for t in GOOD.transitions)
    answer = owed("answer", starts=ev.Issued, meets=ev.EffectGiven)
    p = attrs.evolve(
        GOOD, transitions=[*rows, row(Shelved, "sent", STAY)], obligations=[*GOOD.obligations, answer]
    )  # fmt: skip
    assert [f for f in faults(p) if f[0] == "unknown-name"] == []


def test_a_form_or_a_row_of_a_kind_that_does_not_exist_is_found() -> None:
    form = Form(instrument="notcie", fields=[FormField("reasons", Basis("article 1", "test", "I"))], enforce="refuse")
    assert faults(procedure(forms=[form])) == [("unknown-name", "form notcie")]
    rows = [
        row(ev.InstrumentReceived, ANY_OPEN, STAY, "ministry", of="complant"),
        row(ev.InstrumentReceived, ANY_OPEN, STAY, "ministry", of="incomplete_complaint"),
        row(ev.Extended, ANY_OPEN, STAY, "ministry", of="anwser"),
    ]
    assert faults(procedure(more_transitions=rows)) == [
        ("unknown-name", "transition InstrumentReceived:complant from *"),
        ("unknown-name", "transition Extended:anwser from *"),
    ]
    starts = On(ev.InstrumentReceived, "complant")
    found = faults(procedure(obligations=[owed("answer", starts=starts, meets=ev.Verified)]))
    assert ("unknown-name", "obligation answer") in found


def test_a_hook_might_start_any_obligation() -> None:
    p = procedure(
        obligations=[owed("answer", starts=ev.Issued, meets=ev.Verified)], hooks=[Hook(name="start", run=_start)]
    )
    assert faults(p) == []


@pytest.mark.parametrize(
    "meets",
    [
        (),
        ev.EffectGiven,
        On(ev.Acknowledged, "order"),
    ],
)
def test_a_duty_that_nothing_can_meet_is_endless(meets: Any) -> None:
    p = procedure(obligations=[owed("answer", starts=ev.Opened, meets=meets)])
    assert faults(p) == [("endless-obligation", "obligation answer")]


def test_a_reminder_that_comes_again_and_that_nothing_ends_is_endless() -> None:
    def reminds(**more: Any) -> list[tuple[str, str]]:
        return faults(procedure(obligations=[owed("look", kind="reminder", starts=ev.Opened, **more)]))

    assert reminds(repeats=True) == [("endless-obligation", "obligation look")]
    assert reminds(repeats=True, meets=ev.Verified) == []
    assert reminds(repeats=True, cancels=ev.Verified) == []
    assert reminds() == []  # it reminds once


def test_a_duty_that_can_be_cancelled_and_a_right_that_closes_are_not_endless() -> None:
    p = procedure(
        obligations=[
            owed("answer", starts=ev.Opened, cancels=ev.Verified),
            owed("objection", kind="right", term=Hours(48), starts=ev.Opened),
        ]
    )
    assert faults(p) == []


def test_a_clock_that_can_be_stopped_and_never_goes_on_is_endless() -> None:
    def stopped(**more: Any) -> Procedure:
        answer = owed("answer", starts=ev.Opened, meets=ev.Verified, pauses=ev.ClarificationRequested, **more)
        asked = row(ev.ClarificationRequested, "received", STAY, "platform")
        given = row(ev.ClarificationGiven, "received", STAY)
        return procedure(obligations=[answer], more_transitions=[asked, given])

    report = check(stopped())
    assert [(f.code, f.place) for f in report.open] == [("endless-obligation", "obligation answer")]
    assert "it can be stopped, and nothing that resumes it can happen" in report.open[0].sentence
    assert faults(stopped(resumes=Shelved)) == [("endless-obligation", "obligation answer")], "that never happens"
    assert faults(stopped(resumes=ev.ClarificationGiven)) == []


def test_a_breach_that_is_answered_only_where_the_clock_cannot_run_is_silent() -> None:
    def answered(source: str) -> Procedure:
        return procedure(
            states=[state("received"), state("sent"), state("done", final=True)],
            transitions=[
                row(ev.Issued, "received", "sent"),
                row(ev.Verified, "sent", "done"),
                row(ev.DeadlineBreached, source, STAY, "system", of="answer"),
            ],
            obligations=[owed("answer", term=Hours(1), starts=ev.Issued, meets=ev.Verified)],
        )

    report = check(answered("received"))
    assert [(f.code, f.place) for f in report.open] == [("silent-breach", "obligation answer")]
    assert "in no state in which it can run: sent" in report.open[0].sentence
    assert faults(answered("sent")) == []


def test_a_duty_whose_breach_leads_nowhere_is_silent() -> None:
    p = procedure(obligations=[owed("answer", term=PerCase(), starts=ev.Opened, meets=ev.Verified)])
    assert faults(p) == [("silent-breach", "obligation answer")]


def test_a_message_that_the_other_side_owes_by_a_time_may_not_be_silently_missed() -> None:
    answer = Send(template="answer", to="ministry", sender="platform", within=Hours(4))
    p = procedure(
        more_states=[state("asked", waits_for="platform")],
        transitions=[row(ev.Issued, "received", "asked", sends=answer), row(ev.Verified, "asked", "done")],
    )
    assert faults(p) == [("silent-breach", "send answer")]
    late = row(ev.DeadlineBreached, "asked", STAY, "system", of="expected:answer")
    assert faults(attrs.evolve(p, transitions=[*p.transitions, late])) == []


# --- messages -----------------------------------------------------------------------------------------------------


def test_a_message_that_nobody_confirms_needs_somebody_to_decide_what_follows() -> None:
    p = procedure(transitions=[row(ev.Verified, "received", "done", sends=ORDER)])
    assert faults(p) == [("ladder-end", "send order")]


def test_a_message_whose_receipt_nobody_awaits_is_found() -> None:
    told = Send(template="order", to="platform", sender="ministry")
    p = procedure(transitions=[row(ev.Verified, "received", "done", sends=told)])
    assert faults(p) == [("unconfirmed-message", "send order")]
    assert "platform" in check(p).open[0].sentence


def test_a_limit_for_the_other_side_does_not_confirm_a_message_of_ours() -> None:
    told = Send(template="order", to="platform", sender="agency", within=Hours(1))
    p = procedure(transitions=[row(ev.Verified, "received", "done", sends=told)])
    assert faults(p) == [("unconfirmed-message", "send order")]


def test_a_message_that_is_proved_by_a_fact_is_not_unconfirmed() -> None:
    told = Send(template="order", to="platform", sender="ministry", proved_by=ev.EffectGiven)
    assert faults(procedure(transitions=[row(ev.Verified, "received", "done", sends=told)])) == []


def test_a_message_that_a_hook_declares_is_checked_like_any_other() -> None:
    silent = row(ev.DeadlineBreached, "received", STAY, "system", of="receipt:order")
    told = Send(template="answer", to="reporter", sender="ministry")
    hooks = [Hook(name="tell", run=_start, may_send=(ORDER, told))]
    p = procedure(hooks=hooks, more_transitions=[silent])
    assert faults(p) == [("unconfirmed-message", "send answer")]
    assert faults(procedure(hooks=hooks)) == [("ladder-end", "send order"), ("unconfirmed-message", "send answer")]


def test_a_hook_sends_nothing_that_it_does_not_declare() -> None:
    p = procedure(
        hooks=[Hook(name="start", run=_start)],
        more_transitions=[row(ev.Acknowledged, "received", STAY, "platform", of="order")],
    )
    assert faults(p) == [("never-fires", "transition Acknowledged:order from received")]


# --- facts of the other side --------------------------------------------------------------------------------------


def test_a_fact_that_only_some_states_listen_to_is_one_finding_with_all_deaf_states() -> None:
    p = procedure(
        states=[state(name) for name in ("received", "examined", "sent", "late")] + [state("done", final=True)],
        transitions=[
            row(ev.Verified, "received", "examined"),
            row(ev.Issued, "examined", "sent"),
            row(Shelved, "sent", "late"),
            row(ev.EffectGiven, ("sent", "late"), "done", {"platform", "ministry"}),
            row(ev.Restored, ANY_OPEN, STAY, "ministry"),
        ],
    )
    assert faults(p) == [("deaf-state", "fact EffectGiven")]
    assert check(p).open[0].sentence.endswith("irregular in received, examined")


_ANSWERS = ("Refused", "ImpossibilityStated", "ClarificationRequested", "CourtActionNotified")


def test_what_who_owes_something_may_answer_and_no_row_takes_is_found_once_for_the_procedure() -> None:
    duty = owed("answer", starts=ev.Opened, meets=ev.Verified)
    p = procedure(unheard=True, obligations=[duty])
    assert faults(p) == [("unheard-answer", f"fact {name}") for name in _ANSWERS]
    assert check(p).open[0].sentence.startswith("platform may state it")


def test_an_answer_that_a_row_takes_or_that_is_said_to_be_absent_is_not_unheard() -> None:
    duty = owed("answer", starts=ev.Opened, meets=ev.Verified)
    rows = [row(on, ANY_OPEN, STAY, "platform") for on in (ev.Refused, ev.CourtActionNotified)]
    absent = [ABSENT[ev.ClarificationRequested], ABSENT[ev.ImpossibilityStated]]
    assert faults(procedure(unheard=True, obligations=[duty], more_transitions=rows, absent=absent)) == []


def test_whoever_is_waited_for_may_answer_too() -> None:
    waits = [state("received", waits_for="platform"), state("done", final=True)]
    found = faults(procedure(unheard=True, states=waits))
    assert [place for code, place in found if code == "unheard-answer"] == [f"fact {name}" for name in _ANSWERS]


@pytest.mark.parametrize(("owner", "kind"), [("ministry", "duty"), ("agency", "duty"), ("platform", "right")])
def test_our_own_side_and_who_only_has_a_right_give_no_answers(owner: str, kind: str) -> None:
    own = owed("answer", owner, Hours(4) if kind == "right" else None, kind=kind, starts=ev.Opened, meets=ev.Verified)
    assert faults(procedure(unheard=True, obligations=[own])) == []


def test_instruments_are_listened_to_kind_by_kind() -> None:
    p = procedure(
        more_states=[state("examined")],
        transitions=[
            row(ev.Issued, "received", "examined"),
            row(ev.Verified, "examined", "done"),
            row(ev.InstrumentReceived, "examined", STAY, "reporter", of="counter_notice"),
            row(ev.InstrumentReceived, ANY_OPEN, STAY, "reporter", of="complaint"),
        ],
    )
    assert faults(p) == [("deaf-state", "fact InstrumentReceived:counter_notice")]


def test_facts_of_our_own_side_and_facts_that_need_no_row_make_no_state_deaf() -> None:
    p = procedure(
        more_states=[state("sent")],
        transitions=[
            row(ev.Issued, "received", "sent", sends=ORDER),
            row(ev.Acknowledged, "sent", STAY, "platform", of="order"),
            row(ev.ClarificationGiven, "received", STAY, "agency"),
            row(ev.DeadlineBreached, "sent", STAY, "system", of="receipt:order"),
            row(ev.LinkedCase, "sent", "done", {"system", "platform"}, of="blocked"),
        ],
    )
    assert faults(p) == []


# --- waiting without a clock --------------------------------------------------------------------------------------


def waiting(**parts: Any) -> Procedure:
    """received -> sent, which waits for the platform -> done."""
    rows = [row(ev.Issued, "received", "sent"), row(ev.Verified, "sent", "done")]
    states = [state("received"), state("sent", waits_for="platform"), state("done", final=True)]
    return procedure(**{"states": states, "transitions": rows, **parts})


def test_a_state_that_waits_while_no_clock_runs_is_found() -> None:
    assert faults(waiting()) == [("wait-without-clock", "state sent")]
    assert "platform" in check(waiting()).open[0].sentence


@pytest.mark.parametrize("kind", ["duty", "right", "reminder"])
@pytest.mark.parametrize("owner", ["platform", "moderators"])
def test_a_clock_of_the_side_that_is_waited_for_watches_over_the_wait(kind: str, owner: str) -> None:
    starts = (On(ev.Issued), On(ev.Opened))
    for start in starts:
        p = waiting(obligations=[owed("answer", owner, kind=kind, starts=start, meets=ev.Verified)])
        assert faults(p) == []


def test_a_clock_of_somebody_else_watches_only_where_the_state_answers_its_passing() -> None:
    answer = owed("answer", "reporter", kind="right", term=Hours(1), starts=ev.Issued)
    assert faults(waiting(obligations=[answer])) == [("wait-without-clock", "state sent")]
    closes = row(ev.DeadlineClosed, "sent", "done", "system", of="answer")
    assert faults(waiting(obligations=[answer], more_transitions=[closes])) == []


def test_an_answer_that_leads_nowhere_and_tells_the_waited_for_nothing_watches_over_nothing() -> None:
    def answered(*sends: Send) -> list[tuple[str, str]]:
        theirs = owed("objection", "reporter", kind="right", term=Hours(1), starts=ev.Issued)
        closes = row(ev.DeadlineClosed, "sent", STAY, "system", of="objection", sends=sends)
        return faults(waiting(obligations=[theirs], more_transitions=[closes]))

    assert answered() == [("wait-without-clock", "state sent")]
    proved = Send(template="order", to="reporter", sender="ministry", proved_by=ev.Verified)
    assert answered(proved) == [("wait-without-clock", "state sent")]
    assert answered(attrs.evolve(proved, to="platform")) == []

    theirs = owed("objection", "reporter", kind="right", term=Hours(1), starts=ev.Issued)
    closes = row(ev.DeadlineClosed, "sent", STAY, "system", of="objection")
    tells = Hook(name="start", run=_start, event=ev.DeadlineClosed, may_send=(attrs.evolve(proved, to="platform"),))
    assert faults(waiting(obligations=[theirs], more_transitions=[closes], hooks=[tells])) == []


def test_a_clock_that_was_surely_ended_on_the_way_in_watches_over_nothing() -> None:
    p = waiting(obligations=[owed("answer", starts=ev.Opened, meets=ev.Issued)])
    assert faults(p) == [("wait-without-clock", "state sent")]


def test_only_its_own_passing_ends_a_clock() -> None:
    p = procedure(
        states=[state("received"), state("late", waits_for="platform"), state("done", final=True)],
        transitions=[
            row(ev.DeadlineClosed, "received", "late", "system", of="objection"),
            row(ev.Verified, "late", "done"),
        ],
        obligations=[
            owed("objection", "reporter", kind="right", term=Hours(1), starts=ev.Opened),
            owed("answer", starts=ev.Opened, meets=ev.Verified),
        ],
    )
    assert faults(p) == []


def test_a_clock_that_ended_watches_again_only_if_it_repeats() -> None:
    def again(repeats: bool) -> Procedure:
        return waiting(
            states=[state("received"), state("met"), state("sent", waits_for="platform"), state("done", final=True)],
            transitions=[
                row(ev.Issued, "received", "met"),
                row(Shelved, "met", "sent"),
                row(ev.Verified, "sent", "done"),
            ],
            obligations=[owed("answer", starts=(ev.Opened, Shelved), meets=ev.Issued, repeats=repeats)],
        )

    assert faults(again(repeats=True)) == []
    assert faults(again(repeats=False)) == [("wait-without-clock", "state sent")]


def test_a_fact_that_needs_no_row_may_start_the_clock_of_a_wait() -> None:
    told = Send(template="order", to="platform", sender="ministry", proved_by=ev.EffectGiven)
    p = waiting(
        transitions=[row(ev.Issued, "received", "sent", sends=told), row(ev.Verified, "sent", "done")],
        obligations=[owed("answer", starts=On(ev.Acknowledged, "order"), meets=ev.Verified)],
    )
    assert faults(p) == []


def test_a_hook_might_start_the_clock_of_a_wait() -> None:
    answer = owed("answer", starts=ev.Held, meets=ev.Verified)
    assert faults(waiting(obligations=[answer], hooks=[Hook(name="start", run=_start)])) == []


@pytest.mark.parametrize(
    "change",
    [{"per_content": True}, {"meets": On(ev.Issued, outcomes="removed")}, {"meets": On(ev.Issued, where="removed")}],
)
def test_a_clock_that_was_perhaps_ended_on_the_way_in_still_watches(change: dict[str, Any]) -> None:
    answer = attrs.evolve(owed("answer", starts=ev.Opened, meets=ev.Issued), **change)
    assert faults(waiting(obligations=[answer])) == []


def test_a_clock_that_starts_only_later_watches_over_nothing() -> None:
    p = waiting(
        more_states=[state("examined")],
        transitions=[
            row(ev.Issued, "received", "sent"),
            row(Shelved, "sent", "examined"),
            row(ev.Verified, "examined", "done"),
        ],
        obligations=[owed("answer", starts=ev.Verified, cancels=Shelved)],
    )
    assert faults(p) == [("wait-without-clock", "state sent")]


def test_a_message_that_awaits_its_receipt_watches_until_it_is_confirmed() -> None:
    breach = row(ev.DeadlineBreached, "sent", STAY, "system", of="receipt:order")
    issued = row(ev.Issued, "received", "sent", sends=ORDER)
    p = waiting(transitions=[issued, breach, row(ev.Verified, "sent", "done")])
    assert faults(p) == []
    confirm = row(ev.Acknowledged, "sent", "heard", "platform", of="order")
    p = procedure(
        states=[state("received"), state("sent"), state("heard", waits_for="platform"), state("done", final=True)],
        transitions=[issued, breach, confirm, row(ev.Verified, "heard", "done")],
    )
    assert faults(p) == [("wait-without-clock", "state heard")]


@pytest.mark.parametrize(("event", "found"), [(None, []), (ev.Issued, []), (ev.Verified, ["wait-without-clock"])])
def test_a_message_of_a_hook_watches_from_the_event_on_which_it_is_sent(event: Any, found: list[str]) -> None:
    p = waiting(
        more_transitions=[row(ev.DeadlineBreached, "sent", STAY, "system", of="receipt:order")],
        hooks=[Hook(name="tell", run=_start, event=event, may_send=ORDER)],
    )
    assert [code for code, _ in faults(p)] == found


@pytest.mark.parametrize("act", [ev.Withdrawn, ev.Superseded, ev.Closed])
def test_what_is_taken_back_or_closed_awaits_no_receipt(act: type[ev.Event]) -> None:
    p = waiting(
        transitions=[
            row(ev.Issued, "received", "issued", sends=ORDER),
            row(ev.DeadlineBreached, "issued", STAY, "system", of="receipt:order"),
            row(act, "issued", "sent"),
            row(ev.Verified, "sent", "done"),
        ],
        states=[state("received"), state("issued"), state("sent", waits_for="platform"), state("done", final=True)],
    )
    assert faults(p) == [("wait-without-clock", "state sent")]


def test_the_end_of_the_ladder_ends_the_watch() -> None:
    def with_guard(guard: Any) -> Procedure:
        return procedure(
            states=[state("received"), state("sent"), state("silent", waits_for="platform"), state("done", final=True)],
            transitions=[
                row(ev.Issued, "received", "sent", sends=ORDER),
                row(ev.DeadlineBreached, "sent", "silent", "system", of="receipt:order", guards=guard),
                row(ev.Verified, "silent", "done"),
            ],
        )

    assert faults(with_guard(ladder_exhausted("order"))) == [("wait-without-clock", "state silent")]
    assert faults(with_guard(confirmed("order"))) == []  # the next contact is being tried


def test_after_its_breach_a_clock_watches_no_more_unless_it_runs_again() -> None:
    def overdue(**more: Any) -> Procedure:
        return procedure(
            states=[state("received"), state("late", waits_for="platform"), state("done", final=True)],
            transitions=[
                row(ev.DeadlineBreached, "received", "late", "system", of="answer"),
                row(ev.Verified, "late", "done"),
            ],
            obligations=[owed("answer", term=Hours(1), starts=ev.Opened, meets=ev.Verified, **more)],
        )

    assert faults(overdue()) == [("wait-without-clock", "state late")]
    assert faults(overdue(restarts=On(ev.DeadlineBreached, "answer"))) == []


def test_waiting_for_ourselves_needs_a_clock_too() -> None:
    p = procedure(states=[state("received", waits_for="ministry"), state("done", final=True)])
    assert faults(p) == [("wait-without-clock", "state received")]


# --- other procedures ---------------------------------------------------------------------------------------------

CHILD = procedure(id="test.child", states=[state("received"), state("done", final=True, milestone=True)])


def opening(child: str, milestone: str = "done", by: str = "ministry") -> Procedure:
    return procedure(
        more_transitions=[
            row(ev.Escalated, "received", STAY, by, opens=Opens(procedure=child)),
            row(ev.LinkedCase, "received", "done", "system", of=milestone),
        ]
    )


def test_opening_a_case_under_an_unknown_procedure_is_found_where_others_are_at_hand() -> None:
    p = opening("test.chidl")
    assert faults(p, CHILD) == [("opens-unknown", "transition Escalated from received")]
    assert faults(p) == []


def test_opening_a_case_under_a_known_procedure_or_its_own_is_no_fault() -> None:
    assert faults(opening("test.child"), CHILD) == []
    own = opening("test.small")
    own = attrs.evolve(own, states=[state("received"), state("done", final=True, milestone=True)])
    assert faults(own, CHILD) == []


def test_a_milestone_that_no_opened_case_has_is_found() -> None:
    assert faults(opening("test.child", "received"), CHILD) == [
        ("opens-unknown", "transition LinkedCase:received from received")
    ]


def test_a_case_that_none_of_the_roles_may_open_is_found() -> None:
    assert faults(opening("test.child", by="agency"), CHILD) == [
        ("opens-unknown", "transition Escalated from received")
    ]


def test_a_milestone_reported_by_the_library_needs_the_role_system() -> None:
    rows = [attrs.evolve(t, by="ministry") for t in opening("test.child").transitions]
    p = procedure(transitions=rows)
    assert faults(p) == [("never-fires", "transition LinkedCase:done from received")]


# --- waivers ------------------------------------------------------------------------------------------------------

UNHEARD = procedure(
    more_states=[state("lost", final=True), state("gone", final=True)],
    obligations=[owed("answer", starts=ev.Opened)],
)


def waived(*waivers: Waiver) -> Report:
    return check(attrs.evolve(UNHEARD, waivers=waivers))


def test_a_waived_finding_stays_in_the_report_with_its_reason() -> None:
    report = waived(Waiver(code="unreachable-state", place="state lost", reason="an extension leads there"))
    assert [(f.place, f.waived) for f in report.waived] == [("state lost", "an extension leads there")]
    assert [f.place for f in report.open] == ["state gone", "obligation answer"]
    assert not report.ok
    assert "state lost: " in str(report)
    assert "because: an extension leads there" in str(report)


def test_a_waiver_of_any_place_waives_every_finding_of_its_code_and_no_other() -> None:
    report = waived(Waiver(code="unreachable-state", place="*", reason="an extension leads there"))
    assert [f.place for f in report.waived] == ["state lost", "state gone"]
    assert [f.code for f in report.open] == ["endless-obligation"]


def test_a_procedure_with_all_findings_waived_is_not_broken() -> None:
    report = waived(
        Waiver(code="unreachable-state", place="*", reason="an extension leads there"),
        Waiver(code="endless-obligation", place="obligation answer", reason="the law is so"),
    )
    assert report.ok
    assert len(report.findings) == 3
    report.raise_if_broken()


@pytest.mark.parametrize(
    ("waiver", "why"),
    [
        (Waiver(code="trap", place="*", reason="no"), "matches no finding"),
        (Waiver(code="endless-obligation", place="obligation other", reason="no"), "matches no finding"),
        (Waiver(code="endles-obligation", place="*", reason="no"), "no code"),
        (Waiver(code="endless-obligation", place="obligation answer", reason=""), "no reason"),
        (Waiver(code="endless-obligation", place="obligation answer", reason=" "), "no reason"),
    ],
)
def test_a_waiver_that_waives_nothing_is_a_finding(waiver: Waiver, why: str) -> None:
    report = waived(waiver)
    assert report.waived == ()
    finding = report.open[-1]
    assert (finding.code, finding.place) == ("unused-waiver", f"waiver {waiver.code} at {waiver.place}")
    assert why in finding.sentence
    assert finding.remedy


def test_a_waiver_about_other_procedures_is_not_unused_while_none_are_at_hand() -> None:
    waiver = Waiver(code="opens-unknown", place="*", reason="the host has it")
    p = attrs.evolve(opening("host.own"), waivers=[waiver])
    assert check(p).findings == ()
    assert [f.waived for f in check(p, [CHILD]).findings] == ["the host has it"]


# --- rows against each other ----------------------------------------------------------------------------------------


def test_a_transition_that_stands_twice_is_found_once() -> None:
    p = procedure(more_transitions=[row(ev.Held, "received", STAY), row(ev.Held, ANY_OPEN, STAY)])
    assert faults(p) == [("duplicate-transition", "transition Held from *")]


def test_a_transition_that_is_shadowed_in_one_of_its_states_is_found_there() -> None:
    p = procedure(
        more_states=[state("examined")],
        transitions=[
            row(Shelved, "received", "examined"),
            row(ev.Verified, "examined", "done"),
            row(ev.Held, "examined", STAY),
            row(ev.Held, ("received", "examined"), "done"),
        ],
    )
    assert faults(p) == [("shadowed-transition", "transition Held from received|examined")]
    assert "in examined" in check(p).open[0].sentence


def test_a_fallback_from_any_state_behind_a_special_row_is_no_fault() -> None:
    p = procedure(more_transitions=[row(ev.Held, "received", "done"), row(ev.Held, ANY_OPEN, STAY)],
                  more_states=[state("examined")])  # fmt: skip
    p = attrs.evolve(
        p, transitions=[*p.transitions, row(Shelved, "received", "examined"), row(ev.Verified, "examined", "done")]
    )
    assert faults(p) == []


def test_a_row_whose_guards_include_those_of_an_earlier_one_never_fires() -> None:
    first = row(ev.EffectGiven, ANY_OPEN, "done", guards=all_are("removed"))
    second = row(ev.EffectGiven, ANY_OPEN, STAY, guards=(all_are("removed"), happened("Issued")))
    p = procedure(more_transitions=[first, second, row(ev.Restored, ANY_OPEN, STAY)])
    assert faults(p) == [("never-fires", "transition EffectGiven from *")]


def two_ends(first: Any, second: Any, **more: Any) -> Procedure:
    return procedure(
        more_states=[state("ended", final=True)],
        more_transitions=[
            row(ev.Restored, "received", "done", guards=first),
            row(ev.Restored, "received", "ended", guards=second, **more),
        ],
    )


def test_two_transitions_that_may_be_permitted_at_once_and_end_otherwise_are_found() -> None:
    p = two_ends(all_are("removed"), happened("Issued"))
    assert faults(p) == [("order-decides", "transition Restored from received")]
    assert "leads to done and not to ended" in check(p).open[0].sentence


@pytest.mark.parametrize(
    "p",
    [
        two_ends(all_are("removed"), ()),  # the special case before the general one
        two_ends(all_are("removed"), all_are("refused")),  # never both
        two_ends(any_is("removed"), all_are("refused", "impossible")),
        two_ends(all_are("removed"), happened("Issued"), by="agency"),  # not the same actor
    ],
)
def test_transitions_that_cannot_both_be_meant_are_no_fault(p: Procedure) -> None:
    assert faults(p) == []


def test_what_has_happened_and_what_has_not_exclude_each_other() -> None:
    guards = (happened("Approved"), happened("Approved", negate=True))
    first, second = (row(ev.Verified, "received", to, guards=g) for g, to in zip(guards, ("sent", "done"), strict=True))
    states = [state("received"), state("sent"), state("done", final=True)]
    assert faults(procedure(states=states, transitions=[first, second, row(Shelved, "sent", "done")])) == []


def test_an_opening_by_what_opens_no_case_never_fires() -> None:
    opening = row(ev.Opened, "received", "done", of="incomplete_notice")
    p = procedure(more_transitions=[opening], opened_with={"notice"})
    assert faults(p) == []
    [finding] = check(attrs.evolve(p, opened_with={"order"})).open
    assert (finding.code, finding.place) == ("never-fires", "transition Opened:incomplete_notice from received")
    assert "opened_with" in finding.sentence


# --- who takes part, and what a law would ask for ---------------------------------------------------------------------


def test_a_role_that_nobody_has_is_found() -> None:
    p = procedure(roles=[Role(name="ministry", basis=B), Role(name="ghost", basis=B)])
    assert faults(p) == [("idle-role", "role ghost")]
    assert faults(attrs.evolve(p, opened_by={"ministry", "ghost"})) == []


def test_a_measure_without_a_way_back_is_found_unless_the_law_has_none() -> None:
    p = procedure(more_transitions=[row(ev.EffectGiven, ANY_OPEN, STAY)])
    assert faults(p) == [("no-way-back", "fact EffectGiven")]
    assert faults(attrs.evolve(p, transitions=[*p.transitions, row(ev.Restored, ANY_OPEN, STAY)])) == []
    assert faults(attrs.evolve(p, absent=[Absent("reversal", B, "the act is silent")])) == []


def test_a_faculty_that_is_said_to_be_absent_and_is_not_is_found() -> None:
    p = procedure(more_transitions=[row(ev.Rejected, "received", "done")], absent=[Absent("refusal", B, "none")])
    assert faults(p) == [("absent-yet-present", "absent refusal")]
    assert "transition Rejected from received" in check(p).open[0].sentence


def appealed(decider: str) -> Procedure:
    return procedure(
        states=[state("received"), State(name="challenged", phase="redress", basis=B), state("done", final=True)],
        transitions=[
            row(ev.Issued, "received", "done"),
            row(ev.InstrumentReceived, "received", "challenged", of="complaint"),
            row(ev.Verified, "challenged", "done", decider),
        ],
    )


def test_a_decision_and_its_appeal_by_the_same_role_are_found() -> None:
    assert faults(appealed("ministry")) == [("own-appeal", "transition Verified from challenged")]
    assert faults(appealed("agency")) == []


def test_a_field_that_rests_on_no_article_is_found() -> None:
    named = Basis("Act, section 3", "test", "I")
    form = Form(instrument="notice", fields=[FormField("reasons", named), FormField("place", B)])
    assert faults(procedure(forms=[form])) == [("field-without-article", "form notice, field place")]


def test_a_way_out_of_a_final_state_is_found() -> None:
    p = procedure(more_transitions=[row(ev.OrderVoided, "done", "received")])
    assert faults(p) == [("final-exit", "transition OrderVoided from done")]
    assert faults(procedure(more_transitions=[row(ev.OrderVoided, "done", STAY)])) == []


def test_versions_in_force_on_the_same_day_are_found() -> None:
    first = procedure(valid_from=date(2020, 1, 1), valid_to=date(2024, 6, 30))
    second = procedure(version="2", valid_from=date(2024, 6, 30))
    assert faults(second, first, second) == [("overlapping-validity", "version 2")]
    assert faults(attrs.evolve(second, valid_from=date(2024, 7, 1)), first) == []


def test_faculties_name_the_rule_that_provides_each() -> None:
    found = faculties(GOOD)
    assert set(found) == set(FACULTIES)
    assert found["withdrawal"] == "transition Withdrawn from *"
    assert found["reversal"] == "transition Restored from *"
    assert found["complaint"] == ""


# --- the report ---------------------------------------------------------------------------------------------------

BROKEN = procedure(
    states=[state("received"), state("limbo"), state("lost", final=True), state("done", final=True)],
    more_transitions=[row(ev.Rejected, "received", "limbo"), row(ev.Verified, "received", STAY)],
    obligations=[owed("answer", term=Hours(4), starts=ev.Issued)],
)


def test_all_faults_are_reported_at_once() -> None:
    assert faults(BROKEN) == [
        ("unreachable-state", "state lost"),
        ("trap", "state limbo"),
        ("never-fires", "transition Verified from received"),
        ("never-starts", "obligation answer"),
        ("endless-obligation", "obligation answer"),
        ("silent-breach", "obligation answer"),
    ]


def test_a_broken_procedure_raises_with_every_open_finding() -> None:
    report = check(BROKEN)
    with pytest.raises(ProcedureError) as caught:
        report.raise_if_broken()
    assert caught.value.problems == tuple(str(f) for f in report.open)
    assert "state limbo: no transition leads from here to another state, and it is not final; add a transition" in str(
        caught.value
    )


def test_the_report_reads_as_text() -> None:
    waiver = Waiver(code="trap", place="state limbo", reason="cases rest there")
    text = str(check(procedure(
        states=[state("received"), state("limbo"), state("lost", final=True), state("done", final=True)],
        more_transitions=[row(ev.Rejected, "received", "limbo")],
        waivers=[waiver],
    )))  # fmt: skip
    assert text.splitlines() == [
        "procedure 'test.small' version 1: 1 open finding(s), 1 waived",
        "  - state lost: no transition that can fire leads here from received; "
        "add or mend a transition to it, or remove it [unreachable-state]",
        "  - waived: state limbo: no transition leads from here to another state, and it is not final [trap], because: cases rest there",
    ]


def test_findings_are_values() -> None:
    finding = Finding(code="trap", place="state limbo", sentence="no way out", remedy="add one")
    assert finding == attrs.evolve(finding)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        finding.waived = "never mind"  # type: ignore[misc]
