"""What changed from one version to another: every change of a document is a sentence, and stands in the picture."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import attrs
import pytest

from sopflow import catalogue
from sopflow import events as ev
from sopflow.case import Case
from sopflow.changes import Difference
from sopflow.errors import ProcedureError
from sopflow.procedure import Procedure
from sopflow.rules import Basis, FormField, Guard, Quorum, Source, State, Transition
from sopflow.terms import BusinessDays, Hours

P = catalogue.find("id.kominfo_telegram_2017")
B = P.states[0].basis


def changed(**parts: Any) -> Difference:
    return catalogue.diff(P, attrs.evolve(P, version="2", **parts))


def words(**parts: Any) -> list[str]:
    first, *rest = changed(**parts).words()
    assert first == "Procedure: version from 1 to 2."
    return rest


def rows(change: Any) -> tuple[Transition, ...]:
    return tuple(change(t) for t in P.transitions)


def fresh(before: Case, view: Case, event: ev.Event, facts: Any) -> str | None:
    return None


def test_the_same_procedure_has_no_change() -> None:
    assert catalogue.diff(P, P).words() == ()
    assert "0 change(s)" in str(catalogue.diff(P, P))


def test_a_state_added_or_removed_and_a_term_that_changed_are_said_in_words() -> None:
    told = words(
        states=[*P.states, State(name="second_look", phase="assessment", basis=B)],
        obligations=[attrs.evolve(o, term=Hours(4)) if o.name == "verify" else o for o in P.obligations],
        sources=[attrs.evolve(s, text="another") if s.key == "S2" else s for s in P.sources],
        forms=[attrs.evolve(P.forms[0], fields=(*P.forms[0].fields, FormField("law", B, "Which law")))],
        valid_to=date(2018, 1, 1),
    )
    assert any(w.startswith("State second_look is added: phase assessment") for w in told)
    assert "Obligation verify: term from without undue delay (we remind after 24 h) to 4 h." in told
    assert any(w.startswith("Form notice, field law is added") for w in told)
    assert any(re.match(r"Source S2: text from .* to another\.", w) for w in told)
    assert "Procedure: last day in force from none to 2018-01-01." in told
    back = catalogue.diff(attrs.evolve(P, states=[*P.states, State(name="x", phase="redress", basis=B)]), P)
    assert back.words() == ("State x is removed.",)


def test_a_term_that_moves_to_another_zone_or_calendar_says_so() -> None:
    p = catalogue.find("us.dmca_512")

    def told(calendar: str, zone: str) -> str:
        term = BusinessDays(min=10, max=14, calendar=calendar, zone=zone)
        changed = [attrs.evolve(o, term=term) if o.name == "put_back" else o for o in p.obligations]
        return catalogue.diff(p, attrs.evolve(p, obligations=changed)).words()[0]

    was = "Obligation put_back: term from 10-14 business days (US-federal, America/Los_Angeles) to 10-14 business days"
    assert told("US-federal", "Asia/Jakarta") == f"{was} (US-federal, Asia/Jakarta)."
    assert told("ID", "America/Los_Angeles") == f"{was} (ID, America/Los_Angeles)."


def test_what_a_transition_needs_now_is_said_at_that_transition() -> None:
    issued = changed(transitions=rows(
        lambda t: attrs.evolve(t, requires=Quorum(roles="competent_agency", n=2), by={"authority", "agency"},
                               guards=Guard("fresh", fresh)) if t.on is ev.Issued else t
    )).words()[1]  # fmt: skip
    assert issued.startswith("Transition Issued from cosigned to sent_on_government_channel: ")
    assert "who may do it: also agency" in issued
    assert "conditions: also fresh" in issued
    assert "approvals from 1 × competent_agency (distinct organisation) to 2 × competent_agency" in issued


def test_a_row_that_moved_is_one_change_and_not_two() -> None:
    told = words(transitions=rows(lambda t: attrs.evolve(t, target="cosigned") if t.on is ev.Verified else t))
    assert told == [
        "Transition Verified from received to verified_by_ministry: next state from verified_by_ministry to cosigned."
    ]


def test_the_order_of_rows_is_a_change_where_it_decides() -> None:
    swapped = list(P.transitions)
    places = [n for n, t in enumerate(swapped) if t.on is ev.EffectGiven][:2]
    swapped[places[0]], swapped[places[1]] = swapped[places[1]], swapped[places[0]]
    assert words(transitions=swapped) == [
        "The rows on EffectGiven are tried in another order: the first that is permitted wins."
    ]
    assert words(states=[*P.states[1:], P.states[0]]) == ["The states stand in another order."]


def _others(value: Any) -> list[Any]:
    """Values of the same type that differ a little."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, str):
        return [value + "x"]
    if isinstance(value, Basis):
        return [attrs.evolve(value, text=value.text + "x"), attrs.evolve(value, mark="M" if value.mark != "M" else "I")]
    if isinstance(value, tuple) and value:
        return [value[1:], (*value[1:], value[0])] if len(value) > 1 else [value[1:]]
    return []


