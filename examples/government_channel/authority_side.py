"""The authority: it verifies, gets a second signature, issues, and reads what the platform sends back."""

from __future__ import annotations

from typing import Any

from side import Side, serve, settings
from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    ClarificationRequested,
    EffectGiven,
    Event,
    ImpossibilityStated,
    Issued,
    Notice,
    PointOfContact,
    Provider,
    Refused,
    StaticDirectory,
    Verified,
    catalogue,
)
from sopflow.receivers import Letter, Statement
from sopflow.receivers.letters import Meaning

OFFICER = Actor("officer-1", {"authority"}, "kominfo")
AGENCY = Actor("signer-1", {"competent_agency"}, "bnpt")
PLATFORM = Actor("telegram-system", {"platform"}, "telegram")
ZONE = "Asia/Jakarta"


def read(letter: Letter, actor: Actor) -> Meaning:
    """Say what the platform's letters mean in our file. Its case is named after our message: "kominfo.r1-m4.1"."""
    ours = letter.case.partition(".")[2].rpartition("-m")[0]

    def having(*outcomes: str) -> dict[str, str]:
        return {c.id: str(c.outcome) for c in letter.contents if c.outcome in outcomes}

    made: Event | None = None
    if letter.template == "confirmation":
        made = Acknowledged(message=letter.form["message"])
    elif letter.template == "report":
        made = EffectGiven(outcomes=having("removed", "disabled", "not_found"))
    elif letter.template == "refusal":
        made = Refused(contents=tuple(having("refused")), reason=letter.reason)
    elif letter.template == "impossibility":
        made = ImpossibilityStated(contents=tuple(having("impossible")), reason=letter.reason)
    elif letter.template == "question":
        made = ClarificationRequested(contents=tuple(having("clarifying")), reason=letter.reason)
    return Statement(event=made, case=ours) if made is not None else None  # anything else is for a person


def main() -> None:
    """Run the authority's side."""
    given = settings()
    contacts = [
        PointOfContact(id="desk", channels={"email": "desk@platform.example"}, rank=0, zone=ZONE),
        PointOfContact(id="system", channels={"webhook": f"{given['web']}/platform/kominfo"}, rank=1, zone=ZONE),
        PointOfContact(id="representative", role="legal_representative", rank=9, zone=ZONE, languages=("id", "en"),
                       channels={"email": "representative@platform.example"}),
    ]  # fmt: skip
    side = Side(
        given, "authority", catalogue.find("id.kominfo_telegram_2017"),
        StaticDirectory([Provider(id="telegram", contacts=contacts)]), "channel@authority.example", PLATFORM,
        "platform.example", read,
    )  # fmt: skip
    runner = side.runner

    def issue(command: dict[str, Any]) -> dict[str, Any]:
        """Open a case for a report, and send the order."""
        notice = Notice(
            contents=[f"https://t.me/reported_channel_{command['number']}{letter}" for letter in "abc"],
            parties={"platform": "telegram"}, form={"reasons": "Terrorist propaganda"},
        )  # fmt: skip
        case = runner.open("id.kominfo_telegram_2017", notice, by=OFFICER)
        runner.apply(case.id, Verified(by=OFFICER))
        runner.apply(case.id, Approved(proposal=runner.proposal(case.id, Issued()), by=AGENCY))
        return {"state": runner.apply(case.id, Issued(by=OFFICER)).state}

    serve(side, side.letters.wsgi, {"issue": issue})


if __name__ == "__main__":
    main()
