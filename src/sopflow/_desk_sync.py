# Generated from src/sopflow/_desk.py by scripts/unasync.py. DO NOT CHANGE.
"""Contacts and the register: what keeps a channel to people usable."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from . import _log, canon, core, register
from ._line_sync import Line
from .case import SYSTEM, Actor
from .directories import StoreDirectory
from .directory import Directory, Organisation, period_of
from .errors import BadInput, CaseConflict, StoreContended, Tampered
from .events import AttemptFailed
from .ports import Query
from .procedure import Procedure
from .reports.accuracy import Accuracy, accuracy
from .step import Entry, Incident, Outgoing


class Desk(Line):
    """Contacts and register of an `Runner`."""

    _looked_after: tuple[Any, date | None, str] = ((), None, "")
    _relisted = False  # the directory may have somebody whom it had not

    # --- the register --------------------------------------------------------------------------------------------

    def register(
        self, organisation: Organisation, *, by: Actor, reference: str = "", conn: Any = None
    ) -> Entry | None:
        """List an organisation in the store's directory, or put it in the place of the one with the same id.

        Args:
            organisation: The provider, authority or flagger with all its contacts.
            by: Who does it: the host has made sure that they may.
            reference: What it rests on, e.g. the number of a letter; no personal data.
            conn: The host's open transaction to join.

        Returns:
            The journal's entry, or None where nothing would change.

        Raises:
            BadInput: For a contact's id that another organisation has, or a runner without a `StoreDirectory`.

        What cannot be read any more is written anew by it.
        """
        return self._change(organisation.id, organisation, by, reference, conn)

    def unregister(self, organisation: str, *, by: Actor, reference: str = "", conn: Any = None) -> Entry | None:
        """Remove an organisation, and with it its names and addresses, from the store's directory.

        Returns:
            The journal's entry, or None where it was not listed.

        Raises:
            BadInput: If it is not found while a row cannot be read, which may be its own.
        """
        return self._change(organisation, None, by, reference, conn)

    def registrations(self) -> tuple[Entry, ...]:
        """Return the journal of the store's directory, first to last: who changed what, and when."""
        with self.store.session(read=True) as session:
            return tuple(session.registrations(self.tenant))

    def verify_register(self) -> None:
        """Prove the store's directory: the chain of its journal is whole, and it is what the journal says.

        Raises:
            Tampered: Saying which entries broke, and how.
        """
        with self.store.session(read=True) as session:
            entries = session.registrations(self.tenant)
            present, passed_over = self._listed(session)
        problems = register.verify(self.tenant, entries, present)
        if passed_over:
            problems = (f"{passed_over} of the directory's rows cannot be read", *problems)
        if problems:
            raise Tampered("(directory)", problems)

    def _change(self, id: str, after: Organisation | None, by: Actor, reference: str, conn: Any) -> Entry | None:
        if not isinstance(self._directory, StoreDirectory):
            raise BadInput("directory", type(self._directory).__name__, "give the runner a StoreDirectory()")
        for attempt in range(self._attempts):
            try:
                with self.store.session(conn) as session:
                    entry = self._enter(session, id, lambda _: after, by, self._now(), reference)
                    if entry is None and after is None and (self._listed(session))[1]:
                        raise BadInput("organisation", id, "its row may be one that cannot be read: register it first")
                if conn is None:
                    self._show()
                if entry is not None:
                    _log.info("sopflow.registered", organisation=id, seq=entry.seq)
                return entry
            except (CaseConflict, StoreContended):
                if attempt + 1 == self._attempts or conn is not None:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def accuracy(self, flagger: str, *, since: datetime | None = None, until: datetime | None = None) -> Accuracy:
        """Return how often a flagger was right, as the journals of its cases prove it.

        Cases that were opened before the directory listed the flagger are not its own here; `sopflow.reports.accuracy`
        takes any journals.

        Args:
            flagger: Its id in the directory.
            since: Only what was handed in at this instant or later, with a time zone.
            until: Only what was handed in before this instant.
        """
        found = accuracy((), flagger, since=since, until=until)
        last = ""
        while True:
            with self.store.session(read=True) as session:
                page = session.find(self.tenant, Query(flagger=flagger, after=last))
                journals = [session.journal(self.tenant, case.id) for case in page]
            if not page:
                return found
            found += accuracy(journals, flagger, since=since, until=until, procedures=self._procedures.values())
            last = page[-1].id

    # --- contacts ------------------------------------------------------------------------------------------------

    def _look_after_contacts(self) -> None:
        """Open an incident for each contact that nobody has verified for its period, and for a broken file."""
        directory = self._directory
        self._refresh()
        refresh = getattr(directory, "refresh", None)
        if refresh is not None:
            refresh()
        now = self._now()
        listed, problem = getattr(directory, "organisations", ()), getattr(directory, "problem", "")
        seen = (listed, now.date(), problem)
        if listed is self._looked_after[0] and seen[1:] == self._looked_after[1:]:
            return
        incidents = []
        if problem:
            key = canon.digest(problem)[:16]
            incidents.append(
                self._concern(
                    f"directory/{key}",
                    "directory_broken",
                    problem if isinstance(directory, StoreDirectory) else f"the old one is used: {problem}",
                    now,
                )
            )
        for organisation in listed:
            for contact in organisation.contacts:
                if contact.unverified(now.date()):
                    since = f"since {contact.verified}" if contact.verified else "ever"
                    incidents.append(
                        self._concern(
                            f"contact/{contact.id}/unverified/{period_of(contact, now.date())}", "contact_unverified",
                            f"nobody has verified contact {contact.id} of {organisation.id} {since}", now,
                        )
                    )  # fmt: skip
        if incidents:
            with self.store.session() as session:
                for incident in incidents:
                    session.report(incident)
        self._looked_after = seen
        self._relisted = True

    def _concern(self, id: str, kind: str, detail: str, now: datetime) -> Incident:
        return Incident(id=id, tenant=self.tenant, kind=kind, at=now, detail=detail)

    # --- attempts ------------------------------------------------------------------------------------------------

    def _attempt_failed(self, row: Outgoing, again: datetime, reason: str) -> None:
        """Journal that a message could not be sent this time, and give it back in the same commit."""
        for attempt in range(self._attempts * 10):
            try:
                with self.store.session() as session:
                    case, rules = self._load(session, row.case)
                    again = max(self._loud(row, rules, again), core.current(row, case).send_after)
                    event = AttemptFailed(
                        message=row.id, attempt=row.attempts + 1, reason=reason, again=again, by=SYSTEM
                    )  # fmt: skip
                    facts = self._gather(session, rules, case, event, None)
                    step = core.decide(rules, case, event, facts, self.clock())
                    steps = self._commit(session, step, SYSTEM, None)
                    session.again(self.tenant, row.id, row.attempts + 1, again, reason, held(row))
            except (CaseConflict, StoreContended):
                if attempt + 1 == self._attempts * 10:
                    raise
                continue
            self._committed(steps)
            return

    def _loud(self, row: Outgoing, rules: Procedure, again: datetime, directory: Directory | None = None) -> datetime:
        """Return when a message is sent, or tried again: not in quiet hours, unless it would come too late then."""
        directory = self._directory if directory is None else directory
        send = rules.send_of.get(row.template)
        contact = directory.contact(row.contact) if send is not None and send.quiet is not None else None
        if send is None or send.quiet is None or contact is None:
            return again
        later = send.quiet.end(again, contact.zone)
        return later if row.expires is None or later <= row.expires else again


def held(row: Outgoing) -> datetime:
    assert row.leased is not None  # every claimed row has it
    return row.leased
