"""Mails that come back: each kind states what it proves, nobody is believed for his From address, none is lost."""

from __future__ import annotations

import asyncio
import imaplib
import logging
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.header import Header
from email.message import Message as Mail
from pathlib import Path
from typing import Any

import pytest

from sopflow import Actor, BadInput, EffectGiven, Evidence, StoreError
from sopflow.notifiers import EmailNotifier
from sopflow.receivers import ImapFolder, MaildirFolder, MailReceiver, authentication_results

from . import samples
from .world import OTHER, PLATFORM, World


def by_header(mail: Mail) -> Actor | None:
    """What a host's predicate might do: believe a header that only its own mail server writes."""
    return {"platform": PLATFORM, "other": OTHER}.get(str(mail.get("X-Checked", "")))


class Post:
    def __init__(self, world: World | None = None, **more: Any) -> None:
        self.world = world or World()
        given = {"identify": by_header, "ours": lambda mail: mail.get("X-Checked") == "ours", **more}
        self.receiver = MailReceiver(self.world.runner, **given)

    def take(self, raw: bytes, checked: str = "platform") -> Any:
        head = f"X-Checked: {checked}\r\n".encode() if checked else b""
        return self.receiver.take(head + raw)

    @property
    def events(self) -> list[str]:
        return [e.event for e in self.world.runner.journal(self.world.case_id)[5:]]


@pytest.fixture
def post() -> Post:
    return Post()


# --- bounces -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [True, False], ids=["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_of_our_own_mail_system_is_unsent_and_the_ladder_climbs(post: Post, whole: bool) -> None:
    (item,) = post.take(samples.bounce(post.world.message, whole=whole), "ours")
    assert item.status == "applied"
    assert post.world.order.status == "unsent"
    entry = next(e for e in post.world.runner.journal(post.world.case_id) if e.event == "Unsent")
    assert entry.doc["event"]["data"]["reason"] == "bounced 5.1.1"
    assert [m.contact for m in post.world.case.sent_as("order")] == ["telegram-desk", "telegram-rep"]


def test_a_bounce_that_anybody_could_have_written_changes_no_case(post: Post) -> None:
    before = post.world.case
    for checked in ("", "platform"):
        (item,) = post.take(samples.bounce(post.world.message), checked)
        assert (item.status, item.authenticated) == ("rejected", False)
    assert post.world.case == before and post.world.kinds() == ["rejected", "rejected"]


def test_a_delay_is_for_a_person_and_a_confirmed_delivery_is_delivered(post: Post) -> None:
    (item,) = post.take(samples.bounce(post.world.message, "delayed", "4.4.7"), "ours")
    assert (item.status, item.detail) == ("unmatched", "a delivery report to be read")
    assert post.world.order.status == "sent"
    post.take(samples.bounce(post.world.message, "delivered", "2.0.0"), "ours")
    assert post.world.order.status == "delivered"


# --- read receipts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["manual-action/MDN-sent-manually; displayed", "automatic-action/MDN-sent-automatically; displayed",
                                  "automatic-action/MDN-sent-automatically; deleted", "manual-action/MDN-sent-manually; processed/error"])  # fmt: skip
def test_a_read_receipt_proves_delivery_and_is_no_persons_confirmation(post: Post, kind: str) -> None:
    (item,) = post.take(samples.read_receipt(post.world.message, kind))
    assert item.status == "applied"
    assert (post.world.order.status, post.world.order.acknowledged) == ("delivered", None)
    assert post.events == ["Delivered"] and post.world.kinds() == []


def test_a_read_receipt_that_says_something_else_is_for_a_person(post: Post) -> None:
    (item,) = post.take(samples.read_receipt(post.world.message, "manual-action/MDN-sent-manually; failed"))
    assert item.status == "unmatched" and post.world.order.status == "sent"


