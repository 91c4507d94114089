"""What is stricter than a rulebook: an agency's own terms, which may narrow a procedure and never widen it.

Only our own side is bound by them: a duty of another side stays as the law has it. Facts are touched by none of them,
because what truly happened is recorded whoever states it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import TYPE_CHECKING, Any, Final

import attrs

from .errors import shorten
from .events import Approved
from .rules import Basis, Guard, Obligation, Quorum, Transition, _many, _role_set
from .terms import BusinessDays, Days, Hours, Months, SameDay, Term, Window, WithoutUndueDelay, Yearly

if TYPE_CHECKING:
    from .procedure import Procedure

_TURN: Final = 3  # hours by which changes of the clock may shorten or lengthen local days


def changes(
    p: Procedure, basis: Basis, terms: Mapping[str, Term], approvals: Mapping[str, Quorum], by: Mapping[str, Any],
    guards: Mapping[str, Any],
) -> tuple[dict[str, Any], list[str]]:  # fmt: skip
    """Return the rules of a procedure with stricter terms, and every reason why something is not stricter.

    Args:
        p: The procedure.
        basis: On what the stricter terms rest.
        terms: Obligation to its shorter term.
        approvals: Act, as "Issued" or "Extended:check", to the approvals it needs.
        by: Act to the roles that may still do it.
        guards: Act to further guards.
    """
    problems: list[str] = []
    obligations = [_shorter(p, o, terms[o.name], basis, problems) if o.name in terms else o for o in p.obligations]
    for name in terms:
        if name not in p.obligation_of:
            problems.append(f"terms: obligation {name!r} is not defined; use one of {', '.join(p.obligation_of)}")
    rows = p.transitions
    rows = _on(p, rows, approvals, "approvals", problems, lambda t, q: _signed(p, t, q, problems))
    rows = _on(p, rows, by, "by", problems, lambda t, r: _fewer(t, _role_set(r), problems))
    rows = _on(p, rows, guards, "guards", problems, _guarded)
    return {"obligations": obligations, "transitions": rows}, problems


def _on(
    p: Procedure, rows: Iterable[Transition], given: Mapping[str, Any], what: str, problems: list[str],
    change: Callable[[Transition, Any], Transition],
) -> tuple[Transition, ...]:  # fmt: skip
    """Change every row of each act that is named."""
    rows = tuple(rows)
    for key, value in given.items():
        problem = _wrong(what, key, value) or (_taken(p, key, rows, given, value) if ":" in key else "")
        if problem:
            problems.append(f"{what}: {problem}")
            continue
        mine = [t for t in rows if key in (t.key, t.on.name)]
        if not mine:
            acts = ", ".join(sorted({t.key for t in rows if t.on.act}))
            problems.append(f"{what}: the procedure has no act {key!r}; use one of {acts}")
        elif not mine[0].on.act:
            problems.append(f"{what}: {key} is a fact, which is recorded whoever states it; restrict acts")
        else:
            rows = tuple(change(t, value) if t in mine else t for t in rows)
    return rows


def _wrong(what: str, key: str, value: Any) -> str:
    """Return why a value is not what it must be, or ""."""
    if what == "approvals" and not isinstance(value, Quorum):
        return f"{key}: {shorten(value)} is no Quorum; write Quorum(roles=…, n=…)"
    strange = [g for g in _many(value) if not isinstance(g, Guard)] if what == "guards" else []
    return f"{key}: {shorten(strange[0])} is no Guard; write one of sopflow.guards" if strange else ""


def _taken(p: Procedure, key: str, rows: Iterable[Transition], given: Mapping[str, Any], value: Any) -> str:
    """Return which row would still allow what is forbidden for one obligation alone, or ""."""
    name = key.partition(":")[0]
    where = {s for t in rows if t.key == key for s in p.sources_of(t)}
    for t in rows:
        if t.on.name == name and not t.of and where.intersection(p.sources_of(t)) and given.get(name) != value:
            where_to = "|".join(t.source)
            return f"{key}: the row on {name} from {where_to} would still allow it; restrict {name} in the same way"
    return ""


# --- terms ---------------------------------------------------------------------------------------------------------


def _shorter(p: Procedure, o: Obligation, term: Term, basis: Basis, problems: list[str]) -> Obligation:
    place = f"terms: obligation {o.name}"
    side = {r.name: r.side or r.name for r in p.roles}
    if not hasattr(term, "span"):
        problems.append(f"{place}: {shorten(term)} is no term; write e.g. Hours(24), see sopflow.terms")
        return o
    if o.kind == "right":
        problems.append(f"{place} is a right, which a shorter term would take away; leave it as it is")
    elif side.get(o.owner) != side.get(p.acting):
        problems.append(f"{place} binds {o.owner}, and our own terms bind only our side; leave it as it is")
    elif not shorter(term, o.term):
        problems.append(f"{place}: {term.words()} is not surely shorter than {o.term.words()}; use a shorter term")
    text = f"{basis.text}; beside it: {o.term.words()}, {o.basis.text} [{o.basis.source}, {o.basis.mark}]"
    return attrs.evolve(o, term=term, basis=Basis(text, basis.source, basis.mark))


def shorter(new: Term, old: Term) -> bool:
    """Return whether a term never ends later than another, from whatever start, and is not the same."""
    if new == old:
        return False
    if isinstance(old, WithoutUndueDelay):
        if isinstance(new, WithoutUndueDelay):
            return new.remind_after < old.remind_after and new.wording == old.wording
        return _most(new) < inf  # what has no number is never breached: any number is stricter
    if type(new) is type(old):
        return _same_kind(new, old)
    return _most(new) <= _least(old)


def _same_kind(new: Any, old: Any) -> bool:
    if isinstance(old, Hours):
        return bool(new.hours <= old.hours and new.whole <= old.whole) or _most(new) <= _least(old)
    if isinstance(old, Days | Months):
        length = "days" if isinstance(old, Days) else "months"
        alike = new.zone == old.zone and new.calendar in ("", old.calendar)
        return bool(alike and getattr(new, length) <= getattr(old, length)) or _most(new) <= _least(old)
    if isinstance(old, BusinessDays):
        return bool((new.min, new.calendar, new.zone) == (old.min, old.calendar, old.zone) and new.max < old.max)
    if isinstance(old, Yearly):
        return bool(new.zone == old.zone and set(new.dates) > set(old.dates))
    if isinstance(old, Window):
        if new.opens != old.opens or new.closes is None:
            return False
        return old.closes is None or new.closes == old.closes or shorter(new.closes, old.closes)
    return _most(new) <= _least(old)


def _most(term: Term) -> float:
    """Return after how many hours a term has surely ended."""
    if isinstance(term, Hours):
        return term.hours + (1 if term.whole else 0)
    if isinstance(term, Days | Months) and not term.calendar:
        return 24 * ((term.days if isinstance(term, Days) else 31 * term.months) + 1) + _TURN
    if isinstance(term, SameDay):
        return 24 + _TURN
    return 24 * 367 if isinstance(term, Yearly) else inf


def _least(term: Term) -> float:
    """Return for how many hours a term surely runs."""
    if isinstance(term, Hours):
        return term.hours
    if isinstance(term, Days):
        return max(24 * term.days - _TURN, 0)
    if isinstance(term, Months):
        return 24 * 28 * term.months - _TURN
    # A window is left to its own kind: what takes its place would have to open with it, too.
    return max(24 * term.max - _TURN, 0) if isinstance(term, BusinessDays) and not term.min else 0


# --- acts ----------------------------------------------------------------------------------------------------------


def _signed(p: Procedure, t: Transition, quorum: Quorum, problems: list[str]) -> Transition:
    place, old = f"approvals: {t.key}", t.requires
    signers = {role for row in p.transitions if row.on is Approved for role in row.by}
    for role in sorted(quorum.roles - signers):
        problems.append(f"{place}: no row takes an approval from {role!r}; use {', '.join(sorted(signers)) or 'none'}")
    if old is not None:
        laxer = [f"{quorum.n} instead of {old.n}"] * (quorum.n < old.n)
        laxer += [f"also from {', '.join(sorted(quorum.roles - old.roles))}"] * bool(quorum.roles - old.roles)
        laxer += ["by persons instead of organisations"] * (old.distinct == "organisation" != quorum.distinct)
        if old.each:  # whoever signed for each of the roles must still do so
            laxer += [f"without {', '.join(sorted(old.roles - quorum.roles))}"] * bool(old.roles - quorum.roles)
            laxer += ["not from each of the roles"] * (not quorum.each)
        if laxer:
            problems.append(f"{place}: {' and '.join(laxer)} is laxer; ask for as much as the procedure, or more")
    return attrs.evolve(t, requires=quorum)


def _fewer(t: Transition, roles: frozenset[str], problems: list[str]) -> Transition:
    if not roles or not roles <= t.by:
        more = ", ".join(sorted(roles - t.by)) or "nobody"
        problems.append(f"by: {t.key} from {'|'.join(t.source)}: {more} is laxer, or nobody is left; use some of "
                        f"{', '.join(sorted(t.by))}")  # fmt: skip
    return attrs.evolve(t, by=roles)


def _guarded(t: Transition, guards: Guard | Iterable[Guard]) -> Transition:
    names = {g.name for g in t.guards}
    return attrs.evolve(t, guards=(*t.guards, *(g for g in _many(guards) if g.name not in names)))
