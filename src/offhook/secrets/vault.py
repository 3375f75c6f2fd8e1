"""The vault: seals each secret for one field of one document, so that a copy of the data shows nobody's password.

Envelope encryption with AES-256-GCM (NIST SP 800-38D) throughout. Each account has a data key, which a master key of the
key file wraps; the data key seals the account's secrets. What a text was sealed for (account, kind, id and field) is
authenticated with it, so a sealed text that was moved to another document, or altered, does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from offhook.model.secret import Secret

from .keyfile import KEY_LENGTH, KeyFile, Randomness

_VERSION: Final = "v1"
_NONCE: Final = 12
"""Bytes; random for each use, which SP 800-38D §8.3 allows 2^32 times with one key."""


class WrappedKey(msgspec.Struct, frozen=True):
    """An account's data key, wrapped by a master key: useless without the key file, so it lasts beside the data."""

    account: str
    id: str
    """Names the data key in each text that it sealed."""
    master_key_id: str
    """Which key of the key file unwraps it."""
    wrapped: str
    """Base64 of nonce, encrypted key and tag (12 + 32 + 16 bytes); authenticated with `account|id`."""
    number: int = 1
    """Which of the account's data keys it is, counted from 1: the latest one seals."""


class VaultLocked(Exception):
    """A data key that this key file cannot unwrap, or one that was never loaded; the secrets stay closed."""


class SealBroken(Exception):
    """A sealed secret that does not open: altered, moved from another document or field, or sealed with a lost key."""

    def __init__(self, account: str, kind: str, id: str, field: str, why: str) -> None:
        self.account = account
        self.kind = kind
        self.id = id
        self.field = field
        super().__init__(
            f"the secret in {kind}/{id}, field {field}, of account {account!r} does not open: {why}. "
            "Set it anew, or restore the document from a backup"
        )


class _DataKey(msgspec.Struct, frozen=True):
    id: str
    number: int
    cipher: AESGCM


