"""The kinds of documents, in the order in which references point backwards, and how one is made from raw values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec

from .account import Account
from .any_node import AnyNode
from .callflow import Callflow
from .contact import Contact
from .device import Device
from .document import Document, RawValue
from .group import Group
from .mac import MalformedMac, normalise_mac
from .mailbox import Mailbox
from .mode import Mode
from .problem import Problem, Refused, did_you_mean
from .schedule import Schedule
from .secret import MASK, Secret
from .site import Site
from .user import User

KINDS: Final[dict[str, type[Document]]] = {
    "accounts": Account,
    "sites": Site,
    "users": User,
    "devices": Device,
    "groups": Group,
    "mailboxes": Mailbox,
    "schedules": Schedule,
    "modes": Mode,
    "contacts": Contact,
    "callflows": Callflow,
}
"""Plural name (as in an office file and in `/api/v1/<kind>`) → struct."""

SINGULAR: Final[dict[str, str]] = {
    "accounts": "account", "sites": "site", "users": "user", "devices": "device", "groups": "group",
    "mailboxes": "mailbox", "schedules": "schedule", "modes": "mode", "contacts": "contact", "callflows": "callflow",
}  # fmt: skip


def kind_of(document: Document) -> str:
    """The plural kind name of a document."""
    return kind_of_struct(type(document))


def kind_of_struct(struct: type[Document]) -> str:
    """The plural kind name of a document's struct."""
    return _KIND_OF[struct]


_KIND_OF: Final = {struct: kind for kind, struct in KINDS.items()}
_AT = re.compile(r"^(?P<what>.*?)(?: - at (?P<key>`key` in )?`(?P<path>\$[^`]*)`)?$", re.DOTALL)
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)
_BAD_TAG = re.compile(r"Invalid value '(?P<tag>.*)'", re.DOTALL)
_STEPS = re.compile(r"\.([^.\[\]]+)|\[([0-9]+|\.\.\.)\]")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def secret_or_raw(wanted: type, raw: object) -> object:
    """msgspec's hook for our own value types: `Secret` from a text, `RawValue` from a scalar or `{secret: text}`."""
    if wanted is Secret:
        if not isinstance(raw, str):
            raise ValueError(f"Expected `str`, got `{type(raw).__name__}`")
        if not raw:
            raise ValueError("a secret may not be empty: leave it out")
        if any(ord(character) < 32 or ord(character) == 127 for character in raw) or raw != raw.strip():
            raise ValueError("a secret may not hold control characters or begin or end with blanks")
        return Secret(raw)
    if wanted is RawValue:
        if isinstance(raw, dict) and set(raw) == {"secret"} and isinstance(raw["secret"], str):
            return RawValue(raw["secret"], secret=True)
        if isinstance(raw, bool):
            raise ValueError("write true and false in quotes, as this vendor's files have them (true, 1, Yes, on, …)")
        if isinstance(raw, str | int | float):
            return RawValue(str(raw))
        raise ValueError(f"Expected a text, number or `{{secret: text}}`, got `{type(raw).__name__}`")
    raise NotImplementedError(wanted)


def make_document(kind: str, raw: object, place: str, *, strict: bool = True) -> Document:
    """A checked document from builtin values; raises `Refused` that names place, field and the nearest right name.

    `strict=False` also takes texts for numbers and booleans, as an office file gives them.
    """
    if kind not in KINDS:
        raise Refused([Problem(place, f"there is no kind {kind!r}{did_you_mean(kind, KINDS)}")])
    if not isinstance(raw, Mapping):
        raise Refused([Problem(place, f"expected a document (a mapping of fields), got {_say(raw)}")])
    values = dict(raw)
    problems = list(_broken_texts(values, place))
    if problems:
        raise Refused(problems)
    if "id" in values and isinstance(values["id"], str):
        place = f"{place} ({values['id']})"
    problems = list(_prepare(kind, values, place, strict))
    if problems:
        raise Refused(problems)
    document: Document = _convert(values, KINDS[kind], place, strict)
    return document


