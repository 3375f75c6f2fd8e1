"""Office files: YAML or JSON with lists of documents, read into documents and written back.

Scalars are kept as they are written and read by the type that the field has, so that YAML's own guesses never
change anything: `mac: 001565112233` is no octal number, `on:` no boolean, `country: NO` no `false`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from offhook.model.document import Document
from offhook.model.kind import KINDS, kind_of, make_document, public_values
from offhook.model.problem import Problem, Refused, did_you_mean

MAX_VALUES: Final = 5_000_000
"""Values that one office file may hold, aliases counted each time: 5,000 phones hold about 230,000."""
MAX_DEPTH: Final = 40
"""Lists and mappings inside of one another; documents need 10."""

_PATH = re.compile(r"\.([^.\[\]() ]+)|\[([0-9]+)\]")
_NULLS: Final = ("", "~", "null", "Null", "NULL")
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What YAML allows in a text (YAML 1.1 §4.1.1); anything else its readers only refuse by position in bytes.
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What JSON (RFC 8259 §7) may write and YAML may not: characters as two escaped halves, some control characters, and
# line breaks of YAML's own.
_ONLY_JSON: Final = re.compile(
    r"\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|\\."
    "|(?P<raw>[\x7f-\x9f\u2028\u2029\ufffe\uffff])"
)

_YAML_BREAK: Final = re.compile("[\x85\u2028\u2029]")

Place = tuple[str | int, ...]


class OfficeFile:
    """The text of an office file and where in it each value stands."""

    def __init__(self, text: str, name: str) -> None:
        """Parse YAML or JSON (a subset of it); raises `Refused` that names line and column."""
        self.name = name
        """How the file is called in messages."""
        self._lines: dict[Place, int] = {}
        self._count = 0
        self._anchors: dict[str, tuple[Any, int]] = {}
        """Anchored values, and how many values each holds."""
        if text.lstrip("\ufeff \t\r\n").startswith("{"):
            text = _ONLY_JSON.sub(_as_yaml, text)
        if found := _UNPRINTABLE.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise self._refused(line, f"not text: the character U+{ord(found[0]):04X} cannot stand in YAML or JSON")
        try:
            self.values: Any = self._document(yaml.parse(text, Loader=_Loader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = f"{name} line {mark.line + 1} column {mark.column + 1}" if mark else name
            raise Refused([Problem(at, f"not readable as YAML or JSON: {error.problem or error.context}")]) from None

    def _document(self, events: Iterator[yaml.Event]) -> Any:
        """The one document of a file; an empty file is an empty office."""
        next(events)
        event = next(events)
        if isinstance(event, yaml.StreamEndEvent):
            return {}
        values = self._value(events, next(events), ())
        next(events)
        event = next(events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._refused(_line(event), "a second document begins here: put all in one, without ---")
        return values

    def _value(self, events: Iterator[yaml.Event], event: Any, path: Place) -> Any:
        """The value that begins with an event; built without recursion deeper than documents are."""
        if len(path) > MAX_DEPTH:
            raise self._refused(_line(event), f"more than {MAX_DEPTH} lists and mappings inside of one another")
        before = self._count
        self._count += 1
        if len(path) <= 8:
            self._lines[path] = _line(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        value: Any
        if isinstance(event, yaml.MappingStartEvent):
            value = self._mapping(events, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            while not isinstance(following := next(events), yaml.SequenceEndEvent):
                value.append(self._value(events, following, (*path, len(value))))
        else:
            is_null = not event.style and event.tag is None and event.value in _NULLS
            value = None if is_null else event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = value, self._count - before
        return value

    def _mapping(self, events: Iterator[yaml.Event], path: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise self._refused(_line(key), "the name of a field must be a text")
            name = key.value
            if name in values:
                raise self._refused(_line(key), f"{_written(path)}{name!r} is given twice: keep one of them")
            values[name] = self._value(events, next(events), (*path, name))
        return values

    def _alias(self, event: yaml.AliasEvent) -> Any:
        """What an alias stands for; counted as if it were written out, so that a few lines never become millions."""
        if event.anchor not in self._anchors:
            raise self._refused(
                _line(event), f"no value above is marked &{event.anchor}, so *{event.anchor} is nothing"
            )
        value, count = self._anchors[event.anchor]
        self._count += count
        if self._count > MAX_VALUES:
            raise self._refused(
                _line(event), f"too large: more than {MAX_VALUES:,} values with its aliases written out"
            )
        return value

    def _refused(self, line: int, message: str) -> Refused:
        return Refused([Problem(f"{self.name} line {line}", message)])

    def place(self, inside: str) -> str:
        """`office.yaml line 12: devices[3] (marie-desk).keys[1]` for a place such as `devices[3] (marie-desk).keys[1]`."""
        bare = re.sub(r" \([^)]*\)", "", inside)
        path: Place = tuple(
            name if name else int(index) for name, index in _PATH.findall(bare if bare.startswith("[") else "." + bare)
        )
        line = self._line_of(path)
        return f"{self.name} line {line}: {inside}" if line is not None else f"{self.name}: {inside}"

    def _line_of(self, path: Place) -> int | None:
        """The line of a value, or of what it stands in. A raw parameter's own name has dots: the end of a path may be one."""
        for end in range(len(path), 0, -1):
            for candidate in (path[:end], (*path[: end - 1], ".".join(map(str, path[end - 1 :])))):
                if candidate in self._lines:
                    return self._lines[candidate]
        return None

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
                    Problem(kind, "expected a list of documents")
                    if listed is not None
                    else Problem(kind, "is empty: list its documents, or leave it out")
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


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    assert mark is not None
    return int(mark.line) + 1


def _written(path: Place) -> str:
    """`devices[3].keys[1]: ` for the path of a value."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return f"{text}: " if text else ""


def _as_yaml(matched: re.Match[str]) -> str:
    """What only JSON may write, as YAML has it; other escapes as they are."""
    if matched["high"] is not None:
        return chr(0x10000 + ((int(matched["high"], 16) - 0xD800) << 10) + int(matched["low"], 16) - 0xDC00)
    return f"\\u{ord(matched['raw']):04x}" if matched["raw"] is not None else matched[0]


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

    def text(self, text: str) -> yaml.ScalarNode:
        """Texts with a line break of YAML's own stand in double quotes, which escape it."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, '"' if _YAML_BREAK.search(text) else None)


_Dumper.add_representer(str, _Dumper.text)


def write_office(office: Mapping[str, Any], *, as_json: bool) -> str:
    """An office file's text; the same documents give the same text."""
    if as_json:
        return json.dumps(office, ensure_ascii=False, indent=2) + "\n"
    return yaml.dump(dict(office), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
