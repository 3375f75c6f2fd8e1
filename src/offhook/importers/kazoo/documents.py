"""A file of Kazoo documents: one, a list of them, or a mapping kind → list, each bare or in the API's envelope."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from offhook.importers.report import Report, Unreadable
from offhook.model.problem import did_you_mean

KINDS: Final[Mapping[str, str]] = {
    "account": "accounts", "user": "users", "device": "devices", "group": "groups", "vmbox": "vmboxes",
    "menu": "menus", "callflow": "callflows", "temporal_rule": "temporal_rules",
    "temporal_rule_set": "temporal_rules_sets", "temporal_rules_set": "temporal_rules_sets",
    "temporal_rule_sets": "temporal_rules_sets", "list": "lists", "list_entry": "list_entries",
    "directory": "directories", "media": "media",
}  # fmt: skip
"""Kazoo's names of kinds (`pvt_type`, singular), and the kinds as its API's addresses write them."""
PLURALS: Final = tuple(dict.fromkeys(KINDS.values()))

_TOLD_BY: Final[tuple[tuple[str, str], ...]] = (
    ("flow", "callflows"), ("mailbox", "vmboxes"), ("cycle", "temporal_rules"),
    ("temporal_rules", "temporal_rules_sets"), ("list_id", "list_entries"), ("sip", "devices"),
    ("mac_address", "devices"), ("device_type", "devices"), ("realm", "accounts"), ("username", "users"),
    ("first_name", "users"), ("priv_level", "users"), ("max_extension_length", "menus"), ("hunt", "menus"),
    ("retries", "menus"), ("min_dtmf", "directories"), ("confirm_match", "directories"), ("endpoints", "groups"),
    ("entries", "lists"), ("media_source", "media"), ("numbers", "callflows"), ("patterns", "callflows"),
)  # fmt: skip
"""Field → the kind of a document that has it, the surest first."""
_ENVELOPE: Final = frozenset({"data", "status", "auth_token", "request_id", "revision", "metadata", "page_size"})
DEEPEST: Final = 100
"""Nodes below one another in a callflow's tree; no call goes through twice as many."""


class Kazoo(msgspec.Struct, frozen=True):
    """The documents of a file: kind → id → document."""

    documents: dict[str, dict[str, dict[str, Any]]]
    listed: frozenset[str]
    """Kinds that the file has documents of, or lists as empty: what it does not list of these does not exist."""

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The documents of a kind by their Kazoo id."""
        return self.documents.get(kind, {})


def read_kazoo(text: str, report: Report) -> Kazoo:
    """The documents of a JSON text; raises `Unreadable`."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not readable as JSON ({error}): save what Kazoo's API answers, as it is") from None
    return kazoo_of(values, report)


def kazoo_of(values: object, report: Report) -> Kazoo:
    """The documents in the values of a file; raises `Unreadable`. What is no document of ours is reported."""
    documents: dict[str, dict[str, dict[str, Any]]] = {}
    listed: set[str] = set()
    for kind, document in _documents(values, listed):
        known = kind or _kind_of(document)
        if known is None:
            name = document.get("name") or document.get("id") or "a document"
            raise Unreadable(f"{name!r} does not tell its kind: put it into a list below one of {', '.join(PLURALS)}")
        listed.add(known)
        identity = _identity(known, document, documents.setdefault(known, {}))
        documents[known][identity] = document
    if not listed:
        raise Unreadable(f"no Kazoo documents: expected one, a list, or a mapping with any of {', '.join(PLURALS)}")
    for identity in documents.pop("media", {}):
        report.add(
            f"media/{identity}", "", "the recording", "recordings are the media server's own",
            "Copy it there under this id, by which callflows name it.",
        )  # fmt: skip
    return Kazoo(documents, frozenset(listed - {"media"}))


def _documents(values: object, listed: set[str]) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Each document with its kind, where the file says it."""
    values = _opened(values)
    if isinstance(values, list):
        for one in values:
            yield from _documents(one, listed)
    elif not isinstance(values, Mapping):
        raise Unreadable(f"{type(values).__name__} where a document is expected: documents are mappings of fields")
    elif values and all(isinstance(_opened(listing), list) for listing in values.values()):
        for name, listing in values.items():
            kind = _kind_named(name)
            listed.add(kind)
            for one in _opened(listing):
                opened = _opened(one)
                if not isinstance(opened, Mapping):
                    raise Unreadable(f"{name} holds something that is no document: documents are mappings of fields")
                yield kind, dict(opened)
    elif values:
        yield None, dict(values)


def _opened(values: object) -> Any:
    """What is in an API answer's envelope; anything else as it is."""
    if isinstance(values, Mapping) and "data" in values and set(values) & (_ENVELOPE - {"data"}):
        return _opened(values["data"])
    if isinstance(values, Mapping) and set(values) == {"data"}:
        return _opened(values["data"])
    return values


def _kind_named(name: object) -> str:
    wanted = str(name).replace("-", "_").lower()
    if wanted in PLURALS:
        return wanted
    if wanted in KINDS:
        return KINDS[wanted]
    raise Unreadable(f"{name!r} is no kind of Kazoo's that can be imported{did_you_mean(wanted, PLURALS)}")


def _kind_of(document: Mapping[str, Any]) -> str | None:
    """The kind of a document by itself."""
    told = KINDS.get(str(document.get("pvt_type", "")))
    return told or next((kind for field, kind in _TOLD_BY if field in document), None)


def _identity(kind: str, document: Mapping[str, Any], taken: Mapping[str, Any]) -> str:
    """The id of a document; one without any is named after what it has."""
    for field in ("id", "_id"):
        if document.get(field):
            return str(document[field])
    numbers = document.get("numbers") or document.get("patterns") or [kind]
    wanted = str(document.get("name") or document.get("username") or document.get("mailbox") or numbers[0])
    number, identity = 2, wanted
    while identity in taken:
        identity, number = f"{wanted} {number}", number + 1
    return identity
