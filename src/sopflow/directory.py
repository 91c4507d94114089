"""Parties and how to reach them: providers, authorities, flaggers and their points of contact.

A directory answers one question for the core: whom to try, in which order. Addresses never leave it except into the
outbox row of a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, final

from attrs import Factory, field, frozen

from .errors import BadInput


@final
@frozen(kw_only=True, slots=False)
class PointOfContact:
    """One way into an organisation.

    Attributes:
        id: Pseudonymous and stable: the journal names contacts by it.
        role: "contact_point", "legal_representative", "trust_and_safety", "abuse_desk", "duty_officer", …
        channels: Channel name to address, in the order to be tried, e.g. {"email": "abuse@platform.example"}.
        rank: Position in the ladder, lowest first; the named representative comes last.
        name: For people; never in a journal.
        languages: In order of preference, e.g. ("id", "en").
        zone: IANA time zone of the office.
    """

    id: str
    role: str = "contact_point"
    channels: Mapping[str, str] = field(repr=False)
    rank: int = 0
    name: str = field(default="", repr=False)
    languages: tuple[str, ...] = ("en",)
    zone: str = "UTC"


def _contacts(value: Iterable[PointOfContact]) -> tuple[PointOfContact, ...]:
    return tuple(value)


@frozen(kw_only=True, slots=False)
class _Organisation:
    id: str
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


@final
@frozen(kw_only=True, slots=False)
class Flagger(_Organisation):
    """A sender of notices: a trusted flagger, a hotline, a rights holder."""

    trusted: bool = False


Organisation = Provider | Authority | Flagger


@final
@frozen(kw_only=True, slots=False)
class Rung:
    """One step of the ladder: a contact and a channel."""

    contact: str
    channel: str
    role: str = ""


class Directory(Protocol):
    """The port: who can be reached, and where."""

    def ladder(self, party: str) -> tuple[Rung, ...]:
        """Return the rungs of a party, first to last; empty for an unknown party."""
        ...

    def address(self, contact: str, channel: str) -> str:
        """Return the address of a contact on a channel; "" when there is none any more."""
        ...

    def contact(self, contact: str) -> PointOfContact | None:
        """Return the point of contact with this id, or None."""
        ...


def _organisations(value: Iterable[Organisation]) -> tuple[Organisation, ...]:
    return tuple(value)


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

    def __attrs_post_init__(self) -> None:
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
                Rung(contact=c.id, channel=channel, role=c.role) for c in ranked for channel in c.channels
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
