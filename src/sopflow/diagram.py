"""Pictures of a procedure, its page for people, and an ordinary `transitions.Machine` of it.

Everything here is made from the procedure alone and comes out the same each time: no sets' order, no clock, no file.
Nothing here decides: for what a case may do ask the runner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ._machine import Machine  # type: ignore[attr-defined]  # no other module imports `transitions`
from .errors import BadInput
from .events import Opened
from .procedure import Procedure
from .rules import (
    ANY_OPEN,
    FACULTIES,
    MARKS,
    PHASES,
    STAY,
    VERBS,
    Basis,
    Form,
    FormField,
    Hook,
    Obligation,
    On,
    Send,
    State,
    Transition,
)
from .terms import Term

if TYPE_CHECKING:
    from .check import Finding, Report

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
    "classDef current fill:#ffd54f,stroke:#b26a00,stroke-width:3px,color:#000000",
)
_LEGEND: Final = (
    "Boxes are phases; grey states end the case; ⌛ says whose move a state awaits. An arrow says on which event, by "
    "whom, on which conditions and with whose signatures (✍); ✉ is a message, ⏱ a clock that starts. A dashed box "
    "stands for states drawn elsewhere. The table of transitions has all of it."
)
_TRIED: Final = (
    "In the order in which they are tried: the first that is permitted wins. An *act* that no row permits is refused. "
    "A *fact* that no row fits is recorded all the same, and a person is told."
)


# --- the picture -------------------------------------------------------------------------------------------------


def mermaid(procedure: Procedure, *, current: str = "") -> str:
    """Return a Mermaid state diagram of a procedure.

    States stand in boxes by phase; those that end a case are grey and stand free. An arrow says on which event, by
    whom, on which conditions and with whose signatures; ✉ is a message, ⏱ a clock that starts. A row from many
    states, or back to an earlier phase, starts at a dashed box that names its sources. What our side may do at any
    time to end its file, and what sends a message without changing the state, stands in one note.

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
        edges.append(f"    {start} --> {_id(target)} : {_text(_label(p, found))}")
    for sources, box in boxes.items():
        names = ["any open state"] if ANY_OPEN in sources else sources
        text = _text(["from any of" if len(names) > 1 else "from", *names])
        lines += [f'    state "{text}" as {box}', f"    class {box} many"]

    opened = ["Opened", f"by {', '.join(sorted(p.opened_by))}", *_clocks(p, Opened.name, "")]
    lines.append(f"    [*] --> {_id(p.initial)} : {_text(opened)}")
    lines += edges
    ends = [_id(s.name) for s in states if s.final]
    lines += [f"    {name} --> [*]" for name in ends]

    remarks = _remarks([*aside, *(t for t in p.transitions if t.target == STAY and t.sends)])
    if remarks:
        lines.append(f"    note right of {boxes.get((ANY_OPEN,), _id(p.initial))}")
        lines += [f"        {_text([remark])}" for remark in remarks]
        lines.append("    end note")
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


def _clocks(p: Procedure, event: str, of: str) -> list[str]:
    """Return the clocks that surely start: a start that looks at single contents is left to the table."""
    return [
        f"⏱ {o.name}: {_short(o.term)}"
        for o in p.obligations
        if any(on.event.name == event and on.of in ("", of) and not on.outcomes and not on.where for on in o.starts)
    ]


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
    return f"{t.requires.n} × {', '.join(sorted(t.requires.roles))}" if t.requires else ""


def _rest(p: Procedure, t: Transition) -> list[str]:
    signed = [f"✍ {_signatures(t)}"] if t.requires else []
    opens = [f"▸ opens {t.opens.procedure}"] if t.opens else []
    mail = [_mail(send) for send in t.sends]
    return [f"by {', '.join(sorted(t.by))}", *_conditions(t), *signed, *mail, *opens, *_clocks(p, t.on.name, t.of)]


