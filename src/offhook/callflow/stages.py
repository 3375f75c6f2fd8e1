"""When the legs of a ring ring: all together with their delays, or in stages one after the other, each address once."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import msgspec

from offhook.model.node import Ring

from .action import Leg, Stage
from .walk import Walk


class Item(msgspec.Struct):
    """What one user, device or number contributes, before it has its place in time."""

    said: str
    """Whom it is, for the trace."""
    delay: int
    timeout: int | None
    legs: Sequence[Leg]
    """Their own delays and timeouts (0: none) count from the item's beginning."""


def stages_of(walk: Walk, node: Ring, items: list[Item]) -> tuple[Stage, ...]:
    """The stages of one round of a ring."""
    timeout = max(node.timeout, 1)
    if node.order == "together":
        legs = _in_time(walk, items, timeout, set())
        return (Stage(legs, timeout),) if legs else ()
    items = _ordered(walk, node, items)
    free = max(timeout - sum(item.timeout or 0 for item in items), 0)
    sharing = sum(item.timeout is None for item in items)
    rung: set[str] = set()
    stages: list[Stage] = []
    left = timeout
    for item in items:
        seconds = min(item.timeout if item.timeout is not None else max(free // sharing, 1), left)
        if seconds <= 0:
            walk.say(f"{item.said} is not rung: the ring ends after {timeout} s")
            continue
        legs = _in_time(walk, [Item(item.said, 0, None, item.legs)], seconds, rung)
        if legs:
            stages.append(Stage(legs, seconds))
            left -= seconds
    return tuple(stages)


def _ordered(walk: Walk, node: Ring, items: list[Item]) -> list[Item]:
    position = walk.position
    if node.order == "random":
        items = items.copy()
        chance = f"{position.seed}/{position.callflow}/{position.node}/{position.trial}"
        Random(chance).shuffle(items)  # noqa: S311 - an order, no secret
    elif node.order == "rotate" and items:
        first = (position.turn + position.trial) % len(items)
        items = items[first:] + items[:first]
    return items


def _in_time(walk: Walk, items: Sequence[Item], timeout: int, rung: set[str]) -> tuple[Leg, ...]:
    """The legs of items that ring together, earliest first; of two with one address the earlier rings."""
    timed: list[Leg] = []
    for item in items:
        for leg in item.legs:
            delay = item.delay + leg.delay
            seconds = min(item.timeout or timeout, leg.timeout or timeout, timeout - delay)
            if seconds <= 0:
                walk.say(
                    f"{leg.device or leg.address} is not rung: it would be {delay} s after the beginning of {timeout} s"
                )
                continue
            timed.append(
                Leg(leg.address, leg.device, leg.user, delay, seconds, leg.confirm, leg.outside, leg.forwarded)
            )
    if len(timed) > 1:
        timed.sort(key=_delay)
    legs: list[Leg] = []
    for leg in timed:
        name = leg.device or leg.address
        if leg.address in rung:
            walk.say(f"{name} is rung once only")
            continue
        rung.add(leg.address)
        walk.say(f"{name} rings" + (f" after {leg.delay} s" if leg.delay else "") + f" for {leg.timeout} s")
        legs.append(leg)
    return tuple(legs)


def _delay(leg: Leg) -> int:
    return leg.delay
