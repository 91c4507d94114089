"""What a person sees: a progress bar where there is a terminal and `rich`, else a plain line per 10 %; and tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

Advance = Callable[[], None]


@contextmanager
def progress(total: int, what: str, stream: TextIO | None = None) -> Iterator[Advance]:
    """Show how far the work has come.

    Args:
        total: How many steps there are.
        what: What is being done, and to what.
        stream: Where to show it; standard error when left out.

    Yields:
        A function to be called after each step.
    """
    stream = stream if stream is not None else sys.stderr
    if stream.isatty():
        try:
            from rich.console import Console
            from rich.progress import Progress
        except ImportError:
            pass
        else:
            with Progress(console=Console(file=stream)) as bar:
                task = bar.add_task(what, total=total)
                yield lambda: bar.advance(task)
            return
    done = shown = 0

    def advance() -> None:
        nonlocal done, shown
        done += 1
        tenth = done * 10 // total
        if tenth > shown:
            shown = tenth
            print(f"{what}: {done} of {total} ({tenth * 10} %)", file=stream, flush=True)

    yield advance


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table as text: first column to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in cells]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([title, "", *(f"  {line.rstrip()}" for line in (lines[0], rule, *lines[1:])), ""])
