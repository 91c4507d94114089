"""Read a file of reports, JSON Lines or CSV: every one becomes a document or a malformed line, and none is lost.

A line that cannot be used is described by its number, the field at fault and what would make it good. What stands in
it is not repeated, because it may be anything.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from dmca_reading import BadDocument, Document

COLUMNS: Final = ("file", "date", "kind", "urls", "text")

# The law is Public Law 105-304 of 28 October 1998; the calendar of business days that we use ends with 2035.
_EARLIEST: Final = datetime.date(1998, 10, 28)
_LATEST: Final = datetime.date(2035, 6, 30)


@frozen(kw_only=True)
class Malformed:
    """A line that cannot be used.

    Attributes:
        line: Its number in the file, from 1; of a record over several lines, the first.
        field: The field at fault, or "line".
        remedy: What would make it good.
    """

    line: int
    field: str
    remedy: str


@frozen(kw_only=True)
class Report:
    """A document, and the line on which it begins."""

    line: int
    document: Document


@frozen(kw_only=True)
class Caseload:
    """What a file holds.

    Attributes:
        lines: How many records were found: non-empty lines, or rows below the header of a CSV file.
        reports: Those that can be worked, in the order of the file.
        malformed: The others.
    """

    lines: int
    reports: tuple[Report, ...]
    malformed: tuple[Malformed, ...]


def load(path: Path) -> Caseload:
    """Read a file of reports.

    Args:
        path: A file that ends in .csv (columns `COLUMNS`, addresses separated by blanks), or one of JSON Lines.

    Raises:
        OSError: If it cannot be opened.
    """
    lines, reports, malformed = 0, [], []
    first_with: dict[str, int] = {}
    for number, found in _rows(path) if path.suffix.lower() == ".csv" else _objects(path):
        lines += 1
        try:
            if isinstance(found, BadDocument):
                raise found
            document = _usable(found)
            if document.file in first_with:
                remedy = f"give each document a name of its own; line {first_with[document.file]} has this one already"
                raise BadDocument("file", document.file, remedy)
        except BadDocument as error:
            malformed.append(Malformed(line=number, field=error.field, remedy=error.remedy))
        else:
            first_with[document.file] = number
            reports.append(Report(line=number, document=document))
    return Caseload(lines=lines, reports=tuple(reports), malformed=tuple(malformed))


def _objects(path: Path) -> Iterator[tuple[int, Document | BadDocument]]:
    # Only "\n" ends a line of JSON: other line separators may stand inside its texts.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield number, Document.parse_line(line.rstrip("\r\n"))
            except BadDocument as error:
                yield number, error
            except RecursionError:
                yield number, BadDocument("line", None, "give one flat JSON object per line")


def _rows(path: Path) -> Iterator[tuple[int, Document | BadDocument]]:
    limit = csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            reader = csv.reader(file, strict=True)  # or an open quotation would swallow the rest without a word
            header: list[str] | None = None
            while True:
                number = reader.line_num + 1
                try:
                    row = next(reader, None)
                except csv.Error as error:
                    last = reader.line_num
                    where = f"; lines {number} to {last} were read as one row" if last > number else ""
                    yield number, BadDocument("line", None, f"correct the quotation marks ({error}){where}")
                    continue
                if row is None:
                    return
                if not row:
                    continue
                if header is None:
                    header = [name.strip().lower() for name in row]
                elif len(row) != len(header):
                    remedy = f"give {len(header)} fields as the header does, not {len(row)}; quote a text with commas"
                    yield number, BadDocument("line", None, remedy)
                else:
                    yield number, _row(dict(zip(header, row, strict=True)))
    finally:
        csv.field_size_limit(limit)


def _row(row: Mapping[str, str]) -> Document | BadDocument:
    try:
        return Document.parse({**row, "urls": row.get("urls", "").split()})
    except BadDocument as error:
        return error


def _usable(document: Document) -> Document:
    """Return the document if its case can be worked.

    Raises:
        BadDocument: If it cannot.
    """
    if not _EARLIEST <= document.date <= _LATEST:
        raise BadDocument("date", str(document.date), f"give a date from {_EARLIEST} to {_LATEST}")
    for name, texts in (("file", (document.file,)), ("urls", document.urls), ("text", (document.text,))):
        try:
            "".join(texts).encode()
        except UnicodeEncodeError:
            raise BadDocument(name, None, "write it in UTF-8, without halves of surrogate pairs") from None
    return document
