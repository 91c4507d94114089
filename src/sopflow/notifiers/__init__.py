"""Notifiers: ways to reach people and systems. A notifier is any object with `send(message) -> Receipt | None`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .console import ConsoleNotifier as ConsoleNotifier
    from .files import FileNotifier as FileNotifier

_HOME = {"ConsoleNotifier": "console", "FileNotifier": "files"}

__all__ = ["ConsoleNotifier", "FileNotifier"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sopflow.notifiers' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
