"""Documents as rows of a sheet: each person with their phones below one another, then the phones that are nobody's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from offhook.model.kind import make_document, public_values
from offhook.model.problem import Refused

from .sheet import Row, Sheet
from .sheet_columns import COLUMNS, SECRETS
from .sheet_office import take_in
from .sheet_present import Present

BETWEEN_NUMBERS = "; "
"""No spreadsheet of any country takes `101; 102` for one number."""

_CARRIED = ("users", "devices", "mailboxes", "callflows")
_SURROUNDINGS = ("accounts", "sites")
"""Kinds that a sheet names and does not carry."""


class Written(msgspec.Struct, frozen=True):
    """An account as rows."""

    keys: tuple[str, ...]
    """The columns."""
    rows: tuple[dict[str, str], ...]
    lost: tuple[str, ...]
    """`kind/id: fields` of what this sheet, taken in by an empty server, would not make again."""


def write_out(present: Present, account: str, *, secrets: bool) -> Written:
    """The rows of an account's people and phones, and what does not go into them.

    `secrets`: with PINs and passwords, as far as they stand in the documents.
    """
    rows = tuple(_rows(present))
    keys = tuple(key for key in COLUMNS if secrets or key not in SECRETS)
    shown = tuple({key: text for key, text in row.items() if key in keys} for row in rows)
    return Written(keys, shown, tuple(_lost(present, account, shown, secrets=secrets)))


def _rows(present: Present) -> Iterator[dict[str, str]]:
    owned: dict[str | None, list[str]] = {}
    for device in present.all("devices"):
        owned.setdefault(device.get("owner"), []).append(device["id"])
    for user in present.all("users"):
        box = present.mailbox_of(user["id"])
        person = {
            "user": user["id"],
            "name": user["name"],
            "email": user.get("email", ""),
            "language": user.get("language", ""),
            **_numbers(present, "users", user["id"]),
            "voicemail": "yes" if box is not None else "no",
            "pin": box.get("pin", "") if box is not None else "",
        }
        phones = owned.get(user["id"], [])
        yield {**person, **(_phone(present, phones[0]) if phones else {})}
        for identity in phones[1:]:
            yield {"user": user["id"], **_phone(present, identity)}
    for identity in owned.get(None, []):
        yield {**_phone(present, identity), **_numbers(present, "devices", identity)}


def _numbers(present: Present, kind: str, identity: str) -> dict[str, str]:
    flows = map(present.callflow, present.callflows_of((kind, identity)))
    numbers = [number for flow in flows if flow is not None and flow.enabled for number in flow.numbers]
    return {
        "extensions": BETWEEN_NUMBERS.join(number for number in numbers if not number.startswith("+")),
        "public_numbers": BETWEEN_NUMBERS.join(number for number in numbers if number.startswith("+")),
    }


def _phone(present: Present, identity: str) -> dict[str, str]:
    device = present.get("devices", identity) or {}
    mac, sip = device.get("mac", ""), device.get("sip", {})
    return {
        # With colons no spreadsheet takes a MAC for a number.
        "mac": ":".join(mac[index : index + 2] for index in range(0, len(mac), 2)),
        "model": device.get("model", ""),
        "site": device.get("site", ""),
        "label": device.get("name", ""),
        "firmware": device.get("firmware", ""),
        "device": identity,
        "username": sip.get("username", "") if sip.get("username") != identity else "",
        "password": sip.get("password", ""),
    }


def _lost(present: Present, account: str, rows: Sequence[dict[str, str]], *, secrets: bool) -> Iterator[str]:
    """Each document that would not come back from these rows as it is, and the fields in which it differs."""
    numbered = [
        Row(number, {key: text for key, text in row.items() if text}) for number, row in enumerate(rows, start=2)
    ]
    sheet = Sheet("the sheet", "UTF-8", ",", (), tuple(numbered))
    try:
        office = take_in(sheet, account, Present({}, account)).office
    except Refused as refused:
        yield from (f"not to be taken in again: {problem}" for problem in refused.problems)
        return
    again = Present(office, account)
    for kind, listed in present.documents.items():
        if kind in _SURROUNDINGS:
            continue
        for identity in sorted(listed):
            other = again.get(kind, identity) if kind in _CARRIED else None
            if other is None:
                yield f"{kind}/{identity}"
                continue
            one, two = (_comparable(kind, values, secrets=secrets) for values in (listed[identity], other))
            fields = sorted(field for field in one.keys() | two.keys() if one.get(field) != two.get(field))
            if fields:
                yield f"{kind}/{identity}: {', '.join(fields)}"


def _comparable(kind: str, values: dict[str, Any], *, secrets: bool) -> dict[str, Any]:
    """A document's values in one writing, without what is made up on the first save."""
    plain = public_values(make_document(kind, values, ""), reveal=True)
    if kind == "devices" and "sip" in plain:
        sip = plain.pop("sip")
        plain["sip.username"] = sip["username"] if sip["username"] != plain["id"] else None
        plain["sip.password"] = sip.get("password") if secrets else None
    elif kind == "mailboxes" and not secrets:
        plain.pop("pin", None)
    return plain
