"""What changed between two versions of a procedure, in words and as a picture.

Everything is made from the two documents: two procedures with one digest have no change, and every change of a document
is a sentence. Nothing here says what becomes of a case: see `migration.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, final

import attrs
from attrs import frozen

from .diagram import _id, _text
from .procedure import Procedure, _document
from .rules import ANY_OPEN, STAY, Basis, Guard, Hook, On, Opens, Quorum, Send, State, Transition
from .shape import key_of

MARKS: Final[Mapping[str, str]] = {"added": "+", "removed": "−", "changed": "~"}
_STYLES: Final = (
    "classDef added fill:#d7f2dd,stroke:#1b7f3b,stroke-width:3px,color:#000000",
    "classDef removed fill:#fbdcd9,stroke:#b3261e,stroke-dasharray:5 4,color:#000000",
    "classDef changed fill:#fff0cc,stroke:#b26a00,stroke-width:3px,color:#000000",
    "classDef same fill:#ffffff,stroke:#777777,color:#000000",
)
_LINKS: Final[Mapping[str, str]] = {
    "added": "stroke:#1b7f3b,stroke-width:3px",
    "removed": "stroke:#b3261e,stroke-dasharray:5 4",
    "changed": "stroke:#b26a00,stroke-width:3px",
}
_NAMES: Final[Mapping[str, str]] = {
    "basis": "basis", "by": "who may do it", "cancels": "cancelled by", "guards": "conditions", "kind": "kind",
    "meets": "met by", "on": "event", "opened_by": "who may open a case", "opened_with": "what opens a case",
    "opens": "case that it opens",
    "owner": "who owes it", "pauses": "paused by", "requires": "approvals", "restarts": "restarted by",
    "resumes": "resumed by", "sends": "messages", "source": "states", "starts": "started by", "target": "next state",
    "valid_from": "first day in force", "valid_to": "last day in force", "waits_for": "whose move it awaits",
    "ack_within": "receipt within",
}  # fmt: skip


@final
@frozen(kw_only=True)
class Change:
    """One change.

    Attributes:
        kind: "added", "removed" or "changed".
        part: What it is a change of: "state", "transition", "obligation", "procedure", …
        key: Which one.
        sentence: The change in words.
    """

    kind: str
    part: str
    key: str
    sentence: str


@final
@frozen(kw_only=True)
class Difference:
    """What changed from one procedure to another. `str(difference)` is its words, one to a line.

    Attributes:
        old, new: The procedures.
        changes: Every change, in the order of the document.
    """

    old: Procedure
    new: Procedure
    changes: tuple[Change, ...]

    def words(self) -> tuple[str, ...]:
        """Return the changes as sentences; none where the documents are the same."""
        return tuple(c.sentence for c in self.changes)

    def picture(self) -> str:
        """Return a Mermaid flowchart of both; what was added (+), removed (−) or changed (~) has its mark and colour.

        States and arrows are drawn where they stand; every other change is a box of its own.
        """
        return "\n".join(_Picture(self).lines()) + "\n"

    def __str__(self) -> str:
        head = f"{_named(self.old)} -> {_named(self.new)}: {len(self.changes)} change(s)"
        return "\n".join([head, *(f"  {MARKS[c.kind]} {c.sentence}" for c in self.changes)])


def diff(old: Procedure, new: Procedure) -> Difference:
    """Return what changed from one procedure to another."""
    found: list[Change] = []
    for f in attrs.fields(Procedure):
        before, after = getattr(old, f.name), getattr(new, f.name)
        if _document(before) == _document(after):
            continue
        if f.name == "transitions":
            found += _transitions(before, after)
        elif _are_records((*before, *after) if isinstance(before, tuple) else ()):
            found += _records(f.name.removesuffix("s"), before, after)
        else:
            found += (
                Change(kind="changed", part="procedure", key=f.name, sentence=f"Procedure: {text}.")
                for text in _field(f.name, before, after)
            )
    return Difference(old=old, new=new, changes=tuple(found))


def _named(p: Procedure) -> str:
    return f"{p.id} {p.version}"


# --- words ---------------------------------------------------------------------------------------------------------


def _are_records(items: Sequence[Any]) -> bool:
    """Return whether each has a key of its own, so that it can be told which one changed."""
    small = (Guard, On, Opens, Quorum, Basis)
    return bool(items) and all(attrs.has(type(i)) and not isinstance(i, small) for i in items)


def _key(item: Any) -> str:
    return f"{item.template} to {item.to}" if isinstance(item, Send) else key_of(item)


def _records(part: str, before: Sequence[Any], after: Sequence[Any], inside: str = "") -> Iterator[Change]:
    old, new = _by_key(before), _by_key(after)
    for key in dict.fromkeys((*old, *new)):
        place = f"{inside}, {part} {key}" if inside else f"{part.capitalize()} {key}"
        if key not in new:
            yield Change(kind="removed", part=part, key=key, sentence=f"{place} is removed.")
        elif key not in old:
            yield Change(kind="added", part=part, key=key, sentence=f"{place} is added: {_whole(new[key])}.")
        else:
            yield from _record(part, key, place, old[key], new[key])
    if [k for k in old if k in new] != [k for k in new if k in old]:
        where = f"{inside}: the {part}s stand" if inside else f"The {part}s stand"
        yield Change(kind="changed", part=part, key="", sentence=f"{where} in another order.")


def _by_key(items: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items:
        key = name = _key(item)
        n = 1
        while key in found:
            n += 1
            key = f"{name} ({n})"
        found[key] = item
    return found


def _record(part: str, key: str, place: str, old: Any, new: Any) -> Iterator[Change]:
    if _document(old) == _document(new):
        return
    texts: list[str] = []
    below: list[Change] = []
    for f in attrs.fields(type(old)):
        before, after = getattr(old, f.name), getattr(new, f.name)
        if f.name in ("test", "run") or _document(before) == _document(after):
            continue
        if isinstance(before, tuple) and _are_records((*before, *after)):
            single = "message" if f.name in ("sends", "may_send") else f.name.removesuffix("s")
            below += _records(single, before, after, place)
        else:
            texts += _field(f.name, before, after)
    if texts:
        yield Change(kind="changed", part=part, key=key, sentence=f"{place}: {'; '.join(texts)}.")
    yield from (attrs.evolve(c, kind="changed", part=part, key=key) for c in below)


def _field(name: str, before: Any, after: Any) -> Iterator[str]:
    label = _NAMES.get(name, name.replace("_", " "))
    if isinstance(before, tuple | frozenset) and isinstance(after, tuple | frozenset):
        was, now = [_phrase(v) for v in _listed(before)], [_phrase(v) for v in _listed(after)]
        more, less = [v for v in now if v not in was], [v for v in was if v not in now]
        if more or less:
            parts = ([f"also {', '.join(more)}"] if more else []) + ([f"no longer {', '.join(less)}"] if less else [])
            yield f"{label}: {' and '.join(parts)}"
        else:
            yield f"{label}: in another order or number"
        return
    old, new = _phrase(before), _phrase(after)
    yield f"{label} from {old} to {new}" if old != new else f"{label}: in detail"


def _listed(value: tuple[Any, ...] | frozenset[Any]) -> list[Any]:
    return sorted(value) if isinstance(value, frozenset) else list(value)


def _whole(item: Any) -> str:
    """Return what is filled in of a rule that was added."""
    texts = []
    for f in attrs.fields(type(item)):
        value = getattr(item, f.name)
        if f.name in ("name", "key", "instrument", "test", "run", "template", "to") or value in (
            None,
            "",
            (),
            False,
            0,
        ):
            continue
        texts.append(f"{_NAMES.get(f.name, f.name.replace('_', ' '))} {_phrase(value)}")
    return "; ".join(texts) or "with nothing else"


def _phrase(value: Any) -> str:
    if value is None or value in ("", (), frozenset()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value == ANY_OPEN:
        return "any open state"
    if value == STAY:
        return "no change of state"
    if isinstance(value, str):
        return " ".join(value.split()) if len(value) <= 200 else f"{' '.join(value.split())[:199]}…"
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "span"):
        return str(value.words())
    if isinstance(value, tuple | frozenset):
        return ", ".join(_phrase(v) for v in _listed(value))
    return _small(value)


def _small(value: Any) -> str:
    if isinstance(value, type):
        schema = getattr(value, "schema", 1)
        return f"{getattr(value, 'name', value.__name__)}{f' (schema {schema})' if schema != 1 else ''}"
    if isinstance(value, Guard | Hook):
        return f"{value.name}{f' (version {value.version})' if value.version != 1 else ''}"
    if isinstance(value, On):
        of = f" of {value.of}" if value.of else ""
        given = f" giving {' or '.join(value.outcomes)}" if value.outcomes else ""
        had = f" where it was {' or '.join(value.where)}" if value.where else ""
        return f"{_phrase(value.event)}{of}{given}{had}"
    if isinstance(value, Basis):
        return f"“{value.text}” [{value.source}, {value.mark}]"
    if isinstance(value, Quorum):
        each = ", each of them" if value.each else ""
        return f"{value.n} × {', '.join(sorted(value.roles))} (distinct {value.distinct}{each})"
    if isinstance(value, Send):
        return f"{value.template} to {value.to}"
    if attrs.has(type(value)):
        parts = (_phrase(getattr(value, f.name)) for f in attrs.fields(type(value)))
        return " ".join(p for p in parts if p != "none")
    return str(value)


# --- transitions, which have no names -------------------------------------------------------------------------------


def _row(t: Transition) -> str:
    return f"{t.key} from {' or '.join(_phrase(s) for s in t.source)} to {_phrase(t.target)}"


def _pairs(
    before: Sequence[Transition], after: Sequence[Transition]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Return which row has become which, and which are gone or new; like rows are told apart by their place."""
    likes: tuple[Callable[[Transition], Any], ...] = (
        lambda t: repr(_document(t)),
        lambda t: (t.key, t.source, t.target, tuple(g.name for g in t.guards)),
        lambda t: (t.key, t.source, t.target),
        lambda t: (t.key, t.source),
        lambda t: (t.key, t.target),
    )
    old, new, pairs = list(range(len(before))), list(range(len(after))), list[tuple[int, int]]()
    for like in likes:
        waiting: dict[Any, list[int]] = {}
        for m in new:
            waiting.setdefault(like(after[m]), []).append(m)
        for n in list(old):
            if found := waiting.get(like(before[n])):
                pairs.append((n, found.pop(0)))
                old.remove(n)
        taken = {m for _, m in pairs}
        new = [m for m in new if m not in taken]
    return sorted(pairs), old, new


