"""`db.json`: all documents in a plain TinyDB file, one a line so that it is read without decoding any of them.

Tables are kinds and rows are numbered from 1 in the order of arrival, which TinyDB wants and we do not use. Each row is
the document with one member more, `"_offhook": [account, id, rev]`, before the others; the table `_offhook` ends the
file and says its format, its revision and a checksum over all lines before. A file in any other layout, for instance
after a plain TinyDB wrote it, is read the slow way: there a row without `_offhook` is identified by its own fields.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from .base import StoreDamaged, StoredDocument
from .disk import Disk

Table = dict[tuple[str, str], StoredDocument]
"""The documents of one kind by (account, id), in the order of arrival."""

Tables = dict[str, Table]
"""Every kind's table."""

OURS: Final = "_offhook"
"""The member of a row, and the table, that hold what the store itself must know."""

FORMAT: Final = 1
SLICE: Final = 256 * 1024
"""About so many bytes are written at a time: commits wait for one slice (about 1 ms), never for the whole file."""

MEND: Final = "Restore db.json and journal.jsonl together from one backup."
MEND_EDITED: Final = (
    f"{MEND} If you edited the file on purpose, remove the member crc32 from its last line; it is then read without it."
)

_STRING: Final = rb'"((?:[^"\\]|\\.)*)"'
_ROW: Final = re.compile(rb'"\d+":\{"_offhook":\[' + _STRING + rb"," + _STRING + rb",(\d+)\]([,}])")
_TABLE: Final = re.compile(_STRING + rb":\{\n")
_LAST: Final = re.compile(rb'"_offhook":\{"1":\{"format":(\d+),"revision":(\d+),"crc32":"([0-9a-f]{8})"\}\}\}\n')
_LAST_HEAD: Final = b'"_offhook":{"1":{"format":%d,"revision":%d'
_LAST_END: Final = b',"crc32":"%08x"}}}\n'
_TAIL: Final = 200
"""The last line is shorter than this, bytes."""


def read_db(path: Path) -> tuple[int, Tables]:
    """Revision and documents of the file; (0, none) when there is none. Raises `StoreDamaged` or `OSError`."""
    try:
        file = path.open("rb", buffering=1 << 20)
    except FileNotFoundError:
        return 0, {}
    with file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        end = file.read()
        file.seek(0)
        last = _LAST.fullmatch(end[end.rfind(b"\n", 0, -1) + 1 :])
        if last is None:
            return _read_any(path, file.read())
        _check_format(path, int(last[1]))
        return int(last[2]), _read_lines(path, file, checksum=int(last[3], 16))


def _read_lines(path: Path, file: BinaryIO, checksum: int) -> Tables:
    """The documents of a file that we wrote ourselves."""
    tables: Tables = {}
    table: Table = {}
    kind = ""
    names: dict[bytes, str] = {}
    found = 0
    row_of, crc32 = _ROW.match, zlib.crc32
    for number, line in enumerate(file, 1):
        row = row_of(line)
        if row is not None:
            raw_account, raw_id, rev, mark = row.groups()
            account = names.get(raw_account)
            if account is None:
                account = names[raw_account] = _text(raw_account)
            identity = _text(raw_id)
            body = b"{" + line[row.end() :].rstrip(b",\n") if mark == b"," else b"{}"
            table[account, identity] = StoredDocument(account, kind, identity, int(rev), body)
        elif opened := _TABLE.fullmatch(line):
            kind = _text(opened[1])
            table = tables[kind] = {}
        elif last := _LAST.fullmatch(line):
            found = crc32(_LAST_HEAD % (int(last[1]), int(last[2])), found)
            break
        elif line not in (b"{\n", b"},\n"):
            raise StoreDamaged(path, number, "the line is no document", MEND_EDITED)
        found = crc32(line, found)
    if found != checksum:
        file.seek(0)
        line_number = _broken_line(file)
        what = "the checksum does not match the file" if line_number is None else "the line is no document"
        raise StoreDamaged(path, line_number, what, MEND_EDITED)
    return tables


def _broken_line(file: BinaryIO) -> int | None:
    """The first row that is not JSON, to name a place where only the checksum told that something is wrong."""
    for number, line in enumerate(file, 1):
        if line.startswith(b'"') and not line.endswith(b":{\n") and not _LAST.fullmatch(line):
            try:
                msgspec.json.decode(b"{" + line.rstrip(b",\n") + b"}")
            except (msgspec.DecodeError, UnicodeDecodeError):
                return number
    return None


def _text(raw: bytes) -> str:
    """The text of a JSON string that stands without its quotes; what is damaged there the checksum will tell."""
    if b"\\" in raw:
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(b'"' + raw + b'"', type=str)
    return raw.decode(errors="replace")


