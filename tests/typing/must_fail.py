"""Lines that a type checker must refuse: each carries `# E`. Never run."""

from datetime import UTC, datetime

from sopflow import (
    Acknowledged,
    Actor,
    Case,
    Guard,
    Notice,
    Outgoing,
    PointOfContact,
    Procedure,
    Receipt,
    Runner,
    Step,
    Transition,
    Verified,
    catalogue,
)
from sopflow.ports import Notifier, Store
from sopflow.stores import open_store

officer = Actor("officer", {"authority"})
runner = Runner(store=open_store("memory:"), procedures=[catalogue.find("us.dmca_512")], acting_as={"platform"})

Actor(7, {"authority"})  # E
Actor("officer")  # E
officer.id = "other"  # E
Notice(content=["https://t.me/x"])  # E
runner.open("us.dmca_512", "a report", by=officer)  # E
runner.open("us.dmca_512", Notice())  # E
runner.apply("case", "Verified")  # E
runner.apply("case", Verified, by=officer)  # E
runner.apply("case", Verified(), by="officer")  # E
runner.apply("case", Verified(), expect="3")  # E
Acknowledged(mesage="m")  # E
Verified(at="2017-07-14")  # E
Runner(store=open_store("memory:"), procedures=["us.dmca_512"], acting_as={"platform"})  # E
case: Case = runner.preview("case", Verified())  # E
step: Step = runner.apply("case", Verified())  # E
case.state = "closed"  # E
when: datetime = case.state  # E
PointOfContact(id="x", channels=["email"])  # E
Transition(on="Verified", source="a", target="b", by="c", basis=None)  # E


class NoNotifier:
    def deliver(self, message: Outgoing) -> Receipt | None: ...


class WrongAnswer:
    def send(self, message: Outgoing) -> bool:
        return True


notifier: Notifier = NoNotifier()  # E
other: Notifier = WrongAnswer()  # E
store: Store = {}  # E


def not_a_guard(case: Case) -> bool:
    return True


Guard("g", not_a_guard)  # E
procedure: Procedure = catalogue.names()  # E
late = datetime.now(UTC) + case.revision  # E
