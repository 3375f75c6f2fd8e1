"""A config's parameters that are settings of ours: network, time, language, passwords, feature codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from offhook.importers.fields import Fields, shown
from offhook.importers.phones.taking import number_of, take

DTMF: Final = {"RTP-in-band": "inband", "RTP-out-of-band": "rfc2833", "SIP-INFO": "info"}
SRTP: Final = {"disabled": "off", "preferred": "optional", "required": "required"}
_LEVELS: Final = {"critical": "error", "error": "error", "warning": "warning", "info": "info", "debug": "debug"}
_LOCALE: Final = re.compile(r"([a-z]{2,3})_([A-Z]{2})")
_OWN_ADDRESS: Final = ("ip", "http_port", "http_base_url", "tftp_port")
_BOOK: Final = ("X_xivo_phonebook_ip", "X_xivo_phonebook_profile", "X_xivo_phonebook_scheme", "X_xivo_phonebook_port")
_CERTIFICATES: Final = (
    "sip_servers_root_and_intermediate_certificates", "sip_local_root_and_intermediate_certificates",
    "sip_local_certificate",
)  # fmt: skip
_CODES: Final = (
    "exten_dnd",
    "exten_fwd_unconditional",
    "exten_fwd_no_answer",
    "exten_fwd_busy",
    "exten_fwd_disable_all",
)
_WITHOUT_MEANING: Final = ("X_key", "X_comment", "_comment", "config_version", "X_xivo_user_uuid")
"""Wazo's own bookkeeping."""


def settings_of(raw: Fields) -> dict[str, Any]:
    """The settings in a config's parameters; what is none of ours is reported."""
    found: dict[str, Any] = {}
    _network(raw, found)
    _syslog(raw, found)
    for name, usual, field in (("admin", "admin", "web_admin_password"), ("user", "user", "web_user_password")):
        raw.leave(f"{name}_username", "every vendor's phones have a name of their own for it", default=usual)
        take(found, field, raw.text(f"{name}_password"), raw, f"{name}_password")
    take(found, "timezone", raw.text("timezone"), raw, "timezone")
    _locale(raw, found)
    for field, theirs in (("voicemail_number", "exten_voicemail"), ("pickup_code", "exten_pickup_call"),
                          ("park_number", "exten_park")):  # fmt: skip
        take(found, field, number_of(raw, theirs), raw, theirs)
    _left(raw)
    return found


def word(fields: Fields, name: str, words: Mapping[str, str]) -> str | None:
    """Our word for one of theirs; None when it says nothing, and reported when it is not known."""
    said = fields.text(name)
    if said is not None and said not in words:
        fields.remark(name, shown(said), f"it is none of {', '.join(words)}")
    return words.get(said or "")


def _network(raw: Fields, found: dict[str, Any]) -> None:
    if _switched(raw, "ntp", ("ntp_ip",), "phones go on asking the account's ntp_servers"):
        server = raw.text("ntp_ip")
        take(found, "ntp_servers", [server] if server else None, raw, "ntp_ip")
    if _switched(raw, "vlan", ("vlan_id", "vlan_priority", "vlan_pc_port_id"), "no VLAN is set"):
        for field, theirs in (("vlan_id", "vlan_id"), ("vlan_priority", "vlan_priority"),
                              ("pc_vlan_id", "vlan_pc_port_id")):  # fmt: skip
            if raw.raw(theirs) not in (None, "", 0, "0") or (field == "vlan_priority" and raw.raw(theirs) is not None):
                take(found, field, raw.number(theirs, 0), raw, theirs)
    raw.passed("dns_enabled")
    if raw.flag("dns_enabled"):
        raw.leave("dns_ip", "phones take their name server from DHCP", "Give it by DHCP (option 6).")
    raw.passed("dns_ip")


def _switched(raw: Fields, name: str, fields: tuple[str, ...], otherwise: str) -> bool:
    """Whether a group of parameters counts; provd passes over the others of a group that is off."""
    on = raw.flag(f"{name}_enabled")
    raw.passed(*fields)
    if not on and any(raw.raw(field) not in (None, "") for field in fields):
        raw.remark(f"{name}_enabled", f"{name} is off", f"provd passes over {', '.join(fields)} then; {otherwise}")
    return on


def _syslog(raw: Fields, found: dict[str, Any]) -> None:
    fields = ("syslog_ip", "syslog_port", "syslog_level")
    if _switched(raw, "syslog", fields, "no syslog server is set"):
        take(found, "syslog_server", raw.text("syslog_ip"), raw, "syslog_ip")
        if raw.has("syslog_port"):
            take(found, "syslog_port", raw.number("syslog_port", 514), raw, "syslog_port")
        take(found, "syslog_level", word(raw, "syslog_level", _LEVELS), raw, "syslog_level")
        if raw.raw("syslog_level") == "critical":
            raw.remark("syslog_level", "critical", "the least that is logged here is error")


def _locale(raw: Fields, found: dict[str, Any]) -> None:
    said = raw.text("locale")
    matched = _LOCALE.fullmatch(said or "")
    if matched is not None:
        found["language"] = f"{matched[1]}-{matched[2]}"
        found["tones"] = matched[2]
    elif said is not None:
        raw.remark(
            "locale", shown(said), "it is no language with its country, such as fr_FR", "Set language and tones."
        )


def _left(raw: Fields) -> None:
    raw.passed(*_WITHOUT_MEANING)
    for name in _OWN_ADDRESS:
        raw.leave(name, "this is provd's own address", "Let DHCP send phones to offhook.")
    for name in _BOOK:
        raw.leave(name, "phones get the account's own phone book", "Set phone_book_url for another one.")
    for name in _CERTIFICATES:
        if raw.has(name):
            raw.remark(name, "certificates", "certificates are not given to phones", "Install them by hand.")
    if raw.has("sip_local_key"):
        raw.remark("sip_local_key", "a private key", "private keys are not given to phones", "Install it by hand.")
    raw.passed(*_CERTIFICATES, "sip_local_key")
    raw.leave("sip_subscribe_mwi", "whether phones subscribe to their mailbox is the vendor template's")
    for name in _CODES:
        raw.leave(name, "phones switch this by themselves; codes that are dialled are the SIP proxy's callflows",
                  "Make a callflow of that number.")  # fmt: skip
    raw.leave("exten_pickup_group", "picking up a group's call is a callflow", "Make a callflow with a pickup node.")
