"""Scripts of the TAKE IT DOWN Act."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ._intimate import scripts

REQUEST = {"signature": "given", "identification": "two images", "non_consent": "yes", "contact": "given"}
_START = datetime(2026, 6, 1, 9, 0, tzinfo=ZoneInfo("America/New_York"))  # a Monday

SCRIPTS = {"us.take_it_down": scripts("us.take_it_down", _START, REQUEST)}
