"""From a DMCA document as read to what the procedure takes in: contents and form. The texts themselves stay out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from caseload_parties import pseudonym
from dmca_reading import Reading, Verdict, normalise_repository
from sopflow import BadInput, Content, catalogue

PROCEDURE: Final = catalogue.find("us.dmca_512")


def form_of(reading: Reading) -> Mapping[str, str]:
    """Return the form of an instrument: the elements found, redacted ones included. The texts themselves stay out."""
    return {name: f"{verdict} in the text" for name, verdict in reading.elements.items() if verdict != Verdict.MISSING}


def named(instrument: str, element: str) -> str:
    """Return an element of an instrument with its article, for the person who left it out."""
    fields = {field.name: field for field in PROCEDURE.form_of[instrument].fields}
    return f"{element} ({fields[element].basis.text})"


def contents_named(notice: Reading, answer: Reading) -> tuple[str, ...]:
    """Return the ids of the contents of a notice that its answer names."""
    return tuple(f"c{n}" for n, name in enumerate(notice.repositories, 1) if name in answer.repositories)


def contents_of(reading: Reading) -> tuple[Content, ...]:
    """Return what a notice reports.

    Its repositories; if it names none, what else it names on the host (accounts, gists, pages), which is more likely to
    be reported than original; if none of that, its first address elsewhere, since the host serves other domains, too.
    """
    if reading.repositories:
        owner = {name: pseudonym("subscriber", name.split("/")[1]) for name in reading.repositories}
        return tuple(Content(locator=f"https://{name}", party=owner[name]) for name in reading.repositories)
    on_host, elsewhere = [], []
    for url in dict.fromkeys(url.strip("<>()[]{}\"'*_").rstrip(".,;:!?") for url in reading.document.urls):
        host = (urlsplit(url).hostname or "").removeprefix("www.") if _is_address(url) else ""
        if host == "gist.github.com" or host.endswith(".github.io"):
            on_host.append(Content(locator=url))
        elif host == "github.com" and not urlsplit(url).path.strip("/").count("/"):
            if normalise_repository(f"{url.rstrip('/')}/any"):  # not one of the host's own pages
                on_host.append(Content(locator=url, kind="account"))
        elif host and not host.endswith(("github.com", "github.blog")):
            elsewhere.append(Content(locator=url))
    return tuple(on_host or elsewhere[:1])


def _is_address(url: str) -> bool:
    try:
        Content(locator=url)
    except BadInput:
        return False
    return True
