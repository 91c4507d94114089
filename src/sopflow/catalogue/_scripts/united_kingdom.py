"""Scripts of intimate image content reports under the Online Safety Act 2023."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ._intimate import scripts

REPORT = dict.fromkeys(("declares_intimate", "declares_subject", "good_faith", "true_as_known"), "yes") | {
    "information": "two images",
    "contact": "given",
}
_START = datetime(2026, 7, 6, 9, 0, tzinfo=ZoneInfo("Europe/London"))  # a Monday

SCRIPTS = {"uk.osa_intimate_image": scripts("uk.osa_intimate_image", _START, REPORT)}
