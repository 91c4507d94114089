"""Guards that most procedures need. Each answers with why not."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from .case import DOWN, Case, Outcome
from .events import Event
from .rules import Guard


def complete(instrument: str) -> Guard:
    """The latest instrument of this kind has every mandatory element."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        records = [r for r in view.instruments if r.kind == instrument]
        if not records:
            return f"no {instrument} was received"
        missing = records[-1].missing
        return f"the {instrument} lacks {', '.join(missing)}" if missing else None

    return Guard(f"complete({instrument})", test, looks_up=(("instrument", instrument),))


def incomplete(instrument: str) -> Guard:
    """The latest instrument of this kind lacks a mandatory element."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        records = [r for r in view.instruments if r.kind == instrument]
        return None if records and records[-1].missing else f"the {instrument} has every mandatory element"

    return Guard(f"incomplete({instrument})", test, looks_up=(("instrument", instrument),))


def all_are(*outcomes: str) -> Guard:
    """Every content has one of these outcomes, but for what was taken back and is not down: nothing is owed for it."""
    wanted = tuple(Outcome(o) for o in outcomes)

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        others = [c for c in view.contents if c.outcome not in wanted]
        spared = view.taken_back() if others else ()
        rest = [f"{c.id} is {c.outcome}" for c in others if c.id not in spared or c.outcome in DOWN]
        return f"not every content is {' or '.join(wanted)}: {', '.join(rest)}" if rest else None

    return Guard(f"all_are({','.join(wanted)})", test)


def any_is(*outcomes: str) -> Guard:
    """At least one content has one of these outcomes."""
    wanted = tuple(Outcome(o) for o in outcomes)

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        return None if any(c.outcome in wanted for c in view.contents) else f"no content is {' or '.join(wanted)}"

    return Guard(f"any_is({','.join(wanted)})", test)


def _runs(case: Case, obligation: str) -> bool:
    return any(d.is_open for d in case.deadlines if d.obligation == obligation)


def open_clock(obligation: str) -> Guard:
    """A run of this obligation is open."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        return None if _runs(view, obligation) else f"{obligation} is not open"

    return Guard(f"open({obligation})", test, looks_up=(("obligation", obligation),))


def no_open_clock(obligation: str) -> Guard:
    """No run of this obligation is open after the event."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        return f"{obligation} is still open" if _runs(view, obligation) else None

    return Guard(f"no_open({obligation})", test, looks_up=(("obligation", obligation),))


def was_open(obligation: str) -> Guard:
    """A run of this obligation was open before the event, which may have ended it."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        return None if _runs(before, obligation) else f"{obligation} is not open"

    return Guard(f"was_open({obligation})", test, looks_up=(("obligation", obligation),))


def settled(obligation: str) -> Guard:
    """No run of this obligation was open before the event, which ends it where one is."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        return f"{obligation} is still open" if _runs(before, obligation) else None

    return Guard(f"settled({obligation})", test, looks_up=(("obligation", obligation),))


def gives(*outcomes: str) -> Guard:
    """The event gives at least one content one of these outcomes."""
    wanted = tuple(Outcome(o) for o in outcomes)

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        given = (event.concerns() or {}).values()
        return None if any(o in wanted for o in given) else f"it gives no content the outcome {' or '.join(wanted)}"

    return Guard(f"gives({','.join(wanted)})", test)


def window_open(obligation: str) -> Guard:
    """The window's earliest instant has come: by when the event happened, or else by what the clocks have recorded."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        deadline = view.deadline(obligation)
        if deadline is None:
            return f"{obligation} has no clock"
        come = deadline.opened or deadline.not_before is None
        if not come and not (event.at is not None and deadline.not_before and event.at >= deadline.not_before):
            return f"{obligation} opens at {deadline.not_before}"
        return None

    return Guard(f"window_open({obligation})", test, looks_up=(("obligation", obligation),))


def happened(event_name: str, *, negate: bool = False) -> Guard:
    """A fact of this name is on record (with `negate`: is not)."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        found = any(h.event == event_name for h in view.happenings)
        if found is not negate:
            return None
        return f"{event_name} is {'already' if negate else 'not'} on record"

    return Guard(f"{'not_' if negate else ''}happened({event_name})", test, looks_up=(("event", event_name),))


def ladder_exhausted(template: str) -> Guard:
    """Nobody is left to try for a message of this template, and nobody has confirmed it."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        messages = view.sent_as(template)
        confirmed = {m.thread for m in messages if m.acknowledged is not None}
        last = {m.thread: m for m in messages}  # somebody may have been listed meanwhile
        if any(m.exhausted and m.thread not in confirmed for m in last.values()):
            return None
        return f"somebody can still be tried for {template}, or it was confirmed"

    return Guard(f"ladder_exhausted({template})", test, looks_up=(("template", template),))


def confirmed(template: str) -> Guard:
    """The addressee has confirmed receipt of a message of this template."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        found = any(m.acknowledged is not None for m in view.sent_as(template))
        return None if found else f"receipt of {template} is not confirmed"

    return Guard(f"confirmed({template})", test, looks_up=(("template", template),))


def in_scope() -> Guard:
    """The sender is an accredited flagger of the directory, for this category, jurisdiction and provider, that day."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        found = facts.values.get("flagger")
        if found is None:
            return "the sender is no flagger of the directory"
        return "; ".join(found["outside"]) or None

    return Guard("in_scope", test, reads="flagger")


def not_suspended() -> Guard:
    """The accreditation of the sender does not rest that day; who has none is not suspended."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        found = facts.values.get("flagger")
        return (found["resting"] if found is not None else "") or None

    return Guard("not_suspended", test, reads="flagger")


def _left_out(view: Case, event: Event) -> list[str]:
    """Return the contents that neither the event concerns nor one of its kind before it."""
    ids = dict.fromkeys(c.id for c in view.contents)
    told: list[Container[str]] = [event.concerns() or ids]
    told += [
        ids if h.contents is None else h.contents
        for h in view.happenings
        if (h.event, h.of) == (event.name, event.of())
    ]
    return [id for id in ids if not any(id in each for each in told)]


def _all_contents(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    """The event, with those of its kind before it, concerns every content."""
    rest = _left_out(view, event)
    return f"it does not concern {', '.join(rest)}, nor did one before it" if rest else None


ALL_CONTENTS = Guard("all_contents", _all_contents)


def _in_part(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    """The event, with those of its kind before it, leaves some contents out."""
    return None if _left_out(view, event) else "it concerns every content, with those before it"


IN_PART = Guard("in_part", _in_part)


def _something_left(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    """Not all contents were taken back."""
    gone = view.taken_back()
    return "all of it was taken back: withdraw the draft" if view.contents and gone >= set(view.outcomes()) else None


SOMETHING_LEFT = Guard("something_left", _something_left)


def _owed_to_others(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    """The duty that the event extends is not one of whoever extends it."""
    name, by = getattr(event, "obligation", ""), event.by
    own = [d for d in before.deadlines if d.obligation == name and d.kind == "duty" and by and d.owner in by.roles]
    return f"{name} is the duty of who asks: it is for the other side to give more time" if own else None


NOT_ITS_OWN = Guard("not_its_own", _owed_to_others)