# --- replies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["Received.", "Sudah diterima", "OK\n\n> Please confirm receipt\n> quoting it\n-- \nDesk"]
)
def test_a_reply_that_only_confirms_is_the_confirmation_that_we_asked_for(post: Post, text: str) -> None:
    (item,) = post.take(samples.reply(post.world.message, text))
    assert item.status == "applied"
    assert post.world.order.status == "acknowledged"
    entry = post.world.runner.journal(post.world.case_id)[-1]
    assert entry.doc["evidence"] == [
        {
            "digest": Evidence.of(b"X-Checked: platform\r\n" + samples.reply(post.world.message, text)).digest,
            "kind": "e-mail",
        }
    ]


def test_a_reply_that_says_more_confirms_receipt_and_is_for_a_person(post: Post) -> None:
    first, second = post.take(samples.reply(post.world.message, "Which account do you mean?"))
    assert (first.status, second.status, second.detail) == ("applied", "unmatched", "a reply to be read")
    (incident,) = post.world.runner.incidents()
    assert (incident.kind, incident.case) == ("unmatched", post.world.case_id)
    assert b"Which account" in post.world.runner.inbox(status="unmatched")[0].raw


def multipart(message: str, *parts: str, kind: str = "mixed", end: str = "--b--\n") -> bytes:
    head, _, _ = samples.reply(message).partition(b"Content-Type")
    body = "".join(f"--b\nContent-Type: {part}\n" for part in parts) + end
    return (
        head
        + f'MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="b"\n\n{body}'.replace("\n", "\r\n").encode()
    )


def encoded(way: str, text: str) -> bytes:
    head, _, _ = samples.reply("5f1c0de-m4.1").partition(b"Content-Type")
    lines = f"MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: {way}\n\n{text}\n"
    return head + lines.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("way", "text"), [("base64", "T0s="), ("BASE64", "UmVj\nZWl2\nZWQu"), ("8bit", "OK"), ("quoted-printable", "O=4B")]
)
def test_a_confirmation_may_be_encoded(post: Post, way: str, text: str) -> None:
    assert [i.status for i in post.take(encoded(way, text))] == ["applied"]


@pytest.mark.parametrize(
    ("way", "text"),
    [("base64", "T0s=\n\nV2UgcmVmdXNl"), ("base64", "T0s=\nWe refuse to remove c1!"), ("base64", "T0s"), ("base64", "T0s=\n--\nx"),
     ("x-uuencode", 'We refuse\nbegin 644 a\n"3TL \n \nend\nWe refuse'), ("foo", "OK"), ("7bit\nContent-Transfer-Encoding: 8bit", "OK")],
)  # fmt: skip
def test_what_a_decoder_would_pass_over_is_for_a_person(post: Post, way: str, text: str) -> None:
    first, second = post.take(encoded(way, text))
    assert (first.status, second.status, second.detail) == ("applied", "unmatched", "a reply to be read")


YES, HTML = "text/plain\n\nReceived.", "text/html\n\n<p>Received.</p>"
PDF = "application/pdf; name=refusal.pdf\nContent-Disposition: attachment; filename=refusal.pdf\n\nWE REFUSE"


@pytest.mark.parametrize(
    "raw",
    [multipart("5f1c0de-m4.1", YES, HTML, kind="alternative"), multipart("5f1c0de-m4.1", YES),
     multipart("5f1c0de-m4.1", 'multipart/alternative; boundary="c"\n\n--c\nContent-Type: ' + YES
               + "\n--c\nContent-Type: " + HTML + "\n--c--\n")],
    ids=["alternative", "alone", "nested"],
)  # fmt: skip
def test_a_confirmation_with_the_same_as_html_is_nothing_but_that(post: Post, raw: bytes) -> None:
    assert [i.status for i in post.take(raw)] == ["applied"]
    assert post.world.order.status == "acknowledged" and post.world.kinds() == []


