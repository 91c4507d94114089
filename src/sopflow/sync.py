# Generated from src/sopflow/aio.py by scripts/unasync.py. DO NOT CHANGE.
"""The sync shell: the straight line from an event to a committed step, and nothing else.

    [claim | due | inbox] -> [send] -> load -> decide -> commit

Everything it uses is handed in; it keeps no state of its own beyond caches.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self, final

import attrs

from . import _fanout, _log, canon, codec, core
from ._batch_sync import Batch
from ._endpoints import Breaker
from ._evidence_sync import Evidence
from ._given import several, usable
from ._law_sync import Law
from ._line_sync import AGREEMENT, identifier, merged, require_event, require_id
from ._registry_sync import FLAGGER
from ._search_sync import Search, limited
from ._versions_sync import Versions
from .case import Actor, Case
from .compose import TextRenderer, unproved
from .directories import StoreDirectory
from .directory import Directory, StaticDirectory
from .errors import (
    BadInput,
    CaseConflict,
    CaseNotFound,
    HookFailed,
    LookupsTampered,
    NotAllowed,
    Tampered,
)
from .events import Event, IncidentResolved, Instrument, Opened
from .journal import apply as fold_entry
from .journal import chained, disproved, verify
from .ladder import UNREACHED
from .permissions import Answer, answers, asked
from .ports import Attachment, Effect, EvidenceStore, FactProvider, Loaded, Notifier, Observer, Participant
from .procedure import Procedure
from .step import Entry, Incident, Renderer, Side, Step
from .terms import Calendar

_DAY = timedelta(days=1)


@final
class Runner(Batch, Evidence, Law, Search, Versions):
    """What a program holds: it opens cases, applies events, runs clocks, delivers messages and takes in answers.

    Used in `with`, it is closed at the end, and the store with it.

    Args:
        store: Where cases live; see `sopflow.stores.open_store`.
        procedures: The rulebooks. Several versions of one id may be given: new cases open under the last, present
            cases stay on theirs.
        acting_as: The roles whose messages are ours to send; others' are recorded as expected.
        directory: Whom to reach, and where.
        notifiers: Channel name to notifier.
        facts: Name to provider of a value that guards and hooks read, called with `(case, event, conn)` inside the
            transaction; the case is as it was before the event, None where that opens it.
            "flagger", what the directory says about the sender, is there unless another provider is given.
        participants: Called with `(step, conn)` inside the transaction; raising rolls the step back.
        observers: Called with the step after the commit; a failure is logged and changes nothing.
        effects: Name to callable for the durable side effects that hooks ask for (`Do`): called with `(data, key)`,
            as often as it takes; the key is the same each time.
        evidence: Where the bytes of attached files are kept, e.g. `sopflow.evidence.FileEvidence(folder)`; when left
            out, the store keeps them beside the cases, if it can.
        calendars: Business-day calendars by name, in place of those of the extra `calendar`.
        renderer: Turns templates into text.
        tenant: Part of every key.
        clock: Returns the present instant, with a time zone.
        new_id: Returns a new case id.
        new_salt: Returns 16 or more random bytes.
        lease: For how long a claimed message or a due deadline is nobody else's.
        attempts: How often a step is decided again when somebody else was first.
        hands: How many messages are sent at the same time.
        per_endpoint: How many of them to the same endpoint, so that a silent one never keeps all hands waiting.
        max_skew: How far in the future an event may be said to have happened.
        max_drift: How far the clock may be off the database's, where that has one: `tick` and `deliver` work by the
            database's, and stop while the two disagree. None to trust `clock` alone, for simulated time.
        require_signed: Open cases only under procedures whose exact text both sides have put in force by a case of
            `sop.agreement` in this store; any other is `NotSigned`. Cases that are open stay on what they began under.

    Raises:
        BadInput: For an argument of another class than it must be, a role that no procedure has, a missing fact
            provider, an unknown calendar, a lease that ends at once, or signatures that are required without the
            procedure by which they are given.
        MissingExtra: Where a calendar needs a package that is not installed.
    """

    def __init__(
        self,
        *,
        store: Any,
        procedures: Iterable[Procedure],
        acting_as: Iterable[str],
        directory: Directory | None = None,
        notifiers: Mapping[str, Notifier] | None = None,
        facts: Mapping[str, FactProvider] | None = None,
        participants: Sequence[Participant] = (),
        observers: Sequence[Observer] = (),
        effects: Mapping[str, Effect] | None = None,
        evidence: EvidenceStore | None = None,
        calendars: Mapping[str, Calendar] | None = None,
        renderer: Renderer | None = None,
        tenant: str = "default",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: os.urandom(16).hex(),
        new_salt: Callable[[], bytes] = lambda: os.urandom(16),
        lease: timedelta = timedelta(minutes=5),
        attempts: int = 5,
        hands: int = 8,
        per_endpoint: int = 2,
        max_skew: timedelta = timedelta(minutes=5),
        max_drift: timedelta | None = timedelta(seconds=5),
        require_signed: bool = False,
    ) -> None:
        participants = tuple(several(participants, "participants", "participants=[callable]"))
        observers = tuple(several(observers, "observers", "observers=[callable]"))
        usable(
            directory=directory, notifiers=notifiers, facts=facts, participants=participants, observers=observers,
            effects=effects, evidence=evidence, calendars=calendars, renderer=renderer, clock=clock, new_id=new_id,
            new_salt=new_salt, lease=lease, attempts=attempts, hands=hands, per_endpoint=per_endpoint,
            max_skew=max_skew, max_drift=max_drift,
        )  # fmt: skip
        if lease <= timedelta(0):
            raise BadInput("lease", lease, "use a time that a worker needs to work what it claims, such as 5 minutes")
        given: list[Callable[..., Any]] = [n.send for n in (notifiers or {}).values()]
        given += [*(effects or {}).values(), *(facts or {}).values(), *observers]
        if evidence is not None:
            given += [evidence.put, evidence.get, evidence.kept, evidence.erase]
        if not hasattr(store, "capabilities"):
            raise BadInput("store", type(store).__name__, 'hand in an open one, e.g. open_store("sqlite:///cases.db")')
        procedures = tuple(several(procedures, "procedures", '[catalogue.find("us.dmca_512")]'))
        for procedure in procedures:
            if not isinstance(procedure, Procedure):
                raise BadInput("procedures", procedure, 'hand in procedures, e.g. [catalogue.find("us.dmca_512")]')
        self.store = _fanout.as_sync(store, given)
        self.tenant = identifier(tenant, "tenant")
        self.clock = clock
        self._procedures = {p.digest: p for p in procedures}
        self._by_id = {p.id: p for p in self._procedures.values()}
        self._speaking = frozenset(name for p in self._procedures.values() for name in p.speaks)
        self._acting_as = frozenset(
            (acting_as,) if isinstance(acting_as, str) else several(acting_as, "acting_as", '["platform"]')
        )
        roles = {name for p in self._procedures.values() for name in p.role_names}
        unknown = sorted(self._acting_as - roles) if roles else ()
        if unknown:  # nothing would ever be sent for it
            raise BadInput("acting_as", unknown[0], f"use roles of the procedures given: {', '.join(sorted(roles))}")
        self._directory: Directory = directory if directory is not None else StaticDirectory(())
        self._stored = isinstance(directory, StoreDirectory)
        if self._stored and "directory" not in self.store.capabilities:
            raise BadInput("directory", "StoreDirectory", "use a store with the capability 'directory'")
        self._notifiers = dict(notifiers or {})
        self._facts = dict(facts or {})
        self._participants = participants
        self._observers = observers
        self._effects = dict(effects or {})
        self._evidence = evidence
        self._renderer = renderer if renderer is not None else TextRenderer()
        self._new_id = new_id
        self._new_salt = new_salt
        self._lease = lease
        self._attempts = attempts
        self._hands = hands
        self._per_endpoint = per_endpoint
        self._breaker = Breaker()
        self._max_skew = max_skew
        self._max_drift = max_drift
        self._require_signed = require_signed
        if require_signed and AGREEMENT not in self._by_id:
            raise BadInput("require_signed", True, f"hand in the procedure {AGREEMENT}, by which others are signed")
        self._kept: set[str] = set()
        self._documents: dict[str, str] = {}
        self._joined: dict[int, tuple[Step, ...]] = {}
        self._calendars = dict(calendars or {})
        for procedure in self._procedures.values():
            for name in procedure.calendars - set(self._calendars):
                from .calendars import load

                self._calendars[name] = load(name)
            for names in procedure.reads_of.values():
                for name in names - set(self._facts) - {FLAGGER}:
                    raise BadInput(
                        "facts", name, f"procedure {procedure.id} reads it: hand in facts={{{name!r}: provider}}"
                    )

    # --- opening and applying ------------------------------------------------------------------------------------

    def open(
        self,
        procedure: str,
        instrument: Instrument,
        *,
        by: Actor,
        at: datetime | None = None,
        evidence: Any = None,
        command_id: str | None = None,
        case_id: str | None = None,
        grounds: Sequence[str] = (),
        conn: Any = None,
    ) -> Case:
        """Open a case for a first instrument.

        Args:
            procedure: The rulebook's id.
            instrument: The notice, order, referral or complaint. If it names no matter, a case on contents that were
                reported before joins the matter of those (the oldest, where they belong to several).
            by: Who handed it in; must have one of the procedure's `opened_by` roles.
            at: When it came, with a time zone; now when left out.
            evidence: `Evidence`, or several.
            command_id: Makes a repetition harmless: it gives the recorded outcome.
            case_id: The new case's id; chosen by `new_id` when left out.
            grounds: Ids of cases on which this one rests.
            conn: The host's open transaction to join; see `apply`.

        Returns:
            The new case.

        Raises:
            UnknownProcedure: If the runner has no procedure of this id.
            NotAllowed: If this actor may not open a case.
            NotSigned: If the runner requires signatures, and this text of the procedure has none that are in force.
            BadInput: For a value that cannot be used.
            CommandReused: If the command id was used for something else.
        """
        rules, id = self._place(procedure, case_id)
        if not isinstance(instrument, Instrument):
            raise BadInput("instrument", type(instrument).__name__, 'hand in one, e.g. Notice(contents=["https://…"])')
        event = Opened(instrument=instrument, by=by, at=at, evidence=evidence, grounds=tuple(grounds))
        try:
            steps = self._opened(rules, event, id, command_id, conn)
        except (CaseConflict, NotAllowed, BadInput, HookFailed):
            recorded = self._recorded(command_id, event, case_id, conn, procedure)
            if recorded is None:
                raise
            return recorded if conn is None else self._for_host(recorded, ())
        if conn is not None:
            return self._for_host(steps[0].case, steps)
        self._committed(steps)
        return steps[0].case

    def apply(
        self,
        case_id: str,
        event: Event,
        *,
        by: Actor | None = None,
        expect: int | None = None,
        command_id: str | None = None,
        conn: Any = None,
    ) -> Case:
        """Apply an event to a case.

        Args:
            case_id: The case.
            event: What happened; its `by` is who does or states it.
            by: Who, where the event does not say.
            expect: The revision that the caller has seen; another one is a `CaseConflict`.
            command_id: Makes a repetition harmless: it gives the recorded outcome.
            conn: The host's open transaction to join: we work in a savepoint, never commit and never close, and
                observers run when the host, after its commit, hands the returned case to `committed`.

        Returns:
            The case after the event (for a repeated command id: as it was recorded then).

        Raises:
            CaseNotFound, UnknownProcedure, NotAllowed, CaseConflict, BadInput, CommandReused, HookFailed, StoreError:
                The case is as before.
        """
        require_event(event)
        if by is not None:
            event = attrs.evolve(event, by=by)
        case, parked = self._apply(case_id, event, expect, command_id, conn)
        if parked:
            self._retry_parked(case_id)
        return case

    def committed(self, *done: Case | Step | Attachment) -> None:
        """Run the observers for what was done in a host's transaction, after the host has committed it.

        Inbound items that were parked for these cases are tried again. A case is observed once, however often it is
        handed in.

        Args:
            done: The very cases that `open`, `apply` and the batches returned for `conn`, the attachments that `attach`
                returned for it, or steps that a participant saw.

        Raises:
            BadInput: For anything else, or if the host has not committed; nothing was observed.
        """
        steps: list[Step] = []
        for each in done:
            if not isinstance(each, Step) and id(each) not in self._joined:
                shown = each.id if isinstance(each, Case) else type(each).__name__
                raise BadInput("committed", shown, "hand in the very case that apply(conn=…) returned, or its steps")
            steps += (each,) if isinstance(each, Step) else self._joined[id(each)]
        by_case: dict[str, list[Step]] = {}
        for step in steps:
            by_case.setdefault(step.case.id, []).append(step)
        with self.store.session(read=True) as session:
            for case_id, own in by_case.items():
                loaded = session.load(self.tenant, case_id)
                there = {loaded.case.head} if loaded is not None else set()
                if loaded is not None and any(step.entry.hash not in there for step in own):  # it has gone on since
                    there = {entry.hash for entry in session.journal(self.tenant, case_id)}
                if any(step.entry.hash not in there for step in own):
                    raise BadInput("committed", case_id, "commit the transaction first: the store has no such step")
        self._joined.update((id(each), ()) for each in done if not isinstance(each, Step))
        self._committed(steps)
        for case_id in dict.fromkeys(step.case.id for step in steps):
            self._retry_parked(case_id)

    def preview(self, case_id: str, event: Event, *, by: Actor | None = None) -> Step:
        """Return the step that `apply` would commit now; nothing is written."""
        require_event(event)
        if by is not None:
            event = attrs.evolve(event, by=by)
        with self.store.session(read=True) as session:
            case = (self._loaded(session, case_id)).case
            rules = self._rules_for(case, event)
            facts = self._gather(session, rules, case, event, None)
        return core.decide(rules, case, event, facts, self.clock())

    def allowed(self, case_id: str, *, by: Actor) -> tuple[Answer, ...]:
        """Say for every event of the procedure whether this actor may: yes; no, with reasons; or depends on fields."""
        with self.store.session(read=True) as session:
            case, rules = self._load(session, case_id)
            sides = session.personal(self.tenant, case_id)
            directory = self._seen(session)
            found = []
            for name in rules.may_state:
                cls = rules.events[name]
                if cls is Opened:
                    continue
                event = asked(cls, by)
                try:
                    if event is None:
                        facts = self._facts_of(rules, case, cls, {}, {}, b"", None, directory)
                    else:
                        facts = self._gather(session, rules, case, event, None, sides, directory)
                except (HookFailed, BadInput) as error:
                    found.append(Answer(event=name, verdict="no", reasons=(str(error),)))
                    continue
                found += answers(rules, case, cls, by, facts, self.clock())
        return tuple(found)

    def rules_of(self, case: Case) -> Procedure:
        """Return the procedure of a case, in the version under which it is.

        Raises:
            UnknownProcedure: If this runner does not have that version.
        """
        return self._rules_of(case)

    @property
    def our_side(self) -> frozenset[str]:
        """The roles that this runner acts as, and those that its procedures put on the same side."""
        found = self._acting_as
        for rules in self._procedures.values():
            sides = {role.side for role in rules.roles if role.name in self._acting_as}
            found |= {role.name for role in rules.roles if role.side in sides}
        return found

    def proposal(self, case_id: str, event: Event) -> str:
        """Return the digest that approvals sign: exactly this act, on this case's contents, under its rulebook."""
        require_event(event)
        with self.store.session(read=True) as session:
            case, rules = self._load(session, case_id)
            sides = session.personal(self.tenant, case_id)
        if not sides:
            raise BadInput("case", case_id, "its personal values were erased: nothing can be signed any more")
        return core.proposal(rules, case, event, sides[0].salt)

    # --- looking -------------------------------------------------------------------------------------------------

    def case(self, case_id: str) -> Case:
        """Return a case."""
        with self.store.session(read=True) as session:
            return (self._loaded(session, case_id)).case

    def journal(self, case_id: str) -> tuple[Entry, ...]:
        """Return the entries of a case, first to last.

        Raises:
            CaseNotFound: If there is no such case.
            Tampered: If one is no entry any more; `verify` names all that is wrong.
        """
        require_id(case_id)
        with self.store.session(read=True) as session:
            entries = tuple(session.journal(self.tenant, case_id))
            if not entries:
                self._loaded(session, case_id)
        for entry in entries:
            _ = entry.doc  # so that what cannot be read is told here
        return entries

    def personal(self, case_id: str) -> dict[str, Any]:
        """Return the personal values of a case by path: "content.c1" is the exact locator of content c1.

        What a later entry says carries its number: "5:reason" is the reason that entry 5 gives.

        Returns:
            Nothing where they were erased.
        """
        require_id(case_id)
        with self.store.session(read=True) as session:
            values = merged(session.personal(self.tenant, case_id))
            if not values:
                self._loaded(session, case_id)
            return values

    def erase(self, case_id: str, *, unsent: bool = False) -> None:
        """Remove the personal values of a case, and the bytes of its files. Its journal still verifies and replays.

        It needs nothing that could be spoilt: a case that cannot be read any more is erased, too. Bytes that another
        case has too stay for that one. Where an evidence store of its own fails, the values are gone and the bytes are
        not: call it again.

        Args:
            case_id: The case.
            unsent: Drop messages that are still to be sent, too; each becomes an incident.

        Raises:
            CaseNotFound: If there is no such case.
            BadInput: While messages of the case are still to be sent and `unsent` is not set: they need the values.
            StoreError: Where the bytes could not be removed.
        """
        require_id(case_id)
        held = self._holdings(None, case_id)
        with self.store.session() as session:
            with suppress(Tampered):  # what its row says is not needed
                self._loaded(session, case_id)
            waiting = [m.id for m, status in session.outbox(self.tenant, case_id) if status == "queued"]
            if waiting and not unsent:
                raise BadInput("erase", case_id, f"deliver {', '.join(waiting)} first, or say unsent=True")
            for id in waiting:
                session.settle(self.tenant, id, "erased")
                session.report(
                    Incident(id=f"{id}/erased", tenant=self.tenant, case=case_id, kind="delivery_failed",
                             at=self._now(), detail=f"{id} was erased before it was sent")
                )  # fmt: skip
            session.erase(self.tenant, case_id)
            self._erase_bytes(case_id, session)
        self._erase_elsewhere(case_id, held)
        _log.info("sopflow.erased", case=case_id)

    def incidents(self, case_id: str = "", *, status: str = "open", limit: int = 1000) -> tuple[Incident, ...]:
        """Return what a person must look at, oldest first; `status=""` for the resolved ones too."""
        require_id(case_id)
        limited(limit)
        with self.store.session(read=True) as session:
            return tuple(session.incidents(self.tenant, case_id, status, limit))

    def resolve(self, incident: Incident | str, *, by: Actor, note: str = "") -> None:
        """Record that a person has looked at an incident; on a case's incident this is a journalled step.

        That nobody could be reached ("no_contact", "ladder_exhausted") is resolved as well, and the message goes on all
        the same once somebody is listed: now, or when `tick` sees it (until then a second incident has the status
        "waiting").
        """
        id = incident if isinstance(incident, str) else incident.id
        with self.store.session(read=True) as session:
            found = session.incident(self.tenant, id)
        if found is None:
            raise BadInput("incident", id, "hand in an incident of this tenant; see incidents()")
        if found.case and found.kind != "unknown_procedure":
            if found.kind in UNREACHED:
                self._keep_waiting(found)
            try:
                self.apply(found.case, IncidentResolved(incident=id, note=note, by=by))
                return
            except CaseNotFound:
                pass
        done = attrs.evolve(found, status="resolved", resolved_by=by.id, resolved_at=self._now(), note=note)
        with self.store.session() as session:
            session.report(done)

    def verify(self, case_id: str, *, evidence: bool = False) -> Entry:
        """Prove a case: the chain of its journal is whole, the journal replayed is the case, the personal values that
        are there are those that it proves, as are the letters, and what it is found by is as it says, if the store has
        the capability "lookups": a clock that nobody would look at, and a message that nobody would send, are named.

        Args:
            case_id: The case.
            evidence: Also that the bytes of each attached file are there and unchanged; all of them are read.

        Returns:
            The last entry, whose hash stands for all before it.

        Raises:
            Tampered: Saying which entries broke, and how; and why, where the case or personal values cannot be read.
            LookupsTampered: Saying what the case is not found by, where the journal is whole.
            EvidenceTampered: Saying which files are gone or changed, where the journal is whole.
        """
        require_id(case_id)
        loaded: Loaded | None = None
        sides: Sequence[Side] = ()
        misplaced: list[str] = []
        unread: list[str] = []
        with self.store.session(read=True) as session:
            entries: Sequence[Entry] = session.journal(self.tenant, case_id)
            try:
                loaded = session.load(self.tenant, case_id)
            except Tampered as error:
                unread += error.problems
            if loaded is None and not entries and not unread:
                raise CaseNotFound(self.tenant, case_id)
            if unread:  # the row says nothing of what its journal must be
                problems, _ = chained(self.tenant, case_id, entries)
            else:
                problems = list(verify(self.tenant, case_id, entries, None if loaded is None else loaded.case))
            try:
                sides = session.personal(self.tenant, case_id)
            except Tampered as error:
                unread += error.problems
            problems = unread + (problems or list(disproved(entries, sides)))
            if loaded is not None and not problems and loaded.case.messages:
                salts = {side.seq: side.salt for side in sides}
                for row, status in session.outbox(self.tenant, case_id):
                    message = loaded.case.message(row.id)
                    if message is None:
                        continue
                    if why := unproved(row, message, salts.get(message.seq)):
                        problems.append(why)
                    if status == "erased" and message.seq in salts:
                        misplaced.append(f"message {row.id} is not sent as if the case had been erased, and it was not")
            if loaded is not None and not problems and "lookups" in self.store.capabilities:
                misplaced += session.misplaced(loaded.case, self._now() + max(self._lease, _DAY))
                for entry in entries:
                    command = entry.command
                    if command is not None and session.command(self.tenant, command) != (case_id, entry.seq):
                        misplaced.append(f"entry {entry.seq} is not found by its command id: it would be done again")
        if problems:
            raise Tampered(case_id, problems)
        if misplaced:
            raise LookupsTampered(case_id, misplaced)
        if evidence:
            self._verify_bytes(case_id)
        found: Entry = entries[-1]
        return found

    def reexamine(self, case_id: str) -> tuple[str, ...]:
        """Decide a case's events again with today's code, and say what would differ.

        Raises:
            Tampered: If its journal does not verify: what was changed cannot be decided again.
        """
        require_id(case_id)
        with self.store.session(read=True) as session:
            entries = session.journal(self.tenant, case_id)
            sides = {side.seq: side for side in session.personal(self.tenant, case_id)}
            case, _ = self._load(session, case_id)
        problems = verify(self.tenant, case_id, entries, case)
        if problems:
            raise Tampered(case_id, problems)
        if entries and len(sides) < len(entries):
            raise BadInput("case", case_id, "its personal values were erased: it cannot be decided again")
        key = sides[1].salt if entries else b""
        differences: list[str] = []
        before: Case | None = None
        known: dict[str, Any] = {}
        for entry in entries:
            difference = self._differs(before, entry, sides[entry.seq], known, key)
            if difference:
                differences.append(f"entry {entry.seq} ({entry.event}): {difference}")
            before = fold_entry(before, entry)
            known |= merged([sides[entry.seq]])
        return tuple(differences)

    def _differs(self, before: Case | None, entry: Entry, side: Any, known: Mapping[str, Any], key: bytes) -> str:
        """Decide one entry's event again and say what is different, or ""."""
        doc = entry.doc
        taken_over = doc["effects"].get("migrated", {})
        rules = self._procedures.get(taken_over.get("digest", doc["procedure"]))
        if rules is None:
            return "cannot be decided again: this runner was not given that version of the procedure"
        cls = rules.events.get(entry.event)
        if cls is None:
            return "cannot be decided again: the procedure names no such event any more"
        event = codec.from_entry(doc, cls, side.values)
        facts = self._facts_of(rules, before, event, doc.get("facts", {}), known, key, doc.get("command"))
        facts = attrs.evolve(facts, salt=side.salt)
        now = canon.parse_instant(doc["now"])
        try:
            if isinstance(event, Opened):
                birth = doc["effects"]["case"]
                again = core.open_case(
                    rules, event, facts, now, tenant=doc["tenant"], id=doc["case"], matter=birth.get("matter", ""),
                    flagger=birth.get("flagger", ""), lane=birth.get("lane", 0),
                )  # fmt: skip
            else:
                assert before is not None  # only the first entry has none, and it opens the case
                again = core.decide(rules, before, event, facts, now)
        except (NotAllowed, BadInput, HookFailed) as error:
            return f"would be refused today: {error}"
        if again.case.state != doc["target"]:
            return f"leads to {again.case.state}, not {doc['target']}"
        was, now_is = _without_clock(doc["effects"]), _without_clock(again.entry.doc["effects"])
        names = sorted(name for name in {*was, *now_is} if was.get(name) != now_is.get(name))
        return f"other effects on {', '.join(names)}" if names else ""

    def close(self) -> None:
        """Close the store. Call it once, when the program ends; or use the runner in `with`, which does."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def _without_clock(effects: Mapping[str, Any]) -> dict[str, Any]:
    """Return effects without what only said that the recording machine's clock was wrong."""
    found = [i for i in effects.get("incidents", ()) if i["kind"] != "clock_behind"]
    rest = {name: value for name, value in effects.items() if name != "incidents"}
    return rest | {"incidents": [[i["kind"], i["detail"]] for i in found]} if found else rest