def _label(p: Procedure, rows: Iterable[Transition]) -> list[str]:
    """Return the text of an arrow: events that differ in nothing else share their lines."""
    same: dict[tuple[str, ...], list[str]] = {}
    for t in rows:
        same.setdefault(tuple(_rest(p, t)), []).append(_event(t))
    return [line for rest, events in same.items() for line in (" or ".join(dict.fromkeys(events)), *rest)]


def _remarks(rows: Iterable[Transition]) -> list[str]:
    lines: dict[str, list[str]] = {}
    for t in rows:
        heading = f"From {_sources(t)}"
        end = [_mail(send) for send in t.sends] + (["no change of state"] if t.target == STAY else [f"→ {t.target}"])
        lines.setdefault(heading, []).append(f"• {_event(t)} by {', '.join(sorted(t.by))}: {', '.join(end)}")
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
    open_states = [s.name for s in p.states if not s.final]
    rows: dict[tuple[str, str, str | None], None] = {}
    for key in dict.fromkeys(t.key for t in p.transitions):
        name, _, of = key.partition(":")
        for t in p.transitions:
            if t.on.name == name and t.of in ("", of):
                for source in open_states if ANY_OPEN in t.source else t.source:
                    rows[key, source, None if t.target == STAY else t.target] = None
    for trigger, source, target in rows:
        machine.add_transition(trigger, source, target)
    return machine


# --- the page ----------------------------------------------------------------------------------------------------


def page(procedure: Procedure, report: Report | None = None) -> str:
    """Return a procedure as a Markdown page: the picture, every rule with its source, and what is not certain.

    Args:
        procedure: What to describe.
        report: What `sopflow.check.check` says about it; left out of the page without.
    """
    p = procedure
    parts = [f"# {_md(p.title)}", _head(p)]
    if p.reconstructed:
        parts.append("**Reconstructed.** The rule's own text was not available: this was put together from accounts.")
    parts += [_md(p.summary)] * bool(p.summary)
    parts += [
        "> This is not legal advice. It is a reading of the sources below, each with a mark that says how far it was "
        "verified.",
        "## The picture",
        f"```mermaid\n{mermaid(p)}```",
        _LEGEND,
    ]
    for title, text in _sections(p):
        if text:
            parts += [f"## {title}", text]
    if report is not None:
        parts += ["## What the checker says", _findings(report.findings)]
    parts += ["## Open questions", _open_questions(p)]
    return "\n\n".join(parts) + "\n"


def evidence(procedure: Procedure) -> dict[str, int]:
    """Return how many facts of a procedure have which evidence mark, in the order of `sopflow.rules.MARKS`."""
    marks = [basis.mark for _, basis in _facts(procedure)]
    return {mark: marks.count(mark) for mark in MARKS}


def _head(p: Procedure) -> str:
    since, until = p.valid_from, p.valid_to
    force = [f"in force {f'from {since}' if since else ''}{f' until {until}' if until else ''}".replace("  ", " ")]
    known = ", ".join(f"{n} {mark}" for mark, n in evidence(p).items() if n)
    return " · ".join(
        [f"`{p.id}`", f"version {_md(p.version)}", *[_md(p.jurisdiction)] * bool(p.jurisdiction)]
        + force * bool(since or until)
        + [f"as of {p.as_of}"] * bool(p.as_of)
        + [f"written from the side of `{p.acting}`", f"evidence: {known}", f"digest `{p.digest[:16]}`"]
    )


