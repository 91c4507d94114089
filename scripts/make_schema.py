"""Write the JSON Schema of procedure documents from the classes, so that editors cannot say something else.

python scripts/make_schema.py           write src/sopflow/documents/procedure.schema.json
python scripts/make_schema.py --check   fail if it is stale
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sopflow import documents

FILE = Path(__file__).resolve().parents[1] / "src" / "sopflow" / "documents" / "procedure.schema.json"


def text() -> str:
    """Return what the file must hold."""
    return json.dumps(documents.schema(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    if FILE.exists() and FILE.read_text("utf-8") == text():
        return 0
    if arguments:
        print(f"{FILE.name} is stale; run python scripts/make_schema.py", file=sys.stderr)
        return 1
    FILE.write_text(text(), "utf-8")
    print(FILE.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
