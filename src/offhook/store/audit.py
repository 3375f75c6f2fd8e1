"""The audit: who changed what and who read which secret, in files that are only ever appended to.

Each line carries an HMAC-SHA256 over itself and over that of the line before, so that a line that is changed, moved or
taken out breaks the chain from there on; what the last line was stands beside the files, so that a cut-off end is seen,
too. Who holds the key can write another chain: keep a copy of the files elsewhere where that must not be.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec

log = logging.getLogger(__name__)

LARGEST_FILE: Final = 64 * 1024 * 1024
"""Bytes after which another file is begun; the chain goes on in it."""
_BEGINNING: Final = "0" * 64
_FIRST_FILE: Final = "audit-000000000001.jsonl"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written down."""

    time: float
    """Seconds since the epoch."""
    who: str
    """Who did it and from where, in words."""
    action: str
    """added, changed, removed, read, signed-in, refused, …"""
    what: str
    """What was done to: `devices/marie-desk`, `secrets of account default`."""
    account: str | None = None
    """Whose it is; None: the whole installation's."""
    differences: tuple[tuple[str, Any, Any], ...] = ()
    """(field, before, after) with secrets masked."""


class Entry(Note, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note as it was written."""

    seq: int
    """1, 2, 3, …"""
    mac: str = ""
    """HMAC of the line without it, hexadecimal."""


class _Head(msgspec.Struct):
    """Which line was the last."""

    seq: int
    mac: str


class Verdict(msgspec.Struct, frozen=True):
    """What became of checking the whole chain."""

    entries: int
    """Lines that are as they were written."""
    fault: str | None
    """Where the chain breaks and how, in words; None: nowhere."""


class Audit:
    """The chain; written and read by one thread, in order."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """`key` is 32 bytes. The folder is made; call `open` before anything else."""
        self._folder = folder
        self._key = key
        self._head = _Head(0, _BEGINNING)
        self._head_file = folder / "audit.head"
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="offhook-audit")
        self._waiting: deque[Note] = deque()

    def open(self, now: float) -> None:
        """Find the end of the chain. Half a line, as a power cut leaves, is cut off, and that is written down."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = self._files()
        if not files:
            self._head_file.write_bytes(msgspec.json.encode(self._head))
            self._head_file.chmod(0o600)
            return
        content = files[-1].read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole:
            last = msgspec.json.decode(content[content.rfind(b"\n", 0, whole - 1) + 1 : whole], type=Entry)
            self._head = _Head(last.seq, last.mac)
        elif len(files) > 1:
            last = msgspec.json.decode(files[-2].read_bytes().splitlines()[-1], type=Entry)
            self._head = _Head(last.seq, last.mac)
        if whole < len(content):
            os.truncate(files[-1], whole)
            self._append([Note(time=now, who="offhook", action="cut off", what=f"half a line of {files[-1].name}")])

    async def write(self, notes: Sequence[Note]) -> None:
        """Write notes down; on the disk when it returns. Raises `OSError`."""
        if notes:
            self._waiting.extend(notes)
            await asyncio.get_running_loop().run_in_executor(self._thread, self._flush)

    async def last(self, wanted: Callable[[Entry], bool], limit: int) -> list[Entry]:
        """The newest entries that are wanted, newest first."""

        def read() -> list[Entry]:
            found: deque[Entry] = deque(maxlen=limit)
            for _, line in self._lines():
                entry = _decode(line)
                if entry is not None and wanted(entry):
                    found.append(entry)
            return list(reversed(found))

        return await asyncio.get_running_loop().run_in_executor(self._thread, read)

    async def verify(self) -> Verdict:
        """Go over every line."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.check)

    def check(self) -> Verdict:
        """Go over every line, in this thread."""
        seq, before = 0, _BEGINNING
        for place, line in self._lines():
            entry = _decode(line)
            if entry is None or not hmac.compare_digest(self._mac(before, _bare(entry)), entry.mac):
                return Verdict(seq, f"{place} was changed, or a line before it was taken out or moved")
            if entry.seq != seq + 1:
                return Verdict(seq, f"{place} is entry {entry.seq} and should be {seq + 1}: lines are missing")
            seq, before = entry.seq, entry.mac
        head = self._written_head()
        if head is None:
            return Verdict(seq, f"{self._head_file.name} is missing, which tells what the last entry was")
        if head.seq > seq or (head.seq == seq and head.mac != before):
            return Verdict(seq, f"the last entry was {head.seq}: the end was cut off after entry {seq}")
        return Verdict(seq, None)

    def close(self) -> None:
        """Write what waits."""
        self._thread.submit(self._flush).result()
        self._thread.shutdown(wait=True)

    def _flush(self) -> None:
        notes = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if notes:
            self._append(notes)

    def _append(self, notes: Sequence[Note]) -> None:
        files = self._files()
        path = files[-1] if files else self._folder / _FIRST_FILE
        if files and path.stat().st_size > LARGEST_FILE:
            path = self._folder / f"audit-{self._head.seq + 1:012}.jsonl"
        seq, mac, lines = self._head.seq, self._head.mac, []
        for note in notes:
            seq += 1
            entry = Entry(seq=seq, **{name: getattr(note, name) for name in Note.__struct_fields__})
            mac = self._mac(mac, _bare(entry))
            lines.append(msgspec.json.encode(msgspec.structs.replace(entry, mac=mac)) + b"\n")
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            before = os.fstat(handle).st_size
            try:
                _write_all(handle, b"".join(lines))
                os.fdatasync(handle)
            except OSError:
                os.ftruncate(handle, before)  # half a line would hide all that come after it
                raise
        finally:
            os.close(handle)
        self._head = _Head(seq, mac)
        self._head_file.write_bytes(msgspec.json.encode(self._head))

    def _written_head(self) -> _Head | None:
        try:
            return msgspec.json.decode(self._head_file.read_bytes(), type=_Head)
        except (OSError, msgspec.DecodeError):
            return None

    def _mac(self, before: str, line: bytes) -> str:
        return hmac.new(self._key, bytes.fromhex(before) + line, hashlib.sha256).hexdigest()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("audit-*.jsonl"))

    def _lines(self) -> Iterator[tuple[str, bytes]]:
        """(where it stands, line) of all lines, the oldest first."""
        for path in self._files():
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    yield f"{path.name} line {number}", line


def _bare(entry: Entry) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(entry, mac=""))


def _decode(line: bytes) -> Entry | None:
    try:
        entry = msgspec.json.decode(line, type=Entry)
        bytes.fromhex(entry.mac)
    except (msgspec.DecodeError, ValueError):
        return None
    return entry


def _write_all(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]
