"""Desk and confirmation page in a real browser: keyboard alone, both languages, narrow screens, no prefetch confirms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sopflow.receivers import ConfirmationPage, DeskPage

from .browser import chromium, press, serve, tab_to, tab_until
from .world import PLATFORM, World, links

ENTER, SPACE, ESCAPE = "\ue007", " ", "\ue00c"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


class Site:
    """The desk at /, the confirmation page at /c/, a mail program's view at /mail; and what was asked for."""

    def __init__(self) -> None:
        self.world = World()
        self.desk = DeskPage(self.world.runner, lambda environ: PLATFORM, zone="Asia/Jakarta")
        self.page = ConfirmationPage(self.world.runner, links())
        self.link = "/c/" + links().token(self.world.message)
        self.asked: list[tuple[str, str]] = []
        self.url = ""

    def app(self, environ: Any, start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        self.asked.append((environ["REQUEST_METHOD"], path))
        if path == "/mail":
            start_response("200 OK", [("Content-Type", "text/html")])
            return [f'<title>mail</title><link rel="prefetch" href="{self.link}"><p>x</p>'.encode()]
        return (self.page if path.startswith("/c/") else self.desk).wsgi(environ, start_response)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    with serve(made.app) as made.url:
        yield made


def wait(browser: Any, condition: Any) -> Any:
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, 20, poll_frequency=0.05).until(lambda _: condition())


def refused(browser: Any) -> list[str]:
    """Return what the browser refused because of the page's policy."""
    return [e["message"] for e in browser.get_log("browser") if "Content Security Policy" in e["message"]]


def test_at_the_desk_tab_and_enter_confirm_receipt(browser: Any, site: Site) -> None:
    site.world.ordered("second")
    site.world.runner.deliver()
    browser.get(site.url + "/?lang=en")
    button = tab_to(browser, "Confirm receipt (second-m4.1)")
    assert button.aria_role == "button"
    press(browser, ENTER)
    wait(browser, lambda: "Receipt of second-m4.1 is on record." in browser.page_source)
    entry = site.world.runner.journal("second")[-1]
    assert (entry.event, entry.doc["by"]["id"]) == ("Acknowledged", "telegram-desk")
    assert site.world.order.status == "sent", "and of nothing else"
    browser.refresh()
    assert len(site.world.runner.journal("second")) == entry.seq, "a reload sends nothing again"
    assert refused(browser) == []


def test_on_the_confirmation_page_tab_and_enter_confirm_receipt(browser: Any, site: Site) -> None:
    browser.get(f"{site.url}{site.link}?lang=en")
    tab_to(browser, "Confirm receipt")
    assert site.world.order.status == "sent", "going there confirms nothing"
    press(browser, SPACE)
    wait(browser, lambda: "Your answer has been recorded" in browser.page_source)
    assert site.world.order.status == "acknowledged"
    assert refused(browser) == []


def test_every_answer_can_be_given_with_the_keyboard_alone(browser: Any, site: Site) -> None:
    browser.get(f"{site.url}/?lang=en")
    tab_to(browser, "Read and answer (5f1c0de-m4.1)")
    press(browser, ENTER)
    wait(browser, lambda: "Reported content" in browser.page_source)
    tab_to(browser, "Refuse, with reasons")
    press(browser, ENTER)  # opens the form
    tab_to(browser, "c2 hxxps://t[.]me/secret_two")
    press(browser, SPACE)
    tab_to(browser, "Reasons")
    press(browser, "It is lawful satire.")
    tab_to(browser, "Send")
    press(browser, ENTER)
    wait(browser, lambda: site.world.case.outcomes()["c2"] == "refused")
    assert site.world.case.outcomes()["c1"] == "pending"
    assert "It is lawful satire." in str(site.world.runner.personal("5f1c0de"))


def test_the_first_stop_leads_past_the_navigation_and_every_stop_can_be_seen(browser: Any, site: Site) -> None:
    for path, skip in (("/?lang=en", "Skip to the list"), (f"{site.link}?lang=en", "Skip to the form")):
        browser.get(site.url + path)
        first = tab_until(browser, "a")
        assert first.accessible_name == skip and first.rect["x"] >= 0 and first.is_displayed()
        for name in ("Bahasa Indonesia", "Confirm receipt"):
            element = tab_to(browser, name)
            style, width = (
                element.value_of_css_property("outline-style"),
                element.value_of_css_property("outline-width"),
            )
            assert style != "none" and float(width.removesuffix("px")) >= 2, name
        browser.get(site.url + path)
        tab_to(browser, skip)
        press(browser, ENTER)
        assert tab_to(browser, "", most=1).accessible_name.startswith("Confirm receipt"), "past the languages"


def test_the_desk_works_in_indonesian_from_the_list_to_the_answer(browser: Any, site: Site) -> None:
    browser.get(f"{site.url}/?lang=en")
    tab_to(browser, "Bahasa Indonesia")
    press(browser, ENTER)
    wait(browser, lambda: "Yang menunggu Anda" in browser.title)
    assert browser.execute_script("return document.documentElement.lang") == "id"
    tab_to(browser, "Baca dan jawab")
    press(browser, ENTER)
    wait(browser, lambda: "Jawaban atas pesan" in browser.title)
    text = browser.find_element("tag name", "main").text
    assert "Konten yang dilaporkan" in text and "(menunggu)" in text and "Receipt" not in text
    tab_to(browser, "Kembali ke daftar")
    press(browser, ENTER)
    wait(browser, lambda: "Yang menunggu Anda" in browser.title)
    tab_to(browser, "Konfirmasi penerimaan")
    press(browser, ENTER)
    wait(browser, lambda: "Penerimaan 5f1c0de-m4.1 telah tercatat." in browser.page_source)
    assert site.world.order.status == "acknowledged"


@pytest.mark.parametrize("lang", ["en", "id"])
def test_nothing_runs_off_a_narrow_screen(browser: Any, site: Site, lang: str) -> None:
    size = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for path in (f"/?lang={lang}", f"/?message={site.world.message}&lang={lang}", f"{site.link}?lang={lang}"):
            browser.get(site.url + path)
            for details in browser.find_elements("tag name", "details"):
                browser.execute_script("arguments[0].open = true", details)
            wide, screen = browser.execute_script(
                "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert 300 <= screen <= 320 and wide <= screen, path
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_browser_that_fetches_ahead_confirms_nothing(browser: Any, site: Site) -> None:
    before = site.world.case
    browser.get(site.url + "/mail")
    wait(browser, lambda: ("GET", site.link) in site.asked)
    browser.get(site.url + site.link)
    browser.get(site.url + "/")
    browser.back()
    assert {method for method, _ in site.asked} == {"GET"}
    assert site.world.case == before and site.world.runner.inbox() == ()
