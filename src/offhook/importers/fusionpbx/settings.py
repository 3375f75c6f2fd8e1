"""Settings: the domain's, over them the profile's, and over them the device's own; by their names in templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from offhook.importers.fields import Fields, shown
from offhook.importers.phones.taking import take


class Set(msgspec.Struct, frozen=True):
    """One setting and where it was set."""

    value: str
    fields: Fields


_DTMF: Final = {"0": "inband", "1": "rfc2833", "2": "info"}
_SRTP: Final = {"0": "off", "1": "optional", "2": "required"}
_SWITCH: Final = {"0": False, "1": True}


def _as_it_is(text: str) -> object:
    return text


def _whole(text: str) -> object:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else text


def _one_of(words: Mapping[str, object]) -> Callable[[str], object]:
    return lambda text: words.get(text, text)


_PLAIN: Final[Mapping[str, tuple[str, Callable[[str], object]]]] = {
    "admin_password": ("web_admin_password", _as_it_is), "user_password": ("web_user_password", _as_it_is),
    "voicemail_number": ("voicemail_number", _as_it_is), "grandstream_syslog_server": ("syslog_server", _as_it_is),
    **{
        f"{vendor}_{name}": meant
        for vendor in ("yealink", "flyingvoice")
        for name, meant in {
            "dtmf_type": ("dtmf", _one_of(_DTMF)), "srtp_encryption": ("srtp", _one_of(_SRTP)),
            "call_waiting": ("call_waiting", _one_of(_SWITCH)), "lldp_enable": ("lldp", _one_of(_SWITCH)),
        }.items()
    },
}  # fmt: skip
"""Name → our setting, and how its text becomes our value."""
_VENDORS: Final = frozenset({"yealink", "flyingvoice", "grandstream"})
"""A setting that begins with one of these is for phones of that vendor alone."""
_VLAN: Final = (("vlan_id", "vlan_id"), ("vlan_cos", "vlan_priority"))
_FOR_NEW_LINES: Final = re.compile(
    r"line_\w+|(server_address|outbound_proxy)_(primary|secondary)|outbound_proxy|server_address"
)
_OWN: Final = re.compile(
    r"enabled|auto_insert_enabled|http_auth_\w+|http_domain_filter|cidr|path|template_dir|password_\w+"
)
_WHY: Final[tuple[tuple[re.Pattern[str], str, str], ...]] = (
    (_FOR_NEW_LINES, "it is what new lines begin with, and lines say it themselves", ""),
    (_OWN, "this is how FusionPBX gives out files", "See who may have a file with secrets: security."),
    (re.compile(r"daylight_savings_\w+"), "phones get the rules of their time zone", ""),
    (re.compile(r"dns_server_\w+"), "phones take their name server from DHCP", "Give it by DHCP (option 6)."),
    (re.compile(r"(admin|user)_name"), "every vendor's phones have a name of their own for it", ""),
    (re.compile(r"contact_\w+"), "phones get the account's own phone book", ""),
)  # fmt: skip


def settings_of(said: Mapping[str, Set], vendor: str) -> dict[str, Any]:
    """The settings of a phone of a vendor, by FusionPBX's names; what is none of ours is reported where it was set."""
    found: dict[str, Any] = {}
    done: set[str] = set()
    servers = [said[name].value for name in ("ntp_server_primary", "ntp_server_secondary") if name in said]
    if servers:
        first = said.get("ntp_server_primary") or said["ntp_server_secondary"]
        take(found, "ntp_servers", servers, first.fields, "ntp_server_primary")
        done |= {"ntp_server_primary", "ntp_server_secondary"}
    for of in ("yealink", "flyingvoice"):
        done |= _vlan(of, said, found if of == vendor.lower() else {})
    for name, (ours, value_of) in _PLAIN.items():
        if name in said:
            of = name.partition("_")[0]
            there = found if of not in _VENDORS or of == vendor.lower() else {}
            take(there, ours, value_of(said[name].value), said[name].fields, name)
            done.add(name)
    for name, one in said.items():
        if name not in done:
            matched = next(((why, instead) for pattern, why, instead in _WHY if pattern.fullmatch(name)), None)
            why, instead = matched or (
                "a phone has no setting of this meaning", "Set the vendor's own parameter (overrides)."
            )  # fmt: skip
            one.fields.remark(name, shown(one.value, name), why, instead)
    return found


def _vlan(vendor: str, said: Mapping[str, Set], found: dict[str, Any]) -> set[str]:
    """The VLANs of a phone and of its PC port, each where it is switched on; gives the names that were looked at."""
    done = set()
    for switch, names in (("vlan_enable", _VLAN), ("vlan_pc_enable", (("vlan_pc_id", "pc_vlan_id"),))):
        on = said.get(f"{vendor}_{switch}")
        if on is None:
            continue
        done.add(f"{vendor}_{switch}")
        for theirs, ours in names:
            one = said.get(f"{vendor}_{theirs}")
            if one is None:
                continue
            done.add(f"{vendor}_{theirs}")
            if on.value in ("1", "true"):
                take(found, ours, _whole(one.value), one.fields, f"{vendor}_{theirs}")
            else:
                one.fields.remark(f"{vendor}_{theirs}", shown(one.value), f"{vendor}_{switch} is off")
    return done
