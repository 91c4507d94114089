"""Germany: section 3 of the Network Enforcement Act (NetzDG), repealed on 14 May 2024. From the network's side.

Historic: no case under it can begin today. The version of 2021 added the counter-statement of section 3b.
"""

from __future__ import annotations

from datetime import date
from typing import Any, final

from attrs import field, frozen

from ..case import Case, Standing
from ..events import (
    Act,
    Closed,
    DeadlineBreached,
    EffectGiven,
    Event,
    Extended,
    Fact,
    InstrumentReceived,
    Opened,
    Refused,
    Restored,
    Retracted,
    Sent,
    Superseded,
    Withdrawn,
)
from ..guards import ALL_CONTENTS, all_are, any_is, gives, no_open_clock, settled, was_open
from ..procedure import Procedure
from ..records import personal
from ..rules import (
    Absent,
    Basis,
    Guard,
    Obligation,
    On,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Waiver,
)
from ..terms import Days, Hours, WithoutUndueDelay
from ._shared import (
    CLOSED,
    DOWN,
    FILE_STATES,
    NOT_DOWN,
    OURS,
    UNDONE,
    OnContents,
    choice,
    closing_row,
    file_rows,
    stays,
    strings,
)

ZONE = "Europe/Berlin"


@final
@frozen(kw_only=True)
class Classified(Act):
    """What the content is found to be: it decides which time runs, and that time runs from the receipt of the complaint.

    So `at` is the receipt of the complaint, whenever the network comes to its finding: the act is refused with the right
    instant where another is given. A second finding adds its time and takes none away. The 7 days run without a finding.

    Attributes:
        finding: "manifest" for manifestly unlawful content (24 hours), "other" for any other (7 days alone).
        contents: The contents concerned; empty for all.
    """

    finding: str = choice("manifest", "other")
    contents: tuple[str, ...] = field(default=(), converter=strings)

    def of(self) -> str:
        """Return the finding."""
        return self.finding

    def concerns(self) -> dict[str, str] | None:
        """Return the contents, which keep their outcome."""
        return dict.fromkeys(self.contents, "") or None


@final
@frozen(kw_only=True)
class PeriodExceeded(OnContents, Act):
    """The seven days do not hold: section 3(2) no. 3.

    Attributes:
        ground: "facts": it depends on the truth of an assertion or on other facts, and the user may be heard;
            "self_regulation": the decision is handed to a recognised body of self-regulation.
        reason: Why.
    """

    ground: str = choice("facts", "self_regulation")
    reason: str = personal(default="")

    def of(self) -> str:
        """Return the ground."""
        return self.ground


@final
@frozen(kw_only=True)
class BodyDecided(Fact):
    """The body of self-regulation has decided: "unlawful" or "lawful"."""

    finding: str = choice("unlawful", "lawful")

    def of(self) -> str:
        """Return the finding."""
        return self.finding


@final
@frozen(kw_only=True)
class DecisionConfirmed(OnContents, Act):
    """After a counter-statement the decision stands: section 3b."""

    reason: str = personal(default="")


_N1 = Basis("NetzDG s. 3(2) no. 1: take note of the complaint without delay, and examine it", "S130", "V")
_N2 = Basis(
    "NetzDG s. 3(2) no. 2: manifestly unlawful content within 24 hours of receipt of the complaint", "S130", "V"
)
_N3 = Basis(
    "NetzDG s. 3(2) no. 3: other unlawful content without delay, as a rule within seven days of receipt", "S130", "V"
)
_N3A = Basis("NetzDG s. 3(2) no. 3(a): longer where it depends on facts; the user may be heard", "S130", "V")
_N3B = Basis(
    "NetzDG s. 3(2) no. 3(b): longer where it is handed to a body of self-regulation within seven days", "S130", "V"
)
_N4 = Basis("NetzDG s. 3(2) no. 4: removed content is kept as evidence for ten weeks", "S130", "M")
_N5 = Basis("NetzDG s. 3(2) no. 5: complainant and user are told of the decision without delay", "S130", "V")
_3B = Basis("NetzDG s. 3b: counter-statement, and review of the decision", "S130", "V")
_3B_WEEKS = Basis("NetzDG s. 3b: within two weeks of being told; reviewed by somebody else", "S130", "M")
_I = Basis("not in the Act; follows from it", "S130", "I")
_CHOICE = Basis("the Act gives no waiting time here; it is our choice", "S130", "I")

_SETTLED = (*DOWN, "not_found", "refused")
_DECISIONS = (On(EffectGiven, outcomes=_SETTLED), Refused)
_PENDING = ("received", "assessed", "with_body", "overdue")
_OVER = (Retracted, Withdrawn, Superseded)
_TOLD = tuple(
    Send(template="decision", to=role, sender="platform", optional=True, basis=_N5) for role in ("complainant", "user")
)

