"""What every document has: an account, an id, a revision; and the small types that several kinds share."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

SLUG_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"

Slug = Annotated[str, Meta(pattern=SLUG_PATTERN, description="lower-case letters, digits, '.', '_', '-'; at most 64")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[int, Meta(ge=0, le=86_400)]
Number = Annotated[
    str, Meta(pattern=r"^\+?[0-9*#]{1,31}$|^[A-Za-z0-9._*#-]{1,31}$", description="digits, +E.164 or a short name")
]
"""A number that callers can dial; one that starts with `+` is public (E.164), any other is internal."""
Network = Annotated[str, Meta(max_length=50, description="an IP network such as 10.0.0.0/8 or 2001:db8::/32")]


class Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every part of a document: frozen, and strict about names."""


class Document(Struct, frozen=True, kw_only=True):
    """Base of every document."""

    id: Slug
    """Unique per account and kind; never changes."""
    account: Slug = "default"
    """The account that the document belongs to; an account document belongs to itself."""
    rev: int = 0
    """Counts the document's saved changes, from 1; the optimistic lock. 0 = not saved yet."""


class RawValue:
    """One raw vendor parameter's value of an `overrides` layer: a text, and whether it must be kept secret."""

    __slots__ = ("secret", "text")

    def __init__(self, text: str, secret: bool = False) -> None:
        self.text = text
        """As it will stand in the phone's file, before the vendor's escaping."""
        self.secret = secret
        """True for parameters that the vendor's profile declares secret, or written as `{secret: text}`."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RawValue) and (self.text, self.secret) == (other.text, other.secret)

    def __hash__(self) -> int:
        return hash((self.text, self.secret))

    def __reduce__(self) -> tuple[object, ...]:
        if self.secret:
            raise TypeError("a secret value is never pickled: seal it with the vault")
        return RawValue, (self.text,)

    def __repr__(self) -> str:
        return "***" if self.secret else repr(self.text)

    __str__ = __repr__


Overrides = dict[str, dict[str, RawValue]]
"""`{vendor: {parameter: value}}`: raw vendor parameters, written into the vendor's files as they are."""


class Forward(Struct, frozen=True, kw_only=True):
    """Where calls for a user or device go instead, or also."""

    enabled: bool = False
    number: Number | None = None
    """Whom to call; dialled as the forwarding party."""
    substitute: bool = True
    """True: instead of the phones. False: beside them."""
    confirm: bool = False
    """Ask whoever answers to press a key, so that no other mailbox takes the call."""
    direct_only: bool = False
    """Only calls for this user alone are forwarded, not those of groups."""


DiffServ = Annotated[int, Meta(ge=0, le=63)]
Transport = Literal["udp", "tcp", "tls"]
