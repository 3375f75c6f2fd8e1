"""The contract of every store: load all documents once, then commit changes in order, durable when acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec


class StoredDocument(msgspec.Struct, frozen=True, gc=False):
    """One document as it lasts; secrets in its body are sealed already."""

    account: str
    """The account that it belongs to."""
    kind: str
    """Plural kind name (`devices`), or a name of the house's own such as `datakeys`; never begins with `_`."""
    id: str
    """Unique per account and kind."""
    rev: int
    """The document's own revision, as the change that saved it gave it."""
    body: bytes
    """One JSON object, UTF-8, without line breaks between its parts; the store never looks inside."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """Saves or deletes one document, if it is still as the author of the change saw it."""

    account: str
    kind: str
    id: str
    expected: int | None
    """The document revision that must be there now; None = the document must not exist."""
    body: bytes | None
    """The new body (see `StoredDocument.body`); None = delete the document."""
    rev: int
    """The document revision that is there afterwards; of a deletion, the one after its last."""


class Commit(msgspec.Struct, frozen=True, gc=False):
    """Changes that were accepted together, as a journal or a log of commits keeps them."""

    revision: int
    """The store's revision that they made; commits are numbered from 1 without gaps."""
    changes: tuple[Change, ...]


class StoreError(Exception):
    """Anything that a store refuses or cannot do; the message says what, where and how to mend it."""


class StoreLocked(StoreError):
    """Another server has the store open."""

    def __init__(self, path: Path, holder: str) -> None:
        self.path = path
        """The lock file."""
        self.holder = holder
        """Who holds it, as written into it: `pid 4711 on host pbx`."""
        super().__init__(
            f"the store is in use by {holder} (lock file {path}): "
            "stop that server first, or give this one its own data folder"
        )


class StoreDamaged(StoreError):
    """A file of the store is not what was written; it was left untouched."""

    def __init__(self, file: Path, line: int | None, what: str, mend: str) -> None:
        self.file = file
        self.line = line
        """Line number in `file`, from 1; None when the damage cannot be placed."""
        self.what = what
        """What is wrong with it."""
        self.mend = mend
        """What to restore or do; nothing was altered so far."""
        place = f"{file}, line {line}" if line is not None else str(file)
        super().__init__(f"{place}: {what}. Nothing was altered. {mend}")


class StoreUnavailable(StoreError):
    """The store cannot take a change now (disk full, read-only, closed); the change was refused and nothing changed."""


class NotLatest(StoreUnavailable):
    """A change that builds on a revision which is not the latest: the one before it was refused, or came later."""

    def __init__(self, after: int, latest: int) -> None:
        self.after = after
        """The revision that the change builds on."""
        self.latest = latest
        """The latest accepted revision."""
        super().__init__(
            f"the change builds on revision {after} and the store is at {latest} (an earlier change was refused, "
            "or another one came first); nothing changed: make the change again"
        )


class Conflict(StoreError):
    """A document that is not at the revision that a change expected; the whole commit was refused."""

    def __init__(self, account: str, kind: str, id: str, expected: int | None, found: int | None) -> None:
        self.account = account
        self.kind = kind
        self.id = id
        self.expected = expected
        """None = it should not have existed."""
        self.found = found
        """None = it does not exist."""
        wanted = "new" if expected is None else f"at revision {expected}"
        now = "does not exist" if found is None else f"is at revision {found}"
        super().__init__(
            f"{kind}/{id} of account {account!r} {now} and should be {wanted}: read it again and repeat the change"
        )


class Store(Protocol):
    """Where documents last. One server has it open; it belongs to the event loop that loaded it."""

    async def load(self) -> tuple[int, list[StoredDocument]]:
        """Open the store and give its revision and every document.

        Raises `StoreLocked`, `StoreDamaged` or `StoreUnavailable`; in each case nothing was altered.
        """
        ...

    async def commit(self, changes: Sequence[Change], after: int) -> int:
        """Make all of the changes or none; the answer is the new revision, durable when it is given.

        Commits are judged in the order in which they were submitted, and `after` is the revision that this one builds
        on: several may be on their way, each naming the one before it, and when one is refused so are those after it.
        Raises `NotLatest`, `Conflict`, `StoreUnavailable`, or `ValueError` for a change that makes no sense.
        """
        ...

    async def close(self) -> None:
        """Finish what was submitted and let go of the store; closing twice is harmless."""
        ...
