"""The registry: the one way to change anything. Check against the directory → make durable → publish the new directory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from offhook.change import Outcome, Put, Remove
from offhook.directory import Directory
from offhook.entry import Documents, Entry
from offhook.integrity import Check, Rehearsal
from offhook.keyring import DATA_KEYS, KeyRing
from offhook.model.document import Document
from offhook.model.problem import Unavailable
from offhook.model.references import Key
from offhook.secrets.sealing import open_document, reader
from offhook.secrets.vault import SealBroken, Vault
from offhook.staging import Staged, Stager
from offhook.store.base import Change, Store, StoreUnavailable

IN_A_THREAD: Final = 20
"""From this many documents on a change is checked beside the event loop, so that phones are answered meanwhile."""


Recorder = Callable[[Sequence[Change], Sequence[Outcome], str], "asyncio.Future[None]"]
"""Writes down a change that was made: what was stored, what it did, and who made it; done when that is on the disk."""


class Preview(msgspec.Struct, frozen=True):
    """What changes would do."""

    outcomes: list[Outcome]
    before: Directory
    after: Directory


class Registry:
    """Holds the current directory and lets nothing into it that is not checked and durable."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        *,
        checks: Sequence[Check] = (),
        is_secret: Callable[[str, str], bool] = lambda vendor, parameter: False,
        recorded: Recorder | None = None,
        rehearsal: Rehearsal = lambda before, after, account: iter(()),
    ) -> None:
        """`checks` are asked beside the registry's own; `is_secret(vendor, parameter)` tells raw parameters to seal.

        `recorded` is told of every change once it is durable. What `rehearsal` finds may be forced.
        """
        self._store = store
        self._vault = vault
        self._checks = checks
        self._is_secret = is_secret
        self._recorded = recorded
        self._rehearsal = rehearsal
        self._reader = reader(vault)
        self._documents = Documents(self._reader)
        self._lock = asyncio.Lock()
        self.directory = Directory.empty(self._documents)
        """What is published: durable, and what every answer is made from."""
        self.ring: Final = KeyRing()
        """The data keys, beside the documents whose secrets they seal."""
        self._head = self.directory
        """The published directory and the changes that are on their way to the disk."""
        self._failures = 0
        """How often the head went back to what is published: changes from before that are refused by the store."""

    async def open(self) -> None:
        """Load everything from the store and publish it."""
        revision, stored = await self._store.load()
        entries: list[tuple[Key, Entry]] = []
        for document in stored:
            if document.kind == DATA_KEYS:
                self._vault.load_data_key(self.ring.load(document))
            else:
                key = (document.account, document.kind, document.id)
                entries.append((key, Entry(key, document.rev, document.body)))
        self._head = self.directory = self.directory.changed(revision, entries)

    def mendable(self, key: Key) -> tuple[Document, list[SealBroken]] | None:
        """A document without the secrets that do not open, and which these are; None: there is no such document."""
        entry, broken = self.directory.entry(*key), list[SealBroken]()
        return (open_document(self._vault, key[1], entry.body, broken), broken) if entry is not None else None

    def legible(self, key: Key) -> Document | None:
        """A document, without the secrets that do not open: to be shown, and never to be given to a phone or a proxy."""
        try:
            return self.directory.get(*key)
        except SealBroken:
            found = self.mendable(key)
            return found[0] if found is not None else None

    def read(self, kind: str, body: bytes) -> Document:
        """A document from its bytes as they are stored, its secrets opened; raises `SealBroken`."""
        return self._reader(kind, body)

    async def preview(self, changes: Sequence[Put | Remove], *, force: bool = False) -> Preview:
        """What changes would do; nothing is made. Raises as `change` does."""
        async with self._lock:
            base = self._head
            staged = await self._staged(base, changes, force)
        return Preview(staged.outcomes, base, staged.directory)

    async def change(
        self, changes: Sequence[Put | Remove], *, force: bool = False, who: str = "offhook"
    ) -> list[Outcome]:
        """Make all of the changes or none; durable and published when it returns.

        `who` makes them, in words; `force`: although an example of a callflow comes out otherwise then.

        Raises `Refused` (with every problem), `RevisionConflict`, `NotFound` or `Unavailable` (the store cannot write).
        What would not change anything is left out of the outcomes and of the store.
        """
        async with self._lock:
            base = self._head
            staged = await self._staged(base, changes, force)
            if not staged.outcomes:
                return staged.outcomes
            commit, failures = self._submitted(staged, base)
        await self._durable(commit, staged, failures, who)
        return staged.outcomes

    async def rewrite(self, rewritten: Callable[[Directory], Sequence[Change]]) -> int:
        """Keep documents, or data keys, in other words that say the same; how many, durable when this returns.

        `rewritten` is given the newest directory and answers what is to be stored, each document at its own revision: for
        nobody has anything changed. Raises `Unavailable`.
        """
        async with self._lock:
            base = self._head
            stored = list(rewritten(base))
            if not stored:
                return 0
            entries = [
                (key, Entry(key, one.rev, one.body))
                for one in stored
                if one.kind != DATA_KEYS and one.body is not None
                for key in [(one.account, one.kind, one.id)]
            ]
            staged = Staged(base.changed(base.revision + 1, entries), stored, [], [])
            commit, failures = self._submitted(staged, base)
        await self._durable(commit, staged, failures, "")
        return len(stored)

    def _submitted(self, staged: Staged, base: Directory) -> tuple[asyncio.Future[int], int]:
        """On its way to the disk, and how many had failed before."""
        self._head = staged.directory
        self.ring.submit(staged.stored)
        return asyncio.ensure_future(self._store.commit(staged.stored, base.revision)), self._failures

    async def _durable(self, commit: asyncio.Future[int], staged: Staged, failures: int, who: str) -> None:
        """Return when it is published and written down; raises `Unavailable`."""
        try:
            await asyncio.shield(commit)
        except asyncio.CancelledError:
            commit.add_done_callback(lambda done: self._settle(done, staged, failures, who))
            raise
        except StoreUnavailable as error:
            self._settle(commit, staged, failures, who)
            raise Unavailable(f"the change was not made: {error}") from error
        except BaseException:
            self._settle(commit, staged, failures, who)
            raise
        written = self._settle(commit, staged, failures, who)
        if written is not None:
            await asyncio.shield(written)

    def _settle(
        self, commit: asyncio.Future[int], staged: Staged, failures: int, who: str
    ) -> asyncio.Future[None] | None:
        """Publish what is durable and have it written down; after a failure go on from what is published.

        Only the first of several failures does so: changes that were built after it stay in the head.
        """
        if commit.cancelled() or commit.exception() is not None:
            if failures == self._failures:
                self._failures += 1
                self._head = self.directory
                self.ring.reset()
            return None
        self.ring.settle(staged.stored)
        if staged.directory.revision > self.directory.revision:
            self.directory = staged.directory
        if self._recorded is None or not staged.outcomes:
            return None
        return self._recorded([one for one in staged.stored if one.kind != DATA_KEYS], staged.outcomes, who)

    async def _staged(self, base: Directory, changes: Sequence[Put | Remove], force: bool) -> Staged:
        stager = Stager(base, self._vault, self._checks, self._is_secret, self.ring, self._rehearsal)
        if len(changes) >= IN_A_THREAD:
            return await asyncio.to_thread(stager.stage, changes, force=force)
        return stager.stage(changes, force=force)
