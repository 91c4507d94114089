"""The command line: look at the bundled procedures and check them.

sopflow procedures          list them
sopflow check [ID …]        say what the checker finds; exit 1 if anything is open
sopflow diagram ID          print the picture as Mermaid text
sopflow page ID             print the whole page as Markdown
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import catalogue
from .check import check
from .diagram import mermaid, page
from .errors import UnknownProcedure


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: The words after the program's name; those of the process when left out.
    """
    parser = argparse.ArgumentParser(prog="sopflow", description="Look at the bundled procedures and check them.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("procedures", help="list the bundled procedures")
    checking = commands.add_parser("check", help="say what the checker finds; exit 1 if anything is open")
    checking.add_argument("ids", nargs="*", metavar="ID")
    for name, text in (("diagram", "print the picture as Mermaid text"), ("page", "print the page as Markdown")):
        commands.add_parser(name, help=text).add_argument("id", metavar="ID")
    options = parser.parse_args(arguments)
    out = sys.stdout
    try:
        if options.command == "procedures":
            for id in catalogue.names():
                out.write(f"{id:28} {catalogue.find(id).title}\n")
            return 0
        known = [catalogue.find(id) for id in catalogue.names()]
        if options.command == "check":
            reports = [check(catalogue.find(id), known) for id in options.ids or catalogue.names()]
            out.write("\n".join(str(report) for report in reports) + "\n")
            return 0 if all(report.ok for report in reports) else 1
        procedure = catalogue.find(options.id)
        out.write(mermaid(procedure) if options.command == "diagram" else page(procedure, check(procedure, known)))
        return 0
    except UnknownProcedure as error:
        sys.stderr.write(f"sopflow: {error}\n")
        return 2
