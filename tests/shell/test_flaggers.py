"""What a listed flagger gets: a lane, an answer to guards, and a count of how often it was right."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, final

import attrs
import pytest
from attrs import frozen

from sopflow import (
    ANY_OPEN,
    STAY,
    Act,
    Actor,
    AsyncRunner,
    BadInput,
    Content,
    Corrected,
    CourtDecided,
    EffectGiven,
    Flagger,
    InstrumentReceived,
    Issued,
    NotAllowed,
    Notice,
    Opened,
    Outgoing,
    PointOfContact,
    Procedure,
    Provider,
    Receipt,
    Refused,
    Rejected,
    Restored,
    Runner,
    StaticDirectory,
    StoreDirectory,
    Suspension,
    Tally,
    TomlDirectory,
    Transition,
    Warned,
    catalogue,
    guards,
)
from sopflow.catalogue.singapore import TribunalDecided
from sopflow.compose import HEAD_START
from sopflow.directories import read
from sopflow.reports.accuracy import accuracy
from sopflow.stores import open_store
from sopflow.testing import _sample as sample
from sopflow.testing import play
from sopflow.testing.clock import Clock

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICER = Actor("officer-1", {"authority", "reporter"}, "ministry")
ANALYST = Actor("analyst-7", {"reporter"}, "hotline")
ANYBODY = Actor("person-1", {"reporter"})
MODERATOR = Actor("agent-1", {"platform"}, "px")
HOTLINE = Flagger(
    id="hotline", trusted=True, categories=("csam", "terror"), providers="px", lane=2, since=date(2026, 1, 1),
    until=date(2026, 12, 31), zone="Europe/Berlin",
)  # fmt: skip
TRUSTED = "flagger.triage"


def triage() -> Procedure:
    """Return the sample with a row that only an accredited flagger's notice takes, and one for the officer."""
    both = (guards.in_scope(), guards.not_suspended())
    p, basis = sample.SAMPLE, sample.SAMPLE.transitions[0].basis
    return p.extend(
        id=TRUSTED,
        replace={"opened_by": {"reporter", "authority"}, "jurisdiction": "DE"},
        states=[attrs.evolve(p.state_of["received"], name="first_in_line")],
        transitions=[
            Transition(on=Opened, source="received", target="first_in_line", by="reporter", guards=both, basis=basis),
            Transition(
                on=Issued, source="first_in_line", target="first_in_line", by="authority", guards=both, basis=basis
            ),
        ],
    )


class Desk:
    """A runner over the sample and the triage."""

    def __init__(self, *listed: Any, url: str = "memory:", **options: Any) -> None:
        self.clock = Clock(START)
        ids = iter(range(1, 1000))
        self.runner = Runner(**{
            "store": open_store(url), "procedures": [sample.SAMPLE, triage(), catalogue.find("id.kominfo_telegram_2017")],
            "acting_as": {"authority"}, "clock": self.clock, "new_id": lambda: f"case-{next(ids)}",
            "directory": StaticDirectory([*(listed or (HOTLINE,)), Provider(id="px"), Provider(id="py")]), **options,
        })  # fmt: skip

    def report(self, by: Actor = ANALYST, procedure: str = TRUSTED, **given: Any) -> Any:
        at = given.pop("at", None)
        notice = Notice(
            **{"contents": ["https://px.example/1"], "parties": {"platform": "px"}, "category": "csam", **given}
        )
        return self.runner.open(procedure, notice, by=by, at=at)


# --- the file ------------------------------------------------------------------------------------------------------

FILE = """\
[[flagger]]
id = "hotline"
trusted = true
lane = 2
since = 2026-01-01
until = 2026-12-31
zone = "Europe/Berlin"

[[flagger.warnings]]
on = 2026-02-01
reason = "late"

[flagger.suspension]
since = 2026-03-01
until = 2026-03-31
reason = "under investigation"
"""


