"""Letters in the addressee's language, as plain text and HTML, from templates that cannot do anything but write.

Templates are Jinja2's, cut down to texts, values, `if`, `for` (not within another) and a few filters: no calls, no
arithmetic, no assignments, no attributes of Python's objects. What such a template can cost is bounded by what it is
given.

A language is one TOML file: `words`, and for each procedure's template a subject and a text. Two layouts,
`letter.txt.j2` and `letter.html.j2`, put texts, contents, legal basis, deadlines, confirmation and redress together. A
folder of the host's adds languages and texts, or takes the place of ours, file by file and text by text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, final

from . import canon, compose, locators
from .errors import BadInput, MissingExtra
from .rules import Template
from .shape import SAID
from .step import Rendered

try:
    from jinja2 import Template as _Compiled
    from jinja2 import Undefined, meta, nodes
    from jinja2.exceptions import TemplateSyntaxError
    from jinja2.runtime import LoopContext
    from jinja2.sandbox import ImmutableSandboxedEnvironment
except ImportError:
    raise MissingExtra("JinjaRenderer", "templates") from None

_TEXTS = frozenset(
    ("case", "confirm_by", "confirm_url", "count", "deadline", "language", "message", "opened", "procedure", "reason",
     "recipient_role", "reference", "sender", "term", *SAID)
)  # fmt: skip
_LETTER = _TEXTS | {
    "basis", "confirm", "duties", "form", "instrument", "items", "paragraphs", "redress", "settled", "subject", "words",
}  # fmt: skip
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "items": ("id", "kind", "address", "outcome"), "form": ("name", "value"), "basis": ("text", "source", "mark"),
    "duties": ("due", "label"),
}  # fmt: skip
_FILTERS = frozenset(("capitalize", "count", "d", "default", "e", "escape", "first", "last", "length", "lower", "title",
                      "trim", "upper"))  # fmt: skip
_TESTS = frozenset(("defined", "undefined", "none", "eq", "ne", "equalto"))
_NODES = frozenset(
    (nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Name, nodes.Getattr, nodes.Filter,
     nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Test, nodes.CondExpr)
)  # fmt: skip
_LOOP = frozenset(("index", "first", "last", "length"))


class _Environment(ImmutableSandboxedEnvironment):
    """Looks into mappings and loops, and nowhere else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return obj.get(attribute, "")
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return super().getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.getattr(obj, str(argument))


