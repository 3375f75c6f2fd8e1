"""The key file: the master keys that wrap every account's data key. Without it a copy of the data is of no use.

One key a line, newest first, `<key id> <base64 of 32 bytes>`; lines that begin with `#` are remarks. It is made at the
first start only: a server that has data and no key file must not begin with another key.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from . import privatefile
from .privatefile import PrivateFileRefused

KEY_LENGTH: Final = 32
"""Bytes of a master key and of a data key (AES-256)."""

_ID: Final = re.compile(r"[a-z0-9-]{1,64}")
_HEADER: Final = (
    "# offhook's master keys, newest first. Keep a copy apart from the data: without this file\n"
    "# no password in the store can be read again; with it and the data, all of them can.\n"
)
_RESTORE: Final = "Restore the file from its backup."

Randomness = Callable[[int], bytes]
"""Gives so many unpredictable bytes, as `os.urandom` does."""


class KeyFileRefused(PrivateFileRefused):
    """The key file is missing, unsafe or unreadable; the server does not start."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One key of the file."""

    id: str
    key: bytes = field(repr=False)
    """32 bytes."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The master keys and where they came from."""

    path: Path
    keys: tuple[MasterKey, ...]
    """At least one; the first is the newest and wraps new data keys, the others still open old ones."""

    @staticmethod
    def open(path: Path, data_exists: bool, random: Randomness = os.urandom) -> KeyFile:
        """Read the key file; make it first when there is none and no data either.

        Raises `KeyFileRefused` when it is missing beside data, is a link, belongs to or is open to others, lies in a
        folder that others may change, or holds anything but keys.
        """
        try:
            content = privatefile.read(path)
            if content is None and not data_exists:
                line = f"{random(5).hex()} {base64.b64encode(random(KEY_LENGTH)).decode()}\n"
                content = (_HEADER + line).encode()
                privatefile.create(path, content)
        except PrivateFileRefused as error:
            raise KeyFileRefused(error.path, error.what, error.mend) from error
        if content is None:
            mend = "Restore it from its backup, or set [secrets] key_file to where it is; a new one would open nothing."
            raise KeyFileRefused(path, "is missing, and the data was sealed with its keys", mend)
        return KeyFile(path, _keys(path, content))

    def with_new(self, random: Randomness = os.urandom) -> KeyFile:
        """The file with a new key as the newest, on the disk when this returns; raises `KeyFileRefused`."""
        return self._replaced((MasterKey(random(5).hex(), random(KEY_LENGTH)), *self.keys))

    def without(self, ids: Collection[str]) -> KeyFile:
        """The file without keys that nothing needs any more, on the disk when this returns; raises `KeyFileRefused`."""
        return self._replaced(tuple(key for key in self.keys if key.id not in ids))

    def _replaced(self, keys: tuple[MasterKey, ...]) -> KeyFile:
        lines = "".join(f"{key.id} {base64.b64encode(key.key).decode()}\n" for key in keys)
        try:
            privatefile.replace(self.path, (_HEADER + lines).encode())
        except PrivateFileRefused as error:
            raise KeyFileRefused(error.path, error.what, error.mend) from error
        except OSError as error:
            mend = "Make its folder writable for the server's user, and see that the disk is not full."
            raise KeyFileRefused(self.path, f"cannot be written ({error.strerror})", mend) from error
        return KeyFile(self.path, keys)

    def key(self, id: str) -> MasterKey | None:
        """The key with this id; None when the file does not hold it."""
        return next((key for key in self.keys if key.id == id), None)


def _keys(path: Path, content: bytes) -> tuple[MasterKey, ...]:
    keys: dict[str, MasterKey] = {}
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            identity, encoded = line.decode("ascii").split()
            key = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise KeyFileRefused(path, f"line {number} is no `<key id> <base64>`", _RESTORE) from None
        if not _ID.fullmatch(identity) or len(key) != KEY_LENGTH:
            what = f"line {number}: a key has an id of a-z, 0-9 and '-', and {KEY_LENGTH} bytes"
            raise KeyFileRefused(path, what, _RESTORE)
        if identity in keys:
            raise KeyFileRefused(path, f"line {number}: the key id {identity} is there twice", _RESTORE)
        keys[identity] = MasterKey(identity, key)
    if not keys:
        mend = f"{_RESTORE} Only if nothing was ever saved: remove it, and the next start makes a new one."
        raise KeyFileRefused(path, "it holds no key", mend)
    return tuple(keys.values())
