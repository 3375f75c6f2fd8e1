"""The content coding `aes128gcm` (RFC 8188), which Cisco's multiplatform phones decrypt.

A file is a head (salt, record size, key id) and records; each record is its content, one byte that says whether it is the
last, and GCM's tag. Whoever sends it says `Content-Encoding: aes128gcm`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .fault import NotDecrypted

SALT_BYTES: Final = 16
RECORD_BYTES: Final = 4096
"""Of a record with its tag, where nobody asks for another size."""
_TAG_BYTES: Final = 16
_LEAST_RECORD_BYTES: Final = _TAG_BYTES + 2  # §2: a smaller one could hold no content
_KEY_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_HEAD: Final = struct.Struct("!16sIB")
_MORE: Final = b"\x01"
_LAST: Final = b"\x02"


def encrypt(
    content: bytes, keying_material: bytes, salt: bytes, *, key_id: bytes = b"", record_bytes: int = RECORD_BYTES
) -> bytes:
    """The encrypted file; `salt` is 16 bytes, never the same for two contents under one key (§4.3)."""
    if record_bytes < _LEAST_RECORD_BYTES:
        raise ValueError(f"a record has at least {_LEAST_RECORD_BYTES} bytes (RFC 8188 §2), not {record_bytes}")
    room = record_bytes - _TAG_BYTES - len(_LAST)
    parts = [content[at : at + room] for at in range(0, len(content), room)] or [b""]
    aes, nonces = _keys(keying_material, salt)
    records = [
        aes.encrypt(nonce, part + (_LAST if number == len(parts) else _MORE), None)
        for number, (part, nonce) in enumerate(zip(parts, nonces, strict=False), start=1)
    ]
    return b"".join((_HEAD.pack(salt, record_bytes, len(key_id)), key_id, *records))


def decrypt(body: bytes, keying_material: bytes) -> bytes:
    """The content; raises `NotDecrypted`, also when the last record is missing."""
    if len(body) < _HEAD.size:
        raise NotDecrypted(f"its {len(body)} bytes are fewer than the head of aes128gcm")
    salt, record_bytes, key_id_bytes = _HEAD.unpack_from(body)
    if record_bytes < _LEAST_RECORD_BYTES:
        raise NotDecrypted(f"its records have {record_bytes} bytes, and RFC 8188 §2 wants {_LEAST_RECORD_BYTES}")
    aes, nonces = _keys(keying_material, salt)
    begin = _HEAD.size + key_id_bytes
    content = ending = b""
    for at, nonce in zip(range(begin, len(body), record_bytes), nonces, strict=False):
        try:
            padded = aes.decrypt(nonce, body[at : at + record_bytes], None).rstrip(b"\0")
        except (InvalidTag, ValueError):
            raise NotDecrypted("a record is damaged, or was encrypted with another key") from None
        content, ending = content + padded[:-1], padded[-1:]
        if ending == _LAST and at + record_bytes < len(body):
            raise NotDecrypted("there is more behind its last record")
        if ending not in (_LAST, _MORE):
            raise NotDecrypted("a record does not end as RFC 8188 §2 says")
    if ending != _LAST:
        raise NotDecrypted("its last record is missing")
    return content


def _keys(keying_material: bytes, salt: bytes) -> tuple[AESGCM, Iterator[bytes]]:
    """The cipher, and the records' nonces in their order (§2.2, §2.3)."""

    def derived(information: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, salt, information).derive(keying_material)

    key = derived(b"Content-Encoding: aes128gcm\0", _KEY_BYTES)
    first = int.from_bytes(derived(b"Content-Encoding: nonce\0", _NONCE_BYTES), "big")
    nonces = ((first ^ number).to_bytes(_NONCE_BYTES, "big") for number in range(1 << 32))
    return AESGCM(key), nonces
