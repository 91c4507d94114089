"""The verbs: what happened, frozen and typed.

An *act* is a decision of our side and needs permission. A *fact* happened, whether anybody likes it or not, and is
recorded. An event's `name` and `schema` are what the journal keeps; the class may move or be renamed.

These are the events that procedures share. A procedure adds its own by subclassing `Act` or `Fact`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, final

from attrs import Factory, field

from . import records
from ._given import several
from .case import Actor, Content, Evidence, Outcome
from .errors import BadInput, MalformedLocator
from .records import Shown, frozen, personal

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_WORD = re.compile(r"[^\s@]*\Z")
_AN_ID = re.compile(r"'[\w-]{1,64}'\Z")
_URLS = '["https://…"]'


def _evidence(value: Evidence | Iterable[Evidence] | None) -> tuple[Evidence, ...]:
    if value is None:
        return ()
    made = (value,) if isinstance(value, Evidence) else tuple(several(value, "evidence", "Evidence.of(data)"))
    for one in made:
        if not isinstance(one, Evidence):
            raise BadInput("evidence", type(one).__name__, "hand in Evidence.of(data)")
    return made


def _contents(value: Iterable[Content | str]) -> tuple[Content, ...]:
    if isinstance(value, str | Content):
        value = (value,)
    try:
        made = tuple([Content(locator=c) if isinstance(c, str) else c for c in several(value, "contents", _URLS)])
    except MalformedLocator as error:
        if not _AN_ID.match(error.value):
            raise
        named = f"InstrumentReceived(contents=[{error.value}])"
        remedy = f"{error.remedy}; a content that the case has already is named by its id in the event: {named}"
        raise MalformedLocator(error.field, error.value.strip("'"), remedy) from None
    for content in made:
        if not isinstance(content, Content):
            raise BadInput("contents", content, "use URLs as text, or Content(…)")
    return made


def _strings(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(several(value, "contents or ids", '["c1"]'))


def _mapping(value: Any, field: str, example: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadInput(field, type(value).__name__, f"use a mapping such as {example}")
    return value


def _parties(value: Mapping[str, str | Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {role: _ids(role, ids) for role, ids in _mapping(value, "parties", '{"platform": "telegram"}').items()}


def _ids(role: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    given = tuple(value) if isinstance(value, Iterable) else (value,)
    for id in given:
        if not isinstance(id, str):
            raise BadInput(f"parties.{role}", type(id).__name__, "use a pseudonymous id, or a list of them, as text")
    return given


def _form(value: Mapping[str, str]) -> Mapping[str, str]:
    for name, text in _mapping(value, "form", '{"reasons": "…"}').items():
        if not isinstance(text, str):  # what was filled in is personal: it is not shown
            raise BadInput(f"form.{name}", type(text).__name__, "write the field as text")
    return value


def _outcomes(value: Mapping[str, str]) -> dict[str, str]:
    _mapping(value, "EffectGiven.outcomes", '{"c1": "removed"}')
    for id, outcome in value.items():
        if outcome not in tuple(Outcome):
            raise BadInput(f"EffectGiven.outcomes.{id}", outcome, f"use one of {', '.join(Outcome)}")
    return {id: Outcome(outcome) for id, outcome in value.items()}


def _kept(instance: Any, attribute: Any, value: Any) -> None:
    for word in (value,) if isinstance(value, str) else value:
        if not _WORD.match(str(word)):
            name = f"{type(instance).__name__}.{attribute.name}"
            raise BadInput(name, word, "use a word or an id without spaces or '@': the journal keeps it for ever")


def _named(instance: Any, attribute: Any, value: object) -> None:
    if not value or (isinstance(value, str) and not value.strip()):
        raise BadInput(f"{type(instance).__name__}.{attribute.name}", value, "fill in this mandatory field")


def _sha256(instance: Any, attribute: Any, value: str) -> None:
    if not _SHA256.match(str(value)):
        raise BadInput(f"{type(instance).__name__}.{attribute.name}", value, "use a SHA-256 in hexadecimal")


def _flag(instance: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, bool):
        raise BadInput(f"{type(instance).__name__}.{attribute.name}", value, "use True or False")


def _size(instance: Any, attribute: Any, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise BadInput(f"{type(instance).__name__}.{attribute.name}", value, "use a number of bytes")


def mandatory(*, personal: bool = False, **kwargs: Any) -> Any:
    """Declare a field that must not be empty; what somebody wrote in their own words is personal."""
    return (records.personal if personal else field)(validator=_named, **kwargs)


@frozen(kw_only=True, repr=False, slots=False)
class Event(Shown):
    """What happened.

    Attributes:
        by: Who does or states it; the runner's verbs fill it in from their `by=`.
        at: When it happened, with a time zone; when left out, the moment of recording.
        evidence: What proves it; an evidence's `received_at` says when we were told.
        name, schema: Class variables: the stable name (the class name unless set) and the version of its fields.
        voids: Class variable: the values of `of` with which it says that a competent body has found the order, or what
            else the case rests on, not to have been due; `("",)` for an event that concerns nothing and always says so.
    """

    name: ClassVar[str]
    schema: ClassVar[int] = 1
    act: ClassVar[bool] = False
    voids: ClassVar[tuple[str, ...]] = ()

    by: Actor | None = None
    at: datetime | None = None
    evidence: tuple[Evidence, ...] = field(default=(), converter=_evidence)

    def __init_subclass__(cls) -> None:
        if "name" not in cls.__dict__:
            cls.name = cls.__name__

    def of(self) -> str:
        """Return the obligation or role this concerns; for messages the core looks the template up."""
        return ""

    def concerns(self) -> Mapping[str, str] | None:
        """Return content id to new outcome ("" for none); None if it concerns the whole case."""
        return None


class Act(Event):
    """Our side decides. Refused, with every reason, where the procedure does not allow it."""

    __slots__ = ()

    act: ClassVar[bool] = True


class Fact(Event):
    """It happened. Recorded in any state; irregular, with an incident, where no transition fits."""

    __slots__ = ()


@frozen(kw_only=True, repr=False, slots=False)
class Instrument(Shown):
    """What a sender hands in or an authority issues.

    Attributes:
        contents: The reported items; plain strings are taken as URLs.
        parties: Role to the id (or ids) of a party in this case, e.g. {"platform": "telegram"}. Ids are pseudonymous.
        form: The form's fields, by name. They are personal: the journal keeps their digests.
        matter: Links cases about the same content.
        category: What kind of matter it is, in one word of the host's, e.g. "csam"; the journal keeps it.
        due: A limit set in the instrument itself, for obligations with the term `PerCase`.
    """

    kind: ClassVar[str] = "instrument"

    contents: tuple[Content, ...] = field(default=(), converter=_contents)
    parties: Mapping[str, tuple[str, ...]] = field(default=Factory(dict), converter=_parties)
    form: Mapping[str, str] = personal(default=Factory(dict), converter=_form)
    matter: str = field(default="", validator=_kept)
    category: str = field(default="", validator=_kept)
    due: datetime | None = None

    def __init_subclass__(cls) -> None:
        if "kind" not in cls.__dict__:
            cls.kind = cls.__name__.lower()


@final
class Notice(Instrument):
    """A report of illegal content by somebody who may not order its removal."""

    __slots__ = ()


@final
class Order(Instrument):
    """A binding demand by an authority."""

    __slots__ = ()


@final
class Referral(Instrument):
    """A report for the provider's voluntary consideration against its own terms."""

    __slots__ = ()


