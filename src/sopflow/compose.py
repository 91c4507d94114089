"""Texts: from a message of the case to the row in the outbox.

The default renderer is the standard library's `string.Template`. Locators are defanged in texts that people read; the
exact ones stay in the side rows and in the machine-readable part that goes with each message (`letter`).
"""

from __future__ import annotations

import string
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, final

from . import canon, locators
from .case import Case, Content, Message
from .directory import Rung
from .events import (
    CHALLENGES,
    Acknowledged,
    ClarificationRequested,
    CourtActionNotified,
    EffectGiven,
    Event,
    ImpossibilityStated,
    InstrumentReceived,
    Refused,
)
from .procedure import Procedure
from .records import frozen
from .rules import Basis, Do, Template
from .shape import SAID
from .step import Facts, Outgoing, Rendered
from .terms import zone

HEAD_START = timedelta(hours=1)  # for each lane, in the outbox: whoever has waited longer than that still goes first
REBUTTAL = Template(
    name="rebuttal",
    subject="Correction in case $case",
    body="In case $case we told you that something had not happened in time. We have since learnt that it had.\n"
    "What we now know is in the record of the case. Please treat our earlier message as corrected.\n",
)


@lru_cache(maxsize=512)
def _pieces(source: str) -> tuple[tuple[str, str], ...]:
    """Return a template's text in pieces: the name of a placeholder ("" for none), and what stands there without it."""
    found, end = [], 0
    for match in string.Template.pattern.finditer(source):
        name = match["named"] or match["braced"] or ""
        found += [("", source[end : match.start()]), (name, "$" if match["escaped"] is not None else match[0])]
        end = match.end()
    return (*found, ("", source[end:]))


@lru_cache(maxsize=512)
def placeholders(*texts: str) -> frozenset[str]:
    """Return the names that templates have values put in for."""
    return frozenset(name for text in texts for name, _ in _pieces(text) if name)


def _filled(source: str, params: Mapping[str, Any]) -> str:
    """Return what `string.Template.safe_substitute` returns, at a fifth of its cost."""
    return "".join([str(params[name]) if name and name in params else text for name, text in _pieces(source)])


@final
@frozen(slots=False)
class TextRenderer:
    """Renders templates with `$name` placeholders; a name without a value becomes empty."""

    def render(self, template: Template, params: Mapping[str, Any]) -> Rendered:
        """Return subject and body; line breaks in a subject become spaces, so that it cannot grow headers."""
        subject = " ".join(_filled(template.subject, params).split())
        return Rendered(subject, _filled(template.body, params))


def contents(case: Case, personal: Mapping[str, Any], party: str = "") -> str:
    """Return the contents as lines for people: id, outcome where there is one, and the defanged locator.

    Args:
        case: The case.
        personal: Its personal values by path.
        party: Leave out what belongs to another party of the same role.
    """
    return _lines((c.id, c.outcome, personal.get(f"content.{c.id}")) for c in _standing(case, party))


def _lines(found: Iterable[tuple[str, str, Any]]) -> str:
    lines = []
    for id, outcome, locator in found:
        shown = locators.shown(str(locator)) if locator else "(erased)"
        lines.append(f"  {id}{'' if outcome == 'pending' else f' [{outcome}]'}  {shown}")
    return "\n".join(lines)


def _standing(case: Case, party: str) -> Sequence[Content]:
    """Return what concerns a party. Of what was taken back only what was done shows: nothing is asked for it."""
    found, spared = case.concerning(party), case.taken_back()
    return [c for c in found if c.id not in spared or c.outcome not in ("pending", "clarifying")] or found


def listed(p: Procedure, case: Case, message: Message) -> Sequence[Content]:
    """Return the contents that the letter of a message would list now."""
    return _told_of(case, message, names(p, message.template))


def names(p: Procedure, template: str) -> frozenset[str]:
    """Return the placeholders of a procedure's template; none for one that is not its own."""
    found = p.template_of.get(template)
    return placeholders(found.subject, found.body) if found is not None else frozenset()


def _told_of(case: Case, message: Message, named: Container[str]) -> Sequence[Content]:
    """Return the contents of a letter: with `$concerned` those that what it was first written about is about."""
    if "concerned" not in named:
        return _standing(case, message.party)
    return about(case, message) or case.concerning(message.party)


