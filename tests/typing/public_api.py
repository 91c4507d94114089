"""A program that uses every public name. Type checkers read it; it is never run."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, assert_type

from attrs import frozen

from sopflow import (
    ANY_OPEN,
    STAY,
    Absent,
    AccreditationAwarded,
    AccreditationGivenUp,
    AccreditationReinstated,
    AccreditationRevoked,
    AccreditationSuspended,
    Accuracy,
    Acknowledged,
    Act,
    Actor,
    Answer,
    Application,
    Apply,
    Approval,
    Approved,
    Assessed,
    AsyncRunner,
    Attached,
    Attachment,
    AttemptFailed,
    Authority,
    BadInput,
    Basis,
    BusinessDays,
    Calendar,
    CalendarChanged,
    Case,
    CaseConflict,
    CaseNotFound,
    CasePlan,
    Change,
    Child,
    ClarificationGiven,
    ClarificationRequested,
    Closed,
    CommandReused,
    Complaint,
    ContactListed,
    Content,
    Corrected,
    CounterNotice,
    CourtActionNotified,
    CourtDecided,
    Days,
    Deadline,
    DeadlineBreached,
    DeadlineClosed,
    DeadlineOpened,
    DeadlineReminded,
    Delivered,
    DeliveryError,
    Difference,
    Directory,
    Do,
    DocumentError,
    EffectGiven,
    Entry,
    Escalated,
    Event,
    Evidence,
    EvidenceNotFound,
    EvidenceStore,
    EvidenceTampered,
    Extended,
    Fact,
    Facts,
    Finding,
    Flagger,
    FlaggerWarned,
    ForeignDatabase,
    Form,
    FormField,
    Guard,
    Happening,
    Held,
    Hook,
    HookFailed,
    Hours,
    ImpossibilityStated,
    Inbound,
    Incident,
    IncidentResolved,
    Instrument,
    InstrumentReceived,
    Issued,
    LinkedCase,
    LookupsTampered,
    MalformedLocator,
    Message,
    Migrated,
    MigrationPlan,
    MissingExtra,
    Months,
    NewCase,
    NotAllowed,
    NotAuthentic,
    NotCanonical,
    Notice,
    Notifier,
    NotSigned,
    Obligation,
    On,
    Opened,
    Opens,
    Order,
    OrderVoided,
    Outcome,
    Outgoing,
    PerCase,
    PointOfContact,
    Procedure,
    ProcedureError,
    Provider,
    Query,
    Quorum,
    Receipt,
    Referral,
    Refused,
    Rejected,
    Renderer,
    Report,
    Request,
    Restored,
    Result,
    Retracted,
    Role,
    Runner,
    SameDay,
    Scene,
    SchemaTooNew,
    SchemaTooOld,
    Script,
    Send,
    Sent,
    SopflowError,
    Source,
    Standing,
    State,
    StaticDirectory,
    Step,
    Store,
    StoreContended,
    StoreDirectory,
    StoreError,
    StoreFull,
    StoreUnreachable,
    Superseded,
    Suspension,
    Tally,
    Tampered,
    Template,
    TomlDirectory,
    Transition,
    UnknownProcedure,
    Unsent,
    Verified,
    Waiting,
    Waiver,
    Warned,
    Window,
    Withdrawn,
    WithoutUndueDelay,
    Yearly,
    Yield,
    catalogue,
    decide,
    documents,
    explain,
    exports,
    forms,
    guards,
    notifiers,
    open_case,
    personal,
    receivers,
    signatures,
    stores,
    testing,
)  # fmt: skip
from sopflow.check import check
from sopflow.evidence import FileEvidence
from sopflow.ports import AsyncStore
from sopflow.receivers.letters import Meaning, read_letter
from sopflow.step import Rendered

officer = Actor("officer-7", {"authority"}, "ministry")
basis = Basis("Art 1", "law", "V")


@frozen(kw_only=True)
class OpinionGiven(Act):
    """An event of the host's own."""

    provision: str
    note: str = personal(default="")


