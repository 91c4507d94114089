"""Cases stay on the version they opened under, until somebody moves them: planned first, then a journalled step each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import AsyncRunner, Runner
from sopflow.case import Actor, Case, Standing
from sopflow.directory import PointOfContact, Provider, StaticDirectory
from sopflow.errors import BadInput, CaseConflict, NotAllowed, ProcedureError, UnknownProcedure
from sopflow.events import (
    Acknowledged,
    Approved,
    Corrected,
    DeadlineBreached,
    EffectGiven,
    Extended,
    Issued,
    Migrated,
    Notice,
    Opened,
    Refused,
    Verified,
    Withdrawn,
)
from sopflow.journal import replay
from sopflow.migration import MigrationPlan
from sopflow.procedure import Procedure
from sopflow.rules import (
    ANY_OPEN,
    STAY,
    Basis,
    Obligation,
    On,
    Quorum,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
)
from sopflow.stores import open_store
from sopflow.terms import Hours, PerCase
from sopflow.testing.clock import Clock

START = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
OFFICER = Actor("officer", {"authority"}, "ministry")
AGENCY = Actor("agent", {"agency"}, "agency")
PLATFORM = Actor("moderator", {"platform"}, "px")
B = Basis("made up", "tests", "I")
HOUR = timedelta(hours=1)


def row(on: Any, source: Any, target: str, by: Any, **more: Any) -> Transition:
    return Transition(on=on, source=source, target=target, by=by, basis=B, **more)


def owes(name: str, owner: str, hours: int, starts: Any, meets: Any, **more: Any) -> Obligation:
    return Obligation(name=name, owner=owner, term=Hours(hours), basis=B, starts=starts, meets=meets, **more)


def state(name: str, phase: str = "assessment", **more: Any) -> State:
    return State(name=name, phase=phase, basis=B, **more)


ORDER = Send(template="order", to="platform", sender="authority", ack_within=Hours(24))
V1 = Procedure(
    id="test.law", version="1", title="A law", acting="authority",
    roles=[Role(name=n, basis=B) for n in ("authority", "agency", "platform", "clerk")],
    opened_by="authority", initial="received",
    states=[
        state("received", "intake", waits_for="authority"), state("checked"), state("ordered", "notice"),
        state("overdue", "escalation"), state("done", "closed", final=True),
    ],
    transitions=[
        row(Approved, ANY_OPEN, STAY, "agency"),
        row(Verified, "received", "checked", "authority", requires=Quorum(roles="agency")),
        row(Issued, "checked", "ordered", "authority", sends=ORDER),
        row(Acknowledged, ANY_OPEN, STAY, {"platform", "authority"}, of="order"),
        row(DeadlineBreached, ANY_OPEN, "overdue", "system", of="answer"),
        row(EffectGiven, ("ordered", "overdue"), "done", "platform"),
        row(Refused, ANY_OPEN, STAY, "platform"),
        row(Extended, ANY_OPEN, STAY, "authority"),
        row(Corrected, ANY_OPEN, STAY, "authority"),
        row(Withdrawn, ANY_OPEN, "done", "authority"),
    ],
    obligations=[
        owes("check", "authority", 48, Opened, Verified),
        owes("answer", "platform", 72, Issued, (EffectGiven, Refused), cancels=Withdrawn),
    ],
    templates=[Template("order", "Order $case", "$contents")],
    sources=[Source("tests", "these tests")],
)  # fmt: skip


def version(number: str = "2", **changes: Any) -> Procedure:
    return attrs.evolve(V1, version=number, **changes)


def renamed(states: tuple[State, ...] = V1.states) -> Procedure:
    """The second version: `checked` is called `verified`, and the platform must answer within 24 hours."""

    def name(text: str) -> str:
        return "verified" if text == "checked" else text

    return version(
        states=[attrs.evolve(s, name=name(s.name)) for s in states],
        transitions=[attrs.evolve(t, source=[name(s) for s in t.source], target=name(t.target)) for t in V1.transitions],
        obligations=[V1.obligations[0], attrs.evolve(V1.obligations[1], term=Hours(24))],
    )  # fmt: skip


V2 = renamed()
TO_V2 = {"checked": "verified"}


class Desk:
    def __init__(self, url: str, *versions: Procedure) -> None:
        self.clock = Clock(START)
        self.options: dict[str, Any] = {
            "store": open_store(url), "acting_as": "authority", "clock": self.clock,
            "directory": StaticDirectory(
                [Provider(id="px", contacts=[PointOfContact(id="d", channels={"email": "d@px.example"})])]
            ),
        }  # fmt: skip
        self.runner = Runner(procedures=[V1], **self.options)
        self.after = Runner(procedures=[V1, *(versions or (V2,))], **self.options)

    def received(self, id: str = "a", **more: Any) -> Case:
        notice = Notice(contents=["https://t.me/x"], parties={"platform": "px"}, **more)
        return self.runner.open("test.law", notice, by=OFFICER, case_id=id)

    def checked(self, id: str = "a") -> Case:
        self.received(id)
        proposal = self.runner.proposal(id, Verified(by=OFFICER))
        self.runner.apply(id, Approved(proposal=proposal, by=AGENCY))
        return self.runner.apply(id, Verified(by=OFFICER))

    def ordered(self, id: str = "a") -> Case:
        self.checked(id)
        return self.runner.apply(id, Issued(by=OFFICER))

    def plan(self, new: Procedure = V2, mapping: Any = TO_V2, **more: Any) -> MigrationPlan:
        return self.after.plan_migration(V1, new, mapping, **more)

    def migrate(self, plan: MigrationPlan) -> list[Case]:
        results = self.after.migrate(plan, by=OFFICER, reason="the law was changed")
        assert all(r.error is None for r in results), [r.error for r in results]
        return [r.case for r in results if r.case is not None]


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    found = Desk("memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'cases.db'}")
    yield found
    found.runner.close()


# --- the plan ------------------------------------------------------------------------------------------------------


def test_a_case_stays_on_the_version_it_opened_under(desk: Desk) -> None:
    desk.received()
    after = desk.after.apply("a", Approved(proposal="0" * 64, by=AGENCY))
    assert (after.version, after.digest) == ("1", V1.digest)
    assert desk.after.open("test.law", Notice(contents=["https://t.me/y"]), by=OFFICER).version == "2"


def test_the_plan_says_untouched_mappable_and_blocked_and_changes_nothing(desk: Desk) -> None:
    desk.received("a")
    desk.checked("b")
    desk.after.open("test.law", Notice(contents=["https://t.me/y"]), by=OFFICER, case_id="c")
    desk.received("d")
    desk.runner.apply("d", Withdrawn(reason="r", by=OFFICER))  # closed: no plan speaks of it
    before = [desk.runner.journal(id) for id in "abcd"]
    plan = desk.plan(mapping={})
    assert [(c.case, c.verdict, c.source, c.target) for c in plan.cases] == [
        ("a", "mappable", "received", "received"),
        ("b", "blocked", "checked", ""),
        ("c", "untouched", "received", ""),
    ]
    assert plan.of("blocked")[0].reasons == (
        "state checked: it does not exist there, and the mapping does not name it",
    )
    assert "version 2" in plan.of("untouched")[0].reasons[0]
    assert [desk.runner.journal(id) for id in "abcd"] == before
    assert [c.verdict for c in desk.plan().cases] == ["mappable", "mappable", "untouched"]


def test_the_plan_prints_as_a_table(desk: Desk) -> None:
    desk.received("a")
    desk.ordered("b")
    text = str(desk.plan(mapping={}))
    lines = text.splitlines()
    assert lines[0] == "test.law, version 1 -> 2: 0 untouched, 2 mappable, 0 blocked"
    assert lines[2].split() == ["case", "verdict", "state", "what"]
    assert "deadline check: stays, due 2025-06-04T09:00+00:00" in lines[3]
    assert any("message b" in line and "stays as written" in line for line in lines)
    assert any("1 approval(s) void" in line for line in lines)
    assert len({line.index("deadline") for line in lines if "deadline" in line}) == 1, (
        "the columns stand one below another"
    )


@pytest.mark.parametrize(
    ("old", "new", "mapping", "recompute", "field"),
    [
        (V1, V2, {"chekced": "verified"}, (), "mapping"),
        (V1, V2, {"checked": "verifed"}, (), "mapping.checked"),
        (V1, V2, {"checked": "done"}, (), "mapping.checked"),
        (V1, V2, {}, ("ansewr",), "recompute"),
        (V1, attrs.evolve(V2, id="test.other"), {}, (), "new"),
        (V1, V1, {}, (), "new"),
        (V1, attrs.evolve(V2, acting="agency"), {}, (), "new"),
    ],
    ids=["source", "target", "final", "recompute", "other", "same", "side"],
)
def test_what_is_no_migration_is_refused_with_the_place(
    desk: Desk, old: Any, new: Any, mapping: Any, recompute: Any, field: str
) -> None:
    with pytest.raises(BadInput) as error:
        desk.after.plan_migration(old, new, mapping, recompute=recompute)
    assert error.value.field == field
    assert error.value.remedy.startswith("use ")


def test_a_plan_pages_through_all_cases_and_looks_at_those_of_its_procedure_alone(desk: Desk) -> None:
    other = attrs.evolve(V1, id="test.other")
    both = Runner(procedures=[V1, other], **desk.options)
    for n in range(103):
        both.open("test.law", Notice(contents=[f"https://t.me/{n}"]), by=OFFICER, case_id=f"n{n}")
    both.open("test.other", Notice(contents=["https://t.me/o"]), by=OFFICER)
    assert len({c.case for c in desk.plan().cases}) == 103


# --- carrying it out -----------------------------------------------------------------------------------------------


def test_a_migration_writes_one_journalled_step_per_case_that_replays_and_verifies(desk: Desk) -> None:
    desk.received("a")
    desk.checked("b")
    cases = desk.migrate(desk.plan())
    assert [(c.id, c.version, c.digest, c.state) for c in cases] == [
        ("a", "2", V2.digest, "received"),
        ("b", "2", V2.digest, "verified"),
    ]
    for case in cases:
        entries = desk.after.journal(case.id)
        last = entries[-1].doc
        assert (last["event"]["name"], last["procedure"], last["event"]["data"]["digest"]) == (
            "Migrated", V1.digest, V2.digest,
        )  # fmt: skip
        assert last["by"]["id"] == "officer"
        assert "the law was changed" not in entries[-1].text, "a reason is personal"
        assert replay(entries) == case == desk.after.case(case.id)
        desk.after.verify(case.id)
        assert desk.after.reexamine(case.id) == ()
    assert desk.after.plan_migration(V1, V2, TO_V2).of("untouched")
    assert desk.after.find(procedure="test.law", state="verified") == (cases[1],)
    assert desk.after.apply("b", Issued(by=OFFICER)).state == "ordered", "from here on the new rules hold"
    desk.after.verify("b")
    with pytest.raises(UnknownProcedure):
        desk.runner.apply("b", Withdrawn(reason="r", by=OFFICER))


def test_a_runner_without_the_old_version_can_go_on_with_the_case(desk: Desk) -> None:
    desk.checked()
    desk.migrate(desk.plan())
    later = Runner(procedures=[V2], **desk.options)
    assert later.apply("a", Issued(by=OFFICER)).state == "ordered"
    later.verify("a")
    assert "not given that version" in later.reexamine("a")[0]


def test_a_case_that_has_moved_on_is_refused_and_the_others_go_on(desk: Desk) -> None:
    for id in "abc":
        desk.received(id)
    plan = desk.plan()
    desk.after.apply("b", Approved(proposal="0" * 64, by=AGENCY))
    results = desk.after.migrate(plan, by=OFFICER, reason="r")
    assert [r.case.version if r.case else type(r.error) for r in results] == ["2", CaseConflict, "2"]
    assert desk.after.case("b").version == "1"
    assert [r.case.id for r in desk.after.migrate(desk.plan(), by=OFFICER, reason="r") if r.case] == ["b"]
    assert all(isinstance(r.error, CaseConflict) for r in desk.after.migrate(plan, by=OFFICER, reason="r"))


def test_only_the_side_whose_file_it_is_may_migrate(desk: Desk) -> None:
    before = desk.received()
    (result,) = desk.after.migrate(desk.plan(), by=PLATFORM, reason="r")
    assert isinstance(result.error, NotAllowed)
    assert desk.after.case("a") == before


def test_a_runner_that_does_not_have_the_new_version_refuses_before_anything_is_done(desk: Desk) -> None:
    desk.received()
    plan = desk.plan()
    with pytest.raises(UnknownProcedure, match="hand that version"):
        desk.runner.migrate(plan, by=OFFICER, reason="r")
    assert desk.runner.case("a").version == "1"


def test_the_document_of_the_new_version_is_kept_with_the_cases(tmp_path: Path) -> None:
    desk = Desk(f"sqlite:///{tmp_path / 'cases.db'}")
    desk.received()
    desk.migrate(desk.plan())
    with desk.after.store.session(read=True) as session:
        assert '"version":"2"' in (session.procedure(V2.digest) or "")
    desk.runner.close()


def test_by_hand_a_case_moves_only_by_the_version_that_takes_it_over(desk: Desk) -> None:
    desk.received()
    event = Migrated(version="2", digest=V2.digest, state="received", reason="r", by=OFFICER)
    assert desk.after.preview("a", event).case.version == "2"
    for wrong in (
        attrs.evolve(event, version="3"),
        attrs.evolve(event, state="done"),
        attrs.evolve(event, state="nowhere"),
        attrs.evolve(event, recompute="nothing"),
        attrs.evolve(event, version="1", digest=V1.digest),
    ):
        with pytest.raises(BadInput):
            desk.after.apply("a", wrong)
    assert desk.after.case("a").revision == 1


def test_a_procedure_may_not_have_a_row_for_it() -> None:
    with pytest.raises(ProcedureError, match="every procedure takes this"):
        version(transitions=[*V1.transitions, row(Migrated, ANY_OPEN, STAY, "authority")])


async def _async(desk: Desk) -> tuple[str, str]:
    runner = AsyncRunner(procedures=[V1, V2], **desk.options)
    plan = await runner.plan_migration(V1, V2, TO_V2)
    (result,) = await runner.migrate(plan, by=OFFICER, reason="r")
    assert result.case is not None
    return result.case.version, result.case.state


def test_the_async_runner_does_the_same(desk: Desk) -> None:
    import asyncio

    desk.checked()
    assert asyncio.run(_async(desk)) == ("2", "verified")


# --- clocks, messages and approvals --------------------------------------------------------------------------------


def test_a_running_clock_keeps_its_instants_unless_it_is_told_otherwise(desk: Desk) -> None:
    desk.ordered("a")
    due = desk.runner.case("a").deadline("answer").due  # type: ignore[union-attr]
    assert due == START + 72 * HOUR
    (kept,) = desk.plan().cases
    assert "deadline answer: stays, due 2025-06-05T09:00+00:00" in kept.deadlines
    moved = desk.plan(recompute=["answer"])
    assert "deadline answer: moves from 2025-06-05T09:00+00:00 to 2025-06-03T09:00+00:00" in moved.cases[0].deadlines
    (case,) = desk.migrate(moved)
    assert case.deadline("answer").due == START + 24 * HOUR  # type: ignore[union-attr]
    desk.clock.advance(hours=25)
    assert desk.after.tick().steps >= 1
    assert desk.after.case("a").state == "overdue"
    desk.after.verify("a")


def test_a_clock_that_would_be_over_by_the_new_term_is_not_broken_in_secret(desk: Desk) -> None:
    before = desk.ordered("a")
    desk.clock.advance(hours=30)
    plan = desk.plan(recompute=["answer"])
    (blocked,) = plan.of("blocked")
    move = "it would move from 2025-06-05T09:00+00:00 to 2025-06-03T09:00+00:00: over at once"
    assert blocked.reasons == (f"deadline answer: {move}",)
    by_hand = Migrated(
        version="2", digest=V2.digest, state=before.state, recompute=("answer",), reason="r", by=OFFICER
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="over at once"):
        desk.after.apply("a", by_hand)
    assert desk.migrate(plan) == []
    desk.after.tick()
    assert desk.after.case("a").deadline("answer").standing is Standing.RUNNING  # type: ignore[union-attr]


def test_a_clock_that_is_over_already_moves_with_the_others(desk: Desk) -> None:
    desk.ordered("a")
    desk.clock.advance(hours=73)  # nobody has ticked
    (each,) = desk.plan(recompute=["answer"]).cases
    assert each.verdict == "mappable"


def test_signatures_on_the_old_version_are_void(desk: Desk) -> None:
    desk.received()
    desk.runner.apply("a", Approved(proposal=desk.runner.proposal("a", Verified(by=OFFICER)), by=AGENCY))
    (each,) = desk.plan().cases
    assert each.approvals == 1
    desk.migrate(desk.plan())
    with pytest.raises(NotAllowed, match="has 0"):
        desk.after.apply("a", Verified(by=OFFICER))
    desk.after.apply("a", Approved(proposal=desk.after.proposal("a", Verified(by=OFFICER)), by=AGENCY))
    assert desk.after.apply("a", Verified(by=OFFICER)).state == "verified"


def test_a_message_under_way_is_sent_as_it_was_written_and_its_clock_goes_on(desk: Desk) -> None:
    before = desk.ordered()
    (case,) = desk.migrate(desk.plan())
    assert case.messages == before.messages
    after = desk.after.apply("a", Acknowledged(message=case.messages[0].id, by=PLATFORM))
    assert after.messages[0].acknowledged is not None
    assert after.deadline("receipt:order").standing is Standing.MET  # type: ignore[union-attr]


def without(name: str, *, of: str) -> tuple[Any, ...]:
    return tuple(x for x in getattr(V1, of) if x.name != name)


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (version(obligations=without("answer", of="obligations"),
                 transitions=[t for t in V1.transitions if t.of != "answer"]),
         "deadline answer: it is open, and version 2 knows no obligation answer"),
        (version(transitions=[attrs.evolve(t, sends=()) if t.sends else t for t in V1.transitions if t.of != "order"]),
         "sends no order"),
        (version(obligations=[V1.obligations[0], owes("answer", "platform", 72, Issued, Verified)]),
         "deadline answer: it is running, and by version 2 it would be met"),
        (version(obligations=[owes("check", "authority", 48, Opened, Withdrawn), V1.obligations[1]]),
         "deadline check: it is met, and by version 2 it would be running"),
        (version(obligations=[V1.obligations[0], owes("answer", "platform", 72, On(Refused), EffectGiven)]),
         "deadline answer: by what happened, version 2 would never have started it"),
        (version(obligations=[V1.obligations[0], owes("answer", "platform", 72, Issued, Refused, pauses=Verified)]),
         "deadline answer: it is running, and by version 2 it would be paused"),
        (version(obligations=[V1.obligations[0], owes("answer", "platform", 72, Issued, Refused, per_content=True)]),
         "deadline answer: by version 2 it would be about c1"),
        (version(obligations=[*V1.obligations, owes("report", "authority", 1, Opened, EffectGiven)]),
         "deadline report: version 2 would start it, and it was due 2025-06-02T10:00+00:00: over at once"),
        (version(obligations=[*V1.obligations, attrs.evolve(owes("limit", "authority", 1, Opened, EffectGiven), term=PerCase())]),
         "due: None cannot be used"),
        (version(roles=[r for r in V1.roles if r.name != "clerk"]), "role clerk: somebody in the case has it"),
    ],
    ids=["gone", "template", "met", "reopened", "never", "paused", "per_content", "over", "per_case", "role"],
)  # fmt: skip
def test_whatever_a_version_would_undo_blocks_the_case_with_the_reason(new: Procedure, reason: str) -> None:
    desk = Desk("memory:", new)
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "px", "clerk": "c1"})
    desk.runner.open("test.law", notice, by=OFFICER, case_id="a")
    desk.runner.apply("a", Approved(proposal=desk.runner.proposal("a", Verified(by=OFFICER)), by=AGENCY))
    desk.runner.apply("a", Verified(by=OFFICER))
    desk.runner.apply("a", Issued(by=OFFICER))
    desk.clock.advance(hours=2)
    before = desk.runner.case("a")
    (each,) = desk.plan(new, {}).cases
    assert each.verdict == "blocked"
    assert any(reason in text for text in each.reasons), each.reasons
    assert desk.after.migrate(desk.plan(new, {}), by=OFFICER, reason="r") == ()
    event = Migrated(version="2", digest=new.digest, state="ordered", reason="r", by=OFFICER)
    with pytest.raises((NotAllowed, BadInput)):
        desk.after.apply("a", event)
    assert desk.after.case("a") == before


def test_every_reason_is_told_at_once() -> None:
    new = version(
        roles=[r for r in V1.roles if r.name != "clerk"],
        obligations=[*without("answer", of="obligations"), owes("report", "authority", 1, Opened, EffectGiven)],
        transitions=[attrs.evolve(t, sends=()) for t in V1.transitions if t.of not in ("answer", "order")],
    )
    desk = Desk("memory:", new)
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "px", "clerk": "c1"})
    desk.runner.open("test.law", notice, by=OFFICER, case_id="a")
    desk.runner.apply("a", Approved(proposal=desk.runner.proposal("a", Verified(by=OFFICER)), by=AGENCY))
    desk.runner.apply("a", Verified(by=OFFICER))
    desk.runner.apply("a", Issued(by=OFFICER))
    desk.clock.advance(hours=2)
    (each,) = desk.plan(new, {}).cases
    assert [r.split()[0] for r in each.reasons] == ["role", "message", "deadline", "deadline"]


def test_a_state_that_has_become_final_needs_a_mapping() -> None:
    new = version(states=[attrs.evolve(s, final=s.name in ("done", "checked")) for s in V1.states],
                  transitions=[t for t in V1.transitions if "checked" not in t.source])  # fmt: skip
    desk = Desk("memory:", new)
    desk.checked()
    assert "is final there" in desk.plan(new, {}).cases[0].reasons[0]
    assert desk.plan(new, {"checked": "ordered"}).cases[0].verdict == "mappable"


def test_facts_learnt_later_end_in_the_same_standings_in_any_order() -> None:
    learnt = [
        Acknowledged(message="?", by=PLATFORM, at=START + 3 * HOUR),
        Refused(by=PLATFORM, at=START + 5 * HOUR),
        Extended(obligation="answer", due=START + 90 * HOUR, reason="r", by=OFFICER, at=START + 4 * HOUR),
    ]
    ends = set()
    for order in permutations(learnt):
        desk = Desk("memory:")
        case = desk.ordered()
        desk.clock.advance(hours=6)
        desk.migrate(desk.plan(recompute=["answer"]))
        for event in order:
            if isinstance(event, Acknowledged):
                event = attrs.evolve(event, message=case.messages[0].id)
            try:
                desk.after.apply("a", event)
            except BadInput:  # what was refused by then moves nothing any more
                assert isinstance(event, Extended)
        end = desk.after.case("a")
        desk.after.verify("a")
        ends.add(tuple((d.id, d.standing, d.met) for d in end.deadlines))
    assert len(ends) == 1


def test_a_clock_that_the_new_version_would_move_blocks_until_recompute_names_it() -> None:
    answer = attrs.evolve(V1.obligations[1], restarts=On(Acknowledged, "order"))
    new = version(obligations=[V1.obligations[0], answer])
    desk = Desk("memory:", new)
    case = desk.ordered()
    desk.clock.advance(hours=1)
    desk.runner.apply("a", Acknowledged(message=case.messages[0].id, by=PLATFORM))
    (each,) = desk.plan(new, {}).cases
    assert each.reasons == (
        "deadline answer: it would move from 2025-06-05T09:00+00:00 to 2025-06-05T10:00+00:00, "
        "and recompute does not name it",
    )
    (each,) = desk.plan(new, {}, recompute=["answer"]).cases
    assert each.deadlines == ("deadline answer: moves from 2025-06-05T09:00+00:00 to 2025-06-05T10:00+00:00",)


def test_a_deadline_is_explained_by_the_version_that_computed_it(desk: Desk) -> None:
    desk.ordered("a")
    desk.ordered("b")
    desk.migrate(attrs.evolve(desk.plan(), cases=desk.plan().cases[:1]))
    desk.migrate(desk.plan(recompute=["answer"]))
    assert "72 h" in desk.after.explain("a", "answer")
    assert "24 h" not in desk.after.explain("a", "answer")
    assert "24 h" in desk.after.explain("b", "answer")
    alone = Runner(procedures=[V2], **desk.options)
    assert "24 h" in alone.explain("b", "answer")
    moved = "from Thursday 5 June 2025, 09:00 UTC (2025-06-05T09:00:00Z) to Tuesday 3 June 2025, 09:00 UTC"
    assert f"went on under version 2 (entry 5): {moved}" in alone.explain("b", "answer")
    assert "went on under version" not in desk.after.explain("a", "answer"), "that kept its instant"
    with pytest.raises(UnknownProcedure, match="was computed under it"):
        alone.explain("a", "answer")


def test_a_settled_deadline_of_an_obligation_that_is_gone_is_still_explained() -> None:
    rows_ = [t for t in V1.transitions if t.of != "answer"]
    new = version(obligations=without("answer", of="obligations"), transitions=rows_)
    desk = Desk("memory:", new)
    desk.ordered()
    desk.runner.apply("a", Refused(by=PLATFORM))
    desk.migrate(desk.plan(new, {}))
    assert "made up" in desk.after.explain("a", "answer"), "its legal basis"
