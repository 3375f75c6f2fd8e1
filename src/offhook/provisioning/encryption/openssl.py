"""What `openssl enc` writes: AES-CBC under a password, as Cisco's, Grandstream's, Panasonic's and VTech's guides tell to.

Key and IV are made of the password and eight bytes of salt by OpenSSL's EVP_BytesToKey with one round; the salt stands at
the head of the file. Which hash that is was never written into the file: OpenSSL took MD5 up to 1.0 and takes SHA-256
since 1.1.0, and a phone knows only the one of its day.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Final, Literal

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import MD5, SHA256, Hash
from cryptography.hazmat.primitives.padding import PKCS7

from .fault import NotDecrypted

MAGIC: Final = b"Salted__"
SALT_BYTES: Final = 8
_BLOCK_BYTES: Final = 16
_BLOCK_BITS: Final = 128
_HASHES: Final[dict[str, Callable[[], MD5 | SHA256]]] = {"md5": MD5, "sha256": SHA256}


class OpenSsl(msgspec.Struct, frozen=True, kw_only=True):
    """One set of arguments of `openssl enc`."""

    digest: Literal["md5", "sha256"]
    """`-md`."""
    key_bits: Literal[128, 256]
    """`-aes-128-cbc` or `-aes-256-cbc`."""
    salted: bool = True
    """False is `-nosalt`: the same password makes the same key and IV for every file."""
    base64: bool = False
    """`-a`: in lines of 64 letters."""

    @property
    def randomness(self) -> int:
        """Bytes of salt that `encrypt` needs."""
        return SALT_BYTES if self.salted else 0

    def encrypt(self, content: bytes, password: str, salt: bytes) -> bytes:
        """The file that `openssl enc -e` would write with this salt, of `randomness` bytes."""
        padder = PKCS7(_BLOCK_BITS).padder()
        encryptor = self._cipher(password, salt).encryptor()
        encrypted = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
        body = MAGIC + salt + encrypted if self.salted else encrypted
        return _base64_lines(body) if self.base64 else body

    def decrypt(self, body: bytes, password: str) -> bytes:
        """The content, as `openssl enc -d` would write it; raises `NotDecrypted`."""
        body = _from_base64(body) if self.base64 else body
        salt = b""
        if self.salted:
            if not body.startswith(MAGIC):
                raise NotDecrypted(f"it does not begin with {MAGIC.decode()}")
            salt, body = body[len(MAGIC) : len(MAGIC) + SALT_BYTES], body[len(MAGIC) + SALT_BYTES :]
        if not body or len(body) % _BLOCK_BYTES:
            raise NotDecrypted(f"its {len(body)} bytes are no whole blocks of {_BLOCK_BYTES}")
        decryptor = self._cipher(password, salt).decryptor()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        try:
            padded = decryptor.update(body) + decryptor.finalize()
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            raise NotDecrypted("its padding is wrong: it was encrypted with another key or hash") from None

    def _cipher(self, password: str, salt: bytes) -> Cipher[modes.CBC]:
        key_bytes = self.key_bits // 8
        made = previous = b""
        while len(made) < key_bytes + _BLOCK_BYTES:
            step = Hash(_HASHES[self.digest]())
            step.update(previous + password.encode() + salt)
            previous = step.finalize()
            made += previous
        return Cipher(algorithms.AES(made[:key_bytes]), modes.CBC(made[key_bytes : key_bytes + _BLOCK_BYTES]))


def _base64_lines(body: bytes) -> bytes:
    text = base64.b64encode(body)
    return b"".join(text[at : at + 64] + b"\n" for at in range(0, len(text), 64))


def _from_base64(body: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise NotDecrypted(f"it is not base64: {error}") from None
