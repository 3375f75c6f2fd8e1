"""A device: anything that one can give a person to make calls with, owned by a user or by nobody."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .account import Security
from .document import Document, Forward, Name, Number, Overrides, Slug, Struct
from .secret import Secret
from .settings import Settings

KeyType = Literal[
    "line", "blf", "speed_dial", "park", "pickup", "intercom", "transfer", "forward", "dnd", "voicemail",
    "conference", "record", "redial", "directory", "url", "dtmf", "mode", "none",
]  # fmt: skip

Login = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._~!$&*+=-]{1,64}$")]
"""A SIP user name that needs no escaping in any vendor's file or in a URI (RFC 3261 §25.1, unreserved and some)."""
Label = Annotated[str, Meta(max_length=100)]


class Sip(Struct, frozen=True, kw_only=True):
    """What a device logs in with."""

    username: Login
    """Unique in the account's realm. Line k > 1 logs in as `<username>-<k>`."""
    password: Secret | None = None
    """Made up when it is left out."""


class Line(Struct, frozen=True, kw_only=True):
    """One SIP account on a device, where it departs from the rule that an owner's extensions make the lines."""

    user: Slug | None = None
    """Whose line it is; absent: the device's owner."""
    extension: Number | None = None
    """The internal number that it shows; absent: its user's primary one."""
    label: Label | None = None
    display_name: Label | None = None


class Key(Struct, frozen=True, kw_only=True):
    """A programmable key."""

    position: Annotated[int, Meta(ge=1, le=999)]
    """1 = the first key of its page or module."""
    page: Annotated[int, Meta(ge=1, le=20)] = 1
    module: Annotated[int, Meta(ge=0, le=6)] = 0
    """0 = the phone itself, 1 = the first expansion module."""
    type: KeyType
    value: Annotated[str, Meta(max_length=200)] | None = None
    """A number, a URL, or for blf, speed_dial, intercom and pickup also a user's or group's id, for mode a mode's."""
    label: Label | None = None
    """Absent: the name of what the value names."""
    line: Annotated[int, Meta(ge=1, le=250)] | None = None
    """Which of the device's lines the key uses; absent: the first."""


class Device(Document, frozen=True, kw_only=True):
    """Anything that makes calls."""

    name: Name | None = None
    mac: str | None = None
    """12 lower-case hexadecimal digits; unique over all accounts. Absent: a softphone, or not known yet."""
    model: str | None = None
    """`vendor/Model`, or `vendor` when the model is not known."""
    owner: Slug | None = None
    """The user whose it is; absent: nobody's (doorbell, lobby phone)."""
    site: Slug | None = None
    enabled: bool = True
    sip: Sip | None = None
    """Made up from the id when it is left out."""
    lines: tuple[Line, ...] = ()
    """Only to depart from the rule: line k of the device is lines[k-1]."""
    keys: tuple[Key, ...] = ()
    firmware: Annotated[str, Meta(max_length=60)] | None = None
    """The firmware version that it is to run, or `newest`; absent: as its site or account says, else what it has."""
    dnd: bool = False
    forward: Forward = msgspec.field(default_factory=Forward)
    security: Security = msgspec.field(default_factory=Security)
    settings: Settings = msgspec.field(default_factory=Settings)
    overrides: Overrides = msgspec.field(default_factory=dict)
