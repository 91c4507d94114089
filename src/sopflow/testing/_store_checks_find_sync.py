# Generated from src/sopflow/testing/_store_checks_find.py by scripts/unasync.py. DO NOT CHANGE.
"""The store contract: what is found by content, matter, sender and clock."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from .. import _fanout, locators
from ..case import Actor, Content
from ..errors import CaseConflict
from ..events import Acknowledged, Closed, InstrumentReceived, Issued, Notice
from ..ports import Store, Query
from . import _sample as sample
from ._contract import check
from ._sample import START, TENANT
from ._store_checks_sync import Checks, Undo

HOUR = timedelta(hours=1)
ONE, TWO, THREE = (Content(kind="channel", locator=f"https://t.me/channel_{n}") for n in (1, 2, 3))
K1, K2, K3 = (locators.digest("channel", f"tg://resolve?domain=channel_{n}") for n in (1, 2, 3))


class FindChecks(Checks):
    """Checks of content keys, matters, and of `find` by what is in other tables than the case's."""

    def by(self, store: Store, tenant: str = TENANT, **filters: Any) -> list[str]:
        """Return the ids found, after a look at whether count() agrees."""
        with store.session(read=True) as session:
            found = [c.id for c in session.find(tenant, Query(**filters))]
            count = session.count(tenant, Query(**filters))
        self.that(count == len(found), f"counts {count} by {sorted(filters)}, finds {len(found)}")
        return found

    def linked(
        self, store: Store, keys: list[str], proposed: str, at: datetime = START, named: bool = False,
        tenant: str = TENANT,
    ) -> str:  # fmt: skip
        """Return what matter() answers in a session of its own."""
        with store.session() as session:
            return str(session.matter(tenant, keys, proposed, at, named))

    # --- content keys --------------------------------------------------------------------------------------------

    @check("find")
    def cases_are_found_by_the_keys_of_their_contents(self) -> None:
        """A content leads to every case that has it, those included to which it was added later; to each once."""
        store = self.fresh()
        first = sample.opened("case-1", contents=[ONE, TWO])
        later = sample.after(first, InstrumentReceived(instrument=Notice(contents=[THREE])))
        self.keep(store, first, later)
        self.keep(store, sample.opened("case-2", contents=[TWO], at=START + HOUR))
        self.keep(store, sample.opened("case-1", contents=[THREE], tenant="other"))
        expected = {
            (K1,): ["case-1"],
            (K2,): ["case-1", "case-2"],
            (K3,): ["case-1"],
            (K1, K2, K3): ["case-1", "case-2"],
            ("0" * 64,): [],
        }
        for keys, ids in expected.items():
            seen = self.by(store, content=keys)
            self.that(seen == ids, f"finds {seen} by {len(keys)} content key(s), not {ids}")
        both = self.by(store, content=(K2,), party="platform-a", role="platform", state="received")
        self.that(both == ["case-1", "case-2"], f"finds {both} by a content key and three other filters")
        seen = self.by(store, "other", content=(K3,))
        self.that(seen == ["case-1"], f"finds {seen} for another tenant with the same content")

    @check("find")
    def contents_can_be_indexed_afterwards(self) -> None:
        """index() adds keys to a present case, once however often it is called."""
        store = self.fresh()
        self.keep(store, sample.opened(contents=[ONE]))
        for _ in range(2):
            with store.session() as session:
                session.index(TENANT, "case-1", [K1, K2])
        for key in (K1, K2):
            seen = self.by(store, content=(key,))
            self.that(seen == ["case-1"], f"finds {seen} by a content that was indexed afterwards")

    @check("personal")
    def erasing_leaves_no_key(self) -> None:
        """erase() removes the content keys of its case and no other's, and a key that no case has leaves its matter."""
        store = self.fresh()
        self.linked(store, [K1, K2], "matter-1")
        self.keep(store, sample.opened("case-1", contents=[ONE, TWO]), sample.opened("case-2", contents=[TWO]))
        with store.session() as session:
            session.erase(TENANT, "case-1")
        seen = self.by(store, content=(K1, K2))
        self.that(seen == ["case-2"], f"finds {seen} by the contents of a case that was erased, and of another")
        matters = [self.linked(store, [key], "matter-2") for key in (K1, K2)]
        self.that(matters[0] == "matter-2", "still links the content of an erased case to its matter")
        self.that(matters[1] == "matter-1", "forgets the matter of a content that a case which is not erased still has")

    # --- matters -------------------------------------------------------------------------------------------------

    @check("matter")
    def a_content_belongs_to_one_matter(self) -> None:
        """The first proposal for a key counts for good, for its tenant; a named matter takes only keys without one."""
        store = self.fresh()
        calls: list[tuple[list[str], str, bool, str]] = [
            ([K1], "matter-1", False, "matter-1"),
            ([K1], "matter-2", False, "matter-1"),
            ([K1, K2], "matter-3", True, "matter-3"),
            ([K1], "matter-4", False, "matter-1"),
            ([K2], "matter-5", False, "matter-3"),
        ]
        for keys, proposed, named, expected in calls:
            seen = self.linked(store, keys, proposed, named=named)
            self.that(seen == expected, f"links {len(keys)} key(s) to {seen!r}, not {expected!r}")
        seen = self.linked(store, [K1], "matter-6", tenant="other")
        self.that(seen == "matter-6", "links a content to another tenant's matter")

    @check("matter")
    def several_contents_join_the_oldest_of_their_matters(self) -> None:
        """Keys of several matters give the oldest; those that had none belong to it, the others stay where they are."""
        store = self.fresh()
        self.linked(store, [K1], "younger", START + HOUR)
        self.linked(store, [K2], "older", START)
        seen = self.linked(store, [K1, K2, K3], "mine", START + 2 * HOUR)
        self.that(seen == "older", f"joins {seen!r} of two matters, not the older one")
        matters = [self.linked(store, [key], "new") for key in (K1, K2, K3)]
        self.that(matters == ["younger", "older", "older"], f"leaves the contents in the matters {matters}")

    @check("matter")
    def a_link_of_an_undone_session_is_none(self) -> None:
        """What was linked in a session that was undone belongs to no matter, and has no case."""
        store = self.fresh()
        with suppress(Undo):
            with store.session() as session:
                session.matter(TENANT, [K1], "matter-1", START, False)
                session.commit(sample.opened(contents=[ONE]))
                raise Undo
        self.that(self.by(store, content=(K1,)) == [], "finds by the content of a session that was undone")
        seen = self.linked(store, [K1], "matter-2")
        self.that(seen == "matter-2", "keeps the matter of a session that was undone")

    @check("matter")
    def eight_first_reports_at_once_have_one_matter(self) -> None:
        """Of eight sessions that report one content at the same time, in any company, all get the same matter."""
        store = self.fresh()
        others = [locators.digest("hash", f"md5:{n:032x}") for n in range(8)]

        def report(n: int) -> str:
            keys = [K1, others[n]] if n % 2 else [others[n], K1]
            for _ in range(8):
                with suppress(CaseConflict):
                    return self.linked(store, keys, f"matter-{n}", START + n * HOUR)
            return "none: eight conflicts"

        given = _fanout.gather_threads(report, range(8), 8)
        self.that(len(set(given)) == 1, f"gives simultaneous first reports of one content the matters {sorted(given)}")
        for n, key in enumerate(others):
            seen = self.linked(store, [key], "later")
            self.that(
                seen == given[0],
                f"links, of simultaneous first reports, what no. {n} had besides to {seen!r}, its case to {given[0]!r}",
            )

    # --- other filters -------------------------------------------------------------------------------------------

    @check("find")
    def cases_are_found_by_sender_and_by_the_role_of_a_party(self) -> None:
        """A sender is who handed in the first instrument; a party may be asked for in one role."""
        store = self.fresh()
        flagger = Actor("flagger-7", {"reporter"})
        first = sample.opened("case-1", by=flagger)
        self.keep(store, first, sample.after(first, Issued(reference="no. 1")))
        self.keep(store, sample.opened("case-2", platform="reporter-1", at=START + HOUR))
        expected: list[tuple[dict[str, Any], list[str]]] = [
            ({"sender": "flagger-7"}, ["case-1"]),
            ({"sender": sample.AUTHORITY.id}, ["case-2"]),
            ({"sender": "nobody"}, []),
            ({"party": "flagger-7"}, []),
            ({"party": "reporter-1"}, ["case-1", "case-2"]),
            ({"party": "reporter-1", "role": "platform"}, ["case-2"]),
            ({"party": "reporter-1", "role": "reporter", "sender": "flagger-7"}, ["case-1"]),
            ({"party": "platform-a", "role": "reporter"}, []),
        ]
        for filters, ids in expected:
            seen = self.by(store, **filters)
            self.that(seen == ids, f"finds {seen} by {filters}, not {ids}")

    @check("find")
    def cases_are_found_by_flagger_and_by_urgency(self) -> None:
        """By urgency, a higher lane comes first, in it the earliest duty; pages go on behind the last case."""
        store = self.fresh()
        given: list[tuple[str, int, str, int, bool]] = [
            ("case-1", 0, "", 0, False), ("case-2", 1, "", 0, True), ("case-3", 2, "hotline", 2, False),
            ("case-4", 3, "hotline", 0, True), ("case-5", 4, "hotline", 1, True), ("case-6", 5, "", 2, True),
        ]  # fmt: skip
        for id, hours, flagger, lane, order in given:
            first, second = sample.ordered(id, at=START + hours * HOUR, flagger=flagger, lane=lane)
            self.keep(store, first, *([second] if order else []))
        expected: list[tuple[dict[str, Any], list[str]]] = [
            ({"flagger": "hotline"}, ["case-3", "case-4", "case-5"]),
            ({"flagger": "nobody"}, []),
            ({"order": "urgency"}, ["case-6", "case-3", "case-5", "case-2", "case-4", "case-1"]),
            ({"order": "urgency", "flagger": "hotline", "final": False}, ["case-3", "case-5", "case-4"]),
            ({"order": "urgency", "state": "ordered", "party": "platform-a"}, ["case-6", "case-5", "case-2", "case-4"]),
        ]
        for filters, ids in expected:
            seen = self.by(store, **filters)
            self.that(seen == ids, f"finds {seen} by {filters}, not {ids}")
        pages: list[str] = []
        with store.session(read=True) as session:
            for _ in range(9):
                query = Query(order="urgency", after=pages[-1] if pages else "", limit=2)
                pages += [c.id for c in session.find(TENANT, query)]
        self.that(pages == expected[2][1], f"has {pages} on pages by urgency, not {expected[2][1]}")

    @check("find")
    def cases_are_found_by_when_a_running_clock_is_due(self) -> None:
        """A window takes in its beginning and not its end; what was met, cancelled or ended is not due any more."""
        store = self.fresh()
        for n in (0, 1, 2):  # the answer is due 48 hours, the receipt 24 hours after each
            self.keep(store, *sample.ordered(f"case-{n}", at=START + n * HOUR))
        second = timedelta(seconds=1)  # the order is issued one second after the case is opened
        due = [START + n * HOUR + second + timedelta(hours=48) for n in (0, 1, 2)]
        expected: list[tuple[dict[str, Any], list[str]]] = [
            ({"due_before": due[0]}, ["case-0", "case-1", "case-2"]),  # their receipts
            ({"due_after": due[0]}, ["case-0", "case-1", "case-2"]),
            ({"due_after": due[0], "due_before": due[1]}, ["case-0"]),
            ({"due_after": due[0] + timedelta(microseconds=1), "due_before": due[2]}, ["case-1"]),
            ({"due_after": due[2] + timedelta(microseconds=1)}, []),
            ({"due_before": START + timedelta(hours=24) + second}, []),
        ]
        for window, ids in expected:
            seen = self.by(store, **window)
            self.that(seen == ids, f"finds {seen} with a clock due in a window in which {ids} have one")
        first, second_ = sample.ordered("case-3", at=START + 9 * HOUR)
        message = second_.case.messages[0].id
        third = sample.after(second_, Acknowledged(message=message), by=sample.PLATFORM)
        self.keep(store, first, second_, third)
        receipt = START + 33 * HOUR
        seen = self.by(store, due_after=receipt, due_before=receipt + HOUR)
        self.that(seen == [], f"finds {seen} by a deadline that was met")
        self.keep(store, sample.after(third, Closed(reason="done")))
        seen = self.by(store, due_after=START + 57 * HOUR)
        self.that(seen == [], f"finds {seen} by a deadline that was cancelled")

    @check("incidents")
    def cases_are_found_by_open_incidents(self) -> None:
        """open_incident tells cases with one that is open from those without any, or with resolved ones only."""
        store = self.fresh()
        for n in (0, 1, 2):
            first = sample.opened(f"case-{n}", at=START + n * HOUR)
            self.keep(store, first, *([sample.irregular(first)] if n else []))
        with store.session() as session:
            found = (session.incidents(TENANT, "case-1", "open", 1))[0]
            session.report(sample.resolved(found))
        seen = {wanted: self.by(store, open_incident=wanted) for wanted in (True, False, None)}
        expected = {True: ["case-2"], False: ["case-0", "case-1"], None: ["case-0", "case-1", "case-2"]}
        self.that(seen == expected, f"finds {seen} by open incidents, not {expected}")

    @check("find")
    def pages_keep_every_case_while_others_write(self) -> None:
        """What fits from the first page to the last comes exactly once, whatever is opened and changed in between."""
        store = self.fresh()
        by: list[dict[str, Any]] = [
            {"matter": "m"},
            {"party": "platform-a", "role": "platform"},
            {"content": (K1,)},
            {},
        ]
        for filters in by:
            there = [f"{'-'.join(filters)}-{n}" for n in range(6)]
            steps = [
                sample.opened(id, at=START + n // 2 * HOUR, matter="m", contents=[ONE]) for n, id in enumerate(there)
            ]
            self.keep(store, *steps)
            pages: list[str] = []
            for n in range(1000):
                with store.session(read=True) as session:
                    query = Query(**filters, after=pages[-1] if pages else "", limit=2)
                    page = [c.id for c in session.find(TENANT, query)]
                if not page:
                    break
                pages += page
                if n < 6:  # an earlier and a later one are opened, and one that was on a page changes
                    early, late = START - (n + 1) * HOUR, START + (9 + n) * HOUR
                    for id, at in (("early", early), ("late", late)):
                        id = f"{'-'.join(filters)}-{id}-{n}"
                        self.keep(store, sample.opened(id, at=at, matter="m", contents=[ONE]))
                    self.keep(store, sample.after(steps[n], Issued(reference="no. 1")))
            wrong = [id for id in there if pages.count(id) != 1]
            self.that(not wrong, f"on pages by {list(filters)} repeats or skips {wrong} while others write")
