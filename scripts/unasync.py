"""Generate the sync shell from the async one, so that the two cannot drift apart.

    python scripts/unasync.py           write the generated files
    python scripts/unasync.py --check   fail if they are stale

Every substitution must be used at least once: a table that rots is an error.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    "src/sopflow/aio.py": "src/sopflow/sync.py",
    "src/sopflow/_registry.py": "src/sopflow/_registry_sync.py",
    "src/sopflow/_line.py": "src/sopflow/_line_sync.py",
    "src/sopflow/_search.py": "src/sopflow/_search_sync.py",
    "src/sopflow/_desk.py": "src/sopflow/_desk_sync.py",
    "src/sopflow/_work.py": "src/sopflow/_work_sync.py",
    "src/sopflow/_inbox.py": "src/sopflow/_inbox_sync.py",
    "src/sopflow/stores/sql/aio.py": "src/sopflow/stores/sql/sync.py",
    "src/sopflow/stores/sql/life.py": "src/sopflow/stores/sql/life_sync.py",
    "src/sopflow/stores/sql/pool.py": "src/sopflow/stores/sql/pool_sync.py",
    "src/sopflow/stores/sql/drivers/psycopg_async.py": "src/sopflow/stores/sql/drivers/psycopg_sync.py",
    "src/sopflow/stores/sql/drivers/mysql_async.py": "src/sopflow/stores/sql/drivers/mysql_sync.py",
    "src/sopflow/stores/sql/drivers/sqlalchemy_async.py": "src/sopflow/stores/sql/drivers/sqlalchemy_sync.py",
    "src/sopflow/_batch.py": "src/sopflow/_batch_sync.py",
    "src/sopflow/_evidence.py": "src/sopflow/_evidence_sync.py",
    "src/sopflow/testing/_evidence_checks.py": "src/sopflow/testing/_evidence_checks_sync.py",
    "src/sopflow/stores/sql/evidence.py": "src/sopflow/stores/sql/evidence_sync.py",
    "src/sopflow/_law.py": "src/sopflow/_law_sync.py",
    "src/sopflow/_versions.py": "src/sopflow/_versions_sync.py",
    "src/sopflow/testing/_store_checks.py": "src/sopflow/testing/_store_checks_sync.py",
    "src/sopflow/testing/_store_checks_case.py": "src/sopflow/testing/_store_checks_case_sync.py",
    "src/sopflow/testing/_store_checks_work.py": "src/sopflow/testing/_store_checks_work_sync.py",
    "src/sopflow/testing/_store_checks_many.py": "src/sopflow/testing/_store_checks_many_sync.py",
    "src/sopflow/testing/_store_checks_desk.py": "src/sopflow/testing/_store_checks_desk_sync.py",
    "src/sopflow/testing/_store_checks_find.py": "src/sopflow/testing/_store_checks_find_sync.py",
    "src/sopflow/testing/_store_checks_ground.py": "src/sopflow/testing/_store_checks_ground_sync.py",
    "src/sopflow/testing/_notifier_checks.py": "src/sopflow/testing/_notifier_checks_sync.py",
}
SUBSTITUTIONS = [
    (r"async def ", "def "),
    (r"async with ", "with "),
    (r"\bawait ", ""),
    (r"_fanout\.as_async\b", "_fanout.as_sync"),
    (r"_fanout\.(gather|stream)_async\b", r"_fanout.\1_threads"),
    (r"_fanout\.(?:resolve|outside)\b", "_fanout.plain"),
    (r"\bAsync([A-Z]\w*)", r"\1"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bAwaitable, |\bAwaitable\[(\w+)\]", r"\1"),
    (r"\bjoin_async\b", "join_sync"),
    (r"\bmysql_async\b", "mysql_sync"),
    (r"async for ", "for "),
    (r"`async with`", "`with`"),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r", by asyncmy, for async programs\. Its sync half, by PyMySQL, is generated\.", ", by PyMySQL."),
    (r"\basyncmy\.errors\b", "pymysql.err"),
    (r"\basyncmy\b", "pymysql"),
    (r"\bAsyncmy(\w+)\b", r"PyMySQL\1"),
    (r"\bensure_closed\b", "close"),
    (r"\bconn\.connected\b", "conn.open"),
    (r"The async shell:", "The sync shell:"),
    (r" `sync\.py` is generated from this file by\n`scripts/unasync\.py`\.", ""),
    (r" Its sync half is generated\.", ""),
    (r", for async programs", ""),
]
HEADER = "# Generated from {source} by scripts/unasync.py. DO NOT CHANGE.\n"


def twin(place: Path, found: re.Match[str]) -> str:
    """Return an import of the generated twin where there is one."""
    dots, module = found[1], found[2]
    source = place.parents[len(dots) - 1] / f"{module}.py"
    target = FILES.get(str(source))
    return f"from {dots}{Path(target).stem if target else module} import"


def convert(place: Path, source: str, used: set[int]) -> str:
    """Return the sync text of an async one, noting which substitutions were used."""
    source = re.sub(r"from (\.+)(\w+) import", lambda found: twin(place, found), source)
    for number, (pattern, replacement) in enumerate(SUBSTITUTIONS):
        source, count = re.subn(pattern, replacement, source)
        if count:
            used.add(number)
    return source


def main(arguments: list[str]) -> int:
    """Write or check the generated files."""
    used: set[int] = set()
    stale = []
    for source, target in FILES.items():
        text = HEADER.format(source=source) + convert(Path(source), (ROOT / source).read_text("utf-8"), used)
        path = ROOT / target
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(target)
        if "--check" not in arguments:
            path.write_text(text, "utf-8")
    unused = [SUBSTITUTIONS[n][0] for n in range(len(SUBSTITUTIONS)) if n not in used]
    if unused:
        print("unused substitutions:", ", ".join(unused), file=sys.stderr)
        return 1
    if "--check" in arguments and stale:
        print("stale:", ", ".join(stale), "(run python scripts/unasync.py)", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
