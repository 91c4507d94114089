# Generated from src/sopflow/testing/_store_checks_work.py by scripts/unasync.py. DO NOT CHANGE.
"""The store contract: clocks and the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from .. import _fanout
from ..case import Case
from ..events import Closed, Corrected, EffectGiven, Extended, Held, Rejected, Withdrawn
from ..ports import Store
from ..step import Outgoing
from . import _sample as sample
from ._contract import check, differences
from ._sample import PLATFORM, START, TENANT
from ._store_checks_sync import FAR, Checks

MICRO = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
NEVER = FAR + 24 * HOUR
ORDER = "case-1-m2.1"


class WorkChecks(Checks):
    """Checks of `due`, `claim` and what follows them."""

    def due(self, store: Store, now: datetime, limit: int = 100) -> list[tuple[str, str]]:
        """Return what is due."""
        with store.session(read=True) as session:
            return list(session.due(TENANT, now, None, limit))

    def claim(
        self, store: Store, now: datetime, until: datetime = NEVER, limit: int = 100
    ) -> list[Outgoing]:
        """Claim messages in a session of its own."""
        with store.session() as session:
            return list(session.claim(TENANT, now, until, limit))

    # --- due -----------------------------------------------------------------------------------------------------

    @check("due")
    def only_what_has_woken_is_due(self) -> None:
        """A deadline is due from its wake instant on, to the microsecond, and stays so until it is worked."""
        store = self.fresh()
        _, second = sample.ordered()
        self.keep(store, *sample.ordered())
        wake = second.case.deadlines[0].wake
        assert wake is not None  # `answer` runs
        receipt = ("case-1", f"receipt:{ORDER}")
        self.that(self.due(store, START) == [], "gives deadlines before their instant")
        seen = self.due(store, wake - MICRO)
        self.that(seen == [receipt], f"gives {seen} a microsecond before `answer` is due, instead of {[receipt]}")
        for _ in range(2):
            seen = self.due(store, wake)
            self.that(("case-1", "answer") in seen, f"gives {seen} at the instant at which `answer` is due")

    @check("due")
    def the_earliest_is_due_first(self) -> None:
        """Deadlines come in the order of their instants, and no more of them than asked for."""
        store = self.fresh()
        for n in (3, 1, 4, 2, 5):
            self.keep(store, *sample.ordered(f"case-{n}", at=START + n * HOUR))
        expected = [(f"case-{n}", f"receipt:case-{n}-m2.1") for n in range(1, 6)]
        seen = self.due(store, START + 30 * HOUR)
        self.that(seen == expected, f"gives deadlines in the order {seen}")
        seen = self.due(store, START + 30 * HOUR, 2)
        self.that(seen == expected[:2], f"asked for two of five deadlines gives {seen}")

    @check("due")
    def a_later_step_moves_a_deadline(self) -> None:
        """An extended deadline is due at its new instant and no longer at the old one."""
        store = self.fresh()
        first, second = sample.ordered()
        extended = sample.after(second, Extended(obligation="answer", due=START + 90 * HOUR, reason="asked for"))
        self.keep(store, first, second, extended)
        seen = [id for _, id in self.due(store, START + 89 * HOUR)]
        self.that("answer" not in seen, "still gives a deadline at the instant it had before it was extended")
        seen = [id for _, id in self.due(store, START + 90 * HOUR)]
        self.that("answer" in seen, "does not give an extended deadline at its new instant")

    @check("due")
    def a_deadline_that_ended_is_never_due(self) -> None:
        """What is met, cancelled, breached or corrected away is not due again."""
        store = self.fresh()
        first, second = sample.ordered()
        breached = sample.lapsed(second, f"receipt:{ORDER}")
        self.keep(store, first, second, breached)
        seen = [id for _, id in self.due(store, FAR)]
        self.that(f"receipt:{ORDER}" not in seen, "gives a deadline whose passing was recorded")
        met = sample.after(breached, EffectGiven(outcomes={"c1": "removed"}), by=PLATFORM)
        self.keep(store, met)
        seen = [id for _, id in self.due(store, FAR)]
        self.that("answer" not in seen, "gives a deadline that was met")
        self.that("retain" in seen, "does not give a deadline that a later step started")
        gone = sample.after(met, Corrected(seq=4, field="outcome:c1", value="refused", reason="misread"))
        assert gone.entry.doc["effects"]["ended"] == ["retain"]  # the sample's own promise
        self.keep(store, gone)
        seen = [id for _, id in self.due(store, FAR)]
        self.that("retain" not in seen, "gives a deadline that a correction showed never to have run")
        self.keep(store, sample.after(gone, Closed()))
        seen = [id for _, id in self.due(store, FAR)]
        self.that(not any("answer" in id or "retain" in id for id in seen), f"gives {seen} of a closed case")

    @check("due")
    def a_postponed_deadline_waits(self) -> None:
        """After postpone() a deadline is due at the instant given, and a later step still moves it."""
        store = self.fresh()
        first, second = sample.ordered()
        self.keep(store, first, second)
        with store.session() as session:
            leased = START + 100 * HOUR
            session.due(TENANT, START + 60 * HOUR, leased, 100)
            session.postpone(TENANT, "case-1", "answer", START + 200 * HOUR, leased)
            session.postpone(TENANT, "case-1", "unknown", START, leased)
        seen = [id for _, id in self.due(store, START + 199 * HOUR)]
        self.that("answer" not in seen, "gives a deadline that was postponed")
        seen = [id for _, id in self.due(store, START + 200 * HOUR)]
        self.that("answer" in seen, "does not give a postponed deadline when its instant has come")
        self.that("unknown" not in seen, "made a deadline of a postponement")
        with store.session() as session:
            session.due(TENANT, START + 200 * HOUR, FAR, 100)
        self.keep(store, sample.after(second, EffectGiven(outcomes={"c1": "refused"}), by=PLATFORM))
        with store.session() as session:
            session.postpone(TENANT, "case-1", "answer", START, FAR)
        seen = [id for _, id in self.due(store, FAR)]
        self.that("answer" not in seen, "gives a deadline that was met, after it was postponed")

    # --- claim ---------------------------------------------------------------------------------------------------

    @check("claim")
    def a_claimed_message_is_nobody_elses_until_the_lease_ends(self) -> None:
        """A lease keeps a message from others until its last instant; then another may take it over."""
        store = self.fresh()
        self.keep(store, *sample.ordered())
        now = START + HOUR
        one = self.claim(store, now, now + HOUR)
        self.that([m.id for m in one] == [ORDER], f"gives {[m.id for m in one]} to be sent, instead of the one order")
        two = self.claim(store, now, now + HOUR)
        self.that(not two, "gives a message to a second worker while the first holds it: it would be sent twice")
        two = self.claim(store, now + HOUR - MICRO)
        self.that(not two, "ends a lease before its instant")
        two = self.claim(store, now + HOUR)
        self.that(len(two) == 1, "never gives back a message whose lease has ended: its worker may have died")
        self.that(two == one, f"changed a message that was claimed again: {differences(one[0], two[0])}")

    @check("claim")
    def a_claimed_message_is_what_was_committed(self) -> None:
        """Address, texts, instants and roles of a message come back as they were committed, a megabyte too."""
        store = self.fresh()
        first = sample.opened()
        refusal = sample.after(first, Rejected(reason="ä\U0001f6a8" * 200_000))
        self.keep(store, first, refusal, *sample.ordered("case-2", at=START + HOUR))
        committed = {m.id: m for step in (refusal, sample.ordered("case-2", at=START + HOUR)[1]) for m in step.outgoing}
        claimed = self.claim(store, FAR)
        self.that({m.id for m in claimed} == set(committed), f"gives {[m.id for m in claimed]} to be sent")
        for message in claimed:
            expected = committed[message.id]
            self.that(message == expected, f"changed a message: {differences(expected, message)}")

    @check("claim")
    def messages_come_when_they_are_due_earliest_first(self) -> None:
        """A message is not given before its send_after; then in that order, and no more than asked for."""
        store = self.fresh()
        for n in (3, 1, 2):
            self.keep(store, *sample.ordered(f"case-{n}", at=START + n * HOUR))
        ready = START + HOUR + timedelta(seconds=1)
        self.that(self.claim(store, ready - MICRO) == [], "gives a message before its send_after")
        ids = [m.case for m in self.claim(store, ready)]
        self.that(ids == ["case-1"], f"at the first message's send_after gives those of {ids}")
        ids = [m.case for m in self.claim(store, FAR, limit=1)]
        self.that(ids == ["case-2"], f"asked for one of two messages gives those of {ids}, not the earlier one")
        ids = [m.case for m in self.claim(store, FAR, limit=5)]
        self.that(ids == ["case-3"], f"gives the messages of {ids} where only that of case-3 is left")

    @check("claim")
    def a_cancelled_message_is_never_claimed(self) -> None:
        """What a step cancels is not sent, and nothing brings it back: not its lease's end, not a failed attempt."""
        store = self.fresh()
        first, second = sample.ordered()
        self.keep(store, first, second)
        self.claim(store, START + HOUR, START + 2 * HOUR)
        self.keep(store, sample.after(second, Withdrawn(reason="by mistake")))
        self.that(self.claim(store, FAR) == [], "gives a cancelled message to be sent")
        with store.session() as session:
            session.again(TENANT, ORDER, 1, START, "busy", START + 2 * HOUR)
            session.settle(TENANT, ORDER, "sent")
        self.that(self.claim(store, FAR) == [], "gives a cancelled message to be sent after again()")
        self.outbox_says(store, "cancelled")

    def outbox_says(self, store: Store, status: str) -> None:
        """Check the status of the sample's one order."""
        with store.session(read=True) as session:
            rows = [(m.id, s) for m, s in session.outbox(TENANT, "case-1")]
        self.that(rows == [(ORDER, status)], f"gives {rows} as the outbox of a case whose one order is {status}")

    @check("claim")
    def a_held_message_moves(self) -> None:
        """A hold moves a queued message, later or earlier again, and breaks no lease."""
        store = self.fresh()
        first, second = sample.ordered()
        held = sample.after(second, Held(role="platform", until=START + 9 * HOUR, reason="investigation"))
        sooner = sample.after(held, Held(role="platform", until=START + 5 * HOUR, reason="it is over"))
        self.keep(store, first, second, held)
        self.that(self.claim(store, START + 9 * HOUR - MICRO) == [], "gives a message that is on hold")
        self.keep(store, sooner)
        claimed = self.claim(store, START + 5 * HOUR, START + 7 * HOUR)
        self.that(len(claimed) == 1, "does not give a message whose hold was shortened, when that has passed")
        self.that(claimed[0].send_after == START + 5 * HOUR, f"gives send_after {claimed[0].send_after} for a hold")
        again = sample.after(sooner, Held(role="platform", until=START + 6 * HOUR, reason="once more"))
        self.keep(store, again)
        claimed = self.claim(store, START + 7 * HOUR - MICRO)
        self.that(not claimed, "gives a message to a second worker because its hold moved: the first has its lease")
        self.that(len(self.claim(store, START + 7 * HOUR)) == 1, "loses a message that was held while leased")

    @check("claim")
    def a_hold_outlives_the_attempt_that_it_came_in(self) -> None:
        """A message that is held while it is leased is not claimable before that, though the attempt fails earlier."""
        store = self.fresh()
        first, second = sample.ordered()
        self.keep(store, first, second)
        self.claim(store, START + HOUR, START + 2 * HOUR)
        self.keep(
            store, sample.after(second, Held(role="platform", until=START + 9 * HOUR, reason="investigation"))
        )
        with store.session() as session:
            session.again(TENANT, ORDER, 1, START + HOUR, "busy", START + 2 * HOUR)
        early = self.claim(store, START + 9 * HOUR - MICRO)
        self.that(not early, "gives a message that is on hold, because the attempt failed in which the hold came")
        claimed = self.claim(store, START + 9 * HOUR)
        self.that(len(claimed) == 1, "loses a message that was held while an attempt failed")
        seen = (claimed[0].attempts, claimed[0].send_after)
        self.that(seen == (1, START + 9 * HOUR), f"gives {seen[0]} attempts and send_after {seen[1]} after that")

    @check("claim")
    def a_settled_message_stays_settled(self) -> None:
        """The first settle() counts; what is settled is not claimed, not tried again and not cancelled."""
        store = self.fresh()
        first, second = sample.ordered()
        self.keep(store, first, second)
        self.claim(store, START + HOUR, START + 2 * HOUR)
        with store.session() as session:
            session.settle(TENANT, ORDER, "sent")
            session.settle(TENANT, ORDER, "unsent")
            session.again(TENANT, ORDER, 7, START, "busy", START + 2 * HOUR)
            session.settle(TENANT, "unknown", "sent")
        self.that(self.claim(store, FAR) == [], "gives a message to be sent that was settled")
        self.keep(store, sample.after(second, Withdrawn(reason="by mistake")))
        self.outbox_says(store, "sent")

    @check("claim")
    def a_message_given_back_comes_again(self) -> None:
        """After again() a message is claimable at that instant, with its attempts and its text."""
        store = self.fresh()
        _, second = sample.ordered()
        self.keep(store, *sample.ordered())
        self.claim(store, START + HOUR)
        with store.session() as session:
            session.again(TENANT, ORDER, 3, START + 2 * HOUR, "busy", NEVER)
        self.that(self.claim(store, START + 2 * HOUR - MICRO) == [], "gives a message before it is tried again")
        claimed = self.claim(store, START + 2 * HOUR)
        self.that(len(claimed) == 1, "loses a message that was given back")
        message, original = claimed[0], second.outgoing[0]
        self.that(message.attempts == 3, f"gives {message.attempts} attempts for a message that was tried 3 times")
        self.that((message.subject, message.body, message.address) == (original.subject, original.body,
                  original.address), "changed a message that was given back")  # fmt: skip

    @check("claim")
    def durable_effects_are_claimed_like_messages(self) -> None:
        """A hook's durable effect comes with its JSON body."""
        store = self.fresh()
        first, second = sample.ordered()
        closed = sample.after(second, Closed())
        self.keep(store, first, second, closed)
        claimed = [m for m in self.claim(store, FAR) if m.channel == "do:archive"]
        self.that(claimed == list(closed.outgoing), f"gives {len(claimed)} durable effects, or changed the one")

    @check("claim")
    def eight_workers_claim_each_message_once(self) -> None:
        """Eight at once share the queue: each message goes to one of them, and none is left out."""
        store = self.fresh()
        for n in range(24):
            self.keep(store, *sample.ordered(f"case-{n}"))

        def work(_: int) -> list[str]:
            ids: list[str] = []
            for _ in range(8):
                ids += [m.id for m in self.claim(store, START + HOUR, NEVER, 3)]
            return ids

        claimed = [id for ids in _fanout.gather_threads(work, range(8), 8) for id in ids]
        twice = sorted({id for id in claimed if claimed.count(id) > 1})
        self.that(not twice, f"gave {len(twice)} of 24 messages to more than one of eight workers")
        self.that(len(claimed) == 24, f"gave {len(claimed)} of 24 messages to eight workers")

    # --- lookups -------------------------------------------------------------------------------------------------

    def misplaced(self, store: Store, case: Case, until: datetime = NEVER) -> list[str]:
        """Return what is not as the case says."""
        with store.session(read=True) as session:
            return list(session.misplaced(case, until))

    @check("lookups")
    def what_a_case_is_found_by_is_as_it_says(self) -> None:
        """After each step nothing is misplaced, nor while clocks and messages are leased, held or put off."""
        store = self.fresh()
        first = sample.opened()
        for step in (first, *sample.story(first)):
            self.keep(store, step)
            found = self.misplaced(store, step.case, START)
            self.that(not found, f"says after {step.entry.event}: {'; '.join(found)}")
        first, second = sample.ordered("case-2")
        self.keep(store, first, second)
        self.claim(store, FAR)
        with store.session() as session:
            session.due(TENANT, FAR, NEVER, 1000)
        found = self.misplaced(store, second.case)
        self.that(not found, f"says while clocks are leased: {'; '.join(found)}")

    @check("lookups")
    def what_a_case_is_not_found_by_is_said(self) -> None:
        """A column, a party, a clock or a message that is not as the case says is named."""
        store = self.fresh()
        first, second = sample.ordered()
        self.keep(store, first, second)
        case = second.case
        clock, message = case.deadlines[0], case.messages[0]
        moved = attrs.evolve(clock, due=START + HOUR, by_term=START + HOUR)
        others = {
            "state": attrs.evolve(case, state="elsewhere"),
            "phase": attrs.evolve(case, phase="elsewhere"),
            "matter": attrs.evolve(case, matter="another"),
            "nobody": attrs.evolve(case, parties={**case.parties, "platform": ("nobody",)}),
            clock.id: attrs.evolve(case, deadlines=(moved, *case.deadlines[1:])),
            "vanished": attrs.evolve(case, deadlines=(*case.deadlines, attrs.evolve(clock, id="vanished"))),
            "never-queued": attrs.evolve(case, messages=(message, attrs.evolve(message, id="never-queued"))),
        }
        for name, other in others.items():
            found = self.misplaced(store, other)
            self.that(
                any(name in said for said in found), f"does not name {name}, which is not kept so: it says {found}"
            )
        with store.session() as session:
            session.settle(TENANT, message.id, "sent")
        found = self.misplaced(store, case)
        self.that(any(message.id in said for said in found), f"does not name a message that nobody will send: {found}")
        with store.session() as session:
            session.due(TENANT, FAR, NEVER, 1000)
        found = self.misplaced(store, case, FAR)
        self.that(any(clock.id in said for said in found), f"does not name a clock that is looked at too late: {found}")
