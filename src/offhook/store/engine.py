"""The engine of the embedded store: the documents, the order of commits, and when `db.json` is written anew.

It blocks on the disk, and one thread at a time may use it. What is accepted is always `db.json` followed by the
journal's lines; lines whose revision `db.json` has already are skipped, so that a crash between writing the one and
shortening the other loses nothing and repeats nothing.
"""

from __future__ import annotations

import contextlib
import gc
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from .base import Change, Commit, Conflict, NotLatest, StoreDamaged, StoredDocument, StoreUnavailable
from .dbfile import OURS, DbWriter, Tables, read_db
from .disk import Disk
from .journal import MEND, Journal, encode_commit
from .lock import FolderLock

_LOG: Final = logging.getLogger(__name__)

SMALL_JOURNAL: Final = 1_000_000
"""Bytes; a journal up to this length is read so fast that writing `db.json` anew would not pay."""

Key = tuple[str, str, str]
"""(kind, account, id) of a document."""


class Engine:
    """The documents in memory and on the disk, always the same."""

    def __init__(self, folder: Path, disk: Disk, small_journal: int = SMALL_JOURNAL) -> None:
        """`folder` is made when it is missing (0700); `small_journal` as `SMALL_JOURNAL`, bytes."""
        self.folder = folder
        self._path = folder / "db.json"
        self._disk = disk
        self._small_journal = small_journal
        self._journal = Journal(folder / "journal.jsonl", disk)
        self._lock: FolderLock | None = None
        self._writer: DbWriter | None = None
        self._covered = 0
        self._wait_until = 0
        self._db_size = 0
        self.revision = 0
        """The latest accepted revision; 0 = nothing was ever saved."""
        self.tables: Tables = {}
        """Every accepted document. Other threads may look, and must copy a table before they walk through it."""

    def open(self) -> None:
        """Take the lock and read everything; raises `StoreLocked`, `StoreDamaged` or `StoreUnavailable`."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = FolderLock(self.folder)
            with _no_garbage_collection():
                self._read()
            self._journal.open()
            for name in ("db.json.new", "journal.jsonl.new"):
                (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            self._release()
            raise StoreUnavailable(
                f"cannot open the store in {self.folder}: {error.strerror or error}; "
                "the folder must be on a writable disk and belong to the server's user"
            ) from error
        except BaseException:
            self._release()
            raise

    def documents(self) -> list[StoredDocument]:
        """Every accepted document, by kind, each kind's in the order of arrival."""
        return [document for table in self.tables.values() for document in table.values()]

    def commit(self, submissions: Sequence[tuple[Sequence[Change], int]]) -> list[int | Exception]:
        """Judge each (changes, after) in turn and write the accepted ones together.

        Each gets its revision, or the error that `Store.commit` documents; the revisions are durable on return.
        """
        stage = _Stage(self.tables, self.revision)
        outcomes: list[int | Exception] = []
        for changes, after in submissions:
            try:
                outcomes.append(stage.add(changes, after))
            except (NotLatest, Conflict, ValueError) as error:
                outcomes.append(error)
        if not stage.lines:
            return outcomes
        try:
            self._append(b"".join(stage.lines))
        except OSError as error:
            return list(_all_refused(outcomes, f"{self._journal.path}: {error.strerror or error}"))
        for (kind, account, identity), document in stage.changed.items():
            table = self.tables.setdefault(kind, {})
            if document is None:
                table.pop((account, identity), None)
            else:
                table[account, identity] = document
        self.revision = stage.revision
        return outcomes

    @property
    def snapshot_due(self) -> bool:
        """True when `db.json` is being written, or should be: the journal has outgrown it."""
        return self._writer is not None or self._journal.size > max(
            self._small_journal, self._db_size, self._wait_until
        )

    def snapshot_step(self) -> None:
        """Write the next slice of a new `db.json`; after the last, forget what the journal need not keep.

        A failure is logged and tried again when the journal has grown some more: the journal alone loses nothing.
        """
        try:
            if self._writer is None:
                self._covered = self._journal.size
                self._writer = DbWriter(self._path, self.revision, self.tables, self._disk)
            if self._writer.step():
                self._writer = None
                self._db_size = self._path.stat().st_size
                self._wait_until = 0
                self._journal.drop(self._covered)
        except Exception as error:
            self._wait_until = self._journal.size + self._small_journal
            _LOG.warning("%s could not be written anew and will be later (%s)", self._path, error)
            self._abandon()

    def close(self) -> None:
        """Write `db.json` anew if the journal holds anything, and release the lock."""
        if self._lock is None:
            return
        self._abandon()
        if self._journal.size:
            self.snapshot_step()
            while self._writer is not None:
                self.snapshot_step()
        self._release()

    def _append(self, lines: bytes) -> None:
        """Append to the journal; a new `db.json` in the making must never cost a commit its room on the disk."""
        try:
            self._journal.append(lines)
        except OSError:
            if self._writer is None:
                raise
            self._abandon()
            self._wait_until = self._journal.size + self._small_journal
            self._journal.append(lines)

    def _read(self) -> None:
        self.revision, self.tables = read_db(self._path)
        self._db_size = self._path.stat().st_size if self.revision else 0
        for number, commit in self._journal.read():
            if commit.revision <= self.revision:
                continue
            if commit.revision != self.revision + 1:
                what = f"revision {commit.revision} follows {self.revision} of db.json: they do not belong together"
                raise StoreDamaged(self._journal.path, number, what, MEND)
            self._replay(number, commit)

    def _replay(self, number: int, commit: Commit) -> None:
        for change in commit.changes:
            table = self.tables.setdefault(change.kind, {})
            key = (change.account, change.id)
            found = table.get(key)
            if change.expected != (found.rev if found is not None else None):
                what = f"{Conflict(*_named(change), found.rev if found is not None else None)} (db.json was altered)"
                raise StoreDamaged(self._journal.path, number, what, MEND)
            if change.body is None:
                del table[key]
            else:
                table[key] = _saved(change, change.body)
        self.revision = commit.revision

    def _abandon(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError):  # a leftover is removed at the next start
                self._writer.abandon()
            self._writer = None

    def _release(self) -> None:
        self._journal.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class _Stage:
    """Commits that were judged and not written yet, as if they were there already."""

    def __init__(self, tables: Tables, revision: int) -> None:
        self._tables = tables
        self.revision = revision
        self.changed: dict[Key, StoredDocument | None] = {}
        self.lines: list[bytes] = []

    def add(self, changes: Sequence[Change], after: int) -> int:
        if after != self.revision:
            raise NotLatest(after, self.revision)
        changed: dict[Key, StoredDocument | None] = {}
        for change in changes:
            check_change(change)
            key = (change.kind, change.account, change.id)
            found = changed[key] if key in changed else self._found(key)
            found_rev = found.rev if found is not None else None
            if found_rev != change.expected:
                raise Conflict(*_named(change), found_rev)
            changed[key] = None if change.body is None else _saved(change, change.body)
        self.lines.append(encode_commit(Commit(self.revision + 1, tuple(changes))))
        self.changed |= changed
        self.revision += 1
        return self.revision

    def _found(self, key: Key) -> StoredDocument | None:
        if key in self.changed:
            return self.changed[key]
        kind, account, identity = key
        table = self._tables.get(kind)
        return table.get((account, identity)) if table is not None else None


