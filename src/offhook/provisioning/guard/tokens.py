"""Tokens: what stands in the URL that is a device's alone, `/t/<token>/<file>`.

A token is made of a random seed and a key that never leaves the server, so that the same device is given the same URL, and
with it the same bytes, at each boot, although no token is stored: only its seed and its SHA-256, by which it is found.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

import msgspec

SEED_BYTES: Final = 16
LENGTH: Final = 26
"""Characters of a token: 130 bits in base 32."""
_IN_PATH: Final = re.compile(r"^/?t/(?P<token>[^/]*)(?P<rest>/.*)$", re.DOTALL | re.IGNORECASE)


class Issued(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A token as it is kept."""

    seed: bytes
    """Worth nothing without the key."""
    digest: bytes
    """The first half of the token's SHA-256: as hard to meet by guessing as the token itself."""
    until: float | None = None
    """Seconds since the epoch after which it is dead; None: it lives until another takes its place."""


def issue(key: bytes, seed: bytes, subject: str) -> Issued:
    """A new token; `seed` is `SEED_BYTES` of randomness, `subject` says whose it is and what for."""
    return Issued(seed, digest_of(_token(key, seed, subject)))


def token_of(key: bytes, issued: Issued, subject: str) -> str:
    """The token itself, as it stands in a URL."""
    return _token(key, issued.seed, subject)


def digest_of(token: str) -> bytes:
    """By which a token is found: whoever compares by it leaks nothing of the token by the time that it takes."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()[:16]


def token_in(path: str) -> tuple[str | None, str]:
    """(the token that a path holds, the path without it); (None, path) for one that holds none."""
    matched = _IN_PATH.match(path)
    return (matched["token"].lower(), matched["rest"]) if matched else (None, path)


def _token(key: bytes, seed: bytes, subject: str) -> str:
    made = hmac.digest(key, b"offhook boot token\0" + seed + subject.encode(), "sha256")
    return base64.b32encode(made).decode("ascii").lower()[:LENGTH]