@frozen(kw_only=True)
class Seen(Fact):
    """A fact of the host's own."""


def known(before: Case, view: Case, event: Event, facts: Facts) -> str | None:
    """A guard."""
    return None if facts.values["known"] else "not known"


def tell(before: Case, view: Case, event: Event, facts: Facts) -> Yield | None:
    """A hook."""
    return Yield(does=Do(name="index", data={"case": view.id}))


send = Send(template="order", to="platform", sender="authority", ack_within=Hours(24), proved_by=(EffectGiven, Refused))
own = Procedure(
    id="xx.own", version="1", title="Own", acting="authority", initial="a", opened_by={"authority"},
    roles=[Role(name="authority", basis=basis), Role(name="platform", basis=basis)],
    states=[State(name="a", phase="intake", basis=basis), State(name="b", phase="closed", final=True, basis=basis)],
    transitions=[
        Transition(on=OpinionGiven, source="a", target="b", by="authority", basis=basis, sends=send,
                   guards=Guard("known", known, reads="known"), requires=Quorum(roles="authority", n=2)),
        Transition(on=Seen, source=ANY_OPEN, target=STAY, by="platform", guards=guards.all_are("removed"), basis=basis),
        Transition(on=Escalated, source="a", target="b", by="authority", opens=Opens(procedure="generic.network_block"), basis=basis),
    ],
    obligations=[
        Obligation(name="x", owner="platform", term=SameDay("Asia/Jakarta"), basis=basis, starts=On(Acknowledged, "order")),
        Obligation(name="y", owner="platform", term=BusinessDays(min=1, max=2, calendar="c", zone="UTC"), basis=basis, starts=Seen),
        Obligation(name="z", owner="platform", term=Days(3), basis=basis, starts=(Seen, Issued), kind="right"),
        Obligation(name="p", owner="platform", term=PerCase(), basis=basis, starts=Opened),
        Obligation(name="m", owner="platform", term=Window(opens=Months(1, "UTC", "BE"), closes=Yearly((2, 29))), basis=basis,
                   starts=Seen, repeats=True, at_most=3),
        Obligation(name="w", owner="platform", term=WithoutUndueDelay(), basis=basis, starts=Verified, kind="reminder"),
    ],
    forms=[Form(instrument="notice", fields=[FormField("reasons", basis, kind="url", longest=80)])],
    absent=[Absent("complaint", basis, "the law gives none")],
    templates=[Template("order", "Order $case", "$contents")],
    hooks=[Hook(name="tell", run=tell, point="after", event=OpinionGiven)],
    sources=[Source("law", "The law")],
    waivers=[Waiver("silent-breach", "*", "reason")],
)  # fmt: skip
report: Report = check(own)
findings: tuple[Finding, ...] = report.findings


class Mail:
    """A notifier."""

    def send(self, message: Outgoing) -> Receipt | None:
        """Send."""
        if not message.address:
            raise DeliveryError("no address", permanent=True)
        return Receipt(reference="1")


class AsyncMail:
    """An async notifier."""

    async def send(self, message: Outgoing) -> Receipt | None:
        """Send."""
        return None


class Shout:
    """A renderer."""

    def render(self, template: Template, params: Mapping[str, str]) -> Rendered:
        """Render."""
        return Rendered(template.subject.upper(), template.body)


def provider(case: Case | None, event: Event, conn: Any) -> bool:
    """A fact provider."""
    return True


def participant(step: Step, conn: sqlite3.Connection) -> None:
    """A participant."""
    conn.execute("SELECT 1")


assert_type(forms.schema(own.forms[0]), dict[str, Any])
script = Script(
    procedure="xx.own", kind="late", title="Nobody answers.", start=datetime(2026, 1, 1, tzinfo=UTC), instrument=Notice(),
    by="authority", scenes=[Scene(at=timedelta(hours=1), event=Verified(), by="authority")], state="verified",
)  # fmt: skip
assert_type(testing.play(script, own), testing.Scenario)
assert_type(catalogue.scenarios("us.dmca_512"), tuple[Script, ...])

