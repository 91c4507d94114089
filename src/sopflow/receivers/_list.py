"""The desk's list as HTML: what waits, by deadline. Every value is escaped, every locator defanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import final
from urllib.parse import quote

from attrs import frozen

from ..compose import local
from . import _page
from ._http import Reply
from ._waiting import DATED, OVERDUE, UNDATED, Row
from ._words import word

SHOWN = 5
"""How many contents of a case the list shows; the message's own page shows more."""
_HEADS = {OVERDUE: "overdue", DATED: "dated", UNDATED: "undated"}


@final
@frozen(kw_only=True, slots=False)
class Card:
    """One row as it is shown.

    Attributes:
        row: What waits.
        contents: Id, outcome and defanged locator of each content.
        hidden: The fields of its form.
    """

    row: Row
    contents: Sequence[tuple[str, str, str]]
    hidden: Mapping[str, str]


def render(
    cards: Sequence[Card], language: str, zone: str, *, answered: str = "", after: str = "", following: str = "",
    too_many: int = 0,
) -> Reply:  # fmt: skip
    """Return the list.

    Args:
        cards: What is on this page, sorted.
        language, zone: Of its words and its instants.
        answered: The message whose receipt has just been recorded.
        after, following: Cursors of this and of the next page.
        too_many: So many cases are listed, and there are more.
    """

    def w(key: str, **values: object) -> str:
        return escape(word(key, language, **values))

    parts = [f'<p class="said" role="status">{w("answered", reference=answered)}</p>'] if answered else []
    if too_many:
        parts.append(f'<p class="said">{w("too_many", n=too_many)}</p>')
    for rank, head in _HEADS.items():
        items = "".join(_card(c, language, zone) for c in cards if c.row.rank == rank)
        if items:
            parts.append(
                f'<section aria-labelledby="{head}"><h2 id="{head}">{w(head)}</h2><ol class="cards">{items}</ol>'
            )
            parts.append("</section>")
    if not cards:
        parts.append(f'<p class="said">{w("no_more" if after else "nothing")}</p>')
    links = [f'<a href="?lang={language}">{w("first")}</a>'] if after else []
    links += [f'<a href="?after={quote(following)}&amp;lang={language}">{w("next")}</a>'] if following else []
    if links:
        parts.append(f'<p class="acts">{"".join(links)}</p>')
    body = f'<div id="list">{"".join(parts)}</div>'
    query = f"after={quote(after)}&" if after else ""
    return _page.reply(200, body, language, query=query, title="desk", skip=("list", "skip_list"))


def _card(card: Card, language: str, zone: str) -> str:
    def w(key: str) -> str:
        return escape(word(key, language))

    def time(at: datetime) -> str:
        return f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{escape(local(at, zone))}</time>'

    row = card.row
    asked = [w("confirm")] if row.confirm else []
    asked += [escape(text) + (f" ({w('paused')})" if paused else "") for text, paused in row.asked]
    asked = list(dict.fromkeys(asked))  # a duty to confirm says the same as the button
    facts = [(w("reference"), escape(row.message.id))] if row.message is not None else []
    facts.append((w("limit"), time(row.due)) if row.due is not None else (w("since"), time(row.since)))
    facts.append((w("asked"), "<br>".join(asked)))
    if card.contents:
        lines = [
            f"<b>{escape(id)}</b> <bdi>{escape(locator or word('erased', language))}</bdi>"
            for id, _, locator in card.contents[:SHOWN]
        ]
        if len(card.contents) > SHOWN:
            lines.append(escape(word("more", language, n=len(card.contents) - SHOWN)))
        facts.append((w("contents"), "<br>".join(lines)))
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    late = " late" if row.rank == OVERDUE else ""
    acts = _acts(card, language) if row.message is not None else ""
    return f'<li class="card{late}"><h3>{w("case")} {escape(row.case.id)}</h3><dl>{rows}</dl>{acts}</li>'


def _acts(card: Card, language: str) -> str:
    """Return what can be done: each control says aloud which message it is about."""
    assert card.row.message is not None
    id, where = escape(card.row.message.id), quote(card.row.message.id)
    whose = f'<span class="more"> ({id})</span>'
    form = ""
    if card.row.confirm:
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in card.hidden.items()
        )
        button = f"<button>{escape(word('confirm', language))}{whose}</button>"
        form = f'<form method="post" action="?lang={language}">{hidden}{button}</form>'
    link = f'<a href="?message={where}&amp;lang={language}">{escape(word("read", language))}{whose}</a>'
    return f'<div class="acts">{form}{link}</div>'
