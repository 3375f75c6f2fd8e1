"""The report of an import: everything that could not be carried over, so that nothing is lost without a word."""

from __future__ import annotations

from typing import Any

import msgspec


class Unreadable(ValueError):
    """A file that does not hold what is to be imported; the message says what is wrong and how to mend it."""


class Remark(msgspec.Struct, frozen=True):
    """One thing that is not as it was."""

    document: str
    """Which document of the other system: `callflows/5f2a…`, as that system names it."""
    place: str
    """Where in it: `flow.children._.data.timeout`; empty: the document as a whole."""
    what: str
    """What is not carried over, with its value where that is short."""
    why: str
    instead: str
    """What an admin can do about it; empty: nothing needs to be done."""

    def __str__(self) -> str:
        place = f" {self.place}" if self.place else ""
        instead = f" {self.instead}" if self.instead else ""
        return f"{self.document}{place}: {self.what}: {self.why}.{instead}"


class Imported(msgspec.Struct, frozen=True):
    """What an import made."""

    office: dict[str, list[dict[str, Any]]]
    """As an office file has it: kind → documents."""
    remarks: tuple[Remark, ...]
    """Everything that is not as it was."""
    ids: dict[str, dict[str, str]]
    """Their kind → their id → ours, where they differ."""


class Report:
    """Collects remarks while an import is made."""

    def __init__(self) -> None:
        self._remarks: dict[Remark, None] = {}

    def add(self, document: str, place: str, what: str, why: str, instead: str = "") -> None:
        """Note one thing; the same thing is noted once."""
        self._remarks.setdefault(Remark(document, place, what, why, instead))

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """All remarks, by document and place."""
        return tuple(sorted(self._remarks, key=lambda one: (one.document, one.place, one.what, one.why, one.instead)))
