"""The notifiers that need no network: files that any mail program reads, and a terminal that nobody can steer."""

from __future__ import annotations

import builtins
import io
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from sopflow import DeliveryError, Outgoing
from sopflow.notifiers import ConsoleNotifier, FileNotifier
from sopflow.notifiers.files import as_email

AT = datetime(2025, 6, 2, 9, 0, 30, tzinfo=UTC)


def outgoing(**more: Any) -> Outgoing:
    values: dict[str, Any] = {
        "id": "case-1-m3.1", "tenant": "t", "case": "case-1", "channel": "email", "contact": "desk",
        "address": "desk@px.example", "subject": "Order", "body": "Please act.\n", "thread": "case-1-m3.1",
        "send_after": AT, "recipient_role": "platform", "sender_role": "authority",
    }  # fmt: skip
    return Outgoing(**{**values, **more})


def written(folder: Path, message: Outgoing) -> EmailMessage:
    """Send, and parse what is in the file; whatever a strict reader finds wrong is an error."""
    receipt = FileNotifier(folder).send(message)
    raw = (folder / receipt.reference).read_bytes()
    assert raw == receipt.proof
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw), "every line ends in CRLF, RFC 5322 section 2.3"
    head, _, _ = raw.partition(b"\r\n\r\n")
    head.decode("ascii")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998, "RFC 5322 section 2.1.1"
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert set(names) <= {
        b"Message-ID", b"In-Reply-To", b"Date", b"From", b"To", b"Subject", b"Content-Language", b"X-Sopflow-Case",
        b"X-Sopflow-Channel", b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version",
    }  # fmt: skip
    assert len(names) == len(set(names)), "no header stands twice"
    mail = message_from_bytes(raw, policy=policy.default.clone(raise_on_defect=True))
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_message_is_a_mail_that_any_program_reads(tmp_path: Path) -> None:
    mail = written(tmp_path, outgoing())
    assert (mail["Subject"], body(mail)) == ("Order", "Please act.\n")
    assert [a for _, a in getaddresses([mail["To"]])] == ["desk@px.example"]
    assert [a for _, a in getaddresses([mail["From"]])] == ["no-reply@sopflow.invalid"]
    assert parsedate_to_datetime(mail["Date"]) == AT
    assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", mail["Message-ID"])
    assert (mail["X-Sopflow-Case"], mail["X-Sopflow-Channel"], mail["Content-Language"]) == ("case-1", "email", "en")


def test_a_repetition_has_the_same_message_id_and_file(tmp_path: Path) -> None:
    first = written(tmp_path, outgoing())
    again = written(tmp_path, outgoing(attempts=3, send_after=AT + timedelta(hours=1)))
    assert first["Message-ID"] == again["Message-ID"] and len(os.listdir(tmp_path)) == 1
    assert "In-Reply-To" not in first


def test_a_later_rung_refers_to_the_first(tmp_path: Path) -> None:
    first = written(tmp_path, outgoing())
    later = written(tmp_path, outgoing(id="case-1-m5.1"))
    assert later["In-Reply-To"] == first["Message-ID"] != later["Message-ID"]


@pytest.mark.parametrize(
    ("one", "other"), [("2025/1-m1.1", "2025_1-m1.1"), ("a b", "a_b"), ("ü", "ö"), ("x" * 300, "x" * 301)]
)
def test_different_messages_never_share_a_file_or_a_message_id(tmp_path: Path, one: str, other: str) -> None:
    ids = {written(tmp_path, outgoing(id=id, thread=id))["Message-ID"] for id in (one, other)}
    assert len(ids) == 2 and len(os.listdir(tmp_path)) == 2


@pytest.mark.parametrize("id", ["../../etc/x", "/etc/x", "..", "a\x00b", "a\\b", "C:x", "-rf", ""])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, id: str) -> None:
    folder = tmp_path / "in" / "box"
    written(folder, outgoing(id=id))
    assert [p.parent for p in tmp_path.rglob("*") if p.is_file()] == [folder]


@pytest.mark.parametrize(
    "address",
    ["", "+62 811 000", "@telegram", "a@b, c@d.example", "Jane <a@b.example>", "a@b.example\r\nBcc: x@y.example",
     "a@b.example\n", "a(x)@b.example", "x:y@z", "jané@px.example", "a@b@c.example", '"a b"@c.example', "a\x00@b.c"],
)  # fmt: skip
def test_what_is_no_plain_address_stays_out_of_the_headers(tmp_path: Path, address: str) -> None:
    mail = written(tmp_path, outgoing(address=address))
    assert str(mail["To"]).rstrip() == "undisclosed-recipients:;" and "Bcc" not in mail


