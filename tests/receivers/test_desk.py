"""The desk: it lists what waits by deadline, looking changes nothing, and only its own forms are taken."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from sopflow import (
    Acknowledged,
    Actor,
    Approved,
    BadInput,
    EffectGiven,
    Held,
    Issued,
    Notice,
    OrderVoided,
    StoreError,
    Verified,
    catalogue,
)
from sopflow.receivers import DeskPage, _answers
from sopflow.receivers._http import run
from sopflow.receivers._words import LABELS

from .test_page import FORM, _Reader
from .world import AGENCY, OFFICER, OTHER, PLATFORM, World, call, serve_asgi, serve_wsgi

PEOPLE = {"desk": PLATFORM, "other": OTHER, "officer": OFFICER}


def _who(given: Any) -> Actor | None:
    """Return who the host's login says is there: here, a header stands for the login."""
    headers = dict(given.get("headers", ()))  # ASGI
    name = given.get("HTTP_X_LOGIN") or headers.get(b"x-login", b"").decode()
    return PEOPLE.get(name)


async def _who_later(given: Any) -> Actor | None:
    return _who(given)


class Desk:
    """The desk over real HTTP, and the world behind it."""

    def __init__(self, world: World, desk: DeskPage, port: int) -> None:
        self.world, self.desk, self.port = world, desk, port

    def get(self, query: str = "", login: str = "desk", method: str = "GET", **headers: str) -> tuple[int, Any, str]:
        return call(self.port, method, f"/desk/?{query}", headers={"X-Login": login, **headers})

    def form(self, query: str = "", login: str = "desk", number: int = 0) -> dict[str, str]:
        """Return the hidden fields of the page's forms."""
        forms = re.findall(r"<form.*?</form>", self.get(query, login)[2], re.DOTALL)
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', forms[number])
        return dict(found)

    def post(self, fields: dict[str, str], login: str = "desk", **headers: str) -> tuple[int, Any, str]:
        given = {**FORM, "X-Login": login, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return call(self.port, "POST", "/desk/?lang=en", urlencode(fields).encode(), given)


@pytest.fixture(params=["wsgi", "asgi"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    colour = "async" if request.param == "asgi" else "sync"
    world = World(colour=colour)
    who = _who_later if colour == "async" else _who
    made = DeskPage(world.runner_async or world.runner, who, zone="Asia/Jakarta")
    with serve_asgi(made.asgi) if colour == "async" else serve_wsgi(made.wsgi) as port:
        yield Desk(world, made, port)


def cases_in(text: str) -> list[str]:
    return re.findall(r"<h3>\w+ (\S+)</h3>", text)


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_list_says_what_is_asked_by_when_and_about_what_in_the_desks_zone(desk: Desk) -> None:
    status, _, text = desk.get()
    assert status == 200 and cases_in(text) == ["5f1c0de"]
    assert "5f1c0de-m4.1" in text and "Confirm receipt" in text
    assert '<time datetime="2017-08-11T02:00:00Z">2017-08-11 09:00 Asia/Jakarta (UTC+07:00)</time>' in text
    assert "hxxps://t[.]me/secret_one" in text and "https://t.me" not in text


def test_looking_and_prefetching_confirm_nothing(desk: Desk) -> None:
    before = desk.world.case
    for query in ("", "message=5f1c0de-m4.1", "answer=confirm&message=5f1c0de-m4.1", "answered=5f1c0de-m4.1"):
        for method in ("GET", "HEAD"):
            assert desk.get(query, method=method, Purpose="prefetch")[0] == 200
    assert desk.world.case == before and desk.world.runner.inbox() == ()
    assert "on record" not in desk.get("answered=5f1c0de-m4.1")[2], "the address of a page proves nothing"


def test_what_is_overdue_comes_first_then_what_has_a_limit_then_the_rest() -> None:
    world = World()
    for case in ("late", "soon", "free"):
        world.ordered(case)
    world.runner.deliver()
    for case in ("late", "free"):  # receipt is confirmed: the same-day clock runs
        order = world.runner.case(case).sent_as("order")[0].id
        world.runner.apply(case, Acknowledged(message=order, by=PLATFORM))
    world.runner.apply("free", OrderVoided(by=OFFICER))  # to be restored "without undue delay": no number
    world.runner.apply("free", EffectGiven(outcomes={"c1": "removed", "c2": "removed"}, by=PLATFORM))
    world.runner.deliver()
    void = world.runner.case("free").sent_as("void")[0].id
    world.runner.apply("free", Acknowledged(message=void, by=PLATFORM))
    world.clock.advance(hours=20)
    world.runner.tick()
    text = _text(DeskPage(world.runner, lambda given: PLATFORM))
    assert re.findall(r'<h2 id="(\w+)">', text) == ["overdue", "dated", "undated"]
    assert cases_in(text) == ["late", "5f1c0de", "soon", "free"]
    assert "Take down, or reject with reasons, the same day" in text.partition("<h3>Case 5f1c0de")[0]
    assert "Restore after the order was voided" in text.partition('id="undated"')[2]
    assert "Waiting since" in text.partition('id="undated"')[2]
    late = world.runner.case("late").sent_as("order")[0].id
    assert "Answer due by</dt><dd>2017-08-10 17:00 UTC" in _text(DeskPage(world.runner, _platform), f"message={late}")


def _platform(given: Any) -> Actor:
    return PLATFORM


def _text(desk: DeskPage, query: str = "", headers: Any = None) -> str:
    from sopflow.receivers._http import Request

    return desk.respond(Request(query=query, headers=headers or {})).body.decode()


def test_pages_follow_each_other_without_a_gap_whatever_is_answered_meanwhile() -> None:
    world = World()
    for n in range(8):
        world.ordered(f"case-{n}")
    world.runner.deliver()
    desk = DeskPage(world.runner, lambda given: PLATFORM, page=3)
    seen, query = [], ""
    while True:
        text = _text(desk, query)
        seen += cases_in(text)
        found = re.search(r'\?(after=[^"]+)&amp;lang=en">Next', text)
        if found is None:
            break
        query = found[1]
        last = seen[-1]  # it is answered before the next page is asked for: the cursor needs no such row
        world.runner.apply(last, EffectGiven(outcomes={"c1": "removed", "c2": "removed"}, by=PLATFORM))
    assert sorted(seen) == ["5f1c0de", *(f"case-{n}" for n in range(8))]


def test_a_list_that_is_not_complete_says_so() -> None:
    world = World()
    for n in range(4):
        world.ordered(f"case-{n}")
    world.runner.deliver()
    text = _text(DeskPage(world.runner, lambda given: PLATFORM, most=3))
    assert len(cases_in(text)) == 3 and "More than 3 cases are open" in text
    assert "More than" not in _text(DeskPage(world.runner, lambda given: PLATFORM, most=5))


# --- whose ------------------------------------------------------------------------------------------------------------


def test_nobody_in_particular_sees_nothing_and_sends_nothing(desk: Desk) -> None:
    status, _, text = desk.get(login="")
    assert status == 403 and "5f1c0de" not in text and "not known" in text
    assert desk.post(desk.form(), login="")[0] == 403
    assert desk.world.order.status == "sent"


def test_another_platform_sees_and_answers_nothing_of_this_one(desk: Desk) -> None:
    assert cases_in(desk.get(login="other")[2]) == []
    assert "Nothing waits" in desk.get(login="other")[2]
    status, _, text = desk.get("message=5f1c0de-m4.1", login="other")
    assert status == 404 and "secret" not in text
    assert desk.post(desk.form(), login="other")[0] == 403, "a form belongs to whom it was shown"


def test_the_side_whose_file_it_is_sees_its_own_duties_and_no_button_for_others(desk: Desk) -> None:
    desk.world.runner.open("id.kominfo_telegram_2017", _notice(), by=OFFICER, case_id="fresh")
    text = desk.get(login="officer")[2]
    assert cases_in(text) == ["fresh"] and "Verify the report" in text and "<button" not in text


def test_a_co_signer_of_our_own_side_sees_what_waits_for_a_signature() -> None:
    world = World()
    world.runner.open("id.kominfo_telegram_2017", _notice(), by=OFFICER, case_id="fresh")
    world.runner.apply("fresh", Verified(by=OFFICER))
    text = _text(DeskPage(world.runner, lambda given: AGENCY))
    assert cases_in(text) == ["fresh"] and "Co-sign or object" in text


def test_behind_the_last_page_nothing_more_is_said_to_wait_and_the_first_is_a_click_away() -> None:
    text = _text(DeskPage(World().runner, _platform), "after=9~")
    assert "Nothing more waits after that." in text and ">First page<" in text


def _notice() -> Any:
    return Notice(contents=["https://t.me/x"], parties={"platform": "telegram"}, form={"reasons": "unlawful"})


def test_an_addressee_sees_no_case_before_it_was_told_and_none_that_is_held_from_it() -> None:
    world = World()
    world.runner.open("id.kominfo_telegram_2017", _notice(), by=OFFICER, case_id="fresh")
    desk = DeskPage(world.runner, lambda given: PLATFORM)
    assert cases_in(_text(desk)) == ["5f1c0de"]
    until = world.clock() + timedelta(hours=1)
    world.runner.apply("5f1c0de", Held(role="platform", until=until, reason="investigation", by=OFFICER))
    assert cases_in(_text(desk)) == []
    assert "There is no such message" in _text(desk, f"message={world.message}")
    world.clock.advance(hours=1)
    assert cases_in(_text(desk)) == ["5f1c0de"]


# --- answering ---------------------------------------------------------------------------------------------------------


def test_one_click_confirms_receipt_once_in_the_name_of_whoever_is_there(desk: Desk) -> None:
    form = desk.form()
    status, headers, _ = desk.post(form)
    assert status == 303 and headers["location"] == "?answered=5f1c0de-m4.1&lang=en"
    assert desk.world.order.status == "acknowledged"
    entry = desk.world.runner.journal("5f1c0de")[-1]
    assert entry.event == "Acknowledged" and not entry.irregular
    assert entry.doc["by"] == {"id": "telegram-desk", "roles": ["platform"], "organisation": "telegram"}
    assert entry.doc["command"] == "inbox:telegram-desk:desk:5f1c0de-m4.1"
    revision = desk.world.case.revision
    assert desk.post(form)[0] == 303 and desk.world.case.revision == revision
    assert "Receipt of 5f1c0de-m4.1 is on record" in desk.get(headers["location"].removeprefix("?"))[2]
    assert "<button>Confirm" not in desk.get()[2]


@pytest.mark.parametrize(
    "changed",
    [{"token": "0" * 64}, {"token": ""}, {"nonce": "0" * 32}, {"message": "5f1c0de-m3.1"}, {"nonce": "é"}, {"token": "é"},
     {"message": "x" * 300}, {"message": ""}],
    ids=str,
)  # fmt: skip
def test_a_form_that_we_did_not_show_is_refused(desk: Desk, changed: dict[str, str]) -> None:
    status, _, text = desk.post({**desk.form(), **changed})
    assert status == 403 and "Nothing was sent" in text
    assert desk.world.order.status == "sent" and desk.world.runner.inbox() == ()


def test_another_site_can_send_nothing_in_the_name_of_whoever_is_there(desk: Desk) -> None:
    assert desk.post({"answer": "confirm", "message": "5f1c0de-m4.1"})[0] == 403
    assert desk.post(desk.form(), Sec_Fetch_Site="cross-site")[0] == 403
    assert desk.world.order.status == "sent"
    assert desk.post(desk.form(), Sec_Fetch_Site="same-origin")[0] == 303


def test_a_message_is_answered_per_content_and_with_reasons(desk: Desk) -> None:
    query = "message=5f1c0de-m4.1"
    form = desk.form(query)
    assert desk.post({**form, "answer": "effect", "c.c1": "removed"})[0] == 303
    assert desk.post({**form, "answer": "effect", "c.c1": "removed"})[0] == 303
    desk.world.clock.advance(minutes=1)
    assert desk.post({**desk.form(query), "answer": "refuse", "c.c2": "1", "reason": "Jane says: lawful"})[0] == 303
    assert desk.world.case.outcomes() == {"c1": "removed", "c2": "refused"}
    journal = desk.world.runner.journal("5f1c0de")
    assert [e.event for e in journal].count("EffectGiven") == 1, "one form is one statement"
    assert "Jane" not in journal[-1].text


def test_an_incomplete_answer_and_one_that_is_not_offered_are_told_and_not_kept(desk: Desk) -> None:
    form = desk.form("message=5f1c0de-m4.1")
    status, _, text = desk.post({**form, "answer": "refuse", "c.c1": "1"})
    assert status == 422 and "Nothing was sent" in text and 'href="?message=5f1c0de-m4.1&lang=en"' in text
    assert desk.post({**form, "answer": "issue"})[0] == 422
    assert desk.world.runner.inbox() == ()


def test_a_message_page_keeps_its_message_when_the_language_is_changed(desk: Desk) -> None:
    text = desk.get("message=5f1c0de-m4.1&lang=en")[2]
    assert 'href="?message=5f1c0de-m4.1&amp;lang=id"' in text
    indonesian = desk.get("message=5f1c0de-m4.1&lang=id")[2]
    assert "Kembali ke daftar" in indonesian and "2017-08-10 09:00 Asia/Jakarta" in indonesian


# --- how it behaves as a page ------------------------------------------------------------------------------------------


def test_the_desk_speaks_indonesian_when_the_browser_or_the_link_says_so(desk: Desk) -> None:
    for _, headers, text in (desk.get("lang=id"), desk.get(**{"Accept-Language": "id"})):
        assert headers["content-language"] == "id" and '<html lang="id">' in text
        assert "Yang menunggu Anda" in text and "Konfirmasi penerimaan" in text
    assert "What waits for you" in desk.get("lang=en", **{"Accept-Language": "id"})[2]


def test_what_the_bundled_indonesian_procedures_ask_is_said_in_indonesian_too() -> None:
    for name in ("id.kominfo_telegram_2017", "id.mail_practice_2016"):
        for duty in catalogue.find(name).obligations:
            assert duty.label in LABELS, "give it an Indonesian label"
    world = World()
    world.runner.apply("5f1c0de", Acknowledged(message=world.message, by=PLATFORM))
    asked = "Turunkan, atau tolak dengan alasan, pada hari yang sama"
    assert asked in _text(DeskPage(world.runner, lambda given: PLATFORM), "lang=id")
    assert asked not in _text(DeskPage(world.runner, lambda given: PLATFORM), "lang=en")
    own = DeskPage(world.runner, lambda given: PLATFORM, label=lambda text, language: f"{language}: {text[:9]}")
    assert "id: Take down" in _text(own, "lang=id")


def test_the_desk_says_strictly_what_a_browser_may_do_with_it(desk: Desk) -> None:
    for query in ("", "message=5f1c0de-m4.1"):
        _, headers, text = desk.get(query)
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
        assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "no-referrer"
        assert "<script" not in text and not re.search(r"<[^>]* on\w+=", text)
        assert not re.findall(r"""(?:src|href|action)=["'](?![?#])""", text), "nothing is loaded, nothing leads away"


def test_all_of_it_works_with_the_keyboard_and_every_control_says_what_it_is_about(desk: Desk) -> None:
    desk.world.ordered("second")
    desk.world.runner.deliver()
    text = desk.get()[2]
    read = _Reader(text)
    assert read.stack == [] and read.unnamed == [] and read.reached[0] == "a"
    buttons = re.findall(r"<button>(.*?)</button>", text)
    names = {re.sub(r"<[^>]+>", "", button) for button in buttons}
    assert names == {"Confirm receipt (5f1c0de-m4.1)", "Confirm receipt (second-m4.1)"}
    assert _Reader(desk.get("message=second-m4.1")[2]).unnamed == []


def test_what_is_shown_is_escaped() -> None:
    world = World()
    notice = Notice(contents=["https://t.me/x?a=1&copy=2"], parties={"platform": "telegram"}, form={"<b>": "<script>"})
    world.runner.open("id.kominfo_telegram_2017", notice, by=OFFICER, case_id="<i>case")
    world.runner.apply("<i>case", Verified(by=OFFICER))
    world.runner.apply("<i>case", Approved(by=AGENCY, proposal=world.runner.proposal("<i>case", Issued(by=OFFICER))))
    world.runner.apply("<i>case", Issued(by=OFFICER))
    world.runner.deliver()
    desk = DeskPage(world.runner, lambda given: PLATFORM)
    for query in ("", "message=%3Ci%3Ecase-m4.1", "after=0~%3Cscript%3E%22", "answered=%3Cscript%3E"):
        text = _text(desk, query)
        assert "&copy" not in text and "<script" not in text and "<i>" not in text and '~"' not in text


def test_what_somebody_wrote_into_a_form_opens_nothing_and_turns_nothing_round() -> None:
    world = World()
    form = {"reasons": "see https://bad.example/v (www.bad.example) \u202egnp", "at https://x.example": "1"}
    notice = Notice(contents=["https://t.me/x"], parties={"platform": "telegram"}, form=form)
    world.runner.open("id.kominfo_telegram_2017", notice, by=OFFICER, case_id="written")
    world.runner.apply("written", Verified(by=OFFICER))
    world.runner.apply("written", Approved(by=AGENCY, proposal=world.runner.proposal("written", Issued(by=OFFICER))))
    case = world.runner.apply("written", Issued(by=OFFICER))
    (message,) = case.sent_as("order")
    shown = run(_answers.shown(world.runner, case, message, [], "0" * 32, form=True))
    assert list(shown.form) == [
        ("at hxxps://x[.]example", "1"),
        ("reasons", "see hxxps://bad[.]example/v (www[.]bad[.]example) \ufffdgnp"),
    ]


def test_a_case_of_any_name_is_reached_from_the_list() -> None:
    world = World(case="a&message=b#c%41+d\u202e")
    desk = DeskPage(world.runner, lambda given: PLATFORM)
    (link,) = re.findall(r'href="\?(message=[^"]*)"', _text(desk, ""))
    text = _text(desk, unescape(link))
    assert "a&amp;message=b#c%41+d" in text and "Thank you" not in text and "<select" in text


def test_other_methods_and_types_and_too_much_are_refused_with_a_page(desk: Desk) -> None:
    assert call(desk.port, "PUT", "/desk/", b"x", {"X-Login": "desk"})[0] == 405
    assert call(desk.port, "POST", "/desk/", b"{}", {"X-Login": "desk", "Content-Type": "application/json"})[0] == 415
    assert call(desk.port, "POST", "/desk/", b"x" * 70_000, {"X-Login": "desk", **FORM})[0] == 413
    assert call(desk.port, "POST", "/desk/", b"&".join([b"a=1"] * 3000), {"X-Login": "desk", **FORM})[0] == 413


def test_a_store_or_a_login_that_is_down_is_told_and_the_same_form_works_later(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    desk = DeskPage(world.runner, _who)
    with serve_wsgi(desk.wsgi) as port:
        over = Desk(world, desk, port)
        form = over.form()

        def failing(*args: Any) -> Any:
            raise StoreError("no")

        with monkeypatch.context() as broken:
            broken.setattr(world.runner, "receive", failing)
            assert over.post(form)[0] == 503
        with monkeypatch.context() as broken:
            broken.setattr(desk, "_who", failing)
            assert over.get()[0] == 503
        assert over.post(form)[0] == 303 and world.order.status == "acknowledged"


def test_nothing_personal_reaches_the_log_or_the_address_of_a_page(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "sopflow"):
        form = desk.form("message=5f1c0de-m4.1")
        _, headers, _ = desk.post({**form, "answer": "refuse", "all": "1", "reason": "Jane Roe says"})
        desk.post({**form, "token": "wrong", "reason": "Jane Roe says"})
    logged = " ".join(str(r.__dict__) for r in caplog.records)
    assert "sopflow.forged" in logged
    assert not re.search(r"Jane|secret_one|desk@", logged + headers["location"])
    assert not re.search(r'href="[^"]*(secret|Jane|t\.me)', desk.get()[2])


@pytest.mark.parametrize("wrong", [{"zone": "Mars/One"}, {"secret": b"short"}, {"page": 0}, {"most": 0}], ids=str)
def test_what_cannot_be_used_is_told_when_the_desk_is_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        DeskPage(World().runner, _who, **wrong)


def test_several_processes_serve_one_desk_with_one_secret() -> None:
    world = World()
    first, second = (DeskPage(world.runner, _who, secret=b"s" * 32) for _ in range(2))
    with serve_wsgi(first.wsgi) as a, serve_wsgi(second.wsgi) as b:
        form = Desk(world, first, a).form()
        assert Desk(world, second, b).post(form)[0] == 303
