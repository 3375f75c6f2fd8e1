"""Whom a callflow rings first, before the caller had any choice: that makes its internal numbers somebody's extensions.

From the start node the walk passes every node that decides by itself (hours, modes, who calls) over all its branches,
goes on through other callflows (and, where one returns without having rung anybody, behind it), and stops at the first
ring of each path and wherever the caller is asked. A user, device or group is *first* when at that ring it is rung
alone: it is the only one at the start, though a number outside may ring beside it and others may join later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from .callflow import Callflow
from .decision import CallerIs, Hours, ModeNode, NumberIs, VariableIs
from .node import Announce, Ask, Flow, Node, Notify, Ring, Set, SetCaller, Target, Wait

DECIDES_ITSELF: Final[tuple[type[Node], ...]] = (
    Hours, ModeNode, CallerIs, NumberIs, VariableIs, SetCaller, Set, Announce, Wait, Notify, Ask,
)  # fmt: skip
"""Nodes that the walk passes: the caller has no say in where they go."""

RUNS_OUT: Final[tuple[type[Node], ...]] = (CallerIs, NumberIs, VariableIs, SetCaller, Set, Announce, Wait, Notify, Ask)
"""Those that a callflow can run out at: where no branch says how it goes on. Hours and modes have one for each case."""

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
    todo: list[_Place] = [_Place(callflow, callflow.start, ())]
    seen: set[tuple[str, str, tuple[tuple[str, str], ...]]] = set()
    while todo:
        place = todo.pop()
        node = place.flow.nodes.get(place.node)
        here = (place.flow.id, place.node, tuple((caller.flow.id, caller.node) for caller in place.callers))
        if node is None or here in seen:
            continue
        seen.add(here)
        if isinstance(node, Ring):
            yield node
        elif isinstance(node, Flow):
            todo += _into(callflow_of(node.flow), node, place)
        elif isinstance(node, DECIDES_ITSELF):
            todo += _behind(node, place)


class _Place(msgspec.Struct, frozen=True):
    """Where the walk is, and the nodes to whose callflows it will come back."""

    flow: Callflow
    node: str
    callers: tuple[_Place, ...]


def _into(following: Callflow | None, node: Flow, place: _Place) -> list[_Place]:
    """The start of the callflow that a node goes on in."""
    if following is None:
        return []
    # A callflow that comes back to itself is followed once: more rounds ring nobody new.
    again = any((caller.flow.id, caller.node) == (place.flow.id, place.node) for caller in place.callers)
    returns = (*place.callers, place) if node.return_ and not again else place.callers
    return [_Place(following, following.start, returns)]


def _behind(node: Node, place: _Place) -> list[_Place]:
    """Where a node that decides by itself can lead, back to a calling callflow too."""
    places = [_Place(place.flow, after, place.callers) for after in node.next.values()]
    if "else" in node.next or "done" in node.next or not isinstance(node, RUNS_OUT) or not place.callers:
        return places
    callers = place.callers
    while callers:
        caller, callers = callers[-1], callers[:-1]
        back = caller.flow.nodes[caller.node].next
        if (after := back.get("done", back.get("else"))) is not None:
            return [*places, _Place(caller.flow, after, callers)]
    return places


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
