"""AES in ECB mode without any head, as Yealink's phones decrypt it with a key that their operator chose.

ECB shows which blocks of 16 bytes are alike, and nothing keeps anybody from changing the file: it hides passwords from who
looks on, and no more. The key's characters are its bytes.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .fault import NotDecrypted

_BLOCK_BYTES: Final = 16
_END: Final = b"\n" * 10


def padded(text: bytes) -> bytes:
    """A config in whole blocks that any phone reads alike.

    One public tool pads as PKCS#7 does (n bytes of the value n), another with blanks, and nobody showed which of them
    phones take off again. Ten ends of line are both: ten bytes of the value 10, and nothing to a reader of lines.
    """
    return text + b" " * (-(len(text) + len(_END)) % _BLOCK_BYTES) + _END


def encrypt(text: bytes, key: bytes) -> bytes:
    """The encrypted text, with blanks behind it up to a whole block; `key` of 16 or 32 bytes chooses the AES."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - what the phones can do
    return encryptor.update(text + b" " * (-len(text) % _BLOCK_BYTES)) + encryptor.finalize()


def decrypt(body: bytes, key: bytes) -> bytes:
    """The text with what stands behind it; raises `NotDecrypted`, as far as a wrong key can be seen."""
    if not body or len(body) % _BLOCK_BYTES:
        raise NotDecrypted(f"its {len(body)} bytes are no whole blocks of {_BLOCK_BYTES}")
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305
    text = decryptor.update(body) + decryptor.finalize()
    try:
        text.decode()
    except UnicodeDecodeError:
        raise NotDecrypted("it is no text: it was encrypted with another key") from None
    return text
