"""The files that phones were given: of each of their own files the last few that differ, sealed, by content hash.

They stand in an SQLite file of their own, written by one thread after the phone has been answered. A phone that is given
once more what it has costs a look into memory.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from offhook.model.secret import Secret
from offhook.secrets.vault import key_of

from .rewriting import Statements, rewrite

log = logging.getLogger(__name__)

KEPT: Final = 10
"""Contents of one file of one device that are kept; the one that was given longest ago goes first."""
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS given (
    account TEXT NOT NULL, device TEXT NOT NULL, file TEXT NOT NULL, hash TEXT NOT NULL,
    time REAL NOT NULL, peer TEXT NOT NULL, version TEXT, revision INTEGER NOT NULL, bytes INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, device, file, hash)
) WITHOUT ROWID
"""
_LATEST: Final = "SELECT account, device, file, hash, max(time) FROM given GROUP BY account, device, file"
_OLD: Final = """
DELETE FROM given WHERE account = ?1 AND device = ?2 AND file = ?3 AND hash NOT IN (
    SELECT hash FROM given WHERE account = ?1 AND device = ?2 AND file = ?3 ORDER BY time DESC LIMIT ?4)
"""
_TEXTS: Final = Statements(
    keys="SELECT account, device, file, hash FROM given",
    read="SELECT body FROM given WHERE account = ? AND device = ? AND file = ? AND hash = ?",
    write="UPDATE given SET body = ? WHERE account = ? AND device = ? AND file = ? AND hash = ?",
)
T = TypeVar("T")
Key = tuple[str, str, str]
"""Account, device, file."""
Seal = Callable[[str, str, str, str, Secret], str]
Open = Callable[[str, str, str, str, str], Secret]
Renewed = Callable[[str, str, str, str, str], str | None]
"""As of the vault: (account, kind, id, field, text)."""


class Gift(msgspec.Struct, frozen=True):
    """When a file was given, and to whom."""

    time: float
    """Seconds since the epoch."""
    peer: str
    """IP address."""
    version: str | None
    """The firmware version that the phone reported; None: none."""
    revision: int
    """The directory's revision that the file was made of."""


class GivenFile(msgspec.Struct, frozen=True):
    """One content of a file, and when a device was first given it after another one."""

    file: str
    hash: str
    """SHA-256 of the content, in hexadecimal digits."""
    bytes: int
    gift: Gift


class GivenFiles:
    """What every device was given lately."""

    def __init__(self, path: Path, seal: Seal, open_: Open) -> None:
        """Opens or makes the file; phones are answered also when it cannot be written."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._seal = seal
        self._unseal = open_
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="offhook-given")
        self._database: sqlite3.Connection | None = None
        self._latest: dict[Key, str] = {}
        """The ETag that a file last had; phones are answered with it anyway."""
        self._hashes: dict[Key, str] = {}
        """The hash that it last had; touched by the thread alone."""
        self._run(self._open).add_done_callback(self._told)

    def note(self, key: Key, etag: str, body: bytes, gift: Gift) -> None:
        """A device is given a file; only one with another `etag` than last time is written down, soon."""
        if self._latest.get(key) != etag:
            self._latest[key] = etag
            self._run(lambda: self._write(key, body, gift)).add_done_callback(self._told)

    def forget(self, account: str, device: str) -> None:
        """A device is removed: another one may get its id."""

        def erase() -> None:
            with self._connection() as database:
                database.execute("DELETE FROM given WHERE account = ? AND device = ?", (account, device))
            for key in [key for key in self._hashes if key[:2] == (account, device)]:
                del self._hashes[key]

        for key in [key for key in self._latest if key[:2] == (account, device)]:
            del self._latest[key]
        self._run(erase).add_done_callback(self._told)

    async def of(self, account: str, device: str) -> list[GivenFile]:
        """What a device was given, oldest first."""

        def read() -> list[GivenFile]:
            found = self._connection().execute(
                "SELECT file, hash, bytes, time, peer, version, revision FROM given"
                " WHERE account = ? AND device = ? ORDER BY time, file",
                (account, device),
            )
            return [GivenFile(file, known, size, Gift(*rest)) for file, known, size, *rest in found]

        return await asyncio.wrap_future(self._run(read))

    async def content(self, account: str, device: str, prefix: str) -> tuple[str, bytes] | None:
        """A file's name and a content of it, by the beginning of its hash; None: none, or several. Raises `SealBroken`."""

        def read() -> tuple[str, bytes] | None:
            found = (
                self._connection()
                .execute(
                    "SELECT DISTINCT hash, file, body FROM given WHERE account = ? AND device = ? AND substr(hash, 1, ?) = ?",
                    (account, device, len(prefix), prefix),
                )
                .fetchall()
            )
            if len({row[0] for row in found}) != 1:
                return None
            _, file, sealed = found[0]
            return file, base64.b64decode(self._unseal(account, "given", device, file, sealed).reveal())

        return await asyncio.wrap_future(self._run(read))

    async def by_key(self) -> Counter[tuple[str, str]]:
        """(account, id of the data key) → how many contents it has sealed."""

        def count() -> Counter[tuple[str, str]]:
            rows = self._connection().execute("SELECT account, substr(body, 1, 16), count(*) FROM given GROUP BY 1, 2")
            found: Counter[tuple[str, str]] = Counter()
            for account, beginning, number in rows:
                found[account, key_of(beginning)] += number
            return found

        return await asyncio.wrap_future(self._run(count))

    async def renew(self, renewed: Renewed) -> int:
        """Seal anew what `renewed` gives another text for, a few at a time; how many."""
        return await rewrite(
            self._run, self._connection, _TEXTS, lambda key, text: renewed(key[0], "given", key[1], key[2], text)
        )

    def close(self) -> None:
        """Write what waits and close the file."""
        self._run(lambda: self._database.close() if self._database else None)
        self._thread.shutdown(wait=True)

    def _run(self, work: Callable[[], T]) -> Future[T]:
        return self._thread.submit(work)

    def _open(self) -> None:
        self._database = database = sqlite3.connect(self._path)
        self._path.chmod(0o600)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(_TABLE)
        database.commit()
        self._hashes = {(row[0], row[1], row[2]): row[3] for row in database.execute(_LATEST)}

    def _connection(self) -> sqlite3.Connection:
        if self._database is None:
            raise sqlite3.OperationalError(f"{self._path} is not open")
        return self._database

    def _write(self, key: Key, body: bytes, gift: Gift) -> None:
        account, device, file = key
        hash_ = hashlib.sha256(body).hexdigest()
        if self._hashes.get(key) == hash_:  # after a restart: it has that already
            return
        sealed = self._seal(account, "given", device, file, Secret(base64.b64encode(body).decode("ascii")))
        with self._connection() as database:
            database.execute(
                "INSERT OR REPLACE INTO given VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, hash_, *msgspec.structs.astuple(gift), len(body), sealed),
            )
            database.execute(_OLD, (*key, KEPT))
        self._hashes[key] = hash_

    def _told(self, done: Future[None]) -> None:
        if (error := done.exception()) is not None:
            log.error("%s: what a phone was given is not kept: %s", self._path, error)
