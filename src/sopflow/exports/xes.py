"""Journals as an event log in XES (IEEE 1849), for process mining.

A log holds no personal data: actors by their pseudonymous ids, no content, no free text, no digest. It proves nothing
either: whether a journal was changed is a question for `Runner.verify`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from ..errors import BadInput
from ..step import Entry
from ._skeleton import add, label, xml

_EXTENSIONS = {"Concept": "concept", "Time": "time", "Organizational": "org", "Lifecycle": "lifecycle"}
_CLASSIFIERS = {"Transition": "concept:name", "Event": "event", "State reached": "target"}


def dumps(journals: Iterable[Sequence[Entry]]) -> str:
    """Return journals as an XES document: a trace for each case, an event for each entry.

    `concept:name` of an event is the label that the net of `pnml.dumps` has for it, so that the log can be replayed
    there; the classifiers *Event* and *State reached* give mining tools the plain event or state. `time:timestamp` is
    when the step was recorded, `at` when it happened. `org:resource` is the actor, `org:group` the body acted for,
    `org:role` the roles, in order, with ", " between. Further keys: `seq`, `event`, `of`, `source`, `target`, and
    `irregular` on a fact that no row fitted. `concept:name` of a trace is the id of the case; `procedure`, `version`
    and `digest` say under which rules it was opened.

    Args:
        journals: Each as `Runner.journal` returns it.

    Raises:
        BadInput: For an empty journal, a journal that lacks its beginning or holds entries of several cases, or
            something that is none.
    """
    root = Element("log", {"xmlns": "http://www.xes-standard.org/", "xes.version": "1849-2016", "xes.features": ""})
    for name, prefix in _EXTENSIONS.items():
        uri = f"http://www.xes-standard.org/{prefix}.xesext"
        add(root, "extension", {"name": name, "prefix": prefix, "uri": uri})
    _put(add(root, "global", {"scope": "trace"}), "string", "concept:name", "")
    every = add(root, "global", {"scope": "event"})
    for key in ("concept:name", "lifecycle:transition", "org:resource", "event", "source", "target"):
        _put(every, "string", key, "")
    _put(every, "date", "time:timestamp", "1970-01-01T00:00:00.000000Z")
    for name, keys in _CLASSIFIERS.items():
        add(root, "classifier", {"name": name, "keys": keys})
    _put(root, "string", "lifecycle:model", "standard")
    for journal in journals:
        _trace(root, journal)
    return xml(root)


def _trace(log: Element, journal: object) -> None:
    if not isinstance(journal, Sequence) or not all(isinstance(entry, Entry) for entry in journal):
        remedy = "hand in a list of journals, each a list of entries: xes.dumps([runner.journal(id)])"
        raise BadInput("journals", type(journal).__name__, remedy)
    born = journal[0].doc["effects"].get("case") if journal else None
    if born is None:
        raise BadInput("journals", journal[0].seq if journal else "()", "hand in each journal from its first entry on")
    doc = journal[0].doc
    if len({(entry.doc["tenant"], entry.doc["case"]) for entry in journal}) > 1:
        raise BadInput("journals", doc["case"], "hand in the entries of each case as a journal of its own")
    trace = add(log, "trace")
    _put(trace, "string", "concept:name", doc["case"])
    _put(trace, "string", "tenant", doc["tenant"])
    for key, value in (("procedure", born["procedure"]), ("version", born["version"]), ("digest", doc["procedure"])):
        _put(trace, "string", key, value)
    for entry in journal:
        _event(trace, entry)


def _event(trace: Element, entry: Entry) -> None:
    doc, by, irregular = entry.doc, entry.doc["by"], bool(entry.irregular)
    event = add(trace, "event")
    name = label(entry.event, doc["source"], doc["target"], irregular=irregular)
    _put(event, "string", "concept:name", name)
    _put(event, "string", "lifecycle:transition", "complete")
    _put(event, "date", "time:timestamp", doc["now"])
    _put(event, "date", "at", doc["at"])
    _put(event, "string", "org:resource", by["id"])
    _put(event, "string", "org:role", ", ".join(by["roles"]))
    if "organisation" in by:
        _put(event, "string", "org:group", by["organisation"])
    _put(event, "int", "seq", str(entry.seq))
    _put(event, "string", "event", entry.event)
    if "of" in doc["event"]:
        _put(event, "string", "of", doc["event"]["of"])
    _put(event, "string", "source", doc["source"])
    _put(event, "string", "target", doc["target"])
    if irregular:
        _put(event, "boolean", "irregular", "true")


def _put(element: Element, kind: str, key: str, value: str) -> None:
    add(element, kind, {"key": key, "value": value})
