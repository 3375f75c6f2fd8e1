"""Settings taken from another system, one at a time: what the server would refuse is reported instead."""

from __future__ import annotations

import re
from typing import Any, Final

from offhook.importers.fields import Fields, shown

from .accepted import NUMBER, is_zone, why_not
from .models import PhoneModel
from .phone import Servers

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NEEDING_A_VALUE: Final = frozenset({"blf", "speed_dial", "url", "dtmf"})
_DIALLING: Final = frozenset({"blf", "speed_dial", "intercom", "pickup", "transfer"})
_DIGITS: Final = re.compile(r"[+*#0-9]{1,32}")
"""What a key dials as a number; any other word would name somebody (`offhook.integrity`)."""
_SIP_ADDRESS: Final = re.compile(r"(sips?:)?[^\s@]+@[A-Za-z0-9.:\[\]-]+")


def take(settings: dict[str, Any], name: str, value: object, fields: Fields, field: str) -> None:
    """Set one of our settings from a field of theirs; None and an empty text set nothing."""
    if value in (None, "", []):
        return
    faulty = _zone_or_language(name, value) or why_not("devices", "settings", {name: value})
    if faulty is None:
        settings[name] = value
    else:
        fields.remark(field, shown(value, field), f"it is no {name} here: {faulty}", "Set it anew.")


def number_of(fields: Fields, field: str) -> str | None:
    """A number that can be dialled; None when there is none, and reported when it is another text."""
    said = fields.text(field)
    if said is None or NUMBER.fullmatch(said):
        return said
    fields.remark(field, shown(said, field), "this is no number that can be dialled", "Give it one of digits, * and #.")
    return None


def servers_of(realm: str | None, proxy: dict[str, Any], fields: Fields, field: str) -> Servers | None:
    """Where a phone sends its SIP; a proxy that is the realm itself over UDP needs no word."""
    if realm is None:
        return None
    found = realm.lower()
    faulty = why_not("accounts", "realm", found)
    if faulty is not None:
        fields.remark(field, shown(realm), f"it is no realm: {faulty}", "Make the account first, with its realm.")
        return None
    bare = proxy.get("host", found).lower() == found and proxy.get("transport", "udp") == "udp"
    if bare and not proxy.get("backup") and proxy.get("port") in (None, 5060):
        return Servers(found)
    faulty = why_not("accounts", "proxy", proxy)
    if faulty is not None:
        fields.remark(field, shown(proxy), f"it is no SIP server: {faulty}", "Set the account's proxy.")
        return Servers(found)
    return Servers(found, proxy)


def place_of(model: PhoneModel, number: int) -> dict[str, int]:
    """Where a key is that is counted over the phone and then over its modules."""
    beyond = number - model.keys
    if not model.keys or not model.module_keys or beyond <= 0:
        return {"position": number}
    return {"position": (beyond - 1) % model.module_keys + 1, "module": (beyond - 1) // model.module_keys + 1}


def key_fault(key: dict[str, Any]) -> str | None:
    """Why a device cannot have a key; None when it can."""
    value = key.get("value")
    if value is None and key["type"] in _NEEDING_A_VALUE:
        return "it says nothing"
    if (
        value is not None
        and key["type"] in _DIALLING
        and not (_DIGITS.fullmatch(value) or _SIP_ADDRESS.fullmatch(value))
    ):
        return "its value is no number"
    return why_not("devices", "keys", [key])


def _zone_or_language(name: str, value: object) -> str | None:
    if name == "timezone" and not is_zone(str(value)):
        return "there is no time zone of this name (IANA)"
    if name == "language" and not _LANGUAGE.fullmatch(str(value)):
        return "this is no language tag (BCP 47)"
    return None
