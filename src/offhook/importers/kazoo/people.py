"""Users, groups, mailboxes and the account itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from offhook.importers.fields import Fields, shown

from .context import Context

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
NUMBER: Final = re.compile(r"\+?[0-9*#]{1,31}")
_PORTAL: Final = (
    "username", "password", "priv_level", "require_password_update", "verified", "feature_level", "profile",
    "directories", "vm_to_email_enabled", "contact_list", "call_restriction", "enabled_features", "service",
)  # fmt: skip
"""What only Kazoo's portal, or another part of the import, looks at."""
MEMBER_KINDS: Final[Mapping[str, str]] = {"user": "users", "device": "devices", "group": "groups"}
CODECS: Final[Mapping[str, str]] = {
    "OPUS": "opus", "G722": "g722", "PCMA": "pcma", "PCMU": "pcmu", "G729": "g729",
}  # fmt: skip


def add_account(context: Context, identity: str) -> None:
    """The account, with the way of writing numbers that Kazoo begins with."""
    fields = context.fields("accounts", identity)
    document: dict[str, Any] = {"id": context.account}
    put(document, "name", fields.text("name"))
    document["realm"] = (fields.text("realm") or "").lower()
    put(document, "timezone", timezone_of(fields))
    put(document, "language", language_of(fields))
    if not fields.flag("enabled", True):
        document["enabled"] = False
    document["dial"] = {
        "country_code": "1", "national_prefix": "1", "international_prefix": "011", "emergency": ["911"],
    }  # fmt: skip
    fields.remark(
        "", "the writing of numbers", "it is a setting of the whole Kazoo system, which the account does not show",
        "dial has what Kazoo begins with (North America, 011, 911); change it where yours differs.",
    )  # fmt: skip
    dnd = fields.inner("do_not_disturb")
    if dnd.flag("enabled"):
        dnd.remark(
            "enabled", "true", "an account has no such switch", "Every user and every device of nobody has dnd instead."
        )
    fields.inner("dial_plan").leave(
        "system", "it is a setting of the whole Kazoo system", "Write it into the dial plan."
    )
    fields.inner("dial_plan").passed(*fields.inner("dial_plan").names())
    fields.passed("call_restriction", "preflow", "voicemail", "topup", "notifications", "metaflows")
    fields.rest("an account has nothing of this meaning")
    context.add("accounts", document)


def add_user(context: Context, identity: str, *, silent: bool) -> None:
    """One user; `silent`: the whole account does not want to be disturbed."""
    fields = context.fields("users", identity)
    document: dict[str, Any] = {"id": context.ids.find("users", identity)}
    names = [fields.text("first_name"), fields.text("last_name"), fields.text("name")]
    username = context.document("users", identity).get("username")
    document["name"] = " ".join(name for name in names if name)[:200] or str(username or identity)
    email = fields.text("email")
    if email is not None and _EMAIL.fullmatch(email):
        document["email"] = email
    elif email is not None:
        fields.remark("email", shown(email), "this is no address", "Give the user one.")
    put(document, "language", language_of(fields))
    put(document, "timezone", timezone_of(fields))
    if not fields.flag("enabled", True):
        document["enabled"] = False
        fields.remark(
            "enabled", "false", "Kazoo goes on ringing the devices of a user that is off, offhook does not",
            "Enable the user, or disable their devices too.",
        )  # fmt: skip
    presence = fields.text("presence_id")
    if presence is not None and NUMBER.fullmatch(presence):
        document["primary_extension"] = presence
    elif presence is not None:
        fields.remark("presence_id", shown(presence), "phones watch users by their extensions")
    put(document, "caller_id", caller_id_of(fields))
    if fields.inner("do_not_disturb").flag("enabled") or silent:
        document["dnd"] = True
    put(document, "forward", forward_of(fields))
    put(document, "settings", settings_of(fields))
    fields.passed(*_PORTAL)
    fields.leave("hotdesk", "nobody is at another's phone when they are imported", "Log in again at the phone.")
    fields.rest("a user has nothing of this meaning")
    context.add("users", document)


def add_group(context: Context, identity: str) -> None:
    """One group, its members by weight: that is their order wherever they are rung in order."""
    fields = context.fields("groups", identity)
    document: dict[str, Any] = {"id": context.ids.find("groups", identity)}
    put(document, "name", fields.text("name"))
    members = []
    for theirs, member in members_by_weight(context, identity):
        place = f"endpoints.{theirs}"
        kind = str(member.get("type", "user"))
        ours = context.ids.find(MEMBER_KINDS[kind], theirs) if kind in MEMBER_KINDS else None
        if ours is None:
            fields.report.add(
                fields.document, place, f"{kind} {theirs}", "there is no such document", "Add the member again."
            )
            continue
        members.append({kind: ours, **times_of(Fields(member, fields.document, place, fields.report))})
    document["members"] = members
    fields.passed("endpoints", "timeout", "strategy", "ignore_forward", "ringback")
    fields.rest("a group has nothing of this meaning")
    context.add("groups", document)


def members_by_weight(context: Context, identity: str) -> list[tuple[str, Mapping[str, Any]]]:
    """A Kazoo group's members: those with a weight first, ascending, then the others as they stand."""
    listed = context.document("groups", identity).get("endpoints")
    members = [(str(one), value) for one, value in listed.items()] if isinstance(listed, Mapping) else []
    known = [(one, value) for one, value in members if isinstance(value, Mapping)]
    return sorted(known, key=lambda one: (one[1].get("weight") is None, one[1].get("weight") or 0))


