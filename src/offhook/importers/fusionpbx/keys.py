"""Keys: a profile's first, a device's own over them, each for the vendor of the phone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from offhook.importers.fields import Fields, shown
from offhook.importers.phones.models import PhoneModel
from offhook.importers.phones.taking import key_fault

from .key_types import key_type
from .tables import Row

_MODULE: Final = re.compile(r"expansion(?:-([1-6]))?")
_NEEDS_NO_VALUE: Final = frozenset({"line", "none"})
_SUBSCRIBED: Final = re.compile(r"sub=([^@;]+)@")
"""Cisco's SPA phones: `fnc=blf+sd+cp;sub=101@$PROXY`."""


def keys_of(
    rows: Iterable[Fields], vendor: str, model: PhoneModel, lines: Mapping[str, int], said: Mapping[str, str]
) -> tuple[dict[str, Any], ...]:
    """The keys of a device.

    `rows` are the profile's and then the device's; `vendor` is what FusionPBX calls it; `lines` is the number of a line
    there → its number on our device; `said` is what a variable such as `${domain_name}` stands for.
    """
    chosen: dict[tuple[str, str], Fields] = {}
    for fields in rows:
        category, number = (fields.text("device_key_category") or "line").lower(), fields.text("device_key_id") or ""
        own = fields.text("device_key_vendor")
        if own is not None and own.lower() != vendor.lower():
            fields.remark("", f"the key {category} {number}", f"it is for phones of {own}", "")
            fields.passed(*fields.names())
            continue
        replaced = chosen.pop((category, number), None)
        if replaced is not None:
            replaced.passed(*replaced.names())
        chosen[category, number] = fields
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for (category, number), fields in sorted(chosen.items(), key=lambda one: (one[0][0], len(one[0][1]), one[0][1])):
        place = _place(category, number, model)
        key = _key(fields, vendor, lines, said)
        if place is None or isinstance(key, str):
            why = key if isinstance(key, str) else "no key of ours is counted so"
            fields.remark("", f"the key {category} {number}", why, "Set it on the device anew.")
            continue
        whole = {"position": place[1], **({"module": place[0]} if place[0] else {}), **key}
        faulty = "another key has this place" if place in found else key_fault(whole)
        if faulty is None:
            found[place] = whole
        else:
            fields.remark("", f"the key {category} {number}", faulty, "Set it on the device anew.")
    return tuple(found[place] for place in sorted(found) if found[place]["type"] != "none")


def as_device_key(row: Row) -> Row:
    """A profile's key with the names that a device's has."""
    return {re.sub("^profile_key_", "device_key_", column): text for column, text in row.items()}


def _place(category: str, number: str, model: PhoneModel) -> tuple[int, int] | None:
    """Module and position of a key; None for what has none."""
    if not re.fullmatch(r"[1-9][0-9]{0,2}", number):
        return None
    if category == "line":
        return 0, int(number)
    if category == "memory":
        return 0, model.line_keys + int(number)
    module = _MODULE.fullmatch(category)
    if module is None:
        return None
    first, beyond = int(module[1] or 1), int(number) - 1
    if model.module_keys:
        return first + beyond // model.module_keys, beyond % model.module_keys + 1
    return first, int(number)


def _key(fields: Fields, vendor: str, lines: Mapping[str, int], said: Mapping[str, str]) -> dict[str, Any] | str:
    """What a key does; a text says why it does nothing here."""
    kind, value = fields.text("device_key_type") or "", fields.text("device_key_value")
    ours, value = _function(vendor, kind, _filled(value, said))
    label, line = _filled(fields.text("device_key_label"), said), fields.text("device_key_line")
    fields.passed(
        "device_key_uuid", "device_uuid", "domain_uuid", "device_profile_uuid", "device_key_protected", "insert_date",
        "insert_user", "update_date", "update_user", "device_profile_key_uuid", "device_key_subtype",
    )  # fmt: skip
    if ours is None:
        fields.passed(*fields.names())
        return f"its type {shown(kind)} is none of ours"
    fields.leave("device_key_extension", "phones pick up with the account's pickup_code", "Set pickup_code.")
    fields.leave("device_key_icon", "keys have no pictures")
    fields.leave("device_key_subtype", "keys have no second type")
    fields.rest("a key has nothing of this meaning")
    key: dict[str, Any] = {"type": ours}
    if value is not None and ours not in _NEEDS_NO_VALUE:
        key["value"] = value
    if label is not None:
        key["label"] = label[:100]
    if line is not None and lines.get(line, 1) > 1:
        key["line"] = lines[line]
    elif line is not None and line not in (*lines, "0", "1"):
        fields.remark("device_key_line", shown(line), "the phone has no such line", "The key uses the first one.")
    return key


def _function(vendor: str, kind: str, value: str | None) -> tuple[str | None, str | None]:
    """Our type and value; Cisco's SPA phones write both into the value of a key whose line is disabled."""
    subscribed = _SUBSCRIBED.search(value or "")
    if vendor.lower() in ("cisco", "linksys", "spa") and subscribed is not None:
        return ("blf" if "blf" in (value or "") else "speed_dial"), subscribed[1]
    return key_type(vendor, kind), value


def _filled(text: str | None, said: Mapping[str, str]) -> str | None:
    """A text with FusionPBX's variables filled in."""
    if text is None:
        return None
    return re.sub(r"\$\{(\w+)\}", lambda found: said.get(found[1], found[0]), text)
