"""Extensions and voicemails: who is rung by a number, for how long, and where their messages go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from offhook.importers.fields import Fields, shown
from offhook.importers.phones.accepted import NUMBER, why_not
from offhook.importers.phones.phone import Person
from offhook.importers.report import Report

from .cells import switch
from .tables import Row, Tables

_CALL_TIMEOUT: Final = 30
"""Seconds that an extension rings there when nothing is said."""
_CODECS: Final = {
    "OPUS": "opus", "G722": "g722", "PCMA": "pcma", "PCMU": "pcmu", "G729": "g729", "ILBC": "ilbc", "G723": "g723",
    "G726-32": "g726-32",
}  # fmt: skip
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_BOOKKEEPING: Final = ("extension_uuid", "domain_uuid", "insert_date", "insert_user", "update_date", "update_user",
                       "voicemail_uuid", "follow_me_uuid")  # fmt: skip
_LEFT: Final[tuple[tuple[str, str, str, object], ...]] = (
    ("accountcode", "it is for bills, which the SIP proxy makes", "", None),
    ("directory_visible", "dial by name finds every user with an extension", "", "true"),
    ("directory_exten_visible", "dial by name says every extension", "", "true"),
    ("max_registrations", "every phone has a name of its own", "", None),
    ("limit_max", "calls of a user are not counted", "", None),
    ("limit_destination", "calls of a user are not counted", "", None),
    ("missed_call_app", "mail of missed calls is a node of the callflow", "Add a notify node.", None),
    ("missed_call_data", "mail of missed calls is a node of the callflow", "Give the notify node this address.", None),
    ("user_context", "an account has one dial plan", "", None),
    ("toll_allow", "who may dial what is said by callflows", "Guard dial_out nodes with a user_is node.", None),
    ("call_group", "groups are documents of their own", "Make a group with its members.", None),
    ("call_screen_enabled", "callers are not asked for their name", "", "false"),
    ("user_record", "recording is a node of the callflow", "Add a set node with record.", None),
    ("hold_music", "music on hold is the media server's", "", None),
    ("auth_acl", "devices log in with a password", "The SIP proxy can trust an address.", None),
    ("cidr", "devices log in with a password", "The SIP proxy can trust an address.", None),
    ("sip_force_contact", "this is the SIP proxy's", "", None), ("sip_force_expires", "this is the SIP proxy's", "", None),
    ("sip_bypass_media", "this is the SIP proxy's", "", None), ("force_ping", "this is the SIP proxy's", "", None),
    ("dial_string", "this is the SIP proxy's", "", None), ("dial_user", "this is the SIP proxy's", "", None),
    ("dial_domain", "this is the SIP proxy's", "", None), ("nibble_account", "it is for bills", "", None),
    ("mwi_account", "phones watch their owner's mailbox", "", None), ("unique_id", "it has no meaning here", "", None),
    ("follow_me_enabled", "following somebody is a callflow", "Ring their other numbers in it.", "false"),
    ("follow_me_destinations", "following somebody is a callflow", "Ring these numbers in it.", None),
    ("extension_voice", "it is the voice of spoken texts, which the media server has", "", None),
    ("extension_type", "every extension is a user", "", "default"),
    ("description", "users have no description", "", None),
)  # fmt: skip
"""Column, why it is not carried over, what to do instead, and the value that needs no word."""
_OF_THE_MAILBOX: Final = ("voicemail_sms_to", "voicemail_transcription_enabled", "voicemail_attach_file", "voicemail_file",
                          "voicemail_local_after_email", "voicemail_local_after_forward", "greeting_id",
                          "voicemail_alternate_greet_id", "voicemail_tutorial", "voicemail_recording_instructions",
                          "voicemail_recording_options", "voicemail_name_base64", "voicemail_description")  # fmt: skip


def persons_of(tables: Tables, report: Report) -> list[Person]:
    """A person for every extension, with their mailbox."""
    boxes = _mailboxes(tables, report)
    persons = []
    for row in tables.of("extensions"):
        person = _person(row, boxes, report)
        if person is not None:
            persons.append(person)
    for number, (fields, _) in boxes.items():
        if not any(person.mailbox is not None and person.mailbox["number"] == number for person in persons):
            fields.remark("", f"mailbox {number}", "there is no extension of this number", "Add a mailbox of nobody's.")
    return persons


def _person(row: Row, boxes: Mapping[str, tuple[Fields, dict[str, Any]]], report: Report) -> Person | None:
    number = row.get("extension", "")
    fields = Fields(row, f"extensions/{number}", "", report)
    if not NUMBER.fullmatch(number):
        fields.remark(
            "extension", shown(number), "this is no number that can be dialled", "Add a user with another one."
        )
        return None
    first, last = fields.text("directory_first_name"), fields.text("directory_last_name")
    shown_name = fields.text("effective_caller_id_name")
    name = " ".join(one for one in (first, last) if one) or shown_name
    user: dict[str, Any] = {}
    _put(user, "caller_id", _caller_id(fields, number, name), fields, "caller_id")
    if switch(fields, "do_not_disturb", False):
        user["dnd"] = True
    _put(user, "forward", _forward(fields), fields, "forward_all_destination")
    _language(fields, user)
    codecs = _codecs(fields)
    if codecs:
        user["settings"] = {"codecs": codecs}
    if not switch(fields, "enabled", "enabled" not in row and "extension_uuid" not in row):
        user["enabled"] = False
        if "enabled" not in row:
            fields.remark(
                "enabled", "an empty cell", "the export writes false so", "Enable the user if they are there."
            )
    alias = fields.text("number_alias")
    timeout = min(max(fields.number("call_timeout", _CALL_TIMEOUT), 1), 3600)
    box = boxes.get(number)
    if box is not None and user.get("email") is None and "email" in box[1]:
        user["email"] = box[1]["email"]
    for column, why, instead, default in _LEFT:
        fields.leave(column, why, instead, default=default)
    fields.passed("extension", "password", *_BOOKKEEPING)
    fields.rest("a user has nothing of this meaning")
    return Person(
        document=fields.document, number=number, name=name, more_numbers=(alias,) if alias else (), fields=user,
        timeout=timeout, mailbox=box[1] if box is not None else None,
    )  # fmt: skip


def _put(user: dict[str, Any], name: str, value: object, fields: Fields, column: str) -> None:
    """Set a user's field that the server would take; anything else is reported."""
    if value in (None, {}):
        return
    faulty = why_not("users", name, value)
    if faulty is None:
        user[name] = value
    else:
        fields.remark(column, shown(value), faulty, f"Set the user's {name}.")