@pytest.mark.parametrize(
    "raw",
    [multipart("5f1c0de-m4.1", "text/plain\n\n", PDF), multipart("5f1c0de-m4.1", YES, PDF),
     multipart("5f1c0de-m4.1", YES, "text/plain\n\nWe refuse: c1 is journalism."),
     multipart("5f1c0de-m4.1", YES, "image/png\nContent-Disposition: inline\n\nx"),
     multipart("5f1c0de-m4.1", YES, "message/rfc822\n\nSubject: x\n\nWe refuse."),
     multipart("5f1c0de-m4.1", "message/rfc822\n\nSubject: x\n\nReceived."),
     multipart("5f1c0de-m4.1", "text/plain; name=refusal.txt\n\nReceived."),
     multipart("5f1c0de-m4.1", YES, HTML, kind="alternative", end=""),
     multipart("5f1c0de-m4.1", YES, HTML + "\n--b\nContent-Type: text/calendar\n\nx", kind="alternative"),
     multipart("5f1c0de-m4.1", HTML)],
    ids=["empty and PDF", "PDF", "second text", "picture", "mail", "only a mail", "named", "cut off", "third", "only HTML"],
)  # fmt: skip
def test_what_comes_beside_a_confirmation_is_for_a_person(post: Post, raw: bytes) -> None:
    first, second = post.take(raw)
    assert (first.status, second.status, second.detail) == ("applied", "unmatched", "a reply to be read")
    assert post.world.order.status == "acknowledged" and second.raw.endswith(raw)


@pytest.mark.parametrize(
    "text",
    ["", "> Please confirm receipt", "Received.\n-- \nJane Doe, Legal\n\nWe refuse: c1 is journalism.",
     "Received.\n-- \nWe refuse: c1 is journalism.", "Received.\n-- \na\nb\nc\nd\ne", "Received.\n--\n" + "x" * 61,
     "-- \nDesk"],
)  # fmt: skip
def test_a_text_without_a_confirmation_or_with_more_below_a_signature_is_for_a_person(post: Post, text: str) -> None:
    assert [i.status for i in post.take(samples.reply(post.world.message, text))] == ["applied", "unmatched"]
    assert post.world.order.status == "acknowledged"


def test_a_signature_of_a_few_short_lines_says_nothing(post: Post) -> None:
    text = "Received.\n\n-- \nDesk\nTelegram Ltd\n+62 21 000\nhttps://telegram.example\n\n> quoted\n"
    assert [i.status for i in post.take(samples.reply(post.world.message, text))] == ["applied"]


def test_of_a_mail_that_was_cut_off_the_rest_is_for_a_person() -> None:
    post = Post(size=2000)
    text = "Received.\n" + "> quoted\n" * 1000 + "We refuse."
    assert [i.status for i in post.take(samples.reply(post.world.message, text))] == ["applied", "unmatched"]
    post = Post()
    text = "Received.\n" + "\n" * 49_995 + "We refuse."
    assert [i.status for i in post.take(samples.reply(post.world.message, text))] == ["applied", "unmatched"]


def test_our_reference_in_the_subject_is_enough(post: Post) -> None:
    raw = samples.reply("x", subject=f"RE: [{post.world.message}] order").replace(
        b"<x@sopflow.invalid>", b"<own@platform.example>"
    )
    assert post.take(raw)[0].status == "applied"
    assert post.world.order.status == "acknowledged"


def test_a_reference_to_several_messages_is_for_a_person_with_the_cases_named(post: Post) -> None:
    raw = samples.reply("x", subject=f"{post.world.message}, other-m1.1").replace(b"<x@sopflow.invalid>", b"")
    (item,) = post.take(raw)
    assert (item.status, item.candidates) == ("unmatched", ("5f1c0de", "other"))


ODD_IDS = [
    "KOM/2024/33",
    "2024:33",
    "BKA,12",
    "KOM(33)",
    "BK\u00c4-1",
    "100%",
    "a%2Fb",
    "it's;<1>",
    "\u6848" * 60,
    "~x=1",
]


@pytest.mark.parametrize("case", ODD_IDS)
def test_a_case_of_any_name_is_found_by_the_message_id_of_its_mail(case: str) -> None:
    post = Post(world=World(case=case))
    made = EmailNotifier("smtp.ministry.example", "channel@ministry.example").mail(post.world.post.sent[0])
    named = made["Message-ID"][1:-1].rpartition("@")[0]
    post.take(samples.bounce(named, "delivered", "2.0.0"), "ours")
    assert post.world.order.status == "delivered"
    assert [i.status for i in post.take(samples.reply(named))] == ["applied"]
    assert post.world.order.status == "acknowledged"
    assert MailReceiver(post.world.runner).take(samples.reply(named))[0].case == case


