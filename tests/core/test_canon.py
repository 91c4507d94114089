"""Canonical bytes: equal to RFC 8785 on the values that are allowed, and a clear refusal of all others."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from sopflow import canon, locators
from sopflow.errors import BadInput, MalformedLocator, NotCanonical

settings.register_profile("canon", deadline=None, max_examples=120)
CANON = settings.get_profile("canon")

TEXT = st.text(st.characters(codec="utf-8"))  # every Unicode character; surrogates are none
KEYS = st.text(st.characters(max_codepoint=127))
LEAVES = st.none() | st.booleans() | st.integers(-canon.MAX_INT, canon.MAX_INT) | TEXT
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=25
)


@settings(CANON)
@given(VALUES)
def test_the_text_is_rfc_8785_byte_for_byte(value: Any) -> None:
    text = canon.text(value)
    assert text.encode() == rfc8785.dumps(value)
    assert json.loads(text) == value


@settings(CANON)
@given(st.dictionaries(KEYS, LEAVES | st.lists(LEAVES), min_size=2, max_size=6))
def test_the_order_in_which_a_mapping_was_filled_does_not_matter(value: dict[str, Any]) -> None:
    backwards = dict(reversed(value.items()))
    assert canon.text(value) == canon.text(backwards) == canon.text(MappingProxyType(backwards))
    assert canon.text([OrderedDict(value)]) == canon.text([value])


@pytest.mark.parametrize(
    "character", [chr(n) for n in range(0x20)] + ['"', "\\", "/", "\x7f", "\u2028", "é", "\U0001f600"]
)
def test_every_escape_is_that_of_rfc_8785(character: str) -> None:
    assert canon.text([character]).encode() == rfc8785.dumps([character])


@pytest.mark.parametrize(
    ("value", "path", "shown", "remedy"),
    [
        ({"a": [1, {"b": 1.5}]}, "value.a[1].b", "1.5", "use an integer or a string"),
        ({"a": float("nan")}, "value.a", "nan", "use an integer or a string"),
        ([2**53], "value[0]", str(2**53), "within ±(2**53 - 1)"),
        ([-(2**53)], "value[0]", str(-(2**53)), "within ±(2**53 - 1)"),
        ({"a": "\ud800"}, "value.a", "'\\ud800'", "remove the lone surrogate"),
        ({"schlüssel": 1}, "value", "'schlüssel'", "use ASCII strings as keys"),
        ({1: "a"}, "value", "1", "use ASCII strings as keys"),
        ({"a": {"b": {1, 2}}}, "value.a.b", "{1, 2}", "use None, bool, int, str"),
        ({"a": b"bytes"}, "value.a", "b'bytes'", "use None, bool, int, str"),
        ({"a": datetime(2025, 1, 1, tzinfo=UTC)}, "value.a", "datetime", "use None, bool, int, str"),
    ],
)
def test_a_refusal_names_the_path_the_value_and_the_remedy(value: Any, path: str, shown: str, remedy: str) -> None:
    with pytest.raises(NotCanonical) as caught:
        canon.text(value)
    assert caught.value.field == path
    assert shown in caught.value.value
    assert remedy in caught.value.remedy
    assert str(caught.value) == f"{path}: {caught.value.value} cannot be used; {caught.value.remedy}"


def test_a_value_that_contains_itself_is_refused_and_does_not_exhaust_the_stack() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotCanonical, match="nest"):
        canon.text(value)


def test_a_salted_digest_is_an_hmac_under_a_key_of_its_own_field() -> None:
    key = hmac.digest(b"salt", b"form.name", "sha256")
    expected = hmac.new(key, b'"Jane Roe"', hashlib.sha256).hexdigest()
    assert canon.salted(b"salt", "form.name", "Jane Roe") == expected
    assert canon.field_salt(b"salt", "form.name") == key
    assert canon.salted(b"salt", "form.other", "Jane Roe") != expected
    assert canon.salted(b"other", "form.name", "Jane Roe") != expected


@settings(CANON)
@given(st.datetimes(timezones=st.sampled_from([UTC, ZoneInfo("Asia/Jakarta"), timezone(-timedelta(hours=9))])))
def test_an_instant_survives_its_text_and_sorts_as_it_happened(value: datetime) -> None:
    if value.year in (1, 9999) and value.utcoffset():
        return  # may lie outside the years 1 to 9999 in UTC
    text = canon.instant(value)
    assert len(text) == 27
    assert text.endswith("Z")
    assert canon.parse_instant(text) == canon.utc(value, "value")
    later = canon.utc(value, "value")
    if later.year < 9999:
        assert canon.instant(later + timedelta(microseconds=1)) > text


def test_an_instant_of_another_zone_is_written_in_utc() -> None:
    assert canon.instant(datetime(2017, 7, 14, 11, tzinfo=ZoneInfo("Asia/Jakarta"))) == "2017-07-14T04:00:00.000000Z"


def test_an_instant_beyond_all_years_is_refused() -> None:
    with pytest.raises(BadInput, match="years 1 to 9999"):
        canon.utc(datetime(1, 1, 1, tzinfo=ZoneInfo("Asia/Jakarta")), "at")


@pytest.mark.parametrize("value", [datetime(2025, 1, 1), "2025-01-01", None, 7])
def test_an_instant_without_a_zone_is_refused(value: Any) -> None:
    with pytest.raises(BadInput, match="time zone") as caught:
        canon.utc(value, "event.at")
    assert caught.value.field == "event.at"


# --- locators: kept exactly, shown harmless ----------------------------------------------------------------------

PATHS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"], exclude_characters='\\<>"`{}|^'), max_size=20
)


@settings(CANON)
@given(
    st.sampled_from(
        [
            "https://t.me/",
            "http://xn--e1afmkfd.example/",
            "https://1.2.3.4:8443/",
            "ftp://a.example/",
            "https://[::1]/",
            "HTTPS://T.ME/",
            "tg://resolve?domain=",
            "https://müller.example/",
        ]
    ),
    PATHS,
)
def test_what_was_made_harmless_comes_back_exactly(start: str, path: str) -> None:
    try:
        locator = locators.check("url", start + path)
    except MalformedLocator:
        return
    shown = locators.defang(locator)
    assert locators.refang(shown) == locator
    assert not re.search(r"\b[a-z]+(?<!hxxp)(?<!hxxps)(?<!fxp)://", shown, re.IGNORECASE)


@pytest.mark.parametrize(
    ("locator", "expected"),
    [
        ("HTTPS://T.ME/x", "HXXPS://T[.]ME/x"),
        ("tg://resolve?domain=name", "tg[:]//resolve?domain=name"),
        ("tg:resolve?domain=name", "tg[:]resolve?domain=name"),
        ("magnet:?xt=urn:btih:abc", "magnet[:]?xt=urn:btih:abc"),
        ("magnet:?xt=urn:btih:abc&tr=udp://t.example:80/x", "magnet[:]?xt=urn:btih:abc&tr=udp[:]//t[.]example:80/x"),
        ("https://a.example/?to=https://b.example/", "hxxps://a[.]example/?to=https[:]//b[.]example/"),
        ("https://a.example?to=https://b.example/", "hxxps://a[.]example?to=https[:]//b[.]example/"),
        (
            "https://web.archive.example/web/2020/https://b.example/x.html?u=http://c.example",
            "hxxps://web[.]archive[.]example/web/2020/https[:]//b[.]example/x.html?u=http[:]//c[.]example",
        ),
    ],
)
def test_nothing_in_a_locator_opens_by_accident(locator: str, expected: str) -> None:
    assert locators.defang(locator) == expected and locators.refang(expected) == locator
    assert locators.key("url", expected) == locators.key("url", locator)


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\u2028", "\x85", "\xa0", "\ufeff"])
def test_what_is_invisible_or_turns_the_writing_round_is_shown_as_what_it_is(sign: str) -> None:
    locator = f"https://a.example/{sign}gnp.exe"
    shown = locators.shown(locator)
    assert shown.isascii() and "%" in shown and locators.key("url", shown) == locators.key("url", locator)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_nobody_writes_a_line_that_could_be_taken_for_ours(end: str) -> None:
    assert locators.tame(f"a{end}Reference: B-1").splitlines() == ["a", "    Reference: B-1"]


def test_what_is_to_be_one_line_is_one() -> None:
    assert (
        locators.line("5\n\nReference: B-1\u2028 at https://b.example/") == "5 Reference: B-1 at hxxps://b[.]example/"
    )


def test_what_somebody_wrote_opens_nothing_and_turns_nothing_round() -> None:
    text = (
        "at www.a.example, t.me/x, https://b.example/ and tg://resolve?domain=y, \u202egnp.exe; 3.5 of 7. \u05d0\u200f!"
    )
    assert locators.tame(text) == (
        "at www[.]a[.]example, t[.]me/x, hxxps://b[.]example/ and tg[:]//resolve?domain=y, \ufffdgnp.exe; 3.5 of 7. "
        "\u05d0\u200f!"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("請看https://bad.example/x.y", "請看hxxps://bad[.]example/x.y"),
        ("_https://bad.example/x_", "_hxxps://bad[.]example/x_"),
        ("1https://bad.example", "1hxxps://bad[.]example"),
        (
            "看www.bad.example 看tg:resolve?domain=y 看t.me/x",
            "看www[.]bad[.]example 看tg[:]resolve?domain=y 看t[.]me/x",
        ),
        ("see badsite.com/video.mp4, bit.ly/3a", "see badsite[.]com/video.mp4, bit[.]ly/3a"),
        ("163.com/x плохой.рф:80/x a.xn--p1ai/x", "163[.]com/x плохой[.]рф:80/x a[.]xn--p1ai/x"),
        ("https://a.example/x、http://b.example/y", "hxxps://a[.]example/x、hxxp://b[.]example/y"),
        ("bad.example./x, bad.example:/x", "bad[.]example./x, bad[.]example:/x"),
        ("write to jane@bad.example/home", "write to jane@bad[.]example/home"),
        ("web.a.example/2017/https://b.example/", "web[.]a[.]example/2017/hxxps://b[.]example/"),
    ],
)
def test_an_address_need_not_stand_apart_nor_have_a_scheme(text: str, expected: str) -> None:
    assert locators.tame(text) == expected


def test_ordinary_prose_stays_as_it_is() -> None:
    text = (
        "and/or, e.g./i.e., 9 a.m./p.m., 1.5/2 and 3.5mm/4.2mm of v1.2/3 (v2.0-rc1/x); 12.30/13.00, 10.0.0.0/8, km/h. "
        "jane@a.example, john@b.example. 1.項目/内容。Pasal 27.1/UU ITE: www, http, tg; awww.such 3.5 of 7...?"
    )
    assert locators.tame(text) == text


_PROSE = st.text(
    alphabet=st.one_of(st.sampled_from("aZ0_-.:/?#@,( \n、。看ดé\u202e"), st.characters(codec="utf-8")), max_size=40
)
_LIVE = st.sampled_from(
    ("https://bad.example/x", "HTTP://bad.example", "ftp://u:p@bad.example:8080/", "www.bad.example", "t.me/bad", "tg:bad",
     "magnet:?tr=http://bad.example/", "bad.example/x", "bad.example:8080/", "bad.example./x", "bad.example:/x", "jane@bad.example/x")
)  # fmt: skip


@given(st.lists(st.one_of(_PROSE, _LIVE), max_size=6), st.sampled_from(["", " ", "看", "_", "9", "、", "/", "("]))
def test_no_address_stays_live_whatever_stands_around_it(parts: list[str], between: str) -> None:
    """But a name without its scheme that letters make another one."""
    tame = locators.tame(between.join(parts))
    assert not re.search(r"(?:https?|ftp)://|(?<![a-z])(?:www\.bad|tg:bad|magnet:\?)", tame, re.IGNORECASE)
    assert not re.search(r"(?<![\w.-])(?:bad\.example|t\.me)\.?(?::[0-9]*)?/", tame)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "aa.",
        "a-",
        "xn--",
        "://",
        "www.",
        "t.me",
        "1.a",
        "看a.",
        "@a.aa",
        "a.aa:12345",
        "/a.aa",
        " a.bb/",
        "tg:",
    ],
)
def test_long_texts_take_no_more_than_their_length(piece: str) -> None:
    start = time.process_time()
    locators.tame(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 10, "a square of it would take minutes"


@pytest.mark.parametrize(
    ("kind", "locator"),
    [
        ("url", "https://user@t.me/x"), ("url", "https://t.me\\@evil.example/"), ("url", "https://1234567/"),
        ("url", "https://0x7f.1/"), ("url", "https://t/"), ("url", "https://a..b/"), ("url", "javascript:alert(1)"),
        ("url", "t.me/x"), ("url", "https://t.me/a b"), ("url", "https://t.me:99999/"), ("url", "https://[::1/"),
        ("url", "https://²².²².²².²²/"), ("url", "https://300.1.1.1/"), ("url", "hxxps://t[.]me/x"),
        ("domain", "-a.example"), ("domain", "example"), ("domain", "a.example/x"), ("account", ""),
        ("hash", "9f86d081"), ("picture", "x"), ("url", "https://t.me/" + "x" * 8192),
    ],
)  # fmt: skip
def test_a_locator_that_programs_read_differently_is_refused(kind: str, locator: str) -> None:
    with pytest.raises(MalformedLocator) as caught:
        locators.check(kind, locator)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("kind", "locator"),
    [
        ("url", "https://t.me/s/name?before=7#x"), ("url", "http://8.8.8.8/"), ("url", "https://[2001:db8::1]:8080/x"),
        ("url", "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a"), ("domain", "пример.example"), ("domain", "t.me."),
        ("account", "@name"), ("hash", "sha256:9f86d081884c7d65"), ("message", "https://t.me/x/7"), ("channel", "-100123"),
    ],
)  # fmt: skip
def test_a_locator_is_kept_as_it_was_reported(kind: str, locator: str) -> None:
    assert locators.check(kind, locator) == locator