@pytest.mark.parametrize(
    "newline", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00", "\r\n\r\n"]
)
@pytest.mark.parametrize("field", ["subject", "case", "id", "thread", "channel", "language", "address"])
def test_nothing_grows_a_header(tmp_path: Path, field: str, newline: str) -> None:
    mail = written(tmp_path, outgoing(**{field: f"x{newline}Bcc: thief@evil.example{newline}Y: z"}))
    assert "Bcc" not in mail and "Y" not in mail and body(mail) == "Please act.\n"


@pytest.mark.parametrize(
    "subject", ["Laporan №5: ünïcödé", "汉字" * 200, "🚫 " * 40 + "end", "", "a" * 2000, "x: y <z@w>"]
)
def test_a_subject_in_any_script_comes_back_as_it_was(tmp_path: Path, subject: str) -> None:
    assert written(tmp_path, outgoing(subject=subject))["Subject"] == " ".join(subject.split())


@pytest.mark.parametrize(
    "text",
    ["Mohon ditinjau: ünïcödé\n", "汉字" * 3000 + "\n", "x" * 5000 + "\n", "From me\n.\n..\n\n--\nsig\n", "\n\n  a  \n",
     "a\u2028b\x85c\n", "=3D =?utf-8?q?x?=\n", "\ttab\n", "no line end"],
)  # fmt: skip
def test_a_body_in_any_script_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    assert body(written(tmp_path, outgoing(body=text))).rstrip("\n") == text.rstrip("\n")


def test_windows_line_ends_come_back_as_lines(tmp_path: Path) -> None:
    assert body(written(tmp_path, outgoing(body="a\r\nb\r\n"))) == "a\nb\n"


def test_the_sender_is_the_hosts_choice(tmp_path: Path) -> None:
    FileNotifier(tmp_path, sender="desk@ministry.example").send(outgoing())
    assert b"From: desk@ministry.example\r\n" in next(tmp_path.iterdir()).read_bytes()
    assert as_email(outgoing())["From"] == "no-reply@sopflow.invalid"


def test_a_failure_half_way_leaves_the_earlier_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, outgoing())
    (file,) = tmp_path.iterdir()
    before = file.read_bytes()
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        write(path, data[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DeliveryError, match="No space left") as caught:
        FileNotifier(tmp_path).send(outgoing(body="another"))
    assert not caught.value.permanent
    assert list(tmp_path.iterdir()) == [file] and file.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_a_failure_that_may_pass(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("I am no folder")
    with pytest.raises(DeliveryError) as caught:
        FileNotifier(tmp_path / "file").send(outgoing())
    assert not caught.value.permanent and str(tmp_path) not in caught.value.reason
    with pytest.raises(DeliveryError):
        FileNotifier(tmp_path / "file" / "below").send(outgoing())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_a_folder_without_permission_is_a_failure_that_may_pass(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(DeliveryError, match="Permission"):
            FileNotifier(tmp_path).send(outgoing())
    finally:
        tmp_path.chmod(0o700)


# --- terminal ------------------------------------------------------------------------------------------------------

TRICKY = "[bold red]x[/] [link=https://t.me/x]y[/link] :warning: [/] \\[z]"


def shown(message: Outgoing, *, plain: bool) -> str:
    out = io.StringIO()
    assert ConsoleNotifier(out, plain=plain).send(message) is None, "a terminal proves nothing"
    return out.getvalue()


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "rich"])
def test_a_message_is_shown_with_everything_in_it(plain: bool) -> None:
    text = shown(outgoing(), plain=plain)
    for part in ("case-1-m3.1", "platform", "desk", "email", "Order", "Please act."):
        assert part in text
    assert "desk@px.example" not in text


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "rich"])
def test_nothing_in_a_message_is_taken_for_markup(plain: bool) -> None:
    text = shown(outgoing(subject=TRICKY, body=TRICKY, contact="[red]d", id="[b]m"), plain=plain)
    flat = re.sub(r"[│\n]| {2,}", "", text).replace(" ", "")
    assert flat.count(TRICKY.replace(" ", "")) == 2
    assert "[red]d" in text and "[b]m" in text and "\u26a0" not in text and "\x1b" not in text


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "rich"])
@pytest.mark.parametrize("field", ["subject", "body", "contact", "id", "channel", "recipient_role"])
def test_no_message_steers_the_terminal(plain: bool, field: str) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\x08\r\x00x"
    text = shown(attrs.evolve(outgoing(), **{field: evil}), plain=plain)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_without_rich_the_text_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "rich":
            raise ImportError(name)
        return real(name, *rest, **more)

    for name in [n for n in sys.modules if n.partition(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    out = io.StringIO()
    ConsoleNotifier(out).send(outgoing())
    assert out.getvalue() == "--- case-1-m3.1 to platform (desk, email)\nOrder\n\nPlease act.\n\n"


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "rich"])
def test_without_a_file_it_goes_to_standard_output(plain: bool, capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleNotifier(plain=plain).send(outgoing())
    assert "Please act." in capsys.readouterr().out
