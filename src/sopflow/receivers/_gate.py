"""What all receivers do with what comes in: say whose case it may touch, bound what is forged, read JSON safely.

Nothing here decides about a case: the inbox does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, final

from .. import canon
from ..case import Actor
from ..errors import CaseNotFound
from ..events import (
    DEADLINE_FACTS,
    SHARED,
    Attached,
    AttemptFailed,
    CalendarChanged,
    ContactListed,
    Event,
    LinkedCase,
    Opened,
    Unsent,
)
from ..ports import Inbound
from ._http import Work

KEPT_BYTES = 8 * 1024
"""How much of a forged item is kept. Its id is the digest of all of it."""

STATEABLE: dict[str, type[Event]] = {
    e.name: e
    for e in SHARED
    if not e.act
    and e not in (*DEADLINE_FACTS, Attached, AttemptFailed, CalendarChanged, ContactListed, LinkedCase, Opened, Unsent)
}
"""The facts that another side may state: not our acts, and not what the library itself finds out."""

# No control character and no half a character: not every store can keep them.
_MESSAGE = re.compile(r"[^\s@\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}-m[0-9]{1,9}\.[0-9]{1,9}\Z")
_IN_TEXT = re.compile(
    r"(?<![^\s<>\"'()\[\],;:=])[^\s@<>\"'()\[\],;:=\x00-\x1f\x7f-\x9f\ud800-\udfff]{0,200}-m[0-9]{1,9}\.[0-9]{1,9}"
    r"(?![0-9A-Za-z_-])"
)
_AROUND = re.compile(r"[<>\"'()\[\],;:=]")  # signs that stand around ids, and may stand in them
_BLANK = re.compile(r"\s")
_LOOKS = 16  # cases that are looked up for one text
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # not a backslash of its own before "u0000"
_NESTING = re.compile(r"[\[\]{}]")
_ENDS = ".!?:;\u2026\u3002\uff01\uff1f"
_CONFIRMS = frozenset(
    ("ok", "received", "confirmed", "receipt confirmed", "we confirm receipt", "i confirm receipt", "diterima",
     "sudah diterima", "dikonfirmasi", "terkonfirmasi", "kami konfirmasi", "penerimaan dikonfirmasi")
)  # fmt: skip


def case_of(message: str) -> str:
    """Return the case that a message id names."""
    return message.rpartition("-m")[0]


def is_message(id: str) -> bool:
    """Whether this may be the id of a message of ours."""
    return _MESSAGE.match(id) is not None


def _readings(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each message id in a text as it stands between signs (or ""), and how it reads with signs in it."""
    for found in _IN_TEXT.finditer(text):
        before = text[max(0, found.start() - 201) : found.start()]
        word = _BLANK.split(before)[-1]
        begins = [m.end() for m in _AROUND.finditer(word)][:-1]  # the last one ends where `found` begins
        if word and (len(word) < len(before) or len(word) == found.start()):
            begins.insert(0, 0)
        wider = [word[n:] + found[0] for n in reversed(begins)]
        yield found[0] if is_message(found[0]) else "", [w for w in wider if is_message(w)]


def written(runner: Any, text: str) -> Work[list[str]]:
    """Return the messages of ours that are named in a text, each once.

    A sign such as ":" or "(" may stand before an id or in it: where both can be read, what there is counts; where there
    is neither, the id without the sign.
    """
    found: dict[str, None] = {}
    looks = 0
    for plain, wider in _readings(text[:20_000]):
        known = []
        for id in (plain, *wider) if wider else ():
            if id and looks < _LOOKS:
                looks += 1
                if (yield from is_there(runner, id)):
                    known.append(id)
        found |= dict.fromkeys(known or ([plain] if plain else ()))
    return list(found)


def is_there(runner: Any, message: str) -> Work[bool]:
    """Whether there is a message of this id."""
    try:
        case = yield runner.case(case_of(message))
    except CaseNotFound:
        return False
    return case.message(message) is not None


def own_text(text: str) -> str:
    """Return what a reply says itself, on one line: without quoted lines and a signature.

    A signature is up to four short lines right under "-- ", none of which ends as a sentence does: whatever else
    stands there is part of the reply.
    """
    own: list[str] = []
    left: int | None = None  # lines that may still be of the signature
    for line in text.splitlines():
        said = line.strip()
        if left is None and line in ("--", "-- "):
            left = 4
        elif left and said and len(said) <= 60 and not said.startswith(">") and said[-1] not in _ENDS:
            left -= 1
        elif said.startswith(">"):
            continue
        elif said:
            own.append(said)
        elif left is not None:
            left = 0
    return " ".join(own)


def only_confirms(own: str) -> bool:
    """Whether what a reply says itself is that the message was received, and nothing else."""
    return own.strip(" .!").lower() in _CONFIRMS


def why_not(runner: Any, actor: Actor, case_id: str, message: str = "") -> Work[str]:
    """Return why this actor's organisation has no say about a case, or "". The procedure knows roles, not bodies.

    A case that does not exist gives "": the inbox says so itself.
    """
    try:
        case = yield runner.case(case_id)
    except CaseNotFound:
        return ""
    party = actor.organisation or actor.id
    if not any(party in ids for role, ids in case.parties.items() if role in actor.roles):
        return "its sender is no party of this case in that role"
    found = case.message(message) if message else None
    if found is not None and party not in (found.party, ""):
        return "the message was for another party"
    return ""


@final
class Budget:
    """How many forged items are kept in an hour, so that nobody fills the store: per receiver and process.

    Args:
        most: Items an hour.
        clock: The present instant.
    """

    def __init__(self, most: int, clock: Callable[[], datetime]) -> None:
        self.most = most
        self._clock = clock
        self._began: datetime | None = None
        self._used = 0

    def item(self, sender: str, raw: bytes, why: str) -> Inbound | None:
        """Return the item to keep, or None once the hour's are used up.

        Its sender is not the one it claims: it must not take the place of that one's items.
        """
        now = canon.utc(self._clock(), "clock()")
        if self._began is None or not timedelta(0) <= now - self._began < timedelta(hours=1):
            self._began, self._used = now, 0
        self._used += 1
        if self._used > self.most:
            return None
        if self._used == self.most:
            why += "; further ones are not kept for an hour"
        return Inbound(id=canon.digest(raw), sender=sender, raw=raw[:KEPT_BYTES], detail=why)


def parse_json(raw: bytes, depth: int = 16) -> Any:
    """Return a JSON value.

    Raises:
        ValueError: For what is not strict UTF-8 JSON: too deep, a key twice, not a number, a lone surrogate.
    """
    text = raw.decode("utf-8")
    level = 0
    for sign in _NESTING.findall(_STRING.sub("", text)):
        level += 1 if sign in "[{" else -1
        if level > depth:
            raise ValueError("nested too deeply")
    if _NUL.search(text):
        raise ValueError("a NUL character")
    value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # refuses lone surrogates
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
