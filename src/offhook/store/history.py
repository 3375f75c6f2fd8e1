"""History: the earlier revisions of every document, with who saved each and when.

It stands beside the store in an SQLite file of its own: a change is made and durable without it, and written here right
after, by one thread, in order. Bodies are as the store has them, their secrets sealed. Nothing of a call or a boot asks it.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from offhook.secrets.sealing import keys_in

from .base import Change
from .rewriting import Statements, rewrite

log = logging.getLogger(__name__)

KEPT: Final = 100
"""Revisions of one document that are kept."""
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS revisions (
    account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, rev INTEGER NOT NULL,
    time REAL NOT NULL, who TEXT NOT NULL, body BLOB,
    PRIMARY KEY (account, kind, id, rev)
) WITHOUT ROWID
"""
_BODIES: Final = Statements(
    keys="SELECT account, kind, id, rev FROM revisions",
    read="SELECT body FROM revisions WHERE account = ? AND kind = ? AND id = ? AND rev = ?",
    write="UPDATE revisions SET body = ? WHERE account = ? AND kind = ? AND id = ? AND rev = ?",
)
T = TypeVar("T")


class Revision(msgspec.Struct, frozen=True):
    """One saved change of one document."""

    rev: int
    """The document's revision that it made; a removal counts as one."""
    time: float
    """Seconds since the epoch."""
    who: str
    """Who changed it, in words."""
    body: bytes | None
    """As the store has it, secrets sealed; None: it was removed."""


class History:
    """All revisions that are kept."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file; a server whose history cannot be written goes on without."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="offhook-history")
        self._database: sqlite3.Connection | None = None
        self._run(self._open).add_done_callback(self._told)

    def record(self, changes: Sequence[Change], who: str, time: float) -> None:
        """Write changes down soon; returns at once."""
        rows = [(one.account, one.kind, one.id, one.rev, time, who, one.body) for one in changes]
        self._run(lambda: self._write(rows)).add_done_callback(self._told)

    async def of(self, account: str, kind: str, identity: str) -> list[Revision]:
        """The revisions of a document, oldest first, with all that was recorded before this was asked."""

        def read() -> list[Revision]:
            found = self._connection().execute(
                "SELECT rev, time, who, body FROM revisions WHERE account = ? AND kind = ? AND id = ? ORDER BY rev",
                (account, kind, identity),
            )
            return [Revision(*row) for row in found]

        return await asyncio.wrap_future(self._run(read))

    async def by_key(self) -> Counter[tuple[str, str]]:
        """(account, id of the data key) → how many secrets in earlier revisions it has sealed."""

        def count() -> Counter[tuple[str, str]]:
            rows = self._connection().execute("SELECT account, body FROM revisions WHERE body IS NOT NULL")
            return Counter((account, key) for account, body in rows for key in keys_in(body))

        return await asyncio.wrap_future(self._run(count))

    async def renew(self, renewed: Callable[[str, str, str, bytes], bytes | None]) -> int:
        """Put earlier revisions in other words that say the same, where `renewed(account, kind, id, body)` gives some; how
        many, a few at a time."""
        return await rewrite(
            self._run, self._connection, _BODIES, lambda key, body: renewed(key[0], key[1], key[2], body)
        )

    def close(self) -> None:
        """Write what waits and close the file."""
        self._run(lambda: self._connection().close() if self._database else None)
        self._thread.shutdown(wait=True)

    def _run(self, work: Callable[[], T]) -> Future[T]:
        return self._thread.submit(work)

    def _open(self) -> None:
        self._database = database = sqlite3.connect(self._path)
        self._path.chmod(0o600)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(_TABLE)
        database.commit()

    def _connection(self) -> sqlite3.Connection:
        if self._database is None:
            raise sqlite3.OperationalError(f"{self._path} is not open")
        return self._database

    def _write(self, rows: list[tuple[str, str, str, int, float, str, bytes | None]]) -> None:
        with self._connection() as database:
            database.executemany("INSERT OR REPLACE INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            database.executemany(
                "DELETE FROM revisions WHERE account = ? AND kind = ? AND id = ? AND rev <= ?",
                [(account, kind, identity, rev - KEPT) for account, kind, identity, rev, *_ in rows if rev > KEPT],
            )

    def _told(self, done: Future[None]) -> None:
        if (error := done.exception()) is not None:
            log.error("%s: a change was made and its history was not kept: %s", self._path, error)
