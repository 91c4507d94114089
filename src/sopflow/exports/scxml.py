"""A procedure as a state chart in SCXML 1.0 (W3C Recommendation, 1 September 2015).

The chart holds the control skeleton and decides nothing about guards: whoever runs it hands in each guard's verdict and
the actor's roles with the event, and the interpreter picks the first row that they permit, as sopflow does.
"""

from __future__ import annotations

import json
import re
from xml.etree.ElementTree import Element

from ..errors import BadInput
from ..procedure import Procedure
from ._skeleton import Arc, add, arcs, conditions, xml

_TOKEN = re.compile(r"[\w:-]+\Z")
_CASE = "Case"  # names of states are in lower case, so that this is none of them


def dumps(procedure: Procedure) -> str:
    """Return a procedure's control skeleton as an SCXML document.

    Its states are the procedure's, inside one compound state `Case`, so that what is recorded in a final state has
    somewhere to stand; reaching a final state raises `done.state.Case`. An event is called by its name, with what it
    concerns behind a full stop: `Acknowledged.order`. Its data are two mappings, each complete for the procedure:
    `roles`, from a role's name to whether the actor has it, and `guards`, from a condition's name to whether it holds
    (a needed quorum is such a condition, e.g. `approved(2 organisation: agency)`). A row that leaves the state as it is
    has no target. The datum `row` holds the number of the row taken last, from 1 in the order written.

    Not in it: obligations and their clocks, messages, forms and hooks, so no hook's veto either.

    Args:
        procedure: The rulebook.

    Raises:
        BadInput: If the name of an event, or of what it concerns, cannot be one in SCXML.
    """
    root = Element(
        "scxml",
        {
            "xmlns": "http://www.w3.org/2005/07/scxml",
            "xmlns:sopflow": "urn:sopflow:procedure",
            "version": "1.0",
            "datamodel": "ecmascript",
            "initial": _CASE,
            "sopflow:procedure": procedure.id,
            "sopflow:edition": procedure.version,
            "sopflow:digest": procedure.digest,
        },
    )
    add(add(root, "datamodel"), "data", {"id": "row", "expr": "0"})
    case = add(root, "state", {"id": _CASE, "initial": procedure.initial})
    states = {s.name: add(case, "final" if s.final else "state", {"id": s.name}) for s in procedure.states}
    for arc in arcs(procedure):
        if procedure.state_of[arc.source].final:  # <final> has no transitions of its own
            _transition(case, arc, f"In({json.dumps(arc.source)})")
        else:
            _transition(states[arc.source], arc)
    return xml(root)


def _transition(parent: Element, arc: Arc, *first: str) -> None:
    roles = [f"_event.data.roles[{json.dumps(role)}]" for role in sorted(arc.row.by)]
    who = f"({' || '.join(roles)})" if len(roles) > 1 else roles[0]
    guards = [f"_event.data.guards[{json.dumps(name, ensure_ascii=False)}]" for name in conditions(arc.row)]
    name = ".".join(_token(arc, part) for part in (arc.row.on.name, arc.row.of) if part)
    attributes = {"event": name, "cond": " && ".join([*first, who, *guards])}
    if arc.source != arc.target:
        attributes["target"] = arc.target
        if first:
            attributes["type"] = "internal"  # the case itself goes on
    add(add(parent, "transition", attributes), "assign", {"location": "row", "expr": str(arc.number)})


def _token(arc: Arc, text: str) -> str:
    if not _TOKEN.match(text):
        remedy = "use letters, digits, '_', '-' and ':' for what is to be an event of SCXML"
        raise BadInput(f"transition {arc.number} on {arc.row.key}", text, remedy)
    return text
