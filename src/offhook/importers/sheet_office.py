"""Rows of a sheet, made into documents: each row's phone, each person once, and what rings them.

What a sheet does not say stays as it is: an empty cell changes nothing, and a document that is there keeps its other
fields. So the same sheet, taken in again, changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from offhook.model.kind import make_document
from offhook.model.problem import Problem, Refused

from .newcomer import device_id
from .sheet import Row, Sheet
from .sheet_entry import Entry, place_of, read_entries
from .sheet_numbers import Holder, Numbers
from .sheet_present import Present, Values

_COLUMN_OF: Final[dict[tuple[str, str], str]] = {
    ("users", "name"): "name",
    ("users", "email"): "email",
    ("users", "language"): "language",
    ("devices", "mac"): "mac",
    ("devices", "model"): "model",
    ("devices", "owner"): "user",
    ("devices", "site"): "site",
    ("devices", "name"): "label",
    ("devices", "firmware"): "firmware",
    ("devices", "id"): "device",
    ("devices", "sip.username"): "username",
    ("devices", "sip.password"): "password",
    ("mailboxes", "pin"): "pin",
    ("mailboxes", "number"): "extensions",
    ("callflows", "numbers"): "extensions",
}
"""(kind, field) → the column that it comes from."""

_PLACED: Final = re.compile(
    r"^.*? line \d+: (?P<kind>[a-z]+)\[\d+\] \((?P<id>[^)]*)\)\.?(?P<field>[A-Za-z_.]*)\S*: (?P<message>.*)$"
)
"""A problem's line as the server words it for an office file."""


class Taken(msgspec.Struct, frozen=True):
    """A sheet as documents."""

    office: dict[str, list[Values]]
    """An office file with what the sheet names and what is not there just so: whole documents."""
    rows: dict[tuple[str, str], tuple[int, ...]]
    """(kind, id) → the rows that it comes from."""
    notes: tuple[str, ...]
    """What was asked for and could not be done, and needs a look."""
    name: str
    """How the sheet is called in messages."""

    def by_row(self, told: str) -> str:
        """The server's words about this office file, with rows and columns in place of its lines."""
        return "\n".join(map(self._line_by_row, told.splitlines()))

    def _line_by_row(self, line: str) -> str:
        found = _PLACED.match(line)
        rows = self.rows.get((found["kind"], found["id"])) if found else None
        if found is None or rows is None:
            return line
        place = place_of(self.name, rows[0], _COLUMN_OF.get((found["kind"], found["field"])))
        return f"{place}: {found['kind']}/{found['id']}: {found['message']}"


def take_in(
    sheet: Sheet, account: str, present: Present, *, track: Callable[[Sequence[Row]], Iterable[Row]] = iter
) -> Taken:
    """The documents that a sheet stands for, over those that are there; raises `Refused` with every problem by row.

    `track` is told of each row that is taken: a progress bar.
    """
    return _Intake(sheet, account, present).take(track(sheet.rows))


