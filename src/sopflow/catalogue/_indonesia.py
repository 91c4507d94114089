"""What the Indonesian procedures since 2014 share: their sources, their own events, their guards.

Times are WIB (Asia/Jakarta). Indonesian terms are in brackets: *pemutusan akses* (taking down or blocking), *surat
teguran* (warning letter), *denda* (fine), *normalisasi* (opening again), *narahubung* (contact officer), *sanggah*
(objection).
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, final

from attrs import frozen

from ..case import Case
from ..events import (
    Act,
    Event,
    Fact,
    OrderVoided,
    Superseded,
    Withdrawn,
    mandatory,
)
from ..guards import complete, no_open_clock
from ..records import personal
from ..rules import (
    Basis,
    Guard,
    Source,
)

WIB: Final = "Asia/Jakarta"
GONE: Final = ("removed", "disabled", "not_found")
ENDED: Final = (Withdrawn, Superseded, OrderVoided)
_PERIODS: Final = ("takedown", "further_period", "takedown_urgent", "further_period_urgent")

_SOURCES: Final = {
    "S14": "viva.co.id/digital/936414 (17 July 2017)",
    "S20": "jdih.kominfo.go.id/infografis/view/20",
    "S21": "opera.liputan6.com/tekno/read/2088365 (8 August 2014)",
    "S22": "tekno.liputan6.com/read/2088349",
    "S23": "pasal.id, Permenkominfo 19/2014 Art 9",
    "S26": "hrw.org/news/2021/06/01; safenet.or.id; globalnetworkinitiative.org/mr5-indonesia",
    "S30": "politik.sekilas.co (interview with the Director General, 27 November 2025)",
    "S31": "portalone.net/tekno/internet/11474",
    "S32": "amp.suara.com/tekno/2025/09/18/194423",
    "S33": "portalberita.co/2025/02/02",
    "S34": "corenews.id/2025/02/21",
    "S35": "m.jpnn.com (13 October 2025); theleap.id 2881",
    "S39": "a forum's quotation of Decree 172/2024 (16 December 2025)",
    "S41": "selular.id 2025/11",
    "BN1376": "Permenkominfo 5/2020, State Gazette 2020 no. 1376, full text transcribed in "
    "github bayu-siddhi/indonesia-it-law-graph-rag at a47e7ab (PERMENKOMINFO_2020_005.md)",
    "PM10": "Permenkominfo 10/2021, transcribed in github bayu-siddhi/indonesia-it-law-graph-rag at a47e7ab "
    "(PERMENKOMINFO_2021_010.md)",
    "tumblr-2018": "haloindonesia.co.id, a press talk of the Director General of 7 March 2018",
    "forum-2014": "forumbebas.com 207747 (10 August 2014), a statement of civil society on Permenkominfo 19/2014",
}


def sources(*keys: str) -> list[Source]:
    """Return the sources with these keys."""
    return [Source(key, _SOURCES[key]) for key in keys]


def law(article: str, text: str, source: str = "BN1376", mark: str = "V") -> Basis:
    """Return the basis of a fact: the article, and what it says."""
    return Basis(f"{article}: {text}" if text else article, source, mark)


# --- their own events ----------------------------------------------------------------------------------------------


@final
@frozen(kw_only=True)
class TakedownOrdered(Act):
    """The Minister orders the operator to take down (*perintah pemutusan akses*).

    Attributes:
        urgent: The class that makes it urgent (*mendesak*); "" for the ordinary term.
        reference: The letter's number.
    """

    urgent: str = ""
    reference: str = ""

    def of(self) -> str:
        """Return "urgent" or "ordinary"."""
        return "urgent" if self.urgent else "ordinary"


@final
@frozen(kw_only=True)
class Warned(Act):
    """A warning letter (*surat teguran*) goes out, with the fine (*denda*) that it imposes.

    Attributes:
        reference: The letter's number.
        fine: The amount, as written in it, e.g. "IDR 78125000"; "" where none is imposed.
    """

    reference: str = ""
    fine: str = ""

    def of(self) -> str:
        """Return "fined", or "" where no fine is imposed."""
        return "fined" if self.fine else ""


@final
@frozen(kw_only=True)
class ReasonsSubmitted(Fact):
    """The operator gives reasons why it has not taken down (*alasan*)."""

    reason: str = personal(default="")


@final
@frozen(kw_only=True)
class ReasonsConsidered(Act):
    """The Minister has considered the reasons that the operator gave."""

    finding: str = personal(default="")


@final
@frozen(kw_only=True)
class FinePaid(Fact):
    """The fine was paid (*denda dibayar*)."""

    reference: str = ""


@final
@frozen(kw_only=True)
class NormalisationGranted(Act):
    """The application to lift the block is granted (*normalisasi dikabulkan*): the block's own case is to be lifted."""