def about(case: Case, message: Message) -> Sequence[Content]:
    """Return the contents of its addressee that what a message was first written about names; nothing for all."""
    first = case.message(message.thread)
    named = {id for h in case.happenings if first and h.seq == first.seq for id in h.contents or ()}
    return [c for c in case.concerning(message.party) if c.id in named] if named else ()


def _received(case: Case) -> datetime:
    """Return when the first instrument was received, which may be long before it was recorded."""
    return (case.instruments[0].at if case.instruments else None) or case.opened


def _minute(at: datetime) -> str:
    return f"{canon.instant(at)[:16].replace('T', ' ')} UTC"


def local(at: datetime, zone_name: str) -> str:
    """Return an instant as a wall clock of a zone shows it, with the zone's name and offset."""
    if zone_name == "UTC":
        return _minute(at)
    try:
        there = at.astimezone(zone(zone_name))
    except OverflowError:  # a limit on the last day of the calendar is over it there
        return _minute(at)
    offset = there.strftime("%z")
    return f"{there:%Y-%m-%d %H:%M} {zone_name} (UTC{offset[:3]}:{offset[3:5]})"


def _zones(case: Case, message: Message, facts: Facts) -> tuple[str, ...]:
    """Return the time zones of the addressee and of the sender, each once."""
    addressee = _rung(message, facts)
    found = {addressee.zone: None} if addressee is not None else {}
    for id in case.parties.get(message.sender, ()):
        ladder = facts.contacts.get(id)
        if ladder:
            found[ladder[0].zone] = None
            break
    return tuple(found) or ("UTC",)


def _rung(message: Message, facts: Facts) -> Rung | None:
    for rung in facts.contacts.get(message.party, ()):
        if rung.contact == message.contact and rung.channel == message.channel:
            return rung
    return None


# --- the letter ----------------------------------------------------------------------------------------------------

_REDRESS: Mapping[type[Event], str] = {
    ClarificationRequested: "clarify", Refused: "refuse", ImpossibilityStated: "impossible",
    CourtActionNotified: "court",
}  # fmt: skip
_BEGINS = ("starts", "restarts")


@frozen(slots=False)
class _Fixed:
    """What is the same in every letter of a template to a role."""

    named: frozenset[str]  # the placeholders of the template
    members: Mapping[str, Any]  # of the letter; in its basis, what was inferred comes last
    text: str  # the members as JSON text, without the braces
    later: Mapping[str, dict[str, Any]]  # duties whose clock starts when this is confirmed


@lru_cache(maxsize=2048)
def _fixed(p: Procedure, name: str, role: str, event: str, of: str, basis: Basis | None) -> _Fixed:
    bases: dict[Basis, None] = {}
    redress: dict[str, None] = {}
    sending = [(row, send) for row in p.transitions for send in row.sends if (send.template, send.to) == (name, role)]
    fired = [(row, send) for row, send in sending if row.on.name == event and row.of in ("", of)]
    exact = [(row, send) for row, send in fired if row.basis == basis]
    for row, send in exact or fired or sending:
        bases |= dict.fromkeys(b for b in (row.basis, send.basis) if b is not None)
    met_by = {on.event for o in p.obligations if o.owner == role for on in o.meets}
    for row in p.transitions:
        if role in row.by and row.on in _REDRESS:
            if row.on is not Refused or Refused in met_by or EffectGiven not in met_by:  # else it would be disobeyed
                redress[_REDRESS[row.on]] = None
        elif role in row.by and row.on is InstrumentReceived and row.of in CHALLENGES:
            redress[row.of] = None
    for hook in p.hooks:
        bases |= dict.fromkeys(s.basis for s in hook.may_send if s.template == name and s.basis is not None)
    later = [
        o for o in p.obligations
        if o.owner == role and o.kind == "duty" and any(on.event is Acknowledged and on.of == name for on in o.starts)
    ]  # fmt: skip
    members = {
        "format": 1,
        "procedure": {"id": p.id, "version": p.version, "digest": p.digest, "title": p.title},
        "template": name,
        "recipient": role,
        "basis": [_basis(p, b) for b in sorted(bases, key=lambda b: b.mark == "I")],
        "redress": list(redress),
    }
    return _Fixed(
        named=names(p, name), members=members, text=canon.unsorted_text(members)[1:-1],
        later={o.name: {**_duty(p, o.name), "term": o.term.words()} for o in later},
    )  # fmt: skip