def test_a_file_says_the_same_as_values() -> None:
    (found,) = read("d.toml", FILE.encode()).organisations
    assert found == Flagger(
        id="hotline", trusted=True, lane=2, since=date(2026, 1, 1), until=date(2026, 12, 31), zone="Europe/Berlin",
        warnings=[Warned(on=date(2026, 2, 1), reason="late")],
        suspension=Suspension(since=date(2026, 3, 1), until=date(2026, 3, 31), reason="under investigation"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("lane = 2", "lane = 12", r"line 4: flagger\[0\].lane: '?12'? cannot be used; use 0 \(the ordinary queue\) to 9"),
        ("until = 2026-12-31", "until = 2025-12-31", r"line 6: flagger\[0\].until: .*use 2026-01-01, the first day"),
        ('zone = "Europe/Berlin"', 'zone = "Berlin"', r"line 7: flagger\[0\].zone: 'Berlin'"),
        ("on = 2026-02-01", 'on = "soon"', r"line 10: flagger\[0\].warnings\[0\].on: 'soon' cannot be used; write a day"),
        ('reason = "late"', 'reason = " "', r"line 11: flagger\[0\].warnings\[0\].reason: .*say why"),
        ('reason = "late"', "", r"line 9: flagger\[0\].warnings\[0\].reason: '\(missing\)'"),
        ("until = 2026-03-31", "until = 2026-02-28", r"line 15: flagger\[0\].suspension.until: .*use 2026-03-01"),
        ("until = 2026-03-31", "til = 2026-02-28", r"line 15: flagger\[0\].suspension.til: '\(unknown\)'"),
        ('reason = "under investigation"', "", r"line 13: flagger\[0\].suspension.reason: '\(missing\)'"),
        ("[flagger.suspension]", "[[flagger.suspension]]", r"flagger\[0\].suspension: 'list' cannot be used; write a table"),
    ],
)  # fmt: skip
def test_an_error_names_line_key_value_and_remedy(old: str, new: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read("d.toml", FILE.replace(old, new, 1).encode())


def test_in_the_store_each_change_is_journalled_and_reasons_are_not() -> None:
    desk = Desk(directory=StoreDirectory())
    desk.runner.register(HOTLINE, by=OFFICER)
    rests = Suspension(since=date(2026, 3, 1), reason="under investigation")
    entry = desk.runner.register(attrs.evolve(HOTLINE, lane=1, suspension=rests), by=OFFICER)
    assert entry is not None
    assert [c for c in entry.doc["changes"] if c["field"] == "lane"] == [{"field": "lane", "old": 2, "new": 1}]
    assert {c["field"] for c in entry.doc["changes"]} == {"lane", "suspension/reason", "suspension/since"}
    assert "investigation" not in entry.text
    desk.runner.verify_register()
    desk.runner.tick()
    assert desk.runner._directory.organisation("hotline").suspension == rests  # type: ignore[attr-defined]


# --- lanes ---------------------------------------------------------------------------------------------------------


def test_the_lane_is_frozen_and_journalled_when_the_case_is_opened() -> None:
    desk = Desk(directory=StoreDirectory())
    desk.runner.register(HOTLINE, by=OFFICER)
    case = desk.report()
    assert (case.flagger, case.lane) == ("hotline", 2)
    assert desk.runner.journal(case.id)[0].doc["effects"]["case"]["lane"] == 2
    desk.runner.register(attrs.evolve(HOTLINE, lane=0), by=OFFICER)
    assert desk.runner.case(case.id).lane == 2 and desk.report().lane == 0
    assert desk.runner.verify(case.id).seq == 1
    assert desk.runner.reexamine(case.id) == ()


@pytest.mark.parametrize(
    ("given", "listed"),
    [
        ({"by": ANYBODY}, {}),
        ({"category": "spam"}, {}),
        ({"category": ""}, {}),
        ({"parties": {"platform": "py"}}, {}),
        ({"parties": {"platform": "listed-nowhere"}}, {}),
        ({}, {"trusted": False}),
        ({}, {"jurisdictions": ("FR",)}),
        ({}, {"suspension": Suspension(since=date(2026, 3, 2), reason="late")}),
        ({}, {"until": date(2026, 3, 1)}),
        ({}, {"since": date(2026, 3, 3)}),
    ],
)
def test_outside_scope_period_or_while_suspended_a_notice_has_no_lane_and_is_recorded_all_the_same(
    given: dict[str, Any], listed: dict[str, Any]
) -> None:
    case = Desk(attrs.evolve(HOTLINE, **listed)).report(**given)
    assert (case.lane, case.state) == (0, "received")
    assert case.flagger == ("" if given.get("by") is ANYBODY else "hotline")


def test_the_day_that_counts_is_that_of_the_notice_in_the_flaggers_zone() -> None:
    desk = Desk(attrs.evolve(HOTLINE, until=date(2026, 3, 1)))
    last = datetime(2026, 3, 1, 22, 59, tzinfo=UTC)  # 23:59 in Berlin
    assert desk.report(at=last).lane == 2
    assert desk.report(at=last + timedelta(minutes=1)).lane == 0


def test_a_flagger_may_be_listed_by_person_or_by_organisation_and_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text('[[flagger]]\nid = "analyst-7"\ntrusted = true\nlane = 4\n')
    assert Desk(directory=TomlDirectory(tmp_path / "d.toml")).report().lane == 4


def test_a_directory_that_fails_loses_no_report() -> None:
    class Broken:
        def ladder(self, party: str) -> tuple[Any, ...]:
            return ()

        def address(self, contact: str, channel: str) -> str:
            return ""

        def contact(self, contact: str) -> None: ...

        def organisation(self, id: str) -> Any:
            raise OSError("jane@example.org")

    case = Desk(directory=Broken()).report()
    assert (case.state, case.lane, case.flagger) == ("received", 0, "")


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
def test_a_desk_lists_by_lane_then_by_what_is_due(url: str, tmp_path: Path) -> None:
    desk = Desk(url=url if url == "memory:" else f"sqlite:///{tmp_path}/cases.db")
    late = desk.report(ANYBODY, "contract.sample")
    for _ in range(2):
        desk.clock.advance(hours=1)
        desk.runner.apply(desk.report(ANYBODY, "contract.sample").id, Issued(by=OFFICER))
    first = desk.report(procedure="contract.sample")
    order = ["case-4", "case-2", "case-3", "case-1"]
    assert [c.id for c in desk.runner.find(order="urgency")] == order
    desk.clock.advance(days=9)
    desk.runner.tick()
    assert [c.id for c in desk.runner.find(order="urgency")] == order, "what was missed is not less urgent"
    assert [c.id for c in desk.runner.find(flagger="hotline")] == [first.id]
    assert [c.id for c in desk.runner.find(order="urgency", after="case-3")] == [late.id]
    with pytest.raises(BadInput, match="use opened or urgency"):
        desk.runner.find(order="lane")


class Post:
    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, message: Outgoing) -> Receipt | None:
        self.taken.append(message.case)
        return None