@final
class Complaint(Instrument):
    """A challenge by somebody affected by a decision."""

    __slots__ = ()


@final
class CounterNotice(Instrument):
    """A subscriber's statement that the removal was a mistake."""

    __slots__ = ()

    kind: ClassVar[str] = "counter_notice"


@final
class Request(Instrument):
    """A formal request of one body to another: to order what only that one may order, or to agree."""

    __slots__ = ()


@final
class Application(Instrument):
    """A request to be granted something, e.g. that a block be lifted, or a status as a trusted flagger."""

    __slots__ = ()


# --- how a case begins, and what comes into it ------------------------------------------------------------------


def _is_instrument(instance: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, Instrument):
        name = f"{type(instance).__name__}.{attribute.name}"
        raise BadInput(name, type(value).__name__, "hand in an instrument, e.g. Notice(contents=…)")


@final
@frozen(kw_only=True, repr=False, slots=False)
class Opened(Fact):
    """A report, order or other instrument came in and a case was opened for it: entry 1 of every journal."""

    instrument: Instrument = field(validator=_is_instrument)
    grounds: tuple[str, ...] = field(default=(), converter=_strings, validator=_kept)
    parent: str = ""


@final
@frozen(kw_only=True, repr=False, slots=False)
class InstrumentReceived(Fact):
    """A further instrument came into the case, e.g. a counter-notice or a complaint.

    Attributes:
        instrument: The instrument. Contents in it that the case has already (the same by their `locators.key`; in a
            challenge, where that fits one alone, by `locators.alike`) are those of the case; the others are new ones.
        contents: Ids of the case's own contents that it is about; empty for all of them, unless it names some.
        named: How the instrument writes the locators of such contents where the case has them written otherwise, by id;
            filled in by the decision, so that nothing of what came in is lost.
    """

    instrument: Instrument = field(validator=_is_instrument)
    contents: tuple[str, ...] = field(default=(), converter=_strings)
    named: Mapping[str, str] = personal(factory=dict, converter=_form)

    def concerns(self) -> Mapping[str, str] | None:
        """Return the contents it is about."""
        return dict.fromkeys(self.contents, "") or None

    def of(self) -> str:
        """Return the instrument's kind."""
        return self.instrument.kind


