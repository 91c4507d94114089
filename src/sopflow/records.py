"""What every value kept with a case can do: be succeeded, remember its JSON values, and show itself without secrets."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs
from attrs import field


def personal(**kwargs: Any) -> Any:
    """Declare a field as personal: its value goes to a side row, the journal holds a salted digest."""
    return field(metadata={"personal": True}, **kwargs)


_R = TypeVar("_R")


def succeed(record: _R, **changes: Any) -> _R:
    """Return a record's successor: `attrs.evolve` for values that need no conversion, at a tenth of its cost."""
    new = object.__new__(type(record))
    values = new.__dict__
    values.update(record.__dict__)
    values.update(changes)
    return new


def same(one: object, other: object) -> bool:
    """Return whether two records of one class are equal: `==` at a fifth of its cost."""
    return one.__dict__ == other.__dict__


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
    """What is kept with a case and written to the journal. It remembers its canonical text once that was made."""

    __slots__ = ("_text",)

    _text: str
