"""What the contracts share: how a check is named and run, and how its failure reads. No test framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar, final

import attrs

from ..errors import shorten

_F = TypeVar("_F", bound=Callable[..., Any])


@final
class ContractBroken(AssertionError):
    """A store or notifier does not keep a promise.

    Attributes:
        check: Name of the check.
        capability: The capability that the promise belongs to.
        sentence: Whose fault it is and what was seen.
    """

    def __init__(self, check: str, capability: str, sentence: str) -> None:
        self.check = check
        self.capability = capability
        self.sentence = sentence
        super().__init__(f"{check} ({capability}): {sentence}")


class Check(NamedTuple):
    """One check of a contract.

    Attributes:
        name: Says the promise.
        capability: What a store or notifier needs for it to apply.
        run: Call it (for an async contract: await the call); raises `ContractBroken`.
    """

    name: str
    capability: str
    run: Callable[[], Any]


def check(capability: str) -> Callable[[_F], _F]:
    """Declare a method to be a check of this capability."""

    def mark(method: _F) -> _F:
        method.capability = capability  # type: ignore[attr-defined]
        return method

    return mark


class Contract:
    """The checks of a class: its methods that carry a capability, by name."""

    whose = "the store"
    _current: tuple[str, str] = ("", "")

    @classmethod
    def every(cls) -> Mapping[str, str]:
        """Return the name of every check there is, with its capability."""
        found: dict[str, str] = {}
        for base in reversed(cls.__mro__):
            for name, method in vars(base).items():
                capability = getattr(method, "capability", None)
                if isinstance(capability, str):
                    found[name] = capability
        return found

    def that(self, kept: bool, sentence: str) -> None:
        """Raise `ContractBroken` unless the promise is kept."""
        if not kept:
            raise ContractBroken(*self._current, f"{self.whose} {sentence}")

    def broken_by(self, error: Exception) -> ContractBroken:
        """Return the failure that an exception is, where none was expected."""
        return ContractBroken(*self._current, f"{self.whose} raised {type(error).__name__}: {error}")


def differences(expected: Any, seen: Any) -> str:
    """Say in which fields two records differ, without printing whole values."""
    return ", ".join(_differences(expected, seen)) or "nothing"


def _differences(expected: Any, seen: Any) -> Iterator[str]:
    if type(expected) is not type(seen) or not attrs.has(type(expected)):
        yield f"{shorten(seen)} instead of {shorten(expected)}"
        return
    for f in attrs.fields(type(expected)):
        one, other = getattr(expected, f.name), getattr(seen, f.name)
        if one != other:
            yield f"{f.name}: {shorten(other)} instead of {shorten(one)}"