def _transitions(before: Sequence[Transition], after: Sequence[Transition]) -> Iterator[Change]:
    pairs, gone, fresh = _pairs(before, after)
    for n in gone:
        row = _row(before[n])
        yield Change(kind="removed", part="transition", key=row, sentence=f"Transition {row} is removed.")
    for n, m in pairs:
        row = _row(before[n])
        yield from _record("transition", _row(after[m]), f"Transition {row}", before[n], after[m])
    for m in fresh:
        row = _row(after[m])
        more = {f.name: f.default for f in attrs.fields(Transition)} | {"source": (), "target": ""}
        rest = [
            f"{_NAMES.get(k, k)} {_phrase(getattr(after[m], k))}"
            for k in more
            if k not in ("on", "of", "source", "target") and getattr(after[m], k) not in (None, "", (), False)
        ]
        yield Change(
            kind="added", part="transition", key=row, sentence=f"Transition {row} is added: {'; '.join(rest)}."
        )
    moved = False
    for name in dict.fromkeys(before[n].on.name for n, _ in pairs):
        order = [m for n, m in pairs if before[n].on.name == name]
        if order != sorted(order):
            moved = True
            text = f"The rows on {name} are tried in another order: the first that is permitted wins."
            yield Change(kind="changed", part="transition", key="", sentence=text)
    order = [m for _, m in pairs]
    if order != sorted(order) and not moved:
        text = "The transitions stand in another order, which decides nothing."
        yield Change(kind="changed", part="transition", key="", sentence=text)


