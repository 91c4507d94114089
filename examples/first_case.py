"""The smallest useful program: one report, sent, confirmed, acted on, and proved. Run: python examples/first_case.py"""

from sopflow import Acknowledged, Actor, Approved, EffectGiven, Issued, Notice, Runner, Verified, catalogue
from sopflow.directory import PointOfContact, Provider, StaticDirectory
from sopflow.notifiers import ConsoleNotifier
from sopflow.stores import open_store

officer, agency = Actor("officer-7", {"authority"}, "kominfo"), Actor("desk-2", {"competent_agency"}, "bnpt")
platform = Actor("moderator-1", {"platform"}, "telegram")
desk = PointOfContact(id="tg-desk", channels={"console": "desk@telegram.example"})
runner = Runner(
    store=open_store("memory:"),  # or "sqlite:///cases.db"
    procedures=[catalogue.find("id.kominfo_telegram_2017"), catalogue.find("generic.network_block")],
    acting_as={"authority"},
    directory=StaticDirectory([Provider(id="telegram", contacts=[desk])]),
    notifiers={"console": ConsoleNotifier()},
)
notice = Notice(contents=["https://t.me/example_channel"], parties={"platform": "telegram"}, form={"reasons": "…"})
case = runner.open("id.kominfo_telegram_2017", notice, by=officer)
case = runner.apply(case.id, Verified(by=officer))
case = runner.apply(case.id, Approved(proposal=runner.proposal(case.id, Issued()), by=agency))
case = runner.apply(case.id, Issued(by=officer), expect=case.revision)
runner.deliver()
case = runner.apply(case.id, Acknowledged(message=case.sent_as("order")[0].id, by=platform))
print("waiting for:", *(f"{w.who}: {w.what} until {w.due:%Y-%m-%d %H:%M} UTC" for w in case.waiting_for() if w.due))
case = runner.apply(case.id, EffectGiven(outcomes={"c1": "removed"}, by=platform))
print("state:", case.state, "| proved up to entry", runner.verify(case.id).seq)