@pytest.mark.parametrize(
    "subject", ["Re: [{}] order", "Re: order {}", "({})", "Re:{}", "Ihr Zeichen: {}, Antwort", "<{}>"]
)
@pytest.mark.parametrize("case", [*ODD_IDS[:6], "5f1c0de"])
def test_a_case_of_any_name_is_found_by_our_reference_in_the_subject(case: str, subject: str) -> None:
    post = Post(world=World(case=case))
    raw = (
        "Message-ID: <own@platform.example>\r\nSubject: " + Header(subject.format(post.world.message), "utf-8").encode()
    )
    assert post.take(f"{raw}\r\n\r\nReceived.\r\n".encode())[0].status == "applied"
    assert post.world.order.status == "acknowledged"


def test_a_reference_that_reads_in_two_ways_is_for_a_person_only_where_both_are_there(post: Post) -> None:
    post.world.ordered("12")
    raw = b"Message-ID: <1@platform.example>\r\nSubject: BKA,12-m4.1\r\n\r\nReceived.\r\n"
    assert post.take(raw)[0].case == "12"
    post.world.ordered("BKA,12")
    (item,) = post.take(raw.replace(b"<1@", b"<2@"))
    assert (item.status, item.candidates) == ("unmatched", ("12", "BKA,12"))


