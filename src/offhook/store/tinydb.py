"""The embedded store, offhook's default: a plain TinyDB file, a journal beside it, and one thread that writes both.

Why not TinyDB alone: it reads and rewrites its whole file at every call, and a crash in the middle loses the file.
Here a change costs one synced append, whatever the number of documents, and the file stays one that any TinyDB opens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from tinydb import TinyDB

from .base import Change, StoredDocument, StoreUnavailable
from .dbfile import Tables
from .disk import Disk
from .engine import SMALL_JOURNAL, Engine
from .live import LiveStorage, LiveTinyDB

TRIAL: Final = "trial"
"""Name of the file by which a disk that failed is tried again."""
TRIAL_SIZE: Final = 64 * 1024
"""Bytes of it: as many as a change of much may take."""


class _Submission(msgspec.Struct, frozen=True, gc=False):
    """A commit on its way, and who waits for it; without changes it is the wish to close."""

    changes: tuple[Change, ...] | None
    after: int
    answer: asyncio.Future[int]


class TinyDBStore:
    """A `Store` in one folder. What waits together is written together, in the order of submission."""

    def __init__(
        self,
        folder: Path,
        *,
        disk: Disk | None = None,
        small_journal: int = SMALL_JOURNAL,
        took: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """`folder` is usually `<data>/store`; nothing is opened before `load`. `took` is told how long each commit took."""
        self._took = took
        self.fault: str | None = None
        """Why the last commit was not written, in words; None: it was."""
        self._folder = folder
        self._disk = disk or Disk()
        self._trial: asyncio.Future[None] | None = None
        """The last look whether the disk takes something again."""
        self._engine = Engine(folder, self._disk, small_journal)
        self._submitted: queue.SimpleQueue[_Submission] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    async def load(self) -> tuple[int, list[StoredDocument]]:
        """Open the store and give its revision and every document; see `Store.load`."""
        self._loop = asyncio.get_running_loop()
        documents = await asyncio.to_thread(self._open)
        self._thread = threading.Thread(target=self._write, name="offhook-store", daemon=True)
        self._thread.start()
        return self._engine.revision, documents

    async def commit(self, changes: Sequence[Change], after: int) -> int:
        """Make all of the changes or none; see `Store.commit`."""
        if self._thread is None or self._loop is None:
            raise StoreUnavailable(
                "the store is not open: nothing can be saved before it was loaded or after it was closed"
            )
        answer: asyncio.Future[int] = self._loop.create_future()
        begun = time.perf_counter()
        self._submitted.put(_Submission(tuple(changes), after, answer))
        try:
            revision = await answer
        except StoreUnavailable as error:
            self.fault = str(error)
            raise
        self.fault = None
        self._took(time.perf_counter() - begun)
        return revision

    async def missing(self) -> str | None:
        """Why nothing can be saved now, in words; None: it can.

        After a commit that failed the disk is tried, as nobody may change anything for days: once for all who ask meanwhile,
        and beside the event loop, as a broken disk may let us wait.
        """
        fault = self.fault
        if fault is None:
            return None
        if self._trial is None or self._trial.done():
            self._trial = asyncio.ensure_future(asyncio.to_thread(self._try_disk))
        with contextlib.suppress(OSError):
            await asyncio.shield(self._trial)
            if self.fault is fault:  # no other commit has failed meanwhile
                self.fault = None
        return self.fault

    def _try_disk(self) -> None:
        """Write something, as a commit does; raises `OSError`."""
        path = self._folder / TRIAL
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._disk.write(descriptor, bytes(TRIAL_SIZE))
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
            path.unlink()

    async def close(self) -> None:
        """Finish what was submitted, write `db.json` anew if it is not the latest, and let go of the folder."""
        thread, self._thread = self._thread, None
        if thread is not None and self._loop is not None:
            self._submitted.put(_Submission(None, 0, self._loop.create_future()))
            await asyncio.to_thread(thread.join)

    def of_kind(self, kind: str) -> list[StoredDocument]:
        """All documents of a kind as they are stored."""
        return list(self._engine.tables.get(kind, {}).values())

    def tinydb(self) -> TinyDB:
        """The live documents in TinyDB's query language, read-only; see `offhook.store.live`."""
        return LiveTinyDB(storage=LiveStorage, look=self._look)

    def _look(self) -> tuple[int, Tables]:
        return self._engine.revision, {
            kind: table.copy() for kind, table in self._engine.tables.copy().items() if table
        }

    def _open(self) -> list[StoredDocument]:
        self._engine.open()
        return self._engine.documents()

    def _write(self) -> None:
        """The writer thread: commits first, and between them a slice of a new `db.json` when one is due."""
        closing = False
        while not closing:
            waiting = self._take()
            commits = [submission for submission in waiting if submission.changes is not None]
            closing = len(commits) < len(waiting)
            if commits:
                self._commit(commits)
            if self._engine.snapshot_due:
                self._engine.snapshot_step()
        self._engine.close()

    def _take(self) -> list[_Submission]:
        """All that was submitted by now; with nothing else to do, wait for something."""
        taken: list[_Submission] = []
        with contextlib.suppress(queue.Empty):
            taken.append(self._submitted.get(block=not self._engine.snapshot_due))
            while True:
                taken.append(self._submitted.get_nowait())
        return taken

    def _commit(self, commits: Sequence[_Submission]) -> None:
        outcomes: Sequence[int | Exception]
        try:
            outcomes = self._engine.commit([(commit.changes or (), commit.after) for commit in commits])
        except Exception as error:  # nobody may wait for ever, whatever went wrong
            outcomes = [error] * len(commits)
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
            self._loop.call_soon_threadsafe(_answer, commits, outcomes)


def _answer(commits: Sequence[_Submission], outcomes: Sequence[int | Exception]) -> None:
    for commit, outcome in zip(commits, outcomes, strict=True):
        if commit.answer.done():
            continue
        if isinstance(outcome, Exception):
            commit.answer.set_exception(outcome)
        else:
            commit.answer.set_result(outcome)
