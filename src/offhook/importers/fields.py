"""Fields of a document of another system: read by name and type, and at the end everything that nobody read is reported."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from offhook.importers.report import Report
from offhook.model.secret import MASK

_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {}, False)
_MOST_SHOWN: Final = 60
_SECRET: Final = re.compile(r"passw|secret|token|private|(?:^|_)pin$|local_key$", re.IGNORECASE)


def shown(value: object, name: str = "") -> str:
    """A value as a report shows it; one whose field's name says that it is a secret stays one."""
    text = json.dumps(_masked(value, name), ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _masked(value: object, name: str) -> object:
    if isinstance(value, Mapping):
        return {str(inner): _masked(part, str(inner)) for inner, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, name) for part in value]
    return MASK if _SECRET.search(name) and value not in _NOTHING else value


class Fields:
    """A mapping of a document, and which of its fields have been read."""

    def __init__(self, raw: object, document: str, place: str, report: Report) -> None:
        self.document = document
        self.place = place
        self.report = report
        self._raw: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
        self._read: set[str] = set()
        self._inner: dict[str, Fields] = {}
        if not isinstance(raw, Mapping) and raw is not None:
            self.remark("", f"the value {shown(raw)}", "a mapping of fields is needed here")

    def remark(self, name: str, what: str, why: str, instead: str = "") -> None:
        """Report something about a field of this mapping."""
        place = ".".join(part for part in (self.place, name) if part)
        self.report.add(self.document, place, what, why, instead)

    def has(self, name: str) -> bool:
        """Whether a field is there and says something."""
        return self._raw.get(name) not in (None, "", [], {})

    def raw(self, name: str) -> Any:
        """A field as it is."""
        self._read.add(name)
        return self._raw.get(name)

    def text(self, name: str) -> str | None:
        """A text; None when it is absent or empty."""
        value = self.raw(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or isinstance(value, str):
            return value or None
        self._wrong(name, value, "a text")
        return None

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.raw(name)
        if value is None or value == "":
            return default
        try:
            return int(float(value))
        except (TypeError, ValueError, OverflowError):
            self._wrong(name, value, "a number")
            return default

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false; some write them as texts."""
        value = self.raw(name)
        if value is None:
            return default
        found = {"true": True, "false": False}.get(str(value).lower())
        if found is None:
            self._wrong(name, value, "true or false")
            return default
        return found

    def items(self, name: str) -> list[Any]:
        """A list; a single value counts as one."""
        value = self.raw(name)
        if value is None:
            return []
        return list(value) if isinstance(value, list) else [value]

    def inner(self, name: str) -> Fields:
        """The fields of a mapping inside of this one; empty when it is absent."""
        if name not in self._inner:
            place = ".".join(part for part in (self.place, name) if part)
            self._inner[name] = Fields(self.raw(name), self.document, place, self.report)
        return self._inner[name]

    def names(self) -> list[str]:
        """All names, in the order of the document."""
        return [str(name) for name in self._raw]

    def passed(self, *names: str) -> None:
        """Fields that need no word: they say nothing about calls or phones."""
        self._read.update(names)

    def leave(self, name: str, why: str, instead: str = "", *, default: object = None) -> None:
        """A field that is not carried over; reported unless it says nothing or what is the rule anyway."""
        value = self.raw(name)
        if value not in _NOTHING and value != default:
            self.remark(name, shown(value, name), why, instead)

    def rest(self, why: str = "nothing here has this meaning", instead: str = "") -> None:
        """Report every field that was not read, also inside of the mappings that were."""
        for name in self.names():
            if name not in self._read and not name.startswith(("_", "pvt_")):
                self.leave(name, why, instead)
        for inner in self._inner.values():
            inner.rest(why, instead)

    def _wrong(self, name: str, value: object, wanted: str) -> None:
        self.remark(name, shown(value, name), f"{wanted} is needed here")
