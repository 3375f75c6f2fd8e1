"""Cursors: a position as opaque text that only we can have written, so that any replica takes the call up where it was.

A cursor is `base64url(version ‖ position in MessagePack ‖ HMAC-SHA-256, first 16 bytes)` (RFC 2104 allows half). It
is not encrypted: it holds what the proxy told us and names of our documents, and no secret.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

import msgspec

from .position import Position

VERSION: Final = b"\x01"
"""Changes with the fields of a position."""
LONGEST: Final = 16_384
"""Characters; no position of ours is longer."""
_SIGNATURE: Final = 16
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Position).decode


class CursorRefused(Exception):
    """A cursor that is not taken back; the message says why and what to do."""


class CursorForged(CursorRefused):
    """A cursor that we did not write, or that was altered on its way."""


class CursorOutdated(CursorRefused):
    """A cursor of another release of offhook."""


class CursorExpired(CursorRefused):
    """A cursor that comes back too late."""


class CallflowGone(CursorRefused):
    """The place that the cursor stands for does not exist any more."""


def seal(key: bytes, position: Position) -> str:
    """A position as a cursor; `key` is at least 16 bytes that all replicas share."""
    body = VERSION + _encode(position)
    return urlsafe_b64encode(body + hmac.digest(key, body, "sha256")[:_SIGNATURE]).decode().rstrip("=")


def unseal(key: bytes, cursor: str, now: float) -> Position:
    """The position of a cursor; raises a `CursorRefused` for one that is forged, of another release or too late."""
    if len(cursor) > LONGEST:
        raise CursorForged("the cursor is longer than any of ours: give back the one of the step before, unaltered")
    try:
        sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, UnicodeEncodeError):
        raise CursorForged("the cursor is no base64url text: give it back as it was, unaltered") from None
    body, signature = sealed[:-_SIGNATURE], sealed[-_SIGNATURE:]
    if not hmac.compare_digest(hmac.digest(key, body, "sha256")[:_SIGNATURE], signature):
        raise CursorForged(
            "the cursor's signature does not fit: it was altered, or written by a server with another key;"
            " servers that stand in for each other need the same key"
        )
    if body[:1] != VERSION:
        raise CursorOutdated("the cursor is of another release of offhook: route the call anew")
    position = _decode(body[1:])
    if now > position.expires:
        late = round(now - position.expires)
        raise CursorExpired(f"the cursor ran out {late} s ago: route the call anew, or compare the servers' clocks")
    return position
