"""Meters: what happens, counted in plain numbers where it happens and read by whoever makes a page of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Final

ANSWERS: Final = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)
"""Seconds: bounds for what is answered from memory."""
WRITES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds: bounds for what goes to the disk."""


class Histogram:
    """How many times something took how long."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """`bounds` are upper ends in seconds, ascending."""
        self.bounds: Final = tuple(bounds)
        self.counts: Final = [0] * (len(self.bounds) + 1)
        """Of each bound, and of all that took longer."""
        self.sum = 0.0

    def took(self, seconds: float) -> None:
        """It took that long once more."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """(upper end, how many took at most that long), as Prometheus has it."""
        found, total = [], 0
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            total += count
            found.append((bound, float(total)))
        return found


class Meters:
    """Everything that is counted; a part is given the one that it counts with."""

    def __init__(self) -> None:
        self.boots: Counter[tuple[str, str, int]] = Counter()
        """(vendor or `unknown`, transport, status) of boot requests."""
        self.guarded: Counter[tuple[str, str]] = Counter()
        """(assurance, event or empty) of boot requests."""
        self.boot_seconds = Histogram(ANSWERS)
        """From a boot request to its ready answer."""
        self.render_seconds = Histogram(ANSWERS)
        """The same, where the file had to be made."""
        self.transfers: Counter[str] = Counter()
        """How TFTP requests ended."""
        self.tftp_bytes = 0
        """Bytes that phones have acknowledged over TFTP."""
        self.retransmissions = 0
        """TFTP datagrams that were sent again."""
        self.commit_seconds = Histogram(WRITES)
        """From handing a change to the store until it is on the disk."""
        self.proxy: Counter[tuple[str, int]] = Counter()
        """(question, status) of what SIP proxies asked."""
        self.proxy_seconds = Histogram(ANSWERS)
        """From a question about a call to its ready answer."""
