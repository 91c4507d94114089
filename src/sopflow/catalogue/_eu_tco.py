"""Regulation (EU) 2021/784: what both files of a removal order share, from its roles and articles to its forms.

No procedure stands here, and nothing is decided; facts and marks are those of the sources named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

from attrs import frozen

from ..events import Act, CourtDecided, EffectGiven, Fact, OrderVoided, Restored, Superseded, Withdrawn, mandatory
from ..records import personal
from ..rules import Absent, Basis, Form, FormField, Obligation, On, Role, Source
from ..terms import Hours, Months, WithoutUndueDelay
from ._shared import DOWN, OURS, OnContents, choice, strings

ZONE = "Europe/Brussels"
GONE = ("removed", "disabled", "not_found")


# --- what happens only here -----------------------------------------------------------------------------------------


@final
@frozen(kw_only=True)
class PreInformed(Act):
    """The provider, to which no order was ever addressed, is told the procedures and deadlines: Article 3(2)."""


@final
@frozen(kw_only=True)
class PreInformationSpared(Act):
    """No pre-information is needed.

    Attributes:
        ground: "addressed_before": the provider has had an order by this authority; "emergency": a justified emergency.
        reason: Which order it was, or what justifies the emergency.
    """

    ground: str = choice("addressed_before", "emergency")
    reason: str = personal(default="")

    def of(self) -> str:
        """Return the ground."""
        return self.ground


@final
@frozen(kw_only=True)
class NonDisclosureDecided(Act):
    """The content provider is not to be told for now: Article 11(3). It can be prolonged with `Extended`."""

    reason: str = personal(default="")


@final
@frozen(kw_only=True)
class ObstacleCeased(Fact):
    """The ground that made it impossible to comply has ceased, for these contents: Article 3(7)."""

    contents: tuple[str, ...] = mandatory(converter=strings)

    def concerns(self) -> Mapping[str, str]:
        """Return the contents, which are pending again."""
        return dict.fromkeys(self.contents, "pending")


@final
@frozen(kw_only=True)
class FeedbackGiven(OnContents, Fact):
    """The provider has sent the form of Annex II: what was done, and when."""


@final
@frozen(kw_only=True)
class ScrutinyRequested(Fact):
    """The provider ("platform") or the content provider ("user") asks the home authority for scrutiny: Article 4(4)."""

    requester: str = choice("platform", "user")

    def of(self) -> str:
        """Return who asks."""
        return self.requester


@final
@frozen(kw_only=True)
class ScrutinyDecided(Fact):
    """The home authority has decided: "infringement", "no_infringement", or "inadmissible" for a request out of time."""

    voids: ClassVar[tuple[str, ...]] = ("infringement",)

    finding: str = choice("infringement", "no_infringement", "inadmissible")

    def of(self) -> str:
        """Return the finding."""
        return self.finding


@final
@frozen(kw_only=True)
class OrderFinal(Fact):
    """The time to appeal is over, or the order was confirmed on appeal: Article 3(9)."""


# --- where it stands ------------------------------------------------------------------------------------------------

_R = "Reg. (EU) 2021/784 "
SCOPE = Basis(_R + "Art 12 and 15: competent authorities; the provider's contact point", "S55", "S")
ART_3_2 = Basis(
    _R + "Art 3(2): at least 12 hours before a first order, information on procedures and deadlines", "S56", "S"
)
EMERGENCY = Basis(_R + "Art 3(2), second sentence: not in duly justified cases of emergency", "S51", "V")
ART_3_3 = Basis(_R + "Art 3(3): remove or disable in all Member States, at most 1 hour after receipt", "S50", "V")
ART_3_4 = Basis(_R + "Art 3(4): what an order contains", "L172", "M")
ART_3_5 = Basis(_R + "Art 3(5): to the contact point, in a written record that proves sender and times", "S51", "V")
ART_3_6 = Basis(_R + "Art 3(6): inform the authority without undue delay, with the time of the measure", "L172", "M")
ART_3_7 = Basis(_R + "Art 3(7): impossibility; the hour starts when its ground has ceased", "S51", "V")
ART_3_8 = Basis(
    _R + "Art 3(8): manifest errors, too little information; the hour starts with the clarification", "S51", "V"
)
ART_3_9 = Basis(_R + "Art 3(9): once final, the home authority is told", "S51", "V")
ART_4_1 = Basis(_R + "Art 4(1): a copy to the home authority at the same time", "L172", "M")
ART_4_3 = Basis(_R + "Art 4(3): of its own motion, within 72 hours of the copy", "S52", "S")
DECISION = Basis(_R + "Art 4(3): an infringement found is decided with reasons within the same period", "S51", "V")
ART_4_4_ASK = Basis(
    _R + "Art 4(4): scrutiny may be asked for within 48 hours of the order, or of the information", "S56", "S"
)
ART_4_4 = Basis(_R + "Art 4(4): a reasoned decision within 72 hours of the request", "S51", "V")
ART_4_7 = Basis(
    _R + "Art 4(6) and (7): the order ceases to have effect, and the content is reinstated at once", "L172", "M"
)
ART_6 = Basis(
    _R + "Art 6: content and related data are preserved for six months from removal, longer on request", "S50", "V"
)
ART_9 = Basis(
    _R + "Art 9: provider and content provider may challenge the order in the issuing State's courts", "S52", "S"
)
ART_10 = Basis(_R + "Art 10: complaints are for removals by specific measures, not by removal order", "S56", "S")
ART_11 = Basis(_R + "Art 11: the content provider is informed of the removal", "S55", "S")
ART_11_3 = Basis(_R + "Art 11(3): non-disclosure for at most six weeks, and six weeks more", "L172", "M")
INFERRED = Basis("not in the Regulation; follows from it", "L172", "I")
_ANNEX_1 = Basis(_R + "Annex I, sections A, B, E and F", "S50", "V")
_ANNEX_1M = Basis(_R + "Annex I, boxes of section B after the first, and sections C, D and G", "L172", "M")
_ANNEX_2 = Basis(_R + "Annex II", "L172", "M")
_ANNEX_3 = Basis(_R + "Annex III", "L172", "M")

SOURCES = [
    Source("L172", "Regulation (EU) 2021/784, OJ L 172/79 of 17 May 2021: recalled, not compared with its text"),
    Source("S50", "parlementairemonitor.nl and eumonitor: the annexes of Regulation (EU) 2021/784"),
    Source("S51", "lexray.eu/adtcor: extracts of Regulation (EU) 2021/784"),
    Source("S52", "ksp.techagainstterrorism.org: how to challenge a received removal order"),
    Source("S55", "bipt.be: obligations imposed on all service providers"),
    Source("S56", "A hosting provider's published release gate for removal orders (3 September 2026)"),
    OURS,
]
QUESTIONS = [
    "Art 3(4), 3(6), 4(1), 4(2), 4(6), 4(7) and 11(3), and sections C, D and G of Annex I, with Annexes II and III, are "
    "recalled and were not compared with the Official Journal.",
    "One guide says that the copy goes to the home authority within 48 hours; as recalled it goes at the same time, and "
    "the 48 hours belong to the request for scrutiny.",
    "Whether the first hour is left out of the one hour of Art 3(3), as Regulation (EEC, Euratom) 1182/71, Art 3, counts "
    "hours, is open: here every minute counts, which is the stricter reading.",
    "Whose local day ends the six months of Art 6 is not said; here it is that of Brussels, and a last day that is a "
    "holiday does not prolong it.",
    "As recalled, Art 4 is about orders across a border only, so an order within one Member State knows no scrutiny. Which it "
    "is does not change the clocks here: the 48 hours to ask are shown for every order, and nobody has to use a right.",
    "What follows from a decision on scrutiny that comes after its 72 hours is not known; here it has effect.",
]


def order_form(enforce: str) -> Form:
    """Return Annex I, to be refused or assessed where something is missing."""
    v, m = _ANNEX_1, _ANNEX_1M
    return Form(
        instrument="order", enforce=enforce,
        fields=[
            FormField("issuing_state", v, "A: Member State of the issuing authority", kind="country"),
            FormField("addressee", v, "A: addressee"),
            FormField("legal_representative", v, "A: legal representative, where there is one", required=False),
            FormField("contact_point", v, "A: contact point"),
            FormField("home_state", v, "A: Member State of main establishment or legal representative", kind="country"),
            FormField("issued_at", v, "A: time and date of issuing, as on the order itself", required=False, kind="instant"),
            FormField("reference", v, "A: reference number", longest=200),
            FormField("urls", v, "B: URLs", kind="urls"),
            FormField("further_information", v, "B: further information to find the content", required=False),
            FormField("reasons", v, "B: reasons why it is terrorist content"),
            FormField("incites", v, "B: it incites to terrorist offences", required=False, kind="yes"),
            FormField("solicits_offences", m, "B: it solicits to commit or contribute to them", required=False, kind="yes"),
            FormField("solicits_joining", m, "B: it solicits to take part in a terrorist group", required=False, kind="yes"),
            FormField("instructs", m, "B: it instructs on weapons or methods", required=False, kind="yes"),
            FormField("threatens", m, "B: it threatens to commit an offence", required=False, kind="yes"),
            FormField("non_disclosure", m, "C: the content provider is not to be told", required=False, kind="yes"),
            FormField("copy_to", m, "D: home authority to which a copy goes", required=False),
            FormField("authority", v, "E: issuing authority"),
            FormField("authority_contact", v, "F: contact for follow-up"),
            FormField("legal_basis", ART_3_4, "Legal basis"),
            FormField("signature", ART_3_4, "Electronic signature with time stamp, as on the order itself", required=False),
            FormField("redress", m, "G: body and time limit for a challenge"),
        ],
    )  # fmt: skip


ANNEXES = (
    Form(
        instrument="feedback",
        fields=[
            FormField("addressee", _ANNEX_2, "Addressee of the order"),
            FormField("authority", _ANNEX_2, "Authority that issued the order"),
            FormField("authority_reference", _ANNEX_2, "Authority's file reference"),
            FormField("addressee_reference", _ANNEX_2, "Addressee's file reference", required=False),
            FormField("received_at", _ANNEX_2, "Time and date of receipt of the order", kind="instant"),
            FormField("measure", _ANNEX_2, "Measure", choices=("removed", "disabled in all Member States")),
            FormField("measure_at", _ANNEX_2, "Time and date of the measure", kind="instant"),
            FormField("authorised_person", _ANNEX_2, "Authorised person"),
        ],
    ),
    Form(
        instrument="inability",
        fields=[
            FormField("addressee", _ANNEX_3, "Addressee of the order"),
            FormField("authority", _ANNEX_3, "Authority that issued the order"),
            FormField("authority_reference", _ANNEX_3, "Authority's file reference"),
            FormField("received_at", _ANNEX_3, "Time and date of receipt of the order", kind="instant"),
            FormField("reason", _ANNEX_3, "Reason", choices=("impossibility", "manifest errors", "insufficient information")),
            FormField("explanation", _ANNEX_3, "Explanation, and what clarification is needed"),
            FormField("authorised_person", _ANNEX_3, "Authorised person"),
        ],
    ),
)  # fmt: skip
REFUSAL_ABSENT = Absent(
    "refusal",
    ART_3_3,
    "the provider must comply; it can say that it cannot, ask for clarification, or challenge the order",
)
COMPLAINT_ABSENT = Absent(
    "complaint",
    ART_10,
    "a removal order is challenged by scrutiny (Art 4) or in court (Art 9), not by complaint to the provider",
)

ROLES = (
    Role(name="authority", side="authority", basis=SCOPE, label="Issuing competent authority"),
    Role(name="platform", side="platform", basis=SCOPE, label="Hosting service provider, by its contact point"),
    Role(name="home_authority", side="home_authority", basis=ART_3_9, label="Competent authority of the main establishment"),
    Role(name="user", side="user", basis=ART_11, label="Content provider"),
    Role(name="court", side="court", basis=ART_9),
)  # fmt: skip
OFF = (OrderVoided, On(ScrutinyDecided, "infringement"), On(CourtDecided, "restore"), Withdrawn, Superseded)
OBLIGATIONS = (
    Obligation(name="decide_scrutiny", owner="home_authority", term=Hours(72), repeats=True, basis=ART_4_4, starts=ScrutinyRequested,
               meets=ScrutinyDecided, cancels=OFF, label="Decide on the request for scrutiny"),
    Obligation(name="reinstate", owner="platform", term=WithoutUndueDelay(1, "immediately"), per_content=True, basis=ART_4_7,
               starts=(On(ScrutinyDecided, "infringement", where=DOWN), On(OrderVoided, where=DOWN), On(CourtDecided, "restore", where=DOWN)),
               meets=Restored, cancels=(Withdrawn, Superseded), label="Reinstate"),
    # A duty to keep is not breached when its time has passed: it closes. `Extended` prolongs it, Art 6(2).
    Obligation(name="preservation", kind="right", owner="platform", term=Months(6, ZONE), per_content=True, basis=ART_6,
               starts=On(EffectGiven, outcomes=DOWN), label="Content and related data are preserved, and not deleted before its end"),
)  # fmt: skip
