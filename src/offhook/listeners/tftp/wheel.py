"""A timing wheel: who is to be looked at when, in slots of a tenth of a second; whoever comes later costs nothing now."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

T = TypeVar("T")

TICK: Final = 0.1
"""Seconds of one slot."""
SLOTS: Final = 64


class TimingWheel(Generic[T]):
    """Things that wait. One that is due later than the wheel is long is looked at early, and put back by its owner."""

    def __init__(self) -> None:
        self._slots: list[list[T]] = [[] for _ in range(SLOTS)]
        self._hand = 0

    def put(self, item: T, seconds: float) -> None:
        """Have an item handed out once `seconds` have passed, or the wheel has gone round."""
        ticks = min(max(int(seconds / TICK) + 1, 1), SLOTS - 1)
        self._slots[(self._hand + ticks) % SLOTS].append(item)

    def turn(self) -> list[T]:
        """Go on by one slot, and give what lies in it."""
        self._hand = (self._hand + 1) % SLOTS
        due, self._slots[self._hand] = self._slots[self._hand], []
        return due
