"""The confirmation page as HTML: one document, no script, nothing loaded, every value escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import final

from attrs import Factory, frozen

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
    texts: Mapping[str, str] = Factory(dict)


def notice(status: int, key: str, language: str, back: bool = False) -> Reply:
    """Return a page that says one thing."""
    said = f'<p class="said" role="status">{escape(word(key, language))}</p>'
    if back:
        said += f'<p><a href="?lang={language}">{escape(word("back", language))}</a></p>'
    return _reply(status, said, language, back)


def message(shown: Shown, language: str) -> Reply:
    """Return the page that shows a message and the answers to it."""

    def w(key: str, **values: object) -> str:
        return escape(word(key, language, **values))

    rows = [("reference", shown.reference), ("from", shown.sender), ("to", shown.to), ("of", _when(shown.at))]
    if shown.due is not None:
        rows.append(("due", _when(shown.due)))
    facts = "".join(f"<dt>{w(key)}</dt><dd>{escape(value)}</dd>" for key, value in rows)
    items = "".join(
        f"<li><b>{escape(id)}</b> <bdi>{escape(locator or word('erased', language))}</bdi> "
        f"({_outcome(outcome, language)})</li>"
        for id, outcome, locator in shown.contents[:SHOWN]
    )
    if len(shown.contents) > SHOWN:
        items += f"<li>{w('more', n=len(shown.contents) - SHOWN)}</li>"
    state = w("confirmed", at=_when(shown.confirmed)) if shown.confirmed is not None else w("unconfirmed")
    forms = "".join(_form(offer, shown, language) for offer in shown.offers)
    body = (
        f"<h2>{w('about')}</h2><dl>{facts}</dl><h2>{w('contents')}</h2><ul>{items}</ul>"
        f'<p class="said">{state}</p><div id="answers">{forms}</div>'
    )
    return _reply(200, body, language, True)


def _form(offer: str, shown: Shown, language: str) -> str:
    def w(key: str) -> str:
        return escape(word(key, language))

    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in (("answer", offer), ("nonce", shown.nonce), ("lang", language))
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


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _reply(status: int, body: str, language: str, switch: bool) -> Reply:
    other = "".join(
        f' <a href="?lang={code}" lang="{code}" hreflang="{code}">{NAMES[code]}</a>'
        for code in LANGUAGES
        if code != language
    )
    title = escape(word("title", language))
    skip = f'<a class="skip" href="#answers">{escape(word("skip", language))}</a>' if "answers" in body else ""
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{skip}"
        f'<nav aria-label="{escape(word("language", language))}">{other if switch else ""}</nav>'
        f"<main><h1>{title}</h1>{body}</main></body></html>"
    )
    headers = (*HEADERS, ("Content-Language", language))
    return Reply(status=status, body=page.encode(), type="text/html; charset=utf-8", headers=headers)