@final
@frozen(kw_only=True, repr=False)
class Attached(Fact):
    """A file was put on the case: `Runner.attach` kept its bytes, and this is what proves them.

    Attributes:
        digest: SHA-256 of the bytes, 64 lower-case hexadecimal digits.
        size: How many bytes there are.
        media_type: E.g. "image/png"; "" where unknown.
        file: The file's name, without folders.
        note: What it is.
    """

    digest: str = field(validator=_sha256)
    size: int = field(validator=_size)
    media_type: str = ""
    file: str = personal(default="")
    note: str = personal(default="")


# --- messages: four facts with four times -----------------------------------------------------------------------


@frozen(kw_only=True, repr=False, slots=False)
class _OfMessage(Fact):
    message: str = mandatory()
    note: str = personal(default="")


@final
@frozen(kw_only=True, repr=False, slots=False)
class Sent(_OfMessage):
    """The message left us (or, for an expected one, the other side says it sent it).

    Attributes:
        channel_reference: Under which id the channel knows it, e.g. its Message-ID: what its keeper can be asked for.
    """

    channel_reference: str = personal(default="")


@final
@frozen(kw_only=True, repr=False, slots=False)
class Unsent(_OfMessage):
    """The message cannot be sent to this contact on this channel: the ladder climbs."""

    reason: str = mandatory()


@final
@frozen(kw_only=True, repr=False, slots=False)
class AttemptFailed(_OfMessage):
    """The message could not be sent this time and will be tried again: it touches no clock.

    Attributes:
        attempt: 1 for the first.
        reason: Why, without addresses or content.
        again: When it will be tried again.
    """

    attempt: int
    reason: str = mandatory()
    again: datetime | None = None


@final
class Delivered(_OfMessage):
    """The message arrived in the addressee's system."""

    __slots__ = ()


@final
class Acknowledged(_OfMessage):
    """The addressee confirmed receipt."""

    __slots__ = ()


# --- what happened to the content --------------------------------------------------------------------------------


@final
@frozen(kw_only=True, repr=False, slots=False)
class EffectGiven(Fact):
    """Effect was given, per content: removed, disabled, not found, …

    Attributes:
        outcomes: Content id to outcome.
        reason: Why, in the words in which whoever is concerned is told.
    """

    outcomes: Mapping[str, str] = mandatory(converter=_outcomes)
    reason: str = personal(default="")

    def concerns(self) -> Mapping[str, str]:
        """Return the outcomes."""
        return self.outcomes


@frozen(kw_only=True, repr=False, slots=False)
class _OnContents(Fact):
    outcome: ClassVar[str] = ""

    contents: tuple[str, ...] = field(default=(), converter=_strings)  # empty: all of them
    reason: str = personal(default="")

    def concerns(self) -> Mapping[str, str]:
        """Return the outcome for each content named; the core fills in all contents where none is named."""
        return dict.fromkeys(self.contents, self.outcome)


