"""Exports for other people's tools: state charts (SCXML), Petri nets (PNML) and event logs (XES).

    from sopflow.exports import pnml, scxml, xes

Each module has one function, `dumps`, that returns XML text. Nothing here decides anything, reads a clock or writes a
file, and nothing but the standard library is needed.
"""

from __future__ import annotations

from . import pnml, scxml, xes

__all__ = ["pnml", "scxml", "xes"]
