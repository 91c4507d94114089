"""The command line: look at the bundled procedures and check them; tend the schema of a store.

sopflow procedures          list them with their versions
sopflow check [ID|FILE …]   say what the checker finds; exit 1 if anything is open
sopflow diagram ID          print the picture as Mermaid text
sopflow page ID             print the whole page as Markdown
sopflow export FORMAT ID    print the control skeleton for other tools: scxml or pnml
sopflow document ID         print it as a document, to be read and changed
sopflow db create URL       create a store's schema
sopflow db upgrade URL      apply the steps that it lacks
sopflow db check URL        say how it stands; exit 1 if steps or tables are missing, or steps were changed
sopflow db sql              print the SQL of the steps, for a DBA, Alembic's op.execute or Django's RunSQL

diagram, page, export and document print the newest version, or with --on YYYY-MM-DD the one in force on that day.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from . import catalogue
from .check import check
from .diagram import mermaid
from .errors import BadInput, DocumentError, MissingExtra, StoreError, UnknownProcedure
from .exports import pnml, scxml
from .pages import page
from .procedure import Procedure

_FORMATS = {"scxml": scxml.dumps, "pnml": pnml.dumps}
_ENDINGS = (".toml", ".yaml", ".yml")
_OWN = re.compile(r"; or hand in your own with \w+=.*")
_FROM_PYTHON = "from sopflow.check import check; print(check(P))"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: The words after the program's name; those of the process when left out.
    """
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever read it, as `head` does, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="sopflow", description="Look at the bundled procedures and check them.")
    parser.add_argument("--version", action="version", version=f"sopflow {version('sopflow')}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("procedures", help="list the bundled procedures")
    checking = commands.add_parser("check", help="say what the checker finds; exit 1 if anything is open")
    checking.add_argument("ids", nargs="*", metavar="ID|FILE", help="a bundled procedure, or a .toml or .yaml file")
    drawing = commands.add_parser("diagram", help="print the picture as Mermaid text")
    paging = commands.add_parser("page", help="print the page as Markdown")
    exporting = commands.add_parser("export", help="print the control skeleton for other tools")
    exporting.add_argument("format", choices=tuple(_FORMATS), help="a state chart (scxml) or a Petri net (pnml)")
    writing = commands.add_parser("document", help="print a procedure as a document, to be read and changed")
    writing.add_argument("--format", default="toml", help="toml (when left out) or yaml")
    for printing in (drawing, paging, exporting, writing):
        printing.add_argument("id", metavar="ID")
        printing.add_argument("--on", type=_day, metavar="YYYY-MM-DD", help="the version in force on this day")
    _database_commands(commands.add_parser("db", help="create, upgrade and check a store's schema, or print its SQL"))
    options = parser.parse_args(arguments)
    out = sys.stdout
    try:
        if options.command == "db":
            text, code = _database(options)
            out.write(text)
            return code
        if options.command == "procedures":
            out.write(_listed())
            return 0
        if options.command == "export":
            out.write(_FORMATS[options.format](_chosen(options)))
            return 0
        known = [version for id in catalogue.names() for version in catalogue.versions(id)]
        if options.command == "check":
            checked = []
            for id in options.ids or catalogue.names():
                if Path(id).suffix == ".py":
                    raise BadInput(
                        "check", id, f"no Python file is run here; check its procedure P from Python: {_FROM_PYTHON}"
                    )
                if Path(id).suffix in _ENDINGS:
                    checked.append(_check_file(id, known))
                else:
                    checked += [_checked(p, known) for p in catalogue.versions(id)]
            out.write("\n".join(text for text, _ in checked) + "\n")
            return 0 if all(ok for _, ok in checked) else 1
        procedure = _chosen(options)
        if options.command == "document":
            from . import documents

            out.write(documents.dumps(procedure, options.format))
            return 0
        out.write(mermaid(procedure) if options.command == "diagram" else page(procedure, check(procedure, known)))
        return 0
    except (UnknownProcedure, BadInput, MissingExtra, StoreError) as error:
        sys.stderr.write(f"sopflow: {error}\n")
        return 2


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write one such as 2021-09-30") from None


def _listed() -> str:
    """Return a row for each version of each procedure: id, version, when it is in force, title."""
    found = [p for id in catalogue.names() for p in catalogue.versions(id)]
    rows = [(p.id, p.version, _in_force(p), p.title) for p in found]
    widths = [max(len(row[n]) for row in rows) for n in range(3)]
    return "".join("  ".join((*map(str.ljust, row, widths), row[3])) + "\n" for row in rows)


def _in_force(p: Procedure) -> str:
    since = f"from {p.valid_from}" if p.valid_from else ""
    return f"{since} to {p.valid_to}".strip() if p.valid_to else since


def _chosen(options: argparse.Namespace) -> Procedure:
    """Return the version that was asked for; where there are several and none was, say which one it is."""
    found = catalogue.find(options.id, options.on)
    others = [p for p in catalogue.versions(options.id) if p is not found]
    if others and options.on is None:
        there = ", ".join(f"{p.version} ({_in_force(p)})" for p in others)
        sys.stderr.write(f"sopflow: this is version {found.version} of {found.id}; for version {there} use --on DAY\n")
    return found


def _checked(procedure: Procedure, known: Sequence[Procedure]) -> tuple[str, bool]:
    report = check(procedure, known)
    return str(report), report.ok


def _check_file(name: str, known: Sequence[Procedure]) -> tuple[str, bool]:
    """Return what is wrong with a document, each finding with file and line, and whether nothing is."""
    from . import documents
    from .calendars import load

    try:
        procedure = documents.load(name)
    except DocumentError as error:
        lines = [
            f"{name}:{line}: {_OWN.sub('', problem.partition(f', line {line}: ')[2])}"
            for (line, _), problem in zip(error.places, error.problems, strict=True)
        ]
        if any(map(_OWN.search, error.problems)):
            lines.append(
                f"{name}: with events, guards or hooks of your own check it from Python: P = documents.load({name!r}, "
                f"events=[…], guards={{…}}, hooks=[…]); {_FROM_PYTHON}"
            )
        return "\n".join(lines), False
    report = check(procedure, [*known, procedure])

    def at(place: str) -> str:
        return f"{name}:{documents.line_of_rule(name, procedure, place)}"

    lines = [f"{at(f.place)}: {f}" for f in report.open]
    told = {f"  - {f}" for f in report.open}
    for place, term in procedure.terms:
        try:
            if term.calendar:
                term.span(datetime.now(UTC), load(term.calendar), None)
        except BadInput as error:
            lines.append(f"{at(place)}: {place}: {error}")
        except MissingExtra:
            pass  # whether there is such a calendar, the runner will say
    rest = [line for line in str(report).splitlines() if line not in told]
    return "\n".join([*lines, *rest]), not lines


def _database_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="db", required=True)
    for name, text in (
        ("create", "create the schema where there is none"),
        ("upgrade", "apply the steps that it lacks"),
        ("check", "say how it stands; exit 1 if steps or tables are missing, or steps were changed"),
    ):
        commands.add_parser(name, help=text).add_argument("url", metavar="URL")
    printing = commands.add_parser("sql", help="print the SQL of the steps, for a DBA or another migration tool")
    printing.add_argument("--dialect", default="postgresql", help="postgresql (when left out), mysql or sqlite")
    printing.add_argument(
        "--from", dest="after", type=int, default=0, metavar="N", help="the step that is there already"
    )
    printing.add_argument("--schema", default="", help="where the tables stand")
    printing.add_argument("--prefix", default="sopflow_", help="what their names begin with")


def _database(options: argparse.Namespace) -> tuple[str, int]:
    from .stores.sql import schema, tending

    if options.db == "sql":
        return schema.script(options.dialect, options.after, options.schema, options.prefix), 0
    before = {"create": tending.create, "upgrade": tending.upgrade, "check": tending.check}[options.db](options.url)
    lines = []
    if options.db == "check":
        for number, (name, when, digest) in sorted(before.applied.items()):
            said = "another text than ours" if number in before.changed else digest[:12] or "text not recorded"
            lines.append(f"{number:04} {name:20} applied {when} ({said})")
    word = "missing" if options.db == "check" else "applied now"
    lines += [f"{step.number:04} {step.name:20} {word}" for step in before.pending]
    missing = before.missing if options.db == "check" else ()
    lines += [f"table {name} is not there: somebody has dropped it" for name in missing]
    lines += [] if before.pending or missing else ["up to date"]
    faulty = options.db == "check" and (before.pending or before.changed or missing)
    return "\n".join(lines) + "\n", int(bool(faulty))
