# Generated from src/sopflow/testing/_store_checks_case.py by scripts/unasync.py. DO NOT CHANGE.
"""The store contract: cases and their journals.

Each check is one promise. It makes a fresh store, commits steps of the sample procedure, and looks at what can be seen
through another session.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import attrs

from .. import _fanout
from ..errors import CaseConflict, CommandReused
from ..events import Issued, Rejected, Restored, Verified, Withdrawn
from ..journal import verify
from ..ports import Inbound
from ..step import Entry, Incident, Step
from . import _sample as sample
from ._contract import ContractBroken, check, differences
from ._sample import START, TENANT
from ._store_checks_sync import FAR, Checks, Undo


class CaseChecks(Checks):
    """Checks of `commit`, `load`, `journal`, `command` and `erase`."""

    # --- commit --------------------------------------------------------------------------------------------------

    @check("commit")
    def nothing_of_an_undone_session_stays(self) -> None:
        """An exception inside the session after commit() leaves nothing of the step in any table."""
        store = self.fresh()
        first, second = sample.ordered()
        taken_back = sample.after(second, Withdrawn(reason="by mistake"), command="command-case-1")
        new = sample.irregular(sample.opened("case-2", command="command-case-2"))
        self.keep(store, first, second)
        before = self.everything(store, "case-1", "case-2")
        with suppress(Undo):
            with store.session() as session:
                session.commit(taken_back)
                session.commit(sample.opened("case-2", command="command-case-2"))
                session.commit(new)
                session.keep_procedure("digest-1", "{}")
                if "inbox" in store.capabilities:
                    session.keep(TENANT, Inbound(id="item-1", sender="platform-a"), None)
                if "incidents" in store.capabilities:
                    session.report(Incident(id="i-1", tenant=TENANT, kind="failed", at=START, detail="seen"))
                raise Undo
        now = self.everything(store, "case-1", "case-2")
        self.same(before, now, "keeps parts of a session that was undone by an exception")
        with store.session() as session:
            kept = session.procedure("digest-1")
            claimed = [m.id for m in session.claim(TENANT, FAR, FAR, 10)]
        self.that(kept is None, "keeps a procedure document of a session that was undone by an exception")
        self.that(claimed == ["case-1-m2.1"], f"after an undone withdrawal gives {claimed} to be sent, not the order")
        self.keep(store, taken_back)

    @check("commit")
    def an_undone_claim_gives_the_messages_back(self) -> None:
        """A lease or a result taken in a session that was undone never was."""
        store = self.fresh()
        self.keep(store, *sample.ordered())
        before = self.everything(store, "case-1")
        with suppress(Undo):
            with store.session() as session:
                session.claim(TENANT, FAR, FAR + timedelta(hours=1), 10)
                session.again(TENANT, "case-1-m2.1", 3, FAR, "busy", FAR + timedelta(hours=1))
                session.settle(TENANT, "case-1-m2.1", "sent")
                session.due(TENANT, FAR, FAR + timedelta(hours=1), 10)
                session.postpone(TENANT, "case-1", "answer", FAR, FAR + timedelta(hours=1))
                raise Undo
        self.same(before, self.everything(store, "case-1"), "keeps work of a session that was undone")
        with store.session() as session:
            claimed = session.claim(TENANT, FAR, FAR + timedelta(hours=1), 10)
        self.that(len(claimed) == 1, "loses a message whose claim was undone")

    @check("commit")
    def the_second_of_two_writers_gets_a_conflict(self) -> None:
        """Of two steps decided on the same revision the second raises CaseConflict, and the first is intact."""
        store = self.fresh()
        first, won = sample.ordered()
        lost = sample.after(first, Rejected(reason="unfounded"), command="command-case-1")
        self.keep(store, first, won)
        before = self.everything(store, "case-1")
        error = self.refusal(store, lost, CaseConflict)
        if error is None:
            raise ContractBroken(
                *self._current,
                "the store took a second step on revision 1 of a case that was at revision 2, without a CaseConflict: "
                f"the first one's update is lost (state {(self.case(store)).state!r})",
            )
        self.that(
            (error.case, error.expected, error.found) == ("case-1", 1, 2),
            f"says in its CaseConflict case {error.case!r}, expected {error.expected}, found {error.found}, "
            "instead of 'case-1', 1, 2",
        )
        self.same(before, self.everything(store, "case-1"), "lets the loser of a conflict change something")

    @check("commit")
    def a_case_is_opened_once(self) -> None:
        """A second opening step under a present id raises CaseConflict."""
        store = self.fresh()
        self.keep(store, sample.opened())
        before = self.everything(store, "case-1")
        error = self.refusal(store, sample.opened(platform="platform-b"), CaseConflict)
        self.that(error is not None, "opened a case under an id that is taken, without a CaseConflict")
        self.same(before, self.everything(store, "case-1"), "lets a refused opening change the present case")

    @check("commit")
    def a_step_that_skips_a_revision_is_refused(self) -> None:
        """A step whose case or whose step before is not there raises CaseConflict."""
        store = self.fresh()
        first, second = sample.ordered()
        third = sample.after(second, Verified())
        self.that(self.refusal(store, second, CaseConflict) is not None, "took revision 2 of an absent case")
        self.keep(store, first)
        self.that(self.refusal(store, third, CaseConflict) is not None, "took revision 3 on top of revision 1")
        self.that(len(self.journal(store)) == 1, "kept an entry of a step that it refused")

    @check("commit")
    def one_of_eight_writers_wins(self) -> None:
        """Eight at once on one revision: one step is committed, seven raise CaseConflict."""
        store = self.fresh()
        first = sample.opened()
        self.keep(store, first)
        steps = [sample.after(first, Verified(note=f"by {n}")) for n in range(8)]

        def attempt(step: Step) -> Step | None:
            return step if self.refusal(store, step, CaseConflict) is None else None

        won = [step for step in _fanout.gather_threads(attempt, steps, 8) if step is not None]
        self.that(len(won) == 1, f"let {len(won)} of eight writers on one revision win, instead of one")
        entries = [e.hash for e in self.journal(store)]
        self.that(entries == [first.entry.hash, won[0].entry.hash], "holds other entries than the winner's")
        self.that((self.case(store)) == won[0].case, "holds another case than the winner's")

    @check("commit")
    def sessions_see_what_was_committed_before(self) -> None:
        """What is committed is seen by the next session, and by the same session at once."""
        store = self.fresh()
        first, second = sample.ordered()
        self.keep(store, first)
        self.case(store)
        with store.session() as session:
            session.commit(second)
            inside = session.load(TENANT, "case-1")
        revision = 0 if inside is None else inside.case.revision
        self.that(revision == 2, f"shows revision {revision} inside the session that has committed revision 2")
        revision = (self.case(store)).revision
        self.that(revision == 2, f"shows revision {revision} after revision 2 was committed: the read is stale")

    @check("commit")
    def one_of_eight_with_one_command_id_wins(self) -> None:
        """Of eight openings under one command id at once, one is committed, and the others raise CommandReused."""
        store = self.fresh()
        steps = [sample.opened(f"case-{n}", command="command-1") for n in range(8)]

        def attempt(step: Step) -> str:
            return step.case.id if self.refusal(store, step, CommandReused) is None else ""

        won = [id for id in _fanout.gather_threads(attempt, steps, 8) if id]
        self.that(len(won) == 1, f"did one command for {len(won)} of eight who gave it at once, instead of one")
        with store.session(read=True) as session:
            found = session.command(TENANT, "command-1")
            there = [n for n in range(8) if session.load(TENANT, f"case-{n}") is not None]
        self.that(found == (won[0], 1), f"finds the command of {won[0]!r} at {found}")
        self.that(len(there) == 1, f"keeps {len(there)} cases of one command")

    # --- load ----------------------------------------------------------------------------------------------------

    @check("load")
    def load_gives_exactly_what_was_committed(self) -> None:
        """A loaded case equals the committed one, field by field; an unknown one is None."""
        store = self.fresh()
        first = sample.opened(parent="case-0", matter="matter-1")
        story = (first, *sample.story(first))
        for step in story:
            self.keep(store, step)
            seen = self.case(store)
            self.that(seen == step.case, f"gives back another case: {differences(step.case, seen)}")
        with store.session() as session:
            whole = session.load(TENANT, "case-1", True)
            self.that(
                whole is not None and whole.case == story[-1].case,
                "gives another case when asked for its side rows too",
            )
            if whole is not None and whole.personal is not None:
                self.that(
                    list(whole.personal) == list(session.personal(TENANT, "case-1")),
                    "gives with the case other side rows than alone",
                )
        with store.session(read=True) as session:
            self.that(session.load(TENANT, "case-2") is None, "loads a case that nobody committed")

    @check("load")
    def microseconds_survive(self) -> None:
        """Instants come back to the microsecond."""
        store = self.fresh()
        for n, micro in enumerate((0, 1, 999_999)):
            step = sample.opened(f"case-{n}", at=START.replace(microsecond=micro))
            self.keep(store, step)
            seen = (self.case(store, f"case-{n}")).opened
            self.that(seen == step.case.opened, f"gives back {seen.isoformat()} for {step.case.opened.isoformat()}")

    @check("load")
    def a_megabyte_comes_back_as_it_was(self) -> None:
        """Texts of a megabyte, and bytes, are kept whole: in a case, its journal, side rows, procedures and inbox."""
        store = self.fresh()
        text = "ä\U0001f6a8" * 200_000
        first = sample.opened(text=text, parent=text[:100])
        second = sample.after(first, Issued(reference=text))
        self.keep(store, first, second)
        self.that(self.case(store) == second.case, "changed a case with a megabyte of text")
        texts = [entry.text for entry in self.journal(store)]
        self.that(texts == [first.entry.text, second.entry.text], "changed a journal entry of a megabyte")
        with store.session() as session:
            session.keep_procedure("digest-1", text)
            self.that(session.procedure("digest-1") == text, "changed a procedure document of a megabyte")
            if "personal" in store.capabilities:
                sides = [side.values for side in session.personal(TENANT, "case-1")]
                self.that(sides == [first.side.values, second.side.values], "changed a side row of a megabyte")
            if "inbox" in store.capabilities:
                raw = bytes(range(256)) * 4096
                session.keep(TENANT, Inbound(id="item-1", sender="platform-a", raw=raw), {"text": text})
                kept, doc = (session.inbox(TENANT, "", (), 1))[0]
                self.that(kept.raw == raw, f"keeps {len(kept.raw)} of {len(raw)} bytes that came in, or other ones")
                self.that(doc == {"text": text}, "changed a megabyte that an inbound item states")

    @check("load")
    def ids_differ_by_every_character(self) -> None:
        """Ids are compared exactly: letter case, accents, their composition and trailing blanks count."""
        store = self.fresh()
        ids = ["case", "Case", "cäse", "ca\u0308se", "case ", "ca'se", 'ca"se', "ca%se", "ca_se", "\U0001f6a8"]
        steps = [sample.opened(id, command=f"command-{id}") for id in ids]
        self.keep(store, *steps)
        for step in steps:
            seen = self.case(store, step.case.id)
            self.that(seen.id == step.case.id, f"takes case {step.case.id!r} for {seen.id!r}")
            with store.session(read=True) as session:
                found = session.command(TENANT, f"command-{step.case.id}")
            self.that(found == (step.case.id, 1), f"takes the command of {step.case.id!r} for that of {found}")

    # --- journal -------------------------------------------------------------------------------------------------

    @check("journal")
    def the_journal_comes_back_in_order_byte_for_byte(self) -> None:
        """Entries come in the order committed, with the text that was hashed, and the chain verifies."""
        store = self.fresh()
        step = sample.opened()
        steps = [step]
        for n in range(11):
            step = sample.after(step, Verified(note=f"{n} {sample.UNICODE}"))
            steps.append(step)
        self.keep(store, *steps)
        entries = self.journal(store)
        order = [e.seq for e in entries]
        self.that(order == list(range(1, 13)), f"gives the entries of a journal in the order {order}")
        for entry, step in zip(entries, steps, strict=True):
            self.that(entry.text == step.entry.text, f"changed the text of entry {entry.seq}")
            self.that(entry.hash == step.entry.hash, f"changed the hash of entry {entry.seq}")
        problems = verify(TENANT, "case-1", entries, self.case(store))
        self.that(not problems, f"gives a journal that does not verify: {'; '.join(problems)}")

    @check("journal")
    def the_journal_cannot_be_changed(self) -> None:
        """No call on a session, and no change to what a session gave, alters an entry."""
        store = self.fresh()
        first, second = sample.ordered()
        self.keep(store, first, second)
        before = [(e.text, e.hash) for e in self.journal(store)]
        with store.session(read=True) as session:
            given = session.journal(TENANT, "case-1")
        given[0].doc["event"]["name"] = "Forged"
        if isinstance(given, list):
            given.clear()
        forged = attrs.evolve(second, entry=Entry({**second.entry.doc, "now": "x"}, "{}", "0" * 64))
        with suppress(CaseConflict):
            self.keep(store, forged)
        if "personal" in store.capabilities:
            with store.session() as session:
                session.erase(TENANT, "case-1")
        entries = self.journal(store)
        self.that([(e.text, e.hash) for e in entries] == before, "lets an entry of a journal be changed or dropped")
        self.that(entries[0].doc["event"]["name"] == "Opened", "hands out entries whose change changes the journal")

    @check("journal")
    def command_ids_are_found_and_unique(self) -> None:
        """A command id leads to its entry, and is refused a second time for the tenant, leaving nothing."""
        store = self.fresh()
        first = sample.opened(command="command-1")
        self.keep(store, first, sample.after(first, Verified(), command="command-2"))
        self.keep(store, sample.opened(tenant="other", command="command-1"))
        with store.session(read=True) as session:
            found = [session.command(TENANT, f"command-{n}") for n in (1, 2, 3)]
        self.that(
            found == [("case-1", 1), ("case-1", 2), None],
            f"finds the commands of entries 1 and 2, and an unknown one, as {found}",
        )
        before = self.everything(store, "case-1", "case-2")
        error = self.refusal(store, sample.opened("case-2", command="command-1"), CommandReused)
        self.that(error is not None, "took one command id twice, without a CommandReused")
        self.same(before, self.everything(store, "case-1", "case-2"), "keeps parts of a repeated command")

    @check("heads")
    def the_case_keeps_the_hash_of_its_last_entry(self) -> None:
        """With the head in the case row, a journal whose last entry was dropped is found out."""
        store = self.fresh()
        self.keep(store, *sample.ordered())
        case, entries = self.case(store), self.journal(store)
        self.that(case.head == entries[-1].hash, "does not keep the hash of the last entry with the case")
        self.that(bool(verify(TENANT, "case-1", entries[:-1], case)), "would not notice a dropped last entry")

    @check("personal")
    def erasing_leaves_a_journal_that_verifies(self) -> None:
        """erase() removes the personal values of one case, and the journal is provable as before."""
        store = self.fresh()
        for tenant, id in ((TENANT, "case-1"), (TENANT, "case-2"), ("other", "case-1")):
            self.keep(store, *sample.ordered(id, tenant=tenant))
        first = sample.opened()
        with store.session(read=True) as session:
            sides = list(session.personal(TENANT, "case-1"))
        self.that(len(sides) == 2, f"gives {len(sides)} side rows for two entries")
        self.that(sides[0] == first.side, f"changed a side row: {differences(first.side, sides[0])}")
        with store.session() as session:
            session.erase(TENANT, "case-1")
        with store.session(read=True) as session:
            self.that(not session.personal(TENANT, "case-1"), "keeps side rows that were erased")
            texts = [(m.subject, m.body, m.address) for m, _ in session.outbox(TENANT, "case-1")]
            self.that(texts == [("", "", "")], "keeps texts or addresses of the messages of an erased case")
            for tenant, id in ((TENANT, "case-2"), ("other", "case-1")):
                rest = len(session.personal(tenant, id))
                self.that(rest == 2, f"erased side rows of case {id!r} of tenant {tenant!r}, which was not asked for")
        problems = verify(TENANT, "case-1", self.journal(store), self.case(store))
        self.that(not problems, f"cannot prove a case after erasing: {'; '.join(problems)}")

    @check("personal")
    def what_follows_erasing_is_kept_in_its_place(self) -> None:
        """A side row that comes after erase() carries its entry's number, and a second erase() removes it."""
        store = self.fresh()
        first, second = sample.ordered()
        third = sample.after(second, Restored(reason="seen again"), by=sample.PLATFORM)
        self.keep(store, first, second)
        for times in (1, 2):
            with store.session() as session:
                session.erase(TENANT, "case-1")
            if times == 1:
                self.keep(store, third)
            with store.session(read=True) as session:
                seen = [side.seq for side in session.personal(TENANT, "case-1")]
            expected = [3] if times == 1 else []
            self.that(seen == expected, f"has side rows of the entries {seen} after erasing {times} times, {expected} "
                      "expected")  # fmt: skip
