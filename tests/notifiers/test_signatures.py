"""Signatures of webhooks: the other implementation agrees both ways, forgers and garbage are told apart, keys rotate."""

from __future__ import annotations

import base64
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from sopflow import BadInput
from sopflow.errors import MissingExtra, NotAuthentic
from sopflow.signatures import Key, new_pair, new_secret, sign, verify

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the specification's examples
OTHER = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def test_the_specifications_own_example() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert verify(headers, b'{"test": 2432232314}', [SECRET], at).id == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@given(body=st.text(st.characters(exclude_categories=["Cs"])), id=st.text("abcXYZ019-_.", min_size=1, max_size=40))
def test_what_we_sign_the_other_implementation_accepts(body: str, id: str) -> None:
    headers = sign([OTHER, SECRET], id, datetime.now(UTC), body.encode())
    Webhook(SECRET).verify(body, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + "x", headers, json_parse=False)


@given(body=st.text(st.characters(exclude_categories=["Cs"])), id=st.text("abcXYZ019-_.", min_size=1, max_size=40))
def test_what_the_other_implementation_signs_we_accept(body: str, id: str) -> None:
    headers = {"Webhook-Id": id, "Webhook-Timestamp": str(int(NOW.timestamp())),
               "Webhook-Signature": Webhook(SECRET).sign(id, NOW, body)}  # fmt: skip
    assert verify(headers, body.encode(), [OTHER, SECRET], NOW).key == 1
    with pytest.raises(NotAuthentic) as caught:
        verify(headers, body.encode() + b"x", [OTHER, SECRET], NOW)
    assert not caught.value.malformed


def test_an_instant_in_jakarta_is_the_instant_that_it_is() -> None:
    jakarta = NOW.astimezone(timezone(timedelta(hours=7)))
    assert sign([SECRET], "m", jakarta, b"") == sign([SECRET], "m", NOW, b"")
    assert verify(sign([SECRET], "m", jakarta, b""), b"", [SECRET], jakarta).at == NOW


def test_ed25519_is_what_another_library_makes_of_it() -> None:
    private, public = new_pair()
    headers = sign([private], "m-1", NOW, b"\xff\x00body")
    content = b"m-1.%d.\xff\x00body" % NOW.timestamp()
    raw = base64.b64decode(public.removeprefix("whpk_"))
    made = base64.b64decode(headers["webhook-signature"].removeprefix("v1a,"))
    Ed25519PublicKey.from_public_bytes(raw).verify(made, content)
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(raw).verify(made, content + b"x")
    assert verify(headers, b"\xff\x00body", [public], NOW) == verify(headers, b"\xff\x00body", [private], NOW)
    with pytest.raises(NotAuthentic):
        verify(headers, b"\xff\x00bodx", [public], NOW)


def test_a_private_key_with_its_public_half_is_read_too() -> None:
    private = Ed25519PrivateKey.generate()
    seed, public = private.private_bytes_raw(), private.public_key().public_bytes_raw()
    both = "whsk_" + base64.b64encode(seed + public).decode()
    assert sign([both], "m", NOW, b"") == sign(["whsk_" + base64.b64encode(seed).decode()], "m", NOW, b"")
    with pytest.raises(BadInput, match="halves"):
        Key.of("whsk_" + base64.b64encode(seed + bytes(32)).decode())


def test_keys_change_without_downtime() -> None:
    private, public = new_pair()
    old, new = new_secret(), new_secret()
    body = b"{}"
    both = sign([old, new, private], "m", NOW, body)
    for known in ([old], [new], [old, new], [public]):  # receivers that know the old, the new, both, or the public one
        verify(both, body, known, NOW)
    assert verify(sign([new], "m", NOW, body), body, [old, new], NOW).key == 1
    with pytest.raises(NotAuthentic):
        verify(both, body, [new_secret()], NOW)


