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
    if number.startswith("+"):
        return number if number[1:].isdigit() else None
    if not number.isdigit():
        return None
    international, national, country = dial.international_prefix, dial.national_prefix, dial.country_code
    if international and number.startswith(international) and len(number) > len(international) + 4:
        return "+" + number[len(international) :]
    if country is None:
        return None
    if country == "1":
        local = number.removeprefix("1") if len(number) == 11 else number
        return f"+1{local}" if _NANP.fullmatch(local) else None
    if national:
        long_enough = len(number) >= _SHORTEST_NATIONAL
        return f"+{country}{number[len(national) :]}" if number.startswith(national) and long_enough else None
    if national == "" and len(number) >= _SHORTEST_NATIONAL:
        return f"+{country}{number}"
    return None
