"""A national SOP made from a bundled one: a state, an event, a guard, a hook, a participant and an observer.

    python examples/own_procedure.py

A ministry wants counsel's opinion before a report goes on, unless its own register knows the content already; it wants
the prosecutor told of every order; it keeps a table of its own in the same database and transaction; and it counts
steps on a dashboard. None of that touches the library's code.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, final

from attrs import frozen

from sopflow import (
    ANY_OPEN,
    STAY,
    Act,
    Actor,
    Approved,
    Basis,
    Case,
    DeadlineBreached,
    Event,
    Guard,
    Hook,
    HookFailed,
    Hours,
    Issued,
    Notice,
    Obligation,
    PointOfContact,
    Provider,
    Role,
    Runner,
    Send,
    Source,
    State,
    StaticDirectory,
    Step,
    Superseded,
    Template,
    Transition,
    Verified,
    Withdrawn,
    WithoutUndueDelay,
    Yield,
    catalogue,
)
from sopflow.check import check
from sopflow.notifiers import ConsoleNotifier
from sopflow.stores import open_store

OURS = Basis("internal instruction on counsel's opinion", "instruction", "V")


@final
@frozen(kw_only=True)
class OpinionGiven(Act):
    """Counsel finds the content unlawful."""

    provision: str


def _not_in_register(before: Case, view: Case, event: Event, facts: Any) -> str | None:
    """Counsel is asked only about content that the register does not know."""
    return "the register knows this content already" if facts.values["register.known"] else None


def _tell_prosecutor(before: Case, view: Case, event: Event, facts: Any) -> Yield:
    """Every order is also sent to the prosecutor."""
    return Yield(sends=TO_PROSECUTOR, data={"prosecutor_told": True})


TO_PROSECUTOR = Send(template="prosecutor", to="prosecutor", sender="authority", ack_within=Hours(72))
SOP = catalogue.find("id.kominfo_telegram_2017").extend(
    id="xx.national_sop",
    title="National SOP with counsel's opinion",
    roles=[Role(name="counsel", side="authority", basis=OURS), Role(name="prosecutor", side="prosecutor", basis=OURS)],
    states=[State(name="opinion_asked", phase="assessment", waits_for="counsel", basis=OURS)],
    transitions=[
        Transition(
            on=Verified, source="received", target="opinion_asked", by="authority", basis=OURS,
            guards=Guard("not_in_register", _not_in_register, reads="register.known"),
        ),
        Transition(
            on=DeadlineBreached, of="receipt:prosecutor", source=ANY_OPEN, target=STAY, by="system", basis=OURS,
        ),
        Transition(on=OpinionGiven, source="opinion_asked", target="verified_by_ministry", by="counsel", basis=OURS),
    ],
    obligations=[
        Obligation(
            name="opinion", owner="counsel", term=WithoutUndueDelay(24), starts=Verified, meets=OpinionGiven,
            cancels=(Approved, Withdrawn, Superseded), basis=OURS,
        ),
    ],
    hooks=[Hook(name="tell_prosecutor", run=_tell_prosecutor, event=Issued, may_send=TO_PROSECUTOR)],
    templates=[Template("prosecutor", "Order in case $case", "For your information:\n\n$contents\n\n$confirm\n")],
    sources=[Source("instruction", "Internal instruction 1/2026")],
)  # fmt: skip


def register(case: Case | None, event: Event, conn: sqlite3.Connection) -> bool:
    """Answer the guard's question from the ministry's own table, inside the transaction."""
    assert case is not None
    known = conn.execute("SELECT 1 FROM register WHERE digest = ?", (case.contents[0].digest,)).fetchone()
    return known is not None


def keep_desk_list(step: Step, conn: sqlite3.Connection) -> None:
    """Write the ministry's own row in the same commit; a failure rolls the step back."""
    if step.case.phase == "notice" and "desk is closed" in conn.execute("SELECT note FROM desk").fetchone():
        raise RuntimeError("the desk is closed")
    row = (step.case.id, step.case.state)
    conn.execute("INSERT INTO desk_list VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state", row)


def main() -> None:
    """Walk one case through the national SOP."""
    print(check(SOP, known=[catalogue.find("generic.network_block")]))
    counted: Counter[str] = Counter()

    def count(step: Step) -> None:
        counted[step.entry.event] += 1

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ministry.db"
        with closing(sqlite3.connect(path)) as own, own:
            own.execute("CREATE TABLE register (digest TEXT PRIMARY KEY)")
            own.execute("CREATE TABLE desk_list (id TEXT PRIMARY KEY, state TEXT)")
            own.execute("CREATE TABLE desk (note TEXT)")
            own.execute("INSERT INTO desk VALUES ('desk is closed')")
        console = ConsoleNotifier()
        contacts = [
            Provider(id=id, contacts=[PointOfContact(id=f"{id}-desk", channels={"console": f"desk@{id}.example"})])
            for id in ("platform-x", "prosecutor-y")
        ]
        runner = Runner(
            store=open_store(f"sqlite:///{path}?shared=1"),
            procedures=[SOP, catalogue.find("generic.network_block")],
            acting_as={"authority"},
            directory=StaticDirectory(contacts),
            notifiers={"console": console},
            facts={"register.known": register},
            participants=[keep_desk_list],
            observers=[count],
        )
        officer = Actor("officer-1", {"authority"}, "ministry")
        counsel = Actor("counsel-1", {"counsel"}, "ministry")
        agency = Actor("signer-1", {"competent_agency"}, "agency")
        notice = Notice(
            contents=["https://t.me/example"],
            parties={"platform": "platform-x", "prosecutor": "prosecutor-y"},
            form={"reasons": "incitement"},
        )
        case = runner.open("xx.national_sop", notice, by=officer)
        case = runner.apply(case.id, Verified(by=officer))
        print("after the ministry's check:", case.state, "- waiting for", *(w.who for w in case.waiting_for()))
        for answer in runner.allowed(case.id, by=counsel):
            if answer.event == "OpinionGiven":
                print("may counsel give an opinion?", answer.verdict, *answer.fields)
        case = runner.apply(case.id, OpinionGiven(provision="Art 1", by=counsel))
        case = runner.apply(case.id, Approved(proposal=runner.proposal(case.id, Issued()), by=agency))
        try:
            runner.apply(case.id, Issued(by=officer))
        except HookFailed as error:
            print("rolled back:", error, "- the case is still", runner.case(case.id).state)
        with closing(sqlite3.connect(path)) as own, own:
            own.execute("UPDATE desk SET note = 'desk is open'")
        case = runner.apply(case.id, Issued(by=officer))
        runner.deliver()
        with closing(sqlite3.connect(path)) as own, own:
            print("the ministry's own table:", own.execute("SELECT state FROM desk_list").fetchall())
        print("kept with the case:", dict(case.data), "| counted:", dict(counted))
        print("proved up to entry", runner.verify(case.id).seq)
        runner.close()


if __name__ == "__main__":
    main()
