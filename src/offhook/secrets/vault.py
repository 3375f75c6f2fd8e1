"""The vault: seals each secret for one field of one document, so that a copy of the data shows nobody's password.

Envelope encryption with AES-256-GCM (NIST SP 800-38D) throughout. Each account has a data key, which a master key of the
key file wraps; the data key seals the account's secrets. What a text was sealed for (account, kind, id and field) is
authenticated with it, so a sealed text that was moved to another document, or altered, does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
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
    cipher: AESGCM


class Vault:
    """Holds the data keys that were loaded; one a server."""

    def __init__(self, key_file: KeyFile, random: Randomness = os.urandom) -> None:
        self._key_file = key_file
        self._random = random
        self._data_keys: dict[tuple[str, str], _DataKey] = {}
        self._newest: dict[str, _DataKey] = {}

    def new_data_key(self, account: str) -> WrappedKey:
        """Make a data key, wrapped by the newest master key; store it, then `load_data_key` it."""
        master = self._key_file.keys[0]
        identity = self._random(6).hex()
        nonce, key = self._random(_NONCE), self._random(KEY_LENGTH)
        wrapped = nonce + AESGCM(master.key).encrypt(nonce, key, _bound(account, identity))
        return WrappedKey(account, identity, master.id, base64.b64encode(wrapped).decode())

    def load_data_key(self, key: WrappedKey) -> None:
        """Unwrap a data key; from now on it opens what it sealed, and as the account's last loaded it seals.

        Raises `VaultLocked` when the key file does not hold its master key, or holds another one of that name.
        """
        place = f"the data key {key.id} of account {key.account!r}"
        restore = "restore the key file that belongs to this data, or set [secrets] key_file to where it is"
        master = self._key_file.key(key.master_key_id)
        if master is None:
            raise VaultLocked(
                f"{place} is wrapped by master key {key.master_key_id}, which {self._key_file.path} does not hold: {restore}"
            )
        try:
            wrapped = base64.b64decode(key.wrapped, validate=True)
            plain = AESGCM(master.key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _bound(key.account, key.id))
            data_key = _DataKey(key.id, AESGCM(plain))
        except (InvalidTag, ValueError, binascii.Error):
            raise VaultLocked(
                f"{place} does not open with master key {master.id} of {self._key_file.path}, "
                f"or was altered: {restore}, or restore the data from a backup"
            ) from None
        self._data_keys[key.account, key.id] = data_key
        self._newest[key.account] = data_key

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


def _bound(*names: str) -> bytes:
    """What a text is bound to. Only the last name may hold a `|` (the others are slugs), so no two places look alike."""
    return "|".join(names).encode()