@pytest.mark.parametrize("p", [P, catalogue.find("us.dmca_512")], ids=lambda p: p.id)
def test_every_change_of_a_document_is_a_sentence(p: Procedure) -> None:
    tried = 0
    for f in attrs.fields(Procedure):
        value = getattr(p, f.name)
        versions = [{f.name: other} for other in _others(value)]
        if isinstance(value, tuple):
            for n, item in enumerate(value[:3]):
                for g in attrs.fields(type(item)) if attrs.has(type(item)) else ():
                    for other in _others(getattr(item, g.name)):
                        try:
                            versions.append(
                                {f.name: (*value[:n], attrs.evolve(item, **{g.name: other}), *value[n + 1 :])}
                            )
                        except (ValueError, TypeError):
                            continue
        for change in versions:
            try:
                q = attrs.evolve(p, **change)
            except (ProcedureError, ValueError, TypeError, AttributeError):
                continue
            tried += 1
            said = catalogue.diff(p, q)
            assert bool(said.words()) == (q.digest != p.digest), change
            assert all(w.endswith(".") and "<" not in w and "frozenset" not in w for w in said.words()), said.words()
    assert tried > 40


def test_the_picture_marks_what_changed_by_colour_and_by_text() -> None:
    difference = changed(
        states=[*(s for s in P.states if s.name != "remediation_agreed"), State(name="end", phase="redress", basis=B)],
        transitions=[
            *(attrs.evolve(t, by={"authority", "agency"}) if t.on is ev.Issued else t
              for t in P.transitions if "remediation_agreed" not in (*t.source, t.target)),
            Transition(on=ev.Verified, source="rejected_not_negative", target="end", by="authority", basis=B),
        ],
        sources=[*P.sources, Source("new", 'a "quoted" <source>')],
    )  # fmt: skip
    picture = difference.picture()
    lines = picture.splitlines()
    assert lines[0] == "flowchart TB"
    assert any('"− removed<br/>remediation_agreed' in line and line.endswith(":::removed") for line in lines)
    assert any('STATE_end["+ added<br/>end"]:::added' in line for line in lines)
    assert '    rejected_not_negative -->|"+ added#58; Verified"| STATE_end' in lines
    assert '    cosigned -->|"#126; changed#58; Issued"| sent_on_government_channel' in lines
    assert any("− removed#58; RemediationAgreed" in line for line in lines)
    assert any("Source new is added" in line and line.endswith(":::added") for line in lines)
    assert "<source>" not in picture
    arrows = [line for line in lines if "-->" in line]
    styled = {kind: re.findall(r"\d+", line.split()[1]) for line in lines if "linkStyle" in line
              for kind in ("added", "removed", "changed") if {"added": "1b7f3b", "removed": "b3261e", "changed": "b26a00"}[kind] in line}  # fmt: skip
    for kind, mark in (("added", "+"), ("removed", "−"), ("changed", "#126;")):
        assert [str(n) for n, line in enumerate(arrows) if f'|"{mark} {kind}' in line] == styled[kind]


def test_the_pictures_of_very_different_procedures_are_drawn_too() -> None:
    names = catalogue.names()
    for name, other in zip(names, (*names[1:], names[0]), strict=True):
        difference = catalogue.diff(catalogue.find(name), catalogue.find(other))
        assert difference.picture().startswith("flowchart TB")
        assert difference.words()
