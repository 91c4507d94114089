"""A procedure as a Petri net: a place/transition net in PNML (ISO/IEC 15909-2, grammar of 2009).

The net is a workflow net: a case is one token that goes from the one source place to the one sink. It says what can
follow what; conditions and roles stand beside the transitions as notes, for a place/transition net has none.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from ..events import Opened
from ..procedure import Procedure
from ._skeleton import Arc, add, arcs, clean, conditions, first_states, label, standing, xml

_GRAMMAR = "http://www.pnml.org/version-2009/grammar"
_SOURCE, _SINK = "start", "end"


def dumps(procedure: Procedure) -> str:
    """Return a procedure's control skeleton as a PNML document.

    Each state is a place `state.NAME`; `start` and `end` are the source and the sink. Each row at each of its sources
    is a transition, labelled as the entries that it makes are in `xes.dumps`; rows that lead on the same event from the
    same state to the same state share one. A row that leaves the state as it is gives the token back. Each place has
    one more transition of this kind, `recorded: NAME`, for what is recorded there without a row: messages sent, clocks
    that ring, irregular facts. Each final state leads to the sink by a transition without a label (the way of ProM:
    `$invisible$`). An initial state that every opening leaves at once, and to which nothing leads back, is no place.

    Not in it: whether a guard holds, who acts, and everything about time.

    Args:
        procedure: The rulebook.
    """
    root = Element("pnml", {"xmlns": f"{_GRAMMAR}/pnml"})
    net = add(root, "net", {"id": "net", "type": f"{_GRAMMAR}/ptnet"})
    _name(net, f"{procedure.id} {procedure.version}")
    page = add(net, "page", {"id": "page"})
    known = standing(procedure)
    states = [state for state in procedure.states if state.name in known]
    for place in (_SOURCE, *(s.name for s in states), _SINK):
        element = add(page, "place", {"id": _place(place)})
        _name(element, place)
        if place == _SOURCE:
            add(add(element, "initialMarking"), "text").text = "1"
    for name in first_states(procedure):
        _transition(page, f"open.{name}", label(Opened.name, _SOURCE, name), _SOURCE, name)
    drawn: dict[str, Element] = {}
    for arc in arcs(procedure):
        if arc.row.on is not Opened and arc.source in known:
            text = label(arc.row.on.name, arc.source, arc.target)
            if text not in drawn:
                drawn[text] = _transition(page, f"row.{arc.number}.{arc.source}", text, arc.source, arc.target)
            _note(drawn[text], arc)
    for state in states:
        text = label("", state.name, state.name, irregular=True)
        if text not in drawn:
            _transition(page, f"record.{state.name}", text, state.name, state.name)
        if state.final:
            silent = _transition(page, f"close.{state.name}", "", state.name, _SINK)
            add(silent, "toolspecific", {"tool": "ProM", "version": "6.4", "activity": "$invisible$"})
    return xml(root)


def _place(name: str) -> str:
    return name if name in (_SOURCE, _SINK) else f"state.{name}"


def _name(element: Element, text: str) -> None:
    add(add(element, "name"), "text").text = clean(text)


def _transition(page: Element, id: str, name: str, source: str, target: str) -> Element:
    transition = add(page, "transition", {"id": id})
    if name:
        _name(transition, name)
    add(page, "arc", {"id": f"in.{id}", "source": _place(source), "target": id})
    add(page, "arc", {"id": f"out.{id}", "source": id, "target": _place(target)})
    return transition


def _note(transition: Element, arc: Arc) -> None:
    note = transition.find("toolspecific")
    if note is None:
        note = add(transition, "toolspecific", {"tool": "sopflow", "version": "1"})
    row = add(note, "row", {"number": str(arc.number), "on": arc.row.key})
    for role in sorted(arc.row.by):
        add(row, "by").text = role
    for condition in conditions(arc.row):
        add(row, "condition").text = clean(condition)
