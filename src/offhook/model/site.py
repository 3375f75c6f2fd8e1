"""A site: a place of an account, with its networks and its own layer of settings."""

from __future__ import annotations

import msgspec

from .account import Pins, Security
from .document import Document, Name, Network, Overrides
from .settings import Settings


class Site(Document, frozen=True, kw_only=True):
    """A place of an account."""

    name: Name | None = None
    networks: tuple[Network, ...] = ()
    """IP networks of this place."""
    timezone: str | None = None
    security: Security = msgspec.field(default_factory=Security)
    firmware: Pins = msgspec.field(default_factory=dict)
    settings: Settings = msgspec.field(default_factory=Settings)
    overrides: Overrides = msgspec.field(default_factory=dict)