mail: Notifier = Mail()
async_mail: Notifier = AsyncMail()
renderer: Renderer = Shout()
store: Store = stores.open_store("memory:")
contact = PointOfContact(id="desk", channels={"email": "a@b.example"})
directory: Directory = StaticDirectory(
    [Provider(id="p", contacts=[contact]), Authority(id="a"), Flagger(id="f", trusted=True)]
)
hotline = Flagger(
    id="h", trusted=True, lane=2, zone="Europe/Berlin", warnings=[Warned(on=date(2026, 1, 1), reason="late")],
    suspension=Suspension(since=date(2026, 2, 1), until=date(2026, 3, 1), reason="late"),
)  # fmt: skip
assert_type(hotline.why_not(datetime.now(UTC), category="csam", providers=["p"]), tuple[str, ...])
file: Directory = TomlDirectory("directory.toml")
listed: Directory = StoreDirectory()
calendar = Calendar(name="c", version="1", digest="d", first=2020, last=2030, holidays=frozenset({date(2026, 1, 1)}))

runner = Runner(
    store=store, procedures=[own, catalogue.find("us.dmca_512")], acting_as={"authority"}, directory=directory,
    notifiers={"email": mail, "console": notifiers.ConsoleNotifier()}, facts={"known": provider},
    participants=[participant], observers=[print], effects={"index": print}, calendars={"c": calendar},
    renderer=renderer, clock=testing.Clock(datetime(2026, 1, 1, tzinfo=UTC)), lease=timedelta(minutes=1),
)  # fmt: skip
instruments: list[Instrument] = [Notice(contents=["https://t.me/x"]), Order(), Referral(), Complaint(), CounterNotice()]
instruments += [Request(), Application(category="csam")]
case = runner.open("xx.own", instruments[0], by=officer, at=datetime.now(UTC), evidence=Evidence.of(b"letter"))
assert_type(case, Case)
assert_type(runner.preview(case.id, Verified(by=officer)), Step)
assert_type(runner.journal(case.id), tuple[Entry, ...])
assert_type(runner.incidents(), tuple[Incident, ...])
assert_type(runner.allowed(case.id, by=officer), tuple[Answer, ...])
assert_type(runner.verify(case.id), Entry)
folder: EvidenceStore = FileEvidence("evidence")
keeper = Runner(store=store, procedures=[own], acting_as={"authority"}, evidence=folder)
with Runner(store=store, procedures=[own], acting_as={"authority"}) as closed_at_the_end:
    assert_type(closed_at_the_end, Runner)
assert_type(keeper.attach(case.id, b"letter", by=officer, name="letter.txt"), Attachment)
assert_type(keeper.evidence(case.id), tuple[Attachment, ...])
try:
    assert_type(keeper.open_evidence(case.id, "0" * 64).read(), bytes)
    keeper.verify(case.id, evidence=True)
except (EvidenceNotFound, EvidenceTampered, LookupsTampered) as lost:
    assert_type(lost.case, str)
