"""A look over all callflows before any is made: what one of them does with another, or with a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from .documents import Kazoo

SWITCHES: Final = ("enable", "disable", "reset", "menu")
"""Actions of a `temporal_route` that switch its rules."""
OUTSIDE: Final = ("resources", "offnet")
"""Modules that call outside."""


class Scan(msgspec.Struct, frozen=True):
    """What callflows have to do with one another."""

    returning: frozenset[str]
    """Callflows that another one goes on from, when they have run out."""
    switched: frozenset[str]
    """Temporal rules that callers can switch on and off."""
    toggled: frozenset[str]
    """Callflows in whose ring groups users log in and out."""
    outside: frozenset[str]
    """Callflows that call outside."""


def scan(kazoo: Kazoo) -> Scan:
    """Look at every node of every callflow."""
    returning: set[str] = set()
    switched: set[str] = set()
    toggled: set[str] = set()
    outside: set[str] = set()
    for account in kazoo.of("accounts").values():
        if (preflow := preflow_of(account)) is not None:
            returning.add(preflow)
    for identity, callflow in kazoo.of("callflows").items():
        for node in every_node(callflow.get("flow")):
            module, data = node.get("module"), node.get("data")
            said = data if isinstance(data, Mapping) else {}
            if module == "callflow" and said.get("id"):
                returning.add(str(said["id"]))
            elif module == "temporal_route" and said.get("action") in SWITCHES:
                rules = said.get("rules")
                switched.update(map(str, rules if isinstance(rules, list) else ()))
            elif module == "ring_group_toggle" and said.get("callflow_id"):
                toggled.add(str(said["callflow_id"]))
            elif module in OUTSIDE:
                outside.add(identity)
    return Scan(frozenset(returning), frozenset(switched), frozenset(toggled), frozenset(outside))


def preflow_of(account: Mapping[str, Any]) -> str | None:
    """The callflow that an account runs before every other."""
    preflow = account.get("preflow")
    always = preflow.get("always") if isinstance(preflow, Mapping) else None
    return str(always) if always else None


def every_node(flow: object) -> Iterator[Mapping[str, Any]]:
    """The nodes of a tree, each before those below it."""
    todo = [flow]
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping) and node:
            yield node
            children = node.get("children")
            todo += reversed(list(children.values())) if isinstance(children, Mapping) else []
