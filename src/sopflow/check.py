"""Static analysis of a procedure: whether it is any good, before a case depends on it.

`check` reads a procedure and runs nothing of it: no guard, no hook, no term. It errs on the quiet side: a guard may
hold or not, a hook may start any clock and send what it declares, and what may happen on some path is taken to
happen. So a finding is worth reading; that there is none proves little. A finding that the author accepts is waived in
the procedure itself, with the reason. Places are written as a `Waiver` names them ("*" is every place of its code):

    state NAME        fact NAME or NAME:OF            transition NAME or NAME:OF from STATE or STATE|STATE or *
    obligation NAME   send TEMPLATE                   waiver CODE at PLACE
    role NAME         form INSTRUMENT, field NAME     absent FACULTY        version VERSION
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, final

import attrs

from . import _flaws as flaws
from ._flaws import faculties as faculties
from ._paths import Paths
from .errors import ProcedureError
from .procedure import Procedure
from .records import frozen
from .rules import Waiver

CODES: Final[Mapping[str, str]] = {
    "absent-yet-present": "A faculty is said to be absent, and a rule provides it.",
    "deaf-state": "A state has no transition for a fact that the other side can state: there it is irregular.",
    "duplicate-transition": "A transition stands twice.",
    "endless-case": "From a state transitions lead on, but none of them ever to a final state.",
    "endless-obligation": "Nothing can end a duty, or a reminder that repeats, or set going a clock that was stopped.",
    "field-without-article": "A field of a form rests on no article.",
    "final-exit": "A transition leads out of a final state.",
    "idle-role": "Nobody can have a role in a case: it does nothing, owes nothing and is told nothing.",
    "ladder-end": "Nobody decides what follows when nobody on the ladder confirms a message.",
    "never-fires": "A transition can never fire.",
    "never-starts": "Nothing can start an obligation's clock.",
    "no-way-back": "A measure (removal, block) cannot be taken back.",
    "opens-unknown": "A transition opens a case, or awaits a milestone, that no procedure at hand provides for.",
    "order-decides": "Two transitions may be permitted at once and lead to different states: only their order decides.",
    "overlapping-validity": "Two versions of a procedure are in force on the same day.",
    "own-appeal": "A decision and the challenge to it are decided by the same role.",
    "shadowed-transition": "In one of its states an earlier transition always takes the event.",
    "silent-breach": "The breach of a duty leads to no transition where it can happen: only an incident is opened.",
    "trap": "No transition leads from a state to another: a case in it never ends.",
    "unconfirmable-message": "A message whose receipt is awaited does not say what to confirm.",
    "unconfirmed-message": "Nobody awaits the receipt of a message: perhaps nobody reads it.",
    "unheard-answer": "No transition takes an answer that who owes something can always give: there it is irregular.",
    "unknown-name": "A guard, a form or of=… names something that does not exist.",
    "unreachable-state": "No case can reach a state.",
    "unused-waiver": "A waiver waives nothing.",
    "wait-without-clock": "A state waits for somebody while no clock runs: nobody notices silence.",
}


@final
@frozen(kw_only=True)
class Finding:
    """One fault of a procedure.

    Attributes:
        code: One of `CODES`.
        place: Where, in the words that a `Waiver` uses.
        sentence: What is wrong.
        remedy: What to do about it.
        waived: The author's reason to accept it, or "".
    """

    code: str
    place: str
    sentence: str
    remedy: str
    waived: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}; {self.remedy} [{self.code}]"


@final
@frozen(kw_only=True)
class Report:
    """All findings about one procedure.

    Attributes:
        procedure: The procedure's id.
        version: Its version.
        findings: Open and waived ones, by kind, and within a kind in the order of the procedure.
    """

    procedure: str
    findings: tuple[Finding, ...]
    version: str = ""

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that nobody has accepted."""
        return tuple(f for f in self.findings if not f.waived)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """The findings that the author accepts."""
        return tuple(f for f in self.findings if f.waived)

    @property
    def ok(self) -> bool:
        """Whether no finding is open."""
        return not self.open

    def raise_if_broken(self) -> None:
        """Do nothing if no finding is open.

        Raises:
            ProcedureError: With every open finding.
        """
        if self.open:
            raise ProcedureError(self.procedure, [str(f) for f in self.open])

    def __str__(self) -> str:
        name = f"{self.procedure!r} version {self.version}" if self.version else repr(self.procedure)
        lines = [f"procedure {name}: {len(self.open)} open finding(s), {len(self.waived)} waived"]
        lines += [f"  - {f}" for f in self.open]
        lines += [f"  - waived: {f.place}: {f.sentence} [{f.code}], because: {f.waived}" for f in self.waived]
        return "\n".join(lines)


