"""What is handed in and of another class than is wanted: refused by name, where it comes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from .days import Calendar
from .errors import BadInput

_CALLABLES = ("clock", "new_id", "new_salt")
_LISTS = ("participants", "observers")
_TIMES = ("lease", "max_skew", "max_drift")
_NUMBERS = ("attempts", "hands", "per_endpoint")
_METHODS = {
    "directory": (("ladder", "address", "contact"), "hand in a directory, e.g. StaticDirectory([Provider(…)])"),
    "evidence": (("put", "get", "kept", "erase"), "hand in a store of files, e.g. FileEvidence(folder)"),
    "renderer": (("render",), "hand in a renderer, e.g. JinjaRenderer()"),
}


def several(value: Any, field: str, example: str) -> Iterable[Any]:
    """Return what is a list, or something like it; a text is none.

    Raises:
        BadInput: If it is none.
    """
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise BadInput(field, value, f"use a list, e.g. {example}")
    return value


def several_of(kind: type[Any], value: Any, field: str, example: str) -> tuple[Any, ...]:
    """Return a list of these as a tuple.

    Raises:
        BadInput: If it is no list, or something else is in it, of which only the class is shown.
    """
    made = tuple(several(value, field, example))
    for one in made:
        if not isinstance(one, kind):
            raise BadInput(field, type(one).__name__, f"use a list, e.g. {example}")
    return made


def usable(**given: Any) -> None:
    """Refuse arguments of a runner with which it could be made, and would fail later on what happened.

    Raises:
        BadInput: Naming the first.
    """
    for name in _CALLABLES:
        if not callable(given[name]):
            raise BadInput(name, given[name], f"hand in a callable that returns it, not the value: {name}=lambda: …")
    for name in _LISTS:
        for call in given[name]:
            _called(call, name)
    for name in ("facts", "effects"):
        for key, call in _named(given[name], name, "callable").items():
            _called(call, f"{name}.{key}")
    for channel, notifier in _named(given["notifiers"], "notifiers", "notifier").items():
        if not _has(notifier, "send"):
            remedy = "hand in a notifier that is made, with a method send(message)"
            raise BadInput(f"notifiers.{channel}", _kind(notifier), remedy)
    for key, calendar in _named(given["calendars"], "calendars", "Calendar(…)").items():
        if not isinstance(calendar, Calendar):
            raise BadInput(f"calendars.{key}", _kind(calendar), "hand in a Calendar, e.g. that of calendars.load")
    for name, (methods, remedy) in _METHODS.items():
        if given[name] is not None and not _has(given[name], *methods):
            raise BadInput(name, _kind(given[name]), f"{remedy}; it needs {', '.join(methods)}")
    for name in _TIMES:
        if not isinstance(given[name], timedelta) and not (name == "max_drift" and given[name] is None):
            raise BadInput(name, given[name], "use a timedelta, e.g. timedelta(minutes=5)")
    for name in _NUMBERS:
        if type(given[name]) is not int or given[name] < 1:
            raise BadInput(name, given[name], "use a whole number, 1 or more")


def _named(value: Any, field: str, what: str) -> Mapping[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput(field, _kind(value), f'use a mapping, e.g. {field}={{"name": {what}}}')
    return value


def _called(call: Any, field: str) -> None:
    if not callable(call):
        raise BadInput(field, call, "hand in a function, or another callable")


def _kind(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def _has(value: Any, *methods: str) -> bool:
    """Return whether something has these methods; a class that nobody has called does not count."""
    return not isinstance(value, type) and all(callable(getattr(value, method, None)) for method in methods)
