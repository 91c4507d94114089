"""The confirmation page: looking changes nothing, sending answers, and nobody but the addressee is believed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from sopflow import (
    Actor,
    Approved,
    BadInput,
    ClarificationGiven,
    ClarificationRequested,
    EffectGiven,
    Issued,
    Notice,
    OrderVoided,
    Runner,
    StoreError,
    Verified,
)
from sopflow.receivers import ConfirmationPage
from sopflow.receivers._words import LANGUAGES, WORDS, language_of

from .world import AGENCY, OFFICER, PLATFORM, PROCEDURE, World, call, links, options, serve_asgi, serve_wsgi

COURT = Actor("court-1", {"court"}, "court")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Page:
    """The page over real HTTP, and the world behind it."""

    def __init__(self, world: World, page: ConfirmationPage, port: int) -> None:
        self.world, self.page, self.port = world, page, port
        self.path = "/c/" + links().token(world.message)

    def get(self, path: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        return call(self.port, "GET", path or self.path, headers=headers)

    def post(self, path: str = "", lang: str = "en", **fields: str) -> tuple[int, dict[str, str], str]:
        given = {"answer": "confirm", "nonce": "0" * 32, **{k.replace("__", "."): v for k, v in fields.items()}}
        return call(self.port, "POST", f"{path or self.path}?lang={lang}", urlencode(given).encode(), FORM)


@pytest.fixture(params=["wsgi", "asgi"])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    colour = "async" if request.param == "asgi" else "sync"
    world = World(colour=colour)
    made = ConfirmationPage(world.runner_async or world.runner, links())
    with serve_asgi(made.asgi) if colour == "async" else serve_wsgi(made.wsgi) as port:
        yield Page(world, made, port)


# --- looking -------------------------------------------------------------------------------------------------------


def test_opening_the_link_shows_what_is_confirmed_and_changes_nothing(page: Page) -> None:
    before = page.world.case
    for _ in range(3):  # a mail scanner, then another, then a person
        status, _, text = page.get()
        assert status == 200
    assert call(page.port, "HEAD", page.path)[2] == ""
    assert page.world.case == before and page.world.runner.inbox() == ()
    assert "5f1c0de-m4.1" in text and "hxxps://t[.]me/secret_one" in text and "Confirm receipt" in text
    assert "https://t.me" not in text, "nobody opens reported content by accident"


def test_the_page_says_strictly_what_a_browser_may_do_with_it(page: Page) -> None:
    _, headers, text = page.get()
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert "form-action 'self'" in policy and "frame-ancestors 'none'" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "<script" not in text and not re.search(r"<[^>]* on\w+=", text)
    assert not re.findall(r"""(?:src|href)=["'](?![?#])""", text), "nothing is loaded, nothing leads away"


def test_the_page_speaks_indonesian_when_the_browser_or_the_link_says_so(page: Page) -> None:
    for status, headers, text in (
        page.get(**{"Accept-Language": "id-ID,id;q=0.9,en;q=0.5"}),
        page.get(f"{page.path}?lang=id"),
    ):
        assert status == 200 and headers["content-language"] == "id"
        assert '<html lang="id">' in text and "Konfirmasi penerimaan" in text
    assert page.get(f"{page.path}?lang=en", **{"Accept-Language": "id"})[1]["content-language"] == "en"
    assert "Penerimaan telah dikonfirmasi" not in page.get(f"{page.path}?lang=id")[2]
    assert "Terima kasih" in page.post(lang="id")[2]


def test_every_text_of_the_page_is_there_in_every_language() -> None:
    for key, texts in WORDS.items():
        assert set(texts) == set(LANGUAGES), key
        assert len({frozenset(re.findall(r"{(\w+)}", t)) for t in texts.values()}) == 1, key


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [("", "en"), ("fr", "en"), ("in", "id"), ("fr, id;q=0.2", "id"), ("en;q=0.1, id;q=0.9", "id"), ("id;q=0", "en"),
     (";;q=,,x;q=nan,id;q=inf", "id"), ("id;q=" + "9" * 10_000, "id")],
)  # fmt: skip
def test_a_browsers_wish_is_understood_and_garbage_is_english(accepted: str, expected: str) -> None:
    assert language_of("", accepted) == expected


