"""What the store's tests share: changes of an imaginary office, and disks that misbehave."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from offhook.store.base import Change, StoredDocument
from offhook.store.disk import Disk

Office = dict[tuple[str, str, str], tuple[int, dict[str, Any]]]
"""(kind, account, id) → revision and fields: what a store should hold."""


def saved(
    id: str, expected: int | None = None, *, kind: str = "devices", account: str = "default", **fields: Any
) -> Change:
    """A change that saves a document after its revision `expected`."""
    body = json.dumps({"id": id, **fields}, ensure_ascii=False, separators=(",", ":")).encode()
    return Change(account, kind, id, expected, body, (expected or 0) + 1)


def deleted(id: str, expected: int, *, kind: str = "devices", account: str = "default") -> Change:
    """A change that deletes a document at its revision `expected`."""
    return Change(account, kind, id, expected, None, expected + 1)


def office(documents: Iterable[StoredDocument]) -> Office:
    """What the documents say."""
    return {
        (document.kind, document.account, document.id): (document.rev, json.loads(document.body))
        for document in documents
    }


def after(before: Office, changes: Iterable[Change]) -> Office:
    """What an office is after changes that were accepted."""
    now = dict(before)
    for change in changes:
        key = (change.kind, change.account, change.id)
        if change.body is None:
            del now[key]
        else:
            now[key] = (change.rev, json.loads(change.body))
    return now


def files(folder: Path) -> dict[str, bytes]:
    """Name and content of the store's own files; the lock file is not one."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "lock"}


class FullDisk(Disk):
    """A disk that refuses what is in `refuses`, with the error that a full disk gives; half of a write still happens."""

    def __init__(self) -> None:
        self.refuses: set[str] = set()

    def _ask(self, call: str) -> None:
        if call in self.refuses:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, descriptor: int, data: bytes) -> None:
        if "write" in self.refuses:
            super().write(descriptor, data[: len(data) // 2])
        self._ask("write")
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._ask("sync")
        super().sync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        self._ask("truncate")
        super().truncate(descriptor, size)

    def replace(self, new: Path, old: Path) -> None:
        self._ask("replace")
        super().replace(new, old)

    def sync_folder(self, folder: Path) -> None:
        self._ask("sync_folder")
        super().sync_folder(folder)


class PowerCut(Disk):
    """A disk that keeps, at every call, what a crash there would leave behind.

    Twice: `<n>-killed` has everything that was written, as after `kill -9`; `<n>-dark` has only what was synced, under
    the names that were synced, as after a power cut.
    """

    def __init__(self, folder: Path, left: Path, mark: Callable[[], Any]) -> None:
        self._folder = folder
        self._left = left
        self._mark = mark
        self._synced: dict[int, bytes] = {}
        self._names: dict[str, int] = {}
        self.crashes: list[tuple[Path, Any]] = []
        """Each folder that was left behind, and what `mark()` gave just then."""

    def _crash(self) -> None:
        killed, dark = (self._left / f"{len(self.crashes)}-{how}" for how in ("killed", "dark"))
        mark = self._mark()
        shutil.copytree(self._folder, killed)
        dark.mkdir(parents=True)
        for name, inode in self._names.items():
            (dark / name).write_bytes(self._synced.get(inode, b""))
        self.crashes += [(killed, mark), (dark, mark)]

    def write(self, descriptor: int, data: bytes) -> None:
        half = len(data) // 2
        for part in (data[:half], data[half:]):
            self._crash()
            super().write(descriptor, part)
        self._crash()

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        status = os.fstat(descriptor)
        with Path(f"/proc/self/fd/{descriptor}").open("rb") as file:
            self._synced[status.st_ino] = file.read()
        self._crash()

    def truncate(self, descriptor: int, size: int) -> None:
        super().truncate(descriptor, size)
        self._crash()

    def replace(self, new: Path, old: Path) -> None:
        super().replace(new, old)
        self._crash()

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        self._names = {path.name: path.stat().st_ino for path in folder.iterdir()}
        self._crash()