def _read_any(path: Path, data: bytes) -> tuple[int, Tables]:
    """Revision and documents of any TinyDB file."""
    if not data.strip():
        raise StoreDamaged(path, 1, "the file is empty", MEND)
    try:
        given = msgspec.json.decode(data, type=dict[str, dict[str, dict[str, Any]]])
    except msgspec.ValidationError as error:
        raise StoreDamaged(path, None, f"the file is no TinyDB file ({error})", MEND) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreDamaged(path, _line_of_error(data), f"the file is not whole ({error})", MEND) from error
    ours = given.pop(OURS, {"1": {"format": FORMAT, "revision": 0}}).get("1", {})
    _check_format(path, ours.get("format"))
    revision = ours.get("revision")
    if not isinstance(revision, int) or revision < 0:
        raise StoreDamaged(path, None, f"table _offhook: revision {revision!r} is no revision", MEND)
    tables: Tables = {}
    for kind, rows in given.items():
        if kind.startswith("_") and rows:
            raise StoreDamaged(
                path, None, f"table {kind}: no kind has this name", "Move its documents to their kind's."
            )
        table: Table = {}
        for number, values in rows.items():
            document = _document(path, kind, number, values)
            if (document.account, document.id) in table:
                what = f"table {kind}, row {number}: {document.account}/{document.id} is there twice"
                raise StoreDamaged(path, None, what, "Remove one of them.")
            table[document.account, document.id] = document
        if table:
            tables[kind] = table
    return revision, tables


def _document(path: Path, kind: str, number: str, values: dict[str, Any]) -> StoredDocument:
    """A row of any TinyDB file; one that was put in by hand is identified by its own fields."""
    match values.pop(OURS, [values.get("account", "default"), values.get("id"), values.get("rev", 1)]):
        case [str(account), str(identity), int(rev)] if rev > 0:
            return StoredDocument(account, kind, identity, rev, msgspec.json.encode(values))
    what = f"table {kind}, row {number}: neither its member _offhook nor its fields account, id, rev say what it is"
    raise StoreDamaged(path, None, what, "Give it an id, or remove it.")


def _check_format(path: Path, found: object) -> None:
    if found != FORMAT:
        what = f"its format is {found!r}, and this version of offhook reads format {FORMAT}"
        raise StoreDamaged(path, None, what, "Start the version that wrote it, or a newer one.")


def _line_of_error(data: bytes) -> int:
    """The line where the standard library's reader stops, which msgspec does not tell."""
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return error.lineno
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 1


class DbWriter:
    """Writes a new `db.json` in slices, beside the old one, and lets it take the name when it is whole."""

    def __init__(self, path: Path, revision: int, tables: Tables, disk: Disk) -> None:
        """`tables` is copied here, which is all that happens at one moment (about 50 ns a document)."""
        self._path = path
        self._new = path.with_name(path.name + ".new")
        self._disk = disk
        self._lines = _lines({kind: table.copy() for kind, table in tables.items() if table})
        self._revision = revision
        self._crc = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self._new, flags, 0o600)

    def step(self) -> bool:
        """Write the next slice; True when the new file stands, on the disk, under its name. Raises `OSError`."""
        part: list[bytes] = []
        length = 0
        for line in self._lines:
            part.append(line)
            length += len(line)
            if length >= SLICE:
                break
        if length < SLICE:
            part.append(_LAST_HEAD % (FORMAT, self._revision))
        data = b"".join(part)
        self._crc = zlib.crc32(data, self._crc)
        if length < SLICE:
            data += _LAST_END % self._crc
        self._disk.write(self._descriptor, data)
        self._disk.sync(self._descriptor)
        if length >= SLICE:
            return False
        old = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC) if self._path.exists() else None
        try:
            self._disk.replace(self._new, self._path)
            self._disk.sync_folder(self._path.parent)
        finally:
            if old is not None:
                self._disk.discard(old)
        os.close(self._descriptor)
        return True

    def abandon(self) -> None:
        """Give up: take away what was written; the old file stands."""
        os.close(self._descriptor)
        self._new.unlink(missing_ok=True)


def _lines(tables: Tables) -> Iterator[bytes]:
    """Everything before the last line."""
    yield b"{\n"
    for kind, table in tables.items():
        yield msgspec.json.encode(kind) + b":{\n"
        end = len(table)
        for number, document in enumerate(table.values(), 1):
            known = msgspec.json.encode((document.account, document.id, document.rev))
            rest = document.body[1:].lstrip()
            mark = b"" if rest == b"}" else b","
            yield b'"%d":{"_offhook":%b%b%b%b' % (number, known, mark, rest, b",\n" if number < end else b"\n")
        yield b"},\n"
