"""Devices with their MAC, SIP credentials, model and keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from offhook.importers.fields import Fields, shown
from offhook.model.mac import MalformedMac, normalise_mac

from .context import Context
from .people import caller_id_of, forward_of, language_of, named, put, settings_of, timezone_of

_LOGIN: Final = re.compile(r"[A-Za-z0-9._~!$&*+=-]{1,64}")
_WORD: Final = re.compile(r"[^a-z0-9]+")
_KEYS: Final[Mapping[str, str]] = {
    "line": "line", "presence": "blf", "speed_dial": "speed_dial", "parking": "park", "personal_parking": "park",
}  # fmt: skip
"""Kazoo's type of key → ours."""
_THE_PROXYS: Final = (
    "route", "static_route", "static_invite", "number", "transport", "proxy", "forward", "custom_sip_interface",
    "custom_sip_headers", "ignore_completed_elsewhere", "ip",
)  # fmt: skip
_USUAL_FORMATS: Final = ("contact", "username")
"""Ways of addressing a phone that need no word: it is called where it registered."""


def add_device(context: Context, identity: str, *, silent: bool) -> None:
    """One device; `silent`: the whole account does not want to be disturbed."""
    fields = context.fields("devices", identity)
    document: dict[str, Any] = {"id": context.ids.find("devices", identity)}
    put(document, "name", (fields.text("name") or "")[:200])
    put(document, "mac", _mac(fields))
    put(document, "model", _model(fields))
    theirs = fields.text("owner_id")
    owner = named(context, fields, "owner_id", "users", theirs) if theirs is not None else None
    put(document, "owner", owner)
    if not fields.flag("enabled", True):
        document["enabled"] = False
    put(document, "sip", _sip(context, fields))
    put(document, "keys", _keys(context, fields))
    if fields.inner("do_not_disturb").flag("enabled") or (silent and owner is None):
        document["dnd"] = True
    put(document, "forward", forward_of(fields))
    settings = settings_of(fields)
    put(settings, "language", language_of(fields))
    put(settings, "timezone", timezone_of(fields))
    expires = fields.inner("sip").number("expire_seconds", 0)
    if expires >= 60:
        settings["register_expires"] = min(expires, 86_400)
    put(document, "settings", settings)
    if caller_id_of(fields):
        fields.remark(
            "caller_id", shown(sorted(context.document("devices", identity)["caller_id"])),
            "identities belong to users", "Give the device an owner with this caller_id.",
        )  # fmt: skip
    fields.passed(
        "device_type", "presence_id", "call_restriction", "mwi_unsolicited_updates", "contact_list",
        "register_overwrite_notify", "suppress_unregister_notifications", "exclude_from_queues", "provision",
    )  # fmt: skip
    put(document, "lines", _hot_desks(context, fields))
    fields.rest("a device has nothing of this meaning")
    context.add("devices", document)


def _hot_desks(context: Context, fields: Fields) -> list[dict[str, str]]:
    """Lines of the users who are logged in at a device now: it rings for them instead of its owner."""
    users = fields.inner("hotdesk").inner("users")
    found = [context.ids.find("users", theirs) for theirs in users.names()]
    users.passed(*users.names())
    fields.inner("hotdesk").passed("users")
    if found:
        users.remark(
            "", ", ".join(user for user in found if user), "they have the device's lines now, and stay there",
            "Take lines away when they have left.",
        )  # fmt: skip
    return [{"user": user} for user in found if user is not None]


def _mac(fields: Fields) -> str | None:
    text = fields.text("mac_address")
    if text is None:
        return None
    try:
        return normalise_mac(text)
    except MalformedMac as error:
        fields.remark("mac_address", shown(text), str(error), "Give the device its MAC.")
        return None


def _model(fields: Fields) -> str | None:
    """`vendor/Model` in the usual writing: yealink/T46S, grandstream/GXP2170."""
    provision = fields.inner("provision")
    brand = _WORD.sub("-", (provision.text("endpoint_brand") or "").lower()).strip("-")
    model = (provision.text("endpoint_model") or "").strip()
    provision.passed("endpoint_family", "id", "feature_keys", "combo_keys")
    if not brand:
        return None
    return f"{brand}/{model.upper() if model.lower() == model else model}" if model else brand


def _sip(context: Context, fields: Fields) -> dict[str, Any]:
    sip = fields.inner("sip")
    username, password = sip.text("username"), sip.text("password")
    method, realm = sip.text("method"), sip.text("realm")
    if method not in (None, "password"):
        sip.remark("method", shown(method), "devices log in with a password", "The SIP proxy can trust its address.")
    realms = {str(account.get("realm", "")).lower() for account in context.kazoo.of("accounts").values()}
    if realm is not None and realms and realm.lower() not in realms:
        sip.remark("realm", shown(realm), "all devices of an account have its realm")
    if sip.raw("invite_format") not in _USUAL_FORMATS:
        sip.leave("invite_format", "the SIP proxy decides this")
    for name in _THE_PROXYS:
        sip.leave(name, "the SIP proxy decides this")
    sip.passed("invite_format", "expire_seconds", "method", "realm")
    if username is None:
        return {}
    if not _LOGIN.fullmatch(username):
        sip.remark("username", shown(username), "not every phone takes these signs", "A new user name is made up.")
        return {}
    return {"username": username, **({"password": password} if password else {})}


def _keys(context: Context, fields: Fields) -> list[dict[str, Any]]:
    provision = fields.inner("provision")
    found = []
    taken: set[int] = set()
    for sort in ("combo_keys", "feature_keys"):
        theirs = provision.inner(sort)
        for name in sorted(theirs.names(), key=lambda one: (len(one), one)):
            raw = theirs.raw(name)
            if not isinstance(raw, Mapping) or not name.isdigit():
                continue
            key = _key(context, Fields(raw, theirs.document, f"{theirs.place}.{name}", theirs.report))
            # Kazoo counts keys from 0 on some models and from 1 on others; ours begin with 1.
            position = int(name) + (1 if "0" in theirs.names() else 0)
            if key is not None and position in taken:
                theirs.remark(name, shown(raw), f"key {position} is taken", "Give it another position.")
            elif key is not None:
                taken.add(position)
                found.append({"position": position, **key})
    return found


def _key(context: Context, key: Fields) -> dict[str, Any] | None:
    kind = key.text("type") or ""
    value = key.raw("value")
    label = None
    if isinstance(value, Mapping):
        label, value = value.get("label"), value.get("value")
    if kind not in _KEYS:
        key.remark("type", shown(kind), "this key is not known", "Set it on the device anew.")
        return None
    found: dict[str, Any] = {"type": _KEYS[kind]}
    if kind in ("presence", "personal_parking") and value is not None:
        user = named(context, key, "value", "users", str(value))
        if user is None:
            return None
        if kind == "personal_parking":
            key.remark("value", f"the place of {user}", "parking places have numbers", "Set the key's value.")
            return None
        found["value"] = user
    elif value not in (None, ""):
        found["value"] = str(value)
    elif kind != "line":
        key.remark("value", shown(value), "the key says nothing", "Set it on the device anew.")
        return None
    put(found, "label", str(label)[:100] if label else None)
    key.passed("label")
    return found
