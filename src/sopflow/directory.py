"""Parties and how to reach them: providers, authorities, flaggers and their points of contact.

A directory answers one question for the core: whom to try, in which order, and when. Addresses never leave it except
into the outbox row of a message.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Protocol, final

from attrs import Factory, field

from ._given import several_of
from .days import local_day
from .errors import BadInput
from .hours import ALWAYS, Hours
from .records import frozen
from .terms import zone

DUTY = "duty_officer"
LANES = 9
ROLES = ("contact_point", "trust_and_safety", "abuse_desk", "legal_representative", DUTY)

_ID = re.compile(r"[^\s@\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")


def _hours(value: Hours | str) -> Hours:
    return Hours(value) if isinstance(value, str) else value


def _strings(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _identifier(instance: Any, attribute: Any, value: str) -> None:
    if not _ID.match(str(value)):
        what = f"{type(instance).__name__}.{attribute.name}"
        raise BadInput(what, value, "use a pseudonymous id without spaces or '@': journals name it for ever")


def _zone(instance: Any, attribute: Any, value: str) -> None:
    try:
        zone(value)
    except BadInput as error:
        what = "flagger" if isinstance(instance, Flagger) else "contact"
        raise BadInput(f"{what} {instance.id}: zone", value, error.remedy) from None


def _period(instance: Any, attribute: Any, value: int) -> None:
    if type(value) is not int or not 0 <= value <= 36500:
        raise BadInput(f"contact {instance.id}: verify_days", value, "write days, from 0 (nobody asks) to 36500")


def _channels(instance: Any, attribute: Any, value: Any) -> None:
    what = f"contact {instance.id}: channels"
    if not isinstance(value, Mapping):
        raise BadInput(
            what, type(value).__name__, 'write channel and address, e.g. {"email": "abuse@platform.example"}'
        )
    for channel, address in value.items():
        if not isinstance(address, str) or not address.strip():  # an address is personal: it is not shown
            shown = address if isinstance(address, str) else type(address).__name__
            raise BadInput(f"{what}.{channel}", shown, "write the address as text, or leave the channel out")


def _languages(instance: Any, attribute: Any, value: tuple[str, ...]) -> None:
    for language in value or ("",):
        if not _LANGUAGE.match(language):
            raise BadInput(f"contact {instance.id}: languages", language, 'use codes such as "id", "en" or "pt-BR"')


@final
@frozen(kw_only=True, slots=False)
class PointOfContact:
    """One way into an organisation.

    Attributes:
        id: Pseudonymous and stable: the journal names contacts by it.
        role: "contact_point", "trust_and_safety", "abuse_desk", "legal_representative", "duty_officer", … A duty
            officer stands in for a contact whose office is closed, and is no rung of the ladder itself.
        channels: Channel name to address, in the order to be tried, e.g. {"email": "abuse@platform.example"}.
        rank: Position in the ladder, lowest first; the named representative comes last.
        name: For people; never in a journal.
        languages: In order of preference, e.g. ("id", "en").
        zone: IANA time zone of the office.
        hours: When the office is open, by its wall clock, e.g. "Mon-Fri 09:00-17:00"; "" means always.
        verified: The day on which somebody last made sure that this contact answers.
        verify_days: For how many days that is good; 0 where nobody asks.
    """

    id: str = field(validator=_identifier)
    role: str = "contact_point"
    channels: Mapping[str, str] = field(repr=False, validator=_channels)
    rank: int = 0
    name: str = field(default="", repr=False)
    languages: tuple[str, ...] = field(default=("en",), converter=_strings, validator=_languages)
    zone: str = field(default="UTC", validator=_zone)
    hours: Hours = field(default=ALWAYS, converter=_hours)
    verified: date | None = None
    verify_days: int = field(default=0, validator=_period)

    def unverified(self, today: date) -> int:
        """Return in which period without verification `today` lies: 1, 2, …; 0 where the contact is verified.

        One that was never verified is in its first period for ever: nothing says when it began. So is one of which
        somebody wrote that it was verified on a day that is still to come.
        """
        if self.verify_days <= 0:
            return 0
        early = self.verified is not None and (self.verified - today).days > 1  # in another zone it may be tomorrow
        return 1 if self.verified is None or early else max(0, ((today - self.verified).days - 1) // self.verify_days)


def period_of(contact: PointOfContact | None, today: date) -> str:
    """Return a name for the time since a contact was verified, in which one alarm of a kind is enough."""
    if contact is None or contact.verified is None:
        return str(today.toordinal() // ((contact and contact.verify_days) or 30))
    return f"{contact.verified}+{contact.unverified(today)}"


def _contacts(value: Iterable[PointOfContact]) -> tuple[PointOfContact, ...]:
    return several_of(PointOfContact, value, "contacts", "contacts=[PointOfContact(…)]")


@frozen(kw_only=True, slots=False)
class _Organisation:
    id: str = field(validator=_identifier)
    name: str = ""
    contacts: tuple[PointOfContact, ...] = field(default=(), converter=_contacts)


@final
@frozen(kw_only=True, slots=False)
class Provider(_Organisation):
    """An addressee that hosts, transmits or indexes content: a platform, an ISP, an app store."""


@final
@frozen(kw_only=True, slots=False)
class Authority(_Organisation):
    """A body that may order or ask for a measure."""


def _reason(instance: Any, attribute: Any, value: str) -> None:
    if not value.strip():
        raise BadInput(f"{type(instance).__name__}.reason", value, "say why: the flagger may ask for it")


@final
@frozen(kw_only=True, slots=False)
class Warned:
    """A warning that a flagger was given.

    Attributes:
        on: The day.
        reason: Why, in words; never in a journal.
    """

    on: date
    reason: str = field(repr=False, validator=_reason)


@final
@frozen(kw_only=True, slots=False)
class Suspension:
    """Why and for how long an accreditation rests.

    Attributes:
        since: The first day.
        until: The last day; None until it is lifted.
        reason: Why, in words; never in a journal.
    """

    since: date
    until: date | None = None
    reason: str = field(repr=False, validator=_reason)

    def holds(self, day: date) -> bool:
        """Return whether the accreditation rests on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