def test_messages_of_a_higher_lane_leave_first_but_nobody_waits_longer_for_it_than_the_head_start() -> None:
    post = Post()
    contact = PointOfContact(id="px-desk", channels={"email": "desk@px.example"})
    directory = StaticDirectory([HOTLINE, Provider(id="px", contacts=[contact])])
    desk = Desk(notifiers={"email": post}, hands=1, directory=directory)
    ids = []
    for by, wait in ((ANYBODY, 2 * HEAD_START), (ANYBODY, timedelta(minutes=30)), (ANALYST, timedelta(0))):
        ids.append(desk.runner.apply(desk.report(by, "contract.sample").id, Issued(by=OFFICER)).id)
        desk.clock.advance(seconds=wait.total_seconds())
    waited, ordinary, flagged = ids
    desk.runner.deliver()
    assert post.taken == [waited, flagged, ordinary]


# --- guards --------------------------------------------------------------------------------------------------------


def test_guards_read_the_directorys_answer_from_the_journal_and_say_why_not() -> None:
    desk = Desk(directory=StoreDirectory())
    desk.runner.register(HOTLINE, by=OFFICER)
    case = desk.report()
    assert case.state == "first_in_line"
    assert desk.runner.journal(case.id)[0].doc["facts"]["flagger"] == {
        "id": "hotline", "on": "2026-03-02", "outside": [], "resting": "",
    }  # fmt: skip
    rests = Suspension(since=date(2026, 3, 2), until=date(2026, 3, 9), reason="under investigation")
    desk.runner.register(attrs.evolve(HOTLINE, until=date(2026, 3, 1), suspension=rests), by=OFFICER)
    with pytest.raises(NotAllowed) as refused:
        desk.runner.apply(case.id, Issued(by=OFFICER))
    reasons = " ".join(refused.value.reasons)
    assert "flagger hotline was accredited until 2026-03-01" in reasons
    assert "flagger hotline is suspended since 2026-03-02 until 2026-03-09" in reasons
    assert "investigation" not in reasons
    answers = {a.event: a for a in desk.runner.allowed(case.id, by=OFFICER)}
    assert answers["Issued"].verdict == "no"
    assert desk.runner.reexamine(case.id) == (), "what the directory says today changes nothing that was recorded"
    desk.runner.register(HOTLINE, by=OFFICER)
    assert desk.runner.apply(case.id, Issued(by=OFFICER)).state == "first_in_line"


