"""Slices: a ring cut into stages in which everybody starts at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from offhook.callflow.action import Leg, Ring, Stage


def slices(ring: Ring, *, delay: bool) -> Sequence[Stage]:
    """The stages of a ring; for a proxy that cannot start a phone later, each is cut where somebody begins or ends."""
    if delay:
        return ring.stages
    found: list[Stage] = []
    for stage in ring.stages:
        edges = {0, stage.timeout}
        for leg in stage.legs:
            edges |= {leg.delay, min(leg.delay + (leg.timeout or stage.timeout), stage.timeout)}
        times = sorted(edges)
        for begin, end in pairwise(times):
            legs = [leg for leg in stage.legs if leg.delay <= begin < leg.delay + (leg.timeout or stage.timeout)]
            if legs:
                found.append(Stage(tuple(_at_once(leg, end - begin) for leg in legs), end - begin))
    return found


def _at_once(leg: Leg, seconds: int) -> Leg:
    return Leg(leg.address, leg.device, leg.user, 0, seconds, leg.confirm, leg.outside, leg.forwarded)
