"""One logger for the shells: structlog over the standard library's, silent until the host configures logging.

Names only; never content, addresses or locators.
"""

from __future__ import annotations

import logging
from typing import Any

_std = logging.getLogger("sopflow")
_std.addHandler(logging.NullHandler())
_bound: Any = None
_RESERVED = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "event"}


def log(level: int, name: str, **values: object) -> None:
    """Log `name` with its values if the host listens at `level`."""
    if not _std.isEnabledFor(level):
        return
    global _bound
    if _bound is None:
        import structlog

        _bound = structlog.wrap_logger(_std, processors=[structlog.stdlib.render_to_log_kwargs])
    _bound.log(level, name, **{f"{key}_" if key in _RESERVED else key: value for key, value in values.items()})


def info(name: str, **values: object) -> None:
    """Log at INFO."""
    log(logging.INFO, name, **values)


def warning(name: str, **values: object) -> None:
    """Log at WARNING."""
    log(logging.WARNING, name, **values)
