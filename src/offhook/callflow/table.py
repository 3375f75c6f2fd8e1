"""The table of node types: every type of the model, and how it behaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from offhook.model.node import Node

from .call_nodes import CALL_NODES
from .decide_nodes import DECIDE_NODES
from .media_nodes import MEDIA_NODES
from .ring_nodes import RING_NODES
from .walk import NodeType

NODE_TYPES: Final[Mapping[type[Node], NodeType]] = {**RING_NODES, **MEDIA_NODES, **DECIDE_NODES, **CALL_NODES}