def test_a_v1_signature_is_never_taken_for_a_v1a_one() -> None:
    _, public = new_pair()
    headers = sign([SECRET], "m", NOW, b"")
    forged = {**headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v1a,")}
    with pytest.raises(NotAuthentic):
        verify(forged, b"", [SECRET, public], NOW)
    as_secret = "whsec_" + public.removeprefix("whpk_")  # the public key used as a shared secret
    with pytest.raises(NotAuthentic):
        verify(sign([as_secret], "m", NOW, b""), b"", [public], NOW)


@pytest.mark.parametrize("seconds", [-301, 301, -86400 * 365, 86400])
def test_what_was_signed_long_ago_or_is_not_signed_yet_is_refused(seconds: int) -> None:
    headers = sign([SECRET], "m", NOW + timedelta(seconds=seconds), b"")
    with pytest.raises(NotAuthentic) as caught:
        verify(headers, b"", [SECRET], NOW)
    assert not caught.value.malformed
    verify(headers, b"", [SECRET], NOW, tolerance=timedelta(days=400))


@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_clocks_that_are_a_little_apart_do_no_harm(seconds: int) -> None:
    verify(sign([SECRET], "m", NOW + timedelta(seconds=seconds), b""), b"", [SECRET], NOW)


GOOD = sign([SECRET], "m-1", NOW, b"{}")


@pytest.mark.parametrize(
    "wrong",
    [{"webhook-signature": s} for s in ("", "v1", "garbage", ",", "v2,AAAA", " ", "\x00", "v1," * 5000, "v1,A " * 40)]
    + [{"webhook-timestamp": t} for t in ("", "now", "1e9", "-5", "٣", "1" * 13, "nan", " 5", "1.5", "999999999999")]
    + [{"webhook-id": i} for i in ("", "a b", "a\r\nb", "ü", "x" * 257, "\x7f")],
    ids=lambda w: next(iter(w)),
)  # fmt: skip
def test_garbage_in_a_header_is_malformed_and_nothing_worse(wrong: dict[str, str]) -> None:
    with pytest.raises(NotAuthentic) as caught:
        verify({**GOOD, **wrong}, b"{}", [SECRET], NOW)
    assert caught.value.malformed
    for value in wrong.values():
        assert len(value) < 3 or value not in str(caught.value)


@pytest.mark.parametrize("signature", ["v1,AAAAA", "v1,", "v1,ü", "v1a,AAAAA", "v1a,ü", "v1a,", "v1,=", "v1,\ud800"])
def test_what_only_looks_like_a_signature_is_forged(signature: str) -> None:
    with pytest.raises(NotAuthentic) as caught:
        verify({**GOOD, "webhook-signature": signature}, b"{}", [SECRET, new_pair()[1]], NOW)
    assert not caught.value.malformed


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_header_that_is_missing_or_there_twice_is_malformed(name: str) -> None:
    for headers in ({k: v for k, v in GOOD.items() if k != name}, {**GOOD, name.title(): GOOD[name]}):
        with pytest.raises(NotAuthentic) as caught:
            verify(headers, b"{}", [SECRET], NOW)
        assert caught.value.malformed


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([*GOOD, "Webhook-Id", "x"]), st.text(st.characters(), max_size=60)), st.binary())
def test_no_header_and_no_body_makes_anything_but_a_refusal(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(NotAuthentic):
        verify({**GOOD, **headers} if len(headers) % 2 else headers, body + b"!", [SECRET], NOW)


@pytest.mark.parametrize(
    "key",
    ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!", "whpk_AAAA", "whsk_AAAA", None, 5,
     "whsec_" + "A" * 200, "whsec_ü" * 20],
)  # fmt: skip
def test_what_is_no_key_is_named_and_never_quoted(key: Any) -> None:
    with pytest.raises(BadInput, match="key") as caught:
        Key.of(key)
    if isinstance(key, str) and len(key) > 10:
        assert key not in str(caught.value) and key[6:] not in str(caught.value)


def test_without_a_key_nothing_is_signed_or_believed() -> None:
    for call in (lambda: sign([], "m", NOW, b""), lambda: verify(GOOD, b"{}", [], NOW)):
        with pytest.raises(BadInput, match="key"):
            call()
    with pytest.raises(BadInput, match="whsk_"):
        sign([new_pair()[1]], "m", NOW, b"")
    with pytest.raises(BadInput, match="time zone"):
        sign([SECRET], "m", datetime(2026, 1, 1), b"")


def test_no_key_shows_in_a_repr() -> None:
    private, public = new_pair()
    for text in (SECRET, private, public):
        key = Key.of(text)
        assert text.partition("_")[2][:12] not in repr(key) + str(key) and Key.of(key) is key
        assert str(key._raw) not in repr(key)


def test_ed25519_without_its_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    private, _ = new_pair()
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(MissingExtra, match=r'pip install "sopflow\[crypto\]"'):
        sign([private], "m", NOW, b"")
    sign([SECRET], "m", NOW, b"")


def test_shared_secrets_need_no_package() -> None:
    code = "import sys, sopflow.signatures as s; s.Key.of(s.new_secret()); assert 'cryptography' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
