"""A deadline in words: what a lawyer can follow from the event to the instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any

import attrs
import pytest

from sopflow import calendars, explain
from sopflow._phrases import PHRASES
from sopflow.case import Standing
from sopflow.errors import BadInput
from sopflow.events import (
    Acknowledged,
    ClarificationGiven,
    ClarificationRequested,
    Corrected,
    DeadlineBreached,
    EffectGiven,
    Extended,
    Issued,
    Notice,
    Opened,
)
from sopflow.procedure import Procedure
from sopflow.rules import MARKS, Hook, On, Yield
from sopflow.terms import BusinessDays, Days, Hours, Months, PerCase, SameDay, Term, Window, WithoutUndueDelay, Yearly

from . import sample
from .sample import PLATFORM, Desk
from .test_legal_clocks import (
    EID,
    A,
    DecisionMade,
    P,
    at_eid,
    begun,
    clock,
    decree,
    dunning,
    h,
    law,
    office,
    ordered,
    z,
)


def told(desk: Any, deadline: str, lang: str = "en", **more: Any) -> str:
    """Return the explanation of a deadline of a desk."""
    return explain(desk.case, deadline, desk.p, lang, calendars=desk.calendars, journal=desk.entries, **more)


def test_it_names_the_event_the_article_the_term_and_the_instant() -> None:
    desk = begun(clock("remove", SameDay("Asia/Jakarta"), Opened, meets=EffectGiven), at=z("2025-08-14 15:30"))
    assert told(desk, "remove").splitlines() == [
        "remove is a duty of platform.",
        "Legal basis: see the procedure's sources (source: the regimes named in each test; evidence I: inferred).",
        "Its clock started on Thursday 14 August 2025, 22:30 WIB (2025-08-14T15:30:00Z) with Opened: notice (entry 1).",
        "Term: to the end of the local day of the start (Asia/Jakarta).",
        "Due: the end of Thursday 14 August 2025, 24:00 WIB (2025-08-14T17:00:00Z).",
        "It is running.",
    ]


def test_the_same_in_indonesian() -> None:
    desk = begun(clock("remove", SameDay("Asia/Jakarta"), Opened, meets=EffectGiven), at=z("2025-08-14 15:30"))
    text = told(desk, "remove", "id")
    assert "remove adalah kewajiban platform." in text
    assert "Kamis 14 Agustus 2025, pukul 22:30 WIB (2025-08-14T15:30:00Z) dengan Opened (perkara dibuka)" in text
    assert "Tenggat: akhir hari Kamis 14 Agustus 2025, pukul 24.00 WIB" in text


def _begins(*args: Any) -> Yield:
    return Yield(starts="file")


@pytest.mark.parametrize("heard", [True, False], ids=["another clock hears the event", "no clock does"])
def test_a_clock_that_a_hook_started_is_told_by_the_event_at_which_the_hook_was_called(heard: bool) -> None:
    desk = Desk(law(clock("file", Hours(12), DecisionMade), *([clock("answer", Hours(2), Issued)] if heard else ())))
    desk.p = attrs.evolve(desk.p, hooks=[Hook(name="begins", run=_begins, event=Issued)])
    desk.open(Notice(contents=["https://t.me/x"]), by=A, at=h(0), now=h(0))
    ordered(desk, h(1))
    for lang, words in (("en", "with Issued (entry 2)"), ("id", "dengan Issued (diterbitkan) (entri 2)")):
        assert words in told(desk, "file", lang)
        assert "@" not in explain(desk.case, "file", desk.p, lang), "nor without the journal"
    assert ("Issued" in explain(desk.case, "file", desk.p)) is heard


def test_it_says_what_stopped_the_clock_and_for_how_long() -> None:
    day = clock("handle", Hours(24), Opened, pauses=ClarificationRequested, resumes=ClarificationGiven,
                meets=EffectGiven)  # fmt: skip
    desk = begun(day)
    desk.do(ClarificationRequested(by=P, at=h(20)))
    assert "It is standing still" in told(desk, "handle")
    desk.do(ClarificationGiven(by=A, at=h(50.5)))
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=P, at=h(60)))
    text = told(desk, "handle")
    assert "stopped on Tuesday 3 June 2025, 06:00 UTC (2025-06-03T06:00:00Z) by ClarificationRequested" in text
    assert "It had stood still for 30 h 30 min. Due since then: Wednesday 4 June 2025, 16:30 UTC" in text
    assert "In all it stood still for 30 h 30 min" in text
    assert "Later than due by 5 h 30 min." in text


def test_what_came_too_late_to_stop_the_clock_is_not_told_as_if_it_had() -> None:
    day = clock("handle", Hours(24), Opened, pauses=ClarificationRequested, resumes=ClarificationGiven)
    desk = begun(day)
    desk.tick(h(24))
    desk.do(ClarificationRequested(by=P, at=h(30)))
    assert "stopped" not in told(desk, "handle")


def test_it_says_what_moved_the_limit() -> None:
    desk = begun(clock("direction", PerCase(), Opened), due=h(7))
    desk.do(Extended(obligation="direction", due=h(20), reason="allowed", by=A, at=h(1)))
    text = told(desk, "direction")
    assert "Its limit was set anew on Monday 2 June 2025, 11:00 UTC (2025-06-02T11:00:00Z) by Extended" in text
    assert "allowed" not in text, "reasons are personal and have no place here"


def test_a_limit_at_the_end_of_the_calendar_is_told_in_utc_where_no_local_time_is_left() -> None:
    desk = begun(clock("remove", SameDay("Asia/Jakarta"), Opened, meets=EffectGiven), at=z("2025-08-14 15:30"))
    far = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    desk.do(Extended(obligation="remove", due=far, reason="no limit", by=A), z("2025-08-14 15:40"))
    assert "Due: Friday 31 December 9999, 23:59 UTC (9999-12-31T23:59:00Z)." in told(desk, "remove")


def test_each_run_of_a_clock_that_comes_again_has_its_own_explanation() -> None:
    desk = begun(dunning())
    desk.tick(h(50))
    first, third = told(desk, "warn"), told(desk, "warn.3")
    assert first == third, "an obligation is explained by its latest run"
    assert "started again on Wednesday 4 June 2025" in third
    assert desk.case is not None
    one = explain(desk.case, desk.case.deadlines[0], desk.p)
    assert "started on Monday 2 June 2025" in one
    assert "Its time has passed." in one


def test_it_names_the_days_that_did_not_count_and_the_decree_that_moved_it() -> None:
    desk = at_eid()
    names = {EID[1]: "Idul Fitri (joint leave)"}
    new = calendars.make("ID", "after the decree", {**dict.fromkeys(office(more=EID).holidays, "Day off"), **names},
                         first=2026, last=2026)  # fmt: skip
    desk.calendars = {"ID": new}
    desk.do(decree())
    text = told(desk, "answer")
    assert f"Calendar used, as frozen with the deadline: {new.stamp}." in text
    assert "2 day(s) of weekends" in text
    assert "Friday 20 March 2026 (Idul Fitri (joint leave))" in text
    assert "Moved by a change of the calendar, joint decree 1/2026 (entry 2): from the end of Monday 23 March" in text
    assert "to the end of Friday 27 March 2026, 24:00 WIB" in text


def test_what_was_due_before_a_decree_is_told_as_it_was_then() -> None:
    desk = at_eid(pauses=ClarificationRequested, resumes=ClarificationGiven)
    desk.do(ClarificationRequested(by=P, at=z("2026-03-17 05:00")))
    desk.do(ClarificationGiven(by=A, at=z("2026-03-17 07:00")))
    desk.calendars = {"ID": office(more=EID)}
    desk.do(decree("2026-03-17 08:00"))
    text = told(desk, "answer")
    assert "It had stood still for 2 h. Due since then: Tuesday 24 March 2026, 02:00 WIB" in text
    assert "(entry 4): from Tuesday 24 March 2026, 02:00 WIB (2026-03-23T19:00:00Z) to Saturday 28 March" in text


def test_a_decree_that_moved_nothing_is_not_told_as_a_move() -> None:
    desk = at_eid()
    desk.do(Extended(obligation="answer", due=z("2026-04-20 05:00"), reason="r", by=A), z("2026-03-17 03:30"))
    desk.calendars = {"ID": office(more=EID)}
    desk.do(decree())
    assert "change of the calendar" not in told(desk, "answer")


def test_a_decree_that_came_too_late_to_shorten_the_deadline_is_told() -> None:
    desk = at_eid(calendar=office(more=EID))
    desk.tick(z("2026-03-24 03:00"))
    desk.calendars = {"ID": office()}
    desk.do(decree("2026-03-24 03:00"), now=z("2026-03-24 03:00"))
    text = told(desk, "answer")
    assert "would have ended it before that change was made: it stayed due the end of Friday 27 March 2026" in text
    assert "akan mengakhirinya sebelum perubahan itu" in told(desk, "answer", "id")


def test_it_names_the_correction_that_moved_the_limit() -> None:
    desk = begun(clock("remove", Hours(24), Opened, meets=EffectGiven))
    desk.do(Corrected(seq=1, field="at", value=h(-2).isoformat(), reason="the wrong hour", by=A), h(1))
    text = told(desk, "remove")
    assert "Moved by a correction of entry 1 (entry 2): from Tuesday 3 June 2025, 10:00 UTC" in text
    assert "to Tuesday 3 June 2025, 08:00 UTC" in text
    assert "wrong hour" not in text, "reasons are personal"


def test_a_length_is_told_to_the_second() -> None:
    desk = begun(
        clock("remove", Hours(24), Opened, meets=EffectGiven, pauses=ClarificationRequested, resumes=ClarificationGiven)
    )
    desk.do(ClarificationRequested(by=P, at=h(1)))
    desk.do(ClarificationGiven(by=A, at=h(1) + timedelta(seconds=119)))
    assert "It had stood still for 1 min 59 s." in told(desk, "remove")


def test_without_the_data_it_says_that_it_cannot_name_the_days() -> None:
    desk = at_eid()
    assert desk.case is not None
    assert "cannot be named here" in explain(desk.case, "answer", desk.p)
    assert "cannot be named here" in explain(desk.case, "answer", desk.p, calendars={"ID": office(more=EID)})


def test_it_warns_of_a_date_that_is_only_estimated() -> None:
    desk = at_eid(calendar=office(more=EID, estimated=EID[1:2]))
    assert "only estimated and may still move the deadline: Friday 20 March 2026." in told(desk, "answer")
    assert "baru perkiraan" in told(desk, "answer", "id")


def test_a_rule_without_a_number_is_never_told_as_a_limit() -> None:
    text = told(begun(clock("confirm", WithoutUndueDelay(24), Opened)), "confirm")
    assert 'gives no number ("without undue delay")' in text
    assert "never a breach" in text
    assert "Due:" not in text


def test_the_clock_of_a_message_is_explained_by_its_queueing() -> None:
    desk = Desk().issued()
    text = told(desk, f"receipt:{desk.message('order').id}")
    assert "when the message order was queued" in text
    assert "24 hours" in text
    desk.do(Acknowledged(message=desk.message("order").id, by=PLATFORM, at=sample.hours(1)))
    assert "It was met in time." in told(desk, f"receipt:{desk.message('order').id}")


@pytest.mark.parametrize("lang", ["en", "id"])
@pytest.mark.parametrize(
    "term",
    [
        Hours(4),
        Hours(1, whole=True),
        Days(90, "Europe/Brussels"),
        Days(90, "Europe/Brussels", "BE"),
        Months(6),
        BusinessDays(min=10, max=14, calendar="BE", zone="Europe/Brussels"),
        BusinessDays(max=3, calendar="BE", zone="Europe/Brussels"),
        SameDay("Asia/Jakarta"),
        WithoutUndueDelay(24),
        Yearly(((2, 29), (8, 30)), "Europe/Brussels"),
        Window(opens=Hours(48)),
        Window(opens=Hours(2), closes=Days(1)),
    ],
    ids=repr,
)
def test_every_term_can_be_told_in_every_language(term: Term, lang: str) -> None:
    desk = begun(clock("it", term, (Opened, On(DeadlineBreached, "it")), repeats=True),
                 calendars={"BE": calendars.load("BE")})  # fmt: skip
    text = told(desk, "it", lang)
    assert "{" not in text
    assert len(text.splitlines()) >= 5


def test_every_deadline_of_a_long_case_can_be_told() -> None:
    desk = Desk().acknowledged(4)
    desk.do(ClarificationRequested(contents=("c2",), by=PLATFORM, at=sample.hours(9)))
    desk.do(EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM, at=sample.hours(10)))
    desk.tick(sample.hours(24 * 60))
    assert desk.case is not None
    for deadline in desk.case.deadlines:
        for lang in PHRASES:
            assert "None" not in explain(desk.case, deadline, desk.p, lang, calendars=desk.calendars)


def fields(text: str) -> set[str]:
    """Return the placeholders of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    events = {key for key in PHRASES["id"] if key.startswith("event.")}
    assert set(PHRASES["en"]) == set(PHRASES["id"]) - events, "English needs no word for an event's name"
    for key, text in PHRASES["en"].items():
        assert fields(text) == fields(PHRASES["id"][key]), key
    assert {f"standing.{s}" for s in Standing} | {f"mark.{m}" for m in MARKS} <= set(PHRASES["en"])
    for lang in PHRASES.values():
        assert (len(lang["months"].split()), len(lang["weekdays"].split())) == (12, 7)


def test_what_cannot_be_explained_is_refused_by_name() -> None:
    desk = begun(clock("remove", Hours(1), Opened), clock("later", Hours(1), DecisionMade))
    assert desk.case is not None
    with pytest.raises(BadInput, match="lang"):
        explain(desk.case, "remove", desk.p, "fr")
    with pytest.raises(BadInput, match="remove"):
        explain(desk.case, "later", desk.p)
    other: Procedure = attrs.evolve(desk.p, version="2")
    with pytest.raises(BadInput, match="procedure"):
        explain(desk.case, "remove", other)
