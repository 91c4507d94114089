"""What may stand in the fields of an instrument: machine validation before it goes out, and the same as JSON Schema.

A wrong value is named with its field, its article and the remedy; the value itself, which may be personal, is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from . import locators
from .errors import MalformedLocator
from .rules import Form, FormField

_EMAIL = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})\Z")


def _url(value: str) -> bool:
    try:
        locators.check("url", value)
    except MalformedLocator:
        return False
    return True


def _day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _instant(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.match(value) is not None


# kind -> whether a value is one, how to write it, and its JSON Schema
_KINDS: Final[Mapping[str, tuple[Callable[[str], bool], str, Mapping[str, Any]]]] = {
    "": (lambda value: True, "text", {}),
    "url": (_url, "a full URL: https://host/path", {"format": "uri"}),
    "urls": (
        lambda value: all(_url(line.strip()) for line in value.splitlines() if line.strip()),
        "one full URL on each line: https://host/path",
        {},
    ),
    "email": (_matches(_EMAIL), "an e-mail address: name@host.example", {"format": "email"}),
    "date": (_day, "a day: 2026-03-31", {"format": "date"}),
    "instant": (_instant, "an instant with its time zone: 2026-03-31T09:00+07:00", {"format": "date-time"}),
    "number": (_matches(_NUMBER), "a whole number in digits", {"pattern": "^(0|[1-9][0-9]{0,17})$"}),
    "sha256": (_matches(_SHA256), "a SHA-256: 64 digits and letters a to f", {"pattern": "^[0-9a-f]{64}$"}),
    "country": (_matches(_COUNTRY), "a country's two capital letters (ISO 3166-1): ID", {"pattern": "^[A-Z]{2}$"}),
    "language": (
        _matches(_LANGUAGE), "a language's code (BCP 47): id", {"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
    ),
    "yes": (
        lambda value: value.strip().lower() in ("yes", "true", "1"), "yes: the statement must be made",
        {"pattern": r"^\s*([yY][eE][sS]|[tT][rR][uU][eE]|1)\s*$"},
    ),
}  # fmt: skip
KINDS: Final = tuple(_KINDS)


def problems(form: Form, values: Mapping[str, str]) -> Iterator[tuple[FormField, str]]:
    """Yield every field that is missing or wrong, with what to write, in the order of the form.

    Args:
        form: The rule.
        values: What was filled in, by name.
    """
    for field in form.fields:
        value = str(values.get(field.name) or "")
        if not value.strip():
            if field.required:
                yield field, "fill it in" if not field.kind else f"fill it in: {_KINDS[field.kind][1]}"
        elif field.choices and value not in field.choices:
            yield field, f"use one of {', '.join(field.choices)}"
        elif field.longest and len(value) > field.longest:
            yield field, f"use at most {field.longest} characters; it has {len(value)}"
        elif not _KINDS[field.kind][0](value):
            yield field, f"write {_KINDS[field.kind][1]}"


def schema(form: Form, id: str = "") -> dict[str, Any]:
    """Return the form as JSON Schema (draft 2020-12), for a host's web form.

    Args:
        form: The rule.
        id: The schema's `$id`, where the host gives it one.

    Returns:
        An object schema: each field a string with its label as title and its article as description. One that is not
        required may be empty.
    """
    properties: dict[str, Any] = {}
    for field in form.fields:
        rules: dict[str, Any] = {"type": "string", "title": field.label or field.name.replace("_", " ")}
        rules["description"] = f"{field.basis.text} [{field.basis.source}, {field.basis.mark}]"
        wanted: dict[str, Any] = {"minLength": 1, "pattern": r"\S"} if field.required else {}
        if field.longest:
            wanted["maxLength"] = field.longest
        wanted |= _KINDS[field.kind][2]
        if field.choices:
            wanted["enum"] = list(field.choices)
        if field.required or not wanted:
            rules |= wanted
        else:  # what a web form sends for a field that nobody has filled in
            rules["anyOf"] = [{"pattern": r"^\s*$"}, wanted]
        properties[field.name] = rules
    document: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if id:
        document["$id"] = id
    return document | {
        "title": form.instrument.replace("_", " "),
        "type": "object",
        "properties": properties,
        "required": [f.name for f in form.fields if f.required],
    }
