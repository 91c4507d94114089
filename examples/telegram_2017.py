"""Indonesia and Telegram, 2016-17, twice: under the practice of the time, and under the procedure agreed afterwards.

    python examples/telegram_2017.py            in English
    python examples/telegram_2017.py --lang id  in Indonesian

Both run on a simulated clock. Dates of the affair are those of the press (see docs/procedures); where the press gives
none (the days of mails two to five, how long an answer takes) the program assumes one. Everything printed below the
title is read from the two journals, and both are verified.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    Case,
    EffectGiven,
    Entry,
    Escalated,
    Inbound,
    Issued,
    Notice,
    Outgoing,
    PointOfContact,
    Provider,
    Receipt,
    Restored,
    Runner,
    StaticDirectory,
    Verified,
    catalogue,
)
from sopflow.catalogue.generic import BlockLifted, BlockOrdered, NormalisationVerified, block_order
from sopflow.catalogue.indonesia import MailRepeated, ReviewStarted
from sopflow.stores import open_store
from telegram_words import WORDS, Words

WIB = ZoneInfo("Asia/Jakarta")
FIRST_REPORT = datetime(2016, 3, 29, 9, 0, tzinfo=WIB)
LAST_MAIL = datetime(2017, 7, 11, 9, 0, tzinfo=WIB)
BLOCK = datetime(2017, 7, 14, 11, 0, tzinfo=WIB)
NORMALISED = datetime(2017, 8, 10, 10, 46, tzinfo=WIB)
DOMAINS = [
    "t.me", "telegram.me", "telegram.org", "core.telegram.org", "desktop.telegram.org", "macos.telegram.org",
    "web.telegram.org", "venus.web.telegram.org", "pluto.web.telegram.org", "flora.web.telegram.org",
    "flora-1.web.telegram.org",
]  # fmt: skip
ISPS = ["isp-1", "isp-2"]
CHANNELS = [f"https://t.me/reported_channel_{n}" for n in range(1, 6)]

MINISTRY = Actor("ministry-desk", {"authority"}, "kominfo")
AGENCIES = [Actor(f"{body}-signer", {"competent_agency"}, body) for body in ("bnpt", "bin", "polri")]
MODERATOR = Actor("platform-moderator", {"platform"}, "telegram")


class Clock:
    """A clock that only moves when told to."""

    def __init__(self, start: datetime) -> None:
        self.now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        """Return the simulated instant."""
        return self.now

    def set(self, at: datetime) -> None:
        """Move to `at`."""
        self.now = at.astimezone(UTC)


class Post:
    """The post of this simulation: takes every message, and remembers who got which."""

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []

    def send(self, message: Outgoing) -> Receipt | None:
        """Take a message."""
        self.taken.append(message)
        return None


def directory() -> StaticDirectory:
    """Return whom the ministry could reach: a desk by mail and chat, and, since 2017, a named representative."""
    desk = PointOfContact(id="abuse-desk", channels={"email": "abuse@platform.example", "chat": "@abuse"}, rank=0)
    representative = PointOfContact(
        id="representative", role="legal_representative", channels={"phone": "+62 000"}, rank=9, languages=("id", "en")
    )
    isps = [
        Provider(id=i, contacts=[PointOfContact(id=f"{i}-noc", channels={"email": f"noc@{i}.example"})]) for i in ISPS
    ]
    return StaticDirectory([Provider(id="telegram", contacts=[desk, representative]), *isps])


def world(start: datetime) -> tuple[Runner, Clock, Post]:
    """Return a runner with both procedures, its clock and its post."""
    clock, post = Clock(start), Post()
    ids = iter(f"case-{n}" for n in range(1, 100))
    runner = Runner(
        store=open_store("memory:"),
        procedures=[catalogue.find(name) for name in catalogue.names() if not name.startswith("us.")],
        acting_as={"authority"},
        directory=directory(),
        notifiers={"email": post, "chat": post, "phone": post},
        clock=clock,
        new_id=lambda: next(ids),
    )
    return runner, clock, post


def notice() -> Notice:
    """Return the report with which both stories begin."""
    return Notice(contents=CHANNELS, parties={"platform": "telegram"}, form={"reasons": "Terrorist propaganda"})


# --- the two stories -----------------------------------------------------------------------------------------------


def practice_of_2016() -> tuple[Runner, Case]:
    """Six mails that nobody reads, a block of eleven domains, and the way back."""
    runner, clock, _post = world(FIRST_REPORT)
    case = runner.open("id.mail_practice_2016", notice(), by=MINISTRY)
    runner.apply(case.id, Issued(by=MINISTRY))
    runner.deliver()
    for n in range(1, 6):
        clock.set((FIRST_REPORT + n * (LAST_MAIL - FIRST_REPORT) / 5).replace(hour=9, minute=0))
        runner.tick()
        runner.apply(case.id, MailRepeated(by=MINISTRY))
        runner.deliver()
    clock.set(BLOCK)
    form = {
        "grounds": "no answer to six mails",
        "legal_basis": "Art 40 ITE Law; PM 19/2014",
        "scope": "11 domain names",
    }
    escalated = runner.apply(case.id, Escalated(instrument=block_order(DOMAINS, ISPS, form), by=MINISTRY))
    block(runner, clock, escalated.children[0].id)
    clock.set(NORMALISED)
    lift(runner, clock, escalated.children[0].id)
    runner.tick()
    return runner, runner.case(case.id)


def block(runner: Runner, clock: Clock, block_id: str) -> None:
    """Three bodies sign, the ministry orders, the providers block."""
    order = BlockOrdered(due=clock.now + timedelta(days=30), by=MINISTRY)
    for signer in AGENCIES:
        runner.apply(block_id, Approved(proposal=runner.proposal(block_id, order), by=signer))
    runner.apply(block_id, order)
    runner.deliver()
    for isp in ISPS:
        clock.set(clock.now + timedelta(hours=1))
        mine = {c.id: "disabled" for c in runner.case(block_id).contents if c.party == isp}
        runner.apply(block_id, EffectGiven(outcomes=mine, by=Actor(f"{isp}-engineer", {"isp"}, isp)))
    runner.tick()


def lift(runner: Runner, clock: Clock, block_id: str) -> None:
    """The block is lifted, every provider restores every domain, and somebody looks."""
    runner.apply(block_id, BlockLifted(grounds="a procedure was agreed", by=MINISTRY))
    runner.deliver()
    for isp in ISPS:
        clock.set(clock.now + timedelta(minutes=30))
        mine = [c.id for c in runner.case(block_id).contents if c.party == isp]
        runner.apply(block_id, Restored(contents=mine, by=Actor(f"{isp}-engineer", {"isp"}, isp)))
    runner.apply(block_id, NormalisationVerified(by=MINISTRY))


def procedure_of_2017() -> tuple[Runner, Case]:
    """The same first report, had the procedure been there: silence climbs until the representative answers."""
    runner, clock, post = world(FIRST_REPORT)
    case = runner.open("id.kominfo_telegram_2017", notice(), by=MINISTRY)
    clock.set(FIRST_REPORT + timedelta(hours=1))
    runner.apply(case.id, Verified(by=MINISTRY))
    clock.set(FIRST_REPORT + timedelta(hours=3))
    runner.apply(case.id, Approved(proposal=runner.proposal(case.id, Issued()), by=AGENCIES[0]))
    runner.apply(case.id, Issued(by=MINISTRY))
    while not any(message.contact == "representative" for message in post.taken):
        runner.deliver()
        clock.set(clock.now + timedelta(hours=1))
        runner.tick()
    reached = post.taken[-1]
    clock.set(clock.now + timedelta(hours=2))
    confirmation = Acknowledged(message=reached.id, by=Actor("representative", {"platform"}, "telegram"), at=clock.now)
    runner.receive(Inbound(id="reply-1", sender="telegram", authenticated=True, event=confirmation, raw=b"Received."))
    clock.set(clock.now + timedelta(hours=1))
    runner.apply(case.id, ReviewStarted(by=MODERATOR))
    clock.set(clock.now + timedelta(hours=3))
    runner.apply(case.id, EffectGiven(outcomes=dict.fromkeys(["c1", "c2", "c3", "c4", "c5"], "removed"), by=MODERATOR))
    runner.deliver()
    runner.tick()
    return runner, runner.case(case.id)


# --- what the journals say -----------------------------------------------------------------------------------------


def at(entry: Entry) -> datetime:
    """Return when the entry's event happened, in WIB."""
    return datetime.fromisoformat(entry.doc["at"]).astimezone(WIB)