@pytest.mark.parametrize(
    ("by", "given", "why"),
    [
        (ANYBODY, {}, "the sender is no flagger of the directory"),
        (ANALYST, {"category": ""}, "no category is named, which is needed for the scope of flagger hotline"),
        (ANALYST, {"category": "spam"}, "category 'spam' is outside the scope of flagger hotline: csam, terror"),
        (ANALYST, {"parties": {"platform": "py"}}, "provider 'py' is outside the scope of flagger hotline: px"),
        (
            ANALYST,
            {"parties": {"platform": "x"}},
            "no known provider is named, which is needed for the scope of flagger hotline",
        ),
    ],
)
def test_in_scope_answers_with_why_not(by: Actor, given: dict[str, Any], why: str) -> None:
    desk = Desk()
    case = desk.report(by, **given)
    entry = desk.runner.journal(case.id)[0]
    values = entry.doc["facts"]
    facts = type("Facts", (), {"values": values})
    assert why in str(guards.in_scope().test(case, case, Opened(instrument=Notice()), facts))
    assert guards.not_suspended().test(case, case, Opened(instrument=Notice()), facts) is None


def test_a_hosts_own_registry_may_answer_instead() -> None:
    answer = {"id": "h", "on": "2026-03-02", "outside": ["not on our list"], "resting": ""}
    desk = Desk(facts={"flagger": lambda case, event, conn: answer})
    case = desk.report()
    assert case.state == "received"
    assert desk.runner.journal(case.id)[0].doc["facts"]["flagger"] == answer


# --- accuracy ------------------------------------------------------------------------------------------------------

TWO = [Content(locator="https://px.example/1"), Content(locator="https://px.example/2")]


def decided(desk: Desk, outcomes: dict[str, str], **given: Any) -> Any:
    case = desk.report(**{"procedure": "contract.sample", "contents": TWO, **given})
    desk.runner.apply(case.id, Issued(by=OFFICER))
    return desk.runner.apply(case.id, EffectGiven(outcomes=outcomes, by=MODERATOR)) if outcomes else case


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
def test_contents_are_counted_by_what_became_of_them_and_by_category(url: str, tmp_path: Path) -> None:
    desk = Desk(url=url if url == "memory:" else f"sqlite:///{tmp_path}/cases.db")
    decided(desk, {"c1": "removed", "c2": "refused"})
    decided(desk, {"c1": "disabled", "c2": "not_found"}, category="terror")
    decided(desk, {"c1": "removed"})
    decided(desk, {"c1": "refused", "c2": "refused"}, by=ANYBODY)
    found = desk.runner.accuracy("hotline")
    assert found.total == Tally(upheld=3, refused=1, pending=1, moot=1)
    assert found.categories == {
        "csam": Tally(upheld=2, refused=1, pending=1), "terror": Tally(upheld=1, moot=1),
    }  # fmt: skip
    assert (found.total.reported, found.total.decided, found.total.accuracy) == (6, 4, 0.75)
    assert desk.runner.accuracy("nobody").total.accuracy is None


