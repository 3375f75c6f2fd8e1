"""The lock file, which keeps a second server out of a store's folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from pathlib import Path

from .base import StoreLocked


class FolderLock:
    """An advisory lock (flock) on `<folder>/lock`; the kernel drops it when its process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock, or raise `StoreLocked` with its holder; `OSError` when the file cannot be made."""
        path = folder / "lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 400, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise StoreLocked(path, holder or "another process") from None
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        with contextlib.suppress(OSError):  # the lock holds also where a full disk takes no name
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"pid {os.getpid()} on host {socket.gethostname()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next server in; the file stays."""
        os.close(self._descriptor)
