"""Content keys: what names one thing has one key, what may name another has another, and nothing is guessed."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sopflow.errors import MalformedLocator
from sopflow.locators import KINDS, alike, check, defang, digest, digests, key

can_ada = pytest.importorskip("can_ada", reason="the URL Standard's parser is the oracle: pip install can-ada")

SAME = {
    "telegram:channel/durov": """
        https://t.me/durov http://t.me/durov https://t.me/Durov/ HTTPS://T.ME/DUROV https://www.t.me/durov
        https://telegram.me/durov https://telegram.dog/durov https://www.telegram.me:443/durov https://t.me/s/durov
        https://durov.t.me https://Durov.t.me/ https://t.me/durov#comments tg://resolve?domain=durov
        TG://resolve?domain=Durov tg:resolve?domain=durov tg://resolve/?domain=durov https://t.me/%64urov
        https://web.telegram.org/k/#@durov https://t.me/s/durov?before=20 hxxps://t[.]me/durov""",
    "telegram:post/durov/123": """
        https://t.me/durov/123 https://telegram.me/Durov/123/ https://t.me/s/durov/123 https://durov.t.me/123
        https://t.me/durov/123?single https://t.me/durov/123?thread=7 https://t.me/durov/7/123
        https://t.me/durov/123?embed=1&mode=tme https://t.me/durov/123?t=1m30s
        tg://resolve?domain=durov&post=123 tg://resolve?post=123&domain=durov&single""",
    "telegram:post/durov/123?comment=45": """
        https://t.me/durov/123?comment=45 https://t.me/durov/123?single&comment=45
        tg://resolve?domain=durov&post=123&comment=45""",
    "telegram:story/durov/7": "https://t.me/durov/s/7 tg://resolve?domain=durov&story=7",
    "telegram:invite/AbC-d_1": """
        https://t.me/+AbC-d_1 https://t.me/joinchat/AbC-d_1 https://telegram.dog/joinchat/AbC-d_1 https://t.me/%2BAbC-d_1
        tg://join?invite=AbC-d_1""",
    "telegram:private/1234/56": """
        https://t.me/c/1234/56 https://t.me/c/1234/9/56 https://t.me/c/1234/56?thread=9&single
        tg://privatepost?channel=1234&post=56""",
    "telegram:phone/628123456789": "https://t.me/+628123456789 tg://resolve?phone=628123456789",
    "telegram:channel/some_bot?start=Ab": "https://t.me/some_bot?start=Ab tg://resolve?domain=some_bot&start=Ab",
    "url:https://example.com/": """
        https://example.com https://EXAMPLE.com/ https://example.com:443/ https://example.com:0443 https://example.com:/
        https://example.com/# https://example.com/a/.. https://example.com/%2e https://example.com/#:~:text=words""",
    "url:https://example.com/~a/c?b=2&a=1&utm_source=x": """
        https://example.com/~a/c?b=2&a=1&utm_source=x https://example.com/%7Ea/./b/../c?b=2&a=1&utm_source=x
        https://example.com/%7ea/c?%62=2&a=1&utm_source=x""",
    "url:https://example.com/%C3%A9?q=%27%2F": "https://example.com/é?q='%2f https://example.com/%c3%a9?q=%27%2F",
    "url:https://xn--mnchen-3ya.de/": "https://münchen.de https://MÜNCHEN.de/ https://xn--mnchen-3ya.de",
    "url:https://xn--fa-hia.de/": "https://faß.de/ https://xn--fa-hia.de/",
    "url:https://xn--e1afmkfd.xn--p1ai/": "https://пример.рф/ https://ПРИМЕР.РФ",
    "url:http://[2001:db8::1]/": "http://[2001:DB8:0:0::1]:80/ http://[2001:0db8::0001]",
    "url:http://[::ffff:c000:280]/": "http://[::FFFF:192.0.2.128]/ http://[::ffff:c000:0280]",
    "url:ftp://example.com/a": "ftp://example.com:21/a FTP://Example.COM/a",
}  # fmt: skip

