"""Entries: documents as the bytes that last, decoded when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final
from zlib import crc32

from offhook.model.document import Document
from offhook.model.references import Key

DECODED_DOCUMENTS: Final = 20_000
"""How many decoded documents are kept at hand; a device takes about 3 kB."""


class Entry:
    """One document of one revision, as the bytes that last."""

    __slots__ = ("_mark", "body", "key", "rev")

    def __init__(self, key: Key, rev: int, body: bytes) -> None:
        self.key = key
        self.rev = rev
        self.body = body
        self._mark: int | None = None

    @property
    def mark(self) -> int:
        """A 32-bit mark of what the document says; two revisions of one document differ in it."""
        if self._mark is None:
            self._mark = crc32(self.body)
        return self._mark


class Documents:
    """Decodes entries, and keeps the latest decoded ones at hand."""

    def __init__(self, read: Callable[[str, bytes], Document], size: int = DECODED_DOCUMENTS) -> None:
        """`read(kind, body)` opens one document, for instance with the vault."""
        self._decode = lru_cache(maxsize=size)(lambda entry: read(entry.key[1], entry.body))

    def of(self, entry: Entry) -> Document:
        """The document of an entry."""
        return self._decode(entry)
