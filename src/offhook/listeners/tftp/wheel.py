"""The timing wheel: whose time is up, for thousands of transfers, at the cost of one list entry each.

The wheel is a ring of slots, each a tick wide, and a hand that goes round with the clock. An item lies in the slot that
the hand reaches at its deadline. Deadlines move with every ACK, but items do not: only when its slot comes up an item is
looked at, and one whose deadline moved on is put back. So an ACK costs nothing here, and a deadline is noticed at most
two ticks late. Deadlines beyond one turn wait in the farthest slot and are put back from there.
"""

from __future__ import annotations

from math import ceil
from typing import Final, Generic, TypeVar

TICK: Final = 0.1
"""Seconds of one slot."""
SLOTS: Final = 64
"""Slots of one turn, which takes 6.4 s."""

Item = TypeVar("Item")


class Wheel(Generic[Item]):
    """Items by the time at which somebody must look after them."""

    def __init__(self, now: float) -> None:
        """`now` in seconds of any clock that never goes back."""
        self._slots: list[list[Item]] = [[] for _ in range(SLOTS)]
        self._hand = 0
        self._time = now

    def put(self, item: Item, deadline: float) -> None:
        """Have an item come up when its deadline has passed."""
        ahead = min(max(ceil((deadline - self._time) / TICK), 1), SLOTS - 1)
        self._slots[(self._hand + ahead) % SLOTS].append(item)

    def turn(self, now: float) -> list[Item]:
        """Items that came up since the last turn, oldest slot first. They are out: put back those that are not due yet."""
        due: list[Item] = []
        steps = int((now - self._time) / TICK)
        for _ in range(min(steps, SLOTS)):
            self._hand = (self._hand + 1) % SLOTS
            due += self._slots[self._hand]
            self._slots[self._hand] = []
        self._time += steps * TICK
        return due
