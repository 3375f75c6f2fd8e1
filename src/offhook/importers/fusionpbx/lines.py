"""Lines: who logs in with what, at which servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from offhook.importers.fields import Fields, shown
from offhook.importers.phones.phone import Line, Person, Servers
from offhook.importers.phones.taking import number_of, servers_of, take

from .cells import switch
from .tables import Row

_TRANSPORTS: Final = {"udp": "udp", "tcp": "tcp", "tls": "tls"}
_USUAL_TRANSPORT: Final = "tcp"
_USUAL_PORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061}
_USUAL_EXPIRES: Final = 120
"""Seconds; FusionPBX writes this into a phone's file when a line says nothing."""
_BOOKKEEPING: Final = ("device_line_uuid", "device_uuid", "domain_uuid", "line_number", "insert_date", "insert_user",
                       "update_date", "update_user", "enabled")  # fmt: skip


class Lines(msgspec.Struct, frozen=True):
    """The lines of a phone."""

    lines: tuple[Line, ...]
    persons: tuple[Person, ...]
    servers: Servers | None
    numbers: dict[str, int]
    """The number of a line there → its number on our device."""


def lines_of(
    rows: Sequence[Fields], passwords: Mapping[str, str], domain: str | None, settings: dict[str, Any]
) -> Lines:
    """The lines of a device, in the order of their numbers.

    `passwords` are the extensions' own, for lines that say none; `domain` is where lines without server register. What
    lines say of their registration becomes a setting of the whole phone.
    """
    lines: list[Line] = []
    persons: list[Person] = []
    servers: list[tuple[Fields, Servers | None]] = []
    numbers: dict[str, int] = {}
    for fields in rows:
        said = fields.text("line_number") or "1"
        if not switch(fields, "enabled", True):
            fields.remark("", f"line {said}", "it is not enabled", "Give the device this line when it is wanted.")
            fields.passed(*fields.names())
            continue
        place = len(lines) + 1
        if said != str(place):
            fields.remark("line_number", f"line {said}", f"lines have no gaps between them: it is line {place} now")
        numbers[said] = place
        line, number = _line(fields, passwords)
        lines.append(line)
        servers.append((fields, _servers(fields, domain)))
        if number is not None:
            persons.append(Person(fields.document, number, line.display_name))
        _expires(fields, settings, first=place == 1)
        fields.passed(*_BOOKKEEPING)
        fields.leave("shared_line", "a line is one device's own; callflows ring several at a time", default="0")
        fields.rest("a line has nothing of this meaning")
    first = next((one for _, one in servers if one is not None), None)
    for fields, one in servers:
        if one not in (None, first):
            fields.remark(
                "server_address", shown(one.realm if one else ""), "all lines of a phone have the servers of its first one",
                "Have the SIP proxy lead its calls there.",
            )  # fmt: skip
    return Lines(tuple(lines), tuple(persons), first, numbers)


def by_number(row: Row) -> tuple[int, str]:
    """Sorts lines."""
    said = row.get("line_number", "")
    return (int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0, said)


def _line(fields: Fields, passwords: Mapping[str, str]) -> tuple[Line, str | None]:
    number = number_of(fields, "user_id")
    user, auth, password = fields.text("user_id"), fields.text("auth_id"), fields.text("password")
    if auth is not None and user is not None and auth != user:
        fields.remark(
            "auth_id", shown(auth), f"a phone has one name, with which it also logs in: {user!r}",
            "Let the SIP proxy know the phone by that name.",
        )  # fmt: skip
    line = Line(
        place=fields.place, number=number, label=fields.text("label"), display_name=fields.text("display_name"),
        username=user or auth, password=password or passwords.get(user or ""),
    )  # fmt: skip
    return line, number


def _servers(fields: Fields, domain: str | None) -> Servers | None:
    realm = fields.text("server_address") or domain
    said = (fields.text("sip_transport") or _USUAL_TRANSPORT).lower()
    if said not in _TRANSPORTS:
        fields.remark("sip_transport", shown(said), "phones use udp, tcp or tls", "They use udp now.")
    transport = _TRANSPORTS.get(said, "udp")
    port = fields.number("sip_port", _USUAL_PORTS[transport])
    more = {
        **({"port": port} if port != _USUAL_PORTS[transport] else {}),
        **({"transport": transport} if transport != "udp" else {}),
    }
    outbound = [fields.text("outbound_proxy_primary"), fields.text("outbound_proxy_secondary")]
    own = [fields.text("server_address_primary"), fields.text("server_address_secondary")]
    hosts = [host for host in (outbound if any(outbound) else own) if host is not None] or [realm or ""]
    if any(outbound) and any(own):
        fields.remark("server_address_primary", shown(own), "all SIP goes by the outbound proxy", "Let it go on there.")
    backup = [{**_host(host), **more} for host in hosts[1:]]
    proxy = {**more, **_host(hosts[0]), **({"backup": backup} if backup else {})}
    return servers_of(realm, proxy, fields, "server_address")


def _host(said: str) -> dict[str, Any]:
    """A server, and its port where it is written behind it."""
    host, colon, port = said.rpartition(":")
    if colon and ":" not in host and port.isascii() and port.isdigit() and len(port) <= 5:
        return {"host": host, "port": int(port)}
    return {"host": said}


def _expires(fields: Fields, settings: dict[str, Any], *, first: bool) -> None:
    seconds = fields.number("register_expires", _USUAL_EXPIRES)
    if first:
        take(settings, "register_expires", seconds, fields, "register_expires")
    elif settings.get("register_expires") not in (None, seconds):
        fields.remark("register_expires", str(seconds), "all lines of a phone have its first one's")
