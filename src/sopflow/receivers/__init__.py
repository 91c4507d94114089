"""Receivers: what comes back. Each turns bytes from outside into inbox items; none of them decides about a case."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .desk import DeskPage as DeskPage
    from .letters import Letter as Letter
    from .letters import LetterReceiver as LetterReceiver
    from .letters import Opening as Opening
    from .links import LinkRenderer as LinkRenderer
    from .links import Links as Links
    from .mail import MailReceiver as MailReceiver
    from .mail import authentication_results as authentication_results
    from .mailboxes import ImapFolder as ImapFolder
    from .mailboxes import MaildirFolder as MaildirFolder
    from .page import ConfirmationPage as ConfirmationPage
    from .telegram import TelegramReceiver as TelegramReceiver
    from .webhook import Sender as Sender
    from .webhook import Statement as Statement
    from .webhook import WebhookReceiver as WebhookReceiver

_HOME = {
    "ConfirmationPage": "page", "DeskPage": "desk", "ImapFolder": "mailboxes", "Letter": "letters",
    "LetterReceiver": "letters", "LinkRenderer": "links", "Links": "links", "MailReceiver": "mail",
    "MaildirFolder": "mailboxes", "Opening": "letters", "Sender": "webhook", "Statement": "webhook",
    "TelegramReceiver": "telegram", "WebhookReceiver": "webhook", "authentication_results": "mail",
}  # fmt: skip

__all__ = [
    "ConfirmationPage", "DeskPage", "ImapFolder", "Letter", "LetterReceiver", "LinkRenderer", "Links", "MailReceiver",
    "MaildirFolder", "Opening", "Sender", "Statement", "TelegramReceiver", "WebhookReceiver", "authentication_results",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sopflow.receivers' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