assert_type(keeper.sweep(older_than=timedelta(days=1)), tuple[tuple[str, str], ...])
runner.apply(case.id, Attached(digest="0" * 64, size=0, by=officer))
assert_type(runner.recompute("BE", reference="decree", dry=True), tuple[Step, ...])
assert_type(runner.explain(case.id, "y", lang="id"), str)
assert_type(explain(case, "y", own, "en"), str)
assert_type(runner.register(Provider(id="p", contacts=[contact]), by=officer), Entry | None)
assert_type(runner.registrations(), tuple[Entry, ...])
measured = runner.accuracy("h", since=datetime.now(UTC))
assert_type(measured, Accuracy)
assert_type(measured.total, Tally)
assert_type(measured.total.accuracy, float | None)
assert_type(case.lane, int)
assert_type(case.waiting_for(), tuple[Waiting, ...])
assert_type(case.contents, tuple[Content, ...])
assert_type(case.deadlines, tuple[Deadline, ...])
assert_type(case.messages, tuple[Message, ...])
assert_type(case.approvals, tuple[Approval, ...])
assert_type(case.children, tuple[Child, ...])
assert_type(case.happenings, tuple[Happening, ...])
assert_type(case.contents[0].outcome, Outcome)
assert_type(case.deadlines[0].standing, Standing)
now = datetime.now(UTC)
later: list[Event] = [
    Acknowledged(message="m"), Approved(proposal="p"), ClarificationGiven(), ClarificationRequested(contents="c1"),
    CalendarChanged(calendar="BE", reference="decree"), Closed(), ContactListed(party="p"), Corrected(seq=1, field="at", value="2026-01-01T00:00Z", reason="r"), CourtActionNotified(),
    CourtDecided(restore=True), DeadlineBreached(deadline="d", obligation="o"), DeadlineClosed(deadline="d", obligation="o"),
    DeadlineOpened(deadline="d", obligation="o"), DeadlineReminded(deadline="d", obligation="o"), Delivered(message="m"),
    EffectGiven(outcomes={"c1": Outcome.REMOVED}), Escalated(instrument=Order()), Extended(obligation="o", due=now, reason="r"),
    Held(role="reporter", until=now, reason="r"), ImpossibilityStated(), IncidentResolved(incident="i"),
    InstrumentReceived(instrument=CounterNotice()), Issued(due=now), LinkedCase(case="c", procedure="p", milestone="m"),
    Assessed(finding="f"), AccreditationAwarded(categories="csam", until=date(2027, 1, 1), zone="Europe/Berlin"),
    FlaggerWarned(reason="r"), AccreditationSuspended(reason="r"), AccreditationReinstated(reason="r"),
    AccreditationRevoked(reason="r"), AccreditationGivenUp(),
    OrderVoided(), Refused(reason="r"), Rejected(reason="r"), Restored(), Retracted(), Sent(message="m"),
    Superseded(case="c"), Unsent(message="m", reason="r"), AttemptFailed(message="m", attempt=1, reason="r"), Withdrawn(reason="r"), OpinionGiven(provision="Art 1"), Seen(),
]  # fmt: skip
for event in later:
    try:
        case = runner.apply(case.id, event, by=officer, expect=case.revision, command_id="c")
    except NotSigned as unsigned:
        assert_type(unsigned.digest, str)
    except NotAllowed as refusal:
        assert_type(refusal.reasons, tuple[str, ...])
    except CaseConflict as conflict:
        assert_type(conflict.found, int)
    except (BadInput, CommandReused, MalformedLocator, NotCanonical) as error:
        assert_type(error.field, str)
    except (CaseNotFound, UnknownProcedure, HookFailed, MissingExtra, ProcedureError) as error:
        print(error)
    except StoreUnreachable as error:
        uncertain: bool = error.uncertain
        assert uncertain in (True, False)
    except (
        StoreFull,
        StoreContended,
        ForeignDatabase,
        SchemaTooNew,
        SchemaTooOld,
        StoreError,
        Tampered,
        SopflowError,
    ) as error:
        print(error)
runner.receive(Inbound(id="1", sender="p", authenticated=True, event=Acknowledged(message="m"), raw=b"ok"))
assert_type(runner.find(phase="escalation", party="p"), tuple[Case, ...])
opened_many = runner.open_many(NewCase("xx.own", Notice(), by=officer, command_id=f"o{n}") for n in range(2))
assert_type(opened_many, tuple[Result, ...])
for result in runner.apply_many([Apply(case.id, Seen(), by=officer, expect=1)], conn=sqlite3.connect(":memory:")):
    if result.case is not None:
        runner.committed(result.case)
    else:
        assert_type(result.error, Exception | None)
assert_type(runner.tick().skewed, bool)
query = Query(state="a")
try:
    signed = signatures.verify({"webhook-id": "1"}, b"{}", ["whsec_…", "whpk_…"], datetime.now(UTC))
    assert_type(signed, signatures.Signed)
except NotAuthentic as forged:
    assert_type(forged.malformed, bool)