def check_change(change: Change) -> None:
    """Raise `ValueError` for a change that would spoil the files or makes no sense."""
    name = f"{change.kind}/{change.id} of account {change.account!r}"
    if not change.kind or change.kind.startswith("_"):
        raise ValueError(f"{name}: {change.kind!r} is no name for a kind: give one that does not begin with '_'")
    if change.rev < 1:
        raise ValueError(f"{name}: revision {change.rev} should be 1 or more")
    if change.body is None:
        if change.expected is None:
            raise ValueError(
                f"{name}: a document that must not exist cannot be deleted: say which revision is expected"
            )
        return
    try:
        body = msgspec.json.decode(change.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{name}: the body is not JSON ({error})") from error
    if not isinstance(body, dict) or OURS in body:
        raise ValueError(f"{name}: the body should be one JSON object without a member {OURS!r}")
    if (
        not (change.body.startswith(b"{") and change.body.endswith(b"}"))
        or b"\n" in change.body
        or b"\r" in change.body
    ):
        raise ValueError(f"{name}: the body should stand on one line, from '{{' to '}}'")


def _saved(change: Change, body: bytes) -> StoredDocument:
    return StoredDocument(change.account, change.kind, change.id, change.rev, body)


def _named(change: Change) -> tuple[str, str, str, int | None]:
    return change.account, change.kind, change.id, change.expected


def _all_refused(outcomes: Sequence[int | Exception], why: str) -> Iterator[Exception]:
    """The outcomes after a failed write: also what was judged by the commits that failed is to be tried again."""
    failed = False
    for outcome in outcomes:
        failed = failed or isinstance(outcome, int)
        if isinstance(outcome, Exception) and (not failed or isinstance(outcome, ValueError)):
            yield outcome
        else:
            yield StoreUnavailable(f"cannot write {why}; nothing changed: mend the disk, then try again")


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Reading makes many objects and no garbage; looking for it would double or triple the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
