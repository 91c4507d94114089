"""E-mail over a real SMTP server: what arrives, what a server may do to us, and what nobody can slip into a header."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, ClassVar
from urllib.parse import unquote

import attrs
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from sopflow import (
    Actor,
    Approved,
    BadInput,
    DeliveryError,
    Issued,
    Notice,
    Outgoing,
    PointOfContact,
    Provider,
    Runner,
    StaticDirectory,
    Verified,
    canon,
    catalogue,
)
from sopflow.notifiers import EmailNotifier
from sopflow.notifiers.files import as_email, written
from sopflow.renderers import JinjaRenderer
from sopflow.stores import open_store
from sopflow.testing import NotifierContract, check_notifier

from .servers import closed_port, outgoing, raw, serving, swallowing, trusting

PASSWORD = "a-very-secret-password"


class Post:
    """Takes every mail; answers to RCPT and DATA as it is told."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.rcpt: Callable[[str], str] = lambda address: "250 OK"
        self.data = "250 2.0.0 queued as 4711"
        self.logins: list[tuple[bytes, bytes]] = []
        self.secured: list[bool] = []

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        said = self.rcpt(address)
        if said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.data.startswith("2"):
            self.taken.append(envelope)
            self.secured.append(session.ssl is not None)
        return self.data

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@contextmanager
def post_office(kind: str = "starttls") -> Iterator[tuple[Post, dict[str, Any]]]:
    """Run a server; yield what it took, and what an EmailNotifier needs to reach it."""
    post = Post()

    class Server(Controller):
        def factory(self) -> SMTP:
            more: dict[str, Any] = {"tls_context": serving(), "require_starttls": True} if kind == "starttls" else {}
            if kind in ("starttls", "tls"):
                more |= {"authenticator": post.login, "auth_require_tls": kind == "starttls"}
            return SMTP(post, ident="test", **more)

    server = Server(post, hostname="127.0.0.1", port=closed_port(), ssl_context=serving() if kind == "tls" else None)
    server.start()
    try:
        yield post, {"host": "localhost", "port": server.port, "security": kind, "tls": trusting(), "timeout": 5.0}
    finally:
        server.stop()


def notifier(where: dict[str, Any], **more: Any) -> EmailNotifier:
    return EmailNotifier(**{"sender": "The Desk <desk@ministry.example>", **where, **more})


def parsed(envelope: Envelope) -> EmailMessage:
    data = envelope.original_content
    assert data is not None
    mail = message_from_bytes(data, policy=policy.default.clone(raise_on_defect=True))
    assert isinstance(mail, EmailMessage)
    return mail


def got(post: Post) -> EmailMessage:
    return parsed(post.taken[-1])


