"""FreeSWITCH: what its mod_xml_curl asks, and who may log in as a piece of its directory.

FreeSWITCH posts a form and takes XML as if it had found it in its own files. It asks for everything that way, so most
questions are not ours; those are answered with an explicit `not found`, which sends it on to its files.
Source: mod_xml_curl, mod_sofia (sofia_reg) and mod_voicemail of FreeSWITCH 1.10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import msgspec

from offhook.model.mailbox import Mailbox
from offhook.proxy.credentials import Credential

NEXT: Final = "offhook-next"
"""The extension that FreeSWITCH comes back to, once it has carried out a step."""
SERVICES_CONTEXT: Final = "offhook-services"
"""The context where an admin's own files say what a menu, a park and other services do."""
CAPS: Final = "delay,decline_all,target_timeout,target_headers,query,step_tokens"
"""What FreeSWITCH can do of the contract."""
NO_LOGIN: Final = "no-login"
"""Stands where a digest secret would: no digest ever equals it."""
DIAL_STRING: Final = (
    "{^^:sip_invite_domain=${dialed_domain}:presence_id=${dialed_user}@${dialed_domain}}"
    "${sofia_contact(*/${dialed_user}@${dialed_domain})}"
)
"""How a user is rung: at every contact that its address of record has."""
DISPOSITIONS: Final[Mapping[str, str]] = {
    "USER_BUSY": "busy",
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "unavailable",
    "ALLOTTED_TIMEOUT": "no_answer",
    "ORIGINATOR_CANCEL": "no_answer",
    "PROGRESS_TIMEOUT": "no_answer",
    "RECOVERY_ON_TIMER_EXPIRE": "offline",
    "CALL_REJECTED": "declined",
    "UNWANTED": "declined",
    "USER_NOT_REGISTERED": "offline",
    "SUBSCRIBER_ABSENT": "offline",
    "UNALLOCATED_NUMBER": "offline",
    "NO_ROUTE_DESTINATION": "offline",
    "NUMBER_CHANGED": "offline",
    "REDIRECTION_TO_NEW_DESTINATION": "redirected",
}
"""`originate_disposition` → cause of the contract; all others are `failed`."""
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that XML 1.0 cannot carry, not even escaped (§2.2)."""


class Lookup(msgspec.Struct, frozen=True):
    """May this user log in, how is it rung, which mailbox does it have?"""

    username: str
    realm: str
    registering: bool
    """True when FreeSWITCH wants to check a password (`action=sip_auth`)."""


class Dialled(msgspec.Struct, frozen=True):
    """What is to happen with a new call?"""

    fields: dict[str, str]
    """The fields of a route request (`POST /proxy/v1/route`)."""
    context: str


class Continued(msgspec.Struct, frozen=True):
    """What is to happen after a step?"""

    fields: dict[str, str]
    """The fields of a continuation (`POST /proxy/v1/route/next`)."""
    context: str


Question = Lookup | Dialled | Continued | None
"""None: no question of ours."""


def question(fields: Mapping[str, str]) -> Question:
    """What FreeSWITCH asks with these form fields."""
    section = fields.get("section")
    if section == "directory":
        return _lookup(fields)
    if section != "dialplan":
        return None
    context = fields.get("Hunt-Context") or fields.get("Caller-Context", "")
    if context == SERVICES_CONTEXT:
        return None
    dialled = fields.get("Hunt-Destination-Number") or fields.get("Caller-Destination-Number", "")
    if dialled == NEXT:
        return Continued(_continued(fields), context)
    return Dialled(_dialled(fields, dialled), context) if dialled else None


def _lookup(fields: Mapping[str, str]) -> Lookup | None:
    username = fields.get("user", "")
    realm = fields.get("domain") or (fields.get("key_value", "") if fields.get("tag_name") == "domain" else "")
    return Lookup(username, realm, fields.get("action") == "sip_auth") if username and realm else None


def _dialled(fields: Mapping[str, str], dialled: str) -> dict[str, str]:
    # The directory sets offhook_login on calls whose password was checked, our own dialplan on calls inside; no header does.
    login, _, realm = fields.get("variable_offhook_login", "").rpartition("@")
    asserted = fields.get("variable_sip_P-Asserted-Identity", "")
    return {
        "call_id": fields.get("variable_sip_call_id") or fields.get("Unique-ID", ""),
        "from_tag": fields.get("Unique-ID", ""),
        "dialed": dialled,
        "domain": realm or fields.get("variable_sip_req_host", ""),
        "auth_user": login,
        "from_user": fields.get("Caller-Caller-ID-Number", ""),
        "from_name": fields.get("Caller-Caller-ID-Name", ""),
        "pai": asserted if "sip:" in asserted.lower() or "tel:" in asserted.lower() else "",
        "privacy": "id" if fields.get("Caller-Privacy-Hide-Number") == "true" else "",
        "diversion": fields.get("variable_sip_h_Diversion", ""),
        "caps": CAPS,
    }


def _continued(fields: Mapping[str, str]) -> dict[str, str]:
    disposition = fields.get("variable_originate_disposition", "")
    cause = fields.get("variable_offhook_outcome") or DISPOSITIONS.get(disposition, "failed")
    rang = fields.get("variable_offhook_rang", "")
    if cause == "offline" and rang:
        # The last part of a ring found nobody: what came of the parts before it counts.
        cause = DISPOSITIONS.get(rang, "failed")
    status = fields.get("variable_last_bridge_proto_specific_hangup_cause", "").removeprefix("sip:")
    return {
        "call_id": fields.get("variable_sip_call_id") or fields.get("Unique-ID", ""),
        "from_tag": fields.get("Unique-ID", ""),
        "token": fields.get("variable_offhook_token", ""),
        "cause": cause,
        "status": status,
        "caps": CAPS,
    }


def found_user(realm: str, username: str, credential: Credential | None, mailbox: Mailbox | None) -> str:
    """A user of the directory: a login with its digest secret, a mailbox with its PIN, or what is both.

    A mailbox alone is no login: FreeSWITCH takes any password for a user that has none, so it gets one that fits nothing.
    """
    document, section = _document("directory")
    domain = SubElement(section, "domain", name=_plain(realm))
    user = SubElement(domain, "user", id=_plain(username))
    parameters = SubElement(user, "params")
    _entry(parameters, "param", "a1-hash", credential.ha1 if credential is not None else NO_LOGIN)
    _entry(parameters, "param", "allow-empty-password", "false")
    if credential is not None:
        _entry(parameters, "param", "dial-string", DIAL_STRING)
    if mailbox is not None:
        if mailbox.pin is not None:
            _entry(parameters, "param", "vm-password", mailbox.pin.reveal())
        if mailbox.email is not None:
            _entry(parameters, "param", "vm-mailto", mailbox.email)
    if credential is not None:
        variables = SubElement(user, "variables")
        _entry(variables, "variable", "offhook_login", f"{username}@{realm}")
    return rendered(document)


def not_found() -> str:
    """Look into your own files."""
    document, section = _document("result")
    SubElement(section, "result", status="not found")
    return rendered(document)


def _document(section: str) -> tuple[Element, Element]:
    document = Element("document", type="freeswitch/xml")
    return document, SubElement(document, "section", name=section)


def dialplan_document(context: str) -> tuple[Element, Element]:
    """A dialplan answer: the document, and the condition that the actions go into; it is met by whatever was dialled."""
    document, section = _document("dialplan")
    extension = SubElement(SubElement(section, "context", name=_plain(context)), "extension", name="offhook")
    return document, SubElement(extension, "condition")


def action(condition: Element, application: str, data: str = "") -> None:
    """One thing to do; `data` is neutralised by who makes it, here it only becomes XML."""
    element = SubElement(condition, "action", application=application)
    if data:
        element.set("data", _plain(data))


def _entry(parent: Element, tag: str, name: str, value: str) -> None:
    SubElement(parent, tag, name=name, value=_plain(value))


def rendered(document: Element) -> str:
    """The XML text."""
    indent(document)
    return tostring(document, encoding="unicode") + "\n"


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)
