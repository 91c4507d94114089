"""What the exported documents hold, and what they never hold. That they are right is for the oracles to say."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import attrs
import pytest

from sopflow import BadInput, journal
from sopflow.events import Fact, Issued, LinkedCase, Opened, Verified
from sopflow.exports import pnml, scxml, xes
from sopflow.procedure import Procedure
from sopflow.rules import STAY, Guard, Transition
from sopflow.step import Entry

from ..core.sample import AUTHORITY, PLATFORM, REPORTER, SAMPLE, B, Desk, Unlisted, hours
from .bench import every_procedure

SCXML = "{http://www.w3.org/2005/07/scxml}"
PNML = "{http://www.pnml.org/version-2009/grammar/pnml}"
XES = "{http://www.xes-standard.org/}"


def chart(procedure: Procedure) -> Element:
    return ElementTree.fromstring(scxml.dumps(procedure))


def net(procedure: Procedure) -> Element:
    return ElementTree.fromstring(pnml.dumps(procedure))


def rows(root: Element, state: str) -> list[tuple[str, str, str | None]]:
    (found,) = (e for e in root.iter() if e.get("id") == state)
    return [(t.get("event", ""), t.get("cond", ""), t.get("target")) for t in found.findall(f"{SCXML}transition")]


def _never(before: Any, view: Any, event: Any, facts: Any) -> str | None:
    return "never"


def row(on: Any, source: Any = "received", target: str = "assessed", **more: Any) -> Transition:
    return Transition(**{"on": on, "source": source, "target": target, "by": "authority", "basis": B, **more})


# --- SCXML ---------------------------------------------------------------------------------------------------------


def test_a_chart_begins_in_the_initial_state_inside_the_case() -> None:
    root = chart(SAMPLE)
    assert (root.tag, root.get("version"), root.get("initial")) == (f"{SCXML}scxml", "1.0", "Case")
    (case,) = root.findall(f"{SCXML}state")
    assert (case.get("id"), case.get("initial")) == ("Case", "received")
    finals = [e.get("id") for e in case.findall(f"{SCXML}final")]
    assert finals == [s.name for s in SAMPLE.states if s.final]
    assert all(not len(e) for e in case.findall(f"{SCXML}final")), "a final state has no rows of its own"


def test_a_row_names_its_event_with_the_subject_its_roles_and_its_conditions() -> None:
    root = chart(SAMPLE)
    assert (
        "Acknowledged.order", '(_event.data.roles["authority"] || _event.data.roles["platform"])', "complying",
    ) in rows(root, "ordered")  # fmt: skip
    (issued,) = (r for r in rows(root, "assessed") if r[0] == "Issued")
    assert issued[1] == (
        '_event.data.roles["authority"] && _event.data.guards["approved(2 organisation: agency)"]'
    )  # fmt: skip


def test_a_row_for_any_open_state_stands_in_each_and_one_that_stays_has_no_target() -> None:
    root = chart(SAMPLE)
    for state in SAMPLE.states:
        if not state.final:
            events = {event: target for event, _, target in rows(root, state.name)}
            assert events["Held"] is None
            assert events["Withdrawn"] == "withdrawn"


def test_what_is_possible_in_a_final_state_stands_at_the_case_and_asks_for_the_state() -> None:
    corrected = [cond for event, cond, _ in rows(chart(SAMPLE), "Case") if event == "Corrected"]
    assert corrected == [
        f'In("{state.name}") && _event.data.roles["authority"]' for state in SAMPLE.states if state.final
    ]  # fmt: skip


def test_a_row_that_another_always_takes_first_is_left_out() -> None:
    first, second = row(Verified), row(Verified, target="rejected")
    procedure = attrs.evolve(SAMPLE, transitions=(first, second, *SAMPLE.transitions))
    assert [t for e, _, t in rows(chart(procedure), "received") if e == "Verified"] == ["assessed"]
    wider = attrs.evolve(second, by={"authority", "agency"})
    procedure = attrs.evolve(SAMPLE, transitions=(first, wider, *SAMPLE.transitions))
    assert [t for e, _, t in rows(chart(procedure), "received") if e == "Verified"] == ["assessed", "rejected"]


NAMES = ['a "quoted" one', "back\\slash", "a < b & c", "Überprüfung ✓", "line\nbreak"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("verdict", [True, False])
def test_any_name_of_a_guard_comes_through_unharmed(name: str, verdict: bool) -> None:
    io = pytest.importorskip("statemachine.io")
    procedure = attrs.evolve(SAMPLE, transitions=(row(Verified, target="rejected", guards=Guard(name, _never)),))
    made = io.load(scxml.dumps(procedure), format="scxml", name="chart")
    made.catch_errors_as_events = False
    machine = made()
    machine.send("Verified", roles={"authority": True}, guards={name: verdict})
    assert ("rejected" in machine.configuration_values) is verdict
    (note,) = net(procedure).iter(f"{PNML}condition")
    assert note.text == name


@pytest.mark.parametrize("bad", ["two words", "a.b", "x*"])
def test_an_event_that_cannot_be_one_in_scxml_is_refused_by_name(bad: str) -> None:
    odd = type("Odd", (Fact,), {"name": bad})
    for wrong in (row(odd), row(LinkedCase, of=bad)):
        with pytest.raises(BadInput, match="transition 1 on") as error:
            scxml.dumps(attrs.evolve(SAMPLE, transitions=(wrong,)))
        assert error.value.value == repr(bad)


# --- PNML ----------------------------------------------------------------------------------------------------------


@every_procedure
def test_a_net_has_one_source_one_sink_and_only_arcs_that_lead_somewhere(procedure: Procedure) -> None:
    root = net(procedure)
    (found,) = root.findall(f"{PNML}net")
    assert found.get("type") == "http://www.pnml.org/version-2009/grammar/ptnet"
    places = {e.get("id") for e in root.iter(f"{PNML}place")}
    transitions = {e.get("id") for e in root.iter(f"{PNML}transition")}
    arcs = [(e.get("source"), e.get("target")) for e in root.iter(f"{PNML}arc")]
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    labels = [e.text for e in root.iterfind(f".//{PNML}transition/{PNML}name/{PNML}text")]
    assert len(labels) == len(set(labels)), "no label stands twice"
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", id) for id in ids), "each is an xs:ID"
    assert {s for s, _ in arcs} | {t for _, t in arcs} == places | transitions
    assert all((s in places) is (t in transitions) for s, t in arcs)
    assert places - {t for _, t in arcs} == {"start"}
    assert places - {s for s, _ in arcs} == {"end"}
    assert [e.get("id") for e in root.iter(f"{PNML}place") if e.find(f"{PNML}initialMarking") is not None] == ["start"]


def test_where_a_case_may_be_once_it_is_opened_is_in_the_net() -> None:
    def opened(*more: Transition) -> set[str]:
        root = net(attrs.evolve(SAMPLE, transitions=(*more, *SAMPLE.transitions[1:])))
        names = {name.text or "" for name in root.iterfind(f".//{PNML}transition/{PNML}name/{PNML}text")}
        return {name for name in names if name.startswith("Opened")}

    assert opened() == {"Opened: received"}
    guarded = row(Opened, by={"reporter", "authority"}, guards=Guard("never", _never))
    assert opened(guarded) == {"Opened: received", "Opened: assessed"}
    certain = row(Opened, by={"reporter", "authority"})
    assert opened(certain) == {"Opened: assessed"}
    assert opened(row(Opened, target=STAY)) == {"Opened: received"}


def test_an_initial_state_in_which_no_case_ever_rests_is_no_place() -> None:
    def places(*more: Transition) -> set[str]:
        root = net(attrs.evolve(SAMPLE, transitions=(*more, *SAMPLE.transitions[1:])))
        return {e.get("id") or "" for e in root.iter(f"{PNML}place")}

    every = {"start", "end", *(f"state.{s.name}" for s in SAMPLE.states)}
    passed = row(Opened, by={"reporter", "authority"})
    assert places() == every
    assert places(passed) == every - {"state.received"}
    assert places(passed, row(Verified, source="assessed", target="received")) == every, "it can be reached again"


# --- XES -----------------------------------------------------------------------------------------------------------


def log(*journals: Any) -> Element:
    return ElementTree.fromstring(xes.dumps(journals))


def values(element: Element) -> dict[str, str]:
    return {e.get("key", ""): e.get("value", "") for e in element if e.get("key")}


def test_each_case_is_a_trace_and_each_entry_an_event() -> None:
    one, other = Desk(id="case-1").issued(), Desk(id="case-2")
    other.open()
    root = log(one.entries, other.entries)
    traces = root.findall(f"{XES}trace")
    assert [values(t)["concept:name"] for t in traces] == ["case-1", "case-2"]
    assert [len(t.findall(f"{XES}event")) for t in traces] == [len(one.entries), 1]
    assert values(traces[0]) | {"concept:name": ""} == {
        "concept:name": "", "tenant": "t1", "procedure": SAMPLE.id, "version": SAMPLE.version, "digest": SAMPLE.digest,
    }  # fmt: skip


def test_an_event_says_who_did_what_when_and_where_it_led() -> None:
    desk = Desk().issued()
    entry = next(e for e in desk.entries if e.event == "Issued")
    event = log(desk.entries).findall(f".//{XES}event")[entry.seq - 1]
    assert values(event) == {
        "concept:name": "Issued: assessed -> ordered",
        "lifecycle:transition": "complete",
        "time:timestamp": entry.doc["now"],
        "at": entry.doc["at"],
        "org:resource": AUTHORITY.id,
        "org:role": "authority",
        "org:group": str(AUTHORITY.organisation),
        "seq": str(entry.seq),
        "event": "Issued",
        "source": "assessed",
        "target": "ordered",
    }


def test_an_irregular_fact_is_marked_and_bears_the_name_of_the_state_alone() -> None:
    desk = Desk().issued()
    desk.do(Unlisted(by=PLATFORM, at=hours(2)))
    event = values(log(desk.entries).findall(f".//{XES}event")[-1])
    assert (event["concept:name"], event["event"], event["irregular"]) == ("recorded: ordered", "Unlisted", "true")


def test_a_row_and_the_entry_that_it_made_bear_the_same_name() -> None:
    desk = Desk().acknowledged()
    names = {t.text for t in net(SAMPLE).iterfind(f".//{PNML}transition/{PNML}name/{PNML}text")}
    assert {values(e)["concept:name"] for e in log(desk.entries).iter(f"{XES}event")} <= names


def test_a_log_holds_no_address_no_text_and_no_digest_of_either() -> None:
    desk = Desk().acknowledged()
    text = xes.dumps([desk.entries])
    private = [str(v) for side in desk.sides for v in side.values.values() if isinstance(v, str)]
    assert any(v.startswith("https://") for v in private)
    assert not [v for v in private if v in text]
    salted = re.findall(r'"salted":"([^"]+)"', "".join(e.text for e in desk.entries))
    assert salted
    assert not [digest for digest in salted if digest in text]


def test_characters_that_xml_cannot_hold_do_not_spoil_a_log() -> None:
    desk = Desk()
    desk.open(by=attrs.evolve(REPORTER, id="re\x00porter\x01<&>"))
    (event,) = log(desk.entries).iter(f"{XES}event")
    assert values(event)["org:resource"] == "re\ufffdporter\ufffd<&>"


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        (lambda e: [()], "from its first entry on"),
        (lambda e: [e[1:]], "from its first entry on"),
        (lambda e: e, "a list of journals"),
        (lambda e: ["journal"], "a list of journals"),
        (lambda e: [[*e, *_another()]], "a journal of its own"),
    ],
)
def test_what_is_no_list_of_whole_journals_is_refused_with_the_remedy(wrong: Any, remedy: str) -> None:
    desk = Desk().issued()
    with pytest.raises(BadInput, match=remedy):
        xes.dumps(wrong(desk.entries))


def _another() -> list[Entry]:
    desk = Desk(id="case-2")
    desk.open()
    return desk.entries


def test_no_journals_are_an_empty_log() -> None:
    assert log().findall(f"{XES}trace") == []


# --- all -----------------------------------------------------------------------------------------------------------


def test_the_same_rules_and_the_same_journal_give_the_same_text() -> None:
    desk = Desk().issued()
    again = [journal.read(e.text, e.hash) for e in desk.entries]
    for make in (scxml.dumps, pnml.dumps):
        assert make(SAMPLE) == make(attrs.evolve(SAMPLE))
    assert xes.dumps([desk.entries]) == xes.dumps(iter([tuple(again)]))
    assert Issued.name in xes.dumps([again])
