"""Authorization: what a request's header of that name says, and what a password makes of it (RFC 7616, 2617 and 7617)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Final, Literal
from urllib.parse import unquote

import msgspec

from offhook.model.secret import Secret

Algorithm = Literal["MD5", "SHA-256"]

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME: Final = re.compile(rf"({_WORD}) +(.*)", re.DOTALL)
_PARAMETER: Final = re.compile(rf'[ \t,]*({_WORD})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))[ \t]*(?:,|$)')
"""RFC 9110 §11.2 with the empty list elements of §5.6.1."""
_NEEDED: Final = ("username", "realm", "nonce", "uri", "response", "qop", "nc", "cnonce")
_COUNT: Final = re.compile(r"[0-9a-fA-F]{8}")
_HASHES: Final = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Basic(msgspec.Struct, frozen=True):
    """RFC 7617: the password itself."""

    user_name: str
    password: Secret


class Digest(msgspec.Struct, frozen=True):
    """RFC 7616 §3.4, with `qop=auth`: proof of a password that is not sent."""

    user_name: str
    realm: str
    nonce: str
    uri: str
    """The request's target as the client says it; it is part of what is proven."""
    response: str
    algorithm: Algorithm
    cnonce: str
    count: str
    """Eight hexadecimal digits: how often the client has used this nonce."""


def read_authorization(header: str) -> Basic | Digest | None:
    """What a header says; None for another scheme, and for one that is not written as the RFCs want it."""
    matched = _SCHEME.fullmatch(header.strip())
    if matched is None:
        return None
    if matched[1].lower() == "basic":
        return _basic(matched[2].strip())
    return _digest(matched[2]) if matched[1].lower() == "digest" else None


def response_to(digest: Digest, password: Secret, method: str) -> str:
    """The response that a password makes, in lower-case hexadecimal digits (RFC 7616 §3.4.1)."""

    def hashed(*parts: str) -> str:
        return _HASHES[digest.algorithm](":".join(parts).encode("utf-8", "surrogateescape")).hexdigest()

    mine = hashed(digest.user_name, digest.realm, password.reveal())
    asked = hashed(method, digest.uri)
    return hashed(mine, digest.nonce, digest.count, digest.cnonce, "auth", asked)


def is_for(digest: Digest, target: str) -> bool:
    """Whether a digest is for the request-target that it came with; clients and proxies may quote signs differently."""
    return digest.uri == target or unquote(digest.uri) == unquote(target)


def _basic(encoded: str) -> Basic | None:
    try:
        user_name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        return None
    return Basic(user_name, Secret(password)) if colon else None


def _digest(text: str) -> Digest | None:
    said = _parameters(text)
    if said is None or any(name not in said for name in _NEEDED):
        return None
    algorithm = _algorithm(said.get("algorithm", "MD5"))
    if algorithm is None or said["qop"].lower() != "auth" or not _COUNT.fullmatch(said["nc"]):
        return None
    return Digest(
        user_name=said["username"],
        realm=said["realm"],
        nonce=said["nonce"],
        uri=said["uri"],
        response=said["response"].lower(),
        algorithm=algorithm,
        cnonce=said["cnonce"],
        count=said["nc"],
    )


def _algorithm(said: str) -> Algorithm | None:
    return next((name for name in ("MD5", "SHA-256") if said.upper() == name), None)


def _parameters(text: str) -> dict[str, str] | None:
    """Names in lower case → values without quotes; None where one is there twice, or something else stands there."""
    said: dict[str, str] = {}
    at = 0
    while at < len(text):
        matched = _PARAMETER.match(text, at)
        if matched is None or matched[1].lower() in said:
            return None
        quoted = matched[2]
        said[matched[1].lower()] = matched[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        at = matched.end()
    return said