def _caller_id(fields: Fields, number: str, name: str | None) -> dict[str, Any]:
    """Who the user is for colleagues, for the outside and for an emergency call centre."""
    found: dict[str, Any] = {}
    for kind, theirs in (("internal", "effective"), ("external", "outbound"), ("emergency", "emergency")):
        identity: dict[str, Any] = {}
        for part in ("name", "number"):
            column = f"{theirs}_caller_id_{part}"
            said = fields.text(column)
            usual = kind == "internal" and said == (number if part == "number" else name)
            if said is None or usual:
                continue
            faulty = why_not("users", "caller_id", {kind: {part: said}})
            if faulty is None:
                identity[part] = said
            else:
                fields.remark(column, shown(said), faulty, "Set the user's caller_id.")
        if identity:
            found[kind] = identity
    return found


def _forward(fields: Fields) -> dict[str, Any]:
    """Forwarding of all calls; that of some is a callflow's."""
    for kind in ("busy", "no_answer", "user_not_registered"):
        on = switch(fields, f"forward_{kind}_enabled", False)
        fields.leave(
            f"forward_{kind}_destination", f"a callflow says what happens then; it is {'on' if on else 'off'} there",
            "Lead the ring node's branch there.",
        )  # fmt: skip
    number = fields.text("forward_all_destination")
    on = switch(fields, "forward_all_enabled", False)
    if number is None:
        return {}
    return {"number": number, **({"enabled": True} if on else {})}


def _language(fields: Fields, user: dict[str, Any]) -> None:
    language, dialect = fields.text("extension_language"), fields.text("extension_dialect")
    if language is None:
        return
    tag = f"{language.lower()}-{dialect.upper()}" if dialect else language.lower()
    if (
        tag.replace("-", "").isascii()
        and tag.replace("-", "").isalpha()
        and 2 <= len(language) <= 3
        and len(dialect or "ab") == 2
    ):
        user["language"] = tag
    else:
        fields.remark("extension_language", shown(tag), "this is no language", "Set the user's language.")


def _codecs(fields: Fields) -> list[str]:
    """The codecs of `absolute_codec_string`: `PCMU,G722@20i`."""
    said = fields.text("absolute_codec_string") or ""
    found = []
    for one in said.replace("^", "").replace(":", ",").split(","):
        name = one.partition("@")[0].strip().upper()
        if name in _CODECS:
            found.append(_CODECS[name])
        elif name:
            fields.remark("absolute_codec_string", shown(one), "this codec is not known")
    return list(dict.fromkeys(found))


def _mailboxes(tables: Tables, report: Report) -> dict[str, tuple[Fields, dict[str, Any]]]:
    """The mailboxes by their number, which is their extension's."""
    found: dict[str, tuple[Fields, dict[str, Any]]] = {}
    for row in tables.of("voicemails"):
        number = row.get("voicemail_id", "")
        fields = Fields(row, f"voicemails/{number}", "", report)
        on = switch(fields, "voicemail_enabled", "voicemail_enabled" not in row and "voicemail_uuid" not in row)
        box: dict[str, Any] = {}
        for ours, column in (("number", "voicemail_id"), ("pin", "voicemail_password"), ("email", "voicemail_mail_to")):
            said = fields.text(column)
            faulty = why_not("mailboxes", ours, said) if said is not None else None
            if said is not None and faulty is None:
                box[ours] = said
            elif faulty is not None:
                fields.remark(column, shown(said, column), faulty, f"Set the mailbox's {ours}.")
        for column in _OF_THE_MAILBOX:
            fields.leave(column, "greetings and messages are the media server's", default="false")
        fields.passed(*_BOOKKEEPING)
        fields.rest("a mailbox has nothing of this meaning")
        if "number" in box and on:
            found[number] = (fields, box)
        elif "number" in box:
            fields.remark("voicemail_enabled", "false", "a mailbox that is off is none", "Add one when it is wanted.")
    return found