def test_few_cases_are_looked_up_for_a_subject_however_many_it_may_name(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    find = post.world.runner.case
    monkeypatch.setattr(post.world.runner, "case", lambda case: seen.append(case) or find(case))
    post.take(b"Subject: " + b"(a:b-m1.1" * 200 + b"\r\n\r\nok")
    assert len(seen) < 20


@pytest.mark.parametrize(
    "extra", ["Auto-Submitted: auto-replied\n", "Precedence: bulk\n", "Return-Path: <>\n", "X-Autoreply: yes\n"]
)
def test_an_automatic_reply_is_delivery_and_no_confirmation_and_is_read(post: Post, extra: str) -> None:
    first, second = post.take(samples.reply(post.world.message, "I am away. Your ticket was received.", extra=extra))
    assert post.world.order.status == "delivered" and post.events == ["Delivered"]
    assert (first.status, second.status, second.detail) == ("applied", "unmatched", "an automatic reply to be read")


@pytest.mark.parametrize(
    "extra", ["List-Id: <legal.platform.example>\nPrecedence: list\n", "X-Auto-Response-Suppress: All\n"]
)
@pytest.mark.parametrize("text", ["We refuse: c1 is the channel of a newspaper.", "Received.", ""])
def test_what_a_person_wrote_through_a_list_or_a_ticket_system_is_read(post: Post, extra: str, text: str) -> None:
    items = post.take(samples.reply(post.world.message, text, extra=extra))
    assert [i.status for i in items] == ["applied", "unmatched"] and text.encode() in items[1].raw
    assert post.world.order.status == "delivered" and post.world.kinds() == ["unmatched"]


@pytest.mark.parametrize(("text", "count"), [("", 1), ("> Please act\n", 1), ("Back on Monday", 2)])
def test_an_automatic_reply_without_a_text_of_its_own_is_delivery_and_nothing_else(
    post: Post, text: str, count: int
) -> None:
    raw = samples.reply(post.world.message, text, extra="Auto-Submitted: auto-replied; vacation\n")
    assert len(post.take(raw)) == count
    assert post.world.order.status == "delivered"


def test_a_from_address_proves_nothing(post: Post) -> None:
    before = post.world.case
    (first, _) = post.take(samples.reply(post.world.message, "We removed it all"), "")
    assert (first.status, first.detail) == ("rejected", "nobody vouches for its sender")
    assert MailReceiver(post.world.runner).take(samples.reply(post.world.message))[0].status == "rejected", (
        "nor by default"
    )
    assert post.world.case == before


def test_another_platform_has_no_say_about_this_one(post: Post) -> None:
    (item,) = post.take(samples.reply(post.world.message), "other")
    assert (item.status, item.detail) == ("rejected", "its sender is no party of this case in that role")
    assert post.world.order.status == "sent"


def test_the_same_mail_is_taken_in_once_by_whatever_way_it_comes(post: Post) -> None:
    raw = samples.reply(post.world.message, "Which one?")
    post.take(raw)
    post.take(b"Received: by another way\r\n" + raw)
    assert len(post.world.runner.inbox()) == 2 and post.events == ["Acknowledged"]


def test_another_mail_under_a_used_message_id_is_taken_in_too(post: Post) -> None:
    post.take(samples.reply(post.world.message, "Received."))
    assert post.take(samples.reply(post.world.message, "Which one?"))[1].status == "unmatched"
    assert post.events == ["Acknowledged", "Acknowledged"]
    assert [i.kind for i in post.world.runner.incidents()] == ["ambiguous", "unmatched"]


def test_a_stranger_cannot_take_the_place_of_a_mail_by_its_message_id(post: Post) -> None:
    raw = samples.reply(post.world.message)
    assert post.take(raw, "")[0].status == "rejected"
    assert post.take(raw)[0].status == "applied"


def test_a_reply_to_nothing_of_ours_is_unmatched(post: Post) -> None:
    (item,) = post.take(samples.reply("nonsense"))
    assert (item.status, item.detail) == ("unmatched", "it is about no message that we know")
    (item,) = post.take(samples.reply("gone-m1.1").replace(b"abcd", b"efgh"))
    assert (item.status, item.detail) == ("unmatched", "no such case")


def test_a_reply_to_a_message_that_is_not_there_yet_is_parked(post: Post) -> None:
    assert post.take(samples.reply("5f1c0de-m77.1"))[0].status == "parked"
    assert post.world.kinds() == []


def test_an_abuse_report_is_for_a_person(post: Post) -> None:
    (item,) = post.take(samples.abuse_report(post.world.message))
    assert (item.status, item.detail) == ("unmatched", "an abuse report about our message")
    assert post.world.runner.incidents()[0].case == post.world.case_id


def test_a_host_may_read_more_out_of_a_reply() -> None:
    def interpret(mail: Mail, message: str) -> Any:
        return EffectGiven(outcomes={"c1": "removed"}) if "DONE" in str(mail["Subject"]) else None

    post = Post(interpret=interpret)
    (item,) = post.take(samples.reply(post.world.message, subject="DONE"))
    assert item.status == "applied" and post.world.case.outcomes()["c1"] == "removed"
    assert post.world.runner.journal(post.world.case_id)[-1].doc["by"]["id"] == "telegram-desk"


def test_a_predicate_that_fails_leaves_the_mail_for_a_person() -> None:
    def broken(mail: Mail) -> Actor | None:
        raise KeyError("Jane Roe")

    post = Post(identify=broken)
    (item,) = post.take(samples.reply(post.world.message))
    assert item.status == "rejected" and "Jane" not in post.world.runner.incidents()[0].detail


# --- who wrote it --------------------------------------------------------------------------------------------------

ACTORS = {"desk@platform.example": PLATFORM, "other.example": OTHER}
PASS = (
    "mx.ministry.example; spf=pass smtp.mailfrom=platform.example; dmarc=pass (p=reject) header.from=platform.example"
)


@pytest.mark.parametrize(
    ("results", "sender", "expected"),
    [
        ([PASS], "Desk <Desk@Platform.example>", PLATFORM),
        ([PASS.replace("platform", "other")], "anybody@other.example", OTHER),
        ([PASS], "ceo@platform.example", None),
        ([PASS], "desk@evil.example", None),
        ([PASS.replace("dmarc=pass", "dmarc=fail")], "desk@platform.example", None),
        ([PASS.replace("mx.ministry", "mx.evil")], "desk@platform.example", None),
        (["mx.ministry.example; none", PASS], "desk@platform.example", None),
        (
            ['mx.ministry.example; spf=fail smtp.mailfrom="; dmarc=pass header.from=platform.example;"@evil.example'],
            "desk@platform.example",
            None,
        ),
        (["mx.ministry.example; spf=fail (; dmarc=pass header.from=platform.example;)"], "desk@platform.example", None),
        ([], "desk@platform.example", None),
        ([""], "desk@platform.example", None),
        ([PASS], "desk@platform.example, ceo@platform.example", None),
        ([PASS], "desk@evil.example\nFrom: desk@platform.example", None),
    ],
)
def test_only_our_own_servers_topmost_verdict_on_the_from_domain_counts(
    results: list[str], sender: str, expected: Actor | None
) -> None:
    head = "".join(f"Authentication-Results: {r}\n" for r in results) + f"From: {sender}\n\n"
    identify = authentication_results("mx.ministry.example", ACTORS)
    assert identify(message_from_bytes(head.encode())) == expected


# --- folders -------------------------------------------------------------------------------------------------------


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_a_maildir_is_worked_once_oldest_first_and_nothing_is_deleted(post: Post, maildir: Path) -> None:
    (maildir / "new" / "2.b.host").write_bytes(b"X-Checked: platform\r\n" + samples.reply(post.world.message, "Why?"))
    (maildir / "new" / "1.a.host").write_bytes(b"X-Checked: platform\r\n" + samples.read_receipt(post.world.message))
    (maildir / "cur" / "3.c.host:2,F").write_bytes(b"\xff garbage")
    (maildir / "cur" / "0.seen.host:2,S").write_bytes(samples.bounce(post.world.message))
    (maildir / "new" / ".hidden").write_bytes(b"x")
    (maildir / "new" / "4.link").symlink_to("/etc/hostname")
    done = post.receiver.collect(MaildirFolder(maildir))
    assert (len(done.items), done.left) == (4, 0)
    assert post.events == ["Delivered", "Acknowledged"]
    assert sorted(p.name for p in (maildir / "cur").iterdir()) == [
        "0.seen.host:2,S",
        "1.a.host:2,S",
        "2.b.host:2,S",
        "3.c.host:2,FS",
    ]
    assert post.receiver.collect(MaildirFolder(maildir)).items == ()


def test_a_mail_that_could_not_be_taken_in_stays_and_stops_no_other(
    post: Post, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        (maildir / "new" / f"{n}.x").write_bytes(
            f"X-Checked: platform\r\nMessage-ID: <{n}@x>\r\n\r\nhello {n}".encode()
        )
    receive = post.world.runner.receive

    def sometimes(item: Any) -> Any:
        if b"hello 1" in item.raw:
            raise StoreError("disk")
        return receive(item)

    with monkeypatch.context() as broken:
        broken.setattr(post.world.runner, "receive", sometimes)
        done = post.receiver.collect(MaildirFolder(maildir))
    assert (len(done.items), done.left) == (2, 1)
    assert [p.name for p in (maildir / "new").iterdir()] == ["1.x"]
    assert len(post.receiver.collect(MaildirFolder(maildir)).items) == 1


def test_a_huge_mail_is_read_up_to_the_limit(maildir: Path) -> None:
    post = Post(size=2000)
    (maildir / "new" / "1.x").write_bytes(samples.reply(post.world.message, "x" * 5_000_000))
    (item, _) = post.receiver.collect(MaildirFolder(maildir)).items
    assert len(item.raw) == 2000


def test_what_is_no_maildir_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="maildir"):
        MaildirFolder(tmp_path)


def test_an_async_runner_takes_in_the_same(maildir: Path) -> None:
    world = World(colour="async")
    (maildir / "new" / "1.a").write_bytes(b"X-Checked: platform\r\n" + samples.reply(world.message, "Why?"))

    receiver = MailReceiver(world.runner_async, identify=by_header)
    done = asyncio.run(receiver.collect_async(MaildirFolder(maildir)))
    assert [i.status for i in done.items] == ["applied", "unmatched"] and done.left == 0
    assert world.order.status == "acknowledged"


class Imap:
    """A scripted IMAP4rev1 server (RFC 3501): enough of it, and what it answers can be spoilt."""

    def __init__(self, mails: dict[int, bytes]) -> None:
        self.mails, self.seen, self.log = mails, set[int](), list[str]()
        self.spoil: dict[str, bytes] = {}
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK IMAP4rev1 ready\r\n")
                while line := self.rfile.readline():
                    tag, _, rest = line.decode("latin-1").strip().partition(" ")
                    outer.log.append(rest)
                    verb = (
                        " ".join(rest.split()[:2]).upper()
                        if rest.upper().startswith("UID")
                        else rest.split()[0].upper()
                    )
                    answer = outer.spoil.get(verb)
                    self.wfile.write(answer if answer is not None else outer.answer(verb, rest))
                    self.wfile.write(f"{tag} OK done\r\n".encode())
                    if verb == "LOGOUT" or answer is not None:
                        return

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads = True, True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, verb: str, rest: str) -> bytes:
        if verb == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if verb == "SELECT":
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* FLAGS (\\Seen)\r\n" % len(self.mails)
        if verb == "UID SEARCH":
            return b"* SEARCH " + b" ".join(b"%d" % n for n in sorted(set(self.mails) - self.seen)) + b"\r\n"
        if verb == "UID FETCH":
            uid = int(rest.split()[2])
            size = int(rest.rpartition("<0.")[2].partition(">")[0])
            raw = self.mails[uid][:size]
            return b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%b)\r\n" % (uid, len(raw), raw)
        if verb == "UID STORE":
            self.seen |= {int(n) for n in rest.split()[2].split(",")}
        return b"* BYE\r\n" if verb == "LOGOUT" else b""

    def connect(self) -> imaplib.IMAP4:
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        imap.login("channel", "secret-password")
        return imap


