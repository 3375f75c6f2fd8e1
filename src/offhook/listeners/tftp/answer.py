"""What a phone that asks for a file by TFTP gets, and what became of it."""

from __future__ import annotations

from mmap import mmap
from typing import Literal

import msgspec

Peer = tuple[str, int]
"""IP address and port of a phone; an IPv4 address is written as such, also where it came in over IPv6."""


class File(msgspec.Struct, frozen=True):
    """The file that was asked for."""

    body: bytes | mmap
    """All of it, in memory or mapped there from the disk. For large files give the same object each time: what is made of
    it is kept for the next phone."""


class Refusal(msgspec.Struct, frozen=True):
    """The reason why there is no file."""

    code: int
    """An `ErrorCode`: 1 = there is none such, and the phone goes on without; 0 = our own failure, and it asks again."""
    message: str
    """For the phone's log; ASCII."""


TftpAnswer = File | Refusal
"""What a phone that asks for a file gets."""


Outcome = Literal["done", "gave_up", "refused", "aborted"]
"""How a request ended. `gave_up`: the phone fell silent; `aborted`: it sent an ERROR or asked for another file, or the
server stopped."""


class TransferReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one request."""

    peer: Peer
    filename: str
    outcome: Outcome
    bytes: int
    """Of the file, acknowledged by the phone."""
    seconds: float
    """From the request to the end."""
    retransmissions: int
    """Datagrams that were sent again."""