def check(procedure: Procedure, known: Iterable[Procedure] = ()) -> Report:
    """Return everything that looks wrong with a procedure.

    Args:
        procedure: The rulebook.
        known: The procedures it may open cases under, and other versions of it. Without any, it is not asked whether
            they fit.

    Returns:
        All findings, with those that the procedure waives. A waiver without a reason waives nothing.
    """
    known = tuple(known)
    others = {other.id: other for other in known}
    versions = [other for other in known if other.id == procedure.id]
    paths = Paths(procedure, {**others, procedure.id: procedure} if others else {}, versions)
    found = [
        Finding(code=code, place=place, sentence=sentence, remedy=remedy)
        for code, (ask, remedy) in _CHECKS.items()
        for place, sentence in dict.fromkeys(ask(paths))
    ]
    for w in procedure.waivers:
        if (others or w.code != "opens-unknown") and not any(_accepts(w, f) for f in found):
            why = "it matches no finding" if w.code in CODES else f"{w.code!r} is no code of the checker"
            why = why if w.reason.strip() else "it gives no reason"
            place, remedy = f"waiver {w.code} at {w.place}", "mend or remove it"
            found.append(Finding(code="unused-waiver", place=place, sentence=why, remedy=remedy))
    reasons = [next((w.reason for w in procedure.waivers if _accepts(w, f)), "") for f in found]
    findings = tuple(attrs.evolve(f, waived=reason) for f, reason in zip(found, reasons, strict=True))
    return Report(procedure=procedure.id, version=procedure.version, findings=findings)


def _accepts(waiver: Waiver, finding: Finding) -> bool:
    return bool(waiver.reason.strip()) and waiver.code == finding.code and waiver.place in ("*", finding.place)


_CHECKS: Final[Mapping[str, tuple[Callable[[Paths], flaws.Found], str]]] = {
    "unreachable-state": (flaws.unreachable_state, "add or mend a transition to it, or remove it"),
    "trap": (flaws.trap, "add a transition towards an end, or make it final"),
    "endless-case": (flaws.endless_case, "add a transition towards a final state"),
    "final-exit": (flaws.final_exit, "let it stay there, or make the state one that is not final"),
    "never-fires": (flaws.never_fires, "mend what it needs, guard or move what comes before it, or remove it"),
    "duplicate-transition": (flaws.duplicate_transition, "remove one of them"),
    "shadowed-transition": (flaws.shadowed_transition, "move it up, guard the other, or leave these states out"),
    "order-decides": (flaws.order_decides, "add a guard that excludes the other, or waive it: the first one wins"),
    "unknown-name": (flaws.unknown_name, "correct the name"),
    "never-starts": (flaws.never_starts, "add a transition on such an event, or name one that can happen in starts=…"),
    "endless-obligation": (
        flaws.endless_obligation,
        "name an event that can happen in meets=…, cancels=… or resumes=…",
    ),
    "silent-breach": (flaws.silent_breach, "add a transition on it, if only one that stays and warns somebody"),
    "ladder-end": (flaws.ladder_end, "add one on DeadlineBreached of that receipt, guarded by ladder_exhausted(…)"),
    "unconfirmed-message": (flaws.unconfirmed_message, "set ack_within=… or proved_by=…; waive it if it only informs"),
    "unconfirmable-message": (flaws.unconfirmable_message, "write $confirm into its template"),
    "deaf-state": (flaws.deaf_state, "add a transition from there, with STAY where nothing follows from it"),
    "unheard-answer": (
        flaws.unheard_answer,
        "add a transition, with STAY where nothing follows; list the faculty in absent=… with its article; or waive it",
    ),
    "wait-without-clock": (flaws.wait_without_clock, "start a clock on the way here, or send with ack_within=…"),
    "idle-role": (flaws.idle_role, "give it something to do, or remove it"),
    "no-way-back": (flaws.no_way_back, "add one on Restored, or list the reversal in absent=… with its article"),
    "own-appeal": (flaws.own_appeal, "let another role decide, or waive it with the article that allows it"),
    "field-without-article": (flaws.field_without_article, "name the article that asks for it"),
    "absent-yet-present": (flaws.absent_yet_present, "remove it from absent=…"),
    "overlapping-validity": (flaws.overlapping_validity, "end the earlier one on the day before the later begins"),
    "opens-unknown": (flaws.opens_unknown, "correct the name or the roles, or hand in the procedure that is meant"),
}
