# Generated from src/sopflow/_registry.py by scripts/unasync.py. DO NOT CHANGE.
"""The directory as a runner reads and changes it, in the transaction at hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import _log, accreditation, canon, register
from .case import Actor, Case
from .directories import StoreDirectory
from .directory import Directory, Flagger, Organisation, Provider, StaticDirectory
from .errors import BadInput, CaseConflict, StoreContended, Tampered
from .events import Event, Instrument
from .ports import Session, Store, Query
from .procedure import Procedure
from .step import Entry, Step

FLAGGER = "flagger"  # the fact that `guards.in_scope` and `guards.not_suspended` read


class Registry:
    """Reads and changes the directory for an `Runner`."""

    store: Store
    tenant: str
    clock: Callable[[], datetime]
    _directory: Directory
    _new_salt: Callable[[], bytes]
    _stored: bool  # the directory is in the store

    if TYPE_CHECKING:

        def _page(self, session: Session, query: Query) -> tuple[list[Case], list[Tampered]]: ...

    def _now(self) -> datetime:
        return canon.utc(self.clock(), "clock()")

    def _seen(self, session: Session) -> Directory:
        """Return the directory as this transaction sees it: one in the store with what it has changed itself."""
        directory = self._directory
        return (self._read(session, directory))[1] if isinstance(directory, StoreDirectory) else directory

    def _read(self, session: Session, directory: StoreDirectory) -> tuple[str, StaticDirectory]:
        _, head = session.registered(self.tenant)
        found = directory.at(self.tenant, head)
        if found is None:
            listed, passed_over = self._listed(session)
            found = directory.take(self.tenant, head, [o for o, _ in listed], passed_over)
        return head, found

    def _refresh(self) -> None:
        """Let a directory that is in the store answer from what is committed."""
        directory = self._directory
        if isinstance(directory, StoreDirectory):
            with self.store.session(read=True) as session:
                directory.show(self.tenant, *self._read(session, directory))

    def _show(self) -> None:
        """Do the same after a commit, which stands whatever comes of it."""
        try:
            self._refresh()
        except Exception as error:
            _log.warning("sopflow.directory_failed", error=type(error).__name__)

    def _listed(self, session: Session) -> tuple[list[tuple[Organisation, bytes]], int]:
        """Return the organisations with their salts, and how many rows were passed over: one hides no other."""
        rows = session.organisations(self.tenant)
        found = register.read(rows)
        return found, len(rows) - len(found)

    def _enter(
        self, session: Session, id: str, change: Callable[[Organisation | None], Organisation | None], by: Actor,
        now: datetime, reference: str,
    ) -> Entry | None:  # fmt: skip
        """Change an organisation in the store's directory; return the journal's entry, or None where it stays."""
        seq, prev = session.registered(self.tenant)
        present = [o for o, _ in (self._listed(session))[0]]
        before = next((o for o in present if o.id == id), None)
        after = change(before)
        if before == after:
            return None
        rest = [o for o in present if o.id != id]
        StaticDirectory([*rest, after] if after is not None else rest)  # refuses what does not fit together
        salt = self._new_salt()
        entry = register.entry(
            before, after, by=by, now=now, tenant=self.tenant, seq=seq + 1, prev=prev, salt=salt, reference=reference
        )  # fmt: skip
        doc = None if after is None else canon.text(register.to_doc(after))
        session.register(self.tenant, entry, id, doc, salt)
        return entry

    def _accredit(self, session: Session, step: Step) -> None:
        """Enter what an accreditation decided in the store's directory, in the same commit."""
        id = accreditation.concerns(step)
        if id and self._stored:
            doc = step.entry.doc["by"]
            by = Actor(doc["id"], doc["roles"], doc.get("organisation"))
            reference = f"{step.case.id}/{step.entry.seq}"
            if step.entry.event == accreditation.AccreditationAwarded.name:
                self._unshared(session, id, step.case.id)
            try:
                self._enter(
                    session, id, lambda present: accreditation.after(step, present), by, step.case.recorded, reference
                )
            except CaseConflict:  # the register's, not the case's
                raise StoreContended("somebody else changed the directory meanwhile; try again") from None

    def _unshared(self, session: Session, id: str, case: str) -> None:
        """Refuse an award while another case holds the flagger's accreditation: each would change the other's entry."""
        last = ""
        while True:
            query = Query(party=id, role=accreditation.ROLE, final=False, after=last)
            page, _ = self._page(session, query)
            for other in page:
                if other.id != case and accreditation.held_by(other):
                    raise BadInput(
                        "flagger", id, f"award it in case {other.id}, which holds its accreditation, or end that one"
                    )
            if len(page) < query.limit:
                return
            last = page[-1].id

    # --- who hands something in ----------------------------------------------------------------------------------

    def _flagger(self, directory: Directory, id: str) -> Flagger | None:
        find = getattr(directory, "organisation", None)
        found = None if find is None or not id else find(id)
        return found if isinstance(found, Flagger) else None

    def _sender(self, directory: Directory, case: Case | None, event: Event) -> Flagger | None:
        """Return the flagger of a case; of one that is being opened, who hands the instrument in."""
        if case is not None:
            return self._flagger(directory, case.flagger)
        by = event.by
        if by is None:
            return None
        return self._flagger(directory, by.organisation or "") or self._flagger(directory, by.id)

    def _scope(
        self, directory: Directory, found: Flagger, rules: Procedure, case: Case | None, event: Event
    ) -> dict[str, Any]:
        """Return what `Flagger.outside` asks about a report: its providers are those listed, or in the scope itself."""
        instrument = getattr(event, "instrument", None)
        given = instrument if isinstance(instrument, Instrument) else None
        parties = {**(case.parties if case is not None else {}), **(given.parties if given is not None else {})}
        listed = getattr(directory, "organisation", lambda _: None)
        return {
            "category": (given.category if given is not None else "") or (case.category if case is not None else ""),
            "jurisdiction": rules.jurisdiction or None,
            "providers": [
                id for ids in parties.values() for id in ids
                if id in found.providers or isinstance(listed(id), Provider)
            ],
        }  # fmt: skip

    def _standing(
        self, directory: Directory, rules: Procedure, case: Case | None, event: Event
    ) -> dict[str, Any] | None:
        """Return what the directory says about the flagger when the event happened: the fact "flagger".

        The reason of a suspension is free text, which the journal does not keep: it stays in the directory.
        """
        found = self._sender(directory, case, event)
        if found is None:
            return None
        at = canon.utc(event.at, f"{event.name}.at") if event.at is not None else self._now()
        outside = list(found.outside(at, **self._scope(directory, found, rules, case, event)))
        return {"id": found.id, "on": found.day(at).isoformat(), "outside": outside, "resting": found.resting(at)}

    def _lane(self, directory: Directory, rules: Procedure, event: Event) -> tuple[str, int]:
        """Return the flagger who opens a case, or "", and the lane that the accreditation gives the case."""
        try:
            found, standing = self._sender(directory, None, event), self._standing(directory, rules, None, event)
        except Exception as error:  # the host's directory must not keep a report from being recorded
            _log.warning("sopflow.directory_failed", error=type(error).__name__)
            return "", 0
        if found is None or standing is None:
            return "", 0
        return found.id, 0 if standing["outside"] or standing["resting"] else found.lane
