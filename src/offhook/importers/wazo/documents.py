"""Files of wazo-provd: what its REST API answers, or the files of its database, any number of values in each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from offhook.importers.phones.accepted import plain
from offhook.importers.report import Report, Unreadable

_ENVELOPES: Final = {"devices": "devices", "device": "devices", "configs": "configs", "config": "configs"}
"""What the API puts its answers into → the kind of what is inside; `config` in a device names its config instead."""
_OF_A_DEVICE: Final = frozenset({"mac", "plugin", "configured", "vendor", "model", "tenant_uuid", "is_new"})
"""Fields by which a document without an envelope is known to be a device."""


class Provd(msgspec.Struct, frozen=True):
    """What the files hold, by id."""

    devices: dict[str, dict[str, Any]]
    configs: dict[str, dict[str, Any]]


def read_provd(files: Iterable[tuple[str, str]], report: Report) -> Provd:
    """The devices and configs of files, each a name and a text; raises `Unreadable`."""
    found: dict[str, dict[str, dict[str, Any]]] = {"devices": {}, "configs": {}}
    for name, text in files:
        for value in _values(name, text):
            for kind, document in _documents(name, value):
                identity = _identity(name, kind, document)
                if found[kind].get(identity, document) != document:
                    report.add(f"{kind}/{identity}", "", "the document", "it is there twice, and the last one counts")
                found[kind][identity] = document
    if not found["devices"] and not found["configs"]:
        raise Unreadable(
            "there are no devices and no configs of wazo-provd: save what dev_mgr/devices and"
            " cfg_mgr/configs of its API answer, or give the files of jsondb/devices and jsondb/configs"
        )
    return Provd(found["devices"], found["configs"])


def _values(name: str, text: str) -> Iterator[Any]:
    """All JSON values of a text, one behind the other."""
    decoder = json.JSONDecoder()
    position, text = 0, text.strip()
    while position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
            yield plain(value)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"{name} is not readable as JSON ({error}): save the answer as it is") from None
        position += len(text[position:]) - len(text[position:].lstrip())


def _documents(name: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, list):
        for one in value:
            yield from _documents(name, one)
        return
    if not isinstance(value, Mapping):
        raise Unreadable(f"{name} holds {type(value).__name__} where a device or config is expected")
    inside = {key: part for key, part in value.items() if isinstance(part, list | Mapping) and key in _ENVELOPES}
    if inside and set(inside) == set(value):
        for key, part in inside.items():
            for one in part if isinstance(part, list) else [part]:
                if not isinstance(one, Mapping):
                    raise Unreadable(f"{name}: {key} holds {type(one).__name__} where a document is expected")
                yield _ENVELOPES[key], dict(one)
    elif isinstance(value.get("raw_config"), Mapping):
        yield "configs", dict(value)
    elif _OF_A_DEVICE & set(value):
        yield "devices", dict(value)
    else:
        raise Unreadable(
            f"{name} holds a document that is neither a device nor a config of wazo-provd"
            f" (it has {', '.join(sorted(value)[:6]) or 'nothing'}): a config has raw_config, a device a mac or plugin"
        )


def _identity(name: str, kind: str, document: Mapping[str, Any]) -> str:
    said = document.get("id") or (document.get("mac") if kind == "devices" else None)
    if isinstance(said, str):
        return said
    raise Unreadable(f"{name} holds one of the {kind} without id: save it as the API answers it, with its id")