def times_of(fields: Fields) -> dict[str, int]:
    """Delay and timeout of a member, in seconds, where they are set."""
    delay, timeout = fields.number("delay", 0), fields.number("timeout", 0)
    return {**({"delay": delay} if delay > 0 else {}), **({"timeout": timeout} if timeout > 0 else {})}


def add_mailbox(context: Context, identity: str) -> None:
    """One voicemail box; its messages and greetings stay with the voicemail server."""
    fields = context.fields("vmboxes", identity)
    document: dict[str, Any] = {
        "id": context.ids.find("vmboxes", identity), "number": fields.text("mailbox") or "",
    }  # fmt: skip
    put(document, "name", fields.text("name"))
    owner = fields.text("owner_id")
    if owner is not None:
        put(document, "owner", named(context, fields, "owner_id", "users", owner))
    put(document, "pin", fields.text("pin"))
    addresses = [one for one in fields.items("notify_email_addresses") if isinstance(one, str)]
    put(document, "email", next((one for one in addresses if _EMAIL.fullmatch(one)), None))
    if len(addresses) > 1:
        fields.remark(
            "notify_email_addresses", shown(addresses[1:]), "a mailbox has one address", "Use a mailing list's."
        )
    fields.passed("check_if_owner", "operator_number", "messages", "is_setup")
    for field, default in (("media_extension", "mp3"), ("seek_duration_ms", 10_000)):
        fields.leave(field, "the voicemail server decides this", default=default)
    fields.rest("the voicemail server decides this", "Set it there.")
    context.add("mailboxes", document)


def named(context: Context, fields: Fields, field: str, kind: str, theirs: str) -> str | None:
    """Our id of a document that a field names; reported when there is none."""
    ours = context.ids.find(kind, theirs)
    if ours is None:
        fields.remark(field, f"{kind}/{theirs}", "there is no such document", "Set it anew where it is needed.")
    return ours


def forward_of(fields: Fields) -> dict[str, Any]:
    """Where calls go; what a document leaves out counts as false, as in Kazoo."""
    forward = fields.inner("call_forward")
    number = forward.text("number")
    enabled = forward.flag("enabled")
    if number is None or not NUMBER.fullmatch(number):
        if number is not None:
            forward.remark("number", shown(number), "this is no number that can be dialled", "Set the forward anew.")
        forward.passed(*forward.names())
        return {}
    found: dict[str, Any] = {"enabled": enabled, "number": number, "substitute": forward.flag("substitute")}
    if forward.flag("require_keypress"):
        found["confirm"] = True
    if forward.flag("direct_calls_only"):
        found["direct_only"] = True
    if enabled:
        forward.leave("keep_caller_id", "the SIP proxy decides who is seen to call a forward")
    forward.passed("keep_caller_id")
    forward.leave("failover", "only forwards for all calls are carried", "Give the callflow a branch unreachable.")
    forward.leave("ignore_early_media", "the SIP proxy decides this")
    return found


def caller_id_of(fields: Fields) -> dict[str, Any]:
    """Identities by whom they are for."""
    theirs = fields.inner("caller_id")
    found: dict[str, Any] = {}
    for sort in ("internal", "external", "emergency"):
        one = theirs.inner(sort)
        identity: dict[str, Any] = {}
        put(identity, "name", (one.text("name") or "")[:100])
        number = one.text("number")
        if number is not None and NUMBER.fullmatch(number):
            identity["number"] = number
        elif number is not None:
            one.remark("number", shown(number), "this is no number", "Give the user one.")
        put(found, sort, identity)
    return found


def settings_of(fields: Fields) -> dict[str, Any]:
    """Phone settings that users and devices share."""
    found: dict[str, Any] = {}
    media = fields.inner("media")
    audio = [str(codec) for codec in media.inner("audio").items("codecs")]
    put(found, "codecs", list(dict.fromkeys(CODECS[codec] for codec in audio if codec in CODECS)))
    if unknown := [codec for codec in audio if codec not in CODECS]:
        media.remark("audio.codecs", shown(unknown), "phones are not told of these codecs")
    media.inner("video").leave("codecs", "phones' video is their own")
    encryption = media.inner("encryption")
    methods = encryption.items("methods")
    if "srtp" in methods:
        found["srtp"] = "required" if encryption.flag("enforce_security") else "optional"
    if "zrtp" in methods:
        encryption.remark("methods", "zrtp", "phones are not told of it")
    encryption.passed("enforce_security")
    waiting = fields.inner("call_waiting")
    if waiting.has("enabled") and not waiting.flag("enabled", True):
        found["call_waiting"] = False
    waiting.passed("enabled")
    media.leave("fax_option", "the media server decides this", default="auto")
    return found


def language_of(fields: Fields) -> str | None:
    """A language as BCP 47 writes it: `en-US` for Kazoo's `en-us`."""
    text = fields.text("language")
    if text is None:
        return None
    first, _, country = text.replace("_", "-").partition("-")
    tag = f"{first.lower()}-{country.upper()}" if len(country) == 2 else text.lower().replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        fields.remark("language", shown(text), "this is no language tag", "Set the language anew.")
        return None
    return tag


def timezone_of(fields: Fields) -> str | None:
    """A time zone that there is."""
    text = fields.text("timezone")
    if text is None or text == "inherit":
        return None
    if text not in _zones():
        fields.remark("timezone", shown(text), "there is no such time zone", "Set the time zone anew.")
        return None
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def put(document: dict[str, Any], name: str, value: object) -> None:
    """Set a field, unless there is nothing to say."""
    if value not in (None, "", [], {}):
        document[name] = value
