"""The token book: every token that was given out, in one private file of hashes beside the admin's own token.

A file of its own and no document: who may ask must be known before the store is open and while it is gone, tokens belong
to this installation and in no office file, and nobody who may read documents should read who may read them.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from offhook.model.secret import Secret

from . import privatefile
from .keyfile import Randomness
from .privatefile import PrivateFileRefused
from .tokens import Scope, Token, matches, new_token, token_id

_decode: Final = msgspec.json.Decoder(tuple[Token, ...]).decode
_NOBODY: Final = Token("0000000000", "nobody", "0" * 64)
"""Compared with when no record has the shown id, so that an unknown id takes as long as a wrong secret."""


class TokenBookRefused(PrivateFileRefused):
    """The file is unsafe or holds no tokens; the server does not start with it."""


class TokenBook:
    """The tokens that are in force; every change is on the disk when it returns."""

    def __init__(self, path: Path) -> None:
        """Open the book, which may not be there yet; raises `TokenBookRefused`."""
        self._path = path
        try:
            content = privatefile.read(path)
            tokens = _decode(content) if content is not None else ()
        except PrivateFileRefused as error:
            raise TokenBookRefused(error.path, error.what, error.mend) from error
        except msgspec.DecodeError as error:
            mend = "Put back a copy of it, or remove it and give out new tokens."
            raise TokenBookRefused(path, f"is no token book ({error})", mend) from error
        self._tokens = {token.id: token for token in tokens}

    def all(self) -> Sequence[Token]:
        """Every token, the oldest first, those that ran out among them."""
        return sorted(self._tokens.values(), key=lambda token: (token.created, token.id))

    def find(self, shown: Secret, now: float) -> Token | None:
        """The token that a text is; None when it is none, was revoked or has run out."""
        token = self._tokens.get(token_id(shown) or "", _NOBODY)
        in_force = token.expires is None or now < token.expires
        return token if matches(token, shown) and in_force and token is not _NOBODY else None

    def add(
        self,
        name: str,
        scopes: tuple[Scope, ...],
        *,
        account: str | None = None,
        networks: tuple[str, ...] = (),
        created: float,
        expires: float | None = None,
        random: Randomness = os.urandom,
    ) -> tuple[Token, Secret]:
        """A new token, and its text, which is never to be seen again; raises `PrivateFileRefused`."""
        token, shown = new_token(
            name, random, scopes=scopes, account=account, networks=networks, created=created, expires=expires
        )
        self._keep({**self._tokens, token.id: token})
        return token, shown

    def revoke(self, identity: str) -> Token | None:
        """Take a token out of force, at once; None when there is none with this id. Raises `PrivateFileRefused`."""
        token = self._tokens.get(identity)
        if token is not None:
            self._keep({known: one for known, one in self._tokens.items() if known != identity})
        return token

    def _keep(self, tokens: dict[str, Token]) -> None:
        content = msgspec.json.format(msgspec.json.encode(list(tokens.values())), indent=1)
        privatefile.replace(self._path, content + b"\n")
        self._tokens = tokens


def is_within(networks: tuple[str, ...], peer: str | None) -> bool:
    """Whether an address is in one of a token's networks; without networks everywhere is."""
    if not networks:
        return True
    try:
        address = ipaddress.ip_address((peer or "").partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in ipaddress.ip_network(network) for network in networks)
