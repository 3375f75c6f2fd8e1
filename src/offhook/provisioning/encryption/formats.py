"""The forms of encryption by their names in profiles, each with what its keys must be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec

from offhook.model.secret import Secret

from . import aes128gcm, ecb
from .fault import KeyRefused
from .openssl import OpenSsl


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One form of encryption."""

    name: str
    """What profiles call it."""
    key: str
    """Regular expression over the whole text of a key."""
    key_words: str
    """What a key must be, for people: `16 or 32 letters or digits`."""
    randomness: int = 0
    """Bytes that `encryption` needs beside content and key."""
    encryption: Callable[[bytes, str, bytes], bytes]
    """Content, key and randomness → the file."""
    decryption: Callable[[bytes, str], bytes]
    """File and key → content; raises `NotDecrypted`."""
    content_encoding: Literal["", "aes128gcm"] = ""
    """What HTTP says of the file in `Content-Encoding` (RFC 9110 §8.4): the phone decrypts for that alone."""

    def encrypt(self, content: bytes, key: Secret, randomness: bytes | None = None) -> bytes:
        """The encrypted file; without `randomness` the same content and key make the same file.

        Raises `KeyRefused`.
        """
        text = self._checked(key)
        return self.encryption(content, text, self._salt(content, text) if randomness is None else randomness)

    def decrypt(self, body: bytes, key: Secret) -> bytes:
        """The content of an encrypted file; raises `KeyRefused` or `NotDecrypted`."""
        return self.decryption(body, self._checked(key))

    def _checked(self, key: Secret) -> str:
        text = key.reveal()
        if not re.fullmatch(self.key, text):
            raise KeyRefused(f"the key has {len(text)} characters and does not fit: write {self.key_words}")
        return text

    def _salt(self, content: bytes, key: str) -> bytes:
        """A salt for the content that only who has the key can foretell.

        Phones ask all day whether their file has changed, and replicas, restarts and a full cache would each draw another
        salt and so change the ETag of a file that is the same. A salt need not be random but never the same for two
        contents, or one key and IV would serve both: as the HMAC of the content it changes with every byte of it, and a
        repeated one only says that the content is the same, which its length and ETag say anyway.
        """
        mark = f"offhook config salt {self.name}\0".encode()
        return hmac.new(key.encode(), mark + content, hashlib.sha256).digest()[: self.randomness]


def _openssl(name: str, form: OpenSsl, key: str, key_words: str) -> Format:
    return Format(
        name=name,
        key=key,
        key_words=key_words,
        randomness=form.randomness,
        encryption=form.encrypt,
        decryption=form.decrypt,
    )


def _base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# Quotation marks, blanks, brackets and `$` mean something in the rules and URLs in which phones are given the key.
_SIGNS: Final = r"[0-9A-Za-z#%*+,.:=?@^_~-]"
_SIGNS_WORDS: Final = "letters, digits or `# % * + , . : = ? @ ^ _ ~ -`"
# Those that Yealink's guides allow in a key.
_YEALINK_KEY: Final = r"[0-9A-Za-z#$%*+,.:=?@\[\]^_{}~-]"


FORMATS: Final[Mapping[str, Format]] = {
    one.name: one
    for one in (
        _openssl(
            "openssl-aes-256-cbc-md5",
            OpenSsl(digest="md5", key_bits=256),
            _SIGNS + "{8,32}",
            f"8 to 32 {_SIGNS_WORDS}",
        ),
        _openssl(
            "openssl-aes-256-cbc-sha256",
            OpenSsl(digest="sha256", key_bits=256),
            _SIGNS + "{8,32}",
            f"8 to 32 {_SIGNS_WORDS}",
        ),
        _openssl(  # VTech's ErisTerminals.
            "openssl-aes-256-cbc-md5-nosalt",
            OpenSsl(digest="md5", key_bits=256, salted=False),
            _SIGNS + "{16}",
            f"16 {_SIGNS_WORDS}",
        ),
        _openssl(  # Panasonic's KX-UTG.
            "openssl-aes-128-cbc-md5-base64",
            OpenSsl(digest="md5", key_bits=128, base64=True),
            _SIGNS + "{32}",
            f"32 {_SIGNS_WORDS}",
        ),
        Format(
            name="aes-ecb",
            key=f"(?:{_YEALINK_KEY}{{16}}){{1,2}}",
            key_words="16 or 32 letters, digits or `# $ % * + , - . : = ? @ [ ] ^ _ { } ~`",
            encryption=lambda content, key, _: ecb.encrypt(ecb.padded(content), key.encode()),
            decryption=lambda body, key: ecb.decrypt(body, key.encode()),
        ),
        Format(
            name="aes128gcm",
            key="[0-9A-Za-z_-]{22}|[0-9A-Za-z_-]{43}",
            key_words="22 or 43 letters, digits, `-` or `_`: 16 or 32 bytes in base64url",
            randomness=aes128gcm.SALT_BYTES,
            encryption=lambda content, key, salt: aes128gcm.encrypt(content, _base64url(key), salt),
            decryption=lambda body, key: aes128gcm.decrypt(body, _base64url(key)),
            content_encoding="aes128gcm",
        ),
    )
}
"""Every form by its name in profiles."""
