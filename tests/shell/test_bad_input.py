"""Whatever is handed in wrongly is a typed error that says what to do, and leaves case, journal and file as before."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, final

import attrs
import pytest
from attrs import frozen

from sopflow import (
    Acknowledged,
    Act,
    Actor,
    Approved,
    AsyncRunner,
    BadInput,
    Case,
    CaseConflict,
    CaseNotFound,
    CommandReused,
    Complaint,
    Content,
    Corrected,
    CounterNotice,
    EffectGiven,
    Evidence,
    Extended,
    Fact,
    Flagger,
    ForeignDatabase,
    Held,
    HookFailed,
    InstrumentReceived,
    Issued,
    MalformedLocator,
    NotAllowed,
    NotCanonical,
    Notice,
    Order,
    Outgoing,
    PointOfContact,
    Procedure,
    ProcedureError,
    Provider,
    Receipt,
    Refused,
    Rejected,
    Restored,
    Runner,
    SchemaTooNew,
    SopflowError,
    StaticDirectory,
    StoreFull,
    UnknownProcedure,
    Verified,
    Withdrawn,
    catalogue,
)
from sopflow.batch import Apply, NewCase, Result
from sopflow.errors import StoreError
from sopflow.events import SHARED, DeadlineBreached, Event, Opened
from sopflow.notifiers.console import ConsoleNotifier
from sopflow.rules import (
    ANY_OPEN,
    STAY,
    VERBS,
    Absent,
    Basis,
    Form,
    FormField,
    Guard,
    Hook,
    Obligation,
    On,
    Quorum,
    Role,
    Send,
    Source,
    State,
    Template,
    Transition,
    Yield,
)
from sopflow.step import Rendered
from sopflow.stores import open_store
from sopflow.terms import Hours
from sopflow.testing.clock import Clock

START = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
OFFICER = Actor("officer", {"authority"}, "ministry")
SIGNER = Actor("signer", {"agency"}, "police")
PLATFORM = Actor("moderator", {"platform"}, "px")
STRANGER = Actor("stranger", {"visitor"})
B = Basis("made up", "tests", "I")


@final
@frozen(kw_only=True)
class Scored(Act):
    """An act whose value anybody may get wrong."""

    score: Any = None


@final
@frozen(kw_only=True)
class Seen(Fact):
    """A fact that a guard looks at."""


class Trouble(Exception):
    """What the host's code raises."""


class Host:
    """The host's own code; `fails` names what raises now."""

    def __init__(self) -> None:
        self.fails: set[str] = set()
        self.value: Any = 1

    def point(self, name: str) -> None:
        if name in self.fails:
            raise Trouble("Jane Roe, jane@example.org")

    def guard(self, before: Case, view: Case, event: Any, facts: Any) -> str | None:
        self.point("guard")
        return None

    def hook(self, before: Case, view: Case, event: Any, facts: Any) -> Yield | None:
        self.point("hook")
        return Yield(data={"seen": True})

    def provider(self, case: Case, event: Any, conn: Any) -> Any:
        self.point("provider")
        return self.value

    def participant(self, step: Any, conn: Any) -> None:
        self.point("participant")

    def render(self, template: Template, params: Any) -> Rendered:
        self.point("renderer")
        return Rendered(template.subject, params["contents"])


def procedure(host: Host) -> Procedure:
    guard = Guard("watched", host.guard, reads="register.known")

    def row(on: Any, source: Any, target: str, by: Any, **more: Any) -> Transition:
        return Transition(on=on, source=source, target=target, by=by, basis=B, **more)

    return Procedure(
        id="test.desk", version="1", title="A desk", acting="authority",
        roles=[Role(name=n, basis=B) for n in ("authority", "agency", "platform")],
        opened_by="authority", initial="received",
        states=[
            State(name="received", phase="intake", basis=B),
            State(name="checked", phase="assessment", basis=B),
            State(name="ordered", phase="notice", basis=B),
            State(name="rejected", phase="closed", final=True, basis=B),
        ],
        transitions=[
            row(Verified, "received", "checked", "authority", guards=guard),
            row(Scored, ANY_OPEN, STAY, "authority"),
            row(Seen, ANY_OPEN, STAY, {"platform", "authority"}, guards=guard),
            row(Rejected, "received", "rejected", "authority"),
            row(Approved, ANY_OPEN, STAY, "agency"),
            row(Issued, "checked", "ordered", "authority", requires=Quorum(roles="agency", n=1),
                sends=Send(template="order", to="platform", sender="authority", ack_within=Hours(24))),
            row(EffectGiven, ANY_OPEN, STAY, "platform"),
            row(Acknowledged, ANY_OPEN, STAY, {"platform", "authority"}, of="order"),
            row(Extended, ANY_OPEN, STAY, "authority"),
            row(Held, ANY_OPEN, STAY, "authority"),
            row(Corrected, ANY_OPEN, STAY, "authority"),
            row(Withdrawn, ANY_OPEN, "rejected", "authority"),
        ],
        obligations=[Obligation(name="check", owner="authority", term=Hours(48), basis=B, starts=Opened, meets=Verified)],
        forms=[Form(instrument="notice", fields=[FormField("reasons", B)], enforce="refuse")],
        templates=[Template("order", "Order $case", "$contents")],
        hooks=[Hook(name="after", run=host.hook, event=Verified), Hook(name="seen", run=host.hook, event=Seen)],
        sources=[Source("tests", "these tests")],
    )  # fmt: skip


class Desk:
    """A runner with one case in `received`, and a way to see everything that its store holds."""

    def __init__(self, kind: str, folder: Path, **options: Any) -> None:
        self.host = Host()
        self.clock = Clock(START)
        self.path = folder / "cases.db" if kind == "sqlite" else None
        self.rules = procedure(self.host)
        self.options: dict[str, Any] = {
            "store": open_store(f"sqlite:///{self.path}" if self.path else "memory:"),
            "procedures": [self.rules],
            "acting_as": "authority",
            "directory": StaticDirectory(
                [Provider(id="px", contacts=[PointOfContact(id="desk", channels={"email": "desk@px.example"})])]
            ),
            "facts": {"register.known": self.host.provider},
            "participants": [self.host.participant],
            "renderer": self.host,
            "clock": self.clock,
            **options,
        }
        self.runner = Runner(**self.options)
        self.case = self.runner.open("test.desk", notice(), by=OFFICER, command_id="first", case_id="case-1")

    def everything(self) -> Any:
        if self.path is not None:
            with closing(sqlite3.connect(self.path)) as conn:
                return list(conn.iterdump())
        tables = vars(self.runner.store)
        return {k: repr(v) for k, v in tables.items() if k not in ("_lock", "_writing", "heap")}

    def refuse(self, error: type[Exception], call: Callable[[], object]) -> Any:
        """Check that a call raises exactly this and changes nothing; return the error."""
        before = self.everything()
        known = {case.id: (case, self.runner.journal(case.id)) for case in self.runner.find()}
        with pytest.raises(SopflowError) as caught:
            call()
        assert type(caught.value) is error, caught.value
        assert {case.id: (case, self.runner.journal(case.id)) for case in self.runner.find()} == known
        assert self.everything() == before
        for id in known:
            self.runner.verify(id)
        if isinstance(caught.value, BadInput):
            assert caught.value.field in str(caught.value) and caught.value.value in str(caught.value)
            assert len(caught.value.remedy) > 10 and caught.value.remedy in str(caught.value)
        return caught.value

    def ordered(self) -> Case:
        self.runner.apply("case-1", Verified(by=OFFICER))
        self.runner.apply("case-1", Approved(proposal=self.runner.proposal("case-1", Issued()), by=SIGNER))
        return self.runner.apply("case-1", Issued(by=OFFICER))