@lru_cache(maxsize=512)
def _duty(p: Procedure, name: str) -> dict[str, Any]:
    rule = p.obligation_of[name]
    return {"obligation": name, "label": rule.label, "due": "", "basis": _basis(p, rule.basis)}


def _basis(p: Procedure, basis: Basis) -> dict[str, str]:
    source = next((s.text for s in p.sources if s.key == basis.source), basis.source)
    return {"text": basis.text, "source": source, "mark": basis.mark}


def letter(
    p: Procedure, case: Case, event: Event, message: Message, facts: Facts, personal: Mapping[str, Any],
    basis: Basis | None = None,
) -> tuple[dict[str, Any], str]:  # fmt: skip
    """Return the machine-readable part of a message, as JSON values and as text: all it says, with the exact locators.

    Returns:
        format: 1.
        message, thread, case, reference: How to refer to it; what `thread` names is what is confirmed.
        procedure: Id, version, digest and title.
        template, sender, recipient: Which message, and the roles.
        opened, queued: Instants in UTC: when what opened the case was received, and when this was queued.
        instrument, reason: Its kind; its form, and the reason, only where the procedure's template names `$form` or
            `$reason`: what somebody wrote is told to whom the procedure says, and to nobody else.
        contents: Id, kind, exact locator (None where it was erased), outcome of each and since when it has it; where
            the procedure's template names `$concerned`, only of those that the event was about.
        basis: On what it rests: text, source and evidence mark of each (see `sopflow.rules.MARKS`): that of the row
            which sends it, and of rows that are alike the one with the given basis.
        duties: What the addressee owes by when: obligation, label, due and basis of each; due is "" where the clock
            starts with the confirmation, and `term` says how long it runs. First what the message is about (the clocks
            that its event starts), then the others, each by date.
        confirm: The message to confirm, and until when ("" where nothing is awaited).
        redress: What the addressee may answer instead: "clarify", "refuse", "impossible", "court", "complaint",
            "counter_notice".
        said: Only where the procedure's template names such a placeholder: what the event says under it, of `SAID`.
        zones: Time zones of the addressee and of the sender.
    """
    first = case.message(message.thread) or message
    happened, of = _origin(p, case, event, first)
    fixed = _fixed(p, message.template, message.to, happened, of, basis)
    reason = _said(event, message, first, personal, "reason", "note", "grounds")
    instrument = getattr(event, "instrument", None) if first.seq == message.seq else None
    fields: Mapping[str, Any] = {}
    if "form" in fixed.named:
        fields = instrument.form if instrument is not None else _form(first, personal)
    last = next((i for i in case.instruments if i.seq == first.seq), case.instruments[-1] if case.instruments else None)
    if last is not None and last.missing and not reason:
        reason = "missing: " + ", ".join(last.missing)
    kind = instrument.kind if instrument is not None else last.kind if last is not None else ""
    until, role, found = "", message.to, []
    for d in case.deadlines:
        if d.due is None:
            continue
        if d.message == message.id:
            until = until or canon.instant(d.due)
        elif d.owner == role and d.is_open:
            rule = p.obligation_of.get(d.obligation)
            if rule is not None:
                about = any(verb in _BEGINS for verb, _ in rule.touched_by.get(happened, ()))
                found.append((not about, canon.instant(d.due), rule.name))
    found.sort()
    later = fixed.later
    duties = [{**later.get(name, _duty(p, name)), "due": due} for _, due, name in found]
    for name, duty in later.items():
        if all(name != running for _, _, running in found):
            duties.append(duty)
    made = {
        "message": message.id,
        "thread": message.thread,
        "case": case.id,
        "reference": _said(event, message, first, personal, "reference") or first.reference or case.id,
        "sender": message.sender,
        "opened": canon.instant(_received(case)),
        "queued": canon.instant(message.queued),
        "instrument": {"kind": kind, "form": {name: str(fields[name]) for name in sorted(fields)}},
        "reason": str(reason) if "reason" in fixed.named else "",
        "contents": [
            {
                "id": c.id,
                "kind": c.kind,
                "locator": personal.get(f"content.{c.id}"),
                "outcome": str(c.outcome),
                "since": canon.instant(c.since) if c.since is not None and c.outcome != "pending" else "",
            }
            for c in _told_of(case, message, fixed.named)
        ],
        "duties": duties,
        "confirm": {"message": message.id, "by": until},
        "zones": list(_zones(case, message, facts)),
    }
    particulars = {}
    for name in sorted(SAID & fixed.named):
        now = said(event, name) if first.seq == message.seq else ""
        particulars[name] = now or (first.said or {}).get(name, "") or str(personal.get(_numbered(first, name), ""))
    if particulars:
        made["said"] = particulars
    text = f"{{{fixed.text},{canon.unsorted_text(made)[1:]}"
    return {**fixed.members, **made}, text


