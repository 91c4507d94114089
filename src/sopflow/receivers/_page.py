"""A message with the answers to it as HTML: one document, no script, nothing loaded, every value escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import final

from attrs import Factory, frozen

from ..compose import local
from ._http import Reply
from ._words import LANGUAGES, NAMES, WORDS, word

_STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dd{margin:0;overflow-wrap:anywhere}
ul{padding-left:1.2rem}li,label{overflow-wrap:anywhere}
form{border:1px solid;border-radius:.4rem;padding:.5rem 1rem;margin:1rem 0}
fieldset{border:0;padding:0;margin:0 0 .75rem}legend{font-weight:600}
.row{display:block;margin:.35rem 0}
textarea{box-sizing:border-box;width:100%;min-height:6rem;font:inherit}
select,button{font:inherit}button{padding:.5rem 1rem;cursor:pointer}
summary{cursor:pointer;font-weight:600;padding:.5rem 0}
:focus-visible{outline:3px solid Highlight;outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}
.said{border-left:.4rem solid;padding:.5rem 1rem}
.text{white-space:pre-wrap}
.cards{list-style:none;padding:0}
.card{border:1px solid;border-radius:.4rem;padding:.25rem 1rem 1rem;margin:1rem 0}.late{border-left-width:.5rem}
.card h3{font-size:1rem;margin:.5rem 0;overflow-wrap:anywhere}.card ul{margin:0}
.acts{display:flex;flex-wrap:wrap;gap:.75rem 1.25rem;align-items:center;margin-top:.75rem}
.acts form{border:0;padding:0;margin:0}
.more{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:40rem){dl{display:block}dt{font-weight:600}dd{margin-bottom:.5rem}}
""".strip()
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = (
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("Vary", "Accept-Language"),
)
SHOWN = 200
"""How many contents a page lists; what is chosen for all of them holds for the others too."""
DONE = ("removed", "disabled", "not_found")


@final
@frozen(kw_only=True, slots=False)
class Shown:
    """What the page says about a message.

    Attributes:
        contents: Id, outcome and defanged locator of each content that is the addressee's.
        offers: The answers that may be given, in the order shown.
        nonce: Makes one rendering one submission.
        form: Name and value of the instrument's fields, for readers whose own file it is.
        zone: The time zone in which instants are shown.
        hidden: Further fields of each form.
        query: What links of the page keep, e.g. "message=…&".
        home: There is a list to go back to.
    """

    reference: str
    sender: str
    to: str
    at: datetime
    due: datetime | None = None
    confirmed: datetime | None = None
    contents: Sequence[tuple[str, str, str]] = ()
    offers: Sequence[str] = ()
    nonce: str = ""
    form: Sequence[tuple[str, str]] = ()
    zone: str = "UTC"
    hidden: Mapping[str, str] = Factory(dict)
    query: str = ""
    home: bool = False


def notice(status: int, key: str, language: str, back: str = "", query: str = "") -> Reply:
    """Return a page that says one thing, with a way back where `back` names its words."""
    said = f'<p class="said" role="status">{escape(word(key, language))}</p>'
    if back:
        said += f'<p><a href="?{query}lang={language}">{escape(word(back, language))}</a></p>'
    return reply(status, said, language, switch=bool(back), query=query)


def message(shown: Shown, language: str) -> Reply:
    """Return the page that shows a message and the answers to it."""

    def w(key: str, **values: object) -> str:
        return escape(word(key, language, **values))

    rows = [("reference", shown.reference), ("from", shown.sender), ("to", shown.to)]
    rows.append(("of", local(shown.at, shown.zone)))
    if shown.due is not None:
        rows.append(("due", local(shown.due, shown.zone)))
    facts = "".join(f"<dt>{w(key)}</dt><dd>{escape(value)}</dd>" for key, value in rows)
    facts += "".join(f'<dt>{escape(name)}</dt><dd class="text">{escape(value)}</dd>' for name, value in shown.form)
    items = "".join(
        f"<li><b>{escape(id)}</b> <bdi>{escape(locator or word('erased', language))}</bdi> "
        f"({_outcome(outcome, language)})</li>"
        for id, outcome, locator in shown.contents[:SHOWN]
    )
    if len(shown.contents) > SHOWN:
        items += f"<li>{w('more', n=len(shown.contents) - SHOWN)}</li>"
    state = w("unconfirmed")
    if shown.confirmed is not None:
        state = w("confirmed", at=local(shown.confirmed, shown.zone))
    forms = "".join(_form(offer, shown, language) for offer in shown.offers)
    body = (
        f"<h2>{w('about')}</h2><dl>{facts}</dl><h2>{w('contents')}</h2><ul>{items}</ul>"
        f'<p class="said">{state}</p><div id="answers">{forms}</div>'
    )
    if shown.home:
        body = f'<p><a href="?lang={language}">{w("to_list")}</a></p>{body}'
    return reply(200, body, language, query=shown.query)