def raised(results: Sequence[Result]) -> None:
    """Raise what the first item of a batch met."""
    assert results[0].error is not None
    raise results[0].error


def notice(**more: Any) -> Notice:
    return Notice(
        **{"contents": ["https://t.me/x"], "parties": {"platform": "px"}, "form": {"reasons": "unlawful"}, **more}
    )


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    found = Desk(request.param, tmp_path)
    yield found
    found.runner.close()


# --- what is asked for does not exist, or may not be done ----------------------------------------------------------


def test_an_unknown_procedure_names_those_that_are_known(desk: Desk) -> None:
    error = desk.refuse(UnknownProcedure, lambda: desk.runner.open("test.dsek", notice(), by=OFFICER))
    assert error.procedure == "test.dsek" and "test.desk" in error.remedy


def test_an_unknown_procedure_of_the_catalogue_is_a_typed_error() -> None:
    with pytest.raises(UnknownProcedure) as caught:
        catalogue.find("id.kominfo_telegram")
    assert caught.value.remedy


@pytest.mark.parametrize("on", [datetime(2021, 10, 1, tzinfo=UTC), "2021-10-01", 2021])
def test_what_is_no_day_is_refused_by_the_catalogue(on: Any) -> None:
    with pytest.raises(BadInput) as caught:
        catalogue.find("de.netzdg", on=on)
    assert caught.value.field == "on" and "datetime.date" in caught.value.remedy


def test_an_act_that_is_not_allowed_says_why(desk: Desk) -> None:
    error = desk.refuse(NotAllowed, lambda: desk.runner.apply("case-1", Issued(by=OFFICER)))
    assert (error.case, error.event, error.state) == ("case-1", "Issued", "received")
    assert "possible in checked" in error.reasons[0]


def test_an_act_that_is_not_allowed_gives_every_reason_at_once(desk: Desk) -> None:
    desk.runner.apply("case-1", Verified(by=OFFICER))
    error = desk.refuse(NotAllowed, lambda: desk.runner.apply("case-1", Issued(by=STRANGER)))
    assert "authority" in error.reasons[0] and "1 approval" in error.reasons[1]


@pytest.mark.parametrize("event", [Verified(by=STRANGER), EffectGiven(outcomes={"c1": "removed"}, by=STRANGER)])
def test_a_wrong_role_is_told_which_role_may(desk: Desk, event: Any) -> None:
    error = desk.refuse(NotAllowed, lambda: desk.runner.apply("case-1", event))
    assert "visitor" in str(error) and ("authority" in str(error) or "platform" in str(error))


def test_a_stranger_opens_no_case(desk: Desk) -> None:
    error = desk.refuse(NotAllowed, lambda: desk.runner.open("test.desk", notice(), by=STRANGER))
    assert "authority" in error.reasons[0]


def test_an_instrument_that_opens_no_case_is_refused_with_those_that_do(desk: Desk) -> None:
    strict = attrs.evolve(desk.rules, id="test.strict", opened_with={"order", "referral"})
    desk.options["procedures"] = [desk.rules, strict]
    runner = Runner(**desk.options)
    error = desk.refuse(BadInput, lambda: runner.open("test.strict", notice(), by=OFFICER))
    assert (error.field, error.value) == ("instrument", "'notice'") and "order or referral" in error.remedy
    runner.open("test.strict", Order(contents=["https://a.example/1"]), by=OFFICER)


def test_an_act_in_a_final_state_is_refused(desk: Desk) -> None:
    desk.runner.apply("case-1", Rejected(reason="r", by=OFFICER))
    error = desk.refuse(NotAllowed, lambda: desk.runner.apply("case-1", Verified(by=OFFICER)))
    assert "final" in error.reasons[0]


def test_an_event_without_its_actor_asks_for_one(desk: Desk) -> None:
    assert desk.refuse(BadInput, lambda: desk.runner.apply("case-1", Verified())).field == "Verified.by"


@pytest.mark.parametrize("id", ["case-2", "", "CASE-1", "case-1 ", "case-1'; DROP TABLE sopflow_case; --"])
def test_an_unknown_case_is_not_found_by_any_verb(desk: Desk, id: str) -> None:
    verbs: list[Callable[[], object]] = [
        lambda: desk.runner.apply(id, Verified(by=OFFICER)),
        lambda: desk.runner.preview(id, Verified(by=OFFICER)),
        lambda: desk.runner.allowed(id, by=OFFICER),
        lambda: desk.runner.proposal(id, Issued()),
        lambda: desk.runner.case(id),
        lambda: desk.runner.verify(id),
        lambda: desk.runner.reexamine(id),
    ]
    for verb in verbs:
        assert desk.refuse(CaseNotFound, verb).case == id


def test_a_case_in_the_place_of_its_id_is_told_what_to_hand_in_by_any_verb(desk: Desk) -> None:
    case: Any = desk.case
    verbs: list[Callable[[], object]] = [
        lambda: desk.runner.apply(case, Verified(by=OFFICER)),
        lambda: desk.runner.apply(case, Verified(by=OFFICER), command_id="second"),
        lambda: desk.runner.preview(case, Verified(by=OFFICER)),
        lambda: desk.runner.allowed(case, by=OFFICER),
        lambda: desk.runner.proposal(case, Issued()),
        lambda: desk.runner.attach(case, b"a picture", by=OFFICER),
        lambda: desk.runner.open_evidence(case, "0" * 64),
        lambda: desk.runner.explain(case, "check"),
        *(lambda verb=verb: getattr(desk.runner, verb)(case)  # type: ignore[misc]
          for verb in ("case", "journal", "personal", "erase", "verify", "reexamine", "evidence", "inbox", "incidents")),
        lambda: desk.runner.case(None),  # type: ignore[arg-type]
        lambda: raised(desk.runner.apply_many([Apply(case, Verified(by=OFFICER))])),
    ]  # fmt: skip
    for verb in verbs:
        error = desk.refuse(BadInput, verb)
        assert error.field == "case_id" and "use case.id" in error.remedy


