"""A private file: one that only the server's own user may read, made once and checked at every start."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path


class PrivateFileRefused(Exception):
    """A file of secrets that cannot be trusted or read; the message says why and how to mend it."""

    def __init__(self, path: Path, what: str, mend: str) -> None:
        self.path = path
        self.what = what
        """What is wrong, without anything of the content."""
        self.mend = mend
        super().__init__(f"{path}: {what}. {mend}")


def create(path: Path, content: bytes) -> None:
    """Make the file (0600), on the disk when this returns, in a folder that is made (0700) when it is missing.

    Raises `PrivateFileRefused` when it is there already, cannot be written, or anyone could replace it there.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_folder(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise _unwritable(path, error) from error


def read(path: Path) -> bytes | None:
    """The content, if nobody but the server's user could have read or changed it; None when there is no such file.

    Raises `PrivateFileRefused` for a link, another owner, a file that others may open or a folder in which anyone may
    replace it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise PrivateFileRefused(path, "is a symbolic link", "Put the file itself there.") from error
        mend = f"See that it is a file that the server's user {os.geteuid()} may read."
        raise PrivateFileRefused(path, f"cannot be read ({error.strerror})", mend) from error
    try:
        _check(path, os.fstat(descriptor))
        _check_folder(path)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _check(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise PrivateFileRefused(path, "is no regular file", "Put a file there.")
    if status.st_uid != os.geteuid():
        what = f"belongs to user {status.st_uid}, not to the server's user {os.geteuid()}"
        raise PrivateFileRefused(path, what, f"Give it to the server: chown {os.geteuid()} {path}")
    if status.st_mode & 0o077:
        what = f"has permissions {stat.S_IMODE(status.st_mode):04o}: others may open it"
        raise PrivateFileRefused(path, what, f"Close it: chmod 600 {path}")


def _check_folder(path: Path) -> None:
    permissions = stat.S_IMODE(path.parent.stat().st_mode)
    if permissions & 0o002:
        what = f"lies in a folder with permissions {permissions:04o}: anyone may replace it"
        raise PrivateFileRefused(path, what, f"Close the folder: chmod 700 {path.parent}")


def _unwritable(path: Path, error: OSError) -> PrivateFileRefused:
    mend = "Make its folder writable for the server's user, and see that the disk is not full."
    return PrivateFileRefused(path, f"cannot be made ({error.strerror})", mend)


def replace(path: Path, content: bytes) -> None:
    """Replace a private file whole, so that a power cut leaves the old or the new one; raises `PrivateFileRefused`."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    create(draft, content)
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
