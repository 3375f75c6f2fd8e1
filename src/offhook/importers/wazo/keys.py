"""Function keys: provd counts them over the phone and on over its expansion modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from offhook.importers.fields import Fields, shown
from offhook.importers.phones.models import PhoneModel
from offhook.importers.phones.taking import key_fault, place_of

_TYPES: Final = {"speeddial": "speed_dial", "blf": "blf", "park": "park"}


def keys_of(raw: Fields, model: PhoneModel, lines: Mapping[str, int]) -> tuple[dict[str, Any], ...]:
    """The keys of a config. `lines` is the number of a line there → its number on our device."""
    listed = raw.inner("funckeys")
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for name in sorted(listed.names(), key=lambda one: (len(one), one)):
        fields = listed.inner(name)
        if not (name.isascii() and name.isdigit() and 1 <= int(name[:4]) <= 999 and len(name) <= 3):
            listed.remark(name, "the key", "keys are numbered from 1", "Set it on the device anew.")
            fields.passed(*fields.names())
            continue
        key = {**place_of(model, int(name)), **_what(fields, lines)}
        faulty = "its type is not known" if key["type"] is None else key_fault(key)
        place = (key.get("module", 0), key["position"])
        if faulty is None and place in found:
            faulty = "another key has this place"
        if faulty is None:
            found[place] = key
        else:
            listed.remark(name, shown(listed.raw(name)), faulty, "Set it on the device anew.")
    return tuple(found[place] for place in sorted(found))


def _what(fields: Fields, lines: Mapping[str, int]) -> dict[str, Any]:
    key: dict[str, Any] = {"type": _TYPES.get((fields.text("type") or "").lower())}
    label, line = fields.text("label"), fields.text("line")
    if (value := fields.text("value")) is not None:
        key["value"] = value
    if label is not None:
        key["label"] = label[:100]
    if line is not None and line in lines:
        if lines[line] > 1:
            key["line"] = lines[line]
    elif line is not None:
        fields.remark("line", shown(line), "the phone has no such line", "The key uses the first one.")
    return key