def test_another_tenants_case_does_not_exist(desk: Desk) -> None:
    other = Runner(**{**desk.options, "tenant": "other"})
    for verb in (
        lambda: other.apply("case-1", Verified(by=OFFICER)), lambda: other.case("case-1"),
        lambda: other.verify("case-1"), lambda: other.preview("case-1", Verified(by=OFFICER)),
        lambda: other.erase("case-1"), lambda: other.journal("case-1"), lambda: other.personal("case-1"),
    ):  # fmt: skip
        error = desk.refuse(CaseNotFound, verb)
        assert (error.tenant, error.case) == ("other", "case-1")
    assert other.count() == 0
    before = desk.everything()
    other.tick()
    other.deliver()
    assert desk.everything() == before


def test_an_erased_case_still_refuses_and_records_and_signs_nothing(desk: Desk) -> None:
    desk.runner.erase("case-1")
    assert desk.refuse(BadInput, lambda: desk.runner.proposal("case-1", Issued())).field == "case"
    desk.refuse(NotAllowed, lambda: desk.runner.apply("case-1", Issued(by=OFFICER)))
    assert desk.runner.apply("case-1", EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)).revision == 2


# --- values that cannot be used ------------------------------------------------------------------------------------


def test_a_role_that_no_procedure_has_is_refused(desk: Desk) -> None:
    error = desk.refuse(BadInput, lambda: Runner(**{**desk.options, "acting_as": {"authorty"}}))
    assert error.field == "acting_as" and "authority" in error.remedy


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("event", lambda desk: desk.runner.apply("case-1", Verified)),
        ("event", lambda desk: desk.runner.apply("case-1", "Verified", by=OFFICER)),
        ("event", lambda desk: desk.runner.preview("case-1", Verified)),
        ("event", lambda desk: desk.runner.proposal("case-1", Issued)),
        ("Verified.by", lambda desk: desk.runner.apply("case-1", Verified(by="me"))),
        ("instrument", lambda desk: desk.runner.open("test.desk", Notice, by=OFFICER)),
        ("contents", lambda desk: desk.runner.open("test.desk", Notice(contents=None), by=OFFICER)),
        ("contents", lambda desk: desk.runner.open("test.desk", Notice(contents=[7]), by=OFFICER)),
        ("form", lambda desk: desk.runner.open("test.desk", Notice(form="reasons"), by=OFFICER)),
        ("form.reasons", lambda desk: desk.runner.open("test.desk", Notice(form={"reasons": 7}), by=OFFICER)),
        ("parties", lambda desk: desk.runner.open("test.desk", Notice(parties="px"), by=OFFICER)),
        ("EffectGiven.outcomes", lambda desk: EffectGiven(outcomes=["c1"])),
        ("store", lambda desk: Runner(**{**desk.options, "store": "sqlite:///cases.db"})),
        ("procedures", lambda desk: Runner(**{**desk.options, "procedures": ["test.desk"]})),
    ],
)
def test_what_is_of_another_class_is_named(desk: Desk, field: str, call: Callable[[Desk], object]) -> None:
    assert desk.refuse(BadInput, lambda: call(desk)).field == field


def test_what_a_procedure_cannot_be_extended_by_is_named(desk: Desk) -> None:
    with pytest.raises(ProcedureError, match="'nope'.*use one of id, version"):
        desk.rules.extend(id="test.more", replace={"nope": 1})
    with pytest.raises(ProcedureError, match="roles: 5 is no Role"):
        desk.rules.extend(id="test.more", roles=5)  # type: ignore[arg-type]
    for wrong in ("", " ", "a\x00b"):
        with pytest.raises(ProcedureError, match="id .*: write a text without control characters"):
            desk.rules.extend(id=wrong)
    with pytest.raises(ProcedureError, match="write which roles may open a case"):
        desk.rules.extend(id="test.more", replace={"opened_by": ()})


def test_a_rule_of_another_class_is_named(desk: Desk) -> None:
    for rules, why in (
        ({"transitions": ["x"]}, "'x' is no Transition"),
        ({"states": [State(name="a", phase="intake", basis="x")]}, "'x' is no Basis"),  # type: ignore[arg-type]
        ({"obligations": [Obligation(name="a", owner="authority", term=24, basis=B, starts=Opened)]}, "24 is no term"),  # type: ignore[arg-type]
    ):
        with pytest.raises(ProcedureError, match=why):
            desk.rules.extend(id="test.more", **rules)  # type: ignore[arg-type]


def unfit(before: Case, view: Case, event: Any, facts: Any) -> None: ...


def _row(**parts: Any) -> dict[str, Any]:
    row = {"on": Verified, "source": "received", "target": STAY, "by": "authority", "basis": B, **parts}
    return {"transitions": [Transition(**row)]}


def _duty(**parts: Any) -> dict[str, Any]:
    return {"obligations": [Obligation(**{"name": "decide", "owner": "authority", "term": Hours(1), "basis": B,
                                          "starts": Opened, **parts})]}  # fmt: skip


def _letter(**parts: Any) -> dict[str, Any]:
    return _row(sends=Send(**{"template": "order", "to": "platform", "sender": "authority", **parts}))


