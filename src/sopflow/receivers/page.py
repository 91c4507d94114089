"""The page behind a confirmation link: GET shows what is being answered and changes nothing, POST answers.

A mail scanner that opens every link confirms nothing by it. The token is the only credential: there is no cookie that
another site could use, so the token in the form's address is the proof against cross-site requests as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, final

import attrs

from .. import _log, canon
from ..case import Actor, Case, Evidence, Message
from ..errors import BadInput
from ..ports import Inbound
from . import _answers, _gate, _page
from ._http import Endpoint, Reply, Request, Work, fields_of, query_of
from ._words import language_of
from .links import Links


@final
class ConfirmationPage(Endpoint):
    """Shows a message to the holder of its link, and takes the answers that the procedure lets the addressee give.

    Who answers is the contact to whom the message was sent, in the role and for the party it was sent to. What is sent
    through a link that has expired changes no case: it is kept as rejected, with an incident. The token is in the path:
    keep it out of your web server's access log.

    Args:
        runner: Whose cases they are, and whose inbox takes in the answers.
        links: Made the tokens.
        forged_per_hour: How many posts with a token that nobody sealed are kept.
        new_nonce: Returns 16 or more random hexadecimal digits: one for each form shown.
    """

    methods: ClassVar[tuple[str, ...]] = ("GET", "HEAD", "POST")

    def __init__(
        self,
        runner: Any,
        links: Links,
        *,
        forged_per_hour: int = 50,
        new_nonce: Callable[[], str] = lambda: os.urandom(16).hex(),
    ) -> None:
        super().__init__(runner)
        if links.tenant != runner.tenant:
            raise BadInput("links.tenant", links.tenant, f"use the runner's: {runner.tenant!r}")
        self._links = links
        self._budget = _gate.Budget(forged_per_hour, runner.clock)
        self._new_nonce = new_nonce

    def failed(self, request: Request, status: int) -> Reply:
        """Return a page that says why the request was not handled."""
        key = str(status) if str(status) in ("400", "405", "413", "415", "503") else "400"
        return _page.notice(status, key, _language(request))

    def answer(self, request: Request) -> Work[Reply]:
        """Show the message, or take in the answer."""
        language = _language(request)
        opened = self._links.open(request.last)
        found = (yield from _answers.find(self._runner, opened[0])) if opened is not None else None
        if opened is None or found is None:
            if request.method == "POST":
                item = self._budget.item("forged-link", request.body, "no such link")
                _log.warning("sopflow.forged", receiver="link", kept=item is not None)
                if item is not None:
                    yield self._runner.receive(item)
            return _page.notice(404, "wrong", language)
        case, message = found
        now = canon.utc(self._runner.clock(), "clock()")
        if request.method != "POST":
            if now > message.queued + self._links.lifetime:
                return _page.notice(410, "expired", language)
            shown = yield from self._shown(case, message, opened[1])
            return _page.message(shown, language)
        if request.media_type != "application/x-www-form-urlencoded":
            return self.failed(request, 415)
        return (yield from self._take(case, message, opened[1], request, now, language))

    def _offers(self, case: Case, message: Message, purpose: str) -> Work[list[str]]:
        all = purpose == "answer"
        return (yield from _answers.offers(self._runner, case, message, _actor(message), all=all))

    def _shown(self, case: Case, message: Message, purpose: str) -> Work[_page.Shown]:
        offers = yield from self._offers(case, message, purpose)
        return (yield from _answers.shown(self._runner, case, message, offers, self._new_nonce()))

    def _take(
        self, case: Case, message: Message, purpose: str, request: Request, now: datetime, language: str
    ) -> Work[Reply]:
        fields = fields_of(request.body)
        if fields is None:
            return self.failed(request, 413)
        kind, nonce = fields.get("answer", ""), fields.get("nonce", "")
        expired = now > message.queued + self._links.lifetime
        offers = yield from self._offers(case, message, purpose)
        if kind == "confirm" and message.acknowledged is not None and not expired:
            shown = yield from self._shown(case, message, purpose)
            return _page.message(shown, language)  # which says since when
        if kind not in offers:
            return _page.notice(422, "not_offered", language, back="back")
        event = _answers.stated(self._runner, kind, fields, case, message)
        if event is None or (kind != "confirm" and not _answers.NONCE.match(nonce)):
            return _page.notice(422, "incomplete", language, back="back")
        actor = _actor(message)
        once = "" if kind == "confirm" else f":{nonce}"  # receipt is confirmed once; else a form is sent once
        item = Inbound(
            id=f"link:{message.id}{once}{':expired' if expired else ''}",
            sender=actor.id,
            authenticated=not expired,
            case=case.id,
            raw=request.body,
            digest=canon.digest(request.body if once else kind),
            event=attrs.evolve(event, by=actor, at=now, evidence=Evidence.of(request.body, "confirmation page")),
            detail="its link has expired" if expired else "",
        )
        done: Inbound = yield self._runner.receive(item)
        if expired:
            return _page.notice(410, "expired_kept", language)
        key = {"applied": "done", "rejected": "unfit", "unmatched": "unfit"}.get(done.status, "kept")
        return _page.notice(200, key, language, back="back")


def _language(request: Request) -> str:
    return language_of(query_of(request).get("lang", ""), request.headers.get("accept-language", ""))


def _actor(message: Message) -> Actor:
    party = message.party or None
    return Actor(message.contact or party or "link-holder", {message.to}, party)
