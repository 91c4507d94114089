"""What every value kept with a case can do: be succeeded, remember its JSON values, and show itself without secrets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import attrs
from attrs import field


def personal(**kwargs: Any) -> Any:
    """Declare a field as personal: its value goes to a side row, the journal holds a salted digest."""
    return field(metadata={"personal": True}, **kwargs)


_R = TypeVar("_R")


@cache
def _slots(cls: Any) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[Callable[[Any, Any], None], ...], dict[str, Any]]:
    names = [f.name for f in attrs.fields(cls)]
    put = {name: getattr(cls, name).__set__ for name in names}
    return attrgetter(*names), tuple(put.values()), put


def succeed(record: _R, **changes: Any) -> _R:
    """Return a record's successor: `attrs.evolve` for values that need no conversion, at a fifth of its cost."""
    cls = type(record)
    get, puts, put = _slots(cls)  # type: ignore[arg-type]
    new = object.__new__(cls)
    for set_, value in zip(puts, get(record), strict=True):
        set_(new, value)
    for name, value in changes.items():
        put[name](new, value)
    return new


class Shown:
    """Shows what is filled in, and of personal fields only that they are: a `repr` ends up in logs and tracebacks."""

    __slots__ = ()

    def __repr__(self) -> str:
        parts = []
        for f in attrs.fields(type(self)):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            if value not in (None, "", (), {}, 0):
                parts.append(f"{f.name}=…" if f.metadata.get("personal") else f"{f.name}={value!r}")
        return f"{type(self).__qualname__}({', '.join(parts)})"


class Record(Shown):
    """What is kept with a case and written to the journal. It remembers its JSON values once they were made."""

    __slots__ = ("_doc",)

    _doc: dict[str, Any]
