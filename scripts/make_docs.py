"""Write the pages of the bundled procedures from their rules, so that no page can say something else than the code.

python scripts/make_docs.py           write docs/procedures, a page for each procedure and each country, the README's
                                      picture, and the tables in docs between <!-- table: … --> and <!-- /table -->;
                                      remove pages that are gone
python scripts/make_docs.py --check   fail, naming the stale files
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs

from sopflow import catalogue, events, guards
from sopflow._markdown import code, md, table
from sopflow.check import _CHECKS, CODES, check
from sopflow.diagram import mermaid
from sopflow.documents._words import _signature, shipped
from sopflow.events import SHARED, Event, Instrument
from sopflow.pages import country, evidence, page
from sopflow.procedure import Procedure
from sopflow.rules import MARKS, Guard

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "procedures"
README = ROOT / "README.md"
WITH_TABLES = ("events.md", "procedure.md")  # of docs
_TABLE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- /table -->)", re.DOTALL)
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
    for where in sorted({p.jurisdiction for p in procedures if p.jurisdiction}):
        theirs = [catalogue.versions(p.id) for p in procedures if p.jurisdiction == where]
        texts[f"countries/{where}.md"] = country(COUNTRIES[where], theirs)
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


def tabled() -> dict[Path, str]:
    """Return the pages of docs that have tables made from the code, with those tables."""

    def filled(match: re.Match[str]) -> str:
        return f"{match[1]}\n{TABLES[match[2]]()}\n\n{match[3]}"

    paths = [ROOT / "docs" / name for name in WITH_TABLES]
    return {path: _TABLE.sub(filled, path.read_text("utf-8")) for path in paths}


def _said(thing: Any) -> str:
    """Return the first paragraph of a docstring; what is code in it stays so."""
    text = " ".join(inspect.cleandoc(thing.__doc__ or "").split("\n\n")[0].split())
    return md(text).replace("\\`", "`")


def _fields(cls: type, beside: type) -> str:
    """Return the fields that a class has beside those of its base: name, type, what it is when left out; ° personal."""
    names = {f.name for f in attrs.fields(beside)}
    return "<br>".join(_field(f) for f in attrs.fields(cls) if f.name not in names)


def _field(f: Any) -> str:
    default = f.default.factory() if isinstance(f.default, attrs.Factory) else f.default  # type: ignore[arg-type]
    text = f"{f.name}: {f.type}" if default is attrs.NOTHING else f"{f.name}: {f.type} = {default!r}"
    choices = f.metadata.get("choices")
    words = f" ({', '.join(code(repr(c)) for c in choices)})" if choices else ""
    return code(text) + " °" * bool(f.metadata.get("personal")) + words


def _events(classes: Iterable[type[Event]], home: Callable[[type[Event]], str] | None = None) -> str:
    return table(
        f"Event|{'Procedures' * (home is not None)}|Kind|Its own fields|What it says",
        (
            [code(e.name), home(e) if home else "", "act" if e.act else "fact", _fields(e, Event), _said(e)]
            for e in classes
        ),
    )


def _shared_events() -> str:
    return _events(SHARED)


def _other_events() -> str:
    procedures = [catalogue.find(name) for name in catalogue.names()]
    found: dict[type[Event], list[str]] = {}
    for p in procedures:
        for event in p.events.values():
            if event not in SHARED:
                found.setdefault(event, []).append(p.id)
    by_name = sorted(found, key=lambda event: (found[event][0], event.name))
    return _events(by_name, lambda event: ", ".join(f"[{code(id)}](procedures/{id}.md)" for id in found[event]))


def _common_fields() -> str:
    said = _attributes(Event)
    return table("Field|What it is", ([_field(f), said[f.name]] for f in attrs.fields(Event)))


def _instruments() -> str:
    kinds = [c for c in vars(events).values() if isinstance(c, type) and issubclass(c, Instrument)]
    kinds.remove(Instrument)
    return table("Instrument|Kind|What it is", ([code(c.__name__), code(c.kind), _said(c)] for c in kinds))


def _instrument_fields() -> str:
    said = _attributes(Instrument)
    return table("Field|What it is", ([_field(f), said[f.name]] for f in attrs.fields(Instrument)))


def _attributes(cls: type) -> dict[str, str]:
    """Return what a docstring says about attributes, by name."""
    text = inspect.cleandoc(cls.__doc__ or "").partition("Attributes:")[2]
    found = re.findall(r"^ {4}(\w[\w, ]*): (.+?)(?=^ {4}\S|\Z)", text, re.MULTILINE | re.DOTALL)
    return {name: md(said).replace("\\`", "`") for names, said in found for name in names.split(", ")}


def _codes() -> str:
    remedies = {name: remedy for name, (_, remedy) in _CHECKS.items()} | {"unused-waiver": "mend or remove it"}
    return table("Code|What is wrong|Remedy", ([code(c), md(CODES[c]), md(remedies[c])] for c in sorted(CODES)))


def _guards() -> str:
    """Return each guard of `sopflow.guards`: its name in pages, documents and errors, and in Python."""
    rows = []
    for name, made in shipped().guards.items():
        function: Any = getattr(made, "func", made)  # "not_happened" is "happened" with an argument
        (python,) = (n for n, value in vars(guards).items() if value is function)
        said = made.test if isinstance(made, Guard) else made if made is function else None
        arguments = _signature(name, made)[len(name) :]
        call = arguments if made is function else arguments.replace(")", ", negate=True)")
        call = call or "()" * (not isinstance(made, Guard))
        holds = _said(said) if said else "No fact of this name is on record."
        rows.append([code(name + arguments), code(f"guards.{python}{call.replace('(…)', '(*outcomes)')}"), holds])
    return table("In pages, documents and errors|In Python|It holds when", sorted(rows))


TABLES: dict[str, Callable[[], str]] = {
    "codes": _codes,
    "common-fields": _common_fields,
    "events": _shared_events,
    "guards": _guards,
    "instrument-fields": _instrument_fields,
    "instruments": _instruments,
    "other-events": _other_events,
}


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
    filled = {README: readme(), **tabled()}
    others = [path for path, text in filled.items() if text != path.read_text("utf-8")]
    if arguments == ["--check"]:
        for place in [f"docs/procedures/{name}" for name in names] + [str(p.relative_to(ROOT)) for p in others]:
            print(f"{place} is stale; run python scripts/make_docs.py", file=sys.stderr)
        return 1 if names or others else 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    for path in others:
        path.write_text(filled[path], "utf-8")
        print(path.relative_to(ROOT))
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
