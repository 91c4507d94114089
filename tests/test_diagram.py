"""The picture, the page and the ordinary machine of a procedure."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import attrs
import pytest

from sopflow import catalogue
from sopflow.check import Finding, Report
from sopflow.diagram import as_machine, mermaid
from sopflow.errors import BadInput
from sopflow.events import (
    Act,
    Closed,
    DeadlineBreached,
    EffectGiven,
    Escalated,
    Fact,
    Issued,
    Opened,
    Rejected,
    Restored,
    Sent,
    Verified,
    Withdrawn,
)
from sopflow.pages import evidence, page
from sopflow.procedure import Procedure
from sopflow.rules import (
    ANY_OPEN,
    PHASES,
    STAY,
    Basis,
    Form,
    FormField,
    Guard,
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
)
from sopflow.terms import BusinessDays, Hours, WithoutUndueDelay

SURE = Basis("Article 1", "law", "V")
GUESS = Basis("nobody says so", "law", "I")
ORDER = Send(template="order", to="host", sender="desk", ack_within=Hours(3))
BUNDLED = [catalogue.find(name) for name in catalogue.names()]
_TEXT = r"(?:[^:;\"%<>{}\[\]\\`]|#\d+;|<br/>)*"  # what may stand in a text without being syntax
LINES = [
    r"stateDiagram-v2",
    r"    direction (TB|LR)",
    r"    classDef \w+ [\w#:,\- ]+",
    r'    state "[A-Z][a-z]+" as PHASE_[a-z]+ \{',
    r"    \}",
    rf' {{4,8}}state "{_TEXT}" as \w+',
    r"    class \w+ (final|many|clocks|current)",
    rf"    \[\*\] --> \w+ : {_TEXT}",
    rf"    \w+ --> \w+ : {_TEXT}",
    r"    \w+ --> \[\*\]",
    r"    note right of \w+",
    rf" {{8}}{_TEXT}",
    r"    end note",
]


def holds(before, view, event, facts):
    return None


def state(name, phase="intake", **rest):
    return State(name=name, phase=phase, basis=SURE, **rest)


def row(on, source, target, by="desk", **rest):
    return Transition(on=on, source=source, target=target, by=by, **{"basis": SURE, **rest})


def small(**changes):
    fields = {
        "id": "test.small",
        "version": "1",
        "title": "Small",
        "acting": "desk",
        "roles": [Role(name="desk", basis=SURE), Role(name="host", basis=SURE)],
        "states": [
            state("received", waits_for="desk", label="It came in"),
            state("ordered", "notice", waits_for="host"),
            state("done", "closed", final=True),
            state("withdrawn", "closed", final=True),
        ],
        "initial": "received",
        "opened_by": {"desk"},
        "transitions": [
            row(Issued, "received", "ordered", sends=ORDER),
            row(EffectGiven, "ordered", "done", by={"host", "desk"}),
            row(EffectGiven, ANY_OPEN, STAY, by={"host", "desk"}),
            row(Withdrawn, ANY_OPEN, "withdrawn"),
        ],
        "templates": [Template("order", "Order $case", "$contents")],
        "sources": [Source("law", "A law")],
    }  # fmt: skip
    return Procedure(**{**fields, **changes})


def arrow(text, start, end):
    return re.search(rf"^    {re.escape(start)} --> {re.escape(end)} : (.*)$", text, re.MULTILINE)[1].split("<br/>")


def note(text):
    found = re.search(r"^    note right of \w+\n(.*?)    end note$", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def box(text, name):
    """Return the lines in the box or state with this Mermaid id."""
    return re.search(rf'state "(.*)" as {name}$', text, re.MULTILINE)[1].split("<br/>")


# --- the picture -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("procedure", BUNDLED, ids=lambda p: p.id)
def test_every_line_of_a_picture_is_mermaid_syntax(procedure):
    for line in mermaid(procedure).splitlines():
        assert any(re.fullmatch(pattern, line) for pattern in LINES), line


@pytest.mark.parametrize("procedure", BUNDLED, ids=lambda p: p.id)
def test_every_state_and_every_change_of_state_is_in_the_picture(procedure):
    text = mermaid(procedure)
    drawn = text.replace(note(text), "")
    for s in procedure.states:
        assert re.search(rf'state "{s.name}[<"]', drawn) or f"→ {s.name}" in note(text), s.name
    for t in procedure.transitions:
        if t.target != STAY:
            assert t.on.name in text, t.key


def test_the_picture_does_not_depend_on_the_order_of_sets():
    program = (
        "from sopflow import catalogue; from sopflow.diagram import mermaid; from sopflow.pages import page\n"
        "for name in catalogue.names(): print(mermaid(catalogue.find(name)), page(catalogue.find(name)))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-X", "utf8", "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1


def test_phases_are_boxes_in_their_order_and_only_those_that_are_used():
    text = mermaid(small())
    assert re.findall(r"as PHASE_(\w+)", text) == ["intake", "notice"]
    for procedure in BUNDLED:
        found = re.findall(r"as PHASE_(\w+)", mermaid(procedure))
        assert found == [phase for phase in PHASES if phase in found]


def test_a_state_shows_its_name_its_label_and_whose_move_it_awaits():
    assert box(mermaid(small()), "received") == ["received", "It came in", "⌛ desk"]


def test_a_case_begins_and_ends_at_the_dots():
    text = mermaid(small())
    assert arrow(text, "[*]", "received") == ["Opened", "by desk"]
    assert "    done --> [*]" in text
    assert "    class done final" in text


def test_an_arrow_says_event_roles_conditions_signatures_messages_cases_and_clocks():
    text = mermaid(
        small(
            transitions=[
                row(
                    Escalated, "received", "ordered", guards=Guard("urgent", holds), requires=Quorum(roles="host", n=2),
                    sends=ORDER, opens=Opens(procedure="other.case"),
                ),
                row(EffectGiven, "ordered", "done", by={"host", "desk"}),
            ],
            states=small().states[:3],
            obligations=[Obligation(name="answer", owner="host", term=Hours(5), basis=SURE, starts=Escalated)],
        )
    )  # fmt: skip
    assert arrow(text, "received", "ordered") == [
        "Escalated",
        "by desk",
        "if urgent",
        "✍ 2 × host",
        "✉ order to host ⏱ 3 h",
        "▸ opens other.case",
        "⏱ answer#58; 5 h",
    ]
    assert arrow(text, "ordered", "done") == ["EffectGiven", "by desk, host"]


def clock(name, starts, term):
    return Obligation(name=name, owner="host", term=term, basis=SURE, starts=starts)


WINDOW = BusinessDays(min=10, max=14, calendar="US-federal", zone="America/New_York")


@pytest.mark.parametrize("procedure", BUNDLED, ids=lambda p: p.id)
def test_every_clock_is_in_the_picture_with_its_term(procedure):
    text = mermaid(procedure)
    for o in procedure.obligations:
        term = re.escape(o.term.words().partition(" (")[0])
        assert re.search(rf"⏱ {o.name}( \({o.owner}\))?#58; {term}\b", text), o.name


def test_a_clock_stands_on_the_arrow_of_its_event_with_what_it_depends_on():
    obligations = [
        clock("sure", On(EffectGiven), WINDOW),
        clock("at_once", Opened, WithoutUndueDelay(24, "promptly")),
        clock("from_a_notice", [On(Opened, "notice"), On(Opened, "appeal")], Hours(2)),
        clock("some_contents", On(EffectGiven, outcomes="removed"), Hours(1)),
        clock("some_history", On(EffectGiven, where=["removed", "disabled", "pending"]), Hours(1)),
    ]
    text = mermaid(small(obligations=obligations))
    assert arrow(text, "ordered", "done")[2:] == [
        "⏱ sure#58; 10-14 business days",
        "⏱ some_contents#58; 1 h (for what is removed)",
        "⏱ some_history#58; 1 h (for what was removed, disabled or pending)",
    ]
    assert arrow(text, "[*]", "received")[2:] == [
        "⏱ at_once#58; promptly",
        "⏱ from_a_notice#58; 2 h (of notice or of appeal)",
    ]
    assert "CLOCKS" not in text


def test_clocks_that_no_arrow_shows_stand_in_a_box_of_their_own():
    obligations = [
        clock("after_sending", On(Sent, "order"), Hours(24)),
        clock("crowded", On(EffectGiven, outcomes=["removed"]), WINDOW),
        clock("back", [On(Restored, where="removed"), On(Withdrawn, where="removed"), On(Sent, "order")], Hours(1)),
        clock("everywhere", EffectGiven, Hours(9)),
    ]
    rows = [row(EffectGiven, "ordered", "received", "host"), *small().transitions]
    text = mermaid(small(transitions=rows, obligations=obligations))
    assert box(text, "CLOCKS") == [
        "Further clocks, and when they begin",
        "⏱ after_sending (host)#58; 24 h, from Sent of order",
        "⏱ crowded (host)#58; 10-14 business days, from EffectGiven for what is removed",
        "⏱ back (host)#58; 1 h, from Restored or Withdrawn for what was removed or Sent of order",
    ]
    assert arrow(text, "ordered", "done")[2:] == ["⏱ everywhere#58; 9 h"]


def test_a_clock_with_two_starts_stands_in_both_places():
    again = clock("again", [On(Issued), On(DeadlineBreached, "again")], Hours(1))
    text = mermaid(small(obligations=[again]))
    assert "⏱ again#58; 1 h" in arrow(text, "received", "ordered")
    assert box(text, "CLOCKS")[1:] == ["⏱ again (host)#58; 1 h, from DeadlineBreached of again"]


def test_the_picture_of_the_counter_notification_shows_when_to_put_back():
    lines = arrow(mermaid(catalogue.find("us.dmca_512")), "FROM_1", "counter_notice_received")
    assert any(line.startswith("⏱ put_back#58; 10-14 business days (for what was removed") for line in lines)


def test_rows_that_differ_only_in_their_event_share_an_arrow():
    rows = [
        row(EffectGiven, "ordered", "done"),
        row(Restored, "ordered", "done"),
        row(Closed, "ordered", "done", "host"),
    ]
    text = mermaid(small(transitions=[*small().transitions[:1], *rows]))
    assert arrow(text, "ordered", "done") == ["EffectGiven or Restored", "by desk", "Closed", "by host"]


def test_a_row_from_any_open_state_is_drawn_once():
    text = mermaid(small(transitions=[*small().transitions, row(Restored, ANY_OPEN, "done", by="host")]))
    assert text.count("Restored") == 1
    assert box(text, "FROM_1") == ["from", "any open state"]
    assert arrow(text, "FROM_1", "done") == ["Restored", "by host"]


def test_a_row_from_many_states_starts_at_one_box_that_names_them():
    states = [state("one"), state("two"), state("three"), state("done", "closed", final=True)]
    text = mermaid(small(states=states, initial="one", transitions=[row(Closed, ("one", "two", "three"), "done")]))
    assert box(text, "FROM_1") == ["from any of", "one", "two", "three"]
    assert text.count("Closed<br/>") == 1


def test_an_arrow_back_to_an_earlier_phase_starts_at_a_box_so_that_the_picture_keeps_its_direction():
    states = [*small().states, state("appealed", "redress")]
    rows = [row(Verified, "ordered", "appealed"), row(Rejected, ("ordered", "appealed"), "received", by="host")]
    text = mermaid(small(states=states, transitions=[*small().transitions[:2], *rows]))
    assert box(text, "FROM_1") == ["from any of", "ordered", "appealed"]
    assert arrow(text, "FROM_1", "received") == ["Rejected", "by host"]


def test_of_two_arrows_against_each_other_one_starts_at_a_box_so_that_texts_do_not_cover_each_other():
    states = [*small().states, state("queried", "notice")]
    rows = [row(Verified, "ordered", "queried"), row(Rejected, "queried", "ordered")]
    text = mermaid(small(states=states, transitions=[*small().transitions[:2], *rows]))
    assert arrow(text, "ordered", "queried") == ["Verified", "by desk"]
    assert box(text, "FROM_1") == ["from", "queried"]
    assert arrow(text, "FROM_1", "ordered") == ["Rejected", "by desk"]


def test_the_note_has_what_ends_the_file_at_any_time_and_what_sends_without_a_change_of_state():
    telling = row(Restored, "ordered", STAY, sends=ORDER)
    text = mermaid(small(transitions=[*small().transitions, telling]))
    assert note(text).split("\n")[:-1] == [
        "        From any open state",
        "        • Withdrawn by desk#58; → withdrawn",
        "        From ordered",
        "        • Restored by desk#58; ✉ order to host ⏱ 3 h, no change of state",
    ]
    assert "as withdrawn" not in text


def test_a_row_that_stays_and_sends_nothing_is_left_to_the_table():
    assert mermaid(small()).count("EffectGiven") == 1


@pytest.mark.parametrize("name", ["ordered", "withdrawn"])
def test_the_current_state_is_highlighted_even_where_it_is_otherwise_only_noted(name):
    text = mermaid(small(), current=name)
    assert f"    class {name} current\n" in text
    assert box(text, name)[0] == name


def test_an_unknown_current_state_is_refused():
    with pytest.raises(BadInput, match="received"):
        mermaid(small(), current="recieved")


def test_no_text_of_an_author_becomes_syntax():
    class Odd(Act):
        name = 'Odd: "x" --> y; end note'

    evil = 'a: b; "c" #35; %% <b>{d}[e]</b> \\ `f` **g** $$h$$ __i__\nend note'
    names = ["end", "state", "note", "class", "root", "constructor", "default", "x__y", "end_note", "trailing_"]
    states = [state(n, label=evil) for n in names] + [state("done", "closed", final=True, label=evil)]
    rows = [row(Odd, a, b) for a, b in zip(names, [*names[1:], "done"], strict=True)]
    rows += [row(Odd, tuple(names[:4]), "done"), row(Odd, "root", STAY, sends=ORDER)]
    rows += [row(Verified, "end", "done", guards=Guard("g; end note", holds))]
    text = mermaid(small(states=states, initial="end", transitions=rows), current="root")
    for line in text.splitlines():
        assert any(re.fullmatch(pattern, line) for pattern in LINES), line
    assert text.count("end note") == 1
    for name in ("end", "state", "note", "class", "root", "constructor", "default"):
        assert not re.search(rf"(as {name}$|^ *{name} -->|--> {name} :)", text, re.MULTILINE)


# --- an ordinary machine -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("procedure", BUNDLED, ids=lambda p: p.id)
def test_the_ordinary_machine_has_the_states_and_every_change_of_state(procedure):
    machine = as_machine(procedure)
    assert list(machine.states) == [s.name for s in procedure.states]
    assert [s.name for s in machine.states.values() if s.final] == [s.name for s in procedure.states if s.final]
    for t in procedure.transitions:
        sources = [s.name for s in procedure.states if not s.final] if ANY_OPEN in t.source else t.source
        for source in sources:
            found = [x.dest for x in machine.events[t.key].transitions[source]]
            assert (None if t.target == STAY else t.target) in found
    assert not any(x.conditions for event in machine.events.values() for x in event.transitions[procedure.initial])


def test_a_host_walks_a_procedure_with_a_model_of_its_own():
    class Matter:
        state: str

    machine, matter = as_machine(catalogue.find("us.dmca_512")), Matter()
    assert machine.models == []
    machine.add_model(matter)
    matter.trigger("Verified")
    matter.trigger("InstrumentReceived:counter_notice")
    assert matter.state == "counter_notice_received"
    assert not hasattr(matter, "to_restored")


def test_a_row_that_stays_fires_and_leaves_the_ordinary_machine_where_it_is():
    class Matter:
        state: str

    machine, matter = as_machine(small()), Matter()
    machine.add_model(matter)
    assert matter.trigger("EffectGiven")
    assert matter.state == "received"


# --- the page ----------------------------------------------------------------------------------------------------


def tables(text):
    """Return the tables of a page as lists of rows of cells, split at what GitHub takes for a column's end."""
    found, rows = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif rows:
            found.append(rows)
            rows = []
    return found


