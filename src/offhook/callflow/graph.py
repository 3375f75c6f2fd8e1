"""A callflow as a graph: which nodes follow one another."""

from __future__ import annotations

from offhook.model.callflow import Callflow
from offhook.model.node import Node


def next_nodes(node: Node) -> tuple[str, ...]:
    """The nodes that a node's branches lead to, each once."""
    return tuple(dict.fromkeys(node.next.values()))


def reachable(flow: Callflow) -> set[str]:
    """The nodes that a call can come to from the start."""
    found: set[str] = set()
    waiting = [flow.start]
    while waiting:
        name = waiting.pop()
        if name not in found and name in flow.nodes:
            found.add(name)
            waiting += next_nodes(flow.nodes[name])
    return found
