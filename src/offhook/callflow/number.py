"""Numbers as people dial them, and their one public form (E.164), by the account's way of writing."""

from __future__ import annotations

import re
from typing import Final

from offhook.model.account import Dial

LONGEST: Final = 64
"""Signs that a dialled number may have: no expression is tried on more."""

_WRITTEN: Final = re.compile(r"\+?[0-9*#().\- ]+")
_MARKS: Final = str.maketrans("", "", "().- ")
_NANP: Final = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")
"""A national number of country code 1, which is dialled with or without the 1 (North American Numbering Plan)."""
_SHORTEST_NATIONAL: Final = 7
"""Digits from which on a number without any prefix is taken for a national one, where these have no prefix."""


def tidy(dialled: str) -> str:
    """A dialled number without brackets, dots, blanks and URI parameters; names stay as they are."""
    number = dialled.partition(";")[0]
    return number.translate(_MARKS) if _WRITTEN.fullmatch(number) else number


def e164(dial: Dial, number: str) -> str | None:
    """The public form of a tidy number, `+` and digits; None when it has none (an extension, a feature code)."""
    if not number.removeprefix("+").isdigit():
        return None
    if number.startswith("+"):
        return number
    international = dial.international_prefix
    if international and number.startswith(international) and len(number) > len(international) + 4:
        return "+" + number[len(international) :]
    return _national(dial, number)


def _national(dial: Dial, number: str) -> str | None:
    """The public form of digits that are dialled inside the country."""
    country, prefix = dial.country_code, dial.national_prefix
    if country == "1":
        local = number[1:] if len(number) == 11 and number.startswith("1") else number
        return f"+1{local}" if _NANP.fullmatch(local) else None
    if country is None or prefix is None or len(number) < _SHORTEST_NATIONAL or not number.startswith(prefix):
        return None
    return f"+{country}{number[len(prefix) :]}"
