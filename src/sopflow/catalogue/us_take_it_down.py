"""United States: the TAKE IT DOWN Act of 2025, its notice-and-removal process. Written from the platform's side."""

from __future__ import annotations

from datetime import date

from ..procedure import Procedure
from ..rules import Absent, Basis, Form, FormField, Source, Waiver
from . import _intimate as intimate
from ._intimate import CopiesSought
from ._shared import OURS

_A = "TAKE IT DOWN Act s. 3(a)"
_REQUEST = Basis(_A + ": a request by the person shown, or for that person, with four elements", "S90", "S")
_HOURS = Basis(_A + ": as soon as possible, and at most 48 hours after a valid request", "S90", "S")
_COPIES = Basis(_A + ": reasonable efforts against known identical copies, in the same 48 hours", "S92", "M")
_NO_APPEAL = Basis("TAKE IT DOWN Act: neither counter-notice nor appeal stands in it", "S92", "S")
_SILENT = Basis("TAKE IT DOWN Act s. 3: not in it; our choice", "S92", "I")


def _element(name: str, label: str, kind: str = "") -> FormField:
    return FormField(name, Basis(_A + f": {label.lower()}", "S90", "S"), label, kind=kind)


TAKE_IT_DOWN = Procedure(
    id="us.take_it_down",
    version="1",
    title="TAKE IT DOWN Act: removal of intimate images within 48 hours",
    jurisdiction="US",
    acting="platform",
    valid_from=date(2026, 5, 19),
    as_of=date(2026, 11, 28),
    summary="Whoever is shown in an intimate image that was published without consent, or somebody for that person, asks a "
    "platform to remove it. A request with its four elements starts 48 hours at its receipt, in which the image is removed "
    "and known identical copies are looked for. A request that lacks an element is answered with what it lacks; the hours "
    "then run from the receipt of the complete one. The Act has neither counter-notice nor appeal.",
    roles=intimate.roles(_REQUEST, _SILENT),
    opened_by={"reporter", "platform"},
    opened_with="notice",
    initial="received",
    states=intimate.states(_REQUEST, _HOURS, _SILENT, _SILENT),
    transitions=intimate.rows(_REQUEST, _HOURS, _COPIES, _SILENT, _SILENT, _SILENT),
    obligations=intimate.obligations(_HOURS, 48, _COPIES, _SILENT, excused=False),
    hooks=intimate.hooks(),
    forms=[
        Form(
            instrument="notice",
            fields=[
                _element("signature", "Physical or electronic signature"),
                _element("identification", "Identification of the image, and where it is"),
                _element("non_consent", "Statement in good faith that it was published without consent", "yes"),
                _element("contact", "How to contact whoever asks"),
            ],
        ),
    ],
    templates=[*intimate.TEMPLATES],
    sources=[
        Source("S90", "xbiz.com/news/297811; ynot.com (the Free Speech Coalition's reminder of 2026)"),
        Source("S91", "owlbrief.com 13182, on letters of the Federal Trade Commission"),
        Source("S92", "aipolicydesk.com; peopleofinternet.com"),
        Source("utah", "lexace.ai, Utah Code 13-72b-302, which refers to section 3(a)"),
        OURS,
    ],
    absent=[
        Absent("clarification", _SILENT, "a request that lacks something is answered, and a complete one continues the case"),
        Absent("impossibility", _SILENT, "what is not found is an outcome; the Act asks for reasonable efforts only against copies"),
        Absent("complaint", _NO_APPEAL, "the Act gives the user whose upload is removed neither a counter-notice nor an appeal"),
    ],
    questions=[
        "The Act's own text was not read: elements, hours and start come from secondary sources that agree, the number of "
        "the section from a State's code that refers to it; its subdivisions were not seen.",
        "That the same 48 hours hold for reasonable efforts against identical copies is recalled.",
        "The Act is recalled to be codified as 47 USC 223a.",
        "The Federal Trade Commission enforces it; about 53,088 US dollars for each violation, as one source has it (S). "
        "Enforcement is no part of this file.",
        "Refusal of a request that is unfounded, word to the user and restoration are not in the Act; a platform that offers "
        "none of them leaves those rows unused.",
        "That the 48 hours run on for what the platform refuses though the request is valid, and do not for a request that it "
        "rejects as no valid one, is inferred from their start at a valid request (I).",
        "What proof of good-faith effort a platform keeps is recalled and not verified; the journal is one.",
    ],
    waivers=[
        Waiver("unconfirmed-message", "*", "section 3 asks nobody to confirm receipt of what the platform tells"),
    ],
)  # fmt: skip

__all__ = ["TAKE_IT_DOWN", "CopiesSought"]