def _sections(p: Procedure) -> Iterator[tuple[str, str]]:
    roles = ([_code(r.name), _md(r.side), _md(r.label), _basis(r.basis)] for r in p.roles)
    yield "Who takes part", _table("Role|Side|Who|Basis", roles)
    begins = f"A case begins in {_code(p.initial)}. It is opened by {_codes(sorted(p.opened_by))}."
    states = map(_state_row, sorted(p.states, key=lambda s: PHASES.index(s.phase)))
    yield "States", f"{begins}\n\n{_table('State|Phase|Meaning|Waits for|Ends the case|Basis', states)}"
    head = "Event|From|To|By|If|Approvals|Messages|Opens|Basis"
    yield "Transitions", f"{_TRIED}\n\n{_table(head, map(_transition_row, p.transitions))}"
    head = "Obligation|Kind|Who|Term|Starts|Pauses|Resumes|Restarts|Met by|Cancelled by|Basis"
    yield "Obligations", _table(head, map(_obligation_row, p.obligations))
    sends = dict.fromkeys(send for _, send in _sends(p))
    head = "Template|Subject|To|From|Receipt within|Reminders|Receipt also proved by|Expected within|Optional|Basis"
    yield "Messages", _table(head, (_send_row(p, send) for send in sends))
    yield "Forms", "\n\n".join(map(_form, p.forms))
    lacks = ([_md(FACULTIES[a.faculty]), _md(a.reason), _basis(a.basis)] for a in p.absent)
    yield "What it does not have", _table("Faculty|Why not|Basis", lacks)
    yield "Hooks", _table("Hook|When|Event|State|Phase|May send", map(_hook_row, p.hooks))
    yield "Sources", _table("Key|Source", ([_code(s.key), _md(s.text)] for s in p.sources))
    yield "What the marks mean", _table("Mark|Meaning", ([f"**{m}**", text] for m, text in MARKS.items()))


def _state_row(s: State) -> list[str]:
    return [_code(s.name), s.phase, _md(s.label), _code(s.waits_for), "yes" * s.final, _basis(s.basis)]


def _transition_row(t: Transition) -> list[str]:
    return [
        f"{_code(t.on.name)}{f' of {_code(t.of)}' if t.of else ''} ({'act' if t.on.act else 'fact'})",
        "any open state" if ANY_OPEN in t.source else _codes(t.source),
        "no change" if t.target == STAY else _code(t.target),
        _codes(sorted(t.by)),
        _codes(_guard(g.name) for g in t.guards),
        f"{_signatures(t)}, each another {t.requires.distinct}" if t.requires else "",
        ", ".join(f"{_code(s.template)} to {_code(s.to)}" for s in t.sends),
        _code(t.opens.procedure) if t.opens else "",
        _basis(t.basis),
    ]


def _obligation_row(o: Obligation) -> list[str]:
    clock = ["; ".join(map(_on, getattr(o, verb))) for verb in VERBS]
    return [f"{_code(o.name)} {_md(o.label)}".strip(), o.kind, _code(o.owner), _md(_term(o)), *clock, _basis(o.basis)]


def _send_row(p: Procedure, s: Send) -> list[str]:
    return [
        _code(s.template),
        _code(p.template_of[s.template].subject),
        _code(s.to),
        _code(s.sender),
        _md(s.ack_within.words()) if s.ack_within else "",
        f"{s.reminders} per contact" if s.reminders else "",
        _codes(e.name for e in s.proved_by),
        _md(s.within.words()) if s.within else "",
        "yes" * s.optional,
        _basis(s.basis) if s.basis else "",
    ]


def _hook_row(h: Hook) -> list[str]:
    event, sends = h.event.name if h.event else "", _codes(s.template for s in h.may_send)
    return [_code(h.name), h.point, _code(event), _code(h.state), h.phase, sends]


def _form(form: Form) -> str:
    lacking = {
        "refuse": "Ours is refused while a required field is missing or a field is wrong.",
        "assess": "One that lacks a required field is accepted, and what it lacks is recorded.",
    }[form.enforce]
    rows = (
        [_code(f.name), _md(f.label), "yes" if f.required else "no", _value(f), _basis(f.basis)] for f in form.fields
    )
    return f"### `{form.instrument}`\n\n{lacking}\n\n" + _table("Field|Meaning|Required|Value|Article", rows)