def _broken_texts(value: object, place: str) -> Iterator[Problem]:
    """Texts that end with a line break, which the `$` of our patterns passes over, and halves of characters.

    Only what is spoken (`text`) may end with a line break: YAML's `|` gives it one.
    """
    if isinstance(value, str):
        if value.endswith("\n") and not place.endswith(".text"):
            yield Problem(place, "ends with a line break: remove it")
        if found := _HALF_CHARACTER.search(value):
            yield Problem(place, f"U+{ord(found[0]):04X} is half of a character: write the whole one")
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _broken_texts(name, f"{place}.{name!r} (the name)")
            yield from _broken_texts(part, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _broken_texts(part, f"{place}[{index}]")


def _prepare(kind: str, values: dict[str, Any], place: str, strict: bool) -> Iterator[Problem]:
    """Bring fields into their one writing, and check those whose place msgspec cannot tell (inside of mappings)."""
    if kind == "accounts":
        values["account"] = values.get("id", "default")
        if isinstance(values.get("realm"), str):
            values["realm"] = values["realm"].lower()
    if kind == "devices" and values.get("mac") is not None:
        try:
            values["mac"] = normalise_mac(str(values["mac"]))
        except MalformedMac as error:
            yield Problem(f"{place}.mac", str(error))
    if kind == "callflows" and isinstance(values.get("nodes"), Mapping):
        for name, node in values["nodes"].items():
            try:
                _convert(node, AnyNode, f"{place}.nodes.{name}", strict)
            except Refused as refused:
                yield from refused.problems


def _convert(values: object, wanted: Any, place: str, strict: bool) -> Any:
    try:
        return msgspec.convert(values, wanted, dec_hook=secret_or_raw, strict=strict)
    except msgspec.ValidationError as error:
        raise Refused([_problem(str(error), wanted, values, place, strict)]) from None


def _problem(message: str, wanted: Any, values: object, place: str, strict: bool) -> Problem:
    """Our wording of msgspec's complaint, with the nearest right name where a name is wrong."""
    matched = _AT.match(message)
    assert matched is not None
    what, path = matched["what"], (matched["path"] or "$")
    field = path[1:]
    if matched["key"] or "[...]" in path:
        inside = _problem_in_mapping(wanted, path.partition("[...]")[0], values, place, strict)
        return inside or Problem(f"{place}{field}", _plain(what))
    if unknown := _UNKNOWN_FIELD.match(what):
        names = [name for part in _structs_at(wanted, path, values) for name in _field_names(part)]
        name = unknown["field"]
        return Problem(f"{place}{field}", f"unknown field {name!r}{did_you_mean(name, names)}")
    if (bad := _BAD_TAG.match(what)) and path.endswith(".type"):
        tags = [str(part.__struct_config__.tag) for part in _structs_at(wanted, path.removesuffix(".type"), None)]
        return Problem(f"{place}{field}", f"unknown type {bad['tag']!r}{did_you_mean(bad['tag'], tags)}")
    if (bad := re.match(r"Invalid enum value '(?P<value>.*)'", what, re.DOTALL)) is not None:
        choices = _choices_at(wanted, path)
        return Problem(
            f"{place}{field}", f"{bad['value']!r} is not one of its values{did_you_mean(bad['value'], choices)}"
        )
    return Problem(f"{place}{field}", _plain(what))


def _problem_in_mapping(wanted: Any, path: str, values: object, place: str, strict: bool) -> Problem | None:
    """The first problem in the mapping at `path`: msgspec does not say which of its names it complains of."""
    for field, index in _STEPS.findall(path):
        if field and isinstance(values, Mapping):
            values = values.get(field)
        elif index and isinstance(values, list | tuple):
            values = values[int(index)]
    mappings = [part for part in _types_at(wanted, path) if get_origin(part) is dict]
    if not isinstance(values, Mapping) or not mappings:
        return None
    of_names, of_values = get_args(mappings[0])
    for name, value in values.items():
        try:
            _convert(name, of_names, f"{place}{path[1:]}.{name} (the name)", strict)
            _convert(value, of_values, f"{place}{path[1:]}.{name}", strict)
        except Refused as refused:
            return refused.problems[0]
    return None


def _plain(what: str) -> str:
    words = re.sub(r"`([^`]*)`", r"\1", what)
    hint = ": write true or false" if words.startswith("Expected bool") else ""
    return words[:1].lower() + words[1:] + hint


def _say(raw: object) -> str:
    return {list: "a list", str: "a text", int: "a number", type(None): "nothing"}.get(type(raw), type(raw).__name__)


def _field_names(struct: type) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(struct)]


def _step(wanted: Any) -> list[Any]:
    """The alternatives of a type, with `Annotated` and unions taken apart."""
    origin = get_origin(wanted)
    if origin is Annotated:
        return _step(get_args(wanted)[0])
    if origin in (Union, UnionType):
        return [part for member in get_args(wanted) for part in _step(member)]
    return [wanted]


def _types_at(wanted: Any, path: str) -> list[Any]:
    """The types that a value at msgspec's `path` (`$.keys[0].type`) may have."""
    types = _step(wanted)
    for field, index in _STEPS.findall(path):
        following: list[Any] = []
        for part in types:
            if field and isinstance(part, type) and issubclass(part, msgspec.Struct):
                hints = get_type_hints(part, include_extras=True)
                attribute = {f.encode_name: f.name for f in msgspec.structs.fields(part)}.get(field)
                if attribute is not None:
                    following += _step(hints[attribute])
            elif index and get_origin(part) in (tuple, list):
                following += _step(get_args(part)[0])
            elif index and get_origin(part) is dict:
                following += _step(get_args(part)[1])
        types = following
    return types


def _structs_at(wanted: Any, path: str, values: object) -> list[type[msgspec.Struct]]:
    structs = [part for part in _types_at(wanted, path) if isinstance(part, type) and issubclass(part, msgspec.Struct)]
    if isinstance(values, Mapping) and len(structs) > 1:
        named = [part for part in structs if part.__struct_config__.tag == values.get("type")]
        return named or structs
    return structs


def _choices_at(wanted: Any, path: str) -> list[str]:
    return [str(choice) for part in _types_at(wanted, path) for choice in get_args(part) if isinstance(choice, str)]


def public_values(document: Document, *, reveal: bool = False) -> dict[str, Any]:
    """Builtin values of a document for people and programs; secrets are masked, or left in clear with `reveal`."""

    def hook(value: object) -> object:
        if isinstance(value, Secret):
            return value.reveal() if reveal else MASK
        if isinstance(value, RawValue):
            return {"secret": value.text if reveal else MASK} if value.secret else value.text
        raise NotImplementedError(type(value))

    values: dict[str, Any] = msgspec.to_builtins(document, enc_hook=hook)
    return values
