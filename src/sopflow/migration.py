"""Versions: what stands in the way of a case that is to go on under another version, and the plan for many of them.

Pure, and careful: what is settled stays settled, what runs keeps running with the instants that it has, and nothing new
is over at once. Whatever a version would change of that is an obstacle, said with its place; a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, final

from attrs import Factory, frozen

from . import compose
from .case import Case, Deadline, Message
from .draft import Draft
from .errors import BadInput, NotAllowed
from .procedure import Procedure
from .step import Step

VERDICTS: Final = ("untouched", "mappable", "blocked")


def obstacles(p: Procedure, draft: Draft) -> tuple[str, ...]:
    """Return every reason why a case cannot go on under this version.

    Args:
        p: The version that is to take it over.
        draft: The case with its clocks as this version makes them.
    """
    return tuple(dict.fromkeys([*_roles(p, draft.before), *_messages(p, draft.before), *_deadlines(p, draft)]))


def _roles(p: Procedure, case: Case) -> Iterator[str]:
    for role in (*case.parties, *case.holds):
        if role not in p.role_names:
            yield f"role {role}: somebody in the case has it, and version {p.version} does not know it"


def _messages(p: Procedure, case: Case) -> Iterator[str]:
    for message in under_way(case):
        if message.template not in p.send_of and message.template != compose.REBUTTAL.name:
            yield f"message {message.id}: it is under way, and version {p.version} sends no {message.template}"


def under_way(case: Case) -> list[Message]:
    """Return the messages that are still to be sent or to come, or whose receipt is awaited."""
    clocked = {d.message for d in case.deadlines if d.is_open}
    return [m for m in case.messages if m.status in ("queued", "expected") or m.id in clocked]


def _deadlines(p: Procedure, draft: Draft) -> Iterator[str]:
    after: dict[str, Deadline] = {d.id: d for d in draft.section("deadlines")}
    recompute: tuple[str, ...] = getattr(draft.event, "recompute", ())
    for old in draft.before.deadlines:
        if old.message:
            continue  # its message has been looked at
        place, new = f"deadline {old.id}", after.pop(old.id, None)
        if old.obligation not in p.obligation_of:
            if old.is_open:
                yield f"{place}: it is open, and version {p.version} knows no obligation {old.obligation}"
        elif new is None:
            yield f"{place}: by what happened, version {p.version} would never have started it"
        elif old.standing is not new.standing or (not old.is_open and old.met != new.met):
            yield f"{place}: it is {old.standing}, and by version {p.version} it would be {new.standing}"
        elif old.contents != new.contents:
            yield f"{place}: by version {p.version} it would be about {', '.join(new.contents) or 'the whole case'}"
        elif _instants(old) != _instants(new) and not (old.is_open and old.obligation in recompute):
            yield f"{place}: it would move from {_at(old.due)} to {_at(new.due)}, and recompute does not name it"
        elif _over(new, draft.now) and not _over(old, draft.now):
            yield f"{place}: it would move from {_at(old.due)} to {_at(new.due)}: over at once"
    for new in after.values():
        if not new.message and _over(new, draft.now):
            yield f"deadline {new.id}: version {p.version} would start it, and it was due {_at(new.due)}: over at once"


def _over(deadline: Deadline, now: datetime) -> bool:
    """Return whether the time of an open clock has passed; of one that stands still, when it was stopped."""
    return deadline.is_open and deadline.due is not None and deadline.due <= (deadline.paused or now)


def _instants(deadline: Deadline) -> tuple[datetime | None, ...]:
    return (deadline.not_before, deadline.due, deadline.remind)


def _at(instant: datetime | None) -> str:
    return instant.isoformat(timespec="minutes") if instant is not None else "without an instant"


# --- the plan ------------------------------------------------------------------------------------------------------


@final
@frozen(kw_only=True)
class CasePlan:
    """What a migration would do to one open case.

    Attributes:
        case: Its id.
        revision: The revision that was looked at: a case that has moved on by then is not migrated.
        verdict: "untouched" (it is not under the old version), "mappable" or "blocked".
        source: Its state.
        target: The state in which it would go on; "" unless mappable.
        deadlines: What becomes of each open deadline, and which would start.
        messages: The messages under way, which stay as they were written.
        approvals: How many signatures become void: they sign the old version.
        reasons: Why it is blocked, or untouched: every reason.
    """

    case: str
    revision: int
    verdict: str
    source: str
    target: str = ""
    deadlines: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    approvals: int = 0
    reasons: tuple[str, ...] = ()


@final
@frozen(kw_only=True)
class MigrationPlan:
    """What a migration would do to every open case, as it was looked at. `str(plan)` is a table.

    Attributes:
        old, new: The versions.
        mapping: State of the old version to state of the new one; a state of the same name needs no entry.
        recompute: Obligations whose running clocks are computed anew by the new version's terms.
        cases: The open cases of the procedure, in the order of opening.
    """

    old: Procedure
    new: Procedure
    mapping: Mapping[str, str] = Factory(dict)
    recompute: tuple[str, ...] = ()
    cases: tuple[CasePlan, ...] = ()

    def of(self, verdict: str) -> tuple[CasePlan, ...]:
        """Return the cases with this verdict."""
        return tuple(c for c in self.cases if c.verdict == verdict)

    def __str__(self) -> str:
        counts = ", ".join(f"{len(self.of(v))} {v}" for v in VERDICTS)
        rows = [("case", "verdict", "state", "what")]
        for c in self.cases:
            state = f"{c.source} -> {c.target}" if c.target else c.source
            what = [*c.reasons, *c.deadlines, *c.messages]
            what += [f"{c.approvals} approval(s) void: they sign the old version"] if c.approvals else []
            first, *rest = what or ["nothing else changes"]
            rows += [(c.case, c.verdict, state, first), *(("", "", "", text) for text in rest)]
        wide = [max(len(row[n]) for row in rows) for n in range(3)]
        lines = ["  ".join([*(row[n].ljust(wide[n]) for n in range(3)), row[3]]) for row in rows]
        head = f"{self.old.id}, version {self.old.version} -> {self.new.version}: {counts}"
        return "\n".join([head, "", *lines])


def agreed(old: Procedure, new: Procedure, mapping: Mapping[str, str], recompute: tuple[str, ...]) -> None:
    """Refuse what cannot be a migration at all.

    Raises:
        BadInput: For versions of two procedures, or a name that a version does not have.
    """
    if old.id != new.id:
        raise BadInput("new", new.id, f"use another version of {old.id}: a case stays in its procedure")
    if old.digest == new.digest:
        raise BadInput("new", new.version, "use a version that differs from the old one")
    if old.acting != new.acting:
        raise BadInput("new", new.acting, f"use one that is written from the side of {old.acting}, too")
    for source, target in mapping.items():
        if source not in old.state_of:
            raise BadInput("mapping", source, f"use a state of version {old.version}: {', '.join(old.state_of)}")
        if target not in new.state_of or new.state_of[target].final:
            names = ", ".join(s.name for s in new.states if not s.final)
            remedy = f"use a state of version {new.version} that is not final: {names}"
            raise BadInput(f"mapping.{source}", target, remedy)
    for name in recompute:
        if name not in new.obligation_of:
            raise BadInput(
                "recompute", name, f"use obligations of version {new.version}: {', '.join(new.obligation_of)}"
            )


def target_of(case: Case, new: Procedure, mapping: Mapping[str, str]) -> str | None:
    """Return the state in which a case would go on; None where nobody has said so."""
    same = new.state_of.get(case.state)
    return mapping.get(case.state) or (case.state if same is not None and not same.final else None)


def planned(case: Case, new: Procedure, outcome: Step | BadInput | NotAllowed | None, target: str | None) -> CasePlan:
    """Return the plan for one case under the old version.

    Args:
        case: As it is.
        new: The version that is to take it over.
        outcome: The step that would be taken, or why it would be refused; None where there is no target.
        target: The state in which it would go on.
    """
    if isinstance(outcome, Step):
        return CasePlan(
            case=case.id, revision=case.revision, verdict="mappable", source=case.state, target=target or "",
            deadlines=tuple(_told(case, outcome.case)),
            messages=tuple(f"message {m.id} ({m.template} to {m.to}): stays as written" for m in under_way(case)),
            approvals=len(case.approvals),
        )  # fmt: skip
    if isinstance(outcome, NotAllowed):
        reasons = outcome.reasons
    elif outcome is not None:
        reasons = (str(outcome),)
    else:
        same = case.state in new.state_of
        why = "is final there" if same else "does not exist there"
        reasons = (f"state {case.state}: it {why}, and the mapping does not name it",)
    return CasePlan(case=case.id, revision=case.revision, verdict="blocked", source=case.state, reasons=reasons)


def _told(before: Case, after: Case) -> Iterator[str]:
    was = {d.id: d for d in before.deadlines}
    for d in after.deadlines:
        old = was.get(d.id)
        if not d.is_open:
            continue
        if old is None:
            yield f"deadline {d.id}: starts, due {_at(d.due)}"
        elif old.due != d.due:
            yield f"deadline {d.id}: moves from {_at(old.due)} to {_at(d.due)}"
        elif (old.owner, old.kind) != (d.owner, d.kind):
            yield f"deadline {d.id}: is now a {d.kind} of {d.owner}, due {_at(d.due)} as before"
        else:
            yield f"deadline {d.id}: stays, due {_at(d.due)}"
