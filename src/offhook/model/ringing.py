"""Whom a callflow rings first, before the caller had any choice: that makes its internal numbers somebody's extensions.

From the start node the walk passes every node that decides by itself (hours, modes, who calls) over all its branches,
goes on through other callflows, and stops at the first ring of each path and wherever the caller is asked. A user,
device or group is *first* when at that ring it is rung alone: it is the only one at the start, though a number outside
may ring beside it and others may join later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from .callflow import Callflow
from .node import (
    Announce,
    Ask,
    CallerIs,
    Flow,
    Hours,
    ModeNode,
    Node,
    Notify,
    NumberIs,
    Ring,
    Set,
    SetCaller,
    Target,
    VariableIs,
    Wait,
)  # fmt: skip

DECIDES_ITSELF: Final[tuple[type[Node], ...]] = (
    Hours, ModeNode, CallerIs, NumberIs, VariableIs, SetCaller, Set, Announce, Wait, Notify, Ask,
)  # fmt: skip
"""Nodes that the walk passes: the caller has no say in where they go."""

Named = tuple[str, str]
"""(kind, id) of what a ring names."""


class Rung(msgspec.Struct, frozen=True):
    """One user, device or group that a callflow's rings name."""

    target: Named
    first: bool
    """True when it is rung first and alone."""


def first_rung(callflow_of: Callable[[str], Callflow | None], identity: str) -> list[Rung]:
    """Whom a callflow rings, and who of them first; `callflow_of` gives a callflow of the same account by id."""
    callflow = callflow_of(identity)
    if callflow is None:
        return []
    first = {alone for ring in _first_rings(callflow_of, callflow) if (alone := _alone(ring)) is not None}
    named = {
        target
        for node in callflow.nodes.values()
        if isinstance(node, Ring)
        for target in map(_named, node.targets)
        if target is not None
    }
    return [Rung(target, target in first) for target in sorted(named | first)]


def _first_rings(callflow_of: Callable[[str], Callflow | None], callflow: Callflow) -> Iterator[Ring]:
    todo: list[tuple[Callflow, str]] = [(callflow, callflow.start)]
    seen: set[tuple[str, str]] = set()
    while todo:
        flow, name = todo.pop()
        node = flow.nodes.get(name)
        if node is None or (flow.id, name) in seen:
            continue
        seen.add((flow.id, name))
        if isinstance(node, Ring):
            yield node
        elif isinstance(node, Flow):
            following = callflow_of(node.flow)
            if following is not None:
                todo.append((following, following.start))
        elif isinstance(node, DECIDES_ITSELF):
            todo += [(flow, after) for after in node.next.values()]


def _alone(ring: Ring) -> Named | None:
    """The one that is rung first and alone at a ring."""
    targets = [target for target in ring.targets if _named(target) is not None]
    if ring.order == "in_order":
        targets = targets[:1]
    elif ring.order == "together":
        earliest = min((target.delay for target in targets), default=0)
        targets = [target for target in targets if target.delay == earliest]
    named = {_named(target) for target in targets}
    return named.pop() if len(named) == 1 else None


def _named(target: Target) -> Named | None:
    for kind, identity in (("users", target.user), ("devices", target.device), ("groups", target.group)):
        if identity is not None:
            return kind, identity
    return None
