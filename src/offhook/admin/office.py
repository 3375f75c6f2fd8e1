"""Office files: YAML or JSON with lists of documents, read into documents and written back.

Scalars are kept as they are written and read by the type that the field has, so that YAML's own guesses never
change anything: `mac: 001565112233` is no octal number, `on:` no boolean, `country: NO` no `false`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import yaml

from offhook.model.document import Document
from offhook.model.kind import KINDS, kind_of, make_document, public_values
from offhook.model.problem import Problem, Refused, did_you_mean

MAX_NODES: Final = 5_000_000
"""Values that one office file may hold, aliases counted each time: 5,000 phones hold about 150,000."""

_PATH = re.compile(r"\.([^.\[\]() ]+)|\[([0-9]+)\]")
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class OfficeFile:
    """The text of an office file and where in it each value stands."""

    def __init__(self, text: str, name: str) -> None:
        """Parse YAML or JSON (a subset of it); raises `Refused` that names line and column."""
        self.name = name
        """How the file is called in messages."""
        self._lines: dict[tuple[str | int, ...], int] = {}
        self._nodes = 0
        try:
            root = yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = f"{name} line {mark.line + 1} column {mark.column + 1}" if mark else name
            raise Refused([Problem(at, f"not readable as YAML or JSON: {error.problem or error.context}")]) from None
        except yaml.YAMLError as error:
            raise Refused([Problem(name, f"not readable as YAML or JSON: {error}")]) from None
        self.values: Any = self._value(root, (), frozenset()) if root is not None else {}

    def _value(self, node: yaml.Node, path: tuple[str | int, ...], above: frozenset[int]) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or id(node) in above:
            raise Refused([Problem(self.name, "too large, or an alias that holds itself: split the file")])
        if len(path) <= 8:
            self._lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            values: dict[str, Any] = {}
            for key, value in node.value:
                name = str(key.value)
                if name in values:
                    raise Refused([Problem(self._at((*path, name), key), f"{name!r} is given twice: keep one of them")])
                values[name] = self._value(value, (*path, name), above | {id(node)})
            return values
        if isinstance(node, yaml.SequenceNode):
            return [self._value(value, (*path, index), above | {id(node)}) for index, value in enumerate(node.value)]
        plain_null = getattr(node, "style", None) is None and node.value in ("", "~", "null", "Null", "NULL")
        return None if plain_null else node.value

    def _at(self, path: tuple[str | int, ...], node: yaml.Node) -> str:
        return f"{self.name} line {node.start_mark.line + 1}: {'.'.join(map(str, path))}"

    def place(self, inside: str) -> str:
        """`office.yaml line 12: devices[3] (marie-desk).keys[1]` for a place such as `devices[3] (marie-desk).keys[1]`."""
        bare = re.sub(r" \([^)]*\)", "", inside)
        path: tuple[str | int, ...] = tuple(
            name if name else int(index) for name, index in _PATH.findall(bare if bare.startswith("[") else "." + bare)
        )
        while path and path not in self._lines:
            path = path[:-1]
        line = self._lines.get(path)
        return f"{self.name} line {line}: {inside}" if line is not None else f"{self.name}: {inside}"

    def located(self, problems: Iterable[Problem]) -> Refused:
        """The same problems, each with the file's name and line."""
        return Refused([Problem(self.place(problem.place), problem.message) for problem in problems])

    def documents(self) -> list[tuple[str, Document]]:
        """Each document with its place; raises `Refused` with the problems of all documents."""
        if not isinstance(self.values, Mapping):
            raise Refused([Problem(self.name, f"expected a mapping with any of {', '.join(KINDS)}")])
        problems: list[Problem] = []
        documents: list[tuple[str, Document]] = []
        seen: dict[tuple[str, str, str], str] = {}
        for kind, listed in self.values.items():
            if kind not in KINDS:
                problems.append(Problem(str(kind), f"there is no kind {kind!r}{did_you_mean(str(kind), KINDS)}"))
                continue
            if not isinstance(listed, Sequence) or isinstance(listed, str):
                problems.append(
                    Problem(kind, "expected a list of documents") if listed is not None else Problem(kind, "is empty")
                )
                continue
            for index, raw in enumerate(listed):
                place = f"{kind}[{index}]"
                try:
                    document = make_document(kind, raw, place, strict=False)
                except Refused as refused:
                    problems += refused.problems
                    continue
                place = f"{place} ({document.id})"
                if (first := seen.setdefault((kind, document.account, document.id), place)) != place:
                    problems.append(Problem(place, f"the same document stands at {first} already: keep one of them"))
                documents.append((place, document))
        if problems:
            raise self.located(problems)
        return documents


def office_values(documents: Iterable[Document], *, reveal: bool) -> dict[str, list[dict[str, Any]]]:
    """Documents as an office file has them: by kind, sorted, without `rev`, secrets left out unless `reveal`."""
    office: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for document in sorted(documents, key=lambda document: (document.account, document.id)):
        values = public_values(document, reveal=reveal)
        values.pop("rev", None)
        if kind_of(document) == "accounts":
            values.pop("account", None)
        office[kind_of(document)].append(values if reveal else _without_secrets(values))
    return {kind: listed for kind, listed in office.items() if listed}


def _without_secrets(values: Any) -> Any:
    """The same values without those that are masked: an office file that leaves a secret out keeps the stored one."""
    if isinstance(values, dict):
        return {
            name: _without_secrets(value) for name, value in values.items() if value not in ("***", {"secret": "***"})
        }
    if isinstance(values, list):
        return [_without_secrets(value) for value in values]
    return values


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def write_office(office: Mapping[str, Any], *, as_json: bool) -> str:
    """An office file's text; the same documents give the same text."""
    if as_json:
        return json.dumps(office, ensure_ascii=False, indent=2) + "\n"
    return yaml.dump(dict(office), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
