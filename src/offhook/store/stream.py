"""A stream of events on disk: lines appended now and then, never on a phone's way, and read back at start."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

log = logging.getLogger(__name__)

LARGEST_FILE: Final = 16 * 1024 * 1024
"""Bytes of one file; the one before is kept beside it."""
FLUSH_SECONDS: Final = 1.0
MOST_WAITING: Final = 50_000
"""Events that may wait for the disk; beyond it the oldest are lost to the file, never to the phone."""

T = TypeVar("T", bound=msgspec.Struct)


class EventStream(Generic[T]):
    """Events of one type in `<folder>/<name>.jsonl`, the older ones in `<name>.1.jsonl`."""

    def __init__(self, folder: Path, name: str, event: type[T]) -> None:
        self._path = folder / f"{name}.jsonl"
        self._older = folder / f"{name}.1.jsonl"
        self._decoder = msgspec.json.Decoder(event)
        self._waiting: deque[T] = deque(maxlen=MOST_WAITING)
        self._task: asyncio.Task[None] | None = None
        self._failing = False

    def last(self) -> list[T]:
        """All events that are kept, oldest first; lines that cannot be read are passed over."""
        events: list[T] = []
        for path in (self._older, self._path):
            if path.exists():
                for line in path.read_bytes().splitlines():
                    try:
                        events.append(self._decoder.decode(line))
                    except msgspec.MsgspecError:
                        log.warning("%s holds a line that is no event: passed over", path)
        return events

    def add(self, event: T) -> None:
        """Have an event written soon."""
        self._waiting.append(event)

    def start(self) -> None:
        """Write what waits, every second from now on."""
        self._task = asyncio.create_task(self._run(), name=f"stream {self._path.name}")

    async def close(self) -> None:
        """Write what waits and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._flush()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._flush()

    async def _flush(self) -> None:
        if not self._waiting:
            return
        events = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            await asyncio.to_thread(self._write, events)
            self._failing = False
        except OSError as error:
            if not self._failing:
                log.error("events cannot be written to %s: %s; phones are served all the same", self._path, error)
            self._failing = True

    def _write(self, events: list[T]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._path.exists() and self._path.stat().st_size > LARGEST_FILE:
            self._path.replace(self._older)
        with self._path.open("ab") as file:
            if file.tell() == 0:
                self._path.chmod(0o600)
            file.write(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
