"""Directories that change while a program runs: a TOML file, and a table in the store.

Both answer from memory. `StaticDirectory` is in `sopflow.directory`.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

from . import _log, canon
from .directory import Organisation, PointOfContact, Rung, StaticDirectory
from .errors import BadInput
from .register import KINDS, from_doc

_HEADER = re.compile(r"\s*\[\[?\s*([^\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w\"'-]+)(?:\s*\.\s*[\w\"'-]+)*\s*=")
_PLACE = re.compile(r"(\w+)(?:\[(\d+)\])?\.?")


class _Answers:
    """What every directory answers, from the values that it has now."""

    _now: StaticDirectory

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        """Everybody listed now."""
        return self._now.organisations

    def ladder(self, party: str) -> tuple[Rung, ...]:
        """Return the rungs of a party, and its duty officers'; empty for an unknown party."""
        return self._now.ladder(party)

    def address(self, contact: str, channel: str) -> str:
        """Return the address of a contact on a channel, or ""."""
        return self._now.address(contact, channel)

    def contact(self, contact: str) -> PointOfContact | None:
        """Return the point of contact with this id, or None."""
        return self._now.contact(contact)

    def organisation(self, id: str) -> Organisation | None:
        """Return the organisation with this id, or None."""
        return self._now.organisation(id)


