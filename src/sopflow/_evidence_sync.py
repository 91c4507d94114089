# Generated from src/sopflow/_evidence.py by scripts/unasync.py. DO NOT CHANGE.
"""Files on a case: the bytes first, then the step that names their digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import IO, Any

from . import _fanout, _log, canon, core
from ._inbox_sync import Inbox
from ._source import Source, digest_of, spooled
from .case import Actor
from .errors import BadInput, EvidenceNotFound, EvidenceTampered, Tampered
from .events import Attached
from .journal import verify
from .ports import Session, Attachment

_LIMIT = 1 << 30  # bytes


class Evidence(Inbox):
    """The attached files of an `Runner`."""

    def attach(
        self,
        case_id: str,
        file: Any,
        *,
        by: Actor,
        name: str = "",
        media_type: str = "",
        note: str = "",
        at: datetime | None = None,
        max_size: int = _LIMIT,
        expect: int | None = None,
        command_id: str | None = None,
        conn: Any = None,
    ) -> Attachment:
        """Put a file on a case: its bytes into the evidence store, their digest into the journal.

        It is a fact: recorded in every state, final ones too, and no clock heeds it unless the procedure says so. The
        bytes are kept before the journal names them; where the store keeps them beside the cases, in one transaction.

        Args:
            case_id: The case.
            file: A path, bytes, or a binary file object, read from where it stands to its end. Never a URL: nothing is
                fetched.
            by: Who attaches it; must have a role of the procedure.
            name: The file's name, which is personal; the path's own when left out. Folders are cut off.
            media_type: E.g. "image/png"; guessed from the name when left out.
            note: What it is; personal.
            at: When that happened, with a time zone; now when left out.
            max_size: The most bytes that are taken; 1 GiB when left out.
            expect: The revision that the caller has seen.
            command_id: Makes a repetition harmless: it gives the recorded outcome.
            conn: The host's open transaction to join; hand what is returned to `committed` after its commit.

        Returns:
            What was attached; its `seq` is the case's new revision.

        Raises:
            BadInput: For a file that cannot be read or is too large, or where no evidence store was handed in.
            CaseNotFound, NotAllowed, CaseConflict, CommandReused, StoreError: Nothing is journalled.
        """
        self._keeps_evidence()
        source = _fanout.plain(Source, file, name, media_type, max_size)
        try:
            event = Attached(
                digest=source.digest, size=source.size, media_type=source.media_type, file=source.name, note=note,
                by=by, at=at,
            )  # fmt: skip

            def put(session: Session) -> None:
                now = self._now()
                session.put_evidence(self.tenant, case_id, source.digest, source.rewound(), now)

            if self._evidence is not None:
                self._may_attach(case_id, event, conn)
                _fanout.plain(self._evidence.put, self.tenant, case_id, source.digest, source.rewound())
            also = put if self._evidence is None else None
            case, parked = self._apply(case_id, event, expect, command_id, conn, also)
        finally:
            _fanout.plain(source.close)
        if parked:
            self._retry_parked(case_id)
        attached = Attachment(
            digest=source.digest, size=source.size, media_type=source.media_type, name=source.name, note=note, by=by.id,
            at=case.recorded if at is None else canon.utc(at, "at"), seq=case.revision,
        )  # fmt: skip
        if conn is not None:
            self._to_observe(attached, self._joined[id(case)])
        return attached

    def evidence(self, case_id: str) -> tuple[Attachment, ...]:
        """Return the files of a case, in the order in which they were attached."""
        with self.store.session(read=True) as session:
            self._loaded(session, case_id)
            return self._attached(session, case_id)

    def open_evidence(self, case_id: str, digest: str) -> IO[bytes]:
        """Return the bytes of an attached file, after checking them against the digest.

        Returns:
            A binary file to be read and closed; a large one is on disk in the meantime.

        Raises:
            EvidenceNotFound: If the journal of this case names no such file, or its bytes are not there.
            EvidenceTampered: If they are not those that were attached.
        """
        if not any(a.digest == digest for a in self.evidence(case_id)):
            raise EvidenceNotFound(case_id, digest)
        found = self._fetched(case_id, digest)
        if found is None:
            raise EvidenceTampered(case_id, [f"the bytes of {digest} were changed"])
        return found

    def sweep(
        self, *, older_than: timedelta = timedelta(days=1), collect: bool = False
    ) -> tuple[tuple[str, str], ...]:
        """Find bytes that no journal names: what a crash between bytes and step left, or an erasure cut short.

        A case whose journal is not whole is left out, whatever it holds, and an incident says so (`failed`).

        Args:
            older_than: Leave alone what was put more recently: its step may be on its way.
            collect: Remove them. Do that only where this store holds the cases of everything in the evidence store.

        Returns:
            Case and digest of each, found or removed.
        """
        if older_than < timedelta(0):
            raise BadInput("older_than", older_than, "use zero or more")
        self._keeps_evidence()
        before = self._now() - older_than
        with self.store.session(read=True) as session:
            kept = self._holdings(session, "")
        found = []
        for case_id in dict.fromkeys(case for case, _, at in kept if at < before):
            held = [digest for case, digest, at in kept if case == case_id and at < before]
            try:
                with self.store.session(read=True) as session:
                    unnamed = self._unnamed(session, case_id, held)
            except Tampered as error:
                self._failed(case_id, "sweep", error)
                continue
            for digest in unnamed:
                found.append((case_id, digest))
                if collect:
                    self._erase_one(case_id, digest, before)
        _log.info("sopflow.swept", found=len(found), collected=collect)
        return tuple(found)

    # --- parts -----------------------------------------------------------------------------------------------------

    def _keeps_evidence(self) -> None:
        if self._evidence is None and "evidence" not in self.store.capabilities:
            raise BadInput("evidence", None, "the store keeps no files: hand in evidence=FileEvidence(folder)")

    def _may_attach(self, case_id: str, event: Attached, conn: Any) -> None:
        """Raise what the step will raise, before bytes are kept for nothing."""
        with self.store.session(conn, read=True) as session:
            case, rules = self._load(session, case_id)
            facts = self._gather(session, rules, case, event, None)
        core.decide(rules, case, event, facts, self.clock())

    def _attached(self, session: Session, case_id: str) -> tuple[Attachment, ...]:
        keeps, found = "personal" in self.store.capabilities, []
        journal = session.journal(self.tenant, case_id)
        try:
            entries = [e for e in journal if e.event == Attached.name]
            sides = {s.seq: s.values for s in session.personal(self.tenant, case_id)} if entries else {}
            for entry in entries:
                doc, data, side = entry.doc, entry.doc["event"]["data"], sides.get(entry.seq, {})
                found.append(Attachment(
                    digest=data["digest"], size=data["size"], media_type=data.get("media_type", ""),
                    name=side.get("file", ""), note=side.get("note", ""), by=doc["by"]["id"],
                    at=canon.parse_instant(doc["at"]), seq=entry.seq, erased=keeps and entry.seq not in sides,
                ))  # fmt: skip
        except (KeyError, TypeError, AttributeError) as error:  # it can be read, and is no entry
            raise Tampered(case_id, [f"an entry is no journal entry any more ({type(error).__name__})"]) from error
        return tuple(found)

    def _unnamed(self, session: Session, case_id: str, held: Sequence[str]) -> Sequence[str]:
        """Return those of a case's bytes that its journal does not name.

        Raises:
            Tampered: If there are any, and the journal is not whole: it may have named them.
        """
        named = {a.digest for a in self._attached(session, case_id) if not a.erased}
        found = [digest for digest in held if digest not in named]
        if found:
            loaded = session.load(self.tenant, case_id)
            entries = session.journal(self.tenant, case_id)
            problems = verify(self.tenant, case_id, entries, None if loaded is None else loaded.case)
            if problems:
                raise Tampered(case_id, problems)
        return found

    def _fetched(self, case_id: str, digest: str) -> IO[bytes] | None:
        """Return the bytes of a digest, or None if they are others."""
        found = spooled()
        try:
            if self._evidence is None:
                with self.store.session(read=True) as session:
                    session.get_evidence(self.tenant, case_id, digest, found)
            else:
                _fanout.plain(self._evidence.get, self.tenant, case_id, digest, found)
            found.seek(0)
            same = _fanout.plain(digest_of, found) == digest
            found.seek(0)
        except BaseException:
            found.close()
            raise
        if same:
            return found
        found.close()
        return None

    def _verify_bytes(self, case_id: str) -> None:
        problems = []
        for attachment in self.evidence(case_id):
            if attachment.erased:
                continue
            place = f"entry {attachment.seq}: the bytes of {attachment.digest}"
            try:
                found = self._fetched(case_id, attachment.digest)
            except EvidenceNotFound:
                problems.append(f"{place} are gone")
                continue
            if found is None:
                problems.append(f"{place} were changed")
            else:
                found.close()
        if problems:
            raise EvidenceTampered(case_id, problems)

    def _holdings(self, session: Session | None, case_id: str) -> Sequence[tuple[str, str, datetime]]:
        found: Sequence[tuple[str, str, datetime]] = ()
        if self._evidence is not None:
            found = _fanout.plain(self._evidence.kept, self.tenant, case_id)
        elif session is not None and "evidence" in self.store.capabilities:
            found = session.kept_evidence(self.tenant, case_id)
        return found

    def _erase_one(self, case_id: str, digest: str, before: datetime | None) -> None:
        if self._evidence is not None:
            _fanout.plain(self._evidence.erase, self.tenant, case_id, digest, before)
            return
        with self.store.session() as session:
            session.erase_evidence(self.tenant, case_id, digest, before)

    def _erase_bytes(self, case_id: str, session: Session) -> None:
        """Remove a case's bytes in the session that erases its values, if they are there."""
        if self._evidence is None:
            for case, digest, _ in self._holdings(session, case_id):
                session.erase_evidence(self.tenant, case, digest, None)

    def _erase_elsewhere(self, case_id: str, held: Sequence[tuple[str, str, datetime]]) -> None:
        """Remove what an evidence store of its own held when a case was erased, but for what is attached anew."""
        for case, digest, _ in held:
            try:
                with self.store.session(read=True) as session:
                    named = [a.digest for a in self._attached(session, case_id) if not a.erased]
            except Tampered:  # a journal that cannot be read keeps nothing from being erased
                named = []
            if digest not in named:
                self._erase_one(case, digest, None)