def refused(by: EmailNotifier, message: Outgoing | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        by.send(message or outgoing())
    for part in ("px.example", PASSWORD, "Please act"):
        assert part not in str(caught.value)
    return caught.value


@pytest.fixture(scope="module")
def office() -> Iterator[tuple[Post, dict[str, Any]]]:
    with post_office() as found:
        yield found


@pytest.fixture
def post(office: tuple[Post, dict[str, Any]]) -> Post:
    fresh = Post()
    office[0].__dict__.update(fresh.__dict__)
    return office[0]


@pytest.fixture
def where(office: tuple[Post, dict[str, Any]]) -> dict[str, Any]:
    return office[1]


# --- what arrives --------------------------------------------------------------------------------------------------


def test_it_keeps_the_notifier_contract(post: Post, where: dict[str, Any]) -> None:
    check_notifier(lambda: notifier(where))
    silent = {**where, "port": closed_port()}
    assert NotifierContract(lambda: notifier(where), None, lambda: notifier(silent)).run(
        "silence_of_the_other_side_is_a_delivery_error"
    )


@pytest.mark.parametrize("kind", ["starttls", "tls"])
def test_a_message_arrives_over_tls_with_text_html_and_json(kind: str) -> None:
    with post_office(kind) as (post, where):
        receipt = notifier(where, login=("desk", PASSWORD)).send(outgoing(body="Blokir <b>c1</b> & lapor №5\n"))
    mail = got(post)
    assert post.secured == [kind == "starttls"]  # the other server speaks nothing but TLS
    assert post.logins == [(b"desk", PASSWORD.encode())]
    (envelope,) = post.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("desk@ministry.example", ["desk@px.example"])
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and text.get_content().strip() == "Blokir <b>c1</b> & lapor №5"
    assert html is not None and "Blokir &lt;b&gt;c1&lt;/b&gt; &amp; lapor №5" in html.get_content()
    (part,) = mail.iter_attachments()
    assert (part.get_content_type(), part.get_filename()) == ("application/json", "message.json")
    assert json.loads(part.get_content()) == {
        "id": "case-1-m3.1", "thread": "case-1-m3.1", "case": "case-1", "template": "order", "language": "en",
        "from": "authority", "to": "platform", "subject": "Order", "text": "Blokir <b>c1</b> & lapor №5\n",
        "confirm_by": None,
    }  # fmt: skip
    assert mail["From"] == "The Desk <desk@ministry.example>" and mail["Auto-Submitted"] == "auto-generated"
    assert receipt.proof.endswith(b"250 2.0.0 queued as 4711") and not receipt.delivered
    assert envelope.original_content is not None and envelope.original_content.strip() in receipt.proof


def test_html_and_data_of_the_message_are_used_where_it_has_them(post: Post, where: dict[str, Any]) -> None:
    class Row:
        html = "<p>Eigenes</p>"
        data: ClassVar = {"contents": ["https://t.example/a?b=1"]}

        def __getattr__(self, name: str) -> Any:
            return getattr(outgoing(), name)

    notifier(where).send(Row())  # type: ignore[arg-type]
    html, (part,) = got(post).get_body(("html",)), got(post).iter_attachments()
    assert html is not None and html.get_content().strip() == "<p>Eigenes</p>"
    assert json.loads(part.get_content())["data"] == Row.data


def test_a_repetition_has_the_same_message_id(post: Post, where: dict[str, Any]) -> None:
    for attempts in (0, 4):
        notifier(where).send(outgoing(attempts=attempts))
    first, again = (parsed(envelope) for envelope in post.taken)
    assert first["Message-ID"] == again["Message-ID"] == "<case-1-m3.1@ministry.example>"
    assert "In-Reply-To" not in first and "References" not in first


@pytest.mark.parametrize(
    "id", ["KOM/2024/33-m3.1", "BK\u00c4 1-m3.1", "100%-m3.1", "x" * 200 + "-m3.1", "(" * 200 + "-m3.1"]
)
def test_an_id_with_any_signs_is_readable_in_the_message_id(post: Post, where: dict[str, Any], id: str) -> None:
    notifier(where).send(outgoing(id=id, thread=id))
    notifier(where).send(outgoing(id="later", thread=id))
    first, later = (parsed(envelope) for envelope in post.taken)
    assert unquote(first["Message-ID"]) == f"<{id}@ministry.example>" and first["Message-ID"].isascii()
    assert later["In-Reply-To"] == later["References"] == first["Message-ID"]
    raw = post.taken[1].original_content
    assert raw is not None and first["Message-ID"].encode() in raw, "written out, so that any program finds the thread"


def test_later_messages_of_a_communication_form_a_thread(post: Post, where: dict[str, Any]) -> None:
    notifier(where).send(outgoing())
    notifier(where).send(outgoing(id="case-1-m5.1"))
    first, later = (parsed(envelope) for envelope in post.taken)
    assert later["In-Reply-To"] == later["References"] == first["Message-ID"] != later["Message-ID"]


def test_answers_bounces_and_read_receipts_go_where_they_should(post: Post, where: dict[str, Any]) -> None:
    notifier(
        where, receipt_to="read@ministry.example", bounces_to="bounce@ministry.example", domain="mail.example",
        reply_to=lambda message: f"ack+{message.id}@ministry.example",
    ).send(outgoing())  # fmt: skip
    mail = got(post)
    assert mail["Disposition-Notification-To"] == "read@ministry.example"
    assert mail["Reply-To"] == "ack+case-1-m3.1@ministry.example"
    assert post.taken[0].mail_from == "bounce@ministry.example"
    assert mail["Message-ID"] == "<case-1-m3.1@mail.example>"
    notifier(where, reply_to="answers@ministry.example").send(outgoing())
    assert got(post)["Reply-To"] == "answers@ministry.example" and "Disposition-Notification-To" not in got(post)


@pytest.mark.parametrize(
    "text", ["汉字" * 3000, "x" * 5000, ".\n..\n.x\n", "From me\n", "\n\n", "a\u2028b", "\r\n.\r\nQUIT\r\n"]
)
def test_a_body_in_any_script_comes_back_as_it_was(post: Post, where: dict[str, Any], text: str) -> None:
    notifier(where).send(outgoing(body=text))
    body, (part,) = got(post).get_body(("plain",)), got(post).iter_attachments()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")
    assert json.loads(part.get_content())["text"] == text, "the machine-readable part is exact"
    assert len(post.taken) == 1


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00"])
@pytest.mark.parametrize("field", ["subject", "case", "id", "thread", "channel", "language", "template"])
def test_nothing_grows_a_header(post: Post, where: dict[str, Any], field: str, newline: str) -> None:
    notifier(where).send(attrs.evolve(outgoing(), **{field: f"x{newline}Bcc: thief@evil.example{newline}Y: z"}))
    raw_mail = post.taken[0].original_content
    assert raw_mail is not None
    head = raw_mail.partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0].lower() for line in re.split(rb"\r\n(?![ \t])", head)}
    assert names == {
        b"message-id", b"date", b"from", b"to", b"subject", b"x-sopflow-case", b"x-sopflow-channel", b"content-type",
        b"mime-version", b"auto-submitted",
    } | ({b"in-reply-to", b"references"} if field in ("thread", "id") else set())  # fmt: skip
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", head) and max(map(len, raw_mail.split(b"\r\n"))) <= 998
    assert post.taken[0].rcpt_tos == ["desk@px.example"]


