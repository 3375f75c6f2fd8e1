"""Limits: how often somebody may ask, as buckets that fill up with time. Pure: the time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

MOST_BUCKETS: Final = 10_000
"""Askers that are remembered; the one that was silent longest is forgotten first, and starts with a full bucket."""


class Limit:
    """A rate for each of many askers."""

    def __init__(self, rate: float, burst: float) -> None:
        """`rate` a second in the long run, `burst` at once."""
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Asker → what was left in its bucket, and when that was (seconds)."""

    def allows(self, asker: str, now: float) -> bool:
        """Whether the asker may ask now; what is refused uses nothing up. `now` is in seconds of any steady clock."""
        left, then = self._buckets.get(asker, (self._burst, now))
        left = min(self._burst, left + max(now - then, 0.0) * self._rate)
        allowed = left >= 1.0
        self._buckets[asker] = (left - 1.0 if allowed else left, now)
        self._buckets.move_to_end(asker)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return allowed