@final
class TomlDirectory(_Answers):
    """A directory in a TOML file, read again when the file changes.

        verify_days = 180                        # for every contact that does not say otherwise

        [[provider]]                             # or [[authority]], [[flagger]]
        id = "telegram"
        [[provider.contacts]]
        id = "telegram-desk"
        role = "trust_and_safety"
        channels = { email = "abuse@platform.example" }
        languages = ["id", "en"]
        zone = "Asia/Jakarta"
        hours = "Mon-Fri 09:00-17:00"
        verified = 2026-11-01

    The fields are those of `Provider`, `Authority`, `Flagger` and `PointOfContact`. Where a changed file cannot be
    used, or names nobody any more, what was read before stays in force: `problem` says why, a log line that it is so,
    and `tick` opens an incident.

    Args:
        path: The file.
        every: Look for changes at most this often, in seconds.

    Raises:
        BadInput: Naming file, line, key, value and remedy; names and addresses are not quoted.
    """

    def __init__(self, path: str | Path, *, every: float = 1.0) -> None:
        self.path = Path(path)
        self.problem = ""
        self._every = every
        self._lock = threading.Lock()
        try:
            self._seen = self._state()
            self._now = read(self.path.name, self.path.read_bytes())
        except OSError as error:
            raise BadInput(
                "directory file", self.path.name, f"name a file that can be read ({error.strerror})"
            ) from None
        self._looked = time.monotonic()

    def _state(self) -> tuple[int, int, int]:
        found = self.path.stat()
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def refresh(self) -> None:
        """Look now whether the file has changed."""
        with self._lock:
            self._looked = time.monotonic()
            try:
                state = self._state()
                if state == self._seen and not self.problem.startswith("cannot be read"):
                    return
                data = self.path.read_bytes()
            except OSError as error:
                self._broken(f"cannot be read: {error.strerror}")
                return
            self._seen = state
            try:
                found = read(self.path.name, data)
            except BadInput as error:
                self._broken(str(error))
                return
            if self._now.organisations and not found.organisations:  # so a file looks that is just being written
                self._broken("names no organisation any more: write it whole, or leave one in it")
                return
            self._now, self.problem = found, ""
            _log.info("sopflow.directory_changed", file=self.path.name, digest=canon.digest(data.decode())[:16])

    def _broken(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            _log.warning("sopflow.directory_broken", file=self.path.name)

    def ladder(self, party: str) -> tuple[Rung, ...]:
        """Return the rungs of a party, and its duty officers'; empty for an unknown party."""
        self._look()
        return self._now.ladder(party)

    def organisation(self, id: str) -> Organisation | None:
        """Return the organisation with this id, or None."""
        self._look()
        return self._now.organisation(id)

    def _look(self) -> None:
        if time.monotonic() - self._looked >= self._every:
            self.refresh()


@final
class StoreDirectory(_Answers):
    """A directory in the runner's own store, changed by `Runner.register` and `unregister`, with a journal.

    The runner reads it in the transaction of each step, so every worker sees each change at once, and the host's open
    transaction sees its own: nobody else does before it is committed. A value of this class belongs to one runner.
    """

    def __init__(self) -> None:
        self._now = StaticDirectory(())
        self._shown = self._seen = ("", "", self._now, "")  # whose, its journal's last hash, what it says and lacks
        self.problem = ""

    @property
    def behind(self) -> bool:
        """Whether a transaction, which may not be committed, has seen another directory than is shown."""
        return self._seen[:2] != self._shown[:2]

    def at(self, tenant: str, head: str) -> StaticDirectory | None:
        """Return the directory whose journal ends with this hash, if it is known. Called by the runner, as the others.

        A transaction goes by this, and not by what is shown: others may have been shown something else meanwhile.
        """
        return next((known[2] for known in (self._shown, self._seen) if known[:2] == (tenant, head)), None)

    def take(
        self, tenant: str, head: str, organisations: Sequence[Organisation], passed_over: int = 0
    ) -> StaticDirectory:
        """Return the directory whose journal ends with this hash, and know it; nobody is shown it yet.

        Args:
            tenant: Whose directory.
            head: The hash.
            organisations: Those that can be read.
            passed_over: How many cannot: once it is shown, `problem` says so, and `tick` opens an incident.
        """
        problem = ""
        if passed_over:
            problem = (
                f"{passed_over} of the directory's rows cannot be read, and all goes on without: verify_register says "
                "whose; register these organisations anew"
            )
        found = StaticDirectory(organisations)
        self._seen = (tenant, head, found, problem)
        return found

    def show(self, tenant: str, head: str, directory: StaticDirectory) -> None:
        """Answer from a directory that is committed."""
        known = [k for k in (self._seen, self._shown) if k[:2] == (tenant, head)]
        self.problem = known[0][3] if known else ""
        self._shown = self._seen = (tenant, head, directory, self.problem)
        self._now = directory


# --- the file ------------------------------------------------------------------------------------------------------


def read(name: str, data: bytes) -> StaticDirectory:
    """Return the directory that a TOML file describes.

    Args:
        name: The file's name, for errors.
        data: Its bytes.

    Raises:
        BadInput: Naming file, line, key, value and remedy.
    """
    import tomllib  # it takes long to import

    try:
        text = data.decode("utf-8-sig")  # as some editors save it
        doc = tomllib.loads(text)
    except UnicodeDecodeError:
        raise BadInput(name, "(not UTF-8)", "save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+)", str(error))
        raise BadInput(f"{name}, line {where[1] if where else 1}", "(no TOML)", f"correct it: {error}") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
        raise BadInput(f"{name}, line 1", "(no TOML)", f"correct it ({type(error).__name__})") from None
    try:
        return StaticDirectory(_organisations(doc))
    except BadInput as error:
        if error.field in ("organisation.id", "contact.id"):  # given twice
            quoted = rf"\s*id\s*=\s*[\"']{re.escape(error.value.strip(chr(39)))}[\"']"
            lines = [n for n, line in enumerate(text.splitlines(), 1) if re.match(quoted, line)]
            number = lines[-1] if lines else 1
        else:
            number = line_of(text, error.field)
        raise _at(f"{name}, line {number}: {error.field}", error) from None


def _at(place: str, error: BadInput) -> BadInput:
    found = BadInput(place, "", error.remedy)
    found.value = error.value
    found.args = (f"{place}: {error.value} cannot be used; {error.remedy}",)
    return found


def _organisations(doc: Mapping[str, Any]) -> list[Organisation]:
    defaults: dict[str, Any] = {}
    found: list[Organisation] = []
    for key, value in doc.items():
        if key == "verify_days":
            if type(value) is not int or value < 0:
                raise BadInput(key, value, "write a number of days")
            defaults[key] = value
        elif key not in KINDS:
            raise BadInput(key, "(unknown)", f"use verify_days, [[{']], [['.join(KINDS)}]]")
        elif not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise BadInput(key, type(value).__name__, f"begin each one with [[{key}]]")
    for key in KINDS:
        for n, value in enumerate(doc.get(key, ())):
            if "kind" in value:
                raise BadInput(f"{key}[{n}].kind", "(unknown)", "remove it: the header of the table says it")
            found.append(from_doc({"kind": key, **value}, f"{key}[{n}].", defaults))
    return found


def line_of(text: str, place: str) -> int:
    """Return the line of a key such as "provider[1].contacts[0].zone", or of the nearest table around it."""
    wanted = [(name, int(number) if number else None) for name, number in _PLACE.findall(place)]
    best, length = 1, 0
    here: list[tuple[str, int | None]] = []
    counts: dict[tuple[Any, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            names = [part.strip().strip("\"'") for part in header[1].split(".")]
            here = here[: len(names) - 1] if [n for n, _ in here[: len(names) - 1]] == names[:-1] else []
            here += [(n, None) for n in names[len(here) : -1]]
            at = counts.get((*here, names[-1]), -1) + 1
            counts[(*here, names[-1])] = at
            here = [*here, (names[-1], at if line.lstrip().startswith("[[") else None)]
            reached = here
        else:
            key = _KEY.match(line)
            if key is None:
                continue
            reached = [*here, (key[1].strip("\"'"), None)]
        same = 0
        for (name, at_), (wanted_name, wanted_at) in zip(reached, wanted, strict=False):
            if name != wanted_name or (None not in (at_, wanted_at) and at_ != wanted_at):
                break
            same += 1
        if same == len(reached) and same > length:
            best, length = number, same
    return best