def _form(offer: str, shown: Shown, language: str) -> str:
    def w(key: str) -> str:
        return escape(word(key, language))

    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in (("answer", offer), ("nonce", shown.nonce), ("lang", language), *shown.hidden.items())
    )
    if offer == "confirm":
        fields = f"<p>{w('confirm_note')}</p>"
        button = w("confirm")
        return f'<form method="post">{hidden}{fields}<button>{button}</button></form>'
    ids = [(id, locator or word("erased", language)) for id, _, locator in shown.contents[:SHOWN]]
    if offer == "effect":
        options = "".join(f'<option value="{o}">{w(o)}</option>' for o in DONE)
        none = f'<option value="">{w("no_change")}</option>'
        choices = [("all", word("all", language))] if len(shown.contents) > 1 else []
        choices += [(f"c.{id}", f"{id} {locator}") for id, locator in ids]
        rows = "".join(
            f'<label class="row"><bdi>{escape(text)}</bdi><br>'
            f'<select name="{escape(name)}">{none}{options}</select></label>'
            for name, text in choices
        )
        text = ""
    else:
        choices = [("all", word("every", language))] if len(shown.contents) > 1 else []
        choices += [(f"c.{id}", f"{id} {locator}") for id, locator in ids]
        first = len(choices) == 1
        rows = "".join(
            f'<label class="row"><input type="checkbox" name="{escape(name)}" value="1"{" checked" if first else ""}> '
            f"<bdi>{escape(label)}</bdi></label>"
            for name, label in choices
        )
        needed = offer in NEEDS_REASON
        key = {"clarify": "question", "restore": "note"}.get(offer, "reason")
        text = (
            f'<label class="row">{w(key)}<br><textarea name="reason" maxlength="{REASON}"'
            f"{' required' if needed else ''}></textarea></label>"
        )
    return (
        f'<details><summary>{w(offer)}</summary><form method="post">{hidden}'
        f"<fieldset><legend>{w('for')}</legend>{rows}</fieldset>{text}<button>{w('send')}</button></form></details>"
    )


NEEDS_REASON = frozenset(("refuse", "clarify", "impossible"))
REASON = 4000
"""Characters of a reason."""


def _outcome(outcome: str, language: str) -> str:
    key = "impossible_outcome" if outcome == "impossible" else outcome
    return escape(word(key, language) if key in WORDS else outcome)


def reply(
    status: int, body: str, language: str, *, switch: bool = True, query: str = "", title: str = "title",
    skip: tuple[str, str] = ("answers", "skip"),
) -> Reply:  # fmt: skip
    """Return a document.

    Args:
        status: Of HTTP.
        body: What is in it, as HTML.
        language: Of its words.
        switch: Whether it offers the other languages.
        query: What their links keep.
        title: The key of its heading.
        skip: Where the link past the navigation leads, and the key of its words.
    """
    other = "".join(
        f' <a href="?{escape(query)}lang={code}" lang="{code}" hreflang="{code}">{NAMES[code]}</a>'
        for code in LANGUAGES
        if code != language
    )
    heading, (target, words) = escape(word(title, language)), skip
    past = f'<a class="skip" href="#{target}">{escape(word(words, language))}</a>' if f'id="{target}"' in body else ""
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{heading}</title>'
        f"<style>{_STYLE}</style></head><body>{past}"
        f'<nav aria-label="{escape(word("language", language))}">{other if switch else ""}</nav>'
        f"<main><h1>{heading}</h1>{body}</main></body></html>"
    )
    headers = (*HEADERS, ("Content-Language", language))
    return Reply(status=status, body=page.encode(), type="text/html; charset=utf-8", headers=headers)