@pytest.fixture
def imap(post: Post) -> Iterator[Imap]:
    mails = {
        4: b"X-Checked: platform\r\n" + samples.read_receipt(post.world.message),
        9: b"X-Checked: platform\r\n" + samples.reply(post.world.message, "Why?" + "x" * 100_000),
    }
    server = Imap(mails)
    yield server
    server.server.shutdown()
    server.server.server_close()


def test_an_imap_folder_is_worked_once_and_only_marked_as_seen(post: Post, imap: Imap) -> None:
    folder = ImapFolder(imap.connect)
    assert len(post.receiver.collect(folder).items) == 3
    assert post.events == ["Delivered", "Acknowledged"] and imap.seen == {4, 9}
    assert post.receiver.collect(folder).items == ()
    assert not any("EXPUNGE" in line or "Deleted" in line for line in imap.log)


def test_only_the_first_bytes_of_a_mail_are_asked_for(imap: Imap) -> None:
    post = Post(size=3000)
    items = post.receiver.collect(ImapFolder(imap.connect)).items
    assert max(len(i.raw) for i in items) == 3000
    assert any("BODY.PEEK[]<0.3000>" in line for line in imap.log)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [("UID FETCH", b"* 1 FETCH (UID 4 BODY[]<0> {999999999999}\r\n"), ("UID FETCH", b"\xff\xff\xff\r\n"), ("UID SEARCH", b""),
     ("UID SEARCH", b"* SEARCH " + b"1" * 2_000_000 + b"\r\n"), ("SELECT", b"* BAD\r\nx BAD\r\n")],
)  # fmt: skip
def test_a_server_that_misbehaves_is_a_typed_error_or_nothing_and_never_an_endless_read(
    post: Post, imap: Imap, verb: str, answer: bytes
) -> None:
    imap.spoil[verb] = answer
    try:
        assert post.receiver.collect(ImapFolder(imap.connect)).items == ()
    except StoreError as error:
        assert "secret" not in str(error)
    assert imap.seen == set()