_VERIFIED = "transition on Verified from received"


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        *((_duty(**{verb: "Opened"}), f"obligation decide: {verb}: 'Opened' is no event; write Opened") for verb in VERBS),
        (_duty(meets=On("Opened")), "obligation decide: meets: 'Opened' is no event; write Opened"),  # type: ignore[arg-type]
        (_duty(meets=Verified(by=OFFICER)), "is no event; write Verified"),
        (_duty(meets=Act), "obligation decide: meets: Act is no event of its own; use a subclass of Act or Fact"),
        (_duty(owner=Verified), "is no text; write it in quotation marks"),
        (_row(on="Decided"), "transition on Decided from received: on: 'Decided' is no event; write Decided"),
        (_row(on=Event), "transition on Event from received: on: Event is no event of its own"),
        (_row(on=7), "transition on 7 from received: on: 7 is no event; write the class of an event"),
        (_row(guards=unfit), f"{_VERIFIED}: guards: <function unfit"),
        (_row(guards="known"), f"{_VERIFIED}: guards: 'known' is no Guard; write Guard(name, test), or one of sopflow.guards"),
        (_row(requires=2), f"{_VERIFIED}: requires: 2 is no Quorum; write Quorum(roles=…)"),
        (_row(sends="order"), f"{_VERIFIED}: sends: 'order' is no Send; write Send("),
        (_row(opens="test.desk"), f"{_VERIFIED}: opens: 'test.desk' is no Opens; write Opens("),
        (_row(basis="section 1"), f"{_VERIFIED}: basis: 'section 1' is no Basis; write Basis(text, source, mark)"),
        (_row(target=None), f"{_VERIFIED}: target: None is no text"),
        (_row(by=None), f"{_VERIFIED}: by: None is no text; write it in quotation marks"),
        (_row(source=None), "transition on Verified from None: source: None is no text"),
        (_letter(ack_within=24), f"{_VERIFIED}: sends: ack_within: 24 is no term; write e.g. Hours(24)"),
        (_letter(until="Withdrawn"), f"{_VERIFIED}: sends: until: 'Withdrawn' is no event; write Withdrawn"),
        (_letter(proved_by="Seen"), f"{_VERIFIED}: sends: proved_by: 'Seen' is no event; write Seen"),
        ({"hooks": [Hook(name="late", run=unfit, event="Decided")]}, "hook late: event: 'Decided' is no event; write Decided"),
        ({"hooks": [Hook(name="late", run=unfit, may_send="order")]}, "hook late: may_send: 'order' is no Send"),
        ({"forms": [Form(instrument="order", fields="reasons")]}, "form order: fields: 'reasons' is no FormField"),
        ({"absent": [Absent("refusal", "section 1", "why")]}, "absent refusal: basis: 'section 1' is no Basis"),  # type: ignore[arg-type]
        ({"roles": Verified}, "is no Role; write Role(…)"),
        ({"valid_from": "2026-01-31"}, "valid_from: '2026-01-31' is no day; write date(2026, 1, 31)"),
        ({"as_of": START}, "is no day; write date(2026, 1, 31)"),
        ({"opened_with": Notice}, "procedure: opened_with: <class 'sopflow.events.Notice'> is no text"),
        ({"opened_by": None}, "procedure: opened_by: None is no text"),
    ],
)  # fmt: skip
def test_a_part_of_a_rule_of_another_class_is_named_with_what_to_write(rules: dict[str, Any], why: str) -> None:
    with pytest.raises(ProcedureError) as caught:
        procedure(Host()).extend(id="test.more", replace=rules)
    assert any(why in problem for problem in caught.value.problems), caught.value


def test_all_parts_of_another_class_are_named_at_once() -> None:
    with pytest.raises(ProcedureError) as caught:
        procedure(Host()).extend(
            id="test.more", **_duty(starts="Opened", meets="Verified"), **_row(guards=unfit, basis="x")
        )
    assert len(caught.value.problems) == 4


def test_a_case_in_hand_cannot_be_changed(desk: Desk) -> None:
    """It may be the very one that the store has in mind: what was changed in it would be sent, and break the proof."""
    case = desk.runner.case("case-1")
    noted = attrs.evolve(case, data={"seen": {"by": ["a", {"b": 1}]}})
    assert pickle.loads(pickle.dumps(noted)) == noted
    for change in (
        lambda: case.parties.__setitem__("platform", ("somebody",)),  # type: ignore[attr-defined]
        lambda: case.data.update(x=1),  # type: ignore[attr-defined]
        lambda: noted.data["seen"]["by"].append("x"),
        lambda: noted.data["seen"].update(by=[]),
        lambda: case.holds.clear(),  # type: ignore[attr-defined]
    ):
        with pytest.raises(TypeError, match="never changed"):
            change()
    assert pickle.loads(pickle.dumps(case)) == case
    desk.runner.verify("case-1")


def test_a_missing_mandatory_field_of_a_form_names_its_article(desk: Desk) -> None:
    error = desk.refuse(BadInput, lambda: desk.runner.open("test.desk", notice(form={"reasons": "  "}), by=OFFICER))
    assert error.field == "notice.form" and "reasons (made up)" in error.remedy


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("Rejected.reason", lambda: Rejected(reason="", by=OFFICER)),
        ("EffectGiven.outcomes", lambda: EffectGiven(outcomes={}, by=PLATFORM)),
        ("Acknowledged.message", lambda: Acknowledged(message="", by=PLATFORM)),
        ("Extended.reason", lambda: Extended(obligation="check", due=START, reason="", by=OFFICER)),
        ("Approved.proposal", lambda: Approved(proposal="", by=SIGNER)),
        ("Held.role", lambda: Held(role="", until=START, reason="r", by=OFFICER)),
    ],
)
def test_a_missing_mandatory_field_is_named(desk: Desk, field: str, make: Callable[[], Any]) -> None:
    assert desk.refuse(BadInput, lambda: desk.runner.apply("case-1", make())).field == field


NAIVE = datetime(2025, 6, 2, 9, 0)


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("Verified.at", lambda: Verified(by=OFFICER, at=NAIVE)),
        ("evidence.received_at", lambda: Verified(by=OFFICER, evidence=Evidence.of("x", received_at=NAIVE))),
        ("until", lambda: Held(role="platform", until=NAIVE, reason="r", by=OFFICER)),
        ("due", lambda: Extended(obligation="check", due=NAIVE, reason="r", by=OFFICER)),
        ("Scored.at", lambda: Scored(by=OFFICER, at="2025-06-02")),
    ],
)
def test_an_instant_without_a_zone_is_refused_with_an_example(desk: Desk, field: str, make: Any) -> None:
    error = desk.refuse(BadInput, lambda: desk.runner.apply("case-1", make()))
    assert field in error.field and "time zone" in error.remedy and "2025" in error.value


def test_a_naive_instant_opens_no_case(desk: Desk) -> None:
    desk.refuse(BadInput, lambda: desk.runner.open("test.desk", notice(), by=OFFICER, at=NAIVE))
    desk.refuse(BadInput, lambda: desk.runner.open("test.desk", notice(due=NAIVE), by=OFFICER))


def test_a_clock_without_a_zone_is_refused(desk: Desk) -> None:
    runner = Runner(**{**desk.options, "clock": lambda: NAIVE})
    desk.refuse(BadInput, lambda: runner.apply("case-1", Verified(by=OFFICER)))
    desk.refuse(BadInput, runner.tick)
    desk.refuse(BadInput, runner.deliver)


