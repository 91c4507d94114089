"""Work a file of DMCA notices, counter-notices and retractions as cases, and account for every line of it.

    python examples/work_a_caseload.py examples/data/small_caseload.jsonl
    python examples/work_a_caseload.py examples/data/small_caseload.csv --late
    python examples/work_a_caseload.py FILE --db cases.db --out messages

FILE is JSON Lines, or CSV with the columns file, date, kind, urls, text (addresses separated by blanks). Each line is a
document: its name, its date, one of notice, counter_notice and retraction, and its text. The documents' dates drive a
simulated clock, so that years pass in seconds.

--db FILE   Keep the cases in this new SQLite database; they are gone with the program otherwise.
--out DIR   Write each message that is sent as an .eml file into this folder.
--late      Let the platform put back after 20 business days, when the law allows 14: breaches are to be seen.

It ends with 0 if every line is accounted for and every journal verifies, with 1 if not, and with 2 if it cannot begin.
What it prints holds no text of a report, no name and no address: lines and cases are named by their numbers.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from caseload_desk import Desk
from caseload_instruments import PROCEDURE
from caseload_parties import CountingNotifier
from caseload_reports import Caseload, Malformed, load
from caseload_screen import progress, table
from dmca_reading import COUNTER_NOTICE, COUNTER_NOTICE_ELEMENTS, NOTICE, NOTICE_ELEMENTS, Verdict
from sopflow import SopflowError, Standing
from sopflow.notifiers.files import FileNotifier
from sopflow.stores import open_store

_EVERY = 1_000_000


@frozen(kw_only=True)
class Account:
    """What became of every line, as the store has it afterwards and not as the program remembers it.

    Attributes:
        lines: How many lines the file has.
        accepted, refused: Cases opened, by what was decided on the notice.
        attached: Answers that went to the case which they answer.
        unmatched, ambiguous: Answers in the inbox, which fit no case, or several.
        malformed: Lines that could not be used.
        unworked: Cases not decided, and inbox items in any other state: there must be none.
    """

    lines: int
    accepted: int
    refused: int
    attached: int
    unmatched: int
    ambiguous: int
    malformed: int
    unworked: int

    @property
    def adds_up(self) -> bool:
        """Every line ended as exactly one of these."""
        ends = (self.accepted, self.refused, self.attached, self.unmatched, self.ambiguous, self.malformed)
        return sum(ends) == self.lines and not self.unworked


def account(desk: Desk, caseload: Caseload) -> Account:
    """Count what became of every line."""
    runner = desk.runner
    refused, undecided = runner.count(state="notice_refused"), runner.count(state="notice_received")
    items = runner.inbox(limit=_EVERY)
    left = [item for item in items if item.status == "unmatched"]
    attached = sum(item.status == "applied" for item in items)
    return Account(
        lines=caseload.lines,
        accepted=runner.count() - refused - undecided,
        refused=refused,
        attached=attached,
        unmatched=sum(not item.candidates for item in left),
        ambiguous=sum(bool(item.candidates) for item in left),
        malformed=len(caseload.malformed) + len(desk.malformed),
        unworked=undecided + len(items) - len(left) - attached,
    )


# --- what is printed -------------------------------------------------------------------------------------------------


def elements(desk: Desk) -> str:
    """Return the table of elements and verdicts, and how many documents are complete."""
    rows, complete = [], []
    kinds = ((NOTICE, "notice", NOTICE_ELEMENTS), (COUNTER_NOTICE, "counter-notice", COUNTER_NOTICE_ELEMENTS))
    for kind, word, articles in kinds:
        readings = [reading for reading in desk.readings.values() if reading.document.kind == kind]
        for name, article in articles.items():
            found = Counter(reading.elements[name] for reading in readings)
            rows.append((f"{word}: {name}, {article}", *(found[verdict] for verdict in Verdict)))
        complete.append(f"{sum(not r.missing for r in readings)} of {len(readings)} {word}s")
    title = "Elements found in the texts (redacted counts as present)"
    return table(title, ("element", *Verdict), rows) + f"  complete: {', '.join(complete)}\n"


def states(desk: Desk) -> str:
    """Return the table of states."""
    found = Counter(case.state for case in desk.cases())
    rows = [(state.label or state.name, found[state.name]) for state in PROCEDURE.states if found[state.name]]
    return table("Cases by state", ("state", "cases"), rows)


def duties(desk: Desk) -> str:
    """Return the table of duties: kept, breached, fallen away, still open."""
    found: Counter[tuple[str, str]] = Counter()
    columns = {
        Standing.MET: "kept",
        Standing.EXPIRED: "breached",
        Standing.CANCELLED: "fell away",
        Standing.VOID: "fell away",
        Standing.RUNNING: "open",
        Standing.PAUSED: "open",
    }
    for case in desk.cases():
        for deadline in case.deadlines:
            if deadline.kind == "duty":
                found[deadline.obligation, columns[deadline.standing]] += 1
    header = ("kept", "breached", "fell away", "open")
    rows = [
        (o.label or o.name, *(found[o.name, column] for column in header))
        for o in PROCEDURE.obligations
        if o.kind == "duty"
    ]
    rows.append(("All duties", *(sum(n for (_, c), n in found.items() if c == column) for column in header)))
    return table("Duties (those without a number of days are never breached)", ("duty", *header), rows)


def incidents(desk: Desk) -> str:
    """Return the table of incidents: what a person must look at."""
    found = Counter(incident.kind for incident in desk.runner.incidents(limit=_EVERY))
    return table("Incidents", ("kind", "number"), [*sorted(found.items()), ("all", found.total())])


def messages(desk: Desk, notifier: CountingNotifier) -> str:
    """Return the table of messages sent."""
    waiting = sum(m.status in ("queued", "unsent") for case in desk.cases() for m in case.messages)
    rows = [(t.name, notifier.sent[t.name]) for t in PROCEDURE.templates if notifier.sent[t.name]]
    return table("Messages", ("template", "sent"), [*rows, ("not sent", waiting)])


def malformed(lines: Sequence[Malformed]) -> str:
    """Return every line that could not be used: number, field, remedy."""
    found = sorted(lines, key=lambda bad: bad.line)
    out = [f"  line {bad.line}: {bad.field}: {bad.remedy}" for bad in found]
    return "\n".join([f"Malformed lines: {len(found)}", *out, ""])


def for_a_person(desk: Desk) -> str:
    """Return what the program leaves to a person: answers that fit several cases, or none, and other loose ends."""
    line_of = {reading.document.file: line for line, reading in desk.readings.items()}
    out = []
    left = sorted(desk.runner.inbox(status="unmatched", limit=_EVERY), key=lambda item: line_of[item.id])
    for item in left:
        if item.candidates:
            fits = ", ".join(f"{id} (line {desk.lines[id]})" for id in item.candidates)
            out.append(f"  line {line_of[item.id]}: ambiguous, it may answer {fits}")
    none = [str(line_of[item.id]) for item in left if not item.candidates]
    if none:
        out.append(f"  unmatched, on line {', '.join(none)}")
    for waiting in desk.without_clock():
        out.append(f"  line {waiting.line}: counter-notice in {waiting.case} for which no clock ran; it is still down")
    if desk.closed:
        out.append(f"  for a closed case, recorded as irregular, on line {', '.join(map(str, sorted(desk.closed)))}")
    if desk.nameless:
        without = sum(not contents for contents in desk.nameless.values())
        out.append(f"  {len(desk.nameless)} notice(s) name no repository; {without} of them no address at all")
    return "\n".join(["For a person to look at:", *(out or ["  nothing"]), ""])


def summary(found: Account) -> str:
    """Return the account of all lines."""
    rows = [
        ("case opened, notice accepted", found.accepted),
        ("case opened, notice refused as incomplete", found.refused),
        ("answer attached to the case that it answers", found.attached),
        ("answer left unmatched in the inbox", found.unmatched),
        ("answer left ambiguous in the inbox", found.ambiguous),
        ("malformed line", found.malformed),
    ]
    if found.unworked:
        rows.append(("NOT WORKED", found.unworked))
    verdict = "accounted for" if found.adds_up else "NOT ALL ACCOUNTED FOR"
    return table("What became of every line", ("end", "lines"), [*rows, (f"all lines: {verdict}", found.lines)])


def run(path: Path, *, db: Path | None = None, out: Path | None = None, late: bool = False) -> int:
    """Work a file and print the summary; return the exit status."""
    caseload = load(path)
    notifier = CountingNotifier(FileNotifier(out) if out is not None else None)
    store = open_store("memory:" if db is None else f"sqlite:///{db}")
    try:
        desk = Desk(store, notifier, late=late)
        if desk.runner.count():
            print(f"{db}: it holds cases already; name a new file", file=sys.stderr)
            return 2
        with progress(len(caseload.reports), "Working") as advance:
            desk.work(caseload.reports, advance)
        found = account(desk, caseload)
        verified, entries, broken = desk.verify()
        print(elements(desk))
        print(states(desk))
        print(duties(desk))
        print(incidents(desk))
        print(messages(desk, notifier))
        print(malformed([*caseload.malformed, *desk.malformed]))
        print(for_a_person(desk))
        print(summary(found))
        print(f"{verified} of {verified + len(broken)} journals verified, {entries} entries.")
        for id in broken:
            print(f"  {id}: its journal does NOT verify")
    finally:
        store.close()
    return 0 if found.adds_up and not broken else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, metavar="FILE", help="reports: JSON Lines, or CSV if it ends in .csv")
    parser.add_argument("--db", type=Path, metavar="FILE", help="keep the cases in this new SQLite database")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write each message into this folder")
    parser.add_argument("--late", action="store_true", help="put back after 20 business days, to see breaches")
    given = parser.parse_args(arguments)
    try:
        return run(given.file, db=given.db, out=given.out, late=given.late)
    except (OSError, SopflowError) as error:
        print(f"work_a_caseload: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
