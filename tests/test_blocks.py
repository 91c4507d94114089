"""The programs on our pages leave nothing open, warn of nothing, print what is shown, and can be run again."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md", "docs/agreement.md", "docs/directory.md", "docs/documents.md", "docs/events.md", "docs/exports.md",
    "docs/flaggers.md", "docs/notifiers.md", "docs/procedure.md", "docs/receivers.md", "docs/versions.md",
]  # fmt: skip
PRINTING = {"docs/events.md", "docs/flaggers.md", "docs/notifiers.md", "docs/procedure.md"}
RUN = """
import pathlib, re, sys
names = {"__name__": "__main__"}
for block in re.findall("^```python\\n(.*?)^```", pathlib.Path(sys.argv[1]).read_text("utf-8"), re.M | re.S):
    exec(compile(block, sys.argv[1], "exec"), names)
"""


@pytest.mark.parametrize("page", PAGES)
def test_the_programs_of_a_page_run_twice_in_one_folder_without_a_warning(page: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", RUN, str(ROOT / page)]
    for _ in range(2):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0 and not done.stderr, done.stderr
        if page in PRINTING:
            said = re.findall(r"^```text\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
            assert done.stdout == "".join(said)
