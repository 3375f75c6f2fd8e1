"""Files as blocks: what a transfer sends, ready for the socket.

A single DATA packet is joined when it is asked for, which costs less than a hundredth of sending it and keeps no copy of
any config. The windows of firmware (RFC 7440) go out in one system call each, beside which joining would weigh: they are
made once and kept for all phones that fetch the same file, within a bound. A kept window is never more than a copy:
when its room is needed it is dropped, and made anew for whoever still asks.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from mmap import mmap
from typing import Final

import msgspec

from .packet import Opcode

LARGE_FILE: Final = 65_536
"""Bytes from which on windows are kept: large files are firmware and phone books, asked for by many phones at once."""
KEPT_BYTES: Final = 64 * 1024 * 1024
"""Bytes of kept windows in all."""
_HEADER: Final = struct.Struct("!HH")


class Burst(msgspec.Struct, frozen=True, gc=False):
    """Datagrams to be sent now, in order, one after the other in one buffer."""

    buffer: bytes
    step: int
    """Bytes of each datagram; the last one may be shorter."""

    def datagrams(self) -> list[bytes]:
        """One by one."""
        return [self.buffer[at : at + self.step] for at in range(0, len(self.buffer), self.step)]


class Blocks:
    """A file as blocks of one blksize. The last one is shorter than the others, and empty if need be (RFC 1350 §6)."""

    __slots__ = ("_blksize", "_body", "count")

    def __init__(self, body: bytes | mmap, blksize: int) -> None:
        self._body = body
        self._blksize = blksize
        self.count = len(body) // blksize + 1
        """Blocks in all."""

    def burst(self, first: int, end: int) -> Burst:
        """The DATA packets of blocks `first` … `end` - 1, counted from 0; the packet's number is one more, modulo 65,536."""
        body, blksize = self._body, self._blksize
        if end - first == 1:
            data = _HEADER.pack(Opcode.DATA, end & 0xFFFF) + body[first * blksize : end * blksize]
        else:
            parts = []
            for index in range(first, end):
                parts.append(_HEADER.pack(Opcode.DATA, index + 1 & 0xFFFF))
                parts.append(body[index * blksize : (index + 1) * blksize])
            data = b"".join(parts)
        return Burst(data, blksize + 4)

    def bytes_before(self, block: int) -> int:
        """Bytes of the file that stand before a block, counted from 0."""
        return min(block * self._blksize, len(self._body))


class SharedBlocks(Blocks):
    """The blocks of a large file, whose windows are kept for the next phone while the shelf has room."""

    __slots__ = ("_shelf", "_windows", "key", "size")

    def __init__(self, body: bytes | mmap, blksize: int, shelf: Shelf) -> None:
        super().__init__(body, blksize)
        self._shelf = shelf
        self._windows: dict[tuple[int, int], Burst] = {}
        self.key = (id(body), blksize)
        """How the shelf finds it: by the file being the same object, so that it need not be read."""
        self.size = len(body)
        """Bytes that it takes on the shelf: the file and its windows."""

    def burst(self, first: int, end: int) -> Burst:
        """As `Blocks.burst`. Kept are the windows that a phone sees when nothing is lost: those shift by whole windows."""
        if end - first == 1 or first % (end - first):
            return super().burst(first, end)
        kept = self._windows.get((first, end))
        if kept is None:
            kept = super().burst(first, end)
            if self._shelf.grow(self, len(kept.buffer)):
                self._windows[first, end] = kept
        return kept

    def clear(self) -> None:
        """Drop all windows: transfers that are under way go on, and join theirs anew."""
        self._windows.clear()


class Shelf:
    """Where large files and their windows are kept; the file that was asked for longest ago makes room."""

    def __init__(self, capacity: int = KEPT_BYTES) -> None:
        """`capacity` in bytes, of files and windows together."""
        self._capacity = capacity
        self._files: OrderedDict[tuple[int, int], SharedBlocks] = OrderedDict()
        self.used = 0
        """Bytes that are kept now."""

    def blocks(self, body: bytes | mmap, blksize: int) -> Blocks:
        """A file as blocks: for large files those that the phone before had."""
        if len(body) < LARGE_FILE:
            return Blocks(body, blksize)
        blocks = self._files.get((id(body), blksize))
        if blocks is None:
            blocks = SharedBlocks(body, blksize, self)
            if self._make_room(blocks.size):
                self._files[blocks.key] = blocks
                self.used += blocks.size
        else:
            self._files.move_to_end(blocks.key)
        return blocks

    def grow(self, blocks: SharedBlocks, size: int) -> bool:
        """Take `size` bytes more for a file; False when it is not kept (any more), or would be too large."""
        if self._files.get(blocks.key) is not blocks:
            return False
        self._files.move_to_end(blocks.key)
        if not self._make_room(size, blocks.size):
            return False
        blocks.size += size
        self.used += size
        return True

    def _make_room(self, size: int, besides: int = 0) -> bool:
        """Have the oldest files go until `size` fits in, `besides` the file that stands last."""
        if besides + size > self._capacity:
            return False
        while self.used + size > self._capacity:
            _, oldest = self._files.popitem(last=False)
            self.used -= oldest.size
            oldest.clear()
        return True
