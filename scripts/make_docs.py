"""Write the pages of the bundled procedures from their rules, so that no page can say something else than the code.

python scripts/make_docs.py           write docs/procedures, a page for each procedure and each country, and the
                                      README's picture; remove pages that are gone
python scripts/make_docs.py --check   fail, naming the stale files
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sopflow import catalogue
from sopflow.check import check
from sopflow.diagram import mermaid
from sopflow.pages import country, evidence, page
from sopflow.procedure import Procedure
from sopflow.rules import MARKS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "procedures"
README = ROOT / "README.md"
_PICTURE = re.compile(r"(<!-- picture: (\S+) -->\n).*?(<!-- /picture -->)", re.DOTALL)
# The countries whose law the catalogue has, by ISO 3166-1; and the union.
COUNTRIES = {
    "AU": "Australia",
    "DE": "Germany",
    "EU": "European Union",
    "GB": "United Kingdom",
    "ID": "Indonesia",
    "IN": "India",
    "SG": "Singapore",
    "US": "United States",
}
NOTICE = "<!-- Written by scripts/make_docs.py from the rules themselves. Change those, not this page. -->\n\n"


def pages() -> dict[str, str]:
    """Return the text of every file in docs/procedures, by name."""
    procedures = [catalogue.find(name) for name in catalogue.names()]
    texts = {f"{p.id}.md": page(p, check(p, procedures)) for p in procedures}
    for code in sorted({p.jurisdiction for p in procedures if p.jurisdiction}):
        theirs = [catalogue.versions(p.id) for p in procedures if p.jurisdiction == code]
        texts[f"countries/{code}.md"] = country(COUNTRIES[code], theirs)
    return {name: NOTICE + text for name, text in {"README.md": _index(procedures), **texts}.items()}


def stale(texts: dict[str, str]) -> list[str]:
    """Return the names of files that are missing, differ, or do not belong there."""
    present = {
        path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in FOLDER.rglob("*") if path.is_file()
    }
    return sorted(name for name in texts.keys() | present.keys() if texts.get(name) != present.get(name))


def readme() -> str:
    """Return the README with its picture drawn from the rules."""

    def drawn(match: re.Match[str]) -> str:
        return f"{match[1]}\n```mermaid\n{mermaid(catalogue.find(match[2])).rstrip()}\n```\n\n{match[3]}"

    return _PICTURE.sub(drawn, README.read_text("utf-8"))


def _index(procedures: list[Procedure]) -> str:
    marks = list(MARKS)
    lines = [
        "# Procedures",
        "",
        "Every bundled procedure: its picture, its rules with their sources, what the checker says about it, and what "
        "is not certain. The words are explained in the [glossary](../glossary.md). Nothing here is legal advice.",
        "",
        f"| Procedure | Title | Jurisdiction | In force | Reconstructed | {' | '.join(marks)} | Checker |",
        "|" + " --- |" * (6 + len(marks)),
    ]
    for p in procedures:
        report = check(p, procedures)
        force = f"{p.valid_from or '…'} to {p.valid_to or '…'}" if p.valid_from or p.valid_to else ""
        counts = [str(count) for count in evidence(p).values()]
        found = f"{len(report.open)} open, {len(report.waived)} accepted"
        cells = [f"[`{p.id}`]({p.id}.md)", p.title.replace("|", "\\|"), p.jurisdiction, force]
        lines.append(f"| {' | '.join([*cells, 'yes' * p.reconstructed, *counts, found])} |")
    codes = sorted({p.jurisdiction for p in procedures if p.jurisdiction})
    lines += ["", f"By country: {', '.join(f'[{COUNTRIES[c]}](countries/{c}.md)' for c in codes)}."]
    lines += ["", "The letters count its facts by evidence mark:", ""]
    lines += [f"- **{mark}**: {meaning}" for mark, meaning in MARKS.items()]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    texts = pages()
    names = stale(texts)
    stale_readme = readme() != README.read_text("utf-8")
    if arguments == ["--check"]:
        for path in [f"docs/procedures/{name}" for name in names] + ["README.md"] * stale_readme:
            print(f"{path} is stale; run python scripts/make_docs.py", file=sys.stderr)
        return 1 if names or stale_readme else 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    README.write_text(readme(), "utf-8")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names:
        if name in texts:
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(texts[name], "utf-8")
        elif name.endswith(".md"):
            (FOLDER / name).unlink()
        print(f"docs/procedures/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
