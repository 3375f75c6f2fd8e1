"""A sheet: a CSV file as spreadsheets write and read it, its encoding and delimiter found out, its rows by column.

Rows are counted as the spreadsheet shows them: the header is row 1, a cell with line breaks in it is in one row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from offhook.model.problem import Problem, Refused

from .sheet_cells import BadCell, plain, safe
from .sheet_columns import COLUMNS, column_called, letters, read_header, shown

DELIMITERS: Final[dict[str, str]] = {",": "comma", ";": "semicolon", "\t": "tab"}
"""What may stand between cells, and what it is called."""

_NOT_CSV: Final = (
    (b"PK\x03\x04", "an Excel or LibreOffice workbook"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook"),
    (b"%PDF", "a PDF"),
)
"""How files begin that people take for a CSV, and what they are."""

_SEPARATOR_LINE: Final = re.compile(r"sep=(?P<delimiter>[,;\t])\r?\n?", re.IGNORECASE)
"""What Excel writes and reads as a first line; it shows no row for it."""


class Row(msgspec.Struct, frozen=True):
    """One row that is not empty."""

    number: int
    """As the spreadsheet shows it; the header is row 1."""
    cells: dict[str, str]
    """Column key → text; cells that are empty are left out."""


class Sheet(msgspec.Struct, frozen=True):
    """A CSV file that could be read."""

    name: str
    """How the file is called in messages."""
    encoding: str
    """What it was read as: UTF-8, UTF-16 or Windows-1252."""
    delimiter: str
    """What it has between its cells."""
    ignored: tuple[str, ...]
    """Columns that are not ours."""
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    """Cells that could not be read; `take_in` refuses the sheet with them and with all that it finds itself."""

    def __str__(self) -> str:
        rows = "1 row" if len(self.rows) == 1 else f"{len(self.rows)} rows"
        ignored = f"; not read: {', '.join(self.ignored)}" if self.ignored else ""
        return f"{self.name}: {rows}, {self.encoding}, {DELIMITERS[self.delimiter]} between cells{ignored}"


def read_sheet(data: bytes, name: str, *, ignore_unknown: bool = False) -> Sheet:
    """The rows of a CSV file; raises `Refused` when it is none, or with all that is wrong with its first row."""
    text, encoding = _decoded(data, name)
    separator = _SEPARATOR_LINE.match(text)
    text = text[separator.end() :] if separator else text
    delimiter = separator["delimiter"] if separator else _delimiter(text)
    lines = _lines(text, delimiter, name)
    if not lines:
        raise Refused([Problem(name, f"is empty: the first row names its columns, such as {', '.join(COLUMNS)}")])
    header = read_header(
        [one.strip().replace("\n", " ") for one in lines[0]], f"{name} row 1", ignore_unknown=ignore_unknown
    )
    if header.problems:
        raise Refused(header.problems)
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines[1:], start=2):
        cells: dict[str, str] = {}
        for index, cell in enumerate(line):
            column = header.columns[index] if index < len(header.columns) else None
            try:
                if column is None:
                    _nothing_lost(cell, lines[0][index] if index < len(lines[0]) else None)
                elif value := plain(cell):
                    cells[column.key] = value
            except BadCell as error:
                where = column.header if column is not None else letters(index)
                what = shown(column.key if column is not None else "", cell.strip())
                problems.append(Problem(f"{name} row {number} column {where}", f"{what} {error}"))
        if cells:
            rows.append(Row(number, cells))
    return Sheet(name, encoding, delimiter, header.ignored, tuple(rows), tuple(problems))


def write_sheet(
    keys: Sequence[str], rows: Iterable[Mapping[str, str]], delimiter: str = ",", *, mark: bool = True
) -> bytes:
    """A CSV file with these columns (keys of `COLUMNS`, else taken as names) that a spreadsheet opens safely.

    UTF-8; `mark`: with a byte order mark, without which Excel reads accents wrongly. CRLF between rows (RFC 4180 §2).
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([COLUMNS[key].header if key in COLUMNS else key for key in keys])
    writer.writerows([safe(row.get(key, "")) for key in keys] for row in rows)
    return (b"\xef\xbb\xbf" if mark else b"") + file.getvalue().encode()


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    for beginning, what in _NOT_CSV:
        if data.startswith(beginning):
            raise Refused([Problem(name, f"is {what}, no CSV: save it as «CSV UTF-8» in the spreadsheet")])
    start = 0
    for codec, called in _codecs(data):
        try:
            return data.decode(codec), called
        except UnicodeDecodeError as error:
            start = error.start
    mend = "is neither UTF-8, UTF-16 nor Windows-1252: save the file as «CSV UTF-8» in the spreadsheet"
    raise Refused([Problem(f"{name} byte {start + 1}", mend)])


def _codecs(data: bytes) -> list[tuple[str, str]]:
    """What the bytes may be in, likeliest first: codec, and what people call it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return [("utf-16", "UTF-16")]
    if b"\x00" in data[:200]:
        return [("utf-16-be" if data[0] == 0 else "utf-16-le", "UTF-16")]
    return [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")]


def _delimiter(text: str) -> str:
    """The one by which most columns of the header are known; of several, the one that makes most cells."""
    first = next((line for line in text.splitlines() if line.strip()), "")

    def known(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        return sum(column_called(cell) is not None for cell in cells), len(cells)

    return max(DELIMITERS, key=known)


def _lines(text: str, delimiter: str, name: str) -> list[list[str]]:
    """All rows as they stand, those after the last one that says something left away."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[list[str]] = []
    try:
        for line in reader:
            lines.append(line)
    except csv.Error as error:
        place = f"{name} row {len(lines) + 1}" if lines else f"{name} row 1"
        raise Refused(
            [
                Problem(
                    place,
                    f"its quotes do not match ({error}): a cell with a quote in it stands in quotes, and the quote twice,"
                    ' as "the ""big"" room"',
                )
            ]
        ) from None
    while lines and not any(cell.strip() for cell in lines[-1]):
        lines.pop()
    return lines


def _nothing_lost(cell: str, header: str | None) -> None:
    """Cells below no header must be empty: else something is in the wrong column."""
    if cell.strip() and not (header and header.strip()):
        what = "there is no column for it: name the column in row 1"
        quote = ", or put a cell that has the delimiter in it in quotes" if header is None else ""
        raise BadCell(f"stands where {what}{quote}")
