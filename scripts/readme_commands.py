"""Print the README's two commands, one a line: the one that sets up and runs the main job, and the one that tests."""

from __future__ import annotations

import re
import sys
from pathlib import Path


def commands(readme: str) -> list[str]:
    """Return the commands of the first two `console` blocks, each joined to one line."""
    blocks = re.findall(r"```console\n(.*?)```", readme, re.DOTALL)
    found = []
    for block in blocks[:2]:
        lines = [line.removeprefix("$ ").removeprefix("> ").rstrip("\\").strip() for line in block.strip().splitlines()]
        found.append(" ".join(lines))
    return found


if __name__ == "__main__":
    text = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
    two = commands(text)
    if len(two) != 2:
        sys.exit("README.md must begin with two console blocks: the main job, and the tests")
    print("\n".join(two))
