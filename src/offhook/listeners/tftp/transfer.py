"""One transfer: the pure machine that sends a file block by block. No sockets, no clock: the time is an argument.

The theory. A transfer is three numbers over the file's blocks, counted from 0: `acked` blocks the phone has for sure,
`sent` blocks went out at least once, `total` blocks there are; acked ≤ sent ≤ total. What may be sent at any time is
the window [acked, acked + windowsize). An ACK names the last block that the phone has, modulo 65,536; it is read as the
one block in [acked, sent] that it can mean, and anything else is ignored: a phone cannot have what was never sent.

- ACK ahead of `acked`: the window moves, and the next one is sent.
- ACK of `acked` itself: at windowsize 1 a duplicate, which is never answered, or two copies of everything would run to
  the end (the Sorcerer's Apprentice, RFC 1123 §4.2.3.1). At a larger windowsize the phone says «from here again» (RFC
  7440 §4), which is done once until the window moves, for the same reason. The first ACK 0 answers our OACK.
- Silence: what was sent last is sent again, after the timeout, then twice as long, until the tries are used up.
- All blocks acknowledged: done. The last block is always shorter than blksize, so there always is a last block.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

import msgspec

from .packet import Request, data_packets, write_oack

DEFAULT_BLKSIZE: Final = 512
SMALLEST_BLKSIZE: Final = 8
TRIES: Final = 5
"""How often the same packets are sent before a phone is given up."""
LONGEST_WAIT: Final = 16.0
"""Seconds that a wait grows to at most."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone may ask for."""

    blksize: int = 1468
    """Bytes of a block at most: with headers an Ethernet frame (1500 - 20 - 8 - 4)."""
    windowsize: int = 16
    """Blocks sent before an ACK is awaited (RFC 7440)."""
    timeout: float = 1.0
    """Seconds until the first repetition, when the phone did not ask for its own."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed on for one transfer."""

    blksize: int
    windowsize: int
    timeout: float
    """Seconds."""
    oack: bytes | None
    """The OACK to send first; None when no option was taken: then the first data answers the request."""


class State(Enum):
    """Where a transfer is."""

    GOING = "going"
    DONE = "done"
    GAVE_UP = "gave_up"
    ABORTED = "aborted"
    """The phone sent an ERROR."""


def agree(request: Request, size: int, limits: Limits) -> Terms:
    """The terms of a request for a file of `size` bytes; options out of their range are left out (RFC 2347)."""
    taken: dict[str, int] = {}
    blksize, windowsize, timeout = DEFAULT_BLKSIZE, 1, limits.timeout
    for name, value in request.options.items():
        if name == "blksize" and SMALLEST_BLKSIZE <= value <= 65_464:
            blksize = taken[name] = min(value, limits.blksize)
        elif name == "windowsize" and 1 <= value <= 65_535:
            windowsize = taken[name] = min(value, limits.windowsize)
        elif name == "timeout" and 1 <= value <= 255:
            taken[name] = value
            timeout = float(value)
        elif name == "tsize":
            taken[name] = size
    return Terms(blksize=blksize, windowsize=windowsize, timeout=timeout, oack=write_oack(taken) if taken else None)


class Transfer:
    """A file on its way to one phone. Each event gives the datagrams to send now, in order."""

    __slots__ = (
        "_acked", "_greeting", "_packets", "_repeated", "_sent", "_step", "_total", "_tries", "_wait", "_window",
        "deadline", "resent", "state",
    )  # fmt: skip

    def __init__(self, packets: memoryview, terms: Terms) -> None:
        """`packets` as `data_packets` makes them for the agreed blksize."""
        self._packets = packets
        self._step = terms.blksize + 4
        self._total = len(packets) // self._step + 1
        self._window = terms.windowsize
        self._wait = terms.timeout
        self._greeting = terms.oack
        self._acked = 0
        self._sent = 0
        self._tries = 0
        self._repeated = False
        self.state = State.GOING
        self.deadline = 0.0
        """When `wait_over` is due."""
        self.resent = 0
        """Datagrams that were sent more than once."""

    @classmethod
    def of(cls, body: bytes, terms: Terms) -> Transfer:
        """A transfer of a file that is not kept as packets."""
        return cls(data_packets(body, terms.blksize), terms)

    @property
    def step(self) -> int:
        """Bytes from one DATA packet to the next."""
        return self._step

    def start(self, now: float) -> Sequence[memoryview | bytes]:
        """The first answer: the OACK, or the first data."""
        self._listen(now)
        return [self._greeting] if self._greeting is not None else self._send_window()

    def request_again(self, now: float) -> Sequence[memoryview | bytes]:
        """The same request came again: its answer was lost, or is on its way. Ignored once anything was acknowledged."""
        if self._acked or (self._greeting is not None and self._sent):
            return ()
        self._listen(now)
        return self._again()

    def ack(self, block: int, now: float) -> Sequence[memoryview | bytes]:
        """An ACK came; `block` modulo 65,536."""
        ahead = block - self._acked & 0xFFFF
        if ahead > self._sent - self._acked or self.state is not State.GOING:
            return ()
        if ahead == 0:
            greeted = self._greeting is not None and self._sent == 0
            if not greeted and (self._window == 1 or self._repeated):
                return ()
            if not greeted:
                self.resent += 1
                self._repeated = True
        else:
            self._acked += ahead
            self._tries = 0
            self._repeated = False
            if self._acked >= self._total:
                self.state = State.DONE
                return ()
        self._listen(now)
        return self._send_window()

    def error(self) -> None:
        """The phone gave up."""
        if self.state is State.GOING:
            self.state = State.ABORTED

    def wait_over(self, now: float) -> Sequence[memoryview | bytes]:
        """The deadline passed: send again, or give up."""
        if self.state is not State.GOING or now < self.deadline:
            return ()
        self._tries += 1
        if self._tries >= TRIES:
            self.state = State.GAVE_UP
            return ()
        self._listen(now)
        return self._again()

    def _listen(self, now: float) -> None:
        self.deadline = now + min(self._wait * 2**self._tries, max(LONGEST_WAIT, self._wait))

    def _again(self) -> Sequence[memoryview | bytes]:
        """What was sent last, once more."""
        self.resent += 1
        if self._greeting is not None and self._sent == 0:
            return [self._greeting]
        return self._send_window()

    def _send_window(self) -> Sequence[memoryview]:
        """The window's packets as one slice; the shell cuts it at `step`."""
        end = min(self._acked + self._window, self._total)
        self._sent = max(self._sent, end)
        return [self._packets[self._acked * self._step : end * self._step]]
