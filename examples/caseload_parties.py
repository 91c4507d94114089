"""Parties of a caseload: ids that name nobody, a directory that knows everybody, and a notifier that counts."""

from __future__ import annotations

import hashlib
from collections import Counter

from attrs import define, field, frozen

from sopflow import Outgoing, PointOfContact, Receipt
from sopflow.directory import Rung
from sopflow.ports import Notifier


def pseudonym(role: str, name: str) -> str:
    """Return the id of a party. A real host has ids of its own, which nobody can compute from a name."""
    return f"{role}-{hashlib.sha256(f'{role}/{name}'.encode()).hexdigest()[:12]}"


@frozen
class PseudonymousDirectory:
    """A directory of everybody: each party has one contact with one address, made from its id."""

    def ladder(self, party: str) -> tuple[Rung, ...]:
        """Return the party's only rung."""
        return (Rung(contact=f"{party}.desk", channel="email", role="contact_point"),)

    def address(self, contact: str, channel: str) -> str:
        """Return an address in a domain that cannot exist."""
        return f"{contact}@example.invalid"

    def contact(self, contact: str) -> PointOfContact | None:
        """Return the point of contact."""
        return PointOfContact(id=contact, channels={"email": self.address(contact, "email")})


@define
class CountingNotifier:
    """Counts messages by template, and hands them on where it was given another notifier.

    Attributes:
        onwards: The notifier that really sends; none for a rehearsal.
        sent: Template name to number of messages.
    """

    onwards: Notifier | None = None
    sent: Counter[str] = field(factory=Counter)

    def send(self, message: Outgoing) -> Receipt | None:
        """Count one message."""
        receipt = None if self.onwards is None else self.onwards.send(message)
        self.sent[message.template] += 1
        if receipt is None or isinstance(receipt, Receipt):
            return receipt
        raise TypeError("this desk is not async: hand it a plain notifier")
