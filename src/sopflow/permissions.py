"""What an actor may do in a case: for screens that show buttons, and say why a button is grey."""

from __future__ import annotations

from typing import final

import attrs

from . import core
from .case import Actor, Case
from .errors import BadInput, HookFailed, NotAllowed
from .events import DEADLINE_FACTS, MESSAGE_FACTS, STATELESS, Event
from .procedure import Procedure
from .records import frozen
from .step import Facts


@final
@frozen(kw_only=True, slots=False)
class Answer:
    """Whether an actor may do or state something now.

    Attributes:
        event: The event's stable name.
        of: What it concerns, where rows differ by that.
        verdict: "yes", "no" (see `reasons`) or "depends" (on the values of `fields`).
        reasons: Why not.
        fields: Fields without a default, which must be known to say more.
    """

    event: str
    of: str = ""
    verdict: str
    reasons: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


def _open_fields(cls: type[Event]) -> tuple[str, ...]:
    return tuple(
        f.name for f in attrs.fields(cls)
        if f.default is attrs.NOTHING or (f.name == "reason" and f.validator is not None)
    )  # fmt: skip


def asked(cls: type[Event], by: Actor) -> Event | None:
    """Return the event about which can be decided, or None where fields must be known first."""
    if _open_fields(cls) or cls in (*MESSAGE_FACTS, *DEADLINE_FACTS):
        return None
    try:
        return cls(by=by)
    except BadInput:
        return None


def answers(p: Procedure, case: Case, cls: type[Event], by: Actor, facts: Facts, now: object) -> list[Answer]:
    """Return the answers for one class of events: one per thing it may concern."""
    rows = [t for t in p.transitions if t.on is cls]
    found: list[Answer] = []
    for of in dict.fromkeys(t.of for t in rows):
        able = [t for t in rows if t.of == of and not t.by.isdisjoint(by.roles)]
        if not able:
            need = sorted({role for t in rows if t.of == of for role in t.by})
            found.append(
                Answer(event=cls.name, of=of, verdict="no", reasons=(f"needs one of the roles {', '.join(need)}",))
            )
            continue
        if case.final and cls.act and cls not in STATELESS:
            found.append(Answer(event=cls.name, of=of, verdict="no", reasons=(f"{case.state!r} is final",)))
            continue
        fields = _open_fields(cls)
        if fields or cls in (*MESSAGE_FACTS, *DEADLINE_FACTS):
            here = [t for t in able if case.state in t.source or "*" in t.source]
            if here or not cls.act or cls in STATELESS:
                found.append(Answer(event=cls.name, of=of, verdict="depends", fields=fields))
            else:
                where = sorted({s for t in able for s in t.source})
                found.append(Answer(event=cls.name, of=of, verdict="no", reasons=(f"possible in {', '.join(where)}",)))
            continue
        try:
            core.decide(p, case, cls(by=by), facts, now)  # type: ignore[arg-type]
        except NotAllowed as error:
            found.append(Answer(event=cls.name, of=of, verdict="no", reasons=error.reasons))
        except (BadInput, HookFailed) as error:
            found.append(Answer(event=cls.name, of=of, verdict="no", reasons=(str(error),)))
        else:
            found.append(Answer(event=cls.name, of=of, verdict="yes"))
    return found
