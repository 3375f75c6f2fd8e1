"""The cells of a sheet: what a spreadsheet does to texts, undone where that is certain and refused where it is not.

A cell that begins with `= + - @`, a tab or a line break is a formula to a spreadsheet, or may be made one (OWASP, CSV
Injection). Such a text is written with an apostrophe before it, and so is a number that a spreadsheet would spoil
(`0101`, `1e5`, 12 digits and more). Reading takes that apostrophe away again, so that every text comes back as it was.
"""

from __future__ import annotations

import re
from typing import Final

from offhook.model.mac import MalformedMac, normalise_mac

_FORMULA: Final = r"[\s']*(?:[=+\-@＝＋－＠]|(?<=[\t\r\n]))"
_SPOILT: Final = r"(?:0\d+|\d{12,}|\d+[eE]\d+)"
_UNSAFE: Final = re.compile(rf"{_FORMULA}|'*{_SPOILT}\Z")
_QUOTED: Final = re.compile(rf"'(?:{_FORMULA}|'*{_SPOILT}\Z)")
_TEXT_FORMULA: Final = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)
_SCIENTIFIC: Final = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
_DECIMAL: Final = re.compile(r"\d+[.,]0+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_YES: Final = frozenset({"yes", "y", "true", "1", "x", "on", "oui", "vrai", "ja", "wahr", "si", "sí", "verdadero"})
_NO: Final = frozenset({"no", "n", "false", "0", "-", "off", "non", "faux", "nein", "falsch", "falso"})


class BadCell(ValueError):
    """A cell that cannot be taken; the message says why and how to mend it."""


def safe(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula or spoils as a number."""
    return f"'{text}" if _UNSAFE.match(text) else text


def plain(cell: str) -> str:
    """The text of a cell: without blanks around it, without what `safe` wrote, and out of `="…"`.

    Raises `BadCell` for characters that no text has.
    """
    text = cell.strip()
    if found := _CONTROL.search(text):
        raise BadCell(f"holds the character U+{ord(found[0]):04X}, which is no text: type the cell again")
    if _QUOTED.match(text):
        return text[1:]
    if as_text := _TEXT_FORMULA.fullmatch(text):
        return as_text[1].replace('""', '"').strip()
    return text


def yes_or_no(text: str) -> bool:
    """Yes or no, in a few languages and as spreadsheets write them; raises `BadCell`."""
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadCell("is neither yes nor no: write yes or no")


def identity(text: str) -> str:
    """An id in small letters; raises `BadCell` with one that would do."""
    folded = text.lower()
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", folded):
        return folded
    wanted = re.sub(r"[^a-z0-9._-]+", "-", folded.partition("@")[0]).strip("-._")[:64]
    example = f", such as {wanted}" if wanted else ""
    raise BadCell(f"is no id: use only a-z 0-9 . _ - and at most 64 of them{example}")


def email(text: str) -> str:
    """An e-mail address; raises `BadCell`."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise BadCell("is no e-mail address: write one, as name@example.com")
    return text


def mac(text: str) -> str:
    """12 lower-case hexadecimal digits; raises `BadCell`, also for what a spreadsheet made of a MAC."""
    written = text.lstrip("'")
    try:
        return normalise_mac(written)
    except MalformedMac as error:
        if _SCIENTIFIC.fullmatch(text):
            raise BadCell(
                "is a MAC that the spreadsheet turned into a number, and its digits are lost: read it anew from the phone"
                " or your list, and write it with colons, as 00:15:65:aa:bb:01"
            ) from None
        if re.fullmatch(r"\d{6,11}(?:[.,]0+)?", text):
            raise BadCell(
                "is a MAC that the spreadsheet took for a number, so that zeros are lost: format the column as text, or"
                " write it with colons, as 00:15:65:aa:bb:01"
            ) from None
        raise BadCell(str(error).removeprefix(f"{written!r} ")) from None


def extensions(text: str) -> tuple[str, ...]:
    """Internal numbers, in their order, each once; raises `BadCell`."""
    found = []
    for part in _parts(text, r"[;,/|\s]+"):
        if part.startswith("+"):
            raise BadCell("is a public number: it belongs in the column 'public numbers'")
        if not re.fullmatch(r"[A-Za-z0-9._*#-]{1,31}", part):
            raise BadCell(f"is no extension at {part!r}: write digits, as 101; several with ; between them")
        found.append(part)
    return tuple(dict.fromkeys(found))


def public_numbers(text: str) -> tuple[str, ...]:
    """Numbers in E.164 with `+`, in their order, each once; raises `BadCell`."""
    found = []
    for part in _parts(text, r"[;,/|\r\n]+"):
        number = re.sub(r"(?<=\d)\s*\(0\)|[\s().-]", "", part)
        if not re.fullmatch(r"\+[0-9]{2,31}", number):
            raise BadCell(
                f"is no public number at {part!r}: write + and the country code, as +1 514 555 0101 (spreadsheets take a +"
                " away: format the column as text, or write '+1 514 555 0101)"
            )
        found.append(number)
    return tuple(dict.fromkeys(found))


def model(text: str) -> str:
    """`vendor/Model`, also out of `Vendor Model`."""
    vendor, slash, name = text.partition("/") if "/" in text else text.partition(" ")
    return f"{vendor.strip().lower()}/{name.strip()}" if slash else text.lower()


def code(text: str) -> str:
    """A PIN; raises `BadCell` for what a spreadsheet made of one."""
    _whole(text)
    return text


def as_it_is(text: str) -> str:
    """Any text."""
    return text


def _parts(text: str, separators: str) -> list[str]:
    """The numbers of a cell; raises `BadCell` for one that a spreadsheet spoilt."""
    _whole(text)
    parts = [part for part in (one.strip().lstrip("'") for one in re.split(separators, text)) if part]
    for part in parts:
        _whole(part)
    return parts


def _whole(text: str) -> None:
    if _SCIENTIFIC.fullmatch(text) or _DECIMAL.fullmatch(text):
        raise BadCell("is what a spreadsheet made of a number: format the column as text and type it again")
