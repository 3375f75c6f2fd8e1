"""A group: members that are rung by one name, each with its delay and timeout."""

from __future__ import annotations

from .document import Document, Name, Seconds, Slug, Struct


class Member(Struct, frozen=True, kw_only=True):
    """One member: exactly one of user, device and group is set."""

    user: Slug | None = None
    device: Slug | None = None
    group: Slug | None = None
    delay: Seconds = 0
    """Seconds after the ring began until this member rings."""
    timeout: Seconds | None = None
    """Seconds that this member rings; absent: as long as the ring lasts."""


class Group(Document, frozen=True, kw_only=True):
    """Members that are rung together or in order."""

    name: Name | None = None
    members: tuple[Member, ...] = ()
