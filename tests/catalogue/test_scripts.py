"""Every procedure that ships scripts ships one of each kind, and each runs through a Runner and ends as it says."""

from __future__ import annotations

import attrs
import pytest

from sopflow import Script, catalogue, script
from sopflow.testing import play

ALL = {name: catalogue.find(name) for name in catalogue.names()}
WITHOUT = {"id.mail_practice_2016", "id.kominfo_telegram_2017", "generic.network_block"}
SCRIPTED = [name for name in ALL if name not in WITHOUT]
COURSES = [
    pytest.param(s, id=f"{s.procedure}-{s.kind}-{n}")
    for name in SCRIPTED
    for n, s in enumerate(catalogue.scenarios(name))
]


def others(of: str) -> list[object]:
    return [p for name, p in ALL.items() if name != of]


@pytest.mark.parametrize("course", COURSES)
def test_a_script_runs_as_written_and_its_journal_verifies(course: Script) -> None:
    play(course, ALL[course.procedure], others(course.procedure))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SCRIPTED)
def test_each_kind_of_course_is_there(name: str) -> None:
    courses = catalogue.scenarios(name)
    assert {c.kind for c in courses} >= set(script.KINDS)
    assert {c.procedure for c in courses} == {name}
    assert {c.state for c in courses} <= set(ALL[name].state_of)


def test_a_script_that_ends_otherwise_is_told_apart() -> None:
    course = catalogue.scenarios("us.dmca_512")[0]
    with pytest.raises(AssertionError, match="expected state 'restored'"):
        play(attrs.evolve(course, state="restored"), ALL[course.procedure])
    with pytest.raises(AssertionError, match="'c1' to be 'refused'|c1 to be 'refused'"):
        play(attrs.evolve(course, outcomes={"c1": "refused"}), ALL[course.procedure])
    with pytest.raises(AssertionError, match="'removal' to be expired"):
        play(attrs.evolve(course, standings={"removal": "expired"}), ALL[course.procedure])