def test_a_period_counts_by_when_a_report_was_handed_in() -> None:
    desk = Desk()
    decided(desk, {"c1": "removed"}, contents=TWO[:1])
    desk.clock.advance(days=10)
    decided(desk, {"c1": "refused"}, contents=TWO[:1])
    middle = START + timedelta(days=5)
    assert desk.runner.accuracy("hotline", until=middle).total == Tally(upheld=1)
    assert desk.runner.accuracy("hotline", since=middle).total == Tally(refused=1)
    assert desk.runner.accuracy("hotline", since=START, until=START).total == Tally()
    with pytest.raises(BadInput, match="since"):
        desk.runner.accuracy("hotline", since=datetime(2026, 1, 1))


@pytest.mark.parametrize("late", [False, True])
def test_a_reversal_after_a_removal_counts_in_whatever_order_it_is_learnt(late: bool) -> None:
    desk = Desk()
    case = decided(desk, {})
    desk.clock.advance(days=5)
    removed = EffectGiven(outcomes={"c1": "removed", "c2": "removed"}, by=MODERATOR, at=START + timedelta(days=1))
    restored = EffectGiven(outcomes={"c1": "restored"}, by=MODERATOR, at=START + timedelta(days=2))
    for event in (restored, removed) if late else (removed, restored):
        desk.runner.apply(case.id, event)
    assert desk.runner.accuracy("hotline").total == Tally(reversed=1, upheld=1)
    again = EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR, at=START + timedelta(days=3))
    desk.runner.apply(case.id, again)
    assert desk.runner.accuracy("hotline").total == Tally(upheld=2)


def test_of_two_answers_of_one_instant_the_one_counts_that_the_case_shows() -> None:
    desk = Desk()
    case = decided(desk, {}, contents=TWO[:1])
    at = desk.clock.now
    desk.runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=MODERATOR, at=at))
    case = desk.runner.apply(case.id, Refused(contents="c1", reason="lawful", by=MODERATOR, at=at))
    assert str(case.outcomes()["c1"]) == "removed"
    assert desk.runner.accuracy("hotline").total == Tally(upheld=1)


def test_a_corrected_outcome_counts_as_corrected() -> None:
    desk = Desk()
    case = decided(desk, {"c1": "refused"}, contents=TWO[:1])
    assert desk.runner.accuracy("hotline").total == Tally(refused=1)
    desk.runner.apply(
        case.id, Corrected(seq=case.revision, field="outcome:c1", value="removed", reason="typed wrong", by=OFFICER)
    )
    assert desk.runner.accuracy("hotline").total == Tally(upheld=1)


def test_a_refusal_after_a_removal_and_a_court_that_lets_the_content_back_are_reversals() -> None:
    desk = Desk()
    case = decided(desk, {"c1": "removed", "c2": "removed"})
    desk.clock.advance(hours=1)
    desk.runner.apply(case.id, EffectGiven(outcomes={"c1": "refused"}, by=MODERATOR))
    assert desk.runner.accuracy("hotline").total == Tally(reversed=1, upheld=1)
    desk.runner.apply(case.id, CourtDecided(restore=True, by=MODERATOR))
    assert desk.runner.accuracy("hotline").total == Tally(reversed=2)


@pytest.mark.parametrize(
    ("id", "instead"),
    [
        ("au.osa_removal_notice", None),
        ("eu.tco_2021_784", None),
        ("in.it_rules_3_1_d", None),
        ("sg.ocha_direction", None),
        ("sg.ocha_direction", TribunalDecided(finding="cancelled", ground="requirements")),
    ],
)
def test_what_a_competent_body_found_not_to_be_due_is_a_reversal_before_it_is_back(id: str, instead: Any) -> None:
    script = next(s for s in catalogue.scenarios(id) if s.kind == "reversed")
    *scenes, decided, restored = script.scenes
    assert type(restored.event) is Restored
    if instead is not None:
        decided = attrs.evolve(decided, event=instead, by="tribunal")
    told = attrs.evolve(script, scenes=(*scenes, decided), state="voided", outcomes={}, standings={}, sent=())
    scenario = play(told, catalogue.find(id))
    journal = scenario.runner.journal(scenario.case.id)
    before = next(n for n, e in enumerate(journal) if e.doc["target"] == "voided")
    assert accuracy([journal], f"{script.by}-1").total == Tally(reversed=2)
    assert accuracy([journal[:before]], f"{script.by}-1").total == Tally(upheld=2)