def _warned(value: Iterable[Warned]) -> tuple[Warned, ...]:
    return several_of(Warned, value, "warnings", "warnings=[Warned(…)]")


def _lane(instance: Any, attribute: Any, value: int) -> None:
    if type(value) is not int or not 0 <= value <= LANES:
        raise BadInput("Flagger.lane", value, f"use 0 (the ordinary queue) to {LANES} (worked first)")


@final
@frozen(kw_only=True, slots=False)
class Flagger(_Organisation):
    """A sender of notices: a trusted flagger, a hotline, a rights holder.

    Days are those of `zone`, first and last included.

    Attributes:
        trusted: Whether it has been accredited.
        categories, jurisdictions, providers: For what; an empty one sets no limit.
        lane: Its place in queues: a higher one is worked first; 0 is the ordinary queue.
        since, until: The first and last day of its accreditation; None where open.
        zone: IANA time zone of all its days.
        warnings: The warnings that it was given.
        suspension: Why and for how long its accreditation rests.
    """

    trusted: bool = False
    categories: tuple[str, ...] = field(default=(), converter=_strings)
    jurisdictions: tuple[str, ...] = field(default=(), converter=_strings)
    providers: tuple[str, ...] = field(default=(), converter=_strings)
    lane: int = field(default=0, validator=_lane)
    since: date | None = None
    until: date | None = None
    zone: str = field(default="UTC", validator=_zone)
    warnings: tuple[Warned, ...] = field(default=(), converter=_warned)
    suspension: Suspension | None = None

    def __attrs_post_init__(self) -> None:
        for what, period in (("Flagger", self), ("Suspension", self.suspension)):
            if period is not None and period.since and period.until and period.until < period.since:
                raise BadInput(f"{what}.until", period.until, f"use {period.since}, the first day, or a later one")

    def day(self, at: date | datetime) -> date:
        """Return the day that an instant is in the flagger's zone; a day is returned as it is."""
        return local_day(at, self.zone) if isinstance(at, datetime) else at

    def outside(
        self,
        on: date | datetime,
        *,
        category: str | None = None,
        jurisdiction: str | None = None,
        providers: Iterable[str] | None = None,
    ) -> tuple[str, ...]:
        """Return every reason why its accreditation does not cover something; empty where it does.

        Args:
            on: The day, or an instant (with a time zone).
            category, jurisdiction: What a notice says; None where that is not asked, "" where it does not say.
            providers: The providers that it is about, as far as they are known; None where that is not asked.
        """
        day = self.day(on)
        reasons = [] if self.trusted else [f"flagger {self.id} is not accredited"]
        if self.since is not None and day < self.since:
            reasons.append(f"flagger {self.id} is accredited from {self.since} on")
        if self.until is not None and day > self.until:
            reasons.append(f"flagger {self.id} was accredited until {self.until}")
        asked = [("category", category, self.categories), ("jurisdiction", jurisdiction, self.jurisdictions)]
        if providers is not None:  # about none that is known: nobody can say that it is in the scope
            asked += [("provider", provider, self.providers) for provider in tuple(providers) or ("",)]
        for what, value, scope in asked:
            if value is not None and scope and value not in scope:
                named = f"no known {what}" if what == "provider" else f"no {what}"
                said = f"{what} {value!r} is outside" if value else f"{named} is named, which is needed for"
                reasons.append(f"{said} the scope of flagger {self.id}: {', '.join(scope)}")
        return tuple(reasons)

    def resting(self, on: date | datetime) -> str:
        """Return that and for how long its accreditation rests on a day, or ""; the reason is in `suspension`."""
        found = self.suspension
        if found is None or not found.holds(self.day(on)):
            return ""
        return f"flagger {self.id} is suspended since {found.since}" + (f" until {found.until}" if found.until else "")

    def why_not(
        self,
        on: date | datetime,
        *,
        category: str | None = None,
        jurisdiction: str | None = None,
        providers: Iterable[str] | None = None,
    ) -> tuple[str, ...]:
        """Return every reason why this is no trusted flagger then, for what is named: `outside`, and `resting`."""
        resting = self.resting(on)
        found = self.outside(on, category=category, jurisdiction=jurisdiction, providers=providers)
        return (*found, resting) if resting else found


