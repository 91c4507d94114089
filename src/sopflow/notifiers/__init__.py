"""Notifiers: ways to reach people and systems. A notifier is any object with `send(message) -> Receipt | None`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .apprise import AppriseNotifier as AppriseNotifier
    from .console import ConsoleNotifier as ConsoleNotifier
    from .email import EmailNotifier as EmailNotifier
    from .files import FileNotifier as FileNotifier
    from .publish import PublishNotifier as PublishNotifier
    from .telegram import TelegramNotifier as TelegramNotifier
    from .webhook import WebhookNotifier as WebhookNotifier

_HOME = {
    "AppriseNotifier": "apprise",
    "ConsoleNotifier": "console",
    "EmailNotifier": "email",
    "FileNotifier": "files",
    "PublishNotifier": "publish",
    "TelegramNotifier": "telegram",
    "WebhookNotifier": "webhook",
}

__all__ = [
    "AppriseNotifier", "ConsoleNotifier", "EmailNotifier", "FileNotifier", "PublishNotifier", "TelegramNotifier",
    "WebhookNotifier",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sopflow.notifiers' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
