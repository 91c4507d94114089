"""Messages on a terminal: with `rich` as panels where it is installed, else as plain text."""

from __future__ import annotations

import sys
from typing import Any, TextIO, final

from ..step import Outgoing, Receipt


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
        head = f"to {message.recipient_role} ({message.contact}, {message.channel})"
        if self._console is None:
            out = self._file or sys.stdout
            out.write(f"--- {message.id} {head}\n{message.subject}\n\n{message.body}\n")
            out.flush()
            return None
        from rich.panel import Panel
        from rich.text import Text

        body = Text.assemble((message.subject, "bold"), "\n\n", message.body.rstrip())
        self._console.print(Panel(body, title=Text(head), subtitle=Text(message.id), title_align="left"))
        return None
