"""A runner that requires signatures opens nothing under a text that is not in force, whoever opens it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sopflow import (
    Actor,
    Approved,
    AsyncRunner,
    BadInput,
    Case,
    Content,
    Escalated,
    InstrumentReceived,
    Issued,
    NewCase,
    NotAllowed,
    Notice,
    NotSigned,
    Procedure,
    Request,
    Runner,
    Superseded,
    Verified,
    catalogue,
)
from sopflow.catalogue.agreement import PutInForce, Reinstated, Terminated, proposed
from sopflow.catalogue.generic import block_order
from sopflow.stores import open_store
from sopflow.testing.clock import Clock

AGREEMENT = catalogue.find("sop.agreement")
SOP = catalogue.find("id.kominfo_telegram_2017")
BLOCK = catalogue.find("generic.network_block")
MINISTRY = Actor("officer-1", {"authority"}, "ministry")
SECOND = Actor("officer-2", {"authority"}, "prosecutor")
PLATFORM = Actor("counsel-1", {"platform"}, "telegram")
SIGNER = Actor("signer-1", {"competent_agency"}, "agency")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FORCE = PutInForce(due=START + timedelta(days=365))
PARTIES = {"authority": "ministry", "platform": "telegram"}


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return open_store("memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/cases.db")


def runner(store: Any, *procedures: Procedure, prefix: str = "a", **options: Any) -> Runner:
    ids = iter(f"{prefix}{n}" for n in range(1, 1000))
    return Runner(
        store=store, procedures=procedures or (AGREEMENT, SOP, BLOCK), acting_as={"authority"}, clock=Clock(START),
        new_id=lambda: next(ids), **{"require_signed": True, **options},
    )  # fmt: skip


def notice(url: str = "https://t.me/x") -> Notice:
    return Notice(contents=[url], parties={"platform": "telegram"}, form={"reasons": "r"})


def agreed(desk: Runner, procedure: Procedure, signers: tuple[Actor, ...] = (MINISTRY, PLATFORM)) -> Case:
    case = desk.open("sop.agreement", proposed(procedure, PARTIES), by=MINISTRY)
    desk.apply(case.id, Issued(by=MINISTRY))
    for signer in signers:
        desk.apply(case.id, Approved(proposal=desk.proposal(case.id, FORCE), by=signer))
    return desk.apply(case.id, FORCE, by=MINISTRY)


def test_nothing_is_opened_before_both_sides_have_signed_exactly_this_text(store: Any) -> None:
    desk = runner(store)
    with pytest.raises(NotSigned) as refused:
        desk.open(SOP.id, notice(), by=MINISTRY)
    assert (refused.value.procedure, refused.value.digest) == (SOP.id, SOP.digest)
    assert "both sides" in refused.value.remedy and SOP.digest in str(refused.value)
    assert isinstance(refused.value, NotAllowed)
    assert desk.count() == 0
    agreed(desk, SOP)
    assert desk.open(SOP.id, notice(), by=MINISTRY).state == "received"


def test_a_signature_of_one_side_alone_is_not_enough_however_many_bodies_sign(store: Any) -> None:
    desk = runner(store)
    with pytest.raises(NotAllowed, match="nobody has signed as platform"):
        agreed(desk, SOP, (MINISTRY, SECOND))
    both = Actor("officer-1", {"authority", "platform"}, "ministry")
    with pytest.raises(NotAllowed, match="has 1"):  # one body on both sides is one body
        agreed(desk, SOP, (MINISTRY, both))
    with pytest.raises(NotSigned):
        desk.open(SOP.id, notice(), by=MINISTRY)


def test_only_the_parties_that_the_agreement_names_sign_for_their_sides(store: Any) -> None:
    desk = runner(store)
    stranger = Actor("stranger", {"platform"}, "another-platform")
    with pytest.raises(NotAllowed, match="nobody has signed as platform; stranger signed for nobody who is a party"):
        agreed(desk, SOP, (MINISTRY, stranger))
    borrowed = Actor("officer-2", {"authority", "platform"}, "telegram")  # the other side's name is not ours
    with pytest.raises(NotAllowed, match="nobody has signed as authority"):
        agreed(desk, SOP, (PLATFORM, borrowed))
    with pytest.raises(NotSigned):
        desk.open(SOP.id, notice(), by=MINISTRY)


def test_no_case_is_migrated_to_a_text_that_is_not_signed(store: Any) -> None:
    desk = runner(store)
    agreed(desk, SOP)
    case = desk.open(SOP.id, notice(), by=MINISTRY)
    changed = SOP.extend(id=SOP.id, version="2")
    after = runner(store, AGREEMENT, SOP, changed, BLOCK, prefix="b")
    plan = after.plan_migration(SOP, changed)
    (blocked,) = plan.of("blocked")
    assert "is not signed by both sides" in blocked.reasons[0] and changed.digest in blocked.reasons[0]
    lax = runner(store, AGREEMENT, SOP, changed, BLOCK, prefix="c", require_signed=False).plan_migration(SOP, changed)
    (result,) = after.migrate(lax, by=MINISTRY, reason="r")
    assert isinstance(result.error, NotSigned)
    assert "Migrated is not allowed" in str(result.error)
    assert desk.case(case.id).version == SOP.version
    agreed(after, changed)
    (result,) = after.migrate(after.plan_migration(SOP, changed), by=MINISTRY, reason="r")
    assert result.case is not None and result.case.version == "2"


def test_a_signature_holds_for_the_date_of_review_that_was_signed(store: Any) -> None:
    desk = runner(store)
    case = desk.open("sop.agreement", proposed(SOP, PARTIES), by=MINISTRY)
    desk.apply(case.id, Issued(by=MINISTRY))
    for signer in (MINISTRY, PLATFORM):
        desk.apply(case.id, Approved(proposal=desk.proposal(case.id, FORCE), by=signer))
    with pytest.raises(NotAllowed, match="has 0"):
        desk.apply(case.id, PutInForce(due=FORCE.due + timedelta(days=1), by=MINISTRY))


def test_another_text_of_the_same_procedure_is_not_signed(store: Any) -> None:
    desk = runner(store)
    agreed(desk, SOP)
    changed = SOP.extend(id=SOP.id, version="2")
    with pytest.raises(NotSigned) as refused:
        runner(store, AGREEMENT, SOP, BLOCK, changed, prefix="b").open(SOP.id, notice(), by=MINISTRY)
    assert refused.value.digest == changed.digest != SOP.digest


def test_what_one_runner_puts_in_force_another_opens_and_what_it_ends_another_refuses(store: Any) -> None:
    first, second = runner(store), runner(store, prefix="b")
    case = agreed(first, SOP)
    opened = second.open(SOP.id, notice(), by=MINISTRY)
    first.apply(case.id, Terminated(reason="no answers", by=PLATFORM))
    with pytest.raises(NotSigned):
        second.open(SOP.id, notice("https://t.me/y"), by=MINISTRY)
    assert second.apply(opened.id, Verified(by=MINISTRY)).state == "verified_by_ministry", "open cases go on"
    again = Reinstated(due=FORCE.due)
    for signer in (MINISTRY, PLATFORM):
        first.apply(case.id, Approved(proposal=first.proposal(case.id, again), by=signer))
    first.apply(case.id, again, by=PLATFORM)
    assert second.open(SOP.id, notice("https://t.me/y"), by=MINISTRY).state == "received"


def test_a_text_that_another_superseded_opens_nothing(store: Any) -> None:
    desk = runner(store)
    old = agreed(desk, SOP)
    desk.apply(old.id, Superseded(case="later", by=MINISTRY))
    with pytest.raises(NotSigned):
        desk.open(SOP.id, notice(), by=MINISTRY)


def test_the_outcome_of_a_command_stays_after_the_agreement_has_ended(store: Any) -> None:
    desk = runner(store)
    case = agreed(desk, SOP)
    opened = desk.open(SOP.id, notice(), by=MINISTRY, command_id="once")
    desk.apply(case.id, Terminated(by=MINISTRY))
    assert desk.open(SOP.id, notice(), by=MINISTRY, command_id="once").id == opened.id


def test_a_text_slipped_into_an_agreement_in_force_is_not_signed(store: Any) -> None:
    desk = runner(store)
    case = agreed(desk, BLOCK)
    slipped = Request(contents=[Content(kind="hash", locator=f"sha256:{SOP.digest}")], form=dict.fromkeys(
        ("procedure", "version", "title"), "x") | {"language": "en"})  # fmt: skip
    case = desk.apply(case.id, InstrumentReceived(instrument=slipped, by=PLATFORM))
    assert (case.state, len(case.contents)) == ("in_force", 2), "it truly happened, so it is recorded"
    with pytest.raises(NotSigned):
        desk.open(SOP.id, notice(), by=MINISTRY)


def test_an_agreement_under_rules_that_are_not_ours_does_not_count(store: Any) -> None:
    row = next(t for t in AGREEMENT.transitions if t.on is PutInForce)
    lax = AGREEMENT.extend(id=AGREEMENT.id, version="lax", transitions=[
        type(row)(on=PutInForce, source="drafted", target="in_force", by="authority", basis=row.basis)
    ])  # fmt: skip
    weak = runner(store, lax, SOP, BLOCK, prefix="b")
    case = weak.open("sop.agreement", proposed(SOP, PARTIES), by=MINISTRY)
    assert weak.apply(case.id, FORCE, by=MINISTRY).state == "in_force"
    with pytest.raises(NotSigned):
        runner(store).open(SOP.id, notice(), by=MINISTRY)


def test_a_step_that_opens_a_case_under_an_unsigned_text_is_refused_as_a_whole(store: Any) -> None:
    desk = runner(store)
    agreed(desk, SOP)
    case = desk.open(SOP.id, notice(), by=MINISTRY)
    desk.apply(case.id, Verified(by=MINISTRY))
    desk.apply(case.id, Approved(proposal=desk.proposal(case.id, Issued()), by=SIGNER))
    desk.apply(case.id, Issued(by=MINISTRY))  # nobody is listed: the ladder has no rung
    clock: Any = desk.clock
    clock.advance(days=3)
    while desk.tick().steps:
        pass
    before, entries = desk.case(case.id), desk.journal(case.id)
    assert before.state == "no_response"
    form = {"grounds": "silence", "legal_basis": "b", "scope": "s"}
    act = Escalated(instrument=block_order(["t.me"], ["isp-a"], form), by=MINISTRY)
    with pytest.raises(NotSigned, match=BLOCK.id):
        desk.apply(case.id, act)
    assert desk.case(case.id) == before and desk.journal(case.id) == entries
    assert desk.count(parent=case.id) == 0
    agreed(desk, BLOCK)
    assert desk.apply(case.id, act).state == "escalated_isp_block"


def test_in_a_batch_only_the_unsigned_are_refused(store: Any) -> None:
    desk = runner(store)
    agreed(desk, SOP)
    order = block_order(["t.me"], ["isp-a"], {"grounds": "g", "legal_basis": "b", "scope": "s"})
    results = desk.open_many(
        [NewCase(SOP.id, notice(), by=MINISTRY), NewCase(BLOCK.id, order, by=MINISTRY),
         NewCase(SOP.id, notice("https://t.me/y"), by=MINISTRY)]
    )  # fmt: skip
    assert [type(r.error) for r in results] == [type(None), NotSigned, type(None)]
    assert desk.count(procedure=BLOCK.id) == 0 and desk.count(procedure=SOP.id) == 2


def test_an_agreement_that_the_host_rolls_back_was_never_in_force(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    desk = runner(open_store(f"sqlite:///{path}?shared=1"))
    case = desk.open("sop.agreement", proposed(SOP, PARTIES), by=MINISTRY)
    desk.apply(case.id, Issued(by=MINISTRY))
    for signer in (MINISTRY, PLATFORM):
        desk.apply(case.id, Approved(proposal=desk.proposal(case.id, FORCE), by=signer))
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        desk.apply(case.id, FORCE, by=MINISTRY, conn=conn)
        desk.open(SOP.id, notice(), by=MINISTRY, conn=conn)  # in the same transaction it is in force
        conn.execute("ROLLBACK")
        with pytest.raises(NotSigned):
            desk.open(SOP.id, notice(), by=MINISTRY)
        conn.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotSigned):
            desk.open(SOP.id, notice(), by=MINISTRY, conn=conn)
        desk.apply(case.id, FORCE, by=MINISTRY, conn=conn)  # the refusal has not spoilt the host's transaction
        conn.execute("COMMIT")
    assert desk.open(SOP.id, notice(), by=MINISTRY).state == "received"


def test_signatures_cannot_be_required_without_the_procedure_by_which_they_are_given(store: Any) -> None:
    with pytest.raises(BadInput, match="sop.agreement"):
        runner(store, SOP, BLOCK)


def test_without_the_requirement_nothing_is_asked(store: Any) -> None:
    assert runner(store, require_signed=False).open(SOP.id, notice(), by=MINISTRY).state == "received"


def test_the_asynchronous_runner_refuses_as_well() -> None:
    async def main() -> None:
        desk = AsyncRunner(
            store=open_store("memory:"), procedures=[AGREEMENT, SOP, BLOCK], acting_as={"authority"},
            clock=Clock(START), require_signed=True,
        )  # fmt: skip
        with pytest.raises(NotSigned):
            await desk.open(SOP.id, notice(), by=MINISTRY)
        case = await desk.open("sop.agreement", proposed(SOP, PARTIES), by=MINISTRY)
        await desk.apply(case.id, Issued(by=MINISTRY))
        for signer in (MINISTRY, PLATFORM):
            await desk.apply(case.id, Approved(proposal=await desk.proposal(case.id, FORCE), by=signer))
        await desk.apply(case.id, FORCE, by=MINISTRY)
        assert (await desk.open(SOP.id, notice(), by=MINISTRY)).state == "received"

    asyncio.run(main())
