"""A callflow: numbers, patterns and a graph of nodes; what happens on a call, and only that."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .document import Document, Name, Number
from .node import AnyNode, NodeName


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
