"""A clerk at the platform's desk: looks at the page, presses its buttons, as a browser would."""

from __future__ import annotations

import http.client
from html.parser import HTMLParser
from urllib.parse import urlencode

LOGIN = {"X-Login": "clerk-1", "Accept-Language": "id"}


class _Forms(HTMLParser):
    """The forms of a page with their hidden fields, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, a field of it, or a link."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1][given["name"]] = given["value"]
        elif tag == "a" and "message=" in given.get("href", ""):
            self.links.append(given["href"])


class Clerk:
    """Works off the list, top to bottom.

    Args:
        port: Where the platform's desk is served.
        refuses: The clerk finds content "c3" of the cases whose id ends so to be lawful.
    """

    def __init__(self, port: int, refuses: str) -> None:
        self._port, self._refuses = port, refuses
        self.clicks = 0

    def look(self) -> None:
        """Confirm receipt of what is new; then decide what was confirmed at an earlier look."""
        page = _Forms(self._call("GET", "?"))
        fresh = [form for form in page.forms if form["answer"] == "confirm"]
        for form in fresh:
            self._call("POST", "?", form)
        new = {form["message"] for form in fresh}
        for link in page.links:
            if not any(f"message={id}&" in link for id in new):
                self._decide(link)

    def _decide(self, link: str) -> None:
        forms = {form["answer"]: form for form in _Forms(self._call("GET", link)).forms}
        lawful = ["c3"] if self._refuses in link else []
        removed = {f"c.{id}": "removed" for id in ("c1", "c2", "c3") if id not in lawful}
        self._call("POST", link, {**forms["effect"], **removed})
        if lawful:
            forms = {form["answer"]: form for form in _Forms(self._call("GET", link)).forms}
            self._call("POST", link, {**forms["refuse"], "c.c3": "1", "reason": "This is satire, and lawful."})

    def _call(self, method: str, query: str, fields: dict[str, str] | None = None) -> str:
        body = urlencode(fields).encode() if fields is not None else None
        headers = {**LOGIN, "Content-Type": "application/x-www-form-urlencoded"} if body is not None else LOGIN
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            line.request(method, f"/desk/{query}", body, headers)
            answer = line.getresponse()
            text = answer.read().decode()
            if answer.status not in (200, 303):
                raise RuntimeError(f"the desk answers {answer.status}")
            self.clicks += body is not None
            return text
        finally:
            line.close()
