"""Procedures as documents, so that lawyers can read and change one without Python: TOML, or YAML 1.2 (extra `yaml`).

Written and read by the same names: events by their stable names, guards and hooks only by the names under which they
are registered. Nothing is imported from a string and nothing is run but guard makers of that register. A document that
is read back gives a procedure with the same digest.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from ..directories import line_of
from ..errors import BadInput, DocumentError
from ..events import Event
from ..procedure import Procedure
from ..rules import Hook
from . import _kept, _toml
from ._plain import plain
from ._read import DEPTH, Raw, procedure, where
from ._words import GuardMaker, given

__all__ = ["FORMATS", "LIMIT", "dumps", "line_of_rule", "load", "loads", "restore", "schema"]

FORMATS: Final = ("toml", "yaml")
LIMIT: Final = 1 << 20
_NO_KEY = re.compile(r"""#[^\n]*|'''.*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""", re.DOTALL)
_LONG_KEY = re.compile(rf"(?<![\w'-])(?:[\w'-]++[ \t]*+\.[ \t]*+){{{DEPTH + 1}}}")
_LONG_NUMBER = re.compile(r"(?<![\w.'-])[0-9_]{1000}")
_SEVERAL = re.compile(r"'''.*?'''|\"\"\".*?\"\"\"", re.DOTALL)


def dumps(procedure: Procedure, format: str = "toml") -> str:
    """Return a procedure as the text of a document.

    Args:
        procedure: The rulebook.
        format: "toml", or "yaml" (needs the extra of that name).

    Raises:
        BadInput: For another format, or a term of the host's own kind.
        MissingExtra: For YAML without its package.
    """
    _known(format)
    if format == "yaml":
        from . import _yaml

        return _yaml.dumps(plain(procedure))
    return _toml.dumps(plain(procedure))


def loads(
    text: str | bytes,
    *,
    guards: Mapping[str, GuardMaker] | None = None,
    hooks: Iterable[Hook] = (),
    events: Iterable[type[Event]] = (),
    format: str = "toml",
    file: str = "document",
) -> Procedure:
    """Return the procedure that a document describes, checked for names and shape.

    Args:
        text: The document, as text or as UTF-8.
        guards: The host's own guards: by their whole names, or a callable that makes one by the name before the bracket
            ("quota" for "quota(5)", called with the text "5"). Those of `sopflow.guards` are known.
        hooks: The host's own hooks. The document says at which point each runs.
        events: The host's own event classes.
        format: "toml", or "yaml" (needs the extra of that name).
        file: The document's name, for errors.

    Raises:
        DocumentError: With every fault that could be found: file, line, key and remedy.
        BadInput: For an unknown format.
        MissingExtra: For YAML without its package.
    """
    _known(format)
    own = (guards, tuple(hooks), tuple(events))
    raw = (_read_yaml if format == "yaml" else _read_toml)(file, _decoded(file, text))
    return procedure(raw, lambda names: given(names, *own))


def load(
    path: str | Path,
    *,
    guards: Mapping[str, GuardMaker] | None = None,
    hooks: Iterable[Hook] = (),
    events: Iterable[type[Event]] = (),
) -> Procedure:
    """Return the procedure in a file; its name ends in .toml, .yaml or .yml. See `loads`.

    Raises:
        DocumentError: With every fault that could be found.
        BadInput: For a file that cannot be read, or another ending.
        MissingExtra: For YAML without its package.
    """
    path = Path(path)
    format = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml"}.get(path.suffix)
    if format is None:
        raise BadInput("document", path.name, "name a file that ends in .toml, .yaml or .yml")
    try:
        with path.open("rb") as stream:
            data = stream.read(LIMIT + 1)
    except OSError as error:
        raise BadInput("document", path.name, f"name a file that can be read ({error.strerror})") from None
    return loads(data, guards=guards, hooks=hooks, events=events, format=format, file=path.name)


def restore(
    text: str,
    *,
    uses: Iterable[str] = (),
    guards: Mapping[str, GuardMaker] | None = None,
    hooks: Iterable[Hook] = (),
    events: Iterable[type[Event]] = (),
) -> Procedure:
    """Return the procedure that a store keeps, so that a runner can go on with the cases that were opened under it.

    A new release may ship another text of a bundled procedure. Its cases stay on the text under which they were opened,
    which the store keeps: see `Runner.document`.

    Args:
        text: The kept document.
        uses: Ids of the catalogue's entries whose events, guards and hooks it uses; its own id when left out.
        guards, hooks, events: The host's own, as for `loads`.

    Raises:
        BadInput: If the text is no such document, or if the code at hand makes another procedure of it.
        DocumentError: With every rule that cannot be had any more.
    """
    own = (guards, tuple(hooks), tuple(events))
    return _kept.restore(text, lambda names: given(names, *own), tuple(uses))


def line_of_rule(path: str | Path, procedure: Procedure, place: str) -> int:
    """Return the line on which a rule begins in the file that a procedure was loaded from; 1 for none that is there.

    Args:
        path: The file.
        procedure: What `load` made of it.
        place: As the checker's findings and the errors of a procedure name it, e.g. "state received" or "transition
            Verified from received".
    """
    path = Path(path)
    read_as = _read_toml if path.suffix == ".toml" else _read_yaml
    return where(read_as(path.name, _decoded(path.name, path.read_bytes())), procedure, place)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a document, for editors. The package holds it as `procedure.schema.json`."""
    from ._schema import schema

    return schema()


def _known(format: str) -> None:
    if format not in FORMATS:
        raise BadInput("format", format, f"use one of {', '.join(FORMATS)}")


def _decoded(file: str, text: str | bytes) -> str:
    if not isinstance(text, str | bytes):
        raise BadInput(
            "document", type(text).__name__, "hand in the text of a document; load() takes the name of a file"
        )
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > LIMIT:
        raise DocumentError(file, [(1, "", f"the document is larger than {LIMIT} bytes; shorten it")])
    try:
        return data.decode("utf-8-sig")  # as some editors save it
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DocumentError(file, [(line, "", "this is not UTF-8; save the file as UTF-8")]) from None


def _read_toml(file: str, text: str) -> Raw:
    # The reader of TOML takes long for keys of very many parts, and refuses very long numbers in words of its own.
    bare = _NO_KEY.sub(lambda found: ("" if found[0].startswith("#") else "'") + "\n" * found[0].count("\n"), text)
    for pattern, why in ((_LONG_KEY, f"this key has too many parts; nest no more than {DEPTH} levels"),
                         (_LONG_NUMBER, "this number is too long; write one that a limit can be")):  # fmt: skip
        found = pattern.search(bare)
        if found:
            raise DocumentError(file, [(bare.count("\n", 0, found.start()) + 1, "", why)])
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", str(error))
        last = len(text.splitlines()) or 1
        line = int(found[1]) if found and found[1] else last
        what = str(error)[: found.start()] if found else str(error)
        raise DocumentError(file, [(line, "", f"this is not TOML: {what}; correct it")]) from None
    except RecursionError:
        raise DocumentError(file, [(1, "", "the document is nested too deeply; write it flat")]) from None
    blank = _SEVERAL.sub(lambda found: "''" + "\n" * found[0].count("\n"), text)
    return Raw(file, values, lambda place: line_of(blank, place))


def _read_yaml(file: str, text: str) -> Raw:
    from . import _yaml

    return _yaml.read(file, text)
