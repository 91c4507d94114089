"""What a document may name: events, guards and hooks, each registered by name. Nothing is imported from a string."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, final

from attrs import Factory, frozen

from .. import catalogue, guards
from ..errors import BadInput, UnknownProcedure
from ..events import SHARED, Event
from ..procedure import Procedure
from ..rules import Guard, Hook

GuardMaker = Guard | Callable[..., Guard]


@final
@frozen(kw_only=True)
class Words:
    """Names and what they stand for.

    Attributes:
        guards: A guard by its whole name, or a callable that makes one by the name before the bracket: of
            "all_are(removed,disabled)" that is "all_are", called with "removed" and "disabled".
        hooks: By name.
        events: Classes by stable name.
    """

    guards: Mapping[str, GuardMaker] = Factory(dict)
    hooks: Mapping[str, Hook] = Factory(dict)
    events: Mapping[str, type[Event]] = Factory(dict)

    def __or__(self, other: Words) -> Words:
        return Words(
            guards={**self.guards, **other.guards},
            hooks={**self.hooks, **other.hooks},
            events={**self.events, **other.events},
        )

    def guard(self, name: str) -> Guard:
        """Return the guard of this name.

        Raises:
            BadInput: If no such name is registered, or its arguments do not fit.
        """
        start, bracket, rest = name.partition("(")
        made: Any = self.guards.get(name)
        if not isinstance(made, Guard) and (not bracket or rest.endswith(")")):
            make = self.guards.get(start)
            if callable(make):
                arguments = [argument.strip() for argument in rest[:-1].split(",")] if bracket else []
                try:
                    made = make(*arguments)
                except (TypeError, ValueError) as error:
                    raise BadInput("guard", name, f"{_signature(start, make)}: {error}") from None
        if not isinstance(made, Guard):
            made_by = {n: n.partition("(")[0] for n in self.guards}  # what a callable makes is not listed beside it
            known = {
                n: _signature(n, g) for n, g in self.guards.items() if made_by[n] == n or made_by[n] not in self.guards
            }
            near = difflib.get_close_matches(start, known, 1)
            names = ", ".join(known[n] for n in near or sorted(known))
            remedy = f"{'did you mean' if near else 'use one of'} {names}"
            raise BadInput("guard", name, f"{remedy}; or hand in your own with guards={{name: guard}}")
        if made.name != name:
            raise BadInput("guard", name, f"write it as {made.name!r}")
        return made


def _signature(name: str, guard: GuardMaker) -> str:
    if isinstance(guard, Guard):
        return name
    found = [p for p in inspect.signature(guard).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    arguments = ",".join("…" if p.kind is p.VAR_POSITIONAL else p.name for p in found)
    return f"{name}({arguments})" if arguments else name


@cache
def shipped() -> Words:
    """Return the library's own words: the shared events, and what is in `sopflow.guards`."""
    found: dict[str, GuardMaker] = {}
    for name, value in vars(guards).items():
        if isinstance(value, Guard):
            found[value.name] = value
        elif not name.startswith("_") and getattr(value, "__annotations__", {}).get("return") == "Guard":
            found[name] = value
    found |= {"open": found.pop("open_clock"), "no_open": found.pop("no_open_clock")}
    found["not_happened"] = partial(guards.happened, negate=True)
    return Words(guards=found, events={e.name: e for e in SHARED})


def words_of(*procedures: Procedure) -> Words:
    """Return the words that procedures use: their events, guards and hooks by name."""
    return Words(
        guards={g.name: g for p in procedures for t in p.transitions for g in t.guards},
        hooks={h.name: h for p in procedures for h in p.hooks},
        events={name: e for p in procedures for name, e in p.events.items()},
    )


def given(
    names: Iterable[str], guards: Mapping[str, GuardMaker] | None, hooks: Iterable[Hook], events: Iterable[type[Event]]
) -> Words:
    """Return all words at hand: the library's, those of catalogue entries with these ids, and the host's own.

    Raises:
        UnknownProcedure: For an id that is not in the catalogue.
    """
    own = Words(guards=guards or {}, hooks={h.name: h for h in hooks}, events={e.name: e for e in events})
    found = shipped()
    for name in names:
        found |= words_of(*catalogue.versions(name))
    return found | own


def uses(procedure: Procedure) -> list[str]:
    """Return the ids of the catalogue's entries whose words a procedure uses, its own first.

    What is neither the library's nor an entry's is the host's, who has to hand it in when reading.
    """
    missing = _foreign(procedure, shipped())
    found: list[str] = []
    if not missing:
        return found
    ids = catalogue.names()
    for id in (*(i for i in ids if i == procedure.id), *(i for i in ids if i != procedure.id)):
        left = missing & _foreign(procedure, words_of(*catalogue.versions(id)))
        if left != missing:
            found.append(id)
            missing = left
        if not missing:
            break
    return found


def _foreign(procedure: Procedure, words: Words) -> set[tuple[str, str]]:
    """Return the words of a procedure that are not among these: kind and name."""
    own = words_of(procedure)
    found = {("event", name) for name, event in own.events.items() if words.events.get(name) is not event}
    found |= {("hook", name) for name, hook in own.hooks.items() if words.hooks.get(name) != hook}
    for name, guard in own.guards.items():
        assert isinstance(guard, Guard)
        try:
            same = _code(words.guard(name)) == _code(guard)
        except (BadInput, UnknownProcedure):
            same = False
        if not same:
            found.add(("guard", name))
    return found


def _code(guard: Guard) -> tuple[Any, ...]:
    test: Any = guard.test
    return (test.__module__, test.__qualname__, guard.reads, guard.version)