@pytest.mark.parametrize(
    "subject",
    ["Order =?utf-8?q?5=0d=0aBcc=3a_thief=40evil.example?=", "=?utf-8?q?5=0aBcc=3a_x=40y.example=0a=0ahello?= z",
     "=?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?=", "=?utf-8?q?caf=C3=A9?=", "Is 2 =? 3", "Blokir №5 =?utf-8?q?=0a?=",
     "=?x?q?" + "=0aY: z " * 50],
)  # fmt: skip
def test_what_looks_encoded_in_a_subject_is_sent_as_it_is_stored(
    post: Post, where: dict[str, Any], subject: str
) -> None:
    notifier(where).send(outgoing(subject=subject))
    raw_mail = post.taken[0].original_content
    assert raw_mail is not None
    head = raw_mail.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].lower() for line in re.split(rb"\r\n(?![ \t])", head)]
    assert len(names) == len(set(names)) == 10 and b"bcc" not in names and b"y" not in names
    assert got(post)["Subject"] == subject.rstrip()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", head) and max(map(len, head.split(b"\r\n"))) <= 998


def test_a_header_that_would_be_several_is_sent_by_nobody(post: Post, where: dict[str, Any]) -> None:
    mail = as_email(outgoing())
    mail._headers.append(("X-Sopflow-Case", "c\r\nBcc: thief@evil.example"))  # type: ignore[attr-defined]
    with pytest.raises(DeliveryError) as caught:
        written(mail)
    assert caught.value.permanent and "thief" not in caught.value.reason


@pytest.mark.parametrize(
    "address", ["", "=?utf-8?q?a=0d=0aBcc=3ax?=@d.example", "a@b\r\nRCPT TO:<c@d.example>", "a@b.example>", "<a@b.example>", "a b@c.example", "jané@px.example",
                "@telegram", "a@b@c.example", "a@b.example\n"],
)  # fmt: skip
def test_what_is_no_address_reaches_no_server(post: Post, where: dict[str, Any], address: str) -> None:
    assert refused(notifier(where), outgoing(address=address)).permanent and post.taken == []


def test_half_a_character_is_a_failure_for_good(post: Post, where: dict[str, Any]) -> None:
    assert refused(notifier(where), outgoing(body="\ud800")).permanent and post.taken == []


# --- what a server may answer --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "permanent"),
    [(550, True), (551, True), (553, True), (450, False), (451, False), (452, False), (421, False)],
)
def test_a_recipient_who_is_gone_is_told_from_one_who_is_busy(
    post: Post, where: dict[str, Any], code: int, permanent: bool
) -> None:
    post.rcpt = lambda address: f"{code} <{address}> no"
    error = refused(notifier(where))
    assert error.permanent is permanent
    assert error.answered is (code in (450, 451, 452)), "the server is well, and others' mails can go there"


