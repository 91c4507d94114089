"""Rows of JSON under ordered keys, listed in the order of an instant: all that the store needs of LMDB."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import attrs
import lmdb

from sopflow.canon import instant, parse_instant, utc

Lists = Sequence[Sequence[str]]


def key(*parts: str) -> bytes:
    """Return a key that sorts as its parts do, and is no longer than LMDB allows (511 bytes)."""
    found = b""
    for part in parts:
        text = part.encode()
        if len(text) > 80:  # \xfe is in no UTF-8 text: no short part can be taken for a long one
            text = text[:39] + b"\xfe" + hashlib.blake2b(text, digest_size=20).hexdigest().encode()
        found += text.replace(b"\0", b"\0\xff") + b"\0"
    return found


class Rows:
    """A transaction's rows.

    A row stands under its kind and id (the first part of an id is the tenant), and in any number of lists: a name and
    a value each, such as "state" and "ordered". A list is read in the order of the rows' instants, then of their ids.
    """

    def __init__(self, txn: lmdb.Transaction) -> None:
        self.txn = txn

    def whole(self, kind: str, *id: str) -> tuple[Any, str, list[list[str]]]:
        """Return a row (or None), its instant, and the lists in which it stands."""
        row, at, lists = json.loads(bytes(self.txn.get(key(kind, *id), b'[null, "", []]')))
        return row, at, lists

    def get(self, kind: str, *id: str) -> Any:
        """Return a row, or None."""
        return self.whole(kind, *id)[0]

    def put(self, kind: str, *id: str, row: Any, at: str = "", lists: Lists = ()) -> None:
        """Write a row, and list it where it belongs now."""
        self._unlist(kind, *id)
        self.txn.put(key(kind, *id), json.dumps([row, at, lists]).encode())
        for name, value in lists:
            self.txn.put(_place(kind, id, name, value, at), json.dumps(id[1:]).encode())

    def drop(self, kind: str, *id: str) -> None:
        """Remove a row."""
        self._unlist(kind, *id)
        self.txn.delete(key(kind, *id))

    def _unlist(self, kind: str, *id: str) -> None:
        _, at, lists = self.whole(kind, *id)
        for name, value in lists:
            self.txn.delete(_place(kind, id, name, value, at))

    def listed(
        self, kind: str, tenant: str, name: str, value: str, *, after: bytes = b""
    ) -> Iterator[tuple[bytes, list[str]]]:
        """Yield the place and the rest of the id of each row in a list, after a place."""
        for place, id in self._from(key(f"{kind} by", tenant, name, value), after):
            if place != after:
                yield place, json.loads(id)

    def under(self, kind: str, *id: str) -> Iterator[Any]:
        """Yield the rows whose ids begin so, in the order of their ids."""
        for _, found in self._from(key(kind, *id)):
            yield json.loads(found)[0]

    def _from(self, prefix: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        cursor = self.txn.cursor()
        more = cursor.set_range(prefix + start)
        while more and (found := bytes(cursor.key())).startswith(prefix):
            yield found[len(prefix) :], bytes(cursor.value())
            more = cursor.next()


def _place(kind: str, id: Sequence[str], name: str, value: str, at: str) -> bytes:
    return key(f"{kind} by", id[0], name, value, at, *id[1:])


INSTANTS = ("at", "resolved_at", "send_after", "expires", "leased", "received_at")


def values(of: Any) -> dict[str, Any]:
    """Return a message, incident or inbound item as JSON values."""
    row = attrs.asdict(of, recurse=False)
    for name, value in row.items():
        if isinstance(value, datetime):
            row[name] = instant(utc(value, name))
        elif isinstance(value, bytes):
            row[name] = base64.b64encode(value).decode()
    return row


def record(cls: Any, row: dict[str, Any]) -> Any:
    """Return what `values` was given."""
    fields = {f.name: row[f.name] for f in attrs.fields(cls)}
    for name, value in fields.items():
        if name in INSTANTS and value:
            fields[name] = parse_instant(value)
        elif name == "raw":
            fields[name] = base64.b64decode(value)
        elif isinstance(value, list):
            fields[name] = tuple(value)
    return cls(**fields)
