"""The live documents in TinyDB's query language: `store.tinydb().table("devices").search(where("mac") == …)`.

They are read-only, and only TinyDB's extension points are used: a `Storage`, `TinyDB.table_class` and
`Table.query_cache_class`. Documents are kept as JSON and decoded when a query asks for them, so a query over a table
costs its decoding (about 5 µs a document): it is for looking around, the directory is for answering phones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table
from tinydb.utils import LRUCache

from .base import StoredDocument, StoreError
from .dbfile import FORMAT, OURS
from .dbfile import Table as Rows


class ReadOnly(StoreError):
    """Someone tried to write through the live TinyDB."""

    def __init__(self) -> None:
        super().__init__(
            "the live documents are read-only here: make changes through the registry, which checks them and makes "
            "them durable, or stop the server and open db.json with a plain TinyDB"
        )


class LiveRows(Mapping[str, dict[str, Any]]):
    """One table as it is at this moment: row number → document, decoded when it is asked for."""

    def __init__(self, rows: Rows) -> None:
        self._documents: list[StoredDocument] = list(rows.values())

    def __getitem__(self, number: str) -> dict[str, Any]:
        if not number.isdecimal() or not 0 < int(number) <= len(self._documents):
            raise KeyError(number)
        document = self._documents[int(number) - 1]
        return {
            OURS: [document.account, document.id, document.rev],
            **msgspec.json.decode(document.body, type=dict[str, Any]),
        }

    def __iter__(self) -> Iterator[str]:
        return map(str, range(1, len(self._documents) + 1))

    def __len__(self) -> int:
        return len(self._documents)


class LiveStorage(Storage):
    """Gives TinyDB the store's tables, and takes nothing from it."""

    def __init__(self, look: Callable[[], tuple[int, dict[str, Rows]]]) -> None:
        """`look()` gives the store's revision and its tables, in copies that nobody changes."""
        self._look = look

    def read(self) -> dict[str, Any]:
        revision, tables = self._look()
        ours = {"1": {"format": FORMAT, "revision": revision}}
        return {**{kind: LiveRows(rows) for kind, rows in tables.items()}, OURS: ours}

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        raise ReadOnly


class NoCache(LRUCache[Any, Any]):
    """A query cache that keeps nothing: the documents change without TinyDB's knowing."""

    def set(self, key: Any, value: Any) -> None:
        """Forget it."""


class LiveTable(Table):
    """A TinyDB table that reads the live documents at every query."""

    query_cache_class = NoCache


class LiveTinyDB(TinyDB):
    """A TinyDB over the live documents; row numbers hold for one call only, `_offhook` says who a document is."""

    table_class = LiveTable
