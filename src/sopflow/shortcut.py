"""The short way: what one happening makes of a clock that runs once for the whole case, without looking back.

`clocks.deadlines` computes a clock from everything that ever happened to it. Mostly that comes to little: a clock
begins, or the one that runs ends. This module answers in these cases only, and then as `clocks.deadlines` would; for
everything else it says that the long way is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from . import clocks
from .case import Deadline, Happening, Standing
from .procedure import Procedure
from .records import succeed
from .rules import Obligation
from .terms import Calendar

Changes = tuple[tuple[Deadline, str], ...]
Way = Callable[[Sequence[Happening], Sequence[Deadline], Mapping[str, Calendar], bool], Changes | None]
_RUNNING = Standing.RUNNING


@lru_cache(maxsize=1024)
def ways(p: Procedure, event: str) -> tuple[tuple[Obligation, Way], ...]:
    """Return the obligations whose clock an event of this name may touch, each with what finds out how.

    That takes all that happened in the case, of which the last must be the only happening of its entry, must be about
    no message, and none of the others may have happened later; the deadlines before it; the calendars by name; and
    `strict` as in `clocks.deadlines`. It returns the deadline that the last happening begins or ends, with the verb; ()
    if it does neither; None if the long way is needed. It raises what `clocks.deadlines` raises.
    """
    return tuple((obligation, way(obligation, event)) for obligation in p.clocks_of.get(event, ()))


def way(obligation: Obligation, event: str) -> Way:
    """Return what finds out how a happening of this name touches this clock: see `ways`."""
    rules = obligation.touched_by.get(event, ())
    if obligation.plain and len(rules) == 1 and event not in clocks.ADDRESSED:
        ((verb, on),) = rules
        if verb == "starts":
            return _starts(obligation, on.of)
        if verb in ("meets", "cancels"):
            return _ends(obligation.name, on.of, verb == "meets")
    return lambda happenings, present, calendars, strict: None


def _starts(obligation: Obligation, of: str) -> Way:
    name, touched_by = obligation.name, obligation.touched_by.keys() | clocks.ADDRESSED.keys()
    blank = Deadline(id=name, obligation=name, kind=obligation.kind, owner=obligation.owner, started=datetime.min)  # noqa: DTZ901

    def begin(
        happenings: Sequence[Happening], present: Sequence[Deadline], calendars: Mapping[str, Calendar], strict: bool
    ) -> Changes | None:
        h = happenings[-1]
        if of and of != h.of:
            return None
        for earlier in happenings:
            if earlier.event in touched_by and earlier is not h:
                return None
        for deadline in present:
            if deadline.obligation == name:
                return None
        problems: dict[tuple[str, str], None] = {}
        span, calendar = clocks.span_of(obligation, h.at, h.until, None, calendars, problems, strict)
        if problems:
            return None
        due = span.due
        begun = succeed(
            blank, started=h.at, not_before=span.not_before, due=due, by_term=due, remind=span.remind, calendar=calendar
        )
        return ((begun, "start"),)

    return begin


def _ends(name: str, of: str, meets: bool) -> Way:
    standing, verb = (Standing.MET, "meet") if meets else (Standing.CANCELLED, "cancel")

    def end(
        happenings: Sequence[Happening], present: Sequence[Deadline], calendars: Mapping[str, Calendar], strict: bool
    ) -> Changes | None:
        h, running = happenings[-1], None
        if of and of != h.of:
            return None
        if not meets and h.contents is not None:
            return None  # perhaps not all of them
        for deadline in present:
            if deadline.obligation == name:
                if deadline.standing is not _RUNNING or deadline.expired is not None:
                    return None
                running = deadline
        if running is None:
            return ()  # it never began
        at, due, window, remind = h.at, running.due, running.not_before, running.remind
        if not (running.by_term or window or remind):
            return None  # without instants: they are computed again each time
        ended = succeed(
            running,
            standing=standing if due is None or at <= due else Standing.EXPIRED,
            met=at if meets else None,
            opened=running.opened and (window is None or at >= window),
            reminded=running.reminded and (remind is None or at >= remind),
        )
        return ((ended, verb),)

    return end
