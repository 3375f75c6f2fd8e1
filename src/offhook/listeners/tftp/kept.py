"""Packets of large files, kept for the next phone: firmware is asked for by all at once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from .packet import data_packets

LARGE_FILE: Final = 65_536
"""Bytes from which on a file's packets are kept; those of a config go with its transfer."""
KEPT_BYTES: Final = 64 * 1024 * 1024


class KeptPackets:
    """The DATA packets of the large files that were asked for last."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        """`limit` in bytes; one file is kept whatever its size."""
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[tuple[int, int], tuple[bytes, memoryview]] = OrderedDict()

    def of(self, body: bytes, blksize: int) -> memoryview:
        """The packets of a file, as `data_packets` makes them."""
        if len(body) < LARGE_FILE:
            return data_packets(body, blksize)
        key = (id(body), blksize)
        kept = self._kept.get(key)
        if kept is not None and kept[0] is body:
            self._kept.move_to_end(key)
            return kept[1]
        packets = data_packets(body, blksize)
        self._kept[key] = (body, packets)
        self._size += len(packets)
        while self._size > self._limit and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1][1])
        return packets