@final
class JinjaRenderer:
    """Renders messages as letters in the addressee's language, as plain text and HTML.

    The first of the contact's languages that has a text is used, else the procedure's own, else English. A message for
    which there is no text is rendered by the standard library, from the procedure's own template, without HTML.

    Args:
        folder: The host's own files: `LANGUAGE.toml` (or several, `LANGUAGE.PART.toml`), `letter.txt.j2`,
            `letter.html.j2`. Read once, now.
        limit: No part may be longer, in characters.

    Raises:
        BadInput: For a file that cannot be used, naming file, place and remedy.
        MissingExtra: If Jinja2 is not installed.

    A language file, e.g. `nl.toml`:

        [words]                       # what is not given is taken from English
        reference = "Kenmerk"

        ["my.procedure".order]        # or [any.order], for every procedure
        subject = "Bevel {{ reference }}"
        text = "Verwijder alstublieft:"

        ["my.other_procedure"]
        like = "id.kominfo_telegram_2017"
    """

    def __init__(self, folder: str | Path | None = None, *, limit: int = 5_000_000) -> None:
        self._limit = limit
        self._plain = compose.TextRenderer()
        self._languages: dict[str, _Language] = {}
        layouts: dict[str, tuple[str, str]] = {}
        for source in (files("sopflow") / "templates", Path(folder) if folder is not None else None):
            if source is None:
                continue
            if not source.is_dir():
                raise BadInput("templates folder", source.name, "name a folder that can be read")
            for file in sorted(source.iterdir(), key=lambda f: f.name):
                name = file.name
                if name.endswith((".toml", ".j2")):
                    try:
                        text = file.read_text("utf-8-sig")
                    except (OSError, UnicodeDecodeError) as error:
                        raise BadInput(name, type(error).__name__, "save it as readable UTF-8") from None
                    if name.endswith(".toml"):
                        stem = name.partition(".")[0]  # en.toml, and en.europe.toml beside it
                        present = self._languages.setdefault(stem, _Language(stem))
                        present.read(name, text)
                    elif name in ("letter.txt.j2", "letter.html.j2"):
                        layouts[name] = (name, text)
                    else:
                        raise BadInput(name, name, "name layouts letter.txt.j2 or letter.html.j2")
        english = self._languages["en"].words
        for language in self._languages.values():
            language.words = {**english, **language.words}
        known = frozenset(english)
        self._layouts = {
            name: _compiled(place, text, _LETTER, known, html=name == "letter.html.j2")
            for name, (place, text) in layouts.items()
        }

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that there are."""
        return tuple(sorted(self._languages))

    def has(self, procedure: str, template: str, language: str) -> bool:
        """Return whether there is a text for a procedure's template in a language."""
        found = self._languages.get(language)
        return found is not None and found.find(procedure, template) is not None

    def render(self, template: Template, params: Mapping[str, Any]) -> Rendered:
        """Return the letter.

        Raises:
            BadInput: If a part would be longer than the limit.
        """
        letter: Mapping[str, Any] | None = params.get("letter")
        for language in self._wanted(template, params) if letter is not None else ():
            text = language.find(str(params.get("procedure", "")), template.name)
            if text is not None and letter is not None:
                return self._letter(template, text, language, params, letter)
        return self._plain.render(template, params)

    def _wanted(self, template: Template, params: Mapping[str, Any]) -> Iterator[_Language]:
        for code in (*params.get("languages", ()), template.language, "en"):
            for name in dict.fromkeys((code, code.partition("-")[0])):
                if name in self._languages:
                    yield self._languages[name]

    def _letter(
        self, template: Template, text: _Text, language: _Language, params: Mapping[str, Any], letter: Mapping[str, Any]
    ) -> Rendered:
        words = language.words
        values: dict[str, Any] = {name: str(params[name]) for name in _TEXTS if name in params}
        values["language"] = language.code
        subject = " ".join(self._written(template, text.subject, values).split())[:500]
        lead = self._written(template, text.text, values)
        paragraphs = [p.strip() for p in lead.split("\n\n") if p.strip()]

        def told(instant: str) -> str:
            at = canon.parse_instant(instant)
            return " / ".join(compose.local(at, name) for name in letter["zones"])

        items, when = [], "done" in compose.placeholders(template.subject, template.body)
        for content in letter["contents"]:
            outcome, exact = content["outcome"], content["locator"]
            word = words.get(f"{outcome}_outcome", words.get(outcome, outcome))
            if when and content["since"]:
                word = f"{word}, {told(content['since'])}"
            items.append(
                {
                    "id": content["id"], "kind": content["kind"],
                    "address": locators.shown(str(exact)) if exact else words["erased"],
                    "outcome": "" if outcome == "pending" else word,
                }
            )  # fmt: skip
        values |= {
            "subject": subject,
            "paragraphs": paragraphs,
            "words": words,
            "instrument": words.get(letter["instrument"]["kind"], letter["instrument"]["kind"]),
            "items": items,
            "settled": any(item["outcome"] for item in items),
            "form": [
                {"name": locators.line(n), "value": locators.tame(v)} for n, v in letter["instrument"]["form"].items()
            ],
            "basis": [{**b, "mark": words[f"mark_{b['mark']}"]} for b in letter["basis"] if b["mark"] != "I"],
            "duties": [{"due": told(d["due"]), "label": d["label"]} for d in letter["duties"] if d["due"]],
            "confirm": letter["confirm"]["by"],
            "redress": [words.get(f"{code}_text") or words.get(code, code) for code in letter["redress"]],
        }
        return Rendered(
            subject,
            self._written(template, self._layouts["letter.txt.j2"], values).strip() + "\n",
            self._written(template, self._layouts["letter.html.j2"], values).strip() + "\n",
            language.code,
        )

    def _written(self, template: Template, compiled: _Compiled, values: Mapping[str, Any]) -> str:
        parts, length = [], 0
        for part in compiled.generate(values):
            length += len(part)
            if length > self._limit:
                raise BadInput(f"message {template.name}", length, f"make it shorter than {self._limit} characters")
            parts.append(part)
        return "".join(parts)


