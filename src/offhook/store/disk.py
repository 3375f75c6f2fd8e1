"""The disk: the few calls that make bytes last, in one place so that a test can refuse them or look between them."""

from __future__ import annotations

import os
import threading
from pathlib import Path


class Disk:
    """The operating system's own calls; each raises `OSError` when the disk is full, read-only or broken."""

    def write(self, descriptor: int, data: bytes) -> None:
        """Write all of `data` at the descriptor's place; a part of it may have been written when this raises."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def sync(self, descriptor: int) -> None:
        """Return when the file's content and length are on the disk (fdatasync, POSIX.1-2017)."""
        os.fdatasync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file to `size` bytes."""
        os.ftruncate(descriptor, size)

    def replace(self, new: Path, old: Path) -> None:
        """Let `new` take the name of `old` in one step: whoever looks sees the one or the other, whole."""
        new.replace(old)

    def discard(self, descriptor: int) -> None:
        """Close a file that lost its name; freeing its blocks takes 20 ms for 75 MB, so nobody waits for it."""
        threading.Thread(target=os.close, args=(descriptor,), name="offhook-discard", daemon=True).start()

    def sync_folder(self, folder: Path) -> None:
        """Return when the folder's names (new, replaced and removed files) are on the disk."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
