# Generated from src/sopflow/_line.py by scripts/unasync.py. DO NOT CHANGE.
"""The straight line: from an event to a committed step.

load -> decide -> commit
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from . import _fanout, _log, canon, codec, core, locators
from ._endpoints import Breaker
from ._registry_sync import FLAGGER, Registry
from .case import Actor, Case
from .directories import StoreDirectory
from .directory import Directory, period_of
from .errors import (
    BadInput,
    CaseConflict,
    CaseNotFound,
    CommandReused,
    HookFailed,
    NotAllowed,
    NotCanonical,
    NotSigned,
    StoreContended,
    Tampered,
    UnknownProcedure,
)
from .events import Event, Instrument, InstrumentReceived, LinkedCase, Migrated, Opened, Superseded, Unsent
from .fold import number, received, recognised
from .journal import payload, replay
from .ports import (
    Session,
    Attachment,
    Effect,
    EvidenceStore,
    FactProvider,
    Inbound,
    Loaded,
    Notifier,
    Observer,
    Participant,
    Query,
)
from .procedure import Procedure
from .records import succeed
from .step import Facts, Incident, Renderer, Side, Step
from .terms import Calendar

_ID = re.compile(r"[^\s@]{1,200}\Z")
AGREEMENT = "sop.agreement"  # the procedure by which procedures are signed; it needs no signature itself


class Line(Registry):
    """Loads, gathers facts, decides and commits: what every verb of a runner ends in."""

    _procedures: Mapping[str, Procedure]
    _by_id: Mapping[str, Procedure]
    _speaking: frozenset[str]
    _acting_as: frozenset[str]
    _notifiers: Mapping[str, Notifier]
    _facts: Mapping[str, FactProvider]
    _participants: Sequence[Participant]
    _observers: Sequence[Observer]
    _effects: Mapping[str, Effect]
    _evidence: EvidenceStore | None
    _calendars: Mapping[str, Calendar]
    _renderer: Renderer
    _new_id: Callable[[], str]
    _lease: timedelta
    _attempts: int
    _per_endpoint: int
    _breaker: Breaker
    _hands: int
    _max_skew: timedelta
    _max_drift: timedelta | None
    _kept: set[str]
    _documents: dict[str, str]
    _joined: dict[int, tuple[Step, ...]]
    _require_signed: bool

    def _load(self, session: Session, case_id: str) -> tuple[Case, Procedure]:
        case = (self._loaded(session, case_id)).case
        return case, self._rules_of(case)

    def _loaded(self, session: Session, case_id: str, event: str = "") -> Loaded:
        """Return a case, with its side rows where an event of this name may need them and the store likes to."""
        require_id(case_id)
        loaded: Loaded | None = session.load(self.tenant, case_id, event in self._speaking)
        if loaded is None:
            raise CaseNotFound(self.tenant, case_id)
        return loaded

    def _page(self, session: Session, query: Query) -> tuple[list[Case], list[Tampered]]:
        """Return a page of cases, and the errors of those passed over: one that cannot be read hides no other."""
        found: list[Case] = []
        spoilt: list[Tampered] = []
        last, size = query.after, query.limit
        while len(found) < query.limit:
            size = min(size, query.limit - len(found))
            try:
                page = session.find(self.tenant, attrs.evolve(query, after=last, limit=size))
            except Tampered as error:  # somewhere in this page: look at fewer, until it is the next
                if size == 1 and error.case == last:
                    raise
                if size == 1:
                    spoilt.append(error)
                    last = error.case
                size = max(size // 2, 1)
                continue
            found += page
            if len(page) < size:
                break
            last, size = page[-1].id, size * 2
        return found, spoilt

    def _rules_of(self, case: Case) -> Procedure:
        rules = self._procedures.get(case.digest)
        if rules is None:
            raise UnknownProcedure(
                f"{case.procedure} {case.version} ({case.digest[:12]})",
                f"case {case.id} was opened under it: hand that version to the runner as well; the store has its text: "
                "documents.restore(runner.document(case.digest))",
            )
        return rules

    def _rules_for(self, case: Case, event: Event) -> Procedure:
        """Return the rules by which an event is decided: those of the case, or of the version that takes it over."""
        if not isinstance(event, Migrated):
            return self._rules_of(case)
        rules = self._procedures.get(event.digest)
        if rules is None:
            raise UnknownProcedure(f"{case.procedure} {event.version}", "hand that version to the runner as well")
        return rules

    def _apply(
        self, case_id: str, event: Event, expect: int | None, command: str | None, conn: Any,
        also: Callable[[Session], Any] | None = None,
    ) -> tuple[Case, bool]:  # fmt: skip
        """Return the case after the event, and whether inbound items waited for it.

        What must be committed with the step is done by `also`, in its session.
        """
        for attempt in range(self._attempts):
            try:
                steps, parked = self._apply_once(case_id, event, expect, command, conn, also)
            except StoreContended:
                if conn is not None or attempt + 1 == self._attempts:  # a host's transaction is the host's to repeat
                    raise
                continue
            except (CaseConflict, NotAllowed, BadInput, HookFailed) as error:  # a repetition may fit no more
                recorded = self._recorded(command, event, case_id, conn)
                if recorded is not None:
                    return (recorded if conn is None else self._for_host(recorded, ())), False
                again = isinstance(error, CaseConflict) and expect is None and attempt + 1 < self._attempts
                if not again:
                    raise
                continue
            if conn is not None:
                return self._for_host(steps[0].case, steps), False
            self._committed(steps)
            return steps[0].case, parked
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _apply_once(
        self, case_id: str, event: Event, expect: int | None, command: str | None, conn: Any,
        also: Callable[[Session], Any] | None = None,
    ) -> tuple[tuple[Step, ...], bool]:  # fmt: skip
        with self.store.session(conn) as session:
            step, parked = self._decide_on(session, case_id, event, expect, command)
            steps = self._commit(session, step, event.by, event.at)
            if also is not None:
                also(session)
            return steps, parked

    def _opened(
        self, rules: Procedure, event: Opened, id: str, command: str | None, conn: Any
    ) -> tuple[Step, ...]:
        for attempt in range(self._attempts):
            try:
                with self.store.session(conn) as session:
                    step = self._decide_open(session, rules, event, id, command)
                    return self._commit(session, step, event.by, event.at)
            except StoreContended:
                if conn is not None or attempt + 1 == self._attempts:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _decide_on(
        self, session: Session, case_id: str, event: Event, expect: int | None, command: str | None
    ) -> tuple[Step, bool]:
        """Return the step, and whether inbound items wait for the case. Nothing is written."""
        require_event(event)
        loaded = self._loaded(session, case_id, event.name)
        case = loaded.case
        if expect is not None and case.revision != expect:
            raise CaseConflict(case_id, expect, case.revision)
        rules = self._rules_for(case, event)
        if isinstance(event, Migrated):
            self._signed(session, rules, case_id, case)
        facts = self._gather(session, rules, case, event, command, loaded.personal)
        return core.decide(rules, case, event, facts, self.clock()), loaded.parked

    def _decide_open(
        self, session: Session, rules: Procedure, event: Opened, id: str, command: str | None
    ) -> Step:
        self._signed(session, rules, id)
        directory = self._seen(session)
        facts = self._gather(session, rules, None, event, command, None, directory)
        now = self.clock()
        matter = self._matter(session, event.instrument, id, now)
        flagger, lane = self._lane(directory, rules, event)
        return core.open_case(
            rules, event, facts, now, tenant=self.tenant, id=id, matter=matter, flagger=flagger, lane=lane
        )

    def _signed(self, session: Session, rules: Procedure, id: str, case: Case | None = None) -> None:
        """Refuse a procedure whose digest is not the very content of an agreement in force, if that is required.

        What was added to an agreement later was not signed, and does not count; nor does one under rules that are not
        ours. With a case, that case is to go on under the procedure.
        """
        if not self._require_signed or rules.id == AGREEMENT:
            return
        text = f"sha256:{rules.digest}"
        key = locators.digest("hash", text)
        agreements, _ = self._page(session, Query(procedure=AGREEMENT, state="in_force", content=(key,)))
        for agreement in agreements:
            known = merged(session.personal(self.tenant, agreement.id))
            signed = [known.get(f"content.{c.id}") for c in agreement.contents if not c.seq]
            if agreement.digest in self._procedures and text in signed:
                return
        remedy = f"have both sides put it in force under {AGREEMENT}"
        how = ("Opened", "") if case is None else (Migrated.name, case.state)
        raise NotSigned(id, rules.id, rules.digest, remedy, *how)

    def _place(self, procedure: str, case_id: str | None) -> tuple[Procedure, str]:
        """Return the rules and the id for a new case."""
        rules = self._by_id.get(procedure)
        if rules is None:
            raise UnknownProcedure(
                procedure, f"hand it to the runner; it has {', '.join(sorted(self._by_id)) or 'none'}"
            )
        return rules, identifier(case_id or self._new_id(), "case_id")

    def _matter(self, session: Session, instrument: Instrument, id: str, now: datetime) -> str:
        """Link a first report: return the matter of its contents, which is theirs from now on if they had none."""
        keys = [locators.digest(c.kind, c.locator) for c in instrument.contents if c.locator is not None]
        if not keys:
            return ""
        proposed, named = instrument.matter or id, bool(instrument.matter)
        return str(session.matter(self.tenant, keys, proposed, canon.utc(now, "clock()"), named))

    def _commit(
        self, session: Session, step: Step, by: Actor | None, at: datetime | None
    ) -> tuple[Step, ...]:
        """Write a step, the host's rows, and the cases it opens, all in this session."""
        if step.outgoing:
            directory = self._seen(session)
            try:
                addressed = [succeed(m, address=directory.address(m.contact, m.channel)) for m in step.outgoing]
            except Exception as error:
                raise HookFailed("directory", "address", error) from error
            step = succeed(step, outgoing=tuple(addressed))
        if (step.case.revision == 1 or step.entry.event == Migrated.name) and step.case.digest not in self._kept:
            session.keep_procedure(step.case.digest, self._document(step.case.digest))
        try:
            session.commit(step)
        except CaseConflict as error:
            if step.case.revision > 1:
                raise
            raise CaseConflict(error.case, error.expected, error.found, opening=True) from None
        if step.entry.seq > 1 and step.keys:  # contents that came later belong to the matter of their case
            session.matter(self.tenant, step.keys, step.case.matter, step.case.recorded, True)
        if step.entry.event == Unsent.name:
            self._bounced(session, step)
        if step.entry.event == Superseded.name:
            self._succeeded(session, step)
        self._accredit(session, step)
        for participant in self._participants:
            try:
                _fanout.plain(participant, step, session.conn)
            except Exception as error:
                raise HookFailed("participant", getattr(participant, "__name__", "?"), error) from error
        steps = [step]
        for child in step.opens:
            rules = self._by_id.get(child.procedure)
            if rules is None:
                raise UnknownProcedure(
                    child.procedure, f"case {step.case.id} opens one under it: hand it to the runner"
                )
            opened = Opened(
                instrument=child.instrument, grounds=child.grounds, parent=step.case.id, by=by, at=at
            )  # fmt: skip
            first = self._decide_open(session, rules, opened, child.id, None)
            steps += self._commit(session, first, by, at)
        for milestone in step.milestones:
            told = LinkedCase(case=step.case.id, procedure=step.case.procedure, milestone=milestone.milestone, at=at)
            item = Inbound(id=milestone.id, sender="sopflow", authenticated=True, case=milestone.parent, event=told,
                           received_at=step.case.recorded)  # fmt: skip
            session.keep(self.tenant, item, codec.event_to_doc(told))
        return tuple(steps)

    def _document(self, digest: str) -> str:
        text = self._documents.get(digest)
        if text is None:
            text = self._documents[digest] = canon.text(self._procedures[digest].document)
        return text

    def _for_host(self, case: Case, steps: tuple[Step, ...]) -> Case:
        """Return the host's own copy of a case. While the host keeps it, its steps are kept for `committed`.

        A host that rolls back drops the case, and with it all that could be observed.
        """
        own = succeed(case)
        self._to_observe(own, steps)
        return own

    def _to_observe(self, own: Case | Attachment, steps: tuple[Step, ...]) -> None:
        self._joined[id(own)] = steps
        weakref.finalize(own, self._joined.pop, id(own), None).atexit = False

    def _succeeded(self, session: Session, step: Step) -> None:
        """Open an incident where nobody here works on what takes the place of a case."""
        case, id = step.case, str(step.entry.doc["event"]["data"]["case"])
        if id == case.id or session.load(self.tenant, id) is None:
            session.report(
                Incident(id=f"{case.id}/{case.revision}.successor", tenant=self.tenant, case=case.id, at=case.recorded,
                         kind="successor_unknown", detail=f"{id}, which takes this case's place, is no case here")
            )  # fmt: skip

    def _bounced(self, session: Session, step: Step) -> None:
        """Open an incident for a contact that could not be reached: one for each period of its verification."""
        data = step.entry.doc["event"]["data"]
        message = step.case.message(data["message"])
        if message is None or message.status != "unsent" or not message.contact:
            return
        now, contact, channel = step.case.recorded, message.contact, message.channel
        directory = self._seen(session)
        try:
            period = period_of(directory.contact(contact), now.date())
        except Exception as error:  # the host's directory must not keep the failure unrecorded
            _log.warning("sopflow.directory_failed", contact=contact, error=type(error).__name__)
            period = period_of(None, now.date())
        session.report(
            Incident(id=f"contact/{contact}/{channel}/bounced/{period}", tenant=self.tenant, kind="contact_bounced",
                     at=now, detail=f"contact {contact} cannot be reached by {channel}: {data['reason']}")
        )  # fmt: skip

    def _committed(self, steps: Sequence[Step]) -> None:
        if isinstance(self._directory, StoreDirectory) and self._directory.behind:
            self._show()
        for step in steps:
            if step.entry.seq == 1:
                self._kept.add(step.case.digest)
            _log.info("sopflow.step", case=step.case.id, happened=step.entry.event, state=step.case.state)
            for incident in step.incidents:
                _log.warning("sopflow.incident", case=step.case.id, kind=incident.kind)
            for observer in self._observers:
                try:
                    _fanout.plain(observer, step)
                except Exception as error:
                    name = getattr(observer, "__name__", "?")
                    _log.warning("sopflow.observer_failed", observer=name, error=type(error).__name__)

    def _gather(
        self, session: Session, rules: Procedure, case: Case | None, event: Any, command: str | None,
        sides: Sequence[Side] | None = None, directory: Directory | None = None,
    ) -> Facts:  # fmt: skip
        if directory is None:
            directory = self._seen(session)
        values: dict[str, Any] = {}
        for name in sorted(rules.reads_of.get(event.name, ())):
            try:
                if name == FLAGGER and name not in self._facts:
                    value: Any = self._standing(directory, rules, case, event)
                elif event.act or session.conn is None:
                    value = _fanout.plain(self._facts[name], case, event, session.conn)
                else:  # a statement of the host's that fails must not take the fact with it
                    with session.part():
                        value = _fanout.plain(self._facts[name], case, event, session.conn)
            except Exception as error:
                if event.act:
                    raise HookFailed("fact provider", name, error) from error
                _log.warning("sopflow.fact_failed", fact=name, error=type(error).__name__)
                continue
            try:
                canon.check(value, f"facts.{name}")
            except NotCanonical as error:
                if event.act:
                    raise
                _log.warning("sopflow.fact_failed", fact=name, error=type(error).__name__)
                continue
            values[name] = value
        personal: Mapping[str, Any] = {}
        key = b""
        names = isinstance(event, InstrumentReceived) and event.instrument.contents  # perhaps some of the case's own
        if case is not None and (names or event.name in rules.speaks or any(d.expired_seq for d in case.deadlines)):
            known: Sequence[Side] = session.personal(self.tenant, case.id) if sides is None else sides
            personal, key = merged(known), known[0].salt if known else b""
        return self._facts_of(rules, case, event, values, personal, key, command, directory)

    def _facts_of(
        self, rules: Procedure, case: Case | None, event: Any, values: Mapping[str, Any], personal: Mapping[str, Any],
        key: bytes, command: str | None, directory: Directory | None = None,
    ) -> Facts:  # fmt: skip
        directory = self._directory if directory is None else directory
        parties = {id for ids in (case.parties.values() if case is not None else ()) for id in ids}
        instrument = getattr(event, "instrument", None)
        if isinstance(instrument, Instrument):
            parties.update(id for ids in instrument.parties.values() for id in ids)
        salt = self._new_salt()
        return Facts(
            values=values, contacts={id: directory.ladder(id) for id in parties}, acting_as=self._acting_as,
            calendars=self._calendars, personal=personal, renderer=self._renderer, salt=salt,
            key=key or (salt if case is None else b""), command=command, max_skew=self._max_skew,
        )  # fmt: skip

    def _recorded(
        self, command: str | None, event: Event, case_id: str | None, conn: Any, procedure: str = ""
    ) -> Case | None:
        """Return the outcome that this command id had, or None if it is new.

        Raises:
            CommandReused: If it was used for another case or with another payload.
        """
        if command is None:
            return None
        with self.store.session(conn, read=True) as session:
            return self._recorded_in(session, command, event, case_id, procedure)

    def _recorded_in(
        self, session: Session, command: str, event: Event, case_id: str | None, procedure: str
    ) -> Case | None:
        core.check_command(command)
        found = session.command(self.tenant, command)
        if found is None:
            return None
        case, seq = found
        entries = (session.journal(self.tenant, case))[:seq]
        sides = session.personal(self.tenant, case)
        side = next((s for s in sides if s.seq == seq), None)
        doc = entries[-1].doc
        if case_id not in (None, case):
            raise CommandReused("command_id", command, f"it was used for case {case!r}; use a new one")
        recorded = replay(entries)
        if procedure not in ("", recorded.procedure):
            raise CommandReused("command_id", command, f"it was used for {recorded.procedure}; use a new one")
        if event.at is not None and canon.instant(canon.utc(event.at, f"{event.name}.at")) != doc["at"]:
            raise CommandReused("command_id", command, f"it was used for what happened at {doc['at']}; use a new one")
        salt, other = b"", CommandReused("command_id", command, "it was used with another payload; use a new one")
        if side is not None:
            salt = side.salt
            instrument = getattr(event, "instrument", None)
            if isinstance(instrument, Instrument):  # numbered as it was then
                here = seq > 1 and received(self._rules_of(recorded), event) is not None
                present = replay(entries[:-1]).contents if here else ()
                if isinstance(event, InstrumentReceived):
                    named = recognised(event, present, merged(s for s in sides if s.seq < seq))
                    event, instrument = named, named.instrument
                event = attrs.evolve(event, instrument=number(instrument, present, salt))  # type: ignore[call-arg]
        rules = self._procedures.get(recorded.digest)
        if rules is not None and seq > 1 and event.concerns() == {}:  # narrowed as it was then
            event = core.narrowed(rules, replay(entries[:-1]), event)
        by = event.by.id if event.by is not None else ""
        proofs = sorted(e.digest for e in event.evidence)
        if (event.name, by, proofs) != (
            doc["event"]["name"], doc["by"]["id"], sorted(e["digest"] for e in doc.get("evidence", ()))
        ):  # fmt: skip
            raise other
        data, _ = payload(event, salt)
        then = doc["event"].get("data", {})
        if data != then if side is not None else _plain(data) != _plain(then):
            raise other
        return recorded