@pytest.mark.parametrize("procedure", BUNDLED, ids=lambda p: p.id)
def test_every_row_of_a_table_has_a_cell_for_every_column(procedure):
    for rows in tables(page(procedure)):
        assert {len(cells) for cells in rows} == {len(rows[0])}


@pytest.mark.parametrize("procedure", BUNDLED, ids=lambda p: p.id)
def test_a_page_has_every_rule_and_every_source(procedure):
    text = page(procedure)
    names = [s.name for s in procedure.states] + [o.name for o in procedure.obligations]
    names += [f.name for form in procedure.forms for f in form.fields] + [s.key for s in procedure.sources]
    names += [t.name for t in procedure.templates] + [h.name for h in procedure.hooks]
    for name in names:
        assert f"| `{name}`" in text, name
    transitions = next(rows for rows in tables(text) if rows[0][0] == "Event")
    assert len(transitions) - 2 == len(procedure.transitions)
    assert procedure.digest[:16] in text
    assert "not legal advice" in text


def test_columns_without_a_value_are_left_out():
    heads = {cell for rows in tables(page(small())) for cell in rows[0]}
    assert "Approvals" not in heads
    assert "Receipt within" in heads


def test_every_doubtful_fact_is_an_open_question():
    procedure = small(
        states=[*small().states[:3], attrs.evolve(small().states[3], basis=GUESS)],
        forms=[Form(instrument="notice", fields=[FormField("why", attrs.evolve(GUESS, mark="M"), "Why")])],
    )
    questions = page(procedure).partition("## Open questions")[2]
    assert questions.index("form `notice`, `why`") < questions.index("state `withdrawn`")
    assert evidence(procedure) == {"V": 9, "S": 0, "M": 1, "I": 1}
    assert "None: every fact was read in a source." in page(small())


