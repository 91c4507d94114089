"""Messages on a terminal: with `rich` as panels where it is installed, else as plain text."""

from __future__ import annotations

import re
import sys
from typing import Any, TextIO, final

from ..step import Outgoing, Receipt

# A reporter's text must not steer the terminal on which an officer reads it.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _shown(text: str) -> str:
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))


@final
class ConsoleNotifier:
    """Prints each message.

    Args:
        file: Where to; standard output when left out.
        plain: Never use `rich`.
    """

    def __init__(self, file: TextIO | None = None, *, plain: bool = False) -> None:
        self._file = file
        self._console: Any = None
        if not plain:
            try:
                from rich.console import Console
            except ImportError:
                return
            self._console = Console(file=file, highlight=False)

    def send(self, message: Outgoing) -> Receipt | None:
        """Print the message. Gives no receipt: a terminal proves nothing."""
        head = _shown(f"to {message.recipient_role} ({message.contact}, {message.channel})")
        id, subject, text = _shown(message.id), _shown(message.subject), _shown(message.body)
        if self._console is None:
            out = self._file or sys.stdout
            out.write(f"--- {id} {head}\n{subject}\n\n{text}\n")
            out.flush()
            return None
        from rich.panel import Panel
        from rich.text import Text

        body = Text.assemble((subject, "bold"), "\n\n", text.rstrip())
        self._console.print(Panel(body, title=Text(head), subtitle=Text(id), title_align="left"))
        return None
