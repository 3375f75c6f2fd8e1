"""What the server would say of a value, asked before it is written: so nothing that is imported is refused later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import available_timezones

import msgspec

from offhook.model.kind import make_document
from offhook.model.problem import Refused

NUMBER: Final = re.compile(r"\+?[0-9*#]{1,31}|[A-Za-z0-9._*#-]{1,31}")
"""What an extension may be (`offhook.model.document.Number`)."""
_NEEDED: Final[Mapping[str, dict[str, Any]]] = {
    "accounts": {"realm": "example.com"}, "users": {"name": "somebody"}, "mailboxes": {"number": "1"},
}  # fmt: skip
_UNTEXT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
DEEPEST: Final = 40
"""Lists and mappings inside of one another that a document may have; those of other systems have 5."""


def why_not(kind: str, field: str, value: object) -> str | None:
    """Why a document of a kind cannot have a value in a field; None when it can."""
    return _why_not(kind, field, msgspec.json.encode(value))


@lru_cache(maxsize=4096)
def _why_not(kind: str, field: str, value: bytes) -> str | None:
    """The same, by the value as JSON: thousands of phones say the same."""
    try:
        make_document(kind, {"id": "x", **_NEEDED.get(kind, {}), field: msgspec.json.decode(value)}, "")
    except Refused as refused:
        return refused.problems[0].message
    return None


def is_zone(name: str) -> bool:
    """Whether there is such a time zone (IANA)."""
    return name in _zones()


def plain(value: Any, depth: int = 0) -> Any:
    """A value of a file without what is no text in its texts: control characters, halves of characters, blanks around.

    Raises `RecursionError` for what is deeper than any document.
    """
    if depth > DEEPEST:
        raise RecursionError("too many lists and mappings inside of one another")
    if isinstance(value, str):
        return _UNTEXT.sub("", value).strip()
    if isinstance(value, Mapping):
        return {plain(str(name)): plain(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part, depth + 1) for part in value]
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