Organisation = Provider | Authority | Flagger


@final
@frozen(kw_only=True, slots=False)
class Rung:
    """One step of the ladder: a contact and a channel, with what decides when and how it is used.

    Attributes:
        contact, channel: Whom, and by which way.
        role: The contact's role; a "duty_officer" is no step, but stands in for others while they are closed.
        hours: When the contact's office is open.
        zone: Its time zone.
        languages: In order of preference.
    """

    contact: str
    channel: str
    role: str = ""
    hours: Hours = ALWAYS
    zone: str = "UTC"
    languages: tuple[str, ...] = ("en",)

    def open(self, at: datetime) -> bool:
        """Return whether the office is open at an instant."""
        return self.hours.hold(at, self.zone)


def steps(ladder: Iterable[Rung]) -> tuple[Rung, ...]:
    """Return the rungs that are tried one after the other: duty officers only where there is nobody else."""
    found = tuple(ladder)
    return tuple(r for r in found if r.role != DUTY) or found


def stand_in(ladder: Iterable[Rung], rung: Rung, at: datetime, used: Container[tuple[str, str]] = ()) -> Rung | None:
    """Return the duty officer's rung that is to be used in the place of one whose office is closed, or None.

    Args:
        ladder: Everybody of the party.
        rung: Whose turn it is.
        at: When.
        used: Contacts and channels not to be used (again).
    """
    if rung.role == DUTY or rung.open(at):
        return None
    free = (r for r in ladder if r.role == DUTY and r.open(at) and (r.contact, r.channel) not in used)
    return next(free, None)


class Directory(Protocol):
    """The port: who can be reached, and where. It answers from memory: it is asked inside transactions.

    A directory that also has the attribute `organisations` has its contacts looked after: `tick` finds those that
    nobody has verified for too long. One that has a method `organisation(id)`, which returns a `Provider`, `Authority`,
    `Flagger` or None, knows flaggers: cases get their lane from it.
    """

    def ladder(self, party: str) -> tuple[Rung, ...]:
        """Return the rungs of a party, first to last, and its duty officers'; empty for an unknown party."""
        ...

    def address(self, contact: str, channel: str) -> str:
        """Return the address of a contact on a channel; "" when there is none any more."""
        ...

    def contact(self, contact: str) -> PointOfContact | None:
        """Return the point of contact with this id, or None."""
        ...


def _organisations(value: Iterable[Organisation]) -> tuple[Organisation, ...]:
    return several_of(_Organisation, value, "organisations", "[Provider(…), Authority(…)]")


@final
@frozen(slots=False)
class StaticDirectory:
    """A directory given as values: enough for a program whose contacts change by deployment.

    Args:
        organisations: Providers, authorities and flaggers; ids are unique over all of them.
    """

    organisations: tuple[Organisation, ...] = field(converter=_organisations)
    _ladders: dict[str, tuple[Rung, ...]] = field(init=False, repr=False, default=Factory(dict))
    _contacts: dict[str, PointOfContact] = field(init=False, repr=False, default=Factory(dict))
    _by_id: dict[str, Organisation] = field(init=False, repr=False, default=Factory(dict))

    def __attrs_post_init__(self) -> None:
        self._by_id.update((organisation.id, organisation) for organisation in self.organisations)
        for organisation in self.organisations:
            if organisation.id in self._ladders:
                raise BadInput("organisation.id", organisation.id, "give each organisation an id of its own")
            ranked = sorted(organisation.contacts, key=lambda c: c.rank)
            for contact in ranked:
                if contact.id in self._contacts:
                    raise BadInput("contact.id", contact.id, "give each point of contact an id of its own")
                if not contact.channels:
                    raise BadInput(f"contact {contact.id}: channels", "{}", "name at least one channel and address")
                self._contacts[contact.id] = contact
            self._ladders[organisation.id] = tuple(
                Rung(contact=c.id, channel=channel, role=c.role, hours=c.hours, zone=c.zone, languages=c.languages)
                for c in ranked
                for channel in c.channels
            )

    def ladder(self, party: str) -> tuple[Rung, ...]:
        """Return the rungs of a party: its contacts by rank, each over its channels in order."""
        return self._ladders.get(party, ())

    def address(self, contact: str, channel: str) -> str:
        """Return the address of a contact on a channel, or ""."""
        found = self._contacts.get(contact)
        return found.channels.get(channel, "") if found else ""

    def contact(self, contact: str) -> PointOfContact | None:
        """Return the point of contact with this id, or None."""
        return self._contacts.get(contact)

    def organisation(self, id: str) -> Organisation | None:
        """Return the organisation with this id, or None."""
        return self._by_id.get(id)