def journal_of(runner: Runner, case: Case) -> list[Entry]:
    """Return the entries of a case and of the cases it opened, as they happened."""
    entries = [*runner.journal(case.id)]
    for child in case.children:
        entries += runner.journal(child.id)
    return sorted(entries, key=lambda e: (e.doc["now"], e.event == "LinkedCase", e.doc["case"], e.seq))


def awaited(entries: Iterable[Entry]) -> set[str]:
    """Return the messages whose receipt somebody was to confirm: those with a clock for it."""
    clocks = [clock for e in entries for clock in e.doc["effects"].get("deadlines", ())]
    return {clock["id"].removeprefix("receipt:") for clock in clocks if clock["id"].startswith("receipt:")}


def lines(entries: Sequence[Entry], words: Words, width: int) -> list[str]:
    """Return the entries as sentences, wrapped to a column."""
    text: list[str] = []
    day = ""
    confirmable = awaited(entries)
    for entry in entries:
        sentence = words.sentence(entry, confirmable)
        if not sentence:
            continue
        today = words.day(at(entry))
        if today != day:
            text += ([""] if text else []) + [today]
            day = today
        text += textwrap.wrap(
            f"{at(entry):%H:%M}  {sentence}", width, initial_indent="  ", subsequent_indent=" " * 9
        )  # fmt: skip
    return text


