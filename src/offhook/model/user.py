"""A user: a person, who owns any number of devices and mailboxes and has no number of their own."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from .document import Document, Forward, Name, Number, Overrides, Struct
from .settings import Settings


class Identity(Struct, frozen=True, kw_only=True):
    """What the called party sees."""

    name: Annotated[str, Meta(max_length=100)] | None = None
    number: Number | None = None


class CallerId(Struct, frozen=True, kw_only=True):
    """Who a user is for colleagues, for the outside, and for an emergency call centre."""

    internal: Identity | None = None
    external: Identity | None = None
    emergency: Identity | None = None


class User(Document, frozen=True, kw_only=True):
    """A person."""

    name: Name
    email: Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    language: str | None = None
    timezone: str | None = None
    enabled: bool = True
    primary_extension: Number | None = None
    """The extension that comes first on this user's phones; absent: the lowest."""
    caller_id: CallerId = msgspec.field(default_factory=CallerId)
    dnd: bool = False
    """Do not disturb: none of the user's phones rings."""
    forward: Forward = msgspec.field(default_factory=Forward)
    settings: Settings = msgspec.field(default_factory=Settings)
    overrides: Overrides = msgspec.field(default_factory=dict)
