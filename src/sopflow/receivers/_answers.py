"""Answers to a message: which may be given, what a form's fields state, what a reader is shown. It records nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .. import compose, locators
from ..case import Actor, Case, Message
from ..errors import CaseNotFound, UnknownProcedure
from ..events import (
    Acknowledged,
    ClarificationRequested,
    EffectGiven,
    Event,
    ImpossibilityStated,
    Refused,
    Restored,
)
from . import _gate, _page
from ._http import Work
from ._waiting import owed

NONCE = re.compile(r"[0-9a-f]{16,64}\Z")
ANSWERS: Mapping[str, type[Event]] = {
    "effect": EffectGiven,
    "clarify": ClarificationRequested,
    "refuse": Refused,
    "impossible": ImpossibilityStated,
    "restore": Restored,
}
_FORM = "instrument.form."


def find(runner: Any, id: str) -> Work[tuple[Case, Message] | None]:
    """Return the message with this id and its case, or None."""
    try:
        case: Case = yield runner.case(_gate.case_of(id))
    except CaseNotFound:
        return None
    message = case.message(id)
    return None if message is None else (case, message)


def offers(runner: Any, case: Case, message: Message, actor: Actor, *, all: bool = True) -> Work[list[str]]:
    """Return the answers that this actor may give, in the order shown; not `all`: receipt only."""
    found = [] if message.acknowledged else ["confirm"]
    if all:
        answers = yield runner.allowed(case.id, by=actor)
        possible = {a.event for a in answers if a.verdict != "no"}
        found += [offer for offer, event in ANSWERS.items() if event.name in possible]
    return found


def own(case: Case, message: Message) -> list[str]:
    """Return the ids of the contents that are the addressee's business: not those of another party of its role."""
    rivals = set(case.parties.get(message.to, ())) - {message.party}
    return [c.id for c in case.contents if not c.party or c.party == message.party or c.party not in rivals]


def asked(runner: Any, case: Case, message: Message) -> list[str]:
    """Return those of its addressee's contents that a message asks about: what its letter would list now."""
    mine = own(case, message)
    try:
        listed = {c.id for c in compose.listed(runner.rules_of(case), case, message)}
    except UnknownProcedure:  # the case can be looked at all the same
        return mine
    return [id for id in mine if id in listed] or mine


def described(
    runner: Any, case: Case, message: Message, personal: Mapping[str, Any]
) -> list[tuple[str, str, str]]:  # fmt: skip
    """Return id, outcome and defanged locator ("" once erased) of each content that the message asks about."""
    outcomes = case.outcomes()
    exact = [(id, personal.get(f"content.{id}")) for id in asked(runner, case, message)]
    return [(id, str(outcomes[id]), locators.shown(str(text)) if text else "") for id, text in exact]


def shown(
    runner: Any, case: Case, message: Message, offers: list[str], nonce: str, *, form: bool = False, **more: Any
) -> Work[_page.Shown]:
    """Return what a page says about a message; with `form`, what the first instrument says, too."""
    personal = yield runner.personal(case.id)
    dues = [d.due for d in case.deadlines if owed(d) and d.owner == message.to and d.due and not d.message]
    written = {path.removeprefix(_FORM): str(value) for path, value in personal.items() if path.startswith(_FORM)}
    fields = [(locators.tame(name), locators.tame(written[name])) for name in sorted(written)]
    return _page.Shown(
        reference=message.id, sender=message.sender, to=message.to, at=message.sent or message.queued,
        due=min(dues, default=None), confirmed=message.acknowledged, offers=offers, nonce=nonce,
        contents=described(runner, case, message, personal), form=fields if form else (), **more,
    )  # fmt: skip


def stated(runner: Any, kind: str, fields: Mapping[str, str], case: Case, message: Message) -> Event | None:
    """Return what a form states, or None where something is missing.

    "all" is what the message asks about; what is named for itself counts although nothing is asked for it any more.
    """
    if kind == "confirm":
        return Acknowledged(message=message.id)
    chosen = dict.fromkeys(asked(runner, case, message), fields.get("all", ""))
    chosen = {id: fields.get(f"c.{id}") or chosen.get(id, "") for id in own(case, message)}
    chosen = {id: value for id, value in chosen.items() if value}
    reason = fields.get("reason", "").replace("\0", "").strip()
    if not chosen or len(reason) > 2 * _page.REASON or (kind in _page.NEEDS_REASON and not reason):
        return None
    if kind == "effect":
        return EffectGiven(outcomes=chosen) if set(chosen.values()) <= set(_page.DONE) else None
    return ANSWERS[kind](contents=tuple(chosen), reason=reason)  # type: ignore[call-arg]
