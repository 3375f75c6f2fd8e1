"""The journal: one line a commit, appended and synced; everything that was accepted since `db.json` was written.

A line is `{"revision": …, "changes": […], "crc32": "…"}`; the checksum is over the bytes before its own member. A
commit is acknowledged after its line was synced, so a last line without its line break was never acknowledged: a crash
tore it, and it is cut off. Everything else that does not fit is damage, which nobody but an admin can judge.
"""

from __future__ import annotations

import contextlib
import logging
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from .base import Change, Commit, StoreDamaged
from .disk import Disk

_LOG: Final = logging.getLogger(__name__)
_CHECKSUM: Final = b',"crc32":"%08x"}\n'
_CHECKSUM_LENGTH: Final = len(_CHECKSUM % 0)
_NULL: Final = b"null"

MEND: Final = "Restore db.json and journal.jsonl together from one backup, or ask `offhook doctor`."


class _Change(msgspec.Struct, gc=False):
    account: str
    kind: str
    id: str
    expected: int | None
    rev: int
    body: msgspec.Raw


class _Line(msgspec.Struct, gc=False):
    revision: int
    changes: list[_Change]


_LINES: Final = msgspec.json.Decoder(_Line)


def encode_commit(commit: Commit) -> bytes:
    """The commit's line, with its checksum and line break."""
    changes = [
        _Change(
            change.account,
            change.kind,
            change.id,
            change.expected,
            change.rev,
            msgspec.Raw(_NULL if change.body is None else change.body),
        )
        for change in commit.changes
    ]
    head = msgspec.json.encode(_Line(commit.revision, changes))[:-1]
    return head + _CHECKSUM % zlib.crc32(head)


def decode_commit(line: bytes) -> Commit:
    """The commit of a whole line; `ValueError` says what is wrong with the line."""
    head = line[:-_CHECKSUM_LENGTH]
    if line[-_CHECKSUM_LENGTH:] != _CHECKSUM % zlib.crc32(head):
        raise ValueError("the checksum does not match the line")
    try:
        decoded = _LINES.decode(head + b"}")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"the line is no commit ({error})") from error
    changes = []
    for change in decoded.changes:
        body = bytes(change.body)
        changes.append(
            Change(change.account, change.kind, change.id, change.expected, None if body == _NULL else body, change.rev)
        )
    return Commit(decoded.revision, tuple(changes))


class Journal:
    """The journal file: read once, then appended to. Every method raises `OSError` when the disk refuses."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk
        self._descriptor = -1
        self._ragged = False
        self._unnamed = False
        self.size = 0
        """Length in bytes of the lines that are good."""

    def read(self) -> Iterator[tuple[int, Commit]]:
        """Line number and commit of each line, in order; raises `StoreDamaged` at the first that is not whole."""
        self.size = 0
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        previous: int | None = None
        with file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    _LOG.warning(
                        "%s, line %d: cut off %d bytes of a change that a crash tore and nobody was promised",
                        self.path,
                        number,
                        len(line),
                    )
                    return
                try:
                    commit = decode_commit(line)
                except ValueError as error:
                    raise StoreDamaged(self.path, number, str(error), MEND) from error
                if previous is not None and commit.revision != previous + 1:
                    what = f"revision {commit.revision} follows {previous}: lines are missing or out of order"
                    raise StoreDamaged(self.path, number, what, MEND)
                previous = commit.revision
                yield number, commit
                self.size += len(line)

    def open(self) -> None:
        """Make ready for appending what `read` went through; a torn last line is cut off here."""
        self._descriptor = os.open(
            self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        if os.fstat(self._descriptor).st_size != self.size:
            self._cut_back()
        self._disk.sync_folder(self.path.parent)

    def append(self, lines: bytes) -> None:
        """Write whole lines; they are on the disk when this returns, and not in the file when it raises."""
        self._repair()
        self._ragged = True
        try:
            self._disk.write(self._descriptor, lines)
            self._disk.sync(self._descriptor)
        except OSError:
            with contextlib.suppress(OSError):  # else it stays ragged and is cut before the next line
                self._cut_back()
            raise
        self._ragged = False
        self.size += len(lines)

    def drop(self, count: int) -> None:
        """Forget the first `count` bytes (whole lines), which `db.json` has by now."""
        self._repair()
        if count == self.size:
            self._disk.truncate(self._descriptor, 0)
            self.size = 0
            return
        new = self.path.with_name(self.path.name + ".new")
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(new, flags, 0o600)
        try:
            self._disk.write(descriptor, os.pread(self._descriptor, self.size - count, count))
            self._disk.sync(descriptor)
            self._disk.replace(new, self.path)
        except OSError:
            os.close(descriptor)
            new.unlink(missing_ok=True)
            raise
        old, self._descriptor = self._descriptor, descriptor
        self.size -= count
        self._unnamed = True
        try:
            self._repair()
        finally:
            self._disk.discard(old)

    def close(self) -> None:
        """Let go of the file, cut to its good lines if the disk allows it by now."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                self._repair()
            os.close(self._descriptor)
            self._descriptor = -1

    def _repair(self) -> None:
        """Catch up on what the disk refused before; nothing may be promised until it is done."""
        if self._ragged:
            self._cut_back()
        if self._unnamed:
            self._disk.sync_folder(self.path.parent)
            self._unnamed = False

    def _cut_back(self) -> None:
        """Cut the file to its good lines, on the disk too: a refused change must not come back after a crash."""
        self._ragged = True
        self._disk.truncate(self._descriptor, self.size)
        self._disk.sync(self._descriptor)
        self._ragged = False
