"""The control skeleton of a procedure: which event leads from which state to which, by whom, on which conditions.

What the formats have in common, and no XML of any one of them. Deadlines, messages, hooks and approvals themselves are
not part of it: they act on the state only through the events and conditions that are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import final
from xml.etree import ElementTree

from attrs import frozen

from ..events import Opened
from ..procedure import ALWAYS, Procedure
from ..rules import STAY, Quorum, Transition

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@final
@frozen(kw_only=True)
class Arc:
    """One row of the procedure at one of its sources.

    Attributes:
        number: Of the row, from 1, in the order written.
        row: The row itself.
        source: The state it leads from.
        target: The state it leads to; the source where the state stays.
    """

    number: int
    row: Transition
    source: str
    target: str


def arcs(p: Procedure) -> Iterator[Arc]:
    """Yield every row at every source where it can be taken, in the order in which rows are tried."""
    before: dict[tuple[str, str], list[Transition]] = {}
    for number, row in enumerate(p.transitions, 1):
        sources = frozenset(p.sources_of(row))
        for state in p.states:
            if state.name not in sources:
                continue
            earlier = before.setdefault((row.on.name, state.name), [])
            if not any(_always_taken_first(other, row) for other in earlier):
                target = state.name if row.target == STAY else row.target
                yield Arc(number=number, row=row, source=state.name, target=target)
            earlier.append(row)


def _always_taken_first(other: Transition, row: Transition) -> bool:
    """Tell whether the other row, which is tried before, is permitted whenever this one is."""
    narrower = other.of in ("", row.of) and other.by >= row.by
    return narrower and set(conditions(other)) <= set(conditions(row))


def conditions(row: Transition) -> tuple[str, ...]:
    """Return the names of what must hold for a row besides the actor's role: its guards, and the approvals it needs."""
    quorum = () if row.requires is None else (approvals(row.requires),)
    return (*quorum, *(guard.name for guard in row.guards))


def approvals(quorum: Quorum) -> str:
    """Return the name under which a quorum stands among the conditions."""
    each = " each" if quorum.each else ""
    return f"approved({quorum.n} {quorum.distinct}{each}: {', '.join(sorted(quorum.roles))})"


def label(event: str, source: str, target: str, *, irregular: bool = False) -> str:
    """Return what a step is called in nets and logs: the same for a row and for a journal entry that it made.

    What is recorded without a row, or whether there is one or not, is called by the state alone.
    """
    if event == Opened.name:
        return f"Opened: {target}"
    if source != target:
        return f"{event}: {source} -> {target}"
    if irregular or event in ALWAYS:
        return f"recorded: {source}"
    return f"{event}: {source}"


def first_states(p: Procedure) -> tuple[str, ...]:
    """Return the states in which a case may find itself once it is opened."""
    rows = [row for row in p.transitions if row.on is Opened]
    certain = any(not (row.of or row.guards or row.requires) and row.by >= p.opened_by for row in rows)
    reached = [p.initial if row.target == STAY else row.target for row in rows]
    return tuple(dict.fromkeys(reached if certain else [p.initial, *reached]))


def standing(p: Procedure) -> frozenset[str]:
    """Return the states that a case can stand in: all but an initial one in which none ever rests.

    It is left out where every opening leads elsewhere at once and nothing leads back. No other state is left out, so
    that one which cannot be reached shows.
    """
    led = {arc.target for arc in arcs(p) if arc.source != arc.target and arc.row.on is not Opened}
    passed = {p.initial} - {*first_states(p), *led}
    return frozenset(state.name for state in p.states) - passed


def add(parent: ElementTree.Element, tag: str, attributes: Mapping[str, str] | None = None, /) -> ElementTree.Element:
    """Return a new last child of an element."""
    return ElementTree.SubElement(parent, tag, {k: clean(v) for k, v in (attributes or {}).items()})


def clean(text: str) -> str:
    """Return text without the characters that XML cannot hold: each becomes U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def xml(root: ElementTree.Element) -> str:
    """Return a document as text."""
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