class _Intake:
    """Collects what the rows say."""

    def __init__(self, sheet: Sheet, account: str, present: Present) -> None:
        self._name = sheet.name
        self._account = account
        self._present = present
        self._problems = list(sheet.problems)
        self._documents: dict[str, dict[str, Values]] = {
            kind: {} for kind in ("users", "devices", "mailboxes", "callflows")
        }
        self._rows: dict[tuple[str, str], tuple[int, ...]] = {}

    def take(self, rows: Iterable[Row]) -> Taken:
        """See `take_in`."""
        entries = list(read_entries(rows, self._name, self._problems))
        people: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.user is not None:
                people.setdefault(entry.user, []).append(entry)
        phones = self._phones(entries)
        holders = [holder for user, said in people.items() if (holder := self._person(user, said)) is not None]
        for entry, identity in phones:
            self._device(entry, identity)
            if entry.user is None and (entry.extensions or entry.public_numbers):
                label = entry.label or (self._present.get("devices", identity) or {}).get("name") or identity
                holders.append(_holder_of_phone(entry, identity, label))
        numbers = Numbers(self._present, self._account, self._name)
        for kind, document, lines in numbers.documents(holders):
            self._put(kind, document, lines)
        self._problems += numbers.problems
        self._problems += self._malformed()
        if self._problems:
            raise Refused(sorted(self._problems, key=_row_order))
        changed = {
            kind: [one for one in listed.values() if self._differs(kind, one)]
            for kind, listed in self._documents.items()
        }
        office = {kind: listed for kind, listed in changed.items() if listed}
        return Taken(office, self._rows, tuple(numbers.notes), self._name)

    # --- people ----------------------------------------------------------------------------------------------------

    def _person(self, user: str, entries: Sequence[Entry]) -> Holder | None:
        """One user out of all rows that name them."""
        alone = [entry for entry in entries if entry.is_person_alone]
        if len(alone) > 1:
            first, second = alone[:2]
            self._refuse(
                second.row, "user", f"{user!r} stands in row {first.row} already, without a phone too: keep one"
            )
        said = {key: self._agreed(key, entries) for key in ("name", "email", "language", "voicemail", "pin")}
        before = self._present.get("users", user)
        if before is None and said["name"] is None:
            self._refuse(entries[0].row, "name", f"is empty, and there is no user {user!r} yet: give the person's name")
            return None
        person = {field: said[field] for field in ("name", "email", "language") if said[field] is not None}
        document = {**(before or {}), "id": user, "account": self._account, **person}
        self._put("users", document, [entry.row for entry in entries])
        return Holder(
            "users",
            user,
            document["name"],
            document.get("email"),
            tuple(dict.fromkeys(number for entry in entries for number in entry.extensions)),
            tuple(dict.fromkeys(number for entry in entries for number in entry.public_numbers)),
            voicemail=bool(said["voicemail"]),
            pin=said["pin"],
            rows=tuple(entry.row for entry in entries),
        )

    def _agreed(self, key: str, entries: Sequence[Entry]) -> Any:
        """What the rows of one person say of them; only one thing may be said."""
        said = [(entry.row, getattr(entry, key)) for entry in entries if getattr(entry, key) is not None]
        for row, value in said[1:]:
            if value != said[0][1]:
                secret = key == "pin"
                other = "another one" if secret else repr(said[0][1])
                what = "the PIN" if secret else repr(value)
                self._refuse(
                    row,
                    key,
                    f"{what} of user {entries[0].user!r} is {other} in row {said[0][0]}: say the same, or say it once",
                )
        return said[0][1] if said else None

    # --- phones ----------------------------------------------------------------------------------------------------

    def _phones(self, entries: Sequence[Entry]) -> list[tuple[Entry, str]]:
        """Every phone with its id: as it says, as it is there under its MAC, or a new one."""
        phones = [entry for entry in entries if entry.is_phone]
        self._only_once("mac", phones)
        self._only_once("device", phones)
        known = {entry.row: entry.device or self._present.device_of_mac.get(entry.mac or "") for entry in phones}
        taken = {*self._present.documents.get("devices", ()), *(one for one in known.values() if one is not None)}
        found: list[tuple[Entry, str]] = []
        for entry in phones:
            identity = known[entry.row]
            if identity is None:
                identity = device_id(entry.mac or "", entry.model, entry.user, taken)
                taken.add(identity)
            elif entry.mac and (there := self._present.device_of_mac.get(entry.mac, identity)) != identity:
                self._refuse(
                    entry.row, "mac", f"{entry.mac!r} is the MAC of device {there!r} already: take it from that one"
                )
            found.append((entry, identity))
        return found

    def _only_once(self, key: str, phones: Sequence[Entry]) -> None:
        first: dict[str, int] = {}
        for entry in phones:
            value = getattr(entry, key)
            if value is not None and first.setdefault(value, entry.row) != entry.row:
                self._refuse(entry.row, key, f"{value!r} stands in row {first[value]} already: each phone has one row")

    def _device(self, entry: Entry, identity: str) -> None:
        before = self._present.get("devices", identity) or {}
        said = {
            "mac": entry.mac,
            "model": entry.model,
            "owner": entry.user,
            "site": entry.site,
            "name": entry.label,
            "firmware": entry.firmware,
        }
        given = {field: value for field, value in said.items() if value is not None}
        device: Values = {**before, "id": identity, "account": self._account, **given}
        if entry.username is not None or entry.password is not None:
            sip: dict[str, str] = {"username": identity, **before.get("sip", {})}
            if entry.username is not None:
                sip["username"] = entry.username
            if entry.password is not None:
                sip["password"] = entry.password
            device["sip"] = sip
        self._put("devices", device, [entry.row])

    # --- all of them -----------------------------------------------------------------------------------------------

    def _put(self, kind: str, document: Values, rows: Sequence[int]) -> None:
        self._documents[kind][document["id"]] = document
        self._rows[kind, document["id"]] = tuple(rows)

    def _differs(self, kind: str, document: Values) -> bool:
        """Whether a document is not there yet just so; secrets, which nobody sees there, differ always."""
        before = self._present.get(kind, document["id"])
        return before is None or {**before, "account": self._account} != document

    def _malformed(self) -> Iterator[Problem]:
        """What no document may say, by row and column."""
        for kind, listed in self._documents.items():
            for identity, document in listed.items():
                try:
                    make_document(kind, document, kind)
                except Refused as refused:
                    row = self._rows[kind, identity][0]
                    for problem in refused.problems:
                        field = re.sub(r"\[.*", "", problem.place.removeprefix(f"{kind} ({identity})").lstrip("."))
                        key = _COLUMN_OF.get((kind, field))
                        value = (
                            "" if key in ("pin", "password", None) else f"{document.get(field.partition('.')[0])!r}: "
                        )
                        yield Problem(place_of(self._name, row, key), f"{value}{problem.message}")

    def _refuse(self, row: int, key: str, message: str) -> None:
        self._problems.append(Problem(place_of(self._name, row, key), message))


def _holder_of_phone(entry: Entry, identity: str, name: str) -> Holder:
    return Holder("devices", identity, name, None, entry.extensions, entry.public_numbers, rows=(entry.row,))


def _row_order(problem: Problem) -> int:
    found = re.search(r" row (\d+)", problem.place)
    return int(found[1]) if found else 0
