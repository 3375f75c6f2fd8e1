"""SIP lines: who logs in with what, at which servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from offhook.importers.fields import Fields, shown
from offhook.importers.phones.phone import Line, Person, Servers
from offhook.importers.phones.taking import number_of, servers_of, take

from .settings import DTMF, SRTP, word

_TRANSPORTS = {"udp": "udp", "tcp": "tcp", "tls": "tls"}
_SERVERS = ("proxy", "backup_proxy", "registrar", "backup_registrar", "outbound_proxy")


class Lines(msgspec.Struct, frozen=True):
    """The lines of a phone."""

    lines: tuple[Line, ...]
    persons: tuple[Person, ...]
    servers: Servers | None
    numbers: dict[str, int]
    """The number of a line there → its number on our device."""


def lines_of(raw: Fields, settings: dict[str, Any]) -> Lines:
    """The lines of a config; what they say of DTMF, SRTP and voicemail becomes settings of the whole phone."""
    listed = raw.inner("sip_lines")
    names = sorted((one for one in listed.names() if one.isascii() and one.isdigit()), key=lambda one: (len(one), one))
    for name in set(listed.names()) - set(names):
        listed.remark(name, "the line", "lines are numbered from 1", "Give the device this line anew.")
        listed.inner(name).passed(*listed.inner(name).names())
    for place, name in enumerate(names, start=1):
        if name != str(place):
            listed.remark(name, f"line {name}", f"lines have no gaps between them: it is line {place} now")
    fields = [listed.inner(name) for name in names]
    lines, persons = [], []
    for one in fields:
        line, person = _line(one)
        lines.append(line)
        persons.extend(person)
    transport = word(raw, "sip_transport", _TRANSPORTS) or "udp"
    servers = _agreed([_servers(one, raw, transport) for one in fields], fields)
    _common(raw, fields, settings)
    if raw.text("protocol") == "SCCP":
        raw.remark("protocol", "SCCP", "phones get SIP lines only", "Give the phone a SIP firmware and a line.")
    raw.leave("sccp_call_managers", "phones get SIP lines only")
    for server in _SERVERS:
        raw.passed(f"sip_{server}_ip", f"sip_{server}_port")
    return Lines(tuple(lines), tuple(persons), servers, {name: place for place, name in enumerate(names, start=1)})


def _line(fields: Fields) -> tuple[Line, list[Person]]:
    username, auth = fields.text("username"), fields.text("auth_username")
    if auth is not None and username is not None and auth != username:
        fields.remark(
            "auth_username", shown(auth), f"a phone has one name, with which it also logs in: {username!r}",
            "Let the SIP proxy know the phone by that name.",
        )  # fmt: skip
    number = number_of(fields, "number")
    if number is None:
        fields.remark("number", "the line's number", "it has none: no callflow rings this line",
                      "Give a user its number.")  # fmt: skip
    name = fields.text("display_name")
    line = Line(
        place=fields.place,
        number=number,
        display_name=name,
        username=username or auth,
        password=fields.text("password"),
    )
    return line, [Person(fields.document, number, name)] if number is not None else []


def _servers(line: Fields, raw: Fields, transport: str) -> Servers | None:
    """Where a line registers and sends its calls; what it does not say the config says for all."""
    said: dict[str, tuple[str | None, int]] = {}
    for name in _SERVERS:
        own = line.text(f"{name}_ip")
        common = raw.text(f"sip_{name}_ip")
        port = line.number(f"{name}_port", 0) or raw.number(f"sip_{name}_port", 0)
        said[name] = (own or common, port)
    proxy, outbound = said["proxy"], said["outbound_proxy"]
    realm = said["registrar"][0] or proxy[0]
    first = outbound if outbound[0] else proxy if proxy[0] else said["registrar"]
    if said["registrar"][1] not in (0, 5060, first[1]) and first is not said["registrar"]:
        line.remark("registrar_port", str(said["registrar"][1]), "phones register by the proxy that they call by")
    if said["backup_registrar"][0] not in (None, said["backup_proxy"][0]):
        line.remark(
            "backup_registrar_ip",
            shown(said["backup_registrar"][0]),
            "phones register by the proxies that they call by",
        )
    if outbound[0] and proxy[0] not in (None, realm, outbound[0]):
        line.remark("proxy_ip", shown(proxy[0]), "all SIP goes by the outbound proxy", "Let it go on from there.")
    backup = said["backup_proxy"]
    value = {
        **_server(first, transport),
        **({"backup": [_server(backup, transport)]} if backup[0] not in (None, first[0]) else {}),
    }
    return servers_of(realm, value, line, "proxy_ip")


def _server(said: tuple[str | None, int], transport: str) -> dict[str, Any]:
    host, port = said
    return {
        "host": host or "",
        **({"port": port} if port else {}),
        **({"transport": transport} if transport != "udp" else {}),
    }


def _agreed(servers: Sequence[Servers | None], fields: Sequence[Fields]) -> Servers | None:
    """The first line's servers; a line of others is reported."""
    first = next((one for one in servers if one is not None), None)
    for one, line in zip(servers, fields, strict=True):
        if one not in (None, first):
            line.remark(
                "proxy_ip", shown(one.realm if one else ""), "all lines of a phone have the servers of its first one",
                "Have the SIP proxy lead its calls there.",
            )  # fmt: skip
    return first


def _common(raw: Fields, lines: Sequence[Fields], settings: dict[str, Any]) -> None:
    """Settings that a line may say by itself: ours are the whole phone's, and the first line that says one wins."""
    for field, name, common, words in (
        ("dtmf", "dtmf_mode", "sip_dtmf_mode", DTMF),
        ("srtp", "srtp_mode", "sip_srtp_mode", SRTP),
        ("voicemail_number", "voicemail", "", None),
    ):
        if common:
            take(settings, field, word(raw, common, words or {}), raw, common)
        own = None
        for line in lines:
            said = number_of(line, name) if words is None else word(line, name, words)
            if said is not None and own is None:
                own = said
                take(settings, field, said, line, name)
            elif said is not None and said != own:
                line.remark(name, shown(said), f"a phone has one {field} for all lines: {own}")