def columns(left: Sequence[str], right: Sequence[str], width: int) -> str:
    """Return two columns of text side by side."""
    rows = max(len(left), len(right))
    padded = [[*side, *[""] * (rows - len(side))] for side in (left, right)]
    return "\n".join(f"{a:<{width}} │ {b}".rstrip() for a, b in zip(*padded, strict=True))


def figures(entries: Sequence[Entry]) -> dict[str, int]:
    """Return the figures of one story, counted in its journal."""
    mails = [e for e in entries if e.event == "Sent" and e.doc["event"]["of"] in ("mail", "order")]
    confirmed = [e for e in entries if e.event == "Acknowledged" and e.doc["event"]["of"] in ("mail", "order")]
    climbs = [e for e in entries if e.event == "DeadlineBreached" and e.doc["event"]["of"].startswith("receipt:order")]
    done = [c for e in entries if e.event == "EffectGiven" for c in e.doc["effects"]["contents"]]
    removed = [c["id"] for c in done if c["outcome"] == "removed"]
    disabled = [c for c in done if c["outcome"] == "disabled"]
    return {
        "sent": len(mails),
        "noticed": len(climbs),
        "confirmed": len(confirmed),
        "days": (at(entries[-1]).date() - at(entries[0]).date()).days,
        "removed": len(removed),
        "blocked": len({c["id"].removesuffix(f".{c['party']}") for c in disabled}),
        "blocking": len({c["party"] for c in disabled}),
        "entries": len(entries),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both stories and print what their journals say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lang", choices=sorted(WORDS), default="en", help="language of the account")
    parser.add_argument("--width", type=int, default=56, help="width of a column")
    options = parser.parse_args(arguments)
    words = WORDS[options.lang]

    stories = [practice_of_2016(), procedure_of_2017()]
    journals = [journal_of(runner, case) for runner, case in stories]
    print(words.title)
    print()
    heads = [[words.left, "=" * len(words.left), ""], [words.right, "=" * len(words.right), ""]]
    sides = [head + lines(journal, words, options.width) for head, journal in zip(heads, journals, strict=True)]
    print(columns(sides[0], sides[1], options.width))
    print()
    both = [figures(journal) for journal in journals]
    label_width = max(len(label) for label in words.figures.values())
    print(f"{'':<{label_width}}  {words.left_short:>12}  {words.right_short:>12}")
    for name, label in words.figures.items():
        print(f"{label:<{label_width}}  {both[0][name]:>12}  {both[1][name]:>12}")
    print()
    longest = max(b["days"] for b in both)
    for short, b in zip((words.left_short, words.right_short), both, strict=True):
        bar = "█" * max(1, round(60 * b["days"] / longest))
        print(f"{short:>12}  {bar} {words.days(b['days'])}")
    print()
    for (runner, case), short in zip(stories, (words.left_short, words.right_short), strict=True):
        ids = [case.id, *(child.id for child in case.children)]
        proved = sum(runner.verify(id).seq for id in ids)
        print(words.proved(short, len(ids), proved, runner.verify(case.id).hash))


if __name__ == "__main__":
    main()