def test_a_server_that_is_down_is_a_typed_error(imap: Imap) -> None:
    def connect() -> imaplib.IMAP4:
        raise ConnectionRefusedError("desk@platform.example")

    with pytest.raises(StoreError, match="cannot be read: ConnectionRefusedError"):
        ImapFolder(connect).fetch(1, 1)


def test_a_folder_that_was_made_anew_in_between_marks_no_other_mail(imap: Imap) -> None:
    folder = ImapFolder(imap.connect)
    folder.done(["6:4", "7:9"])
    assert imap.seen == {9}


def test_nothing_personal_reaches_the_log(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "sopflow"):
        post.take(samples.reply(post.world.message, "Jane Roe says"), "")
        post.take(samples.reply(post.world.message, "Jane Roe says"))
    assert not any(word in str(r.__dict__) for r in caplog.records for word in ("Jane", "desk@"))


# --- hostile mails -------------------------------------------------------------------------------------------------

UNKEEPABLE = [
    b"In-Reply-To: <a\0b-m1.1@y>\r\n\r\nok",
    b"Subject: =?utf-8?q?a=00b-m1.1?= =?utf-8?q?a=00c-m1.1?=\r\n\r\nok",
    b"Subject: =?utf-7?q?+2AA-a-m1.1?=\r\n\r\nok",
    b"Subject: =?utf-7?q?+2AA-a-m1.1 +2AA-b-m1.1?=\r\n\r\nok",
]


