"""Texts: from a message of the case to the row in the outbox.

The default renderer is the standard library's `string.Template`. Locators are defanged in texts that people read; the
exact ones stay in the side rows and in machine-readable attachments.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, final

from attrs import frozen

from . import canon, locators
from .case import Case, Message
from .events import Event
from .procedure import Procedure
from .rules import Do, Template
from .step import Facts, Outgoing, Rendered

REBUTTAL = Template(
    name="rebuttal",
    subject="Correction in case $case",
    body="In case $case we told you that something had not happened in time. We have since learnt that it had.\n"
    "What we now know is in the record of the case. Please treat our earlier message as corrected.\n",
)


@lru_cache(maxsize=512)
def _text(source: str) -> string.Template:
    return string.Template(source)


@final
@frozen(slots=False)
class TextRenderer:
    """Renders templates with `$name` placeholders; a name without a value becomes empty."""

    def render(self, template: Template, params: Mapping[str, str]) -> Rendered:
        """Return subject and body; line breaks in a subject become spaces, so that it cannot grow headers."""
        subject = " ".join(_text(template.subject).safe_substitute(params).split())
        return Rendered(subject, _text(template.body).safe_substitute(params))


def contents(case: Case, personal: Mapping[str, Any], party: str = "") -> str:
    """Return the contents as lines for people: id, outcome where there is one, and the defanged locator.

    Args:
        case: The case.
        personal: Its personal values by path.
        party: Leave out what belongs to another party of the same role.
    """
    lines = []
    rivals = next((set(ids) for ids in case.parties.values() if party in ids), set())
    for content in case.contents:
        if content.party != party and content.party in rivals:
            continue
        locator = personal.get(f"content.{content.id}")
        shown = locators.defang(str(locator)) if locator else "(erased)"
        outcome = "" if content.outcome == "pending" else f" [{content.outcome}]"
        lines.append(f"  {content.id}{outcome}  {shown}")
    return "\n".join(lines)


def _minute(at: datetime) -> str:
    return f"{canon.instant(at)[:16].replace('T', ' ')} UTC"


def parameters(case: Case, event: Event, message: Message, personal: Mapping[str, Any]) -> dict[str, str]:
    """Return what templates may name."""
    dues = [d.due for d in case.deadlines if d.is_open and d.owner == message.to and d.due and not d.message]
    reason = getattr(event, "reason", "") or getattr(event, "note", "") or ""
    instrument = getattr(event, "instrument", None)
    fields = instrument.form if instrument is not None else {
        path.rpartition(".")[2]: value for path, value in personal.items() if path.startswith("instrument.form.")
    }  # fmt: skip
    form = "\n".join(f"  {name}: {value}" for name, value in sorted(fields.items()))
    missing = case.instruments[-1].missing if case.instruments else ()
    if missing and not reason:
        reason = "missing: " + ", ".join(missing)
    return {
        "case": case.id,
        "message": message.id,
        "procedure": case.procedure,
        "recipient_role": message.to,
        "sender": message.sender,
        "contents": contents(case, personal, message.party),
        "count": str(len(case.contents)),
        "reason": str(reason),
        "deadline": _minute(min(dues)) if dues else "",
        "opened": _minute(case.opened),
        "reference": str(getattr(event, "reference", "") or case.id),
        "confirm": f"Please confirm receipt, quoting {message.id}.",
        "form": form,
    }


def outgoing(
    p: Procedure, case: Case, event: Event, message: Message, facts: Facts, personal: Mapping[str, Any]
) -> Outgoing:
    """Return the outbox row of a queued message, rendered once: what is stored is what will be sent."""
    template = p.template_of.get(message.template) or {REBUTTAL.name: REBUTTAL}[message.template]
    if facts.renderer is None:
        text = Rendered(template.subject, template.body)
    else:
        text = facts.renderer.render(template, parameters(case, event, message, personal))
    clock = next((d for d in case.deadlines if d.message == message.id), None)
    return Outgoing(
        id=message.id, tenant=case.tenant, case=case.id, channel=message.channel, contact=message.contact,
        subject=text.subject, body=text.body, language=template.language, template=message.template,
        thread=message.thread, send_after=message.send_after or message.queued, expires=clock.due if clock else None,
        recipient_role=message.to, sender_role=message.sender,
    )  # fmt: skip


def digest(row: Outgoing, salt: bytes) -> str:
    """Return the salted digest of a text, as the journal keeps it."""
    return canon.salted(salt, f"message.{row.id}", [row.subject, row.body])


def effect(case: Case, seq: int, n: int, do: Do, now: Any) -> Outgoing:
    """Return the outbox row of a durable side effect."""
    return Outgoing(
        id=f"{case.id}-d{seq}.{n}", tenant=case.tenant, case=case.id, channel=f"do:{do.name}",
        body=canon.text(dict(do.data)), send_after=now,
    )  # fmt: skip
