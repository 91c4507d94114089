"""What the two journals say, side by side, and what the network did meanwhile."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from network import Handed

WIB = ZoneInfo("Asia/Jakarta")
Told = dict[str, Any]
"""A case as its side reports it: see `Side.report`."""


def _sentence(doc: dict[str, Any], told: Told) -> str:
    """Return an entry as a sentence, or "" for what only adds to another entry."""
    event, data = doc["event"], doc["event"].get("data", {})
    name, of, by = event["name"], event.get("of", ""), doc["by"]["id"]
    contact, channel, _, template = told["messages"].get(data.get("message", ""), ["", "", "", of])
    where = f"{contact} by {channel}" if contact else "us"
    if name in ("EffectGiven", "Refused"):
        outcomes = data.get("outcomes") or dict.fromkeys(data.get("contents", ()), "refused")
        done = ", ".join(f"{id} {outcome}" for id, outcome in sorted(outcomes.items()))
        return f"{by}: {done}"
    if name == "DeadlineBreached":
        tried = [m for m in doc["effects"].get("messages", []) if m.get("status") == "queued"]
        following = f"; next: {tried[0]['contact']} by {tried[0]['channel']}" if tried else ""
        silent = of.startswith("receipt:")
        return f"silence: nobody has confirmed the {of[8:]}{following}" if silent else f"{of} is overdue"
    words = {
        "Opened": f"a case is opened, by {by}",
        "Verified": f"{by} verifies the report",
        "Approved": f"{by} signs",
        "Issued": f"{by} issues the order",
        "Sent": f"{template} handed over for {where}",
        "AttemptFailed": f"no answer from {where}, attempt {data.get('attempt', '')}",
        "Unsent": f"{where} cannot be reached",
        "Delivered": f"{template} has reached {where}",
        "Acknowledged": f"{by} confirms receipt of the {of}",
        "DeadlineReminded": f"a reminder: {of.replace('_', ' ')} is still open",
    }
    return words.get(name) or str(name)


def _lines(told: Told, side: int) -> Iterator[tuple[str, int, int, datetime, str]]:
    for doc in told["entries"]:
        sentence = _sentence(doc, told)
        if doc.get("irregular"):
            sentence += " (irregular)"
        yield doc["now"], side, doc["seq"], datetime.fromisoformat(doc["now"]).astimezone(WIB), sentence


def side_by_side(ours: Told, theirs: Sequence[Told], width: int) -> str:
    """Return both journals of one order, the authority's to the left, in the order in which they were written."""
    heads = f"authority, case {ours['case']}", "platform, case " + (theirs[0]["case"] if theirs else "(none)")
    text = [f"{heads[0]:<{width}} | {heads[1]}", f"{'-' * width}-+-{'-' * width}"]
    day = ""
    rows = [*_lines(ours, 0), *(line for told in theirs for line in _lines(told, 1))]
    for _, side, _, at, sentence in sorted(rows, key=lambda row: row[:3]):
        today = f"{at:%A %d %B}"
        if today != day:
            text.append(f"{today:<{width}} |")
            day = today
        for line in textwrap.wrap(f"{at:%H:%M}  {sentence}", width, subsequent_indent=" " * 7):
            text.append(f"{line:<{width}} |" if side == 0 else f"{'':<{width}} | {line}")
    return "\n".join(text)


def rescued(ours: Told, handed: Sequence[Handed]) -> str:
    """Say what the network did to one order and its answers, and how the ladder got it through."""
    case = ours["case"]
    mine = [h for h in handed if h.id.startswith(f"{case}-m") or f".{case}-m" in h.id]
    text = [f"{case}: {len(mine)} transmissions, of which {_counted(mine) or 'none was harmed'}"]
    orders = [id for id, (_, _, _, template) in ours["messages"].items() if template == "order"]
    silences = {
        doc["event"]["data"]["deadline"].partition(":")[2]: doc
        for doc in ours["entries"] if doc["event"]["name"] == "DeadlineBreached"
    }  # fmt: skip
    for number, id in enumerate(orders, 1):
        contact, channel = ours["messages"][id][:2]
        what = _counted([h for h in mine if h.id == id], "passed") or "not sent"
        noticed = f"; silence noticed {_when(silences[id])}" if id in silences else ""
        text.append(f"    {number}. {contact} by {channel}: {what}{noticed}")
    confirmed = next((d for d in ours["entries"] if d["event"]["name"] == "Acknowledged"), None)
    if confirmed is None:
        text.append("    receipt was not confirmed in so many words")
    else:
        number = orders.index(confirmed["event"]["data"]["message"]) + 1
        text.append(f"    receipt of letter {number} confirmed, known {_when(confirmed)}")
    return "\n".join(text)


def _counted(handed: Sequence[Handed], *more: str) -> str:
    fates = Counter(h.fate for h in handed)
    words = ("lost", "answer lost", "delayed", "doubled", *more)
    return ", ".join(f"{fates[word]} {word}" for word in words if fates[word])


def _when(doc: dict[str, Any]) -> str:
    return f"{datetime.fromisoformat(doc['now']).astimezone(WIB):%a %H:%M}"


def repeated(told: Told) -> int:
    """Return how many entries state the same, on the same evidence, as another one does."""
    facts = Counter(
        (doc["event"]["name"], doc["by"]["id"], proof["digest"])
        for doc in told["entries"] if doc["by"]["id"] != "sopflow" for proof in doc.get("evidence", ())
    )  # fmt: skip
    return sum(n - 1 for n in facts.values())


def totals(handed: Sequence[Handed], overtaken: int) -> str:
    """Return what the network did in all."""
    kinds, fates = Counter(h.kind for h in handed), Counter(h.fate for h in handed)
    return (
        f"Handed to the network: {kinds['webhook']} webhooks, {kinds['mail']} mails. Lost {fates['lost']}, "
        f"answers lost {fates['answer lost']}, delayed {fates['delayed']}, doubled {fates['doubled']}; "
        f"{overtaken} arrived after what was sent later."
    )