@pytest.mark.parametrize(("code", "permanent"), [(554, True), (552, True), (451, False), (452, False)])
def test_content_that_is_refused_likewise(post: Post, where: dict[str, Any], code: int, permanent: bool) -> None:
    post.data = f"{code} no"
    error = refused(notifier(where))
    assert error.permanent is permanent
    assert error.answered is (code in (451, 452)), "whom the server puts off does not keep others waiting"


@pytest.mark.parametrize(("code", "permanent"), [(554, True), (550, True), (451, False), (421, False)])
def test_what_is_refused_before_the_text_likewise(code: int, permanent: bool) -> None:
    def talk(line: socket.socket) -> None:
        line.sendall(b"220 x\r\n")
        for command in line.makefile("rb"):
            line.sendall(b"%d no\r\n" % code if command.upper().startswith(b"DATA") else b"250 ok\r\n")

    with raw(talk, tls=False) as port:
        error = refused(notifier({"host": "localhost", "port": port, "security": "plain", "timeout": 5.0}))
    assert (error.permanent, error.answered) == (permanent, code == 451)


def test_a_wrong_password_is_our_fault_and_may_be_put_right(post: Post, where: dict[str, Any]) -> None:
    error = refused(notifier(where, login=("desk", "wrong")))
    assert not error.permanent and "login" in error.reason and post.taken == []


