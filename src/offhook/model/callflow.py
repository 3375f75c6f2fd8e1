"""A callflow: numbers, patterns and a graph of nodes; what happens on a call, and only that."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .any_node import AnyNode
from .document import Document, Name, Number, Struct
from .node import NodeName
from .schedule import Moment


class Example(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A call that must come out as it says: rehearsed before each change is saved, and by every check."""

    from_: Annotated[str, Meta(min_length=1, max_length=64)]
    """An extension, a user's or device's id, or a number outside with `+`."""
    to: Number
    """What is dialled."""
    at: Moment | None = None
    """When; absent: now."""
    outcomes: tuple[str, ...] = ()
    """What comes of each ring and call outside, in order: busy, no_answer, rejected, …; then it is answered."""
    digits: tuple[str, ...] = ()
    """What the caller chooses in each menu, in order; then nothing."""
    expect: Annotated[tuple[str, ...], Meta(min_length=1)]
    """What happens, in order and in few words: `ring marie`, `voicemail general`, `end 486`; see `explain call`."""


class Callflow(Document, frozen=True, kw_only=True):
    """What happens when somebody calls one of its numbers."""

    name: Name | None = None
    enabled: bool = True
    numbers: tuple[Number, ...] = ()
    """Internal ones as they are dialled, public ones in E.164 with `+`."""
    patterns: tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...] = ()
    """Anchored regular expressions over the dialled number."""
    start: NodeName
    nodes: Annotated[dict[NodeName, AnyNode], Meta(min_length=1)]
    examples: tuple[Example, ...] = ()
    """Calls that must come out as they say; a change that breaks one is refused, unless forced."""