def _origin(p: Procedure, case: Case, event: Event, first: Message) -> tuple[str, str]:
    """Return the event that a communication was first written about, and what that was about."""
    for h in case.happenings:
        if h.seq == first.seq:
            return h.event, h.of
    instrument = getattr(event, "instrument", None)
    return event.name, event.of() if instrument is None else p.subject_of(instrument)


def _numbered(first: Message, path: str) -> str:
    """Return the path of what the entry of a first message said, among the personal values of the case."""
    return f"{first.seq}:{path}" if first.seq > 1 else path


def _said(event: Event, message: Message, first: Message, personal: Mapping[str, Any], *names: str) -> str:
    """Return what the event that a communication was first written about says under one of these names.

    Whoever is written to next, or again, is told the same.
    """
    for name in names:
        now = first.seq == message.seq
        value = getattr(event, name, "") if now else personal.get(_numbered(first, name), "")
        if value and isinstance(value, str):
            return value
    return ""


def said(event: Event, name: str) -> str:
    """Return what an event says in one of its fields, as a text; "" where it has none of this name."""
    value = getattr(event, name, "")
    return canon.instant(value) if isinstance(value, datetime) else value if isinstance(value, str) else ""


def _form(first: Message, personal: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form that a communication is about: of the instrument that caused it, or else of the case's first."""
    for start in (_numbered(first, "instrument.form."), "instrument.form."):
        found = {path.rpartition(".")[2]: value for path, value in personal.items() if path.startswith(start)}
        if found:
            break
    return found


def parameters(
    case: Case, message: Message, made: Mapping[str, Any], facts: Facts, personal: Mapping[str, Any],
    wanted: Iterable[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what templates may name (or what of it is `wanted`): texts, and for renderers `letter` and `languages`."""
    return {
        name: _TEXTS[name](case, message, made, facts, personal)
        for name in (_TEXTS if wanted is None else wanted)
        if name in _TEXTS
    }


def _told(made: Mapping[str, Any], instant: str) -> str:
    if not instant:
        return ""
    at = canon.parse_instant(instant)
    return " / ".join(dict.fromkeys([local(at, name) for name in made["zones"]]))


def _particular(name: str) -> Callable[[Case, Message, Mapping[str, Any], Facts, Mapping[str, Any]], str]:
    """Return what makes the text of what an event says; "-" where it says nothing."""

    def text(case: Case, message: Message, made: Mapping[str, Any], facts: Facts, personal: Mapping[str, Any]) -> str:
        value = str(made.get("said", {}).get(name, ""))
        return (_told(made, value) if name == "due" else locators.line(value)) or "-"

    return text


def _languages(message: Message, facts: Facts) -> tuple[str, ...]:
    rung = _rung(message, facts)
    return rung.languages if rung is not None else ()


# What templates may name, of a case, the message, its letter, the facts and the personal values.
_TEXTS: Mapping[str, Callable[[Case, Message, Mapping[str, Any], Facts, Mapping[str, Any]], Any]] = {
    "case": lambda case, message, made, facts, personal: case.id,
    "message": lambda case, message, made, facts, personal: message.id,
    "procedure": lambda case, message, made, facts, personal: case.procedure,
    "recipient_role": lambda case, message, made, facts, personal: message.to,
    "sender": lambda case, message, made, facts, personal: message.sender,
    "contents": lambda case, message, made, facts, personal: contents(case, personal, message.party),
    "concerned": lambda case, message, made, facts, personal: _lines(
        (c["id"], c["outcome"], c["locator"]) for c in made["contents"]
    ),
    "done": lambda case, message, made, facts, personal: _lines(
        (c["id"], ", ".join(filter(None, (c["outcome"], _told(made, c["since"])))), c["locator"])
        for c in made["contents"]
    ),
    "count": lambda case, message, made, facts, personal: str(len(made["contents"])),
    "reason": lambda case, message, made, facts, personal: locators.tame(made["reason"]),
    "deadline": lambda case, message, made, facts, personal: _told(
        made, next((d["due"] for d in made["duties"] if d["due"]), "")
    ),
    "term": lambda case, message, made, facts, personal: next((d["term"] for d in made["duties"] if "term" in d), ""),
    **{name: _particular(name) for name in SAID},
    "opened": lambda case, message, made, facts, personal: _minute(_received(case)),
    "reference": lambda case, message, made, facts, personal: (
        case.id if made["reference"] == case.id else locators.line(made["reference"])  # an id is quoted as it is
    ),
    "confirm": lambda case, message, made, facts, personal: f"Please confirm receipt, quoting {message.id}.",
    "confirm_by": lambda case, message, made, facts, personal: _told(made, made["confirm"]["by"]),
    "basis": lambda case, message, made, facts, personal: "\n".join(
        f"{b['text']} ({b['source']})" for b in made["basis"] if b["mark"] != "I"
    ),
    "form": lambda case, message, made, facts, personal: "\n".join(
        f"  {locators.line(name)}: {locators.tame(value)}" for name, value in made["instrument"]["form"].items()
    ),
    "languages": lambda case, message, made, facts, personal: _languages(message, facts),
    "letter": lambda case, message, made, facts, personal: made,
}


def outgoing(
    p: Procedure, case: Case, event: Event, message: Message, facts: Facts, personal: Mapping[str, Any],
    basis: Basis | None = None,
) -> Outgoing:  # fmt: skip
    """Return the outbox row of a queued message, rendered once: what is stored is what will be sent."""
    template = p.template_of.get(message.template) or {REBUTTAL.name: REBUTTAL}[message.template]
    made, data = letter(p, case, event, message, facts, personal, basis)
    if facts.renderer is None:
        text = Rendered(template.subject, template.body)
    else:
        ours = type(facts.renderer) is TextRenderer  # it looks at what the template names, and at nothing else
        wanted = placeholders(template.subject, template.body) if ours else None
        text = facts.renderer.render(template, parameters(case, message, made, facts, personal, wanted))
    expires = None
    for d in case.deadlines:
        if d.message == message.id:
            expires = d.due
            break
    return Outgoing(
        id=message.id, tenant=case.tenant, case=case.id, channel=message.channel, contact=message.contact,
        subject=text.subject, body=text.body, html=text.html, data=data,
        language=text.language or template.language, template=message.template,
        thread=message.thread, expires=expires,
        send_after=message.send_after or message.queued - case.lane * HEAD_START,
        recipient_role=message.to, sender_role=message.sender,
    )  # fmt: skip


def digest(row: Outgoing, salt: bytes) -> str:
    """Return the salted digest of all parts of a message, as the journal keeps it."""
    return canon.salted(salt, f"message.{row.id}", [row.subject, row.body, row.html, row.data])


def unproved(row: Outgoing, message: Message, salt: bytes | None) -> str:
    """Return what of a message that is kept to be sent is not as the journal proves it, as a sentence, or "".

    Args:
        row: As it is kept.
        message: As the case knows it.
        salt: Of the entry that caused it; None where that was erased, and nothing can be said of the text.
    """
    if (row.contact, row.channel) != (message.contact, message.channel):
        return f"message {row.id}: it is kept for {row.contact} by {row.channel}, and is another's"
    if salt is None or not message.digest or digest(row, salt) == message.digest:
        return ""
    # letters had two parts at first
    first = "" if row.html or row.data else canon.salted(salt, f"message.{row.id}", [row.subject, row.body])
    return "" if first == message.digest else f"message {row.id}: its letter was changed (the digest does not fit)"


def effect(case: Case, seq: int, n: int, do: Do, now: Any) -> Outgoing:
    """Return the outbox row of a durable side effect."""
    return Outgoing(
        id=f"{case.id}-d{seq}.{n}", tenant=case.tenant, case=case.id, channel=f"do:{do.name}",
        body=canon.text(dict(do.data)), send_after=now - case.lane * HEAD_START,
    )  # fmt: skip