def test_one_dead_address_of_several_leaves_time_for_the_others(
    post: Post, where: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    with swallowing(where["port"]) as dead:

        def dual(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            found = [real(a, port, *rest, **more) for a in ((dead, "127.0.0.1") if host == "localhost" else (host,))]
            return [info for one in found for info in one]

        monkeypatch.setattr(socket, "getaddrinfo", dual)
        start = time.monotonic()
        notifier(where, timeout=2.0).send(outgoing())
        assert 0.9 < time.monotonic() - start < 2 and len(post.taken) == 1


def test_a_server_without_starttls_gets_nothing() -> None:
    with post_office("plain") as (post, where):
        error = refused(notifier({**where, "security": "starttls"}, login=("desk", PASSWORD)))
    assert not error.permanent and "STARTTLS" in error.reason and post.taken == [] and post.logins == []


@pytest.mark.parametrize("kind", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(kind: str) -> None:
    with post_office(kind) as (post, where):
        error = refused(notifier({**where, "tls": None}, login=("desk", PASSWORD)))
    assert "certificate" in error.reason and post.taken == [] and post.logins == []


def test_a_relay_on_this_machine_may_be_plain() -> None:
    with post_office("plain") as (post, where):
        notifier({**where, "tls": None}).send(outgoing())
    assert len(post.taken) == 1


# --- how much it is allowed to cost --------------------------------------------------------------------------------


def _endless(line: socket.socket) -> None:
    while True:
        line.sendall(b"220-" + b"x" * 1000 + b"\r\n")


def _dripping(line: socket.socket) -> None:
    for _ in range(200):
        line.sendall(b"2")
        time.sleep(0.05)


@pytest.mark.parametrize("talk", [lambda line: time.sleep(10), _dripping, _endless, lambda line: None])
def test_a_server_that_is_silent_drips_or_never_ends_is_left(talk: Callable[[socket.socket], None]) -> None:
    for kind in ("plain", "tls"):
        with raw(talk, tls=kind == "tls") as port:
            began = time.monotonic()
            where = {"host": "localhost", "port": port, "security": kind, "tls": trusting(), "timeout": 0.6}
            assert not refused(notifier(where)).permanent
            assert time.monotonic() - began < 2.5


def test_a_reply_that_never_ends_is_left_long_before_the_time_limit() -> None:
    with raw(_endless, tls=False) as port:
        began = time.monotonic()
        refused(notifier({"host": "localhost", "port": port, "security": "plain", "timeout": 60.0}))
        assert time.monotonic() - began < 10


def test_a_password_in_the_host_is_not_shown() -> None:
    with pytest.raises(BadInput) as caught:
        EmailNotifier("desk:pw-of-the-desk@smtp.example", "desk@ministry.example")
    assert "pw-of-the-desk" not in str(caught.value) and "smtp.example" in str(caught.value)
    assert "pw-of-the-desk" not in repr(caught.value.value)


@pytest.mark.parametrize(
    "noise", [b"", b"\x00\xff\r\n", b"220\r\n250\r\n", b"220 x\r\n\xff\xfe\r\n", b"999 x\r\n", b"HTTP/1.1 200\r\n"]
)
def test_whatever_a_server_says_is_a_delivery_error(noise: bytes) -> None:
    with raw(lambda line: line.sendall(noise), tls=False) as port:
        refused(notifier({"host": "localhost", "port": port, "security": "plain", "timeout": 1.0}))


# --- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [{"host": ""}, {"host": "a b"}, {"host": "x\r\n"}, {"sender": "nobody"}, {"sender": "a@b\r\nBcc: c@d"}, {"timeout": 0},
     {"security": "none"}, {"security": "plain", "login": ("desk", PASSWORD)}, {"reply_to": "x"}, {"receipt_to": "x y"},
     {"bounces_to": "<a@b.example>"}, {"domain": "a b"}, {"sender": "ü@b.example"}],
)  # fmt: skip
def test_what_cannot_be_used_is_said_when_it_is_handed_in(more: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        EmailNotifier(**{"host": "smtp.example", "sender": "desk@ministry.example", **more})
    assert PASSWORD not in str(caught.value)


def test_certificates_cannot_be_left_unverified() -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    with pytest.raises(BadInput, match="verify"):
        EmailNotifier("smtp.example", "desk@ministry.example", tls=context)


def test_the_password_never_shows() -> None:
    one = EmailNotifier("smtp.example", "desk@ministry.example", login=("desk", PASSWORD))
    assert PASSWORD not in repr(one) and "desk" not in repr(one)


def test_a_name_in_the_sender_cannot_break_out() -> None:
    one = EmailNotifier("smtp.example", '"Desk, the <x@y.example>" <desk@ministry.example>')
    mail = one.mail(outgoing())
    assert [a.addr_spec for a in mail["From"].addresses] == ["desk@ministry.example"]


# --- when, and what the journal proves -----------------------------------------------------------------------------


def test_a_mail_is_never_dated_before_it_was_written(post: Post, where: dict[str, Any]) -> None:
    queued = "2026-03-02T08:30:00.000000Z"
    lane = outgoing(data=json.dumps({"queued": queued}), send_after=datetime(2026, 3, 2, 1, 30, tzinfo=UTC))
    held = outgoing(data=json.dumps({"queued": queued}), send_after=datetime(2026, 3, 3, 6, 0, tzinfo=UTC))
    dates = []
    for message in (lane, held):
        notifier(where).send(message)
        dates.append(got(post)["Date"].datetime)
    assert dates == [datetime(2026, 3, 2, 8, 30, tzinfo=UTC), datetime(2026, 3, 3, 6, 0, tzinfo=UTC)]


def test_the_digest_in_the_journal_is_that_of_the_parts_of_the_mail_that_arrived(
    post: Post, where: dict[str, Any]
) -> None:
    rules = catalogue.find("id.kominfo_telegram_2017")
    desk = PointOfContact(id="tg-desk", channels={"email": "desk@px.example"}, zone="Asia/Kolkata")
    runner = Runner(
        store=open_store("memory:"), procedures=[rules], acting_as={"authority"}, renderer=JinjaRenderer(),
        directory=StaticDirectory([Provider(id="tg", contacts=[desk])]), notifiers={"email": notifier(where)},
    )  # fmt: skip
    officer, agency = Actor("officer", {"authority"}, "kominfo"), Actor("agent", {"competent_agency"}, "bnpt")
    notice = Notice(
        contents=["https://t.me/a?x=ü&y=1"], parties={"platform": "tg"}, form={"reasons": "a\r\nb\rc\n\n.\n-- \nd  "}
    )
    runner.open(rules.id, notice, by=officer, case_id="case-9")
    runner.apply("case-9", Verified(by=officer))
    runner.apply("case-9", Approved(by=agency, proposal=runner.proposal("case-9", Issued(by=officer))))
    runner.apply("case-9", Issued(by=officer))
    runner.deliver()
    mail = got(post)
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    (part,) = mail.iter_attachments()
    assert text is not None and page is not None
    said = json.loads(part.get_content())
    shown = [p.get_content().replace("\r\n", "\n") for p in (text, page)]  # the wire's line ends
    parts = [mail["Subject"], *shown, said["data"]]
    assert [said["subject"], said["text"]] == parts[:2]
    message = runner.case("case-9").sent_as("order")[0]
    with runner.store.session(read=True) as session:
        salt = session.personal("default", "case-9")[message.seq - 1].salt
    assert message.digest == canon.salted(salt, f"message.{message.id}", parts)
