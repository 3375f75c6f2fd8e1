"""What one row of a sheet says, each cell in the type that it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from offhook.model.problem import Problem

from . import sheet_cells as cells
from .sheet import Row
from .sheet_columns import COLUMNS, PERSON, PHONE, shown


class Entry(msgspec.Struct, frozen=True):
    """One row: a person, a phone, or a person's phone. None and an empty tuple: the row does not say."""

    row: int
    """As the spreadsheet shows it."""
    user: str | None = None
    name: str | None = None
    email: str | None = None
    language: str | None = None
    extensions: tuple[str, ...] = ()
    public_numbers: tuple[str, ...] = ()
    voicemail: bool | None = None
    pin: str | None = None
    mac: str | None = None
    model: str | None = None
    site: str | None = None
    label: str | None = None
    firmware: str | None = None
    device: str | None = None
    username: str | None = None
    password: str | None = None
    flawed: bool = False
    """The row says something that cannot be; only what it says of a person counts, so that no fault is told twice."""

    @property
    def is_phone(self) -> bool:
        """Whether the row has a phone in it that can be made."""
        return not self.flawed and (self.mac is not None or self.device is not None)

    @property
    def is_person_alone(self) -> bool:
        """Whether the row has a person in it and no phone."""
        return not self.flawed and self.mac is None and self.device is None


_READ: Final[dict[str, Callable[[str], Any]]] = {
    "user": cells.identity,
    "email": cells.email,
    "extensions": cells.extensions,
    "public_numbers": cells.public_numbers,
    "voicemail": cells.yes_or_no,
    "pin": cells.code,
    "mac": cells.mac,
    "model": cells.model,
    "site": cells.identity,
    "device": cells.identity,
}
"""How the cells of a column are read; those of the others are texts."""

_OF_A_PERSON: Final = tuple(
    column.key for column in PERSON if column.key not in ("user", "extensions", "public_numbers")
)
_OF_A_PHONE: Final = tuple(column.key for column in PHONE if column.key not in ("mac", "device"))


def place_of(name: str, row: int, key: str | None = None) -> str:
    """`phones.csv row 12 column mac`."""
    return f"{name} row {row}" + (f" column {COLUMNS[key].header}" if key else "")


def read_entries(rows: Iterable[Row], name: str, problems: list[Problem]) -> Iterator[Entry]:
    """What each row says; what cannot be is added to the problems."""
    for row in rows:
        before = len(problems)
        said: dict[str, Any] = {}
        for key, text in row.cells.items():
            try:
                said[key] = _READ.get(key, cells.as_it_is)(text)
            except cells.BadCell as error:
                problems.append(Problem(place_of(name, row.number, key), f"{shown(key, text)} {error}"))
        entry = Entry(row.number, **said)
        problems += _contradictions(entry, row, name)
        yield msgspec.structs.replace(entry, flawed=True) if len(problems) > before else entry


def _contradictions(entry: Entry, row: Row, name: str) -> Iterator[Problem]:
    """What cannot be said in one row."""
    if "mac" not in row.cells and "device" not in row.cells:
        given = [key for key in _OF_A_PHONE if key in row.cells]
        if given:
            what = shown(given[0], row.cells[given[0]])
            message = f"{what} is said of a phone, and the row has none: give its MAC, or an id in column 'device'"
            yield Problem(place_of(name, entry.row, given[0]), message)
    if "user" in row.cells:
        return
    of_a_person = [key for key in _OF_A_PERSON if key in row.cells and getattr(entry, key) is not False]
    for key in of_a_person:
        yield Problem(
            place_of(name, entry.row, key),
            f"{shown(key, row.cells[key])} is said of a person, and the row names none: give their id in column 'user'"
            + (" (a phone's own name stands in column 'label')" if key == "name" else ""),
        )
    if not any(key in row.cells for key in ("mac", "device", *_OF_A_PHONE, *of_a_person)):
        yield Problem(
            place_of(name, entry.row),
            "says neither whose it is nor which phone: give an id in column 'user', or a MAC, or both",
        )