@pytest.mark.parametrize("event", [Verified(by=OFFICER), EffectGiven(outcomes={"c1": "removed"}, by=PLATFORM)])
def test_an_event_from_the_future_is_refused_and_within_the_skew_is_not(desk: Desk, event: Any) -> None:
    late = attrs.evolve(event, at=START + timedelta(minutes=5, seconds=1))
    error = desk.refuse(BadInput, lambda: desk.runner.apply("case-1", late))
    assert error.field == f"{event.name}.at" and "0:05:00" in error.remedy
    assert desk.runner.apply("case-1", attrs.evolve(event, at=START + timedelta(minutes=5))).revision == 2


@pytest.mark.parametrize(
    "url",
    ["t.me/x", "javascript:alert(1)", "https://", "https://user@t.me/x", "https://t.me\\x", "https://t.me/a b", "",
     "https://localhost/x", "https://1.2.3/x", "https://[::1/x", "https://t.me:port/", "x" * 9000],
)  # fmt: skip
def test_a_malformed_url_is_refused_and_shown_defanged(desk: Desk, url: str) -> None:
    error = desk.refuse(MalformedLocator, lambda: desk.runner.open("test.desk", notice(contents=[url]), by=OFFICER))
    assert "https://" not in error.value


@pytest.mark.parametrize("kind", ["page", "", "URL"])
def test_an_unknown_kind_of_content_is_refused(desk: Desk, kind: str) -> None:
    make = lambda: notice(contents=[Content(kind=kind, locator="https://t.me/x")])  # noqa: E731
    assert "url" in desk.refuse(MalformedLocator, lambda: desk.runner.open("test.desk", make(), by=OFFICER)).remedy


@pytest.mark.parametrize(
    "value", [0.5, float("nan"), 2**53, -(2**60), "\ud800", {"ü": 1}, {1: 2}, object(), [[0.1]], b"x"]
)
def test_a_value_that_canonical_json_refuses_is_named(desk: Desk, value: Any) -> None:
    error = desk.refuse(NotCanonical, lambda: desk.runner.apply("case-1", Scored(score=value, by=OFFICER)))
    assert error.field.startswith("Scored.score")


def test_a_value_that_holds_itself_is_refused(desk: Desk) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises((NotCanonical, RecursionError)):
        desk.runner.apply("case-1", Scored(score=endless, by=OFFICER))
    assert desk.runner.case("case-1") == desk.case


def test_personal_texts_that_are_no_unicode_are_refused(desk: Desk) -> None:
    desk.refuse(NotCanonical, lambda: desk.runner.apply("case-1", Rejected(reason="\udcff", by=OFFICER)))
    desk.refuse(NotCanonical, lambda: desk.runner.open("test.desk", notice(form={"reasons": "\udcff"}), by=OFFICER))


def test_a_fact_of_the_host_that_canonical_json_refuses_stops_an_act_but_no_fact(desk: Desk) -> None:
    desk.host.value = 0.5
    error = desk.refuse(NotCanonical, lambda: desk.runner.apply("case-1", Verified(by=OFFICER)))
    assert error.field == "facts.register.known"
    assert desk.runner.apply("case-1", Seen(by=PLATFORM)).revision == 2


@pytest.mark.parametrize("digest", ["", "abc", "A" * 64, "g" * 64, 7])
def test_evidence_that_is_no_digest_is_refused(desk: Desk, digest: Any) -> None:
    event = Verified(by=OFFICER, evidence=Evidence(digest=digest))
    assert desk.refuse(BadInput, lambda: desk.runner.apply("case-1", event)).field == "evidence.digest"


@pytest.mark.parametrize("id", ["jane@example.org", "Jane Roe", "", "x" * 201, "a\nb"])
def test_an_actor_id_that_may_be_a_person_is_refused(id: str) -> None:
    with pytest.raises(BadInput, match="pseudonymous") as caught:
        Actor(id, {"authority"})
    assert caught.value.field == "actor.id"


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("actor.organisation", lambda: Actor("a", {"authority"}, "jane@example.org")),
        ("Notice.category", lambda: Notice(category="jane@example.org")),
        ("Notice.matter", lambda: Notice(matter="Jane Roe")),
        ("Opened.grounds", lambda: Opened(instrument=notice(), grounds=["Jane Roe", "case-1"])),
    ],
)
def test_what_the_journal_keeps_for_ever_is_no_persons_name_or_address(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(BadInput) as error:
        make()
    assert error.value.field == field


def test_a_party_that_may_be_a_person_is_refused(desk: Desk) -> None:
    bad = notice(parties={"platform": "jane@example.org"})
    assert desk.refuse(BadInput, lambda: desk.runner.open("test.desk", bad, by=OFFICER)).field == "parties.platform"


@pytest.mark.parametrize("wrong", [OFFICER, [OFFICER], None, 7, [None]])
def test_a_party_that_is_no_id_is_named_by_its_role(wrong: Any) -> None:
    with pytest.raises(BadInput, match="use a pseudonymous id") as caught:
        notice(parties={"platform": ["px", "py"], "subscriber": wrong})
    assert caught.value.field == "parties.subscriber"


@pytest.mark.parametrize("instrument", [CounterNotice, Complaint, Notice])
def test_an_id_in_the_place_of_a_locator_is_told_where_ids_go(instrument: Any) -> None:
    with pytest.raises(MalformedLocator) as caught:
        instrument(contents=["c1"])
    assert caught.value.value == "'c1'" and "write a full URL" in caught.value.remedy
    assert "InstrumentReceived(contents=['c1'])" in caught.value.remedy
    with pytest.raises(MalformedLocator) as caught:
        instrument(contents=["t.me/x"])
    assert "InstrumentReceived" not in caught.value.remedy


@pytest.mark.parametrize("event", [*SHARED, CounterNotice, Notice, Complaint, Order])
def test_a_field_that_an_event_does_not_have_is_told_with_the_class_that_was_written(event: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{event.__name__}\.__init__\(\) "):
        event(no_such_field={"c1": "removed"})


@pytest.mark.parametrize(
    ("contents", "field"),
    [
        ([Content()], "contents.c1.locator"),
        ([Content(id="a", locator="https://t.me/1"), Content(id="a", locator="https://t.me/2")], "contents.id"),
        ([Content(id="a b", locator="https://t.me/1")], "contents.id"),
        ([Content(id="jane@example.org", locator="https://t.me/1")], "contents.id"),
        ([Content(id="x" * 65, locator="https://t.me/1")], "contents.id"),
    ],
)
def test_contents_that_name_nothing_or_the_same_twice_are_refused(desk: Desk, contents: Any, field: str) -> None:
    make = lambda: desk.runner.open("test.desk", notice(contents=contents), by=OFFICER)  # noqa: E731
    assert desk.refuse(BadInput, make).field == field


def test_a_notice_about_nothing_is_recorded_as_it_came(desk: Desk) -> None:
    case = desk.runner.open("test.desk", notice(contents=[]), by=OFFICER)
    assert case.contents == ()
    desk.runner.verify(case.id)


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("EffectGiven.contents", lambda: EffectGiven(outcomes={"c9": "removed"}, by=PLATFORM)),
        ("Acknowledged.message", lambda: Acknowledged(message="case-1-m9.1", by=PLATFORM)),
        ("Acknowledged.message", lambda: Acknowledged(message="case-2-m1.1", by=PLATFORM)),
        ("Restored.contents", lambda: Restored(contents=["c1", "c2"], by=PLATFORM)),
        ("Refused.contents", lambda: Refused(contents="c2", by=PLATFORM)),
        ("Corrected.seq", lambda: Corrected(seq=99, field="at", value=START.isoformat(), reason="r", by=OFFICER)),
        ("Corrected.field", lambda: Corrected(seq=1, field="state", value="checked", reason="r", by=OFFICER)),
        ("Corrected.value", lambda: Corrected(seq=1, field="at", value="yesterday", reason="r", by=OFFICER)),
        ("Corrected.value", lambda: Corrected(seq=1, field="at", value="2025-06-02T09:00", reason="r", by=OFFICER)),
        ("Corrected.value", lambda: Corrected(seq=1, field="at", value="2035-06-02T09:00Z", reason="r", by=OFFICER)),
        ("Extended.obligation", lambda: Extended(obligation="chekc", due=START, reason="r", by=OFFICER)),
    ],
)
def test_an_id_that_the_case_does_not_have_is_refused_with_those_it_has(desk: Desk, field: str, make: Any) -> None:
    error = desk.refuse(BadInput, lambda: desk.runner.apply("case-1", make()))
    assert error.field == field