class Vault:
    """Holds the data keys that were loaded; one a server."""

    def __init__(
        self,
        key_file: KeyFile,
        random: Randomness = os.urandom,
        broken: Callable[[SealBroken], None] = lambda error: None,
    ) -> None:
        """`broken` is told of each text that did not open, in whatever thread that was."""
        self._broken = broken
        self._key_file = key_file
        self._random = random
        self._data_keys: dict[tuple[str, str], _DataKey] = {}
        self._newest: dict[str, _DataKey] = {}

    @property
    def key_file(self) -> KeyFile:
        """The master keys."""
        return self._key_file

    def use(self, key_file: KeyFile) -> None:
        """Go on with other master keys: data keys that are loaded stay so."""
        self._key_file = key_file

    def new_data_key(self, account: str) -> WrappedKey:
        """Make a data key, wrapped by the newest master key; store it, then `load_data_key` it."""
        newest = self._newest.get(account)
        number = newest.number + 1 if newest is not None else 1
        return self._wrapped(account, self._random(6).hex(), number, self._random(KEY_LENGTH))

    def rewrapped(self, key: WrappedKey) -> WrappedKey:
        """The same data key, wrapped by the newest master key; raises `VaultLocked`."""
        return self._wrapped(key.account, key.id, key.number, self._unwrapped(key))

    def _wrapped(self, account: str, identity: str, number: int, key: bytes) -> WrappedKey:
        master, nonce = self._key_file.keys[0], self._random(_NONCE)
        wrapped = nonce + AESGCM(master.key).encrypt(nonce, key, _bound(account, identity))
        return WrappedKey(account, identity, master.id, base64.b64encode(wrapped).decode(), number=number)

    def load_data_key(self, key: WrappedKey) -> None:
        """Unwrap a data key; from now on it opens what it sealed, and the account's latest seals.

        Raises `VaultLocked` when the key file does not hold its master key, or holds another one of that name.
        """
        data_key = _DataKey(key.id, key.number, AESGCM(self._unwrapped(key)))
        self._data_keys[key.account, key.id] = data_key
        newest = self._newest.get(key.account)
        if newest is None or newest.number <= key.number:
            self._newest[key.account] = data_key

    def forget_data_key(self, account: str, identity: str) -> None:
        """Open nothing with a data key any more."""
        self._data_keys.pop((account, identity), None)

    def newest(self, account: str) -> str | None:
        """The id of the data key that seals for an account; None: it has none."""
        newest = self._newest.get(account)
        return newest.id if newest is not None else None

    def _unwrapped(self, key: WrappedKey) -> bytes:
        place = f"the data key {key.id} of account {key.account!r}"
        restore = "restore the key file that belongs to this data, or set [secrets] key_file to where it is"
        master = self._key_file.key(key.master_key_id)
        if master is None:
            raise VaultLocked(
                f"{place} is wrapped by master key {key.master_key_id}, which {self._key_file.path} does not hold: {restore}"
            )
        try:
            wrapped = base64.b64decode(key.wrapped, validate=True)
            return AESGCM(master.key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _bound(key.account, key.id))
        except (InvalidTag, ValueError, binascii.Error):
            raise VaultLocked(
                f"{place} does not open with master key {master.id} of {self._key_file.path}, "
                f"or was altered: {restore}, or restore the data from a backup"
            ) from None

    def seal(self, account: str, kind: str, id: str, field: str, secret: Secret) -> str:
        """`v1:<data key id>:<base64 of nonce, ciphertext and tag>`, which opens only for the same four names.

        Raises `VaultLocked` when no data key of the account was loaded.
        """
        data_key = self._newest.get(account)
        if data_key is None:
            raise VaultLocked(
                f"there is no data key for account {account!r}: load it, or make one when the account is added"
            )
        nonce = self._random(_NONCE)
        sealed = nonce + data_key.cipher.encrypt(nonce, secret.reveal().encode(), _bound(account, kind, id, field))
        return f"{_VERSION}:{data_key.id}:{base64.b64encode(sealed).decode()}"

    def open(self, account: str, kind: str, id: str, field: str, sealed: str) -> Secret:
        """The secret that `seal` took for the same four names; raises `SealBroken`, which never tells the text."""
        try:
            return self._opened(account, kind, id, field, sealed)
        except SealBroken as error:
            self._broken(error)
            raise

    def _opened(self, account: str, kind: str, id: str, field: str, sealed: str) -> Secret:
        version, _, rest = sealed.partition(":")
        key_id, _, encoded = rest.partition(":")
        if version != _VERSION or not encoded:
            raise SealBroken(account, kind, id, field, "it is no sealed text of this version")
        data_key = self._data_keys.get((account, key_id))
        if data_key is None:
            raise SealBroken(account, kind, id, field, f"the account has no data key {key_id[:20]!r}")
        try:
            raw = base64.b64decode(encoded, validate=True)
            plain = data_key.cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _bound(account, kind, id, field))
        except (InvalidTag, ValueError, binascii.Error):
            raise SealBroken(account, kind, id, field, "it was altered, or sealed for another place") from None
        return Secret(plain.decode())

    def renewed(self, account: str, kind: str, id: str, field: str, sealed: str) -> str | None:
        """A sealed text as the account's newest data key seals it; None when that has sealed it. Raises `SealBroken`."""
        if key_of(sealed) == self.newest(account):
            return None
        return self.seal(account, kind, id, field, self.open(account, kind, id, field, sealed))


def key_of(sealed: str) -> str:
    """The id of the data key that sealed a text; empty for what is no sealed text."""
    version, _, rest = sealed.partition(":")
    return rest.partition(":")[0] if version == _VERSION else ""


def _bound(*names: str) -> bytes:
    """What a text is bound to. Only the last name may hold a `|` (the others are slugs), so no two places look alike."""
    return "|".join(names).encode()
