"""YAML 1.2, by ruamel.yaml: what JSON can say and no more. No anchors, aliases, tags, merges or repeated keys.

A document is built from the parser's events, so that none of that is ever expanded, and every value has its line.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import DocumentError, MissingExtra
from ._plain import Line
from ._read import DEPTH, FAULTS, VALUES, Raw

if TYPE_CHECKING:
    from ruamel.yaml import YAML

HEAD = "\n".join(
    (
        '# Where a rule names its states, "*" is every state that is not final, and "=" is no change of state.',
        "# Marks say how far a source was verified: V in the text of the law, S in a secondary source, M recalled,",
        "# I inferred. What is left out has its usual value. Nothing here is legal advice.",
        "",
    )
)
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z|[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


def _yaml() -> YAML:
    try:
        from ruamel.yaml import YAML
    except ImportError:
        raise MissingExtra("A procedure as YAML", "yaml") from None
    made = YAML(typ="rt", pure=True)
    made.version = (1, 2)
    made.allow_unicode = True
    made.width = 10_000  # a sentence stays on its line
    made.indent(mapping=2, sequence=4, offset=2)
    made.representer.ignore_aliases = lambda data: True
    return made


def dumps(doc: Mapping[str, Any]) -> str:
    """Return plain values as YAML."""
    stream = io.StringIO()
    _yaml().dump(_dressed(dict(doc)), stream)
    first, _, rest = stream.getvalue().partition("---\n")
    return f"{first}{HEAD}---\n{rest}"


def _dressed(value: Any) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import LiteralScalarString

    if isinstance(value, Mapping):
        table = CommentedMap((k, _dressed(v)) for k, v in value.items())
        if isinstance(value, Line):
            table.fa.set_flow_style()
        return table
    if isinstance(value, list):
        items = CommentedSeq(_dressed(v) for v in value)
        if not any(isinstance(v, dict) or (isinstance(v, str) and len(v) > 60) for v in value):
            items.fa.set_flow_style()
        return items
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value and "\r" not in value else value


def read(file: str, text: str) -> Raw:
    """Return the values of a YAML document.

    Raises:
        DocumentError: Naming the line.
    """
    yaml = _yaml()
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    builder = _Builder(file)
    try:
        values = builder.build(yaml.parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise DocumentError(file, [(line, "", f"this is not YAML 1.2: {error.problem}; correct it")]) from None
    except (YAMLError, AssertionError) as error:  # it asserts that a %YAML directive names a version that it knows
        raise DocumentError(file, [(1, "", f"this is not YAML 1.2: {_first(error)}; correct it")]) from None
    except RecursionError:
        raise DocumentError(file, [(1, "", "the document is nested too deeply; write it flat")]) from None
    if builder.found:
        raise DocumentError(file, builder.found[:FAULTS])
    if not isinstance(values, Mapping):
        raise DocumentError(file, [(1, "", "this is no table; begin with id: …")])
    return Raw(file, values, lambda place: _line(builder.lines, place))


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _line(lines: Mapping[str, int], place: str) -> int:
    while place and place not in lines:
        place = re.sub(r"\[\d+\]$", "", place) if place.endswith("]") else place.rpartition(".")[0]
    return lines.get(place, 1)


class _Builder:
    """Builds plain values from events, and notes the line of each and what is refused."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[str, int] = {}
        self.found: list[tuple[int, str, str]] = []
        self.count = 0

    def build(self, events: Iterator[Any]) -> Any:
        value, documents = None, 0
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                documents += 1
                if event.version not in (None, (1, 2)):
                    self.fault(event, "", "this is another YAML; write %YAML 1.2")
                if documents > 1:
                    self.fault(event, "", "this is a second document; write one")
            elif kind in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent", "AliasEvent"):
                value = self.node(event, events, "", 0)
        return value

    def fault(self, event: Any, place: str, text: str) -> None:
        self.found.append((event.start_mark.line + 1, place, text))

    def node(self, event: Any, events: Iterator[Any], place: str, depth: int) -> Any:
        kind = type(event).__name__
        line = event.start_mark.line + 1
        self.lines.setdefault(place, line)
        self.count += 1
        if depth > DEPTH or self.count > VALUES:
            what = f"nest no more than {DEPTH} levels" if depth > DEPTH else f"write no more than {VALUES} values"
            raise DocumentError(self.file, [(line, place, f"this is too much; {what}")])
        if kind == "AliasEvent":
            self.fault(event, place, f"aliases (*{event.anchor}) are not read; write the value out")
            return ""
        if event.anchor is not None:
            self.fault(event, place, f"anchors (&{event.anchor}) are not read; remove it")
        if _tag(event):
            self.fault(event, place, f"tags ({_tag(event)}) are not read; remove it")
        if kind == "ScalarEvent":
            return self.scalar(event, place)
        if kind == "SequenceStartEvent":
            items: list[Any] = []
            while type(event := next(events)).__name__ != "SequenceEndEvent":
                items.append(self.node(event, events, f"{place}[{len(items)}]", depth + 1))
            return items
        table: dict[str, Any] = {}
        while type(event := next(events)).__name__ != "MappingEndEvent":
            self.key(event, events, table, place, depth)
        return table

    def key(self, event: Any, events: Iterator[Any], table: dict[str, Any], place: str, depth: int) -> None:
        if type(event).__name__ != "ScalarEvent":
            self.fault(event, place, "a key is a text; write a word")
            self.node(event, events, place, depth + 1)
            key = ""
        else:
            key = event.value
        here = f"{place}.{key}" if place else key
        if event.anchor is not None or (type(event).__name__ == "ScalarEvent" and _tag(event)):
            self.fault(event, here, "anchors and tags are not read; write a plain key")
        if key == "<<" and event.style is None:
            self.fault(event, here, "merge keys (<<) are not read; write the values out")
        elif key in table:
            self.fault(event, here, "this key stands here already; remove one")
        self.lines[here] = event.start_mark.line + 1
        table[key] = self.node(next(events), events, here, depth + 1)

    def scalar(self, event: Any, place: str) -> Any:
        text: str = event.value
        if event.style is not None:  # in quotation marks, or a block
            return text
        if text in _WORDS:
            if _WORDS[text] is None:
                self.found.append((self.lines[place], place, "nothing is written here; write a value, or remove it"))
                return ""
            return _WORDS[text]
        if _INT.match(text):
            return int(text) if len(text) < 20 else text
        if _FLOAT.match(text):
            self.fault(event, place, f"the number {text} is not a whole one; put a text in quotation marks")
            return ""
        return text


def _tag(event: Any) -> str:
    tag = getattr(event, "ctag", None) or getattr(event, "tag", None)
    return str(tag) if tag is not None and str(tag) not in ("", "None") else ""