def test_an_unknown_deadline_is_refused(desk: Desk) -> None:
    event = DeadlineBreached(deadline="check#9", obligation="check", by=Actor("sopflow", {"system"}))
    error = desk.refuse(BadInput, lambda: desk.runner.apply("case-1", event))
    assert error.field == "DeadlineBreached.deadline" and "check" in error.remedy


@pytest.mark.parametrize("hours", [-1000, 0, 1, 47])
def test_an_extension_that_shortens_is_refused(desk: Desk, hours: int) -> None:
    event = Extended(obligation="check", due=START + timedelta(hours=hours), reason="r", by=OFFICER)
    assert desk.refuse(BadInput, lambda: desk.runner.apply("case-1", event)).field == "Extended.due"


def test_an_outcome_that_does_not_exist_is_refused_with_those_that_do(desk: Desk) -> None:
    before = desk.everything()
    with pytest.raises(ValueError, match="vanished"):
        desk.runner.apply("case-1", EffectGiven(outcomes={"c1": "vanished"}, by=PLATFORM))
    assert desk.everything() == before


@pytest.mark.parametrize("id", [None, "missing"])
def test_an_incident_that_does_not_exist_is_not_resolved(desk: Desk, id: str | None) -> None:
    assert desk.refuse(BadInput, lambda: desk.runner.resolve(id or "", by=OFFICER)).field == "incident"


def test_a_page_after_an_unknown_case_is_refused(desk: Desk) -> None:
    assert desk.refuse(BadInput, lambda: desk.runner.find(after="case-9")).field == "after"


@pytest.mark.parametrize("id", ["jane@example.org", "a b", "x\n", "x" * 201, "\ud800"])
def test_an_id_that_the_journal_should_not_keep_for_ever_is_refused(desk: Desk, id: str) -> None:
    wrong = NotCanonical if id == "\ud800" else BadInput
    make = lambda: desk.runner.open("test.desk", notice(), by=OFFICER, case_id=id)  # noqa: E731
    assert desk.refuse(wrong, make).field == "case_id"
    assert desk.refuse(wrong, lambda: Runner(**{**desk.options, "tenant": id})).field == "tenant"


# --- repetition and conflict ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again",
    [
        lambda r: r.open("test.desk", notice(contents=["https://t.me/y"]), by=OFFICER, command_id="first"),
        lambda r: r.open("test.desk", notice(form={"reasons": "another"}), by=OFFICER, command_id="first"),
        lambda r: r.open("test.desk", notice(), by=Actor("other", {"authority"}), command_id="first"),
        lambda r: r.open("test.desk", notice(), by=OFFICER, command_id="first", case_id="case-2"),
        lambda r: r.open("test.desk", notice(), by=OFFICER, command_id="first", at=START - timedelta(hours=1)),
        lambda r: r.apply("case-1", Verified(by=OFFICER), command_id="first"),
        lambda r: r.apply("case-1", Issued(by=OFFICER), command_id="first"),
    ],
)
def test_a_command_id_reused_with_other_content_is_refused(desk: Desk, again: Callable[[Runner], object]) -> None:
    assert desk.refuse(CommandReused, lambda: again(desk.runner)).field == "command_id"


def test_a_command_id_reused_for_another_procedure_is_refused(desk: Desk) -> None:
    other = attrs.evolve(desk.rules, id="test.other")
    runner = Runner(**{**desk.options, "procedures": [desk.rules, other]})
    error = desk.refuse(CommandReused, lambda: runner.open("test.other", notice(), by=OFFICER, command_id="first"))
    assert "test.desk" in error.remedy


def test_a_command_id_that_canonical_json_refuses_is_refused(desk: Desk) -> None:
    desk.refuse(NotCanonical, lambda: desk.runner.apply("case-1", Verified(by=OFFICER), command_id="\ud800"))


@pytest.mark.parametrize("expect", [0, 2, -1, 99])
def test_a_revision_that_is_not_the_present_one_is_a_conflict(desk: Desk, expect: int) -> None:
    error = desk.refuse(CaseConflict, lambda: desk.runner.apply("case-1", Verified(by=OFFICER), expect=expect))
    assert (error.case, error.expected, error.found) == ("case-1", expect, 1)


def test_a_case_id_that_is_taken_is_a_conflict_that_says_so(desk: Desk) -> None:
    again = NewCase("test.desk", notice(), by=OFFICER, case_id="case-1")
    for call in (
        lambda: desk.runner.open("test.desk", notice(), by=OFFICER, case_id="case-1"),
        lambda: raised(desk.runner.open_many([again])),
    ):
        error = desk.refuse(CaseConflict, call)
        assert (error.case, error.expected, error.found) == ("case-1", 0, 1)
        assert "is taken" in str(error) and "another case_id" in str(error) and "command_id" in str(error)
        assert "load it again" not in str(error)


