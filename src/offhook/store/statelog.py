"""A state log: the last value of each key, on the disk before anybody relies on it, beside the documents and not among them.

One line of JSON per value, appended and fdatasync-ed off the event loop; values that wait together are written together.
When the file is read its last line for a key counts; a torn last line, as a power cut leaves it, is cut off. A file with
many outdated lines is written anew at start.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from .base import StoreDamaged
from .disk import Disk

log = logging.getLogger(__name__)

WASTE: Final = 1000
"""Outdated lines that a file may have beside as many as there are keys."""
AGAIN_SECONDS: Final = 1.0
"""How long after a failure the disk is tried again."""

MEND: Final = "Restore the file from a backup, or move it away: what it held is then as if it had never been."

T = TypeVar("T", bound=msgspec.Struct)


class _Line(msgspec.Struct, frozen=True):
    key: tuple[str, ...]
    value: msgspec.Raw
    """`null`: the key is gone."""


class StateLog(Generic[T]):
    """Values of one type by key, in one file (0600) of a folder (0700)."""

    def __init__(self, path: Path, value: type[T], disk: Disk | None = None) -> None:
        self._path = path
        self._line = msgspec.json.Decoder(_Line)
        self._decoder = msgspec.json.Decoder(value)
        self._disk = disk or Disk()
        self._descriptor = -1
        self._size = 0
        self._pending: dict[tuple[str, ...], T | None] = {}
        self._writing: dict[tuple[str, ...], T | None] = {}
        self._changed = asyncio.Event()
        self._round: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._failing = False
        self._closing = False

    def open(self) -> list[T]:
        """Every value, in the order of keys; raises `StoreDamaged`, or `OSError` of the disk."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        values, lines, self._size = self._read()
        if lines > 2 * len(values) + WASTE:
            self._write_anew(values)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._disk.truncate(self._descriptor, self._size)
        os.lseek(self._descriptor, self._size, os.SEEK_SET)
        self._disk.sync_folder(self._path.parent)
        return [values[key] for key in sorted(values)]

    def start(self) -> None:
        """Write what waits, and all that comes."""
        self._task = asyncio.create_task(self._run(), name=f"state {self._path.name}")

    def put(self, key: tuple[str, ...], value: T | None) -> None:
        """Have a value written at once; None removes the key."""
        self._pending[key] = value
        self._changed.set()

    def is_waiting(self, key: tuple[str, ...]) -> bool:
        """Whether the last value of a key is not on the disk yet."""
        return key in self._pending or key in self._writing

    async def settled(self, key: tuple[str, ...]) -> None:
        """Return when the last value of a key is on the disk; raises `OSError` when the disk does not take it."""
        while self.is_waiting(key):
            if self._round is None:
                self._round = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._round)

    async def close(self) -> None:
        """Write what waits and stop."""
        self._closing = True
        self._changed.set()
        if self._task is not None:
            await self._task
        if self._descriptor >= 0:
            await self._flush()
            os.close(self._descriptor)
            self._descriptor = -1

    async def _run(self) -> None:
        while not self._closing:
            await self._changed.wait()
            if not await self._flush() and not self._closing:
                await asyncio.sleep(AGAIN_SECONDS)

    async def _flush(self) -> bool:
        """Write what waits; False when the disk did not take it, and it waits on."""
        self._changed.clear()
        if not self._pending:
            return True
        self._writing, self._pending = self._pending, {}
        finished, self._round = self._round, None
        try:
            await asyncio.to_thread(self._append, b"".join(_encoded(*one) for one in self._writing.items()))
        except OSError as error:
            self._pending = self._writing | self._pending
            self._writing = {}
            self._changed.set()
            if not self._failing:
                log.error("%s cannot be written: %s; phones that need it are asked to come again", self._path, error)
            self._failing = True
            for waiting in (finished, self._round):
                if waiting is not None and not waiting.done():
                    waiting.set_exception(error)
                    waiting.exception()  # nobody may be waiting any more
            self._round = None
            return False
        self._writing = {}
        self._failing = False
        for waiting in (finished, self._round):
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        self._round = None
        return True

    def _append(self, lines: bytes) -> None:
        """All of it or, when the disk fails, nothing that would be read."""
        try:
            self._disk.write(self._descriptor, lines)
            self._disk.sync(self._descriptor)
        except OSError:
            self._disk.truncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
            raise
        self._size += len(lines)

    def _read(self) -> tuple[dict[tuple[str, ...], T], int, int]:
        """(values, lines, bytes that count)."""
        values: dict[tuple[str, ...], T] = {}
        lines = kept = 0
        if not self._path.exists():
            return values, lines, kept
        with self._path.open("rb") as file:
            for text in file:
                if not text.endswith(b"\n"):
                    break
                lines, kept = lines + 1, kept + len(text)
                try:
                    line = self._line.decode(text)
                    if bytes(line.value) == b"null":
                        values.pop(line.key, None)
                    else:
                        values[line.key] = self._decoder.decode(line.value)
                except msgspec.MsgspecError as error:
                    raise StoreDamaged(self._path, lines, f"the line cannot be read ({error})", MEND) from None
        return values, lines, kept

    def _write_anew(self, values: dict[tuple[str, ...], T]) -> None:
        draft = self._path.with_name(f".{self._path.name}.new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            body = b"".join(_encoded(key, values[key]) for key in sorted(values))
            self._disk.write(descriptor, body)
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
        self._disk.replace(draft, self._path)
        self._size = len(body)


def _encoded(key: tuple[str, ...], value: msgspec.Struct | None) -> bytes:
    return msgspec.json.encode({"key": key, "value": value}) + b"\n"
