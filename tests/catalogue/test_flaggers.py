"""Accreditation walked through the runner, with the directory in the store: what is decided is what is listed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import (
    AccreditationAwarded,
    AccreditationGivenUp,
    AccreditationReinstated,
    AccreditationRevoked,
    AccreditationSuspended,
    Actor,
    Application,
    Assessed,
    BadInput,
    Case,
    CaseConflict,
    Extended,
    Flagger,
    FlaggerWarned,
    Held,
    HookFailed,
    InstrumentReceived,
    NotAllowed,
    PointOfContact,
    Provider,
    Rejected,
    Runner,
    StoreContended,
    StoreDirectory,
    Superseded,
    Suspension,
    Withdrawn,
    catalogue,
)
from sopflow.accreditation import after, concerns
from sopflow.catalogue.eu_trusted_flagger import (
    PoorNoticesReported,
    ReactionReceived,
    ReportPublished,
    RevocationAnnounced,
)
from sopflow.check import check
from sopflow.renderers import JinjaRenderer
from sopflow.stores import open_store
from sopflow.testing.clock import Clock

from .world import Post

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICER = Actor("officer-1", {"accreditor"}, "regulator")
HOTLINE = Actor("hotline-1", {"flagger"}, "hotline")
PLATFORM = Actor("agent-1", {"platform"}, "px")
GENERIC, DSA = "generic.flagger_accreditation", "eu.dsa_trusted_flagger"
COMPLETE = {
    GENERIC: {"expertise": "ten years", "method": "two pairs of eyes", "scope": "csam"},
    DSA: {"expertise": "ten years", "independence": "a charity", "diligence": "two pairs of eyes", "entity": "H", "scope": "csam"},
}  # fmt: skip
AWARD = AccreditationAwarded(
    categories="csam", jurisdictions=("DE", "EU"), lane=3, until=date(2027, 2, 28), zone="Europe/Berlin"
)


class Office:
    """An accrediting body with its store; the hotline is listed, so that it can be written to."""

    def __init__(self, url: str, procedure: str = GENERIC, **options: Any) -> None:
        self.clock, self.post, self.procedure = Clock(START), Post(), procedure
        ids = iter(range(1, 100))
        self.options: dict[str, Any] = {
            "store": open_store(url),
            "procedures": [catalogue.find(GENERIC), catalogue.find(DSA)],
            "acting_as": {"accreditor"},
            "directory": StoreDirectory(),
            "notifiers": {"email": self.post},
            "clock": self.clock,
            "new_id": lambda: f"case-{next(ids)}",
            **options,
        }
        self.runner = Runner(**self.options)
        desk = PointOfContact(id="hotline-desk", channels={"email": "desk@hotline.example"})
        self.runner.register(Flagger(id="hotline", contacts=[desk]), by=OFFICER)

    def applied(self, **form: str) -> Case:
        application = Application(parties={"flagger": "hotline"}, form={**COMPLETE[self.procedure], **form})
        return self.runner.open(self.procedure, application, by=HOTLINE)

    def accredited(self, award: AccreditationAwarded = AWARD) -> Case:
        case = self.applied()
        self.runner.apply(case.id, Assessed(finding="meets the conditions", by=OFFICER))
        return self.runner.apply(case.id, attrs.evolve(award, by=OFFICER))

    def act(self, case: Case, event: Any, **changes: Any) -> Case:
        return self.runner.apply(case.id, attrs.evolve(event, **{"by": OFFICER, **changes}))

    def listed(self, id: str = "hotline") -> Flagger:
        """Return the entry as another worker reads it."""
        other = Runner(**{**self.options, "directory": StoreDirectory()})
        other.tick()
        found = other._directory.organisation(id)  # type: ignore[attr-defined]
        assert isinstance(found, Flagger)
        return found

    def told(self) -> list[str]:
        self.runner.deliver()
        return [m.template for m in self.post.taken]


@pytest.fixture(params=[GENERIC, DSA])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    return Office(f"sqlite:///{tmp_path}/cases.db", request.param)


@pytest.mark.parametrize("name", [GENERIC, DSA])
def test_the_checker_has_nothing_open_and_every_waiver_a_reason(name: str) -> None:
    report = check(catalogue.find(name), [catalogue.find(n) for n in catalogue.names()])
    assert report.ok, str(report)
    messages = {f.waived for f in report.waived if f.code == "unconfirmed-message"}
    assert messages == {"it informs of a decision that has its effect unread"}


# --- award ---------------------------------------------------------------------------------------------------------


def test_an_award_is_listed_with_scope_lane_and_period_by_the_same_commit(office: Office) -> None:
    assert office.listed().trusted is False
    case = office.accredited()
    found = office.listed()
    assert case.state == "accredited"
    assert (found.trusted, found.categories, found.jurisdictions, found.lane) == (True, ("csam",), ("DE", "EU"), 3)
    assert (found.since, found.until, found.zone) == (date(2026, 3, 2), date(2027, 2, 28), "Europe/Berlin")
    assert found.contacts[0].id == "hotline-desk", "what was listed besides stays"
    entry = office.runner.registrations()[-1]
    assert (entry.doc["by"]["id"], entry.doc["reference"]) == ("officer-1", f"{case.id}/{case.revision}")
    office.runner.verify_register()
    assert office.runner.verify(case.id).seq == case.revision
    assert office.runner.reexamine(case.id) == ()
    assert office.told() == ["accreditation_awarded"]


def test_an_applicant_that_nobody_listed_is_listed_by_the_award(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path}/cases.db")
    office.runner.unregister("hotline", by=OFFICER)
    office.accredited()
    assert office.listed() == Flagger(
        id="hotline", trusted=True, categories="csam", jurisdictions=("DE", "EU"), lane=3, since=date(2026, 3, 2),
        until=date(2027, 2, 28), zone="Europe/Berlin",
    )  # fmt: skip


def test_an_award_waits_for_the_assessment_and_for_one_named_applicant(office: Office) -> None:
    case = office.applied()
    with pytest.raises(NotAllowed, match="no row for AccreditationAwarded of for_a_period in state 'applied'"):
        office.act(case, AWARD)
    nobody = office.runner.open(office.procedure, Application(form=COMPLETE[office.procedure]), by=HOTLINE)
    office.act(nobody, Assessed(finding="fine"))
    with pytest.raises(NotAllowed, match="names 0 parties as flagger"):
        office.act(nobody, AWARD)
    assert not office.listed().trusted


def test_what_does_not_fit_the_directory_refuses_the_award_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path}/cases.db")
    office.runner.register(Provider(id="px"), by=OFFICER)
    case = office.runner.open(GENERIC, Application(parties={"flagger": "px"}, form=COMPLETE[GENERIC]), by=HOTLINE)
    office.act(case, Assessed(finding="fine"))
    before = len(office.runner.registrations())
    with pytest.raises(BadInput, match="px is a provider"):
        office.act(case, AWARD)
    case = office.applied()
    office.act(case, Assessed(finding="fine"))
    with pytest.raises(BadInput, match="use 2026-04-01, the first day, or a later one"):
        office.act(case, attrs.evolve(AWARD, since=date(2026, 4, 1), until=date(2026, 3, 31)))
    with pytest.raises(BadInput, match="set a limit after the start"):
        office.act(case, attrs.evolve(AWARD, until=date(2026, 3, 1)))
    assert office.runner.case(case.id).state == "assessed"
    assert len(office.runner.registrations()) == before


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
def test_a_participant_that_raises_takes_the_entry_back_with_the_award(url: str, tmp_path: Path) -> None:
    def fails(step: Any, conn: Any) -> None:
        if step.entry.event == "AccreditationAwarded":
            raise RuntimeError("the host's own rows")

    office = Office(url if url == "memory:" else f"sqlite:///{tmp_path}/cases.db", participants=[fails])
    before = office.runner.registrations()
    with pytest.raises(HookFailed):
        office.accredited()
    assert office.runner.registrations() == before
    assert not office.listed().trusted


def test_in_the_hosts_transaction_the_entry_comes_and_goes_with_the_award(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path}/cases.db")
    case = office.applied()
    office.act(case, Assessed(finding="fine"))
    with closing(sqlite3.connect(tmp_path / "cases.db", isolation_level=None)) as conn:
        for end, trusted in (("ROLLBACK", False), ("COMMIT", True)):
            conn.execute("BEGIN IMMEDIATE")
            office.runner.apply(case.id, attrs.evolve(AWARD, by=OFFICER), conn=conn)
            conn.execute(end)
            assert office.listed().trusted is trusted, end


def test_somebody_who_changes_the_directory_meanwhile_is_no_conflict_of_the_case(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path}/cases.db")
    case = office.applied()
    case = office.act(case, Assessed(finding="fine"))
    works, failures = office.runner._enter, iter([CaseConflict("(directory)", 1, 2)])

    def busy(*args: Any) -> Any:
        for error in failures:
            raise error
        return works(*args)

    office.runner._enter = busy  # type: ignore[method-assign]
    case = office.runner.apply(case.id, attrs.evolve(AWARD, by=OFFICER), expect=case.revision)
    assert case.state == "accredited" and office.listed().trusted
    failures = iter([CaseConflict("(directory)", 1, 2)] * 9)
    with pytest.raises(StoreContended, match="changed the directory meanwhile"):
        office.act(case, FlaggerWarned(reason="late"))
    assert office.listed().warnings == ()


def test_a_host_with_another_directory_makes_the_same_entry_in_a_participant(tmp_path: Path) -> None:
    kept: dict[str, Any] = {}

    def keep(step: Any, conn: Any) -> None:
        if id := concerns(step):
            kept[id] = after(step, kept.get(id))

    office = Office(f"sqlite:///{tmp_path}/cases.db", participants=[keep])
    office.act(office.accredited(), FlaggerWarned(reason="late"))
    assert kept == {"hotline": attrs.evolve(office.listed(), contacts=())}


# --- refusal -------------------------------------------------------------------------------------------------------


def test_a_refusal_has_reasons_that_the_applicant_is_told(office: Office) -> None:
    case = office.applied()
    with pytest.raises(BadInput, match=r"Rejected\.reason"):
        Rejected(reason="")
    case = office.act(case, Rejected(reason="too little expertise"))
    assert (case.state, case.final) == ("refused", True)
    assert office.told() == ["application_refused"]
    assert "too little expertise" in office.post.taken[0].body
    assert not office.listed().trusted
    assert "too little" not in "".join(e.text for e in office.runner.journal(case.id))


def test_an_application_that_lacks_something_is_kept_and_completed(office: Office) -> None:
    case = office.applied(expertise=" ")
    assert case.state == "incomplete" and case.instruments[0].missing == ("expertise",)
    assert office.told() == ["application_incomplete"]
    with pytest.raises(NotAllowed):
        office.act(case, Assessed(finding="fine"))
    again = InstrumentReceived(instrument=Application(form=COMPLETE[office.procedure]), by=HOTLINE)
    assert office.runner.apply(case.id, again).state == "applied"


# --- warning, suspension, reinstatement ----------------------------------------------------------------------------


def test_warnings_add_up_with_their_reasons_and_touch_no_standing(office: Office) -> None:
    case = office.accredited()
    office.act(case, FlaggerWarned(reason="three wrong reports"))
    office.clock.advance(days=10)
    case = office.act(case, FlaggerWarned(reason="two more"))
    found = office.listed()
    assert [(w.on, w.reason) for w in found.warnings] == [
        (date(2026, 3, 2), "three wrong reports"), (date(2026, 3, 12), "two more"),
    ]  # fmt: skip
    assert case.state == "accredited" and found.why_not(office.clock.now) == ()
    journals = [*office.runner.registrations(), *office.runner.journal(case.id)]
    assert not [e for e in journals if "wrong reports" in e.text], "reasons are free text: only their digests"
    assert office.told().count("warning") == 2


@pytest.mark.parametrize(
    "event",
    [FlaggerWarned, AccreditationSuspended, AccreditationReinstated, AccreditationRevoked],
)
def test_nobody_is_warned_suspended_reinstated_or_revoked_without_a_reason(event: Callable[..., Any]) -> None:
    for reason in ("", "  "):
        with pytest.raises(BadInput, match="reason.*mandatory"):
            event(reason=reason)


def test_a_suspension_rests_the_accreditation_until_it_is_reinstated(office: Office) -> None:
    case = office.accredited()
    case = office.act(case, AccreditationSuspended(reason="under investigation"))
    found = office.listed()
    assert case.state == "suspended" and found.trusted
    assert found.why_not(office.clock.now) == ("flagger hotline is suspended since 2026-03-02",)
    assert found.suspension is not None and found.suspension.reason == "under investigation"
    office.clock.advance(days=31)
    office.runner.tick()
    assert any(d.obligation == "end_suspension" and d.reminded for d in office.runner.case(case.id).deadlines)
    case = office.act(case, AccreditationReinstated(reason="nothing was found"))
    assert case.state == "accredited" and office.listed().why_not(office.clock.now) == ()
    assert {"suspension", "reinstatement"} <= set(office.told())


def test_a_suspension_for_a_period_ends_with_its_last_day_in_the_flaggers_zone(office: Office) -> None:
    case = office.accredited()
    with pytest.raises(BadInput, match="Europe/Berlin"):
        office.act(case, AccreditationSuspended(reason="late", until=date(2026, 3, 20)))
    office.act(case, AccreditationSuspended(reason="late", until=date(2026, 3, 20), zone="Europe/Berlin"))
    office.clock.set(datetime(2026, 3, 20, 22, 59, tzinfo=UTC))  # 23:59 in Berlin
    office.runner.tick()
    assert office.runner.case(case.id).state == "suspended" and office.listed().resting(office.clock.now)
    office.clock.set(datetime(2026, 3, 20, 23, 1, tzinfo=UTC))
    office.runner.tick()
    assert office.runner.case(case.id).state == "accredited" and not office.listed().resting(office.clock.now)


def test_who_is_not_listed_any_more_cannot_be_warned(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path}/cases.db")
    case = office.accredited()
    office.runner.unregister("hotline", by=OFFICER)
    with pytest.raises(BadInput, match="list it in the directory first"):
        office.act(case, FlaggerWarned(reason="late"))
    assert office.act(case, AccreditationRevoked(reason="gone")).state == "revoked"


# --- the end -------------------------------------------------------------------------------------------------------


def test_the_accreditation_lapses_at_the_end_of_its_last_day(office: Office) -> None:
    case = office.accredited()
    office.clock.set(datetime(2027, 2, 28, 22, 59, tzinfo=UTC))  # 23:59 in Berlin
    office.runner.tick()
    assert office.runner.case(case.id).state == "accredited" and office.listed().outside(office.clock.now) == ()
    office.clock.set(datetime(2027, 2, 28, 23, 1, tzinfo=UTC))
    office.runner.tick()
    assert office.runner.case(case.id).state == "lapsed"
    assert office.listed().outside(office.clock.now) == ("flagger hotline was accredited until 2027-02-28",)


def test_a_later_award_renews_the_period_and_one_without_end_has_none(office: Office) -> None:
    case = office.accredited()
    office.clock.advance(days=300)
    case = office.act(case, attrs.evolve(AWARD, until=date(2028, 2, 29), lane=1))
    assert (office.listed().until, office.listed().lane) == (date(2028, 2, 29), 1)
    office.clock.set(datetime(2027, 3, 2, tzinfo=UTC))
    office.runner.tick()
    assert office.runner.case(case.id).state == "accredited"
    office.act(case, AccreditationAwarded())
    office.clock.set(datetime(2029, 1, 1, tzinfo=UTC))
    office.runner.tick()
    assert office.runner.case(case.id).state == "accredited" and office.listed().until is None


def test_a_flagger_gives_up_and_is_not_accredited_any_more(office: Office) -> None:
    case = office.accredited()
    case = office.runner.apply(case.id, AccreditationGivenUp(by=HOTLINE))
    assert case.state == "given_up" and not office.listed().trusted
    office.runner.apply(case.id, AccreditationGivenUp(by=HOTLINE))  # a fact: recorded, and changes nothing


def test_a_second_application_that_is_given_up_leaves_the_accreditation_as_it_is(office: Office) -> None:
    first, second = office.accredited(), office.applied()
    before = office.listed()
    assert office.runner.apply(second.id, AccreditationGivenUp(by=HOTLINE)).state == "given_up"
    assert office.listed() == before and office.runner.case(first.id).state == "accredited"


def test_while_one_case_holds_an_accreditation_another_awards_none(office: Office) -> None:
    first, second = office.accredited(), office.applied()
    office.act(second, Assessed(finding="meets the conditions"))
    with pytest.raises(BadInput, match=f"award it in case {first.id}"):
        office.act(second, AWARD)
    office.act(first, AccreditationSuspended(reason="under investigation"))
    with pytest.raises(BadInput):
        office.act(second, AWARD)
    assert office.listed().suspension is not None and office.runner.case(second.id).state == "assessed"
    office.runner.apply(first.id, AccreditationGivenUp(by=HOTLINE))
    office.act(second, attrs.evolve(AWARD, lane=1))
    assert (office.listed().trusted, office.listed().lane) == (True, 1)


def test_an_award_lifts_no_suspension(office: Office) -> None:
    resting = Flagger(id="hotline", trusted=True, suspension=Suspension(since=date(2026, 1, 1), reason="by hand"))
    office.runner.register(resting, by=OFFICER)
    case = office.applied()
    office.act(case, Assessed(finding="meets the conditions"))
    with pytest.raises(BadInput, match="end its suspension first"):
        office.act(case, AWARD)
    assert office.listed() == resting


@pytest.mark.parametrize("by", [HOTLINE, OFFICER])
def test_an_application_is_withdrawn_while_nothing_is_decided(office: Office, by: Actor) -> None:
    before = office.listed()
    case = office.act(office.applied(), Withdrawn(reason="we are not ready"), by=by)
    assert (case.state, case.waiting_for()) == ("withdrawn", ())
    assert office.listed() == before
    accredited = office.accredited()
    with pytest.raises(NotAllowed, match="possible in applied, assessed, incomplete"):
        office.act(accredited, Withdrawn(reason="we are not ready"), by=by)
    assert office.listed().trusted


def test_the_period_of_an_accreditation_is_set_by_an_award_and_not_extended(office: Office) -> None:
    case = office.accredited()
    later = office.clock.now + timedelta(days=3 * 365)
    with pytest.raises(NotAllowed):
        office.act(case, Extended(obligation="accreditation", due=later, reason="it does well"))


def test_an_application_is_superseded_by_another(office: Office) -> None:
    first, second = office.applied(), office.applied()
    first = office.act(first, Superseded(case=second.id))
    assert (first.state, first.waiting_for()) == ("superseded", ())


def test_more_time_is_given_to_complete_an_application_and_nobody_is_told_before_the_day_of_a_hold(
    office: Office,
) -> None:
    case = office.applied(expertise="")
    later = office.clock.now + timedelta(days=90)
    case = office.act(case, Extended(obligation="complete", due=later, reason="holidays"))
    assert case.deadline("complete").due == later  # type: ignore[union-attr]
    until = office.clock.now + timedelta(days=5)
    case = office.act(case, Held(role="flagger", until=until, reason="an inquiry"))
    office.act(case, Rejected(reason="no expertise"))
    assert "application_refused" not in office.told()
    office.clock.set(until)
    assert "application_refused" in office.told()


def test_the_coordinator_may_give_more_time_to_react_and_to_report(dsa: Office) -> None:
    case = announced(dsa)
    for obligation in ("react", "report"):
        limit = case.deadline(obligation)
        assert limit is not None
        assert limit.due is not None
        later = limit.due + timedelta(days=7)
        case = dsa.act(case, Extended(obligation=obligation, due=later, reason="asked for it"))
        assert case.deadline(obligation).due == later  # type: ignore[union-attr]


def test_revocation_takes_the_status_away_and_says_why(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path}/cases.db")
    case = office.act(office.accredited(), AccreditationRevoked(reason="invented reports"))
    assert (case.state, case.final, office.listed().trusted) == ("revoked", True, False)
    office.told()
    assert "invented reports" in office.post.last("revocation").body


# --- what Article 22 adds ------------------------------------------------------------------------------------------


@pytest.fixture
def dsa(tmp_path: Path) -> Office:
    return Office(f"sqlite:///{tmp_path}/cases.db", DSA)


def announced(dsa: Office) -> Case:
    case = dsa.accredited()
    dsa.runner.apply(case.id, PoorNoticesReported(explanation="40 of 50 were inaccurate", by=PLATFORM))
    dsa.act(case, AccreditationSuspended(reason="under investigation"))
    return dsa.act(case, RevocationAnnounced(reason="40 were inaccurate", due=dsa.clock.now + timedelta(days=14)))


def test_nobody_loses_the_status_unheard(dsa: Office) -> None:
    case = dsa.accredited()
    with pytest.raises(NotAllowed, match="no row for AccreditationRevoked in state 'accredited'"):
        dsa.act(case, AccreditationRevoked(reason="inaccurate"))
    dsa.act(case, RevocationAnnounced(reason="40 were inaccurate", due=dsa.clock.now + timedelta(days=14)))
    with pytest.raises(NotAllowed, match="can react until 2026-03-16"):
        dsa.act(case, AccreditationRevoked(reason="inaccurate"))
    dsa.runner.apply(case.id, ReactionReceived(reaction="we disagree", by=HOTLINE))
    assert dsa.act(case, AccreditationRevoked(reason="inaccurate")).state == "revoked"
    assert not dsa.listed().trusted


@pytest.mark.parametrize("renderer", [None, JinjaRenderer()], ids=["plain", "letter"])
def test_the_flagger_reads_until_when_it_can_react_though_its_yearly_report_is_due_sooner(renderer: Any) -> None:
    dsa = Office("memory:", DSA, **({"renderer": renderer} if renderer else {}))
    case = dsa.accredited(attrs.evolve(AWARD, until=None))  # on 2 March 2026: the report is due by 3 March 2027
    dsa.clock.set(datetime(2027, 2, 25, 9, 0, tzinfo=UTC))
    dsa.act(case, RevocationAnnounced(reason="40 were inaccurate", due=dsa.clock.now + timedelta(days=14)))
    dsa.runner.deliver()
    (letter,) = [m.body for m in dsa.post.taken if m.template == "revocation_announced"]
    assert re.search(r"(?i)until:? 2027-03-11 09:00 UTC", letter)  # 25 February + 3 days + 11


def test_silence_until_the_day_set_is_a_chance_not_taken(dsa: Office) -> None:
    case = announced(dsa)
    assert dsa.listed().resting(dsa.clock.now), "it stays suspended while it may react"
    dsa.clock.advance(days=14, hours=1)
    dsa.runner.tick()
    assert dsa.act(case, AccreditationRevoked(reason="inaccurate")).state == "revoked"


def test_a_reaction_may_convince_and_a_second_announcement_gives_a_second_chance(dsa: Office) -> None:
    case = announced(dsa)
    dsa.runner.apply(case.id, ReactionReceived(reaction="the sample was not ours", by=HOTLINE))
    assert dsa.act(case, AccreditationReinstated(reason="the sample was not theirs")).state == "accredited"
    assert dsa.listed().why_not(dsa.clock.now) == ()
    dsa.clock.advance(days=60)
    dsa.act(case, RevocationAnnounced(reason="again", due=dsa.clock.now + timedelta(days=14)))
    with pytest.raises(NotAllowed, match="can react until"):
        dsa.act(case, AccreditationRevoked(reason="again"))


def test_the_yearly_report_is_asked_for_when_it_is_missing(dsa: Office) -> None:
    case = dsa.accredited(attrs.evolve(AWARD, until=None))
    dsa.clock.set(datetime(2026, 11, 2, tzinfo=UTC))
    dsa.runner.apply(case.id, ReportPublished(by=HOTLINE))
    dsa.clock.set(datetime(2027, 10, 30, tzinfo=UTC))
    dsa.runner.tick()
    assert "report_overdue" not in dsa.told(), "twelve months from the last one, not from the award"
    dsa.clock.set(datetime(2027, 11, 4, tzinfo=UTC))
    dsa.runner.tick()
    assert dsa.told().count("report_overdue") == 1
    assert "deadline_missed" not in [i.kind for i in dsa.runner.incidents()]
    dsa.clock.set(datetime(2028, 11, 6, tzinfo=UTC))
    dsa.runner.tick()
    assert "report" in [d.obligation for d in dsa.runner.case(case.id).deadlines if d.is_open]


def test_what_is_recalled_or_only_read_elsewhere_is_marked_so() -> None:
    procedure = catalogue.find(DSA)
    heard = [t.basis for t in procedure.transitions if t.on is RevocationAnnounced]
    assert {b.mark for b in heard} == {"M"}
    assert {f.basis.mark for f in procedure.form_of["application"].fields} == {"V"}
    assert catalogue.find(DSA, on=date(2024, 2, 17)) is procedure
