"""The whole move: phones and people of another system become an office of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from offhook.importers.newcomer import device_id, device_id_wanted
from offhook.importers.report import Report
from offhook.model.references import base_login

from .accepted import why_not
from .people import People
from .phone import Person, Phone, Servers

ORDER: Final = ("accounts", "users", "devices", "mailboxes", "callflows")
_OF_THE_ACCOUNT: Final = {"timezone": "timezone", "language": "language", "tones": "country"}
"""Settings that an account has fields of its own for."""
_EACH_ITS_OWN: Final = frozenset({"web_admin_password", "web_user_password"})
"""Settings that stay with the phone: they are secrets, which nobody can compare with what the account has."""


class Moved(msgspec.Struct, frozen=True):
    """An office, and how the phones are called in it."""

    office: dict[str, list[dict[str, Any]]]
    """As an office file has it."""
    devices: dict[str, str]
    """The phone's document there → our id."""
    users: dict[str, str]
    """Number → our id."""


def move(
    phones: Sequence[Phone], persons: Iterable[Person], account: str, present: Mapping[str, Any] | None, report: Report
) -> Moved:
    """The office that phones and people make.

    `present` is the account document that everything is to belong to; None when it is not there yet: then the office has
    one, with the servers that most phones use and with the settings in which all phones agree.
    """
    people = People(persons, account, report)
    servers = _servers(phones)
    common = _account_settings(present) if present is not None else _common(phones)
    office: dict[str, list[dict[str, Any]]] = {}
    if present is None and servers is not None:
        office["accounts"] = [_account(account, servers, common)]
    elif present is not None and servers is not None and present.get("realm") != servers.realm:
        report.add(
            "account", "", f"the realm {servers.realm!r}", f"the account {account!r} is there, with another one:"
            f" {present.get('realm')!r}", "Phones will register there; change the account's realm where that is wrong.",
        )  # fmt: skip
    elif present is None:
        report.add(
            "account", "", "the realm", "no phone says with which servers it registers",
            f"Make the account first: offhook account add {account} --set realm=…",
        )  # fmt: skip
    ids = _device_ids(phones, people)
    devices = _Devices(people, account, common, servers, report, set(ids.values()))
    office |= {**people.office, "devices": [devices.document(phone, ids[phone.document]) for phone in phones]}
    ordered = {kind: sorted(office[kind], key=lambda one: str(one["id"])) for kind in ORDER if office.get(kind)}
    return Moved(ordered, ids, people.ids)


def _servers(phones: Iterable[Phone]) -> Servers | None:
    """What most phones use; of several, the first by name."""
    found = Counter(msgspec.json.encode(phone.servers, order="sorted") for phone in phones if phone.servers is not None)
    if not found:
        return None
    most = max(found.values())
    return msgspec.json.decode(min(one for one, count in found.items() if count == most), type=Servers)


def _common(phones: Iterable[Phone]) -> dict[str, Any]:
    """Settings in which all configured phones agree."""
    said = [phone.settings for phone in phones if phone.configured]
    first = said[0] if said else {}
    return {
        name: value
        for name, value in first.items()
        if name not in _EACH_ITS_OWN and all(name in one and one[name] == value for one in said)
    }


def _account_settings(present: Mapping[str, Any]) -> dict[str, Any]:
    """What an account that is there says to all its phones."""
    fields = {name: present[field] for name, field in _OF_THE_ACCOUNT.items() if field in present}
    return {**fields, **present.get("settings", {})}


def _account(account: str, servers: Servers, common: Mapping[str, Any]) -> dict[str, Any]:
    fields = {field: common[name] for name, field in _OF_THE_ACCOUNT.items() if name in common}
    settings = {name: value for name, value in common.items() if name not in _OF_THE_ACCOUNT}
    document: dict[str, Any] = {"id": account, "realm": servers.realm, **fields}
    for name, value in (("proxy", servers.proxy), ("settings", settings)):
        if value:
            document[name] = value
    return document


