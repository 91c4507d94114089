"""United States: 17 USC 512, the DMCA's notice, counter-notice and put-back. Written from the provider's side."""

from __future__ import annotations

from datetime import date

from ..events import (
    Closed,
    CourtActionNotified,
    CourtDecided,
    DeadlineBreached,
    DeadlineOpened,
    EffectGiven,
    InstrumentReceived,
    Opened,
    Refused,
    Rejected,
    Restored,
    Retracted,
    Sent,
    Superseded,
    Verified,
    Withdrawn,
)
from ..guards import ALL_CONTENTS, IN_PART, all_are, any_is, complete, gives, no_open_clock, settled, was_open
from ..procedure import Procedure
from ..rules import (
    ANY_OPEN,
    STAY,
    Absent,
    Basis,
    Form,
    FormField,
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
from ..terms import BusinessDays, WithoutUndueDelay
from ._shared import CLOSED, DOWN, FILE_STATES, OURS, UNDONE, closing_row, file_rows

_C1 = Basis("17 USC 512(c)(1)(C): expeditious removal or disabling", "S93", "V")
_C3 = Basis("17 USC 512(c)(3)(A): the elements of a notification", "S93", "V")
_C3B = Basis("17 USC 512(c)(3)(B): a notification that fails to comply gives no knowledge", "S96", "M")
_G2A = Basis("17 USC 512(g)(2)(A): promptly notify the subscriber", "S93", "V")
_G2B = Basis(
    "17 USC 512(g)(2)(B): promptly provide a copy of the counter notification, with the term of 10 business days",
    "S93",
    "V",
)
_G2C = Basis(
    "17 USC 512(g)(2)(C): not less than 10, nor more than 14, business days following receipt, unless notice of a court action comes first",
    "S93",
    "V",
)
_G3 = Basis("17 USC 512(g)(3): the elements of a counter notification", "S93", "V")
_REFUSES = Basis(
    "17 USC 512(c)(1)(C) is met by removal only: who refuses gives up its safe harbor for that item, which is its choice",
    "S93",
    "I",
)
_COUNTING = Basis(
    "how the business days are counted is not in the statute; federal holidays and Pacific time are our reading",
    "S93",
    "I",
)
_I = Basis("not in the statute; follows from it", "S93", "I")
_PRACTICE = Basis(
    "complainants retract notices; the archive of GitHub's DMCA correspondence holds retractions", "github-dmca", "S"
)

_RESTORED = tuple(
    Send(template="restored_notice", to=role, sender="platform", basis=_I) for role in ("complainant", "subscriber")
)
_REMOVAL = Send(template="removal_notice", to="subscriber", sender="platform", basis=_G2A)
_REFUSAL = Send(template="refusal", to="complainant", sender="platform", basis=_I)
_GONE = (*DOWN, "not_found")
_DECIDED = all_are(*_GONE, "restored", "refused")
_LEFT_UP = (all_are("not_found", "restored", "refused"), any_is("refused"))
_BACK = all_are("restored", "not_found", "refused")
_EXAMINED = ("notice_received", "accepted")
_DECIDED_CASES = (
    "notice_refused",
    "restored",
    "upheld",
    "retracted_unremoved",
)  # what is learnt there is told on all the same
_REFUSING = (On(EffectGiven, outcomes="refused"), Refused)
_ANYBODY = {"court", "complainant", "subscriber", "platform"}
_CONTESTED = (*DOWN, "pending", "clarifying", "impossible")  # not what was never there or never down, or is back
_NEVER = (Rejected, Withdrawn, Superseded, Closed)


def _element(name: str, article: str, label: str) -> FormField:
    base = _C3 if article.startswith("512(c)") else _G3
    return FormField(name, Basis(f"17 USC {article}", base.source, "V"), label)


DMCA_512 = Procedure(
    id="us.dmca_512",
    version="1",
    title="DMCA notice, counter-notice and put-back",
    jurisdiction="US",
    acting="platform",
    as_of=date(2026, 11, 28),
    summary="A notification with its six elements leads to expeditious removal and word to the subscriber; an effective "
    "counter notification is forwarded and puts the material back after 10 and within 14 business days, unless a suit "
    "is notified first. A notification that lacks an element opens a case all the same, is refused with what it lacks, "
    "and its sender is answered. An item that is found to be no infringement is refused, and the sender is told.",
    roles=[
        Role(name="complainant", side="complainant", basis=_C3, label="Complaining party"),
        Role(name="platform", side="platform", basis=_C1, label="Service provider's designated agent"),
        Role(name="subscriber", side="subscriber", basis=_G2A, label="Subscriber"),
        Role(name="court", side="court", basis=_G2C),
    ],
    opened_by={"complainant", "platform"},
    opened_with="notice",
    initial="notice_received",
    states=[
        State(name="notice_received", phase="intake", waits_for="platform", basis=_C3, label="Notification received"),
        State(name="notice_refused", phase="closed", final=True, basis=_C3B, label="Refused: incomplete or unfounded"),
        State(name="accepted", phase="compliance", waits_for="platform", basis=_C1, label="To be removed expeditiously"),
        State(name="removed", phase="compliance", basis=_C1, label="Removed; the subscriber may counter"),
        State(name="counter_notice_received", phase="redress", waits_for="platform", basis=_G2C, label="Counter notification received"),
        State(name="put_back_overdue", phase="escalation", waits_for="platform", basis=_G2C, label="Not put back in time"),
        State(name="stays_down", phase="redress", waits_for="court", basis=_G2C, label="Suit notified: stays down"),
        State(name="retracted", phase="redress", waits_for="platform", basis=_PRACTICE, label="Retracted: to be restored"),
        State(name="restoration_ordered", phase="redress", waits_for="platform", basis=_I, label="Court orders restoration"),
        State(name="restored", phase="closed", final=True, basis=_G2C, label="Restored"),
        State(name="upheld", phase="closed", final=True, basis=_I, label="Court upholds the removal"),
        State(name="retracted_unremoved", phase="closed", final=True, basis=_PRACTICE, label="Retracted before removal"),
        CLOSED,
        *FILE_STATES,
    ],
    transitions=[
        Transition(on=Verified, source="notice_received", target="accepted", by="platform", guards=complete("notice"), basis=_C3),
        Transition(on=Verified, source=("removed", "counter_notice_received", "put_back_overdue", "stays_down"), target=STAY, by="platform",
                   guards=(complete("notice"), was_open("examine")), basis=_C3),  # what nobody had looked at
        Transition(
            on=Rejected, source="notice_received", target="notice_refused", by="platform", basis=_C3B,
            sends=Send(template="notice_refused", to="complainant", sender="platform", basis=_C3B),
        ),
        *(Transition(on=on, source=_EXAMINED, target="notice_refused", by="platform", guards=(*_LEFT_UP, *given), sends=sends, basis=_REFUSES)
          for on, given, sends in ((EffectGiven, (gives(*DOWN),), (_REMOVAL, _REFUSAL)), (EffectGiven, (), _REFUSAL), (Refused, (), _REFUSAL))),
        *(Transition(on=on, source=("retracted", "restoration_ordered"), target="restored", by="platform", sends=sends, basis=_I,
                     guards=(*given, _BACK, any_is("restored"), no_open_clock("restore")))
          for on, given, sends in ((EffectGiven, (gives("refused"),), _REFUSAL), (EffectGiven, (), ()), (Refused, (), _REFUSAL))),
        *(Transition(on=EffectGiven, source=source, target=target, by="platform", guards=(*ends, *given), sends=sends, basis=basis)
          for source, target, ends in ((_EXAMINED, "removed", (_DECIDED,)), (ANY_OPEN, STAY, ()))
          for given, sends, basis in (
              ((gives(*DOWN), gives("refused")), (_REMOVAL, _REFUSAL), _C1), ((gives(*DOWN),), _REMOVAL, _C1),
              ((gives("refused"),), _REFUSAL, _REFUSES), ((), (), _C1),
          )),
        Transition(on=EffectGiven, source=_DECIDED_CASES, target=STAY, by="platform", guards=gives(*DOWN), sends=_REMOVAL, basis=_G2A),
        Transition(on=Refused, source=_EXAMINED, target="removed", by="platform", guards=_DECIDED, sends=_REFUSAL, basis=_REFUSES),
        Transition(on=Refused, source=ANY_OPEN, target=STAY, by="platform", sends=_REFUSAL, basis=_REFUSES),
        Transition(
            on=InstrumentReceived, of="counter_notice", source=("notice_received", "accepted", "removed"),
            target="counter_notice_received", by={"subscriber", "platform"}, basis=_G2B,
            sends=Send(template="counter_notice_copy", to="complainant", sender="platform", basis=_G2B),
        ),
        Transition(
            on=InstrumentReceived, of="counter_notice", source=(ANY_OPEN, *_DECIDED_CASES), target=STAY, by={"subscriber", "platform"}, basis=_G2B,
            sends=Send(template="counter_notice_copy", to="complainant", sender="platform", basis=_G2B),
        ),
        Transition(
            on=InstrumentReceived, of="incomplete_counter_notice", source=(ANY_OPEN, *_DECIDED_CASES), target=STAY,
            by={"subscriber", "platform"}, basis=_G3,
            sends=Send(template="counter_notice_refused", to="subscriber", sender="platform", basis=_G3),
        ),
        Transition(
            on=CourtActionNotified, source=("notice_received", "accepted", "removed", "counter_notice_received", "put_back_overdue"),
            target="stays_down", by={"complainant", "platform", "court"}, guards=any_is(*DOWN), basis=_G2C,
        ),
        Transition(on=CourtActionNotified, source=ANY_OPEN, target=STAY, by={"complainant", "platform", "court"}, basis=_G2C),
        Transition(on=CourtDecided, of="restore", source=ANY_OPEN, target="restoration_ordered", by=_ANYBODY, basis=_I),
        Transition(on=CourtDecided, of="uphold", source=ANY_OPEN, target="upheld", by=_ANYBODY, basis=_I),
        Transition(on=DeadlineOpened, of="put_back", source=ANY_OPEN, target=STAY, by="system", basis=_COUNTING),
        Transition(on=DeadlineBreached, of="put_back", source="counter_notice_received", target="put_back_overdue", by="system", basis=_G2C),
        Transition(
            on=Restored, source=("removed", "counter_notice_received", "put_back_overdue"), target="restored", by="platform",
            guards=_BACK, basis=_G2C, sends=_RESTORED,
        ),
        Transition(
            on=Restored, source=("stays_down", "retracted", "restoration_ordered"), target="restored", by="platform",
            guards=(all_are("restored", "not_found", "pending", "refused"), no_open_clock("removal"), no_open_clock("examine")), basis=_G2C,
            sends=_RESTORED,
        ),
        Transition(
            on=Restored, source=("counter_notice_received", "put_back_overdue"), target="removed", by="platform",
            guards=(no_open_clock("put_back"), no_open_clock("put_back_late")), basis=_G2C, sends=_RESTORED,
        ),
        Transition(on=Restored, source=ANY_OPEN, target=STAY, by="platform", basis=_G2C, sends=_RESTORED),
        Transition(
            on=Retracted, source=ANY_OPEN, target="retracted", by={"complainant", "platform"},
            guards=(ALL_CONTENTS, any_is(*DOWN)), basis=_PRACTICE,
            sends=Send(template="retraction_notice", to="subscriber", sender="platform", basis=_I),
        ),
        Transition(on=Retracted, source=ANY_OPEN, target="retracted_unremoved", by={"complainant", "platform"}, guards=ALL_CONTENTS, basis=_PRACTICE),
        Transition(
            on=Retracted, source=_EXAMINED, target="removed", by={"complainant", "platform"},
            guards=(IN_PART, _DECIDED, any_is(*DOWN)), basis=_PRACTICE,
        ),
        Transition(
            on=Retracted, source=_EXAMINED, target="notice_refused", by={"complainant", "platform"}, guards=(IN_PART, *_LEFT_UP),
            basis=_PRACTICE,
        ),
        Transition(on=Retracted, source=ANY_OPEN, target=STAY, by={"complainant", "platform"}, basis=_PRACTICE),
        closing_row("platform", "removed", "stays_down", "retracted", "restoration_ordered",
                    guards=tuple(settled(name) for name in ("examine", "removal", "put_back", "put_back_late", "restore"))),
        *file_rows("platform"),
    ],
    obligations=[
        Obligation(
            name="examine", kind="reminder", owner="platform", term=WithoutUndueDelay(24, "expeditiously"), per_content=True, basis=_C1,
            starts=Opened,
            meets=(Verified, Rejected, EffectGiven, Refused), cancels=(Retracted, Withdrawn, Superseded, Closed), label="Examine the notification",
        ),
        Obligation(
            name="removal", owner="platform", term=WithoutUndueDelay(24, "expeditiously"), per_content=True, basis=_C1,
            starts=Verified, meets=On(EffectGiven, outcomes=_GONE), cancels=(*_NEVER, Retracted, *_REFUSING),
            label="Remove expeditiously",
        ),
        Obligation(
            name="tell_subscriber", owner="platform", term=WithoutUndueDelay(24, "promptly"), basis=_G2A,
            starts=On(EffectGiven, outcomes=DOWN), meets=On(Sent, "removal_notice"), cancels=_NEVER, per_content=True, repeats=True,
            label="Notify the subscriber promptly",
        ),
        Obligation(
            name="forward_counter_notice", owner="platform", term=WithoutUndueDelay(24, "promptly"), per_content=True, repeats=True, basis=_G2B,
            starts=On(InstrumentReceived, "counter_notice"), meets=On(Sent, "counter_notice_copy"), cancels=_NEVER,
            label="Forward the counter notification promptly",
        ),
        Obligation(
            name="put_back", owner="platform", basis=_G2C, per_content=True,
            term=BusinessDays(min=10, max=14, calendar="US-federal", zone="America/Los_Angeles"),
            starts=On(InstrumentReceived, "counter_notice", where=_CONTESTED), meets=Restored,
            cancels=(CourtActionNotified, CourtDecided, Retracted, Rejected, Withdrawn, Superseded,
                     On(EffectGiven, outcomes="refused", where=UNDONE), On(Refused, where=UNDONE)), label="Put back: not before 10, not after 14 business days",
        ),
        Obligation(  # what was not put back in time is still owed
            name="put_back_late", kind="reminder", owner="platform", term=WithoutUndueDelay(24), repeats=True, per_content=True, basis=_I,
            starts=On(DeadlineBreached, "put_back", where=DOWN), meets=Restored,
            cancels=(CourtActionNotified, CourtDecided, Retracted, *_NEVER), label="Put back, though late",
        ),
        Obligation(
            name="restore", owner="platform", term=WithoutUndueDelay(24), repeats=True, per_content=True, basis=_PRACTICE,
            starts=(On(Retracted, where=DOWN), On(CourtDecided, "restore", where=DOWN)), meets=Restored, cancels=_NEVER, label="Restore after retraction or judgment",
        ),
    ],
    forms=[
        Form(
            instrument="notice",
            fields=[
                _element("signature", "512(c)(3)(A)(i)", "Physical or electronic signature"),
                _element("work", "512(c)(3)(A)(ii)", "The copyrighted work, or a representative list"),
                _element("material", "512(c)(3)(A)(iii)", "The material, and where to find it"),
                _element("contact", "512(c)(3)(A)(iv)", "How to contact the complaining party"),
                _element("good_faith", "512(c)(3)(A)(v)", "Good-faith belief that the use is not authorized"),
                _element("accuracy_and_perjury", "512(c)(3)(A)(vi)", "Accuracy, and authority under penalty of perjury"),
            ],
        ),
        Form(
            instrument="counter_notice",
            fields=[
                _element("signature", "512(g)(3)(A)", "Physical or electronic signature"),
                _element("material", "512(g)(3)(B)", "The material, and where it was"),
                _element("mistake_under_perjury", "512(g)(3)(C)", "Mistake or misidentification, under penalty of perjury"),
                _element("contact_and_consent", "512(g)(3)(D)", "Name, address, telephone, consent to jurisdiction and service"),
            ],
        ),
    ],
    templates=[
        Template(
            "notice_refused", "Your DMCA notification $case",
            "We have received your notification, kept as case $case, and cannot act on it: $reason.\n\n$contents\n\n"
            "You may send a complete notification at any time; it will be a case of its own.\n",
        ),
        Template(
            "refusal", "Decision on your DMCA notification $case",
            "We have looked at your notification, kept as case $case. What is refused was found to be no infringement and "
            "stays up. What was decided stands beside each item:\n\n$concerned\n\n$reason\n",
        ),
        Template(
            "removal_notice", "Material removed after a DMCA notification, case $case",
            "After a notification under 17 USC 512(c) material was removed or disabled. What was done stands beside each "
            "item:\n\n$concerned\n\nIf a removal is a mistake or a misidentification you may send a counter notification under 17 USC 512(g)(3).\n",
        ),
        Template(
            "counter_notice_copy", "Counter notification in case $case",
            "A counter notification was received. The material will be put back in 10 business days, unless we first "
            "receive notice that you have filed an action seeking a court order.\n\n$concerned\n\n$form\n",
        ),
        Template(
            "counter_notice_refused", "Your counter notification in case $case",
            "Your counter notification is not effective as it stands: $reason. You may send it again, complete.\n",
        ),
        Template("restored_notice", "Material restored, case $case", "The following was restored:\n\n$concerned\n"),
        Template(
            "retraction_notice", "Notification retracted, case $case",
            "The notification against the following was retracted. It will be restored:\n\n$concerned\n",
        ),
    ],
    sources=[
        Source("S93", "112 Stat. 2883, as on wikisource"),
        Source("S96", "17 USC 512 as quoted by a hosted DMCA page and by gml.lib.uci.edu"),
        Source("github-dmca", "The public archive github/dmca, 2011-2022"),
        OURS,
    ],
    absent=[
        Absent("clarification", Basis("17 USC 512(c)(3)(B)(ii): contact with a sender whose notification is complete in part", "S96", "M"),
               "The provider answers what is incomplete with what it lacks; the complete notification is a case of its own."),
        Absent("impossibility", Basis("17 USC 512(c)(1)(C) asks for expeditious removal or disabling", "S93", "V"),
               "What is not found is an outcome; the statute knows no statement that removal is impossible."),
    ],
    questions=[
        "Which days are business days, and by which zone's clock, is not in the statute (M); federal holidays and Pacific time are our reading (I), "
        "and so is that the day of receipt is not counted and that the last day runs to its end.",
        "That a notification may be retracted is practice and not in the statute.",
        "Whether and how a provider answers a notification that it does not follow, for all items or for some, is not in the "
        "statute; that the complaining party is told is our choice.",
        "What a provider does after a court has decided is inferred from 512(g)(2)(C); the statute does not say it.",
        "The policy on repeat infringers, 512(i) (M), is no part of this procedure.",
        "Liability for misrepresentation, 512(f) (V), is for a court to find (I), and no part of this procedure.",
    ],
    waivers=[
        Waiver("order-decides", "transition Restored from counter_notice_received|put_back_overdue",
               "once everything is back the case ends as restored, and else as removed: the special case stands first"),
        *(Waiver("order-decides", f"transition {name} from notice_received|accepted",
                 "where something was refused and nothing is down, the notification is refused: the special case stands first")
          for name in ("EffectGiven", "Refused")),
        Waiver("wait-without-clock", "state stays_down",
               "no time for the court's decision is known to us (I): it comes as a fact, and the provider may close the case before"),
        Waiver("unconfirmed-message", "*", "17 USC 512 asks nobody to confirm receipt of the provider's messages"),
    ],
)  # fmt: skip