@final
class Refused(_OnContents):
    """The addressee refuses, with reasons."""

    __slots__ = ()

    outcome: ClassVar[str] = Outcome.REFUSED


@final
class ClarificationRequested(_OnContents):
    """The addressee cannot act on the instrument as it is: manifest error or too little information."""

    __slots__ = ()

    outcome: ClassVar[str] = Outcome.CLARIFYING


@final
class ClarificationGiven(_OnContents):
    """The sender has clarified."""

    __slots__ = ()

    outcome: ClassVar[str] = Outcome.PENDING


@final
class ImpossibilityStated(_OnContents):
    """Force majeure or de facto impossibility."""

    __slots__ = ()

    outcome: ClassVar[str] = Outcome.IMPOSSIBLE


@final
class Restored(_OnContents):
    """The content is available again."""

    __slots__ = ()

    outcome: ClassVar[str] = Outcome.RESTORED


@final
class Retracted(_OnContents):
    """The sender takes the report back, for all contents or some."""

    __slots__ = ()


@final
class OrderVoided(_OnContents):
    """A competent body has found that the order has no effect."""

    __slots__ = ()

    voids: ClassVar[tuple[str, ...]] = ("",)


@final
@frozen(kw_only=True, repr=False, slots=False)
class CourtActionNotified(Fact):
    """Notice of a court action about the content was received."""

    reference: str = personal(default="")


@final
@frozen(kw_only=True, repr=False, slots=False)
class CourtDecided(Fact):
    """A court has decided: the content is to be restored, or stays down."""

    voids: ClassVar[tuple[str, ...]] = ("restore",)

    restore: bool = field(validator=_flag)
    reference: str = personal(default="")

    def of(self) -> str:
        """Return "restore" or "uphold"."""
        return "restore" if self.restore else "uphold"


@final
@frozen(kw_only=True, repr=False, slots=False)
class LinkedCase(Fact):
    """A case that this one opened has reached a milestone."""

    case: str = mandatory()
    procedure: str = mandatory()
    milestone: str = mandatory()

    def of(self) -> str:
        """Return the milestone."""
        return self.milestone


# --- time passed -------------------------------------------------------------------------------------------------


@frozen(kw_only=True, repr=False, slots=False)
class _OfDeadline(Fact):
    deadline: str = mandatory()
    obligation: str = mandatory()

    def of(self) -> str:
        """Return the obligation."""
        return self.obligation


@final
class DeadlineBreached(_OfDeadline):
    """A duty was not known to be fulfilled when its due instant passed."""

    __slots__ = ()


@final
class DeadlineClosed(_OfDeadline):
    """The time in which a right could be used is over."""

    __slots__ = ()


@final
class DeadlineOpened(_OfDeadline):
    """The earliest instant of a window has come."""

    __slots__ = ()


@final
class DeadlineReminded(_OfDeadline):
    """A duty without a number has been open for as long as the procedure lets pass before it reminds."""

    __slots__ = ()


@final
@frozen(kw_only=True, repr=False, slots=False)
class CalendarChanged(Fact):
    """A decree changed a holiday: deadlines that had not passed by `at` are computed again, and this says why.

    Attributes:
        calendar: The calendar's name, as terms use it; the runner holds its new data.
        reference: The decree, without personal data: the journal keeps it.
    """

    calendar: str = mandatory()
    reference: str = mandatory()

    def of(self) -> str:
        """Return the calendar's name."""
        return self.calendar


@final
@frozen(kw_only=True, repr=False, slots=False)
class ContactListed(Fact):
    """Somebody can be tried now for messages to this party that found nobody left to try: the ladder goes on.

    `tick` finds that out where the directory has changed.

    Attributes:
        party: The party's id, as the case names it.
    """

    party: str = mandatory()


# --- acts that procedures share ----------------------------------------------------------------------------------


@final
@frozen(kw_only=True, repr=False, slots=False)
class Verified(Act):
    """The report was examined and found to be what it says."""

    note: str = personal(default="")


@final
@frozen(kw_only=True, repr=False, slots=False)
class Rejected(Act):
    """The report is refused by our side, with reasons for its sender."""

    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True, repr=False, slots=False)
class Approved(Act):
    """One signature on exactly what is proposed: `Runner.proposal` gives the digest."""

    proposal: str = field(validator=_sha256)


