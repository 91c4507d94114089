"""Confirmation links: what a token is, and what it is not."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopflow import BadInput
from sopflow.receivers import Links

from .world import SECRET, World, links

NEW = b"fedcba9876543210fedcba9876543210"
IDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_characters="@", exclude_categories=["Cs"]),
    min_size=1,
    max_size=60,
)


@given(IDS.map(lambda i: f"{i}-m3.1"), st.sampled_from(["confirm", "answer"]))
def test_a_token_opens_to_its_message_and_purpose_and_is_always_the_same(message: str, purpose: str) -> None:
    made = links()
    token = made.token(message, purpose)
    assert made.open(token) == (message, purpose)
    assert made.token(message, purpose) == token
    assert token.replace("-", "").replace("_", "").isalnum() and token.isascii()


@given(st.data())
def test_a_token_that_was_changed_anywhere_is_none(data: st.DataObject) -> None:
    made = links()
    raw = bytearray(base64.urlsafe_b64decode(made.token("5f1c0de-m4.1") + "=="))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    assert made.open(base64.urlsafe_b64encode(raw).decode().rstrip("=")) is None


@given(st.text(max_size=700) | st.binary(max_size=400).map(lambda b: base64.urlsafe_b64encode(b).decode().rstrip("=")))
def test_what_nobody_sealed_opens_to_nothing(token: str) -> None:
    assert links().open(token) is None


def test_a_token_says_nothing_about_the_case_not_even_by_its_length() -> None:
    made = links()
    tokens = [made.token(f"{'a' * n}-m{n}.1", purpose) for n in range(1, 30) for purpose in ("confirm", "answer")]
    assert len({len(t) for t in tokens}) == 1
    assert len(set(tokens)) == len(tokens)
    raw = base64.urlsafe_b64decode(made.token("5f1c0de-m4.1") + "==")
    assert b"5f1c0de" not in raw and b"answer" not in raw
    first, second = (base64.urlsafe_b64decode(made.token(f"5f1c0de-m{n}.1") + "==")[:24] for n in (4, 5))
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 8, "no common beginning either"


def test_a_new_secret_in_front_keeps_the_links_that_are_out_and_a_dropped_one_ends_them() -> None:
    old = links().token("5f1c0de-m4.1")
    rotated = links(secrets=(NEW, SECRET))
    assert rotated.open(old) == ("5f1c0de-m4.1", "answer")
    assert rotated.token("5f1c0de-m4.1") != old
    assert links().open(rotated.token("5f1c0de-m4.1")) is None
    assert links(secrets=NEW).open(old) is None


def test_a_token_of_one_tenant_is_none_of_anothers() -> None:
    assert links(tenant="other").open(links().token("5f1c0de-m4.1")) is None


def test_secrets_are_in_no_repr_and_in_no_error() -> None:
    assert "0123456789abcdef" not in repr(links(secrets=(SECRET, NEW)))
    with pytest.raises(BadInput) as caught:
        links(secrets=(SECRET, b"too-short-secret"))
    assert "too-short" not in str(caught.value) and "32 random bytes" in str(caught.value)
    with pytest.raises(BadInput):
        links(secrets=())


@pytest.mark.parametrize("base", ["channel.example/c", "javascript:alert(1)", "https://a b/"])
def test_a_base_that_is_no_url_is_refused(base: str) -> None:
    with pytest.raises(BadInput, match=r"Links\.base"):
        Links(base=base, secrets=SECRET)


def test_an_unknown_purpose_is_refused() -> None:
    with pytest.raises(BadInput, match="confirm, answer"):
        links().token("5f1c0de-m4.1", "login")


def test_every_message_carries_its_link_and_what_was_sent_is_what_is_stored() -> None:
    world = World()
    (sent,) = world.post.sent
    url = links().url(world.message)
    assert url in sent.body
    assert sent.id == world.message and "quoting 5f1c0de-m4.1" in sent.body
    assert links().open(url.rpartition("/")[2]) == (world.message, "answer")


def test_the_lifetime_counts_from_the_message_so_that_a_host_can_shorten_it() -> None:
    assert links(lifetime=timedelta(days=1)).token("x-m1.1") == links().token("x-m1.1")