DIFFERENT = [
    ("http and https", "http://example.com/", "https://example.com/"),
    ("a port", "https://example.com:8443/", "https://example.com/"),
    ("another host", "https://www.example.com/", "https://example.com/"),
    ("tracking parameters", "https://example.com/?utm_source=a", "https://example.com/"),
    ("the order of parameters", "https://example.com/?a=1&b=2", "https://example.com/?b=2&a=1"),
    ("an empty query", "https://example.com/?", "https://example.com/"),
    ("a fragment that a program reads", "https://example.com/#/video/1", "https://example.com/#/video/2"),
    ("the case of a path", "https://example.com/A", "https://example.com/a"),
    ("an escaped slash", "https://example.com/a%2fb", "https://example.com/a/b"),
    ("a last slash", "https://example.com/a/", "https://example.com/a"),
    ("an escaped escape", "https://example.com/%2541", "https://example.com/A"),
    ("ß is not ss", "https://faß.de/", "https://fass.de/"),
    ("a post and its channel", "https://t.me/durov/123", "https://t.me/durov"),
    ("a comment and its post", "https://t.me/durov/123?comment=4", "https://t.me/durov/123"),
    ("two files of one bot", "https://t.me/some_bot?start=a", "https://t.me/some_bot?start=b"),
    ("the case of an invitation", "https://t.me/+AbCdEf", "https://t.me/+abcdef"),
    ("an invitation and a name", "https://t.me/+durov", "https://t.me/durov"),
    ("stickers and a name", "https://t.me/addstickers/durov", "https://t.me/durov"),
    ("Telegram's look-alikes", "https://t.me.example.com/durov", "https://t.me/durov"),
    ("another port of Telegram", "https://t.me:8443/durov", "https://t.me/durov"),
]

AS_WRITTEN = [  # programs differ in what they open, or we cannot know it
    "https://010.1.1.1/", "http://1.2.3.4./", "https://example.com/100%", "https://ｅｘａｍｐｌｅ.com/",
    "https://STRAẞE.de/", "https://a\u180bb.de/", "https://[v1.a]/", "https://[fe80::1%25eth0]/", "magnet:?xt=urn:btih:Ab",
    "tg://resolve?domain=a_name&domain=b_name", "tg://resolve?domain=%zz", "tg://settings/privacy", "https://example.com:99999/",
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "locator"), [(k, url) for k, urls in SAME.items() for url in urls.split()])
def test_one_thing_has_one_key_however_it_is_written(wanted: str, locator: str) -> None:
    assert key("url", locator) == wanted
    assert digest("url", locator) == digest("url", SAME[wanted].split()[0])


@pytest.mark.parametrize(("why", "one", "other"), DIFFERENT)
def test_what_may_be_another_thing_has_another_key(why: str, one: str, other: str) -> None:
    assert key("url", one) != key("url", other), why


@pytest.mark.parametrize("locator", AS_WRITTEN)
def test_what_cannot_be_known_is_its_own_key(locator: str) -> None:
    assert key("url", locator) == f"url:{locator}"


@pytest.mark.parametrize("kind", ["url", "account", "channel", "message"])
def test_a_url_has_one_key_whatever_it_was_said_to_locate(kind: str) -> None:
    assert key(kind, "https://t.me/durov/5") == "telegram:post/durov/5"
    assert key(kind, "https://Example.com") == "url:https://example.com/"


@pytest.mark.parametrize(
    ("kind", "locator", "wanted"),
    [
        ("channel", "t.me/Durov", "telegram:channel/durov"),
        ("message", "www.telegram.me/durov/5", "telegram:post/durov/5"),
        ("channel", "@Durov", "channel:@Durov"),
        ("account", "twitter:Jack", "account:twitter:Jack"),
        ("message", "<id>".strip("<>"), "message:id"),
        ("domain", "EXAMPLE.com.", "domain:example.com"),
        ("domain", "münchen.DE", "domain:xn--mnchen-3ya.de"),
        ("domain", "example[.]com", "domain:example.com"),
        ("hash", "md5:ABCDEF0123456789", "hash:md5:abcdef0123456789"),
        ("hash", "pdq:ABCDEF0123456789", "hash:pdq:abcdef0123456789"),
        ("hash", "ssdeep-x:AbCdEf0123456789", "hash:ssdeep-x:AbCdEf0123456789"),
    ],
)
def test_names_have_keys_of_their_kind(kind: str, locator: str, wanted: str) -> None:
    assert key(kind, locator) == wanted


def test_a_text_is_looked_up_as_all_that_it_can_be() -> None:
    assert digests("https://t.me/durov") == (digest("url", "https://t.me/durov"),)
    assert digests("hxxps://t[.]me/durov") == digests("tg://resolve?domain=durov")
    assert set(digests("example.com")) == {
        digest(k, "example.com") for k in ("domain", "account", "channel", "message")
    }
    assert digests("two words") == ()


@pytest.mark.parametrize("locator", ["https://example.com", "example.com:443", "::1"])
def test_a_domain_is_a_name_alone(locator: str) -> None:
    with pytest.raises(MalformedLocator, match="domain name alone"):
        check("domain", locator)


def test_a_lone_surrogate_is_refused_before_it_gets_anywhere() -> None:
    with pytest.raises(MalformedLocator):
        check("url", "https://example.com/\ud800")