@final
@frozen(kw_only=True, repr=False, slots=False)
class Issued(Act):
    """The order or referral goes out."""

    reference: str = ""
    due: datetime | None = None


@final
@frozen(kw_only=True, repr=False, slots=False)
class Escalated(Act):
    """The matter goes to another addressee: another case is opened with `instrument`."""

    instrument: Instrument
    reason: str = personal(default="")


@final
@frozen(kw_only=True, repr=False, slots=False)
class Withdrawn(Act):
    """Our side takes the instrument back: what has not been sent is not sent."""

    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True, repr=False, slots=False)
class Superseded(Act):
    """Another case takes this one's place: what has not been sent is not sent."""

    case: str = mandatory()
    reason: str = personal(default="")


@final
@frozen(kw_only=True, repr=False, slots=False)
class Closed(Act):
    """Our side closes the file: nothing more is awaited from anybody."""

    reason: str = personal(default="")


@final
@frozen(kw_only=True, repr=False, slots=False)
class Extended(Act):
    """Our side sets a later limit for a running duty, with a reason."""

    obligation: str = mandatory()
    due: datetime
    reason: str = mandatory(personal=True)

    def of(self) -> str:
        """Return the obligation."""
        return self.obligation


@final
@frozen(kw_only=True, repr=False, slots=False)
class Held(Act):
    """Non-disclosure: the role is not to be told anything before `until`. An earlier `until` shortens the hold."""

    role: str = mandatory()
    until: datetime
    reason: str = mandatory(personal=True)

    def of(self) -> str:
        """Return the role."""
        return self.role


@final
@frozen(kw_only=True, repr=False, slots=False)
class Corrected(Act):
    """An earlier entry said something wrong. Nothing is edited: what depends on it is computed again.

    Attributes:
        seq: The entry.
        field: "at", or "outcome:ID" for one content's outcome.
        value: The right value: an instant as text with time zone, or an outcome.
        reason: Why.
    """

    seq: int
    field: str = mandatory()
    value: str = mandatory()
    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True, repr=False, slots=False)
class Migrated(Act):
    """The case goes on under another version of its procedure. It is decided by that version; see `Runner.migrate`.

    Every procedure takes it, from the role from whose side it is written, without a row.

    Attributes:
        version, digest: The version that takes the case over.
        state: The state of that version in which the case goes on.
        recompute: Obligations whose running clocks are computed anew by that version's terms; those of all others
            keep the instants that they have.
        reason: Why.
    """

    version: str = mandatory()
    digest: str = field(validator=_sha256)
    state: str = mandatory()
    recompute: tuple[str, ...] = field(default=(), converter=_strings)
    reason: str = mandatory(personal=True)


@final
@frozen(kw_only=True, repr=False, slots=False)
class IncidentResolved(Act):
    """A person has looked at an incident."""

    incident: str = mandatory()
    note: str = personal(default="")


SHARED: tuple[type[Event], ...] = (
    Opened, InstrumentReceived, Sent, AttemptFailed, Unsent, Delivered, Acknowledged, EffectGiven, Refused,
    ClarificationRequested, ClarificationGiven, ImpossibilityStated, Restored, Retracted, OrderVoided,
    CourtActionNotified, CourtDecided, LinkedCase, DeadlineBreached, DeadlineClosed, DeadlineOpened,
    DeadlineReminded, Verified, Rejected, Approved, Issued, Escalated, Withdrawn, Superseded, Closed, Extended,
    Held, Corrected, IncidentResolved, Attached, CalendarChanged, ContactListed, Migrated,
)  # fmt: skip
for _cls in (*SHARED, *Instrument.__subclasses__()):
    if "__init__" not in _cls.__dict__:
        records.own_init(_cls)
CHALLENGES = (Complaint.kind, CounterNotice.kind)  # they contest a decision on what was reported, and report nothing
MESSAGE_FACTS: tuple[type[_OfMessage], ...] = (Sent, Unsent, Delivered, Acknowledged)
DEADLINE_FACTS: tuple[type[_OfDeadline], ...] = (DeadlineBreached, DeadlineClosed, DeadlineOpened, DeadlineReminded)
STATELESS: tuple[type[Act], ...] = (Corrected, IncidentResolved)  # they touch no state: possible in final ones, too
