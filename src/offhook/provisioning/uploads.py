"""What phones send us: their logs, and what their user has changed on them, which they get back at the next boot.

Everything is sealed on disk, as it may hold passwords, and counts as a secret of the phone that sent it. The last one of
each name is kept, below `<folder>/<account>/<mac>/`.
"""

from __future__ import annotations

import base64
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from offhook.model.secret import Secret
from offhook.secrets.vault import key_of

LARGEST: Final = 1024 * 1024
"""Bytes of one file: a Poly phone's log is cut at 512 kB."""
FILES_A_PHONE: Final = 16
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_LOG: Final = ".log"
"""What phones never ask for again; kept on disk alone."""

Seal = Callable[[str, str, str, str, Secret], str]
Open = Callable[[str, str, str, str, str], Secret]
Renewed = Callable[[str, str, str, str, str], str | None]
"""As of the vault: (account, kind, id, field, text)."""


class UploadRefused(Exception):
    """A file that is not kept; the message says why."""


class Uploads:
    """The files that phones sent, by account, MAC and name in lower case."""

    def __init__(self, folder: Path, seal: Seal, open_: Open) -> None:
        self._folder: Final = folder
        self._seal = seal
        self._open = open_
        self._writing = threading.Lock()
        self._sealed: dict[tuple[str, str, str], str | None] = {}
        for path in sorted(folder.glob("*/*/*")):
            if _NAME.fullmatch(path.name):
                account, mac = path.parts[-3:-1]
                self._sealed[account, mac, path.name] = None if _is_log(path.name) else path.read_text(encoding="ascii")

    def get(self, account: str, mac: str, name: str) -> bytes | None:
        """What a phone sent under a name; None: nothing. Raises `SealBroken`."""
        key = (account, mac, name)
        if key not in self._sealed:
            return None
        return base64.b64decode(self._open(account, "uploads", mac, name, self._text(key)).reveal())

    def names(self, account: str, mac: str) -> Iterator[tuple[str, int, float]]:
        """(name, bytes, when it came in seconds since the epoch) of a phone's files, by name."""
        for key in sorted(self._sealed):
            if key[:2] == (account, mac):
                body = self.get(*key)
                yield key[2], len(body or b""), self._path(key).stat().st_mtime

    def put(self, account: str, mac: str, name: str, body: bytes) -> bool:
        """Keep a file in place of the one before, on disk when this returns; True when it is the first of its name.

        Touches the disk: to be called beside the event loop. Raises `UploadRefused`, or `OSError` of the disk.
        """
        key = (account, mac, name)
        if not _NAME.fullmatch(name):
            raise UploadRefused(f"{name!r} is no name of a file")
        if len(body) > LARGEST:
            raise UploadRefused(f"it is larger than {LARGEST} bytes")
        if key not in self._sealed and sum(known[:2] == key[:2] for known in list(self._sealed)) >= FILES_A_PHONE:
            raise UploadRefused(f"the phone has {FILES_A_PHONE} files here already")
        new = key not in self._sealed
        sealed = self._seal(account, "uploads", mac, name, Secret(base64.b64encode(body).decode("ascii")))
        with self._writing:
            self._write(key, sealed)
        return new

    def _write(self, key: tuple[str, str, str], sealed: str) -> None:
        name, path = key[2], self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        incoming = path.with_name(f"~{name}")
        descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(sealed)
            file.flush()
            os.fsync(descriptor)
        incoming.replace(path)
        self._sealed[key] = None if _is_log(name) else sealed

    def by_key(self) -> Counter[tuple[str, str]]:
        """(account, id of the data key) → how many files it has sealed. Touches the disk."""
        return Counter((key[0], key_of(self._text(key))) for key in list(self._sealed))

    def renew(self, renewed: Renewed) -> int:
        """Seal anew what `renewed` gives another text for; how many. Touches the disk: to be called beside the loop."""
        done = 0
        for key in list(self._sealed):
            with self._writing:
                anew = renewed(key[0], "uploads", key[1], key[2], self._text(key))
                if anew is not None:
                    self._write(key, anew)
                    done += 1
        return done

    def _text(self, key: tuple[str, str, str]) -> str:
        return self._sealed[key] or self._path(key).read_text(encoding="ascii")

    def _path(self, key: tuple[str, str, str]) -> Path:
        return self._folder.joinpath(*key)


def _is_log(name: str) -> bool:
    return name.endswith(_LOG)
