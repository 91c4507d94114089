"""The rules of a procedure in plain words: who must do what and by when, and who may do what. It decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from ._markdown import cited, code, codes, md, table
from .diagram import _signatures
from .events import DeadlineBreached, Opened
from .procedure import Procedure
from .rules import ANY_OPEN, STAY, Obligation, On, Role, Transition
from .terms import Window, WithoutUndueDelay

_KINDS: Final = {"duty": "must", "right": "may", "reminder": "is reminded to"}
_MESSAGES: Final = {
    "Sent": "is sent", "Delivered": "is delivered", "Acknowledged": "is confirmed", "Unsent": "cannot be sent",
    "AttemptFailed": "could not be sent this time",
}  # fmt: skip
_CLOCKS: Final = {
    "DeadlineBreached": "is overdue", "DeadlineClosed": "is over", "DeadlineOpened": "has opened",
    "DeadlineReminded": "is reminded of",
}  # fmt: skip
_OURS: Final = "sopflow"  # the source of what is part of every file and of no law


def in_time(p: Procedure, kinds: Iterable[str] = tuple(_KINDS)) -> str:
    """Return the obligations as a table, duties first: who, what, within which time, from when, and what follows.

    Args:
        p: The procedure.
        kinds: Which of "duty", "right" and "reminder".
    """
    chosen = sorted((o for o in p.obligations if o.kind in kinds), key=lambda o: list(_KINDS).index(o.kind))
    rows = (
        [
            f"{_who(p, o.owner)} **{_KINDS[o.kind]}**",
            md(o.label or _apart(o.name)),
            md(o.term.words() + ", for each item" * o.per_content),
            md("; or ".join(dict.fromkeys(_happens(p, on) for on in (*o.starts, *o.restarts)))),
            _passed(p, o),
            cited(o.basis),
        ]
        for o in chosen
    )
    said = table("Who|What|Within|From when|If the time passes|Basis", rows)
    hooks = codes(h.name for h in p.hooks)
    return (
        f"{said}\n\nA hook may start a clock, too, which this table does not show: {hooks}." if said and hooks else said
    )


def may(p: Procedure) -> str:
    """Return, for each role, what it may do or state, when, and what may follow; conditions are left to the details."""
    parts = []
    for role in p.roles:
        mine = [t for t in p.transitions if role.name in t.by]
        events: dict[tuple[str, str, str], list[Transition]] = {}
        for t in mine:
            if t.basis.source != _OURS and t.on is not Opened:
                events.setdefault((t.on.name, t.of, t.label), []).append(t)
        rows = table("What|When|May lead to|Who is told|Basis", (_row(p, rules) for rules in events.values()))
        kept = ", ".join(dict.fromkeys(_apart(t.on.name) for t in mine if t.basis.source == _OURS))
        opens = ["It opens a case."] * (role.name in p.opened_by)
        said = [*opens, *[rows] * bool(rows), *[f"It keeps the file: {kept}."] * bool(kept)]
        if said:
            parts += [f"### {_title(role)}", *said]
    return "\n\n".join(parts)


def _title(role: Role) -> str:
    return f"{md(role.label)} ({code(role.name)})" if role.label else code(role.name)


def _row(p: Procedure, rules: Sequence[Transition]) -> list[str]:
    first = rules[0]
    name = first.label or _happens(p, On(first.on, first.of))
    said = (first.on.__doc__ or "").strip().partition("\n\n")[0].replace("`", "")
    places = dict.fromkeys(name for t in rules for name in t.source)
    ends = dict.fromkeys(_state(p, t.target) for t in rules if t.target != STAY)
    signed = dict.fromkeys(f"signed by {_signatures(t)}" for t in rules if t.requires)
    return [
        f"**{md(name[:1].upper() + name[1:])}**" + (f": {md(said)}" if said else ""),
        "; ".join([*(["at any time"] if ANY_OPEN in places else [_state(p, name) for name in places]), *signed]),
        "; ".join(ends),
        "; ".join(dict.fromkeys(_who(p, s.to) for t in rules for s in t.sends)),
        "; ".join(dict.fromkeys(cited(t.basis) for t in rules)),
    ]


def _state(p: Procedure, name: str) -> str:
    """Return a state by its label."""
    return md(p.state_of[name].label or _apart(name))


def _happens(p: Procedure, on: On) -> str:
    """Return what happens, in words: an event, with what it concerns."""
    name = on.event.name
    if on.event is Opened:
        return "what opens the case is received"
    if name in _MESSAGES:
        return f"{_apart(on.of) or 'a message'} {_MESSAGES[name]}"
    if name in _CLOCKS:
        return f"{_duty(p, on.of)} {_CLOCKS[name]}"
    of = f": {_apart(on.of)}" if on.of else ""
    return f"{_apart(name)}{of}" + (f" ({' or '.join(on.outcomes)})" if on.outcomes else "")


def _apart(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()


def _duty(p: Procedure, name: str) -> str:
    labels = {o.name: o.label for o in p.obligations}
    return f"“{labels[name]}”" if labels.get(name) else _apart(name.replace("receipt:", "receipt of "))


def _who(p: Procedure, name: str) -> str:
    labels = {r.name: r.label for r in p.roles}
    return md(labels.get(name) or name)


def _passed(p: Procedure, o: Obligation) -> str:
    if o.kind == "reminder" or isinstance(o.term, WithoutUndueDelay):
        return "a reminder"
    if o.kind == "right":
        return "it stays open" if isinstance(o.term, Window) and o.term.closes is None else "the right ends"
    rows = [t for t in p.transitions if t.on is DeadlineBreached and t.of == o.name]
    ends = dict.fromkeys(_state(p, t.target) for t in rows if t.target != STAY)
    told = dict.fromkeys(f"{_who(p, s.to)} is told" for t in rows for s in t.sends)
    return "; ".join(["a breach", *ends, *told] if rows else ["a breach, and a person is told"])
