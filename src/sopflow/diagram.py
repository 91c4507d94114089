"""Pictures of a procedure, and an ordinary `transitions.Machine` of it. Its page for people is `pages`.

Everything here is made from the procedure alone and comes out the same each time: no sets' order, no clock, no file.
Nothing here decides: for what a case may do ask the runner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ._machine import Machine  # type: ignore[attr-defined]  # no other module imports `transitions`
from .errors import BadInput
from .events import Opened
from .procedure import Procedure
from .rules import (
    ANY_OPEN,
    PHASES,
    STAY,
    On,
    Send,
    State,
    Transition,
)
from .terms import Term

_MANY: Final = 3  # from so many sources on, a row starts at a box that lists them, not at each of them
_LONG: Final = 50  # characters of conditions that an arrow still carries
# What Mermaid reads as syntax or Markdown; an underscore between letters is harmless.
_SPECIAL: Final = re.compile(r"[:;\"#%<>&{}\[\]\\`*~$]|(?<![^\W_])_|_(?![^\W_])|(?<=end) (?=note)")
_RESERVED: Final = frozenset(
    ["as", "class", "classdef", "click", "constructor", "default", "direction", "end", "hide", "href", "note", "root"]
) | {"scale", "state", "style"}
_STYLES: Final = (
    "classDef final fill:#dddddd,stroke:#555555,color:#000000",
    "classDef many fill:#ffffff,stroke:#777777,color:#000000,stroke-dasharray:4 3",
    "classDef clocks fill:#fff5ad,stroke:#aaaa33,color:#000000",
    "classDef current fill:#ffd54f,stroke:#b26a00,stroke-width:3px,color:#000000",
)


# --- the picture -------------------------------------------------------------------------------------------------


def mermaid(procedure: Procedure, *, current: str = "") -> str:
    """Return a Mermaid state diagram of a procedure.

    States stand in boxes by phase; those that end a case are grey and stand free. An arrow says on which event, by
    whom, on which conditions and with whose signatures; ✉ is a message, ⏱ a clock that starts. A row from many
    states, or back to an earlier phase, starts at a dashed box that names its sources. What our side may do at any
    time to end its file, and what sends a message without changing the state, stands in one note; clocks that begin
    with no arrow, or on a condition with one of several arrows, stand in a box of their own.

    Args:
        procedure: What to draw.
        current: A state to highlight.

    Raises:
        BadInput: If there is no such state.
    """
    p = procedure
    if current and current not in p.state_of:
        raise BadInput("current", current, f"use one of {', '.join(p.state_of)}")
    rows = [t for t in p.transitions if t.target != STAY]
    aside = [t for t in rows if _ends_the_file(p, t)]
    drawn = [t for t in rows if t not in aside]
    noted = {t.target for t in aside} - {t.target for t in drawn} - {current, p.initial}
    states = [s for s in p.states if s.name not in noted]

    lines = ["stateDiagram-v2", "    direction TB", *(f"    {style}" for style in _STYLES)]
    for phase in PHASES:
        inside = [s for s in states if s.phase == phase and not s.final]
        if inside:
            lines.append(f'    state "{phase.capitalize()}" as PHASE_{phase} {{')
            lines += [f"        {_node(s)}" for s in inside]
            lines.append("    }")
    lines += [f"    {_node(s)}" for s in states if s.final]

    arrows = _arrows(p, drawn)
    boxes: dict[tuple[str, ...], str] = {}
    edges: list[str] = []
    for (sources, target), found in arrows.items():
        start = _id(sources[0])
        if _needs_box(p, sources, target, arrows):
            start = boxes.setdefault(sources, f"FROM_{len(boxes) + 1}")
        edges.append(f"    {start} --> {_id(target)} : {_text(_label(p, drawn, found))}")
    for sources, box in boxes.items():
        names = ["any open state"] if ANY_OPEN in sources else sources
        text = _text(["from any of" if len(names) > 1 else "from", *names])
        lines += [f'    state "{text}" as {box}', f"    class {box} many"]

    opened = ["Opened", f"by {', '.join(sorted(p.opened_by))}", *_clocks(p, drawn, Opened.name, "")]
    lines.append(f"    [*] --> {_id(p.initial)} : {_text(opened)}")
    lines += edges
    ends = [_id(s.name) for s in states if s.final]
    lines += [f"    {name} --> [*]" for name in ends]

    remarks = _remarks([*aside, *(t for t in p.transitions if t.target == STAY and t.sends)])
    if remarks:
        lines.append(f"    note right of {boxes.get((ANY_OPEN,), _id(p.initial))}")
        lines += [f"        {_text([remark])}" for remark in remarks]
        lines.append("    end note")
    further = _further(p, drawn)
    if further:
        lines += [f'    state "{_text(further)}" as CLOCKS', "    class CLOCKS clocks"]
    lines += [f"    class {name} final" for name in ends]
    if current:
        lines.append(f"    class {_id(current)} current")
    return "\n".join(lines) + "\n"


_Arrows = Mapping[tuple[tuple[str, ...], str], Sequence[Transition]]


def _arrows(p: Procedure, rows: Iterable[Transition]) -> _Arrows:
    """Return the rows by where their arrow starts and ends; several sources are one start where a box names them."""
    found: dict[tuple[tuple[str, ...], str], list[Transition]] = {}
    for t in rows:
        loops = len(t.source) > 1 and t.target in t.source
        if ANY_OPEN in t.source:
            starts: list[tuple[str, ...]] = [(ANY_OPEN,)]
        elif loops or len(t.source) >= _MANY:
            starts = [t.source]
        else:
            late = tuple(name for name in t.source if _depth(p, name) > _depth(p, t.target))
            starts = [*((name,) for name in t.source if name not in late), *[late] * bool(late)]
        for start in starts:
            found.setdefault((start, t.target), []).append(t)
    return found


def _needs_box(p: Procedure, sources: tuple[str, ...], target: str, arrows: _Arrows) -> bool:
    """Whether a dashed box stands for the sources.

    So it is for several; for one in a later phase, because an arrow upwards would turn the whole picture round; and for
    one to which an arrow leads from the target, because the two texts could cover each other.
    """
    source = sources[0]
    if len(sources) > 1 or source == ANY_OPEN or _depth(p, source) > _depth(p, target):
        return True
    names = list(p.state_of)
    same = _depth(p, source) == _depth(p, target) and names.index(target) < names.index(source)
    return same and ((target,), source) in arrows


def _depth(p: Procedure, state: str) -> int:
    """Return how far down a state stands; what comes after compliance stands side by side."""
    return min(PHASES.index(p.state_of[state].phase), PHASES.index("escalation"))


def _ends_the_file(p: Procedure, t: Transition) -> bool:
    """Whether our side ends its file by this, whatever the state: true of many procedures and telling of none."""
    return ANY_OPEN in t.source and t.on.act and not t.sends and t.target != STAY and p.state_of[t.target].final


def _id(name: str) -> str:
    return f"STATE_{name}" if name in _RESERVED else name


def _node(s: State) -> str:
    text = [s.name, *([s.label] if s.label else []), *([f"⌛ {s.waits_for}"] if s.waits_for and not s.final else [])]
    return f'state "{_text(text)}" as {_id(s.name)}'


def _text(lines: Iterable[str]) -> str:
    """Return lines as one Mermaid text: what has a meaning there becomes a character code."""
    plain = [" ".join(line.split()) for line in lines]
    return "<br/>".join(_SPECIAL.sub(lambda found: f"#{ord(found[0])};", line) for line in plain)


def _event(t: Transition) -> str:
    return f"{t.on.name} of {t.of}" if t.of else t.on.name


def _short(term: Term) -> str:
    return term.words().partition(" (")[0]


def _clocks(p: Procedure, drawn: Sequence[Transition], event: str, of: str) -> list[str]:
    """Return the clocks that stand on an arrow of this event, each with what it depends on."""
    lines = []
    for o in p.obligations:
        starts = [on for on in o.starts if _touches(on, event, of) and _shown(on, drawn, event, of)]
        found = dict.fromkeys(" ".join(part for part in (_kind(on, of), _condition(on)) if part) for on in starts)
        if found:
            lines.append(f"⏱ {o.name}: {_short(o.term)}" + ("" if "" in found else f" ({' or '.join(found)})"))
    return lines


def _touches(on: On, event: str, of: str) -> bool:
    return on.event.name == event and ("" in (on.of, of) or on.of == of)


def _shown(on: On, drawn: Sequence[Transition], event: str, of: str) -> bool:
    """Whether this start stands on the arrow: for sure, or on a condition that no second row would repeat."""
    sure = not _kind(on, of) and not _condition(on)
    return sure or on.event is Opened or sum(_touches(on, t.on.name, t.of) for t in drawn) == 1


def _kind(on: On, of: str) -> str:
    return f"of {on.of}" if on.of not in ("", of) else ""


def _condition(on: On) -> str:
    asked = (("is", on.outcomes), ("was", on.where))
    return " and ".join(f"for what {verb} {_either(names)}" for verb, names in asked if names)


def _either(names: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _further(p: Procedure, drawn: Sequence[Transition]) -> list[str]:
    """Return the starts of clocks that stand on no arrow, as lines of a box."""
    lines = []
    for o in p.obligations:
        found: dict[str, list[str]] = {}
        for on in o.starts:
            arrows = (t for t in drawn if _touches(on, t.on.name, t.of))
            if on.event is not Opened and not any(_shown(on, drawn, t.on.name, t.of) for t in arrows):
                found.setdefault(_condition(on), []).append(" ".join([on.event.name, _kind(on, "")]).strip())
        if found:
            begins = " or ".join(" ".join([_either(events), when]).strip() for when, events in found.items())
            lines.append(f"⏱ {o.name} ({o.owner}): {_short(o.term)}, from {begins}")
    return ["Further clocks, and when they begin", *lines] if lines else []


def _mail(send: Send) -> str:
    term = send.ack_within or send.within
    return f"✉ {send.template} to {send.to}" + (f" ⏱ {_short(term)}" if term else "")


def _conditions(t: Transition) -> list[str]:
    if not t.guards:
        return []
    text = "if " + " and ".join(_guard(g.name) for g in t.guards)
    return [text if len(text) <= _LONG else f"on {len(t.guards)} condition{'s' * (len(t.guards) > 1)}"]


def _guard(name: str) -> str:
    return name.replace(",", ", ")


def _signatures(t: Transition) -> str:
    if t.requires is None:
        return ""
    return f"{t.requires.n} × {', '.join(sorted(t.requires.roles))}" + (" (each role)" if t.requires.each else "")


def _rest(p: Procedure, drawn: Sequence[Transition], t: Transition) -> list[str]:
    signed = [f"✍ {_signatures(t)}"] if t.requires else []
    opens = [f"▸ opens {t.opens.procedure}"] if t.opens else []
    mail = [_mail(send) for send in t.sends]
    clocks = _clocks(p, drawn, t.on.name, t.of)
    return [f"by {', '.join(sorted(t.by))}", *_conditions(t), *signed, *mail, *opens, *clocks]


def _label(p: Procedure, drawn: Sequence[Transition], rows: Iterable[Transition]) -> list[str]:
    """Return the text of an arrow: events that differ in nothing else share their lines."""
    same: dict[tuple[str, ...], list[str]] = {}
    for t in rows:
        same.setdefault(tuple(_rest(p, drawn, t)), []).append(_event(t))
    return [line for rest, events in same.items() for line in (" or ".join(dict.fromkeys(events)), *rest)]


def _remarks(rows: Iterable[Transition]) -> list[str]:
    lines: dict[str, list[str]] = {}
    for t in rows:
        heading = f"From {_sources(t)}"
        end = [_mail(send) for send in t.sends] + (["no change of state"] if t.target == STAY else [f"→ {t.target}"])
        who = " ".join([f"by {', '.join(sorted(t.by))}", *_conditions(t)])
        lines.setdefault(heading, []).append(f"• {_event(t)} {who}: {', '.join(end)}")
    return [line for heading, items in lines.items() for line in (heading, *items)]


def _sources(t: Transition) -> str:
    return "any open state" if ANY_OPEN in t.source else " or ".join(t.source)


# --- an ordinary machine -----------------------------------------------------------------------------------------


def as_machine(procedure: Procedure) -> Machine:
    """Return an ordinary `transitions.Machine` without a model, for hosts that know that library.

    It has the states and the transitions, and neither conditions nor hooks, so it shows what is drawn and permits
    nothing: where several rows differ only in their guards, the first one fires. A trigger is the event's name, with
    ":" and what it concerns where a row says so, e.g. "Acknowledged:order". A row that stays is an internal
    transition. Use `add_model` for a model of your own.
    """
    p = procedure
    machine = Machine(
        model=None,
        states=[{"name": s.name, "final": s.final} for s in p.states],
        initial=p.initial,
        auto_transitions=False,
    )
    rows: dict[tuple[str, str, str | None], None] = {}
    for key in dict.fromkeys(t.key for t in p.transitions):
        name, _, of = key.partition(":")
        for t in p.transitions:
            if t.on.name == name and t.of in ("", of):
                for source in p.sources_of(t):
                    rows[key, source, None if t.target == STAY else t.target] = None
    for trigger, source, target in rows:
        machine.add_transition(trigger, source, target)
    return machine