@final
@frozen(kw_only=True)
class Quashed(Act):
    """An ombudsman whom only this procedure knows has looked at it: "due" or "not_due"."""

    voids: ClassVar[tuple[str, ...]] = ("not_due",)

    finding: str

    def of(self) -> str:
        return self.finding


@pytest.mark.parametrize("finding", ["due", "not_due"])
def test_an_event_of_ones_own_says_by_itself_that_it_voids_the_order(finding: str) -> None:
    p = sample.SAMPLE
    rows = [Transition(on=Quashed, of=of, source=ANY_OPEN, target=STAY, by="authority", basis=p.transitions[0].basis)
            for of in ("due", "not_due")]  # fmt: skip
    own = p.extend(id="own.ombudsman", transitions=rows)
    desk = Desk(procedures=[own])
    case = decided(desk, {"c1": "removed", "c2": "refused"}, procedure="own.ombudsman")
    desk.clock.advance(hours=1)
    desk.runner.apply(case.id, Quashed(finding=finding, by=OFFICER))
    expected = Tally(reversed=1, refused=1) if finding == "not_due" else Tally(upheld=1, refused=1)
    assert desk.runner.accuracy("hotline").total == expected
    journals = [desk.runner.journal(case.id)]
    assert accuracy(journals, "hotline", procedures=[own]).total == expected


def test_what_our_own_side_rejects_is_refused_for_all_its_contents() -> None:
    desk = Desk()
    parties = {"platform": "px", "reporter": "r1"}
    case = desk.report(
        Actor("analyst-7", {"authority"}, "hotline"), "id.kominfo_telegram_2017", contents=TWO, parties=parties
    )
    assert desk.runner.accuracy("hotline").total == Tally(pending=2)
    desk.runner.apply(case.id, Rejected(reason="not illegal", by=OFFICER))
    assert desk.runner.accuracy("hotline").total == Tally(refused=2)


def test_journals_alone_are_enough_and_those_of_actors_who_are_not_listed_can_be_asked_for() -> None:
    desk = Desk()
    cases = [decided(desk, {"c1": "removed"}, by=by, contents=TWO[:1]) for by in (ANALYST, ANYBODY, ANYBODY)]
    journals = [desk.runner.journal(case.id) for case in cases]
    assert accuracy(journals, "person-1").total == Tally(upheld=2)
    assert accuracy(journals, "analyst-7").total == accuracy(journals, "hotline").total == Tally(upheld=1)
    assert desk.runner.accuracy("hotline") == accuracy(journals, "hotline")
    desk.runner.erase(cases[0].id, unsent=True)
    assert desk.runner.accuracy("hotline").total == Tally(upheld=1), "erased personal values change no count"


def test_what_a_flagger_adds_to_somebody_elses_case_is_its_own_with_its_own_category() -> None:
    desk = Desk()
    case = decided(desk, {"c1": "refused"}, by=ANYBODY, contents=TWO[:1])
    more = InstrumentReceived(instrument=Notice(contents=TWO[1:], category="terror"), by=ANALYST)
    desk.runner.apply(case.id, more)
    desk.runner.apply(case.id, EffectGiven(outcomes={"c2": "removed"}, by=MODERATOR))
    journals = [desk.runner.journal(case.id)]
    assert accuracy(journals, "hotline").categories == {"terror": Tally(upheld=1)}
    assert accuracy(journals, "person-1").categories == {"csam": Tally(refused=1)}


def test_async_runners_count_too() -> None:
    async def work() -> Tally:
        runner = AsyncRunner(
            store=open_store("memory:"), procedures=[sample.SAMPLE], acting_as={"authority"},
            directory=StaticDirectory([HOTLINE, Provider(id="px")]), clock=Clock(START),
        )  # fmt: skip
        notice = Notice(contents=["https://px.example/1"], parties={"platform": "px"}, category="csam")
        by = Actor("analyst-7", {"authority"}, "hotline")
        case = await runner.open("contract.sample", notice, by=by)
        assert case.lane == 2
        return (await runner.accuracy("hotline")).total

    assert asyncio.run(work()) == Tally(pending=1)
