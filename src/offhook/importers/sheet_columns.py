"""The columns of a sheet of people and phones: what each is called, in which languages, and what stands in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from offhook.model.problem import Problem, did_you_mean


class Column(msgspec.Struct, frozen=True):
    """One column that a sheet may have."""

    key: str
    """Its name in the code: the field of `sheet_entry.Entry`."""
    header: str
    """What the export writes in the first row."""
    also: tuple[str, ...]
    """Other names that are understood; case, blanks, accents and punctuation never matter."""
    meaning: str
    """What stands in its cells; one sentence for people."""


PERSON: Final = (
    Column("user", "user", ("user id", "login", "utilisateur", "identifiant", "benutzer", "usuario"),
           "id of the person whose row it is; empty = the phone is nobody's (lobby, doorbell)"),
    Column("name", "name", ("full name", "display name", "nom", "nom complet", "anzeigename", "nombre"),
           "the person's name; needed for a new user"),
    Column("email", "email", ("e-mail", "mail", "e-mail address", "courriel", "adresse e-mail", "correo"),
           "the person's address; voicemail is sent there too"),
    Column("language", "language", ("lang", "langue", "sprache", "idioma"),
           "language tag (BCP 47) such as fr or en-CA"),
    Column("extensions", "extensions",
           ("extension", "extension(s)", "ext", "internal number", "internal numbers", "poste", "postes", "nebenstelle",
            "nebenstellen", "interno", "extensión", "extensiones"),
           "internal numbers, several with `;` between them; they get a callflow that rings the user, or nobody's phone"),
    Column("public_numbers", "public numbers",
           ("public number", "public number(s)", "phone number", "did", "dids", "ddi", "sda", "numéro public",
            "numéros publics", "rufnummer", "rufnummern", "número público", "números públicos"),
           "numbers from outside in E.164 with `+`, such as +1 514 555 0101; several with `;` between them"),
    Column("voicemail", "voicemail",
           ("voice mail", "mailbox", "messagerie", "messagerie vocale", "boîte vocale", "anrufbeantworter", "buzón",
            "buzón de voz"),
           "yes = write a mailbox, and let the new callflow go to it; no or empty = write none"),
    Column("pin", "pin", ("voicemail pin", "mailbox pin", "code pin"),
           "of the mailbox; made up when it is left out"),
)  # fmt: skip
"""What a row says of a person."""

PHONE: Final = (
    Column("mac", "mac", ("mac address", "adresse mac", "mac-adresse", "dirección mac"),
           "MAC in any usual writing; a row without one, and without a device, is a person alone"),
    Column("model", "model", ("phone model", "modèle", "modell", "modelo"),
           "`vendor/Model`, such as yealink/T46S; `Yealink T46S` is understood"),
    Column("site", "site", ("location", "lieu", "standort", "sede"),
           "id of the phone's site, which exists already"),
    Column("label", "label", ("device name", "phone name", "libellé", "bezeichnung", "etiqueta"),
           "the phone's name for people, such as Lobby"),
    Column("firmware", "firmware", ("firmware version",),
           "the version that the phone is to run, or newest"),
    Column("device", "device", ("device id", "phone id", "appareil", "gerät", "dispositivo"),
           "the phone's id; made of owner and model when it is left out; needed for a phone without a MAC"),
    Column("username", "line username", ("sip username", "sip user", "auth user", "username"),
           "what the phone's first line logs in with; the device's id when it is left out"),
    Column("password", "line password", ("sip password", "auth password", "password"),
           "of the lines; made up when it is left out"),
)  # fmt: skip
"""What a row says of a phone."""

COLUMNS: Final[dict[str, Column]] = {column.key: column for column in (*PERSON, *PHONE)}
"""Every column, in the order in which the export writes them."""

SECRETS: Final = ("pin", "password")
"""Columns that the export leaves out unless it is asked for them."""


def shown(key: str, text: str) -> str:
    """A cell's text as messages show it: nothing of PINs and passwords."""
    return "the value" if key in SECRETS else repr(text)


def folded(header: str) -> str:
    """A column's name as it is compared: small letters and digits, without accents, blanks and punctuation."""
    bare = (one for one in unicodedata.normalize("NFKD", header).casefold() if not unicodedata.combining(one))
    return "".join(one for one in bare if one.isalnum())


_BY_NAME: Final[Mapping[str, Column]] = {
    folded(name): column for column in COLUMNS.values() for name in (column.header, *column.also)
}


def column_called(header: str) -> Column | None:
    """The column that a header means, or None."""
    return _BY_NAME.get(folded(header))


class Header(msgspec.Struct, frozen=True):
    """The first row of a sheet, understood."""

    columns: tuple[Column | None, ...]
    """Of each cell from the left; None: not ours, so what stands below it is not read."""
    ignored: tuple[str, ...]
    """Names of the columns that are not read."""
    problems: tuple[Problem, ...]


def read_header(cells: Sequence[str], place: str, *, ignore_unknown: bool) -> Header:
    """Which column each cell of the first row means; unknown and repeated ones are problems."""
    columns: list[Column | None] = []
    ignored: list[str] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for index, cell in enumerate(cells):
        column = column_called(cell)
        columns.append(column)
        if column is None and cell and ignore_unknown:
            ignored.append(cell)
        elif column is None and cell:
            close = did_you_mean(cell, [one.header for one in COLUMNS.values()])
            problems.append(
                Problem(
                    f"{place} column {letters(index)}",
                    f"unknown column {cell!r}{close} (rename or remove it, or pass over such columns with --ignore-unknown)",
                )
            )
        elif column is not None and first.setdefault(column.key, index) != index:
            other = letters(first[column.key])
            problems.append(
                Problem(
                    f"{place} column {letters(index)}",
                    f"{cell!r} means {column.header!r}, which column {other} is already: keep one of them",
                )
            )
    return Header(tuple(columns), tuple(ignored), tuple(problems))


def letters(index: int) -> str:
    """The name that a spreadsheet gives a column: A, B, … Z, AA; `index` counts from 0."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
