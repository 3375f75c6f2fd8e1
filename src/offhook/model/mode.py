"""A mode: a switch such as day/night that callflows look at and phones can show and change."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .document import Document, Name
from .schedule import Moment

StateName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Mode(Document, frozen=True, kw_only=True):
    """A switch."""

    name: Name | None = None
    states: Annotated[tuple[StateName, ...], Meta(min_length=1)]
    """The first one is the resting state."""
    state: StateName | None = None
    """Absent: the resting state."""
    until: Moment | None = None
    """When it falls back to the resting state; absent: never."""