_BACK = tuple(
    Send(template="restored_notice", to=role, sender="platform", optional=True, basis=_I)
    for role in ("user", "complainant")
)


def _as_of_receipt(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    clock = view.deadline("assess")
    if clock is None or event.at == clock.started:
        return None
    return f"its time runs from the receipt of the complaint: give at={clock.started.isoformat()}"


def _within_seven_days(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    running = [d for d in before.deadlines if d.obligation == "remove_other" and d.standing is Standing.RUNNING]
    if not any(event.at is None or d.due is None or event.at <= d.due for d in running):
        return "no term of seven days is running"
    found: dict[str, set[str]] = {c.id: set() for c in view.contents}
    for h in view.happenings:
        if h.event == Classified.name:
            for id in found if h.contents is None else h.contents:
                found[id].add(h.of)
    concerned = event.concerns() or found
    only = found and all(found[id] == {"manifest"} for id in concerned)
    return "it was found to be manifestly unlawful, and no. 2 knows no longer time for that" if only else None


_AS_OF_RECEIPT = Guard("as_of_receipt", _as_of_receipt)


def _decided(on: type[Fact]) -> tuple[Transition, ...]:
    """Return the rows by which both sides are told of each decision, and the last one ends the examination."""
    done = all_are(*_SETTLED)
    return (
        Transition(on=on, source=_PENDING, target="removed", by="platform", guards=(done, any_is(*DOWN)), sends=_TOLD, basis=_N5),
        Transition(on=on, source=_PENDING, target="kept", by="platform", guards=done, sends=_TOLD, basis=_N5),
        *((stays(on, "platform", _N5, guards=gives(*_SETTLED), sends=_TOLD), stays(on, "platform", _N1)) if on is EffectGiven
          else (stays(on, "platform", _N5, sends=_TOLD),)),
    )  # fmt: skip


NETZDG_2017 = Procedure(
    id="de.netzdg",
    version="1",
    title="Network Enforcement Act: complaints about unlawful content",
    jurisdiction="DE",
    acting="platform",
    valid_from=date(2017, 10, 1),
    valid_to=date(2021, 9, 30),
    as_of=date(2026, 11, 28),
    summary="A network examines a complaint without delay. Manifestly unlawful content is removed within 24 hours of the "
    "receipt of the complaint, other unlawful content as a rule within seven days, longer where facts are in question or a "
    "body of self-regulation decides. Both sides are told. Repealed.",
    roles=[
        Role(name="complainant", side="reporter", basis=_N1, label="Beschwerdeführer (complainant)"),
        Role(name="platform", side="platform", basis=_N1, label="Anbieter des sozialen Netzwerks (provider)"),
        Role(name="user", side="user", basis=_N5, label="Nutzer, für den der Inhalt gespeichert wurde (user)"),
        Role(name="self_regulation", side="self_regulation", basis=_N3B, label="Einrichtung der Regulierten Selbstregulierung"),
    ],
    opened_by={"complainant", "platform"},
    opened_with="notice",
    initial="received",
    states=[
        State(name="received", phase="intake", waits_for="platform", basis=_N1, label="Beschwerde eingegangen (complaint received)"),
        State(name="assessed", phase="assessment", waits_for="platform", basis=_N1, label="Eingeordnet (classified)"),
        State(name="with_body", phase="assessment", waits_for="self_regulation", basis=_N3B, label="Bei der Einrichtung (with the body)"),
        State(name="overdue", phase="escalation", waits_for="platform", basis=_N2, label="Frist abgelaufen (time is over)"),
        State(name="removed", phase="compliance", basis=_N2, label="Entfernt oder gesperrt (removed or disabled)"),
        State(name="kept", phase="compliance", basis=_N5, label="Nicht entfernt (not removed)"),
        State(name="restored", phase="closed", final=True, basis=_I, label="Wiederhergestellt (restored)"),
        State(name="retracted", phase="closed", final=True, basis=_I, label="Zurückgenommen (taken back)"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        *(Transition(on=Classified, of=of, source="received", target="assessed", by="platform", guards=_AS_OF_RECEIPT, basis=basis)
          for of, basis in (("manifest", _N2), ("other", _N3))),
        *(stays(Classified, "platform", basis, of, guards=_AS_OF_RECEIPT) for of, basis in (("manifest", _N2), ("other", _N3))),
        stays(PeriodExceeded, "platform", _N3A, "facts", guards=Guard("within_seven_days", _within_seven_days)),
        Transition(on=PeriodExceeded, of="self_regulation", source="assessed", target="with_body", by="platform", basis=_N3B,
                   guards=Guard("within_seven_days", _within_seven_days),
                   sends=Send(template="referral", to="self_regulation", sender="platform", optional=True, basis=_N3B)),
        *(Transition(on=BodyDecided, of=of, source="with_body", target="assessed", by={"self_regulation", "platform"}, basis=_N3B)
          for of in ("unlawful", "lawful")),
        *(stays(BodyDecided, {"self_regulation", "platform"}, _N3B, of) for of in ("unlawful", "lawful")),
        *_decided(EffectGiven),
        *_decided(Refused),
        Transition(on=DeadlineBreached, of="remove_manifest", source=("received", "assessed", "with_body"), target="overdue", by="system", basis=_N2),
        Transition(on=DeadlineBreached, of="remove_other", source=("received", "assessed"), target="overdue", by="system", basis=_N3),
        Transition(on=Restored, source="removed", target="restored", by="platform", basis=_I,
                   guards=all_are("restored", "refused", "not_found"), sends=_BACK),
        stays(Restored, "platform", _I, sends=_BACK),
        Transition(on=Retracted, source=_PENDING, target="retracted", by={"complainant", "platform"}, guards=ALL_CONTENTS, basis=_I),
        stays(Retracted, {"complainant", "platform"}, _I),
        closing_row("platform", "removed", "kept"),
        stays(Extended, "platform", _N2, "remove_manifest"),  # agreed with the law enforcement authority
        *file_rows("platform"),
    ],
    obligations=[
        Obligation(name="assess", owner="platform", term=WithoutUndueDelay(12), per_content=True, basis=_N1, starts=Opened,
                   meets=(Classified, *_DECISIONS), cancels=_OVER, label="Take note and examine"),
        # `Extended` serves no. 2, second half: a longer time agreed with the law enforcement authority.
        Obligation(name="remove_manifest", owner="platform", term=Hours(24), per_content=True, basis=_N2, starts=On(Classified, "manifest"),
                   meets=_DECISIONS, cancels=_OVER, label="Manifestly unlawful: 24 hours from receipt"),
        Obligation(name="remove_other", owner="platform", term=Days(7, ZONE), per_content=True, basis=_N3,
                   starts=Opened,  # "of receipt": whoever finds nothing is late, too
                   meets=_DECISIONS, cancels=(PeriodExceeded, *_OVER), label="Unlawful content: as a rule seven days from receipt"),
        Obligation(name="decide_on_facts", kind="reminder", owner="platform", term=WithoutUndueDelay(168), per_content=True, basis=_CHOICE,
                   starts=(On(PeriodExceeded, "facts", where=UNDONE), On(BodyDecided, where=UNDONE)), meets=_DECISIONS, cancels=_OVER, label="Decide after hearing, or after the body"),
        Obligation(name="body_decision", kind="reminder", owner="self_regulation", term=WithoutUndueDelay(168), repeats=True, basis=_CHOICE,
                   starts=On(PeriodExceeded, "self_regulation"), meets=BodyDecided, cancels=(*_DECISIONS, *_OVER), label="Decide as a body of self-regulation"),
        Obligation(name="decide_overdue", kind="reminder", owner="platform", term=WithoutUndueDelay(24), per_content=True, repeats=True, basis=_CHOICE,
                   starts=(On(DeadlineBreached, "remove_manifest", where="pending"), On(DeadlineBreached, "remove_other", where="pending")),
                   meets=_DECISIONS,
                   cancels=_OVER, label="Decide what is overdue"),
        Obligation(name="tell", owner="platform", term=WithoutUndueDelay(24), repeats=True, basis=_N5, starts=_DECISIONS,
                   meets=On(Sent, "decision"), cancels=(*_OVER, Closed), label="Tell complainant and user, with reasons"),
        # A duty to keep is not breached when its time has passed: it closes.
        Obligation(name="evidence", kind="right", owner="platform", term=Days(70, ZONE), per_content=True, basis=_N4,
                   starts=On(EffectGiven, outcomes=DOWN), label="Removed content is kept as evidence"),
    ],
    templates=[
        Template("decision", "Entscheidung über die Beschwerde / decision on the complaint, case $case",
                 "Über die Beschwerde wurde entschieden. The complaint was decided:\n\n$concerned\n\n$reason\n"),
        Template("referral", "Complaint referred for decision, case $case", "$contents\n\n$reason\n"),
        Template("restored_notice", "Inhalt wiederhergestellt / content restored, case $case", "$concerned\n"),
    ],
    sources=[
        Source("S130", "gesetze-im-internet.de/netzdg/__3.html, and what is recalled of the Act beyond it"),
        Source("S131", "buzer.de, Art 29 of the act that brought in the DDG"),
        Source("BGBl", "de.wiki.li/Netzwerkdurchsetzungsgesetz: in force from 1 October 2017; changed on 28 June 2021"),
        OURS,
    ],
    absent=[
        Absent("clarification", Basis("NetzDG s. 3 is silent", "S130", "I"), "the network examines by itself; it may hear the user"),
        Absent("impossibility", Basis("NetzDG s. 3 is silent", "S130", "I"), "the Act knows no impossibility of removing"),
        Absent("complaint", Basis("NetzDG s. 3b came in 2021", "BGBl", "I"), "before section 3b the Act gave no counter-statement"),
    ],
    questions=[
        "Sections 2 to 3f were repealed on 14 May 2024 (V): 13 May 2024 is their last day.",
        "Section 3b is dated here from 1 October 2021, which is recalled and was not verified; most of the act that brought "
        "it in came into force on 28 June 2021 (S).",
        "The ten weeks of evidence, the two weeks for a counter-statement and that somebody else reviews it are recalled.",
        "How seven days are counted is not in the Act; here the day of receipt is not counted and the last day is counted to "
        "its end in Berlin, a holiday or not.",
        "That the seven days run from receipt for what nobody has classified, and besides the 24 hours for what is "
        "manifestly unlawful, is inferred from their start at the receipt of the complaint (I).",
        "Whether section 3 already bound networks between 1 October 2017 and the end of that year was not verified.",
    ],
    waivers=[
        Waiver("unconfirmed-message", "*", "section 3 asks nobody to confirm receipt of what the network tells"),
        Waiver("unheard-answer", "fact CourtActionNotified", "only the body of self-regulation is asked for something here, a decision, and it is ordered nothing"),
    ],
)  # fmt: skip

NETZDG_2021 = NETZDG_2017.extend(
    id="de.netzdg",
    version="2",
    replace={
        "valid_from": date(2021, 10, 1),
        "valid_to": date(2024, 5, 13),
        "absent": tuple(a for a in NETZDG_2017.absent if a.faculty != "complaint"),
        "transitions": tuple(t for t in NETZDG_2017.transitions if t.on is not Closed),
    },
    roles=[Role(name="reviewer", side="platform", basis=_3B_WEEKS, label="Who did not take the first decision")],
    transitions=[
        stays(InstrumentReceived, {"user", "complainant", "platform"}, _3B, "counter_notice"),
        Transition(on=DecisionConfirmed, source=("removed", "kept"), target="reviewed", by="reviewer", guards=no_open_clock("review"),
                   sends=_TOLD, basis=_3B),
        stays(DecisionConfirmed, "reviewer", _3B, guards=was_open("review"), sends=_TOLD),
        Transition(on=Restored, source=("removed", "reviewed"), target="restored", by="reviewer",
                   guards=(all_are("restored", "refused", "not_found"), no_open_clock("review")), sends=_TOLD, basis=_3B),
        stays(Restored, "reviewer", _3B, sends=_TOLD),
        Transition(on=EffectGiven, source="kept", target="removed", by={"platform", "reviewer"},
                   guards=(all_are(*_SETTLED), any_is(*DOWN)), sends=_TOLD, basis=_3B),
        stays(EffectGiven, "reviewer", _3B, guards=gives(*DOWN), sends=_TOLD),
        closing_row("platform", "removed", "kept", "reviewed", guards=(settled("review"),)),
    ],
    states=[State(name="reviewed", phase="redress", basis=_3B, label="Nach Gegenvorstellung bestätigt (confirmed on review)")],
    obligations=[
        Obligation(name="counter_statement", kind="right", owner="user", term=Days(14, ZONE), per_content=True, basis=_3B_WEEKS,
                   starts=On(Sent, "decision"), restarts=On(Sent, "decision"), meets=On(InstrumentReceived, "counter_notice"), cancels=_OVER, label="Counter-statement, by user or complainant"),
        Obligation(name="review", owner="platform", term=WithoutUndueDelay(72), per_content=True, repeats=True, basis=_3B,
                   starts=On(InstrumentReceived, "counter_notice"), meets=(DecisionConfirmed, Restored, On(EffectGiven, outcomes=DOWN, where=NOT_DOWN)),
                   cancels=(Withdrawn, Superseded, Closed), label="Review the decision"),
    ],
)  # fmt: skip

__all__ = ["NETZDG_2017", "NETZDG_2021", "BodyDecided", "Classified", "DecisionConfirmed", "PeriodExceeded"]