def _plain(data: Any) -> Any:
    """Return what of an event's fields is not personal, and stays when that is erased."""
    return {k: v for k, v in data.items() if isinstance(v, str | int) or v is None}


def require_event(event: object) -> None:
    """Refuse what is no event."""
    if not isinstance(event, Event):
        shown = event.__name__ if isinstance(event, type) else event
        raise BadInput("event", shown, "hand in an event, e.g. Verified(by=actor)")


def require_id(case_id: object) -> None:
    """Refuse what is no case's id, such as the case itself."""
    if not isinstance(case_id, str):
        raise BadInput("case_id", type(case_id).__name__, "hand in the id of a case, as text: use case.id")


def identifier(value: Any, field: str) -> str:
    """Return a case's or tenant's id if the journal can keep it for ever."""
    canon.check(value, field)
    if not isinstance(value, str) or not _ID.match(value):
        remedy = "use a text of up to 200 characters without spaces or '@': the journal keeps it for ever"
        raise BadInput(field, value, remedy)
    return value


def merged(sides: Iterable[Any]) -> dict[str, Any]:
    """Return the personal values of several side rows, later ones over earlier.

    What a later entry says in its own words takes nothing's place: it carries the number of its entry in front.
    """
    values: dict[str, Any] = {}
    for side in sides:
        for path, value in side.values.items():
            of_case = side.seq == 1 or path.startswith(("content.", "named."))
            values[path if of_case else f"{side.seq}:{path}"] = value
    return values