shipped: list[Notifier] = [
    notifiers.EmailNotifier("smtp.example", "desk@a.example", login=("desk", "…"), reply_to=lambda message: message.id),
    notifiers.WebhookNotifier(["whsec_…"], allow=["10.0.0.0/8"]), notifiers.WebhookNotifier({"desk": "whsk_…"}),
    notifiers.TelegramNotifier("1:a", buttons=lambda message: {"Confirm": message.id}),
    notifiers.AppriseNotifier({"ntfys"}), notifiers.PublishNotifier(print, "https://a.example/"),
]  # fmt: skip


def who(environ: Mapping[str, Any]) -> Actor | None:
    """The host's login."""
    return officer if environ.get("REMOTE_USER") else None


def read(letter: receivers.Letter, actor: Actor) -> Meaning:
    """What another side's letters mean."""
    if letter.template == "order":
        return receivers.Opening(procedure="xx.own", instrument=letter.instrument({"platform": "p"}))
    return receivers.Statement(event=Acknowledged(message=letter.form["message"]))


desk = receivers.DeskPage(runner, who, zone="Asia/Jakarta", label=lambda text, language: text)
letters = receivers.LetterReceiver(runner, {"a": receivers.Sender(actor=officer, keys=["whsec_…"])}, read)
receivers.MailReceiver(runner, letters=letters)
assert_type(read_letter({}), receivers.Letter)
chart: str = exports.scxml.dumps(own) + exports.pnml.dumps(own) + exports.xes.dumps([runner.journal("case-1")])
facts = Facts(acting_as=frozenset({"authority"}), salt=b"0" * 16)
step = open_case(own, Opened(instrument=Notice(), by=officer), facts, now, tenant="t", id="i")
assert_type(decide(own, step.case, Verified(by=officer), facts, now), Step)


async def main() -> None:
    """The async shell."""
    async_runner = AsyncRunner(store=store, procedures=[own], acting_as={"authority"}, notifiers={"email": async_mail})
    opened = await async_runner.open("xx.own", Notice(), by=officer)
    assert_type(opened, Case)
    assert_type(await async_runner.apply(opened.id, Seen(by=officer)), Case)
    assert_type(await async_runner.apply_many([Apply(opened.id, Seen(by=officer))]), tuple[Result, ...])
    await async_runner.committed(opened)
    await async_runner.tick()
    await async_runner.deliver()


async def open_for_async() -> None:
    """A store with an async driver."""
    waited: AsyncStore = await stores.open_async_store("postgresql://localhost/cases")
    async with waited.session(read=True) as session:
        await session.load("default", "case-1")
    await waited.close()


text = documents.dumps(own, "toml")
try:
    assert_type(documents.loads(text, guards={}, hooks=[], events=[]), Procedure)
    assert_type(documents.load("sop.yaml"), Procedure)
except DocumentError as faulty:
    assert_type(faulty.places, tuple[tuple[int, str], ...])
assert_type(documents.schema(), dict[str, Any])
assert_type(catalogue.versions("us.dmca_512"), tuple[Procedure, ...])
difference = catalogue.diff(own, own)
assert_type(difference, Difference)
assert_type(difference.changes, tuple[Change, ...])
assert_type(difference.words(), tuple[str, ...])
assert_type(difference.picture(), str)
assert_type(
    own.restrict(basis=Basis("order", "s", "V"), version="2", terms={"verify": Hours(4)}, by={"Issued": "authority"}),
    Procedure,
)
plan = runner.plan_migration(own, own, {"received": "triage"}, recompute=["verify"])
assert_type(plan, MigrationPlan)
assert_type(plan.of("blocked"), tuple[CasePlan, ...])
assert_type(runner.migrate(plan, by=officer, reason="the law was changed"), tuple[Result, ...])
runner.apply(case.id, Migrated(version="2", digest="0" * 64, state="triage", reason="x", by=officer))
assert_type(runner.open_joined([NewCase("a", Notice(contents=["x"]), by=officer)]), tuple[Case, ...])