class _Text:
    def __init__(self, subject: _Compiled, text: _Compiled) -> None:
        self.subject = subject
        self.text = text


class _Language:
    """The words and texts of one language."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.words: dict[str, str] = {}
        self._texts: dict[tuple[str, str], _Text] = {}
        self._like: dict[str, str] = {}

    def find(self, procedure: str, template: str) -> _Text | None:
        """Return the text for a procedure's template."""
        for name in (procedure, self._like.get(procedure, ""), "any"):
            if (name, template) in self._texts:
                return self._texts[name, template]
        return None

    def read(self, file: str, text: str) -> None:
        """Add what a file says, in the place of what was there."""
        try:
            doc = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(file, "(no TOML)", f"correct it: {error}") from None
        for procedure, section in doc.items():
            if not isinstance(section, dict):
                raise BadInput(f"{file}: {procedure}", section, "write a table: [words], or [PROCEDURE.TEMPLATE]")
            for name, value in section.items():
                place = f"{file}: {procedure}.{name}"
                if procedure == "words" and isinstance(value, str):
                    self.words[name] = value
                elif name == "like" and isinstance(value, str):
                    self._like[procedure] = value
                elif procedure != "words" and isinstance(value, dict) and sorted(value) == ["subject", "text"]:
                    parts = [_compiled(f"{place}.{p}", value[p], _TEXTS, frozenset()) for p in ("subject", "text")]
                    self._texts[procedure, name] = _Text(*parts)
                else:
                    raise BadInput(
                        place, type(value).__name__, "give a text to a word; to a template a subject and a text"
                    )


def _compiled(
    place: str, source: Any, names: frozenset[str], words: frozenset[str], *, html: bool = False
) -> _Compiled:
    """Return a template if it does nothing that templates may not do."""
    if not isinstance(source, str) or len(source) > 200_000:
        raise BadInput(place, type(source).__name__, "write a text of at most 200,000 characters")
    environment = _Environment(autoescape=html, trim_blocks=True, lstrip_blocks=True, undefined=Undefined)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    try:
        tree = environment.parse(source)
        _look(tree, place, words)
        unknown = sorted(meta.find_undeclared_variables(tree) - names)
        if unknown:
            raise BadInput(f"{place}", unknown[0], f"use the names {', '.join(sorted(names))}")
        return environment.from_string(tree)
    except TemplateSyntaxError as error:
        raise BadInput(f"{place}, line {error.lineno}", "(template)", f"correct it: {error.message}") from None
    except RecursionError:
        raise BadInput(place, "(template)", "nest less deeply") from None


def _look(node: Any, place: str, words: frozenset[str], loops: Mapping[str, str] | None = None) -> None:
    here = f"{place}, line {getattr(node, 'lineno', 1)}"
    if type(node) not in _NODES:
        remedy = "use texts, {{ values }}, if, for, and nothing that calls, computes or assigns"
        raise BadInput(here, type(node).__name__.lower(), remedy)
    if isinstance(node, nodes.Name) and node.name == "self":
        raise BadInput(here, "self", "use the names that a letter has")
    if isinstance(node, nodes.For):
        if loops is not None:
            raise BadInput(here, "for", "put no loop into another")
        if (
            not isinstance(node.target, nodes.Name)
            or not isinstance(node.iter, nodes.Name)
            or node.recursive
            or node.test
        ):
            raise BadInput(here, "for", "write {% for NAME in LIST %}")
        loops = {node.target.name: node.iter.name, "loop": "loop"}
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        owner = (loops or {}).get(node.node.name, node.node.name)
        allowed = words if owner == "words" else _LOOP if owner == "loop" else _FIELDS.get(owner, ())
        if node.attr not in allowed:
            raise BadInput(here, f"{node.node.name}.{node.attr}", f"it has {', '.join(sorted(allowed)) or 'no parts'}")
    elif isinstance(node, nodes.Getattr):
        raise BadInput(here, node.attr, "take parts of named values only")
    for child in node.iter_child_nodes():
        _look(child, place, words, loops)
