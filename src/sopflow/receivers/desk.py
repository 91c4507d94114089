"""The desk: a page that lists what waits for somebody, by deadline, and takes answers.

The host mounts it behind its own login and says who is there. Looking changes nothing; every answer is a POST that
another site cannot make, enters the inbox first, and is taken in once.
"""

from __future__ import annotations

import hmac
import inspect
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, final
from urllib.parse import quote, urlencode

import attrs

from .. import _log, canon
from ..case import Actor, Case, Evidence, Message
from ..errors import BadInput, UnknownProcedure
from ..ports import Inbound
from ..terms import zone as known_zone
from . import _answers, _list, _page, _waiting
from ._http import Endpoint, Reply, Request, Work, fields_of, query_of
from ._waiting import Reader, Row
from ._words import label as known_label
from ._words import language_of

Who = Callable[[Mapping[str, Any]], Actor | Awaitable[Actor | None] | None]
"""`(WSGI environ or ASGI scope) -> actor`, or None for somebody who has not logged in."""
_STEP = 200  # cases of one query


@final
class DeskPage(Endpoint):
    """Lists what waits for the actor's roles: overdue first, then by limit, then what has no limit.

    For the side whose file it is (the roles of `acting_as`, and others that the procedures put on the same side) that
    is every open case; for another side (an addressee's desk on the authority's machine) those cases of which it has
    been told and where its organisation is a party in that role. One button confirms receipt; the message's own page
    takes what else the procedure lets the actor state. Each form is bound to the actor and to its message, so that no
    other site can send it.

    Args:
        runner: Whose cases they are, and whose inbox takes in the answers.
        who: The host's login: who is there. It may be a coroutine function under ASGI.
        zone: IANA time zone in which instants are shown.
        label: `(what the procedure calls a duty, "en" or "id") -> its words in that language`, for procedures of your
            own; those of the bundled Indonesian ones are known.
        secret: At least 32 random bytes, the same wherever one desk is served by several processes; random ones, good
            until this process ends, when left out.
        page: How many cases a page lists.
        most: How many open cases are looked at for one list.
        new_nonce: Returns 16 or more random hexadecimal digits: one for each form shown.

    Raises:
        BadInput: For an unknown zone, a short secret (not shown), or a size below 1.
    """

    methods: ClassVar[tuple[str, ...]] = ("GET", "HEAD", "POST")

    def __init__(
        self,
        runner: Any,
        who: Who,
        *,
        zone: str = "UTC",
        label: Callable[[str, str], str] = known_label,
        secret: bytes | None = None,
        page: int = 50,
        most: int = 2000,
        new_nonce: Callable[[], str] = lambda: os.urandom(16).hex(),
    ) -> None:
        super().__init__(runner)
        known_zone(zone)
        if secret is not None and len(secret) < 32:
            raise BadInput("DeskPage.secret", "(not shown)", "hand in at least 32 random bytes")
        for name, value in (("page", page), ("most", most)):
            if value < 1:
                raise BadInput(f"DeskPage.{name}", value, "use 1 or more")
        self._who, self._zone, self._page, self._most = who, zone, page, most
        self._secret = secret if secret is not None else os.urandom(32)
        self._label, self._new_nonce = label, new_nonce
        self._ours = runner.our_side

    def failed(self, request: Request, status: int) -> Reply:
        """Return a page that says why the request was not handled."""
        key = str(status) if str(status) in ("400", "405", "413", "415", "503") else "400"
        return _page.notice(status, key, _language(request))

    def answer(self, request: Request) -> Work[Reply]:
        """Show the list or a message, or take in an answer."""
        language = _language(request)
        actor = self._who(request.given)
        if inspect.isawaitable(actor):
            actor = yield actor
        if actor is None:
            return _page.notice(403, "stranger", language)
        reader = Reader(actor=actor, ours=self._ours)
        now = canon.utc(self._runner.clock(), "clock()")
        if request.method == "POST":
            return (yield from self._take(request, reader, now, language))
        query = query_of(request)
        if query.get("message"):
            return (yield from self._message(query["message"], reader, now, language))
        return (yield from self._listed(query, reader, now, language))

    # --- looking -------------------------------------------------------------------------------------------------

    def _listed(self, query: Mapping[str, str], reader: Reader, now: datetime, language: str) -> Work[Reply]:
        rows, all = yield from self._rows(reader, now, language)
        after = query.get("after", "")
        left = [row for row in rows if _cursor(row) > after]
        cards = []
        for row in left[: self._page]:
            personal = yield self._runner.personal(row.case.id)
            message = row.message
            contents = _answers.described(self._runner, row.case, message, personal) if message is not None else []
            hidden = self._hidden(reader, message.id, "confirm") if message is not None else {}
            cards.append(_list.Card(row=row, contents=contents, hidden=hidden))
        answered = yield from self._visible(query.get("answered", ""), reader, now)
        return _list.render(
            cards, language, self._zone, after=after,
            answered=answered[1].id if answered is not None and answered[1].acknowledged is not None else "",
            following=_cursor(left[self._page - 1]) if len(left) > self._page else "",
            too_many=0 if all else self._most,
        )  # fmt: skip

    def _rows(self, reader: Reader, now: datetime, language: str) -> Work[tuple[list[Row], bool]]:
        """Return what waits, sorted, and whether every open case was looked at."""
        rows: dict[str, Row | None] = {}

        def called(case: Case, name: str) -> str:
            return self._called(case, name, language)

        for filters in reader.filters:
            after = ""
            while True:
                cases = yield self._runner.find(final=False, limit=_STEP, after=after, **filters)
                for case in cases:
                    if len(rows) >= self._most and case.id not in rows:
                        return _sorted(rows), False
                    rows[case.id] = _waiting.row(case, reader, called, now)
                if len(cases) < _STEP:
                    break
                after = cases[-1].id
        return _sorted(rows), True

    def _called(self, case: Case, name: str, language: str) -> str:
        """Return the words for an obligation or a state. States are labelled in the language of their law."""
        plain = name.replace("_", " ")
        try:
            rules = self._runner.rules_of(case)
        except UnknownProcedure:  # the case can be looked at all the same
            return plain
        state = rules.state_of.get(name)
        if name not in rules.obligation_of and state is not None:
            return (language != "en" and state.label) or plain
        return self._label(rules.obligation_of[name].label or plain, language)

    def _visible(self, id: str, reader: Reader, now: datetime) -> Work[tuple[Case, Message] | None]:
        """Return a message that has reached the reader, with its case, or None."""
        found = (yield from _answers.find(self._runner, id)) if 0 < len(id) <= 250 else None
        if found is None or found[1] not in reader.messages(found[0], now):
            return None
        return found

    def _message(self, id: str, reader: Reader, now: datetime, language: str) -> Work[Reply]:
        found = yield from self._visible(id, reader, now)
        if found is None:
            return _page.notice(404, "gone", language, back="to_list")
        case, message = found
        offers = yield from _answers.offers(self._runner, case, message, reader.actor)
        nonce = self._new_nonce()
        hidden = {"message": id, "token": self._token(reader, id, nonce)}
        shown = yield from _answers.shown(
            self._runner, case, message, offers, nonce, form=message.to in reader.ours, zone=self._zone, hidden=hidden,
            query=f"message={quote(id)}&", home=True,
        )  # fmt: skip
        return _page.message(shown, language)

    # --- answering -----------------------------------------------------------------------------------------------

    def _hidden(self, reader: Reader, id: str, answer: str) -> dict[str, str]:
        nonce = self._new_nonce()
        return {"answer": answer, "message": id, "nonce": nonce, "token": self._token(reader, id, nonce)}

    def _token(self, reader: Reader, id: str, nonce: str) -> str:
        """Return the proof that a form was shown by us, to this actor, for this message."""
        bound = canon.text([self._runner.tenant, reader.actor.id, reader.party, id, nonce])
        return hmac.digest(self._secret, f"sopflow.desk.1\n{bound}".encode(), "sha256").hex()

    def _take(self, request: Request, reader: Reader, now: datetime, language: str) -> Work[Reply]:
        if request.media_type != "application/x-www-form-urlencoded":
            return self.failed(request, 415)
        fields = fields_of(request.body)
        if fields is None:
            return self.failed(request, 413)
        kind, id, nonce = (fields.get(name, "") for name in ("answer", "message", "nonce"))
        genuine = len(id) <= 250 and _answers.NONCE.match(nonce) is not None and hmac.compare_digest(
            fields.get("token", "").encode(), self._token(reader, id, nonce).encode()
        )  # fmt: skip
        if not genuine or request.headers.get("sec-fetch-site", "") == "cross-site":
            _log.warning("sopflow.forged", receiver="desk", kept=False)
            return _page.notice(403, "stale", language, back="to_list")
        found = yield from self._visible(id, reader, now)
        if found is None:
            return _page.notice(404, "gone", language, back="to_list")
        case, message = found
        if kind == "confirm" and message.acknowledged is not None:
            return _see_list(id, language)
        offers = yield from _answers.offers(self._runner, case, message, reader.actor)
        if kind not in offers:
            return _page.notice(422, "not_offered", language, back="to_list")
        event = _answers.stated(self._runner, kind, fields, case, message)
        if event is None:
            query = f"message={quote(id)}&"
            return _page.notice(422, "incomplete", language, back="back", query=query)
        once = "" if kind == "confirm" else f":{nonce}"  # receipt is confirmed once; else a form is sent once
        item = Inbound(
            id=f"desk:{id}{once}",
            sender=reader.actor.id,
            authenticated=True,
            case=case.id,
            raw=request.body,
            digest=canon.digest(request.body if once else kind),
            event=attrs.evolve(event, by=reader.actor, at=now, evidence=Evidence.of(request.body, "desk page")),
        )
        done: Inbound = yield self._runner.receive(item)
        if done.status == "applied":
            return _see_list(id, language)
        key = "unfit" if done.status in ("rejected", "unmatched") else "kept"
        return _page.notice(200, key, language, back="to_list")


def _sorted(rows: Mapping[str, Row | None]) -> list[Row]:
    return sorted((row for row in rows.values() if row is not None), key=lambda row: row.key)


def _cursor(row: Row) -> str:
    """Return a row's place in the order, as text that sorts in the same way."""
    rank, at, id = row.key
    return f"{rank}~{canon.instant(at)}~{id}"


def _see_list(answered: str, language: str) -> Reply:
    """Return the way back to the list: a reload of it sends nothing again."""
    where = "?" + urlencode({"answered": answered, "lang": language})
    return Reply(status=303, headers=(*_page.HEADERS, ("Location", where)))


def _language(request: Request) -> str:
    return language_of(query_of(request).get("lang", ""), request.headers.get("accept-language", ""))
