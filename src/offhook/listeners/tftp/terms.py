"""The terms of a transfer: what a phone's options ask for (RFC 2347-2349, 7440), within what the server grants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from .packet import OptionAck, write_packet

DEFAULT_BLKSIZE: Final = 512
"""Bytes of a block when no blksize was agreed on (RFC 1350 §2)."""
BLKSIZES: Final = range(8, 65_465)
"""Bytes of a block that may be asked for (RFC 2348)."""
WINDOWSIZES: Final = range(1, 65_536)
"""Blocks before an ACK that may be asked for (RFC 7440 §3)."""
TIMEOUTS: Final = range(1, 256)
"""Seconds before a repetition that may be asked for (RFC 2349)."""
WIDEST_WINDOW: Final = 64
"""Blocks of a window that the server can be set to at most: what one system call sends."""


class TftpLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the server grants to a phone, and takes on in all. A request beyond the caps gets no answer: it comes again."""

    blksize: int = 1468
    """Bytes of a block at most, over IPv4: fills an Ethernet frame of 1,500 (IP 20, UDP 8, TFTP 4)."""
    blksize_ipv6: int = 1448
    """Bytes of a block at most, over IPv6, whose header takes 40."""
    windowsize: int = 16
    """Blocks before an ACK at most, 1 … 64 (RFC 7440)."""
    timeout: float = 1.0
    """Seconds until the first repetition, for a phone that asks for no timeout of its own."""
    sessions: int = 20_000
    """Transfers under way at once, at most; each takes about a kilobyte, and no socket."""
    sessions_per_source: int = 5_000
    """Transfers under way at once to one IP address, at most: a whole site can stand behind one."""

    def __post_init__(self) -> None:
        for name, allowed in (
            ("blksize", BLKSIZES),
            ("blksize_ipv6", BLKSIZES),
            ("windowsize", range(1, WIDEST_WINDOW + 1)),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"TFTP {name} = {getattr(self, name)}: choose {allowed.start} to {allowed.stop - 1}")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed on for one transfer."""

    blksize: int
    """Bytes of each block but the last."""
    windowsize: int
    """Blocks that are sent before an ACK is awaited."""
    timeout: float
    """Seconds until the first repetition."""
    oack: bytes | None
    """The OACK to begin with; None when no option was taken: then the first block answers the request."""


def agree(options: Mapping[str, int], size: int, limits: TftpLimits, *, ipv6: bool = False) -> Terms:
    """Settle a request's options for a file of `size` bytes. Unknown ones and values out of range count as not sent."""
    taken: dict[str, int] = {}
    for name, value in options.items():
        if name == "blksize" and value in BLKSIZES:
            taken[name] = min(value, limits.blksize_ipv6 if ipv6 else limits.blksize)
        elif name == "windowsize" and value in WINDOWSIZES:
            taken[name] = min(value, limits.windowsize)
        elif name == "timeout" and value in TIMEOUTS:
            taken[name] = value
        elif name == "tsize":
            taken[name] = size
    return Terms(
        blksize=taken.get("blksize", DEFAULT_BLKSIZE),
        windowsize=taken.get("windowsize", 1),
        timeout=float(taken.get("timeout", limits.timeout)),
        oack=write_packet(OptionAck(taken)) if taken else None,
    )
