"""What is said of phones and people in any system that provisions phones: the way from its files to our documents."""

from __future__ import annotations

from typing import Any

import msgspec


class Servers(msgspec.Struct, frozen=True):
    """Where a phone sends its SIP."""

    realm: str
    """The domain in the phone's own address, in small letters."""
    proxy: dict[str, Any] = {}
    """As an account has it; empty: the realm itself, over UDP."""


class Line(msgspec.Struct, frozen=True):
    """One SIP account of a phone."""

    place: str
    """Where it stands in its document, for the report."""
    number: str | None = None
    """The extension that it shows, one that can be dialled; None: it shows none."""
    label: str | None = None
    """What stands beside its key, where that is not its number."""
    display_name: str | None = None
    """Whom the other side sees."""
    username: str | None = None
    password: str | None = None


class Phone(msgspec.Struct, frozen=True):
    """One phone of another system, in our words."""

    document: str
    """Its document there, for the report: `devices/5f2a…`."""
    mac: str | None = None
    """12 lower-case hexadecimal digits."""
    model: str | None = None
    """`vendor/Model` or `vendor`, as our profiles write it."""
    name: str | None = None
    enabled: bool = True
    configured: bool = True
    """Whether somebody gave it a configuration there; others say nothing of what all phones have."""
    lines: tuple[Line, ...] = ()
    """In the order of their numbers there."""
    keys: tuple[dict[str, Any], ...] = ()
    """As a device has them."""
    settings: dict[str, Any] = {}
    """As a device has them, all that it has there, wherever it was set."""
    servers: Servers | None = None


class Person(msgspec.Struct, frozen=True):
    """Whoever a number rings."""

    document: str
    """Where it is said, for the report."""
    number: str
    name: str | None = None
    more_numbers: tuple[str, ...] = ()
    """Other numbers that ring them too."""
    fields: dict[str, Any] = {}
    """What else a user document says of them."""
    timeout: int | None = None
    """Seconds that their callflow rings; None: as a new one does."""
    mailbox: dict[str, Any] | None = None
    """What a mailbox document says (number, name, pin, email); None: they have none."""
