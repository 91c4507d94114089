"""A procedure from the document that a store keeps under its digest, for the cases that were opened under it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from .. import canon, catalogue
from ..errors import BadInput
from ..procedure import Procedure
from ._read import Raw, procedure
from ._words import Words

_FILE: Final = "kept document"


def restore(text: str, words: Callable[[tuple[str, ...]], Words], uses: tuple[str, ...]) -> Procedure:
    """Return the procedure whose document this is.

    Raises:
        BadInput: If the text is no document of a procedure, or the code at hand makes another procedure of it.
        DocumentError: With every rule that cannot be had any more.
    """
    try:
        document = json.loads(text)
        id = str(document["id"])
    except (ValueError, TypeError, KeyError):
        raise BadInput("document", text[:40], "hand in the text that the store keeps under a digest") from None
    names = uses or ((id,) if id in catalogue.names() else ())
    raw = Raw(_FILE, {**_plain(document), "uses": list(names)}, lambda place: 1)
    found = procedure(raw, words)
    if found.digest != canon.digest(text):
        raise BadInput(
            "document", f"{id} {document.get('version')}", "hand in the guards, hooks and events it was written for: "
            "with those at hand it is another procedure",
        )  # fmt: skip
    return found


def _plain(value: Any) -> Any:
    """Return a part of a kept document as the reader takes it."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if not isinstance(value, Mapping):
        return value
    if value.keys() == {"event", "schema"}:
        return value["event"]
    # What a guard or hook reads belongs to its code.
    found = {k: _plain(v) for k, v in value.items() if v is not None and not (k == "reads" and "name" in value)}
    if "fields" in found:  # a kept document leaves out what is false, also where that is not the default
        found["fields"] = [{"required": False, **field} for field in found["fields"]]
    return found