# --- properties ----------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["a", "B", "é", "ß", "Σ", "пример", "xn--fa-hia", "..", ".", "/", "//", "%", "%41", "%2e", "%2F", "%zz", "%C3%a9", "?", "#",
     "&", "=", "'", ":", ":443", "[::1]", "[", "]", "@", "+", "_", "-", "0", "12", "http://", "https://", "HTTPS://", "tg://",
     "tg:", "resolve?domain=", "&post=", "&comment=", "single", "t.me", "telegram.me", "durov", "s", "c", "joinchat", ":~:",
     "web.telegram.org/k/#@", "md5:", "hxxps://", "[.]", "\u180b", "\u0301", "ｅ", "１", "\U0001f6a8", "1.2.3.4", "010.0.0.1"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=30)
LOCATORS = (
    TEXTS | TEXTS.map("https://".__add__) | TEXTS.map("https://example.com/".__add__) | TEXTS.map("t.me/".__add__)
)


def accepted(kind: str, locator: str) -> bool:
    try:
        check(kind, locator)
    except MalformedLocator:
        return False
    return True


@given(st.sampled_from(KINDS), LOCATORS)
@example("account", "[:]//")
def test_no_accepted_locator_is_without_a_key(kind: str, locator: str) -> None:
    if accepted(kind, locator):
        assert len(digest(kind, locator)) == 64
        assert digest(kind, locator) in digests(locator)
    key(kind, locator)  # nor does any other text raise


@given(LOCATORS)
def test_the_key_of_a_key_is_the_key(locator: str) -> None:
    once = key("url", locator)
    if accepted("url", locator) and once.startswith("url:"):
        assert key("url", once.removeprefix("url:")) == once


@pytest.mark.parametrize(
    "other",
    [
        "http://a.example/x",
        "https://www.a.example/x",
        "https://A.example/x/",
        "https://a.example/x#top",
        "hxxps://a[.]example/x",
    ],
)
def test_ways_to_write_an_address_that_mostly_open_the_same_page_are_alike(other: str) -> None:
    assert alike("url", other) == alike("url", "https://a.example/x")


@pytest.mark.parametrize(
    "other",
    [
        "https://a.example/X",
        "https://b.a.example/x",
        "https://a.example/x?p=1",
        "https://a.example:8443/x",
        "https://a.example",
    ],
)
def test_what_opens_another_page_is_not_alike(other: str) -> None:
    assert alike("url", other) != alike("url", "https://a.example/x")


@given(st.sampled_from(("url", "domain")), LOCATORS)
def test_a_defanged_locator_is_like_the_locator(kind: str, locator: str) -> None:
    if accepted(kind, locator):
        assert alike(kind, defang(locator)) == alike(kind, locator)


@given(st.sampled_from(("url", "domain")), LOCATORS)
def test_a_defanged_locator_has_the_key_of_the_locator(kind: str, locator: str) -> None:
    if accepted(kind, locator) and "[.]" not in locator:
        assert key(kind, defang(locator)) == key(kind, locator)


def as_a_browser(url: str) -> str | None:
    try:
        return str(can_ada.parse(url).href)
    except Exception:
        return None


@given(LOCATORS)
def test_two_urls_that_browsers_open_as_one_never_get_the_keys_of_two_others(locator: str) -> None:
    """Where we change a URL, the browser opens the changed one as it opened the first, but for unreserved escapes."""
    if not accepted("url", locator) or not key("url", locator).startswith("url:"):
        return
    ours, theirs = key("url", locator).removeprefix("url:"), as_a_browser(locator)
    if theirs is None or ours == locator:
        return
    assert as_a_browser(ours) == ours, "it is in the standard's form"
    assert key("url", theirs).removeprefix("url:") == ours, "and what the browser shows leads to it"


def hosts() -> list[str]:
    assigned = (chr(n) for n in range(0x80, 0x110000) if not 0xD800 <= n < 0xE000)
    return [c for c in assigned if unicodedata.category(c) not in ("Cn", "Co")]


def test_every_character_in_a_host_is_read_as_browsers_read_it_or_left_alone() -> None:
    same, left, wrong = 0, 0, []
    for c in hosts():
        theirs = as_a_browser(f"https://a{c}b.com/")
        ours = key("url", f"https://a{c}b.com/").removeprefix("url:")
        if ours == f"https://a{c}b.com/":
            left += 1
        elif theirs is None or ours == theirs:
            same += theirs is not None
        else:
            wrong.append(f"U+{ord(c):04X}")
    assert not wrong
    assert same > 85_000, f"{left} left alone"


def test_the_keys_do_not_ask_what_is_installed(monkeypatch: Any) -> None:
    import builtins
    import sys

    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        assert name not in ("can_ada", "ada_url", "idna", "yarl"), name
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "can_ada", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    assert key("url", "https://faß.de") == "url:https://xn--fa-hia.de/"