def test_a_reconstructed_procedure_says_so_first():
    text = page(small(reconstructed=True))
    assert text.index("**Reconstructed.**") < text.index("## The picture")
    assert "Reconstructed" not in page(small())


def test_findings_stand_on_the_page_with_the_reason_why_they_are_accepted():
    finding = Finding(code="trap", place="state a|b", sentence="no way out", remedy="add one")
    report = Report(procedure="test.small", findings=(finding, attrs.evolve(finding, waived="so it was")))
    rows = next(rows for rows in tables(page(small(), report)) if rows[0][0] == "Finding")
    assert rows[2:] == [
        ["`trap`", "`state a\\|b`", "no way out", "add one", ""],
        ["`trap`", "`state a\\|b`", "no way out", "add one", "so it was"],
    ]
    assert "Nothing was found." in page(small(), attrs.evolve(report, findings=()))
    assert "checker" not in page(small())


def test_no_text_of_an_author_becomes_markdown():
    class Odd(Fact):
        name = "Odd|`x`"

    evil = Basis("a|b <script>x</script> *y* _z_ $q$ [l](u) `c`\nnew", "law", "I")
    rows = [row(Odd, "received", "done", basis=evil, guards=Guard("a|b", holds))]
    text = page(small(title="T | `x`", summary="<b>", transitions=rows, templates=[Template("order", "a | `b`", "c")]))
    prose = re.sub(r"```mermaid.*?```", "", text, flags=re.DOTALL)
    assert "<script>" not in prose
    assert "<b>" not in prose
    assert "[l](u)" not in prose
    for table in tables(text):
        assert {len(cells) for cells in table} == {len(table[0])}
