"""Regulation (EU) 2022/2065 (Digital Services Act): what its procedures share. Events, articles, sources; no procedure."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, final

from attrs import field, frozen

from ..errors import BadInput
from ..events import Act, mandatory
from ..rules import Basis, FormField, Source
from ._shared import OURS, OnContents

ZONE = "Europe/Brussels"
APPLIES = date(2024, 2, 17)  # to all providers (S, source "dates")
AS_OF = date(2026, 11, 28)


@final
@frozen(kw_only=True)
class DecisionUpheld(OnContents, Act):
    """After a complaint the decision stands, and the complainant is told why: Article 20(5)."""

    reason: str = mandatory(personal=True)


def _accepted(instance: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,500}", value):
        raise BadInput(
            "StatementSubmitted.puid", value, "use what the database takes: 1 to 500 of a-z, A-Z, 0-9, - and _"
        )


@final
@frozen(kw_only=True)
class StatementSubmitted(OnContents, Act):
    """The statement of reasons is in the Commission's database: Article 24(5).

    Attributes:
        puid: The platform's unique number of the statement, without personal data: 1 to 500 letters without accents,
            digits, "-" and "_". The database refuses others (source S83, V).
    """

    puid: str = field(validator=_accepted)


@final
@frozen(kw_only=True)
class StatementExempt(OnContents, Act):
    """No statement goes to the database: the provider is no online platform, or a micro or small one (Article 19)."""


@final
@frozen(kw_only=True)
class SuspicionReported(Act):
    """A suspicion of an offence that threatens life or safety goes to law enforcement: Article 18."""


R = "Reg. (EU) 2022/2065 "
INFERRED = Basis("not in the Regulation; follows from it", "OJ", "I")
OUR_CHOICE = Basis("the Regulation gives no waiting time here; it is our choice", "OJ", "I")
ART_16_1 = Basis(R + "Art 16(1): anybody may notify, electronically", "S73", "V")
ART_16_4 = Basis(R + "Art 16(4): confirm receipt without undue delay, where there is a contact", "S73", "V")
ART_16_5 = Basis(R + "Art 16(5): tell the notifier the decision and the redress, without undue delay", "S73", "V")
ART_16_6 = Basis(R + "Art 16(6): decide in time, with diligence, objectively and not arbitrarily", "S73", "V")
ART_22 = Basis(R + "Art 22: notices of trusted flaggers are decided with priority", "S78", "V")
ART_17 = Basis(
    R
    + "Art 17: a statement of reasons, at the latest when the restriction is imposed, where the user's contact is known",
    "S74",
    "V",
)
ART_20_1 = Basis(
    R + "Art 20(1): complaints by users and notifiers, free and electronic, for at least six months", "S75", "V"
)
ART_20_2 = Basis(R + "Art 20(2): the six months start on the day on which the decision is told", "S75", "V")
ART_20_4 = Basis(
    R + "Art 20(4): handled in time; a decision that was wrong is reversed without undue delay", "S75", "V"
)
ART_20_5 = Basis(R + "Art 20(5): a reasoned reply without undue delay, with what redress there is", "S75", "V")
ART_20_6 = Basis(R + "Art 20(6): under the supervision of qualified staff, not solely automated", "OJ", "M")

NOTICE_FIELDS = (
    FormField("explanation", Basis(R + "Art 16(2)(a)", "S73", "V"), "Why the information is illegal content"),
    FormField("urls", Basis(R + "Art 16(2)(b)", "S73", "V"), "Exact electronic location", kind="urls"),
    FormField(
        "further_information", Basis(R + "Art 16(2)(b)", "S73", "V"), "Further information to find it", required=False
    ),
    FormField(
        "name", Basis(R + "Art 16(2)(c)", "S73", "V"), "Name, except for offences of child sexual abuse", required=False
    ),
    FormField(
        "email",
        Basis(R + "Art 16(2)(c)", "S73", "V"),
        "E-mail address, with the same exception",
        required=False,
        kind="email",
    ),
    FormField(
        "good_faith",
        Basis(R + "Art 16(2)(d)", "S73", "V"),
        "Statement of good faith, accuracy and completeness",
        kind="yes",
    ),
)

SOURCES = {
    "OJ": Source("OJ", "Regulation (EU) 2022/2065: recalled, or silent; not compared with its text"),
    "S70": Source("S70", "eu-digital-services-act.com, Article 9"),
    "S71": Source("S71", "akos-rs.si: decisions to act against illegal content"),
    "S73": Source("S73", "eu-digital-services-act.com, Article 16; sorena.io, notice and action"),
    "S74": Source("S74", "A public legal research file that quotes the Regulation"),
    "S75": Source("S75", "app.codeliance.com/regulations/dsa/article/20"),
    "S76": Source("S76", "akos-rs.si: complaint against the decision of an online platform"),
    "S77": Source("S77", "streamlex.eu/articles/dsa-en-art-21"),
    "S78": Source("S78", "streamlex.eu/articles/dsa-en-art-22; eu-digital-services-act.com, recitals 61 to 70"),
    "S81": Source("S81", "eu-digital-services-act.com, Article 15"),
    "S83": Source("S83", "github digital-services-act/transparency-database at 69e80a0"),
    "hannessnellman": Source("hannessnellman", "digitaldecade.hannessnellman.com, chapter III, Article 21"),
    "dates": Source("dates", "curatedai.eu: the Regulation applies to all platforms from 17 February 2024"),
    "sopflow": OURS,
}


def sources(*keys: str) -> tuple[Source, ...]:
    """Return the sources with these keys, with those of every procedure of this Regulation."""
    return tuple(SOURCES[key] for key in ("OJ", *keys, "dates", "sopflow"))
