"""The key ring: every account's data keys as they last in the store, wrapped by a master key, among the documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from offhook.secrets.vault import WrappedKey
from offhook.store.base import Change, StoredDocument

DATA_KEYS: Final = "datakeys"
"""Their kind in the store; the document's id is the account's for its first key, and the key's own for later ones."""


class RingKey(msgspec.Struct, frozen=True):
    """A data key's document."""

    document: str
    """Its id."""
    rev: int
    key: WrappedKey


_Keys = dict[tuple[str, str], RingKey]
"""(account, id of the document) → the key."""


class KeyRing:
    """The data keys of the next revision, and of the one that is durable."""

    def __init__(self) -> None:
        self._head: _Keys = {}
        self._durable: _Keys = {}

    def load(self, stored: StoredDocument) -> WrappedKey:
        """Take a key as the store has it; it is to be loaded into the vault."""
        key = msgspec.json.decode(stored.body, type=WrappedKey)
        self._head[stored.account, stored.id] = self._durable[stored.account, stored.id] = RingKey(
            stored.id, stored.rev, key
        )
        return key

    def keys(self) -> list[RingKey]:
        """All, by account and age."""
        return sorted(self._head.values(), key=lambda one: (one.key.account, one.key.number))

    def adding(self, key: WrappedKey) -> Change:
        """What keeps a new key."""
        document = key.id if any(account == key.account for account, _ in self._head) else key.account
        return _change(RingKey(document, 0, key), key)

    def rewrapping(self, one: RingKey, key: WrappedKey) -> Change:
        """What keeps a key as another master key has wrapped it."""
        return _change(one, key)

    def removing(self, wanted: Iterable[RingKey]) -> list[Change]:
        """What forgets keys."""
        return [
            Change(one.key.account, DATA_KEYS, one.document, expected=one.rev, body=None, rev=one.rev + 1)
            for one in wanted
        ]

    def of(self, account: str) -> list[RingKey]:
        """An account's, the oldest first."""
        return [one for one in self.keys() if one.key.account == account]

    def submit(self, changes: Iterable[Change]) -> None:
        """Changes are on their way to the disk: what comes next builds on them."""
        _apply(self._head, changes)

    def settle(self, changes: Iterable[Change]) -> None:
        """Changes are durable."""
        _apply(self._durable, changes)

    def reset(self) -> None:
        """Changes were refused: go on from what is durable."""
        self._head = dict(self._durable)


def _change(one: RingKey, key: WrappedKey) -> Change:
    return Change(
        key.account, DATA_KEYS, one.document, expected=one.rev or None, body=msgspec.json.encode(key), rev=one.rev + 1
    )


def _apply(keys: _Keys, changes: Iterable[Change]) -> None:
    for change in changes:
        if change.kind != DATA_KEYS:
            continue
        if change.body is None:
            keys.pop((change.account, change.id), None)
        else:
            key = msgspec.json.decode(change.body, type=WrappedKey)
            keys[change.account, change.id] = RingKey(change.id, change.rev, key)