class _Reader(HTMLParser):
    """Collects what a keyboard reaches, and whether it has a name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.reached: list[str] = []
        self.unnamed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag not in ("input", "meta", "br"):
            self.stack.append(tag)
        if tag in ("button", "select", "textarea", "summary", "a") or (
            tag == "input" and given.get("type") != "hidden"
        ):
            self.reached.append(tag)
            if tag in ("select", "textarea", "input") and "label" not in self.stack:
                self.unnamed.append(tag)
        assert "tabindex" not in given

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag, "well formed"


def test_all_of_it_works_with_the_keyboard_and_every_field_has_a_name(page: Page) -> None:
    read = _Reader(page.get()[2])
    assert read.stack == [] and read.unnamed == []
    assert read.reached[0] == "a", "the way past the navigation comes first"
    assert read.reached.count("button") >= 5


# --- confirming ----------------------------------------------------------------------------------------------------


def test_sending_the_form_confirms_receipt_once_in_the_name_of_the_contact(page: Page) -> None:
    assert page.post()[0] == 200
    case = page.world.case
    assert (page.world.order.status, case.state) == ("acknowledged", "acknowledged")
    entry = page.world.runner.journal(case.id)[-1]
    assert entry.event == "Acknowledged" and not entry.irregular
    assert entry.doc["by"] == {"id": "telegram-desk", "roles": ["platform"], "organisation": "telegram"}
    status, _, text = page.post()
    assert status == 200 and "Receipt was confirmed on 2017-08-10 02:00 UTC" in text
    assert page.world.case.revision == case.revision
    (item,) = page.world.runner.inbox()
    assert (item.status, item.authenticated, b"answer=confirm" in item.raw) == ("applied", True, True)
    assert "Receipt was confirmed" in page.get()[2]


def test_a_link_of_one_purpose_is_none_of_the_other(page: Page) -> None:
    narrow = "/c/" + links().token(page.world.message, "confirm")
    assert "<textarea" not in page.get(narrow)[2] and "Confirm receipt" in page.get(narrow)[2]
    status, _, text = page.post(narrow, answer="refuse", all="1", reason="no")
    assert status == 422 and "not possible" in text
    assert page.world.runner.inbox() == ()
    assert page.post(narrow)[0] == 200 and page.world.order.status == "acknowledged"


# --- answering -----------------------------------------------------------------------------------------------------


def test_effect_is_reported_per_content(page: Page) -> None:
    assert page.post(answer="effect", c__c1="removed")[0] == 200
    assert page.world.case.outcomes() == {"c1": "removed", "c2": "pending"}
    page.world.clock.advance(minutes=1)
    assert page.post(answer="effect", nonce="1" * 32, all="not_found", c__c1="")[0] == 200
    assert page.world.case.outcomes() == {"c1": "not_found", "c2": "not_found"}
    assert page.world.case.state == "taken_down"
    assert page.world.kinds() == []


def test_one_form_sent_twice_is_one_statement_and_a_fresh_form_is_another(page: Page) -> None:
    nonces = set(re.findall(r'name="nonce" value="(\w+)"', page.get()[2] + page.get()[2]))
    assert len(nonces) == 2
    first, second = nonces
    for nonce in (first, first, second):
        assert page.post(answer="effect", c__c1="disabled", nonce=nonce)[0] == 200
    assert [e.event for e in page.world.runner.journal(page.world.case_id)].count("EffectGiven") == 2


def test_a_form_that_is_changed_and_sent_again_says_something_else(page: Page) -> None:
    assert page.post(answer="effect", c__c1="disabled")[0] == 200
    page.world.clock.advance(minutes=1)
    assert page.post(answer="effect", c__c1="removed")[0] == 200
    assert page.world.case.outcomes()["c1"] == "removed" and page.world.kinds() == ["ambiguous"]


def test_a_refusal_carries_its_reasons_into_the_side_row_only(page: Page) -> None:
    status, _, text = page.post(answer="refuse", c__c2="1", reason="Jane says: no offence <script>")
    assert status == 200 and "recorded" in text
    assert page.world.case.outcomes() == {"c1": "pending", "c2": "refused"}
    assert "Jane" not in page.world.runner.journal(page.world.case_id)[-1].text
    assert any("Jane says" in str(v) for v in page.world.runner.personal(page.world.case_id).values())


def test_clarification_and_impossibility_are_stated_for_all_of_it(page: Page) -> None:
    page.post(answer="clarify", all="1", reason="which account?")
    assert set(page.world.case.outcomes().values()) == {"clarifying"}
    page.post(answer="impossible", all="1", reason="the disk burnt", nonce="2" * 32)
    assert set(page.world.case.outcomes().values()) == {"impossible"}


@pytest.mark.parametrize(
    "fields",
    [{"answer": "refuse", "all": "1"}, {"answer": "refuse", "reason": "r"}, {"answer": "effect"},
     {"answer": "effect", "all": "restored"}, {"answer": "effect", "c.c9": "removed"}, {"answer": "clarify", "c.c1": "1", "reason": "  "},
     {"answer": "refuse", "all": "1", "reason": "x" * 9000}, {"answer": "refuse", "all": "1", "reason": "r", "nonce": "zz"}],
    ids=str,
)  # fmt: skip
def test_an_incomplete_form_is_told_and_nothing_is_kept(page: Page, fields: dict[str, str]) -> None:
    status, _, text = page.post(**{k.replace(".", "__"): v for k, v in fields.items()})
    assert status == 422 and "Nothing was sent" in text
    assert page.world.runner.inbox() == ()


def test_what_is_offered_follows_from_the_procedure_and_the_addressees_role() -> None:
    world = World()
    done = EffectGiven(outcomes={"c1": "removed", "c2": "removed"})
    world.runner.apply(world.case_id, done, by=PLATFORM)
    page = ConfirmationPage(world.runner, links())
    offers = {m.to: _offers(page, world, m) for m in world.case.messages}
    assert offers["platform"] == {"effect", "clarify", "refuse", "impossible", "restore"}, "effect proved receipt"
    assert offers["reporter"] == {"confirm"}


def _offers(page: ConfirmationPage, world: World, message: Any) -> set[str]:
    from sopflow.receivers._http import run

    return set(run(page._offers(world.case, message, "answer")))


def test_another_partys_contents_are_neither_shown_nor_answered() -> None:
    from sopflow.receivers._answers import own

    contents = [SimpleNamespace(id=i, party=p) for i, p in (("a", "isp-1"), ("b", "isp-2"), ("c", ""), ("d", "user"))]
    case = SimpleNamespace(parties={"isp": ("isp-1", "isp-2"), "court": ("k",)}, contents=contents)
    message = SimpleNamespace(to="isp", party="isp-1")
    assert own(case, message) == ["a", "c", "d"]  # type: ignore[arg-type]


def test_nothing_is_asked_about_what_was_taken_back_but_what_was_done_is_recorded(page: Page) -> None:
    world = page.world
    world.clock.advance(minutes=1)
    world.runner.apply(world.case_id, OrderVoided(by=COURT, contents=("c1",), reason="journalism"))
    text = page.get()[2]
    assert "secret_two" in text and "secret_one" not in text and 'name="c.c1"' not in text
    assert page.post(answer="effect", all="removed")[0] == 200
    assert world.case.outcomes() == {"c1": "pending", "c2": "removed"} and world.kinds() == []
    world.clock.advance(minutes=1)
    assert page.post(answer="effect", c__c1="removed", nonce="1" * 32)[0] == 200, "a page that was opened before"
    assert world.case.outcomes()["c1"] == "removed" and world.kinds() == ["taken_back"]
    assert "secret_one" in page.get()[2], "it can be restored"


def test_of_a_letter_about_some_contents_those_are_shown_and_all_means_those(page: Page) -> None:
    world = page.world
    world.runner.apply(world.case_id, ClarificationRequested(by=PLATFORM, contents=("c2",), reason="which?"))
    world.clock.advance(minutes=1)
    world.runner.apply(world.case_id, ClarificationGiven(by=OFFICER, contents=("c2",), reason="that one"))
    world.runner.deliver()
    path = "/c/" + links().token(world.case.sent_as("clarification")[-1].id)
    text = page.get(path)[2]
    assert "secret_two" in text and "secret_one" not in text
    assert page.post(path, answer="effect", all="removed")[0] == 200
    assert world.case.outcomes() == {"c1": "pending", "c2": "removed"}


# --- what is not valid ---------------------------------------------------------------------------------------------


def test_an_expired_link_shows_nothing_and_what_is_sent_is_kept_for_a_person(page: Page) -> None:
    page.world.clock.advance(days=31)
    status, _, text = page.get()
    assert status == 410 and "expired" in text and "secret" not in text
    before = page.world.case
    status, _, text = page.post(answer="refuse", all="1", reason="late")
    assert status == 410 and "a person will look at it" in text
    assert page.world.case == before
    (item,) = page.world.runner.inbox()
    assert (item.status, item.detail) == ("rejected", "its link has expired") and b"late" in item.raw
    assert page.world.kinds() == ["rejected"]


@pytest.mark.parametrize("token", ["", "x", "A" * 86, "A" * 5000, "%00", "..%2f"])
def test_a_wrong_link_gets_a_clear_page(page: Page, token: str) -> None:
    status, _, text = page.get(f"/c/{token}")
    assert status == 404 and "not valid" in text
    assert page.world.runner.inbox() == (), "nothing was stated"


def test_a_sealed_token_of_a_message_that_does_not_exist_is_a_wrong_link(page: Page) -> None:
    for message in ("5f1c0de-m9.9", "nobody-m1.1", "nonsense"):
        assert page.get("/c/" + links().token(message))[0] == 404


def test_forged_posts_are_kept_with_an_incident_but_never_more_than_the_hours_share(page: Page) -> None:
    before = page.world.case
    for n in range(120):
        assert page.post(f"/c/forged{n}", reason=f"{n}" + "x" * 20_000)[0] == 404
    items = page.world.runner.inbox()
    assert len(items) == 50 and page.world.kinds() == ["rejected"] * 50
    assert max(len(i.raw) for i in items) <= 8192
    assert any("not kept for an hour" in i.detail for i in items)
    assert page.world.case == before
    page.world.clock.advance(hours=1)
    page.post("/c/forged-later", reason="later")
    assert len(page.world.runner.inbox()) == 51


def test_too_much_and_other_methods_and_other_types_are_refused_with_a_page(page: Page) -> None:
    assert call(page.port, "POST", page.path, b"x" * 70_000, FORM)[0] == 413
    assert call(page.port, "POST", page.path, b"&".join([b"a=1"] * 3000), FORM)[0] == 413
    assert call(page.port, "POST", page.path, b"{}", {"Content-Type": "application/json"})[0] == 415
    status, headers, _ = call(page.port, "PUT", page.path, b"x", FORM)
    assert (status, headers["allow"]) == (405, "GET, HEAD, POST")
    assert page.world.runner.inbox() == ()


def test_a_store_that_is_down_is_told_and_the_same_form_works_later(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = page.page._runner

    async def failing_async(*args: Any) -> Any:
        raise StoreError("no")

    def failing(*args: Any) -> Any:
        raise StoreError("no")

    with monkeypatch.context() as broken:
        broken.setattr(runner, "receive", failing_async if page.world.runner_async else failing)
        status, _, text = page.post()
        assert status == 503 and "Nothing was lost" in text
    assert page.post()[0] == 200 and page.world.order.status == "acknowledged"


def test_nothing_personal_reaches_the_log(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "sopflow"):
        page.get()
        page.post(answer="refuse", all="1", reason="Jane Roe says")
        page.post("/c/forged", reason="Jane Roe says")
    logged = " ".join(str(r.__dict__) for r in caplog.records)
    assert "sopflow.forged" in logged
    assert not re.search(r"Jane|secret_one|desk@|" + re.escape(page.path[3:]), logged)


# --- mounting ------------------------------------------------------------------------------------------------------


def test_the_wrong_colour_is_told_before_anything_is_read() -> None:
    world = World(colour="async")
    with pytest.raises(BadInput, match="mount .asgi"):
        ConfirmationPage(world.runner_async, links()).wsgi({}, lambda *a: None)
    with pytest.raises(BadInput, match="mount .wsgi"):
        ConfirmationPage(world.runner, links()).asgi({"type": "http"}, None, None).send(None)  # type: ignore[arg-type]


def test_links_of_another_tenant_are_told_when_the_page_is_made() -> None:
    with pytest.raises(BadInput, match="tenant"):
        ConfirmationPage(World().runner, links(tenant="other"))


def test_a_link_outlives_the_process_that_made_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cases.db'}"
    world = World(url)
    path = "/c/" + links().token(world.message)
    world.runner.close()
    runner = Runner(**options(url, world.clock, world.post))
    with serve_wsgi(ConfirmationPage(runner, links()).wsgi) as port:
        assert "hxxps://t[.]me/secret_one" in call(port, "GET", path)[2]
        for _ in range(2):
            assert call(port, "POST", path, b"answer=confirm", FORM)[0] == 200
    assert runner.case(world.case_id).message(world.message).status == "acknowledged"
    runner.erase(world.case_id, unsent=True)
    with serve_wsgi(ConfirmationPage(runner, links()).wsgi) as port:
        assert "(erased)" in call(port, "GET", path)[2]
    runner.verify(world.case_id)
    runner.close()


def test_a_case_of_a_thousand_contents_is_a_page_of_bounded_size_and_all_of_it_can_be_answered() -> None:
    world = World()
    many = Notice(contents=[f"https://t.me/c{n}" for n in range(1000)], parties={"platform": "telegram"})
    world.runner.open(PROCEDURE, many, by=OFFICER, case_id="big")
    world.runner.apply("big", Verified(by=OFFICER))
    world.runner.apply("big", Approved(by=AGENCY, proposal=world.runner.proposal("big", Issued(by=OFFICER))))
    world.runner.apply("big", Issued(by=OFFICER))
    path = "/c/" + links().token(world.runner.case("big").messages[0].id)
    with serve_wsgi(ConfirmationPage(world.runner, links()).wsgi) as port:
        text = call(port, "GET", path)[2]
        assert "and 800 more" in text and len(text) < 400_000
        body = urlencode({"answer": "effect", "nonce": "0" * 32, "all": "removed"}).encode()
        assert call(port, "POST", path, body, FORM)[0] == 200
    assert set(world.runner.case("big").outcomes().values()) == {"removed"}