def _device_ids(phones: Sequence[Phone], people: People) -> dict[str, str]:
    """An id for each phone that says whose it is, or which."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for phone in phones:
        owner = _owner(phone, people)
        if phone.mac is not None:
            identity = device_id(phone.mac, phone.model, owner, taken)
        else:
            wanted = device_id_wanted("", phone.model, owner)
            # Not `-2`: that is how the second line of the first one logs in.
            others = (f"{wanted}.{number}" for number in range(2, len(phones) + 2))
            identity = next(one for one in (wanted, *others) if one not in taken)
        taken.add(identity)
        found[phone.document] = identity
    return found


def _owner(phone: Phone, people: People) -> str | None:
    return next((user for line in phone.lines if (user := people.user(line.number)) is not None), None)


class _Devices:
    """Makes device documents, and sees that no two log in by one name."""

    def __init__(
        self, people: People, account: str, common: Mapping[str, Any], servers: Servers | None, report: Report,
        ids: set[str],
    ) -> None:  # fmt: skip
        self._people = people
        self._account = account
        self._common = common
        self._servers = servers
        self._report = report
        self._ids = ids
        self._logins: set[str] = set()
        self._bases: set[str] = set()
        self._macs: set[str] = set()

    def document(self, phone: Phone, identity: str) -> dict[str, Any]:
        owner = _owner(phone, self._people)
        if phone.servers is not None and self._servers is not None and phone.servers != self._servers:
            self._report.add(
                phone.document, "", f"the servers {_shown(phone.servers)}",
                f"all phones of an account have the account's, and most have {_shown(self._servers)}",
                "Import phones of other servers into an account of their own.",
            )  # fmt: skip
        said = {
            "name": phone.name[:200] if phone.name else None,
            "mac": self._mac(phone),
            "model": phone.model,
            "owner": owner,
            "enabled": None if phone.enabled else False,
            "sip": self._sip(phone, identity),
            "lines": self._lines(phone, owner),
            "keys": list(phone.keys),
            "settings": {
                name: value for name, value in phone.settings.items() if self._common.get(name, _NONE) != value
            },
        }
        given = {name: value for name, value in said.items() if value not in (None, [], {})}
        return {"id": identity, "account": self._account, **given}

    def _mac(self, phone: Phone) -> str | None:
        if phone.mac in self._macs:
            self._report.add(phone.document, "", f"the MAC {phone.mac}", "another phone has it", "Keep one of the two.")
            return None
        if phone.mac is not None:
            self._macs.add(phone.mac)
        return phone.mac

    def _sip(self, phone: Phone, identity: str) -> dict[str, str] | None:
        """What the phone's first line logs in with; the others log in by names made from it."""
        if not phone.lines:
            return None
        first, *others = phone.lines
        for number, line in enumerate(others, start=2):
            if line.username is not None:
                self._report.add(
                    phone.document, line.place, f"the user name {line.username!r} and its password",
                    f"a phone has one password, and its line {number} logs in as the first one's name with -{number}",
                    "The SIP proxy that asks offhook knows it; tell any other.",
                )  # fmt: skip
        if first.username is None:
            return None
        faulty = why_not("devices", "sip", {"username": first.username})
        if faulty is None and not self._take(first.username, identity):
            faulty = "another device logs in by it, and each has a name of its own"
        if faulty is not None:
            self._report.add(
                phone.document, first.place, f"the user name {first.username!r} and its password", faulty,
                f"The phone logs in as {identity!r} with a new password.",
            )  # fmt: skip
            return None
        return {"username": first.username, **({"password": first.password} if first.password else {})}

    def _take(self, username: str, identity: str) -> bool:
        """Whether a user name is free, also of names of other phones' further lines; then it is taken."""
        base = base_login(username)
        others = self._ids - {identity}
        if {username, base} & (self._logins | others) or username in self._bases:
            return False
        self._logins.add(username)
        if base is not None:
            self._bases.add(base)
        return True

    def _lines(self, phone: Phone, owner: str | None) -> list[dict[str, str]]:
        """Lines, where they are not just those that the owner's numbers make."""
        found = []
        for line in phone.lines:
            user = self._people.user(line.number)
            if line.number is None or user is None:
                if len(phone.lines) > 1:
                    self._report.add(
                        phone.document, line.place, "the line", "it has no number that rings somebody",
                        "Give a user its number, and the device a line of that user.",
                    )  # fmt: skip
                continue
            said = {
                "user": user if user != owner else None,
                "extension": line.number,
                "label": line.label if line.label not in (line.number, "") else None,
                "display_name": line.display_name if line.display_name != self._people.name(line.number) else None,
            }
            found.append({name: value[:100] for name, value in said.items() if value})
        plain = len(found) == 1 and set(found[0]) == {"extension"}
        if plain and len(self._people.numbers(found[0]["extension"])) == 1:
            return []
        return found


_NONE: Final = object()


def _shown(servers: Servers) -> str:
    proxy = servers.proxy
    port = f":{proxy['port']}" if proxy.get("port") else ""
    backup = "".join(f", then {one['host']}" for one in proxy.get("backup", ()))
    via = f" by {proxy['host']}{port} ({proxy.get('transport', 'udp')})" if proxy else ""
    return f"{servers.realm}{via}{backup}"