@final
@frozen(kw_only=True)
class NormalisationRefused(Act):
    """The application to lift the block is refused (*normalisasi ditolak*).

    Attributes:
        grounds: Why.
        times_blocked: How often the system has been blocked, this time included.
    """

    name: ClassVar[str] = "NormalisationRefused"

    grounds: str = mandatory(personal=True)
    times_blocked: int = 0


# --- guards ----------------------------------------------------------------------------------------------------------


def urgent_class(article: str, *classes: str) -> Guard:
    """An urgent order names one of the classes that the rule calls urgent."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        given = getattr(event, "urgent", "")
        return None if given in classes else f"{given!r} is not urgent under {article}; use one of {', '.join(classes)}"

    return Guard(f"urgent_class({','.join(classes)})", test)


def elapsed(periods: int) -> Guard:
    """As many periods of an order have passed without obedience as the letter needs."""

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        runs = {d.id.partition("@")[0] for d in view.deadlines if d.obligation in _PERIODS and d.expired is not None}
        return None if len(runs) >= periods else f"{len(runs)} period(s) have passed, and this letter needs {periods}"

    return Guard(f"elapsed({periods})", test)


def _some_complete(*kinds: str) -> Guard:
    checks = [complete(kind) for kind in kinds]

    def test(before: Case, view: Case, event: Event, facts: Any) -> str | None:
        whys = [check.test(before, view, event, facts) for check in checks]
        return None if None in whys else " and ".join(str(why) for why in whys)

    return Guard(f"complete({'|'.join(kinds)})", test, looks_up=tuple([("instrument", kind) for kind in kinds]))


def _reasons_considered(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    pending = any(d.obligation == "consider_reasons" and d.is_open for d in view.deadlines)
    public = view.instruments[0].kind == "notice"
    return "the reasons that the operator submitted have not been considered" if pending and public else None


def _often_blocked(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    times = getattr(event, "times_blocked", 0)
    return (
        None
        if times > 3
        else f"a system that was blocked {times} time(s) is normalised; only after more than 3 is it refused"
    )


def _fined(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    return None if getattr(event, "fine", "") else "this letter imposes a fine: say which"


def block_asked_for(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    """A block was asked for, and nothing says that access is normal again."""
    standing = [c.id for c in view.children if "normalised" not in c.milestones]
    return None if standing else "no block was asked for that still stands"


def _no_block_stands(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    standing = [c.id for c in view.children if "blocked" in c.milestones and "normalised" not in c.milestones]
    return f"the block of case {standing[0]} stands: agree on the remedy and lift it first" if standing else None


BLOCK_ASKED_FOR = Guard("block_asked_for", block_asked_for)
NO_BLOCK_STANDS = Guard("no_block_stands", _no_block_stands)
COMPLETE = _some_complete("notice", "request")
REASONS_CONSIDERED = Guard("reasons_considered", _reasons_considered)
OFTEN_BLOCKED = Guard("blocked_more_than_3_times", _often_blocked)
FINED = Guard("fined", _fined)
NO_FINE_OPEN = no_open_clock("pay_fine")
