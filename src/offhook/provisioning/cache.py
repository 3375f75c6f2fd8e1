"""The cache of rendered files: each kept until something that it was made of changes, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

import msgspec

from offhook.directory import Directory

from .request import BootAnswer
from .tracked import Dependencies

COST_OF_A_READ: Final = 150
"""Bytes that one remembered read takes, about."""


class _Kept(msgspec.Struct, frozen=True):
    answer: BootAnswer
    dependencies: Dependencies
    edition: int


class RenderCache:
    """Ready answers, the least recently asked for leave first."""

    def __init__(self, limit: int = 64 * 1024 * 1024) -> None:
        """`limit` in bytes, of bodies and of what is remembered beside them."""
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self.edition = 0
        """Counts the sets of templates: what was made by an earlier one is made anew."""
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable, directory: Directory) -> BootAnswer | None:
        """The answer, when all that it was made of is still the same."""
        kept = self._kept.get(key)
        if kept is not None and kept.edition == self.edition and kept.dependencies.hold(directory):
            self._kept.move_to_end(key)
            self.hits += 1
            return kept.answer
        self.misses += 1
        return None

    def last(self, key: Hashable) -> BootAnswer | None:
        """The last answer there was, whatever has changed since: better for a phone than none."""
        kept = self._kept.get(key)
        return kept.answer if kept is not None else None

    def put(self, key: Hashable, answer: BootAnswer, dependencies: Dependencies) -> None:
        """Keep an answer in place of the one before."""
        if (before := self._kept.pop(key, None)) is not None:
            self._size -= _cost(before)
        self._kept[key] = kept = _Kept(answer, dependencies, self.edition)
        self._size += _cost(kept)
        while self._size > self._limit and self._kept:
            self._size -= _cost(self._kept.popitem(last=False)[1])


def _cost(kept: _Kept) -> int:
    return len(kept.answer.body) + COST_OF_A_READ * len(kept.dependencies)