def test_a_revision_of_nothing_is_a_conflict_about_the_case(desk: Desk) -> None:
    error = desk.refuse(CaseConflict, lambda: desk.runner.apply("case-1", Verified(by=OFFICER), expect=0))
    assert "load it again and decide again" in str(error)


# --- finding -------------------------------------------------------------------------------------------------------


def test_a_phase_or_state_that_nothing_can_be_in_is_refused_with_what_is_like_it(desk: Desk) -> None:
    for verb in (desk.runner.find, desk.runner.count):
        error = desk.refuse(BadInput, lambda verb=verb: verb(phase="assesment"))  # type: ignore[misc]
        assert error.field == "phase" and "assessment" in error.remedy and "redress" not in error.remedy
        error = desk.refuse(BadInput, lambda verb=verb: verb(state="recieved"))  # type: ignore[misc]
        assert error.field == "state" and "received" in error.remedy
        error = desk.refuse(BadInput, lambda verb=verb: verb(state="xyz", procedure="test.desk"))  # type: ignore[misc]
        assert error.remedy.endswith("checked or ordered or received or rejected")
    many = Runner(**{**desk.options, "procedures": [desk.rules, catalogue.find("us.dmca_512")]})
    error = desk.refuse(BadInput, lambda: many.find(state="xyz"))
    assert "Procedure.states" in error.remedy and "received" not in error.remedy
    assert [c.id for c in desk.runner.find(state="received", phase="intake")] == ["case-1"]
    assert desk.runner.find(state="ordered") == ()


def test_a_state_of_a_procedure_that_the_runner_lacks_is_looked_for(desk: Desk) -> None:
    other = Runner(**{**desk.options, "procedures": [catalogue.find("us.dmca_512")], "acting_as": "platform"})
    desk.refuse(BadInput, lambda: other.find(state="received"))
    assert [c.id for c in other.find(state="received", procedure="test.desk")] == ["case-1"]
    nobody = Runner(**{**desk.options, "procedures": []})
    assert nobody.count(state="received") == 1
    later = attrs.evolve(
        desk.rules, version="2", states=[*desk.rules.states, State(name="shelved", phase="intake", basis=B)]
    )
    both = Runner(**{**desk.options, "procedures": [later, desk.rules]})
    assert both.count(state="shelved") == 0 and both.count(state="received") == 1


# --- the host's own code ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "kind"),
    [("guard", "guard"), ("hook", "hook"), ("provider", "fact provider"), ("participant", "participant")],
)
def test_what_the_host_raises_on_an_act_leaves_nothing_half_done(desk: Desk, point: str, kind: str) -> None:
    desk.host.fails = {point}
    error = desk.refuse(HookFailed, lambda: desk.runner.apply("case-1", Verified(by=OFFICER)))
    assert error.kind == kind and isinstance(error.__cause__, Trouble)
    desk.host.fails = set()
    assert desk.runner.apply("case-1", Verified(by=OFFICER)).revision == 2


def test_a_renderer_that_raises_on_an_act_leaves_nothing_half_done(desk: Desk) -> None:
    desk.runner.apply("case-1", Verified(by=OFFICER))
    desk.runner.apply("case-1", Approved(proposal=desk.runner.proposal("case-1", Issued()), by=SIGNER))
    desk.host.fails = {"renderer"}
    assert desk.refuse(HookFailed, lambda: desk.runner.apply("case-1", Issued(by=OFFICER))).kind == "renderer"


@pytest.mark.parametrize("point", ["guard", "hook", "provider"])
def test_what_the_host_raises_on_a_fact_does_not_stop_its_recording(desk: Desk, point: str) -> None:
    desk.host.fails = {point}
    case = desk.runner.apply("case-1", Seen(by=PLATFORM))
    assert case.revision == 2
    if point != "provider":  # the guard can live without the value
        assert "Trouble" in desk.runner.journal("case-1")[-1].irregular[0]
        assert {i.kind for i in desk.runner.incidents()} == {"failed", "irregular_fact"}
    assert "Jane" not in str(desk.everything()), "what the host's exception says stays out"
    desk.runner.verify("case-1")


def test_a_participant_that_raises_rolls_a_fact_back_too(desk: Desk) -> None:
    desk.host.fails = {"participant"}
    desk.refuse(HookFailed, lambda: desk.runner.apply("case-1", Seen(by=PLATFORM)))
    desk.refuse(HookFailed, lambda: desk.runner.open("test.desk", notice(), by=OFFICER))


def test_preview_and_allowed_tell_of_the_hosts_failure_and_write_nothing(desk: Desk) -> None:
    before = desk.everything()
    desk.host.fails = {"provider"}
    answers = {a.event: a for a in desk.runner.allowed("case-1", by=OFFICER)}
    assert answers["Verified"].verdict == "no" and "register.known" in answers["Verified"].reasons[0]
    assert answers["Scored"].verdict == "yes"
    desk.refuse(HookFailed, lambda: desk.runner.preview("case-1", Verified(by=OFFICER)))
    assert desk.everything() == before


def test_a_missing_notifier_is_on_record_and_stops_nothing(desk: Desk) -> None:
    desk.ordered()
    assert desk.runner.deliver().failed == 1
    assert desk.runner.case("case-1").messages[0].status == "unsent"
    assert "no notifier for channel 'email'" in str(desk.runner.journal("case-1")[-1].doc)
    assert "ladder_exhausted" in {i.kind for i in desk.runner.incidents()}


# --- construction and storage --------------------------------------------------------------------------------------


def test_a_missing_fact_provider_is_told_when_the_runner_is_made(desk: Desk) -> None:
    error = desk.refuse(BadInput, lambda: Runner(**{**desk.options, "facts": {}}))
    assert error.field == "facts" and "register.known" in error.remedy


_PX = Provider(id="px", contacts=[PointOfContact(id="desk", channels={"email": "desk@px.example"})])