# --- the picture ---------------------------------------------------------------------------------------------------


class _Picture:
    def __init__(self, difference: Difference) -> None:
        self.old, self.new = difference.old, difference.new
        self.changes = difference.changes
        self.links: list[tuple[str, str]] = []  # each arrow with its kind
        self.any: str = ""

    def lines(self) -> Iterator[str]:
        yield "flowchart TB"
        yield from (f"    {style}" for style in _STYLES)
        kinds = {c.key: c.kind for c in self.changes if c.part == "state"}
        states = [*self.new.states, *(s for s in self.old.states if s.name not in self.new.state_of)]
        for s in states:
            yield f"    {self.node(s, kinds.get(s.name, 'same'))}"
        self.arrows()
        if self.any:
            yield f"    {self.any}"
        yield from (f"    {link}" for link, _ in self.links)
        others = [c for c in self.changes if c.part not in ("state", "transition") or not c.key]
        if others:
            yield '    subgraph also ["Also"]'
            for n, change in enumerate(others, 1):
                yield f'        also_{n}["{_text([f"{MARKS[change.kind]} {change.sentence}"])}"]:::{change.kind}'
            yield "    end"
        for kind, style in _LINKS.items():
            which = [str(n) for n, (_, k) in enumerate(self.links) if k == kind]
            if which:
                yield f"    linkStyle {','.join(which)} {style}"

    def node(self, s: State, kind: str) -> str:
        mark = [f"{MARKS[kind]} {kind}"] if kind in MARKS else []
        text = _text([*mark, s.name, *([s.label] if s.label else [])])
        shape = f'(["{text}"])' if s.final else f'["{text}"]'
        return f"{_id(s.name)}{shape}:::{kind}"

    def arrows(self) -> None:
        pairs, gone, fresh = _pairs(self.old.transitions, self.new.transitions)
        same: dict[tuple[str, str], list[str]] = {}
        for n, m in pairs:
            before, after = self.old.transitions[n], self.new.transitions[m]
            if _document(before) != _document(after):
                self.arrow(after, "changed")
            elif after.target != STAY:
                for source in after.source:
                    same.setdefault((source, after.target), []).append(after.key)
        for (source, target), keys in same.items():
            self.link(source, target, list(dict.fromkeys(keys)), "same")
        for m in fresh:
            self.arrow(self.new.transitions[m], "added")
        for n in gone:
            self.arrow(self.old.transitions[n], "removed")

    def arrow(self, t: Transition, kind: str) -> None:
        for source in t.source:
            stays = t.target == STAY
            text = f"{MARKS[kind]} {kind}: {t.key}{' (no change of state)' if stays else ''}"
            self.link(source, source if stays else t.target, [text], kind)

    def link(self, source: str, target: str, text: list[str], kind: str) -> None:
        self.links.append((f'{self.place(source)} -->|"{_text(text)}"| {self.place(target)}', kind))

    def place(self, name: str) -> str:
        if name != ANY_OPEN:
            return _id(name)
        self.any = 'ANY_OPEN["any open state"]:::same'
        return "ANY_OPEN"
