"""One transfer: the pure machine that sends a file block by block. No sockets, no clock: the time is an argument.

The theory. A transfer is three numbers over the file's blocks, counted from 0: `acked` blocks the phone has for sure,
`sent` blocks went out at least once, `count` blocks there are; acked ≤ sent ≤ count. What may be sent at any time is
the window [acked, acked + windowsize). An ACK names the last block that the phone has, modulo 65,536; it is read as the
one block in [acked, sent] that it can mean, and anything else is ignored: a phone cannot have what was never sent.

- ACK ahead of `acked`: the window moves there, and is sent. If the ACK was below the window's end, the phone missed what
  followed, and some blocks go out again (RFC 7440 §4).
- ACK of `acked` itself. If an OACK waits for its answer, this is it. Else, at windowsize 1, it is a duplicate, which is
  never answered, or two copies of everything would run to the end (the Sorcerer's Apprentice, RFC 1123 §4.2.3.1). At a
  larger windowsize the phone may have missed the window's first block: the window is sent again. That can start the
  same spell, as a phone may acknowledge blocks that it has already; so after blocks went out twice, such ACKs are
  ignored until the window has moved twice. What is then truly lost comes back by the timer.
- Silence: what was sent last is sent again after the timeout, then after twice as long, until the tries are used up.
  Before its first ACK a phone gets fewer tries: its address may be forged, and its owner must not be flooded.
- All blocks acknowledged: done. The last block is always shorter than blksize, so there always is a last block.

`Transfer` lives through GOING and then rests in one of the other states, in which nothing is sent any more.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from .blocks import Blocks, Burst
from .terms import Terms

TRIES: Final = 5
"""How often the same packets are sent before a phone is given up."""
TRIES_UNHEARD: Final = 3
"""The same, for a phone that has acknowledged nothing yet."""
LONGEST_WAIT: Final = 16.0
"""Seconds that a wait grows to at most, unless the phone asked for a longer one."""
MOVES_AFTER_REPETITION: Final = 2
"""How often the window moves until an ACK of its start is trusted again."""


class State(Enum):
    """Where a transfer is."""

    GOING = "going"
    DONE = "done"
    """The phone has acknowledged the last block."""
    GAVE_UP = "gave_up"
    """The phone was silent for too long."""
    ABORTED = "aborted"
    """The phone sent an ERROR, or went on to another file."""


class Transfer:
    """A file on its way to one phone. Each event gives what must be sent now, or None."""

    __slots__ = (
        "_acked", "_blocks", "_distrust", "_heard", "_oack", "_sent", "_timeout", "_tries", "_wait", "_windowsize",
        "deadline", "retransmissions", "state",
    )  # fmt: skip

    def __init__(self, blocks: Blocks, terms: Terms) -> None:
        """`blocks` of the blksize that was agreed on."""
        self._blocks = blocks
        self._windowsize = terms.windowsize
        self._timeout = terms.timeout
        self._oack = None if terms.oack is None else Burst(terms.oack, len(terms.oack))
        self._acked = 0
        self._sent = 0
        self._tries = 0
        self._wait = terms.timeout
        self._heard = False
        self._distrust = 0
        self.state = State.GOING
        self.deadline = 0.0
        """When `wait_over` is due, in seconds of the clock that gives `now`."""
        self.retransmissions = 0
        """Datagrams that were sent again."""

    @property
    def delivered(self) -> int:
        """Bytes of the file that the phone has acknowledged."""
        return self._blocks.bytes_before(self._acked)

    def start(self, now: float) -> Burst:
        """The answer to the request: the OACK, or the first block."""
        self.deadline = now + self._wait
        return self._oack or self._window()

    def request_again(self) -> Burst | None:
        """The same request came again: its answer is sent again if it may have been lost."""
        return None if self._heard or self.state is not State.GOING else self._again()

    def ack(self, block: int, now: float) -> Burst | None:
        """An ACK came; `block` modulo 65,536."""
        ahead = (block - self._acked) & 0xFFFF
        if ahead > self._sent - self._acked or self.state is not State.GOING:
            return None
        if ahead:
            self._acked += ahead
            if self._acked == self._blocks.count:
                self.state = State.DONE
                return None
            if self._distrust:
                self._distrust -= 1
        elif self._oack is not None:
            self._oack = None
        elif self._windowsize == 1 or self._distrust:
            return None
        self._heard = True
        self._tries = 0
        self._wait = self._timeout
        self.deadline = now + self._wait
        return self._window()

    def error(self) -> None:
        """The phone wants no more."""
        if self.state is State.GOING:
            self.state = State.ABORTED

    def wait_over(self, now: float) -> Burst | None:
        """Time passed: when the deadline has, send again or give up."""
        if self.state is not State.GOING or now < self.deadline:
            return None
        self._tries += 1
        if self._tries >= (TRIES if self._heard else TRIES_UNHEARD):
            self.state = State.GAVE_UP
            return None
        self._wait = min(self._wait * 2, max(LONGEST_WAIT, self._timeout))
        self.deadline = now + self._wait
        return self._again()

    def _again(self) -> Burst:
        if self._oack is None:
            return self._window()
        self.retransmissions += 1
        return self._oack

    def _window(self) -> Burst:
        first = self._acked
        end = min(first + self._windowsize, self._blocks.count)
        if first < self._sent:
            self.retransmissions += min(self._sent, end) - first
            self._distrust = MOVES_AFTER_REPETITION
        self._sent = max(self._sent, end)
        return self._blocks.burst(first, end)