@pytest.mark.parametrize("colour", [Runner, AsyncRunner])
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("directory", {"directory": [_PX]}),
        ("directory", {"directory": StaticDirectory}),
        ("clock", {"clock": START}),
        ("new_id", {"new_id": "case-1"}),
        ("new_salt", {"new_salt": b"salt" * 4}),
        ("procedures", {"procedures": procedure(Host())}),
        ("acting_as", {"acting_as": None}),
        ("observers", {"observers": print}),
        ("observers", {"observers": ["print"]}),
        ("participants", {"participants": print}),
        ("participants", {"participants": [None]}),
        ("notifiers", {"notifiers": [ConsoleNotifier()]}),
        ("notifiers.email", {"notifiers": {"email": object()}}),
        ("notifiers.email", {"notifiers": {"email": ConsoleNotifier}}),
        ("facts", {"facts": print}),
        ("facts.register.known", {"facts": {"register.known": 1}}),
        ("effects.index", {"effects": {"index": "print"}}),
        ("calendars", {"calendars": "ID"}),
        ("calendars.ID", {"calendars": {"ID": "ID"}}),
        ("evidence", {"evidence": "folder"}),
        ("renderer", {"renderer": "jinja"}),
        ("lease", {"lease": 300}),
        ("max_skew", {"max_skew": None}),
        ("max_drift", {"max_drift": 5}),
        ("attempts", {"attempts": 0}),
        ("hands", {"hands": "8"}),
        ("per_endpoint", {"per_endpoint": 0}),
        ("tenant", {"tenant": 7}),
    ],
)  # fmt: skip
def test_an_argument_that_a_runner_could_not_use_later_is_named_when_it_is_made(
    desk: Desk, colour: Any, field: str, wrong: dict[str, Any]
) -> None:
    assert desk.refuse(BadInput, lambda: colour(**{**desk.options, **wrong})).field == field


def test_what_a_runner_is_given_may_come_from_iterators(desk: Desk) -> None:
    seen: list[str] = []
    options = {"observers": iter([lambda step: seen.append("observer")]), "participants": iter([desk.host.participant]),
               "procedures": iter([desk.rules])}  # fmt: skip
    runner = Runner(**{**desk.options, **options})
    desk.host.fails = {"participant"}
    desk.refuse(HookFailed, lambda: runner.apply("case-1", Verified(by=OFFICER)))
    desk.host.fails = set()
    runner.apply("case-1", Verified(by=OFFICER))
    assert seen == ["observer"]


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("contact desk: channels", lambda: PointOfContact(id="desk", channels="desk@px.example")),  # type: ignore[arg-type]
        ("contact desk: channels.email", lambda: PointOfContact(id="desk", channels={"email": " "})),
        ("contact desk: channels.email", lambda: PointOfContact(id="desk", channels={"email": None})),  # type: ignore[dict-item]
        ("contacts", lambda: Provider(id="px", contacts=_PX.contacts[0])),  # type: ignore[arg-type]
        ("contacts", lambda: Provider(id="px", contacts=["desk@px.example"])),  # type: ignore[list-item]
        ("organisations", lambda: StaticDirectory(_PX)),  # type: ignore[arg-type]
        ("organisations", lambda: StaticDirectory(["px"])),  # type: ignore[list-item]
        ("warnings", lambda: Flagger(id="px", warnings="late")),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_whom_nobody_could_reach_is_refused_when_it_is_listed(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(BadInput) as caught:
        make()
    assert caught.value.field == field and len(caught.value.remedy) > 10
    assert "desk@px" not in str(caught.value)


class AsyncNotifier:
    async def send(self, message: Outgoing) -> Receipt | None: ...


async def colourful(*_: Any) -> None: ...


@pytest.mark.parametrize(
    "wrong",
    [{"facts": {"register.known": colourful}}, {"observers": [colourful]}, {"effects": {"x": colourful}},
     {"notifiers": {"email": AsyncNotifier()}}],
)  # fmt: skip
def test_an_async_callable_in_the_sync_runner_is_refused_when_it_is_made(desk: Desk, wrong: dict[str, Any]) -> None:
    error = desk.refuse(BadInput, lambda: Runner(**{**desk.options, **wrong}))
    assert "AsyncRunner" in error.remedy


def test_an_async_participant_in_the_sync_runner_is_refused_before_anything_is_written(desk: Desk) -> None:
    runner = Runner(**{**desk.options, "participants": [colourful]})
    error = desk.refuse(HookFailed, lambda: runner.apply("case-1", Verified(by=OFFICER)))
    assert isinstance(error.__cause__, BadInput) and "AsyncRunner" in error.__cause__.remedy


@pytest.mark.parametrize(
    "url", ["", "mongodb://x", "sqlite:cases.db", "sqlite://cases.db", "sqlite:///", "memory:?x=1"]
)
def test_an_unknown_store_url_says_which_are_known(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_store(url)
    assert caught.value.field == "store url" and "sqlite:///" in caught.value.remedy


def test_a_database_of_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    desk = Desk("sqlite", tmp_path)
    desk.runner.close()
    assert desk.path is not None
    with closing(sqlite3.connect(desk.path)) as conn:
        conn.execute("INSERT INTO sopflow_schema (version, name, applied) VALUES (999, 'later', '2099-01-01')")
        conn.commit()
    before = desk.everything()
    with pytest.raises(SchemaTooNew, match="upgrade"):
        open_store(f"sqlite:///{desk.path}")
    assert desk.everything() == before


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "host.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE invoices (n)")
        conn.commit()
    before = path.read_bytes()
    with pytest.raises(ForeignDatabase, match=r"shared=1"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before
    text = tmp_path / "letter.txt"
    text.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(ForeignDatabase, match="another file"):
        open_store(f"sqlite:///{text}")
    assert text.read_text() == "Dear Sir or Madam, " * 100


def test_a_full_disk_leaves_case_and_file_as_before_and_the_step_can_be_repeated(tmp_path: Path) -> None:
    desk = Desk("sqlite", tmp_path)
    with desk.runner.store.session() as session:
        pages = session.conn.execute("PRAGMA page_count").fetchone()[0]
        session.conn.execute(f"PRAGMA max_page_count = {pages + 1}")
    big = Rejected(reason="x" * 200_000, by=OFFICER)
    error = desk.refuse(StoreFull, lambda: desk.runner.apply("case-1", big, command_id="big"))
    assert "no space" in str(error)
    with desk.runner.store.session() as session:
        session.conn.execute("PRAGMA max_page_count = 100000")
    assert desk.runner.apply("case-1", big, command_id="big").final
    desk.runner.verify("case-1")
    desk.runner.close()


def test_a_closed_store_is_a_typed_error(tmp_path: Path) -> None:
    desk = Desk("sqlite", tmp_path)
    desk.runner.close()
    with pytest.raises(StoreError, match="closed"):
        desk.runner.apply("case-1", Verified(by=OFFICER))


def test_a_connection_that_is_none_of_the_stores_is_refused(desk: Desk) -> None:
    error = desk.refuse(BadInput, lambda: desk.runner.apply("case-1", Verified(by=OFFICER), conn=object()))
    assert error.field == "conn"


def test_an_order_in_the_wrong_place_is_recorded_as_irregular_and_not_lost(desk: Desk) -> None:
    case = desk.runner.apply("case-1", InstrumentReceived(instrument=Order(contents=["https://t.me/z"]), by=OFFICER))
    assert (len(case.contents), case.state) == (2, "received")
    assert [i.kind for i in desk.runner.incidents()] == ["irregular_fact"]