def _value(f: FormField) -> str:
    said = [f.kind] * bool(f.kind) + [f"one of {', '.join(f.choices)}"] * bool(f.choices)
    return _md("; ".join(said + [f"at most {f.longest} characters"] * bool(f.longest)))


def _findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return "Nothing was found."
    return _table(
        "Finding|Where|What|Remedy|Accepted, because",
        ([_code(f.code), _code(f.place), _md(f.sentence), _md(f.remedy), _md(f.waived)] for f in findings),
    )


def _sends(p: Procedure) -> Iterator[tuple[str, Send]]:
    """Return every message that the procedure knows, with the rule that sends it."""
    yield from ((f"{_code(_event(t))} from {_sources(t)}", send) for t in p.transitions for send in t.sends)
    yield from ((f"hook {_code(h.name)}", send) for h in p.hooks for send in h.may_send)


def _facts(p: Procedure) -> Iterator[tuple[str, Basis]]:
    """Return everything that has a basis, with its place in Markdown."""
    yield from ((f"role {_code(r.name)}", r.basis) for r in p.roles)
    yield from ((f"state {_code(s.name)}", s.basis) for s in p.states)
    yield from ((f"{_code(_event(t))} from {_sources(t)}", t.basis) for t in p.transitions)
    for place, s in _sends(p):
        if s.basis is not None:
            yield f"message {_code(s.template)} to {_code(s.to)} on {place}", s.basis
    yield from ((f"obligation {_code(o.name)}", o.basis) for o in p.obligations)
    yield from ((f"form {_code(form.instrument)}, {_code(f.name)}", f.basis) for form in p.forms for f in form.fields)
    yield from ((f"absent {a.faculty.replace('_', ' ')}", a.basis) for a in p.absent)


def _open_questions(p: Procedure) -> str:
    doubtful: dict[Basis, dict[str, None]] = {}
    for place, basis in _facts(p):
        if basis.mark in ("M", "I"):
            doubtful.setdefault(basis, {})[place] = None
    asked = "\n".join(f"- {_md(question)}" for question in p.questions)
    if not doubtful:
        return asked or "None: every fact was read in a source."
    ranked = sorted(doubtful.items(), key=lambda item: "MI".index(item[0].mark))
    looked_up = "\n".join(
        ["What was recalled (M) or inferred (I), and would have to be looked up:", ""]
        + [f"- {_basis(basis)}: {'; '.join(places)}" for basis, places in ranked]
    )
    return f"{asked}\n\n{looked_up}" if asked else looked_up


# --- Markdown ----------------------------------------------------------------------------------------------------


def _md(text: str) -> str:
    plain = re.sub(r"([\\`*|\[\]$~]|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))
    return plain.replace("<", "&lt;").replace(">", "&gt;")


def _code(text: str) -> str:
    plain = " ".join(text.split()).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`" if plain else ""


def _codes(names: Iterable[str]) -> str:
    return ", ".join(map(_code, names))


def _basis(basis: Basis) -> str:
    return f"{_md(basis.text)} ({_code(basis.source)}, **{basis.mark}**)"


def _on(on: On) -> str:
    text = _code(on.event.name) + (f" of {_code(on.of)}" if on.of else "")
    text += f" ({', '.join(on.outcomes)})" if on.outcomes else ""
    return text + (f" while {' or '.join(on.where)}" if on.where else "")


def _term(o: Obligation) -> str:
    per, again = ", for each content" * o.per_content, ", and again after each end" * o.repeats
    return f"{o.term.words()}{per}{again}"


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    """Return a table without the columns that are empty in every row, or "" without rows."""
    names, cells = head.split("|"), [list(row) for row in rows]
    keep = [i for i in range(len(names)) if any(row[i] for row in cells)]
    lines = [[names[i] for i in keep], ["---"] * len(keep), *([row[i] for i in keep] for row in cells)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if cells else ""
