"""A real headless browser, driven over WebDriver, and a server that bears what browsers do."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

import pytest

from .world import _Quiet

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NO_BROWSER = "no browser: install chromium and chromium-driver, and selenium from the extra test"


class _Server(ThreadingMixIn, WSGIServer):
    """One thread for each connection: a browser opens some that it does not use at once."""

    daemon_threads = True


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve a WSGI application; yield its URL."""
    server = make_server("127.0.0.1", 0, app, server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium(folder: Path) -> Iterator[Any]:
    """Start a browser with an empty profile; skip the test where there is none."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip(NO_BROWSER)
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        pytest.skip(NO_BROWSER)
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


def press(browser: Any, *keys: str) -> None:
    """Press keys, wherever the focus is."""
    from selenium.webdriver import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def tab_to(browser: Any, name: str, most: int = 40) -> Any:
    """Press Tab until what has the focus bears this name; return it."""
    from selenium.webdriver.common.keys import Keys

    seen = []
    for _ in range(most):
        press(browser, Keys.TAB)
        element = browser.switch_to.active_element
        seen.append(element.accessible_name)
        if element.accessible_name.startswith(name):
            return element
    raise AssertionError(f"the keyboard reaches {seen}, and no {name!r}")


def tab_until(browser: Any, tag: str) -> Any:
    """Press Tab until an element of this kind has the focus; return it."""
    from selenium.webdriver.common.keys import Keys

    for _ in range(40):
        press(browser, Keys.TAB)
        element = browser.switch_to.active_element
        if element.tag_name == tag:
            return element
    raise AssertionError(f"the keyboard reaches no {tag!r}")
