"""Pages of procedures for people: one of a procedure, which a lawyer reads from the top, and one of a country.

Everything here is made from the procedures alone and comes out the same each time: no sets' order, no clock, no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ._markdown import cited, code, codes, md, table
from ._plain import in_time, may
from .changes import diff
from .diagram import _event, _guard, _signatures, _sources, mermaid
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

if TYPE_CHECKING:
    from .check import Finding, Report

_LEGEND: Final = (
    "Boxes are phases; grey states end the case; ⌛ says whose move a state awaits. An arrow says on which event, by "
    "whom, on which conditions and with whose signatures (✍); ✉ is a message, ⏱ a clock that starts. A dashed box "
    "stands for states drawn elsewhere; a yellow one has the clocks that no "
    "arrow shows. The table of transitions has all of it."
)
_TRIED: Final = (
    "In the order in which they are tried: the first that is permitted wins. An *act* that no row permits is refused. "
    "A *fact* that no row fits is recorded all the same, and a person is told."
)
_DISCLAIMER: Final = (
    "> This is not legal advice. It is a reading of the sources named; a mark says how far each fact was verified."
)
_MARKS: Final = table("Mark|Meaning", ([f"**{mark}**", meaning] for mark, meaning in MARKS.items()))


# --- the page ----------------------------------------------------------------------------------------------------


def page(procedure: Procedure, report: Report | None = None) -> str:
    """Return a procedure as a Markdown page, from what a lawyer looks for to every rule of the code.

    Who takes part; who must do what, and by when; who may do what; forms; what is missing; what is not certain; the
    sources; the picture; then states, transitions, obligations and messages.

    Args:
        procedure: What to describe.
        report: What `sopflow.check.check` says about it; left out of the page without.
    """
    p = procedure
    parts = [f"# {md(p.title)}", _head(p)]
    if p.reconstructed:
        parts.append("**Reconstructed.** The rule's own text was not available: this was put together from accounts.")
    parts += [md(p.summary)] * bool(p.summary)
    parts.append(_DISCLAIMER)
    parts += _titled(_first(p))
    parts += ["## The picture", f"```mermaid\n{mermaid(p)}```", _LEGEND, *_titled(_details(p))]
    if report is not None:
        parts += ["## What the checker says", _findings(report.findings)]
    return "\n\n".join(parts) + "\n"


def country(name: str, procedures: Iterable[Sequence[Procedure]]) -> str:
    """Return the procedures of a country or a union on one Markdown page, in plain words.

    Args:
        name: The country's name.
        procedures: Its procedures, each with all its versions, the oldest first.
    """
    parts = [
        f"# {md(name)}",
        "The procedures of the catalogue: which duties they set, which clocks, since when, and what was not verified. "
        "Mere reminders, where the law has no number, stand on the procedure's own page.",
        _DISCLAIMER,
    ]
    for versions in procedures:
        parts += _in_a_country(versions)
    parts += _titled([("What the marks mean", _MARKS)])
    return "\n\n".join(parts) + "\n"


def _in_a_country(versions: Sequence[Procedure]) -> Iterator[str]:
    p = versions[-1]
    yield f"## {md(p.title)}"
    yield f"[{code(p.id)}](../{p.id}.md), written from the side of {code(p.acting)}. {_evidence_words(p)}"
    if p.reconstructed:
        yield "**Reconstructed** from accounts: the rule's own text was not available."
    yield md(p.summary)
    yield "\n".join(f"- version {md(v.version)}: {_in_force(v)}" for v in versions)
    for old, new in pairwise(versions):
        changed = "\n".join(f"- {md(c.sentence)}" for c in diff(old, new).changes if c.part != "procedure")
        yield f"What changed from version {md(old.version)} to version {md(new.version)}:\n\n{changed}"
    yield from _titled([("Duties and rights", in_time(p, ("duty", "right")))], "###")
    lacks = ([md(FACULTIES[a.faculty]), md(a.reason), cited(a.basis)] for a in p.absent)
    yield from _titled([("What it does not have", table("Faculty|Why not|Basis", lacks))], "###")
    asked = "\n".join(f"- {md(question)}" for question in p.questions)
    yield from _titled([("What is not verified", asked)], "###")


def _titled(sections: Iterable[tuple[str, str]], level: str = "##") -> Iterator[str]:
    for title, text in sections:
        if text:
            yield f"{level} {title}\n\n{text}"


def _in_force(p: Procedure) -> str:
    if p.valid_from is None and p.valid_to is None:
        return "since when it is in force was not verified, or it is no law"
    since = f"in force from {p.valid_from}" if p.valid_from else "in force"
    return f"{since} until {p.valid_to}" if p.valid_to else since


def _evidence_words(p: Procedure) -> str:
    counts = evidence(p)
    sure = counts["V"] + counts["S"]
    read = f"{sure} of its {sum(counts.values())} facts were read in a source"
    return f"{read}, {counts['V']} of them in the law's own text or on an official page."


def evidence(procedure: Procedure) -> dict[str, int]:
    """Return how many facts of a procedure have which evidence mark, in the order of `sopflow.rules.MARKS`."""
    marks = [basis.mark for _, basis in _facts(procedure)]
    return {mark: marks.count(mark) for mark in MARKS}


def _head(p: Procedure) -> str:
    since, until = p.valid_from, p.valid_to
    force = [f"in force {f'from {since}' if since else ''}{f' until {until}' if until else ''}".replace("  ", " ")]
    known = ", ".join(f"{n} {mark}" for mark, n in evidence(p).items() if n)
    return " · ".join(
        [f"`{p.id}`", f"version {md(p.version)}", *[md(p.jurisdiction)] * bool(p.jurisdiction)]
        + force * bool(since or until)
        + [f"as of {p.as_of}"] * bool(p.as_of)
        + [f"written from the side of `{p.acting}`", f"evidence: {known}", f"digest `{p.digest[:16]}`"]
    )


def _first(p: Procedure) -> Iterator[tuple[str, str]]:
    """Yield what a lawyer looks for: who may do what, by when, forms, what is absent, what is not certain."""
    roles = ([code(r.name), md(r.side), md(r.label), cited(r.basis)] for r in p.roles)
    yield "Who takes part", table("Role|Side|Who|Basis", roles)
    yield "Who must do what, and by when", in_time(p)
    yield "Who may do what", may(p)
    yield "Forms", "\n\n".join(map(_form, p.forms))
    lacks = ([md(FACULTIES[a.faculty]), md(a.reason), cited(a.basis)] for a in p.absent)
    yield "What it does not have", table("Faculty|Why not|Basis", lacks)
    yield "Open questions", _open_questions(p)
    yield "Sources", table("Key|Source", ([code(s.key), md(s.text)] for s in p.sources))
    yield "What the marks mean", _MARKS


def _details(p: Procedure) -> Iterator[tuple[str, str]]:
    """Yield the rules as they are in the code, complete."""
    kinds = f", with {codes(sorted(p.opened_with))}" if p.opened_with else ""
    begins = f"A case begins in {code(p.initial)}. It is opened by {codes(sorted(p.opened_by))}{kinds}."
    states = map(_state_row, sorted(p.states, key=lambda s: PHASES.index(s.phase)))
    yield "States", f"{begins}\n\n{table('State|Phase|Meaning|Waits for|Ends the case|Basis', states)}"
    head = "Event|From|To|By|If|Approvals|Messages|Opens|Basis"
    yield "Transitions", f"{_TRIED}\n\n{table(head, map(_transition_row, p.transitions))}"
    head = "Obligation|Kind|Who|Term|Starts|Pauses|Resumes|Restarts|Met by|Cancelled by|Basis"
    yield "Obligations", table(head, map(_obligation_row, p.obligations))
    sends = dict.fromkeys(send for _, send in _sends(p))
    head = "Template|Subject|To|From|Receipt within|Reminders|Also proved by|Sent until|Expected within|Optional|Basis"
    yield "Messages", table(head, (_send_row(p, send) for send in sends))
    yield "Hooks", table("Hook|When|Event|State|Phase|May send", map(_hook_row, p.hooks))


def _state_row(s: State) -> list[str]:
    return [code(s.name), s.phase, md(s.label), code(s.waits_for), "yes" * s.final, cited(s.basis)]


def _event_cell(t: Transition) -> str:
    of, kind = f" of {code(t.of)}" if t.of else "", "act" if t.on.act else "fact"
    return f"{code(t.on.name)}{of} ({kind}) {md(t.label)}".strip()


def _transition_row(t: Transition) -> list[str]:
    return [
        _event_cell(t),
        "any open state" if ANY_OPEN in t.source else codes(t.source),
        "no change" if t.target == STAY else code(t.target),
        codes(sorted(t.by)),
        codes(_guard(g.name) for g in t.guards),
        f"{_signatures(t)}, each another {t.requires.distinct}" if t.requires else "",
        ", ".join(f"{code(s.template)} to {code(s.to)}" for s in t.sends),
        code(t.opens.procedure) if t.opens else "",
        cited(t.basis),
    ]


def _obligation_row(o: Obligation) -> list[str]:
    clock = ["; ".join(map(_on, getattr(o, verb))) for verb in VERBS]
    return [f"{code(o.name)} {md(o.label)}".strip(), o.kind, code(o.owner), md(_term(o)), *clock, cited(o.basis)]


def _send_row(p: Procedure, s: Send) -> list[str]:
    return [
        code(s.template),
        code(p.template_of[s.template].subject),
        code(s.to),
        code(s.sender),
        md(s.ack_within.words()) if s.ack_within else "",
        f"{s.reminders} per contact" if s.reminders else "",
        codes(e.name for e in s.proved_by),
        "; ".join(map(_on, s.until)),
        md(s.within.words()) if s.within else "",
        "yes" * s.optional,
        cited(s.basis) if s.basis else "",
    ]


def _hook_row(h: Hook) -> list[str]:
    event, sends = h.event.name if h.event else "", codes(s.template for s in h.may_send)
    return [code(h.name), h.point, code(event), code(h.state), h.phase, sends]


def _form(form: Form) -> str:
    lacking = {
        "refuse": "Ours is refused while a required field is missing or a field is wrong.",
        "assess": "One that lacks a required field is accepted, and what it lacks is recorded.",
    }[form.enforce]
    rows = ([code(f.name), md(f.label), "yes" if f.required else "no", _value(f), cited(f.basis)] for f in form.fields)
    return f"### `{form.instrument}`\n\n{lacking}\n\n" + table("Field|Meaning|Required|Value|Article", rows)


def _value(f: FormField) -> str:
    said = [f.kind] * bool(f.kind) + [f"one of {', '.join(f.choices)}"] * bool(f.choices)
    return md("; ".join(said + [f"at most {f.longest} characters"] * bool(f.longest)))


def _findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return "Nothing was found."
    return table(
        "Finding|Where|What|Remedy|Accepted, because",
        ([code(f.code), code(f.place), md(f.sentence), md(f.remedy), md(f.waived)] for f in findings),
    )


def _sends(p: Procedure) -> Iterator[tuple[str, Send]]:
    """Return every message that the procedure knows, with the rule that sends it."""
    yield from ((f"{code(_event(t))} from {_sources(t)}", send) for t in p.transitions for send in t.sends)
    yield from ((f"hook {code(h.name)}", send) for h in p.hooks for send in h.may_send)


def _facts(p: Procedure) -> Iterator[tuple[str, Basis]]:
    """Return everything that has a basis, with its place in Markdown."""
    yield from ((f"role {code(r.name)}", r.basis) for r in p.roles)
    yield from ((f"state {code(s.name)}", s.basis) for s in p.states)
    yield from ((f"{code(_event(t))} from {_sources(t)}", t.basis) for t in p.transitions)
    for place, s in _sends(p):
        if s.basis is not None:
            yield f"message {code(s.template)} to {code(s.to)} on {place}", s.basis
    yield from ((f"obligation {code(o.name)}", o.basis) for o in p.obligations)
    yield from ((f"form {code(form.instrument)}, {code(f.name)}", f.basis) for form in p.forms for f in form.fields)
    yield from ((f"absent {a.faculty.replace('_', ' ')}", a.basis) for a in p.absent)


def _open_questions(p: Procedure) -> str:
    doubtful: dict[Basis, dict[str, None]] = {}
    for place, basis in _facts(p):
        if basis.mark in ("M", "I"):
            doubtful.setdefault(basis, {})[place] = None
    asked = "\n".join(f"- {md(question)}" for question in p.questions)
    if not doubtful:
        return asked or "None: every fact was read in a source."
    ranked = sorted(doubtful.items(), key=lambda item: "MI".index(item[0].mark))
    looked_up = "\n".join(
        ["What was recalled (M) or inferred (I), and would have to be looked up:", ""]
        + [f"- {cited(basis)}: {'; '.join(places)}" for basis, places in ranked]
    )
    return f"{asked}\n\n{looked_up}" if asked else looked_up


def _on(on: On) -> str:
    text = code(on.event.name) + (f" of {code(on.of)}" if on.of else "")
    text += f" ({', '.join(on.outcomes)})" if on.outcomes else ""
    return text + (f" while {' or '.join(on.where)}" if on.where else "")


def _term(o: Obligation) -> str:
    per, again = ", for each content" * o.per_content, ", and again after each end" * o.repeats
    return f"{o.term.words()}{per}{again}"