@pytest.mark.parametrize("checked", ["", "platform"])
@pytest.mark.parametrize("raw", UNKEEPABLE, ids=range(4))
def test_no_control_character_and_no_half_a_character_is_part_of_a_reference(
    post: Post, raw: bytes, checked: str
) -> None:
    (item,) = post.take(raw, checked)
    assert not item.case and not item.candidates and item.event is None
    assert item.status == ("unmatched" if checked else "rejected")


def test_a_mail_that_cannot_be_kept_as_read_is_kept_bare_and_is_in_nobodys_way(
    post: Post, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = post.world.runner.receive

    def receive(item: Any) -> Any:
        if item.case:
            raise BadInput("case", "…", "remove it")
        return given(item)

    monkeypatch.setattr(post.world.runner, "receive", receive)
    (maildir / "new" / "1.a").write_bytes(b"X-Checked: platform\r\n" + samples.reply(post.world.message))
    done = post.receiver.collect(MaildirFolder(maildir))
    assert done.left == 0 and [i.status for i in done.items] == ["unmatched", "unmatched"][: len(done.items)]
    assert post.receiver.collect(MaildirFolder(maildir)).items == ()


def test_a_header_is_read_up_to_a_limit_and_so_are_lines() -> None:
    seen: list[Mail] = []
    receiver = MailReceiver(World().runner, identify=lambda mail: seen.append(mail))
    receiver.take(b"From: " + b"[a]" * 300_000 + b"\r\nSubject: x\r\n\r\nok")
    receiver.take(b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 200_000)
    assert len(str(seen[0]["from"])) == 20_000 and seen[0]["subject"] == "x"
    assert len(list(seen[1].walk())) < 30_000


@pytest.mark.parametrize("charset", ["idna", "punycode", "undefined", "a\0b", "no-such"])
def test_a_reply_in_a_charset_of_no_mail_is_read_all_the_same(post: Post, charset: str) -> None:
    raw = samples.reply(post.world.message).replace(b"charset=utf-8", f"charset={charset}".encode())
    (item,) = post.take(raw)
    assert item.status == "applied" and post.events[-1] == "Acknowledged"


def test_a_reply_too_long_to_say_nothing_but_yes_is_for_a_person(post: Post) -> None:
    confirmed, text = post.take(samples.reply(post.world.message, "Received.\r\n" + "> quoted\r\n" * 20_000))
    assert confirmed.status == "applied" and text.status == "unmatched"


@pytest.mark.parametrize("extra", ["X-Failed-Recipients: desk@platform.example\n", "Return-Path: <>\n"])
def test_a_bounce_in_words_is_no_delivery(post: Post, extra: str) -> None:
    raw = samples.reply(
        post.world.message, "Your message could not be delivered.", extra=extra, sender="MAILER-DAEMON@platform.example"
    )
    (item,) = post.take(raw)
    assert item.status == "unmatched" and "delivery report" in item.detail
    assert post.world.order.delivered is None and post.world.order.acknowledged is None


def test_of_a_strangers_mail_a_bounded_part_is_kept_and_all_of_it_tells_it_from_others(post: Post) -> None:
    mails = [samples.reply(post.world.message, "x" * 100_000 + end) for end in ("a", "b")]
    items = [post.take(raw, checked="")[0] for raw in mails]
    assert [len(item.raw) for item in items] == [8192, 8192] and items[0].id != items[1].id
    assert {item.status for item in items} == {"rejected"}
