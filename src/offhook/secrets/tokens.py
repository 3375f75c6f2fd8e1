"""Tokens: what the command, the console and SIP proxies show instead of a password; only a hash of them is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from pathlib import Path
from typing import Final, Literal

import msgspec

from offhook.model.secret import Secret

from . import privatefile
from .keyfile import Randomness
from .privatefile import PrivateFileRefused

_TEXT: Final = re.compile(r"ofh_([0-9a-f]{10})_([A-Za-z0-9_-]{43})")

Scope = Literal["proxy", "read", "write", "secrets"]
"""What a token opens. proxy: the proxy door, nothing else; read, write: the admin door; secrets: passwords in clear."""


class Token(msgspec.Struct, frozen=True):
    """What is kept of a token; nobody can make the token from it."""

    id: str
    """Stands in the token's own text, so that its record is found without trying them all."""
    name: str
    """What its owner calls it."""
    sha256: str
    """SHA-256 of the token's secret part, hexadecimal. The part is 256 random bits, so no slow hash is needed."""
    scopes: tuple[Scope, ...] = ()
    account: str | None = None
    """The account that it is for; None: all accounts."""
    networks: tuple[str, ...] = ()
    """IP networks from which it is taken; none: from everywhere."""
    created: float = 0.0
    """Seconds since 1970."""
    expires: float | None = None
    """Seconds since 1970 from when on it opens nothing; None: never."""


class AdminTokenRefused(PrivateFileRefused):
    """`admin.token` is unsafe or holds no token; the server does not start with it."""


def new_token(
    name: str,
    random: Randomness = os.urandom,
    *,
    scopes: tuple[Scope, ...] = (),
    account: str | None = None,
    networks: tuple[str, ...] = (),
    created: float = 0.0,
    expires: float | None = None,
) -> tuple[Token, Secret]:
    """A new token: the record to keep, and the text `ofh_<id>_<secret>` to show once."""
    identity = random(5).hex()
    secret = base64.urlsafe_b64encode(random(32)).decode().rstrip("=")
    token = Token(identity, name, _hash(secret), scopes, account, networks, created, expires)
    return token, Secret(f"ofh_{identity}_{secret}")


def token_id(shown: Secret) -> str | None:
    """The id of the record that a shown token should match; None when the text is no token of ours."""
    parts = _TEXT.fullmatch(shown.reveal())
    return parts[1] if parts else None


def matches(token: Token, shown: Secret) -> bool:
    """True when the shown text is the token's own; takes as long when it is not (constant time)."""
    parts = _TEXT.fullmatch(shown.reveal())
    identity, secret = (parts[1], parts[2]) if parts else ("", "")
    same_secret = hmac.compare_digest(_hash(secret), token.sha256)
    return hmac.compare_digest(identity, token.id) and same_secret


def ensure_admin_token(path: Path, random: Randomness = os.urandom) -> Secret:
    """The first admin's token, `<data>/admin.token` (0600): made at the first start, read at every other.

    Raises `AdminTokenRefused` when others may read or replace the file, or when it holds no token.
    """
    try:
        content = privatefile.read(path)
        if content is None:
            _, shown = new_token("admin", random)
            privatefile.create(path, f"{shown.reveal()}\n".encode())
            return shown
    except PrivateFileRefused as error:
        raise AdminTokenRefused(error.path, error.what, error.mend) from error
    shown = Secret(content.decode(errors="replace").strip())
    if token_id(shown) is None:
        raise AdminTokenRefused(path, "holds no token", "Remove the file, and the next start makes a new token.")
    return shown


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
