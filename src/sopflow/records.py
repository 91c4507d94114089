"""What values can do: be compared, be succeeded, remember their text, and show themselves without secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from attrs import field

# --- frozen classes ----------------------------------------------------------------------------------------------


if TYPE_CHECKING:
    from attrs import frozen as frozen
else:

    def frozen(cls: type[Any] | None = None, *, eq: bool = True, repr: bool = True, **options: Any) -> Any:
        """Do what `attrs.frozen` does, but share what compares, hashes and shows values instead of compiling it.

        That halves the time that a hundred classes take to import.
        """

        def make(cls: type[Any]) -> type[Any]:
            own = {name for name in ("__eq__", "__hash__", "__repr__") if cls.__dict__.get(name)}
            made: Any = attrs.frozen(cls, eq=False, repr=False, **options)
            for name, shared in (("__eq__", _eq if eq else None), ("__hash__", _hash if eq else None),
                                 ("__repr__", _repr if repr else None)):  # fmt: skip
                if shared is not None and name not in own:
                    setattr(made, name, shared)
            return made

        return make if cls is None else make(cls)


def own_init(cls: Any) -> None:
    """Give a class what it inherits as an `__init__` of its own: a `TypeError` names the class that was called."""
    inherited = cls.__init__
    own = FunctionType(
        inherited.__code__, inherited.__globals__, "__init__", inherited.__defaults__, inherited.__closure__
    )
    own.__kwdefaults__, own.__annotations__ = inherited.__kwdefaults__, inherited.__annotations__
    own.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = own


@cache
def _compared(cls: Any) -> Callable[[Any], Any]:
    names = [f.name for f in attrs.fields(cls) if f.eq]
    return attrgetter(*names) if names else lambda value: ()


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = _compared(self.__class__)
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash((self.__class__, _compared(self.__class__)(self)))


def _repr(self: Any) -> str:
    shown = [f"{f.name}={getattr(self, f.name)!r}" for f in attrs.fields(type(self)) if f.repr]
    return f"{type(self).__qualname__.rpartition('>.')[2]}({', '.join(shown)})"


# --- what is kept with a case ------------------------------------------------------------------------------------


def personal(**kwargs: Any) -> Any:
    """Declare a field as personal: its value is in a side row, its salted digest in the journal, in no `repr`."""
    return field(metadata={"personal": True}, repr=False, **kwargs)


def is_personal(cls: Any, name: str) -> bool:
    """Return whether a class declares this field of its own as personal."""
    return bool(getattr(attrs.fields(cls), name).metadata.get("personal"))


class ReadOnly(dict[str, Any]):
    """A dictionary that says no to whoever would change it: the same value may be in use elsewhere."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[ReadOnly], tuple[dict[str, Any]]]:
        return ReadOnly, (dict(self),)


class _ReadOnlyList(list[Any]):
    """A list in a `ReadOnly`."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[_ReadOnlyList], tuple[list[Any]]]:
        return _ReadOnlyList, (list(self),)


def _no(self: object, *args: object, **kwargs: object) -> Any:
    raise TypeError("this is a value of the case and is never changed: state an event, or return Yield(data=…)")


for _name in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(ReadOnly, _name, _no)
for _name in ("__setitem__", "__delitem__", "__iadd__", "__imul__", "append", "clear", "extend", "insert", "pop",
              "remove", "reverse", "sort"):  # fmt: skip
    setattr(_ReadOnlyList, _name, _no)


def read_only(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a copy of a mapping that cannot be changed, nor what is in it."""
    return value if type(value) is ReadOnly else ReadOnly({k: _fixed(v) for k, v in value.items()})


def _fixed(value: Any) -> Any:
    if type(value) is dict:
        return read_only(value)
    return _ReadOnlyList(map(_fixed, value)) if type(value) is list else value


_R = TypeVar("_R")
_new, _set = object.__new__, object.__setattr__


def succeed(record: _R, /, **changes: Any) -> _R:
    """Return a record's successor: `attrs.evolve` for values that need no conversion, at a tenth of its cost."""
    new = _new(record.__class__)
    _set(new, "__dict__", record.__dict__ | changes)
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

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__  # a copy makes its text again
